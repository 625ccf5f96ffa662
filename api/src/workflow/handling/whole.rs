//! All that a reviewer does with one submission, in one go: a console reads an item, and answers it
//! with one call.

use entity::id::{CauseId, PersonId, UnitId};
use entity::instant::Instant;
use entity::submissions::hold::Announce;
use entity::submissions::phase::Phase;
use entity::submissions::submission;
use entity::triage::{cause, cause_link};
use entity::workflow::decision;

use super::{Aim, Triage, assign, correct, handover, snooze};
use crate::kit::change::Change;
use crate::kit::error::{Code, Error, Refusal, Result, once_more};
use crate::kit::scope::{Scope, Tx};
use crate::reach::service as reach;
use crate::submissions::joining::query as groups;
use crate::triage::causes::query as causes;
use crate::triage::causes::service::NewCause;
use crate::workflow::case::Case;
use crate::workflow::linking::{self, Link};
use crate::workflow::service::{self, Move, Reply};
use crate::workflow::{announce, policy, query};

/// Links to be made on the way.
#[derive(Clone, Debug)]
pub struct Causes {
    /// To which causes.
    pub causes: Vec<CauseId>,
    /// A cause that is named on the way.
    pub new_cause: Option<NewCause>,
    /// Why the person thinks so.
    pub note: Option<String>,
    /// Words to the author, where the link moves the submission.
    pub message: Option<String>,
    /// How the words are found otherwise, and their language.
    pub reply: Reply,
    /// When to tell.
    pub announce: Announce,
}

/// Everything that is to be done; what is left out stays.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// What is put right, first of all.
    pub correct: Triage,
    /// The step, with reason and words to the author. Its id and version are not looked at.
    pub decide: Option<Move>,
    /// Why it happens. Links made with a step belong to it.
    pub link: Option<Causes>,
    /// Who is responsible for doing it.
    pub owner: Change<PersonId>,
    /// Who takes care of it.
    pub assignee: Change<PersonId>,
    /// The function that it goes to.
    pub function: Change<UnitId>,
    /// Until when the queue leaves it out.
    pub snooze: Change<Instant>,
}

impl Plan {
    fn is_empty(&self) -> bool {
        self.decide.is_none() && self.owner.is_keep() && !self.needs_reviewer()
    }

    /// Steps and owners are also for managers; the rest is for reviewers.
    fn needs_reviewer(&self) -> bool {
        !self.correct.is_empty()
            || self.link.is_some()
            || !self.assignee.is_keep()
            || !self.function.is_keep()
            || !self.snooze.is_keep()
    }
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Handled {
    /// The submission afterwards.
    pub submission: submission::Model,
    /// The decision that was made, or is still held.
    pub decision: Option<decision::Model>,
    /// The links that were not there before.
    pub links: Vec<cause_link::Model>,
    /// The cause that was named on the way.
    pub new_cause: Option<cause::Model>,
}

/// "This is what becomes of it": all of a plan, or nothing of it.
///
/// # Errors
/// Those of the single verbs, with the field of the plan; REQUIRED when the plan is empty.
pub async fn handle(scope: &Scope, aim: Aim, plan: Plan) -> Result<Handled> {
    scope.actor.require_person()?;
    check_not_empty(&plan)?;
    once_more(|| handle_now(scope, aim, plan.clone())).await
}

async fn handle_now(scope: &Scope, aim: Aim, plan: Plan) -> Result<Handled> {
    if names_cause(&plan) {
        announce::settle_before(scope, aim.id).await?;
    }
    let mut tx = scope.begin().await?;
    prepare(&tx, &plan).await?;
    let handled = handle_within(&mut tx, scope, aim, plan).await?;
    tx.commit(handled).await
}

fn names_cause(plan: &Plan) -> bool {
    plan.link.as_ref().is_some_and(|link| link.new_cause.is_some())
}

/// Before anything is locked: what is taken back lets go of what is joined into it.
pub(super) async fn prepare(tx: &Tx, plan: &Plan) -> Result<()> {
    if plan.decide.as_ref().is_some_and(|step| step.to == Phase::Withdrawn) {
        groups::alone(tx).await?;
    }
    Ok(())
}

pub(super) fn check_not_empty(plan: &Plan) -> Result<()> {
    if plan.is_empty() {
        let cure = "Nothing is to be done. Give a step, a correction, a link or an assignee.";
        return Err(Refusal::new(Code::Required, "", cure).into());
    }
    Ok(())
}

pub(super) async fn handle_within(
    tx: &mut Tx,
    scope: &Scope,
    aim: Aim,
    plan: Plan,
) -> Result<Handled> {
    let case = Case::open(tx, scope, aim.id).await?;
    if plan.needs_reviewer() {
        policy::may_triage(case.letters_in_force(scope))?;
    } else if !plan.owner.is_keep() {
        policy::may_name_owner(case.letters_in_force(scope))?;
    }
    case.expect(aim.expected_version)?;
    if names_cause(&plan) {
        // Rows before the tree (docs/adr/0012); and alone before a step only shares it: going from
        // there to alone, two would wait for each other.
        reach::hold_roots(&*tx, &case.row).await?;
        reach::alone(&*tx).await?;
    }
    carry_through(tx, scope, case, plan).await
}

/// First what the step may depend on, then the step, then whose it is: another unit or function
/// takes the right to decide away.
async fn carry_through(tx: &mut Tx, scope: &Scope, case: Case, plan: Plan) -> Result<Handled> {
    let Plan { correct, decide, link, owner, assignee, function, snooze } = plan;
    let (unit, correct) = (correct.unit, Triage { unit: None, ..correct });
    let mut case = put_right(tx, scope, case, correct).await?;
    let mut decision = None;
    if let Some(step) = decide {
        let reply = Reply { cause: linked_first(tx, link.as_ref()).await?, ..step.reply };
        let step = Move { id: case.row.id, expected_version: None, reply, ..step };
        let decided = service::move_within(tx, scope, case.again(), step).await;
        let decided = decided.map_err(|error| below("move", error))?;
        decision = Some(decided.decision);
        case = case.after(tx, scope, decided.submission).await?;
    }
    let (mut links, mut new_cause) = (Vec::new(), None);
    if let Some(causes) = link {
        let link = link_of(&case, causes);
        let linked = linking::link_within(tx, scope, case.again(), link).await;
        let linked = linked.map_err(|error| below("link", error))?;
        (links, new_cause) = (linked.links, linked.new_cause);
        case = case.after(tx, scope, linked.submission).await?;
    }
    let moved = Triage { unit, ..Triage::default() };
    case = put_right(tx, scope, case, moved).await?;
    let submission = give(tx, scope, case, Whose { owner, assignee, function, snooze }).await?;
    let decision = match (decision, submission.pending_decision_id) {
        (None, Some(held)) => query::decision(tx, held).await?,
        (decision, _) => decision,
    };
    Ok(Handled { submission, decision, links, new_cause })
}

async fn put_right(tx: &mut Tx, scope: &Scope, case: Case, change: Triage) -> Result<Case> {
    if change.is_empty() {
        return Ok(case);
    }
    let row = correct::correct_within(tx, scope, case.again(), change).await;
    case.after(tx, scope, row.map_err(|error| below("correct", error))?).await
}

/// The name of the cause that the same plan links first: the words of its step may speak of it.
async fn linked_first(tx: &Tx, link: Option<&Causes>) -> Result<Option<String>> {
    let Some(link) = link else { return Ok(None) };
    let named = causes::name_of(tx, link.causes.first().copied()).await?;
    Ok(named.or_else(|| link.new_cause.as_ref().map(|new| new.name.trim().to_owned())))
}

fn link_of(case: &Case, causes: Causes) -> Link {
    Link {
        submission: case.row.id,
        causes: causes.causes,
        new_cause: causes.new_cause,
        note: causes.note,
        message: causes.message,
        reply: causes.reply,
        announce: causes.announce,
        expected_version: None,
    }
}

/// Whose it is from now on, and from when.
struct Whose {
    owner: Change<PersonId>,
    assignee: Change<PersonId>,
    function: Change<UnitId>,
    snooze: Change<Instant>,
}

async fn give(tx: &mut Tx, scope: &Scope, case: Case, whose: Whose) -> Result<submission::Model> {
    let mut case = case;
    if !whose.owner.is_keep() {
        let row = assign::own_within(tx, scope, case.again(), whose.owner.set()).await?;
        case = case.after(tx, scope, row).await?;
    }
    if !whose.assignee.is_keep() {
        let row = assign::assign_within(tx, scope, case.again(), whose.assignee.set()).await?;
        case = case.after(tx, scope, row).await?;
    }
    if !whose.function.is_keep() {
        let row = handover::hand_within(tx, scope, case.again(), whose.function.set()).await?;
        case = case.after(tx, scope, row).await?;
    }
    if whose.snooze.is_keep() {
        return Ok(case.row);
    }
    let until = whose.snooze.set().map(|until| (until, "snoozeUntil"));
    snooze::snooze_within(tx, scope, case, until).await
}

/// The refusal of a field that stands below another one here.
fn below(parent: &str, error: Error) -> Error {
    match error {
        Error::Refusal(mut refusal) if !refusal.field.is_empty() => {
            refusal.field.insert(0, parent.to_owned());
            refusal.into()
        }
        error => error,
    }
}
