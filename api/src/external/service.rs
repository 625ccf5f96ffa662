//! The verbs of links to other systems.

use entity::external::external_link::Model;
use entity::external::naming::{self, NamingRefusal};
use entity::id::{ActionItemId, ExternalLinkId, SubmissionId};
use sea_orm::ConnectionTrait;
use serde::Serialize;

use super::policy;
use super::query::{self, Put};
use crate::implementation::ground::{Ground, Subject};
use crate::implementation::policy::View;
use crate::implementation::query as implementation;
use crate::kit::actor::Principal;
use crate::kit::error::{Code, Error, OrNotFound as _, Refusal, Result};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};
use crate::submissions::query as submissions;
use crate::submissions::standing::standing;
use crate::triage::causes::query as causes;

/// Most links of one thing.
pub const MOST_LINKS: u64 = 20;

/// What a link hangs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkedTo {
    /// A submission.
    Submission(SubmissionId),
    /// An item of a plan.
    Item(ActionItemId),
}

impl LinkedTo {
    /// What a link hangs on; its row names one of the two.
    #[must_use]
    pub fn of(row: &Model) -> Option<Self> {
        row.submission_id.map(Self::Submission).or(row.item_id.map(Self::Item))
    }

    fn submission(self) -> Option<SubmissionId> {
        match self {
            Self::Submission(id) => Some(id),
            Self::Item(_) => None,
        }
    }

    fn item(self) -> Option<ActionItemId> {
        match self {
            Self::Submission(_) => None,
            Self::Item(id) => Some(id),
        }
    }
}

/// A link to set: as it is to stand, whatever stood there.
#[derive(Clone, Debug)]
pub struct SetLink {
    /// On what.
    pub to: LinkedTo,
    /// Which system.
    pub system: String,
    /// What it is called there.
    pub key: String,
    /// Where it is seen there.
    pub url: Option<String>,
    /// How far it is there.
    pub state: Option<String>,
    /// The version that was read; then it must be there.
    pub expected_version: Option<i32>,
}

/// What is written in a link.
struct Written {
    system: String,
    key: String,
    url: Option<String>,
    state: Option<String>,
}

impl Written {
    fn of(cmd: &SetLink) -> Result<Self> {
        let state = cmd.state.as_deref().map(naming::state).transpose()?;
        let url = cmd.url.as_deref().map(naming::url).transpose();
        Ok(Self {
            system: naming::system(&cmd.system).map_err(misnamed)?,
            key: naming::key(&cmd.key).map_err(misnamed)?,
            url: url.map_err(misnamed)?,
            state,
        })
    }
}

fn misnamed(refusal: NamingRefusal) -> Error {
    let code = match &refusal {
        NamingRefusal::Empty { .. } => Code::Required,
        NamingRefusal::TooLong { .. } => Code::TooLong,
        NamingRefusal::Malformed { .. } => Code::Invalid,
    };
    Refusal::new(code, refusal.field(), refusal.to_string()).into()
}

/// Ids of `link.set` and `link.removed`.
#[derive(Serialize)]
struct LinkData {
    link: ExternalLinkId,
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<ActionItemId>,
}

/// "In the other system it is called so": sets a link, as it is to stand. The same once more changes
/// nothing and states nothing.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN; NOT_FOUND at `subjectId`; REQUIRED, TOO_LONG or INVALID naming the field;
/// TAKEN at `key` when something else is called so; STALE_VERSION.
pub async fn set(scope: &Scope, cmd: SetLink) -> Result<Model> {
    policy::may_link(&scope.actor)?;
    let written = Written::of(&cmd)?;
    let mut tx = scope.begin().await?;
    let about = open(&tx, scope, (cmd.to, "subjectId")).await?;
    let fresh = fresh(scope, cmd.to, &written);
    let link = match query::called_locked(&tx, &written.system, &written.key).await? {
        Some(found) => Some(found),
        None if cmd.expected_version.is_some() => return Err(Refusal::stale(0).into()),
        None => {
            room_for_one_more(&tx, cmd.to).await?;
            match query::put(&tx, fresh.clone()).await? {
                Put::Fresh => None,
                // Somebody else was quicker: what they set stands, as if it had stood before.
                Put::There => query::called_locked(&tx, &written.system, &written.key)
                    .await?
                    .or_else_gone()?,
            }
        }
    };
    let Some(found) = link else {
        tx.state(fact("link.set", about, &fresh));
        return tx.commit(fresh).await;
    };
    match changed(scope, (&cmd, &written), found.clone())? {
        None => tx.commit(found).await,
        Some(now) => {
            query::store(&tx, &now).await?;
            tx.state(fact("link.set", about, &now));
            tx.commit(now).await
        }
    }
}

/// It was there a moment ago.
trait OrElseGone {
    fn or_else_gone(self) -> Result<Option<Model>>;
}

impl OrElseGone for Option<Model> {
    fn or_else_gone(self) -> Result<Option<Model>> {
        match self {
            Some(found) => Ok(Some(found)),
            None => Err(Refusal::new(
                Code::Conflict,
                "key",
                "Somebody set and removed this link at the same moment. Nothing was done: send it again.",
            )
            .into()),
        }
    }
}

fn fresh(scope: &Scope, to: LinkedTo, written: &Written) -> Model {
    Model {
        id: ExternalLinkId(scope.fresh_id()),
        submission_id: to.submission(),
        item_id: to.item(),
        system: written.system.clone(),
        key: written.key.clone(),
        url: written.url.clone(),
        state: written.state.clone(),
        service_id: service(scope),
        created_at: scope.now,
        updated_at: scope.now,
        version: 1,
    }
}

fn service(scope: &Scope) -> Option<entity::id::ServiceId> {
    match scope.actor.principal {
        Principal::Service(id) => Some(id),
        _ => None,
    }
}

/// A link that was there, as it is to stand; none when it stands so already.
fn changed(
    scope: &Scope,
    (cmd, written): (&SetLink, &Written),
    found: Model,
) -> Result<Option<Model>> {
    if LinkedTo::of(&found) != Some(cmd.to) {
        let message = format!(
            "Something else is called {} in {} already. Remove that link first, or send another key.",
            written.key, written.system
        );
        return Err(Refusal::new(Code::Taken, "key", message).into());
    }
    policy::may_change(&scope.actor, &found)?;
    if cmd.expected_version.is_some_and(|expected| expected != found.version) {
        return Err(Refusal::stale(found.version).into());
    }
    if (&found.url, &found.state) == (&written.url, &written.state) {
        return Ok(None);
    }
    Ok(Some(Model {
        url: written.url.clone(),
        state: written.state.clone(),
        service_id: service(scope),
        updated_at: scope.now,
        version: found.version + 1,
        ..found
    }))
}

async fn room_for_one_more(tx: &Tx, to: LinkedTo) -> Result<()> {
    if query::count(tx, to).await? < MOST_LINKS {
        return Ok(());
    }
    let message =
        format!("It has {MOST_LINKS} links already. Remove one that is not needed first.");
    Err(Refusal::new(Code::Invalid, "subjectId", message).into())
}

/// "It is not called that any more": removes a link.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN; NOT_FOUND; STALE_VERSION.
pub async fn remove(scope: &Scope, (id, expected): (ExternalLinkId, Option<i32>)) -> Result<Model> {
    policy::may_link(&scope.actor)?;
    let mut tx = scope.begin().await?;
    let link = query::one(&tx, id).await?.or_not_found("id")?;
    let to = LinkedTo::of(&link).or_not_found("id")?;
    // A link that is not shown to somebody is not there for them.
    let about = open(&tx, scope, (to, "id")).await.map_err(|refused| match refused {
        Error::Refusal(refusal) if refusal.code == Code::Forbidden => {
            Refusal::not_found("id").into()
        }
        other => other,
    })?;
    // As it stands under the lock.
    let link = query::one(&tx, id).await?.or_not_found("id")?;
    policy::may_change(&scope.actor, &link)?;
    if expected.is_some_and(|expected| expected != link.version) {
        return Err(Refusal::stale(link.version).into());
    }
    if !query::remove(&tx, id).await? {
        return Err(Refusal::not_found("id").into());
    }
    tx.state(fact("link.removed", about, &link));
    tx.commit(link).await
}

fn fact(kind: &'static str, about: Subject, link: &Model) -> NewFact {
    let data = LinkData { link: link.id, item: link.item_id };
    NewFact::new(kind, about.named(), &data).internal()
}

/// What a link is to hang on, through its door and under its lock, if the asker may keep links of it;
/// answers what the fact is about.
async fn open(tx: &Tx, scope: &Scope, (to, field): (LinkedTo, &str)) -> Result<Subject> {
    match to {
        LinkedTo::Submission(id) => {
            let row = submissions::locked(tx, &scope.actor, id).await?.or_not_found(field)?;
            let standing = standing(tx, &scope.actor, &row).await?;
            policy::may_keep_for(&scope.actor, standing)?;
            Ok(Subject::Submission(id))
        }
        LinkedTo::Item(id) => open_item(tx, scope, (id, field)).await,
    }
}

async fn open_item(tx: &Tx, scope: &Scope, (id, field): (ActionItemId, &str)) -> Result<Subject> {
    let subject = about(tx, id).await?.or_not_found(field)?;
    if scope.actor.person().is_none() {
        // An integration was given the id by somebody who plans: it needs to read what it is for.
        let reads = match subject {
            Subject::Submission(id) => submissions::locked(tx, &scope.actor, id).await?.is_some(),
            Subject::Cause(id) => causes::locked(tx, &scope.actor, id).await?.is_some(),
            Subject::Adoption(_) => false,
        };
        return if reads { Ok(subject) } else { Err(Refusal::not_found(field).into()) };
    }
    let ground = Ground::open_at(tx, scope, (subject, field)).await?;
    let item = implementation::item(tx, id).await?.or_not_found(field)?;
    let items = implementation::items_of(tx, &[item.plan_id]).await?;
    let ground = ground.with_items(&scope.actor, &items);
    if ground.view() != View::Whole {
        return Err(Refusal::not_found(field).into());
    }
    policy::may_keep_for_item(&scope.actor, ground.ties)?;
    Ok(subject)
}

/// What the plan of an item is about.
async fn about<C: ConnectionTrait>(conn: &C, id: ActionItemId) -> Result<Option<Subject>> {
    let Some(item) = implementation::item(conn, id).await? else { return Ok(None) };
    let plan = implementation::plan(conn, item.plan_id).await?;
    Ok(plan.as_ref().and_then(Subject::of_plan))
}
