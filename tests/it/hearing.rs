//! How often people hear of what: preferences, digests, quiet hours, and the address that stops mails.

use entity::id::PersonId;
use entity::instant::{DAY, HOUR, MINUTE, SECOND};
use entity::submissions::phase::Phase;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

use crate::kit::app::{On, TestApp};
use crate::kit::client::Client;
use crate::kit::people::mail_of;
use crate::on_both;
use crate::plans::{done, refused};
use crate::telling::send_idea;

const HOLD: i64 = MINUTE + SECOND;
const CHOICES: &str =
    "{ viewer { notificationPreferences { topic inApp email inAppChoices emailChoices } } }";

impl TestApp {
    /// People choose how often they get mails about a topic.
    pub async fn wants(&self, people: &[PersonId], topic: &str, email: &str) {
        for person in people {
            let client = self.sign_in(*person).await;
            let choice = json!({"topic": topic, "email": email});
            done(&client, "notificationTopicSet", choice, "preferences { topic }").await;
        }
    }

    /// What no verb does: a statement on the rows themselves.
    pub async fn by_hand(&self, sql: &str) {
        let scope = self.system();
        let tx = scope.begin().await.expect("a transaction");
        let statement = Statement::from_string(tx.get_database_backend(), sql);
        tx.execute_raw(statement).await.expect("done by hand");
        tx.commit(()).await.expect("committed");
    }
}

/// The mail log as administrators see it: kind, state, why; newest first.
async fn log(app: &TestApp) -> Vec<(String, String, String)> {
    let admin = app.sign_in(app.organisation.admin).await;
    let data = admin.ask("{ mails(first: 50) { nodes { kind state why } } }", json!({})).await;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let rows = data["mails"]["nodes"].as_array().expect("rows").iter();
    rows.map(|row| (text(&row["kind"]), text(&row["state"]), text(&row["why"]))).collect()
}

async fn follow(client: &Client, id: &str) {
    done(client, "submissionFollow", json!({"submissionId": id}), "submission { id }").await;
}

on_both! {
    async fn what_one_follows_comes_once_a_week_with_how_it_ended(app) {
        let o = &app.organisation;
        let (nurse, colleague) = (app.sign_in(o.nurse).await, app.sign_in(o.colleague).await);
        let manager = app.sign_in(o.manager).await;
        let ends = send_idea(&nurse, "Hooks on the doors").await;
        let goes_on = send_idea(&nurse, "A second kettle").await;
        let comes_back = send_idea(&nurse, "A bench at the stop").await;
        for idea in [&ends, &goes_on, &comes_back] {
            follow(&colleague, &idea.id.to_string()).await;
            done(&manager, "submissionVote", json!({"submissionId": idea.id.to_string()}), "submission { id }").await;
        }
        app.forget_mails();
        app.decide(&ends, Phase::Accepted, "Yes, we will.").await;
        app.decide(&goes_on, Phase::Accepted, "Yes.").await;
        app.decide(&comes_back, Phase::Declined, "No, sorry.").await;
        app.pass(HOLD).await;
        app.decide(&ends, Phase::Implemented, "They are up since <b>Friday</b>.").await;
        app.decide(&comes_back, Phase::UnderReview, "We look again.").await;
        app.pass(HOLD).await;
        app.pass(6 * DAY).await;
        assert!(app.mails.mails().is_empty(), "nothing before the week is over; the nurse has no address");

        // Monday, 08:00: one mail each, with the last word on what ended, and nothing else.
        app.pass(23 * HOUR).await;
        let mails = app.delivered(2).await;
        let mut to: Vec<String> = mails.iter().flat_map(|mail| mail.to.clone()).collect();
        to.sort();
        assert_eq!(to, [mail_of("Colin Colleague"), mail_of("Mona Manager")]);
        for mail in &mails {
            let text = mail.text();
            assert_eq!(mail.subject(), "One thing is new", "{text}");
            assert!(text.contains(&format!("Done: {} · Hooks on the doors", ends.reference)), "{text}");
            assert!(text.contains("They are up since <b>Friday</b>.") && !text.contains("Yes, we will."), "{text}");
            assert!(!text.contains(&goes_on.reference) && !text.contains(&comes_back.reference), "{text}");
            assert!(mail.html().contains("since &lt;b&gt;Friday"), "{}", mail.html());
            assert!(mail.links().contains(&format!("https://earshot.example/s/{}", ends.reference)), "{:?}", mail.links());
            assert!(mail.header("Message-ID").is_some_and(|id| id.ends_with("@earshot.example>")));
            assert_eq!(mail.header("List-Unsubscribe-Post").as_deref(), Some("List-Unsubscribe=One-Click"));
            assert_eq!(mail.header("Auto-Submitted").as_deref(), Some("auto-generated"));
        }
        // Never an empty digest: nothing happened, and nothing comes.
        app.pass(7 * DAY).await;
        assert_eq!(app.delivered(2).await.len(), 2);
        // In the app everything was told at once.
        let told = "{ notifications(first: 20) { nodes { reference phase } } }";
        let seen = app.sign_in(o.colleague).await.ask(told, json!({})).await;
        assert_eq!(seen["notifications"]["nodes"].as_array().expect("notes").len(), 4, "{seen}");

        // The address in the digest stops digests, without a sign-in and only by POST.
        let header = mails[0].header("List-Unsubscribe").expect("an address").replace(['\t', ' '], "");
        let path = header.trim_matches(['<', '>']).strip_prefix("https://earshot.example").expect("ours").to_owned();
        let person = if mails[0].to == [mail_of("Mona Manager")] { o.manager } else { o.colleague };
        let email = async || {
            let seen = app.sign_in(person).await.ask(CHOICES, json!({})).await;
            let rows = seen["viewer"]["notificationPreferences"].as_array().expect("rows").clone();
            rows.iter().map(|row| row["email"].as_str().expect("a word").to_owned()).collect::<Vec<_>>()
        };
        let at = async |method| app.anybody().request(method, &path).send().await.expect("an answer").status().as_u16();
        assert_eq!(at(reqwest::Method::GET).await, 200);
        assert_eq!(email().await, ["IMMEDIATE", "WEEKLY", "DAILY", "IMMEDIATE", "DAILY"], "GET changes nothing");
        assert_eq!(at(reqwest::Method::POST).await, 200);
        assert_eq!(email().await, ["IMMEDIATE", "OFF", "OFF", "IMMEDIATE", "OFF"]);
    }

    async fn rights_are_asked_when_a_digest_is_made(app) {
        let o = &app.organisation;
        let nurse = app.sign_in(o.nurse).await;
        let (colleague, manager) = (app.sign_in(o.colleague).await, app.sign_in(o.manager).await);
        let idea = send_idea(&nurse, "Softer chairs for Konrad").await;
        let closed = send_idea(&nurse, "Blinds for Konrad").await;
        for client in [&colleague, &manager] {
            follow(client, &idea.id.to_string()).await;
        }
        follow(&colleague, &closed.id.to_string()).await;
        app.decide(&idea, Phase::Declined, "No room for them.").await;
        app.decide(&closed, Phase::Declined, "No money for them.").await;
        app.pass(HOLD).await;
        // It is of another site and not opened to others now, and concerns the manager; another one is for the CX team alone.
        app.by_hand(&format!("UPDATE submission SET unit_id = (SELECT home_unit_id FROM person WHERE name = 'Carla Cook'), opened_at = NULL, concerned_id = (SELECT id FROM person WHERE name = 'Mona Manager') WHERE reference = '{}'", idea.reference)).await;
        app.by_hand(&format!("UPDATE submission SET audience = 'CX_TEAM_ONLY' WHERE reference = '{}'", closed.reference)).await;
        app.forget_mails();
        app.pass(7 * DAY).await;
        let mails = app.delivered(1).await;
        assert_eq!(mails.len(), 1, "the person concerned hears nothing");
        let text = mails[0].text();
        assert_eq!(mails[0].to, [mail_of("Colin Colleague")]);
        assert!(!text.contains(&closed.reference) && !text.contains("No money"), "for the CX team alone: {text}");
        assert!(text.contains(&idea.reference) && !text.contains("Konrad"), "reference, phase and answer, never the text: {text}");
        let log = log(app).await;
        assert!(log.iter().any(|row| row.0 == "DIGEST" && row.1 == "SKIPPED" && row.2.contains("Nothing in it")), "{log:?}");
    }

    async fn two_processes_make_one_digest(app) {
        let o = &app.organisation;
        let nurse = app.sign_in(o.nurse).await;
        let idea = send_idea(&nurse, "Label the drawers").await;
        for person in [o.colleague, o.manager, o.moderator] {
            app.follow(&idea, person).await;
        }
        app.decide(&idea, Phase::Declined, "They have labels.").await;
        app.pass(HOLD).await;
        app.forget_mails();
        let other = app.another_process().await;
        app.house.clock.advance(7 * DAY);
        if app.on == On::Postgres {
            other.clock.advance(7 * DAY);
        }
        let ticks = (0..6).map(|number| {
            let house = if number % 2 == 0 { app.house.clone() } else { other.clone() };
            tokio::spawn(async move {
                let scope = earshot::kit::scope::Scope::system(house);
                earshot::jobs::schedule::tick(&scope).await
            })
        });
        for tick in futures_util::future::join_all(ticks).await {
            tick.expect("a look at the clock").expect("a look without a fault");
        }
        let (here, there) = tokio::join!(
            earshot::jobs::worker::settle(&app.house),
            earshot::jobs::worker::settle(&other),
        );
        here.expect("work");
        there.expect("work");
        app.settle().await;
        let mut to: Vec<String> = app.mails.mails().iter().flat_map(|mail| mail.to.clone()).collect();
        to.sort();
        assert_eq!(to, ["Colin Colleague", "Mo Moderator", "Mona Manager"].map(mail_of));
    }

    async fn a_digest_whose_words_were_taken_out_says_so(app) {
        let o = &app.organisation;
        let (nurse, colleague) = (app.sign_in(o.nurse).await, app.sign_in(o.colleague).await);
        let idea = send_idea(&nurse, "Ask Zacharias Quennell for hooks").await;
        follow(&colleague, &idea.id.to_string()).await;
        app.decide(&idea, Phase::Declined, "Zacharias Quennell has none.").await;
        app.pass(HOLD).await;
        app.forget_mails();
        // Rendered, and cannot be sent; then the words go.
        app.mails.always(crate::kit::mail::Behaviour::HangUpAtOnce);
        app.pass(7 * DAY).await;
        let reviewer = app.sign_in(o.reviewer).await;
        let redact = json!({"id": idea.id.to_string(), "passages": ["Zacharias Quennell"], "reason": "PERSONAL_DATA"});
        done(&reviewer, "submissionRedact", redact, "places").await;
        app.mails.always(crate::kit::mail::Behaviour::Accept);
        app.pass(10 * MINUTE).await;
        let mails = app.delivered(1).await;
        let text = mails[0].text();
        assert!(text.contains("[removed by the CX team]") && !text.contains("Quennell"), "{text}");
        assert!(!mails[0].html().contains("Quennell"));
    }

    async fn people_choose_and_are_told_what_they_can(app) {
        let o = &app.organisation;
        let colleague = app.sign_in(o.colleague).await;
        let row = |topic: &str, email: &str, in_app: Value| json!({"topic": topic, "inApp": "IMMEDIATE", "email": email,
            "inAppChoices": in_app, "emailChoices": ["IMMEDIATE", "DAILY", "WEEKLY", "OFF"]});
        let (always, either) = (json!(["IMMEDIATE"]), json!(["IMMEDIATE", "OFF"]));
        let defaults = json!([
            row("OWN", "IMMEDIATE", always), row("FOLLOWED", "WEEKLY", either.clone()), row("COMMENTS", "DAILY", either.clone()),
            row("WORK", "IMMEDIATE", either.clone()), row("ANNOUNCEMENTS", "DAILY", either),
        ]);
        assert_eq!(colleague.ask(CHOICES, json!({})).await["viewer"]["notificationPreferences"], defaults);
        for (input, code, field, allowed) in [
            (json!({"topic": "OWN", "inApp": "OFF"}), "INVALID", "inApp", json!(["IMMEDIATE"])),
            (json!({"topic": "FOLLOWED", "inApp": "DAILY"}), "INVALID", "inApp", json!(["IMMEDIATE", "OFF"])),
            (json!({"topic": "WORK"}), "REQUIRED", "email", json!([])),
        ] {
            let found = refused(&colleague, "notificationTopicSet", input.clone()).await;
            assert_eq!((found.0.as_str(), found.1.as_str(), &found.2["allowed"]), (code, field, &allowed), "{input}");
        }
        assert_eq!(colleague.ask(CHOICES, json!({})).await["viewer"]["notificationPreferences"], defaults, "a refusal keeps nothing");
        // The author always hears in the app, also without mails; what is switched off there is not lost.
        let idea = send_idea(&app.sign_in(o.nurse).await, "A clock in the hall").await;
        let own = send_idea(&colleague, "A rug in the hall").await;
        follow(&colleague, &idea.id.to_string()).await;
        done(&colleague, "notificationTopicSet", json!({"topic": "OWN", "email": "OFF"}), "preferences { topic }").await;
        done(&colleague, "notificationTopicSet", json!({"topic": "FOLLOWED", "inApp": "OFF", "email": "DAILY"}), "preferences { topic }").await;
        app.decide(&idea, Phase::Accepted, "Yes.").await;
        app.decide(&own, Phase::Accepted, "Yes, too.").await;
        app.pass(HOLD).await;
        assert!(app.mails.mails().is_empty());
        let told = "{ notificationsUnreadCount notifications { totalCount nodes { reference } } }";
        let seen = colleague.ask(told, json!({})).await;
        assert_eq!(seen, json!({"notificationsUnreadCount": 1, "notifications": {"totalCount": 1, "nodes": [{"reference": own.reference}]}}));
        done(&colleague, "notificationTopicSet", json!({"topic": "FOLLOWED", "inApp": "IMMEDIATE"}), "preferences { topic }").await;
        assert_eq!(colleague.ask(told, json!({})).await["notificationsUnreadCount"], 2);
        // A daily digest tells of every answer, the next morning.
        app.pass(DAY).await;
        let mails = app.delivered(1).await;
        assert_eq!(mails.len(), 1);
        assert!(mails[0].text().contains(&format!("Yes, we want to do this: {}", idea.reference)), "{}", mails[0].text());
        let integration = crate::authz::integration(app, &app.sign_in(o.admin).await, "Reader", json!(["CONTENT"])).await.2;
        assert_eq!(integration.ask(CHOICES, json!({})).await["viewer"]["notificationPreferences"], Value::Null);
    }

    async fn the_night_is_quiet_but_for_ones_own(app) {
        let o = &app.organisation;
        let admin = app.sign_in(o.admin).await;
        for (field, value) in [("quietFrom", "25:00"), ("quietTo", "7"), ("digestAt", "08:60")] {
            let found = refused(&admin, "settingsUpdate", json!({field: value})).await;
            assert_eq!((found.0.as_str(), found.1.as_str()), ("INVALID", field), "{found:?}");
        }
        let hours = json!({"quietFrom": "21:00", "quietTo": "06:30", "digestAt": "09:15", "digestOn": "FRIDAY"});
        let set = done(&admin, "settingsUpdate", hours.clone(), "settings { quietFrom quietTo digestAt digestOn }").await;
        assert_eq!(set["settings"], hours);
        app.wants(&[o.colleague], "COMMENTS", "IMMEDIATE").await;
        let colleague = app.sign_in(o.colleague).await;
        let idea = send_idea(&colleague, "More light on the stairs").await;
        let of_nurse = send_idea(&app.sign_in(o.nurse).await, "A mat at the door").await;
        follow(&colleague, &of_nurse.id.to_string()).await;
        // 23:00. A comment waits for the morning, an answer to what one sent does not.
        app.pass(14 * HOUR).await;
        let reviewer = app.sign_in(o.reviewer).await;
        let comment = json!({"submissionId": idea.id.to_string(), "text": "Which stairs?"});
        done(&reviewer, "commentAdd", comment, "comment { id }").await;
        app.settle().await;
        assert!(app.mails.mails().is_empty());
        app.decide(&idea, Phase::Accepted, "Lamps are ordered.").await;
        app.decide(&of_nurse, Phase::Declined, "There is one.").await;
        app.pass(HOLD).await;
        assert!(app.delivered(1).await[0].text().contains("Lamps are ordered."));
        // 06:29, 06:31.
        app.pass(7 * HOUR + 27 * MINUTE).await;
        assert_eq!(app.delivered(1).await.len(), 1, "half past six has not come");
        app.pass(3 * MINUTE).await;
        let mails = app.delivered(2).await;
        assert_eq!(mails.len(), 2);
        assert!(mails[1].text().contains("Which stairs?"), "{}", mails[1].text());
        // The weekly one comes on Friday now.
        app.pass(3 * DAY).await;
        assert_eq!(app.delivered(2).await.len(), 2, "Friday, 06:31");
        app.pass(3 * HOUR).await;
        assert!(app.delivered(3).await[2].text().contains(&of_nurse.reference));
    }
}
