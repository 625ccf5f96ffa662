//! One contract for every list of the API: what Relay clients rely on (docs/API-DESIGN.md).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::kit::app::TestApp;
use crate::kit::client::Client;
use crate::on_both;
use crate::plans::done;
use crate::schema::{FORWARDS_ONLY, introspected, list, root_fields, text, written};
use crate::telling::send_idea;

/// Root fields that answer a connection, from the schema itself: a new one is held to the contract
/// without being named here.
async fn connections() -> Vec<String> {
    let schema = introspected().await;
    root_fields(&schema, "queryType")
        .iter()
        .filter(|it| written(&it["type"]).ends_with("Connection"))
        .filter(|it| !FORWARDS_ONLY.contains(&written(&it["type"]).as_str()))
        .filter(|it| list(it, "args").iter().all(|arg| !written(&arg["type"]).ends_with('!')))
        .map(|it| text(it, "name").to_owned())
        .collect()
}

struct Page {
    cursors: Vec<String>,
    ids: Vec<String>,
    info: Value,
    total: u64,
}

async fn page(client: &Client, field: &str, arguments: &str) -> Page {
    let query = format!(
        "{{ {field}({arguments}) {{ totalCount totalCountIsExact edges {{ cursor node {{ id }} }} nodes {{ id }}
           pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}"
    );
    let data = client.ask(&query, json!({})).await;
    let answer = &data[field];
    let strings = |values: &[Value], path: &str| -> Vec<String> {
        values
            .iter()
            .map(|it| it.pointer(path).and_then(Value::as_str).expect("text").to_owned())
            .collect()
    };
    let ids = strings(list(answer, "edges"), "/node/id");
    assert_eq!(
        ids,
        strings(list(answer, "nodes"), "/id"),
        "{field}: edges and nodes are the same rows"
    );
    assert_eq!(answer["totalCountIsExact"], true, "{field}");
    let cursors = strings(list(answer, "edges"), "/cursor");
    let ends =
        (answer["pageInfo"]["startCursor"].as_str(), answer["pageInfo"]["endCursor"].as_str());
    assert_eq!(
        ends,
        (cursors.first().map(String::as_str), cursors.last().map(String::as_str)),
        "{field}"
    );
    let total = answer["totalCount"].as_u64().expect("a count");
    Page { cursors, ids, info: answer["pageInfo"].clone(), total }
}

/// Walks a list forwards and backwards, two at a time, and compares with the whole.
async fn hold_to_the_contract(client: &Client, field: &str) -> usize {
    let whole = page(client, field, "first: 100").await;
    assert_eq!(whole.info["hasPreviousPage"], false, "{field}");
    assert_eq!(
        whole.ids.iter().collect::<BTreeSet<_>>().len(),
        whole.ids.len(),
        "{field}: no double"
    );
    if whole.info["hasNextPage"] == false {
        assert_eq!(usize::try_from(whole.total).ok(), Some(whole.ids.len()), "{field}: totalCount");
    }
    assert_eq!(page(client, field, "first: 100").await.cursors, whole.cursors, "{field}: stable");
    let (mut forwards, mut after) = (Vec::new(), String::new());
    loop {
        let part = page(client, field, &format!("first: 2{after}")).await;
        assert_eq!(part.total, whole.total, "{field}: totalCount is of the list, not of the page");
        forwards.extend(part.ids);
        if part.info["hasNextPage"] == false || forwards.len() >= whole.ids.len() {
            break;
        }
        after = format!(", after: \"{}\"", part.cursors.last().expect("a page with more has rows"));
    }
    assert_eq!(forwards, whole.ids, "{field}: forwards");
    let (mut backwards, mut before) = (Vec::new(), whole.cursors.last().cloned());
    while let Some(cursor) = before {
        let part = page(client, field, &format!("last: 2, before: \"{cursor}\"")).await;
        backwards.splice(0..0, part.ids);
        before = (part.info["hasPreviousPage"] == true).then(|| part.cursors[0].clone());
    }
    assert_eq!(backwards, whole.ids[..whole.ids.len().saturating_sub(1)], "{field}: backwards");
    whole.ids.len()
}

async fn refusals(client: &Client, field: &str) {
    for arguments in [
        "first: 101",
        "first: -1",
        "last: 101",
        "first: 1, after: \"nonsense\"",
        "first: 1, before: \"AAAA\"",
    ] {
        let query = format!("{{ {field}({arguments}) {{ nodes {{ id }} }} }}");
        let answer = client.send(&query, json!({})).await;
        assert_eq!(answer.code(), "BAD_REQUEST", "{field}({arguments}): {}", answer.body);
    }
}

async fn furnish(app: &TestApp) {
    let nurse = app.sign_in(app.organisation.nurse).await;
    let query = "mutation($t: String!, $k: SubmissionKind) { submissionSend(input: {text: $t, kind: $k}) { userErrors { code message } } }";
    for number in 0..7 {
        let kind = if number % 2 == 0 { "IDEA" } else { "OBSERVATION" };
        let words = json!({"t": format!("Number {number} of many."), "k": kind});
        nurse.done("submissionSend", query, words).await;
    }
    furnish_the_desk(app).await;
    let colleague = app.sign_in(app.organisation.colleague).await;
    let ideas = colleague.ask("{ ideas(first: 4) { nodes { id } } }", json!({})).await;
    let report = "mutation($i: ID!) { submissionReport(input: {id: $i, reason: OFF_TOPIC}) { userErrors { code message } } }";
    for idea in list(&ideas["ideas"], "nodes") {
        colleague.done("submissionReport", report, json!({"i": idea["id"]})).await;
    }
}

/// Three of everything that reviewers keep.
async fn furnish_the_desk(app: &TestApp) {
    let o = &app.organisation;
    let head = app.sign_in(o.head).await;
    for number in 0..4 {
        let text = json!([{"language": "en", "title": format!("News {number}"), "body": "Hooks."}]);
        let draft = json!({"unitIds": [o.ward.to_string()], "texts": text});
        done(&head, "announcementCreate", draft, "announcement { id }").await;
    }
    for (number, unit) in [o.north, o.south, o.ward].iter().enumerate() {
        let day = format!("2026-0{}-01", number + 4);
        let unit = unit.to_string();
        for (field, query) in [
            (
                "replyTemplateCreate",
                format!(
                    "replyTemplateCreate(input: {{name: \"Reply {number}\", texts: [{{language: \"en\", text: \"Thanks.\"}}]}}) {{ userErrors {{ code message }} }}"
                ),
            ),
            (
                "routingRuleCreate",
                format!(
                    "routingRuleCreate(input: {{name: \"Rule {number}\", conditions: {{words: [\"lift\"]}}, actions: {{tags: [\"lift\"]}}, active: false}}) {{ userErrors {{ code message }} }}"
                ),
            ),
            (
                "absenceCreate",
                format!(
                    "absenceCreate(input: {{from: \"{day}\", to: \"{day}\"}}) {{ userErrors {{ code message }} }}"
                ),
            ),
            (
                "rotaSet",
                format!(
                    "rotaSet(input: {{unitId: \"{unit}\", turns: [\"{}\"]}}) {{ userErrors {{ code message }} }}",
                    o.head
                ),
            ),
        ] {
            head.done(field, &format!("mutation {{ {query} }}"), json!({})).await;
        }
    }
}

/// Four offers to sites that the head reviews, and four items that the head has.
async fn furnish_the_work(app: &TestApp) {
    let o = &app.organisation;
    let (head, nurse) = (app.sign_in(o.head).await, app.sign_in(o.nurse).await);
    for text in ["A light over the trolley", "A bench at the bus stop"] {
        let id = send_idea(&nurse, text).await.id.to_string();
        for to in ["IN_PROGRESS", "IMPLEMENTED"] {
            let moved = json!({"id": id, "to": to, "message": "It works.", "announce": "NOW"});
            done(&head, "submissionMove", moved, "decision { id }").await;
        }
        let sites = json!([o.hill.to_string(), o.lake.to_string()]);
        done(
            &head,
            "adoptionOffer",
            json!({"submissionId": id, "siteIds": sites}),
            "adoptions { id }",
        )
        .await;
        for title in ["Measure", "Order"] {
            let item =
                json!({"submissionId": id, "title": title, "assigneeId": o.head.to_string()});
            done(&head, "actionItemAdd", item, "item { id }").await;
        }
    }
}

on_both! {
    async fn every_list_keeps_the_contract(app) {
        furnish(app).await;
        furnish_the_work(app).await;
        app.settle().await;
        let o = &app.organisation;
        let mut long = BTreeSet::new();
        for person in [o.admin, o.head, o.nurse] {
            let client = app.sign_in(person).await;
            for field in connections().await {
                let probe = client.send(&format!("{{ {field}(first: 1) {{ nodes {{ id }} }} }}"), json!({})).await;
                if probe.code() == "FORBIDDEN" {
                    continue;
                }
                if hold_to_the_contract(&client, &field).await > 2 {
                    long.insert(field.clone());
                }
                refusals(&client, &field).await;
            }
        }
        for field in ["submissions", "ideas", "observations", "mySubmissions", "units", "people", "replyTemplates", "routingRules", "absences", "rotas", "reports", "myActionItems", "adoptions", "announcements"] {
            assert!(long.contains(field), "{field} was long enough to be turned over: {long:?}");
        }
    }

    async fn a_cursor_belongs_to_its_order(app) {
        furnish(app).await;
        let nurse = app.sign_in(app.organisation.nurse).await;
        let first = page(&nurse, "submissions", "first: 2").await;
        let query = format!(
            "{{ submissions(first: 2, after: \"{}\", orderBy: [{{field: VOTES, direction: ASC}}]) {{ nodes {{ id }} }} }}",
            first.cursors[0]
        );
        let answer = nurse.send(&query, json!({})).await;
        assert_eq!(answer.code(), "BAD_REQUEST", "{}", answer.body);
        assert!(answer.body["errors"][0]["message"].as_str().expect("a message").contains("after"), "{}", answer.body);
    }
}
