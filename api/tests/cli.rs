//! The binary as an operator meets it: what it prints, what it refuses, with which exit code.
//!
//! These stand in the package of the binary, because only there cargo says where the binary is.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

fn earshot(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_earshot"));
    command
        .env_clear()
        .env("EARSHOT_DATA_DIR", folder)
        .env("EARSHOT_LISTEN", "127.0.0.1:0")
        .env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}

fn run(command: &mut Command) -> Output {
    command.output().expect("the binary starts")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

/// A server that is stopped when the test ends, however it ends.
struct Served {
    child: Child,
    greeting: Value,
}

impl Served {
    fn start(folder: &Path, args: &[&str]) -> Self {
        let mut child = earshot(folder)
            .arg("serve")
            .args(args)
            .arg("--json")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe"))
            .read_line(&mut line)
            .expect("a greeting");
        let greeting = serde_json::from_str(&line).expect("the greeting is JSON");
        Self { child, greeting }
    }

    fn address(&self) -> &str {
        self.greeting["listening"].as_str().expect("an address").trim_start_matches("http://")
    }

    fn terminate(&mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &pid]).status();
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(20) {
            if let Ok(Some(status)) = self.child.try_wait() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        None
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_first_run_needs_nothing_and_prints_a_set_up_link_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut served = Served::start(folder.path(), &[]);
    let link = served.greeting["setUpLink"].as_str().expect("a set-up link");
    assert!(link.contains("/link?token="), "{link}");
    assert!(folder.path().join("earshot.db").is_file());
    assert_eq!(served.terminate(), Some(0), "SIGTERM ends it well");
}

#[test]
fn a_second_serve_on_the_same_folder_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let _served = Served::start(folder.path(), &[]);
    let second = run(earshot(folder.path()).arg("serve"));
    assert_eq!(second.status.code(), Some(5), "{}", stderr(&second));
    assert!(stderr(&second).contains("Another `earshot serve`"), "{}", stderr(&second));
}

#[test]
fn healthcheck_knows_a_server_from_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let served = Served::start(folder.path(), &[]);
    let good =
        run(earshot(folder.path()).env("EARSHOT_LISTEN", served.address()).arg("healthcheck"));
    assert_eq!(good.status.code(), Some(0), "{}", stderr(&good));
    let bad = run(earshot(folder.path()).env("EARSHOT_LISTEN", "127.0.0.1:1").arg("healthcheck"));
    assert_eq!(bad.status.code(), Some(1));
    assert!(stderr(&bad).contains("not ready"));
}

#[test]
fn a_token_is_made_where_the_server_keeps_its_data() {
    let folder = tempfile::tempdir().expect("a folder");
    let create = ["token", "create", "--service", "x", "--scope", "content", "--unit", "NOWHERE"];
    let nothing = run(earshot(folder.path()).args(create));
    assert_eq!(nothing.status.code(), Some(5), "{}", stderr(&nothing));
    let file = folder.path().join("earshot.db");
    let said = stderr(&nothing);
    assert!(said.contains(&*file.to_string_lossy()) && said.contains("EARSHOT_DATA_DIR"), "{said}");
    assert!(!file.exists(), "and no database is made");

    assert_eq!(run(earshot(folder.path()).args(["demo", "load"])).status.code(), Some(0));
    let unit = run(earshot(folder.path()).args(create));
    assert_eq!(unit.status.code(), Some(5));
    let said = stderr(&unit);
    assert!(
        said.contains("no unit with the code NOWHERE") && said.contains("earshot.db"),
        "{said}"
    );

    let whole = ["token", "create", "--service", "x", "--scope", "content"];
    assert_eq!(run(earshot(folder.path()).args(whole)).status.code(), Some(0));
    let narrower = run(earshot(folder.path()).args(whole).args(["--unit", "M"]));
    assert_eq!(narrower.status.code(), Some(5), "no token for more than was asked");
    assert!(stderr(&narrower).contains("sees another unit"), "{}", stderr(&narrower));
}

#[test]
fn a_mistyped_setting_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let found = run(earshot(folder.path()).env("EARSHOT_PORT", "1").arg("doctor"));
    assert!(stdout(&found).contains("EARSHOT_PORT is no setting"), "{}", stdout(&found));
}

#[test]
fn every_command_has_help() {
    let folder = tempfile::tempdir().expect("a folder");
    for command in [
        vec!["--help"],
        vec!["serve", "--help"],
        vec!["migrate", "--help"],
        vec!["admin", "create", "--help"],
        vec!["demo", "load", "--help"],
        vec!["demo", "reset", "--help"],
        vec!["import", "--help"],
        vec!["token", "create", "--help"],
        vec!["schema", "--help"],
        vec!["config", "check", "--help"],
        vec!["config", "print", "--help"],
        vec!["doctor", "--help"],
        vec!["healthcheck", "--help"],
    ] {
        let output = run(earshot(folder.path()).args(&command));
        assert_eq!(output.status.code(), Some(0), "{command:?}");
        assert!(stdout(&output).contains("Usage:"), "{command:?}");
    }
    let wrong = run(earshot(folder.path()).arg("fly"));
    assert_eq!(wrong.status.code(), Some(2));
}

#[test]
fn a_broken_configuration_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("earshot.toml");
    std::fs::write(&file, "listn = \"127.0.0.1:1\"\n").expect("written");
    let cases: [(&str, &str, &str); 4] = [
        ("EARSHOT_CONFIG", file.to_str().expect("UTF-8"), "listn"),
        ("EARSHOT_LISTEN", "everywhere", "listen"),
        ("DATABASE_URL", "mysql://root@localhost/x", "database_url"),
        ("EARSHOT_SECRET", "short", "secret"),
    ];
    for (variable, value, named) in cases {
        let output = run(earshot(folder.path()).env(variable, value).args(["config", "check"]));
        assert_eq!(output.status.code(), Some(3), "{variable}: {}", stderr(&output));
        assert!(stderr(&output).contains(named), "{variable}: {}", stderr(&output));
    }
}

#[test]
fn secrets_are_masked() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = run(earshot(folder.path())
        .env("DATABASE_URL", "postgres://me:hunter2@127.0.0.1/x")
        .env("EARSHOT_SECRET", "0123456789abcdef0123456789abcdef")
        .args(["config", "print", "--json"]));
    let text = stdout(&output);
    assert!(text.contains("me:***@"), "{text}");
    assert!(!text.contains("hunter2") && !text.contains("0123456789abcdef"), "{text}");
}

#[test]
fn an_unusable_data_folder_is_named_with_the_cure() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a-file");
    std::fs::write(&file, "x").expect("written");
    let output = run(earshot(&file.join("data")).arg("serve"));
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert!(stderr(&output).contains("EARSHOT_DATA_DIR"), "{}", stderr(&output));
}

#[test]
fn an_unreachable_database_is_named_with_the_cure() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = run(earshot(folder.path())
        .env("DATABASE_URL", "postgres://me:hunter2@127.0.0.1:1/none")
        .arg("serve"));
    assert_eq!(output.status.code(), Some(4), "{}", stderr(&output));
    assert!(stderr(&output).contains("DATABASE_URL"), "{}", stderr(&output));
    assert!(!stderr(&output).contains("hunter2"), "{}", stderr(&output));
}

#[test]
fn a_database_newer_than_the_binary_is_refused_untouched() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(run(earshot(folder.path()).arg("migrate")).status.code(), Some(0));
    let file = folder.path().join("earshot.db");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let pool = sea_orm::sqlx::SqlitePool::connect(&format!("sqlite://{}", file.display()))
            .await
            .expect("opens");
        sea_orm::sqlx::query("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29991231_000001_later', 0)")
            .execute(&pool)
            .await
            .expect("writes");
        pool.close().await;
    });
    let output = run(earshot(folder.path()).arg("serve"));
    assert_eq!(output.status.code(), Some(4), "{}", stderr(&output));
    assert!(stderr(&output).contains("newer than this binary"), "{}", stderr(&output));
}

#[test]
fn doctor_says_what_is_well_and_what_is_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let well = run(earshot(folder.path()).arg("doctor"));
    assert_eq!(well.status.code(), Some(0), "{}", stdout(&well));
    let ill = run(earshot(folder.path()).env("SMTP_URL", "carrier-pigeon").arg("doctor"));
    assert_eq!(ill.status.code(), Some(1));
    assert!(stdout(&ill).contains("BROKEN  mail"), "{}", stdout(&ill));
}

#[test]
fn the_demo_greets_with_four_links() {
    let folder = tempfile::tempdir().expect("a folder");
    let served = Served::start(folder.path(), &["--demo"]);
    let links = served.greeting["demoLinks"].as_array().expect("links").clone();
    let roles: Vec<&str> = links.iter().filter_map(|link| link["role"].as_str()).collect();
    assert_eq!(roles, ["nurse", "reviewer", "manager", "admin"]);
}

#[test]
fn the_demo_is_loaded_once_begun_anew_and_never_beside_real_data() {
    let folder = tempfile::tempdir().expect("a folder");
    let call = |arguments: &[&str]| run(earshot(folder.path()).args(arguments));
    let nothing = call(&["demo", "reset"]);
    assert_eq!(nothing.status.code(), Some(5), "no demo to empty: {}", stderr(&nothing));
    let loaded = |output: &std::process::Output| -> serde_json::Value {
        assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
        serde_json::from_str(&stdout(output)).expect("JSON")
    };
    let first = loaded(&call(&["demo", "load", "--json"]));
    assert_eq!(first["loaded"]["people"], 200, "{first}");
    assert!(loaded(&call(&["demo", "load", "--json"]))["loaded"].is_null());
    assert_eq!(loaded(&call(&["demo", "reset", "--json"]))["loaded"], first["loaded"]);
    let real = tempfile::tempdir().expect("a folder");
    let admin = [
        "admin",
        "create",
        "--name",
        "Ada Real",
        "--email",
        "ada@example.org",
        "--organisation",
        "Real",
    ];
    let made = run(earshot(real.path()).args(admin));
    assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));
    for verb in ["load", "reset"] {
        let refused = run(earshot(real.path()).args(["demo", verb]));
        assert_eq!(refused.status.code(), Some(5), "{verb}: {}", stderr(&refused));
        assert!(stderr(&refused).contains("Nothing was touched"), "{}", stderr(&refused));
    }
}

#[test]
fn the_schema_is_printed() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = run(earshot(folder.path()).arg("schema"));
    assert!(stdout(&output).contains("type Query"));
}
