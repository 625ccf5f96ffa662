//! Types of identity that other features link.

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

    /// Name as shown.
    async fn name(&self) -> &str {
        &self.0.name
    }
}

impl Person {
    /// By id.
    pub async fn by_id(_scope: &Scope, _id: &str) -> Result<Option<Self>> {
        Ok(None)
    }
}

/// The asker.
#[derive(Default)]
pub struct ViewerQuery;

#[Object]
impl ViewerQuery {
    /// Version of this server.
    async fn server_version(&self, _ctx: &Context<'_>) -> &str {
        env!("CARGO_PKG_VERSION")
    }
}
