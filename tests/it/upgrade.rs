//! Each released schema upgrades with its data: nothing is lost, and work goes on.

use std::collections::{BTreeMap, HashMap, HashSet};

use entity::closing::{resolution, seen};
use entity::engagement::vote;
use entity::id::{CauseId, PersonId, SubmissionId};
use entity::identity::values::Role;
use entity::instant::{Instant, MINUTE};
use entity::notify::hearing;
use entity::notify::values::Topic;
use entity::submissions::{joined, submission, twin_span};
use entity::triage::{cause, cause_closure, cause_link, queue_view};
use migration::MigratorTrait as _;
use sea_orm::{ConnectionTrait as _, EntityTrait, Statement};
use serde_json::{Value, json};

use crate::kit::app::{On, TestApp, run_released};
use crate::kit::client::Client;
use crate::kit::released::{self, Upgrade};

/// After the last thing that the release wrote: 2026-11-23T09:00:00Z, a Monday.
const AFTERWARDS: Instant = Instant(1_795_424_400_000_000);

/// How many rows a table has.
async fn count(app: &TestApp, table: &str) -> i64 {
    let db = app.system().db();
    let sql = format!("SELECT count(*) AS n FROM {table}");
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await;
    row.expect("a look").expect("a row").try_get("", "n").expect("a number")
}

fn written(upgrade: Upgrade) -> BTreeMap<String, i64> {
    let mut tables = BTreeMap::new();
    for rows in released::spine() {
        *tables.entry(rows.table).or_insert(0) += i64::try_from(rows.rows.len()).expect("few");
    }
    for (table, rows) in released::beside(upgrade) {
        *tables.entry(table.to_owned()).or_insert(0) += rows;
    }
    tables
}

async fn nothing_is_lost(app: &TestApp, upgrade: Upgrade) {
    // What was chosen for kinds of events is chosen for their topics now.
    for (table, rows) in written(upgrade).into_iter().filter(|(table, _)| table != "preference") {
        let now = count(app, &table).await;
        assert!(now >= rows, "{table}: {rows} rows before the upgrade, {now} after");
        let may_grow =
            ["fact", "notification", "setting", "reader_cursor", "timed_work", "hearing"];
        assert!(now == rows || may_grow.contains(&table.as_str()), "{table} grew to {now}");
    }
    let db = app.system().db();
    let sql = "SELECT count(*) AS n FROM submission WHERE reach < 1 OR reach < vote_count";
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await;
    let wrong: i64 = row.unwrap().unwrap().try_get("", "n").unwrap();
    assert_eq!(wrong, 0, "submissions without the people behind them");
}

/// Choices for kinds became choices for topics: where kinds of one topic differed, off won.
async fn choices_are_kept(app: &TestApp) {
    let rows = hearing::Entity::find().all(&app.system().db()).await;
    let mut kept: Vec<String> = rows
        .expect("choices")
        .iter()
        // Chosen by topic already.
        .filter(|row| row.topic != Topic::Announcements)
        .map(|row| format!("{} {} {}", row.topic, row.channel, row.delivery))
        .collect();
    kept.sort();
    let work = ["WORK EMAIL IMMEDIATE", "WORK EMAIL OFF", "WORK EMAIL OFF"];
    assert_eq!(kept, [&["COMMENTS EMAIL OFF", "FOLLOWED EMAIL OFF"][..], &work].concat());
}

/// Somebody of the released organisation who reviews everything.
async fn head(app: &TestApp) -> Client {
    holder(app, Role::Reviewer).await
}

/// Somebody who runs the system.
async fn admin(app: &TestApp) -> Client {
    holder(app, Role::Admin).await
}

/// Somebody who holds a role over everything.
async fn holder(app: &TestApp, role: Role) -> Client {
    let db = app.system().db();
    let grants = entity::identity::grant::Entity::find().all(&db).await.expect("grants");
    let units = entity::identity::unit::Entity::find().all(&db).await.expect("units");
    let top = units.iter().find(|unit| unit.parent_id.is_none()).expect("a top").id;
    let held = grants.iter().find(|grant| grant.role == role && grant.unit_id == top);
    app.sign_in(held.and_then(|grant| grant.person_id).expect("somebody")).await
}

async fn work_goes_on(app: &TestApp) {
    let head = head(app).await;
    let data =
        head.ask("{ triageQueue(first: 50) { nodes { id reference text } } }", json!({})).await;
    let queue = data["triageQueue"]["nodes"].as_array().expect("a queue");
    assert!(!queue.is_empty(), "{data}");
    let moved = head
        .done(
            "submissionMove",
            "mutation($in: SubmissionMoveInput!) { submissionMove(input: $in) { submission { phase } userErrors { field code message } } }",
            json!({"in": {"id": queue[0]["id"], "to": "ACCEPTED", "message": "Yes, we want to do this."}}),
        )
        .await;
    assert_eq!(moved["submission"]["phase"], "ACCEPTED");
    app.pass(2 * MINUTE).await;
    let told: Value = head
        .ask(
            "query($id: ID!) { submission(by: {id: $id}) { shownPhase } }",
            json!({"id": queue[0]["id"]}),
        )
        .await;
    assert_eq!(told["submission"]["shownPhase"], "ACCEPTED");
}

/// What was written before there was an index is found once the worker has been round.
async fn old_words_are_found(app: &TestApp) {
    app.settle().await;
    let head = head(app).await;
    let query =
        "query($t: String) { submissions(first: 100, filter: {text: $t}) { nodes { id text } } }";
    let all = head.ask("{ submissions(first: 1) { nodes { id text } } }", json!({})).await;
    let old = &all["submissions"]["nodes"][0];
    let words = old["text"].as_str().expect("words");
    let some: String = words.chars().take(100).collect();
    let some = some.rsplit_once(' ').map_or(some.as_str(), |(whole, _)| whole);
    let found = head.ask(query, json!({"t": some})).await;
    let found = found["submissions"]["nodes"].as_array().expect("nodes").clone();
    assert!(found.iter().any(|it| it["id"] == old["id"]), "{some:?} is not found");
}

/// What release 3 left is worked on: the plan is there with its figures, the offer can be answered, and
/// who has an item is reminded of it, by what they chose.
async fn plans_go_on(app: &TestApp) {
    let head = head(app).await;
    let query = "{ submissions(first: 5, filter: {phase: {in: [IN_PROGRESS]}}) { nodes {
        plan { progress { done total } items { title status checklist { text } waitsFor } }
        trials { guess state } outcomes { title isConfirmed target { value } actual { value } }
        adoptions { state outcomes { actual { value } } } } } }";
    let seen = head.ask(query, json!({})).await["submissions"]["nodes"].clone();
    let idea = seen.as_array().expect("nodes").iter().find(|it| !it["plan"].is_null());
    let idea = idea.unwrap_or_else(|| panic!("no plan: {seen}"));
    assert_eq!(idea["plan"]["progress"], json!({"done": 1, "total": 3}), "{idea}");
    assert_eq!(idea["plan"]["items"][1]["checklist"], json!([{"text": "Rooms 1 to 4"}]), "{idea}");
    assert_eq!(idea["trials"], json!([{"guess": "Fewer coats on the floor", "state": "RUNNING"}]));
    let outcome = &idea["outcomes"][0];
    assert_eq!(
        (&outcome["isConfirmed"], &outcome["target"]["value"], &outcome["actual"]["value"]),
        (&json!(true), &json!(1.0), &json!(0.0)),
        "{idea}"
    );
    let states: Vec<&Value> = idea["adoptions"].as_array().expect("offers").iter().collect();
    assert_eq!(states.len(), 2, "{idea}");
    // Its day is tomorrow, and its reminder due in a minute.
    let reminders = "notification WHERE kind = 'ACTION_REMINDER'";
    let before = count(app, reminders).await;
    app.pass(2 * MINUTE).await;
    assert_eq!(count(app, reminders).await, before + 1);
}

async fn all<E: EntityTrait>(app: &TestApp) -> Vec<E::Model> {
    E::find().all(&app.system().db()).await.expect("rows")
}

/// What was joined before there was an announced edge counts with what it was joined into.
async fn joinings_are_right(app: &TestApp) {
    let sent = all::<submission::Entity>(app).await;
    let (edges, spans) = (all::<joined::Entity>(app).await, all::<twin_span::Entity>(app).await);
    let twins: Vec<&submission::Model> =
        sent.iter().filter(|it| it.merged_into.is_some()).collect();
    assert_eq!((twins.len(), edges.len(), spans.len()), (4, 4, 4));
    for twin in twins {
        assert_eq!(twin.canonical_id, twin.merged_into);
        let edge = edges.iter().find(|it| it.submission_id == twin.id).expect("an edge");
        assert_eq!((Some(edge.into_id), edge.since), (twin.merged_into, twin.entered_at));
        let span = spans.iter().find(|it| it.submission_id == twin.id).expect("a span");
        assert_eq!(
            (Some(span.root_id), span.since, span.until),
            (twin.merged_into, twin.entered_at, None)
        );
    }
    assert_eq!(count(app, "submission s WHERE reach <> vote_count + 1").await, 0);
    let votes = all::<vote::Entity>(app).await;
    for root in sent.iter().filter(|it| it.canonical_id.is_none()) {
        let group: HashSet<SubmissionId> = sent
            .iter()
            .filter(|it| it.canonical_id == Some(root.id) || it.id == root.id)
            .map(|it| it.id)
            .collect();
        let voters =
            votes.iter().filter(|it| group.contains(&it.submission_id)).map(|it| it.person_id);
        let authors = sent.iter().filter(|it| group.contains(&it.id)).filter_map(|it| it.author_id);
        let people: HashSet<PersonId> =
            voters.chain(authors).filter(|it| Some(*it) != root.author_id).collect();
        assert_eq!(
            usize::try_from(root.vote_count).expect("a count"),
            people.len(),
            "{}",
            root.reference
        );
    }
    assert_eq!(
        count(app, "submission WHERE function_id IS NOT NULL AND handover IS NULL").await,
        0
    );
}

/// The tree of causes and who stands behind each, recounted from parents, links, authors and votes.
async fn causes_are_right(app: &TestApp) {
    let (causes, sent) = (all::<cause::Entity>(app).await, all::<submission::Entity>(app).await);
    let (links, votes) = (all::<cause_link::Entity>(app).await, all::<vote::Entity>(app).await);
    let closure = all::<cause_closure::Entity>(app).await;
    let parents: HashMap<CauseId, Option<CauseId>> =
        causes.iter().map(|it| (it.id, it.parent_id)).collect();
    let group = |it: &submission::Model| it.canonical_id.unwrap_or(it.id);
    let mut reached = 0;
    for cause in &causes {
        let under = |id: CauseId| {
            std::iter::successors(Some(id), |id| parents[id]).position(|above| above == cause.id)
        };
        let below: HashMap<CauseId, usize> =
            causes.iter().filter_map(|it| Some((it.id, under(it.id)?))).collect();
        let kept: HashMap<CauseId, usize> = closure
            .iter()
            .filter(|it| it.ancestor == cause.id)
            .map(|it| (it.descendant, usize::try_from(it.depth).expect("a depth")))
            .collect();
        assert_eq!(kept, below, "{}", cause.name);
        let linked: HashSet<SubmissionId> = links
            .iter()
            .filter(|it| below.contains_key(&it.cause_id))
            .filter_map(|it| sent.iter().find(|sent| sent.id == it.submission_id))
            .map(group)
            .collect();
        let behind: Vec<&submission::Model> =
            sent.iter().filter(|it| linked.contains(&group(it))).collect();
        let voters =
            votes.iter().filter(|vote| behind.iter().any(|it| it.id == vote.submission_id));
        let people: HashSet<PersonId> = behind
            .iter()
            .filter_map(|it| it.author_id)
            .chain(voters.map(|it| it.person_id))
            .collect();
        let counts = (cause.reach, cause.submission_count);
        let counts =
            (usize::try_from(counts.0).expect("few"), usize::try_from(counts.1).expect("few"));
        assert_eq!(counts, (people.len(), behind.len()), "{}", cause.name);
        reached += people.len();
    }
    assert!(reached > 3, "{reached} people behind causes");
}

/// What release 2 set up works as it was set up.
async fn the_desk_is_as_it_was(app: &TestApp) {
    let head = head(app).await;
    let seen = head.ask("{
        absences(first: 5) { nodes { from to delegate { name } } }
        rotas(first: 5) { nodes { kind startsOn today { name } } }
        routingRules(first: 5) { nodes { name state flaws conditions { words } actions { tags } version } }
        replyTemplates(first: 5) { nodes { name phase fields texts { language text } } }
        clockBreaches(first: 50) { nodes { reference locked { reason } clocks { kind state breached dueAt } } }
        causes(first: 5, filter: {nameContains: \"line is always\"}) { nodes { name } } }", json!({})).await;
    let calendars = "{ calendars { zone openings { weekday opens closes } version } }";
    let calendars = admin(app).await.ask(calendars, json!({})).await;
    assert_eq!(
        calendars["calendars"][0]["openings"],
        json!([
            {"weekday": "MONDAY", "opens": "08:00", "closes": "16:00"},
            {"weekday": "TUESDAY", "opens": "08:00", "closes": "16:00"},
        ]),
        "{calendars}"
    );
    let away = &seen["absences"]["nodes"][0];
    assert_eq!(
        (&away["from"], &away["to"]),
        (&json!("2026-11-20"), &json!("2026-12-04")),
        "{away}"
    );
    assert!(away["delegate"]["name"].is_string(), "{away}");
    let rota = &seen["rotas"]["nodes"][0];
    assert_eq!(
        (&rota["kind"], &rota["today"]["name"]),
        (&json!("TURNS"), &away["delegate"]["name"]),
        "{rota}"
    );
    let rule = &seen["routingRules"]["nodes"][0];
    assert_eq!(
        (&rule["state"], &rule["flaws"], &rule["version"]),
        (&json!("OFF"), &json!([]), &json!(3)),
        "{rule}"
    );
    assert_eq!(
        (&rule["conditions"]["words"], &rule["actions"]["tags"]),
        (&json!(["telephone"]), &json!(["calls"])),
        "{rule}"
    );
    let reply = &seen["replyTemplates"]["nodes"][0];
    assert_eq!(
        (&reply["name"], &reply["phase"], &reply["fields"]),
        (&json!("Thanks"), &json!("ACCEPTED"), &json!(["name"])),
        "{reply}"
    );
    assert_eq!(reply["texts"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        seen["causes"]["nodes"],
        json!([{"name": "It is hard to get through to us"}]),
        "by its other name"
    );
    let late = seen["clockBreaches"]["nodes"].as_array().expect("rows");
    let clocks = late.iter().find_map(|it| it["locked"].is_object().then(|| it["clocks"].clone()));
    let clocks = clocks.unwrap_or_else(|| panic!("nothing is late: {seen}"));
    let first = clocks.as_array().expect("clocks").iter().find(|it| it["kind"] == "FIRST_RESPONSE");
    assert_eq!(
        first.map(|it| (&it["state"], &it["breached"], &it["dueAt"])),
        Some((&json!("RUNNING"), &json!(true), &json!("2026-11-16T16:00:00Z"))),
        "{clocks}"
    );
    let owner = lead(app).await;
    let views = owner
        .ask("{ triageViews(first: 5) { nodes { name isDefault orderBy count } } }", json!({}))
        .await;
    let view = &views["triageViews"]["nodes"][0];
    assert_eq!(
        (&view["name"], &view["isDefault"], &view["orderBy"]),
        (&json!("Ideas first"), &json!(true), &json!("OLDEST")),
        "{views}"
    );
    // The promised day has passed since: its owner is reminded, once.
    app.settle().await;
    assert_eq!(count(app, "notification WHERE kind = 'PROMISE_PASSED'").await, 1);
    assert_eq!(count(app, "clock WHERE kind = 'PROMISED' AND reminded_at IS NOT NULL").await, 1);
}

/// Whoever release 2 named as the lead.
async fn lead(app: &TestApp) -> Client {
    let views = all::<queue_view::Entity>(app).await;
    app.sign_in(views.first().expect("a view").owner_id).await
}

/// What release 4 began goes on.
async fn the_loop_is_as_it_was(app: &TestApp) {
    let head = head(app).await;
    let resolution = all::<resolution::Entity>(app).await.remove(0);
    let decision = all::<seen::Entity>(app).await.remove(0).decision_id;
    let seen = head.ask("query($r: ID!, $d: ID!) {
        announcements(first: 5) { nodes { title state told cause { name } submissions { reference } } }
        causeResolution(id: $r) { state total done moved announcesAt }
        sustainQuestions(first: 5, list: FLAGGED) { nodes { flaggedAt } }
        node(id: $d) { ... on Decision { seenAt heard { authors seen } } } }", json!({"r": resolution.id.to_string(), "d": decision.to_string()})).await;
    let told = &seen["announcements"]["nodes"][0];
    assert_eq!(
        (&told["title"], &told["state"], &told["told"]),
        (&json!("Two start at eight"), &json!("PUBLISHED"), &json!(200)),
        "{seen}"
    );
    assert_eq!(told["submissions"].as_array().map(Vec::len), Some(1), "{told}");
    let put_right = &seen["causeResolution"];
    assert_eq!(
        (&put_right["state"], &put_right["moved"]),
        (&json!("ANNOUNCED"), &json!(1)),
        "{seen}"
    );
    assert_eq!(
        (&seen["node"]["heard"], seen["node"]["seenAt"].is_string()),
        (&json!({"authors": 1, "seen": 1}), true),
        "{seen}"
    );
    let left = "sustain_question WHERE flagged_at IS NOT NULL AND closed_at IS NULL";
    assert_eq!(count(app, left).await, 1);
    // The line that waited is told, and leaves nothing behind.
    assert_eq!(count(app, "digest_line").await, 1);
    app.pass(2 * MINUTE).await;
    assert_eq!(count(app, "digest_line").await, 0);
    assert_eq!(count(app, "mail WHERE kind = 'DIGEST' AND state IN ('SENT', 'SKIPPED')").await, 1);
}

async fn story(app: &TestApp) {
    nothing_is_lost(app, Upgrade::AtOnce).await;
    choices_are_kept(app).await;
    joinings_are_right(app).await;
    causes_are_right(app).await;
    the_desk_is_as_it_was(app).await;
    old_words_are_found(app).await;
    plans_go_on(app).await;
    work_goes_on(app).await;
}

async fn story_of_release_four(app: &TestApp) {
    nothing_is_lost(app, Upgrade::FromFour).await;
    choices_are_kept(app).await;
    joinings_are_right(app).await;
    causes_are_right(app).await;
    the_loop_is_as_it_was(app).await;
    the_desk_is_as_it_was(app).await;
    work_goes_on(app).await;
}

mod releases_open_with_all_their_rows {
    use super::*;

    #[test]
    fn sqlite() {
        run_released(On::Sqlite, (Upgrade::AtOnce, AFTERWARDS), story);
    }

    #[test]
    fn postgres() {
        run_released(On::Postgres, (Upgrade::AtOnce, AFTERWARDS), story);
    }
}

mod release_four_opens_with_all_its_rows {
    use super::*;

    #[test]
    fn sqlite() {
        run_released(On::Sqlite, (Upgrade::FromFour, AFTERWARDS), story_of_release_four);
    }

    #[test]
    fn postgres() {
        run_released(On::Postgres, (Upgrade::FromFour, AFTERWARDS), story_of_release_four);
    }
}

mod a_change_that_was_cut_off_begins_again {
    use super::*;

    #[test]
    fn sqlite() {
        run_released(On::Sqlite, (Upgrade::CutOff, AFTERWARDS), story);
    }

    #[test]
    fn postgres() {
        run_released(On::Postgres, (Upgrade::CutOff, AFTERWARDS), story);
    }
}

#[test]
fn every_released_change_is_known() {
    let names = migration::known();
    assert_eq!(names[0], "m20261121_000001_spine");
    assert_eq!(names.len(), migration::Migrator::migrations().len());
}
