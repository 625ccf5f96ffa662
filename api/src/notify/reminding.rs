//! Reminders of items: who is told, and what the mail says, by what is so at that moment.

use entity::facts::fact;
use entity::id::{ActionItemId, PersonId, SubmissionId, UnitId};
use entity::identity::person;
use entity::implementation::due;
use entity::implementation::item;
use entity::instant::Day;
use entity::notify::notification;
use entity::notify::values::NotificationKind;
use serde::Deserialize;

use super::letter::{Form, Letter, Signature, Written, framed};
use super::links::{self, Sort};
use super::reader::why;
use super::telling::{Loudness, Telling};
use super::templates::ActionReminder;
use super::words::Language;
use super::{query, rights};
use crate::implementation;
use crate::kit::error::Result;
use crate::kit::scope::Scope;

/// The fact that somebody is to be reminded.
pub const REMINDED: &str = implementation::service::remind::REMINDED;

/// What the fact says.
#[derive(Debug, Deserialize)]
struct Reminded {
    item: ActionItemId,
    assignee: Option<PersonId>,
    function: Option<UnitId>,
}

/// Whoever has the item hears, and nobody else: the person, or those who answer for the function; and
/// of them those who may still read what it is about.
pub(super) async fn tellings_of(scope: &Scope, fact: &fact::Model) -> Result<Vec<Telling>> {
    let Ok(said) = serde_json::from_str::<Reminded>(&fact.data) else { return Ok(Vec::new()) };
    let people = match (said.assignee, said.function) {
        (Some(person), _) => vec![person],
        (None, Some(function)) => {
            implementation::query::answering_for(&scope.db(), function).await?
        }
        (None, None) => Vec::new(),
    };
    let submission = (fact.subject_kind == "submission").then_some(SubmissionId(fact.subject_id));
    let mut told = Vec::new();
    for person in people {
        let Some(actor) = rights::actor_of(scope, person).await? else { continue };
        let Some(item) = query::item_of(&scope.db(), &actor, said.item).await? else { continue };
        if due::is_open(item.status) {
            told.push(Telling {
                fact_seq: fact.seq,
                person,
                submission,
                kind: NotificationKind::ActionReminder,
                loudness: Loudness::Mail,
                decision: None,
                comment: None,
                item: Some(item.id),
                resolution: None,
                adoption: None,
                announcement: None,
            });
        }
    }
    Ok(told)
}

/// Writes the mail of a reminder. Who has lost the item or the right to read, and whose item is done,
/// gets none.
pub(super) async fn letter(
    scope: &Scope,
    note: &notification::Model,
    person: &person::Model,
) -> Result<Letter> {
    let db = scope.db();
    let Some(actor) = rights::actor_of(scope, person.id).await? else {
        return Ok(Letter::None(why::DEACTIVATED));
    };
    let Some(id) = note.item_id else { return Ok(Letter::None(why::GONE)) };
    let Some(item) = query::item_of(&db, &actor, id).await? else {
        return Ok(Letter::None(why::MAY_NOT_READ));
    };
    let open = due::is_open(item.status);
    let (true, Some(day)) = (open, item.due_on) else { return Ok(Letter::None(why::GONE)) };
    written(scope, (note, person), (&item, day)).await
}

async fn written(
    scope: &Scope,
    (note, person): (&notification::Model, &person::Model),
    (item, day): (&item::Model, Day),
) -> Result<Letter> {
    let (submission, cause) = query::about_item(&scope.db(), item).await?;
    let unit = submission
        .as_ref()
        .map(|row| row.unit_id)
        .or_else(|| cause.as_ref().and_then(|row| row.owner_unit_id));
    let today = implementation::days::of(&scope.db(), unit).await?.day_of(scope.now);
    let address = &scope.house.config.public_url;
    let link = submission.as_ref().map(|row| links::submission(address, &row.reference));
    let mail = ActionReminder {
        reference: submission.as_ref().map(|row| row.reference.as_str()),
        cause: cause.as_ref().map(|row| row.name.as_str()),
        title: &item.title,
        day: day.0,
        is_overdue: due::is_overdue(item.status, Some(day), today),
        link: link.as_deref(),
    };
    let language = Language::best(&person.locale);
    let signature = Signature { person, language };
    let (rendered, unsubscribe) = framed(scope, (Sort::Of(note.kind), &signature), &mail).await?;
    Ok(Letter::Written(Written {
        rendered,
        language,
        quoted: None,
        thread: submission.map(|row| row.id),
        unsubscribe: Some(unsubscribe),
        form: Form::Full,
    }))
}
