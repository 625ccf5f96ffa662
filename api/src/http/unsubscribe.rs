//! The address in a mail that stops such mails (RFC 8058): POST stops them without a sign-in, GET
//! only asks, because mail scanners open every address they see. Both say in plain words which mails
//! stop and which go on.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use entity::notify::values::Topic;

use super::page::{List, Page, show};
use super::server::App;
use crate::kit::scope::Scope;
use crate::notify::hearing::{self, Stopping};
use crate::notify::links::Stop;
use crate::notify::words::Language;

/// Asks whether such mails should stop.
pub async fn ask(app: web::Data<App>, token: web::Path<String>) -> HttpResponse {
    match known(&app, &token).await {
        Some((_, it)) if it.stops.is_empty() => show(&page(&it, Said::Nothing)),
        Some((_, it)) => show(&page(&it, Said::Asked)),
        None => broken(),
    }
}

/// Stops such mails.
pub async fn stop(app: web::Data<App>, token: web::Path<String>) -> HttpResponse {
    let Some((stop, it)) = known(&app, &token).await else { return broken() };
    let scope = Scope::system(app.house.clone());
    // A task of its own: a mail program that hangs up does not undo it.
    let done = app.runtime.spawn(async move { hearing::stop(&scope, stop).await }).await;
    match done {
        Ok(Ok(())) if it.stops.is_empty() => show(&page(&it, Said::Nothing)),
        Ok(Ok(())) => show(&page(&it, Said::Done)),
        failed => {
            tracing::error!(?failed, "mails were not stopped");
            HttpResponse::ServiceUnavailable().finish()
        }
    }
}

/// What the page is about.
#[derive(Clone, Copy)]
enum Said {
    Asked,
    Done,
    /// They were stopped before.
    Nothing,
}

fn page(it: &Stopping, said: Said) -> Page {
    let (title, lead) = match said {
        Said::Asked => ("unsubscribe-title", "unsubscribe-stops"),
        Said::Done => ("unsubscribe-done-title", "unsubscribe-stopped"),
        Said::Nothing => ("unsubscribe-nothing-title", "unsubscribe-stopped"),
    };
    let goes_on = it.goes_on.iter().copied().map(called).chain(["unsubscribe-always"]);
    let stops = List { lead, lines: it.stops.iter().copied().map(called).collect() };
    let others = List { lead: "unsubscribe-goes-on", lines: goes_on.collect() };
    Page {
        status: StatusCode::OK,
        language: it.language,
        title,
        lists: vec![stops, others],
        text: "unsubscribe-what",
        button: matches!(said, Said::Asked).then_some("unsubscribe-button"),
    }
}

/// Mails about a topic, in plain words.
const fn called(topic: Topic) -> &'static str {
    match topic {
        Topic::Own => "mails-own",
        Topic::Followed => "mails-followed",
        Topic::Comments => "mails-comments",
        Topic::Work => "mails-work",
        Topic::Announcements => "mails-announcements",
    }
}

async fn known(app: &web::Data<App>, token: &str) -> Option<(Stop, Stopping)> {
    let stop = Stop::read(&app.house.keys, token)?;
    let scope = Scope::system(app.house.clone());
    let found = app.runtime.spawn(async move { hearing::stopping(&scope, stop).await });
    match found.await {
        Ok(Ok(it)) => Some((stop, it)),
        failed => {
            tracing::error!(?failed, "what an address stops was not found");
            None
        }
    }
}

fn broken() -> HttpResponse {
    show(&Page {
        status: StatusCode::NOT_FOUND,
        language: Language::En,
        title: "unsubscribe-broken-title",
        lists: Vec::new(),
        text: "unsubscribe-broken",
        button: None,
    })
}
