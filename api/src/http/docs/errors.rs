//! `/docs/errors` and docs/ERRORS.md: every code, what it means, what to do.
//!
//! Both come from one text, which comes from the catalogue (`kit::catalogue`) and from the schema.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::frame::{Content, framed, links};
use super::markdown::written;
use super::model::{Area, Catalogue, Member};
use super::prose::{Prose, parts};
use crate::kit::catalogue::{CLOSES, Told};
use crate::kit::error::Code;

/// The page.
#[must_use]
pub fn page(catalogue: &Catalogue) -> String {
    let text = markdown(catalogue);
    let page = written(&text);
    let side = links(page.chapters.iter().map(|(anchor, title)| (anchor.as_str(), title.as_str())));
    let prose = Prose { catalogue, page: "/docs/api" };
    framed(&Content {
        address: "/docs/errors",
        title: &page.title,
        side: &side,
        main: &linked(page.html, catalogue, prose),
    })
}

/// Gives each code its anchor, and each mutation a link into the reference.
fn linked(mut html: String, catalogue: &Catalogue, prose: Prose<'_>) -> String {
    for code in Code::ALL.iter().map(|it| it.as_str()) {
        let bare = format!("<td><code>{code}</code></td>");
        // The first place is the line that explains it; later ones lead there.
        html = html.replacen(
            &bare,
            &format!("<th scope=\"row\" id=\"{code}\"><code>{code}</code></th>"),
            1,
        );
        let link = format!("<td><a href=\"#{code}\"><code>{code}</code></a></td>");
        html = html.replace(&bare, &link);
    }
    for mutation in &catalogue.mutations {
        let bare = format!("<code>{}</code>", mutation.name);
        if let Some(anchor) = prose.anchor(&mutation.name) {
            let link = format!("<a href=\"{}#{anchor}\">{bare}</a>", prose.page);
            html = html.replace(&bare, &link);
        }
    }
    html
}

/// docs/ERRORS.md.
#[must_use]
pub fn markdown(catalogue: &Catalogue) -> String {
    let mut text = String::from(
        "# Errors\n\n\
         <!-- Written by `EARSHOT_UPDATE=1 cargo test -p tests --test it documentation::` from api/src/kit/catalogue.rs and the schema. -->\n\n",
    );
    text.push_str(HOW);
    text.push_str("\n## Top-level errors\n\n");
    codes(&mut text, &[Told::Top, Told::Both]);
    text.push_str("\n## User errors\n\n");
    codes(&mut text, &[Told::User]);
    text.push_str("\n## Ends of streams\n\n");
    text.push_str(STREAMS);
    codes(&mut text, &[Told::Stream]);
    text.push_str(
        "\n## Close codes of the WebSocket\n\n| code | meaning | what to do |\n|---|---|---|\n",
    );
    for close in CLOSES {
        let _ = writeln!(text, "| {} | {} | {} |", close.code, close.meaning, close.cure);
    }
    text.push_str("\n## By area\n\n");
    text.push_str(AREAS);
    for area in catalogue.areas() {
        write_area(&mut text, &area);
    }
    text
}

const HOW: &str = "An answer can tell of errors in two places, because two kinds of people mend them.\n\n\
- **`userErrors`** of a payload is for what the person at the screen can mend: `field` is the path of the input field, `code` is for \
programs, `message` says what is wrong and what to do and can be shown as it is, `allowed` lists what would have been taken where that \
is a short list. Nothing was changed.\n\
- **`errors`** at the top is for what a developer or operator mends. `extensions.code` is from the list below; for faults of the server \
`extensions.traceId` leads to its log. Fields of queries have no payload, so \
there what is wrong with an argument is BAD_REQUEST, with its path in `extensions.field`.\n\n\
The HTTP status depends on what the client accepts. With `Accept: application/graphql-response+json` a request that could not be executed is \
400; with `application/json` alone it is 200, as older clients want. 401, 405, 406, 413, 414, 415, 429, 500 and 503 are the same for both. An answer with \
`data` is always 200, also when some of its fields failed. Codes may be added: treat one that you do not know by its place.\n";

const STREAMS: &str = "A stream of server-sent events that the server ends closes with a `next` that holds only `errors`, and without `complete`: \
UNAUTHENTICATED (the sign-in has ended), UNAVAILABLE (the server restarts, or events were not read fast enough), or the one below. Over a \
WebSocket the same is told by an `error` message for the operation, or by a close code for the socket.\n\n";

const AREAS: &str = "Each area has one type of user error and one closed list of codes; the description of each mutation lists the codes \
that it can answer.\n";

fn codes(text: &mut String, told: &[Told]) {
    text.push_str("| code | meaning | what to do | HTTP |\n|---|---|---|---|\n");
    for code in Code::ALL.iter().filter(|it| told.contains(&it.entry().told)) {
        let entry = code.entry();
        let both = if entry.told == Told::Both { " Also in `userErrors`." } else { "" };
        let _ = writeln!(
            text,
            "| `{}` | {}{both} | {} | {} |",
            code.as_str(),
            entry.meaning,
            entry.cure,
            entry.status
        );
    }
}

fn write_area(text: &mut String, area: &Area<'_>) {
    let Area { title, error, codes, mutations } = area;
    let _ = write!(
        text,
        "\n### {title}\n\n`{}`.\n\n| code | here | mutations |\n|---|---|---|\n",
        error.name
    );
    for code in *codes {
        let told: Vec<String> = mutations
            .iter()
            .filter(|it| lists(it, &code.name))
            .map(|it| format!("`{}`", it.name))
            .collect();
        let told = if told.is_empty() { String::from("any of them") } else { told.join(", ") };
        let about = code.about.split_whitespace().collect::<Vec<_>>().join(" ");
        let _ = writeln!(text, "| `{}` | {about} | {} |", code.name, told);
    }
}

/// Whether the description of a mutation lists a code.
fn lists(mutation: &Member, code: &str) -> bool {
    let told = parts(&mutation.about).codes;
    let words: BTreeSet<&str> =
        told.split(|it: char| !(it.is_ascii_uppercase() || it == '_')).collect();
    words.contains(code)
}
