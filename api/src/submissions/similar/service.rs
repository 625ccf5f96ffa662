//! Finding what was said before.

use std::collections::HashMap;

use entity::id::{SubmissionId, TouchpointId, UnitId};
use entity::submissions::likeness::{Shingles, WORTH_SHOWING, Weights};
use entity::submissions::phase::{Kind, Phase};
use entity::submissions::submission;
use entity::submissions::text::{Limit, bounded};
use entity::submissions::wording;

use super::offer::{LIFE, Offer};
use super::query::{self, ENOUGH, GONE, Place};
use crate::kit::error::{Fault, Result};
use crate::kit::scope::Scope;
use crate::kit::secret;

/// Candidates that are named unless said otherwise.
pub const USUAL: usize = 5;
/// Most candidates that are named.
pub const MOST: usize = 20;
/// Offers beside what may be read.
const MOST_OFFERS: usize = 5;

/// A submission that says something like it.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The submission.
    pub row: submission::Model,
    /// How alike the words are, from 0 to 1.
    pub likeness: f64,
    /// Whether it is from the same touchpoint or unit.
    pub same_place: bool,
    /// Where it stands, as the asker may know.
    pub phase: Phase,
}

/// What many said, and the asker may not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    /// Idea or observation.
    pub kind: Kind,
    /// Where on a journey.
    pub touchpoint: Option<TouchpointId>,
    /// Why it happens, as every employee may know.
    pub causes: Vec<String>,
    /// At least so many people stand behind it.
    pub people_at_least: i32,
    /// With which the asker says "me too".
    pub token: String,
}

/// Submissions with which each of these might be joined, the same touchpoint or unit first, then the
/// most alike, of what is equally alike the newest (the greatest id) first; at most [`MOST`] of each. The caller has asked whether they are the asker's to join.
/// A fixed number of statements, whatever their number.
/// Where the asker works on a candidate, its decided phase counts; elsewhere the one that everybody
/// sees.
///
/// # Errors
/// A fault of the database.
pub async fn duplicates(
    scope: &Scope,
    rows: &[&submission::Model],
) -> Result<HashMap<SubmissionId, Vec<Candidate>>> {
    let (db, me) = (scope.db(), scope.actor.person());
    let places: Vec<Place> = rows.iter().map(|row| place_of(row)).collect();
    if rows.is_empty() {
        return Ok(HashMap::new());
    }
    let others = query::readable_at(&db, &scope.actor, &places).await?;
    let inside = query::inside_among(&db, &scope.actor, &others).await?;
    let known = move |row: &submission::Model| {
        if inside.contains(&row.id) { row.phase } else { row.shown_phase }
    };
    let others: Vec<submission::Model> =
        others.into_iter().filter(|row| !GONE.contains(&known(row))).collect();
    let mut asked = others.clone();
    asked.extend(rows.iter().map(|row| (*row).clone()));
    let said = query::words_of(&db, &asked).await?;
    let rows: Vec<submission::Model> = rows.iter().map(|row| (*row).clone()).collect();
    // Comparing thousands of texts takes long enough to keep others waiting on this thread.
    let compared = tokio::task::spawn_blocking(move || {
        let shingles = shingles(&said);
        let of = |row: &submission::Model| {
            let place = place_of(row);
            let others = query::near(&place, &others).into_iter().filter(|other| {
                let own = other.author_id.is_some() && other.author_id == me;
                let itself = other.id == row.id || Some(other.id) == row.canonical_id;
                !own && !itself && other.audience == row.audience
            });
            let found = shingles
                .get(&row.id)
                .map(|asked| ranked(asked, (others.cloned().collect(), &shingles), (place, MOST)));
            let mut found = found.unwrap_or_default();
            for candidate in &mut found {
                candidate.phase = known(&candidate.row);
            }
            (row.id, found)
        };
        rows.iter().map(of).collect()
    });
    Ok(compared.await.map_err(|error| Fault::internal(error.to_string()))?)
}

fn place_of(row: &submission::Model) -> Place {
    Place { touchpoint: row.touchpoint_id, unit: Some(row.unit_id), kind: Some(row.kind) }
}

fn shingles(said: &HashMap<SubmissionId, wording::Model>) -> HashMap<SubmissionId, Shingles> {
    said.iter().map(|(id, words)| (*id, Shingles::of(&whole(words)))).collect()
}

fn whole(words: &wording::Model) -> String {
    format!("{} {}", words.title, words.body)
}

fn ranked(
    asked: &Shingles,
    (others, shingles): (Vec<submission::Model>, &HashMap<SubmissionId, Shingles>),
    (place, first): (Place, usize),
) -> Vec<Candidate> {
    let known = others.iter().filter_map(|row| shingles.get(&row.id));
    let weights = Weights::of(known.chain([asked]));
    let mut found: Vec<Candidate> = others
        .into_iter()
        .filter_map(|row| {
            let likeness = weights.likeness(asked, shingles.get(&row.id)?);
            let same_place = place.is_of(&row);
            let phase = row.shown_phase;
            let candidate = Candidate { row, likeness, same_place, phase };
            (likeness >= WORTH_SHOWING).then_some(candidate)
        })
        .collect();
    found.sort_by(|one, other| {
        let place = other.same_place.cmp(&one.same_place);
        place.then(other.likeness.total_cmp(&one.likeness)).then(other.row.id.cmp(&one.row.id))
    });
    found.truncate(first);
    found
}

/// What somebody is about to send.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The words so far.
    pub text: String,
    /// The unit it is about; the home unit when none.
    pub unit: Option<UnitId>,
    /// Where on a journey.
    pub touchpoint: Option<TouchpointId>,
    /// Idea or observation, when known.
    pub kind: Option<Kind>,
}

/// What was said before, for somebody who is about to say it again.
#[derive(Clone, Debug)]
pub struct SaidBefore {
    /// What the asker may read.
    pub readable: Vec<Candidate>,
    /// What the asker may not read.
    pub offered: Vec<Offered>,
}

/// What was said before that is like a draft. At most six statements.
///
/// # Errors
/// FORBIDDEN for integrations; REQUIRED or TOO_LONG at `text`; a fault of the database.
pub async fn said_before(scope: &Scope, draft: Draft, first: usize) -> Result<SaidBefore> {
    scope.actor.require_person()?;
    let text = bounded(&draft.text, Limit::TEXT)?;
    let asked = Shingles::of(&text);
    let db = scope.db();
    let unit = draft.unit.or(scope.actor.home);
    let place = Place { touchpoint: draft.touchpoint, unit, kind: draft.kind };
    let rows = query::readable(&db, &scope.actor, place).await?;
    let said = query::words_of(&db, &rows).await?;
    let readable = ranked(&asked, (rows, &shingles(&said)), (place, first));
    Ok(SaidBefore { readable, offered: offers(scope, (&asked, place)).await? })
}

/// By place and by the names of causes, never by words that the asker may not read.
async fn offers(scope: &Scope, (asked, place): (&Shingles, Place)) -> Result<Vec<Offered>> {
    let db = scope.db();
    let person = scope.actor.require_person()?;
    let rows = query::unreadable_groups(&db, &scope.actor, place.kind).await?;
    let names = query::cause_names(&db, &rows).await?;
    let mut offered = Vec::new();
    for row in rows {
        let causes = names.get(&row.id).cloned().unwrap_or_default();
        let same_touchpoint = place.touchpoint.is_some() && row.touchpoint_id == place.touchpoint;
        if (!same_touchpoint && !speaks_of(asked, &causes)) || offered.len() >= MOST_OFFERS {
            continue;
        }
        let ends_at = scope.now.plus(LIFE);
        let offer = Offer { submission: row.id, person, ends_at };
        offered.push(Offered {
            kind: row.kind,
            touchpoint: row.touchpoint_id,
            causes,
            people_at_least: bucket(row.reach),
            token: offer.seal(&scope.house.keys, secret::random()?),
        });
    }
    Ok(offered)
}

fn speaks_of(asked: &Shingles, causes: &[String]) -> bool {
    let names: Vec<Shingles> = causes.iter().map(|name| Shingles::of(name)).collect();
    let weights = Weights::of(names.iter().chain([asked]));
    names.iter().any(|name| weights.likeness(asked, name) >= WORTH_SHOWING)
}

/// How many people at least: a rough number, so that nobody sees themselves counted.
fn bucket(reach: i32) -> i32 {
    [100, 50, 25, 10].into_iter().find(|most| reach >= *most).unwrap_or(ENOUGH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_told_roughly() {
        for (reach, told) in [(5, 5), (9, 5), (10, 10), (24, 10), (99, 50), (5_000, 100)] {
            assert_eq!(bucket(reach), told, "{reach}");
        }
    }
}
