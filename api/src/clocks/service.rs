//! What sending, commenting, deciding and telling do to the clocks of a submission.
//!
//! Everything here runs in the transaction of the verb that calls it, on a row that the verb has
//! locked, and leaves in `due_at` of the row the earliest date that is due: the verb stores the row.

use entity::clocks::clock;
use entity::clocks::machine::{Announcement, Clocks, Terms, Turn};
use entity::clocks::values::{ClockKind, ClockState};
use entity::id::{DecisionId, SubmissionId};
use entity::instant::{Day, Instant};
use entity::submissions::submission;

use super::query;
use crate::kit::error::Result;
use crate::kit::scope::Tx;

/// The clocks of what is about to be written. One statement; [`keep`] writes them.
///
/// # Errors
/// A fault of the database.
pub async fn begin(tx: &Tx, row: &mut submission::Model) -> Result<Clocks> {
    let terms = query::terms_at(tx, row.unit_id).await?;
    let clocks = Clocks::begin(row.id, row.created_at, &terms);
    row.due_at = clocks.due_at();
    Ok(clocks)
}

/// The clocks of what is about to be split off: those of the whole as they stand, for its author has
/// waited, and was answered, since then; none where it has none. A date that was promised stays with
/// the whole. [`keep`] writes them.
///
/// # Errors
/// A fault of the database.
pub async fn inherit(tx: &Tx, row: &mut submission::Model, whole: SubmissionId) -> Result<Clocks> {
    let of_whole = query::clocks_of(tx, whole).await?;
    let clocks = of_whole.rows().iter().filter(|clock| clock.kind != ClockKind::Promised);
    let clocks = clocks.map(|clock| clock::Model { submission_id: row.id, ..clock.clone() });
    let clocks = Clocks::of(row.id, clocks.collect());
    row.due_at = clocks.due_at();
    Ok(clocks)
}

/// Writes the clocks of what was written. One statement.
///
/// # Errors
/// A fault of the database.
pub async fn keep(tx: &Tx, clocks: &Clocks) -> Result<()> {
    query::write(tx, clocks.rows().to_vec()).await
}

/// Whether nobody has answered yet.
///
/// # Errors
/// A fault of the database.
pub async fn awaits_answer(tx: &Tx, row: &submission::Model) -> Result<bool> {
    let clocks = query::clocks_of(tx, row.id).await?;
    Ok(clocks
        .rows()
        .iter()
        .any(|clock| clock.kind == ClockKind::FirstResponse && clock.state != ClockState::Stopped))
}

/// A reviewer wrote what the author can see. Writes the due date too.
///
/// # Errors
/// A fault of the database.
pub async fn answered(tx: &Tx, row: &mut submission::Model, now: Instant) -> Result<()> {
    let before = row.due_at;
    change(tx, row, |clocks, terms| clocks.answered(now, &terms.time)).await?;
    if row.due_at != before {
        query::set_due(tx, row.id, row.due_at).await?;
    }
    Ok(())
}

/// Decisions were made on several submissions at once, in the order of the rows, and told where
/// something is said: a statement for all, and not for each.
///
/// # Errors
/// A fault of the database.
pub async fn decided(
    tx: &Tx,
    rows: &mut [submission::Model],
    turns: &[(Turn, Option<Announcement>)],
) -> Result<()> {
    change_all(tx, rows, |number, clocks, terms| {
        let Some((turn, told)) = turns.get(number) else { return };
        clocks.decided(turn, terms);
        if let Some(told) = told {
            clocks.announced(told, &terms.time);
        }
    })
    .await
}

/// What was held is told, of several submissions at once, in the order of the rows.
///
/// # Errors
/// A fault of the database.
pub async fn announced(
    tx: &Tx,
    rows: &mut [submission::Model],
    told: &[Announcement],
) -> Result<()> {
    change_all(tx, rows, |number, clocks, terms| {
        if let Some(told) = told.get(number) {
            clocks.announced(told, &terms.time);
        }
    })
    .await
}

/// Decisions were taken back before they were told, one of each of these submissions, in the order of
/// the rows, which are as they were before: a statement for all, and not for each.
///
/// # Errors
/// A fault of the database.
pub async fn undone(
    tx: &Tx,
    rows: &mut [submission::Model],
    (decisions, now): (&[DecisionId], Instant),
) -> Result<()> {
    let promised = |row: &submission::Model| row.promised_on.filter(|_| row.phase.is_open());
    let days: Vec<Option<Day>> = rows.iter().map(promised).collect();
    change_all(tx, rows, |number, clocks, terms| {
        let (Some(decision), Some(day)) = (decisions.get(number), days.get(number)) else { return };
        clocks.undone(*decision, &terms.time);
        clocks.promised(*day, (now, None), &terms.time);
    })
    .await
}

/// Another date was promised, or none any more, without a decision.
///
/// # Errors
/// A fault of the database.
pub async fn promised(tx: &Tx, row: &mut submission::Model, now: Instant) -> Result<()> {
    let day = row.promised_on.filter(|_| row.phase.is_open());
    change(tx, row, |clocks, terms| clocks.promised(day, (now, None), &terms.time)).await
}

/// The submission lies in another unit from now on: its business time counts.
///
/// # Errors
/// A fault of the database.
pub async fn moved(tx: &Tx, row: &mut submission::Model) -> Result<()> {
    change(tx, row, |clocks, terms| clocks.recount(&terms.time)).await
}

async fn change(
    tx: &Tx,
    row: &mut submission::Model,
    what: impl FnOnce(&mut Clocks, &Terms),
) -> Result<()> {
    let mut what = Some(what);
    change_all(tx, std::slice::from_mut(row), |_, clocks, terms| {
        if let Some(what) = what.take() {
            what(clocks, terms);
        }
    })
    .await
}

/// Changes the clocks of several submissions by what happened to each, in the order of the rows: two
/// statements to read, and one to write.
async fn change_all(
    tx: &Tx,
    rows: &mut [submission::Model],
    mut what: impl FnMut(usize, &mut Clocks, &Terms),
) -> Result<()> {
    let ids: Vec<SubmissionId> = rows.iter().map(|row| row.id).collect();
    let mut found = query::clocks_of_all(tx, &ids).await?;
    let terms = query::terms_of_all(tx, rows.iter().map(|row| row.unit_id)).await?;
    let mut changes = Vec::with_capacity(rows.len());
    for (number, row) in rows.iter_mut().enumerate() {
        let before = found.remove(&row.id).unwrap_or_else(|| Clocks::of(row.id, Vec::new()));
        let mut after = before.clone();
        if let Some(terms) = terms.get(&row.unit_id) {
            what(number, &mut after, terms);
        }
        row.due_at = after.due_at();
        changes.push((before, after));
    }
    query::store_all(tx, &changes).await
}
