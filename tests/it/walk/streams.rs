//! What arrives without being asked for: events of subscriptions, and what opens by a signed address.

use std::collections::BTreeSet;

use entity::instant::{MINUTE, SECOND};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;

use super::judge::bare;
use super::path::Paths;
use super::rows::{Rows, marks_in};
use super::rule::Asker;
use super::tour::Met;
use super::world::World;
use super::{Walker, of_each};
use crate::following::Socket;
use crate::kit::app::TestApp;

/// Ideas that are answered while everybody listens: one for each reason not to hear of it.
const ANSWERED: [&str; 7] = [
    "ward idea",
    "lab idea, opened",
    "kitchen idea",
    "CX only idea",
    "about the manager",
    "about a colleague",
    "hidden idea",
];

/// One who listens, by one socket with all subscriptions of the schema.
struct Listener {
    socket: Socket,
    met: Met,
}

async fn sit_down(app: &TestApp, paths: &Paths, walker: &Walker) -> Listener {
    let mut socket = Socket::admitted(app, &walker.client).await;
    for field in paths.roots("subscription") {
        assert!(field.required.is_empty(), "say what {} is to be called with", field.name);
        for (number, part) in paths.parts(&field.of, 1).into_iter().enumerate() {
            let document = format!("subscription {{ {} {{ {} }} }}", field.name, part.text);
            socket.subscribe(&format!("{}{number}", field.name), &document, json!({})).await;
        }
    }
    Listener { socket, met: Met::default() }
}

impl Listener {
    /// Listens until all of `expected` was told, or nothing came for long; then until all is quiet.
    async fn hear_out(&mut self, expected: &BTreeSet<String>) {
        let mut patience = 20;
        while patience > 0 {
            let Some(message) = self.socket.heard().await else {
                patience =
                    if expected.is_subset(&self.met.of(&["Idea"])) { 0 } else { patience - 1 };
                continue;
            };
            assert!(message.is_object(), "the socket was closed: {message}");
            self.met.take(&message);
        }
    }
}

/// Everything wrong with what listeners hear when held and new decisions are announced.
pub async fn listen(
    app: &TestApp,
    world: &World<'_>,
    (paths, walkers): (&Paths, &[Walker]),
) -> Vec<String> {
    let mut listeners = join_all(walkers.iter().map(|it| sit_down(app, paths, it))).await;
    let nothing = BTreeSet::new();
    join_all(listeners.iter_mut().map(|it| it.hear_out(&nothing))).await;
    for name in ANSWERED {
        world.answer(name).await;
    }
    app.pass(MINUTE + SECOND).await;
    let rows = Rows::read(app).await;
    let expected: Vec<BTreeSet<String>> =
        walkers.iter().map(|it| heard_by(&rows, world, it)).collect();
    let listening = listeners.iter_mut().zip(&expected).map(|(it, expected)| it.hear_out(expected));
    join_all(listening).await;
    let judged =
        walkers.iter().zip(&listeners).zip(&expected).map(|((walker, heard), expected)| {
            let mut wrong = rows.forbidden(walker.who, &heard.met);
            for id in expected.difference(&heard.met.of(&["Idea"])) {
                wrong.push(format!("never heard of {}", rows.title(bare(id))));
            }
            wrong.into_iter().map(|it| format!("by subscription: {it}")).collect()
        });
    of_each(walkers, judged.collect())
}

/// What somebody is to hear of: what was answered and they may read.
fn heard_by(rows: &Rows, world: &World<'_>, walker: &Walker) -> BTreeSet<String> {
    let answered = ANSWERED.iter().map(|it| world.id(it).to_owned());
    answered.filter(|id| rows.reads(walker.who, &rows.subs[&bare(id)])).collect()
}

/// Everything wrong with the mails that have gone out so far.
pub fn mails(app: &TestApp, rows: &Rows) -> Vec<String> {
    let mails = app.mails.mails();
    assert!(mails.len() > 5, "mails went out");
    let mut wrong = Vec::new();
    for mail in &mails {
        let said = format!("{} {}", mail.subject(), mail.text());
        for who in mail.to.iter().map(|to| Asker::Person(rows.mailboxes[to])) {
            let open = rows.open_to(who);
            for mark in marks_in(&said).into_iter().filter(|it| !open.contains(*it)) {
                let of = rows.marks.get(mark);
                wrong.push(format!("a mail to {:?} says {mark} of {of:?}", mail.to));
            }
        }
    }
    wrong
}

/// A signed address opens for whoever holds it, and for ten minutes; when a right is gone, no new one
/// is given, and the door that asks for a token is shut at once.
pub async fn photos(
    app: &TestApp,
    world: &World<'_>,
    (walkers, met): (&[Walker], &[Met]),
) -> Vec<String> {
    let mut wrong = Vec::new();
    let addresses: BTreeSet<&String> = met.iter().flat_map(|it| &it.addresses).collect();
    assert!(!addresses.is_empty(), "photos were met");
    let path = |address: &str| address.trim_start_matches("https://earshot.example").to_owned();
    let status = async |address: &str| {
        let answer = app.anybody().request(Method::GET, &path(address)).send().await;
        answer.expect("an answer").status().as_u16()
    };
    for address in &addresses {
        if status(address).await != 200 {
            wrong.push(format!("{address} is shut for who holds it"));
        }
    }
    world.shut("ward idea").await;
    let rows = Rows::read(app).await;
    let shut = bare(world.id("ward idea"));
    let query = format!(
        "{{ submission(by: {{id: \"{}\"}}) {{ photos {{ url }} }} }}",
        world.id("ward idea")
    );
    for walker in walkers {
        let reads = rows.reads(walker.who, &rows.subs[&shut]);
        let data = walker.client.send(&query, json!({})).await.body["data"].clone();
        if data["submission"]["photos"][0]["url"].is_string() != reads {
            wrong.push(format!(
                "{}: the address of a photo that is now for the CX team: {data}",
                walker.name
            ));
        }
        for (file, _) in rows.files.iter().filter(|it| *it.1 == shut) {
            let door = format!("/files/{}", super::named("file", *file));
            let answer = walker.client.request(Method::GET, &door).send().await.expect("an answer");
            if (answer.status().as_u16() == 200) != reads {
                wrong.push(format!(
                    "{}: {} at the door of the photo",
                    walker.name,
                    answer.status()
                ));
            }
        }
    }
    app.house.clock.advance(10 * MINUTE);
    for address in &addresses {
        if status(address).await != 404 {
            wrong.push(format!("{address} outlives its ten minutes"));
        }
    }
    wrong
}
