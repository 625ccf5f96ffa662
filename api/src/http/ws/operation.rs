//! Work for a socket that runs on the background runtime and reports back to its session.

use std::{future::Future, panic::AssertUnwindSafe, sync::Arc};

use actix_web::web::Bytes;
use futures_util::{FutureExt, StreamExt, stream::BoxStream};
use serde_json::Value;
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    task::JoinHandle,
};

use super::{
    CloseReason, outbox,
    protocol::{self, After},
};

/// What a session hears from its work.
pub(super) enum Event<P> {
    /// The principal, or why there is none.
    Authenticated(Result<P, CloseReason>),
    /// Whether the principal has to go.
    Checked(Option<CloseReason>),
    /// A frame of an operation.
    Answered(Answer),
}

/// A frame of an operation, with its share of the bytes that may wait.
pub(super) struct Answer {
    pub(super) id: Arc<str>,
    pub(super) number: u64,
    pub(super) frame: Bytes,
    pub(super) share: OwnedSemaphorePermit,
    pub(super) after: After,
}

/// A task that ends when this is dropped.
pub(super) struct Task(JoinHandle<()>);

impl Task {
    pub(super) fn spawn(on: &Handle, work: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(on.spawn(work))
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The way from an operation to its session.
pub(super) struct Line<P> {
    pub(super) id: Arc<str>,
    /// Tells operations apart that use the same id one after the other.
    pub(super) number: u64,
    pub(super) events: mpsc::Sender<Event<P>>,
    /// Bytes that may wait on this socket.
    pub(super) room: Arc<Semaphore>,
    /// All of `room`: what a frame takes that is longer than that.
    pub(super) queued_bytes: u32,
}

/// The session has ended.
struct Hung;

impl<P> Line<P> {
    /// Drives an operation to its end; a panic in it ends the operation, not the socket.
    pub(super) async fn drive(self, start: impl FnOnce() -> BoxStream<'static, Value> + Send) {
        let driven = AssertUnwindSafe(self.answer_all(start)).catch_unwind().await;
        if driven.is_err() {
            let message = protocol::failure(&self.id, "INTERNAL", "the operation failed");
            let _ = self.send(&message, After::Nothing).await;
        }
    }

    async fn answer_all(
        &self,
        start: impl FnOnce() -> BoxStream<'static, Value> + Send,
    ) -> Result<(), Hung> {
        let mut responses = start();
        while let Some(response) = responses.next().await {
            let (message, after) = protocol::answer(&self.id, response);
            self.send(&message, after).await?;
            if after == After::Nothing {
                return Ok(());
            }
        }
        self.send(&protocol::complete(&self.id), After::Nothing).await
    }

    /// Hands over a message when there is room for it.
    async fn send(&self, message: &str, after: After) -> Result<(), Hung> {
        let frame = outbox::text(message);
        let length = u32::try_from(frame.len()).unwrap_or(u32::MAX).min(self.queued_bytes);
        let share = Arc::clone(&self.room).acquire_many_owned(length).await.map_err(|_| Hung)?;
        let answer = Answer { id: Arc::clone(&self.id), number: self.number, frame, share, after };
        self.events.send(Event::Answered(answer)).await.map_err(|_| Hung)
    }
}

/// Waits for a verdict on a principal; if the verdict panics, `otherwise` stands.
pub(super) async fn verdict<T>(work: impl Future<Output = T>, otherwise: T) -> T {
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or(otherwise)
}
