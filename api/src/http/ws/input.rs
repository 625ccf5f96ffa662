//! What comes from the client: frames, put together to messages, none of them longer than allowed.

use std::{
    cell::Cell,
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use actix_web::{
    error::PayloadError,
    web::{self, Bytes},
};
use actix_ws::{Item, Message, MessageStream, ProtocolError};
use futures_util::Stream;

use super::CloseReason;

/// What one frame from the client meant.
pub(super) enum Input {
    /// A whole text message.
    Text(String),
    /// To be answered with the same bytes.
    Ping(Bytes),
    /// Nothing to do: a pong, or a part of a message that goes on.
    Nothing,
    /// The client closes.
    Closed,
    /// The connection is gone.
    Gone,
    /// The client broke a rule of this layer; after some faults nothing more can be read.
    Fault(CloseReason, Readable),
}

/// Whether more can be read from a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Readable {
    Yes,
    No,
}

/// The client's side of a socket.
pub(super) struct Inbox {
    frames: MessageStream,
    oversized: Rc<Cell<Oversized>>,
    limit: usize,
    /// The parts of a message that have come so far.
    parts: Option<Vec<u8>>,
}

impl Inbox {
    pub(super) fn new(frames: MessageStream, oversized: Rc<Cell<Oversized>>, limit: usize) -> Self {
        Self { frames: frames.max_frame_size(limit), oversized, limit, parts: None }
    }

    /// Waits for the next frame. May be dropped while it waits without losing anything.
    pub(super) async fn next(&mut self) -> Input {
        match self.frames.recv().await {
            None => Input::Gone,
            Some(Ok(message)) => self.take(message),
            Some(Err(error)) => self.fault(&error),
        }
    }

    fn take(&mut self, message: Message) -> Input {
        match message {
            Message::Text(text) if text.len() > self.limit => too_big(Readable::Yes),
            Message::Text(text) => Input::Text(text.to_string()),
            Message::Ping(bytes) => Input::Ping(bytes),
            Message::Pong(_) | Message::Nop => Input::Nothing,
            Message::Close(_) => Input::Closed,
            Message::Continuation(Item::FirstText(bytes)) => self.begin(&bytes),
            Message::Continuation(Item::Continue(bytes)) => self.extend(&bytes, End::NotYet),
            Message::Continuation(Item::Last(bytes)) => self.extend(&bytes, End::Here),
            Message::Binary(_) | Message::Continuation(Item::FirstBinary(_)) => {
                Input::Fault(CloseReason::new(4400, "Messages are text"), Readable::Yes)
            }
        }
    }

    fn begin(&mut self, bytes: &[u8]) -> Input {
        self.parts = Some(Vec::new());
        self.extend(bytes, End::NotYet)
    }

    fn extend(&mut self, bytes: &[u8], end: End) -> Input {
        let Some(mut parts) = self.parts.take() else {
            return Input::Fault(CloseReason::new(1002, "Nothing to continue"), Readable::Yes);
        };
        if parts.len() + bytes.len() > self.limit {
            return too_big(Readable::Yes);
        }
        parts.extend_from_slice(bytes);
        match end {
            End::NotYet => {
                self.parts = Some(parts);
                Input::Nothing
            }
            End::Here => String::from_utf8(parts).map_or_else(|_| not_text(), Input::Text),
        }
    }

    fn fault(&self, error: &ProtocolError) -> Input {
        match error {
            _ if self.oversized.get() == Oversized::Seen => too_big(Readable::No),
            ProtocolError::Overflow => too_big(Readable::No),
            ProtocolError::Io(error) if error.kind() == io::ErrorKind::InvalidData => not_text(),
            ProtocolError::Io(_) => Input::Gone,
            _ => Input::Fault(CloseReason::new(1002, "Protocol error"), Readable::No),
        }
    }
}

enum End {
    NotYet,
    Here,
}

fn too_big(readable: Readable) -> Input {
    Input::Fault(CloseReason::new(1009, "Message too big"), readable)
}

fn not_text() -> Input {
    Input::Fault(CloseReason::new(1007, "Messages are UTF-8"), Readable::No)
}

/// Whether the gate has met a frame that is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Oversized {
    NotSeen,
    Seen,
}

/// Reads along with the headers of frames and stops the bytes at the first frame that announces too much.
///
/// The decoder behind it looks at the length of a frame only when all of it has arrived, so without the gate one frame
/// of 64 MiB would be held in memory before it is refused.
pub(super) struct Gate {
    bytes: web::Payload,
    limit: u64,
    oversized: Rc<Cell<Oversized>>,
    header: Vec<u8>,
    /// Bytes of the current frame's content that are still to come.
    content: u64,
}

impl Gate {
    pub(super) fn new(bytes: web::Payload, limit: usize, oversized: Rc<Cell<Oversized>>) -> Self {
        Self {
            bytes,
            limit: limit as u64,
            oversized,
            header: Vec::with_capacity(LONGEST_HEADER),
            content: 0,
        }
    }

    fn admits(&mut self, chunk: &[u8]) -> bool {
        let mut rest = chunk;
        while !rest.is_empty() {
            let content = usize::try_from(self.content).unwrap_or(usize::MAX).min(rest.len());
            rest = rest.get(content..).unwrap_or_default();
            self.content -= content as u64;
            let Some((&byte, after)) = rest.split_first() else { break };
            self.header.push(byte);
            rest = after;
            if let Some(length) = announced(&self.header) {
                if length > self.limit {
                    return false;
                }
                self.header.clear();
                self.content = length;
            }
        }
        true
    }
}

/// Two bytes, eight for the length, four for the mask.
const LONGEST_HEADER: usize = 14;

/// The length of a frame's content once its header is complete (RFC 6455, section 5.2).
fn announced(header: &[u8]) -> Option<u64> {
    let &[_, second, ref rest @ ..] = header else { return None };
    let mask = if second & 0x80 == 0 { 0 } else { 4 };
    let (size, short) = match second & 0x7f {
        126 => (2, 0),
        127 => (8, 0),
        short => (0, u64::from(short)),
    };
    if rest.len() < size + mask {
        return None;
    }
    Some(rest.iter().take(size).fold(short, |length, &byte| (length << 8) | u64::from(byte)))
}

impl Stream for Gate {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.oversized.get() == Oversized::Seen {
            return Poll::Ready(None);
        }
        match Pin::new(&mut self.bytes).poll_next(cx) {
            Poll::Ready(Some(Ok(chunk))) if !self.admits(&chunk) => {
                self.oversized.set(Oversized::Seen);
                Poll::Ready(Some(Err(PayloadError::Overflow)))
            }
            other => other,
        }
    }
}
