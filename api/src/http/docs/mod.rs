//! What integrators read: `/docs/start`, `/docs/api`, `/docs/errors`, `/docs/events`,
//! `/docs/changes`.
//!
//! The reference and the errors are made from the schema and the catalogue of this very binary, the
//! rest is written (`docs/`). All of it is public, the same for everybody, made at the first request
//! and then kept. It works without scripts; a script adds the search. Nothing comes from elsewhere.

pub mod errors;
mod frame;
pub mod markdown;
pub mod model;
mod prose;
mod reference;
pub mod served;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use actix_web::http::{Method, header};
use actix_web::{HttpRequest, HttpResponse, web};

use self::frame::{Content, framed, links};
use self::model::Catalogue;
use self::prose::escaped;
use self::served::Served;
use super::server::App;
use crate::graphql::schema::Schema;
use crate::kit::error::Fault;

/// docs/INTEGRATING.md.
const START: &str = include_str!("../../../../docs/INTEGRATING.md");
/// docs/EVENTS.md.
const EVENTS: &str = include_str!("../../../../docs/EVENTS.md");
/// docs/SCHEMA-CHANGES.md.
const CHANGES: &str = include_str!("../../../../docs/SCHEMA-CHANGES.md");
const BEGINNING: &str = include_str!("../../../assets/docs/beginning.html");
const STYLE: &[u8] = include_bytes!("../../../assets/docs/docs.css");
const SCRIPT: &[u8] = include_bytes!("../../../assets/docs/docs.js");
const ICON: &[u8] = include_bytes!("../../../assets/docs/icon.svg");
/// The files of the first steps that the reference shows at its beginning.
const STEPS: &[(&str, &str)] = &[
    ("QUERY", include_str!("../../../../examples/curl/query.sh")),
    ("MUTATION", include_str!("../../../../examples/curl/mutation.sh")),
    ("FOLLOW", include_str!("../../../../examples/curl/follow.sh")),
];

/// All files by address. The schema of a process is one, so its pages are too.
static SHELF: OnceLock<BTreeMap<&'static str, Served>> = OnceLock::new();

/// Addresses of all that is served here.
pub const ADDRESSES: &[&str] = &[
    "/docs/start",
    "/docs/api",
    "/docs/errors",
    "/docs/events",
    "/docs/changes",
    "/docs/docs.css",
    "/docs/docs.js",
    "/docs/icon.svg",
];

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    for address in ADDRESSES {
        config.route(address, web::route().to(serve));
    }
    for address in ["/docs", "/docs/"] {
        config.route(address, web::get().to(beginning));
    }
}

async fn beginning() -> HttpResponse {
    HttpResponse::Found().insert_header((header::LOCATION, "/docs/start")).finish()
}

async fn serve(request: HttpRequest, app: web::Data<App>) -> HttpResponse {
    if !only_for_reading(&request) {
        return not_for_writing();
    }
    // Making them takes a moment of one thread: not of one that answers others.
    let schema = app.schema.clone();
    let shelf = app.runtime.spawn_blocking(move || shelf(&schema)).await;
    match shelf {
        Ok(Ok(shelf)) => shelf
            .get(request.path())
            .map_or_else(|| HttpResponse::NotFound().finish(), |it| it.answer(&request)),
        Ok(Err(fault)) => not_now(&fault.detail),
        Err(error) => not_now(&error.to_string()),
    }
}

/// Whether somebody only wants to read.
#[must_use]
pub fn only_for_reading(request: &HttpRequest) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD)
}

/// The answer to whoever wants more.
#[must_use]
pub fn not_for_writing() -> HttpResponse {
    HttpResponse::MethodNotAllowed()
        .insert_header((header::ALLOW, "GET, HEAD"))
        .content_type("text/plain; charset=utf-8")
        .body("This is only for reading.\n")
}

fn not_now(detail: &str) -> HttpResponse {
    tracing::error!(detail, "the documentation was not made");
    HttpResponse::InternalServerError()
        .content_type("text/plain; charset=utf-8")
        .body("The documentation cannot be shown. Its texts are in the repository, under docs/.\n")
}

/// All files, made when they are first asked for.
fn shelf(schema: &Schema) -> Result<&'static BTreeMap<&'static str, Served>, Fault> {
    if let Some(shelf) = SHELF.get() {
        return Ok(shelf);
    }
    let made = pages(&schema.sdl())?;
    Ok(SHELF.get_or_init(|| made))
}

fn pages(sdl: &str) -> Result<BTreeMap<&'static str, Served>, Fault> {
    let catalogue = Catalogue::read(sdl)?;
    Ok(BTreeMap::from([
        ("/docs/start", Served::page(written("/docs/start", START))),
        ("/docs/api", Served::page(reference::page(&catalogue, &first_steps()))),
        ("/docs/errors", Served::page(errors::page(&catalogue))),
        ("/docs/events", Served::page(written("/docs/events", EVENTS))),
        ("/docs/changes", Served::page(written("/docs/changes", CHANGES))),
        ("/docs/docs.css", Served::part("text/css; charset=utf-8", STYLE)),
        ("/docs/docs.js", Served::part("text/javascript; charset=utf-8", SCRIPT)),
        ("/docs/icon.svg", Served::part("image/svg+xml", ICON)),
    ]))
}

fn written(address: &str, text: &str) -> String {
    let page = markdown::written(text);
    let side = links(page.chapters.iter().map(|(anchor, title)| (anchor.as_str(), title.as_str())));
    framed(&Content { address, title: &page.title, side: &side, main: &page.html })
}

/// The beginning of the reference, with the very files of `examples/`.
fn first_steps() -> String {
    STEPS.iter().fold(BEGINNING.to_owned(), |html, (mark, file)| {
        html.replace(&format!("{{{{{mark}}}}}"), escaped(file.trim_end()).as_str())
    })
}
