//! `/link`: the page that opens a one-time link.
//!
//! GET shows a button and spends nothing, because mail scanners fetch every address they see; the
//! button POSTs. Nothing is loaded from elsewhere, nothing is cached, and the address is not told
//! to other sites: it carries the secret.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::auth::{self, Credentials};
use super::page::STYLE;
use super::server::App;
use crate::identity::service::links;
use crate::identity::service::sessions::Opened;
use crate::identity::service::set_up::{self, SetUp};
use crate::kit::actor::Actor;
use crate::kit::error::{Error, Result};
use crate::kit::scope::Scope;

/// Longest token that is looked at, in bytes.
const LONGEST: usize = 100;

/// What the address carries.
#[derive(Deserialize)]
pub struct Asked {
    token: Option<String>,
}

/// What the form sends.
#[derive(Deserialize)]
pub struct Form {
    token: String,
    organisation: Option<String>,
    name: Option<String>,
    email: Option<String>,
    password: Option<String>,
}

/// The page with the button, or with the form of the first set-up.
pub async fn ask(app: web::Data<App>, asked: web::Query<Asked>) -> HttpResponse {
    let token = asked.into_inner().token.unwrap_or_default();
    if !plain(&token) {
        return page(StatusCode::NOT_FOUND, "This link is not complete", INCOMPLETE);
    }
    let scope = Scope::new(app.house.clone(), Actor::anonymous());
    let secret = token.clone();
    let kind = app.runtime.spawn(async move { links::kind_of(&scope, &secret).await }).await;
    match kind {
        Ok(Ok(Some(links::Kind::SignIn))) => {
            page(StatusCode::OK, "Sign in to Earshot", &button(&token))
        }
        Ok(Ok(Some(links::Kind::SetUp))) => {
            page(StatusCode::OK, "Set up Earshot", &form(&token, &Form::empty(), ""))
        }
        Ok(Ok(None)) => page(StatusCode::NOT_FOUND, "This link is over", OVER),
        Ok(Err(_)) | Err(_) => unavailable(),
    }
}

/// Opens the link.
pub async fn open(
    request: HttpRequest,
    app: web::Data<App>,
    form: web::Form<Form>,
) -> HttpResponse {
    // A form of another site must not sign anybody in under a foreign name.
    let site = request.headers().get("sec-fetch-site").and_then(|it| it.to_str().ok());
    if matches!(site, Some("cross-site" | "same-site")) {
        return page(StatusCode::FORBIDDEN, "Not from here", "<p>Open the link itself.</p>");
    }
    let Ok(credentials) = auth::credentials(&request, &app.house.config) else {
        return page(StatusCode::BAD_REQUEST, "Not like this", INCOMPLETE);
    };
    let form = form.into_inner();
    let scope = Scope::new(app.house.clone(), Actor::anonymous());
    let sent = form.clone_of();
    // A task of its own: a browser that goes away does not stop it half-way.
    let done = app.runtime.spawn(async move { opened(&scope, &credentials, sent).await }).await;
    match done {
        Ok(Ok(opened)) => welcome(&app, &opened),
        Ok(Err(Error::Refusal(refusal))) if form.organisation.is_some() => {
            let body = self::form(&form.token, &form, &refusal.message);
            page(StatusCode::UNPROCESSABLE_ENTITY, "Set up Earshot", &body)
        }
        Ok(Err(Error::Refusal(_))) => page(StatusCode::NOT_FOUND, "This link is over", OVER),
        Ok(Err(Error::Fault(fault))) => {
            tracing::error!(detail = fault.detail, "a link was not opened");
            unavailable()
        }
        Err(error) => {
            tracing::error!(%error, "opening a link crashed");
            unavailable()
        }
    }
}

async fn opened(scope: &Scope, credentials: &Credentials, form: Form) -> Result<Opened> {
    let Some(organisation) = form.organisation else {
        return links::sign_in_by_link(scope, credentials, &form.token).await;
    };
    let set_up = SetUp {
        token: form.token,
        organisation,
        name: form.name.unwrap_or_default(),
        email: form.email.unwrap_or_default(),
        password: form.password,
    };
    set_up::complete(scope, credentials, set_up).await
}

impl Form {
    fn empty() -> Self {
        Self { token: String::new(), organisation: None, name: None, email: None, password: None }
    }

    fn clone_of(&self) -> Self {
        Self {
            token: self.token.clone(),
            organisation: self.organisation.clone(),
            name: self.name.clone(),
            email: self.email.clone(),
            password: self.password.clone(),
        }
    }
}

fn plain(token: &str) -> bool {
    !token.is_empty()
        && token.len() <= LONGEST
        && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

const INCOMPLETE: &str = "<p>Copy the whole address, also when it stands on two lines.</p>";
const OVER: &str =
    "<p>It was used already, or its time is over. Ask for a new one, or sign in by a code.</p>";

/// Text in a page: what people wrote shows as they wrote it and means nothing to the browser.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn button(token: &str) -> String {
    format!(
        "<p>This link works once.</p><form method=\"post\" action=\"/link\">\
         <input type=\"hidden\" name=\"token\" value=\"{}\">\
         <button type=\"submit\">Sign in</button></form>",
        escaped(token)
    )
}

fn form(token: &str, sent: &Form, wrong: &str) -> String {
    let field = |name: &str, label: &str, kind: &str, value: Option<&String>| {
        let value = escaped(value.map_or("", String::as_str));
        let required = if kind == "password" { "" } else { " required" };
        format!(
            "<p><label>{label}<br><input name=\"{name}\" type=\"{kind}\" value=\"{value}\"{required}></label></p>"
        )
    };
    let wrong = match wrong {
        "" => String::new(),
        wrong => format!("<p role=\"alert\"><strong>{}</strong></p>", escaped(wrong)),
    };
    format!(
        "{wrong}<form method=\"post\" action=\"/link\">\
         <input type=\"hidden\" name=\"token\" value=\"{}\">{}{}{}{}\
         <button type=\"submit\">Set up</button></form>",
        escaped(token),
        field("organisation", "Name of the organisation", "text", sent.organisation.as_ref()),
        field("name", "Your name", "text", sent.name.as_ref()),
        field("email", "Your mail address", "email", sent.email.as_ref()),
        field("password", "A password (may be left empty: codes come by mail)", "password", None),
    )
}

fn welcome(app: &web::Data<App>, opened: &Opened) -> HttpResponse {
    let config = &app.house.config;
    let body = format!(
        "<p>You are signed in as {}.</p><p>Access token, ten minutes, for example for the API at \
         <code>{}/graphql</code>:</p><p><textarea readonly rows=\"6\">{}</textarea></p>",
        escaped(&opened.person.name),
        escaped(&config.public_url),
        escaped(&opened.access.token),
    );
    let mut response = page(StatusCode::OK, "Signed in", &body);
    let now = app.house.clock.now();
    if let Some(token) = &opened.refresh {
        let cookie = auth::refresh_cookie(config, token, opened.session.expires_at.since(now));
        if let Ok(value) = header::HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    response
}

fn unavailable() -> HttpResponse {
    page(
        StatusCode::SERVICE_UNAVAILABLE,
        "Not now",
        "<p>The database cannot be reached for a moment. Try again.</p>",
    )
}

fn page(status: StatusCode, title: &str, body: &str) -> HttpResponse {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
         <style>{STYLE}</style></head><body><main><h1>{title}</h1>{body}</main></body></html>"
    );
    HttpResponse::build(status)
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::X_FRAME_OPTIONS, "DENY"))
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        ))
        .body(html)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_token_never_reaches_a_page() {
        assert!(plain("abc-_DEF123"));
        for token in ["", "a b", "<script>", "\"", &"a".repeat(101)] {
            assert!(!plain(token), "{token}");
        }
    }

    #[test]
    fn a_form_shows_what_was_typed_and_no_password() {
        let sent = Form {
            organisation: Some("<b>\"Hill\" & Co".into()),
            password: Some("four words and space".into()),
            ..Form::empty()
        };
        let html = form("abc", &sent, "Not <this>.");
        assert!(html.contains("&lt;b&gt;&quot;Hill&quot; &amp; Co"), "{html}");
        assert!(html.contains("Not &lt;this&gt;."), "{html}");
        assert!(!html.contains("four words"), "{html}");
    }
}
