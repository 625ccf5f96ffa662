//! What is closed by the resolving of a cause: everybody hears once, of what they sent themselves before
//! what they follow, in words that are theirs.

use std::collections::{BTreeMap, HashSet};

use entity::id::{DecisionId, PersonId, ResolutionId, SubmissionId};
use entity::identity::person;
use entity::notify::values::NotificationKind;

use super::telling::Telling;
use crate::closing::query::sayings::Sayings;
use crate::closing::query::told::{self, Also, Together};
use crate::kit::error::Result;
use crate::kit::scope::{Scope, Tx};

/// Leaves out followers who hear of something that they sent themselves by the same resolving. One
/// statement for each resolving.
pub(super) async fn own_before_followed(
    scope: &Scope,
    tellings: Vec<Telling>,
) -> Result<Vec<Telling>> {
    let mut followers: BTreeMap<ResolutionId, Vec<PersonId>> = BTreeMap::new();
    for telling in tellings.iter().filter(|it| it.kind == NotificationKind::FollowedDecision) {
        let Some(id) = telling.resolution else { continue };
        followers.entry(id).or_default().push(telling.person);
    }
    let mut authors: HashSet<(ResolutionId, PersonId)> = HashSet::new();
    for (id, mut people) in followers {
        people.sort_unstable();
        people.dedup();
        let wrote = told::authors_among(&scope.db(), id, &people).await?;
        authors.extend(wrote.into_iter().map(|person| (id, person)));
    }
    let hears = |it: &Telling| {
        let follows = it.kind == NotificationKind::FollowedDecision;
        !follows || it.resolution.is_none_or(|id| !authors.contains(&(id, it.person)))
    };
    Ok(tellings.into_iter().filter(hears).collect())
}

/// Leaves out who was told of the same resolving before, and notes the others; under the lock of the
/// reader's cursor.
pub(super) async fn once(tx: &Tx, tellings: Vec<Telling>) -> Result<Vec<Telling>> {
    let mut first: BTreeMap<ResolutionId, Vec<(PersonId, SubmissionId, i64)>> = BTreeMap::new();
    let mut seen: HashSet<(ResolutionId, PersonId)> = HashSet::new();
    let mut kept = Vec::with_capacity(tellings.len());
    for telling in tellings {
        let (Some(id), Some(submission)) = (telling.resolution, telling.submission) else {
            kept.push(telling);
            continue;
        };
        if seen.insert((id, telling.person)) {
            first.entry(id).or_default().push((telling.person, submission, telling.fact_seq));
            kept.push(telling);
        }
    }
    let mut fresh: HashSet<(ResolutionId, PersonId)> = HashSet::new();
    for (id, people) in &first {
        let new = told::tell_once(tx, *id, people).await?;
        fresh.extend(new.into_iter().map(|person| (*id, person)));
    }
    kept.retain(|it| it.resolution.is_none_or(|id| fresh.contains(&(id, it.person))));
    Ok(kept)
}

/// What one reader of a mail is told with a decision of a resolving.
pub(super) struct Personal {
    /// The words.
    pub(super) words: String,
    /// Their language, which need not be that of the words to the author.
    pub(super) language: String,
    /// What else it is about.
    pub(super) also: Also,
}

/// What a reader of a mail is told with a decision of a resolving; nothing when no resolving made it.
pub(super) async fn letter(
    scope: &Scope,
    decision: DecisionId,
    (person, about, reference): (&person::Model, SubmissionId, &str),
) -> Result<Option<Personal>> {
    let db = scope.db();
    let sayings = Sayings::of(&db, &[decision]).await?;
    let Some(id) = sayings.made(decision) else { return Ok(None) };
    let said = sayings.to(decision, (&person.name, &person.locale, reference));
    let Some((words, language)) = said else { return Ok(None) };
    let behind = told::moved_of(&db, (&[person.id], &[id]), Together::ForThem).await?;
    let also = behind.get(&(id, person.id)).map(|it| it.but(about)).unwrap_or_default();
    Ok(Some(Personal { words, language, also }))
}
