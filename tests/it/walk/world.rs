//! A small year in an afternoon, made through the API: everything that changes who may read what,
//! with a marked word in every text.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use entity::closing::sustained;
use entity::id::{PersonId, SubmissionId, SustainId};
use entity::instant::{DAY, MINUTE, SECOND};
use entity::submissions::submission;
use reqwest::Method;
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, EntityTrait as _};
use serde_json::{Value, json};

use super::judge::bare;
use super::rows::{Rows, Text};
use crate::kit::app::TestApp;
use crate::kit::client::Client;
use crate::oracle;
use crate::photos::jpeg;

/// Everybody at work, with what was made by its name.
pub struct World<'a> {
    app: &'a TestApp,
    pub people: BTreeMap<&'static str, PersonId>,
    clients: BTreeMap<&'static str, Client>,
    number: Cell<u32>,
    ids: BTreeMap<&'static str, String>,
}

/// Fields of an input beside those that every one has.
fn with(mut input: Value, more: Value) -> Value {
    let Value::Object(more) = more else { return input };
    input.as_object_mut().expect("an input").extend(more);
    input
}

fn document(name: &str, selection: &str) -> String {
    let proper = name[..1].to_uppercase() + &name[1..];
    format!(
        "mutation($in: {proper}Input!) {{ {name}(input: $in) {{ {selection} userErrors {{ field code message }} }} }}"
    )
}

impl<'a> World<'a> {
    /// All of it.
    pub async fn make(app: &'a TestApp) -> Self {
        let people = oracle::hire(app).await;
        let mut world = Self {
            app,
            people,
            clients: BTreeMap::new(),
            number: Cell::new(0),
            ids: BTreeMap::new(),
        };
        world.sign_in().await;
        world.sent().await;
        world.held_back().await;
        world.worked_on().await;
        world.given_away().await;
        world.joined().await;
        world.named().await;
        world.carried_out().await;
        world.copied().await;
        world.resolved().await;
        world.saved().await;
        world.after_the_hold().await;
        world
    }

    /// Tokens live minutes.
    async fn sign_in(&mut self) {
        for (name, id) in &self.people {
            self.clients.insert(name, self.app.sign_in(*id).await);
        }
    }

    /// A text with a word of its own in it.
    fn said(&self, text: &str) -> String {
        let number = self.number.get() + 1;
        self.number.set(number);
        format!("mark{number:04} {text}")
    }

    pub fn id(&self, name: &str) -> &str {
        self.ids.get(name).unwrap_or_else(|| panic!("{name} was never made"))
    }

    /// Ids of all submissions that have a name here.
    pub fn submissions(&self) -> Vec<&str> {
        self.ids.values().map(String::as_str).filter(|id| id.starts_with("sub_")).collect()
    }

    async fn act(&self, who: &str, (verb, selection): (&str, &str), input: Value) -> Value {
        self.clients[who].done(verb, &document(verb, selection), json!({"in": input})).await
    }

    async fn does(&self, who: &str, verb: &str, input: Value) {
        self.act(who, (verb, ""), input).await;
    }

    fn keep(&mut self, name: &'static str, id: &Value) {
        let before = self.ids.insert(name, id.as_str().expect("an id").to_owned());
        assert!(before.is_none(), "{name} is there twice");
    }

    async fn send(&mut self, name: &'static str, (who, kind): (&str, &str), more: Value) {
        let input = json!({
            "kind": kind, "title": self.said(name), "text": self.said("hooks on the doors of the changing rooms"),
            "customerWords": self.said("where do I leave my coat"),
        });
        let made = self.act(who, ("submissionSend", "submission { id }"), with(input, more)).await;
        self.keep(name, &made["submission"]["id"]);
    }

    async fn on(&self, who: &str, verb: &str, (name, more): (&str, Value)) {
        self.does(who, verb, with(json!({"id": self.id(name)}), more)).await;
    }

    async fn open(&self, names: &[&str]) {
        for name in names {
            self.on("head", "submissionOpen", (name, json!({}))).await;
        }
    }

    async fn agree(&self, name: &str, voters: &[&str]) {
        for voter in voters {
            self.does(voter, "submissionVote", json!({"submissionId": self.id(name)})).await;
        }
    }

    /// A public comment, and an internal one that mentions a reviewer.
    async fn talk(&self, name: &str, who: &str) {
        let id = self.id(name);
        let public =
            json!({"submissionId": id, "text": self.said("thank you"), "visibility": "PUBLIC"});
        self.does(who, "commentAdd", public).await;
        let mention = self.people["head"].to_string();
        let internal = json!({"submissionId": id, "text": self.said("between us"), "visibility": "INTERNAL", "mentionIds": [mention]});
        self.does(who, "commentAdd", internal).await;
    }

    async fn photo(&mut self, name: &str, who: &str) {
        let input = json!({"submissionId": self.id(name), "fileName": self.said("door.jpg")});
        let made = self.act(who, ("attachmentCreate", "uploadUrl"), input).await;
        let address = made["uploadUrl"].as_str().expect("an address");
        let path = address.strip_prefix("https://earshot.example").expect("the public address");
        let put = self.app.anybody().request(Method::PUT, path).body(jpeg(3)).send().await;
        assert_eq!(put.expect("an answer").status(), 200);
    }

    /// Ideas and observations of three sites, opened and not.
    async fn sent(&mut self) {
        for (name, who, kind) in [
            ("ward idea", "nurse", "IDEA"),
            ("ward idea, opened", "nurse", "IDEA"),
            ("kitchen idea", "cook", "IDEA"),
            ("kitchen idea, opened", "cook", "IDEA"),
            ("lab idea", "chemist", "IDEA"),
            ("lab idea, opened", "chemist", "IDEA"),
            ("it idea", "it_reviewer", "IDEA"),
            ("ward observation", "nurse", "OBSERVATION"),
            ("kitchen observation", "cook", "OBSERVATION"),
            ("lab observation", "chemist", "OBSERVATION"),
            ("desk observation", "colleague", "OBSERVATION"),
            ("of a reviewer", "reviewer", "OBSERVATION"),
        ] {
            self.send(name, (who, kind), json!({})).await;
        }
        self.open(&["ward idea, opened", "kitchen idea, opened", "lab idea, opened"]).await;
        for name in [
            "ward idea",
            "kitchen observation",
            "ward observation",
            "lab idea, opened",
            "of a reviewer",
        ] {
            self.talk(name, "head").await;
        }
        for (name, who) in [
            ("ward idea", "nurse"),
            ("lab observation", "chemist"),
            ("kitchen idea, opened", "cook"),
        ] {
            self.photo(name, who).await;
        }
        // A second revision: the first one stays for its author and for those inside.
        let id = self.id("desk observation").to_owned();
        let edit = json!({"id": id, "title": self.said("edited"), "text": self.said("there are no hooks")});
        self.does("colleague", "submissionEdit", edit).await;
        // Long enough for somebody to have waited too long.
        self.app.pass(4 * DAY).await;
        self.sign_in().await;
    }

    /// What is not for everybody who could read it otherwise.
    async fn held_back(&mut self) {
        let cx = json!({"audience": "CX_TEAM_ONLY"});
        self.send("CX only idea", ("nurse", "IDEA"), cx.clone()).await;
        self.send("CX only observation", ("colleague", "OBSERVATION"), cx).await;
        self.photo("CX only idea", "nurse").await;
        self.talk("CX only idea", "reviewer").await;
        self.send("CX only later", ("nurse", "IDEA"), json!({})).await;
        self.open(&["CX only later"]).await;
        self.agree("CX only later", &["colleague", "cook", "chemist"]).await;
        self.on(
            "reviewer",
            "submissionUpdateTriage",
            ("CX only later", json!({"audience": "CX_TEAM_ONLY"})),
        )
        .await;
        for (name, kind) in [("withdrawn idea", "IDEA"), ("withdrawn observation", "OBSERVATION")] {
            self.send(name, ("nurse", kind), json!({})).await;
        }
        self.open(&["withdrawn idea"]).await;
        self.talk("withdrawn idea", "reviewer").await;
        for name in ["withdrawn idea", "withdrawn observation"] {
            self.on("nurse", "submissionWithdraw", (name, json!({}))).await;
        }
        for (name, kind, whom) in [
            ("about the manager", "IDEA", "manager"),
            ("about a colleague", "IDEA", "colleague"),
            ("about a reviewer", "OBSERVATION", "reviewer"),
        ] {
            let about = json!({"concernedId": self.people[whom].to_string()});
            self.send(name, ("nurse", kind), about).await;
        }
        self.open(&["about a colleague"]).await;
        self.talk("about a colleague", "head").await;
        for name in ["hidden idea", "locked idea"] {
            self.send(name, ("nurse", "IDEA"), json!({})).await;
        }
        self.open(&["hidden idea", "locked idea"]).await;
        let hide = json!({"reason": "PERSONAL_DATA", "note": self.said("names somebody")});
        self.on("moderator", "submissionHide", ("hidden idea", hide)).await;
        let lock = json!({"reason": "OFF_TOPIC", "note": self.said("enough said")});
        self.on("reviewer", "submissionLock", ("locked idea", lock)).await;
        self.reported().await;
    }

    /// Reported, with reports that stand and reports that somebody closed.
    async fn reported(&mut self) {
        for (name, kind, whom) in [
            ("reported idea", "IDEA", "colleague"),
            ("reported observation", "OBSERVATION", "manager"),
            ("reported, closed", "OBSERVATION", "manager"),
        ] {
            self.send(name, ("nurse", kind), json!({})).await;
            let report = json!({"reason": "OFFENSIVE", "note": self.said("not kind")});
            self.on(whom, "submissionReport", (name, report)).await;
        }
        self.on("reviewer", "submissionReportsClose", ("reported, closed", json!({}))).await;
    }

    /// Decided, announced, asked, answered; and some that are still held.
    async fn worked_on(&mut self) {
        for (name, who, kind) in [
            ("declined, told", "nurse", "IDEA"),
            ("declined, held", "nurse", "IDEA"),
            ("accepted, held", "cook", "OBSERVATION"),
            ("asked", "nurse", "OBSERVATION"),
            ("snoozed", "cook", "OBSERVATION"),
        ] {
            self.send(name, (who, kind), json!({})).await;
        }
        self.open(&["declined, held", "declined, told"]).await;
        self.does("cook", "submissionFollow", json!({"submissionId": self.id("declined, told")}))
            .await;
        let no = |announce: &str| json!({"to": "DECLINED", "reason": "COST", "message": self.said("it costs too much"), "announce": announce});
        let (told, held) = (no("NOW"), no("LATER"));
        self.on("reviewer", "submissionMove", ("declined, told", told)).await;
        self.on("reviewer", "submissionMove", ("declined, held", held)).await;
        let yes = json!({"to": "ACCEPTED", "message": self.said("yes, we know why"), "announce": "LATER"});
        self.on("reviewer", "submissionMove", ("accepted, held", yes)).await;
        // On an own submission a reviewer is none: this stays unknown to them.
        let no = json!({"to": "DECLINED", "reason": "COST", "message": self.said("not this year"), "announce": "LATER"});
        self.on("head", "submissionMove", ("of a reviewer", no)).await;
        let ask =
            json!({"to": "NEEDS_INFO", "message": self.said("which door?"), "announce": "NOW"});
        self.on("reviewer", "submissionMove", ("asked", ask)).await;
        let answer = json!({"text": self.said("the one at the back")});
        self.on("nurse", "questionAnswer", ("asked", answer)).await;
        let until = json!({"until": "2026-03-20T09:00:00Z"});
        self.on("reviewer", "submissionSnooze", ("snoozed", until)).await;
    }

    /// Handed over, owned and assigned, and one text that became three.
    async fn given_away(&mut self) {
        let it = json!({"functionId": self.app.organisation.it.to_string()});
        for (name, who, kind) in [
            ("offered to IT", "nurse", "OBSERVATION"),
            ("taken by IT", "chemist", "OBSERVATION"),
            ("idea for IT", "nurse", "IDEA"),
            ("owned from afar", "nurse", "OBSERVATION"),
            ("assigned", "colleague", "OBSERVATION"),
            ("three in one", "nurse", "IDEA"),
        ] {
            self.send(name, (who, kind), json!({})).await;
        }
        for name in ["offered to IT", "taken by IT", "idea for IT"] {
            self.on("head", "submissionHandOver", (name, it.clone())).await;
        }
        self.on("it_reviewer", "submissionHandOverAccept", ("taken by IT", json!({}))).await;
        self.talk("taken by IT", "it_reviewer").await;
        let owner = json!({"ownerId": self.people["chemist"].to_string()});
        self.on("reviewer", "submissionSetOwner", ("owned from afar", owner.clone())).await;
        self.on("reviewer", "submissionSetOwner", ("CX only observation", owner)).await;
        self.talk("owned from afar", "reviewer").await;
        let assignee = json!({"assigneeId": self.people["second_reviewer"].to_string()});
        self.on("reviewer", "submissionAssign", ("assigned", assignee)).await;
        let sized = json!({"impact": "L", "effort": "S"});
        self.on("reviewer", "submissionUpdateTriage", ("ward idea, opened", sized)).await;
        let parts = json!([
            {"text": self.said("hooks for coats")},
            {"text": self.said("a bench below them"), "kind": "IDEA"},
            {"text": self.said("the floor is wet"), "kind": "OBSERVATION"},
        ]);
        let split =
            json!({"id": self.id("three in one"), "parts": parts, "clientKey": "three in one"});
        let made = self.act("reviewer", ("submissionSplit", "parts { id }"), split).await;
        for (name, part) in
            ["the bench", "the floor"].into_iter().zip(made["parts"].as_array().expect("parts"))
        {
            self.keep(name, &part["id"]);
        }
    }

    /// Groups: announced over sites, in a chain, held; of ideas and of observations.
    async fn joined(&mut self) {
        for (name, who, kind) in [
            ("root idea", "colleague", "IDEA"),
            ("twin idea", "cook", "IDEA"),
            ("twin of the twin", "nurse", "IDEA"),
            ("held twin", "nurse", "IDEA"),
            ("root observation", "nurse", "OBSERVATION"),
            ("twin observation", "cook", "OBSERVATION"),
        ] {
            self.send(name, (who, kind), json!({})).await;
        }
        self.agree("root idea", &["nurse", "manager", "ward_manager"]).await;
        self.agree("twin idea", &["hill_manager"]).await;
        self.talk("twin idea", "reviewer").await;
        for (twin, root, announce) in [
            ("twin idea", "root idea", "NOW"),
            ("twin of the twin", "twin idea", "NOW"),
            ("held twin", "root idea", "LATER"),
            ("twin observation", "root observation", "NOW"),
        ] {
            let input = json!({"intoId": self.id(root), "message": self.said("we put them together"), "announce": announce});
            self.on("reviewer", "submissionMerge", (twin, input)).await;
        }
        let yes =
            json!({"to": "ACCEPTED", "message": self.said("we will do both"), "announce": "NOW"});
        self.on("second_reviewer", "submissionMove", ("root idea", yes)).await;
        self.talk("root idea", "second_reviewer").await;
    }

    async fn cause(&mut self, name: &'static str, more: Value) {
        let input = json!({
            "name": self.said(name), "category": "PLACE", "whys": [self.said("nobody ordered them")],
            "aliases": [self.said("also called so")],
        });
        let made = self.act("head", ("causeCreate", "cause { id }"), with(input, more)).await;
        self.keep(name, &made["cause"]["id"]);
    }

    async fn link(&self, (sub, cause): (&str, &str), announce: &str) {
        let input = json!({
            "submissionId": self.id(sub), "causeIds": [self.id(cause)], "note": self.said("it is plain to see"),
            "announce": announce,
        });
        self.does("head", "causeLink", input).await;
    }

    /// Causes with four, five and six people behind them, merged, rejected, owned, linked by what is held.
    async fn named(&mut self) {
        // Observations: linking opens an idea to everybody, and these shall be heard of by reach alone.
        let voters: [&str; 5] = ["second_reviewer", "hill_manager", "reviewer", "head", "two_hats"];
        for (name, behind) in [
            ("said by six", 5),
            ("said by five", 4),
            ("said by four", 3),
            ("rejected for", 4),
            ("merged for", 4),
        ] {
            self.send(name, ("cook", "OBSERVATION"), json!({})).await;
            if behind == 5 {
                let owner = json!({"ownerId": self.people["two_hats"].to_string()});
                self.on("reviewer", "submissionSetOwner", (name, owner)).await;
            }
            for voter in &voters[..behind] {
                let input = json!({"submissionId": self.id(name)});
                self.does(voter, "submissionMeToo", input).await;
            }
        }
        let chemist = self.people["chemist"].to_string();
        for name in [
            "cause of six",
            "cause of five",
            "cause of four",
            "rejected cause",
            "merged cause",
            "surviving cause",
            "cause of the ward",
            "cause of the lab",
            "cause of what is held",
            "cause of the CX team",
            "cause of a withdrawn one",
            "cause of a group",
        ] {
            self.cause(name, json!({})).await;
        }
        self.cause("cause of the chemist", json!({"ownerId": chemist})).await;
        self.cause("cause of IT", json!({"ownerUnitId": self.app.organisation.it.to_string()}))
            .await;
        let parent = json!({"parentId": self.id("cause of the lab")});
        self.cause("narrower cause", parent).await;
        for (sub, cause, announce) in [
            ("said by six", "cause of six", "NOW"),
            ("said by five", "cause of five", "NOW"),
            ("said by four", "cause of four", "NOW"),
            ("rejected for", "rejected cause", "NOW"),
            ("merged for", "merged cause", "NOW"),
            ("desk observation", "surviving cause", "NOW"),
            ("ward observation", "cause of the ward", "NOW"),
            ("lab observation", "narrower cause", "NOW"),
            ("snoozed", "cause of what is held", "LATER"),
            ("CX only observation", "cause of the CX team", "NOW"),
            ("twin observation", "cause of a group", "NOW"),
        ] {
            self.link((sub, cause), announce).await;
        }
        self.send("withdrawn later", ("nurse", "IDEA"), json!({})).await;
        self.link(("withdrawn later", "cause of a withdrawn one"), "NOW").await;
        for (from, to) in [
            ("cause of six", "cause of four"),
            ("cause of the lab", "cause of six"),
            ("cause of five", "cause of six"),
        ] {
            let input = json!({"toId": self.id(to), "note": self.said("makes it worse")});
            self.on("head", "causeContribute", (from, input)).await;
        }
        let into = json!({"intoId": self.id("surviving cause")});
        self.on("head", "causeMerge", ("merged cause", into)).await;
        self.on("head", "causeUpdate", ("rejected cause", json!({"status": "REJECTED"}))).await;
    }

    /// Plans with items for people and functions, a trial, outcomes with and without a witness.
    async fn carried_out(&mut self) {
        self.send("under way", ("nurse", "IDEA"), json!({})).await;
        self.open(&["under way"]).await;
        let begun =
            json!({"to": "IN_PROGRESS", "message": self.said("we begin"), "announce": "NOW"});
        self.on("reviewer", "submissionMove", ("under way", begun)).await;
        let item = |more: Value| {
            with(
                json!({"title": self.said("order hooks"), "checklist": [self.said("rooms 1 to 4")]}),
                more,
            )
        };
        let (sub, cause) = (self.id("under way").to_owned(), self.id("cause of six").to_owned());
        let of_idea =
            item(json!({"submissionId": sub, "assigneeId": self.people["colleague"].to_string()}));
        let of_function =
            item(json!({"causeId": cause, "functionId": self.app.organisation.it.to_string()}));
        let of_person = item(
            json!({"causeId": self.id("cause of five"), "assigneeId": self.people["cook"].to_string()}),
        );
        let unseen = item(json!({"causeId": self.id("narrower cause")}));
        let made = self.act("reviewer", ("actionItemAdd", "item { id }"), of_idea).await;
        self.keep("item of the ward", &made["item"]["id"]);
        let named = ["kitchen idea", "CX only idea", "under way", "item of the ward"];
        for (number, subject) in named.into_iter().enumerate() {
            let link = json!({"subjectId": self.id(subject), "system": "jira", "key": format!("OPS-{number}")});
            self.act("head", ("externalLinkSet", "externalLink { id }"), link).await;
        }
        self.does("head", "actionItemAdd", of_person).await;
        self.does("head", "actionItemAdd", unseen).await;
        // Answered for by somebody who may see the cause.
        self.does("head", "actionItemAdd", of_function).await;
        let helper = json!({"submissionId": sub, "personId": self.people["cook"].to_string()});
        self.does("reviewer", "coOwnerName", helper).await;
        let trial = json!({"submissionId": sub, "guess": self.said("fewer coats on the floor"), "measure": self.said("count at noon")});
        self.does("reviewer", "trialStart", trial).await;
        for (name, about, confirmed) in [
            ("proved", json!({"submissionId": sub}), true),
            ("hoped for", json!({"submissionId": sub}), false),
            ("proved of a cause", json!({"causeId": cause}), true),
        ] {
            self.outcome((name, confirmed), about).await;
        }
    }

    async fn outcome(&self, (name, confirmed): (&str, bool), about: Value) {
        let input = json!({"kind": "SAFETY", "title": self.said(name), "unitOfMeasure": "falls", "direction": "LOWER"});
        let made = self.act("reviewer", ("outcomeAdd", "outcome { id }"), with(input, about)).await;
        let id = &made["outcome"]["id"];
        let actual = json!({"outcomeId": id, "stage": "ACTUAL", "value": 3, "evidence": self.said("the book of falls")});
        self.does("reviewer", "outcomeRecord", actual).await;
        if confirmed {
            self.does("second_reviewer", "outcomeConfirm", json!({"id": id})).await;
        }
    }

    /// Ideas that work, offered to other sites: taken up and measured there, refused, not answered.
    async fn copied(&mut self) {
        let o = &self.app.organisation;
        let (harbour, hill, lake) = (o.harbour.to_string(), o.hill.to_string(), o.lake.to_string());
        for (name, who, sites) in [
            ("copied idea", "cook", [harbour.clone(), lake]),
            ("offered idea", "chemist", [hill, harbour]),
        ] {
            self.send(name, (who, "IDEA"), json!({})).await;
            self.open(&[name]).await;
            let works =
                json!({"to": "IMPLEMENTED", "message": self.said("it hangs"), "announce": "NOW"});
            self.on("head", "submissionMove", (name, works)).await;
            let offer = json!({"submissionId": self.id(name), "siteIds": sites, "message": self.said("four hooks a door")});
            let made = self.act("executive", ("adoptionOffer", "adoptions { id }"), offer).await;
            let taker = if who == "cook" { "manager" } else { "hill_manager" };
            let (taken, other) = (made["adoptions"][0]["id"].clone(), &made["adoptions"][1]["id"]);
            self.does(taker, "adoptionAccept", json!({"id": taken})).await;
            if who == "cook" {
                self.outcome(("proved elsewhere", true), json!({"adoptionId": taken})).await;
                self.does(taker, "adoptionComplete", json!({"id": taken})).await;
                let no = json!({"id": other, "reason": self.said("we have no doors")});
                self.does("south_reviewer", "adoptionDecline", no).await;
            } else {
                self.outcome(("hoped for elsewhere", false), json!({"adoptionId": taken})).await;
            }
        }
    }

    /// Causes resolved: one that is told, and one that is decided and held.
    async fn resolved(&mut self) {
        for (name, who) in [
            ("put right for the nurse", "nurse"),
            ("put right for the cook", "cook"),
            ("put right, held", "colleague"),
        ] {
            self.send(name, (who, "OBSERVATION"), json!({})).await;
        }
        let too = json!({"submissionId": self.id("put right for the cook")});
        self.does("hill_manager", "submissionMeToo", too).await;
        let of_it = json!({"ownerUnitId": self.app.organisation.it.to_string()});
        self.cause("resolved cause", json!({"status": "CONFIRMED"})).await;
        self.cause("cause of a held resolving", with(of_it, json!({"status": "CONFIRMED"}))).await;
        for (sub, cause) in [
            ("put right for the nurse", "resolved cause"),
            ("put right for the cook", "resolved cause"),
            ("put right, held", "cause of a held resolving"),
        ] {
            self.link((sub, cause), "NOW").await;
        }
        for (name, cause, announce) in [
            ("resolving", "resolved cause", "NOW"),
            ("held resolving", "cause of a held resolving", "LATER"),
        ] {
            let words = self.said("{name}, it is put right");
            let input = json!({"id": self.id(cause), "announce": announce, "messages": [{"language": "en", "text": words}]});
            let made = self.act("head", ("causeResolve", "resolution { id }"), input).await;
            self.keep(name, &made["resolution"]["id"]);
        }
    }

    /// What is asked after 60 days, laid as rows: of one who may answer, and waiting for a reviewer.
    async fn asked_later(&self) {
        let scope = self.app.system();
        let tx = scope.begin().await.expect("a transaction");
        for (name, flagged) in
            [("put right for the nurse", None), ("put right for the cook", Some(scope.now))]
        {
            let id: SubmissionId = self.id(name).parse().expect("an id");
            let sub =
                submission::Entity::find_by_id(id).one(&tx).await.expect("a row").expect("one");
            let row = sustained::ActiveModel {
                id: Set(SustainId(scope.fresh_id())),
                submission_id: Set(id),
                shown_at: Set(sub.implemented_shown_at.expect("it was told")),
                asked_at: Set(scope.now),
                answer: Set(None),
                answered_by: Set(None),
                answered_at: Set(None),
                flagged_at: Set(flagged),
                closed_at: Set(None),
            };
            row.insert(&tx).await.expect("a question");
        }
        tx.commit(()).await.expect("written");
    }

    /// Views, templates, rules, absences.
    async fn saved(&mut self) {
        let north = self.app.organisation.north.to_string();
        for sharing in [
            json!({}),
            json!({"sharedWith": "REVIEWERS"}),
            json!({"sharedWith": "UNIT", "unitId": north}),
        ] {
            let view = json!({"name": self.said("my view")});
            self.does("reviewer", "triageViewCreate", with(view, sharing)).await;
        }
        let texts = json!([{"language": "en", "text": self.said("thank you so much")}, {"language": "es", "text": self.said("gracias")}]);
        self.does(
            "reviewer",
            "replyTemplateCreate",
            json!({"name": self.said("Thanks"), "texts": texts}),
        )
        .await;
        self.announced().await;
        let rule = json!({"name": "Coats", "conditions": {"words": ["coat"]}, "actions": {"tags": ["coats"]}});
        self.does("head", "routingRuleCreate", rule).await;
        let away = json!({"from": "2026-03-10", "to": "2026-03-12", "delegateId": self.people["second_reviewer"].to_string()});
        self.does("reviewer", "absenceCreate", away).await;
    }

    /// Announcements to a site and to a region: a draft, a published and a withdrawn one of each, about what
    /// not all of their readers read.
    async fn announced(&mut self) {
        let o = &self.app.organisation;
        let places = [o.harbour.to_string(), o.south.to_string()];
        let about = [self.id("ward idea").to_owned(), self.id("kitchen observation").to_owned()];
        let cause = self.id("cause of four").to_owned();
        for place in &places {
            for verbs in [
                &[][..],
                &["announcementPublish"],
                &["announcementPublish", "announcementWithdraw"],
            ] {
                let text = json!([{"language": "en", "title": self.said("news"), "body": self.said("hooks everywhere")}]);
                let draft = json!({"unitIds": [place], "texts": text, "submissionIds": about, "causeId": cause});
                let made =
                    self.act("head", ("announcementCreate", "announcement { id }"), draft).await;
                let id = made["announcement"]["id"].clone();
                for verb in verbs {
                    self.does("head", verb, json!({"id": id})).await;
                }
                self.ids.insert("news", id.as_str().expect("an id").to_owned());
            }
        }
    }

    /// What was sent to all is told, and one author takes back what was linked.
    async fn after_the_hold(&mut self) {
        self.app.pass(MINUTE + SECOND).await;
        self.on("nurse", "submissionWithdraw", ("withdrawn later", json!({}))).await;
        self.app.pass(MINUTE + SECOND).await;
        self.asked_later().await;
    }

    /// A unit with two sites below it.
    pub fn unit(&self) -> String {
        self.app.organisation.north.to_string()
    }

    /// A site whose people sent most of it.
    pub fn site(&self) -> String {
        self.app.organisation.harbour.to_string()
    }

    /// Says yes, and everybody is told at once.
    pub async fn answer(&self, name: &str) {
        let head = self.app.sign_in(self.people["head"]).await;
        let yes = json!({"id": self.id(name), "to": "ACCEPTED", "message": self.said("yes, we want to do this"), "announce": "NOW"});
        head.done("submissionMove", &document("submissionMove", ""), json!({"in": yes})).await;
    }

    /// From now on it is for the CX team alone.
    pub async fn shut(&self, name: &str) {
        let head = self.app.sign_in(self.people["head"]).await;
        let only = json!({"id": self.id(name), "audience": "CX_TEAM_ONLY"});
        head.done(
            "submissionUpdateTriage",
            &document("submissionUpdateTriage", ""),
            json!({"in": only}),
        )
        .await;
    }

    /// The world has what it was made for.
    pub fn is_worth_walking(&self, rows: &Rows) {
        let reach = |name: &str| rows.reach(bare(self.id(name)));
        assert_eq!(["cause of six", "cause of five", "cause of four"].map(reach), [6, 5, 4]);
        assert_eq!((reach("rejected cause"), reach("cause of what is held")), (0, 0));
        assert_eq!(reach("cause of a withdrawn one"), 0);
        assert_eq!(reach("cause of a group"), 2, "both authors of the group");
        assert_eq!(rows.joined.len(), 3, "announced joinings");
        let sub = |name: &str| &rows.subs[&bare(self.id(name))];
        assert!(sub("declined, held").pending.is_some() && sub("held twin").phase == "MERGED");
        assert_eq!((rows.adoptions.len(), rows.questions.len(), rows.resolvings.len()), (4, 2, 2));
        assert_eq!(
            (sub("put right, held").phase.as_str(), sub("put right, held").shown.as_str()),
            ("IMPLEMENTED", "ACCEPTED")
        );
        assert!(sub("hidden idea").hidden.is_some() && sub("snoozed").snoozed.is_some());
        let texts = rows.marks.values().flatten();
        let kinds: BTreeSet<&str> = texts.map(Text::kind).collect();
        assert_eq!(kinds.len(), Text::KINDS, "a text of every kind: {kinds:?}");
    }
}
