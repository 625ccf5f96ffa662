//! Two reviewers empty a queue of real sentences; an independent recount agrees.
