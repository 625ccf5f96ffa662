//! What reviewers and moderators do with submissions beside deciding, over HTTP.

use entity::instant::{DAY, MINUTE, SECOND};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::{Value, json};

use crate::kit::app::{On, TestApp};
use crate::kit::client::Client;
use crate::kit::mail::Behaviour;
use crate::kit::people::mail_of;
use crate::on_both;

const LOOK: &str = "query($id: ID!) { submission(by: {id: $id}) {
  id phase shownPhase version kind unit { id } severity tags whoCanSee commentCount voteCount
  pendingDecision { id } causes { note cause { name } }
  comments(first: 50) { nodes { text visibility } }
  history(first: 100) { nodes { kind } }
  viewerCan { comment commentInternally vote review }
  ... on Idea { assignee { id } owner { id } impact effort promisedOn function { id } }
  ... on Observation { assignee { id } owner { id } impact effort promisedOn function { id } } } }";

/// Runs a mutation whose payload has a submission.
async fn act(client: &Client, mutation: &str, input: Value) -> Value {
    client.done(mutation, &document(mutation), json!({"in": input})).await["submission"].clone()
}

async fn no_act(client: &Client, mutation: &str, input: Value) -> Value {
    client.refused(mutation, &document(mutation), json!({"in": input})).await
}

fn document(mutation: &str) -> String {
    let proper = mutation[..1].to_uppercase() + &mutation[1..];
    format!(
        "mutation($in: {proper}Input!) {{ {mutation}(input: $in) {{
           submission {{ id phase shownPhase version pendingDecision {{ id }} }}
           userErrors {{ field code message allowed }} }} }}"
    )
}

async fn send(client: &Client, kind: &str) -> String {
    sent(client, json!({"text": "There are no hooks on the doors of the rooms", "kind": kind}))
        .await
}

async fn sent(client: &Client, input: Value) -> String {
    act(client, "submissionSend", input).await["id"].as_str().expect("an id").to_owned()
}

async fn look(client: &Client, id: &str) -> Value {
    client.ask(LOOK, json!({"id": id})).await["submission"].clone()
}

async fn queue(client: &Client) -> Vec<String> {
    let found = client.ask("{ triageQueue(first: 100) { nodes { id } } }", json!({})).await;
    let nodes = found["triageQueue"]["nodes"].as_array().expect("a queue");
    nodes.iter().map(|node| node["id"].as_str().expect("an id").to_owned()).collect()
}

fn kinds(submission: &Value) -> Vec<&str> {
    let nodes = submission["history"]["nodes"].as_array().expect("a history");
    nodes.iter().map(|entry| entry["kind"].as_str().expect("a kind")).collect()
}

fn error(refused: &Value) -> (&str, Vec<&str>) {
    let field = refused["field"].as_array().expect("a path");
    let field = field.iter().map(|part| part.as_str().expect("a name")).collect();
    (refused["code"].as_str().expect("a code"), field)
}

/// A cause that a reviewer named.
async fn cause(client: &Client, name: &str) -> String {
    let made = client
        .done(
            "causeCreate",
            "mutation($in: CauseCreateInput!) { causeCreate(input: $in) { cause { id } userErrors { code message } } }",
            json!({"in": {"name": name, "category": "PLACE"}}),
        )
        .await;
    made["cause"]["id"].as_str().expect("an id").to_owned()
}

const TRIAGE: &str = "mutation($in: SubmissionTriageInput!) { submissionTriage(input: $in) {
  submission { id phase shownPhase version } decisions { id message } links { note cause { name } } named { id name }
  userErrors { field code message allowed } } }";
const MANY: &str = "mutation($in: SubmissionsTriageInput!) { submissionsTriage(input: $in) {
  results { id submission { id phase version } decision { id } userErrors { field code message } }
  userErrors { field code message } } }";

on_both! {
    async fn twenty_items_take_two_requests_each(app) {
        let org = &app.organisation;
        let (nurse, colleague) = (app.sign_in(org.nurse).await, app.sign_in(org.colleague).await);
        let reviewer = app.sign_in(org.reviewer).await;
        for number in 0..20 {
            let kind = if number % 2 == 0 { "IDEA" } else { "OBSERVATION" };
            let who = if number % 3 == 0 { &colleague } else { &nurse };
            sent(who, json!({"text": format!("Number {number}: the hooks on the doors are gone."), "kind": kind})).await;
            app.house.clock.advance(SECOND);
        }
        let next = "{ triageQueue(first: 1) { nodes { id version title text kind allowedMoves { phase } } } }";
        let me = org.reviewer.to_string();
        let (mut requests, mut seen) = (0, std::collections::BTreeSet::new());
        let mut known: Option<String> = None;
        for number in 0..20 {
            let item = reviewer.ask(next, json!({})).await["triageQueue"]["nodes"][0].clone();
            let id = item["id"].as_str().expect("something to do").to_owned();
            assert!(seen.insert(id.clone()), "the queue goes on: {id}");
            let link = match &known {
                None => json!({"newCause": {"name": "No hooks on the doors", "category": "PLACE"}, "note": "Looked."}),
                Some(cause) => json!({"causeIds": [cause]}),
            };
            let correct = json!({"severity": "HIGH", "impact": "M", "effort": "S", "tags": ["doors", "hooks"]});
            let plan = match number % 4 {
                0 => json!({"move": {"to": "ACCEPTED", "message": "We do that.", "promisedOn": "2026-04-01"}, "link": link,
                            "correct": correct, "assigneeId": me, "ownerId": org.manager.to_string()}),
                1 => json!({"move": {"to": "DECLINED", "reason": "COST", "message": "Not this year."}, "correct": correct}),
                2 => json!({"move": {"to": "NEEDS_INFO", "message": "Which door?"}, "assigneeId": me}),
                _ => json!({"move": {"to": "DEFERRED", "reason": reason(&reviewer, "DEFERRED").await, "message": "In summer.", "wakeOn": "2026-06-01"},
                            "correct": correct, "link": {"causeIds": [known.clone().expect("named first")]}}),
            };
            let mut input = json!({"id": id, "expectedVersion": item["version"]});
            input.as_object_mut().unwrap().extend(plan.as_object().unwrap().clone());
            let done = reviewer.done("submissionTriage", TRIAGE, json!({"in": input})).await;
            requests += 2;
            known = known.or_else(|| done["named"][0]["id"].as_str().map(str::to_owned));
            app.house.clock.advance(SECOND);
        }
        assert_eq!((seen.len(), requests), (20, 40));
        app.settle().await;
    }

    async fn a_plan_is_done_whole_or_not_at_all(app) {
        let org = &app.organisation;
        let (nurse, reviewer) = (app.sign_in(org.nurse).await, app.sign_in(org.reviewer).await);
        let id = send(&nurse, "OBSERVATION").await;
        let known = cause(&reviewer, "Hooks are not ordered").await;
        let before = app.dump(&[]).await;
        for (input, code, field) in [
            (json!({"correct": {"severity": "LOW", "tags": ["x".repeat(41)]}, "move": {"to": "ACCEPTED"}}), "TOO_LONG", vec!["correct", "tags"]),
            (json!({"correct": {"severity": "LOW"}, "move": {"to": "DECLINED", "message": "No."}}), "REQUIRED", vec!["move", "reason"]),
            (json!({"correct": {"severity": "LOW"}, "move": {"to": "SUSTAINED"}}), "STEP_NOT_ALLOWED", vec!["move", "to"]),
            (json!({"move": {"to": "ACCEPTED"}, "link": {"causeIds": [known], "newCause": {"name": "tbd", "category": "PLACE"}}}), "INVALID", vec!["link", "newCause", "name"]),
            (json!({"move": {"to": "ACCEPTED"}, "link": {}}), "REQUIRED", vec!["link", "causeIds"]),
            (json!({"move": {"to": "ACCEPTED"}, "assigneeId": org.chemist.to_string()}), "INVALID", vec!["assigneeId"]),
            (json!({"move": {"to": "ACCEPTED"}, "functionId": org.ward.to_string()}), "NOT_FOUND", vec!["functionId"]),
            (json!({"move": {"to": "ACCEPTED"}, "snoozeUntil": "2026-03-01T00:00:00Z"}), "INVALID", vec!["snoozeUntil"]),
            (json!({"correct": {"unitId": "unit_nonsense"}}), "NOT_FOUND", vec!["correct", "unitId"]),
            (json!({}), "REQUIRED", vec![]),
            (json!({"expectedVersion": 7, "correct": {"severity": "LOW"}}), "STALE_VERSION", vec!["expectedVersion"]),
        ] {
            let mut input = input;
            input["id"] = json!(id);
            let refused = reviewer.refused("submissionTriage", TRIAGE, json!({"in": input})).await;
            assert_eq!(error(&refused), (code, field), "{input}");
        }
        let after = app.dump(&[]).await;
        assert_eq!(crate::kit::dump::changed(&before, &after), Vec::<String>::new());

        // Links of a step are undone with it; what was put right stays.
        let done = reviewer.done("submissionTriage", TRIAGE, json!({"in": {"id": id, "correct": {"severity": "LOW"},
            "move": {"to": "ACCEPTED"}, "link": {"causeIds": [known], "note": "Asked."}}})).await;
        assert_eq!((&done["submission"]["phase"], &done["links"][0]["note"]), (&json!("ACCEPTED"), &json!("Asked.")));
        act(&reviewer, "decisionUndo", json!({"id": done["decisions"][0]["id"]})).await;
        let seen = look(&reviewer, &id).await;
        assert_eq!((&seen["phase"], &seen["causes"], &seen["severity"]), (&json!("SUBMITTED"), &json!([]), &json!("LOW")));
        // A manager steps by the same door, but puts nothing right.
        let manager = app.sign_in(org.manager).await;
        let refused = manager.refused("submissionTriage", TRIAGE, json!({"in": {"id": id, "correct": {"severity": "LOW"}}})).await;
        assert_eq!(refused["code"], "FORBIDDEN");
        manager.done("submissionTriage", TRIAGE, json!({"in": {"id": id, "move": {"to": "IMPLEMENTED"}}})).await;
        app.settle().await;
    }

    async fn nobody_handles_an_own_one_or_one_that_concerns_them(app) {
        let org = &app.organisation;
        let reviewer = app.sign_in(org.reviewer).await;
        let own = send(&reviewer, "IDEA").await;
        let nurse = app.sign_in(org.nurse).await;
        let about = sent(&nurse, json!({"text": "She shouts at everybody.", "kind": "OBSERVATION", "concernedId": org.reviewer.to_string()})).await;
        let until = "2026-04-01T00:00:00Z";
        for (id, code) in [(&own, "FORBIDDEN"), (&about, "NOT_FOUND")] {
            for (mutation, input) in [
                ("submissionTake", json!({})),
                ("submissionSnooze", json!({"until": until})),
                ("submissionHide", json!({"reason": "OTHER"})),
                ("submissionLock", json!({"reason": "OTHER"})),
                ("submissionTriage", json!({"correct": {"severity": "LOW"}})),
                ("submissionTriage", json!({"snoozeUntil": until})),
                ("submissionUpdateTriage", json!({"unitId": org.desk.to_string()})),
            ] {
                let mut input = input;
                input["id"] = json!(id);
                assert_eq!(no_act(&reviewer, mutation, input).await["code"], code, "{mutation}");
            }
        }
        app.settle().await;
    }

    async fn set_aside_it_leaves_the_queue_and_comes_back(app) {
        let org = &app.organisation;
        let (nurse, reviewer) = (app.sign_in(org.nurse).await, app.sign_in(org.reviewer).await);
        let id = send(&nurse, "OBSERVATION").await;
        for until in ["2026-03-02T09:00:00Z", "2020-01-01T00:00:00Z", "2027-03-04T09:00:00Z"] {
            let refused = no_act(&reviewer, "submissionSnooze", json!({"id": id, "until": until})).await;
            assert_eq!(error(&refused), ("INVALID", vec!["until"]), "{until}");
        }
        act(&reviewer, "submissionSnooze", json!({"id": id, "until": "2026-03-05T09:00:00Z"})).await;
        let seen = look(&nurse, &id).await;
        assert!(!kinds(&seen).contains(&"submission.snoozed") && seen["phase"] == "SUBMITTED");
        assert!(kinds(&look(&reviewer, &id).await).contains(&"submission.snoozed"));
        act(&reviewer, "submissionUnsnooze", json!({"id": id})).await;
        act(&reviewer, "submissionUnsnooze", json!({"id": id})).await;
        assert_eq!(look(&reviewer, &id).await["version"], 3);
        app.settle().await;
    }

    async fn taken_it_is_mine(app) {
        let org = &app.organisation;
        let (nurse, reviewer) = (app.sign_in(org.nurse).await, app.sign_in(org.reviewer).await);
        let id = send(&nurse, "IDEA").await;
        let taken = act(&reviewer, "submissionTake", json!({"id": id, "expectedVersion": 1})).await;
        assert_eq!((&taken["phase"], &taken["shownPhase"]), (&json!("UNDER_REVIEW"), &json!("SUBMITTED")));
        let seen = look(&reviewer, &id).await;
        assert_eq!(seen["assignee"]["id"], json!(org.reviewer.to_string()));
        let other = app.sign_in(org.second_reviewer).await;
        act(&other, "submissionTake", json!({"id": id})).await;
        assert_eq!(look(&reviewer, &id).await["assignee"]["id"], json!(org.second_reviewer.to_string()));
        app.settle().await;
    }

    async fn another_unit_takes_the_readers_along(app) {
        let org = &app.organisation;
        let (nurse, reviewer) = (app.sign_in(org.nurse).await, app.sign_in(org.reviewer).await);
        let (cook, colleague) = (app.sign_in(org.cook).await, app.sign_in(org.colleague).await);
        let id = send(&nurse, "IDEA").await;
        act(&reviewer, "submissionTake", json!({"id": id})).await;
        assert!(look(&cook, &id).await.is_null() && !look(&colleague, &id).await.is_null());
        for unit in ["unit_00000000000000000000000000".to_owned(), org.nurse.to_string()] {
            let refused = no_act(&reviewer, "submissionUpdateTriage", json!({"id": id, "unitId": unit})).await;
            assert_eq!(error(&refused), ("NOT_FOUND", vec!["unitId"]));
        }
        act(&reviewer, "submissionUpdateTriage", json!({"id": id, "unitId": org.kitchen.to_string()})).await;
        assert!(!look(&cook, &id).await.is_null() && look(&colleague, &id).await.is_null());
        let seen = look(&reviewer, &id).await;
        assert_eq!(seen["assignee"]["id"], json!(org.reviewer.to_string()), "still a reviewer of it");
        assert!(kinds(&seen).contains(&"submission.unit_corrected"));
        // Into the south: the reviewer of the north lets it go, with the desk it lay on.
        act(&reviewer, "submissionUpdateTriage", json!({"id": id, "unitId": org.lab.to_string()})).await;
        assert!(look(&reviewer, &id).await.is_null() && !look(&nurse, &id).await.is_null());
        let south = app.sign_in(org.south_reviewer).await;
        assert!(look(&south, &id).await["assignee"].is_null());
        // "CX team only" stays what it is.
        let secret = sent(&nurse, json!({"text": "For the team only.", "kind": "IDEA", "audience": "CX_TEAM_ONLY"})).await;
        act(&reviewer, "submissionUpdateTriage", json!({"id": secret, "unitId": org.kitchen.to_string()})).await;
        assert!(look(&cook, &secret).await.is_null() && !look(&nurse, &secret).await.is_null());
        app.settle().await;
    }

    async fn a_function_takes_it_or_gives_it_back(app) {
        let org = &app.organisation;
        let (nurse, reviewer, it) = (app.sign_in(org.nurse).await, app.sign_in(org.reviewer).await, app.sign_in(org.it_reviewer).await);
        let id = send(&nurse, "OBSERVATION").await;
        assert!(look(&it, &id).await.is_null());
        let over = json!({"id": id, "functionId": org.it.to_string()});
        act(&reviewer, "submissionHandOver", over.clone()).await;
        assert!(queue(&it).await.contains(&id) && !queue(&reviewer).await.contains(&id), "it leaves all lists but theirs");
        assert!(!look(&reviewer, &id).await.is_null(), "who handed it over still reads it");
        // An offer is taken back by the unit, a hand-over that was taken is not.
        let back = json!({"id": id, "functionId": Value::Null});
        act(&reviewer, "submissionHandOver", back.clone()).await;
        assert!(queue(&reviewer).await.contains(&id) && look(&it, &id).await.is_null());
        act(&reviewer, "submissionHandOver", over.clone()).await;
        assert_eq!(no_act(&reviewer, "submissionHandOverAccept", json!({"id": id})).await["code"], "FORBIDDEN");
        act(&it, "submissionHandOverAccept", json!({"id": id})).await;
        act(&it, "submissionHandOverAccept", json!({"id": id})).await;
        assert_eq!(no_act(&reviewer, "submissionHandOver", back).await["code"], "FORBIDDEN");
        let refused = no_act(&it, "submissionHandOverReturn", json!({"id": id, "note": " "})).await;
        assert_eq!(error(&refused), ("REQUIRED", vec!["note"]));
        act(&it, "submissionHandOverReturn", json!({"id": id, "note": "A matter of doors, not of IT."})).await;
        assert!(queue(&reviewer).await.contains(&id) && !queue(&it).await.contains(&id));
        let seen = look(&reviewer, &id).await;
        assert_eq!(seen["comments"]["nodes"], json!([{"text": "A matter of doors, not of IT.", "visibility": "INTERNAL"}]));
        assert_eq!(look(&nurse, &id).await["comments"]["nodes"], json!([]));
        assert_eq!(no_act(&reviewer, "submissionHandOverReturn", json!({"id": id, "note": "x"})).await["code"], "STEP_NOT_ALLOWED");
        // Taking it is accepting it.
        act(&reviewer, "submissionHandOver", over).await;
        act(&it, "submissionTake", json!({"id": id})).await;
        assert!(kinds(&look(&it, &id).await).ends_with(&["submission.hand_over_accepted", "submission.decided", "submission.assigned"]));
        app.settle().await;
    }

    async fn hidden_only_those_inside_read_it(app) {
        let org = &app.organisation;
        let (nurse, colleague, manager) = (app.sign_in(org.nurse).await, app.sign_in(org.colleague).await, app.sign_in(org.manager).await);
        let (reviewer, moderator) = (app.sign_in(org.reviewer).await, app.sign_in(org.moderator).await);
        let id = send(&nurse, "IDEA").await;
        act(&colleague, "submissionVote", json!({"submissionId": id})).await;
        let hide = json!({"id": id, "reason": "OFFENSIVE", "note": "Names a colleague."});
        assert_eq!(no_act(&manager, "submissionHide", hide.clone()).await["code"], "FORBIDDEN");
        assert_eq!(no_act(&colleague, "submissionHide", hide.clone()).await["code"], "FORBIDDEN");
        act(&moderator, "submissionHide", hide.clone()).await;
        assert_eq!(error(&no_act(&reviewer, "submissionHide", hide).await), ("INVALID", vec!["id"]));
        assert!(look(&colleague, &id).await.is_null());
        for reader in [&nurse, &manager, &reviewer, &moderator] {
            let seen = look(reader, &id).await;
            assert!(seen["whoCanSee"].as_str().unwrap().contains("Other colleagues cannot."), "{seen}");
        }
        assert!(!kinds(&look(&nurse, &id).await).contains(&"submission.hidden"));
        act(&reviewer, "submissionUnhide", json!({"id": id})).await;
        assert!(!look(&colleague, &id).await.is_null());

        act(&moderator, "submissionLock", json!({"id": id, "reason": "OFF_TOPIC"})).await;
        let add = json!({"submissionId": id, "text": "One more word."});
        for client in [&nurse, &colleague, &reviewer] {
            assert_eq!(comment(client, add.clone()).await["userErrors"][0]["code"], "TOO_LATE");
        }
        assert_eq!(no_act(&manager, "submissionVote", json!({"submissionId": id})).await["code"], "TOO_LATE");
        assert_eq!(look(&colleague, &id).await["viewerCan"]["comment"], false);
        let internal = json!({"submissionId": id, "text": "Closed it.", "visibility": "INTERNAL"});
        assert_eq!(comment(&reviewer, internal).await["userErrors"], json!([]));
        act(&moderator, "submissionUnlock", json!({"id": id})).await;
        assert_eq!(comment(&colleague, add).await["userErrors"], json!([]));
        app.settle().await;
    }

    async fn many_at_once(app) {
        let org = &app.organisation;
        let (nurse, reviewer) = (app.sign_in(org.nurse).await, app.sign_in(org.reviewer).await);
        let mut ids = Vec::new();
        for _ in 0..3 {
            ids.push(send(&nurse, "IDEA").await);
        }
        let foreign = send(&app.sign_in(org.chemist).await, "OBSERVATION").await;
        let mixed = vec![ids[0].clone(), foreign.clone(), ids[1].clone(), "nonsense".to_owned(), ids[0].clone()];
        let plan = |ids: &[String], policy: &str| json!({"in": {"ids": ids, "errorPolicy": policy,
            "correct": {"severity": "HIGH", "tags": ["doors"]}, "move": {"to": "ACCEPTED", "message": "Yes."}, "assigneeId": org.reviewer.to_string()}});

        let before = app.dump(&[]).await;
        let refused = reviewer.ask(MANY, plan(&mixed, "REJECT_ALL")).await["submissionsTriage"].clone();
        assert_eq!(error(&refused["userErrors"][0]), ("NOT_FOUND", vec!["ids", "1"]));
        let errors: Vec<Value> = refused["results"].as_array().unwrap().iter().map(|row| row["userErrors"][0]["code"].clone()).collect();
        assert_eq!(errors, vec![Value::Null, json!("NOT_FOUND"), Value::Null, json!("NOT_FOUND"), Value::Null]);
        assert!(refused["results"].as_array().unwrap().iter().all(|row| row["submission"].is_null()));
        assert_eq!(crate::kit::dump::changed(&before, &app.dump(&[]).await), Vec::<String>::new());

        let skipped = reviewer.ask(MANY, plan(&mixed, "SKIP_FAILED")).await["submissionsTriage"].clone();
        assert_eq!(skipped["userErrors"], json!([]));
        let rows = skipped["results"].as_array().unwrap();
        let sent: Vec<&str> = rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
        assert_eq!(sent, mixed.iter().map(String::as_str).collect::<Vec<_>>(), "in the order of the ids");
        assert_eq!(rows[0], rows[4], "twice is once");
        assert_eq!((&rows[0]["submission"]["phase"], &rows[2]["submission"]["phase"]), (&json!("ACCEPTED"), &json!("ACCEPTED")));
        assert!(rows[1]["submission"].is_null() && rows[3]["submission"].is_null());
        assert_eq!(look(&reviewer, &ids[2]).await["phase"], "SUBMITTED");

        let too_many: Vec<String> = (0..101).map(|_| ids[2].clone()).collect();
        assert_eq!(reviewer.send(MANY, plan(&too_many, "SKIP_FAILED")).await.code(), "BAD_REQUEST");
        assert_eq!(error(&reviewer.refused("submissionsTriage", MANY, plan(&[], "SKIP_FAILED")).await), ("REQUIRED", vec!["ids"]));
        let named = json!({"in": {"ids": ids, "link": {"newCause": {"name": "Doors", "category": "PLACE"}}}});
        assert_eq!(error(&reviewer.refused("submissionsTriage", MANY, named).await), ("INVALID", vec!["link", "newCause"]));
        app.settle().await;
    }

    async fn a_hundred_at_once_let_others_write(app) {
        let org = &app.organisation;
        let (nurse, reviewer) = (app.sign_in(org.nurse).await, app.sign_in(org.reviewer).await);
        for policy in ["REJECT_ALL", "SKIP_FAILED"] {
            let mut ids = Vec::new();
            for _ in 0..100 {
                ids.push(send(&nurse, "IDEA").await);
            }
            let plan = json!({"in": {"ids": ids, "errorPolicy": policy, "correct": {"severity": "HIGH", "tags": ["doors"]},
                "move": {"to": "ACCEPTED", "message": "Yes."}, "assigneeId": org.reviewer.to_string(), "snoozeUntil": "2026-04-01T00:00:00Z"}});
            let start = std::time::Instant::now();
            let bulk = async {
                let answer = reviewer.send(MANY, plan).await;
                (answer, start.elapsed())
            };
            let other = async {
                tokio::time::sleep(std::time::Duration::from_millis(30)).await;
                let start = std::time::Instant::now();
                send(&nurse, "IDEA").await;
                start.elapsed()
            };
            let ((answer, took), waited) = tokio::join!(bulk, other);
            let rows = answer.data()["submissionsTriage"]["results"].as_array().unwrap().clone();
            assert!(rows.iter().all(|row| row["submission"]["phase"] == "ACCEPTED"), "{rows:?}");
            println!("{:?} {policy}: 100 rows in {took:?}, {} statements, another writer waited {waited:?}", app.on, answer.statements);
            assert!(answer.statements <= 100 * 24, "{} statements", answer.statements);
            assert!(waited < std::time::Duration::from_secs(8), "{policy}: {waited:?}");
        }
        app.pass(2 * MINUTE).await;
    }
}

async fn reason(client: &Client, phase: &str) -> String {
    let reasons = client
        .ask("query($p: [Phase!]) { reasons(phases: $p) { code } }", json!({"p": [phase]}))
        .await;
    reasons["reasons"][0]["code"].as_str().expect("a seeded reason").to_owned()
}

async fn comment(client: &Client, input: Value) -> Value {
    client
        .ask(
            "mutation($in: CommentAddInput!) { commentAdd(input: $in) { comment { id } userErrors { field code message } } }",
            json!({"in": input}),
        )
        .await["commentAdd"]
        .clone()
}

/// Logs, sessions of the test's own people, and the row that is compared by itself.
const LEFT_OUT: [&str; 11] = [
    "fact",
    "client_key",
    "division",
    "reader_cursor",
    "counter",
    "job",
    "submission",
    "login_code",
    "refresh_token",
    "session",
    "known_device",
];

/// A person without mail, at a shared device with a PIN.
async fn at_the_tablet(app: &TestApp) -> Client {
    let org = &app.organisation;
    let manager = app.sign_in(org.manager).await;
    let device = json!({"unitId": org.ward.to_string(), "name": "Ward tablet", "kind": "SHARED"});
    let enrolled = verb(&manager, "deviceEnrol", device, "token").await;
    let tablet = app.anybody().on_device(enrolled["token"].as_str().expect("a token"));
    let person = json!({"personId": org.nurse.to_string()});
    let once = verb(&manager, "pinReset", person, "oneTimePin").await["oneTimePin"].clone();
    let own = json!({"staffCode": "NELL-NURSE", "pin": once, "newPin": "739251"});
    verb(&tablet, "pinSet", own, "person { id }").await;
    let proof = json!({"staffCode": "NELL-NURSE", "pin": "739251"});
    let signed_in = verb(&tablet, "signInByPin", proof, "accessToken").await;
    tablet.with_token(signed_in["accessToken"].as_str().expect("a token"))
}

/// Runs a mutation and returns its payload.
async fn verb(client: &Client, mutation: &str, input: Value, selection: &str) -> Value {
    let proper = mutation[..1].to_uppercase() + &mutation[1..];
    let query = format!(
        "mutation($in: {proper}Input!) {{ {mutation}(input: $in) {{ {selection} userErrors {{ field code message allowed }} }} }}"
    );
    client.done(mutation, &query, json!({"in": input})).await
}

async fn notes(client: &Client) -> Vec<(String, Value)> {
    let found =
        client.ask("{ notifications(first: 50) { nodes { kind message } } }", json!({})).await;
    let nodes = found["notifications"]["nodes"].as_array().expect("notifications").clone();
    nodes
        .iter()
        .map(|it| (it["kind"].as_str().unwrap().to_owned(), it["message"].clone()))
        .collect()
}

/// Where these words stand in the whole database: files of SQLite byte by byte, tables of PostgreSQL
/// row by row. Capital letters do not count.
pub async fn places_of(app: &TestApp, words: &str) -> Vec<String> {
    let words = words.to_lowercase();
    if app.on == On::Sqlite {
        let mut found = Vec::new();
        for file in ["earshot.db", "earshot.db-wal"] {
            let bytes = std::fs::read(app.house.config.data_dir.join(file)).unwrap_or_default();
            let lower = bytes.to_ascii_lowercase();
            let hits = lower.windows(words.len()).filter(|at| *at == words.as_bytes()).count();
            found.extend((hits > 0).then(|| format!("{file}: {hits}")));
        }
        return found;
    }
    let scope = app.system();
    let db = scope.db();
    let ask = async |sql: String| {
        db.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await.expect("an answer")
    };
    let mut found = Vec::new();
    for row in
        ask("SELECT tablename::text AS name FROM pg_tables WHERE schemaname = 'public'".into())
            .await
    {
        let name: String = row.try_get("", "name").expect("a name");
        let hits = ask(format!(
            "SELECT count(*) AS n FROM \"{name}\" t WHERE lower(t::text) LIKE '%{words}%'"
        ))
        .await;
        let hits: i64 = hits[0].try_get("", "n").expect("a count");
        found.extend((hits > 0).then(|| format!("{name}: {hits}")));
    }
    found
}

on_both! {
    async fn words_that_are_taken_out_are_gone(app) {
        let org = &app.organisation;
        let (colleague, reviewer, moderator) = (app.sign_in(org.colleague).await, app.sign_in(org.reviewer).await, app.sign_in(org.moderator).await);
        const SECRET: &str = "Zacharias Quennell";
        let id = sent(&colleague, json!({"kind": "IDEA", "title": format!("Ask {SECRET} first"),
            "text": format!("{SECRET} of ward three wants hooks. {SECRET} says so."), "customerWords": format!("I am {SECRET}.")})).await;
        verb(&colleague, "submissionEdit", json!({"id": id, "text": format!("{SECRET} still wants hooks.")}), "submission { id }").await;
        comment(&colleague, json!({"submissionId": id, "text": format!("{SECRET} again.")})).await;
        comment(&reviewer, json!({"submissionId": id, "text": format!("Who is {SECRET}?"), "visibility": "INTERNAL"})).await;
        // A mail that was rendered and could not be sent.
        app.mails.always(Behaviour::HangUpAtOnce);
        verb(&reviewer, "submissionTriage", json!({"id": id, "move": {"to": "ACCEPTED", "message": format!("Tell {SECRET}: yes.")},
            "link": {"newCause": {"name": "No hooks", "category": "PLACE"}, "note": format!("{SECRET} knows.")}}), "submission { id }").await;
        app.pass(2 * MINUTE).await;
        assert!(!places_of(app, SECRET).await.is_empty(), "the scan finds what is there");

        let redact = |passages: Value| json!({"id": id, "passages": passages, "reason": "PERSONAL_DATA"});
        for (passages, code) in [(json!([]), "REQUIRED"), (json!(["x"]), "INVALID"), (json!(["Nobody At All"]), "INVALID"), (json!(["y".repeat(5001)]), "TOO_LONG")] {
            let refused = reviewer.refused("submissionRedact", "mutation($in: SubmissionRedactInput!) { submissionRedact(input: $in) { places userErrors { field code message } } }", json!({"in": redact(passages)})).await;
            assert_eq!(error(&refused), (code, vec!["passages"]));
        }
        // A moderator is not told of what only those inside see.
        let refused = moderator.refused("submissionRedact", "mutation($in: SubmissionRedactInput!) { submissionRedact(input: $in) { places userErrors { field code message } } }", json!({"in": redact(json!(["Who is"]))})).await;
        assert_eq!(refused["code"], "INVALID");
        let done = verb(&reviewer, "submissionRedact", redact(json!([SECRET])), "places submission { title text }").await;
        assert_eq!(done["places"], 11, "in two revisions, comments, the response, a note");
        assert_eq!(done["submission"]["text"], "[removed by the CX team] still wants hooks.");
        assert_eq!(places_of(app, SECRET).await, Vec::<String>::new());
        assert_eq!(places_of(app, "Quennell").await, Vec::<String>::new());

        // Readers see a mark in their language, everywhere.
        let seen = colleague.ask("query($id: ID!) { submission(by: {id: $id}) { title text customerWords comments(first: 9) { nodes { text redacted } }
            history(first: 50) { nodes { kind message } } ... on Idea { revisions { title text redacted } } } }", json!({"id": id})).await["submission"].clone();
        let whole = seen.to_string();
        assert!(!whole.contains("Quennell") && !whole.contains('\u{FFFC}'), "{whole}");
        assert_eq!(seen["comments"]["nodes"], json!([{"text": "[removed by the CX team] again.", "redacted": true}]));
        assert!(whole.contains("Tell [removed by the CX team]: yes.") && whole.contains("submission.redacted"), "{whole}");
        verb(&reviewer, "submissionOpen", json!({"id": id}), "submission { id }").await;
        let cook = app.sign_in(org.cook).await;
        assert_eq!(look_text(&cook, &id).await, "[quitado por el equipo de CX] still wants hooks.");

        // The mail goes out with the mark; its author hears in the app.
        app.mails.always(Behaviour::Accept);
        app.pass(5 * MINUTE).await;
        let mails = app.mails.wait_until(|mails| mails.iter().any(|mail| mail.text().contains("Tell [removed"))).await;
        assert!(mails.iter().all(|mail| !mail.text().contains("Quennell") && !mail.subject().contains("Quennell")));
        assert!(notes(&colleague).await.contains(&("REDACTED".to_owned(), Value::Null)));
        app.pass(DAY).await;
    }

    async fn one_text_becomes_several(app) {
        let org = &app.organisation;
        let (nurse, colleague, reviewer) = (app.sign_in(org.nurse).await, app.sign_in(org.colleague).await, app.sign_in(org.reviewer).await);
        let text = "Hooks are missing. The lift is slow. Food is cold.";
        let id = sent(&nurse, json!({"text": text, "kind": "IDEA", "tags": ["ward"], "concernedId": org.manager.to_string()})).await;
        act(&colleague, "submissionVote", json!({"submissionId": id})).await;
        app.settle().await;
        let before = app.dump(&LEFT_OUT).await;
        let row_before = row(app, &id).await;
        let split = |parts: Value, key: &str| json!({"id": id, "parts": parts, "clientKey": key});
        let three = json!([{"text": "Hooks are missing."}, {"text": "The lift is slow.", "kind": "OBSERVATION", "title": "Slow lift"}, {"text": "Food is cold."}]);
        let query = document("submissionSplit");
        for (parts, code, field) in [
            (json!([{"text": "One."}]), "INVALID", vec!["parts"]),
            (json!((0..11).map(|_| json!({"text": "x."})).collect::<Vec<_>>()), "INVALID", vec!["parts"]),
            (json!([{"text": "One."}, {"text": " "}]), "REQUIRED", vec!["parts", "1", "text"]),
            (json!([{"text": "One."}, {"text": "Two.", "title": "t".repeat(121)}]), "TOO_LONG", vec!["parts", "1", "title"]),
        ] {
            let refused = reviewer.refused("submissionSplit", &query, json!({"in": {"id": id, "parts": parts}})).await;
            assert_eq!(error(&refused), (code, field));
        }
        let selection = "submission { id reference title kind voteCount tags } parts { id reference title text kind voteCount tags viewerFollows phase author { id } unit { id } }";
        let done = verb(&reviewer, "submissionSplit", split(three.clone(), "split-1"), selection).await;
        let again = verb(&reviewer, "submissionSplit", split(three.clone(), "split-1"), selection).await;
        assert_eq!(done["parts"], again["parts"], "the same key makes nothing twice");
        assert_eq!(done["submission"]["title"], "Hooks are missing");
        assert_eq!((&done["parts"][0]["title"], &done["parts"][0]["kind"], &done["parts"][1]["text"]), (&json!("Slow lift"), &json!("OBSERVATION"), &json!("Food is cold.")));
        for part in done["parts"].as_array().unwrap() {
            assert_eq!((&part["author"]["id"], &part["voteCount"], &part["tags"]), (&json!(org.nurse.to_string()), &json!(0), &json!(["ward"])));
            let part = part["id"].as_str().unwrap();
            assert!(look(&app.sign_in(org.manager).await, part).await.is_null(), "the person concerned is recused on each");
            assert!(!look(&nurse, part).await.is_null());
        }
        let follows = colleague.ask("query($id: ID!) { submission(by: {id: $id}) { viewerFollows } }", json!({"id": done["parts"][1]["id"]})).await;
        assert_eq!(follows["submission"]["viewerFollows"], true);
        app.settle().await;
        let told = notes(&nurse).await;
        assert_eq!(told.iter().filter(|(kind, _)| kind == "SPLIT").count(), 1, "told once: {told:?}");

        // Undone, everything is as before.
        act(&reviewer, "submissionSplitUndo", json!({"id": id})).await;
        app.settle().await;
        let after = app.dump(&LEFT_OUT).await;
        assert_eq!(crate::kit::dump::changed(&before, &after), Vec::<String>::new());
        assert_eq!(row(app, &id).await, row_before);
        assert!(look(&nurse, done["parts"][0]["id"].as_str().unwrap()).await.is_null());
        assert_eq!(no_act(&reviewer, "submissionSplitUndo", json!({"id": id})).await["code"], "STEP_NOT_ALLOWED");

        // Once something happened to a part, it is too late.
        let done = verb(&reviewer, "submissionSplit", split(three, "split-2"), selection).await;
        comment(&nurse, json!({"submissionId": done["parts"][1]["id"], "text": "Since Monday."})).await;
        assert_eq!(no_act(&reviewer, "submissionSplitUndo", json!({"id": id})).await["code"], "TOO_LATE");
        act(&reviewer, "submissionMove", json!({"id": id, "to": "ACCEPTED"})).await;
        let refused = reviewer.refused("submissionSplit", &query, json!({"in": {"id": id, "parts": [{"text": "a b"}, {"text": "c d"}], "clientKey": "split-3"}})).await;
        assert_eq!(refused["code"], "STEP_NOT_ALLOWED");
        // Words that are taken out of one part go from the former words of the whole.
        verb(&reviewer, "submissionRedact", json!({"id": done["parts"][1]["id"], "passages": ["Food is cold"], "reason": "OTHER"}), "places").await;
        assert_eq!(places_of(app, "Food is cold").await, Vec::<String>::new());
        app.pass(2 * MINUTE).await;
    }

    async fn splitting_opens_nothing(app) {
        let org = &app.organisation;
        let (nurse, reviewer) = (app.sign_in(org.nurse).await, app.sign_in(org.reviewer).await);
        for (audience, hidden) in [("CX_TEAM_ONLY", false), ("EVERYONE", true), ("EVERYONE", false)] {
            let id = sent(&nurse, json!({"text": "One. Two.", "kind": "IDEA", "audience": audience})).await;
            if hidden {
                act(&reviewer, "submissionHide", json!({"id": id, "reason": "OTHER"})).await;
            }
            let parts = json!({"id": id, "expectedVersion": if hidden { 2 } else { 1 }, "parts": [{"text": "One thing."}, {"text": "Two things."}]});
            let done = verb(&reviewer, "submissionSplit", parts, "parts { id }").await;
            let part = done["parts"][0]["id"].as_str().unwrap();
            for person in [org.colleague, org.cook, org.manager, org.moderator, org.executive, org.chemist, org.head, org.it_reviewer, org.admin] {
                let client = app.sign_in(person).await;
                let (whole, part) = (look(&client, &id).await, look(&client, part).await);
                assert_eq!(whole.is_null(), part.is_null(), "{person} reads one and not the other");
            }
        }
        app.settle().await;
    }

    async fn mentioned_they_hear_once(app) {
        let org = &app.organisation;
        let (nurse, colleague, reviewer) = (app.sign_in(org.nurse).await, app.sign_in(org.colleague).await, app.sign_in(org.reviewer).await);
        let id = sent(&nurse, json!({"text": "Hooks, please.", "kind": "IDEA", "concernedId": org.hill_manager.to_string()})).await;
        app.wants(&[org.reviewer, org.manager], "COMMENTS", "IMMEDIATE").await;
        app.mails.clear();
        let say = |mentions: Value, visibility: &str| json!({"submissionId": id, "text": "Look at this.", "mentionIds": mentions, "visibility": visibility});
        // Nobody far away, and nobody who may not read it; the refusal names them.
        for (client, person, visibility) in [
            (&colleague, org.chemist, "PUBLIC"),
            (&colleague, org.executive, "PUBLIC"),
            (&reviewer, org.nurse, "INTERNAL"),
            (&reviewer, org.hill_manager, "PUBLIC"),
        ] {
            let refused = comment(client, say(json!([person.to_string()]), visibility)).await;
            let refused = &refused["userErrors"][0];
            assert_eq!(error(refused), ("INVALID", vec!["mentionIds"]), "{person}");
            assert!(refused["message"].as_str().unwrap().contains(&person.to_string()));
        }
        let eleven: Vec<String> = (0..11).map(|_| org.reviewer.to_string()).collect();
        assert_eq!(comment(&colleague, say(json!(eleven), "PUBLIC")).await["userErrors"], json!([]), "eleven times one is one");
        app.settle().await;
        assert_eq!(notes(&reviewer).await, [("MENTION".to_owned(), json!("Look at this."))]);
        let mail = app.mails.wait_for(1).await;
        assert!(mail[0].subject().contains("mentioned you") && mail[0].text().contains("somebody mentioned you"), "{}", mail[0].text());

        // The author hears of a public comment as author, once; the manager of an internal one.
        comment(&reviewer, say(json!([org.nurse.to_string()]), "PUBLIC")).await;
        comment(&reviewer, say(json!([org.manager.to_string(), org.reviewer.to_string()]), "INTERNAL")).await;
        app.settle().await;
        let kinds: Vec<String> = notes(&nurse).await.into_iter().map(|it| it.0).collect();
        assert_eq!(kinds, ["OWN_COMMENT", "OWN_COMMENT"]);
        assert_eq!(notes(&app.sign_in(org.manager).await).await, [("MENTION".to_owned(), json!("Look at this."))]);
        // Who wants no mail gets none.
        let manager = app.sign_in(org.manager).await;
        verb(&manager, "notificationPreferenceSet", json!({"kind": "MENTION", "email": "OFF"}), "preferences { kind email }").await;
        app.settle().await;
        app.mails.clear();
        app.pass(SECOND).await;
        comment(&reviewer, say(json!([org.manager.to_string()]), "INTERNAL")).await;
        app.settle().await;
        assert!(app.mails.mails_to(&mail_of("Mona Manager")).is_empty());
        let seen = reviewer.ask("query($id: ID!) { submission(by: {id: $id}) { comments(last: 1) { nodes { mentions { id } } } } }", json!({"id": id})).await;
        assert_eq!(seen["submission"]["comments"]["nodes"][0]["mentions"], json!([{"id": org.manager.to_string()}]));
        // A colleague learns nothing about who is recused.
        let about = sent(&nurse, json!({"text": "About a colleague of the desk.", "kind": "IDEA", "unitId": org.desk.to_string(), "concernedId": org.colleague.to_string()})).await;
        let said = comment(&nurse, json!({"submissionId": about, "text": "Look.", "mentionIds": [org.colleague.to_string()]})).await;
        assert_eq!(said["userErrors"], json!([]));
        app.settle().await;
        assert!(!notes(&colleague).await.iter().any(|(kind, _)| kind == "MENTION"));
    }

    async fn a_question_is_answered_without_a_mailbox(app) {
        let org = &app.organisation;
        let (nurse, reviewer) = (at_the_tablet(app).await, app.sign_in(org.reviewer).await);
        let id = send(&nurse, "OBSERVATION").await;
        act(&reviewer, "submissionTake", json!({"id": id})).await;
        act(&reviewer, "submissionMove", json!({"id": id, "to": "NEEDS_INFO", "message": "Which door?", "announce": "NOW"})).await;
        act(&reviewer, "submissionSnooze", json!({"id": id, "until": "2026-04-01T00:00:00Z"})).await;
        app.settle().await;
        assert_eq!(notes(&nurse).await[0], ("OWN_QUESTION".to_owned(), json!("Which door?")));
        assert!(app.mails.mails().is_empty());
        act(&nurse, "questionAnswer", json!({"id": id, "text": "That of room 4."})).await;
        app.settle().await;
        assert_eq!(notes(&reviewer).await[0].0, "ANSWERED");
        let seen = look(&reviewer, &id).await;
        assert_eq!((&seen["phase"], &seen["comments"]["nodes"][0]["text"]), (&json!("UNDER_REVIEW"), &json!("That of room 4.")));
        assert_eq!(row(app, &id).await["snoozed_until"], Value::Null, "what the author does brings it back");
    }

    async fn what_hangs_below_a_list_takes_one_statement(app) {
        let org = &app.organisation;
        let (nurse, colleague, reviewer) = (app.sign_in(org.nurse).await, app.sign_in(org.colleague).await, app.sign_in(org.reviewer).await);
        let mut ids = Vec::new();
        for number in 0..6 {
            let id = send(&nurse, "IDEA").await;
            for more in 0..number {
                comment(&colleague, json!({"submissionId": id, "text": format!("Comment {more}")})).await;
                comment(&reviewer, json!({"submissionId": id, "text": format!("Note {more}"), "visibility": "INTERNAL"})).await;
            }
            ids.push(id);
        }
        let query = |first: usize| format!("{{ submissions(first: {first}) {{ nodes {{ id
            a: comments(first: 3) {{ totalCount nodes {{ text visibility author {{ id }} mentions {{ id }} }} pageInfo {{ hasNextPage hasPreviousPage }} }}
            b: comments(last: 2) {{ nodes {{ text }} pageInfo {{ hasNextPage hasPreviousPage }} }}
            history(first: 4) {{ totalCount nodes {{ kind }} pageInfo {{ hasNextPage }} }} }} }} }}");
        for client in [&reviewer, &colleague, &nurse] {
            let (few, many) = (client.fewest(&query(2), json!({})).await, client.fewest(&query(6), json!({})).await);
            assert!(few.statements >= many.statements.saturating_sub(2) && many.statements <= 20, "{} for 2 rows, {} for 6", few.statements, many.statements);
            // Each list says what it says alone.
            for node in many.data()["submissions"]["nodes"].as_array().unwrap() {
                let alone = client.ask("query($id: ID!) { submission(by: {id: $id}) { id
                    a: comments(first: 3) { totalCount nodes { text visibility author { id } mentions { id } } pageInfo { hasNextPage hasPreviousPage } }
                    b: comments(last: 2) { nodes { text } pageInfo { hasNextPage hasPreviousPage } }
                    history(first: 4) { totalCount nodes { kind } pageInfo { hasNextPage } } } }", json!({"id": node["id"]})).await;
                assert_eq!(&alone["submission"], node);
                let at = ids.iter().position(|id| node["id"] == json!(id)).unwrap();
                let all = if std::ptr::eq(client, &reviewer) { 2 * at } else { at };
                assert_eq!(node["a"]["totalCount"], json!(all));
                assert_eq!(node["a"]["nodes"].as_array().unwrap().len(), all.min(3));
                assert_eq!(node["b"]["pageInfo"]["hasPreviousPage"], json!(all > 2));
            }
        }
        app.settle().await;
    }
}

async fn look_text(client: &Client, id: &str) -> String {
    let found = client
        .ask("query($id: ID!) { submission(by: {id: $id}) { text } }", json!({"id": id}))
        .await;
    found["submission"]["text"].as_str().expect("a text").to_owned()
}

/// A submission's row but for version and latest change.
async fn row(app: &TestApp, id: &str) -> Value {
    use entity::id::TypedId as _;
    let id = entity::id::SubmissionId::parse(id).expect("an id");
    let scope = app.system();
    let found = earshot::submissions::query::one_readable(&scope.db(), &scope.actor, id).await;
    let row = found.expect("an answer").expect("a row");
    json!({"text": row.text_id.to_string(), "kind": row.kind.to_string(), "phase": row.phase.to_string(), "snoozed_until": row.snoozed_until.map(|at| at.micros()),
        "rest": format!("{:?}", entity::submissions::submission::Model { version: 0, updated_at: entity::instant::Instant(0), ..row })})
}
