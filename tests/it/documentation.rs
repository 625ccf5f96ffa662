//! What integrators read: the pages are whole, current, closed to scripts of others, and cheap to ask for again;
//! the files of the repository that are made from the code are what would be made now.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use earshot::http::docs::model::Catalogue;
use earshot::http::docs::{ADDRESSES, errors};
use earshot::http::explorer;
use earshot::kit::catalogue::CLOSES;
use earshot::kit::error::Code;
use reqwest::header::HeaderMap;

use crate::on_both;
use crate::schema::{introspected, list, root_fields, text};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn catalogue() -> Catalogue {
    Catalogue::read(&earshot::graphql::schema::build().sdl()).expect("the served schema is one")
}

/// Compares a file with what it should hold; writes it when asked to.
pub fn current(path: &str, wanted: &str) {
    if std::env::var_os("EARSHOT_UPDATE").is_some() {
        std::fs::write(root().join(path), wanted).expect("the file can be written");
        return;
    }
    assert!(
        std::fs::read_to_string(root().join(path)).unwrap_or_default() == wanted,
        "{path} is stale: EARSHOT_UPDATE=1 cargo test -p tests --test it documentation::, then commit it."
    );
}

#[test]
fn the_error_catalogue_is_what_the_code_says() {
    let catalogue = catalogue();
    let written = errors::markdown(&catalogue);
    for code in Code::ALL {
        assert!(written.contains(&format!("| `{}` |", code.as_str())), "{}", code.as_str());
    }
    let areas = catalogue.areas();
    let told: usize = areas.iter().map(|area| area.mutations.len()).sum();
    assert_eq!(told, catalogue.mutations.len(), "each mutation belongs to one area");
    for area in &areas {
        assert!(!area.codes.is_empty() && written.contains(&format!("\n### {}\n", area.title)));
    }
    current("docs/ERRORS.md", &written);
}

#[test]
fn every_close_code_of_the_code_is_explained() {
    let mut files = vec![root().join("api/src/http")];
    let mut used = BTreeSet::new();
    while let Some(path) = files.pop() {
        if path.is_dir() {
            let inside = std::fs::read_dir(&path).expect("a folder");
            files.extend(inside.flatten().map(|it| it.path()).filter(|it| !it.ends_with("tests")));
            continue;
        }
        let source = std::fs::read_to_string(&path).unwrap_or_default();
        for mark in ["CloseReason::new(", "Self::new(", "close(", "CloseReason { code: "] {
            let after = source.split(mark).skip(1);
            let numbers = after.map(|it| it.split(|it: char| !it.is_ascii_digit()).next());
            used.extend(numbers.flatten().filter_map(|it| it.parse::<u16>().ok()));
        }
    }
    used.retain(|code| *code > 1000);
    let explained: BTreeSet<u16> = CLOSES.iter().map(|close| close.code).collect();
    assert_eq!(used, explained, "kit/catalogue.rs lists the close codes that http/ uses");
}

/// A block of the guide that is a file: `<!-- examples/... -->` and a fence.
fn with_files(guide: &str) -> (String, Vec<String>) {
    let mut written = String::new();
    let mut files = Vec::new();
    let mut rest = guide;
    while let Some(at) = rest.find("<!-- examples/") {
        let (before, from) = rest.split_at(at);
        let file = from["<!-- ".len()..].split(" -->").next().expect("the end of the comment");
        let fence = from.find("```").expect("a fence");
        let body = fence + from[fence..].find('\n').expect("a line") + 1;
        let end = body + from[body..].find("```\n").expect("the end of the fence");
        written.push_str(before);
        written.push_str(&from[..body]);
        written.push_str(&read(file));
        files.push(file.to_owned());
        rest = &from[end..];
    }
    written.push_str(rest);
    (written, files)
}

#[test]
fn the_guide_shows_the_examples_as_they_are() {
    let (written, files) = with_files(&read("docs/INTEGRATING.md"));
    assert!(files.len() >= 8, "{files:?}");
    current("docs/INTEGRATING.md", &written);
    let page = read("api/assets/docs/beginning.html");
    let anchors: BTreeSet<String> = written
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .map(earshot::http::docs::markdown::anchor)
        .collect();
    for link in page.split("/docs/start#").skip(1).filter_map(|it| it.split('"').next()) {
        assert!(anchors.contains(link), "{link} is no chapter of the guide: {anchors:?}");
    }
}

struct Got {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Got {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default()
    }
}

async fn get(url: &str, headers: &[(&str, &str)]) -> Got {
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client");
    let mut request = client.get(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.expect("an answer");
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let body = String::from_utf8_lossy(&answer.bytes().await.expect("a body")).into_owned();
    Got { status, headers, body }
}

/// Values of an attribute.
fn values<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
    let mark = format!(" {attribute}=\"");
    html.match_indices(&mark)
        .filter_map(|(at, _)| html[at + mark.len()..].split('"').next())
        .collect()
}

on_both! {
    async fn the_pages_are_public_closed_and_cheap_to_ask_for_again(app) {
        for address in ADDRESSES.iter().chain(explorer::ADDRESSES) {
            let url = format!("{}{address}", app.url);
            let plain = get(&url, &[]).await;
            assert_eq!(plain.status, 200, "{address}");
            let policy = plain.header("content-security-policy");
            assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
            assert!(!policy.contains("unsafe"), "{policy}");
            assert_eq!(plain.header("x-content-type-options"), "nosniff");
            assert_eq!(plain.header("cache-control"), "no-cache");
            assert_eq!(plain.header("referrer-policy"), "no-referrer");
            assert!(plain.header("set-cookie").is_empty());
            let tag = plain.header("etag");
            let again = get(&url, &[("if-none-match", tag)]).await;
            assert_eq!((again.status, again.body.as_str(), again.header("etag")), (304, "", tag), "{address}");
            assert_eq!(get(&url, &[("if-none-match", "\"another\"")]).await.status, 200);
            for coding in ["br", "gzip"] {
                let packed = get(&url, &[("accept-encoding", coding)]).await;
                if plain.body.len() >= 1_400 {
                    assert_eq!(packed.header("content-encoding"), coding, "{address}");
                    assert!(packed.header("vary").to_lowercase().contains("accept-encoding"));
                    let (short, long) = (packed.headers["etag"].clone(), plain.headers["etag"].clone());
                    assert_eq!(short, long, "one thing has one tag");
                }
            }
            let client = reqwest::Client::new();
            let posted = client.post(&url).send().await.expect("an answer");
            assert_eq!((posted.status().as_u16(), posted.headers()["allow"].as_bytes()), (405, &b"GET, HEAD"[..]));
            let head = client.head(&url).send().await.expect("an answer");
            assert_eq!((head.status().as_u16(), head.bytes().await.expect("no body").len()), (200, 0));
        }
        for start in ["/docs", "/docs/"] {
            let found = get(&format!("{}{start}", app.url), &[]).await;
            assert_eq!((found.status, found.header("location")), (302, "/docs/start"));
        }
        for nowhere in ["/docs/other", "/docs/../api", "/docs/docs.js/x"] {
            assert_eq!(get(&format!("{}{nowhere}", app.url), &[]).await.status, 404, "{nowhere}");
        }
    }

    async fn the_reference_shows_the_whole_schema(app) {
        let page = get(&format!("{}/docs/api", app.url), &[]).await.body;
        let ids = values(&page, "id");
        let anchors: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(anchors.len(), ids.len(), "an anchor is there once");
        let schema = introspected().await;
        let mut missing = Vec::new();
        for (root, word) in [("queryType", "query"), ("mutationType", "mutation"), ("subscriptionType", "subscription")] {
            for field in root_fields(&schema, root) {
                let anchor = format!("{word}.{}", text(field, "name"));
                let at = page.find(&format!("id=\"{anchor}\""));
                let Some(at) = at else { missing.push(anchor); continue };
                let entry = &page[at..at + page[at..].find("</article>").expect("its end")];
                if field["isDeprecated"] == true && !entry.contains("Deprecated.") {
                    missing.push(format!("{anchor}: deprecated"));
                }
                assert!(entry.contains("<dt>Cost</dt>"), "{anchor}");
                let about = text(field, "description");
                for (mark, row) in [("Codes:", "Errors"), ("Needs ", "Permission")] {
                    if about.contains(mark) && !entry.contains(&format!("<dt>{row}</dt>")) {
                        missing.push(format!("{anchor}: {row}"));
                    }
                }
                for argument in list(field, "args") {
                    if !entry.contains(text(argument, "name")) {
                        missing.push(format!("{anchor}({})", text(argument, "name")));
                    }
                }
            }
        }
        for kind in list(&schema, "types") {
            let name = text(kind, "name");
            if name.starts_with("__") || ["Query", "Mutation", "Subscription", "Boolean", "Float", "ID", "Int", "String"].contains(&name) {
                continue;
            }
            for part in ["fields", "inputFields", "enumValues"] {
                for member in list(kind, part) {
                    let anchor = format!("{name}.{}", text(member, "name"));
                    if !anchors.contains(anchor.as_str()) { missing.push(anchor); }
                }
            }
            if !anchors.contains(name) { missing.push(name.to_owned()); }
        }
        assert_eq!(missing, Vec::<String>::new());
    }

    async fn the_explorer_tells_nothing_by_itself(app) {
        let page = get(&format!("{}/graphql/explorer", app.url), &[]).await;
        assert!(page.body.contains("signed in") && page.body.contains("/docs/start"), "{}", page.body);
        assert!(page.header("content-security-policy").contains("connect-src 'self'"));
        assert!(!page.body.contains("<style") && !page.body.contains(" style="));
        for source in values(&page.body, "src") {
            assert_eq!(get(&format!("{}{source}", app.url), &[]).await.status, 200);
        }
        let script = get(&format!("{}/graphql/explorer/explorer.js", app.url), &[]).await.body;
        for word in ["SubmissionSendInput", "triageQueue", "causeLink"] {
            assert!(!script.contains(word), "nothing of the schema is in it: {word}");
        }
        // The licences of what is inside go with it.
        let licences = get(&format!("{}/graphql/explorer/licences.txt", app.url), &[]).await.body;
        for inside in ["graphiql 4.", "react 19.", "codemirror", "graphql-sse"] {
            assert!(licences.contains(inside), "{inside}");
        }
        // Who is not signed in gets no introspection, whatever asks for it.
        let asked = app.anybody().send("{ __schema { queryType { name } } }", serde_json::json!({})).await;
        assert_eq!(asked.code(), "GRAPHQL_VALIDATION_FAILED");
    }

    async fn the_pages_hold_together_without_scripts(app) {
        let mut targets = Vec::new();
        let mut anchors = BTreeSet::new();
        for address in ADDRESSES.iter().filter(|it| !it.contains('.')) {
            let page = get(&format!("{}{address}", app.url), &[]).await.body;
            // Landmarks, a heading, a way past the navigation, a language.
            for needed in ["<html lang=\"en\">", "<header>", "<main id=\"content\"", "<footer>", "class=\"skip\" href=\"#content\"", "name=\"viewport\"", "aria-current=\"page\""] {
                assert!(page.contains(needed), "{address} lacks {needed}");
            }
            assert_eq!(page.matches("<h1").count(), 1, "{address}");
            let levels: Vec<u32> = page.match_indices("<h").filter_map(|(at, _)| page[at + 2..].chars().next()?.to_digit(10)).collect();
            assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{address}: no level is left out");
            // Nothing in the page itself runs or styles, and nothing is loaded from elsewhere.
            assert!(!page.contains("<style") && !page.contains(" style=") && !page.contains(" onclick="), "{address}");
            assert_eq!(page.matches("<script").count(), page.matches("<script src=\"/docs/docs.js\" defer>").count());
            for source in values(&page, "src") {
                assert!(source.starts_with("/docs/"), "{address}: {source}");
            }
            anchors.extend(values(&page, "id").into_iter().map(|it| format!("{address}#{it}")));
            for link in values(&page, "href") {
                match link {
                    it if it.starts_with('#') => targets.push(format!("{address}{it}")),
                    it if it.starts_with("/docs/") && it.contains('#') => targets.push(it.to_owned()),
                    it if it.starts_with("https://") => {}
                    it => assert!(
                        ADDRESSES.contains(&it) || it.starts_with("/graphql/"),
                        "{address} leads to {it}, which is not there"
                    ),
                }
            }
        }
        let astray: Vec<_> = targets.iter().filter(|it| !anchors.contains(*it)).collect();
        assert_eq!(astray, Vec::<&String>::new(), "links that lead nowhere");
        assert!(targets.len() > 1_000);
        // One page for all of it, so it must stay small on the wire.
        let packed = get(&format!("{}/docs/api", app.url), &[("accept-encoding", "br")]).await;
        let length: usize = packed.header("content-length").parse().expect("a length");
        assert!(length < 200_000, "{length} bytes");
    }
}
