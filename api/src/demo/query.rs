//! The demo's own doors: whether a database is empty, emptying it, and filling it in bulk.
#![allow(clippy::disallowed_methods)] // a query.rs; the demo owns every row of its database

use std::collections::{HashMap, HashSet};

use entity::facts::fact;
use entity::id::{AttachmentId, CommentId, DecisionId, PersonId, ProgramId, SubmissionId};
use entity::identity::person;
use entity::instant::Instant;
use entity::jobs::cursor;
use entity::programs::program;
use entity::programs::values::Standard;
use entity::submissions::{attachment, submission};
use sea_orm::sea_query::{Alias, OnConflict, Query};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    Iterable, QueryFilter, QuerySelect,
};
use serde::Deserialize;

use super::rows::{Catalogue, Cause};
use crate::kit::error::{Fault, Result};
use crate::programs;

/// The setting that marks a database as one that holds the demo.
pub(super) const MARK: &str = programs::settings::DEMO;

/// Every table that the demo may fill or that may refer to what it fills; what refers comes first.
/// Left out: the server's key, the counter of references, and the record of schema changes.
pub(super) const TABLES: [&str; 89] = [
    "external_link",
    "mention",
    "redaction",
    "moderation",
    "report",
    "division_part",
    "division",
    "escalated",
    "clock",
    "calendar",
    "routing_rule",
    "rota_place",
    "rota",
    "absence",
    "load_limit",
    "reply_text",
    "reply_template",
    "decision_seen",
    "sustain_question",
    "resolution_told",
    "resolution_item",
    "resolution_text",
    "resolved_cause",
    "cause_resolution",
    "digest_line",
    "mail",
    "notification",
    "announcement_submission",
    "announcement_text",
    "announcement_unit",
    "announcement",
    "timed_work",
    "action_wait",
    "action_check",
    "action_item",
    "action_plan",
    "help",
    "trial",
    "outcome_confirmation",
    "outcome_figure",
    "outcome",
    "adoption",
    "hearing",
    "vote",
    "follow",
    "cause_merge_link",
    "cause_merge",
    "cause_edge",
    "cause_alias",
    "cause_closure",
    "link_before",
    "cause_link",
    "cause_why",
    "root_cause",
    "joining",
    "twin_span",
    "decision",
    "response",
    "comment",
    "attachment",
    "submission_tag",
    "submission_text",
    "search_document",
    "queue_view_default",
    "queue_view",
    "submission",
    "touchpoint",
    "journey",
    "refresh_token",
    "session",
    "known_device",
    "login_code",
    "guess",
    "device",
    "api_token",
    "role_grant",
    "service_principal",
    "person",
    "unit_closure",
    "org_unit",
    "client_key",
    "fact",
    "job",
    "reader_cursor",
    "label",
    "reason",
    "status",
    "program",
    "setting",
];

/// What a database holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    /// Nobody, and nothing that was sent; a catalogue at most.
    Nothing,
    /// The demo, of this version.
    Demo(String),
    /// Somebody's own data.
    Others,
}

/// The photos with their digests, which name their files.
///
/// # Errors
/// A fault of the database.
pub(super) async fn photos<C: ConnectionTrait>(
    conn: &C,
) -> Result<HashSet<(AttachmentId, String)>> {
    let ready = attachment::Entity::find()
        .select_only()
        .columns([attachment::Column::Id, attachment::Column::Digest])
        .filter(attachment::Column::Digest.is_not_null());
    let found: Vec<(AttachmentId, String)> = ready.into_tuple().all(conn).await?;
    Ok(found.into_iter().collect())
}

/// What this database holds.
///
/// # Errors
/// A fault of the database.
pub(super) async fn holds<C: ConnectionTrait>(conn: &C) -> Result<Holds> {
    if let Some(version) = programs::query::stored_setting(conn, MARK).await? {
        return Ok(Holds::Demo(version));
    }
    let somebody = person::Entity::find().limit(1).one(conn).await?.is_some();
    let something = submission::Entity::find().limit(1).one(conn).await?.is_some();
    Ok(if somebody || something { Holds::Others } else { Holds::Nothing })
}

/// Removes every row of [`TABLES`].
///
/// # Errors
/// A fault of the database.
pub(super) async fn empty<C: ConnectionTrait>(tx: &C) -> Result<()> {
    for table in TABLES {
        tx.execute(Query::delete().from_table(Alias::new(table))).await?;
    }
    Ok(())
}

/// Most values in one statement: SQLite takes 32,766, PostgreSQL 65,535.
const VALUES_AT_ONCE: usize = 30_000;

/// Inserts rows as they are, many at once, in the order given. A row may refer to a later one of
/// the same statement: both databases check references when the statement ends.
///
/// # Errors
/// A fault of the database.
pub(super) async fn insert<E, C>(tx: &C, rows: Vec<E::Model>) -> Result<()>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
    C: ConnectionTrait,
{
    let at_once = VALUES_AT_ONCE / E::Column::iter().count().max(1);
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let part = rows.by_ref().take(at_once).map(IntoActiveModel::into_active_model);
        E::insert_many(part.collect::<Vec<_>>()).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// The catalogue as the demo needs it.
///
/// # Errors
/// A fault when it was never laid.
pub(super) async fn catalogue<C: ConnectionTrait>(conn: &C) -> Result<Catalogue> {
    let statuses = programs::query::statuses(conn, &[]).await?;
    let reasons = programs::query::reasons(conn, &[]).await?;
    Ok(Catalogue {
        program: programs::query::default_program(conn).await?.id,
        statuses: statuses
            .into_iter()
            .filter(|status| status.standard == Standard::Default)
            .map(|status| (status.phase, status.id))
            .collect(),
        reasons: reasons.into_iter().map(|reason| (reason.code, reason.id)).collect(),
        hold: programs::query::settings(conn).await?.hold,
    })
}

/// Gives the standing programme its name.
///
/// # Errors
/// A fault of the database.
pub(super) async fn name_program<C: ConnectionTrait>(
    tx: &C,
    id: ProgramId,
    name: &str,
) -> Result<()> {
    let row =
        program::ActiveModel { id: Set(id), name: Set(name.to_owned()), ..Default::default() };
    row.update(tx).await?;
    Ok(())
}

/// The details of a fact that notifications come from.
#[derive(Deserialize)]
struct Details {
    decision: Option<DecisionId>,
    comment: Option<CommentId>,
}

/// A promised day has passed.
const LATE: &str = "promise.passed";

/// The numbers of the facts after `seq` that notifications come from.
///
/// # Errors
/// A fault of the database, or a fact that cannot be read.
pub(super) async fn numbers<C: ConnectionTrait>(conn: &C, seq: i64) -> Result<HashMap<Cause, i64>> {
    let facts = fact::Entity::find()
        .filter(fact::Column::Seq.gt(seq))
        .filter(fact::Column::Kind.is_in(["submission.announced", "comment.added", LATE]))
        .all(conn)
        .await?;
    let mut numbers = HashMap::with_capacity(facts.len());
    for fact in facts {
        if fact.kind == LATE {
            numbers.insert(Cause::Late(SubmissionId(fact.subject_id)), fact.seq);
            continue;
        }
        let details: Details = serde_json::from_str(&fact.data)
            .map_err(|error| Fault::internal(format!("fact {}: {error}", fact.seq)))?;
        numbers.extend(details.decision.map(|id| (Cause::Announced(id), fact.seq)));
        numbers.extend(details.comment.map(|id| (Cause::Commented(id), fact.seq)));
    }
    Ok(numbers)
}

/// Puts the cursor of a reader of the log at `seq`.
///
/// # Errors
/// A fault of the database.
pub(super) async fn put_cursor<C: ConnectionTrait>(
    tx: &C,
    reader: &str,
    (seq, now): (i64, Instant),
) -> Result<()> {
    let row =
        cursor::ActiveModel { reader: Set(reader.to_owned()), seq: Set(seq), updated_at: Set(now) };
    cursor::Entity::insert(row)
        .on_conflict(
            OnConflict::column(cursor::Column::Reader)
                .update_columns([cursor::Column::Seq, cursor::Column::UpdatedAt])
                .to_owned(),
        )
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// The person with this staff code.
///
/// # Errors
/// A fault of the database.
pub(super) async fn person<C: ConnectionTrait>(conn: &C, code: &str) -> Result<Option<PersonId>> {
    let found = person::Entity::find().filter(person::Column::StaffCode.eq(code)).one(conn).await?;
    Ok(found.map(|person| person.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::demo::{self, Loaded};
    use crate::kit::clock::Clock;
    use crate::kit::scope::{House, Scope};
    use sea_orm::{DbBackend, Statement};

    /// Not the demo's to empty.
    const LEFT: [&str; 4] = ["counter", "seaql_migrations", "server_key", "sqlite_sequence"];

    async fn scope(folder: &std::path::Path) -> Scope {
        let config = Config::load(None, |name| {
            (name == "EARSHOT_DATA_DIR").then(|| folder.display().to_string())
        });
        let now = Instant(1_772_442_000_000_000);
        let house = House::open(config.expect("defaults are sound"), Clock::manual(now)).await;
        Scope::system(house.expect("a fresh file opens"))
    }

    /// Every table with the number of its rows.
    async fn sizes(scope: &Scope) -> Vec<(String, i64)> {
        // The tables of the search index are the engine's own: triggers of `search_document` fill them.
        let sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'search_index%' ORDER BY name";
        let names = scope.db().query_all_raw(Statement::from_string(DbBackend::Sqlite, sql)).await;
        let mut sizes = Vec::new();
        for row in names.expect("a schema") {
            let name: String = row.try_get_by_index(0).expect("a name");
            let sql = format!("SELECT COUNT(*) FROM {name}");
            let count = Statement::from_string(DbBackend::Sqlite, sql);
            let count = scope.db().query_one_raw(count).await.expect("an answer").expect("a row");
            sizes.push((name, count.try_get_by_index(0).expect("a number")));
        }
        sizes
    }

    #[tokio::test]
    async fn a_reset_forgets_no_table() {
        let folder = tempfile::tempdir().expect("a folder");
        let scope = scope(folder.path()).await;
        let fresh = demo::ensure(&scope).await.expect("loaded");
        assert_eq!(fresh, Loaded::Fresh { units: 61, people: 200, submissions: 462 });
        let loaded = sizes(&scope).await;
        for (table, _) in &loaded {
            let table = table.as_str();
            assert!(TABLES.contains(&table) != LEFT.contains(&table), "{table}");
        }
        demo::sign_in_links(&scope).await.expect("links");
        demo::reset(&scope).await.expect("reset");
        assert_eq!(sizes(&scope).await, loaded);
    }

    #[tokio::test]
    async fn loading_takes_few_statements() {
        let folder = tempfile::tempdir().expect("a folder");
        let scope = scope(folder.path()).await;
        demo::ensure(&scope).await.expect("loaded");
        assert!(scope.statements() < 330, "{} statements", scope.statements());
    }
}
