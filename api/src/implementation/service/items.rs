//! "Who does what until when": items of plans.

use std::collections::HashMap;

use entity::clocks::hours::BusinessTime;
use entity::id::{ActionItemId, CheckId, PersonId, PlanId, UnitId};
use entity::implementation::due::{self, NoDueDay};
use entity::implementation::values::ItemStatus;
use entity::implementation::work::{self, NoStep, Waits};
use entity::implementation::{check, item, plan};
use entity::instant::{Day, Instant};
use entity::submissions::text::Limit;
use serde::Serialize;

use super::{fresh, perhaps, reader, written};
use crate::implementation::ground::{Ground, Subject};
use crate::implementation::policy::{self, Mine, View, Work};
use crate::implementation::{days, query};
use crate::kit::change::Change;
use crate::kit::error::{Code, OrNotFound as _, Refusal, Result};
use crate::kit::scope::{Scope, Tx};

/// Most items of a plan.
pub const MOST_ITEMS: usize = 100;
/// Most lines of a checklist.
pub const MOST_LINES: usize = 20;
/// Most items that one item waits for.
pub const MOST_WAITS: usize = 20;

const TITLE: Limit = Limit { field: "title", ..Limit::NAME };
const LINE: Limit = Limit { field: "checklist", ..Limit::NAME };

/// An item to be written down.
#[derive(Clone, Debug)]
pub struct NewItem {
    /// What it is about.
    pub subject: Subject,
    /// What is to be done.
    pub title: String,
    /// Who does it.
    pub assignee: Option<PersonId>,
    /// Which function does it.
    pub function: Option<UnitId>,
    /// The last day for it.
    pub due_on: Option<Day>,
    /// Items of the same plan that come first.
    pub waits_for: Vec<ActionItemId>,
    /// Lines to look at.
    pub checklist: Vec<String>,
}

/// A change of an item; what is not given stays.
#[derive(Clone, Debug)]
pub struct UpdateItem {
    /// Which.
    pub id: ActionItemId,
    /// The version that the asker read.
    pub expected_version: Option<i32>,
    /// Another title.
    pub title: Option<String>,
    /// Somebody else.
    pub assignee: Change<PersonId>,
    /// Another function.
    pub function: Change<UnitId>,
    /// Another day.
    pub due_on: Change<Day>,
    /// Other items that come first.
    pub waits_for: Option<Vec<ActionItemId>>,
    /// Other lines; those that stay as they are keep their ticks.
    pub checklist: Option<Vec<String>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ItemData {
    plan: PlanId,
    item: ActionItemId,
    assignee: Option<PersonId>,
    function: Option<UnitId>,
    due_on: Option<String>,
}

impl ItemData {
    fn of(row: &item::Model) -> Self {
        Self {
            plan: row.plan_id,
            item: row.id,
            assignee: row.assignee_id,
            function: row.function_id,
            due_on: row.due_on.map(|day| day.to_string()),
        }
    }
}

#[derive(Serialize)]
struct MovedData {
    plan: PlanId,
    item: ActionItemId,
    from: ItemStatus,
    to: ItemStatus,
}

#[derive(Serialize)]
struct TickedData {
    plan: PlanId,
    item: ActionItemId,
    line: CheckId,
    ticked: bool,
}

/// What a plan holds, read under the lock of its subject.
pub(super) struct Held {
    pub(super) ground: Ground,
    pub(super) plan: plan::Model,
    pub(super) items: Vec<item::Model>,
}

impl Held {
    fn statuses(&self) -> HashMap<ActionItemId, ItemStatus> {
        self.items.iter().map(|it| (it.id, it.status)).collect()
    }

    pub(super) fn last_place(&self) -> i32 {
        self.items.iter().map(|it| it.position).max().unwrap_or(0)
    }
}

/// The plan of a subject, begun when there is none. Whoever may not plan is refused.
pub(super) async fn plan_to_fill(tx: &Tx, scope: &Scope, subject: Subject) -> Result<Held> {
    let ground = Ground::open(tx, scope, subject).await?;
    policy::may_work(ground.ties, ground.place(), Work::Items)?;
    let plan = match query::plans_of(tx, &[subject]).await?.pop() {
        Some(plan) => plan,
        None => begun(tx, scope, subject).await?,
    };
    let items = query::items_of(tx, &[plan.id]).await?;
    Ok(Held { ground, plan, items })
}

async fn begun(tx: &Tx, scope: &Scope, subject: Subject) -> Result<plan::Model> {
    let plan = plan::Model {
        id: PlanId(scope.fresh_id()),
        submission_id: subject.submission(),
        cause_id: subject.cause(),
        filled_at: None,
        created_by: scope.actor.person(),
        created_at: scope.now,
    };
    query::insert_plan(tx, plan.clone()).await?;
    Ok(plan)
}

/// The plan of an item that the asker sees, with the item as it stands under the lock.
async fn plan_with(tx: &Tx, scope: &Scope, id: ActionItemId) -> Result<(Held, item::Model)> {
    scope.actor.require_person()?;
    let found = query::item(tx, id).await?.or_not_found("id")?;
    let plan = query::plan(tx, found.plan_id).await?.or_not_found("id")?;
    let subject = Subject::of_plan(&plan).or_not_found("id")?;
    let ground = Ground::open_at(tx, scope, (subject, "id")).await?;
    let items = query::items_of(tx, &[plan.id]).await?;
    let ground = ground.with_items(&scope.actor, &items);
    if ground.view() != View::Whole {
        return Err(Refusal::not_found("id").into());
    }
    let item = items.iter().find(|it| it.id == id).cloned().or_not_found("id")?;
    Ok((Held { ground, plan, items }, item))
}

/// "This is to be done": writes an item down, and begins the plan with it.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, TOO_LATE; REQUIRED, TOO_LONG or INVALID naming the field, with the cure for
/// an assignee who may not read what it is about.
pub async fn add(scope: &Scope, new: NewItem) -> Result<item::Model> {
    let mut tx = scope.begin().await?;
    let held = plan_to_fill(&tx, scope, new.subject).await?;
    room_for(&held, 1)?;
    let title = written(&new.title, TITLE)?;
    let lines = checked_lines(&new.checklist)?;
    let days = days::of(&tx, held.ground.unit()).await?;
    check_day(new.due_on, &days, scope.now)?;
    check_doers(&tx, new.subject, (new.assignee, new.function)).await?;
    let row = item::Model {
        id: ActionItemId(scope.fresh_id()),
        plan_id: held.plan.id,
        position: held.last_place() + 1,
        title,
        stage: None,
        assignee_id: new.assignee,
        function_id: new.function,
        due_on: new.due_on,
        status: ItemStatus::Open,
        remind_at: None,
        done_at: None,
        created_by: scope.actor.person(),
        created_at: scope.now,
        updated_at: scope.now,
        version: 1,
    };
    let row = with_reminder(row, &days, scope.now);
    check_waits(&tx, &held, (row.id, &new.waits_for)).await?;
    query::insert_items(&tx, vec![row.clone()]).await?;
    query::replace_checks(&tx, row.id, lines_of(scope, row.id, lines)).await?;
    query::replace_waits(&tx, row.id, &new.waits_for).await?;
    tx.state(held.ground.fact("plan.item_added", &ItemData::of(&row)));
    tx.commit(row).await
}

/// "Better like this": changes an item.
///
/// # Errors
/// As [`add`]; STALE_VERSION.
pub async fn update(scope: &Scope, cmd: UpdateItem) -> Result<item::Model> {
    let mut tx = scope.begin().await?;
    let (held, found) = plan_with(&tx, scope, cmd.id).await?;
    policy::may_work(held.ground.ties, held.ground.place(), Work::Items)?;
    fresh(cmd.expected_version, found.version)?;
    let days = days::of(&tx, held.ground.unit()).await?;
    let row = changed(&tx, scope, (&held, &found, &cmd, &days)).await?;
    if let Some(needed) = &cmd.waits_for {
        check_waits(&tx, &held, (row.id, needed)).await?;
        query::replace_waits(&tx, row.id, needed).await?;
    }
    if let Some(lines) = &cmd.checklist {
        let lines = checked_lines(lines)?;
        let before = query::checks_of(&tx, &[row.id]).await?;
        let after = ticks_kept(lines_of(scope, row.id, lines), before);
        query::replace_checks(&tx, row.id, after).await?;
    }
    query::store_item(&tx, &row).await?;
    tx.state(held.ground.fact("plan.item_changed", &ItemData::of(&row)));
    tx.commit(row).await
}

async fn changed(
    tx: &Tx,
    scope: &Scope,
    (held, found, cmd, days): (&Held, &item::Model, &UpdateItem, &BusinessTime),
) -> Result<item::Model> {
    let assignee = cmd.assignee.of(found.assignee_id);
    let function = cmd.function.of(found.function_id);
    if !(cmd.assignee.is_keep() && cmd.function.is_keep()) {
        check_doers(tx, held.ground.subject(), (assignee, function)).await?;
    }
    // A day that stays may have passed: only another one must lie ahead.
    check_day(cmd.due_on.set().filter(|day| Some(*day) != found.due_on), days, scope.now)?;
    let title = match &cmd.title {
        Some(title) => written(title, TITLE)?,
        None => found.title.clone(),
    };
    let row = item::Model {
        title,
        assignee_id: assignee,
        function_id: function,
        due_on: cmd.due_on.of(found.due_on),
        updated_at: scope.now,
        version: found.version + 1,
        ..found.clone()
    };
    Ok(with_reminder(row, days, scope.now))
}

/// "I am at it", "it is done", "we do not need it": moves an item.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, TOO_LATE, STALE_VERSION; STEP_NOT_ALLOWED when it is there already, or waits
/// for others.
pub async fn move_to(
    scope: &Scope,
    (id, to, expected): (ActionItemId, ItemStatus, Option<i32>),
) -> Result<item::Model> {
    let mut tx = scope.begin().await?;
    let (held, found) = plan_with(&tx, scope, id).await?;
    let mine = if policy::is_mine(&scope.actor, &found) { Mine::Yes } else { Mine::No };
    if to == ItemStatus::Dropped {
        policy::may_work(held.ground.ties, held.ground.place(), Work::Items)?;
    } else {
        policy::may_carry_out(held.ground.ties, held.ground.place(), mine)?;
    }
    fresh(expected, found.version)?;
    let needed: Vec<ActionItemId> =
        query::waits_of(&tx, &[id]).await?.into_iter().map(|it| it.waits_for).collect();
    let waiting = work::waiting(&needed, &held.statuses());
    work::step(found.status, to, waiting).map_err(|why| no_step(why, &found))?;
    let days = days::of(&tx, held.ground.unit()).await?;
    let row = item::Model {
        status: to,
        done_at: (to == ItemStatus::Done).then_some(scope.now),
        updated_at: scope.now,
        version: found.version + 1,
        ..found.clone()
    };
    let row = with_reminder(row, &days, scope.now);
    query::store_item(&tx, &row).await?;
    let data = MovedData { plan: row.plan_id, item: row.id, from: found.status, to };
    tx.state(held.ground.fact("plan.item_moved", &data));
    tx.commit(row).await
}

/// What becomes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tick {
    /// It was looked at.
    On,
    /// It was not, after all.
    Off,
}

/// "I looked at this": ticks a line of an item's checklist, or takes the tick away. The same again
/// changes nothing.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, TOO_LATE.
pub async fn tick(scope: &Scope, (id, tick): (CheckId, Tick)) -> Result<item::Model> {
    scope.actor.require_person()?;
    let mut tx = scope.begin().await?;
    let line = query::check(&tx, id).await?.or_not_found("id")?;
    let (held, found) = plan_with(&tx, scope, line.item_id).await?;
    let mine = if policy::is_mine(&scope.actor, &found) { Mine::Yes } else { Mine::No };
    policy::may_carry_out(held.ground.ties, held.ground.place(), mine)?;
    // As it stands under the lock.
    let line = query::check(&tx, id).await?.or_not_found("id")?;
    if line.ticked_at.is_some() == (tick == Tick::On) {
        return tx.commit(found).await;
    }
    let (by, at) = match tick {
        Tick::On => (scope.actor.person(), Some(scope.now)),
        Tick::Off => (None, None),
    };
    query::store_tick(&tx, &check::Model { ticked_by: by, ticked_at: at, ..line }).await?;
    let row = item::Model { updated_at: scope.now, version: found.version + 1, ..found };
    query::store_item(&tx, &row).await?;
    let data = TickedData { plan: row.plan_id, item: row.id, line: id, ticked: tick == Tick::On };
    tx.state(held.ground.fact("plan.line_ticked", &data));
    tx.commit(row).await
}

/// Refuses more items than a plan holds.
pub(super) fn room_for(held: &Held, more: usize) -> Result<()> {
    if held.items.len() + more <= MOST_ITEMS {
        return Ok(());
    }
    Err(Refusal::new(
        Code::Invalid,
        "title",
        format!(
            "A plan holds at most {MOST_ITEMS} items. Put several steps into the checklist of one."
        ),
    )
    .into())
}

/// When the assignee is reminded next; nobody is where nothing is left to do.
fn with_reminder(row: item::Model, days: &BusinessTime, now: Instant) -> item::Model {
    let somebody = row.assignee_id.is_some() || row.function_id.is_some();
    let due = row.due_on.filter(|_| somebody && due::is_open(row.status));
    let remind_at = due.and_then(|due| due::next_reminder(due, days, now));
    item::Model { remind_at, ..row }
}

fn check_day(day: Option<Day>, days: &BusinessTime, now: Instant) -> Result<()> {
    let Some(day) = day else { return Ok(()) };
    let refusal = |message: String| Refusal::new(Code::Invalid, "dueOn", message);
    due::check(day, days, now).map_err(|why| {
        match why {
            NoDueDay::Past { today } => {
                refusal(format!("{day} has passed. Choose {today} or a later day."))
            }
            NoDueDay::Closed { next } => refusal(format!(
                "Nobody works there on {day}. Choose a working day, for instance {next}."
            ))
            .allowing(vec![next.to_string()]),
            NoDueDay::TooFar => {
                refusal(format!("{day} is more than ten years away. Choose a nearer day."))
            }
        }
        .into()
    })
}

async fn check_doers(
    tx: &Tx,
    subject: Subject,
    (assignee, function): (Option<PersonId>, Option<UnitId>),
) -> Result<()> {
    match (assignee, function) {
        (Some(_), Some(_)) => Err(Refusal::new(
            Code::Invalid,
            "functionId",
            "An item is done by a person or by a function. Leave one of the two out.",
        )
        .into()),
        (Some(person), None) => reader(tx, subject, (person, "assigneeId")).await,
        (None, Some(function)) => function_reads(tx, subject, function).await,
        (None, None) => Ok(()),
    }
}

/// A function can be given what at least one of those who answer for it may read.
async fn function_reads(tx: &Tx, subject: Subject, function: UnitId) -> Result<()> {
    if !query::is_function(tx, function).await? {
        return Err(Refusal::not_found("functionId").into());
    }
    for person in query::answering_for(tx, function).await? {
        let Some(actor) = query::actor_of(tx, person).await? else { continue };
        if query::may_read(tx, &actor, subject).await? {
            return Ok(());
        }
    }
    Err(nobody_there_reads(subject).into())
}

/// "Nobody of theirs may read it", with what to do about it.
fn nobody_there_reads(subject: Subject) -> Refusal {
    let cure = match subject {
        Subject::Submission(_) | Subject::Adoption(_) => {
            "Nobody who answers for this function may read this idea. Choose another function, or somebody who may; or first hand it over to this one, or open it."
        }
        Subject::Cause(_) => {
            "Nobody who answers for this function may see this cause. Choose another function, or somebody who may; or first make one of them its owner."
        }
    };
    Refusal::new(Code::Invalid, "functionId", cure)
}

/// Items of the same plan, in no circle.
async fn check_waits(
    tx: &Tx,
    held: &Held,
    (item, needed): (ActionItemId, &[ActionItemId]),
) -> Result<()> {
    let refusal = |message: String| Refusal::new(Code::Invalid, "waitsFor", message);
    if needed.len() > MOST_WAITS {
        return Err(refusal(format!("An item waits for at most {MOST_WAITS} others.")).into());
    }
    let known = held.statuses();
    let twice = needed.iter().enumerate().any(|(at, id)| needed[..at].contains(id));
    if twice || needed.iter().any(|id| !known.contains_key(id)) {
        return Err(refusal(String::from(
            "An item waits for other items of the same plan, each named once. Check the ids.",
        ))
        .into());
    }
    let ids: Vec<ActionItemId> = known.keys().copied().collect();
    let mut waits = Waits::new();
    for row in query::waits_of(tx, &ids).await? {
        waits.entry(row.item_id).or_default().push(row.waits_for);
    }
    if work::closes_a_circle(&waits, item, needed) {
        return Err(refusal(String::from(
            "These items would wait for each other, and nobody could begin. Take one of the waits out.",
        ))
        .into());
    }
    Ok(())
}

fn no_step(why: NoStep, found: &item::Model) -> Refusal {
    match why {
        NoStep::Same => Refusal::new(
            Code::StepNotAllowed,
            "status",
            format!("It is {} already. Read it again.", found.status),
        ),
        NoStep::Waits => Refusal::new(
            Code::StepNotAllowed,
            "status",
            "It waits for other items of the plan. Finish or drop those first, or take the wait out.",
        )
        .allowing(vec![ItemStatus::Open.to_string(), ItemStatus::Dropped.to_string()]),
    }
}

fn checked_lines(lines: &[String]) -> Result<Vec<String>> {
    if lines.len() > MOST_LINES {
        return Err(Refusal::new(
            Code::Invalid,
            "checklist",
            format!("A checklist has at most {MOST_LINES} lines; this one has {}.", lines.len()),
        )
        .into());
    }
    let lines: Result<Vec<Option<String>>> =
        lines.iter().map(|line| perhaps(Some(line), LINE)).collect();
    Ok(lines?.into_iter().flatten().collect())
}

fn lines_of(scope: &Scope, item: ActionItemId, lines: Vec<String>) -> Vec<check::Model> {
    let line = |(position, body)| check::Model {
        id: CheckId(scope.fresh_id()),
        item_id: item,
        position,
        body,
        ticked_by: None,
        ticked_at: None,
    };
    (1..).zip(lines).map(line).collect()
}

/// Lines that were there before, word for word, keep their id and their tick.
fn ticks_kept(mut after: Vec<check::Model>, mut before: Vec<check::Model>) -> Vec<check::Model> {
    for line in &mut after {
        if let Some(at) = before.iter().position(|it| it.body == line.body) {
            let old = before.swap_remove(at);
            line.id = old.id;
            line.ticked_by = old.ticked_by;
            line.ticked_at = old.ticked_at;
        }
    }
    after
}
