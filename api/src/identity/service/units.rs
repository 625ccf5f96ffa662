//! The tree of units: creating, changing, moving, closing.
//!
//! The closure and every unit's own site are kept with the tree in the same transaction
//! (docs/adr/0004). Changes of the tree wait for each other: two moves that are each sound could
//! make a circle together.

use entity::id::UnitId;
use entity::identity::values::UnitKind;
use entity::identity::{unit, unit_closure};
use entity::instant::Day;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use serde_json::json;

use crate::db::dialect;
use crate::identity::{fields, policy, query};
use crate::jobs::recount;
use crate::kit::client_key::{self, Claim, ClientKey};
use crate::kit::error::{Code, OrNotFound as _, Refusal, Result, is_unique_violation};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};

/// The key under which changes of the tree wait for each other.
const TREE: &str = "org_unit tree";
/// Deepest tree.
const DEEPEST: usize = 20;

/// A unit to be made; parsed, not yet checked against the tree.
#[derive(Clone, Debug)]
pub struct NewUnit {
    /// The unit above; `None` for the organisation itself.
    pub parent: Option<UnitId>,
    /// What sort of unit.
    pub kind: UnitKind,
    /// Display name.
    pub name: String,
    /// External code.
    pub code: Option<String>,
    /// IANA zone.
    pub zone: Option<String>,
    /// First day in use.
    pub active_from: Option<Day>,
    /// Last day in use.
    pub active_to: Option<Day>,
}

/// What a create made, or had made when its key came before.
#[derive(Clone, Debug)]
pub struct Made<T> {
    /// The thing.
    pub thing: T,
    /// Whether the client key was received before.
    pub already: bool,
}

/// Creates a unit under another.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, TAKEN, INVALID, IDEMPOTENCY_KEY_REUSED.
pub async fn create(
    scope: &Scope,
    new: NewUnit,
    key: Option<ClientKey>,
) -> Result<Made<unit::Model>> {
    scope.actor.require_signed_in()?;
    let mut tx = scope.begin().await?;
    let parent = new.parent.or_not_found("parentId")?;
    query::unit(&tx, &scope.actor, parent).await?.or_not_found("parentId")?;
    policy::may_administer(&scope.actor, &lineage(&tx, parent).await?)?;
    let id = UnitId(scope.fresh_id());
    if let Claim::Received(result) =
        client_key::claim(&tx, scope, key.as_ref(), &id.to_string()).await?
    {
        let id = result.parse().map_err(|_| Refusal::not_found(""))?;
        let thing = query::unit(&tx, &scope.actor, id).await?.or_not_found("")?;
        return Ok(Made { thing, already: true });
    }
    let thing = insert(&mut tx, scope, id, new).await?;
    tx.commit(Made { thing, already: false }).await
}

async fn lineage(tx: &Tx, unit: UnitId) -> Result<Vec<UnitId>> {
    let rows = query::ancestry(tx, unit).await?;
    Ok(rows.into_iter().map(|row| row.ancestor).collect())
}

/// Writes a unit, its closure rows and its own site, and states the fact.
///
/// # Errors
/// TAKEN at `code`, INVALID at `parentId` when the tree would be too deep.
pub async fn insert(tx: &mut Tx, scope: &Scope, id: UnitId, new: NewUnit) -> Result<unit::Model> {
    fields::in_order(new.active_from, new.active_to)?;
    dialect::alone_with(tx, TREE).await?;
    let above = match new.parent {
        Some(parent) => query::ancestry(tx, parent).await?,
        None => Vec::new(),
    };
    if above.len() >= DEEPEST {
        return Err(too_deep().into());
    }
    let site = match new.parent {
        _ if new.kind == UnitKind::Site => id,
        Some(parent) => site_under(tx, parent).await?.unwrap_or(id),
        None => id,
    };
    let row = unit::ActiveModel {
        id: Set(id),
        parent_id: Set(new.parent),
        kind: Set(new.kind),
        name: Set(new.name),
        code: Set(new.code),
        site_id: Set(site),
        zone: Set(new.zone),
        active_from: Set(new.active_from),
        active_to: Set(new.active_to),
        created_at: Set(scope.now),
        version: Set(1),
    };
    let made = row.insert(tx).await.map_err(code_taken)?;
    let mut closure = vec![closure_row(id, id, 0)];
    closure.extend(above.iter().map(|row| closure_row(row.ancestor, id, row.depth + 1)));
    unit_closure::Entity::insert_many(closure).exec_without_returning(tx).await?;
    tx.state(NewFact::new(
        "unit.created",
        ("unit", id.0),
        &json!({"kind": made.kind, "parent": made.parent_id.map(|id| id.to_string())}),
    ));
    Ok(made)
}

fn closure_row(ancestor: UnitId, descendant: UnitId, depth: i32) -> unit_closure::ActiveModel {
    unit_closure::ActiveModel {
        ancestor: Set(ancestor),
        descendant: Set(descendant),
        depth: Set(depth),
    }
}

fn too_deep() -> Refusal {
    Refusal::new(
        Code::Invalid,
        "parentId",
        format!("The tree would be deeper than {DEEPEST} levels. Choose a unit further up."),
    )
}

fn code_taken(error: sea_orm::DbErr) -> crate::kit::error::Error {
    if is_unique_violation(&error) {
        return Refusal::new(
            Code::Taken,
            "code",
            "Another unit has this code. Look it up, or choose another code.",
        )
        .into();
    }
    error.into()
}

/// The SITE above the children of `parent`, if there is one.
async fn site_under(tx: &Tx, parent: UnitId) -> Result<Option<UnitId>> {
    let parent = query::units_by_ids(tx, &[parent]).await?.pop();
    Ok(parent
        .filter(|parent| parent.site_id != parent.id || parent.kind == UnitKind::Site)
        .map(|parent| parent.site_id))
}

/// What changes about a unit; `None` leaves it, `Some(None)` clears it.
#[derive(Clone, Debug, Default)]
pub struct Patch {
    /// The version that was read.
    pub expected_version: Option<i32>,
    /// Another name.
    pub name: Option<String>,
    /// Another sort.
    pub kind: Option<UnitKind>,
    /// Another place in the tree.
    pub parent: Option<UnitId>,
    /// Another external code.
    pub code: Option<Option<String>>,
    /// Another zone.
    pub zone: Option<Option<String>>,
    /// Another first day.
    pub active_from: Option<Option<Day>>,
    /// Another last day.
    pub active_to: Option<Option<Day>>,
}

impl Patch {
    /// Whether nothing would change.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.name.is_none()
            && self.kind.is_none()
            && self.parent.is_none()
            && self.code.is_none()
            && self.zone.is_none()
            && self.active_from.is_none()
            && self.active_to.is_none()
    }
}

/// Renames a unit, or moves it with everything below it under another one.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN (both places count), STALE_VERSION, TAKEN, INVALID when it would come to
/// lie under itself.
pub async fn update(scope: &Scope, id: UnitId, patch: Patch) -> Result<unit::Model> {
    scope.actor.require_signed_in()?;
    let mut tx = scope.begin().await?;
    let after = update_within(&mut tx, scope, id, patch).await?;
    tx.commit(after).await
}

/// As [`update`], in a transaction that goes on: for imports.
///
/// # Errors
/// As [`update`].
pub async fn update_within(
    tx: &mut Tx,
    scope: &Scope,
    id: UnitId,
    patch: Patch,
) -> Result<unit::Model> {
    dialect::alone_with(tx, TREE).await?;
    let before = query::unit_locked(tx, &scope.actor, id).await?.or_not_found("id")?;
    policy::may_administer(&scope.actor, &lineage(tx, id).await?)?;
    expect(before.version, patch.expected_version)?;
    let parent = patch.parent.filter(|parent| Some(*parent) != before.parent_id);
    if let Some(parent) = parent {
        query::unit(tx, &scope.actor, parent).await?.or_not_found("parentId")?;
        policy::may_administer(&scope.actor, &lineage(tx, parent).await?)?;
        hang_under(tx, id, parent).await?;
    }
    let re_sited = parent.is_some() || patch.kind.is_some_and(|kind| kind != before.kind);
    let after = write(tx, before, &patch, parent).await?;
    if re_sited {
        renew_sites(tx, &after).await?;
    }
    if parent.is_some() || patch.zone.is_some() {
        recount::ask(tx, scope, id).await?;
    }
    tx.state(NewFact::new(
        if parent.is_some() { "unit.moved" } else { "unit.changed" },
        ("unit", id.0),
        &json!({"kind": after.kind, "parent": after.parent_id.map(|id| id.to_string())}),
    ));
    query::unit(tx, &scope.actor, id).await?.or_not_found("id")
}

/// Refuses when the row changed since the caller read it.
pub(super) fn expect(version: i32, expected: Option<i32>) -> Result<()> {
    match expected {
        Some(expected) if expected != version => Err(Refusal::stale(version).into()),
        _ => Ok(()),
    }
}

async fn write(
    tx: &Tx,
    before: unit::Model,
    patch: &Patch,
    parent: Option<UnitId>,
) -> Result<unit::Model> {
    let patch = patch.clone();
    let active_from = patch.active_from.unwrap_or(before.active_from);
    let active_to = patch.active_to.unwrap_or(before.active_to);
    fields::in_order(active_from, active_to)?;
    let version = before.version + 1;
    let mut row = before.into_active_model();
    if let Some(name) = patch.name {
        row.name = Set(name);
    }
    if let Some(kind) = patch.kind {
        row.kind = Set(kind);
    }
    if let Some(code) = patch.code {
        row.code = Set(code);
    }
    if let Some(zone) = patch.zone {
        row.zone = Set(zone);
    }
    if let Some(parent) = parent {
        row.parent_id = Set(Some(parent));
    }
    row.active_from = Set(active_from);
    row.active_to = Set(active_to);
    row.version = Set(version);
    row.update(tx).await.map_err(code_taken)
}

/// Moves the closure rows of a subtree.
async fn hang_under(tx: &Tx, top: UnitId, parent: UnitId) -> Result<()> {
    let subtree = query::subtree(tx, top).await?;
    if subtree.iter().any(|(unit, _)| unit.id == parent) {
        return Err(Refusal::new(
            Code::Invalid,
            "parentId",
            "A unit cannot lie under itself or under one of its own units. Choose another one.",
        )
        .into());
    }
    let above = query::ancestry(tx, parent).await?;
    let tallest = subtree.iter().map(|(_, depth)| *depth).max().unwrap_or(0);
    if above.len() + 1 + usize::try_from(tallest).unwrap_or(0) > DEEPEST {
        return Err(too_deep().into());
    }
    let old = query::ancestry(tx, top).await?;
    let old: Vec<UnitId> =
        old.into_iter().filter(|row| row.depth > 0).map(|row| row.ancestor).collect();
    query::cut_off(tx, top, &old).await?;
    let rows: Vec<_> = above
        .iter()
        .flat_map(|row| {
            subtree
                .iter()
                .map(|(unit, depth)| closure_row(row.ancestor, unit.id, row.depth + 1 + depth))
        })
        .collect();
    for part in rows.chunks(500) {
        unit_closure::Entity::insert_many(part.to_vec()).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Computes the own site of a unit and of everything below it anew.
async fn renew_sites(tx: &Tx, top: &unit::Model) -> Result<()> {
    let above = match top.parent_id {
        Some(parent) => site_under(tx, parent).await?,
        None => None,
    };
    let subtree = query::subtree(tx, top.id).await?;
    for (site, units) in sites(&subtree, above) {
        query::set_site(tx, &units, site).await?;
    }
    Ok(())
}

/// The own site of every unit of a subtree (parents before children), grouped; only those that
/// change. `above` is the SITE above its top, if there is one.
fn sites(subtree: &[(unit::Model, i32)], above: Option<UnitId>) -> Vec<(UnitId, Vec<UnitId>)> {
    // For each unit the SITE that its children inherit.
    let mut handed_down = std::collections::HashMap::new();
    let mut groups = std::collections::BTreeMap::<UnitId, Vec<UnitId>>::new();
    for (unit, depth) in subtree {
        let inherited = match unit.parent_id {
            Some(parent) if *depth > 0 => handed_down.get(&parent).copied().flatten(),
            _ => above,
        };
        let real = if unit.kind == UnitKind::Site { Some(unit.id) } else { inherited };
        handed_down.insert(unit.id, real);
        let site = real.unwrap_or(unit.id);
        if site != unit.site_id {
            groups.entry(site).or_default().push(unit.id);
        }
    }
    groups.into_iter().collect()
}

/// Takes a unit out of use from the day after `last` on. What was sent there stays readable. `unit`
/// is the locked row, in the transaction of `desk`, which asks first what it leaves behind.
///
/// # Errors
/// FORBIDDEN, STALE_VERSION; IN_USE while people are at home there or units below are
/// in use; INVALID when the day is before the first.
pub async fn close_within(
    tx: &mut Tx,
    scope: &Scope,
    unit: unit::Model,
    (last, expected_version): (Day, Option<i32>),
) -> Result<unit::Model> {
    let id = unit.id;
    policy::may_administer(&scope.actor, &lineage(tx, id).await?)?;
    expect(unit.version, expected_version)?;
    fields::in_order(unit.active_from, Some(last))?;
    if query::unit_in_use(tx as &Tx, id).await? {
        return Err(Refusal::new(
            Code::InUse,
            "id",
            "People are still at home in this unit, or units below it are in use. Move them first.",
        )
        .into());
    }
    let version = unit.version + 1;
    let mut row = unit.into_active_model();
    row.active_to = Set(Some(last));
    row.version = Set(version);
    let unit = row.update(tx as &Tx).await?;
    tx.state(NewFact::new("unit.closed", ("unit", id.0), &json!({"on": last.to_string()})));
    Ok(unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use entity::instant::Instant;
    use uuid::Uuid;

    fn unit(number: u128, parent: Option<u128>, kind: UnitKind) -> unit::Model {
        unit::Model {
            id: UnitId(Uuid::from_u128(number)),
            parent_id: parent.map(|number| UnitId(Uuid::from_u128(number))),
            kind,
            name: String::new(),
            code: None,
            site_id: UnitId(Uuid::nil()),
            zone: None,
            active_from: None,
            active_to: None,
            created_at: Instant(0),
            version: 1,
        }
    }

    fn id(number: u128) -> UnitId {
        UnitId(Uuid::from_u128(number))
    }

    #[test]
    fn the_own_site_is_the_nearest_one_or_the_unit_itself() {
        let subtree = [
            (unit(1, Some(9), UnitKind::Region), 0),
            (unit(2, Some(1), UnitKind::Site), 1),
            (unit(3, Some(1), UnitKind::Function), 1),
            (unit(4, Some(2), UnitKind::Team), 2),
            (unit(5, Some(3), UnitKind::Team), 2),
        ];
        let alone = sites(&subtree, None);
        assert_eq!(
            alone,
            [
                (id(1), vec![id(1)]),
                (id(2), vec![id(2), id(4)]),
                (id(3), vec![id(3)]),
                (id(5), vec![id(5)]),
            ]
        );
        let under = sites(&subtree, Some(id(8)));
        assert_eq!(under, [(id(2), vec![id(2), id(4)]), (id(8), vec![id(1), id(3), id(5)])]);
    }
}
