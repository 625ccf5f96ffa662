//! GraphQL over WebSocket: a server of the `graphql-transport-ws` protocol that knows nothing of the schema.
//!
//! Source: the PROTOCOL.md of graphql-ws. What may be asked for and by whom is behind [`Operations`]; what this module
//! guards is the wire: who may connect, how much may wait in memory, and that every end has the right close code.
//!
//! - `input`: frames from the client, with a gate before the decoder that stops oversized frames at their header;
//! - `protocol`: the messages, read and written;
//! - `operation`: one running operation, on the background runtime;
//! - `outbox`: frames for the client, counted in bytes;
//! - `session`: one socket from handshake to end, on the server's own thread.
//!
//! # Memory of one socket
//! At most one incoming message, [`SocketLimits::queued_bytes`] of outgoing answers (an answer longer than that goes
//! alone) and, for each running operation, the one answer that waits for room.

mod input;
mod operation;
mod outbox;
mod protocol;
mod session;
#[cfg(test)]
mod tests;

use std::{any::Any, borrow::Cow, net::SocketAddr, os::fd::AsFd, sync::Arc, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse,
    dev::Extensions,
    http::{StatusCode, header},
    rt::net::TcpStream,
    web,
};
use futures_util::stream::BoxStream;
use serde_json::{Map, Value, json};
use tokio::{
    runtime::Handle,
    sync::{Semaphore, watch},
};

/// The only subprotocol that is spoken.
pub const SUBPROTOCOL: &str = "graphql-transport-ws";

/// What the sockets serve: who a caller is, and what an operation answers.
///
/// The asynchronous methods and the streams of [`Operations::run`] run on the background runtime; the others run on the thread
/// that serves HTTP and must not block.
#[async_trait::async_trait]
pub trait Operations: Send + Sync + 'static {
    /// Who is at the other end.
    type Principal: Clone + Send + Sync + 'static;

    /// Decides about a `connection_init` by its payload (an empty object if there is none).
    ///
    /// Cookies in the handshake must not authenticate anybody: a page of another site can open a socket.
    ///
    /// # Errors
    /// The code that the socket is closed with.
    async fn authenticate(
        &self,
        handshake: &Handshake,
        payload: Map<String, Value>,
    ) -> Result<Self::Principal, CloseReason>;

    /// Runs one operation and yields GraphQL responses. A response without the key `data` ends the operation as an
    /// error. The stream is dropped when the client completes the operation or the socket ends.
    fn run(&self, principal: Self::Principal, request: WsRequest) -> BoxStream<'static, Value>;

    /// Checks a principal again after a revocation, and from time to time: `Some` ends the socket.
    async fn no_longer_valid(&self, principal: &Self::Principal) -> Option<CloseReason>;

    /// For how long a principal that was just authenticated may stay connected; `None` for as long as it likes.
    fn lasts(&self, principal: &Self::Principal) -> Option<Duration>;

    /// Changes whenever somebody's rights or sessions were taken away; every socket then checks its principal.
    fn revocations(&self) -> watch::Receiver<u64>;
}

/// What is known of a caller before the first message.
#[derive(Debug, Clone)]
pub struct Handshake {
    /// The other end of the TCP connection: a proxy if there is one.
    pub peer: Option<SocketAddr>,
    /// The headers of the request.
    pub headers: header::HeaderMap,
}

/// The payload of a `subscribe` message.
#[derive(Debug, Clone, PartialEq)]
pub struct WsRequest {
    /// The document.
    pub query: String,
    /// Which of its operations is meant.
    pub operation_name: Option<String>,
    /// Values of its variables.
    pub variables: Map<String, Value>,
    /// Anything besides.
    pub extensions: Map<String, Value>,
}

/// Why a socket is closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloseReason {
    /// The close code, from RFC 6455 or, from 4400 on, from the protocol.
    pub code: u16,
    /// Some words in English; cut at 123 bytes.
    pub reason: Cow<'static, str>,
}

impl CloseReason {
    /// A reason with fixed words.
    pub const fn new(code: u16, reason: &'static str) -> Self {
        Self { code, reason: Cow::Borrowed(reason) }
    }

    /// 4403: the credentials were refused, expired or revoked. Clients come back, with new credentials.
    pub const fn forbidden() -> Self {
        Self::new(4403, "Forbidden")
    }

    /// 4500: something of ours broke. Clients do not come back by themselves.
    pub const fn internal() -> Self {
        Self::new(4500, "Internal server error")
    }
}

/// How long things may take. Tests shorten them.
#[derive(Debug, Clone)]
pub struct Timing {
    /// From the handshake to `connection_init`.
    pub init: Duration,
    /// What [`Operations::authenticate`] may take.
    pub authenticate: Duration,
    /// Between two pings; a client that is silent for two of these is taken to be gone.
    pub ping: Duration,
    /// How long a frame may wait for the client to read.
    pub slow: Duration,
    /// Between two checks of the principal if nothing was revoked.
    pub recheck: Duration,
    /// From the close frame to the end of the TCP connection, whether or not the client has read it.
    pub closing: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            init: Duration::from_secs(5),
            authenticate: Duration::from_secs(10),
            ping: Duration::from_secs(30),
            slow: Duration::from_secs(10),
            recheck: Duration::from_secs(60),
            closing: Duration::from_secs(1),
        }
    }
}

/// How much a socket may use.
#[derive(Debug, Clone)]
pub struct SocketLimits {
    /// Open sockets of this server; more are refused with 503.
    pub sockets: usize,
    /// Length of one message from the client, all its frames together, in bytes.
    pub message_bytes: usize,
    /// Frames of any kind from the client before it is let in.
    pub frames_before_ack: usize,
    /// Length of the id of an operation, in bytes.
    pub id_bytes: usize,
    /// Operations that run at the same time over one socket.
    pub operations: usize,
    /// Answers that wait for the client to read, in bytes.
    pub queued_bytes: u32,
}

impl Default for SocketLimits {
    fn default() -> Self {
        Self {
            sockets: 10_000,
            message_bytes: 64 * 1024,
            frames_before_ack: 16,
            id_bytes: 256,
            operations: 50,
            queued_bytes: 256 * 1024,
        }
    }
}

/// Whether the server goes on. When it stops, all sockets are closed with 1012, and clients come back to another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Sockets are served.
    Serving,
    /// Sockets are closed and no new ones are opened.
    Stopping,
}

/// What [`Sockets`] are made of.
pub struct Config<O> {
    /// What is served.
    pub operations: Arc<O>,
    /// The multi-thread runtime that operations run on.
    pub background: Handle,
    /// Origins (`https://host[:port]`) whose pages may connect. A client that names none is no browser and may.
    pub origins: Vec<String>,
    /// How long things may take.
    pub timing: Timing,
    /// How much a socket may use.
    pub limits: SocketLimits,
    /// Tells when the server stops. If its sender is dropped, the server counts as stopping.
    pub phase: watch::Receiver<Phase>,
}

/// The WebSocket end of the API: shared by all threads of the server.
pub struct Sockets<O> {
    config: Arc<Config<O>>,
    free: Arc<Semaphore>,
}

impl<O> Clone for Sockets<O> {
    fn clone(&self) -> Self {
        Self { config: Arc::clone(&self.config), free: Arc::clone(&self.free) }
    }
}

impl<O: Operations> Sockets<O> {
    /// Sockets of that configuration.
    pub fn new(config: Config<O>) -> Self {
        let free = Arc::new(Semaphore::new(config.limits.sockets.min(Semaphore::MAX_PERMITS)));
        Self { config: Arc::new(config), free }
    }

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

/// A second handle to the TCP connection of a request, kept for as long as the connection lives.
struct Connection(Arc<std::net::TcpStream>);

/// To be given to `HttpServer::on_connect`: keeps a handle by which a socket can be shut whose client never reads.
///
/// Without it such a client would hold its connection until the server's own timeouts, and a graceful stop with it.
/// Costs one file descriptor for each open connection. It also sends small frames at once (`TCP_NODELAY`): otherwise a
/// frame that follows another waits for the client's delayed acknowledgement, 40 ms.
pub fn on_connect(connection: &dyn Any, data: &mut Extensions) {
    let Some(stream) = connection.downcast_ref::<TcpStream>() else { return };
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "small frames will be delayed");
    }
    match stream.as_fd().try_clone_to_owned() {
        Ok(handle) => {
            data.insert(Connection(Arc::new(handle.into())));
        }
        Err(error) => {
            tracing::warn!(%error, "a connection has no second handle; sockets on it may linger")
        }
    }
}
