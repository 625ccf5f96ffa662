//! The reviewers' queue: filters, orders, search, saved views, bad input; its cost at scale.

mod at_scale;
mod breaches;

use std::collections::BTreeSet;

use entity::id::SubmissionId;
use entity::instant::{DAY, HOUR, MINUTE, SECOND};
use sea_orm::{ConnectionTrait, Statement, Value as Bound};
use serde_json::{Value, json};

use crate::kit::app::{START, TestApp};
use crate::kit::client::Client;
use crate::on_both;

const QUEUE: &str = "query($f: QueueFilter, $o: QueueOrder, $n: Int, $a: String, $v: ID) {
    triageQueue(first: $n, after: $a, filter: $f, orderBy: $o, view: $v) {
        totalCount nodes { id title } pageInfo { hasNextPage endCursor } } }";

/// Sends what `input` says and returns its id.
async fn send(client: &Client, input: Value) -> String {
    let query = "mutation($in: SubmissionSendInput!) { submissionSend(input: $in) { submission { id } userErrors { field message } } }";
    let sent = client.done("submissionSend", query, json!({"in": input})).await;
    sent["submission"]["id"].as_str().expect("an id").to_owned()
}

/// Titles of the queue, in its order.
async fn titles(client: &Client, variables: Value) -> Vec<String> {
    let data = client.ask(QUEUE, variables).await;
    let nodes = data["triageQueue"]["nodes"].as_array().expect("nodes").clone();
    assert_eq!(data["triageQueue"]["totalCount"], nodes.len(), "totalCount is of the same filter");
    nodes.iter().map(|it| it["title"].as_str().expect("a title").to_owned()).collect()
}

/// Writes what other rooms keep: clocks, reach, what is put off.
async fn set(app: &TestApp, id: &str, column: &str, value: impl Into<Bound>) {
    let id: SubmissionId = id.parse().expect("an id");
    let tx = app.system().begin().await.expect("a transaction");
    let sql = format!("UPDATE submission SET {column} = $1 WHERE id = $2");
    let values = [value.into(), id.0.into()];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values))
        .await
        .expect("a row");
    tx.commit(()).await.expect("a commit");
}

fn at(offset: i64) -> i64 {
    START.plus(offset).micros()
}

on_both! {
    async fn every_filter_finds_its_own(app) {
        let org = &app.organisation;
        let nurse = app.sign_in(org.nurse).await;
        let a = send(&nurse, json!({"title": "a", "text": "The lift is out.", "kind": "IDEA", "severity": "LOW", "tags": ["lift"], "language": "en"})).await;
        app.pass(2 * DAY).await;
        let (nurse, cook) = (app.sign_in(org.nurse).await, app.sign_in(org.cook).await);
        let reviewer = app.sign_in(org.reviewer).await;
        let b = send(&cook, json!({"title": "b", "text": "Soup is cold.", "kind": "OBSERVATION", "severity": "CRITICAL", "channel": "HUDDLE", "language": "es"})).await;
        app.pass(MINUTE).await;
        let c = send(&nurse, json!({"title": "c", "text": "No chairs.", "kind": "OBSERVATION"})).await;
        let now = 2 * DAY + MINUTE;
        set(app, &a, "due_at", at(now - HOUR)).await;
        set(app, &b, "due_at", at(now + HOUR)).await;
        set(app, &c, "due_at", None::<i64>).await;
        set(app, &c, "photo_count", 1).await;
        set(app, &b, "assignee_id", org.reviewer.0).await;
        let cause = reviewer.done(
            "causeCreate",
            "mutation { causeCreate(input: {name: \"Old pipes\", category: PLACE}) { cause { id } userErrors { code } } }",
            json!({}),
        ).await["cause"]["id"].clone();
        let under = reviewer.done(
            "causeCreate",
            "mutation($p: ID!) { causeCreate(input: {name: \"Lead pipes\", category: PLACE, parentId: $p}) { cause { id } userErrors { code } } }",
            json!({"p": cause}),
        ).await["cause"]["id"].clone();
        let link = "mutation($s: ID!, $c: ID!) { causeLink(input: {submissionId: $s, causeIds: [$c]}) { userErrors { code message } } }";
        reviewer.done("causeLink", link, json!({"s": a, "c": under})).await;
        let statuses = reviewer.ask("{ statuses(phases: [SUBMITTED]) { id } }", json!({})).await;
        let status = statuses["statuses"][0]["id"].clone();
        let expected = vec![
            (json!({"status": {"in": [status]}}), vec!["b", "c"]),
            (json!({}), vec!["a", "b", "c"]),
            (json!({"kind": {"in": ["IDEA"]}}), vec!["a"]),
            (json!({"phase": {"in": ["SUBMITTED"]}}), vec!["b", "c"]),
            (json!({"phase": {"in": ["UNDER_REVIEW"]}}), vec!["a"]),
            (json!({"phase": {"in": ["ACCEPTED", "DECLINED"]}}), vec![]),
            (json!({"unit": {"inSubtree": org.harbour.to_string()}}), vec!["a", "c"]),
            (json!({"unit": {"in": [org.kitchen.to_string()]}}), vec!["b"]),
            (json!({"unit": {"inSubtree": org.south.to_string()}}), vec![]),
            (json!({"function": {"in": [org.it.to_string()]}}), vec![]),
            (json!({"severity": {"in": ["CRITICAL", "HIGH"]}}), vec!["b"]),
            (json!({"tag": {"in": ["Lift"]}}), vec!["a"]),
            (json!({"channel": {"in": ["HUDDLE"]}}), vec!["b"]),
            (json!({"language": {"in": ["es"]}}), vec!["b"]),
            (json!({"assignee": {"in": [org.reviewer.to_string()]}}), vec!["b"]),
            (json!({"mine": true}), vec!["b"]),
            (json!({"mine": false}), vec!["a", "c"]),
            (json!({"assignee": {"isNull": true}}), vec!["a", "c"]),
            (json!({"assignee": {"isNull": false}}), vec!["b"]),
            (json!({"cause": {"in": [under]}}), vec!["a"]),
            (json!({"cause": {"in": [cause]}}), vec![]),
            (json!({"cause": {"inSubtree": cause}}), vec!["a"]),
            (json!({"cause": {"isNull": true}}), vec!["b", "c"]),
            (json!({"cause": {"isNull": false}}), vec!["a"]),
            (json!({"text": "soup"}), vec!["b"]),
            (json!({"text": "EAR-3"}), vec!["c"]),
            (json!({"text": "ear 3"}), vec!["c"]),
            (json!({"age": {"olderThanDays": 1}}), vec!["a"]),
            (json!({"age": {"youngerThanDays": 1}}), vec!["b", "c"]),
            (json!({"createdAt": {"lt": "2026-03-03T00:00:00Z"}}), vec!["a"]),
            (json!({"clock": {"in": ["BREACHED"]}}), vec!["a"]),
            (json!({"clock": {"in": ["DUE_SOON"]}}), vec!["b"]),
            (json!({"clock": {"in": ["RUNNING"]}}), vec!["b"]),
            (json!({"clock": {"in": ["PAUSED"]}}), vec![]),
            (json!({"hasPhoto": true}), vec!["c"]),
            (json!({"hasPhoto": false}), vec!["a", "b"]),
            (json!({"hidden": true}), vec![]),
            (json!({"snoozed": true}), vec![]),
            (json!({"not": {"severity": {"in": ["CRITICAL"]}}}), vec!["a", "c"]),
            (json!({"not": {"text": "soup"}}), vec!["a", "c"]),
            (json!({"not": {"tag": {"in": ["lift"]}}}), vec!["b", "c"]),
            (json!({"not": {"language": {"in": ["es"]}}}), vec!["a", "c"]),
            (json!({"not": {"clock": {"in": ["BREACHED"]}}}), vec!["b", "c"]),
            (json!({"or": [{"mine": true}, {"hasPhoto": true}]}), vec!["b", "c"]),
            (json!({"or": []}), vec![]),
            (json!({"and": [{"kind": {"in": ["OBSERVATION"]}}, {"not": {"mine": true}}]}), vec!["c"]),
        ];
        for (filter, found) in expected {
            assert_eq!(titles(&reviewer, json!({"f": filter})).await, found, "{filter}");
        }
        // Asking the author moves it out of the open phases; what is paused says where it stands.
        let ask = "mutation($in: SubmissionMoveInput!) { submissionMove(input: $in) { userErrors { code message } } }";
        reviewer.done("submissionMove", ask, json!({"in": {"id": c, "to": "NEEDS_INFO", "message": "Where?", "announce": "NOW"}})).await;
        assert_eq!(titles(&reviewer, json!({})).await, ["a", "b"]);
        assert_eq!(titles(&reviewer, json!({"f": {"clock": {"in": ["PAUSED"]}}})).await, ["c"]);
        // What is put off comes back by itself.
        set(app, &b, "snoozed_until", at(now + HOUR)).await;
        assert_eq!(titles(&reviewer, json!({})).await, ["a"]);
        assert_eq!(titles(&reviewer, json!({"f": {"snoozed": true}})).await, ["b"]);
        app.pass(2 * HOUR).await;
        let reviewer = app.sign_in(org.reviewer).await;
        assert_eq!(titles(&reviewer, json!({})).await, ["a", "b"]);
    }

    async fn every_order_is_total_and_puts_nothing_last(app) {
        let org = &app.organisation;
        let (nurse, reviewer) = (app.sign_in(org.nurse).await, app.sign_in(org.reviewer).await);
        let mut sent = Vec::new();
        for (title, severity) in [("a", "LOW"), ("b", "CRITICAL"), ("c", "HIGH"), ("d", "HIGH")] {
            sent.push(send(&nurse, json!({"title": title, "text": title, "severity": severity})).await);
            app.pass(SECOND).await;
        }
        for title in ["e", "f"] {
            sent.push(send(&nurse, json!({"title": title, "text": title})).await);
            app.pass(SECOND).await;
        }
        for id in &sent {
            set(app, id, "due_at", None::<i64>).await;
        }
        set(app, &sent[4], "due_at", at(-HOUR)).await;
        set(app, &sent[1], "due_at", at(HOUR)).await;
        for (index, reach) in [3, 1, 9, 1, 1, 9].into_iter().enumerate() {
            set(app, &sent[index], "reach", reach).await;
        }
        let all = |order: &str| json!({"o": order});
        assert_eq!(titles(&reviewer, all("OLDEST")).await, ["a", "b", "c", "d", "e", "f"]);
        assert_eq!(titles(&reviewer, all("NEWEST")).await, ["f", "e", "d", "c", "b", "a"]);
        assert_eq!(titles(&reviewer, all("DUE")).await, ["e", "b", "a", "c", "d", "f"]);
        assert_eq!(titles(&reviewer, all("SEVERITY")).await, ["b", "c", "d", "a", "e", "f"]);
        assert_eq!(titles(&reviewer, all("REACH")).await, ["c", "f", "a", "b", "d", "e"]);
        for order in ["OLDEST", "NEWEST", "DUE", "SEVERITY", "REACH"] {
            let whole = titles(&reviewer, all(order)).await;
            let (mut turned, mut after) = (Vec::new(), Value::Null);
            loop {
                let data = reviewer.ask(QUEUE, json!({"o": order, "n": 1, "a": after})).await;
                let page = &data["triageQueue"];
                turned.push(page["nodes"][0]["title"].as_str().expect("a title").to_owned());
                if page["pageInfo"]["hasNextPage"] == false {
                    break;
                }
                after = page["pageInfo"]["endCursor"].clone();
            }
            assert_eq!(turned, whole, "{order}, one at a time");
            let other = if order == "DUE" { "REACH" } else { "DUE" };
            let answer = reviewer.send(QUEUE, json!({"o": other, "a": after})).await;
            assert_eq!(answer.code(), "BAD_REQUEST", "{order} then {other}");
            assert_eq!(answer.body["errors"][0]["extensions"]["field"], json!(["after"]));
        }
    }

    async fn words_are_found_in_every_script(app) {
        let org = &app.organisation;
        let (nurse, reviewer) = (app.sign_in(org.nurse).await, app.sign_in(org.reviewer).await);
        let texts = [
            ("lift", "The \"old\" lift's doors don't close; 100% broken (again)."),
            ("tür", "Die Tür zur Straße klemmt. Crème brûlée!"),
            ("лифт", "Ваш лифт снова сломан, ёлка стоит рядом"),
            ("电梯", "医院的电梯又坏了"),
            ("مصعد", "المصعد مُعَطَّل منذ أمس"),
            ("emoji", "Thanks 👍🏽 for the new chairs"),
        ];
        for (title, text) in texts {
            send(&nurse, json!({"title": title, "text": text})).await;
        }
        for (typed, found) in [
            ("lift", vec!["lift"]),
            ("LIFT DOORS", vec!["lift"]),
            ("doors clo", vec!["lift"]),
            ("doo close", vec![]),
            ("\"old lift\"", vec!["lift"]),
            ("tur strasse", vec!["tür"]),
            ("creme BRULEE", vec!["tür"]),
            ("лифт Елка", vec!["лифт"]),
            ("电梯", vec!["电梯"]),
            ("坏", vec!["电梯"]),
            ("楼梯", vec![]),
            ("معطل امس", vec!["مصعد"]),
            ("👍", vec!["emoji"]),
            ("lift OR chairs", vec![]),
            ("lift NOT doors", vec![]),
            ("lift* AND (doors)", vec![]),
            ("", vec![]),
            ("… — !?", vec![]),
            ("' \" \\ ; -- /* % _ : & | ! <-> *", vec![]),
            ("EAR-4", vec!["电梯"]),
        ] {
            assert_eq!(titles(&reviewer, json!({"f": {"text": typed}})).await, found, "{typed:?}");
        }
        // In step with what the author changes.
        let id = send(&nurse, json!({"title": "later", "text": "A zebra in the hall"})).await;
        let edit = "mutation($in: SubmissionEditInput!) { submissionEdit(input: $in) { userErrors { code message } } }";
        nurse.done("submissionEdit", edit, json!({"in": {"id": id, "text": "A giraffe in the hall"}})).await;
        assert!(titles(&reviewer, json!({"f": {"text": "zebra"}})).await.is_empty());
        assert_eq!(titles(&reviewer, json!({"f": {"text": "giraffe"}})).await, ["later"]);
    }

    async fn a_search_never_finds_what_one_may_not_read(app) {
        let org = &app.organisation;
        let (nurse, cook) = (app.sign_in(org.nurse).await, app.sign_in(org.cook).await);
        send(&nurse, json!({"text": "Quagga seen by a nurse", "kind": "OBSERVATION"})).await;
        send(&nurse, json!({"text": "Quagga as an idea", "kind": "IDEA"})).await;
        let ask = async |client: &Client, field: &str| {
            let query = format!("query($t: String) {{ {field}(filter: {{text: $t}}) {{ totalCount nodes {{ id }} }} }}");
            let data = client.ask(&query, json!({"t": "quag"})).await;
            let found = data[field]["nodes"].as_array().expect("nodes").len();
            assert_eq!(data[field]["totalCount"], found, "{field}");
            found
        };
        for (client, ideas, observations) in [(&nurse, 1, 1), (&cook, 0, 0)] {
            assert_eq!(ask(client, "ideas").await, ideas);
            assert_eq!(ask(client, "observations").await, observations);
            assert_eq!(ask(client, "submissions").await, ideas + observations);
        }
        assert_eq!(ask(&app.sign_in(org.colleague).await, "ideas").await, 1, "of the same site");
        let negated = cook.ask("{ submissions(filter: {not: {text: \"quag\"}}) { totalCount } }", json!({})).await;
        assert_eq!(negated["submissions"]["totalCount"], 0);
    }

    async fn whoever_declined_does_not_get_the_second_look(app) {
        let org = &app.organisation;
        let (nurse, reviewer) = (app.sign_in(org.nurse).await, app.sign_in(org.reviewer).await);
        let second = app.sign_in(org.second_reviewer).await;
        let id = send(&nurse, json!({"title": "again", "text": "Hooks on the doors."})).await;
        let step = "mutation($in: SubmissionMoveInput!) { submissionMove(input: $in) { userErrors { code message } } }";
        reviewer.done("submissionMove", step, json!({"in": {"id": id, "to": "DECLINED", "reason": "COST", "message": "No, sorry."}})).await;
        app.pass(2 * MINUTE).await;
        let again = "mutation($in: SubmissionAskSecondLookInput!) { submissionAskSecondLook(input: $in) { submission { phase } userErrors { code } } }";
        nurse.done("submissionAskSecondLook", again, json!({"in": {"id": id, "text": "Please."}})).await;
        app.settle().await;
        assert_eq!(titles(&second, json!({})).await, ["again"]);
        assert!(titles(&reviewer, json!({})).await.is_empty(), "somebody else is to look");
        // Where nobody else is left it stays.
        for other in [org.second_reviewer, org.head] {
            let tx = app.system().begin().await.expect("a transaction");
            let sql = "UPDATE person SET deactivated_at = 1 WHERE id = $1";
            tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, [other.0.into()])).await.expect("a row");
            tx.commit(()).await.expect("a commit");
        }
        assert_eq!(titles(&reviewer, json!({})).await, ["again"]);
    }

    async fn a_reviewer_keeps_views(app) {
        let org = &app.organisation;
        let (nurse, reviewer) = (app.sign_in(org.nurse).await, app.sign_in(org.reviewer).await);
        let (second, south) = (app.sign_in(org.second_reviewer).await, app.sign_in(org.south_reviewer).await);
        send(&nurse, json!({"title": "a", "text": "The lift", "severity": "LOW"})).await;
        send(&nurse, json!({"title": "b", "text": "The soup", "severity": "HIGH"})).await;
        let create = "mutation($in: TriageViewCreateInput!) { triageViewCreate(input: $in) { alreadyReceived
            view { id name version filter orderBy sharedWith position count countIsExact gone isMine isDefault } userErrors { field code message } } }";
        let input = json!({"in": {"name": " Bad ones ", "orderBy": "SEVERITY", "filter": {"severity": {"in": ["HIGH"]}}, "clientKey": "k1"}});
        let made = reviewer.done("triageViewCreate", create, input.clone()).await;
        let view = &made["view"];
        assert_eq!((&view["name"], &view["count"], &view["gone"]), (&json!("Bad ones"), &json!(1), &json!([])));
        assert_eq!(view["filter"], "{\"severity\":{\"in\":[\"HIGH\"]}}");
        let twice = reviewer.done("triageViewCreate", create, input).await;
        assert_eq!((&twice["alreadyReceived"], &twice["view"]["id"]), (&json!(true), &view["id"]));
        let other = json!({"in": {"name": "Others", "clientKey": "k1"}});
        assert_eq!(reviewer.refused("triageViewCreate", create, other).await["code"], "IDEMPOTENCY_KEY_REUSED");
        assert_eq!(titles(&reviewer, json!({"v": view["id"]})).await, ["b"]);
        assert_eq!(titles(&reviewer, json!({"v": view["id"], "f": {"text": "lift"}})).await, Vec::<String>::new());
        assert_eq!(second.send(QUEUE, json!({"v": view["id"]})).await.code(), "NOT_FOUND", "private");

        for (input, field, code) in [
            (json!({"name": "BAD ones"}), "name", "TAKEN"),
            (json!({"name": "  "}), "name", "REQUIRED"),
            (json!({"name": "x".repeat(61)}), "name", "TOO_LONG"),
            (json!({"name": "u", "sharedWith": "UNIT"}), "unitId", "REQUIRED"),
            (json!({"name": "u", "sharedWith": "UNIT", "unitId": org.lake.to_string()}), "unitId", "NOT_FOUND"),
            (json!({"name": "u", "sharedWith": "REVIEWERS", "unitId": org.north.to_string()}), "unitId", "INVALID"),
            (json!({"name": "u", "filter": {"unit": {"in": ["unit_00000000000000000000000000"]}}}), "filter", "NOT_FOUND"),
            (json!({"name": "u", "filter": {"text": "x".repeat(201)}}), "filter", "TOO_LONG"),
        ] {
            let refused = reviewer.refused("triageViewCreate", create, json!({"in": input})).await;
            assert_eq!((&refused["field"][0], &refused["code"]), (&json!(field), &json!(code)), "{input}");
        }

        // Shared with the reviewers of a unit, of those above and below it; with all.
        let share = async |name: &str, with: &str, unit: Value| {
            let input = json!({"in": {"name": name, "sharedWith": with, "unitId": unit, "filter": {"mine": false}}});
            reviewer.done("triageViewCreate", create, input).await["view"]["id"].as_str().expect("an id").to_owned()
        };
        let north = share("North", "UNIT", json!(org.harbour.to_string())).await;
        let everyone = share("Everyone", "REVIEWERS", Value::Null).await;
        let seen = async |client: &Client| -> Vec<String> {
            let data = client.ask("{ triageViews { totalCount nodes { name count } } }", json!({})).await;
            data["triageViews"]["nodes"].as_array().expect("nodes").iter().map(|it| format!("{} {}", it["name"].as_str().expect("a name"), it["count"])).collect()
        };
        assert_eq!(seen(&reviewer).await, ["Bad ones 1", "North 2", "Everyone 2"]);
        assert_eq!(seen(&second).await, ["North 2", "Everyone 2"]);
        assert_eq!(seen(&app.sign_in(org.head).await).await, ["North 2", "Everyone 2"]);
        assert_eq!(seen(&south).await, ["Everyone 0"], "everybody counts their own queue");
        assert_eq!(nurse.send("{ triageViews { totalCount } }", json!({})).await.code(), "FORBIDDEN");

        // Arranged, opened with, changed by the owner alone.
        let arrange = "mutation($ids: [ID!]!) { triageViewsReorder(input: {ids: $ids}) { views { name } userErrors { field code } } }";
        reviewer.done("triageViewsReorder", arrange, json!({"ids": [everyone]})).await;
        assert_eq!(seen(&reviewer).await, ["Everyone 2", "Bad ones 1", "North 2"]);
        assert_eq!(reviewer.refused("triageViewsReorder", arrange, json!({"ids": [everyone, everyone]})).await["code"], "INVALID");
        assert_eq!(second.refused("triageViewsReorder", arrange, json!({"ids": [everyone]})).await["code"], "NOT_FOUND");
        let open = "mutation($id: ID) { triageViewSetDefault(input: {id: $id}) { view { id isDefault } userErrors { code } } }";
        assert_eq!(second.done("triageViewSetDefault", open, json!({"id": north})).await["view"]["isDefault"], true);
        assert_eq!(south.refused("triageViewSetDefault", open, json!({"id": north})).await["code"], "NOT_FOUND");
        let default = async |client: &Client| client.ask("{ triageViewDefault { id } }", json!({})).await["triageViewDefault"].clone();
        assert_eq!(default(&second).await["id"], json!(north));
        assert_eq!(default(&reviewer).await, Value::Null);
        let update = "mutation($in: TriageViewUpdateInput!) { triageViewUpdate(input: $in) { view { name version orderBy filter } userErrors { field code } } }";
        let stale = json!({"in": {"id": north, "expectedVersion": 7, "name": "x"}});
        assert_eq!(reviewer.refused("triageViewUpdate", update, stale).await["code"], "STALE_VERSION");
        assert_eq!(second.refused("triageViewUpdate", update, json!({"in": {"id": north, "name": "x"}})).await["code"], "FORBIDDEN");
        let changed = reviewer.done("triageViewUpdate", update, json!({"in": {"id": north, "expectedVersion": 1, "name": "Ours", "orderBy": "DUE"}})).await;
        assert_eq!(changed["view"], json!({"name": "Ours", "version": 2, "orderBy": "DUE", "filter": "{\"mine\":false}"}));
        let gone = "mutation($id: ID!) { triageViewDelete(input: {id: $id}) { id userErrors { code } } }";
        assert_eq!(second.refused("triageViewDelete", gone, json!({"id": north})).await["code"], "FORBIDDEN");
        reviewer.done("triageViewDelete", gone, json!({"id": north})).await;
        assert_eq!(default(&second).await, Value::Null, "the whole queue again");
        let node = "query($id: ID!) { node(id: $id) { id } }";
        assert_eq!(second.ask(node, json!({"id": everyone})).await["node"]["id"], json!(everyone));
        assert_eq!(second.ask(node, json!({"id": view["id"]})).await["node"], Value::Null);
    }

    async fn a_view_outlives_what_it_names(app) {
        let org = &app.organisation;
        let reviewer = app.sign_in(org.reviewer).await;
        let create = "mutation($in: TriageViewCreateInput!) { triageViewCreate(input: $in) { view { id } userErrors { field code message } } }";
        let unit = json!({"in": {"name": "Ward", "filter": {"unit": {"inSubtree": org.ward.to_string()}}}});
        reviewer.done("triageViewCreate", create, unit).await;
        reviewer.done("triageViewCreate", create, json!({"in": {"name": "Odd"}})).await;
        let write = async |name: &str, filter: &str| {
            let tx = app.system().begin().await.expect("a transaction");
            let sql = "UPDATE queue_view SET filter = $1 WHERE name = $2";
            let values = [filter.into(), name.into()];
            tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await.expect("a row");
            tx.commit(()).await.expect("a commit");
        };
        let lost = "unit_00000000000000000000000000";
        write("Ward", &format!("{{\"unit\":{{\"inSubtree\":\"{lost}\"}}}}")).await;
        write("Odd", "{\"severity\":{\"in\":[\"DREADFUL\"]}}").await;
        let views = reviewer.ask("{ triageViews { nodes { id name count countIsExact gone } } }", json!({})).await;
        let nodes = &views["triageViews"]["nodes"];
        assert_eq!((&nodes[0]["count"], &nodes[0]["gone"]), (&json!(0), &json!([lost])));
        assert_eq!((&nodes[1]["count"], &nodes[1]["gone"]), (&Value::Null, &Value::Null));
        let answer = reviewer.send(QUEUE, json!({"v": nodes[1]["id"]})).await;
        assert_eq!(answer.code(), "BAD_REQUEST");
        assert_eq!(answer.body["errors"][0]["extensions"]["field"], json!(["view"]));
    }

    async fn views_have_an_end_and_are_counted_together(app) {
        let reviewer = app.sign_in(app.organisation.reviewer).await;
        let create = "mutation($in: TriageViewCreateInput!) { triageViewCreate(input: $in) { view { id } userErrors { code message } } }";
        let mut statements = BTreeSet::new();
        for number in 0..50 {
            let filter = json!({"or": [{"severity": {"in": ["HIGH"]}}, {"text": format!("word{number}")}]});
            reviewer.done("triageViewCreate", create, json!({"in": {"name": format!("view {number}"), "filter": filter}})).await;
            if [0, 4, 49].contains(&number) {
                let answer = reviewer.counted("{ triageViews(first: 100) { nodes { id name count countIsExact gone isDefault } } }", json!({}), &mut statements).await;
                assert_eq!(answer.data()["triageViews"]["nodes"][number]["count"], 0);
            }
        }
        assert_eq!(statements.len(), 1, "{statements:?}");
        let refused = reviewer.refused("triageViewCreate", create, json!({"in": {"name": "one more"}})).await;
        assert_eq!(refused["code"], "INVALID");
    }

    async fn bad_input_is_refused_and_never_a_fault(app) {
        let org = &app.organisation;
        let (nurse, reviewer) = (app.sign_in(org.nurse).await, app.sign_in(org.reviewer).await);
        send(&nurse, json!({"text": "The lift is out."})).await;
        let deep = (0..5).fold(json!({"mine": true}), |inner, _| json!({"not": inner}));
        let many: Vec<String> = (0..51).map(|_| org.ward.to_string()).collect();
        let wide: Vec<Value> = (0..51).map(|_| json!({})).collect();
        for (filter, field, code) in [
            (deep, "filter", "BAD_REQUEST"),
            (json!({"unit": {"in": many}}), "filter", "BAD_REQUEST"),
            (json!({"or": wide}), "filter", "BAD_REQUEST"),
            (json!({"text": "x".repeat(10_240)}), "filter", "BAD_REQUEST"),
            (json!({"text": "字".repeat(201)}), "filter", "BAD_REQUEST"),
            (json!({"age": {"olderThanDays": -1}}), "filter", "BAD_REQUEST"),
            (json!({"age": {"youngerThanDays": 2_000_000_000}}), "filter", "BAD_REQUEST"),
            (json!({"unit": {"inSubtree": "person_00000000000000000000000000"}}), "filter", "NOT_FOUND"),
            (json!({"cause": {"in": ["nonsense"]}}), "filter", "NOT_FOUND"),
        ] {
            let answer = reviewer.send(QUEUE, json!({"f": filter})).await;
            assert_eq!(answer.code(), code, "{filter}: {}", answer.body);
            assert_eq!(answer.body["errors"][0]["extensions"]["field"][0], field, "{filter}");
        }
        let nil = |prefix: &str| format!("{prefix}_00000000000000000000000000");
        for filter in [
            json!({"unit": {"in": [nil("unit")]}}),
            json!({"unit": {"inSubtree": nil("unit")}}),
            json!({"function": {"in": [nil("unit")]}}),
            json!({"program": {"in": [nil("program")]}}),
            json!({"touchpoint": {"in": [nil("touchpoint")]}}),
            json!({"assignee": {"in": [nil("person")]}}),
            json!({"status": {"in": [nil("status")]}}),
            json!({"cause": {"in": [nil("cause")]}}),
            json!({"cause": {"inSubtree": nil("cause")}}),
            json!({"phase": {"in": []}}),
            json!({"clock": {"in": []}}),
        ] {
            assert!(titles(&reviewer, json!({"f": filter})).await.is_empty(), "{filter}");
        }
        for typed in ["\"", "'", "''; DROP TABLE submission; --", "a:b", "a & b | !c", "<->", "^a", "a*b*", "NEAR(a b)", "{a}", "\\", "👩‍👩‍👧‍👦🏳️‍🌈", "a\u{0}b", "\u{202E}abc", "\u{FFFF}"] {
            let answer = reviewer.send(QUEUE, json!({"f": {"text": typed}})).await;
            assert_eq!(answer.status, 200, "{typed:?}: {}", answer.body);
            assert!(answer.body.get("errors").is_none(), "{typed:?}: {}", answer.body);
        }
        for after in ["nonsense", "AAAA", ""] {
            let answer = reviewer.send(QUEUE, json!({"a": after})).await;
            assert_eq!(answer.code(), "BAD_REQUEST", "{after:?}");
        }
    }

    async fn what_was_sent_before_is_indexed_later(app) {
        let org = &app.organisation;
        let (nurse, reviewer) = (app.sign_in(org.nurse).await, app.sign_in(org.reviewer).await);
        for number in 0..5 {
            send(&nurse, json!({"title": format!("n{number}"), "text": "An okapi again"})).await;
        }
        let tx = app.system().begin().await.expect("a transaction");
        tx.execute_unprepared("DELETE FROM search_document").await.expect("no rows");
        tx.commit(()).await.expect("a commit");
        let okapi = json!({"f": {"text": "okapi"}});
        assert!(titles(&reviewer, okapi.clone()).await.is_empty());
        let mut backfill = earshot::db::search::Backfill::default();
        while backfill.step(&app.system()).await.expect("a step") {}
        assert_eq!(titles(&reviewer, okapi.clone()).await.len(), 5);
        // What was taken out is not put back by a second run.
        let taken = send(&nurse, json!({"title": "taken", "text": "An okapi with a name"})).await;
        let tx = app.system().begin().await.expect("a transaction");
        earshot::db::search::remove(&tx, taken.parse().expect("an id")).await.expect("removed");
        tx.commit(()).await.expect("a commit");
        let mut again = earshot::db::search::Backfill::default();
        while again.step(&app.system()).await.expect("a step") {}
        assert_eq!(titles(&reviewer, okapi).await.len(), 5);
    }
}
