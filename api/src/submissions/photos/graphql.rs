//! Surface of photos.

use async_graphql::{Context, Enum, ID, InputObject, Object};
use entity::submissions::attachment;

use super::service::{self, Announced, NewPhoto};
use crate::graphql::list::id_at;
use crate::graphql::payload::{Payload, scope, settle};
use crate::graphql::scalars::DateTime;
use crate::kit::error::Refusal;
use crate::user_errors;

user_errors!(AttachmentUserError, AttachmentErrorCode, "photos" {
    /// Not there, or not yours to see.
    NotFound,
    /// Neither its author nor at work on it.
    Forbidden,
    /// There are six already, or the client key is malformed.
    Invalid,
    /// The author's 24 hours are over, or it was taken back.
    TooLate,
    /// The file name is too long.
    TooLong,
    /// The client key was used with other content.
    IdempotencyKeyReused,
});

/// How far a photo is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::submissions::values::AttachmentState")]
pub enum PhotoState {
    /// Announced; its bytes are not there yet.
    Awaited,
    /// Re-encoded and stored.
    Ready,
}

/// A photo.
#[derive(Clone)]
pub struct Photo(pub attachment::Model);

/// A photo of what somebody saw. It is kept re-encoded, without place, time or device. Whoever
/// reads the submission reads its photos.
#[Object]
impl Photo {
    /// Opaque id. With a bearer token the photo is also at `/files/<id>`.
    async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// Its name on the sender's device, if it was told.
    async fn file_name(&self, ctx: &Context<'_>) -> Option<String> {
        self.0.file_name.as_deref().map(|name| crate::submissions::graphql::edges::told(ctx, name))
    }

    /// MIME type as kept: `image/jpeg` or `image/png`. Null while its bytes are awaited.
    async fn content_type(&self) -> Option<&str> {
        self.0.content_type.as_deref()
    }

    /// Size as kept, in bytes. Null while its bytes are awaited.
    async fn byte_size(&self) -> Option<i32> {
        self.0.byte_size.and_then(|size| i32::try_from(size).ok())
    }

    /// Width as kept, in pixels, at most 2,048. Null while its bytes are awaited.
    async fn width(&self) -> Option<i32> {
        self.0.width
    }

    /// Height as kept, in pixels, at most 2,048. Null while its bytes are awaited.
    async fn height(&self) -> Option<i32> {
        self.0.height
    }

    /// When it was announced.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// Where it can be fetched for ten minutes, by whoever holds this address. Ask again for a
    /// fresh one. Null while its bytes are awaited.
    async fn url(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<String>> {
        match scope(ctx) {
            Ok(scope) => service::read_address(scope, &self.0).map(Ok),
            Err(error) => Some(Err(error)),
        }
    }

    /// How far it is.
    async fn state(&self) -> PhotoState {
        self.0.state.into()
    }
}

/// Result of `attachmentCreate`.
#[derive(async_graphql::SimpleObject)]
pub struct AttachmentCreatePayload {
    /// The photo as announced.
    pub attachment: Option<Photo>,
    /// Send the bytes here by one HTTP PUT, without any further header. Null when they are there
    /// already.
    pub upload_url: Option<String>,
    /// Until when the address holds: 15 minutes. Announce again with the same client key for a
    /// fresh one.
    pub expires_at: Option<DateTime>,
    /// Whether the same announcement was received before.
    pub already_received: Option<bool>,
    /// What a person can mend; empty when it worked.
    pub user_errors: Vec<AttachmentUserError>,
}

impl AttachmentCreatePayload {
    fn of(announced: Announced) -> Self {
        let (upload_url, expires_at) = match announced.upload {
            Some(upload) => (Some(upload.url), Some(upload.expires_at.into())),
            None => (None, None),
        };
        Self {
            attachment: Some(Photo(announced.photo)),
            upload_url,
            expires_at,
            already_received: Some(announced.already_received),
            user_errors: Vec::new(),
        }
    }
}

impl Payload for AttachmentCreatePayload {
    fn refused(refusal: &Refusal) -> Option<Self> {
        let error = AttachmentUserError::of(refusal)?;
        Some(Self {
            attachment: None,
            upload_url: None,
            expires_at: None,
            already_received: None,
            user_errors: vec![error],
        })
    }
}

/// A photo is announced.
#[derive(Clone, Debug, InputObject)]
pub struct AttachmentCreateInput {
    /// To what it belongs.
    pub submission_id: ID,
    /// Its name on your device, at most 200 characters; folders are cut off.
    pub file_name: Option<String>,
    /// Your own name for this photo, for instance a UUID: sent again it makes no second photo.
    pub client_key: Option<String>,
}

/// Photos.
#[derive(Default)]
pub struct PhotoMutation;

#[Object]
impl PhotoMutation {
    /// Announces a photo and answers the address for its bytes: JPEG, PNG or WebP, at most 10 MiB
    /// and 40 megapixels. At most six photos a submission. Needs its author, for 24 hours after
    /// sending, or somebody who works on it. Codes: NOT_FOUND, FORBIDDEN, INVALID, TOO_LATE,
    /// TOO_LONG, IDEMPOTENCY_KEY_REUSED. The address answers a refusal as JSON with `field`,
    /// `code` and `message`.
    async fn attachment_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The photo.")] input: AttachmentCreateInput,
    ) -> Option<async_graphql::Result<AttachmentCreatePayload>> {
        let scope = match scope(ctx) {
            Ok(scope) => scope,
            Err(error) => return Some(Err(error)),
        };
        let result = match id_at(&input.submission_id, "submissionId") {
            Ok(submission) => {
                let AttachmentCreateInput { file_name, client_key, .. } = input;
                service::create(scope, NewPhoto { submission, file_name, client_key }).await
            }
            Err(refusal) => Err(refusal),
        };
        settle(result, AttachmentCreatePayload::of)
    }
}
