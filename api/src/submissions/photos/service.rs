//! What people do with photos: announce one, send its bytes, look at it.

use std::time::Duration;

use entity::id::{AttachmentId, SubmissionId};
use entity::instant::Instant;
use entity::submissions::attachment;
use entity::submissions::text::{Limit, bounded, clean};
use entity::submissions::values::AttachmentState;
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::Set;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;

use super::address::{Purpose, Ticket};
use super::query::{self, Kept};
use super::{files, policy};
use crate::identity;
use crate::kit::actor::Actor;
use crate::kit::client_key::{self, Claim, ClientKey};
use crate::kit::error::{Code, Error, Fault, OrNotFound, Refusal, Result};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};
use crate::kit::secret;
use crate::submissions::picture::{self, Picture, PictureLimits, PictureRefusal};
use crate::submissions::query::locked;
use crate::submissions::standing::standing;

/// How many pictures of this process are decoded at once: each may take hundreds of MB for a
/// moment.
static DECODING: Semaphore = Semaphore::const_new(2);
/// How long an upload waits for its turn.
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// A photo that somebody is about to send.
#[derive(Clone, Debug)]
pub struct NewPhoto {
    /// To what it belongs.
    pub submission: SubmissionId,
    /// Its name on the sender's device, for people.
    pub file_name: Option<String>,
    /// Makes a repeated announcement the same photo.
    pub client_key: Option<String>,
}

/// An announced photo.
#[derive(Clone, Debug)]
pub struct Announced {
    /// The photo.
    pub photo: attachment::Model,
    /// Where its bytes go and until when; `None` when they are there already.
    pub upload: Option<Upload>,
    /// Whether the same announcement was received before.
    pub already_received: bool,
}

/// Where to send the bytes of a photo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Address for one PUT.
    pub url: String,
    /// From then on it is not there any more.
    pub expires_at: Instant,
}

#[derive(Serialize)]
struct Added {
    attachment: AttachmentId,
}

/// "I have a photo of it." Announces a photo and hands out a signed address for its bytes, which
/// holds for 15 minutes. Announcing again with the same client key renews the address.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, TOO_LATE, INVALID, TOO_LONG, IDEMPOTENCY_KEY_REUSED.
pub async fn create(scope: &Scope, new: NewPhoto) -> Result<Announced> {
    scope.actor.require_person()?;
    let file_name = file_name(new.file_name.as_deref())?;
    let body = ("attachmentCreate", new.submission, &file_name);
    let key = ClientKey::of(new.client_key.as_deref(), &body)?;
    let tx = scope.begin().await?;
    let submission =
        locked(&tx, &scope.actor, new.submission).await?.or_not_found("submissionId")?;
    let stands = standing(&tx, &scope.actor, &submission).await?;
    policy::may_add(stands, &submission, scope.now)?;
    let id = AttachmentId(scope.fresh_id());
    let announced = match client_key::claim(&tx, scope, key.as_ref(), &id.to_string()).await? {
        Claim::Fresh => announce(&tx, scope, Place { id, of: submission.id, file_name }).await?,
        Claim::Received(first) => announce_again(&tx, scope, &first).await?,
    };
    tx.commit_silently(announced).await
}

/// A row about to be written.
struct Place {
    id: AttachmentId,
    of: SubmissionId,
    file_name: Option<String>,
}

async fn announce(tx: &Tx, scope: &Scope, place: Place) -> Result<Announced> {
    policy::has_room(query::others(tx, place.of, place.id, scope.now).await?)?;
    let ticket = Ticket::fresh(place.id, Purpose::Upload, scope.now);
    let photo = attachment::ActiveModel {
        id: Set(place.id),
        submission_id: Set(place.of),
        state: Set(AttachmentState::Awaited),
        file_name: Set(place.file_name),
        content_type: Set(None),
        byte_size: Set(None),
        width: Set(None),
        height: Set(None),
        digest: Set(None),
        created_by: Set(scope.actor.person()),
        created_at: Set(scope.now),
        expires_at: Set(ticket.ends_at),
        ready_at: Set(None),
    }
    .insert(tx)
    .await?;
    Ok(Announced { photo, upload: Some(upload(scope, ticket)), already_received: false })
}

/// A phone that lost the answer, or the signal for longer than the address held, asks again.
async fn announce_again(tx: &Tx, scope: &Scope, first: &str) -> Result<Announced> {
    let id: AttachmentId = first.parse().map_err(|_| Refusal::not_found("clientKey"))?;
    let photo = query::vouched(tx, id).await?.or_not_found("clientKey")?;
    if photo.state == AttachmentState::Ready {
        return Ok(Announced { photo, upload: None, already_received: true });
    }
    policy::has_room(query::others(tx, photo.submission_id, id, scope.now).await?)?;
    let ticket = Ticket::fresh(id, Purpose::Upload, scope.now);
    query::renew(tx, id, ticket.ends_at).await?;
    let photo = attachment::Model { expires_at: ticket.ends_at, ..photo };
    Ok(Announced { photo, upload: Some(upload(scope, ticket)), already_received: true })
}

fn upload(scope: &Scope, ticket: Ticket) -> Upload {
    let house = &scope.house;
    Upload {
        url: ticket.address(&house.config.public_url, &house.keys, Purpose::Upload),
        expires_at: ticket.ends_at,
    }
}

/// The name without folders; nothing readable is no name.
fn file_name(given: Option<&str>) -> Result<Option<String>> {
    let Some(given) = given else { return Ok(None) };
    let last = given.rsplit(['/', '\\']).next().unwrap_or(given);
    if clean(last).is_blank() {
        return Ok(None);
    }
    Ok(Some(bounded(last, Limit::NAME.called("fileName"))?))
}

/// The photo whose bytes are expected at the address that ends in `sealed`.
///
/// # Errors
/// NOT_FOUND: forged, over, or for nothing that is there; also when its sender has left.
pub async fn expected(scope: &Scope, sealed: &str) -> Result<attachment::Model> {
    let ticket = Ticket::open(sealed, Purpose::Upload, &scope.house.keys, scope.now);
    let ticket = ticket.or_not_found("address")?;
    query::vouched(&scope.db(), ticket.photo).await?.or_not_found("address")
}

/// Takes in the bytes of an announced photo: re-encodes them without any metadata, stores the file
/// and only then makes the photo ready. Sent twice, the first ones stay.
///
/// # Errors
/// TOO_LARGE, UNSUPPORTED_TYPE, REQUIRED or INVALID with the cure; the address holds for another
/// try. UNAVAILABLE when too many pictures are being taken in.
pub async fn receive(
    scope: &Scope,
    photo: attachment::Model,
    bytes: Vec<u8>,
) -> Result<attachment::Model> {
    if photo.state == AttachmentState::Ready {
        return Ok(photo);
    }
    let scope = as_its_sender(scope, &photo).await?;
    let kept = keep(&scope, photo.id, bytes).await?;
    let mut tx = scope.begin().await?;
    let photo = query::locked(&tx, &photo).await?.or_not_found("address")?;
    if photo.state == AttachmentState::Ready {
        return Ok(photo);
    }
    let photo = query::make_ready(&tx, photo, kept, scope.now).await?;
    let subject = ("submission", photo.submission_id.0);
    tx.state(NewFact::new("attachment.added", subject, &Added { attachment: photo.id }));
    tx.commit(photo).await
}

/// The address is the right; who used it is whoever announced the photo, unless they left since.
async fn as_its_sender(scope: &Scope, photo: &attachment::Model) -> Result<Scope> {
    let sender = photo.created_by.or_not_found("address")?;
    let person = identity::query::active_person(&scope.db(), sender).await?;
    let home = person.or_not_found("address")?.home_unit_id;
    Ok(scope.acting_as(Actor::of_person(sender, home, home)))
}

async fn keep(scope: &Scope, photo: AttachmentId, bytes: Vec<u8>) -> Result<Kept> {
    let turn = tokio::time::timeout(LONGEST_WAIT, DECODING.acquire()).await;
    let Ok(Ok(_turn)) = turn else { return Err(busy().into()) };
    let data_dir = scope.house.config.data_dir.clone();
    let work = move || {
        let picture = picture::accept(&bytes, &PictureLimits::default()).map_err(refused)?;
        drop(bytes);
        let kept = described(&picture);
        files::store(&files::place(&data_dir, photo, &kept.digest), &picture.bytes)?;
        Ok::<_, Error>(kept)
    };
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Fault::internal(format!("taking in a picture: {error}")))?
}

fn described(picture: &Picture) -> Kept {
    // Sizes are bounded by the limits of the gate, far below what these types hold.
    let pixels = |side: u32| i32::try_from(side).unwrap_or(i32::MAX);
    Kept {
        content_type: picture.content_type.mime(),
        byte_size: i64::try_from(picture.bytes.len()).unwrap_or(i64::MAX),
        width: pixels(picture.width),
        height: pixels(picture.height),
        digest: secret::hex(&Sha256::digest(&picture.bytes)),
    }
}

fn busy() -> Refusal {
    Refusal::new(
        Code::Unavailable,
        "file",
        "Many photos are arriving at this moment. Send it again in a minute; the address still holds.",
    )
}

/// The refusal of the gate in the words of the catalogue.
fn refused(refusal: PictureRefusal) -> Error {
    let code = match refusal {
        PictureRefusal::Empty => Code::Required,
        PictureRefusal::TooHeavy { .. }
        | PictureRefusal::TooManyPixels { .. }
        | PictureRefusal::TooLong { .. }
        | PictureRefusal::TooDeep { .. } => Code::TooLarge,
        PictureRefusal::Foreign(_) | PictureRefusal::NotAPicture => Code::UnsupportedType,
        PictureRefusal::Truncated | PictureRefusal::Damaged => Code::Invalid,
    };
    Refusal::new(code, "file", refusal.to_string()).into()
}

/// The address at which a photo can be read for ten minutes from now (a subscription's scope may be
/// older); `None` while its bytes are awaited.
/// Only for those who may read its submission.
#[must_use]
pub fn read_address(scope: &Scope, photo: &attachment::Model) -> Option<String> {
    if photo.state != AttachmentState::Ready {
        return None;
    }
    let house = &scope.house;
    let ticket = Ticket::fresh(photo.id, Purpose::Read, house.clock.now());
    Some(ticket.address(&house.config.public_url, &house.keys, Purpose::Read))
}

/// How somebody asks for a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// By the end of a signed address.
    Sealed(String),
    /// By its id, with the rights of the scope's actor.
    ById(AttachmentId),
}

/// A photo with its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The photo.
    pub photo: attachment::Model,
    /// The whole file.
    pub bytes: Vec<u8>,
}

/// Opens a photo for whoever holds a signed address or may read its submission.
///
/// # Errors
/// NOT_FOUND.
pub async fn open(scope: &Scope, asked: Asked) -> Result<Opened> {
    let found = match asked {
        Asked::Sealed(sealed) => {
            let ticket = Ticket::open(&sealed, Purpose::Read, &scope.house.keys, scope.now);
            query::vouched(&scope.db(), ticket.or_not_found("address")?.photo).await?
        }
        Asked::ById(id) => query::visible(&scope.db(), &scope.actor, id).await?,
    };
    let photo = found.or_not_found("address")?;
    let digest = photo.digest.as_deref().or_not_found("address")?;
    let path = files::place(&scope.house.config.data_dir, photo.id, digest);
    let bytes = tokio::task::spawn_blocking(move || files::read(&path))
        .await
        .map_err(|error| Fault::internal(format!("reading a picture: {error}")))??;
    Ok(Opened { photo, bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_has_no_folders_and_may_be_missing() {
        for (given, kept) in [
            (None, None),
            (Some("IMG_1.jpg"), Some("IMG_1.jpg")),
            (Some("C:\\photos\\x.png"), Some("x.png")),
            (Some("../../etc/passwd"), Some("passwd")),
            (Some("a/b/"), None),
            (Some("  "), None),
            (Some("a\u{202E}gpj.exe"), Some("agpj.exe")),
            (Some("two\nlines.jpg"), Some("two lines.jpg")),
        ] {
            assert_eq!(file_name(given).expect("taken").as_deref(), kept, "{given:?}");
        }
        assert!(file_name(Some(&"x".repeat(201))).is_err());
    }

    #[test]
    fn every_refusal_of_the_gate_has_its_code() {
        let code = |refusal| match refused(refusal) {
            Error::Refusal(refusal) => refusal.code,
            Error::Fault(fault) => fault.code,
        };
        assert_eq!(code(PictureRefusal::Truncated), Code::Invalid);
        assert_eq!(code(PictureRefusal::NotAPicture), Code::UnsupportedType);
        assert_eq!(code(PictureRefusal::TooHeavy { bytes: 2, max: 1 }), Code::TooLarge);
    }
}
