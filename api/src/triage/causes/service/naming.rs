//! Naming causes, and saying more of them: place, category, owner, other names, how far they are.

use std::collections::HashMap;

use entity::id::{CauseId, PersonId, UnitId};
use entity::submissions::text::{Limit, TextRefusal, bounded};
use entity::triage::name;
use entity::triage::progress::{self, Capacity};
use entity::triage::values::{Category, CauseStatus};
use entity::triage::{cause, cause_alias};
use serde::Serialize;

use super::tree::{Branch, Graph, check_depth};
use super::{CARRY, MOST_ALIASES, MOST_WHYS};
use crate::identity;
use crate::jobs::queue::{self, NewJob};
use crate::kit::actor::Actor;
use crate::kit::change::Change;
use crate::kit::error::{Code, OrNotFound as _, Refusal, Result};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};
use crate::reach::service::{self as reach, Parents, line};
use crate::triage::causes::{policy, query};

const WHY: Limit = Limit { field: "whys", max: 500, ..Limit::MESSAGE };
const ALIAS: Limit = Limit { field: "aliases", ..Limit::NAME };

/// A cause to be named.
#[derive(Clone, Debug)]
pub struct NewCause {
    /// Short name.
    pub name: String,
    /// Ishikawa category.
    pub category: Category,
    /// The wider cause.
    pub parent: Option<CauseId>,
    /// Who answers for it.
    pub owner: Option<PersonId>,
    /// Which function answers for it.
    pub owner_unit: Option<UnitId>,
    /// The chain of whys, the first one first.
    pub whys: Vec<String>,
    /// Other names.
    pub aliases: Vec<String>,
    /// SUSPECTED or CONFIRMED; SUSPECTED when none is named.
    pub status: Option<CauseStatus>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CauseData {
    status: CauseStatus,
    parent: Option<CauseId>,
    owner: Option<PersonId>,
    owner_unit: Option<UnitId>,
}

impl CauseData {
    fn of(row: &cause::Model) -> Self {
        Self {
            status: row.status,
            parent: row.parent_id,
            owner: row.owner_id,
            owner_unit: row.owner_unit_id,
        }
    }
}

/// "This is why it happens": names a root cause.
///
/// # Errors
/// FORBIDDEN, REQUIRED, TOO_LONG or INVALID naming the field, NOT_FOUND, TAKEN with the id of the
/// cause that has the name.
pub async fn create(scope: &Scope, new: NewCause) -> Result<cause::Model> {
    let mut tx = scope.begin().await?;
    let row = create_within(&mut tx, scope, new).await?;
    tx.commit(row).await
}

/// As [`create`], on the way of another verb. Nobody else names or moves a cause until the end of
/// the transaction, so that a race is answered TAKEN.
///
/// # Errors
/// As [`create`].
pub async fn create_within(tx: &mut Tx, scope: &Scope, new: NewCause) -> Result<cause::Model> {
    policy::may_name(&scope.actor)?;
    let name = checked_name(&new.name)?;
    let status = new.status.unwrap_or(CauseStatus::Suspected);
    policy::may_begin_as(status)?;
    let whys = checked_whys(&new.whys)?;
    reach::alone(&*tx).await?;
    let mut parents = query::parents(&*tx).await?;
    if let Some(parent) = new.parent {
        check_parent(tx, scope, parent).await?;
        check_depth(&parents, Branch { top: None, under: parent })?;
    }
    check_owners(tx, new.owner, new.owner_unit).await?;
    let row = cause::Model {
        id: CauseId(scope.fresh_id()),
        parent_id: new.parent,
        name_key: name::key(&name),
        name,
        category: new.category,
        status,
        owner_id: new.owner,
        owner_unit_id: new.owner_unit,
        merged_into: None,
        reach: 0,
        submission_count: 0,
        shown_reach: 0,
        shown_submission_count: 0,
        created_by: scope.actor.person(),
        created_at: scope.now,
        version: 1,
    };
    let aliases = checked_aliases(&row, (&new.aliases, &[]), scope)?;
    refuse_taken(tx, &scope.actor, (&row, &aliases)).await?;
    if !query::insert(tx, &row).await? {
        refuse_taken(tx, &scope.actor, (&row, &aliases)).await?;
    }
    parents.insert(row.id, row.parent_id);
    reach::draw(&*tx, &parents, &[row.id]).await?;
    query::replace_whys(tx, row.id, whys).await?;
    query::replace_aliases(&*tx, row.id, aliases).await?;
    tx.state(created_fact(&row));
    Ok(row)
}

/// The fact that a cause was named.
pub(crate) fn created_fact(row: &cause::Model) -> NewFact {
    NewFact::new("cause.created", ("cause", row.id.0), &CauseData::of(row))
}

/// The fact that a cause was changed.
pub(crate) fn updated_fact(row: &cause::Model) -> NewFact {
    NewFact::new("cause.updated", ("cause", row.id.0), &CauseData::of(row))
}

/// States that a cause was changed. While nobody was told that it is resolved, its readers hear that it
/// is as far as it was, and those who work on it how far it is.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn state_updated(tx: &mut Tx, row: &cause::Model) -> Result<()> {
    let held = match row.status {
        CauseStatus::Resolved => query::shown_before(&*tx, (&[row.id], tx.now())).await?,
        _ => HashMap::new(),
    };
    let Some(before) = held.get(&row.id) else {
        tx.state(updated_fact(row));
        return Ok(());
    };
    tx.state(updated_fact(&cause::Model { status: *before, ..row.clone() }));
    tx.state(updated_fact(row).internal());
    Ok(())
}

/// A change of a cause; what is not given stays.
#[derive(Clone, Debug)]
pub struct UpdateCause {
    /// Which.
    pub id: CauseId,
    /// The version that the asker read.
    pub expected_version: Option<i32>,
    /// Another name.
    pub name: Option<String>,
    /// Another category.
    pub category: Option<Category>,
    /// How far it is.
    pub status: Option<CauseStatus>,
    /// Another place in the tree.
    pub parent: Change<CauseId>,
    /// Another owner.
    pub owner: Change<PersonId>,
    /// Another function.
    pub owner_unit: Change<UnitId>,
    /// Another chain of whys.
    pub whys: Option<Vec<String>>,
    /// Other names, instead of those that are there.
    pub aliases: Option<Vec<String>>,
}

/// "Better said like this": renames, moves or otherwise changes a root cause. Where its progress
/// takes observations along, they follow in the background.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, STALE_VERSION, REQUIRED, TOO_LONG, INVALID naming the field (a cause below
/// itself too, and one that was merged), TAKEN.
pub async fn update(scope: &Scope, cmd: UpdateCause) -> Result<cause::Model> {
    scope.actor.require_person()?;
    let mut tx = scope.begin().await?;
    reach::alone(&tx).await?;
    let found = query::locked(&tx, &scope.actor, cmd.id).await?.or_not_found("id")?;
    let function = query::managed_by(&tx, &scope.actor, &found).await?;
    let capacity = policy::may_change(&scope.actor, &found, function)?;
    if cmd.expected_version.is_some_and(|version| version != found.version) {
        return Err(Refusal::stale(found.version).into());
    }
    if found.status == CauseStatus::Merged {
        let survivor = query::survivor(&tx, &found).await?;
        policy::must_live(&found, "id", survivor)?;
    }
    let row = changed(&tx, (&found, &cmd), capacity).await?;
    let old = query::aliases_of(&tx, &[row.id]).await?;
    let aliases = match &cmd.aliases {
        Some(names) => checked_aliases(&row, (names, &old), scope)?,
        None => old,
    };
    refuse_taken(&tx, &scope.actor, (&row, &aliases)).await?;
    query::store(&tx, &row).await?;
    replant(&tx, scope, (&found, &row)).await?;
    if cmd.aliases.is_some() {
        query::replace_aliases(&tx, row.id, aliases).await?;
    }
    if let Some(whys) = &cmd.whys {
        query::replace_whys(&tx, row.id, checked_whys(whys)?).await?;
    }
    carry(&tx, scope, (found.status, &row)).await?;
    state_updated(&mut tx, &row).await?;
    tx.commit(row).await
}

async fn changed(
    tx: &Tx,
    (found, cmd): (&cause::Model, &UpdateCause),
    capacity: Capacity,
) -> Result<cause::Model> {
    check_owners(tx, cmd.owner.set(), cmd.owner_unit.set()).await?;
    if let Some(status) = cmd.status {
        policy::may_be_stated(found.status, status, capacity)?;
        if found.status == CauseStatus::Resolved
            && status != CauseStatus::Resolved
            && query::is_being_resolved(tx, (found.id, tx.now())).await?
        {
            return Err(take_it_back_instead().into());
        }
    }
    let name = match &cmd.name {
        Some(name) => checked_name(name)?,
        None => found.name.clone(),
    };
    Ok(cause::Model {
        name_key: name::key(&name),
        name,
        category: cmd.category.unwrap_or(found.category),
        status: cmd.status.unwrap_or(found.status),
        parent_id: cmd.parent.of(found.parent_id),
        owner_id: cmd.owner.of(found.owner_id),
        owner_unit_id: cmd.owner_unit.of(found.owner_unit_id),
        version: found.version + 1,
        ..found.clone()
    })
}

fn take_it_back_instead() -> Refusal {
    Refusal::new(
        Code::Invalid,
        "status",
        "Its resolving is under way and was told to nobody yet. Take that back with `causeResolutionUndo`, or wait until it was told.",
    )
}

/// Draws the tree anew where a cause has moved, and counts anew where that, or its dying or coming
/// back to life, changes who stands behind it and what is above it.
async fn replant(
    tx: &Tx,
    scope: &Scope,
    (found, row): (&cause::Model, &cause::Model),
) -> Result<()> {
    let moved = found.parent_id != row.parent_id;
    let turned = progress::is_live(found.status) != progress::is_live(row.status);
    if !moved && !turned {
        return Ok(());
    }
    // The row is written: the tree as it is now, and as it was.
    let after = query::parents(tx).await?;
    let mut before = after.clone();
    before.insert(found.id, found.parent_id);
    if moved {
        if let Some(parent) = row.parent_id {
            check_parent(tx, scope, parent).await?;
            check_depth(&before, Branch { top: Some(row.id), under: parent })?;
            check_circle(tx, &before, (row.id, parent)).await?;
        }
        let below: Vec<CauseId> =
            after.keys().copied().filter(|id| line(&after, *id).contains(&row.id)).collect();
        reach::draw(tx, &after, &below).await?;
    }
    let mut counted = line(&before, row.id);
    counted.extend(line(&after, row.id));
    reach::recount(tx, &counted).await
}

/// Refuses a parent to which something below leads by what contributes to what.
async fn check_circle(tx: &Tx, before: &Parents, (id, parent): (CauseId, CauseId)) -> Result<()> {
    let mut without = before.clone();
    without.insert(id, None);
    if !Graph::of(&without, &query::all_edges(tx).await?).leads(parent, id) {
        return Ok(());
    }
    let message = "The new parent contributes to this cause already, so the two would go in a circle. Take that away first, or choose another parent.";
    Err(Refusal::new(Code::Invalid, "parentId", message).into())
}

/// A parent that the asker may see and that is live.
async fn check_parent(tx: &Tx, scope: &Scope, id: CauseId) -> Result<()> {
    let parent = query::locked(tx, &scope.actor, id).await?.or_not_found("parentId")?;
    let survivor = query::survivor(tx, &parent).await?;
    policy::must_live(&parent, "parentId", survivor)
}

/// Asks for the observations to be taken along, where the new status means another phase.
async fn carry(tx: &Tx, scope: &Scope, (was, row): (CauseStatus, &cause::Model)) -> Result<()> {
    if progress::stands_for(was) == progress::stands_for(row.status) {
        return Ok(());
    }
    queue::enqueue(tx, scope, NewJob::now(scope, CARRY, row.id)).await?;
    Ok(())
}

pub(super) fn refused_text(refused: TextRefusal) -> Refusal {
    let code = match refused {
        TextRefusal::Empty { .. } => Code::Required,
        TextRefusal::TooLong { .. } => Code::TooLong,
    };
    Refusal::new(code, refused.field(), format!("{refused}."))
}

fn checked_name(name: &str) -> Result<String> {
    checked(name, Limit::NAME)
}

fn checked(name: &str, limit: Limit) -> Result<String> {
    let field = limit.field;
    let name = bounded(name, limit).map_err(refused_text)?;
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name::is_placeholder(&name) {
        return Err(Refusal::new(
            Code::Invalid,
            field,
            "This name says nothing. Say in a few words why it happens, for instance \"No hooks on the doors\".",
        )
        .into());
    }
    Ok(name)
}

/// Other names, each once and none equal to the name itself; one that was there stays as it was.
fn checked_aliases(
    row: &cause::Model,
    (names, old): (&[String], &[cause_alias::Model]),
    scope: &Scope,
) -> Result<Vec<cause_alias::Model>> {
    if names.len() > MOST_ALIASES {
        let message =
            format!("{} other names are too many; keep at most {MOST_ALIASES}.", names.len());
        return Err(Refusal::new(Code::Invalid, "aliases", message).into());
    }
    let mut aliases: Vec<cause_alias::Model> = Vec::with_capacity(names.len());
    for name in names {
        let name = checked(name, ALIAS)?;
        let name_key = name::key(&name);
        if name_key == row.name_key || aliases.iter().any(|it| it.name_key == name_key) {
            continue;
        }
        let known = old.iter().find(|it| it.name_key == name_key);
        aliases.push(cause_alias::Model {
            cause_id: row.id,
            name_key,
            name,
            merge_id: known.and_then(|it| it.merge_id),
            created_at: known.map_or(scope.now, |it| it.created_at),
        });
    }
    Ok(aliases)
}

fn checked_whys(whys: &[String]) -> Result<Vec<String>> {
    if whys.len() > MOST_WHYS {
        let message = format!("{} whys are too many; keep at most {MOST_WHYS}.", whys.len());
        return Err(Refusal::new(Code::Invalid, "whys", message).into());
    }
    whys.iter().map(|why| Ok(bounded(why, WHY).map_err(refused_text)?)).collect()
}

async fn check_owners(tx: &Tx, owner: Option<PersonId>, unit: Option<UnitId>) -> Result<()> {
    if let Some(owner) = owner
        && identity::query::staying_person(tx, owner).await?.is_none()
    {
        return Err(Refusal::not_found("ownerId").into());
    }
    if let Some(unit) = unit
        && !query::is_function(tx, unit).await?
    {
        return Err(Refusal::not_found("ownerUnitId").into());
    }
    Ok(())
}

/// Refuses a name, or another name, that a cause beside it bears. One that was merged away still
/// holds its name: the answer then names the one that lives on.
pub(super) async fn refuse_taken(
    tx: &Tx,
    actor: &Actor,
    (row, aliases): (&cause::Model, &[cause_alias::Model]),
) -> Result<()> {
    let name = std::slice::from_ref(&row.name_key);
    if let Some(taken) = query::named(tx, row.parent_id, (name, row.id)).await? {
        return Err(is_taken(tx, actor, ("name", &taken)).await?.into());
    }
    let keys: Vec<String> = aliases.iter().map(|alias| alias.name_key.clone()).collect();
    if keys.is_empty() {
        return Ok(());
    }
    match query::named(tx, row.parent_id, (&keys, row.id)).await? {
        Some(taken) => Err(is_taken(tx, actor, ("aliases", &taken)).await?.into()),
        None => Ok(()),
    }
}

/// Which cause bears the name is told to whoever may see that cause.
async fn is_taken(
    tx: &Tx,
    actor: &Actor,
    (field, taken): (&str, &cause::Model),
) -> Result<Refusal> {
    let bearer = query::survivor(tx, taken).await?.unwrap_or(taken.id);
    if query::some(tx, actor, &[bearer]).await?.is_empty() {
        let message = "This name is taken. Choose another one, or ask a reviewer.";
        return Ok(Refusal::new(Code::Taken, field, message));
    }
    let message = format!(
        "There is a cause with this name already: {bearer}. Link that one, or choose another name."
    );
    Ok(Refusal::new(Code::Taken, field, message).allowing(vec![bearer.to_string()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_say_nothing_are_refused() {
        assert!(checked_name("TBD").is_err());
        assert!(checked_name("   ").is_err());
        assert_eq!(checked_name(" No  hooks ").ok().as_deref(), Some("No hooks"));
        assert!(checked_whys(&vec![String::from("because"); MOST_WHYS + 1]).is_err());
    }
}
