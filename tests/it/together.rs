//! What is told together: questions of a day, digests that follow what is so and what is wanted, and the
//! page behind the address that stops them.

use entity::instant::{DAY, HOUR, MINUTE, SECOND};
use entity::submissions::phase::Phase;
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::{Value, json};

use crate::kit::app::TestApp;
use crate::kit::client::Client;
use crate::kit::mail::Received;
use crate::kit::people::mail_of;
use crate::on_both;
use crate::plans::{done, to_phase};
use crate::telling::{Idea, send_idea};

const HOLD: i64 = MINUTE + SECOND;

fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}

/// What somebody saw: its id and its reference.
async fn seen(client: &Client, words: &str) -> (String, String) {
    let input = json!({"text": words, "kind": "OBSERVATION"});
    let made = done(client, "submissionSend", input, "submission { id reference }").await;
    (text(&made["submission"]["id"]), text(&made["submission"]["reference"]))
}

async fn cause(client: &Client, name: &str) -> String {
    let input = json!({"name": name, "category": "PLACE", "status": "CONFIRMED"});
    text(&done(client, "causeCreate", input, "cause { id }").await["cause"]["id"])
}

async fn link(client: &Client, id: &str, cause: &str) {
    let input = json!({"submissionId": id, "causeIds": [cause], "announce": "NOW"});
    done(client, "causeLink", input, "submission { id }").await;
}

async fn follow(client: &Client, idea: &Idea) {
    let input = json!({"submissionId": idea.id.to_string()});
    done(client, "submissionFollow", input, "submission { id }").await;
}

/// How many lines of digests there are; with how many moments.
pub async fn lines(app: &TestApp) -> (i64, i64) {
    let db = app.system().db();
    let sql = "SELECT COUNT(*) AS n, COUNT(DISTINCT due_at) AS moments FROM digest_line";
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await;
    let row = row.expect("a look").expect("a row");
    (row.try_get("", "n").expect("a number"), row.try_get("", "moments").expect("a number"))
}

pub fn to<'a>(mails: &'a [Received], name: &str) -> Vec<&'a Received> {
    mails.iter().filter(|mail| mail.to == [mail_of(name)]).collect()
}

/// The path of the address that stops such mails.
pub fn stop_of(mail: &Received) -> String {
    let header = mail.header("List-Unsubscribe").expect("an address").replace(['\t', ' '], "");
    let address = header.trim_matches(['<', '>']);
    address.strip_prefix("https://earshot.example").expect("ours").to_owned()
}

pub async fn page(app: &TestApp, method: reqwest::Method, path: &str) -> String {
    let answer = app.anybody().request(method, path).send().await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 200);
    answer.text().await.expect("a page")
}

on_both! {
    async fn all_questions_of_a_day_come_in_one_mail(app) {
        let o = &app.organisation;
        let (colleague, cook) = (app.sign_in(o.colleague).await, app.sign_in(o.cook).await);
        let (chemist, head) = (app.sign_in(o.chemist).await, app.sign_in(o.head).await);
        let hooks = cause(&head, "No hooks").await;
        let mut sent = Vec::new();
        for (client, count) in [(&colleague, 3), (&cook, 2), (&chemist, 1)] {
            for number in 0..count {
                let one = seen(client, &format!("Coats on the floor of room {number}")).await;
                link(&head, &one.0, &hooks).await;
                sent.push(one);
            }
        }
        done(&head, "causeResolve", json!({"id": hooks, "announce": "NOW"}), "resolution { id }").await;
        app.settle().await;
        // Asked on one day, told the next morning; who answers in the app meanwhile is not asked by mail.
        app.pass(61 * DAY).await;
        app.forget_mails();
        let colleague = app.sign_in(o.colleague).await;
        let open = "{ sustainQuestions(first: 10) { totalCount } notifications(first: 9) { nodes { kind reference } } }";
        let told = colleague.ask(open, json!({})).await;
        assert_eq!(told["sustainQuestions"]["totalCount"], 3, "{told}");
        let asked = told["notifications"]["nodes"].as_array().expect("a list").iter().filter(|it| it["kind"] == "STILL_FIXED").count();
        assert_eq!(asked, 3, "each by itself in the app: {told}");
        done(&colleague, "sustainAnswer", json!({"submissionId": sent[0].0, "answer": "YES"}), "submission { id }").await;
        assert!(app.mails.mails().is_empty());
        app.pass(23 * HOUR).await;
        let mails = app.delivered(3).await;
        assert_eq!(mails.len(), 3, "one for each of the three");
        let english = to(&mails, "Colin Colleague")[0];
        assert_eq!(english.subject(), "Are 2 things still fixed?");
        let words = english.text();
        assert!(!words.contains(&sent[0].1) && words.contains(&sent[1].1) && words.contains(&sent[2].1), "{words}");
        for one in &sent[1..3] {
            let page = format!("https://earshot.example/s/{}", one.1);
            assert!(english.links().contains(&page) && words.contains(&page), "each is answered by itself: {words}");
        }
        assert_eq!(to(&mails, "Carla Cook")[0].subject(), "¿Siguen resueltas 2 cosas?");
        assert_eq!(to(&mails, "Cher Chemist")[0].subject(), format!("{}: is it still fixed?", sent[5].1));
        assert_eq!(lines(app).await.0, 0, "what was told leaves nothing behind");

        // The address at its end says what it stops and what goes on, and in the mail as well.
        assert!(words.contains("Stop mails about what you sent: https://earshot.example/unsubscribe/"), "{words}");
        let path = stop_of(english);
        let asks = page(app, reqwest::Method::GET, &path).await;
        let (stops, goes_on) = asks.split_once("These mails go on:").expect("two lists");
        assert!(stops.contains("answers and questions about what you sent, also whether it is still fixed"), "{asks}");
        for other in ["what you voted for", "what people write to you", "your work here", "news for where you work", "codes to sign in"] {
            assert!(goes_on.contains(other) && !stops.contains(other), "{other}: {asks}");
        }
        assert!(asks.contains("<button"), "GET asks");
        let done = page(app, reqwest::Method::POST, &path).await;
        assert!(done.contains("You get no more mails about this:") && !done.contains("<button"), "{done}");
        let spanish = page(app, reqwest::Method::GET, &stop_of(to(&mails, "Carla Cook")[0])).await;
        assert!(spanish.contains("lang=\"es\"") && spanish.contains("respuestas y preguntas sobre lo que enviaste") && spanish.contains("Estos correos siguen:"), "{spanish}");
    }

    async fn what_waits_follows_a_new_choice(app) {
        let o = &app.organisation;
        let (nurse, colleague) = (app.sign_in(o.nurse).await, app.sign_in(o.colleague).await);
        app.wants(&[o.colleague], "FOLLOWED", "DAILY").await;
        let (ended, goes_on) = (send_idea(&nurse, "Hooks on the doors").await, send_idea(&nurse, "A second kettle").await);
        let third = send_idea(&nurse, "A bench at the stop").await;
        for idea in [&ended, &goes_on, &third] {
            follow(&colleague, idea).await;
        }
        app.decide(&ended, Phase::Declined, "No, sorry.").await;
        app.decide(&goes_on, Phase::Accepted, "Yes, we will.").await;
        app.pass(HOLD).await;
        app.forget_mails();
        assert_eq!(lines(app).await, (2, 1), "both wait for the morning");
        // Weekly tells only how it ended.
        app.wants(&[o.colleague], "FOLLOWED", "WEEKLY").await;
        assert_eq!(lines(app).await.0, 1);
        app.pass(DAY).await;
        assert!(app.mails.mails().is_empty(), "not in the morning");
        // A choice about something else moves nothing; at once means with the next round, in one mail.
        app.wants(&[o.colleague], "COMMENTS", "IMMEDIATE").await;
        app.settle().await;
        assert!(app.mails.mails().is_empty());
        app.wants(&[o.colleague], "FOLLOWED", "IMMEDIATE").await;
        app.settle().await;
        let mails = app.delivered(1).await;
        assert_eq!(mails.len(), 1);
        assert!(mails[0].text().contains(&ended.reference) && !mails[0].text().contains(&goes_on.reference), "{}", mails[0].text());
        assert_eq!(lines(app).await.0, 0);
        // Off drops what waits, whoever says so: here the address in the mail.
        app.wants(&[o.colleague], "FOLLOWED", "DAILY").await;
        app.decide(&third, Phase::Declined, "There is one.").await;
        app.pass(HOLD).await;
        assert_eq!(lines(app).await.0, 1);
        page(app, reqwest::Method::POST, &stop_of(&mails[0])).await;
        assert_eq!(lines(app).await.0, 0);
        // And from the night to the morning.
        app.wants(&[o.colleague], "FOLLOWED", "WEEKLY").await;
        app.decide(&goes_on, Phase::Declined, "No money for it.").await;
        app.pass(13 * HOUR).await;
        assert_eq!(lines(app).await.0, 1);
        app.wants(&[o.colleague], "FOLLOWED", "IMMEDIATE").await;
        app.settle().await;
        assert_eq!(app.delivered(1).await.len(), 1, "nothing goes out at night");
        app.pass(10 * HOUR).await;
        assert!(app.delivered(2).await[1].text().contains("No money for it."));
    }

    async fn a_digest_leaves_out_what_is_done(app) {
        let o = &app.organisation;
        let reviewer = app.sign_in(o.reviewer).await;
        app.wants(&[o.colleague, o.manager, o.hill_manager], "WORK", "DAILY").await;
        let id = send_idea(&app.sign_in(o.nurse).await, "Hooks on the doors").await.id.to_string();
        to_phase(&reviewer, &id, "ACCEPTED").await;
        app.pass(HOLD).await;
        let item = |title: &str| json!({"submissionId": id, "title": title, "dueOn": "2026-03-04", "assigneeId": o.colleague.to_string()});
        let first = done(&reviewer, "actionItemAdd", item("Order the hooks"), "item { id }").await["item"]["id"].clone();
        done(&reviewer, "actionItemAdd", item("Put them up"), "item { id }").await;
        // What works is offered to another site, which answers at once.
        let works = send_idea(&app.sign_in(o.nurse).await, "A second kettle").await.id.to_string();
        to_phase(&reviewer, &works, "IMPLEMENTED").await;
        app.pass(HOLD).await;
        let offer = json!({"submissionId": works, "siteIds": [o.hill.to_string()], "message": "Four hooks a door."});
        let offers = done(&app.sign_in(o.executive).await, "adoptionOffer", offer, "adoptions { id }").await;
        app.settle().await;
        app.forget_mails();
        assert_eq!(lines(app).await.0, 1, "the offer waits for the morning");
        let hugo = app.sign_in(o.hill_manager).await;
        done(&hugo, "adoptionAccept", json!({"id": offers["adoptions"][0]["id"]}), "adoption { state }").await;
        // On Tuesday they are reminded of Wednesday, in the digest of which one is done already.
        app.pass(DAY).await;
        assert!(to(&app.mails.mails(), "Hugo Hill").is_empty(), "what was answered is no news");
        assert_eq!(lines(app).await.0, 2);
        let colleague = app.sign_in(o.colleague).await;
        done(&colleague, "actionItemMove", json!({"id": first, "status": "DONE"}), "item { id }").await;
        app.pass(DAY).await;
        let mails = app.mails.mails();
        let mine = to(&mails, "Colin Colleague");
        assert_eq!(mine.len(), 1, "one digest");
        assert!(mine[0].text().contains("Put them up") && !mine[0].text().contains("Order the hooks"), "{}", mine[0].text());
    }

    async fn the_list_of_a_day_is_no_line_of_another(app) {
        let o = &app.organisation;
        let admin = app.sign_in(o.admin).await;
        done(&admin, "serviceLevelsUpdate", json!({"escalation": true}), "serviceLevels { escalation }").await;
        app.wants(&[o.reviewer, o.second_reviewer], "WORK", "WEEKLY").await;
        let idea = send_idea(&app.sign_in(o.nurse).await, "A second kettle on the ward").await;
        app.forget_mails();
        app.pass(4 * DAY).await;
        let mails = app.mails.mails();
        let mine = to(&mails, "Rita Reviewer");
        assert!(!mine.is_empty(), "she hears on the day");
        assert!(mine.iter().all(|mail| mail.subject().contains("waits too long")), "{}", mine[0].subject());
        assert!(mine[0].text().contains(&idea.reference), "{}", mine[0].text());
        assert_eq!(lines(app).await.0, 0);
    }

    async fn an_announcement_says_its_language(app) {
        let o = &app.organisation;
        let reviewer = app.sign_in(o.reviewer).await;
        app.wants(&[o.cook], "ANNOUNCEMENTS", "IMMEDIATE").await;
        let english = json!({"language": "en", "title": "Hooks on every door", "body": "They hang."});
        let spanish = json!({"language": "es", "title": "Ganchos en cada puerta", "body": "Ya cuelgan."});
        for texts in [json!([english]), json!([english, spanish])] {
            let draft = json!({"unitIds": [o.kitchen.to_string()], "texts": texts});
            let id = done(&reviewer, "announcementCreate", draft, "announcement { id }").await["announcement"]["id"].clone();
            done(&reviewer, "announcementPublish", json!({"id": id}), "announcement { id }").await;
        }
        app.settle().await;
        let mails = app.delivered(2).await;
        let of = |title: &str| mails.iter().find(|mail| mail.subject() == title).expect(title).header("Content-Language");
        assert_eq!(of("Hooks on every door").as_deref(), Some("es, en"), "a Spanish frame around English words");
        assert_eq!(of("Ganchos en cada puerta").as_deref(), Some("es"));
    }
}
