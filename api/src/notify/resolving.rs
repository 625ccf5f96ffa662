//! What is closed by the resolving of a cause: everybody hears once, of what they sent themselves before
//! what they follow, in words that are theirs.

use std::collections::{BTreeMap, HashMap, HashSet};

use entity::closing::resolution_text;
use entity::closing::words::{self, ClosingText};
use entity::id::{DecisionId, PersonId, ResolutionId, SubmissionId};
use entity::identity::person;
use entity::notify::values::NotificationKind;
use entity::workflow::reply_fields::best_language;
use sea_orm::ConnectionTrait;

use super::telling::Telling;
use crate::closing::query;
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
        let wrote = query::authors_among(&scope.db(), id, &people).await?;
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
        let new = query::tell_once(tx, *id, people).await?;
        fresh.extend(new.into_iter().map(|person| (*id, person)));
    }
    kept.retain(|it| it.resolution.is_none_or(|id| fresh.contains(&(id, it.person))));
    Ok(kept)
}

/// The words of resolvings, by the decisions that they made.
#[derive(Debug, Default)]
pub(super) struct Sayings {
    of: HashMap<DecisionId, ResolutionId>,
    texts: HashMap<ResolutionId, Vec<resolution_text::Model>>,
    causes: HashMap<ResolutionId, String>,
}

impl Sayings {
    /// Reads them; one statement where no decision is a resolving's.
    pub(super) async fn of<C: ConnectionTrait>(conn: &C, ids: &[DecisionId]) -> Result<Self> {
        let of = query::made_by(conn, ids).await?;
        if of.is_empty() {
            return Ok(Self::default());
        }
        let mut made: Vec<ResolutionId> = of.values().copied().collect();
        made.sort_unstable();
        made.dedup();
        let mut texts: HashMap<ResolutionId, Vec<resolution_text::Model>> = HashMap::new();
        for text in query::texts_of(conn, &made).await? {
            texts.entry(text.resolution_id).or_default().push(text);
        }
        Ok(Self { of, texts, causes: query::causes_named(conn, &made).await? })
    }

    /// Whether none of the decisions is a resolving's.
    pub(super) fn is_empty(&self) -> bool {
        self.of.is_empty()
    }

    /// The resolvings that made these decisions.
    pub(super) fn resolutions(&self) -> Vec<ResolutionId> {
        let mut all: Vec<ResolutionId> = self.of.values().copied().collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The resolving that made a decision.
    pub(super) fn made(&self, decision: DecisionId) -> Option<ResolutionId> {
        self.of.get(&decision).copied()
    }

    /// What one reader is told with a decision, and in which language; none when no resolving made it.
    pub(super) fn to(
        &self,
        decision: DecisionId,
        (name, locale, reference): (&str, &str, &str),
    ) -> Option<(String, String)> {
        let id = self.made(decision)?;
        let texts = self.texts.get(&id)?;
        let tags: Vec<String> = texts.iter().map(|text| text.language.clone()).collect();
        let language = best_language(&tags, locale)?;
        let text = texts.iter().find(|text| text.language == language)?;
        let cause = self.causes.get(&id).map(String::as_str).unwrap_or_default();
        let personal = words::Personal { name: Some(name), reference, cause, language };
        let words = ClosingText::read(&text.body).ok()?.fill(&personal);
        Some((words, language.to_owned()))
    }
}

/// What one reader of a mail is told with a decision of a resolving.
pub(super) struct Personal {
    /// The words.
    pub(super) words: String,
    /// Their language, which need not be that of the words to the author.
    pub(super) language: String,
    /// The references of what else it is about.
    pub(super) also: Vec<String>,
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
    let also = query::also_for(&db, (id, person.id), about).await?;
    Ok(Some(Personal { words, language, also }))
}
