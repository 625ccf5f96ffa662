//! Surface of routing rules.

use std::sync::Arc;

use async_graphql::dataloader::DataLoader;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use entity::id::{RuleId, TouchpointId};
use entity::routing::rule;
use entity::routing::values::RuleState as State;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, Order, QueryFilter as _};
use uuid::Uuid;

use super::applying::{Flaw, flaws};
use super::loader::Rules;
use super::matching::listed;
use super::preview::{self, Look, Whole};
use super::service::{self, Actions, Conditions, NewRule, UpdateRule};
use super::{policy, query};
use crate::graphql::list::{count_wanted, id_at, some_id_at};
use crate::graphql::payload::{answer, answer_or_null, settle};
use crate::identity::graphql::{Person, Unit};
use crate::journey::graphql::Touchpoint;
use crate::journey::loader::Journeys;
use crate::kit::error::{Fault, Result};
use crate::kit::page::{Key, KeyValue, Keyset, PageArgs, page};
use crate::kit::scope::Scope;
use crate::submissions::graphql::edges;
use crate::submissions::graphql::enums::{Channel, Kind, Severity};
use crate::submissions::graphql::row::{Row, Siblings};
use crate::submissions::graphql::types::Submission;
use crate::submissions::service::Receipt;
use crate::triage::causes::graphql::{self as causes, Cause};
use crate::triage::graphql::signed_in;
use crate::{payload, user_errors};

/// How many of a rule's words a text must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::routing::values::WordMatch")]
pub enum WordMatch {
    /// One of them.
    Any,
    /// Every one.
    All,
}

/// Whether a rule is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum RoutingRuleState {
    /// It is.
    Active,
    /// It is switched off.
    Off,
    /// It is switched on, and not applied: something that it names is not there any more. See
    /// `flaws`.
    Broken,
}

/// What a rule names that is not there any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "crate::routing::applying::Flaw")]
pub enum RoutingRuleFlaw {
    /// Its touchpoint is out of use.
    TouchpointGone,
    /// The unit of its condition is closed.
    UnitGone,
    /// Its function is closed.
    FunctionGone,
    /// Its assignee has left, or reviews nothing any more.
    AssigneeGone,
    /// Its root cause was rejected, or merged into another one.
    CauseGone,
}

/// A rule with what is wrong with it.
#[derive(Clone)]
pub struct RoutingRule {
    row: Arc<rule::Model>,
    flaws: Vec<Flaw>,
}

impl RoutingRule {
    /// By id, through the door.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn by_id(scope: &Scope, id: &str) -> Result<Option<Self>> {
        let Ok(id) = id.parse::<RuleId>() else { return Ok(None) };
        match query::one(&scope.db(), &scope.actor, id).await? {
            Some(row) => Self::of(scope, row).await.map(Some),
            None => Ok(None),
        }
    }

    async fn of(scope: &Scope, row: rule::Model) -> Result<Self> {
        let there = query::there(&scope.db(), std::slice::from_ref(&row), scope.now.day()).await?;
        Ok(Self { flaws: flaws(&row, &there), row: Arc::new(row) })
    }
}

/// What is done by itself with new submissions: once, after they were received, in the order of
/// `position`. All rules apply; of two that set the same value the first wins. What a person has
/// set stays. A rule moves no phase and shows nothing to anybody but those whom it gives work.
#[Object]
impl RoutingRule {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        self.row.id.into()
    }

    /// What reviewers call it; history names it so.
    async fn name(&self) -> &str {
        &self.row.name
    }

    /// Its place in the order, small ones first.
    async fn position(&self) -> i32 {
        self.row.position
    }

    /// Whether it is applied.
    async fn state(&self) -> RoutingRuleState {
        match self.row.state {
            State::Off => RoutingRuleState::Off,
            State::On if self.flaws.is_empty() => RoutingRuleState::Active,
            State::On => RoutingRuleState::Broken,
        }
    }

    /// What it names that is not there any more.
    async fn flaws(&self) -> Vec<RoutingRuleFlaw> {
        self.flaws.iter().copied().map(Into::into).collect()
    }

    /// What a submission must be; all that is named must hold.
    async fn conditions(&self) -> RoutingConditions {
        RoutingConditions(self.row.clone())
    }

    /// What is done with it.
    async fn actions(&self) -> RoutingActions {
        RoutingActions(self.row.clone())
    }

    /// Who made it.
    async fn created_by(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Person>> {
        answer_or_null(edges::person(ctx, self.row.created_by).await)
    }

    /// Whether it was taken away.
    async fn archived(&self) -> bool {
        self.row.archived_at.is_some()
    }

    /// Counts up with every change; for `expectedVersion`.
    async fn version(&self) -> i32 {
        self.row.version
    }
}

/// The conditions of a rule.
#[derive(Clone)]
pub struct RoutingConditions(Arc<rule::Model>);

/// What a submission must be for a rule; all that is named must hold.
#[Object]
impl RoutingConditions {
    /// At this touchpoint.
    async fn touchpoint(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Touchpoint>> {
        answer_or_null(touchpoint(ctx, self.0.touchpoint_id).await)
    }

    /// About this unit or one below it.
    async fn unit(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Unit>> {
        answer_or_null(edges::unit(ctx, self.0.unit_id).await)
    }

    /// With these words, whole, whatever their case and accents; empty when no words are asked for.
    async fn words(&self) -> Vec<String> {
        listed(&self.0.words)
    }

    /// Any of the words, or all.
    async fn word_match(&self) -> WordMatch {
        self.0.word_match.into()
    }

    /// Idea or observation.
    async fn kind(&self) -> Option<Kind> {
        self.0.kind.map(Into::into)
    }

    /// Came this way.
    async fn channel(&self) -> Option<Channel> {
        self.0.channel.map(Into::into)
    }

    /// At least this bad.
    async fn severity_at_least(&self) -> Option<Severity> {
        self.0.severity.map(Into::into)
    }
}

async fn touchpoint(ctx: &Context<'_>, id: Option<TouchpointId>) -> Result<Option<Touchpoint>> {
    let Some(id) = id else { return Ok(None) };
    let batches = ctx
        .data::<DataLoader<Journeys>>()
        .map_err(|_| Fault::internal("no batches of journeys"))?;
    Ok(batches.load_one(id).await?.map(Touchpoint))
}

/// The actions of a rule.
#[derive(Clone)]
pub struct RoutingActions(Arc<rule::Model>);

/// What a rule does with a submission.
#[Object]
impl RoutingActions {
    /// Hands it over to this function, which may take it or give it back.
    async fn function(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Unit>> {
        answer_or_null(edges::unit(ctx, self.0.function_id).await)
    }

    /// Gives it to this reviewer, or who stands in; to nobody when neither may have it.
    async fn assignee(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Person>> {
        answer_or_null(edges::person(ctx, self.0.assignee_id).await)
    }

    /// Adds these tags.
    async fn tags(&self) -> Vec<String> {
        listed(&self.0.tags)
    }

    /// Links it to this root cause, with the source RULE: that moves nothing, and a person may say
    /// the same or take it away.
    async fn cause(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Cause>> {
        let found = async {
            let Some(id) = self.0.cause_id else { return Ok(None) };
            Ok(causes::batches(ctx)?.load_one(id).await?.map(Cause))
        };
        answer_or_null(found.await)
    }
}

crate::connection!(RoutingRuleConnection, RoutingRuleEdge, RoutingRule, "routing rules");

/// The name of the rule that did something, for history. Batched.
pub(crate) async fn name_of(ctx: &Context<'_>, id: Option<RuleId>) -> Result<Option<String>> {
    let Some(id) = id else { return Ok(None) };
    let batches =
        ctx.data::<DataLoader<Rules>>().map_err(|_| Fault::internal("no batches of rules"))?;
    batches.load_one(id).await
}

user_errors!(RoutingUserError, RoutingErrorCode, "routing rules" {
    /// Without the right that this needs.
    Forbidden,
    /// Nothing with this id is there for you, or it is out of use.
    NotFound,
    /// A value is missing.
    Required,
    /// A text is too long.
    TooLong,
    /// A value is not of the right form or range: a rule without any condition, a reviewer of
    /// something else.
    Invalid,
    /// Another rule has this name; `allowed` holds its id.
    Taken,
    /// It changed since it was read.
    StaleVersion,
    /// There are as many as there may be.
    InUse,
    /// The client key was used with other content.
    IdempotencyKeyReused,
});

payload!(
    /// The result of `routingRuleCreate`.
    RoutingRuleCreatePayload, RoutingUserError {
        /// The rule.
        routing_rule: RoutingRule,
        /// Whether the same client key had made it before.
        already_received: bool
    }
);
payload!(
    /// The result of `routingRuleUpdate`.
    RoutingRuleUpdatePayload, RoutingUserError {
        /// The rule as it is now.
        routing_rule: RoutingRule
    }
);
payload!(
    /// The result of `routingRuleArchive`.
    RoutingRuleArchivePayload, RoutingUserError {
        /// The rule, taken away.
        routing_rule: RoutingRule
    }
);

/// What a submission must be for a rule; all that is named must hold, and something must be named.
#[derive(Clone, Debug, Default, InputObject)]
pub struct RoutingConditionsInput {
    /// At this touchpoint.
    pub touchpoint_id: Option<ID>,
    /// About this unit or one below it.
    pub unit: Option<RoutingUnitInput>,
    /// With these words or phrases, whole, whatever their case and accents: at most 50 of at most 60
    /// characters.
    #[graphql(default)]
    pub words: Vec<String>,
    /// Any of the words, or all; any unless said otherwise.
    pub word_match: Option<WordMatch>,
    /// Idea or observation.
    pub kind: Option<Kind>,
    /// Came this way.
    pub channel: Option<Channel>,
    /// At least this bad.
    pub severity_at_least: Option<Severity>,
}

/// One unit with all below it.
#[derive(Clone, Debug, InputObject)]
pub struct RoutingUnitInput {
    /// This one or any below it.
    pub in_subtree: ID,
}

/// What a rule does; something must be named.
#[derive(Clone, Debug, Default, InputObject)]
pub struct RoutingActionsInput {
    /// Hands it over to this unit of kind FUNCTION.
    pub function_id: Option<ID>,
    /// Gives it to this reviewer: of the function, else of the unit of the condition.
    pub assignee_id: Option<ID>,
    /// Adds these tags: at most 20 of at most 40 characters.
    #[graphql(default)]
    pub tags: Vec<String>,
    /// Links it to this root cause, as said by the rule; moves nothing.
    pub cause_id: Option<ID>,
}

/// A rule to make.
#[derive(Clone, Debug, InputObject)]
pub struct RoutingRuleCreateInput {
    /// What reviewers call it; at most 200 characters, unique.
    pub name: String,
    /// What a submission must be.
    pub conditions: RoutingConditionsInput,
    /// What is done with it.
    pub actions: RoutingActionsInput,
    /// Its place in the order; the last one when left out.
    pub position: Option<i32>,
    /// False makes it switched off.
    #[graphql(default = true)]
    pub active: bool,
    /// The same key and content make one rule, however often they arrive.
    pub client_key: Option<String>,
}

/// Changes to a rule; what is left out stays.
#[derive(Clone, Debug, InputObject)]
pub struct RoutingRuleUpdateInput {
    /// Which one.
    pub id: ID,
    /// The version that you read.
    pub expected_version: Option<i32>,
    /// Another name.
    pub name: Option<String>,
    /// All conditions anew.
    pub conditions: Option<RoutingConditionsInput>,
    /// All actions anew.
    pub actions: Option<RoutingActionsInput>,
    /// Another place in the order.
    pub position: Option<i32>,
    /// Switches it on or off.
    pub active: Option<bool>,
}

/// A rule to take away.
#[derive(Clone, Debug, InputObject)]
pub struct RoutingRuleArchiveInput {
    /// Which one.
    pub id: ID,
    /// The version that you read.
    pub expected_version: Option<i32>,
}

/// What is to be looked at: a rule, conditions, or a rule with other conditions.
#[derive(Clone, Debug, InputObject)]
pub struct RoutingPreviewInput {
    /// A rule that is there.
    pub rule_id: Option<ID>,
    /// Conditions, in the place of the rule's.
    pub conditions: Option<RoutingConditionsInput>,
    /// The root cause that it would link to, in the place of the rule's.
    pub cause_id: Option<ID>,
    /// How many days back, 1 to 90.
    #[graphql(default = 30)]
    pub days: i32,
}

/// What a rule would have meant.
#[derive(Clone, SimpleObject)]
pub struct RoutingPreview {
    /// How many submissions of these days it would have meant, of those that you may read.
    pub count: u64,
    /// How many of them it would have linked to its root cause: those that are not linked to it yet.
    pub link_count: u64,
    /// Whether all of them were looked at; the words of at most 20,000 are read.
    pub is_complete: bool,
    /// The newest of them, at most 20.
    pub sample: Vec<Submission>,
}

impl RoutingConditionsInput {
    fn parsed(self) -> Result<Conditions> {
        let unit = self.unit.map(|unit| id_at(&unit.in_subtree, "conditions.unit.inSubtree"));
        Ok(Conditions {
            touchpoint: some_id_at(self.touchpoint_id.as_ref(), "conditions.touchpointId")?,
            unit: unit.transpose()?,
            words: self.words,
            how: self.word_match.map(Into::into),
            kind: self.kind.map(Into::into),
            channel: self.channel.map(Into::into),
            severity: self.severity_at_least.map(Into::into),
        })
    }
}

impl RoutingActionsInput {
    fn parsed(self) -> Result<Actions> {
        Ok(Actions {
            function: some_id_at(self.function_id.as_ref(), "actions.functionId")?,
            assignee: some_id_at(self.assignee_id.as_ref(), "actions.assigneeId")?,
            tags: self.tags,
            cause: some_id_at(self.cause_id.as_ref(), "actions.causeId")?,
        })
    }
}

fn state(active: bool) -> State {
    if active { State::On } else { State::Off }
}

fn in_order() -> Keyset<rule::Model> {
    Keyset {
        name: String::from("rule:position"),
        keys: vec![
            Key {
                expr: Expr::col((rule::Entity, rule::Column::Position)),
                order: Order::Asc,
                value: |row| KeyValue::Int(row.position.into()),
            },
            Key {
                expr: Expr::col((rule::Entity, rule::Column::Id)),
                order: Order::Asc,
                value: |row| KeyValue::Id(row.id.0),
            },
        ],
        shape: vec![KeyValue::Int(0), KeyValue::Id(Uuid::nil())],
    }
}

async fn rules(ctx: &Context<'_>, args: PageArgs) -> Result<RoutingRuleConnection> {
    let scope = signed_in(ctx)?;
    policy::may_list(&scope.actor)?;
    let select = query::visible_to(&scope.actor).filter(rule::Column::ArchivedAt.is_null());
    let page = page(&scope.db(), select, &in_order(), &args, count_wanted(ctx)).await?;
    let rows: Vec<rule::Model> = page.rows.iter().map(|(_, row)| row.clone()).collect();
    let there = query::there(&scope.db(), &rows, scope.now.day()).await?;
    Ok(RoutingRuleConnection::of(page, |row| RoutingRule {
        flaws: flaws(&row, &there),
        row: Arc::new(row),
    }))
}

async fn looked(ctx: &Context<'_>, input: RoutingPreviewInput) -> Result<RoutingPreview> {
    let scope = signed_in(ctx)?;
    let look = Look {
        rule: some_id_at(input.rule_id.as_ref(), "ruleId")?,
        conditions: input.conditions.map(RoutingConditionsInput::parsed).transpose()?,
        cause: some_id_at(input.cause_id.as_ref(), "causeId")?,
        days: input.days,
    };
    let seen = preview::look(scope, look).await?;
    let page = Siblings::of(seen.sample.iter());
    let rows = seen.sample.into_iter();
    Ok(RoutingPreview {
        count: seen.count,
        link_count: seen.links,
        is_complete: seen.whole == Whole::Yes,
        sample: rows.map(|row| Submission::on_page(Row::among(row, page.clone()))).collect(),
    })
}

/// Queries.
#[derive(Default)]
pub struct RoutingQuery;

#[Object]
impl RoutingQuery {
    /// Routing rules in their order, archived ones left out. Needs REVIEWER, ADMIN or AUDITOR.
    async fn routing_rules(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the front, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the back, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Option<async_graphql::Result<RoutingRuleConnection>> {
        answer(rules(ctx, PageArgs { first, after, last, before }).await)
    }

    /// What a rule would have meant in the last days, by itself; changes nothing. Needs REVIEWER or
    /// ADMIN at the top of the organisation; counts and shows only what you may read.
    async fn routing_preview(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to look at.")] input: RoutingPreviewInput,
    ) -> Option<async_graphql::Result<RoutingPreview>> {
        answer(looked(ctx, input).await)
    }
}

async fn made(ctx: &Context<'_>, input: RoutingRuleCreateInput) -> Result<(RoutingRule, bool)> {
    let scope = signed_in(ctx)?;
    let new = NewRule {
        name: input.name,
        conditions: input.conditions.parsed()?,
        actions: input.actions.parsed()?,
        position: input.position,
        state: Some(state(input.active)),
    };
    let made = service::create(scope, new, input.client_key.as_deref()).await?;
    let already = made.receipt == Receipt::Already;
    Ok((RoutingRule::of(scope, made.rule).await?, already))
}

async fn changed(ctx: &Context<'_>, input: RoutingRuleUpdateInput) -> Result<RoutingRule> {
    let scope = signed_in(ctx)?;
    let cmd = UpdateRule {
        id: id_at(&input.id, "id")?,
        expected_version: input.expected_version,
        name: input.name,
        conditions: input.conditions.map(RoutingConditionsInput::parsed).transpose()?,
        actions: input.actions.map(RoutingActionsInput::parsed).transpose()?,
        position: input.position,
        state: input.active.map(state),
    };
    RoutingRule::of(scope, service::update(scope, cmd).await?).await
}

/// Mutations.
#[derive(Default)]
pub struct RoutingMutation;

#[Object]
impl RoutingMutation {
    /// Makes a routing rule, at most 100. It means what is sent from now on. Needs REVIEWER or ADMIN
    /// at the top of the organisation. Codes: FORBIDDEN, NOT_FOUND, REQUIRED, TOO_LONG, INVALID,
    /// TAKEN, IN_USE, IDEMPOTENCY_KEY_REUSED.
    async fn routing_rule_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to make.")] input: RoutingRuleCreateInput,
    ) -> Option<async_graphql::Result<RoutingRuleCreatePayload>> {
        settle(made(ctx, input).await, |(rule, already)| {
            RoutingRuleCreatePayload::done(rule, already)
        })
    }

    /// Changes a routing rule, or switches it on or off; what it did stays. Needs REVIEWER or ADMIN
    /// at the top of the organisation. Codes: FORBIDDEN, NOT_FOUND, STALE_VERSION, REQUIRED,
    /// TOO_LONG, INVALID, TAKEN.
    async fn routing_rule_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: RoutingRuleUpdateInput,
    ) -> Option<async_graphql::Result<RoutingRuleUpdatePayload>> {
        settle(changed(ctx, input).await, RoutingRuleUpdatePayload::done)
    }

    /// Takes a routing rule away; its name stays in the history of what it did. Needs REVIEWER or
    /// ADMIN at the top of the organisation. Codes: FORBIDDEN, NOT_FOUND, STALE_VERSION.
    async fn routing_rule_archive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: RoutingRuleArchiveInput,
    ) -> Option<async_graphql::Result<RoutingRuleArchivePayload>> {
        let done = async {
            let scope = signed_in(ctx)?;
            let id = id_at(&input.id, "id")?;
            let row = service::archive(scope, id, input.expected_version).await?;
            RoutingRule::of(scope, row).await
        };
        settle(done.await, RoutingRuleArchivePayload::done)
    }
}
