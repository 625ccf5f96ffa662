//! Causes that were one: the links of the one that went point at the one that lives on.

use entity::id::{CauseId, CauseMergeId};
use entity::instant::{HOUR, Instant};
use entity::triage::values::{CauseStatus, LinkFate};
use entity::triage::{cause, cause_alias, cause_link, cause_merge, cause_merge_link};
use serde_json::json;

use super::super::lives::{World, days_before};
use super::super::organisation::find;
use super::super::rows::{Happening, Rows};
use super::super::seed::Seed;
use super::MergedCause;
use crate::kit::error::{Fault, Result};
use crate::kit::fact::NewFact;

pub(super) fn merge(
    world: World<'_>,
    given: &MergedCause,
    seed: &mut Seed,
    rows: &mut Rows,
) -> Result<()> {
    let known = world.known;
    let by = find(&known.people, &given.by)?;
    let at = days_before(known.evening, given.days_ago, HOUR);
    let id = CauseMergeId(seed.id_at(at));
    let (gone, into) = (find(&known.causes, &given.cause)?, find(&known.causes, &given.into)?);
    if rows.causes.iter().any(|it| it.parent_id == Some(gone)) {
        return Err(Fault::internal("the demo merges a cause with narrower ones").into());
    }
    let cause = cause_of(rows, gone)?;
    let (status, name, name_key) = (cause.status, cause.name.clone(), cause.name_key.clone());
    cause.status = CauseStatus::Merged;
    cause.merged_into = Some(into);
    cause.version += 1;
    cause_of(rows, into)?.version += 1;
    move_links((id, gone, into), at, rows);
    rows.merges.push(cause_merge::Model {
        id,
        cause_id: gone,
        into_id: into,
        before: json!({ "status": status, "children": [], "edges": [] }).to_string(),
        merged_by: Some(by),
        merged_at: at,
        undone_by: None,
        undone_at: None,
    });
    rows.aliases.push(cause_alias::Model {
        cause_id: into,
        name_key,
        name,
        merge_id: Some(id),
        created_at: at,
    });
    let data = json!({ "merge": id, "into": into });
    let fact = NewFact::new("cause.merged", ("cause", gone.0), &data);
    rows.happenings.push(Happening::by(Some(by), at, fact));
    Ok(())
}

fn cause_of(rows: &mut Rows, id: CauseId) -> Result<&mut cause::Model> {
    let row = rows.causes.iter_mut().find(|row| row.id == id);
    Ok(row.ok_or_else(|| Fault::internal(format!("the demo has no {id}")))?)
}

/// Of two links of one submission that of the survivor stands; the other is put aside. Both are
/// remembered as they were.
fn move_links((merge, gone, into): (CauseMergeId, CauseId, CauseId), at: Instant, rows: &mut Rows) {
    let (theirs, others): (Vec<_>, Vec<_>) = std::mem::take(&mut rows.links)
        .into_iter()
        .partition(|link| link.cause_id == gone && link.created_at < at);
    rows.links = others;
    for link in theirs {
        let stands =
            |it: &cause_link::Model| it.cause_id == into && it.submission_id == link.submission_id;
        let fate = if rows.links.iter().any(stands) { LinkFate::Folded } else { LinkFate::Moved };
        rows.merged_links.push(cause_merge_link::Model {
            merge_id: merge,
            link_id: link.id,
            fate,
            submission_id: link.submission_id,
            source: link.source,
            created_by: link.created_by,
            note: link.note.clone(),
            decision_id: link.decision_id,
            created_at: link.created_at,
        });
        if fate == LinkFate::Moved {
            rows.links.push(cause_link::Model { cause_id: into, ..link });
        }
    }
}
