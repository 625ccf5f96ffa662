//! What a caller may still ask for in this minute.

use async_graphql::{Context, Object, SimpleObject};

use super::scalars::DateTime;
use crate::http::budget::Balance;

/// Your budget of cost points. It fills up evenly, and is full again a minute after it was empty.
#[derive(SimpleObject)]
pub struct RateLimit {
    /// Points that this request cost.
    pub cost: u32,
    /// Points of a full budget.
    pub limit: u32,
    /// Points that are left.
    pub remaining: u32,
    /// When it is full again, if you ask for nothing more.
    pub full_at: DateTime,
}

/// The budget as a root field.
#[derive(Default)]
pub struct RateLimitQuery;

#[Object]
impl RateLimitQuery {
    /// What is left of your budget; of the budget of your address when you are not signed in. Null
    /// where there is no limit. Needs no sign-in.
    async fn rate_limit(&self, ctx: &Context<'_>) -> Option<RateLimit> {
        let balance = (*ctx.data_opt::<Option<Balance>>()?)?;
        Some(RateLimit {
            cost: balance.cost,
            limit: balance.limit,
            remaining: balance.remaining,
            full_at: balance.full_at.into(),
        })
    }
}
