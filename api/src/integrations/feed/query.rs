//! What the doors say of the subjects of a page of facts: each noun's own door, asked once for all.
#![allow(clippy::disallowed_methods)] // a query.rs

use std::collections::{BTreeSet, HashMap, HashSet};

use entity::announcing::announcement;
use entity::facts::fact;
use entity::facts::values::ActorKind;
use entity::id::{AnnouncementId, CauseId, SubmissionId};
use entity::identity::values::Role;
use entity::submissions::submission;
use entity::triage::cause;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::outward::People;
use super::policy::Stands;
use crate::announcing::query as announcing;
use crate::implementation::ground::ties_to_cause;
use crate::kit::actor::{Actor, ApiScope, Principal};
use crate::kit::error::Result;
use crate::submissions::policy::sees_author;
use crate::submissions::query as submissions;
use crate::submissions::standing::{Standing, standings};
use crate::triage::causes::policy::Function;
use crate::triage::causes::query as causes;

/// The subjects of a page of facts that somebody may read, and how they stand to them.
#[derive(Clone, Debug, Default)]
pub struct Subjects {
    /// Submissions.
    pub submissions: HashMap<Uuid, (submission::Model, Standing)>,
    /// Root causes, and whether the asker works on them.
    pub causes: HashMap<Uuid, (cause::Model, Stands)>,
    /// Announcements.
    pub announcements: HashMap<Uuid, announcement::Model>,
}

fn of_kind<T: Ord>(facts: &[fact::Model], kind: &str, id: fn(Uuid) -> T) -> Vec<T> {
    let some = facts.iter().filter(|fact| fact.subject_kind == kind);
    let ids: BTreeSet<T> = some.map(|fact| id(fact.subject_id)).collect();
    ids.into_iter().collect()
}

impl Subjects {
    /// Asks the doors. At most five statements, however many facts there are.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn of<C: ConnectionTrait>(
        conn: &C,
        actor: &Actor,
        facts: &[fact::Model],
    ) -> Result<Self> {
        let ids = of_kind(facts, "submission", SubmissionId);
        let rows = submissions::some_readable(conn, actor, &ids).await?;
        let stands = match rows.is_empty() {
            true => Vec::new(),
            false => standings(conn, actor, &rows).await?,
        };
        let of_submissions = rows.into_iter().zip(stands);
        let ids = of_kind(facts, "announcement", AnnouncementId);
        let announcements = announcing::some(conn, actor, &ids).await?;
        Ok(Self {
            submissions: of_submissions.map(|it| (it.0.id.0, it)).collect(),
            causes: causes_of(conn, actor, facts).await?,
            announcements: announcements.into_iter().map(|row| (row.id.0, row)).collect(),
        })
    }

    /// How the asker stands to the subject of a fact.
    #[must_use]
    pub fn stands(&self, actor: &Actor, fact: &fact::Model) -> Stands {
        let id = &fact.subject_id;
        match fact.subject_kind.as_str() {
            "submission" => match self.submissions.get(id) {
                Some((_, standing)) if standing.inside() => Stands::Inside,
                Some(_) => Stands::Reads,
                None => Stands::Outside,
            },
            "cause" => self.causes.get(id).map_or(Stands::Outside, |(_, stands)| *stands),
            "announcement" => match self.announcements.get(id) {
                // Drafts are read by reviewers alone; that they were written is theirs too.
                Some(_) if actor.holds(Role::Reviewer) => Stands::Inside,
                Some(_) => Stands::Reads,
                None => Stands::Outside,
            },
            // The tree of units and the journeys are for everybody who is signed in.
            "unit" | "journey" | "touchpoint" => Stands::Reads,
            _ => Stands::Outside,
        }
    }

    /// Who did it, where that is a person whom the asker may know: the author's by the rule of
    /// authors' names, everybody else's when working on the submission, one's own always. An
    /// integration is always told.
    #[must_use]
    pub fn actor_of(&self, actor: &Actor, fact: &fact::Model) -> Option<Uuid> {
        let id = fact.actor_id?;
        if fact.actor_kind != ActorKind::Person || actor.uuid() == Some(id) {
            return Some(id);
        }
        let shown = match self.submissions.get(&fact.subject_id) {
            Some((row, standing)) if row.author_id.map(|author| author.0) == Some(id) => {
                sees_author(actor, *standing)
            }
            Some((_, standing)) => standing.inside(),
            None => self.people_of(actor, fact) == People::Shown,
        };
        shown.then_some(id)
    }

    /// Whether the ids of people in the data of a fact are for the asker.
    #[must_use]
    pub fn people_of(&self, actor: &Actor, fact: &fact::Model) -> People {
        let inside = || self.stands(actor, fact) == Stands::Inside;
        let shown = match actor.principal {
            Principal::System => true,
            Principal::Anonymous => false,
            Principal::Service(_) => actor.has_scope(ApiScope::Personal),
            Principal::Person(_) => {
                inside() || super::policy::administers(actor) && fact.subject_kind != "submission"
            }
        };
        if shown { People::Shown } else { People::Me(actor.uuid()) }
    }
}

async fn causes_of<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    facts: &[fact::Model],
) -> Result<HashMap<Uuid, (cause::Model, Stands)>> {
    let rows = causes::some(conn, actor, &of_kind(facts, "cause", CauseId)).await?;
    let units: Vec<_> = rows.iter().filter_map(|row| row.owner_unit_id).collect();
    let managed: HashSet<_> = causes::managed_among(conn, actor, &units).await?;
    let stands = |row: cause::Model| {
        let manages = row.owner_unit_id.is_some_and(|unit| managed.contains(&unit));
        let function = if manages { Function::Managed } else { Function::NotManaged };
        let inside = ties_to_cause(actor, (&row, function)).inside;
        let stands = if inside { Stands::Inside } else { Stands::Reads };
        (row.id.0, (row, stands))
    };
    Ok(rows.into_iter().map(stands).collect())
}
