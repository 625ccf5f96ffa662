//! Service levels over HTTP: calendars, clocks, breaches, escalation, coverage.

use entity::clocks::clock;
use entity::clocks::values::{ClockKind, ClockState, Met};
use entity::id::{SubmissionId, TypedId as _};
use entity::instant::{DAY, HOUR, Instant, MINUTE, parse_rfc3339};
use entity::submissions::submission;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use crate::kit::app::TestApp;
use crate::kit::client::Client;
use crate::kit::mail::Received;
use crate::kit::people::mail_of;
use crate::on_both;
use crate::plans::done;

const SEND: &str = "mutation($in: SubmissionSendInput!) { submissionSend(input: $in) {
  submission { id } userErrors { field code message } } }";
const MOVE: &str = "mutation($in: SubmissionMoveInput!) { submissionMove(input: $in) {
  submission { phase shownPhase } decision { id } userErrors { field code message } } }";
const UNDO: &str = "mutation($in: DecisionUndoInput!) { decisionUndo(input: $in) {
  submission { phase } userErrors { field code message } } }";
const COMMENT: &str = "mutation($in: CommentAddInput!) { commentAdd(input: $in) {
  comment { id } userErrors { field code message } } }";

const CALENDAR: &str = "mutation($in: CalendarSetInput!) { calendarSet(input: $in) {
  calendar { version } userErrors { field code message } } }";
const LEVELS: &str = "mutation($in: ServiceLevelsUpdateInput!) { serviceLevelsUpdate(input: $in) {
  serviceLevels { firstResponseDays } userErrors { field code message } } }";

async fn send(client: &Client) -> String {
    let input = json!({"in": {"text": "The lift to the ward stops between two floors", "kind": "OBSERVATION"}});
    let payload = client.done("submissionSend", SEND, input).await;
    payload["submission"]["id"].as_str().expect("an id").to_owned()
}

async fn step(client: &Client, input: Value) -> String {
    let moved = client.done("submissionMove", MOVE, json!({"in": input})).await;
    moved["decision"]["id"].as_str().unwrap_or_default().to_owned()
}

fn at(text: &str) -> Instant {
    parse_rfc3339(text).expect("an instant")
}

/// The clocks of a submission by kind and round, as the table has them.
async fn rows(app: &TestApp, id: &str) -> Vec<clock::Model> {
    let id = SubmissionId::parse(id).expect("an id");
    clock::Entity::find()
        .filter(clock::Column::SubmissionId.eq(id))
        .order_by_asc(clock::Column::Kind)
        .order_by_asc(clock::Column::Round)
        .all(&app.system().db())
        .await
        .expect("clocks")
}

async fn due(app: &TestApp, id: &str) -> Option<Instant> {
    let id = SubmissionId::parse(id).expect("an id");
    let row = submission::Entity::find_by_id(id).one(&app.system().db()).await.expect("a row");
    row.expect("a submission").due_at
}

fn of(rows: &[clock::Model], kind: ClockKind) -> &clock::Model {
    rows.iter().rfind(|row| row.kind == kind).expect("such a clock")
}

on_both! {
    async fn clocks_follow_what_happens(app) {
        let org = &app.organisation;
        let (nurse, reviewer) = (app.sign_in(org.nurse).await, app.sign_in(org.reviewer).await);
        // Monday, 09:00 UTC: two business days end with Tuesday, ten with the second Friday.
        let id = send(&nurse).await;
        let clocks = rows(app, &id).await;
        assert_eq!(clocks.len(), 2);
        assert_eq!(of(&clocks, ClockKind::FirstResponse).due_at, at("2026-03-03T17:00:00Z"));
        assert_eq!(of(&clocks, ClockKind::Decision).due_at, at("2026-03-13T17:00:00Z"));
        assert_eq!(due(app, &id).await, Some(at("2026-03-03T17:00:00Z")));

        // What the author, a colleague or somebody inside in silence says is no answer.
        for (who, visibility) in [(&nurse, "PUBLIC"), (&app.sign_in(org.manager).await, "PUBLIC"), (&reviewer, "INTERNAL")] {
            who.done("commentAdd", COMMENT, json!({"in": {"submissionId": id, "text": "Again today.", "visibility": visibility}})).await;
        }
        assert_eq!(of(&rows(app, &id).await, ClockKind::FirstResponse).state, ClockState::Running);

        // A decision stops its clock at once; taking it back leaves no trace.
        let before = rows(app, &id).await;
        let held = step(&reviewer, json!({"id": id, "to": "ACCEPTED"})).await;
        let clocks = rows(app, &id).await;
        assert_eq!(of(&clocks, ClockKind::Decision).state, ClockState::Stopped);
        assert_eq!(of(&clocks, ClockKind::FirstResponse).state, ClockState::Running);
        reviewer.done("decisionUndo", UNDO, json!({"in": {"id": held}})).await;
        assert_eq!(rows(app, &id).await, before);
        assert_eq!(due(app, &id).await, Some(at("2026-03-03T17:00:00Z")));

        // A question, told after an hour: an answer, and the decision waits.
        app.pass(HOUR).await;
        let reviewer = app.sign_in(org.reviewer).await;
        step(&reviewer, json!({"id": id, "to": "NEEDS_INFO", "message": "Which floor?"})).await;
        assert_eq!(of(&rows(app, &id).await, ClockKind::Decision).state, ClockState::Running);
        app.pass(MINUTE).await;
        let clocks = rows(app, &id).await;
        let first = of(&clocks, ClockKind::FirstResponse);
        assert_eq!((first.state, first.met, first.took), (ClockState::Stopped, Met::Met, Some(61 * MINUTE)));
        let decision = of(&clocks, ClockKind::Decision);
        assert_eq!((decision.state, decision.paused_remaining), (ClockState::Paused, Some(80 * HOUR - 61 * MINUTE)));
        assert_eq!(due(app, &id).await, None);

        // The answer comes on Thursday at 10:01: what was left runs on.
        app.pass(3 * DAY).await;
        let nurse = app.sign_in(org.nurse).await;
        nurse.done("questionAnswer", "mutation($in: QuestionAnswerInput!) { questionAnswer(input: $in) { submission { phase } userErrors { code message } } }", json!({"in": {"id": id, "text": "The second."}})).await;
        let decision = of(&rows(app, &id).await, ClockKind::Decision).clone();
        assert_eq!((decision.state, decision.due_at), (ClockState::Running, at("2026-03-18T17:00:00Z")));
        assert_eq!(due(app, &id).await, Some(decision.due_at));

        // Declined, told, looked at again: a new clock.
        let reviewer = app.sign_in(org.reviewer).await;
        let reasons = reviewer.ask("{ reasons(phases: [DECLINED]) { code } }", json!({})).await;
        step(&reviewer, json!({"id": id, "to": "DECLINED", "reason": reasons["reasons"][0]["code"], "message": "No."})).await;
        app.pass(MINUTE).await;
        assert_eq!(due(app, &id).await, None);
        let nurse = app.sign_in(org.nurse).await;
        nurse.done("submissionAskSecondLook", "mutation($in: SubmissionAskSecondLookInput!) { submissionAskSecondLook(input: $in) { submission { phase } userErrors { code message } } }", json!({"in": {"id": id}})).await;
        let decision = of(&rows(app, &id).await, ClockKind::Decision).clone();
        assert_eq!((decision.round, decision.state), (2, ClockState::Running));
        assert_eq!(due(app, &id).await, Some(decision.due_at));
    }

    async fn a_calendar_counts_for_a_subtree(app) {
        let org = &app.organisation;
        let (nurse, admin, reviewer) =
            (app.sign_in(org.nurse).await, app.sign_in(org.admin).await, app.sign_in(org.reviewer).await);
        let id = send(&nurse).await;
        let elsewhere = send(&app.sign_in(org.chemist).await).await;
        let hours = "query($u: ID!) { businessHours(unitId: $u) { from { id } zone openings { weekday opens closes } holidays { date yearly } dayMinutes } }";
        let usual = nurse.ask(hours, json!({"u": org.ward.to_string()})).await;
        assert_eq!((&usual["businessHours"]["from"], &usual["businessHours"]["zone"]), (&Value::Null, &json!("UTC")));

        // Half days in Madrid, closed on Tuesday: two days of four hours from Wednesday on.
        let openings: Vec<Value> = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"]
            .map(|day| json!({"weekday": day, "opens": "09:00", "closes": "13:00"}))
            .to_vec();
        let input = json!({
            "unitId": org.north.to_string(), "zone": "Europe/Madrid", "openings": openings,
            "holidays": [{"date": "2026-03-03"}, {"date": "2025-12-25", "yearly": true}],
        });
        let set = admin.done("calendarSet", CALENDAR, json!({"in": input})).await;
        assert_eq!(set["calendar"]["version"], 1);
        app.settle().await;
        // Monday 10:00 in Madrid: three hours of Monday, four of Wednesday, one of Thursday.
        assert_eq!(due(app, &id).await, Some(at("2026-03-05T09:00:00Z")));
        assert_eq!(due(app, &elsewhere).await, Some(at("2026-03-03T17:00:00Z")));
        let ward = nurse.ask(hours, json!({"u": org.ward.to_string()})).await;
        let ward = &ward["businessHours"];
        assert_eq!((&ward["from"]["id"], &ward["zone"], &ward["dayMinutes"]), (&json!(org.north.to_string()), &json!("Europe/Madrid"), &json!(240)));
        assert_eq!(ward["openings"][4], json!({"weekday": "FRIDAY", "opens": "09:00", "closes": "13:00"}));
        assert_eq!(ward["holidays"][1], json!({"date": "2025-12-25", "yearly": true}));

        // Those who work on it see the clocks; the author and colleagues do not.
        let look = "query($id: ID!) { submission(by: {id: $id}) { respondBy clocks { kind round state startedAt dueAt remaining breached stoppedAt } } }";
        let seen = reviewer.ask(look, json!({"id": id})).await;
        let clocks = seen["submission"]["clocks"].as_array().expect("clocks");
        assert_eq!(clocks.len(), 2);
        let first = clocks.iter().find(|clock| clock["kind"] == "FIRST_RESPONSE").expect("a clock");
        assert_eq!((&first["remaining"], &first["breached"], &first["dueAt"]), (&json!(480), &json!(false), &json!("2026-03-05T09:00:00Z")));
        for person in [org.nurse, org.colleague] {
            let seen = app.sign_in(person).await.ask(look, json!({"id": id})).await;
            assert!(seen["submission"]["clocks"].is_null() && seen["submission"]["respondBy"].is_null(), "{seen}");
        }
        // Shown to the author once the organisation promises it.
        admin.done("serviceLevelsUpdate", LEVELS, json!({"in": {"promiseShown": true, "firstResponseDays": 1}})).await;
        let seen = nurse.ask(look, json!({"id": id})).await;
        assert_eq!(seen["submission"]["respondBy"], "2026-03-05T09:00:00Z");

        // The zone of a unit counts below a calendar; so does a calendar that goes.
        let update = "mutation($in: UnitUpdateInput!) { unitUpdate(input: $in) { unit { id } userErrors { code message } } }";
        admin.done("unitUpdate", update, json!({"in": {"id": org.ward.to_string(), "zone": "America/New_York"}})).await;
        app.settle().await;
        assert_eq!(due(app, &id).await, Some(at("2026-03-04T18:00:00Z")));
        admin.done("calendarRemove", "mutation($in: CalendarRemoveInput!) { calendarRemove(input: $in) { businessHours { from { id } } userErrors { code message } } }", json!({"in": {"unitId": org.north.to_string()}})).await;
        app.settle().await;
        assert_eq!(due(app, &id).await, Some(at("2026-03-03T22:00:00Z")));
    }

    async fn a_calendar_that_cannot_be_is_refused(app) {
        let org = &app.organisation;
        let admin = app.sign_in(org.admin).await;
        let opening = |opens: &str, closes: &str| json!({"weekday": "MONDAY", "opens": opens, "closes": closes});
        let usual = json!([opening("09:00", "17:00")]);
        let days = |count: i64| -> Vec<Value> {
            (0..count).map(|ahead| json!({"date": Instant(at("2026-01-01T00:00:00Z").micros() + ahead * DAY).day().to_string()})).collect()
        };
        let every: Vec<Value> = (0..366).map(|ahead| json!({"date": Instant(at("2028-01-01T00:00:00Z").micros() + ahead * DAY).day().to_string(), "yearly": true})).collect();
        for (openings, holidays, zone, field) in [
            (json!([]), json!([]), "UTC", json!(["openings"])),
            (json!([opening("17:00", "09:00")]), json!([]), "UTC", json!(["openings", "0", "closes"])),
            (json!([opening("9", "17:00")]), json!([]), "UTC", json!(["openings", "0", "opens"])),
            (json!([opening("09:00", "25:00")]), json!([]), "UTC", json!(["openings", "0", "closes"])),
            (json!([opening("09:00", "12:00"), opening("11:59", "17:00")]), json!([]), "UTC", json!(["openings", "1"])),
            (usual.clone(), json!([]), "Mars/Olympus", json!(["zone"])),
            (usual.clone(), json!([{"date": "2026-05-01"}, {"date": "2026-05-01"}]), "UTC", json!(["holidays", "1"])),
            (usual.clone(), json!(days(1_000)), "UTC", json!(["holidays"])),
            (usual.clone(), json!(every), "UTC", json!(["holidays"])),
        ] {
            let input = json!({"unitId": org.harbour.to_string(), "zone": zone, "openings": openings, "holidays": holidays});
            let refused = admin.refused("calendarSet", CALENDAR, json!({"in": input})).await;
            assert_eq!((&refused["code"], &refused["field"]), (&json!("INVALID"), &field), "{refused}");
        }
        let foreign = json!({"unitId": "unit_00000000000000000000000000", "openings": usual});
        assert_eq!(admin.refused("calendarSet", CALENDAR, json!({"in": foreign})).await["code"], "NOT_FOUND");
        let stale = json!({"unitId": org.harbour.to_string(), "openings": usual, "expectedVersion": 4});
        assert_eq!(admin.refused("calendarSet", CALENDAR, json!({"in": stale})).await["code"], "STALE_VERSION");
        // An administrator of one region has no say in another.
        let grant = "mutation($in: GrantAddInput!) { grantAdd(input: $in) { grant { id } userErrors { code message } } }";
        admin.done("grantAdd", grant, json!({"in": {"personId": org.chemist.to_string(), "role": "ADMIN", "unitId": org.south.to_string()}})).await;
        let south = app.sign_in(org.chemist).await;
        let input = |unit: String| json!({"in": {"unitId": unit, "openings": usual}});
        assert_eq!(south.refused("calendarSet", CALENDAR, input(org.north.to_string())).await["code"], "FORBIDDEN");
        south.done("calendarSet", CALENDAR, input(org.lake.to_string())).await;
        for days in [0, -1, 251, 10_000] {
            let refused = admin.refused("serviceLevelsUpdate", LEVELS, json!({"in": {"decisionDays": days}})).await;
            assert_eq!((&refused["code"], &refused["field"]), (&json!("INVALID"), &json!(["decisionDays"])));
        }
        let levels = app.sign_in(org.auditor).await.ask("{ serviceLevels { firstResponseDays decisionDays promiseShown escalation } calendars { unit { id } version } }", json!({})).await;
        assert_eq!(levels["serviceLevels"], json!({"firstResponseDays": 2, "decisionDays": 10, "promiseShown": false, "escalation": false}));
        assert_eq!(levels["calendars"].as_array().map(Vec::len), Some(1));
        let refused = app.sign_in(org.reviewer).await.send("{ serviceLevels { decisionDays } }", json!({})).await;
        assert_eq!(refused.code(), "FORBIDDEN");
    }

    async fn a_page_of_clocks_takes_the_same_statements_whatever_its_length(app) {
        let (nurse, reviewer) = (app.sign_in(app.organisation.nurse).await, app.sign_in(app.organisation.reviewer).await);
        for _ in 0..6 {
            send(&nurse).await;
        }
        let list = "query($n: Int!) { submissions(first: $n) { nodes { id respondBy clocks { kind remaining breached } } } }";
        let one = reviewer.fewest(list, json!({"n": 1})).await;
        let six = reviewer.fewest(list, json!({"n": 6})).await;
        assert_eq!(six.data()["submissions"]["nodes"].as_array().map(Vec::len), Some(6));
        assert_eq!(one.statements, six.statements);
    }

    async fn what_waits_too_long_is_listed_for_those_who_work_on_it(app) {
        let org = &app.organisation;
        let nurse = app.sign_in(org.nurse).await;
        let (first, second) = (send(&nurse).await, send(&nurse).await);
        let elsewhere = send(&app.sign_in(org.chemist).await).await;
        let list = "query($f: ClockBreachFilter) { clockBreaches(filter: $f) { totalCount nodes { id clocks { kind breached remaining } } } }";
        let none = app.sign_in(org.reviewer).await.ask(list, json!({})).await;
        assert_eq!(none["clockBreaches"]["totalCount"], 0);
        // Wednesday, 11:00: two hours of business time late.
        app.pass(2 * DAY + 2 * HOUR).await;
        let reviewer = app.sign_in(org.reviewer).await;
        reviewer.done("commentAdd", COMMENT, json!({"in": {"submissionId": second, "text": "We are on it."}})).await;
        let late = reviewer.ask(list, json!({})).await;
        let nodes = late["clockBreaches"]["nodes"].as_array().expect("rows");
        assert_eq!(nodes.iter().map(|node| node["id"].as_str().unwrap()).collect::<Vec<_>>(), [first.as_str()]);
        let clock = nodes[0]["clocks"].as_array().unwrap().iter().find(|it| it["kind"] == "FIRST_RESPONSE").unwrap();
        assert_eq!((&clock["breached"], &clock["remaining"]), (&json!(true), &json!(-120)));
        // The head sees both regions; filters narrow.
        let head = app.sign_in(org.head).await;
        let all = head.ask(list, json!({})).await;
        assert_eq!(all["clockBreaches"]["totalCount"], 2);
        let south = head.ask(list, json!({"f": {"unitId": org.south.to_string(), "kinds": ["FIRST_RESPONSE"]}})).await;
        assert_eq!(south["clockBreaches"]["nodes"][0]["id"], json!(elsewhere));
        let decisions = head.ask(list, json!({"f": {"kinds": ["DECISION"]}})).await;
        assert_eq!(decisions["clockBreaches"]["totalCount"], 0);
        // The manager over the ward works on it too; employees and those who run the system do not.
        let managed = app.sign_in(org.manager).await.ask(list, json!({})).await;
        assert_eq!(managed["clockBreaches"]["totalCount"], 1);
        for person in [org.nurse, org.executive, org.admin, org.auditor] {
            let refused = app.sign_in(person).await.send(list, json!({})).await;
            assert_eq!(refused.code(), "FORBIDDEN");
        }
        assert_eq!(app.anybody().send(list, json!({})).await.code(), "UNAUTHENTICATED");
        // The list is as long as it may be: nothing else was mailed or told.
        assert!(app.mails.mails().iter().all(|mail| !is_list(mail)));
    }

    async fn a_breach_climbs_the_tree_in_one_list_a_day(app) {
        let org = &app.organisation;
        let nurse = app.sign_in(org.nurse).await;
        let id = send(&nurse).await;
        send(&nurse).await;
        let hidden = json!({"in": {"text": "Our lead shouts at us.", "kind": "OBSERVATION", "audience": "CX_TEAM_ONLY"}});
        nurse.done("submissionSend", SEND, hidden).await;
        // Silent until it is switched on.
        app.pass(2 * DAY + HOUR).await;
        assert!(lists(app).is_empty());
        let admin = app.sign_in(org.admin).await;
        admin.done("serviceLevelsUpdate", LEVELS, json!({"in": {"escalation": true}})).await;
        app.settle().await;
        // Wednesday, the first day: the reviewers of the unit, each once.
        let reviewers = [mail_of("Rita Reviewer"), mail_of("Rob Reviewer")];
        assert_eq!(lists(app), reviewers);
        let list = app.mails.mails().into_iter().find(is_list).expect("a list");
        let text = list.text().replace('\r', "");
        assert!(text.contains("EAR-1, sent 2 days ago\n  https://earshot.example/s/EAR-1"), "{text}");
        assert!(text.contains("EAR-3, sent 2 days ago") && !text.contains("lift"), "{text}");
        app.pass(HOUR).await;
        app.pass(HOUR).await;
        assert_eq!(lists(app).len(), 2);
        // Thursday: the manager of the site too, without what is for the CX team only: that goes to the
        // next reviewers above at once.
        app.pass(22 * HOUR).await;
        let next = [mail_of("Mona Manager"), mail_of("Hanna Head")];
        let expected = [&reviewers[..], &next[..], &reviewers[..]].concat();
        let mut sorted = expected.clone();
        sorted.sort();
        assert_eq!(lists(app), sorted);
        let managed = app.mails.mails().into_iter().filter(is_list).find(|mail| mail.to[0] == mail_of("Mona Manager")).expect("a list");
        assert!(managed.text().replace('\r', "").contains("EAR-2") && !managed.text().replace('\r', "").contains("EAR-3"), "{}", managed.text().replace('\r', ""));
        // Friday: everybody up to the top. Nothing on a weekend.
        app.pass(DAY).await;
        assert!(lists(app).contains(&mail_of("Hanna Head")));
        let sent = lists(app).len();
        app.pass(DAY).await;
        app.pass(DAY).await;
        assert_eq!(lists(app).len(), sent);
        // What was answered is listed no more.
        let reviewer = app.sign_in(org.reviewer).await;
        reviewer.done("commentAdd", COMMENT, json!({"in": {"submissionId": id, "text": "We are on it."}})).await;
        app.pass(DAY).await;
        let last = app.mails.mails().into_iter().rfind(is_list).expect("a list");
        assert!(!last.text().replace('\r', "").contains("EAR-1,") && last.text().replace('\r', "").contains("EAR-2,"), "{}", last.text().replace('\r', ""));
        let told = app.sign_in(org.head).await.ask("{ notifications { nodes { kind reference } } }", json!({})).await;
        assert!(told["notifications"]["nodes"].as_array().unwrap().iter().all(|it| it["kind"] == "ESCALATED"), "{told}");
    }

    async fn two_processes_make_one_list(app) {
        let org = &app.organisation;
        send(&app.sign_in(org.nurse).await).await;
        app.sign_in(org.admin).await.done("serviceLevelsUpdate", LEVELS, json!({"in": {"escalation": true}})).await;
        app.settle().await;
        app.house.clock.advance(2 * DAY + HOUR);
        let rounds = (0..8).map(|_| {
            let scope = app.system();
            tokio::spawn(async move { earshot::jobs::schedule::tick(&scope).await })
        });
        for round in futures_util::future::join_all(rounds).await {
            round.expect("a round").expect("a round without a fault");
        }
        app.settle().await;
        assert_eq!(lists(app), [mail_of("Rita Reviewer"), mail_of("Rob Reviewer")]);
    }

    async fn the_owner_is_reminded_of_a_promise(app) {
        let org = &app.organisation;
        let id = send(&app.sign_in(org.nurse).await).await;
        let reviewer = app.sign_in(org.reviewer).await;
        step(&reviewer, json!({"id": id, "to": "ACCEPTED", "promisedOn": "2026-03-05"})).await;
        let own = "mutation($in: SubmissionSetOwnerInput!) { submissionSetOwner(input: $in) { submission { id } userErrors { code message } } }";
        reviewer.done("submissionSetOwner", own, json!({"in": {"id": id, "ownerId": org.manager.to_string()}})).await;
        app.pass(MINUTE).await;
        assert_eq!(due(app, &id).await, Some(at("2026-03-06T00:00:00Z")));
        app.pass(3 * DAY).await;
        app.pass(DAY).await;
        app.pass(DAY).await;
        let reminders: Vec<_> = app.mails.mails().into_iter().filter(|mail| mail.subject().contains("promised day")).collect();
        assert_eq!(reminders.iter().map(|mail| mail.to[0].clone()).collect::<Vec<_>>(), [mail_of("Mona Manager")]);
        assert!(reminders[0].text().replace('\r', "").contains("5 March 2026"), "{}", reminders[0].text().replace('\r', ""));
        // The escalation was off all the while; switching it on reminds nobody again, and off again neither.
        assert!(lists(app).is_empty());
        for escalation in [true, false] {
            let admin = app.sign_in(org.admin).await;
            admin.done("serviceLevelsUpdate", LEVELS, json!({"in": {"escalation": escalation}})).await;
            app.pass(DAY).await;
        }
        let again = app.mails.mails().into_iter().filter(|mail| mail.subject().contains("promised day"));
        assert_eq!(again.count(), 1);
    }

    async fn a_promise_is_not_forgotten_with_an_owner_who_may_not_read_it(app) {
        let org = &app.organisation;
        let id = send(&app.sign_in(org.nurse).await).await;
        let reviewer = app.sign_in(org.reviewer).await;
        step(&reviewer, json!({"id": id, "to": "ACCEPTED", "promisedOn": "2026-03-05"})).await;
        done(&reviewer, "submissionSetOwner", json!({"id": id, "ownerId": org.manager.to_string()}), "submission { id }").await;
        done(&reviewer, "submissionAssign", json!({"id": id, "assigneeId": org.reviewer.to_string()}), "submission { id }").await;
        app.by_hand("UPDATE submission SET concerned_id = (SELECT id FROM person WHERE name = 'Mona Manager')").await;
        for _ in 0..5 {
            app.pass(DAY).await;
        }
        let reminders = app.mails.mails().into_iter().filter(|mail| mail.subject().contains("promised day"));
        assert_eq!(reminders.map(|mail| mail.to[0].clone()).collect::<Vec<_>>(), [mail_of("Rita Reviewer")]);
    }

    async fn coverage_tells_of_groups_alone(app) {
        let org = &app.organisation;
        let (nurse, chemist) = (app.sign_in(org.nurse).await, app.sign_in(org.chemist).await);
        let mut sent = Vec::new();
        for _ in 0..5 {
            sent.push(send(&nurse).await);
        }
        send(&chemist).await;
        app.pass(HOUR).await;
        let reviewer = app.sign_in(org.reviewer).await;
        for id in &sent[..2] {
            reviewer.done("commentAdd", COMMENT, json!({"in": {"submissionId": id, "text": "We are on it."}})).await;
        }
        app.pass(3 * DAY).await;
        let reviewer = app.sign_in(org.reviewer).await;
        reviewer.done("commentAdd", COMMENT, json!({"in": {"submissionId": sent[2], "text": "Late, sorry."}})).await;
        let ask = "query($u: ID!, $from: Date!, $to: Date!) { responseCoverage(unitId: $u, from: $from, to: $to) { tooFew submissions answered answeredInTime overdue shareInTime medianMinutes } }";
        let of = |unit: String| json!({"u": unit, "from": "2026-03-01", "to": "2026-03-02"});
        let head = app.sign_in(org.head).await;
        let whole = head.ask(ask, of(org.root.to_string())).await["responseCoverage"].clone();
        assert_eq!(whole, json!({"tooFew": false, "submissions": 6, "answered": 3, "answeredInTime": 2, "overdue": 3, "shareInTime": 2.0 / 6.0, "medianMinutes": 60}));
        // One of the south is too few, and would be found from the north.
        for unit in [org.south, org.north, org.ward] {
            let hidden = head.ask(ask, of(unit.to_string())).await;
            assert_eq!((&hidden["responseCoverage"]["tooFew"], &hidden["responseCoverage"]["submissions"]), (&json!(true), &Value::Null));
        }
        let refused = reviewer.send(ask, of(org.root.to_string())).await;
        assert_eq!(refused.code(), "FORBIDDEN");
        assert_eq!(app.sign_in(org.nurse).await.send(ask, of(org.ward.to_string())).await.code(), "FORBIDDEN");
        assert_eq!(reviewer.send(ask, of(String::from("unit_00000000000000000000000000"))).await.code(), "NOT_FOUND");
        let reversed = json!({"u": org.north.to_string(), "from": "2026-03-02", "to": "2026-03-01"});
        let refused = reviewer.send(ask, reversed).await;
        assert_eq!(refused.body["errors"][0]["extensions"]["field"], json!(["to"]));
    }
}

fn is_list(mail: &Received) -> bool {
    let subject = mail.subject();
    subject.contains("waits too long") || subject.contains("wait too long")
}

/// Who got a list of what waits too long, by name.
fn lists(app: &TestApp) -> Vec<String> {
    let mut to: Vec<String> = app
        .mails
        .mails()
        .iter()
        .filter(|mail| is_list(mail))
        .map(|mail| mail.to[0].clone())
        .collect();
    to.sort();
    to
}
