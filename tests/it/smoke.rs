//! The kit itself: an app starts, people sign in, the workers rest.

use serde_json::json;

use crate::authz::integration;
use crate::on_both;

on_both! {
    async fn people_sign_in(app) {
        let nurse = app.sign_in(app.organisation.nurse).await;
        nurse.ask("{ serverVersion }", json!({})).await;
        let forged = nurse.with_token("forged").send("{ serverVersion }", json!({})).await;
        assert_eq!((forged.status, forged.code()), (401, "UNAUTHENTICATED"));
        assert!(forged.headers.contains_key("www-authenticate"));
    }
}

on_both! {
    async fn the_links_of_mails_land_somewhere_and_tell_nothing(app) {
        let page = async |path: &str, language: &str| {
            let request = app.anybody().request(reqwest::Method::GET, path).header("accept-language", language);
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 200, "{path}");
            assert!(answer.headers().contains_key("content-security-policy"));
            answer.text().await.unwrap()
        };
        let known = page("/s/EAR-1", "en").await;
        assert_eq!(known, page("/s/EAR-999999", "en-GB,en;q=0.8").await);
        assert!(page("/s/EAR-1", "es-MX").await.contains("lang=\"es\""));
        assert!(page("/preferences", "fr").await.contains("lang=\"en\""));
    }
}

on_both! {
    async fn a_program_is_told_what_it_lacks(app) {
        let admin = app.sign_in(app.organisation.admin).await;
        let (_, _, sender) = integration(app, &admin, "Sender", json!(["SUBMIT"])).await;
        for (document, lacking) in [
            ("{ ideas { totalCount } }", "scope content"),
            ("{ submissions { nodes { id } } }", "scope content"),
            ("{ observations { nodes { id } } }", "scope content"),
            ("{ people { nodes { id } } }", "scope personal"),
            ("{ facts(first: 1) { headCursor } }", "scope facts"),
            ("mutation { submissionMove(input: {id: \"sub_00000000000000000000000000\", to: ACCEPTED}) { userErrors { message } } }", "Let a person sign in"),
        ] {
            let answer = sender.send(document, json!({})).await.body.to_string();
            assert!(answer.contains(lacking), "{document}: {answer}");
        }
        let follow = "subscription { ideaStatusChanged { cursor } }";
        let request = sender.request(reqwest::Method::POST, "/graphql").header("accept", "text/event-stream");
        let stream = request.json(&json!({"query": follow})).send().await.unwrap().text().await.unwrap();
        assert!(stream.contains("FORBIDDEN") && stream.contains("scope content") && stream.contains("event: complete"), "{stream}");
        // Sent as a plain request it says where it belongs.
        let plain = admin.send(follow, json!({})).await;
        assert_eq!((plain.status, plain.code()), (400, "BAD_REQUEST"));
        assert!(plain.body.to_string().contains("text/event-stream"), "{}", plain.body);
    }
}
