//! What administrators send.

use async_graphql::{ID, InputObject, MaybeUndefined};

use super::types::{AuthorNames, OutcomeOrder, Phase, ProgramKind, ReadPolicy};
use crate::graphql::scalars::Date;
use crate::programs::service::NewLabel;

/// A name in one language.
#[derive(Clone, Debug, InputObject)]
pub struct LabelInput {
    /// Language, for instance `en` or `es-MX`.
    pub locale: String,
    /// What people read; at most 120 characters.
    pub text: String,
}

/// The names as the service takes them.
pub(super) fn new_labels(labels: Vec<LabelInput>) -> Vec<NewLabel> {
    labels.into_iter().map(|label| NewLabel { locale: label.locale, text: label.text }).collect()
}

/// A programme to make.
#[derive(InputObject)]
pub struct ProgramCreateInput {
    /// Its name; at most 200 characters.
    pub name: String,
    /// Standing or time-boxed; time-boxed when not given.
    pub kind: Option<ProgramKind>,
    /// Last day of a campaign.
    pub ends_on: Option<Date>,
}

/// Changes to a programme.
#[derive(InputObject)]
pub struct ProgramUpdateInput {
    /// Which one.
    pub id: ID,
    /// The version that you read; refused when it moved on.
    pub expected_version: Option<i32>,
    /// A new name.
    pub name: Option<String>,
    /// The last day; null takes it away.
    pub ends_on: MaybeUndefined<Date>,
    /// True closes it for new submissions.
    pub archived: Option<bool>,
}

/// A reason to add.
#[derive(InputObject)]
pub struct ReasonCreateInput {
    /// DECLINED or DEFERRED.
    pub phase: Phase,
    /// Stable code: A-Z, 0-9 and _, at most 40.
    pub code: String,
    /// Order in lists; the end when not given.
    pub position: Option<i32>,
    /// Names; English at least.
    pub labels: Vec<LabelInput>,
}

/// Changes to a reason.
#[derive(InputObject)]
pub struct ReasonUpdateInput {
    /// Which one.
    pub id: ID,
    /// The version that you read; refused when it moved on.
    pub expected_version: Option<i32>,
    /// Order in lists.
    pub position: Option<i32>,
    /// Names to write; other languages stay.
    pub labels: Option<Vec<LabelInput>>,
    /// False puts it back into use.
    pub archived: Option<bool>,
}

/// A reason to take out of use.
#[derive(InputObject)]
pub struct ReasonArchiveInput {
    /// Which one.
    pub id: ID,
    /// The version that you read; refused when it moved on.
    pub expected_version: Option<i32>,
}

/// A status to add.
#[derive(InputObject)]
pub struct StatusCreateInput {
    /// The phase it stands in.
    pub phase: Phase,
    /// Stable code: A-Z, 0-9 and _, at most 40.
    pub code: String,
    /// Order in lists; the end when not given.
    pub position: Option<i32>,
    /// Names; English at least.
    pub labels: Vec<LabelInput>,
    /// True: entering the phase takes this one from now on.
    pub is_default: Option<bool>,
}

/// Changes to a status.
#[derive(InputObject)]
pub struct StatusUpdateInput {
    /// Which one.
    pub id: ID,
    /// The version that you read; refused when it moved on.
    pub expected_version: Option<i32>,
    /// Order in lists.
    pub position: Option<i32>,
    /// Names to write; other languages stay.
    pub labels: Option<Vec<LabelInput>>,
    /// True: entering the phase takes this one from now on.
    pub is_default: Option<bool>,
    /// True takes it out of use, false puts it back.
    pub archived: Option<bool>,
}

/// Changes to the settings.
#[derive(InputObject)]
pub struct SettingsUpdateInput {
    /// Seconds between a decision and its announcement: 0 to 604800 (seven days).
    pub hold_seconds: Option<i32>,
    /// Who reads ideas among employees.
    pub read_policy: Option<ReadPolicy>,
    /// Who sees the names of authors.
    pub author_names: Option<AuthorNames>,
    /// The organisation's own name for its programme; at most 80 characters.
    pub program_name: Option<String>,
    /// Whether what was measured may be written down before a target.
    pub outcome_order: Option<OutcomeOrder>,
    /// From when on nothing is mailed that can wait, `HH:MM` on the clocks of where people work.
    pub quiet_from: Option<String>,
    /// Until when, `HH:MM`; the same as `quietFrom`: no hours are quiet.
    pub quiet_to: Option<String>,
    /// When digests are mailed, `HH:MM`.
    pub digest_at: Option<String>,
    /// On which day the weekly digest is mailed.
    pub digest_on: Option<crate::clocks::graphql::Weekday>,
}
