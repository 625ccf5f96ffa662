//! What administrators set about service levels.

use entity::identity::values::Role;
use serde::Serialize;
use uuid::Uuid;

use super::query;
use super::settings::{self, LONGEST_TARGET, Levels, Switch};
use crate::kit::error::{Code, Refusal, Result};
use crate::kit::fact::NewFact;
use crate::kit::scope::Scope;

/// What changes; what is left out stays.
#[derive(Clone, Copy, Debug, Default)]
pub struct LevelsChange {
    /// Business days to the first response.
    pub first_response_days: Option<i32>,
    /// Business days to the decision.
    pub decision_days: Option<i32>,
    /// Whether staff see by when they are answered.
    pub promise: Option<Switch>,
    /// Whether what waits too long is told up the tree.
    pub escalation: Option<Switch>,
}

#[derive(Serialize)]
struct LevelsData {
    keys: Vec<&'static str>,
}

/// The service levels as they stand.
///
/// # Errors
/// UNAUTHENTICATED; FORBIDDEN without ADMIN or AUDITOR.
pub async fn read(scope: &Scope) -> Result<Levels> {
    if !scope.actor.holds(Role::Auditor) {
        scope.actor.require_role(Role::Admin)?;
    }
    query::levels(&scope.db()).await
}

/// "We answer within this time." Clocks that run keep the target with which they began.
///
/// # Errors
/// UNAUTHENTICATED; FORBIDDEN without ADMIN; INVALID at `firstResponseDays` or `decisionDays`.
pub async fn change(scope: &Scope, change: LevelsChange) -> Result<Levels> {
    scope.actor.require_role(Role::Admin)?;
    let values = values_of(change)?;
    let mut tx = scope.begin().await?;
    for (key, value) in &values {
        query::set(&tx, key, (value.clone(), scope.now)).await?;
    }
    let levels = query::levels(&tx).await?;
    if !values.is_empty() {
        let data = LevelsData { keys: values.iter().map(|(key, _)| *key).collect() };
        let subject = ("setting", Uuid::nil());
        tx.state(NewFact::new("service_levels.changed", subject, &data).administrative());
    }
    tx.commit(levels).await
}

fn values_of(change: LevelsChange) -> Result<Vec<(&'static str, String)>> {
    let mut values = Vec::new();
    if let Some(days) = change.first_response_days {
        values.push((settings::FIRST_RESPONSE_DAYS, target(days, "firstResponseDays")?));
    }
    if let Some(days) = change.decision_days {
        values.push((settings::DECISION_DAYS, target(days, "decisionDays")?));
    }
    if let Some(promise) = change.promise {
        values.push((settings::PROMISE, promise.as_str().to_owned()));
    }
    if let Some(escalation) = change.escalation {
        values.push((settings::ESCALATION, escalation.as_str().to_owned()));
    }
    Ok(values)
}

fn target(days: i32, field: &str) -> Result<String> {
    if (1..=LONGEST_TARGET).contains(&days) {
        return Ok(days.to_string());
    }
    let cure = format!(
        "{days} business days are no target. Choose 1 to {LONGEST_TARGET}, a working year."
    );
    Err(Refusal::new(Code::Invalid, field, cure).into())
}
