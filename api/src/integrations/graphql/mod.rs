//! Surface of what other systems do.

pub mod feed;
