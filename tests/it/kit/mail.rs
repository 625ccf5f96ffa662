//! A mail server for tests: it speaks SMTP over TCP on loopback, keeps every mail it accepted and misbehaves on demand.
//!
//! It stands in for the real thing where a story must know exactly which mails arrived and over which connection.
//! Nothing here sleeps: tests wait for facts, for at most [`PATIENCE`].

#![allow(dead_code, reason = "the kit offers more than the stories need at any one time")]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mail_parser::{Message, MessageParser};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// How long a test waits for mails before it fails and says what was there instead.
pub const PATIENCE: Duration = Duration::from_secs(15);

/// What the server does with a mail. Refusals are whole answers, for instance `550 5.1.1 unknown`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Behaviour {
    /// Takes it and keeps it.
    Accept,
    /// Hangs up as soon as somebody connects.
    HangUpAtOnce,
    /// Answers the sender with this line.
    AnswerSender(String),
    /// Answers the recipient with this line.
    AnswerRecipient(String),
    /// Answers DATA with this line.
    AnswerData(String),
    /// Takes the content and answers it with this line.
    AnswerContent(String),
    /// Takes the content and hangs up without an answer.
    CutAfterContent,
    /// Takes the content and never answers.
    HangAfterContent,
    /// Takes the content and answers with this line only when [`MailBox::release`] is called.
    AnswerContentLate(String),
    /// Takes and keeps the mail, then hangs up: an honest server that limits mails per connection.
    AcceptAndHangUp,
}

/// A mail that the server accepted with code 250.
#[derive(Debug, Clone)]
pub struct Received {
    /// The envelope sender.
    pub from: String,
    /// The envelope recipients.
    pub to: Vec<String>,
    /// The message as it came, dots unstuffed.
    pub bytes: Vec<u8>,
    /// The number of the connection it came over, from 1.
    pub connection: usize,
}

impl Received {
    /// The parsed message.
    pub fn parsed(&self) -> Message<'_> {
        MessageParser::default().parse(&self.bytes).expect("an RFC 5322 message")
    }

    /// The decoded subject.
    pub fn subject(&self) -> String {
        self.parsed().subject().unwrap_or_default().to_owned()
    }

    /// The decoded text part.
    pub fn text(&self) -> String {
        self.parsed().body_text(0).unwrap_or_default().into_owned()
    }

    /// The decoded HTML part.
    pub fn html(&self) -> String {
        self.parsed().body_html(0).unwrap_or_default().into_owned()
    }

    /// A header as it came, unfolded and trimmed.
    pub fn header(&self, name: &str) -> Option<String> {
        let raw = self.parsed().header_raw(name)?.replace("\r\n", "");
        Some(raw.trim().to_owned())
    }

    /// Every http or https address in the text part, in order.
    pub fn links(&self) -> Vec<String> {
        let text = self.text();
        let links = text
            .split_whitespace()
            .filter(|w| w.starts_with("http://") || w.starts_with("https://"));
        links.map(str::to_owned).collect()
    }
}

#[derive(Default)]
struct State {
    mails: Vec<Received>,
    next: VecDeque<Behaviour>,
    always: Option<Behaviour>,
    connections: usize,
    attempts: usize,
}

struct Shared {
    state: Mutex<State>,
    changed: watch::Sender<u64>,
    released: watch::Sender<u64>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.state());
        self.changed.send_modify(|version| *version += 1);
        result
    }
}

/// The running server. It ends when it is dropped.
pub struct MailBox {
    shared: Arc<Shared>,
    port: u16,
    listener: JoinHandle<()>,
}

impl MailBox {
    /// Starts a server that accepts everything, on a free port of 127.0.0.1.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("a bound address").port();
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            changed: watch::Sender::new(0),
            released: watch::Sender::new(0),
        });
        let listener = tokio::spawn(listen(listener, Arc::clone(&shared)));
        Self { shared, port, listener }
    }

    /// The address for the application's configuration.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// Sets what happens to the next mails, one each, in this order; afterwards [`MailBox::always`] counts again.
    pub fn next(&self, behaviours: impl IntoIterator<Item = Behaviour>) {
        self.shared.state().next.extend(behaviours);
    }

    /// Sets what happens to every mail that no [`MailBox::next`] speaks about.
    pub fn always(&self, behaviour: Behaviour) {
        self.shared.state().always = Some(behaviour);
    }

    /// Lets those who wait for a late answer have it.
    pub fn release(&self) {
        self.shared.released.send_modify(|version| *version += 1);
    }

    /// How many mails were accepted.
    pub fn taken(&self) -> usize {
        self.shared.state().mails.len()
    }

    /// The mails accepted so far, in order of arrival.
    pub fn mails(&self) -> Vec<Received> {
        self.shared.state().mails.clone()
    }

    /// The mails accepted so far for one recipient.
    pub fn mails_to(&self, address: &str) -> Vec<Received> {
        let mut mails = self.mails();
        mails.retain(|mail| mail.to.iter().any(|to| to.eq_ignore_ascii_case(address)));
        mails
    }

    /// How often somebody connected.
    pub fn connections(&self) -> usize {
        self.shared.state().connections
    }

    /// How many mails were begun (MAIL FROM), whatever became of them.
    pub fn attempts(&self) -> usize {
        self.shared.state().attempts
    }

    /// Forgets the mails received so far.
    pub fn clear(&self) {
        self.shared.change(|state| state.mails.clear());
    }

    /// Waits until at least `count` mails have been accepted, and returns all of them.
    pub async fn wait_for(&self, count: usize) -> Vec<Received> {
        self.wait_until(|mails| mails.len() >= count).await
    }

    /// Waits until the accepted mails satisfy the condition, and returns all of them.
    pub async fn wait_until(&self, condition: impl Fn(&[Received]) -> bool) -> Vec<Received> {
        let done =
            self.wait_for_state(|state| condition(&state.mails).then(|| state.mails.clone())).await;
        done.unwrap_or_else(|| {
            panic!("waited {PATIENCE:?} for mails; there are only {:#?}", self.summary())
        })
    }

    /// Waits until at least `count` mails have been begun, whatever became of them.
    pub async fn wait_for_attempts(&self, count: usize) {
        let done = self.wait_for_state(|state| (state.attempts >= count).then_some(())).await;
        assert!(
            done.is_some(),
            "waited {PATIENCE:?} for {count} attempts; there were {}",
            self.attempts()
        );
    }

    async fn wait_for_state<T>(&self, look: impl Fn(&State) -> Option<T>) -> Option<T> {
        let mut changes = self.shared.changed.subscribe();
        let waiting = async {
            loop {
                changes.mark_unchanged();
                if let Some(found) = look(&self.shared.state()) {
                    return found;
                }
                changes.changed().await.expect("the sender lives as long as the mail box");
            }
        };
        timeout(PATIENCE, waiting).await.ok()
    }

    fn summary(&self) -> Vec<String> {
        self.mails()
            .iter()
            .map(|mail| format!("to {}: {}", mail.to.join(", "), mail.subject()))
            .collect()
    }
}

impl Drop for MailBox {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

async fn listen(listener: TcpListener, shared: Arc<Shared>) {
    // The set ends its conversations when the listener is aborted.
    let mut conversations = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let number = shared.change(|state| {
            state.connections += 1;
            state.connections
        });
        let conversation = Conversation { shared: Arc::clone(&shared), number, planned: None };
        conversations.spawn(async move {
            // A client that hangs up is not an error of the server.
            let _ = conversation.hold(stream).await;
        });
        while conversations.try_join_next().is_some() {}
    }
}

struct Conversation {
    shared: Arc<Shared>,
    number: usize,
    planned: Option<Behaviour>,
}

/// Whether a conversation goes on after a mail.
enum After {
    Continue,
    HangUp,
}

#[derive(Default)]
struct Envelope {
    from: String,
    to: Vec<String>,
}

impl Conversation {
    async fn hold(mut self, stream: TcpStream) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        let mut stream = BufReader::new(stream);
        if self.hangs_up_at_once() {
            return Ok(());
        }
        say(&mut stream, "220 mailbox.test ESMTP").await?;
        let mut envelope = Envelope::default();
        let mut line = String::new();
        loop {
            line.clear();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let upper = line.trim_end().to_ascii_uppercase();
            if upper.starts_with("DATA") {
                match self.content(&mut stream, std::mem::take(&mut envelope)).await? {
                    After::Continue => continue,
                    After::HangUp => return Ok(()),
                }
            }
            let answer = self.answer(&upper, line.trim_end(), &mut envelope);
            say(&mut stream, &answer).await?;
            if upper.starts_with("QUIT") {
                return Ok(());
            }
        }
    }

    fn hangs_up_at_once(&self) -> bool {
        let mut state = self.shared.state();
        if state.next.front() == Some(&Behaviour::HangUpAtOnce) {
            state.next.pop_front();
            return true;
        }
        state.next.is_empty() && state.always == Some(Behaviour::HangUpAtOnce)
    }

    fn answer(&mut self, upper: &str, line: &str, envelope: &mut Envelope) -> String {
        if upper.starts_with("EHLO") {
            return "250-mailbox.test\r\n250-8BITMIME\r\n250 SMTPUTF8".to_owned();
        }
        if upper.starts_with("MAIL FROM:") {
            *envelope = Envelope { from: address(line), to: Vec::new() };
            self.planned = self.shared.change(|state| {
                state.attempts += 1;
                state.next.pop_front().or_else(|| state.always.clone())
            });
            if let Some(Behaviour::AnswerSender(answer)) = &self.planned {
                return answer.clone();
            }
        }
        if upper.starts_with("RCPT TO:") {
            if let Some(Behaviour::AnswerRecipient(answer)) = &self.planned {
                return answer.clone();
            }
            envelope.to.push(address(line));
        }
        if upper.starts_with("QUIT") { "221 bye".to_owned() } else { "250 ok".to_owned() }
    }

    async fn content(
        &mut self,
        stream: &mut BufReader<TcpStream>,
        envelope: Envelope,
    ) -> std::io::Result<After> {
        let planned = self.planned.take().unwrap_or(Behaviour::Accept);
        if let Behaviour::AnswerData(answer) = &planned {
            say(stream, answer).await?;
            return Ok(After::Continue);
        }
        say(stream, "354 go on").await?;
        let bytes = read_content(stream).await?;
        match planned {
            Behaviour::CutAfterContent => return Ok(After::HangUp),
            Behaviour::HangAfterContent => std::future::pending().await,
            Behaviour::AnswerContent(answer) => say(stream, &answer).await?,
            Behaviour::AnswerContentLate(answer) => {
                let mut released = self.shared.released.subscribe();
                // An error means that the test is over.
                let _ = released.changed().await;
                say(stream, &answer).await?;
            }
            other => {
                let mail = Received {
                    from: envelope.from,
                    to: envelope.to,
                    bytes,
                    connection: self.number,
                };
                keep_for_the_eye(&mail);
                self.shared.change(|state| state.mails.push(mail));
                say(stream, "250 2.0.0 kept").await?;
                if other == Behaviour::AcceptAndHangUp {
                    return Ok(After::HangUp);
                }
            }
        }
        Ok(After::Continue)
    }
}

async fn say(stream: &mut BufReader<TcpStream>, line: &str) -> std::io::Result<()> {
    stream.write_all(format!("{line}\r\n").as_bytes()).await?;
    stream.flush().await
}

async fn read_content(stream: &mut BufReader<TcpStream>) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        let mut line = Vec::new();
        if stream.read_until(b'\n', &mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line == b".\r\n" {
            return Ok(bytes);
        }
        bytes.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}

/// The address between the angle brackets of a MAIL or RCPT line.
fn address(line: &str) -> String {
    let inner = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map(|(address, _)| address.to_owned()).unwrap_or_default()
}

/// Writes a mail to the folder that `EARSHOT_KEEP_MAILS` names, for tests/screens: so people look at
/// what was delivered, and not at a template.
fn keep_for_the_eye(mail: &Received) {
    let Some(folder) = std::env::var_os("EARSHOT_KEEP_MAILS") else { return };
    let name = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let of = name(&mail.header("Message-ID").unwrap_or_default());
    let about: String = name(&mail.subject()).chars().take(40).collect();
    let file = std::path::Path::new(&folder).join(format!("{about}-{of}.eml"));
    let _ = std::fs::write(file, &mail.bytes);
}
