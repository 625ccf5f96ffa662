//! "Is it still fixed?": asked after 60 days, answered by the author or for the unit, flagged for
//! reviewers when nobody answers.

use entity::closing::sustained;
use entity::closing::values::SustainAnswer;
use entity::id::{SubmissionId, SustainId};
use entity::instant::{DAY, Day, Instant};
use entity::jobs::period::Period;
use entity::jobs::values::TimedKind;
use entity::submissions::phase::Phase;
use entity::submissions::submission;
use sea_orm::Select;
use serde::Serialize;
use uuid::Uuid;

use crate::closing::policy::{self, Answers, Capacities};
use crate::closing::query::sustain as query;
use crate::jobs::timed::{self, Acted, Claim, Work};
use crate::kit::error::{Code, Error, OrNotFound as _, Refusal, Result};
use crate::kit::fact::NewFact;
use crate::kit::page::{Count, Page, PageArgs, page};
use crate::kit::scope::{Scope, Tx};
use crate::submissions;
use crate::workflow::policy::may_triage;
use crate::workflow::resolving;
use crate::workflow::sustaining::Answered;

/// How long it is kept that a day was looked at.
const KEPT: i64 = 7 * DAY;

#[derive(Serialize)]
struct AskedData {
    question: SustainId,
}

#[derive(Serialize)]
struct AnsweredData {
    question: SustainId,
    answer: SustainAnswer,
    by: &'static str,
}

/// When there is something to ask or to flag next. Days are what is counted, so it is looked for once a
/// day.
///
/// # Errors
/// A fault of the database.
pub async fn next(scope: &Scope) -> Result<Option<Instant>> {
    let today = scope.now.day();
    let looked = timed::is_done(&scope.db(), looked_on(today)).await?;
    Ok(Some(if looked { today.start().plus(DAY) } else { scope.now }))
}

/// Submissions that are to be asked about, or whose question nobody answered; when there is none left,
/// the nil id, by which the day is done.
///
/// # Errors
/// A fault of the database.
pub async fn due(scope: &Scope, limit: u64) -> Result<Vec<Uuid>> {
    let db = scope.db();
    let mut due = query::due(&db, scope.now, limit).await?;
    due.extend(query::unanswered(&db, scope.now, limit).await?);
    if due.is_empty() {
        return Ok(vec![Uuid::nil()]);
    }
    Ok(due.into_iter().map(|id| id.0).collect())
}

/// Asks about one submission, or flags its question; or says that the day is done.
///
/// # Errors
/// A fault of the database.
pub async fn act(tx: &mut Tx, scope: &Scope, subject: Uuid) -> Result<Acted> {
    if subject.is_nil() {
        let claim = timed::claim(&*tx, looked_on(scope.now.day()), scope.now).await?;
        if claim == Claim::Taken {
            return Ok(Acted::Nothing);
        }
        // Once a day is often enough for the digests too, whose moments do not come back either.
        for kind in [TimedKind::Sustain, TimedKind::Digest] {
            timed::forget(&*tx, (kind, scope.now.plus(-KEPT))).await?;
        }
        return Ok(Acted::Done);
    }
    let Some(row) = resolving::lock(tx, &[SubmissionId(subject)]).await?.pop() else {
        return Ok(Acted::Nothing);
    };
    match ask(tx, scope, &row).await? {
        Acted::Done => Ok(Acted::Done),
        Acted::Nothing => flag(tx, scope, &row).await,
    }
}

/// That a day was looked at to its end.
fn looked_on(day: Day) -> Work {
    Work { kind: TimedKind::Sustain, subject: Uuid::nil(), period: Period::Day(day) }
}

/// Asks about a submission under its lock: once for each time that it was announced as done.
async fn ask(tx: &mut Tx, scope: &Scope, row: &submission::Model) -> Result<Acted> {
    let due = query::is_due(&*tx, scope.now, row.id).await?;
    let (Some(shown_at), true) = (row.implemented_shown_at, due) else {
        return Ok(Acted::Nothing);
    };
    let question = sustained::Model {
        id: SustainId(scope.fresh_id()),
        submission_id: row.id,
        shown_at,
        asked_at: scope.now,
        answer: None,
        answered_by: None,
        answered_at: None,
        flagged_at: None,
        closed_at: None,
    };
    let data = AskedData { question: question.id };
    if !query::ask(&*tx, question).await? {
        return Ok(Acted::Nothing);
    }
    tx.state(NewFact::new("sustain.asked", ("submission", row.id.0), &data));
    Ok(Acted::Done)
}

/// Flags the questions about a submission under its lock that nobody answered; those about a time that
/// is over are closed.
async fn flag(tx: &mut Tx, scope: &Scope, row: &submission::Model) -> Result<Acted> {
    let mut acted = Acted::Nothing;
    for question in query::unanswered_of(&*tx, scope.now, row.id).await? {
        let current = row.shown_phase == Phase::Implemented
            && row.implemented_shown_at == Some(question.shown_at);
        let now = if current {
            tx.state(fact("sustain.flagged", row, &AskedData { question: question.id }));
            sustained::Model { flagged_at: Some(scope.now), ..question }
        } else {
            sustained::Model { closed_at: Some(scope.now), ..question }
        };
        query::store(&*tx, &now).await?;
        acted = Acted::Done;
    }
    Ok(acted)
}

fn fact(kind: &'static str, row: &submission::Model, data: &impl Serialize) -> NewFact {
    NewFact::new(kind, ("submission", row.id.0), data).internal()
}

/// An answer to "is it still fixed?".
#[derive(Clone, Debug)]
pub struct Answer {
    /// About what.
    pub id: SubmissionId,
    /// The version that the asker read.
    pub expected_version: Option<i32>,
    /// YES or NO.
    pub answer: SustainAnswer,
    /// Words of the author with a NO.
    pub text: Option<String>,
}

/// "It is", "it is not": YES moves it to SUSTAINED; the author's NO is "not fixed"; a NO for the unit
/// asks a reviewer to look and moves nothing.
///
/// # Errors
/// NOT_FOUND, STALE_VERSION; FORBIDDEN for who is neither its author nor manager of its unit; TOO_LATE
/// without an open question; STEP_NOT_ALLOWED while a decision is pending, and for the author's NO after
/// 90 days; TOO_LONG; INVALID for words that nobody would read.
pub async fn answer(scope: &Scope, cmd: Answer) -> Result<(submission::Model, sustained::Model)> {
    let me = scope.actor.require_person()?;
    let mut tx = scope.begin().await?;
    let found = Answered::open(&mut tx, scope, (cmd.id, cmd.expected_version)).await?;
    let standing = found.standing();
    let by = policy::may_answer(Answers {
        author: standing.author,
        manager: standing.manager,
        recused: standing.recused,
    })?;
    let open = open_question(&tx, found.row()).await?;
    if cmd.text.is_some() && (by, cmd.answer) != (Capacities::Author, SustainAnswer::No) {
        return Err(nobody_reads_it().into());
    }
    let question = sustained::Model {
        answer: Some(cmd.answer),
        answered_by: Some(me),
        answered_at: Some(scope.now),
        ..open
    };
    let who = match by {
        Capacities::Author => "AUTHOR",
        Capacities::Unit => "UNIT",
    };
    let data = AnsweredData { question: question.id, answer: cmd.answer, by: who };
    tx.state(fact("sustain.answered", found.row(), &data));
    let closed = sustained::Model { closed_at: Some(scope.now), ..question.clone() };
    let (row, question) = match (cmd.answer, by) {
        (SustainAnswer::Yes, _) => (found.holds(&mut tx, scope).await?, closed),
        (SustainAnswer::No, Capacities::Author) => {
            (found.is_not_fixed(&mut tx, scope, cmd.text).await?, closed)
        }
        (SustainAnswer::No, Capacities::Unit) => {
            let row = found.row().clone();
            tx.state(fact("sustain.flagged", &row, &AskedData { question: question.id }));
            (row, sustained::Model { flagged_at: Some(scope.now), ..question })
        }
    };
    query::store(&tx, &question).await?;
    tx.commit((row, question)).await
}

async fn open_question(tx: &Tx, row: &submission::Model) -> Result<sustained::Model> {
    let question = query::question_of(tx, row).await?;
    let done = row.shown_phase == Phase::Implemented;
    question
        .filter(|it| done && it.answer.is_none() && it.closed_at.is_none())
        .ok_or_else(|| Error::from(no_question()))
}

fn no_question() -> Refusal {
    Refusal::new(
        Code::TooLate,
        "submissionId",
        "Nobody asks whether this is still fixed, or somebody has answered. The author can say \"not fixed\" for 90 days.",
    )
}

fn nobody_reads_it() -> Refusal {
    Refusal::new(
        Code::Invalid,
        "text",
        "Words go with the author's NO alone. Leave them out, or write a comment.",
    )
}

/// "I have looked": takes a flag away, for whoever reviews the submission. Nothing moves.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN; TOO_LATE without a flag.
pub async fn look(
    scope: &Scope,
    id: SubmissionId,
) -> Result<(submission::Model, sustained::Model)> {
    scope.actor.require_person()?;
    let tx = scope.begin().await?;
    let row =
        submissions::query::locked(&tx, &scope.actor, id).await?.or_not_found("submissionId")?;
    let standing = submissions::standing::standing(&tx, &scope.actor, &row).await?;
    may_triage(standing.letters())?;
    let question = query::question_of(&tx, &row).await?;
    let flagged = question.filter(|it| it.flagged_at.is_some() && it.closed_at.is_none());
    let flagged = flagged.ok_or_else(no_flag)?;
    let question = sustained::Model { closed_at: Some(scope.now), ..flagged };
    query::store(&tx, &question).await?;
    tx.commit((row, question)).await
}

fn no_flag() -> Error {
    let cure = "No flag waits on this submission. Read the list again.";
    Refusal::new(Code::TooLate, "submissionId", cure).into()
}

/// Which questions are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    /// Those that the asker may answer.
    ToAnswer,
    /// Those that wait for the asker to look.
    Flagged,
}

/// Questions, the longest asked first.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN for integrations, BAD_REQUEST of the page.
pub async fn questions(
    scope: &Scope,
    listed: Listed,
    (args, count): (&PageArgs, Count),
) -> Result<Page<sustained::Model>> {
    scope.actor.require_person()?;
    let select: Select<sustained::Entity> = match listed {
        Listed::ToAnswer => query::to_answer(&scope.actor),
        Listed::Flagged => query::flagged(&scope.actor),
    };
    page(&scope.db(), select, &query::oldest(), args, count).await
}
