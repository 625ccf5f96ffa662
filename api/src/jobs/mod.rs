//! Background work: rows written in the transaction that wants them, done by workers afterwards.
//!
//! - `queue`: ask for work, take it under a lease, finish it or put it back;
//! - `post`: ask for a mail; `recount`: ask that clocks be counted anew;
//! - `query`: the statements;
//! - `worker`: takes jobs and makes rounds;
//! - `schedule`: what falls due by the clock; `timed`: the ledger of what it did;
//! - `roster`: which room does which work;
//! - `graphql`, `service`: dead letters, for administrators.
//!
//! Nothing is lost: a job exists exactly when the change that wanted it was committed, and goes only
//! when its work is done, or becomes a dead letter that an administrator can revive. Work may be
//! done twice (a worker that dies after the deed and before the tick), so every work is idempotent.

pub mod graphql;
pub mod post;
pub mod query;
pub mod queue;
pub mod recount;
pub mod roster;
pub mod schedule;
pub mod service;
pub mod timed;
pub mod worker;
