//! GraphQL over HTTP: POST for everything, GET for queries (and for event streams), nothing else.
//!
//! The body is bounded, the document is pre-scanned, and the request is executed in a task of its
//! own on the background runtime: a client that goes away cancels nothing (docs/adr/0009).

use std::time::Duration;

use actix_web::http::header::{self, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use async_graphql::{Request, Response, Value, Variables};
use serde_json::{Map, Value as Json, json};
use tokio::time::timeout;

use super::auth::{Credentials, credentials};
use super::live;
use super::prescan::{self, Introspects, OperationKind};
use super::server::App;
use super::sse;
use crate::graphql::schema;
use crate::kit::actor::Principal;
use crate::kit::error::{Code, Error};
use crate::kit::scope::Scope;
use crate::kit::secret;

/// Largest body, in bytes.
pub const LARGEST_BODY: usize = 256 * 1024;
/// How long a query may take in all. Each of its statements has a limit of its own (`db::connect`).
const LONGEST_READ: Duration = Duration::from_secs(30);
/// Most errors in one answer.
const MOST_ERRORS: usize = 20;

/// A request as parsed from a body or a query string.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The document.
    pub query: String,
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

/// The two media types of the GraphQL-over-HTTP specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Media {
    /// `application/graphql-response+json`: request errors are 400.
    Response,
    /// `application/json`: every well-formed request is 200.
    Json,
    /// `text/event-stream`: answers one by one (graphql-sse).
    Events,
}

impl Media {
    fn of(request: &HttpRequest) -> Option<Self> {
        let Some(accept) = request.headers().get(header::ACCEPT) else { return Some(Self::Json) };
        let accept = accept.to_str().unwrap_or("").to_ascii_lowercase();
        if accept.trim().is_empty() {
            return Some(Self::Json);
        }
        // The best liked, and among equals the first named. A wildcard means what older clients
        // can read.
        let liked = accept.split(',').filter_map(|range| {
            let mut parts = range.split(';').map(str::trim);
            let media = match parts.next().unwrap_or("") {
                "application/graphql-response+json" => Self::Response,
                "application/json" | "application/*" | "*/*" => Self::Json,
                sse::EVENT_STREAM => Self::Events,
                _ => return None,
            };
            let quality = parts.find_map(|part| part.strip_prefix("q=")).unwrap_or("1");
            let quality: f32 = quality.trim().parse().unwrap_or(0.0);
            (quality > 0.0).then_some((media, quality))
        });
        liked.reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(media, _)| media)
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::Response => "application/graphql-response+json; charset=utf-8",
            // What is no stream yet, or never becomes one, is told as JSON.
            Self::Json | Self::Events => "application/json; charset=utf-8",
        }
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
    let asked = match read(&request, payload).await {
        Ok(asked) => asked,
        Err(refusal) => return refuse(media, &refusal),
    };
    let method = request.method().clone();
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
    }
}

fn get_is_for_queries(media: Media) -> HttpResponse {
    let refusal = TransportRefusal::new(
        StatusCode::METHOD_NOT_ALLOWED,
        Code::BadRequest,
        "GET carries queries only; send mutations by POST.",
    );
    allow(refuse(media, &refusal), "POST")
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
    let prepared = app.get_ref().clone();
    // A task of its own: dropping this future does not cancel the command.
    let task =
        app.runtime.spawn(async move { prepared.execute(asked, credentials, operation).await });
    match task.await {
        Ok(Ok(executed)) => respond(media, &app.house.config, executed),
        Ok(Err(Denied::Unauthenticated(message))) => unauthenticated(media, &message),
        Ok(Err(Denied::Refused(refusal))) => request_error(media, &refusal),
        Err(error) => crashed(media, &error),
    }
}

fn crashed(media: Media, error: &tokio::task::JoinError) -> HttpResponse {
    let trace_id = secret::trace_id();
    tracing::error!(trace_id, %error, "a request crashed");
    let body = json!({"errors": [{
        "message": "Something went wrong on our side. Give the trace id to your administrator if it stays.",
        "extensions": {"code": Code::Internal.as_str(), "traceId": trace_id},
    }]});
    start(StatusCode::INTERNAL_SERVER_ERROR, media).body(body.to_string())
}

/// Why a well-formed request was not executed.
pub enum Denied {
    /// The credentials are no good.
    Unauthenticated(String),
    /// The document asks for what the caller may not have.
    Refused(TransportRefusal),
}

/// An executed request.
pub struct Executed {
    /// The engine's answer.
    pub response: Response,
    /// SQL statements that it took.
    pub statements: u64,
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
        if operation.introspects != Introspects::No && scope.actor.principal == Principal::Anonymous
        {
            return Err(Denied::Refused(TransportRefusal::new(
                StatusCode::BAD_REQUEST,
                Code::GraphqlValidationFailed,
                "Introspection is for signed-in callers. The schema is public at /graphql/schema.graphql.",
            )));
        }
        let counting = scope.clone();
        let request = self.request(asked, credentials, scope);
        let response = self.schema.execute(request);
        let response = match operation.kind {
            // Reading may be broken off; a command, once begun, is carried out (docs/adr/0009).
            OperationKind::Query => {
                timeout(LONGEST_READ, response).await.map_err(|_| too_long())?
            }
            OperationKind::Mutation | OperationKind::Subscription => response.await,
        };
        metrics::counter!("earshot_graphql_requests_total",
            "operation" => operation.root_fields.first().cloned().filter(|_| response.is_ok()).unwrap_or_else(|| String::from("refused")))
            .increment(1);
        Ok(Executed { response, statements: counting.statements() })
    }

    /// The engine's request with everything that resolvers need.
    #[must_use]
    pub fn request(&self, asked: Asked, credentials: Credentials, scope: Scope) -> Request {
        let mut request = Request::new(asked.query)
            .variables(Variables::from_json(Json::Object(asked.variables)));
        if let Some(name) = asked.operation_name {
            request = request.operation_name(name);
        }
        schema::attach(request, scope).data(credentials).data(self.tail.clone())
    }

    /// The scope of whoever these credentials name.
    ///
    /// # Errors
    /// [`Denied`].
    pub async fn scope_for(&self, credentials: &Credentials) -> Result<Scope, Denied> {
        crate::identity::service::authenticate(&self.house, credentials).await.map_err(denied)
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

async fn read(request: &HttpRequest, payload: web::Payload) -> Result<Asked, TransportRefusal> {
    match *request.method() {
        Method::POST => read_post(request, payload).await,
        Method::GET => read_get(request),
        _ => Err(TransportRefusal::new(
            StatusCode::METHOD_NOT_ALLOWED,
            Code::BadRequest,
            "Use POST, or GET for queries.",
        )),
    }
}

async fn read_post(
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<Asked, TransportRefusal> {
    let content_type = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("")
        .to_ascii_lowercase();
    let mut parts = content_type.split(';').map(str::trim);
    let json = parts.next() == Some("application/json");
    let utf8 =
        parts.all(|part| !part.starts_with("charset") || part.trim_matches('"').ends_with("utf-8"));
    if !json || !utf8 {
        return Err(TransportRefusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Code::BadRequest,
            "Send Content-Type: application/json, in UTF-8.",
        ));
    }
    let bytes = payload.to_bytes_limited(LARGEST_BODY).await;
    let too_large = || {
        TransportRefusal::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            Code::QueryTooComplex,
            "The body is larger than 256 KiB. Send less at a time.",
        )
    };
    let bytes = bytes.map_err(|_| too_large())?.map_err(|_| {
        TransportRefusal::bad("The body could not be read to its end. Send it again.")
    })?;
    asked_from_json(&bytes)
}

/// Reads the JSON form of a request.
///
/// # Errors
/// BAD_REQUEST naming the member.
pub fn asked_from_json(bytes: &[u8]) -> Result<Asked, TransportRefusal> {
    let body: Json = serde_json::from_slice(bytes)
        .map_err(|_| TransportRefusal::bad("The body is not JSON in UTF-8."))?;
    match body {
        Json::Object(members) => asked_from_members(members),
        Json::Array(_) => {
            Err(TransportRefusal::bad("Batches are not taken: send one request a time."))
        }
        _ => Err(TransportRefusal::bad("The body must be a JSON object with a `query`.")),
    }
}

/// Reads the members of a request object.
///
/// # Errors
/// BAD_REQUEST naming the member.
pub fn asked_from_members(mut members: Map<String, Json>) -> Result<Asked, TransportRefusal> {
    let query = match members.remove("query") {
        Some(Json::String(query)) => query,
        _ => return Err(TransportRefusal::bad("`query` must be a string: the GraphQL document.")),
    };
    let operation_name = match members.remove("operationName") {
        None | Some(Json::Null) => None,
        Some(Json::String(name)) => Some(name),
        Some(_) => return Err(TransportRefusal::bad("`operationName` must be a string or null.")),
    };
    let variables = match members.remove("variables") {
        None | Some(Json::Null) => Map::new(),
        Some(Json::Object(variables)) => variables,
        Some(_) => return Err(TransportRefusal::bad("`variables` must be an object or null.")),
    };
    match members.remove("extensions") {
        None | Some(Json::Null | Json::Object(_)) => {}
        Some(_) => return Err(TransportRefusal::bad("`extensions` must be an object or null.")),
    }
    Ok(Asked { query, operation_name, variables })
}

fn read_get(request: &HttpRequest) -> Result<Asked, TransportRefusal> {
    if request.query_string().len() > LARGEST_BODY {
        return Err(TransportRefusal::new(
            StatusCode::URI_TOO_LONG,
            Code::QueryTooComplex,
            "The address is too long; send the query by POST.",
        ));
    }
    let pairs = web::Query::<Vec<(String, String)>>::from_query(request.query_string())
        .map_err(|_| TransportRefusal::bad("The query string cannot be read."))?;
    let mut members = Map::new();
    for (name, value) in pairs.into_inner() {
        let value = match name.as_str() {
            "query" | "operationName" => Json::String(value),
            "variables" | "extensions" => serde_json::from_str(&value)
                .map_err(|_| TransportRefusal::bad(format!("`{name}` must be JSON.")))?,
            _ => continue,
        };
        members.insert(name, value);
    }
    asked_from_members(members)
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

fn start(status: StatusCode, media: Media) -> HttpResponseBuilder {
    let mut builder = HttpResponse::build(status);
    builder
        .insert_header((header::CONTENT_TYPE, media.content_type()))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::VARY, "Accept, Accept-Encoding, Authorization, Origin"));
    builder
}

fn refuse(media: Media, refusal: &TransportRefusal) -> HttpResponse {
    let response = start(refusal.status, media).body(refusal.body().to_string());
    if refusal.status == StatusCode::METHOD_NOT_ALLOWED {
        allow(response, "GET, POST")
    } else {
        response
    }
}

fn allow(mut response: HttpResponse, methods: &'static str) -> HttpResponse {
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(methods));
    response
}

/// A request error of a well-formed request: 400, or 200 for clients that accept JSON alone.
fn request_error(media: Media, refusal: &TransportRefusal) -> HttpResponse {
    let status = match (media, refusal.status) {
        (Media::Json, StatusCode::BAD_REQUEST) => StatusCode::OK,
        (_, status) => status,
    };
    start(status, media).body(refusal.body().to_string())
}

fn unauthenticated(media: Media, message: &str) -> HttpResponse {
    let refusal = TransportRefusal::new(StatusCode::UNAUTHORIZED, Code::Unauthenticated, message);
    let mut response = start(refusal.status, media).body(refusal.body().to_string());
    response.headers_mut().insert(
        header::WWW_AUTHENTICATE,
        HeaderValue::from_static("Bearer realm=\"earshot\", error=\"invalid_token\""),
    );
    response
}

fn respond(media: Media, config: &crate::config::Config, executed: Executed) -> HttpResponse {
    let Executed { response, statements } = executed;
    let failed_request = is_request_error(&response);
    let status = if failed_request && media == Media::Response {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::OK
    };
    let mut builder = start(status, media);
    for (name, value) in &response.http_headers {
        builder.append_header((name.as_str(), value.as_bytes()));
    }
    if config.show_statements {
        builder.insert_header(("earshot-statements", statements.to_string()));
    }
    builder.body(to_json(response).to_string())
}

/// Whether nothing was executed: then the answer has no `data`.
fn is_request_error(response: &Response) -> bool {
    response.data == Value::Null
        && !response.errors.is_empty()
        && response.errors.iter().all(|error| error.path.is_empty())
}

/// The answer as JSON: errors carry a code each, at most twenty, no echo of the source.
#[must_use]
pub fn to_json(response: Response) -> Json {
    let failed_request = is_request_error(&response);
    let mut body = Map::new();
    if !response.errors.is_empty() {
        let errors = response.errors.iter().take(MOST_ERRORS);
        body.insert(
            "errors".into(),
            errors.map(|error| error_json(error, failed_request)).collect(),
        );
    }
    if !failed_request {
        body.insert("data".into(), response.data.into_json().unwrap_or(Json::Null));
    }
    Json::Object(body)
}

fn error_json(error: &async_graphql::ServerError, failed_request: bool) -> Json {
    let mut value = serde_json::to_value(error).unwrap_or_else(|_| json!({"message": "error"}));
    let fallback = if failed_request { Code::GraphqlValidationFailed } else { Code::BadRequest };
    if value.pointer("/extensions/code").is_none() {
        value["extensions"]["code"] = json!(fallback.as_str());
    }
    value
}
