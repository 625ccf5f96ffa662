//! Counts clocks anew after a calendar, a zone or the tree of units has changed.
//!
//! One job counts one batch and asks, in the same transaction, for the next: whatever dies, the work
//! goes on where it stood. Counting twice changes nothing.

use entity::clocks::machine::Clocks;
use entity::id::{TypedId as _, UnitId};
use entity::jobs::job;

use super::query;
use crate::jobs::recount::{Progress, go_on};
use crate::jobs::roster::Verdict;
use crate::kit::error::Result;
use crate::kit::scope::Scope;

/// Submissions counted in one transaction.
const BATCH: u64 = 200;

/// Makes one attempt at a batch.
pub async fn attempt(scope: &Scope, job: &job::Model) -> Verdict {
    let (Ok(unit), Ok(progress)) =
        (UnitId::parse(&job.subject), serde_json::from_str(&job.payload))
    else {
        return Verdict::give_up("The job names no unit.");
    };
    match batch(scope, (unit, progress)).await {
        Ok(()) => Verdict::Done,
        Err(error) => Verdict::again(format!("{error}")),
    }
}

async fn batch(scope: &Scope, (unit, progress): (UnitId, Progress)) -> Result<()> {
    let tx = scope.begin().await?;
    let found = query::open_below(&tx, unit, (progress.after, BATCH)).await?;
    let Some((last, _)) = found.last().copied() else { return tx.commit_silently(()).await };
    let ids: Vec<_> = found.iter().map(|(id, _)| *id).collect();
    let units: Vec<UnitId> = found.iter().map(|(_, unit)| *unit).collect();
    let mut clocks = query::clocks_of_all(&tx, &ids).await?;
    let terms = query::terms_of(&tx, &units).await?;
    let mut changed = Vec::new();
    for (id, unit) in &found {
        let (Some(before), Some(terms)) = (clocks.remove(id), terms.get(unit)) else { continue };
        let mut after: Clocks = before.clone();
        after.recount(&terms.time);
        if after.due_at() != before.due_at() {
            query::set_due(&tx, *id, after.due_at()).await?;
        }
        changed.extend(after.rows().iter().filter(|row| !before.rows().contains(row)).cloned());
    }
    query::write(&tx, changed).await?;
    if found.len() as u64 == BATCH {
        go_on(&tx, scope, (unit, Progress { after: Some(last) })).await?;
    }
    tx.commit(()).await
}
