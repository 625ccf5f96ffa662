//! Frames or events for the client: a queue that knows its bytes, and the response body that empties it.
//!
//! The server takes a frame only when it can be written, so what is still in the queue is what the client has not
//! read. Both ends live on one thread.

use std::{
    cell::RefCell,
    collections::VecDeque,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use actix_web::{
    body::{BodySize, BoxBody, MessageBody},
    web::Bytes,
};
use tokio::{
    sync::{Notify, OwnedSemaphorePermit},
    time::Instant,
};

/// What a frame belongs to.
pub(in crate::http) enum Origin {
    /// The socket itself.
    Socket,
    /// An operation.
    Operation {
        /// Which one.
        number: u64,
        /// Its share of the bytes that may wait, given back when the frame is taken.
        _share: OwnedSemaphorePermit,
    },
}

struct Waiting {
    frame: Bytes,
    origin: Origin,
    since: Instant,
}

#[derive(Default)]
struct Queue {
    frames: VecDeque<Waiting>,
    bytes: usize,
    reader: Option<Waker>,
    state: State,
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Frames are taken.
    #[default]
    Open,
    /// The last frame waits or is taken.
    Closing,
    /// The body ends when all frames are taken.
    Ended,
    /// Nobody takes frames any more.
    Gone,
}

/// The queue, shared by a session and the body of its response.
#[derive(Clone, Default)]
pub(in crate::http) struct Outbox {
    queue: Rc<RefCell<Queue>>,
    changed: Rc<Notify>,
}

impl Outbox {
    /// Puts a frame at the end, unless the last one is there already.
    pub(in crate::http) fn push(&self, frame: Bytes, origin: Origin) {
        let mut queue = self.queue.borrow_mut();
        if queue.state == State::Open {
            queue.put(frame, origin);
        }
    }

    /// Replaces all that waits by the last frame.
    pub(in crate::http) fn close(&self, last: Bytes) {
        let mut queue = self.queue.borrow_mut();
        if queue.state == State::Open {
            queue.frames.clear();
            queue.bytes = 0;
            queue.state = State::Closing;
            queue.put(last, Origin::Socket);
        }
    }

    /// Makes the server notice that its socket was shut: it does so when it writes, so it gets something to write.
    ///
    /// Merely ending the body would not do. The server would then read and throw away, for seconds, what a client goes
    /// on to send.
    pub(in crate::http) fn notice_shut(&self, anything: Bytes) {
        let mut queue = self.queue.borrow_mut();
        if queue.state != State::Gone {
            queue.put(anything, Origin::Socket);
        }
    }

    /// Ends the body.
    pub(in crate::http) fn end(&self) {
        let mut queue = self.queue.borrow_mut();
        if queue.state != State::Gone {
            queue.state = State::Ended;
            queue.wake();
        }
    }

    /// Takes back what an operation has waiting here.
    pub(in crate::http) fn forget(&self, number: u64) {
        let mut queue = self.queue.borrow_mut();
        queue.frames.retain(|waiting| !matches!(waiting.origin, Origin::Operation { number: of, .. } if of == number));
        queue.bytes = queue.frames.iter().map(|waiting| waiting.frame.len()).sum();
    }

    /// Bytes that wait.
    pub(in crate::http) fn bytes(&self) -> usize {
        self.queue.borrow().bytes
    }

    /// Since when the oldest frame waits.
    pub(in crate::http) fn oldest(&self) -> Option<Instant> {
        self.queue.borrow().frames.front().map(|waiting| waiting.since)
    }

    /// Whether the connection has ended.
    pub(in crate::http) fn is_gone(&self) -> bool {
        self.queue.borrow().state == State::Gone
    }

    /// Waits until a frame was taken or the connection has ended.
    pub(in crate::http) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Waits until nothing is left to be taken.
    pub(in crate::http) async fn emptied(&self) {
        while self.bytes() > 0 && !self.is_gone() {
            self.changed().await;
        }
    }
}

impl Queue {
    fn put(&mut self, frame: Bytes, origin: Origin) {
        self.bytes += frame.len();
        self.frames.push_back(Waiting { frame, origin, since: Instant::now() });
        self.wake();
    }

    fn wake(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}

/// The body of the response that opened the socket.
pub(in crate::http) struct OutboxBody {
    pub(in crate::http) outbox: Outbox,
    /// The body that a WebSocket handshake came with. It is never read, but its end tells the reading side that the
    /// connection has ended.
    pub(in crate::http) _handshake: Option<BoxBody>,
}

impl MessageBody for OutboxBody {
    type Error = std::convert::Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let mut queue = self.outbox.queue.borrow_mut();
        if let Some(waiting) = queue.frames.pop_front() {
            queue.bytes = queue.bytes.saturating_sub(waiting.frame.len());
            self.outbox.changed.notify_one();
            return Poll::Ready(Some(Ok(waiting.frame)));
        }
        if queue.state == State::Ended {
            return Poll::Ready(None);
        }
        queue.reader = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for OutboxBody {
    fn drop(&mut self) {
        let mut queue = self.outbox.queue.borrow_mut();
        queue.state = State::Gone;
        queue.frames.clear();
        queue.bytes = 0;
        self.outbox.changed.notify_one();
    }
}
