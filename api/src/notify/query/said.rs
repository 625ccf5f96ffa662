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

/// What was announced with a decision.
#[derive(Clone, Debug)]
pub(in crate::notify) struct SaidWith {
    /// The phase.
    pub(in crate::notify) phase: Phase,
    /// The words.
    pub(in crate::notify) words: Option<String>,
    /// Whether passages of them were taken out: then nothing else is said in their place.
    pub(in crate::notify) is_redacted: bool,
}

/// What was announced with decisions, as `reader` reads it.
pub(in crate::notify) async fn said_with<C: ConnectionTrait>(
    conn: &C,
    (ids, reader): (&[DecisionId], Option<PersonId>),
) -> Result<HashMap<DecisionId, SaidWith>> {
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
    let words: HashMap<ResponseId, response::Model> =
        responses.into_iter().map(|row| (row.id, row)).collect();
    let said = |it: decision::Model| {
        let response = it.response_id.and_then(|id| words.get(&id));
        let said = SaidWith {
            phase: it.to_phase,
            words: response.map(|row| row.body.clone()),
            is_redacted: response.is_some_and(|row| row.redacted_at.is_some()),
        };
        (it.id, said)
    };
    Ok(decisions.into_iter().map(said).collect())
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
