//! The command line: what an operator types, how it answers, and with which exit code.

pub mod check;
pub mod data;
pub mod identity;
pub mod import;
pub mod mails;
pub mod output;
pub mod serve;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::config::Config;
use crate::kit::error::Fault;
use output::{Exit, Output};

/// Earshot: a listening programme that ends in fixes.
///
/// `earshot serve --demo` shows it with a demo organisation; `earshot serve` starts your own.
/// Settings come from `config.default.toml` (compiled in), a file (--config) and variables;
/// `earshot config print` shows them.
///
/// Exit codes: 0 done; 1 it failed; 2 wrong usage; 3 the configuration cannot be used; 4 the
/// database cannot be used; 5 refused, nothing was changed.
#[derive(Parser, Debug)]
#[command(name = "earshot", version, propagate_version = true)]
pub struct Cli {
    /// Settings file (TOML); EARSHOT_CONFIG does the same.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Answer in JSON, one object, for programs.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Start the server: GraphQL, WebSocket, mails. Creates and migrates what is missing.
    ///
    /// Set most often: EARSHOT_LISTEN (address and port, 127.0.0.1:8080), EARSHOT_PUBLIC_URL (where people reach it),
    /// EARSHOT_DATA_DIR (./data), DATABASE_URL (PostgreSQL), SMTP_URL (mail). `earshot config print --default` shows
    /// every setting.
    Serve(serve::ServeArgs),
    /// Bring the database schema up to date, without serving.
    Migrate,
    /// Administrators.
    #[command(subcommand)]
    Admin(AdminCommand),
    /// The demo organisation.
    #[command(subcommand)]
    Demo(DemoCommand),
    /// Bring in people or units from a CSV file; safe to repeat.
    Import(import::ImportArgs),
    /// API tokens of integrations.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Print the GraphQL schema.
    Schema,
    /// The configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Look for what would stop Earshot from working, and say how to mend it.
    Doctor,
    /// Ask a running server whether it is ready; for container health checks.
    Healthcheck(check::HealthArgs),
}

#[derive(Subcommand, Debug)]
enum AdminCommand {
    /// Create an administrator and print a one-time sign-in link.
    Create(identity::AdminArgs),
}

#[derive(Subcommand, Debug)]
enum DemoCommand {
    /// Load the demo organisation into an empty database.
    ///
    /// Half a year of an invented organisation, as of today. A demo that is there already is left as it is. Exit codes: 0
    /// done, or there already; 3 the configuration, 4 the database cannot be used; 5 refused because there is other data,
    /// and nothing was touched.
    Load,
    /// Remove everything and load the demo anew. Refused where there is anything but a demo.
    ///
    /// As of today, in a new epoch of the fact log. Exit codes: 0 done; 3 the configuration, 4 the database cannot be used;
    /// 5 refused because this is no demo, and nothing was touched.
    Reset,
}

#[derive(Subcommand, Debug)]
enum TokenCommand {
    /// Create an integration (if it is new) and a token; the token is shown once.
    Create(identity::TokenArgs),
}

#[derive(Subcommand, Debug)]
enum ConfigCommand {
    /// Check the configuration and say what is wrong.
    Check,
    /// Print the configuration in force; secrets are masked.
    Print(PrintArgs),
}

#[derive(Args, Debug)]
struct PrintArgs {
    /// Print the defaults with their documentation instead.
    #[arg(long)]
    default: bool,
}

/// Runs one call and returns its exit code.
#[must_use]
pub fn run(cli: Cli) -> i32 {
    let output = Output::new(if cli.json { output::Form::Json } else { output::Form::Text });
    let config = match Config::load(cli.config.as_deref(), |name| std::env::var(name).ok()) {
        Ok(config) => config,
        Err(fault) => return output.failed(Exit::Config, &fault.detail),
    };
    match cli.command {
        Command::Serve(args) => serve::serve(config, &args, &output),
        Command::Migrate => data::migrate(config, &output),
        Command::Admin(AdminCommand::Create(args)) => identity::admin_create(config, args, &output),
        Command::Demo(DemoCommand::Load) => data::demo_load(config, &output),
        Command::Demo(DemoCommand::Reset) => data::demo_reset(config, &output),
        Command::Import(args) => import::import(config, &args, &output),
        Command::Token(TokenCommand::Create(args)) => {
            identity::token_create(config, &args, &output)
        }
        Command::Schema => check::schema(&output),
        Command::Config(ConfigCommand::Check) => check::config(&config, &output),
        Command::Config(ConfigCommand::Print(args)) => check::print(&config, args.default, &output),
        Command::Doctor => check::doctor(config, &output),
        Command::Healthcheck(args) => check::health(&config, &args, &output),
    }
}

/// A runtime for one short call.
fn runtime() -> Result<tokio::runtime::Runtime, Fault> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_stack_size(crate::house::WORKER_STACK)
        .enable_all()
        .build()
        .map_err(|error| Fault::internal(format!("no runtime: {error}")))
}

/// Creates the data folder and shows that it can be written.
fn data_folder(config: &Config) -> Result<(), Fault> {
    let refuse = |error: std::io::Error| {
        Fault::internal(format!(
            "The data folder {} cannot be used: {error}. Create it for this user, or set EARSHOT_DATA_DIR.",
            config.data_dir.display()
        ))
    };
    std::fs::create_dir_all(&config.data_dir).map_err(refuse)?;
    let probe = config.data_dir.join(".probe");
    std::fs::write(&probe, b"ok").map_err(refuse)?;
    std::fs::remove_file(&probe).map_err(refuse)
}
