//! A server with made-up operations, and a client that speaks the protocol.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use actix_web::{App, HttpRequest, HttpServer, dev::ServerHandle, web};
use futures_util::{SinkExt, StreamExt, stream, stream::BoxStream};
use serde_json::{Map, Value, json};
use tokio::{
    net::{TcpSocket, TcpStream},
    runtime::Handle,
    sync::watch,
    time::{sleep, timeout},
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{self, Message, client::IntoClientRequest, http::HeaderValue},
};

use super::super::*;

/// Operations that do what their query says.
pub(super) struct Fake {
    pub(super) banned: AtomicBool,
    /// Streams that exist, and answers that were made.
    pub(super) alive: Arc<AtomicUsize>,
    pub(super) made: Arc<AtomicUsize>,
    pub(super) revoked: watch::Sender<u64>,
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
pub(super) struct Server {
    pub(super) address: SocketAddr,
    pub(super) fake: Arc<Fake>,
    pub(super) phase: watch::Sender<Phase>,
    pub(super) handle: ServerHandle,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

/// Times that let tests end soon.
pub(super) fn quick() -> Timing {
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
pub(super) async fn server(timing: Timing) -> Server {
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
    sockets.upgrade(&request, payload).await
}

/// A client of the protocol.
pub(super) struct Client(pub(super) WebSocketStream<TcpStream>);

/// The request headers that a test may choose.
pub(super) struct Asking {
    pub(super) subprotocol: &'static str,
    pub(super) origin: Option<&'static str>,
}

impl Server {
    /// Tries a handshake; the status if it is refused.
    pub(super) async fn ask(&self, asking: Asking) -> Result<Client, u16> {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(16 * 1024).expect("a small buffer");
        let stream = socket.connect(self.address).await.expect("a connection");
        let mut request =
            format!("ws://{}/graphql", self.address).into_client_request().expect("a request");
        request
            .headers_mut()
            .insert("sec-websocket-protocol", HeaderValue::from_static(asking.subprotocol));
        if let Some(origin) = asking.origin {
            request.headers_mut().insert("origin", HeaderValue::from_static(origin));
        }
        match client_async(request, stream).await {
            Ok((socket, response)) => {
                assert_eq!(response.headers()["sec-websocket-protocol"], SUBPROTOCOL);
                Ok(Client(socket))
            }
            Err(tungstenite::Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// A client before `connection_init`.
    pub(super) async fn connect(&self) -> Client {
        self.ask(Asking { subprotocol: SUBPROTOCOL, origin: None }).await.expect("a socket")
    }

    /// A client that was let in.
    pub(super) async fn admitted(&self, token: &str) -> Client {
        let mut client = self.connect().await;
        client.send(json!({ "type": "connection_init", "payload": { "token": token } })).await;
        assert_eq!(client.hear().await, json!({ "type": "connection_ack" }));
        client
    }

    /// Waits until so many operations run.
    pub(super) async fn alive(&self, count: usize) {
        let begin = Instant::now();
        while self.fake.alive.load(Ordering::SeqCst) != count {
            assert!(begin.elapsed() < Duration::from_secs(10), "never {count} operations");
            sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Client {
    pub(super) async fn send(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.expect("sent");
    }

    pub(super) async fn subscribe(&mut self, id: &str, query: &str) {
        self.send(json!({ "id": id, "type": "subscribe", "payload": { "query": query } })).await;
    }

    /// The next message of any kind; `None` when the connection has ended.
    pub(super) async fn next(&mut self) -> Option<Message> {
        timeout(Duration::from_secs(10), self.0.next()).await.expect("something in time")?.ok()
    }

    /// The next text, answering pings meanwhile.
    pub(super) async fn next_text(&mut self) -> Option<Message> {
        loop {
            match self.0.next().await?.ok()? {
                Message::Ping(_) | Message::Pong(_) => {}
                other => return Some(other),
            }
        }
    }

    /// The next message of the protocol.
    pub(super) async fn hear(&mut self) -> Value {
        loop {
            match self.next().await {
                Some(Message::Text(text)) => break serde_json::from_str(&text).expect("JSON"),
                Some(Message::Ping(_) | Message::Pong(_)) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Reads to the end: the close code, if there was one.
    pub(super) async fn close_code(&mut self) -> Option<u16> {
        let mut code = None;
        while let Some(message) = self.next().await {
            if let Message::Close(frame) = message {
                code = frame.map(|frame| frame.code.into());
            }
        }
        code
    }
}
