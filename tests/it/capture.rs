//! Capture over HTTP: the one box, exactly once; editing; comments; lists; what is refused.

use serde_json::{Value, json};

use crate::kit::client::Client;
use crate::on_both;

const SEND: &str = "mutation($input: SubmissionSendInput!) { submissionSend(input: $input) {
  submission { id reference kind title text phase shownPhase status { code label } channel
    unit { id } author { id } version voteCount commentCount whoCanSee
    viewerCan { edit withdraw correctKind comment commentInternally vote review } }
  alreadyReceived hints { kind start end }
  userErrors { field code message } } }";

const EDIT: &str = "mutation($input: SubmissionEditInput!) { submissionEdit(input: $input) {
  submission { id title text version ... on Idea { revisions { revision text } } ... on Observation { revisions { revision text } } }
  userErrors { field code message } } }";

const COMMENT: &str = "mutation($input: CommentAddInput!) { commentAdd(input: $input) {
  comment { id text visibility author { id } } submission { commentCount } alreadyReceived
  userErrors { field code message } } }";

const CORRECT: &str =
    "mutation($input: SubmissionCorrectKindInput!) { submissionCorrectKind(input: $input) {
  submission { id kind version } userErrors { field code message } } }";

async fn send(client: &Client, input: Value) -> Value {
    client.done("submissionSend", SEND, json!({"input": input})).await
}

async fn read(client: &Client, id: &Value) -> Value {
    let query = "query($id: ID!) { submission(by: {id: $id}) { id title commentCount comments { nodes { text visibility } totalCount } author { id } } }";
    client.ask(query, json!({"id": id})).await["submission"].clone()
}

on_both! {
    async fn one_box_needs_only_the_text(app) {
        let who = &app.organisation;
        let nurse = app.sign_in(who.nurse).await;
        let sent = send(&nurse, json!({"text": "The discharge letters come too late. Call 0171 2345678."})).await;
        let submission = &sent["submission"];
        assert_eq!(submission["kind"], "OBSERVATION");
        assert_eq!(submission["title"], "The discharge letters come too late");
        assert_eq!(submission["shownPhase"], "SUBMITTED");
        assert_eq!(submission["status"], json!({"code": "SUBMITTED", "label": "Received"}));
        assert_eq!(submission["unit"]["id"], who.ward.to_string());
        assert_eq!(submission["author"]["id"], who.nurse.to_string());
        assert_eq!(submission["channel"], "WEB");
        assert_eq!(submission["viewerCan"]["edit"], true);
        assert_eq!(submission["viewerCan"]["vote"], false);
        assert_eq!(sent["alreadyReceived"], false);
        assert_eq!(sent["hints"][0]["kind"], "PHONE");
        assert!(submission["whoCanSee"].as_str().unwrap().contains("Other colleagues cannot"));

        let idea = send(&nurse, json!({"text": "We should put hooks on the bathroom doors."})).await;
        assert_eq!(idea["submission"]["kind"], "IDEA");
        let cook = app.sign_in(who.cook).await;
        let spanish = send(&cook, json!({"text": "Faltan carros en la cocina", "kind": "IDEA"})).await;
        assert_eq!(spanish["submission"]["status"]["label"], "Recibido");
    }

    async fn sending_takes_few_statements(app) {
        let nurse = app.sign_in(app.organisation.nurse).await;
        let bare = "mutation($input: SubmissionSendInput!) { submissionSend(input: $input) { submission { id } userErrors { code } } }";
        let warm = nurse.send("{ serverVersion }", json!({})).await.statements;
        let answer = nurse.send(bare, json!({"input": {"text": "x", "clientKey": "k1"}})).await;
        assert!(answer.data()["submissionSend"]["submission"]["id"].is_string());
        let taken = answer.statements - warm;
        assert!(taken <= 12, "submissionSend took {taken} statements beside who asks ({warm})");
    }

    async fn the_same_key_is_received_once(app) {
        let nurse = app.sign_in(app.organisation.nurse).await;
        let input = json!({"text": "The lift stops between floors.", "clientKey": "0f8c"});
        let racing = (0..32).map(|_| {
            let (nurse, input) = (nurse.clone(), input.clone());
            tokio::spawn(async move { send(&nurse, input).await })
        });
        let racing: Vec<_> = racing.collect();
        let mut ids = std::collections::BTreeSet::new();
        let mut fresh = 0;
        for twin in racing {
            let payload = twin.await.unwrap();
            fresh += usize::from(payload["alreadyReceived"] == false);
            ids.insert(payload["submission"]["id"].as_str().unwrap().to_owned());
        }
        assert_eq!((ids.len(), fresh), (1, 1));
        let again = nurse.ask("{ mySubmissions { totalCount } }", json!({})).await;
        assert_eq!(again["mySubmissions"]["totalCount"], 1);

        let other = json!({"input": {"text": "Another text.", "clientKey": "0f8c"}});
        let error = nurse.refused("submissionSend", SEND, other).await;
        assert_eq!((&error["code"], &error["field"]), (&json!("IDEMPOTENCY_KEY_REUSED"), &json!(["clientKey"])));
        let colleague = app.sign_in(app.organisation.colleague).await;
        let own = send(&colleague, input).await;
        assert!(!ids.contains(own["submission"]["id"].as_str().unwrap()), "keys are per person");
    }

    async fn bad_input_is_refused_with_field_and_cure(app) {
        let nurse = app.sign_in(app.organisation.nurse).await;
        let foreign = "unit_00000000000000000000000000";
        let cases = [
            (json!({"text": ""}), "REQUIRED", "text"),
            (json!({"text": " \u{200b}\u{202e}\n"}), "REQUIRED", "text"),
            (json!({"text": "x".repeat(20_000)}), "TOO_LONG", "text"),
            (json!({"text": "x", "title": "t".repeat(121)}), "TOO_LONG", "title"),
            (json!({"text": "x", "customerWords": " "}), "REQUIRED", "customerWords"),
            (json!({"text": "x", "unitId": foreign}), "NOT_FOUND", "unitId"),
            (json!({"text": "x", "unitId": "nonsense"}), "NOT_FOUND", "unitId"),
            (json!({"text": "x", "touchpointId": "touchpoint_00000000000000000000000000"}), "NOT_FOUND", "touchpointId"),
            (json!({"text": "x", "programId": "program_00000000000000000000000000"}), "NOT_FOUND", "programId"),
            (json!({"text": "x", "concernedId": "person_00000000000000000000000000"}), "NOT_FOUND", "concernedId"),
            (json!({"text": "x", "clientKey": ""}), "INVALID", "clientKey"),
            (json!({"text": "x", "clientKey": "k".repeat(201)}), "INVALID", "clientKey"),
            (json!({"text": "x", "language": "English"}), "INVALID", "language"),
            (json!({"text": "x", "tags": ["a","b","c","d","e","f","g","h","i","j","k"]}), "INVALID", "tags"),
            (json!({"text": "x", "tags": ["y".repeat(41)]}), "TOO_LONG", "tags"),
        ];
        for (input, code, field) in cases {
            let shown: String = input.to_string().chars().take(80).collect();
            let error = nurse.refused("submissionSend", SEND, json!({"input": input})).await;
            assert_eq!((&error["code"], &error["field"]), (&json!(code), &json!([field])), "{shown}");
            assert!(error["message"].as_str().unwrap().len() > 20, "{shown}");
        }
        let behalf = json!({"input": {"text": "x", "authorExternalId": "COLIN-COLLEAGUE"}});
        assert_eq!(nurse.refused("submissionSend", SEND, behalf).await["code"], "FORBIDDEN");
        let nobody = app.anybody();
        let error = nobody.refused("submissionSend", SEND, json!({"input": {"text": "x"}})).await;
        assert_eq!(error["code"], "UNAUTHENTICATED");
        let counted = nurse.ask("{ mySubmissions { totalCount nodes { id } } }", json!({})).await;
        assert_eq!(counted["mySubmissions"], json!({"totalCount": 0, "nodes": []}), "nothing was kept of it");

        let marked = send(&nurse, json!({"text": "a\u{202e}b\u{0}c\u{7}d"})).await;
        assert_eq!(marked["submission"]["text"], "abcd");
    }

    async fn editing_keeps_revisions_until_somebody_takes_it_up(app) {
        let who = &app.organisation;
        let nurse = app.sign_in(who.nurse).await;
        let sent = send(&nurse, json!({"text": "The hooks are to high.", "kind": "IDEA", "tags": ["Hooks"]})).await;
        let id = &sent["submission"]["id"];
        let edited = nurse.done("submissionEdit", EDIT, json!({"input": {"id": id, "expectedVersion": 1, "text": "The hooks are too high."}})).await;
        assert_eq!(edited["submission"]["title"], "The hooks are too high");
        assert_eq!(edited["submission"]["version"], 2);
        let revisions = edited["submission"]["revisions"].as_array().unwrap();
        assert_eq!(revisions.len(), 2);
        assert_eq!(revisions[0]["text"], "The hooks are to high.");

        let stale = json!({"input": {"id": id, "expectedVersion": 1, "text": "y"}});
        assert_eq!(nurse.refused("submissionEdit", EDIT, stale).await["code"], "STALE_VERSION");
        let colleague = app.sign_in(who.colleague).await;
        let theirs = json!({"input": {"id": id, "text": "y"}});
        assert_eq!(colleague.refused("submissionEdit", EDIT, theirs).await["code"], "FORBIDDEN");

        let kind = json!({"input": {"id": id, "kind": "OBSERVATION"}});
        let corrected = nurse.done("submissionCorrectKind", CORRECT, kind).await;
        assert_eq!(corrected["submission"]["kind"], "OBSERVATION");
        let gone = read(&colleague, id).await;
        assert_eq!(gone, Value::Null, "an observation is nobody's but the CX team's");
        let reviewer = app.sign_in(who.reviewer).await;
        let back = json!({"input": {"id": id, "kind": "IDEA"}});
        assert_eq!(reviewer.done("submissionCorrectKind", CORRECT, back).await["submission"]["kind"], "IDEA");
    }

    async fn comments_are_public_or_internal(app) {
        let who = &app.organisation;
        let (nurse, reviewer) = (app.sign_in(who.nurse).await, app.sign_in(who.reviewer).await);
        let sent = send(&nurse, json!({"text": "Hooks on doors would help.", "kind": "IDEA"})).await;
        let id = &sent["submission"]["id"];
        let public = json!({"input": {"submissionId": id, "text": "Which doors?", "clientKey": "c1"}});
        let first = reviewer.done("commentAdd", COMMENT, public.clone()).await;
        assert_eq!(first["submission"]["commentCount"], 1);
        let again = reviewer.done("commentAdd", COMMENT, public).await;
        assert_eq!(again["alreadyReceived"], true);
        assert_eq!(again["comment"]["id"], first["comment"]["id"]);
        let internal = json!({"input": {"submissionId": id, "text": "Ask facilities.", "visibility": "INTERNAL"}});
        reviewer.done("commentAdd", COMMENT, internal.clone()).await;
        assert_eq!(nurse.refused("commentAdd", COMMENT, internal).await["code"], "FORBIDDEN");

        let for_author = read(&nurse, id).await;
        assert_eq!(for_author["commentCount"], 1);
        assert_eq!(for_author["comments"]["totalCount"], 1);
        assert_eq!(for_author["comments"]["nodes"][0]["text"], "Which doors?");
        let for_team = read(&reviewer, id).await;
        assert_eq!(for_team["comments"]["totalCount"], 2);

        let chemist = app.sign_in(who.chemist).await;
        let stranger = json!({"input": {"submissionId": id, "text": "Me too"}});
        assert_eq!(chemist.refused("commentAdd", COMMENT, stranger).await["code"], "NOT_FOUND");
        let long = json!({"input": {"submissionId": id, "text": "x".repeat(5_001)}});
        assert_eq!(nurse.refused("commentAdd", COMMENT, long).await["code"], "TOO_LONG");
    }

    async fn not_yours_is_not_there(app) {
        let who = &app.organisation;
        let nurse = app.sign_in(who.nurse).await;
        let sent = send(&nurse, json!({"text": "The infusion pumps beep all night."})).await;
        let (id, reference) = (&sent["submission"]["id"], &sent["submission"]["reference"]);
        let colleague = app.sign_in(who.colleague).await;
        let nowhere = "sub_00000000000000000000000000";
        for mutation in [(EDIT, "submissionEdit", json!({"text": "x"})), (CORRECT, "submissionCorrectKind", json!({"kind": "IDEA"}))] {
            let (query, field, mut input) = mutation;
            input["id"] = id.clone();
            let theirs = colleague.refused(field, query, json!({"input": input})).await;
            input["id"] = json!(nowhere);
            let none = colleague.refused(field, query, json!({"input": input})).await;
            assert_eq!(theirs.to_string(), none.to_string());
            assert_eq!(theirs["code"], "NOT_FOUND");
        }
        let by = "query($id: ID!, $reference: String!) { node(id: $id) { id } a: submission(by: {id: $id}) { id } b: submission(by: {reference: $reference}) { id } nodes(ids: [$id]) { id } }";
        let theirs = colleague.send(by, json!({"id": id, "reference": reference})).await;
        let none = colleague.send(by, json!({"id": nowhere, "reference": "EAR-99999"})).await;
        assert_eq!(theirs.body.to_string(), none.body.to_string());
        let mine = nurse.ask(by, json!({"id": id, "reference": reference.as_str().unwrap().to_lowercase().replace('-', " ")})).await;
        assert_eq!((&mine["node"]["id"], &mine["a"]["id"], &mine["b"]["id"]), (id, id, id));
    }

    async fn the_cx_team_alone_and_the_person_concerned(app) {
        let who = &app.organisation;
        let nurse = app.sign_in(who.nurse).await;
        let quiet = send(&nurse, json!({"text": "An idea for the rota.", "kind": "IDEA", "audience": "CX_TEAM_ONLY"})).await;
        let about = send(&nurse, json!({"text": "Somebody shouts.", "kind": "OBSERVATION", "concernedId": who.reviewer.to_string()})).await;
        let (quiet, about) = (&quiet["submission"]["id"], &about["submission"]["id"]);
        for (person, sees_quiet, sees_about) in [
            (who.nurse, true, true),
            (who.colleague, false, false),
            (who.manager, false, true),
            (who.reviewer, true, false),
            (who.second_reviewer, true, true),
            (who.south_reviewer, false, false),
            (who.admin, false, false),
        ] {
            let client = app.sign_in(person).await;
            assert_eq!(read(&client, quiet).await.is_object(), sees_quiet, "{person} CX team only");
            assert_eq!(read(&client, about).await.is_object(), sees_about, "{person} concerned");
        }
    }

    async fn names_follow_the_setting(app) {
        let who = &app.organisation;
        let (nurse, admin) = (app.sign_in(who.nurse).await, app.sign_in(who.admin).await);
        let sent = send(&nurse, json!({"text": "Hooks.", "kind": "IDEA"})).await;
        let id = &sent["submission"]["id"];
        let (colleague, reviewer) = (app.sign_in(who.colleague).await, app.sign_in(who.reviewer).await);
        assert_eq!(read(&colleague, id).await["author"]["id"], who.nurse.to_string());
        let change = "mutation { settingsUpdate(input: {authorNames: REVIEWERS}) { settings { authorNames } userErrors { code } } }";
        admin.done("settingsUpdate", change, json!({})).await;
        assert_eq!(read(&colleague, id).await["author"], Value::Null);
        assert_eq!(read(&nurse, id).await["author"]["id"], who.nurse.to_string());
        assert_eq!(read(&reviewer, id).await["author"]["id"], who.nurse.to_string());
        assert_eq!(colleague.refused("settingsUpdate", change, json!({})).await["code"], "FORBIDDEN");
    }

    async fn a_page_takes_the_same_statements_whatever_its_length(app) {
        let who = &app.organisation;
        let (nurse, colleague) = (app.sign_in(who.nurse).await, app.sign_in(who.colleague).await);
        for number in 0..60 {
            let sender = if number % 2 == 0 { &nurse } else { &colleague };
            send(sender, json!({"text": format!("Idea number {number}"), "kind": "IDEA", "tags": [format!("t{number}")]})).await;
        }
        let reviewer = app.sign_in(who.reviewer).await;
        let query = "query($n: Int!) { submissions(first: $n) { nodes { id reference title text customerWords phase
            status { code label } unit { id } author { id } program { id name } tags voteCount viewerHasVoted viewerFollows photos { id } viewerCan { review }
            touchpoint { id } ... on Idea { assignee { id } revisions { revision } } } pageInfo { hasNextPage } } }";
        let mut taken = Vec::new();
        for size in [5, 20, 60] {
            let answer = reviewer.send(query, json!({"n": size})).await;
            assert_eq!(answer.data()["submissions"]["nodes"].as_array().unwrap().len(), size);
            taken.push(answer.statements);
        }
        assert_eq!(taken[0], taken[1], "{taken:?}");
        assert_eq!(taken[0], taken[2], "{taken:?}");
    }

    async fn lists_filter_order_and_page(app) {
        let who = &app.organisation;
        let (nurse, cook) = (app.sign_in(who.nurse).await, app.sign_in(who.cook).await);
        for number in 0..7 {
            app.house.clock.advance(1_000_000);
            send(&nurse, json!({"text": format!("Idea {number}"), "kind": "IDEA", "tags": ["lift"]})).await;
        }
        send(&nurse, json!({"text": "An observation", "kind": "OBSERVATION", "severity": "HIGH"})).await;
        send(&cook, json!({"text": "Una idea", "kind": "IDEA"})).await;
        let head = app.sign_in(who.head).await;
        let count = async |filter: Value| {
            let query = "query($f: SubmissionFilter) { submissions(filter: $f, first: 1) { totalCount totalCountIsExact nodes { id } } }";
            head.ask(query, json!({"f": filter})).await["submissions"]["totalCount"].as_u64().unwrap()
        };
        assert_eq!(count(json!({})).await, 9);
        assert_eq!(count(json!({"kind": {"in": ["OBSERVATION"]}})).await, 1);
        assert_eq!(count(json!({"unit": {"inSubtree": who.harbour.to_string()}})).await, 8);
        assert_eq!(count(json!({"unit": {"in": [who.kitchen.to_string()]}})).await, 1);
        assert_eq!(count(json!({"not": {"unit": {"inSubtree": who.harbour.to_string()}}})).await, 1);
        assert_eq!(count(json!({"tag": {"in": ["LIFT"]}})).await, 7);
        assert_eq!(count(json!({"not": {"severity": {"in": ["HIGH"]}}})).await, 8);
        assert_eq!(count(json!({"or": [{"severity": {"in": ["HIGH"]}}, {"tag": {"in": ["lift"]}}]})).await, 8);
        assert_eq!(count(json!({"or": []})).await, 0);
        assert_eq!(count(json!({"phase": {"in": ["SUBMITTED"]}})).await, 9);
        assert_eq!(count(json!({"phase": {"in": ["ACCEPTED"]}})).await, 0);
        assert_eq!(count(json!({"assignee": {"isNull": true}})).await, 9);
        assert_eq!(count(json!({"author": "ME"})).await, 0);
        assert_eq!(count(json!({"createdAt": {"gte": "2026-03-02T09:00:05Z"}})).await, 5);

        let deep = json!({"f": {"and": [{"and": [{"and": [{"and": [{}]}]}]}]}});
        let refused = head.send("query($f: SubmissionFilter) { submissions(filter: $f) { nodes { id } } }", deep).await;
        assert_eq!(refused.code(), "BAD_REQUEST");

        let page = "query($a: String, $o: [SubmissionOrder!]) { ideas(first: 3, after: $a, orderBy: $o) { nodes { reference } pageInfo { endCursor hasNextPage } } }";
        for order in [json!(null), json!([{"field": "VOTES", "direction": "DESC"}]), json!([{"field": "CREATED_AT", "direction": "ASC"}])] {
            let (mut seen, mut after) = (Vec::new(), Value::Null);
            loop {
                let found = head.ask(page, json!({"a": after, "o": order})).await["ideas"].clone();
                seen.extend(found["nodes"].as_array().unwrap().iter().map(|it| it["reference"].to_string()));
                after = found["pageInfo"]["endCursor"].clone();
                if found["pageInfo"]["hasNextPage"] == false {
                    break;
                }
            }
            let all: std::collections::BTreeSet<_> = seen.iter().collect();
            assert_eq!((seen.len(), all.len()), (8, 8), "{order}");
        }
        let first = head.ask(page, json!({})).await["ideas"]["pageInfo"]["endCursor"].clone();
        let other = head.send(page, json!({"a": first, "o": [{"field": "VOTES", "direction": "ASC"}]})).await;
        assert_eq!(other.code(), "BAD_REQUEST");
    }

    async fn catalogues_are_edited_by_administrators(app) {
        let who = &app.organisation;
        let (admin, cook) = (app.sign_in(who.admin).await, app.sign_in(who.cook).await);
        let read = "{ reasons(phases: [DEFERRED]) { code label } statuses { code phase isDefault } programs { isDefault name } settings { holdSeconds readPolicy } }";
        let before = cook.ask(read, json!({})).await;
        assert_eq!(before["reasons"].as_array().unwrap().len(), 4);
        assert_eq!(before["reasons"][0]["label"], "Ahora no hay presupuesto para ello");
        assert_eq!(before["statuses"].as_array().unwrap().len(), 12);
        assert_eq!(before["settings"], json!({"holdSeconds": 60, "readPolicy": "OWN_SITE_THEN_OPEN"}));

        let create = "mutation($input: ReasonCreateInput!) { reasonCreate(input: $input) { reason { id code label version } userErrors { field code } } }";
        let labels = json!([{"locale": "en", "text": "Not now"}, {"locale": "es", "text": "Ahora no"}]);
        let input = json!({"phase": "DEFERRED", "code": "LATER", "labels": labels});
        let made = admin.done("reasonCreate", create, json!({"input": input})).await;
        assert_eq!(made["reason"]["label"], "Not now");
        assert_eq!(admin.refused("reasonCreate", create, json!({"input": input})).await["code"], "TAKEN");
        assert_eq!(cook.refused("reasonCreate", create, json!({"input": input})).await["code"], "FORBIDDEN");
        for (broken, field) in [
            (json!({"phase": "ACCEPTED", "code": "A", "labels": labels}), "phase"),
            (json!({"phase": "DEFERRED", "code": "lower", "labels": labels}), "code"),
            (json!({"phase": "DEFERRED", "code": "B", "labels": [{"locale": "es", "text": "x"}]}), "labels"),
        ] {
            assert_eq!(admin.refused("reasonCreate", create, json!({"input": broken})).await["field"], json!([field]));
        }
        let status = "mutation($input: StatusCreateInput!) { statusCreate(input: $input) { status { id isDefault } userErrors { code } } }";
        let input = json!({"phase": "PLANNED", "code": "NEXT_QUARTER", "labels": [{"locale": "en", "text": "Next quarter"}], "isDefault": true});
        admin.done("statusCreate", status, json!({"input": input})).await;
        let after = cook.ask(read, json!({})).await;
        let defaults: Vec<_> = after["statuses"].as_array().unwrap().iter().filter(|it| it["phase"] == "PLANNED" && it["isDefault"] == true).collect();
        assert_eq!(defaults.len(), 1);
        assert_eq!(defaults[0]["code"], "NEXT_QUARTER");
        let hold = "mutation($s: Int!) { settingsUpdate(input: {holdSeconds: $s}) { settings { holdSeconds } userErrors { code } } }";
        assert_eq!(admin.done("settingsUpdate", hold, json!({"s": 0})).await["settings"]["holdSeconds"], 0);
        assert_eq!(admin.refused("settingsUpdate", hold, json!({"s": 604_801})).await["code"], "INVALID");
        assert_eq!(admin.refused("settingsUpdate", hold, json!({"s": -1})).await["code"], "INVALID");
    }

    async fn journeys_have_touchpoints_and_owners(app) {
        let who = &app.organisation;
        let (admin, nurse) = (app.sign_in(who.admin).await, app.sign_in(who.nurse).await);
        let journey = "mutation($input: JourneyCreateInput!) { journeyCreate(input: $input) { journey { id } userErrors { field code } } }";
        let input = json!({"input": {"name": "Admission", "ownerId": who.manager.to_string()}});
        let made = admin.done("journeyCreate", journey, input.clone()).await;
        let id = &made["journey"]["id"];
        assert_eq!(admin.refused("journeyCreate", journey, input.clone()).await["code"], "TAKEN");
        assert_eq!(nurse.refused("journeyCreate", journey, input).await["code"], "FORBIDDEN");
        let touchpoint = "mutation($input: TouchpointCreateInput!) { touchpointCreate(input: $input) { touchpoint { id } userErrors { field code } } }";
        let made = admin.done("touchpointCreate", touchpoint, json!({"input": {"journeyId": id, "name": "Front desk"}})).await;
        let desk = &made["touchpoint"]["id"];
        let read = nurse.ask("{ journeys { name owner { id } touchpoints { name owner { id } } } }", json!({})).await;
        assert_eq!(read["journeys"], json!([{"name": "Admission", "owner": {"id": who.manager.to_string()}, "touchpoints": [{"name": "Front desk", "owner": null}]}]));
        let sent = send(&nurse, json!({"text": "The queue is long.", "touchpointId": desk})).await;
        let at = nurse.ask("query($id: ID!) { submission(by: {id: $id}) { touchpoint { name journey { name } } } }", json!({"id": sent["submission"]["id"]})).await;
        assert_eq!(at["submission"]["touchpoint"], json!({"name": "Front desk", "journey": {"name": "Admission"}}));
        let close = "mutation($id: ID!) { touchpointUpdate(input: {id: $id, archived: true}) { touchpoint { archived } userErrors { code } } }";
        admin.done("touchpointUpdate", close, json!({"id": desk})).await;
        let error = nurse.refused("submissionSend", SEND, json!({"input": {"text": "x", "touchpointId": desk}})).await;
        assert_eq!(error["field"], json!(["touchpointId"]));
    }
}
