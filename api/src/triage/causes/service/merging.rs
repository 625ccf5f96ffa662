//! Merging two causes that are one, and taking that back.
//!
//! The links of the merged cause point at the survivor, doubles are folded; its children hang under
//! the survivor; its names become other names of the survivor; what it contributes to, and what
//! contributes to it, is said of the survivor too. All of it is remembered, so that undo restores
//! it byte for byte as far as nobody changed it since. Neither moves a submission.

use std::collections::HashSet;

use entity::id::{CauseId, CauseMergeId};
use entity::instant::DAY;
use entity::triage::values::CauseStatus;
use entity::triage::{cause, cause_alias, cause_edge, cause_merge, name};
use serde::{Deserialize, Serialize};

use super::naming::{refuse_taken, state_updated};
use super::tree::{Branch, Graph, check_depth};
use crate::kit::error::{Code, Fault, OrNotFound as _, Refusal, Result};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};
use crate::reach::service::{self as reach, Parents, line};
use crate::triage::causes::query::Merging;
use crate::triage::causes::{policy, query};

/// Days in which a merge can be taken back.
pub const MERGE_UNDO_DAYS: i64 = 30;

/// Two causes that are one.
#[derive(Clone, Copy, Debug)]
pub struct Merge {
    /// The one that goes.
    pub id: CauseId,
    /// The one that lives on.
    pub into: CauseId,
    /// The version of the one that goes, as the asker read it.
    pub expected_version: Option<i32>,
}

/// What undo restores beside links and names.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Before {
    status: CauseStatus,
    children: Vec<CauseId>,
    edges: Vec<(CauseId, CauseId)>,
}

#[derive(Serialize)]
struct MergedData {
    merge: CauseMergeId,
    into: CauseId,
}

/// "These two are one": merges a cause into another, which lives on. Returns the survivor.
///
/// # Errors
/// FORBIDDEN, NOT_FOUND, STALE_VERSION, INVALID (into itself, into one below it, from or into a dead
/// one, where it would close a circle, or while one of them is being resolved), TAKEN when both have a narrower cause of the same name.
pub async fn merge(scope: &Scope, cmd: Merge) -> Result<cause::Model> {
    policy::may_name(&scope.actor)?;
    let mut tx = scope.begin().await?;
    reach::alone(&tx).await?;
    let (gone, survivor) = pair(&tx, scope, cmd).await?;
    let parents = query::parents(&tx).await?;
    let children = query::live_children(&tx, gone.id).await?;
    let children = check_children(&tx, &parents, (&gone, &survivor), children).await?;
    let merging = Merging { id: CauseMergeId(scope.fresh_id()), from: gone.id, into: survivor.id };
    let edges = copy_edges(&tx, &parents, merging).await?;
    let before = Before { status: gone.status, children, edges };
    remember(&tx, scope, merging, &before).await?;
    query::move_links(&tx, merging).await?;
    query::rehang(&tx, &before.children, (gone.id, survivor.id)).await?;
    let row = cause::Model {
        status: CauseStatus::Merged,
        merged_into: Some(survivor.id),
        version: gone.version + 1,
        ..gone.clone()
    };
    query::store(&tx, &row).await?;
    let grown = cause::Model { version: survivor.version + 1, ..survivor.clone() };
    query::store(&tx, &grown).await?;
    add_names(&tx, scope, (&gone, &survivor), merging.id).await?;
    replant(&tx, &parents, (&gone, &survivor, &before.children)).await?;
    let data = MergedData { merge: merging.id, into: survivor.id };
    tx.state(NewFact::new("cause.merged", ("cause", gone.id.0), &data));
    let survivor = query::locked(&tx, &scope.actor, survivor.id).await?.or_not_found("intoId")?;
    tx.commit(survivor).await
}

async fn pair(tx: &Tx, scope: &Scope, cmd: Merge) -> Result<(cause::Model, cause::Model)> {
    let gone = query::locked(tx, &scope.actor, cmd.id).await?.or_not_found("id")?;
    if cmd.expected_version.is_some_and(|version| version != gone.version) {
        return Err(Refusal::stale(gone.version).into());
    }
    if cmd.id == cmd.into {
        let message = "A cause cannot be merged into itself. Choose the other one.";
        return Err(Refusal::new(Code::Invalid, "intoId", message).into());
    }
    let into = query::locked(tx, &scope.actor, cmd.into).await?.or_not_found("intoId")?;
    policy::must_live(&gone, "id", query::survivor(tx, &gone).await?)?;
    policy::must_live(&into, "intoId", query::survivor(tx, &into).await?)?;
    not_being_resolved(tx, &gone, "id").await?;
    not_being_resolved(tx, &into, "intoId").await?;
    Ok((gone, into))
}

/// While a resolving is under way that nobody was told of, what stands behind its cause stays there: a
/// merge would tell the one half and not the other.
async fn not_being_resolved(tx: &Tx, cause: &cause::Model, field: &str) -> Result<()> {
    if !query::is_being_resolved(tx, (cause.id, tx.now())).await? {
        return Ok(());
    }
    let message = format!(
        "The resolving of {} is under way and was told to nobody yet. Take that back with `causeResolutionUndo`, or wait until it was told.",
        cause.id
    );
    Err(Refusal::new(Code::Invalid, field, message).into())
}

/// The children that go along, if the survivor can take them.
async fn check_children(
    tx: &Tx,
    parents: &Parents,
    (gone, survivor): (&cause::Model, &cause::Model),
    children: Vec<cause::Model>,
) -> Result<Vec<CauseId>> {
    if line(parents, survivor.id).contains(&gone.id) {
        let message = "The one that is to live on lies below the one that goes. Merge the narrower one into the wider one, or move it first.";
        return Err(Refusal::new(Code::Invalid, "intoId", message).into());
    }
    let graph = Graph::of(parents, &query::all_edges(tx).await?).without(gone.id);
    for child in &children {
        check_depth(parents, Branch { top: Some(child.id), under: survivor.id })?;
        if graph.leads(survivor.id, child.id) {
            let message = format!(
                "The one that is to live on contributes to {}, which would hang below it. Take that away first.",
                child.id
            );
            return Err(Refusal::new(Code::Invalid, "intoId", message).into());
        }
        let taken = (std::slice::from_ref(&child.name_key), gone.id);
        if let Some(taken) = query::named(tx, Some(survivor.id), taken).await? {
            let message = format!(
                "Both have a narrower cause of the same name: {} and {}. Merge or rename those first.",
                child.id, taken.id
            );
            let allowed = vec![child.id.to_string(), taken.id.to_string()];
            return Err(Refusal::new(Code::Taken, "intoId", message).allowing(allowed).into());
        }
    }
    Ok(children.into_iter().map(|child| child.id).collect())
}

/// Says of the survivor what was said of the one that goes; what would be a circle stays unsaid.
/// Returns what was not said before.
async fn copy_edges(
    tx: &Tx,
    parents: &Parents,
    merging: Merging,
) -> Result<Vec<(CauseId, CauseId)>> {
    let mut graph = Graph::of(parents, &query::all_edges(tx).await?).without(merging.from);
    let mut copied = Vec::new();
    for edge in query::edges_of(tx, &[merging.from]).await? {
        let swap = |id: CauseId| if id == merging.from { merging.into } else { id };
        let (from, to) = (swap(edge.cause_id), swap(edge.contributes_to));
        if graph.leads(to, from) || graph.leads(from, to) {
            continue;
        }
        let row = cause_edge::Model { cause_id: from, contributes_to: to, ..edge };
        if query::insert_edge(tx, row).await? {
            graph.join(from, to);
            copied.push((from, to));
        }
    }
    Ok(copied)
}

/// The names of the one that goes become other names of the survivor, unless a cause beside it
/// bears them.
async fn add_names(
    tx: &Tx,
    scope: &Scope,
    (gone, survivor): (&cause::Model, &cause::Model),
    merge: CauseMergeId,
) -> Result<()> {
    let mut names = vec![gone.name.clone()];
    let all = query::aliases_of(tx, &[gone.id, survivor.id]).await?;
    let (theirs, mut aliases): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|alias| alias.cause_id == gone.id);
    names.extend(theirs.into_iter().map(|alias| alias.name));
    for name in names {
        let key = name::key(&name);
        let mine = key == survivor.name_key || aliases.iter().any(|it| it.name_key == key);
        let taken = (std::slice::from_ref(&key), survivor.id);
        if mine || query::named(tx, survivor.parent_id, taken).await?.is_some() {
            continue;
        }
        aliases.push(cause_alias::Model {
            cause_id: survivor.id,
            name_key: key,
            name,
            merge_id: Some(merge),
            created_at: scope.now,
        });
    }
    query::replace_aliases(tx, survivor.id, aliases).await
}

async fn remember(tx: &Tx, scope: &Scope, merging: Merging, before: &Before) -> Result<()> {
    let before = text_of(before, merging.id)?;
    let row = cause_merge::Model {
        id: merging.id,
        cause_id: merging.from,
        into_id: merging.into,
        before,
        merged_by: scope.actor.person(),
        merged_at: scope.now,
        undone_by: None,
        undone_at: None,
    };
    query::write_merge(tx, row).await
}

/// Draws the branches that changed hands anew, and counts both causes and all above them.
async fn replant(
    tx: &Tx,
    before: &Parents,
    (gone, survivor, children): (&cause::Model, &cause::Model, &[CauseId]),
) -> Result<()> {
    let after = query::parents(tx).await?;
    let tops: HashSet<CauseId> = children.iter().copied().collect();
    let below: Vec<CauseId> = after
        .keys()
        .copied()
        .filter(|id| line(&after, *id).iter().any(|above| tops.contains(above)))
        .collect();
    reach::draw(tx, &after, &below).await?;
    let both = [gone.id, survivor.id];
    let counted: Vec<CauseId> =
        both.iter().flat_map(|id| [line(before, *id), line(&after, *id)].concat()).collect();
    reach::recount(tx, &counted).await
}

/// "They were two after all": takes a merge back, within [`MERGE_UNDO_DAYS`] days, whatever else was
/// merged into the same cause before or since. Links that were made or taken away since stay as they
/// are, and so do children that went elsewhere.
///
/// # Errors
/// FORBIDDEN, NOT_FOUND, INVALID when the cause was not merged, or what it was merged into is being
/// resolved, TOO_LATE when the time is over, or
/// what it was merged into has itself been merged since.
pub async fn unmerge(scope: &Scope, id: CauseId) -> Result<(cause::Model, cause::Model)> {
    policy::may_name(&scope.actor)?;
    let mut tx = scope.begin().await?;
    reach::alone(&tx).await?;
    let gone = query::locked(&tx, &scope.actor, id).await?.or_not_found("id")?;
    let Some(merge) = query::merge_open(&tx, id).await? else {
        let message = "This cause was not merged into another, so there is nothing to take back.";
        return Err(Refusal::new(Code::Invalid, "id", message).into());
    };
    let survivor = query::locked(&tx, &scope.actor, merge.into_id).await?.or_not_found("id")?;
    still_possible(scope, (&merge, &survivor))?;
    not_being_resolved(&tx, &survivor, "id").await?;
    let before = before_of(&merge)?;
    let parents = query::parents(&tx).await?;
    let parent_id = place_again(&tx, &parents, (&gone, &before.children)).await?;
    let merging = Merging { id: merge.id, from: gone.id, into: survivor.id };
    query::restore_links(&tx, merging).await?;
    query::rehang(&tx, &before.children, (survivor.id, gone.id)).await?;
    unsay_edges(&tx, merging, &before.edges).await?;
    let taken = take_names(&tx, survivor.id, merge.id).await?;
    let row = cause::Model {
        status: before.status,
        parent_id,
        merged_into: None,
        version: gone.version + 1,
        ..gone.clone()
    };
    query::store(&tx, &row).await?;
    let shrunk = cause::Model { version: survivor.version + 1, ..survivor.clone() };
    query::store(&tx, &shrunk).await?;
    hand_names_on(&tx, (&shrunk, merge.id), taken).await?;
    let aliases = query::aliases_of(&tx, &[row.id]).await?;
    refuse_taken(&tx, &scope.actor, (&row, &aliases)).await?;
    query::close_merge(&tx, merge.id, (scope.actor.person(), scope.now)).await?;
    replant(&tx, &parents, (&row, &shrunk, &before.children)).await?;
    let data = MergedData { merge: merge.id, into: survivor.id };
    tx.state(NewFact::new("cause.unmerged", ("cause", gone.id.0), &data));
    state_updated(&mut tx, &shrunk).await?;
    let row = query::locked(&tx, &scope.actor, row.id).await?.or_not_found("id")?;
    let shrunk = query::locked(&tx, &scope.actor, shrunk.id).await?.or_not_found("id")?;
    tx.commit((row, shrunk)).await
}

fn still_possible(
    scope: &Scope,
    (merge, survivor): (&cause_merge::Model, &cause::Model),
) -> Result<()> {
    let too_late = |message: String| Err(Refusal::new(Code::TooLate, "id", message).into());
    if scope.now.since(merge.merged_at) > MERGE_UNDO_DAYS * DAY {
        return too_late(format!(
            "A merge can be taken back for {MERGE_UNDO_DAYS} days. Name the cause anew and link what belongs to it."
        ));
    }
    if survivor.status == CauseStatus::Merged {
        return too_late(format!(
            "{} has itself been merged into another since. Take that back first.",
            survivor.id
        ));
    }
    Ok(())
}

/// Where a cause hangs that comes back: where it was, or under what its parent was merged into.
async fn place_again(
    tx: &Tx,
    parents: &Parents,
    (gone, children): (&cause::Model, &[CauseId]),
) -> Result<Option<CauseId>> {
    let Some(parent) = gone.parent_id else { return Ok(None) };
    let found = query::by_id(tx, parent).await?.or_not_found("id")?;
    let parent = query::survivor(tx, &found).await?.unwrap_or(parent);
    let above = line(parents, parent);
    if above.iter().any(|id| children.contains(id) || *id == gone.id) {
        let message =
            "Its place in the tree has moved below itself since. Move its parent back first.";
        return Err(Refusal::new(Code::TooLate, "id", message).into());
    }
    Ok(Some(parent))
}

/// Takes away what only this merge said of the survivor. What another merge that stands would have
/// said too is its own from now on.
async fn unsay_edges(tx: &Tx, merging: Merging, edges: &[(CauseId, CauseId)]) -> Result<()> {
    if edges.is_empty() {
        return Ok(());
    }
    let all = query::all_edges(tx).await?;
    let pairs = all.into_iter().map(|edge| (edge.cause_id, edge.contributes_to));
    let (mut gone, said): (Vec<_>, Vec<_>) = pairs.partition(|pair| edges.contains(pair));
    let ends: Vec<CauseId> = gone.iter().flat_map(|(from, to)| [*from, *to]).collect();
    for other in query::merges_into(tx, &ends).await? {
        if other.id == merging.id {
            continue;
        }
        let swap = |id: CauseId| if id == other.cause_id { other.into_id } else { id };
        let meant: HashSet<(CauseId, CauseId)> = said
            .iter()
            .filter(|(from, to)| *from == other.cause_id || *to == other.cause_id)
            .map(|(from, to)| (swap(*from), swap(*to)))
            .collect();
        let (stays, goes): (Vec<_>, Vec<_>) = gone.into_iter().partition(|it| meant.contains(it));
        gone = goes;
        if !stays.is_empty() {
            let mut before = before_of(&other)?;
            before.edges.extend(stays);
            query::rewrite_before(tx, (other.id, text_of(&before, other.id)?)).await?;
        }
    }
    for edge in gone {
        query::delete_edge(tx, edge).await?;
    }
    Ok(())
}

fn before_of(merge: &cause_merge::Model) -> Result<Before> {
    Ok(serde_json::from_str(&merge.before)
        .map_err(|error| Fault::internal(format!("{}: {error}", merge.id)))?)
}

fn text_of(before: &Before, id: CauseMergeId) -> Result<String> {
    Ok(serde_json::to_string(before).map_err(|error| Fault::internal(format!("{id}: {error}")))?)
}

/// Takes the names away that came with a merge, and returns them.
async fn take_names(
    tx: &Tx,
    survivor: CauseId,
    merge: CauseMergeId,
) -> Result<Vec<cause_alias::Model>> {
    let aliases = query::aliases_of(tx, &[survivor]).await?;
    let (taken, kept): (Vec<_>, Vec<_>) =
        aliases.into_iter().partition(|alias| alias.merge_id == Some(merge));
    query::replace_aliases(tx, survivor, kept).await?;
    Ok(taken)
}

/// A name that came with a merge stays where another merge that stands would have brought it, unless
/// a cause beside bears it now.
async fn hand_names_on(
    tx: &Tx,
    (survivor, undone): (&cause::Model, CauseMergeId),
    taken: Vec<cause_alias::Model>,
) -> Result<()> {
    let mut others = query::merges_into(tx, &[survivor.id]).await?;
    others.retain(|merge| merge.id != undone);
    if taken.is_empty() || others.is_empty() {
        return Ok(());
    }
    let gone: Vec<CauseId> = others.iter().map(|merge| merge.cause_id).collect();
    let names = query::names_of(tx, &gone).await?;
    let mut aliases = query::aliases_of(tx, &[survivor.id]).await?;
    for alias in taken {
        let bears = |merge: &&cause_merge::Model| {
            names.iter().any(|(id, key)| *id == merge.cause_id && *key == alias.name_key)
        };
        let Some(other) = others.iter().find(bears) else { continue };
        let key = (std::slice::from_ref(&alias.name_key), survivor.id);
        if query::named(tx, survivor.parent_id, key).await?.is_none() {
            aliases.push(cause_alias::Model { merge_id: Some(other.id), ..alias });
        }
    }
    query::replace_aliases(tx, survivor.id, aliases).await
}
