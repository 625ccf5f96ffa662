//! "What it changed": outcomes, their figures, and who stands for them.

use std::collections::HashMap;

use entity::facts::values::FactAudience;
use entity::id::{FigureId, OutcomeId, PersonId};
use entity::implementation::amount::Amount;
use entity::implementation::proof::{self, Involved, NoFigure, NoProof, Writing};
use entity::implementation::values::{AdoptionState, Direction, FigureStage, OutcomeKind};
use entity::implementation::{confirmation, figure, outcome};
use entity::instant::Day;
use entity::submissions::text::Limit;
use serde::Serialize;

use super::{fresh, perhaps, written};
use crate::implementation::days;
use crate::implementation::ground::{About, Ground, Subject};
use crate::implementation::policy::{self, Place, View, Work};
use crate::implementation::query::outcomes::{self as query, Measured};
use crate::kit::error::{Code, OrNotFound as _, Refusal, Result};
use crate::kit::scope::{Scope, Tx};

/// Most outcomes of one idea or cause.
pub const MOST_OUTCOMES: usize = 20;
/// Most figures of one outcome, corrections included.
pub const MOST_FIGURES: usize = 200;

const TITLE: Limit = Limit { field: "title", ..Limit::NAME };
const MEASURE: Limit = Limit { field: "unitOfMeasure", max: 60, ..Limit::NAME };
const EVIDENCE: Limit = Limit { field: "evidence", ..Limit::MESSAGE };
const REASON: Limit = Limit { field: "reason", max: 500, ..Limit::MESSAGE };

/// An outcome to be aimed at.
#[derive(Clone, Debug)]
pub struct NewOutcome {
    /// Of what.
    pub subject: Subject,
    /// Which kind of effect.
    pub kind: OutcomeKind,
    /// What changes.
    pub title: String,
    /// The unit of measure.
    pub measure: String,
    /// Which way is better.
    pub direction: Direction,
}

/// A figure to be written down.
#[derive(Clone, Debug)]
pub struct NewFigure {
    /// Of which outcome.
    pub outcome: OutcomeId,
    /// The version that the asker read.
    pub expected_version: Option<i32>,
    /// What it stands for.
    pub stage: FigureStage,
    /// The figure.
    pub value: f64,
    /// The day it is meant for, or was measured on; today when none is named.
    pub day: Option<Day>,
    /// What shows it; needed for what was measured.
    pub evidence: Option<String>,
    /// Why it replaces the one before.
    pub reason: Option<String>,
}

#[derive(Serialize)]
struct OutcomeData {
    outcome: OutcomeId,
    kind: OutcomeKind,
}

#[derive(Serialize)]
struct FigureData {
    outcome: OutcomeId,
    figure: FigureId,
    stage: FigureStage,
    replaces: Option<FigureId>,
}

/// "This is what we are after": writes an outcome down.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, TOO_LATE; REQUIRED, TOO_LONG, INVALID naming the field.
pub async fn add(scope: &Scope, new: NewOutcome) -> Result<Measured> {
    let mut tx = scope.begin().await?;
    let ground = Ground::open(&tx, scope, new.subject).await?;
    policy::may_work(ground.ties, ground.place(), Work::Steering)?;
    let row = outcome::Model {
        id: OutcomeId(scope.fresh_id()),
        submission_id: new.subject.submission(),
        cause_id: new.subject.cause(),
        adoption_id: new.subject.adoption(),
        kind: new.kind,
        title: written(&new.title, TITLE)?,
        measure: measured_in(&new.measure)?,
        direction: new.direction,
        created_by: scope.actor.person(),
        created_at: scope.now,
        version: 1,
    };
    if query::of(&tx, &[new.subject]).await?.len() >= MOST_OUTCOMES {
        return Err(Refusal::new(
            Code::Invalid,
            "title",
            format!("There are {MOST_OUTCOMES} outcomes already. Keep to those that matter."),
        )
        .into());
    }
    query::insert(&tx, &row).await?;
    tx.state(ground.fact("outcome.added", &OutcomeData { outcome: row.id, kind: row.kind }));
    tx.commit(Measured { row, figures: Vec::new(), confirmations: HashMap::new() }).await
}

fn measured_in(text: &str) -> Result<String> {
    if text.trim().is_empty() {
        return Err(Refusal::new(
            Code::Required,
            "unitOfMeasure",
            "A figure without a unit says nothing. Name one, for instance `hours a month`.",
        )
        .into());
    }
    written(text, MEASURE)
}

/// An outcome of which the asker sees everything, under the lock of what it is about.
async fn opened(
    tx: &Tx,
    scope: &Scope,
    (id, field): (OutcomeId, &str),
) -> Result<(Ground, Measured)> {
    scope.actor.require_person()?;
    let found = query::one(tx, id).await?.or_not_found(field)?;
    let subject = Subject::of_outcome(&found.row).or_not_found(field)?;
    let ground = Ground::open_at(tx, scope, (subject, field)).await?;
    if ground.view() != View::Whole {
        return Err(Refusal::not_found(field).into());
    }
    let measured = query::one(tx, id).await?.or_not_found(field)?;
    Ok((ground, measured))
}

/// Writes a figure down: a target, a forecast, what was measured, or the correction of one. None is
/// ever overwritten.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, STALE_VERSION, TOO_LATE; REQUIRED, TOO_LONG, INVALID naming the field, also
/// for what was measured before a target where the organisation wants one first.
pub async fn record(scope: &Scope, new: NewFigure) -> Result<Measured> {
    let mut tx = scope.begin().await?;
    let (ground, measured) = opened(&tx, scope, (new.outcome, "outcomeId")).await?;
    policy::may_work(ground.ties, ground.place(), Work::Steering)?;
    fresh(new.expected_version, measured.row.version)?;
    let today = days::of(&tx, ground.unit()).await?.day_of(scope.now);
    let day = new.day.unwrap_or(today);
    let order = query::order(&tx).await?;
    let law = measured.law();
    let writing = Writing { stage: new.stage, day, today, order };
    proof::may_write(&law, writing).map_err(|why| no_figure(why, day))?;
    let replaced = proof::holding(&law, new.stage).map(|it| it.id);
    let row = figure_of(scope, &measured, (&new, day, replaced))?;
    query::add_figure(&tx, &row).await?;
    let data =
        FigureData { outcome: new.outcome, figure: row.id, stage: row.stage, replaces: replaced };
    tx.state(ground.fact("outcome.recorded", &data));
    let after = query::one(&tx, new.outcome).await?.or_not_found("outcomeId")?;
    tx.commit(after).await
}

fn figure_of(
    scope: &Scope,
    measured: &Measured,
    (new, day, replaced): (&NewFigure, Day, Option<FigureId>),
) -> Result<figure::Model> {
    if measured.figures.len() >= MOST_FIGURES {
        return Err(Refusal::new(
            Code::Invalid,
            "value",
            format!("{MOST_FIGURES} figures are written down already. Begin another outcome."),
        )
        .into());
    }
    let amount = Amount::of(new.value)
        .map_err(|why| Refusal::new(Code::Invalid, "value", format!("{why}.")))?;
    let evidence = perhaps(new.evidence.as_deref(), EVIDENCE)?;
    if new.stage == FigureStage::Actual && evidence.is_none() {
        return Err(Refusal::new(
            Code::Required,
            "evidence",
            "Say what shows it, so that somebody else can stand for it: where the figure comes from.",
        )
        .into());
    }
    let reason = perhaps(new.reason.as_deref(), REASON)?;
    if replaced.is_some() && new.stage != FigureStage::Forecast && reason.is_none() {
        return Err(Refusal::new(
            Code::Required,
            "reason",
            "There is a figure already, and it stays in the history. Say why this one replaces it.",
        )
        .into());
    }
    Ok(figure::Model {
        id: FigureId(scope.fresh_id()),
        outcome_id: measured.row.id,
        stage: new.stage,
        number: measured.figures.iter().map(|it| it.number).max().unwrap_or(0) + 1,
        amount,
        day,
        evidence,
        reason,
        created_by: scope.actor.person(),
        created_at: scope.now,
    })
}

fn no_figure(why: NoFigure, day: Day) -> Refusal {
    match why {
        NoFigure::NotYet => Refusal::new(
            Code::Invalid,
            "day",
            format!("{day} has not come, so nothing was measured on it. Write a forecast instead."),
        ),
        NoFigure::NoTarget => Refusal::new(
            Code::Invalid,
            "stage",
            "Your organisation wants a target before anything is measured. Write the target first.",
        )
        .allowing(vec![FigureStage::Target.to_string(), FigureStage::Forecast.to_string()]),
    }
}

/// "I stand for this": confirms what was measured, by a reviewer or manager whose work it is not.
///
/// # Errors
/// NOT_FOUND, STALE_VERSION; FORBIDDEN without the right, and for one's own work; INVALID before
/// anything was measured; TAKEN when somebody stands for it already.
pub async fn confirm(scope: &Scope, (id, expected): (OutcomeId, Option<i32>)) -> Result<Measured> {
    let me = scope.actor.require_person()?;
    let mut tx = scope.begin().await?;
    let (ground, measured) = opened(&tx, scope, (id, "id")).await?;
    // Who did the work hears that first: no right of theirs would help.
    let law = measured.law();
    let may = proof::may_confirm(&law, me, involved(&ground, &measured, me));
    if may == Err(NoProof::Own) {
        return Err(no_proof(NoProof::Own).into());
    }
    policy::may_confirm(ground.ties, ground.place())?;
    fresh(expected, measured.row.version)?;
    let confirmed = may.map_err(no_proof)?;
    let row = confirmation::Model { figure_id: confirmed.id, person_id: me, created_at: scope.now };
    query::confirm(&tx, id, &row).await?;
    let replaces = proof::shown(&law).map(|it| it.id);
    let data = FigureData { outcome: id, figure: confirmed.id, stage: confirmed.stage, replaces };
    let mut fact = ground.fact("outcome.confirmed", &data);
    fact.audience = audience(&ground);
    tx.state(fact);
    let after = query::one(&tx, id).await?.or_not_found("id")?;
    tx.commit(after).await
}

/// Readers hear of what they are shown: not before the answer was announced.
fn audience(ground: &Ground) -> FactAudience {
    match ground.place() {
        Place::Submission { shown, .. } if !policy::is_under_way(shown) => FactAudience::Internal,
        Place::Adoption(state) if state != AdoptionState::Adopted => FactAudience::Internal,
        _ => FactAudience::Readers,
    }
}

fn involved(ground: &Ground, measured: &Measured, me: PersonId) -> Involved {
    let (author, owner): (Option<PersonId>, Option<PersonId>) = match &ground.about {
        About::Submission(row) => (row.author_id, row.owner_id),
        About::Cause(row) => (row.created_by, row.owner_id),
        // At another site it is the work of whoever took it up there.
        About::Adoption(it) => (it.idea.author_id, it.row.accepted_by),
    };
    // Who answers for the function that owns a cause is its owner too.
    let owner = if ground.ties.owner { Some(me) } else { owner };
    Involved { author, owner, writer: measured.row.created_by }
}

fn no_proof(why: NoProof) -> Refusal {
    match why {
        NoProof::Own => Refusal::new(
            Code::Forbidden,
            "id",
            "Nobody confirms their own work. Ask a reviewer or manager who neither sent it, owns it nor wrote the figure down.",
        ),
        NoProof::NothingMeasured => Refusal::new(
            Code::Invalid,
            "id",
            "Nothing was measured yet. Write down what was measured first.",
        ),
        NoProof::Already => Refusal::new(
            Code::Taken,
            "id",
            "Somebody stands for this figure already. A correction would need to be confirmed anew.",
        ),
    }
}
