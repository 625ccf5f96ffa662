//! "Is it still fixed?": the steps that an answer leads to. Whether there is a question, and who may
//! answer, the caller says.

use entity::id::SubmissionId;
use entity::submissions::phase::{Letter, MoveFacts, Phase};
use entity::submissions::submission;

use super::asking::{self, Ask};
use super::case::Case;
use super::decide::{self, Ruling};
use super::joining::Word;
use super::query;
use super::service::refused_step;
use crate::kit::error::{Refusal, Result};
use crate::kit::scope::{Scope, Tx};
use crate::submissions::standing::Standing;

/// A submission that is asked about, as the one who answers finds it: under its lock, with what was
/// due by now announced.
pub struct Answered {
    case: Case,
}

impl Answered {
    /// Opens it.
    ///
    /// # Errors
    /// NOT_FOUND at `id`, STALE_VERSION.
    pub async fn open(
        tx: &mut Tx,
        scope: &Scope,
        (id, expected_version): (SubmissionId, Option<i32>),
    ) -> Result<Self> {
        let case = Case::open(tx, scope, id).await?;
        case.expect(expected_version)?;
        Ok(Self { case })
    }

    /// How the one who answers stands towards it.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.case.standing
    }

    /// The row.
    #[must_use]
    pub fn row(&self) -> &submission::Model {
        &self.case.row
    }

    /// It holds: SUSTAINED, announced at once.
    ///
    /// # Errors
    /// STEP_NOT_ALLOWED where it does not stand in IMPLEMENTED, and while a decision is pending.
    pub async fn holds(self, tx: &mut Tx, scope: &Scope) -> Result<submission::Model> {
        let facts = MoveFacts { sustain_answered_yes: true, ..self.case.facts };
        let step = self
            .case
            .position()?
            .step(Phase::Sustained, Letter::Scheduler.into(), &facts)
            .map_err(refused_step)
            .map_err(|refusal| Refusal { field: vec![String::from("id")], ..refusal })?;
        let status = query::default_status(tx, step.to()).await?;
        let decided = decide::carry_out(tx, scope, self.case, Ruling::of(&step, status)).await?;
        Ok(decided.submission)
    }

    /// It does not, says its author: "not fixed".
    ///
    /// # Errors
    /// As `submissionNotFixed`.
    pub async fn is_not_fixed(
        self,
        tx: &mut Tx,
        scope: &Scope,
        text: Option<String>,
    ) -> Result<submission::Model> {
        let ask = Ask { id: self.case.row.id, text, expected_version: None };
        asking::say(tx, scope, self.case, (ask, Word::NotFixed)).await
    }
}
