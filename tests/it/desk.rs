//! Who is there to do the work: load, rotas, absences, and nobody goes and leaves work behind.

use entity::id::{PersonId, UnitId};
use entity::instant::DAY;
use serde_json::{Value, json};

use crate::kit::app::TestApp;
use crate::kit::client::Client;
use crate::kit::dump::changed;
use crate::on_both;

const CHOICES: &str = "query($i: ID!) { submission(by: {id: $i}) { assigneeChoices {
  person { id name } openCount limit isFull absentUntil delegate { name } onRotaToday } } }";
const ASSIGN: &str = "mutation($i: ID!, $p: ID) { submissionAssign(input: {id: $i, assigneeId: $p}) {
  submission { id version } warnings { code message openCount limit } userErrors { field code message allowed } } }";
const AWAY: &str = "mutation($in: AbsenceCreateInput!) { absenceCreate(input: $in) {
  alreadyReceived absence { id from to version person { name } delegate { name } } userErrors { field code message } } }";
const CHANGE: &str = "mutation($in: AbsenceUpdateInput!) { absenceUpdate(input: $in) {
  absence { id from to version delegate { name } } userErrors { field code message } } }";
const CANCEL: &str = "mutation($i: ID!) { absenceCancel(input: {id: $i}) { absence { cancelledAt } userErrors { field code message } } }";
const ROTA: &str = "mutation($in: RotaSetInput!) { rotaSet(input: $in) {
  rota { id kind version startsOn places { weekday turn person { name } } today { name } actsToday { name } } userErrors { field code message } } }";
const LIMIT: &str = "mutation($in: LoadLimitSetInput!) { loadLimitSet(input: $in) { limited userErrors { field code message } } }";
const WORK: &str = "query($i: ID!) { personWork(personId: $i) { assigned owned causes journeys standingIn rota total } }";
const HAND: &str = "mutation($in: PersonHandOverInput!) { personHandOver(input: $in) {
  moved { kind count } refused { kind what message } left { total assigned owned } userErrors { field code message } } }";
const LEAVE: &str = "mutation($i: ID!) { personDeactivate(input: {id: $i}) { person { deactivatedAt } userErrors { field code message } } }";

async fn send(client: &Client, text: &str) -> String {
    let query = "mutation($t: String!) { submissionSend(input: {text: $t, kind: OBSERVATION}) { submission { id } userErrors { code message } } }";
    let done = client.done("submissionSend", query, json!({"t": text})).await;
    done["submission"]["id"].as_str().expect("an id").to_owned()
}

async fn assign(client: &Client, id: &str, to: PersonId) -> Value {
    client.done("submissionAssign", ASSIGN, json!({"i": id, "p": to.to_string()})).await
}

/// The choice of one person in what a client is offered.
async fn choice(client: &Client, id: &str, person: PersonId) -> Value {
    let seen = client.ask(CHOICES, json!({"i": id})).await;
    let choices = seen["submission"]["assigneeChoices"].as_array().expect("choices");
    choices.iter().find(|it| it["person"]["id"] == person.to_string()).cloned().unwrap_or_default()
}

async fn away(client: &Client, input: Value) -> Value {
    client.done("absenceCreate", AWAY, json!({"in": input})).await["absence"].clone()
}

async fn not_away(client: &Client, input: Value) -> (Value, Value) {
    let refused = client.refused("absenceCreate", AWAY, json!({"in": input})).await;
    (refused["code"].clone(), refused["field"][0].clone())
}

async fn work(client: &Client, person: PersonId) -> Value {
    client.ask(WORK, json!({"i": person.to_string()})).await["personWork"].clone()
}

async fn grant(app: &TestApp, person: PersonId, unit: UnitId) {
    let admin = app.sign_in(app.organisation.admin).await;
    let query = "mutation($p: ID!, $u: ID!) { grantAdd(input: {personId: $p, role: REVIEWER, unitId: $u}) { userErrors { code message } } }";
    admin.done("grantAdd", query, json!({"p": person.to_string(), "u": unit.to_string()})).await;
}

on_both! {
    async fn whoever_assigns_sees_who_has_time(app) {
        let o = &app.organisation;
        let (nurse, reviewer) = (app.sign_in(o.nurse).await, app.sign_in(o.reviewer).await);
        let mut ids = Vec::new();
        for number in 0..4 {
            ids.push(send(&nurse, &format!("Number {number} is out again.")).await);
        }
        let admin = app.sign_in(o.admin).await;
        admin.done("loadLimitSet", LIMIT, json!({"in": {"limit": 10}})).await;
        admin.done("loadLimitSet", LIMIT, json!({"in": {"personId": o.second_reviewer.to_string(), "limit": 2}})).await;
        for id in &ids[..2] {
            assert_eq!(assign(&reviewer, id, o.second_reviewer).await["warnings"], json!([]));
        }
        let full = choice(&reviewer, &ids[2], o.second_reviewer).await;
        assert_eq!((&full["openCount"], &full["limit"], &full["isFull"]), (&json!(2), &json!(2), &json!(true)));
        let free = choice(&reviewer, &ids[2], o.head).await;
        assert_eq!((&free["openCount"], &free["limit"], &free["isFull"]), (&json!(0), &json!(10), &json!(false)));
        // The limit warns and hinders nothing.
        let warned = assign(&reviewer, &ids[2], o.second_reviewer).await;
        let warning = &warned["warnings"][0];
        assert_eq!((&warning["code"], &warning["openCount"], &warning["limit"]), (&json!("OVER_LIMIT"), &json!(3), &json!(2)));
        // Authors are not offered the choice, and nobody is offered their own.
        assert_eq!(nurse.ask(CHOICES, json!({"i": ids[3]})).await["submission"]["assigneeChoices"], Value::Null);
        let own = send(&app.sign_in(o.second_reviewer).await, "The stairs are dark.").await;
        assert_eq!(choice(&reviewer, &own, o.second_reviewer).await, Value::Null);
        assert_ne!(choice(&reviewer, &own, o.head).await, Value::Null);
        // However many rows, however many people.
        let page = |first: usize| format!("{{ submissions(first: {first}) {{ nodes {{ assigneeChoices {{ openCount person {{ name }} delegate {{ name }} }} }} }} }}");
        let few = reviewer.fewest(&page(2), json!({})).await;
        let many = reviewer.fewest(&page(5), json!({})).await;
        few.data();
        many.data();
        assert!(many.statements <= few.statements + 1, "{} and {}", few.statements, many.statements);
        for (input, code) in [
            (json!({"limit": 0}), "INVALID"),
            (json!({"limit": 10_001}), "INVALID"),
            (json!({"personId": "person_00000000000000000000000000", "limit": 5}), "NOT_FOUND"),
        ] {
            assert_eq!(admin.refused("loadLimitSet", LIMIT, json!({"in": input})).await["code"], code);
        }
        admin.done("loadLimitSet", LIMIT, json!({"in": {"personId": o.second_reviewer.to_string(), "limit": null}})).await;
        assert_eq!(choice(&reviewer, &ids[3], o.second_reviewer).await["limit"], 10, "the organisation's");
        app.settle().await;
    }

    async fn nobody_who_is_away_is_given_work(app) {
        let o = &app.organisation;
        let (nurse, reviewer, second) = (app.sign_in(o.nurse).await, app.sign_in(o.reviewer).await, app.sign_in(o.second_reviewer).await);
        let id = send(&nurse, "The lift is out again.").await;
        let absence = away(&second, json!({"from": "2026-03-02", "to": "2026-03-06", "delegateId": o.reviewer.to_string(), "clientKey": "a"})).await;
        let again = second.done("absenceCreate", AWAY, json!({"in": {"from": "2026-03-02", "to": "2026-03-06", "delegateId": o.reviewer.to_string(), "clientKey": "a"}})).await;
        assert_eq!((&again["alreadyReceived"], &again["absence"]["id"]), (&json!(true), &absence["id"]));
        let seen = choice(&reviewer, &id, o.second_reviewer).await;
        assert_eq!((&seen["absentUntil"], &seen["delegate"]["name"]), (&json!("2026-03-06"), &json!("Rita Reviewer")));
        let before = app.dump(&[]).await;
        let refused = reviewer.refused("submissionAssign", ASSIGN, json!({"i": id, "p": o.second_reviewer.to_string()})).await;
        assert_eq!((&refused["code"], &refused["field"], &refused["allowed"]), (&json!("INVALID"), &json!(["assigneeId"]), &json!([o.reviewer.to_string()])));
        assert!(refused["message"].as_str().expect("a message").contains("Rita Reviewer stands in"), "{refused}");
        assert_eq!(changed(&before, &app.dump(&[]).await), Vec::<String>::new());
        // Who is away may take something all the same.
        assign(&second, &id, o.second_reviewer).await;
        // When it is over, or taken back, work comes again.
        let other = send(&nurse, "The door sticks.").await;
        second.done("absenceCancel", CANCEL, json!({"i": absence["id"]})).await;
        assign(&reviewer, &other, o.second_reviewer).await;
        let twice = second.refused("absenceCancel", CANCEL, json!({"i": absence["id"]})).await;
        assert_eq!(twice["code"], "TOO_LATE");
        app.settle().await;
    }

    async fn absences_do_not_overlap_nor_make_circles(app) {
        let o = &app.organisation;
        let (second, reviewer) = (app.sign_in(o.second_reviewer).await, app.sign_in(o.reviewer).await);
        let id = |person: PersonId| person.to_string();
        let absence = away(&second, json!({"from": "2026-03-09", "to": "2026-03-13", "delegateId": id(o.reviewer)})).await;
        for (client, input, code, field) in [
            (&second, json!({"from": "2026-03-13", "to": "2026-03-20"}), "INVALID", "from"),
            (&second, json!({"from": "2026-04-02", "to": "2026-04-01"}), "INVALID", "to"),
            (&second, json!({"from": "2026-02-01", "to": "2026-03-01"}), "INVALID", "to"),
            (&second, json!({"from": "2026-04-01", "to": "2027-04-02"}), "INVALID", "to"),
            (&second, json!({"from": "2026-04-01", "to": "2026-04-02", "delegateId": id(o.second_reviewer)}), "INVALID", "delegateId"),
            (&second, json!({"from": "2026-04-01", "to": "2026-04-02", "delegateId": id(o.south_reviewer)}), "INVALID", "delegateId"),
            (&second, json!({"from": "2026-04-01", "to": "2026-04-02", "delegateId": id(o.nurse)}), "INVALID", "delegateId"),
            (&second, json!({"from": "2026-04-01", "to": "2026-04-02", "delegateId": "person_00000000000000000000000000"}), "NOT_FOUND", "delegateId"),
            // She stands in for him on the 13th: a circle, or a chain, would strand both.
            (&reviewer, json!({"from": "2026-03-13", "to": "2026-03-14", "delegateId": id(o.second_reviewer)}), "INVALID", "from"),
            (&reviewer, json!({"from": "2026-03-13", "to": "2026-03-14", "delegateId": id(o.head)}), "INVALID", "from"),
            // Nor may others plan her days.
            (&second, json!({"personId": id(o.reviewer), "from": "2026-04-01", "to": "2026-04-02"}), "FORBIDDEN", ""),
        ] {
            let (found, at) = not_away(client, input.clone()).await;
            assert_eq!(found, code, "{input}");
            assert_eq!(at.as_str().unwrap_or_default(), field, "{input}");
        }
        let broken = second.send(AWAY, json!({"in": {"from": "2026-02-30", "to": "2026-03-01"}})).await;
        assert_ne!(broken.body["errors"], Value::Null, "no such day");
        // Who stands in must not be away: the head is, in May.
        let head = app.sign_in(o.head).await;
        away(&head, json!({"from": "2026-05-04", "to": "2026-05-08"})).await;
        assert_eq!(not_away(&second, json!({"from": "2026-05-08", "to": "2026-05-09", "delegateId": id(o.head)})).await, (json!("INVALID"), json!("delegateId")));
        away(&second, json!({"from": "2026-05-09", "to": "2026-05-10", "delegateId": id(o.head)})).await;
        // Her manager and an administrator plan for her; changes are held to the same rules.
        let manager = app.sign_in(o.hill_manager).await;
        let stale = manager.refused("absenceUpdate", CHANGE, json!({"in": {"id": absence["id"], "expectedVersion": 7, "to": "2026-03-16"}})).await;
        assert_eq!(stale["code"], "STALE_VERSION");
        let changed = manager.done("absenceUpdate", CHANGE, json!({"in": {"id": absence["id"], "expectedVersion": 1, "to": "2026-03-16", "delegateId": id(o.head)}})).await;
        assert_eq!((&changed["absence"]["to"], &changed["absence"]["delegate"]["name"]), (&json!("2026-03-16"), &json!("Hanna Head")));
        let nobody = manager.done("absenceUpdate", CHANGE, json!({"in": {"id": absence["id"], "delegateId": null}})).await;
        assert_eq!(nobody["absence"]["delegate"], Value::Null);
        // Who sees it: she, who leads her, reviewers; nobody else.
        let list = "{ absences(first: 50) { totalCount nodes { id } } }";
        let count = async |person| app.sign_in(person).await.ask(list, json!({})).await["absences"]["totalCount"].as_u64().expect("a count");
        assert_eq!((count(o.nurse).await, count(o.hill_manager).await, count(o.south_reviewer).await), (0, 2, 3));
        // A past one cannot be changed any more.
        app.pass(30 * DAY).await;
        let second = app.sign_in(o.second_reviewer).await;
        let late = second.refused("absenceUpdate", CHANGE, json!({"in": {"id": absence["id"], "to": "2026-05-01"}})).await;
        assert_eq!(late["code"], "TOO_LATE");
    }

    async fn a_rota_tells_whose_day_it_is(app) {
        let o = &app.organisation;
        let (nurse, reviewer) = (app.sign_in(o.nurse).await, app.sign_in(o.reviewer).await);
        let id = send(&nurse, "The lift is out again.").await;
        let person = |person: PersonId| json!(person.to_string());
        let week = json!([{"weekday": "MONDAY", "personId": person(o.second_reviewer)}, {"weekday": "TUESDAY", "personId": person(o.reviewer)}]);
        let made = reviewer.done("rotaSet", ROTA, json!({"in": {"unitId": o.north.to_string(), "week": week}})).await["rota"].clone();
        assert_eq!((&made["today"]["name"], &made["places"][1]["weekday"], &made["version"]), (&json!("Rob Reviewer"), &json!("TUESDAY"), &json!(1)), "a Monday");
        assert_eq!(choice(&reviewer, &id, o.second_reviewer).await["onRotaToday"], true, "the ward lies below");
        assert_eq!(choice(&reviewer, &id, o.reviewer).await["onRotaToday"], false);
        // Who stands in has the day.
        let second = app.sign_in(o.second_reviewer).await;
        away(&second, json!({"from": "2026-03-02", "to": "2026-03-02", "delegateId": person(o.head)})).await;
        let seen = reviewer.ask("{ rotas { nodes { today { name } actsToday { name } unit { name } } } }", json!({})).await;
        assert_eq!(seen["rotas"]["nodes"], json!([{"today": {"name": "Rob Reviewer"}, "actsToday": {"name": "Hanna Head"}, "unit": {"name": "North"}}]));
        assert_eq!(choice(&reviewer, &id, o.head).await["onRotaToday"], true);
        // A nearer rota counts, in turns; and the unit's own midnight.
        let admin = app.sign_in(o.admin).await;
        admin.done("unitUpdate", "mutation($i: ID!) { unitUpdate(input: {id: $i, zone: \"Pacific/Auckland\"}) { userErrors { code message } } }", json!({"i": o.harbour.to_string()})).await;
        let turns = json!({"unitId": o.harbour.to_string(), "turns": [person(o.reviewer), person(o.head)], "startsOn": "2026-03-02"});
        reviewer.done("rotaSet", ROTA, json!({"in": turns})).await;
        assert_eq!(choice(&reviewer, &id, o.reviewer).await["onRotaToday"], true, "22:00 of the 2nd in Auckland");
        app.pass(DAY / 6).await;
        let reviewer = app.sign_in(o.reviewer).await;
        assert_eq!(choice(&reviewer, &id, o.head).await["onRotaToday"], true, "02:00 of the 3rd in Auckland");

        for (input, code, field) in [
            (json!({"unitId": o.north.to_string()}), "INVALID", "week"),
            (json!({"unitId": o.north.to_string(), "week": [], "turns": []}), "INVALID", "week"),
            (json!({"unitId": o.north.to_string(), "week": []}), "REQUIRED", "week"),
            (json!({"unitId": o.north.to_string(), "turns": [person(o.nurse)]}), "INVALID", "turns"),
            (json!({"unitId": o.north.to_string(), "turns": [person(o.south_reviewer)]}), "INVALID", "turns"),
            (json!({"unitId": o.north.to_string(), "turns": vec![person(o.reviewer); 61]}), "INVALID", "turns"),
            (json!({"unitId": o.north.to_string(), "week": [{"weekday": "MONDAY", "personId": person(o.reviewer)}, {"weekday": "MONDAY", "personId": person(o.head)}]}), "INVALID", "week"),
            (json!({"unitId": o.south.to_string(), "turns": [person(o.head)]}), "FORBIDDEN", ""),
            (json!({"unitId": o.north.to_string(), "turns": [person(o.head)], "expectedVersion": 4}), "STALE_VERSION", "expectedVersion"),
            (json!({"unitId": "unit_00000000000000000000000000", "turns": [person(o.head)]}), "NOT_FOUND", "unitId"),
        ] {
            let refused = reviewer.refused("rotaSet", ROTA, json!({"in": input})).await;
            assert_eq!(refused["code"], code, "{input}: {refused}");
            assert_eq!(refused["field"][0].as_str().unwrap_or_default(), field, "{input}");
        }
        let remove = "mutation($i: ID!) { rotaRemove(input: {unitId: $i}) { unit { name } userErrors { code } } }";
        let gone = reviewer.done("rotaRemove", remove, json!({"i": o.north.to_string()})).await;
        assert_eq!(gone["unit"]["name"], "North");
        assert_eq!(reviewer.refused("rotaRemove", remove, json!({"i": o.north.to_string()})).await["code"], "NOT_FOUND");
        let nurse = app.sign_in(o.nurse).await;
        assert_eq!(nurse.send("{ rotas { nodes { id } } }", json!({})).await.code(), "FORBIDDEN");
    }

    async fn nobody_goes_and_leaves_work_behind(app) {
        let o = &app.organisation;
        let (nurse, reviewer, admin) = (app.sign_in(o.nurse).await, app.sign_in(o.reviewer).await, app.sign_in(o.admin).await);
        let leaver = o.second_reviewer;
        // Two to decide on, one of the one who will take over; one to do; a cause, a journey with a touchpoint, a rota, a colleague to stand in for.
        let (one, two) = (send(&nurse, "The lift is out again.").await, send(&nurse, "The door sticks.").await);
        let head = app.sign_in(o.head).await;
        let query = "mutation($u: ID!) { submissionSend(input: {text: \"The stairs are dark.\", kind: OBSERVATION, unitId: $u}) { submission { id reference } userErrors { code message } } }";
        let of_heir = head.done("submissionSend", query, json!({"u": o.ward.to_string()})).await["submission"].clone();
        for id in [one.as_str(), two.as_str(), of_heir["id"].as_str().expect("an id")] {
            assign(&reviewer, id, leaver).await;
        }
        reviewer.done("submissionSetOwner", "mutation($i: ID!, $p: ID!) { submissionSetOwner(input: {id: $i, ownerId: $p}) { userErrors { code message } } }", json!({"i": one, "p": leaver.to_string()})).await;
        let me = json!({"p": leaver.to_string()});
        reviewer.done("causeCreate", "mutation($p: ID!) { causeCreate(input: {name: \"Old lifts\", category: PLACE, ownerId: $p}) { userErrors { code message } } }", me.clone()).await;
        let journey = reviewer.done("journeyCreate", "mutation($p: ID!) { journeyCreate(input: {name: \"Staying\", ownerId: $p}) { journey { id } userErrors { code message } } }", me.clone()).await;
        reviewer.done("touchpointCreate", "mutation($p: ID!, $j: ID!) { touchpointCreate(input: {journeyId: $j, name: \"Lifts\", ownerId: $p}) { userErrors { code message } } }", json!({"p": leaver.to_string(), "j": journey["journey"]["id"]})).await;
        away(&reviewer, json!({"from": "2026-03-09", "to": "2026-03-10", "delegateId": leaver.to_string()})).await;
        reviewer.done("rotaSet", ROTA, json!({"in": {"unitId": o.north.to_string(), "turns": [leaver.to_string(), o.reviewer.to_string(), leaver.to_string()]}})).await;
        let all = json!({"assigned": 3, "owned": 1, "causes": 1, "journeys": 2, "standingIn": 1, "rota": 2, "total": 10});
        assert_eq!(work(&admin, leaver).await, all);
        assert_eq!(work(&app.sign_in(leaver).await, leaver).await, all, "one's own");
        assert_eq!(reviewer.send(WORK, json!({"i": leaver.to_string()})).await.code(), "FORBIDDEN");

        let before = app.dump(&[]).await;
        let stranded = admin.refused("personDeactivate", LEAVE, json!({"i": leaver.to_string()})).await;
        assert_eq!((&stranded["code"], &stranded["field"]), (&json!("IN_USE"), &json!(["id"])));
        let message = stranded["message"].as_str().expect("a message");
        for part in ["3 submissions assigned", "1 submissions that they own", "1 root causes", "2 journeys", "1 absences", "2 places on rotas", "personHandOver"] {
            assert!(message.contains(part), "{part} in {message}");
        }
        // The last right to review goes only with the work.
        let grants = admin.ask("query($i: ID!) { node(id: $i) { ... on Person { roles { id role } } } }", json!({"i": leaver.to_string()})).await;
        let grant_id = grants["node"]["roles"][0]["id"].clone();
        let remove = "mutation($i: ID!) { grantRemove(input: {id: $i}) { userErrors { code message } } }";
        let kept = admin.refused("grantRemove", remove, json!({"i": grant_id})).await;
        assert_eq!(kept["code"], "IN_USE");
        assert!(kept["message"].as_str().expect("a message").contains("3 submissions assigned"), "{kept}");
        assert_eq!(changed(&before, &app.dump(&[]).await), Vec::<String>::new(), "refused, and nothing changed");

        // To somebody who may have nothing of it: everything stays that needs a right.
        let wrong = admin.done("personHandOver", HAND, json!({"in": {"fromId": leaver.to_string(), "toId": o.chemist.to_string(), "what": ["ASSIGNED", "OWNED", "STANDING_IN", "ROTA"]}})).await;
        assert_eq!((&wrong["moved"], wrong["refused"].as_array().map(Vec::len)), (&json!([{"kind": "ASSIGNED", "count": 0}, {"kind": "OWNED", "count": 0}]), Some(6)));
        assert_eq!(changed(&before, &app.dump(&[]).await), Vec::<String>::new());
        // To the head, but for what she wrote herself.
        let done = admin.done("personHandOver", HAND, json!({"in": {"fromId": leaver.to_string(), "toId": o.head.to_string()}})).await;
        assert_eq!(done["moved"], json!([
            {"kind": "ASSIGNED", "count": 2}, {"kind": "OWNED", "count": 1}, {"kind": "CAUSES", "count": 1},
            {"kind": "JOURNEYS", "count": 2}, {"kind": "STANDING_IN", "count": 1}, {"kind": "ROTA", "count": 2},
        ]));
        assert_eq!((&done["refused"][0]["kind"], &done["refused"][0]["what"]), (&json!("ASSIGNED"), &of_heir["reference"]));
        assert!(!done["refused"][0]["message"].as_str().expect("a message").contains("wrote"), "who wrote it is not told");
        assert_eq!((&done["left"]["total"], &done["left"]["assigned"]), (&json!(1), &json!(1)));
        let history = reviewer.ask("query($i: ID!) { submission(by: {id: $i}) { version history(last: 2) { nodes { kind actor { name } } } } }", json!({"i": one})).await;
        assert_eq!(history["submission"]["history"]["nodes"], json!([{"kind": "submission.assigned", "actor": {"name": "Adam Admin"}}, {"kind": "submission.owner_set", "actor": {"name": "Adam Admin"}}]));
        let rest = admin.done("personHandOver", HAND, json!({"in": {"fromId": leaver.to_string(), "toId": o.reviewer.to_string()}})).await;
        assert_eq!(rest["left"]["total"], 0);
        admin.done("personDeactivate", LEAVE, json!({"i": leaver.to_string()})).await;

        let same = admin.refused("personHandOver", HAND, json!({"in": {"fromId": o.head.to_string(), "toId": o.head.to_string()}})).await;
        assert_eq!((&same["code"], &same["field"]), (&json!("INVALID"), &json!(["toId"])));
        away(&app.sign_in(o.south_reviewer).await, json!({"from": "2026-03-02", "to": "2026-03-03"})).await;
        let away = admin.refused("personHandOver", HAND, json!({"in": {"fromId": o.head.to_string(), "toId": o.south_reviewer.to_string()}})).await;
        assert_eq!((&away["code"], &away["field"]), (&json!("INVALID"), &json!(["toId"])));
        let gone = admin.refused("personHandOver", HAND, json!({"in": {"fromId": o.head.to_string(), "toId": leaver.to_string()}})).await;
        assert_eq!((&gone["code"], &gone["field"]), (&json!("NOT_FOUND"), &json!(["toId"])));
        app.settle().await;
    }

    async fn a_hand_over_shows_nobody_what_they_could_not_read(app) {
        let o = &app.organisation;
        let (nurse, reviewer) = (app.sign_in(o.nurse).await, app.sign_in(o.reviewer).await);
        let query = "mutation { submissionSend(input: {text: \"He shouts at us.\", kind: OBSERVATION, audience: CX_TEAM_ONLY}) { submission { id } userErrors { code message } } }";
        let secret = nurse.done("submissionSend", query, json!({})).await["submission"]["id"].clone();
        reviewer.done("submissionSetOwner", "mutation($i: ID!, $p: ID!) { submissionSetOwner(input: {id: $i, ownerId: $p}) { userErrors { code message } } }", json!({"i": secret, "p": o.colleague.to_string()})).await;
        // The manager leads the owner, and may not read it: the owner's work does not open it.
        let manager = app.sign_in(o.manager).await;
        let look = "query($i: ID!) { submission(by: {id: $i}) { id } }";
        assert_eq!(manager.ask(look, json!({"i": secret})).await["submission"], Value::Null);
        let done = manager.done("personHandOver", HAND, json!({"in": {"fromId": o.colleague.to_string(), "toId": o.manager.to_string()}})).await;
        assert_eq!((done["refused"].as_array().map(Vec::len), &done["left"]["owned"]), (Some(1), &json!(1)));
        assert_eq!(manager.ask(look, json!({"i": secret})).await["submission"], Value::Null);
        // A reviewer who reads it anyway may have it.
        let admin = app.sign_in(o.admin).await;
        let done = admin.done("personHandOver", HAND, json!({"in": {"fromId": o.colleague.to_string(), "toId": o.head.to_string()}})).await;
        assert_eq!((done["refused"].as_array().map(Vec::len), &done["left"]["owned"]), (Some(0), &json!(0)));
        app.settle().await;
    }

    async fn many_submissions_change_hands_in_batches(app) {
        let o = &app.organisation;
        grant(app, o.chemist, o.root).await;
        let (nurse, reviewer) = (app.sign_in(o.nurse).await, app.sign_in(o.reviewer).await);
        for number in 0..12 {
            let id = send(&nurse, &format!("Number {number} is out again.")).await;
            assign(&reviewer, &id, o.second_reviewer).await;
        }
        // All of them in the past of one batch border: 12 rows and 512 more by hand would take minutes; rows are enough here.
        let admin = app.sign_in(o.admin).await;
        let few = admin.send(HAND, json!({"in": {"fromId": o.second_reviewer.to_string(), "toId": o.chemist.to_string(), "what": ["ASSIGNED"]}})).await;
        assert_eq!(few.data()["personHandOver"]["moved"], json!([{"kind": "ASSIGNED", "count": 12}]));
        assert!(few.statements < 40, "a batch has its number of statements: {}", few.statements);
        app.settle().await;
    }
}
