//! The verbs of routing rules: make one, change one, take one away.

use entity::id::{CauseId, PersonId, RuleId, TouchpointId, TypedId as _, UnitId};
use entity::routing::rule;
use entity::routing::values::{RuleState, WordMatch};
use entity::routing::words::{Folded, LONGEST_WORD, MOST_WORDS};
use entity::submissions::phase::Kind;
use entity::submissions::text::{Limit, bounded};
use entity::submissions::values::{Channel, Severity};
use entity::triage::name;
use serde::Serialize;

use super::{policy, query};
use crate::identity;
use crate::kit::client_key::{Claim, ClientKey, claim};
use crate::kit::error::{
    Code, Error, Fault, OrNotFound as _, Refusal, Result, is_unique_violation,
};
use crate::kit::fact::{self, NewFact};
use crate::kit::scope::{Scope, Tx};
use crate::submissions::service::Receipt;
use crate::triage::causes::service as causes;
use crate::workflow::handling::{LONGEST_TAG, MOST_TAGS};

/// Most rules, archived ones left out.
pub const MOST_RULES: u64 = 100;

/// What a submission must be for a rule to mean it; all that is named must hold.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Conditions {
    /// At this touchpoint.
    pub touchpoint: Option<TouchpointId>,
    /// About this unit or one below it.
    pub unit: Option<UnitId>,
    /// With these words.
    pub words: Vec<String>,
    /// Any of them, or all; any when not named.
    pub how: Option<WordMatch>,
    /// Idea or observation.
    pub kind: Option<Kind>,
    /// Came this way.
    pub channel: Option<Channel>,
    /// At least this bad.
    pub severity: Option<Severity>,
}

/// What is done with it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Actions {
    /// Handed to this function.
    pub function: Option<UnitId>,
    /// Given to this reviewer.
    pub assignee: Option<PersonId>,
    /// Tagged so.
    pub tags: Vec<String>,
    /// Linked to this root cause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<CauseId>,
}

/// A rule to be made.
#[derive(Clone, Debug, Serialize)]
pub struct NewRule {
    /// What reviewers call it.
    pub name: String,
    /// When it means something.
    pub conditions: Conditions,
    /// What it does.
    pub actions: Actions,
    /// Its place in the order; the last one when not named.
    pub position: Option<i32>,
    /// On or off; on when not named.
    pub state: Option<RuleState>,
}

/// A rule as made, and whether that was now.
#[derive(Clone, Debug)]
pub struct Made {
    /// The rule.
    pub rule: rule::Model,
    /// Now, or before.
    pub receipt: Receipt,
}

/// What changes of a rule.
#[derive(Clone, Debug)]
pub struct UpdateRule {
    /// Which.
    pub id: RuleId,
    /// The version that the asker read.
    pub expected_version: Option<i32>,
    /// Another name.
    pub name: Option<String>,
    /// All conditions anew.
    pub conditions: Option<Conditions>,
    /// All actions anew.
    pub actions: Option<Actions>,
    /// Another place.
    pub position: Option<i32>,
    /// On or off.
    pub state: Option<RuleState>,
}

#[derive(Serialize)]
struct RuleData {
    state: RuleState,
    touchpoint: Option<TouchpointId>,
    unit: Option<UnitId>,
    function: Option<UnitId>,
    assignee: Option<PersonId>,
    cause: Option<CauseId>,
}

fn rule_fact(kind: &'static str, row: &rule::Model) -> NewFact {
    let data = RuleData {
        state: row.state,
        touchpoint: row.touchpoint_id,
        unit: row.unit_id,
        function: row.function_id,
        assignee: row.assignee_id,
        cause: row.cause_id,
    };
    NewFact::new(kind, ("rule", row.id.0), &data).administrative()
}

/// Whether the asker makes rules.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN.
pub(super) async fn may_write(scope: &Scope) -> Result<()> {
    scope.actor.require_person()?;
    let root = identity::query::root(&scope.db()).await?.or_not_found("")?;
    policy::may_write(&scope.actor, root.id)
}

/// "Whatever is about lifts goes to facilities": makes a rule. It means what is sent from now on.
///
/// # Errors
/// FORBIDDEN; REQUIRED, TOO_LONG or INVALID naming the field; NOT_FOUND; TAKEN; IN_USE when there
/// are too many; IDEMPOTENCY_KEY_REUSED.
pub async fn create(scope: &Scope, new: NewRule, client_key: Option<&str>) -> Result<Made> {
    may_write(scope).await?;
    let key = ClientKey::of(client_key, &new)?;
    let name = bounded(&new.name, Limit::NAME)?;
    let id = RuleId(scope.fresh_id());
    let mut tx = scope.begin().await?;
    if let Claim::Received(before) = claim(&tx, scope, key.as_ref(), &id.to_string()).await? {
        let before = RuleId::parse(&before)
            .map_err(|_| Fault::internal("a client key points at no rule"))?;
        let rule = query::one(&tx, &scope.actor, before).await?.or_not_found("clientKey")?;
        return tx.commit(Made { rule, receipt: Receipt::Already }).await;
    }
    if query::count(&tx).await? >= MOST_RULES {
        return Err(too_many().into());
    }
    let position = match new.position {
        Some(position) => position,
        None => query::last_position(&tx).await?.saturating_add(10),
    };
    let row = rule::Model {
        id,
        name_key: name::key(&name),
        name,
        position,
        state: new.state.unwrap_or(RuleState::On),
        created_by: scope.actor.person(),
        archived_at: None,
        created_at: scope.now,
        updated_at: scope.now,
        version: 1,
        ..empty(id)
    };
    let row = with_conditions(&tx, scope, row, &new.conditions).await?;
    let row = with_actions(&tx, scope, row, &new.actions).await?;
    refuse_taken(&tx, &row).await?;
    if !query::insert(&tx, &row).await? {
        return Err(taken(None));
    }
    // What was sent before the first rule is none of its business.
    query::begin_at(&tx, fact::head(&tx).await?, scope.now).await?;
    tx.state(rule_fact("rule.created", &row));
    tx.commit(Made { rule: row, receipt: Receipt::Fresh }).await
}

/// A rule that means and does nothing.
pub(super) fn empty(id: RuleId) -> rule::Model {
    rule::Model {
        id,
        name: String::new(),
        name_key: String::new(),
        position: 0,
        state: RuleState::Off,
        touchpoint_id: None,
        unit_id: None,
        words: String::from("[]"),
        word_match: WordMatch::Any,
        kind: None,
        channel: None,
        severity: None,
        function_id: None,
        assignee_id: None,
        tags: String::from("[]"),
        cause_id: None,
        created_by: None,
        archived_at: None,
        created_at: entity::instant::Instant(0),
        updated_at: entity::instant::Instant(0),
        version: 0,
    }
}

/// "That is not what I meant": changes a rule. What it did stays.
///
/// # Errors
/// FORBIDDEN, NOT_FOUND, STALE_VERSION; REQUIRED, TOO_LONG or INVALID naming the field; TAKEN.
pub async fn update(scope: &Scope, cmd: UpdateRule) -> Result<rule::Model> {
    may_write(scope).await?;
    let name = cmd.name.as_deref().map(|name| bounded(name, Limit::NAME)).transpose()?;
    let mut tx = scope.begin().await?;
    let found = query::locked(&tx, &scope.actor, cmd.id).await?.or_not_found("id")?;
    expect(&found, cmd.expected_version)?;
    let mut row = rule::Model {
        position: cmd.position.unwrap_or(found.position),
        state: cmd.state.unwrap_or(found.state),
        updated_at: scope.now,
        version: found.version + 1,
        ..found
    };
    if let Some(name) = name {
        row.name_key = name::key(&name);
        row.name = name;
    }
    if let Some(conditions) = &cmd.conditions {
        row = with_conditions(&tx, scope, row, conditions).await?;
    }
    match &cmd.actions {
        Some(actions) => row = with_actions(&tx, scope, row, actions).await?,
        // Another unit may be none that the assignee reviews.
        None if cmd.conditions.is_some() => check_assignee(&tx, &row).await?,
        None => {}
    }
    refuse_taken(&tx, &row).await?;
    query::store(&tx, &row)
        .await
        .map_err(|error| if is_unique_violation(&error) { taken(None) } else { error.into() })?;
    tx.state(rule_fact("rule.updated", &row));
    tx.commit(row).await
}

/// "We do not need it any more": takes a rule away. Its name stays in the history of what it did.
///
/// # Errors
/// FORBIDDEN, NOT_FOUND, STALE_VERSION.
pub async fn archive(
    scope: &Scope,
    id: RuleId,
    expected_version: Option<i32>,
) -> Result<rule::Model> {
    may_write(scope).await?;
    let mut tx = scope.begin().await?;
    let found = query::locked(&tx, &scope.actor, id).await?.or_not_found("id")?;
    expect(&found, expected_version)?;
    let row = rule::Model {
        state: RuleState::Off,
        archived_at: Some(scope.now),
        updated_at: scope.now,
        version: found.version + 1,
        ..found
    };
    query::store(&tx, &row).await?;
    tx.state(rule_fact("rule.archived", &row));
    tx.commit(row).await
}

fn expect(row: &rule::Model, version: Option<i32>) -> Result<()> {
    match version {
        Some(version) if version != row.version => Err(Refusal::stale(row.version).into()),
        _ => Ok(()),
    }
}

fn too_many() -> Refusal {
    Refusal::new(
        Code::InUse,
        "",
        format!("There are {MOST_RULES} rules already. Take one away, or widen one, first."),
    )
}

async fn refuse_taken(tx: &Tx, row: &rule::Model) -> Result<()> {
    match query::named(tx, &row.name_key, row.id).await? {
        Some(other) => Err(taken(Some(other.id))),
        None => Ok(()),
    }
}

fn taken(by: Option<RuleId>) -> Error {
    Refusal::new(
        Code::Taken,
        "name",
        "Another rule has this name. Choose another name, or change that rule.",
    )
    .allowing(by.iter().map(ToString::to_string).collect())
    .into()
}

fn refuse<T>(code: Code, field: &str, message: impl Into<String>) -> Result<T> {
    Err(Refusal::new(code, field, message).into())
}

/// The row with these conditions, each of them checked.
pub(super) async fn with_conditions(
    tx: &Tx,
    scope: &Scope,
    row: rule::Model,
    conditions: &Conditions,
) -> Result<rule::Model> {
    let words = checked_words(&conditions.words)?;
    let row = rule::Model {
        touchpoint_id: conditions.touchpoint,
        unit_id: conditions.unit,
        words: stored(&words),
        word_match: conditions.how.unwrap_or(WordMatch::Any),
        kind: conditions.kind,
        channel: conditions.channel,
        severity: conditions.severity,
        ..row
    };
    let asked = rule::Model { function_id: None, assignee_id: None, cause_id: None, ..row.clone() };
    let there = query::there(tx, std::slice::from_ref(&asked), scope.now.day()).await?;
    if conditions.touchpoint.is_some_and(|id| !there.touchpoints.contains(&id)) {
        return Err(Refusal::not_found("conditions.touchpointId").into());
    }
    if conditions.unit.is_some_and(|id| !there.units.contains(&id)) {
        return Err(Refusal::not_found("conditions.unit").into());
    }
    refuse_everything(tx, &row, &words).await?;
    Ok(row)
}

/// A rule that means everything is a decision about the whole organisation in disguise.
async fn refuse_everything(tx: &Tx, row: &rule::Model, words: &[String]) -> Result<()> {
    let narrow = row.touchpoint_id.is_some()
        || !words.is_empty()
        || row.kind.is_some()
        || row.channel.is_some()
        || row.severity.is_some();
    if narrow {
        return Ok(());
    }
    let cure = "This rule would mean everything that is sent. Name at least one of touchpoint, unit below the top, words, kind, channel or severity.";
    match row.unit_id {
        None => refuse(Code::Invalid, "conditions", cure),
        Some(unit) => {
            let units = identity::query::units_by_ids(tx, &[unit]).await?;
            if units.iter().all(|unit| unit.parent_id.is_none()) {
                return refuse(Code::Invalid, "conditions", cure);
            }
            Ok(())
        }
    }
}

fn stored(list: &[String]) -> String {
    serde_json::to_string(list).unwrap_or_else(|_| String::from("[]"))
}

fn checked_words(words: &[String]) -> Result<Vec<String>> {
    const FIELD: &str = "conditions.words";
    if words.len() > MOST_WORDS {
        let cure = format!("{} words are too many; keep at most {MOST_WORDS}.", words.len());
        return refuse(Code::Invalid, FIELD, cure);
    }
    let limit = Limit { field: FIELD, max: LONGEST_WORD, ..Limit::TITLE };
    let mut checked: Vec<String> = Vec::with_capacity(words.len());
    for word in words {
        let word = bounded(word, limit)?;
        if Folded::of(&word).is_empty() {
            let cure = "A word has at least one letter or digit: signs alone are found nowhere.";
            return refuse(Code::Invalid, FIELD, cure);
        }
        if !checked.contains(&word) {
            checked.push(word);
        }
    }
    Ok(checked)
}

/// The row with these actions, each of them checked.
async fn with_actions(
    tx: &Tx,
    scope: &Scope,
    row: rule::Model,
    actions: &Actions,
) -> Result<rule::Model> {
    let tags = checked_tags(&actions.tags)?;
    let nobody = actions.function.is_none() && actions.assignee.is_none();
    if nobody && tags.is_empty() && actions.cause.is_none() {
        let cure = "This rule would do nothing. Name a function, a reviewer, tags or a root cause.";
        return refuse(Code::Required, "actions", cure);
    }
    let row = rule::Model {
        function_id: actions.function,
        assignee_id: actions.assignee,
        tags: stored(&tags),
        cause_id: actions.cause,
        ..row
    };
    check_cause(tx, scope, actions.cause).await?;
    let there = query::there(tx, std::slice::from_ref(&row), scope.now.day()).await?;
    if actions.function.is_some_and(|id| !there.functions.contains(&id)) {
        return Err(Refusal::not_found("actions.functionId").into());
    }
    check_assignee(tx, &row).await?;
    Ok(row)
}

/// A root cause that the asker sees and that may be linked to.
pub(super) async fn check_cause(tx: &Tx, scope: &Scope, cause: Option<CauseId>) -> Result<()> {
    let Some(cause) = cause else { return Ok(()) };
    let found = causes::linkable(tx, scope, &[cause]).await;
    found.map(|_| ()).map_err(|error| match error {
        Error::Refusal(mut refusal) => {
            refusal.field = vec![String::from("actions"), String::from("causeId")];
            refusal.into()
        }
        error => error,
    })
}

fn checked_tags(tags: &[String]) -> Result<Vec<String>> {
    const FIELD: &str = "actions.tags";
    let limit = Limit { field: FIELD, max: LONGEST_TAG, ..Limit::TITLE };
    let mut checked = tags
        .iter()
        .map(|tag| Ok(bounded(tag, limit)?.to_lowercase()))
        .collect::<Result<Vec<_>>>()?;
    checked.sort_unstable();
    checked.dedup();
    if checked.len() > MOST_TAGS {
        let cure = format!("{} tags are too many; keep at most {MOST_TAGS}.", checked.len());
        return refuse(Code::Invalid, FIELD, cure);
    }
    Ok(checked)
}

/// A reviewer of where it goes: of the function, else of the unit of the condition, else of
/// anything. Whether they may have one submission is asked again for each.
async fn check_assignee(tx: &Tx, row: &rule::Model) -> Result<()> {
    const FIELD: &str = "actions.assigneeId";
    let Some(person) = row.assignee_id else { return Ok(()) };
    let found = identity::query::people_by_ids(tx, &[person]).await?;
    if found.iter().all(|person| person.deactivated_at.is_some()) {
        return Err(Refusal::not_found(FIELD).into());
    }
    let grants = identity::query::grants_of_people(tx, &[person]).await?;
    let reviews = grants.iter().filter(|it| it.role == entity::identity::values::Role::Reviewer);
    let units: Vec<UnitId> = reviews.map(|grant| grant.unit_id).collect();
    let fits = match row.function_id.or(row.unit_id) {
        Some(place) => {
            let lineages = identity::query::lineages(tx, &[place]).await?;
            let lineage = lineages.get(&place).cloned().unwrap_or_default();
            // Above the place, or below it: then some of it is theirs.
            let above = lineage.iter().any(|unit| units.contains(unit));
            above || (row.function_id.is_none() && reviews_below(tx, &units, place).await?)
        }
        None => !units.is_empty(),
    };
    if fits {
        return Ok(());
    }
    refuse(
        Code::Invalid,
        FIELD,
        "This person does not review where this rule sends things. Choose a reviewer of the function, or of the unit.",
    )
}

async fn reviews_below(tx: &Tx, units: &[UnitId], place: UnitId) -> Result<bool> {
    let lineages = identity::query::lineages(tx, units).await?;
    Ok(lineages.values().any(|lineage| lineage.contains(&place)))
}
