//! What stays open: the parts that WebSocket and server-sent events share.
//!
//! What may be asked for and by whom is behind [`Operations`]. What both transports guard is how much may wait in
//! memory for a client that reads slowly, that whoever lost a right is gone within a second, and that a stop of the
//! server ends all that is open.
//!
//! - `operation`: one running operation, on the background runtime;
//! - `outbox`: bytes for the client, counted;
//! - `connection`: the handle by which a connection is cut whose client never reads.

mod connection;
mod operation;
mod outbox;
#[cfg(test)]
pub(super) mod tests;

use std::{borrow::Cow, future::pending, net::SocketAddr, sync::Arc, time::Duration};

use actix_web::http::header;
use futures_util::stream::BoxStream;
use serde_json::{Map, Value};
use tokio::{
    runtime::Handle,
    sync::{Semaphore, watch},
};

pub use self::connection::on_connect;
pub(super) use self::{
    connection::{Cut, Wire},
    operation::{After, Answer, Event, Line, Task, Wording, verdict},
    outbox::{Origin, Outbox, OutboxBody},
};

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
    /// The id of the last event that the client has seen, where the transport carries one.
    pub last_event: Option<String>,
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
    pub(super) config: Arc<Config<O>>,
    pub(super) free: Arc<Semaphore>,
}

impl<O> Clone for Sockets<O> {
    fn clone(&self) -> Self {
        Self { config: Arc::clone(&self.config), free: Arc::clone(&self.free) }
    }
}

impl<O: Operations> Sockets<O> {
    /// What is served.
    #[must_use]
    pub fn operations(&self) -> &O {
        &self.config.operations
    }

    /// Sockets of that configuration.
    pub fn new(config: Config<O>) -> Self {
        let free = Arc::new(Semaphore::new(config.limits.sockets.min(Semaphore::MAX_PERMITS)));
        Self { config: Arc::new(config), free }
    }
}

/// Whether anybody will still tell of revocations.
pub(super) enum Alive {
    Yes,
    No,
}

/// Waits until the server stops. A dropped sender means the same.
pub(super) async fn stopped(phase: &mut watch::Receiver<Phase>) {
    let _ = phase.wait_for(|phase| *phase == Phase::Stopping).await;
}

/// Waits for the next revocation.
pub(super) async fn revoked(revocations: &mut Option<watch::Receiver<u64>>) -> Alive {
    match revocations {
        Some(revocations) => revocations.changed().await.map_or(Alive::No, |()| Alive::Yes),
        None => pending().await,
    }
}
