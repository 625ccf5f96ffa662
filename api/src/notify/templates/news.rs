//! Mails of what can wait: an announcement, and the digest.

use entity::notify::values::Topic;
use fluent_templates::fluent_bundle::FluentArgs;
use minijinja::{Value, context};

use super::super::words::{Language, PhraseError, phrase};
use super::{Frame, Mail, PREHEADER_LIMIT, clean, cut};

/// Longest excerpt of what somebody wrote, in a digest, in characters.
const EXCERPT: usize = 400;

/// What else one message tells of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Besides {
    /// References.
    pub named: Vec<String>,
    /// How many more there are.
    pub more: usize,
}

impl Besides {
    /// A line that says so; none when there is nothing else.
    pub(super) fn words(&self, language: Language) -> Result<Option<String>, PhraseError> {
        let mut args = FluentArgs::new();
        args.set("references", self.named.join(", "));
        args.set("count", self.more);
        Ok(match (self.named.is_empty(), self.more) {
            (true, _) => None,
            (false, 0) => Some(phrase(language, "decision-also", &args)?),
            (false, _) => Some(phrase(language, "decision-also-more", &args)?),
        })
    }
}

/// What the CX team tells a unit.
#[derive(Debug, Clone, Copy)]
pub struct Announcement<'a> {
    /// One line.
    pub title: &'a str,
    /// What is announced.
    pub body: &'a str,
    /// Its page.
    pub link: &'a str,
}

/// What somebody wants to hear together.
#[derive(Debug, Clone, Copy)]
pub struct Digest<'a> {
    /// By topic; none is empty.
    pub sections: &'a [DigestSection],
}

/// What happened about one topic.
#[derive(Debug, Clone)]
pub struct DigestSection {
    /// Which.
    pub topic: Topic,
    /// Oldest first.
    pub lines: Vec<DigestLine>,
    /// How many more there are.
    pub more: usize,
}

/// One thing that happened.
#[derive(Debug, Clone)]
pub struct DigestLine {
    /// What happened, in the reader's language.
    pub lead: Option<String>,
    /// The submission, for instance `EAR-142`.
    pub reference: Option<String>,
    /// The title of the submission or announcement, for who may read it.
    pub title: Option<String>,
    /// What was said with it.
    pub words: Option<String>,
    /// What else it tells of.
    pub also: Option<Besides>,
    /// Its page.
    pub link: Option<String>,
}

impl Mail for Announcement<'_> {
    fn name(&self) -> &'static str {
        "announcement"
    }

    fn why(&self) -> &'static str {
        "why-announcement"
    }

    fn values(&self, _: &Frame<'_>) -> Result<Value, PhraseError> {
        Ok(context! {
            preheader => cut(&clean(Some(self.body)).unwrap_or_default(), PREHEADER_LIMIT),
            reference => "",
            title => clean(Some(self.title)).unwrap_or_default(),
            body => clean(Some(self.body)).unwrap_or_default(),
            link => self.link,
        })
    }
}

impl Mail for Digest<'_> {
    fn name(&self) -> &'static str {
        "digest"
    }

    fn why(&self) -> &'static str {
        "why-digest"
    }

    fn values(&self, frame: &Frame<'_>) -> Result<Value, PhraseError> {
        let count: usize = self.sections.iter().map(|it| it.lines.len() + it.more).sum();
        let titles = self.sections.iter().flat_map(|section| &section.lines);
        let titles =
            titles.filter_map(|line| clean(line.title.as_deref()).or(line.reference.clone()));
        let preheader = titles.take(3).collect::<Vec<String>>().join(" · ");
        let sections: Result<Vec<Value>, PhraseError> =
            self.sections.iter().map(|section| section_values(frame, section)).collect();
        Ok(context! {
            preheader => cut(&preheader, PREHEADER_LIMIT),
            reference => "",
            count,
            sections => sections?,
        })
    }
}

fn section_values(frame: &Frame<'_>, section: &DigestSection) -> Result<Value, PhraseError> {
    let heading = match section.topic {
        Topic::Own => "digest-own",
        Topic::Followed => "digest-followed",
        Topic::Comments => "digest-comments",
        Topic::Work => "digest-work",
        Topic::Announcements => "digest-announcements",
    };
    let line = |line: &DigestLine| {
        let also = line.also.as_ref().map(|also| also.words(frame.language)).transpose()?;
        Ok(context! {
            lead => clean(line.lead.as_deref()),
            reference => line.reference.as_deref(),
            title => clean(line.title.as_deref()),
            words => clean(line.words.as_deref()).map(|words| excerpt(&words)),
            also => also.flatten(),
            link => line.link.as_deref(),
        })
    };
    let lines: Vec<Value> =
        section.lines.iter().map(line).collect::<Result<Vec<Value>, PhraseError>>()?;
    Ok(context! {
        heading => phrase(frame.language, heading, &FluentArgs::new())?,
        lines,
        more => section.more,
    })
}

/// The beginning of a text, with its line breaks.
fn excerpt(text: &str) -> String {
    if text.chars().count() <= EXCERPT {
        return text.to_owned();
    }
    let kept: String = text.chars().take(EXCERPT - 1).collect();
    format!("{}…", kept.trim_end())
}
