//! What the pull feed tells an integration of its own view: what it reads no longer, what is mirrored on
//! what it reads, what things are called elsewhere, and never who worked on what.

use earshot::kit::fact::NewFact;
use entity::id::UnitId;
use entity::instant::{DAY, MINUTE, SECOND};
use entity::submissions::phase::Phase;
use serde_json::{Value, json};

use crate::authz::integration;
use crate::kit::app::TestApp;
use crate::kit::client::Client;
use crate::on_both;
use crate::plans::done;
use crate::pulled::{PULL, detail, of_kind, pull, told};
use crate::schema::{list, text};

const HOLD: i64 = MINUTE + SECOND;
const VIEW: [&str; 2] = ["submission.disclosed", "submission.withheld"];

/// A token of a new integration of a unit.
async fn token(app: &TestApp, unit: UnitId, scopes: &[&str]) -> Client {
    let admin = app.sign_in(app.organisation.admin).await;
    let made = json!({"name": format!("{unit} {scopes:?}"), "unitId": unit.to_string()});
    let made = done(&admin, "serviceCreate", made, "service { id }").await;
    let token = json!({"serviceId": made["service"]["id"], "name": "test", "scopes": scopes});
    let token = done(&admin, "apiTokenCreate", token, "secret").await;
    app.anybody().with_token(text(&token, "secret"))
}

async fn end(client: &Client) -> Value {
    pull(client, json!({"first": 0})).await["headCursor"].clone()
}

/// An integration that keeps a copy by what the log tells it.
struct Follower {
    client: Client,
    after: Value,
}

impl Follower {
    async fn of(app: &TestApp, unit: UnitId, scopes: &[&str]) -> Self {
        let client = token(app, unit, scopes).await;
        let after = end(&client).await;
        Self { client, after }
    }

    /// What it is told of its view since the last time: the verb, of which unit, and whether it can read
    /// the submission now.
    async fn hears(&mut self) -> Vec<(String, String, bool)> {
        let page =
            pull(&self.client, json!({"first": 100, "after": self.after, "kinds": VIEW})).await;
        self.after = page["pageInfo"]["endCursor"].clone();
        let said = |it: &Value| {
            let verb = text(it, "kind").trim_start_matches("submission.").to_owned();
            (verb, detail(it, "unit").expect("a unit").to_owned(), !it["subject"].is_null())
        };
        list(&page, "nodes").iter().map(said).collect()
    }
}

fn withheld(unit: UnitId) -> (String, String, bool) {
    ("withheld".into(), unit.to_string(), false)
}

fn disclosed(unit: UnitId) -> (String, String, bool) {
    ("disclosed".into(), unit.to_string(), true)
}

on_both! {
    async fn an_integration_hears_what_it_reads_no_longer(app) {
        let o = &app.organisation;
        let id = app.idea_of(o.nurse, "A box for lost keys").await.id.to_string();
        let both = ["CONTENT", "FACTS"];
        let mut ward = Follower::of(app, o.ward, &both).await;
        let mut north = Follower::of(app, o.north, &both).await;
        let mut south = Follower::of(app, o.south, &both).await;
        let mut blind = Follower::of(app, o.north, &["FACTS"]).await;
        let reviewer = app.sign_in(o.reviewer).await;
        let triage = async |change: Value| {
            let mut input = change;
            input["id"] = json!(id);
            done(&reviewer, "submissionUpdateTriage", input, "submission { id }").await;
        };
        let none: [(String, String, bool); 0] = [];

        done(&reviewer, "submissionHide", json!({"id": id, "reason": "OTHER"}), "submission { id }").await;
        assert_eq!(ward.hears().await, [withheld(o.ward)]);
        assert_eq!(north.hears().await, [withheld(o.ward)]);
        // Whoever reads again what it has missed hears that alone.
        done(&reviewer, "submissionUnhide", json!({"id": id}), "submission { id }").await;
        assert_eq!(ward.hears().await, [disclosed(o.ward)]);
        done(&reviewer, "submissionHide", json!({"id": id, "reason": "OTHER"}), "submission { id }").await;
        done(&reviewer, "submissionUnhide", json!({"id": id}), "submission { id }").await;
        assert_eq!(ward.hears().await, [disclosed(o.ward)], "what came back is not gone");
        north.hears().await;

        // Another unit: gone for the one, still there for the region.
        triage(json!({"unitId": o.desk.to_string()})).await;
        assert_eq!(ward.hears().await, [withheld(o.ward)]);
        assert_eq!(north.hears().await, [disclosed(o.desk)]);
        // "CX team only"; what happens behind it is told to nobody.
        triage(json!({"audience": "CX_TEAM_ONLY"})).await;
        assert_eq!(north.hears().await, [withheld(o.desk)]);
        triage(json!({"unitId": o.ward.to_string()})).await;
        done(&reviewer, "submissionHide", json!({"id": id, "reason": "OTHER"}), "submission { id }").await;
        done(&reviewer, "submissionUnhide", json!({"id": id}), "submission { id }").await;
        assert_eq!((ward.hears().await, north.hears().await), (none.to_vec(), none.to_vec()));
        triage(json!({"audience": "EVERYONE"})).await;
        assert_eq!((ward.hears().await, north.hears().await), (vec![disclosed(o.ward)], vec![disclosed(o.ward)]));

        let nurse = app.sign_in(o.nurse).await;
        done(&nurse, "submissionWithdraw", json!({"id": id}), "submission { id }").await;
        assert_eq!((ward.hears().await, north.hears().await), (vec![withheld(o.ward)], vec![withheld(o.ward)]));
        // Of other units, without the scope, and people: nothing at all.
        assert_eq!((south.hears().await, blind.hears().await), (none.to_vec(), none.to_vec()));
        for who in [o.nurse, o.reviewer, o.admin, o.auditor] {
            let client = app.sign_in(who).await;
            assert_eq!(told(&pull(&client, json!({"kinds": VIEW})).await), [""; 0], "{who}");
            let query = "query($id: ID!) { submission(by: {id: $id}) { history(first: 100) { nodes { kind } } } }";
            let seen = client.ask(query, json!({"id": id})).await.to_string();
            assert!(!seen.contains("withheld") && !seen.contains("disclosed"), "{who}: {seen}");
        }
    }

    async fn a_step_is_mirrored_on_what_was_joined_with_it(app) {
        let o = &app.organisation;
        let scopes = ["CONTENT", "FACTS", "PERSONAL"];
        let (ward, north) = (token(app, o.ward, &scopes).await, token(app, o.north, &scopes).await);
        let reviewer = app.sign_in(o.reviewer).await;
        let root = app.idea_of(o.colleague, "A box for lost keys").await;
        let (one, two) = (app.idea_of(o.nurse, "A box for keys").await, app.idea_of(o.nurse, "A drawer for keys").await);
        let (one, two) = (one.id.to_string(), two.id.to_string());
        // Before the joining it is nobody else's.
        let start = end(&ward).await;
        app.decide(&root, Phase::Accepted, "Yes.").await;
        app.pass(HOLD).await;
        app.pass(SECOND).await;
        for twin in [&one, &two] {
            let join = json!({"id": twin, "intoId": root.id.to_string(), "message": "The same.", "announce": "NOW"});
            done(&reviewer, "submissionMerge", join, "decision { id }").await;
        }
        app.settle().await;
        let joined = pull(&ward, json!({"after": start, "kinds": ["submission.announced"]})).await;
        assert_eq!(list(&joined, "nodes").len(), 2, "what became of the twins themselves: {joined}");
        assert!(list(&joined, "nodes").iter().all(|it| it["mirroredOn"] == json!([])), "{joined}");

        app.decide(&root, Phase::Implemented, "There it is.").await;
        app.pass(HOLD).await;
        let after = joined["pageInfo"]["endCursor"].clone();
        let page = pull(&ward, json!({"after": after, "kinds": ["submission.announced"]})).await;
        assert_eq!(list(&page, "nodes").len(), 1, "{page}");
        let step = of_kind(&page, "submission.announced");
        let mut twins = [one.clone(), two.clone()];
        twins.sort_unstable();
        assert_eq!((&step["mirroredOn"], &step["subjectId"]), (&json!(twins), &json!(twins[0])));
        assert_eq!((detail(step, "to"), &step["actor"]["id"]), (Some("IMPLEMENTED"), &Value::Null));
        assert_eq!(step["subject"]["id"], json!(twins[0]));
        assert!(!page.to_string().contains(&root.id.to_string()), "the other one is not named: {page}");
        // Whoever reads that one hears it of that one.
        let own = pull(&north, json!({"after": after, "kinds": ["submission.announced"]})).await;
        let own = of_kind(&own, "submission.announced");
        assert_eq!((&own["mirroredOn"], &own["subjectId"]), (&json!([]), &json!(root.id.to_string())));
        // It is what the history of the twin says.
        let query = "query($id: ID!) { submission(by: {id: $id}) { history(first: 100) { nodes { kind to at } } } }";
        let history = ward.ask(query, json!({"id": one})).await["submission"].clone();
        let mut steps = list(&history["history"], "nodes").iter().filter(|it| text(it, "kind") == "submission.announced");
        let last = steps.next_back().expect("a step");
        assert_eq!((&last["to"], &last["at"]), (&json!("IMPLEMENTED"), &step["at"]));
        // A page of one goes on behind it.
        let single = pull(&ward, json!({"after": after, "first": 1, "kinds": ["submission.announced"]})).await;
        let next = pull(&ward, json!({"after": single["pageInfo"]["endCursor"], "kinds": ["submission.announced"]})).await;
        assert_eq!((list(&single, "nodes").len(), list(&next, "nodes").len()), (1, 0));
        // Parted again, it is nobody else's any more.
        let reviewer = app.sign_in(o.reviewer).await;
        for twin in [&one, &two] {
            done(&reviewer, "submissionUnmerge", json!({"id": twin, "announce": "NOW"}), "decision { id }").await;
        }
        let after = end(&ward).await;
        app.decide(&root, Phase::InProgress, "Not yet after all.").await;
        app.pass(HOLD).await;
        assert_eq!(told(&pull(&ward, json!({"after": after})).await), [""; 0]);
    }

    async fn links_are_told_to_integrations_that_keep_them(app) {
        let o = &app.organisation;
        let keeps = ["CONTENT", "FACTS", "EXTERNAL_LINKS"];
        let (north, south) = (token(app, o.north, &keeps).await, token(app, o.south, &keeps).await);
        let without = token(app, o.north, &["CONTENT", "FACTS"]).await;
        let id = app.idea_of(o.nurse, "A box for lost keys").await.id.to_string();
        let reviewer = app.sign_in(o.reviewer).await;
        let item = done(&reviewer, "actionItemAdd", json!({"submissionId": id, "title": "Measure"}), "item { id }").await;
        let link = |of: &Value, key: &str| json!({"subjectId": of, "system": "jira", "key": key});
        let set = done(&reviewer, "externalLinkSet", link(&json!(id), "OPS-1"), "externalLink { id }").await;
        done(&reviewer, "externalLinkSet", link(&item["item"]["id"], "ITEM-1"), "externalLink { id }").await;
        done(&north, "externalLinkSet", link(&item["item"]["id"], "ITEM-2"), "externalLink { id }").await;
        done(&reviewer, "externalLinkRemove", json!({"id": set["externalLink"]["id"]}), "externalLink { id }").await;
        let page = pull(&north, json!({"first": 100})).await;
        let links: Vec<&Value> = list(&page, "nodes").iter().filter(|it| text(it, "kind").starts_with("link.")).collect();
        let kinds: Vec<&str> = links.iter().map(|it| text(it, "kind")).collect();
        assert_eq!(kinds, ["link.set", "link.set", "link.removed"], "of items what it set itself: {page}");
        assert!(links.iter().all(|it| it["subjectId"] == json!(id)), "{links:?}");
        assert_eq!(detail(links[0], "link"), set["externalLink"]["id"].as_str());
        assert_eq!(links[1]["actor"]["isYou"], true);
        for kind in told(&page) {
            assert!(!kind.starts_with("plan.") && kind != "submission.opened", "it is not inside: {kind}");
        }
        for client in [&without, &south] {
            let page = pull(client, json!({"first": 100})).await;
            assert!(!told(&page).iter().any(|kind| kind.starts_with("link.")), "{page}");
        }
    }

    async fn what_is_for_those_inside_is_not_read_for_the_others(app) {
        let o = &app.organisation;
        let far = app.idea_of(o.chemist, "In the south").await;
        let nurse = app.sign_in(o.nurse).await;
        let start = end(&nurse).await;
        let scope = app.system();
        let mut tx = scope.begin().await.expect("a transaction");
        for _ in 0..1_600 {
            tx.state(NewFact::new("submission.opened", ("submission", far.id.0), &json!({})).internal());
        }
        tx.commit(()).await.expect("committed");
        app.idea_of(o.nurse, "Behind it all").await;
        // Staff, a reviewer of another region, an administrator: one page, however much there is.
        let mut counted = Vec::new();
        for who in [o.nurse, o.reviewer, o.admin] {
            let client = app.sign_in(who).await;
            let answer = client.fewest(PULL, json!({"after": start, "first": 100})).await;
            let page = &answer.data()["facts"];
            assert_eq!(page["pageInfo"]["hasNextPage"], false, "{who}: one page");
            assert!(!told(page).contains(&"submission.opened"), "{who}");
            counted.push(answer.statements);
        }
        assert!(counted.iter().all(|count| *count <= 16), "{counted:?}");
        let inside = app.sign_in(o.south_reviewer).await;
        let page = pull(&inside, json!({"after": start, "first": 100})).await;
        assert_eq!(told(&page), ["submission.opened"; 100], "whoever works on it hears it");
        assert_eq!(page["pageInfo"]["hasNextPage"], true);
    }

    async fn where_the_log_begins_is_looked_for_once(app) {
        let o = &app.organisation;
        let scope = app.system();
        let mut tx = scope.begin().await.expect("a transaction");
        for _ in 0..2_000 {
            tx.state(NewFact::new("journey.updated", ("journey", uuid::Uuid::new_v4()), &json!({})));
        }
        tx.commit(()).await.expect("committed");
        app.pass(31 * DAY).await;
        app.idea_of(o.nurse, "Young").await;
        let nurse = app.sign_in(o.nurse).await;
        let first = nurse.send(PULL, json!({"first": 1})).await;
        assert_eq!(told(&first.data()["facts"]), ["submission.sent"]);
        let again = nurse.fewest(PULL, json!({"first": 1})).await;
        assert_eq!(again.data(), first.data());
        assert!(again.statements + 8 < first.statements, "{} after {}", again.statements, first.statements);
        // Who asks for the end alone looks for no beginning, and for nobody's rights on anything.
        let only = nurse.fewest(PULL, json!({"first": 0})).await;
        let page = &only.data()["facts"];
        assert_eq!((&page["pageInfo"]["endCursor"], &page["pageInfo"]["hasNextPage"]), (&Value::Null, &json!(true)));
        assert!(page["headCursor"].is_string() && only.statements < again.statements, "{} against {}", only.statements, again.statements);
        let whole = pull(&nurse, json!({"after": page["pageInfo"]["endCursor"], "first": 100})).await;
        assert_eq!(told(&whole), ["submission.sent"], "from a null cursor on it is the whole log");
    }

    async fn the_log_does_not_name_who_worked_on_a_cause(app) {
        let o = &app.organisation;
        let admin = app.sign_in(o.admin).await;
        let (head, nurse) = (app.sign_in(o.head).await, app.sign_in(o.nurse).await);
        let (_, _, plain) = integration(app, &admin, "Plain", json!(["CONTENT", "FACTS"])).await;
        let (_, _, names) = integration(app, &admin, "Names", json!(["CONTENT", "FACTS", "PERSONAL"])).await;
        let made = json!({"name": "No hooks", "category": "PLACE", "status": "CONFIRMED", "ownerId": o.hill_manager.to_string()});
        let made = done(&head, "causeCreate", made, "cause { id }").await;
        let id = text(&made["cause"], "id").to_owned();
        let saw = done(&nurse, "submissionSend", json!({"text": "Coats on the floor", "kind": "OBSERVATION"}), "submission { id }").await;
        let link = json!({"submissionId": saw["submission"]["id"], "causeIds": [id], "announce": "NOW"});
        done(&head, "causeLink", link, "submission { id }").await;
        done(&head, "causeUpdate", json!({"id": id, "name": "No hooks at all"}), "cause { id }").await;
        app.settle().await;
        let (worked, owner) = (json!(o.head.to_string()), o.hill_manager.to_string());
        let owner_signed = app.sign_in(o.hill_manager).await;
        let (manager, far) = (app.sign_in(o.manager).await, app.sign_in(o.south_reviewer).await);
        for (name, client, knows) in [
            ("author", &nurse, false), ("manager", &manager, false), ("token", &plain, false),
            ("token with names", &names, true), ("another reviewer", &far, true), ("owner", &owner_signed, true),
        ] {
            let page = pull(client, json!({"first": 100, "kinds": ["cause.created", "cause.updated"]})).await;
            assert_eq!(told(&page), ["cause.created", "cause.updated"], "{name}");
            for fact in list(&page, "nodes") {
                assert_eq!(fact["actor"]["kind"], "PERSON");
                assert_eq!((fact["actor"]["id"] == worked, fact["actor"]["id"].is_null()), (knows, !knows), "{name}: {fact}");
                assert_eq!(detail(fact, "owner") == Some(&owner), knows, "{name}: {fact}");
            }
            let told = page.to_string();
            assert!(knows || !(told.contains(&owner) || told.contains(&o.head.to_string())), "{name}: {told}");
        }
        let own = pull(&head, json!({"kinds": ["cause.created"]})).await;
        assert_eq!(of_kind(&own, "cause.created")["actor"], json!({"kind": "PERSON", "id": worked, "isYou": true}));
    }
}
