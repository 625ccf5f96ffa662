//! Calls that change data: migrate, demo, import.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::output::{Exit, Form, Output};
use super::{data_folder, runtime};
use crate::config::Config;
use crate::kit::clock::Clock;
use crate::kit::error::{Error, Result};
use crate::kit::scope::{House, Scope};
use crate::{demo, identity, programs};

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

/// Loads the demo into an empty database.
pub fn demo_load(config: Config, output: &Output) -> i32 {
    match with_house(config, async |scope| demo::ensure(scope).await) {
        Ok(loaded) => output.done(&loaded.to_string(), &json!({"demo": loaded.to_string()})),
        Err((exit, why)) => output.failed(exit, &why),
    }
}

/// Empties a demo and loads it anew.
pub fn demo_reset(config: Config, output: &Output) -> i32 {
    match with_house(config, async |scope| demo::reset(scope).await) {
        Ok(loaded) => output.done(&loaded.to_string(), &json!({"demo": loaded.to_string()})),
        Err((exit, why)) => output.failed(exit, &why),
    }
}

/// What to import.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum What {
    /// Columns: code, name, kind, parent (code); optional zone, active_from, active_to.
    Units,
    /// Columns: name, unit (code), staff_code or email; optional locale.
    People,
}

/// Arguments of `import`.
#[derive(Args, Debug)]
pub struct ImportArgs {
    /// What the file holds.
    what: What,
    /// The CSV file: UTF-8, a header row, comma, semicolon or tab.
    file: PathBuf,
    /// Check and count, change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Where to write the rows that were refused, with the reasons. Default: FILE.errors.csv.
    #[arg(long, value_name = "FILE")]
    errors: Option<PathBuf>,
}

/// Imports people or units.
pub fn import(config: Config, args: &ImportArgs, output: &Output) -> i32 {
    let bytes = match std::fs::read(&args.file) {
        Ok(bytes) => bytes,
        Err(error) => {
            return output.failed(
                Exit::Refused,
                &format!("{} cannot be read: {error}.", args.file.display()),
            );
        }
    };
    let bar = bar(output);
    let run = if args.dry_run { identity::import::Run::Dry } else { identity::import::Run::Real };
    let what = match args.what {
        What::Units => identity::import::What::Units,
        What::People => identity::import::What::People,
    };
    let told = bar.clone();
    let result = with_house(config, async |scope| {
        let order = identity::import::Order { what, bytes: &bytes, run };
        identity::import::import(scope, &order, &|done, of| {
            told.set_length(of as u64);
            told.set_position(done as u64);
        })
        .await
    });
    bar.finish_and_clear();
    match result {
        Ok(report) => tell(&report, args, output),
        Err((exit, why)) => output.failed(exit, &why),
    }
}

fn bar(output: &Output) -> ProgressBar {
    if output.form() == Form::Json {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} rows, {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style)
}

fn tell(report: &identity::import::Report, args: &ImportArgs, output: &Output) -> i32 {
    let errors = args.errors.clone().unwrap_or_else(|| {
        let mut name = args.file.clone().into_os_string();
        name.push(".errors.csv");
        PathBuf::from(name)
    });
    let mut text = format!(
        "{}{} created, {} changed, {} unchanged, {} refused.",
        if args.dry_run { "Dry run, nothing was changed: " } else { "" },
        report.created,
        report.changed,
        report.unchanged,
        report.refused.len(),
    );
    if !report.refused.is_empty() {
        if let Err(error) = std::fs::write(&errors, &report.error_file) {
            return output.failed(
                Exit::Failed,
                &format!("{text} The error file {} cannot be written: {error}.", errors.display()),
            );
        }
        text.push_str(&format!(" Refused rows and reasons: {}.", errors.display()));
    }
    let value = json!({
        "dryRun": args.dry_run,
        "created": report.created,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "refused": report.refused.len(),
        "errorFile": (!report.refused.is_empty()).then_some(errors),
    });
    let code = output.done(&text, &value);
    if report.refused.is_empty() { code } else { Exit::Refused as i32 }
}
