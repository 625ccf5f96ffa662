//! The verbs of root causes: name one, change one, link and unlink submissions.

use std::collections::HashMap;

use entity::id::{CauseId, CauseLinkId, DecisionId, PersonId, SubmissionId, UnitId};
use entity::submissions::submission;
use entity::submissions::text::{Limit, TextRefusal, bounded};
use entity::triage::name;
use entity::triage::values::{Category, CauseStatus, LinkSource};
use entity::triage::{cause, cause_link};
use serde::Serialize;

use super::{policy, query};
use crate::db::dialect;
use crate::kit::change::Change;
use crate::kit::error::{Code, OrNotFound as _, Refusal, Result};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};
use crate::submissions;
use crate::submissions::standing::standing;

/// Most steps of a chain of whys.
pub const MOST_WHYS: usize = 7;
/// Deepest place in the tree; a cause without a parent is at 1.
pub const DEEPEST: usize = 8;
/// Most causes linked in one call.
pub const MOST_LINKED: usize = 20;

const WHY: Limit = Limit { field: "whys", max: 500, ..Limit::MESSAGE };
/// What two moves of causes take turns by.
const TREE: &str = "root_cause tree";
const NOTE: Limit = Limit { field: "note", max: 1_000, ..Limit::MESSAGE };

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

/// As [`create`], on the way of another verb.
///
/// # Errors
/// As [`create`].
pub async fn create_within(tx: &mut Tx, scope: &Scope, new: NewCause) -> Result<cause::Model> {
    policy::may_name(&scope.actor)?;
    let name = checked_name(&new.name)?;
    let status = new.status.unwrap_or(CauseStatus::Suspected);
    policy::may_be_stated(status)?;
    let whys = checked_whys(&new.whys)?;
    if let Some(parent) = new.parent {
        query::locked(tx, &scope.actor, parent).await?.or_not_found("parentId")?;
        check_depth(&query::parents(tx).await?, Branch { top: None, under: parent })?;
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
        created_by: scope.actor.person(),
        created_at: scope.now,
        version: 1,
    };
    refuse_taken(tx, &row).await?;
    if !query::insert(tx, &row).await? {
        refuse_taken(tx, &row).await?;
    }
    query::replace_whys(tx, row.id, whys).await?;
    tx.state(created_fact(&row));
    Ok(row)
}

/// The fact that a cause was named.
pub(crate) fn created_fact(row: &cause::Model) -> NewFact {
    NewFact::new("cause.created", ("cause", row.id.0), &CauseData::of(row))
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
    /// SUSPECTED or CONFIRMED.
    pub status: Option<CauseStatus>,
    /// Another place in the tree.
    pub parent: Change<CauseId>,
    /// Another owner.
    pub owner: Change<PersonId>,
    /// Another function.
    pub owner_unit: Change<UnitId>,
    /// Another chain of whys.
    pub whys: Option<Vec<String>>,
}

/// "Better said like this": renames, moves or otherwise changes a root cause.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, STALE_VERSION, REQUIRED, TOO_LONG, INVALID naming the field (a cause below
/// itself too), TAKEN.
pub async fn update(scope: &Scope, cmd: UpdateCause) -> Result<cause::Model> {
    scope.actor.require_person()?;
    let mut tx = scope.begin().await?;
    let found = query::locked(&tx, &scope.actor, cmd.id).await?.or_not_found("id")?;
    policy::may_change(&scope.actor, &found)?;
    if cmd.expected_version.is_some_and(|version| version != found.version) {
        return Err(Refusal::stale(found.version).into());
    }
    let row = changed(&tx, scope, (&found, &cmd)).await?;
    if (&row.name_key, row.parent_id) != (&found.name_key, found.parent_id) {
        refuse_taken(&tx, &row).await?;
    }
    query::store(&tx, &row).await?;
    if let Some(whys) = &cmd.whys {
        query::replace_whys(&tx, row.id, checked_whys(whys)?).await?;
    }
    tx.state(NewFact::new("cause.updated", ("cause", row.id.0), &CauseData::of(&row)));
    tx.commit(row).await
}

async fn changed(
    tx: &Tx,
    scope: &Scope,
    (found, cmd): (&cause::Model, &UpdateCause),
) -> Result<cause::Model> {
    if let Some(parent) = cmd.parent.set() {
        // Two moves at once could close a circle that neither of them sees.
        dialect::alone_with(tx, TREE).await?;
        query::locked(tx, &scope.actor, parent).await?.or_not_found("parentId")?;
        check_depth(&query::parents(tx).await?, Branch { top: Some(found.id), under: parent })?;
    }
    check_owners(tx, cmd.owner.set(), cmd.owner_unit.set()).await?;
    if let Some(status) = cmd.status.filter(|status| *status != found.status) {
        policy::may_be_stated(status)?;
        policy::may_be_stated(found.status)?;
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

fn refused_text(refused: TextRefusal) -> Refusal {
    let code = match refused {
        TextRefusal::Empty { .. } => Code::Required,
        TextRefusal::TooLong { .. } => Code::TooLong,
    };
    Refusal::new(code, refused.field(), format!("{refused}."))
}

fn checked_name(name: &str) -> Result<String> {
    let name = bounded(name, Limit::NAME).map_err(refused_text)?;
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name::is_placeholder(&name) {
        return Err(Refusal::new(
            Code::Invalid,
            "name",
            "This name says nothing. Say in a few words why it happens, for instance \"No hooks on the doors\".",
        )
        .into());
    }
    Ok(name)
}

fn checked_whys(whys: &[String]) -> Result<Vec<String>> {
    if whys.len() > MOST_WHYS {
        return Err(Refusal::new(
            Code::Invalid,
            "whys",
            format!("{} whys are too many; keep at most {MOST_WHYS}.", whys.len()),
        )
        .into());
    }
    whys.iter().map(|why| Ok(bounded(why, WHY).map_err(refused_text)?)).collect()
}

async fn check_owners(tx: &Tx, owner: Option<PersonId>, unit: Option<UnitId>) -> Result<()> {
    if let Some(owner) = owner
        && !query::is_active(tx, owner).await?
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

async fn refuse_taken(tx: &Tx, row: &cause::Model) -> Result<()> {
    let taken = query::named(tx, row.parent_id, &row.name_key).await?;
    match taken.filter(|taken| taken.id != row.id) {
        None => Ok(()),
        Some(taken) => Err(Refusal::new(
            Code::Taken,
            "name",
            format!("There is a cause with this name already: {}. Link that one, or choose another name.", taken.id),
        )
        .allowing(vec![taken.id.to_string()])
        .into()),
    }
}

/// A cause with all below it, about to hang under another one.
struct Branch {
    /// The cause that moves; none for a new one.
    top: Option<CauseId>,
    /// The one it is to hang under.
    under: CauseId,
}

/// Refuses a cause below itself, and a tree that grows too deep.
fn check_depth(parents: &HashMap<CauseId, Option<CauseId>>, branch: Branch) -> Result<()> {
    let refuse = |message: String| Err(Refusal::new(Code::Invalid, "parentId", message).into());
    let above = ancestors(parents, branch.under);
    if branch.top.is_some_and(|top| above.contains(&top)) {
        return refuse(String::from(
            "A cause cannot hang below itself. Choose a parent that is not under it.",
        ));
    }
    let height = branch.top.map_or(1, |top| height(parents, top));
    if above.len() + height > DEEPEST {
        return refuse(format!(
            "The tree would be more than {DEEPEST} levels deep. Choose a parent further up."
        ));
    }
    Ok(())
}

/// The cause itself and all above it. Stops at what was seen, so that no bad row can hang it.
fn ancestors(parents: &HashMap<CauseId, Option<CauseId>>, from: CauseId) -> Vec<CauseId> {
    let mut line = vec![from];
    let mut next = parents.get(&from).copied().flatten();
    while let Some(id) = next.filter(|id| !line.contains(id)) {
        line.push(id);
        next = parents.get(&id).copied().flatten();
    }
    line
}

/// How many levels a branch has, its top included.
fn height(parents: &HashMap<CauseId, Option<CauseId>>, top: CauseId) -> usize {
    parents
        .keys()
        .filter_map(|id| ancestors(parents, *id).iter().position(|above| *above == top))
        .max()
        .map_or(1, |levels| levels + 1)
}

/// How deep a cause lies in the tree: 0 at the top.
#[must_use]
pub fn depth(parents: &HashMap<CauseId, Option<CauseId>>, id: CauseId) -> usize {
    ancestors(parents, id).len() - 1
}

/// Links to be made by a person.
#[derive(Clone, Debug)]
pub struct Links {
    /// From what.
    pub submission: SubmissionId,
    /// To which causes; all may be linked.
    pub causes: Vec<CauseId>,
    /// Why the person thinks so.
    pub note: Option<String>,
    /// The decision that they come with: they show from its announcement.
    pub decision: Option<DecisionId>,
}

#[derive(Serialize)]
struct LinkData {
    cause: CauseId,
    link: CauseLinkId,
    decision: Option<DecisionId>,
}

/// The causes to be linked, if the asker may see them and they are live.
///
/// # Errors
/// NOT_FOUND or INVALID at `causeIds`.
pub async fn linkable(tx: &Tx, scope: &Scope, ids: &[CauseId]) -> Result<Vec<CauseId>> {
    if ids.len() > MOST_LINKED {
        return Err(Refusal::new(
            Code::Invalid,
            "causeIds",
            format!("{} causes are too many; link at most {MOST_LINKED} at a time.", ids.len()),
        )
        .into());
    }
    let found = query::some(tx, &scope.actor, ids).await?;
    for id in ids {
        let cause = found.iter().find(|cause| cause.id == *id).or_not_found("causeIds")?;
        policy::may_be_linked(cause)?;
    }
    Ok(ids.to_vec())
}

/// The note, cleaned and within its limit; an empty one is none.
///
/// # Errors
/// TOO_LONG at `note`.
pub fn checked_note(note: Option<&str>) -> Result<Option<String>> {
    match note.filter(|note| !note.trim().is_empty()) {
        Some(note) => Ok(Some(bounded(note, NOTE).map_err(refused_text)?)),
        None => Ok(None),
    }
}

/// Which of these causes the submission is not linked to yet.
///
/// # Errors
/// A fault of the database.
pub async fn not_linked(tx: &Tx, id: SubmissionId, causes: &[CauseId]) -> Result<Vec<CauseId>> {
    let linked = query::links_of(tx, &[id]).await?;
    let mut fresh: Vec<CauseId> = causes
        .iter()
        .filter(|cause| linked.iter().all(|link| link.cause_id != **cause))
        .copied()
        .collect();
    fresh.sort_unstable();
    fresh.dedup();
    Ok(fresh)
}

/// Makes the links. The submission is locked by the caller, who has checked everything.
///
/// # Errors
/// A fault of the database.
pub async fn link_within(
    tx: &mut Tx,
    scope: &Scope,
    links: Links,
) -> Result<Vec<cause_link::Model>> {
    let mut made = Vec::with_capacity(links.causes.len());
    for cause in links.causes {
        let row = cause_link::Model {
            id: CauseLinkId(scope.fresh_id()),
            submission_id: links.submission,
            cause_id: cause,
            source: LinkSource::Person,
            created_by: scope.actor.person(),
            note: links.note.clone(),
            decision_id: links.decision,
            created_at: scope.now,
        };
        if query::insert_link(tx, &row).await? {
            tx.state(linked_fact(&row));
            made.push(row);
        }
    }
    Ok(made)
}

/// The fact that somebody said why something happens.
pub(crate) fn linked_fact(row: &cause_link::Model) -> NewFact {
    let data = LinkData { cause: row.cause_id, link: row.id, decision: row.decision_id };
    NewFact::new("cause.linked", ("submission", row.submission_id.0), &data).internal()
}

/// "That is not why": takes a link away. Moves nothing.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN.
pub async fn unlink(
    scope: &Scope,
    submission: SubmissionId,
    cause: CauseId,
) -> Result<submission::Model> {
    scope.actor.require_person()?;
    let mut tx = scope.begin().await?;
    let found = submissions::query::one_readable(&tx, &scope.actor, submission)
        .await?
        .or_not_found("submissionId")?;
    let standing = standing(&tx, &scope.actor, &found).await?;
    if !standing.reviewer {
        return Err(Refusal::forbidden("the right of a reviewer on this submission").into());
    }
    let link = query::link_between(&tx, submission, cause).await?.or_not_found("causeId")?;
    query::delete_link(&tx, link.id).await?;
    let data = LinkData { cause, link: link.id, decision: None };
    tx.state(NewFact::new("cause.unlinked", ("submission", submission.0), &data).internal());
    tx.commit(found).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn id(number: u128) -> CauseId {
        CauseId(Uuid::from_u128(number))
    }

    /// 1 > 2 > 3, and 4 alone.
    fn tree() -> HashMap<CauseId, Option<CauseId>> {
        [(1, None), (2, Some(1)), (3, Some(2)), (4, None)]
            .into_iter()
            .map(|(child, parent)| (id(child), parent.map(id)))
            .collect()
    }

    #[test]
    fn no_cause_hangs_below_itself() {
        let tree = tree();
        for (top, under, fits) in [(1, 3, false), (1, 1, false), (2, 4, true), (4, 3, true)] {
            let branch = Branch { top: Some(id(top)), under: id(under) };
            assert_eq!(check_depth(&tree, branch).is_ok(), fits, "{top} under {under}");
        }
    }

    #[test]
    fn depth_counts_from_the_top() {
        let tree = tree();
        assert_eq!([1, 2, 3, 4].map(|number| depth(&tree, id(number))), [0, 1, 2, 0]);
        assert_eq!(height(&tree, id(1)), 3);
        assert_eq!(height(&tree, id(3)), 1);
    }

    #[test]
    fn the_tree_stays_shallow() {
        let mut deep: HashMap<CauseId, Option<CauseId>> = HashMap::new();
        for level in 1..=DEEPEST as u128 {
            deep.insert(id(level), (level > 1).then(|| id(level - 1)));
        }
        let under = |number| Branch { top: None, under: id(number) };
        assert!(check_depth(&deep, under(DEEPEST as u128)).is_err());
        assert!(check_depth(&deep, under(DEEPEST as u128 - 1)).is_ok());
    }

    #[test]
    fn names_that_say_nothing_are_refused() {
        assert!(checked_name("TBD").is_err());
        assert!(checked_name("   ").is_err());
        assert_eq!(checked_name(" No  hooks ").ok().as_deref(), Some("No hooks"));
        assert!(checked_whys(&vec![String::from("because"); MOST_WHYS + 1]).is_err());
    }
}
