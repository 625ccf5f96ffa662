//! What was said with that of which a notification tells.
#![allow(clippy::disallowed_methods)] // a query.rs

use std::collections::HashMap;

use entity::id::{CommentId, DecisionId, PersonId, ResponseId};
use entity::submissions::phase::Phase;
use entity::submissions::values::CommentVisibility;
use entity::submissions::{comment, submission};
use entity::workflow::{decision, response};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter};

use crate::kit::actor::Actor;
use crate::kit::error::Result;
use crate::workflow::query as workflow;

/// The announced phase of decisions, and the words that were said with them, as `reader` reads them.
pub(in crate::notify) async fn said_with<C: ConnectionTrait>(
    conn: &C,
    (ids, reader): (&[DecisionId], Option<PersonId>),
) -> Result<HashMap<DecisionId, (Phase, Option<String>)>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let decisions = decision::Entity::find()
        .filter(decision::Column::Id.is_in(ids.iter().copied()))
        .all(conn)
        .await?;
    let said: Vec<ResponseId> = decisions.iter().filter_map(|it| it.response_id).collect();
    let responses =
        response::Entity::find().filter(response::Column::Id.is_in(said)).all(conn).await?;
    let responses = workflow::addressed_to(conn, reader, responses).await?;
    let mut words: HashMap<ResponseId, String> =
        responses.into_iter().map(|row| (row.id, row.body)).collect();
    Ok(decisions
        .into_iter()
        .map(|it| (it.id, (it.to_phase, it.response_id.and_then(|id| words.remove(&id)))))
        .collect())
}

/// The words of comments: public ones, and internal ones where `actor` is among those inside.
pub(in crate::notify) async fn comment_bodies<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    ids: &[CommentId],
) -> Result<HashMap<CommentId, String>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let inside = Query::select()
        .column(submission::Column::Id)
        .from(submission::Entity)
        .cond_where(crate::submissions::query::inside(actor))
        .to_owned();
    let shown = Condition::any()
        .add(comment::Column::Visibility.eq(CommentVisibility::Public))
        .add(comment::Column::SubmissionId.in_subquery(inside));
    let rows = comment::Entity::find()
        .filter(comment::Column::Id.is_in(ids.iter().copied()))
        .filter(shown)
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.body)).collect())
}
