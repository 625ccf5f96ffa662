//! Whose request it is: reads the credentials from the headers and asks identity.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;

use crate::config::Config;
use crate::kit::secret;

/// Header that carries the token of an enrolled device.
pub const DEVICE_HEADER: &str = "earshot-device";
/// Name of the refresh cookie behind https.
pub const SECURE_COOKIE: &str = "__Host-earshot-refresh";
/// Name of the refresh cookie on plain http (development on one machine).
pub const PLAIN_COOKIE: &str = "earshot-refresh";

/// What a request carries besides its body.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// The bearer token, JWT or API token.
    pub bearer: Option<String>,
    /// The token of an enrolled device.
    pub device: Option<String>,
    /// The refresh token of the cookie; only `sessionRefresh` and `signOut` look at it.
    pub refresh_cookie: Option<String>,
    /// The caller's address as the trusted proxies tell it.
    pub address: Option<IpAddr>,
}

impl Credentials {
    /// Fingerprint of the enrolled device's token, for guess limits.
    #[must_use]
    pub fn device_fingerprint(&self) -> Option<String> {
        self.device.as_deref().map(secret::sha256_hex)
    }
}

/// Reads the credentials of a request.
///
/// # Errors
/// A sentence, when there is an Authorization header that is not `Bearer TOKEN`.
pub fn credentials(request: &HttpRequest, config: &Config) -> Result<Credentials, &'static str> {
    Ok(Credentials {
        bearer: bearer(request)?,
        device: header(request, DEVICE_HEADER),
        refresh_cookie: cookie(request),
        address: address(request, config),
    })
}

fn header(request: &HttpRequest, name: &str) -> Option<String> {
    request.headers().get(name)?.to_str().ok().map(str::to_owned)
}

fn bearer(request: &HttpRequest) -> Result<Option<String>, &'static str> {
    let Some(value) = request.headers().get(AUTHORIZATION) else { return Ok(None) };
    let text = value.to_str().unwrap_or("");
    match text.split_once(' ') {
        Some((scheme, token))
            if scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty() =>
        {
            Ok(Some(token.trim().to_owned()))
        }
        _ => Err("The Authorization header must be `Bearer TOKEN`."),
    }
}

fn cookie(request: &HttpRequest) -> Option<String> {
    [SECURE_COOKIE, PLAIN_COOKIE]
        .iter()
        .find_map(|name| request.cookie(name))
        .map(|cookie| cookie.value().to_owned())
}

/// The peer, or, when the peer is a trusted proxy, the nearest address in X-Forwarded-For that is
/// not one.
fn address(request: &HttpRequest, config: &Config) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip();
    if !config.trusted_proxies.contains(&peer) {
        return Some(peer);
    }
    let forwarded = header(request, "x-forwarded-for").unwrap_or_default();
    forwarded
        .rsplit(',')
        .filter_map(|part| part.trim().parse().ok())
        .find(|address| !config.trusted_proxies.contains(address))
        .or(Some(peer))
}

/// The header value that sets the refresh cookie for `life` microseconds; 0 clears it. `__Host-`
/// needs https, so plain http gets a plain cookie.
#[must_use]
pub fn refresh_cookie(config: &Config, token: &str, life: i64) -> String {
    let seconds = (life / entity::instant::SECOND).max(0);
    let rest = format!("Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}");
    if config.public_url.starts_with("https://") {
        format!("{SECURE_COOKIE}={token}; Secure; {rest}")
    } else {
        format!("{PLAIN_COOKIE}={token}; {rest}")
    }
}
