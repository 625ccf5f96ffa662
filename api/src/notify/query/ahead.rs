//! Rows by their keys, many at once.
#![allow(clippy::disallowed_methods)] // part of a query.rs

use std::collections::HashMap;

use entity::engagement::follow;
use entity::id::{DecisionId, PersonId, SubmissionId};
use entity::submissions::submission;
use entity::workflow::decision;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::kit::error::Result;

/// Keys that are asked for in one statement; SQLite takes 32,766 values.
const KEYS: usize = 1_000;

/// Submissions, whoever asks.
pub(in crate::notify) async fn submissions<C: ConnectionTrait>(
    conn: &C,
    ids: &[SubmissionId],
) -> Result<HashMap<SubmissionId, submission::Model>> {
    let some = submission::Column::Id.is_in(ids.iter().copied());
    let rows = submission::Entity::find().filter(some).all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// Decisions, whoever asks.
pub(in crate::notify) async fn decisions<C: ConnectionTrait>(
    conn: &C,
    ids: &[DecisionId],
) -> Result<HashMap<DecisionId, decision::Model>> {
    let some = decision::Column::Id.is_in(ids.iter().copied());
    let rows = decision::Entity::find().filter(some).all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// Who follows each of these submissions.
pub(in crate::notify) async fn followers_of<C: ConnectionTrait>(
    conn: &C,
    ids: &[SubmissionId],
) -> Result<HashMap<SubmissionId, Vec<PersonId>>> {
    let mut found: HashMap<SubmissionId, Vec<PersonId>> = HashMap::new();
    for part in ids.chunks(KEYS) {
        let rows = follow::Entity::find()
            .filter(follow::Column::SubmissionId.is_in(part.iter().copied()))
            .order_by_asc(follow::Column::PersonId)
            .all(conn)
            .await?;
        for row in rows {
            found.entry(row.submission_id).or_default().push(row.person_id);
        }
    }
    Ok(found)
}
