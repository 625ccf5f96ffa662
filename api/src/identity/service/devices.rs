//! Devices: enrolling a shared tablet or a phone, taking one out of use.

use entity::id::{DeviceId, UnitId};
use entity::identity::device;
use entity::identity::values::DeviceKind;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};
use serde_json::json;

use crate::identity::policy;
use crate::identity::query::{self, Sessions};
use crate::kit::error::{OrNotFound as _, Result};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};
use crate::kit::secret;

/// A device to be enrolled; parsed.
#[derive(Clone, Debug)]
pub struct NewDevice {
    /// Where it stands.
    pub unit: UnitId,
    /// Display name.
    pub name: String,
    /// Shared or personal.
    pub kind: DeviceKind,
}

/// An enrolled device with its token. Its `Debug` shows nothing of it.
#[derive(Clone)]
pub struct Enrolled {
    /// The device.
    pub device: device::Model,
    /// Its token, shown once.
    pub token: String,
}

impl std::fmt::Debug for Enrolled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Enrolled(..)")
    }
}

async fn may_lead(tx: &Tx, scope: &Scope, unit: UnitId) -> Result<()> {
    let lineage: Vec<UnitId> =
        query::ancestry(tx, unit).await?.into_iter().map(|row| row.ancestor).collect();
    policy::may_lead(&scope.actor, &lineage)
}

/// Enrols a device on a unit: staff sign in there by staff code and PIN.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN.
pub async fn enrol(scope: &Scope, new: NewDevice) -> Result<Enrolled> {
    scope.actor.require_signed_in()?;
    let mut tx = scope.begin().await?;
    query::unit(&tx, &scope.actor, new.unit).await?.or_not_found("unitId")?;
    may_lead(&tx, scope, new.unit).await?;
    let token = secret::token("esd_")?;
    let row = device::ActiveModel {
        id: Set(DeviceId(scope.fresh_id())),
        unit_id: Set(new.unit),
        name: Set(new.name),
        kind: Set(new.kind),
        token_hash: Set(secret::sha256_hex(&token)),
        enrolled_by: Set(scope.actor.person()),
        created_at: Set(scope.now),
        revoked_at: Set(None),
    };
    let device = row.insert(&tx).await?;
    tx.state(fact("device.enrolled", &device));
    tx.commit(Enrolled { device, token }).await
}

fn fact(kind: &'static str, device: &device::Model) -> NewFact {
    let data = json!({"unit": device.unit_id.to_string(), "kind": device.kind});
    NewFact::new(kind, ("device", device.id.0), &data).administrative()
}

/// Takes a device out of use: nobody signs in there any more, and who is signed in is out.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN.
pub async fn revoke(scope: &Scope, id: DeviceId) -> Result<device::Model> {
    scope.actor.require_signed_in()?;
    let mut tx = scope.begin().await?;
    let device = query::device(&tx, &scope.actor, id).await?.or_not_found("id")?;
    may_lead(&tx, scope, device.unit_id).await?;
    if device.revoked_at.is_some() {
        return tx.commit(device).await;
    }
    query::end_sessions(&tx, Sessions::OfDevice(id), scope.now).await?;
    let mut row = device.into_active_model();
    row.revoked_at = Set(Some(scope.now));
    let device = row.update(&tx).await?;
    tx.state(fact("device.revoked", &device));
    tx.commit(device).await
}
