//! What the CX team of the demo keeps on its desk, as rows: a calendar, reply
//! templates, a rota and an absence, routing rules, shared views.

mod announced;
mod talk;

use std::collections::{BTreeMap, HashMap};

use entity::clocks::calendar;
use entity::clocks::hours::{BusinessTime, Holiday, Returns, usual_openings};
use entity::clocks::machine::{Targets, Terms};
use entity::desk::values::RotaKind;
use entity::desk::{absence, rota, rota_place};
use entity::id::{AbsenceId, CalendarId, ReplyId, RotaId, RuleId, SubmissionId, ViewId};
use entity::instant::{DAY, Instant};
use entity::routing::rule;
use entity::routing::values::{RuleState, WordMatch};
use entity::submissions::phase::{Kind, Phase};
use entity::triage::values::{QueueOrder, ViewSharing};
use entity::triage::{name, queue_view};
use entity::workflow::{reply, reply_text};
use serde::Deserialize;

use super::organisation::{Known, find};
use super::rows::Rows;
use super::seed::Seed;
use crate::kit::error::{Fault, Result};

const DESK: &str = include_str!("../../demo/desk.json");

/// What the file says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Desk {
    calendar: Calendar,
    replies: Vec<Reply>,
    rota: Rota,
    absence: Absence,
    rules: Vec<Rule>,
    views: Vec<View>,
    announcements: Vec<announced::Announcement>,
    mentions: Vec<talk::Mention>,
    reports: Vec<talk::Report>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Calendar {
    unit: String,
    zone: String,
    holidays: Vec<Date>,
}

/// A date that returns every year.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Date {
    month: u8,
    day: u8,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reply {
    name: String,
    phase: Phase,
    reason: Option<String>,
    by: String,
    texts: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rota {
    unit: String,
    turns: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Absence {
    person: String,
    delegate: String,
    in_days: i64,
    days: i64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    name: String,
    by: String,
    words: Vec<String>,
    kind: Option<Kind>,
    function: Option<String>,
    tags: Vec<String>,
    cause: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct View {
    owner: String,
    name: String,
    unit: Option<String>,
    filter: serde_json::Value,
    sorted: String,
}

/// Reads what is compiled in.
pub(super) fn content() -> Result<Desk> {
    let read = serde_json::from_str(DESK);
    Ok(read.map_err(|error| Fault::internal(format!("the demo's desk: {error}")))?)
}

/// Since when the desk is as it is.
const SINCE: i64 = 60 * DAY;

/// Fills `rows` with the desk. Behind everything else, so that the ids of that stay.
///
/// # Errors
/// A fault when the file names what the demo does not define.
pub(super) fn furnish(
    desk: &Desk,
    (known, ids): (&Known, &HashMap<String, SubmissionId>),
    seed: &mut Seed,
    rows: &mut Rows,
) -> Result<()> {
    let since = known.now.plus(-SINCE);
    calendar(desk, (known, since), seed, rows)?;
    replies(desk, (known, since), seed, rows)?;
    rota_and_absence(desk, (known, since), seed, rows)?;
    rules(desk, known, seed, rows)?;
    views(desk, (known, since), seed, rows)?;
    for given in &desk.announcements {
        announced::announce(given, (known, ids), seed, rows)?;
    }
    for given in &desk.mentions {
        talk::mention(given, (known, ids), seed, rows)?;
    }
    for given in &desk.reports {
        talk::report(given, (known, ids), seed, rows)?;
    }
    Ok(())
}

fn text(value: &impl serde::Serialize) -> Result<String> {
    let written = serde_json::to_string(value);
    Ok(written.map_err(|error| Fault::internal(format!("the demo's desk: {error}")))?)
}

fn calendar(
    desk: &Desk,
    (known, since): (&Known, Instant),
    seed: &mut Seed,
    rows: &mut Rows,
) -> Result<()> {
    let given = &desk.calendar;
    let openings = usual_openings();
    let holidays = holidays(given);
    rows.calendars.push(calendar::Model {
        id: CalendarId(seed.id_at(since)),
        unit_id: find(&known.units, &given.unit)?,
        zone: Some(given.zone.clone()),
        openings: text(&openings)?,
        holidays: text(&holidays)?,
        created_at: since,
        updated_at: since,
        version: 1,
    });
    Ok(())
}

fn holidays(given: &Calendar) -> Vec<Holiday> {
    let on = |date: &Date| format!("2020-{:02}-{:02}", date.month, date.day).parse();
    let days = given.holidays.iter().filter_map(|date| on(date).ok());
    days.map(|on| Holiday { on, returns: Returns::Yearly }).collect()
}

/// On what the clocks of the demo run.
///
/// # Errors
/// A fault when the file's calendar is none.
pub(super) fn terms(desk: &Desk) -> Result<Terms> {
    let given = &desk.calendar;
    let time = BusinessTime::new(&given.zone, &usual_openings(), &holidays(given))
        .map_err(|error| Fault::internal(format!("the demo's calendar: {error}")))?;
    Ok(Terms { time, targets: Targets::default() })
}

fn replies(
    desk: &Desk,
    (known, since): (&Known, Instant),
    seed: &mut Seed,
    rows: &mut Rows,
) -> Result<()> {
    for given in &desk.replies {
        let id = ReplyId(seed.id_at(since));
        let reason = given.reason.as_ref().map(|code| find(&known.catalogue.reasons, code));
        rows.replies.push(reply::Model {
            id,
            name: given.name.clone(),
            name_key: name::key(&given.name),
            phase: Some(given.phase),
            reason_id: reason.transpose()?,
            created_by: Some(find(&known.people, &given.by)?),
            archived_at: None,
            created_at: since,
            updated_at: since,
            version: 1,
        });
        rows.reply_texts.extend(given.texts.iter().map(|(language, body)| reply_text::Model {
            reply_id: id,
            language: language.clone(),
            body: body.clone(),
        }));
    }
    Ok(())
}

fn rota_and_absence(
    desk: &Desk,
    (known, since): (&Known, Instant),
    seed: &mut Seed,
    rows: &mut Rows,
) -> Result<()> {
    let id = RotaId(seed.id_at(since));
    rows.rotas.push(rota::Model {
        id,
        unit_id: find(&known.units, &desk.rota.unit)?,
        kind: RotaKind::Turns,
        starts_on: since.day(),
        created_at: since,
        updated_at: since,
        version: 1,
    });
    for (position, person) in (0..).zip(&desk.rota.turns) {
        let person_id = find(&known.people, person)?;
        rows.rota_places.push(rota_place::Model { rota_id: id, position, person_id });
    }
    let given = &desk.absence;
    let person = find(&known.people, &given.person)?;
    rows.absences.push(absence::Model {
        id: AbsenceId(seed.id_at(known.now)),
        person_id: person,
        from_on: known.now.plus(given.in_days * DAY).day(),
        to_on: known.now.plus((given.in_days + given.days) * DAY).day(),
        delegate_id: Some(find(&known.people, &given.delegate)?),
        created_by: Some(person),
        cancelled_at: None,
        created_at: known.now,
        version: 1,
    });
    Ok(())
}

/// Made now: they mean what is sent from now on.
fn rules(desk: &Desk, known: &Known, seed: &mut Seed, rows: &mut Rows) -> Result<()> {
    let place = |code: &Option<String>| code.as_ref().map(|it| find(&known.units, it)).transpose();
    for (position, given) in (1..).zip(&desk.rules) {
        rows.rules.push(rule::Model {
            id: RuleId(seed.id_at(known.now)),
            name: given.name.clone(),
            name_key: name::key(&given.name),
            position: position * 10,
            state: RuleState::On,
            touchpoint_id: None,
            unit_id: None,
            words: text(&given.words)?,
            word_match: WordMatch::Any,
            kind: given.kind,
            channel: None,
            severity: None,
            function_id: place(&given.function)?,
            assignee_id: None,
            tags: text(&given.tags)?,
            cause_id: given.cause.as_ref().map(|it| find(&known.causes, it)).transpose()?,
            created_by: Some(find(&known.people, &given.by)?),
            archived_at: None,
            created_at: known.now,
            updated_at: known.now,
            version: 1,
        });
    }
    Ok(())
}

fn views(
    desk: &Desk,
    (known, since): (&Known, Instant),
    seed: &mut Seed,
    rows: &mut Rows,
) -> Result<()> {
    for (position, given) in (0..).zip(&desk.views) {
        let unit = given.unit.as_ref().map(|code| find(&known.units, code)).transpose()?;
        let sorted: QueueOrder = given
            .sorted
            .parse()
            .map_err(|_| Fault::internal(format!("the demo's order {}", given.sorted)))?;
        rows.views.push(queue_view::Model {
            id: ViewId(seed.id_at(since)),
            owner_id: find(&known.people, &given.owner)?,
            name: given.name.clone(),
            name_key: name::key(&given.name),
            sharing: if unit.is_some() { ViewSharing::Unit } else { ViewSharing::Reviewers },
            unit_id: unit,
            filter: text(&given.filter)?,
            sorted,
            position,
            created_at: since,
            updated_at: since,
            version: 1,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use entity::workflow::reply_fields::Template;

    #[test]
    fn the_desk_is_sound() {
        let desk = content().expect("sound");
        assert_eq!((desk.replies.len(), desk.rules.len(), desk.views.len()), (4, 2, 3));
        for reply in &desk.replies {
            assert_eq!(reply.texts.keys().collect::<Vec<_>>(), ["en", "es"], "{}", reply.name);
            for text in reply.texts.values() {
                assert!(Template::read(text).is_ok(), "{text}");
            }
        }
        for view in &desk.views {
            let filter = view.filter.to_string();
            let read = crate::triage::queue::graphql::stored::read(&filter);
            assert!(read.is_some(), "{filter}");
        }
    }
}
