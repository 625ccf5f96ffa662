//! Surface of closing the loop.

pub mod came;
pub mod resolutions;
pub mod seen;
pub mod sustained;
pub mod values;

use async_graphql::Context;
use async_graphql::dataloader::DataLoader;
use entity::triage::cause;

use self::resolutions::CauseResolution;
use super::loader::{Closings, LatestOf};
use crate::kit::error::{Fault, Result};
use crate::triage::causes::graphql::function_of;
use crate::triage::causes::policy::may_change;
use crate::triage::graphql::signed_in;
use crate::user_errors;

user_errors!(ClosingUserError, ClosingErrorCode, "closing the loop" {
    /// Without the right that this needs.
    Forbidden,
    /// Nothing with this id is there for you.
    NotFound,
    /// A value is missing.
    Required,
    /// A text is too long.
    TooLong,
    /// A value is not of the right form or range.
    Invalid,
    /// It changed since it was read.
    StaleVersion,
    /// Somebody else was quicker.
    Conflict,
    /// It can no longer be taken back, announced or answered.
    TooLate,
    /// This step is not allowed from where it stands.
    StepNotAllowed,
});

/// The batches of this feature.
pub(super) fn batches<'a>(ctx: &Context<'a>) -> Result<&'a DataLoader<Closings>> {
    Ok(ctx.data::<DataLoader<Closings>>().map_err(|_| Fault::internal("no batches of closings"))?)
}

/// The latest resolving of a cause, for somebody who may change that.
pub(crate) async fn latest(
    ctx: &Context<'_>,
    cause: &cause::Model,
) -> Result<Option<CauseResolution>> {
    let function = function_of(ctx, cause).await?;
    if may_change(&signed_in(ctx)?.actor, cause, function).is_err() {
        return Ok(None);
    }
    Ok(batches(ctx)?.load_one(LatestOf(cause.id)).await?.map(CauseResolution))
}
