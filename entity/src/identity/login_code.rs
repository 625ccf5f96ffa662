//! A mailed code or a one-time link, single use.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{LoginCodeId, PersonId};
use crate::identity::values::CodePurpose;
use crate::instant::Instant;

/// A mailed code or a one-time link, single use.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "login_code")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: LoginCodeId,
    /// What it opens.
    pub purpose: CodePurpose,
    /// For whom; `None` for set-up and for decoys of unknown addresses.
    pub person_id: Option<PersonId>,
    /// SHA-256 of the account that guesses count on, hex; decoys have one too.
    pub account: Option<String>,
    /// SHA-256 of the requesting client's secret, hex: a code works only where it was asked for.
    pub request_hash: Option<String>,
    /// Wrong codes so far.
    pub attempts: i32,
    /// When.
    pub created_at: Instant,
    /// End of its life.
    pub expires_at: Instant,
    /// When it was spent.
    pub used_at: Option<Instant>,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
