//! `earshot serve`: open, migrate, seed, serve; print what an operator needs to know; stop well.

use std::fs::{File, TryLockError};
use std::sync::Arc;

use clap::Args;
use serde_json::{Value, json};

use super::mails::{self, Holds};
use super::output::{Exit, Form, Output};
use super::{data_folder, runtime};
use crate::config::{Config, LogFormat};
use crate::demo;
use crate::http::server::{self, App};
use crate::http::ws;
use crate::identity;
use crate::jobs::worker::Worker;
use crate::kit::clock::Clock;
use crate::kit::error::{Fault, Result};
use crate::kit::scope::{House, Scope};
use crate::programs;

/// Arguments of `serve`.
#[derive(Args, Debug)]
pub struct ServeArgs {
    /// Load the demo organisation into an empty database, and print fresh one-time sign-in links.
    #[arg(long)]
    demo: bool,
    /// Worker threads of the HTTP server; 0: one for each core.
    #[arg(long, default_value_t = 0, value_name = "N")]
    threads: usize,
}

/// Starts the server and returns when it was told to stop.
pub fn serve(config: Config, args: &ServeArgs, output: &Output) -> i32 {
    start_log(&config);
    for name in crate::config::unknown(std::env::vars_os().map(|(name, _)| name)) {
        tracing::warn!(
            name,
            "no setting has this name; `earshot config print --default` shows them all"
        );
    }
    if let Err(fault) = data_folder(&config) {
        return output.failed(Exit::Config, &fault.detail);
    }
    let _lock = match lock(&config) {
        Ok(lock) => lock,
        Err(fault) => return output.failed(Exit::Refused, &fault.detail),
    };
    let background = match runtime() {
        Ok(runtime) => runtime,
        Err(fault) => return output.failed(Exit::Failed, &fault.detail),
    };
    let house = match background.block_on(House::open(config, Clock::System)) {
        Ok(house) => house,
        Err(fault) => return output.failed(Exit::Database, &fault.detail),
    };
    let links = match background.block_on(prepare(&house, args)) {
        Ok(links) => links,
        Err(error) => return output.failed(Exit::Refused, &error.to_string()),
    };
    let code =
        actix_web::rt::System::new().block_on(run(&house, &background, args, &links, output));
    background.block_on(close(house));
    code
}

/// One `serve` at a time on one SQLite file: two would share neither writer nor bells.
fn lock(config: &Config) -> Result<Option<File>, Fault> {
    if config.database_url.is_some() {
        return Ok(None);
    }
    let path = config.data_dir.join("earshot.lock");
    let file =
        File::options().create(true).truncate(false).write(true).open(&path).map_err(|error| {
            Fault::internal(format!("{} cannot be opened: {error}.", path.display()))
        })?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(Fault::internal(format!(
            "Another `earshot serve` is using the data folder {}. Stop it first, or set EARSHOT_DATA_DIR to another folder. Nothing was touched.",
            config.data_dir.display()
        ))),
        Err(TryLockError::Error(error)) => {
            Err(Fault::internal(format!("{} cannot be locked: {error}.", path.display())))
        }
    }
}

/// What the greeting says beside addresses.
struct Links {
    set_up: Option<String>,
    demo: Vec<demo::SignIn>,
    holds: Holds,
}

async fn prepare(house: &Arc<House>, args: &ServeArgs) -> Result<Links> {
    let scope = Scope::system(house.clone());
    programs::service::ensure_catalogue(&scope).await?;
    if args.demo {
        demo::ensure(&scope).await?;
        let demo = demo::sign_in_links(&scope).await?;
        return Ok(Links { set_up: None, demo, holds: Holds::of(&scope.db()).await? });
    }
    let set_up = identity::service::set_up_link(&scope).await?;
    Ok(Links { set_up, demo: Vec::new(), holds: Holds::of(&scope.db()).await? })
}

async fn run(
    house: &Arc<House>,
    background: &tokio::runtime::Runtime,
    args: &ServeArgs,
    links: &Links,
    output: &Output,
) -> i32 {
    let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let threads = if args.threads == 0 { cores } else { args.threads };
    let app = match App::new(house.clone(), background.handle().clone()) {
        Ok(app) => app,
        Err(fault) => return output.failed(Exit::Config, &fault.detail),
    };
    let running = match server::bind(app, threads) {
        Ok(running) => running,
        Err(fault) => return output.failed(Exit::Failed, &fault.detail),
    };
    // Before the greeting: who reads it may already say stop.
    let signals = match StopSignals::listen() {
        Ok(signals) => signals,
        Err(error) => return output.failed(Exit::Failed, &format!("no signals: {error}")),
    };
    let worker = Worker::start(house.clone(), background.handle().clone());
    greet(house, running.address, links, output);
    let (sockets, handle) = (running.sockets, running.handle);
    actix_web::rt::spawn(async move {
        signals.told().await;
        tracing::info!("stopping");
        // Sockets first: a stop waits for connections, and these never end by themselves.
        sockets.send_replace(ws::Phase::Stopping);
        handle.stop(true).await;
    });
    let ended = running.server.await;
    worker.stop().await;
    match ended {
        Ok(()) => 0,
        Err(error) => output.failed(Exit::Failed, &format!("the server ended: {error}")),
    }
}

/// Ctrl-C and SIGTERM, heard from the moment this is made.
struct StopSignals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl StopSignals {
    fn listen() -> std::io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            Ok(Self {
                terminate: signal(SignalKind::terminate())?,
                interrupt: signal(SignalKind::interrupt())?,
            })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    #[cfg(unix)]
    async fn told(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    #[cfg(not(unix))]
    async fn told(self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}

async fn close(house: Arc<House>) {
    house.database.clone().close().await;
}

fn greet(house: &House, address: std::net::SocketAddr, links: &Links, output: &Output) {
    let config = &house.config;
    let mails = mails::way(config, links.holds);
    if output.form() == Form::Json {
        output.done("", &greeting_json(house, address, links, &mails));
        return;
    }
    let mut lines = vec![
        format!("Earshot {} is listening on http://{address}", env!("CARGO_PKG_VERSION")),
        format!("  people reach it at  {}", config.public_url),
        format!(
            "  API                 http://{address}/graphql   documentation: /docs   schema: /graphql/schema.graphql"
        ),
        format!("  health, metrics     http://{address}/healthz /readyz /metrics"),
        format!("  database            {}", house.config.place()),
        format!("  data folder         {}", config.data_dir.display()),
        format!("  mails               {mails}"),
    ];
    if let Some(link) = &links.set_up {
        lines.push(String::new());
        lines.push("No administrator yet. Open this link once, within 24 hours, to set up:".into());
        lines.push(format!("  {link}"));
    }
    if links.holds == Holds::Demo && links.demo.is_empty() {
        lines.push(String::new());
        lines.push("This database holds the demo. `earshot serve --demo` prints sign-in links for it; for your own organisation set EARSHOT_DATA_DIR to another folder, or DATABASE_URL to another database.".into());
    }
    if !links.demo.is_empty() {
        lines.push(String::new());
        lines.push("Demo. One-time sign-in links, fresh at each start:".into());
        lines.extend(links.demo.iter().map(|it| format!("  {:<10} {}", it.role, it.link)));
    }
    output.note(&lines.join("\n"));
}

fn greeting_json(
    house: &House,
    address: std::net::SocketAddr,
    links: &Links,
    mails: &str,
) -> Value {
    let demo: Vec<Value> =
        links.demo.iter().map(|it| json!({"role": it.role, "link": it.link})).collect();
    json!({
        "listening": format!("http://{address}"),
        "publicUrl": house.config.public_url,
        "database": house.config.place().to_string(),
        "dataDir": house.config.data_dir,
        "mails": mails,
        "setUpLink": links.set_up,
        "demoLinks": demo,
    })
}

/// Starts the log on standard error. Log lines hold ids and codes, never what people wrote, nor
/// secrets (docs/OPERATING.md).
fn start_log(config: &Config) {
    let filter = tracing_subscriber::EnvFilter::try_new(&config.log)
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(colours)
        .with_writer(std::io::stderr);
    // A second subscriber cannot be installed; the first one goes on.
    let _ = match config.log_format {
        LogFormat::Json => builder.json().try_init(),
        LogFormat::Text => builder.try_init(),
    };
}
