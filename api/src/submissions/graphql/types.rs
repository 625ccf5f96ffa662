//! `Idea` and `Observation`: one row, one list of fields, two types, and the interface of both.
// The arguments of every list come once for each list of the interface.
#![allow(clippy::duplicated_attributes)]

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::DataLoader;
use async_graphql::{Context, ID, Interface, Object};
use entity::id::{PersonId, SubmissionId, TypedId as _, UnitId};
use entity::submissions::submission::Model;
use entity::submissions::{redaction, twin_span, wording};
use entity::workflow::values::ModerationAct;

use super::comments::{self, CommentConnection, Names};
use super::enums::{Audience, Channel, Kind, Severity, Size};
use super::handled::{self, Handover, Moderation};
use super::joined;
use super::parts::{ViewerCan, Wording};
use super::queries::SubmissionConnection;
use super::row::{Row, Siblings};
use super::similar::SimilarSubmission;
use super::timing;
use crate::clocks::graphql::Clock;
use crate::desk::graphql::load::{self, AssigneeChoice};
use crate::engagement::loader::{Engagement, Followed, VotedFor};
use crate::graphql::payload::{answer, answer_or_null};
use crate::graphql::scalars::{Date, DateTime};
use crate::identity::graphql::{Person, Unit};
use crate::implementation::graphql::copies::Adoption;
use crate::implementation::graphql::outcomes::Outcome;
use crate::implementation::graphql::people::Help;
use crate::implementation::graphql::plans::ActionPlan;
use crate::implementation::graphql::trials::Trial;
use crate::journey::graphql::Touchpoint;
use crate::journey::loader::Journeys;
use crate::kit::error::{Fault, Result};
use crate::kit::page::{Page, PageArgs};
use crate::kit::scope::Scope;
use crate::programs::graphql::{Phase, Program, Status};
use crate::programs::loader::Programs;
use crate::submissions::loader::{LineageOf, RevisionsOf, SpansOf, Submissions, TagsOf};
use crate::submissions::photos::graphql::Photo;
use crate::submissions::photos::loader::Photos;
use crate::submissions::policy;
use crate::submissions::query::{self, Inside};
use crate::submissions::standing::{Standing, judge};
use crate::triage::causes::graphql::CauseLink;
use crate::workflow::graphql::decisions::{self, AllowedMove, Decision};
use crate::workflow::graphql::history::{self, HistoryConnection};
use crate::workflow::reports::graphql::Report;

/// What somebody sent: an idea or an observation.
#[derive(Clone, Interface)]
#[graphql(
    field(name = "id", ty = "ID", desc = "Opaque id, the same whatever the kind becomes."),
    field(
        name = "reference",
        ty = "String",
        desc = "What people call it, for instance `EAR-142`."
    ),
    field(name = "kind", ty = "Kind", desc = "Idea or observation."),
    field(
        name = "title",
        ty = "Option<async_graphql::Result<String>>",
        desc = "Title, given or derived."
    ),
    field(
        name = "text",
        ty = "Option<async_graphql::Result<String>>",
        desc = "The text as its author wrote it."
    ),
    field(
        name = "customer_words",
        ty = "Option<async_graphql::Result<String>>",
        desc = "The customer's own words, if there are any."
    ),
    field(
        name = "phase",
        ty = "Option<async_graphql::Result<Phase>>",
        desc = "The decided phase for those who work on it, the shown one for everybody else."
    ),
    field(
        name = "shown_phase",
        ty = "Option<async_graphql::Result<Phase>>",
        desc = "The phase that was announced; of a twin, that of the canonical one."
    ),
    field(
        name = "status",
        ty = "Option<async_graphql::Result<Status>>",
        desc = "The label inside the phase."
    ),
    field(
        name = "author",
        ty = "Option<async_graphql::Result<Person>>",
        desc = "Who sent it, where names are shown to you; null when nobody is recorded."
    ),
    field(
        name = "unit",
        ty = "Option<async_graphql::Result<Unit>>",
        desc = "The unit it is about."
    ),
    field(
        name = "touchpoint",
        ty = "Option<async_graphql::Result<Touchpoint>>",
        desc = "Where on a journey."
    ),
    field(
        name = "program",
        ty = "Option<async_graphql::Result<Program>>",
        desc = "Its programme."
    ),
    field(name = "channel", ty = "Channel", desc = "How it came."),
    field(name = "severity", ty = "Option<Severity>", desc = "How bad it is."),
    field(name = "audience", ty = "Audience", desc = "Who may read it."),
    field(
        name = "tags",
        ty = "Option<async_graphql::Result<Vec<String>>>",
        desc = "Tags, in order."
    ),
    field(
        name = "canonical_reference",
        ty = "Option<async_graphql::Result<String>>",
        desc = "Reference of the one it was joined with."
    ),
    field(
        name = "merged_into",
        ty = "Option<async_graphql::Result<Submission>>",
        desc = "The one that it was joined with, where you may read that one."
    ),
    field(
        name = "twin_count",
        ty = "Option<async_graphql::Result<i64>>",
        desc = "How many were joined into it, for those who work on it."
    ),
    field(
        name = "twins",
        ty = "Option<async_graphql::Result<SubmissionConnection>>",
        desc = "What was joined into it, for those who work on it, as far as you may read it.",
        arg(name = "first", ty = "Option<i32>", desc = "Rows from the front, at most 100."),
        arg(name = "after", ty = "Option<String>", desc = "Behind this cursor."),
        arg(name = "last", ty = "Option<i32>", desc = "Rows from the back, at most 100."),
        arg(name = "before", ty = "Option<String>", desc = "Before this cursor.")
    ),
    field(
        name = "duplicate_candidates",
        ty = "Option<async_graphql::Result<Vec<SimilarSubmission>>>",
        desc = "What it might be joined with, for its reviewers.",
        arg(name = "first", ty = "Option<i32>", desc = "How many, at most 20; 5 unless said.")
    ),
    field(
        name = "reach",
        ty = "i32",
        desc = "People behind it: whoever sent it or voted for it, each once, its twins included."
    ),
    field(name = "vote_count", ty = "i32", desc = "Votes; never by name."),
    field(
        name = "viewer_has_voted",
        ty = "Option<async_graphql::Result<bool>>",
        desc = "Whether you voted for it."
    ),
    field(
        name = "viewer_follows",
        ty = "Option<async_graphql::Result<bool>>",
        desc = "Whether you follow it."
    ),
    field(
        name = "photos",
        ty = "Option<async_graphql::Result<Vec<Photo>>>",
        desc = "Photos that are there, oldest first; at most six."
    ),
    field(name = "photo_count", ty = "i32", desc = "Photos that are there."),
    field(name = "comment_count", ty = "i32", desc = "Public comments."),
    field(
        name = "comments",
        ty = "Option<async_graphql::Result<CommentConnection>>",
        desc = "Comments that you may see, oldest first.",
        arg(name = "first", ty = "Option<i32>", desc = "Rows from the front, at most 100."),
        arg(name = "after", ty = "Option<String>", desc = "Behind this cursor."),
        arg(name = "last", ty = "Option<i32>", desc = "Rows from the back, at most 100."),
        arg(name = "before", ty = "Option<String>", desc = "Before this cursor.")
    ),
    field(
        name = "causes",
        ty = "Option<async_graphql::Result<Vec<CauseLink>>>",
        desc = "Why it happens: links to root causes, oldest first."
    ),
    field(
        name = "plan",
        ty = "Option<async_graphql::Result<ActionPlan>>",
        desc = "What is to be done about it, and how far that is."
    ),
    field(
        name = "trials",
        ty = "Option<async_graphql::Result<Vec<Trial>>>",
        desc = "What was tried, the first one first, for those who see the items of its plan."
    ),
    field(
        name = "outcomes",
        ty = "Option<async_graphql::Result<Vec<Outcome>>>",
        desc = "What it is to change, and did: confirmed ones, for those who see the items of its plan all."
    ),
    field(
        name = "adoptions",
        ty = "Option<async_graphql::Result<Vec<Adoption>>>",
        desc = "At which other sites it works; every offer to a site, for those who may offer it, and for those of the site."
    ),
    field(name = "help", ty = "Option<async_graphql::Result<Help>>", desc = "Who helps with it."),
    field(
        name = "pending_decision",
        ty = "Option<async_graphql::Result<Decision>>",
        desc = "The decision that is not announced yet, for those who work on it."
    ),
    field(
        name = "allowed_moves",
        ty = "Option<async_graphql::Result<Vec<AllowedMove>>>",
        desc = "The steps that you could take with it now."
    ),
    field(
        name = "clocks",
        ty = "Option<async_graphql::Result<Vec<Clock>>>",
        desc = "How long things may take with it, for those who work on it; by kind and round."
    ),
    field(
        name = "respond_by",
        ty = "Option<async_graphql::Result<DateTime>>",
        desc = "By when its author is answered, for the author and those who work on it: while nobody has answered, the time has not passed, and the organisation shows this promise."
    ),
    field(
        name = "snoozed_until",
        ty = "Option<async_graphql::Result<DateTime>>",
        desc = "Until when the queue leaves it out, for those who work on it."
    ),
    field(
        name = "handover",
        ty = "Option<async_graphql::Result<Handover>>",
        desc = "To which function it was handed, and how far that is, for those who work on it."
    ),
    field(
        name = "hidden",
        ty = "Option<async_graphql::Result<Moderation>>",
        desc = "That it is hidden, and why, for those who work on it and moderators over it."
    ),
    field(
        name = "locked",
        ty = "Option<async_graphql::Result<Moderation>>",
        desc = "That it is locked, and why, for those who work on it and moderators over it."
    ),
    field(
        name = "reports",
        ty = "Option<async_graphql::Result<Vec<Report>>>",
        desc = "What staff reported about it and its comments, oldest first, for its reviewers and moderators over it."
    ),
    field(
        name = "split_from",
        ty = "Option<async_graphql::Result<Submission>>",
        desc = "What it was split from, for its author and those who work on it, where you may read that one."
    ),
    field(
        name = "parts",
        ty = "Option<async_graphql::Result<Vec<Submission>>>",
        desc = "What was split from it, in order, for its author and those who work on it, as far as you may read it."
    ),
    field(
        name = "assignee_choices",
        ty = "Option<async_graphql::Result<Vec<AssigneeChoice>>>",
        desc = "To whom you may give it, by name, with their load; null when you may not."
    ),
    field(
        name = "history",
        ty = "Option<async_graphql::Result<HistoryConnection>>",
        desc = "What happened to it, oldest first, as far as you may hear of it.",
        arg(name = "first", ty = "Option<i32>", desc = "Rows from the front, at most 100."),
        arg(name = "after", ty = "Option<String>", desc = "Behind this cursor."),
        arg(name = "last", ty = "Option<i32>", desc = "Rows from the back, at most 100."),
        arg(name = "before", ty = "Option<String>", desc = "Before this cursor.")
    ),
    field(
        name = "who_can_see",
        ty = "String",
        desc = "Who can see it, as a sentence in your language."
    ),
    field(
        name = "viewer_can",
        ty = "Option<async_graphql::Result<ViewerCan>>",
        desc = "What you may do with it now."
    ),
    field(name = "created_at", ty = "DateTime", desc = "When it was received."),
    field(name = "updated_at", ty = "DateTime", desc = "Latest change."),
    field(name = "version", ty = "i32", desc = "Counts up with every change of its content.")
)]
pub enum Submission {
    /// What would help.
    Idea(Idea),
    /// What was seen.
    Observation(Observation),
}

impl Submission {
    /// A row by itself, as the type that its kind asks for.
    #[must_use]
    pub fn of(row: Model) -> Self {
        Self::on_page(Row::alone(row))
    }

    /// Makes the rows of a page: what one asks for is read for all.
    pub fn of_page(page: &Page<Model>) -> impl Fn(Model) -> Self + use<> {
        let siblings = Siblings::of(page.rows.iter().map(|(_, row)| row));
        move |row| Self::on_page(Row::among(row, siblings.clone()))
    }

    /// A row with its page, as the type that its kind asks for.
    #[must_use]
    pub fn on_page(row: Arc<Row>) -> Self {
        match row.kind {
            entity::submissions::phase::Kind::Idea => Self::Idea(Idea(row)),
            entity::submissions::phase::Kind::Observation => Self::Observation(Observation(row)),
        }
    }

    /// By id, through the door.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn by_id(scope: &Scope, id: &str) -> Result<Option<Self>> {
        let Ok(id) = SubmissionId::parse(id) else { return Ok(None) };
        Ok(query::one_readable(&scope.db(), &scope.actor, id).await?.map(Self::of))
    }
}

pub(super) fn scope<'a>(ctx: &Context<'a>) -> Result<&'a Scope> {
    Ok(ctx.data::<Scope>().map_err(|_| Fault::internal("no scope"))?)
}

pub(super) fn batches<'a>(ctx: &Context<'a>) -> Result<&'a DataLoader<Submissions>> {
    Ok(ctx
        .data::<DataLoader<Submissions>>()
        .map_err(|_| Fault::internal("no batches of submissions"))?)
}

fn program_batches<'a>(ctx: &Context<'a>) -> Result<&'a DataLoader<Programs>> {
    Ok(ctx
        .data::<DataLoader<Programs>>()
        .map_err(|_| Fault::internal("no batches of programmes"))?)
}

/// How the asker stands towards a row. Batched: one statement for a page.
pub(crate) async fn standing(ctx: &Context<'_>, row: &Row) -> Result<Standing> {
    let loader = batches(ctx)?.loader();
    let mut lineages = HashMap::new();
    for unit in [Some(row.unit_id), row.function_id].into_iter().flatten() {
        let lineage = row.page.lineages.get(loader, LineageOf(unit)).await?;
        lineages.insert(unit, lineage.unwrap_or_default());
    }
    Ok(judge(&scope(ctx)?.actor, row, &lineages))
}

/// A person by an edge.
pub(crate) async fn person(ctx: &Context<'_>, id: Option<PersonId>) -> Result<Option<Person>> {
    let Some(id) = id else { return Ok(None) };
    Ok(batches(ctx)?.load_one(id).await?.map(Person))
}

/// A unit by an edge.
pub(crate) async fn unit(ctx: &Context<'_>, id: Option<UnitId>) -> Result<Option<Unit>> {
    let Some(id) = id else { return Ok(None) };
    Ok(batches(ctx)?.load_one(id).await?.map(Unit))
}

/// A person that a row points at.
async fn person_of(ctx: &Context<'_>, row: &Row, id: Option<PersonId>) -> Result<Option<Person>> {
    let Some(id) = id else { return Ok(None) };
    Ok(row.page.people.get(batches(ctx)?.loader(), id).await?.map(Person))
}

pub(super) async fn unit_of(
    ctx: &Context<'_>,
    row: &Row,
    id: Option<UnitId>,
) -> Result<Option<Unit>> {
    let Some(id) = id else { return Ok(None) };
    Ok(row.page.units.get(batches(ctx)?.loader(), id).await?.map(Unit))
}

/// A text with every redaction in the asker's language.
pub(crate) fn told(ctx: &Context<'_>, text: &str) -> String {
    let locale = scope(ctx).map_or("en", |scope| scope.actor.locale.as_str());
    redaction::shown(text, locale).into_owned()
}

fn no_batches<E>(_: E) -> Fault {
    Fault::internal("the batches of a request are not attached")
}

async fn has_voted(ctx: &Context<'_>, row: &Row) -> Result<bool> {
    let loader = ctx.data::<DataLoader<Engagement>>().map_err(no_batches)?.loader();
    Ok(row.page.votes.get(loader, VotedFor(row.id)).await?.is_some())
}

async fn follows(ctx: &Context<'_>, row: &Row) -> Result<bool> {
    let loader = ctx.data::<DataLoader<Engagement>>().map_err(no_batches)?.loader();
    Ok(row.page.follows.get(loader, Followed(row.id)).await?.is_some())
}

async fn photos(ctx: &Context<'_>, row: &Row) -> Result<Vec<Photo>> {
    let loader = ctx.data::<DataLoader<Photos>>().map_err(no_batches)?.loader();
    let found = row.page.photos.get(loader, row.id).await?.unwrap_or_default();
    Ok(found.into_iter().map(Photo).collect())
}

async fn touchpoint(ctx: &Context<'_>, row: &Row) -> Result<Option<Touchpoint>> {
    let Some(id) = row.touchpoint_id else { return Ok(None) };
    let loader = ctx
        .data::<DataLoader<Journeys>>()
        .map_err(|_| Fault::internal("no batches of journeys"))?
        .loader();
    Ok(row.page.touchpoints.get(loader, id).await?.map(Touchpoint))
}

async fn words(ctx: &Context<'_>, row: &Row) -> Result<wording::Model> {
    let found = row.page.texts.get(batches(ctx)?.loader(), row.text_id).await?;
    Ok(found.ok_or_else(|| Fault::internal(format!("{} has no words", row.id)))?)
}

pub(super) async fn inside(ctx: &Context<'_>, row: &Row) -> Result<Inside> {
    let inside = standing(ctx, row).await?.inside()
        || scope(ctx)?.actor.principal == crate::kit::actor::Principal::System;
    Ok(if inside { Inside::Yes } else { Inside::No })
}

/// The rows of a page, by whether the asker works on them.
pub(crate) struct Sides {
    /// Works on them.
    pub(crate) inside: Vec<SubmissionId>,
    /// Does not.
    pub(crate) outside: Vec<SubmissionId>,
}

/// How the asker stands towards all rows of the page of `row`. One statement for all.
pub(crate) async fn sides(ctx: &Context<'_>, row: &Row) -> Result<Sides> {
    let mut sides = Sides { inside: Vec::new(), outside: Vec::new() };
    for sibling in &row.page.rows {
        let sibling = Row::among(sibling.clone(), row.page.clone());
        match inside(ctx, &sibling).await? {
            Inside::Yes => sides.inside.push(sibling.id),
            Inside::No => sides.outside.push(sibling.id),
        }
    }
    Ok(sides)
}

async fn phase_for(ctx: &Context<'_>, row: &Row) -> Result<Phase> {
    let shown = joined::shown(ctx, row).await?;
    // Where nothing is held back both are one, and nothing is asked.
    if row.phase == shown.phase {
        return Ok(row.phase.into());
    }
    Ok(match inside(ctx, row).await? {
        Inside::Yes => row.phase.into(),
        Inside::No => shown.phase.into(),
    })
}

async fn status_for(ctx: &Context<'_>, row: &Row) -> Result<Option<Status>> {
    let shown = joined::shown(ctx, row).await?;
    let id = if row.status_id == shown.status {
        row.status_id
    } else {
        match inside(ctx, row).await? {
            Inside::Yes => row.status_id,
            Inside::No => shown.status,
        }
    };
    // The labels of a page are read for all its rows; a mirrored one stands beside them.
    match row.page.statuses.get(program_batches(ctx)?.loader(), id).await? {
        Some(found) => Ok(Some(Status(found))),
        None => Ok(program_batches(ctx)?.load_one(id).await?.map(Status)),
    }
}

async fn author_of(ctx: &Context<'_>, row: &Row) -> Result<Option<Person>> {
    if row.author_id.is_none()
        || !policy::sees_author(&scope(ctx)?.actor, standing(ctx, row).await?)
    {
        return Ok(None);
    }
    person_of(ctx, row, row.author_id).await
}

/// A value that those who work on it see.
async fn for_those_inside<T>(ctx: &Context<'_>, row: &Row, value: Option<T>) -> Result<Option<T>> {
    match value {
        Some(value) if inside(ctx, row).await? == Inside::Yes => Ok(Some(value)),
        _ => Ok(None),
    }
}

async fn revisions(ctx: &Context<'_>, row: &Row) -> Result<Vec<Wording>> {
    let standing = standing(ctx, row).await?;
    let found = row.page.revisions.get(batches(ctx)?.loader(), RevisionsOf(row.id)).await?;
    let found = found.unwrap_or_default();
    let all = standing.author || standing.inside();
    let seen = found.into_iter().filter(|words| all || words.id == row.text_id);
    let locale = scope(ctx)?.actor.locale.clone();
    Ok(seen.map(|words| Wording::of(words, &locale)).collect())
}

async fn viewer_can(ctx: &Context<'_>, row: &Row) -> Result<ViewerCan> {
    let shown = joined::shown(ctx, row).await?.phase;
    Ok(ViewerCan::of(row, standing(ctx, row).await?, shown))
}

/// When an announced twin counted with which canonical one, for what is mirrored.
pub(crate) async fn mirrored(
    ctx: &Context<'_>,
    row: &Row,
) -> Result<Option<Vec<twin_span::Model>>> {
    if joined::root(ctx, row).await?.is_none() {
        return Ok(None);
    }
    let spans = row.page.spans.get(batches(ctx)?.loader(), SpansOf(row.id)).await?;
    Ok(Some(spans.unwrap_or_default()))
}

/// All that the twins of a page have counted with. Batched.
pub(crate) async fn mirrored_roots(ctx: &Context<'_>, row: &Row) -> Result<Vec<SubmissionId>> {
    let spans = row.page.spans.all(batches(ctx)?.loader()).await?;
    let mut roots: Vec<SubmissionId> = spans.values().flatten().map(|span| span.root_id).collect();
    roots.sort_unstable();
    roots.dedup();
    Ok(roots)
}

async fn comments_of(ctx: &Context<'_>, row: &Row, args: PageArgs) -> Result<CommentConnection> {
    let scope = scope(ctx)?;
    let standing = standing(ctx, row).await?;
    let inside = inside(ctx, row).await?;
    let by_right = Standing { author: false, ..standing };
    let names =
        if policy::sees_author(&scope.actor, by_right) { Names::Shown } else { Names::Hidden };
    comments::of(ctx, (row, inside, names), args).await
}

macro_rules! submission_objects {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(pub Arc<Row>);

        $(#[$doc])*
        #[Object]
        impl $name {
            /// Opaque id, the same whatever the kind becomes.
            pub(crate) async fn id(&self) -> ID {
                self.0.id.into()
            }

            /// What people call it, for instance `EAR-142`.
            pub(crate) async fn reference(&self) -> String {
                self.0.reference.clone()
            }

            /// Idea or observation.
            pub(crate) async fn kind(&self) -> Kind {
                self.0.kind.into()
            }

            /// Title, given or derived.
            pub(crate) async fn title(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<String>> {
                answer(words(ctx, &self.0).await.map(|words| told(ctx, &words.title)))
            }

            /// The text as its author wrote it.
            pub(crate) async fn text(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<String>> {
                answer(words(ctx, &self.0).await.map(|words| told(ctx, &words.body)))
            }

            /// The customer's own words, if there are any.
            pub(crate) async fn customer_words(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<String>> {
                let quoted = words(ctx, &self.0).await.map(|words| words.customer_words);
                answer_or_null(quoted.map(|words| words.map(|words| told(ctx, &words))))
            }

            /// Language of the words, when known.
            async fn language(&self) -> Option<&str> {
                self.0.language.as_deref()
            }

            /// All revisions of the words, oldest first, for the author and for those who work on
            /// it; the present one for everybody else.
            async fn revisions(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Vec<Wording>>> {
                answer(revisions(ctx, &self.0).await)
            }

            /// The decided phase for those who work on it, the shown one for everybody else.
            pub(crate) async fn phase(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Phase>> {
                answer(phase_for(ctx, &self.0).await)
            }

            /// The phase that was announced.
            pub(crate) async fn shown_phase(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Phase>> {
                answer(joined::shown(ctx, &self.0).await.map(|shown| shown.phase.into()))
            }

            /// The label inside the phase.
            pub(crate) async fn status(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Status>> {
                answer_or_null(status_for(ctx, &self.0).await)
            }

            /// Who sent it, where names are shown to you; null when nobody is recorded.
            pub(crate) async fn author(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Person>> {
                answer_or_null(author_of(ctx, &self.0).await)
            }

            /// The unit it is about.
            pub(crate) async fn unit(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Unit>> {
                answer_or_null(unit_of(ctx, &self.0, Some(self.0.unit_id)).await)
            }

            /// The function it was handed to.
            async fn function(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Unit>> {
                answer_or_null(unit_of(ctx, &self.0, self.0.function_id).await)
            }

            /// Where on a journey.
            pub(crate) async fn touchpoint(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Touchpoint>> {
                answer_or_null(touchpoint(ctx, &self.0).await)
            }

            /// Its programme.
            pub(crate) async fn program(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Program>> {
                let found = async {
                    let loader = program_batches(ctx)?.loader();
                    let found = self.0.page.programs.get(loader, self.0.program_id).await?;
                    Ok(found.map(Program))
                };
                answer_or_null(found.await)
            }

            /// How it came.
            pub(crate) async fn channel(&self) -> Channel {
                self.0.channel.into()
            }

            /// How bad it is.
            pub(crate) async fn severity(&self) -> Option<Severity> {
                self.0.severity.map(Into::into)
            }

            /// Who may read it.
            pub(crate) async fn audience(&self) -> Audience {
                self.0.audience.into()
            }

            /// Tags, in order.
            pub(crate) async fn tags(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Vec<String>>> {
                let found = async {
                    let loader = batches(ctx)?.loader();
                    let tags = self.0.page.tags.get(loader, TagsOf(self.0.id)).await?;
                    Ok(tags.unwrap_or_default())
                };
                answer(found.await)
            }

            /// The reviewer at work on it, for those who work on it.
            async fn assignee(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Person>> {
                let found = async {
                    let id = for_those_inside(ctx, &self.0, self.0.assignee_id).await?;
                    person_of(ctx, &self.0, id).await
                };
                answer_or_null(found.await)
            }

            /// Who is responsible for doing it, for those who work on it.
            async fn owner(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Person>> {
                let found = async {
                    let id = for_those_inside(ctx, &self.0, self.0.owner_id).await?;
                    person_of(ctx, &self.0, id).await
                };
                answer_or_null(found.await)
            }

            /// How much it would help, for those who work on it.
            async fn impact(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Size>> {
                let size = self.0.impact.map(Size::from);
                answer_or_null(for_those_inside(ctx, &self.0, size).await)
            }

            /// How much work it is, for those who work on it.
            async fn effort(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Size>> {
                let size = self.0.effort.map(Size::from);
                answer_or_null(for_those_inside(ctx, &self.0, size).await)
            }

            /// The next date that the author was promised; for others than those who work on it
            /// once nothing is held back.
            async fn promised_on(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Date>> {
                let day = self.0.promised_on.map(Date);
                if self.0.pending_decision_id.is_none() {
                    return day.map(Ok);
                }
                answer_or_null(for_those_inside(ctx, &self.0, day).await)
            }

            /// When a deferred one is looked at again.
            async fn wake_on(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Date>> {
                let day = self.0.wake_on.map(Date);
                if self.0.pending_decision_id.is_none() {
                    return day.map(Ok);
                }
                answer_or_null(for_those_inside(ctx, &self.0, day).await)
            }

            /// How long things may take with it, for those who work on it; by kind and round.
            pub(crate) async fn clocks(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Vec<Clock>>> {
                answer_or_null(timing::clocks(ctx, &self.0).await)
            }

            /// By when its author is answered, for the author and those who work on it: while nobody
            /// has answered, the time has not passed, and the organisation shows this promise.
            pub(crate) async fn respond_by(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<DateTime>> {
                answer_or_null(timing::respond_by(ctx, &self.0).await)
            }

            /// Until when the queue leaves it out, for those who work on it.
            pub(crate) async fn snoozed_until(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<DateTime>> {
                answer_or_null(handled::snoozed_until(ctx, &self.0).await)
            }

            /// To which function it was handed, and how far that is, for those who work on it.
            pub(crate) async fn handover(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Handover>> {
                answer_or_null(handled::handover(ctx, &self.0).await)
            }

            /// That it is hidden, and why, for those who work on it and moderators over it.
            pub(crate) async fn hidden(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Moderation>> {
                answer_or_null(handled::moderation(ctx, &self.0, ModerationAct::Hidden).await)
            }

            /// That it is locked, and why, for those who work on it and moderators over it.
            pub(crate) async fn locked(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Moderation>> {
                answer_or_null(handled::moderation(ctx, &self.0, ModerationAct::Locked).await)
            }

            /// What staff reported about it and its comments, oldest first, for its reviewers and
            /// moderators over it.
            pub(crate) async fn reports(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Vec<Report>>> {
                answer_or_null(handled::reports(ctx, &self.0).await)
            }

            /// What it was split from, for its author and those who work on it, where you may read
            /// that one.
            pub(crate) async fn split_from(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Submission>> {
                answer_or_null(handled::split_from(ctx, &self.0).await)
            }

            /// What was split from it, in order, for its author and those who work on it, as far as
            /// you may read it.
            pub(crate) async fn parts(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Vec<Submission>>> {
                answer(handled::parts(ctx, &self.0).await)
            }

            /// Reference of the one it was joined with.
            pub(crate) async fn canonical_reference(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<String>> {
                answer_or_null(joined::canonical_reference(ctx, &self.0).await)
            }

            /// The one that it was joined with, where you may read that one.
            pub(crate) async fn merged_into(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Submission>> {
                answer_or_null(joined::merged_into(ctx, &self.0).await)
            }

            /// How many were joined into it, for those who work on it.
            pub(crate) async fn twin_count(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<i64>> {
                answer_or_null(joined::twin_count(ctx, &self.0).await)
            }

            /// What was joined into it, for those who work on it, as far as you may read it.
            pub(crate) async fn twins(
                &self,
                ctx: &Context<'_>,
                #[graphql(desc = "Rows from the front, at most 100.")] first: Option<i32>,
                #[graphql(desc = "Behind this cursor.")] after: Option<String>,
                #[graphql(desc = "Rows from the back, at most 100.")] last: Option<i32>,
                #[graphql(desc = "Before this cursor.")] before: Option<String>,
            ) -> Option<async_graphql::Result<SubmissionConnection>> {
                let args = PageArgs { first, after, last, before };
                answer_or_null(joined::twins(ctx, &self.0, args).await)
            }

            /// What it might be joined with: the same touchpoint or unit first, then the most
            /// alike. Needs the reviewer's right on it.
            pub(crate) async fn duplicate_candidates(
                &self,
                ctx: &Context<'_>,
                #[graphql(desc = "How many, at most 20; 5 unless said.")] first: Option<i32>,
            ) -> Option<async_graphql::Result<Vec<SimilarSubmission>>> {
                answer(joined::candidates(ctx, &self.0, first).await)
            }

            /// People behind it: whoever sent it or voted for it, each once, its twins included.
            pub(crate) async fn reach(&self) -> i32 {
                self.0.reach
            }

            /// Votes; never by name.
            pub(crate) async fn vote_count(&self) -> i32 {
                self.0.vote_count
            }

            /// Whether you voted for it.
            pub(crate) async fn viewer_has_voted(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<bool>> {
                answer(has_voted(ctx, &self.0).await)
            }

            /// Whether you follow it.
            pub(crate) async fn viewer_follows(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<bool>> {
                answer(follows(ctx, &self.0).await)
            }

            /// Photos that are there, oldest first; at most six.
            pub(crate) async fn photos(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Vec<Photo>>> {
                answer(photos(ctx, &self.0).await)
            }

            /// Photos that are there.
            pub(crate) async fn photo_count(&self) -> i32 {
                self.0.photo_count
            }

            /// Public comments.
            pub(crate) async fn comment_count(&self) -> i32 {
                self.0.comment_count
            }

            /// Comments that you may see, oldest first.
            pub(crate) async fn comments(
                &self,
                ctx: &Context<'_>,
                #[graphql(desc = "Rows from the front, at most 100.")] first: Option<i32>,
                #[graphql(desc = "Behind this cursor.")] after: Option<String>,
                #[graphql(desc = "Rows from the back, at most 100.")] last: Option<i32>,
                #[graphql(desc = "Before this cursor.")] before: Option<String>,
            ) -> Option<async_graphql::Result<CommentConnection>> {
                let args = PageArgs { first, after, last, before };
                answer(comments_of(ctx, &self.0, args).await)
            }

            /// Why it happens: links to root causes, oldest first.
            pub(crate) async fn causes(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Vec<CauseLink>>> {
                answer(crate::triage::causes::graphql::links(ctx, &self.0).await)
            }

            /// What is to be done about it, and how far that is.
            pub(crate) async fn plan(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<ActionPlan>> {
                answer_or_null(crate::implementation::graphql::plan(ctx, &self.0).await)
            }

            /// What was tried, the first one first, for those who see the items of its plan.
            pub(crate) async fn trials(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Vec<Trial>>> {
                answer(crate::implementation::graphql::trials(ctx, &self.0).await)
            }

            /// What it is to change, and did: confirmed ones, for those who see the items of its
            /// plan all.
            pub(crate) async fn outcomes(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Vec<Outcome>>> {
                answer(crate::implementation::graphql::outcomes(ctx, &self.0).await)
            }

            /// At which other sites it works; every offer to a site, for those who may offer it, and
            /// for those of the site.
            pub(crate) async fn adoptions(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Vec<Adoption>>> {
                answer(crate::implementation::graphql::copies::adoptions(ctx, &self.0).await)
            }

            /// Who helps with it.
            pub(crate) async fn help(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Help>> {
                answer(crate::implementation::graphql::help(ctx, &self.0).await)
            }

            /// The decision that is not announced yet, for those who work on it.
            pub(crate) async fn pending_decision(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Decision>> {
                answer_or_null(decisions::pending(ctx, &self.0).await)
            }

            /// The steps that you could take with it now.
            pub(crate) async fn allowed_moves(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Vec<AllowedMove>>> {
                answer(decisions::allowed_moves(ctx, &self.0).await)
            }

            /// To whom you may give it, by name, with their load; null when you may not.
            pub(crate) async fn assignee_choices(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Vec<AssigneeChoice>>> {
                answer_or_null(load::choices(ctx, &self.0).await)
            }

            /// What happened to it, oldest first, as far as you may hear of it.
            pub(crate) async fn history(
                &self,
                ctx: &Context<'_>,
                #[graphql(desc = "Rows from the front, at most 100.")] first: Option<i32>,
                #[graphql(desc = "Behind this cursor.")] after: Option<String>,
                #[graphql(desc = "Rows from the back, at most 100.")] last: Option<i32>,
                #[graphql(desc = "Before this cursor.")] before: Option<String>,
            ) -> Option<async_graphql::Result<HistoryConnection>> {
                let args = PageArgs { first, after, last, before };
                answer(history::of(ctx, &self.0, args).await)
            }

            /// Who can see it, as a sentence in your language.
            pub(crate) async fn who_can_see(&self, ctx: &Context<'_>) -> String {
                let Ok(scope) = scope(ctx) else { return String::new() };
                let readers = policy::readers(&self.0, scope.actor.rules);
                readers.sentence(&scope.actor.locale).to_owned()
            }

            /// What you may do with it now.
            pub(crate) async fn viewer_can(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<ViewerCan>> {
                answer(viewer_can(ctx, &self.0).await)
            }

            /// When it was received.
            pub(crate) async fn created_at(&self) -> DateTime {
                self.0.created_at.into()
            }

            /// Latest change.
            pub(crate) async fn updated_at(&self) -> DateTime {
                self.0.updated_at.into()
            }

            /// Counts up with every change of its content.
            pub(crate) async fn version(&self) -> i32 {
                self.0.version
            }
        }
    )+};
}

submission_objects!(
    /// What would help: something that somebody proposes.
    Idea,
    /// What was seen: something that went wrong, or well, for those whom we serve.
    Observation,
);
