//! What the doors say of the subjects of a page of facts: each noun's own door, asked once for all.
#![allow(clippy::disallowed_methods)] // a query.rs

use std::collections::{BTreeSet, HashMap, HashSet};

use entity::announcing::announcement;
use entity::facts::fact;
use entity::facts::values::{ActorKind, FactAudience};
use entity::id::{AnnouncementId, CauseId, SubmissionId, UnitId};
use entity::identity::unit_closure;
use entity::identity::values::Role;
use entity::submissions::{submission, twin_span};
use entity::triage::cause;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::outward::People;
use super::policy::{self, Stands};
use crate::announcing::query as announcing;
use crate::implementation::ground::ties_to_cause;
use crate::kit::actor::{Actor, ApiScope, Principal};
use crate::kit::error::Result;
use crate::submissions::disclosure;
use crate::submissions::joining::query::spans_among;
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
    /// By the number of a step that was announced about something that the asker may not read: what they
    /// read and what was joined with that then. The step is mirrored on those.
    pub mirrored: HashMap<i64, Vec<SubmissionId>>,
    /// The units of an integration, of those that facts about what it reads name.
    units: HashSet<UnitId>,
}

/// Most submissions that one step is told to be mirrored on.
const MOST_MIRRORED: usize = 100;

/// What `actor` can hear of at all: the rest of the log is never read for them. What is INTERNAL is asked
/// of the doors of those who are inside, so that pages of staff are not full of what is not for them.
#[must_use]
pub fn heard_by(actor: &Actor) -> Condition {
    if actor.principal == Principal::System {
        return Condition::all();
    }
    let internal = || {
        let audience = fact::Column::Audience.eq(FactAudience::Internal);
        Condition::all().add(audience)
    };
    let any = Condition::any().add(fact::Column::Audience.is_in(policy::audiences(actor)));
    match actor.principal {
        Principal::Person(_) => any.add(internal().add(worked_on_by(actor))),
        _ if policy::keeps_links(actor) => {
            any.add(internal().add(fact::Column::Kind.is_in(policy::NAMES)))
        }
        _ => any,
    }
}

/// Facts about what `actor` works on: as [`Subjects::stands`] says of one.
fn worked_on_by(actor: &Actor) -> Condition {
    let about = |kind: &str| Condition::all().add(fact::Column::SubjectKind.eq(kind));
    let id = || Expr::col((fact::Entity, fact::Column::SubjectId));
    let submission = Query::select()
        .expr(Expr::val(1))
        .from(submission::Entity)
        .and_where(Expr::col((submission::Entity, submission::Column::Id)).eq(id()))
        .cond_where(submissions::inside(actor))
        .to_owned();
    let cause = Query::select()
        .expr(Expr::val(1))
        .from(cause::Entity)
        .and_where(Expr::col((cause::Entity, cause::Column::Id)).eq(id()))
        .cond_where(causes::worked_on_by(actor))
        .to_owned();
    let any = Condition::any()
        .add(about("submission").add(Expr::exists(submission)))
        .add(about("cause").add(Expr::exists(cause)));
    if actor.holds(Role::Reviewer) { any.add(about("announcement")) } else { any }
}

fn of_kind<T: Ord>(facts: &[fact::Model], kind: &str, id: fn(Uuid) -> T) -> Vec<T> {
    let some = facts.iter().filter(|fact| fact.subject_kind == kind);
    let ids: BTreeSet<T> = some.map(|fact| id(fact.subject_id)).collect();
    ids.into_iter().collect()
}

impl Subjects {
    /// Asks the doors. At most eight statements, however many facts there are.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn of<C: ConnectionTrait>(
        conn: &C,
        actor: &Actor,
        facts: &[fact::Model],
    ) -> Result<Self> {
        let ids = of_kind(facts, "submission", SubmissionId);
        let mut rows = submissions::some_readable(conn, actor, &ids).await?;
        let mirrored = mirrored(conn, actor, (facts, &mut rows)).await?;
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
            mirrored,
            units: units_among(conn, actor, facts).await?,
        })
    }

    /// How the asker stands to the subject of a fact.
    #[must_use]
    pub fn stands(&self, actor: &Actor, fact: &fact::Model) -> Stands {
        let id = &fact.subject_id;
        if fact.audience == FactAudience::Integrations {
            return self.passed(fact);
        }
        if self.mirrored.contains_key(&fact.seq) {
            return Stands::Reads;
        }
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

    /// What an integration reads of its units, or does not any more: by what is so now, because it may
    /// have come and gone since.
    fn passed(&self, fact: &fact::Model) -> Stands {
        let reads = self.submissions.contains_key(&fact.subject_id);
        let as_told = reads == (fact.kind == disclosure::DISCLOSED);
        let theirs = unit_of(fact).is_some_and(|unit| self.units.contains(&unit));
        if as_told && theirs { Stands::Passed } else { Stands::Outside }
    }

    /// As its reader is told of a fact: about what they read, where it is mirrored on that.
    #[must_use]
    pub fn told(&self, fact: fact::Model) -> fact::Model {
        match self.mirrored.get(&fact.seq).and_then(|twins| twins.first()) {
            Some(twin) => fact::Model { subject_id: twin.0, ..fact },
            None => fact,
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
            // Who did something with the canonical one is no business of the twin's readers.
            _ if self.mirrored.contains_key(&fact.seq) => false,
            // What is told to integrations alone is about what they do not read: whether its author took
            // it back, or somebody else took it away, would name the one or the other.
            _ if fact.audience == FactAudience::Integrations => false,
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

/// The steps that were announced about what the asker may not read, by what they read that was joined with
/// it then, as the history of those tells them too; their rows are added to `rows`. Two statements where
/// there are such steps, else none.
async fn mirrored<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    (facts, rows): (&[fact::Model], &mut Vec<submission::Model>),
) -> Result<HashMap<i64, Vec<SubmissionId>>> {
    let known: HashSet<Uuid> = rows.iter().map(|row| row.id.0).collect();
    let foreign = |fact: &&fact::Model| {
        fact.kind == "submission.announced" && !known.contains(&fact.subject_id)
    };
    let steps: Vec<&fact::Model> = facts.iter().filter(foreign).collect();
    if steps.is_empty() {
        return Ok(HashMap::new());
    }
    let roots: BTreeSet<SubmissionId> =
        steps.iter().map(|fact| SubmissionId(fact.subject_id)).collect();
    let readable = Query::select()
        .column((submission::Entity, submission::Column::Id))
        .from(submission::Entity)
        .and_where(submission::Column::CanonicalId.is_not_null())
        .cond_where(submissions::visible(actor))
        .to_owned();
    let spans = spans_among(actor, |twin| twin.in_subquery(readable))
        .filter(twin_span::Column::RootId.is_in(roots))
        .order_by_asc(twin_span::Column::SubmissionId)
        .all(conn)
        .await?;
    let mut found: HashMap<i64, Vec<SubmissionId>> = HashMap::new();
    for step in steps {
        let meanwhile = |span: &&twin_span::Model| {
            span.root_id.0 == step.subject_id
                && span.since <= step.at
                && span.until.is_none_or(|until| step.at < until)
        };
        let twins = spans.iter().filter(meanwhile).map(|span| span.submission_id);
        let twins: Vec<SubmissionId> = twins.take(MOST_MIRRORED).collect();
        if !twins.is_empty() {
            found.insert(step.seq, twins);
        }
    }
    let first = found.values().filter_map(|twins| twins.first());
    let new: BTreeSet<SubmissionId> = first.copied().filter(|id| !known.contains(&id.0)).collect();
    let new: Vec<SubmissionId> = new.into_iter().collect();
    if !new.is_empty() {
        rows.extend(submissions::some_readable(conn, actor, &new).await?);
    }
    Ok(found)
}

/// The unit of a fact that says what integrations read.
fn unit_of(fact: &fact::Model) -> Option<UnitId> {
    let data: serde_json::Value = serde_json::from_str(&fact.data).ok()?;
    data["unit"].as_str().and_then(|id| Uuid::try_parse(id).ok()).map(UnitId)
}

/// Which units that such facts name are those of an integration that reads content. One statement where
/// there are such facts, else none.
async fn units_among<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    facts: &[fact::Model],
) -> Result<HashSet<UnitId>> {
    let said = facts.iter().filter(|fact| fact.audience == FactAudience::Integrations);
    let named: BTreeSet<UnitId> = said.filter_map(unit_of).collect();
    let own = actor.units_with(Role::Integration);
    if named.is_empty() || own.is_empty() || !actor.has_scope(ApiScope::Content) {
        return Ok(HashSet::new());
    }
    let within = submissions::below(&own)
        .and_where(unit_closure::Column::Descendant.is_in(named))
        .to_owned();
    let rows = conn.query_all(&within).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
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
