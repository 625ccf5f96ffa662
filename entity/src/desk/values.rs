//! Closed sets of values about the desk.

use crate::text_enum::text_enum;

text_enum! {
    /// How a rota tells whose day it is.
    pub enum RotaKind {
        /// By the day of the week.
        Weekly = "WEEKLY",
        /// One after the other, a day each.
        Turns = "TURNS",
    }
}
