//! The pull feed: the log as a list, for those who cannot hold a socket.

use std::collections::BTreeSet;
use std::time::Duration;

use earshot::db::connect::Counter;
use earshot::demo;
use earshot::integrations::feed::{kinds, outward};
use earshot::kit::fact::{self, NewFact, Stated};
use entity::facts::fact as fact_row;
use entity::identity::grant;
use entity::identity::values::Role;
use entity::instant::{DAY, MINUTE, SECOND};
use entity::submissions::phase::Phase;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::authz::integration;
use crate::following::{STEPS, Socket, beyond, foreign};
use crate::kit::app::{On, TestApp, eventually, run};
use crate::kit::client::Client;
use crate::on_both;
use crate::plans::done;
use crate::schema::{list, text};

const HOLD: i64 = MINUTE + SECOND;
pub const PULL: &str = "query($first: Int, $after: String, $kinds: [String!]) {
  facts(first: $first, after: $after, kinds: $kinds) {
    edges { cursor node { kind } }
    nodes { cursor kind at subjectId mirroredOn causedBy actor { kind id isYou } details { name value }
      subject { __typename id ... on Submission { title author { name } } ... on Cause { name } } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } headCursor } }";

pub async fn pull(client: &Client, variables: Value) -> Value {
    client.ask(PULL, variables).await["facts"].clone()
}

pub fn told(page: &Value) -> Vec<&str> {
    list(page, "nodes").iter().map(|it| text(it, "kind")).collect()
}

pub fn of_kind<'a>(page: &'a Value, kind: &str) -> &'a Value {
    let found = list(page, "nodes").iter().find(|it| text(it, "kind") == kind);
    found.unwrap_or_else(|| panic!("no {kind} in {page}"))
}

pub fn detail<'a>(fact: &'a Value, name: &str) -> Option<&'a str> {
    list(fact, "details").iter().find(|it| text(it, "name") == name).map(|it| text(it, "value"))
}

/// Everything up to the end, page after page.
async fn all(client: &Client, first: i64) -> Vec<Value> {
    let (mut facts, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = pull(client, json!({"first": first, "after": after})).await;
        facts.extend(list(&page, "nodes").iter().cloned());
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == false {
            return facts;
        }
    }
}

async fn code(client: &Client, variables: Value) -> (String, String) {
    let answer = client.send(PULL, variables).await;
    let field =
        answer.body["errors"][0]["extensions"]["field"][0].as_str().unwrap_or("").to_owned();
    (answer.code().to_owned(), field)
}

/// Facts that say nothing, about things that nobody reads.
async fn noise(app: &TestApp, count: usize) {
    let scope = app.system();
    let mut tx = scope.begin().await.expect("a transaction");
    for _ in 0..count {
        tx.state(NewFact::new("submission.sent", ("submission", Uuid::new_v4()), &json!({})));
    }
    tx.commit(()).await.expect("committed");
}

on_both! {
    async fn each_hears_of_what_they_read_and_no_more(app) {
        let o = &app.organisation;
        let admin = app.sign_in(o.admin).await;
        let (_, _, reader) = integration(app, &admin, "Pulls", json!(["CONTENT", "FACTS"])).await;
        let (service, _, knows) = integration(app, &admin, "Pulls names", json!(["CONTENT", "FACTS", "PERSONAL", "SUBMIT"])).await;
        let (_, _, blind) = integration(app, &admin, "Facts alone", json!(["FACTS"])).await;
        let (_, _, content) = integration(app, &admin, "No facts", json!(["CONTENT"])).await;
        let idea = app.idea_of(o.colleague, "A box for lost keys").await;
        app.decide(&idea, Phase::Accepted, "Yes.").await;
        app.settle().await;
        let sub = idea.id.to_string();

        let page = pull(&reader, json!({"first": 100})).await;
        let sent = of_kind(&page, "submission.sent");
        assert_eq!(sent["subjectId"], json!(sub));
        assert_eq!(sent["subject"], json!({"__typename": "Idea", "id": sub, "title": "A box for lost keys", "author": null}));
        assert_eq!(sent["actor"], json!({"kind": "PERSON", "id": null, "isYou": false}));
        assert_eq!(detail(sent, "unit"), Some(o.desk.to_string().as_str()));
        assert_eq!(detail(sent, "kind"), Some("IDEA"));
        for kind in ["submission.decided", "submission.opened", "submission.announced"] {
            assert!(!told(&page).contains(&kind), "an integration hears of no {kind} yet");
        }
        assert!(!told(&page).iter().any(|kind| kind.starts_with("token.")), "{page}");
        assert_eq!(page["pageInfo"]["hasNextPage"], false);
        let end = page["pageInfo"]["endCursor"].clone();
        assert_eq!(end, page["headCursor"]);

        app.pass(HOLD).await;
        let next = pull(&reader, json!({"after": end})).await;
        assert_eq!(told(&next), ["submission.announced"], "told once it is announced");
        let announced = of_kind(&next, "submission.announced");
        assert_eq!((detail(announced, "from"), detail(announced, "to")), (Some("SUBMITTED"), Some("ACCEPTED")));
        assert!(detail(announced, "statusTo").is_some_and(|it| it.starts_with("status_")), "{announced}");
        let nothing = pull(&reader, json!({"after": next["pageInfo"]["endCursor"]})).await;
        assert_eq!((nothing["nodes"].clone(), &nothing["pageInfo"]["hasNextPage"]), (json!([]), &json!(false)));

        // Names with their scope; who sent it oneself knows it.
        let named = pull(&knows, json!({"kinds": ["submission.sent"]})).await;
        assert_eq!(named["nodes"][0]["actor"]["id"], json!(o.colleague.to_string()));
        let own = json!({"text": "The scanner stops.", "unitId": o.ward.to_string(), "kind": "OBSERVATION"});
        done(&knows, "submissionSend", own, "submission { id }").await;
        let own = pull(&knows, json!({"kinds": ["submission.sent"]})).await;
        assert_eq!(own["nodes"][1]["actor"], json!({"kind": "SERVICE", "id": service, "isYou": true}));

        // Without `content` nothing of submissions; without `facts` nothing at all.
        assert!(!told(&pull(&blind, json!({"first": 100})).await).iter().any(|it| it.starts_with("submission")));
        assert_eq!(code(&content, json!({})).await.0, "FORBIDDEN");
        assert_eq!(code(&app.anybody(), json!({})).await.0, "UNAUTHENTICATED");

        // People: by the same rule as everywhere.
        let reviewer = app.sign_in(o.reviewer).await;
        let inside = pull(&reviewer, json!({"first": 100})).await;
        assert_eq!(of_kind(&inside, "submission.decided")["actor"], json!({"kind": "PERSON", "id": o.reviewer.to_string(), "isYou": true}));
        let nurse = app.sign_in(o.nurse).await;
        let outside = pull(&nurse, json!({"first": 100})).await;
        assert!(told(&outside).contains(&"submission.announced"));
        assert!(!told(&outside).contains(&"submission.decided"));
        assert_eq!(of_kind(&outside, "submission.announced")["actor"]["id"], json!(null));
        let south = pull(&app.sign_in(o.south_reviewer).await, json!({"first": 100})).await;
        let seen: Vec<&Value> = list(&south, "nodes").iter().filter(|it| text(it, "kind") == "submission.decided").collect();
        assert!(seen.is_empty(), "not over their unit: {seen:?}");

        // What only administrators and auditors hear of.
        let run = pull(&app.sign_in(o.auditor).await, json!({"first": 100})).await;
        let token = of_kind(&run, "token.created");
        assert!(text(token, "subjectId").starts_with("token_"));
        assert!(detail(token, "service").is_some_and(|it| it.starts_with("service_")), "{token}");
        assert!(!told(&run).contains(&"submission.decided"), "no content for auditors");
    }

    async fn cursors_are_those_of_the_subscription(app) {
        let o = &app.organisation;
        let idea = app.idea_of(o.colleague, "A box for lost keys").await;
        let nurse = app.sign_in(o.nurse).await;
        let start = pull(&nurse, json!({"first": 0})).await;
        assert_eq!((&start["nodes"], &start["pageInfo"]["startCursor"]), (&json!([]), &json!(null)));
        let head = start["headCursor"].clone();
        app.decide(&idea, Phase::Accepted, "Yes.").await;
        app.pass(HOLD).await;

        let page = pull(&nurse, json!({"after": head})).await;
        let pulled = of_kind(&page, "submission.announced");
        let mut socket = Socket::admitted(app, &nurse).await;
        socket.subscribe("1", STEPS, json!({"after": head})).await;
        let step = socket.step().await;
        assert_eq!((&step["cursor"], &step["at"]), (&pulled["cursor"], &pulled["at"]));
        let rest = pull(&nurse, json!({"after": step["cursor"], "kinds": ["submission.announced"]})).await;
        assert_eq!(rest["nodes"], json!([]), "behind the event there is nothing more");
    }

    async fn a_page_continues_without_a_gap_or_a_double(app) {
        let o = &app.organisation;
        for number in 0..6 {
            let idea = app.idea_of(o.nurse, &format!("Idea {number}")).await;
            app.decide(&idea, Phase::Accepted, "Yes.").await;
        }
        app.pass(HOLD).await;
        let reviewer = app.sign_in(o.reviewer).await;
        let whole = all(&reviewer, 100).await;
        assert!(whole.len() >= 18, "{} facts", whole.len());
        for first in [1, 2, 7] {
            assert_eq!(all(&reviewer, first).await, whole, "{first} at a time");
        }
        let cursors: BTreeSet<&str> = whole.iter().map(|it| text(it, "cursor")).collect();
        assert_eq!(cursors.len(), whole.len(), "no double");
        // The steps of one submission stand in their order.
        let page = pull(&reviewer, json!({"first": 100, "kinds": ["submission.announced", "submission.sent", "submission.decided"]})).await;
        let first = text(&page["nodes"][0], "subjectId");
        let life: Vec<&str> = list(&page, "nodes").iter().filter(|it| text(it, "subjectId") == first).map(|it| text(it, "kind")).collect();
        assert_eq!(life, ["submission.sent", "submission.decided", "submission.announced"]);
    }

    async fn hostile_cursors_and_kinds_are_refused(app) {
        let nurse = app.sign_in(app.organisation.nurse).await;
        app.idea_of(app.organisation.nurse, "A box").await;
        let page = pull(&nurse, json!({})).await;
        let good = text(&page["pageInfo"], "endCursor").to_owned();
        for after in ["", "x", "!!!!", "' OR 1=1 --", "AAAA", "MA", &good[1..], &"A".repeat(5_000)] {
            let (code, field) = code(&nurse, json!({"after": after})).await;
            assert!(["BAD_REQUEST", "RESYNC_REQUIRED"].contains(&code.as_str()) && field == "after", "{after}: {code} {field}");
        }
        let resync = (String::from("RESYNC_REQUIRED"), String::from("after"));
        assert_eq!(code(&nurse, json!({"after": foreign(&good)})).await, resync);
        assert_eq!(code(&nurse, json!({"after": beyond(&good)})).await, resync);
        for first in [-1, 101] {
            assert_eq!(code(&nurse, json!({"first": first})).await, ("BAD_REQUEST".into(), "first".into()));
        }
        for kinds in [json!([]), json!(["nonsense"]), json!(["submission.sent", "SUBMISSION.SENT"]), json!(vec!["submission.sent"; 101])] {
            assert_eq!(code(&nurse, json!({"kinds": kinds})).await, ("BAD_REQUEST".into(), "kinds".into()));
        }
        // Older than thirty days, where something lies behind it.
        let old = text(&page["edges"][0], "cursor").to_owned();
        app.idea_of(app.organisation.nurse, "Another box").await;
        app.pass(31 * DAY).await;
        let nurse = app.sign_in(app.organisation.nurse).await;
        assert_eq!(code(&nurse, json!({"after": old})).await, resync);
        app.idea_of(app.organisation.nurse, "A third box").await;
        let young = pull(&nurse, json!({"kinds": ["submission.sent"]})).await;
        assert_eq!(list(&young, "nodes").len(), 1, "without a cursor it begins within the horizon: {young}");
    }

    async fn ten_thousand_facts_for_others_are_passed_in_bounded_steps(app) {
        let o = &app.organisation;
        let nurse = app.sign_in(o.nurse).await;
        let before = pull(&nurse, json!({"first": 0})).await["headCursor"].clone();
        noise(app, 10_000).await;
        app.idea_of(o.nurse, "At the end of it all").await;
        let (mut after, mut pages, mut seen) = (before, 0, BTreeSet::new());
        let last = loop {
            let answer = nurse.counted(PULL, json!({"after": after, "first": 100}), &mut seen).await;
            let page = answer.data()["facts"].clone();
            if !list(&page, "nodes").is_empty() {
                break page;
            }
            if page["pageInfo"]["hasNextPage"] == false {
                tokio::time::sleep(Duration::from_millis(50)).await;
            } else {
                assert_ne!(page["pageInfo"]["endCursor"], after, "a page goes on, even if it is empty");
            }
            pages += 1;
            assert!(pages < 100, "it ends");
            after = page["pageInfo"]["endCursor"].clone();
        };
        assert_eq!(told(&last), ["submission.sent"]);
        assert!(pages > 10, "no page looks at all of them: {pages}");
        assert!(seen.iter().all(|count| *count <= 16), "{seen:?}");
    }

    async fn statements_do_not_grow_with_the_page(app) {
        let o = &app.organisation;
        for number in 0..12 {
            app.idea_of(o.nurse, &format!("Idea {number}")).await;
        }
        let reviewer = app.sign_in(o.reviewer).await;
        let start = pull(&reviewer, json!({"first": 1})).await;
        let mut seen = BTreeSet::new();
        for first in [5, 10, 100] {
            let variables = json!({"first": first, "after": start["pageInfo"]["endCursor"], "kinds": ["submission.sent"]});
            let answer = reviewer.counted(PULL, variables, &mut seen).await;
            assert!(list(&answer.data()["facts"], "nodes").len() >= 5);
        }
        assert_eq!(seen.len(), 1, "{seen:?}");
        assert!(seen.iter().all(|count| *count <= 16), "{seen:?}");
    }

    async fn a_revoked_token_and_lost_rights_tell_nothing_more(app) {
        let o = &app.organisation;
        let admin = app.sign_in(o.admin).await;
        let (_, token, reader) = integration(app, &admin, "Pulls", json!(["CONTENT", "FACTS", "PERSONAL"])).await;
        let idea = app.idea_of(o.nurse, "A box for lost keys").await;
        let page = pull(&reader, json!({"first": 1, "kinds": ["submission.sent"]})).await;
        assert_eq!(page["nodes"][0]["subjectId"], json!(idea.id.to_string()));
        // Taken back by its author: the token does not read it any more, so it hears of nothing that was, but
        // that it is gone.
        let nurse = app.sign_in(o.nurse).await;
        done(&nurse, "submissionWithdraw", json!({"id": idea.id.to_string()}), "submission { id }").await;
        let gone = pull(&reader, json!({"first": 100})).await;
        assert_eq!(told(&gone), ["submission.withheld"]);
        assert_eq!((&gone["nodes"][0]["subjectId"], &gone["nodes"][0]["subject"]), (&json!(idea.id.to_string()), &Value::Null));
        assert!(!gone.to_string().contains("lost keys"), "{gone}");
        // Who took it away is not told: it would name its author, or whoever hid it.
        assert_eq!(gone["nodes"][0]["actor"]["id"], Value::Null, "{gone}");
        assert!(!gone.to_string().contains(&o.nurse.to_string()), "{gone}");
        done(&admin, "apiTokenRevoke", json!({"id": token}), "apiToken { id }").await;
        assert_eq!(reader.send(PULL, json!({"after": page["pageInfo"]["endCursor"]})).await.status, 401);
    }

    async fn nothing_bare_leaves_the_demo(app) {
        app.vacate().await;
        demo::ensure(&app.system()).await.expect("loaded");
        let reader = app.database().read(&Counter::default());
        let mut heard = BTreeSet::new();
        for role in [Role::Reviewer, Role::Admin] {
            let holder = grant::Entity::find().filter(grant::Column::Role.eq(role));
            let holder = holder.one(&reader).await.expect("grants").and_then(|it| it.person_id);
            let client = app.sign_in(holder.expect("somebody")).await;
            for fact in all(&client, 100).await {
                let told = fact.to_string();
                let bare = told.split('"').any(|part| Uuid::try_parse(part).is_ok());
                assert!(!bare, "a bare id leaves: {told}");
                heard.insert(text(&fact, "kind").to_owned());
            }
        }
        assert!(heard.len() > 10, "{heard:?}");
        // The whole log, and not only what is young enough to be pulled.
        for fact in fact_row::Entity::find().all(&reader).await.expect("a log") {
            let kind = &fact.kind;
            assert!(kinds::members(kind).is_some(), "{kind} is not known");
            let said: serde_json::Value = serde_json::from_str(&fact.data).expect("JSON");
            let said = said.as_object().into_iter().flatten();
            let said = said.filter(|(_, value)| !value.is_null() && **value != json!([]));
            let said: BTreeSet<&str> = said.map(|(name, _)| name.as_str()).collect();
            let told = outward::details(&fact, outward::People::Shown);
            let told: BTreeSet<&str> = told.iter().map(|it| it.name.as_str()).collect();
            assert_eq!(told, said, "{kind}: {}", fact.data);
            assert!(kind == "settings.updated" || outward::subject_id(&fact).is_some() || fact.subject_id.is_nil(), "{kind}");
        }
    }
}

/// On PostgreSQL numbers are drawn before others commit: a page ends before the one that is under way.
#[test]
fn a_page_ends_before_a_number_that_is_under_way() {
    run(On::Postgres, async |app: &TestApp| {
        let o = &app.organisation;
        let nurse = app.sign_in(o.nurse).await;
        let head = pull(&nurse, json!({"first": 0})).await["headCursor"].clone();
        let scope = app.system();
        let stated = Stated { by: scope.actor.principal, by_id: None, at: scope.now };
        let slow = [NewFact::new("journey.updated", ("journey", Uuid::new_v4()), &json!({}))];
        let open = scope.begin().await.expect("a transaction");
        fact::write(&open, &slow, stated).await.expect("written, not committed");
        app.idea_of(o.nurse, "Committed first").await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        let page = pull(&nurse, json!({"after": head})).await;
        assert_eq!(told(&page), [""; 0], "a number under way was passed");
        assert_eq!(page["pageInfo"]["endCursor"], head);
        open.commit(()).await.expect("committed");
        let both = eventually("both are told", async || {
            let page = pull(&nurse, json!({"after": head})).await;
            (list(&page, "nodes").len() == 2).then_some(page)
        });
        assert_eq!(told(&both.await), ["journey.updated", "submission.sent"]);
    });
}
