//! What submissions and items of plans are called in other systems.

use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

use crate::dialect::sql;

/// In order of reference: a table stands after those it points at.
const AREAS: &[&str] = &[include_str!("m20261122_000005_external/links.sql")];

/// See the module.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261122_000005_external"
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
        for area in AREAS {
            connection.execute_unprepared(&sql(manager.get_database_backend(), area)).await?;
        }
        Ok(())
    }
}
