//! Comments: public ones by readers, internal ones by those who work on it.

use entity::id::{CommentId, PersonId, ServiceId, SubmissionId, TypedId as _};
use entity::identity::values::Role;
use entity::submissions::text::{Limit, bounded};
use entity::submissions::values::CommentVisibility;
use entity::submissions::{comment, submission};
use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _};
use serde::Serialize;

use super::Receipt;
use crate::clocks;
use crate::kit::actor::{ApiScope, Principal};
use crate::kit::client_key::{Claim, ClientKey, claim};
use crate::kit::error::{Fault, OrNotFound as _, Refusal, Result};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};
use crate::submissions::mentions::{self, Mentioning};
use crate::submissions::standing::standing;
use crate::submissions::{policy, query};

/// A comment to add.
#[derive(Clone, Debug, Serialize)]
pub struct NewComment {
    /// On what.
    pub submission: SubmissionId,
    /// The words.
    pub text: String,
    /// Who sees it.
    pub visibility: CommentVisibility,
    /// Who is to hear of it. (Left out of the digest of a client key when there are none, as before
    /// there were mentions.)
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<PersonId>,
}

/// A comment that was added.
#[derive(Clone, Debug)]
pub struct Commented {
    /// The comment.
    pub comment: comment::Model,
    /// What it is on, as it is now.
    pub submission: submission::Model,
    /// Now, or before.
    pub receipt: Receipt,
}

/// Which comment, and who sees it.
#[derive(Serialize)]
struct CommentData {
    comment: CommentId,
    visibility: CommentVisibility,
}

/// Adds a comment.
///
/// # Errors
/// NOT_FOUND at `submissionId`, FORBIDDEN, TOO_LATE; REQUIRED or TOO_LONG at `text`; INVALID at
/// `mentionIds`, naming who cannot be mentioned; IDEMPOTENCY_KEY_REUSED.
pub async fn comment(
    scope: &Scope,
    new: NewComment,
    client_key: Option<&str>,
) -> Result<Commented> {
    let (author, service) = writer(scope)?;
    let body = bounded(&new.text, Limit::COMMENT)?;
    let key = ClientKey::of(client_key, &new)?;
    let id = CommentId(scope.fresh_id());
    let mut tx = scope.begin().await?;
    let submission = query::locked(&tx, &scope.actor, new.submission).await?;
    let submission = submission.or_not_found("submissionId")?;
    if let Claim::Received(before) = claim(&tx, scope, key.as_ref(), &id.to_string()).await? {
        let before = CommentId::parse(&before)
            .map_err(|_| Fault::internal("a client key points at no comment"))?;
        let comment = query::comment(&tx, before).await?.or_not_found("clientKey")?;
        return tx.commit(Commented { comment, submission, receipt: Receipt::Already }).await;
    }
    let heard = checked(&tx, scope, (&submission, &new)).await?;
    let row = comment::Model {
        id,
        submission_id: submission.id,
        author_id: author,
        service_id: service,
        visibility: new.visibility,
        body,
        created_at: scope.now,
        redacted_at: None,
    };
    let comment = row.into_active_model().reset_all().insert(&tx).await?;
    query::count_comment(&tx, &comment).await?;
    let submission = match comment.visibility {
        CommentVisibility::Public => {
            submission::Model { comment_count: submission.comment_count + 1, ..submission }
        }
        CommentVisibility::Internal => submission,
    };
    let submission = answered(&tx, scope, (submission, &comment)).await?;
    mentions::query::write(&tx, comment.id, &heard).await?;
    tx.state(comment_fact(&comment));
    if !heard.is_empty() {
        tx.state(mentioned_fact(&comment, heard));
    }
    tx.commit(Commented { comment, submission, receipt: Receipt::Fresh }).await
}

/// A public comment by a reviewer, never by the author, is an answer: the first one stops a clock.
async fn answered(
    tx: &Tx,
    scope: &Scope,
    (mut submission, comment): (submission::Model, &comment::Model),
) -> Result<submission::Model> {
    let may_be = comment.visibility == CommentVisibility::Public
        && scope.actor.holds(Role::Reviewer)
        && clocks::service::awaits_answer(tx, &submission).await?;
    if may_be && standing(tx, &scope.actor, &submission).await?.answers() {
        clocks::service::answered(tx, &mut submission, scope.now).await?;
    }
    Ok(submission)
}

/// Whether it may be written, and who will hear of it by name.
async fn checked(
    tx: &Tx,
    scope: &Scope,
    (submission, new): (&submission::Model, &NewComment),
) -> Result<Vec<PersonId>> {
    let visibility = new.visibility;
    if visibility == CommentVisibility::Public {
        policy::may_comment(submission)?;
        if new.mentions.is_empty() {
            return Ok(Vec::new());
        }
    }
    let standing = standing(tx, &scope.actor, submission).await?;
    if visibility == CommentVisibility::Internal {
        policy::may_add(submission)?;
        policy::may_comment_internally(standing)?;
    }
    let mentioning = Mentioning { submission, standing, visibility };
    mentions::heard(tx, scope, (&mentioning, &new.mentions)).await
}

/// In which comment, and who.
#[derive(Serialize)]
struct MentionedData {
    comment: CommentId,
    people: Vec<PersonId>,
}

/// The fact that people were mentioned: who they are is told inside alone.
fn mentioned_fact(comment: &comment::Model, people: Vec<PersonId>) -> NewFact {
    let data = MentionedData { comment: comment.id, people };
    NewFact::new("comment.mentioned", ("submission", comment.submission_id.0), &data).internal()
}

/// The fact that a comment was added; an internal one is told inside alone.
pub(crate) fn comment_fact(comment: &comment::Model) -> NewFact {
    let data = CommentData { comment: comment.id, visibility: comment.visibility };
    let fact = NewFact::new("comment.added", ("submission", comment.submission_id.0), &data);
    match comment.visibility {
        CommentVisibility::Public => fact,
        CommentVisibility::Internal => fact.internal(),
    }
}

fn writer(scope: &Scope) -> Result<(Option<PersonId>, Option<ServiceId>)> {
    match scope.actor.principal {
        Principal::Person(id) => Ok((Some(id), None)),
        Principal::Service(id) if scope.actor.has_scope(ApiScope::Submit) => Ok((None, Some(id))),
        Principal::Service(_) => Err(Refusal::forbidden("the scope submit").into()),
        Principal::Anonymous => Err(Refusal::unauthenticated().into()),
        Principal::System => Ok((None, None)),
    }
}
