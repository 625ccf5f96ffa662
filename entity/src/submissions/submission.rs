//! What somebody sent: an idea or an observation. Ids, enums and counters; words live in `text`.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{
    DecisionId, PersonId, ProgramId, ServiceId, StatusId, SubmissionId, TextId, TouchpointId,
    UnitId,
};
use crate::instant::{Day, Instant};
use crate::submissions::phase::{Kind, Phase, PhaseStack};
use crate::submissions::values::{Audience, Channel, Handover, Severity, Size};

/// What somebody sent: an idea or an observation. Ids, enums and counters; words live in `text`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "submission")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SubmissionId,
    /// Neutral reference, for instance EAR-142; unique.
    pub reference: String,
    /// Idea or observation; correctable.
    pub kind: Kind,
    /// The decided phase.
    pub phase: Phase,
    /// What everybody but reviewers, managers, owner and assignee sees.
    pub shown_phase: Phase,
    /// Label of the decided phase.
    pub status_id: StatusId,
    /// Label of the shown phase.
    pub shown_status_id: StatusId,
    /// Phases to return to.
    pub phase_stack: PhaseStack,
    /// Author; `None` when authorless.
    pub author_id: Option<PersonId>,
    /// The integration that sent it on somebody's behalf.
    pub sent_by: Option<ServiceId>,
    /// The unit it is about.
    pub unit_id: UnitId,
    /// The function it was handed to: its queue and its reviewers decide.
    pub function_id: Option<UnitId>,
    /// Where on a journey.
    pub touchpoint_id: Option<TouchpointId>,
    /// Its programme.
    pub program_id: ProgramId,
    /// How it came.
    pub channel: Channel,
    /// How bad it is.
    pub severity: Option<Severity>,
    /// Everybody the rules admit, or the CX team only.
    pub audience: Audience,
    /// The person named as concerned: recused.
    pub concerned_id: Option<PersonId>,
    /// The reviewer at work on it.
    pub assignee_id: Option<PersonId>,
    /// Who is responsible for doing it.
    pub owner_id: Option<PersonId>,
    /// How much it would help.
    pub impact: Option<Size>,
    /// How much work it is.
    pub effort: Option<Size>,
    /// The next date the author was promised.
    pub promised_on: Option<Day>,
    /// When a deferred one wakes.
    pub wake_on: Option<Day>,
    /// The one it was joined into, as decided; the announced edge is a row of its own (`joined`).
    pub merged_into: Option<SubmissionId>,
    /// When a reviewer or manager first opened it.
    pub opened_at: Option<Instant>,
    /// Current revision of the words.
    pub text_id: TextId,
    /// Language of the words, when known.
    pub language: Option<String>,
    /// Votes; of the canonical one, of the whole group (see `joining::Group`). A twin has its own.
    pub vote_count: i32,
    /// Public comments.
    pub comment_count: i32,
    /// Photos ready to be seen.
    pub photo_count: i32,
    /// The decision not yet announced.
    pub pending_decision_id: Option<DecisionId>,
    /// When the author asked for a second look.
    pub second_look_at: Option<Instant>,
    /// When IMPLEMENTED was last announced.
    pub implemented_shown_at: Option<Instant>,
    /// When the decided phase was entered.
    pub entered_at: Instant,
    /// The canonical one: the root of the joinings that were announced; none for one that is joined
    /// with nothing, and for the root itself. Derived from `joined`.
    pub canonical_id: Option<SubmissionId>,
    /// People behind it: distinct authors and voters of itself and its twins, plus one for each
    /// authorless one among them. Of a twin: its own author and voters.
    pub reach: i32,
    /// When the earliest of its running clocks is due; none while all of them pause or have stopped.
    pub due_at: Option<Instant>,
    /// Until when the queue leaves it out. Clocks go on.
    pub snoozed_until: Option<Instant>,
    /// When a reviewer or moderator hid it from all but its author and those inside.
    pub hidden_at: Option<Instant>,
    /// When a reviewer or moderator closed it for comments and votes.
    pub locked_at: Option<Instant>,
    /// The one that it was a part of.
    pub split_from: Option<SubmissionId>,
    /// Whether the function has taken what was handed to it.
    pub handover: Option<Handover>,
    /// When it was received.
    pub created_at: Instant,
    /// Latest change.
    pub updated_at: Instant,
    /// Counts up with every change.
    pub version: i32,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// When it counts as opened, once it is of `kind`: whoever opened an observation showed it to
    /// nobody, so as an idea it has not been opened yet.
    #[must_use]
    pub fn opened_at_as(&self, kind: Kind) -> Option<Instant> {
        let opens = self.kind == Kind::Observation && kind == Kind::Idea;
        self.opened_at.filter(|_| !opens)
    }
}
