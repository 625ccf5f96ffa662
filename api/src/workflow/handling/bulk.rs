//! The same plan for many submissions at once, with a result for each.
//!
//! All or nothing takes one transaction. Where failures are skipped, every submission has a
//! transaction of its own: its locks last as long as one ordinary verb, other writers get their
//! turn between two of them, and a fault in the middle leaves whole rows behind, never half ones.

use entity::id::SubmissionId;

use super::Aim;
use super::whole::{self, Handled, Plan};
use crate::kit::error::{Code, Error, OrNotFound as _, Refusal, Result, once_more};
use crate::kit::scope::Scope;
use crate::submissions::joining::query as groups;

/// Most submissions in one call.
pub const MOST_AT_ONCE: usize = 100;

/// What becomes of the others when one fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorPolicy {
    /// Nothing is done to any of them.
    RejectAll,
    /// The others are done.
    SkipFailed,
}

/// A plan for many.
#[derive(Clone, Debug)]
pub struct ForMany {
    /// Which, in the order of the results; what is no id of a submission is none. The same one twice
    /// is done once, and answered twice.
    pub ids: Vec<Option<SubmissionId>>,
    /// What becomes of the others when one fails.
    pub policy: ErrorPolicy,
    /// What is done to each.
    pub plan: Plan,
}

/// What became of one.
pub type Outcome = Result<Handled, Refusal>;

/// Carries a plan out on each submission.
///
/// # Errors
/// REQUIRED without ids or with an empty plan; INVALID at `link.newCause`: one cause is named once,
/// not for each. What is wrong with a single submission is in its outcome.
pub async fn handle_many(scope: &Scope, cmd: ForMany) -> Result<Vec<Outcome>> {
    scope.actor.require_person()?;
    check(&cmd)?;
    // One order for all, so that two calls cannot lock each other out.
    let mut order: Vec<SubmissionId> = cmd.ids.iter().flatten().copied().collect();
    order.sort_unstable();
    order.dedup();
    let done = match cmd.policy {
        ErrorPolicy::RejectAll => once_more(|| together(scope, &order, &cmd)).await?,
        ErrorPolicy::SkipFailed => one_by_one(scope, &order, &cmd.plan).await?,
    };
    cmd.ids.iter().map(|id| outcome_of(*id, (&order, &done))).collect()
}

fn check(cmd: &ForMany) -> Result<()> {
    whole::check_not_empty(&cmd.plan)?;
    if cmd.ids.is_empty() {
        let cure = "Name at least one submission.";
        return Err(Refusal::new(Code::Required, "ids", cure).into());
    }
    if cmd.plan.link.as_ref().is_some_and(|link| link.new_cause.is_some()) {
        let cure = "Name the new cause once with `causeCreate`, then link them all to it.";
        return Err(Refusal::new(Code::Invalid, "link.newCause", cure).into());
    }
    Ok(())
}

/// All in one transaction, which is thrown away when one of them is refused. The rest is tried all
/// the same, so that every mistake shows at once.
async fn together(scope: &Scope, order: &[SubmissionId], cmd: &ForMany) -> Result<Vec<Outcome>> {
    let mut tx = scope.begin().await?;
    whole::prepare(&tx, &cmd.plan).await?;
    // All rows before the causes of the first: the order of every other verb (docs/adr/0012).
    groups::hold(&tx, order).await?;
    let mut done = Vec::with_capacity(order.len());
    for id in order {
        let aim = Aim { id: *id, expected_version: None };
        done.push(told(whole::handle_within(&mut tx, scope, aim, cmd.plan.clone()).await)?);
    }
    let is_whole = cmd.ids.iter().all(Option::is_some) && done.iter().all(Result::is_ok);
    if is_whole { tx.commit(done).await } else { Ok(done) }
}

async fn one_by_one(scope: &Scope, order: &[SubmissionId], plan: &Plan) -> Result<Vec<Outcome>> {
    let mut done = Vec::with_capacity(order.len());
    for id in order {
        let aim = Aim { id: *id, expected_version: None };
        done.push(told(whole::handle(scope, aim, plan.clone()).await)?);
    }
    Ok(done)
}

/// A refusal belongs to its submission, a fault to the whole call.
fn told(result: Result<Handled>) -> Result<Outcome> {
    match result {
        Ok(handled) => Ok(Ok(handled)),
        Err(Error::Refusal(refusal)) => Ok(Err(refusal)),
        Err(fault) => Err(fault),
    }
}

fn outcome_of(
    id: Option<SubmissionId>,
    (order, done): (&[SubmissionId], &[Outcome]),
) -> Result<Outcome> {
    let at = id.and_then(|id| order.binary_search(&id).ok());
    told(match at.and_then(|at| done.get(at)) {
        Some(outcome) => outcome.clone().map_err(Error::from),
        None => None.or_not_found("id"),
    })
}
