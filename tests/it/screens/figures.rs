//! What looking ahead gains: requests a second of each screen with it, over those without. On request:
//! `EARSHOT_FIGURES=1 cargo test -p tests --test it screens::figures -- --nocapture`.

use std::time::{Duration, Instant};

use earshot::kit::scope::LookAhead;
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{DETAIL, FEED, PHASES, QUEUE};
use crate::kit::app::TestApp;
use crate::kit::client::Client;
use crate::on_both;
use crate::walk::world::World;

/// Clients at once.
const CLIENTS: usize = 8;
/// How long one measurement takes.
const FOR: Duration = Duration::from_secs(3);
/// How often each of both ways is measured, by turns: the machine is noisy.
const TURNS: usize = 3;

/// Requests a second.
async fn rate(client: &Client, (query, variables): (&str, &Value)) -> f64 {
    let begun = Instant::now();
    let one = async || {
        let mut sent = 0_u32;
        while begun.elapsed() < FOR {
            client.send(query, variables.clone()).await.data();
            sent += 1;
        }
        sent
    };
    let sent: u32 = join_all((0..CLIENTS).map(|_| one())).await.into_iter().sum();
    f64::from(sent) / begun.elapsed().as_secs_f64()
}

/// The best rates with and without looking ahead.
async fn rates(app: &TestApp, client: &Client, asked: (&str, &Value)) -> (f64, f64) {
    let mut best = (0.0_f64, 0.0_f64);
    for _ in 0..TURNS {
        app.house.look_ahead.set(LookAhead::On);
        best.0 = best.0.max(rate(client, asked).await);
        app.house.look_ahead.set(LookAhead::Off);
        best.1 = best.1.max(rate(client, asked).await);
    }
    app.house.look_ahead.set(LookAhead::On);
    best
}

on_both! {
    async fn of_each_screen(app) {
        if std::env::var_os("EARSHOT_FIGURES").is_none() {
            return;
        }
        let world = World::make(app).await;
        let head = app.sign_in(world.people["head"]).await;
        let id = world.id("ward idea");
        for (name, query, variables) in [
            ("feed", FEED, json!({"first": 20, "phases": PHASES})),
            ("queue", QUEUE, json!({"first": 20, "order": "DUE"})),
            ("detail", DETAIL, json!({"id": id, "comments": 20, "entries": 20})),
        ] {
            let (ahead, plain) = rates(app, &head, (query, &variables)).await;
            println!("{:?} {name}: looking ahead answers {:.2} times as often", app.on, ahead / plain);
        }
    }
}
