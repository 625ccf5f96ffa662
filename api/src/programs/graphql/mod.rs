//! Surface of programmes, catalogues and settings.

pub mod inputs;
pub mod mutations;
pub mod queries;
pub mod types;

use async_graphql::{Context, MaybeUndefined};

pub use mutations::ProgramsMutation;
pub use queries::ProgramsQuery;
pub use types::{Phase, Program, Reason, Settings, Status};

use crate::kit::change::Change;
use crate::kit::error::{Fault, Result};
use crate::kit::scope::Scope;

fn signed_in<'a>(ctx: &Context<'a>) -> Result<&'a Scope> {
    let scope = ctx.data::<Scope>().map_err(|_| Fault::internal("no scope"))?;
    scope.actor.require_signed_in()?;
    Ok(scope)
}

/// The three states of a field of a patch.
pub fn patch<T, U>(given: MaybeUndefined<T>, with: impl FnOnce(T) -> U) -> Change<U> {
    match given {
        MaybeUndefined::Undefined => Change::Keep,
        MaybeUndefined::Null => Change::Clear,
        MaybeUndefined::Value(value) => Change::Set(with(value)),
    }
}
