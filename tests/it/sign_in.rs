//! Signing in: every way in, and every way that must stay shut.

use entity::instant::{DAY, MINUTE, SECOND};
use serde_json::{Value, json};

use crate::kit::app::TestApp;
use crate::kit::client::Client;
use crate::on_both;

const BY_PIN: &str = "mutation($c: String!, $p: String!) { signInByPin(input: {staffCode: $c, pin: $p}) { accessToken refreshToken userErrors { code message } } }";
const PIN_SET: &str = "mutation($c: String, $p: String, $n: String!) { pinSet(input: {staffCode: $c, pin: $p, newPin: $n}) { accessToken person { name } userErrors { code field message } } }";
const BY_PASSWORD: &str = "mutation($e: String!, $p: String!) { signInByPassword(input: {email: $e, password: $p}) { accessToken refreshToken userErrors { code message } } }";
const PASSWORD_SET: &str = "mutation($o: String, $n: String!) { passwordSet(input: {password: $o, newPassword: $n}) { person { name } userErrors { code field message } } }";
const REFRESH: &str = "mutation($t: String) { sessionRefresh(input: {refreshToken: $t}) { accessToken refreshToken userErrors { code message } } }";
const BY_LINK: &str = "mutation($t: String!) { signInByLink(input: {token: $t}) { accessToken refreshToken person { name } userErrors { code message } } }";
const WHO: &str = "{ viewer { person { name } } }";
const PIN: &str = "483927";
const PASSWORD: &str = "four words and a space";

/// Who a client is, as the server sees it; the code of the refusal otherwise.
async fn who(client: &Client) -> String {
    let answer = client.send(WHO, json!({})).await;
    if answer.status == 401 {
        return answer.code().to_owned();
    }
    answer.data()["viewer"]["person"]["name"].as_str().unwrap_or("nobody").to_owned()
}

fn text(payload: &Value, key: &str) -> String {
    payload[key].as_str().unwrap_or_else(|| panic!("{key} in {payload}")).to_owned()
}

/// A shared device of the harbour, and a one-time PIN for the nurse.
async fn tablet(app: &TestApp) -> (Client, String) {
    let manager = app.sign_in(app.organisation.manager).await;
    let enrolled = manager
        .done(
            "deviceEnrol",
            "mutation($u: ID!) { deviceEnrol(input: {unitId: $u, name: \"Ward tablet\", kind: SHARED}) { token device { id name } userErrors { code message } } }",
            json!({"u": app.organisation.ward.to_string()}),
        )
        .await;
    let reset = manager
        .done(
            "pinReset",
            "mutation($p: ID!) { pinReset(input: {personId: $p}) { oneTimePin userErrors { code message } } }",
            json!({"p": app.organisation.nurse.to_string()}),
        )
        .await;
    (app.anybody().on_device(&text(&enrolled, "token")), text(&reset, "oneTimePin"))
}

async fn staff_code(app: &TestApp) -> String {
    let nurse = app.sign_in(app.organisation.nurse).await;
    let data = nurse.ask("{ viewer { person { staffCode } } }", json!({})).await;
    text(&data["viewer"]["person"], "staffCode")
}

on_both! {
    async fn a_nurse_without_mail_signs_in_on_a_shared_tablet(app) {
        let code = staff_code(app).await;
        let (tablet, once) = tablet(app).await;

        let anywhere = app.anybody().refused("signInByPin", BY_PIN, json!({"c": code, "p": once})).await;
        assert_eq!(anywhere["code"], "FORBIDDEN", "a PIN opens nothing without the device");
        let first = tablet.refused("signInByPin", BY_PIN, json!({"c": code, "p": once})).await;
        assert_eq!(first["code"], "PIN_CHANGE_REQUIRED");
        let trivial = tablet.refused("pinSet", PIN_SET, json!({"c": code, "p": once, "n": "123456"})).await;
        assert_eq!((trivial["code"].as_str(), &trivial["field"]), (Some("TOO_SIMPLE"), &json!(["newPin"])));

        tablet.done("pinSet", PIN_SET, json!({"c": code, "p": once, "n": PIN})).await;
        let spent = tablet.refused("signInByPin", BY_PIN, json!({"c": code, "p": once})).await;
        assert_eq!(spent["code"], "WRONG_CREDENTIALS", "the printed PIN works once");
        let opened = tablet.done("signInByPin", BY_PIN, json!({"c": code.to_lowercase(), "p": PIN})).await;
        assert_eq!(opened["refreshToken"], Value::Null, "nobody stays signed in on a shared device");

        let nurse = tablet.with_token(&text(&opened, "accessToken"));
        assert_ne!(who(&nurse).await, "UNAUTHENTICATED");
        nurse.done("signOut", "mutation { signOut(input: {}) { signedOut userErrors { code } } }", json!({})).await;
        assert_eq!(who(&nurse).await, "UNAUTHENTICATED", "Done ends it at once");
    }

    async fn a_revoked_device_is_out_at_once(app) {
        let code = staff_code(app).await;
        let (tablet, once) = tablet(app).await;
        let opened = tablet.done("pinSet", PIN_SET, json!({"c": code, "p": once, "n": PIN})).await;
        let nurse = tablet.with_token(&text(&opened, "accessToken"));
        assert_ne!(who(&nurse).await, "UNAUTHENTICATED");

        let manager = app.sign_in(app.organisation.manager).await;
        let devices = manager.ask("{ devices { nodes { id revokedAt } } }", json!({})).await;
        let id = &devices["devices"]["nodes"][0]["id"];
        manager.done("deviceRevoke", "mutation($i: ID!) { deviceRevoke(input: {id: $i}) { device { revokedAt } userErrors { code } } }", json!({"i": id})).await;
        assert_eq!(who(&nurse).await, "UNAUTHENTICATED");
        let again = tablet.refused("signInByPin", BY_PIN, json!({"c": code, "p": PIN})).await;
        assert_eq!(again["code"], "FORBIDDEN");
    }

    async fn a_pin_cannot_be_tried_out(app) {
        let code = staff_code(app).await;
        let (tablet, once) = tablet(app).await;
        tablet.done("pinSet", PIN_SET, json!({"c": code, "p": once, "n": PIN})).await;
        for _ in 0..10 {
            let wrong = tablet.refused("signInByPin", BY_PIN, json!({"c": code, "p": "905143"})).await;
            assert_eq!(wrong["code"], "WRONG_CREDENTIALS");
        }
        let right = tablet.refused("signInByPin", BY_PIN, json!({"c": code, "p": PIN})).await;
        assert_eq!(right["code"], "TOO_MANY_ATTEMPTS", "the right one is not looked at either");
        // Somebody who does not exist is told exactly the same.
        for _ in 0..10 {
            let wrong = tablet.refused("signInByPin", BY_PIN, json!({"c": "NOBODY-1", "p": "905143"})).await;
            assert_eq!(wrong["code"], "WRONG_CREDENTIALS");
        }
        let nobody = tablet.refused("signInByPin", BY_PIN, json!({"c": "NOBODY-1", "p": PIN})).await;
        assert_eq!(nobody, right);
        app.pass(15 * MINUTE + SECOND).await;
        tablet.done("signInByPin", BY_PIN, json!({"c": code, "p": PIN})).await;
    }

    async fn aliases_pack_no_guesses(app) {
        let query = "mutation { a: signInByPassword(input: {email: \"x@y.example\", password: \"a\"}) { userErrors { code } } b: signInByPassword(input: {email: \"x@y.example\", password: \"b\"}) { userErrors { code } } }";
        let answer = app.anybody().send(query, json!({})).await;
        assert_eq!((answer.status, answer.code()), (400, "QUERY_TOO_COMPLEX"), "{:?}", answer.body);
    }

    async fn a_password_is_set_and_opens(app) {
        let colleague = app.sign_in(app.organisation.colleague).await;
        let data = colleague.ask("{ viewer { person { email } } }", json!({})).await;
        let email = text(&data["viewer"]["person"], "email");
        let none = app.anybody().refused("signInByPassword", BY_PASSWORD, json!({"e": email, "p": PASSWORD})).await;
        assert_eq!(none["code"], "WRONG_CREDENTIALS", "nothing was set yet");
        let simple = colleague.refused("passwordSet", PASSWORD_SET, json!({"n": "password1234"})).await;
        assert_eq!(simple["code"], "TOO_SIMPLE");
        colleague.done("passwordSet", PASSWORD_SET, json!({"n": PASSWORD})).await;
        let opened = app.anybody().done("signInByPassword", BY_PASSWORD, json!({"e": email.to_uppercase(), "p": PASSWORD})).await;
        let by_password = app.anybody().with_token(&text(&opened, "accessToken"));
        let silent = by_password.refused("passwordSet", PASSWORD_SET, json!({"n": "another phrase to keep"})).await;
        assert_eq!(silent["code"], "REQUIRED", "the present one is asked for");
        let wrong = by_password.refused("passwordSet", PASSWORD_SET, json!({"o": "not this", "n": "another phrase to keep"})).await;
        assert_eq!(wrong["code"], "WRONG_CREDENTIALS");
        by_password.done("passwordSet", PASSWORD_SET, json!({"o": PASSWORD, "n": "another phrase to keep"})).await;
        assert_eq!(who(&colleague).await, "UNAUTHENTICATED", "other sessions end");
        assert_ne!(who(&by_password).await, "UNAUTHENTICATED");
    }

    async fn a_refresh_token_works_once(app) {
        let opened = linked(app).await;
        let first = text(&opened, "refreshToken");
        let next = app.anybody().done("sessionRefresh", REFRESH, json!({"t": first})).await;
        let second = text(&next, "refreshToken");
        let client = app.anybody().with_token(&text(&next, "accessToken"));
        let third = app.anybody().done("sessionRefresh", REFRESH, json!({"t": second})).await;
        assert_ne!(who(&client).await, "UNAUTHENTICATED");
        // A copy of the first one turns up: the whole family dies.
        let copy = app.anybody().refused("sessionRefresh", REFRESH, json!({"t": first})).await;
        assert_eq!(copy["code"], "WRONG_CREDENTIALS");
        assert_eq!(who(&client).await, "UNAUTHENTICATED");
        let dead = app.anybody().refused("sessionRefresh", REFRESH, json!({"t": text(&third, "refreshToken")})).await;
        assert_eq!(dead["code"], "WRONG_CREDENTIALS");
    }

    async fn a_lost_answer_is_no_theft(app) {
        let opened = linked(app).await;
        let first = text(&opened, "refreshToken");
        let lost = app.anybody().done("sessionRefresh", REFRESH, json!({"t": first})).await;
        app.pass(59 * SECOND).await;
        let again = app.anybody().done("sessionRefresh", REFRESH, json!({"t": first})).await;
        app.anybody().done("sessionRefresh", REFRESH, json!({"t": text(&again, "refreshToken")})).await;
        // What was thought lost turns up in somebody's hands.
        let copy = app.anybody().refused("sessionRefresh", REFRESH, json!({"t": text(&lost, "refreshToken")})).await;
        assert_eq!(copy["code"], "WRONG_CREDENTIALS");

        let opened = linked(app).await;
        let first = text(&opened, "refreshToken");
        app.anybody().done("sessionRefresh", REFRESH, json!({"t": first})).await;
        app.pass(61 * SECOND).await;
        let late = app.anybody().refused("sessionRefresh", REFRESH, json!({"t": first})).await;
        assert_eq!(late["code"], "WRONG_CREDENTIALS", "after 60 seconds it is a theft");
    }

    async fn an_access_token_lasts_ten_minutes(app) {
        let client = app.sign_in(app.organisation.colleague).await;
        app.pass(10 * MINUTE).await;
        assert_ne!(who(&client).await, "UNAUTHENTICATED", "within the leeway of 5 s");
        app.pass(5 * SECOND).await;
        assert_eq!(who(&client).await, "UNAUTHENTICATED");
    }

    async fn a_link_works_once_and_not_for_ever(app) {
        let link = async |life| earshot::identity::service::issue_link(&app.system(), app.organisation.cook, life).await;
        let token = link(DAY).await.expect("a link");
        let page = app.anybody().request(reqwest::Method::GET, &format!("/link?token={token}")).send().await.expect("a page");
        assert_eq!(page.status(), 200);
        assert!(page.headers()["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
        let html = page.text().await.expect("text");
        assert!(html.contains("<button"), "{html}");
        // Looking at it spent nothing.
        app.anybody().done("signInByLink", BY_LINK, json!({"t": token})).await;
        let again = app.anybody().refused("signInByLink", BY_LINK, json!({"t": token})).await;
        assert_eq!(again["code"], "WRONG_CREDENTIALS");

        let token = link(DAY).await.expect("a link");
        app.pass(DAY).await;
        let late = app.anybody().refused("signInByLink", BY_LINK, json!({"t": token})).await;
        assert_eq!(late["code"], "WRONG_CREDENTIALS");

        let token = link(DAY).await.expect("a link");
        let posted = app.anybody().request(reqwest::Method::POST, "/link")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("token={token}")).send().await.expect("a page");
        assert_eq!(posted.status(), 200);
        assert!(posted.headers().contains_key("set-cookie"));
    }

    async fn a_mailed_code_opens_where_it_was_asked_for(app) {
        let colleague = app.sign_in(app.organisation.colleague).await;
        let data = colleague.ask("{ viewer { person { email } } }", json!({})).await;
        let email = text(&data["viewer"]["person"], "email");
        let start = "mutation($e: String!) { signInStart(input: {email: $e}) { requestToken userErrors { code } } }";
        let complete = "mutation($c: String!, $r: String!) { signInComplete(input: {code: $c, requestToken: $r}) { accessToken userErrors { code message } } }";
        let known = app.anybody().send(start, json!({"e": email})).await;
        let unknown = app.anybody().send(start, json!({"e": "nobody@harbour.example"})).await;
        assert_eq!((known.status, known.body["data"]["signInStart"]["userErrors"].clone()), (unknown.status, json!([])));
        app.settle().await;
        let mails = app.mails.mails();
        let codes: Vec<String> = mails.iter().filter_map(|mail| eight_digits(&mail.text())).collect();
        assert_eq!(codes.len(), 1, "one mail, to the one who has the address");
        let request = text(known.data().get("signInStart").unwrap(), "requestToken");
        let other = text(unknown.data().get("signInStart").unwrap(), "requestToken");
        let elsewhere = app.anybody().refused("signInComplete", complete, json!({"c": codes[0], "r": other})).await;
        assert_eq!(elsewhere["code"], "WRONG_CREDENTIALS", "bound to the request");
        let opened = app.anybody().done("signInComplete", complete, json!({"c": codes[0], "r": request})).await;
        assert_ne!(who(&app.anybody().with_token(&text(&opened, "accessToken"))).await, "UNAUTHENTICATED");
        let twice = app.anybody().refused("signInComplete", complete, json!({"c": codes[0], "r": request})).await;
        assert_eq!(twice["code"], "WRONG_CREDENTIALS");
    }
}

/// The first run of exactly eight digits.
fn eight_digits(text: &str) -> Option<String> {
    text.split(|it: char| !it.is_ascii_digit()).find(|it| it.len() == 8).map(str::to_owned)
}

async fn linked(app: &TestApp) -> Value {
    let token =
        earshot::identity::service::issue_link(&app.system(), app.organisation.colleague, DAY)
            .await
            .expect("a link");
    app.anybody().done("signInByLink", BY_LINK, json!({"t": token})).await
}
