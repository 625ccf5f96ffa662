//! Resolving a root cause: the preview, the verb, how far it is, taking it back, telling it now.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::closing::resolution;
use entity::id::{ResolutionId, SubmissionId};

use super::values::{CauseResolutionState, IdeasToo, StayReason};
use super::{ClosingUserError, batches};
use crate::closing::loader::{StaysOf, ToldOf};
use crate::closing::service::resolve::{self as service, Resolve, Words};
use crate::closing::service::{MOST_BELOW, MOST_HELD_BACK};
use crate::graphql::list::{at_most, id_at};
use crate::graphql::payload::{answer, answer_or_null, settle};
use crate::graphql::scalars::DateTime;
use crate::identity::graphql::Person;
use crate::kit::error::Result;
use crate::payload;
use crate::submissions::graphql::edges;
use crate::triage::causes::graphql::Cause;
use crate::triage::graphql::signed_in;
use crate::workflow::graphql::decisions::Announce;

/// How many submissions stay, and why.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct StayCount {
    /// Why.
    pub reason: StayReason,
    /// How many.
    pub count: i64,
}

fn counts(stays: Vec<(entity::closing::fate::Stays, i64)>) -> Vec<StayCount> {
    stays.into_iter().map(|(why, count)| StayCount { reason: why.into(), count }).collect()
}

/// The resolving of a root cause.
#[derive(Clone)]
pub struct CauseResolution(pub resolution::Model);

/// The resolving of a root cause, with all that is closed by it. For those who may change the cause;
/// numbers alone, whatever the asker may read.
#[Object]
impl CauseResolution {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// How far it is.
    async fn state(
        &self,
        ctx: &Context<'_>,
    ) -> Option<async_graphql::Result<CauseResolutionState>> {
        answer(signed_in(ctx).map(|scope| CauseResolutionState::of(&self.0, scope.now)))
    }

    /// How many submissions were to be closed when it began.
    async fn total(&self) -> i32 {
        self.0.total
    }

    /// How many of them were looked at. While it is taken back: how many of `moved` were.
    async fn done(&self) -> i32 {
        self.0.done
    }

    /// How many were closed.
    async fn moved(&self) -> i32 {
        self.0.moved
    }

    /// How many stay where they are, by why; also those that somebody moved meanwhile.
    async fn stays(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Vec<StayCount>>> {
        let found = async { batches(ctx)?.load_one(StaysOf(self.0.id)).await };
        answer(found.await.map(|stays| counts(stays.unwrap_or_default())))
    }

    /// How many people were told so far: each once.
    async fn told(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<i64>> {
        let found = async { batches(ctx)?.load_one(ToldOf(self.0.id)).await };
        answer(found.await.map(Option::unwrap_or_default))
    }

    /// Whether ideas go along.
    async fn ideas(&self) -> IdeasToo {
        self.0.ideas.into()
    }

    /// When it is told.
    async fn announce(&self) -> Announce {
        self.0.announce.into()
    }

    /// When all is told together: known when the last one was decided on; null for LATER.
    async fn announces_at(&self) -> Option<DateTime> {
        self.0.release_at.map(Into::into)
    }

    /// Who resolved it.
    async fn resolved_by(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Person>> {
        answer_or_null(edges::person(ctx, self.0.resolved_by).await)
    }

    /// When.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// Who took it back.
    async fn undone_by(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Person>> {
        answer_or_null(edges::person(ctx, self.0.undone_by).await)
    }
}

/// One of the texts of a resolving.
#[derive(Clone, Debug, SimpleObject)]
pub struct ResolutionLanguage {
    /// Its language.
    pub language: String,
    /// How many people read it.
    pub people: i32,
    /// How many of them asked for a language in which there is no text.
    pub in_place_of_another: i32,
    /// What it says, with your name and the reference of the first submission.
    pub example: String,
}

/// What resolving a cause would do now, in numbers.
#[derive(Clone, Debug, SimpleObject)]
pub struct CauseResolvePreview {
    /// How many people would be told: authors and followers of what is closed and of what is joined
    /// with it, each once.
    pub tells: i32,
    /// How many of them have no e-mail address that takes mail; the app tells them.
    pub without_channel: i32,
    /// How many of those stand on the printed sheet of who leads their team (`peopleWithoutChannel`),
    /// until they have looked in the app: they sent something of it themselves, and not for the CX team
    /// alone. Whoever only voted or follows is on no sheet, because that would tell who did. 0 where
    /// names of authors are for reviewers alone: then there are no sheets.
    pub on_sheet: i32,
    /// How many submissions would be closed.
    pub moves: i32,
    /// How many of those are ideas.
    pub ideas: i32,
    /// How many would stay where they are, by why.
    pub stays: Vec<StayCount>,
    /// How many people would read which text.
    pub languages: Vec<ResolutionLanguage>,
}

payload!(
    /// The result of `causeResolve`.
    CauseResolvePayload, ClosingUserError {
        /// The cause as it is now.
        cause: Cause,
        /// How far the closing is: read it again to follow it.
        resolution: CauseResolution
    }
);
payload!(
    /// The result of `causeResolutionUndo`.
    CauseResolutionUndoPayload, ClosingUserError {
        /// The cause as it is now.
        cause: Cause,
        /// How far the undoing is.
        resolution: CauseResolution
    }
);
payload!(
    /// The result of `causeResolutionAnnounce`.
    CauseResolutionAnnouncePayload, ClosingUserError {
        /// The resolving as it is now.
        resolution: CauseResolution
    }
);

/// Words to everybody behind a cause, in one language.
#[derive(Clone, InputObject)]
pub struct ResolutionMessageInput {
    /// The language, as a tag such as `es` or `es-MX`.
    pub language: String,
    /// The words; at most 2,000 characters, with the fields `{name}`, `{reference}` and `{cause}`.
    pub text: String,
}

/// A root cause to resolve.
#[derive(InputObject)]
pub struct CauseResolveInput {
    /// Which.
    pub id: ID,
    /// The version that you read.
    pub expected_version: Option<i32>,
    /// Narrower causes that are resolved with it, at most 50; none unless chosen.
    pub sub_cause_ids: Option<Vec<ID>>,
    /// Whether ideas go along; STAY when left out.
    pub ideas: Option<IdeasToo>,
    /// Submissions that stay where they are; at most 500.
    pub hold_back_ids: Option<Vec<ID>>,
    /// The words, once for each language. Who reads none of these gets English, or else the first. When
    /// left out, the product says it in English and Spanish.
    pub messages: Option<Vec<ResolutionMessageInput>>,
    /// When all is told together; AFTER_HOLD when left out. The hold begins when the last one was
    /// decided on.
    pub announce: Option<Announce>,
}

impl CauseResolveInput {
    fn meant(self) -> Result<Resolve> {
        let below = self.sub_cause_ids.unwrap_or_default();
        at_most(&below, MOST_BELOW, "subCauseIds")?;
        let back = self.hold_back_ids.unwrap_or_default();
        at_most(&back, MOST_HELD_BACK, "holdBackIds")?;
        let words = |it: ResolutionMessageInput| Words { language: it.language, text: it.text };
        Ok(Resolve {
            id: id_at(&self.id, "id")?,
            expected_version: self.expected_version,
            sub_causes: below.iter().map(|id| id_at(id, "subCauseIds")).collect::<Result<_>>()?,
            ideas: self.ideas.unwrap_or(IdeasToo::Stay).into(),
            held_back: back
                .iter()
                .map(|id| id_at::<SubmissionId>(id, "holdBackIds"))
                .collect::<Result<_>>()?,
            messages: self.messages.unwrap_or_default().into_iter().map(words).collect(),
            announce: self.announce.unwrap_or(Announce::AfterHold).into(),
        })
    }
}

/// A resolving to take back.
#[derive(InputObject)]
pub struct CauseResolutionUndoInput {
    /// Which.
    pub id: ID,
}

/// A resolving to tell now.
#[derive(InputObject)]
pub struct CauseResolutionAnnounceInput {
    /// Which.
    pub id: ID,
}

/// Queries.
#[derive(Default)]
pub struct ResolutionQuery;

#[Object]
impl ResolutionQuery {
    /// "Who will hear?": what `causeResolve` would do now, in numbers; nothing is written. Needs
    /// REVIEWER, or to answer for the cause. Refused as `causeResolve` would be.
    async fn cause_resolve_preview(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What would be resolved.")] input: CauseResolveInput,
    ) -> Option<async_graphql::Result<CauseResolvePreview>> {
        let found = async { service::preview(signed_in(ctx)?, &input.meant()?).await };
        answer(found.await.map(|it| {
            CauseResolvePreview {
                tells: it.tells,
                without_channel: it.without_channel,
                on_sheet: it.on_sheet,
                moves: it.moves,
                ideas: it.ideas,
                stays: counts(it.stays),
                languages: it
                    .languages
                    .into_iter()
                    .map(|it| ResolutionLanguage {
                        language: it.language,
                        people: it.people,
                        in_place_of_another: it.in_place_of_another,
                        example: it.example,
                    })
                    .collect(),
            }
        }))
    }

    /// How far the resolving of a cause is. For those who may change the cause; else null.
    async fn cause_resolution(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] id: ID,
    ) -> Option<async_graphql::Result<CauseResolution>> {
        let found = async {
            let Ok(id) = id.parse::<ResolutionId>() else { return Ok(None) };
            service::one(signed_in(ctx)?, id).await
        };
        answer_or_null(found.await.map(|found| found.map(CauseResolution)))
    }
}

/// Mutations.
#[derive(Default)]
pub struct ResolutionMutation;

#[Object]
impl ResolutionMutation {
    /// Resolves a root cause: observations all of whose live causes are resolved are done by it, ideas
    /// as chosen, and everybody who sent or follows one of them is told once, in their language. What is
    /// behind it is decided on in the background (`resolution`); then all is told together. Needs
    /// REVIEWER, or to answer for the cause. Codes: FORBIDDEN, NOT_FOUND, STALE_VERSION, CONFLICT,
    /// INVALID, REQUIRED, TOO_LONG.
    async fn cause_resolve(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to resolve.")] input: CauseResolveInput,
    ) -> Option<async_graphql::Result<CauseResolvePayload>> {
        let done = async { service::resolve(signed_in(ctx)?, input.meant()?).await };
        settle(done.await, |(cause, row)| {
            CauseResolvePayload::done(Cause(cause), CauseResolution(row))
        })
    }

    /// Takes a resolving back that nobody was told of, with all that was decided by it. Needs REVIEWER,
    /// or to answer for the cause. Codes: FORBIDDEN, NOT_FOUND, TOO_LATE.
    async fn cause_resolution_undo(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: CauseResolutionUndoInput,
    ) -> Option<async_graphql::Result<CauseResolutionUndoPayload>> {
        let done = async { service::undo(signed_in(ctx)?, id_at(&input.id, "id")?).await };
        settle(done.await, |(cause, row)| {
            CauseResolutionUndoPayload::done(Cause(cause), CauseResolution(row))
        })
    }

    /// Tells all that a resolving decided now; what is still being decided on, as soon as it is. Needs
    /// REVIEWER, or to answer for the cause. Codes: FORBIDDEN, NOT_FOUND, TOO_LATE.
    async fn cause_resolution_announce(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: CauseResolutionAnnounceInput,
    ) -> Option<async_graphql::Result<CauseResolutionAnnouncePayload>> {
        let done = async { service::announce(signed_in(ctx)?, id_at(&input.id, "id")?).await };
        settle(done.await, |row| CauseResolutionAnnouncePayload::done(CauseResolution(row)))
    }
}
