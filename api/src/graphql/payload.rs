//! How results and refusals become payloads: what a person can mend goes to `userErrors`, the
//! rest to top-level `errors` with a code and a trace id.

use async_graphql::{Context, ErrorExtensions as _};

use crate::kit::catalogue::Told;
use crate::kit::error::{Code, Error, Fault, Refusal, Result};
use crate::kit::scope::Scope;
use crate::kit::secret;

/// The scope of the request.
///
/// # Errors
/// Never in a served request; a fault if the request data was not attached.
pub fn scope<'a>(ctx: &Context<'a>) -> async_graphql::Result<&'a Scope> {
    ctx.data::<Scope>()
}

/// A payload that can be made of a refusal.
pub trait Payload: Sized {
    /// The payload with the refusal as its only user error; `None` when its area does not list the
    /// code: then it is told at top level.
    fn refused(refusal: &Refusal) -> Option<Self>;
}

/// The result of a mutation: the payload, or a top-level error.
pub fn settle<P: Payload, T>(
    result: Result<T>,
    payload: impl FnOnce(T) -> P,
) -> Option<async_graphql::Result<P>> {
    Some(match result {
        Ok(value) => Ok(payload(value)),
        Err(Error::Refusal(refusal)) => {
            P::refused(&refusal).ok_or_else(|| told(&Error::Refusal(refusal)))
        }
        Err(error) => Err(told(&error)),
    })
}

/// The result of a field of a query: the value, or a top-level error.
pub fn answer<T>(result: Result<T>) -> Option<async_graphql::Result<T>> {
    Some(result.map_err(|error| told(&error)))
}

/// As [`answer`], for things that may simply not be there for the asker: then the field is null.
pub fn answer_or_null<T>(result: Result<Option<T>>) -> Option<async_graphql::Result<T>> {
    match result {
        Ok(value) => value.map(Ok),
        Err(error) => Some(Err(told(&error))),
    }
}

/// The top-level form of an error. Faults are logged in full here and told as a trace id.
#[must_use]
pub fn told(error: &Error) -> async_graphql::Error {
    match error {
        Error::Refusal(refusal) => {
            async_graphql::Error::new(refusal.message.clone()).extend_with(|_, extensions| {
                extensions.set("code", at_top(refusal.code).as_str());
                if !refusal.field.is_empty() {
                    extensions.set("field", refusal.field.clone());
                }
            })
        }
        Error::Fault(fault) => told_fault(fault),
    }
}

/// The code that a refusal has among the top-level errors, which is a closed list: what only a mutation's
/// `userErrors` tell apart is there a malformed request, and `field` and message say what about it.
const fn at_top(code: Code) -> Code {
    match code.entry().told {
        Told::User => Code::BadRequest,
        Told::Top | Told::Both | Told::Stream => code,
    }
}

fn told_fault(fault: &Fault) -> async_graphql::Error {
    let trace_id = secret::trace_id();
    tracing::error!(trace_id, code = fault.code.as_str(), detail = fault.detail, "fault");
    let message = match fault.code {
        Code::StorageFull => {
            "The disk of the server is full. Reading still works; try again later."
        }
        Code::Unavailable => "The database cannot be reached for a moment. Try again.",
        Code::Conflict => {
            "Somebody changed the same thing at the same moment. Nothing was done: send it again."
        }
        _ => {
            "Something went wrong on our side. Nothing was changed. Try again, and give the trace id to your administrator if it stays."
        }
    };
    async_graphql::Error::new(message).extend_with(|_, extensions| {
        extensions.set("code", fault.code.as_str());
        extensions.set("traceId", trace_id);
    })
}

/// Declares the user error of one feature area: its type and its closed list of codes.
#[macro_export]
macro_rules! user_errors {
    ($error:ident, $code:ident, $area:literal { $($(#[$doc:meta])* $variant:ident),+ $(,)? }) => {
        #[doc = concat!("What can be wrong in ", $area, ".")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
        pub enum $code {
            $($(#[$doc])* $variant,)+
        }

        #[doc = concat!("Something that a person can mend, in ", $area, ".")]
        #[derive(Clone, Debug, async_graphql::SimpleObject)]
        pub struct $error {
            /// Path of the input field, outermost first; empty when the whole request is meant.
            pub field: Vec<String>,
            /// The meaning, for programs.
            pub code: $code,
            /// What is wrong and what to do, for people.
            pub message: String,
            /// What would have been accepted, where that is a short list.
            pub allowed: Vec<String>,
        }

        impl $error {
            /// The user error of a refusal whose code this area lists.
            #[must_use]
            pub fn of(refusal: &$crate::kit::error::Refusal) -> Option<Self> {
                let code = match refusal.code {
                    $($crate::kit::error::Code::$variant => $code::$variant,)+
                    _ => return None,
                };
                Some(Self {
                    field: refusal.field.clone(),
                    code,
                    message: refusal.message.clone(),
                    allowed: refusal.allowed.clone(),
                })
            }
        }
    };
}

/// Declares the payload of one mutation: nullable results and `userErrors`.
#[macro_export]
macro_rules! payload {
    ($(#[$doc:meta])* $name:ident, $error:ident { $($(#[$on:meta])* $field:ident: $kind:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(async_graphql::SimpleObject)]
        pub struct $name {
            $($(#[$on])* pub $field: Option<$kind>,)*
            /// What a person can mend; empty when it worked.
            pub user_errors: Vec<$error>,
        }

        impl $name {
            /// It worked.
            #[must_use]
            pub fn done($($field: $kind),*) -> Self {
                Self { $($field: Some($field),)* user_errors: Vec::new() }
            }
        }

        impl $crate::graphql::payload::Payload for $name {
            fn refused(refusal: &$crate::kit::error::Refusal) -> Option<Self> {
                let error = $error::of(refusal)?;
                Some(Self { $($field: None,)* user_errors: vec![error] })
            }
        }
    };
}
