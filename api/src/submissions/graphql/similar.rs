//! What was said before.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject};
use entity::submissions::phase::Phase;

use super::edges::scope;
use super::enums::Kind;
use super::row::{Row, Siblings};
use super::types::Submission;
use crate::graphql::list::some_id_at;
use crate::graphql::payload::answer;
use crate::journey::graphql::Touchpoint;
use crate::journey::loader::Journeys;
use crate::kit::error::{Fault, Result};
use crate::submissions::similar::service::{self, Candidate, Draft, MOST, Offered, USUAL};

/// A submission that says something like another text.
#[derive(Clone, SimpleObject)]
pub struct SimilarSubmission {
    /// The submission.
    pub submission: Submission,
    /// How alike the words are, in percent.
    pub likeness: i32,
    /// Whether it is from the same touchpoint or unit.
    pub same_place: bool,
    /// Whether something can be joined into it: it is not done yet, as far as you may know.
    pub takes_twins: bool,
}

impl SimilarSubmission {
    /// Candidates as rows of a page: what one asks for is read for all.
    pub(super) fn page_of(found: Vec<Candidate>, siblings: &Arc<Siblings>) -> Vec<Self> {
        let with = |candidate: Candidate| Self {
            // A share between 0 and 1, so it fits.
            #[allow(clippy::cast_possible_truncation)]
            likeness: (candidate.likeness * 100.0).round() as i32,
            same_place: candidate.same_place,
            takes_twins: candidate.phase.takes_twins() && candidate.phase != Phase::Merged,
            submission: Submission::on_page(Row::among(candidate.row, siblings.clone())),
        };
        found.into_iter().map(with).collect()
    }
}

/// What several people said and you may not read: its place and its root causes, never its text.
pub struct SimilarOffer(Offered);

/// What several people said and you may not read: its place and its root causes, never its text.
#[Object]
impl SimilarOffer {
    /// Idea or observation.
    async fn kind(&self) -> Kind {
        self.0.kind.into()
    }

    /// Where on a journey.
    async fn touchpoint(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Touchpoint>> {
        let found = async {
            let Some(id) = self.0.touchpoint else { return Ok(None) };
            let journeys = ctx
                .data::<async_graphql::dataloader::DataLoader<Journeys>>()
                .map_err(|_| Fault::internal("no batches of journeys"))?;
            Ok(journeys.load_one(id).await?.map(Touchpoint))
        };
        crate::graphql::payload::answer_or_null(found.await)
    }

    /// Why it happens, in the words of its root causes.
    async fn causes(&self) -> &[String] {
        &self.0.causes
    }

    /// At least so many people stand behind it: 5, 10, 25, 50 or 100.
    async fn people_at_least(&self) -> i32 {
        self.0.people_at_least
    }

    /// For `submissionMeToo`, within 30 minutes, by you alone.
    async fn token(&self) -> &str {
        &self.0.token
    }
}

/// What was said before.
#[derive(SimpleObject)]
pub struct SimilarSubmissions {
    /// What you may read: the same touchpoint or unit first, then the most alike.
    pub readable: Vec<SimilarSubmission>,
    /// What you may not read, but to which you can say "me too".
    pub offered: Vec<SimilarOffer>,
}

/// A draft as it was typed.
struct Typed {
    text: String,
    unit_id: Option<ID>,
    touchpoint_id: Option<ID>,
    kind: Option<Kind>,
    first: Option<i32>,
}

async fn said_before(ctx: &Context<'_>, typed: Typed) -> Result<SimilarSubmissions> {
    let first = usize::try_from(typed.first.unwrap_or(0)).ok().filter(|it| *it > 0);
    let draft = Draft {
        text: typed.text,
        unit: some_id_at(typed.unit_id.as_ref(), "unitId")?,
        touchpoint: some_id_at(typed.touchpoint_id.as_ref(), "touchpointId")?,
        kind: typed.kind.map(Into::into),
    };
    let first = first.unwrap_or(USUAL).min(MOST);
    let found = service::said_before(scope(ctx)?, draft, first).await?;
    let siblings = Siblings::of(found.readable.iter().map(|it| &it.row));
    Ok(SimilarSubmissions {
        readable: SimilarSubmission::page_of(found.readable, &siblings),
        offered: found.offered.into_iter().map(SimilarOffer).collect(),
    })
}

/// Looking before sending.
#[derive(Default)]
pub struct SimilarQuery;

#[Object]
impl SimilarQuery {
    /// What was said before that is like a text somebody is about to send: in full what you may
    /// read; of what you may not read only where it was and why it happens, and only where at least
    /// five people stand behind it. Your text is not compared with words that you may not read.
    /// Needs a person.
    async fn similar_submissions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The words so far, at most 10,000 characters.")] text: String,
        #[graphql(desc = "The unit it is about; your home unit when left out.")] unit_id: Option<
            ID,
        >,
        #[graphql(desc = "Where on a journey.")] touchpoint_id: Option<ID>,
        #[graphql(desc = "Idea or observation, when known.")] kind: Option<Kind>,
        #[graphql(desc = "How many that you may read, at most 20; 5 unless said.")] first: Option<
            i32,
        >,
    ) -> Option<async_graphql::Result<SimilarSubmissions>> {
        let typed = Typed { text, unit_id, touchpoint_id, kind, first };
        answer(said_before(ctx, typed).await)
    }
}
