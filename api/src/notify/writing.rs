//! Writing down what is told: notifications, the mails that go with them, and what waits for a digest,
//! as each person wants it (entity, `notify::rhythm`).

use std::collections::{HashMap, HashSet};

use entity::id::PersonId;
use entity::identity::person;
use entity::instant::{DAY, Instant};
use entity::notify::rhythm::{self, Hours, When, topic_of};
use entity::notify::values::{Delivery, NotificationKind};
use sea_orm::ConnectionTrait;

use super::query::{self, NewLine, Wishes};
use super::reader::why;
use super::telling::{self, Loudness, Telling};
use crate::identity;
use crate::jobs::post::{self, NewMail};
use crate::kit::error::Result;
use crate::kit::scope::{Scope, Tx};
use crate::programs;

/// Rows written in one statement; SQLite takes 32,766 values, a mail has 13.
const ROWS: usize = 500;

/// Writes what is told, in the caller's transaction.
pub(super) async fn write(
    tx: &Tx,
    scope: &Scope,
    (tellings, chosen): (&[Telling], &Choices),
) -> Result<()> {
    let mut acknowledged = chosen.acknowledged.clone();
    for part in tellings.chunks(ROWS) {
        let notes = query::write_notifications(tx, scope, part).await?;
        let (mut wanted, mut unwanted, mut lines) = (Vec::new(), Vec::new(), Vec::new());
        for (telling, note) in part.iter().zip(notes) {
            let Some(kind) = telling::mail_kind(telling.kind) else { continue };
            let person = telling.person;
            let new = NewMail {
                kind,
                person,
                notification: Some(note),
                login_code: None,
                not_before: None,
            };
            let turn = match telling.kind {
                NotificationKind::ReceivedForYou if !acknowledged.insert(person) => Turn::Later,
                _ => Turn::First,
            };
            match chosen.by_mail(telling, (turn, scope.now)) {
                ByMail::Not => {}
                ByMail::Mail(not_before) => wanted.push(NewMail { not_before, ..new }),
                ByMail::Digest(due_at) => {
                    lines.push(NewLine { notification: note, person, due_at });
                }
                ByMail::Skipped(why) => unwanted.push((new, why)),
            }
        }
        post::order_many(tx, scope, &wanted).await?;
        query::write_lines(tx, &lines).await?;
        for (mail, why) in unwanted {
            post::skip(tx, scope, mail, why).await?;
        }
    }
    Ok(())
}

/// What becomes of one telling by mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ByMail {
    /// There is none, and nobody misses it.
    Not,
    /// One of its own, now or not before a moment.
    Mail(Option<Instant>),
    /// A line of the digest of this moment.
    Digest(Instant),
    /// None, for a reason that can be seen.
    Skipped(&'static str),
}

/// Whether somebody hears of such a thing for the first time in a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// They do, or it is counted by nobody.
    First,
    /// They have heard of one: the others come together.
    Later,
}

/// What the people to be told chose, read before the transaction.
pub(super) struct Choices {
    people: HashMap<PersonId, person::Model>,
    wishes: Wishes,
    /// Who has heard within a day of something that another system sent in their name: that can do so a
    /// hundred times a day, and nobody wants a hundred mails.
    acknowledged: HashSet<PersonId>,
    zones: HashMap<entity::id::UnitId, String>,
    hours: Hours,
}

impl Choices {
    /// What the people of these tellings chose. Four statements for 500 of them; one more where another
    /// system sent something in somebody's name.
    pub(super) async fn of(scope: &Scope, tellings: &[Telling]) -> Result<Self> {
        let db = scope.db();
        let mut ids: Vec<PersonId> = tellings.iter().map(|telling| telling.person).collect();
        ids.sort_unstable();
        ids.dedup();
        let (mut people, mut wishes) = (HashMap::new(), Wishes::default());
        for part in ids.chunks(ROWS) {
            people.extend(query::people(&db, part).await?);
            wishes.join(query::wishes(&db, part).await?);
        }
        let mut homes: Vec<_> = people.values().map(|it: &person::Model| it.home_unit_id).collect();
        homes.sort_unstable();
        homes.dedup();
        let mut zones = HashMap::new();
        for part in homes.chunks(ROWS) {
            zones.extend(identity::query::zones(&db, part).await?);
        }
        let acknowledged = acknowledged(scope, tellings).await?;
        Ok(Self { people, wishes, acknowledged, zones, hours: hours(&db).await? })
    }

    fn by_mail(&self, telling: &Telling, (turn, now): (Turn, Instant)) -> ByMail {
        if telling.loudness == Loudness::Quiet {
            return ByMail::Not;
        }
        let Some(person) = self.people.get(&telling.person) else {
            return ByMail::Skipped(why::GONE);
        };
        let topic = topic_of(telling.kind);
        let wish = rhythm::wish_of(telling.kind, self.wishes.by_mail(person.id, topic));
        let wish = if turn == Turn::Later { rhythm::after_the_first(wish) } else { wish };
        if wish == Delivery::Weekly && telling.loudness == Loudness::Step {
            return ByMail::Not;
        }
        let zone = rhythm::zone_called(self.zones.get(&person.home_unit_id).map(String::as_str));
        match rhythm::when((topic, wish), (&self.hours, &zone), now) {
            // Whether the digest can be sent is asked when it is.
            When::Digest(_) if person.deactivated_at.is_some() => ByMail::Skipped(why::DEACTIVATED),
            When::Digest(due) => ByMail::Digest(due),
            When::Now => obstacle(Some(person)).map_or(ByMail::Mail(None), ByMail::Skipped),
            When::At(at) => obstacle(Some(person)).map_or(ByMail::Mail(Some(at)), ByMail::Skipped),
            When::Never => ByMail::Skipped(obstacle(Some(person)).unwrap_or(why::NOT_WANTED)),
        }
    }
}

/// Who of those in whose name something was sent now has heard of such a thing within a day.
async fn acknowledged(scope: &Scope, tellings: &[Telling]) -> Result<HashSet<PersonId>> {
    let kind = NotificationKind::ReceivedForYou;
    let mut ids: Vec<PersonId> =
        tellings.iter().filter(|it| it.kind == kind).map(|it| it.person).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut told = HashSet::new();
    for part in ids.chunks(ROWS) {
        told.extend(query::told_since(&scope.db(), part, (kind, scope.now.plus(-DAY))).await?);
    }
    Ok(told)
}

/// The quiet hours of the organisation, and when digests go out.
pub(super) async fn hours<C: ConnectionTrait>(conn: &C) -> Result<Hours> {
    Ok(programs::query::settings(conn).await?.hours)
}

/// What keeps every mail from a person.
#[must_use]
pub(super) fn obstacle(person: Option<&person::Model>) -> Option<&'static str> {
    match person {
        None => Some(why::GONE),
        Some(person) if person.deactivated_at.is_some() => Some(why::DEACTIVATED),
        Some(person) if person.email.is_none() => Some(why::NO_ADDRESS),
        Some(person) if person.bounced_at.is_some() => Some(why::BOUNCED),
        Some(_) => None,
    }
}
