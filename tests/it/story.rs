//! The main job from end to end, over HTTP only: someone sends what they saw, someone decides, and
//! the sender is told.
//!
//! With EARSHOT_TEST_SMTP the mails go through a server that is not ours (tests/aiosmtpd/run.py).

use entity::instant::{MINUTE, SECOND};
use image::codecs::jpeg::JpegEncoder;
use serde_json::{Value, json};

use crate::following::{STEPS, Socket};
use crate::kit::app::TestApp;
use crate::kit::client::Client;
use crate::kit::mail::Received;
use crate::kit::people::mail_of;
use crate::on_both;

/// A decision's hold, and a little.
const HOLD: i64 = MINUTE + SECOND;
const NURSES_PIN: &str = "829461";

/// Calls a mutation that must succeed: `verb(app, client, "unitCreate", input, "unit { id }")`.
async fn verb(client: &Client, mutation: &str, input: Value, selection: &str) -> Value {
    let proper = mutation[..1].to_uppercase() + &mutation[1..];
    let query = format!(
        "mutation($i: {proper}Input!) {{ {mutation}(input: $i) {{ {selection} userErrors {{ code field message }} }} }}"
    );
    client.done(mutation, &query, json!({"i": input})).await
}

fn string(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}

/// What somebody sent.
struct Sent {
    id: String,
    reference: String,
}

impl Sent {
    fn of(value: &Value) -> Self {
        Self { id: string(&value["id"]), reference: string(&value["reference"]) }
    }
}

/// A manager makes a tablet of the ward a shared device and gives the nurse a one-time PIN; she
/// replaces it by her own.
async fn enrol(app: &TestApp) -> Client {
    let o = &app.organisation;
    let manager = app.sign_in(o.manager).await;
    let device = json!({"unitId": o.ward.to_string(), "name": "Ward tablet", "kind": "SHARED"});
    let device = verb(&manager, "deviceEnrol", device, "token device { id }").await;
    let pin =
        verb(&manager, "pinReset", json!({"personId": o.nurse.to_string()}), "oneTimePin").await;
    let tablet = app.anybody().on_device(&string(&device["token"]));
    let once = json!({"staffCode": "NELL-NURSE", "pin": pin["oneTimePin"]});
    let query = "mutation($i: SignInByPinInput!) { signInByPin(input: $i) { accessToken userErrors { code message } } }";
    let refused = tablet.refused("signInByPin", query, json!({"i": once})).await;
    assert_eq!(refused["code"], "PIN_CHANGE_REQUIRED");
    let own = json!({"staffCode": "NELL-NURSE", "pin": pin["oneTimePin"], "newPin": NURSES_PIN});
    verb(&tablet, "pinSet", own, "person { id }").await;
    tablet
}

/// The nurse at the ward's tablet. Nobody stays signed in there: no refresh token.
async fn nurse_signs_in(tablet: &Client) -> Client {
    let proof = json!({"staffCode": "NELL-NURSE", "pin": NURSES_PIN});
    let signed_in = verb(tablet, "signInByPin", proof, "accessToken refreshToken").await;
    assert_eq!(signed_in["refreshToken"], Value::Null);
    tablet.with_token(&string(&signed_in["accessToken"]))
}

/// The colleague signs in with a code from her mailbox.
async fn colleague_signs_in(app: &TestApp) -> Client {
    let email = mail_of("Colin Colleague");
    let started =
        verb(&app.anybody(), "signInStart", json!({"email": email}), "requestToken").await;
    app.settle().await;
    let mails = app.delivered(1).await;
    assert_eq!((mails.len(), mails[0].to.as_slice()), (1, &[email][..]));
    let text = mails[0].text();
    let digits = |word: &str| word.len() >= 6 && word.bytes().all(|it| it.is_ascii_digit());
    let code = text.split(|it: char| !it.is_ascii_digit()).find(|word| digits(word));
    let proof = json!({"requestToken": started["requestToken"], "code": code.expect("a code")});
    let signed_in = verb(&app.anybody(), "signInComplete", proof, "accessToken").await;
    app.forget_mails();
    app.anybody().with_token(&string(&signed_in["accessToken"]))
}

fn photo() -> Vec<u8> {
    let picture =
        image::RgbImage::from_fn(64, 48, |x, y| image::Rgb([x as u8 * 3, y as u8 * 5, 90]));
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 90).encode_image(&picture).expect("a JPEG");
    bytes
}

async fn nurse_sends_an_observation(app: &TestApp, nurse: &Client) -> Sent {
    let seen = json!({"text": "The call bell of bed 4 rings at the desk, not on the ward.", "clientKey": "bell-1"});
    let first = verb(
        nurse,
        "observationSubmit",
        seen.clone(),
        "observation { id reference } alreadyReceived",
    )
    .await;
    let again =
        verb(nurse, "observationSubmit", seen, "observation { id reference } alreadyReceived")
            .await;
    assert_eq!(again["observation"], first["observation"], "the same key makes one");
    assert_eq!(
        (&first["alreadyReceived"], &again["alreadyReceived"]),
        (&json!(false), &json!(true))
    );
    let sent = Sent::of(&first["observation"]);
    let created = json!({"submissionId": sent.id, "fileName": "bell.jpg"});
    let created = verb(nurse, "attachmentCreate", created, "uploadUrl attachment { id }").await;
    let url = string(&created["uploadUrl"]);
    let path = url.strip_prefix("https://earshot.example").expect("the public address");
    let put = app.anybody().request(reqwest::Method::PUT, path).body(photo()).send().await;
    assert!(put.expect("the server answers").status().is_success());
    let query = "query($id: ID!) { submission(by: {id: $id}) { kind shownPhase photoCount photos { url contentType } } }";
    let data = nurse.ask(query, json!({"id": sent.id})).await;
    assert_eq!(
        (&data["submission"]["kind"], &data["submission"]["shownPhase"]),
        (&json!("OBSERVATION"), &json!("SUBMITTED"))
    );
    assert_eq!(
        (&data["submission"]["photoCount"], &data["submission"]["photos"][0]["contentType"]),
        (&json!(1), &json!("image/jpeg"))
    );
    sent
}

async fn idea(client: &Client, text: &str) -> Sent {
    let sent = verb(client, "ideaSubmit", json!({"text": text}), "idea { id reference }").await;
    Sent::of(&sent["idea"])
}

/// Decided and shown phase, as `client` sees them.
async fn phases(client: &Client, sent: &Sent) -> (String, String) {
    let query = "query($r: String!) { submission(by: {reference: $r}) { phase shownPhase } }";
    let data = client.ask(query, json!({"r": sent.reference})).await;
    (string(&data["submission"]["phase"]), string(&data["submission"]["shownPhase"]))
}

fn pair(decided: &str, shown: &str) -> (String, String) {
    (decided.to_owned(), shown.to_owned())
}

async fn decide(reviewer: &Client, sent: &Sent, decision: Value) -> String {
    let mut input = decision;
    input["id"] = json!(sent.id);
    let moved =
        verb(reviewer, "submissionMove", input, "submission { phase shownPhase } decision { id }")
            .await;
    string(&moved["decision"]["id"])
}

/// One mail, looked at from every side.
struct Wanted<'a> {
    to: &'a str,
    language: &'a str,
    reference: &'a str,
    word: &'a str,
    message: &'a str,
}

fn check(mails: &[Received], wanted: &[Wanted<'_>]) {
    let mut to: Vec<&str> = mails.iter().flat_map(|it| &it.to).map(String::as_str).collect();
    let mut expected: Vec<&str> = wanted.iter().map(|it| it.to).collect();
    to.sort_unstable();
    expected.sort_unstable();
    assert_eq!(to, expected, "exactly these, and nobody else");
    for wanted in wanted {
        let mail = mails.iter().find(|it| it.to == [wanted.to]).expect("one recipient each");
        assert_eq!(mail.header("Content-Language").as_deref(), Some(wanted.language));
        let subject = mail.subject();
        assert!(subject.starts_with(&format!("{}: ", wanted.reference)), "{subject}");
        assert!(subject.contains(wanted.word), "{subject}");
        let link = format!("https://earshot.example/s/{}", wanted.reference);
        assert!(mail.links().contains(&link), "{:?}", mail.links());
        // The templates' escaping writes a slash as a character reference.
        let html = mail.html().replace("&#x2f;", "/");
        assert!(html.contains("<html") && html.contains(&format!("href=\"{link}\"")), "{html}");
        assert!(mail.text().contains(wanted.message), "{}", mail.text());
        assert!(html.contains(wanted.message), "{html}");
        let parsed = mail.parsed();
        assert_eq!((parsed.text_body_count(), parsed.html_body_count()), (1, 1), "both parts");
        assert!(mail.header("Message-ID").is_some());
    }
}

/// Kinds, references and phases of the notifications that nobody has read.
async fn notes(client: &Client) -> Vec<(String, String, String)> {
    let query = "{ notifications(unreadOnly: true) { nodes { kind reference phase } } }";
    let data = client.ask(query, json!({})).await;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let nodes = data["notifications"]["nodes"].as_array().expect("notifications");
    let mut notes: Vec<_> = nodes
        .iter()
        .map(|it| (text(&it["kind"]), text(&it["reference"]), text(&it["phase"])))
        .collect();
    notes.sort();
    notes
}

fn note(kind: &str, sent: &Sent, phase: &str) -> (String, String, String) {
    (kind.to_owned(), sent.reference.clone(), phase.to_owned())
}

async fn step(socket: &mut Socket, sent: &Sent, from: &str, to: &str) -> Value {
    let step = socket.step().await;
    assert_eq!(step["reference"], json!(sent.reference));
    assert_eq!((&step["from"], &step["to"]), (&json!(from), &json!(to)));
    step["cursor"].clone()
}

on_both! {
    async fn someone_sends_someone_decides_and_the_sender_is_told(app) {
        let o = &app.organisation;
        app.forget_mails();
        // The nurse has no mail; the ward has a tablet.
        let tablet = enrol(app).await;
        let nurse = nurse_signs_in(&tablet).await;
        let bell = nurse_sends_an_observation(app, &nurse).await;
        let hooks = idea(&nurse, "Hooks on the doors of the changing room.").await;
        verb(&nurse, "signOut", json!({}), "signedOut").await;

        // The colleague has. She sends, votes (which follows) and follows.
        let colleague = colleague_signs_in(app).await;
        let shade = idea(&colleague, "Shade for the terrace.").await;
        let voted = verb(&colleague, "submissionVote", json!({"submissionId": hooks.id}), "submission { voteCount }").await;
        assert_eq!(voted["submission"]["voteCount"], 1);
        verb(&colleague, "submissionFollow", json!({"submissionId": hooks.id}), "submission { id }").await;
        let query = "query($r: String!) { submission(by: {reference: $r}) { id } }";
        let hidden = colleague.ask(query, json!({"r": bell.reference})).await;
        assert_eq!(hidden["submission"], Value::Null, "an observation is not for other employees");

        // A reviewer opens the idea; now the other site reads it, and the Spanish cook follows.
        let reviewer = app.sign_in(o.reviewer).await;
        verb(&reviewer, "submissionOpen", json!({"id": hooks.id}), "submission { id }").await;
        let cook = app.sign_in(o.cook).await;
        verb(&cook, "submissionFollow", json!({"submissionId": hooks.id}), "submission { id }").await;
        // Both want to hear at once, and not once a week.
        for client in [&colleague, &cook] {
            let choice = json!({"topic": "FOLLOWED", "email": "IMMEDIATE"});
            verb(client, "notificationTopicSet", choice, "preferences { topic }").await;
        }
        let mut socket = Socket::admitted(app, &colleague).await;
        socket.subscribe("1", STEPS, json!({})).await;
        // An answer behind it tells that the subscription was taken.
        socket.subscribe("q", "{ serverVersion }", json!({})).await;
        assert_eq!(socket.hear().await["id"], "q");
        assert_eq!(socket.hear().await["type"], "complete");
        assert!(socket.is_quiet().await);

        // The cause is named on the way, the idea accepted, another one declined by mistake.
        let cause = json!({"submissionId": bell.id, "note": "Bells were moved in spring.",
            "newCause": {"name": "Bells wired to the wrong desk", "category": "TECHNOLOGY"},
            "message": "We know why, and have it changed."});
        let linked = verb(&reviewer, "causeLink", cause, "submission { phase shownPhase } links { id }").await;
        assert_eq!(linked["submission"], json!({"phase": "ACCEPTED", "shownPhase": "SUBMITTED"}));
        decide(&reviewer, &hooks, json!({"to": "ACCEPTED", "message": "We order them this week."})).await;
        let slip = json!({"to": "DECLINED", "reason": "COST", "message": "No, sorry."});
        let slip = decide(&reviewer, &shade, slip).await;
        assert_eq!(phases(&reviewer, &shade).await, pair("DECLINED", "SUBMITTED"));
        assert_eq!(phases(&colleague, &shade).await, pair("SUBMITTED", "SUBMITTED"));
        app.pass(30 * SECOND).await;
        verb(&reviewer, "decisionUndo", json!({"id": slip}), "submission { id }").await;
        assert_eq!(phases(&reviewer, &shade).await, pair("SUBMITTED", "SUBMITTED"));
        assert!(socket.is_quiet().await, "nothing is told within the hold");

        // The hold is over: the followers get their mails, each in their language, the undone one none.
        app.pass(HOLD).await;
        let (colin, carla) = (mail_of("Colin Colleague"), mail_of("Carla Cook"));
        let message = "We order them this week.";
        check(&app.delivered(2).await, &[
            Wanted { to: &colin, language: "en", reference: &hooks.reference, word: "Yes, we want to do this", message },
            Wanted { to: &carla, language: "es, en", reference: &hooks.reference, word: "Sí, queremos hacerlo", message },
        ]);
        let cursor = step(&mut socket, &hooks, "SUBMITTED", "ACCEPTED").await;
        assert!(socket.is_quiet().await, "once");
        drop(socket);

        // The nurse reads what became of it at the tablet.
        let nurse = nurse_signs_in(&tablet).await;
        let mut told = vec![note("OWN_DECISION", &bell, "ACCEPTED"), note("OWN_DECISION", &hooks, "ACCEPTED")];
        told.sort();
        assert_eq!(notes(&nurse).await, told);
        verb(&nurse, "submissionFollow", json!({"submissionId": shade.id}), "submission { id }").await;
        assert_eq!(notes(&colleague).await, [note("FOLLOWED_DECISION", &hooks, "ACCEPTED")]);

        // The colleague was away. Her idea is declined with a reason; she is told, and misses nothing.
        app.forget_mails();
        let no = json!({"to": "DECLINED", "reason": "SAFETY_OR_RULES", "message": "The fire brigade needs the terrace free."});
        decide(&reviewer, &shade, no).await;
        app.pass(HOLD).await;
        let message = "The fire brigade needs the terrace free.";
        check(&app.delivered(1).await, &[
            Wanted { to: &colin, language: "en", reference: &shade.reference, word: "Not going ahead", message },
        ]);
        assert_eq!(phases(&colleague, &shade).await, pair("DECLINED", "DECLINED"));
        let mut socket = Socket::admitted(app, &colleague).await;
        socket.subscribe("2", STEPS, json!({"after": cursor})).await;
        step(&mut socket, &shade, "SUBMITTED", "DECLINED").await;
        assert!(socket.is_quiet().await, "what was seen before the cut does not come again");
        let nurse = nurse_signs_in(&tablet).await;
        assert!(notes(&nurse).await.contains(&note("FOLLOWED_DECISION", &shade, "DECLINED")));
        let mut told = vec![note("FOLLOWED_DECISION", &hooks, "ACCEPTED"), note("OWN_DECISION", &shade, "DECLINED")];
        told.sort();
        assert_eq!(notes(&colleague).await, told);

        // Nothing more comes of it, however long one waits.
        app.pass(100 * MINUTE).await;
        assert_eq!(app.delivered(1).await.len(), 1);
    }
}
