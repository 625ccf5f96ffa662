//! The screens of the demo, counted anew by a script of its own (tests/recount) that knows the rules of
//! the product and none of the code.
//!
//! The script reads the rows alone. It says what to ask in whose name and what has to be answered, so what is
//! compared is whole answers: nothing less may come, and nothing more.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::process::Command;

use earshot::db::connect::Counter;
use earshot::demo;
use entity::identity::person;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait as _, QueryFilter as _, Statement,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::kit::app::TestApp;
use crate::kit::client::Client;
use crate::on_both;

/// Staff of three sites: a nurse, somebody who reads Spanish, a receptionist; who leads a ward and who leads its
/// site; reviewers of two regions and of everything, and of a function; an executive, the moderator, the auditor.
const PEOPLE: [&str; 12] = [
    "LK1103", "LK1047", "LK1091", "LK1101", "LK1033", "LK1024", "LK1023", "LK1021", "LK1009",
    "LK1001", "LK1006", "LK1007",
];

/// The screens, each with the fewest questions that are asked about it.
const SCREENS: [(&str, usize); 6] = [
    ("feed", 250),
    ("queue", 100),
    ("detail", 250),
    ("pareto", 250),
    ("wall", 140),
    ("person", 24),
];

/// The rows of the demo by table.
type Tables = BTreeMap<String, Vec<Value>>;

/// What to ask in whose name, and what has to be answered.
#[derive(Clone, Deserialize)]
struct Question {
    who: String,
    screen: String,
    what: String,
    document: String,
    variables: Value,
    root: String,
    /// Whether it is a list to be read to its end, page after page.
    pages: bool,
    /// Of entries with a kind that has a dot, those of these kinds alone count.
    only: Option<Vec<String>>,
    expect: Value,
}

impl TestApp {
    async fn rows(&self, table: &str) -> Vec<Value> {
        let reader = self.database().read(&Counter::default());
        let backend = reader.get_database_backend();
        let ask = async |sql: String| {
            reader
                .query_all_raw(Statement::from_string(backend, sql))
                .await
                .expect("a look at a table")
        };
        let sql = match backend {
            DbBackend::Sqlite => {
                let columns = ask(format!("PRAGMA table_info(\"{table}\")")).await;
                let pairs = columns.iter().map(|row| {
                    let name: String = row.try_get("", "name").expect("a column");
                    format!("'{name}', CASE typeof(\"{name}\") WHEN 'blob' THEN lower(hex(\"{name}\")) ELSE \"{name}\" END")
                });
                format!(
                    "SELECT json_object({}) AS row FROM \"{table}\"",
                    pairs.collect::<Vec<_>>().join(", ")
                )
            }
            _ => format!("SELECT row_to_json(t)::text AS row FROM \"{table}\" t"),
        };
        let read = |row: &sea_orm::QueryResult| {
            let text: String = row.try_get("", "row").expect("a row");
            serde_json::from_str(&text).expect("JSON")
        };
        ask(sql).await.iter().map(read).collect()
    }

    /// All rows that the script reads: it says which.
    async fn exported(&self) -> Tables {
        let mut tables = Tables::new();
        for table in run(&["--tables".into()]).split_whitespace() {
            tables.insert(table.to_owned(), self.rows(table).await);
        }
        tables
    }

    /// What the script makes of rows.
    fn questions(&self, tables: &Tables, about: &[&str]) -> Vec<Question> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("rows.json");
        std::fs::write(&file, json!(tables).to_string()).expect("written");
        let now = self.house.clock.now().micros().to_string();
        let mut arguments = vec![file.display().to_string(), "--now".into(), now];
        arguments.extend(about.iter().map(|it| (*it).to_owned()));
        serde_json::from_str(&run(&arguments)).expect("questions")
    }

    pub async fn as_staff(&self, code: &str) -> Client {
        let scope = self.system();
        let found = person::Entity::find().filter(person::Column::StaffCode.eq(code));
        let person = found.one(&scope.db()).await.expect("a look").expect(code);
        self.sign_in(person.id).await
    }
}

/// Runs the script. It needs Python: without, the figures of the demo would pass unlooked at.
fn run(arguments: &[String]) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/recount/recount.py");
    let output = Command::new("python3")
        .arg("-B")
        .arg(script)
        .args(arguments)
        .output()
        .unwrap_or_else(|error| {
            panic!("the recount of the demo needs python3, and does not run: {error}. Install it.")
        });
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// Who is signed in, and what they were answered: rows may be counted anew without asking anew.
struct Asking<'a> {
    app: &'a TestApp,
    clients: HashMap<String, Client>,
    answers: HashMap<String, Value>,
}

impl<'a> Asking<'a> {
    fn new(app: &'a TestApp) -> Self {
        Self { app, clients: HashMap::new(), answers: HashMap::new() }
    }

    /// What differs between the answers and the recount, each named by who looks at what.
    async fn differences(&mut self, questions: &[Question]) -> Vec<String> {
        let mut wrong = Vec::new();
        for question in questions {
            let found = self.answer(question).await;
            let place = format!("{}, {} for {}: ", question.screen, question.what, question.who);
            compare(&found, &question.expect, &place, &mut wrong);
        }
        wrong
    }

    async fn answer(&mut self, question: &Question) -> Value {
        let key = format!("{} {} {}", question.who, question.document, question.variables);
        if !self.answers.contains_key(&key) {
            if !self.clients.contains_key(&question.who) {
                let client = self.app.as_staff(&question.who).await;
                self.clients.insert(question.who.clone(), client);
            }
            let found = ask(&self.clients[&question.who], question).await;
            self.answers.insert(key.clone(), found);
        }
        self.answers[&key].clone()
    }
}

/// The answer to a question; of a list all nodes, which have to be as many as it says there are.
async fn ask(client: &Client, question: &Question) -> Value {
    let mut variables = question.variables.clone();
    let mut nodes = Vec::new();
    loop {
        let data = client.ask(&question.document, variables.clone()).await;
        let mut found = data[&question.root].clone();
        if let Some(only) = &question.only {
            keep(&mut found, only);
        }
        if !question.pages {
            return found;
        }
        nodes.extend(found["nodes"].as_array().expect("nodes").clone());
        if found["pageInfo"]["hasNextPage"] != true {
            assert_eq!(found["totalCount"], nodes.len(), "{}", question.what);
            return Value::Array(nodes);
        }
        variables["after"] = found["pageInfo"]["endCursor"].clone();
    }
}

/// Leaves out what is of another kind.
fn keep(value: &mut Value, only: &[String]) {
    match value {
        Value::Array(entries) => {
            entries.retain(|entry| match entry["kind"].as_str() {
                Some(kind) if kind.contains('.') => only.iter().any(|it| it == kind),
                _ => true,
            });
            entries.iter_mut().for_each(|entry| keep(entry, only));
        }
        Value::Object(fields) => fields.values_mut().for_each(|field| keep(field, only)),
        _ => {}
    }
}

/// Names every place at which two answers differ. Instants fit to the second, and shares to nine places.
fn compare(found: &Value, counted: &Value, place: &str, wrong: &mut Vec<String>) {
    match (found, counted) {
        (Value::Object(shown), Value::Object(counted)) => {
            let names: BTreeSet<&String> = shown.keys().chain(counted.keys()).collect();
            for name in names {
                let of =
                    |fields: &Map<String, Value>| fields.get(name).cloned().unwrap_or_default();
                compare(&of(shown), &of(counted), &format!("{place}.{name}"), wrong);
            }
        }
        (Value::Array(found), Value::Array(counted)) if found.len() == counted.len() => {
            for (at, (found, counted)) in found.iter().zip(counted).enumerate() {
                let name = counted["reference"].as_str().map_or(at.to_string(), str::to_owned);
                compare(found, counted, &format!("{place}[{name}]"), wrong);
            }
        }
        (Value::Array(found), Value::Array(counted)) => {
            let beside = |some: &[Value], others: &[Value]| {
                let beside: Vec<Value> =
                    some.iter().filter(|it| !others.contains(it)).take(5).cloned().collect();
                json!(beside)
            };
            wrong.push(format!(
                "{place}: {} shown, {} counted; shown alone {}, counted alone {}",
                found.len(),
                counted.len(),
                beside(found, counted),
                beside(counted, found)
            ));
        }
        _ if same(found, counted) => {}
        _ => wrong.push(format!("{place}: shown {found}, counted {counted}")),
    }
}

fn same(found: &Value, counted: &Value) -> bool {
    if let (Some(found), Some(counted)) = (found.as_str(), counted.as_str()) {
        let instant = counted.len() == 19 && counted.as_bytes()[10] == b'T';
        return if instant { found.starts_with(counted) } else { found == counted };
    }
    match (found.as_f64(), counted.as_f64()) {
        (Some(found), Some(counted)) => (found - counted).abs() < 1e-9,
        _ => found == counted,
    }
}

/// One change of the rows, and the screen on which it has to be found.
struct Tampering {
    screen: &'static str,
    who: &'static str,
    what: &'static str,
    change: fn(&mut Tables),
}

fn first<'a>(tables: &'a mut Tables, table: &str, fits: impl Fn(&Value) -> bool) -> &'a mut Value {
    let rows = tables.get_mut(table).expect("a table");
    rows.iter_mut().find(|row| fits(row)).unwrap_or_else(|| panic!("nothing in {table}"))
}

fn idea_in(tables: &Tables, phase: &str) -> Value {
    let fits = |row: &&Value| {
        row["kind"] == "IDEA" && row["phase"] == phase && row["merged_into"].is_null()
    };
    tables["submission"].iter().find(fits).expect("an idea")["id"].clone()
}

const TAMPERINGS: [Tampering; 9] = [
    Tampering {
        screen: "feed",
        who: "LK1021",
        what: "voteCount",
        change: |tables| {
            tables.get_mut("vote").expect("votes").pop();
        },
    },
    Tampering {
        screen: "feed",
        who: "LK1021",
        what: "shownPhase",
        change: |tables| {
            let idea = idea_in(tables, "DECLINED");
            let told = |row: &Value| row["submission_id"] == idea && row["to_phase"] == "DECLINED";
            first(tables, "decision", told)["to_phase"] = json!("ACCEPTED");
        },
    },
    Tampering {
        screen: "queue",
        who: "LK1024",
        what: "LK1024",
        change: |tables| {
            let waits = |row: &Value| row["phase"] == "UNDER_REVIEW" && row["handover"].is_null();
            let decisions: Vec<Value> = tables["submission"]
                .iter()
                .filter(|row| waits(row))
                .map(|row| row["id"].clone())
                .collect();
            for row in tables.get_mut("submission").expect("rows") {
                if decisions.contains(&row["id"]) {
                    row["phase"] = json!("ACCEPTED");
                }
            }
        },
    },
    Tampering {
        screen: "detail",
        who: "LK1021",
        what: "isConfirmed",
        change: |tables| {
            tables.get_mut("outcome_confirmation").expect("proofs").clear();
        },
    },
    Tampering {
        screen: "detail",
        who: "LK1021",
        what: "progress.done",
        change: |tables| {
            let items = tables.get_mut("action_item").expect("items");
            items.retain(|row| row["status"] != "DONE");
        },
    },
    Tampering {
        screen: "pareto",
        who: "LK1021",
        what: "bars",
        change: |tables| {
            tables.get_mut("cause_link").expect("links").truncate(200);
        },
    },
    Tampering {
        screen: "wall",
        who: "LK1021",
        what: "what changed in",
        change: |tables| {
            let idea = idea_in(tables, "IMPLEMENTED");
            first(tables, "submission", |row| row["id"] == idea)["kind"] = json!("OBSERVATION");
        },
    },
    Tampering {
        screen: "person",
        who: "LK1104",
        what: "agreed",
        change: |tables| {
            tables.get_mut("vote").expect("votes").clear();
        },
    },
    Tampering {
        screen: "person",
        who: "LK1104",
        what: "sent",
        change: |tables| {
            let person = first(tables, "person", |row| row["staff_code"] == "LK1104")["id"].clone();
            first(tables, "submission", |row| row["author_id"] == person)["author_id"] =
                Value::Null;
        },
    },
];

on_both! {
    async fn every_screen_of_the_demo_is_what_a_recount_says(app) {
        app.vacate().await;
        demo::ensure(&app.system()).await.expect("loaded");
        let tables = app.exported().await;
        let questions = app.questions(&tables, &PEOPLE);
        for (screen, least) in SCREENS {
            let asked = questions.iter().filter(|it| it.screen == screen).count();
            println!("{screen}: {asked} questions");
            assert!(asked >= least, "{screen}: {asked} questions");
        }
        let wrong = Asking::new(app).differences(&questions).await;
        assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
    }

    async fn a_changed_row_is_found_on_each_screen(app) {
        app.vacate().await;
        demo::ensure(&app.system()).await.expect("loaded");
        let tables = app.exported().await;
        let mut asking = Asking::new(app);
        for Tampering { screen, who, what, change } in TAMPERINGS {
            let mut changed = tables.clone();
            change(&mut changed);
            let questions = app.questions(&changed, &[who, "--screen", screen]);
            let wrong = asking.differences(&questions).await;
            let named = wrong.iter().find(|it| it.starts_with(screen) && it.contains(what));
            println!("{screen}: {} differences, {named:?}", wrong.len());
            assert!(named.is_some(), "{screen}, {what}: {wrong:?}");
        }
    }
}
