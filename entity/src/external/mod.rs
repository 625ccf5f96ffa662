//! What things are called in other systems.

pub mod external_link;
pub mod naming;
pub mod taken_out;
