//! When a twin counted with which canonical submission.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::SubmissionId;
use crate::instant::Instant;

/// When a twin counted with which canonical submission: what was announced about that one meanwhile
/// was said to the people of the twin too, whatever became of the joining since.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "twin_span")]
pub struct Model {
    /// The twin.
    #[sea_orm(primary_key, auto_increment = false)]
    pub submission_id: SubmissionId,
    /// The canonical one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub root_id: SubmissionId,
    /// From when on.
    #[sea_orm(primary_key, auto_increment = false)]
    pub since: Instant,
    /// Until when, this instant not included; none while it still does.
    pub until: Option<Instant>,
}

impl Model {
    /// Whether what was announced about the canonical one at an instant was said to the people of the
    /// twin too.
    #[must_use]
    pub fn covers(&self, at: Instant) -> bool {
        self.since <= at && self.until.is_none_or(|until| at < until)
    }
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::TypedId as _;
    use proptest::prelude::*;

    fn span(since: i64, until: Option<i64>) -> Model {
        let id = SubmissionId::from_uuid(uuid::Uuid::nil());
        Model { submission_id: id, root_id: id, since: Instant(since), until: until.map(Instant) }
    }

    proptest! {
        #[test]
        fn of_spans_that_follow_each_other_one_covers_an_instant(parted in 0_i64..100, at in 0_i64..200) {
            let (before, after) = (span(0, Some(parted)), span(parted, None));
            let at = Instant(at);
            prop_assert_ne!(before.covers(at), after.covers(at));
        }

        #[test]
        fn nothing_before_its_beginning_or_from_its_end_on(since in 0_i64..100, lasts in 0_i64..100, at in -50_i64..250) {
            let covered = span(since, Some(since + lasts)).covers(Instant(at));
            prop_assert_eq!(covered, (since..since + lasts).contains(&at));
        }
    }
}
