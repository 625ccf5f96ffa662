//! Reply templates: written once, filled for each author, looked at before they are sent.

use entity::instant::MINUTE;
use serde_json::{Value, json};

use crate::kit::app::TestApp;
use crate::kit::client::Client;
use crate::on_both;

const CREATE: &str = "mutation($in: ReplyTemplateCreateInput!) { replyTemplateCreate(input: $in) {
  alreadyReceived replyTemplate { id name phase version fields archived reason { code } texts { language text } createdBy { name } }
  userErrors { field code message allowed } } }";
const UPDATE: &str = "mutation($in: ReplyTemplateUpdateInput!) { replyTemplateUpdate(input: $in) {
  replyTemplate { id name phase version archived reason { code } texts { language text } }
  userErrors { field code message } } }";
const LIST: &str = "query($f: ReplyTemplateFilter) { replyTemplates(filter: $f, first: 50) { totalCount nodes { id name texts { language } } } }";
const PREVIEW: &str = "query($in: ReplyPreviewInput!) { replyPreview(input: $in) {
  message language isFallback mail { subject text html language } } }";
const MOVE: &str = "mutation($in: SubmissionMoveInput!) { submissionMove(input: $in) {
  submission { phase } decision { id message messageLanguage } userErrors { field code message } } }";

async fn send(client: &Client, input: Value) -> (String, String) {
    let query = "mutation($in: SubmissionSendInput!) { submissionSend(input: $in) { submission { id reference } userErrors { code message } } }";
    let done = client.done("submissionSend", query, json!({"in": input})).await;
    let text = |key: &str| done["submission"][key].as_str().expect("text").to_owned();
    (text("id"), text("reference"))
}

async fn create(client: &Client, input: Value) -> Value {
    client.done("replyTemplateCreate", CREATE, json!({"in": input})).await["replyTemplate"].clone()
}

async fn no_create(client: &Client, input: Value) -> Value {
    client.refused("replyTemplateCreate", CREATE, json!({"in": input})).await
}

async fn preview(client: &Client, input: Value) -> Value {
    client.ask(PREVIEW, json!({"in": input})).await["replyPreview"].clone()
}

/// Code, field and message of a preview that must be refused.
async fn no_preview(client: &Client, input: Value) -> (String, Value, String) {
    let answer = client.send(PREVIEW, json!({"in": input})).await;
    let error = &answer.body["errors"][0];
    let message = error["message"].as_str().unwrap_or_default().to_owned();
    (answer.code().to_owned(), error["extensions"]["field"].clone(), message)
}

/// A touchpoint with a name that must be escaped.
async fn touchpoint(app: &TestApp) -> String {
    let admin = app.sign_in(app.organisation.admin).await;
    let journey = admin
        .done("journeyCreate", "mutation { journeyCreate(input: {name: \"Staying\"}) { journey { id } userErrors { code } } }", json!({}))
        .await;
    let query = "mutation($j: ID!, $n: String!) { touchpointCreate(input: {journeyId: $j, name: $n}) { touchpoint { id } userErrors { code message } } }";
    let made = admin
        .done(
            "touchpointCreate",
            query,
            json!({"j": journey["journey"]["id"], "n": "<b>Lifts & stairs</b>"}),
        )
        .await;
    made["touchpoint"]["id"].as_str().expect("an id").to_owned()
}

fn both(en: &str, es: &str) -> Value {
    json!([{"language": "en", "text": en}, {"language": "es", "text": es}])
}

on_both! {
    async fn an_author_is_answered_in_her_language_as_the_preview_showed(app) {
        let o = &app.organisation;
        let (cook, reviewer) = (app.sign_in(o.cook).await, app.sign_in(o.reviewer).await);
        let touchpoint = touchpoint(app).await;
        let (id, reference) = send(&cook, json!({"text": "El ascensor no funciona. Hace falta otro.", "kind": "IDEA", "touchpointId": touchpoint})).await;
        let reason = reviewer.ask("{ reasons(phases: [DECLINED]) { id code } }", json!({})).await["reasons"][0].clone();
        let template = create(&reviewer, json!({
            "name": "No money", "phase": "DECLINED", "reasonId": reason["id"],
            "texts": both("Dear {name}, no: {reference} at {touchpoint}.", "Hola, {name}: no podemos con {reference} en {touchpoint} {{este año}}."),
        })).await;
        assert_eq!(template["fields"], json!(["name", "reference", "touchpoint"]));
        assert_eq!(template["reason"]["code"], reason["code"]);
        assert_eq!(template["createdBy"]["name"], "Rita Reviewer");

        let asked = json!({"submissionId": id, "replyTemplateId": template["id"], "to": "DECLINED", "reason": reason["code"]});
        let before = app.dump(&[]).await;
        let shown = preview(&reviewer, asked).await;
        assert_eq!(crate::kit::dump::changed(&before, &app.dump(&[]).await), Vec::<String>::new(), "a look changes nothing");
        let words = format!("Hola, Carla Cook: no podemos con {reference} en <b>Lifts & stairs</b> {{este año}}.");
        assert_eq!((shown["message"].as_str(), &shown["language"], &shown["isFallback"]), (Some(words.as_str()), &json!("es"), &json!(false)));
        let mail = &shown["mail"];
        assert_eq!(mail["language"], "es");
        assert!(mail["text"].as_str().expect("text").contains("<b>Lifts & stairs</b>"), "{mail}");
        let html = mail["html"].as_str().expect("html");
        assert!(html.contains("&lt;b&gt;Lifts &amp; stairs&lt;") && !html.contains("<b>Lifts"), "{html}");
        assert!(!html.contains("/unsubscribe/") && html.contains("Carla Cook"), "the stop is for its reader alone");

        // The decision says the same, labelled with its language; the author alone is called by name.
        let moved = reviewer.done("submissionMove", MOVE, json!({"in": {"id": id, "to": "DECLINED", "reason": reason["code"], "replyTemplateId": template["id"]}})).await;
        let to_others = words.replace("Carla Cook", "colega");
        assert_eq!((moved["decision"]["message"].as_str(), &moved["decision"]["messageLanguage"]), (Some(to_others.as_str()), &json!("es")));
        app.pass(2 * MINUTE).await;
        let got = app.mails.mails();
        assert_eq!(got.len(), 1);
        let cook = app.sign_in(o.cook).await;
        let seen = cook.ask("query($i: ID!) { submission(by: {id: $i}) { history(first: 20) { nodes { kind message messageLanguage } } } }", json!({"i": id})).await;
        let entries = seen["submission"]["history"]["nodes"].as_array().expect("entries");
        let told = entries.iter().find(|it| it["kind"] == "submission.announced").expect("an announcement");
        assert_eq!((told["message"].as_str(), &told["messageLanguage"]), (Some(words.as_str()), &json!("es")));
    }

    async fn a_field_without_a_value_is_named_and_nothing_is_sent(app) {
        let o = &app.organisation;
        let (nurse, reviewer) = (app.sign_in(o.nurse).await, app.sign_in(o.reviewer).await);
        let (id, reference) = send(&nurse, json!({"text": "The lift is out again.", "kind": "OBSERVATION"})).await;
        let template = create(&reviewer, json!({"name": "At the place", "texts": both("About {touchpoint}.", "Sobre {touchpoint}.")})).await;
        let asked = json!({"submissionId": id, "replyTemplateId": template["id"], "to": "ACCEPTED"});
        let (code, field, message) = no_preview(&reviewer, asked).await;
        assert_eq!((code.as_str(), &field), ("BAD_REQUEST", &json!(["replyTemplateId"])));
        assert!(message.contains("{touchpoint}") && message.contains("Write another text"), "{message}");
        let before = app.dump(&[]).await;
        let refused = reviewer.refused("submissionMove", MOVE, json!({"in": {"id": id, "to": "ACCEPTED", "replyTemplateId": template["id"]}})).await;
        assert_eq!((&refused["code"], &refused["field"]), (&json!("INVALID"), &json!(["replyTemplateId"])));
        assert_eq!(crate::kit::dump::changed(&before, &app.dump(&[]).await), Vec::<String>::new());

        for (field, why) in [("cause", "linked"), ("date", "promised")] {
            let asked = json!({"submissionId": id, "text": format!("See {{{field}}}."), "to": "ACCEPTED"});
            let (code, at, message) = no_preview(&reviewer, asked).await;
            assert_eq!((code.as_str(), &at), ("BAD_REQUEST", &json!(["text"])));
            assert!(message.contains(why), "{message}");
        }
        // With a cause and a date there is something to say.
        reviewer.done("causeLink", "mutation($s: ID!) { causeLink(input: {submissionId: $s, newCause: {name: \"Old lifts\", category: PLACE}}) { submission { phase } userErrors { code message } } }", json!({"s": id})).await;
        let asked = json!({"submissionId": id, "text": "{reference}: {cause}, by {date}.", "language": "en", "to": "IN_PROGRESS", "promisedOn": "2026-04-01"});
        let shown = preview(&reviewer, asked).await;
        assert_eq!(shown["message"], format!("{reference}: Old lifts, by 1 April 2026."));

        // The author has no such look, nor have others.
        let asked = json!({"submissionId": id, "text": "Hello", "to": "DECLINED"});
        assert_eq!(no_preview(&nurse, asked.clone()).await.0, "FORBIDDEN");
        let chemist = app.sign_in(o.chemist).await;
        assert_eq!(no_preview(&chemist, asked.clone()).await.0, "NOT_FOUND");
        assert_eq!(no_preview(&reviewer, json!({"submissionId": id, "to": "DECLINED"})).await.0, "BAD_REQUEST");
        assert_eq!(no_preview(&reviewer, json!({"submissionId": id, "text": "x", "to": "SUSTAINED"})).await.0, "BAD_REQUEST");
        app.settle().await;
    }

    async fn a_text_in_another_language_says_so(app) {
        let o = &app.organisation;
        let (cook, reviewer) = (app.sign_in(o.cook).await, app.sign_in(o.reviewer).await);
        let (id, _) = send(&cook, json!({"text": "Ganchos en las puertas.", "kind": "IDEA"})).await;
        let german = create(&reviewer, json!({"name": "Danke", "texts": [{"language": "de", "text": "Danke, {name}."}]})).await;
        let shown = preview(&reviewer, json!({"submissionId": id, "replyTemplateId": german["id"], "to": "ACCEPTED"})).await;
        assert_eq!((&shown["language"], &shown["isFallback"]), (&json!("de"), &json!(true)));
        assert_eq!(shown["mail"]["language"], "es", "what stands around it is the author's own");
        // A text that a person wrote carries the language that they name.
        let moved = reviewer.done("submissionMove", MOVE, json!({"in": {"id": id, "to": "ACCEPTED", "message": "Sí.", "messageLanguage": "es"}})).await;
        assert_eq!(moved["decision"]["messageLanguage"], "es");
        let bad = reviewer.refused("submissionMove", MOVE, json!({"in": {"id": id, "to": "PLANNED", "message": "Sí.", "messageLanguage": "Spanish!"}})).await;
        assert_eq!((&bad["code"], &bad["field"]), (&json!("INVALID"), &json!(["messageLanguage"])));
        let two = reviewer.refused("submissionMove", MOVE, json!({"in": {"id": id, "to": "PLANNED", "message": "Sí.", "replyTemplateId": german["id"]}})).await;
        assert_eq!((&two["code"], &two["field"]), (&json!("INVALID"), &json!(["replyTemplateId"])));
        // Where names are for reviewers a reply may hold one all the same: the author alone reads it.
        let admin = app.sign_in(o.admin).await;
        admin.done("settingsUpdate", "mutation { settingsUpdate(input: {authorNames: REVIEWERS}) { userErrors { code } } }", json!({})).await;
        let shown = preview(&reviewer, json!({"submissionId": id, "replyTemplateId": german["id"], "to": "PLANNED"})).await;
        assert_eq!(shown["message"], "Danke, Carla Cook.");
        let (code, field, message) = no_preview(&reviewer, json!({"submissionId": id, "text": "Danke, {name}.", "to": "PLANNED"})).await;
        assert_eq!((code.as_str(), &field), ("BAD_REQUEST", &json!(["text"])));
        assert!(message.contains("{name}") && message.contains("template"), "{message}");
        app.pass(2 * MINUTE).await;
    }

    async fn bad_templates_are_refused_with_their_cure(app) {
        let o = &app.organisation;
        let reviewer = app.sign_in(o.reviewer).await;
        let text = |text: &str| json!({"name": "A", "texts": [{"language": "en", "text": text}]});
        for (input, code, field, part) in [
            (text("Dear {nmae}"), "INVALID", "text", "{name} {reference} {touchpoint} {cause} {date}"),
            (text("Dear {name"), "INVALID", "text", "no partner"),
            (text("Dear } x"), "INVALID", "text", "no partner"),
            (text(" "), "REQUIRED", "text", "empty"),
            (text(&"x".repeat(2_001)), "TOO_LONG", "text", "2000"),
            (json!({"name": "A", "texts": []}), "REQUIRED", "texts", "at least one"),
            (json!({"name": " ", "texts": both("a", "b")}), "REQUIRED", "name", "empty"),
            (json!({"name": "x".repeat(201), "texts": both("a", "b")}), "TOO_LONG", "name", "200"),
            (json!({"name": "A", "texts": [{"language": "en", "text": "a"}, {"language": "EN", "text": "b"}]}), "INVALID", "language", "twice"),
            (json!({"name": "A", "texts": [{"language": "not a tag", "text": "a"}]}), "INVALID", "language", "language tag"),
            (json!({"name": "A", "texts": both("a", "b"), "reasonId": "reason_00000000000000000000000000"}), "NOT_FOUND", "reasonId", ""),
            (json!({"name": "A", "texts": both("a", "b"), "reasonId": o.ward.to_string()}), "NOT_FOUND", "reasonId", ""),
        ] {
            let refused = no_create(&reviewer, input.clone()).await;
            assert_eq!(refused["code"], code, "{input}: {refused}");
            assert_eq!(refused["field"].as_array().and_then(|it| it.last()), Some(&json!(field)), "{refused}");
            assert!(refused["message"].as_str().expect("a message").contains(part), "{refused}");
        }
        let deferred = reviewer.ask("{ reasons(phases: [DEFERRED]) { id } }", json!({})).await["reasons"][0]["id"].clone();
        let crossed = no_create(&reviewer, json!({"name": "A", "phase": "DECLINED", "reasonId": deferred, "texts": both("a", "b")})).await;
        assert_eq!((&crossed["code"], &crossed["field"]), (&json!("INVALID"), &json!(["reasonId"])));

        // Once, however often it arrives; one name, whatever the case.
        let input = json!({"name": "Thanks", "phase": "DECLINED", "texts": both("Thanks", "Gracias"), "clientKey": "k1"});
        let first = create(&reviewer, input.clone()).await;
        let again = reviewer.done("replyTemplateCreate", CREATE, json!({"in": input})).await;
        assert_eq!((&again["replyTemplate"]["id"], &again["alreadyReceived"]), (&first["id"], &json!(true)));
        let reused = no_create(&reviewer, json!({"name": "Thanks", "texts": both("Thank you", "Gracias"), "clientKey": "k1"})).await;
        assert_eq!(reused["code"], "IDEMPOTENCY_KEY_REUSED");
        let taken = no_create(&reviewer, json!({"name": "  THANKS ", "texts": both("a", "b")})).await;
        assert_eq!((&taken["code"], &taken["allowed"]), (&json!("TAKEN"), &json!([first["id"]])));

        let change = |input: Value| json!({"in": input});
        let stale = reviewer.refused("replyTemplateUpdate", UPDATE, change(json!({"id": first["id"], "expectedVersion": 9, "name": "B"}))).await;
        assert_eq!(stale["code"], "STALE_VERSION");
        let bad = reviewer.refused("replyTemplateUpdate", UPDATE, change(json!({"id": first["id"], "texts": [{"language": "en", "text": "{x}"}]}))).await;
        assert_eq!(bad["code"], "INVALID");
        let updated = reviewer.done("replyTemplateUpdate", UPDATE, change(json!({"id": first["id"], "expectedVersion": 1, "name": "Thank you", "phase": null, "archived": true}))).await;
        assert_eq!((&updated["replyTemplate"]["phase"], &updated["replyTemplate"]["archived"], &updated["replyTemplate"]["version"]), (&Value::Null, &json!(true), &json!(2)));

        // Out of use it answers nobody, and its name is free.
        let nurse = app.sign_in(o.nurse).await;
        let (id, _) = send(&nurse, json!({"text": "The lift is out again."})).await;
        let gone = reviewer.refused("submissionMove", MOVE, json!({"in": {"id": id, "to": "ACCEPTED", "replyTemplateId": first["id"]}})).await;
        assert_eq!((&gone["code"], &gone["field"]), (&json!("NOT_FOUND"), &json!(["replyTemplateId"])));
        let second = create(&reviewer, json!({"name": "thank you", "phase": "DECLINED", "texts": both("a", "b")})).await;
        let back = reviewer.refused("replyTemplateUpdate", UPDATE, change(json!({"id": first["id"], "archived": false}))).await;
        assert_eq!(back["code"], "TAKEN");
        // It belongs to its phase, and is as long as a message when it is filled.
        let foreign = reviewer.refused("submissionMove", MOVE, json!({"in": {"id": id, "to": "ACCEPTED", "replyTemplateId": second["id"]}})).await;
        assert_eq!((&foreign["code"], &foreign["field"]), (&json!("INVALID"), &json!(["replyTemplateId"])));
        let long = create(&reviewer, json!({"name": "Long", "texts": [{"language": "en", "text": format!("{}{{name}}", "x".repeat(1_994))}]})).await;
        let (code, field, _) = no_preview(&reviewer, json!({"submissionId": id, "replyTemplateId": long["id"], "to": "ACCEPTED"})).await;
        assert_eq!((code.as_str(), &field), ("BAD_REQUEST", &json!(["replyTemplateId"])));
        // The author's own steps are words of the author.
        let own = nurse.refused("submissionMove", MOVE, json!({"in": {"id": id, "to": "WITHDRAWN", "replyTemplateId": long["id"]}})).await;
        assert_eq!((&own["code"], &own["field"]), (&json!("INVALID"), &json!(["replyTemplateId"])));
        app.settle().await;
    }

    async fn templates_are_listed_for_those_who_answer(app) {
        let o = &app.organisation;
        let reviewer = app.sign_in(o.reviewer).await;
        for number in 0..8 {
            let phase = if number % 2 == 0 { json!("DECLINED") } else { Value::Null };
            create(&reviewer, json!({"name": format!("Reply {number}"), "phase": phase, "texts": both("a", "b")})).await;
        }
        let manager = app.sign_in(o.manager).await;
        let few = manager.fewest("{ replyTemplates(first: 1) { nodes { id texts { text } } } }", json!({})).await;
        let many = manager.fewest("{ replyTemplates(first: 8) { nodes { id texts { text } } } }", json!({})).await;
        assert_eq!(few.statements, many.statements, "however many there are");
        assert_eq!(many.data()["replyTemplates"]["nodes"].as_array().expect("nodes").len(), 8);
        let accepted = manager.ask(LIST, json!({"f": {"phase": "ACCEPTED"}})).await;
        assert_eq!(accepted["replyTemplates"]["totalCount"], 4, "those that fit every phase");
        let archived = manager.ask(LIST, json!({"f": {"archived": true}})).await;
        assert_eq!(archived["replyTemplates"]["totalCount"], 0);
        let nurse = app.sign_in(o.nurse).await;
        assert_eq!(nurse.send(LIST, json!({})).await.code(), "FORBIDDEN");
        let id = many.data()["replyTemplates"]["nodes"][0]["id"].clone();
        let look = "query($i: ID!) { node(id: $i) { __typename id } }";
        assert_eq!(manager.ask(look, json!({"i": id})).await["node"]["__typename"], "ReplyTemplate");
        assert_eq!(nurse.ask(look, json!({"i": id})).await["node"], Value::Null);
    }
}
