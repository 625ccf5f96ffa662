//! What waits for a digest when its reader chooses anew: it follows the choice.

use std::collections::BTreeMap;

use entity::id::{NotificationId, PersonId};
use entity::instant::Instant;
use entity::notify::notification;
use entity::notify::rhythm::{self, When, is_ending, topic_of};
use entity::notify::values::{Delivery, NotificationKind, Topic};

use super::query::{self, Lines};
use super::writing;
use crate::identity;
use crate::kit::error::Result;
use crate::kit::scope::{Scope, Tx};

/// Moves the lines of a topic that wait to where the new choice puts them. OFF drops them. IMMEDIATE
/// sends them with the next round, in one mail; DAILY and WEEKLY with the next such digest, where a
/// weekly one drops steps on a way that has not ended.
///
/// # Errors
/// A fault of the database.
pub(super) async fn follow(
    tx: &Tx,
    scope: &Scope,
    (person, topic, wish): (PersonId, Topic, Delivery),
) -> Result<()> {
    let waiting = query::lines_waiting(tx, person).await?;
    if waiting.is_empty() {
        return Ok(());
    }
    let mut notes = query::notes_of(tx, Lines::These(&waiting)).await?;
    notes.retain(|note| topic_of(note.kind) == topic);
    let mut dropped = steps_of(tx, (wish, &notes)).await?;
    notes.retain(|note| !dropped.contains(&note.id));
    let home = query::person(tx, person).await?.map(|it| it.home_unit_id);
    let zones = identity::query::zones(tx, home.as_slice()).await?;
    let zone = home.and_then(|home| zones.get(&home)).map(String::as_str);
    let (hours, zone) = (writing::hours(tx).await?, rhythm::zone_called(zone));
    let mut moved: BTreeMap<Instant, Vec<NotificationId>> = BTreeMap::new();
    for note in notes {
        let wish = rhythm::wish_of(note.kind, wish);
        match rhythm::when((topic, wish), (&hours, &zone), scope.now) {
            When::Never => dropped.push(note.id),
            When::Now => moved.entry(scope.now).or_default().push(note.id),
            When::At(due) | When::Digest(due) => moved.entry(due).or_default().push(note.id),
        }
    }
    query::delete_lines(tx, &dropped).await?;
    for (due, lines) in moved {
        query::postpone(tx, &lines, due).await?;
    }
    Ok(())
}

/// What a weekly digest does not tell of: steps of what somebody follows that have not ended it.
async fn steps_of(
    tx: &Tx,
    (wish, notes): (Delivery, &[notification::Model]),
) -> Result<Vec<NotificationId>> {
    let follows = |note: &&notification::Model| note.kind == NotificationKind::FollowedDecision;
    if wish != Delivery::Weekly {
        return Ok(Vec::new());
    }
    let ids: Vec<_> = notes.iter().filter(follows).filter_map(|it| it.decision_id).collect();
    let decisions = query::decisions(tx, &ids).await?;
    let is_step = |note: &&notification::Model| {
        let decision = note.decision_id.and_then(|id| decisions.get(&id));
        decision.is_some_and(|it| !is_ending(it.to_phase))
    };
    Ok(notes.iter().filter(follows).filter(is_step).map(|note| note.id).collect())
}
