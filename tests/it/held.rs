//! What is decided and not announced stays inside: that a root cause is resolved.

use entity::instant::{DAY, MINUTE, SECOND};
use serde_json::{Value, json};

use crate::authz::integration;
use crate::kit::app::TestApp;
use crate::kit::client::Client;
use crate::on_both;
use crate::plans::done;
use crate::pulled::{detail, pull};
use crate::schema::{list, text};

const HOLD: i64 = MINUTE + SECOND;
const SEEN: &str = "query($id: ID!) { cause(id: $id) { status }
  resolved: causes(first: 9, filter: {status: [RESOLVED]}) { nodes { id } totalCount }
  before: causes(first: 9, filter: {status: [CONFIRMED]}) { nodes { id } totalCount } }";

/// How far a cause is for somebody, and in which of the two lists it stands.
async fn seen(client: &Client, id: &str) -> (String, bool, bool) {
    let data = client.ask(SEEN, json!({"id": id})).await;
    let lists = |name: &str| list(&data[name], "nodes").iter().any(|it| text(it, "id") == id);
    (text(&data["cause"], "status").to_owned(), lists("resolved"), lists("before"))
}

fn before() -> (String, bool, bool) {
    ("CONFIRMED".into(), false, true)
}

fn resolved() -> (String, bool, bool) {
    ("RESOLVED".into(), true, false)
}

/// What the log tells somebody of a cause since a place: kinds, with the status where there is one.
async fn told(client: &Client, id: &str, after: &Value) -> Vec<String> {
    let kinds = ["cause.resolved", "cause.resolution_undone", "cause.updated"];
    let page = pull(client, json!({"first": 100, "after": after, "kinds": kinds})).await;
    let of_it = list(&page, "nodes").iter().filter(|it| text(it, "subjectId") == id);
    let said = |fact: &Value| match detail(fact, "status") {
        Some(status) => format!("{} {status}", text(fact, "kind")),
        None => text(fact, "kind").to_owned(),
    };
    of_it.map(said).collect()
}

struct Story {
    id: String,
    head: Value,
    token: Client,
}

impl Story {
    /// A cause that a team's observation is linked to and that the colleague answers for.
    async fn make(app: &TestApp, name: &str) -> Self {
        let o = &app.organisation;
        let (admin, head) = (app.sign_in(o.admin).await, app.sign_in(o.head).await);
        let scopes = json!(["CONTENT", "FACTS", "PERSONAL"]);
        let (_, _, token) = integration(app, &admin, name, scopes).await;
        let input = json!({"name": name, "category": "PLACE", "status": "CONFIRMED", "ownerId": o.colleague.to_string()});
        let made = done(&head, "causeCreate", input, "cause { id }").await;
        let id = text(&made["cause"], "id").to_owned();
        let saw = json!({"text": "Coats lie on the floor", "kind": "OBSERVATION"});
        let saw =
            done(&app.sign_in(o.nurse).await, "submissionSend", saw, "submission { id }").await;
        let link =
            json!({"submissionId": saw["submission"]["id"], "causeIds": [id], "announce": "NOW"});
        done(&head, "causeLink", link, "submission { id }").await;
        app.settle().await;
        let page = pull(&head, json!({"first": 0})).await;
        Self { id, head: page["headCursor"].clone(), token }
    }

    /// The author of the observation, the manager of the unit, and an integration of the region.
    async fn outside(&self, app: &TestApp) -> Vec<(&'static str, Client)> {
        let o = &app.organisation;
        let (nurse, manager) = (app.sign_in(o.nurse).await, app.sign_in(o.manager).await);
        vec![("nurse", nurse), ("manager", manager), ("token", self.token.clone())]
    }

    /// Reviewers, wherever, and who answers for it.
    async fn inside(&self, app: &TestApp) -> Vec<(&'static str, Client)> {
        let o = &app.organisation;
        let (head, far) = (app.sign_in(o.head).await, app.sign_in(o.south_reviewer).await);
        vec![("head", head), ("south reviewer", far), ("owner", app.sign_in(o.colleague).await)]
    }
}

on_both! {
    async fn a_resolving_that_is_held_is_known_to_those_who_work_on_it_alone(app) {
        let story = Story::make(app, "No hooks on the doors").await;
        let id = story.id.as_str();
        let head = app.sign_in(app.organisation.head).await;
        let input = json!({"id": id, "announce": "LATER"});
        let resolution = done(&head, "causeResolve", input, "resolution { id }").await["resolution"]["id"].clone();
        app.pass(DAY).await;
        for (name, client) in story.outside(app).await {
            assert_eq!(seen(&client, id).await, before(), "{name}");
            assert_eq!(told(&client, id, &story.head).await, [""; 0], "{name}");
        }
        for (name, client) in story.inside(app).await {
            assert_eq!(seen(&client, id).await, resolved(), "{name}");
            assert_eq!(told(&client, id, &story.head).await, ["cause.resolved", "cause.updated RESOLVED"], "{name}");
        }
        // What else is changed of it meanwhile does not tell it either.
        let head = app.sign_in(app.organisation.head).await;
        done(&head, "causeUpdate", json!({"id": id, "name": "No hooks at all"}), "cause { status }").await;
        for (name, client) in story.outside(app).await {
            assert_eq!(seen(&client, id).await, before(), "{name}");
            assert_eq!(told(&client, id, &story.head).await, ["cause.updated CONFIRMED"], "{name}");
        }
        // On the day everybody hears, once.
        done(&head, "causeResolutionAnnounce", json!({"id": resolution}), "resolution { state }").await;
        app.settle().await;
        app.pass(HOLD).await;
        for (name, client) in story.outside(app).await {
            assert_eq!(seen(&client, id).await, resolved(), "{name}");
            assert_eq!(told(&client, id, &story.head).await, ["cause.updated CONFIRMED", "cause.updated RESOLVED"], "{name}");
        }
        for (name, client) in story.inside(app).await {
            let all = told(&client, id, &story.head).await;
            let again = ["cause.resolved", "cause.updated RESOLVED", "cause.updated CONFIRMED", "cause.updated RESOLVED", "cause.updated RESOLVED"];
            assert_eq!(all, again, "{name}");
        }
    }

    async fn one_that_is_held_anew_is_not_told_by_the_one_before(app) {
        let story = Story::make(app, "No hooks on the doors").await;
        let id = story.id.as_str();
        let head = app.sign_in(app.organisation.head).await;
        done(&head, "causeResolve", json!({"id": id}), "resolution { id }").await;
        app.settle().await;
        // What waits for the end of a hold, however long, has all its attempts from then on.
        let waiting = "SELECT COUNT(*) FROM job WHERE kind = 'cause.tell_resolved' AND run_at > 0";
        assert_eq!(app.number(waiting).await, 1);
        assert_eq!(app.number(&format!("{waiting} AND created_at < run_at")).await, 0);
        // The hold is over, and before anybody tells it the cause is opened again and resolved anew, for later.
        app.house.clock.advance(HOLD);
        let head = app.sign_in(app.organisation.head).await;
        done(&head, "causeUpdate", json!({"id": id, "status": "BEING_ADDRESSED"}), "cause { status }").await;
        done(&head, "causeResolve", json!({"id": id, "announce": "LATER"}), "resolution { id }").await;
        app.settle().await;
        assert_eq!(app.number(waiting).await, 0, "the first one was looked at");
        for (name, client) in story.outside(app).await {
            assert_eq!(seen(&client, id).await.0, "BEING_ADDRESSED", "{name}");
            assert_eq!(told(&client, id, &story.head).await, ["cause.updated BEING_ADDRESSED"], "{name}");
        }
    }

    async fn when_the_hold_is_over_it_is_told_and_what_was_taken_back_never(app) {
        let story = Story::make(app, "No lamps in the yard").await;
        let id = story.id.as_str();
        let head = app.sign_in(app.organisation.head).await;
        let taken = done(&head, "causeResolve", json!({"id": id, "announce": "LATER"}), "resolution { id }").await;
        app.settle().await;
        done(&head, "causeResolutionUndo", json!({"id": taken["resolution"]["id"]}), "resolution { id }").await;
        app.settle().await;
        for (name, client) in story.outside(app).await {
            assert_eq!(seen(&client, id).await, before(), "{name}");
            assert_eq!(told(&client, id, &story.head).await, [""; 0], "{name}");
        }
        done(&head, "causeResolve", json!({"id": id}), "resolution { id }").await;
        app.settle().await;
        let (_, nurse) = story.outside(app).await.swap_remove(0);
        assert_eq!(seen(&nurse, id).await, before(), "while the hold runs");
        app.pass(HOLD).await;
        for (name, client) in story.outside(app).await {
            assert_eq!(seen(&client, id).await, resolved(), "{name}");
            assert_eq!(told(&client, id, &story.head).await, ["cause.updated RESOLVED"], "{name}");
        }
        // Opened again it is told as it is.
        let head = app.sign_in(app.organisation.head).await;
        done(&head, "causeUpdate", json!({"id": id, "status": "BEING_ADDRESSED"}), "cause { status }").await;
        app.pass(HOLD).await;
        let (_, nurse) = story.outside(app).await.swap_remove(0);
        assert_eq!(seen(&nurse, id).await.0, "BEING_ADDRESSED");
        assert_eq!(told(&nurse, id, &story.head).await, ["cause.updated RESOLVED", "cause.updated BEING_ADDRESSED"]);
    }
}
