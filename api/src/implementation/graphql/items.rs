//! The verbs of plans, items and helpers.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};
use entity::id::{ActionItemId, CauseId, PersonId, SubmissionId};

use super::plans::{ActionItem, ActionPlan, ChangeStage, ItemStatus};
use super::{ImplementationUserError, batches, today};
use crate::graphql::list::{at_most, id_at, some_id_at};
use crate::graphql::patch::{change, try_change};
use crate::graphql::payload::settle;
use crate::graphql::scalars::Date;
use crate::implementation::ground::Subject;
use crate::implementation::loader::PlanOf;
use crate::implementation::policy::View;
use crate::implementation::service::items::{self, MOST_ITEMS, NewItem, Tick, UpdateItem};
use crate::implementation::service::{help, template};
use crate::kit::error::{OrNotFound as _, Result};
use crate::payload;
use crate::submissions::graphql::types::Submission;
use crate::triage::graphql::signed_in;

payload!(
    /// The result of `actionItemAdd`.
    ActionItemAddPayload, ImplementationUserError {
        /// The new item.
        item: ActionItem
    }
);
payload!(
    /// The result of `actionItemUpdate`.
    ActionItemUpdatePayload, ImplementationUserError {
        /// The item as it is now.
        item: ActionItem
    }
);
payload!(
    /// The result of `actionItemMove`.
    ActionItemMovePayload, ImplementationUserError {
        /// The item as it is now.
        item: ActionItem
    }
);
payload!(
    /// The result of `checklistTick`.
    ChecklistTickPayload, ImplementationUserError {
        /// The item as it is now.
        item: ActionItem
    }
);
payload!(
    /// The result of `actionPlanFill`.
    ActionPlanFillPayload, ImplementationUserError {
        /// The plan as it is now.
        plan: ActionPlan
    }
);
payload!(
    /// The result of `helpOffer`.
    HelpOfferPayload, ImplementationUserError {
        /// The submission that you help with.
        submission: Submission
    }
);
payload!(
    /// The result of `helpTakeBack`.
    HelpTakeBackPayload, ImplementationUserError {
        /// The submission that you helped with.
        submission: Submission
    }
);
payload!(
    /// The result of `coOwnerName`.
    CoOwnerNamePayload, ImplementationUserError {
        /// The submission with its new co-owner.
        submission: Submission
    }
);
payload!(
    /// The result of `coOwnerRemove`.
    CoOwnerRemovePayload, ImplementationUserError {
        /// The submission without them.
        submission: Submission
    }
);

/// An item to write down.
#[derive(InputObject)]
pub struct ActionItemAddInput {
    /// The idea that it is for; or else name a cause.
    pub submission_id: Option<ID>,
    /// The root cause that it is for.
    pub cause_id: Option<ID>,
    /// What is to be done; at most 200 characters.
    pub title: String,
    /// Who does it; they must be able to read what it is for.
    pub assignee_id: Option<ID>,
    /// Which function does it, in the place of a person.
    pub function_id: Option<ID>,
    /// The last day for it: today or later.
    pub due_on: Option<Date>,
    /// Items of the same plan that come first; at most 20.
    pub waits_for: Option<Vec<ID>>,
    /// What is to be looked at; at most 20 lines of at most 200 characters.
    pub checklist: Option<Vec<String>>,
}

/// A change of an item; what is left out stays.
#[derive(InputObject)]
pub struct ActionItemUpdateInput {
    /// Which.
    pub id: ID,
    /// The version that you read.
    pub expected_version: Option<i32>,
    /// Another title; at most 200 characters.
    pub title: Option<String>,
    /// Somebody else; `null` for nobody.
    pub assignee_id: MaybeUndefined<ID>,
    /// Another function; `null` for none.
    pub function_id: MaybeUndefined<ID>,
    /// Another last day; `null` for none.
    pub due_on: MaybeUndefined<Date>,
    /// Other items of the same plan that come first; at most 20.
    pub waits_for: Option<Vec<ID>>,
    /// Other lines, at most 20; those that stay word for word keep their ticks.
    pub checklist: Option<Vec<String>>,
}

/// A step of an item.
#[derive(InputObject)]
pub struct ActionItemMoveInput {
    /// Which.
    pub id: ID,
    /// The version that you read.
    pub expected_version: Option<i32>,
    /// How far it is now.
    pub status: ItemStatus,
}

/// A line that was looked at, or was not.
#[derive(InputObject)]
pub struct ChecklistTickInput {
    /// Which line.
    pub id: ID,
    /// Whether it is ticked from now on.
    pub ticked: bool,
}

/// A plan to put the change checklist into.
#[derive(InputObject)]
pub struct ActionPlanFillInput {
    /// The idea that it is for; or else name a cause.
    pub submission_id: Option<ID>,
    /// The root cause that it is for.
    pub cause_id: Option<ID>,
    /// These parts of it; all when left out.
    pub stages: Option<Vec<ChangeStage>>,
}

/// An idea to help with.
#[derive(InputObject)]
pub struct HelpOfferInput {
    /// Which.
    pub submission_id: ID,
}

/// An idea to help with no longer.
#[derive(InputObject)]
pub struct HelpTakeBackInput {
    /// Which.
    pub submission_id: ID,
}

/// A co-owner to name.
#[derive(InputObject)]
pub struct CoOwnerNameInput {
    /// Of which idea.
    pub submission_id: ID,
    /// Who; they must be able to read it.
    pub person_id: ID,
}

/// Somebody to take off the list of helpers.
#[derive(InputObject)]
pub struct CoOwnerRemoveInput {
    /// Of which idea.
    pub submission_id: ID,
    /// Who.
    pub person_id: ID,
}

/// The one of two that is named.
pub(super) fn subject(submission: Option<&ID>, cause: Option<&ID>) -> Result<Subject> {
    let submission = some_id_at::<SubmissionId>(submission, "submissionId")?;
    Subject::of(submission, some_id_at::<CauseId>(cause, "causeId")?)
}

fn needed(ids: &[ID]) -> Result<Vec<ActionItemId>> {
    at_most(ids, MOST_ITEMS, "waitsFor")?;
    ids.iter().map(|id| id_at(id, "waitsFor")).collect()
}

fn new_item(input: ActionItemAddInput) -> Result<NewItem> {
    Ok(NewItem {
        subject: subject(input.submission_id.as_ref(), input.cause_id.as_ref())?,
        title: input.title,
        assignee: some_id_at(input.assignee_id.as_ref(), "assigneeId")?,
        function: some_id_at(input.function_id.as_ref(), "functionId")?,
        due_on: input.due_on.map(|day| day.0),
        waits_for: needed(&input.waits_for.unwrap_or_default())?,
        checklist: input.checklist.unwrap_or_default(),
    })
}

fn update_of(input: ActionItemUpdateInput) -> Result<UpdateItem> {
    Ok(UpdateItem {
        id: id_at(&input.id, "id")?,
        expected_version: input.expected_version,
        title: input.title,
        assignee: try_change(input.assignee_id, |id| id_at(&id, "assigneeId"))?,
        function: try_change(input.function_id, |id| id_at(&id, "functionId"))?,
        due_on: change(input.due_on, |day| day.0),
        waits_for: input.waits_for.as_deref().map(needed).transpose()?,
        checklist: input.checklist,
    })
}

async fn filled(ctx: &Context<'_>, input: ActionPlanFillInput) -> Result<ActionPlan> {
    let scope = signed_in(ctx)?;
    let subject = subject(input.submission_id.as_ref(), input.cause_id.as_ref())?;
    let stages = input.stages.map(|some| some.into_iter().map(Into::into).collect());
    let (subject, unit) = template::fill(scope, (subject, stages)).await?;
    let planned = batches(ctx)?.load_one(PlanOf(subject)).await?.or_not_found("")?;
    ActionPlan::seen(planned, (View::Whole, today(ctx, unit).await?)).or_not_found("")
}

/// Mutations.
#[derive(Default)]
pub struct PlanMutation;

#[Object]
impl PlanMutation {
    /// Writes down what is to be done about an idea or a root cause, and begins its plan. Needs the
    /// reviewer's right on the idea, or, once it is accepted, to be its manager, owner or co-owner;
    /// for a cause REVIEWER, or to be its owner. Codes: FORBIDDEN, NOT_FOUND, REQUIRED, TOO_LONG,
    /// INVALID, TOO_LATE.
    async fn action_item_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to write down.")] input: ActionItemAddInput,
    ) -> Option<async_graphql::Result<ActionItemAddPayload>> {
        let done = async {
            let scope = signed_in(ctx)?;
            items::add(scope, new_item(input)?).await
        };
        settle(done.await, |row| ActionItemAddPayload::done(ActionItem::alone(row)))
    }

    /// Changes an item. Needs what `actionItemAdd` needs. Codes: FORBIDDEN, NOT_FOUND,
    /// STALE_VERSION, REQUIRED, TOO_LONG, INVALID, TOO_LATE.
    async fn action_item_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: ActionItemUpdateInput,
    ) -> Option<async_graphql::Result<ActionItemUpdatePayload>> {
        let done = async {
            let scope = signed_in(ctx)?;
            items::update(scope, update_of(input)?).await
        };
        settle(done.await, |row| ActionItemUpdatePayload::done(ActionItem::alone(row)))
    }

    /// Says how far an item is. Needs to have it, or what `actionItemAdd` needs; dropping it always
    /// needs the latter. Codes: FORBIDDEN, NOT_FOUND, STALE_VERSION, STEP_NOT_ALLOWED, TOO_LATE,
    /// INVALID.
    async fn action_item_move(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which step.")] input: ActionItemMoveInput,
    ) -> Option<async_graphql::Result<ActionItemMovePayload>> {
        let done = async {
            let scope = signed_in(ctx)?;
            let id = id_at::<ActionItemId>(&input.id, "id")?;
            let step = (id, input.status.into(), input.expected_version);
            items::move_to(scope, step).await
        };
        settle(done.await, |row| ActionItemMovePayload::done(ActionItem::alone(row)))
    }

    /// Ticks a line of an item's checklist, or takes the tick away. Needs to have the item, or what
    /// `actionItemAdd` needs. Codes: FORBIDDEN, NOT_FOUND, TOO_LATE, INVALID.
    async fn checklist_tick(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which line.")] input: ChecklistTickInput,
    ) -> Option<async_graphql::Result<ChecklistTickPayload>> {
        let done = async {
            let scope = signed_in(ctx)?;
            let tick = if input.ticked { Tick::On } else { Tick::Off };
            items::tick(scope, (id_at(&input.id, "id")?, tick)).await
        };
        settle(done.await, |row| ChecklistTickPayload::done(ActionItem::alone(row)))
    }

    /// Puts the change checklist into a plan, once, in your language. Needs what `actionItemAdd`
    /// needs. Codes: FORBIDDEN, NOT_FOUND, REQUIRED, INVALID, TAKEN, TOO_LATE.
    async fn action_plan_fill(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which plan.")] input: ActionPlanFillInput,
    ) -> Option<async_graphql::Result<ActionPlanFillPayload>> {
        settle(filled(ctx, input).await, ActionPlanFillPayload::done)
    }

    /// "I want to help": offers your help with an idea that you read. Those who work on it see who
    /// offers. Needs a person's sign-in. Codes: NOT_FOUND, INVALID, TOO_LATE.
    async fn help_offer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "With what.")] input: HelpOfferInput,
    ) -> Option<async_graphql::Result<HelpOfferPayload>> {
        let done = async {
            help::offer(signed_in(ctx)?, id_at(&input.submission_id, "submissionId")?).await
        };
        settle(done.await, |row| HelpOfferPayload::done(Submission::of(row)))
    }

    /// Takes your offer back, or steps down as co-owner. Needs a person's sign-in. Codes:
    /// NOT_FOUND.
    async fn help_take_back(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "With what.")] input: HelpTakeBackInput,
    ) -> Option<async_graphql::Result<HelpTakeBackPayload>> {
        let done = async {
            help::take_back(signed_in(ctx)?, id_at(&input.submission_id, "submissionId")?).await
        };
        settle(done.await, |row| HelpTakeBackPayload::done(Submission::of(row)))
    }

    /// Names a co-owner, who shares the work on the plan. Needs the reviewer's right on the idea, or,
    /// once it is accepted, to be its manager or owner. Codes: FORBIDDEN, NOT_FOUND, INVALID,
    /// TOO_LATE.
    async fn co_owner_name(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom.")] input: CoOwnerNameInput,
    ) -> Option<async_graphql::Result<CoOwnerNamePayload>> {
        let done = async {
            let id = id_at::<SubmissionId>(&input.submission_id, "submissionId")?;
            let person = id_at::<PersonId>(&input.person_id, "personId")?;
            help::name(signed_in(ctx)?, (id, person)).await
        };
        settle(done.await, |row| CoOwnerNamePayload::done(Submission::of(row)))
    }

    /// Takes somebody off the list of helpers and co-owners. Needs what `coOwnerName` needs. Codes:
    /// FORBIDDEN, NOT_FOUND, INVALID, TOO_LATE.
    async fn co_owner_remove(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom.")] input: CoOwnerRemoveInput,
    ) -> Option<async_graphql::Result<CoOwnerRemovePayload>> {
        let done = async {
            let id = id_at::<SubmissionId>(&input.submission_id, "submissionId")?;
            let person = id_at::<PersonId>(&input.person_id, "personId")?;
            help::remove(signed_in(ctx)?, (id, person)).await
        };
        settle(done.await, |row| CoOwnerRemovePayload::done(Submission::of(row)))
    }
}
