//! Announcements: drafted, looked at, published, told once as everybody wants it, withdrawn.

use std::collections::BTreeMap;

use entity::id::PersonId;
use entity::identity::person;
use entity::identity::values::{PinState, VoteFollows};
use entity::instant::{DAY, HOUR};
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde_json::{Value, json};

use crate::kit::app::{On, TestApp};
use crate::kit::client::Client;
use crate::kit::people::mail_of;
use crate::on_both;
use crate::plans::{done, refused};
use crate::telling::send_idea;

const SEEN: &str = "id state title body language told toldAt version units { name } cause { name } submissions { reference } texts { language }";

fn words(title: &str) -> Value {
    json!([
        {"language": "en", "title": title, "body": "Every door has a hook now.\nThank you for telling us."},
        {"language": "es", "title": format!("{title} (es)"), "body": "Ya hay ganchos en todas las puertas."},
    ])
}

async fn seen(client: &Client, id: &Value) -> Value {
    let query =
        format!("query($id: ID!) {{ node(id: $id) {{ ... on Announcement {{ {SEEN} }} }} }}");
    client.ask(&query, json!({"id": id})).await["node"].clone()
}

async fn listed(client: &Client, arguments: &str) -> Vec<Value> {
    let query = format!("{{ announcements{arguments} {{ nodes {{ id }} }} }}");
    let data = client.ask(&query, json!({})).await;
    let nodes = data["announcements"]["nodes"].as_array().expect("a list").clone();
    nodes.into_iter().map(|it| it["id"].clone()).collect()
}

/// How many notifications of an announcement each person has.
async fn told(app: &TestApp) -> BTreeMap<PersonId, usize> {
    use entity::notify::notification;
    let rows = notification::Entity::find().all(&app.system().db()).await.expect("rows");
    let mut told = BTreeMap::new();
    for row in rows.into_iter().filter(|row| row.announcement_id.is_some()) {
        *told.entry(row.person_id).or_default() += 1;
    }
    told
}

on_both! {
    async fn an_announcement_reaches_its_units_once(app) {
        let o = &app.organisation;
        let (nurse, reviewer) = (app.sign_in(o.nurse).await, app.sign_in(o.reviewer).await);
        let idea = send_idea(&nurse, "Hooks on the doors, please").await;
        let draft = json!({"unitIds": [o.north.to_string()], "texts": words("Hooks on all doors"), "submissionIds": [idea.id.to_string()], "clientKey": "hooks"});
        let made = done(&reviewer, "announcementCreate", draft.clone(), &format!("alreadyReceived announcement {{ {SEEN} }}")).await;
        let id = made["announcement"]["id"].clone();
        assert_eq!((&made["announcement"]["state"], &made["announcement"]["units"]), (&json!("DRAFT"), &json!([{"name": "North"}])), "{made}");
        let again = done(&reviewer, "announcementCreate", draft, "alreadyReceived announcement { id }").await;
        assert_eq!((&again["alreadyReceived"], &again["announcement"]["id"]), (&json!(true), &id), "the same key makes one");

        // A draft is for reviewers over all its units.
        for (who, meets) in [(o.reviewer, true), (o.second_reviewer, true), (o.head, true), (o.nurse, false), (o.south_reviewer, false), (o.manager, false), (o.admin, false)] {
            let client = app.sign_in(who).await;
            assert_eq!(seen(&client, &id).await.is_null(), !meets, "{who}");
            assert_eq!(listed(&client, "(filter: {state: DRAFT})").await.contains(&id), meets, "{who}");
        }
        // First the numbers: eight people work in the north, the nurse has no mail, the cook reads Spanish.
        let reach = "query($id: ID!) { announcementReach(id: $id) { people withoutChannel languages { language people inPlaceOfAnother } } }";
        let numbers = reviewer.ask(reach, json!({"id": id})).await["announcementReach"].clone();
        let languages = json!([{"language": "en", "people": 7, "inPlaceOfAnother": 0}, {"language": "es", "people": 1, "inPlaceOfAnother": 0}]);
        assert_eq!(numbers, json!({"people": 8, "withoutChannel": 1, "languages": languages}));
        assert_eq!(nurse.ask(reach, json!({"id": id})).await["announcementReach"], Value::Null);

        let better = json!({"id": id, "expectedVersion": 1, "texts": words("Hooks on every door")});
        let changed = done(&reviewer, "announcementUpdate", better.clone(), "announcement { title version }").await;
        assert_eq!(changed["announcement"], json!({"title": "Hooks on every door", "version": 2}));
        assert_eq!(refused(&reviewer, "announcementUpdate", better).await.0, "STALE_VERSION");
        assert!(told(app).await.is_empty());

        // The manager wants to hear at once, the others in the next digest, the moderator not by mail.
        app.wants(&[o.manager], "ANNOUNCEMENTS", "IMMEDIATE").await;
        app.wants(&[o.moderator], "ANNOUNCEMENTS", "OFF").await;
        app.forget_mails();
        let published = done(&reviewer, "announcementPublish", json!({"id": id, "expectedVersion": 2}), &format!("announcement {{ {SEEN} }}")).await;
        assert_eq!(published["announcement"]["state"], "PUBLISHED");
        app.settle().await;
        let north = [o.reviewer, o.second_reviewer, o.nurse, o.colleague, o.cook, o.manager, o.hill_manager, o.moderator];
        assert_eq!(told(app).await, BTreeMap::from(north.map(|it| (it, 1))), "everybody once, nobody else");
        let now = seen(&reviewer, &id).await;
        assert_eq!((&now["told"], now["toldAt"].is_string()), (&json!(8), true), "{now}");
        let mails = app.delivered(1).await;
        assert_eq!(mails.len(), 1, "the others have time");
        assert_eq!(mails[0].to, [mail_of("Mona Manager")]);
        assert_eq!(mails[0].subject(), "Hooks on every door");
        assert!(mails[0].text().contains("Every door has a hook now.\r\nThank you") || mails[0].text().contains("Every door has a hook now.\nThank you"), "{}", mails[0].text());

        // In the app, each in their language; what it is about as far as they may read it.
        let note = "{ notifications { nodes { kind announcementId title message reference submissionId } } }";
        let nurse_told = nurse.ask(note, json!({})).await["notifications"]["nodes"][0].clone();
        assert_eq!((&nurse_told["kind"], &nurse_told["announcementId"], &nurse_told["title"]), (&json!("ANNOUNCEMENT"), &id, &json!("Hooks on every door")), "{nurse_told}");
        assert_eq!(nurse_told["submissionId"], Value::Null);
        let cook = app.sign_in(o.cook).await;
        let read = seen(&cook, &id).await;
        assert_eq!((&read["title"], &read["language"], &read["submissions"]), (&json!("Hooks on every door (es)"), &json!("es"), &json!([])), "another site's idea is not opened by this: {read}");
        assert_eq!(seen(&nurse, &id).await["submissions"], json!([{"reference": idea.reference}]));
        assert!(seen(&app.sign_in(o.chemist).await, &id).await.is_null(), "the south is not meant");
        assert!(listed(&app.sign_in(o.colleague).await, "").await.contains(&id));
        let of_lab = format!("(filter: {{unit: \"{}\"}})", o.lab);
        assert!(listed(&app.sign_in(o.head).await, &of_lab).await.is_empty());

        // The next morning it stands in the digest of those who did not choose.
        app.pass(23 * HOUR).await;
        let mails = app.delivered(6).await;
        assert_eq!(mails.len(), 6, "and nobody hears twice: {:?}", mails.iter().map(|it| it.to.clone()).collect::<Vec<_>>());
        let spanish = mails.iter().find(|it| it.to == [mail_of("Carla Cook")]).expect("a digest");
        assert!(spanish.text().contains("NOTICIAS DE DONDE TRABAJAS") && spanish.text().contains("Hooks on every door (es)"), "{}", spanish.text());

        // Published is published: withdrawn it is gone, and stays in nobody's list.
        let reviewer = app.sign_in(o.reviewer).await;
        for verb in ["announcementUpdate", "announcementPublish", "announcementDelete"] {
            let (code, field, error) = refused(&reviewer, verb, json!({"id": id})).await;
            assert_eq!((code.as_str(), field.as_str(), &error["allowed"]), ("STEP_NOT_ALLOWED", "id", &json!(["DRAFT"])), "{verb}");
        }
        done(&reviewer, "announcementWithdraw", json!({"id": id}), "announcement { state withdrawnAt }").await;
        assert_eq!(refused(&reviewer, "announcementWithdraw", json!({"id": id})).await.0, "STEP_NOT_ALLOWED");
        let nurse = app.sign_in(o.nurse).await;
        assert!(seen(&nurse, &id).await.is_null() && listed(&nurse, "").await.is_empty());
        assert_eq!(nurse.ask(note, json!({})).await["notifications"]["nodes"][0]["title"], Value::Null);
        assert_eq!(seen(&reviewer, &id).await["state"], "WITHDRAWN");
    }

    async fn what_was_withdrawn_in_time_is_in_no_mail(app) {
        let o = &app.organisation;
        let reviewer = app.sign_in(o.reviewer).await;
        let draft = json!({"unitIds": [o.ward.to_string(), o.desk.to_string()], "texts": words("A mistake")});
        let id = done(&reviewer, "announcementCreate", draft, "announcement { id }").await["announcement"]["id"].clone();
        done(&reviewer, "announcementPublish", json!({"id": id}), "announcement { id }").await;
        app.settle().await;
        done(&reviewer, "announcementWithdraw", json!({"id": id}), "announcement { id }").await;
        app.pass(DAY).await;
        assert!(app.mails.mails().is_empty());
        let log = app.sign_in(o.admin).await.ask("{ mails(first: 9) { nodes { kind state why } } }", json!({})).await;
        let rows = log["mails"]["nodes"].as_array().expect("rows");
        assert!(rows.iter().any(|row| row["why"].as_str().unwrap_or_default().contains("Nothing in it is so any more")), "{rows:?}");
        // A draft can be thrown away, and is.
        let draft = json!({"unitIds": [o.ward.to_string()], "texts": words("Another")});
        let reviewer = app.sign_in(o.reviewer).await;
        let id = done(&reviewer, "announcementCreate", draft, "announcement { id }").await["announcement"]["id"].clone();
        assert_eq!(done(&reviewer, "announcementDelete", json!({"id": id}), "deletedId").await["deletedId"], id);
        assert!(seen(&reviewer, &id).await.is_null());
    }

    async fn what_is_wrong_is_said_with_what_to_do(app) {
        let o = &app.organisation;
        let reviewer = app.sign_in(o.reviewer).await;
        let (north, south) = (o.north.to_string(), o.south.to_string());
        let nowhere = "unit_00000000000000000000000000";
        let of_south = send_idea(&app.sign_in(o.chemist).await, "A lamp in the lab").await.id.to_string();
        let text = |title: &str, body: &str| json!([{"language": "en", "title": title, "body": body}]);
        let ok = text("News", "Good.");
        for (input, code, field) in [
            (json!({"unitIds": [], "texts": ok}), "REQUIRED", "unitIds"),
            (json!({"unitIds": [nowhere], "texts": ok}), "NOT_FOUND", "unitIds"),
            (json!({"unitIds": [north, south], "texts": ok}), "FORBIDDEN", ""),
            (json!({"unitIds": [north], "texts": []}), "REQUIRED", "texts"),
            (json!({"unitIds": [north], "texts": [{"language": "es", "title": "Hola", "body": "Bien."}]}), "REQUIRED", "language"),
            (json!({"unitIds": [north], "texts": [{"language": "not a tag", "title": "A", "body": "B"}]}), "INVALID", "language"),
            (json!({"unitIds": [north], "texts": [ok[0], ok[0]]}), "INVALID", "language"),
            (json!({"unitIds": [north], "texts": text(&"x".repeat(121), "Good.")}), "TOO_LONG", "title"),
            (json!({"unitIds": [north], "texts": text("News", &"x".repeat(2_001))}), "TOO_LONG", "body"),
            (json!({"unitIds": [north], "texts": text(" \u{202e} ", "Good.")}), "REQUIRED", "title"),
            (json!({"unitIds": [north], "texts": ok, "causeId": "cause_00000000000000000000000000"}), "NOT_FOUND", "causeId"),
            (json!({"unitIds": [north], "texts": ok, "submissionIds": [of_south]}), "NOT_FOUND", "submissionIds"),
        ] {
            let found = refused(&reviewer, "announcementCreate", input.clone()).await;
            assert_eq!((found.0.as_str(), found.1.as_str()), (code, field), "{input}: {:?}", found.2);
        }
        for person in [o.nurse, o.manager, o.admin, o.executive] {
            let client = app.sign_in(person).await;
            let (code, ..) = refused(&client, "announcementCreate", json!({"unitIds": [north], "texts": ok})).await;
            assert_eq!(code, "FORBIDDEN", "{person}");
        }
        let keyed = |title: &str| json!({"unitIds": [north], "texts": text(title, "Good."), "clientKey": "one"});
        let id = done(&reviewer, "announcementCreate", keyed("One"), "announcement { id }").await["announcement"]["id"].clone();
        assert_eq!(refused(&reviewer, "announcementCreate", keyed("Two")).await.0, "IDEMPOTENCY_KEY_REUSED");
        // Whoever reviews elsewhere does not learn that it is there; whoever gave it away cannot take it back.
        let south = app.sign_in(o.south_reviewer).await;
        assert_eq!(refused(&south, "announcementPublish", json!({"id": id})).await.0, "NOT_FOUND");
        assert_eq!(refused(&reviewer, "announcementUpdate", json!({"id": id, "unitIds": [o.lab.to_string()]})).await.0, "FORBIDDEN");
        let empty = json!({"parentId": north, "kind": "TEAM", "name": "Nobody yet"});
        let empty = done(&app.sign_in(o.admin).await, "unitCreate", empty, "unit { id }").await["unit"]["id"].clone();
        done(&reviewer, "announcementUpdate", json!({"id": id, "unitIds": [empty]}), "announcement { id }").await;
        let nobody = refused(&reviewer, "announcementPublish", json!({"id": id})).await;
        assert_eq!((nobody.0.as_str(), nobody.1.as_str()), ("INVALID", "unitIds"));
    }

    async fn many_people_are_told_in_batches_each_once(app) {
        let o = &app.organisation;
        let scope = app.system();
        let tx = scope.begin().await.expect("a transaction");
        for part in 0..3_usize {
            let rows = (0..400_usize).map(|number| {
                let name = format!("P {}", part * 400 + number);
                person::ActiveModel {
                    id: Set(PersonId(scope.fresh_id())),
                    email: Set(Some(format!("p{}@many.example", part * 400 + number))),
                    email_key: Set(Some(format!("p{}@many.example", part * 400 + number))),
                    staff_code: Set(None),
                    name: Set(name),
                    home_unit_id: Set(o.kitchen),
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
            });
            person::Entity::insert_many(rows).exec_without_returning(&tx).await.expect("people");
        }
        tx.commit(()).await.expect("committed");
        let reviewer = app.sign_in(o.reviewer).await;
        let draft = json!({"unitIds": [o.hill.to_string()], "texts": words("For all of you")});
        let id = done(&reviewer, "announcementCreate", draft, "announcement { id }").await["announcement"]["id"].clone();
        done(&reviewer, "announcementPublish", json!({"id": id}), "announcement { id }").await;
        // Two processes at once, where there can be two.
        let other = app.another_process().await;
        let (here, there) = tokio::join!(
            earshot::jobs::worker::settle(&app.house),
            earshot::jobs::worker::settle(&other),
        );
        here.expect("work");
        there.expect("work");
        app.settle().await;
        let told = told(app).await;
        assert_eq!(told.len(), 1_203, "the hill with its kitchen");
        assert!(told.values().all(|times| *times == 1));
        let now = seen(&reviewer, &id).await;
        assert_eq!((&now["told"], now["toldAt"].is_string()), (&json!(1_203), true), "{now}");
        assert!(app.on == On::Postgres || app.mails.mails().is_empty());
    }

    async fn a_page_of_announcements_costs_the_same_whatever_its_length(app) {
        let o = &app.organisation;
        let (nurse, reviewer) = (app.sign_in(o.nurse).await, app.sign_in(o.reviewer).await);
        for number in 0..6 {
            let idea = send_idea(&nurse, &format!("Idea number {number}")).await.id.to_string();
            let draft = json!({"unitIds": [o.ward.to_string(), o.desk.to_string()], "texts": words(&format!("News {number}")), "submissionIds": [idea]});
            done(&reviewer, "announcementCreate", draft, "announcement { id }").await;
        }
        let page = |first: u8| format!("{{ announcements(first: {first}) {{ nodes {{ {SEEN} }} }} }}");
        let (short, long) = (reviewer.fewest(&page(2), json!({})).await, reviewer.fewest(&page(6), json!({})).await);
        assert_eq!(short.statements, long.statements);
    }
}
