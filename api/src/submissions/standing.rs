//! How somebody stands towards one submission: the facts that policies decide on.

use std::collections::HashMap;

use entity::id::UnitId;
use entity::identity::values::Role;
use entity::submissions::phase::{Kind, Letter, Letters, Phase};
use entity::submissions::submission;
use entity::submissions::values::Audience;
use sea_orm::ConnectionTrait;

use crate::identity;
use crate::kit::actor::Actor;
use crate::kit::error::Result;

/// How an actor stands towards one submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Standing {
    /// Wrote it.
    pub author: bool,
    /// Holds R: reviewer of the function it was handed to, else of its unit; never on an own one.
    pub reviewer: bool,
    /// Reviewer of its unit or its function: reads it.
    pub reads_as_reviewer: bool,
    /// Manager over its unit.
    pub manager: bool,
    /// Moderator over its unit, of an idea that the roles may read, or of something reported.
    pub moderator: bool,
    /// Responsible for doing it.
    pub owner: bool,
    /// At work on it.
    pub assignee: bool,
    /// Named as concerned, and not its author: nothing else counts.
    pub recused: bool,
}

impl Standing {
    /// Sees the decided phase and internal comments.
    #[must_use]
    pub fn inside(self) -> bool {
        // Nobody is a reviewer of what they sent themselves: the decision reaches them as author.
        let reviews = self.reads_as_reviewer && !self.author;
        !self.recused && (reviews || self.manager || self.owner || self.assignee)
    }

    /// Moderates it: never an own one, nor where concerned.
    #[must_use]
    pub fn moderates(self) -> bool {
        self.moderator && !self.author && !self.recused
    }

    /// Whether a word of theirs is a reviewer's answer: of its unit or of its function, never on an
    /// own one.
    #[must_use]
    pub fn answers(self) -> bool {
        self.reads_as_reviewer && !self.author && !self.recused
    }

    /// The letters of the phase machine's table.
    #[must_use]
    pub fn letters(self) -> Letters {
        if self.recused {
            return Letters::NONE;
        }
        [
            (self.reviewer, Letter::Reviewer),
            (self.manager || self.owner, Letter::Manager),
            (self.author, Letter::Author),
        ]
        .into_iter()
        .filter(|(held, _)| *held)
        .fold(Letters::NONE, |letters, (_, letter)| letters.with(letter))
    }
}

/// How `actor` stands towards one submission. One statement.
///
/// # Errors
/// A fault of the database.
pub async fn standing<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    submission: &submission::Model,
) -> Result<Standing> {
    let lineages =
        identity::query::lineages(conn, &units_of(std::slice::from_ref(submission))).await?;
    Ok(judge(actor, submission, &lineages))
}

/// As [`standing`], for many submissions in one statement; in the order given.
///
/// # Errors
/// A fault of the database.
pub async fn standings<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    submissions: &[submission::Model],
) -> Result<Vec<Standing>> {
    let lineages = identity::query::lineages(conn, &units_of(submissions)).await?;
    Ok(submissions.iter().map(|submission| judge(actor, submission, &lineages)).collect())
}

fn units_of(submissions: &[submission::Model]) -> Vec<UnitId> {
    let mut units: Vec<UnitId> =
        submissions.iter().flat_map(|it| [Some(it.unit_id), it.function_id]).flatten().collect();
    units.sort_unstable();
    units.dedup();
    units
}

/// How `actor` stands towards a submission, given the ancestors of its unit and its function.
#[must_use]
pub fn judge(
    actor: &Actor,
    submission: &submission::Model,
    lineages: &HashMap<UnitId, Vec<UnitId>>,
) -> Standing {
    let me = actor.person();
    let is_me = |person| me.is_some() && person == me;
    let covers = |role, unit: Option<UnitId>| {
        unit.and_then(|unit| lineages.get(&unit)).is_some_and(|lineage| actor.covers(role, lineage))
    };
    let author = is_me(submission.author_id);
    let of_unit = covers(Role::Reviewer, Some(submission.unit_id));
    let of_function = covers(Role::Reviewer, submission.function_id);
    let in_charge = if submission.function_id.is_some() { of_function } else { of_unit };
    let open_to_roles = submission.audience == Audience::Everyone;
    let manager = covers(Role::Manager, Some(submission.unit_id)) && open_to_roles;
    let (owner, assignee) = (is_me(submission.owner_id), is_me(submission.assignee_id));
    // The door lets a moderator in for an idea, or because it was reported. Who reads an observation
    // in another way is here in that way.
    let for_moderators = submission.kind == Kind::Idea
        || !(author || of_unit || of_function || manager || owner || assignee);
    Standing {
        author,
        reviewer: in_charge && !author,
        reads_as_reviewer: of_unit || of_function,
        manager,
        moderator: covers(Role::Moderator, Some(submission.unit_id))
            && for_moderators
            && open_to_roles
            && submission.phase != Phase::Withdrawn,
        owner,
        assignee,
        recused: is_me(submission.concerned_id) && !author,
    }
}
