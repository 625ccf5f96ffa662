//! Reminding those who have an item: before its last day, and once that has passed.
//!
//! A reminder is given once for an item, a kind and a day, by the ledger of timed work. Who is told is
//! the business of those who read the fact, at the moment of telling.

use entity::id::{ActionItemId, PersonId, PlanId, UnitId};
use entity::implementation::values::ReminderKind;
use entity::implementation::{due, item};
use entity::instant::Instant;
use entity::jobs::period::Period;
use entity::jobs::values::TimedKind;
use serde::Serialize;
use uuid::Uuid;

use crate::implementation::days;
use crate::implementation::ground::Subject;
use crate::implementation::policy;
use crate::implementation::query::reminders as query;
use crate::jobs::timed::{self, Acted, Claim, Work};
use crate::kit::error::Result;
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};

/// The fact that somebody is to be reminded.
pub const REMINDED: &str = "plan.item_reminded";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RemindedData {
    plan: PlanId,
    item: ActionItemId,
    reminder: ReminderKind,
    due_on: String,
    assignee: Option<PersonId>,
    function: Option<UnitId>,
}

/// Items whose reminder is due, the longest waiting first.
///
/// # Errors
/// A fault of the database.
pub async fn due(scope: &Scope, most: u64) -> Result<Vec<Uuid>> {
    let due = query::due(&scope.db(), scope.now, most).await?;
    Ok(due.into_iter().map(|id| id.0).collect())
}

/// When the next reminder falls due.
///
/// # Errors
/// A fault of the database.
pub async fn next(scope: &Scope) -> Result<Option<Instant>> {
    query::next(&scope.db()).await
}

/// Reminds whoever has an item, once for a kind of reminder and a day.
///
/// # Errors
/// A fault of the database.
pub async fn remind(tx: &mut Tx, scope: &Scope, id: Uuid) -> Result<Acted> {
    let id = ActionItemId(id);
    let Some(row) = query::locked(&*tx, id).await? else { return Ok(Acted::Nothing) };
    let due_now = row.remind_at.is_some_and(|at| at <= scope.now);
    let (true, Some(day)) = (due_now, row.due_on) else { return Ok(Acted::Nothing) };
    let Some((subject, place, unit)) = query::about(&*tx, &row).await? else {
        return Ok(Acted::Nothing);
    };
    let days = days::of(&*tx, unit).await?;
    query::set_next(&*tx, id, due::next_reminder(day, &days, scope.now)).await?;
    let open = due::is_open(row.status) && policy::goes_on(place);
    let kind = due::reminder_at(day, &days, scope.now).filter(|_| open);
    if let Some(kind) = kind {
        let period = Period::Reminder(kind, day);
        let work = Work { kind: TimedKind::Remind, subject: id.0, period };
        if timed::claim(&*tx, work, scope.now).await? == Claim::Mine {
            tx.state(reminded(subject, (&row, kind)));
        }
    }
    Ok(Acted::Done)
}

fn reminded(subject: Subject, (row, kind): (&item::Model, ReminderKind)) -> NewFact {
    let data = RemindedData {
        plan: row.plan_id,
        item: row.id,
        reminder: kind,
        due_on: row.due_on.map(|day| day.to_string()).unwrap_or_default(),
        assignee: row.assignee_id,
        function: row.function_id,
    };
    NewFact::new(REMINDED, subject.named(), &data).internal()
}
