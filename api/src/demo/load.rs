//! Writes the demo: everything in the caller's one transaction, in bulk.

use entity::announcing::{
    announcement, announcement_submission, announcement_text, announcement_unit,
};
use entity::clocks::{calendar, clock};
use entity::closing::{
    item as closed_item, resolution, resolution_text, resolved_cause, seen, sustained, told,
};
use entity::desk::{absence, rota, rota_place};
use entity::engagement::{follow, vote};
use entity::id::{AttachmentId, NotificationId};
use entity::identity::{grant, person, service, unit, unit_closure};
use entity::implementation::{
    adoption, check, confirmation, figure, help, item, outcome, plan, trial, wait,
};
use entity::instant::Instant;
use entity::journey::{journey, touchpoint};
use entity::notify::notification;
use entity::programs::{label, reason};
use entity::routing::rule;
use entity::submissions::phase::Phase;
use entity::submissions::{attachment, comment, joined, mention, submission, tag, wording};
use entity::triage::{
    cause, cause_alias, cause_link, cause_merge, cause_merge_link, queue_view, why,
};
use entity::workflow::{decision, reply, reply_text, report, response, split, split_part};

use super::content::Content;
use super::query::{self, insert};
use super::rows::{Cause, Happening, Notice, Picture, Rows, Told, WorkRows};
use super::seed::Seed;
use super::{Loaded, VERSION};
use crate::clocks::settings::{self, Switch};
use crate::db::{dialect, search};
use crate::kit::error::{Fault, Result};
use crate::kit::fact;
use crate::kit::scope::{Scope, Tx};
use crate::notify::reader;
use crate::programs;
use crate::programs::settings::PROGRAM_NAME;
use crate::reach;
use crate::routing;
use crate::submissions::joining;
use crate::submissions::photos::files;

/// Fills an empty database with the demo as of `now`.
///
/// # Errors
/// A fault of the database; the caller then drops the transaction, and nothing happened.
pub(super) async fn load(tx: &Tx, content: &Content, scope: &Scope) -> Result<Loaded> {
    let now = scope.now;
    programs::service::lay_catalogue(tx, now).await?;
    let catalogue = query::catalogue(tx).await?;
    let name = &content.organisation.program.name.en;
    query::name_program(tx, catalogue.program, name).await?;
    programs::query::set(tx, PROGRAM_NAME, name.clone(), now).await?;
    // Staff see by when they are answered. Nothing goes up the tree by mail: a demo mails nobody.
    programs::query::set(tx, settings::PROMISE, Switch::On.as_str().to_owned(), now).await?;
    programs::query::set(tx, query::MARK, VERSION.to_owned(), now).await?;
    let mut rows = Rows::of(content, catalogue, now)?;
    let loaded = Loaded::Fresh {
        units: rows.units.len(),
        people: rows.people.len(),
        submissions: rows.submissions.len(),
    };
    let numbered = rows.submissions.iter().filter(|row| row.author_id.is_some()).count();
    let last_reference = i64::try_from(numbered).unwrap_or(0);
    store(scope, std::mem::take(&mut rows.pictures)).await?;
    let happenings = std::mem::take(&mut rows.happenings);
    let notices = std::mem::take(&mut rows.notices);
    let told = std::mem::take(&mut rows.work.told);
    write(tx, rows).await?;
    reach::service::rebuild(tx).await?;
    dialect::set_last_reference(tx, last_reference).await?;
    tell(tx, (happenings, notices, told), now).await?;
    Ok(loaded)
}

/// Puts the files of photos into the data folder, before rows say that they are there.
async fn store(scope: &Scope, pictures: Vec<Picture>) -> Result<()> {
    let folder = scope.house.config.data_dir.clone();
    let work = move || {
        for picture in pictures {
            let place = files::place(&folder, picture.photo, &picture.digest);
            files::store(&place, &picture.bytes)?;
        }
        Ok::<_, Fault>(())
    };
    let stored = tokio::task::spawn_blocking(work).await;
    Ok(stored.map_err(|error| Fault::internal(format!("storing photos: {error}")))??)
}

/// Removes the files of photos that no row speaks of any more. Best effort: what stays is read by nobody.
pub(super) fn forget<'a>(scope: &Scope, photos: impl Iterator<Item = &'a (AttachmentId, String)>) {
    for (photo, digest) in photos {
        let _ = std::fs::remove_file(files::place(&scope.house.config.data_dir, *photo, digest));
    }
}

/// Every table; what is referred to comes first.
async fn write(tx: &Tx, rows: Rows) -> Result<()> {
    insert::<unit::Entity, _>(tx, rows.units).await?;
    insert::<unit_closure::Entity, _>(tx, rows.closure).await?;
    insert::<person::Entity, _>(tx, rows.people).await?;
    insert::<service::Entity, _>(tx, rows.services).await?;
    insert::<grant::Entity, _>(tx, rows.grants).await?;
    insert::<journey::Entity, _>(tx, rows.journeys).await?;
    insert::<touchpoint::Entity, _>(tx, rows.touchpoints).await?;
    insert::<reason::Entity, _>(tx, rows.reasons).await?;
    insert::<label::Entity, _>(tx, rows.labels).await?;
    insert::<cause::Entity, _>(tx, rows.causes).await?;
    insert::<why::Entity, _>(tx, rows.whys).await?;
    insert::<cause_alias::Entity, _>(tx, rows.aliases).await?;
    insert::<cause_merge::Entity, _>(tx, rows.merges).await?;
    let joinings = joinings(&rows.submissions);
    insert::<submission::Entity, _>(tx, rows.submissions).await?;
    insert::<wording::Entity, _>(tx, rows.texts).await?;
    insert::<attachment::Entity, _>(tx, rows.photos).await?;
    insert::<tag::Entity, _>(tx, rows.tags).await?;
    insert::<split::Entity, _>(tx, rows.splits).await?;
    insert::<split_part::Entity, _>(tx, rows.parts).await?;
    insert::<response::Entity, _>(tx, rows.responses).await?;
    insert::<decision::Entity, _>(tx, rows.decisions).await?;
    insert::<cause_link::Entity, _>(tx, rows.links).await?;
    insert::<cause_merge_link::Entity, _>(tx, rows.merged_links).await?;
    insert::<comment::Entity, _>(tx, rows.comments).await?;
    insert::<mention::Entity, _>(tx, rows.mentions).await?;
    insert::<report::Entity, _>(tx, rows.reports).await?;
    insert::<vote::Entity, _>(tx, rows.votes).await?;
    insert::<follow::Entity, _>(tx, rows.follows).await?;
    insert::<calendar::Entity, _>(tx, rows.calendars).await?;
    insert::<clock::Entity, _>(tx, rows.clocks).await?;
    insert::<reply::Entity, _>(tx, rows.replies).await?;
    insert::<reply_text::Entity, _>(tx, rows.reply_texts).await?;
    insert::<rota::Entity, _>(tx, rows.rotas).await?;
    insert::<rota_place::Entity, _>(tx, rows.rota_places).await?;
    insert::<absence::Entity, _>(tx, rows.absences).await?;
    insert::<rule::Entity, _>(tx, rows.rules).await?;
    insert::<queue_view::Entity, _>(tx, rows.views).await?;
    write_work(tx, rows.work).await?;
    joining::service::adopt(tx, joinings).await?;
    search::index_all(tx).await
}

/// What is done about what was sent, and how the loop was closed.
async fn write_work(tx: &Tx, rows: WorkRows) -> Result<()> {
    insert::<seen::Entity, _>(tx, rows.seen).await?;
    insert::<sustained::Entity, _>(tx, rows.questions).await?;
    insert::<resolution::Entity, _>(tx, rows.resolutions).await?;
    insert::<resolved_cause::Entity, _>(tx, rows.resolved_causes).await?;
    insert::<resolution_text::Entity, _>(tx, rows.resolution_texts).await?;
    insert::<closed_item::Entity, _>(tx, rows.closed_items).await?;
    insert::<plan::Entity, _>(tx, rows.plans).await?;
    insert::<item::Entity, _>(tx, rows.items).await?;
    insert::<check::Entity, _>(tx, rows.checks).await?;
    insert::<wait::Entity, _>(tx, rows.waits).await?;
    insert::<help::Entity, _>(tx, rows.helpers).await?;
    insert::<trial::Entity, _>(tx, rows.trials).await?;
    insert::<adoption::Entity, _>(tx, rows.adoptions).await?;
    insert::<outcome::Entity, _>(tx, rows.outcomes).await?;
    insert::<figure::Entity, _>(tx, rows.figures).await?;
    insert::<confirmation::Entity, _>(tx, rows.confirmations).await?;
    insert::<announcement::Entity, _>(tx, rows.announcements).await?;
    insert::<announcement_text::Entity, _>(tx, rows.announcement_texts).await?;
    insert::<announcement_unit::Entity, _>(tx, rows.announcement_units).await?;
    insert::<announcement_submission::Entity, _>(tx, rows.announcement_submissions).await
}

/// The announced joinings among what was sent.
fn joinings(submissions: &[submission::Model]) -> Vec<joined::Model> {
    let announced = submissions.iter().filter(|row| row.shown_phase == Phase::Merged);
    let edges = announced.filter_map(|row| {
        let into_id = row.merged_into?;
        Some(joined::Model { submission_id: row.id, into_id, since: row.entered_at })
    });
    edges.collect()
}

/// The past and the notifications that came of it. The reader that mails begins behind it, so that
/// loading mails nobody.
async fn tell(
    tx: &Tx,
    (happenings, notices, told): (Vec<Happening>, Vec<Notice>, Vec<Told>),
    now: Instant,
) -> Result<()> {
    let before = fact::head(tx).await?;
    let facts: Vec<_> = happenings.into_iter().map(|it| (it.fact, it.stated)).collect();
    fact::write_past(tx, &facts).await?;
    let numbers = query::numbers(tx, before).await?;
    let mut seed = Seed::fixed();
    let mut rows = Vec::with_capacity(notices.len());
    for notice in notices {
        let number = numbers.get(&notice.cause).copied();
        let number = number.ok_or_else(|| Fault::internal("a notification without its fact"))?;
        rows.push(notification(notice, number, &mut seed));
    }
    insert::<notification::Entity, _>(tx, rows).await?;
    let told: Vec<told::Model> = told
        .into_iter()
        .filter_map(|it| {
            let fact_seq = numbers.get(&Cause::Announced(it.decision)).copied()?;
            Some(told::Model {
                resolution_id: it.resolution,
                person_id: it.person,
                submission_id: it.submission,
                fact_seq,
            })
        })
        .collect();
    insert::<told::Entity, _>(tx, told).await?;
    let head = fact::head(tx).await?;
    query::put_cursor(tx, routing::query::READER, (head, now)).await?;
    query::put_cursor(tx, reader::READER, (head, now)).await
}

fn notification(notice: Notice, number: i64, seed: &mut Seed) -> notification::Model {
    notification::Model {
        id: NotificationId(seed.id_at(notice.at)),
        person_id: notice.person,
        submission_id: Some(notice.submission),
        kind: notice.kind,
        fact_seq: number,
        decision_id: notice.cause.decision(),
        comment_id: notice.cause.comment(),
        created_at: notice.at,
        read_at: notice.read_at,
        item_id: None,
        adoption_id: None,
        announcement_id: None,
    }
}
