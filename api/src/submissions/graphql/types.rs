//! `Submission`, the interface of `Idea` and `Observation`.
// The arguments of every list come once for each list of the interface.
#![allow(clippy::duplicated_attributes)]

use super::comments::CommentConnection;
use super::enums::{Audience, Channel, Kind, Severity};
use super::handled::{Handover, Moderation};
use super::objects::{Idea, Observation};
use super::parts::ViewerCan;
use super::queries::SubmissionConnection;
use super::row::{Row, Siblings};
use super::similar::SimilarSubmission;
use crate::clocks::graphql::Clock;
use crate::desk::graphql::load::AssigneeChoice;
use crate::external::graphql::ExternalLink;
use crate::graphql::scalars::DateTime;
use crate::identity::graphql::{Person, Unit};
use crate::implementation::graphql::copies::Adoption;
use crate::implementation::graphql::outcomes::Outcome;
use crate::implementation::graphql::people::Help;
use crate::implementation::graphql::plans::ActionPlan;
use crate::implementation::graphql::trials::Trial;
use crate::journey::graphql::Touchpoint;
use crate::kit::error::Result;
use crate::kit::page::Page;
use crate::kit::scope::Scope;
use crate::programs::graphql::{Phase, Program, Status};
use crate::submissions::photos::graphql::Photo;
use crate::submissions::query;
use crate::triage::causes::graphql::CauseLink;
use crate::workflow::graphql::decisions::{AllowedMove, Decision};
use crate::workflow::graphql::history::HistoryConnection;
use crate::workflow::reports::graphql::Report;
use async_graphql::{ID, Interface};
use entity::id::{SubmissionId, TypedId as _};
use entity::submissions::submission::Model;
use std::sync::Arc;

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
    field(
        name = "sent_by",
        ty = "Option<async_graphql::Result<String>>",
        desc = "The name of the integration that sent it, if one did; in its author's name, if it has an author."
    ),
    field(
        name = "external_links",
        ty = "Option<async_graphql::Result<Vec<ExternalLink>>>",
        desc = "What it is called in other systems, for those who work on it, and for integrations with the scope external-links; empty for everybody else."
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
        Self::among(Siblings::of(page.rows.iter().map(|(_, row)| row)))
    }

    /// As [`Submission::of_page`], for a page that is there already.
    pub fn among(siblings: Arc<Siblings>) -> impl Fn(Model) -> Self + use<> {
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
