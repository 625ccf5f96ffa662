//! Voting and following: counted once each, told to nobody by name.

use entity::facts::values::{ActorKind, FactAudience};
use entity::id::{PersonId, SubmissionId, TypedId as _};
use entity::identity::person;
use entity::identity::values::{PinState, VoteFollows};
use futures_util::future::join_all;
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use serde_json::{Value, json};

use crate::kit::app::TestApp;
use crate::kit::client::Client;
use crate::on_both;

const SEND: &str = "mutation($input: SubmissionSendInput!) { submissionSend(input: $input) {
    submission { id } userErrors { field code message } } }";
const VOTE: &str = "mutation($id: ID!) { submissionVote(input: {submissionId: $id}) {
    submission { voteCount viewerHasVoted viewerFollows } userErrors { field code message } } }";
const UNVOTE: &str = "mutation($id: ID!) { submissionUnvote(input: {submissionId: $id}) {
    submission { voteCount viewerHasVoted viewerFollows } userErrors { field code message } } }";
const FOLLOW: &str = "mutation($id: ID!) { submissionFollow(input: {submissionId: $id}) {
    submission { viewerFollows } userErrors { field code message } } }";
const UNFOLLOW: &str = "mutation($id: ID!) { submissionUnfollow(input: {submissionId: $id}) {
    submission { viewerFollows } userErrors { field code message } } }";
const SEEN: &str =
    "query($id: ID!) { submission(by: {id: $id}) { voteCount viewerHasVoted viewerFollows } }";

async fn send(client: &Client, input: Value) -> String {
    let sent = client.done("submissionSend", SEND, json!({"input": input})).await;
    sent["submission"]["id"].as_str().expect("an id").to_owned()
}

async fn idea(client: &Client) -> String {
    send(client, json!({"text": "Hooks on the doors would help.", "kind": "IDEA"})).await
}

async fn vote(client: &Client, id: &str) -> Value {
    client.done("submissionVote", VOTE, json!({"id": id})).await["submission"].clone()
}

async fn unvote(client: &Client, id: &str) -> Value {
    client.done("submissionUnvote", UNVOTE, json!({"id": id})).await["submission"].clone()
}

async fn seen(client: &Client, id: &str) -> Value {
    client.ask(SEEN, json!({"id": id})).await["submission"].clone()
}

/// One more person at the desk of the harbour.
async fn colleague(app: &TestApp, number: usize) -> PersonId {
    let scope = app.system();
    let tx = scope.begin().await.expect("a transaction");
    let id = PersonId(scope.fresh_id());
    person::ActiveModel {
        id: Set(id),
        name: Set(format!("Voter {number}")),
        email: Set(None),
        email_key: Set(None),
        staff_code: Set(Some(format!("VOTER-{number}"))),
        home_unit_id: Set(app.organisation.desk),
        locale: Set(String::from("en")),
        password_hash: Set(None),
        pin_hash: Set(None),
        pin_once: Set(PinState::None),
        vote_follows: Set(VoteFollows::Yes),
        bounced_at: Set(None),
        deactivated_at: Set(None),
        created_at: Set(scope.now),
        version: Set(1),
    }
    .insert(&tx)
    .await
    .expect("a person");
    tx.commit(id).await.expect("written")
}

/// Kinds of the facts about a submission that begin so, oldest first. None tells who.
async fn kinds(app: &TestApp, id: &str) -> Vec<String> {
    let subject = SubmissionId::parse(id).expect("an id").0;
    let facts = earshot::kit::fact::about(&app.system().db(), subject, 1_000).await.expect("facts");
    let of_votes = facts
        .into_iter()
        .filter(|fact| fact.kind.starts_with("vote.") || fact.kind.starts_with("follow."));
    of_votes
        .map(|fact| {
            assert_eq!(fact.actor_id, None, "{} tells who", fact.kind);
            assert_eq!(fact.actor_kind, ActorKind::Person);
            assert_eq!(fact.audience, FactAudience::Internal);
            assert_eq!(fact.data, "{}");
            fact.kind
        })
        .collect()
}

on_both! {
    async fn sixteen_at_once_are_sixteen(app) {
        let nurse = app.sign_in(app.organisation.nurse).await;
        let id = idea(&nurse).await;
        let mut voters = Vec::new();
        for number in 0..16 {
            voters.push(app.sign_in(colleague(app, number).await).await);
        }
        // Each twice at once: a double tap is one vote.
        join_all(voters.iter().chain(&voters).map(|voter| vote(voter, &id))).await;
        assert_eq!(seen(&nurse, &id).await["voteCount"], 16);
        let kinds = kinds(app, &id).await;
        assert_eq!(kinds.iter().filter(|kind| *kind == "vote.cast").count(), 16);
        join_all(voters.iter().chain(&voters).map(|voter| unvote(voter, &id))).await;
        assert_eq!(seen(&nurse, &id).await["voteCount"], 0);
    }

    async fn a_vote_follows_and_is_taken_back(app) {
        let nurse = app.sign_in(app.organisation.nurse).await;
        let colleague = app.sign_in(app.organisation.colleague).await;
        let id = idea(&nurse).await;
        let mine = json!({"voteCount": 1, "viewerHasVoted": true, "viewerFollows": true});
        let none = json!({"voteCount": 0, "viewerHasVoted": false, "viewerFollows": false});
        assert_eq!(seen(&colleague, &id).await, none);
        assert_eq!(vote(&colleague, &id).await, mine);
        assert_eq!(vote(&colleague, &id).await, mine, "voting twice is voting once");
        let hers = json!({"voteCount": 1, "viewerHasVoted": false, "viewerFollows": false});
        assert_eq!(seen(&nurse, &id).await, hers, "the asker's own vote, not anybody's");
        assert_eq!(unvote(&colleague, &id).await, none);
        assert_eq!(unvote(&colleague, &id).await, none);
        let told = ["follow.begun", "vote.cast", "follow.ended", "vote.withdrawn"];
        assert_eq!(kinds(app, &id).await, told);
    }

    async fn a_follow_that_was_asked_for_outlives_the_vote(app) {
        let nurse = app.sign_in(app.organisation.nurse).await;
        let colleague = app.sign_in(app.organisation.colleague).await;
        let id = idea(&nurse).await;
        vote(&colleague, &id).await;
        colleague.done("submissionFollow", FOLLOW, json!({"id": id})).await;
        let left = json!({"voteCount": 0, "viewerHasVoted": false, "viewerFollows": true});
        assert_eq!(unvote(&colleague, &id).await, left);
        let ended = colleague.done("submissionUnfollow", UNFOLLOW, json!({"id": id})).await;
        assert_eq!(ended["submission"]["viewerFollows"], false);
        colleague.done("submissionUnfollow", UNFOLLOW, json!({"id": id})).await;
    }

    async fn votes_need_not_follow(app) {
        let nurse = app.sign_in(app.organisation.nurse).await;
        let colleague = app.sign_in(app.organisation.colleague).await;
        let set = "mutation($follows: Boolean!) { voteFollowsSet(input: {follows: $follows}) {
            follows userErrors { code } } }";
        let kept = colleague.done("voteFollowsSet", set, json!({"follows": false})).await;
        assert_eq!(kept["follows"], false);
        let id = idea(&nurse).await;
        let unfollowed = json!({"voteCount": 1, "viewerHasVoted": true, "viewerFollows": false});
        assert_eq!(vote(&colleague, &id).await, unfollowed);
    }

    async fn what_may_not_be_voted_for(app) {
        let nurse = app.sign_in(app.organisation.nurse).await;
        let chemist = app.sign_in(app.organisation.chemist).await;
        let colleague = app.sign_in(app.organisation.colleague).await;
        let reviewer = app.sign_in(app.organisation.reviewer).await;
        let own = idea(&nurse).await;
        let observation = json!({"text": "The lift was out again.", "kind": "OBSERVATION"});
        let observation = send(&nurse, observation).await;
        let hidden = json!({
            "text": "A seat in the corridor would help.",
            "kind": "IDEA",
            "audience": "CX_TEAM_ONLY",
        });
        let hidden = send(&nurse, hidden).await;
        for (who, client, id, expected) in [
            ("its author", &nurse, own.as_str(), "INVALID"),
            ("a reviewer for an observation", &reviewer, observation.as_str(), "INVALID"),
            ("a colleague for an observation", &colleague, observation.as_str(), "NOT_FOUND"),
            ("a colleague for one that is not for them", &colleague, hidden.as_str(), "NOT_FOUND"),
            ("another site", &chemist, own.as_str(), "NOT_FOUND"),
            ("anybody for nothing", &colleague, "sub_00000000000000000000000000", "NOT_FOUND"),
            ("anybody for another noun", &colleague, "unit_0000000000000000000000000", "NOT_FOUND"),
        ] {
            for (field, query) in [("submissionVote", VOTE), ("submissionUnvote", UNVOTE)] {
                let error = client.refused(field, query, json!({"id": id})).await;
                assert_eq!(error["code"], expected, "{who}: {field}");
                assert_eq!(error["field"], json!(["submissionId"]), "{who}: {field}");
            }
        }
        for (field, query) in [("submissionFollow", FOLLOW), ("submissionUnfollow", UNFOLLOW)] {
            let error = chemist.refused(field, query, json!({"id": own})).await;
            assert_eq!(error["code"], "NOT_FOUND", "{field}");
        }
        let nobody = app.anybody().send(VOTE, json!({"id": own})).await;
        assert_eq!(nobody.code(), "UNAUTHENTICATED");
        assert_eq!(seen(&nurse, &own).await["voteCount"], 0);
        assert!(kinds(app, &own).await.is_empty(), "a refusal leaves no trace");
    }

    async fn a_list_asks_once_for_all_its_rows(app) {
        let nurse = app.sign_in(app.organisation.nurse).await;
        let colleague = app.sign_in(app.organisation.colleague).await;
        let query = "{ ideas(first: 50) { nodes { voteCount viewerHasVoted viewerFollows photos { id } } } }";
        vote(&colleague, &idea(&nurse).await).await;
        let one = colleague.fewest(query, json!({})).await;
        for _ in 0..4 {
            vote(&colleague, &idea(&nurse).await).await;
        }
        let five = colleague.fewest(query, json!({})).await;
        let rows = five.data()["ideas"]["nodes"].as_array().expect("rows");
        assert_eq!(rows.len(), 5);
        assert!(rows.iter().all(|row| row["viewerHasVoted"] == true), "{rows:?}");
        assert_eq!(one.statements, five.statements, "statements do not grow with the rows");
    }
}
