//! GraphQL over WebSocket: a server of the `graphql-transport-ws` protocol that knows nothing of the schema.
//!
//! Source: the PROTOCOL.md of graphql-ws. What may be asked for and by whom is behind [`Operations`]; what this module
//! guards is the wire: who may connect, how much may wait in memory, and that every end has the right close code.
//!
//! - `input`: frames from the client, with a gate before the decoder that stops oversized frames at their header;
//! - `protocol`: the messages, read and written;
//! - `frame`: frames for the client, written;
//! - `session`: one socket from handshake to end, on the server's own thread.
//!
//! # Memory of one socket
//! At most one incoming message, [`SocketLimits::queued_bytes`] of outgoing answers (an answer longer than that goes
//! alone) and, for each running operation, the one answer that waits for room.

mod frame;
mod input;
mod protocol;
mod session;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use serde_json::json;

pub use super::stream::{
    CloseReason, Config, Handshake, Operations, Phase, SocketLimits, Sockets, Timing, WsRequest,
    on_connect,
};

/// The only subprotocol that is spoken.
pub const SUBPROTOCOL: &str = "graphql-transport-ws";

impl<O: Operations> Sockets<O> {
    /// Answers a request to open a socket, and serves the socket from then on.
    ///
    /// 400 if it is no WebSocket handshake or does not offer [`SUBPROTOCOL`], 403 for a foreign origin, 503 if there are
    /// too many sockets or the server stops.
    pub async fn upgrade(&self, request: &HttpRequest, payload: web::Payload) -> HttpResponse {
        if let Err(refusal) = self.admit(request) {
            return refusal.into();
        }
        let Ok(place) = Arc::clone(&self.free).try_acquire_owned() else {
            return Refusal::Full.into();
        };
        match session::Session::open(Arc::clone(&self.config), request, payload).await {
            Ok((response, session)) => {
                actix_web::rt::spawn(async move {
                    session.serve().await;
                    drop(place);
                });
                response
            }
            Err(_) => Refusal::Handshake.into(),
        }
    }

    fn admit(&self, request: &HttpRequest) -> Result<(), Refusal> {
        if *self.config.phase.borrow() == Phase::Stopping {
            return Err(Refusal::Full);
        }
        let mut offered = request.headers().get_all(header::SEC_WEBSOCKET_PROTOCOL);
        if !offered.any(|value| value.to_str().is_ok_and(offers)) {
            return Err(Refusal::Subprotocol);
        }
        let mut origins = request.headers().get_all(header::ORIGIN);
        let known = |origin: &str| {
            self.config.origins.iter().any(|known| known.eq_ignore_ascii_case(origin))
        };
        if origins.all(|origin| origin.to_str().is_ok_and(known)) {
            Ok(())
        } else {
            Err(Refusal::Origin)
        }
    }
}

/// Whether a `Sec-WebSocket-Protocol` header offers ours.
fn offers(header: &str) -> bool {
    header.split(',').any(|one| one.trim() == SUBPROTOCOL)
}

/// Why no socket was opened.
#[derive(Clone, Copy)]
enum Refusal {
    Subprotocol,
    Handshake,
    Origin,
    Full,
}

impl From<Refusal> for HttpResponse {
    fn from(refusal: Refusal) -> Self {
        let (status, code, message) = match refusal {
            Refusal::Subprotocol => (
                StatusCode::BAD_REQUEST,
                "BAD_REQUEST",
                "only the subprotocol graphql-transport-ws is spoken here",
            ),
            Refusal::Handshake => {
                (StatusCode::BAD_REQUEST, "BAD_REQUEST", "this is no WebSocket handshake")
            }
            Refusal::Origin => {
                (StatusCode::FORBIDDEN, "FORBIDDEN", "pages of this origin may not connect")
            }
            Refusal::Full => (
                StatusCode::SERVICE_UNAVAILABLE,
                "RATE_LIMITED",
                "no further socket can be opened now",
            ),
        };
        HttpResponse::build(status)
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .json(json!({ "errors": [{ "message": message, "extensions": { "code": code } }] }))
    }
}
