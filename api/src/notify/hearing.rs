//! How often people hear of what: what they chose, and the surface to choose by.

use async_graphql::{Context, Enum, InputObject, Object, SimpleObject};
use entity::id::PersonId;
use entity::notify::hearing;
use entity::notify::rhythm::{choices_of, topic_of};
use entity::notify::values::{Delivery as Wish, NotificationKind as Kind, Topic, Way};

use super::graphql::{NotificationKind, NotifyUserError};
use super::links::{Sort, Stop};
use super::query::{self, Wishes};
use super::words::Language;
use super::{replanning, telling};
use crate::graphql::payload::{answer, scope, settle};
use crate::kit::error::{Code, Refusal, Result};
use crate::kit::scope::Scope;
use crate::payload;

/// What people choose by how often they hear of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::notify::values::Topic")]
pub enum NotificationTopic {
    /// Answers and questions about what you sent.
    Own,
    /// What became of what you voted for or follow.
    Followed,
    /// Comments on what you sent, and where you were mentioned.
    Comments,
    /// Work that was given to you, and reminders of it.
    Work,
    /// What the CX team tells your unit.
    Announcements,
}

/// How often somebody wants to hear by one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::notify::values::Delivery")]
pub enum Delivery {
    /// At once; by mail not in the quiet hours, but for answers and questions about what you sent.
    Immediate,
    /// In one mail a day, if there is anything. The list of what waits too long, a list of a day
    /// already, comes by itself.
    Daily,
    /// In one mail a week, if there is anything; of what you follow only how it ended.
    Weekly,
    /// Not by this way.
    Off,
}

/// How often you want to hear of one topic.
#[derive(Clone, Debug, SimpleObject)]
pub struct TopicPreference {
    /// Of what.
    pub topic: NotificationTopic,
    /// In the list of the app; what is switched off is not listed and not counted.
    pub in_app: Delivery,
    /// By mail.
    pub email: Delivery,
    /// What `inApp` can be.
    pub in_app_choices: Vec<Delivery>,
    /// What `email` can be.
    pub email_choices: Vec<Delivery>,
}

fn rows(wishes: &Wishes, person: PersonId) -> Vec<TopicPreference> {
    let choices = |topic, way| choices_of(topic, way).iter().map(|it| (*it).into()).collect();
    let row = |topic: Topic| TopicPreference {
        topic: topic.into(),
        in_app: wishes.of(person, (topic, Way::InApp)).into(),
        email: wishes.by_mail(person, topic).into(),
        in_app_choices: choices(topic, Way::InApp),
        email_choices: choices(topic, Way::Email),
    };
    Topic::ALL.into_iter().map(row).collect()
}

/// How often the asker wants to hear of each topic.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN for integrations.
pub async fn of_mine(scope: &Scope) -> Result<Vec<TopicPreference>> {
    let person = scope.actor.require_person()?;
    Ok(rows(&query::chosen_by(&scope.db(), person).await?, person))
}

/// A choice about one topic; what is left out stays.
#[derive(Clone, Copy, Debug)]
struct Choice {
    topic: Topic,
    in_app: Option<Wish>,
    email: Option<Wish>,
}

async fn choose(scope: &Scope, choice: Choice) -> Result<Wishes> {
    let person_id = scope.actor.require_person()?;
    let wanted = [(Way::InApp, choice.in_app), (Way::Email, choice.email)];
    if wanted.iter().all(|(_, wish)| wish.is_none()) {
        let nothing = "Say how often by `inApp`, by `email`, or both.";
        return Err(Refusal::new(Code::Required, "email", nothing).into());
    }
    let topic = choice.topic;
    for (way, wish) in wanted {
        if let Some(wish) = wish {
            check((topic, way), wish)?;
        }
    }
    let tx = scope.begin().await?;
    for (channel, wish) in wanted {
        if let Some(delivery) = wish {
            query::choose(&tx, &hearing::Model { person_id, topic, channel, delivery }).await?;
        }
    }
    if let Some(wish) = choice.email {
        replanning::follow(&tx, scope, (person_id, topic, wish)).await?;
    }
    let now = query::chosen_by(&tx, person_id).await?;
    tx.commit(now).await
}

fn check((topic, way): (Topic, Way), wish: Wish) -> Result<()> {
    let choices = choices_of(topic, way);
    if choices.contains(&wish) {
        return Ok(());
    }
    let message = match topic {
        Topic::Own => {
            "Answers and questions about what you sent always stand in the app. Choose by `email` how often they come as a mail."
        }
        _ => {
            "The app tells at once or not at all: choose IMMEDIATE or OFF. Digests come by `email`."
        }
    };
    let field = if way == Way::InApp { "inApp" } else { "email" };
    let allowed = choices.iter().map(ToString::to_string).collect();
    Err(Refusal::new(Code::Invalid, field, message).allowing(allowed).into())
}

/// "No more of these", by the address in a mail; needs no sign-in. Whoever it names, the answer is
/// the same.
///
/// # Errors
/// A fault of the database.
pub async fn stop(scope: &Scope, stop: Stop) -> Result<()> {
    if query::person(&scope.db(), stop.person).await?.is_none() {
        return Ok(());
    }
    let tx = scope.begin().await?;
    let wishes = query::chosen_by(&tx, stop.person).await?;
    for topic in stopped(&wishes, stop) {
        let off = hearing::Model {
            person_id: stop.person,
            topic,
            channel: Way::Email,
            delivery: Wish::Off,
        };
        query::choose(&tx, &off).await?;
        replanning::follow(&tx, scope, (stop.person, topic, Wish::Off)).await?;
    }
    tx.commit(()).await
}

/// The topics of which one address stops the mails: of a kind of event its topic; of digests all that
/// are told in one; of a mail that gathered others, what it told of.
fn stopped(wishes: &Wishes, stop: Stop) -> Vec<Topic> {
    let in_digest =
        |topic: &Topic| matches!(wishes.by_mail(stop.person, *topic), Wish::Daily | Wish::Weekly);
    match stop.sort {
        Sort::Of(kind) => vec![topic_of(kind)],
        Sort::Digest => Topic::ALL.into_iter().filter(in_digest).collect(),
        Sort::These(topics) => topics.each().collect(),
    }
}

/// What an address in a mail does, for the page behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopping {
    /// The language of the person whose mails stop; English when there is nobody.
    pub language: Language,
    /// Of what there are no more mails afterwards.
    pub stops: Vec<Topic>,
    /// Of what there still are.
    pub goes_on: Vec<Topic>,
}

/// What an address would stop, and what goes on.
///
/// # Errors
/// A fault of the database.
pub async fn stopping(scope: &Scope, stop: Stop) -> Result<Stopping> {
    let db = scope.db();
    let person = query::person(&db, stop.person).await?;
    let wishes = query::chosen_by(&db, stop.person).await?;
    let stops = stopped(&wishes, stop);
    let goes_on =
        |topic: &Topic| !stops.contains(topic) && wishes.by_mail(stop.person, *topic) != Wish::Off;
    Ok(Stopping {
        language: person.map_or(Language::En, |person| Language::best(&person.locale)),
        goes_on: Topic::ALL.into_iter().filter(goes_on).collect(),
        stops,
    })
}

/// How often you get mails of one kind of event.
#[derive(Clone, Debug, SimpleObject)]
pub struct NotificationPreference {
    /// Which events.
    pub kind: NotificationKind,
    /// By mail.
    pub email: Delivery,
}

fn by_kind(wishes: &Wishes, person: PersonId) -> Vec<NotificationPreference> {
    let kinds = Kind::ALL.into_iter().filter(|kind| telling::mail_kind(*kind).is_some());
    let row = |kind| NotificationPreference {
        kind: NotificationKind::from(kind),
        email: wishes.by_mail(person, topic_of(kind)).into(),
    };
    kinds.map(row).collect()
}

/// Queries.
#[derive(Default)]
pub struct HearingQuery;

#[Object]
impl HearingQuery {
    /// How often you get mails, by kind of event; kinds of one topic are the same. Needs a person's
    /// sign-in.
    #[graphql(deprecation = "Use `viewer { notificationPreferences }`. Removal on 2027-12-01.")]
    async fn notification_preferences(
        &self,
        ctx: &Context<'_>,
    ) -> Option<async_graphql::Result<Vec<NotificationPreference>>> {
        let found = async {
            let scope = signed_in(ctx)?;
            let person = scope.actor.require_person()?;
            Ok(by_kind(&query::chosen_by(&scope.db(), person).await?, person))
        };
        answer(found.await)
    }
}

fn signed_in<'a>(ctx: &Context<'a>) -> Result<&'a Scope> {
    let missing = |_| crate::kit::error::Fault::internal("no scope");
    Ok(scope(ctx).map_err(missing)?)
}

/// A choice for the topic of a kind of event.
#[derive(Debug, InputObject)]
pub struct NotificationPreferenceSetInput {
    /// For which events, and for all others of their topic.
    pub kind: NotificationKind,
    /// By mail.
    pub email: Delivery,
}

/// A choice about one topic; what is left out stays.
#[derive(Debug, InputObject)]
pub struct NotificationTopicSetInput {
    /// Of what.
    pub topic: NotificationTopic,
    /// In the app: IMMEDIATE or OFF; of what you sent always IMMEDIATE.
    pub in_app: Option<Delivery>,
    /// By mail.
    pub email: Option<Delivery>,
}

payload!(
    /// What came of `notificationPreferenceSet`.
    NotificationPreferenceSetPayload, NotifyUserError {
        /// Every choice as it stands now.
        preferences: Vec<NotificationPreference>,
    }
);

payload!(
    /// What came of `notificationTopicSet`.
    NotificationTopicSetPayload, NotifyUserError {
        /// Every choice as it stands now.
        preferences: Vec<TopicPreference>,
    }
);

/// Mutations.
#[derive(Default)]
pub struct HearingMutation;

#[Object]
impl HearingMutation {
    /// Chooses how often you hear of a topic. What waits for a digest follows the choice: OFF drops it,
    /// IMMEDIATE sends it with the next round, DAILY and WEEKLY with the next such digest. Needs a
    /// person's sign-in. Codes: REQUIRED, INVALID.
    async fn notification_topic_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The choice.")] input: NotificationTopicSetInput,
    ) -> Option<async_graphql::Result<NotificationTopicSetPayload>> {
        let done = async {
            let scope = signed_in(ctx)?;
            let choice = Choice {
                topic: input.topic.into(),
                in_app: input.in_app.map(Into::into),
                email: input.email.map(Into::into),
            };
            let person = scope.actor.require_person()?;
            Ok(rows(&choose(scope, choice).await?, person))
        };
        settle(done.await, NotificationTopicSetPayload::done)
    }

    /// Chooses how often you get mails of a kind of event, and of all others of its topic. Needs a
    /// person's sign-in. Codes: INVALID.
    #[graphql(deprecation = "Use `notificationTopicSet`. Removal on 2027-12-01.")]
    async fn notification_preference_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The choice.")] input: NotificationPreferenceSetInput,
    ) -> Option<async_graphql::Result<NotificationPreferenceSetPayload>> {
        let done = async {
            let scope = signed_in(ctx)?;
            let person = scope.actor.require_person()?;
            let kind: Kind = input.kind.into();
            if telling::mail_kind(kind).is_none() {
                let message =
                    format!("{kind} is told in the app alone; there is nothing to choose.");
                return Err(Refusal::new(Code::Invalid, "kind", message).into());
            }
            let email = Some(input.email.into());
            let choice = Choice { topic: topic_of(kind), in_app: None, email };
            Ok(by_kind(&choose(scope, choice).await?, person))
        };
        settle(done.await, NotificationPreferenceSetPayload::done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_chosen_is_refused_with_what_can() {
        for topic in Topic::ALL {
            for way in Way::ALL {
                for wish in Wish::ALL {
                    let allowed = choices_of(topic, way).contains(&wish);
                    assert_eq!(check((topic, way), wish).is_ok(), allowed, "{topic} {way} {wish}");
                }
            }
        }
    }
}
