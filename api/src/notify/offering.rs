//! Offers of ideas to other sites: who is told, and what the mail says, by what is so at that moment.

use entity::facts::fact;
use entity::id::{AdoptionId, PersonId, SubmissionId, UnitId};
use entity::identity::person;
use entity::implementation::adoption;
use entity::implementation::values::AdoptionState;
use entity::notify::notification;
use entity::notify::values::NotificationKind;
use entity::submissions::{redaction, submission};
use serde::Deserialize;

use super::letter::{Form, Letter, Signature, Written, framed};
use super::links::{self, Sort};
use super::reader::why;
use super::telling::{Loudness, Telling};
use super::templates::AdoptionOffer;
use super::words::Language;
use super::{query, rights};
use crate::implementation::service::copies;
use crate::kit::error::Result;
use crate::kit::scope::Scope;

/// The fact that something was offered to a site.
pub(super) const OFFERED: &str = copies::OFFERED;
/// The facts by which a site answers.
pub(super) const ANSWERED: [&str; 3] =
    ["adoption.accepted", "adoption.completed", "adoption.declined"];

/// What the facts say.
#[derive(Debug, Deserialize)]
struct Said {
    adoption: AdoptionId,
    site: UnitId,
}

fn telling(fact: &fact::Model, said: &Said, to: (PersonId, NotificationKind)) -> Telling {
    let (person, kind) = to;
    Telling {
        fact_seq: fact.seq,
        person,
        submission: Some(SubmissionId(fact.subject_id)),
        kind,
        loudness: Loudness::Quiet,
        decision: None,
        comment: None,
        item: None,
        adoption: Some(said.adoption),
        announcement: None,
        resolution: None,
    }
}

/// Those who lead the site hear of an offer, as far as they may read the idea and nobody answered.
pub(super) async fn offered(scope: &Scope, fact: &fact::Model) -> Result<Vec<Telling>> {
    let Ok(said) = serde_json::from_str::<Said>(&fact.data) else { return Ok(Vec::new()) };
    let mut answering = copies::answering_for(&scope.db(), &[said.site]).await?;
    let mut told = Vec::new();
    for person in answering.remove(&said.site).unwrap_or_default() {
        let Some(actor) = rights::actor_of(scope, person).await? else { continue };
        let offer = query::offer_to(&scope.db(), &actor, said.adoption).await?;
        if offer.is_some_and(|it| it.state == AdoptionState::Offered) {
            let to = (person, NotificationKind::AdoptionOffered);
            told.push(Telling { loudness: Loudness::Mail, ..telling(fact, &said, to) });
        }
    }
    Ok(told)
}

/// Whoever offered it hears what the site answers, unless it was them, in the app alone.
pub(super) async fn answered(scope: &Scope, fact: &fact::Model) -> Result<Vec<Telling>> {
    let Ok(said) = serde_json::from_str::<Said>(&fact.data) else { return Ok(Vec::new()) };
    let offer = query::offer(&scope.db(), said.adoption).await?;
    let offered_by = offer.and_then(|it| it.offered_by).filter(|it| Some(it.0) != fact.actor_id);
    let Some(person) = offered_by else { return Ok(Vec::new()) };
    if !rights::may_read(scope, person, SubmissionId(fact.subject_id)).await? {
        return Ok(Vec::new());
    }
    Ok(vec![telling(fact, &said, (person, NotificationKind::AdoptionAnswered))])
}

/// Writes the mail of an offer. Who leads the site no longer, or may not read the idea any more, gets
/// none; nor does anybody once it was answered or taken back.
pub(super) async fn letter(
    scope: &Scope,
    note: &notification::Model,
    person: &person::Model,
) -> Result<Letter> {
    let db = scope.db();
    let Some(actor) = rights::actor_of(scope, person.id).await? else {
        return Ok(Letter::None(why::DEACTIVATED));
    };
    let Some(id) = note.adoption_id else { return Ok(Letter::None(why::GONE)) };
    let Some(offer) = query::offer_to(&db, &actor, id).await? else {
        return Ok(Letter::None(why::MAY_NOT_READ));
    };
    if offer.state != AdoptionState::Offered {
        return Ok(Letter::None(why::GONE));
    }
    let Some(idea) = query::submission(&db, offer.submission_id).await? else {
        return Ok(Letter::None(why::GONE));
    };
    written(scope, (note, person), (&offer, &idea)).await
}

async fn written(
    scope: &Scope,
    (note, person): (&notification::Model, &person::Model),
    (offer, idea): (&adoption::Model, &submission::Model),
) -> Result<Letter> {
    let db = scope.db();
    let language = Language::best(&person.locale);
    let title = query::wording(&db, idea.text_id).await?.map(|wording| wording.title);
    let title = title.unwrap_or_default();
    let site = query::site_name(&db, offer.site_id).await?.unwrap_or_default();
    let from = query::site_name(&db, idea.unit_id).await?.unwrap_or_default();
    let address = &scope.house.config.public_url;
    let mail = AdoptionOffer {
        reference: &idea.reference,
        title: &redaction::shown(&title, language.tag()),
        site: &site,
        from: &from,
        message: offer.message.as_deref(),
        link: &links::submission(address, &idea.reference),
    };
    let signature = Signature { person, language };
    let (rendered, unsubscribe) = framed(scope, (Sort::Of(note.kind), &signature), &mail).await?;
    Ok(Letter::Written(Written {
        rendered,
        language,
        quoted: None,
        thread: Some(idea.id),
        unsubscribe: Some(unsubscribe),
        form: Form::Full,
    }))
}
