//! What the demo is made of: an invented organisation and real sentences.
//!
//! Four JSON files are compiled in, so that `serve --demo` needs nothing but the binary. `demo/README.md` beside the crate
//! describes their shape, says where the sentences come from, and how the files are made. Nothing here touches a
//! database or the clock: days are counted back from the moment of loading, which the loader knows.
//!
//! The tests below hold the files against the law of phases, the rights and the references, so a loader may trust them.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::further::Further;
use super::work::Work;
use entity::identity::values::{Role, UnitKind};
use entity::submissions::hold::Announce;
use entity::submissions::phase::{Kind, Letter, Phase};
use entity::submissions::values::{Channel, CommentVisibility, Severity};
use entity::triage::values::{Category, CauseStatus};

const ORGANISATION: &str = include_str!("../../demo/organisation.json");
const SUBMISSIONS: &str = include_str!("../../demo/submissions.json");
const WORK: &str = include_str!("../../demo/work.json");
const FURTHER: &str = include_str!("../../demo/further.json");

/// Reads what is compiled in.
///
/// # Errors
/// Only if the files do not fit the types, which the tests of this module rule out.
pub fn content() -> Result<Content, serde_json::Error> {
    let Sent { mut submissions } = serde_json::from_str(SUBMISSIONS)?;
    let work = serde_json::from_str(WORK)?;
    let mut organisation: Organisation = serde_json::from_str(ORGANISATION)?;
    let mut further: Further = serde_json::from_str(FURTHER)?;
    submissions.append(&mut further.submissions);
    organisation.causes.append(&mut further.causes);
    organisation.grants.append(&mut further.grants);
    Ok(Content { organisation, submissions, work, further })
}

/// The whole demo.
#[derive(Debug, Clone)]
pub struct Content {
    /// Who works where, and what they know about journeys and causes.
    pub organisation: Organisation,
    /// What they sent, and what became of it. The one that another is joined into may come after it.
    pub submissions: Vec<Submission>,
    /// What is done about it.
    pub work: Work,
    /// Hand-overs, splits, merged causes and photos.
    pub further: Further,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    submissions: Vec<Submission>,
}

/// Words that people read, per language.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// English.
    pub en: String,
    /// Spanish.
    pub es: String,
}

/// The invented organisation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    /// Its name.
    pub name: String,
    /// Time zone, IANA name.
    pub zone: String,
    /// Languages of its staff, the default first.
    pub languages: Vec<String>,
    /// Its standing programme.
    pub program: Program,
    /// Units; a parent comes before its children.
    pub units: Vec<Unit>,
    /// People, in the order of their staff codes.
    pub people: Vec<Person>,
    /// Roles beyond EMPLOYEE, which everybody has at home.
    pub grants: Vec<Grant>,
    /// One integration.
    pub integration: Integration,
    /// The people of the guided tour.
    pub personas: Personas,
    /// Journeys with their touchpoints, in order.
    pub journeys: Vec<Journey>,
    /// Root causes; a parent comes before its children.
    pub causes: Vec<Cause>,
    /// Causes that were resolved, and what everybody behind them was told.
    pub resolutions: Vec<Resolution>,
    /// Reasons for declining and deferring.
    pub reasons: Vec<Reason>,
}

/// The programme under the organisation's own name.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// What staff call it.
    pub name: Words,
}

/// A unit of the organisation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    /// External code, unique.
    pub code: String,
    /// Display name; not unique ("Reception" is everywhere).
    pub name: String,
    /// What sort of unit.
    pub kind: UnitKind,
    /// Code of the unit above; none for the root.
    pub parent: Option<String>,
}

/// Somebody who works there.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// Staff code, unique: how the files name people.
    pub staff_code: String,
    /// Display name, unique.
    pub name: String,
    /// Address under `demo.example`; two in five have none.
    pub email: Option<String>,
    /// `en` or `es`.
    pub locale: String,
    /// Code of the home unit.
    pub home_unit: String,
}

/// A role on a unit and everything below it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// Who.
    pub staff_code: String,
    /// Which role.
    pub role: Role,
    /// Code of the unit.
    pub unit: String,
}

/// An integration that acts under its own name.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Integration {
    /// Display name.
    pub name: String,
    /// Code of the unit whose subtree it reads.
    pub unit: String,
    /// Scopes of its token.
    pub scopes: Vec<String>,
}

/// Staff codes of the people for whom one-time links are printed, and of two more that are good to show.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Personas {
    /// A nurse without e-mail: staff code and PIN on the shared device of the ward.
    pub nurse: String,
    /// A colleague on the same ward, with e-mail.
    pub colleague: String,
    /// A reviewer of the region of that ward.
    pub reviewer: String,
    /// The manager of the site of that ward.
    pub manager: String,
    /// The administrator.
    pub admin: String,
    /// Somebody without e-mail who reads Spanish.
    pub spanish_reader: String,
}

/// A journey of the people who are served.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Journey {
    /// How the files name it.
    pub key: String,
    /// Display name.
    pub name: Words,
    /// Staff code of who answers for it.
    pub owner: String,
    /// Its touchpoints, in order.
    pub touchpoints: Vec<Touchpoint>,
}

/// One point of a journey.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Touchpoint {
    /// How the files name it; unique over all journeys.
    pub key: String,
    /// Display name.
    pub name: Words,
    /// Staff code of who answers for it.
    pub owner: String,
}

/// Why things happen.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cause {
    /// How the files name it.
    pub key: String,
    /// Key of the wider cause.
    pub parent: Option<String>,
    /// Ishikawa category.
    pub category: Category,
    /// How far it is.
    pub status: CauseStatus,
    /// Code of the function that answers for it.
    pub owner_unit: String,
    /// Staff code of who answers for it.
    pub owner: String,
    /// Short name.
    pub name: String,
    /// Answers to "why?", the first one first; at most five, empty where nobody asked yet.
    pub whys: Vec<String>,
    /// How it went on: named as SUSPECTED before the first submission, then so many days ago.
    pub progress: Vec<Progress>,
}

/// A step of a cause.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// Status after it.
    pub status: CauseStatus,
    /// When.
    pub days_ago: u32,
}

/// The resolving of a cause, with what is behind it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resolution {
    /// Key of the cause.
    pub cause: String,
    /// Staff code of who resolved it.
    pub by: String,
    /// When.
    pub days_ago: u32,
    /// The words by language, with fields in braces.
    pub texts: BTreeMap<String, String>,
}

/// A reason for declining or deferring.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// Stable code.
    pub code: String,
    /// For which phase.
    pub phase: Phase,
    /// What authors read.
    pub label: Words,
}

/// Where a text comes from (README.md beside the files).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// `employee_ideas`, `patient_comments` or `own`.
    pub set: String,
    /// Its number there.
    pub id: String,
}

/// What somebody sent, and what became of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Submission {
    /// How the files name it.
    pub key: String,
    /// Where the words come from.
    pub source: Source,
    /// Idea or observation.
    pub kind: Kind,
    /// Staff code; none for what the integration sent in its own name.
    pub author: Option<String>,
    /// Code of the unit it is about.
    pub unit: String,
    /// Language of `text`: `en` or `es`. (The customer's own words are English throughout.)
    pub language: String,
    /// Title; ideas only.
    pub title: Option<String>,
    /// What was written.
    pub text: String,
    /// The customer's own words.
    pub customer_words: Option<String>,
    /// Key of the touchpoint.
    pub touchpoint: String,
    /// Keys of the causes that it evidences or addresses, at most two. Links are made by the reviewer of the ACCEPTED step.
    pub causes: Vec<String>,
    /// How bad it is; observations only.
    pub severity: Option<Severity>,
    /// How it came.
    pub channel: Channel,
    /// Days ago that it was sent.
    pub age_days: u32,
    /// Days from now to the next promised date; less than 0 when it has passed.
    #[serde(default)]
    pub promised_in_days: Option<i32>,
    /// Staff code of who is responsible for doing it.
    #[serde(default)]
    pub owner: Option<String>,
    /// Steps in order, each on a later day than the one before; empty while it is SUBMITTED.
    pub path: Vec<Step>,
    /// Votes of colleagues; the loader chooses who. Ideas only.
    pub votes: u32,
    /// Comments in order.
    pub comments: Vec<Comment>,
}

impl Submission {
    /// The phase that it has reached.
    pub fn phase(&self) -> Phase {
        self.path.last().map_or(Phase::Submitted, |step| step.to)
    }
}

/// One step along the way.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Phase after it.
    pub to: Phase,
    /// In which capacity.
    #[serde(rename = "as")]
    pub letter: Letter,
    /// Staff code; none for the scheduler and for a cause's progress.
    #[serde(default)]
    pub by: Option<String>,
    /// When.
    pub days_ago: u32,
    /// Words to the author, in the language of the submission.
    #[serde(default)]
    pub message: Option<String>,
    /// Words of the author with an own step: an answer, "look again", "not fixed".
    #[serde(default)]
    pub said: Option<String>,
    /// Code of the reason.
    #[serde(default)]
    pub reason: Option<String>,
    /// Days from now until a deferred one wakes; less than 0 when it has woken.
    #[serde(default)]
    pub wake_in_days: Option<i32>,
    /// Key of the submission that it was joined with.
    #[serde(default)]
    pub into: Option<String>,
    /// Key of the cause whose resolving closes it.
    #[serde(default)]
    pub resolves: Option<String>,
    /// LATER: decided, and not announced yet. Only ever the last step.
    #[serde(default)]
    pub announce: Option<Announce>,
}

/// Something said about a submission.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comment {
    /// Staff code.
    pub by: String,
    /// What.
    pub text: String,
    /// Who sees it.
    pub visibility: CommentVisibility,
    /// When.
    pub days_ago: u32,
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has to stop")]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;
    use entity::submissions::phase::{Letters, Message, MoveFacts, Need, Position};

    struct Known {
        content: Content,
        units: HashMap<String, Unit>,
        homes: HashMap<String, String>,
    }

    impl Known {
        fn load() -> Self {
            let content = content().unwrap();
            let units = content.organisation.units.iter();
            let units = units.map(|unit| (unit.code.clone(), unit.clone())).collect();
            let people = content.organisation.people.iter();
            let homes = people
                .map(|person| (person.staff_code.clone(), person.home_unit.clone()))
                .collect();
            Self { content, units, homes }
        }

        fn organisation(&self) -> &Organisation {
            &self.content.organisation
        }

        fn count(&self, kind: UnitKind) -> usize {
            self.units.values().filter(|unit| unit.kind == kind).count()
        }

        /// The unit and everything above it.
        fn upward(&self, unit: &str) -> Vec<String> {
            let mut line = vec![unit.to_owned()];
            while let Some(parent) = line.last().and_then(|code| self.units[code].parent.clone()) {
                line.push(parent);
            }
            line
        }

        fn holds(&self, person: &str, role: Role, unit: &str) -> bool {
            let above = self.upward(unit);
            let mut grants = self.organisation().grants.iter();
            grants.any(|grant| {
                grant.staff_code == person && grant.role == role && above.contains(&grant.unit)
            })
        }

        fn person(&self, code: &str) -> &Person {
            let mut people = self.organisation().people.iter();
            people.find(|person| person.staff_code == code).unwrap()
        }

        fn submission(&self, key: &str) -> &Submission {
            let mut all = self.content.submissions.iter();
            all.find(|submission| submission.key == key).unwrap()
        }
    }

    fn distinct<'a>(values: impl Iterator<Item = &'a String>) -> bool {
        let mut seen = HashSet::new();
        values.into_iter().all(|value| seen.insert(value))
    }

    #[test]
    fn the_organisation_has_the_promised_size() {
        let known = Known::load();
        let organisation = known.organisation();
        assert_eq!(known.count(UnitKind::Region), 3);
        assert_eq!(known.count(UnitKind::Site), 12);
        assert_eq!(known.count(UnitKind::Team), 40);
        assert_eq!(known.count(UnitKind::Function), 5);
        assert_eq!(organisation.people.len(), 200);
        assert_eq!(organisation.people.iter().filter(|person| person.email.is_none()).count(), 80);
        assert_eq!(organisation.people.iter().filter(|person| person.locale == "es").count(), 20);
        assert_eq!(organisation.journeys.len(), 4);
        assert_eq!(
            organisation.journeys.iter().flat_map(|journey| &journey.touchpoints).count(),
            15
        );
        let merged = known.content.further.merged_causes.len();
        assert_eq!((organisation.causes.len() - merged, merged), (14, 2), "14 live ones");
        assert!(known.content.submissions.len() >= 400);
        let of_kind =
            |kind| known.content.submissions.iter().filter(|sent| sent.kind == kind).count();
        assert!(of_kind(Kind::Idea) > 100 && of_kind(Kind::Observation) > 280);
    }

    #[test]
    fn names_of_things_are_unique() {
        let known = Known::load();
        let organisation = known.organisation();
        assert!(distinct(organisation.units.iter().map(|unit| &unit.code)));
        assert!(distinct(organisation.people.iter().map(|person| &person.staff_code)));
        assert!(distinct(organisation.people.iter().map(|person| &person.name)));
        assert!(distinct(organisation.people.iter().filter_map(|person| person.email.as_ref())));
        assert!(distinct(organisation.causes.iter().map(|cause| &cause.key)));
        assert!(distinct(organisation.causes.iter().map(|cause| &cause.name)));
        assert!(distinct(organisation.reasons.iter().map(|reason| &reason.code)));
        assert!(distinct(
            organisation
                .journeys
                .iter()
                .flat_map(|journey| &journey.touchpoints)
                .map(|point| &point.key)
        ));
        assert!(distinct(known.content.submissions.iter().map(|sent| &sent.key)));
    }

    #[test]
    fn the_organisation_holds_together() {
        let known = Known::load();
        let organisation = known.organisation();
        let mut above = HashSet::new();
        for unit in &organisation.units {
            assert!(
                unit.parent.as_ref().is_none_or(|parent| above.contains(parent)),
                "{}",
                unit.code
            );
            above.insert(unit.code.clone());
        }
        for person in &organisation.people {
            assert!(known.units.contains_key(&person.home_unit));
            assert!(organisation.languages.contains(&person.locale));
            assert!(
                person
                    .email
                    .as_ref()
                    .is_none_or(|mail| mail.is_ascii() && mail.ends_with("@demo.example"))
            );
        }
        for grant in &organisation.grants {
            assert!(
                known.homes.contains_key(&grant.staff_code)
                    && known.units.contains_key(&grant.unit)
            );
        }
        assert!(known.units.contains_key(&organisation.integration.unit));
        for journey in &organisation.journeys {
            assert!(known.homes.contains_key(&journey.owner));
            assert!(journey.touchpoints.iter().all(|point| known.homes.contains_key(&point.owner)));
        }
    }

    #[test]
    fn the_tree_of_causes_has_three_levels_and_all_categories() {
        let known = Known::load();
        let mut depth: HashMap<&str, usize> = HashMap::new();
        let mut categories = HashSet::new();
        for cause in &known.organisation().causes {
            let below = cause.parent.as_ref().map_or(0, |parent| depth[parent.as_str()]);
            depth.insert(&cause.key, below + 1);
            categories.insert(cause.category);
            assert!(cause.whys.len() <= 5);
            assert_eq!(known.units[&cause.owner_unit].kind, UnitKind::Function);
            assert!(known.homes.contains_key(&cause.owner));
        }
        assert_eq!(depth.values().max(), Some(&3));
        assert_eq!(categories.len(), Category::ALL.len());
    }

    #[test]
    fn the_personas_are_who_they_should_be() {
        let known = Known::load();
        let personas = &known.organisation().personas;
        let ward = &known.homes[&personas.nurse];
        assert_eq!(known.person(&personas.nurse).email, None);
        assert_eq!(&known.homes[&personas.colleague], ward);
        assert!(known.person(&personas.colleague).email.is_some());
        assert!(known.holds(&personas.reviewer, Role::Reviewer, ward));
        assert!(known.holds(&personas.manager, Role::Manager, ward));
        assert!(known.holds(&personas.admin, Role::Admin, ward));
        assert!(!known.holds(&personas.reviewer, Role::Admin, ward));
        assert_eq!(known.person(&personas.spanish_reader).locale, "es");
        for somebody in [&personas.nurse, &personas.colleague] {
            assert!(
                known.content.submissions.iter().any(|sent| sent.author.as_ref() == Some(somebody))
            );
        }
    }

    #[test]
    fn every_reference_of_a_submission_resolves() {
        let known = Known::load();
        let organisation = known.organisation();
        let points: HashSet<_> = organisation
            .journeys
            .iter()
            .flat_map(|journey| &journey.touchpoints)
            .map(|point| &point.key)
            .collect();
        let causes: HashSet<_> = organisation.causes.iter().map(|cause| &cause.key).collect();
        for sent in &known.content.submissions {
            assert!(
                sent.author.as_ref().is_none_or(|it| known.homes.contains_key(it))
                    && known.units.contains_key(&sent.unit),
                "{}",
                sent.key
            );
            assert!(points.contains(&sent.touchpoint), "{}", sent.key);
            assert!(
                sent.causes.len() <= 2 && sent.causes.iter().all(|cause| causes.contains(cause)),
                "{}",
                sent.key
            );
            assert!(
                sent.owner.as_ref().is_none_or(|owner| known.homes.contains_key(owner)),
                "{}",
                sent.key
            );
            assert!(
                sent.comments.iter().all(|comment| known.homes.contains_key(&comment.by)),
                "{}",
                sent.key
            );
            assert!(
                sent.path
                    .iter()
                    .filter_map(|step| step.by.as_ref())
                    .all(|by| known.homes.contains_key(by)),
                "{}",
                sent.key
            );
        }
    }

    #[test]
    fn texts_keep_to_their_limits_and_kinds() {
        let known = Known::load();
        for sent in &known.content.submissions {
            let short = |text: &String| !text.trim().is_empty() && text.chars().count() <= 600;
            assert!(
                short(&sent.text) && sent.customer_words.as_ref().is_none_or(short),
                "{}",
                sent.key
            );
            assert_eq!(sent.title.is_some(), sent.kind == Kind::Idea, "{}", sent.key);
            assert!(
                sent.title.as_ref().is_none_or(|title| title.chars().count() <= 120),
                "{}",
                sent.key
            );
            assert!(sent.kind == Kind::Observation || sent.severity.is_none(), "{}", sent.key);
            assert!(
                sent.kind == Kind::Idea || sent.votes == 0,
                "nobody else sees an observation: {}",
                sent.key
            );
            let locale = sent.author.as_ref().map(|it| known.person(it).locale.as_str());
            assert_eq!(sent.language, locale.unwrap_or("en"), "{}", sent.key);
            assert!(sent.age_days <= 180, "{}", sent.key);
        }
    }

    /// What the law asks beyond the letters, as the loader will state it.
    fn facts(letter: Letter) -> MoveFacts {
        MoveFacts {
            own_submission: letter == Letter::Author,
            unit_under_own_grant: letter == Letter::Manager,
            sustain_answered_yes: letter == Letter::Scheduler,
            wake_date_reached: letter == Letter::Scheduler,
            days_since_question: (letter == Letter::Scheduler).then_some(10),
            days_since_implemented: (letter == Letter::Author).then_some(30),
            ..MoveFacts::default()
        }
    }

    #[test]
    fn every_path_obeys_the_law_of_phases() {
        for sent in &Known::load().content.submissions {
            let mut position = Position::start(sent.kind);
            for step in &sent.path {
                let letters = Letters::from(step.letter);
                let taken = position.step(step.to, letters, &facts(step.letter));
                let taken = taken.unwrap_or_else(|refused| panic!("{}: {refused:?}", sent.key));
                let needs = taken.needs();
                assert_eq!(needs.reason == Need::Required, step.reason.is_some(), "{}", sent.key);
                assert!(step.said.is_none() || step.letter == Letter::Author, "{}", sent.key);
                assert_eq!(
                    needs.wake_date == Need::Required,
                    step.wake_in_days.is_some(),
                    "{}",
                    sent.key
                );
                assert!(
                    needs.message == Message::None
                        || step.message.is_some()
                        || step.resolves.is_some(),
                    "{} says nothing",
                    sent.key
                );
                position = taken.position_after();
            }
        }
    }

    #[test]
    fn every_step_is_taken_by_somebody_who_may() {
        let known = Known::load();
        for sent in &known.content.submissions {
            for step in &sent.path {
                let by = step.by.as_deref();
                let fits = match step.letter {
                    Letter::Reviewer => by.is_some_and(|by| {
                        Some(by) != sent.author.as_deref()
                            && known.holds(by, Role::Reviewer, &sent.unit)
                    }),
                    Letter::Manager => {
                        by.is_some_and(|by| known.holds(by, Role::Manager, &sent.unit))
                    }
                    Letter::Author => by.is_some() && by == sent.author.as_deref(),
                    Letter::Scheduler => by.is_none(),
                    Letter::Cause => by.is_some() == step.resolves.is_some(),
                };
                assert!(fits, "{} to {}", sent.key, step.to);
            }
        }
    }

    #[test]
    fn time_runs_forward() {
        for sent in &Known::load().content.submissions {
            let mut before = sent.age_days;
            for step in &sent.path {
                assert!(step.days_ago < before, "{} to {}", sent.key, step.to);
                before = step.days_ago;
            }
            let in_time = |comment: &Comment| comment.days_ago <= sent.age_days;
            assert!(sent.comments.iter().all(in_time), "{}", sent.key);
            let held = sent.path.iter().rev().skip(1).any(|step| step.announce.is_some());
            assert!(!held, "only the last decision may wait: {}", sent.key);
        }
    }

    #[test]
    fn every_phase_is_there_and_three_decisions_wait() {
        let known = Known::load();
        let reached: HashSet<_> = known.content.submissions.iter().map(Submission::phase).collect();
        assert_eq!(reached.len(), Phase::ALL.len());
        let steps = known.content.submissions.iter().flat_map(|sent| &sent.path);
        assert_eq!(steps.filter(|step| step.announce == Some(Announce::Later)).count(), 3);
    }

    #[test]
    fn reasons_and_joinings_fit() {
        let known = Known::load();
        for sent in &known.content.submissions {
            for step in &sent.path {
                if let Some(code) = &step.reason {
                    let mut reasons = known.organisation().reasons.iter();
                    assert!(
                        reasons.any(|reason| &reason.code == code && reason.phase == step.to),
                        "{}",
                        sent.key
                    );
                }
                assert_eq!(step.into.is_some(), step.to == Phase::Merged, "{}", sent.key);
                if let Some(goal) = &step.into {
                    let goal = known.submission(goal);
                    assert_eq!(goal.kind, sent.kind, "{}", sent.key);
                    assert!(
                        goal.phase().takes_twins() && goal.phase() != Phase::Merged,
                        "{}",
                        sent.key
                    );
                    assert!(goal.age_days > step.days_ago, "{}", sent.key);
                    assert!(goal.path.iter().all(|it| it.into.is_none()), "{}", sent.key);
                }
            }
        }
    }

    /// The phase that a cause gives to its observations.
    fn phase_by(status: CauseStatus) -> Phase {
        match status {
            CauseStatus::BeingAddressed => Phase::InProgress,
            CauseStatus::Resolved => Phase::Implemented,
            _ => Phase::Accepted,
        }
    }

    #[test]
    fn an_observation_is_as_far_as_its_least_advanced_cause() {
        let known = Known::load();
        let status: HashMap<_, _> =
            known.organisation().causes.iter().map(|cause| (&cause.key, cause.status)).collect();
        for sent in known.content.submissions.iter().filter(|sent| sent.kind == Kind::Observation) {
            let least = sent.causes.iter().map(|cause| phase_by(status[cause])).min();
            let shown = match sent.phase() {
                Phase::Sustained => Phase::Implemented,
                phase => phase,
            };
            if sent.causes.is_empty() {
                assert_ne!(shown, Phase::Accepted, "{}: we know why, and do not say it", sent.key);
            } else {
                assert_eq!(least, Some(shown), "{}", sent.key);
            }
        }
    }
}
