//! Verbs that lock the same submissions and causes, at the same time, many times over: nobody is
//! locked out, nothing ends INTERNAL, and the counts come out right (docs/adr/0012, section 4).

use entity::instant::MINUTE;
use entity::triage::cause;
use futures_util::future::join_all;
use sea_orm::EntityTrait as _;
use serde_json::{Value, json};

use crate::kit::app::TestApp;
use crate::kit::client::Client;
use crate::on_both;

const ROUNDS: usize = 6;

const LINK: &str =
    "mutation($in: CauseLinkInput!) { causeLink(input: $in) { userErrors { code message } } }";
const TRIAGE: &str = "mutation($in: SubmissionTriageInput!) { submissionTriage(input: $in) { userErrors { code message } } }";
const MANY: &str = "mutation($in: SubmissionsTriageInput!) { submissionsTriage(input: $in) { userErrors { code message } } }";
const ANNOUNCE: &str = "mutation($in: DecisionAnnounceInput!) { decisionAnnounce(input: $in) { userErrors { code message } } }";
const VOTE: &str = "mutation($in: SubmissionVoteInput!) { submissionVote(input: $in) { userErrors { code message } } }";
const UNVOTE: &str = "mutation($in: SubmissionUnvoteInput!) { submissionUnvote(input: $in) { userErrors { code message } } }";
const MOVE_CAUSE: &str =
    "mutation($in: CauseUpdateInput!) { causeUpdate(input: $in) { userErrors { code message } } }";

async fn send(client: &Client, kind: &str) -> String {
    let query = "mutation($in: SubmissionSendInput!) { submissionSend(input: $in) { submission { id } userErrors { code } } }";
    let input = json!({"in": {"text": "The lift is slow.", "kind": kind}});
    let sent = client.done("submissionSend", query, input).await;
    sent["submission"]["id"].as_str().expect("an id").to_owned()
}

async fn named(client: &Client, name: &str) -> String {
    let query = "mutation($in: CauseCreateInput!) { causeCreate(input: $in) { cause { id } userErrors { code } } }";
    let input = json!({"in": {"name": name, "category": "PLACE"}});
    let made = client.done("causeCreate", query, input).await;
    made["cause"]["id"].as_str().expect("an id").to_owned()
}

async fn decided(client: &Client, input: Value) -> Value {
    let query = "mutation($in: SubmissionMoveInput!) { submissionMove(input: $in) { decision { id } userErrors { code message } } }";
    client.done("submissionMove", query, json!({"in": input})).await["decision"]["id"].clone()
}

/// Sends everything at once. A verb may be refused because another was quicker; nothing may fail.
async fn at_once(what: Vec<(&Client, &str, Value)>) {
    let asked = what.into_iter().map(|(client, query, input)| async move {
        let answer = client.send(query, json!({"in": input})).await;
        assert!(answer.body["errors"].is_null(), "{query}: {}", answer.body);
    });
    join_all(asked).await;
}

/// The kept counts are those of a recount.
async fn counts_are_right(app: &TestApp) {
    let kept = async || {
        let rows = cause::Entity::find().all(&app.system().db()).await.expect("causes");
        let mut rows: Vec<_> = rows
            .into_iter()
            .map(|it| (it.id, it.reach, it.submission_count, it.shown_reach))
            .collect();
        rows.sort_unstable();
        rows
    };
    let before = kept().await;
    let scope = app.system();
    let tx = scope.begin().await.expect("a transaction");
    earshot::reach::service::rebuild(&tx).await.expect("counted");
    tx.commit(()).await.expect("written");
    assert_eq!(before, kept().await);
}

on_both! {
    async fn a_cause_is_named_while_a_hold_settles(app) {
        let org = &app.organisation;
        for round in 0..ROUNDS {
            let (head, second) = (app.sign_in(org.head).await, app.sign_in(org.second_reviewer).await);
            let (nurse, colleague) = (app.sign_in(org.nurse).await, app.sign_in(org.colleague).await);
            let wide = named(&head, &format!("Old pipes {round}")).await;
            let mut sent = Vec::new();
            for _ in 0..3 {
                let id = send(&nurse, "IDEA").await;
                let link = json!({"in": {"submissionId": id, "causeIds": [wide]}});
                head.done("causeLink", LINK, link).await;
                sent.push(id);
            }
            // The holds are over, and nobody has announced them yet.
            app.house.clock.advance(2 * MINUTE);
            let new = |name: &str| json!({"name": format!("{name} {round}"), "category": "PROCESS"});
            let mut all: Vec<(&Client, &str, Value)> = Vec::new();
            for (at, id) in sent.iter().enumerate() {
                all.push((&head, LINK, json!({"submissionId": id, "newCause": new(&format!("Named by link {at}"))})));
                all.push((&second, TRIAGE, json!({"id": id, "link": {"newCause": new(&format!("Named by triage {at}"))}})));
                all.push((&colleague, VOTE, json!({"submissionId": id})));
            }
            all.push((&head, MOVE_CAUSE, json!({"id": wide, "name": format!("Older pipes {round}")})));
            let announcing = async {
                earshot::jobs::schedule::tick(&app.system()).await.expect("announced");
            };
            tokio::join!(at_once(all), announcing);
            app.settle().await;
        }
        counts_are_right(app).await;
    }

    async fn many_are_done_while_single_ones_change(app) {
        let org = &app.organisation;
        for round in 0..ROUNDS {
            let (head, second) = (app.sign_in(org.head).await, app.sign_in(org.second_reviewer).await);
            let (nurse, colleague) = (app.sign_in(org.nurse).await, app.sign_in(org.colleague).await);
            let cause = named(&head, &format!("Old doors {round}")).await;
            let (mut sent, mut held) = (Vec::new(), Vec::new());
            for _ in 0..4 {
                let id = send(&nurse, "IDEA").await;
                let link = json!({"in": {"submissionId": id, "causeIds": [cause]}});
                head.done("causeLink", LINK, link).await;
                held.push(decided(&head, json!({"id": id, "to": "ACCEPTED", "announce": "LATER"})).await);
                sent.push(id);
            }
            let back: Vec<&String> = sent.iter().rev().collect();
            let other = named(&head, &format!("Older doors {round}")).await;
            let mut all: Vec<(&Client, &str, Value)> = vec![
                (&head, MANY, json!({"ids": sent, "link": {"causeIds": [other]}})),
                (&second, MANY, json!({"ids": back, "link": {"causeIds": [other, cause]}, "correct": {"tags": ["doors"]}})),
                (&head, ANNOUNCE, json!({"ids": held})),
            ];
            for id in &sent {
                all.push((&colleague, VOTE, json!({"submissionId": id})));
            }
            at_once(all).await;
            let mut all: Vec<(&Client, &str, Value)> = vec![
                (&second, MANY, json!({"ids": back, "correct": {"severity": "LOW"}})),
                (&head, MOVE_CAUSE, json!({"id": other, "parentId": cause})),
            ];
            for id in &sent {
                all.push((&colleague, UNVOTE, json!({"submissionId": id})));
            }
            at_once(all).await;
            app.pass(11 * MINUTE).await;
        }
        counts_are_right(app).await;
    }
}
