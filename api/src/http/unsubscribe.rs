//! The address in a mail that stops such mails (RFC 8058): POST stops them without a sign-in, GET
//! only asks, because mail scanners open every address they see.

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{HttpResponse, web};

use super::server::App;
use crate::kit::scope::Scope;
use crate::notify::links::Stop;
use crate::notify::service;
use crate::notify::templates::html_text;
use crate::notify::words::{Language, say};

/// What a page shows.
struct Page {
    status: StatusCode,
    language: Language,
    title: &'static str,
    text: &'static str,
    button: Option<&'static str>,
}

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
    let done = app.runtime.spawn(async move { service::stop(&scope, stop).await }).await;
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

fn show(page: &Page) -> HttpResponse {
    let said = |key| html_text(&say(page.language, key));
    let button = page.button.map_or_else(String::new, |key| {
        format!("<form method=\"post\"><button type=\"submit\">{}</button></form>", said(key))
    });
    let html = format!(
        "<!doctype html>\n<html lang=\"{language}\" dir=\"{direction}\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<meta name=\"robots\" content=\"noindex\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n<main><h1>{title}</h1><p>{text}</p>{button}</main>\n</html>\n",
        language = page.language.tag(),
        direction = page.language.direction(),
        title = said(page.title),
        text = said(page.text),
    );
    HttpResponse::build(page.status)
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .body(html)
}

const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

const STYLE: &str = ":root{color-scheme:light dark}body{margin:0;font:1.125rem/1.5 system-ui,sans-serif}\
main{max-width:32rem;margin:4rem auto;padding:0 1.25rem}h1{font-size:1.5rem;line-height:1.25}\
button{font:inherit;min-height:3rem;padding:.5rem 1.25rem;border:0;border-radius:.5rem;background:#1d4ed8;color:#fff}";
