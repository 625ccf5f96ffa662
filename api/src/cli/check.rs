//! Calls that only look: schema, configuration, doctor, health.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};

use super::mails::{self, Holds};
use super::output::{Exit, Output};
use super::{data_folder, runtime};
use crate::config::{Config, DEFAULTS};
use crate::db::connect::{Counter, Database};
use crate::graphql::schema;
use crate::notify::smtp::SmtpUrl;

/// Prints the schema.
pub fn schema(output: &Output) -> i32 {
    let sdl = schema::build().sdl();
    output.done(sdl.trim_end(), &json!({"schema": sdl}))
}

/// Says that the configuration can be used; a broken one never comes this far.
pub fn config(config: &Config, output: &Output) -> i32 {
    output
        .done("The configuration can be used.", &json!({"ok": true, "config": config.printable()}))
}

/// Prints the configuration in force, or the documented defaults.
pub fn print(config: &Config, defaults: bool, output: &Output) -> i32 {
    if defaults {
        return output.done(DEFAULTS.trim_end(), &json!({"defaults": DEFAULTS}));
    }
    let value = config.printable();
    let text = serde_json::to_string_pretty(&value).unwrap_or_default();
    output.done(&text, &value)
}

/// Arguments of `healthcheck`.
#[derive(Args, Debug)]
pub struct HealthArgs {
    /// Seconds to wait for the answer.
    #[arg(long, default_value_t = 3)]
    timeout: u64,
}

/// Asks `/readyz` of the server that this configuration describes.
pub fn health(config: &Config, args: &HealthArgs, output: &Output) -> i32 {
    match ready(config.listen, Duration::from_secs(args.timeout.clamp(1, 60))) {
        Ok(()) => output.done("ready", &json!({"ready": true})),
        Err(why) => output.failed(Exit::Failed, &format!("not ready: {why}")),
    }
}

/// The address on which a server that listens on `listen` can be reached from here.
fn reachable(listen: SocketAddr) -> SocketAddr {
    if listen.ip().is_unspecified() {
        SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), listen.port())
    } else {
        listen
    }
}

fn ready(listen: SocketAddr, limit: Duration) -> Result<(), String> {
    let address = reachable(listen);
    let mut stream =
        TcpStream::connect_timeout(&address, limit).map_err(|error| error.to_string())?;
    stream.set_read_timeout(Some(limit)).map_err(|error| error.to_string())?;
    stream
        .write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .map_err(|error| error.to_string())?;
    let mut answer = String::new();
    // A server that stops answering half-way is not ready either.
    let _ = stream.take(4_096).read_to_string(&mut answer);
    let status = answer.split(' ').nth(1).unwrap_or("no answer");
    if status == "200" { Ok(()) } else { Err(format!("status {status}")) }
}

/// One thing that was looked at.
struct Finding {
    what: &'static str,
    outcome: Result<String, String>,
}

/// Looks for what would stop Earshot from working.
pub fn doctor(config: Config, output: &Output) -> i32 {
    let mut findings = vec![
        Finding { what: "configuration", outcome: Ok("can be used".into()) },
        Finding {
            what: "data folder",
            outcome: data_folder(&config)
                .map(|()| config.data_dir.display().to_string())
                .map_err(|fault| fault.detail),
        },
    ];
    let (database, holds) = database_findings(&config);
    findings.extend(database);
    findings.push(mail_finding(&config, holds));
    findings.push(link_finding(&config));
    findings.extend(unknown_findings());
    report(&findings, output)
}

/// Variables that look like settings and are none: worth a look, and no fault, because others set such names too.
fn unknown_findings() -> Vec<Finding> {
    let unknown = crate::config::unknown(std::env::vars_os().map(|(name, _)| name));
    let finding = |name| Finding {
        what: "environment",
        outcome: Ok(format!(
            "{name} is no setting and does nothing. `earshot config print --default` shows every name"
        )),
    };
    unknown.into_iter().map(finding).collect()
}

/// What there is to say of the database, and whose people it holds: real ones, as long as it does not
/// say otherwise.
fn database_findings(config: &Config) -> (Vec<Finding>, Holds) {
    let opened = runtime().map_err(|fault| fault.detail).and_then(|runtime| {
        runtime.block_on(async {
            let database = Database::open(&config.place()).await.map_err(|fault| fault.detail)?;
            let pending = database.pending().await.map_err(|fault| fault.detail)?;
            let name = database.name();
            // One that has no schema yet says nothing of itself.
            let holds = Holds::of(&database.read(&Counter::default())).await;
            database.close().await;
            Ok((name, pending, holds.unwrap_or(Holds::People)))
        })
    });
    match opened {
        Err(why) => (vec![Finding { what: "database", outcome: Err(why) }], Holds::People),
        Ok((name, pending, holds)) => {
            let schema = if pending.is_empty() {
                "up to date".into()
            } else {
                format!("{} changes are applied at the next start", pending.len())
            };
            let answers = Finding { what: "database", outcome: Ok(format!("{name} answers")) };
            (vec![answers, Finding { what: "schema", outcome: Ok(schema) }], holds)
        }
    }
}

fn mail_finding(config: &Config, holds: Holds) -> Finding {
    let broken = config.smtp_url.as_ref().and_then(|url| url.parse::<SmtpUrl>().err());
    let outcome = match (broken, holds) {
        (Some(error), Holds::People) => Err(format!("SMTP_URL: {error}")),
        _ => Ok(mails::way(config, holds)),
    };
    Finding { what: "mail", outcome }
}

fn link_finding(config: &Config) -> Finding {
    let url = &config.public_url;
    let outcome =
        if url.starts_with("https://") || url.contains("127.0.0.1") || url.contains("localhost") {
            Ok(format!("links begin with {url}"))
        } else {
            Ok(format!("links begin with {url}: use https in earnest, sign-in cookies need it"))
        };
    Finding { what: "public address", outcome }
}

fn report(findings: &[Finding], output: &Output) -> i32 {
    let lines: Vec<String> = findings
        .iter()
        .map(|finding| match &finding.outcome {
            Ok(good) => format!("ok      {}: {good}", finding.what),
            Err(bad) => format!("BROKEN  {}: {bad}", finding.what),
        })
        .collect();
    let value: Vec<Value> = findings
        .iter()
        .map(|finding| {
            let (ok, text) = match &finding.outcome {
                Ok(good) => (true, good),
                Err(bad) => (false, bad),
            };
            json!({"what": finding.what, "ok": ok, "text": text})
        })
        .collect();
    output.done(&lines.join("\n"), &json!({"findings": value}));
    i32::from(findings.iter().any(|finding| finding.outcome.is_err()))
}
