//! Look-ahead: a list of submissions, and one submission, read with all that is selected of them in
//! one statement, rights included (docs/adr/0019).
//!
//! A screen knows from the selection which edges will be gone along. It reads them with the rows and
//! lays them where resolvers look first: the edges of the page (`submissions::graphql::row`) and what
//! is ready for batches (`graphql::ready`). Resolvers do not know of it; what was not foreseen is read
//! by batches, as everywhere, with the same result. `LookAhead::Off` is for tests that compare both.
//!
//! Conditions of visibility come from the features' own queries; here stands none.

mod ahead;
pub mod detail;
mod fill;
pub mod lists;
mod query;
mod selection;
