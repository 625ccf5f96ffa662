//! From decision to done: plans and their items, who helps, trials, outcomes.

pub mod adoption;
pub mod amount;
pub mod check;
pub mod confirmation;
pub mod copying;
pub mod due;
pub mod figure;
pub mod help;
pub mod item;
pub mod outcome;
pub mod plan;
pub mod proof;
pub mod trial;
pub mod values;
pub mod wait;
pub mod work;
