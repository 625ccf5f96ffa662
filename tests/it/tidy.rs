//! The house rules that no compiler holds, run as tests over the source (docs/ARCHITECTURE.md).
//!
//! Every rule that needs an exception lists it here, with its reason. An exception that no longer
//! applies is a failure too, so that the lists stay short.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Who may import whom, as docs/ARCHITECTURE.md draws it. Features that are not built yet stand
/// here already: their edges were decided before their code.
const EDGES: &[(&str, &[&str])] = &[
    ("identity", &[]),
    ("programs", &["identity"]),
    ("journey", &["identity"]),
    ("clocks", &["identity"]),
    ("reach", &[]),
    ("submissions", &["identity", "programs", "journey", "clocks"]),
    ("desk", &["identity", "submissions", "triage", "workflow"]),
    ("routing", &["identity", "submissions", "triage", "workflow"]),
    ("engagement", &["identity", "submissions", "reach"]),
    (
        "triage",
        &["identity", "submissions", "engagement", "journey", "programs", "clocks", "reach"],
    ),
    ("workflow", &["identity", "submissions", "triage", "clocks", "reach"]),
    (
        "implementation",
        &["identity", "programs", "journey", "submissions", "triage", "workflow", "clocks"],
    ),
    (
        "closing",
        &[
            "identity",
            "programs",
            "journey",
            "submissions",
            "engagement",
            "triage",
            "workflow",
            "clocks",
            "reach",
        ],
    ),
    ("announcing", &["identity", "programs", "submissions", "triage"]),
    ("external", &["identity", "submissions", "triage", "implementation"]),
    ("metrics", &["identity", "journey", "programs"]),
    ("huddles", &["identity", "submissions", "metrics"]),
    ("goals", &["identity", "submissions", "metrics"]),
];

/// Features that read facts and anybody's queries, and that nobody imports.
const READERS: &[&str] = &["notify", "integrations", "insights"];

/// Edges beside the drawing, with the reason.
const MORE_EDGES: &[(&str, &str, &str)] = &[];

/// What may name a reader all the same: it wires the process together.
const WIRING: &[(&str, &str)] = &[
    ("cli/", "starts the workers and shows their settings"),
    ("main.rs", "starts the process"),
    ("http/", "serves the links that mails carry"),
    ("graphql/", "merges every feature's roots into one schema"),
    ("demo/", "furnishes a demo organisation through every door"),
    ("jobs/roster.rs", "lists the workers, the readers among them"),
    ("jobs/schedule.rs", "lists what the clock does, digests among it"),
    ("identity/graphql/viewer.rs", "links what whoever asks wants to hear"),
];

/// Rooms that everybody stands on: they import no feature.
const BASE: &[&str] = &["kit", "db", "config.rs", "house.rs"];

/// Edges out of the base, with the reason.
const BASE_EDGES: &[(&str, &str, &str)] = &[];

/// Longest file of api/src, in lines without its tests.
const LONGEST_FILE: usize = 600;

/// Files that may be longer.
const LONG_FILES: &[(&str, &str)] = &[];

/// Tables without an entity.
const BARE_TABLES: &[(&str, &str)] = &[
    ("counter", "SQLite's stand-in for a sequence; db/dialect.rs alone touches it"),
    ("server_key", "one row, read once at start by house.rs"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the workspace").to_owned()
}

/// A Rust source file: its path from the root, and its code without comments and unit tests.
struct Source {
    path: String,
    whole: String,
    code: String,
}

impl Source {
    /// The path below `api/src/`.
    fn place(&self) -> &str {
        self.path.strip_prefix("api/src/").unwrap_or(&self.path)
    }

    /// The first folder or file below `api/src/`.
    fn feature(&self) -> &str {
        self.place().split('/').next().unwrap_or_default()
    }

    /// Whether it belongs to a room: `graphql.rs`, or a file of the folder `graphql/` of a feature.
    fn in_room(&self, room: &str) -> bool {
        self.place().split('/').skip(1).any(|part| part.strip_suffix(".rs").unwrap_or(part) == room)
    }

    fn is_test(&self) -> bool {
        self.path.split('/').any(|part| part == "tests" || part == "tests.rs")
    }
}

fn files_below(folder: &Path, wanted: &dyn Fn(&Path) -> bool, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            files_below(&path, wanted, found);
        } else if wanted(&path) {
            found.push(path);
        }
    }
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string().replace('\\', "/")
}

fn sources(folders: &[&str]) -> Vec<Source> {
    let mut paths = Vec::new();
    for folder in folders {
        let rust = |path: &Path| path.extension().is_some_and(|ending| ending == "rs");
        files_below(&root().join(folder), &rust, &mut paths);
    }
    paths.sort();
    let read = |path: PathBuf| {
        let whole = std::fs::read_to_string(&path).expect("a readable source file");
        Source { path: relative(&path), code: without_tests(&without_comments(&whole)), whole }
    };
    let read: Vec<Source> = paths.into_iter().map(read).filter(|it| !it.is_test()).collect();
    assert!(!read.is_empty(), "there is source under {folders:?}");
    read
}

/// Lines stay where they are; what follows `//` outside a string literal goes.
fn without_comments(source: &str) -> String {
    let strip = |line: &str| -> String {
        let mut quoted = false;
        let mut before = ' ';
        for (at, letter) in line.char_indices() {
            match letter {
                '"' if before != '\\' && before != '\'' => quoted = !quoted,
                '/' if before == '/' && !quoted => return line[..at - 1].to_owned(),
                _ => {}
            }
            before = letter;
        }
        line.to_owned()
    };
    source.lines().map(strip).collect::<Vec<_>>().join("\n")
}

/// Cuts every `#[cfg(test)]` item: up to its closing brace in the same column, or its semicolon.
fn without_tests(source: &str) -> String {
    let mut kept = String::new();
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        if line.trim() != "#[cfg(test)]" {
            let _ = writeln!(kept, "{line}");
            continue;
        }
        let end = format!("{}}}", &line[..line.len() - line.trim_start().len()]);
        for skipped in lines.by_ref() {
            let one_line = skipped.ends_with(';') || skipped.trim_end().ends_with("}");
            if skipped.trim_end() == end
                || (one_line
                    && !skipped.trim_start().starts_with("#[")
                    && skipped.len() - skipped.trim_start().len() + 1 == end.len())
            {
                break;
            }
        }
    }
    kept
}

/// The features that the code names, each with the line that does.
fn named_rooms(code: &str) -> BTreeMap<String, String> {
    let mut rooms = BTreeMap::new();
    for (at, _) in code.match_indices("crate::") {
        if code[..at].ends_with('$') {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        let start = code[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let line = code[start..].lines().next().unwrap_or_default().trim().to_owned();
        for name in heads(rest) {
            rooms.entry(name).or_insert_with(|| line.clone());
        }
    }
    rooms
}

/// The first segments of a path or of a braced group of paths.
fn heads(path: &str) -> Vec<String> {
    let word = |text: &str| -> String {
        text.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
    };
    if !path.starts_with('{') {
        return vec![word(path)];
    }
    let mut depth = 0_usize;
    let mut parts = vec![String::new()];
    for letter in path.chars() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => parts.push(String::new()),
            _ => parts.last_mut().expect("never empty").push(letter),
        }
        if depth == 0 {
            break;
        }
    }
    parts.iter().map(|part| word(part.trim())).filter(|name| !name.is_empty()).collect()
}

fn features() -> BTreeSet<&'static str> {
    EDGES.iter().map(|(name, _)| *name).chain(READERS.iter().copied()).collect()
}

/// Fails with one line for each breach.
fn none_of(rule: &str, breaches: &[String]) {
    assert!(breaches.is_empty(), "{rule}\n  {}\n", breaches.join("\n  "));
}

#[test]
fn features_import_along_the_allowed_edges_only() {
    let features = features();
    let mut breaches = Vec::new();
    let mut used = BTreeSet::new();
    for source in sources(&["api/src"]) {
        let from = source.feature();
        let Some((_, allowed)) = EDGES.iter().find(|(name, _)| *name == from) else { continue };
        if source.in_room("graphql") {
            continue; // graphql.rs may link any feature's types
        }
        for (to, line) in named_rooms(&source.code) {
            if to == from || !features.contains(to.as_str()) || allowed.contains(&to.as_str()) {
                continue;
            }
            match MORE_EDGES.iter().find(|(a, b, _)| *a == from && *b == to) {
                Some((a, b, _)) => drop(used.insert((*a, *b))),
                None => breaches.push(format!("{}: {from} -> {to}: `{line}`", source.path)),
            }
        }
    }
    for (from, to, _) in MORE_EDGES {
        if !used.contains(&(*from, *to)) {
            breaches.push(format!("the exception {from} -> {to} is not used: take it out"));
        }
    }
    none_of("A feature imports one that it may not (EDGES in tests/it/tidy.rs):", &breaches);
}

#[test]
fn nobody_imports_the_readers_of_facts() {
    let mut breaches = Vec::new();
    for source in sources(&["api/src"]) {
        if WIRING.iter().any(|(place, _)| source.place().starts_with(place)) {
            continue;
        }
        for (to, line) in named_rooms(&source.code) {
            if READERS.contains(&to.as_str()) && to != source.feature() {
                breaches.push(format!("{}: `{line}`", source.path));
            }
        }
    }
    none_of("notify, integrations and insights read; nobody imports them:", &breaches);
}

#[test]
fn the_base_imports_no_feature() {
    let features = features();
    let mut breaches = Vec::new();
    for source in sources(&["api/src"]).iter().filter(|it| BASE.contains(&it.feature())) {
        for (to, line) in named_rooms(&source.code) {
            let excused =
                BASE_EDGES.iter().any(|(from, it, _)| source.place() == *from && to == *it);
            if features.contains(to.as_str()) && !excused {
                breaches.push(format!("{}: `{line}`", source.path));
            }
        }
    }
    none_of("kit, db, config and house carry everybody and import no feature:", &breaches);
}

#[test]
fn screens_are_imported_by_graphql_alone() {
    let mut breaches = Vec::new();
    for source in sources(&["api/src"]) {
        let may = source.in_room("graphql") || ["graphql", "screens"].contains(&source.feature());
        if let Some(line) = named_rooms(&source.code).get("screens").filter(|_| !may) {
            breaches.push(format!("{}: `{line}`", source.path));
        }
    }
    none_of("screens/ is imported by graphql.rs only:", &breaches);
}

#[test]
fn services_name_neither_the_engine_nor_the_server() {
    let mut breaches = Vec::new();
    let rooms = ["service", "query", "policy", "facts", "jobs"];
    for source in sources(&["api/src"]) {
        let inside =
            features().contains(source.feature()) && rooms.iter().any(|room| source.in_room(room));
        for name in ["async_graphql", "actix"] {
            if inside && source.code.contains(name) {
                breaches.push(format!("{} names {name}", source.path));
            }
        }
    }
    none_of("What people do knows nothing of GraphQL or HTTP:", &breaches);
}

/// What clippy.toml refuses as well; here even where clippy was told to be silent.
const DOORS: &[&str] = &[
    "::find()",
    "::find_by_id(",
    ".find_related(",
    ".find_linked(",
    "::update_many()",
    "::delete_many()",
    "::delete_by_id(",
];
const DOOR_ALLOWED: &str = "#![allow(clippy::disallowed_methods)] //";

#[test]
fn rows_come_only_from_the_doors() {
    let mut breaches = Vec::new();
    for source in sources(&["api/src"]) {
        let room = ["query", "loader"].iter().any(|room| source.in_room(room));
        let base = ["db", "kit", "jobs"].contains(&source.feature());
        let says = source.whole.lines().any(|line| line.starts_with(DOOR_ALLOWED));
        if says && !(room || base) {
            breaches.push(format!(
                "{} allows itself what only query.rs, loader.rs, db/ and kit/ may",
                source.path
            ));
        }
        for door in DOORS.iter().filter(|door| source.code.contains(**door)) {
            if !(says && (room || base)) && source.feature() != "db" {
                breaches.push(format!("{} has `{door}`", source.path));
            }
        }
    }
    none_of(
        "A query starts in query.rs, loader.rs, db/ or kit/, in a file that says so and why:",
        &breaches,
    );
}

#[test]
fn nobody_imports_everything_of_sea_orm() {
    let forbidden =
        ["sea_orm::*", "sea_orm::prelude::*", "sea_orm::entity::*", "sea_orm::entity::prelude::*"];
    let mut breaches = Vec::new();
    for source in sources(&["api/src", "entity/src", "migration/src"]) {
        for glob in forbidden.iter().filter(|glob| source.code.contains(**glob)) {
            breaches.push(format!("{}: `use {glob}` shadows the crate `entity`", source.path));
        }
    }
    none_of("Import from sea_orm by name:", &breaches);
}

#[test]
fn nothing_is_called_utils() {
    let names = ["utils", "util", "helpers", "helper", "common", "misc", "shared"];
    let mut breaches = Vec::new();
    for source in sources(&["api/src", "entity/src", "migration/src", "tests/it"]) {
        if source
            .path
            .split('/')
            .any(|part| names.contains(&part.strip_suffix(".rs").unwrap_or(part)))
        {
            breaches.push(source.path);
        }
    }
    none_of("A module is named after what it holds:", &breaches);
}

#[test]
fn nothing_panics_on_purpose() {
    // `unreachable!` is a proof and may stay; the rest is a crash in waiting.
    let words = [
        ".unwrap()",
        ".expect(\"",
        ".expect(&format",
        ".unwrap_err()",
        "panic!(",
        "todo!(",
        "unimplemented!(",
        "dbg!(",
    ];
    let mut breaches = Vec::new();
    for source in sources(&["api/src", "entity/src", "migration/src"]) {
        for (number, line) in source.code.lines().enumerate() {
            if words.iter().any(|word| line.contains(word)) {
                breaches.push(format!(
                    "{}, about line {}: `{}`",
                    source.path,
                    number + 1,
                    line.trim()
                ));
            }
        }
    }
    none_of("Answer an error instead of ending the process:", &breaches);
}

#[test]
fn no_file_is_longer_than_one_can_read() {
    let mut breaches = Vec::new();
    for source in sources(&["api/src"]) {
        let lines = source_lines(&source);
        let excused = LONG_FILES.iter().any(|(path, _)| *path == source.path);
        if lines > LONGEST_FILE && !excused {
            breaches.push(format!("{} has {lines} lines: make it a folder of verbs", source.path));
        }
        if lines <= LONGEST_FILE && excused {
            breaches.push(format!("{} is short again: take it off the list", source.path));
        }
    }
    none_of("A file has at most 600 lines without its tests:", &breaches);
}

/// Lines without unit tests, comments included: they are read too.
fn source_lines(source: &Source) -> usize {
    without_tests(&source.whole).lines().count()
}

/// What stands between `mark` and the next `end`, for every occurrence.
fn all_between(text: &str, mark: &str, end: char) -> BTreeSet<String> {
    text.match_indices(mark)
        .filter_map(|(at, _)| text[at + mark.len()..].split(end).next())
        .map(|word| word.trim().to_owned())
        .collect()
}

#[test]
fn every_table_has_an_entity_and_every_entity_a_table() {
    let mut files = Vec::new();
    let wanted =
        |path: &Path| path.extension().is_some_and(|ending| ending == "sql" || ending == "rs");
    files_below(&root().join("migration/src"), &wanted, &mut files);
    let mut tables = BTreeSet::new();
    for file in files {
        let sql = std::fs::read_to_string(file).expect("a readable migration");
        tables.extend(all_between(&sql, "CREATE TABLE ", ' '));
        for gone in all_between(&sql, "DROP TABLE ", ';') {
            tables.remove(&gone);
        }
    }
    let bare: BTreeSet<String> = BARE_TABLES.iter().map(|(name, _)| (*name).to_owned()).collect();
    let entities: BTreeSet<String> = sources(&["entity/src"])
        .iter()
        .flat_map(|source| all_between(&source.whole, "table_name = \"", '"'))
        .collect();
    assert!(tables.len() > 30, "the migrations were found: {tables:?}");
    let lacking: Vec<_> = tables.difference(&entities).filter(|it| !bare.contains(*it)).collect();
    let extra: Vec<_> = entities.difference(&tables).collect();
    let stale: Vec<_> =
        bare.iter().filter(|it| !tables.contains(*it) || entities.contains(*it)).collect();
    assert!(lacking.is_empty(), "tables without an entity: {lacking:?}");
    assert!(extra.is_empty(), "entities without a table: {extra:?}");
    assert!(stale.is_empty(), "exceptions that are none any more: {stale:?}");
}

/// Paths of the files under version control, or of all files where there is no git.
fn tracked() -> Vec<PathBuf> {
    let listed = Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output();
    if let Ok(listed) = listed.map(|out| String::from_utf8_lossy(&out.stdout).into_owned())
        && !listed.is_empty()
    {
        return listed.split('\0').filter(|it| !it.is_empty()).map(|it| root().join(it)).collect();
    }
    let mut found = Vec::new();
    let own = |path: &Path| {
        let path = relative(path);
        !["target/", "data/", ".git/", "node_modules/"].iter().any(|it| path.contains(it))
    };
    files_below(&root(), &own, &mut found);
    found
}

#[test]
fn no_file_tells_of_the_machine_it_was_written_on() {
    // Put together here, so that this file does not hold them itself.
    let paths = [
        concat!("/wo", "rk/"),
        concat!("/ro", "ot/"),
        concat!("/Us", "ers/"),
        concat!("C:\\Us", "ers"),
    ];
    let settings =
        [".cargo/config.toml", ".cargo/config", "pip.conf", ".pypirc", "cargo-credentials"];
    let registries = [
        concat!("registry", "= \"http"),
        concat!("registry", " = \"http"),
        concat!("registry", "=http"),
        concat!("--index", "-url"),
        concat!("replace", "-with"),
        concat!("GOP", "ROXY="),
    ];
    let mut breaches = Vec::new();
    for path in tracked() {
        let name = relative(&path);
        if settings.iter().any(|it| name.ends_with(it)) {
            breaches.push(format!("{name} holds settings of one machine"));
        }
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        for (number, line) in text.lines().enumerate() {
            for word in paths.iter().chain(&registries).filter(|word| line.contains(**word)) {
                breaches.push(format!("{name}:{}: {word}", number + 1));
            }
        }
        breaches.extend(foreign_registries(&name, &text));
    }
    none_of("The tree must work anywhere and name no registry of its own:", &breaches);
}

/// Lock files name the public registries or none.
fn foreign_registries(name: &str, text: &str) -> Vec<String> {
    let (mark, public) = if name.ends_with("Cargo.lock") {
        ("source = \"", "registry+https://github.com/rust-lang/crates.io-index")
    } else if name.ends_with("package-lock.json") {
        ("\"resolved\": \"", "https://registry.npmjs.org/")
    } else {
        return Vec::new();
    };
    let places = all_between(text, mark, '"');
    places
        .into_iter()
        .filter(|it| !it.starts_with(public))
        .map(|it| format!("{name}: {it}"))
        .collect()
}

/// The keys of a phrase file.
fn phrases(language: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for file in ["staff.ftl", "mail.ftl"] {
        let path = root().join("api/locales").join(language).join(file);
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        for line in
            text.lines().filter(|line| line.starts_with(|it: char| it.is_ascii_alphabetic()))
        {
            let (key, phrase) = line.split_once('=').expect("a key and a phrase");
            found.insert(key.trim().to_owned(), phrase.trim().to_owned());
        }
    }
    found
}

#[test]
fn every_mail_speaks_every_language() {
    let languages = ["en", "es"];
    let mut breaches = Vec::new();
    let english = phrases("en");
    for language in languages {
        let keys = phrases(language);
        let missing = english.keys().filter(|key| !keys.contains_key(*key));
        breaches.extend(missing.map(|key| format!("{language} lacks {key}")));
        let extra = keys.keys().filter(|key| !english.contains_key(*key));
        breaches.extend(extra.map(|key| format!("en lacks {key}, which {language} has")));
    }
    let mut mails = Vec::new();
    files_below(&root().join("api/templates/mail"), &|_| true, &mut mails);
    let mut folders: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in &mails {
        let text = std::fs::read_to_string(path).expect("a readable template");
        let asked = [" t(\"", "=t(\"", "(t(\"", "{t(\""].map(|mark| all_between(&text, mark, '"'));
        for key in asked.iter().flatten().filter(|key| !english.contains_key(*key)) {
            breaches.push(format!("{} asks for {key}, which no language has", relative(path)));
        }
        let part =
            |back| path.iter().rev().nth(back).unwrap_or_default().to_string_lossy().into_owned();
        folders.entry(part(1)).or_default().insert(part(0));
    }
    let whole: BTreeSet<String> = ["subject.txt", "body.txt", "body.html"].map(String::from).into();
    for (mail, files) in
        folders.iter().filter(|(name, _)| !["layout", "parts"].contains(&name.as_str()))
    {
        if *files != whole {
            breaches.push(format!("the mail {mail} has {files:?}, not {whole:?}"));
        }
        let subject = format!("{}-subject", mail.replace('_', "-"));
        for language in languages.iter().filter(|it| !phrases(it).contains_key(&subject)) {
            breaches.push(format!("the mail {mail} has no {subject} in {language}"));
        }
    }
    none_of("Every mail has a subject, a text and an HTML part in every language:", &breaches);
}

#[test]
fn the_rules_see_what_they_look_for() {
    let source = "use crate::{notify::smtp, kit::{a, b}};\nlet x = crate::triage::y; // crate::goals\n\
                  #[cfg(test)]\nmod tests {\n    use crate::huddles;\n}\nfn z() {}\n#[cfg(test)]\nmod tests;\nfn w() {}\n";
    let code = without_tests(&without_comments(source));
    let rooms: Vec<String> = named_rooms(&code).into_keys().collect();
    assert_eq!(rooms, ["kit", "notify", "triage"]);
    assert!(code.contains("fn z() {}") && code.contains("fn w() {}"), "{code}");
    assert_eq!(
        without_comments("let url = \"https://x\"; // y").trim(),
        "let url = \"https://x\";"
    );
}
