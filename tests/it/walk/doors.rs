//! Ways that take an id, a filter or a search: each must give exactly what the rule gives.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use uuid::Uuid;

use super::Walker;
use super::judge::{bare, named};
use super::rows::{Rows, Sub};
use super::tour::answered;

/// Searches of one document: the pre-scan allows 30 aliases.
const SEARCHES: usize = 25;
const PHASES: &str = "SUBMITTED, UNDER_REVIEW, NEEDS_INFO, DEFERRED, ACCEPTED, PLANNED, IN_PROGRESS, IMPLEMENTED, SUSTAINED, DECLINED, MERGED, WITHDRAWN";

/// What one walker was given, and what is wrong with it.
struct Asked<'a> {
    rows: &'a Rows,
    walker: &'a Walker,
    wrong: Vec<String>,
}

/// Everything wrong with what the doors give to a walker.
pub async fn ask(rows: &Rows, cursors: &Cursors, walker: &Walker) -> Vec<String> {
    let mut asked = Asked { rows, walker, wrong: Vec::new() };
    asked.by_id().await;
    asked.lists().await;
    asked.searches().await;
    asked.queue().await;
    asked.work().await;
    asked.causes().await;
    asked.for_those_inside().await;
    asked.behind_a_cursor(cursors).await;
    asked.files().await;
    asked.wrong
}

/// Places in the middle of lists.
pub struct Cursors {
    comments: Value,
    history: Value,
}

impl Cursors {
    /// The first place of the lists of a submission: of all others it is somewhere in the middle.
    pub async fn of(walker: &Walker, sub: &str) -> Self {
        const PAGE: &str = "(first: 1) { pageInfo { endCursor } }";
        let document =
            format!("{{ submission(by: {{id: \"{sub}\"}}) {{ comments{PAGE} history{PAGE} }} }}");
        let data = walker.client.ask(&document, json!({})).await["submission"].clone();
        let cursor = |list: &str| data[list]["pageInfo"]["endCursor"].clone();
        Self { comments: cursor("comments"), history: cursor("history") }
    }
}

fn ids(nodes: &Value) -> BTreeSet<Uuid> {
    let nodes = nodes.as_array().into_iter().flatten();
    nodes.filter_map(|it| it["id"].as_str()).map(bare).collect()
}

impl Asked<'_> {
    /// Complains of every difference.
    fn compare(&mut self, way: &str, seen: &BTreeSet<Uuid>, granted: &BTreeSet<Uuid>) {
        let name = |id: &Uuid| {
            if self.rows.subs.contains_key(id) { self.rows.title(*id) } else { id.to_string() }
        };
        let over = seen.difference(granted).map(|id| format!("{way} shows {}", name(id)));
        let under = granted.difference(seen).map(|id| format!("{way} lacks {}", name(id)));
        let said: Vec<String> = over.chain(under).collect();
        self.wrong.extend(said);
    }

    async fn get(&self, document: &str) -> Value {
        answered(&self.walker.client, document).await["data"].clone()
    }

    async fn nodes(&mut self, prefix: &str, (all, granted): (Vec<Uuid>, BTreeSet<Uuid>)) {
        let mut seen = BTreeSet::new();
        for some in all.chunks(100) {
            let wanted: Vec<String> = some.iter().map(|id| named(prefix, *id)).collect();
            let data = self.get(&format!("{{ nodes(ids: {}) {{ id }} }}", json!(wanted))).await;
            seen.extend(ids(&data["nodes"]));
        }
        self.compare(&format!("nodes of {prefix}"), &seen, &granted);
    }

    async fn by_id(&mut self) {
        let (rows, who) = (self.rows, self.walker.who);
        self.nodes("sub", (rows.subs.keys().copied().collect(), rows.readable(who))).await;
        self.nodes("cause", (rows.causes.keys().copied().collect(), rows.visible(who))).await;
        let inside = rows.decisions.iter().filter(|it| rows.inside(who, &rows.subs[it.1]));
        let inside = inside.map(|it| *it.0).collect();
        self.nodes("decision", (rows.decisions.keys().copied().collect(), inside)).await;
        let told = rows.notes.iter().filter(|it| Some(*it.1) == who.person()).map(|it| *it.0);
        self.nodes("note", (rows.notes.keys().copied().collect(), told.collect())).await;
        if rows.is_any(who, "REVIEWER") {
            let views: Vec<Uuid> = rows.views.keys().copied().collect();
            let used = views.iter().copied().filter(|id| rows.uses_view(who, *id)).collect();
            self.nodes("view", (views, used)).await;
        }
    }

    async fn lists(&mut self) {
        let (rows, who) = (self.rows, self.walker.who);
        let readable = rows.readable(who);
        let of = |some: &dyn Fn(&Sub) -> bool| -> BTreeSet<Uuid> {
            readable.iter().copied().filter(|id| some(&rows.subs[id])).collect()
        };
        let data = self
            .get(
                "{ submissions(first: 100) { totalCount nodes { id } } mySubmissions(first: 100) { totalCount nodes { id } }
                ideas(first: 100) { totalCount nodes { id } } observations(first: 100) { totalCount nodes { id } }
                causes(first: 100) { totalCount nodes { id } } }",
            )
            .await;
        for (list, granted) in [
            ("submissions", readable.clone()),
            ("mySubmissions", of(&|it| it.author.is_some() && it.author == who.person())),
            ("ideas", of(&|it| it.kind == "IDEA")),
            ("observations", of(&|it| it.kind == "OBSERVATION")),
            ("causes", rows.visible(who)),
        ] {
            self.compare(list, &ids(&data[list]["nodes"]), &granted);
            self.count(list, (&data[list], granted.len()));
        }
    }

    /// Counts are counts of what is shown.
    fn count(&mut self, way: &str, (list, granted): (&Value, usize)) {
        if !list.is_null() && list["totalCount"] != json!(granted) {
            self.wrong.push(format!("{way} counts {} instead of {granted}", list["totalCount"]));
        }
    }

    /// A word that stands in one submission alone finds it for those who read it, and counts
    /// nothing for all others.
    async fn searches(&mut self) {
        let words: Vec<(Uuid, String)> = self.rows.words_of_each();
        let who = self.walker.who;
        for some in words.chunks(SEARCHES) {
            let search = |list: &str| -> String {
                let fields = some.iter().enumerate().map(|(at, (_, word))| {
                    format!("a{at}: {list}(first: 3, filter: {{text: \"{word}\"{}}}) {{ totalCount nodes {{ id }} }}",
                        if list == "triageQueue" { format!(", phase: {{in: [{PHASES}]}}") } else { String::new() })
                });
                format!("{{ {} }}", fields.collect::<Vec<_>>().join(" "))
            };
            for list in ["submissions", "triageQueue"] {
                if list == "triageQueue" && !self.rows.is_any(who, "REVIEWER") {
                    continue;
                }
                let data = self.get(&search(list)).await;
                for (at, (id, word)) in some.iter().enumerate() {
                    let sub = &self.rows.subs[id];
                    let found = if list == "submissions" {
                        self.rows.reads(who, sub)
                    } else {
                        self.rows.queues(who, sub) && sub.snoozed.is_none()
                    };
                    let granted = BTreeSet::from_iter(found.then_some(*id));
                    let page = &data[format!("a{at}")];
                    self.compare(&format!("{list} of {word}"), &ids(&page["nodes"]), &granted);
                    self.count(&format!("{list} of {word}"), (page, granted.len()));
                }
            }
        }
    }

    async fn queue(&mut self) {
        let (rows, who) = (self.rows, self.walker.who);
        let reviewer = rows.is_any(who, "REVIEWER");
        let phases = format!("phase: {{in: [{PHASES}]}}");
        let all = |some: &dyn Fn(&Sub) -> bool| -> BTreeSet<Uuid> {
            let mine = rows.subs.values().filter(|it| reviewer && rows.queues(who, it));
            mine.filter(|it| some(it)).map(|it| it.id).collect()
        };
        let ready = |it: &Sub| it.snoozed.is_none();
        let linked = |it: &Sub| rows.links.values().any(|link| link.sub == it.id);
        let waits = |it: &Sub| matches!(it.phase.as_str(), "SUBMITTED" | "UNDER_REVIEW");
        let mine = |it: &Sub| it.assignee.is_some() && it.assignee == who.person();
        let asks: [(String, BTreeSet<Uuid>); 7] = [
            (String::new(), all(&|it| ready(it) && waits(it))),
            (phases.clone(), all(&ready)),
            (format!("{phases}, text: \"hooks\""), all(&|it| ready(it) && rows.says(it, "hooks"))),
            (format!("{phases}, snoozed: true"), all(&|it| !ready(it))),
            (format!("{phases}, hidden: true"), all(&|it| ready(it) && it.hidden.is_some())),
            (format!("{phases}, mine: true"), all(&|it| ready(it) && mine(it))),
            (
                format!("{phases}, hasPhoto: true"),
                all(&|it| ready(it) && rows.files.values().any(|of| *of == it.id)),
            ),
        ];
        for (filter, granted) in asks {
            let document = format!(
                "{{ triageQueue(first: 100, filter: {{{filter}}}) {{ totalCount nodes {{ id }} }} }}"
            );
            let page = self.get(&document).await["triageQueue"].clone();
            let way = format!("triageQueue of {filter:.60}");
            self.compare(&way, &ids(&page["nodes"]), &granted);
            self.count(&way, (&page, granted.len()));
        }
        // A negation must not tell what a filter hides.
        let document = format!(
            "{{ triageQueue(first: 100, filter: {{{phases}, not: {{cause: {{isNull: true}}}}}}) {{ totalCount nodes {{ id }} }} }}"
        );
        let page = self.get(&document).await["triageQueue"].clone();
        let granted = all(&|it| ready(it) && linked(it));
        if !ids(&page["nodes"]).is_subset(&granted) {
            self.wrong.push(String::from(
                "triageQueue of a negation shows what is not linked, or not theirs",
            ));
        }
    }

    /// Photos by their id, with a bearer token.
    async fn files(&mut self) {
        for (file, sub) in &self.rows.files {
            let path = format!("/files/{}", named("file", *file));
            let answer = self.walker.client.request(reqwest::Method::GET, &path).send().await;
            let status = answer.expect("an answer").status().as_u16();
            let granted =
                if self.rows.reads(self.walker.who, &self.rows.subs[sub]) { 200 } else { 404 };
            if status != granted {
                self.wrong.push(format!("the photo of {} answers {status}", self.rows.title(*sub)));
            }
        }
    }

    /// What somebody has to do, and what waits too long: theirs alone.
    async fn work(&mut self) {
        let (rows, who) = (self.rows, self.walker.who);
        let data = self
            .get(
                "{ clockBreaches(first: 100) { totalCount nodes { id } } submissionsWithoutCause(first: 100) { totalCount nodes { id } }
                myActionItems(first: 100) { totalCount nodes { id } } }",
            )
            .await;
        for list in ["clockBreaches", "submissionsWithoutCause"] {
            let seen = ids(&data[list]["nodes"]);
            for id in seen.iter().filter(|id| !rows.inside(who, &rows.subs[id])) {
                self.wrong.push(format!("{list} shows {}", rows.title(*id)));
            }
            self.count(list, (&data[list], seen.len()));
        }
        let late = ids(&data["clockBreaches"]["nodes"]);
        if self.walker.name == "reviewer" && late.is_empty() {
            self.wrong.push(String::from("nothing waits too long: the world is too quiet"));
        }
        let mine: BTreeSet<Uuid> = rows.items_of(who);
        self.compare("myActionItems", &ids(&data["myActionItems"]["nodes"]), &mine);
        self.count("myActionItems", (&data["myActionItems"], mine.len()));
    }

    /// Numbers of causes and the way back from them; a Pareto of groups that are large enough.
    async fn causes(&mut self) {
        let (rows, who) = (self.rows, self.walker.who);
        let reviewer = who.person().is_some() && rows.is_any(who, "REVIEWER");
        let wanted: Vec<String> = rows.causes.keys().map(|id| named("cause", *id)).collect();
        let query = "{ nodes(ids: IDS) { ... on Cause { id reach submissions(first: 40) { totalCount nodes { id } } } } }";
        let data = self.get(&query.replace("IDS", &json!(wanted).to_string())).await;
        for cause in data["nodes"].as_array().into_iter().flatten().filter(|it| it.is_object()) {
            let id = bare(cause["id"].as_str().expect("an id"));
            if !reviewer && cause["reach"] != json!(rows.reach(id)) {
                self.wrong.push(format!(
                    "cause {id} tells {} instead of {}",
                    cause["reach"],
                    rows.reach(id)
                ));
            }
            let linked =
                rows.links.values().filter(|it| it.cause == id && rows.meets_link(who, it));
            let linked: BTreeSet<Uuid> = linked.map(|it| it.sub).collect();
            let way = format!("submissions of cause {id}");
            self.compare(&way, &ids(&cause["submissions"]["nodes"]), &linked);
            self.count(&way, (&cause["submissions"], linked.len()));
        }
        let data =
            self.get("{ causePareto(measure: REACH) { bars { value cause { id } } } }").await;
        for bar in data["causePareto"]["bars"].as_array().into_iter().flatten() {
            let id = bare(bar["cause"]["id"].as_str().expect("an id"));
            let small = bar["value"].as_u64().is_none_or(|it| it < 5)
                || bar["value"] != json!(rows.reach(id));
            if !reviewer && small {
                self.wrong.push(format!("a bar of {} for {}", bar["value"], rows.reach(id)));
            }
        }
    }

    /// Fields that the schema promises to "those who work on it".
    async fn for_those_inside(&mut self) {
        const FIELDS: &str = "id assignee { id } owner { id } impact effort pendingDecision { id } clocks { kind } twins(first: 3) { nodes { id } }";
        let (rows, who) = (self.rows, self.walker.who);
        let readable: Vec<Uuid> = rows.readable(who).into_iter().collect();
        for some in readable.chunks(50) {
            let wanted: Vec<String> = some.iter().map(|id| named("sub", *id)).collect();
            let document = format!(
                "{{ nodes(ids: {}) {{ ... on Idea {{ {FIELDS} }} ... on Observation {{ {FIELDS} }} }} }}",
                json!(wanted)
            );
            let data = self.get(&document).await;
            for it in data["nodes"].as_array().into_iter().flatten().filter(|it| it.is_object()) {
                let sub = &rows.subs[&bare(it["id"].as_str().expect("an id"))];
                if rows.inside(who, sub) {
                    let owner = sub.owner.map(|id| named("person", id));
                    if it["owner"]["id"].as_str() != owner.as_deref() {
                        self.wrong.push(format!(
                            "the owner of {} is {}",
                            rows.title(sub.id),
                            it["owner"]
                        ));
                    }
                } else if let Some(field) =
                    ["assignee", "owner", "impact", "effort", "pendingDecision", "clocks", "twins"]
                        .iter()
                        .find(|field| !says_nothing(&it[**field]))
                {
                    self.wrong.push(format!("{field} of {} is {}", rows.title(sub.id), it[*field]));
                }
            }
        }
    }

    /// Comments and history from the ends, which are read for many at once, and behind a cursor, which
    /// is another way: both count what is for the asker, and show no more.
    async fn behind_a_cursor(&mut self, cursors: &Cursors) {
        let (rows, who) = (self.rows, self.walker.who);
        let fields = format!(
            "id c1: comments(last: 1) {{ totalCount }} c2: comments(first: 9, after: {}) {{ totalCount nodes {{ id }} }}
            h1: history(last: 1) {{ totalCount }} h2: history(first: 1, after: {}) {{ totalCount }}",
            cursors.comments, cursors.history
        );
        let readable: Vec<Uuid> = rows.readable(who).into_iter().collect();
        for some in readable.chunks(50) {
            let wanted: Vec<String> = some.iter().map(|id| named("sub", *id)).collect();
            let data = self
                .get(&format!(
                    "{{ nodes(ids: {}) {{ ... on Submission {{ {fields} }} }} }}",
                    json!(wanted)
                ))
                .await;
            for it in data["nodes"].as_array().into_iter().flatten().filter(|it| it.is_object()) {
                let sub = &rows.subs[&bare(it["id"].as_str().expect("an id"))];
                let about = rows.title(sub.id);
                let said = rows
                    .comments
                    .iter()
                    .filter(|(id, of)| of.0 == sub.id && rows.meets_comment(who, **id));
                let said: BTreeSet<Uuid> = said.map(|it| *it.0).collect();
                for way in ["c1", "c2"] {
                    self.count(&format!("{way} of {about}"), (&it[way], said.len()));
                }
                if !ids(&it["c2"]["nodes"]).is_subset(&said) {
                    self.wrong.push(format!("comments behind a cursor of {about}"));
                }
                let (readers, inside) = rows.told[&sub.id];
                let told = if rows.inside(who, sub) { inside } else { readers };
                // What becomes of the canonical one is told with a twin's own.
                for way in ["h1", "h2"].iter().filter(|_| rows.root(sub.id) == sub.id) {
                    self.count(
                        &format!("{way} of {about}"),
                        (&it[*way], usize::try_from(told).expect("few")),
                    );
                }
            }
        }
    }
}

/// Null, or a list of nothing.
fn says_nothing(it: &Value) -> bool {
    it.is_null() || it["nodes"] == json!([]) || *it == json!([])
}
