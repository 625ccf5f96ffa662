//! Who works where, journeys, causes and reasons, as rows.

use std::collections::{HashMap, HashSet};

use entity::id::{
    CauseId, GrantId, JourneyId, PersonId, ReasonId, ServiceId, TouchpointId, UnitId,
};
use entity::identity::values::{PinState, Role, UnitKind, VoteFollows};
use entity::identity::{grant, person, service, unit, unit_closure};
use entity::instant::{DAY, HOUR, Instant, MINUTE};
use entity::journey::{journey, touchpoint};
use entity::programs::{label, reason};
use entity::triage::progress::{self, Capacity};
use entity::triage::values::CauseStatus;
use entity::triage::{cause, name, why};
use uuid::Uuid;

use super::PIN_HASH;
use super::content::{self, Organisation};
use super::lives::days_before;
use super::rows::{Catalogue, Happening, Rows};
use super::seed::Seed;
use crate::kit::error::{Fault, Result};
use crate::triage;

/// How long the organisation has used Earshot.
const SINCE: i64 = 400 * DAY;
/// When its causes were named: before the first submission that is linked to one.
const CAUSES_SINCE: i64 = 200 * DAY;
/// Reasons of the demo stand behind those of the first catalogue.
const FIRST_POSITION: i32 = 100;

/// Ids by the names that the files use.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) now: Instant,
    /// The end of the last working day before `now`: days are counted back from here, so that what
    /// people did they did by day, whenever the demo is loaded.
    pub(super) evening: Instant,
    pub(super) catalogue: Catalogue,
    pub(super) units: HashMap<String, UnitId>,
    /// Own site of every unit.
    pub(super) sites: HashMap<UnitId, UnitId>,
    pub(super) people: HashMap<String, PersonId>,
    /// The integration.
    pub(super) service: ServiceId,
    /// Everybody with their own site, in the order of the file.
    pub(super) staff: Vec<(PersonId, UnitId)>,
    pub(super) touchpoints: HashMap<String, TouchpointId>,
    pub(super) causes: HashMap<String, CauseId>,
    /// For whom notifications are left unread.
    pub(super) personas: Vec<PersonId>,
    /// Who has no address.
    pub(super) without_mail: HashSet<PersonId>,
    /// Every unit with those above it, itself first.
    pub(super) lineages: HashMap<UnitId, Vec<UnitId>>,
    /// Who reviews what.
    pub(super) reviewers: HashSet<(PersonId, UnitId)>,
}

impl Known {
    /// Whether somebody reviews what is sent in `unit`.
    pub(super) fn reviews(&self, person: PersonId, unit: UnitId) -> bool {
        let mut line = self.lineages.get(&unit).into_iter().flatten();
        line.any(|above| self.reviewers.contains(&(person, *above)))
    }
}

/// The last five o'clock in the afternoon before an instant.
fn evening_before(now: Instant) -> Instant {
    let today = now.day().start().plus(17 * HOUR);
    if today < now { today } else { today.plus(-DAY) }
}

/// The value of `name`, or a fault: the files name only what they define.
pub(super) fn find<T: Copy>(map: &HashMap<String, T>, name: &str) -> Result<T> {
    let found = map.get(name).copied();
    Ok(found.ok_or_else(|| {
        Fault::internal(format!("the demo names {name}, which it does not define"))
    })?)
}

/// Fills `rows` with the organisation.
///
/// # Errors
/// A fault when a file names what it does not define.
pub(super) fn furnish(
    from: &Organisation,
    catalogue: Catalogue,
    seed: &mut Seed,
    (now, rows): (Instant, &mut Rows),
) -> Result<Known> {
    let mut furnishing = Furnishing {
        from,
        seed,
        rows,
        since: now.plus(-SINCE),
        known: Known {
            now,
            evening: evening_before(now),
            catalogue,
            units: HashMap::new(),
            sites: HashMap::new(),
            people: HashMap::new(),
            service: ServiceId(Uuid::nil()),
            staff: Vec::new(),
            touchpoints: HashMap::new(),
            causes: HashMap::new(),
            personas: Vec::new(),
            without_mail: HashSet::new(),
            lineages: HashMap::new(),
            reviewers: HashSet::new(),
        },
    };
    furnishing.units()?;
    furnishing.people()?;
    furnishing.grants()?;
    furnishing.journeys()?;
    furnishing.reasons();
    furnishing.causes()?;
    Ok(furnishing.known)
}

struct Furnishing<'a> {
    from: &'a Organisation,
    seed: &'a mut Seed,
    rows: &'a mut Rows,
    since: Instant,
    known: Known,
}

impl Furnishing<'_> {
    fn id(&mut self) -> Uuid {
        self.seed.id_at(self.since)
    }

    fn units(&mut self) -> Result<()> {
        for unit in &self.from.units {
            let id = UnitId(self.id());
            let parent =
                unit.parent.as_ref().map(|code| find(&self.known.units, code)).transpose()?;
            let site = match (unit.kind, parent) {
                (UnitKind::Site, _) | (_, None) => id,
                (_, Some(parent)) => {
                    site_below(&self.known, &self.rows.units, parent).unwrap_or(id)
                }
            };
            let mut lineage = vec![id];
            lineage.extend(
                parent.and_then(|it| self.known.lineages.get(&it)).into_iter().flatten().copied(),
            );
            self.rows.closure.extend(lineage.iter().zip(0..).map(|(ancestor, depth)| {
                unit_closure::Model { ancestor: *ancestor, descendant: id, depth }
            }));
            self.known.units.insert(unit.code.clone(), id);
            self.known.sites.insert(id, site);
            self.known.lineages.insert(id, lineage);
            self.rows.units.push(unit::Model {
                id,
                parent_id: parent,
                kind: unit.kind,
                name: unit.name.clone(),
                code: Some(unit.code.clone()),
                site_id: site,
                zone: parent.is_none().then(|| self.from.zone.clone()),
                active_from: None,
                active_to: None,
                created_at: self.since,
                version: 1,
            });
        }
        Ok(())
    }

    fn people(&mut self) -> Result<()> {
        for somebody in &self.from.people {
            let id = PersonId(self.id());
            let home = find(&self.known.units, &somebody.home_unit)?;
            let without_mail = somebody.email.is_none();
            if without_mail {
                self.known.without_mail.insert(id);
            }
            self.known.people.insert(somebody.staff_code.clone(), id);
            self.known.staff.push((id, self.known.sites.get(&home).copied().unwrap_or(home)));
            self.rows.people.push(person::Model {
                id,
                name: somebody.name.clone(),
                email: somebody.email.clone(),
                email_key: somebody.email.as_ref().map(|email| email.to_lowercase()),
                staff_code: Some(somebody.staff_code.clone()),
                home_unit_id: home,
                locale: somebody.locale.clone(),
                password_hash: None,
                pin_hash: without_mail.then(|| PIN_HASH.to_owned()),
                pin_once: if without_mail { PinState::Own } else { PinState::None },
                vote_follows: VoteFollows::Yes,
                bounced_at: None,
                deactivated_at: None,
                created_at: self.since,
                version: 1,
            });
        }
        let personas = &self.from.personas;
        for code in [
            &personas.nurse,
            &personas.colleague,
            &personas.reviewer,
            &personas.manager,
            &personas.admin,
            &personas.spanish_reader,
        ] {
            self.known.personas.push(find(&self.known.people, code)?);
        }
        Ok(())
    }

    fn grants(&mut self) -> Result<()> {
        for given in &self.from.grants {
            let person = find(&self.known.people, &given.staff_code)?;
            self.grant((Some(person), None), given.role, &given.unit)?;
        }
        let integration = &self.from.integration;
        let service = ServiceId(self.id());
        self.known.service = service;
        self.rows.services.push(service::Model {
            id: service,
            name: integration.name.clone(),
            disabled_at: None,
            created_at: self.since,
        });
        self.grant((None, Some(service)), Role::Integration, &integration.unit)
    }

    fn grant(
        &mut self,
        (person_id, service_id): (Option<PersonId>, Option<ServiceId>),
        role: Role,
        unit: &str,
    ) -> Result<()> {
        let id = GrantId(self.id());
        let unit_id = find(&self.known.units, unit)?;
        if let (Some(person), Role::Reviewer) = (person_id, role) {
            self.known.reviewers.insert((person, unit_id));
        }
        self.rows.grants.push(grant::Model {
            id,
            person_id,
            service_id,
            role,
            unit_id,
            granted_by: None,
            created_at: self.since,
        });
        Ok(())
    }

    fn journeys(&mut self) -> Result<()> {
        for (journey, position) in self.from.journeys.iter().zip(1..) {
            let id = JourneyId(self.id());
            self.rows.journeys.push(journey::Model {
                id,
                name: journey.name.en.clone(),
                position,
                owner_id: Some(find(&self.known.people, &journey.owner)?),
                archived_at: None,
                created_at: self.since,
                version: 1,
            });
            for (point, position) in journey.touchpoints.iter().zip(1..) {
                self.touchpoint(id, point, position)?;
            }
        }
        Ok(())
    }

    fn touchpoint(
        &mut self,
        of: JourneyId,
        point: &content::Touchpoint,
        position: i32,
    ) -> Result<()> {
        let id = TouchpointId(self.id());
        self.known.touchpoints.insert(point.key.clone(), id);
        self.rows.touchpoints.push(touchpoint::Model {
            id,
            journey_id: of,
            name: point.name.en.clone(),
            position,
            owner_id: Some(find(&self.known.people, &point.owner)?),
            archived_at: None,
            created_at: self.since,
            version: 1,
        });
        Ok(())
    }

    /// Reasons that the catalogue does not have yet.
    fn reasons(&mut self) {
        for (given, position) in self.from.reasons.iter().zip(FIRST_POSITION..) {
            if self.known.catalogue.reasons.contains_key(&given.code) {
                continue;
            }
            let id = self.id();
            self.known.catalogue.reasons.insert(given.code.clone(), ReasonId(id));
            self.rows.reasons.push(reason::Model {
                id: ReasonId(id),
                code: given.code.clone(),
                phase: given.phase,
                position,
                archived_at: None,
                version: 1,
            });
            for (locale, text) in [("en", &given.label.en), ("es", &given.label.es)] {
                self.rows.labels.push(label::Model {
                    subject_id: id,
                    locale: locale.to_owned(),
                    text: text.clone(),
                });
            }
        }
    }

    fn causes(&mut self) -> Result<()> {
        let named_at = self.known.now.plus(-CAUSES_SINCE);
        for named in &self.from.causes {
            let id = CauseId(self.seed.id_at(named_at));
            let owner = find(&self.known.people, &named.owner)?;
            let parent =
                named.parent.as_ref().map(|key| find(&self.known.causes, key)).transpose()?;
            self.known.causes.insert(named.key.clone(), id);
            let row = cause::Model {
                id,
                parent_id: parent,
                name: named.name.clone(),
                name_key: name::key(&named.name),
                category: named.category,
                status: CauseStatus::Suspected,
                owner_id: Some(owner),
                owner_unit_id: Some(find(&self.known.units, &named.owner_unit)?),
                merged_into: None,
                reach: 0,
                submission_count: 0,
                shown_reach: 0,
                shown_submission_count: 0,
                created_by: Some(owner),
                created_at: named_at,
                version: 1,
            };
            let fact = triage::causes::service::created_fact(&row);
            self.rows.happenings.push(Happening::by(Some(owner), named_at, fact));
            let row = self.went_on(named, row)?;
            self.rows.causes.push(row);
            self.rows.whys.extend(named.whys.iter().zip(1..).map(|(body, position)| why::Model {
                cause_id: id,
                position,
                body: body.clone(),
            }));
        }
        Ok(())
    }
}

impl Furnishing<'_> {
    /// The steps of a cause, as its owner took them, up to where a merge finds it.
    fn went_on(&mut self, named: &content::Cause, mut row: cause::Model) -> Result<cause::Model> {
        for step in &named.progress {
            // Resolving is told with all that it closes.
            let part = if step.status == CauseStatus::Resolved { MINUTE } else { -MINUTE };
            let at = days_before(self.known.evening, step.days_ago, 3 * HOUR + part);
            let capacity = Capacity::Reviewer;
            progress::step(row.status, step.status, capacity)
                .map_err(|refused| Fault::internal(format!("demo {}: {refused}", named.key)))?;
            row.status = step.status;
            row.version += 1;
            let by = match step.status {
                CauseStatus::Resolved => self.resolver(&named.key)?,
                _ => row.owner_id,
            };
            let fact = triage::causes::service::updated_fact(&row);
            self.rows.happenings.push(Happening::by(by, at, fact));
        }
        if row.status == named.status {
            return Ok(row);
        }
        Err(Fault::internal(format!("demo {} ends elsewhere", named.key)).into())
    }

    fn resolver(&self, key: &str) -> Result<Option<PersonId>> {
        let given = self.from.resolutions.iter().find(|it| it.cause == key);
        given.map(|it| find(&self.known.people, &it.by)).transpose()
    }
}

/// The nearest SITE at or above `unit`, if there is one.
fn site_below(known: &Known, units: &[unit::Model], unit: UnitId) -> Option<UnitId> {
    let site = known.sites.get(&unit).copied()?;
    units.iter().any(|it| it.id == site && it.kind == UnitKind::Site).then_some(site)
}
