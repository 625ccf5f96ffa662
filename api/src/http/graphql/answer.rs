//! The answer: which media type, which status, which headers.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use async_graphql::{Response, Value};
use entity::instant::Instant;
use serde_json::{Map, Value as Json, json};

use super::{Denied, Executed, TransportRefusal};
use crate::http::budget::{Balance, Overdrawn};
use crate::http::sse;
use crate::kit::error::Code;
use crate::kit::scope::House;
use crate::kit::secret;

/// Most errors in one answer.
const MOST_ERRORS: usize = 20;

/// The two media types of the GraphQL-over-HTTP specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Media {
    /// `application/graphql-response+json`: request errors are 400.
    Response,
    /// `application/json`: every well-formed request is 200.
    Json,
    /// `text/event-stream`: answers one by one (graphql-sse).
    Events,
}

impl Media {
    pub(super) fn of(request: &HttpRequest) -> Option<Self> {
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

pub(super) fn get_is_for_queries(media: Media) -> HttpResponse {
    let refusal = TransportRefusal::new(
        StatusCode::METHOD_NOT_ALLOWED,
        Code::BadRequest,
        "GET carries queries only; send mutations by POST.",
    );
    allow(refuse(media, &refusal), "POST")
}

pub(super) fn crashed(media: Media, error: &tokio::task::JoinError) -> HttpResponse {
    let trace_id = secret::trace_id();
    tracing::error!(trace_id, %error, "a request crashed");
    let body = json!({"errors": [{
        "message": "Something went wrong on our side. Give the trace id to your administrator if it stays.",
        "extensions": {"code": Code::Internal.as_str(), "traceId": trace_id},
    }]});
    start(StatusCode::INTERNAL_SERVER_ERROR, media).body(body.to_string())
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

pub(super) fn refuse(media: Media, refusal: &TransportRefusal) -> HttpResponse {
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
pub(super) fn request_error(media: Media, refusal: &TransportRefusal) -> HttpResponse {
    let status = match (media, refusal.status) {
        (Media::Json, StatusCode::BAD_REQUEST) => StatusCode::OK,
        (_, status) => status,
    };
    start(status, media).body(refusal.body().to_string())
}

pub(super) fn unauthenticated(media: Media, message: &str) -> HttpResponse {
    let refusal = TransportRefusal::new(StatusCode::UNAUTHORIZED, Code::Unauthenticated, message);
    let mut response = start(refusal.status, media).body(refusal.body().to_string());
    response.headers_mut().insert(
        header::WWW_AUTHENTICATE,
        HeaderValue::from_static("Bearer realm=\"earshot\", error=\"invalid_token\""),
    );
    response
}

pub(super) fn respond(media: Media, house: &House, executed: Executed) -> HttpResponse {
    let (config, now) = (&house.config, house.clock.now());
    let failed_request = is_request_error(&executed.response);
    let status = if failed_request && media == Media::Response {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::OK
    };
    let mut builder = start(status, media);
    for (name, value) in &executed.response.http_headers {
        builder.append_header((name.as_str(), value.as_bytes()));
    }
    if let Some(balance) = executed.balance {
        budget_headers(&mut builder, balance, now);
    }
    if config.show_statements {
        builder.insert_header(("earshot-statements", executed.statements.to_string()));
    }
    builder.body(executed.into_json().to_string())
}

/// The fields of the IETF draft "RateLimit header fields for HTTP".
fn budget_headers(builder: &mut HttpResponseBuilder, balance: Balance, now: Instant) {
    let Balance { limit, remaining, .. } = balance;
    let full_in = balance.full_in(now);
    builder
        .insert_header(("ratelimit-policy", format!("\"cost\";q={limit};w=60")))
        .insert_header(("ratelimit", format!("\"cost\";r={remaining};t={full_in}")));
}

pub(super) fn rate_limited(media: Media, overdrawn: Overdrawn) -> HttpResponse {
    let Overdrawn { limit, retry_after } = overdrawn;
    start(StatusCode::TOO_MANY_REQUESTS, media)
        .insert_header((header::RETRY_AFTER, retry_after.to_string()))
        .insert_header(("ratelimit-policy", format!("\"cost\";q={limit};w=60")))
        .insert_header(("ratelimit", format!("\"cost\";r=0;t={retry_after}")))
        .body(Denied::Overdrawn(overdrawn).body().to_string())
}

/// Whether nothing was executed: then the answer has no `data`.
pub(super) fn is_request_error(response: &Response) -> bool {
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
