//! What authors do: answer a question, ask for a second look, say "not fixed", take it back. All of
//! it is announced at once.

use entity::id::{CommentId, SubmissionId};
use entity::instant::{DAY, Day};
use entity::submissions::comment;
use entity::submissions::phase::{Letter, NOT_FIXED_DAYS, Phase, Step};
use entity::submissions::submission;
use entity::submissions::text::Limit;
use entity::submissions::values::CommentVisibility;
use sea_orm::ActiveModelTrait as _;
use sea_orm::ActiveValue::Set;
use serde::Serialize;

use super::case::Case;
use super::decide::{self, Decided, Ruling};
use super::joining::{self, Word};
use super::query;
use super::service::{checked, refused_step};
use crate::kit::error::{Code, Refusal, Result};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};
use crate::submissions::joining::query as groups;

/// What an author writes, and the field it came in.
pub(super) struct Words {
    pub(super) text: Option<String>,
    pub(super) field: &'static str,
}

/// Something that an author does with an own submission.
#[derive(Clone, Debug)]
pub struct Ask {
    /// What.
    pub id: SubmissionId,
    /// The words.
    pub text: Option<String>,
    /// The version that the asker read.
    pub expected_version: Option<i32>,
}

/// "Here is my answer": a comment, and the submission returns to where it was.
///
/// # Errors
/// NOT_FOUND, STALE_VERSION, REQUIRED or TOO_LONG at `text`, STEP_NOT_ALLOWED without a question.
pub async fn answer(scope: &Scope, cmd: Ask) -> Result<submission::Model> {
    by_author(scope, (cmd, Word::Answer), |case| {
        let shown = case.row.shown_phase;
        let back = case.position().ok().and_then(|at| at.stack().top());
        back.filter(|_| shown == Phase::NeedsInfo)
            .ok_or_else(|| not_now("There is no open question on this submission."))
    })
    .await
}

/// "Please look again": once, after a decline; somebody else than the decider looks.
///
/// # Errors
/// NOT_FOUND, STALE_VERSION, TOO_LONG, STEP_NOT_ALLOWED when it is not declined or was asked before.
pub async fn ask_second_look(scope: &Scope, cmd: Ask) -> Result<submission::Model> {
    by_author(scope, (cmd, Word::SecondLook), |case| match case.row.shown_phase {
        Phase::Declined if case.facts.second_look_asked => Err(not_now(
            "You asked for a second look before, and it is given once. Write a comment, or send something new.",
        )),
        Phase::Declined => Ok(Phase::UnderReview),
        _ => Err(not_now("A second look is for a submission that was declined.")),
    })
    .await
}

/// "It is not fixed": within 90 days of the announcement it goes back to work.
///
/// # Errors
/// NOT_FOUND, STALE_VERSION, TOO_LONG, STEP_NOT_ALLOWED when it is not done or the 90 days are over.
pub async fn not_fixed(scope: &Scope, cmd: Ask) -> Result<submission::Model> {
    by_author(scope, (cmd, Word::NotFixed), back_to_work).await
}

fn back_to_work(case: &Case) -> Result<Phase, Refusal> {
    match case.row.shown_phase {
        Phase::Implemented | Phase::Sustained => match last_day(case) {
            Some(day) => Err(not_now(format!(
                "\"Not fixed\" can be said for {NOT_FIXED_DAYS} days after it was told: here until {day}. Write a comment, or send it anew."
            ))),
            None => Ok(Phase::InProgress),
        },
        _ => Err(not_now("\"Not fixed\" is for a submission that was done.")),
    }
}

/// The last day for "not fixed", once it is over.
fn last_day(case: &Case) -> Option<Day> {
    let over = case.facts.days_since_implemented.is_some_and(|days| days > NOT_FIXED_DAYS);
    let told = case.row.implemented_shown_at.filter(|_| over)?;
    Some(told.plus(i64::from(NOT_FIXED_DAYS) * DAY).day())
}

/// "I take it back": as long as nobody has decided, so far as the author knows.
///
/// # Errors
/// NOT_FOUND, STALE_VERSION, STEP_NOT_ALLOWED.
pub async fn withdraw(scope: &Scope, cmd: Ask) -> Result<submission::Model> {
    by_author(scope, (cmd, Word::Withdraw), |_| Ok(Phase::Withdrawn)).await
}

fn not_now(sentence: impl Into<String>) -> Refusal {
    Refusal::new(Code::StepNotAllowed, "id", sentence)
}

async fn by_author(
    scope: &Scope,
    (cmd, word): (Ask, Word),
    target: impl Fn(&Case) -> Result<Phase, Refusal> + Sync,
) -> Result<submission::Model> {
    scope.actor.require_person()?;
    let mut tx = scope.begin().await?;
    if word == Word::Withdraw {
        // What is joined into it is let go.
        groups::alone(&tx).await?;
    }
    let case = Case::open(&mut tx, scope, cmd.id).await?;
    let row = say_within(&mut tx, scope, case, (cmd, word, &target)).await?;
    tx.commit(row).await
}

/// As [`not_fixed`], on the way of another verb, which has opened the submission.
pub(super) async fn say(
    tx: &mut Tx,
    scope: &Scope,
    case: Case,
    (cmd, word): (Ask, Word),
) -> Result<submission::Model> {
    say_within(tx, scope, case, (cmd, word, &back_to_work)).await
}

async fn say_within(
    tx: &mut Tx,
    scope: &Scope,
    case: Case,
    (cmd, word, target): (Ask, Word, &(impl Fn(&Case) -> Result<Phase, Refusal> + Sync)),
) -> Result<submission::Model> {
    if !case.standing.author {
        return Err(Refusal::forbidden("to be its author").into());
    }
    case.expect(cmd.expected_version)?;
    if case.row.canonical_id.is_some() {
        return joining::speak(tx, scope, case, (word, cmd.text)).await;
    }
    let to = target(&case)?;
    let step = case
        .position()?
        .step(to, Letter::Author.into(), &case.facts)
        .map_err(refused_step)
        .map_err(|refusal| Refusal { field: vec![String::from("id")], ..refusal })?;
    let words = Words { text: cmd.text, field: "text" };
    Ok(as_author(tx, scope, case, (step, words)).await?.submission)
}

/// The author's step with its words, which become a comment.
pub(super) async fn as_author(
    tx: &mut Tx,
    scope: &Scope,
    case: Case,
    (step, words): (Step, Words),
) -> Result<Decided> {
    let answers = step.from() == Phase::NeedsInfo && step.to() != Phase::Withdrawn;
    let text = match words.text.filter(|text| !text.trim().is_empty()) {
        Some(text) => Some(checked(&text, Limit::COMMENT.called(words.field))?),
        None if answers => {
            let cure = "An answer needs words: write at least one.";
            return Err(Refusal::new(Code::Required, words.field, cure).into());
        }
        None => None,
    };
    let mut case = case;
    let comment = match text {
        Some(text) => Some(write_comment(tx, scope, &mut case, text).await?),
        None => None,
    };
    if step.is_second_look() {
        mark_second_look(tx, scope, &mut case).await?;
    }
    state(tx, &case, (&step, comment));
    let status = query::default_status(tx, step.to()).await?;
    let decided = decide::carry_out(tx, scope, case, Ruling::of(&step, status)).await?;
    if step.to() == Phase::Withdrawn {
        joining::let_go(tx, scope, decided.submission.id).await?;
    }
    Ok(decided)
}

/// The decider has no R any more, so it cannot stay on their desk.
async fn mark_second_look(tx: &Tx, scope: &Scope, case: &mut Case) -> Result<()> {
    let declined = query::declined_before(tx, case.row.id, scope.now).await?;
    let decider = declined.and_then(|decision| decision.decider_id);
    case.row.second_look_at = Some(scope.now);
    case.row.assignee_id = case.row.assignee_id.filter(|person| Some(*person) != decider);
    Ok(())
}

async fn write_comment(tx: &Tx, scope: &Scope, case: &mut Case, body: String) -> Result<CommentId> {
    let id = CommentId(scope.fresh_id());
    let row = comment::ActiveModel {
        id: Set(id),
        submission_id: Set(case.row.id),
        author_id: Set(scope.actor.person()),
        service_id: Set(None),
        visibility: Set(CommentVisibility::Public),
        body: Set(body),
        created_at: Set(scope.now),
        redacted_at: Set(None),
    };
    row.insert(tx).await?;
    case.row.comment_count += 1;
    Ok(id)
}

#[derive(Serialize)]
struct Asked {
    comment: Option<CommentId>,
}

fn state(tx: &mut Tx, case: &Case, (step, comment): (&Step, Option<CommentId>)) {
    let kind = if step.is_second_look() {
        Some("submission.second_look_asked")
    } else if step.is_not_fixed() {
        Some("submission.not_fixed")
    } else if step.from() == Phase::NeedsInfo && step.to() != Phase::Withdrawn {
        Some("question.answered")
    } else {
        None
    };
    if let Some(kind) = kind {
        tx.state(NewFact::new(kind, ("submission", case.row.id.0), &Asked { comment }));
    }
}
