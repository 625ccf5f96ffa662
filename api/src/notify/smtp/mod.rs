//! The last metre of a mail: one connection of our own to the mail server, and an honest answer about it.
//!
//! lettre's transports are not used. Their time limit covers only the connect, and a pooled connection that was
//! cancelled goes back with an unread answer, so that the next mail is called sent although the server refused it.
//! Here every worker owns one [`Courier`] with at most one connection; the whole send has one deadline, the
//! connection is thrown away after any error, timeout or cancel, and only code 250 after the content is success.

mod address;
mod streams;

use std::fmt;
use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

pub use lettre::Address;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

pub use address::{Encryption, SmtpUrl, SmtpUrlError};
use streams::{StarttlsLine, TlsLine};

/// How long one mail may take from connect to the last answer, unless the caller says otherwise.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// A connection that was idle for longer is not trusted any more: firewalls forget it without telling anybody.
const IDLE_LIMIT: Duration = Duration::from_secs(30);

/// Longest `why`, in characters: enough for a server's sentence, too little for a flood.
const WHY_LIMIT: usize = 300;

/// Ways to sign in, best first.
const MECHANISMS: [Mechanism; 2] = [Mechanism::Plain, Mechanism::Login];

/// One mail on its way: the envelope and the finished bytes. One recipient a mail, so that a refusal has one meaning.
#[derive(Debug, Clone, Copy)]
pub struct Parcel<'a> {
    /// The envelope sender: where bounces go.
    pub from: &'a Address,
    /// The one recipient.
    pub to: &'a Address,
    /// The whole message as RFC 5322 bytes with CRLF line ends.
    pub bytes: &'a [u8],
}

/// What became of one attempt. `why` is one line of at most 300 characters; it may quote the server, which may quote
/// the recipient's address, so it belongs to the mail log and not to facts or traces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The server answered 250 to the content: the mail is its duty now.
    Delivered,
    /// Nobody refused for good: a 4xx, a cut line, no answer in time, no connection, or a server that does not want
    /// *us* (sign-in, encryption). The same bytes may be tried again; a cut after the content may mean a second copy.
    Retry {
        /// What happened, for the mail log.
        why: String,
    },
    /// The server said 5xx to this mail: trying again is useless.
    Rejected {
        /// What the server said, for the mail log.
        why: String,
        /// The address itself is dead (unknown or disabled mailbox): nothing more should be sent to it. A refusal by
        /// policy, a full mailbox or a forbidden relay does not condemn the address.
        hard_bounce: bool,
    },
}

/// What a [`Courier`] needs to know about the world.
#[derive(Debug, Clone)]
pub struct CourierSetup {
    /// The server.
    pub server: SmtpUrl,
    /// The name given in EHLO: a domain name of this installation.
    pub hello: String,
    /// Time for one whole send. See [`DEADLINE`].
    pub deadline: Duration,
}

/// Carries mails to one server over at most one connection, one mail at a time. Each worker has its own.
pub struct Courier {
    setup: CourierSetup,
    hello: ClientId,
    line: Option<Line>,
}

/// An open connection whose last conversation ended well.
struct Line {
    connection: AsyncSmtpConnection,
    last_used: Instant,
}

impl Courier {
    /// A courier without a connection: the first send opens one.
    pub fn new(setup: CourierSetup) -> Self {
        let hello = client_id(&setup.hello);
        Self { setup, hello, line: None }
    }

    /// Hands one mail to the server and says what became of it, at the latest after the deadline.
    ///
    /// Safe to cancel: the connection is out of `self` while a mail is under way, so a dropped future takes the
    /// connection with it and an unread answer can never be taken for the answer to the next mail.
    pub async fn send(&mut self, parcel: Parcel<'_>) -> Outcome {
        let line = self.line.take().filter(|line| line.last_used.elapsed() < IDLE_LIMIT);
        match timeout(self.setup.deadline, deliver(&self.setup, &self.hello, line, parcel)).await {
            Ok(Ok(connection)) => {
                self.line = Some(Line { connection, last_used: Instant::now() });
                Outcome::Delivered
            }
            Ok(Err(failure)) => failure.outcome(),
            Err(_) => Outcome::Retry {
                why: format!("no answer within {} s", self.setup.deadline.as_secs_f32()),
            },
        }
    }

    /// Says good-bye to the server, for at most two seconds. Dropping the courier without it is safe, only less polite.
    pub async fn close(mut self) {
        if let Some(mut line) = self.line.take() {
            // The mails are delivered; whether the farewell arrives changes nothing.
            let _ = timeout(Duration::from_secs(2), line.connection.quit()).await;
        }
    }
}

impl fmt::Debug for Courier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Courier")
            .field("setup", &self.setup)
            .field("connected", &self.line.is_some())
            .finish()
    }
}

fn client_id(name: &str) -> ClientId {
    let plain = !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-');
    if plain { ClientId::Domain(name.to_owned()) } else { ClientId::Ipv4(Ipv4Addr::LOCALHOST) }
}

/// Delivers over the old connection if there is one. A server may have hung up in the meantime; as long as it has not
/// accepted the sender nothing was handed over, so one fresh connection within the same deadline is harmless.
async fn deliver(
    setup: &CourierSetup,
    hello: &ClientId,
    line: Option<Line>,
    parcel: Parcel<'_>,
) -> Result<AsyncSmtpConnection, Failure> {
    if let Some(Line { connection, .. }) = line {
        match converse(connection, parcel).await {
            Err(failure) if failure.is_stale_line() => {}
            result => return result,
        }
    }
    converse(connect(setup, hello).await?, parcel).await
}

/// One mail over one connection, step by step, because what a refusal means depends on the step.
async fn converse(
    mut connection: AsyncSmtpConnection,
    parcel: Parcel<'_>,
) -> Result<AsyncSmtpConnection, Failure> {
    let parameters = mail_parameters(&connection, parcel)?;
    let answer = connection.command(Mail::new(Some(parcel.from.clone()), parameters)).await;
    expect(Step::Sender, answer, &[250])?;
    let answer = connection.command(Rcpt::new(parcel.to.clone(), Vec::new())).await;
    expect(Step::Recipient, answer, &[250, 251, 252])?;
    let answer = connection.command(Data).await;
    expect(Step::Data, answer, &[354])?;
    // lettre adds the line end before the final dot itself.
    let content = parcel.bytes.strip_suffix(b"\r\n").unwrap_or(parcel.bytes);
    let answer = connection.message(content).await;
    expect(Step::Content, answer, &[250])?;
    Ok(connection)
}

fn mail_parameters(
    connection: &AsyncSmtpConnection,
    parcel: Parcel<'_>,
) -> Result<Vec<MailParameter>, Failure> {
    let offers = |extension| connection.server_info().supports_feature(extension);
    let mut parameters = Vec::new();
    let addresses: [&str; 2] = [parcel.from.as_ref(), parcel.to.as_ref()];
    if !addresses.iter().all(|a| a.is_ascii()) {
        if !offers(Extension::SmtpUtfEight) {
            return Err(Failure::Impossible(
                "the server takes no addresses with letters beyond ASCII (SMTPUTF8)",
            ));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !parcel.bytes.is_ascii() {
        if !offers(Extension::EightBitMime) {
            return Err(Failure::Impossible("the server takes no 8-bit content (8BITMIME)"));
        }
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    Ok(parameters)
}

/// An answer counts only with the very code that this step asks for: a shifted answer of an earlier step is an error.
fn expect(step: Step, answer: Result<Response, SmtpError>, codes: &[u16]) -> Result<(), Failure> {
    let answer = answer.map_err(|error| Failure::Smtp { step, error })?;
    if codes.iter().any(|code| answer.has_code(*code)) {
        return Ok(());
    }
    Err(Failure::OutOfStep { step, code: answer.code().into() })
}

async fn connect(setup: &CourierSetup, hello: &ClientId) -> Result<AsyncSmtpConnection, Failure> {
    let server = &setup.server;
    let tcp =
        TcpStream::connect((server.host.as_str(), server.port)).await.map_err(Failure::Connect)?;
    // 2.8 ms a mail instead of 47: SMTP is a dialogue of small packets.
    tcp.set_nodelay(true).map_err(Failure::Connect)?;
    let at = |step| move |error| Failure::Smtp { step, error };
    let stream: Box<dyn AsyncTokioStream> = match server.encryption {
        Encryption::Implicit => {
            Box::new(TlsLine::open(tcp, &server.host).await.map_err(at(Step::Encryption))?)
        }
        Encryption::Required | Encryption::Opportunistic => Box::new(StarttlsLine::new(tcp)),
        Encryption::None => Box::new(tcp),
    };
    let mut connection = AsyncSmtpConnection::connect_with_transport(stream, hello)
        .await
        .map_err(at(Step::Greeting))?;
    match server.encryption {
        Encryption::Required if !connection.can_starttls() => return Err(Failure::NoEncryption),
        Encryption::Required | Encryption::Opportunistic if connection.can_starttls() => {
            let tls = TlsParameters::new(server.host.clone()).map_err(at(Step::Encryption))?;
            connection.starttls(tls, hello).await.map_err(at(Step::Encryption))?;
        }
        _ => {}
    }
    if let Some((user, password)) = &server.login {
        let login = Credentials::new(user.clone(), password.clone());
        connection.auth(&MECHANISMS, &login).await.map_err(at(Step::SignIn))?;
    }
    Ok(connection)
}

/// Where in the conversation something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Greeting,
    Encryption,
    SignIn,
    Sender,
    Recipient,
    Data,
    Content,
}

impl Step {
    fn words(self) -> &'static str {
        match self {
            Self::Greeting => "greeting",
            Self::Encryption => "encryption",
            Self::SignIn => "sign-in",
            Self::Sender => "sender",
            Self::Recipient => "recipient",
            Self::Data => "start of content",
            Self::Content => "content",
        }
    }

    /// A 5xx here is about this mail. Before, it is about us: the configuration must be repaired and no mail be lost.
    fn is_about_the_mail(self) -> bool {
        matches!(self, Self::Sender | Self::Recipient | Self::Data | Self::Content)
    }
}

enum Failure {
    Connect(io::Error),
    NoEncryption,
    Impossible(&'static str),
    OutOfStep { step: Step, code: u16 },
    Smtp { step: Step, error: SmtpError },
}

impl Failure {
    /// The server had hung up, or says so now, before it heard of this mail.
    fn is_stale_line(&self) -> bool {
        match self {
            Self::Smtp { step: Step::Sender, error } => {
                error.status().is_none_or(|code| u16::from(code) == 421)
            }
            _ => false,
        }
    }

    fn outcome(self) -> Outcome {
        match self {
            Self::Connect(error) => {
                Outcome::Retry { why: one_line(&format!("cannot connect: {error}")) }
            }
            Self::NoEncryption => {
                Outcome::Retry { why: "the server offers no encryption (STARTTLS)".to_owned() }
            }
            Self::Impossible(why) => Outcome::Rejected { why: why.to_owned(), hard_bounce: false },
            Self::OutOfStep { step, code } => {
                Outcome::Retry { why: format!("{}: unexpected answer {code}", step.words()) }
            }
            Self::Smtp { step, error } => answered(step, &error),
        }
    }
}

/// The meaning of a refusal or a broken line at a step (RFC 5321 section 4.2.1, RFC 3463 for the dotted codes).
fn answered(step: Step, error: &SmtpError) -> Outcome {
    let why = one_line(&format!("{}: {error}", step.words()));
    let Some(code) = error.status().map(u16::from) else {
        return Outcome::Retry { why };
    };
    // 530, 534, 535, 538: the server wants another sign-in or encryption; that is about us at every step.
    let about_us = !step.is_about_the_mail() || matches!(code, 530 | 534 | 535 | 538);
    if code < 500 || about_us {
        return Outcome::Retry { why };
    }
    let said = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    Outcome::Rejected { why, hard_bounce: step == Step::Recipient && is_dead_address(code, &said) }
}

/// Whether a refusal of the recipient condemns the address. A dotted code decides where there is one: x.1.x is a bad
/// address and x.2.1 a disabled mailbox, all others (full, policy, relay) are not the address's fault.
fn is_dead_address(code: u16, said: &str) -> bool {
    match said.split_whitespace().next().and_then(|word| word.strip_prefix("5.")) {
        Some(detail) => detail.starts_with("1.") || detail == "2.1",
        None => matches!(code, 550 | 551 | 553),
    }
}

fn one_line(text: &str) -> String {
    let plain: String =
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(WHY_LIMIT).collect();
    plain.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_dead_address_is_a_hard_bounce() {
        let table = [
            (550, "5.1.1 User unknown", true),
            (550, "No such user here", true),
            (553, "bad mailbox name", true),
            (550, "5.2.1 mailbox disabled", true),
            (552, "5.2.2 mailbox full", false),
            (554, "5.7.1 Relay access denied", false),
            (550, "5.7.26 not signed", false),
            (554, "policy", false),
        ];
        for (code, said, dead) in table {
            assert_eq!(is_dead_address(code, said), dead, "{code} {said}");
        }
    }
}
