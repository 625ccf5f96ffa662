//! Follows announced steps of ideas over server-sent events: prints each, until it is stopped.
//!
//! `cargo run -p earshot-example -- [CURSOR]` goes on behind the event that has this cursor.

use std::time::Duration;

use reqwest::{Client, Response};
use serde_json::{Value, json};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const NOW: &str = "{ ideas(first: 3) { totalCount nodes { reference shownPhase } } }";
const FOLLOW: &str = "subscription Follow($after: String) {
  ideaStatusChanged(after: $after) { cursor reference from to idea { title } }
}";

/// Where the API is, and who asks.
struct Earshot {
    http: Client,
    url: String,
    token: String,
}

impl Earshot {
    async fn send(&self, accept: &str, body: Value) -> Result<Response> {
        let request = self.http.post(&self.url).bearer_auth(&self.token).header("Accept", accept);
        Ok(request.json(&body).send().await?)
    }

    /// What is there now.
    async fn ideas(&self) -> Result<Value> {
        let answer = self.send("application/graphql-response+json", json!({"query": NOW})).await?;
        let mut answer: Value = answer.json().await?;
        match answer.get("errors") {
            Some(errors) => Err(errors.to_string().into()),
            None => Ok(answer["data"]["ideas"].take()),
        }
    }

    /// Tells each step, and keeps the cursor of the last one in `after`; ends when the stream does.
    async fn follow(&self, after: &mut Option<String>) -> Result<()> {
        let body = json!({"query": FOLLOW, "variables": {"after": after.as_deref()}});
        let mut stream = self.send("text/event-stream", body).await?.error_for_status()?;
        let mut unread = Vec::new();
        while let Some(bytes) = stream.chunk().await? {
            unread.extend_from_slice(&bytes);
            // A line is whole when its end has come; bytes of a letter may come apart.
            while let Some(end) = unread.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = unread.drain(..=end).collect();
                let line = String::from_utf8_lossy(&line);
                let Some(data) = line.trim_end().strip_prefix("data: ") else { continue };
                let answer: Value = serde_json::from_str(data)?;
                let step = &answer["data"]["ideaStatusChanged"];
                if step.is_null() {
                    let code = answer["errors"][0]["extensions"]["code"].as_str();
                    return Err(code.unwrap_or("the stream was closed").into());
                }
                let (title, cursor) = (&step["idea"]["title"], &step["cursor"]);
                println!(
                    "{} {title}: {} -> {} ({cursor})",
                    step["reference"], step["from"], step["to"]
                );
                *after = cursor.as_str().map(str::to_owned);
            }
        }
        Ok(())
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let url = std::env::var("EARSHOT_URL").unwrap_or_else(|_| "http://127.0.0.1:8080".into());
    let token = std::env::var("EARSHOT_TOKEN").map_err(|_| "set EARSHOT_TOKEN")?;
    let earshot = Earshot { http: Client::new(), url: format!("{url}/graphql"), token };
    let ideas = earshot.ideas().await?;
    println!("{} ideas, the first: {}", ideas["totalCount"], ideas["nodes"]);

    // Whoever comes back with the cursor misses nothing and hears nothing twice.
    let mut after = std::env::args().nth(1);
    loop {
        if let Err(error) = earshot.follow(&mut after).await {
            match error.to_string().as_str() {
                "UNAUTHENTICATED" => return Err(error),
                // Too old to be continued: read the state anew, then follow from now on.
                "RESYNC_REQUIRED" => after = None,
                other => eprintln!("cut: {other}; coming back"),
            }
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
}
