//! Ways around the rules that were found once, and stay closed.

use entity::instant::{DAY, MINUTE, SECOND};
use serde_json::{Value, json};

use crate::kit::client::Client;
use crate::on_both;

const ASSIGN: &str = "mutation($i: ID!, $p: ID!) { submissionAssign(input: {id: $i, assigneeId: $p}) { userErrors { code message } } }";
const MOVE: &str = "mutation($i: ID!) { submissionMove(input: {id: $i, to: ACCEPTED, message: \"Good.\", announce: LATER}) { userErrors { code message } } }";

async fn references(client: &Client, query: &str) -> Vec<String> {
    let data = client.ask(query, json!({})).await;
    let nodes = data["submissions"]["nodes"].as_array().unwrap().iter();
    nodes.map(|node| node["reference"].as_str().unwrap().to_owned()).collect()
}

on_both! {
    async fn a_negated_filter_tells_nothing_of_who_is_at_work(app) {
        let o = &app.organisation;
        let taken = app.idea_of(o.colleague, "A bench at the bus stop").await;
        let free = app.idea_of(o.colleague, "A roof over the bicycles").await;
        let reviewer = app.sign_in(o.reviewer).await;
        let given = json!({"i": taken.id.to_string(), "p": o.second_reviewer.to_string()});
        reviewer.done("submissionAssign", ASSIGN, given).await;
        let nurse = app.sign_in(o.nurse).await;
        let both = vec![free.reference.clone(), taken.reference.clone()];
        for filter in [
            "{not: {assignee: {isNull: true}}}".to_owned(),
            format!("{{not: {{assignee: {{in: [\"{}\"]}}}}}}", o.second_reviewer),
        ] {
            let query = format!("{{ submissions(filter: {filter}, orderBy: [{{field: CREATED_AT, direction: DESC}}]) {{ nodes {{ reference }} }} }}");
            let mut seen = references(&nurse, &query).await;
            seen.sort();
            let mut all = both.clone();
            all.sort();
            assert_eq!(seen, all, "{filter}");
        }
        app.pass(MINUTE + SECOND).await;
    }

    async fn a_held_decision_opens_nothing(app) {
        let o = &app.organisation;
        let idea = app.idea_of(o.colleague, "A lamp in the stairwell").await;
        let reviewer = app.sign_in(o.reviewer).await;
        reviewer.done("submissionMove", MOVE, json!({"i": idea.id.to_string()})).await;
        let find = format!("{{ submission(by: {{reference: \"{}\"}}) {{ reference }} }}", idea.reference);
        let chemist = app.sign_in(o.chemist).await;
        let elsewhere = async || chemist.send(&find, json!({})).await.body["data"]["submission"].clone();
        assert_eq!(elsewhere().await, Value::Null, "another site read it before it was told");
        let announce = "mutation($i: [ID!]!) { decisionAnnounce(input: {ids: $i}) { userErrors { code message } } }";
        let pending = reviewer
            .ask(&format!("{{ submission(by: {{reference: \"{}\"}}) {{ pendingDecision {{ id }} }} }}", idea.reference), json!({}))
            .await;
        let ids = json!({"i": [pending["submission"]["pendingDecision"]["id"]]});
        reviewer.done("decisionAnnounce", announce, ids).await;
        assert_eq!(elsewhere().await["reference"], idea.reference);
        app.settle().await;
    }

    async fn a_reviewer_learns_of_an_own_submission_as_its_author(app) {
        let o = &app.organisation;
        let idea = app.idea_of(o.reviewer, "A kettle for the night shift").await;
        let second = app.sign_in(o.second_reviewer).await;
        second.done("submissionMove", MOVE, json!({"i": idea.id.to_string()})).await;
        let look = format!("{{ submission(by: {{reference: \"{}\"}}) {{ phase shownPhase pendingDecision {{ id }} }} }}", idea.reference);
        let author = app.sign_in(o.reviewer).await.ask(&look, json!({})).await;
        assert_eq!(author["submission"], json!({"phase": "SUBMITTED", "shownPhase": "SUBMITTED", "pendingDecision": null}));
        let other = second.ask(&look, json!({})).await;
        assert_eq!(other["submission"]["phase"], "ACCEPTED");
    }

    async fn nobody_hands_out_more_rights_than_they_hold(app) {
        let o = &app.organisation;
        let manager = app.sign_in(o.manager).await;
        let reset = "mutation($p: ID!) { pinReset(input: {personId: $p}) { oneTimePin userErrors { code message } } }";
        // The reviewer is at home in the manager's site, and holds more than the manager.
        let refused = manager.refused("pinReset", reset, json!({"p": o.reviewer.to_string()})).await;
        assert_eq!(refused["code"], "FORBIDDEN");
        manager.done("pinReset", reset, json!({"p": o.nurse.to_string()})).await;
        app.settle().await;
    }

    async fn a_question_relabelled_within_its_hold_still_runs_out(app) {
        let o = &app.organisation;
        let admin = app.sign_in(o.admin).await;
        let label = "mutation($input: StatusCreateInput!) { statusCreate(input: $input) { status { id } userErrors { code message } } }";
        let input = json!({"phase": "NEEDS_INFO", "code": "CALL_US", "labels": [{"locale": "en", "text": "Please call us"}]});
        let status = admin.done("statusCreate", label, json!({"input": input})).await["status"]["id"].clone();
        let idea = app.idea_of(o.colleague, "A sign at the back door").await;
        let reviewer = app.sign_in(o.reviewer).await;
        let ask = "mutation($i: ID!, $s: ID) { submissionMove(input: {id: $i, to: NEEDS_INFO, message: \"Which door?\", statusId: $s}) { userErrors { code message } } }";
        reviewer.done("submissionMove", ask, json!({"i": idea.id.to_string()})).await;
        app.pass(10 * SECOND).await;
        reviewer.done("submissionMove", ask, json!({"i": idea.id.to_string(), "s": status})).await;
        app.pass(MINUTE + SECOND).await;
        let look = format!("{{ submission(by: {{reference: \"{}\"}}) {{ phase status {{ code }} }} }}", idea.reference);
        let fresh = app.sign_in(o.second_reviewer).await;
        let asked = fresh.ask(&look, json!({})).await;
        assert_eq!(asked["submission"], json!({"phase": "NEEDS_INFO", "status": {"code": "CALL_US"}}));
        app.pass(11 * DAY).await;
        let later = app.sign_in(o.second_reviewer).await.ask(&look, json!({})).await;
        assert_eq!(later["submission"]["phase"], "UNDER_REVIEW");
    }
}
