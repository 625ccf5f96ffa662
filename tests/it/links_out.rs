//! What things are called in other systems: set, changed, removed, looked up; by whom, and seen by whom.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::authz::integration;
use crate::handling::places_of;
use crate::kit::app::TestApp;
use crate::kit::client::Client;
use crate::on_both;
use crate::plans::{done, mutation, refused};
use crate::schema::{list, text};
use crate::telling::Idea;

const LINK: &str = "externalLink { id system key url state version }";
const OF: &str = "query($id: ID!) { submission(by: {id: $id}) { id externalLinks { id system key url state version } } }";
const CALLED: &str = "query($s: String!, $k: String!) { submission(by: {externalLink: {system: $s, key: $k}}) { id } actionItem(by: {externalLink: {system: $s, key: $k}}) { id } }";
const ALL: [&str; 2] = ["CONTENT", "EXTERNAL_LINKS"];

fn jira(subject: &str, key: &str) -> Value {
    json!({"subjectId": subject, "system": "jira", "key": key, "url": format!("https://jira.example/browse/{key}"), "state": "To do"})
}

async fn set(client: &Client, input: Value) -> Value {
    done(client, "externalLinkSet", input, LINK).await["externalLink"].clone()
}

/// Code and field of what is refused.
async fn no(client: &Client, name: &str, input: Value) -> (String, String) {
    let (code, field, _) = refused(client, name, input).await;
    (code, field)
}

async fn links(client: &Client, id: &str) -> Vec<Value> {
    let data = client.ask(OF, json!({"id": id})).await;
    list(&data["submission"], "externalLinks").to_vec()
}

/// The submission and the item that are called so.
async fn called(client: &Client, key: &str) -> (Value, Value) {
    let data = client.ask(CALLED, json!({"s": "jira", "k": key})).await;
    (data["submission"]["id"].clone(), data["actionItem"]["id"].clone())
}

async fn facts(app: &TestApp, kind: &str) -> usize {
    let reviewer = app.sign_in(app.organisation.reviewer).await;
    let query = "query($k: [String!]) { facts(first: 100, kinds: $k) { nodes { kind details { name value } } } }";
    let data = reviewer.ask(query, json!({"k": [kind]})).await;
    let nodes = list(&data["facts"], "nodes");
    for fact in nodes {
        for detail in list(fact, "details") {
            let value = text(detail, "value");
            assert!(value.starts_with("extlink_") || value.starts_with("item_"), "{fact}");
        }
    }
    nodes.len()
}

async fn idea(app: &TestApp) -> (Idea, String) {
    let idea = app.idea_of(app.organisation.nurse, "Hooks on the doors").await;
    let id = idea.id.to_string();
    (idea, id)
}

on_both! {
    async fn an_integration_keeps_a_link_and_finds_by_it(app) {
        let o = &app.organisation;
        let admin = app.sign_in(o.admin).await;
        let (_, token, jirabot) = integration(app, &admin, "Jira", json!(ALL)).await;
        let (_, id) = idea(app).await;
        let made = set(&jirabot, jira(&id, "OPS-1")).await;
        assert_eq!((&made["system"], &made["state"], &made["version"]), (&json!("jira"), &json!("To do"), &json!(1)));
        assert_eq!(facts(app, "link.set").await, 1);

        // The same once more is nothing new; another state is.
        assert_eq!(set(&jirabot, jira(&id, "OPS-1")).await, made);
        assert_eq!(facts(app, "link.set").await, 1);
        let moved = json!({"subjectId": id, "system": "jira", "key": "OPS-1", "state": "Done", "expectedVersion": 1});
        let moved = set(&jirabot, moved).await;
        assert_eq!((&moved["state"], &moved["url"], &moved["version"]), (&json!("Done"), &json!(null), &json!(2)));
        assert_eq!(facts(app, "link.set").await, 2);
        let stale = json!({"subjectId": id, "system": "jira", "key": "OPS-1", "state": "No", "expectedVersion": 1});
        assert_eq!(no(&jirabot, "externalLinkSet", stale).await.0, "STALE_VERSION");
        let unseen = json!({"subjectId": id, "system": "jira", "key": "OPS-9", "expectedVersion": 1});
        assert_eq!(no(&jirabot, "externalLinkSet", unseen).await.0, "STALE_VERSION");

        // Found by those who see it, and by nobody else.
        assert_eq!(called(&jirabot, "OPS-1").await, (json!(id), Value::Null));
        let reviewer = app.sign_in(o.reviewer).await;
        assert_eq!(called(&reviewer, "OPS-1").await.0, json!(id));
        assert_eq!(called(&reviewer, "OPS-9").await.0, Value::Null);
        for (who, sees) in [(o.nurse, false), (o.colleague, false), (o.manager, true), (o.head, true)] {
            let client = app.sign_in(who).await;
            assert_eq!(links(&client, &id).await.len(), usize::from(sees), "{who}");
            assert_eq!(called(&client, "OPS-1").await.0 == json!(id), sees, "{who}");
        }
        let (_, _, reads) = integration(app, &admin, "Reads", json!(["CONTENT"])).await;
        assert!(links(&reads, &id).await.is_empty());
        assert_eq!(called(&reads, "OPS-1").await.0, Value::Null);

        let gone = done(&jirabot, "externalLinkRemove", json!({"id": made["id"], "expectedVersion": 2}), LINK).await;
        assert_eq!(gone["externalLink"]["id"], made["id"]);
        assert_eq!(facts(app, "link.removed").await, 1);
        assert_eq!(no(&jirabot, "externalLinkRemove", json!({"id": made["id"]})).await, ("NOT_FOUND".into(), "id".into()));
        assert!(links(&reviewer, &id).await.is_empty());
        set(&jirabot, jira(&id, "OPS-1")).await;
        done(&admin, "apiTokenRevoke", json!({"id": token}), "apiToken { id }").await;
        let query = mutation("externalLinkSet", LINK);
        assert_eq!(jirabot.send(&query, json!({"in": jira(&id, "OPS-2")})).await.status, 401);
    }

    async fn rights_are_those_of_the_submission(app) {
        let o = &app.organisation;
        let admin = app.sign_in(o.admin).await;
        let (_, _, jirabot) = integration(app, &admin, "Jira", json!(ALL)).await;
        let (_, _, other) = integration(app, &admin, "Other", json!(ALL)).await;
        let (_, _, blind) = integration(app, &admin, "Blind", json!(["EXTERNAL_LINKS"])).await;
        let (_, _, bare) = integration(app, &admin, "Bare", json!(["CONTENT"])).await;
        let (_, id) = idea(app).await;
        let far = app.idea_of(o.chemist, "In the south").await.id.to_string();
        let link = |subject: &str| jira(subject, "OPS-7");
        assert_eq!(no(&bare, "externalLinkSet", link(&id)).await.0, "FORBIDDEN");
        assert_eq!(no(&blind, "externalLinkSet", link(&id)).await, ("NOT_FOUND".into(), "subjectId".into()));
        assert_eq!(no(&jirabot, "externalLinkSet", link(&far)).await, ("NOT_FOUND".into(), "subjectId".into()));
        for (who, code) in [(o.nurse, "FORBIDDEN"), (o.manager, "FORBIDDEN"), (o.south_reviewer, "NOT_FOUND"), (o.admin, "NOT_FOUND")] {
            let client = app.sign_in(who).await;
            assert_eq!(no(&client, "externalLinkSet", link(&id)).await.0, code, "{who}");
        }
        for nothing in ["", "sub_00000000000000000000000000", "unit_00000000000000000000000000", "x"] {
            assert_eq!(no(&jirabot, "externalLinkSet", link(nothing)).await.1, "subjectId");
        }

        // What people set an integration may bring up to date; that of another one it may not.
        let reviewer = app.sign_in(o.reviewer).await;
        set(&reviewer, link(&id)).await;
        let done_there = json!({"subjectId": id, "system": "jira", "key": "OPS-7", "state": "Done"});
        let mine = set(&jirabot, done_there.clone()).await;
        assert_eq!(no(&other, "externalLinkSet", link(&id)).await.0, "FORBIDDEN");
        assert_eq!(no(&other, "externalLinkRemove", json!({"id": mine["id"]})).await.0, "FORBIDDEN");
        set(&reviewer, link(&id)).await;
        done(&other, "externalLinkRemove", json!({"id": mine["id"]}), LINK).await;
    }

    async fn a_key_names_one_thing(app) {
        let o = &app.organisation;
        let reviewer = app.sign_in(o.reviewer).await;
        let (one, two) = (idea(app).await.1, idea(app).await.1);
        set(&reviewer, jira(&one, "OPS-1")).await;
        assert_eq!(no(&reviewer, "externalLinkSet", jira(&two, "OPS-1")).await, ("TAKEN".into(), "key".into()));
        // Case and system make another key.
        set(&reviewer, jira(&two, "ops-1")).await;
        set(&reviewer, json!({"subjectId": two, "system": "github", "key": "OPS-1"})).await;
        assert_eq!(links(&reviewer, &two).await.len(), 2);
        for number in 2..20 {
            set(&reviewer, jira(&two, &format!("MANY-{number}"))).await;
        }
        assert_eq!(no(&reviewer, "externalLinkSet", jira(&two, "MANY-20")).await, ("INVALID".into(), "subjectId".into()));
        let same = set(&reviewer, jira(&two, "MANY-19")).await;
        assert_eq!(same["version"], 1, "what is there already can still be set");
    }

    async fn bad_names_are_refused_with_field_and_cure(app) {
        let reviewer = app.sign_in(app.organisation.reviewer).await;
        let (_, id) = idea(app).await;
        let (long_key, long_url) = ("K".repeat(121), format!("https://x.example/{}", "y".repeat(2_000)));
        let cases = [
            (json!({"system": ""}), "REQUIRED", "system"),
            (json!({"system": "Jira"}), "INVALID", "system"),
            (json!({"system": "j\u{456}ra"}), "INVALID", "system"),
            (json!({"system": "a".repeat(41)}), "TOO_LONG", "system"),
            (json!({"key": " "}), "REQUIRED", "key"),
            (json!({"key": "OPS 1"}), "INVALID", "key"),
            (json!({"key": "\u{41e}PS-1"}), "INVALID", "key"),
            (json!({"key": "OPS-1\u{200b}"}), "INVALID", "key"),
            (json!({"key": long_key}), "TOO_LONG", "key"),
            (json!({"url": "javascript:alert(1)"}), "INVALID", "url"),
            (json!({"url": "JAVASCRIPT://x.example/%0aalert(1)"}), "INVALID", "url"),
            (json!({"url": "data:text/html,x"}), "INVALID", "url"),
            (json!({"url": "https://user:secret@x.example/"}), "INVALID", "url"),
            (json!({"url": "https://x.example/\u{202e}"}), "INVALID", "url"),
            (json!({"url": "//x.example"}), "INVALID", "url"),
            (json!({"url": long_url}), "TOO_LONG", "url"),
            (json!({"state": " "}), "REQUIRED", "state"),
            (json!({"state": "s".repeat(61)}), "TOO_LONG", "state"),
        ];
        for (change, code, field) in cases {
            let mut input = jira(&id, "OPS-1");
            for (name, value) in change.as_object().unwrap() {
                input[name] = value.clone();
            }
            let (got, at, error) = refused(&reviewer, "externalLinkSet", input).await;
            assert_eq!((got.as_str(), at.as_str()), (code, field), "{change}");
            assert!(text(&error, "message").len() > 20, "{error}");
        }
        assert!(links(&reviewer, &id).await.is_empty());
    }

    async fn of_racing_sets_one_wins_and_the_other_is_told(app) {
        let reviewer = app.sign_in(app.organisation.reviewer).await;
        let mut ideas = Vec::new();
        for _ in 0..6 {
            ideas.push(idea(app).await.1);
        }
        for round in 0..5 {
            let key = format!("RACE-{round}");
            let racing = ideas.iter().map(|id| {
                let (client, input) = (reviewer.clone(), jira(id, &key));
                tokio::spawn(async move {
                    let query = mutation("externalLinkSet", LINK);
                    client.send(&query, json!({"in": input})).await.data()["externalLinkSet"].clone()
                })
            });
            let answers = futures_util::future::join_all(racing).await;
            let answers: Vec<Value> = answers.into_iter().map(|it| it.expect("an answer")).collect();
            let won = answers.iter().filter(|it| it["userErrors"] == json!([])).count();
            let told = answers.iter().filter(|it| it["userErrors"][0]["code"] == "TAKEN").count();
            assert_eq!((won, told), (1, 5), "{answers:?}");
        }
        // The same link at the same moment is one link.
        let same = (0..6).map(|_| {
            let (client, input) = (reviewer.clone(), jira(&ideas[0], "SAME-1"));
            tokio::spawn(async move { set(&client, input).await["id"].clone() })
        });
        let same = futures_util::future::join_all(same).await;
        let first = same[0].as_ref().expect("an id");
        assert!(same.iter().all(|it| it.as_ref().expect("an id") == first), "{same:?}");
    }

    async fn items_of_plans_have_links_too(app) {
        let o = &app.organisation;
        let admin = app.sign_in(o.admin).await;
        let (_, _, jirabot) = integration(app, &admin, "Jira", json!(ALL)).await;
        let reviewer = app.sign_in(o.reviewer).await;
        let (_, id) = idea(app).await;
        let item = done(&reviewer, "actionItemAdd", json!({"submissionId": id, "title": "Measure"}), "item { id }").await;
        let item = text(&item["item"], "id").to_owned();
        set(&reviewer, jira(&item, "ITEM-1")).await;
        set(&jirabot, jira(&item, "ITEM-2")).await;
        assert_eq!(called(&reviewer, "ITEM-1").await, (Value::Null, json!(item)));
        let query = "query($id: ID!) { actionItem(by: {id: $id}) { id externalLinks { key } submission { id externalLinks { key } } } }";
        let seen = reviewer.ask(query, json!({"id": item})).await["actionItem"].clone();
        let keys: BTreeSet<&str> =
            list(&seen, "externalLinks").iter().map(|it| text(it, "key")).collect();
        assert_eq!(keys, BTreeSet::from(["ITEM-1", "ITEM-2"]));
        assert_eq!(seen["submission"], json!({"id": id, "externalLinks": []}));
        let nurse = app.sign_in(o.nurse).await;
        assert_eq!(called(&nurse, "ITEM-1").await, (Value::Null, Value::Null));
        assert_eq!(nurse.ask(query, json!({"id": item})).await["actionItem"], Value::Null);
        assert_eq!(no(&nurse, "externalLinkSet", jira(&item, "ITEM-3")).await, ("NOT_FOUND".into(), "subjectId".into()));
        assert_eq!(jirabot.ask(query, json!({"id": item})).await["actionItem"], Value::Null, "what items say is for people");
        let far = app.sign_in(o.south_reviewer).await;
        assert_eq!(no(&far, "externalLinkSet", jira(&item, "ITEM-3")).await.0, "NOT_FOUND");
        assert_eq!(facts(app, "link.set").await, 2);
    }

    async fn a_merge_keeps_the_links_of_both_and_a_split_those_of_the_whole(app) {
        let o = &app.organisation;
        let reviewer = app.sign_in(o.reviewer).await;
        let (one, two) = (idea(app).await.1, idea(app).await.1);
        set(&reviewer, jira(&one, "OPS-1")).await;
        set(&reviewer, jira(&two, "OPS-2")).await;
        let merge = json!({"id": two, "intoId": one, "message": "The same.", "announce": "NOW"});
        done(&reviewer, "submissionMerge", merge, "decision { id }").await;
        for (id, key) in [(&one, "OPS-1"), (&two, "OPS-2")] {
            assert_eq!(links(&reviewer, id).await[0]["key"], key);
            assert_eq!(called(&reviewer, key).await.0, json!(id));
        }
        let whole = idea(app).await.1;
        set(&reviewer, jira(&whole, "OPS-3")).await;
        let split = json!({"id": whole, "clientKey": "split-1", "parts": [{"text": "Hooks."}, {"text": "Doors."}]});
        let split = done(&reviewer, "submissionSplit", split, "parts { id }").await;
        let parts: Vec<&str> = list(&split, "parts").iter().map(|it| text(it, "id")).collect();
        assert_eq!(links(&reviewer, &whole).await.len(), 1);
        for part in &parts {
            assert!(links(&reviewer, part).await.is_empty());
        }
        // A part that is taken back leaves its key free.
        set(&reviewer, jira(parts[0], "OPS-4")).await;
        done(&reviewer, "submissionSplitUndo", json!({"id": whole}), "submission { id }").await;
        set(&reviewer, jira(&whole, "OPS-4")).await;
        assert_eq!(links(&reviewer, &whole).await.len(), 2);
    }

    async fn links_of_a_page_take_one_statement(app) {
        let reviewer = app.sign_in(app.organisation.reviewer).await;
        for number in 0..8 {
            let id = idea(app).await.1;
            set(&reviewer, jira(&id, &format!("OPS-{number}"))).await;
        }
        let query = "query($n: Int) { submissions(first: $n) { nodes { id externalLinks { key } } } }";
        let mut seen = BTreeSet::new();
        for first in [1, 4, 8] {
            let answer = reviewer.counted(query, json!({"n": first}), &mut seen).await;
            let nodes = list(&answer.data()["submissions"], "nodes").to_vec();
            assert!(nodes.iter().all(|it| list(it, "externalLinks").len() == 1), "{nodes:?}");
        }
        assert_eq!(seen.len(), 1, "{seen:?}");
    }

    async fn words_that_are_taken_out_are_gone_from_links_too(app) {
        const SECRET: &str = "Zacharias Quennell";
        let o = &app.organisation;
        let admin = app.sign_in(o.admin).await;
        let (_, _, jirabot) = integration(app, &admin, "Jira", json!(ALL)).await;
        let (reviewer, moderator) = (app.sign_in(o.reviewer).await, app.sign_in(o.moderator).await);
        let (_, id) = idea(app).await;
        let item = done(&reviewer, "actionItemAdd", json!({"submissionId": id, "title": "Measure"}), "item { id }").await;
        let item = text(&item["item"], "id").to_owned();
        let link = |of: &str, key: &str| json!({"subjectId": of, "system": "jira", "key": key,
            "url": "https://jira.example/?q=Zacharias%20Quennell", "state": format!("With {SECRET}")});
        let plain = set(&jirabot, link(&id, "OPS-1")).await;
        let keyed = set(&jirabot, json!({"subjectId": id, "system": "jira", "key": "zacharias-quennell-7", "url": "https://jira.example/7"})).await;
        let kept = set(&jirabot, jira(&id, "OPS-2")).await;
        set(&reviewer, link(&item, "ITEM-1")).await;
        // A part has words of the same text.
        let split = json!({"id": id, "clientKey": "split-9", "parts": [{"text": "Hooks."}, {"text": "Doors."}]});
        let split = done(&reviewer, "submissionSplit", split, "parts { id }").await;
        let part = text(&split["parts"][0], "id").to_owned();
        set(&reviewer, link(&part, "PART-1")).await;
        assert!(!places_of(app, "Quennell").await.is_empty(), "the scan finds what is there");
        let set_before = facts(app, "link.set").await;

        let input = json!({"id": id, "passages": [SECRET, "zacharias-quennell"], "reason": "PERSONAL_DATA"});
        // A moderator does not see links, and is not told by a redaction whether words stand there.
        assert_eq!(no(&moderator, "submissionRedact", input.clone()).await, ("INVALID".into(), "passages".into()));
        let redacted = done(&reviewer, "submissionRedact", input, "places").await;
        assert_eq!(redacted["places"], 5, "state and address of two links, and a key");
        assert_eq!(places_of(app, "Quennell").await, Vec::<String>::new());

        let seen = links(&jirabot, &id).await;
        assert_eq!(seen.len(), 3);
        let of = |id: &Value| seen.iter().find(|it| it["id"] == *id).expect("a link");
        let one = of(&plain["id"]);
        assert_eq!((&one["key"], &one["url"], &one["state"]), (&json!("OPS-1"), &Value::Null, &json!("With [removed by the CX team]")));
        assert_eq!(one["version"], 2, "who writes back what it read is told that it is stale");
        let named = format!("redacted-{}", text(&keyed, "id"));
        assert_eq!((&of(&keyed["id"])["key"], &of(&keyed["id"])["url"]), (&json!(named), &json!("https://jira.example/7")));
        assert_eq!((&of(&kept["id"])["state"], &of(&kept["id"])["version"]), (&json!("To do"), &json!(1)), "what has none of it stays");
        assert_eq!(called(&reviewer, "zacharias-quennell-7").await, (Value::Null, Value::Null));
        assert_eq!(called(&reviewer, "OPS-1").await.0, json!(id));
        assert_eq!(links(&reviewer, &part).await[0]["state"], "With [removed by the CX team]");
        let stale = json!({"subjectId": id, "system": "jira", "key": "OPS-1", "state": format!("With {SECRET}"), "expectedVersion": 1});
        assert_eq!(no(&jirabot, "externalLinkSet", stale).await.0, "STALE_VERSION");
        // The log says to read it again, and nothing of the links.
        assert_eq!(facts(app, "link.set").await, set_before);
        let query = "query($k: [String!]) { facts(first: 100, kinds: $k) { nodes { subjectId } } }";
        let token = integration(app, &admin, "Follows", json!(["CONTENT", "FACTS", "EXTERNAL_LINKS"])).await.2;
        let told = token.ask(query, json!({"k": ["submission.redacted"]})).await;
        let about: BTreeSet<&str> = list(&told["facts"], "nodes").iter().map(|it| text(it, "subjectId")).collect();
        assert!(about.contains(id.as_str()) && about.contains(part.as_str()), "{about:?}");
    }
}
