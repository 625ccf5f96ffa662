//! Which way, and when: what a person hears of a kind of event, at once, later, in a digest, or not
//! (trust.md, "Mail"; docs/adr/0017).
//!
//! Wall clocks are those of the zone in which the person works. Quiet hours and digests are moments
//! made of a day and a time of that zone: a time that a change of the clocks skips is the moment at
//! which it would have been, and one that it repeats is the first of the two.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::values::{Delivery, NotificationKind, Topic, Way};
use crate::clocks::values::Weekday;
use crate::instant::Instant;
use crate::submissions::phase::Phase;

/// Minutes of a day.
const DAY_MINUTES: u16 = 24 * 60;

/// A time of day, in minutes after midnight, 0 to 1439.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay(u16);

/// The text is no time of day of the form `HH:MM`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no time of the form HH:MM between 00:00 and 23:59")]
pub struct NotATime(pub String);

impl TimeOfDay {
    /// So many minutes after midnight; `None` from 1440 on.
    #[must_use]
    pub const fn of_minutes(minutes: u16) -> Option<Self> {
        if minutes < DAY_MINUTES { Some(Self(minutes)) } else { None }
    }

    fn on(self, day: Date, zone: &TimeZone) -> Option<Timestamp> {
        let hour = i8::try_from(self.0 / 60).ok()?;
        let minute = i8::try_from(self.0 % 60).ok()?;
        let time = Time::new(hour, minute, 0, 0).ok()?;
        Some(day.to_datetime(time).to_zoned(zone.clone()).ok()?.timestamp())
    }
}

impl std::fmt::Display for TimeOfDay {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl std::str::FromStr for TimeOfDay {
    type Err = NotATime;

    fn from_str(text: &str) -> Result<Self, NotATime> {
        let bytes = text.as_bytes();
        let digits = |at: usize| -> Option<u16> {
            let (tens, ones) = (bytes.get(at)?, bytes.get(at + 1)?);
            let both = tens.is_ascii_digit() && ones.is_ascii_digit();
            both.then(|| u16::from(tens - b'0') * 10 + u16::from(ones - b'0'))
        };
        let plain = bytes.len() == 5 && bytes[2] == b':';
        let read = || {
            let (hour, minute) = (digits(0)?, digits(3)?);
            (plain && hour < 24 && minute < 60).then_some(Self(hour * 60 + minute))
        };
        read().ok_or_else(|| NotATime(text.to_owned()))
    }
}

/// The hours of an organisation, on the wall clocks of its units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hours {
    /// From here on nothing goes out that can wait.
    pub quiet_from: TimeOfDay,
    /// Until here; the same time as `quiet_from` means that no hours are quiet.
    pub quiet_to: TimeOfDay,
    /// When digests go out.
    pub digest_at: TimeOfDay,
    /// On which day the weekly one does.
    pub digest_on: Weekday,
}

impl Default for Hours {
    /// Quiet from 20:00 to 07:00; digests at 08:00, the weekly one on Mondays.
    fn default() -> Self {
        Self {
            quiet_from: TimeOfDay(20 * 60),
            quiet_to: TimeOfDay(7 * 60),
            digest_at: TimeOfDay(8 * 60),
            digest_on: Weekday::Monday,
        }
    }
}

/// When something is told by one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Now.
    Now,
    /// By itself, when the quiet hours are over.
    At(Instant),
    /// With others, at this moment.
    Digest(Instant),
    /// By this way never.
    Never,
}

/// The topic of a kind of event: what people choose by.
#[must_use]
pub const fn topic_of(kind: NotificationKind) -> Topic {
    match kind {
        NotificationKind::OwnDecision
        | NotificationKind::OwnQuestion
        | NotificationKind::StillFixed
        | NotificationKind::Split
        | NotificationKind::ReceivedForYou
        | NotificationKind::Redacted => Topic::Own,
        NotificationKind::FollowedDecision => Topic::Followed,
        NotificationKind::OwnComment | NotificationKind::Mention => Topic::Comments,
        NotificationKind::Announcement => Topic::Announcements,
        NotificationKind::Assigned
        | NotificationKind::Answered
        | NotificationKind::Escalated
        | NotificationKind::PromisePassed
        | NotificationKind::ActionReminder
        | NotificationKind::AdoptionOffered
        | NotificationKind::AdoptionAnswered
        | NotificationKind::SecondLook
        | NotificationKind::Reported => Topic::Work,
    }
}

/// What holds for whoever chose nothing. By mail: what is one's own and what is one's work at once;
/// what others said once a day at most; how it ended with what one follows once a week.
#[must_use]
pub const fn default_of(topic: Topic, way: Way) -> Delivery {
    match (way, topic) {
        (Way::InApp, _) | (Way::Email, Topic::Own | Topic::Work) => Delivery::Immediate,
        (Way::Email, Topic::Comments | Topic::Announcements) => Delivery::Daily,
        (Way::Email, Topic::Followed) => Delivery::Weekly,
    }
}

/// What can be chosen. The app tells at once or not; of one's own it always tells.
#[must_use]
pub const fn choices_of(topic: Topic, way: Way) -> &'static [Delivery] {
    match (way, topic) {
        (Way::InApp, Topic::Own) => &[Delivery::Immediate],
        (Way::InApp, _) => &[Delivery::Immediate, Delivery::Off],
        (Way::Email, _) => &[Delivery::Immediate, Delivery::Daily, Delivery::Weekly, Delivery::Off],
    }
}

/// Whether a mail of this topic goes out at any hour: answers and questions about what one sent.
/// Sign-in codes and invitations are no topic and always do.
#[must_use]
pub const fn is_urgent(topic: Topic) -> bool {
    matches!(topic, Topic::Own)
}

/// How somebody who wants `wish` of a topic hears of one kind of it. What is a list of a day already is
/// no line of another list. Nobody waits for a question that we ask after sixty days, and who is asked
/// about many things is asked about all of a day together.
#[must_use]
pub const fn wish_of(kind: NotificationKind, wish: Delivery) -> Delivery {
    match (kind, wish) {
        (NotificationKind::Escalated, Delivery::Daily | Delivery::Weekly) => Delivery::Immediate,
        (NotificationKind::StillFixed, Delivery::Immediate) => Delivery::Daily,
        _ => wish,
    }
}

/// How somebody who wants `wish` of something hears of the second and every further one of a day that
/// another system did in their name: of the first at once, of the others together. Everybody else's
/// wish holds as it is: the author always hears.
#[must_use]
pub const fn after_the_first(wish: Delivery) -> Delivery {
    match wish {
        Delivery::Immediate => Delivery::Daily,
        _ => wish,
    }
}

/// Whether a phase is how it ended: what a weekly digest tells followers of.
#[must_use]
pub const fn is_ending(phase: Phase) -> bool {
    match phase {
        Phase::Implemented
        | Phase::Sustained
        | Phase::Declined
        | Phase::Merged
        | Phase::Withdrawn => true,
        Phase::Submitted
        | Phase::UnderReview
        | Phase::NeedsInfo
        | Phase::Deferred
        | Phase::Accepted
        | Phase::Planned
        | Phase::InProgress => false,
    }
}

/// When a mail about `topic` goes to somebody in `zone` who wants it like that.
#[must_use]
pub fn when(
    (topic, wish): (Topic, Delivery),
    (hours, zone): (&Hours, &TimeZone),
    now: Instant,
) -> When {
    match wish {
        Delivery::Off => When::Never,
        Delivery::Immediate if is_urgent(topic) => When::Now,
        Delivery::Immediate => match quiet_until(hours, zone, now) {
            Some(end) => When::At(end),
            None => When::Now,
        },
        Delivery::Daily => When::Digest(next_digest((hours, zone), None, now)),
        Delivery::Weekly => When::Digest(next_digest((hours, zone), Some(hours.digest_on), now)),
    }
}

/// When the quiet hours in which `now` lies are over; `None` when it lies in none.
#[must_use]
pub fn quiet_until(hours: &Hours, zone: &TimeZone, now: Instant) -> Option<Instant> {
    if hours.quiet_from == hours.quiet_to {
        return None;
    }
    let at = stamp(now)?;
    let today = at.to_zoned(zone.clone()).date();
    [today.yesterday().ok(), Some(today)].into_iter().flatten().find_map(|day| {
        let ends = if hours.quiet_from < hours.quiet_to { day } else { day.tomorrow().ok()? };
        let from = hours.quiet_from.on(day, zone)?;
        let to = hours.quiet_to.on(ends, zone)?;
        (from <= at && at < to).then(|| instant(to))
    })
}

/// The next moment of a digest after `now`, on `weekday` or on any day; never within quiet hours.
/// A day that has no such moment after `now` is passed over.
fn next_digest(
    (hours, zone): (&Hours, &TimeZone),
    weekday: Option<Weekday>,
    now: Instant,
) -> Instant {
    let moment = || {
        let at = stamp(now)?;
        let mut day = at.to_zoned(zone.clone()).date();
        // Two weeks hold the next one of any weekday.
        for _ in 0..15 {
            let wanted = weekday.is_none_or(|wanted| weekday_of(day) == wanted);
            let digest = hours.digest_at.on(day, zone).filter(|digest| wanted && *digest > at);
            if let Some(digest) = digest {
                return Some(instant(digest));
            }
            day = day.tomorrow().ok()?;
        }
        None
    };
    // Only at the end of all calendars is there no such day.
    let digest = moment().unwrap_or(now);
    quiet_until(hours, zone, digest).unwrap_or(digest)
}

/// The zone by its IANA name; UTC without one, or where this machine does not know it.
#[must_use]
pub fn zone_called(name: Option<&str>) -> TimeZone {
    name.and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC)
}

fn weekday_of(day: Date) -> Weekday {
    let index = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or_default();
    Weekday::ALL[index]
}

fn stamp(at: Instant) -> Option<Timestamp> {
    Timestamp::from_microsecond(at.micros()).ok()
}

fn instant(at: Timestamp) -> Instant {
    let since: SignedDuration = at.duration_since(Timestamp::UNIX_EPOCH);
    Instant(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests;
