//! "Is it still fixed?" by mail: everything that somebody is asked on one day in one mail, each to be
//! answered in the app.

use entity::id::SubmissionId;
use entity::identity::person;
use entity::instant::Instant;
use entity::notify::mail;
use entity::notify::rhythm::topic_of;
use entity::notify::values::{Delivery, NotificationKind};

use super::digest::News;
use super::letter::{Form, Letter, Signature, Written, framed};
use super::links::{self, Sort};
use super::query::{self, Lines};
use super::reader::why;
use super::rights;
use super::service;
use super::templates::{AskedAgain, AskedLine, StillFixed};
use super::words::Language;
use crate::kit::error::Result;
use crate::kit::scope::Scope;

/// Most lines of a mail; the rest is counted.
const LINES: usize = 50;
/// What these mails are about.
const KIND: NotificationKind = NotificationKind::StillFixed;

/// One that is asked about.
struct Asked {
    id: SubmissionId,
    reference: String,
    title: String,
    done: Instant,
}

/// Writes the mail, by what is so and what its reader may know now: what was answered or is back at work
/// is not in it.
///
/// # Errors
/// A fault of the database, or a mistake in a template.
pub(super) async fn letter(
    scope: &Scope,
    mail: &mail::Model,
    person: &person::Model,
) -> Result<Letter> {
    let db = scope.db();
    let Some(actor) = rights::actor_of(scope, person.id).await? else {
        return Ok(Letter::None(why::DEACTIVATED));
    };
    let wishes = query::chosen_by(&db, person.id).await?;
    if wishes.by_mail(person.id, topic_of(KIND)) == Delivery::Off {
        return Ok(Letter::None(why::NOT_WANTED));
    }
    let notes = query::notes_of(&db, Lines::In(mail.id)).await?;
    let views = service::views(&scope.acting_as(actor), notes).await?;
    let asked = asked(&News::of(scope, views).await?);
    let signature = Signature { person, language: Language::best(&person.locale) };
    let public_url = &scope.house.config.public_url;
    let link = |it: &Asked| links::submission(public_url, &it.reference);
    let sort = Sort::Of(KIND);
    let (rendered, unsubscribe) = match asked.as_slice() {
        [] => return Ok(Letter::None(why::ANSWERED)),
        [one] => {
            let mail = StillFixed {
                reference: &one.reference,
                title: Some(&one.title),
                done: one.done.day().0,
                link: &link(one),
            };
            framed(scope, (sort, &signature), &mail).await?
        }
        many => {
            let line = |it: &Asked| AskedLine {
                reference: it.reference.clone(),
                title: it.title.clone(),
                done: it.done.day().0,
                link: link(it),
            };
            let lines: Vec<AskedLine> = many.iter().take(LINES).map(line).collect();
            let mail = AskedAgain { lines: &lines, more: many.len().saturating_sub(LINES) };
            framed(scope, (sort, &signature), &mail).await?
        }
    };
    Ok(Letter::Written(Written {
        rendered,
        language: signature.language,
        quoted: None,
        thread: asked.first().filter(|_| asked.len() == 1).map(|one| one.id),
        unsubscribe: Some(unsubscribe),
        form: Form::Full,
    }))
}

/// What there still is to ask, the longest done first.
fn asked(news: &News) -> Vec<Asked> {
    let question = |view: &service::View| {
        let id = view.row.submission_id?;
        let done = news.standings.get(&id)?.implemented_shown_at?;
        let title = view.title.clone()?;
        Some(Asked { id, reference: view.reference.clone(), title, done })
    };
    let mut asked: Vec<Asked> = news.views.iter().filter_map(question).collect();
    asked.sort_by_key(|it| (it.done, it.id));
    asked
}
