//! Every edge of every list takes as many statements for a long page as for a short one: walked from
//! the schema itself, so that a new field is held to it without being named here (law 8).

use entity::instant::MINUTE;
use serde_json::{Value, json};

use crate::kit::app::TestApp;
use crate::kit::client::Client;
use crate::on_both;
use crate::schema::{introspected, list, root_fields, text, type_named, written};

/// How often everything is made: one of each sort of submission, four in all.
const TIMES: usize = 12;
/// Rows of the short page: at least one of each sort; the last one sent, and four of one moment before.
const FEW: usize = 5;
/// Rows of the long page.
const MANY: usize = 24;
/// What a longer page may cost more where an edge is read through its page: a row that only it has.
const SLACK: u64 = 2;

/// What a long page may cost at best where a short one costs `few`. Batches that are sent after a
/// moment's waiting become more when a slow machine takes longer than that to reach the last row; a
/// history has ten entries a row, and each asks for its decision and its labels: there are more
/// moments, and a statement for each would be hundreds.
fn at_most(field: &str, few: u64) -> u64 {
    if field == "history" { few * 4 } else { few * 2 + 11 }
}

async fn done(client: &Client, name: &str, input: Value, selection: &str) -> Value {
    let proper = name[..1].to_uppercase() + &name[1..];
    let query = format!(
        "mutation($in: {proper}Input!) {{ {name}(input: $in) {{ {selection} userErrors {{ field code message }} }} }}"
    );
    client.done(name, &query, json!({"in": input})).await
}

fn id(payload: &Value, noun: &str) -> String {
    payload[noun]["id"].as_str().unwrap_or_else(|| panic!("{noun}: {payload}")).to_owned()
}

/// Ideas with a twin, causes, plans, trials, outcomes, votes, comments, tags and a person in charge.
async fn furnish(app: &TestApp) {
    let o = &app.organisation;
    for number in 0..TIMES {
        let (nurse, colleague) = (app.sign_in(o.nurse).await, app.sign_in(o.colleague).await);
        let head = app.sign_in(o.head).await;
        let words = format!("Hooks on the doors of the changing rooms, number {number}");
        let send = async |client: &Client| {
            let input = json!({"text": words, "kind": "IDEA"});
            id(&done(client, "submissionSend", input, "submission { id }").await, "submission")
        };
        let (one, twin, open) = (send(&nurse).await, send(&colleague).await, send(&nurse).await);
        let top = json!({"name": format!("Top {number}"), "category": "PLACE", "whys": ["No room."], "aliases": [format!("Tip {number}")]});
        let top = id(&done(&head, "causeCreate", top, "cause { id }").await, "cause");
        let below = json!({"name": format!("Below {number}"), "category": "POLICY", "parentId": top, "ownerId": o.head.to_string()});
        let below = id(&done(&head, "causeCreate", below, "cause { id }").await, "cause");
        for id in [&one, &open] {
            let link = json!({"submissionId": id, "causeIds": [top, below], "note": "Seen there."});
            done(&head, "causeLink", link, "").await;
            done(&colleague, "submissionVote", json!({"submissionId": id}), "").await;
            let comment = json!({"submissionId": id, "text": "Me too."});
            done(&colleague, "commentAdd", comment, "").await;
            let triage = json!({"id": id, "correct": {"tags": ["doors", "hooks"], "severity": "LOW"}, "assigneeId": o.second_reviewer.to_string()});
            done(&head, "submissionTriage", triage, "").await;
        }
        done(&head, "submissionMerge", json!({"id": twin, "intoId": open}), "").await;
        done(
            &head,
            "submissionMove",
            json!({"id": one, "to": "ACCEPTED", "message": "We do it."}),
            "",
        )
        .await;
        app.pass(2 * MINUTE).await;
        let (head, nurse) = (app.sign_in(o.head).await, app.sign_in(o.nurse).await);
        for of in [json!({"submissionId": one}), json!({"causeId": below})] {
            let mut item = of.clone();
            item["title"] = json!("Order hooks");
            item["assigneeId"] = json!(o.head.to_string());
            done(&head, "actionItemAdd", item, "").await;
            let mut outcome = of;
            for (key, value) in [
                ("title", "Fewer coats"),
                ("kind", "QUALITY"),
                ("unitOfMeasure", "coats"),
                ("direction", "LOWER"),
            ] {
                outcome[key] = json!(value);
            }
            let query = "mutation($in: OutcomeAddInput!) { outcomeAdd(input: $in) { userErrors { field message } } }";
            head.send(query, json!({"in": outcome})).await;
        }
        let trial = json!({"submissionId": one, "guess": "Fewer coats.", "measure": "Count them."});
        let query = "mutation($in: TrialStartInput!) { trialStart(input: $in) { userErrors { field message } } }";
        head.send(query, json!({"in": trial})).await;
        let query = "mutation($in: HelpOfferInput!) { helpOffer(input: $in) { userErrors { field message } } }";
        nurse.send(query, json!({"in": {"submissionId": one}})).await;
        // Held decisions, for what is shown of them.
        done(
            &head,
            "submissionMove",
            json!({"id": open, "to": "ACCEPTED", "announce": "LATER"}),
            "",
        )
        .await;
        let more = send(&nurse).await;
        done(&head, "submissionTriage", json!({"id": more, "link": {"causeIds": [below]}}), "")
            .await;
    }
}

/// The name of a type without its lists and marks.
fn named(shape: &Value) -> String {
    written(shape).replace(['[', ']', '!'], "")
}

fn kind_of<'a>(schema: &'a Value, name: &str) -> &'a str {
    text(type_named(schema, name), "kind")
}

/// Fields that can be asked for without saying more.
fn plain(schema: &Value, name: &str) -> Vec<Value> {
    list(type_named(schema, name), "fields")
        .iter()
        .filter(|it| list(it, "args").iter().all(|arg| !written(&arg["type"]).ends_with('!')))
        .cloned()
        .collect()
}

/// What is selected of a type: its values, and as deep as `depth` what it points at.
fn selection(schema: &Value, name: &str, depth: usize) -> String {
    let mut parts = vec![String::from("__typename")];
    if kind_of(schema, name) == "UNION" {
        return parts.remove(0);
    }
    if name.ends_with("Connection") {
        let nodes = plain(schema, name).into_iter().find(|it| text(it, "name") == "nodes");
        let node = nodes.map(|it| named(&it["type"])).unwrap_or_default();
        return format!("totalCount nodes {{ {} }}", selection(schema, &node, depth));
    }
    for field in plain(schema, name) {
        let of = named(&field["type"]);
        match kind_of(schema, &of) {
            "SCALAR" | "ENUM" => parts.push(text(&field, "name").to_owned()),
            _ if depth > 0 => {
                let below = selection(schema, &of, depth - 1);
                parts.push(format!("{} {{ {below} }}", text(&field, "name")));
            }
            _ => {}
        }
    }
    parts.join(" ")
}

/// One edge of the rows of a list with what stands behind it, the most first: the limits of a document
/// decide how much can be asked for.
fn ways(schema: &Value, field: &Value) -> Vec<String> {
    let of = named(&field["type"]);
    let name = text(field, "name");
    if matches!(kind_of(schema, &of), "SCALAR" | "ENUM") {
        return vec![name.to_owned()];
    }
    let mut ways: Vec<String> = [1, 0]
        .iter()
        .map(|depth| format!("{name} {{ {} }}", selection(schema, &of, *depth)))
        .collect();
    let thin = if of.ends_with("Connection") { "nodes { __typename }" } else { "__typename" };
    ways.push(format!("{name} {{ {thin} }}"));
    ways
}

/// What a short and a long page take at best, where the long one still takes more: batches close by
/// time, so on a busy machine one answer alone proves nothing.
async fn still_more(
    client: &Client,
    field: &str,
    [short, long]: &[String; 2],
) -> Option<(u64, u64)> {
    let few = client.fewest(short, json!({})).await.statements;
    let many = client.fewest(long, json!({})).await.statements;
    (many > at_most(field, few)).then_some((few, many))
}

const TOO_COMPLEX: &str = "too complex";

async fn statements(client: &Client, query: &str) -> Result<(u64, usize), String> {
    let answer = client.send(query, json!({})).await;
    if !answer.body["errors"].is_null() {
        let codes = answer.body["errors"].as_array().into_iter().flatten();
        if codes.clone().any(|it| it["extensions"]["code"] == "QUERY_TOO_COMPLEX") {
            return Err(TOO_COMPLEX.to_owned());
        }
        // A right that some rows do not give is no fault of the edge.
        if codes.clone().all(|it| it["extensions"]["code"] == "FORBIDDEN") {
            return Ok((0, 0));
        }
        return Err(answer.body["errors"].to_string());
    }
    let rows = answer.body["data"].as_object().and_then(|data| data.values().next());
    let rows = rows.and_then(|list| list["nodes"].as_array()).map_or(0, Vec::len);
    Ok((answer.statements, rows))
}

on_both! {
    async fn no_edge_costs_statements_per_row(app) {
        furnish(app).await;
        let schema = introspected().await;
        let head = app.sign_in(app.organisation.head).await;
        let (mut bad, mut walked, mut long) = (Vec::new(), 0, 0);
        let roots: Vec<Value> = root_fields(&schema, "queryType")
            .iter()
            .filter(|it| written(&it["type"]).ends_with("Connection"))
            .filter(|it| list(it, "args").iter().all(|arg| !written(&arg["type"]).ends_with('!')))
            .cloned()
            .collect();
        for root in &roots {
            let (name, of) = (text(root, "name"), named(&root["type"]));
            let nodes = plain(&schema, &of).into_iter().find(|it| text(it, "name") == "nodes");
            let node = nodes.map(|it| named(&it["type"])).unwrap_or_default();
            for field in plain(&schema, &node) {
                let (mut few, mut many, mut asked) = (Ok((0, 0)), Err(TOO_COMPLEX.to_owned()), [String::new(), String::new()]);
                for edge in ways(&schema, &field) {
                    asked = [FEW, MANY].map(|rows| format!("{{ {name}(first: {rows}) {{ nodes {{ {edge} }} }} }}"));
                    many = statements(&head, &asked[1]).await;
                    if many != Err(TOO_COMPLEX.to_owned()) {
                        few = statements(&head, &asked[0]).await;
                        break;
                    }
                }
                walked += 1;
                match (few, many) {
                    (Ok((few, _)), Ok((many, rows))) => {
                        long += usize::from(rows == MANY);
                        if many > few + SLACK && let Some((few, many)) = still_more(&head, text(&field, "name"), &asked).await {
                            bad.push(format!("{name} {}: {few}, then {many}", text(&field, "name")));
                        }
                    }
                    (few, many) => bad.push(format!("{name} {}: {few:?} {many:?}", text(&field, "name"))),
                }
            }
        }
        assert!(walked > 100 && long > 50, "{walked} edges, {long} of them long");
        assert!(bad.is_empty(), "{} of {walked} edges:\n{}", bad.len(), bad.join("\n"));
    }
}

on_both! {
    async fn screens_take_as_many_statements_whatever_their_length(app) {
        furnish(app).await;
        let head = app.sign_in(app.organisation.head).await;
        const ROW: &str = "id reference title phase shownPhase severity tags reach voteCount viewerHasVoted createdAt
            status { id } unit { name } author { name } causes { cause { name } }";
        let queue = format!("query($n: Int) {{ triageQueue(first: $n) {{ nodes {{ {ROW} clocks {{ kind breached }} }} pageInfo {{ endCursor }} }} }}");
        let feed = format!("query($n: Int) {{ submissions(first: $n) {{ nodes {{ {ROW} }} pageInfo {{ endCursor }} }} }}");
        let joined = "query($n: Int) { submissions(first: $n) { nodes { twins(first: 5) { nodes { title unit { name } } totalCount }
            duplicateCandidates { likeness submission { title author { name } } } mergedInto { title unit { name } } canonicalReference
            shownPhase history(first: 5) { nodes { kind message } } } } }";
        for (name, query) in [("queue", queue.as_str()), ("feed", &feed), ("joined", joined)] {
            let mut seen = Vec::new();
            for rows in [5, 20, 50] {
                seen.push(head.send(query, json!({"n": rows})).await.statements);
            }
            println!("{:?} {name}: {seen:?} statements for 5, 20 and 50 rows", app.on);
            assert!(seen[0] > 0 && seen.iter().all(|it| *it <= seen[0] + SLACK), "{name}: {seen:?}");
        }
        let first = head.ask("{ submissions(first: 1) { nodes { id } } }", json!({})).await;
        let detail = format!("query($id: ID!) {{ submission(by: {{id: $id}}) {{ {ROW} text comments(first: 20) {{ nodes {{ id text author {{ name }} }} }} history(first: 20) {{ nodes {{ kind actor {{ name }} }} }} }} }}");
        let answer = head.send(&detail, json!({"id": first["submissions"]["nodes"][0]["id"]})).await;
        println!("{:?} detail: {} statements", app.on, answer.statements);
        assert!(answer.body["errors"].is_null(), "{}", answer.body);
    }
}
