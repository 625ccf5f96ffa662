//! Where mails go, as `serve` and `doctor` say it.

use sea_orm::ConnectionTrait;

use crate::config::{Config, masked};
use crate::kit::error::Result;
use crate::programs;

/// Whose people a database holds: asked of itself and not of the command line, because it is they who
/// would get mails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Invented ones: no mail leaves, whatever is set.
    Demo,
    /// Real ones, or nobody yet.
    People,
}

impl Holds {
    /// What a database says of itself.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn of<C: ConnectionTrait>(conn: &C) -> Result<Self> {
        Ok(if programs::query::is_demo(conn).await? { Self::Demo } else { Self::People })
    }
}

/// Where mails go with these settings.
#[must_use]
pub fn way(config: &Config, holds: Holds) -> String {
    let folder = config.data_dir.join("mail");
    match (&config.smtp_url, holds) {
        (None, _) => format!("captured in {}", folder.display()),
        (Some(_), Holds::Demo) => {
            format!(
                "captured in {}: a demo mails nobody, so SMTP_URL is not used",
                folder.display()
            )
        }
        (Some(url), Holds::People) => format!("sent by {}", masked(url)),
    }
}
