//! What strangers send, over real HTTP: every hostile document is refused with a code, nothing is
//! echoed, and the same process serves the next caller.
//!
//! The transport does not know which database it stands on: one is enough here.

use std::time::{Duration, Instant};

use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use crate::following::Socket;
use crate::kit::app::{On, TestApp, run};
use crate::kit::client::Client;

const RESPONSE: &str = "application/graphql-response+json";
/// Codes that a request error may carry (docs/API-DESIGN.md).
const CODES: [&str; 4] =
    ["BAD_REQUEST", "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "QUERY_TOO_COMPLEX"];
/// Loopback, debug build, two busy cores. The pre-scan itself is held to 10 ms in its own tests.
const PROMPT: Duration = Duration::from_secs(3);

/// A chain of fragments in which each one spreads the next twice: 2^`links` selections.
fn doubling(links: usize) -> String {
    let link = |at: usize| format!("fragment f{at} on Query{{...f{0} ...f{0}}} ", at + 1);
    let chain: String = (0..links).map(link).collect();
    format!("{{...f0}} {chain}fragment f{links} on Query{{__typename}}")
}

/// Documents that must be refused, each with what it tries.
fn documents() -> Vec<(&'static str, String)> {
    let many =
        |count: usize, make: &dyn Fn(usize) -> String| (0..count).map(make).collect::<String>();
    vec![
        ("nested lists", format!("{{x(f:{}{})}}", "[".repeat(2_000), "]".repeat(2_000))),
        ("nested objects", format!("{{x(f:{}1{})}}", "{a:".repeat(2_000), "}".repeat(2_000))),
        ("nested lists, never closed", format!("{{x(f:{}", "[".repeat(2_000))),
        ("nested types", format!("query($a:{}Int{}){{x}}", "[".repeat(2_000), "]".repeat(2_000))),
        ("nested selections", format!("{}a{}", "{a".repeat(2_000), "}".repeat(2_000))),
        ("nested inline fragments", format!("{{{}a{}", "...{".repeat(2_000), "}".repeat(2_001))),
        ("depth 13", format!("{}b{}", "{a".repeat(13), "}".repeat(13))),
        ("doubling fragments", doubling(30)),
        (
            "a fragment of itself",
            "{...a} fragment a on Query{...b} fragment b on Query{...a}".to_owned(),
        ),
        ("31 aliases", format!("{{{}}}", many(31, &|at| format!("a{at}:__typename ")))),
        (
            "11 mutations",
            format!(
                "mutation{{{}}}",
                many(11, &|at| format!("a{at}:signOut(input:{{}}){{signedOut}} "))
            ),
        ),
        (
            "two sign-ins",
            "mutation{a:signOut(input:{}){signedOut} b:signOut(input:{}){signedOut}}".to_owned(),
        ),
        ("11 directives", format!("{{__typename {}}}", "@include(if:true)".repeat(11))),
        ("directives on the operation", format!("query {}{{__typename}}", "@a".repeat(5_000))),
        ("a long document", format!("{{__typename #{}\n}}", "x".repeat(33 * 1024))),
        ("4,001 tokens", format!("{{{}}}", "a ".repeat(4_000))),
        ("an endless string", format!("{{x(f:\"{}", "a".repeat(1_000))),
        ("an endless block string", "{x(f:\"\"\"never)}".to_owned()),
        ("a page of pages", "{a(first:100){nodes{b(first:100){nodes{c}}}}}".to_owned()),
        ("a huge number", "{a(first:99999999999999999999999999999){nodes{c}}}".to_owned()),
        ("101 nodes", format!("{{nodes(ids:[{}]){{id}}}}", "\"unit_x\",".repeat(5_000))),
        ("a field nobody has", "{thereIsNoSuchField}".to_owned()),
        ("nothing", String::new()),
        ("control characters", "{a\u{0}\u{1b}[2J}".to_owned()),
        ("a subscription by POST", "subscription{nothing}".to_owned()),
        ("no GraphQL at all", "SELECT * FROM person; --".to_owned()),
    ]
}

fn post(app: &TestApp, body: impl Into<reqwest::Body>) -> RequestBuilder {
    let client = app.anybody();
    client
        .request(Method::POST, "/graphql")
        .header("accept", RESPONSE)
        .header("content-type", "application/json")
        .body(body)
}

fn get(client: &Client, pairs: &[(&str, &str)]) -> RequestBuilder {
    let address = format!("/graphql?{}", encoded(pairs));
    client.request(Method::GET, &address).header("accept", RESPONSE)
}

fn encoded(pairs: &[(&str, &str)]) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let escape =
        |text: &str| -> String {
            text.bytes()
                .map(|byte| {
                    if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }
                })
                .collect()
        };
    let pairs: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{name}={}", escape(value))).collect();
    pairs.join("&")
}

async fn sent(request: RequestBuilder) -> Response {
    request.send().await.expect("the server answers")
}

/// Asserts a request error: status, one to twenty errors with known codes, no `data`, no echo.
async fn refused(what: &str, response: Response, status: StatusCode) -> Value {
    assert_eq!(response.status(), status, "{what}");
    for (name, value) in [("x-content-type-options", "nosniff"), ("cache-control", "no-store")] {
        let there = response.headers().get(name).and_then(|it| it.to_str().ok());
        assert_eq!(there, Some(value), "{what}: {name}");
    }
    assert!(response.headers().contains_key("vary"), "{what}: Vary");
    let body: Value = response.json().await.expect("JSON");
    assert!(body.get("data").is_none(), "{what}: {body}");
    let errors = body["errors"].as_array().expect("errors");
    assert!((1..=20).contains(&errors.len()), "{what}: {} errors", errors.len());
    for error in errors {
        let message = error["message"].as_str().unwrap_or_default();
        assert!(!message.is_empty() && message.len() < 400, "{what}: {message}");
        assert!(!message.to_lowercase().contains("did you mean"), "{what}: {message}");
    }
    body
}

fn code(body: &Value) -> &str {
    body["errors"][0]["extensions"]["code"].as_str().unwrap_or_default()
}

async fn still_there(app: &TestApp) {
    let answer = app.anybody().send("{__typename}", json!({})).await;
    assert_eq!((answer.status, &answer.body["data"]["__typename"]), (200, &json!("Query")));
}

#[test]
fn hostile_documents_are_refused_by_post() {
    run(On::Sqlite, async |app: &TestApp| {
        for (what, document) in documents() {
            let begun = Instant::now();
            let response = sent(post(app, json!({"query": document}).to_string())).await;
            let body = refused(what, response, StatusCode::BAD_REQUEST).await;
            assert!(CODES.contains(&code(&body)), "{what}: {body}");
            assert!(begun.elapsed() < PROMPT, "{what} took {:?}", begun.elapsed());
            still_there(app).await;
        }
    });
}

#[test]
fn hostile_documents_are_refused_by_get() {
    run(On::Sqlite, async |app: &TestApp| {
        for (what, document) in documents() {
            let begun = Instant::now();
            let answer = get(&app.anybody(), &[("query", &document)]).send().await;
            // Too long an address may be refused before anything is read of it.
            if let Ok(response) = answer {
                assert!(response.status().is_client_error(), "{what}: {}", response.status());
                let body: Value = response.json().await.unwrap_or_default();
                assert!(body.get("data").is_none(), "{what}: {body}");
            }
            assert!(begun.elapsed() < PROMPT, "{what} took {:?}", begun.elapsed());
        }
        still_there(app).await;
    });
}

/// Asserts errors as streams carry them: with known codes, without an echo.
fn told_of(what: &str, errors: &Value) {
    let errors = errors.as_array().unwrap_or_else(|| panic!("{what}: {errors}"));
    assert!((1..=20).contains(&errors.len()), "{what}: {} errors", errors.len());
    for error in errors {
        let message = error["message"].as_str().unwrap_or_default();
        assert!(!message.is_empty() && message.len() < 400, "{what}: {message}");
        assert!(!message.to_lowercase().contains("did you mean"), "{what}: {message}");
        let code = error["extensions"]["code"].as_str().unwrap_or_default();
        assert!(CODES.contains(&code), "{what}: {error}");
    }
}

#[test]
fn hostile_documents_are_refused_over_a_socket() {
    run(On::Sqlite, async |app: &TestApp| {
        let nurse = app.sign_in(app.organisation.nurse).await;
        let mut socket = Socket::admitted(app, &nurse).await;
        for (at, (what, document)) in documents().into_iter().enumerate() {
            let begun = Instant::now();
            socket.subscribe(&at.to_string(), &document, json!({})).await;
            let answer = socket.hear().await;
            assert_eq!(
                (&answer["type"], &answer["id"]),
                (&json!("error"), &json!(at.to_string())),
                "{what}"
            );
            told_of(what, &answer["payload"]);
            assert!(begun.elapsed() < PROMPT, "{what} took {:?}", begun.elapsed());
            // The same socket serves on.
            socket.subscribe("ask", "{__typename}", json!({})).await;
            assert_eq!(socket.hear().await["payload"]["data"]["__typename"], "Query", "{what}");
            assert_eq!(socket.hear().await["type"], "complete", "{what}");
        }
        still_there(app).await;
    });
}

#[test]
fn hostile_messages_close_their_socket() {
    run(On::Sqlite, async |app: &TestApp| {
        let nurse = app.sign_in(app.organisation.nurse).await;
        let deep = format!("{}{}", "[".repeat(30_000), "]".repeat(30_000));
        let subscribe = |payload: &str| {
            format!("{{\"type\":\"subscribe\",\"id\":\"1\",\"payload\":{payload}}}")
        };
        let messages = [
            (
                "deep variables",
                subscribe(&format!("{{\"query\":\"{{x}}\",\"variables\":{{\"a\":{deep}}}}}")),
                4400,
            ),
            ("a deep message", deep.clone(), 4400),
            ("cut off", "{\"type\":\"subscribe\",\"id\":\"1\",\"payl".to_owned(), 4400),
            ("a batch", format!("[{}]", subscribe("{\"query\":\"{__typename}\"}")), 4400),
            ("no query", subscribe("{}"), 4400),
            ("a query that is none", subscribe("{\"query\":{\"a\":1}}"), 4400),
            ("variables that are none", subscribe("{\"query\":\"{x}\",\"variables\":[1]}"), 4400),
            ("65 KiB", subscribe(&format!("{{\"query\":\"{}\"}}", "x".repeat(65 * 1024))), 1009),
        ];
        for (what, message, code) in messages {
            let mut socket = Socket::admitted(app, &nurse).await;
            socket.say_text(message).await;
            assert_eq!(socket.hear().await, json!(code), "{what}");
        }
        still_there(app).await;
    });
}

#[test]
fn hostile_documents_are_refused_as_events() {
    run(On::Sqlite, async |app: &TestApp| {
        for (what, document) in documents() {
            let request = app.anybody().request(Method::POST, "/graphql");
            let request = request.header("accept", "text/event-stream");
            let response = sent(request.json(&json!({"query": document}))).await;
            assert_eq!(response.status(), StatusCode::OK, "{what}");
            let text = response.text().await.expect("text");
            let data = text.lines().find_map(|line| line.strip_prefix("data: ")).expect("an event");
            let body: Value = serde_json::from_str(data).expect("JSON");
            assert!(body.get("data").is_none(), "{what}: {body}");
            told_of(what, &body["errors"]);
            assert!(text.ends_with("event: complete\ndata: \n\n"), "{what}: {text}");
        }
        still_there(app).await;
    });
}

#[test]
fn hostile_bodies_are_refused() {
    run(On::Sqlite, async |app: &TestApp| {
        let deep = format!(
            "{{\"query\":\"{{x}}\",\"variables\":{{\"a\":{}{}}}}}",
            "[".repeat(50_000),
            "]".repeat(50_000)
        );
        let bodies: Vec<(&str, Vec<u8>)> = vec![
            ("deep variables", deep.into_bytes()),
            ("not UTF-8", b"{\"query\":\"{\xff}\"}".to_vec()),
            ("cut off", b"{\"query\":\"{__typ".to_vec()),
            ("empty", Vec::new()),
            ("a batch", b"[{\"query\":\"{__typename}\"}]".to_vec()),
            ("an empty batch", b"[]".to_vec()),
            ("a number", b"7".to_vec()),
            ("no query", b"{}".to_vec()),
            ("a query that is none", b"{\"query\":{\"a\":1}}".to_vec()),
            ("variables that are none", b"{\"query\":\"{__typename}\",\"variables\":[1]}".to_vec()),
            ("a name that is none", b"{\"query\":\"{__typename}\",\"operationName\":3}".to_vec()),
            (
                "extensions that are none",
                b"{\"query\":\"{__typename}\",\"extensions\":\"x\"}".to_vec(),
            ),
            (
                "an operation that is not there",
                b"{\"query\":\"{__typename}\",\"operationName\":\"Other\"}".to_vec(),
            ),
        ];
        for (what, body) in bodies {
            let body = refused(what, sent(post(app, body)).await, StatusCode::BAD_REQUEST).await;
            assert!(CODES.contains(&code(&body)), "{what}: {body}");
        }
        still_there(app).await;
    });
}

#[test]
fn a_body_has_a_limit_however_it_comes() {
    run(On::Sqlite, async |app: &TestApp| {
        let filler = "x".repeat(256 * 1024);
        let body = json!({"query": "{__typename}", "variables": {"a": filler}}).to_string();
        // The server may hang up instead of reading on; either way nothing is executed.
        if let Ok(response) = post(app, body.clone()).send().await {
            refused("256 KiB and more", response, StatusCode::PAYLOAD_TOO_LARGE).await;
        }
        let answer = chunked(app, &body).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 413 "), "{answer}");
        let fits = json!({"query": "{__typename}", "variables": {"a": "x".repeat(200 * 1024)}});
        assert_eq!(sent(post(app, fits.to_string())).await.status(), StatusCode::OK);
        still_there(app).await;
    });
}

/// Sends a body without telling its length before, and reads what comes back.
async fn chunked(app: &TestApp, body: &str) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let place = app.url.strip_prefix("http://").expect("plain HTTP");
    let mut stream = tokio::net::TcpStream::connect(place).await.expect("a connection");
    let head = format!(
        "POST /graphql HTTP/1.1\r\nHost: {place}\r\nAccept: {RESPONSE}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    let _ = stream.write_all(head.as_bytes()).await;
    for piece in body.as_bytes().chunks(8 * 1024) {
        let framed = [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat();
        if stream.write_all(&framed).await.is_err() {
            break;
        }
    }
    let mut answer = Vec::new();
    let _ = stream.write_all(b"0\r\n\r\n").await;
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn only_json_is_read() {
    run(On::Sqlite, async |app: &TestApp| {
        let body = json!({"query": "{__typename}"}).to_string();
        for foreign in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/graphql",
            "application/json; charset=iso-8859-1",
            "text/json",
        ] {
            let request =
                app.anybody().request(Method::POST, "/graphql").header("accept", RESPONSE);
            let response = sent(request.header("content-type", foreign).body(body.clone())).await;
            refused(foreign, response, StatusCode::UNSUPPORTED_MEDIA_TYPE).await;
        }
        let bare = app.anybody().request(Method::POST, "/graphql").header("accept", RESPONSE);
        let response = sent(bare.body(body.clone())).await;
        refused("no content type", response, StatusCode::UNSUPPORTED_MEDIA_TYPE).await;
        for own in [
            "application/json",
            "application/json; charset=utf-8",
            "Application/JSON;charset=UTF-8",
        ] {
            let request =
                app.anybody().request(Method::POST, "/graphql").header("accept", RESPONSE);
            let response = sent(request.header("content-type", own).body(body.clone())).await;
            assert_eq!(response.status(), StatusCode::OK, "{own}");
        }
        let picky = app.anybody().request(Method::POST, "/graphql").header("accept", "text/html");
        let response = sent(picky.header("content-type", "application/json").body(body)).await;
        assert_eq!(response.status(), StatusCode::NOT_ACCEPTABLE);
    });
}

#[test]
fn get_carries_queries_and_nothing_else() {
    run(On::Sqlite, async |app: &TestApp| {
        let client = app.anybody();
        let response = sent(get(&client, &[("query", "{__typename}")])).await;
        assert_eq!(response.status(), StatusCode::OK);
        let mutation = "mutation{signOut(input:{}){signedOut}}";
        let both = "query A{__typename} mutation B{signOut(input:{}){signedOut}}";
        for pairs in [vec![("query", mutation)], vec![("query", both), ("operationName", "B")]] {
            let response = sent(get(&client, &pairs)).await;
            assert_eq!(response.headers().get("allow").map(|it| it.as_bytes()), Some(&b"POST"[..]));
            refused("a mutation by GET", response, StatusCode::METHOD_NOT_ALLOWED).await;
        }
        let harmless = [("query", both), ("operationName", "A")];
        assert_eq!(sent(get(&client, &harmless)).await.status(), StatusCode::OK);
        for pairs in [vec![], vec![("query", "{__typename}"), ("variables", "{")]] {
            refused("GET", sent(get(&client, &pairs)).await, StatusCode::BAD_REQUEST).await;
        }
        for method in [Method::PUT, Method::DELETE, Method::PATCH] {
            let response =
                sent(client.request(method, "/graphql").header("accept", RESPONSE)).await;
            assert!(response.headers().contains_key("allow"));
            refused("another method", response, StatusCode::METHOD_NOT_ALLOWED).await;
        }
    });
}

#[test]
fn plain_json_clients_get_200_for_what_is_well_formed() {
    run(On::Sqlite, async |app: &TestApp| {
        for document in ["{thereIsNoSuchField}", "{a{b{", "{__schema{queryType{name}}}"] {
            let request = app
                .anybody()
                .request(Method::POST, "/graphql")
                .header("accept", "application/json");
            let response = sent(request.json(&json!({"query": document}))).await;
            let kind = response.headers()["content-type"].to_str().expect("text").to_owned();
            assert!(kind.starts_with("application/json"), "{kind}");
            refused(document, response, StatusCode::OK).await;
        }
    });
}

#[test]
fn a_failed_field_is_a_partial_success() {
    run(On::Sqlite, async |app: &TestApp| {
        let answer =
            app.anybody().send("{__typename node(id: \"unit_nonsense\"){id}}", json!({})).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.body["data"], json!({"__typename": "Query", "node": null}));
    });
}

#[test]
fn introspection_is_for_those_who_signed_in() {
    const STANDARD: &str = include_str!("../../api/src/http/prescan/introspection.graphql");
    run(On::Sqlite, async |app: &TestApp| {
        let documents = [
            STANDARD,
            "{__schema{queryType{name}}}",
            "{__type(name:\"Query\"){name}}",
            "{...F} fragment F on Query{a:__schema{queryType{name}}}",
        ];
        for document in documents {
            let response = sent(post(app, json!({"query": document}).to_string())).await;
            let body = refused(document, response, StatusCode::BAD_REQUEST).await;
            assert_eq!(code(&body), "GRAPHQL_VALIDATION_FAILED", "{body}");
        }
        let nurse = app.sign_in(app.organisation.nurse).await;
        for document in documents {
            let answer = nurse.send(document, json!({})).await;
            assert_eq!(answer.status, 200, "{}", answer.body["errors"]);
        }
        let whole = nurse.ask(STANDARD, json!({})).await;
        assert!(whole["__schema"]["types"].as_array().expect("types").len() > 20);
        let greedy = "{__schema{types{fields{type{fields{type{fields{name}}}}}}}}";
        assert_eq!(nurse.send(greedy, json!({})).await.code(), "QUERY_TOO_COMPLEX");
        let public = sent(app.anybody().request(Method::GET, "/graphql/schema.graphql")).await;
        assert_eq!(public.status(), StatusCode::OK);
        assert!(public.text().await.expect("text").contains("type Query"));
    });
}

/// The same token with another header, payload or signature.
fn forgeries(token: &str) -> Vec<(&'static str, String)> {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let parts: Vec<&str> = token.split('.').collect();
    let (header, payload, signature) = (parts[0], parts[1], parts[2]);
    let read = |part: &str| -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
    };
    let write = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let headed = |key: &str, value: Value| {
        let mut changed = read(header);
        changed[key] = value;
        write(&changed)
    };
    let claiming = |key: &str, value: Value| {
        let mut changed = read(payload);
        changed[key] = value;
        write(&changed)
    };
    let signed = |header: &str, payload: &str, key: &[u8]| {
        let message = format!("{header}.{payload}");
        let key = jsonwebtoken::EncodingKey::from_secret(key);
        let signature =
            jsonwebtoken::crypto::sign(message.as_bytes(), &key, jsonwebtoken::Algorithm::HS256);
        format!("{message}.{}", signature.expect("a signature"))
    };
    let far = json!(4_102_444_800_i64);
    vec![
        ("alg none", format!("{}.{payload}.", headed("alg", json!("none")))),
        (
            "alg none, signature kept",
            format!("{}.{payload}.{signature}", headed("alg", json!("none"))),
        ),
        ("alg HS512", format!("{}.{payload}.{signature}", headed("alg", json!("HS512")))),
        ("alg RS256", format!("{}.{payload}.{signature}", headed("alg", json!("RS256")))),
        ("an empty key", signed(header, payload, b"")),
        ("a guessed key", signed(header, payload, b"secret")),
        (
            "the secret of the tests itself",
            signed(header, payload, b"a secret of the tests, 32 bytes long"),
        ),
        ("kid of a file", signed(&headed("kid", json!("../../../dev/null")), payload, b"")),
        ("kid with SQL", signed(&headed("kid", json!("x' UNION SELECT 'k")), payload, b"k")),
        (
            "a key in the header",
            signed(&headed("jwk", json!({"kty": "oct", "k": "c2VjcmV0"})), payload, b"secret"),
        ),
        ("another audience", format!("{header}.{}.{signature}", claiming("aud", json!("other")))),
        (
            "another person",
            format!(
                "{header}.{}.{signature}",
                claiming("sub", json!("person_00000000000000000000000000"))
            ),
        ),
        ("a later end", format!("{header}.{}.{signature}", claiming("exp", far))),
        ("no signature", format!("{header}.{payload}.")),
        ("two parts", format!("{header}.{payload}")),
        ("four parts", format!("{token}.x")),
        ("a huge one", format!("{header}.{}.{signature}", "A".repeat(6_000))),
        ("an API token that is none", "earshot_0000000000000000000000000000".to_owned()),
        ("nonsense", "x".to_owned()),
    ]
}

#[test]
fn forged_and_spent_tokens_are_refused_with_401() {
    run(On::Sqlite, async |app: &TestApp| {
        let nurse = app.sign_in(app.organisation.nurse).await;
        let token = nurse.token.clone().expect("a token");
        assert_eq!(nurse.send("{__typename}", json!({})).await.status, 200);
        for (what, forged) in forgeries(&token) {
            unauthenticated(app, what, &format!("Bearer {forged}")).await;
        }
        for header in ["Basic bnVyc2U6MTIzNDU2", "Bearer", "Bearer  ", "bearer: x", &token] {
            unauthenticated(app, header, header).await;
        }
        app.pass(11 * entity::instant::MINUTE).await;
        unauthenticated(app, "expired", &format!("Bearer {token}")).await;
        still_there(app).await;
    });
}

async fn unauthenticated(app: &TestApp, what: &str, authorization: &str) {
    let request = post(app, json!({"query": "{__typename}"}).to_string());
    let response = sent(request.header("authorization", authorization)).await;
    let challenge = response.headers().get("www-authenticate").and_then(|it| it.to_str().ok());
    assert!(challenge.is_some_and(|it| it.starts_with("Bearer")), "{what}: {challenge:?}");
    let body = refused(what, response, StatusCode::UNAUTHORIZED).await;
    assert_eq!(code(&body), "UNAUTHENTICATED", "{what}");
}
