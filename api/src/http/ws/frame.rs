//! Frames for the client (RFC 6455, section 5.2).

use actix_web::web::{Bytes, BytesMut};

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

/// The last frame.
pub(super) fn close(reason: &CloseReason) -> Bytes {
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
