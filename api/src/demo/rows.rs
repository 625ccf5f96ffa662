//! What the demo will write, made in memory before the transaction begins: pure, so that the laws
//! are checked without a database.

use std::collections::HashMap;

use entity::announcing::{
    announcement, announcement_submission, announcement_text, announcement_unit,
};
use entity::clocks::{calendar, clock};
use entity::closing::{
    item as closed_item, resolution, resolution_text, resolved_cause, seen, sustained,
};
use entity::desk::{absence, rota, rota_place};
use entity::engagement::{follow, vote};
use entity::id::{
    AttachmentId, CommentId, DecisionId, PersonId, ProgramId, ReasonId, ResolutionId, ServiceId,
    StatusId, SubmissionId,
};
use entity::identity::{grant, person, service, unit, unit_closure};
use entity::implementation::{
    adoption, check, confirmation, figure, help, item, outcome, plan, trial, wait,
};
use entity::instant::Instant;
use entity::journey::{journey, touchpoint};
use entity::notify::values::NotificationKind;
use entity::programs::{label, reason};
use entity::routing::rule;
use entity::submissions::hold::HoldPolicy;
use entity::submissions::phase::Phase;
use entity::submissions::{attachment, comment, mention, submission, tag, wording};
use entity::triage::{
    cause, cause_alias, cause_link, cause_merge, cause_merge_link, queue_view, why,
};
use entity::workflow::{decision, reply, reply_text, report, response, split, split_part};

use super::content::Content;
use super::seed::Seed;
use super::{closing, desk, further, lives, organisation, work};
use crate::kit::actor::Principal;
use crate::kit::error::{Fault, Result};
use crate::kit::fact::{NewFact, Stated};

/// The catalogue of the database that the demo is loaded into.
#[derive(Clone, Debug)]
pub(super) struct Catalogue {
    /// The standing programme.
    pub(super) program: ProgramId,
    /// The label that a phase takes when none is named.
    pub(super) statuses: HashMap<Phase, StatusId>,
    /// Reasons by code.
    pub(super) reasons: HashMap<String, ReasonId>,
    /// How long decisions are held.
    pub(super) hold: HoldPolicy,
}

impl Catalogue {
    /// The label that `phase` takes when none is named.
    pub(super) fn status(&self, phase: Phase) -> Result<StatusId> {
        let found = self.statuses.get(&phase).copied();
        Ok(found.ok_or_else(|| Fault::internal(format!("no status label for phase {phase}")))?)
    }
}

/// A fact of the past, with who stated it and when.
#[derive(Clone, Debug)]
pub(super) struct Happening {
    pub(super) fact: NewFact,
    pub(super) stated: Stated,
}

impl Happening {
    /// Stated by a person; by the system when there is none.
    pub(super) fn by(who: Option<PersonId>, at: Instant, fact: NewFact) -> Self {
        let by = who.map_or(Principal::System, Principal::Person);
        Self { fact, stated: Stated { by, by_id: who.map(|person| person.0), at } }
    }

    /// Stated by an integration.
    pub(super) fn by_service(which: ServiceId, at: Instant, fact: NewFact) -> Self {
        let by = Principal::Service(which);
        Self { fact, stated: Stated { by, by_id: Some(which.0), at } }
    }
}

/// The fact that a notification came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Cause {
    /// The announcement of a decision.
    Announced(DecisionId),
    /// A comment.
    Commented(CommentId),
    /// A promised day that passed.
    Late(SubmissionId),
}

/// A notification; the number of its fact is known only when the facts are written.
#[derive(Clone, Debug)]
pub(super) struct Notice {
    pub(super) person: PersonId,
    pub(super) submission: SubmissionId,
    pub(super) kind: NotificationKind,
    pub(super) cause: Cause,
    pub(super) at: Instant,
    pub(super) read_at: Option<Instant>,
}

/// What the resolving of a cause closed.
#[derive(Clone, Debug)]
pub(super) struct Resolved {
    /// Key of the cause.
    pub(super) cause: String,
    pub(super) submission: SubmissionId,
    /// Nobody hears of what the integration sent.
    pub(super) author: Option<PersonId>,
    pub(super) decision: DecisionId,
    pub(super) at: Instant,
    pub(super) told_at: Option<Instant>,
}

/// What a photo's file holds.
#[derive(Clone, Debug)]
pub(super) struct Picture {
    pub(super) photo: AttachmentId,
    /// SHA-256 of the bytes, in hexadecimal.
    pub(super) digest: String,
    pub(super) bytes: Vec<u8>,
}

/// Who was told of a resolving; the number of the fact is known only when the facts are written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    pub(super) resolution: ResolutionId,
    pub(super) person: PersonId,
    pub(super) submission: SubmissionId,
    pub(super) decision: DecisionId,
}

/// What is done about what was sent, and how the loop was closed, by table.
#[derive(Debug, Default)]
pub(super) struct WorkRows {
    pub(super) seen: Vec<seen::Model>,
    pub(super) questions: Vec<sustained::Model>,
    pub(super) resolutions: Vec<resolution::Model>,
    pub(super) resolved_causes: Vec<resolved_cause::Model>,
    pub(super) resolution_texts: Vec<resolution_text::Model>,
    pub(super) closed_items: Vec<closed_item::Model>,
    pub(super) plans: Vec<plan::Model>,
    pub(super) items: Vec<item::Model>,
    pub(super) checks: Vec<check::Model>,
    pub(super) waits: Vec<wait::Model>,
    pub(super) helpers: Vec<help::Model>,
    pub(super) trials: Vec<trial::Model>,
    pub(super) adoptions: Vec<adoption::Model>,
    pub(super) outcomes: Vec<outcome::Model>,
    pub(super) figures: Vec<figure::Model>,
    pub(super) confirmations: Vec<confirmation::Model>,
    pub(super) announcements: Vec<announcement::Model>,
    pub(super) announcement_texts: Vec<announcement_text::Model>,
    pub(super) announcement_units: Vec<announcement_unit::Model>,
    pub(super) announcement_submissions: Vec<announcement_submission::Model>,
    /// What was closed with a cause, until it is written as rows.
    pub(super) resolved: Vec<Resolved>,
    pub(super) told: Vec<Told>,
}

/// Everything, by table. Parents come before what refers to them.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) units: Vec<unit::Model>,
    pub(super) closure: Vec<unit_closure::Model>,
    pub(super) people: Vec<person::Model>,
    pub(super) services: Vec<service::Model>,
    pub(super) grants: Vec<grant::Model>,
    pub(super) journeys: Vec<journey::Model>,
    pub(super) touchpoints: Vec<touchpoint::Model>,
    pub(super) reasons: Vec<reason::Model>,
    pub(super) labels: Vec<label::Model>,
    pub(super) causes: Vec<cause::Model>,
    pub(super) whys: Vec<why::Model>,
    pub(super) submissions: Vec<submission::Model>,
    pub(super) texts: Vec<wording::Model>,
    pub(super) responses: Vec<response::Model>,
    pub(super) decisions: Vec<decision::Model>,
    pub(super) links: Vec<cause_link::Model>,
    pub(super) comments: Vec<comment::Model>,
    pub(super) mentions: Vec<mention::Model>,
    pub(super) reports: Vec<report::Model>,
    pub(super) votes: Vec<vote::Model>,
    pub(super) follows: Vec<follow::Model>,
    pub(super) calendars: Vec<calendar::Model>,
    pub(super) clocks: Vec<clock::Model>,
    pub(super) replies: Vec<reply::Model>,
    pub(super) reply_texts: Vec<reply_text::Model>,
    pub(super) rotas: Vec<rota::Model>,
    pub(super) rota_places: Vec<rota_place::Model>,
    pub(super) absences: Vec<absence::Model>,
    pub(super) rules: Vec<rule::Model>,
    pub(super) views: Vec<queue_view::Model>,
    pub(super) splits: Vec<split::Model>,
    pub(super) parts: Vec<split_part::Model>,
    pub(super) merges: Vec<cause_merge::Model>,
    pub(super) merged_links: Vec<cause_merge_link::Model>,
    pub(super) aliases: Vec<cause_alias::Model>,
    pub(super) tags: Vec<tag::Model>,
    pub(super) photos: Vec<attachment::Model>,
    /// Bytes of the photos, for the data folder.
    pub(super) pictures: Vec<Picture>,
    pub(super) work: WorkRows,
    /// In the order in which they happened.
    pub(super) happenings: Vec<Happening>,
    pub(super) notices: Vec<Notice>,
}

impl Rows {
    /// All rows of the demo as of `now`: the same every time for the same content, catalogue and
    /// time.
    ///
    /// # Errors
    /// A fault when the content breaks a law or names what is not there, which the tests rule out.
    pub(super) fn of(content: &Content, catalogue: Catalogue, now: Instant) -> Result<Self> {
        let mut rows = Self::default();
        let mut seed = Seed::fixed();
        let known =
            organisation::furnish(&content.organisation, catalogue, &mut seed, (now, &mut rows))?;
        let desk = desk::content()?;
        let terms = desk::terms(&desk)?;
        let world = lives::World { content, known: &known, terms: &terms };
        let ids = lives::live(world, &mut seed, &mut rows)?;
        work::furnish(work::Ground { world, ids: &ids }, &mut seed, &mut rows)?;
        closing::furnish(world, &mut seed, &mut rows)?;
        desk::furnish(&desk, (&known, &ids), &mut seed, &mut rows)?;
        further::furnish(world, &ids, &mut seed, &mut rows)?;
        rows.happenings.sort_by_key(|happening| happening.stated.at);
        Ok(rows)
    }
}

impl Cause {
    /// The decision, when one.
    pub(super) fn decision(self) -> Option<DecisionId> {
        match self {
            Self::Announced(id) => Some(id),
            Self::Commented(_) | Self::Late(_) => None,
        }
    }

    /// The comment, when one.
    pub(super) fn comment(self) -> Option<CommentId> {
        match self {
            Self::Announced(_) | Self::Late(_) => None,
            Self::Commented(id) => Some(id),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use entity::facts::values::FactAudience;
    use entity::identity::pin::Pin;
    use entity::identity::values::UnitKind;
    use entity::instant::MINUTE;
    use entity::submissions::values::CommentVisibility;
    use entity::workflow::snapshot::Before;
    use entity::workflow::values::DecisionState;

    use super::*;
    use crate::demo::{PIN, PIN_HASH, content};
    use crate::programs::catalogue;

    const NOW: Instant = Instant(1_772_442_000_000_000);

    fn first_catalogue() -> Catalogue {
        let id = catalogue::id_of;
        Catalogue {
            program: ProgramId(id("program", "STANDING")),
            statuses: catalogue::STATUSES
                .iter()
                .map(|entry| (entry.phase, StatusId(id("status", entry.code))))
                .collect(),
            reasons: catalogue::REASONS
                .iter()
                .map(|entry| (entry.code.to_owned(), ReasonId(id("reason", entry.code))))
                .collect(),
            hold: HoldPolicy::default(),
        }
    }

    fn rows() -> Rows {
        let content = content::content().expect("the files fit");
        Rows::of(&content, first_catalogue(), NOW).expect("every path is lawful")
    }

    #[test]
    fn the_same_moment_makes_the_same_rows() {
        assert_eq!(format!("{:?}", rows()), format!("{:?}", rows()));
    }

    #[test]
    fn the_promised_size_is_there_with_every_phase() {
        let rows = rows();
        let of_kind = |kind| rows.units.iter().filter(|unit| unit.kind == kind).count();
        let sizes = [UnitKind::Region, UnitKind::Site, UnitKind::Team].map(of_kind);
        assert_eq!(sizes, [3, 12, 40]);
        assert_eq!(rows.people.len(), 200);
        assert!(rows.submissions.len() >= 400);
        let phases: HashSet<Phase> = rows.submissions.iter().map(|row| row.phase).collect();
        assert_eq!(phases.len(), Phase::ALL.len());
    }

    #[test]
    fn counters_are_what_a_recount_says() {
        let rows = rows();
        for row in &rows.submissions {
            let votes = rows.votes.iter().filter(|vote| vote.submission_id == row.id).count();
            let public = |comment: &&comment::Model| {
                comment.submission_id == row.id && comment.visibility == CommentVisibility::Public
            };
            assert_eq!(row.vote_count as usize, votes);
            assert_eq!(row.comment_count as usize, rows.comments.iter().filter(public).count());
            assert!(rows.votes.iter().all(|vote| {
                vote.submission_id != row.id || Some(vote.person_id) != row.author_id
            }));
        }
    }

    #[test]
    fn what_is_shown_was_announced_last() {
        let rows = rows();
        for row in &rows.submissions {
            let of_it = || rows.decisions.iter().filter(|it| it.submission_id == row.id);
            let told = of_it().filter(|it| it.state == DecisionState::Announced);
            let shown =
                told.max_by_key(|it| it.closed_at).map_or(Phase::Submitted, |it| it.to_phase);
            assert_eq!(row.shown_phase, shown);
            let decided = of_it().max_by_key(|it| it.decided_at);
            assert_eq!(row.phase, decided.map_or(Phase::Submitted, |it| it.to_phase));
            let pending = decided.filter(|it| it.state == DecisionState::Pending);
            assert_eq!(row.pending_decision_id, pending.map(|it| it.id));
            assert!(of_it().all(|it| Before::read(&it.before).is_ok()));
        }
        let held = rows.decisions.iter().filter(|it| it.state == DecisionState::Pending);
        assert!(held.clone().all(|it| it.release_at.is_none() && it.closed_at.is_none()));
        assert_eq!(held.count(), 3);
    }

    #[test]
    fn time_runs_forward_and_stays_in_the_past() {
        let rows = rows();
        assert!(rows.happenings.is_sorted_by_key(|it| it.stated.at));
        assert!(rows.happenings.iter().all(|it| it.stated.at < NOW));
        assert!(rows.submissions.iter().all(|it| it.updated_at < NOW.plus(-MINUTE)));
        let mut begun = HashSet::new();
        for happening in &rows.happenings {
            let fact = &happening.fact;
            if fact.kind == "submission.sent" {
                begun.insert(fact.subject_id);
            }
            let other = matches!(fact.subject_kind, "cause" | "announcement");
            assert!(other || begun.contains(&fact.subject_id), "{fact:?}");
        }
    }

    #[test]
    fn facts_say_no_words_and_decisions_stay_inside() {
        let rows = rows();
        for fact in rows.happenings.iter().map(|it| &it.fact) {
            assert!(!fact.data.to_string().contains(' '), "{fact:?}");
            let inside = matches!(
                fact.kind,
                "submission.decided"
                    | "submission.opened"
                    | "vote.cast"
                    | "follow.begun"
                    | "cause.linked"
                    | "question.timed_out"
                    | "twin.joined"
                    | "plan.item_added"
                    | "outcome.recorded"
                    | "submission.handed_over"
                    | "submission.hand_over_accepted"
            );
            assert!(!inside || fact.audience == FactAudience::Internal, "{fact:?}");
            assert!(fact.kind != "vote.cast" || fact.actor.is_some(), "a vote by name: {fact:?}");
        }
    }

    #[test]
    fn nobody_is_told_twice_and_the_personas_have_something_new() {
        let content = content::content().expect("the files fit");
        let rows = rows();
        let keys: HashSet<_> = rows.notices.iter().map(|it| (it.person, it.cause)).collect();
        assert_eq!(keys.len(), rows.notices.len());
        for code in [&content.organisation.personas.nurse, &content.organisation.personas.colleague]
        {
            let person = rows.people.iter().find(|it| it.staff_code.as_ref() == Some(code));
            let person = person.expect("a persona").id;
            let new = |it: &&Notice| it.person == person && it.read_at.is_none();
            assert!(rows.notices.iter().filter(new).count() > 1, "{code}");
        }
        assert!(rows.notices.iter().all(|it| it.read_at.is_none_or(|at| at > it.at && at < NOW)));
    }

    #[test]
    fn the_pin_obeys_the_rule_for_everybody_and_fits_its_hash() {
        use argon2::password_hash::PasswordVerifier as _;
        for person in rows().people.iter().filter(|person| person.pin_hash.is_some()) {
            let code = person.staff_code.as_deref().unwrap_or_default();
            assert!(Pin::new(PIN, code).is_ok(), "{code}");
            assert_eq!(person.email, None);
        }
        let fits = argon2::Argon2::default().verify_password(PIN.as_bytes(), PIN_HASH);
        assert!(fits.is_ok());
    }
}
