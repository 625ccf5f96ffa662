//! Reporting, and closing what was looked at.

use entity::id::{CommentId, PersonId, ReportId, SubmissionId};
use entity::instant::DAY;
use entity::submissions::submission;
use entity::submissions::text::Limit;
use entity::workflow::report;
use entity::workflow::values::{ModerationReason, ReportResolution};
use serde::Serialize;

use super::query;
use crate::kit::error::{Code, OrNotFound as _, Refusal, Result};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};
use crate::submissions::query::{self as submissions, Inside};
use crate::submissions::service::Receipt;
use crate::submissions::standing::standing;
use crate::workflow::case::Case;
use crate::workflow::handling::Aim;
use crate::workflow::policy;
use crate::workflow::service::checked;

/// Most reports of one person in 24 hours.
pub const MOST_A_DAY: u64 = 20;
const NOTE: Limit = Limit { field: "note", max: 500, ..Limit::TITLE };

/// What is reported, and why.
#[derive(Clone, Debug)]
pub struct NewReport {
    /// About what.
    pub submission: SubmissionId,
    /// About which comment on it; none: about what its author wrote.
    pub comment: Option<CommentId>,
    /// Why.
    pub reason: ModerationReason,
    /// More about it.
    pub note: Option<String>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Reported {
    /// The report.
    pub report: report::Model,
    /// Whether the same person had reported the same thing before.
    pub receipt: Receipt,
}

#[derive(Serialize)]
struct ReportedData {
    report: ReportId,
    reason: ModerationReason,
    comment: Option<CommentId>,
}

#[derive(Serialize)]
struct SettledData {
    resolution: ReportResolution,
    reports: Vec<ReportId>,
}

/// "This should not stand there": once for each person and thing; again it changes nothing.
///
/// # Errors
/// NOT_FOUND at `id` or `commentId`; INVALID for one's own; REQUIRED or TOO_LONG at `note`;
/// TOO_MANY_ATTEMPTS after 20 within 24 hours.
pub async fn report(scope: &Scope, cmd: NewReport) -> Result<Reported> {
    let me = scope.actor.require_person()?;
    let note = note_of(&cmd)?;
    let mut tx = scope.begin().await?;
    check(&tx, scope, (me, &cmd)).await?;
    let about = (cmd.submission, cmd.comment);
    if let Some(report) = query::before(&tx, me, about).await? {
        return tx.commit(Reported { report, receipt: Receipt::Already }).await;
    }
    if query::made_since(&tx, me, scope.now.plus(-DAY)).await? >= MOST_A_DAY {
        return Err(too_many().into());
    }
    let row = report::Model {
        id: ReportId(scope.fresh_id()),
        submission_id: cmd.submission,
        comment_id: cmd.comment,
        reporter_id: me,
        reason: cmd.reason,
        note,
        created_at: scope.now,
        resolution: None,
        resolved_by: None,
        resolved_at: None,
    };
    if !query::insert(&tx, &row).await? {
        let report = query::before(&tx, me, about).await?.or_not_found("id")?;
        return tx.commit(Reported { report, receipt: Receipt::Already }).await;
    }
    let data = ReportedData { report: row.id, reason: row.reason, comment: row.comment_id };
    tx.state(NewFact {
        // Nobody learns who reported: the log says that it was a person.
        actor: Some(entity::facts::values::ActorKind::Person),
        ..NewFact::new("submission.reported", ("submission", row.submission_id.0), &data).internal()
    });
    tx.commit(Reported { report: row, receipt: Receipt::Fresh }).await
}

fn too_many() -> Refusal {
    let message = format!(
        "You have reported {MOST_A_DAY} things within a day. Speak with a reviewer, or go on tomorrow."
    );
    Refusal::new(Code::TooManyAttempts, "", message)
}

fn note_of(cmd: &NewReport) -> Result<Option<String>> {
    let given = cmd.note.as_deref().filter(|note| !note.trim().is_empty());
    match (given, cmd.reason) {
        (Some(note), _) => Ok(Some(checked(note, NOTE)?)),
        (None, ModerationReason::Other) => {
            let cure = "OTHER says nothing by itself: write in a note what is wrong.";
            Err(Refusal::new(Code::Required, "note", cure).into())
        }
        (None, _) => Ok(None),
    }
}

/// Reported is what somebody else wrote, and what one reads.
async fn check(tx: &Tx, scope: &Scope, (me, cmd): (PersonId, &NewReport)) -> Result<()> {
    let row = submissions::one_readable(tx, &scope.actor, cmd.submission).await?;
    let row = row.or_not_found("id")?;
    let (author, field) = match cmd.comment {
        None => (row.author_id, "id"),
        Some(comment) => {
            let standing = standing(tx, &scope.actor, &row).await?;
            let inside = if standing.inside() { Inside::Yes } else { Inside::No };
            let found = query::comment_on(tx, (row.id, comment), inside).await?;
            (found.or_not_found("commentId")?.author_id, "commentId")
        }
    };
    if author == Some(me) {
        let cure = "You wrote this yourself. Change it or take it back, or ask a reviewer.";
        return Err(Refusal::new(Code::Invalid, field, cure).into());
    }
    Ok(())
}

/// "We have looked at it": closes what nobody has seen to yet. Closing nothing changes nothing.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, STALE_VERSION.
pub async fn close(scope: &Scope, aim: Aim) -> Result<submission::Model> {
    scope.actor.require_person()?;
    let mut tx = scope.begin().await?;
    let case = Case::open(&mut tx, scope, aim.id).await?;
    policy::may_moderate(case.standing, case.letters_in_force(scope))?;
    case.expect(aim.expected_version)?;
    settle(&mut tx, scope, (aim.id, ReportResolution::Closed)).await?;
    tx.commit(case.row).await
}

/// Settles what nobody has seen to, on the way of another verb.
///
/// # Errors
/// A fault of the database.
pub(in crate::workflow) async fn settle(
    tx: &mut Tx,
    scope: &Scope,
    (submission, resolution): (SubmissionId, ReportResolution),
) -> Result<()> {
    let by = (scope.actor.person(), scope.now);
    let reports = query::settle(tx as &Tx, (submission, resolution), by).await?;
    if !reports.is_empty() {
        let data = SettledData { resolution, reports };
        let subject = ("submission", submission.0);
        tx.state(NewFact::new("submission.reports_settled", subject, &data).internal());
    }
    Ok(())
}
