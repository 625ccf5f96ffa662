//! Where new submissions go by themselves: rules with conditions, and what they do.
//!
//! A reader of the fact log applies them, once to each new submission, after it was received: a
//! rule never delays or fails a sending. All rules apply, in their order; of two that set the same
//! value the first wins. A rule hands to a function, gives to a reviewer, adds tags, links to a root
//! cause; it moves no phase and opens nothing: that takes a person's look.
//!
//! States `rule.created`, `rule.updated`, `rule.archived`; and, with the rule as its source and the
//! system as the actor, `submission.handed_over`, `submission.assigned`, `submission.triaged`,
//! `cause.linked`. Imports identity, submissions, triage, workflow.

pub mod applying;
pub mod graphql;
pub mod loader;
pub mod matching;
pub mod policy;
pub mod preview;
pub mod query;
pub mod reader;
pub mod service;
