//! A file that is the same for everybody: made once, compressed once, not sent again to whoever has it.

use std::io::Write as _;

use actix_web::http::header::{self, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use sha2::{Digest as _, Sha256};

use crate::kit::secret;

/// Below this it fits into one packet as it is.
const FLOOR: usize = 1_400;
/// What brotli may take: 5 is near to the best in size, at a tenth of the time.
const QUALITY: u32 = 5;
/// log2 of the window in bytes: all of a page.
const WINDOW: u32 = 22;

/// What a browser may do with a page that has no form and no script but its own files.
pub const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Bytes with what is to be said about them.
#[derive(Clone, Debug)]
pub struct Served {
    media: &'static str,
    policy: &'static str,
    tag: String,
    plain: Bytes,
    /// By brotli, where that is worth it.
    compressed: Option<Bytes>,
}

impl Served {
    /// A page.
    #[must_use]
    pub fn page(html: String) -> Self {
        Self::new("text/html; charset=utf-8", PAGE_POLICY, html.into_bytes())
    }

    /// A file of a page: a style or a script. What a page may do stands with the page.
    #[must_use]
    pub fn part(media: &'static str, bytes: &[u8]) -> Self {
        Self::new(media, "default-src 'none'; frame-ancestors 'none'", bytes.to_vec())
    }

    /// Bytes of this media type, under this Content-Security-Policy.
    #[must_use]
    pub fn new(media: &'static str, policy: &'static str, plain: Vec<u8>) -> Self {
        let hash = secret::hex(&Sha256::digest(&plain));
        let compressed = (plain.len() >= FLOOR).then(|| brotli(&plain)).flatten();
        // Weak: the bytes differ with the encoding, what they say does not.
        Self {
            media,
            policy,
            tag: format!("W/\"{}\"", &hash[..32]),
            plain: plain.into(),
            compressed,
        }
    }

    /// The file, or 304 for whoever has it.
    #[must_use]
    pub fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let known = header_of(request, header::IF_NONE_MATCH);
        let mut builder = if known.split(',').any(|it| it.trim() == self.tag || it.trim() == "*") {
            HttpResponse::NotModified()
        } else {
            HttpResponse::Ok()
        };
        builder
            .insert_header((header::ETAG, self.tag.as_str()))
            // Asked for anew each time, sent anew only when it is another.
            .insert_header((header::CACHE_CONTROL, "no-cache"))
            .insert_header((header::VARY, "Accept-Encoding"))
            .insert_header((header::CONTENT_SECURITY_POLICY, self.policy))
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .insert_header((header::X_FRAME_OPTIONS, "DENY"))
            .insert_header((header::REFERRER_POLICY, "no-referrer"));
        let mut response = builder.finish();
        if response.status() == actix_web::http::StatusCode::NOT_MODIFIED {
            return response;
        }
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.media));
        match &self.compressed {
            Some(compressed) if takes_brotli(request) => {
                headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
                response.set_body(compressed.clone()).map_into_boxed_body()
            }
            _ => response.set_body(self.plain.clone()).map_into_boxed_body(),
        }
    }

    /// Size in bytes: as it is, and compressed.
    #[must_use]
    pub fn sizes(&self) -> (usize, usize) {
        let plain = self.plain.len();
        (plain, self.compressed.as_ref().map_or(plain, Bytes::len))
    }
}

fn brotli(plain: &[u8]) -> Option<Bytes> {
    let mut compressed = Vec::new();
    let mut writer = brotli::CompressorWriter::new(&mut compressed, 1 << 16, QUALITY, WINDOW);
    writer.write_all(plain).and_then(|()| writer.flush()).ok()?;
    drop(writer);
    (compressed.len() < plain.len()).then(|| compressed.into())
}

fn header_of(request: &HttpRequest, name: header::HeaderName) -> &str {
    request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
}

/// Whether the client named brotli and did not refuse it.
fn takes_brotli(request: &HttpRequest) -> bool {
    header_of(request, header::ACCEPT_ENCODING).split(',').any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let named = parts.next().is_some_and(|it| it.eq_ignore_ascii_case("br"));
        let quality = parts.find_map(|it| it.strip_prefix("q=")).unwrap_or("1");
        named && quality.trim().parse::<f32>().is_ok_and(|it| it > 0.0)
    })
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn brotli_is_for_who_asks_for_it() {
        let takes = |accepts: &str| {
            let request = TestRequest::get().insert_header((header::ACCEPT_ENCODING, accepts));
            takes_brotli(&request.to_http_request())
        };
        for accepts in ["br", "gzip, br", "gzip;q=1.0, BR;q=0.5", "br;q=1"] {
            assert!(takes(accepts), "{accepts}");
        }
        for accepts in ["", "gzip", "br;q=0", "brx", "*;q=0"] {
            assert!(!takes(accepts), "{accepts}");
        }
    }

    #[test]
    fn who_has_it_gets_it_not_again() {
        let served = Served::page("a page ".repeat(500));
        let request = |tag: &str| {
            let request = TestRequest::get().insert_header((header::IF_NONE_MATCH, tag.to_owned()));
            served.answer(&request.to_http_request()).status().as_u16()
        };
        let tag = served.tag.clone();
        for known in [tag.clone(), format!("\"other\", {tag}"), String::from("*")] {
            assert_eq!(request(&known), 304, "{known}");
        }
        for other in ["", "\"other\"", &tag[2..]] {
            assert_eq!(request(other), 200, "{other}");
        }
        let (plain, compressed) = served.sizes();
        assert!(compressed * 10 < plain, "{compressed} of {plain}");
    }
}
