//! GraphQL over WebSocket and server-sent events, wired: who may connect, what an operation answers
//! (`ws` and `sse` guard the wire).
//!
//! Credentials come in `connection_init` (`{"authorization": "Bearer TOKEN"}`, on an enrolled device
//! also `"device": "TOKEN"`), never from cookies. Every operation is authenticated and pre-scanned
//! anew. Queries and mutations are taken too, signing in and out is not: that is for HTTP, which
//! carries cookies.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::instant::{Instant, SECOND};
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use serde_json::{Map, Value, json};
use tokio::sync::watch;
use tokio::time::sleep;

use super::auth::Credentials;
use super::documents::Named;
use super::graphql::{self, Asked, Denied, Sent, TransportRefusal, check, to_json};
use super::prescan::{Operation, OperationKind};
use super::server::App;
use super::sse;
use super::stream::{
    CloseReason, Config, Handshake, Operations, Phase, SocketLimits, Sockets, Timing, WsRequest,
};
use crate::identity::service::authenticate;
use crate::kit::error::{Code, Error, Fault};

/// Shortest time between two checks of all callers: a hundred commits are one reason to look.
const BREATH: Duration = Duration::from_millis(500);

/// Mutations that are for HTTP alone.
const HTTP_ONLY: [&str; 8] = [
    "signInStart",
    "signInComplete",
    "signInByPassword",
    "signInByPin",
    "signInByLink",
    "setUpComplete",
    "sessionRefresh",
    "signOut",
];

/// The sockets of this server.
pub type Live = Sockets<Gate>;

/// What the sockets serve.
pub struct Gate {
    app: App,
    revoked: watch::Receiver<u64>,
}

/// The sockets over `app`, closed when `phase` says so.
#[must_use]
pub fn sockets(app: &App, phase: watch::Receiver<Phase>) -> Live {
    let (sender, revoked) = watch::channel(0);
    let mut bell = app.house.wake.listen();
    app.runtime.spawn(async move {
        // Anything may have been taken away by any commit; the check asks the database.
        while bell.changed().await.is_ok() && !sender.is_closed() {
            sleep(Duration::from_millis(20)).await;
            sender.send_modify(|count: &mut u64| *count = count.wrapping_add(1));
            sleep(BREATH).await;
        }
    });
    let config = &app.house.config;
    let mut origins = vec![config.public_url.clone()];
    origins.extend(config.allowed_origins.iter().cloned());
    Sockets::new(Config {
        operations: Arc::new(Gate { app: app.clone(), revoked }),
        background: app.runtime.clone(),
        origins,
        timing: Timing::default(),
        limits: SocketLimits::default(),
        phase,
    })
}

/// Whether a request wants a socket.
#[must_use]
pub fn is_wanted(request: &HttpRequest) -> bool {
    let upgrade = request.headers().get(header::UPGRADE).and_then(|value| value.to_str().ok());
    upgrade.is_some_and(|value| value.eq_ignore_ascii_case("websocket"))
}

/// Opens a socket.
pub async fn serve(
    request: HttpRequest,
    payload: web::Payload,
    live: web::Data<Live>,
) -> HttpResponse {
    live.upgrade(&request, payload).await
}

/// The cursor of the last event that a client saw before its stream was cut, as the transport tells
/// it: newer than the `after` of the document, which is what the client began with.
pub struct LastEvent(pub String);

/// Answers by an event stream: a query, or a subscription until it ends (`sse` guards the wire).
pub async fn events(
    request: &HttpRequest,
    (asked, credentials): (Asked, Credentials),
    live: &Live,
) -> Result<HttpResponse, Denied> {
    let app = &live.operations().app;
    let (prepared, claimed) = (app.clone(), credentials.clone());
    let who = app.runtime.spawn(async move { prepared.scope_for(&claimed).await });
    match who.await {
        Ok(who) => drop(who?),
        Err(error) => return Err(graphql::denied(Fault::internal(error.to_string()).into())),
    }
    let caller = Caller { until: end_of(credentials.bearer.as_deref()), credentials };
    let asked = WsRequest {
        // Resolved; it is known to be allowed under its hash, or under none.
        query: asked.query,
        operation_name: asked.operation_name,
        variables: asked.variables,
        extensions: Map::new(),
        last_event: None,
    };
    live.stream(request, caller, asked).map_err(|sse::Full| {
        Denied::Refused(TransportRefusal {
            status: StatusCode::SERVICE_UNAVAILABLE,
            code: Code::Unavailable,
            message: String::from("No further stream can be opened now. Try again."),
        })
    })
}

/// Somebody at the other end of a socket.
#[derive(Clone)]
pub struct Caller {
    credentials: Credentials,
    until: Option<Instant>,
}

#[async_trait::async_trait]
impl Operations for Gate {
    type Principal = Caller;

    async fn authenticate(
        &self,
        handshake: &Handshake,
        payload: Map<String, Value>,
    ) -> Result<Caller, CloseReason> {
        let credentials = Credentials {
            bearer: Some(bearer(&payload).ok_or_else(CloseReason::forbidden)?),
            device: text(&payload, "device"),
            refresh_cookie: None,
            address: handshake.peer.map(|peer| peer.ip()),
        };
        match authenticate(&self.app.house, &credentials).await {
            Ok(_) => Ok(Caller { until: end_of(credentials.bearer.as_deref()), credentials }),
            Err(Error::Refusal(_)) => Err(CloseReason::forbidden()),
            Err(Error::Fault(fault)) => {
                tracing::error!(detail = fault.detail, "authentication failed");
                Err(CloseReason::new(1013, "Try again later"))
            }
        }
    }

    fn run(&self, caller: Caller, request: WsRequest) -> BoxStream<'static, Value> {
        let seen = request.last_event.clone().map(LastEvent);
        let (asked, operation) = match self.read(request) {
            Ok(read) => read,
            Err(refusal) => return once(refusal.body()),
        };
        let app = self.app.clone();
        let credentials = caller.credentials;
        if operation.kind == OperationKind::Subscription {
            let followed = follow(app, (asked, operation), (credentials, seen));
            return stream::once(followed).flatten().boxed();
        }
        stream::once(answer(app, asked, (credentials, operation))).boxed()
    }

    async fn no_longer_valid(&self, caller: &Caller) -> Option<CloseReason> {
        match authenticate(&self.app.house, &caller.credentials).await {
            Err(Error::Refusal(_)) => Some(CloseReason::forbidden()),
            // The database may be away for a moment: that is no reason to throw everybody out.
            Ok(_) | Err(Error::Fault(_)) => None,
        }
    }

    fn lasts(&self, caller: &Caller) -> Option<Duration> {
        let left = caller.until?.since(self.app.house.clock.now()).max(0);
        Some(Duration::from_micros(u64::try_from(left).unwrap_or(0)))
    }

    fn revocations(&self) -> watch::Receiver<u64> {
        self.revoked.clone()
    }
}

impl Gate {
    fn read(&self, request: WsRequest) -> Result<(Asked, Operation), TransportRefusal> {
        let hash = graphql::hash_of(&request.extensions)?;
        let asked = self.app.resolve(Sent {
            query: Some(request.query),
            named: Named { id: None, hash },
            operation_name: request.operation_name,
            variables: request.variables,
        })?;
        let operation = check(&asked).and_then(over_a_socket)?;
        Ok((asked, operation))
    }
}

fn once(body: Value) -> BoxStream<'static, Value> {
    stream::iter([body]).boxed()
}

/// Refuses what belongs to HTTP.
fn over_a_socket(operation: Operation) -> Result<Operation, TransportRefusal> {
    match operation.root_fields.iter().find(|name| HTTP_ONLY.contains(&name.as_str())) {
        Some(name) => Err(TransportRefusal {
            status: StatusCode::BAD_REQUEST,
            code: Code::BadRequest,
            message: format!("`{name}` is not for streams; send it by POST and take JSON."),
        }),
        None => Ok(operation),
    }
}

/// A query or a mutation, in a task of its own: a socket that ends does not cancel a command.
async fn answer(
    app: App,
    asked: Asked,
    (credentials, operation): (Credentials, Operation),
) -> Value {
    let runtime = app.runtime.clone();
    let task = runtime.spawn(async move { app.execute(asked, credentials, operation).await });
    match task.await {
        Ok(Ok(executed)) => executed.into_json(),
        Ok(Err(denied)) => denied.body(),
        Err(error) => {
            tracing::error!(%error, "a request crashed");
            refusal(Code::Internal, "Something went wrong on our side.")
        }
    }
}

/// A subscription. An event that failed as a whole ends it as an error of the protocol.
async fn follow(
    app: App,
    (asked, operation): (Asked, Operation),
    (credentials, seen): (Credentials, Option<LastEvent>),
) -> BoxStream<'static, Value> {
    let admitted = match app.scope_for(&credentials).await {
        Ok(scope) => {
            app.admit(&scope, &credentials, (&asked, &operation)).map(|balance| (scope, balance))
        }
        Err(denied) => Err(denied),
    };
    let (scope, balance) = match admitted {
        Ok(admitted) => admitted,
        Err(denied) => return once(denied.body()),
    };
    let mut request = app.request(asked, credentials, (operation.kind, scope)).data(balance);
    if let Some(seen) = seen {
        request = request.data(seen);
    }
    let events = app.schema.execute_stream(request);
    events
        .map(|response| {
            let mut body = to_json(response);
            let failed =
                body.get("errors").is_some() && body.get("data").is_some_and(Value::is_null);
            if let (true, Some(members)) = (failed, body.as_object_mut()) {
                members.remove("data");
            }
            body
        })
        .boxed()
}

fn refusal(code: Code, message: &str) -> Value {
    json!({"errors": [{"message": message, "extensions": {"code": code.as_str()}}]})
}

fn text(payload: &Map<String, Value>, name: &str) -> Option<String> {
    let found = payload.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.and_then(|(_, value)| value.as_str()).map(str::to_owned)
}

fn bearer(payload: &Map<String, Value>) -> Option<String> {
    let text = text(payload, "authorization")?;
    let (scheme, token) = text.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then(|| token.to_owned())
}

/// When an access token ends. It was checked before; API tokens do not end by themselves.
fn end_of(token: Option<&str>) -> Option<Instant> {
    let claims = token?.split('.').nth(1)?;
    let bytes = URL_SAFE_NO_PAD.decode(claims).ok()?;
    let claims: Value = serde_json::from_slice(&bytes).ok()?;
    Some(Instant(claims.get("exp")?.as_i64()?.saturating_mul(SECOND)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_read_from_the_first_message() {
        let payload = |value: Value| value.as_object().cloned().expect("an object");
        let of = |value| bearer(&payload(value));
        assert_eq!(of(json!({"authorization": "Bearer abc"})).as_deref(), Some("abc"));
        assert_eq!(of(json!({"Authorization": "bearer  abc "})).as_deref(), Some("abc"));
        for wrong in
            [json!({}), json!({"authorization": "abc"}), json!({"authorization": "Bearer "})]
        {
            assert_eq!(of(wrong.clone()), None, "{wrong}");
        }
    }

    #[test]
    fn an_access_token_tells_its_end() {
        let claims = URL_SAFE_NO_PAD.encode(r#"{"exp":1772442600}"#);
        let token = format!("e30.{claims}.c2ln");
        assert_eq!(end_of(Some(&token)), Some(Instant(1_772_442_600 * SECOND)));
        assert_eq!(end_of(Some("est_abc")), None);
    }
}
