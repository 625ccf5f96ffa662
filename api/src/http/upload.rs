//! Photos as bytes: PUT to a signed address takes one in, GET hands one out.
//!
//! A body is read under a cap of bytes and of time, and never before its address was found sound.
//! What a refused sender is still sending is read on for a while and thrown away: a client that is
//! cut off in the middle of its body never reads why. Refusals are JSON with `field`, `code` and
//! `message`; the address holds, so nothing is lost.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use entity::id::{AttachmentId, TypedId as _};
use entity::submissions::attachment;
use entity::submissions::values::AttachmentState;
use futures_util::StreamExt as _;
use serde_json::json;
use tokio::sync::Semaphore;

use super::auth::credentials;
use super::graphql::Denied;
use super::server::App;
use crate::kit::error::{Code, Error, Fault, Refusal, Result};
use crate::kit::scope::Scope;
use crate::kit::secret;
use crate::submissions::photos::service::{self, Asked, Opened};

/// Largest body taken in, in bytes.
pub const LARGEST_FILE: usize = 10 * 1024 * 1024;
/// How much of a body is read and thrown away so that its sender hears why, in bytes.
const LARGEST_WASTE: usize = 64 * 1024 * 1024;
/// Longest silence inside a body.
const LONGEST_SILENCE: Duration = Duration::from_secs(30);
/// Longest time for a whole body: 10 MiB at 35 kB/s.
const LONGEST_BODY: Duration = Duration::from_secs(300);
/// How many bodies of this process are held in memory at once.
static RECEIVING: Semaphore = Semaphore::const_new(24);
/// How long a sender waits for a place among them.
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// `PUT /uploads/{token}`: takes in the bytes of an announced photo.
pub async fn put(
    token: web::Path<String>,
    mut payload: web::Payload,
    app: web::Data<App>,
) -> HttpResponse {
    let result = take_in(&app, token.into_inner(), &mut payload).await;
    waste(&mut payload).await;
    match result {
        Ok(photo) => HttpResponse::Ok()
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .json(told(&photo)),
        Err(error) => refuse(&error),
    }
}

async fn take_in(
    app: &App,
    token: String,
    payload: &mut web::Payload,
) -> Result<attachment::Model> {
    let scope = Scope::system(app.house.clone());
    let asking = scope.clone();
    let photo = apart(app, async move { service::expected(&asking, &token).await }).await?;
    if photo.state == AttachmentState::Ready {
        return Ok(photo);
    }
    let place = tokio::time::timeout(LONGEST_WAIT, RECEIVING.acquire()).await;
    let Ok(Ok(_place)) = place else { return Err(busy().into()) };
    let bytes = body(payload).await?;
    apart(app, async move { service::receive(&scope, photo, bytes).await }).await
}

/// Runs a command in a task of its own on the background runtime: a client that goes away cancels
/// nothing.
async fn apart<T: Send + 'static>(
    app: &App,
    command: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    app.runtime
        .spawn(command)
        .await
        .map_err(|error| Fault::internal(format!("an upload crashed: {error}")))?
}

/// The body, at most [`LARGEST_FILE`] of it.
async fn body(payload: &mut web::Payload) -> Result<Vec<u8>> {
    tokio::time::timeout(LONGEST_BODY, gather(payload)).await.map_err(|_| too_slow())?
}

async fn gather(payload: &mut web::Payload) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        let next = tokio::time::timeout(LONGEST_SILENCE, payload.next()).await;
        let chunk = match next.map_err(|_| too_slow())? {
            None => return Ok(bytes),
            Some(chunk) => chunk.map_err(|_| cut_off())?,
        };
        if bytes.len() + chunk.len() > LARGEST_FILE {
            return Err(too_large().into());
        }
        bytes.extend_from_slice(&chunk);
    }
}

/// Reads on and throws away, within bounds; nothing when the body was read already.
async fn waste(payload: &mut web::Payload) {
    let reading = async {
        let mut wasted = 0;
        while let Some(Ok(chunk)) = payload.next().await {
            wasted += chunk.len();
            if wasted > LARGEST_WASTE {
                break;
            }
        }
    };
    // Out of time: the sender hears nothing, which is all that is left.
    let _ = tokio::time::timeout(LONGEST_SILENCE, reading).await;
}

fn refusal(code: Code, message: &str) -> Refusal {
    Refusal::new(code, "file", message)
}

fn too_large() -> Refusal {
    refusal(
        Code::TooLarge,
        "The picture has more than 10 MB; at most 10.0 MB are taken. Send a smaller version, or a screenshot of it.",
    )
}

fn too_slow() -> Refusal {
    refusal(
        Code::TooLate,
        "The picture arrived too slowly. Send it again where the signal is better, or send a smaller version.",
    )
}

fn cut_off() -> Refusal {
    refusal(Code::BadRequest, "The picture did not arrive whole. Send it again.")
}

fn busy() -> Refusal {
    refusal(
        Code::Unavailable,
        "Many photos are arriving at this moment. Send it again in a minute; the address still holds.",
    )
}

/// What a sender hears of a photo that is there.
fn told(photo: &attachment::Model) -> serde_json::Value {
    json!({
        "id": photo.id.to_string(),
        "state": photo.state.as_str(),
        "contentType": photo.content_type,
        "byteSize": photo.byte_size,
        "width": photo.width,
        "height": photo.height,
    })
}

/// `GET /files/{token}`: hands out a photo, by a signed address, or by its id with a bearer token.
pub async fn get(
    request: HttpRequest,
    name: web::Path<String>,
    app: web::Data<App>,
) -> HttpResponse {
    let credentials = match credentials(&request, &app.house.config) {
        Ok(credentials) => credentials,
        Err(message) => return unauthenticated(message),
    };
    let opening = app.get_ref().clone();
    let name = name.into_inner();
    let opened = app.runtime.spawn(async move {
        let Ok(id) = AttachmentId::parse(&name) else {
            let scope = Scope::system(opening.house.clone());
            return Ok(service::open(&scope, Asked::Sealed(name)).await);
        };
        let scope = opening.scope_for(&credentials).await?;
        Ok::<_, Denied>(service::open(&scope, Asked::ById(id)).await)
    });
    match opened.await {
        Ok(Ok(Ok(opened))) => hand_out(opened),
        Ok(Ok(Err(error))) => refuse(&error),
        Ok(Err(Denied::Unauthenticated(message))) => unauthenticated(&message),
        Ok(Err(Denied::Refused(refusal))) => {
            refuse(&Refusal::new(refusal.code, "", refusal.message).into())
        }
        Ok(Err(Denied::Overdrawn(overdrawn))) => {
            refuse(&Refusal::new(Code::RateLimited, "", overdrawn.message()).into())
        }
        Err(error) => refuse(&Fault::internal(format!("a file request crashed: {error}")).into()),
    }
}

/// The file: never run, never guessed at, never kept by a proxy.
fn hand_out(opened: Opened) -> HttpResponse {
    let Opened { photo, bytes } = opened;
    let content_type = photo.content_type.as_deref().unwrap_or("application/octet-stream");
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, content_type))
        .insert_header((header::CONTENT_DISPOSITION, disposition(&photo)))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CACHE_CONTROL, "private, max-age=600"))
        .insert_header((header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .body(bytes)
}

/// `attachment` with a safe name: what is not an ASCII letter, digit, hyphen or underscore becomes
/// an underscore, and the whole name follows percent-encoded (RFC 6266, RFC 8187). The ending is
/// that of the file as kept.
fn disposition(photo: &attachment::Model) -> String {
    let ending = if photo.content_type.as_deref() == Some("image/png") { "png" } else { "jpg" };
    let given = photo.file_name.as_deref().unwrap_or("photo");
    let stem = given.rsplit_once('.').map_or(given, |(stem, _)| stem);
    let stem = if stem.trim_matches('.').is_empty() { "photo" } else { stem };
    let plain: String =
        stem.chars().map(|mark| if is_plain(mark) { mark } else { '_' }).take(100).collect();
    let whole: String = stem.bytes().fold(String::new(), |mut out, byte| {
        use std::fmt::Write as _;
        if is_plain(char::from(byte)) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    });
    format!("attachment; filename=\"{plain}.{ending}\"; filename*=UTF-8''{whole}.{ending}")
}

fn is_plain(mark: char) -> bool {
    mark.is_ascii_alphanumeric() || mark == '-' || mark == '_'
}

fn start(status: StatusCode) -> HttpResponseBuilder {
    let mut builder = HttpResponse::build(status);
    builder
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"));
    builder
}

fn unauthenticated(message: &str) -> HttpResponse {
    let mut response = refuse(&Refusal::new(Code::Unauthenticated, "", message).into());
    response.headers_mut().insert(
        HeaderName::from_static("www-authenticate"),
        header::HeaderValue::from_static("Bearer realm=\"earshot\", error=\"invalid_token\""),
    );
    response
}

/// An error as JSON: `{field, code, message}`, a fault with its trace id instead of its detail.
fn refuse(error: &Error) -> HttpResponse {
    match error {
        Error::Refusal(refusal) => start(status(refusal.code)).json(json!({
            "field": refusal.field,
            "code": refusal.code.as_str(),
            "message": refusal.message,
        })),
        Error::Fault(fault) => {
            let trace_id = secret::trace_id();
            tracing::error!(trace_id, code = fault.code.as_str(), detail = fault.detail, "fault");
            start(status(fault.code)).json(json!({
                "field": [],
                "code": fault.code.as_str(),
                "message": "Something went wrong on our side. Nothing was changed. Try again, and give the trace id to your administrator if it stays.",
                "traceId": trace_id,
            }))
        }
    }
}

fn status(code: Code) -> StatusCode {
    match code {
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::Forbidden => StatusCode::FORBIDDEN,
        Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::UnsupportedType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Code::TooLate => StatusCode::REQUEST_TIMEOUT,
        Code::Required | Code::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Code::BadRequest => StatusCode::BAD_REQUEST,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::StorageFull => StatusCode::INSUFFICIENT_STORAGE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use entity::id::SubmissionId;
    use entity::instant::Instant;
    use uuid::Uuid;

    use super::*;

    fn named(file_name: Option<&str>, content_type: &str) -> attachment::Model {
        attachment::Model {
            id: AttachmentId(Uuid::from_u128(1)),
            submission_id: SubmissionId(Uuid::from_u128(2)),
            state: AttachmentState::Ready,
            file_name: file_name.map(str::to_owned),
            content_type: Some(content_type.to_owned()),
            byte_size: Some(1),
            width: Some(1),
            height: Some(1),
            digest: None,
            created_by: None,
            created_at: Instant(0),
            expires_at: Instant(0),
            ready_at: None,
        }
    }

    #[test]
    fn a_name_cannot_leave_its_header() {
        for (given, kind, expected) in [
            (None, "image/jpeg", "attachment; filename=\"photo.jpg\"; filename*=UTF-8''photo.jpg"),
            (
                Some("a\"; x=\r\ny.html"),
                "image/png",
                "attachment; filename=\"a___x___y.png\"; filename*=UTF-8''a%22%3B%20x%3D%0D%0Ay.png",
            ),
            (
                Some("café.HEIC"),
                "image/jpeg",
                "attachment; filename=\"caf_.jpg\"; filename*=UTF-8''caf%C3%A9.jpg",
            ),
            (
                Some(".htaccess"),
                "image/jpeg",
                "attachment; filename=\"photo.jpg\"; filename*=UTF-8''photo.jpg",
            ),
        ] {
            assert_eq!(disposition(&named(given, kind)), expected);
        }
    }
}
