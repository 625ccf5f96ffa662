//! GraphQL over server-sent events: the distinct connections mode of graphql-sse, one operation for each request.
//!
//! Source: the PROTOCOL.md of graphql-sse. Every answer is an event `next`, the end of the operation an event
//! `complete`. A stream that we end (the caller was thrown out or reads too slowly, the server stops) closes with a
//! `next` that has nothing but `errors`, and without `complete`: the protocol knows no other events, and a client of it
//! would take one named `error` for a broken server and not come back.
//!
//! An event has the cursor of its answer as its id. A client that comes back with it, in `Last-Event-ID`, goes on
//! behind it.
//!
//! # Memory of one stream
//! As of one socket with one operation.

mod event;
mod session;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderValue},
};
use serde_json::{Value, json};

use super::stream::{Operations, Phase, Sockets, WsRequest};
use session::Session;

/// The media type of the streams.
pub const EVENT_STREAM: &str = "text/event-stream";

/// Header with the id of the last event that a client has seen.
const LAST_EVENT_ID: &str = "last-event-id";
/// Longest id of an event that is looked at, in bytes.
const LONGEST_ID: usize = 200;

/// The server takes no further streams now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

impl<O: Operations> Sockets<O> {
    /// Answers a request by the stream of its operation.
    ///
    /// # Errors
    /// [`Full`] when there are too many streams and sockets, or the server stops.
    pub fn stream(
        &self,
        request: &HttpRequest,
        principal: O::Principal,
        mut asked: WsRequest,
    ) -> Result<HttpResponse, Full> {
        if *self.config.phase.borrow() == Phase::Stopping {
            return Err(Full);
        }
        let place = Arc::clone(&self.free).try_acquire_owned().map_err(|_| Full)?;
        asked.last_event = last_event(request);
        let (body, session) = Session::open(Arc::clone(&self.config), request, (principal, asked));
        actix_web::rt::spawn(async move {
            session.serve().await;
            drop(place);
        });
        Ok(begin().body(body))
    }
}

/// A stream that says one thing and ends: for what is refused before it runs.
#[must_use]
pub fn refusal(body: &Value) -> HttpResponse {
    let errors = body.get("errors").cloned().unwrap_or_default();
    begin().body([event::next(&json!({ "errors": errors })), event::complete()].concat())
}

fn begin() -> actix_web::HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CONTENT_TYPE, "text/event-stream; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::VARY, "Accept, Authorization, Origin"))
        // nginx would hold events back.
        .insert_header(("x-accel-buffering", HeaderValue::from_static("no")));
    response
}

fn last_event(request: &HttpRequest) -> Option<String> {
    let id = request.headers().get(LAST_EVENT_ID)?.to_str().ok()?.trim();
    (!id.is_empty() && id.len() <= LONGEST_ID).then(|| id.to_owned())
}
