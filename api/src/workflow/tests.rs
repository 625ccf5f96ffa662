//! Sequences of decisions on a real database, against the laws of `entity`. The stories over HTTP
//! are in tests/it/workflow.rs.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::sync::Arc;

use entity::facts::fact;
use entity::id::{PersonId, SubmissionId, TextId, UnitId};
use entity::identity::values::{PinState, Role, UnitKind, VoteFollows};
use entity::identity::{grant, person, unit, unit_closure};
use entity::instant::{DAY, Instant, MINUTE};
use entity::jobs::values::TimedKind;
use entity::submissions::hold::Announce;
use entity::submissions::phase::{Kind, Phase, PhaseStack};
use entity::submissions::values::{Audience, Channel};
use entity::submissions::{submission, wording};
use entity::triage::values::Category;
use entity::workflow::decision;
use entity::workflow::values::DecisionState;
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use sea_orm::{IntoActiveModel as _, QueryOrder as _};
use uuid::Uuid;

use super::asking::{self, Ask};
use super::handling::{self, Assign, HandOver, Triage, UpdateTriage};
use super::linking::{self, Link};
use super::service::{self, Move, Reply};
use super::{announce, query, undo};
use crate::config::Config;
use crate::jobs::schedule::{self, Ticked};
use crate::kit::actor::{Actor, Held};
use crate::kit::change::Change;
use crate::kit::clock::Clock;
use crate::kit::error::{Code, Error, Refusal};
use crate::kit::scope::{House, Scope};
use crate::triage::causes::service::NewCause;

/// 2026-03-02T09:00:00Z.
const START: Instant = Instant(1_772_442_000_000_000);

const ROOT: UnitId = UnitId(Uuid::from_u128(1));
const WARD: UnitId = UnitId(Uuid::from_u128(2));
const ELSEWHERE: UnitId = UnitId(Uuid::from_u128(3));
const FUNCTION: UnitId = UnitId(Uuid::from_u128(4));

const AUTHOR: PersonId = PersonId(Uuid::from_u128(11));
const COLLEAGUE: PersonId = PersonId(Uuid::from_u128(12));
const REVIEWER: PersonId = PersonId(Uuid::from_u128(13));
const SECOND: PersonId = PersonId(Uuid::from_u128(14));
const MANAGER: PersonId = PersonId(Uuid::from_u128(15));
const STRANGER: PersonId = PersonId(Uuid::from_u128(16));
const TECHNICIAN: PersonId = PersonId(Uuid::from_u128(17));

/// A person, their home and their role.
type Someone = (PersonId, UnitId, Option<(Role, UnitId)>);

/// Who holds what, and where at home.
const PEOPLE: [Someone; 7] = [
    (AUTHOR, WARD, None),
    (COLLEAGUE, WARD, None),
    (REVIEWER, ROOT, Some((Role::Reviewer, ROOT))),
    (SECOND, WARD, Some((Role::Reviewer, WARD))),
    (MANAGER, WARD, Some((Role::Manager, WARD))),
    (STRANGER, ELSEWHERE, Some((Role::Reviewer, ELSEWHERE))),
    (TECHNICIAN, FUNCTION, Some((Role::Reviewer, FUNCTION))),
];

struct Stage {
    house: Arc<House>,
    _folder: tempfile::TempDir,
}

impl Stage {
    async fn set() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = Config::load(None, |name| match name {
            "EARSHOT_DATA_DIR" => Some(folder.path().display().to_string()),
            "EARSHOT_SECRET" => Some("a secret of the tests, 32 bytes long".into()),
            _ => None,
        })
        .unwrap();
        let house = House::open(config, Clock::manual(START)).await.unwrap();
        let stage = Self { house, _folder: folder };
        crate::programs::service::ensure_catalogue(&stage.system()).await.unwrap();
        stage.furnish().await;
        stage
    }

    fn system(&self) -> Scope {
        Scope::system(self.house.clone())
    }

    fn by(&self, id: PersonId) -> Scope {
        let (_, home, role) = PEOPLE.into_iter().find(|(person, ..)| *person == id).unwrap();
        let mut actor = Actor::of_person(id, home, home);
        actor.grants.extend(role.map(|(role, unit)| Held { role, unit }));
        Scope::new(self.house.clone(), actor)
    }

    async fn furnish(&self) {
        let tx = self.system().begin().await.unwrap();
        for (id, parent, kind) in [
            (ROOT, None, UnitKind::Other),
            (WARD, Some(ROOT), UnitKind::Team),
            (ELSEWHERE, None, UnitKind::Site),
            (FUNCTION, None, UnitKind::Function),
        ] {
            unit::ActiveModel {
                id: Set(id),
                parent_id: Set(parent),
                kind: Set(kind),
                name: Set(id.to_string()),
                code: Set(None),
                site_id: Set(id),
                zone: Set(None),
                active_from: Set(None),
                active_to: Set(None),
                created_at: Set(START),
                version: Set(1),
            }
            .insert(&tx)
            .await
            .unwrap();
            for (depth, ancestor) in [Some(id), parent].into_iter().flatten().enumerate() {
                let depth = Set(i32::try_from(depth).unwrap());
                let (ancestor, descendant) = (Set(ancestor), Set(id));
                unit_closure::ActiveModel { ancestor, descendant, depth }
                    .insert(&tx)
                    .await
                    .unwrap();
            }
        }
        for (id, home, role) in PEOPLE {
            person::ActiveModel {
                id: Set(id),
                name: Set(id.to_string()),
                home_unit_id: Set(home),
                locale: Set(String::from("es")),
                pin_once: Set(PinState::None),
                vote_follows: Set(VoteFollows::Yes),
                created_at: Set(START),
                version: Set(1),
                ..Default::default()
            }
            .insert(&tx)
            .await
            .unwrap();
            if let Some((role, unit)) = role {
                grant::ActiveModel {
                    id: Set(entity::id::GrantId(id.0)),
                    person_id: Set(Some(id)),
                    service_id: Set(None),
                    role: Set(role),
                    unit_id: Set(unit),
                    granted_by: Set(None),
                    created_at: Set(START),
                }
                .insert(&tx)
                .await
                .unwrap();
            }
        }
        tx.commit(()).await.unwrap();
    }

    /// A submission as capture leaves it.
    async fn send(&self, kind: Kind) -> SubmissionId {
        let scope = self.system();
        let tx = scope.begin().await.unwrap();
        let id = SubmissionId(scope.fresh_id());
        let text = TextId(scope.fresh_id());
        let status = query::default_status(&tx, Phase::Submitted).await.unwrap();
        let program = crate::programs::query::default_program(&tx).await.unwrap().id;
        submission::Model {
            id,
            reference: format!("EAR-{}", Uuid::new_v4()),
            kind,
            phase: Phase::Submitted,
            shown_phase: Phase::Submitted,
            status_id: status,
            shown_status_id: status,
            phase_stack: PhaseStack::EMPTY,
            author_id: Some(AUTHOR),
            sent_by: None,
            unit_id: WARD,
            function_id: None,
            touchpoint_id: None,
            program_id: program,
            channel: Channel::Web,
            severity: None,
            audience: Audience::Everyone,
            concerned_id: None,
            assignee_id: None,
            owner_id: None,
            impact: None,
            effort: None,
            promised_on: None,
            wake_on: None,
            merged_into: None,
            opened_at: None,
            text_id: text,
            language: None,
            vote_count: 3,
            comment_count: 0,
            photo_count: 0,
            pending_decision_id: None,
            second_look_at: None,
            implemented_shown_at: None,
            entered_at: scope.now,
            canonical_id: None,
            reach: 1,
            due_at: None,
            snoozed_until: None,
            hidden_at: None,
            locked_at: None,
            split_from: None,
            handover: None,
            created_at: scope.now,
            updated_at: scope.now,
            version: 1,
        }
        .into_active_model()
        .insert(&tx)
        .await
        .unwrap();
        wording::ActiveModel {
            id: Set(text),
            submission_id: Set(id),
            revision: Set(1),
            title: Set(String::from("Hooks")),
            body: Set(String::from("No hooks on the doors")),
            customer_words: Set(None),
            created_at: Set(scope.now),
            redacted_at: Set(None),
        }
        .insert(&tx)
        .await
        .unwrap();
        tx.commit(id).await.unwrap()
    }

    async fn row(&self, id: SubmissionId) -> submission::Model {
        submission::Entity::find_by_id(id).one(&self.system().db()).await.unwrap().unwrap()
    }

    async fn phases(&self, id: SubmissionId) -> (Phase, Phase) {
        let row = self.row(id).await;
        (row.phase, row.shown_phase)
    }

    async fn pass(&self, micros: i64) -> Ticked {
        self.house.clock.advance(micros);
        schedule::tick(&self.system()).await.unwrap()
    }

    /// Facts of one kind about a submission, in order.
    async fn facts(&self, id: SubmissionId, kind: &str) -> Vec<serde_json::Value> {
        fact::Entity::find()
            .filter(fact::Column::SubjectId.eq(id.0))
            .filter(fact::Column::Kind.eq(kind))
            .order_by_asc(fact::Column::Seq)
            .all(&self.system().db())
            .await
            .unwrap()
            .into_iter()
            .map(|fact| serde_json::from_str(&fact.data).unwrap())
            .collect()
    }

    async fn announced(&self, id: SubmissionId) -> Vec<(String, String)> {
        let word = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let facts = self.facts(id, "submission.announced").await;
        facts.iter().map(|data| (word(&data["from"]), word(&data["to"]))).collect()
    }
}

/// A move with everything that its target needs.
fn to(id: SubmissionId, to: Phase) -> Move {
    let words = matches!(to, Phase::Declined | Phase::Deferred | Phase::NeedsInfo);
    Move {
        id,
        to,
        expected_version: None,
        reason: None,
        message: words.then(|| String::from("Because.")),
        reply: Default::default(),
        status: None,
        wake_on: (to == Phase::Deferred).then(|| START.plus(30 * DAY).day()),
        announce: Announce::AfterHold,
        promised_on: None,
    }
}

fn ask(id: SubmissionId) -> Ask {
    Ask { id, text: Some(String::from("The door of room 4.")), expected_version: None }
}

#[track_caller]
fn refusal<T: std::fmt::Debug>(result: Result<T, Error>) -> Refusal {
    match result {
        Err(Error::Refusal(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

/// Everything but what every change touches.
fn still(row: submission::Model) -> submission::Model {
    submission::Model { version: 0, updated_at: Instant(0), ..row }
}

async fn some_reason(stage: &Stage, phase: Phase) -> String {
    let reasons = query::reasons_for(&stage.system().db(), phase).await.unwrap();
    reasons[0].code.clone()
}

async fn with_reason(stage: &Stage, id: SubmissionId, target: Phase) -> Move {
    Move { reason: Some(some_reason(stage, target).await), ..to(id, target) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_decline_undone_inside_the_hold_leaves_nothing() {
    let stage = Stage::set().await;
    let id = stage.send(Kind::Idea).await;
    let before = stage.row(id).await;
    let decline = with_reason(&stage, id, Phase::Declined).await;
    let decided = service::move_to(&stage.by(REVIEWER), decline).await.unwrap();
    assert_eq!(stage.phases(id).await, (Phase::Declined, Phase::Submitted));
    assert_eq!(decided.decision.release_at, Some(START.plus(MINUTE)));
    stage.house.clock.advance(59 * SECOND_MICROS);
    let author = undo::undo(&stage.by(AUTHOR), decided.decision.id, None).await;
    assert_eq!(refusal(author).code, Code::NotFound);
    // A manager could not have declined.
    let manager = undo::undo(&stage.by(MANAGER), decided.decision.id, None).await;
    assert_eq!(refusal(manager).code, Code::Forbidden);
    undo::undo(&stage.by(SECOND), decided.decision.id, None).await.unwrap();
    assert_eq!(still(stage.row(id).await), still(before));
    stage.pass(10 * MINUTE).await;
    assert!(stage.announced(id).await.is_empty());
    assert_eq!(stage.facts(id, "decision.undone").await.len(), 1);
    let again = undo::undo(&stage.by(REVIEWER), decided.decision.id, None).await;
    assert_eq!(refusal(again).code, Code::TooLate);
}

/// Microseconds in a second; the constant of `entity` is shadowed by a person here.
const SECOND_MICROS: i64 = MINUTE / 60;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_of_a_hold_is_told_once() {
    let stage = Stage::set().await;
    let id = stage.send(Kind::Idea).await;
    service::move_to(&stage.by(REVIEWER), to(id, Phase::Accepted)).await.unwrap();
    let ticked = stage.pass(30 * SECOND_MICROS).await;
    assert_eq!(ticked.done(TimedKind::Release), 0);
    assert_eq!(ticked.next, Some(START.plus(MINUTE)));
    service::move_to(&stage.by(MANAGER), to(id, Phase::Planned)).await.unwrap();
    assert_eq!(stage.pass(59 * SECOND_MICROS).await.done(TimedKind::Release), 0);
    assert_eq!(stage.pass(SECOND_MICROS).await.done(TimedKind::Release), 1);
    assert_eq!(stage.pass(DAY).await.done(TimedKind::Release), 0);
    let told = [(String::from("SUBMITTED"), String::from("PLANNED"))];
    assert_eq!(stage.announced(id).await, told);
    assert_eq!(stage.phases(id).await, (Phase::Planned, Phase::Planned));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_name_field_reason_and_cure() {
    let stage = Stage::set().await;
    let id = stage.send(Kind::Idea).await;
    let illegal = service::move_to(&stage.by(REVIEWER), to(id, Phase::Sustained)).await;
    let illegal = refusal(illegal);
    assert_eq!(illegal.code, Code::StepNotAllowed);
    assert!(illegal.allowed.contains(&String::from("ACCEPTED")), "{illegal:?}");
    let decline = with_reason(&stage, id, Phase::Declined).await;
    for (cmd, field, code) in [
        (
            Move { message: Some(String::from(" \u{200b} ")), ..decline.clone() },
            "message",
            Code::Required,
        ),
        (Move { message: None, ..decline.clone() }, "message", Code::Required),
        (Move { message: Some("x".repeat(2_001)), ..decline.clone() }, "message", Code::TooLong),
        (Move { reason: None, ..decline.clone() }, "reason", Code::Required),
        (
            Move { reason: Some(String::from("BECAUSE")), ..decline.clone() },
            "reason",
            Code::Invalid,
        ),
        (
            Move { expected_version: Some(7), ..decline.clone() },
            "expectedVersion",
            Code::StaleVersion,
        ),
        (
            Move { wake_on: Some(START.day()), ..with_reason(&stage, id, Phase::Deferred).await },
            "wakeOn",
            Code::Invalid,
        ),
        (
            Move { wake_on: None, ..with_reason(&stage, id, Phase::Deferred).await },
            "wakeOn",
            Code::Required,
        ),
        (to(id, Phase::Merged), "to", Code::Invalid),
    ] {
        let refused = refusal(service::move_to(&stage.by(REVIEWER), cmd.clone()).await);
        assert_eq!((refused.code, refused.field), (code, vec![field.to_owned()]), "{cmd:?}");
    }
    let own = service::move_to(&stage.by(COLLEAGUE), to(id, Phase::Accepted)).await;
    // A colleague of another unit without a site in common does not even read it.
    assert!(matches!(refusal(own).code, Code::Forbidden | Code::NotFound));
    let foreign = service::move_to(&stage.by(STRANGER), to(id, Phase::Accepted)).await;
    assert_eq!(refusal(foreign).code, Code::NotFound);
    assert_eq!(stage.row(id).await.version, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_decide_at_once_one_wins() {
    let stage = Stage::set().await;
    let id = stage.send(Kind::Idea).await;
    let cmd = |phase| Move { expected_version: Some(1), ..to(id, phase) };
    let (one, two) = (stage.by(REVIEWER), stage.by(SECOND));
    let (one, two) = tokio::join!(
        service::move_to(&one, cmd(Phase::Accepted)),
        service::move_to(&two, cmd(Phase::InProgress)),
    );
    let lost = if one.is_ok() { two } else { one };
    assert_eq!(refusal(lost).code, Code::StaleVersion);
    assert_eq!(stage.row(id).await.version, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn assigning_takes_it_under_review() {
    let stage = Stage::set().await;
    let id = stage.send(Kind::Idea).await;
    let before = stage.row(id).await;
    let assign = |assignee| Assign { id, assignee, expected_version: None };
    for stranger in [AUTHOR, COLLEAGUE, STRANGER] {
        let refused = handling::assign(&stage.by(REVIEWER), assign(Some(stranger))).await;
        assert_eq!(refusal(refused).code, Code::Invalid);
    }
    let row = handling::assign(&stage.by(REVIEWER), assign(Some(SECOND))).await.unwrap();
    assert_eq!((row.phase, row.shown_phase), (Phase::UnderReview, Phase::Submitted));
    assert_eq!(row.assignee_id, Some(SECOND));
    undo::undo(&stage.by(REVIEWER), row.pending_decision_id.unwrap(), None).await.unwrap();
    assert_eq!(still(stage.row(id).await), still(before));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_by_a_person_is_a_decision() {
    let stage = Stage::set().await;
    let id = stage.send(Kind::Observation).await;
    let before = stage.row(id).await;
    let new = |name: &str| NewCause {
        name: name.to_owned(),
        category: Category::Place,
        parent: None,
        owner: None,
        owner_unit: None,
        whys: vec![String::from("Nobody ordered hooks")],
        aliases: Vec::new(),
        status: None,
    };
    let link = |name: &str| Link {
        submission: id,
        causes: Vec::new(),
        new_cause: Some(new(name)),
        note: Some(String::from("Seen it myself")),
        message: Some(String::from("We know why.")),
        reply: Reply::default(),
        announce: Announce::AfterHold,
        expected_version: None,
    };
    let tbd = refusal(linking::link(&stage.by(REVIEWER), link("TBD")).await);
    assert_eq!((tbd.code, tbd.field.join(".")), (Code::Invalid, String::from("newCause.name")));
    let linked = linking::link(&stage.by(REVIEWER), link("No hooks")).await.unwrap();
    assert_eq!(linked.submission.phase, Phase::Accepted);
    let taken = refusal(linking::link(&stage.by(REVIEWER), link("no  HOOKS")).await);
    assert_eq!(taken.code, Code::Taken);
    let pending = linked.submission.pending_decision_id.unwrap();
    undo::undo(&stage.by(REVIEWER), pending, None).await.unwrap();
    assert_eq!(still(stage.row(id).await), still(before));
    let db = stage.system().db();
    assert!(crate::triage::causes::query::links_of(&db, &[id]).await.unwrap().is_empty());
    // The cause itself stays; linking it again decides again, and the next decision takes the link on.
    let cause = linked.new_cause.unwrap().id;
    let again = Link { causes: vec![cause], new_cause: None, ..link("") };
    let linked = linking::link(&stage.by(SECOND), again).await.unwrap();
    assert_eq!(linked.links.len(), 1);
    let moved = service::move_to(&stage.by(REVIEWER), to(id, Phase::InProgress)).await.unwrap();
    let links = crate::triage::causes::query::links_of(&db, &[id]).await.unwrap();
    assert_eq!(links[0].decision_id, Some(moved.decision.id));
    stage.pass(2 * MINUTE).await;
    assert_eq!(stage.phases(id).await, (Phase::InProgress, Phase::InProgress));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_is_answered_or_runs_out() {
    let stage = Stage::set().await;
    let id = stage.send(Kind::Idea).await;
    let early = refusal(asking::answer(&stage.by(AUTHOR), ask(id)).await);
    assert_eq!(early.code, Code::StepNotAllowed);
    service::move_to(&stage.by(REVIEWER), to(id, Phase::NeedsInfo)).await.unwrap();
    // Not announced yet: the author knows of no question.
    let held = refusal(asking::answer(&stage.by(AUTHOR), ask(id)).await);
    assert_eq!(held.code, Code::StepNotAllowed);
    stage.pass(MINUTE).await;
    let silent = Ask { text: None, ..ask(id) };
    assert_eq!(refusal(asking::answer(&stage.by(AUTHOR), silent).await).code, Code::Required);
    let row = asking::answer(&stage.by(AUTHOR), ask(id)).await.unwrap();
    assert_eq!((row.phase, row.shown_phase), (Phase::UnderReview, Phase::UnderReview));
    assert_eq!(row.comment_count, 1);
    assert_eq!(stage.facts(id, "question.answered").await.len(), 1);
    service::move_to(&stage.by(REVIEWER), to(id, Phase::NeedsInfo)).await.unwrap();
    let ticked = stage.pass(MINUTE).await;
    // Before the question runs out there is the daily look for what was done long ago.
    assert_eq!(ticked.next, Some(START.day().start().plus(DAY)));
    assert_eq!(stage.pass(9 * DAY).await.done(TimedKind::Expire), 0);
    assert_eq!(stage.pass(DAY).await.done(TimedKind::Expire), 1);
    assert_eq!(stage.pass(DAY).await.done(TimedKind::Expire), 0);
    assert_eq!(stage.phases(id).await, (Phase::UnderReview, Phase::UnderReview));
    assert_eq!(stage.facts(id, "question.timed_out").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deferred_one_wakes_on_its_day() {
    let stage = Stage::set().await;
    let id = stage.send(Kind::Observation).await;
    let defer = with_reason(&stage, id, Phase::Deferred).await;
    service::move_to(&stage.by(REVIEWER), defer).await.unwrap();
    assert_eq!(stage.pass(29 * DAY).await.done(TimedKind::Wake), 0);
    assert_eq!(stage.pass(DAY).await.done(TimedKind::Wake), 1);
    let row = stage.row(id).await;
    assert_eq!(
        (row.phase, row.shown_phase, row.wake_on),
        (Phase::UnderReview, Phase::UnderReview, None)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_look_goes_to_somebody_else() {
    let stage = Stage::set().await;
    let id = stage.send(Kind::Idea).await;
    let decline = with_reason(&stage, id, Phase::Declined).await;
    let decline = Move { announce: Announce::Now, ..decline };
    service::move_to(&stage.by(REVIEWER), decline.clone()).await.unwrap();
    let row = asking::ask_second_look(&stage.by(AUTHOR), ask(id)).await.unwrap();
    assert_eq!(row.shown_phase, Phase::UnderReview);
    let barred = service::move_to(&stage.by(REVIEWER), to(id, Phase::Accepted)).await;
    assert_eq!(refusal(barred).code, Code::StepNotAllowed);
    let assign = Assign { id, assignee: Some(REVIEWER), expected_version: None };
    let barred = handling::assign(&stage.by(REVIEWER), assign).await;
    assert_eq!(refusal(barred).code, Code::Forbidden);
    service::move_to(&stage.by(SECOND), decline).await.unwrap();
    let once = asking::ask_second_look(&stage.by(AUTHOR), ask(id)).await;
    assert_eq!(refusal(once).code, Code::StepNotAllowed);
    let foreign = asking::ask_second_look(&stage.by(REVIEWER), ask(id)).await;
    assert_eq!(refusal(foreign).code, Code::Forbidden);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn not_fixed_within_ninety_days() {
    let stage = Stage::set().await;
    let id = stage.send(Kind::Idea).await;
    service::move_to(&stage.by(MANAGER), to(id, Phase::Implemented)).await.unwrap();
    stage.pass(MINUTE).await;
    // Nobody wrote anything: the author is told in Spanish.
    let told = stage.facts(id, "submission.announced").await;
    assert!(told[0]["response"].is_string(), "{told:?}");
    stage.pass(90 * DAY).await;
    let row = asking::not_fixed(&stage.by(AUTHOR), ask(id)).await.unwrap();
    assert_eq!((row.phase, row.shown_phase), (Phase::InProgress, Phase::InProgress));
    service::move_to(&stage.by(REVIEWER), to(id, Phase::Implemented)).await.unwrap();
    stage.pass(MINUTE).await;
    stage.pass(91 * DAY).await;
    let late = asking::not_fixed(&stage.by(AUTHOR), ask(id)).await;
    assert_eq!(refusal(late).code, Code::StepNotAllowed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_author_withdraws_under_a_pending_decision() {
    let stage = Stage::set().await;
    let id = stage.send(Kind::Idea).await;
    let decided = service::move_to(&stage.by(REVIEWER), to(id, Phase::Accepted)).await.unwrap();
    let taken_back = service::move_to(&stage.by(AUTHOR), to(id, Phase::Withdrawn)).await.unwrap();
    assert_eq!(taken_back.submission.shown_phase, Phase::Withdrawn);
    stage.pass(MINUTE).await;
    let told = [(String::from("SUBMITTED"), String::from("WITHDRAWN"))];
    assert_eq!(stage.announced(id).await, told);
    let old = query::decision(&stage.system().db(), decided.decision.id).await.unwrap().unwrap();
    assert_eq!(old.state, DecisionState::Superseded);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn held_for_friday_and_told_together() {
    let stage = Stage::set().await;
    let mut decisions = Vec::new();
    for _ in 0..3 {
        let id = stage.send(Kind::Idea).await;
        let later = Move { announce: Announce::Later, ..to(id, Phase::Accepted) };
        decisions.push(service::move_to(&stage.by(REVIEWER), later).await.unwrap().decision.id);
    }
    let ticked = stage.pass(7 * DAY).await;
    // What comes next is the daily look for what was done long ago; nothing is released by time.
    let tomorrow = START.plus(7 * DAY).day().start().plus(DAY);
    assert_eq!((ticked.done(TimedKind::Release), ticked.next), (0, Some(tomorrow)));
    let foreign = announce::announce_now(&stage.by(STRANGER), decisions.clone()).await;
    assert_eq!(refusal(foreign).code, Code::NotFound);
    let told = announce::announce_now(&stage.by(SECOND), decisions.clone()).await.unwrap();
    assert_eq!(told.len(), 3);
    for (row, decision) in told {
        assert_eq!(row.shown_phase, Phase::Accepted);
        assert_eq!(decision.state, DecisionState::Announced);
    }
    let again = announce::announce_now(&stage.by(SECOND), decisions).await;
    assert_eq!(refusal(again).code, Code::TooLate);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn handed_over_the_function_decides() {
    let stage = Stage::set().await;
    let id = stage.send(Kind::Idea).await;
    let over = |function| HandOver { id, function, expected_version: None };
    let unit = handling::hand_over(&stage.by(REVIEWER), over(Some(WARD))).await;
    assert_eq!(refusal(unit).code, Code::NotFound);
    handling::hand_over(&stage.by(REVIEWER), over(Some(FUNCTION))).await.unwrap();
    let old = service::move_to(&stage.by(REVIEWER), to(id, Phase::Accepted)).await;
    assert_eq!(refusal(old).code, Code::Forbidden);
    service::move_to(&stage.by(TECHNICIAN), to(id, Phase::Accepted)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_person_concerned_is_recused() {
    let stage = Stage::set().await;
    let id = stage.send(Kind::Observation).await;
    let change = Triage {
        concerned: Change::Set(SECOND),
        tags: Some(vec![String::from(" Doors "), String::from("doors")]),
        ..Triage::default()
    };
    let cmd = UpdateTriage { id, expected_version: Some(1), change };
    let row = handling::update_triage(&stage.by(REVIEWER), cmd).await.unwrap();
    assert_eq!((row.version, row.concerned_id), (2, Some(SECOND)));
    let recused = service::move_to(&stage.by(SECOND), to(id, Phase::Accepted)).await;
    assert_eq!(refusal(recused).code, Code::NotFound);
    let assign = Assign { id, assignee: Some(SECOND), expected_version: None };
    assert_eq!(refusal(handling::assign(&stage.by(REVIEWER), assign).await).code, Code::Invalid);
}

/// A small generator, so that a walk is told by its seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

/// What must hold after every step of a walk.
async fn check(stage: &Stage, id: SubmissionId, walk: &str) {
    let row = stage.row(id).await;
    let told = stage.announced(id).await;
    let mut seen = String::from("SUBMITTED");
    for (from, to) in &told {
        assert_eq!(*from, seen, "announcements follow each other: {walk}");
        seen.clone_from(to);
    }
    assert_eq!(seen, row.shown_phase.as_str(), "what was told is what is shown: {walk}");
    let pending: Vec<decision::Model> = decision::Entity::find()
        .filter(decision::Column::SubmissionId.eq(id))
        .filter(decision::Column::State.eq(DecisionState::Pending))
        .all(&stage.system().db())
        .await
        .unwrap();
    assert_eq!(pending.len(), usize::from(row.pending_decision_id.is_some()), "{walk}");
    match pending.first() {
        Some(pending) => assert_eq!(Some(pending.id), row.pending_decision_id, "{walk}"),
        None => assert_eq!(row.phase, row.shown_phase, "nothing held, nothing hidden: {walk}"),
    }
}

/// Random decisions, undos and announcements: whatever comes, undo restores what was announced and
/// nobody is told what was undone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_sequence_keeps_decided_and_announced_apart() {
    let stage = Stage::set().await;
    let people = [REVIEWER, SECOND, MANAGER, AUTHOR];
    for seed in 0..12_u64 {
        let mut dice = Dice(seed);
        let kind = if seed % 2 == 0 { Kind::Idea } else { Kind::Observation };
        let id = stage.send(kind).await;
        let mut announced_row = stage.row(id).await;
        let mut walk = format!("seed {seed}:");
        for _ in 0..14 {
            let who = stage.by(people[dice.roll(people.len())]);
            match dice.roll(5) {
                0 => {
                    if let Some(pending) = stage.row(id).await.pending_decision_id
                        && undo::undo(&who, pending, None).await.is_ok()
                    {
                        walk += " undo";
                        assert_eq!(
                            still(stage.row(id).await),
                            still(announced_row.clone()),
                            "{walk}"
                        );
                    }
                }
                1 => {
                    walk += " tick";
                    stage.pass(MINUTE * i64::try_from(dice.roll(3)).unwrap()).await;
                }
                _ => {
                    let allowed = service::allowed_moves(&who, &[id])
                        .await
                        .unwrap()
                        .remove(&id)
                        .unwrap_or_default();
                    let open: Vec<_> = allowed
                        .iter()
                        .filter(|it| it.to != Phase::Merged && it.to != Phase::Withdrawn)
                        .collect();
                    if open.is_empty() {
                        continue;
                    }
                    let target = open[dice.roll(open.len())].to;
                    let announce = Announce::ALL[dice.roll(3)];
                    walk += &format!(" {target}({announce})");
                    let mut cmd =
                        Move { announce, message: Some(String::from("So.")), ..to(id, target) };
                    if matches!(target, Phase::Declined | Phase::Deferred) {
                        cmd.reason = Some(some_reason(&stage, target).await);
                    }
                    cmd.wake_on = cmd.wake_on.map(|_| who.now.plus(5 * DAY).day());
                    service::move_to(&who, cmd)
                        .await
                        .unwrap_or_else(|error| panic!("{walk}: {error}"));
                }
            }
            check(&stage, id, &walk).await;
            let row = stage.row(id).await;
            if row.pending_decision_id.is_none() {
                announced_row = row;
            }
        }
    }
}
