//! Words in text columns: how the enums of the laws are read from and written to a row.
//!
//! The laws know nothing of the database; this module gives them their columns. A word that no
//! law knows is an error that names it, never a panic.

use sea_orm::sea_query::{ArrayType, ColumnType, Nullable, StringLen, ValueType, ValueTypeErr};
use sea_orm::{
    ActiveValue, ColIdx, DbErr, IntoActiveValue, QueryResult, TryGetError, TryGetable, Value,
};

macro_rules! stored_as_text {
    ($($name:ty),+ $(,)?) => {$(
        impl From<$name> for Value {
            fn from(value: $name) -> Self {
                Value::String(Some(value.to_string()))
            }
        }

        impl TryGetable for $name {
            fn try_get_by<I: ColIdx>(row: &QueryResult, column: I) -> Result<Self, TryGetError> {
                let word = String::try_get_by(row, column)?;
                word.parse().map_err(|error| {
                    TryGetError::DbErr(DbErr::Type(format!("{}: {error}", stringify!($name))))
                })
            }
        }

        impl ValueType for $name {
            fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
                match value {
                    Value::String(Some(word)) => word.parse().map_err(|_| ValueTypeErr),
                    _ => Err(ValueTypeErr),
                }
            }

            fn type_name() -> String {
                String::from(stringify!($name))
            }

            fn array_type() -> ArrayType {
                ArrayType::String
            }

            fn column_type() -> ColumnType {
                ColumnType::String(StringLen::None)
            }
        }

        impl Nullable for $name {
            fn null() -> Value {
                Value::String(None)
            }
        }

        impl IntoActiveValue<$name> for $name {
            fn into_active_value(self) -> ActiveValue<$name> {
                ActiveValue::Set(self)
            }
        }
    )+};
}

/// Single words that may be (part of) a primary key.
macro_rules! key_word {
    ($($name:ty),+ $(,)?) => {$(
        impl sea_orm::TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, DbErr> {
                Err(DbErr::ConvertFromU64(stringify!($name)))
            }
        }
    )+};
}

use crate::announcing::values::AnnouncementState;
use crate::clocks::values::{ClockKind, ClockState, Met, Weekday};
use crate::closing::fate::Stays;
use crate::closing::values::{IdeasToo, ItemState, ResolutionState, SustainAnswer};
use crate::desk::values::RotaKind;
use crate::engagement::values::FollowSource;
use crate::facts::values::{ActorKind, FactAudience};
use crate::identity::values::{
    CodePurpose, DeviceKind, PinState, Role, SignInMethod, UnitKind, VoteFollows,
};
use crate::implementation::values::{
    AdoptionState, ChangeStage, Direction, FigureStage, HelpState, ItemStatus, OutcomeKind,
    ReminderKind, TrialState,
};
use crate::jobs::values::{JobState, TimedKind};
use crate::notify::values::{Delivery, MailKind, MailState, NotificationKind, Topic, Way};
use crate::programs::values::{ProgramKind, Standard};
use crate::routing::values::{RuleState, WordMatch};
use crate::submissions::hold::Announce;
use crate::submissions::phase::{Kind, Letter, Phase, PhaseStack};
use crate::submissions::values::{
    AttachmentState, Audience, Channel, CommentVisibility, Handover, Severity, Size,
};
use crate::triage::values::{Category, CauseStatus, LinkFate, LinkSource, QueueOrder, ViewSharing};
use crate::workflow::values::{DecisionState, ModerationAct, ModerationReason, ReportResolution};

stored_as_text!(
    AnnouncementState,
    ClockKind,
    ClockState,
    Met,
    Weekday,
    FollowSource,
    ActorKind,
    FactAudience,
    CodePurpose,
    DeviceKind,
    PinState,
    Role,
    SignInMethod,
    UnitKind,
    VoteFollows,
    JobState,
    TimedKind,
    Delivery,
    MailKind,
    MailState,
    NotificationKind,
    Topic,
    Way,
    ProgramKind,
    Standard,
    Kind,
    Letter,
    Phase,
    PhaseStack,
    AttachmentState,
    Audience,
    Channel,
    CommentVisibility,
    Handover,
    Severity,
    Size,
    Category,
    CauseStatus,
    LinkFate,
    LinkSource,
    QueueOrder,
    ViewSharing,
    DecisionState,
    RotaKind,
    RuleState,
    WordMatch,
    AdoptionState,
    ChangeStage,
    Direction,
    FigureStage,
    HelpState,
    ItemStatus,
    OutcomeKind,
    ReminderKind,
    TrialState,
    ModerationAct,
    ModerationReason,
    Announce,
    IdeasToo,
    ItemState,
    ResolutionState,
    Stays,
    SustainAnswer,
    ReportResolution,
);

key_word!(ClockKind, TimedKind, Topic, Way, crate::instant::Day);
