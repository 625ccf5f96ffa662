//! What the CX team tells units: drafts, and what was published.

use std::collections::{BTreeMap, HashMap};

use entity::announcing::values::AnnouncementState;
use entity::announcing::{
    announcement, announcement_submission, announcement_text, announcement_unit,
};
use entity::id::{AnnouncementId, PersonId, SubmissionId, UnitId};
use entity::instant::{HOUR, Instant, MINUTE};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::facts;
use super::super::lives::days_before;
use super::super::organisation::{Known, find};
use super::super::rows::{Happening, Rows};
use super::super::seed::Seed;
use crate::kit::error::Result;
use crate::kit::fact::NewFact;

/// An announcement.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Announcement {
    /// Staff code of who wrote it.
    by: String,
    /// Codes of units.
    units: Vec<String>,
    /// Key of the cause that it is about.
    cause: Option<String>,
    /// Keys of the ideas that it is about.
    ideas: Vec<String>,
    written_days_ago: u32,
    /// None for a draft.
    published_days_ago: Option<u32>,
    texts: BTreeMap<String, Words>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    title: String,
    body: String,
}

pub(super) fn announce(
    given: &Announcement,
    (known, ids): (&Known, &HashMap<String, SubmissionId>),
    seed: &mut Seed,
    rows: &mut Rows,
) -> Result<()> {
    let by = find(&known.people, &given.by)?;
    let created_at = days_before(known.evening, given.written_days_ago, HOUR);
    let published_at = given.published_days_ago.map(|days| days_before(known.evening, days, HOUR));
    let units: Result<Vec<UnitId>> = given.units.iter().map(|it| find(&known.units, it)).collect();
    let units = units?;
    let about: Result<Vec<SubmissionId>> = given.ideas.iter().map(|it| find(ids, it)).collect();
    let about = about?;
    let cause_id = given.cause.as_ref().map(|it| find(&known.causes, it)).transpose()?;
    let told = if published_at.is_some() { people_of(&units, known, rows) } else { Vec::new() };
    let id = AnnouncementId(seed.id_at(created_at));
    let data = json!({ "units": units, "cause": cause_id, "submissions": about });
    state((id, by), (created_at, published_at), &data, rows);
    rows.work.announcements.push(announcement::Model {
        id,
        state: published_at.map_or(AnnouncementState::Draft, |_| AnnouncementState::Published),
        cause_id,
        created_by: Some(by),
        created_at,
        updated_at: published_at.unwrap_or(created_at),
        published_by: published_at.map(|_| by),
        published_at,
        withdrawn_by: None,
        withdrawn_at: None,
        told: i32::try_from(told.len()).unwrap_or(i32::MAX),
        told_up_to: told.iter().max().copied(),
        told_at: published_at.map(|at| at.plus(MINUTE)),
        version: 1 + i32::from(published_at.is_some()),
    });
    rows.work.announcement_texts.extend(given.texts.iter().map(|(language, words)| {
        announcement_text::Model {
            announcement_id: id,
            language: language.clone(),
            title: words.title.clone(),
            body: words.body.clone(),
        }
    }));
    let unit = |unit_id| announcement_unit::Model { announcement_id: id, unit_id };
    rows.work.announcement_units.extend(units.into_iter().map(unit));
    let idea =
        |submission_id| announcement_submission::Model { announcement_id: id, submission_id };
    rows.work.announcement_submissions.extend(about.into_iter().map(idea));
    Ok(())
}

/// Who works in these units or below them.
fn people_of(units: &[UnitId], known: &Known, rows: &Rows) -> Vec<PersonId> {
    let within = |home: UnitId| {
        let mut line = known.lineages.get(&home).into_iter().flatten();
        line.any(|above| units.contains(above))
    };
    rows.people.iter().filter(|it| within(it.home_unit_id)).map(|it| it.id).collect()
}

fn state(
    (id, by): (AnnouncementId, PersonId),
    (created_at, published_at): (Instant, Option<Instant>),
    data: &Value,
    rows: &mut Rows,
) {
    let about = ("announcement", id.0);
    let made = facts::inside("announcement.created", about, data);
    rows.happenings.push(Happening::by(Some(by), created_at, made));
    if let Some(at) = published_at {
        let told = NewFact::new("announcement.published", about, data);
        rows.happenings.push(Happening::by(Some(by), at, told));
    }
}
