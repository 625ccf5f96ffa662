//! Work for a session that runs on the background runtime and reports back to it.

use std::{future::Future, panic::AssertUnwindSafe, sync::Arc};

use actix_web::web::Bytes;
use futures_util::{FutureExt, StreamExt, stream::BoxStream};
use serde_json::Value;
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    task::JoinHandle,
};

use super::CloseReason;

/// What follows after an answer of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum After {
    More,
    Nothing,
}

/// How a transport writes what an operation says.
pub(in crate::http) trait Wording: Send + Sync + 'static {
    /// One GraphQL response; one without `data` ends the operation.
    fn answer(&self, response: Value) -> (Bytes, After);
    /// The operation broke.
    fn failure(&self, code: &str, message: &str) -> Bytes;
    /// The operation has ended by itself.
    fn complete(&self) -> Bytes;
}

/// What a session hears from its work.
pub(in crate::http) enum Event<P> {
    /// The principal, or why there is none.
    Authenticated(Result<P, CloseReason>),
    /// Whether the principal has to go.
    Checked(Option<CloseReason>),
    /// A frame of an operation.
    Answered(Answer),
}

/// A frame of an operation, with its share of the bytes that may wait.
pub(in crate::http) struct Answer {
    pub(in crate::http) number: u64,
    pub(in crate::http) frame: Bytes,
    pub(in crate::http) share: OwnedSemaphorePermit,
    pub(in crate::http) after: After,
}

/// A task that ends when this is dropped.
pub(in crate::http) struct Task(JoinHandle<()>);

impl Task {
    pub(in crate::http) fn spawn(
        on: &Handle,
        work: impl Future<Output = ()> + Send + 'static,
    ) -> Self {
        Self(on.spawn(work))
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The way from an operation to its session.
pub(in crate::http) struct Line<P, W> {
    pub(in crate::http) wording: W,
    /// Tells operations apart that use the same id one after the other.
    pub(in crate::http) number: u64,
    pub(in crate::http) events: mpsc::Sender<Event<P>>,
    /// Bytes that may wait on this socket.
    pub(in crate::http) room: Arc<Semaphore>,
    /// All of `room`: what a frame takes that is longer than that.
    pub(in crate::http) queued_bytes: u32,
}

/// The session has ended.
struct Hung;

impl<P, W: Wording> Line<P, W> {
    /// Drives an operation to its end; a panic in it ends the operation, not the socket.
    pub(in crate::http) async fn drive(
        self,
        start: impl FnOnce() -> BoxStream<'static, Value> + Send,
    ) {
        let driven = AssertUnwindSafe(self.answer_all(start)).catch_unwind().await;
        if driven.is_err() {
            let frame = self.wording.failure("INTERNAL", "the operation failed");
            let _ = self.send(frame, After::Nothing).await;
        }
    }

    async fn answer_all(
        &self,
        start: impl FnOnce() -> BoxStream<'static, Value> + Send,
    ) -> Result<(), Hung> {
        let mut responses = start();
        while let Some(response) = responses.next().await {
            let (frame, after) = self.wording.answer(response);
            self.send(frame, after).await?;
            if after == After::Nothing {
                return Ok(());
            }
        }
        self.send(self.wording.complete(), After::Nothing).await
    }

    /// Hands over a message when there is room for it.
    async fn send(&self, frame: Bytes, after: After) -> Result<(), Hung> {
        let length = u32::try_from(frame.len()).unwrap_or(u32::MAX).min(self.queued_bytes);
        let share = Arc::clone(&self.room).acquire_many_owned(length).await.map_err(|_| Hung)?;
        let answer = Answer { number: self.number, frame, share, after };
        self.events.send(Event::Answered(answer)).await.map_err(|_| Hung)
    }
}

/// Waits for a verdict on a principal; if the verdict panics, `otherwise` stands.
pub(in crate::http) async fn verdict<T>(work: impl Future<Output = T>, otherwise: T) -> T {
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or(otherwise)
}
