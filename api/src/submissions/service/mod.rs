//! The verbs of capture: send, edit, put the kind right, comment.

mod comment;
mod edit;
mod send;
pub mod words;

pub(crate) use comment::comment_fact;
pub use comment::{Commented, NewComment, comment};
pub use edit::{Edit, correct_kind, edit};
pub use send::{Send, Sent, send};
pub(crate) use send::{identity_like, sent_fact};
pub use words::Words;

/// Whether a create was received before with the same client key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// It was made now.
    Fresh,
    /// It was made before; this is what was made then.
    Already,
}
