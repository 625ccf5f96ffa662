//! Surface of the desk.

pub mod absences;
pub mod leaving;
pub mod load;
pub mod rotas;

use async_graphql::MergedObject;

use crate::user_errors;

user_errors!(DeskUserError, DeskErrorCode, "absences, rotas, load and hand-overs" {
    /// Without the right that this needs.
    Forbidden,
    /// Nothing with this id is there for you.
    NotFound,
    /// A value is missing.
    Required,
    /// A value is not of the right form or range.
    Invalid,
    /// It changed since it was read.
    StaleVersion,
    /// It is over and cannot be changed.
    TooLate,
    /// The client key was used with other content.
    IdempotencyKeyReused,
});

/// Queries.
#[derive(MergedObject, Default)]
pub struct DeskQuery(absences::AbsenceQuery, rotas::RotaQuery, leaving::LeavingQuery);

/// Mutations.
#[derive(MergedObject, Default)]
pub struct DeskMutation(
    absences::AbsenceMutation,
    rotas::RotaMutation,
    load::LoadMutation,
    leaving::LeavingMutation,
);
