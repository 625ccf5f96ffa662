//! A filtered Pareto counts what its reader may read and nothing else; what has no cause counts with
//! everybody behind what is joined with it.

use entity::instant::MINUTE;
use serde_json::{Value, json};

use crate::kit::client::Client;
use crate::on_both;

const PARETO: &str = "query($parent: ID, $m: CauseMeasure!, $f: SubmissionFilter) { causePareto(parentId: $parent, measure: $m, filter: $f) {
    sum direct withoutCause hiddenBars bars { value cause { name } } } }";

async fn done(client: &Client, name: &str, input: Value, selection: &str) -> Value {
    let proper = name[..1].to_uppercase() + &name[1..];
    let query = format!(
        "mutation($in: {proper}Input!) {{ {name}(input: $in) {{ {selection} userErrors {{ field code message }} }} }}"
    );
    client.done(name, &query, json!({"in": input})).await
}

/// Id and reference.
async fn send(client: &Client, input: Value) -> (String, String) {
    let sent = done(client, "submissionSend", input, "submission { id reference }").await;
    let text = |key: &str| sent["submission"][key].as_str().expect("text").to_owned();
    (text("id"), text("reference"))
}

async fn pareto(client: &Client, variables: Value) -> Value {
    client.ask(PARETO, variables).await["causePareto"].clone()
}

/// What is told of one submission to whom: bars, what has no cause, bars kept back.
async fn told(client: &Client, reference: &str) -> (Value, Value, Value) {
    let found = pareto(client, json!({"m": "SUBMISSIONS", "f": {"text": reference}})).await;
    (found["bars"].clone(), found["withoutCause"].clone(), found["hiddenBars"].clone())
}

on_both! {
    async fn a_filter_tells_nothing_of_what_one_may_not_read(app) {
        let o = &app.organisation;
        let (nurse, head) = (app.sign_in(o.nurse).await, app.sign_in(o.head).await);
        let cause = done(&head, "causeCreate", json!({"name": "Bad manners", "category": "PEOPLE"}), "cause { id }").await;
        let cause = cause["cause"]["id"].clone();
        let secret = json!({"text": "He shouts at us.", "kind": "OBSERVATION", "audience": "CX_TEAM_ONLY"});
        let (id, reference) = send(&nurse, secret).await;
        let (bare, bare_reference) = send(&nurse, json!({"text": "The tea is cold.", "kind": "OBSERVATION"})).await;
        done(&head, "submissionMove", json!({"id": bare, "to": "ACCEPTED"}), "").await;
        done(&head, "causeLink", json!({"submissionId": id, "causeIds": [cause], "announce": "NOW"}), "").await;
        app.pass(2 * MINUTE).await;
        let one = json!([{"value": 1, "cause": {"name": "Bad manners"}}]);
        let nothing = (json!([]), json!(0), json!(0));
        assert_eq!(told(&head, &reference).await, (one, json!(0), json!(0)));
        assert_eq!(told(&head, &bare_reference).await, (json!([]), json!(1), json!(0)));
        // A reviewer elsewhere reads none of it: by no filter does it count.
        let south = app.sign_in(o.south_reviewer).await;
        for known in [&reference, &bare_reference] {
            assert_eq!(told(&south, known).await, nothing, "{known}");
        }
        let words = json!({"m": "REACH", "f": {"text": "shouts"}, "parent": cause});
        assert_eq!(pareto(&south, words).await["direct"], 0);
        // Whoever sees no small groups is told "none" no more than "few".
        let executive = app.sign_in(o.executive).await;
        for known in [&reference, &bare_reference] {
            assert_eq!(told(&executive, known).await, (json!([]), Value::Null, json!(0)), "{known}");
        }
        // Without a filter, figures of everything: as before.
        let all = pareto(&south, json!({"m": "REACH"})).await;
        assert_eq!((&all["bars"][0]["value"], &all["withoutCause"]), (&json!(1), &json!(1)));
    }

    async fn a_link_that_is_held_counts_for_those_who_work_there(app) {
        let o = &app.organisation;
        let (cook, head) = (app.sign_in(o.cook).await, app.sign_in(o.head).await);
        let cause = done(&head, "causeCreate", json!({"name": "No room", "category": "PLACE"}), "cause { id }").await;
        let (id, reference) = send(&cook, json!({"text": "A rack for coats.", "kind": "IDEA"})).await;
        // Everybody reads it; only the north works on it.
        done(&head, "submissionOpen", json!({"id": id}), "").await;
        let (south, north) = (app.sign_in(o.south_reviewer).await, app.sign_in(o.reviewer).await);
        let link = json!({"submissionId": id, "causeIds": [cause["cause"]["id"]], "announce": "LATER"});
        done(&head, "causeLink", link, "").await;
        let one = json!([{"value": 1, "cause": {"name": "No room"}}]);
        assert_eq!(told(&north, &reference).await.0, one);
        assert_eq!(told(&south, &reference).await.0, json!([]));
        let query = "query($id: ID!) { submission(by: {id: $id}) { pendingDecision { id } } }";
        let held = head.ask(query, json!({"id": id})).await["submission"]["pendingDecision"]["id"].clone();
        done(&head, "decisionAnnounce", json!({"ids": [held]}), "").await;
        assert_eq!(told(&south, &reference).await.0, one);
    }

    async fn what_has_no_cause_counts_with_its_twins(app) {
        let o = &app.organisation;
        let (nurse, colleague, head) =
            (app.sign_in(o.nurse).await, app.sign_in(o.colleague).await, app.sign_in(o.head).await);
        let (root, _) = send(&nurse, json!({"text": "The tea is cold.", "kind": "OBSERVATION"})).await;
        let (twin, _) = send(&colleague, json!({"text": "Cold tea again.", "kind": "OBSERVATION"})).await;
        done(&head, "submissionMerge", json!({"id": twin, "intoId": root}), "").await;
        done(&head, "submissionMove", json!({"id": root, "to": "ACCEPTED"}), "").await;
        app.pass(2 * MINUTE).await;
        for measure in ["REACH", "SUBMISSIONS"] {
            assert_eq!(pareto(&head, json!({"m": measure})).await["withoutCause"], 2, "{measure}");
            let all = json!({"m": measure, "f": {"kind": {"in": ["OBSERVATION"]}}});
            assert_eq!(pareto(&head, all).await["withoutCause"], 2, "{measure}");
            let accepted = json!({"m": measure, "f": {"phase": {"in": ["ACCEPTED", "MERGED"]}}});
            assert_eq!(pareto(&head, accepted).await["withoutCause"], 2, "{measure}");
            let declined = json!({"m": measure, "f": {"phase": {"in": ["DECLINED"]}}});
            assert_eq!(pareto(&head, declined).await["withoutCause"], 0, "{measure}");
        }
    }

    async fn no_small_group_is_found_by_subtraction(app) {
        let o = &app.organisation;
        let (nurse, lead, head) =
            (app.sign_in(o.nurse).await, app.sign_in(o.manager).await, app.sign_in(o.head).await);
        let name = async |name: &str, parent: &Value| {
            let input = json!({"name": name, "category": "PLACE", "parentId": parent});
            done(&head, "causeCreate", input, "cause { id }").await["cause"]["id"].clone()
        };
        let parent = name("No room", &Value::Null).await;
        let (many, few) = (name("Coats", &parent).await, name("Bags", &parent).await);
        let link = async |id: &str, cause: &Value| {
            let input = json!({"submissionId": id, "causeIds": [cause], "announce": "NOW"});
            done(&head, "causeLink", input, "").await;
        };
        let (hooks, _) = send(&nurse, json!({"text": "Hooks on the doors.", "kind": "IDEA"})).await;
        done(&head, "submissionOpen", json!({"id": hooks}), "").await;
        for person in [o.colleague, o.cook, o.chemist, o.south_reviewer, o.hill_manager] {
            done(&app.sign_in(person).await, "submissionVote", json!({"submissionId": hooks}), "").await;
        }
        link(&hooks, &many).await;
        // One person behind the other, which nobody but reviewers may even see.
        let bag = json!({"text": "His bag lies on the floor.", "kind": "OBSERVATION", "audience": "CX_TEAM_ONLY"});
        let (bag, _) = send(&lead, bag).await;
        link(&bag, &few).await;
        app.pass(2 * MINUTE).await;
        let executive = app.sign_in(o.executive).await;
        let whole = executive.ask("query($id: ID!) { cause(id: $id) { reach } }", json!({"id": parent})).await;
        assert_eq!(whole["cause"]["reach"], 7);
        let level = json!({"m": "REACH", "parent": parent});
        let told = pareto(&executive, level.clone()).await;
        assert_eq!((&told["bars"], &told["hiddenBars"]), (&json!([]), &json!(2)), "7 - 6 is 1");
        // What is linked to the parent itself is a part like any other.
        done(&head, "causeUnlink", json!({"submissionId": bag, "causeId": few}), "").await;
        link(&bag, &parent).await;
        app.pass(2 * MINUTE).await;
        let told = pareto(&executive, level.clone()).await;
        assert_eq!((&told["bars"], &told["direct"]), (&json!([]), &Value::Null), "7 - 6 is 1");
        let all = pareto(&head, level).await;
        assert_eq!((&all["bars"][0]["value"], &all["direct"]), (&json!(6), &json!(1)));
        // Six of one person are a group of one.
        let mut six = Vec::new();
        for number in 0..6 {
            six.push(send(&lead, json!({"text": format!("No room, {number}."), "kind": "OBSERVATION"})).await.0);
        }
        for id in &six {
            link(id, &few).await;
        }
        app.pass(2 * MINUTE).await;
        let voices = json!({"m": "SUBMISSIONS", "parent": parent});
        assert_eq!(pareto(&executive, voices.clone()).await["bars"], json!([]));
        assert_eq!(pareto(&head, voices).await["bars"][0]["value"], 6);
    }
}
