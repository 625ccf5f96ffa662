//! What was said before: candidates for joining, for reviewers; and at capture, so that somebody
//! says "me too" instead of the same once more.
//!
//! A text that the asker may not read is never compared with what the asker types, or its words
//! could be guessed by trying. Such submissions are offered by their place and by the name of their
//! root cause alone, and only where at least [`query::ENOUGH`] people stand behind them: that much
//! every employee may know (product.md, "Causes").

pub mod offer;
pub mod query;
pub mod service;
