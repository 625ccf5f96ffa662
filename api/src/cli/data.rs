//! Calls that change the whole database: migrate, demo.

use std::sync::Arc;

use serde_json::json;

use super::output::{Exit, Output};
use super::{data_folder, runtime};
use crate::config::Config;
use crate::demo::Loaded;
use crate::kit::clock::Clock;
use crate::kit::error::{Error, Result};
use crate::kit::scope::{House, Scope};
use crate::{demo, programs};

/// Opens the house, runs `work` in the name of the system, closes the house.
pub(super) fn with_house<T>(
    config: Config,
    work: impl AsyncFnOnce(&Scope) -> Result<T>,
) -> std::result::Result<T, (Exit, String)> {
    data_folder(&config).map_err(|fault| (Exit::Config, fault.detail))?;
    let runtime = runtime().map_err(|fault| (Exit::Failed, fault.detail))?;
    runtime.block_on(async {
        let house: Arc<House> = House::open(config, Clock::System)
            .await
            .map_err(|fault| (Exit::Database, fault.detail))?;
        let scope = Scope::system(house.clone());
        let result = match programs::service::ensure_catalogue(&scope).await {
            Ok(_) => work(&scope).await,
            Err(error) => Err(error),
        };
        house.database.clone().close().await;
        result.map_err(|error| match error {
            Error::Refusal(refusal) => (Exit::Refused, refusal.message),
            Error::Fault(fault) => (Exit::Failed, fault.detail),
        })
    })
}

/// Brings the schema up to date.
pub fn migrate(config: Config, output: &Output) -> i32 {
    if let Err(fault) = data_folder(&config) {
        return output.failed(Exit::Config, &fault.detail);
    }
    let applied = runtime().and_then(|runtime| {
        runtime.block_on(async {
            let database = crate::db::connect::Database::open(&config.place()).await?;
            let applied = database.migrate().await;
            database.close().await;
            applied
        })
    });
    match applied {
        Ok(0) => output.done("The schema is up to date.", &json!({"applied": 0})),
        Ok(count) => output.done(&format!("{count} changes applied."), &json!({"applied": count})),
        Err(fault) => output.failed(Exit::Database, &fault.detail),
    }
}

/// What was loaded, for programs: the sentence, and the numbers of what is new.
fn told(loaded: &Loaded) -> serde_json::Value {
    let numbers = match loaded {
        Loaded::Fresh { units, people, submissions } => {
            json!({"units": units, "people": people, "submissions": submissions})
        }
        Loaded::Already { .. } => serde_json::Value::Null,
    };
    json!({"demo": loaded.to_string(), "loaded": numbers})
}

/// Loads the demo into an empty database.
pub fn demo_load(config: Config, output: &Output) -> i32 {
    match with_house(config, async |scope| demo::ensure(scope).await) {
        Ok(loaded) => output.done(&loaded.to_string(), &told(&loaded)),
        Err((exit, why)) => output.failed(exit, &why),
    }
}

/// Empties a demo and loads it anew.
pub fn demo_reset(config: Config, output: &Output) -> i32 {
    match with_house(config, async |scope| demo::reset(scope).await) {
        Ok(loaded) => output.done(&loaded.to_string(), &told(&loaded)),
        Err((exit, why)) => output.failed(exit, &why),
    }
}
