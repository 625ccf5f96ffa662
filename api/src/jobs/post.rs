//! Asking for a mail: its row and its job, in the caller's transaction.
//!
//! Anybody may ask; what the mail says, and whether it may be sent at all, is decided when it is
//! sent (`notify/mailer.rs`).
#![allow(clippy::disallowed_methods)] // the mail log's door for those who ask for mails

use entity::id::{LoginCodeId, MailId, NotificationId, PersonId, SubmissionId};
use entity::implementation::{item, plan};
use entity::instant::Instant;
use entity::notify::values::{MailKind, MailState};
use entity::notify::{digest_line, mail, notification};
use entity::workflow::decision;
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter};

use super::queue::{self, NewJob, Priority};
use crate::kit::error::Result;
use crate::kit::scope::{Scope, Tx};

/// The kind of the jobs that send mails; their subject is the mail's id.
pub const MAIL: &str = "mail";

/// A mail that somebody should get.
#[derive(Clone, Copy, Debug)]
pub struct NewMail {
    /// Which mail.
    pub kind: MailKind,
    /// To whom; the address is looked up when it is sent.
    pub person: PersonId,
    /// The notification that it tells of.
    pub notification: Option<NotificationId>,
    /// The code or link that it brings: derived again at every attempt, never kept.
    pub login_code: Option<LoginCodeId>,
    /// Not before this moment; at once when none is named.
    pub not_before: Option<Instant>,
}

impl NewMail {
    /// A sign-in code or an invitation.
    #[must_use]
    pub fn security(kind: MailKind, person: PersonId, code: LoginCodeId) -> Self {
        Self { kind, person, notification: None, login_code: Some(code), not_before: None }
    }

    fn priority(&self) -> Priority {
        match self.kind {
            MailKind::SignInCode | MailKind::Invitation => Priority::Urgent,
            MailKind::Decision
            | MailKind::Question
            | MailKind::Comment
            | MailKind::ActionReminder
            | MailKind::ReceivedForYou
            | MailKind::AdoptionOffer => Priority::Normal,
            MailKind::Escalation
            | MailKind::Reminder
            | MailKind::StillFixed
            | MailKind::Announcement
            | MailKind::Digest => Priority::Bulk,
        }
    }
}

/// Asks for a mail: the row that becomes its log entry, and the job that sends it.
///
/// # Errors
/// A fault of the database.
pub async fn order(tx: &Tx, scope: &Scope, new: NewMail) -> Result<MailId> {
    let id = MailId(scope.fresh_id());
    write(tx, scope, &[(id, new)]).await?;
    Ok(id)
}

/// As [`order`], for many mails (at most 500 at a time) in two statements.
///
/// # Errors
/// A fault of the database.
pub async fn order_many(tx: &Tx, scope: &Scope, new: &[NewMail]) -> Result<()> {
    let mails: Vec<(MailId, NewMail)> =
        new.iter().map(|mail| (MailId(scope.fresh_id()), *mail)).collect();
    write(tx, scope, &mails).await
}

async fn write(tx: &Tx, scope: &Scope, mails: &[(MailId, NewMail)]) -> Result<()> {
    if mails.is_empty() {
        return Ok(());
    }
    let rows = mails.iter().map(|(id, new)| row(*id, scope, new, MailState::Waiting));
    mail::Entity::insert_many(rows).exec_without_returning(tx).await?;
    let jobs = mails
        .iter()
        .map(|(id, new)| {
            let at = new.not_before.map_or(scope.now, |at| at.max(scope.now));
            NewJob::now(scope, MAIL, id).with_priority(new.priority()).at(at)
        })
        .collect();
    queue::enqueue_many(tx, scope, jobs).await
}

/// Notes a mail that will not be sent, so that the reason can be seen.
///
/// # Errors
/// A fault of the database.
pub async fn skip(tx: &Tx, scope: &Scope, new: NewMail, why: &'static str) -> Result<MailId> {
    let id = MailId(scope.fresh_id());
    let skipped = mail::ActiveModel {
        bytes: Set(None),
        why: Set(Some(why.to_owned())),
        closed_at: Set(Some(scope.now)),
        ..row(id, scope, &new, MailState::Skipped)
    };
    mail::Entity::insert(skipped).exec_without_returning(tx).await?;
    Ok(id)
}

/// Forgets what was rendered of mails about these submissions that were not sent yet: the next
/// attempt renders them anew, under the same Message-ID, from the words as they stand then.
///
/// # Errors
/// A fault of the database.
pub async fn forget_rendered(tx: &Tx, about: &[SubmissionId]) -> Result<()> {
    let about = || about.iter().copied();
    // The people of a twin are told of a decision about the canonical one, with its words.
    let decisions = Query::select()
        .column(decision::Column::Id)
        .from(decision::Entity)
        .and_where(decision::Column::SubmissionId.is_in(about()))
        .to_owned();
    let plans = Query::select()
        .column(plan::Column::Id)
        .from(plan::Entity)
        .and_where(plan::Column::SubmissionId.is_in(about()))
        .to_owned();
    let items = Query::select()
        .column(item::Column::Id)
        .from(item::Entity)
        .and_where(item::Column::PlanId.in_subquery(plans))
        .to_owned();
    let notes = Query::select()
        .column(notification::Column::Id)
        .from(notification::Entity)
        .cond_where(
            Condition::any()
                .add(notification::Column::SubmissionId.is_in(about()))
                .add(notification::Column::DecisionId.in_subquery(decisions))
                .add(notification::Column::ItemId.in_subquery(items)),
        )
        .to_owned();
    let digests = Query::select()
        .column(digest_line::Column::MailId)
        .from(digest_line::Entity)
        .and_where(digest_line::Column::MailId.is_not_null())
        .and_where(digest_line::Column::NotificationId.in_subquery(notes.clone()))
        .to_owned();
    mail::Entity::update_many()
        .col_expr(mail::Column::Bytes, Expr::val(None::<Vec<u8>>))
        .filter(
            Condition::any()
                .add(mail::Column::NotificationId.in_subquery(notes))
                .add(mail::Column::Id.in_subquery(digests)),
        )
        .filter(mail::Column::Bytes.is_not_null())
        .exec(tx)
        .await?;
    Ok(())
}

fn row(id: MailId, scope: &Scope, new: &NewMail, state: MailState) -> mail::ActiveModel {
    mail::ActiveModel {
        id: Set(id),
        kind: Set(new.kind),
        person_id: Set(Some(new.person)),
        notification_id: Set(new.notification),
        login_code_id: Set(new.login_code),
        message_id: Set(format!("<{id}@{}>", domain(&scope.house.config.public_url))),
        to_address: Set(None),
        // Nothing is rendered yet, and nothing forgotten; what opens a door is never kept.
        bytes: Set(new.login_code.is_none().then(Vec::new)),
        state: Set(state),
        why: Set(None),
        attempts: Set(0),
        created_at: Set(scope.now),
        closed_at: Set(None),
    }
}

/// The right-hand side of Message-IDs: the host of the public address, or `earshot.invalid` when
/// that is no plain name.
#[must_use]
pub fn domain(public_url: &str) -> &str {
    let rest = public_url.split_once("://").map_or(public_url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    let plain = !host.is_empty()
        && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    if plain { host } else { "earshot.invalid" }
}

#[cfg(test)]
mod tests {
    use super::domain;

    #[test]
    fn the_domain_is_the_host_of_the_public_address() {
        for (url, host) in [
            ("https://earshot.example.org", "earshot.example.org"),
            ("http://127.0.0.1:8080", "127.0.0.1"),
            ("https://listen.example.org:8443/app", "listen.example.org"),
            ("http://[::1]:8080", "earshot.invalid"),
            ("https://größe.example", "earshot.invalid"),
            ("", "earshot.invalid"),
        ] {
            assert_eq!(domain(url), host, "{url}");
        }
    }
}
