//! Mails as people read them: a typed context for each, rendered from `templates/mail/` with the phrases of the reader's
//! language into a subject, a text and an HTML page.
//!
//! Templates are compiled in and strict: a name that a context does not have is an error, not an empty place. HTML
//! templates escape everything; what people wrote reaches them as values only. A test renders every mail in every
//! language with hostile text.

mod lists;
mod mails;
mod news;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use fluent_templates::fluent_bundle::{FluentArgs, FluentValue};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Kwargs;
use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, HtmlEscape, State, UndefinedBehavior, Value, context,
};
use rust_embed::Embed;

use super::words::{Language, PhraseError, phrase, plain, text_args};
pub use lists::{AskedAgain, AskedLine, Escalation, Line, ReceivedForYou, Reminder, StillFixed};
pub use mails::{
    ActionReminder, AdoptionOffer, Comment, Decision, Invite, Question, Received, SignInCode,
};
pub use news::{Announcement, Besides, Digest, DigestLine, DigestSection};

/// Longest subject, in characters.
const SUBJECT_LIMIT: usize = 120;

/// Longest preview line, in characters: no program shows more.
const PREHEADER_LIMIT: usize = 140;

#[derive(Embed)]
#[folder = "templates/mail"]
struct Files;

/// Filled at first use and never changed.
static TEMPLATES: LazyLock<Result<Environment<'static>, String>> =
    LazyLock::new(|| environment().map_err(|error| format!("{error:#}")));

/// What every mail has around it.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// The language of the mail.
    pub language: Language,
    /// The name that the organisation gave its programme.
    pub program: &'a str,
    /// The reader's name, if we know it.
    pub reader: Option<&'a str>,
    /// Where the reader chooses what to get. Security mails do not show it.
    pub preferences: Option<&'a str>,
    /// Where the reader stops such mails; opening it asks first. Security mails do not show it.
    pub unsubscribe: Option<StopLink<'a>>,
}

/// The link that stops mails, saying which.
#[derive(Debug, Clone, Copy)]
pub struct StopLink<'a> {
    /// Where it leads.
    pub address: &'a str,
    /// The phrase that says which mails it stops.
    pub says: &'static str,
}

/// A finished mail, before it gets its headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One line of at most 120 characters.
    pub subject: String,
    /// The text part.
    pub text: String,
    /// The HTML part, a whole page.
    pub html: String,
}

/// Why a mail could not be rendered: a mistake in a template or a phrase, never the fault of what people wrote.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The templates themselves could not be read.
    #[error("the mail templates could not be read: {0}")]
    Templates(&'static str),
    /// One template failed.
    #[error("a mail template failed: {0}")]
    Template(#[from] Error),
    /// A phrase is missing.
    #[error(transparent)]
    Phrase(#[from] PhraseError),
}

/// Why the reader hears of a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// The reader sent it.
    Author,
    /// The reader follows it.
    Follower,
    /// Somebody mentioned the reader in a comment.
    Mentioned,
}

/// Whether a reader may stop getting mails of this sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Needed to get in: never stopped, no footer links, no List-Unsubscribe header.
    Security,
    /// News: the reader chooses.
    News,
}

/// A mail that can be rendered. The implementations below are all there are.
pub trait Mail {
    /// The folder of its templates.
    fn name(&self) -> &'static str;

    /// Whether readers may stop it.
    fn purpose(&self) -> Purpose {
        Purpose::News
    }

    /// The phrase that tells why the reader gets it.
    fn why(&self) -> &'static str;

    /// The values of its templates, among them `preheader` and `reference`.
    ///
    /// # Errors
    /// When a phrase is missing.
    fn values(&self, frame: &Frame<'_>) -> Result<Value, PhraseError>;
}
/// Renders a mail for one reader.
///
/// # Errors
/// [`RenderError`], only by a mistake in templates or phrases.
pub fn render(frame: &Frame<'_>, mail: &impl Mail) -> Result<Rendered, RenderError> {
    let templates = TEMPLATES.as_ref().map_err(|error| RenderError::Templates(error))?;
    let page = Page { templates, folder: mail.name() };
    let values = context! { ..mail.values(frame)?, ..surroundings(frame, mail)? };
    let subject = cut(&page.render("subject.txt", &values)?, SUBJECT_LIMIT);
    let text = page.in_layout("body.txt", &values)?;
    let html =
        page.in_layout("body.html", &context! { subject => subject.as_str(), ..values.clone() })?;
    Ok(Rendered { subject, text: tidy_lines(&text), html })
}

struct Page<'t> {
    templates: &'t Environment<'static>,
    folder: &'static str,
}

impl Page<'_> {
    fn render(&self, file: &str, values: &Value) -> Result<String, Error> {
        self.templates.get_template(&format!("{}/{file}", self.folder))?.render(values.clone())
    }

    fn in_layout(&self, file: &str, values: &Value) -> Result<String, Error> {
        let content = Value::from_safe_string(self.render(file, values)?.trim().to_owned());
        let layout = self.templates.get_template(&format!("layout/{file}"))?;
        layout.render(context! { content, ..values.clone() })
    }
}

/// The values that every template has. Those of the mail come before them.
fn surroundings(frame: &Frame<'_>, mail: &impl Mail) -> Result<Value, PhraseError> {
    let language = frame.language;
    let hello = match clean(frame.reader) {
        Some(name) => phrase(language, "hello", &text_args(&[("name", &name)]))?,
        None => phrase(language, "hello-nobody", &FluentArgs::new())?,
    };
    let (preferences, unsubscribe) = match mail.purpose() {
        Purpose::Security => (None, None),
        Purpose::News => (frame.preferences, frame.unsubscribe),
    };
    let (start, end) =
        if language.direction() == "rtl" { ("right", "left") } else { ("left", "right") };
    let unsubscribe =
        unsubscribe.map(|stop| context! { address => stop.address, says => stop.says });
    Ok(context! {
        language => language.tag(),
        direction => language.direction(),
        start,
        end,
        program => plain(frame.program),
        hello,
        why => mail.why(),
        preferences,
        unsubscribe,
    })
}

/// Text that people wrote, if anything visible is left of it.
fn clean(text: Option<&str>) -> Option<String> {
    text.map(|text| plain(text).trim().to_owned()).filter(|text| !text.is_empty())
}

/// One line of at most `limit` characters, with a mark where something was cut off.
fn cut(text: &str, limit: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= limit {
        return line;
    }
    let kept: String = line.chars().take(limit - 1).collect();
    format!("{}…", kept.trim_end())
}

/// No blanks at line ends, never two empty lines in a row, one line end at the end.
fn tidy_lines(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    let mut empty = 0;
    for line in text.trim().lines().map(str::trim_end) {
        empty = if line.is_empty() { empty + 1 } else { 0 };
        if empty < 2 {
            tidy.push_str(line);
            tidy.push('\n');
        }
    }
    tidy
}

fn environment() -> Result<Environment<'static>, Error> {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    templates.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    templates.set_auto_escape_callback(|name| {
        if name.ends_with(".html") { AutoEscape::Html } else { AutoEscape::None }
    });
    templates.add_function("t", translated);
    templates.add_function("part", part);
    templates.add_filter("lines", lines);
    templates.add_filter("quoted", quoted);
    for name in Files::iter() {
        if let Some(file) = Files::get(&name) {
            let source = String::from_utf8_lossy(&file.data).into_owned();
            templates.add_template_owned(name.into_owned(), source)?;
        }
    }
    Ok(templates)
}

/// `t("key", name=value)`: a phrase in the language of the mail.
fn translated(state: &State, key: &str, named: Kwargs) -> Result<String, Error> {
    let language = state.lookup("language");
    let language = Language::best(language.as_ref().and_then(Value::as_str).unwrap_or_default());
    let mut args = FluentArgs::new();
    for name in named.args() {
        let value: Value = named.get(name)?;
        let value = match (value.as_str(), value.as_i64()) {
            (Some(text), _) => FluentValue::from(text.to_owned()),
            (None, Some(number)) => FluentValue::from(number),
            (None, None) => continue,
        };
        args.set(name.to_owned(), value);
    }
    phrase(language, key, &args)
        .map_err(|error| Error::new(ErrorKind::InvalidOperation, error.to_string()))
}

/// `part("button", link=..., label=...)`: a piece of a page from `parts/`.
fn part(state: &State, name: &str, named: Kwargs) -> Result<Value, Error> {
    let template = state.env().get_template(&format!("parts/{name}.html"))?;
    let mut values = BTreeMap::new();
    for name in named.args() {
        values.insert(name.to_owned(), named.get::<Value>(name)?);
    }
    for name in ["language", "start", "end"] {
        values.insert(name.to_owned(), state.lookup(name).unwrap_or_default());
    }
    template.render(values).map(Value::from_safe_string)
}

/// Text with its line breaks, for HTML.
fn lines(text: &str) -> Value {
    let mut html = String::with_capacity(text.len());
    for (number, line) in text.trim_end().lines().enumerate() {
        if number > 0 {
            html.push_str("<br>\n");
        }
        // Writing to a string cannot fail.
        let _ = write!(html, "{}", HtmlEscape(line));
    }
    Value::from_safe_string(html)
}

/// Text for an HTML page, escaped as in the templates.
#[must_use]
pub fn html_text(text: &str) -> String {
    HtmlEscape(text).to_string()
}

/// Text as a quotation in a text mail.
fn quoted(text: &str) -> String {
    text.trim_end().lines().map(|line| format!("> {line}")).collect::<Vec<_>>().join("\n")
}
