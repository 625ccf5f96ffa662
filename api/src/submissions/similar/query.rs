//! The doors of candidates: a bounded number of rows each, whatever the organisation has sent.
#![allow(clippy::disallowed_methods)] // a query.rs

use std::collections::{HashMap, HashSet};

use entity::id::{SubmissionId, TextId, TouchpointId, UnitId};
use entity::submissions::phase::{Kind, Phase};
use entity::submissions::submission::{Column, Entity, Model};
use entity::submissions::values::Audience;
use entity::submissions::wording;
use entity::triage::values::CauseStatus;
use entity::triage::{cause, cause_link};
use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait as _, Select,
};

use crate::kit::actor::Actor;
use crate::kit::error::Result;
use crate::submissions::query::{inside, visible_to};

/// Rows that are compared from the same touchpoint or unit, and from everywhere else.
const COMPARED: u64 = 150;
/// How many people must stand behind something before those who may not read it are told that it
/// is there: as many as open a root cause to every employee.
pub const ENOUGH: i32 = 5;
/// Groups of that size that are looked at, the largest first.
const GROUPS: u64 = 100;

/// What is in one of these places stands for nothing any more.
pub const GONE: [Phase; 2] = [Phase::Merged, Phase::Withdrawn];

/// Where and what is looked for.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The touchpoint.
    pub touchpoint: Option<TouchpointId>,
    /// The unit.
    pub unit: Option<UnitId>,
    /// Idea or observation; both when none.
    pub kind: Option<Kind>,
}

impl Place {
    /// Whether a submission is from the same touchpoint or unit.
    #[must_use]
    pub fn is_of(&self, row: &Model) -> bool {
        self.unit == Some(row.unit_id)
            || (self.touchpoint.is_some() && row.touchpoint_id == self.touchpoint)
    }

    fn here(&self) -> Condition {
        let unit = self.unit.map(|unit| Column::UnitId.eq(unit));
        let touchpoint = self.touchpoint.map(|touchpoint| Column::TouchpointId.eq(touchpoint));
        [unit, touchpoint].into_iter().flatten().fold(Condition::any(), Condition::add)
    }
}

/// Recent submissions that `actor` may read and that stand for themselves, as everybody sees them:
/// those of the place first, then others. Two statements.
///
/// # Errors
/// A fault of the database.
pub async fn readable<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    place: Place,
) -> Result<Vec<Model>> {
    let recent = || {
        let mut select = standing_alone(actor);
        if let Some(kind) = place.kind {
            select = select.filter(Column::Kind.eq(kind));
        }
        newest(select)
    };
    let mut rows = recent().filter(place.here()).all(conn).await?;
    let others = recent().all(conn).await?;
    rows.extend(others.into_iter().filter(|row| !place.is_of(row)));
    Ok(rows)
}

/// On which of these rows `actor` works: the decided phase of others is not theirs to know. One
/// statement.
///
/// # Errors
/// A fault of the database.
pub async fn inside_among<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    rows: &[Model],
) -> Result<HashSet<SubmissionId>> {
    let found: Vec<SubmissionId> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::Id.is_in(rows.iter().map(|row| row.id)))
        .filter(inside(actor))
        .into_tuple()
        .all(conn)
        .await?;
    Ok(found.into_iter().collect())
}

/// Most rows that are compared for all submissions of a page together, beside those of everywhere.
const COMPARED_IN_ALL: usize = 1_500;
/// Fewest that are compared of each place.
const COMPARED_AT_LEAST: usize = 15;

/// As [`readable`], for several places at once. Of each touchpoint and unit as many as of one place
/// where there are few; of a long page fewer of each, so that its length is bounded. At most four
/// statements.
///
/// # Errors
/// A fault of the database.
pub async fn readable_at<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    places: &[Place],
) -> Result<Vec<Model>> {
    let units: HashSet<UnitId> = places.iter().filter_map(|place| place.unit).collect();
    let points: HashSet<TouchpointId> =
        places.iter().filter_map(|place| place.touchpoint).collect();
    let kinds: HashSet<Kind> = places.iter().filter_map(|place| place.kind).collect();
    let each = COMPARED_IN_ALL / ((units.len() + points.len()) * kinds.len()).max(1);
    let most = usize::try_from(COMPARED).unwrap_or(usize::MAX);
    let each = each.clamp(COMPARED_AT_LEAST, most);
    let of_kinds = Column::Kind.is_in(kinds);
    let parts = [
        ("", None, most),
        ("\"submission\".\"unit_id\", ", Some(Column::UnitId.is_in(units)), each),
        ("\"submission\".\"touchpoint_id\", ", Some(Column::TouchpointId.is_in(points)), each),
    ];
    let mut ids: HashSet<SubmissionId> = HashSet::new();
    for (by, only, most) in parts {
        let select = standing_alone(actor).filter(of_kinds.clone());
        let select = only.into_iter().fold(select, QueryFilter::filter);
        ids.extend(ranked(conn, select, (by, most)).await?);
    }
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(visible_to(actor).filter(Column::Id.is_in(ids)).all(conn).await?)
}

/// The newest of each part of what `select` finds.
async fn ranked<C: ConnectionTrait>(
    conn: &C,
    select: Select<Entity>,
    (by, most): (&str, usize),
) -> Result<Vec<SubmissionId>> {
    let place = format!(
        "ROW_NUMBER() OVER (PARTITION BY {by}\"submission\".\"kind\" ORDER BY \"submission\".\"created_at\" DESC, \"submission\".\"id\" DESC)"
    );
    let mut ranked = select.select_only().column(Column::Id).into_query();
    ranked.expr_as(Expr::cust(place), Alias::new("place"));
    let near = Expr::col(Alias::new("place")).lte(Expr::cust(most.to_string()));
    let select = Query::select()
        .column(Column::Id)
        .from_subquery(ranked, Alias::new("ranked"))
        .and_where(near)
        .to_owned();
    let rows = conn.query_all(&select).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}

/// What may be joined with, as everybody sees it: stands for itself, and was not taken back.
fn standing_alone(actor: &Actor) -> Select<Entity> {
    visible_to(actor)
        .filter(Column::CanonicalId.is_null())
        .filter(Column::ShownPhase.is_not_in(GONE))
}

/// Of the rows of several places those that [`readable`] would give for one: its own first, then
/// the newest others.
#[must_use]
pub fn near<'a>(place: &Place, rows: &'a [Model]) -> Vec<&'a Model> {
    let most = usize::try_from(COMPARED).unwrap_or(usize::MAX);
    let mut rows: Vec<&Model> =
        rows.iter().filter(|row| place.kind.is_none_or(|kind| kind == row.kind)).collect();
    rows.sort_unstable_by_key(|row| std::cmp::Reverse((row.created_at, row.id)));
    let (here, others): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| place.is_of(row));
    here.into_iter().take(most).chain(others.into_iter().take(most)).collect()
}

fn newest(select: Select<Entity>) -> Select<Entity> {
    select.order_by_desc(Column::CreatedAt).order_by_desc(Column::Id).limit(COMPARED)
}

/// The words of submissions that a door gave out, by submission. One statement.
///
/// # Errors
/// A fault of the database.
pub async fn words_of<C: ConnectionTrait>(
    conn: &C,
    rows: &[Model],
) -> Result<HashMap<SubmissionId, wording::Model>> {
    let ids: Vec<TextId> = rows.iter().map(|row| row.text_id).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found = wording::Entity::find().filter(wording::Column::Id.is_in(ids)).all(conn).await?;
    Ok(found.into_iter().map(|words| (words.submission_id, words)).collect())
}

/// Groups that enough people stand behind, that are open to roles and still open, and that `actor`
/// may not read (nor is concerned by). Two statements.
///
/// # Errors
/// A fault of the database.
pub async fn unreadable_groups<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    kind: Option<Kind>,
) -> Result<Vec<Model>> {
    let open = Phase::ALL.into_iter().filter(|phase| phase.is_open());
    let me = actor.person();
    let mut select = Entity::find()
        .filter(Column::Reach.gte(ENOUGH))
        .filter(Column::CanonicalId.is_null())
        .filter(Column::Audience.eq(Audience::Everyone))
        .filter(Column::HiddenAt.is_null())
        .filter(Column::LockedAt.is_null())
        .filter(Column::ShownPhase.is_in(open))
        .filter(Condition::any().add(Column::ConcernedId.is_null()).add(Column::ConcernedId.ne(me)))
        .order_by_desc(Column::Reach)
        .order_by_desc(Column::Id)
        .limit(GROUPS);
    if let Some(kind) = kind {
        select = select.filter(Column::Kind.eq(kind));
    }
    let rows = select.all(conn).await?;
    let read: Vec<SubmissionId> = visible_to(actor)
        .select_only()
        .column(Column::Id)
        .filter(Column::Id.is_in(rows.iter().map(|row| row.id)))
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().filter(|row| !read.contains(&row.id)).collect())
}

/// The names of the live causes of these submissions, as far as their links are announced. One
/// statement.
///
/// # Errors
/// A fault of the database.
pub async fn cause_names<C: ConnectionTrait>(
    conn: &C,
    rows: &[Model],
) -> Result<HashMap<SubmissionId, Vec<String>>> {
    let mut names: HashMap<SubmissionId, Vec<String>> = HashMap::new();
    if rows.is_empty() {
        return Ok(names);
    }
    let link = |column| Expr::col((cause_link::Entity, column));
    let select = Query::select()
        .column((cause_link::Entity, cause_link::Column::SubmissionId))
        .column((cause_link::Entity, cause_link::Column::DecisionId))
        .column((cause::Entity, cause::Column::Name))
        .from(cause_link::Entity)
        .inner_join(
            cause::Entity,
            Expr::col((cause::Entity, cause::Column::Id))
                .equals((cause_link::Entity, cause_link::Column::CauseId)),
        )
        .and_where(link(cause_link::Column::SubmissionId).is_in(rows.iter().map(|row| row.id)))
        .and_where(
            Expr::col((cause::Entity, cause::Column::Status))
                .is_not_in([CauseStatus::Rejected, CauseStatus::Merged]),
        )
        .order_by((cause_link::Entity, cause_link::Column::CreatedAt), sea_orm::Order::Asc)
        .to_owned();
    for found in conn.query_all(&select).await? {
        let id: SubmissionId = found.try_get_by_index(0)?;
        let made_by = found.try_get_by_index::<Option<entity::id::DecisionId>>(1)?;
        let row = rows.iter().find(|row| row.id == id);
        let held = row.is_some_and(|row| made_by.is_some() && row.pending_decision_id == made_by);
        if !held {
            names.entry(id).or_default().push(found.try_get_by_index(2)?);
        }
    }
    Ok(names)
}
