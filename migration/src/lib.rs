//! Earshot's schema: one file per change, applied in order, written by hand.
//!
//! A change is expand, backfill, contract (see README.md of this crate): a released migration is
//! never edited.

use sea_orm_migration::MigrationTrait;
pub use sea_orm_migration::MigratorTrait;

mod dialect;
mod m20261121_000001_spine;
mod m20261122_000002_triage;
mod m20261122_000003_implementation;
mod m20261122_000004_closing;
mod m20261122_000005_external;

/// Every change, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261121_000001_spine::Migration),
            Box::new(m20261122_000002_triage::Migration),
            Box::new(m20261122_000003_implementation::Migration),
            Box::new(m20261122_000004_closing::Migration),
            Box::new(m20261122_000005_external::Migration),
        ]
    }
}

/// Names of every change that this binary knows, oldest first.
#[must_use]
pub fn known() -> Vec<String> {
    Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect()
}
