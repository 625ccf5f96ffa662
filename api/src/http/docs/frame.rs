//! What every page of the documentation has around its content.

use std::fmt::Write as _;

use super::prose::escaped;

/// The pages, in the order of the navigation.
const PAGES: &[(&str, &str)] = &[
    ("/docs/start", "Getting started"),
    ("/docs/api", "Reference"),
    ("/docs/errors", "Errors"),
    ("/docs/events", "Events"),
    ("/docs/changes", "Changes"),
    ("/graphql/explorer", "Explorer"),
];

/// A page without what is around it.
#[derive(Clone, Debug)]
pub struct Content<'a> {
    /// Its address.
    pub address: &'a str,
    /// Its title.
    pub title: &'a str,
    /// What stands beside the content: where on the page to go.
    pub side: &'a str,
    /// The content.
    pub main: &'a str,
}

/// The whole page.
#[must_use]
pub fn framed(content: &Content<'_>) -> String {
    let mut pages = String::new();
    for (address, title) in PAGES {
        let current = if *address == content.address { " aria-current=\"page\"" } else { "" };
        let _ = write!(pages, "<li><a href=\"{address}\"{current}>{title}</a></li>");
    }
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title} · Earshot API</title>\n\
         <link rel=\"icon\" href=\"/docs/icon.svg\" type=\"image/svg+xml\">\n\
         <link rel=\"stylesheet\" href=\"/docs/docs.css\">\n\
         <script src=\"/docs/docs.js\" defer></script>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#content\">Skip to the content</a>\n\
         <header><p class=\"brand\"><a href=\"/docs/api\">Earshot <span>API</span></a></p>\n\
         <nav aria-label=\"Documentation\"><ul>{pages}</ul></nav></header>\n\
         <div class=\"columns\">\n<nav class=\"side\" aria-label=\"On this page\">{side}</nav>\n\
         <main id=\"content\" tabindex=\"-1\">\n<h1>{title}</h1>\n{main}</main>\n</div>\n\
         <footer><p>Earshot {version}. <a href=\"/graphql/schema.graphql\">The schema as text</a>.</p></footer>\n\
         </body>\n</html>\n",
        title = escaped(content.title),
        side = content.side,
        main = content.main,
        version = env!("CARGO_PKG_VERSION"),
    )
}

/// A list of links within the page.
#[must_use]
pub fn links<'a>(links: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut html = String::from("<ul>");
    for (anchor, title) in links {
        let _ = write!(html, "<li><a href=\"#{anchor}\">{}</a></li>", escaped(title));
    }
    html.push_str("</ul>");
    html
}
