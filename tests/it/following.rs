//! Following over WebSocket: each announced step once, also after reconnecting with a cursor.

use std::time::Duration;

use entity::instant::{DAY, MINUTE, SECOND};
use entity::submissions::phase::Phase;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest, http::HeaderValue};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::kit::app::TestApp;
use crate::kit::client::Client;
use crate::on_both;

const PATIENCE: Duration = Duration::from_secs(10);
const QUIET: Duration = Duration::from_millis(400);
const HOLD: i64 = MINUTE + SECOND;
pub const STEPS: &str = "subscription($after: String, $ids: [ID!]) { ideaStatusChanged(filter: {ids: $ids}, after: $after) { cursor at reference from to statusTo { code label } } }";

/// One socket.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Socket {
    pub async fn open(app: &TestApp, client: &Client) -> Self {
        let url = format!("{}/graphql", app.url.replace("http://", "ws://"));
        let mut request = url.into_client_request().expect("a request");
        let protocol = HeaderValue::from_static("graphql-transport-ws");
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        let (stream, _) = connect_async(request).await.expect("a socket");
        let mut socket = Self { stream };
        let token = client.token.clone().unwrap_or_default();
        let payload = json!({"authorization": format!("Bearer {token}")});
        socket.say(json!({"type": "connection_init", "payload": payload})).await;
        socket
    }

    pub async fn admitted(app: &TestApp, client: &Client) -> Self {
        let mut socket = Self::open(app, client).await;
        assert_eq!(socket.hear().await["type"], "connection_ack");
        socket
    }

    pub async fn say(&mut self, message: Value) {
        self.say_text(message.to_string()).await;
    }

    /// Says what may be no message at all.
    pub async fn say_text(&mut self, text: String) {
        self.stream.send(Message::text(text)).await.expect("sent");
    }

    pub async fn subscribe(&mut self, id: &str, query: &str, variables: Value) {
        let payload = json!({"query": query, "variables": variables});
        self.say(json!({"type": "subscribe", "id": id, "payload": payload})).await;
    }

    /// The next message, or the close code as a number.
    pub async fn hear(&mut self) -> Value {
        timeout(PATIENCE, self.next()).await.expect("a message in time")
    }

    async fn next(&mut self) -> Value {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).expect("JSON"),
                Some(Ok(Message::Close(frame))) => {
                    return json!(frame.map_or(0, |frame| u16::from(frame.code)));
                }
                Some(Ok(_)) => {}
                None | Some(Err(_)) => return Value::Null,
            }
        }
    }

    pub async fn step(&mut self) -> Value {
        let message = self.hear().await;
        assert_eq!(message["type"], "next", "{message}");
        message["payload"]["data"]["ideaStatusChanged"].clone()
    }

    /// The next message, or nothing when all is quiet.
    pub async fn heard(&mut self) -> Option<Value> {
        timeout(QUIET, self.next()).await.ok()
    }

    pub async fn is_quiet(&mut self) -> bool {
        timeout(QUIET, self.next()).await.is_err()
    }
}

on_both! {
    async fn each_announced_step_is_told_once(app) {
        let o = &app.organisation;
        let idea = app.idea_of(o.colleague, "A box for lost keys").await;
        let other = app.idea_of(o.chemist, "Of another site, not opened").await;
        let nurse = app.sign_in(o.nurse).await;
        let mut socket = Socket::admitted(app, &nurse).await;
        socket.subscribe("1", STEPS, json!({})).await;
        // The answer to a query tells that the subscription before it was taken.
        socket.subscribe("q", "{ serverVersion }", json!({})).await;
        assert_eq!(socket.hear().await["id"], "q");
        assert_eq!(socket.hear().await, json!({"id": "q", "type": "complete"}));
        tokio::time::sleep(QUIET).await;

        app.decide(&idea, Phase::Accepted, "Yes.").await;
        app.settle().await;
        assert!(socket.is_quiet().await, "a decision in its hold was told");
        app.pass(HOLD).await;
        let first = socket.step().await;
        assert_eq!((&first["from"], &first["to"]), (&json!("SUBMITTED"), &json!("ACCEPTED")));
        assert_eq!(first["reference"], json!(idea.reference));
        assert_eq!(first["statusTo"]["code"], "ACCEPTED");

        app.decide(&idea, Phase::Planned, "In May.").await;
        app.pass(HOLD).await;
        assert_eq!(socket.step().await["to"], "PLANNED");
        let _ = other;
        assert!(socket.is_quiet().await);
        drop(socket);

        // Away for one step, then back with the cursor: what was missed, once, then live.
        app.decide(&idea, Phase::InProgress, "We begin.").await;
        app.pass(HOLD).await;
        let mut socket = Socket::admitted(app, &nurse).await;
        socket.subscribe("2", STEPS, json!({"after": first["cursor"]})).await;
        assert_eq!(socket.step().await["to"], "PLANNED");
        assert_eq!(socket.step().await["to"], "IN_PROGRESS");
        app.decide(&idea, Phase::Implemented, "Done.").await;
        app.pass(HOLD).await;
        assert_eq!(socket.step().await["to"], "IMPLEMENTED");
        assert!(socket.is_quiet().await);
    }

    async fn only_what_one_may_read_is_told(app) {
        let o = &app.organisation;
        let idea = app.idea_of(o.colleague, "Only for our site so far").await;
        let cook = app.sign_in(o.cook).await;
        let reviewer = app.sign_in(o.second_reviewer).await;
        let mut outside = Socket::admitted(app, &cook).await;
        outside.subscribe("1", STEPS, json!({"ids": [idea.id.to_string()]})).await;
        let mut inside = Socket::admitted(app, &reviewer).await;
        inside.subscribe("1", STEPS, json!({"ids": [idea.id.to_string()]})).await;
        tokio::time::sleep(QUIET).await;
        hide(app, &idea).await;
        app.decide(&idea, Phase::Accepted, "Yes.").await;
        app.pass(HOLD).await;
        assert_eq!(inside.step().await["to"], "ACCEPTED");
        assert!(outside.is_quiet().await, "told to somebody who may not read it");
    }

    async fn a_cursor_that_cannot_be_continued_is_told(app) {
        let o = &app.organisation;
        let idea = app.idea_of(o.colleague, "Shade for the terrace").await;
        let nurse = app.sign_in(o.nurse).await;
        let mut socket = Socket::admitted(app, &nurse).await;
        socket.subscribe("1", STEPS, json!({})).await;
        tokio::time::sleep(QUIET).await;
        app.decide(&idea, Phase::Accepted, "Yes.").await;
        app.pass(HOLD).await;
        let cursor = socket.step().await["cursor"].as_str().expect("a cursor").to_owned();
        for (name, after, code) in [
            ("a", foreign(&cursor), "RESYNC_REQUIRED"),
            ("b", beyond(&cursor), "RESYNC_REQUIRED"),
            ("c", String::from("nonsense"), "BAD_REQUEST"),
        ] {
            socket.subscribe(name, STEPS, json!({"after": after})).await;
            let refused = socket.hear().await;
            assert_eq!((&refused["type"], &refused["id"]), (&json!("error"), &json!(name)), "{refused}");
            assert_eq!(refused["payload"][0]["extensions"]["code"], code, "{refused}");
        }
        drop(socket);
        app.idea_of(o.colleague, "Something that comes after the cursor").await;
        app.pass(31 * DAY).await;
        let nurse = app.sign_in(o.nurse).await;
        let mut socket = Socket::admitted(app, &nurse).await;
        socket.subscribe("d", STEPS, json!({"after": cursor})).await;
        let refused = socket.hear().await;
        assert_eq!(refused["payload"][0]["extensions"]["code"], "RESYNC_REQUIRED", "{refused}");
    }

    async fn who_signs_out_is_cut_off(app) {
        let o = &app.organisation;
        let nurse = app.sign_in(o.nurse).await;
        let mut socket = Socket::admitted(app, &nurse).await;
        socket.subscribe("1", STEPS, json!({})).await;
        assert!(socket.is_quiet().await);
        let scope = app.system();
        let tx = scope.begin().await.expect("a transaction");
        let revoked = entity::identity::session::ActiveModel {
            id: sea_orm::ActiveValue::Unchanged(session_of(&nurse)),
            revoked_at: sea_orm::ActiveValue::Set(Some(scope.now)),
            ..Default::default()
        };
        sea_orm::ActiveModelTrait::update(revoked, &tx).await.expect("revoked");
        tx.commit(()).await.expect("committed");
        let ended = timeout(Duration::from_secs(1), socket.next()).await.expect("within a second");
        assert_eq!(ended, json!(4403));
        let mut refused = Socket::open(app, &nurse).await;
        assert_eq!(refused.hear().await, json!(4403));
    }

    async fn sockets_sign_nobody_in_and_survive_hostile_documents(app) {
        let nurse = app.sign_in(app.organisation.nurse).await;
        let mut socket = Socket::admitted(app, &nurse).await;
        let sign_in = "mutation { signInByLink(input: {token: \"x\", delivery: BODY}) { userErrors { code } } }";
        let bomb = format!("{{x(f:{}1{})}}", "[".repeat(2_000), "]".repeat(2_000));
        for (id, query) in [("a", sign_in.to_owned()), ("b", bomb), ("c", String::from("{ nope }"))] {
            socket.subscribe(id, &query, json!({})).await;
            let refused = socket.hear().await;
            assert_eq!((&refused["type"], &refused["id"]), (&json!("error"), &json!(id)), "{refused}");
        }
        let submit = "mutation { ideaSubmit(input: {text: \"By socket\"}) { idea { reference } userErrors { code } } }";
        socket.subscribe("d", submit, json!({})).await;
        let done = socket.hear().await;
        assert_eq!(done["payload"]["data"]["ideaSubmit"]["userErrors"], json!([]), "{done}");
    }
}

/// Only the CX team may read it from now on.
async fn hide(app: &TestApp, idea: &crate::telling::Idea) {
    let scope = app.system();
    let tx = scope.begin().await.expect("a transaction");
    let hidden = entity::submissions::submission::ActiveModel {
        id: sea_orm::ActiveValue::Unchanged(idea.id),
        audience: sea_orm::ActiveValue::Set(entity::submissions::values::Audience::CxTeamOnly),
        ..Default::default()
    };
    sea_orm::ActiveModelTrait::update(hidden, &tx).await.expect("hidden");
    tx.commit(()).await.expect("committed");
}

fn session_of(client: &Client) -> entity::id::SessionId {
    let token = client.token.as_deref().expect("a token");
    let claims: Value =
        serde_json::from_slice(&decoded(token.split('.').nth(1).expect("claims"))).expect("JSON");
    claims["sid"].as_str().expect("a session").parse().expect("a session's id")
}

fn decoded(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).expect("base64url")
}

fn encoded(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
}

fn place(cursor: &str) -> (String, i64) {
    let text = String::from_utf8(decoded(cursor)).expect("text");
    let (epoch, seq) = text.rsplit_once('.').expect("two parts");
    (epoch.to_owned(), seq.parse().expect("a number"))
}

pub fn foreign(cursor: &str) -> String {
    encoded(&format!("another.{}", place(cursor).1))
}

pub fn beyond(cursor: &str) -> String {
    let (epoch, seq) = place(cursor);
    encoded(&format!("{epoch}.{}", seq + 1_000_000))
}
