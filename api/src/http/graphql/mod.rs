//! GraphQL over HTTP: POST for everything, GET for queries (and for event streams), nothing else.
//!
//! The body is bounded, the document is pre-scanned, and the request is executed in a task of its
//! own on the background runtime: a client that goes away cancels nothing (docs/adr/0009).

mod answer;
mod read;

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use async_graphql::parser::parse_query;
use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{Request, Response, Variables};
use serde_json::{Map, Value as Json, json};
use tokio::time::timeout;

pub use self::answer::to_json;
use self::answer::{
    Media, crashed, get_is_for_queries, is_request_error, rate_limited, refuse, request_error,
    respond, unauthenticated,
};
pub use self::read::{LARGEST_BODY, Sent, asked_from_json, asked_from_members, hash_of};
use super::auth::{Credentials, credentials};
use super::budget::{Balance, Overdrawn, Payer};
use super::documents::{Named, NoDocument, Source};
use super::live;
use super::prescan::{self, Introspects, OperationKind};
use super::server::App;
use super::sse;
use crate::graphql::schema;
use crate::kit::actor::Principal;
use crate::kit::error::{Code, Error};
use crate::kit::scope::Scope;

/// How long a query may take in all. Each of its statements has a limit of its own (`db::connect`).
const LONGEST_READ: Duration = Duration::from_secs(30);
/// What a token that is none costs, in points.
const WRONG_TOKEN: u64 = 25;

/// A request with its document.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The document.
    pub query: String,
    /// Where it comes from.
    pub source: Source,
    /// How the client names it.
    pub named: Named,
    /// Which operation of it.
    pub operation_name: Option<String>,
    /// Variables, a JSON object.
    pub variables: Map<String, Json>,
}

/// A "no" of the transport: status, code, sentence.
#[derive(Clone, Debug)]
pub struct TransportRefusal {
    /// HTTP status.
    pub status: StatusCode,
    /// Code of the catalogue.
    pub code: Code,
    /// What is wrong and what to do.
    pub message: String,
}

impl TransportRefusal {
    fn new(status: StatusCode, code: Code, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Code::BadRequest, message)
    }

    /// The body of the answer.
    #[must_use]
    pub fn body(&self) -> Json {
        json!({"errors": [{"message": self.message, "extensions": {"code": self.code.as_str()}}]})
    }
}

/// The one route.
pub async fn serve(
    request: HttpRequest,
    payload: web::Payload,
    (app, sockets): (web::Data<App>, web::Data<live::Live>),
) -> HttpResponse {
    if live::is_wanted(&request) {
        return live::serve(request, payload, sockets).await;
    }
    let Some(media) = Media::of(&request) else {
        return refuse(
            Media::Json,
            &TransportRefusal::new(
                StatusCode::NOT_ACCEPTABLE,
                Code::BadRequest,
                "This endpoint answers application/graphql-response+json, application/json or text/event-stream.",
            ),
        );
    };
    let credentials = match credentials(&request, &app.house.config) {
        Ok(credentials) => credentials,
        Err(message) => return unauthenticated(media, message),
    };
    let sent = match read::read(&request, payload).await {
        Ok(sent) => sent,
        Err(refusal) => return refuse(media, &refusal),
    };
    let method = request.method().clone();
    let asked = match app.resolve(sent) {
        Ok(asked) => asked,
        Err(refusal) if media == Media::Events => return sse::refusal(&refusal.body()),
        Err(refusal) => return request_error(media, &refusal),
    };
    if media == Media::Events {
        return stream(&request, &method, (asked, credentials), &sockets).await;
    }
    run(&app, media, &method, asked, credentials).await
}

/// Answers by events. What is wrong with the document is told by an event too, as graphql-sse wants.
async fn stream(
    request: &HttpRequest,
    method: &Method,
    (asked, credentials): (Asked, Credentials),
    sockets: &live::Live,
) -> HttpResponse {
    match check(&asked) {
        Err(refusal) => return sse::refusal(&refusal.body()),
        Ok(operation) if method == Method::GET && operation.kind == OperationKind::Mutation => {
            return get_is_for_queries(Media::Events);
        }
        Ok(_) => {}
    }
    match live::events(request, (asked, credentials), sockets).await {
        Ok(response) => response,
        Err(Denied::Unauthenticated(message)) => unauthenticated(Media::Events, &message),
        Err(Denied::Refused(refusal)) => refuse(Media::Events, &refusal),
        Err(Denied::Overdrawn(overdrawn)) => rate_limited(Media::Events, overdrawn),
    }
}

async fn run(
    app: &web::Data<App>,
    media: Media,
    method: &Method,
    asked: Asked,
    credentials: Credentials,
) -> HttpResponse {
    let operation = match check(&asked) {
        Ok(operation) => operation,
        Err(refusal) => return request_error(media, &refusal),
    };
    if method == Method::GET && operation.kind != OperationKind::Query {
        return get_is_for_queries(media);
    }
    if operation.kind == OperationKind::Subscription {
        return request_error(media, &TransportRefusal::bad(STREAMS));
    }
    let prepared = app.get_ref().clone();
    // A task of its own: dropping this future does not cancel the command.
    let task =
        app.runtime.spawn(async move { prepared.execute(asked, credentials, operation).await });
    match task.await {
        Ok(Ok(executed)) => respond(media, &app.house, executed),
        Ok(Err(Denied::Unauthenticated(message))) => unauthenticated(media, &message),
        Ok(Err(Denied::Refused(refusal))) => request_error(media, &refusal),
        Ok(Err(Denied::Overdrawn(overdrawn))) => rate_limited(media, overdrawn),
        Err(error) => crashed(media, &error),
    }
}

/// What a subscription is told that came as a plain request.
const STREAMS: &str =
    "A subscription needs `Accept: text/event-stream`, or a WebSocket (graphql-transport-ws).";

/// Why a well-formed request was not executed.
pub enum Denied {
    /// The credentials are no good.
    Unauthenticated(String),
    /// The document asks for what the caller may not have.
    Refused(TransportRefusal),
    /// The caller has asked for too much in this minute.
    Overdrawn(Overdrawn),
}

impl Denied {
    /// The body of the answer.
    #[must_use]
    pub fn body(&self) -> Json {
        let (code, message) = match self {
            Self::Refused(refusal) => return refusal.body(),
            Self::Unauthenticated(message) => (Code::Unauthenticated, message.clone()),
            Self::Overdrawn(overdrawn) => (Code::RateLimited, overdrawn.message()),
        };
        json!({"errors": [{"message": message, "extensions": {"code": code.as_str()}}]})
    }
}

/// An executed request.
pub struct Executed {
    /// The engine's answer.
    pub response: Response,
    /// SQL statements that it took.
    pub statements: u64,
    /// Static cost of the operation, in points.
    pub cost: u64,
    /// What is left of the caller's budget, where there is one.
    pub balance: Option<Balance>,
}

impl Executed {
    /// The answer as JSON, with what it cost.
    #[must_use]
    pub fn into_json(self) -> Json {
        let mut body = to_json(self.response);
        body["extensions"] = json!({"cost": {"requested": self.cost}});
        body
    }
}

impl App {
    /// Authenticates and executes one request; rights are read anew each time.
    ///
    /// # Errors
    /// [`Denied`].
    pub async fn execute(
        &self,
        asked: Asked,
        credentials: Credentials,
        operation: prescan::Operation,
    ) -> Result<Executed, Denied> {
        let scope = self.scope_for(&credentials).await?;
        let balance = self.admit(&scope, &credentials, (&asked, &operation))?;
        let counting = scope.clone();
        let kept = self.documents.parsed(&asked.query);
        // What does not parse goes to the engine as it is: it words the error.
        let parsed = kept.or_else(|| parse_query(&asked.query).ok().map(Arc::new));
        let (text, named) = (asked.query.clone(), asked.named.clone());
        let mut request = self.request(asked, credentials, (operation.kind, scope)).data(balance);
        if let Some(parsed) = &parsed {
            request.set_parsed_query(ExecutableDocument::clone(parsed));
        }
        let response = self.schema.execute(request);
        let response = match operation.kind {
            // Reading may be broken off; a command, once begun, is carried out (docs/adr/0009).
            OperationKind::Query => {
                timeout(LONGEST_READ, response).await.map_err(|_| too_long())?
            }
            OperationKind::Mutation | OperationKind::Subscription => response.await,
        };
        if let (Some(parsed), false) = (parsed, is_request_error(&response)) {
            self.documents.keep(&text, parsed, &named);
        }
        metrics::counter!("earshot_graphql_requests_total",
            "operation" => operation.root_fields.first().cloned().filter(|_| response.is_ok()).unwrap_or_else(|| String::from("refused")))
            .increment(1);
        Ok(Executed { response, statements: counting.statements(), cost: operation.cost, balance })
    }

    /// Finds the document that a request means.
    ///
    /// # Errors
    /// PERSISTED_QUERY_NOT_FOUND, BAD_REQUEST.
    pub fn resolve(&self, sent: Sent) -> Result<Asked, TransportRefusal> {
        let (query, source) = self.documents.find(sent.query, &sent.named).map_err(no_document)?;
        Ok(Asked {
            query,
            source,
            named: sent.named,
            operation_name: sent.operation_name,
            variables: sent.variables,
        })
    }

    /// Whether this caller may have this executed now; takes its cost from their budget.
    ///
    /// # Errors
    /// [`Denied`].
    pub fn admit(
        &self,
        scope: &Scope,
        credentials: &Credentials,
        (asked, operation): (&Asked, &prescan::Operation),
    ) -> Result<Option<Balance>, Denied> {
        let stranger = scope.actor.principal == Principal::Anonymous;
        if stranger && operation.introspects != Introspects::No {
            return Err(Denied::Refused(TransportRefusal::new(
                StatusCode::BAD_REQUEST,
                Code::GraphqlValidationFailed,
                "Introspection is for signed-in callers. The schema is public at /graphql/schema.graphql.",
            )));
        }
        if stranger && !self.documents.open_to_strangers(asked.source) {
            return Err(Denied::Refused(no_document(NoDocument::NotRegistered)));
        }
        let payer = Payer::of(scope.actor.principal, credentials.address);
        self.budgets.pay(payer, operation.cost.max(1)).map_err(Denied::Overdrawn)
    }

    /// The engine's request with everything that resolvers need.
    #[must_use]
    pub fn request(
        &self,
        asked: Asked,
        credentials: Credentials,
        (kind, scope): (OperationKind, Scope),
    ) -> Request {
        let mut request = Request::new(asked.query)
            .variables(Variables::from_json(Json::Object(asked.variables)));
        if let Some(name) = asked.operation_name {
            request = request.operation_name(name);
        }
        schema::attach(request, (kind, scope)).data(credentials).data(self.tail.clone())
    }

    /// The scope of whoever these credentials name.
    ///
    /// # Errors
    /// [`Denied`].
    pub async fn scope_for(&self, credentials: &Credentials) -> Result<Scope, Denied> {
        let found = crate::identity::service::authenticate(&self.house, credentials).await;
        found.map_err(|error| match denied(error) {
            // Who tries tokens pays for it as a stranger.
            Denied::Unauthenticated(message) => self.wrong_token(credentials, message),
            other => other,
        })
    }

    fn wrong_token(&self, credentials: &Credentials, message: String) -> Denied {
        let payer = Payer::of(Principal::Anonymous, credentials.address);
        match self.budgets.pay(payer, WRONG_TOKEN) {
            Ok(_) => Denied::Unauthenticated(message),
            Err(overdrawn) => Denied::Overdrawn(overdrawn),
        }
    }
}

pub(super) fn no_document(why: NoDocument) -> TransportRefusal {
    let not_found = |message: &str| {
        TransportRefusal::new(StatusCode::BAD_REQUEST, Code::PersistedQueryNotFound, message)
    };
    match why {
        NoDocument::NotSent => {
            TransportRefusal::bad("`query` must be a string: the GraphQL document.")
        }
        // The very word that Apollo's clients look for.
        NoDocument::NotFound => not_found("PersistedQueryNotFound"),
        NoDocument::OtherHash => TransportRefusal::bad(
            "`extensions.persistedQuery.sha256Hash` is not the hash of `query`.",
        ),
        NoDocument::NotRegistered => {
            not_found("Only registered documents are executed here; name one by `documentId`.")
        }
    }
}

fn too_long() -> Denied {
    tracing::warn!("a query took too long and was broken off");
    Denied::Refused(TransportRefusal::new(
        StatusCode::SERVICE_UNAVAILABLE,
        Code::Unavailable,
        "This took too long and was broken off. Ask for less at a time, or try again.",
    ))
}

/// Why somebody was not let in.
#[must_use]
pub fn denied(error: Error) -> Denied {
    match error {
        Error::Refusal(refusal) => Denied::Unauthenticated(refusal.message),
        Error::Fault(fault) => {
            tracing::error!(detail = fault.detail, "authentication failed");
            Denied::Refused(TransportRefusal::new(
                StatusCode::SERVICE_UNAVAILABLE,
                Code::Unavailable,
                "The database cannot be reached for a moment. Try again.",
            ))
        }
    }
}

/// Pre-scans the document and picks the operation.
///
/// # Errors
/// GRAPHQL_PARSE_FAILED, QUERY_TOO_COMPLEX or GRAPHQL_VALIDATION_FAILED.
pub fn check(asked: &Asked) -> Result<prescan::Operation, TransportRefusal> {
    let sizes = |name: &str| match asked.variables.get(name) {
        Some(Json::Number(number)) => number.as_u64(),
        Some(Json::Array(values)) => u64::try_from(values.len()).ok(),
        _ => None,
    };
    let scanned = prescan::scan_with(&asked.query, &prescan::Limits::default(), &sizes).map_err(
        |refused| {
            let code = match refused.code {
                prescan::RefusalCode::ParseFailed => Code::GraphqlParseFailed,
                prescan::RefusalCode::TooComplex => Code::QueryTooComplex,
            };
            TransportRefusal::new(StatusCode::BAD_REQUEST, code, refused.message)
        },
    )?;
    scanned.operation(asked.operation_name.as_deref()).cloned().ok_or_else(|| {
        TransportRefusal::new(
            StatusCode::BAD_REQUEST,
            Code::GraphqlValidationFailed,
            "There is no such operation in the document; name one by `operationName`.",
        )
    })
}
