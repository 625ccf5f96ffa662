//! The demo mails nobody: every kind of mail that there is, made in the demo while a mail server is set and
//! waits, and `earshot serve` without `--demo` on a database that holds it. Nobody ever connects.

use std::collections::BTreeSet;
use std::time::Duration;

use earshot::demo;
use earshot::kit::clock::Clock;
use earshot::kit::scope::House;
use entity::identity::{person, unit};
use entity::instant::DAY;
use entity::notify::values::MailKind;
use entity::submissions::phase::{Kind, Phase};
use entity::submissions::submission;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    Statement,
};
use serde_json::json;

use crate::closing_killed::{Place, Server};
use crate::kit::app::{On, TestApp, run};
use crate::kit::client::Client;
use crate::on_both;
use crate::plans::{done, mutation};

/// Who reviews everything, leads a site, runs the system in the demo.
const HEAD: &str = "LK1021";
const MANAGER: &str = "LK1033";
const ADMIN: &str = "LK1008";

async fn person_of(app: &TestApp, code: &str) -> person::Model {
    let found = person::Entity::find().filter(person::Column::StaffCode.eq(code));
    found.one(&app.system().db()).await.expect("a look").expect(code)
}

/// Ideas that wait, whose authors have an address, each with its author: no author twice.
async fn waiting(app: &TestApp) -> Vec<(submission::Model, person::Model)> {
    let found = submission::Entity::find()
        .filter(submission::Column::Kind.eq(Kind::Idea))
        .filter(submission::Column::Phase.is_in([Phase::Submitted, Phase::UnderReview]))
        .filter(submission::Column::PendingDecisionId.is_null())
        .order_by_asc(submission::Column::Id);
    let db = app.system().db();
    let people = person::Entity::find().all(&db).await.expect("people");
    let with_address = |idea: submission::Model| {
        let author = people.iter().find(|it| Some(it.id) == idea.author_id)?;
        author.email.as_ref().map(|_| (idea, author.clone()))
    };
    let mut known = BTreeSet::new();
    let rows = found.all(&db).await.expect("a look").into_iter().filter_map(with_address);
    rows.filter(|(_, author)| known.insert(author.id)).collect()
}

/// Offers what works to the sites until one takes the offer.
async fn offer_to_some_site(app: &TestApp, head: &Client) {
    let db = app.system().db();
    let works = submission::Entity::find()
        .filter(submission::Column::Kind.eq(Kind::Idea))
        .filter(submission::Column::ShownPhase.eq(Phase::Implemented))
        .all(&db)
        .await
        .expect("ideas");
    let sites = unit::Entity::find().all(&db).await.expect("units");
    let query = mutation("adoptionOffer", "adoptions { id }");
    for idea in &works {
        for site in sites.iter().filter(|it| it.site_id == it.id) {
            let input = json!({"submissionId": idea.id.to_string(), "siteIds": [site.id.to_string()], "opensIdea": true});
            let answer = head.ask(&query, json!({"in": input})).await["adoptionOffer"].clone();
            if answer["userErrors"] == json!([]) {
                return;
            }
        }
    }
    panic!("no site takes an offer");
}

/// An integration that sends in somebody's name.
async fn send_for(app: &TestApp, admin: &Client, author: &person::Model) {
    let db = app.system().db();
    let top = unit::Entity::find().filter(unit::Column::ParentId.is_null()).one(&db).await;
    let top = top.expect("a look").expect("a top").id.to_string();
    let made = json!({"name": "Survey", "unitId": top});
    let service =
        done(admin, "serviceCreate", made, "service { id }").await["service"]["id"].clone();
    let token = json!({"serviceId": service, "name": "test", "scopes": ["SUBMIT_ON_BEHALF"]});
    let secret = done(admin, "apiTokenCreate", token, "secret").await["secret"].clone();
    let survey = app.anybody().with_token(secret.as_str().expect("a secret"));
    let input = json!({"text": "A box for lost keys", "kind": "IDEA", "authorExternalId": author.staff_code});
    done(&survey, "submissionSend", input, "submission { id }").await;
}

async fn counted(app: &TestApp, sql: &str) -> i64 {
    let db = app.system().db();
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await;
    row.expect(sql).expect("a row").try_get_by_index(0).expect("a number")
}

/// Does all that somebody is mailed of, at once or later.
async fn everything_that_mails(app: &TestApp) {
    let (head, admin) = (app.as_staff(HEAD).await, app.as_staff(ADMIN).await);
    let manager = person_of(app, MANAGER).await;
    let ideas = waiting(app).await;
    let [asked, answered, commented, gathered, ..] = ideas.as_slice() else {
        panic!("{} ideas wait", ideas.len())
    };
    app.wants(&[commented.1.id], "COMMENTS", "IMMEDIATE").await;
    app.wants(&[manager.id], "ANNOUNCEMENTS", "IMMEDIATE").await;
    done(
        &admin,
        "serviceLevelsUpdate",
        json!({"escalation": true}),
        "serviceLevels { escalation }",
    )
    .await;
    send_for(app, &admin, &gathered.1).await;

    let id = |of: &(submission::Model, person::Model)| of.0.id.to_string();
    let input =
        json!({"id": id(asked), "to": "NEEDS_INFO", "message": "Which door?", "announce": "NOW"});
    done(&head, "submissionMove", input, "submission { phase }").await;
    let input = json!({"id": id(answered), "to": "ACCEPTED", "message": "Yes.", "announce": "NOW", "promisedOn": "2026-03-05"});
    done(&head, "submissionMove", input, "submission { phase }").await;
    let owner = json!({"id": id(answered), "ownerId": person_of(app, HEAD).await.id.to_string()});
    done(&head, "submissionSetOwner", owner.clone(), "submission { id }").await;
    let item = json!({"submissionId": id(answered), "title": "Order it", "dueOn": "2026-03-04", "assigneeId": owner["ownerId"]});
    done(&head, "actionItemAdd", item, "item { id }").await;
    for one in [commented, gathered] {
        let input = json!({"submissionId": id(one), "text": "We look at it."});
        done(&head, "commentAdd", input, "comment { id }").await;
    }
    offer_to_some_site(app, &head).await;
    let texts = json!([{"language": "en", "title": "New lamps", "body": "They hang."}]);
    let input = json!({"unitIds": [manager.home_unit_id.to_string()], "texts": texts});
    let made = done(&head, "announcementCreate", input, "announcement { id }").await;
    let input = json!({"id": made["announcement"]["id"]});
    done(&head, "announcementPublish", input, "announcement { state }").await;
    let start = "mutation($e: String!) { signInStart(input: {email: $e}) { requestToken userErrors { code } } }";
    app.anybody().ask(start, json!({"e": manager.email})).await;
}

on_both! {
    async fn no_kind_of_mail_leaves(app) {
        app.vacate().await;
        demo::ensure(&app.system()).await.expect("loaded");
        assert!(app.house.config.smtp_url.is_some(), "a mail server is set, and waits");
        everything_that_mails(app).await;
        app.settle().await;
        // Reminders, promised days and the list of what waits too long; the digest of each morning; then the
        // days come on which it is asked whether what was done is still fixed.
        for days in [1, 1, 1, 1, 30, 1] {
            app.pass(days * DAY).await;
        }
        // Nobody sends invitations yet; whoever makes them leave adds them here.
        for kind in MailKind::ALL.into_iter().filter(|kind| *kind != MailKind::Invitation) {
            let sent = counted(app, &format!("SELECT COUNT(*) FROM mail WHERE kind = '{kind}' AND state = 'SENT'")).await;
            assert!(sent > 0, "no mail of the kind {kind} was made");
        }
        let sent = counted(app, "SELECT COUNT(*) FROM mail WHERE state = 'SENT'").await;
        let folder = std::fs::read_dir(app.house.config.data_dir.join("mail")).expect("a folder");
        assert_eq!(i64::try_from(folder.count()).expect("few"), sent, "each of them is a file");
        assert_eq!(app.mails.connections(), 0, "and nobody ever connected");
    }
}

/// `earshot serve`, without `--demo`, with a mail server set, on a database that holds the demo. The clock
/// of this machine is months ahead of the one by which the demo was loaded, so all that the clock does by
/// itself falls due at once.
async fn serving_it_plainly(app: &TestApp) {
    app.vacate().await;
    demo::ensure(&app.system()).await.expect("loaded");
    let address = person_of(app, HEAD).await.email.expect("an address");
    let place = Place::of(app).await;
    let server = Server::start(app, &place).await;
    let start = "mutation($e: String!) { signInStart(input: {email: $e}) { requestToken userErrors { code } } }";
    server.client(None).ask(start, json!({"e": address})).await;
    let code = "SELECT COUNT(*) FROM mail WHERE kind = 'SIGN_IN_CODE' AND state = 'SENT'";
    place.until("the code is captured", code, 1).await;
    let now = Clock::System.now();
    let waits =
        format!("SELECT COUNT(*) FROM job WHERE state <> 'DEAD' AND run_at <= {}", now.micros());
    let (mut before, mut quiet) = (-1, 0);
    // What was due is told, by day; then nothing more comes.
    while quiet < 5 {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let sent = place.number("SELECT COUNT(*) FROM mail WHERE state = 'SENT'").await;
        let still = sent == before && place.number(&waits).await == 0;
        quiet = if still { quiet + 1 } else { 0 };
        before = sent;
    }
    server.kill();
    let said = place.said();
    assert!(said.contains("a demo mails nobody, so SMTP_URL is not used"), "{said}");
    assert!(said.contains("This database holds the demo"), "{said}");
    assert!(!said.contains(&app.mails.url()), "{said}");
    assert_eq!(app.mails.connections(), 0, "nobody ever connected");
    let captured = std::fs::read_dir(place.folder().join("mail")).expect("a folder").count();
    assert_eq!(i64::try_from(captured).expect("few"), before, "each of them is a file");
    place.close().await;
}

/// A mail server that cannot be used keeps no mail of a demo waiting either. On SQLite one process alone works
/// on a file, so only here a second one has other settings.
#[test]
fn settings_that_cannot_be_used_do_not_matter() {
    run(On::Postgres, async |app| {
        app.vacate().await;
        demo::ensure(&app.system()).await.expect("loaded");
        let mut config = app.house.config.clone();
        config.smtp_url = Some(String::from("nowhere"));
        let clock = Clock::manual(app.house.clock.now());
        let other = House::open(config, clock).await.expect("a second house");
        let address = person_of(app, HEAD).await.email.expect("an address");
        let start = "mutation($e: String!) { signInStart(input: {email: $e}) { requestToken userErrors { code } } }";
        app.anybody().ask(start, json!({"e": address})).await;
        earshot::jobs::worker::settle(&other).await.expect("the workers work");
        assert_eq!(counted(app, "SELECT COUNT(*) FROM mail WHERE state = 'SENT'").await, 1);
        assert_eq!(app.mails.connections(), 0);
    });
}

#[test]
fn served_plainly_on_sqlite() {
    run(On::Sqlite, async |app| serving_it_plainly(app).await);
}

#[test]
fn served_plainly_on_postgres() {
    run(On::Postgres, async |app| serving_it_plainly(app).await);
}
