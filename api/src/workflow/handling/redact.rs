//! Taking words out: wherever they stand on a submission they are overwritten, for good.
//!
//! Reached are all revisions of the words (those of all parts of a split, however often it was split,
//! too), comments and what stands of them on the twin or canonical one, responses, notes, plans, trials and
//! outcomes, links to other systems, names of photos, the search index, and mails that are not sent yet, to the
//! people of twins too. What was sent stays in other people's mailboxes. Facts hold no words, so the log needs
//! nothing; a link is not stated anew, `submission.redacted` says to read everything again.

use std::collections::HashSet;

use entity::id::{RedactionId, ResponseId, SubmissionId};
use entity::submissions::redaction::{Passages, Unfit};
use entity::submissions::text::Limit;
use entity::submissions::values::CommentVisibility;
use entity::submissions::{attachment, comment, submission, wording};
use entity::triage::{cause_link, cause_merge_link};
use entity::workflow::values::ModerationReason;
use entity::workflow::{moderation, redaction, report, response};
use sea_orm::ActiveModelTrait as _;
use sea_orm::IntoActiveModel as _;
use serde::Serialize;

use super::query::Deeds;
use super::{Aim, query, touched};
use crate::db::search;
use crate::jobs::post;
use crate::kit::error::{Code, OrNotFound as _, Refusal, Result};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};
use crate::submissions::query::{self as submissions, Inside};
use crate::workflow::case::Case;
use crate::workflow::policy;
use crate::workflow::reports::query as reports;
use crate::workflow::service::checked;

/// Words to take out.
#[derive(Clone, Debug)]
pub struct Redact {
    /// Out of what.
    pub aim: Aim,
    /// The passages, exactly as they are written.
    pub passages: Vec<String>,
    /// Why.
    pub reason: ModerationReason,
    /// More about it, for those who work on it. Not the words.
    pub note: Option<String>,
}

/// What was taken out.
#[derive(Clone, Debug)]
pub struct Redacted {
    /// The submission afterwards.
    pub submission: submission::Model,
    /// At how many places that the asker sees.
    pub places: usize,
}

const NOTE: Limit = Limit { field: "note", max: 500, ..Limit::TITLE };

#[derive(Serialize)]
struct RedactedData {
    redaction: RedactionId,
    reason: ModerationReason,
}

/// "These words must go": overwrites them everywhere. It cannot be undone.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, STALE_VERSION; REQUIRED, TOO_LONG or INVALID at `passages`, also when none
/// of them stands anywhere that the asker sees; TOO_LONG at `note`.
pub async fn redact(scope: &Scope, cmd: Redact) -> Result<Redacted> {
    scope.actor.require_person()?;
    let passages = Passages::of(&cmd.passages).map_err(unfit)?;
    let note = match cmd.note.filter(|note| !note.trim().is_empty()) {
        Some(note) => Some(checked(&note, NOTE)?),
        None => None,
    };
    let mut tx = scope.begin().await?;
    lock_reached(&tx, scope, &cmd.aim, &passages).await?;
    let case = Case::open(&mut tx, scope, cmd.aim.id).await?;
    policy::may_moderate(case.standing, case.letters_in_force(scope))?;
    case.expect(cmd.aim.expected_version)?;
    let inside = if case.standing.inside() { Inside::Yes } else { Inside::No };
    let texts = Texts::of(&tx, (&case.row, &passages)).await?;
    let places = texts.places(&passages, (&case.row, inside));
    if places == 0 {
        return Err(stands_nowhere().into());
    }
    texts.overwrite(&tx, scope, &passages).await?;
    let reached = texts.reached();
    post::forget_rendered(&tx, &reached).await?;
    let why = Why { reason: cmd.reason, note };
    let submission = state(&mut tx, scope, (case.row, reached), why).await?;
    let redacted = tx.commit(Redacted { submission, places }).await?;
    // What was overwritten may still stand in the log of the database. The words are gone for
    // every reader already, so a failure here is told to the operator alone.
    if let Err(error) = scope.house.database.empty_log().await {
        tracing::warn!(%error, "the log of the database could not be emptied after a redaction");
    }
    Ok(redacted)
}

/// Locks everything that will be written, in one order for all: kin that somebody decides on at this
/// moment waits for its turn. Only what the asker may read is looked at.
async fn lock_reached(tx: &Tx, scope: &Scope, aim: &Aim, out: &Passages) -> Result<()> {
    let row = submissions::one_readable(tx, &scope.actor, aim.id).await?.or_not_found("id")?;
    let texts = Texts::of(tx, (&row, out)).await?;
    query::lock_all(tx, &texts.reached()).await
}

fn unfit(unfit: Unfit) -> Refusal {
    let code = match unfit {
        Unfit::None => Code::Required,
        Unfit::TooLong => Code::TooLong,
        Unfit::TooMany | Unfit::TooShort => Code::Invalid,
    };
    Refusal::new(code, "passages", format!("{unfit}."))
}

fn stands_nowhere() -> Refusal {
    Refusal::new(
        Code::Invalid,
        "passages",
        "None of these passages stands there. Copy them exactly as they are written, capital letters included.",
    )
}

struct Why {
    reason: ModerationReason,
    note: Option<String>,
}

/// One redaction row and fact for each submission that was reached.
async fn state(
    tx: &mut Tx,
    scope: &Scope,
    (asked, reached): (submission::Model, Vec<SubmissionId>),
    why: Why,
) -> Result<submission::Model> {
    for submission in &reached {
        let id = RedactionId(scope.fresh_id());
        let made = redaction::Model {
            id,
            submission_id: *submission,
            reason: why.reason,
            note: why.note.clone(),
            done_by: scope.actor.person(),
            created_at: scope.now,
        };
        made.into_active_model().reset_all().insert(tx as &Tx).await?;
        let data = RedactedData { redaction: id, reason: why.reason };
        tx.state(NewFact::new("submission.redacted", ("submission", submission.0), &data));
    }
    query::touch(tx, &reached, scope.now).await?;
    Ok(touched(asked, scope))
}

/// Everything that people wrote on a submission, and the words of its kin.
struct Texts {
    family: Vec<submission::Model>,
    wordings: Vec<wording::Model>,
    comments: Vec<comment::Model>,
    copies: Vec<comment::Model>,
    responses: Vec<response::Model>,
    announced: HashSet<ResponseId>,
    links: Vec<cause_link::Model>,
    kept_links: Vec<cause_merge_link::Model>,
    photos: Vec<attachment::Model>,
    moderations: Vec<moderation::Model>,
    reports: Vec<report::Model>,
    deeds: Deeds,
}

impl Texts {
    async fn of(tx: &Tx, (row, out): (&submission::Model, &Passages)) -> Result<Self> {
        let family = query::family(tx, row).await?;
        let ids: Vec<_> = family.iter().map(|row| row.id).collect();
        let comments = query::comments(tx, row.id).await?;
        let said: Vec<comment::Model> =
            comments.iter().filter(|it| out.count(&it.body) > 0).cloned().collect();
        Ok(Self {
            wordings: query::wordings(tx, &ids).await?,
            copies: query::copies_of(tx, &said).await?,
            comments,
            responses: query::responses(tx, row.id).await?,
            announced: query::announced_responses(tx, row.id).await?.into_iter().collect(),
            links: query::noted_links(tx, row.id).await?,
            kept_links: query::noted_kept_links(tx, row.id).await?,
            photos: query::named_photos(tx, row.id).await?,
            moderations: query::noted_moderations(tx, row.id).await?,
            reports: reports::noted(tx, row.id).await?,
            deeds: Deeds::of(tx, (row.id, &ids)).await?,
            family,
        })
    }

    /// The submissions on which words are overwritten, by id.
    fn reached(&self) -> Vec<SubmissionId> {
        let copies = self.copies.iter().map(|it| it.submission_id);
        let mut ids: Vec<_> = self.family.iter().map(|row| row.id).chain(copies).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// At how many places that the asker sees. What a moderator does not see is overwritten too,
    /// but whether it was there is not told: that would be a way to ask for it.
    fn places(&self, out: &Passages, (row, inside): (&submission::Model, Inside)) -> usize {
        let all = inside == Inside::Yes;
        let own = self.wordings.iter().filter(|it| it.submission_id == row.id);
        let words = own.filter(|it| all || it.id == row.text_id).flat_map(|it| {
            [Some(&it.title), Some(&it.body), it.customer_words.as_ref()].into_iter().flatten()
        });
        let comments = self.comments.iter();
        let comments = comments
            .filter(|it| all || it.visibility == CommentVisibility::Public)
            .map(|it| &it.body);
        let responses = self.responses.iter();
        let responses =
            responses.filter(|it| all || self.announced.contains(&it.id)).map(|it| &it.body);
        let links = self.links.iter().filter(|_| all).filter_map(|it| it.note.as_ref());
        let moderations = self.moderations.iter().filter(|_| all).filter_map(|it| it.note.as_ref());
        let deeds = if all { self.deeds.places(out) } else { 0 };
        let photos = self.photos.iter().filter_map(|it| it.file_name.as_ref());
        words
            .chain(comments)
            .chain(responses)
            .chain(links)
            .chain(moderations)
            .chain(photos)
            .map(|text| out.count(text))
            .sum::<usize>()
            + deeds
    }

    async fn overwrite(&self, tx: &Tx, scope: &Scope, out: &Passages) -> Result<()> {
        for words in self.wordings.iter().filter_map(|words| without(words, out)) {
            let words = wording::Model { redacted_at: Some(scope.now), ..words };
            query::rewrite_words(tx, &words).await?;
            if self.family.iter().any(|row| row.text_id == words.id) {
                search::put_wording(tx, &words).await?;
            }
        }
        for it in self.comments.iter().chain(&self.copies) {
            if let Some((body, _)) = out.take_out(&it.body) {
                query::rewrite_comment(tx, (it.id, body, scope.now)).await?;
            }
        }
        for it in &self.responses {
            if let Some((body, _)) = out.take_out(&it.body) {
                query::rewrite_response(tx, (it.id, body, scope.now)).await?;
            }
        }
        self.deeds.overwrite(tx, (out, scope.now)).await?;
        self.overwrite_notes(tx, out).await
    }

    async fn overwrite_notes(&self, tx: &Tx, out: &Passages) -> Result<()> {
        let taken = |text: &Option<String>| text.as_deref().and_then(|text| out.take_out(text));
        for it in &self.links {
            if let Some((note, _)) = taken(&it.note) {
                query::rewrite_link(tx, (it.id, note)).await?;
            }
        }
        // What a merge of causes has put aside would come back with its undo.
        for it in &self.kept_links {
            if let Some((note, _)) = taken(&it.note) {
                query::rewrite_kept_link(tx, it, note).await?;
            }
        }
        for it in &self.photos {
            if let Some((name, _)) = taken(&it.file_name) {
                query::rename_photo(tx, (it.id, name)).await?;
            }
        }
        for it in &self.moderations {
            if let Some((note, _)) = taken(&it.note) {
                query::rewrite_moderation(tx, (it.id, note)).await?;
            }
        }
        for it in &self.reports {
            if let Some((note, _)) = taken(&it.note) {
                reports::rewrite(tx, (it.id, note)).await?;
            }
        }
        Ok(())
    }
}

/// One revision without the passages; none when none of them stands there.
fn without(words: &wording::Model, out: &Passages) -> Option<wording::Model> {
    let body = out.take_out(&words.body).map(|(body, _)| body);
    let after = body.as_deref().unwrap_or(&words.body);
    let title = out.take_out_of_title(&words.title, (&words.body, after));
    let quoted = words.customer_words.as_deref().and_then(|quoted| out.take_out(quoted));
    if body.is_none() && title.is_none() && quoted.is_none() {
        return None;
    }
    Some(wording::Model {
        title: title.unwrap_or_else(|| words.title.clone()),
        customer_words: quoted.map(|(quoted, _)| quoted).or_else(|| words.customer_words.clone()),
        body: body.unwrap_or_else(|| words.body.clone()),
        ..words.clone()
    })
}
