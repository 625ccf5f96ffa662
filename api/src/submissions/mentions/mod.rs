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
use crate::submissions::query::Inside;
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
/// Who does not work on the submission is not told by a refusal who owns it, who works on it or whom
/// it concerns: each is judged by unit and role alone, as anybody else. A mention of the person
/// concerned who passes for a reader simply tells nobody.
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
    let around = near_of(scope, mentioning);
    let near = query::near(tx, &around, &people).await?;
    let (mut heard, mut unfit) = (Vec::new(), Vec::new());
    for person in people {
        match fitness(tx, (mentioning, &around), person).await? {
            Fitness::Hears if near.contains(&person) => heard.push(person),
            Fitness::HearsNothing if near.contains(&person) => {}
            _ => unfit.push(person.to_string()),
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
    let view = if mentioning.standing.inside() { Inside::Yes } else { Inside::No };
    query::Near { submission: mentioning.submission, thread, view }
}

/// What becomes of the mention of one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fitness {
    /// They hear of it.
    Hears,
    /// The writer may not know why they do not.
    HearsNothing,
    /// They cannot be mentioned.
    Unfit,
}

async fn fitness(
    tx: &Tx,
    (mentioning, around): (&Mentioning<'_>, &query::Near<'_>),
    person: PersonId,
) -> Result<Fitness> {
    let Some(actor) = identity::actor_of(tx, person).await? else { return Ok(Fitness::Unfit) };
    if around.view == Inside::No && !query::would_read(tx, &actor, around).await? {
        return Ok(Fitness::Unfit);
    }
    let of = (mentioning.submission.id, mentioning.visibility);
    Ok(match (query::may_read(tx, &actor, of).await?, around.view) {
        (true, _) => Fitness::Hears,
        (false, Inside::No) => Fitness::HearsNothing,
        (false, Inside::Yes) => Fitness::Unfit,
    })
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
