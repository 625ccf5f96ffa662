//! Closing 5,000 submissions behind one cause, while the server is killed: with SIGKILL, in the middle
//! of deciding and in the middle of sending. Everybody is told exactly once.
//!
//! The server is a process of its own: this very test binary, started again, which does what
//! `earshot serve` does.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant as Watch};

use clap::Parser as _;
use earshot::identity::service::issue_link;
use entity::instant::HOUR;
use entity::jobs::job;
use sea_orm::{
    ColumnTrait, ConnectionTrait, Database, DatabaseConnection, DbBackend, EntityTrait,
    QueryFilter, Statement,
};
use serde_json::{Value, json};

use crate::kit::app::{On, TestApp, run};
use crate::kit::client::Client;

const BEHIND: u32 = 5_000;
/// Set for the process that serves.
const SERVES: &str = "EARSHOT_TEST_SERVES";
/// How long anything may take, on a machine that does other things too.
const PATIENCE: Duration = Duration::from_secs(900);

/// Not a test: the server of the test below.
#[test]
#[ignore = "the server process of the stories here"]
fn server() {
    if std::env::var_os(SERVES).is_some() {
        let cli = earshot::cli::Cli::parse_from(["earshot", "serve"]);
        std::process::exit(earshot::cli::run(cli));
    }
}

/// Where it stands what the server said when it was started last.
const SAID: &str = "said.txt";

/// A server that is a process of its own.
pub struct Server {
    child: Child,
    url: String,
}

impl Server {
    /// Starts it, and waits until it answers.
    pub async fn start(app: &TestApp, place: &Place) -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let listen = free.local_addr().expect("its address").to_string();
        drop(free);
        let server =
            Self { url: format!("http://{listen}"), child: Self::spawn(app, place, &listen) };
        let http = reqwest::Client::new();
        until("the server answers", async || http.get(&server.url).send().await.is_ok()).await;
        server
    }

    fn spawn(app: &TestApp, place: &Place, listen: &str) -> Child {
        let mut command = Command::new(std::env::current_exe().expect("this binary"));
        command
            .args(["--exact", "closing_killed::server", "--ignored", "--nocapture"])
            .env(SERVES, "1")
            .env("EARSHOT_LISTEN", listen)
            .env("EARSHOT_DATA_DIR", place.folder.path())
            .env("EARSHOT_PUBLIC_URL", "https://earshot.example")
            .env("EARSHOT_SECRET", "a secret of the tests, 32 bytes long")
            .env("EARSHOT_LOG", "warn")
            .env("SMTP_URL", app.mails.url())
            .stdin(Stdio::null())
            .stdout(File::create(place.folder.path().join(SAID)).expect("a file"));
        if let Some(url) = &app.house.config.database_url {
            command.env("DATABASE_URL", url);
        }
        command.spawn().expect("a process")
    }

    /// Somebody who asks this server, with a token that others of the same installation take too.
    pub fn client(&self, token: Option<&str>) -> Client {
        let client = Client::new(reqwest::Client::new(), &self.url);
        token.map_or(client.clone(), |token| client.with_token(token))
    }

    /// Signs in by a link.
    async fn sign_in(&self, link: &str) -> String {
        let query = "mutation($t: String!) { signInByLink(input: {token: $t, delivery: BODY}) { accessToken userErrors { code message } } }";
        let made = self.client(None).done("signInByLink", query, json!({"t": link})).await;
        made["accessToken"].as_str().expect("a token").to_owned()
    }

    /// How far the resolving is, as whoever resolved it is told.
    async fn progress(&self, token: &str, id: &Value) -> Value {
        let query = "query($id: ID!) { causeResolution(id: $id) { state total done moved told } }";
        let found = self.client(Some(token)).ask(query, json!({"id": id})).await;
        found["causeResolution"].clone()
    }

    /// SIGKILL: nothing is said, nothing is flushed.
    pub fn kill(mut self) {
        self.child.kill().expect("a process to kill");
        self.child.wait().expect("its end");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The database that the server works on.
pub struct Place {
    folder: tempfile::TempDir,
    database: DatabaseConnection,
}

impl Place {
    /// A copy of the app's file; on PostgreSQL the database itself, which the app leaves alone.
    pub async fn of(app: &TestApp) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = match &app.house.config.database_url {
            Some(url) => url.clone(),
            None => {
                let file = app.house.config.data_dir.join("earshot.db");
                let copy = folder.path().join("earshot.db");
                let from = connect(&format!("sqlite://{}", file.display())).await;
                let sql = format!("VACUUM INTO '{}'", copy.display());
                from.execute_unprepared(&sql).await.expect("a copy");
                from.close().await.expect("closed");
                format!("sqlite://{}", copy.display())
            }
        };
        Self { folder, database: connect(&url).await }
    }

    pub async fn number(&self, sql: &str) -> i64 {
        let statement = Statement::from_string(self.database.get_database_backend(), sql);
        // The server may hold the file at this moment.
        match self.database.query_one_raw(statement).await {
            Ok(row) => row.map_or(0, |row| row.try_get_by_index::<i64>(0).expect("a number")),
            Err(_) => -1,
        }
    }

    /// Waits until a query counts so many, or more.
    pub async fn until(&self, what: &str, sql: &str, count: i64) {
        until(what, async || self.number(sql).await >= count).await;
    }

    /// The folder of the server's data.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What the server said when it was started last.
    pub fn said(&self) -> String {
        std::fs::read_to_string(self.folder.path().join(SAID)).expect("what it said")
    }

    /// Lets go of the database.
    pub async fn close(self) {
        self.database.close().await.expect("closed");
    }

    async fn done(&self) -> i64 {
        self.number("SELECT CAST(done AS BIGINT) FROM cause_resolution").await
    }
}

async fn connect(url: &str) -> DatabaseConnection {
    Database::connect(url).await.expect("the database opens")
}

async fn until(what: &str, mut is: impl AsyncFnMut() -> bool) {
    let watch = Watch::now();
    while !is().await {
        assert!(watch.elapsed() < PATIENCE, "never happened: {what}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The columns of a table but those that are given, for copies of one row.
async fn others(app: &TestApp, table: &str, given: &[&str]) -> String {
    let db = app.system().db();
    let sql = match db.get_database_backend() {
        DbBackend::Sqlite => format!("SELECT name AS n FROM pragma_table_info('{table}')"),
        _ => format!(
            "SELECT column_name AS n FROM information_schema.columns WHERE table_name = '{table}'"
        ),
    };
    let rows = db
        .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await
        .expect("columns");
    let names = rows.iter().map(|row| row.try_get::<String>("", "n").expect("a name"));
    names.filter(|name| !given.contains(&name.as_str())).collect::<Vec<_>>().join(", ")
}

/// Copies of one accepted observation: each with an author of its own, who has an address, all behind
/// the same cause.
async fn furnish(app: &TestApp, reference: &str) {
    let id = if app.on == On::Postgres { "gen_random_uuid()" } else { "randomblob(16)" };
    let people =
        others(app, "person", &["id", "name", "email", "email_key", "staff_code", "locale"]).await;
    let sent = others(app, "submission", &["id", "reference", "author_id"]).await;
    let links = others(app, "cause_link", &["id", "submission_id", "decision_id"]).await;
    let numbers = format!(
        "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {BEHIND})"
    );
    let nurse = "(SELECT author_id FROM submission LIMIT 1)";
    let statements = [
        format!("CREATE TABLE behind AS {numbers} SELECT n, {id} AS person, {id} AS sent FROM numbers"),
        format!("INSERT INTO person (id, name, email, email_key, staff_code, locale, {people})
            SELECT person, 'P ' || n, 'p' || n || '@many.example', 'p' || n || '@many.example', 'M' || n, CASE n % 2 WHEN 0 THEN 'en' ELSE 'es' END, {people}
            FROM behind, (SELECT {people} FROM person WHERE id = {nurse}) one"),
        format!("INSERT INTO submission (id, reference, author_id, {sent})
            SELECT behind.sent, 'MANY-' || n, person, {sent}
            FROM behind, (SELECT {sent} FROM submission WHERE reference = '{reference}') one"),
        format!("INSERT INTO cause_link (id, submission_id, {links})
            SELECT {id}, behind.sent, {links} FROM behind, (SELECT {links} FROM cause_link LIMIT 1) one"),
        String::from("DROP TABLE behind"),
    ];
    let scope = app.system();
    let tx = scope.begin().await.expect("a transaction");
    for sql in &statements {
        let statement = Statement::from_string(tx.get_database_backend(), sql.clone());
        tx.execute_raw(statement).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    earshot::reach::service::rebuild(&tx).await.expect("counted");
    tx.commit(()).await.expect("written");
}

async fn everybody_is_told_once(app: &TestApp) {
    let o = &app.organisation;
    let (nurse, head) = (app.sign_in(o.nurse).await, app.sign_in(o.head).await);
    let send = "mutation { submissionSend(input: {text: \"Coats lie on the floor\", kind: OBSERVATION}) { submission { id reference } userErrors { code } } }";
    let sent = nurse.done("submissionSend", send, json!({})).await["submission"].clone();
    let create = "mutation { causeCreate(input: {name: \"No hooks\", category: PLACE, status: CONFIRMED}) { cause { id } userErrors { code } } }";
    let cause = head.done("causeCreate", create, json!({})).await["cause"]["id"].clone();
    let link = "mutation($in: CauseLinkInput!) { causeLink(input: $in) { submission { phase } userErrors { code } } }";
    let input = json!({"in": {"submissionId": sent["id"], "causeIds": [cause], "announce": "NOW"}});
    head.done("causeLink", link, input).await;
    app.settle().await;
    app.forget_mails();
    furnish(app, sent["reference"].as_str().expect("a reference")).await;
    let resolve = "mutation($in: CauseResolveInput!) { causeResolve(input: $in) { resolution { id total done state } userErrors { code message } } }";
    let input = json!({"in": {"id": cause, "announce": "NOW"}});
    let begun = Watch::now();
    let made = head.done("causeResolve", resolve, input).await["resolution"].clone();
    let total = i64::from(BEHIND) + 1;
    assert_eq!((&made["total"], &made["done"]), (&json!(total), &json!(0)), "{made}");
    let link = issue_link(&app.system(), o.head, HOUR).await.expect("a link");
    let place = Place::of(app).await;
    // The server has the clock of this machine.
    let long = "UPDATE login_code SET expires_at = 4102444800000000";
    place.database.execute_unprepared(long).await.expect("a link that works");
    if app.on == On::Sqlite {
        // The copy has the work now.
        let scope = app.system();
        let tx = scope.begin().await.expect("a transaction");
        let work = job::Entity::delete_many().filter(job::Column::Kind.eq("cause.close"));
        work.exec(&tx).await.expect("deleted");
        tx.commit(()).await.expect("written");
    }
    let at = |what: &str| eprintln!("{:?} {what}: {:.1} s", app.on, begun.elapsed().as_secs_f64());

    let server = Server::start(app, &place).await;
    let token = server.sign_in(&link).await;
    let done_of = |seen: &Value| seen["done"].as_i64().expect("a number");
    let mut told = Value::Null;
    until("a third is decided", async || {
        let now = server.progress(&token, &made["id"]).await;
        assert_eq!((&now["state"], &now["total"]), (&json!("CLOSING"), &json!(total)), "{now}");
        assert!(told.is_null() || done_of(&now) >= done_of(&told), "never less: {told}, {now}");
        told = now;
        done_of(&told) > total / 3
    })
    .await;
    server.kill();
    let decided = place.done().await;
    assert!(decided >= done_of(&told), "what was told is kept: {told}");
    at("killed while deciding");
    assert!(decided > 0 && decided < total, "in the middle: {decided}");
    assert_eq!(app.mails.taken(), 0, "nobody is told before all is decided");

    let server = Server::start(app, &place).await;
    let now = server.progress(&token, &made["id"]).await;
    assert!(done_of(&now) >= decided && now["total"] == total, "it goes on where it was: {now}");
    until("a third is told", async || app.mails.taken() > usize::try_from(total / 3).unwrap())
        .await;
    server.kill();
    at("killed while sending");
    assert_eq!(place.done().await, total);
    assert!(app.mails.taken() < usize::try_from(total).unwrap(), "in the middle");

    let server = Server::start(app, &place).await;
    let now = server.progress(&token, &made["id"]).await;
    assert_eq!((&now["state"], done_of(&now)), (&json!("ANNOUNCED"), total), "{now}");
    let left = "SELECT COUNT(*) FROM job";
    until("nothing is left to do", async || {
        place.number(left).await == 0
            && place.number("SELECT COUNT(*) FROM resolution_told").await == total
    })
    .await;
    let now = server.progress(&token, &made["id"]).await;
    let all =
        json!({"state": "ANNOUNCED", "total": total, "done": total, "moved": total, "told": total});
    assert_eq!(now, all);
    server.kill();
    at("done");
    assert_eq!(place.done().await, total);
    assert_eq!(
        place.number("SELECT COUNT(*) FROM resolution_item WHERE state = 'MOVED'").await,
        total
    );
    assert_eq!(place.number("SELECT COUNT(*) FROM notification WHERE decision_id IN (SELECT decision_id FROM resolution_item)").await, total);
    assert_eq!(
        place.number("SELECT COUNT(*) FROM decision WHERE to_phase = 'IMPLEMENTED'").await,
        total
    );

    // Exactly once, by Message-ID: whoever got a mail twice got the same bytes under the same name.
    let mut names: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut bytes: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for mail in app.mails.mails() {
        let name = mail.header("Message-ID").expect("a Message-ID");
        names.entry(mail.to[0].clone()).or_default().insert(name.clone());
        let first = bytes.entry(name).or_insert_with(|| mail.bytes.clone());
        assert_eq!(*first, mail.bytes, "the same mail again");
    }
    assert_eq!(names.len(), usize::try_from(BEHIND).unwrap(), "everybody with an address");
    assert!(names.values().all(|them| them.len() == 1), "each once");
    let spanish = app.mails.mails_to("p1@many.example").remove(0).text();
    assert!(
        spanish.contains("Lo que nos contaste en MANY-1 ya está resuelto")
            && spanish.contains("P 1"),
        "{spanish}"
    );
    place.database.close().await.expect("closed");
}

#[test]
fn sqlite() {
    run(On::Sqlite, async |app| everybody_is_told_once(app).await);
}

#[test]
fn postgres() {
    run(On::Postgres, async |app| everybody_is_told_once(app).await);
}
