//! The address in a mail that stops such mails (RFC 8058): POST stops them without a sign-in, GET
//! only asks, because mail scanners open every address they see.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use super::page::{Page, show};
use super::server::App;
use crate::kit::scope::Scope;
use crate::notify::links::Stop;
use crate::notify::words::Language;
use crate::notify::{hearing, service};

/// Asks whether such mails should stop.
pub async fn ask(app: web::Data<App>, token: web::Path<String>) -> HttpResponse {
    match known(&app, &token).await {
        Some((_, language)) => show(&Page {
            status: StatusCode::OK,
            language,
            title: "unsubscribe-title",
            text: "unsubscribe-what",
            button: Some("unsubscribe-button"),
        }),
        None => broken(),
    }
}

/// Stops such mails.
pub async fn stop(app: web::Data<App>, token: web::Path<String>) -> HttpResponse {
    let Some((stop, language)) = known(&app, &token).await else { return broken() };
    let scope = Scope::system(app.house.clone());
    // A task of its own: a mail program that hangs up does not undo it.
    let done = app.runtime.spawn(async move { hearing::stop(&scope, stop).await }).await;
    match done {
        Ok(Ok(())) => show(&Page {
            status: StatusCode::OK,
            language,
            title: "unsubscribe-done-title",
            text: "unsubscribe-done",
            button: None,
        }),
        failed => {
            tracing::error!(?failed, "mails were not stopped");
            HttpResponse::ServiceUnavailable().finish()
        }
    }
}

async fn known(app: &web::Data<App>, token: &str) -> Option<(Stop, Language)> {
    let stop = Stop::read(&app.house.keys, token)?;
    let scope = Scope::system(app.house.clone());
    let language = app.runtime.spawn(async move { service::language_of(&scope, stop).await });
    Some((stop, language.await.ok().and_then(Result::ok).unwrap_or(Language::En)))
}

fn broken() -> HttpResponse {
    show(&Page {
        status: StatusCode::NOT_FOUND,
        language: Language::En,
        title: "unsubscribe-broken-title",
        text: "unsubscribe-broken",
        button: None,
    })
}
