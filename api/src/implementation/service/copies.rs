//! "It works here: try it there too": offers of ideas to other sites, and what the sites answer.

use std::collections::HashMap;

use entity::facts::values::FactAudience;
use entity::id::{AdoptionId, PersonId, SubmissionId, UnitId};
use entity::identity::unit;
use entity::identity::values::{Role, UnitKind};
use entity::implementation::adoption;
use entity::implementation::copying::{self, Idea, NoOffer, Side, Step};
use entity::implementation::values::AdoptionState;
use entity::instant::Day;
use entity::submissions::submission;
use entity::submissions::text::Limit;
use entity::submissions::values::Audience;
use sea_orm::ConnectionTrait;
use serde::Serialize;

use super::{fresh, perhaps};
use crate::implementation::ground::{self, Subject};
use crate::implementation::policy;
use crate::implementation::query::{self as plans, copies as query};
use crate::kit::error::{Code, OrNotFound as _, Refusal, Result};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};
use crate::workflow::decide::opened_fact;
use crate::{clocks, identity, submissions};

/// Most sites of one call.
pub const MOST_SITES: usize = 20;
/// Most offers of one idea, ended ones included.
pub const MOST_OFFERS: usize = 200;

const MESSAGE: Limit = Limit { field: "message", ..Limit::MESSAGE };
const REASON: Limit = Limit { field: "reason", ..Limit::MESSAGE };

/// The fact that something was offered to a site.
pub const OFFERED: &str = "adoption.offered";

/// An idea to be offered.
#[derive(Clone, Debug)]
pub struct NewOffer {
    /// Which idea.
    pub submission: SubmissionId,
    /// To which sites.
    pub sites: Vec<UnitId>,
    /// Words to those who lead them.
    pub message: Option<String>,
    /// What to do where the idea is not open yet.
    pub opening: Opening,
}

/// What to do with an idea that only its own site reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// Offer it only if it is open already.
    AsItIs,
    /// Open it.
    Open,
}

/// A step of a site's task.
#[derive(Clone, Debug)]
pub struct TakeStep {
    /// Which task.
    pub id: AdoptionId,
    /// Which step.
    pub step: Step,
    /// Why; needed for declining.
    pub reason: Option<String>,
    /// The version that the asker read.
    pub expected_version: Option<i32>,
}

#[derive(Serialize)]
struct AdoptionData {
    adoption: AdoptionId,
    site: UnitId,
    state: AdoptionState,
}

fn fact(kind: &'static str, row: &adoption::Model) -> NewFact {
    let data = AdoptionData { adoption: row.id, site: row.site_id, state: row.state };
    NewFact::new(kind, ("submission", row.submission_id.0), &data).internal()
}

/// Offers an idea that works to other sites: a task for each, all of them or none.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN; STEP_NOT_ALLOWED until everybody was told that it works; TAKEN for a site
/// that has it; TOO_LONG; INVALID with the cure for an observation, for what is no other site, for an
/// idea that is not open, and for a site where nobody could read it.
pub async fn offer(scope: &Scope, new: NewOffer) -> Result<Vec<adoption::Model>> {
    scope.actor.require_person()?;
    let mut tx = scope.begin().await?;
    let idea = submissions::query::locked(&tx, &scope.actor, new.submission).await?;
    let idea = idea.or_not_found("submissionId")?;
    policy::may_copy(ground::copier(&tx, &scope.actor, &idea).await?)?;
    let message = perhaps(new.message.as_deref(), MESSAGE)?;
    let sites = sites_of(&tx, &new.sites, scope.now.day()).await?;
    check_law(&tx, &idea, &sites).await?;
    let idea = opened(&mut tx, scope, (idea, new.opening)).await?;
    somebody_reads(&tx, &idea, &sites).await?;
    let offered = |site: &unit::Model| adoption::Model {
        id: AdoptionId(scope.fresh_id()),
        submission_id: idea.id,
        site_id: site.id,
        state: AdoptionState::Offered,
        message: message.clone(),
        reason: None,
        offered_by: scope.actor.person(),
        offered_at: scope.now,
        accepted_by: None,
        accepted_at: None,
        closed_by: None,
        closed_at: None,
        version: 1,
    };
    let rows: Vec<adoption::Model> = sites.iter().map(offered).collect();
    query::insert(&tx, &rows).await?;
    for row in &rows {
        tx.state(fact(OFFERED, row));
    }
    tx.commit(rows).await
}

fn at_sites(message: impl Into<String>) -> Refusal {
    Refusal::new(Code::Invalid, "siteIds", message)
}

/// The sites in the order given.
async fn sites_of(tx: &Tx, ids: &[UnitId], today: Day) -> Result<Vec<unit::Model>> {
    if ids.is_empty() {
        let none = Refusal::new(Code::Required, "siteIds", "Name at least one site.");
        return Err(none.into());
    }
    if ids.len() > MOST_SITES {
        let many = format!("At most {MOST_SITES} sites at a time; these are {}.", ids.len());
        return Err(at_sites(many).into());
    }
    if ids.iter().enumerate().any(|(at, id)| ids[..at].contains(id)) {
        return Err(at_sites("A site is named twice. Name each once.").into());
    }
    let mut known: HashMap<UnitId, unit::Model> =
        query::units(tx, ids).await?.into_iter().map(|row| (row.id, row)).collect();
    let mut sites = Vec::with_capacity(ids.len());
    for id in ids {
        let row = known.remove(id).or_not_found("siteIds")?;
        if row.kind != UnitKind::Site {
            return Err(at_sites(format!("{} is no site. Choose a site.", row.name)).into());
        }
        if let Some(last) = row.active_to.filter(|last| *last < today) {
            let closed = format!("{} was closed on {last}. Leave that site out.", row.name);
            return Err(at_sites(closed).into());
        }
        sites.push(row);
    }
    Ok(sites)
}

async fn check_law(tx: &Tx, idea: &submission::Model, sites: &[unit::Model]) -> Result<()> {
    let own = query::units(tx, &[idea.unit_id]).await?;
    let law = Idea {
        kind: idea.kind,
        phase: idea.phase,
        shown: idea.shown_phase,
        site: own.first().map_or(idea.unit_id, |unit| unit.site_id),
    };
    let before = query::of(tx, &[idea.id]).await?;
    if before.len() + sites.len() > MOST_OFFERS {
        return Err(at_sites(format!(
            "An idea is offered at most {MOST_OFFERS} times, ended offers included; this one was {} times.",
            before.len()
        ))
        .into());
    }
    for site in sites {
        let there = before.iter().filter(|it| it.site_id == site.id).map(|it| it.state);
        copying::may_offer(law, site.id, there).map_err(|why| no_offer(why, site))?;
    }
    Ok(())
}

fn no_offer(why: NoOffer, site: &unit::Model) -> Refusal {
    match why {
        NoOffer::NoIdea => Refusal::new(
            Code::Invalid,
            "submissionId",
            "This is an observation. Offer an idea that works.",
        ),
        NoOffer::NotDone => Refusal::new(
            Code::StepNotAllowed,
            "submissionId",
            "Only what works is offered to others. Move it to IMPLEMENTED and announce that first.",
        ),
        NoOffer::OwnSite => at_sites(format!("It comes from {}. Choose other sites.", site.name)),
        NoOffer::There(state) => Refusal::new(
            Code::Taken,
            "siteIds",
            format!("{} has this idea already: {state}. Leave that site out.", site.name),
        ),
    }
}

/// The idea, open to those whom the organisation lets read opened ones. Nothing is opened that was
/// not asked to be.
async fn opened(
    tx: &mut Tx,
    scope: &Scope,
    (idea, opening): (submission::Model, Opening),
) -> Result<submission::Model> {
    if idea.audience == Audience::CxTeamOnly || idea.hidden_at.is_some() {
        return Err(Refusal::new(
            Code::Invalid,
            "submissionId",
            "It is hidden, or for the CX team only, so nobody at another site may read it. Send the idea anew for everybody, or show it again, and offer that.",
        )
        .into());
    }
    match (idea.opened_at, opening) {
        (Some(_), _) => Ok(idea),
        (None, Opening::AsItIs) => Err(Refusal::new(
            Code::Invalid,
            "opensIdea",
            "Only its own site reads this idea. Say `opensIdea: true` to open it to the others with the offer.",
        )
        .into()),
        (None, Opening::Open) => {
            query::open(&*tx, idea.id, scope.now).await?;
            let idea = submission::Model { opened_at: Some(scope.now), ..idea };
            tx.state(opened_fact(&idea));
            Ok(idea)
        }
    }
}

/// Refuses sites where nobody could answer. An offer lets nobody read more.
async fn somebody_reads(tx: &Tx, idea: &submission::Model, sites: &[unit::Model]) -> Result<()> {
    let subject = Subject::Submission(idea.id);
    let answering = answering_for(tx, &sites.iter().map(|it| it.id).collect::<Vec<_>>()).await?;
    'sites: for site in sites {
        for person in answering.get(&site.id).into_iter().flatten() {
            let Some(actor) = plans::actor_of(tx, *person).await? else { continue };
            if plans::may_read(tx, &actor, subject).await? {
                continue 'sites;
            }
        }
        return Err(at_sites(format!(
            "Nobody who leads or reviews {} may read this idea. Leave that site out, or first let somebody there read it.",
            site.name
        ))
        .into());
    }
    Ok(())
}

/// Who hears of what is offered to each of these sites: the nearest managers, from the site up; where
/// there are none the nearest reviewers. Two statements.
///
/// # Errors
/// A fault of the database.
pub async fn answering_for<C: ConnectionTrait>(
    conn: &C,
    sites: &[UnitId],
) -> Result<HashMap<UnitId, Vec<PersonId>>> {
    let lineages = identity::query::lineages(conn, sites).await?;
    let mut units: Vec<UnitId> = lineages.values().flatten().copied().collect();
    units.sort_unstable();
    units.dedup();
    let holders = clocks::query::holders(conn, &units).await?;
    let nearest = |lineage: &Vec<UnitId>, role: Role| {
        lineage.iter().find_map(|unit| {
            let held = holders.get(unit)?.iter().filter(|it| it.1 == role);
            let people: Vec<PersonId> = held.map(|it| it.0).collect();
            (!people.is_empty()).then_some(people)
        })
    };
    let answering = lineages.iter().map(|(site, lineage)| {
        let people = nearest(lineage, Role::Manager).or_else(|| nearest(lineage, Role::Reviewer));
        (*site, people.unwrap_or_default())
    });
    Ok(answering.collect())
}

/// Takes a step of a site's task.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, STALE_VERSION; STEP_NOT_ALLOWED from where it stands; REQUIRED or TOO_LONG at
/// `reason`.
pub async fn take(scope: &Scope, cmd: TakeStep) -> Result<adoption::Model> {
    scope.actor.require_person()?;
    let mut tx = scope.begin().await?;
    let (offered, ties) = ground::open_offer(&tx, scope, (cmd.id, "id")).await?;
    let copier = ground::copier(&tx, &scope.actor, &offered.idea).await?;
    let found = offered.row;
    let sees = ties.inside || policy::may_copy(copier).is_ok();
    if !sees && found.state != AdoptionState::Adopted {
        return Err(Refusal::not_found("id").into());
    }
    match copying::side(cmd.step) {
        Side::Site => policy::may_answer(ties)?,
        Side::Offering => policy::may_copy(copier)?,
    }
    fresh(cmd.expected_version, found.version)?;
    let to = copying::step(found.state, cmd.step).ok_or_else(|| no_step(&found))?;
    let reason = perhaps(cmd.reason.as_deref(), REASON)?;
    if to == AdoptionState::Declined && reason.is_none() {
        return Err(Refusal::new(
            Code::Required,
            "reason",
            "Say in a sentence why not, so that those who offered it learn from it.",
        )
        .into());
    }
    let row = stepped(scope, found, (to, reason));
    query::store(&tx, &row).await?;
    tx.state(told(&row));
    tx.commit(row).await
}

fn stepped(
    scope: &Scope,
    found: adoption::Model,
    (to, reason): (AdoptionState, Option<String>),
) -> adoption::Model {
    let version = found.version + 1;
    let me = scope.actor.person();
    if to == AdoptionState::Adopting {
        let accepted_at = Some(scope.now);
        return adoption::Model { state: to, accepted_by: me, accepted_at, version, ..found };
    }
    let closed_at = Some(scope.now);
    adoption::Model { state: to, reason, closed_by: me, closed_at, version, ..found }
}

/// That it works at another site too is for all who read the idea.
fn told(row: &adoption::Model) -> NewFact {
    match row.state {
        AdoptionState::Offered => fact(OFFERED, row),
        AdoptionState::Adopting => fact("adoption.accepted", row),
        AdoptionState::Adopted => {
            NewFact { audience: FactAudience::Readers, ..fact("adoption.completed", row) }
        }
        AdoptionState::Declined => fact("adoption.declined", row),
        AdoptionState::Withdrawn => fact("adoption.withdrawn", row),
    }
}

fn no_step(found: &adoption::Model) -> Refusal {
    let open: Vec<String> = Step::ALL
        .into_iter()
        .filter_map(|step| copying::step(found.state, step))
        .map(|state| state.to_string())
        .collect();
    let cure = match found.state {
        AdoptionState::Offered => "Take it up first.",
        AdoptionState::Adopting => "Say when it works, or decline it with a reason.",
        _ => "It has ended; it can be offered anew unless it was adopted.",
    };
    Refusal::new(Code::StepNotAllowed, "id", format!("This offer is {}. {cure}", found.state))
        .allowing(open)
}
