//! Real sentences through the public API: the script of the repository, run as anybody would.

use std::io::Write as _;
use std::process::Command;

use serde_json::{Value, json};

use crate::on_both;

/// Whether the script can run here. Under CI it must; elsewhere a missing Python is said aloud.
fn python_is_there() -> bool {
    let there = Command::new("python3").arg("--version").output().is_ok();
    assert!(there || std::env::var_os("CI").is_none(), "under CI python3 must be there");
    if !there {
        let _ = std::io::stderr().write_all(
            b"\n*** python3 is not installed: the script of real sentences does NOT run. ***\n\n",
        );
    }
    there
}

/// Runs `tests/load/send_real.py` with its own fixtures (200 comments, 65 ideas).
fn send_real(url: &str, token: &str) -> (i32, Value) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/load/send_real.py");
    let output = Command::new("python3")
        .args([script, "--url", url, "--token", token, "--workers", "4", "--json"])
        .output()
        .expect("python3 is needed for this test");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let report = serde_json::from_str(&text)
        .unwrap_or_else(|_| panic!("no JSON: {text} {}", String::from_utf8_lossy(&output.stderr)));
    (output.status.code().unwrap_or(-1), report)
}

on_both! {
    async fn the_fixtures_arrive_exactly_once(app) {
        if !python_is_there() {
            return;
        }
        let order = earshot::identity::service::NewToken {
            service: "Survey".into(),
            name: "real sentences".into(),
            scopes: ["content", "submit", "submit-on-behalf"].map(String::from).to_vec(),
            unit_code: None,
            days: None,
        };
        let token = earshot::identity::service::create_token(&app.system(), order).await.unwrap();
        let url = app.url.clone();
        for round in ["the first run sends", "the second run finds all there"] {
            let (url, token) = (url.clone(), token.clone());
            let (code, report) = tokio::task::spawn_blocking(move || send_real(&url, &token)).await.unwrap();
            assert_eq!(code, 0, "{round}: {report}");
        }
        let head = app.sign_in(app.organisation.head).await;
        let data = head
            .ask("{ observations(first: 1) { totalCount } ideas(first: 1) { totalCount } }", json!({}))
            .await;
        assert_eq!(data["observations"]["totalCount"], 200);
        assert_eq!(data["ideas"]["totalCount"], 65);
    }
}
