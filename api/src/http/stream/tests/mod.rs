//! What the tests of both transports share.

pub(in crate::http) mod kit;
