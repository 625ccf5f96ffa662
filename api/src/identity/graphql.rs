//! Surface of identity.

use async_graphql::{Context, ID, Object};

use crate::kit::error::Result;
use crate::kit::scope::Scope;

/// A unit.
#[derive(Clone)]
pub struct Unit(pub entity::identity::unit::Model);

/// A unit of the organisation's tree.
#[Object]
impl Unit {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into()
    }
}

impl Unit {
    /// By id.
    pub async fn by_id(_scope: &Scope, _id: &str) -> Result<Option<Self>> {
        Ok(None)
    }
}

/// A person.
#[derive(Clone)]
pub struct Person(pub entity::identity::person::Model);

/// Somebody who works here.
#[Object]
impl Person {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into()
    }
}

impl Person {
    /// By id.
    pub async fn by_id(_scope: &Scope, _id: &str) -> Result<Option<Self>> {
        Ok(None)
    }
}

/// Queries.
#[derive(Default)]
pub struct IdentityQuery;

#[Object]
impl IdentityQuery {
    /// Version of this server.
    async fn server_version(&self, _ctx: &Context<'_>) -> &str {
        env!("CARGO_PKG_VERSION")
    }
}

/// Mutations.
#[derive(Default)]
pub struct IdentityMutation;

#[Object]
impl IdentityMutation {
    /// Ends the session.
    async fn sign_out(&self) -> bool {
        true
    }
}
