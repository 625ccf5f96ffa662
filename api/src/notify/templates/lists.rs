//! Mails that follow from the clock: the daily list, the reminder of a promise, "is it still fixed?".

use fluent_templates::fluent_bundle::FluentArgs;
use minijinja::{Value, context};
use time::Date;

use super::super::words::{PhraseError, day, phrase, plain, text_args};
use super::{Frame, Mail, clean};

/// One line of the daily list.
#[derive(Debug, Clone)]
pub struct Line {
    /// For instance `EAR-142`.
    pub reference: String,
    /// Whole days since it was sent.
    pub days: i64,
    /// The page of the submission.
    pub link: String,
}

/// What waits too long: references, never a word of what was written.
#[derive(Debug, Clone, Copy)]
pub struct Escalation<'a> {
    /// The longest waiting first.
    pub lines: &'a [Line],
    /// How many more there are.
    pub more: usize,
}

/// A date that was promised has passed.
#[derive(Debug, Clone, Copy)]
pub struct Reminder<'a> {
    /// For instance `EAR-142`.
    pub reference: &'a str,
    /// The title; none for a reader who may not read the submission.
    pub title: Option<&'a str>,
    /// The promised day.
    pub promised: Date,
    /// The page of the submission.
    pub link: &'a str,
}

/// The question whether something is still fixed, to its author.
#[derive(Debug, Clone, Copy)]
pub struct StillFixed<'a> {
    /// For instance `EAR-142`.
    pub reference: &'a str,
    /// The title.
    pub title: Option<&'a str>,
    /// When it was announced as done.
    pub done: Date,
    /// The page of the submission, where the author answers.
    pub link: &'a str,
}

/// One of several that are asked about.
#[derive(Debug, Clone)]
pub struct AskedLine {
    /// For instance `EAR-142`.
    pub reference: String,
    /// The title.
    pub title: String,
    /// When it was announced as done.
    pub done: Date,
    /// The page of the submission, where the author answers.
    pub link: String,
}

/// The question whether several things are still fixed, to their author.
#[derive(Debug, Clone, Copy)]
pub struct AskedAgain<'a> {
    /// The longest done first; at least two.
    pub lines: &'a [AskedLine],
    /// How many more there are.
    pub more: usize,
}

impl Mail for AskedAgain<'_> {
    fn name(&self) -> &'static str {
        "asked_again"
    }

    fn why(&self) -> &'static str {
        "why-asked-again"
    }

    fn values(&self, frame: &Frame<'_>) -> Result<Value, PhraseError> {
        let lines = self.lines.iter().map(|line| {
            let date = day(frame.language, line.done);
            let since =
                phrase(frame.language, "asked-again-since", &text_args(&[("date", &date)]))?;
            Ok(context! {
                reference => line.reference.as_str(),
                title => clean(Some(&line.title)),
                since,
                link => line.link.as_str(),
            })
        });
        Ok(context! {
            preheader => phrase(frame.language, "still-fixed-preheader", &FluentArgs::new())?,
            reference => "",
            count => self.lines.len() + self.more,
            more => self.more,
            lines => lines.collect::<Result<Vec<Value>, PhraseError>>()?,
        })
    }
}

impl Mail for StillFixed<'_> {
    fn name(&self) -> &'static str {
        "still_fixed"
    }

    fn why(&self) -> &'static str {
        "why-author"
    }

    fn values(&self, frame: &Frame<'_>) -> Result<Value, PhraseError> {
        let date = day(frame.language, self.done);
        let args = text_args(&[("reference", self.reference), ("date", &date)]);
        Ok(context! {
            preheader => phrase(frame.language, "still-fixed-preheader", &FluentArgs::new())?,
            reference => self.reference,
            title => clean(self.title),
            lead => phrase(frame.language, "still-fixed-lead", &args)?,
            link => self.link,
        })
    }
}

/// An integration sent something in the reader's name.
#[derive(Debug, Clone, Copy)]
pub struct ReceivedForYou<'a> {
    /// For instance `EAR-142`.
    pub reference: &'a str,
    /// The title.
    pub title: Option<&'a str>,
    /// What the integration is called.
    pub sender: &'a str,
    /// The page of the submission.
    pub link: &'a str,
}

impl Mail for ReceivedForYou<'_> {
    fn name(&self) -> &'static str {
        "received_for_you"
    }

    fn why(&self) -> &'static str {
        "why-author"
    }

    fn values(&self, frame: &Frame<'_>) -> Result<Value, PhraseError> {
        let sender = plain(self.sender);
        let args = text_args(&[("sender", &sender)]);
        Ok(context! {
            preheader => phrase(frame.language, "received-for-you-preheader", &FluentArgs::new())?,
            reference => self.reference,
            title => clean(self.title),
            lead => phrase(frame.language, "received-for-you-lead", &args)?,
            link => self.link,
        })
    }
}

impl Mail for Escalation<'_> {
    fn name(&self) -> &'static str {
        "escalation"
    }

    fn why(&self) -> &'static str {
        "why-escalation"
    }

    fn values(&self, frame: &Frame<'_>) -> Result<Value, PhraseError> {
        let lines = self.lines.iter().map(|line| {
            let mut args = FluentArgs::new();
            args.set("days", line.days);
            let since = phrase(frame.language, "escalation-since", &args)?;
            let (reference, link) = (line.reference.as_str(), line.link.as_str());
            Ok(context! { reference, since, link })
        });
        Ok(context! {
            preheader => phrase(frame.language, "escalation-preheader", &FluentArgs::new())?,
            reference => "",
            count => self.lines.len() + self.more,
            more => self.more,
            lines => lines.collect::<Result<Vec<Value>, PhraseError>>()?,
        })
    }
}

impl Mail for Reminder<'_> {
    fn name(&self) -> &'static str {
        "reminder"
    }

    fn why(&self) -> &'static str {
        "why-reminder"
    }

    fn values(&self, frame: &Frame<'_>) -> Result<Value, PhraseError> {
        let date = day(frame.language, self.promised);
        let args = text_args(&[("reference", self.reference), ("date", &date)]);
        let lead = phrase(frame.language, "reminder-lead", &args)?;
        Ok(context! {
            preheader => phrase(frame.language, "reminder-preheader", &FluentArgs::new())?,
            reference => self.reference,
            title => clean(self.title),
            lead,
            link => self.link,
        })
    }
}
