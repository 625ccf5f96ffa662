//! Plans and their items, with the days of the demo's calendar.

use std::collections::HashMap;

use entity::id::{ActionItemId, CheckId, PersonId, PlanId};
use entity::implementation::due::{self, NoDueDay};
use entity::implementation::values::ItemStatus;
use entity::implementation::{check, item, plan, wait, work};
use entity::instant::{DAY, Day, Instant, MINUTE};
use serde_json::{Value, json};

use super::super::facts;
use super::super::rows::{Happening, Rows};
use super::super::seed::Seed;
use super::{Ground, Item, Plan, broken};
use crate::implementation::ground::Subject;
use crate::kit::error::Result;

pub(super) fn plan(
    ground: Ground<'_>,
    given: &Plan,
    seed: &mut Seed,
    rows: &mut Rows,
) -> Result<()> {
    let subject = ground.subject(given.submission.as_ref(), given.cause.as_ref())?;
    let by = ground.person(&given.by)?;
    let at = ground.at(given.days_ago, 0);
    let id = PlanId(seed.id_at(at));
    rows.work.plans.push(plan::Model {
        id,
        submission_id: subject.submission(),
        cause_id: subject.cause(),
        filled_at: None,
        created_by: Some(by),
        created_at: at,
    });
    let mut written: Vec<item::Model> = Vec::new();
    for (given, position) in given.items.iter().zip(1..) {
        let mut writing = Writing { ground, subject, by, at, seed: &mut *seed, rows: &mut *rows };
        let row = writing.item((id, position), given)?;
        writing.waits(&row, given, &written)?;
        writing.checks(&row, given);
        writing.reminded(&row);
        written.push(row);
    }
    rows.work.items.extend(written);
    Ok(())
}

struct Writing<'a> {
    ground: Ground<'a>,
    subject: Subject,
    by: PersonId,
    /// When the plan was written.
    at: Instant,
    seed: &'a mut Seed,
    rows: &'a mut Rows,
}

impl Writing<'_> {
    fn state(&mut self, by: Option<PersonId>, at: Instant, (kind, data): (&'static str, Value)) {
        let fact = facts::inside(kind, self.subject.named(), &data);
        self.rows.happenings.push(Happening::by(by, at, fact));
    }

    fn item(&mut self, (plan, position): (PlanId, i32), given: &Item) -> Result<item::Model> {
        let created_at = self.at;
        let due_on = given.due_in_days.map(|days| self.working_day(days)).transpose()?;
        let assignee_id = self.ground.some_person(given.assignee.as_ref())?;
        let function_id = given.function.as_ref().map(|code| self.ground.unit(code)).transpose()?;
        let moved_at = self.moved_at(given, position);
        let over = !due::is_open(given.status);
        let now = self.ground.world.known.now;
        let days = &self.ground.world.terms.time;
        let row = item::Model {
            id: ActionItemId(self.seed.id_at(created_at)),
            plan_id: plan,
            position,
            title: given.title.clone(),
            stage: None,
            assignee_id,
            function_id,
            due_on,
            status: given.status,
            remind_at: due_on.filter(|_| !over).and_then(|it| due::next_reminder(it, days, now)),
            done_at: moved_at.filter(|_| given.status == ItemStatus::Done),
            created_by: Some(self.by),
            created_at,
            updated_at: moved_at.unwrap_or(created_at),
            version: 1 + i32::from(moved_at.is_some()),
        };
        let data = json!({
            "plan": plan, "item": row.id, "assignee": assignee_id, "function": function_id,
            "dueOn": due_on.map(|day| day.to_string()),
        });
        self.state(Some(self.by), created_at, ("plan.item_added", data));
        if let Some(at) = moved_at {
            let data = json!({
                "plan": plan, "item": row.id, "from": ItemStatus::Open, "to": row.status,
            });
            self.state(Some(assignee_id.unwrap_or(self.by)), at, ("plan.item_moved", data));
        }
        Ok(row)
    }

    /// When it was done, dropped or begun; never before it was written down.
    fn moved_at(&self, given: &Item, position: i32) -> Option<Instant> {
        let turn = i64::from(position);
        let at = match (given.status, given.done_days_ago) {
            (ItemStatus::Open, _) => return None,
            (_, Some(days)) => self.ground.at(days, turn),
            (_, None) => self.at.plus(DAY),
        };
        let last = self.ground.world.known.now.plus(-5 * MINUTE);
        Some(at.max(self.at.plus(turn * MINUTE)).min(last))
    }

    /// The first working day from `days` from now on that could be named when the plan was written.
    fn working_day(&self, days: i64) -> Result<Day> {
        let time = &self.ground.world.terms.time;
        let mut day = self.ground.world.known.now.plus(days * DAY).day();
        for _ in 0..2 {
            match due::check(day, time, self.at) {
                Ok(()) => return Ok(day),
                Err(NoDueDay::Past { today }) => day = today,
                Err(NoDueDay::Closed { next }) => day = next,
                Err(why) => return Err(broken("due day", why).into()),
            }
        }
        Ok(due::check(day, time, self.at).map(|()| day).map_err(|why| broken("due day", why))?)
    }

    fn waits(&mut self, row: &item::Model, given: &Item, written: &[item::Model]) -> Result<()> {
        let statuses: HashMap<_, _> = written.iter().map(|it| (it.id, it.status)).collect();
        let needed: Vec<ActionItemId> = given
            .waits
            .iter()
            .filter_map(|position| written.get(position - 1))
            .map(|it| it.id)
            .collect();
        let waiting = work::waiting(&needed, &statuses);
        if row.status != ItemStatus::Open {
            work::step(ItemStatus::Open, row.status, waiting)
                .map_err(|why| broken("item that waits", why))?;
        }
        self.rows
            .work
            .waits
            .extend(needed.into_iter().map(|it| wait::Model { item_id: row.id, waits_for: it }));
        Ok(())
    }

    fn checks(&mut self, row: &item::Model, given: &Item) {
        for (line, position) in given.checks.iter().zip(1..) {
            let id = CheckId(self.seed.id_at(row.created_at));
            let ticked_at = line.ticked.then_some(row.updated_at);
            let ticked_by = ticked_at.map(|_| row.assignee_id.unwrap_or(self.by));
            self.rows.work.checks.push(check::Model {
                id,
                item_id: row.id,
                position,
                body: line.text.clone(),
                ticked_by,
                ticked_at,
            });
            if let Some(at) = ticked_at {
                let data =
                    json!({ "plan": row.plan_id, "item": row.id, "line": id, "ticked": true });
                self.state(ticked_by, at, ("plan.line_ticked", data));
            }
        }
    }

    /// The reminders that have fallen due while it was open.
    fn reminded(&mut self, row: &item::Model) {
        let Some(day) = row.due_on else { return };
        let now = self.ground.world.known.now;
        let until = if due::is_open(row.status) { now } else { row.updated_at };
        let reminders = due::reminders(day, &self.ground.world.terms.time);
        for (kind, at) in
            reminders.into_iter().filter(|(_, at)| *at > row.created_at && *at < until)
        {
            let data = json!({
                "plan": row.plan_id, "item": row.id, "reminder": kind, "dueOn": day.to_string(),
                "assignee": row.assignee_id, "function": row.function_id,
            });
            self.state(None, at, ("plan.item_reminded", data));
        }
    }
}
