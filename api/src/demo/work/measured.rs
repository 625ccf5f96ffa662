//! Outcomes with their figures, and who stands for them.

use entity::id::{FigureId, OutcomeId, PersonId};
use entity::implementation::amount::Amount;
use entity::implementation::proof::{self, Involved, Proof, Writing};
use entity::implementation::values::OutcomeOrder;
use entity::implementation::{confirmation, figure, outcome};
use entity::instant::{DAY, Instant, MINUTE};
use serde_json::json;

use super::super::facts;
use super::super::rows::{Happening, Rows};
use super::super::seed::Seed;
use super::{Figure, Ground, Outcome, broken};
use crate::implementation::ground::Subject;
use crate::kit::error::Result;
use crate::kit::fact::NewFact;

pub(super) fn outcome(
    ground: Ground<'_>,
    given: &Outcome,
    seed: &mut Seed,
    rows: &mut Rows,
) -> Result<()> {
    let subject = ground.subject(given.submission.as_ref(), given.cause.as_ref())?;
    let by = ground.person(&given.by)?;
    let at = ground.at(given.days_ago, 5);
    let mut row = outcome::Model {
        id: OutcomeId(seed.id_at(at)),
        submission_id: subject.submission(),
        cause_id: subject.cause(),
        adoption_id: None,
        kind: given.kind,
        title: given.title.clone(),
        measure: given.measure.clone(),
        direction: given.direction,
        created_by: Some(by),
        created_at: at,
        version: 1,
    };
    let data = json!({ "outcome": row.id, "kind": row.kind });
    let fact = facts::inside("outcome.added", subject.named(), &data);
    rows.happenings.push(Happening::by(Some(by), at, fact));
    let mut so_far = Vec::new();
    for (given, number) in given.figures.iter().zip(1..) {
        let mut measuring =
            Measuring { ground, subject, outcome: &row, seed: &mut *seed, rows: &mut *rows };
        let written = measuring.figure(given, (number, &so_far))?;
        so_far.push(written);
        let added = 1 + i32::from(given.confirmed_by.is_some());
        row.version += added;
    }
    rows.work.outcomes.push(row);
    Ok(())
}

struct Measuring<'a> {
    ground: Ground<'a>,
    subject: Subject,
    outcome: &'a outcome::Model,
    seed: &'a mut Seed,
    rows: &'a mut Rows,
}

impl Measuring<'_> {
    fn figure(
        &mut self,
        given: &Figure,
        (number, so_far): (i32, &[proof::Figure]),
    ) -> Result<proof::Figure> {
        let by = self.ground.person(&given.by)?;
        let turn = i64::from(number);
        let at = self
            .ground
            .at(given.days_ago, 5 + turn)
            .max(self.outcome.created_at.plus(turn * MINUTE));
        let day =
            self.ground.world.known.now.plus(given.in_days * DAY).day().min(match given.in_days {
                // What was measured, was measured by then.
                ..=0 => at.day(),
                _ => self.ground.world.known.now.plus(given.in_days * DAY).day(),
            });
        let new =
            Writing { stage: given.stage, day, today: at.day(), order: OutcomeOrder::TargetFirst };
        proof::may_write(so_far, new).map_err(|why| broken("figure", why))?;
        let row = figure::Model {
            id: FigureId(self.seed.id_at(at)),
            outcome_id: self.outcome.id,
            stage: given.stage,
            number,
            amount: Amount::of(given.value).map_err(|why| broken("figure", why))?,
            day,
            evidence: given.evidence.clone(),
            reason: given.reason.clone(),
            created_by: Some(by),
            created_at: at,
        };
        let replaces = proof::holding(so_far, given.stage).map(|it| it.id);
        self.state((by, at), ("outcome.recorded", replaces), &row);
        let mut law = proof::Figure {
            id: row.id,
            number,
            stage: row.stage,
            by: Some(by),
            proof: Proof::Open,
        };
        if let Some(code) = &given.confirmed_by {
            self.confirm((code, given.confirmed_days_ago), &row, (so_far, law))?;
            law.proof = Proof::Confirmed;
        }
        self.rows.work.figures.push(row);
        Ok(law)
    }

    fn confirm(
        &mut self,
        (code, days): (&str, Option<u32>),
        row: &figure::Model,
        (so_far, law): (&[proof::Figure], proof::Figure),
    ) -> Result<()> {
        let person = self.ground.person(code)?;
        let figures: Vec<proof::Figure> = so_far.iter().copied().chain([law]).collect();
        proof::may_confirm(&figures, person, self.involved())
            .map_err(|why| broken("confirmation", why))?;
        let at = self.ground.at(days.unwrap_or(0), 12).max(row.created_at.plus(MINUTE));
        self.rows.work.confirmations.push(confirmation::Model {
            figure_id: row.id,
            person_id: person,
            created_at: at,
        });
        let replaces = proof::shown(so_far).map(|it| it.id);
        self.state((person, at), ("outcome.confirmed", replaces), row);
        Ok(())
    }

    fn involved(&self) -> Involved {
        let idea = self.subject.submission();
        let idea = idea.and_then(|id| self.rows.submissions.iter().find(|row| row.id == id));
        let cause = self.subject.cause();
        let cause = cause.and_then(|id| self.rows.causes.iter().find(|row| row.id == id));
        Involved {
            author: idea.and_then(|row| row.author_id).or(cause.and_then(|row| row.created_by)),
            owner: idea.and_then(|row| row.owner_id).or(cause.and_then(|row| row.owner_id)),
            writer: self.outcome.created_by,
        }
    }

    fn state(
        &mut self,
        (by, at): (PersonId, Instant),
        (kind, replaces): (&'static str, Option<FigureId>),
        row: &figure::Model,
    ) {
        let data = json!({
            "outcome": row.outcome_id, "figure": row.id, "stage": row.stage, "replaces": replaces,
        });
        let fact = match kind {
            "outcome.confirmed" => NewFact::new(kind, self.subject.named(), &data),
            _ => facts::inside(kind, self.subject.named(), &data),
        };
        self.rows.happenings.push(Happening::by(Some(by), at, fact));
    }
}
