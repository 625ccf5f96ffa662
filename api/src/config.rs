//! Settings of the operator: defaults compiled in, then a file, then variables.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::db::connect::Place;
use crate::http::documents::Mode;
use crate::kit::error::Fault;

/// Every key with its default and its documentation.
pub const DEFAULTS: &str = include_str!("../config.default.toml");

/// Variables and the keys that they set.
const VARIABLES: [(&str, &str); 17] = [
    ("EARSHOT_LISTEN", "listen"),
    ("EARSHOT_PUBLIC_URL", "public_url"),
    ("EARSHOT_DATA_DIR", "data_dir"),
    ("DATABASE_URL", "database_url"),
    ("SMTP_URL", "smtp_url"),
    ("EARSHOT_MAIL_FROM", "mail_from"),
    ("EARSHOT_SECRET", "secret"),
    ("EARSHOT_TRUSTED_PROXIES", "trusted_proxies"),
    ("EARSHOT_ALLOWED_ORIGINS", "allowed_origins"),
    ("EARSHOT_LOG_FORMAT", "log_format"),
    ("EARSHOT_LOG", "log"),
    ("EARSHOT_SHOW_STATEMENTS", "show_statements"),
    ("EARSHOT_DOCUMENTS", "documents"),
    ("EARSHOT_DOCUMENTS_MODE", "documents_mode"),
    ("EARSHOT_BUDGET_SIGNED_IN", "budget_signed_in"),
    ("EARSHOT_BUDGET_ADDRESS", "budget_address"),
    ("EARSHOT_CONFIG", ""),
];

/// What others read, not the server: the examples for integrators, and the proxy of docker/.
const OF_CLIENTS: [&str; 3] = ["EARSHOT_URL", "EARSHOT_TOKEN", "EARSHOT_HOST"];

/// Variables that look like settings and are none: a mistyped name would be ignored in silence.
#[must_use]
pub fn unknown(names: impl IntoIterator<Item = OsString>) -> Vec<String> {
    let known =
        |name: &str| VARIABLES.iter().any(|(it, _)| *it == name) || OF_CLIENTS.contains(&name);
    let ours = names.into_iter().filter_map(|name| name.into_string().ok());
    ours.filter(|name| name.starts_with("EARSHOT_") && !known(name)).collect()
}

/// `text` or `json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// The settings as written, every key required: the defaults give them all.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    listen: String,
    public_url: String,
    data_dir: PathBuf,
    database_url: String,
    smtp_url: String,
    mail_from: String,
    secret: String,
    trusted_proxies: Vec<String>,
    allowed_origins: Vec<String>,
    log_format: LogFormat,
    log: String,
    show_statements: bool,
    documents: PathBuf,
    documents_mode: Mode,
    budget_signed_in: u32,
    budget_address: u32,
}

/// The settings, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Base of links, without a slash at the end.
    pub public_url: String,
    /// Folder of the SQLite file, photos, key, captured mails.
    pub data_dir: PathBuf,
    /// PostgreSQL, when set.
    pub database_url: Option<String>,
    /// SMTP server, when set.
    pub smtp_url: Option<String>,
    /// Sender of every mail.
    pub mail_from: String,
    /// Root of all keys, when set.
    pub secret: Option<String>,
    /// Proxies whose X-Forwarded-For is believed.
    pub trusted_proxies: Vec<std::net::IpAddr>,
    /// Origins beside the public URL.
    pub allowed_origins: Vec<String>,
    /// Form of the log.
    pub log_format: LogFormat,
    /// Levels of the log.
    pub log: String,
    /// Whether answers tell how many statements they took.
    pub show_statements: bool,
    /// File of the registered documents, when set.
    pub documents: Option<PathBuf>,
    /// Which documents are executed.
    pub documents_mode: Mode,
    /// Points of cost a minute for each signed-in caller; 0 for no limit.
    pub budget_signed_in: u32,
    /// Points of cost a minute for each address of those who are not signed in; 0 for no limit.
    pub budget_address: u32,
}

fn wrong(key: &str, what: impl std::fmt::Display) -> Fault {
    Fault::internal(format!("Setting `{key}`: {what}. `earshot config print` shows every key."))
}

impl Config {
    /// Reads the settings. `file` is what `--config` named; `variable` looks up the environment.
    ///
    /// # Errors
    /// A fault that names the key, what is wrong and what to do.
    pub fn load(
        file: Option<&Path>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Fault> {
        let named = file.map(Path::to_owned).or_else(|| {
            variable("EARSHOT_CONFIG").filter(|text| !text.is_empty()).map(PathBuf::from)
        });
        let mut builder = config::Config::builder()
            .add_source(config::File::from_str(DEFAULTS, config::FileFormat::Toml));
        if let Some(path) = named {
            builder = builder.add_source(config::File::from(path).format(config::FileFormat::Toml));
        }
        for (name, key) in VARIABLES.iter().filter(|(_, key)| !key.is_empty()) {
            if let Some(text) = variable(name) {
                builder = set(builder, key, &text)?;
            }
        }
        let written: Written = builder
            .build()
            .and_then(config::Config::try_deserialize)
            .map_err(|error| Fault::internal(format!("The configuration cannot be used: {error}. `earshot config print` shows every key.")))?;
        Self::check(written)
    }

    fn check(written: Written) -> Result<Self, Fault> {
        let listen: SocketAddr = written
            .listen
            .parse()
            .map_err(|_| wrong("listen", "is not an address and port such as 127.0.0.1:8080"))?;
        let public_url = match written.public_url.trim_end_matches('/') {
            "" => format!("http://{listen}"),
            url if url.starts_with("http://") || url.starts_with("https://") => url.to_owned(),
            _ => return Err(wrong("public_url", "must begin with https:// or http://")),
        };
        if !written.secret.is_empty() && written.secret.len() < 32 {
            return Err(wrong(
                "secret",
                "needs at least 32 bytes; leave it empty to have one made",
            ));
        }
        if !written.database_url.is_empty()
            && !written.database_url.starts_with("postgres://")
            && !written.database_url.starts_with("postgresql://")
        {
            return Err(wrong(
                "database_url",
                "must begin with postgres://; leave it empty for SQLite in the data folder",
            ));
        }
        let trusted_proxies = written
            .trusted_proxies
            .iter()
            .map(|text| {
                text.trim()
                    .parse()
                    .map_err(|_| wrong("trusted_proxies", format!("{text:?} is not an IP address")))
            })
            .collect::<Result<_, _>>()?;
        let documents = Some(written.documents).filter(|path| !path.as_os_str().is_empty());
        if documents.is_none() && written.documents_mode != Mode::Open {
            return Err(wrong(
                "documents_mode",
                "needs registered documents; name their file with `documents`, or leave it `open`",
            ));
        }
        let some = |text: String| Some(text).filter(|text| !text.is_empty());
        Ok(Self {
            listen,
            public_url,
            data_dir: written.data_dir,
            database_url: some(written.database_url),
            smtp_url: some(written.smtp_url),
            mail_from: written.mail_from,
            secret: some(written.secret),
            trusted_proxies,
            allowed_origins: written.allowed_origins,
            log_format: written.log_format,
            log: written.log,
            show_statements: written.show_statements,
            documents,
            documents_mode: written.documents_mode,
            budget_signed_in: written.budget_signed_in,
            budget_address: written.budget_address,
        })
    }

    /// Which database to open.
    #[must_use]
    pub fn place(&self) -> Place {
        match &self.database_url {
            Some(url) => Place::Postgres(url.clone()),
            None => Place::Sqlite(self.data_dir.join("earshot.db")),
        }
    }

    /// The settings as JSON without secrets: passwords in addresses are masked.
    #[must_use]
    pub fn printable(&self) -> serde_json::Value {
        serde_json::json!({
            "listen": self.listen.to_string(),
            "public_url": self.public_url,
            "data_dir": self.data_dir,
            "database_url": self.database_url.as_deref().map(masked),
            "smtp_url": self.smtp_url.as_deref().map(masked),
            "mail_from": self.mail_from,
            "secret": self.secret.as_ref().map(|_| "***"),
            "trusted_proxies": self.trusted_proxies,
            "allowed_origins": self.allowed_origins,
            "log_format": self.log_format,
            "log": self.log,
            "show_statements": self.show_statements,
            "documents": self.documents,
            "documents_mode": self.documents_mode,
            "budget_signed_in": self.budget_signed_in,
            "budget_address": self.budget_address,
        })
    }
}

/// An address with its password replaced by stars.
#[must_use]
pub fn masked(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return String::from("***") };
    match rest.rsplit_once('@') {
        Some((user, place)) => {
            let name = user.split_once(':').map_or(user, |(name, _)| name);
            format!("{scheme}://{name}:***@{place}")
        }
        None => url.to_owned(),
    }
}

type Builder = config::builder::ConfigBuilder<config::builder::DefaultState>;

fn set(builder: Builder, key: &str, text: &str) -> Result<Builder, Fault> {
    let list = matches!(key, "trusted_proxies" | "allowed_origins");
    let result = if list {
        let items: Vec<String> = text
            .split(',')
            .map(|item| item.trim().to_owned())
            .filter(|item| !item.is_empty())
            .collect();
        builder.set_override(key, items)
    } else {
        builder.set_override(key, text)
    };
    result.map_err(|error| wrong(key, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(variables: &[(&str, &str)]) -> Result<Config, Fault> {
        let variables: Vec<(String, String)> = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Config::load(None, |name| {
            variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
        })
    }

    #[test]
    fn nothing_is_needed() {
        let config = load(&[]).expect("defaults");
        assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(config.public_url, "http://127.0.0.1:8080");
        assert!(config.database_url.is_none());
    }

    #[test]
    fn variables_win() {
        let config =
            load(&[("EARSHOT_LISTEN", "127.0.0.1:9"), ("EARSHOT_SHOW_STATEMENTS", "true")])
                .expect("sound");
        assert_eq!(config.listen.port(), 9);
        assert!(config.show_statements);
    }

    #[test]
    fn mistyped_names_are_told_and_the_rest_is_not() {
        let names = [
            "EARSHOT_PORT",
            "EARSHOT_LISTEN",
            "EARSHOT_TOKEN",
            "EARSHOT_CONFIG",
            "PATH",
            "SMTP_URL",
        ];
        assert_eq!(unknown(names.map(OsString::from)), ["EARSHOT_PORT"]);
    }

    #[test]
    fn refusals_name_the_key() {
        for (name, value, key) in [
            ("EARSHOT_LISTEN", "here", "listen"),
            ("EARSHOT_SECRET", "short", "secret"),
            ("DATABASE_URL", "mysql://x", "database_url"),
            ("EARSHOT_PUBLIC_URL", "earshot.example", "public_url"),
            ("EARSHOT_DOCUMENTS_MODE", "registered-only", "documents_mode"),
        ] {
            let fault = load(&[(name, value)]).expect_err("refused");
            assert!(fault.detail.contains(key), "{fault}");
        }
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let file = std::env::temp_dir().join(format!("earshot-{}.toml", std::process::id()));
        std::fs::write(&file, "listen = \"x\"").expect("written");
        let fault = Config::load(Some(&file), |_| None).expect_err("refused");
        assert!(fault.detail.contains("listen"), "{fault}");
        let _ = std::fs::remove_file(file);
    }

    #[test]
    fn passwords_are_masked() {
        assert_eq!(masked("postgres://me:pw@host/db"), "postgres://me:***@host/db");
    }
}
