//! Opening the database: SQLite with one writer and several readers, or a PostgreSQL pool.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use migration::{Migrator, MigratorTrait};
use sea_orm::sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sea_orm::sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    QueryResult, SqliteTransactionMode, SqlxPostgresConnector, SqlxSqliteConnector, Statement,
    TransactionOptions, TransactionTrait,
};

use super::dialect::Dialect;
use crate::kit::error::{Code, Fault, Result};

/// SQLite older than this may corrupt a file when the WAL is reset (trust.md, measured fact 2).
const OLDEST_SQLITE: (u32, u32, u32) = (3, 51, 3);

/// How long one statement of a reader may take on SQLite; on PostgreSQL any statement. Dropping the
/// future that waits for it does not stop a statement.
const LONGEST_STATEMENT: Duration = Duration::from_secs(15);
/// Steps of SQLite's virtual machine between two looks at the clock: some hundred microseconds.
const STEPS: i32 = 10_000;

/// Which database to open.
#[derive(Clone, Debug)]
pub enum Place {
    /// An embedded file.
    Sqlite(PathBuf),
    /// `postgres://user@host/name`.
    Postgres(String),
}

impl Place {
    /// Whether a database can be there already: of a file it is known, of a server the connection tells.
    #[must_use]
    pub fn exists(&self) -> bool {
        match self {
            Self::Sqlite(file) => file.exists(),
            Self::Postgres(_) => true,
        }
    }
}

impl fmt::Display for Place {
    /// As an operator wrote it; the password is masked.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(file) => write!(f, "{}", file.display()),
            Self::Postgres(url) => f.write_str(&crate::config::masked(url)),
        }
    }
}

/// An open database. Cheap to clone.
#[derive(Clone)]
pub struct Database {
    writer: DatabaseConnection,
    reader: DatabaseConnection,
    backend: DbBackend,
}

/// Lets this connection work for [`LONGEST_STATEMENT`] from now on: a reader is taken from the pool
/// for each statement. The writer has no deadline: changes of the schema and imports take their time,
/// and a command must not end halfway for being slow.
async fn limited(connection: &mut SqliteConnection) -> Result<(), sea_orm::sqlx::Error> {
    let deadline = Instant::now() + LONGEST_STATEMENT;
    let mut handle = connection.lock_handle().await?;
    handle.set_progress_handler(STEPS, move || Instant::now() < deadline);
    Ok(())
}

/// How many statements have been sent; BEGIN and COMMIT are not counted.
#[derive(Clone, Debug, Default)]
pub struct Counter(Arc<AtomicU64>);

impl Counter {
    /// Statements so far.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn one_more(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A connection whose statements are counted: the one door for all SQL.
#[derive(Debug)]
pub struct Counted<C> {
    inner: C,
    counter: Counter,
}

/// The readers.
pub type Reader = Counted<DatabaseConnection>;
/// One transaction of the writer.
pub type Transaction = Counted<DatabaseTransaction>;

#[async_trait::async_trait]
impl<C: ConnectionTrait + Send> ConnectionTrait for Counted<C> {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.counter.one_more();
        self.inner.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.counter.one_more();
        self.inner.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.counter.one_more();
        self.inner.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.counter.one_more();
        self.inner.query_all_raw(statement).await
    }
}

impl Counted<DatabaseTransaction> {
    /// Commits; only `Ok` means that it is durable.
    ///
    /// # Errors
    /// Whatever the database says; then nothing happened.
    pub async fn commit(self) -> Result<(), DbErr> {
        self.inner.commit().await
    }
}

impl Database {
    /// Opens a database; does not migrate.
    ///
    /// # Errors
    /// A fault that names the place (never its password) and the cure.
    pub async fn open(place: &Place) -> Result<Self, Fault> {
        match place {
            Place::Sqlite(file) => Self::open_sqlite(file).await,
            Place::Postgres(url) => Self::open_postgres(url).await,
        }
    }

    async fn open_sqlite(file: &Path) -> Result<Self, Fault> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
            // What is taken out, or erased, is overwritten and not only unlinked.
            .pragma("secure_delete", "ON")
            .statement_cache_capacity(200);
        let refuse = |error: sea_orm::sqlx::Error| {
            Fault::internal(format!(
                "The database file {} cannot be opened: {error}. Check that the folder exists and may be written.",
                file.display()
            ))
        };
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(Duration::from_secs(30))
            .connect_with(options.clone())
            .await
            .map_err(refuse)?;
        let readers = SqlitePoolOptions::new()
            .max_connections(4)
            .acquire_timeout(Duration::from_secs(30))
            // A file does not go away; what looks whether it has would cost as much as the deadline.
            .test_before_acquire(false)
            .after_connect(|connection, _| Box::pin(limited(connection)))
            .before_acquire(|connection, _| {
                Box::pin(async move { limited(connection).await.map(|()| true) })
            })
            .connect_with(options.read_only(true).create_if_missing(false))
            .await
            .map_err(refuse)?;
        let database = Self {
            writer: SqlxSqliteConnector::from_sqlx_sqlite_pool(writer),
            reader: SqlxSqliteConnector::from_sqlx_sqlite_pool(readers),
            backend: DbBackend::Sqlite,
        };
        database.check_sqlite().await?;
        Ok(database)
    }

    /// Reads back what was asked for: a setting that did not take is a lost submission later.
    async fn check_sqlite(&self) -> Result<(), Fault> {
        let version: String = self.scalar("SELECT sqlite_version()").await?;
        let numbers: Vec<u32> = version.split('.').filter_map(|part| part.parse().ok()).collect();
        let found = (
            numbers.first().copied().unwrap_or(0),
            numbers.get(1).copied().unwrap_or(0),
            numbers.get(2).copied().unwrap_or(0),
        );
        if found < OLDEST_SQLITE {
            return Err(Fault::internal(format!(
                "SQLite {version} may corrupt its file when the WAL is reset; 3.51.3 or newer is needed."
            )));
        }
        for (pragma, wanted) in [
            ("synchronous", 2),
            ("foreign_keys", 1),
            ("busy_timeout", 10_000),
            ("secure_delete", 1),
        ] {
            let found: i64 = self.scalar(&format!("PRAGMA {pragma}")).await?;
            if found != wanted {
                return Err(Fault::internal(format!(
                    "SQLite: {pragma} is {found}, wanted {wanted}."
                )));
            }
        }
        let mode: String = self.scalar("PRAGMA journal_mode").await?;
        if mode != "wal" {
            return Err(Fault::internal(format!(
                "SQLite: journal mode is {mode}, not wal. Keep the data folder on a local disk, not on a network share."
            )));
        }
        Ok(())
    }

    async fn scalar<T: sea_orm::TryGetable>(&self, sql: &str) -> Result<T, Fault> {
        let row = self.writer.query_one_raw(Statement::from_string(self.backend, sql)).await?;
        let row = row.ok_or_else(|| Fault::internal(format!("no answer to {sql}")))?;
        Ok(row.try_get_by_index(0)?)
    }

    async fn open_postgres(url: &str) -> Result<Self, Fault> {
        let refuse = |what: String| {
            Fault::internal(format!(
                "PostgreSQL cannot be reached: {what}. Check DATABASE_URL (postgres://user:password@host:5432/name) and that the server runs."
            ))
        };
        let options = PgConnectOptions::from_str(url)
            .map_err(|error| refuse(error.to_string()))?
            .application_name("earshot")
            .options([
                ("statement_timeout", LONGEST_STATEMENT.as_millis().to_string()),
                ("lock_timeout", String::from("10000")),
            ]);
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        let pool = PgPoolOptions::new()
            .max_connections(u32::try_from(cores * 4).unwrap_or(8).max(4))
            .acquire_timeout(Duration::from_secs(10))
            .connect_with(options)
            .await
            .map_err(|error| refuse(error.to_string()))?;
        let connection = SqlxPostgresConnector::from_sqlx_postgres_pool(pool);
        Ok(Self { writer: connection.clone(), reader: connection, backend: DbBackend::Postgres })
    }

    /// Which database this is; only this room may act on it.
    #[must_use]
    pub fn backend(&self) -> DbBackend {
        self.backend
    }

    /// The words in which conditions are written for it.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        Dialect::of(self.backend)
    }

    /// Whether other processes may work on this database at the same time.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.backend == DbBackend::Postgres
    }

    /// A word for people: `sqlite` or `postgresql`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        if self.backend == DbBackend::Postgres { "postgresql" } else { "sqlite" }
    }

    /// The readers, counting into `counter`.
    #[must_use]
    pub fn read(&self, counter: &Counter) -> Reader {
        Counted { inner: self.reader.clone(), counter: counter.clone() }
    }

    /// Opens a write transaction. On SQLite it is IMMEDIATE and alone (docs/adr/0009).
    ///
    /// # Errors
    /// UNAVAILABLE when the writer does not come free in time.
    #[allow(clippy::disallowed_methods)]
    pub async fn begin(&self, counter: &Counter) -> Result<Transaction, Fault> {
        let options = TransactionOptions {
            sqlite_transaction_mode: (self.backend == DbBackend::Sqlite)
                .then_some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let inner = self.writer.begin_with_options(options).await?;
        Ok(Counted { inner, counter: counter.clone() })
    }

    /// Brings the schema up to date.
    ///
    /// # Errors
    /// A fault when the database is newer than this binary, or a change fails; then it is as before.
    pub async fn migrate(&self) -> Result<usize, Fault> {
        self.refuse_newer().await?;
        let before = self.applied().await?.len();
        Migrator::up(&self.writer, None).await?;
        Ok(self.applied().await?.len() - before)
    }

    /// Names of the changes that were applied.
    ///
    /// # Errors
    /// A fault when the database does not answer.
    pub async fn applied(&self) -> Result<Vec<String>, Fault> {
        Migrator::install(&self.writer).await?;
        let models = Migrator::get_migration_models(&self.writer).await?;
        Ok(models.into_iter().map(|model| model.version).collect())
    }

    /// Changes that this binary knows and the database does not have yet.
    ///
    /// # Errors
    /// A fault when the database does not answer.
    pub async fn pending(&self) -> Result<Vec<String>, Fault> {
        let applied = self.applied().await?;
        Ok(migration::known().into_iter().filter(|name| !applied.contains(name)).collect())
    }

    async fn refuse_newer(&self) -> Result<(), Fault> {
        let known = migration::known();
        match self.applied().await?.into_iter().find(|name| !known.contains(name)) {
            None => Ok(()),
            Some(name) => Err(Fault {
                code: Code::Internal,
                detail: format!(
                    "This database is newer than this binary: it has the change {name}. Start the newer binary; nothing was touched."
                ),
            }),
        }
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// UNAVAILABLE.
    pub async fn ping(&self) -> Result<(), Fault> {
        self.reader.execute_unprepared("SELECT 1").await?;
        Ok(())
    }

    /// Writes the log of SQLite back into the file and cuts it to nothing, so that bytes that were
    /// overwritten stand nowhere any more. PostgreSQL keeps its own log, and dead rows until they are
    /// vacuumed (docs/OPERATING.md).
    ///
    /// # Errors
    /// A fault when readers keep it busy.
    pub async fn empty_log(&self) -> Result<(), Fault> {
        if self.backend == DbBackend::Sqlite {
            let busy: i64 = self.scalar("PRAGMA wal_checkpoint(TRUNCATE)").await?;
            if busy != 0 {
                return Err(Fault::internal("readers kept the log of SQLite busy"));
            }
        }
        Ok(())
    }

    /// Closes every connection, writing back the WAL.
    pub async fn close(self) {
        let _ = self.reader.close().await;
        let _ = self.writer.close().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENDLESS: &str =
        "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c";
    const SHORT: &str = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 100000) SELECT count(*) FROM c";

    #[tokio::test]
    async fn a_reader_that_takes_too_long_is_broken_off() {
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .before_acquire(|connection, _| {
                Box::pin(async move { limited(connection).await.map(|()| true) })
            })
            .connect("sqlite::memory:")
            .await
            .expect("a pool");
        let reader = SqlxSqliteConnector::from_sqlx_sqlite_pool(pool.clone());
        // As `limited` does it, with less patience.
        let begun = Instant::now();
        let mut first = pool.acquire().await.expect("a connection");
        let deadline = Instant::now() + Duration::from_millis(200);
        first
            .lock_handle()
            .await
            .expect("a handle")
            .set_progress_handler(STEPS, move || Instant::now() < deadline);
        let endless = sea_orm::sqlx::query(ENDLESS).fetch_all(&mut *first).await;
        drop(first);
        let error =
            DbErr::Query(sea_orm::RuntimeErr::SqlxError(endless.expect_err("endless").into()));
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        assert_eq!(Fault::from(error).code, Code::Unavailable);
        // The next statement on the same connection has a deadline of its own.
        let short = Statement::from_string(DbBackend::Sqlite, SHORT);
        let row = reader.query_one_raw(short).await.expect("in time").expect("a row");
        assert_eq!(row.try_get_by_index::<i64>(0).expect("a number"), 100_000);
    }
}
