//! Small pages of the server itself: a title, a sentence, at most one button.

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};

use crate::notify::templates::html_text;
use crate::notify::words::{Language, say};

/// What a page shows; texts are keys of the locales.
pub struct Page {
    /// HTTP status.
    pub status: StatusCode,
    /// Language of the page.
    pub language: Language,
    /// Key of the title.
    pub title: &'static str,
    /// Lists above the sentence.
    pub lists: Vec<List>,
    /// Key of the sentence.
    pub text: &'static str,
    /// Key of the button that POSTs to the same address.
    pub button: Option<&'static str>,
}

/// A list on a page, with a lead; nothing of it is shown when it is empty.
pub struct List {
    /// Key of the lead.
    pub lead: &'static str,
    /// Keys of what is listed.
    pub lines: Vec<&'static str>,
}

impl List {
    fn html(&self, language: Language) -> String {
        if self.lines.is_empty() {
            return String::new();
        }
        let said = |key: &str| html_text(&say(language, key));
        let lines: String =
            self.lines.iter().map(|line| format!("<li>{}</li>", said(line))).collect();
        format!("<p>{}</p><ul>{lines}</ul>", said(self.lead))
    }
}

/// The page as an answer: no script, nothing from elsewhere, readable in light and dark.
pub fn show(page: &Page) -> HttpResponse {
    let said = |key| html_text(&say(page.language, key));
    let button = page.button.map_or_else(String::new, |key| {
        format!("<form method=\"post\"><button type=\"submit\">{}</button></form>", said(key))
    });
    let lists: String = page.lists.iter().map(|list| list.html(page.language)).collect();
    let html = format!(
        "<!doctype html>\n<html lang=\"{language}\" dir=\"{direction}\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<meta name=\"robots\" content=\"noindex\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n<main><h1>{title}</h1>{lists}<p>{text}</p>{button}</main>\n</html>\n",
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

/// The one style of these pages: the brand's colours, light and dark, 48 px targets.
pub const STYLE: &str = ":root{color-scheme:light dark;--ink:#16211f;--bg:#f7f8f7;--brand:#0b5c55;--on:#fff}\
@media(prefers-color-scheme:dark){:root{--ink:#e9efed;--bg:#0f1716;--brand:#5cc4b6;--on:#0f1716}}\
body{margin:0;font:1.0625rem/1.5 system-ui,sans-serif;color:var(--ink);background:var(--bg)}\
main{max-width:32rem;margin:4rem auto;padding:0 1.25rem}h1{font-size:1.5rem;line-height:1.25}\
input,textarea{width:100%;box-sizing:border-box;font:inherit;padding:.6rem;margin:.25rem 0 1rem}\
textarea{min-height:10rem}button{font:inherit;font-weight:600;min-height:3rem;padding:.5rem 1.25rem;border:0;border-radius:.5rem;\
background:var(--brand);color:var(--on)}";
