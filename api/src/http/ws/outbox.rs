//! Frames for the client: a queue that knows its bytes, and the response body that empties it.
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
    web::{Bytes, BytesMut},
};
use tokio::{
    sync::{Notify, OwnedSemaphorePermit},
    time::Instant,
};

use super::CloseReason;

const TEXT: u8 = 0x1;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xA;

/// Reason texts of close frames end here: 125 bytes of a control frame less two for the code.
const LONGEST_REASON: usize = 123;

/// A text frame.
pub(super) fn text(message: &str) -> Bytes {
    frame(TEXT, message.as_bytes())
}

/// A ping frame without content.
pub(super) fn ping() -> Bytes {
    frame(PING, b"")
}

/// A pong frame with the content of the ping that it answers.
pub(super) fn pong(content: &[u8]) -> Bytes {
    frame(PONG, content)
}

fn close(reason: &CloseReason) -> Bytes {
    let words = reason.reason.as_ref();
    let end = words.floor_char_boundary(LONGEST_REASON);
    let mut content = reason.code.to_be_bytes().to_vec();
    content.extend_from_slice(words.get(..end).unwrap_or_default().as_bytes());
    frame(CLOSE, &content)
}

/// One frame, final and unmasked as a server's frames are (RFC 6455, section 5.2).
fn frame(kind: u8, content: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(content.len() + 10);
    frame.extend_from_slice(&[0x80 | kind]);
    match (u8::try_from(content.len()), u16::try_from(content.len())) {
        (Ok(length @ 0..=125), _) => frame.extend_from_slice(&[length]),
        (_, Ok(length)) => {
            frame.extend_from_slice(&[126]);
            frame.extend_from_slice(&length.to_be_bytes());
        }
        _ => {
            frame.extend_from_slice(&[127]);
            frame.extend_from_slice(&(content.len() as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(content);
    frame.freeze()
}

/// What a frame belongs to.
pub(super) enum Origin {
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
    /// The close frame is the last one.
    Closing,
    /// The body ends when all frames are taken.
    Ended,
    /// Nobody takes frames any more.
    Gone,
}

/// The queue, shared by a session and the body of its response.
#[derive(Clone, Default)]
pub(super) struct Outbox {
    queue: Rc<RefCell<Queue>>,
    changed: Rc<Notify>,
}

impl Outbox {
    /// Puts a frame at the end, unless the close frame is there already.
    pub(super) fn push(&self, frame: Bytes, origin: Origin) {
        let mut queue = self.queue.borrow_mut();
        if queue.state == State::Open {
            queue.put(frame, origin);
        }
    }

    /// Replaces all that waits by the close frame.
    pub(super) fn close(&self, reason: &CloseReason) {
        let mut queue = self.queue.borrow_mut();
        if queue.state == State::Open {
            queue.frames.clear();
            queue.bytes = 0;
            queue.state = State::Closing;
            queue.put(close(reason), Origin::Socket);
        }
    }

    /// Makes the server notice that its socket was shut: it does so when it writes, so it gets something to write.
    ///
    /// Merely ending the body would not do. The server would then read and throw away, for seconds, what a client goes
    /// on to send.
    pub(super) fn notice_shut(&self) {
        let mut queue = self.queue.borrow_mut();
        if queue.state != State::Gone {
            queue.put(ping(), Origin::Socket);
        }
    }

    /// Ends the body.
    pub(super) fn end(&self) {
        let mut queue = self.queue.borrow_mut();
        if queue.state != State::Gone {
            queue.state = State::Ended;
            queue.wake();
        }
    }

    /// Takes back what an operation has waiting here.
    pub(super) fn forget(&self, number: u64) {
        let mut queue = self.queue.borrow_mut();
        queue.frames.retain(|waiting| !matches!(waiting.origin, Origin::Operation { number: of, .. } if of == number));
        queue.bytes = queue.frames.iter().map(|waiting| waiting.frame.len()).sum();
    }

    /// Bytes that wait.
    pub(super) fn bytes(&self) -> usize {
        self.queue.borrow().bytes
    }

    /// Since when the oldest frame waits.
    pub(super) fn oldest(&self) -> Option<Instant> {
        self.queue.borrow().frames.front().map(|waiting| waiting.since)
    }

    /// Whether the connection has ended.
    pub(super) fn is_gone(&self) -> bool {
        self.queue.borrow().state == State::Gone
    }

    /// Waits until a frame was taken or the connection has ended.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Waits until nothing is left to be taken.
    pub(super) async fn emptied(&self) {
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
pub(super) struct OutboxBody {
    pub(super) outbox: Outbox,
    /// The body that the handshake came with. It is never read, but its end tells the reading side that the connection
    /// has ended.
    pub(super) _handshake: BoxBody,
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
