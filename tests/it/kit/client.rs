//! A client as any other: JSON over HTTP.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// One client with its credentials.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    pub token: Option<String>,
    pub device: Option<String>,
}

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
    /// SQL statements that the request took.
    pub statements: u64,
    pub headers: reqwest::header::HeaderMap,
}

impl Answer {
    /// `data`, asserting that nothing went wrong at top level.
    pub fn data(&self) -> &Value {
        assert!(self.body.get("errors").is_none(), "errors: {}", self.body);
        &self.body["data"]
    }

    /// Code of the first top-level error.
    pub fn code(&self) -> &str {
        self.body["errors"][0]["extensions"]["code"].as_str().unwrap_or("")
    }
}

impl Client {
    pub fn new(http: reqwest::Client, url: &str) -> Self {
        Self { http, url: url.to_owned(), token: None, device: None }
    }

    /// The same client with an access token.
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// The same client on an enrolled device.
    pub fn on_device(&self, token: &str) -> Self {
        Self { device: Some(token.to_owned()), ..self.clone() }
    }

    /// Base address of the server.
    pub fn base(&self) -> &str {
        &self.url
    }

    /// The HTTP client, for what is not GraphQL.
    pub fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// A request with this client's credentials.
    pub fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        let mut request = self.http.request(method, format!("{}{path}", self.url));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(device) = &self.device {
            request = request.header("earshot-device", device);
        }
        request
    }

    /// Sends one GraphQL request and returns the whole answer.
    pub async fn send(&self, query: &str, variables: Value) -> Answer {
        let response = self
            .request(reqwest::Method::POST, "/graphql")
            .header("accept", "application/graphql-response+json")
            .json(&json!({"query": query, "variables": variables}))
            .send()
            .await
            .expect("the server answers");
        let statements = response
            .headers()
            .get("earshot-statements")
            .and_then(|value| value.to_str().ok()?.parse().ok())
            .unwrap_or(0);
        let headers = response.headers().clone();
        let status = response.status().as_u16();
        let body = response.json().await.expect("JSON");
        Answer { status, body, statements, headers }
    }

    /// As [`Client::send`], five times: the answer that took the fewest statements. Batches close by
    /// time, so a busy machine may cut one in two; a statement for each row is there every time.
    pub async fn fewest(&self, query: &str, variables: Value) -> Answer {
        let mut best = self.send(query, variables.clone()).await;
        for _ in 1..5 {
            let answer = self.send(query, variables.clone()).await;
            if answer.statements < best.statements {
                best = answer;
            }
        }
        best
    }

    /// As [`Client::send`], noting how many statements it took. A number that was not seen yet is
    /// asked again by [`Client::fewest`], so that what is `seen` differs only where the work does.
    pub async fn counted(&self, query: &str, variables: Value, seen: &mut BTreeSet<u64>) -> Answer {
        let answer = self.send(query, variables.clone()).await;
        if seen.contains(&answer.statements) {
            return answer;
        }
        let best = self.fewest(query, variables).await;
        seen.insert(best.statements);
        best
    }

    /// `data` of a request that must not fail at top level.
    pub async fn ask(&self, query: &str, variables: Value) -> Value {
        self.send(query, variables).await.data().clone()
    }

    /// Payload of a single-field mutation that must succeed. `field` is its name.
    pub async fn done(&self, field: &str, query: &str, variables: Value) -> Value {
        let data = self.ask(query, variables).await;
        let payload = &data[field];
        assert_eq!(payload["userErrors"], json!([]), "{field} was refused: {payload}");
        payload.clone()
    }

    /// First user error of a single-field mutation that must be refused.
    pub async fn refused(&self, field: &str, query: &str, variables: Value) -> Value {
        let data = self.ask(query, variables).await;
        let error = data[field]["userErrors"][0].clone();
        assert!(error.is_object(), "{field} was not refused: {data}");
        error
    }
}
