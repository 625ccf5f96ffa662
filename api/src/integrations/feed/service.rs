//! One page of the log, from one place to the next.

use entity::facts::fact;
use entity::instant::DAY;

use super::kinds;
use super::policy::{self, hears};
use super::query::{Subjects, heard_by};
use crate::kit::error::{Code, Refusal, Result};
use crate::kit::fact::{self as log, Stretch};
use crate::kit::page::{DEFAULT_PAGE, LARGEST_PAGE};
use crate::kit::place::{HORIZON, Place};
use crate::kit::scope::Scope;
use crate::kit::tail::Tail;

/// Facts that are judged for one page, at most: a page of a caller who may hear of few of them is
/// shorter than asked for, and says that there is more.
pub const MOST_JUDGED: u64 = 500;
/// Numbers that the database looks at for one page, at most, however rare the wanted kinds are.
pub const FURTHEST: i64 = 20_000;
/// Kinds that can be asked for at once.
const MOST_KINDS: usize = 100;
/// How much younger than the horizon the first page begins, so that whoever pages from there does
/// not fall behind it.
const MARGIN: i64 = DAY;

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Behind this cursor; none: from the oldest fact that can still be continued from.
    pub after: Option<String>,
    /// How many.
    pub first: Option<i32>,
    /// Of these kinds alone.
    pub kinds: Option<Vec<String>>,
}

/// A page.
#[derive(Clone, Debug)]
pub struct Pulled {
    /// Facts that the asker may hear of, in order.
    pub facts: Vec<fact::Model>,
    /// What they are about.
    pub subjects: Subjects,
    /// The epoch, for cursors.
    pub epoch: String,
    /// Up to here the log was looked at; the next page begins behind it. None when nothing was asked for
    /// and no place was given: the next page begins at the beginning.
    pub looked_to: Option<i64>,
    /// Whether there may be more behind that now.
    pub more: bool,
    /// Up to here the log is complete now.
    pub until: i64,
}

/// Tells what happened since `after`, as far as the asker may hear of it now. Nothing is told behind the
/// number up to which the log is complete, and nothing up to it can still appear. At most thirteen
/// statements, whatever the page; some more without `after`, to find where to begin, once a minute.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN; BAD_REQUEST at `after`, `first` or `kinds`; RESYNC_REQUIRED at `after`.
pub async fn pull(scope: &Scope, asked: Asked, tail: &Tail) -> Result<Pulled> {
    policy::may_pull(&scope.actor)?;
    let first = size(asked.first)?;
    let kinds = known(asked.kinds)?;
    let until = tail.caught_up(scope).await?;
    let db = scope.db();
    let epoch = log::epoch(&db).await?;
    let after = match &asked.after {
        Some(cursor) => Place::read(&epoch, cursor)?.check(scope).await?.whole(),
        None if first == 0 => return Ok(Pulled::only_the_end(epoch, until)),
        None => {
            let since = scope.now.plus(MARGIN - HORIZON);
            tail.begun_since(&db, (&epoch, since)).await?
        }
    };
    // A cursor that a stream gave out a moment ago may lie behind the tail of another process.
    let until = until.max(after);
    let end = until.min(after.saturating_add(FURTHEST));
    if first == 0 {
        let more = after < until;
        return Ok(Pulled { looked_to: Some(after), more, ..Pulled::only_the_end(epoch, until) });
    }
    let stretch = Stretch { after, until: end, kinds: &kinds, heard: heard_by(&scope.actor) };
    let found = log::within(&db, stretch, MOST_JUDGED).await?;
    let subjects = Subjects::of(&db, &scope.actor, &found).await?;
    let looked = Looked { asked: first, found: found.len() as u64, end };
    let last = found.last().map(|fact| fact.seq);
    let heard = |fact: &fact::Model| hears(&scope.actor, fact, subjects.stands(&scope.actor, fact));
    let mut facts: Vec<fact::Model> = found.into_iter().filter(heard).collect();
    let looked_to = looked.to(&facts, last);
    facts.truncate(usize::try_from(first).unwrap_or(usize::MAX));
    let facts = facts.into_iter().map(|fact| subjects.told(fact)).collect();
    let more = looked_to < until;
    Ok(Pulled { facts, subjects, epoch, looked_to: Some(looked_to), more, until })
}

impl Pulled {
    /// Nothing but where the log ends.
    fn only_the_end(epoch: String, until: i64) -> Self {
        let subjects = Subjects::default();
        Self { facts: Vec::new(), subjects, epoch, looked_to: None, more: until > 0, until }
    }
}

/// How far a page looked.
struct Looked {
    asked: u64,
    found: u64,
    end: i64,
}

impl Looked {
    /// The last number that was looked at and told of: that of the last fact on a full page, of the
    /// last one judged where there were too many, else the end of the stretch.
    fn to(&self, heard: &[fact::Model], last: Option<i64>) -> i64 {
        let full = usize::try_from(self.asked).ok().and_then(|asked| heard.get(asked - 1));
        match (full, last) {
            (Some(fact), Some(last)) if fact.seq < last || self.found >= MOST_JUDGED => fact.seq,
            (None, Some(last)) if self.found >= MOST_JUDGED => last,
            _ => self.end,
        }
    }
}

fn size(first: Option<i32>) -> Result<u64> {
    let Some(first) = first else { return Ok(DEFAULT_PAGE) };
    match u64::try_from(first) {
        Ok(size) if size <= LARGEST_PAGE => Ok(size),
        _ => Err(Refusal::new(
            Code::BadRequest,
            "first",
            format!("`first` is {first}; ask for 0 to {LARGEST_PAGE} facts a page and follow the cursors."),
        )
        .into()),
    }
}

fn known(asked: Option<Vec<String>>) -> Result<Vec<String>> {
    let Some(kinds) = asked else { return Ok(Vec::new()) };
    let refused = |message: String| Err(Refusal::new(Code::BadRequest, "kinds", message).into());
    if kinds.is_empty() || kinds.len() > MOST_KINDS {
        return refused(format!(
            "`kinds` has {} values; name 1 to {MOST_KINDS}, or leave it out for all.",
            kinds.len()
        ));
    }
    let stranger = kinds.iter().position(|kind| kinds::members(kind).is_none());
    match stranger {
        None => Ok(kinds),
        Some(at) => refused(format!(
            "Number {} of `kinds` is no kind of fact. /docs/events lists them, for instance `submission.announced`.",
            at + 1
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_of_a_bounded_size() {
        assert_eq!(size(None).ok(), Some(25));
        assert_eq!(size(Some(0)).ok(), Some(0));
        assert_eq!(size(Some(100)).ok(), Some(100));
        for wrong in [-1, 101, i32::MAX, i32::MIN] {
            assert!(size(Some(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn kinds_are_known_ones() {
        let asked = |kinds: &[&str]| known(Some(kinds.iter().map(|it| (*it).to_owned()).collect()));
        assert_eq!(known(None).ok(), Some(Vec::new()));
        assert!(asked(&["submission.sent", "link.set"]).is_ok());
        assert!(asked(&[]).is_err());
        assert!(asked(&["submission.sent", "Submission.Sent"]).is_err());
        assert!(asked(&["submission.sent"; 101]).is_err());
    }
}
