//! The demo organisation: invented people, real sentences, every phase of a submission's life.
//!
//! It is loaded into an empty database only and never mixes with real data: the setting `demo`
//! marks a database that holds it. `content` is what the files say, `rows` what that means in rows
//! (pure: the same every time for the same moment), `load` writes them in one transaction. No mail
//! leaves because of it.

mod closing;
pub mod content;
mod desk;
mod facts;
pub mod further;
mod lives;
mod load;
mod organisation;
mod query;
mod rows;
mod seed;
pub mod work;

use std::fmt;

use entity::instant::DAY;

use crate::identity;
use crate::kit::error::{Code, Fault, OrNotFound as _, Refusal, Result};
use crate::kit::scope::Scope;
use content::Content;
use query::Holds;

/// The PIN of everybody in the demo who has no e-mail address. It opens nothing by itself: a PIN
/// counts on a shared device only, which a manager or administrator has to enrol first.
pub const PIN: &str = "702418";

/// [`PIN`], hashed beforehand (argon2id), because hashing takes longer than all the rest.
const PIN_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$ZWFyc2hvdCBkZW1vIHBpbg$cJPmkm+0dXYeBYcIda2+tG8Xf4pZ8NH1DSgB0KwwDEI";

/// Which content a database holds; the value of the setting `demo`.
const VERSION: &str = "3";

/// Life of a printed sign-in link, in microseconds. Fresh ones are printed at every start.
const LINK_LIFE: i64 = DAY;

/// What [`ensure`] or [`reset`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loaded {
    /// The demo was loaded.
    Fresh {
        /// Units of the organisation.
        units: usize,
        /// People who work there.
        people: usize,
        /// What they sent.
        submissions: usize,
    },
    /// It was there already; nothing was changed.
    Already {
        /// Which content.
        version: String,
    },
}

impl fmt::Display for Loaded {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fresh { units, people, submissions } => write!(
                out,
                "The demo is loaded: {units} units, {people} people, {submissions} submissions."
            ),
            Self::Already { version } => {
                write!(out, "The demo (version {version}) is there already; nothing was changed.")
            }
        }
    }
}

/// A fresh link for one of the demo's people.
#[derive(Clone)]
pub struct SignIn {
    /// Who it is, in one word.
    pub role: &'static str,
    /// Signs in once.
    pub link: String,
}

impl fmt::Debug for SignIn {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "SignIn({}, ..)", self.role)
    }
}

/// Loads the demo into an empty database: no person and nothing sent. One that holds the demo
/// already is left as it is.
///
/// # Errors
/// IN_USE for a database with anything else in it; a fault of the database.
pub async fn ensure(scope: &Scope) -> Result<Loaded> {
    let tx = scope.begin().await?;
    match query::holds(&tx).await? {
        Holds::Demo(version) => Ok(Loaded::Already { version }),
        Holds::Others => Err(not_empty().into()),
        Holds::Nothing => {
            let loaded = load::load(&tx, &content()?, scope).await?;
            tx.commit(loaded).await
        }
    }
}

/// Removes everything and loads the demo anew, relative to the present. The log of facts starts a
/// new epoch.
///
/// # Errors
/// IN_USE for a database that holds no demo; then nothing was touched. A fault of the database.
pub async fn reset(scope: &Scope) -> Result<Loaded> {
    let tx = scope.begin().await?;
    match query::holds(&tx).await? {
        Holds::Demo(_) => {
            let before = query::photos(&tx).await?;
            query::empty(&tx).await?;
            let loaded = load::load(&tx, &content()?, scope).await?;
            let kept = query::photos(&tx).await?;
            let loaded = tx.commit(loaded).await?;
            load::forget(scope, before.difference(&kept));
            Ok(loaded)
        }
        Holds::Nothing | Holds::Others => Err(no_demo("so it is not emptied").into()),
    }
}

/// Fresh one-time sign-in links for a nurse, a reviewer, a manager and an administrator of the
/// demo.
///
/// # Errors
/// IN_USE for a database that holds no demo; NOT_FOUND when one of these people has left.
pub async fn sign_in_links(scope: &Scope) -> Result<Vec<SignIn>> {
    if !matches!(query::holds(&scope.db()).await?, Holds::Demo(_)) {
        return Err(no_demo("so there is nobody to sign in as").into());
    }
    let personas = content()?.organisation.personas;
    let mut links = Vec::with_capacity(4);
    for (role, code) in [
        ("nurse", personas.nurse),
        ("reviewer", personas.reviewer),
        ("manager", personas.manager),
        ("admin", personas.admin),
    ] {
        let person = query::person(&scope.db(), &code).await?.or_not_found("")?;
        let token = identity::service::issue_link(scope, person, LINK_LIFE).await?;
        let link = identity::service::links::address(scope, &token);
        links.push(SignIn { role, link });
    }
    Ok(links)
}

fn content() -> Result<Content> {
    Ok(content::content().map_err(|error| Fault::internal(format!("the demo's files: {error}")))?)
}

fn not_empty() -> Refusal {
    Refusal::new(
        Code::InUse,
        "",
        "This database already holds people or submissions, and the demo never mixes with real data. Choose an empty one: set EARSHOT_DATA_DIR to another folder, or DATABASE_URL to another database. Nothing was touched.",
    )
}

fn no_demo(therefore: &str) -> Refusal {
    Refusal::new(
        Code::InUse,
        "",
        format!("This database does not hold the demo, {therefore}. Nothing was touched."),
    )
}
