//! Comments as the API shows them.

use async_graphql::{Context, ID, Object};
use entity::submissions::comment;
use sea_orm::Order;
use sea_orm::sea_query::Expr;

use super::edges::{batches, person, scope, sides, told};
use super::enums::CommentVisibility;
use super::row::Row;
use crate::graphql::list::count_wanted;
use crate::graphql::payload::{answer, answer_or_null};
use crate::graphql::ready;
use crate::graphql::scalars::DateTime;
use crate::identity::graphql::Person;
use crate::kit::error::Result;
use crate::kit::page::{Key, KeyValue, Keyset, PageArgs, page};
use crate::kit::pages::{Lists, from_the_ends, pages};
use crate::kit::scope::Scope;
use crate::submissions::loader::MentionedIn;
use crate::submissions::query::{self, Inside};

/// A comment.
#[derive(Clone)]
pub struct Comment {
    /// The row.
    pub row: comment::Model,
    /// Whether the asker sees who wrote it.
    pub names: Names,
}

/// Whether names of authors are shown to the asker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// Shown.
    Shown,
    /// Hidden but for the asker's own.
    Hidden,
}

/// A comment on a submission.
#[Object]
impl Comment {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        self.row.id.into()
    }

    /// The words.
    async fn text(&self, ctx: &Context<'_>) -> String {
        told(ctx, &self.row.body)
    }

    /// Who sees it.
    async fn visibility(&self) -> CommentVisibility {
        self.row.visibility.into()
    }

    /// Who wrote it, where names are shown to you; null for integrations.
    async fn author(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Person>> {
        let me = ctx.data::<Scope>().ok().and_then(|scope| scope.actor.person());
        let shown = self.names == Names::Shown || self.row.author_id == me;
        answer_or_null(person(ctx, self.row.author_id.filter(|_| shown)).await)
    }

    /// Who is mentioned in it, where names are shown to you.
    async fn mentions(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Vec<Person>>> {
        answer(mentioned(ctx, self).await)
    }

    /// Whether words were taken out of it.
    async fn redacted(&self) -> bool {
        self.row.redacted_at.is_some()
    }

    /// When it was written.
    async fn created_at(&self) -> DateTime {
        self.row.created_at.into()
    }
}

async fn mentioned(ctx: &Context<'_>, comment: &Comment) -> Result<Vec<Person>> {
    let me = ctx.data::<Scope>().ok().and_then(|scope| scope.actor.person());
    let found = ready::one(ctx, batches(ctx)?, MentionedIn(comment.row.id)).await?;
    let found = found.unwrap_or_default();
    // Who wrote it named them.
    let all = comment.names == Names::Shown || (me.is_some() && comment.row.author_id == me);
    let shown = found.into_iter().filter(|it| all || Some(it.id) == me);
    Ok(shown.map(Person).collect())
}

crate::connection!(CommentConnection, CommentEdge, Comment, "comments");

/// The order of comments.
pub(crate) fn keyset() -> Keyset<comment::Model> {
    Keyset {
        name: String::from("comment:created"),
        keys: vec![
            Key {
                expr: Expr::col(comment::Column::CreatedAt),
                order: Order::Asc,
                value: |row| KeyValue::Int(row.created_at.micros()),
            },
            Key {
                expr: Expr::col(comment::Column::Id),
                order: Order::Asc,
                value: |row| KeyValue::Id(row.id.0),
            },
        ],
        shape: vec![KeyValue::Int(0), KeyValue::Id(uuid::Uuid::nil())],
    }
}

/// A page of the comments of one submission, oldest first. From an end, the comments of all rows of
/// its page are read at once.
pub(super) async fn of(
    ctx: &Context<'_>,
    (row, inside, names): (&Row, Inside, Names),
    args: PageArgs,
) -> Result<CommentConnection> {
    let (db, count) = (scope(ctx)?.db(), count_wanted(ctx));
    let page = if from_the_ends(&args) {
        let all = async || {
            let sides = sides(ctx, row).await?;
            let lists = Lists {
                select: query::comments_among(&sides.inside, &sides.outside),
                parent: comment::Column::SubmissionId,
                parent_of: |row: &comment::Model| row.submission_id,
                keyset: keyset(),
            };
            pages(&db, lists, &args, count).await
        };
        row.page.comments.get((row.id, &args, count), all).await?
    } else {
        page(&db, query::comments_of(row.id, inside), &keyset(), &args, count).await?
    };
    Ok(CommentConnection::of(page, |row| Comment { row, names }))
}
