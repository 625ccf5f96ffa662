//! Three-state input fields: omitted keeps, `null` clears, a value sets.

use async_graphql::MaybeUndefined;

use crate::kit::change::Change;

/// What an input field of an update asks for.
#[must_use]
pub fn change<T, U>(given: MaybeUndefined<T>, with: impl FnOnce(T) -> U) -> Change<U> {
    match given {
        MaybeUndefined::Undefined => Change::Keep,
        MaybeUndefined::Null => Change::Clear,
        MaybeUndefined::Value(value) => Change::Set(with(value)),
    }
}

/// As [`change`], for values that may be refused.
///
/// # Errors
/// What `with` answers.
pub fn try_change<T, U, E>(
    given: MaybeUndefined<T>,
    with: impl FnOnce(T) -> Result<U, E>,
) -> Result<Change<U>, E> {
    Ok(match given {
        MaybeUndefined::Undefined => Change::Keep,
        MaybeUndefined::Null => Change::Clear,
        MaybeUndefined::Value(value) => Change::Set(with(value)?),
    })
}
