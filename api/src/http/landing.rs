//! Where the links of mails land until the web client is built: they say where to go on, and tell
//! nothing about the submission to whoever has the address.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};

use super::page::{Page, show};
use crate::notify::words::Language;

/// `/s/EAR-142`, the link of every mail about a submission.
pub async fn item(request: HttpRequest) -> HttpResponse {
    show(&Page {
        status: StatusCode::OK,
        language: language_of(&request),
        title: "landing-item-title",
        lists: Vec::new(),
        text: "landing-item",
        button: None,
    })
}

/// `/announcements/...`, the link of every mail about an announcement.
pub async fn announcement(request: HttpRequest) -> HttpResponse {
    show(&Page {
        status: StatusCode::OK,
        language: language_of(&request),
        title: "landing-announcement-title",
        lists: Vec::new(),
        text: "landing-announcement",
        button: None,
    })
}

/// `/preferences`, the link at the end of every mail.
pub async fn preferences(request: HttpRequest) -> HttpResponse {
    show(&Page {
        status: StatusCode::OK,
        language: language_of(&request),
        title: "landing-preferences-title",
        lists: Vec::new(),
        text: "landing-preferences",
        button: None,
    })
}

/// The first language that the browser asks for, as far as we speak it.
fn language_of(request: &HttpRequest) -> Language {
    let wanted =
        request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let first = wanted.and_then(|value| value.split([',', ';']).next()).unwrap_or("en");
    Language::best(first.trim())
}
