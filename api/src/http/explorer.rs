//! `/graphql/explorer`: GraphiQL for whoever is signed in (built from `explorer/`).
//!
//! The page itself knows nothing of the schema: it asks for it with the token of whoever signed in there.
//! Its policy admits its own script and style and the API, and nothing else.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use actix_web::{HttpRequest, HttpResponse, web};

use super::docs::served::Served;
use super::docs::{not_for_writing, only_for_reading};

const SCRIPT: &[u8] = include_bytes!("../../assets/explorer/explorer.js");
const STYLE: &[u8] = include_bytes!("../../assets/explorer/explorer.css");
const LICENCES: &[u8] = include_bytes!("../../assets/explorer/LICENCES.txt");
const PAGE: &str = include_str!("../../assets/explorer.html");

/// Icons of the editor are `data:` pictures in its style.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Addresses of all that is served here.
pub const ADDRESSES: &[&str] = &[
    "/graphql/explorer",
    "/graphql/explorer/explorer.js",
    "/graphql/explorer/explorer.css",
    "/graphql/explorer/licences.txt",
];

static SHELF: OnceLock<BTreeMap<&'static str, Served>> = OnceLock::new();

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    for address in ADDRESSES {
        config.route(address, web::route().to(serve));
    }
}

async fn serve(request: HttpRequest) -> HttpResponse {
    if !only_for_reading(&request) {
        return not_for_writing();
    }
    // Compressing takes a moment, once: not of a thread that answers others.
    let shelf = match SHELF.get() {
        Some(shelf) => Some(shelf),
        None => web::block(|| SHELF.get_or_init(shelf)).await.ok(),
    };
    let found = shelf.and_then(|shelf| shelf.get(request.path()));
    found.map_or_else(
        || HttpResponse::InternalServerError().finish(),
        |served| served.answer(&request),
    )
}

fn shelf() -> BTreeMap<&'static str, Served> {
    let [page, script, style, licences] = [0, 1, 2, 3].map(|at: usize| ADDRESSES[at]);
    BTreeMap::from([
        (page, Served::new("text/html; charset=utf-8", POLICY, PAGE.as_bytes().to_vec())),
        (script, Served::part("text/javascript; charset=utf-8", SCRIPT)),
        (style, Served::part("text/css; charset=utf-8", STYLE)),
        (licences, Served::part("text/plain; charset=utf-8", LICENCES)),
    ])
}
