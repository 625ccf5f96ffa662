//! One socket from handshake to end.

use std::{cell::Cell, collections::HashMap, ops::ControlFlow, rc::Rc, sync::Arc};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    body::BoxBody,
    dev,
    error::PayloadError,
    web::{self, Bytes},
};
use futures_util::stream::LocalBoxStream;
use serde_json::{Map, Value};
use tokio::{
    sync::{Semaphore, mpsc, watch},
    time::{Instant, sleep_until, timeout},
};

use super::{
    CloseReason, Config, Handshake, Operations, Phase, SUBPROTOCOL, WsRequest, frame,
    input::{Gate, Inbox, Input, Oversized, Readable},
    protocol::{self, Incoming},
};
use crate::http::stream::{
    After, Alive, Answer, Cut, Event, Line, Origin, Outbox, OutboxBody, Task, Wire, Wording,
    revoked, stopped, verdict,
};

/// Events of the background runtime that may wait for the session; their bytes are bounded apart from that.
const EVENTS: usize = 32;

/// How a socket came to its end.
enum Ending {
    /// We close it.
    Close(CloseReason, Readable),
    /// The client closed it.
    Closed,
    /// The connection is gone.
    Gone,
}

/// Goes on, or ends the socket.
type Step = ControlFlow<Ending>;

fn close(reason: CloseReason) -> Step {
    ControlFlow::Break(Ending::Close(reason, Readable::Yes))
}

/// How far a client has come.
enum Stage<P> {
    /// No `connection_init` yet.
    Opened(Instant),
    /// Its credentials are looked at.
    Asking { since: Instant, _task: Task },
    /// It may run operations, until then.
    Admitted(P, Option<Instant>),
}

/// An operation that runs.
struct Running {
    number: u64,
    _task: Task,
}

/// Writes the messages of one operation.
struct Words(Arc<str>);

impl Wording for Words {
    fn answer(&self, response: Value) -> (Bytes, After) {
        let (message, after) = protocol::answer(&self.0, response);
        (frame::text(&message), after)
    }

    fn failure(&self, code: &str, message: &str) -> Bytes {
        frame::text(&protocol::failure(&self.0, code, message))
    }

    fn complete(&self) -> Bytes {
        frame::text(&protocol::complete(&self.0))
    }
}

/// A socket that is served.
pub(super) struct Session<O: Operations> {
    config: Arc<Config<O>>,
    handshake: Arc<Handshake>,
    connection: Wire,
    inbox: Inbox,
    outbox: Outbox,
    events: mpsc::Receiver<Event<O::Principal>>,
    sender: mpsc::Sender<Event<O::Principal>>,
    /// Bytes of answers that may still be queued.
    room: Arc<Semaphore>,
    phase: watch::Receiver<Phase>,
    revocations: Option<watch::Receiver<u64>>,
    stage: Stage<O::Principal>,
    running: HashMap<Arc<str>, Running>,
    /// How many operations have been started.
    started: u64,
    /// Frames since the handshake, counted until the client is let in.
    frames: usize,
    next_check: Instant,
    checking: Option<Task>,
    next_ping: Instant,
    /// The last time that anything came from the client.
    heard: Instant,
}

impl<O: Operations> Session<O> {
    /// Makes the response to a handshake and the session behind it.
    pub(super) async fn open(
        config: Arc<Config<O>>,
        request: &HttpRequest,
        payload: web::Payload,
    ) -> Result<(HttpResponse, Self), actix_web::Error> {
        let limit = config.limits.message_bytes;
        let oversized = Rc::new(Cell::new(Oversized::NotSeen));
        let gate: LocalBoxStream<'static, Result<Bytes, PayloadError>> =
            Box::pin(Gate::new(payload, limit, Rc::clone(&oversized)));
        let mut gated = dev::Payload::Stream { payload: gate };
        let gated = web::Payload::from_request(request, &mut gated).await?;
        let (response, _, frames) =
            actix_ws::handle_with_protocols(request, gated, &[SUBPROTOCOL])?;
        let outbox = Outbox::default();
        let body = outbox.clone();
        let response = response.map_body(|_, handshake| {
            BoxBody::new(OutboxBody { outbox: body, _handshake: Some(handshake) })
        });
        let (sender, events) = mpsc::channel(EVENTS);
        let now = Instant::now();
        let session = Self {
            handshake: Arc::new(Handshake {
                peer: request.peer_addr(),
                headers: request.headers().clone(),
            }),
            connection: Wire::of(request),
            inbox: Inbox::new(frames, oversized, limit),
            outbox,
            events,
            sender,
            room: Arc::new(Semaphore::new(config.limits.queued_bytes as usize)),
            phase: config.phase.clone(),
            revocations: Some(config.operations.revocations()),
            stage: Stage::Opened(now),
            running: HashMap::new(),
            started: 0,
            frames: 0,
            next_check: now + config.timing.recheck,
            checking: None,
            next_ping: now + config.timing.ping,
            heard: now,
            config,
        };
        Ok((response, session))
    }

    /// Serves the socket until it ends.
    pub(super) async fn serve(mut self) {
        let ending = loop {
            if let ControlFlow::Break(ending) = self.step().await {
                break ending;
            }
        };
        self.running.clear();
        self.end(ending).await;
    }

    /// Waits for whatever comes next and does what it asks for.
    async fn step(&mut self) -> Step {
        if self.outbox.is_gone() {
            return ControlFlow::Break(Ending::Gone);
        }
        // A client that does not read is not read either: its pings and mistakes would otherwise fill the queue.
        let has_room = self.outbox.bytes() <= self.config.limits.queued_bytes as usize;
        let deadline = self.deadline();
        tokio::select! {
            input = self.inbox.next(), if has_room => self.hear(input),
            Some(event) = self.events.recv() => self.notice(event),
            () = sleep_until(deadline) => self.look_at_clock(),
            () = self.outbox.changed() => ControlFlow::Continue(()),
            () = stopped(&mut self.phase) => close(protocol::RESTART),
            alive = revoked(&mut self.revocations) => {
                match alive {
                    Alive::Yes => self.next_check = Instant::now(),
                    Alive::No => self.revocations = None,
                }
                ControlFlow::Continue(())
            }
        }
    }

    fn hear(&mut self, input: Input) -> Step {
        self.heard = Instant::now();
        if !matches!(self.stage, Stage::Admitted(..)) {
            self.frames += 1;
            if self.frames > self.config.limits.frames_before_ack {
                return close(protocol::FLOOD);
            }
        }
        match input {
            Input::Text(text) => match protocol::read(&text, self.config.limits.id_bytes) {
                Ok(message) => self.obey(message),
                Err(reason) => close(reason),
            },
            Input::Ping(content) => self.say(frame::pong(&content)),
            Input::Nothing => ControlFlow::Continue(()),
            Input::Closed => ControlFlow::Break(Ending::Closed),
            Input::Gone => ControlFlow::Break(Ending::Gone),
            Input::Fault(reason, readable) => ControlFlow::Break(Ending::Close(reason, readable)),
        }
    }

    fn say(&self, frame: Bytes) -> Step {
        self.outbox.push(frame, Origin::Socket);
        ControlFlow::Continue(())
    }

    fn obey(&mut self, message: Incoming) -> Step {
        match message {
            Incoming::Init(payload) => self.ask(payload),
            Incoming::Ping(payload) => self.say(frame::text(&protocol::pong(payload))),
            Incoming::Pong => ControlFlow::Continue(()),
            Incoming::Subscribe(id, request) => self.subscribe(id, *request),
            Incoming::Complete(id) => {
                if let Some(ended) = self.running.remove(id.as_str()) {
                    self.outbox.forget(ended.number);
                }
                ControlFlow::Continue(())
            }
        }
    }

    fn ask(&mut self, payload: Map<String, Value>) -> Step {
        if !matches!(self.stage, Stage::Opened(_)) {
            return close(protocol::SECOND_INIT);
        }
        let (operations, handshake) =
            (Arc::clone(&self.config.operations), Arc::clone(&self.handshake));
        let sender = self.sender.clone();
        let task = Task::spawn(&self.config.background, async move {
            let asked = operations.authenticate(&handshake, payload);
            let answer = verdict(asked, Err(CloseReason::internal())).await;
            let _ = sender.send(Event::Authenticated(answer)).await;
        });
        self.stage = Stage::Asking { since: Instant::now(), _task: task };
        ControlFlow::Continue(())
    }

    fn subscribe(&mut self, id: String, request: WsRequest) -> Step {
        let Stage::Admitted(principal, _) = &self.stage else {
            return close(protocol::UNAUTHORIZED);
        };
        if self.running.contains_key(id.as_str()) {
            return close(protocol::duplicate(&id));
        }
        let most = self.config.limits.operations;
        if self.running.len() >= most {
            let message = format!("at most {most} operations run at the same time over one socket");
            return self.say(frame::text(&protocol::failure(&id, "RATE_LIMITED", &message)));
        }
        self.started += 1;
        let id: Arc<str> = Arc::from(id);
        let line = Line {
            wording: Words(Arc::clone(&id)),
            number: self.started,
            events: self.sender.clone(),
            room: Arc::clone(&self.room),
            queued_bytes: self.config.limits.queued_bytes,
        };
        let (operations, principal) = (Arc::clone(&self.config.operations), principal.clone());
        let task = Task::spawn(
            &self.config.background,
            line.drive(move || operations.run(principal, request)),
        );
        self.running.insert(id, Running { number: self.started, _task: task });
        ControlFlow::Continue(())
    }

    fn notice(&mut self, event: Event<O::Principal>) -> Step {
        match event {
            Event::Authenticated(Ok(principal)) => {
                let until =
                    self.config.operations.lasts(&principal).map(|lasts| Instant::now() + lasts);
                self.stage = Stage::Admitted(principal, until);
                self.say(frame::text(&protocol::ack()))
            }
            Event::Checked(None) => {
                self.checking = None;
                ControlFlow::Continue(())
            }
            Event::Authenticated(Err(reason)) | Event::Checked(Some(reason)) => close(reason),
            Event::Answered(answer) => self.pass_on(answer),
        }
    }

    /// Queues an answer, unless its operation was completed meanwhile.
    fn pass_on(&mut self, answer: Answer) -> Step {
        let Some(id) = self.operation(answer.number) else { return ControlFlow::Continue(()) };
        if answer.after == After::Nothing {
            self.running.remove(&id);
        }
        self.outbox
            .push(answer.frame, Origin::Operation { number: answer.number, _share: answer.share });
        ControlFlow::Continue(())
    }

    /// The id of a running operation: at most fifty are looked through.
    fn operation(&self, number: u64) -> Option<Arc<str>> {
        let found = self.running.iter().find(|(_, running)| running.number == number);
        found.map(|(id, _)| Arc::clone(id))
    }

    /// When the clock has to be looked at again.
    fn deadline(&self) -> Instant {
        let timing = &self.config.timing;
        let slow = self.outbox.oldest().map(|oldest| oldest + timing.slow);
        let check = if self.checking.is_none() { Some(self.next_check) } else { None };
        let stage = match &self.stage {
            Stage::Opened(since) => Some(*since + timing.init),
            Stage::Asking { since, .. } => Some(*since + timing.authenticate),
            Stage::Admitted(_, until) => [*until, check].into_iter().flatten().min(),
        };
        [slow, stage].into_iter().flatten().fold(self.next_ping, Instant::min)
    }

    /// Does everything whose time has come.
    fn look_at_clock(&mut self) -> Step {
        let now = Instant::now();
        let timing = &self.config.timing;
        if self.outbox.oldest().is_some_and(|oldest| now >= oldest + timing.slow) {
            return close(protocol::TOO_SLOW);
        }
        match &self.stage {
            Stage::Opened(since) if now >= *since + timing.init => {
                return close(protocol::INIT_TIMEOUT);
            }
            Stage::Asking { since, .. } if now >= *since + timing.authenticate => {
                return close(protocol::BUSY);
            }
            Stage::Admitted(_, Some(until)) if now >= *until => {
                return close(CloseReason::forbidden());
            }
            Stage::Admitted(principal, _) if now >= self.next_check && self.checking.is_none() => {
                self.checking = Some(self.check(principal.clone()));
                self.next_check = now + timing.recheck;
            }
            _ => {}
        }
        if now < self.next_ping {
            return ControlFlow::Continue(());
        }
        if now >= self.heard + timing.ping * 2 {
            return close(protocol::SILENT);
        }
        self.next_ping = now + timing.ping;
        self.say(frame::ping())
    }

    fn check(&self, principal: O::Principal) -> Task {
        let (operations, sender) = (Arc::clone(&self.config.operations), self.sender.clone());
        Task::spawn(&self.config.background, async move {
            let asked = operations.no_longer_valid(&principal);
            let answer = verdict(asked, Some(CloseReason::internal())).await;
            let _ = sender.send(Event::Checked(answer)).await;
        })
    }

    /// Says goodbye for as long as that may take, then ends the connection in any case.
    async fn end(mut self, ending: Ending) {
        let closing = self.config.timing.closing;
        let (code, goodbye) = match ending {
            Ending::Gone => (None, None),
            Ending::Closed => (None, Some((CloseReason::new(1000, ""), None))),
            Ending::Close(reason, readable) => (Some(reason.code), Some((reason, Some(readable)))),
        };
        tracing::debug!(code, "socket ends");
        if let Some((reason, answered)) = goodbye {
            self.outbox.close(frame::close(&reason));
            let _ = timeout(closing, self.be_heard(answered)).await;
        }
        // What was taken by the server in this turn is written before this task goes on.
        tokio::task::yield_now().await;
        match self.connection.cut() {
            Cut::Shut => self.outbox.notice_shut(frame::ping()),
            Cut::NotThere => self.outbox.end(),
        }
    }

    /// Waits until the close frame is written, and answered if it is ours, reading on so that no unread bytes reset the
    /// connection before the client has seen it.
    async fn be_heard(&mut self, answered: Option<Readable>) {
        self.outbox.emptied().await;
        match answered {
            None => {}
            Some(Readable::Yes) => {
                while !matches!(
                    self.inbox.next().await,
                    Input::Closed | Input::Gone | Input::Fault(_, Readable::No)
                ) {}
            }
            Some(Readable::No) => {
                while !self.outbox.is_gone() {
                    self.outbox.changed().await;
                }
            }
        }
    }
}
