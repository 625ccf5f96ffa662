//! Keeping the counts of root causes right.

use std::collections::{BTreeMap, HashMap, HashSet};

use entity::id::{CauseId, PersonId, SubmissionId};
use entity::submissions::submission;
use entity::triage::cause_closure;
use sea_orm::ConnectionTrait;

use super::query::{self, Above, Asked, Elsewhere, Member};
use crate::db::dialect;
use crate::kit::error::Result;

/// What changes of the tree of causes take turns by.
const TREE: &str = "root_cause tree";

/// Waits until nobody else changes the tree of causes or counts in it. For whoever changes names,
/// places or statuses; before any lock of a cause.
///
/// # Errors
/// A fault of the database.
pub async fn alone<C: ConnectionTrait>(tx: &C) -> Result<()> {
    dialect::alone_with(tx, TREE).await
}

/// Waits until nobody changes the tree of causes; others may count beside.
///
/// # Errors
/// A fault of the database.
pub async fn beside<C: ConnectionTrait>(tx: &C) -> Result<()> {
    dialect::beside(tx, TREE).await
}

/// Submissions that are about to change, and how they stood behind causes before.
#[derive(Clone, Debug)]
#[must_use = "a count that is opened must be settled by `after`"]
pub struct Before {
    touched: Vec<SubmissionId>,
    only: Option<PersonId>,
    side: Side,
}

impl Before {
    /// Whether one of them, or what they are joined with, is linked to a live cause.
    #[must_use]
    pub fn is_linked(&self) -> bool {
        !self.side.above.is_empty()
    }
}

/// How submissions stand behind causes at one moment.
#[derive(Clone, Debug, Default)]
struct Side {
    above: Vec<Above>,
    members: Vec<Member>,
    voters: Vec<(SubmissionId, PersonId)>,
}

/// Looks at submissions, locked by the caller, before their links, joinings, phases or
/// announcements change. One statement where nothing is linked.
///
/// # Errors
/// A fault of the database.
pub async fn before<C: ConnectionTrait>(tx: &C, rows: &[&submission::Model]) -> Result<Before> {
    look(tx, rows, None).await
}

/// As [`before`], for a vote of one person that comes or goes.
///
/// # Errors
/// A fault of the database.
pub async fn before_vote<C: ConnectionTrait>(
    tx: &C,
    row: &submission::Model,
    voter: PersonId,
) -> Result<Before> {
    look(tx, &[row], Some(voter)).await
}

/// Locks what a submission, locked by the caller, is joined into: before the tree of causes.
///
/// # Errors
/// A fault of the database.
pub async fn hold_roots<C: ConnectionTrait>(tx: &C, row: &submission::Model) -> Result<()> {
    let roots: Vec<SubmissionId> =
        [row.canonical_id, row.merged_into].into_iter().flatten().collect();
    query::lock_roots(tx, &roots).await
}

async fn look<C: ConnectionTrait>(
    tx: &C,
    rows: &[&submission::Model],
    only: Option<PersonId>,
) -> Result<Before> {
    let roots = rows.iter().flat_map(|row| [row.canonical_id, row.merged_into]).flatten();
    let roots: Vec<SubmissionId> = roots.collect();
    query::lock_roots(tx, &roots).await?;
    let touched: Vec<SubmissionId> =
        rows.iter().map(|row| row.id).chain(roots.iter().copied()).collect();
    let mut above = query::above(tx, &touched).await?;
    if !above.is_empty() && dialect::has_others(tx) {
        // The tree may have changed before this transaction came to share it.
        beside(tx).await?;
        above = query::above(tx, &touched).await?;
    }
    let side = side(tx, (&touched, only), above).await?;
    Ok(Before { touched, only, side })
}

async fn side<C: ConnectionTrait>(
    tx: &C,
    (touched, only): (&[SubmissionId], Option<PersonId>),
    above: Vec<Above>,
) -> Result<Side> {
    if above.is_empty() {
        return Ok(Side::default());
    }
    let members = query::members(tx, touched).await?;
    let ids: Vec<SubmissionId> = members.iter().map(|member| member.id).collect();
    let voters = query::voters(tx, &ids, only).await?;
    Ok(Side { above, members, voters })
}

/// Counts what a change made of it that adds no link: nothing, where nothing was linked.
///
/// # Errors
/// A fault of the database.
pub async fn settle<C: ConnectionTrait>(tx: &C, before: Before) -> Result<()> {
    if before.is_linked() { after(tx, before).await } else { Ok(()) }
}

/// Counts what the change made of it, new links too, after all of it was written.
///
/// # Errors
/// A fault of the database.
pub async fn after<C: ConnectionTrait>(tx: &C, before: Before) -> Result<()> {
    let Before { mut touched, only, side: old } = before;
    touched.extend(old.members.iter().map(|member| member.id));
    beside(tx).await?;
    let above = query::above(tx, &touched).await?;
    if above.is_empty() && old.above.is_empty() {
        return Ok(());
    }
    let new = side(tx, (&touched, only), above).await?;
    let mut causes: Vec<CauseId> =
        old.above.iter().chain(&new.above).map(|above| above.cause).collect();
    causes.sort_unstable();
    causes.dedup();
    query::lock(tx, &causes).await?;
    let elsewhere = elsewhere(tx, (&old, &new), (&causes, only)).await?;
    let mut by_delta: BTreeMap<Delta, Vec<CauseId>> = BTreeMap::new();
    let (old, new) = (Tally::of(&old, only), Tally::of(&new, only));
    for cause in causes {
        let delta = new.less(&old, cause, &elsewhere);
        if delta != Delta::default() {
            by_delta.entry(delta).or_default().push(cause);
        }
    }
    for (delta, causes) in by_delta {
        query::add(tx, &causes, delta).await?;
    }
    Ok(())
}

/// How much the counts of a cause change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Delta {
    pub(super) reach: i32,
    pub(super) submissions: i32,
    pub(super) shown_reach: i32,
    pub(super) shown_submissions: i32,
}

/// Whom the decided and whom the announced view know to stand behind causes by something else.
#[derive(Debug, Default)]
struct Known {
    decided: HashSet<(PersonId, CauseId)>,
    announced: HashSet<(PersonId, CauseId)>,
}

async fn elsewhere<C: ConnectionTrait>(
    tx: &C,
    (old, new): (&Side, &Side),
    (causes, only): (&[CauseId], Option<PersonId>),
) -> Result<Known> {
    let mut people: Vec<PersonId> = old.people(only).chain(new.people(only)).collect();
    people.sort_unstable();
    people.dedup();
    let mut but: Vec<SubmissionId> =
        old.members.iter().chain(&new.members).map(|member| member.id).collect();
    but.sort_unstable();
    but.dedup();
    let mut known = Known::default();
    let among = Elsewhere { people: &people, but: &but, causes };
    for (person, cause, announced) in query::elsewhere(tx, among).await? {
        known.decided.insert((person, cause));
        if announced {
            known.announced.insert((person, cause));
        }
    }
    Ok(known)
}

impl Side {
    fn people(&self, only: Option<PersonId>) -> impl Iterator<Item = PersonId> {
        self.members
            .iter()
            .filter_map(|member| member.author)
            .chain(self.voters.iter().map(|(_, person)| *person))
            .filter(move |person| only.is_none_or(|only| only == *person))
    }
}

/// Who stands behind each cause, in one view.
#[derive(Debug, Default)]
struct Behind {
    people: HashSet<PersonId>,
    authorless: HashSet<SubmissionId>,
    submissions: HashSet<SubmissionId>,
}

/// Who stands behind which cause, as decided and as announced.
#[derive(Debug, Default)]
struct Tally {
    decided: HashMap<CauseId, Behind>,
    announced: HashMap<CauseId, Behind>,
}

impl Tally {
    fn of(side: &Side, only: Option<PersonId>) -> Self {
        let decided = tally(side, only, |_| true);
        let announced = tally(side, only, |above| above.announced);
        Self { decided, announced }
    }

    fn less(&self, old: &Self, cause: CauseId, known: &Known) -> Delta {
        let decided = difference((&self.decided, &old.decided), cause, &known.decided);
        let announced = difference((&self.announced, &old.announced), cause, &known.announced);
        Delta {
            reach: decided.0,
            submissions: decided.1,
            shown_reach: announced.0,
            shown_submissions: announced.1,
        }
    }
}

fn tally(
    side: &Side,
    only: Option<PersonId>,
    counts: impl Fn(&Above) -> bool,
) -> HashMap<CauseId, Behind> {
    let group_of: HashMap<SubmissionId, SubmissionId> =
        side.members.iter().map(|member| (member.id, member.root)).collect();
    let mut causes: HashMap<SubmissionId, HashSet<CauseId>> = HashMap::new();
    for above in side.above.iter().filter(|above| counts(above)) {
        let Some(group) = group_of.get(&above.submission) else { continue };
        causes.entry(*group).or_default().insert(above.cause);
    }
    let mut voters: HashMap<SubmissionId, Vec<PersonId>> = HashMap::new();
    for (submission, person) in &side.voters {
        voters.entry(*submission).or_default().push(*person);
    }
    let mut behind: HashMap<CauseId, Behind> = HashMap::new();
    for member in &side.members {
        let Some(causes) = causes.get(&member.root) else { continue };
        for cause in causes {
            let behind = behind.entry(*cause).or_default();
            behind.submissions.insert(member.id);
            match member.author {
                Some(author) => drop(behind.people.insert(author)),
                None => drop(behind.authorless.insert(member.id)),
            }
            behind.people.extend(voters.get(&member.id).into_iter().flatten());
        }
    }
    if let Some(only) = only {
        behind.values_mut().for_each(|behind| behind.people.retain(|person| *person == only));
    }
    behind
}

/// People and submissions gained or lost behind one cause.
fn difference(
    (new, old): (&HashMap<CauseId, Behind>, &HashMap<CauseId, Behind>),
    cause: CauseId,
    known: &HashSet<(PersonId, CauseId)>,
) -> (i32, i32) {
    let counted = |side: &HashMap<CauseId, Behind>| {
        side.get(&cause).map_or((0, 0), |behind| {
            let people = behind.people.iter().filter(|it| !known.contains(&(**it, cause))).count();
            (signed(people + behind.authorless.len()), signed(behind.submissions.len()))
        })
    };
    let (new, old) = (counted(new), counted(old));
    (new.0 - old.0, new.1 - old.1)
}

fn signed(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// Counts these causes anew, after the tree, a status or the links of a whole cause have changed.
/// The caller is [`alone`].
///
/// # Errors
/// A fault of the database.
pub async fn recount<C: ConnectionTrait>(tx: &C, causes: &[CauseId]) -> Result<()> {
    if causes.is_empty() {
        return Ok(());
    }
    let mut causes = causes.to_vec();
    causes.sort_unstable();
    causes.dedup();
    query::lock(tx, &causes).await?;
    let asked = Asked { causes: Some(causes.clone()), ..Asked::default() };
    let counts = query::count(tx, &asked).await?;
    for cause in causes {
        query::put(tx, cause, counts.get(&cause).copied().unwrap_or_default()).await?;
    }
    Ok(())
}

/// The parent of every cause.
pub type Parents = HashMap<CauseId, Option<CauseId>>;

/// Writes the lines of the tree for these causes, from themselves up. The caller is [`alone`].
///
/// # Errors
/// A fault of the database.
pub async fn draw<C: ConnectionTrait>(tx: &C, parents: &Parents, causes: &[CauseId]) -> Result<()> {
    let lines = causes.iter().flat_map(|cause| {
        (0..).zip(line(parents, *cause)).map(|(depth, ancestor)| cause_closure::Model {
            ancestor,
            descendant: *cause,
            depth,
        })
    });
    query::replace_lines(tx, lines.collect()).await
}

/// The cause itself and all above it. Stops at what was seen, so that no bad row can hang it.
#[must_use]
pub fn line(parents: &Parents, from: CauseId) -> Vec<CauseId> {
    let mut line = vec![from];
    let mut next = parents.get(&from).copied().flatten();
    while let Some(id) = next.filter(|id| !line.contains(id)) {
        line.push(id);
        next = parents.get(&id).copied().flatten();
    }
    line
}

/// Draws the whole tree and counts every cause anew: after rows were written past the verbs.
///
/// # Errors
/// A fault of the database.
pub async fn rebuild<C: ConnectionTrait>(tx: &C) -> Result<()> {
    alone(tx).await?;
    let parents: Parents = query::tree(tx).await?.into_iter().collect();
    let causes: Vec<CauseId> = parents.keys().copied().collect();
    draw(tx, &parents, &causes).await?;
    recount(tx, &causes).await
}
