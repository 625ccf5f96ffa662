//! What integrations read of a submission changes: it is stated, so that nobody keeps a copy that is not
//! theirs any more.

use entity::id::UnitId;
use entity::submissions::disclosure::View;
use entity::submissions::submission;
use serde::Serialize;

use crate::kit::fact::NewFact;

/// Integrations of its unit read it from here on.
pub const DISCLOSED: &str = "submission.disclosed";
/// Integrations of that unit read it no longer.
pub const WITHHELD: &str = "submission.withheld";

#[derive(Serialize)]
struct DisclosureData {
    unit: UnitId,
}

/// What a change of a submission means for integrations: of the unit in which it was, and of that in
/// which it is. Nothing where they read it as before, or as little.
#[must_use]
pub fn facts(before: &submission::Model, after: &submission::Model) -> Vec<NewFact> {
    let (withheld, disclosed) = View::of(before).change(View::of(after));
    let fact = |kind: &'static str, unit: UnitId| {
        let subject = ("submission", after.id.0);
        NewFact::new(kind, subject, &DisclosureData { unit }).for_integrations()
    };
    let withheld = withheld.map(|unit| fact(WITHHELD, unit));
    withheld.into_iter().chain(disclosed.map(|unit| fact(DISCLOSED, unit))).collect()
}
