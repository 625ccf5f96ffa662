//! One Earshot for one test: own database, own port, own clock, own mail server.

use std::future::Future;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use earshot::config::Config;
use earshot::db::connect::Database;
use earshot::http::server::{self, App};
use earshot::kit::clock::Clock;
use earshot::kit::scope::{House, Scope};
use entity::instant::Instant;
use sea_orm::ConnectionTrait;
use tokio::runtime::{Builder, Handle, Runtime};

use super::client::Client;
use super::mail::MailBox;
use super::people::Organisation;
use super::postgres::Cluster;

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    Sqlite,
    Postgres,
}

/// When every test begins: 2026-03-02T09:00:00Z, a Monday.
pub const START: Instant = Instant(1_772_442_000_000_000);

/// A running Earshot.
pub struct TestApp {
    pub on: On,
    pub house: Arc<House>,
    pub url: String,
    pub mails: MailBox,
    pub organisation: Organisation,
    pub runtime: Handle,
    http: reqwest::Client,
    stop: actix_web::dev::ServerHandle,
    _folder: tempfile::TempDir,
}

struct Templates {
    sqlite: PathBuf,
    organisation: Organisation,
    _folder: tempfile::TempDir,
}

static SQLITE: OnceLock<Templates> = OnceLock::new();
static POSTGRES: OnceLock<Option<(Cluster, Organisation)>> = OnceLock::new();
static NUMBER: AtomicU32 = AtomicU32::new(0);

/// Declares a test that runs on both databases.
#[macro_export]
macro_rules! on_both {
    ($($(#[$meta:meta])* async fn $name:ident($app:ident) $body:block)+) => {$(
        mod $name {
            #[allow(unused_imports)] // not every story names something of its own
            use super::*;

            $(#[$meta])*
            async fn story($app: &$crate::kit::app::TestApp) $body

            #[test]
            fn sqlite() {
                $crate::kit::app::run($crate::kit::app::On::Sqlite, async |app| story(app).await);
            }

            #[test]
            fn postgres() {
                $crate::kit::app::run($crate::kit::app::On::Postgres, async |app| story(app).await);
            }
        }
    )+};
}

/// Runs one story on a fresh app. The app refuses to end with work left over.
pub fn run(on: On, story: impl AsyncFnOnce(&TestApp)) {
    let Some(place) = fresh_database(on) else { return };
    let runtime = runtime();
    runtime.block_on(async {
        let app = TestApp::start(on, place, runtime.handle().clone()).await;
        story(&app).await;
        app.finish().await;
    });
}

fn runtime() -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(2)
        .thread_stack_size(earshot::house::WORKER_STACK)
        .enable_all()
        .build()
        .expect("a runtime")
}

/// A database with schema, catalogue and the small organisation, made once per run and copied.
struct Place {
    folder: tempfile::TempDir,
    database_url: Option<String>,
    organisation: Organisation,
    now: Instant,
}

fn fresh_database(on: On) -> Option<Place> {
    let folder = tempfile::tempdir().expect("a folder");
    match on {
        On::Sqlite => {
            let template = SQLITE.get_or_init(sqlite_template);
            std::fs::copy(&template.sqlite, folder.path().join("earshot.db")).expect("a copy");
            let organisation = template.organisation.clone();
            Some(Place { folder, database_url: None, organisation, now: START })
        }
        On::Postgres => {
            let (cluster, organisation) = POSTGRES.get_or_init(postgres_template).clone()?;
            let name =
                format!("earshot_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::SeqCst));
            administer(&cluster, &format!("CREATE DATABASE {name} TEMPLATE {}", template_name()));
            let database_url = Some(cluster.url(&name));
            Some(Place { folder, database_url, organisation, now: START })
        }
    }
}

/// Runs one story on a database that an earlier release has written, opened by this one at `now`.
pub fn run_released(
    on: On,
    (upgrade, now): (super::released::Upgrade, Instant),
    story: impl AsyncFnOnce(&TestApp),
) {
    let Some(place) = fresh_database(on) else { return };
    let place = Place { now, ..emptied(place) };
    let settings = config(place.folder.path(), place.database_url.as_deref(), None);
    apart(async move || super::released::write(&settings.place(), upgrade).await);
    let runtime = runtime();
    runtime.block_on(async {
        let app = TestApp::start(on, place, runtime.handle().clone()).await;
        story(&app).await;
        app.finish().await;
    });
}

/// The same place with nothing in it.
fn emptied(place: Place) -> Place {
    let Some(url) = place.database_url.clone() else {
        std::fs::remove_file(place.folder.path().join("earshot.db")).expect("the copy is there");
        return place;
    };
    apart(async move || {
        let database = sea_orm::Database::connect(url).await.expect("the cluster answers");
        database
            .execute_unprepared("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
            .await
            .expect("an empty schema");
        let _ = database.close().await;
    });
    place
}

fn template_name() -> String {
    format!("earshot_template_{}", std::process::id())
}

fn config(folder: &std::path::Path, database_url: Option<&str>, smtp: Option<&str>) -> Config {
    Config::load(None, |name| match name {
        "EARSHOT_LISTEN" => Some("127.0.0.1:0".into()),
        "EARSHOT_DATA_DIR" => Some(folder.display().to_string()),
        "DATABASE_URL" => database_url.map(str::to_owned),
        "SMTP_URL" => smtp.map(str::to_owned),
        "EARSHOT_PUBLIC_URL" => Some("https://earshot.example".into()),
        "EARSHOT_SECRET" => Some("a secret of the tests, 32 bytes long".into()),
        "EARSHOT_SHOW_STATEMENTS" => Some("true".into()),
        // Time stands still here: what is spent would never come back.
        "EARSHOT_BUDGET_SIGNED_IN" | "EARSHOT_BUDGET_ADDRESS" => Some("0".into()),
        _ => None,
    })
    .expect("a sound configuration")
}

/// Work with a runtime of its own, on a thread of its own: the caller may be inside a runtime.
fn apart<T: Send + 'static>(work: impl AsyncFnOnce() -> T + Send + 'static) -> T {
    std::thread::spawn(move || runtime().block_on(work())).join().expect("the template is made")
}

async fn furnish(config: Config) -> Organisation {
    let house = House::open(config, Clock::manual(START)).await.expect("a house");
    let scope = Scope::system(house.clone());
    earshot::programs::service::ensure_catalogue(&scope).await.expect("a catalogue");
    let organisation = Organisation::make(&scope).await;
    drop(scope);
    if let Ok(house) = Arc::try_unwrap(house) {
        house.database.close().await;
    }
    organisation
}

fn sqlite_template() -> Templates {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = config(folder.path(), None, None);
    let organisation = apart(async move || furnish(settings).await);
    Templates { sqlite: folder.path().join("earshot.db"), organisation, _folder: folder }
}

fn postgres_template() -> Option<(Cluster, Organisation)> {
    let cluster = Cluster::find()?;
    administer(&cluster, &format!("CREATE DATABASE {}", template_name()));
    let folder = tempfile::tempdir().expect("a folder");
    let settings = config(folder.path(), Some(&cluster.url(&template_name())), None);
    let organisation = apart(async move || furnish(settings).await);
    Some((cluster, organisation))
}

fn administer(cluster: &Cluster, sql: &str) {
    let (url, sql) = (cluster.admin().to_owned(), sql.to_owned());
    apart(async move || {
        let database = sea_orm::Database::connect(url).await.expect("the cluster answers");
        database.execute_unprepared(&sql).await.expect("administration works");
        let _ = database.close().await;
    });
}

impl TestApp {
    async fn start(on: On, place: Place, runtime: Handle) -> Self {
        let mails = MailBox::start().await;
        let smtp = super::outside::server().map_or_else(|| mails.url(), |it| it.url());
        let settings = config(place.folder.path(), place.database_url.as_deref(), Some(&smtp));
        let house = House::open(settings, Clock::manual(place.now)).await.expect("a house");
        let (address, stop) = serve(App::new(house.clone(), runtime.clone()).expect("an app"));
        Self {
            on,
            url: format!("http://{address}"),
            house,
            mails,
            organisation: place.organisation,
            runtime,
            http: reqwest::Client::new(),
            stop,
            _folder: place.folder,
        }
    }

    /// A scope of the system itself, for what has no surface.
    pub fn system(&self) -> Scope {
        Scope::system(self.house.clone())
    }

    /// Somebody who is not signed in.
    pub fn anybody(&self) -> Client {
        Client::new(self.http.clone(), &self.url)
    }

    /// Another process on the same database, with a clock of its own that shows the same time. On
    /// SQLite one process alone works on a file: there it is this one again.
    pub async fn another_process(&self) -> Arc<House> {
        match self.on {
            On::Sqlite => self.house.clone(),
            On::Postgres => {
                let clock = Clock::manual(self.house.clock.now());
                House::open(self.house.config.clone(), clock).await.expect("a second house")
            }
        }
    }

    /// Moves the clock and lets everything due happen.
    pub async fn pass(&self, micros: i64) {
        self.house.clock.advance(micros);
        self.settle().await;
    }

    /// Lets the workers do all that is due now.
    pub async fn settle(&self) {
        earshot::jobs::worker::settle(&self.house).await.expect("the workers work");
    }

    /// A database handle for counting rows that no surface shows.
    pub fn database(&self) -> &Database {
        &self.house.database
    }

    async fn finish(self) {
        let left = earshot::jobs::worker::settle(&self.house).await.expect("the workers work");
        assert_eq!(left.due, 0, "a test ended with work left over");
        self.stop.stop(false).await;
    }
}

/// Serves on a thread with an actix runtime of its own.
fn serve(app: App) -> (std::net::SocketAddr, actix_web::dev::ServerHandle) {
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let running = server::bind(app, 2).expect("a free port");
            send.send((running.address, running.handle)).expect("the test waits");
            let _ = running.server.await;
        });
    });
    receive.recv().expect("the server starts")
}

/// Waits until `ready` answers something, at most ten seconds.
pub async fn eventually<T, F: Future<Output = Option<T>>>(
    what: &str,
    mut ready: impl FnMut() -> F,
) -> T {
    for _ in 0..1_000 {
        if let Some(value) = ready().await {
            return value;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("never happened: {what}");
}
