//! A mail server that is not ours: EARSHOT_TEST_SMTP=host:port,maildir sends a test's mails there
//! and reads them back from its Maildir (tests/aiosmtpd/run.py).

use std::path::PathBuf;
use std::time::Duration;

use super::app::TestApp;
use super::mail::{PATIENCE, Received};

/// An SMTP server beside us and the folder it keeps its mails in.
pub struct Outside {
    place: String,
    maildir: PathBuf,
}

/// The server that the environment names.
pub fn server() -> Option<Outside> {
    let named = std::env::var("EARSHOT_TEST_SMTP").ok()?;
    let (place, maildir) = named.split_once(',').expect("EARSHOT_TEST_SMTP is host:port,maildir");
    Some(Outside { place: place.to_owned(), maildir: maildir.into() })
}

impl Outside {
    /// The address for the application's configuration.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.place)
    }

    fn files(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.maildir.join("new"));
        let mut files: Vec<PathBuf> =
            entries.map(|all| all.flatten().map(|it| it.path()).collect()).unwrap_or_default();
        files.sort();
        files
    }

    fn mails(&self) -> Vec<Received> {
        self.files().iter().filter_map(|file| std::fs::read(file).ok()).map(received).collect()
    }

    fn clear(&self) {
        for file in self.files() {
            let _ = std::fs::remove_file(file);
        }
    }
}

/// aiosmtpd's Maildir notes the envelope in headers of its own.
fn received(bytes: Vec<u8>) -> Received {
    let mail = Received { from: String::new(), to: Vec::new(), bytes, connection: 1 };
    let from = mail.header("X-MailFrom").unwrap_or_default();
    let to = mail.header("X-RcptTo").unwrap_or_default();
    let to = to.split(", ").filter(|it| !it.is_empty()).map(str::to_owned).collect();
    Received { from, to, ..mail }
}

impl TestApp {
    /// The mails that a server has taken from this app, wherever it is: at least `count`.
    pub async fn delivered(&self, count: usize) -> Vec<Received> {
        let Some(outside) = server() else { return self.mails.wait_for(count).await };
        let begun = std::time::Instant::now();
        while outside.mails().len() < count && begun.elapsed() < PATIENCE {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let mails = outside.mails();
        assert!(mails.len() >= count, "{} mails of {count} arrived", mails.len());
        mails
    }

    /// Forgets the mails delivered so far.
    pub fn forget_mails(&self) {
        self.mails.clear();
        if let Some(outside) = server() {
            outside.clear();
        }
    }
}
