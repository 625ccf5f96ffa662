//! Compression where it pays: long answers, never streams.
//!
//! An answer below [`FLOOR`] fits into one packet whether compressed or not. A stream would be held
//! back until the encoder has enough of it. The choice among br, zstd and gzip is the client's.
//! Nothing is ever authenticated by a cookie that a page of another site could make a browser send
//! (docs/API-DESIGN.md), so the length of a compressed answer tells strangers nothing.

use actix_web::Error;
use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_ENCODING, HeaderValue};
use actix_web::middleware::Next;

/// Shortest body that is compressed, in bytes: about what one packet carries.
const FLOOR: u64 = 1_400;
/// Not compressed. Never sent: [`finish`] takes it off.
const AS_IT_IS: HeaderValue = HeaderValue::from_static("identity");

/// Marks what is to stay as it is, for the encoder around this.
///
/// # Errors
/// None of its own.
pub async fn choose<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let mut response = next.call(request).await?;
    let pays = matches!(response.response().body().size(), BodySize::Sized(size) if size >= FLOOR);
    if !pays && !response.headers().contains_key(CONTENT_ENCODING) {
        response.headers_mut().insert(CONTENT_ENCODING, AS_IT_IS);
    }
    Ok(response)
}

/// Takes the mark off again.
///
/// # Errors
/// None of its own.
pub async fn finish<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let mut response = next.call(request).await?;
    if response.headers().get(CONTENT_ENCODING) == Some(&AS_IT_IS) {
        response.headers_mut().remove(CONTENT_ENCODING);
    }
    Ok(response)
}
