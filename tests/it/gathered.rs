//! Mails that gather several things: what their address stops, and what they leave behind.

use entity::instant::{DAY, HOUR, MINUTE, SECOND};
use entity::submissions::phase::Phase;
use serde_json::{Value, json};

use crate::authz::integration;
use crate::kit::client::Client;
use crate::on_both;
use crate::plans::done;
use crate::schema::{list, text};
use crate::telling::send_idea;
use crate::together::{lines, page, stop_of, to};

const HOLD: i64 = MINUTE + SECOND;

async fn by_mail(client: &Client, topic: &str) -> String {
    let query = "{ viewer { notificationPreferences { topic email } } }";
    let data = client.ask(query, json!({})).await;
    let rows = list(&data["viewer"], "notificationPreferences").to_vec();
    let row = rows.iter().find(|it| text(it, "topic") == topic).expect("a topic");
    text(row, "email").to_owned()
}

on_both! {
    async fn its_address_stops_all_that_it_tells_of(app) {
        let o = &app.organisation;
        let (nurse, colleague) = (app.sign_in(o.nurse).await, app.sign_in(o.colleague).await);
        app.wants(&[o.colleague], "FOLLOWED", "DAILY").await;
        let followed = send_idea(&nurse, "Hooks on the doors").await;
        done(&colleague, "submissionFollow", json!({"submissionId": followed.id.to_string()}), "submission { id }").await;
        let own = send_idea(&colleague, "A second kettle").await;
        done(&nurse, "commentAdd", json!({"submissionId": own.id.to_string(), "text": "Yes please."}), "comment { id }").await;
        app.decide(&followed, Phase::Declined, "No, sorry.").await;
        app.pass(HOLD).await;
        assert_eq!(lines(app).await.0, 2, "both wait for the morning");
        app.forget_mails();
        // At night they are wanted at once: in the morning they come in one mail, which is no digest.
        app.pass(13 * HOUR).await;
        app.wants(&[o.colleague], "FOLLOWED", "IMMEDIATE").await;
        app.wants(&[o.colleague], "COMMENTS", "IMMEDIATE").await;
        app.pass(10 * HOUR).await;
        let mails = app.delivered(1).await;
        let mine = to(&mails, "Colin Colleague");
        assert_eq!(mine.len(), 1);
        let words = mine[0].text();
        assert!(words.contains(&followed.reference) && words.contains("Yes please."), "{words}");
        assert!(words.contains("Stop mails about what this one tells: https://earshot.example/unsubscribe/"), "{words}");

        // The page names what it stops, and what goes on.
        let path = stop_of(mine[0]);
        let (followed, comments) = ("what you voted for or follow", "what people write to you");
        let asks = page(app, reqwest::Method::GET, &path).await;
        let (stops, goes_on) = asks.split_once("These mails go on:").expect("two lists");
        assert!(stops.contains(followed) && stops.contains(comments), "{asks}");
        for other in ["about what you sent, also", "your work here", "news for where you work"] {
            assert!(goes_on.contains(other) && !stops.contains(other), "{other}: {asks}");
        }
        // One click of a mail program does the same.
        assert_eq!(mine[0].header("List-Unsubscribe-Post").as_deref(), Some("List-Unsubscribe=One-Click"));
        let asked = app.anybody().request(reqwest::Method::POST, &path);
        let answer = asked.header("content-type", "application/x-www-form-urlencoded").body("List-Unsubscribe=One-Click");
        assert_eq!(answer.send().await.expect("an answer").status().as_u16(), 200);
        let colleague = app.sign_in(o.colleague).await;
        for (topic, wish) in [("FOLLOWED", "OFF"), ("COMMENTS", "OFF"), ("OWN", "IMMEDIATE"), ("WORK", "IMMEDIATE"), ("ANNOUNCEMENTS", "DAILY")] {
            assert_eq!(by_mail(&colleague, topic).await, wish, "{topic}");
        }
        let after = page(app, reqwest::Method::GET, &path).await;
        assert!(after.contains(followed) && after.contains(comments), "{after}");
    }

    async fn a_digest_with_what_is_wanted_at_once_stops_what_it_tells(app) {
        let o = &app.organisation;
        let admin = app.sign_in(o.admin).await;
        let survey = integration(app, &admin, "Survey", json!(["SUBMIT_ON_BEHALF"])).await.2;
        for words in ["A second kettle", "A bench"] {
            let input = json!({"text": words, "kind": "IDEA", "authorExternalId": "COLIN-COLLEAGUE"});
            done(&survey, "submissionSend", input, "submission { id }").await;
        }
        let (nurse, colleague) = (app.sign_in(o.nurse).await, app.sign_in(o.colleague).await);
        let own = send_idea(&colleague, "Hooks on the doors").await;
        done(&nurse, "commentAdd", json!({"submissionId": own.id.to_string(), "text": "Yes please."}), "comment { id }").await;
        app.settle().await;
        assert_eq!(lines(app).await.0, 2, "the second acknowledgement, and the comment");
        app.forget_mails();
        app.pass(DAY).await;
        let mails = app.mails.mails();
        let mine = to(&mails, "Colin Colleague");
        assert_eq!(mine.len(), 1);
        let words = mine[0].text();
        assert!(words.contains("Yes please.") && words.contains("Stop mails about what this one tells: "), "{words}");
        let path = stop_of(mine[0]);
        let asked = app.anybody().request(reqwest::Method::POST, &path);
        let answer = asked.header("content-type", "application/x-www-form-urlencoded").body("List-Unsubscribe=One-Click");
        assert_eq!(answer.send().await.expect("an answer").status().as_u16(), 200);
        let colleague = app.sign_in(o.colleague).await;
        for (topic, wish) in [("OWN", "OFF"), ("COMMENTS", "OFF"), ("FOLLOWED", "WEEKLY"), ("ANNOUNCEMENTS", "DAILY"), ("WORK", "IMMEDIATE")] {
            assert_eq!(by_mail(&colleague, topic).await, wish, "{topic}");
        }
    }

    async fn what_closed_mails_left_behind_is_swept(app) {
        let o = &app.organisation;
        app.wants(&[o.colleague], "FOLLOWED", "DAILY").await;
        let nurse = app.sign_in(o.nurse).await;
        for words in ["Hooks on the doors", "A second kettle", "A bench"] {
            let idea = send_idea(&nurse, words).await;
            app.follow(&idea, o.colleague).await;
            app.decide(&idea, Phase::Accepted, "Yes.").await;
            app.pass(HOLD).await;
        }
        app.pass(DAY).await;
        assert_eq!(lines(app).await.0, 0, "a digest that was sent forgets its lines");
        // As an earlier release left them: of a closed mail, of one that was given up, of none.
        let notes = "SELECT id, person_id, created_at FROM notification WHERE kind = 'FOLLOWED_DECISION' ORDER BY id LIMIT 1";
        let mail = "(SELECT id FROM mail WHERE kind = 'DIGEST')";
        for (at, mail) in [(0, mail), (1, "NULL")] {
            app.by_hand(&format!("INSERT INTO digest_line (notification_id, person_id, due_at, mail_id)
                SELECT id, person_id, created_at + 99999999999999, {mail} FROM ({notes} OFFSET {at}) AS notes")).await;
        }
        let given_up = "INSERT INTO mail (id, kind, person_id, message_id, state, attempts, created_at)
            SELECT id, 'DIGEST', person_id, 'given-up', 'FAILED', 9, created_at FROM notification WHERE kind = 'FOLLOWED_DECISION' ORDER BY id DESC LIMIT 1";
        app.by_hand(given_up).await;
        app.by_hand(&format!("INSERT INTO digest_line (notification_id, person_id, due_at, mail_id)
            SELECT id, person_id, created_at, (SELECT id FROM mail WHERE message_id = 'given-up') FROM ({notes} OFFSET 2) AS notes")).await;
        assert_eq!(lines(app).await.0, 3);
        app.settle().await;
        assert_eq!(lines(app).await.0, 3, "once a day is often enough");
        app.pass(DAY).await;
        let closed = "SELECT COUNT(*) FROM digest_line l JOIN mail m ON m.id = l.mail_id WHERE m.closed_at IS NOT NULL";
        assert_eq!(app.number(closed).await, 0);
        assert_eq!(app.number("SELECT COUNT(*) FROM digest_line WHERE mail_id IS NULL").await, 1, "what waits stays");
        assert_eq!(lines(app).await.0, 2, "and what may be tried again");
        app.settle().await;
        let swept = "SELECT COUNT(*) FROM timed_work WHERE kind = 'SWEEP'";
        let days = app.number(swept).await;
        app.settle().await;
        assert_eq!(app.number(swept).await, days, "once a day");
        let mails: Value = json!(app.number("SELECT COUNT(*) FROM mail WHERE kind = 'DIGEST'").await);
        assert_eq!(mails, 2, "the log of mails stays");
    }
}
