//! What was asked: from the body of a POST or the query string of a GET.

use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpRequest, web};
use serde_json::{Map, Value as Json};

use super::{TransportRefusal, no_document};
use crate::http::documents::{Named, NoDocument};
use crate::kit::error::Code;

/// Largest body, in bytes.
pub const LARGEST_BODY: usize = 256 * 1024;

/// A request as parsed from a body or a query string.
#[derive(Clone, Debug, Default)]
pub struct Sent {
    /// The document, if it was sent.
    pub query: Option<String>,
    /// How it is named instead, or besides.
    pub named: Named,
    /// Which operation of it.
    pub operation_name: Option<String>,
    /// Variables, a JSON object.
    pub variables: Map<String, Json>,
}

pub(super) async fn read(
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<Sent, TransportRefusal> {
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

async fn read_post(request: &HttpRequest, payload: web::Payload) -> Result<Sent, TransportRefusal> {
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
pub fn asked_from_json(bytes: &[u8]) -> Result<Sent, TransportRefusal> {
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
pub fn asked_from_members(mut members: Map<String, Json>) -> Result<Sent, TransportRefusal> {
    let query = match members.remove("query") {
        Some(Json::String(query)) => Some(query),
        None | Some(Json::Null) => None,
        Some(_) => return Err(no_document(NoDocument::NotSent)),
    };
    let id = match members.remove("documentId") {
        None | Some(Json::Null) => None,
        Some(Json::String(id)) if query.is_none() => Some(id),
        Some(_) => {
            return Err(TransportRefusal::bad("`documentId` must be a string, without a `query`."));
        }
    };
    let operation_name = match members.remove("operationName") {
        None | Some(Json::Null) => None,
        Some(Json::String(name)) => Some(name),
        Some(_) => return Err(TransportRefusal::bad("`operationName` must be a string or null.")),
    };
    let variables = match members.remove("variables") {
        None | Some(Json::Null) => Map::new(),
        Some(Json::Object(mut variables)) => {
            variables.values_mut().for_each(without_nul);
            variables
        }
        Some(_) => return Err(TransportRefusal::bad("`variables` must be an object or null.")),
    };
    let hash = match members.remove("extensions") {
        None | Some(Json::Null) => None,
        Some(Json::Object(extensions)) => hash_of(&extensions)?,
        Some(_) => return Err(TransportRefusal::bad("`extensions` must be an object or null.")),
    };
    if id.is_some() && hash.is_some() {
        return Err(TransportRefusal::bad(
            "Name the document by `documentId` or by `extensions.persistedQuery`, not by both.",
        ));
    }
    if query.is_none() && id.is_none() && hash.is_none() {
        return Err(no_document(NoDocument::NotSent));
    }
    Ok(Sent { query, named: Named { id, hash }, operation_name, variables })
}

/// Takes U+0000 out of every string: no text of the database can hold it, and some devices send it as
/// padding. In the text of a document the pre-scan refuses it.
fn without_nul(value: &mut Json) {
    match value {
        Json::String(text) => text.retain(|letter| letter != '\0'),
        Json::Array(all) => all.iter_mut().for_each(without_nul),
        Json::Object(members) => members.values_mut().for_each(without_nul),
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

/// The hash of an automatic persisted query.
///
/// # Errors
/// BAD_REQUEST.
pub fn hash_of(extensions: &Map<String, Json>) -> Result<Option<String>, TransportRefusal> {
    let Some(persisted) = extensions.get("persistedQuery").filter(|it| !it.is_null()) else {
        return Ok(None);
    };
    let version = persisted.get("version").and_then(Json::as_u64);
    let hash = persisted.get("sha256Hash").and_then(Json::as_str).map(str::to_ascii_lowercase);
    match (version, hash) {
        (Some(1), Some(hash))
            if hash.len() == 64 && hash.bytes().all(|it| it.is_ascii_hexdigit()) =>
        {
            Ok(Some(hash))
        }
        _ => Err(TransportRefusal::bad(
            "`extensions.persistedQuery` needs version 1 and a `sha256Hash` of 64 hexadecimal digits.",
        )),
    }
}

fn read_get(request: &HttpRequest) -> Result<Sent, TransportRefusal> {
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
            "query" | "operationName" | "documentId" => Json::String(value),
            "variables" | "extensions" => serde_json::from_str(&value)
                .map_err(|_| TransportRefusal::bad(format!("`{name}` must be JSON.")))?,
            _ => continue,
        };
        members.insert(name, value);
    }
    asked_from_members(members)
}
