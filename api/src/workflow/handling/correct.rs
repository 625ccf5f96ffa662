//! Putting right what a submission is about.

use entity::id::{PersonId, SubmissionId, TouchpointId, UnitId};
use entity::instant::Day;
use entity::submissions::phase::Kind;
use entity::submissions::submission;
use entity::submissions::text::Limit;
use entity::submissions::values::{Audience, Severity, Size};
use serde::Serialize;

use super::{Aim, taken_up, touched};
use crate::clocks;
use crate::kit::change::Change;
use crate::kit::error::{Code, OrNotFound as _, Refusal, Result};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};
use crate::submissions::disclosure;
use crate::submissions::joining::service as joining;
use crate::workflow::case::Case;
use crate::workflow::query;
use crate::workflow::service::{checked, promise};

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
    /// The unit it is about, in use; none keeps it. Who reads it follows the new unit.
    pub unit: Option<UnitId>,
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

impl Triage {
    /// Whether nothing was asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        fields_of(self).is_empty()
    }
}

#[derive(Serialize)]
struct Triaged {
    /// Names of the fields that were given.
    fields: Vec<&'static str>,
}

#[derive(Serialize)]
struct Corrected<T> {
    from: T,
    to: T,
}

/// Most tags on one submission.
pub const MOST_TAGS: usize = 20;
/// Longest tag, in code points.
pub const LONGEST_TAG: usize = 40;

/// "This is what it is about": puts unit, touchpoint, severity, impact, effort, tags, dates, kind,
/// audience and the person concerned right.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, STALE_VERSION, INVALID, TOO_LONG or IN_USE naming the field.
pub async fn update_triage(scope: &Scope, cmd: UpdateTriage) -> Result<submission::Model> {
    scope.actor.require_person()?;
    let mut tx = scope.begin().await?;
    let aim = Aim { id: cmd.id, expected_version: cmd.expected_version };
    let case = taken_up(&mut tx, scope, aim).await?;
    let row = correct_within(&mut tx, scope, case, cmd.change).await?;
    tx.commit(row).await
}

pub(super) async fn correct_within(
    tx: &mut Tx,
    scope: &Scope,
    case: Case,
    change: Triage,
) -> Result<submission::Model> {
    check_triage(tx, scope, &case, &change).await?;
    let fields = fields_of(&change);
    if let Some(tags) = &change.tags {
        query::replace_tags(tx, case.row.id, clean_tags(tags)?).await?;
    }
    let was = case.row.clone();
    let before = (was.unit_id, was.kind);
    let row = put_right(touched(case.row, scope), change);
    let mut row = leave_desk(tx, row, before.0).await?;
    if fields.contains(&"promisedOn") {
        clocks::service::promised(tx, &mut row, scope.now).await?;
    }
    if row.unit_id != before.0 {
        clocks::service::moved(tx, &mut row).await?;
    }
    query::store(tx, &row).await?;
    state(tx, &row, before);
    tx.state(
        NewFact::new("submission.triaged", ("submission", row.id.0), &Triaged { fields })
            .internal(),
    );
    disclosure::facts(&was, &row).into_iter().for_each(|fact| tx.state(fact));
    Ok(row)
}

/// Another unit and another kind are facts of their own: readers keep lists by them.
fn state(tx: &mut Tx, row: &submission::Model, (unit, kind): (UnitId, Kind)) {
    let subject = ("submission", row.id.0);
    if unit != row.unit_id {
        let change = Corrected { from: unit, to: row.unit_id };
        tx.state(NewFact::new("submission.unit_corrected", subject, &change).internal());
    }
    if kind != row.kind {
        let change = Corrected { from: kind, to: row.kind };
        tx.state(NewFact::new("submission.kind_corrected", subject, &change));
    }
}

/// Whoever has no right on it in its new unit is not at work on it any more.
async fn leave_desk(tx: &Tx, row: submission::Model, from: UnitId) -> Result<submission::Model> {
    let Some(assignee) = row.assignee_id.filter(|_| from != row.unit_id) else { return Ok(row) };
    if query::is_reviewer(tx, &row, assignee).await? {
        return Ok(row);
    }
    Ok(submission::Model { assignee_id: None, ..row })
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
    if let Some(unit) = change.unit {
        query::unit_in_use(tx, unit, scope.now).await?.or_not_found("unitId")?;
    }
    if let Some(kind) = change.kind {
        let fits = case.position()?.corrected(kind);
        fits.map_err(|error| Refusal::new(Code::Invalid, "kind", format!("{error}.")))?;
    }
    check_shared(tx, case, change).await
}

/// Kind and "CX team only" cannot change while joined: the group shares them.
async fn check_shared(tx: &Tx, case: &Case, change: &Triage) -> Result<()> {
    let field = if change.audience.is_some_and(|audience| audience != case.row.audience) {
        "audience"
    } else if change.kind.is_some_and(|kind| kind != case.row.kind) {
        "kind"
    } else {
        return Ok(());
    };
    joining::refuse_joined(tx, &case.row, field).await
}

fn fields_of(change: &Triage) -> Vec<&'static str> {
    [
        (!change.touchpoint.is_keep(), "touchpointId"),
        (!change.severity.is_keep(), "severity"),
        (!change.impact.is_keep(), "impact"),
        (!change.effort.is_keep(), "effort"),
        (!change.promised_on.is_keep(), "promisedOn"),
        (!change.concerned.is_keep(), "concernedId"),
        (change.unit.is_some(), "unitId"),
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
    let kind = change.kind.unwrap_or(row.kind);
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
        unit_id: change.unit.unwrap_or(row.unit_id),
        opened_at: row.opened_at_as(kind),
        kind,
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
