//! What befell some submissions and causes of the demo beside their lives: hand-overs to functions, splits,
//! causes that were merged, photos. Behind everything that they are about.

mod folded;
mod handed;
mod parted;
mod pictured;

use std::collections::HashMap;

use entity::id::SubmissionId;
use entity::submissions::{submission, tag};
use serde::Deserialize;

use super::content;
use super::lives::World;
use super::organisation::find;
use super::rows::Rows;
use super::seed::Seed;
use crate::kit::error::{Fault, Result};

/// What `further.json` says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Further {
    /// Causes beside those of the organisation.
    pub causes: Vec<content::Cause>,
    /// Roles beside those of the organisation: who reviews what functions are handed.
    pub grants: Vec<content::Grant>,
    /// Submissions that these things happened to, and those of the integration.
    pub submissions: Vec<content::Submission>,
    /// What was handed to a function.
    pub hand_overs: Vec<HandOver>,
    /// What was several things.
    pub splits: Vec<Split>,
    /// Causes that were one.
    pub merged_causes: Vec<MergedCause>,
    /// What reviewers call things; parts of a split take them along.
    pub tags: Vec<Tag>,
    /// What was photographed.
    pub photos: Vec<Photo>,
}

/// "This is for IT."
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandOver {
    /// Key of the submission.
    pub submission: String,
    /// Staff code of who handed it over.
    pub by: String,
    /// Code of the function.
    pub function: String,
    /// When.
    pub days_ago: u32,
    /// Staff code of who took it there; nobody yet when left out.
    #[serde(default)]
    pub taken_by: Option<String>,
    /// When.
    #[serde(default)]
    pub taken_days_ago: Option<u32>,
}

/// "These are several things." It happened as the step into UNDER_REVIEW was still held.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Split {
    /// Key of the submission.
    pub submission: String,
    /// Staff code of who split it.
    pub by: String,
    /// The parts; the first one stays.
    pub parts: Vec<Part>,
}

/// One topic.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its title; derived when left out.
    #[serde(default)]
    pub title: Option<String>,
    /// What of the text belongs to it.
    pub text: String,
}

/// "These two are one."
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MergedCause {
    /// Key of the one that went.
    pub cause: String,
    /// Key of the one that lives on.
    pub into: String,
    /// Staff code of who said so.
    pub by: String,
    /// When.
    pub days_ago: u32,
}

/// A tag with what bears it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tag {
    /// The word.
    pub tag: String,
    /// Keys of submissions.
    pub submissions: Vec<String>,
}

/// A photo, drawn: nobody's face, and no file to keep beside the binary.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Photo {
    /// Key of the submission.
    pub submission: String,
    /// Its name on the sender's device.
    pub name: String,
    /// Red, green and blue of its two colours.
    pub colours: [[u8; 3]; 2],
}

/// Fills `rows` with all of it.
///
/// # Errors
/// A fault when the file names what the demo does not define, or the law does not allow it.
pub(super) fn furnish(
    world: World<'_>,
    ids: &HashMap<String, SubmissionId>,
    seed: &mut Seed,
    rows: &mut Rows,
) -> Result<()> {
    let further = &world.content.further;
    for given in &further.hand_overs {
        handed::hand_over(world, (given, find(ids, &given.submission)?), rows)?;
    }
    for given in &further.splits {
        parted::split(world, (given, find(ids, &given.submission)?), seed, rows)?;
    }
    for given in &further.tags {
        for key in &given.submissions {
            let id = find(ids, key)?;
            let parts = rows.submissions.iter().filter(|row| row.split_from == Some(id));
            let bearers: Vec<_> = parts.map(|part| part.id).chain([id]).collect();
            let tagged = |submission_id| tag::Model { submission_id, tag: given.tag.clone() };
            rows.tags.extend(bearers.into_iter().map(tagged));
        }
    }
    for given in &further.merged_causes {
        folded::merge(world, given, seed, rows)?;
    }
    for given in &further.photos {
        pictured::add((given, find(ids, &given.submission)?), seed, rows)?;
    }
    Ok(())
}

/// The row of a submission, to be changed.
fn row_of(rows: &mut Rows, id: SubmissionId) -> Result<&mut submission::Model> {
    let row = rows.submissions.iter_mut().find(|row| row.id == id);
    Ok(row.ok_or_else(|| Fault::internal(format!("the demo has no {id}")))?)
}
