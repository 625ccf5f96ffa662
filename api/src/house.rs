//! What one process holds: keys and bells, and how they are made at start.

use std::sync::Arc;

use sea_orm::{ConnectionTrait, Statement};
use tokio::sync::watch;

use crate::config::Config;
use crate::db::connect::{Counter, Database};
use crate::kit::clock::Clock;
use crate::kit::error::{Fault, Result};
use crate::kit::scope::{House, LookingAhead};
use crate::kit::secret;

/// Stack of the threads that carry requests and jobs, in bytes. The future of the widest mutation is
/// polled in one piece with all that may hang below it: without optimisation that takes a little more
/// than the usual 2 MiB (`authz` overflowed it). It is address space; only what is touched costs.
pub const WORKER_STACK: usize = 8 * 1024 * 1024;

/// Bells that ring after every commit. What they wake reads the database: a bell carries nothing.
#[derive(Clone, Debug)]
pub struct Wake(Arc<watch::Sender<u64>>);

impl Default for Wake {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }
}

impl Wake {
    /// Something was committed.
    pub fn ring(&self) {
        self.0.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// A listener that hears every later ring (several may be heard as one).
    #[must_use]
    pub fn listen(&self) -> watch::Receiver<u64> {
        self.0.subscribe()
    }
}

/// The secrets of this installation, all derived from one.
#[derive(Clone)]
pub struct Keys {
    root: Arc<[u8]>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(..)")
    }
}

impl Keys {
    /// Keys from at least 32 bytes of secret.
    #[must_use]
    pub fn new(root: &[u8]) -> Self {
        Self { root: root.into() }
    }

    /// A key of 32 bytes for one purpose; keys of two purposes tell nothing of each other.
    #[must_use]
    pub fn of(&self, purpose: &str) -> [u8; 32] {
        secret::hmac_sha256(&self.root, purpose)
    }
}

impl House {
    /// Opens the house: database, schema, keys. Does not seed and does not serve.
    ///
    /// # Errors
    /// A fault that an operator can act on.
    pub async fn open(config: Config, clock: Clock) -> Result<Arc<Self>, Fault> {
        let database = Database::open(&config.place()).await?;
        database.migrate().await?;
        let keys = load_keys(&config, &database, &clock).await?;
        Ok(Arc::new(Self {
            config,
            database,
            clock,
            keys,
            wake: Wake::default(),
            look_ahead: LookingAhead::default(),
        }))
    }
}

/// EARSHOT_SECRET wins; else the key made at first start: a file 0600 in the data folder on
/// SQLite, a row on PostgreSQL, where several processes share it.
async fn load_keys(config: &Config, database: &Database, clock: &Clock) -> Result<Keys, Fault> {
    if let Some(secret) = &config.secret {
        return Ok(Keys::new(secret.as_bytes()));
    }
    let text = if database.name() == "sqlite" {
        key_file(config)?
    } else {
        key_row(database, clock).await?
    };
    Ok(Keys::new(text.as_bytes()))
}

fn fresh_key() -> Result<String, Fault> {
    match secret::random::<32>() {
        Ok(bytes) => Ok(secret::hex(&bytes)),
        Err(error) => Err(Fault::internal(error.to_string())),
    }
}

fn key_file(config: &Config) -> Result<String, Fault> {
    let path = config.data_dir.join("secret.key");
    let broken = |error: std::io::Error| {
        Fault::internal(format!("The key file {} cannot be used: {error}.", path.display()))
    };
    if path.exists() {
        let text = std::fs::read_to_string(&path).map_err(broken)?.trim().to_owned();
        if text.len() < 32 {
            return Err(Fault::internal(format!(
                "The key file {} is damaged (shorter than 32 characters). Restore it from a backup, or remove it: then everybody must sign in again.",
                path.display()
            )));
        }
        return Ok(text);
    }
    let key = fresh_key()?;
    write_private(&path, &key).map_err(broken)?;
    Ok(key)
}

fn write_private(path: &std::path::Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

async fn key_row(database: &Database, clock: &Clock) -> Result<String, Fault> {
    let counter = Counter::default();
    let tx = database.begin(&counter).await?;
    let backend = tx.get_database_backend();
    tx.execute_raw(Statement::from_sql_and_values(
        backend,
        "INSERT INTO server_key (name, secret, created_at) VALUES ('root', $1, $2) ON CONFLICT (name) DO NOTHING",
        [fresh_key()?.into(), clock.now().micros().into()],
    ))
    .await?;
    let row = tx
        .query_one_raw(Statement::from_string(
            backend,
            "SELECT secret FROM server_key WHERE name = 'root'",
        ))
        .await?
        .ok_or_else(|| Fault::internal("the server key is gone"))?;
    let key = row.try_get_by_index(0)?;
    tx.commit().await?;
    Ok(key)
}
