//! Root causes and links to them.

pub mod cause;
pub mod cause_alias;
pub mod cause_closure;
pub mod cause_edge;
pub mod cause_link;
pub mod cause_merge;
pub mod cause_merge_link;
pub mod folding;
pub mod link_before;
pub mod name;
pub mod progress;
pub mod queue_view;
pub mod queue_view_default;
pub mod small_groups;
pub mod values;
pub mod why;
