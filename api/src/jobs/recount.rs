//! Asking that the clocks of a unit, and of all below it, be counted anew.
//!
//! Whoever changes what business time hangs on asks, in its own transaction: a calendar, a zone, a
//! place in the tree. The work itself is done by `clocks/recount.rs`.

use entity::id::{SubmissionId, UnitId};
use serde::{Deserialize, Serialize};

use super::queue::{self, NewJob, Priority};
use crate::kit::error::Result;
use crate::kit::scope::{Scope, Tx};

/// The kind of these jobs; their subject is the unit.
pub const RECOUNT: &str = "recount";

/// Where the work goes on: submissions are taken in the order of their ids.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The last one that was counted.
    pub after: Option<SubmissionId>,
}

/// Asks for a recount from the beginning.
///
/// # Errors
/// A fault of the database.
pub async fn ask(tx: &Tx, scope: &Scope, unit: UnitId) -> Result<()> {
    go_on(tx, scope, (unit, Progress::default())).await
}

/// Asks for the rest of a recount.
///
/// # Errors
/// A fault of the database.
pub async fn go_on(tx: &Tx, scope: &Scope, (unit, progress): (UnitId, Progress)) -> Result<()> {
    let job = NewJob::now(scope, RECOUNT, unit).with_priority(Priority::Bulk).about(&progress);
    queue::enqueue(tx, scope, job).await?;
    Ok(())
}
