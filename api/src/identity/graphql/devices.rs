//! Devices on which staff sign in.

use async_graphql::{Context, Enum, ID, InputObject, Object};
use entity::id::DeviceId;
use entity::identity::device;

use super::types::OrganisationUserError;
use super::{Person, Unit};
use crate::graphql::list::{count_wanted, id_at, some_id_at};
use crate::graphql::payload::{answer, answer_or_null, settle};
use crate::graphql::scalars::DateTime;
use crate::identity::service::devices::{self, NewDevice};
use crate::identity::service::lists;
use crate::identity::{fields, loader, query};
use crate::kit::error::Result;
use crate::kit::page::PageArgs;
use crate::kit::scope::Scope;
use crate::{connection, payload};

/// What sort of device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::identity::values::DeviceKind")]
pub enum DeviceKind {
    /// Used by many: nobody stays signed in.
    Shared,
    /// A person's own phone.
    Personal,
}

/// A device.
#[derive(Clone)]
pub struct Device(pub device::Model);

/// An enrolled device. Seen by managers, administrators and auditors of its unit.
#[Object]
impl Device {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// Display name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Shared or personal.
    async fn kind(&self) -> DeviceKind {
        self.0.kind.into()
    }

    /// Where it stands.
    async fn unit(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Unit>> {
        answer_or_null(loader::unit(ctx, self.0.unit_id).await.map(|it| it.map(Unit)))
    }

    /// Who enrolled it.
    async fn enrolled_by(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Person>> {
        let id = self.0.enrolled_by?;
        answer_or_null(loader::person(ctx, id).await.map(|it| it.map(Person)))
    }

    /// When it was enrolled.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it was taken out of use.
    async fn revoked_at(&self) -> Option<DateTime> {
        self.0.revoked_at.map(Into::into)
    }
}

impl Device {
    /// By id, for whoever may see it.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn by_id(scope: &Scope, id: &str) -> Result<Option<Self>> {
        let Ok(id) = id.parse::<DeviceId>() else { return Ok(None) };
        Ok(query::device(&scope.db(), &scope.actor, id).await?.map(Self))
    }
}

connection!(DeviceConnection, DeviceEdge, Device, "devices");

/// Which devices are listed.
#[derive(Clone, Debug, Default, InputObject)]
pub struct DeviceListFilter {
    /// In this unit or below it.
    pub in_subtree: Option<ID>,
}

/// A device is enrolled.
#[derive(Clone, Debug, InputObject)]
pub struct DeviceEnrolInput {
    /// Where it stands.
    pub unit_id: ID,
    /// Display name, at most 200 characters.
    pub name: String,
    /// Shared or personal.
    pub kind: DeviceKind,
}

/// A device is taken out of use.
#[derive(Clone, Debug, InputObject)]
pub struct DeviceRevokeInput {
    /// Which.
    pub id: ID,
}

payload! {
    /// Result of `deviceEnrol`.
    DeviceEnrolPayload, OrganisationUserError {
        /// The device.
        device: Device,
        /// Its token, shown only now. The device sends it in the header `Earshot-Device`.
        token: String,
    }
}

payload! {
    /// Result of `deviceRevoke`.
    DeviceRevokePayload, OrganisationUserError {
        /// The device as it is now.
        device: Device,
    }
}

/// Devices.
#[derive(Default)]
pub struct DeviceQuery;

#[Object]
impl DeviceQuery {
    /// Enrolled devices by name, those out of use too. Needs the role MANAGER, ADMIN or AUDITOR;
    /// shows those of the own subtree.
    #[allow(clippy::too_many_arguments)]
    async fn devices(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which devices; all that you may see when left out.")] filter: Option<
            DeviceListFilter,
        >,
        #[graphql(desc = "Rows from the front, at most 100; 25 when nothing is said.")]
        first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the back, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Option<async_graphql::Result<DeviceConnection>> {
        let scope = asked!(ctx);
        let args = PageArgs { first, after, last, before };
        let result = async {
            let filter = filter.unwrap_or_default();
            let top = some_id_at(filter.in_subtree.as_ref(), "filter.inSubtree")?;
            let order = lists::by_device_name(sea_orm::Order::Asc);
            let asked = lists::Asked { order, args, count: count_wanted(ctx) };
            lists::devices(scope, top, asked).await
        };
        answer(result.await.map(|page| DeviceConnection::of(page, Device)))
    }
}

/// Devices.
#[derive(Default)]
pub struct DeviceMutation;

#[Object]
impl DeviceMutation {
    /// Enrols a device: staff sign in there by staff code and PIN. Needs the role MANAGER or ADMIN
    /// on its unit or above. Codes: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, REQUIRED, TOO_LONG.
    async fn device_enrol(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The device.")] input: DeviceEnrolInput,
    ) -> Option<async_graphql::Result<DeviceEnrolPayload>> {
        let scope = asked!(ctx);
        let result = async {
            let new = NewDevice {
                unit: id_at(&input.unit_id, "unitId")?,
                name: fields::name(&input.name, "name")?,
                kind: input.kind.into(),
            };
            devices::enrol(scope, new).await
        };
        settle(result.await, |it| DeviceEnrolPayload::done(Device(it.device), it.token))
    }

    /// Takes a device out of use: who is signed in there is out at once. Needs the role MANAGER or
    /// ADMIN on its unit or above. Codes: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND.
    async fn device_revoke(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: DeviceRevokeInput,
    ) -> Option<async_graphql::Result<DeviceRevokePayload>> {
        let scope = asked!(ctx);
        let result = async { devices::revoke(scope, id_at(&input.id, "id")?).await };
        settle(result.await, |device| DeviceRevokePayload::done(Device(device)))
    }
}
