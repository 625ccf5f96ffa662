//! The verbs of saved views: create, change, delete, arrange, open the queue with one.

use entity::id::{PersonId, TypedId as _, UnitId, ViewId};
use entity::identity::values::Role;
use entity::submissions::text::{Limit, bounded};
use entity::triage::name;
use entity::triage::queue_view;
use entity::triage::values::{QueueOrder, ViewSharing};
use serde::Serialize;

use super::policy::{LONGEST_NAME, Owner, may_change, may_inherit, may_keep_another, may_review};
use super::query::{self, Named};
use crate::identity;
use crate::kit::client_key::{Claim, ClientKey, claim};
use crate::kit::error::{Code, Fault, OrNotFound as _, Refusal, Result};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};
use crate::submissions::service::Receipt;

/// What a view shows: the filter in the form of the API, and what it speaks of by id.
#[derive(Clone, Debug, Serialize)]
pub struct Stored {
    /// JSON of the filter; bounded and read before.
    pub filter: String,
    /// What it names.
    #[serde(skip)]
    pub named: Named,
}

/// With whom a view is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Shared {
    /// With nobody, the reviewers of a unit, or all.
    pub with: ViewSharing,
    /// The unit, where it is one.
    pub unit: Option<UnitId>,
}

/// A view to save.
#[derive(Clone, Debug, Serialize)]
pub struct NewView {
    /// What it is called.
    pub name: String,
    /// What it shows.
    pub stored: Stored,
    /// In which order.
    pub order: QueueOrder,
    /// With whom it is shared.
    pub shared: Shared,
}

/// Changes to a view; what is `None` stays.
#[derive(Clone, Debug)]
pub struct ViewChange {
    /// Which.
    pub id: ViewId,
    /// The version that was read.
    pub expected_version: Option<i32>,
    /// What it is called.
    pub name: Option<String>,
    /// What it shows.
    pub stored: Option<Stored>,
    /// In which order.
    pub order: Option<QueueOrder>,
    /// With whom it is shared.
    pub shared: Option<Shared>,
}

#[derive(Serialize)]
struct ViewData {
    sharing: ViewSharing,
    unit: Option<UnitId>,
}

/// Saves a view, behind the others, exactly once when it carries a client key.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN; REQUIRED or TOO_LONG at `name`, TAKEN at `name`, NOT_FOUND at `filter`
/// or `unitId`, REQUIRED or INVALID at `unitId`, INVALID when there are too many;
/// IDEMPOTENCY_KEY_REUSED.
pub async fn create(
    scope: &Scope,
    new: NewView,
    client_key: Option<&str>,
) -> Result<(queue_view::Model, Receipt)> {
    let me = may_review(&scope.actor)?;
    let key = ClientKey::of(client_key, &new)?;
    let (name, name_key) = called(&new.name)?;
    let id = ViewId(scope.fresh_id());
    let mut tx = scope.begin().await?;
    if let Claim::Received(before) = claim(&tx, scope, key.as_ref(), &id.to_string()).await? {
        let before = ViewId::parse(&before)
            .map_err(|_| Fault::internal("a client key points at no view"))?;
        let made = query::made_before(&tx, before).await?.or_not_found("clientKey")?;
        return tx.commit((made, Receipt::Already)).await;
    }
    check_named(&tx, &new.stored.named).await?;
    check_shared(&tx, scope, new.shared).await?;
    let kept = query::own_views(&tx, me).await?;
    may_keep_another(kept.len())?;
    let view = queue_view::Model {
        id,
        owner_id: me,
        name,
        name_key,
        sharing: new.shared.with,
        unit_id: new.shared.unit,
        filter: new.stored.filter,
        sorted: new.order,
        position: kept.last().map_or(0, |last| last.position + 1),
        created_at: scope.now,
        updated_at: scope.now,
        version: 1,
    };
    if !query::insert_view(&tx, &view).await? {
        return Err(taken().into());
    }
    tx.state(fact("view.created", &view));
    tx.commit((view, Receipt::Fresh)).await
}

/// Changes an own view.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN; NOT_FOUND at `id`, STALE_VERSION; as [`create`] for what is given.
pub async fn update(scope: &Scope, change: ViewChange) -> Result<queue_view::Model> {
    let me = may_review(&scope.actor)?;
    let mut tx = scope.begin().await?;
    let mut view = own(&tx, scope, (change.id, me)).await?;
    expect(change.expected_version, &view)?;
    if let Some(name) = &change.name {
        (view.name, view.name_key) = called(name)?;
        if query::name_taken(&tx, &view).await? {
            return Err(taken().into());
        }
    }
    if let Some(stored) = change.stored {
        check_named(&tx, &stored.named).await?;
        view.filter = stored.filter;
    }
    if let Some(shared) = change.shared {
        check_shared(&tx, scope, shared).await?;
        (view.sharing, view.unit_id) = (shared.with, shared.unit);
    }
    view.sorted = change.order.unwrap_or(view.sorted);
    view.updated_at = scope.now;
    view.version += 1;
    if !query::store_view(&tx, &view).await? {
        return Err(taken().into());
    }
    tx.state(fact("view.updated", &view));
    tx.commit(view).await
}

/// Deletes an own view, or a shared one whose owner has left. Whose queue opened with it sees the
/// whole queue again.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN; NOT_FOUND at `id`, STALE_VERSION.
pub async fn delete(scope: &Scope, id: ViewId, expected_version: Option<i32>) -> Result<ViewId> {
    let mut tx = scope.begin().await?;
    let view = inherited(&tx, scope, id).await?;
    expect(expected_version, &view)?;
    query::delete_view(&tx, id).await?;
    tx.state(fact("view.deleted", &view));
    tx.commit(id).await
}

/// Makes a shared view whose owner has left the asker's own, behind the others.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN; NOT_FOUND at `id`, STALE_VERSION, TAKEN when the asker has a view of
/// this name, INVALID when there are too many.
pub async fn take_over(
    scope: &Scope,
    id: ViewId,
    expected_version: Option<i32>,
) -> Result<queue_view::Model> {
    let me = may_review(&scope.actor)?;
    let mut tx = scope.begin().await?;
    let mut view = inherited(&tx, scope, id).await?;
    expect(expected_version, &view)?;
    if view.owner_id == me {
        return tx.commit(view).await;
    }
    let kept = query::own_views(&tx, me).await?;
    may_keep_another(kept.len())?;
    view.owner_id = me;
    view.position = kept.last().map_or(0, |last| last.position + 1);
    view.updated_at = scope.now;
    view.version += 1;
    if query::name_taken(&tx, &view).await? {
        return Err(taken().into());
    }
    if !query::store_view(&tx, &view).await? {
        return Err(taken().into());
    }
    tx.state(fact("view.updated", &view));
    tx.commit(view).await
}

/// An own view, or a shared one whose owner has left and that is the asker's to see to.
async fn inherited(tx: &Tx, scope: &Scope, id: ViewId) -> Result<queue_view::Model> {
    let me = scope.actor.require_person()?;
    let Some(view) = query::locked_view(tx, &scope.actor, id).await? else {
        may_review(&scope.actor)?;
        return None.or_not_found("id");
    };
    if view.owner_id == me {
        may_review(&scope.actor)?;
        return Ok(view);
    }
    let owner = identity::query::people_by_ids(tx, &[view.owner_id]).await?;
    let left = owner.iter().all(|owner| owner.deactivated_at.is_some());
    let unit: Vec<UnitId> = view.unit_id.into_iter().collect();
    let lineages = identity::query::lineages(tx, &unit).await?;
    let lineage = view.unit_id.and_then(|unit| lineages.get(&unit).cloned()).unwrap_or_default();
    let owner = if left { Owner::Left } else { Owner::Here };
    may_inherit(&scope.actor, &view, (owner, &lineage))?;
    Ok(view)
}

/// Puts own views in this sequence; those that are not named come after them as they stood.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN; NOT_FOUND at `ids` for what is not an own view, INVALID at `ids` for
/// one that is named twice.
pub async fn arrange(scope: &Scope, ids: Vec<ViewId>) -> Result<Vec<queue_view::Model>> {
    let me = may_review(&scope.actor)?;
    let tx = scope.begin().await?;
    let mut rest = query::own_views(&tx, me).await?;
    let mut arranged = Vec::with_capacity(rest.len());
    for (index, id) in ids.iter().enumerate() {
        if ids[..index].contains(id) {
            let twice = format!("The view {id} is named twice. Name each once.");
            return Err(Refusal::new(Code::Invalid, "ids", twice).into());
        }
        let at = rest.iter().position(|view| view.id == *id).or_not_found("ids")?;
        arranged.push(rest.remove(at));
    }
    arranged.append(&mut rest);
    for (position, view) in (0..).zip(&mut arranged) {
        if view.position != position {
            view.position = position;
            query::place_view(&tx, view.id, position).await?;
        }
    }
    tx.commit(arranged).await
}

/// Opens the asker's queue with this view, an own or a shared one; without one, with the whole queue.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN; NOT_FOUND at `id`.
pub async fn open_with(scope: &Scope, id: Option<ViewId>) -> Result<Option<queue_view::Model>> {
    let me = may_review(&scope.actor)?;
    let tx = scope.begin().await?;
    let view = match id {
        Some(id) => Some(query::locked_view(&tx, &scope.actor, id).await?.or_not_found("id")?),
        None => None,
    };
    query::set_default(&tx, me, id).await?;
    tx.commit(view).await
}

async fn own(tx: &Tx, scope: &Scope, (id, me): (ViewId, PersonId)) -> Result<queue_view::Model> {
    let view = query::locked_view(tx, &scope.actor, id).await?.or_not_found("id")?;
    may_change(&view, me)?;
    Ok(view)
}

fn expect(version: Option<i32>, view: &queue_view::Model) -> Result<()> {
    match version {
        Some(version) if version != view.version => Err(Refusal::stale(view.version).into()),
        _ => Ok(()),
    }
}

fn called(given: &str) -> Result<(String, String)> {
    let name = bounded(given, Limit { max: LONGEST_NAME, ..Limit::NAME })?;
    let key = name::key(&name);
    Ok((name, key))
}

fn taken() -> Refusal {
    Refusal::new(Code::Taken, "name", "You have a view of this name. Choose another name.")
}

/// Everything that a filter names is there at the moment.
async fn check_named(tx: &Tx, named: &Named) -> Result<()> {
    let there = query::there(tx, named).await?;
    match named.ids().into_iter().find(|id| !there.contains(id)) {
        Some(_) => Err(Refusal::not_found("filter").into()),
        None => Ok(()),
    }
}

/// A view is shared with the reviewers of a unit by somebody who reviews it.
async fn check_shared(tx: &Tx, scope: &Scope, shared: Shared) -> Result<()> {
    let Some(unit) = shared.unit else {
        return match shared.with {
            ViewSharing::Unit => Err(Refusal::new(
                Code::Required,
                "unitId",
                "Say with the reviewers of which unit the view is shared.",
            )
            .into()),
            _ => Ok(()),
        };
    };
    if shared.with != ViewSharing::Unit {
        return Err(Refusal::new(
            Code::Invalid,
            "unitId",
            "A unit goes with the sharing UNIT alone. Leave it out.",
        )
        .into());
    }
    let lineages = identity::query::lineages(tx, &[unit]).await?;
    let covered =
        lineages.get(&unit).is_some_and(|lineage| scope.actor.covers(Role::Reviewer, lineage));
    if covered { Ok(()) } else { Err(Refusal::not_found("unitId").into()) }
}

fn fact(kind: &'static str, view: &queue_view::Model) -> NewFact {
    let data = ViewData { sharing: view.sharing, unit: view.unit_id };
    NewFact::new(kind, ("view", view.id.0), &data).administrative()
}
