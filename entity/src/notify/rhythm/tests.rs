//! Every topic, way, wish and hour, and the nights in which clocks are changed.

use proptest::prelude::*;

use super::*;
use crate::instant::{DAY, HOUR, MINUTE, parse_rfc3339};

const ZONES: [&str; 5] =
    ["UTC", "Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"];

fn at(text: &str) -> Instant {
    parse_rfc3339(text).expect("an instant")
}

fn time(text: &str) -> TimeOfDay {
    text.parse().expect("a time")
}

fn madrid() -> TimeZone {
    zone_called(Some("Europe/Madrid"))
}

fn local(at: Instant, zone: &TimeZone) -> String {
    let zoned = stamp(at).expect("in range").to_zoned(zone.clone());
    zoned.strftime("%a %H:%M").to_string()
}

#[test]
fn times_of_day_are_read_as_they_are_written() {
    for good in ["00:00", "07:05", "23:59"] {
        assert_eq!(time(good).to_string(), good);
    }
    for bad in ["", "7:05", "24:00", "12:60", "12-30", "12:3", "12:300", "ab:cd", "１２:30"] {
        assert!(bad.parse::<TimeOfDay>().is_err(), "{bad}");
    }
}

/// The defaults of trust.md, each kind of event written out.
#[test]
fn who_chose_nothing_hears_like_this() {
    let by_mail = |kind| default_of(topic_of(kind), Way::Email);
    for kind in NotificationKind::ALL {
        let wanted = match kind {
            NotificationKind::OwnDecision
            | NotificationKind::OwnQuestion
            | NotificationKind::StillFixed
            | NotificationKind::Split
            | NotificationKind::ReceivedForYou
            | NotificationKind::Redacted
            | NotificationKind::Assigned
            | NotificationKind::Answered
            | NotificationKind::Escalated
            | NotificationKind::PromisePassed
            | NotificationKind::ActionReminder
            | NotificationKind::AdoptionOffered
            | NotificationKind::AdoptionAnswered
            | NotificationKind::SecondLook
            | NotificationKind::Reported => Delivery::Immediate,
            NotificationKind::OwnComment
            | NotificationKind::Mention
            | NotificationKind::Announcement => Delivery::Daily,
            NotificationKind::FollowedDecision => Delivery::Weekly,
        };
        assert_eq!(by_mail(kind), wanted, "{kind}");
        assert_eq!(default_of(topic_of(kind), Way::InApp), Delivery::Immediate, "{kind}");
    }
}

#[test]
fn what_is_sent_for_somebody_comes_together_after_the_first() {
    for wish in Delivery::ALL {
        let wanted = if wish == Delivery::Immediate { Delivery::Daily } else { wish };
        assert_eq!(after_the_first(wish), wanted, "nobody who wants to hear hears nothing");
    }
}

#[test]
fn what_holds_by_default_can_be_chosen_and_the_author_always_hears() {
    for topic in Topic::ALL {
        for way in Way::ALL {
            assert!(choices_of(topic, way).contains(&default_of(topic, way)), "{topic} {way}");
        }
        let off = choices_of(topic, Way::InApp).contains(&Delivery::Off);
        assert_eq!(off, topic != Topic::Own, "{topic}");
        assert!(!choices_of(topic, Way::InApp).contains(&Delivery::Weekly), "{topic}");
        assert_eq!(choices_of(topic, Way::Email).len(), Delivery::ALL.len(), "{topic}");
    }
}

/// Every topic, every wish, every hour of a week in Madrid: what is said by the words of the ADR.
#[test]
fn every_topic_and_wish_at_every_hour() {
    let (hours, zone) = (Hours::default(), madrid());
    let monday = at("2026-06-01T00:00:00+02:00");
    for hour in 0..7 * 24 {
        let now = monday.plus(hour * HOUR);
        let (day, clock) = (hour / 24, hour % 24);
        let is_quiet = !(7..20).contains(&clock);
        let morning = if clock < 7 { day } else { day + 1 };
        let end = monday.plus(morning * DAY + 7 * HOUR);
        let daily = monday.plus((if clock < 8 { day } else { day + 1 }) * DAY + 8 * HOUR);
        let weekly = monday.plus(if hour < 8 { 8 * HOUR } else { 7 * DAY + 8 * HOUR });
        for topic in Topic::ALL {
            let said = |wish| when((topic, wish), (&hours, &zone), now);
            let waits = is_quiet && topic != Topic::Own;
            let at_once = if waits { When::At(end) } else { When::Now };
            assert_eq!(said(Delivery::Immediate), at_once, "{topic} {}", local(now, &zone));
            assert_eq!(said(Delivery::Daily), When::Digest(daily), "{}", local(now, &zone));
            assert_eq!(said(Delivery::Weekly), When::Digest(weekly), "{}", local(now, &zone));
            assert_eq!(said(Delivery::Off), When::Never);
        }
    }
}

#[test]
fn quiet_hours_may_lie_within_a_day_or_be_none() {
    let zone = TimeZone::UTC;
    let siesta = Hours { quiet_from: time("14:00"), quiet_to: time("16:30"), ..Hours::default() };
    let until = |text| quiet_until(&siesta, &zone, at(text)).map(|at| local(at, &zone));
    assert_eq!(until("2026-06-01T13:59:59Z"), None);
    assert_eq!(until("2026-06-01T14:00:00Z").as_deref(), Some("Mon 16:30"));
    assert_eq!(until("2026-06-01T16:29:59Z").as_deref(), Some("Mon 16:30"));
    assert_eq!(until("2026-06-01T16:30:00Z"), None);
    let none = Hours { quiet_to: siesta.quiet_from, ..siesta };
    for hour in 0..24 {
        assert_eq!(quiet_until(&none, &zone, at("2026-06-01T00:00:00Z").plus(hour * HOUR)), None);
    }
}

#[test]
fn a_digest_within_quiet_hours_waits_for_their_end() {
    let early = Hours { digest_at: time("06:00"), ..Hours::default() };
    let said =
        when((Topic::Followed, Delivery::Weekly), (&early, &madrid()), at("2026-06-03T10:00:00Z"));
    assert_eq!(said, When::Digest(at("2026-06-08T07:00:00+02:00")));
}

#[test]
fn a_night_in_which_clocks_are_changed_is_one_night() {
    let (hours, zone) = (Hours::default(), madrid());
    // Forward in the night to the 29th of March: nine hours and a summer morning.
    let spring = quiet_until(&hours, &zone, at("2026-03-28T20:00:00+01:00"));
    assert_eq!(spring, Some(at("2026-03-29T07:00:00+02:00")));
    // Back in the night to the 25th of October.
    let autumn = quiet_until(&hours, &zone, at("2026-10-24T20:00:00+02:00"));
    assert_eq!(autumn, Some(at("2026-10-25T07:00:00+01:00")));
    // The second two o'clock of that night lies behind a quiet time that ended at the first.
    let short = Hours { quiet_to: time("02:30"), ..hours };
    assert_eq!(
        quiet_until(&short, &zone, at("2026-10-25T02:10:00+02:00")),
        Some(at("2026-10-25T02:30:00+02:00"))
    );
    assert_eq!(quiet_until(&short, &zone, at("2026-10-25T02:10:00+01:00")), None);
    // A time that is skipped is the moment at which it would have been.
    assert_eq!(
        quiet_until(&short, &zone, at("2026-03-29T01:59:00+01:00")),
        Some(at("2026-03-29T03:30:00+02:00"))
    );
    let skipped = Hours { digest_at: time("02:30"), quiet_to: hours.quiet_from, ..hours };
    let said = when(
        (Topic::Comments, Delivery::Daily),
        (&skipped, &zone),
        at("2026-03-29T00:00:00+01:00"),
    );
    assert_eq!(said, When::Digest(at("2026-03-29T03:30:00+02:00")));
}

#[test]
fn a_zone_that_nobody_knows_is_utc() {
    assert_eq!(zone_called(Some("Nowhere/Atlantis")), TimeZone::UTC);
    assert_eq!(zone_called(None), TimeZone::UTC);
}

fn any_hours() -> impl Strategy<Value = Hours> {
    (0..1440_u16, 0..1440_u16, 0..1440_u16, 0..7_usize).prop_map(|(from, to, digest, day)| Hours {
        quiet_from: TimeOfDay(from),
        quiet_to: TimeOfDay(to),
        digest_at: TimeOfDay(digest),
        digest_on: Weekday::ALL[day],
    })
}

fn any_moment() -> impl Strategy<Value = Instant> {
    // Minutes of the years 2026 to 2030, clock changes included.
    (0..5 * 365 * 24 * 60_i64).prop_map(|minute| at("2026-01-01T00:00:00Z").plus(minute * MINUTE))
}

proptest! {
    #[test]
    fn quiet_hours_end_soon_and_what_ends_is_over(
        hours in any_hours(), now in any_moment(), zone in prop::sample::select(ZONES.to_vec()),
    ) {
        let zone = zone_called(Some(zone));
        if let Some(end) = quiet_until(&hours, &zone, now) {
            prop_assert!(end > now && end.since(now) <= DAY + HOUR);
            // A quiet time that lasts nearly a day may touch the next one where clocks are changed.
            if hours.quiet_from.0.abs_diff(hours.quiet_to.0) > 120 {
                prop_assert!(quiet_until(&hours, &zone, end).is_none(), "{}", local(end, &zone));
            }
        }
    }

    #[test]
    fn nothing_is_told_before_it_happened_or_in_the_night(
        hours in any_hours(), now in any_moment(), zone in prop::sample::select(ZONES.to_vec()),
        topic in prop::sample::select(Topic::ALL.to_vec()),
        wish in prop::sample::select(Delivery::ALL.to_vec()),
    ) {
        let zone = zone_called(Some(zone));
        let said = when((topic, wish), (&hours, &zone), now);
        match said {
            When::Now => prop_assert!(is_urgent(topic) || quiet_until(&hours, &zone, now).is_none()),
            When::At(then) => prop_assert!(!is_urgent(topic) && then > now),
            When::Digest(then) => {
                prop_assert!(then > now);
                let most = if wish == Delivery::Weekly { 8 * DAY } else { 2 * DAY };
                prop_assert!(then.since(now) <= most + 2 * HOUR);
            }
            When::Never => prop_assert_eq!(wish, Delivery::Off),
        }
    }

    /// At most one a day: everything of a day comes together, and the weekly one with that of its day.
    #[test]
    fn whatever_waits_for_a_digest_waits_for_the_same_one(
        hours in any_hours(), now in any_moment(), later in 0..DAY,
        zone in prop::sample::select(ZONES.to_vec()),
    ) {
        let zone = zone_called(Some(zone));
        let digest = |wish, now| match when((Topic::Comments, wish), (&hours, &zone), now) {
            When::Digest(then) => then,
            other => panic!("{other:?}"),
        };
        let first = digest(Delivery::Daily, now);
        let then = now.plus(later);
        if then < first && quiet_until(&hours, &zone, then).is_none() {
            prop_assert_eq!(digest(Delivery::Daily, then), first);
        }
        let weekly = digest(Delivery::Weekly, now);
        let before = weekly.plus(-MINUTE);
        if before > now && quiet_until(&hours, &zone, before).is_none() {
            prop_assert_eq!(digest(Delivery::Daily, before), weekly);
        }
    }
}

#[test]
fn what_is_a_list_already_and_what_is_asked_together() {
    use crate::notify::values::NotificationKind as Kind;
    for kind in Kind::ALL {
        for wish in Delivery::ALL {
            let heard = match (kind, wish) {
                // A list of a day is no line of another list, and whoever wants nothing gets nothing.
                (Kind::Escalated, Delivery::Daily | Delivery::Weekly) => Delivery::Immediate,
                // All questions of a day together, in the morning.
                (Kind::StillFixed, Delivery::Immediate) => Delivery::Daily,
                _ => wish,
            };
            assert_eq!(wish_of(kind, wish), heard, "{kind} {wish}");
        }
    }
}
