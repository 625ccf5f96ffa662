//! What the CX team tells the people of some units.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::announcing::values::AnnouncementState;
use crate::id::{AnnouncementId, CauseId, PersonId};
use crate::instant::Instant;

/// What the CX team tells the people of some units.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "announcement")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AnnouncementId,
    /// Where it is.
    pub state: AnnouncementState,
    /// The root cause that it is about.
    pub cause_id: Option<CauseId>,
    /// Who wrote it first.
    pub created_by: Option<PersonId>,
    /// When the row was made.
    pub created_at: Instant,
    /// Latest change.
    pub updated_at: Instant,
    /// Who published it.
    pub published_by: Option<PersonId>,
    /// When.
    pub published_at: Option<Instant>,
    /// Who withdrew it.
    pub withdrawn_by: Option<PersonId>,
    /// When.
    pub withdrawn_at: Option<Instant>,
    /// How many people were told so far.
    pub told: i32,
    /// The last person, in the order of ids, who was looked at; telling goes on behind them.
    pub told_up_to: Option<PersonId>,
    /// When everybody was told.
    pub told_at: Option<Instant>,
    /// Counts up with every change.
    pub version: i32,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
