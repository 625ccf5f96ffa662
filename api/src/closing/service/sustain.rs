//! "Is it still fixed?": asked after 60 days, answered by the author or for the unit, flagged for
//! reviewers when nobody answers.

use entity::closing::sustained;
use entity::closing::values::SustainAnswer;
use entity::id::{SubmissionId, SustainId};
use entity::instant::{DAY, Instant};
use entity::submissions::submission;
use sea_orm::Select;
use serde::Serialize;

use crate::closing::policy::{self, Answers, Capacities};
use crate::closing::query::sustain as query;
use crate::kit::error::{Code, Error, OrNotFound as _, Refusal, Result};
use crate::kit::fact::NewFact;
use crate::kit::page::{Count, Page, PageArgs, page};
use crate::kit::scope::{Scope, Tx};
use crate::submissions;
use crate::workflow::policy::may_triage;
use crate::workflow::resolving;
use crate::workflow::sustaining::Answered;

/// Submissions or questions looked at in one round.
const ROUND: u64 = 200;

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

/// Asks what is due and flags what nobody answered; once a day, because days are what is counted.
/// Returns when to look again. Safe with several processes.
///
/// # Errors
/// A fault of the database; then the same day is looked at again.
pub async fn tick(scope: &Scope) -> Result<Option<Instant>> {
    let today = scope.now.day();
    let tomorrow = today.start().plus(DAY);
    if query::done_on(&scope.db()).await?.as_deref() == Some(today.to_string().as_str()) {
        return Ok(Some(tomorrow));
    }
    ask_due(scope).await?;
    flag_due(scope).await?;
    let tx = scope.begin().await?;
    query::note_done(&tx, (today.to_string(), scope.now)).await?;
    tx.commit_silently(Some(tomorrow)).await
}

async fn ask_due(scope: &Scope) -> Result<()> {
    let mut after = None;
    loop {
        let due = query::due(&scope.db(), scope.now, (after, ROUND)).await?;
        for id in &due {
            ask(scope, *id).await?;
        }
        after = due.last().copied();
        if (due.len() as u64) < ROUND {
            return Ok(());
        }
    }
}

async fn ask(scope: &Scope, id: SubmissionId) -> Result<()> {
    let mut tx = scope.begin().await?;
    let Some(row) = resolving::lock(&tx, &[id]).await?.pop() else { return Ok(()) };
    let (Some(shown_at), true) =
        (row.implemented_shown_at, query::is_due(&tx, scope.now, id).await?)
    else {
        return Ok(());
    };
    let question = sustained::Model {
        id: SustainId(scope.fresh_id()),
        submission_id: id,
        shown_at,
        asked_at: scope.now,
        answer: None,
        answered_by: None,
        answered_at: None,
        flagged_at: None,
        closed_at: None,
    };
    let data = AskedData { question: question.id };
    if query::ask(&tx, question).await? {
        tx.state(NewFact::new("sustain.asked", ("submission", id.0), &data));
    }
    tx.commit(()).await
}

async fn flag_due(scope: &Scope) -> Result<()> {
    loop {
        let due = query::unanswered(&scope.db(), scope.now, ROUND).await?;
        for question in &due {
            flag(scope, question).await?;
        }
        if (due.len() as u64) < ROUND {
            return Ok(());
        }
    }
}

async fn flag(scope: &Scope, found: &sustained::Model) -> Result<()> {
    let mut tx = scope.begin().await?;
    let Some(row) = resolving::lock(&tx, &[found.submission_id]).await?.pop() else {
        return Ok(());
    };
    let question = query::question_of(&tx, &row).await?.filter(|it| it.id == found.id);
    let still =
        question.is_some() && row.shown_phase == entity::submissions::phase::Phase::Implemented;
    match question {
        Some(question) if still && question.answer.is_none() && question.closed_at.is_none() => {
            let now = sustained::Model { flagged_at: Some(scope.now), ..question };
            query::store(&tx, &now).await?;
            tx.state(fact("sustain.flagged", &row, &AskedData { question: now.id }));
        }
        // It went back to work meanwhile, or was done anew.
        _ => {
            let now = sustained::Model { closed_at: Some(scope.now), ..found.clone() };
            query::store(&tx, &now).await?;
        }
    }
    tx.commit(()).await
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
    let done = row.shown_phase == entity::submissions::phase::Phase::Implemented;
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
