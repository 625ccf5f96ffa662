//! Triage to root causes: joining, the queue and its search, clocks, causes with reach, the verbs of
//! reviewers, reply templates, the desk, routing rules.

use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

use crate::dialect::sql;

/// In order of reference: a table stands after those it points at.
const AREAS: [&str; 9] = [
    include_str!("m20261122_000002_triage/submission.sql"),
    include_str!("m20261122_000002_triage/joining.sql"),
    include_str!("m20261122_000002_triage/queue.sql"),
    include_str!("m20261122_000002_triage/clocks.sql"),
    include_str!("m20261122_000002_triage/causes.sql"),
    include_str!("m20261122_000002_triage/handling.sql"),
    include_str!("m20261122_000002_triage/replies.sql"),
    include_str!("m20261122_000002_triage/desk.sql"),
    include_str!("m20261122_000002_triage/routing.sql"),
];

/// See the module.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261122_000002_triage"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// All of it or nothing, on SQLite too: a start that was cut off in the middle begins again.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for area in AREAS.into_iter().filter(|area| !area.trim().is_empty()) {
            connection.execute_unprepared(&sql(manager.get_database_backend(), area)).await?;
        }
        Ok(())
    }
}
