//! Links as somebody sees them.

use async_graphql::{Context, ID, Object};
use entity::submissions::submission;
use entity::triage::cause_link;

use super::values::LinkSource;
use super::{Cause, batches};
use crate::graphql::payload::answer_or_null;
use crate::graphql::ready;
use crate::graphql::scalars::DateTime;
use crate::identity::graphql::Person;
use crate::kit::error::Result;
use crate::submissions::graphql::edges;
use crate::submissions::graphql::row::Row;
use crate::submissions::query::Inside;
use crate::triage::causes::loader::LinksOf;

/// A link between a submission and a root cause.
#[derive(Clone)]
pub struct CauseLink {
    row: cause_link::Model,
    /// Whether the asker works on the submission.
    shown: LinkView,
}

/// How much of a link somebody sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LinkView {
    /// That it is there.
    Outside,
    /// Who made it and why.
    Inside {
        /// Whether the decision that it came with is still held.
        held: bool,
    },
}

/// That a submission evidences, or an idea addresses, a root cause.
#[Object]
impl CauseLink {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        self.row.id.into()
    }

    /// The root cause.
    async fn cause(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Cause>> {
        let found =
            async { Ok(ready::one(ctx, batches(ctx)?, self.row.cause_id).await?.map(Cause)) };
        answer_or_null(found.await)
    }

    /// Who or what made it.
    async fn source(&self) -> LinkSource {
        self.row.source.into()
    }

    /// Why they think so, for those who work on the submission.
    async fn note(&self, ctx: &Context<'_>) -> Option<String> {
        let note = self.row.note.as_deref().filter(|_| self.shown != LinkView::Outside);
        note.map(|note| edges::told(ctx, note))
    }

    /// The person who made it, for those who work on the submission.
    async fn created_by(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Person>> {
        let id = self.row.created_by.filter(|_| self.shown != LinkView::Outside);
        answer_or_null(edges::person(ctx, id).await)
    }

    /// Whether the decision that it came with is still held: then nobody else sees it.
    async fn held(&self) -> bool {
        self.shown == LinkView::Inside { held: true }
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.row.created_at.into()
    }
}

/// The links of one submission, as far as they show. Batched.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn links(ctx: &Context<'_>, row: &Row) -> Result<Vec<CauseLink>> {
    let found = ready::one(ctx, batches(ctx)?, LinksOf(row.id)).await?.unwrap_or_default();
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let view = if edges::standing(ctx, row).await?.inside() { Inside::Yes } else { Inside::No };
    Ok(found.into_iter().filter_map(|link| link_for(row, link, view)).collect())
}

/// One link for somebody who works on the submission, or for anybody else.
fn link_for(row: &submission::Model, link: cause_link::Model, view: Inside) -> Option<CauseLink> {
    let held = link.decision_id.is_some() && link.decision_id == row.pending_decision_id;
    match view {
        Inside::Yes => Some(CauseLink { row: link, shown: LinkView::Inside { held } }),
        Inside::No if held => None,
        Inside::No => Some(CauseLink { row: link, shown: LinkView::Outside }),
    }
}

/// Links as somebody who works on the submission sees them.
pub(crate) fn made(row: &submission::Model, links: Vec<cause_link::Model>) -> Vec<CauseLink> {
    links.into_iter().filter_map(|link| link_for(row, link, Inside::Yes)).collect()
}
