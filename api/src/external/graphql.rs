//! Surface of links to other systems.

use async_graphql::dataloader::DataLoader;
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::external::external_link::Model;
use entity::id::{ActionItemId, ExternalLinkId, SubmissionId, TypedId as _};

use super::loader::{Links, LinksOf, LinksOfItem};
use super::service::{self, LinkedTo, SetLink};
use super::{policy, query};
use crate::graphql::list::id_at;
use crate::graphql::payload::settle;
use crate::graphql::scalars::DateTime;
use crate::kit::error::{Fault, Refusal, Result};
use crate::kit::scope::Scope;
use crate::submissions::graphql::edges;
use crate::submissions::graphql::row::Row;
use crate::submissions::query as submissions;
use crate::submissions::standing::standing;
use crate::{payload, user_errors};

user_errors! {
    ExternalLinkUserError, ExternalLinkErrorCode, "links to other systems" {
        /// Signed in, without the right.
        Forbidden,
        /// Not there, or not yours.
        NotFound,
        /// A value is missing.
        Required,
        /// A text is too long.
        TooLong,
        /// A value is not of the right form, or there are too many.
        Invalid,
        /// Something else is called so already.
        Taken,
        /// It changed since it was read.
        StaleVersion,
        /// Somebody else changed it at the same moment: send it again.
        Conflict,
    }
}

/// What something is called in another system.
#[derive(Clone, Debug, SimpleObject)]
pub struct ExternalLink {
    /// Opaque id.
    pub id: ID,
    /// Which system, for instance `jira`.
    pub system: String,
    /// What it is called there, for instance `OPS-142`.
    pub key: String,
    /// Where it is seen there: an address that begins with https:// or http://. Whoever set it chose
    /// it; nothing was fetched from it.
    pub url: Option<String>,
    /// How far it is there, in that system's own words.
    pub state: Option<String>,
    /// When it was set first.
    pub created_at: DateTime,
    /// Latest change.
    pub updated_at: DateTime,
    /// Counts up with every change.
    pub version: i32,
}

impl ExternalLink {
    /// A link as its reader sees it.
    fn of(ctx: &Context<'_>, row: Model) -> Self {
        Self {
            id: row.id.into(),
            system: row.system,
            key: row.key,
            url: row.url,
            state: row.state.map(|state| edges::told(ctx, &state)),
            created_at: row.created_at.into(),
            updated_at: row.updated_at.into(),
            version: row.version,
        }
    }
}

/// What something is called in another system.
#[derive(Clone, Debug, InputObject)]
pub struct ExternalLinkKey {
    /// Which system, for instance `jira`.
    pub system: String,
    /// What it is called there, for instance `OPS-142`; case counts.
    pub key: String,
}

/// A link to set, as it is to stand.
#[derive(InputObject)]
pub struct ExternalLinkSetInput {
    /// Id of the submission, or of the item of a plan.
    pub subject_id: ID,
    /// Which system: small letters, digits, dots, hyphens and underscores, at most 40, a letter first.
    pub system: String,
    /// What it is called there, as that system writes it: ASCII without blanks, at most 120 characters.
    pub key: String,
    /// Where it is seen there: https or http, ASCII, at most 2,000 characters; none when left out.
    pub url: Option<String>,
    /// How far it is there, at most 60 characters; none when left out.
    pub state: Option<String>,
    /// The version that you read; leave it out to set whatever stands there.
    pub expected_version: Option<i32>,
}

/// A link to remove.
#[derive(InputObject)]
pub struct ExternalLinkRemoveInput {
    /// Which.
    pub id: ID,
    /// The version that you read.
    pub expected_version: Option<i32>,
}

payload!(
    /// The result of `externalLinkSet`.
    ExternalLinkSetPayload, ExternalLinkUserError {
        /// The link as it stands.
        external_link: ExternalLink
    }
);
payload!(
    /// The result of `externalLinkRemove`.
    ExternalLinkRemovePayload, ExternalLinkUserError {
        /// The link that was removed.
        external_link: ExternalLink
    }
);

fn linked_to(id: &ID) -> Result<LinkedTo> {
    if let Ok(id) = SubmissionId::parse(&id.0) {
        return Ok(LinkedTo::Submission(id));
    }
    match ActionItemId::parse(&id.0) {
        Ok(id) => Ok(LinkedTo::Item(id)),
        Err(_) => Err(Refusal::not_found("subjectId").into()),
    }
}

fn asking<'a>(ctx: &Context<'a>) -> Result<&'a Scope> {
    Ok(ctx.data::<Scope>().map_err(|_| Fault::internal("no scope"))?)
}

async fn set(ctx: &Context<'_>, input: ExternalLinkSetInput) -> Result<Model> {
    let scope = asking(ctx)?;
    policy::may_link(&scope.actor)?;
    let ExternalLinkSetInput { subject_id, system, key, url, state, expected_version } = input;
    let to = linked_to(&subject_id)?;
    service::set(scope, SetLink { to, system, key, url, state, expected_version }).await
}

async fn remove(ctx: &Context<'_>, input: ExternalLinkRemoveInput) -> Result<Model> {
    let scope = asking(ctx)?;
    policy::may_link(&scope.actor)?;
    let id: ExternalLinkId = id_at(&input.id, "id")?;
    service::remove(scope, (id, input.expected_version)).await
}

/// The mutation fields.
#[derive(Default)]
pub struct ExternalMutation;

#[Object]
impl ExternalMutation {
    /// Says what a submission, or an item of a plan, is called in another system, as it is to stand:
    /// the same once more changes nothing, and with another address or state it is changed. A key of a
    /// system names one thing; at most 20 links hang on one. Needs REVIEWER over the submission (of an
    /// item: to plan what it is for), or an API token with the scopes content and external-links,
    /// within its units. A token changes what it set itself and what people set. Codes:
    /// UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, REQUIRED, TOO_LONG, INVALID, TAKEN, STALE_VERSION,
    /// CONFLICT.
    async fn external_link_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The link.")] input: ExternalLinkSetInput,
    ) -> Option<async_graphql::Result<ExternalLinkSetPayload>> {
        settle(set(ctx, input).await, |row| {
            ExternalLinkSetPayload::done(ExternalLink::of(ctx, row))
        })
    }

    /// Removes a link to another system; its key is free again. Needs what `externalLinkSet` needs.
    /// Codes: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, STALE_VERSION.
    async fn external_link_remove(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: ExternalLinkRemoveInput,
    ) -> Option<async_graphql::Result<ExternalLinkRemovePayload>> {
        settle(remove(ctx, input).await, |row| {
            ExternalLinkRemovePayload::done(ExternalLink::of(ctx, row))
        })
    }
}

/// The links of a submission, for those who work on it and for integrations that keep links. One
/// statement for a page.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn links(ctx: &Context<'_>, row: &Row) -> Result<Vec<ExternalLink>> {
    let standing = edges::standing(ctx, row).await?;
    if !policy::sees(&asking(ctx)?.actor, standing) {
        return Ok(Vec::new());
    }
    let found = row.page.links.get(batches(ctx)?.loader(), LinksOf(row.id)).await?;
    Ok(found.unwrap_or_default().into_iter().map(|row| ExternalLink::of(ctx, row)).collect())
}

/// The links of an item, for whoever sees the item.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn links_of_item(
    ctx: &Context<'_>,
    id: ActionItemId,
) -> Result<Vec<ExternalLink>> {
    let found = batches(ctx)?.load_one(LinksOfItem(id)).await?;
    Ok(found.unwrap_or_default().into_iter().map(|row| ExternalLink::of(ctx, row)).collect())
}

fn batches<'a>(ctx: &Context<'a>) -> Result<&'a DataLoader<Links>> {
    Ok(ctx.data().map_err(|_| Fault::internal("no batches of links"))?)
}

/// What is called so in another system.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn called(ctx: &Context<'_>, by: &ExternalLinkKey) -> Result<Option<LinkedTo>> {
    let db = asking(ctx)?.db();
    Ok(query::called(&db, &by.system, &by.key).await?.as_ref().and_then(LinkedTo::of))
}

/// The submission that is called so in another system, for those who see its links: to others it is
/// not there.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn submission_called(
    ctx: &Context<'_>,
    by: &ExternalLinkKey,
) -> Result<Option<entity::submissions::submission::Model>> {
    let scope = asking(ctx)?;
    let Some(LinkedTo::Submission(id)) = called(ctx, by).await? else { return Ok(None) };
    let db = scope.db();
    let Some(row) = submissions::one_readable(&db, &scope.actor, id).await? else {
        return Ok(None);
    };
    let standing = standing(&db, &scope.actor, &row).await?;
    Ok(policy::sees(&scope.actor, standing).then_some(row))
}
