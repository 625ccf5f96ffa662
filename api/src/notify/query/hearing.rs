//! What people chose to hear, and how often.
#![allow(clippy::disallowed_methods)] // part of a query.rs

use std::collections::HashMap;

use entity::id::PersonId;
use entity::notify::rhythm::{default_of, topic_of};
use entity::notify::values::{Delivery, NotificationKind, Topic, Way};
use entity::notify::{hearing, notification};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter,
};

use crate::kit::error::Result;

/// What some people chose; whatever they did not choose is as it is by default.
#[derive(Clone, Debug, Default)]
pub(in crate::notify) struct Wishes {
    chosen: HashMap<(PersonId, Topic, Way), Delivery>,
}

impl Wishes {
    /// How often somebody wants to hear of a topic by one way.
    pub(in crate::notify) fn of(&self, person: PersonId, (topic, way): (Topic, Way)) -> Delivery {
        let chosen = self.chosen.get(&(person, topic, way)).copied();
        chosen.unwrap_or(default_of(topic, way))
    }

    /// These wishes and those of others.
    pub(in crate::notify) fn join(&mut self, others: Self) {
        self.chosen.extend(others.chosen);
    }

    /// How often somebody wants mails about a topic.
    pub(in crate::notify) fn by_mail(&self, person: PersonId, topic: Topic) -> Delivery {
        self.of(person, (topic, Way::Email))
    }
}

/// What these people chose. One statement.
pub(in crate::notify) async fn wishes<C: ConnectionTrait>(
    conn: &C,
    people: &[PersonId],
) -> Result<Wishes> {
    let rows = hearing::Entity::find()
        .filter(hearing::Column::PersonId.is_in(people.iter().copied()))
        .all(conn)
        .await?;
    let chosen = rows.into_iter().map(|it| ((it.person_id, it.topic, it.channel), it.delivery));
    Ok(Wishes { chosen: chosen.collect() })
}

/// What one person chose.
pub(in crate::notify) async fn chosen_by<C: ConnectionTrait>(
    conn: &C,
    person: PersonId,
) -> Result<Wishes> {
    wishes(conn, &[person]).await
}

/// Keeps a choice.
pub(in crate::notify) async fn choose<C: ConnectionTrait>(
    tx: &C,
    chosen: &hearing::Model,
) -> Result<()> {
    let row = hearing::ActiveModel {
        person_id: Set(chosen.person_id),
        topic: Set(chosen.topic),
        channel: Set(chosen.channel),
        delivery: Set(chosen.delivery),
    };
    hearing::Entity::insert(row)
        .on_conflict(
            OnConflict::columns([
                hearing::Column::PersonId,
                hearing::Column::Topic,
                hearing::Column::Channel,
            ])
            .update_column(hearing::Column::Delivery)
            .to_owned(),
        )
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Notifications that somebody wants to see in the app. What is switched off stays in its row: who
/// switches it on again finds it.
pub(in crate::notify) async fn shown<C: ConnectionTrait>(
    conn: &C,
    person: PersonId,
) -> Result<Condition> {
    let wishes = chosen_by(conn, person).await?;
    let is_off =
        |kind: &NotificationKind| wishes.of(person, (topic_of(*kind), Way::InApp)) == Delivery::Off;
    let off: Vec<NotificationKind> = NotificationKind::ALL.into_iter().filter(is_off).collect();
    Ok(match off.is_empty() {
        true => Condition::all(),
        false => Condition::all().add(notification::Column::Kind.is_not_in(off)),
    })
}
