//! An idea that works at one site is offered to others: what they answer, what it changes there, and
//! who sees what of it.

use entity::id::AdoptionId;
use entity::implementation::adoption;
use entity::implementation::values::AdoptionState;
use entity::instant::{MINUTE, SECOND};
use sea_orm::{EntityTrait as _, IntoActiveModel as _};
use serde_json::{Value, json};

use crate::kit::app::{START, TestApp};
use crate::kit::client::Client;
use crate::kit::people::mail_of;
use crate::on_both;
use crate::plans::{done, kinds, refused, to_phase};
use crate::telling::send_idea;

const LOOK: &str = "query($id: ID!) { submission(by: {id: $id}) {
  adoptions { id state message reason site { name } offeredBy { name } acceptedBy { name } version
    outcomes { id title isConfirmed actual { value } history { value } } }
  outcomes { id } history(first: 100) { nodes { kind } } } }";
const MINE: &str =
    "query($states: [AdoptionState!]) { adoptions(first: 10, state: $states) { totalCount nodes {
  id state message submission { reference } site { name } } } }";
const ONE: &str = "adoption { id state version acceptedBy { name } reason }";

async fn look(client: &Client, id: &str) -> Value {
    client.ask(LOOK, json!({"id": id})).await["submission"].clone()
}

async fn mine(client: &Client, states: Value) -> Value {
    client.ask(MINE, json!({"states": states})).await["adoptions"].clone()
}

async fn offer(client: &Client, input: Value) -> Vec<String> {
    let made = done(client, "adoptionOffer", input, "adoptions { id state }").await;
    let made = made["adoptions"].as_array().expect("offers").clone();
    made.iter().map(|it| it["id"].as_str().expect("an id").to_owned()).collect()
}

/// An idea of the ward that works, told to everybody.
async fn implemented(app: &TestApp) -> String {
    let nurse = app.sign_in(app.organisation.nurse).await;
    let reviewer = app.sign_in(app.organisation.reviewer).await;
    let id = send_idea(&nurse, "Hooks on the doors of the changing rooms").await.id.to_string();
    to_phase(&reviewer, &id, "IN_PROGRESS").await;
    to_phase(&reviewer, &id, "IMPLEMENTED").await;
    app.pass(MINUTE + SECOND).await;
    id
}

on_both! {
    async fn a_fix_is_copied_to_another_site(app) {
        let o = &app.organisation;
        app.by_hand("UPDATE person SET locale = 'es' WHERE name = 'Hugo Hill'").await;
        let id = implemented(app).await;
        let (executive, reviewer) = (app.sign_in(o.executive).await, app.sign_in(o.reviewer).await);
        let (hugo, sue) = (app.sign_in(o.hill_manager).await, app.sign_in(o.south_reviewer).await);
        let (nurse, cook) = (app.sign_in(o.nurse).await, app.sign_in(o.cook).await);
        app.mails.clear();
        let words = "Four hooks a door, at shoulder height.";
        let made = offer(&executive, json!({"submissionId": id, "siteIds": [o.hill.to_string(), o.lake.to_string()], "message": words})).await;
        app.settle().await;

        // Those who lead the sites are told, each in their language, and nobody else.
        let mails = app.mails.wait_for(2).await;
        let mut to: Vec<String> = mails.iter().map(|mail| mail.to[0].clone()).collect();
        to.sort();
        assert_eq!(to, [mail_of("Hugo Hill"), mail_of("Sue South")]);
        let spanish = mails.iter().find(|mail| mail.to[0] == mail_of("Hugo Hill")).expect("a mail");
        assert_eq!(spanish.header("Content-Language").as_deref(), Some("es"));
        assert!(spanish.subject().contains("Para Hill"), "{}", spanish.subject());
        assert!(spanish.text().contains(words) && spanish.text().contains("Hooks on the doors"), "{}", spanish.text());
        let english = mails.iter().find(|mail| mail.to[0] == mail_of("Sue South")).expect("a mail");
        assert!(english.subject().contains("For Lake"), "{}", english.subject());
        assert!(english.text().contains("At Harbour this works."), "{}", english.text());
        let told = hugo.ask("{ notifications { nodes { kind adoptionId message reference } } }", json!({})).await;
        let note = &told["notifications"]["nodes"][0];
        assert_eq!((note["kind"].as_str(), note["adoptionId"].as_str(), note["message"].as_str()), (Some("ADOPTION_OFFERED"), Some(made[0].as_str()), Some(words)), "{told}");

        // Each site has its task; who only reads the idea sees nothing of it yet.
        let tasks = mine(&hugo, Value::Null).await;
        assert_eq!((&tasks["totalCount"], &tasks["nodes"][0]["site"]["name"], &tasks["nodes"][0]["message"]), (&json!(1), &json!("Hill"), &json!(words)), "{tasks}");
        assert_eq!(mine(&sue, Value::Null).await["nodes"][0]["site"]["name"], "Lake");
        assert_eq!(mine(&nurse, Value::Null).await["totalCount"], 0);
        assert_eq!(look(&nurse, &id).await["adoptions"], json!([]));
        assert_eq!(look(&cook, &id).await["adoptions"], json!([]));
        assert_eq!(look(&hugo, &id).await["adoptions"].as_array().expect("offers").len(), 1, "the own one alone");
        assert_eq!(look(&executive, &id).await["adoptions"].as_array().expect("offers").len(), 2);

        // Steps in their order, by whose they are.
        let hill = json!({"id": made[0]});
        assert_eq!(refused(&cook, "adoptionAccept", hill.clone()).await.0, "NOT_FOUND");
        assert_eq!(refused(&executive, "adoptionAccept", hill.clone()).await.0, "FORBIDDEN");
        assert_eq!(refused(&hugo, "adoptionWithdraw", hill.clone()).await.0, "FORBIDDEN");
        let (code, _, error) = refused(&hugo, "adoptionComplete", hill.clone()).await;
        assert_eq!((code.as_str(), &error["allowed"]), ("STEP_NOT_ALLOWED", &json!(["ADOPTING", "DECLINED", "WITHDRAWN"])), "{error}");
        let stale = json!({"id": made[0], "expectedVersion": 7});
        assert_eq!(refused(&hugo, "adoptionAccept", stale).await.0, "STALE_VERSION");
        let early = json!({"adoptionId": made[0], "kind": "QUALITY", "title": "Coats on the floor", "unitOfMeasure": "coats a day", "direction": "LOWER"});
        assert_eq!(refused(&hugo, "outcomeAdd", early.clone()).await.0, "TOO_LATE");
        let taken = done(&hugo, "adoptionAccept", hill.clone(), ONE).await;
        assert_eq!((&taken["adoption"]["state"], &taken["adoption"]["acceptedBy"]["name"]), (&json!("ADOPTING"), &json!("Hugo Hill")));
        assert_eq!(refused(&executive, "adoptionWithdraw", hill.clone()).await.0, "STEP_NOT_ALLOWED");

        // Its own outcome there, confirmed by somebody who neither took it up nor wrote it down.
        assert_eq!(refused(&cook, "outcomeAdd", early.clone()).await.0, "NOT_FOUND");
        let outcome = done(&hugo, "outcomeAdd", early, "outcome { id }").await["outcome"]["id"].clone();
        let actual = json!({"outcomeId": outcome, "stage": "ACTUAL", "value": 2, "evidence": "Counted at noon"});
        done(&hugo, "outcomeRecord", actual, "outcome { id }").await;
        assert_eq!(refused(&hugo, "outcomeConfirm", json!({"id": outcome})).await.0, "FORBIDDEN");
        done(&reviewer, "outcomeConfirm", json!({"id": outcome}), "outcome { isConfirmed }").await;
        assert_eq!(look(&nurse, &id).await["adoptions"], json!([]), "not before it works");
        done(&hugo, "adoptionComplete", hill.clone(), ONE).await;
        let seen = look(&nurse, &id).await;
        let there = &seen["adoptions"][0];
        assert_eq!((&there["site"]["name"], &there["state"], &there["outcomes"][0]["actual"]["value"]), (&json!("Hill"), &json!("ADOPTED"), &json!(2.0)), "{seen}");
        assert!(there["message"].is_null() && there["offeredBy"].is_null() && there["outcomes"][0]["history"].is_null(), "{there}");
        assert_eq!(seen["outcomes"], json!([]), "what it changed elsewhere is not what it changed here");
        assert!(kinds(&seen).contains(&"adoption.completed") && !kinds(&seen).contains(&"adoption.offered"), "{seen}");
        assert_eq!(refused(&hugo, "adoptionDecline", json!({"id": made[0], "reason": "No"})).await.0, "STEP_NOT_ALLOWED");
        let again = json!({"submissionId": id, "siteIds": [o.hill.to_string()]});
        let (code, field, error) = refused(&executive, "adoptionOffer", again).await;
        assert_eq!((code.as_str(), field.as_str()), ("TAKEN", "siteIds"), "{error}");

        // The other site declines, with a reason that whoever offered it reads.
        let lake = |reason: &str| json!({"id": made[1], "reason": reason});
        assert_eq!(refused(&sue, "adoptionDecline", lake(" ")).await.1, "reason");
        assert_eq!(refused(&sue, "adoptionDecline", lake(&"a".repeat(2_001))).await.0, "TOO_LONG");
        done(&sue, "adoptionDecline", lake("Our doors are of glass."), ONE).await;
        app.settle().await;
        let told = executive.ask("{ notifications { nodes { kind reference } } }", json!({})).await;
        let answers = told["notifications"]["nodes"].as_array().expect("rows").iter().filter(|it| it["kind"] == "ADOPTION_ANSWERED");
        assert_eq!(answers.count(), 3, "taken up, works, declined: {told}");
        let offers = look(&executive, &id).await["adoptions"].clone();
        let declined = offers.as_array().expect("offers").iter().find(|it| it["site"]["name"] == "Lake").expect("an offer");
        assert_eq!((&declined["state"], &declined["reason"]), (&json!("DECLINED"), &json!("Our doors are of glass.")));
        assert_eq!(app.mails.mails().len(), 2, "answers come in the app alone");

        // Offered anew, and taken back before anybody was told.
        let anew = offer(&reviewer, json!({"submissionId": id, "siteIds": [o.lake.to_string()]})).await;
        let back = done(&executive, "adoptionWithdraw", json!({"id": anew[0], "expectedVersion": 1}), ONE).await;
        assert_eq!(back["adoption"]["state"], "WITHDRAWN");
        app.settle().await;
        assert_eq!(app.mails.mails().len(), 2, "nobody hears of what was taken back");
        assert_eq!(refused(&sue, "adoptionAccept", json!({"id": anew[0]})).await.0, "STEP_NOT_ALLOWED");
        assert_eq!(mine(&sue, json!(["DECLINED"])).await["totalCount"], 1);
        let inside = look(&reviewer, &id).await;
        for kind in ["adoption.offered", "adoption.accepted", "adoption.completed", "adoption.declined", "adoption.withdrawn"] {
            assert!(kinds(&inside).contains(&kind), "{kind}: {inside}");
        }
    }

    async fn only_what_works_is_offered_and_only_where_it_may_be_read(app) {
        let o = &app.organisation;
        let (nurse, reviewer, cook) = (app.sign_in(o.nurse).await, app.sign_in(o.reviewer).await, app.sign_in(o.cook).await);
        let young = send_idea(&nurse, "A bench at the bus stop").await.id.to_string();
        let hill = |id: &str| json!({"submissionId": id, "siteIds": [o.hill.to_string()]});
        let (code, field, error) = refused(&reviewer, "adoptionOffer", hill(&young)).await;
        assert_eq!((code.as_str(), field.as_str()), ("STEP_NOT_ALLOWED", "submissionId"), "{error}");
        to_phase(&reviewer, &young, "IN_PROGRESS").await;
        to_phase(&reviewer, &young, "IMPLEMENTED").await;
        assert_eq!(refused(&reviewer, "adoptionOffer", hill(&young)).await.0, "STEP_NOT_ALLOWED", "decided, not announced");
        let seen = done(&nurse, "submissionSend", json!({"text": "The lift is out.", "kind": "OBSERVATION"}), "submission { id }").await;
        let seen = seen["submission"]["id"].as_str().expect("an id").to_owned();
        assert_eq!(refused(&reviewer, "adoptionOffer", hill(&seen)).await.0, "INVALID");

        let id = implemented(app).await;
        assert_eq!(refused(&cook, "adoptionOffer", hill(&id)).await.0, "FORBIDDEN");
        assert_eq!(refused(&app.sign_in(o.hill_manager).await, "adoptionOffer", hill(&id)).await.0, "FORBIDDEN");
        let to = |sites: Value| json!({"submissionId": id, "siteIds": sites});
        for (sites, code) in [
            (json!([]), "REQUIRED"),
            (json!([o.kitchen.to_string()]), "INVALID"),
            (json!([o.harbour.to_string()]), "INVALID"),
            (json!([o.hill.to_string(), o.hill.to_string()]), "INVALID"),
        ] {
            let (found, field, error) = refused(&reviewer, "adoptionOffer", to(sites)).await;
            assert_eq!((found.as_str(), field.as_str()), (code, "siteIds"), "{error}");
        }
        app.by_hand("UPDATE org_unit SET active_to = '2026-03-01' WHERE name = 'Lake'").await;
        let (code, field, error) = refused(&reviewer, "adoptionOffer", to(json!([o.lake.to_string()]))).await;
        assert_eq!((code.as_str(), field.as_str()), ("INVALID", "siteIds"), "{error}");
        assert!(error["message"].as_str().expect("words").contains("was closed on 2026-03-01"), "{error}");
        let long = json!({"submissionId": id, "siteIds": [o.hill.to_string()], "message": "a".repeat(2_001)});
        let (code, field, _) = refused(&reviewer, "adoptionOffer", long).await;
        assert_eq!((code.as_str(), field.as_str()), ("TOO_LONG", "message"));

        // Where only its own unit reads, an offer opens nothing: it is refused with the cure.
        let admin = app.sign_in(o.admin).await;
        done(&admin, "settingsUpdate", json!({"readPolicy": "OWN_UNIT"}), "settings { readPolicy }").await;
        let (code, field, error) = refused(&reviewer, "adoptionOffer", hill(&id)).await;
        assert_eq!((code.as_str(), field.as_str()), ("INVALID", "siteIds"), "{error}");
        assert!(error["message"].as_str().expect("words").contains("let somebody there read it"), "{error}");
        done(&admin, "settingsUpdate", json!({"readPolicy": "OWN_SITE_THEN_OPEN"}), "settings { readPolicy }").await;

        // What is not open yet is opened by the offer only when that is said.
        app.by_hand("UPDATE submission SET opened_at = NULL").await;
        assert!(look(&cook, &id).await.is_null());
        let (code, field, error) = refused(&reviewer, "adoptionOffer", hill(&id)).await;
        assert_eq!((code.as_str(), field.as_str()), ("INVALID", "opensIdea"), "{error}");
        assert!(look(&cook, &id).await.is_null());
        let opens = json!({"submissionId": id, "siteIds": [o.hill.to_string()], "opensIdea": true});
        offer(&reviewer, opens).await;
        assert!(look(&cook, &id).await.is_object());
        assert!(kinds(&look(&reviewer, &id).await).contains(&"submission.opened"));
    }

    async fn an_idea_is_not_offered_without_end(app) {
        let o = &app.organisation;
        let id = implemented(app).await;
        let tx = app.system().begin().await.expect("a transaction");
        let ended = (0..199).map(|_| {
            adoption::Model {
                id: AdoptionId(app.system().fresh_id()),
                submission_id: id.parse().expect("an id"),
                site_id: o.lake,
                state: AdoptionState::Declined,
                message: None,
                reason: Some(String::from("Not here")),
                offered_by: None,
                offered_at: START,
                accepted_by: None,
                accepted_at: None,
                closed_by: None,
                closed_at: Some(START),
                version: 2,
            }
            .into_active_model()
        });
        adoption::Entity::insert_many(ended).exec_without_returning(&tx).await.expect("rows");
        tx.commit_silently(()).await.expect("a commit");
        let reviewer = app.sign_in(o.reviewer).await;
        let both = json!({"submissionId": id, "siteIds": [o.hill.to_string(), o.lake.to_string()]});
        let (code, field, error) = refused(&reviewer, "adoptionOffer", both).await;
        assert_eq!((code.as_str(), field.as_str()), ("INVALID", "siteIds"), "{error}");
        offer(&reviewer, json!({"submissionId": id, "siteIds": [o.hill.to_string()]})).await;
        app.settle().await;
    }

    async fn a_list_of_offers_takes_the_same_statements_whatever_its_length(app) {
        let o = &app.organisation;
        let reviewer = app.sign_in(o.reviewer).await;
        for _ in 0..4 {
            let id = implemented(app).await;
            offer(&reviewer, json!({"submissionId": id, "siteIds": [o.hill.to_string(), o.lake.to_string()]})).await;
        }
        app.settle().await;
        let hugo = app.sign_in(o.hill_manager).await;
        let query = "query($n: Int!) { adoptions(first: $n) { nodes { state site { name } submission { reference title } outcomes { id } } } }";
        let few = hugo.fewest(query, json!({"n": 1})).await;
        let many = hugo.fewest(query, json!({"n": 4})).await;
        assert_eq!(many.data()["adoptions"]["nodes"].as_array().expect("rows").len(), 4);
        assert!(many.statements <= few.statements + 1, "{} then {}", few.statements, many.statements);
        let query = "query($n: Int!) { submissions(first: $n) { nodes { adoptions { state site { name } outcomes { id } } } } }";
        let few = reviewer.fewest(query, json!({"n": 1})).await;
        let many = reviewer.fewest(query, json!({"n": 4})).await;
        // Batches of sites and of outcomes may fall in two.
        assert!(many.statements <= few.statements + 3, "{} then {}", few.statements, many.statements);
    }
}
