//! What hangs on the rows of a screen, drawn from the selection that the screen shares as [`PAGE`].
//! By key alone, as the batches of the features do it; what has a rule comes from its feature's query.
#![allow(clippy::disallowed_methods)] // a query.rs

use crate::db::dialect::Dialect;
use entity::clocks::clock;
use entity::facts::fact;
use entity::id::PersonId;
use entity::identity::{person, unit, unit_closure};
use entity::journey::{journey, touchpoint};
use entity::programs::{label, program, status};
use entity::submissions::submission::{self, Column};
use entity::submissions::{comment, mention, tag, wording};
use entity::triage::cause_link;
use entity::workflow::response;
use sea_orm::sea_query::{
    Alias, Expr, ExprTrait as _, IntoIden, Query, SelectStatement, UnionType,
};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter as _, QuerySelect as _, QueryTrait as _, Select,
};

/// The rows of the screen.
pub(super) const PAGE: &str = "page";

/// The comments of the one row of a screen.
pub(super) const COMMENTS: &str = "comments";
/// What happened to it.
pub(super) const HISTORY: &str = "history";
/// What was announced of those that it counted with.
pub(super) const ANNOUNCED: &str = "announced";

/// The rows of a list that a screen shares.
pub(super) fn of_shared<E: EntityTrait>(name: &str) -> Select<E> {
    let mut select = E::find();
    let rows = Query::select().expr(Expr::cust("*")).from(Alias::new(name)).to_owned();
    *sea_orm::QueryTrait::query(&mut select) = rows;
    select
}

/// One column of a list that a screen shares.
pub(super) fn of_list(name: &str, column: impl IntoIden) -> SelectStatement {
    Query::select().column(column).from(Alias::new(name)).to_owned()
}

/// All of these selections of one column, one below the other; none of none.
pub(super) fn any_of(selects: Vec<SelectStatement>) -> Option<SelectStatement> {
    let mut selects = selects.into_iter();
    let mut all = selects.next()?;
    for more in selects {
        all.union(UnionType::All, more);
    }
    Some(all)
}

/// The ids that the facts of these lists hold under one of these keys.
pub(super) fn named_in(dialect: Dialect, lists: &[&str], keys: &[&str]) -> SelectStatement {
    let one = |list: &str, key: &str| {
        let id = dialect.id_in(("data", key));
        Query::select().expr(id).from(Alias::new(list)).to_owned()
    };
    let all = lists.iter().flat_map(|list| keys.iter().map(move |key| one(list, key)));
    any_of(all.collect()).unwrap_or_default()
}

/// Labels by key.
pub(super) fn statuses_among(ids: SelectStatement) -> Select<status::Entity> {
    status::Entity::find().filter(status::Column::Id.in_subquery(ids))
}

/// Names of labels by the key of these.
pub(super) fn names_among(ids: SelectStatement) -> Select<label::Entity> {
    label::Entity::find().filter(label::Column::SubjectId.in_subquery(ids))
}

/// Words to authors by key: whoever reads the fact reads them.
pub(super) fn responses_among(ids: SelectStatement) -> Select<response::Entity> {
    response::Entity::find().filter(response::Column::Id.in_subquery(ids))
}

/// People by key.
pub(super) fn people_among(ids: SelectStatement) -> Select<person::Entity> {
    person::Entity::find().filter(person::Column::Id.in_subquery(ids))
}

/// One person.
pub(super) fn person(id: PersonId) -> Select<person::Entity> {
    person::Entity::find().filter(person::Column::Id.eq(id))
}

/// Who is mentioned in the comments.
pub(super) fn mentions() -> Select<mention::Entity> {
    let comments = of_list(COMMENTS, comment::Column::Id);
    mention::Entity::find().filter(mention::Column::CommentId.in_subquery(comments))
}

/// The same, as keys of people.
pub(super) fn mentioned() -> SelectStatement {
    mentions().select_only().column(mention::Column::PersonId).into_query()
}

/// One column of the screen's rows.
pub(super) fn on_page(column: Column) -> SelectStatement {
    of_list(PAGE, column)
}

/// Several columns of the screen's rows, one below the other.
pub(super) fn any_on_page<const N: usize>(columns: [Column; N]) -> SelectStatement {
    any_of(columns.map(on_page).into()).unwrap_or_default()
}

/// The rows themselves.
pub(super) fn rows() -> Select<submission::Entity> {
    of_shared(PAGE)
}

/// Their present words.
pub(super) fn texts() -> Select<wording::Entity> {
    wording::Entity::find().filter(wording::Column::Id.in_subquery(on_page(Column::TextId)))
}

/// All their words.
pub(super) fn revisions() -> Select<wording::Entity> {
    wording::Entity::find().filter(wording::Column::SubmissionId.in_subquery(on_page(Column::Id)))
}

/// Their tags.
pub(super) fn tags() -> Select<tag::Entity> {
    tag::Entity::find().filter(tag::Column::SubmissionId.in_subquery(on_page(Column::Id)))
}

/// The ways from their units and functions to the top.
pub(super) fn lineages() -> Select<unit_closure::Entity> {
    let units = any_on_page([Column::UnitId, Column::FunctionId]);
    unit_closure::Entity::find().filter(unit_closure::Column::Descendant.in_subquery(units))
}

/// Their units and functions.
pub(super) fn units() -> Select<unit::Entity> {
    let units = any_on_page([Column::UnitId, Column::FunctionId]);
    unit::Entity::find().filter(unit::Column::Id.in_subquery(units))
}

/// The units above those, and their sites.
pub(super) fn units_around() -> Select<unit::Entity> {
    let of = |column: unit::Column| units().select_only().column(column).into_query();
    let mut around = of(unit::Column::SiteId);
    around.union(UnionType::All, of(unit::Column::ParentId));
    unit::Entity::find().filter(unit::Column::Id.in_subquery(around))
}

/// Who sent them, works on them, answers for them.
pub(super) fn people() -> Select<person::Entity> {
    let people = any_on_page([Column::AuthorId, Column::AssigneeId, Column::OwnerId]);
    people_among(people)
}

/// Who made links.
pub(super) fn linkers(links: Select<cause_link::Entity>) -> Select<person::Entity> {
    let linkers = links.select_only().column(cause_link::Column::CreatedBy).into_query();
    people_among(linkers)
}

/// The people who did these things.
pub(super) fn doers(facts: Select<fact::Entity>) -> Select<person::Entity> {
    let doers = facts.select_only().column(fact::Column::ActorId).into_query();
    people_among(doers)
}

/// Where on a journey they are.
pub(super) fn touchpoints() -> Select<touchpoint::Entity> {
    let touchpoints = on_page(Column::TouchpointId);
    touchpoint::Entity::find().filter(touchpoint::Column::Id.in_subquery(touchpoints))
}

/// On which journeys.
pub(super) fn journeys() -> Select<journey::Entity> {
    let journeys = touchpoints().select_only().column(touchpoint::Column::JourneyId).into_query();
    journey::Entity::find().filter(journey::Column::Id.in_subquery(journeys))
}

/// Their programmes.
pub(super) fn programs() -> Select<program::Entity> {
    program::Entity::find().filter(program::Column::Id.in_subquery(on_page(Column::ProgramId)))
}

/// The canonical ones of twins: for what is mirrored on them.
pub(super) fn roots() -> Select<submission::Entity> {
    submission::Entity::find().filter(Column::Id.in_subquery(on_page(Column::CanonicalId)))
}

/// Those that they are joined into as decided.
pub(super) fn canonicals() -> Select<submission::Entity> {
    submission::Entity::find().filter(Column::Id.in_subquery(on_page(Column::MergedInto)))
}

/// Which of them are announced twins.
pub(super) fn twins_on_page() -> SelectStatement {
    let mut twins = on_page(Column::Id);
    twins.and_where(Expr::col(Column::CanonicalId).is_not_null()).to_owned()
}

/// How many announced twins each of them has, as `canonical_id` and `twins`.
pub(super) fn twins() -> SelectStatement {
    submission::Entity::find()
        .select_only()
        .column(Column::CanonicalId)
        .column_as(Column::Id.count(), "twins")
        .filter(Column::CanonicalId.in_subquery(on_page(Column::Id)))
        .group_by(Column::CanonicalId)
        .into_query()
}

fn labels_in_use() -> SelectStatement {
    let mut labels = any_on_page([Column::StatusId, Column::ShownStatusId]);
    let mirrored = roots().select_only().column(Column::ShownStatusId).into_query();
    labels.union(UnionType::All, mirrored).to_owned()
}

/// Their labels, the mirrored ones of twins among them.
pub(super) fn statuses() -> Select<status::Entity> {
    statuses_among(labels_in_use())
}

/// The names of those in every language.
pub(super) fn status_names() -> Select<label::Entity> {
    names_among(labels_in_use())
}

/// Their clocks.
pub(super) fn clocks() -> Select<clock::Entity> {
    clock::Entity::find().filter(clock::Column::SubmissionId.in_subquery(on_page(Column::Id)))
}
