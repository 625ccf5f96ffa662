//! Announced joinings begin and end: edges, roots and counters, in the caller's transaction.

use std::collections::HashSet;

use entity::id::SubmissionId;
use entity::instant::Instant;
use entity::submissions::joining::{Group, LONGEST_CHAIN, below};
use entity::submissions::phase::Phase;
use entity::submissions::{joined, submission};
use sea_orm::ConnectionTrait;
use serde::Serialize;

use super::query;
use crate::kit::error::{Code, Fault, Refusal, Result};
use crate::kit::fact::NewFact;

/// Which twin came or went.
#[derive(Serialize)]
struct TwinData {
    twin: SubmissionId,
}

/// The fact that a twin counts here from now on.
pub(crate) fn joined_fact(into: SubmissionId, twin: SubmissionId) -> NewFact {
    NewFact::new("twin.joined", ("submission", into.0), &TwinData { twin }).internal()
}

fn left_fact(into: SubmissionId, twin: SubmissionId) -> NewFact {
    NewFact::new("twin.left", ("submission", into.0), &TwinData { twin }).internal()
}

/// What a row showed before its place was announced, and when that is.
#[derive(Clone, Copy, Debug)]
pub struct Shown {
    /// The phase that everybody saw until now.
    pub until_now: Phase,
    /// When.
    pub at: Instant,
}

/// Brings edge, roots and counters of a group in step with the place of `row` that everybody sees
/// from now on. Nothing is asked where no joining begins or ends. Returns the facts to state.
///
/// The caller is alone with groups, or is refused here.
///
/// # Errors
/// UNAVAILABLE when somebody else changes a group at this moment; a fault of the database.
pub async fn settle<C: ConnectionTrait>(
    tx: &C,
    row: &mut submission::Model,
    shown: Shown,
) -> Result<Vec<NewFact>> {
    if row.phase != Phase::Merged && shown.until_now != Phase::Merged {
        return Ok(Vec::new());
    }
    if !query::alone_at_once(tx).await? {
        let detail = format!("{}: another joining is under way", row.id);
        return Err(Fault { code: Code::Unavailable, detail }.into());
    }
    let was = query::edge(tx, row.id).await?.map(|edge| edge.into_id);
    let is = row.merged_into.filter(|_| row.phase == Phase::Merged);
    let mut facts = Vec::new();
    if was == is {
        return Ok(facts);
    }
    if let Some(into) = was {
        leave(tx, row, shown.at).await?;
        facts.push(left_fact(into, row.id));
    }
    if let Some(into_id) = is {
        let edge = joined::Model { submission_id: row.id, into_id, since: shown.at };
        join(tx, row, edge).await?;
        facts.push(joined_fact(into_id, row.id));
    }
    Ok(facts)
}

async fn join<C: ConnectionTrait>(
    tx: &C,
    row: &mut submission::Model,
    edge: joined::Model,
) -> Result<()> {
    let into = query::root(tx, edge.into_id).await?;
    let into = into.ok_or_else(|| Fault::internal(format!("{} is joined into nothing", row.id)))?;
    let root = into.canonical_id.unwrap_or(into.id);
    let at = edge.since;
    query::put_edge(tx, edge).await?;
    query::move_under(tx, row.id, (root, at)).await?;
    recount(tx, root).await?;
    let votes = query::own_votes(tx, row.id).await?;
    query::write_counts(tx, row.id, (votes, votes.saturating_add(1))).await?;
    row.canonical_id = Some(root);
    row.vote_count = votes;
    row.reach = votes.saturating_add(1);
    Ok(())
}

async fn leave<C: ConnectionTrait>(tx: &C, row: &mut submission::Model, at: Instant) -> Result<()> {
    let Some(root) = row.canonical_id else { return Ok(()) };
    let edges = query::edges_below(tx, root).await?;
    query::drop_edge(tx, row.id).await?;
    query::set_root(tx, &[row.id], (None, at)).await?;
    query::set_root(tx, &below(&edges, row.id), (Some(row.id), at)).await?;
    recount(tx, root).await?;
    (row.vote_count, row.reach) = recount(tx, row.id).await?;
    row.canonical_id = None;
    Ok(())
}

/// Takes in joinings that were loaded, not lived through: each into one that is joined with nothing.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn adopt<C: ConnectionTrait>(tx: &C, edges: Vec<joined::Model>) -> Result<()> {
    let mut roots: Vec<SubmissionId> = edges.iter().map(|edge| edge.into_id).collect();
    for edge in edges {
        let (twin, root, at) = (edge.submission_id, edge.into_id, edge.since);
        query::put_edge(tx, edge).await?;
        query::move_under(tx, twin, (root, at)).await?;
    }
    roots.sort_unstable();
    roots.dedup();
    for root in roots {
        recount(tx, root).await?;
    }
    Ok(())
}

/// Counts the group of `root` from its rows and writes what comes out: votes, and people behind it.
///
/// # Errors
/// A fault of the database.
pub async fn recount<C: ConnectionTrait>(tx: &C, root: SubmissionId) -> Result<(i32, i32)> {
    let canonical = query::root(tx, root).await?;
    let author = canonical.and_then(|row| row.author_id);
    let twins = query::twin_authors(tx, root).await?;
    let voters: HashSet<_> = query::voters(tx, root).await?;
    let group = Group { author, twins: &twins, voters: &voters };
    let counts = (group.votes(), group.reach());
    query::write_counts(tx, root, counts).await?;
    Ok(counts)
}

/// What a submission is joined into, by what was decided and what was announced.
#[derive(Clone, Debug)]
pub struct Line {
    /// The one at the root of what was decided; itself when it is joined with nothing.
    pub root: submission::Model,
    /// All that it is joined into, whichever way leads there.
    pub above: Vec<SubmissionId>,
}

/// Walks from a submission up to its root. As many statements as the chain is long, and one.
///
/// # Errors
/// A fault of the database.
pub async fn line_of<C: ConnectionTrait>(conn: &C, from: &submission::Model) -> Result<Line> {
    let (mut above, mut next, mut root) = (Vec::new(), vec![from.id], from.id);
    while !next.is_empty() && above.len() < LONGEST_CHAIN * 2 {
        let found = query::one_above(conn, &next).await?;
        next.clear();
        for (id, decided, announced) in found {
            if id == root {
                root = decided.unwrap_or(root);
            }
            next.extend([decided, announced].into_iter().flatten());
        }
        next.sort_unstable();
        next.dedup();
        next.retain(|id| !above.contains(id));
        above.extend(next.iter().copied());
    }
    let root = if root == from.id { Some(from.clone()) } else { query::root(conn, root).await? };
    let root = root.ok_or_else(|| Fault::internal(format!("{} has no root", from.id)))?;
    Ok(Line { root, above })
}

/// As [`line_of`], by what everybody sees alone.
///
/// # Errors
/// A fault of the database.
pub async fn announced_line_of<C: ConnectionTrait>(
    conn: &C,
    from: &submission::Model,
) -> Result<Line> {
    let (mut above, mut at) = (Vec::new(), from.id);
    while above.len() < LONGEST_CHAIN * 2 {
        let Some(edge) = query::edge(conn, at).await? else { break };
        at = edge.into_id;
        above.push(at);
    }
    let root = if at == from.id { Some(from.clone()) } else { query::root(conn, at).await? };
    let root = root.ok_or_else(|| Fault::internal(format!("{} has no root", from.id)))?;
    Ok(Line { root, above })
}

/// Refuses what a group shares: kind and "CX team only" cannot change while joined.
///
/// # Errors
/// IN_USE at `field`.
pub async fn refuse_joined<C: ConnectionTrait>(
    conn: &C,
    row: &submission::Model,
    field: &str,
) -> Result<()> {
    if !query::is_joined(conn, row).await? {
        return Ok(());
    }
    let what = if field == "kind" { "Its kind" } else { "Who may read it" };
    Err(Refusal::new(
        Code::InUse,
        field,
        format!(
            "{what} cannot change while it is joined with another one. Undo the joining first."
        ),
    )
    .into())
}
