//! Surface of identity.

use async_graphql::MergedObject;

/// The scope of the request, or the field's error.
macro_rules! asked {
    ($ctx:expr) => {
        match $crate::graphql::payload::scope($ctx) {
            Ok(scope) => scope,
            Err(error) => return Some(Err(error)),
        }
    };
}

pub mod devices;
pub mod integrations;
pub mod people;
pub mod sign_in;
pub mod types;
pub mod units;
pub mod viewer;

pub use devices::Device;
pub use integrations::{ApiToken, Service};
pub use people::Person;
pub use types::{Grant, Session};
pub use units::Unit;

/// Queries.
#[derive(MergedObject, Default)]
pub struct IdentityQuery(
    viewer::ViewerQuery,
    units::UnitQuery,
    people::PersonQuery,
    devices::DeviceQuery,
    integrations::ServiceQuery,
);

/// Mutations.
#[derive(MergedObject, Default)]
pub struct IdentityMutation(
    sign_in::SignInMutation,
    units::UnitMutation,
    people::PersonMutation,
    devices::DeviceMutation,
    integrations::ServiceMutation,
);
