//! *Seen* is measured: whether authors have looked at what was decided. And those whom no mail reaches
//! are told on paper, by who leads their team.

use std::collections::HashMap;

use entity::id::{DecisionId, PersonId, ResolutionId, SubmissionId, UnitId};
use entity::identity::person;
use entity::identity::values::Role;
use entity::notify::notification;
use entity::submissions::phase::Phase;
use entity::submissions::submission;
use entity::workflow::decision;

use crate::closing::query as closing;
use crate::closing::query::sayings::Sayings;
use crate::closing::query::seen as query;
use crate::closing::query::told::{self, Also, Behind, Together};
use crate::identity;
use crate::kit::actor::AuthorNames;
use crate::kit::error::{Code, OrNotFound as _, Refusal, Result};
use crate::kit::page::{Count, Page, PageArgs, page};
use crate::kit::scope::Scope;
use crate::submissions;
use crate::submissions::joining::query as groups;

/// "I have looked at it": of its author. What was announced about it, and about what it counted with at
/// that moment, counts as seen from the first look on. Returns what was news.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN for everybody else.
pub async fn look(scope: &Scope, id: SubmissionId) -> Result<(submission::Model, u64)> {
    let me = scope.actor.require_person()?;
    let db = scope.db();
    let row = submissions::query::one_readable(&db, &scope.actor, id).await?.or_not_found("id")?;
    if row.author_id != Some(me) {
        return Err(Refusal::forbidden("to be its author").into());
    }
    let spans = groups::spans_of(&db, &scope.actor, &[row.id]).await?;
    let told = |it: &query::Announced| {
        let covers =
            |at| spans.iter().any(|span| span.root_id == it.submission_id && span.covers(at));
        it.submission_id == row.id || it.closed_at.is_some_and(covers)
    };
    let mut about: Vec<SubmissionId> = spans.iter().map(|span| span.root_id).collect();
    about.push(row.id);
    let announced = query::announced(&db, &about).await?;
    let announced: Vec<DecisionId> =
        announced.into_iter().filter(|it| told(it)).map(|it| it.id).collect();
    let tx = scope.begin().await?;
    let news = query::note(&tx, (me, scope.now), &announced).await?;
    tx.commit_silently((row, news)).await
}

/// One answer for the printed sheet, with all that stands on it.
#[derive(Clone, Debug)]
pub struct Printed {
    /// That it was told, and whom.
    pub note: notification::Model,
    /// What was decided: about what they sent, or what that is joined with.
    pub decision: decision::Model,
    /// The reference of what they sent.
    pub reference: String,
    /// Where it stands, as everybody sees it.
    pub shown_phase: Phase,
    /// What a resolving says to them, unless passages of it were taken out; none: the words of the
    /// decision.
    pub words: Option<String>,
    /// What else of theirs it tells of.
    pub also: Also,
}

/// The answers for the printed sheet of a unit, the newest first: for who manages it, where names of
/// authors are for those who may read.
///
/// # Errors
/// UNAUTHENTICATED; NOT_FOUND at `unitId`; FORBIDDEN for who does not manage the unit, and where names
/// of authors are for reviewers alone; BAD_REQUEST of the page.
pub async fn sheet(
    scope: &Scope,
    unit: UnitId,
    (args, count): (&PageArgs, Count),
) -> Result<Page<Printed>> {
    scope.actor.require_person()?;
    let db = scope.db();
    let lineage = identity::query::lineages(&db, &[unit]).await?.remove(&unit);
    let lineage = lineage.filter(|line| !line.is_empty()).or_not_found("unitId")?;
    if !scope.actor.covers(Role::Manager, &lineage) {
        return Err(Refusal::forbidden("to manage this unit").into());
    }
    if scope.actor.rules.author_names == AuthorNames::Reviewers {
        let message = "Names of authors are for reviewers alone here, so there is no sheet with names. Ask an administrator, or let people look in the app.";
        return Err(Refusal::new(Code::Forbidden, "", message).into());
    }
    let select = query::for_the_sheet(&scope.actor, (unit, scope.now));
    let found = page(&db, select, &query::newest(), args, count).await?;
    let about = About::of(scope, &found.rows).await?;
    let printed = |(cursor, note)| Some((cursor, about.printed(note)?));
    Ok(Page {
        rows: found.rows.into_iter().filter_map(printed).collect(),
        has_next: found.has_next,
        has_previous: found.has_previous,
        total: found.total,
    })
}

/// What one page of the sheet is about, read at once.
struct About {
    decisions: HashMap<DecisionId, decision::Model>,
    called: HashMap<SubmissionId, query::Called>,
    people: HashMap<PersonId, person::Model>,
    sayings: Sayings,
    behind: HashMap<(ResolutionId, PersonId), Behind>,
}

impl About {
    /// Four statements, and three more where something was closed by the resolving of a cause.
    async fn of(scope: &Scope, rows: &[(String, notification::Model)]) -> Result<Self> {
        let db = scope.db();
        let notes = || rows.iter().map(|(_, note)| note);
        let decided: Vec<DecisionId> = notes().filter_map(|note| note.decision_id).collect();
        let mut people: Vec<PersonId> = notes().map(|note| note.person_id).collect();
        people.sort_unstable();
        people.dedup();
        let decisions = query::decisions(&db, &decided).await?;
        let mut about: Vec<SubmissionId> = notes().filter_map(|note| note.submission_id).collect();
        about.extend(decisions.values().map(|it| it.submission_id));
        let sayings = Sayings::of(&db, &decided).await?;
        let lead = Together::ForTheirLead(&scope.actor);
        Ok(Self {
            called: query::called(&db, &about).await?,
            behind: told::moved_of(&db, (&people, &sayings.resolutions()), lead).await?,
            people: closing::people(&db, &people).await?,
            decisions,
            sayings,
        })
    }

    fn printed(&self, note: notification::Model) -> Option<Printed> {
        let decision = self.decisions.get(&note.decision_id?)?.clone();
        let (id, person) = (note.submission_id?, note.person_id);
        let reference = self.called.get(&id)?.reference.clone();
        let who = self.people.get(&person)?;
        let said = self.sayings.to(decision.id, (&who.name, &who.locale, &reference));
        let made = self.sayings.made(decision.id);
        let behind = made.and_then(|made| self.behind.get(&(made, person)));
        Some(Printed {
            // What everybody sees of a joined one is what becomes of the one that it is joined with.
            shown_phase: self.called.get(&decision.submission_id)?.shown_phase,
            words: said.map(|(words, _)| words),
            also: behind.map(|behind| behind.but(id)).unwrap_or_default(),
            decision,
            reference,
            note,
        })
    }
}
