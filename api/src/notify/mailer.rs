//! Sends mails: rendered at the first attempt, kept byte for byte until the server has taken them.
//!
//! One job, one mail, one recipient. What an attempt comes to is written in the mail's row, which
//! is the mail log: nothing is called sent that the server did not take, and whatever is not sent
//! says why. Rights and choices are asked again at every attempt. Security mails are made anew at
//! every attempt and never kept: what opens a door is not left lying about.

use std::sync::Arc;

use entity::id::{MailId, NotificationId, TypedId as _};
use entity::identity::person;
use entity::jobs::job;
use entity::notify::rhythm::topic_of;
use entity::notify::values::{Delivery, MailKind, MailState};
use entity::notify::{mail, notification};
use tokio::task::spawn_blocking;

use super::capture::Capture;
use super::letter::{self, Form, Letter, Written};
use super::message::{Address, Draft, MessageId, Party, compose};
use super::query::{self, MailNote};
use super::reader::why;
use super::smtp::{Courier, CourierSetup, DEADLINE, Outcome, Parcel, SmtpUrl};
use super::writing::obstacle;
use super::{digest, still_fixed};
use crate::jobs::post::domain;
use crate::jobs::queue::{self, Fate};
use crate::jobs::roster::Verdict;
use crate::kit::error::{Fault, Result};
use crate::kit::scope::{House, Scope, Tx};
use crate::programs;

/// Where mails go.
enum Way {
    /// To a mail server, over one connection of our own.
    Server(Box<Courier>),
    /// Into a folder.
    Folder(Capture),
    /// Nowhere: the settings cannot be used.
    Broken(String),
}

/// Carries mails for one worker.
pub struct Postman {
    way: Way,
    from: Result<Party, String>,
}

impl Postman {
    /// A postman as the settings want it; nothing is connected yet.
    #[must_use]
    pub fn new(house: &Arc<House>) -> Self {
        Self { way: Way::of(house), from: sender(&house.config.mail_from) }
    }

    /// Makes one attempt at the mail that the job is about.
    pub async fn deliver(&mut self, scope: &Scope, job: &job::Model) -> Verdict {
        let Ok(id) = MailId::parse(&job.subject) else {
            return Verdict::give_up("The subject of the job is no mail.");
        };
        match self.attempt(scope, (job, id)).await {
            Ok(verdict) => verdict,
            Err(error) => Verdict::again(format!("{error}")),
        }
    }

    async fn attempt(
        &mut self,
        scope: &Scope,
        (job, id): (&job::Model, MailId),
    ) -> Result<Verdict> {
        let Some(mail) = query::mail(&scope.db(), id).await? else { return Ok(Verdict::Done) };
        if matches!(mail.state, MailState::Sent | MailState::Skipped) {
            // An earlier attempt got here and died before the job was closed.
            return Ok(Verdict::Done);
        }
        let from = match &self.from {
            Ok(from) => from.clone(),
            Err(why) => return Ok(Verdict::again(why.clone())),
        };
        if mail.bytes.is_none() && mail.login_code_id.is_none() {
            // Words were taken out of it, or it comes from an earlier release: from here on that shows.
            write(scope, &mail, MailNote::Begun).await?;
        }
        match prepare(scope, &mail, &from).await? {
            Prepared::Ready(_) if is_forgotten(scope, &mail).await? => {
                // Words were taken out after it was rendered: the next attempt renders it anew.
                Ok(Verdict::again(why::REDACTED))
            }
            Prepared::Ready(ready) => {
                self.keep_inside(scope).await?;
                let outcome = self.way.carry(&mail, (&from.address, &ready)).await;
                conclude(scope, (job, &mail), (&ready.to, outcome)).await
            }
            Prepared::Again(why) => Ok(Verdict::again(why)),
            Prepared::Skip(why) => {
                write(scope, &mail, MailNote::Skipped(why.to_owned())).await?;
                Ok(Verdict::Done)
            }
            Prepared::Fail(why) => {
                write(scope, &mail, MailNote::Failed(why)).await?;
                Ok(Verdict::Done)
            }
        }
    }
}

impl Postman {
    /// A demo mails nobody, whatever the settings say: its people are invented. Asked before every
    /// mail and before anything is connected, because a demo can be loaded while others serve the same
    /// database. Settings that cannot be used do not matter here either.
    async fn keep_inside(&mut self, scope: &Scope) -> Result<()> {
        if !matches!(self.way, Way::Folder(_)) && programs::query::is_demo(&scope.db()).await? {
            self.way = Way::into_folder(&scope.house);
        }
        Ok(())
    }
}

impl Way {
    fn into_folder(house: &Arc<House>) -> Self {
        match Capture::open(house.config.data_dir.join("mail")) {
            Ok(folder) => Self::Folder(folder),
            Err(error) => Self::Broken(format!("The folder for mails: {error}")),
        }
    }

    fn of(house: &Arc<House>) -> Self {
        let Some(url) = &house.config.smtp_url else { return Self::into_folder(house) };
        match url.parse::<SmtpUrl>() {
            Ok(server) => {
                let hello = domain(&house.config.public_url).to_owned();
                Self::Server(Box::new(Courier::new(CourierSetup {
                    server,
                    hello,
                    deadline: DEADLINE,
                })))
            }
            Err(error) => Self::Broken(format!("The setting smtp_url: {error}")),
        }
    }

    async fn carry(&mut self, mail: &mail::Model, (from, ready): (&Address, &Ready)) -> Outcome {
        match self {
            Self::Server(courier) => {
                courier.send(Parcel { from, to: &ready.to, bytes: &ready.bytes }).await
            }
            Self::Folder(folder) => capture(folder.clone(), mail, ready).await,
            Self::Broken(why) => Outcome::Retry { why: why.clone() },
        }
    }
}

async fn capture(folder: Capture, mail: &mail::Model, ready: &Ready) -> Outcome {
    let Ok(id) = MessageId::parse(&mail.message_id) else {
        return Outcome::Rejected { why: String::from("a broken Message-ID"), hard_bounce: false };
    };
    let (at, bytes) = (mail.created_at.to_time(), ready.bytes.clone());
    let kept = spawn_blocking(move || folder.keep(at, &id, &bytes).map(|_| ())).await;
    match kept {
        Ok(Ok(())) => Outcome::Delivered,
        Ok(Err(error)) => Outcome::Retry { why: format!("cannot write the file: {error}") },
        Err(_) => Outcome::Retry { why: String::from("writing the file broke off") },
    }
}

/// A mail that can go.
struct Ready {
    to: Address,
    bytes: Vec<u8>,
}

enum Prepared {
    Ready(Ready),
    Skip(&'static str),
    Fail(String),
    Again(&'static str),
}

/// Makes a mail ready, or finds out why it may not go: the checks of every attempt.
async fn prepare(scope: &Scope, mail: &mail::Model, from: &Party) -> Result<Prepared> {
    let person = match mail.person_id {
        Some(id) => query::person(&scope.db(), id).await?,
        None => None,
    };
    if let Some(why) = obstacle(person.as_ref()) {
        return Ok(Prepared::Skip(why));
    }
    let Some(person) = person else { return Ok(Prepared::Skip(why::GONE)) };
    match mail.notification_id {
        Some(note) => prepare_news(scope, mail, (note, &person, from)).await,
        None if is_gathered(mail) => prepare_gathered(scope, mail, (&person, from)).await,
        None => prepare_security(scope, mail, (&person, from)).await,
    }
}

async fn prepare_news(
    scope: &Scope,
    mail: &mail::Model,
    (note, person, from): (NotificationId, &person::Model, &Party),
) -> Result<Prepared> {
    let Some(note) = query::notification(&scope.db(), note).await? else {
        return Ok(Prepared::Skip(why::GONE));
    };
    if is_unwanted(scope, &note).await? {
        return Ok(Prepared::Skip(why::NOT_WANTED));
    }
    let written = match letter::write(scope, &note, person).await? {
        Letter::Written(written) => written,
        Letter::None(why) => return Ok(Prepared::Skip(why)),
    };
    match (&mail.to_address, rendered(mail)) {
        (Some(to), Some(bytes)) => repeat((mail, (to, bytes)), (person, from), &written),
        _ => first(scope, mail, (person, from), &written).await,
    }
}

/// What an earlier attempt has made of a mail.
fn rendered(mail: &mail::Model) -> Option<&[u8]> {
    mail.bytes.as_deref().filter(|bytes| !bytes.is_empty())
}

async fn is_unwanted(scope: &Scope, note: &notification::Model) -> Result<bool> {
    let wishes = query::wishes(&scope.db(), &[note.person_id]).await?;
    Ok(wishes.by_mail(note.person_id, topic_of(note.kind)) == Delivery::Off)
}

/// Whether a mail tells of several things that waited for it: a digest, or "is it still fixed?".
fn is_gathered(mail: &mail::Model) -> bool {
    let of_several = matches!(mail.kind, MailKind::Digest | MailKind::StillFixed);
    mail.notification_id.is_none() && of_several
}

/// A digest: made at every attempt, because what it tells of may have changed or be no longer this
/// reader's to know. Where nothing did, the bytes are the same; where something did, they are kept
/// anew under the same Message-ID.
async fn prepare_gathered(
    scope: &Scope,
    mail: &mail::Model,
    (person, from): (&person::Model, &Party),
) -> Result<Prepared> {
    let letter = match mail.kind {
        MailKind::StillFixed => still_fixed::letter(scope, mail, person).await?,
        _ => digest::letter(scope, mail, person).await?,
    };
    let written = match letter {
        Letter::Written(written) => written,
        Letter::None(why) => return Ok(Prepared::Skip(why)),
    };
    first(scope, mail, (person, from), &written).await
}

/// The first attempt, and each one of a digest: the mail is made and kept before anything is sent. Whoever takes words out while
/// it is being made leaves it with nothing to keep its bytes in: then it is made anew.
async fn first(
    scope: &Scope,
    mail: &mail::Model,
    (person, from): (&person::Model, &Party),
    written: &Written,
) -> Result<Prepared> {
    let Some(to) = party_of(person) else { return Ok(Prepared::Fail(NOT_AN_ADDRESS.to_owned())) };
    let bytes = bytes_of(mail, (from, &to), written)?;
    if rendered(mail) == Some(bytes.as_slice()) {
        return Ok(Prepared::Ready(Ready { to: to.address, bytes }));
    }
    let note = MailNote::Rendered { to: to.address.to_string(), bytes: bytes.clone() };
    let tx = scope.begin().await?;
    let kept = query::note_mail(&tx, mail.id, note, scope.now).await?;
    tx.commit_silently(()).await?;
    Ok(match kept {
        0 => Prepared::Again(why::REDACTED),
        _ => Prepared::Ready(Ready { to: to.address, bytes }),
    })
}

/// Whether what was rendered of a mail is forgotten again: the last look before it goes out.
async fn is_forgotten(scope: &Scope, mail: &mail::Model) -> Result<bool> {
    if mail.notification_id.is_none() && !is_gathered(mail) {
        return Ok(false);
    }
    let now = query::mail(&scope.db(), mail.id).await?;
    Ok(now.is_none_or(|now| now.bytes.is_none()))
}

/// A later attempt: the same bytes to the same address. Who lost the right to read since then gets
/// them only if they were written for somebody without it, which shows by making them once more.
fn repeat(
    (mail, (to, bytes)): (&mail::Model, (&str, &[u8])),
    (person, from): (&person::Model, &Party),
    written: &Written,
) -> Result<Prepared> {
    let Ok(address) = to.parse::<Address>() else {
        return Ok(Prepared::Fail(NOT_AN_ADDRESS.to_owned()));
    };
    if written.form == Form::Bare {
        let to = Party { name: Some(person.name.clone()), address: address.clone() };
        if bytes_of(mail, (from, &to), written)? != bytes {
            return Ok(Prepared::Skip(why::MAY_NOT_READ));
        }
    }
    Ok(Prepared::Ready(Ready { to: address, bytes: bytes.to_vec() }))
}

/// What cannot be written to.
const NOT_AN_ADDRESS: &str = "The e-mail address of the person is not one.";

fn party_of(person: &person::Model) -> Option<Party> {
    let address = person.email.as_deref()?.parse().ok()?;
    Some(Party { name: Some(person.name.clone()), address })
}

/// A security mail: made anew at every attempt, never kept. A code that is spent or over is not
/// sent.
async fn prepare_security(
    scope: &Scope,
    mail: &mail::Model,
    (person, from): (&person::Model, &Party),
) -> Result<Prepared> {
    let written = match letter::with_code(scope, mail, person).await? {
        Letter::Written(written) => written,
        Letter::None(why) => return Ok(Prepared::Skip(why)),
    };
    let Some(to) = party_of(person) else { return Ok(Prepared::Fail(NOT_AN_ADDRESS.to_owned())) };
    let bytes = bytes_of(mail, (from, &to), &written)?;
    Ok(Prepared::Ready(Ready { to: to.address, bytes }))
}

fn bytes_of(
    mail: &mail::Model,
    (from, to): (&Party, &Party),
    written: &Written,
) -> Result<Vec<u8>> {
    let broken = |error| Fault::internal(format!("a mail was not composed: {error}"));
    let message_id = MessageId::parse(&mail.message_id).map_err(broken)?;
    let host = mail.message_id.trim_end_matches('>').rsplit('@').next().unwrap_or_default();
    let thread = written.thread.map(|id| MessageId::new(&id.to_string(), host)).transpose();
    let bytes = compose(&Draft {
        from,
        to,
        subject: &written.rendered.subject,
        text: &written.rendered.text,
        html: &written.rendered.html,
        message_id: &message_id,
        thread: thread.map_err(broken)?.as_ref(),
        at: mail.created_at.to_time(),
        language: &languages_of(written),
        unsubscribe: written.unsubscribe.as_deref(),
    });
    Ok(bytes.map_err(broken)?)
}

/// The languages of a mail, that of its frame first.
fn languages_of(written: &Written) -> String {
    let frame = written.language.tag();
    match written.quoted.as_deref().filter(|quoted| !quoted.eq_ignore_ascii_case(frame)) {
        Some(quoted) => format!("{frame}, {quoted}"),
        None => frame.to_owned(),
    }
}

/// Writes down what an attempt came to.
async fn conclude(
    scope: &Scope,
    (job, mail): (&job::Model, &mail::Model),
    (to, outcome): (&Address, Outcome),
) -> Result<Verdict> {
    let told = match &outcome {
        Outcome::Delivered => "sent",
        Outcome::Retry { .. } => "retry",
        Outcome::Rejected { .. } => "rejected",
    };
    metrics::counter!("earshot_mails_total", "outcome" => told).increment(1);
    match outcome {
        Outcome::Delivered => {
            // The job goes in the same transaction.
            let tx = scope.begin().await?;
            close(&tx, scope, (mail, MailNote::Sent)).await?;
            let hold = queue::finish(&tx, job).await?;
            return tx.commit_silently(Verdict::Finished(hold)).await;
        }
        // The queue writes it down together with the next time.
        Outcome::Retry { why } => return Ok(Verdict::again(why)),
        Outcome::Rejected { why, hard_bounce } => {
            let tx = scope.begin().await?;
            close(&tx, scope, (mail, MailNote::Failed(why))).await?;
            if let (true, Some(person)) = (hard_bounce, mail.person_id) {
                query::note_bounce(&tx, person, to.as_ref(), scope.now).await?;
            }
            tx.commit_silently(()).await?;
        }
    }
    Ok(Verdict::Done)
}

async fn write(scope: &Scope, mail: &mail::Model, note: MailNote) -> Result<()> {
    let tx = scope.begin().await?;
    match note {
        MailNote::Sent | MailNote::Skipped(_) | MailNote::Failed(_) => {
            close(&tx, scope, (mail, note)).await?;
        }
        _ => {
            query::note_mail(&tx, mail.id, note, scope.now).await?;
        }
    }
    tx.commit_silently(()).await
}

/// What became of a mail for good; of one of several things nobody asks any more what they were.
async fn close(tx: &Tx, scope: &Scope, (mail, note): (&mail::Model, MailNote)) -> Result<()> {
    query::note_mail(tx, mail.id, note, scope.now).await?;
    if is_gathered(mail) {
        query::forget_lines(tx, mail.id).await?;
    }
    Ok(())
}

/// The mail's part of a job that goes back or is given up.
///
/// # Errors
/// A fault of the database.
pub async fn note(
    tx: &Tx,
    scope: &Scope,
    job: &job::Model,
    (fate, why): (Fate, &str),
) -> Result<()> {
    let Ok(id) = MailId::parse(&job.subject) else { return Ok(()) };
    let note = match fate {
        Fate::Again(_) => MailNote::Waiting(why.to_owned()),
        Fate::Dead => MailNote::Dead(why.to_owned()),
    };
    query::note_mail(tx, id, note, scope.now).await?;
    Ok(())
}

/// Reads `Name <address>` or an address.
fn sender(text: &str) -> Result<Party, String> {
    let mailbox: lettre::message::Mailbox =
        text.parse().map_err(|error| format!("The setting mail_from: {error}"))?;
    Ok(Party { name: mailbox.name, address: mailbox.email })
}

#[cfg(test)]
mod tests {
    use super::sender;

    #[test]
    fn the_sender_may_have_a_name() {
        let named = sender("Wir hören zu <earshot@example.org>").expect("sound");
        assert_eq!(named.name.as_deref(), Some("Wir hören zu"));
        assert_eq!(named.address.to_string(), "earshot@example.org");
        assert_eq!(sender("earshot@localhost").expect("sound").name, None);
        assert!(sender("nobody").is_err());
    }
}
