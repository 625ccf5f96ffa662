//! Units, people, roles, integrations: keeping them, and who may.

use earshot::identity::import::{Order, Run, What, import};
use serde_json::{Value, json};

use crate::kit::client::Client;
use crate::on_both;

const DEACTIVATE: &str = "mutation($i: ID!) { personDeactivate(input: {id: $i}) { person { deactivatedAt version } userErrors { code field } } }";
const MOVE: &str = "mutation($i: ID!, $p: ID!, $v: Int) { unitUpdate(input: {id: $i, parentId: $p, expectedVersion: $v}) { unit { version site { name } ancestors { name } } userErrors { code field message } } }";

async fn status(client: &Client) -> u16 {
    client.send("{ viewer { language } }", json!({})).await.status
}

on_both! {
    async fn who_left_is_refused_on_the_next_request(app) {
        let admin = app.sign_in(app.organisation.admin).await;
        let cook = app.sign_in(app.organisation.cook).await;
        assert_eq!(status(&cook).await, 200);
        admin.done("personDeactivate", DEACTIVATE, json!({"i": app.organisation.cook.to_string()})).await;
        assert_eq!(status(&cook).await, 401);
        admin.done("personReactivate", "mutation($i: ID!) { personReactivate(input: {id: $i}) { person { deactivatedAt } userErrors { code } } }", json!({"i": app.organisation.cook.to_string()})).await;
        assert_eq!(status(&cook).await, 401, "the old session stays dead");
        let again = app.sign_in(app.organisation.cook).await;
        assert_eq!(status(&again).await, 200);
        let last = admin.refused("personDeactivate", DEACTIVATE, json!({"i": app.organisation.admin.to_string()})).await;
        assert_eq!(last["code"], "IN_USE", "the last administrator stays");
    }

    async fn the_list_of_people_is_for_its_readers(app) {
        let count = async |person| {
            let client = app.sign_in(person).await;
            let answer = client.send("{ people(first: 100) { totalCount nodes { name email } } }", json!({})).await;
            if answer.body["errors"].is_array() { return answer.code().to_owned() }
            answer.data()["people"]["totalCount"].to_string()
        };
        assert_eq!(count(app.organisation.nurse).await, "FORBIDDEN");
        assert_eq!(count(app.organisation.executive).await, "FORBIDDEN");
        let all: usize = count(app.organisation.admin).await.parse().expect("a number");
        let own: usize = count(app.organisation.manager).await.parse().expect("a number");
        assert!(own >= 2 && own < all, "a manager sees the own subtree: {own} of {all}");
        // Personal data stays with those who lead.
        let reviewer = app.sign_in(app.organisation.reviewer).await;
        let people = reviewer.ask("{ people(first: 100) { nodes { name email staffCode roles { role } } } }", json!({})).await;
        let shown = people["people"]["nodes"].as_array().expect("nodes");
        assert_eq!(shown.iter().filter(|it| it["staffCode"] != Value::Null).count(), 1, "one's own alone");
        // Foreign people are not there, by node either.
        let nurse = app.sign_in(app.organisation.nurse).await;
        let foreign = nurse.ask("query($i: ID!) { node(id: $i) { id } }", json!({"i": app.organisation.cook.to_string()})).await;
        assert_eq!(foreign["node"], Value::Null);
        let refused = nurse.refused("personDeactivate", DEACTIVATE, json!({"i": app.organisation.cook.to_string()})).await;
        assert_eq!(refused["code"], "NOT_FOUND", "not yours is not found");
    }

    async fn people_page_by_name_both_ways(app) {
        let admin = app.sign_in(app.organisation.admin).await;
        let query = "query($a: String, $d: OrderDirection!) { people(first: 4, after: $a, orderBy: [{field: NAME, direction: $d}]) { nodes { name } pageInfo { hasNextPage endCursor } } }";
        let mut names: Vec<Vec<String>> = Vec::new();
        for direction in ["ASC", "DESC"] {
            let (mut after, mut seen) = (Value::Null, Vec::new());
            loop {
                let page = admin.ask(query, json!({"a": after, "d": direction})).await["people"].clone();
                seen.extend(page["nodes"].as_array().expect("nodes").iter().map(|it| it["name"].as_str().expect("a name").to_owned()));
                if page["pageInfo"]["hasNextPage"] != true { break }
                after = page["pageInfo"]["endCursor"].clone();
            }
            names.push(seen);
        }
        names[1].reverse();
        assert_eq!(names[0], names[1]);
        assert!(names[0].len() > 10);
        let found = admin.ask("{ people(filter: {text: \"adam\"}) { nodes { name } } }", json!({})).await;
        assert_eq!(found["people"]["nodes"].as_array().expect("nodes").len(), 1);
    }

    async fn a_unit_moves_with_all_below_it_and_never_under_itself(app) {
        let admin = app.sign_in(app.organisation.admin).await;
        let o = &app.organisation;
        let circle = admin.refused("unitUpdate", MOVE, json!({"i": o.harbour.to_string(), "p": o.ward.to_string()})).await;
        assert_eq!((circle["code"].as_str(), &circle["field"]), (Some("INVALID"), &json!(["parentId"])));
        let stale = admin.refused("unitUpdate", MOVE, json!({"i": o.ward.to_string(), "p": o.lake.to_string(), "v": 7})).await;
        assert_eq!(stale["code"], "STALE_VERSION");
        let moved = admin.done("unitUpdate", MOVE, json!({"i": o.ward.to_string(), "p": o.lake.to_string(), "v": 1})).await;
        assert_eq!(moved["unit"]["site"]["name"], "Lake");
        assert_eq!(moved["unit"]["ancestors"][0]["name"], "Lake");
        assert_eq!(moved["unit"]["version"], 2);
        // Rights follow: the manager of the harbour no longer leads the nurse.
        let manager = app.sign_in(o.manager).await;
        let reset = manager.refused("pinReset", "mutation($p: ID!) { pinReset(input: {personId: $p}) { oneTimePin userErrors { code } } }", json!({"p": o.nurse.to_string()})).await;
        assert_eq!(reset["code"], "NOT_FOUND");
        // A site with its teams moves to another region and stays their site.
        let moved = admin.done("unitUpdate", MOVE, json!({"i": o.hill.to_string(), "p": o.south.to_string()})).await;
        assert_eq!(moved["unit"]["site"]["name"], "Hill");
        let kitchen = admin.ask("query($i: ID!) { unit(id: $i) { site { name } ancestors { name } } }", json!({"i": o.kitchen.to_string()})).await;
        let names: Vec<_> = kitchen["unit"]["ancestors"].as_array().expect("a list").iter().map(|it| it["name"].as_str().expect("a name").to_owned()).collect();
        assert_eq!(&names[..2], ["Hill", "South"]);
        let busy = admin.refused("unitClose", "mutation($i: ID!) { unitClose(input: {id: $i}) { unit { activeTo } userErrors { code } } }", json!({"i": o.kitchen.to_string()})).await;
        assert_eq!(busy["code"], "IN_USE");
    }

    async fn a_create_with_a_client_key_makes_one(app) {
        let admin = app.sign_in(app.organisation.admin).await;
        let create = "mutation($n: String!, $u: ID!) { personCreate(input: {name: $n, homeUnitId: $u, staffCode: \"n-77\", clientKey: \"k1\"}) { person { id staffCode } alreadyReceived userErrors { code field } } }";
        let unit = app.organisation.ward.to_string();
        let first = admin.done("personCreate", create, json!({"n": "Nora New", "u": unit})).await;
        let second = admin.done("personCreate", create, json!({"n": "Nora New", "u": unit})).await;
        assert_eq!(first["person"], second["person"]);
        assert_eq!((&first["alreadyReceived"], &second["alreadyReceived"]), (&json!(false), &json!(true)));
        assert_eq!(first["person"]["staffCode"], "N-77");
        let other = admin.refused("personCreate", create, json!({"n": "Somebody Else", "u": unit})).await;
        assert_eq!(other["code"], "IDEMPOTENCY_KEY_REUSED");
        let taken = admin.refused("personCreate", "mutation($u: ID!) { personCreate(input: {name: \"X\", homeUnitId: $u, staffCode: \"N-77\"}) { person { id } userErrors { code field } } }", json!({"u": unit})).await;
        assert_eq!((taken["code"].as_str(), &taken["field"]), (Some("TAKEN"), &json!(["staffCode"])));
    }

    async fn roles_count_from_the_next_request_on(app) {
        let admin = app.sign_in(app.organisation.admin).await;
        let cook = app.sign_in(app.organisation.cook).await;
        let can = async || cook.ask("{ viewer { can { lead } } }", json!({})).await["viewer"]["can"]["lead"].clone();
        assert_eq!(can().await, false);
        let add = "mutation($p: ID!, $u: ID!, $r: Role!) { grantAdd(input: {personId: $p, unitId: $u, role: $r}) { grant { id } userErrors { code allowed } } }";
        let variables = |role: &str| json!({"p": app.organisation.cook.to_string(), "u": app.organisation.kitchen.to_string(), "r": role});
        let odd = admin.refused("grantAdd", add, variables("INTEGRATION")).await;
        assert_eq!(odd["code"], "INVALID");
        let grant = admin.done("grantAdd", add, variables("MANAGER")).await;
        assert_eq!(can().await, true);
        let twice = admin.refused("grantAdd", add, variables("MANAGER")).await;
        assert_eq!(twice["code"], "TAKEN");
        admin.done("grantRemove", "mutation($i: ID!) { grantRemove(input: {id: $i}) { grant { role } userErrors { code } } }", json!({"i": grant["grant"]["id"]})).await;
        assert_eq!(can().await, false);
    }

    async fn an_integration_lives_by_its_token(app) {
        let admin = app.sign_in(app.organisation.admin).await;
        let service = admin.done("serviceCreate", "mutation($u: ID!) { serviceCreate(input: {name: \"Survey bridge\", unitId: $u}) { service { id } userErrors { code } } }", json!({"u": app.organisation.north.to_string()})).await;
        let id = &service["service"]["id"];
        let none = admin.refused("apiTokenCreate", "mutation($i: ID!) { apiTokenCreate(input: {serviceId: $i, name: \"x\", scopes: []}) { secret userErrors { code } } }", json!({"i": id})).await;
        assert_eq!(none["code"], "REQUIRED");
        let token = admin.done("apiTokenCreate", "mutation($i: ID!) { apiTokenCreate(input: {serviceId: $i, name: \"x\", scopes: [SUBMIT, CONTENT]}) { secret apiToken { id scopes } userErrors { code } } }", json!({"i": id})).await;
        let secret = token["secret"].as_str().expect("a secret");
        assert!(secret.starts_with("est_"));
        let bridge = app.anybody().with_token(secret);
        let viewer = bridge.ask("{ viewer { service { name } roles { role } can { submit listPeople } } }", json!({})).await;
        assert_eq!(viewer["viewer"]["service"]["name"], "Survey bridge");
        assert_eq!(viewer["viewer"]["can"], json!({"submit": true, "listPeople": false}));
        admin.done("apiTokenRevoke", "mutation($i: ID!) { apiTokenRevoke(input: {id: $i}) { apiToken { revokedAt } userErrors { code } } }", json!({"i": token["apiToken"]["id"]})).await;
        assert_eq!(status(&bridge).await, 401);
    }

    async fn units_and_people_come_from_files(app) {
        let scope = app.system();
        let units = "code;name;kind;parent\r\nT-9;Night team;TEAM;S-9\r\nS-9;Quay;SITE;\r\nT-X;Lost;TEAM;NOWHERE\r\nT-Y;Odd;TOWER;S-9\r\n";
        let order = Order { what: What::Units, bytes: units.as_bytes(), run: Run::Dry };
        let dry = import(&scope, &order, &|_, _| {}).await.expect("a report");
        assert_eq!((dry.created, dry.refused.len()), (2, 2));
        let real = Order { run: Run::Real, ..order };
        let report = import(&scope, &real, &|_, _| {}).await.expect("a report");
        assert_eq!((report.created, report.changed, report.unchanged), (2, 0, 0), "the dry run changed nothing");
        assert!(String::from_utf8_lossy(&report.error_file).contains("parent"));
        let again = import(&scope, &real, &|_, _| {}).await.expect("a report");
        assert_eq!((again.created, again.changed, again.unchanged), (0, 0, 2));

        let people = "name,unit,staff_code,email,locale\nPia Port,T-9,P-1,pia@quay.example,es\nOtto Oar,T-9,P-2,,\nNo Code,T-9,,,\nNo Unit,T-0,P-4,,\nPia Twin,T-9,P-5,PIA@quay.example,\n";
        let order = Order { what: What::People, bytes: people.as_bytes(), run: Run::Real };
        let report = import(&scope, &order, &|_, _| {}).await.expect("a report");
        assert_eq!((report.created, report.refused.len()), (2, 3), "{:?}", report.refused);
        let lines: Vec<u64> = report.refused.iter().map(|it| it.line).collect();
        assert_eq!(lines, [4, 5, 6]);
        let changed = "name,unit,staff_code\nPia Harbour,S-9,P-1\nOtto Oar,T-9,P-2\n";
        let order = Order { bytes: changed.as_bytes(), ..order };
        let report = import(&scope, &order, &|_, _| {}).await.expect("a report");
        assert_eq!((report.created, report.changed, report.unchanged), (0, 1, 1));

        let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 1\n";
        let order = Order { bytes: pointer, ..order };
        let refused = import(&scope, &order, &|_, _| {}).await.expect_err("no table");
        assert!(refused.to_string().contains("Git LFS"), "{refused}");
    }
}
