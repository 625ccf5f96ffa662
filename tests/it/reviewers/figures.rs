//! What the API shows equals what the recount says.

use std::collections::BTreeSet;

use entity::id::{CauseId, SubmissionId, TypedId as _, UnitId};
use entity::identity::unit_closure;
use entity::submissions::phase::{Kind, Phase};
use entity::submissions::submission;
use entity::submissions::values::{CommentVisibility, Severity};
use entity::triage::values::CauseStatus;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};

use super::desk::Desk;
use super::recount::World;
use crate::kit::app::TestApp;
use crate::kit::client::Client;

pub async fn agree(app: &TestApp, desk: &Desk<'_>) {
    let world = World::read(app).await;
    submissions(app, &world, desk).await;
    causes(&world, &desk.head).await;
    pareto(&world, &desk.head).await;
    queue(app, &world, desk).await;
}

/// All rows of a connection.
async fn all(client: &Client, query: &str, field: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut after = Value::Null;
    loop {
        let page = client.ask(query, json!({"after": after})).await[field].clone();
        rows.extend(page["nodes"].as_array().expect("a page").iter().cloned());
        if page["pageInfo"]["hasNextPage"] != json!(true) {
            return rows;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

/// Votes, people behind and comments of every submission that stands for itself.
async fn submissions(app: &TestApp, world: &World, desk: &Desk<'_>) {
    let comments = entity::submissions::comment::Entity::find()
        .filter(entity::submissions::comment::Column::Visibility.eq(CommentVisibility::Public))
        .all(&app.system().db())
        .await
        .expect("comments");
    let shown = all(
        &desk.head,
        "query($after: String) { submissions(first: 100, after: $after) { nodes { id reference voteCount reach commentCount phase } pageInfo { hasNextPage endCursor } } }",
        "submissions",
    )
    .await;
    assert_eq!(shown.len(), world.submissions.len());
    for row in &shown {
        let id = SubmissionId::parse(row["id"].as_str().expect("an id")).expect("an id");
        let twin = world.submissions[&id].merged_into.is_some();
        assert_eq!(row["phase"] == json!("MERGED"), twin, "{row}");
        let written = comments.iter().filter(|comment| comment.submission_id == id).count();
        assert_eq!(row["commentCount"], json!(written), "{row}");
        if !twin {
            assert_eq!(row["voteCount"], json!(world.votes(id)), "votes of {row}");
            assert_eq!(row["reach"], json!(world.behind(id).count()), "people behind {row}");
        }
    }
    assert_eq!(desk.twins.len(), 17, "twenty joined, three taken back");
    assert_eq!(shown.iter().filter(|row| row["phase"] == "MERGED").count(), 17);
}

/// Reach and number of submissions of every cause.
async fn causes(world: &World, head: &Client) {
    let shown = all(
        head,
        "query($after: String) { causes(first: 100, after: $after) { nodes { id name reach submissionCount } pageInfo { hasNextPage endCursor } } }",
        "causes",
    )
    .await;
    assert!(shown.len() > 20, "{} causes", shown.len());
    for row in &shown {
        let id = CauseId::parse(row["id"].as_str().expect("an id")).expect("an id");
        if matches!(world.causes[&id].status, CauseStatus::Merged | CauseStatus::Rejected) {
            continue;
        }
        let behind = world.linked(id);
        assert_eq!(row["reach"], json!(world.people(&behind)), "reach of {row}");
        assert_eq!(row["submissionCount"], json!(behind.len()), "submissions of {row}");
    }
}

const PARETO: &str =
    "query($by: CauseMeasure!, $parent: ID) { causePareto(measure: $by, parentId: $parent) {
  sum direct withoutCause hiddenBars bars { cause { id name } value share cumulativeShare } } }";

/// The bars of the top level and of the widest cause there, by both measures.
async fn pareto(world: &World, head: &Client) {
    let wide = world.causes.values().find_map(|cause| cause.parent_id).expect("a wider cause");
    for parent in [None, Some(wide)] {
        for by in ["REACH", "SUBMISSIONS"] {
            let variables = json!({"by": by, "parent": parent.map(|id| id.to_string())});
            let shown = head.ask(PARETO, variables).await["causePareto"].clone();
            assert_eq!(shown["hiddenBars"], 0, "a reviewer sees every bar");
            let behind = |ids: &BTreeSet<SubmissionId>| match by {
                "REACH" => world.people(ids),
                _ => ids.len(),
            };
            level(world, &shown, parent, |id| behind(&world.linked(id)));
            assert_eq!(shown["withoutCause"], json!(behind(&world.without_cause())), "{by}");
            let direct = parent.map(|id| behind(&world.linked_to(&BTreeSet::from([id]))));
            assert_eq!(shown["direct"], json!(direct), "{by}");
        }
    }
}

/// One level, by what is behind each cause of it.
fn level(world: &World, shown: &Value, parent: Option<CauseId>, value: impl Fn(CauseId) -> usize) {
    let bars = shown["bars"].as_array().expect("bars");
    let here = world.causes.values().filter(|cause| cause.parent_id == parent);
    let live = here.filter(|it| !matches!(it.status, CauseStatus::Merged | CauseStatus::Rejected));
    let wanted: Vec<CauseId> = live.map(|cause| cause.id).filter(|id| value(*id) > 0).collect();
    assert!(bars.len() >= 3 && bars.len() == wanted.len(), "{shown}");
    let sum: usize = wanted.iter().map(|id| value(*id)).sum();
    assert_eq!(shown["sum"], json!(sum));
    let (mut so_far, mut last) = (0.0, usize::MAX);
    for bar in bars {
        let id = CauseId::parse(bar["cause"]["id"].as_str().expect("an id")).expect("an id");
        let value = value(id);
        assert_eq!(bar["value"], json!(value), "{bar}");
        assert!(value <= last, "the longest bar comes first");
        last = value;
        #[allow(clippy::cast_precision_loss)] // a few hundred people
        let share = value as f64 / sum as f64;
        so_far += share;
        assert!((bar["share"].as_f64().expect("a share") - share).abs() < 1e-6, "{bar}");
        assert!((bar["cumulativeShare"].as_f64().expect("a share") - so_far).abs() < 1e-6);
    }
}

/// The queues of a reviewer and of IT, by several filters.
async fn queue(app: &TestApp, world: &World, desk: &Desk<'_>) {
    let org = &app.organisation;
    let north = below(app, org.north).await;
    let harbour = below(app, org.harbour).await;
    let it = app.sign_in(org.it_reviewer).await;
    let mut found_some = 0;
    for (filter, holds) in filters(world, org.harbour, &harbour) {
        let of_unit =
            |row: &submission::Model| row.function_id.is_none() && north.contains(&row.unit_id);
        let of_it = |row: &submission::Model| row.function_id == Some(org.it);
        let found = world.submissions.values().filter(|row| of_unit(row) && holds(row)).count();
        assert_eq!(count(&desk.reviewers[0], &filter).await, found, "{filter}");
        found_some += usize::from(found > 0);
        let found = world.submissions.values().filter(|row| of_it(row) && holds(row)).count();
        assert_eq!(count(&it, &filter).await, found, "IT: {filter}");
    }
    assert!(found_some > 10, "the filters find something: {found_some}");
    let accepted = json!({"phase": {"in": ["ACCEPTED"]}});
    assert_eq!(count(&it, &accepted).await, 6, "what IT took");
    assert_eq!(count(&desk.reviewers[1], &json!({})).await, 0, "the queue is empty");
}

async fn count(reviewer: &Client, filter: &Value) -> usize {
    let query = "query($f: QueueFilter) { triageQueue(first: 1, filter: $f) { totalCount } }";
    let data = reviewer.ask(query, json!({"f": filter})).await;
    let count = data["triageQueue"]["totalCount"].as_u64().expect("a count");
    usize::try_from(count).expect("few")
}

type Holds<'a> = Box<dyn Fn(&submission::Model) -> bool + 'a>;

/// Filters with what they mean. Those that speak of no phase find open ones only.
fn filters<'a>(
    world: &'a World,
    site: UnitId,
    below: &'a BTreeSet<UnitId>,
) -> Vec<(Value, Holds<'a>)> {
    let mut filters: Vec<(Value, Holds<'a>)> = Vec::new();
    for phase in [Phase::Accepted, Phase::Declined, Phase::Merged, Phase::NeedsInfo] {
        let filter = json!({"phase": {"in": [phase.as_str()]}});
        filters.push((filter, Box::new(move |row| row.phase == phase)));
    }
    let open = |row: &submission::Model| matches!(row.phase, Phase::Submitted | Phase::UnderReview);
    let accepted = |row: &submission::Model| row.phase == Phase::Accepted;
    let with = |mut more: Value| {
        more["phase"] = json!({"in": ["ACCEPTED"]});
        more
    };
    filters.push((json!({}), Box::new(open)));
    filters.push((
        json!({"kind": {"in": ["IDEA"]}}),
        Box::new(move |row| open(row) && row.kind == Kind::Idea),
    ));
    filters.push((
        with(json!({"kind": {"in": ["IDEA"]}})),
        Box::new(move |row| accepted(row) && row.kind == Kind::Idea),
    ));
    for severity in [Severity::Low, Severity::Medium, Severity::High] {
        filters.push((
            with(json!({"severity": {"in": [severity.as_str()]}})),
            Box::new(move |row| accepted(row) && row.severity == Some(severity)),
        ));
    }
    filters.push((
        with(json!({"unit": {"inSubtree": site.to_string()}})),
        Box::new(move |row| accepted(row) && below.contains(&row.unit_id)),
    ));
    filters.push((
        with(json!({"tag": {"in": ["lot-1", "lot-2"]}})),
        Box::new(move |row| {
            let tags = world.tags.get(&row.id);
            accepted(row) && tags.is_some_and(|it| it.contains("lot-1") || it.contains("lot-2"))
        }),
    ));
    let causes_of = |row: &submission::Model| -> BTreeSet<CauseId> {
        let links = world.links.iter().filter(|it| it.submission_id == row.id);
        let live = links.filter(|it| world.causes[&it.cause_id].status != CauseStatus::Rejected);
        live.map(|it| it.cause_id).collect()
    };
    for none in [true, false] {
        filters.push((
            with(json!({"cause": {"isNull": none}})),
            Box::new(move |row| accepted(row) && none == causes_of(row).is_empty()),
        ));
    }
    let rejected = world.causes.values().find(|cause| cause.status == CauseStatus::Rejected);
    let wide = rejected.and_then(|cause| cause.parent_id).expect("a cause above the rejected one");
    filters.push((
        with(json!({"cause": {"inSubtree": wide.to_string()}})),
        Box::new(move |row| accepted(row) && !causes_of(row).is_disjoint(&world.branch(wide))),
    ));
    filters
}

async fn below(app: &TestApp, top: UnitId) -> BTreeSet<UnitId> {
    let rows = unit_closure::Entity::find()
        .filter(unit_closure::Column::Ancestor.eq(top))
        .all(&app.system().db())
        .await
        .expect("the tree");
    rows.into_iter().map(|row| row.descendant).collect()
}
