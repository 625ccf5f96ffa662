//! `earshot import`: people and units from CSV files.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::data::with_house;
use super::output::{Exit, Form, Output};
use crate::config::Config;
use crate::identity;

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
