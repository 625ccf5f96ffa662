//! One stream from its request to its end.

use std::{ops::ControlFlow, sync::Arc};

use actix_web::HttpRequest;
use tokio::{
    sync::{Semaphore, mpsc, watch},
    time::{Instant, sleep_until, timeout},
};

use super::event;
use crate::http::stream::{
    After, Alive, Answer, CloseReason, Config, Cut, Event, Line, Operations, Origin, Outbox,
    OutboxBody, Phase, Task, Wire, WsRequest, revoked, stopped, verdict,
};

/// Between two pings of a socket there are so many comments: a client that has gone is noticed only when something is
/// written, and proxies take a silent answer for a dead one sooner than a silent socket.
const COMMENTS: u32 = 2;
/// Events of the background runtime that may wait for the session; their bytes are bounded apart from that.
const EVENTS: usize = 32;

/// How a stream comes to its end.
enum Ending {
    /// Everything is said.
    Complete,
    /// We end it.
    Close(CloseReason),
    /// The client has gone.
    Gone,
}

/// Goes on, or ends the stream.
type Step = ControlFlow<Ending>;

fn close(code: u16, reason: &'static str) -> Step {
    ControlFlow::Break(Ending::Close(CloseReason::new(code, reason)))
}

/// A stream that is served.
pub(super) struct Session<O: Operations> {
    config: Arc<Config<O>>,
    principal: O::Principal,
    connection: Wire,
    outbox: Outbox,
    events: mpsc::Receiver<Event<O::Principal>>,
    sender: mpsc::Sender<Event<O::Principal>>,
    phase: watch::Receiver<Phase>,
    revocations: Option<watch::Receiver<u64>>,
    /// When the principal's credentials end.
    until: Option<Instant>,
    next_check: Instant,
    checking: Option<Task>,
    next_comment: Instant,
    operation: Option<Task>,
}

impl<O: Operations> Session<O> {
    /// Starts the operation; the body is what it says.
    pub(super) fn open(
        config: Arc<Config<O>>,
        request: &HttpRequest,
        (principal, asked): (O::Principal, WsRequest),
    ) -> (OutboxBody, Self) {
        let outbox = Outbox::default();
        let body = OutboxBody { outbox: outbox.clone(), _handshake: None };
        let (sender, events) = mpsc::channel(EVENTS);
        let line = Line {
            wording: event::Events,
            number: 1,
            events: sender.clone(),
            room: Arc::new(Semaphore::new(config.limits.queued_bytes as usize)),
            queued_bytes: config.limits.queued_bytes,
        };
        let (operations, caller) = (Arc::clone(&config.operations), principal.clone());
        let drive = line.drive(move || operations.run(caller, asked));
        let operation = Some(Task::spawn(&config.background, drive));
        let now = Instant::now();
        let session = Self {
            connection: Wire::of(request),
            outbox,
            events,
            sender,
            phase: config.phase.clone(),
            revocations: Some(config.operations.revocations()),
            until: config.operations.lasts(&principal).map(|lasts| now + lasts),
            next_check: now + config.timing.recheck,
            checking: None,
            next_comment: now + config.timing.ping / COMMENTS,
            operation,
            principal,
            config,
        };
        // Headers go out with the first bytes: a client that waits for the first event knows that it is heard.
        session.outbox.push(event::comment(), Origin::Socket);
        (body, session)
    }

    /// Serves the stream until it ends.
    pub(super) async fn serve(mut self) {
        let ending = loop {
            if let ControlFlow::Break(ending) = self.step().await {
                break ending;
            }
        };
        self.operation = None;
        self.checking = None;
        self.end(ending).await;
    }

    /// Waits for whatever comes next and does what it asks for.
    async fn step(&mut self) -> Step {
        if self.outbox.is_gone() {
            return ControlFlow::Break(Ending::Gone);
        }
        let deadline = self.deadline();
        tokio::select! {
            Some(event) = self.events.recv() => self.notice(event),
            () = sleep_until(deadline) => self.look_at_clock(),
            () = self.outbox.changed() => ControlFlow::Continue(()),
            () = stopped(&mut self.phase) => close(1012, "Service restart"),
            alive = revoked(&mut self.revocations) => {
                match alive {
                    Alive::Yes => self.next_check = Instant::now(),
                    Alive::No => self.revocations = None,
                }
                ControlFlow::Continue(())
            }
        }
    }

    fn notice(&mut self, event: Event<O::Principal>) -> Step {
        match event {
            Event::Answered(answer) => self.pass_on(answer),
            Event::Checked(Some(reason)) | Event::Authenticated(Err(reason)) => {
                ControlFlow::Break(Ending::Close(reason))
            }
            Event::Checked(None) | Event::Authenticated(Ok(_)) => {
                self.checking = None;
                ControlFlow::Continue(())
            }
        }
    }

    fn pass_on(&self, answer: Answer) -> Step {
        let origin = Origin::Operation { number: answer.number, _share: answer.share };
        self.outbox.push(answer.frame, origin);
        match answer.after {
            After::More => ControlFlow::Continue(()),
            After::Nothing => ControlFlow::Break(Ending::Complete),
        }
    }

    /// When the clock has to be looked at again.
    fn deadline(&self) -> Instant {
        let slow = self.outbox.oldest().map(|oldest| oldest + self.config.timing.slow);
        let check = if self.checking.is_none() { Some(self.next_check) } else { None };
        [slow, check, self.until].into_iter().flatten().fold(self.next_comment, Instant::min)
    }

    /// Does everything whose time has come.
    fn look_at_clock(&mut self) -> Step {
        let now = Instant::now();
        let timing = &self.config.timing;
        if self.outbox.oldest().is_some_and(|oldest| now >= oldest + timing.slow) {
            return close(1013, "Events are not read fast enough");
        }
        if self.until.is_some_and(|until| now >= until) {
            return ControlFlow::Break(Ending::Close(CloseReason::forbidden()));
        }
        if now >= self.next_check && self.checking.is_none() {
            self.next_check = now + timing.recheck;
            self.checking = Some(self.check());
        }
        if now >= self.next_comment {
            self.next_comment = now + timing.ping / COMMENTS;
            self.outbox.push(event::comment(), Origin::Socket);
        }
        ControlFlow::Continue(())
    }

    fn check(&self) -> Task {
        let (operations, sender) = (Arc::clone(&self.config.operations), self.sender.clone());
        let principal = self.principal.clone();
        Task::spawn(&self.config.background, async move {
            let asked = operations.no_longer_valid(&principal);
            let answer = verdict(asked, Some(CloseReason::internal())).await;
            let _ = sender.send(Event::Checked(answer)).await;
        })
    }

    /// Says the last word. Who has not read it in time is cut off.
    async fn end(self, ending: Ending) {
        match ending {
            Ending::Gone => return,
            // As long to read it as everything before.
            Ending::Complete => {
                let _ = timeout(self.config.timing.slow, self.outbox.emptied()).await;
            }
            Ending::Close(reason) => {
                tracing::debug!(code = reason.code, "event stream ends");
                self.outbox.close(event::last(&reason));
                let _ = timeout(self.config.timing.closing, self.outbox.emptied()).await;
            }
        }
        if self.outbox.bytes() == 0 {
            // An ordinary end: the connection may serve the next request.
            return self.outbox.end();
        }
        match self.connection.cut() {
            Cut::Shut => self.outbox.notice_shut(event::comment()),
            Cut::NotThere => self.outbox.end(),
        }
    }
}
