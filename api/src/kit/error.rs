//! What can go wrong, said once: refusals that a person can mend, faults that an operator must.

use entity::submissions::text::TextRefusal;
use sea_orm::{DbErr, RuntimeErr};

/// The catalogue of codes. User errors and top-level errors take their words from here and from
/// nowhere else; [`super::catalogue`] says of each what it means and what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// The request itself is malformed.
    BadRequest,
    /// The document is not GraphQL.
    GraphqlParseFailed,
    /// The document does not fit the schema.
    GraphqlValidationFailed,
    /// Not signed in, or no longer.
    Unauthenticated,
    /// Signed in, but without the right.
    Forbidden,
    /// Not there, or not yours: the two answers are the same.
    NotFound,
    /// Two changes got in each other's way, and this one was given up: nothing was done. Try again.
    Conflict,
    /// Too many requests.
    RateLimited,
    /// No document has this hash or id: the client is to send its text.
    PersistedQueryNotFound,
    /// The document asks for too much.
    QueryTooComplex,
    /// The disk is full.
    StorageFull,
    /// For a moment the database cannot be reached; try again.
    Unavailable,
    /// Our mistake.
    Internal,
    /// A value is missing.
    Required,
    /// A text is too long.
    TooLong,
    /// A value is not of the right form or range.
    Invalid,
    /// Another thing has this name, code or address.
    Taken,
    /// It changed since it was read.
    StaleVersion,
    /// The phase machine does not allow this step.
    StepNotAllowed,
    /// The client key was used with another body.
    IdempotencyKeyReused,
    /// The code, link, PIN or password is wrong, spent or expired.
    WrongCredentials,
    /// Too many wrong guesses.
    TooManyAttempts,
    /// A file is too large.
    TooLarge,
    /// A file is of a kind that is not taken.
    UnsupportedType,
    /// It can no longer be undone or added to.
    TooLate,
    /// A PIN or password is too easily guessed.
    TooSimple,
    /// A one-time PIN must be replaced first.
    PinChangeRequired,
    /// Something still depends on it.
    InUse,
    /// A stream cannot be continued from there: the state must be read anew.
    ResyncRequired,
}

impl Code {
    /// The word in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadRequest => "BAD_REQUEST",
            Self::GraphqlParseFailed => "GRAPHQL_PARSE_FAILED",
            Self::GraphqlValidationFailed => "GRAPHQL_VALIDATION_FAILED",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::Conflict => "CONFLICT",
            Self::RateLimited => "RATE_LIMITED",
            Self::PersistedQueryNotFound => "PERSISTED_QUERY_NOT_FOUND",
            Self::QueryTooComplex => "QUERY_TOO_COMPLEX",
            Self::StorageFull => "STORAGE_FULL",
            Self::Unavailable => "UNAVAILABLE",
            Self::Internal => "INTERNAL",
            Self::Required => "REQUIRED",
            Self::TooLong => "TOO_LONG",
            Self::Invalid => "INVALID",
            Self::Taken => "TAKEN",
            Self::StaleVersion => "STALE_VERSION",
            Self::StepNotAllowed => "STEP_NOT_ALLOWED",
            Self::IdempotencyKeyReused => "IDEMPOTENCY_KEY_REUSED",
            Self::WrongCredentials => "WRONG_CREDENTIALS",
            Self::TooManyAttempts => "TOO_MANY_ATTEMPTS",
            Self::TooLarge => "TOO_LARGE",
            Self::UnsupportedType => "UNSUPPORTED_TYPE",
            Self::TooLate => "TOO_LATE",
            Self::TooSimple => "TOO_SIMPLE",
            Self::PinChangeRequired => "PIN_CHANGE_REQUIRED",
            Self::InUse => "IN_USE",
            Self::ResyncRequired => "RESYNC_REQUIRED",
        }
    }
}

/// A "no" that the caller can act on: which field, what is wrong, what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// Path of the input field, outermost first; empty when the whole request is meant.
    pub field: Vec<String>,
    /// The meaning, for programs.
    pub code: Code,
    /// The meaning and the cure, for people.
    pub message: String,
    /// What would have been accepted, where that is a short list.
    pub allowed: Vec<String>,
}

impl Refusal {
    /// A refusal of one field. `field` may be a dotted path, `""` means the whole request.
    #[must_use]
    pub fn new(code: Code, field: &str, message: impl Into<String>) -> Self {
        let field = field.split('.').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        Self { field, code, message: message.into(), allowed: Vec::new() }
    }

    /// Adds the list of what would have been accepted.
    #[must_use]
    pub fn allowing(mut self, allowed: Vec<String>) -> Self {
        self.allowed = allowed;
        self
    }

    /// Not there, or not yours. One sentence for both.
    #[must_use]
    pub fn not_found(field: &str) -> Self {
        Self::new(
            Code::NotFound,
            field,
            "Nothing with this id is there for you. Check the id, or ask for access.",
        )
    }

    /// Signed in without the right that this needs; `need` completes "This needs …".
    #[must_use]
    pub fn forbidden(need: &str) -> Self {
        Self::new(Code::Forbidden, "", format!("This needs {need}. Ask an administrator."))
    }

    /// An API token without the scope that this needs.
    #[must_use]
    pub fn without_scope(scope: &str) -> Self {
        Self::forbidden(&format!("an API token with the scope {scope}"))
    }

    /// An API token, where a person has to act.
    #[must_use]
    pub fn for_people() -> Self {
        Self::new(
            Code::Forbidden,
            "",
            "This needs a person's own sign-in, not an API token. Let a person sign in (signInStart).",
        )
    }

    /// Not signed in.
    #[must_use]
    pub fn unauthenticated() -> Self {
        Self::new(
            Code::Unauthenticated,
            "",
            "Sign in first, then try again. Programs send `Authorization: Bearer TOKEN`.",
        )
    }

    /// The row changed since the caller read it.
    #[must_use]
    pub fn stale(current: i32) -> Self {
        Self::new(
            Code::StaleVersion,
            "expectedVersion",
            format!(
                "This changed since you read it. Read it again (version {current}) and repeat."
            ),
        )
    }
}

/// A failure that the caller cannot mend: told as a code and a trace id, logged in full.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{detail}")]
pub struct Fault {
    /// INTERNAL, UNAVAILABLE, STORAGE_FULL or CONFLICT.
    pub code: Code,
    /// For the log alone: never holds what people wrote.
    pub detail: String,
}

impl Fault {
    /// Our own mistake.
    #[must_use]
    pub fn internal(detail: impl Into<String>) -> Self {
        Self { code: Code::Internal, detail: detail.into() }
    }
}

/// Either.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The caller can mend it.
    #[error(transparent)]
    Refusal(#[from] Refusal),
    /// The operator must.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// The result of everything that may refuse or fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        Self::Fault(error.into())
    }
}

impl From<DbErr> for Fault {
    fn from(error: DbErr) -> Self {
        let detail = error.to_string();
        let said = said_by_database(&error);
        let code = if detail.contains("database or disk is full") || said == Some(Said::DiskFull) {
            Code::StorageFull
        } else if said == Some(Said::GivenUp) {
            Code::Conflict
        } else if matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(_))
            || said == Some(Said::Busy)
            || took_too_long(&detail)
        {
            Code::Unavailable
        } else {
            Code::Internal
        };
        Self { code, detail }
    }
}

/// What a database means by a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    /// The disk is full.
    DiskFull,
    /// Of two transactions that waited for each other, this one was given up.
    GivenUp,
    /// A lock did not come free in time.
    Busy,
}

fn said_by_database(error: &DbErr) -> Option<Said> {
    let (DbErr::Exec(RuntimeErr::SqlxError(error))
    | DbErr::Query(RuntimeErr::SqlxError(error))
    | DbErr::Conn(RuntimeErr::SqlxError(error))) = error
    else {
        return None;
    };
    meaning(error.as_database_error()?.code()?.as_ref())
}

/// SQLSTATE of PostgreSQL (five signs), or the extended result code of SQLite (a number whose last
/// byte is the code itself).
fn meaning(code: &str) -> Option<Said> {
    match code {
        "53100" => return Some(Said::DiskFull),
        "40001" | "40P01" => return Some(Said::GivenUp),
        "55P03" => return Some(Said::Busy),
        _ if code.len() == 5 => return None,
        _ => {}
    }
    match code.parse::<u32>().ok()? & 0xff {
        5 | 6 => Some(Said::Busy),
        13 => Some(Said::DiskFull),
        _ => None,
    }
}

/// The words of SQLite's progress handler and of PostgreSQL's `statement_timeout`.
fn took_too_long(detail: &str) -> bool {
    detail.contains("(code: 9) interrupted") || detail.contains("due to statement timeout")
}

impl From<TextRefusal> for Refusal {
    fn from(refusal: TextRefusal) -> Self {
        let code = match refusal {
            TextRefusal::Empty { .. } => Code::Required,
            TextRefusal::TooLong { .. } => Code::TooLong,
        };
        Self::new(code, refusal.field(), format!("{refusal}."))
    }
}

impl From<TextRefusal> for Error {
    fn from(refusal: TextRefusal) -> Self {
        Self::Refusal(refusal.into())
    }
}

/// Whether a write failed because a unique key was already there.
#[must_use]
pub fn is_unique_violation(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(sea_orm::SqlErr::UniqueConstraintViolation(_)))
}

/// Does `work`, and once more when it was given up because two changes waited for each other. Each
/// run opens its own transaction: of the one given up nothing is left.
///
/// # Errors
/// Whatever the last run says.
pub async fn once_more<T, F>(work: impl Fn() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    match work().await {
        Err(Error::Fault(fault)) if fault.code == Code::Conflict => {
            tracing::info!(detail = fault.detail, "given up, and tried once more");
            work().await
        }
        done => done,
    }
}

/// `None` becomes "not found" at `field`.
pub trait OrNotFound<T> {
    /// The value, or the refusal that says nothing about whether the thing exists.
    ///
    /// # Errors
    /// NOT_FOUND at `field`.
    fn or_not_found(self, field: &str) -> Result<T>;
}

impl<T> OrNotFound<T> for Option<T> {
    fn or_not_found(self, field: &str) -> Result<T> {
        self.ok_or_else(|| Refusal::not_found(field).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_both_databases_mean_the_same() {
        for (code, said) in [
            ("40P01", Some(Said::GivenUp)),
            ("40001", Some(Said::GivenUp)),
            ("55P03", Some(Said::Busy)),
            ("53100", Some(Said::DiskFull)),
            ("23505", None),
            ("00005", None),
            ("5", Some(Said::Busy)),
            ("517", Some(Said::Busy)),
            ("6", Some(Said::Busy)),
            ("13", Some(Said::DiskFull)),
            ("2067", None),
        ] {
            assert_eq!(meaning(code), said, "{code}");
        }
    }

    #[tokio::test]
    async fn what_was_given_up_is_tried_once_more() {
        let given_up = || Fault { code: Code::Conflict, detail: String::new() };
        let tries = std::sync::atomic::AtomicU32::new(0);
        let next = || tries.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let done = once_more(|| async {
            match next() {
                0 => Err(given_up().into()),
                _ => Ok("done"),
            }
        });
        assert_eq!(done.await.ok(), Some("done"));
        assert!(once_more(|| async { Result::<()>::Err(given_up().into()) }).await.is_err());
        let before = next();
        let wrong = once_more(|| async {
            next();
            Result::<()>::Err(Fault::internal("wrong").into())
        });
        assert!(wrong.await.is_err());
        assert_eq!(next(), before + 2, "only once");
    }
}
