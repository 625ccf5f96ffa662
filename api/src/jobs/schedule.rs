//! What falls due by the clock.
//!
//! Nothing here keeps a timer of its own: what is due stands in the database with its time, is
//! asked for on the injected clock, and a restart or a clock that jumps loses nothing.

use entity::instant::Instant;

use crate::clocks::escalation;
use crate::closing::service::sustain;
use crate::implementation::service::remind;
use crate::kit::error::Result;
use crate::kit::scope::Scope;
use crate::workflow::announce;

/// Does everything that is due now and tells when the next thing will be.
///
/// # Errors
/// A fault of the database.
pub async fn tick(scope: &Scope) -> Result<Option<Instant>> {
    // A round that fails keeps nothing else from being done: all are made, then the first failure is
    // told.
    let (announced, escalated, reminded) =
        (announce::tick(scope).await, escalation::tick(scope).await, remind::tick(scope).await);
    let sustained = sustain::tick(scope).await;
    Ok([announced?.next, escalated?, reminded?, sustained?].into_iter().flatten().min())
}
