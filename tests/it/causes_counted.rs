//! The kept counts of root causes against a recount that knows nothing of how they are kept.
//!
//! Random walks of sending, voting, linking, undoing, withdrawing, moving, rejecting and merging;
//! after every step every count of every cause is compared with a plain model of docs/adr/0012.

use std::collections::{BTreeMap, BTreeSet};

use entity::instant::MINUTE;
use entity::triage::{cause, cause_link};
use sea_orm::{ConnectionTrait, EntityTrait, Statement};
use serde_json::{Value, json};

use crate::kit::app::TestApp;
use crate::kit::client::Client;
use crate::on_both;

/// A small generator of numbers: the same walk at every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % sides
    }
}

#[derive(Default)]
struct Sent {
    /// None for one without an author.
    author: Option<usize>,
    voters: BTreeSet<usize>,
    withdrawn: bool,
    idea: bool,
    /// The decision that is held, if one is.
    pending: Option<String>,
    /// What it is joined into, as announced.
    into: Option<String>,
}

#[derive(Default)]
struct Named {
    parent: Option<String>,
    rejected: bool,
    /// What it was merged into, and the children that went along.
    merged: Option<(String, Vec<String>)>,
}

/// What everybody should count.
#[derive(Default)]
struct Model {
    sent: BTreeMap<String, Sent>,
    named: BTreeMap<String, Named>,
    /// Ids in the order in which they came: the same walk at every run, whatever they are.
    order: Vec<String>,
    /// Submission, the cause where it was linked, whatever that was merged into since, and the
    /// decision it came with.
    links: BTreeMap<(String, String), Option<String>>,
}

impl Model {
    fn in_order(&self, wanted: impl Fn(&str) -> bool) -> Vec<String> {
        self.order.iter().filter(|id| wanted(id)).cloned().collect()
    }

    fn place(&self, id: &str) -> Option<usize> {
        self.order.iter().position(|it| it == id)
    }

    fn root<'a>(&'a self, id: &'a str) -> &'a str {
        match &self.sent[id].into {
            Some(into) => self.root(into),
            None => id,
        }
    }

    /// The live cause that one lives on in.
    fn survivor<'a>(&'a self, id: &'a str) -> &'a str {
        match &self.named[id].merged {
            Some((into, _)) => self.survivor(into),
            None => id,
        }
    }

    /// Links as they show: each submission with the live causes.
    fn shown(&self) -> BTreeSet<(String, String)> {
        let live = |(id, cause): &(String, String)| (id.clone(), self.survivor(cause).to_owned());
        self.links.keys().map(live).collect()
    }

    fn at_or_below(&self, id: &str, top: &str) -> bool {
        let mut at = Some(id.to_owned());
        while let Some(id) = at {
            if id == top {
                return true;
            }
            at = self.named[&id].parent.clone();
        }
        false
    }

    /// Reach and submissions of one cause; of what was announced, or of all that is decided.
    fn count(&self, cause: &str, announced: bool) -> (usize, usize) {
        if self.named[cause].merged.is_some() {
            return (0, 0);
        }
        let counts = |link: &(&(String, String), &Option<String>)| {
            let ((submission, linked), decision) = link;
            let sent = &self.sent[submission];
            let linked = self.survivor(linked);
            let named = &self.named[linked];
            let held = decision.is_some() && **decision == sent.pending;
            let gone = sent.withdrawn || named.rejected;
            let unseen = announced && held;
            !gone && !unseen && self.at_or_below(linked, cause)
        };
        let roots: BTreeSet<&str> =
            self.links.iter().filter(counts).map(|((id, _), _)| self.root(id)).collect();
        let behind: Vec<&Sent> = self
            .sent
            .iter()
            .filter(|(id, sent)| !sent.withdrawn && roots.contains(self.root(id)))
            .map(|(_, sent)| sent)
            .collect();
        let people: BTreeSet<usize> = behind
            .iter()
            .flat_map(|sent| sent.author.into_iter().chain(sent.voters.iter().copied()))
            .collect();
        let nobody = behind.iter().filter(|sent| sent.author.is_none()).count();
        (people.len() + nobody, behind.len())
    }
}

struct Walk<'a> {
    app: &'a TestApp,
    dice: Dice,
    people: Vec<Client>,
    head: Client,
    model: Model,
    /// Passed so far: an access token lives ten.
    minutes: u32,
    /// Most people behind one cause so far.
    most: i32,
    /// Merges of causes that were taken back.
    parted: usize,
}

/// A refused step changes nothing, and the model neither.
async fn tried(client: &Client, name: &str, input: Value, fields: &str) -> Option<Value> {
    let kind = format!("{}{}Input", name[..1].to_uppercase(), &name[1..]);
    let query = format!(
        "mutation($in: {kind}!) {{ {name}(input: $in) {{ {fields} userErrors {{ code message }} }} }}"
    );
    let answer = client.send(&query, json!({"in": input})).await;
    let payload = answer.data()[name].clone();
    (payload["userErrors"] == json!([])).then_some(payload)
}

fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}

impl Walk<'_> {
    fn any<T: Clone>(&mut self, of: &[T]) -> Option<T> {
        if of.is_empty() { None } else { Some(of[self.dice.below(of.len())].clone()) }
    }

    fn any_sent(&mut self) -> Option<String> {
        let ids = self.model.in_order(|id| self.model.sent.contains_key(id));
        self.any(&ids)
    }

    fn any_named(&mut self) -> Option<String> {
        let ids = self.model.in_order(|id| self.model.named.contains_key(id));
        self.any(&ids)
    }

    async fn send(&mut self) {
        let (author, idea) = (self.dice.below(self.people.len()), self.dice.below(2) == 0);
        let input = json!({"text": "The lift is slow again.", "kind": if idea { "IDEA" } else { "OBSERVATION" }});
        let made = tried(&self.people[author], "submissionSend", input, "submission { id }")
            .await
            .expect("sent");
        let id = text(&made["submission"]["id"]);
        let nobody = self.dice.below(6) == 0;
        if nobody {
            // Only integrations send without an author: here the row is made so.
            let scope = self.app.system();
            let tx = scope.begin().await.expect("a transaction");
            let key = entity::id::TypedId::parse(&id)
                .map(|id: entity::id::SubmissionId| id.0)
                .expect("an id");
            let sql = "UPDATE submission SET author_id = NULL WHERE id = $1";
            tx.execute_raw(Statement::from_sql_and_values(
                tx.get_database_backend(),
                sql,
                [key.into()],
            ))
            .await
            .expect("nobody");
            tx.commit(()).await.expect("written");
        }
        let author = (!nobody).then_some(author);
        self.model.order.push(id.clone());
        self.model.sent.insert(id, Sent { author, idea, ..Sent::default() });
    }

    async fn vote(&mut self) {
        let Some(id) = self.any_sent() else { return };
        let who = self.dice.below(self.people.len());
        let votes = self.dice.below(3) > 0;
        let name = if votes { "submissionVote" } else { "submissionUnvote" };
        if tried(&self.people[who], name, json!({"submissionId": id}), "").await.is_some() {
            let voters = &mut self.model.sent.get_mut(&id).expect("known").voters;
            let _ = if votes { voters.insert(who) } else { voters.remove(&who) };
        }
    }

    async fn name(&mut self) {
        let parent = if self.dice.below(2) == 0 { self.any_named() } else { None };
        let name = format!("Cause number {}", self.model.named.len());
        let input = json!({"name": name, "category": "PROCESS", "parentId": parent});
        if let Some(made) = tried(&self.head, "causeCreate", input, "cause { id }").await {
            let id = text(&made["cause"]["id"]);
            self.model.order.push(id.clone());
            self.model.named.insert(id, Named { parent, ..Named::default() });
        }
    }

    async fn link(&mut self) {
        let (Some(id), Some(cause)) = (self.any_sent(), self.any_named()) else { return };
        let announce = ["AFTER_HOLD", "NOW", "LATER"][self.dice.below(3)];
        let input = json!({"submissionId": id, "causeIds": [cause], "announce": announce});
        let Some(made) =
            tried(&self.head, "causeLink", input, "links { id held } submission { id }").await
        else {
            return;
        };
        let key = (id.clone(), cause);
        if made["links"].as_array().is_some_and(|links| !links.is_empty()) {
            let pending = self.pending(&id).await;
            let held = made["links"][0]["held"] == true;
            self.model.sent.get_mut(&id).expect("known").pending.clone_from(&pending);
            self.model.links.insert(key, pending.filter(|_| held));
        }
    }

    /// The decision that is held, as the database has it: which one it is matters only for equality.
    async fn pending(&self, id: &str) -> Option<String> {
        let seen = self
            .head
            .ask(
                "query($id: ID!) { submission(by: {id: $id}) { pendingDecision { id } } }",
                json!({"id": id}),
            )
            .await;
        seen["submission"]["pendingDecision"]["id"].as_str().map(str::to_owned)
    }

    async fn unlink(&mut self) {
        let mut links: Vec<(String, String)> = self.model.shown().into_iter().collect();
        links.sort_by_key(|(id, cause)| (self.model.place(id), self.model.place(cause)));
        let Some((id, cause)) = self.any(&links) else { return };
        let input = json!({"submissionId": id, "causeId": cause});
        if tried(&self.head, "causeUnlink", input, "").await.is_some() {
            // Whichever of them stood for the others: all that was merged into this one.
            let keys: Vec<(String, String)> = self.model.links.keys().cloned().collect();
            for key in keys {
                if key.0 == id && self.model.survivor(&key.1) == cause {
                    self.model.links.remove(&key);
                }
            }
        }
    }

    async fn undo(&mut self) {
        let sent = &self.model.sent;
        let held: Vec<(String, String)> = self
            .model
            .in_order(|id| sent.contains_key(id))
            .into_iter()
            .filter_map(|id| Some((id.clone(), sent[&id].pending.clone()?)))
            .collect();
        let Some((id, decision)) = self.any(&held) else { return };
        if tried(&self.head, "decisionUndo", json!({"id": decision}), "").await.is_some() {
            self.model.sent.get_mut(&id).expect("known").pending = None;
            self.model
                .links
                .retain(|(submission, _), by| *submission != id || by.as_ref() != Some(&decision));
        }
    }

    async fn withdraw(&mut self) {
        let Some(id) = self.any_sent() else { return };
        let Some(author) = self.model.sent[&id].author else { return };
        if tried(&self.people[author], "submissionWithdraw", json!({"id": id}), "").await.is_some()
        {
            let sent = self.model.sent.get_mut(&id).expect("known");
            let pending = sent.pending.take();
            sent.withdrawn = true;
            sent.into = None;
            self.model
                .links
                .retain(|(submission, _), by| *submission != id || by.is_none() || *by != pending);
        }
    }

    async fn join(&mut self) {
        let (Some(id), Some(into)) = (self.any_sent(), self.any_sent()) else { return };
        let input = json!({"id": id, "intoId": into, "announce": "NOW"});
        if tried(&self.head, "submissionMerge", input, "").await.is_some() {
            let sent = self.model.sent.get_mut(&id).expect("known");
            sent.into = Some(into);
            sent.pending = None;
        }
    }

    async fn part(&mut self) {
        let sent = &self.model.sent;
        let twins = self.model.in_order(|id| sent.get(id).is_some_and(|sent| sent.into.is_some()));
        let Some(id) = self.any(&twins) else { return };
        if tried(&self.head, "submissionUnmerge", json!({"id": id, "announce": "NOW"}), "")
            .await
            .is_some()
        {
            let sent = self.model.sent.get_mut(&id).expect("known");
            sent.into = None;
            sent.pending = None;
        }
    }

    async fn move_cause(&mut self) {
        let Some(id) = self.any_named() else { return };
        let parent = if self.dice.below(3) > 0 { self.any_named() } else { None };
        if tried(&self.head, "causeUpdate", json!({"id": id, "parentId": parent}), "")
            .await
            .is_some()
        {
            self.model.named.get_mut(&id).expect("known").parent = parent;
        }
    }

    async fn turn_cause(&mut self) {
        let Some(id) = self.any_named() else { return };
        let status = ["REJECTED", "SUSPECTED", "CONFIRMED"][self.dice.below(3)];
        if tried(&self.head, "causeUpdate", json!({"id": id, "status": status}), "").await.is_some()
        {
            self.model.named.get_mut(&id).expect("known").rejected = status == "REJECTED";
        }
    }

    /// Merges two causes. It is taken back later, among other merges, or never.
    async fn merge_causes(&mut self) {
        let (Some(id), Some(into)) = (self.any_named(), self.any_named()) else { return };
        if tried(&self.head, "causeMerge", json!({"id": id, "intoId": into}), "").await.is_none() {
            return;
        }
        let children: Vec<String> = self
            .model
            .named
            .iter()
            .filter(|(_, named)| named.parent.as_ref() == Some(&id) && named.merged.is_none())
            .map(|(child, _)| child.clone())
            .collect();
        for child in &children {
            self.model.named.get_mut(child).expect("known").parent = Some(into.clone());
        }
        self.model.named.get_mut(&id).expect("known").merged = Some((into, children));
    }

    async fn part_causes(&mut self) {
        let named = &self.model.named;
        let gone = self.model.in_order(|id| named.get(id).is_some_and(|it| it.merged.is_some()));
        let Some(id) = self.any(&gone) else { return };
        if tried(&self.head, "causeUnmerge", json!({"id": id}), "").await.is_none() {
            return;
        }
        self.parted += 1;
        let gone = self.model.named.get_mut(&id).expect("known");
        let (into, children) = gone.merged.take().expect("merged");
        let parent = gone.parent.clone();
        let parent = parent.map(|parent| self.model.survivor(&parent).to_owned());
        self.model.named.get_mut(&id).expect("known").parent = parent;
        for child in children {
            let child = self.model.named.get_mut(&child).expect("known");
            if child.parent.as_ref() == Some(&into) {
                child.parent = Some(id.clone());
            }
        }
    }

    /// What each live cause shows, against where links were made.
    async fn compare_links(&self, step: &str) {
        let db = self.app.system().db();
        let rows = cause_link::Entity::find().all(&db).await.expect("links");
        let shown: BTreeSet<(String, String)> = rows
            .iter()
            .map(|row| (row.submission_id.to_string(), row.cause_id.to_string()))
            .collect();
        assert_eq!(shown, self.model.shown(), "links, after {step}");
    }

    async fn time_passes(&mut self) {
        self.app.pass(MINUTE).await;
        self.minutes += 1;
        if self.minutes.is_multiple_of(8) {
            (self.people, self.head) = signed_in(self.app).await;
        }
        let ids: Vec<String> = self.model.sent.keys().cloned().collect();
        for id in ids {
            let pending = self.pending(&id).await;
            self.model.sent.get_mut(&id).expect("known").pending = pending;
        }
    }

    async fn compare(&mut self, step: &str) {
        self.compare_links(step).await;
        let rows = cause::Entity::find().all(&self.app.system().db()).await.expect("causes");
        assert_eq!(rows.len(), self.model.named.len());
        let size = |count: i32| usize::try_from(count).expect("never below nothing");
        for row in rows {
            self.most = self.most.max(row.reach);
            let id = row.id.to_string();
            let decided = (size(row.reach), size(row.submission_count));
            let shown = (size(row.shown_reach), size(row.shown_submission_count));
            assert_eq!(decided, self.model.count(&id, false), "decided, after {step}: {row:?}");
            assert_eq!(shown, self.model.count(&id, true), "announced, after {step}: {row:?}");
        }
    }

    async fn step(&mut self) {
        let step = match self.dice.below(26) {
            0..=3 => {
                self.send().await;
                "send"
            }
            4..=6 => {
                self.vote().await;
                "vote"
            }
            7 => {
                self.name().await;
                "name"
            }
            8..=11 => {
                self.link().await;
                "link"
            }
            12 => {
                self.unlink().await;
                "unlink"
            }
            13 => {
                self.undo().await;
                "undo"
            }
            14 => {
                self.withdraw().await;
                "withdraw"
            }
            15 => {
                self.move_cause().await;
                "move"
            }
            16 => {
                self.turn_cause().await;
                "turn"
            }
            17 | 18 => {
                self.merge_causes().await;
                "merge"
            }
            24 | 25 => {
                self.part_causes().await;
                "part causes"
            }
            20..=22 => {
                self.join().await;
                "join"
            }
            23 => {
                self.part().await;
                "part"
            }
            _ => {
                self.time_passes().await;
                "time"
            }
        };
        self.compare(step).await;
    }
}

async fn signed_in(app: &TestApp) -> (Vec<Client>, Client) {
    let o = &app.organisation;
    let mut people = Vec::new();
    for person in [o.nurse, o.colleague, o.manager, o.reviewer] {
        people.push(app.sign_in(person).await);
    }
    (people, app.sign_in(o.head).await)
}

async fn walk(app: &TestApp, seed: u64, steps: usize) {
    let (people, head) = signed_in(app).await;
    let dice = Dice(seed);
    let mut walk =
        Walk { app, dice, people, head, model: Model::default(), minutes: 0, most: 0, parted: 0 };
    for _ in 0..4 {
        walk.name().await;
        walk.send().await;
    }
    for _ in 0..steps {
        walk.step().await;
    }
    assert!(walk.parted > 2, "{} merges were taken back", walk.parted);
    assert!(walk.most > 2, "the walk led somewhere: {} people at most", walk.most);
    app.pass(60 * MINUTE).await;
}

on_both! {
    async fn a_walk_keeps_every_count(app) {
        walk(app, 7, 150).await;
    }

    async fn another_walk_keeps_every_count(app) {
        walk(app, 20_261_122, 150).await;
    }

    async fn a_third_walk_keeps_every_count(app) {
        walk(app, 99, 150).await;
    }
}
