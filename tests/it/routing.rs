//! Routing rules: what comes in goes where it belongs by itself, once, and history says by which rule.

use entity::id::PersonId;
use entity::instant::DAY;
use serde_json::{Value, json};

use crate::kit::client::Client;
use crate::kit::dump::changed;
use crate::on_both;

const RULE: &str = "id name position version state flaws archived
  conditions { words wordMatch kind channel severityAtLeast unit { name } touchpoint { name } } actions { tags function { name } assignee { name } }";
const LOOK: &str = "query($i: ID!) { submission(by: {id: $i}) { shownPhase version tags phase assigneeChoices { openCount }
  ... on Observation { function { name } assignee { name } } ... on Idea { function { name } assignee { name } }
  history(first: 50) { nodes { kind actorKind actor { name } byRule } } } }";

async fn send(client: &Client, input: Value) -> String {
    let query = "mutation($in: SubmissionSendInput!) { submissionSend(input: $in) { submission { id } userErrors { code message } } }";
    let done = client.done("submissionSend", query, json!({"in": input})).await;
    done["submission"]["id"].as_str().expect("an id").to_owned()
}

fn create_query() -> String {
    format!(
        "mutation($in: RoutingRuleCreateInput!) {{ routingRuleCreate(input: $in) {{ alreadyReceived routingRule {{ {RULE} }} userErrors {{ field code message allowed }} }} }}"
    )
}

fn update_query() -> String {
    format!(
        "mutation($in: RoutingRuleUpdateInput!) {{ routingRuleUpdate(input: $in) {{ routingRule {{ {RULE} }} userErrors {{ field code message }} }} }}"
    )
}

async fn rule(client: &Client, input: Value) -> Value {
    client.done("routingRuleCreate", &create_query(), json!({"in": input})).await["routingRule"]
        .clone()
}

async fn no_rule(client: &Client, input: Value) -> Value {
    client.refused("routingRuleCreate", &create_query(), json!({"in": input})).await
}

async fn change(client: &Client, input: Value) -> Value {
    client.done("routingRuleUpdate", &update_query(), json!({"in": input})).await["routingRule"]
        .clone()
}

async fn look(client: &Client, id: &str) -> Value {
    client.ask(LOOK, json!({"i": id})).await["submission"].clone()
}

/// Kinds, actors and rules of the history that rules wrote.
fn by_rules(seen: &Value) -> Vec<(String, String, String)> {
    let entries = seen["history"]["nodes"].as_array().expect("entries");
    let text = |it: &Value, key: &str| it[key].as_str().unwrap_or_default().to_owned();
    entries
        .iter()
        .filter(|it| !it["byRule"].is_null())
        .map(|it| (text(it, "kind"), text(it, "actorKind"), text(it, "byRule")))
        .collect()
}

async fn preview(client: &Client, input: Value) -> Value {
    let query = "query($in: RoutingPreviewInput!) { routingPreview(input: $in) { count isComplete sample { id reference title } } }";
    client.ask(query, json!({"in": input})).await["routingPreview"].clone()
}

fn id(person: PersonId) -> Value {
    json!(person.to_string())
}

on_both! {
    async fn what_comes_in_goes_where_it_belongs(app) {
        let o = &app.organisation;
        let (nurse, head) = (app.sign_in(o.nurse).await, app.sign_in(o.head).await);
        let early = send(&nurse, json!({"text": "The printer is out again.", "kind": "OBSERVATION"})).await;
        app.settle().await;
        let first = rule(&head, json!({
            "name": "Printers to IT", "conditions": {"words": ["printer", "impresora"]},
            "actions": {"functionId": o.it.to_string(), "assigneeId": id(o.it_reviewer), "tags": ["Printer"]},
        })).await;
        assert_eq!((&first["state"], &first["actions"]["tags"], &first["position"]), (&json!("ACTIVE"), &json!(["printer"]), &json!(10)));
        rule(&head, json!({
            "name": "The ward", "conditions": {"unit": {"inSubtree": o.harbour.to_string()}, "kind": "OBSERVATION"},
            "actions": {"functionId": o.facilities.to_string(), "tags": ["printer", "harbour"]},
        })).await;
        let printer = send(&nurse, json!({"text": "The PRINTER is out again.", "kind": "OBSERVATION"})).await;
        let lift = send(&nurse, json!({"text": "The lift is out again.", "kind": "OBSERVATION"})).await;
        let idea = send(&nurse, json!({"text": "Hooks on the doors, near the printers.", "kind": "IDEA"})).await;
        let cook = app.sign_in(o.cook).await;
        let spanish = send(&cook, json!({"text": "La impresóra no va.", "kind": "IDEA"})).await;
        assert_eq!(look(&head, &printer).await["function"], Value::Null, "the sender does not wait for rules");
        app.settle().await;

        let seen = look(&head, &printer).await;
        assert_eq!((&seen["function"]["name"], &seen["assignee"]["name"], &seen["tags"]), (&json!("IT"), &json!("Ivo It"), &json!(["harbour", "printer"])));
        assert_eq!((&seen["phase"], &seen["shownPhase"], &seen["version"]), (&json!("SUBMITTED"), &json!("SUBMITTED"), &json!(2)), "a rule is no look");
        let entry = |kind: &str, rule: &str| (kind.to_owned(), String::from("SYSTEM"), rule.to_owned());
        let mut told = by_rules(&seen);
        told[2..].sort();
        let expected = [("handed_over", "Printers to IT"), ("assigned", "Printers to IT"), ("triaged", "Printers to IT"), ("triaged", "The ward")];
        assert_eq!(told, expected.map(|(kind, rule)| entry(&format!("submission.{kind}"), rule)));
        // Where the first rule means nothing, the second has its way.
        let seen = look(&head, &lift).await;
        assert_eq!((&seen["function"]["name"], &seen["assignee"], &seen["tags"]), (&json!("Facilities"), &Value::Null, &json!(["harbour", "printer"])));
        // Whole words; accents do not matter; what was sent before the rule stays.
        assert_eq!(by_rules(&look(&head, &idea).await), []);
        assert_eq!(look(&head, &spanish).await["function"]["name"], "IT");
        assert_eq!(by_rules(&look(&head, &early).await), []);

        // Reading is as after a hand-over by hand: reviewers of the function, and nobody else.
        let it = app.sign_in(o.it_reviewer).await;
        assert_eq!(look(&it, &printer).await["assignee"]["name"], "Ivo It");
        assert_eq!(look(&it, &lift).await, Value::Null);
        assert_eq!(look(&cook, &printer).await, Value::Null);
        let own = look(&nurse, &printer).await;
        assert_eq!((&own["assignee"], by_rules(&own)), (&Value::Null, Vec::new()), "the author sees no inner work");
        let told = it.ask("{ notifications(first: 5) { nodes { kind } } }", json!({})).await;
        assert_eq!(told["notifications"]["nodes"].as_array().map(Vec::len), Some(2), "who was given work is told: {told}");

        // Once: what a person changes stays changed.
        let assign = "mutation($i: ID!) { submissionAssign(input: {id: $i, assigneeId: null}) { userErrors { code message } } }";
        it.done("submissionAssign", assign, json!({"i": printer})).await;
        // Where the reader is and what the clock did are not what rules do.
        let before = app.dump(&["reader_cursor", "timed_work"]).await;
        app.pass(DAY).await;
        assert_eq!(changed(&before, &app.dump(&["reader_cursor", "timed_work"]).await), Vec::<String>::new());
        // A rule that is renamed, or taken away, keeps its name in what it did.
        let head = app.sign_in(o.head).await;
        change(&head, json!({"id": first["id"], "name": "IT"})).await;
        head.done("routingRuleArchive", "mutation($i: ID!) { routingRuleArchive(input: {id: $i}) { routingRule { archived state } userErrors { code } } }", json!({"i": first["id"]})).await;
        assert!(by_rules(&look(&head, &printer).await).iter().any(|it| it.2 == "IT"));
        let nurse = app.sign_in(o.nurse).await;
        let late = send(&nurse, json!({"text": "The printer is out again.", "kind": "IDEA"})).await;
        app.settle().await;
        assert_eq!(by_rules(&look(&head, &late).await), []);
    }

    async fn nobody_is_given_what_they_may_not_decide_on(app) {
        let o = &app.organisation;
        let (nurse, head, reviewer) = (app.sign_in(o.nurse).await, app.sign_in(o.head).await, app.sign_in(o.reviewer).await);
        rule(&head, json!({"name": "To Rita", "conditions": {"kind": "OBSERVATION"}, "actions": {"assigneeId": id(o.reviewer)}})).await;
        let own = send(&reviewer, json!({"text": "The stairs are dark.", "kind": "OBSERVATION", "unitId": o.ward.to_string()})).await;
        let concerned = send(&nurse, json!({"text": "She shouts at us.", "kind": "OBSERVATION", "concernedId": id(o.reviewer)})).await;
        let elsewhere = send(&app.sign_in(o.chemist).await, json!({"text": "The lab is cold.", "kind": "OBSERVATION"})).await;
        let plain = send(&nurse, json!({"text": "The lift is out again.", "kind": "OBSERVATION"})).await;
        app.settle().await;
        for (sent, expected) in [(&own, Value::Null), (&concerned, Value::Null), (&elsewhere, Value::Null), (&plain, json!("Rita Reviewer"))] {
            assert_eq!(look(&head, sent).await["assignee"]["name"], expected);
        }
        assert_eq!(look(&reviewer, &concerned).await, Value::Null, "the person concerned reads nothing of it");
        // While she is away it goes to who stands in.
        let away = "mutation($d: ID!) { absenceCreate(input: {from: \"2026-03-02\", to: \"2026-03-03\", delegateId: $d}) { userErrors { code message } } }";
        reviewer.done("absenceCreate", away, json!({"d": id(o.head)})).await;
        let later = send(&nurse, json!({"text": "The door sticks.", "kind": "OBSERVATION"})).await;
        // What somebody has taken up before the rules came is theirs.
        let taken = send(&nurse, json!({"text": "The window sticks.", "kind": "OBSERVATION"})).await;
        let second = app.sign_in(o.second_reviewer).await;
        let assign = "mutation($i: ID!, $p: ID!) { submissionAssign(input: {id: $i, assigneeId: $p}) { userErrors { code message } } }";
        second.done("submissionAssign", assign, json!({"i": taken, "p": id(o.second_reviewer)})).await;
        app.settle().await;
        assert_eq!(look(&head, &later).await["assignee"]["name"], "Hanna Head");
        let seen = look(&head, &taken).await;
        assert_eq!((&seen["assignee"]["name"], by_rules(&seen)), (&json!("Rob Reviewer"), Vec::new()));
    }

    async fn a_rule_without_its_ground_rests(app) {
        let o = &app.organisation;
        let (nurse, head, admin) = (app.sign_in(o.nurse).await, app.sign_in(o.head).await, app.sign_in(o.admin).await);
        let journey = admin.done("journeyCreate", "mutation { journeyCreate(input: {name: \"Staying\"}) { journey { id } userErrors { code } } }", json!({})).await;
        let touchpoint = admin.done("touchpointCreate", "mutation($j: ID!) { touchpointCreate(input: {journeyId: $j, name: \"Lifts\"}) { touchpoint { id } userErrors { code } } }", json!({"j": journey["journey"]["id"]})).await["touchpoint"]["id"].clone();
        let at_lifts = rule(&head, json!({"name": "At lifts", "conditions": {"touchpointId": touchpoint, "words": ["lift"]}, "actions": {"tags": ["lift"]}})).await;
        let to_it = rule(&head, json!({"name": "To IT", "conditions": {"severityAtLeast": "HIGH"}, "actions": {"functionId": o.it.to_string()}})).await;
        let to_sue = rule(&head, json!({"name": "To Sue", "conditions": {"unit": {"inSubtree": o.south.to_string()}}, "actions": {"assigneeId": id(o.south_reviewer)}})).await;
        let off = rule(&head, json!({"name": "Off", "conditions": {"kind": "OBSERVATION"}, "actions": {"tags": ["off"]}, "active": false})).await;
        assert_eq!(off["state"], "OFF");
        let sent = send(&nurse, json!({"text": "The lift is out.", "kind": "OBSERVATION", "touchpointId": touchpoint, "severity": "CRITICAL"})).await;
        app.settle().await;
        let seen = look(&head, &sent).await;
        assert_eq!((&seen["tags"], &seen["function"]["name"]), (&json!(["lift"]), &json!("IT")));

        admin.done("touchpointUpdate", "mutation($i: ID!) { touchpointUpdate(input: {id: $i, archived: true}) { userErrors { code message } } }", json!({"i": touchpoint})).await;
        admin.done("unitClose", "mutation($i: ID!) { unitClose(input: {id: $i, lastDay: \"2026-03-01\"}) { userErrors { code message } } }", json!({"i": o.facilities.to_string()})).await;
        admin.done("personDeactivate", "mutation($i: ID!) { personDeactivate(input: {id: $i}) { userErrors { code message } } }", json!({"i": id(o.south_reviewer)})).await;
        let to_facilities = no_rule(&head, json!({"name": "F", "conditions": {"kind": "IDEA"}, "actions": {"functionId": o.facilities.to_string()}})).await;
        assert_eq!((&to_facilities["code"], &to_facilities["field"]), (&json!("NOT_FOUND"), &json!(["actions", "functionId"])));
        let listed = head.ask("{ routingRules(first: 10) { nodes { id state flaws } } }", json!({})).await;
        assert_eq!(listed["routingRules"]["nodes"], json!([
            {"id": at_lifts["id"], "state": "BROKEN", "flaws": ["TOUCHPOINT_GONE"]},
            {"id": to_it["id"], "state": "ACTIVE", "flaws": []},
            {"id": to_sue["id"], "state": "BROKEN", "flaws": ["ASSIGNEE_GONE"]},
            {"id": off["id"], "state": "OFF", "flaws": []},
        ]));
        let chemist = app.sign_in(o.chemist).await;
        let cold = send(&chemist, json!({"text": "The lift is cold.", "kind": "OBSERVATION", "severity": "HIGH"})).await;
        app.settle().await;
        let seen = look(&head, &cold).await;
        assert_eq!((&seen["function"]["name"], &seen["assignee"], &seen["tags"]), (&json!("IT"), &Value::Null, &json!([])), "the others go on");
        // Put right, it works again.
        let mended = change(&head, json!({"id": to_sue["id"], "expectedVersion": 1, "actions": {"assigneeId": id(o.head)}})).await;
        assert_eq!(mended["state"], "ACTIVE");
    }

    async fn bad_rules_are_refused_with_their_cure(app) {
        let o = &app.organisation;
        let head = app.sign_in(o.head).await;
        let tags = json!({"tags": ["a"]});
        let idea = json!({"kind": "IDEA"});
        let words = |words: Value| json!({"words": words});
        for (conditions, actions, code, field) in [
            (json!({}), tags.clone(), "INVALID", vec!["conditions"]),
            (json!({"unit": {"inSubtree": o.root.to_string()}}), tags.clone(), "INVALID", vec!["conditions"]),
            (words(json!([])), tags.clone(), "INVALID", vec!["conditions"]),
            (words(json!([" "])), tags.clone(), "REQUIRED", vec!["conditions", "words"]),
            (words(json!(["!!!"])), tags.clone(), "INVALID", vec!["conditions", "words"]),
            (words(json!(["x".repeat(61)])), tags.clone(), "TOO_LONG", vec!["conditions", "words"]),
            (words(json!((0..51).map(|it| format!("word{it}")).collect::<Vec<_>>())), tags.clone(), "INVALID", vec!["conditions", "words"]),
            (json!({"touchpointId": o.ward.to_string()}), tags.clone(), "NOT_FOUND", vec!["conditions", "touchpointId"]),
            (json!({"unit": {"inSubtree": "unit_00000000000000000000000000"}}), tags.clone(), "NOT_FOUND", vec!["conditions", "unit"]),
            (idea.clone(), json!({}), "REQUIRED", vec!["actions"]),
            (idea.clone(), json!({"functionId": o.ward.to_string()}), "NOT_FOUND", vec!["actions", "functionId"]),
            (idea.clone(), json!({"assigneeId": id(o.nurse)}), "INVALID", vec!["actions", "assigneeId"]),
            (idea.clone(), json!({"assigneeId": "person_00000000000000000000000000"}), "NOT_FOUND", vec!["actions", "assigneeId"]),
            (json!({"unit": {"inSubtree": o.north.to_string()}}), json!({"assigneeId": id(o.south_reviewer)}), "INVALID", vec!["actions", "assigneeId"]),
            (idea.clone(), json!({"functionId": o.it.to_string(), "assigneeId": id(o.south_reviewer)}), "INVALID", vec!["actions", "assigneeId"]),
            (idea.clone(), json!({"tags": ["x".repeat(41)]}), "TOO_LONG", vec!["actions", "tags"]),
            (idea.clone(), json!({"tags": (0..21).map(|it| format!("t{it}")).collect::<Vec<_>>()}), "INVALID", vec!["actions", "tags"]),
        ] {
            let refused = no_rule(&head, json!({"name": "A", "conditions": conditions, "actions": actions})).await;
            assert_eq!((&refused["code"], &refused["field"]), (&json!(code), &json!(field)), "{conditions} {actions}: {refused}");
        }
        for (name, code) in [("", "REQUIRED"), (&*"x".repeat(201), "TOO_LONG")] {
            let refused = no_rule(&head, json!({"name": name, "conditions": idea, "actions": tags})).await;
            assert_eq!((&refused["code"], &refused["field"]), (&json!(code), &json!(["name"])));
        }
        let input = json!({"name": "Ideas", "conditions": idea, "actions": tags, "clientKey": "k", "active": false});
        let made = rule(&head, input.clone()).await;
        let again = head.done("routingRuleCreate", &create_query(), json!({"in": input})).await;
        assert_eq!((&again["alreadyReceived"], &again["routingRule"]["id"]), (&json!(true), &made["id"]));
        let taken = no_rule(&head, json!({"name": " IDEAS", "conditions": idea, "actions": tags})).await;
        assert_eq!((&taken["code"], &taken["allowed"]), (&json!("TAKEN"), &json!([made["id"]])));
        for (input, code) in [
            (json!({"id": made["id"], "expectedVersion": 4, "name": "B"}), "STALE_VERSION"),
            (json!({"id": made["id"], "conditions": {}}), "INVALID"),
            (json!({"id": "rule_00000000000000000000000000", "name": "B"}), "NOT_FOUND"),
        ] {
            assert_eq!(head.refused("routingRuleUpdate", &update_query(), json!({"in": input})).await["code"], code);
        }
        for number in 1..100 {
            let query = "mutation($n: String!) { routingRuleCreate(input: {name: $n, conditions: {kind: IDEA}, actions: {tags: [\"a\"]}, active: false}) { userErrors { code } } }";
            head.done("routingRuleCreate", query, json!({"n": format!("Rule {number}")})).await;
        }
        let full = no_rule(&head, json!({"name": "One more", "conditions": idea, "actions": tags})).await;
        assert_eq!(full["code"], "IN_USE");
        let page = |first: usize| format!("{{ routingRules(first: {first}) {{ nodes {{ name state conditions {{ unit {{ name }} }} actions {{ function {{ name }} assignee {{ name }} }} }} }} }}");
        let (few, many) = (head.fewest(&page(2), json!({})).await, head.fewest(&page(100), json!({})).await);
        few.data();
        many.data();
        assert_eq!(few.statements, many.statements, "however many rules");
        for (person, may) in [(o.auditor, true), (o.reviewer, true), (o.manager, false), (o.nurse, false)] {
            let client = app.sign_in(person).await;
            let answer = client.send("{ routingRules(first: 1) { nodes { name } } }", json!({})).await;
            assert_eq!(answer.code().is_empty(), may, "{}", answer.body);
        }
    }

    async fn a_look_back_says_what_a_rule_would_have_moved(app) {
        let o = &app.organisation;
        let (nurse, head, admin) = (app.sign_in(o.nurse).await, app.sign_in(o.head).await, app.sign_in(o.admin).await);
        for number in 0..25 {
            let what = if number % 5 == 0 { "電梯" } else { "lift" };
            app.house.clock.advance(1_000);
            send(&nurse, json!({"text": format!("The {what} is out for the {number}. time."), "kind": "OBSERVATION"})).await;
        }
        send(&head, json!({"text": "Shoplifting is a problem.", "kind": "OBSERVATION"})).await;
        app.settle().await;
        let before = app.dump(&[]).await;
        let lifts = json!({"words": ["Lift"]});
        let seen = preview(&head, json!({"conditions": lifts})).await;
        assert_eq!((&seen["count"], &seen["isComplete"], seen["sample"].as_array().map(Vec::len)), (&json!(20), &json!(true), Some(20)));
        let seen = preview(&head, json!({"conditions": {"words": ["lift", "電梯"], "kind": "OBSERVATION"}})).await;
        assert_eq!((&seen["count"], seen["sample"].as_array().map(Vec::len)), (&json!(25), Some(20)));
        assert!(seen["sample"][0]["title"].as_str().expect("a title").ends_with("24"), "the newest first");
        let all = preview(&head, json!({"conditions": {"kind": "OBSERVATION"}})).await;
        assert_eq!(all["count"], 26);
        // An administrator reads no content, and learns nothing of words by counting.
        assert_eq!(preview(&admin, json!({"conditions": lifts})).await["count"], 0);
        assert_eq!(changed(&before, &app.dump(&[]).await), Vec::<String>::new(), "a look changes nothing");
        // A rule as it stands, and with other conditions.
        let rule = rule(&head, json!({"name": "Lifts", "conditions": lifts, "actions": {"tags": ["lift"]}})).await;
        assert_eq!(preview(&head, json!({"ruleId": rule["id"]})).await["count"], 20);
        assert_eq!(preview(&head, json!({"ruleId": rule["id"], "conditions": {"words": ["電梯"]}})).await["count"], 5);
        let query = "query($in: RoutingPreviewInput!) { routingPreview(input: $in) { count sample { title unit { name } } } }";
        let answer = head.send(query, json!({"in": {"ruleId": rule["id"]}})).await;
        answer.data();
        assert!(answer.statements <= 16, "{}", answer.statements);
        for (client, input, code) in [
            (&head, json!({"conditions": lifts, "days": 0}), "BAD_REQUEST"),
            (&head, json!({"conditions": lifts, "days": 91}), "BAD_REQUEST"),
            (&head, json!({}), "BAD_REQUEST"),
            (&head, json!({"conditions": {}}), "BAD_REQUEST"),
            (&head, json!({"ruleId": "rule_00000000000000000000000000"}), "NOT_FOUND"),
            (&nurse, json!({"conditions": lifts}), "FORBIDDEN"),
        ] {
            assert_eq!(client.send(query, json!({"in": input})).await.code(), code, "{input}");
        }
        app.pass(40 * DAY).await;
        let head = app.sign_in(o.head).await;
        assert_eq!(preview(&head, json!({"ruleId": rule["id"]})).await["count"], 0, "a month back");
        assert_eq!(preview(&head, json!({"ruleId": rule["id"], "days": 60})).await["count"], 20);
    }
}
