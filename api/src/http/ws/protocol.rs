//! The messages of `graphql-transport-ws`, read and written.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::{CloseReason, WsRequest};
use crate::http::stream::After;

/// A message from the client.
#[derive(Debug, PartialEq)]
pub(super) enum Incoming {
    Init(Map<String, Value>),
    Ping(Map<String, Value>),
    Pong,
    Subscribe(String, Box<WsRequest>),
    Complete(String),
}

/// Reads a message; whatever is not one closes the socket with 4400.
pub(super) fn read(text: &str, id_bytes: usize) -> Result<Incoming, CloseReason> {
    let Ok(Value::Object(mut message)) = serde_json::from_str(text) else {
        return Err(invalid("Messages are JSON objects"));
    };
    let Some(Value::String(kind)) = message.remove("type") else {
        return Err(invalid("A message needs a type"));
    };
    match kind.as_str() {
        "connection_init" => Ok(Incoming::Init(object(&mut message, "payload")?)),
        "ping" => Ok(Incoming::Ping(object(&mut message, "payload")?)),
        "pong" => object(&mut message, "payload").map(|_| Incoming::Pong),
        "subscribe" => {
            Ok(Incoming::Subscribe(id(&mut message, id_bytes)?, Box::new(request(message)?)))
        }
        "complete" => Ok(Incoming::Complete(id(&mut message, id_bytes)?)),
        _ => Err(invalid("A message has an unknown type")),
    }
}

fn invalid(reason: &'static str) -> CloseReason {
    CloseReason::new(4400, reason)
}

fn id(message: &mut Map<String, Value>, longest: usize) -> Result<String, CloseReason> {
    match message.remove("id") {
        Some(Value::String(id)) if id.is_empty() => Err(invalid("A message has an empty id")),
        Some(Value::String(id)) if id.len() > longest => {
            Err(invalid("A message has too long an id"))
        }
        Some(Value::String(id)) => Ok(id),
        _ => Err(invalid("A message needs an id")),
    }
}

fn request(mut message: Map<String, Value>) -> Result<WsRequest, CloseReason> {
    let Some(Value::Object(mut payload)) = message.remove("payload") else {
        return Err(invalid("A subscribe message needs a payload"));
    };
    let Some(Value::String(query)) = payload.remove("query") else {
        return Err(invalid("A subscribe message needs a query"));
    };
    let operation_name = match payload.remove("operationName") {
        None | Some(Value::Null) => None,
        Some(Value::String(name)) => Some(name),
        Some(_) => return Err(invalid("An operation name is text")),
    };
    let variables = object(&mut payload, "variables")?;
    let extensions = object(&mut payload, "extensions")?;
    Ok(WsRequest { query, operation_name, variables, extensions, last_event: None })
}

/// An object that may be left out or null.
fn object(from: &mut Map<String, Value>, key: &str) -> Result<Map<String, Value>, CloseReason> {
    match from.remove(key) {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(object)) => Ok(object),
        Some(_) => Err(invalid("A payload, variables or extensions are no object")),
    }
}

/// Lets the client in.
pub(super) fn ack() -> String {
    json!({ "type": "connection_ack" }).to_string()
}

/// Answers a ping message with its own payload.
pub(super) fn pong(payload: Map<String, Value>) -> String {
    if payload.is_empty() {
        return json!({ "type": "pong" }).to_string();
    }
    json!({ "type": "pong", "payload": payload }).to_string()
}

/// One GraphQL response as `next`, or as the `error` that ends an operation if it has no `data`.
pub(super) fn answer(id: &str, mut response: Value) -> (String, After) {
    let failed = response.as_object().is_some_and(|response| !response.contains_key("data"));
    if !failed {
        return (json!({ "id": id, "type": "next", "payload": response }).to_string(), After::More);
    }
    let errors = match response.get_mut("errors").map(Value::take) {
        Some(Value::Array(errors)) if !errors.is_empty() => Value::Array(errors),
        _ => json!([{ "message": "the operation failed", "extensions": { "code": "INTERNAL" } }]),
    };
    (json!({ "id": id, "type": "error", "payload": errors }).to_string(), After::Nothing)
}

/// Refuses or breaks off one operation, without closing the socket.
pub(super) fn failure(id: &str, code: &str, message: &str) -> String {
    json!({ "id": id, "type": "error", "payload": [{ "message": message, "extensions": { "code": code } }] }).to_string()
}

/// Ends one operation.
pub(super) fn complete(id: &str) -> String {
    json!({ "id": id, "type": "complete" }).to_string()
}

pub(super) const UNAUTHORIZED: CloseReason = CloseReason::new(4401, "Unauthorized");
pub(super) const INIT_TIMEOUT: CloseReason =
    CloseReason::new(4408, "Connection initialisation timeout");
pub(super) const SECOND_INIT: CloseReason =
    CloseReason::new(4429, "Too many initialisation requests");
pub(super) const FLOOD: CloseReason =
    CloseReason::new(4400, "Too much before connection_init was accepted");
pub(super) const RESTART: CloseReason = CloseReason::new(1012, "Service restart");
pub(super) const TOO_SLOW: CloseReason = CloseReason::new(1013, "Answers are not read fast enough");
pub(super) const SILENT: CloseReason = CloseReason::new(1013, "Pings are not answered");
pub(super) const BUSY: CloseReason = CloseReason::new(1013, "Authentication takes too long");

/// The id is in use by an operation that still runs.
pub(super) fn duplicate(id: &str) -> CloseReason {
    CloseReason { code: 4409, reason: Cow::Owned(format!("Subscriber for {id} already exists")) }
}
