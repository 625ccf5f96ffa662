//! The settings of the organisation: words in rows, values with bounds in code.

use entity::implementation::values::OutcomeOrder;
use entity::notify::rhythm::Hours;
use entity::submissions::hold::HoldPolicy;

use crate::kit::actor::{AuthorNames, ReadPolicy};

/// Seconds between decision and announcement.
pub const HOLD_SECONDS: &str = "hold_seconds";
/// Who reads ideas.
pub const READ_POLICY: &str = "read_policy";
/// Who sees names of authors.
pub const AUTHOR_NAMES: &str = "author_names";
/// The organisation's own name for its programme, on screens and in mails.
pub const PROGRAM_NAME: &str = "program_name";
/// Marks a database that holds the demo; the value says which content. No setting that anybody sets.
pub const DEMO: &str = "demo";
/// Whether an actual figure of an outcome may come before its target.
pub const OUTCOME_ORDER: &str = "outcome_order";
/// From when on nothing is sent that can wait.
pub const QUIET_FROM: &str = "quiet_from";
/// Until when.
pub const QUIET_TO: &str = "quiet_to";
/// When digests go out.
pub const DIGEST_AT: &str = "digest_at";
/// On which day the weekly digest does.
pub const DIGEST_ON: &str = "digest_on";
/// Names this life of the fact log: a restored database starts another (docs/adr/0001).
pub const FACT_EPOCH: &str = "fact_epoch";

/// Longest hold: seven days.
pub const LONGEST_HOLD_SECONDS: u32 = 7 * 24 * 60 * 60;
/// The name of a programme that nobody has named yet.
pub const FIRST_NAME: &str = "Earshot";

/// The settings as they stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How long decisions are held back.
    pub hold: HoldPolicy,
    /// Who reads ideas.
    pub read_policy: ReadPolicy,
    /// Who sees names of authors.
    pub author_names: AuthorNames,
    /// The organisation's own name for its programme.
    pub program_name: String,
    /// Whether an actual figure of an outcome may come before its target.
    pub outcome_order: OutcomeOrder,
    /// Quiet hours, and when digests go out, on the clocks of where people work.
    pub hours: Hours,
    /// The epoch of the fact log.
    pub fact_epoch: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            hold: HoldPolicy::default(),
            read_policy: ReadPolicy::default(),
            author_names: AuthorNames::default(),
            program_name: FIRST_NAME.to_owned(),
            outcome_order: OutcomeOrder::AnyOrder,
            hours: Hours::default(),
            fact_epoch: String::from("0"),
        }
    }
}

impl Settings {
    /// The settings that rows state; what is missing or unreadable stays at its default.
    #[must_use]
    pub fn of(rows: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut settings = Self::default();
        for (key, value) in rows {
            match key.as_str() {
                HOLD_SECONDS => {
                    if let Ok(seconds) = value.parse() {
                        settings.hold = HoldPolicy { seconds };
                    }
                }
                READ_POLICY => {
                    settings.read_policy = ReadPolicy::named(&value).unwrap_or_default();
                }
                AUTHOR_NAMES => {
                    settings.author_names = AuthorNames::named(&value).unwrap_or_default();
                }
                PROGRAM_NAME => settings.program_name = value,
                OUTCOME_ORDER => {
                    settings.outcome_order = value.parse().unwrap_or(OutcomeOrder::AnyOrder);
                }
                QUIET_FROM => {
                    settings.hours.quiet_from = value.parse().unwrap_or(settings.hours.quiet_from);
                }
                QUIET_TO => {
                    settings.hours.quiet_to = value.parse().unwrap_or(settings.hours.quiet_to);
                }
                DIGEST_AT => {
                    settings.hours.digest_at = value.parse().unwrap_or(settings.hours.digest_at);
                }
                DIGEST_ON => {
                    settings.hours.digest_on = value.parse().unwrap_or(settings.hours.digest_on);
                }
                FACT_EPOCH => settings.fact_epoch = value,
                _ => {}
            }
        }
        settings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rows_state_is_read_and_the_rest_stays() {
        let rows = [(HOLD_SECONDS, "0"), (READ_POLICY, "OWN_UNIT"), (AUTHOR_NAMES, "nonsense")];
        let settings = Settings::of(rows.map(|(key, value)| (key.to_owned(), value.to_owned())));
        assert_eq!(settings.hold.seconds, 0);
        assert_eq!(settings.read_policy, ReadPolicy::OwnUnit);
        assert_eq!(settings.author_names, AuthorNames::Readers);
        assert_eq!(settings.program_name, FIRST_NAME);
    }
}
