//! The written pages: markdown of `docs/`, as it stands in the repository, made into HTML.

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

use super::prose::escaped;

/// Files of the repository that have a page here.
const PAGES: &[(&str, &str)] = &[
    ("INTEGRATING.md", "/docs/start"),
    ("ERRORS.md", "/docs/errors"),
    ("EVENTS.md", "/docs/events"),
    ("SCHEMA-CHANGES.md", "/docs/changes"),
    ("../api/schema.graphql", "/graphql/schema.graphql"),
];

/// A written page.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// Its title, the first heading.
    pub title: String,
    /// Anchor and words of each heading below it.
    pub chapters: Vec<(String, String)>,
    /// The rest as HTML.
    pub html: String,
}

/// Reads a page. The files are ours: nothing in them is of a stranger.
#[must_use]
pub fn written(text: &str) -> Written {
    let parser = Parser::new_ext(text, Options::ENABLE_TABLES);
    let mut events: Vec<Event<'_>> = Vec::new();
    let mut written = Written::default();
    let mut heading: Option<(bool, usize, String)> = None;
    // Within a link to a file that has no page here: its words stay.
    let mut unserved = false;
    for event in parser {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                let top = level == pulldown_cmark::HeadingLevel::H1;
                heading = Some((top, events.len(), String::new()));
                events.push(Event::Start(Tag::Heading {
                    level,
                    id: None,
                    classes: Vec::new(),
                    attrs: Vec::new(),
                }));
            }
            Event::End(TagEnd::Heading(level)) => {
                let Some((top, at, words)) = heading.take() else { continue };
                if top {
                    // The frame writes it.
                    events.truncate(at);
                    written.title = words;
                    continue;
                }
                let anchor = anchor(&words);
                if let Some(Event::Start(Tag::Heading { id, .. })) = events.get_mut(at) {
                    *id = Some(CowStr::from(anchor.clone()));
                }
                events.push(Event::End(TagEnd::Heading(level)));
                if level == pulldown_cmark::HeadingLevel::H2 {
                    written.chapters.push((anchor, words));
                }
            }
            Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                let Some(dest_url) = address(&dest_url) else {
                    unserved = true;
                    continue;
                };
                let dest_url = CowStr::from(dest_url);
                events.push(Event::Start(Tag::Link { link_type, dest_url, title, id }));
            }
            Event::End(TagEnd::Link) if unserved => unserved = false,
            // Comments hold what the tests need to know.
            Event::Html(_) | Event::InlineHtml(_) => {}
            event => {
                if let (Some((_, _, words)), Event::Text(text) | Event::Code(text)) =
                    (&mut heading, &event)
                {
                    words.push_str(text);
                }
                events.push(event);
            }
        }
    }
    html::push_html(&mut written.html, events.into_iter());
    // Wide lines and tables scroll by themselves, and can be reached by keyboard.
    written.html = written
        .html
        .replace("<pre>", "<pre tabindex=\"0\">")
        .replace(
            "<table>",
            "<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"Table\"><table>",
        )
        .replace("</table>", "</table></div>");
    written
}

/// The anchor of a heading, as code hosts make it.
#[must_use]
pub fn anchor(words: &str) -> String {
    let kept = words.chars().filter_map(|it| match it {
        ' ' | '-' => Some('-'),
        it if it.is_alphanumeric() || it == '_' => Some(it),
        _ => None,
    });
    escaped(&kept.flat_map(char::to_lowercase).collect::<String>())
}

/// Where a link of the file leads on the page; `None` for a file of the repository that is not served.
fn address(target: &str) -> Option<String> {
    let (file, anchor) = target.split_once('#').map_or((target, None), |(a, b)| (a, Some(b)));
    let Some((_, page)) = PAGES.iter().find(|(name, _)| *name == file) else {
        let elsewhere = ["http://", "https://", "/"].iter().any(|it| file.starts_with(it));
        return (elsewhere || file.is_empty()).then(|| target.to_owned());
    };
    Some(anchor.map_or_else(|| (*page).to_owned(), |anchor| format!("{page}#{anchor}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_becomes_a_page() {
        let page = written(
            "# Title\n\n<!-- for a test -->\nSee [errors](ERRORS.md#x), [else](https://example.org), [why](adr/0001-why.md).\n\n## A `b`: c, d\n\n```sh\na < b\n```\n",
        );
        assert_eq!(page.title, "Title");
        assert_eq!(page.chapters, [(String::from("a-b-c-d"), String::from("A b: c, d"))]);
        assert!(page.html.contains("<h2 id=\"a-b-c-d\">"), "{}", page.html);
        assert!(page.html.contains("href=\"/docs/errors#x\""), "{}", page.html);
        assert!(page.html.contains("href=\"https://example.org\""), "{}", page.html);
        assert!(page.html.contains(", why.</p>"), "words without a page stay words: {}", page.html);
        assert!(page.html.contains("a &lt; b") && !page.html.contains("for a test"));
    }
}
