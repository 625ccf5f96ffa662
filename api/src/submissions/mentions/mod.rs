//! Mentions: people named in a comment, so that they hear of it. Only who may read the comment can
//! be mentioned, and only people near: on the thread, of the unit, its reviewers and managers.

pub mod query;

use entity::id::PersonId;
use entity::submissions::submission;
use entity::submissions::values::CommentVisibility;

use crate::identity::query as identity;
use crate::kit::error::{Code, Refusal, Result};
use crate::kit::scope::{Scope, Tx};
use crate::submissions::policy;
use crate::submissions::standing::Standing;

/// Most people mentioned in one comment.
pub const MOST_MENTIONS: usize = 10;

/// Who mentions, and where.
pub(super) struct Mentioning<'a> {
    /// On what.
    pub(super) submission: &'a submission::Model,
    /// How the writer stands towards it.
    pub(super) standing: Standing,
    /// Who sees the comment.
    pub(super) visibility: CommentVisibility,
}

/// The people who will hear, each once and not the writer.
///
/// The person concerned may not be told of by a refusal either: who does not work on the submission
/// is not told that somebody is recused. Such a mention simply tells nobody.
///
/// # Errors
/// INVALID at `mentionIds`, naming who cannot be mentioned.
pub(super) async fn heard(
    tx: &Tx,
    scope: &Scope,
    (mentioning, people): (&Mentioning<'_>, &[PersonId]),
) -> Result<Vec<PersonId>> {
    let me = scope.actor.person();
    let mut people: Vec<PersonId> =
        people.iter().copied().filter(|person| Some(*person) != me).collect();
    people.sort_unstable();
    people.dedup();
    if people.len() > MOST_MENTIONS {
        let cure =
            format!("{} people are too many; mention at most {MOST_MENTIONS}.", people.len());
        return Err(Refusal::new(Code::Invalid, "mentionIds", cure).into());
    }
    if people.is_empty() {
        return Ok(people);
    }
    let near = query::near(tx, &near_of(scope, mentioning), &people).await?;
    let (mut heard, mut unfit) = (Vec::new(), Vec::new());
    for person in people {
        if near.contains(&person) && may_read(tx, mentioning, person).await? {
            heard.push(person);
        } else if mentioning.standing.inside() || !is_recused(mentioning.submission, person) {
            unfit.push(person.to_string());
        }
    }
    if unfit.is_empty() { Ok(heard) } else { Err(cannot_read(unfit).into()) }
}

/// Names on the thread count where the writer sees them: else a mention would find out who wrote.
fn near_of<'a>(scope: &Scope, mentioning: &Mentioning<'a>) -> query::Near<'a> {
    let by_right = Standing { author: false, ..mentioning.standing };
    let thread = match (policy::sees_author(&scope.actor, by_right), mentioning.standing.inside()) {
        (false, _) => query::Thread::Unknown,
        (true, false) => query::Thread::Public,
        (true, true) => query::Thread::Whole,
    };
    query::Near { submission: mentioning.submission, thread }
}

fn is_recused(submission: &submission::Model, person: PersonId) -> bool {
    submission.concerned_id == Some(person) && submission.author_id != Some(person)
}

async fn may_read(tx: &Tx, mentioning: &Mentioning<'_>, person: PersonId) -> Result<bool> {
    let Some(actor) = identity::actor_of(tx, person).await? else { return Ok(false) };
    query::may_read(tx, &actor, (mentioning.submission.id, mentioning.visibility)).await
}

fn cannot_read(people: Vec<String>) -> Refusal {
    Refusal::new(
        Code::Invalid,
        "mentionIds",
        format!(
            "These people cannot be mentioned here: {}. Mention people who may read this comment and are on the thread, of the unit, or reviewers of it.",
            people.join(", ")
        ),
    )
}
