//! Events for the client, written.

use actix_web::web::Bytes;
use serde_json::{Value, json};

use crate::http::stream::{After, CloseReason, Wording};

/// A comment: nobody reads it, but the connection is seen to live.
pub(super) fn comment() -> Bytes {
    Bytes::from_static(b":\n\n")
}

/// One answer. JSON has no line breaks of its own, so it is one line.
pub(super) fn next(response: &Value) -> Bytes {
    let id = cursor(response).map(|cursor| format!("id: {cursor}\n")).unwrap_or_default();
    Bytes::from(format!("event: next\n{id}data: {response}\n\n"))
}

/// The operation has ended. Without the empty data an EventSource would not tell of it.
pub(super) fn complete() -> Bytes {
    Bytes::from_static(b"event: complete\ndata: \n\n")
}

/// Why a stream ends that is not complete.
pub(super) fn last(reason: &CloseReason) -> Bytes {
    let (code, message) = match reason.code {
        4403 => (
            "UNAUTHENTICATED",
            "Your sign-in has ended, or your API token was revoked. Come back with a new one.",
        ),
        1012 => {
            ("UNAVAILABLE", "The server is restarted. Come back and go on behind the last event.")
        }
        1013 => (
            "UNAVAILABLE",
            "Events were not read fast enough. Come back and go on behind the last event.",
        ),
        _ => ("INTERNAL", "Something went wrong on our side."),
    };
    failed(code, message)
}

fn failed(code: &str, message: &str) -> Bytes {
    next(&json!({ "errors": [{ "message": message, "extensions": { "code": code } }] }))
}

/// The cursor of an answer to a subscription, where it was asked for.
fn cursor(response: &Value) -> Option<&str> {
    let fields = response.get("data")?.as_object()?;
    let cursor = fields.values().find_map(|field| field.get("cursor")?.as_str())?;
    // An id must stay on its line.
    cursor.bytes().all(|byte| byte.is_ascii_graphic()).then_some(cursor)
}

/// Writes the events of one operation.
pub(super) struct Events;

impl Wording for Events {
    fn answer(&self, response: Value) -> (Bytes, After) {
        let failed = response.as_object().is_some_and(|response| !response.contains_key("data"));
        if failed {
            (Bytes::from([next(&response), complete()].concat()), After::Nothing)
        } else {
            (next(&response), After::More)
        }
    }

    fn failure(&self, code: &str, message: &str) -> Bytes {
        Bytes::from([failed(code, message), complete()].concat())
    }

    fn complete(&self) -> Bytes {
        complete()
    }
}
