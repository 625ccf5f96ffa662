//! docs/GUIDE.md, step by step: every GraphQL block in it is sent to the demo, by the person that it names,
//! with what earlier steps kept. So the guide cannot tell of what is not there.

use std::collections::HashMap;

use earshot::demo;
use entity::identity::person;
use entity::instant::DAY;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::{Map, Value, json};

use crate::kit::client::Client;
use crate::on_both;

/// Who is who in the guide (`personas` of the demo).
const PEOPLE: [(&str, &str); 3] =
    [("nurse", "LK1103"), ("reviewer", "LK1024"), ("manager", "LK1033")];

/// One block of the guide.
struct Step {
    who: String,
    /// Name of a value, and where in the answer it stands.
    keeps: Vec<(String, String)>,
    document: String,
}

fn steps() -> Vec<Step> {
    let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/GUIDE.md");
    let text = std::fs::read_to_string(guide).expect("the guide");
    let blocks =
        text.split("```graphql\n").skip(1).map(|rest| rest.split("```").next().unwrap_or_default());
    blocks.map(step).collect()
}

fn step(block: &str) -> Step {
    let comments = || block.lines().filter_map(|line| line.strip_prefix("# "));
    let kept =
        comments().filter_map(|line| line.strip_prefix("keep ")).flat_map(|line| line.split(", "));
    let keeps = kept.map(|pair| {
        let (name, path) = pair.split_once(" = ").expect("name = path");
        (name.trim_start_matches('$').to_owned(), path.to_owned())
    });
    Step {
        who: comments().next().expect("who sends it").to_owned(),
        keeps: keeps.collect(),
        document: block.to_owned(),
    }
}

fn at<'a>(data: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(data, |value, part| match part.parse::<usize>() {
        Ok(place) => &value[place],
        Err(_) => &value[part],
    })
}

/// The values of the variables that a document declares.
fn variables(document: &str, known: &Map<String, Value>) -> Value {
    let declared = known.iter().filter(|(name, _)| document.contains(&format!("${name}:")));
    Value::Object(declared.map(|(name, value)| (name.clone(), value.clone())).collect())
}

/// Nothing may be refused: `userErrors` anywhere is empty.
fn nothing_refused(data: &Value, step: &Step) {
    for (field, value) in data.as_object().into_iter().flatten() {
        let errors = &value["userErrors"];
        assert!(errors.is_null() || errors == &json!([]), "{field}: {errors}\n{}", step.document);
        assert!(!value.is_null(), "{field} is null\n{}", step.document);
    }
}

on_both! {
    async fn every_step_of_the_guide_works_in_the_demo(app) {
        app.vacate().await;
        demo::ensure(&app.system()).await.expect("loaded");
        let mut clients: HashMap<&str, Client> = HashMap::new();
        for (who, code) in PEOPLE {
            let scope = app.system();
            let found = person::Entity::find().filter(person::Column::StaffCode.eq(code));
            let person = found.one(&scope.db()).await.expect("a look").expect(code);
            clients.insert(who, app.sign_in(person.id).await);
        }
        let mut known = Map::new();
        known.insert("wake".into(), json!(app.house.clock.now().plus(30 * DAY).day().to_string()));
        let steps = steps();
        assert!(steps.len() > 15, "{} steps", steps.len());
        for step in &steps {
            let client = &clients[step.who.as_str()];
            let data = client.ask(&step.document, variables(&step.document, &known)).await;
            nothing_refused(&data, step);
            for (name, path) in &step.keeps {
                let value = at(&data, path).clone();
                assert!(value.is_string(), "{path} is {value} in {data}");
                known.insert(name.clone(), value);
            }
            app.settle().await;
        }
        // What the guide promises: the cause is resolved, and everybody behind it was told.
        let reviewer = &clients["reviewer"];
        let query = "query($id: ID!) { causeResolution(id: $id) { state moved told } }";
        let found = reviewer.ask(query, json!({"id": known["resolution"]})).await["causeResolution"].clone();
        assert_eq!(found["state"], "ANNOUNCED");
        assert!(found["moved"].as_i64() > Some(10) && found["told"].as_i64() > Some(10), "{found}");
    }
}
