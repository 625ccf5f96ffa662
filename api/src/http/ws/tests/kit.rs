//! A client that speaks the protocol, to the shared server with made-up operations.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{
    net::{TcpSocket, TcpStream},
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{self, Message, client::IntoClientRequest, http::HeaderValue},
};

use super::super::*;
pub(super) use crate::http::stream::tests::kit::{Server, quick, server};

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
