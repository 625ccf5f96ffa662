//! Documents that clients name instead of sending them, and documents that need not be parsed again.
//!
//! - Registered documents come from `documents.json` at start: an object from ids to texts, as client
//!   compilers write it. A client names one by `documentId`.
//! - Automatic persisted queries: a client that sends a text with its SHA-256 in
//!   `extensions.persistedQuery` may later send the hash alone. Registered documents are found by
//!   their hash too.
//! - Whatever was executed without a request error is kept parsed. The pre-scan and the engine's
//!   validation run each time: both look at the variables.
//!
//! Everything is bounded by the bytes of the texts, and nothing that was refused is kept.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use async_graphql::parser::types::ExecutableDocument;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::prescan;
use crate::kit::error::Fault;

/// Bytes of texts that one half of a store holds. A parsed document takes about ten times its text.
const HALF: usize = 2 * 1024 * 1024;
/// What an entry counts beside its text, in bytes: the shortest documents take room too, and somebody
/// may send many of them.
const ENTRY: usize = 256;
/// Longest id of a registered document, in bytes.
const LONGEST_ID: usize = 200;

/// Which documents are executed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Any.
    #[default]
    Open,
    /// Registered ones for everybody, others for signed-in callers.
    RegisteredFirst,
    /// Registered ones alone.
    RegisteredOnly,
}

/// Where a document comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// It is registered, whether the client named it or sent it.
    Registered,
    /// The client sent it, now or earlier.
    #[default]
    Client,
}

/// How a request names its document, besides its text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// `documentId`.
    pub id: Option<String>,
    /// `extensions.persistedQuery.sha256Hash`, in lower case.
    pub hash: Option<String>,
}

/// Why there is no document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoDocument {
    /// Neither a text nor a name.
    NotSent,
    /// No document has this id or hash.
    NotFound,
    /// The text has another hash than the client says.
    OtherHash,
    /// Only registered documents are executed.
    NotRegistered,
}

/// SHA-256 of a text.
type Hash = [u8; 32];

fn hash(text: &str) -> Hash {
    Sha256::digest(text.as_bytes()).into()
}

fn hex(hash: &Hash) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// All documents that this process knows.
pub struct Documents {
    mode: Mode,
    by_id: HashMap<String, Arc<str>>,
    registered: HashMap<String, Arc<str>>,
    sent: Mutex<Halves<String, Arc<str>>>,
    parsed: Mutex<Halves<Hash, Arc<ExecutableDocument>>>,
}

impl Documents {
    /// Reads the registered documents.
    ///
    /// # Errors
    /// A fault that names the file, and the document in it, and what is wrong.
    pub fn load(mode: Mode, file: Option<&Path>) -> Result<Self, Fault> {
        let Some(file) = file else { return Self::new(mode, HashMap::new()) };
        let wrong = |what: String| {
            Fault::internal(format!("The registered documents in {}: {what}", file.display()))
        };
        let text = std::fs::read_to_string(file).map_err(|error| wrong(format!("{error}.")))?;
        let texts = serde_json::from_str(&text).map_err(|error| {
            wrong(format!("{error}. Expected a JSON object from ids to GraphQL documents."))
        })?;
        Self::new(mode, texts).map_err(|fault| wrong(fault.detail))
    }

    fn new(mode: Mode, texts: HashMap<String, String>) -> Result<Self, Fault> {
        let mut documents = Self {
            mode,
            by_id: HashMap::new(),
            registered: HashMap::new(),
            sent: Mutex::default(),
            parsed: Mutex::default(),
        };
        for (id, text) in texts {
            if id.is_empty() || id.len() > LONGEST_ID {
                return Err(Fault::internal(format!("an id has 1 to {LONGEST_ID} bytes.")));
            }
            prescan::scan(&text, &prescan::Limits::default()).map_err(|refused| {
                Fault::internal(format!("{id:?} would be refused: {refused}"))
            })?;
            let text: Arc<str> = text.into();
            documents.registered.insert(hex(&hash(&text)), text.clone());
            documents.by_id.insert(id, text);
        }
        Ok(documents)
    }

    /// Whether callers who are not signed in may have documents from `source` executed.
    #[must_use]
    pub fn open_to_strangers(&self, source: Source) -> bool {
        source == Source::Registered || self.mode == Mode::Open
    }

    /// The text that a request means, and where it comes from.
    ///
    /// # Errors
    /// [`NoDocument`].
    pub fn find(
        &self,
        text: Option<String>,
        named: &Named,
    ) -> Result<(String, Source), NoDocument> {
        let found = match (text, named) {
            (Some(text), Named { hash: Some(said), .. }) => self.sent_with(text, said)?,
            (Some(text), Named { hash: None, .. }) => {
                // Only where it matters is the hash worth its microseconds.
                let registered =
                    self.mode != Mode::Open && self.registered.contains_key(&hex(&hash(&text)));
                (text, if registered { Source::Registered } else { Source::Client })
            }
            (None, Named { id: Some(id), .. }) => (self.with_id(id)?, Source::Registered),
            (None, Named { hash: Some(hash), .. }) => self.with_hash(hash)?,
            (None, _) => return Err(NoDocument::NotSent),
        };
        if self.mode == Mode::RegisteredOnly && found.1 != Source::Registered {
            return Err(NoDocument::NotRegistered);
        }
        Ok(found)
    }

    fn sent_with(&self, text: String, said: &str) -> Result<(String, Source), NoDocument> {
        let own = hex(&hash(&text));
        if own != said {
            return Err(NoDocument::OtherHash);
        }
        let registered = self.registered.contains_key(&own);
        Ok((text, if registered { Source::Registered } else { Source::Client }))
    }

    fn with_id(&self, id: &str) -> Result<String, NoDocument> {
        let found = self.by_id.get(id).or_else(|| {
            // The form of the GraphQL-over-HTTP appendix on persisted documents.
            id.strip_prefix("sha256:").and_then(|hash| self.registered.get(hash))
        });
        found.map(|text| text.to_string()).ok_or(NoDocument::NotFound)
    }

    fn with_hash(&self, hash: &str) -> Result<(String, Source), NoDocument> {
        if let Some(text) = self.registered.get(hash) {
            return Ok((text.to_string(), Source::Registered));
        }
        let mut sent = self.sent.lock().map_err(|_| NoDocument::NotFound)?;
        let text = sent.get(hash).ok_or(NoDocument::NotFound)?;
        Ok((text.to_string(), Source::Client))
    }

    /// The parsed document of a text, if it is kept.
    #[must_use]
    pub fn parsed(&self, text: &str) -> Option<Arc<ExecutableDocument>> {
        self.parsed.lock().ok()?.get(&hash(text))
    }

    /// Keeps a document that was executed: parsed, and under its hash if the client will ask for it. Under
    /// a hash that is another text's nothing is kept: others would be answered by the wrong document.
    pub fn keep(&self, text: &str, parsed: Arc<ExecutableDocument>, named: &Named) {
        if let Ok(mut all) = self.parsed.lock() {
            all.put(hash(text), parsed, text.len() + ENTRY);
        }
        let said = named.hash.as_ref().filter(|said| **said == hex(&hash(text)));
        if let (Some(hash), Ok(mut sent)) = (said, self.sent.lock()) {
            sent.put(hash.clone(), text.into(), text.len() + ENTRY);
        }
    }
}

/// A bounded store of two halves: when the newer one is full, the older one is forgotten. What is
/// asked for moves to the newer one, so what is used stays.
struct Halves<K, V> {
    newer: HashMap<K, (V, usize)>,
    older: HashMap<K, (V, usize)>,
    bytes: usize,
}

impl<K, V> Default for Halves<K, V> {
    fn default() -> Self {
        Self { newer: HashMap::new(), older: HashMap::new(), bytes: 0 }
    }
}

impl<K: std::hash::Hash + Eq + Clone, V: Clone> Halves<K, V> {
    fn get<Q>(&mut self, key: &Q) -> Option<V>
    where
        K: std::borrow::Borrow<Q>,
        Q: std::hash::Hash + Eq + ?Sized,
    {
        if let Some((value, _)) = self.newer.get(key) {
            return Some(value.clone());
        }
        let (key, (value, bytes)) = self.older.remove_entry(key)?;
        self.put(key, value.clone(), bytes);
        Some(value)
    }

    fn put(&mut self, key: K, value: V, bytes: usize) {
        if self.newer.contains_key(&key) {
            return;
        }
        if self.bytes.saturating_add(bytes) > HALF {
            self.older = std::mem::take(&mut self.newer);
            self.bytes = 0;
        }
        self.bytes += bytes;
        self.newer.insert(key, (value, bytes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERSION: &str = "{serverVersion}";
    const OTHER: &str = "{__typename}";

    fn documents(mode: Mode) -> Documents {
        let texts = HashMap::from([(String::from("version"), String::from(VERSION))]);
        Documents::new(mode, texts).expect("sound")
    }

    fn kept(documents: &Documents, text: &str, named: &Named) {
        let parsed = async_graphql::parser::parse_query(text).expect("a document");
        documents.keep(text, Arc::new(parsed), named);
    }

    fn by_hash(text: &str) -> Named {
        Named { id: None, hash: Some(hex(&hash(text))) }
    }

    fn by_id(id: &str) -> Named {
        Named { id: Some(id.into()), hash: None }
    }

    #[test]
    fn registered_documents_are_found_by_id_and_by_hash() {
        let documents = documents(Mode::Open);
        let found = Ok((String::from(VERSION), Source::Registered));
        assert_eq!(documents.find(None, &by_id("version")), found);
        assert_eq!(documents.find(None, &by_hash(VERSION)), found);
        let long = format!("sha256:{}", hex(&hash(VERSION)));
        assert_eq!(documents.find(None, &by_id(&long)), found);
        assert_eq!(documents.find(None, &by_id("other")), Err(NoDocument::NotFound));
        assert_eq!(documents.find(None, &Named::default()), Err(NoDocument::NotSent));
    }

    #[test]
    fn a_hash_is_known_once_its_document_was_executed() {
        let documents = documents(Mode::Open);
        let named = by_hash(OTHER);
        assert_eq!(documents.find(None, &named), Err(NoDocument::NotFound));
        let sent = documents.find(Some(OTHER.into()), &named);
        assert_eq!(sent, Ok((OTHER.into(), Source::Client)));
        assert_eq!(documents.find(None, &named), Err(NoDocument::NotFound), "not executed yet");
        kept(&documents, OTHER, &named);
        assert_eq!(documents.find(None, &named), Ok((OTHER.into(), Source::Client)));
        assert!(documents.parsed(OTHER).is_some());
        let forged = documents.find(Some(VERSION.into()), &named);
        assert_eq!(forged, Err(NoDocument::OtherHash));
        let third = by_hash("{ viewer { id } }");
        kept(&documents, VERSION, &third);
        assert_eq!(documents.find(None, &third), Err(NoDocument::NotFound), "another text's hash");
    }

    #[test]
    fn modes_close_what_is_not_registered() {
        let first = documents(Mode::RegisteredFirst);
        let text = |text: &str| Some(String::from(text));
        let (_, source) = first.find(text(OTHER), &Named::default()).expect("for some");
        assert!(!first.open_to_strangers(source));
        let (_, source) = first.find(text(VERSION), &Named::default()).expect("for all");
        assert!(first.open_to_strangers(source), "sent, but registered");
        let only = documents(Mode::RegisteredOnly);
        assert_eq!(only.find(text(OTHER), &Named::default()), Err(NoDocument::NotRegistered));
        assert_eq!(only.find(text(OTHER), &by_hash(OTHER)), Err(NoDocument::NotRegistered));
        kept(&only, OTHER, &by_hash(OTHER));
        assert_eq!(only.find(None, &by_hash(OTHER)), Err(NoDocument::NotRegistered));
        assert!(only.find(text(VERSION), &Named::default()).is_ok());
    }

    #[test]
    fn a_registered_document_beyond_the_limits_stops_the_start() {
        let deep = format!("{}b{}", "{a".repeat(13), "}".repeat(13));
        for (id, text) in [("deep", deep.as_str()), ("none", "SELECT 1"), ("", VERSION)] {
            let texts = HashMap::from([(id.to_owned(), text.to_owned())]);
            assert!(Documents::new(Mode::Open, texts).is_err(), "{id}");
        }
    }

    #[test]
    fn the_store_is_bounded_and_keeps_what_is_used() {
        let mut store: Halves<usize, ()> = Halves::default();
        store.put(0, (), 1_000);
        for key in 1..100_000 {
            store.put(key, (), 1_000);
            if key % 1_000 == 0 {
                assert!(store.get(&0).is_some(), "what is used stays");
            }
        }
        let held = store.newer.len() + store.older.len();
        assert!(held <= 2 * HALF / 1_000, "{held}");
        assert!(store.get(&1).is_none());
    }
}
