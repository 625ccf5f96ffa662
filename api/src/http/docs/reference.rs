//! `/docs/api`: everything that can be asked, done and followed, from the schema that is served.

use std::fmt::Write as _;

use super::frame::{Content, framed};
use super::model::{Catalogue, Kind, Member, Type};
use super::prose::{Prose, escaped, parts};

/// The arguments of every list, described once on the page.
const PAGING: [&str; 4] = ["first", "after", "last", "before"];
/// Most places that are named for a type; more are counted.
const MOST_USES: usize = 12;

/// A part of the page: an anchor, a title, its entries.
struct Section {
    anchor: &'static str,
    title: String,
    about: &'static str,
    entries: Vec<Entry>,
}

/// One thing with its anchor.
struct Entry {
    anchor: String,
    name: String,
    html: String,
    /// The group that begins with this entry.
    group: Option<String>,
}

/// The page.
#[must_use]
pub fn page(catalogue: &Catalogue, beginning: &str) -> String {
    let sections = sections(catalogue);
    let mut main = beginning.to_owned();
    for section in &sections {
        write_section(&mut main, section);
    }
    framed(&Content {
        address: "/docs/api",
        title: "API reference",
        side: &side(&sections),
        main: &main,
    })
}

fn sections(catalogue: &Catalogue) -> Vec<Section> {
    let writer = Writer { catalogue, prose: Prose { catalogue, page: "" } };
    let root = |kind: &'static str, fields: &[Member]| {
        fields.iter().map(|field| writer.root(kind, field)).collect::<Vec<_>>()
    };
    let mut sections = vec![
        Section {
            anchor: "queries",
            title: String::from("Queries"),
            about: "What can be asked. A list answers a page at a time.",
            entries: root("query", &catalogue.queries),
        },
        Section {
            anchor: "mutations",
            title: String::from("Mutations"),
            about: "What can be done, by area. Each takes one `input` and answers a payload with `userErrors`.",
            entries: writer.mutations(),
        },
        Section {
            anchor: "subscriptions",
            title: String::from("Subscriptions"),
            about: "What can be followed, over server-sent events or a WebSocket.",
            entries: root("subscription", &catalogue.subscriptions),
        },
    ];
    sections.extend(Group::ALL.iter().map(|group| {
        Section {
            anchor: group.anchor(),
            title: group.title().to_owned(),
            about: group.about(),
            entries: catalogue
                .types
                .values()
                .filter(|it| Group::of(it) == *group)
                .map(|it| writer.type_entry(it))
                .collect(),
        }
    }));
    sections
}

/// Types that are alike stand together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    Objects,
    Interfaces,
    Enums,
    Inputs,
    Scalars,
    Payloads,
    Errors,
    Lists,
}

impl Group {
    const ALL: [Self; 8] = [
        Self::Objects,
        Self::Interfaces,
        Self::Enums,
        Self::Inputs,
        Self::Scalars,
        Self::Payloads,
        Self::Errors,
        Self::Lists,
    ];

    fn of(kind: &Type) -> Self {
        let ends = |end: &str| kind.name.ends_with(end);
        match kind.kind {
            Kind::Object if ends("Payload") => Self::Payloads,
            Kind::Object if ends("UserError") => Self::Errors,
            Kind::Object if ends("Connection") || ends("Edge") || kind.name == "PageInfo" => {
                Self::Lists
            }
            Kind::Object => Self::Objects,
            Kind::Interface | Kind::Union => Self::Interfaces,
            Kind::Enum if ends("ErrorCode") => Self::Errors,
            Kind::Enum => Self::Enums,
            Kind::Input => Self::Inputs,
            Kind::Scalar => Self::Scalars,
        }
    }

    const fn anchor(self) -> &'static str {
        match self {
            Self::Objects => "objects",
            Self::Interfaces => "interfaces",
            Self::Enums => "enums",
            Self::Inputs => "inputs",
            Self::Scalars => "scalars",
            Self::Payloads => "payloads",
            Self::Errors => "user-errors",
            Self::Lists => "lists",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Objects => "Objects",
            Self::Interfaces => "Interfaces",
            Self::Enums => "Enums",
            Self::Inputs => "Inputs",
            Self::Scalars => "Scalars",
            Self::Payloads => "Payloads",
            Self::Errors => "User errors",
            Self::Lists => "Pages of lists",
        }
    }

    const fn about(self) -> &'static str {
        match self {
            Self::Objects => "What is answered.",
            Self::Interfaces => "What several objects have in common.",
            Self::Enums => "Closed lists of words. A client should live with words that are new.",
            Self::Inputs => "What is sent. What is left out stays as it is, or has its default.",
            Self::Scalars => "Single values beside String, Int, Float, Boolean and ID.",
            Self::Payloads => "What a mutation answers: what it made or changed, or why not.",
            Self::Errors => "What a person can mend, one type and one list of codes for each area.",
            Self::Lists => "A page of a list, its rows, and where it stands.",
        }
    }
}

fn write_section(main: &mut String, section: &Section) {
    let Section { anchor, title, about, entries } = section;
    let _ = write!(
        main,
        "<section aria-labelledby=\"{anchor}\">\n<h2 id=\"{anchor}\">{title}</h2>\n<p>{}</p>\n",
        about.split('`').enumerate().fold(String::new(), |mut html, (number, part)| {
            let (open, close) = if number % 2 == 1 { ("<code>", "</code>") } else { ("", "") };
            let _ = write!(html, "{open}{}{close}", escaped(part));
            html
        })
    );
    for entry in entries {
        if let Some(group) = &entry.group {
            let _ = writeln!(main, "<p class=\"group\">{}</p>", escaped(group));
        }
        main.push_str(&entry.html);
    }
    main.push_str("</section>\n");
}

/// The search, and the lists of everything.
fn side(sections: &[Section]) -> String {
    let mut html = String::from(
        "<form class=\"search\" role=\"search\" hidden><label for=\"search\">Search the reference</label>\
         <input id=\"search\" type=\"search\" autocomplete=\"off\" spellcheck=\"false\" aria-describedby=\"search-hint\">\
         <p id=\"search-hint\">Names and descriptions. Press <kbd>/</kbd> to come here.</p>\
         <p id=\"search-count\" role=\"status\"></p><ol id=\"search-found\"></ol></form>\
         <ul><li><a href=\"#getting-started\">Getting started</a></li><li><a href=\"#rules\">What holds everywhere</a></li></ul>",
    );
    for Section { anchor, title, entries, .. } in sections {
        let _ = write!(
            html,
            "<details><summary>{title} <span class=\"count\">{}</span></summary><ul>\
             <li><a href=\"#{anchor}\">All {}</a></li>",
            entries.len(),
            title.to_lowercase(),
        );
        for entry in entries {
            let _ = write!(html, "<li><a href=\"#{}\">{}</a></li>", entry.anchor, entry.name);
        }
        html.push_str("</ul></details>");
    }
    html
}

#[derive(Clone, Copy)]
struct Writer<'a> {
    catalogue: &'a Catalogue,
    prose: Prose<'a>,
}

impl Writer<'_> {
    fn mutations(self) -> Vec<Entry> {
        let mut entries = Vec::new();
        for area in self.catalogue.areas() {
            for (number, mutation) in area.mutations.iter().enumerate() {
                let group = (number == 0).then(|| area.title.clone());
                entries.push(Entry { group, ..self.root("mutation", mutation) });
            }
        }
        entries
    }

    /// A field of a root: what it does, who may, what it costs, which errors it tells.
    fn root(self, root: &str, field: &Member) -> Entry {
        let anchor = format!("{root}.{}", field.name);
        let told = parts(&field.about);
        let mut html = self.head(&anchor, &field.name, root);
        html.push_str(&deprecation(self.prose, field));
        html.push_str(&self.prose.html(&told.about));
        let _ = write!(
            html,
            "<p class=\"answers\">Answers <code>{}</code></p>",
            self.prose.shape(&field.shape)
        );
        self.arguments(&mut html, field);
        html.push_str("<dl class=\"facts\">");
        for (name, text) in [("Permission", told.needs), ("Errors", told.codes)] {
            if !text.is_empty() {
                let _ =
                    write!(html, "<div><dt>{name}</dt><dd>{}</dd></div>", self.prose.inline(&text));
            }
        }
        let _ = writeln!(
            html,
            "<div><dt>Cost</dt><dd>{}</dd></div></dl></article>",
            self.cost(root, field)
        );
        Entry { anchor, name: field.name.clone(), html, group: None }
    }

    fn head(self, anchor: &str, name: &str, word: &str) -> String {
        format!(
            "<article><h3 id=\"{anchor}\"><a href=\"#{anchor}\">{name}</a> <span class=\"word\">{word}</span></h3>"
        )
    }

    /// The static cost, as the pre-scan counts it (`http/prescan/measure.rs`).
    fn cost(self, root: &str, field: &Member) -> String {
        let base = if root == "mutation" { 10 } else { 1 };
        let object = self
            .catalogue
            .types
            .get(field.base())
            .filter(|it| matches!(it.kind, Kind::Object | Kind::Interface | Kind::Union));
        match object {
            Some(it) if it.name.ends_with("Connection") => format!(
                "{} points, and what is selected in a row times the rows of the page",
                base + 1
            ),
            Some(_) => format!("{} points, and what is selected below", base + 1),
            None if base == 1 => String::from("1 point"),
            None => format!("{base} points"),
        }
    }

    fn arguments(self, html: &mut String, field: &Member) {
        let pages = PAGING.iter().all(|name| field.arguments.iter().any(|it| it.name == *name));
        let own = |it: &&Member| !(pages && PAGING.contains(&it.name.as_str()));
        if field.arguments.is_empty() {
            return;
        }
        html.push_str("<ul class=\"arguments\">");
        for argument in field.arguments.iter().filter(own) {
            let _ = write!(
                html,
                "<li><code>{}: {}{}</code> {}</li>",
                argument.name,
                self.prose.shape(&argument.shape),
                default(argument),
                self.prose.inline(&argument.about)
            );
        }
        if pages {
            html.push_str(
                "<li><code>first: Int, after: String, last: Int, before: String</code> \
                 <a href=\"#paging\">A page</a> of the list.</li>",
            );
        }
        html.push_str("</ul>");
    }

    fn type_entry(self, kind: &Type) -> Entry {
        let mut html = self.head(&kind.name, &kind.name, kind.kind.word());
        html.push_str(&self.prose.html(&kind.about));
        self.implements(&mut html, kind);
        self.members(&mut html, kind);
        self.uses(&mut html, kind);
        html.push_str("</article>\n");
        Entry { anchor: kind.name.clone(), name: kind.name.clone(), html, group: None }
    }

    fn implements(self, html: &mut String, kind: &Type) {
        if kind.implements.is_empty() {
            return;
        }
        let names: Vec<String> = kind.implements.iter().map(|it| self.prose.shape(it)).collect();
        let _ = write!(html, "<p>Implements <code>{}</code>.</p>", names.join("</code>, <code>"));
    }

    fn members(self, html: &mut String, kind: &Type) {
        if kind.members.is_empty() {
            return;
        }
        html.push_str("<dl class=\"members\">");
        for member in &kind.members {
            let anchor = format!("{}.{}", kind.name, member.name);
            let shape = match member.shape.as_str() {
                "" => String::new(),
                shape => format!(": {}{}", self.prose.shape(shape), default(member)),
            };
            let _ = write!(
                html,
                "<dt id=\"{anchor}\"><code><a href=\"#{anchor}\">{}</a>{shape}</code></dt><dd>{}{}",
                member.name,
                deprecation(self.prose, member),
                self.prose.html(&member.about)
            );
            self.arguments(html, member);
            html.push_str("</dd>");
        }
        html.push_str("</dl>");
    }

    fn uses(self, html: &mut String, kind: &Type) {
        let Some(uses) = self.catalogue.uses.get(&kind.name) else { return };
        let links: Vec<String> = uses.iter().take(MOST_USES).map(|it| self.link(it)).collect();
        let more = match uses.len().saturating_sub(MOST_USES) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let _ = write!(html, "<p class=\"uses\">Used by {}{more}.</p>", links.join(", "));
    }

    /// A link to `Type.field`, a type, or a root field, as the model names places.
    fn link(self, place: &str) -> String {
        let (anchor, text) = match place.split_once('.') {
            Some((root @ ("Query" | "Mutation" | "Subscription"), field)) => {
                (format!("{}.{field}", root.to_lowercase()), field)
            }
            _ => (place.to_owned(), place),
        };
        format!("<a href=\"#{anchor}\">{text}</a>")
    }
}

fn default(member: &Member) -> String {
    member.default.as_ref().map_or_else(String::new, |it| format!(" = {}", escaped(it)))
}

fn deprecation(prose: Prose<'_>, member: &Member) -> String {
    member.deprecated.as_ref().map_or_else(String::new, |why| {
        format!("<p class=\"deprecated\"><strong>Deprecated.</strong> {}</p>", prose.inline(why))
    })
}
