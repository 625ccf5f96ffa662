//! Reminding those who have an item: before its last day, and once that has passed.
//!
//! A reminder is given once for an item, a kind and a day, by the row that notes it: whatever crashes
//! and however many processes keep time. Who is told is the business of those who read the fact, at
//! the moment of telling.

use entity::id::{ActionItemId, PersonId, PlanId, UnitId};
use entity::implementation::values::ReminderKind;
use entity::implementation::{due, item, reminder};
use entity::instant::Instant;
use serde::Serialize;

use crate::implementation::days;
use crate::implementation::ground::Subject;
use crate::implementation::policy;
use crate::implementation::query::reminders as query;
use crate::kit::error::Result;
use crate::kit::fact::NewFact;
use crate::kit::scope::Scope;

/// The fact that somebody is to be reminded.
pub const REMINDED: &str = "plan.item_reminded";
/// Items handled in one round.
const ROUND: u64 = 200;

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

/// Reminds of everything that is due, each item in a transaction of its own, and tells when the next
/// reminder falls due.
///
/// # Errors
/// A fault of the database; what was done before it stays done.
pub async fn tick(scope: &Scope) -> Result<Option<Instant>> {
    let mut failed = None;
    for id in query::due(&scope.db(), scope.now, ROUND).await? {
        if let Err(error) = one(scope, id).await {
            tracing::error!(item = %id, %error, "nobody was reminded");
            failed = failed.or(Some(error));
        }
    }
    match failed {
        Some(error) => Err(error),
        None => query::next(&scope.db()).await,
    }
}

async fn one(scope: &Scope, id: ActionItemId) -> Result<()> {
    let mut tx = scope.begin().await?;
    let Some(row) = query::locked(&tx, id).await? else { return Ok(()) };
    let due_now = row.remind_at.is_some_and(|at| at <= scope.now);
    let (true, Some(day)) = (due_now, row.due_on) else { return Ok(()) };
    let Some((subject, place, unit)) = query::about(&tx, &row).await? else { return Ok(()) };
    let days = days::of(&tx, unit).await?;
    query::set_next(&tx, id, due::next_reminder(day, &days, scope.now)).await?;
    let open = due::is_open(row.status) && policy::goes_on(place);
    let kind = due::reminder_at(day, &days, scope.now).filter(|_| open);
    if let Some(kind) = kind {
        let noted = reminder::Model { item_id: id, kind, day, created_at: scope.now };
        if query::note(&tx, noted).await? {
            tx.state(reminded(subject, (&row, kind)));
        }
    }
    tx.commit(()).await
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
