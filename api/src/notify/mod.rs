//! Telling people: a reader of the fact log that writes notifications, and the mails that go with them.
//!
//! - `telling`: who is told what, pure; `reader`: reads the log and writes it down; `ahead`: what that
//!   looks up for many facts at once;
//! - `writing`: notifications, mails and lines of digests, as everybody wants them;
//! - `hearing`: how often people hear of what, `replanning`: what waits follows a new choice; `digest`: what
//!   is told together; `still_fixed`: what is asked together;
//! - `announcing`: tells the people of units, some at a time;
//! - `letter`: what a mail says, with the rights of the moment; `mailer`: sends it;
//! - `following`: streams that can be continued from a cursor;
//! - `preview`: a reply as its author would get it;
//! - `smtp`, `message`, `capture`, `templates`, `words`: the mail boundary;
//! - `rights`: what somebody may read who is not asking; `links`: addresses in mails.
//!
//! Nobody imports this room but what wires the process; it reads facts and everybody's queries.

mod ahead;
pub mod announcing;
pub mod capture;
pub mod digest;
pub mod following;
pub mod graphql;
pub mod hearing;
pub mod letter;
pub mod links;
pub mod mailer;
pub mod message;
pub mod offering;
pub mod preview;
pub mod query;
pub mod reader;
pub mod reminding;
mod replanning;
mod resolving;
pub mod rights;
mod second_look;
pub mod service;
pub mod smtp;
mod still_fixed;
pub mod subscription;
pub mod sweeping;
pub mod telling;
pub mod templates;
pub mod words;
mod writing;
