//! Who hears of a resolving: everybody once, of what they sent themselves before what they follow.
#![allow(clippy::disallowed_methods)] // part of a query.rs

use std::collections::HashMap;

use entity::closing::values::ItemState;
use entity::closing::{item, told};
use entity::engagement::follow;
use entity::id::{PersonId, ResolutionId, SubmissionId};
use entity::instant::Instant;
use entity::submissions::submission;
use entity::submissions::values::Audience;
use entity::workflow::decision;
use entity::workflow::values::DecisionState;
use sea_orm::sea_query::{
    Alias, Expr, ExprTrait, JoinType, OnConflict, Query, SelectStatement, UnionType,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter,
    QuerySelect as _,
};

use crate::kit::actor::Actor;
use crate::kit::error::Result;
use crate::kit::scope::Tx;
use crate::submissions;

/// Rows written in one statement.
const ROWS: usize = 1_000;

/// The decision of an item, as far as nobody took it back.
fn stands() -> SelectStatement {
    Query::select()
        .expr(Expr::val(1))
        .from(decision::Entity)
        .and_where(
            Expr::col((decision::Entity, decision::Column::Id))
                .equals((item::Entity, item::Column::DecisionId)),
        )
        .and_where(
            Expr::col((decision::Entity, decision::Column::State))
                .is_in([DecisionState::Pending, DecisionState::Announced]),
        )
        .to_owned()
}

/// Whether a resolving moves a submission, or what it is joined with, or has moved it, so far as nobody
/// took that back. It is looked up for each submission that is asked about, by its key: behind one
/// cause may stand thousands.
fn is_moved(id: ResolutionId) -> Condition {
    let moves = |column| {
        let one = Query::select()
            .expr(Expr::val(1))
            .from(item::Entity)
            .and_where(Expr::col((item::Entity, item::Column::ResolutionId)).eq(id))
            .and_where(
                Expr::col((item::Entity, item::Column::SubmissionId))
                    .equals((submission::Entity, column)),
            )
            .and_where(Expr::col((item::Entity, item::Column::State)).eq(ItemState::Moved))
            .and_where(Expr::exists(stands()))
            .to_owned();
        Expr::exists(one)
    };
    Condition::any().add(moves(submission::Column::Id)).add(moves(submission::Column::CanonicalId))
}

/// A submission, or the one that it is joined with, that names somebody as concerned who did not write
/// it: of that they hear nothing.
fn concerns(person: Expr) -> SelectStatement {
    let it = Alias::new("concerning");
    let own = |column| Expr::col((submission::Entity, column));
    let of_it = |column| Expr::col((it.clone(), column));
    Query::select()
        .expr(Expr::val(1))
        .from_as(submission::Entity, it.clone())
        .cond_where(
            Condition::any()
                .add(of_it(submission::Column::Id).eq(own(submission::Column::Id)))
                .add(of_it(submission::Column::Id).eq(own(submission::Column::CanonicalId))),
        )
        .and_where(of_it(submission::Column::ConcernedId).eq(person.clone()))
        .cond_where(
            Condition::any()
                .add(of_it(submission::Column::AuthorId).is_null())
                .add(of_it(submission::Column::AuthorId).ne(person)),
        )
        .to_owned()
}

/// Who of these people wrote something that a resolving moves, or a twin of it: they hear of that.
///
/// # Errors
/// A fault of the database.
pub async fn authors_among<C: ConnectionTrait>(
    conn: &C,
    id: ResolutionId,
    people: &[PersonId],
) -> Result<Vec<PersonId>> {
    let mut found = Vec::new();
    for part in people.chunks(ROWS) {
        let author = Expr::col((submission::Entity, submission::Column::AuthorId));
        let wrote = submission::Entity::find()
            .select_only()
            .column(submission::Column::AuthorId)
            .distinct()
            .filter(submission::Column::AuthorId.is_in(part.iter().copied()))
            .filter(is_moved(id))
            .filter(Expr::exists(concerns(author)).not());
        let some: Vec<Option<PersonId>> = wrote.into_tuple().all(conn).await?;
        found.extend(some.into_iter().flatten());
    }
    Ok(found)
}

/// Most references that one message names; the others are counted.
const MOST_NAMED: usize = 20;

/// What else one message tells of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Also {
    /// References, in the order in which they were sent.
    pub named: Vec<String>,
    /// How many more there are.
    pub more: usize,
}

/// What of a person's a resolving moves, in the order in which it was sent.
#[derive(Clone, Debug, Default)]
pub struct Behind(Vec<(SubmissionId, String)>);

impl Behind {
    /// All but one.
    #[must_use]
    pub fn but(&self, one: SubmissionId) -> Also {
        let others = self.0.iter().filter(|(id, _)| *id != one);
        let mut named: Vec<String> = others.map(|(_, reference)| reference.clone()).collect();
        let more = named.len().saturating_sub(MOST_NAMED);
        named.truncate(MOST_NAMED);
        Also { named, more }
    }
}

/// What is told together.
#[derive(Clone, Copy, Debug)]
pub enum Together<'a> {
    /// What somebody sent or follows: for themselves.
    ForThem,
    /// What somebody sent and `0` may read: for a list that others see, on which nobody finds who follows
    /// what.
    ForTheirLead(&'a Actor),
}

/// What people sent, or follow, that each of these resolvings moves, or the twins of which it moves. Of
/// what is for the CX team only, or hidden, own ones alone; nothing that concerns them. One statement;
/// none for no resolvings or nobody.
///
/// # Errors
/// A fault of the database.
pub async fn moved_of<C: ConnectionTrait>(
    conn: &C,
    (people, ids): (&[PersonId], &[ResolutionId]),
    together: Together<'_>,
) -> Result<HashMap<(ResolutionId, PersonId), Behind>> {
    if ids.is_empty() || people.is_empty() {
        return Ok(HashMap::new());
    }
    let mut both = theirs((people, ids), (submission::Column::Id, together));
    let twins = theirs((people, ids), (submission::Column::CanonicalId, together));
    both.union(UnionType::All, twins);
    let rows = conn.query_all(&both).await?;
    let mut all: Vec<(ResolutionId, PersonId, Instant, SubmissionId, String)> = Vec::new();
    for row in rows {
        let whose = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let about = (row.try_get_by_index(2)?, row.try_get_by_index(3)?);
        all.push((whose.0, whose.1, about.1, about.0, row.try_get_by_index(4)?));
    }
    all.sort_unstable();
    all.dedup();
    let mut found: HashMap<(ResolutionId, PersonId), Behind> = HashMap::new();
    for (resolution, person, _, id, reference) in all {
        found.entry((resolution, person)).or_default().0.push((id, reference));
    }
    Ok(found)
}

/// What of people's is moved: found by the person, and each then looked up by its key, because behind one
/// cause may stand thousands.
fn theirs(
    (people, ids): (&[PersonId], &[ResolutionId]),
    (by, together): (submission::Column, Together<'_>),
) -> SelectStatement {
    use submission::Column;
    let theirs = Alias::new("theirs");
    let own = |column| Expr::col((submission::Entity, column));
    let of_item = |column| Expr::col((item::Entity, column));
    let person = || Expr::col((theirs.clone(), follow::Column::PersonId));
    let of_them = Expr::col((theirs.clone(), follow::Column::SubmissionId));
    let wrote = || Condition::all().add(own(Column::AuthorId).eq(person()));
    let open = Condition::all()
        .add(own(Column::Audience).ne(Audience::CxTeamOnly))
        .add(own(Column::HiddenAt).is_null());
    let told = match together {
        Together::ForThem => Condition::any().add(wrote()).add(open),
        Together::ForTheirLead(lead) => wrote().add(submissions::query::visible(lead)),
    };
    Query::select()
        .column((item::Entity, item::Column::ResolutionId))
        .column((theirs.clone(), follow::Column::PersonId))
        .columns(
            [Column::Id, Column::CreatedAt, Column::Reference].map(|it| (submission::Entity, it)),
        )
        .from_subquery(concerning(people), theirs.clone())
        .join(JoinType::InnerJoin, submission::Entity, of_them.eq(own(Column::Id)))
        .join(JoinType::InnerJoin, item::Entity, of_item(item::Column::SubmissionId).eq(own(by)))
        .and_where(of_item(item::Column::ResolutionId).is_in(ids.iter().copied()))
        .and_where(of_item(item::Column::State).eq(ItemState::Moved))
        .and_where(Expr::exists(stands()))
        .and_where(Expr::exists(concerns(person())).not())
        .cond_where(told)
        .to_owned()
}

/// What people wrote or follow: few rows, found by the person.
fn concerning(people: &[PersonId]) -> SelectStatement {
    let follows = Query::select()
        .columns([follow::Column::PersonId, follow::Column::SubmissionId])
        .from(follow::Entity)
        .and_where(Expr::col(follow::Column::PersonId).is_in(people.iter().copied()))
        .to_owned();
    Query::select()
        .expr_as(Expr::col(submission::Column::AuthorId), follow::Column::PersonId)
        .expr_as(Expr::col(submission::Column::Id), follow::Column::SubmissionId)
        .from(submission::Entity)
        .and_where(Expr::col(submission::Column::AuthorId).is_in(people.iter().copied()))
        .union(UnionType::Distinct, follows)
        .to_owned()
}

/// Notes who is told of a resolving by which fact, and returns those who were not told before.
///
/// # Errors
/// A fault of the database.
pub async fn tell_once(
    tx: &Tx,
    id: ResolutionId,
    people: &[(PersonId, SubmissionId, i64)],
) -> Result<Vec<PersonId>> {
    let mut fresh = Vec::new();
    for part in people.chunks(ROWS) {
        let named = told::Column::PersonId.is_in(part.iter().map(|(person, ..)| *person));
        let known: Vec<PersonId> = told::Entity::find()
            .select_only()
            .column(told::Column::PersonId)
            .filter(told::Column::ResolutionId.eq(id))
            .filter(named)
            .into_tuple()
            .all(tx)
            .await?;
        let new: Vec<_> = part.iter().filter(|(person, ..)| !known.contains(person)).collect();
        let rows = new.iter().map(|(person, submission, seq)| told::ActiveModel {
            resolution_id: Set(id),
            person_id: Set(*person),
            submission_id: Set(*submission),
            fact_seq: Set(*seq),
        });
        if !new.is_empty() {
            let key = [told::Column::ResolutionId, told::Column::PersonId];
            told::Entity::insert_many(rows)
                .on_conflict(OnConflict::columns(key).do_nothing().to_owned())
                .exec_without_returning(tx)
                .await?;
        }
        fresh.extend(new.into_iter().map(|(person, ..)| *person));
    }
    Ok(fresh)
}
