//! A server with made-up operations, for the tests of both transports.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, dev::ServerHandle, http::header, web};
use futures_util::{StreamExt, stream, stream::BoxStream};
use serde_json::{Map, Value, json};
use tokio::{runtime::Handle, sync::watch, time::sleep};

use super::super::*;

/// Operations that do what their query says.
pub(in crate::http) struct Fake {
    pub(in crate::http) banned: AtomicBool,
    /// Streams that exist, and answers that were made.
    pub(in crate::http) alive: Arc<AtomicUsize>,
    pub(in crate::http) made: Arc<AtomicUsize>,
    pub(in crate::http) revoked: watch::Sender<u64>,
}

struct Alive(Arc<AtomicUsize>);

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[async_trait::async_trait]
impl Operations for Fake {
    type Principal = String;

    async fn authenticate(
        &self,
        _: &Handshake,
        payload: Map<String, Value>,
    ) -> Result<String, CloseReason> {
        match payload.get("token").and_then(Value::as_str) {
            Some("bad") => Err(CloseReason::forbidden()),
            Some("slow") => std::future::pending().await,
            Some("panic") => panic!("authentication breaks"),
            other => Ok(other.unwrap_or("nobody").to_owned()),
        }
    }

    fn run(&self, principal: String, request: WsRequest) -> BoxStream<'static, Value> {
        self.alive.fetch_add(1, Ordering::SeqCst);
        let alive = Alive(Arc::clone(&self.alive));
        let made = Arc::clone(&self.made);
        let data = move |value: Value| {
            let _ = &alive;
            made.fetch_add(1, Ordering::SeqCst);
            json!({ "data": value })
        };
        let forever = stream::iter(0..).then(|n: u64| async move {
            tokio::task::yield_now().await;
            n
        });
        match request.query.as_str() {
            "who" => {
                stream::iter([data(json!({ "who": principal, "variables": request.variables }))])
                    .boxed()
            }
            "cursors" => {
                let seen = request.last_event.unwrap_or_default();
                let event = move |n| data(json!({ "steps": { "cursor": format!("{seen}{n}") } }));
                stream::iter(1..=2).map(event).boxed()
            }
            "three" => stream::iter(1..=3).map(move |n| data(json!(n))).boxed(),
            "refused" => {
                stream::iter([json!({ "errors": [{ "message": "no such field" }] })]).boxed()
            }
            "big" => stream::iter([data(json!("x".repeat(1024 * 1024)))]).boxed(),
            "flood" => forever.map(move |_| data(json!("x".repeat(16 * 1024)))).boxed(),
            "panic" => stream::iter([()]).map(|()| panic!("a resolver breaks")).boxed(),
            _ => stream::pending().map(move |()| data(Value::Null)).boxed(),
        }
    }

    async fn no_longer_valid(&self, principal: &String) -> Option<CloseReason> {
        let banned = self.banned.load(Ordering::SeqCst) && principal == "banned";
        banned.then(CloseReason::forbidden)
    }

    fn lasts(&self, principal: &String) -> Option<Duration> {
        (principal == "short").then_some(Duration::from_millis(200))
    }

    fn revocations(&self) -> watch::Receiver<u64> {
        self.revoked.subscribe()
    }
}

/// A server on a thread of its own.
pub(in crate::http) struct Server {
    pub(in crate::http) address: SocketAddr,
    pub(in crate::http) fake: Arc<Fake>,
    pub(in crate::http) phase: watch::Sender<Phase>,
    pub(in crate::http) handle: ServerHandle,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

/// Times that let tests end soon.
pub(in crate::http) fn quick() -> Timing {
    Timing {
        init: Duration::from_millis(400),
        authenticate: Duration::from_millis(400),
        ping: Duration::from_secs(30),
        slow: Duration::from_millis(700),
        recheck: Duration::from_secs(60),
        closing: Duration::from_millis(500),
    }
}

/// Starts a server; must be called in a multi-thread runtime, which becomes the background one.
pub(in crate::http) async fn server(timing: Timing) -> Server {
    let fake = Arc::new(Fake {
        banned: AtomicBool::new(false),
        alive: Arc::default(),
        made: Arc::default(),
        revoked: watch::Sender::new(0),
    });
    let phase = watch::Sender::new(Phase::Serving);
    let sockets = Sockets::new(Config {
        operations: Arc::clone(&fake),
        background: Handle::current(),
        origins: vec!["https://ear.example".to_owned()],
        timing,
        limits: SocketLimits::default(),
        phase: phase.subscribe(),
    });
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let (sender, handle) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let server = HttpServer::new(move || {
                App::new()
                    .app_data(web::Data::new(sockets.clone()))
                    .route("/graphql", web::get().to(open))
            })
            .on_connect(on_connect)
            .workers(1)
            .shutdown_timeout(30)
            .disable_signals()
            .listen(listener)
            .expect("a server")
            .run();
            sender.send(server.handle()).ok();
            server.await.expect("a server that runs");
        });
    });
    Server { address, fake, phase, handle: handle.await.expect("a handle") }
}

async fn open(
    sockets: web::Data<Sockets<Fake>>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    if request.headers().get(header::ACCEPT).is_none_or(|accept| accept != "text/event-stream") {
        return sockets.upgrade(&request, payload).await;
    }
    let mut asked = request.query_string().split('&');
    let mut next = || asked.next().unwrap_or_default().to_owned();
    let (query, principal) = (next(), next());
    let asked = WsRequest {
        query,
        operation_name: None,
        variables: Map::new(),
        extensions: Map::new(),
        last_event: None,
    };
    sockets
        .stream(&request, principal, asked)
        .unwrap_or_else(|_| HttpResponse::ServiceUnavailable().finish())
}

impl Server {
    /// Waits until so many operations run.
    pub(in crate::http) async fn alive(&self, count: usize) {
        let begin = Instant::now();
        while self.fake.alive.load(Ordering::SeqCst) != count {
            assert!(begin.elapsed() < Duration::from_secs(10), "never {count} operations");
            sleep(Duration::from_millis(5)).await;
        }
    }
}
