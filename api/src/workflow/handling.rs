//! The verbs around deciding: open, assign, name an owner, hand over, put right.

use entity::id::{PersonId, SubmissionId, TouchpointId, UnitId};
use entity::instant::Day;
use entity::submissions::phase::{Kind, Phase};
use entity::submissions::submission;
use entity::submissions::text::Limit;
use entity::submissions::values::{Audience, Handover, Severity, Size};
use serde::Serialize;

use super::case::Case;
use super::decide::{self, Ruling};
use super::service::{checked, promise, step_of};
use super::{absent, policy, query};
use crate::clocks;
use crate::kit::change::Change;
use crate::kit::error::{Code, OrNotFound as _, Refusal, Result};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};
use crate::submissions::joining::service as joining;

/// "I have looked at it": the first look by a reviewer or manager opens a submission, once.
///
/// # Errors
/// NOT_FOUND at `id`, FORBIDDEN.
pub async fn open(scope: &Scope, id: SubmissionId) -> Result<submission::Model> {
    scope.actor.require_person()?;
    let mut tx = scope.begin().await?;
    let case = Case::open(&mut tx, scope, id).await?;
    policy::may_open(case.letters_in_force(scope))?;
    if case.row.opened_at.is_some() {
        return tx.commit(case.row).await;
    }
    // The version stays: nothing that anybody could have decided on has changed.
    let row = submission::Model { opened_at: Some(scope.now), updated_at: scope.now, ..case.row };
    query::store(&tx, &row).await?;
    tx.state(decide::opened_fact(&row));
    tx.commit(row).await
}

/// Who is to take care of it.
#[derive(Clone, Debug)]
pub struct Assign {
    /// What.
    pub id: SubmissionId,
    /// Who; none puts it back into the pile.
    pub assignee: Option<PersonId>,
    /// The version that the asker read.
    pub expected_version: Option<i32>,
}

#[derive(Serialize)]
struct AssignedData {
    assignee: Option<PersonId>,
    previous: Option<PersonId>,
}

/// The fact that `row` is taken care of by somebody else from now on.
pub(crate) fn assigned_fact(row: &submission::Model, to: Option<PersonId>) -> NewFact {
    let change = AssignedData { assignee: to, previous: row.assignee_id };
    NewFact::new("submission.assigned", ("submission", row.id.0), &change).internal()
}

/// The fact that somebody else is responsible for `row` from now on.
pub(crate) fn owner_fact(row: &submission::Model, to: Option<PersonId>) -> NewFact {
    let change = OwnerData { owner: to, previous: row.owner_id };
    NewFact::new("submission.owner_set", ("submission", row.id.0), &change).internal()
}

/// "This one is yours" (or mine): the first assignment takes a SUBMITTED one under review.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, STALE_VERSION, INVALID at `assigneeId` for who is no reviewer of it, or is
/// away.
pub async fn assign(scope: &Scope, cmd: Assign) -> Result<submission::Model> {
    scope.actor.require_person()?;
    let mut tx = scope.begin().await?;
    let case = Case::open(&mut tx, scope, cmd.id).await?;
    policy::may_triage(case.letters_in_force(scope))?;
    case.expect(cmd.expected_version)?;
    check_assignee(&tx, &case, cmd.assignee).await?;
    if let Some(person) = cmd.assignee {
        absent::refuse(&tx, scope, person).await?;
    }
    let fact = assigned_fact(&case.row, cmd.assignee);
    let row = match cmd.assignee {
        Some(assignee) if case.row.phase == Phase::Submitted => {
            let step = step_of(&case, Phase::UnderReview, scope)?;
            let status = query::default_status(&tx, step.to()).await?;
            let ruling = Ruling { assignee: Some(assignee), ..Ruling::of(&step, status) };
            decide::carry_out(&mut tx, scope, case, ruling).await?.submission
        }
        assignee => {
            let row = submission::Model { assignee_id: assignee, ..touched(case.row, scope) };
            query::store(&tx, &row).await?;
            row
        }
    };
    tx.state(fact);
    tx.commit(row).await
}

async fn check_assignee(tx: &Tx, case: &Case, assignee: Option<PersonId>) -> Result<()> {
    let Some(person) = assignee else { return Ok(()) };
    query::active_person(tx, person).await?.or_not_found("assigneeId")?;
    if query::is_reviewer(tx, &case.row, person).await? {
        return Ok(());
    }
    Err(Refusal::new(
        Code::Invalid,
        "assigneeId",
        "This person is no reviewer of this submission. Choose a reviewer of its unit (of the function, after a hand-over) who neither wrote it nor is concerned.",
    )
    .into())
}

/// One version further.
fn touched(row: submission::Model, scope: &Scope) -> submission::Model {
    submission::Model { updated_at: scope.now, version: row.version + 1, ..row }
}

/// Who is responsible for doing it.
#[derive(Clone, Debug)]
pub struct NameOwner {
    /// What.
    pub id: SubmissionId,
    /// Who; none: nobody any more.
    pub owner: Option<PersonId>,
    /// The version that the asker read.
    pub expected_version: Option<i32>,
}

#[derive(Serialize)]
struct OwnerData {
    owner: Option<PersonId>,
    previous: Option<PersonId>,
}

/// "This person will see to it": names the owner, who from then on reads it.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, STALE_VERSION, INVALID at `ownerId` for the person concerned.
pub async fn name_owner(scope: &Scope, cmd: NameOwner) -> Result<submission::Model> {
    scope.actor.require_person()?;
    let mut tx = scope.begin().await?;
    let case = Case::open(&mut tx, scope, cmd.id).await?;
    policy::may_name_owner(case.letters_in_force(scope))?;
    case.expect(cmd.expected_version)?;
    if let Some(owner) = cmd.owner {
        query::active_person(&tx, owner).await?.or_not_found("ownerId")?;
        if case.row.concerned_id == Some(owner) {
            return Err(Refusal::new(
                Code::Invalid,
                "ownerId",
                "The person concerned cannot be the owner. Choose somebody else.",
            )
            .into());
        }
    }
    let fact = owner_fact(&case.row, cmd.owner);
    let row = submission::Model { owner_id: cmd.owner, ..touched(case.row, scope) };
    query::store(&tx, &row).await?;
    tx.state(fact);
    tx.commit(row).await
}

/// To which function it goes.
#[derive(Clone, Debug)]
pub struct HandOver {
    /// What.
    pub id: SubmissionId,
    /// The function; none takes it back to its own unit.
    pub function: Option<UnitId>,
    /// The version that the asker read.
    pub expected_version: Option<i32>,
}

#[derive(Serialize)]
struct HandedOver {
    function: Option<UnitId>,
    previous: Option<UnitId>,
}

/// "This is for IT": moves the queue and the right to decide to a function; reading stays.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, STALE_VERSION.
pub async fn hand_over(scope: &Scope, cmd: HandOver) -> Result<submission::Model> {
    scope.actor.require_person()?;
    let mut tx = scope.begin().await?;
    let case = Case::open(&mut tx, scope, cmd.id).await?;
    policy::may_triage(case.letters_in_force(scope))?;
    case.expect(cmd.expected_version)?;
    if let Some(function) = cmd.function {
        query::function_in_use(&tx, function, scope.now).await?.or_not_found("functionId")?;
    }
    let change = HandedOver { function: cmd.function, previous: case.row.function_id };
    // Who was at work on it may have no right any more: the function assigns anew.
    let row = submission::Model {
        function_id: cmd.function,
        handover: cmd.function.map(|_| Handover::Offered),
        assignee_id: None,
        opened_at: case.row.opened_at.or(Some(scope.now)),
        ..touched(case.row, scope)
    };
    query::store(&tx, &row).await?;
    tx.state(NewFact::new("submission.handed_over", ("submission", cmd.id.0), &change).internal());
    tx.commit(row).await
}

/// What triage puts right, each value kept, cleared or set.
#[derive(Clone, Debug, Default)]
pub struct Triage {
    /// Where on a journey.
    pub touchpoint: Change<TouchpointId>,
    /// How bad it is.
    pub severity: Change<Severity>,
    /// How much it would help.
    pub impact: Change<Size>,
    /// How much work it is.
    pub effort: Change<Size>,
    /// The next date that the author is promised.
    pub promised_on: Change<Day>,
    /// The person named as concerned, who is recused.
    pub concerned: Change<PersonId>,
    /// Idea or observation; none keeps it.
    pub kind: Option<Kind>,
    /// Who may read it; none keeps it.
    pub audience: Option<Audience>,
    /// The tags, all of them; none keeps them.
    pub tags: Option<Vec<String>>,
}

/// A correction of one submission.
#[derive(Clone, Debug)]
pub struct UpdateTriage {
    /// What.
    pub id: SubmissionId,
    /// The version that the asker read.
    pub expected_version: Option<i32>,
    /// What is put right.
    pub change: Triage,
}

#[derive(Serialize)]
struct Triaged {
    /// Names of the fields that were given.
    fields: Vec<&'static str>,
}

/// Most tags on one submission.
pub const MOST_TAGS: usize = 20;
/// Longest tag, in code points.
pub const LONGEST_TAG: usize = 40;

/// "This is what it is about": puts touchpoint, severity, impact, effort, tags, dates, kind,
/// audience and the person concerned right.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, STALE_VERSION, INVALID, TOO_LONG or IN_USE naming the field.
pub async fn update_triage(scope: &Scope, cmd: UpdateTriage) -> Result<submission::Model> {
    scope.actor.require_person()?;
    let mut tx = scope.begin().await?;
    let case = Case::open(&mut tx, scope, cmd.id).await?;
    policy::may_triage(case.letters_in_force(scope))?;
    case.expect(cmd.expected_version)?;
    let change = cmd.change;
    check_triage(&tx, scope, &case, &change).await?;
    let fields = fields_of(&change);
    if let Some(tags) = &change.tags {
        query::replace_tags(&tx, cmd.id, clean_tags(tags)?).await?;
    }
    let mut row = put_right(touched(case.row, scope), change);
    if fields.contains(&"promisedOn") {
        clocks::service::promised(&tx, &mut row, scope.now).await?;
    }
    query::store(&tx, &row).await?;
    let fact = NewFact::new("submission.triaged", ("submission", cmd.id.0), &Triaged { fields });
    tx.state(fact.internal());
    tx.commit(row).await
}

async fn check_triage(tx: &Tx, scope: &Scope, case: &Case, change: &Triage) -> Result<()> {
    if let Change::Set(day) = change.promised_on {
        promise(Some(day), scope)?;
    }
    if let Change::Set(id) = change.touchpoint {
        query::touchpoint_in_use(tx, id).await?.or_not_found("touchpointId")?;
    }
    if let Change::Set(person) = change.concerned {
        query::active_person(tx, person).await?.or_not_found("concernedId")?;
    }
    if let Some(kind) = change.kind {
        if kind != case.row.kind {
            joining::refuse_joined(tx, &case.row, "kind").await?;
        }
        let fits = case.position()?.corrected(kind);
        fits.map_err(|error| Refusal::new(Code::Invalid, "kind", format!("{error}.")))?;
    }
    check_audience(tx, case, change.audience).await
}

/// "CX team only" cannot change while joined: the group shares one choice.
async fn check_audience(tx: &Tx, case: &Case, audience: Option<Audience>) -> Result<()> {
    let changes = audience.is_some_and(|audience| audience != case.row.audience);
    if !changes {
        return Ok(());
    }
    joining::refuse_joined(tx, &case.row, "audience").await
}

fn fields_of(change: &Triage) -> Vec<&'static str> {
    [
        (!change.touchpoint.is_keep(), "touchpointId"),
        (!change.severity.is_keep(), "severity"),
        (!change.impact.is_keep(), "impact"),
        (!change.effort.is_keep(), "effort"),
        (!change.promised_on.is_keep(), "promisedOn"),
        (!change.concerned.is_keep(), "concernedId"),
        (change.kind.is_some(), "kind"),
        (change.audience.is_some(), "audience"),
        (change.tags.is_some(), "tags"),
    ]
    .into_iter()
    .filter_map(|(given, name)| given.then_some(name))
    .collect()
}

fn put_right(row: submission::Model, change: Triage) -> submission::Model {
    let concerned_id = change.concerned.of(row.concerned_id);
    // The person concerned acts on it in no capacity.
    let unless_concerned = |person: Option<PersonId>| person.filter(|it| Some(*it) != concerned_id);
    submission::Model {
        touchpoint_id: change.touchpoint.of(row.touchpoint_id),
        severity: change.severity.of(row.severity),
        impact: change.impact.of(row.impact),
        effort: change.effort.of(row.effort),
        promised_on: change.promised_on.of(row.promised_on),
        concerned_id,
        assignee_id: unless_concerned(row.assignee_id),
        owner_id: unless_concerned(row.owner_id),
        kind: change.kind.unwrap_or(row.kind),
        audience: change.audience.unwrap_or(row.audience),
        ..row
    }
}

/// Lower-cased words, each once.
fn clean_tags(tags: &[String]) -> Result<Vec<String>> {
    let limit = Limit { field: "tags", max: LONGEST_TAG, ..Limit::TITLE };
    let mut cleaned = tags
        .iter()
        .map(|tag| Ok(checked(tag, limit)?.to_lowercase()))
        .collect::<Result<Vec<_>>>()?;
    cleaned.sort_unstable();
    cleaned.dedup();
    if cleaned.len() > MOST_TAGS {
        return Err(Refusal::new(
            Code::Invalid,
            "tags",
            format!("{} tags are too many; keep at most {MOST_TAGS}.", cleaned.len()),
        )
        .into());
    }
    Ok(cleaned)
}
