//! Sending in somebody's name: by an integration that may, for people of its units, who are told.

use serde_json::{Value, json};

use crate::authz::integration;
use crate::kit::app::TestApp;
use crate::kit::client::Client;
use crate::kit::people::mail_of;
use crate::on_both;
use crate::plans::{done, refused};
use crate::schema::{list, text};
use crate::together::lines;

const SENT: &str =
    "submission { id reference channel sentBy author { id } version } alreadyReceived";

fn for_colleague(words: &str) -> Value {
    json!({"text": words, "kind": "IDEA", "authorExternalId": "COLIN-COLLEAGUE"})
}

async fn sender(app: &TestApp, scopes: Value) -> Client {
    let admin = app.sign_in(app.organisation.admin).await;
    integration(app, &admin, "Survey", scopes).await.2
}

async fn no(client: &Client, input: Value) -> (String, String, String) {
    let (code, field, error) = refused(client, "submissionSend", input).await;
    (code, field, text(&error, "message").to_owned())
}

async fn told(client: &Client) -> Vec<String> {
    let data = client.ask("{ notifications(first: 50) { nodes { kind } } }", json!({})).await;
    list(&data["notifications"], "nodes").iter().map(|it| text(it, "kind").to_owned()).collect()
}

on_both! {
    async fn it_is_theirs_and_they_are_told(app) {
        let o = &app.organisation;
        let survey = sender(app, json!(["CONTENT", "PERSONAL", "SUBMIT_ON_BEHALF"])).await;
        let mut input = for_colleague("A box for lost keys");
        input["clientKey"] = json!("answer-17");
        let sent = done(&survey, "submissionSend", input.clone(), SENT).await;
        let made = &sent["submission"];
        assert_eq!((&made["channel"], &made["sentBy"]), (&json!("INTEGRATION"), &json!("Survey")));
        assert_eq!(made["author"]["id"], json!(o.colleague.to_string()));
        let again = done(&survey, "submissionSend", input, SENT).await;
        assert_eq!((&again["alreadyReceived"], &again["submission"]["id"]), (&json!(true), &made["id"]));
        app.settle().await;

        let colleague = app.sign_in(o.colleague).await;
        assert_eq!(told(&colleague).await, ["RECEIVED_FOR_YOU"], "once");
        let mails = app.mails.mails();
        let mine = app.mails.mails_to(&mail_of("Colin Colleague"));
        assert_eq!((mine.len(), mails.len()), (1, 1));
        let whole = mine[0].text();
        assert!(whole.contains("Survey") && whole.contains("in your name") && whole.contains("take it back"), "{whole}");

        // It is theirs: they take it back.
        let id = text(made, "id");
        let own = colleague.ask("{ mySubmissions(first: 5) { nodes { id sentBy viewerCan { withdraw } } } }", json!({})).await;
        assert_eq!(own["mySubmissions"]["nodes"], json!([{"id": id, "sentBy": "Survey", "viewerCan": {"withdraw": true}}]));
        done(&colleague, "submissionWithdraw", json!({"id": id}), "submission { shownPhase }").await;

        // By address as well, and what people send themselves tells nobody of it.
        let by_address = json!({"text": "A bench", "kind": "IDEA", "authorExternalId": mail_of("Colin Colleague").to_uppercase()});
        assert_eq!(done(&survey, "submissionSend", by_address, SENT).await["submission"]["author"]["id"], json!(o.colleague.to_string()));
        app.idea_of(o.cook, "My own").await;
        app.settle().await;
        assert!(told(&app.sign_in(o.cook).await).await.is_empty());
    }

    async fn in_another_language_and_without_an_address(app) {
        let o = &app.organisation;
        let survey = sender(app, json!(["SUBMIT_ON_BEHALF"])).await;
        for code in ["CARLA-COOK", "nell-nurse"] {
            let input = json!({"text": "Una caja", "kind": "IDEA", "authorExternalId": code});
            done(&survey, "submissionSend", input, "submission { reference }").await;
        }
        app.settle().await;
        assert_eq!(told(&app.sign_in(o.nurse).await).await, ["RECEIVED_FOR_YOU"], "who has no address is told in the app");
        let mails = app.mails.mails();
        assert_eq!(mails.len(), 1, "to the cook alone");
        assert!(mails[0].text().contains("en tu nombre"), "{}", mails[0].text());
    }

    async fn who_may_not_learns_nothing_and_who_is_not_there_is_not_there(app) {
        let o = &app.organisation;
        let without = sender(app, json!(["SUBMIT", "CONTENT"])).await;
        let here = no(&without, for_colleague("x")).await;
        let nowhere = json!({"text": "x", "authorExternalId": "NOBODY"});
        assert_eq!(here, no(&without, nowhere.clone()).await, "no oracle without the scope");
        assert_eq!(here.0, "FORBIDDEN");
        let nurse = app.sign_in(o.nurse).await;
        assert_eq!(no(&nurse, for_colleague("x")).await.0, "FORBIDDEN");

        let admin = app.sign_in(o.admin).await;
        let survey = integration(app, &admin, "Another survey", json!(["SUBMIT_ON_BEHALF"])).await.2;
        let unknown = no(&survey, nowhere).await;
        assert_eq!((unknown.0.as_str(), unknown.1.as_str()), ("NOT_FOUND", "authorExternalId"));
        assert!(unknown.2.contains("staff code"), "{}", unknown.2);
        for external in ["", " ", "COLIN COLLEAGUE", "COLIN-COLLEAGUE'--", "\u{441}OLIN-COLLEAGUE"] {
            let input = json!({"text": "x", "authorExternalId": external});
            assert_eq!(no(&survey, input).await, unknown, "{external:?}");
        }
        // Of another subtree, and gone: the same words.
        assert_eq!(no(&survey, json!({"text": "x", "authorExternalId": "CHER-CHEMIST"})).await, unknown);
        done(&admin, "personDeactivate", json!({"id": o.colleague.to_string()}), "person { id }").await;
        assert_eq!(no(&survey, for_colleague("x")).await, unknown);
    }

    async fn nobody_is_flooded_in_their_name(app) {
        let survey = sender(app, json!(["SUBMIT_ON_BEHALF"])).await;
        for number in 0..100 {
            done(&survey, "submissionSend", for_colleague(&format!("Idea {number}")), "submission { id }").await;
        }
        let over = no(&survey, for_colleague("One more")).await;
        assert_eq!((over.0.as_str(), over.1.as_str()), ("TOO_MANY_ATTEMPTS", "authorExternalId"));
        app.settle().await;
        // Each is told in the app; by mail the first at once, and all the others together.
        let colleague = app.sign_in(app.organisation.colleague).await;
        let seen = colleague.ask("{ notifications(first: 1) { totalCount } }", json!({})).await;
        assert_eq!(seen["notifications"]["totalCount"], 100);
        let mine = || app.mails.mails_to(&mail_of("Colin Colleague"));
        assert_eq!(mine().len(), 1, "one at once");
        assert_eq!(lines(app).await, (99, 1), "the rest with the next digest");
        done(&colleague, "submissionSend", json!({"text": "My own"}), "submission { id }").await;
        app.pass(entity::instant::DAY + 1).await;
        app.settle().await;
        let mails = mine();
        assert_eq!((mails.len(), lines(app).await.0), (2, 0));
        let digest = mails[1].text();
        assert!(digest.contains("Idea 1") && digest.contains("69"), "30 are named, the others counted: {digest}");
        assert!(digest.contains("Stop mails about what you sent: "), "{digest}");
        done(&survey, "submissionSend", for_colleague("The next day"), "submission { id }").await;
        app.settle().await;
        let mails = mine();
        assert_eq!(mails.len(), 3, "the first of another day comes at once");
        assert!(mails[2].text().contains("in your name"), "{}", mails[2].text());
    }

    async fn who_wants_digests_or_nothing_gets_that(app) {
        let o = &app.organisation;
        app.wants(&[o.colleague], "OWN", "DAILY").await;
        app.wants(&[o.cook], "OWN", "OFF").await;
        let survey = sender(app, json!(["SUBMIT_ON_BEHALF"])).await;
        for number in 0..3 {
            for code in ["COLIN-COLLEAGUE", "CARLA-COOK"] {
                let input = json!({"text": format!("Idea {number}"), "kind": "IDEA", "authorExternalId": code});
                done(&survey, "submissionSend", input, "submission { id }").await;
            }
        }
        app.settle().await;
        assert_eq!((app.mails.mails().len(), lines(app).await.0), (0, 3));
        app.pass(entity::instant::DAY).await;
        let mails = app.mails.mails();
        assert_eq!((mails.len(), mails[0].to.clone()), (1, vec![mail_of("Colin Colleague")]));
        let cook = app.sign_in(o.cook).await;
        assert_eq!(told(&cook).await.len(), 3, "in the app they always hear");
    }
}
