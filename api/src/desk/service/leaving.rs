//! What somebody who goes leaves behind: counted, handed over, and nobody goes before it is.

use std::collections::HashMap;

use entity::desk::absence;
use entity::id::{GrantId, PersonId, RotaId, SubmissionId, UnitId};
use entity::identity::values::Role;
use entity::identity::{grant, person};
use entity::instant::Day;
use entity::submissions::phase::Letter;
use entity::submissions::submission;
use entity::triage::cause;

use super::absences::{self, check_delegate, may_plan_for};
use super::rotas::{self, reviewers_among};
use crate::desk::query::{self, Capacity, FOREVER, Work};
use crate::identity::service::{grants, people};
use crate::identity::{self, zone};
use crate::kit::actor::Actor;
use crate::kit::error::{Code, OrNotFound as _, Refusal, Result};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};
use crate::submissions::standing;
use crate::triage;
use crate::workflow::handling::{assigned_fact, owner_fact};
use crate::workflow::{self, absent};

/// Submissions that change hands in one transaction.
const BATCH: u64 = 200;

/// A kind of work that changes hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WorkKind {
    /// Submissions assigned to them.
    Assigned,
    /// Submissions that they own.
    Owned,
    /// Root causes that they own.
    Causes,
    /// Journeys and touchpoints that they own.
    Journeys,
    /// Absences in which they stand in.
    StandingIn,
    /// Places on rotas.
    Rota,
}

impl WorkKind {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::Assigned, Self::Owned, Self::Causes, Self::Journeys, Self::StandingIn, Self::Rota];
}

/// What somebody has in hand, for whoever plans for them.
///
/// # Errors
/// NOT_FOUND at `personId`, FORBIDDEN.
pub async fn work(scope: &Scope, id: PersonId) -> Result<Work> {
    scope.actor.require_person()?;
    let db = scope.db();
    let found = identity::query::person(&db, &scope.actor, id).await?.or_not_found("personId")?;
    let home = found.home_unit_id;
    let lineage = identity::query::lineages(&db, &[home]).await?.remove(&home).unwrap_or_default();
    crate::desk::policy::may_plan_for(&scope.actor, id, &lineage)?;
    let today = zone::today(&db, home, scope.now).await?;
    query::work_of(&db, id, today).await
}

/// From whom to whom.
#[derive(Clone, Debug)]
pub struct HandOver {
    /// Who has it now.
    pub from: PersonId,
    /// Who is to have it.
    pub to: PersonId,
    /// Which kinds.
    pub what: Vec<WorkKind>,
}

/// One thing that stayed where it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stayed {
    /// What kind of thing.
    pub kind: WorkKind,
    /// Its reference or id, in the form of the API.
    pub what: String,
    /// Why, and what to do; nothing that the asker may not know.
    pub why: &'static str,
}

/// What came of a hand-over.
#[derive(Clone, Debug, Default)]
pub struct HandedOver {
    /// How many of each kind have changed hands.
    pub moved: HashMap<WorkKind, u64>,
    /// What stayed.
    pub stayed: Vec<Stayed>,
    /// What is left.
    pub left: Work,
}

impl HandedOver {
    fn count(&mut self, kind: WorkKind, rows: usize) {
        *self.moved.entry(kind).or_default() += u64::try_from(rows).unwrap_or_default();
    }

    fn stay(&mut self, kind: WorkKind, what: impl ToString, why: &'static str) {
        self.stayed.push(Stayed { kind, what: what.to_string(), why });
    }
}

const MAY_NOT_DECIDE: &str =
    "The new one may not decide on it. Give it to another reviewer of its unit.";
const MAY_NOT_READ: &str = "The new one may not read it, and you may not name its owner. Let one of its reviewers name the owner.";
const MAY_NOT_STAND_IN: &str =
    "The new one is away then, or does not review the same units. Change the absence by hand.";
const MAY_NOT_REVIEW: &str =
    "The new one does not review the unit of this rota. Change the rota by hand.";

/// "She takes over from him": everything that somebody has in hand goes to somebody else, as far
/// as that person may have it; what may not go stays, and is listed. Submissions go in batches,
/// the rest at once; a second call goes on where a first one stopped.
///
/// # Errors
/// NOT_FOUND at `fromId` or `toId`, FORBIDDEN, INVALID at `toId`.
pub async fn hand_over(scope: &Scope, cmd: HandOver) -> Result<HandedOver> {
    let (from, to) = parties(scope, &cmd).await?;
    let mut done = HandedOver::default();
    let mut kinds = cmd.what.clone();
    kinds.sort_unstable();
    kinds.dedup();
    for kind in kinds {
        let way = Way { from: from.id, to: &to, to_id: cmd.to };
        match kind {
            WorkKind::Assigned => give(scope, &way, Capacity::Assignee, &mut done).await?,
            WorkKind::Owned => give(scope, &way, Capacity::Owner, &mut done).await?,
            WorkKind::Causes => give_causes(scope, &way, &mut done).await?,
            WorkKind::Journeys => give_journeys(scope, &way, &mut done).await?,
            WorkKind::StandingIn => give_absences(scope, &way, &mut done).await?,
            WorkKind::Rota => give_places(scope, &way, &mut done).await?,
        }
    }
    let today = zone::today(&scope.db(), from.home_unit_id, scope.now).await?;
    done.left = query::work_of(&scope.db(), from.id, today).await?;
    Ok(done)
}

/// Between whom work goes.
struct Way<'a> {
    from: PersonId,
    to: &'a Actor,
    to_id: PersonId,
}

async fn parties(scope: &Scope, cmd: &HandOver) -> Result<(person::Model, Actor)> {
    scope.actor.require_person()?;
    let tx = scope.begin().await?;
    let from =
        identity::query::person(&tx, &scope.actor, cmd.from).await?.or_not_found("fromId")?;
    may_plan_for(&tx, scope, &from).await?;
    identity::query::person(&tx, &scope.actor, cmd.to).await?.or_not_found("toId")?;
    if cmd.from == cmd.to {
        return Err(Refusal::new(
            Code::Invalid,
            "toId",
            "This is the same person. Choose another one.",
        )
        .into());
    }
    let to = query::as_actor(&tx, cmd.to).await?.or_not_found("toId")?;
    if let Some(absence) = absent::today(&tx, scope, cmd.to).await? {
        let cure =
            format!("This person is away until {}. Choose somebody who is here.", absence.to_on);
        return Err(Refusal::new(Code::Invalid, "toId", cure).into());
    }
    tx.commit_silently((from, to)).await
}

/// Submissions, batch by batch: each is judged again under its lock.
async fn give(
    scope: &Scope,
    way: &Way<'_>,
    capacity: Capacity,
    done: &mut HandedOver,
) -> Result<()> {
    let kind = match capacity {
        Capacity::Assignee => WorkKind::Assigned,
        Capacity::Owner => WorkKind::Owned,
    };
    let mut after: Option<SubmissionId> = None;
    loop {
        let mut tx = scope.begin().await?;
        absent::stays(&tx, way.to_id, "toId").await?;
        let rows = query::in_hand(&tx, (way.from, capacity), after, BATCH).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = Some(last.id);
        let (go, stay): (Vec<_>, Vec<_>) = match capacity {
            Capacity::Assignee => may_decide(&tx, way, rows).await?,
            Capacity::Owner => may_own(&tx, scope, way, rows).await?,
        };
        let ids: Vec<SubmissionId> = go.iter().map(|row| row.id).collect();
        query::give(&tx, &ids, (way.to_id, capacity), scope.now).await?;
        for row in &go {
            tx.state(match capacity {
                Capacity::Assignee => assigned_fact(row, Some(way.to_id)),
                Capacity::Owner => owner_fact(row, Some(way.to_id)),
            });
        }
        done.count(kind, go.len());
        let why = if capacity == Capacity::Owner { MAY_NOT_READ } else { MAY_NOT_DECIDE };
        stay.iter().for_each(|row| done.stay(kind, &row.reference, why));
        tx.commit(()).await?;
    }
}

type Parted = (Vec<submission::Model>, Vec<submission::Model>);

/// Those on which the new one holds R, and the others.
async fn may_decide(tx: &Tx, way: &Way<'_>, rows: Vec<submission::Model>) -> Result<Parted> {
    let standings = standing::standings(tx, way.to, &rows).await?;
    let (mut go, mut stay) = (Vec::new(), Vec::new());
    for (row, standing) in rows.into_iter().zip(standings) {
        // Second looks are rare: a statement for each of them, and none for the others.
        let barred = workflow::query::barred(tx, &row).await? == Some(way.to_id);
        let decides = standing.letters().has(Letter::Reviewer) && !barred;
        if decides { go.push(row) } else { stay.push(row) }
    }
    Ok((go, stay))
}

/// Those that the new one may read already, and those whose owner the asker may name; never one
/// that is about the new one.
async fn may_own(
    tx: &Tx,
    scope: &Scope,
    way: &Way<'_>,
    rows: Vec<submission::Model>,
) -> Result<Parted> {
    let ids: Vec<SubmissionId> = rows.iter().map(|row| row.id).collect();
    let readable = query::readable(tx, way.to, &ids).await?;
    let standings = standing::standings(tx, &scope.actor, &rows).await?;
    let judged: Vec<_> = rows.into_iter().zip(standings).collect();
    let (go, stay): (Vec<_>, Vec<_>) = judged.into_iter().partition(|(row, it)| {
        let names = it.letters().has(Letter::Reviewer) || it.letters().has(Letter::Manager);
        row.concerned_id != Some(way.to_id) && (names || readable.contains(&row.id))
    });
    Ok((go.into_iter().map(|it| it.0).collect(), stay.into_iter().map(|it| it.0).collect()))
}

async fn give_causes(scope: &Scope, way: &Way<'_>, done: &mut HandedOver) -> Result<()> {
    let mut tx = scope.begin().await?;
    absent::stays(&tx, way.to_id, "toId").await?;
    let rows: Vec<cause::Model> = query::owned_causes(&tx, way.from).await?;
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    query::give_causes(&tx, &ids, way.to_id).await?;
    for row in &rows {
        let row = cause::Model { owner_id: Some(way.to_id), ..row.clone() };
        triage::causes::service::state_updated(&mut tx, &row).await?;
    }
    done.count(WorkKind::Causes, rows.len());
    tx.commit(()).await
}

async fn give_journeys(scope: &Scope, way: &Way<'_>, done: &mut HandedOver) -> Result<()> {
    let mut tx = scope.begin().await?;
    absent::stays(&tx, way.to_id, "toId").await?;
    let (journeys, touchpoints) = query::give_journeys(&tx, way.from, way.to_id).await?;
    for id in &journeys {
        tx.state(NewFact::new("journey.updated", ("journey", id.0), &()));
    }
    for id in &touchpoints {
        tx.state(NewFact::new("touchpoint.updated", ("touchpoint", id.0), &()));
    }
    done.count(WorkKind::Journeys, journeys.len() + touchpoints.len());
    tx.commit(()).await
}

async fn give_absences(scope: &Scope, way: &Way<'_>, done: &mut HandedOver) -> Result<()> {
    let mut tx = scope.begin().await?;
    absent::stays(&tx, way.to_id, "toId").await?;
    absences::alone(&tx).await?;
    let (today, _) = query::around(scope.now);
    for found in query::absences_with(&tx, way.from, (today, FOREVER)).await? {
        let row = absence::Model {
            delegate_id: Some(way.to_id),
            version: found.version + 1,
            ..found.clone()
        };
        match check_delegate(&tx, &row, way.to_id).await {
            Ok(()) => {
                query::store_absence(&tx, &row).await?;
                tx.state(absences::fact("absence.updated", &row));
                done.count(WorkKind::StandingIn, 1);
            }
            Err(crate::kit::error::Error::Refusal(_)) => {
                done.stay(WorkKind::StandingIn, found.id, MAY_NOT_STAND_IN);
            }
            Err(fault) => return Err(fault),
        }
    }
    tx.commit(()).await
}

async fn give_places(scope: &Scope, way: &Way<'_>, done: &mut HandedOver) -> Result<()> {
    let mut tx = scope.begin().await?;
    absent::stays(&tx, way.to_id, "toId").await?;
    let ids: Vec<RotaId> = query::rotas_with(&tx, way.from).await?;
    for id in ids {
        let Some(row) = query::rota_again(&tx, id).await? else { continue };
        let lineages = identity::query::lineages(&tx, &[row.unit_id]).await?;
        let lineage = lineages.get(&row.unit_id).cloned().unwrap_or_default();
        if !reviewers_among(&tx, &[way.to_id], &lineage).await?.contains(&way.to_id) {
            done.stay(WorkKind::Rota, id, MAY_NOT_REVIEW);
            continue;
        }
        let places = query::give_places(&tx, id, (way.from, way.to_id)).await?;
        let row = query::touch_rota(&tx, row, scope.now).await?;
        tx.state(rotas::fact("rota.updated", &row));
        done.count(WorkKind::Rota, usize::try_from(places).unwrap_or_default());
    }
    tx.commit(()).await
}

/// Somebody leaves: refused while work would be stranded, else as `identity` says.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, STALE_VERSION; IN_USE with what is left, or for the last administrator.
pub async fn deactivate(
    scope: &Scope,
    id: PersonId,
    expected_version: Option<i32>,
) -> Result<person::Model> {
    scope.actor.require_signed_in()?;
    let mut tx = scope.begin().await?;
    let before = identity::query::person_locked(&tx, &scope.actor, id).await?.or_not_found("id")?;
    let left = people::deactivate_within(&mut tx, scope, before.clone(), expected_version).await?;
    if before.deactivated_at.is_some() {
        return tx.commit(left).await;
    }
    let today = zone::today(&tx, left.home_unit_id, scope.now).await?;
    refuse_stranded(query::work_of(&tx, id, today).await?)?;
    tx.commit(left).await
}

fn refuse_stranded(work: Work) -> Result<()> {
    if work.total() == 0 {
        return Ok(());
    }
    let parts = [
        (work.assigned, "submissions assigned to them"),
        (work.owned, "submissions that they own"),
        (work.causes, "root causes that they own"),
        (work.journeys, "journeys and touchpoints that they own"),
        (work.standing_in, "absences in which they stand in"),
        (work.rota, "places on rotas"),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    Err(Refusal::new(
        Code::InUse,
        "id",
        format!(
            "This would strand work: {}. Hand it over with `personHandOver` first; `personWork` tells what there is.",
            parts.join(", ")
        ),
    )
    .into())
}

/// Takes a role away: refused where the last right to review something in hand would go with it,
/// else as `identity` says.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN; IN_USE with what would be stranded, or for the last administrator.
pub async fn remove_grant(scope: &Scope, id: GrantId) -> Result<grant::Model> {
    scope.actor.require_signed_in()?;
    let mut tx = scope.begin().await?;
    let gone = grants::remove_within(&mut tx, scope, id).await?;
    if let (Role::Reviewer, Some(person)) = (gone.role, gone.person_id) {
        refuse_stranded(no_longer_reviewed(&tx, scope, person).await?)?;
    }
    tx.commit(gone).await
}

/// What somebody has in hand as a reviewer, of units that they do not review any more.
async fn no_longer_reviewed(tx: &Tx, scope: &Scope, person: PersonId) -> Result<Work> {
    let grants = identity::query::grants_of_people(tx, &[person]).await?;
    let held: Vec<UnitId> = grants
        .iter()
        .filter(|grant| grant.role == Role::Reviewer)
        .map(|grant| grant.unit_id)
        .collect();
    let mut work =
        Work { assigned: query::assigned_outside(tx, person, &held).await?, ..Work::default() };
    for id in query::rotas_with(tx, person).await? {
        let Some(row) = query::rota_again(tx, id).await? else { continue };
        let lineages = identity::query::lineages(tx, &[row.unit_id]).await?;
        let lineage = lineages.get(&row.unit_id).cloned().unwrap_or_default();
        work.rota += u64::from(!lineage.iter().any(|unit| held.contains(unit)));
    }
    let (today, _): (Day, Day) = query::around(scope.now);
    for absence in query::absences_with(tx, person, (today, FOREVER)).await? {
        let fits = absences::reviews_all_of(tx, person, absence.person_id).await?;
        work.standing_in += u64::from(!fits);
    }
    Ok(work)
}
