//! The days of the place that a plan is for: which day it is there, and on which days people work.

use entity::clocks::hours::BusinessTime;
use entity::id::UnitId;
use sea_orm::ConnectionTrait;

use crate::clocks;
use crate::kit::error::Result;

/// The business time of a unit; the usual hours where no unit is named.
///
/// # Errors
/// A fault of the database.
pub async fn of<C: ConnectionTrait>(conn: &C, unit: Option<UnitId>) -> Result<BusinessTime> {
    match unit {
        Some(unit) => Ok(clocks::query::terms_at(conn, unit).await?.time),
        None => Ok(BusinessTime::usual()),
    }
}
