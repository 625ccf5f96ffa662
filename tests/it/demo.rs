//! The demo: loads into an empty database, once, without a mail; and never beside real data.

use earshot::db::connect::Counter;
use earshot::demo::{self, Loaded};
use earshot::kit::error::{Code, Error};
use entity::identity::{grant, person, unit, unit_closure};
use entity::instant::DAY;
use sea_orm::{ConnectionTrait, EntityTrait, Statement};

use crate::kit::app::TestApp;
use crate::on_both;

const FRESH: Loaded = Loaded::Fresh { units: 61, people: 200, submissions: 150 };

impl TestApp {
    /// Takes the kit's own organisation out: what is left is a database at its first start.
    async fn vacate(&self) {
        let scope = self.system();
        let tx = scope.begin().await.expect("a transaction");
        grant::Entity::delete_many().exec(&tx).await.expect("no grants");
        person::Entity::delete_many().exec(&tx).await.expect("no people");
        unit_closure::Entity::delete_many().exec(&tx).await.expect("no tree");
        unit::Entity::delete_many().exec(&tx).await.expect("no units");
        tx.commit(()).await.expect("empty");
    }

    async fn number(&self, sql: &str) -> i64 {
        let reader = self.database().read(&Counter::default());
        let statement = Statement::from_string(reader.get_database_backend(), sql);
        let row = reader.query_one_raw(statement).await.expect(sql).expect("a row");
        row.try_get_by_index(0).expect("a number")
    }

    async fn epoch(&self) -> String {
        let reader = self.database().read(&Counter::default());
        let sql = "SELECT value FROM setting WHERE key = 'fact_epoch'";
        let statement = Statement::from_string(reader.get_database_backend(), sql);
        let row = reader.query_one_raw(statement).await.expect(sql).expect("a row");
        row.try_get_by_index(0).expect("an epoch")
    }
}

/// Rows for which the recount differs from what the row says, the shown phase from the latest
/// announcement, or the label from the phase.
const CONTRADICTIONS: [&str; 6] = [
    // A canonical one counts people: voters and twins' authors, each once, but for its own author.
    "SELECT COUNT(*) FROM submission s WHERE reach <> vote_count + 1 OR vote_count <> (SELECT COUNT(DISTINCT c.person) FROM (SELECT m.id, m.canonical_id, v.person_id AS person FROM submission m JOIN vote v ON v.submission_id = m.id UNION ALL SELECT t.canonical_id, NULL, t.author_id FROM submission t WHERE t.canonical_id IS NOT NULL) c WHERE (c.id = s.id OR c.canonical_id = s.id) AND c.person IS NOT NULL AND (s.author_id IS NULL OR c.person <> s.author_id))",
    "SELECT COUNT(*) FROM submission s WHERE canonical_id IS NULL AND shown_phase = 'MERGED'",
    "SELECT COUNT(*) FROM submission s WHERE comment_count <> (SELECT COUNT(*) FROM comment c WHERE c.submission_id = s.id AND visibility = 'PUBLIC')",
    "SELECT COUNT(*) FROM submission s WHERE shown_phase <> COALESCE((SELECT to_phase FROM decision d WHERE d.submission_id = s.id AND state = 'ANNOUNCED' ORDER BY closed_at DESC LIMIT 1), 'SUBMITTED')",
    "SELECT COUNT(*) FROM submission s JOIN status t ON t.id = s.shown_status_id WHERE t.phase <> s.shown_phase",
    "SELECT COUNT(*) FROM submission s WHERE (pending_decision_id IS NULL) <> (phase = shown_phase)",
];

fn code(error: &Error) -> Option<Code> {
    match error {
        Error::Refusal(refusal) => Some(refusal.code),
        Error::Fault(_) => None,
    }
}

on_both! {
    async fn the_demo_loads_once_and_mails_nobody(app) {
        app.vacate().await;
        let before = std::time::Instant::now();
        assert_eq!(demo::ensure(&app.system()).await.expect("loaded"), FRESH);
        println!("loaded in {:?}", before.elapsed());
        for (kind, count) in [("REGION", 3), ("SITE", 12), ("TEAM", 40), ("FUNCTION", 5)] {
            let sql = format!("SELECT COUNT(*) FROM org_unit WHERE kind = '{kind}'");
            assert_eq!(app.number(&sql).await, count, "{kind}");
        }
        assert_eq!(app.number("SELECT COUNT(*) FROM person").await, 200);
        assert_eq!(app.number("SELECT COUNT(DISTINCT role) FROM role_grant").await, 7);
        assert_eq!(app.number("SELECT COUNT(*) FROM submission").await, 150);
        assert_eq!(app.number("SELECT COUNT(DISTINCT phase) FROM submission").await, 12);
        for sql in CONTRADICTIONS {
            assert_eq!(app.number(sql).await, 0, "{sql}");
        }
        for (table, count) in [("calendar", 1), ("reply_template", 4), ("rota", 1), ("absence", 1), ("routing_rule", 2), ("queue_view", 3)] {
            assert_eq!(app.number(&format!("SELECT COUNT(*) FROM {table}")).await, count, "{table}");
        }
        assert!(app.number("SELECT COUNT(*) FROM clock").await > 20);
        assert_eq!(app.number("SELECT COUNT(*) FROM submission WHERE due_at IS NOT NULL AND phase NOT IN ('SUBMITTED', 'UNDER_REVIEW')").await, 0);
        let facts = app.number("SELECT COUNT(*) FROM fact").await;
        assert!(facts > 1_000, "{facts}");
        assert_eq!(
            demo::ensure(&app.system()).await.expect("asked again"),
            Loaded::Already { version: "1".into() }
        );
        app.settle().await;
        assert_eq!(app.number("SELECT COUNT(*) FROM fact").await, facts, "time alone moves nothing");
        assert_eq!(app.number("SELECT COUNT(*) FROM mail").await, 0);
        assert_eq!(app.number("SELECT COUNT(*) FROM job").await, 0);
        assert!(app.mails.mails().is_empty());
        let unread = "SELECT COUNT(*) FROM notification n JOIN person p ON p.id = n.person_id WHERE p.staff_code = 'LK1103' AND n.read_at IS NULL";
        assert!(app.number(unread).await > 1);
    }

    async fn the_next_reference_follows_the_last(app) {
        app.vacate().await;
        demo::ensure(&app.system()).await.expect("loaded");
        let scope = app.system();
        let tx = scope.begin().await.expect("a transaction");
        let next = earshot::db::dialect::next_reference(&tx).await.expect("a number");
        assert_eq!(next, 151);
    }

    async fn everybody_of_the_tour_has_a_link(app) {
        app.vacate().await;
        demo::ensure(&app.system()).await.expect("loaded");
        let links = demo::sign_in_links(&app.system()).await.expect("links");
        let roles: Vec<&str> = links.iter().map(|it| it.role).collect();
        assert_eq!(roles, ["nurse", "reviewer", "manager", "admin"]);
        for it in &links {
            assert!(it.link.starts_with("https://earshot.example/link?token="), "{}", it.link);
        }
    }

    async fn a_reset_begins_anew(app) {
        app.vacate().await;
        demo::ensure(&app.system()).await.expect("loaded");
        demo::sign_in_links(&app.system()).await.expect("links");
        let epoch = app.epoch().await;
        let facts = app.number("SELECT COUNT(*) FROM fact").await;
        let head = app.number("SELECT MAX(seq) FROM fact").await;
        app.house.clock.advance(3 * DAY);
        assert_eq!(demo::reset(&app.system()).await.expect("reset"), FRESH);
        assert_eq!(app.number("SELECT COUNT(*) FROM fact").await, facts);
        assert!(app.number("SELECT MIN(seq) FROM fact").await > head, "no number is used twice");
        assert_ne!(app.epoch().await, epoch);
        assert_eq!(app.number("SELECT COUNT(*) FROM login_code").await, 0);
        app.settle().await;
        assert_eq!(app.number("SELECT COUNT(*) FROM mail").await, 0);
    }

    async fn the_demo_never_mixes_with_real_data(app) {
        let people = app.number("SELECT COUNT(*) FROM person").await;
        for refused in [
            demo::ensure(&app.system()).await.map(|_| ()),
            demo::reset(&app.system()).await.map(|_| ()),
            demo::sign_in_links(&app.system()).await.map(|_| ()),
        ] {
            let refused = refused.expect_err("refused");
            assert_eq!(code(&refused), Some(Code::InUse), "{refused}");
        }
        assert_eq!(app.number("SELECT COUNT(*) FROM person").await, people);
        assert_eq!(app.number("SELECT COUNT(*) FROM setting WHERE key = 'demo'").await, 0);
    }
}
