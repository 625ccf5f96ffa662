//! Hiding from readers, and closing for comments and votes. Both say why, both can be lifted.

use entity::id::ModerationId;
use entity::submissions::submission;
use entity::submissions::text::Limit;
use entity::workflow::moderation;
use entity::workflow::values::{ModerationAct, ModerationReason, ReportResolution};
use sea_orm::ActiveModelTrait as _;
use sea_orm::IntoActiveModel as _;
use serde::Serialize;

use super::{Aim, query as own, touched};
use crate::kit::error::{Code, Refusal, Result};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};
use crate::submissions::disclosure;
use crate::workflow::case::Case;
use crate::workflow::reports::service as reports;
use crate::workflow::service::checked;
use crate::workflow::{policy, query};

/// What is hidden or locked, and why.
#[derive(Clone, Debug)]
pub struct Moderate {
    /// What.
    pub aim: Aim,
    /// Why.
    pub reason: ModerationReason,
    /// More about it, for those who work on it.
    pub note: Option<String>,
}

/// Longest note, in code points.
const NOTE: Limit = Limit { field: "note", max: 500, ..Limit::TITLE };

#[derive(Serialize)]
struct Moderated {
    reason: ModerationReason,
}

/// "Not for everybody": from now on read only by its author, by those who work on it and by
/// moderators.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, STALE_VERSION, TOO_LONG at `note`, INVALID when it is hidden.
pub async fn hide(scope: &Scope, cmd: Moderate) -> Result<submission::Model> {
    moderate(scope, cmd, ModerationAct::Hidden).await
}

/// "Enough said": from now on nobody votes, and nobody comments in public.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, STALE_VERSION, TOO_LONG at `note`, INVALID when it is locked.
pub async fn lock(scope: &Scope, cmd: Moderate) -> Result<submission::Model> {
    moderate(scope, cmd, ModerationAct::Locked).await
}

async fn moderate(scope: &Scope, cmd: Moderate, act: ModerationAct) -> Result<submission::Model> {
    scope.actor.require_person()?;
    let note = match cmd.note.filter(|note| !note.trim().is_empty()) {
        Some(note) => Some(checked(&note, NOTE)?),
        None => None,
    };
    let mut tx = scope.begin().await?;
    let mut row = opened(&mut tx, scope, cmd.aim).await?;
    let before = row.clone();
    let at = place(&mut row, act);
    if at.is_some() {
        let message = format!("This is {act} already. Lift that first to give another reason.");
        return Err(Refusal::new(Code::Invalid, "id", message).into());
    }
    *at = Some(scope.now);
    write(&tx, scope, (row.id, act, cmd.reason, note)).await?;
    let row = touched(row, scope);
    query::store(&tx, &row).await?;
    tx.state(fact(&row, act, &Moderated { reason: cmd.reason }));
    disclosure::facts(&before, &row).into_iter().for_each(|fact| tx.state(fact));
    let settled = match act {
        ModerationAct::Hidden => ReportResolution::Hidden,
        ModerationAct::Locked => ReportResolution::Locked,
    };
    reports::settle(&mut tx, scope, (row.id, settled)).await?;
    tx.commit(row).await
}

/// Lifts what was done. Lifting what is not there changes nothing.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, STALE_VERSION.
pub async fn lift(scope: &Scope, aim: Aim, act: ModerationAct) -> Result<submission::Model> {
    scope.actor.require_person()?;
    let mut tx = scope.begin().await?;
    let mut row = opened(&mut tx, scope, aim).await?;
    let before = row.clone();
    let at = place(&mut row, act);
    if at.is_none() {
        return tx.commit(row).await;
    }
    *at = None;
    let by = (scope.actor.person(), scope.now);
    own::lift(&tx, (row.id, act), by).await?;
    let row = touched(row, scope);
    query::store(&tx, &row).await?;
    tx.state(lifted(&row, act));
    disclosure::facts(&before, &row).into_iter().for_each(|fact| tx.state(fact));
    tx.commit(row).await
}

async fn opened(tx: &mut Tx, scope: &Scope, aim: Aim) -> Result<submission::Model> {
    let case = Case::open(tx, scope, aim.id).await?;
    policy::may_moderate(case.standing, case.letters_in_force(scope))?;
    case.expect(aim.expected_version)?;
    Ok(case.row)
}

fn place(row: &mut submission::Model, act: ModerationAct) -> &mut Option<entity::instant::Instant> {
    match act {
        ModerationAct::Hidden => &mut row.hidden_at,
        ModerationAct::Locked => &mut row.locked_at,
    }
}

type NewModeration = (entity::id::SubmissionId, ModerationAct, ModerationReason, Option<String>);

async fn write(tx: &Tx, scope: &Scope, (id, act, reason, note): NewModeration) -> Result<()> {
    let row = moderation::Model {
        id: ModerationId(scope.fresh_id()),
        submission_id: id,
        act,
        reason,
        note,
        done_by: scope.actor.person(),
        created_at: scope.now,
        lifted_by: None,
        lifted_at: None,
    };
    row.into_active_model().reset_all().insert(tx).await?;
    Ok(())
}

/// Readers learn that something is locked; that something was hidden is for those inside.
fn fact(row: &submission::Model, act: ModerationAct, data: &Moderated) -> NewFact {
    let subject = ("submission", row.id.0);
    match act {
        ModerationAct::Hidden => NewFact::new("submission.hidden", subject, data).internal(),
        ModerationAct::Locked => NewFact::new("submission.locked", subject, data),
    }
}

fn lifted(row: &submission::Model, act: ModerationAct) -> NewFact {
    let subject = ("submission", row.id.0);
    let nothing = serde_json::json!({});
    match act {
        ModerationAct::Hidden => NewFact::new("submission.unhidden", subject, &nothing).internal(),
        ModerationAct::Locked => NewFact::new("submission.unlocked", subject, &nothing),
    }
}
