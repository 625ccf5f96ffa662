//! "Contributes to": what makes what worse, beside the tree.

use entity::id::CauseId;
use entity::triage::{cause, cause_edge};
use serde::Serialize;

use super::links::checked_note;
use super::tree::Graph;
use crate::kit::error::{Code, OrNotFound as _, Refusal, Result};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};
use crate::reach::service::{self as reach, line};
use crate::triage::causes::{policy, query};

/// One cause that contributes to another.
#[derive(Clone, Debug)]
pub struct Contribution {
    /// The one that contributes.
    pub id: CauseId,
    /// The one that it makes worse.
    pub to: CauseId,
    /// Why somebody thinks so.
    pub note: Option<String>,
}

#[derive(Serialize)]
struct EdgeData {
    to: CauseId,
}

/// "This makes that worse": says that one cause contributes to another beside the tree. Together
/// with the tree it never goes in a circle; said twice is said once.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, TOO_LONG at `note`, INVALID at `toId` for itself, for one above or below it
/// in the tree, for a circle, and for a cause that is rejected or merged.
pub async fn contribute(scope: &Scope, said: Contribution) -> Result<cause::Model> {
    policy::may_name(&scope.actor)?;
    let note = checked_note(said.note.as_deref())?;
    let mut tx = scope.begin().await?;
    reach::alone(&tx).await?;
    let from = live(&tx, scope, (said.id, "id")).await?;
    let to = live(&tx, scope, (said.to, "toId")).await?;
    check(&tx, (from.id, to.id)).await?;
    let row = cause_edge::Model {
        cause_id: from.id,
        contributes_to: to.id,
        note,
        created_by: scope.actor.person(),
        created_at: scope.now,
    };
    if !query::insert_edge(&tx, row).await? {
        return Ok(from);
    }
    let data = EdgeData { to: to.id };
    tx.state(NewFact::new("cause.contributes", ("cause", from.id.0), &data));
    tx.commit(from).await
}

async fn live(tx: &Tx, scope: &Scope, (id, field): (CauseId, &str)) -> Result<cause::Model> {
    let found = query::locked(tx, &scope.actor, id).await?.or_not_found(field)?;
    let survivor = query::survivor(tx, &found).await?;
    policy::must_live(&found, field, survivor)?;
    Ok(found)
}

async fn check(tx: &Tx, (from, to): (CauseId, CauseId)) -> Result<()> {
    let refuse = |message: &str| Err(Refusal::new(Code::Invalid, "toId", message).into());
    if from == to {
        return refuse("A cause does not contribute to itself. Choose another one.");
    }
    let parents = query::parents(tx).await?;
    if line(&parents, from).contains(&to) {
        return refuse("The tree says so already: that cause is above this one.");
    }
    if Graph::of(&parents, &query::all_edges(tx).await?).leads(to, from) {
        return refuse("That cause leads to this one already, so the two would go in a circle.");
    }
    Ok(())
}

/// "It does not": takes such an edge away.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN.
pub async fn uncontribute(scope: &Scope, id: CauseId, to: CauseId) -> Result<cause::Model> {
    policy::may_name(&scope.actor)?;
    let mut tx = scope.begin().await?;
    reach::alone(&tx).await?;
    let from = query::locked(&tx, &scope.actor, id).await?.or_not_found("id")?;
    if !query::delete_edge(&tx, (id, to)).await? {
        return Err(Refusal::not_found("toId").into());
    }
    let data = EdgeData { to };
    tx.state(NewFact::new("cause.contributes_no_more", ("cause", id.0), &data));
    tx.commit(from).await
}
