//! What those who work on submissions say among themselves with each other's names, and what somebody
//! thinks should not stand there.

use std::collections::HashMap;

use entity::id::{CommentId, PersonId, ReportId, SubmissionId};
use entity::instant::HOUR;
use entity::notify::values::NotificationKind;
use entity::submissions::values::CommentVisibility;
use entity::submissions::{comment, mention};
use entity::workflow::report;
use entity::workflow::values::ModerationReason;
use serde::Deserialize;

use super::super::facts;
use super::super::lives::days_before;
use super::super::organisation::{Known, find};
use super::super::rows::{Cause, Happening, Notice, Rows};
use super::super::seed::Seed;
use crate::kit::error::Result;
use crate::submissions;

/// An internal comment that names colleagues.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mention {
    submission: String,
    by: String,
    people: Vec<String>,
    days_ago: u32,
    text: String,
}

/// Something that somebody reported, and nobody has seen to.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Report {
    submission: String,
    by: String,
    reason: ModerationReason,
    note: String,
    days_ago: u32,
}

pub(super) fn mention(
    given: &Mention,
    (known, ids): (&Known, &HashMap<String, SubmissionId>),
    seed: &mut Seed,
    rows: &mut Rows,
) -> Result<()> {
    let at = days_before(known.evening, given.days_ago, HOUR);
    let people: Result<Vec<PersonId>> =
        given.people.iter().map(|it| find(&known.people, it)).collect();
    let people = people?;
    let row = comment::Model {
        id: CommentId(seed.id_at(at)),
        submission_id: find(ids, &given.submission)?,
        author_id: Some(find(&known.people, &given.by)?),
        service_id: None,
        visibility: CommentVisibility::Internal,
        body: given.text.clone(),
        created_at: at,
        redacted_at: None,
    };
    let facts = [submissions::service::comment_fact(&row), facts::mentioned(&row, &people)];
    rows.happenings.extend(facts.map(|fact| Happening::by(row.author_id, at, fact)));
    for person_id in people {
        rows.mentions.push(mention::Model { comment_id: row.id, person_id });
        rows.notices.push(Notice {
            person: person_id,
            submission: row.submission_id,
            kind: NotificationKind::Mention,
            cause: Cause::Commented(row.id),
            at,
            read_at: None,
        });
    }
    rows.comments.push(row);
    Ok(())
}

pub(super) fn report(
    given: &Report,
    (known, ids): (&Known, &HashMap<String, SubmissionId>),
    seed: &mut Seed,
    rows: &mut Rows,
) -> Result<()> {
    let at = days_before(known.evening, given.days_ago, HOUR);
    let row = report::Model {
        id: ReportId(seed.id_at(at)),
        submission_id: find(ids, &given.submission)?,
        comment_id: None,
        reporter_id: find(&known.people, &given.by)?,
        reason: given.reason,
        note: Some(given.note.clone()),
        created_at: at,
        resolution: None,
        resolved_by: None,
        resolved_at: None,
    };
    rows.happenings.push(Happening::by(Some(row.reporter_id), at, facts::reported(&row)));
    rows.reports.push(row);
    Ok(())
}
