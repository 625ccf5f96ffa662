//! The mails there are: what each needs to know, and what its templates are told.

use entity::submissions::phase::{Kind, Phase};
use fluent_templates::fluent_bundle::FluentArgs;
use minijinja::{Value, context};
use time::Date;

use super::super::words::{
    Language, PhraseError, day, phase_key, phase_word, phrase, plain, text_args,
};
use super::{Audience, Besides, Frame, Mail, PREHEADER_LIMIT, Purpose, clean, cut};

/// A code to sign in with, and perhaps a link to a page with a button that does the same.
#[derive(Debug, Clone, Copy)]
pub struct SignInCode<'a> {
    /// The code.
    pub code: &'a str,
    /// How many minutes it works.
    pub minutes: u32,
    /// Where it was asked for, for instance `Firefox on Android`.
    pub device: Option<&'a str>,
    /// A page that signs in after a click; opening it does nothing yet, because mail scanners open links.
    pub link: Option<&'a str>,
}

/// A place for a new person, with a one-time link.
#[derive(Debug, Clone, Copy)]
pub struct Invite<'a> {
    /// Who made the place.
    pub inviter: Option<&'a str>,
    /// The one-time link; it needs a click on its page.
    pub link: &'a str,
    /// The last day on which it works.
    pub until: Date,
}

/// We have what you sent.
#[derive(Debug, Clone, Copy)]
pub struct Received<'a> {
    /// For instance `EAR-142`.
    pub reference: &'a str,
    /// What the author wrote.
    pub text: &'a str,
    /// The page of the submission.
    pub link: &'a str,
}

/// An announced decision, for the author or a follower, in words of staff.
#[derive(Debug, Clone, Copy)]
pub struct Decision<'a> {
    /// For instance `EAR-142`.
    pub reference: &'a str,
    /// The title; none for a reader who may not read the submission.
    pub title: Option<&'a str>,
    /// What it is.
    pub kind: Kind,
    /// The phase that is shown from now on.
    pub phase: Phase,
    /// Why the reader hears of it.
    pub audience: Audience,
    /// The label of the reason, in the reader's language.
    pub reason: Option<&'a str>,
    /// What a person wrote to the author.
    pub message: Option<&'a str>,
    /// The language of that, BCP 47; none when it is not known.
    pub words_language: Option<&'a str>,
    /// Who wrote it, as readers may know them.
    pub signed: Option<&'a str>,
    /// The reference of the submission that it was joined with.
    pub joined_with: Option<&'a str>,
    /// The day on which the reader hears again; for DEFERRED the day on which it is looked at again.
    pub next: Option<Date>,
    /// References of what else the same was decided about, with commas between them.
    pub also: Option<&'a Besides>,
    /// The page of the submission.
    pub link: &'a str,
}

/// A question to the author.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// For instance `EAR-142`.
    pub reference: &'a str,
    /// The title.
    pub title: Option<&'a str>,
    /// The question, as a person wrote it.
    pub question: &'a str,
    /// The language of the question, BCP 47; none when it is not known.
    pub words_language: Option<&'a str>,
    /// Who asks, as the author may know them.
    pub signed: Option<&'a str>,
    /// The page where the author answers.
    pub link: &'a str,
}

/// A public comment by somebody else.
#[derive(Debug, Clone, Copy)]
pub struct Comment<'a> {
    /// For instance `EAR-142`.
    pub reference: &'a str,
    /// The title; none for a reader who may not read the submission.
    pub title: Option<&'a str>,
    /// Why the reader hears of it.
    pub audience: Audience,
    /// The comment.
    pub comment: &'a str,
    /// Who wrote it, as the reader may know them.
    pub signed: Option<&'a str>,
    /// The page of the submission.
    pub link: &'a str,
}

/// An item of a plan that the reader has is due soon, or overdue.
#[derive(Debug, Clone, Copy)]
pub struct ActionReminder<'a> {
    /// The idea that it is for, for instance `EAR-142`.
    pub reference: Option<&'a str>,
    /// The name of the root cause that it is for.
    pub cause: Option<&'a str>,
    /// What is to be done.
    pub title: &'a str,
    /// The last day for it.
    pub day: Date,
    /// Whether that day has passed.
    pub is_overdue: bool,
    /// The page of the idea.
    pub link: Option<&'a str>,
}

impl Mail for ActionReminder<'_> {
    fn name(&self) -> &'static str {
        "action_reminder"
    }

    fn why(&self) -> &'static str {
        "why-item"
    }

    fn values(&self, frame: &Frame<'_>) -> Result<Value, PhraseError> {
        let language = frame.language;
        let about = match (clean(self.reference), clean(self.cause)) {
            (Some(reference), _) => {
                phrase(language, "action-reminder-about", &text_args(&[("reference", &reference)]))?
            }
            (None, Some(name)) => {
                phrase(language, "action-reminder-about-cause", &text_args(&[("name", &name)]))?
            }
            (None, None) => phrase(language, "action-reminder-about-nothing", &FluentArgs::new())?,
        };
        let (subject_key, title_key, lead_key) = if self.is_overdue {
            (
                "action-reminder-subject-overdue",
                "action-reminder-title-overdue",
                "action-reminder-lead-overdue",
            )
        } else {
            ("action-reminder-subject", "action-reminder-title", "action-reminder-lead")
        };
        Ok(context! {
            preheader => cut(&plain(self.title), PREHEADER_LIMIT),
            reference => self.reference.unwrap_or_default(),
            title => plain(self.title),
            date => day(language, self.day),
            about,
            subject_key,
            title_key,
            lead_key,
            link => self.link,
        })
    }
}

/// An idea that works elsewhere was offered to a site that the reader leads.
#[derive(Debug, Clone, Copy)]
pub struct AdoptionOffer<'a> {
    /// The idea, for instance `EAR-142`.
    pub reference: &'a str,
    /// Its title.
    pub title: &'a str,
    /// The site that it is offered to.
    pub site: &'a str,
    /// Where it works.
    pub from: &'a str,
    /// Words of whoever offers it.
    pub message: Option<&'a str>,
    /// The page of the idea.
    pub link: &'a str,
}

impl Mail for AdoptionOffer<'_> {
    fn name(&self) -> &'static str {
        "adoption_offer"
    }

    fn why(&self) -> &'static str {
        "why-offer"
    }

    fn values(&self, frame: &Frame<'_>) -> Result<Value, PhraseError> {
        let language = frame.language;
        let names = [("site", plain(self.site)), ("from", plain(self.from))];
        let named = [("site", names[0].1.as_ref()), ("from", names[1].1.as_ref())];
        Ok(context! {
            preheader => cut(&plain(self.title), PREHEADER_LIMIT),
            reference => self.reference,
            title => plain(self.title),
            lead => phrase(language, "adoption-offer-lead", &text_args(&named))?,
            subject_title => plain(self.title),
            site => plain(self.site),
            message => clean(self.message),
            link => self.link,
        })
    }
}

impl Mail for SignInCode<'_> {
    fn name(&self) -> &'static str {
        "sign_in_code"
    }

    fn purpose(&self) -> Purpose {
        Purpose::Security
    }

    fn why(&self) -> &'static str {
        "why-sign-in-code"
    }

    fn values(&self, frame: &Frame<'_>) -> Result<Value, PhraseError> {
        let mut args = text_args(&[("code", self.code)]);
        args.set("minutes", self.minutes);
        Ok(context! {
            preheader => phrase(frame.language, "sign-in-code-preheader", &args)?,
            reference => "",
            code => plain(self.code),
            minutes => self.minutes,
            device => clean(self.device),
            link => self.link,
        })
    }
}

impl Mail for Invite<'_> {
    fn name(&self) -> &'static str {
        "invite"
    }

    fn purpose(&self) -> Purpose {
        Purpose::Security
    }

    fn why(&self) -> &'static str {
        "why-invite"
    }

    fn values(&self, frame: &Frame<'_>) -> Result<Value, PhraseError> {
        let program = plain(frame.program);
        let lead = match clean(self.inviter) {
            Some(who) => {
                let args = text_args(&[("who", &who), ("program", &program)]);
                phrase(frame.language, "invite-lead", &args)?
            }
            None => {
                phrase(frame.language, "invite-lead-nobody", &text_args(&[("program", &program)]))?
            }
        };
        Ok(context! {
            preheader => phrase(frame.language, "invite-preheader", &FluentArgs::new())?,
            reference => "",
            lead,
            link => self.link,
            until => day(frame.language, self.until),
        })
    }
}

impl Mail for Received<'_> {
    fn name(&self) -> &'static str {
        "received"
    }

    fn why(&self) -> &'static str {
        Audience::Author.why()
    }

    fn values(&self, frame: &Frame<'_>) -> Result<Value, PhraseError> {
        Ok(context! {
            preheader => phrase(frame.language, "received-preheader", &FluentArgs::new())?,
            reference => self.reference,
            text => plain(self.text),
            link => self.link,
        })
    }
}

impl Mail for Decision<'_> {
    fn name(&self) -> &'static str {
        "decision"
    }

    fn why(&self) -> &'static str {
        self.audience.why()
    }

    fn values(&self, frame: &Frame<'_>) -> Result<Value, PhraseError> {
        let language = frame.language;
        let lead = phase_key(self.kind, self.phase).replace("phase-", "decision-lead-");
        let message = clean(self.message);
        let preheader = match &message {
            Some(message) => message.clone(),
            None => phrase(language, &lead, &FluentArgs::new())?,
        };
        Ok(context! {
            preheader => cut(&preheader, PREHEADER_LIMIT),
            reference => self.reference,
            title => clean(self.title),
            word => phase_word(language, self.kind, self.phase),
            steps => steps(language, self.kind, self.phase),
            about => self.about(),
            lead,
            joined_with => self.joined_with,
            reason => clean(self.reason),
            message,
            words_language => self.words_language,
            who => who_wrote(language, self.signed)?,
            next => self.next_words(language)?,
            also => self.also.map(|also| also.words(language)).transpose()?.flatten(),
            note => self.note(),
            link => self.link,
        })
    }
}

impl Decision<'_> {
    fn about(&self) -> &'static str {
        match (self.audience, self.kind) {
            (Audience::Author, Kind::Idea) => "decision-about-author-idea",
            (Audience::Author, Kind::Observation) => "decision-about-author-observation",
            (Audience::Follower | Audience::Mentioned, _) => "decision-about-follower",
        }
    }

    fn next_words(&self, language: Language) -> Result<Option<String>, PhraseError> {
        let key = if self.phase == Phase::Deferred { "decision-again" } else { "decision-next" };
        let words = |date| phrase(language, key, &text_args(&[("date", &day(language, date))]));
        self.next.map(words).transpose()
    }

    /// What only the author can still do.
    fn note(&self) -> Option<&'static str> {
        match (self.audience, self.phase) {
            (Audience::Author, Phase::Implemented) => Some("decision-not-fixed"),
            (Audience::Author, Phase::Declined) => Some("decision-second-look"),
            _ => None,
        }
    }
}

impl Mail for Question<'_> {
    fn name(&self) -> &'static str {
        "question"
    }

    fn why(&self) -> &'static str {
        Audience::Author.why()
    }

    fn values(&self, frame: &Frame<'_>) -> Result<Value, PhraseError> {
        let language = frame.language;
        let title = clean(self.title);
        let lead = match &title {
            Some(title) => phrase(
                language,
                "question-lead",
                &text_args(&[("title", title), ("reference", self.reference)]),
            )?,
            None => phrase(
                language,
                "question-lead-untitled",
                &text_args(&[("reference", self.reference)]),
            )?,
        };
        Ok(context! {
            preheader => phrase(language, "question-preheader", &FluentArgs::new())?,
            reference => self.reference,
            title,
            lead,
            who => who_wrote(language, self.signed)?,
            question => plain(self.question),
            words_language => self.words_language,
            link => self.link,
        })
    }
}

impl Mail for Comment<'_> {
    fn name(&self) -> &'static str {
        "comment"
    }

    fn why(&self) -> &'static str {
        self.audience.why()
    }

    fn values(&self, frame: &Frame<'_>) -> Result<Value, PhraseError> {
        let language = frame.language;
        let title = clean(self.title);
        let who = match clean(self.signed) {
            Some(who) => who,
            None => phrase(language, "somebody", &FluentArgs::new())?,
        };
        let lead = match &title {
            Some(title) => phrase(
                language,
                "comment-lead-titled",
                &text_args(&[("title", title), ("reference", self.reference)]),
            )?,
            None => phrase(language, "comment-lead", &text_args(&[("reference", self.reference)]))?,
        };
        let subject_key = match self.audience {
            Audience::Author => "comment-subject",
            Audience::Follower => "comment-subject-follower",
            Audience::Mentioned => "comment-subject-mention",
        };
        Ok(context! {
            preheader => cut(&plain(self.comment), PREHEADER_LIMIT),
            reference => self.reference,
            title,
            lead,
            who,
            subject_key,
            comment => plain(self.comment),
            link => self.link,
        })
    }
}

impl Audience {
    fn why(self) -> &'static str {
        match self {
            Self::Author => "why-author",
            Self::Follower => "why-follower",
            Self::Mentioned => "why-mentioned",
        }
    }
}

/// The way to "done", as far as this phase lies on it; phases beside the way (questions, refusals) have no bar.
fn steps(language: Language, kind: Kind, phase: Phase) -> Option<Value> {
    let way: &[Phase] = match kind {
        Kind::Idea => &[
            Phase::Submitted,
            Phase::UnderReview,
            Phase::Accepted,
            Phase::Planned,
            Phase::InProgress,
            Phase::Implemented,
        ],
        Kind::Observation => &[
            Phase::Submitted,
            Phase::UnderReview,
            Phase::Accepted,
            Phase::InProgress,
            Phase::Implemented,
        ],
    };
    // Still working is done, seen again.
    let place = if phase == Phase::Sustained { Phase::Implemented } else { phase };
    let now = way.iter().position(|step| *step == place)? + 1;
    let next = way.get(now).map(|next| phase_word(language, kind, *next));
    Some(context! { now, all => way.len(), next })
}

fn who_wrote(language: Language, signed: Option<&str>) -> Result<String, PhraseError> {
    match clean(signed) {
        Some(who) => phrase(language, "wrote", &text_args(&[("who", &who)])),
        None => phrase(language, "we-wrote", &FluentArgs::new()),
    }
}
