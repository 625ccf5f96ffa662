//! Photos: two colours with a line between them, taken in like any other picture.

use entity::id::{AttachmentId, SubmissionId};
use entity::instant::{Instant, MINUTE};
use entity::submissions::attachment;
use entity::submissions::submission;
use entity::submissions::values::AttachmentState;
use image::{ImageFormat, Rgb, RgbImage};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::super::rows::{Happening, Picture, Rows};
use super::super::seed::Seed;
use super::{Photo, row_of};
use crate::kit::error::{Fault, Result};
use crate::kit::fact::NewFact;
use crate::kit::secret;
use crate::submissions::picture::{self, PictureLimits};

const WIDTH: u32 = 360;
const HEIGHT: u32 = 240;
/// How long an address for an upload holds.
const HELD: i64 = 15 * MINUTE;

pub(super) fn add(
    (given, id): (&Photo, SubmissionId),
    seed: &mut Seed,
    rows: &mut Rows,
) -> Result<()> {
    let slope = u32::try_from(seed.between(20, 80)).unwrap_or(50);
    let picture = picture::accept(&drawn(given.colours, slope)?, &PictureLimits::default())
        .map_err(|refused| Fault::internal(format!("the demo's photo: {refused}")))?;
    let digest = secret::hex(&Sha256::digest(&picture.bytes));
    let row = row_of(rows, id)?;
    row.photo_count += 1;
    let photo = attachment::Model {
        content_type: Some(picture.content_type.mime().to_owned()),
        byte_size: i64::try_from(picture.bytes.len()).ok(),
        width: i32::try_from(picture.width).ok(),
        height: i32::try_from(picture.height).ok(),
        digest: Some(digest.clone()),
        ..announced(row, given, seed)
    };
    let data = json!({ "attachment": photo.id });
    let fact = NewFact::new("attachment.added", ("submission", id.0), &data);
    let at = photo.ready_at.unwrap_or(photo.created_at);
    rows.happenings.push(Happening::by(photo.created_by, at, fact));
    rows.pictures.push(Picture { photo: photo.id, digest, bytes: picture.bytes });
    rows.photos.push(photo);
    Ok(())
}

/// Its author adds it some minutes after sending.
fn announced(row: &submission::Model, given: &Photo, seed: &mut Seed) -> attachment::Model {
    let later = i64::from(row.photo_count);
    let at: Instant = row.created_at.plus(later * MINUTE);
    attachment::Model {
        id: AttachmentId(seed.id_at(at)),
        submission_id: row.id,
        state: AttachmentState::Ready,
        file_name: Some(given.name.clone()),
        content_type: None,
        byte_size: None,
        width: None,
        height: None,
        digest: None,
        created_by: row.author_id,
        created_at: at,
        expires_at: at.plus(HELD),
        ready_at: Some(at.plus(MINUTE / 2)),
    }
}

/// One colour above a slanting line, the other one below it.
fn drawn(colours: [[u8; 3]; 2], slope: u32) -> Result<Vec<u8>> {
    let [above, below] = colours.map(Rgb);
    let picture = RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        if y * 100 < x * slope / 2 + HEIGHT * 40 { above } else { below }
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture
        .write_to(&mut bytes, ImageFormat::Png)
        .map_err(|error| Fault::internal(format!("the demo's photo: {error}")))?;
    Ok(bytes.into_inner())
}
