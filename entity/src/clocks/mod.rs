//! Service levels: business calendars, and the clocks that run on them (product.md, "Service levels").

pub mod calendar;
pub mod clock;
pub mod coverage;
pub mod escalated;
pub mod hours;
pub mod machine;
pub mod values;
