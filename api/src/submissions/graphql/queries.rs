//! Lists of submissions, and one by id or reference.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, OneofObject};
use entity::id::SubmissionId;
use entity::submissions::phase::Kind;
use entity::submissions::reference::Reference;
use entity::submissions::submission::{Column, Model};
use sea_orm::{ColumnTrait as _, QueryFilter as _};

use super::inputs::{self, SubmissionFilter, SubmissionOrder};
use super::objects::{Idea, Observation};
use super::row::{Row, Siblings};
use super::types::Submission;
use crate::external::graphql::{ExternalLinkKey, submission_called};
use crate::graphql::list::id_at;
use crate::graphql::payload::{answer, answer_or_null};
use crate::kit::error::{Fault, Result};
use crate::kit::page::{Page, PageArgs};
use crate::kit::scope::Scope;
use crate::screens::{detail, lists};
use crate::submissions::filter::{self, Filter, Leaf};
use crate::submissions::query;

crate::connection!(SubmissionConnection, SubmissionEdge, Submission, "submissions");
crate::connection!(IdeaConnection, IdeaEdge, Idea, "ideas");
crate::connection!(ObservationConnection, ObservationEdge, Observation, "observations");

/// Which submission: by exactly one of these.
#[derive(OneofObject)]
pub enum SubmissionBy {
    /// Opaque id.
    Id(ID),
    /// What people call it, for instance `EAR-142`, in any spelling.
    Reference(String),
    /// What it is called in another system, for those who see its links.
    ExternalLink(ExternalLinkKey),
}

/// What a list was asked for.
struct Asked {
    page: PageArgs,
    filter: Option<SubmissionFilter>,
    order_by: Option<Vec<SubmissionOrder>>,
    /// What holds beside the filter.
    also: Option<Leaf>,
}

fn signed_in<'a>(ctx: &Context<'a>) -> Result<&'a Scope> {
    let scope = ctx.data::<Scope>().map_err(|_| Fault::internal("no scope"))?;
    scope.actor.require_signed_in()?;
    Ok(scope)
}

async fn list(ctx: &Context<'_>, asked: Asked) -> Result<(Page<Model>, Arc<Siblings>)> {
    let scope = signed_in(ctx)?;
    scope.actor.require_content()?;
    let mut parts = vec![inputs::filter(asked.filter)?];
    parts.extend(asked.also.map(Filter::Leaf));
    let select = query::visible_to(&scope.actor).filter(Filter::All(parts).condition(&scope.actor));
    let keyset = filter::keyset(&inputs::orders(asked.order_by)?);
    lists::list(ctx, (select, &keyset), &asked.page).await
}

async fn one(ctx: &Context<'_>, by: SubmissionBy) -> Result<Option<Submission>> {
    let scope = signed_in(ctx)?;
    let this = match by {
        SubmissionBy::Id(id) => match id_at(&id, "by.id") {
            Ok(id) => Column::Id.eq::<SubmissionId>(id),
            Err(_) => return Ok(None),
        },
        SubmissionBy::Reference(typed) => match typed.parse::<Reference>() {
            Ok(reference) => Column::Reference.eq(reference.to_string()),
            Err(_) => return Ok(None),
        },
        SubmissionBy::ExternalLink(link) => match submission_called(ctx, &link).await? {
            Some(called) => Column::Id.eq(called.id),
            None => return Ok(None),
        },
    };
    let select = query::visible_to(&scope.actor).filter(this);
    Ok(detail::one(ctx, select).await?.map(Submission::on_page))
}

/// The query fields.
#[derive(Default)]
pub struct SubmissionQuery;

#[Object]
impl SubmissionQuery {
    /// One submission, or null when there is none for you. Needs a sign-in.
    async fn submission(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] by: SubmissionBy,
    ) -> Option<async_graphql::Result<Submission>> {
        answer_or_null(one(ctx, by).await)
    }

    /// The submissions that you may read, newest first unless ordered otherwise. Needs a sign-in; an API
    /// token the scope content.
    #[allow(clippy::too_many_arguments)] // the arguments of every list
    async fn submissions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the front, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the back, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which of them.")] filter: Option<SubmissionFilter>,
        #[graphql(desc = "In which order.")] order_by: Option<Vec<SubmissionOrder>>,
    ) -> Option<async_graphql::Result<SubmissionConnection>> {
        let page = PageArgs { first, after, last, before };
        let found = list(ctx, Asked { page, filter, order_by, also: None }).await;
        answer(
            found.map(|(page, siblings)| {
                SubmissionConnection::of(page, Submission::among(siblings))
            }),
        )
    }

    /// The ideas that you may read, newest first unless ordered otherwise. Needs a sign-in; an API token
    /// the scope content.
    #[allow(clippy::too_many_arguments)] // the arguments of every list
    async fn ideas(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the front, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the back, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which of them.")] filter: Option<SubmissionFilter>,
        #[graphql(desc = "In which order.")] order_by: Option<Vec<SubmissionOrder>>,
    ) -> Option<async_graphql::Result<IdeaConnection>> {
        let page = PageArgs { first, after, last, before };
        let also = Some(Leaf::Kind(vec![Kind::Idea]));
        let found = list(ctx, Asked { page, filter, order_by, also }).await;
        answer(found.map(|(page, siblings)| {
            IdeaConnection::of(page, |model| Idea(Row::among(model, siblings.clone())))
        }))
    }

    /// The observations that you may read, newest first unless ordered otherwise. Needs a sign-in; an API
    /// token the scope content.
    #[allow(clippy::too_many_arguments)] // the arguments of every list
    async fn observations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the front, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the back, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which of them.")] filter: Option<SubmissionFilter>,
        #[graphql(desc = "In which order.")] order_by: Option<Vec<SubmissionOrder>>,
    ) -> Option<async_graphql::Result<ObservationConnection>> {
        let page = PageArgs { first, after, last, before };
        let also = Some(Leaf::Kind(vec![Kind::Observation]));
        let found = list(ctx, Asked { page, filter, order_by, also }).await;
        answer(found.map(|(page, siblings)| {
            ObservationConnection::of(page, |model| {
                Observation(Row::among(model, siblings.clone()))
            })
        }))
    }

    /// What you sent yourself, newest first unless ordered otherwise. Needs a sign-in.
    #[allow(clippy::too_many_arguments)] // the arguments of every list
    async fn my_submissions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the front, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the back, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which of them.")] filter: Option<SubmissionFilter>,
        #[graphql(desc = "In which order.")] order_by: Option<Vec<SubmissionOrder>>,
    ) -> Option<async_graphql::Result<SubmissionConnection>> {
        let page = PageArgs { first, after, last, before };
        let found = list(ctx, Asked { page, filter, order_by, also: Some(Leaf::Mine) }).await;
        answer(
            found.map(|(page, siblings)| {
                SubmissionConnection::of(page, Submission::among(siblings))
            }),
        )
    }
}
