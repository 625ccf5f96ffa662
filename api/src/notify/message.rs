//! The bytes of a mail: RFC 5322, a text part always, an HTML part beside it, the same bytes for the same input.
//!
//! Two attempts at one mail must be one mail for the reader's program. So nothing here is drawn or looked up: the
//! Message-ID and the date come from the caller and the boundary between the parts follows from the Message-ID.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::SystemTime;

pub use lettre::Address;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder, MultiPart, SinglePart};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

/// Longest display name, in characters.
const NAME_LIMIT: usize = 100;

/// Longest subject, in characters. Templates stay well below.
const SUBJECT_LIMIT: usize = 200;

/// Longest web address in a header, in bytes (RFC 5322 allows 998 a line).
const LINK_LIMIT: usize = 900;

/// The stable name of a mail, or of a thread of mails, in the whole world (RFC 5322 section 3.6.4).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MessageId(String);

impl MessageId {
    /// Joins the two sides of an id, for instance the mail's own id and the sender's domain.
    ///
    /// # Errors
    /// [`ComposeError::MessageId`] if a side is empty, longer than 200 bytes, or has other characters than ASCII
    /// letters, digits, `.`, `-` and `_`.
    pub fn new(left: &str, domain: &str) -> Result<Self, ComposeError> {
        let plain = |side: &str| {
            let chars = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
            (1..=200).contains(&side.len()) && side.bytes().all(chars)
        };
        if !plain(left) || !plain(domain) {
            return Err(ComposeError::MessageId);
        }
        Ok(Self(format!("<{left}@{domain}>")))
    }

    /// Reads an id as it was stored, with its angle brackets.
    ///
    /// # Errors
    /// [`ComposeError::MessageId`], as in [`MessageId::new`].
    pub fn parse(text: &str) -> Result<Self, ComposeError> {
        let inner = text.strip_prefix('<').and_then(|t| t.strip_suffix('>'));
        let (left, domain) =
            inner.and_then(|t| t.split_once('@')).ok_or(ComposeError::MessageId)?;
        Self::new(left, domain)
    }

    /// The id with its angle brackets, as it stands in the header.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Somebody with an address, and perhaps a name that people wrote: it is cleaned again here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// The name to show.
    pub name: Option<String>,
    /// The address.
    pub address: Address,
}

impl Party {
    fn mailbox(&self) -> Mailbox {
        let name = self
            .name
            .as_deref()
            .map(|name| header_text(name, NAME_LIMIT))
            .filter(|name| !name.is_empty());
        Mailbox::new(name, self.address.clone())
    }
}

/// Everything that a mail is made of.
#[derive(Debug, Clone)]
pub struct Draft<'a> {
    /// The sender that people see.
    pub from: &'a Party,
    /// The one recipient.
    pub to: &'a Party,
    /// One line; line ends and controls become spaces.
    pub subject: &'a str,
    /// The text part.
    pub text: &'a str,
    /// The HTML part.
    pub html: &'a str,
    /// The same for every attempt at this mail.
    pub message_id: &'a MessageId,
    /// The id that all mails about one submission refer to. No mail of that id needs to exist.
    pub thread: Option<&'a MessageId>,
    /// When the mail was made.
    pub at: OffsetDateTime,
    /// The language of the mail, as a BCP 47 tag; several, separated by commas, where it quotes another.
    pub language: &'a str,
    /// The address for one-click unsubscribing (RFC 8058). None on security mails.
    pub unsubscribe: Option<&'a str>,
}

/// Why no mail could be made. The texts quote nothing that people wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    /// See [`MessageId::new`].
    #[error("a Message-ID needs two plain ASCII sides of at most 200 bytes")]
    MessageId,
    /// Not an http or https address of at most 900 printable ASCII bytes.
    #[error("the unsubscribe address is not a plain http or https address")]
    Unsubscribe,
    /// Not a plain language tag.
    #[error("the language is not a plain tag such as es-MX")]
    Language,
    /// The mail library refused the message or gave up on it.
    #[error("the message could not be put together")]
    Library,
}

/// Puts a mail together. The same draft gives the same bytes, and they are ASCII with CRLF line ends.
///
/// # Errors
/// See [`ComposeError`]. A panic of the mail library is an error here, not a dead worker.
pub fn compose(draft: &Draft<'_>) -> Result<Vec<u8>, ComposeError> {
    let builder = headers(draft)?;
    let made = catch_unwind(AssertUnwindSafe(|| {
        let message = with_addresses(builder, draft).multipart(parts(draft));
        message.map(|message| message.formatted())
    }));
    match made {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) | Err(_) => Err(ComposeError::Library),
    }
}

fn headers(draft: &Draft<'_>) -> Result<MessageBuilder, ComposeError> {
    let plain =
        |tag: &str| !tag.is_empty() && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if !draft.language.split(", ").all(plain) {
        return Err(ComposeError::Language);
    }
    let mut builder = lettre::Message::builder()
        .message_id(Some(draft.message_id.to_string()))
        .raw_header(header("Auto-Submitted", "auto-generated"))
        .raw_header(header("X-Auto-Response-Suppress", "All"))
        .raw_header(header("Content-Language", draft.language));
    if let Some(thread) = draft.thread {
        builder = builder.references(thread.to_string()).in_reply_to(thread.to_string());
    }
    if let Some(link) = draft.unsubscribe {
        builder = builder
            .raw_header(header("List-Unsubscribe", &format!("<{}>", checked_link(link)?)))
            .raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
    }
    Ok(builder)
}

/// The part of the building that may panic on strange names or dates.
fn with_addresses(builder: MessageBuilder, draft: &Draft<'_>) -> MessageBuilder {
    builder
        .from(draft.from.mailbox())
        .to(draft.to.mailbox())
        .subject(header_text(draft.subject, SUBJECT_LIMIT))
        .date(SystemTime::from(draft.at))
}

fn parts(draft: &Draft<'_>) -> MultiPart {
    let part =
        |kind: ContentType, text: &str| SinglePart::builder().header(kind).body(body_text(text));
    MultiPart::alternative()
        .boundary(boundary(draft.message_id))
        .singlepart(part(ContentType::TEXT_PLAIN, draft.text))
        .singlepart(part(ContentType::TEXT_HTML, draft.html))
}

fn boundary(id: &MessageId) -> String {
    let hash = Sha256::digest(id.as_str().as_bytes());
    let hex: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("earshot-{hex}")
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

fn checked_link(link: &str) -> Result<&str, ComposeError> {
    let plain = link.len() <= LINK_LIMIT
        && link.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'<' | b'>'));
    let web = link.starts_with("https://") || link.starts_with("http://");
    if plain && web { Ok(link) } else { Err(ComposeError::Unsubscribe) }
}

/// One line without controls and without characters that turn the direction of what follows.
fn header_text(text: &str, limit: usize) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().filter(|c| !turns_direction(*c)).take(limit).collect::<String>().trim().to_owned()
}

/// Text with plain line ends and without other controls.
fn body_text(text: &str) -> String {
    text.replace("\r\n", "\n")
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect()
}

/// Embedding, override and isolate characters: with them a name can show an address that it is not.
pub(crate) fn turns_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use mail_parser::MessageParser;
    use time::macros::datetime;

    use super::*;

    fn party(name: &str, address: &str) -> Party {
        Party { name: Some(name.to_owned()), address: address.parse().expect("an address") }
    }

    struct Sample {
        from: Party,
        to: Party,
        id: MessageId,
        thread: MessageId,
    }

    impl Sample {
        fn new(name: &str) -> Self {
            Self {
                from: party("Wir hören zu", "earshot@example.org"),
                to: party(name, "nurse@example.org"),
                id: MessageId::new("mail-1", "example.org").expect("an id"),
                thread: MessageId::new("submission-7", "example.org").expect("an id"),
            }
        }

        fn draft<'a>(&'a self, subject: &'a str) -> Draft<'a> {
            Draft {
                from: &self.from,
                to: &self.to,
                subject,
                text: "Hola, señora\n.\n..two dots\n",
                html: "<p>Hola, señora 👋</p>",
                message_id: &self.id,
                thread: Some(&self.thread),
                at: datetime!(2026-11-21 21:30:00 UTC),
                language: "es",
                unsubscribe: Some("https://example.org/u/abc?x=1"),
            }
        }
    }

    #[test]
    fn the_same_draft_gives_the_same_plain_bytes() {
        let sample = Sample::new("Ana");
        let first = compose(&sample.draft("¿Qué pasó?")).expect("a mail");
        assert_eq!(first, compose(&sample.draft("¿Qué pasó?")).expect("a mail"));
        assert!(first.is_ascii());
        let text = String::from_utf8(first).expect("ASCII");
        assert!(text.split("\r\n").all(|line| !line.contains(['\r', '\n']) && line.len() <= 998));
    }

    #[test]
    fn a_mail_has_all_its_headers_and_both_parts() {
        let sample = Sample::new("Ana");
        let bytes = compose(&sample.draft("¿Qué pasó?")).expect("a mail");
        let mail = MessageParser::default().parse(&bytes).expect("a message");
        let raw = |name: &str| mail.header_raw(name.to_owned()).map(str::trim).map(str::to_owned);
        assert_eq!(mail.subject(), Some("¿Qué pasó?"));
        assert_eq!(raw("Message-ID").as_deref(), Some("<mail-1@example.org>"));
        assert_eq!(raw("References").as_deref(), Some("<submission-7@example.org>"));
        assert_eq!(raw("In-Reply-To").as_deref(), Some("<submission-7@example.org>"));
        assert_eq!(raw("Date").as_deref(), Some("Sat, 21 Nov 2026 21:30:00 +0000"));
        assert_eq!(raw("Auto-Submitted").as_deref(), Some("auto-generated"));
        assert_eq!(raw("X-Auto-Response-Suppress").as_deref(), Some("All"));
        assert_eq!(raw("Content-Language").as_deref(), Some("es"));
        assert_eq!(raw("List-Unsubscribe").as_deref(), Some("<https://example.org/u/abc?x=1>"));
        assert_eq!(raw("List-Unsubscribe-Post").as_deref(), Some("List-Unsubscribe=One-Click"));
        assert_eq!(
            mail.body_text(0).as_deref().map(str::trim_end),
            Some("Hola, señora\r\n.\r\n..two dots")
        );
        assert!(mail.body_html(0).is_some_and(|html| html.contains("señora 👋")));
    }

    #[test]
    fn a_security_mail_has_no_list_headers() {
        let sample = Sample::new("Ana");
        let draft = Draft { unsubscribe: None, thread: None, ..sample.draft("x") };
        let text = String::from_utf8(compose(&draft).expect("a mail")).expect("ASCII");
        assert!(!text.contains("List-Unsubscribe") && !text.contains("References"));
    }

    #[test]
    fn names_and_subjects_cannot_add_headers_or_hide_addresses() {
        let hostile = [
            "Ann\r\nBcc: all@example.org",
            "Ann\0\u{7}",
            "\u{202e}gro.elpmaxe@boss",
            "\"quoted\" <x@y>, (comment); \\",
            "\r\n",
            &"å".repeat(500),
            &"👩‍⚕️ ".repeat(80),
        ];
        for name in hostile {
            let sample = Sample::new(name);
            let bytes = compose(&sample.draft(name)).expect(name);
            let mail = MessageParser::default().parse(&bytes).expect("a message");
            assert!(mail.bcc().is_none(), "{name:?}");
            let to = mail.to().expect("a recipient");
            assert_eq!(to.iter().count(), 1, "{name:?}");
            assert_eq!(to.first().and_then(|a| a.address()), Some("nurse@example.org"), "{name:?}");
            let shown = to.first().and_then(|a| a.name()).unwrap_or_default();
            assert!(!shown.chars().any(|c| c.is_control() || turns_direction(c)), "{name:?}");
        }
    }

    #[test]
    fn wrong_ids_links_and_languages_are_refused() {
        for (left, domain) in [("", "a"), ("a", ""), ("a b", "c"), ("a\r\nX: y", "c"), ("a", "b>")]
        {
            assert_eq!(MessageId::new(left, domain), Err(ComposeError::MessageId));
        }
        assert_eq!(MessageId::parse("<a@b.c>"), MessageId::new("a", "b.c"));
        assert!(MessageId::parse("a@b.c").is_err());
        let sample = Sample::new("Ana");
        for link in ["javascript:alert(1)", "https://a b", "https://a>\r\nX: y", "https://ñ"] {
            let draft = Draft { unsubscribe: Some(link), ..sample.draft("x") };
            assert_eq!(compose(&draft), Err(ComposeError::Unsubscribe), "{link}");
        }
        assert_eq!(
            compose(&Draft { language: "e\n", ..sample.draft("x") }),
            Err(ComposeError::Language)
        );
    }
}
