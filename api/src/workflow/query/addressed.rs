//! Words to an author as one reader sees them.
#![allow(clippy::disallowed_methods)] // part of a query.rs

use std::collections::HashSet;

use entity::id::{PersonId, SubmissionId};
use entity::identity::person;
use entity::submissions::submission;
use entity::workflow::reply_fields::{NAME_MARK, addressed};
use entity::workflow::response;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};

use crate::kit::error::Result;

/// These words with the author's name where `reader` is that author, and a word for anybody
/// elsewhere. Two statements where a name stands in any of them, else none.
///
/// # Errors
/// A fault of the database.
pub async fn addressed_to<C: ConnectionTrait>(
    conn: &C,
    reader: Option<PersonId>,
    responses: Vec<response::Model>,
) -> Result<Vec<response::Model>> {
    let marked = responses.iter().filter(|it| it.body.contains(NAME_MARK));
    let marked: HashSet<SubmissionId> = marked.map(|it| it.submission_id).collect();
    let (Some(reader), false) = (reader, marked.is_empty()) else {
        return Ok(responses.into_iter().map(|it| addressed_by(it, None)).collect());
    };
    let own: Vec<SubmissionId> = submission::Entity::find()
        .select_only()
        .column(submission::Column::Id)
        .filter(submission::Column::Id.is_in(marked))
        .filter(submission::Column::AuthorId.eq(reader))
        .into_tuple()
        .all(conn)
        .await?;
    let name = person::Entity::find_by_id(reader).one(conn).await?.map(|person| person.name);
    let name_in = |id| name.as_deref().filter(|_| own.contains(&id));
    Ok(responses
        .into_iter()
        .map(|it| {
            let name = name_in(it.submission_id);
            addressed_by(it, name)
        })
        .collect())
}

/// These words with `name`, or with a word for anybody.
#[must_use]
pub fn addressed_by(response: response::Model, name: Option<&str>) -> response::Model {
    let body = addressed(&response.body, &response.language, name).into_owned();
    response::Model { body, ..response }
}
