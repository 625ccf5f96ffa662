//! Root causes over HTTP: names and the tree, progress, merges, contributions, what is read off
//! them. `causes_counted.rs` holds the kept counts to a recount.

use entity::instant::{DAY, HOUR, MINUTE};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::kit::app::TestApp;
use crate::kit::client::Client;
use crate::kit::dump::changed;
use crate::on_both;

const SEND: &str = "mutation($in: SubmissionSendInput!) { submissionSend(input: $in) { submission { id } userErrors { code message } } }";
const CREATE: &str = "mutation($in: CauseCreateInput!) { causeCreate(input: $in) { cause { id } userErrors { field code message allowed } } }";
const UPDATE: &str = "mutation($in: CauseUpdateInput!) { causeUpdate(input: $in) { cause { id status version } userErrors { field code message allowed } } }";
const LINK: &str = "mutation($in: CauseLinkInput!) { causeLink(input: $in) { submission { id phase } userErrors { field code message allowed } } }";
const UNLINK: &str = "mutation($in: CauseUnlinkInput!) { causeUnlink(input: $in) { submission { id phase } userErrors { field code message } } }";
const MERGE: &str = "mutation($in: CauseMergeInput!) { causeMerge(input: $in) { cause { id aliases reach } userErrors { field code message allowed } } }";
const UNMERGE: &str = "mutation($in: CauseUnmergeInput!) { causeUnmerge(input: $in) { cause { id status } survivor { id aliases } userErrors { field code message } } }";
const CONTRIBUTE: &str = "mutation($in: CauseContributeInput!) { causeContribute(input: $in) { cause { id contributesTo { note cause { id } } } userErrors { field code message } } }";
const UNCONTRIBUTE: &str = "mutation($in: CauseUncontributeInput!) { causeUncontribute(input: $in) { cause { id contributesTo { cause { id } } } userErrors { field code } } }";
const VOTE: &str =
    "mutation($id: ID!) { submissionVote(input: {submissionId: $id}) { userErrors { code } } }";

fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}

async fn send(client: &Client, kind: &str) -> String {
    let input = json!({"in": {"text": "The lift is slow again.", "kind": kind}});
    text(&client.done("submissionSend", SEND, input).await["submission"]["id"])
}

async fn named(client: &Client, name: &str, parent: Option<&str>) -> String {
    let input = json!({"in": {"name": name, "category": "PROCESS", "parentId": parent}});
    text(&client.done("causeCreate", CREATE, input).await["cause"]["id"])
}

async fn unnamed(client: &Client, input: Value) -> Value {
    client.refused("causeCreate", CREATE, json!({"in": input})).await
}

async fn link(client: &Client, submission: &str, cause: &str) -> String {
    let input = json!({"in": {"submissionId": submission, "causeIds": [cause]}});
    text(&client.done("causeLink", LINK, input).await["submission"]["phase"])
}

async fn update(client: &Client, input: Value) -> Value {
    client.done("causeUpdate", UPDATE, json!({"in": input})).await["cause"].clone()
}

async fn unchanged(client: &Client, input: Value) -> Value {
    client.refused("causeUpdate", UPDATE, json!({"in": input})).await
}

async fn phase(client: &Client, id: &str) -> String {
    let seen = client
        .ask("query($id: ID!) { submission(by: {id: $id}) { phase } }", json!({"id": id}))
        .await;
    text(&seen["submission"]["phase"])
}

async fn cause(client: &Client, id: &str, fields: &str) -> Value {
    let query = format!("query($id: ID!) {{ cause(id: $id) {{ {fields} }} }}");
    client.ask(&query, json!({"id": id})).await["cause"].clone()
}

fn names(list: &Value) -> Vec<String> {
    list.as_array().expect("a list").iter().map(|it| text(&it["name"])).collect()
}

/// All tables but those that remember: facts, merges, jobs.
async fn state(app: &TestApp) -> crate::kit::dump::Dump {
    app.dump(&[
        "fact",
        "cause_merge",
        "job",
        "reader_cursor",
        "notification",
        "mail",
        "session",
        "login_code",
        "refresh_token",
    ])
    .await
}

on_both! {
    async fn a_cause_has_one_name_and_says_something(app) {
        let head = app.sign_in(app.organisation.head).await;
        let doors = named(&head, "No hooks on the doors", None).await;
        // The same name in another case, with other spaces, is the same cause.
        for twin in ["NO HOOKS on the doors", "  no   hooks on\tthe doors "] {
            let taken = unnamed(&head, json!({"name": twin, "category": "PLACE"})).await;
            assert_eq!((&taken["code"], &taken["field"]), (&json!("TAKEN"), &json!(["name"])), "{twin}");
            assert_eq!(taken["allowed"], json!([doors]), "the answer names the one that is there");
        }
        for name in ["other", "Misc.", "N/A", " Unknown ", "tbd", "T.B.D.", "Sonstiges", "OTROS", "desconocído", "---", "?"] {
            let refused = unnamed(&head, json!({"name": name, "category": "PLACE"})).await;
            assert_eq!((&refused["code"], &refused["field"]), (&json!("INVALID"), &json!(["name"])), "{name}");
        }
        assert_eq!(unnamed(&head, json!({"name": " ", "category": "PLACE"})).await["code"], "REQUIRED");
        assert_eq!(unnamed(&head, json!({"name": "x".repeat(201), "category": "PLACE"})).await["code"], "TOO_LONG");

        // Other names are names: unique beside names, searched as names.
        update(&head, json!({"id": doors, "aliases": ["Missing hooks", "missing HOOKS", "no hooks on the doors"]})).await;
        assert_eq!(cause(&head, &doors, "aliases").await["aliases"], json!(["Missing hooks"]));
        let taken = unnamed(&head, json!({"name": "MISSING hooks", "category": "PLACE"})).await;
        assert_eq!((&taken["code"], &taken["allowed"]), (&json!("TAKEN"), &json!([doors])));
        let lifts = named(&head, "Old lifts", None).await;
        let taken = unchanged(&head, json!({"id": lifts, "aliases": ["No Hooks On The Doors"]})).await;
        assert_eq!((&taken["code"], &taken["field"]), (&json!("TAKEN"), &json!(["aliases"])));
        assert_eq!(unchanged(&head, json!({"id": lifts, "name": "missing hooks"})).await["code"], "TAKEN");
        assert_eq!(unchanged(&head, json!({"id": lifts, "aliases": ["misc"]})).await["code"], "INVALID");
        let many: Vec<String> = (0..21).map(|number| format!("Lift name {number}")).collect();
        assert_eq!(unchanged(&head, json!({"id": lifts, "aliases": many})).await["code"], "INVALID");
        // Renaming to itself in another case is no twin; elsewhere in the tree the name is free.
        update(&head, json!({"id": doors, "name": "No Hooks On The Doors"})).await;
        named(&head, "No hooks on the doors", Some(&lifts)).await;
        let found = head.ask("{ causes(filter: {nameContains: \"MISSING h\"}) { nodes { name } } }", json!({})).await;
        assert_eq!(names(&found["causes"]["nodes"]), ["No Hooks On The Doors"]);
    }

    async fn racing_twins_make_one_cause(app) {
        let head = app.sign_in(app.organisation.head).await;
        let spellings = ["Late porters", "late porters", "LATE PORTERS", "Late  Porters"];
        let asked = spellings.iter().map(|name| head.send(CREATE, json!({"in": {"name": name, "category": "PEOPLE"}})));
        let answers = join_all(asked).await;
        let made = answers.iter().filter(|it| it.data()["causeCreate"]["cause"]["id"].is_string()).count();
        let taken = answers.iter().filter(|it| it.data()["causeCreate"]["userErrors"][0]["code"] == "TAKEN").count();
        assert_eq!((made, taken), (1, 3));
        // Racing renames as well.
        let (a, b) = (named(&head, "Wheelchairs", None).await, named(&head, "Beds", None).await);
        let asked = [&a, &b].map(|id| head.send(UPDATE, json!({"in": {"id": id, "name": "Nothing to push"}})));
        let codes: Vec<Value> = join_all(asked).await.iter().map(|it| it.data()["causeUpdate"]["userErrors"][0]["code"].clone()).collect();
        assert_eq!(codes.iter().filter(|code| code.is_null()).count(), 1, "{codes:?}");
        assert_eq!(codes.iter().filter(|code| **code == "TAKEN").count(), 1, "{codes:?}");
    }

    async fn moves_that_cross_close_no_circle(app) {
        let head = app.sign_in(app.organisation.head).await;
        for round in 0..6 {
            let a = named(&head, &format!("This way {round}"), None).await;
            let b = named(&head, &format!("That way {round}"), None).await;
            let moves = [(&a, &b), (&b, &a)].map(|(id, under)| head.send(UPDATE, json!({"in": {"id": id, "parentId": under}})));
            let codes: Vec<Value> = join_all(moves).await.iter().map(|it| it.data()["causeUpdate"]["userErrors"][0]["code"].clone()).collect();
            assert_eq!(codes.iter().filter(|code| code.is_null()).count(), 1, "{codes:?}");
            assert_eq!(codes.iter().filter(|code| **code == "INVALID").count(), 1, "{codes:?}");
        }
        // Under itself, under what is below it, too deep.
        let mut line = vec![named(&head, "Level 1", None).await];
        for level in 2..=8 {
            line.push(named(&head, &format!("Level {level}"), line.last().map(String::as_str)).await);
        }
        for under in [0, 1, 7] {
            let refused = unchanged(&head, json!({"id": line[0], "parentId": line[under]})).await;
            assert_eq!((&refused["code"], &refused["field"]), (&json!("INVALID"), &json!(["parentId"])));
        }
        let deeper = unnamed(&head, json!({"name": "Level 9", "category": "PLACE", "parentId": line[7]})).await;
        assert_eq!((&deeper["code"], &deeper["field"]), (&json!("INVALID"), &json!(["parentId"])));
    }

    async fn who_says_how_far_a_cause_is(app) {
        let org = &app.organisation;
        let (head, colleague, nurse) = (app.sign_in(org.head).await, app.sign_in(org.colleague).await, app.sign_in(org.nurse).await);
        let input = json!({"in": {"name": "Old lifts", "category": "TECHNOLOGY", "ownerId": org.colleague.to_string(), "status": "RESOLVED"}});
        assert_eq!(head.refused("causeCreate", CREATE, input).await["code"], "INVALID");
        let input = json!({"in": {"name": "Old lifts", "category": "TECHNOLOGY", "ownerId": org.colleague.to_string()}});
        let id = text(&head.done("causeCreate", CREATE, input).await["cause"]["id"]);
        assert_eq!(cause(&colleague, &id, "status allowedStatuses").await, json!({"status": "SUSPECTED", "allowedStatuses": ["CONFIRMED", "BEING_ADDRESSED"]}));
        assert_eq!(unchanged(&nurse, json!({"id": id, "status": "CONFIRMED"})).await["code"], "NOT_FOUND");
        let refused = unchanged(&colleague, json!({"id": id, "status": "REJECTED"})).await;
        assert_eq!((&refused["code"], &refused["allowed"]), (&json!("INVALID"), &json!(["CONFIRMED", "BEING_ADDRESSED"])));
        update(&colleague, json!({"id": id, "status": "CONFIRMED"})).await;
        let refused = unchanged(&head, json!({"id": id, "status": "RESOLVED"})).await;
        assert_eq!((&refused["code"], &refused["field"]), (&json!("INVALID"), &json!(["status"])));
        assert!(text(&refused["message"]).contains("Use `causeResolve`"), "{refused}");
        for status in ["MERGED", "SUSPECTED", "CONFIRMED", "BEING_ADDRESSED", "REJECTED", "SUSPECTED"] {
            if status == "MERGED" {
                assert_eq!(unchanged(&head, json!({"id": id, "status": status})).await["code"], "INVALID");
            } else {
                assert_eq!(update(&head, json!({"id": id, "status": status})).await["status"], status);
            }
        }
        app.settle().await;
    }

    async fn observations_go_along_with_their_causes(app) {
        let org = &app.organisation;
        let (nurse, head) = (app.sign_in(org.nurse).await, app.sign_in(org.head).await);
        let (lifts, staff) = (named(&head, "Old lifts", None).await, named(&head, "Few porters", None).await);
        let (one, both, idea) = (send(&nurse, "OBSERVATION").await, send(&nurse, "OBSERVATION").await, send(&nurse, "IDEA").await);
        assert_eq!(link(&head, &one, &lifts).await, "ACCEPTED");
        assert_eq!(link(&head, &both, &lifts).await, "ACCEPTED");
        assert_eq!(link(&head, &both, &staff).await, "ACCEPTED");
        assert_eq!(link(&head, &idea, &lifts).await, "UNDER_REVIEW");
        app.pass(MINUTE).await;
        update(&head, json!({"id": lifts, "status": "BEING_ADDRESSED"})).await;
        app.settle().await;
        assert_eq!(phase(&head, &one).await, "IN_PROGRESS");
        assert_eq!(phase(&head, &both).await, "ACCEPTED", "the least advanced live cause decides");
        assert_eq!(phase(&head, &idea).await, "UNDER_REVIEW", "ideas go their own way");
        assert_eq!(phase(&nurse, &one).await, "ACCEPTED", "held as every decision");
        app.pass(MINUTE).await;
        assert_eq!(phase(&nurse, &one).await, "IN_PROGRESS");
        // A cause that is no cause holds nothing back; one that goes back takes back.
        update(&head, json!({"id": staff, "status": "REJECTED"})).await;
        app.settle().await;
        assert_eq!(phase(&head, &both).await, "IN_PROGRESS", "the one that is left decides");
        update(&head, json!({"id": lifts, "status": "CONFIRMED"})).await;
        app.settle().await;
        assert_eq!(phase(&head, &one).await, "ACCEPTED");
        update(&head, json!({"id": lifts, "status": "BEING_ADDRESSED"})).await;
        app.settle().await;
        assert_eq!(phase(&head, &both).await, "IN_PROGRESS");
        // New evidence of what is being worked on is being worked on; unlinking moves nothing.
        let late = send(&nurse, "OBSERVATION").await;
        assert_eq!(link(&head, &late, &lifts).await, "IN_PROGRESS");
        let input = json!({"in": {"submissionId": one, "causeId": lifts}});
        assert_eq!(head.done("causeUnlink", UNLINK, input).await["submission"]["phase"], "IN_PROGRESS");
        app.pass(HOUR).await;
    }

    async fn two_causes_become_one_and_two_again(app) {
        let org = &app.organisation;
        let (nurse, colleague, head) = (app.sign_in(org.nurse).await, app.sign_in(org.colleague).await, app.sign_in(org.head).await);
        let top = named(&head, "Transport", None).await;
        let (gone, into) = (named(&head, "Slow lifts", Some(&top)).await, named(&head, "Old lifts", Some(&top)).await);
        let child = named(&head, "Lift at the lab", Some(&gone)).await;
        let beside = named(&head, "Late operations", None).await;
        update(&head, json!({"id": gone, "aliases": ["Lifts that wait"]})).await;
        head.done("causeContribute", CONTRIBUTE, json!({"in": {"id": gone, "toId": beside, "note": "Seen on Mondays"}})).await;
        let (moved, doubled, deep) = (send(&nurse, "OBSERVATION").await, send(&colleague, "OBSERVATION").await, send(&nurse, "OBSERVATION").await);
        link(&head, &moved, &gone).await;
        link(&head, &doubled, &gone).await;
        link(&head, &doubled, &into).await;
        link(&head, &deep, &child).await;
        app.pass(MINUTE).await;
        let before = state(app).await;

        let merge = json!({"in": {"id": gone, "intoId": into}});
        assert_eq!(nurse.refused("causeMerge", MERGE, merge.clone()).await["code"], "FORBIDDEN");
        for (input, code) in [
            (json!({"id": gone, "intoId": gone}), "INVALID"),
            (json!({"id": gone, "intoId": child}), "INVALID"),
            (json!({"id": gone, "intoId": into, "expectedVersion": 1}), "STALE_VERSION"),
        ] {
            assert_eq!(head.refused("causeMerge", MERGE, json!({"in": input})).await["code"], code);
        }
        let merged = head.done("causeMerge", MERGE, merge.clone()).await;
        assert_eq!(merged["cause"]["reach"], 2);
        assert_eq!(merged["cause"]["aliases"], json!(["Lifts that wait", "Slow lifts"]));
        let seen = cause(&head, &into, "submissionCount children { nodes { name } } submissions { totalCount } contributesTo { note cause { name } }").await;
        assert_eq!(seen["submissionCount"], 3);
        assert_eq!(seen["submissions"]["totalCount"], 2, "the double is folded");
        assert_eq!(names(&seen["children"]["nodes"]), ["Lift at the lab"]);
        assert_eq!(seen["contributesTo"], json!([{"note": "Seen on Mondays", "cause": {"name": "Late operations"}}]));
        assert_eq!(cause(&head, &gone, "status reach mergedInto { id }").await, json!({"status": "MERGED", "reach": 0, "mergedInto": {"id": into}}));
        // The dead one takes nothing, and every answer names the one that lives on.
        let other = send(&nurse, "OBSERVATION").await;
        let refused = head.refused("causeLink", LINK, json!({"in": {"submissionId": other, "causeIds": [gone]}})).await;
        assert_eq!((&refused["code"], &refused["allowed"]), (&json!("INVALID"), &json!([into])));
        let taken = unnamed(&head, json!({"name": "slow LIFTS", "category": "PLACE", "parentId": top})).await;
        assert_eq!((&taken["code"], &taken["allowed"]), (&json!("TAKEN"), &json!([into])));
        assert_eq!(unchanged(&head, json!({"id": gone, "name": "Slower lifts"})).await["allowed"], json!([into]));
        assert_eq!(unnamed(&head, json!({"name": "Below", "category": "PLACE", "parentId": gone})).await["allowed"], json!([into]));
        assert_eq!(head.refused("causeMerge", MERGE, merge).await["allowed"], json!([into]));
        let found = head.ask("{ causes(filter: {nameContains: \"lifts that wait\", status: [SUSPECTED]}) { nodes { name } } }", json!({})).await;
        assert_eq!(names(&found["causes"]["nodes"]), ["Old lifts"]);
        withdraw(&nurse, &other).await;

        let undo = json!({"in": {"id": gone}});
        assert_eq!(nurse.refused("causeUnmerge", UNMERGE, undo.clone()).await["code"], "FORBIDDEN");
        let back = head.done("causeUnmerge", UNMERGE, undo.clone()).await;
        assert_eq!((&back["cause"]["status"], &back["survivor"]["aliases"]), (&json!("SUSPECTED"), &json!([])));
        assert_eq!(head.refused("causeUnmerge", UNMERGE, undo).await["code"], "INVALID");
        let mut after = state(app).await;
        // What came meanwhile, and the versions that moved on.
        for table in ["submission", "submission_text", "search_document", "client_key", "clock", "comment", "decision", "counter", "root_cause"] {
            after.insert(table.to_owned(), before.get(table).cloned().unwrap_or_default());
        }
        let before = { let mut all = before; all.entry("counter".into()).or_default(); all };
        assert_eq!(changed(&before, &after), Vec::<String>::new());
        for (id, reach) in [(&gone, 2), (&into, 1), (&top, 2), (&child, 1)] {
            assert_eq!(cause(&head, id, "reach").await["reach"], reach);
        }
    }

    async fn a_merge_is_taken_back_in_time_or_not_at_all(app) {
        let head = app.sign_in(app.organisation.head).await;
        let ids = [named(&head, "First name", None).await, named(&head, "Second name", None).await, named(&head, "Third name", None).await];
        let merge = async |from: usize, into: usize| {
            head.done("causeMerge", MERGE, json!({"in": {"id": ids[from], "intoId": ids[into]}})).await;
        };
        merge(0, 1).await;
        merge(1, 2).await;
        let refused = head.refused("causeUnmerge", UNMERGE, json!({"in": {"id": ids[0]}})).await;
        assert_eq!(refused["code"], "TOO_LATE");
        assert!(text(&refused["message"]).contains(&ids[1]), "the one to take back first is named: {refused}");
        // Whoever asks for the first is led to the last.
        let nurse = app.sign_in(app.organisation.nurse).await;
        let sent = send(&nurse, "OBSERVATION").await;
        let refused = head.refused("causeLink", LINK, json!({"in": {"submissionId": sent, "causeIds": [ids[0]]}})).await;
        assert_eq!(refused["allowed"], json!([ids[2]]));
        head.done("causeUnmerge", UNMERGE, json!({"in": {"id": ids[1]}})).await;
        head.done("causeUnmerge", UNMERGE, json!({"in": {"id": ids[0]}})).await;
        merge(0, 1).await;
        app.pass(31 * DAY).await;
        let head = app.sign_in(app.organisation.head).await;
        let refused = head.refused("causeUnmerge", UNMERGE, json!({"in": {"id": ids[0]}})).await;
        assert_eq!(refused["code"], "TOO_LATE");
        // Narrower causes of one name go one by one.
        let (a, b) = (named(&head, "Wards", None).await, named(&head, "Stations", None).await);
        named(&head, "Night shift", Some(&a)).await;
        named(&head, "NIGHT shift", Some(&b)).await;
        let refused = head.refused("causeMerge", MERGE, json!({"in": {"id": a, "intoId": b}})).await;
        assert_eq!((&refused["code"], refused["allowed"].as_array().map(Vec::len)), (&json!("TAKEN"), Some(2)));
    }

    async fn what_contributes_to_what_goes_in_no_circle(app) {
        let head = app.sign_in(app.organisation.head).await;
        let (a, b, c) = (named(&head, "Few porters", None).await, named(&head, "Late starts", None).await, named(&head, "Overtime", None).await);
        let below = named(&head, "Monday mornings", Some(&b)).await;
        let say = async |from: &str, to: &str| head.send(CONTRIBUTE, json!({"in": {"id": from, "toId": to}})).await.data()["causeContribute"].clone();
        let said = say(&a, &b).await;
        assert_eq!(said["cause"]["contributesTo"][0]["cause"]["id"], json!(b));
        assert_eq!(say(&a, &b).await["userErrors"], json!([]), "said twice is said once");
        assert_eq!(cause(&head, &a, "contributesTo { cause { id } }").await["contributesTo"].as_array().map(Vec::len), Some(1));
        say(&b, &c).await;
        assert_eq!(cause(&head, &c, "contributedBy { cause { name } }").await["contributedBy"][0]["cause"]["name"], "Late starts");
        for (from, to) in [(&a, &a), (&c, &a), (&b, &a), (&below, &b), (&c, &below)] {
            let refused = say(from, to).await;
            assert_eq!((&refused["userErrors"][0]["code"], &refused["userErrors"][0]["field"]), (&json!("INVALID"), &json!(["toId"])), "{refused}");
        }
        // Nor does a move close one.
        assert_eq!(unchanged(&head, json!({"id": c, "parentId": a})).await["code"], "INVALID");
        let left = head.done("causeUncontribute", UNCONTRIBUTE, json!({"in": {"id": a, "toId": b}})).await;
        assert_eq!(left["cause"]["contributesTo"], json!([]));
        assert_eq!(head.refused("causeUncontribute", UNCONTRIBUTE, json!({"in": {"id": a, "toId": b}})).await["code"], "NOT_FOUND");
        update(&head, json!({"id": c, "parentId": a})).await;
    }

    async fn everybody_hears_of_what_many_said(app) {
        let org = &app.organisation;
        let (head, chemist) = (app.sign_in(org.head).await, app.sign_in(org.chemist).await);
        let lifts = named(&head, "Old lifts", None).await;
        let mut sent = Vec::new();
        for person in [org.nurse, org.colleague, org.cook, org.manager] {
            sent.push(send(&app.sign_in(person).await, "OBSERVATION").await);
            link(&head, sent.last().expect("sent"), &lifts).await;
        }
        app.pass(MINUTE).await;
        assert!(cause(&chemist, &lifts, "name").await.is_null(), "four are too few");
        let fifth = send(&app.sign_in(org.hill_manager).await, "OBSERVATION").await;
        link(&head, &fifth, &lifts).await;
        assert!(cause(&chemist, &lifts, "name").await.is_null(), "the fifth is still held");
        assert_eq!(cause(&head, &lifts, "reach").await["reach"], 5, "reviewers see what is decided");
        app.pass(MINUTE).await;
        let seen = cause(&chemist, &lifts, "name status reach siteCount trend { links } submissions { totalCount nodes { id } }").await;
        assert_eq!(seen, json!({"name": "Old lifts", "status": "SUSPECTED", "reach": 5, "siteCount": 2, "trend": null, "submissions": {"totalCount": 0, "nodes": []}}));
        assert!(chemist.ask("query($id: ID!) { submission(by: {id: $id}) { title } }", json!({"id": fifth})).await["submission"].is_null());
        // A link that goes takes its people along.
        let input = json!({"in": {"submissionId": fifth, "causeId": lifts}});
        head.done("causeUnlink", UNLINK, input).await;
        assert!(cause(&chemist, &lifts, "name").await.is_null());
    }

    async fn what_to_fix_first(app) {
        let org = &app.organisation;
        let (nurse, colleague, cook, head) = (app.sign_in(org.nurse).await, app.sign_in(org.colleague).await, app.sign_in(org.cook).await, app.sign_in(org.head).await);
        let (place, people) = (named(&head, "Rooms", None).await, named(&head, "Staffing", None).await);
        let doors = named(&head, "Doors", Some(&place)).await;
        named(&head, "Never seen", None).await;
        for (client, cause) in [(&nurse, &doors), (&colleague, &place), (&cook, &people), (&nurse, &people), (&cook, &doors)] {
            let id = send(client, "OBSERVATION").await;
            link(&head, &id, cause).await;
        }
        let idea = send(&nurse, "IDEA").await;
        link(&head, &idea, &people).await;
        colleague.done("submissionVote", VOTE, json!({"id": idea})).await;
        let bare = send(&nurse, "OBSERVATION").await;
        let accept = "mutation($in: SubmissionMoveInput!) { submissionMove(input: $in) { userErrors { code message } } }";
        head.done("submissionMove", accept, json!({"in": {"id": bare, "to": "ACCEPTED"}})).await;
        app.pass(MINUTE).await;

        const PARETO: &str = "query($parent: ID, $m: CauseMeasure!, $f: SubmissionFilter) { causePareto(parentId: $parent, measure: $m, filter: $f) {
            sum direct withoutCause hiddenBars bars { value share cumulativeShare cause { name reach } } } }";
        let ask = async |client: &Client, variables: Value| client.ask(PARETO, variables).await["causePareto"].clone();
        let found = ask(&head, json!({"m": "REACH"})).await;
        assert_eq!((&found["sum"], &found["direct"], &found["withoutCause"], &found["hiddenBars"]), (&json!(6), &Value::Null, &json!(1), &json!(0)));
        assert_eq!(found["bars"], json!([
            {"value": 3, "share": 0.5, "cumulativeShare": 0.5, "cause": {"name": "Rooms", "reach": 3}},
            {"value": 3, "share": 0.5, "cumulativeShare": 1.0, "cause": {"name": "Staffing", "reach": 3}},
        ]));
        let found = ask(&head, json!({"m": "SUBMISSIONS", "parent": place})).await;
        assert_eq!((&found["sum"], &found["direct"], &found["bars"][0]["cause"]["name"]), (&json!(2), &json!(1), &json!("Doors")));
        let hill = json!({"m": "SUBMISSIONS", "f": {"unit": {"inSubtree": org.hill.to_string()}}});
        let found = ask(&head, hill).await;
        assert_eq!(found["bars"].as_array().map(|bars| bars.iter().map(|bar| bar["value"].as_i64().unwrap()).collect::<Vec<_>>()), Some(vec![1, 1]));
        assert_eq!(ask(&head, json!({"m": "REACH", "f": {"kind": {"in": ["IDEA"]}}})).await["bars"][0]["value"], 2);
        // Small groups are for reviewers alone; employees read no report.
        let found = ask(&app.sign_in(org.executive).await, json!({"m": "REACH"})).await;
        assert_eq!((&found["bars"], &found["withoutCause"]), (&json!([]), &Value::Null));
        assert_eq!(nurse.send(PARETO, json!({"m": "REACH"})).await.code(), "FORBIDDEN");
        // The orphans: causes without owner, observations without cause.
        let orphans = head.ask("{ causeOrphans { nodes { name } } submissionsWithoutCause { nodes { id } } }", json!({})).await;
        let found = names(&orphans["causeOrphans"]["nodes"]);
        assert_eq!(found[2..], ["Doors", "Never seen"], "those with the most people first");
        assert!(found.contains(&"Staffing".to_owned()));
        assert_eq!(orphans["submissionsWithoutCause"]["nodes"], json!([{"id": bare}]));
        update(&head, json!({"id": people, "ownerUnitId": org.it.to_string()})).await;
        let orphans = head.ask("{ causeOrphans { nodes { name } } }", json!({})).await;
        assert_eq!(names(&orphans["causeOrphans"]["nodes"]), ["Rooms", "Doors", "Never seen"]);
        // Causes about which nothing is to be done.
        let lacking = "{ causeOrphans(lack: ACTION) { nodes { id } } }";
        let idle = |found: Value| {
            let nodes = found["causeOrphans"]["nodes"].as_array().expect("nodes").clone();
            nodes.iter().any(|node| node["id"] == place.as_str())
        };
        assert!(idle(head.ask(lacking, json!({})).await));
        let add = "mutation($in: ActionItemAddInput!) { actionItemAdd(input: $in) { item { id } userErrors { code message } } }";
        let item = head.done("actionItemAdd", add, json!({"in": {"causeId": place, "title": "Move the beds"}})).await;
        assert!(!idle(head.ask(lacking, json!({})).await), "something is planned");
        let drop = "mutation($in: ActionItemMoveInput!) { actionItemMove(input: $in) { userErrors { code message } } }";
        head.done("actionItemMove", drop, json!({"in": {"id": item["item"]["id"], "status": "DROPPED"}})).await;
        assert!(idle(head.ask(lacking, json!({})).await), "and was dropped");
        for field in ["causeOrphans", "submissionsWithoutCause"] {
            assert_eq!(nurse.send(&format!("{{ {field} {{ nodes {{ id }} }} }}"), json!({})).await.code(), "FORBIDDEN");
        }
        // Week by week, with the empty ones.
        app.pass(14 * DAY).await;
        let head = app.sign_in(org.head).await;
        let late = send(&app.sign_in(org.nurse).await, "OBSERVATION").await;
        link(&head, &late, &doors).await;
        app.pass(MINUTE).await;
        let trend = cause(&head, &place, "trend(weeks: 4) { beginsAt links }").await["trend"].clone();
        let links: Vec<i64> = trend.as_array().expect("weeks").iter().map(|week| week["links"].as_i64().expect("a number")).collect();
        assert_eq!(links, [0, 3, 0, 1]);
        assert_eq!(trend[1]["beginsAt"], "2026-03-02T00:00:00Z");
        let refused = head.send("query($id: ID!) { cause(id: $id) { trend(weeks: 0) { links } } }", json!({"id": place})).await;
        assert_eq!(refused.code(), "BAD_REQUEST");
    }

    async fn lists_within_lists_take_the_same_statements(app) {
        let org = &app.organisation;
        let (nurse, head) = (app.sign_in(org.nurse).await, app.sign_in(org.head).await);
        for number in 0..4 {
            let top = named(&head, &format!("Top {number}"), None).await;
            for child in 0..3 {
                let child = named(&head, &format!("Child {child}"), Some(&top)).await;
                let sent = send(&nurse, "OBSERVATION").await;
                link(&head, &sent, &child).await;
                link(&head, &sent, &top).await;
            }
        }
        app.pass(MINUTE).await;
        let query = "query($n: Int) { causes(first: $n, orderBy: REACH, filter: {parentId: null}) { nodes { name reach submissionCount siteCount aliases whys depth allowedStatuses
            parent { name } trend(weeks: 3) { links } contributesTo { cause { name } } contributedBy { cause { name } }
            children(first: 2) { totalCount pageInfo { hasNextPage endCursor } nodes { name } } submissions(first: 2) { totalCount nodes { id title unit { name } } } } } }";
        for client in [&head, &nurse] {
            let one = client.fewest(query, json!({"n": 1})).await;
            let four = client.fewest(query, json!({"n": 4})).await;
            let nodes = four.data()["causes"]["nodes"].as_array().expect("nodes").clone();
            assert_eq!(nodes.len(), 4);
            for node in &nodes {
                assert_eq!((&node["children"]["totalCount"], &node["submissions"]["totalCount"]), (&json!(3), &json!(3)));
                assert_eq!(node["children"]["nodes"].as_array().map(Vec::len), Some(2));
            }
            assert!(four.statements <= one.statements + 1, "{} then {}", one.statements, four.statements);
        }
        // A further page of an inner list continues where the first one ended.
        let first = head.send(query, json!({"n": 1})).await.data()["causes"]["nodes"][0]["children"].clone();
        let next = "query($after: String) { causes(first: 1, orderBy: REACH, filter: {parentId: null}) { nodes { children(first: 2, after: $after) { nodes { name } pageInfo { hasNextPage } } } } }";
        let second = head.ask(next, json!({"after": first["pageInfo"]["endCursor"]})).await["causes"]["nodes"][0]["children"].clone();
        assert_eq!((names(&first["nodes"]), names(&second["nodes"])), (vec!["Child 0".into(), "Child 1".into()], vec!["Child 2".into()]));
        assert_eq!((&first["pageInfo"]["hasNextPage"], &second["pageInfo"]["hasNextPage"]), (&json!(true), &json!(false)));
    }
}

async fn withdraw(client: &Client, id: &str) {
    let query = "mutation($in: SubmissionWithdrawInput!) { submissionWithdraw(input: $in) { userErrors { code message } } }";
    client.done("submissionWithdraw", query, json!({"in": {"id": id}})).await;
}
