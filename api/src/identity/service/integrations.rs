//! Integrations: programs that act under their own name, with tokens of narrow scope.

use entity::id::{ServiceId, TokenId, UnitId};
use entity::identity::values::Role;
use entity::identity::{api_token, service};
use entity::instant::{DAY, Instant};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, IntoActiveModel, QueryFilter};
use serde_json::json;

use super::grants::{self, NewGrant};
use super::units::Made;
use super::who::API_TOKEN;
use crate::identity::query::{self, Holder};
use crate::identity::{fields, policy};
use crate::kit::actor::ApiScope;
use crate::kit::client_key::{self, Claim, ClientKey};
use crate::kit::error::{Code, Error, OrNotFound as _, Refusal, Result, is_unique_violation};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};
use crate::kit::secret;

/// An integration to be made; parsed.
#[derive(Clone, Debug)]
pub struct NewService {
    /// Display name, unique.
    pub name: String,
    /// The subtree that it may see.
    pub unit: UnitId,
}

async fn may_administer(tx: &Tx, scope: &Scope, unit: UnitId) -> Result<()> {
    let lineage: Vec<UnitId> =
        query::ancestry(tx, unit).await?.into_iter().map(|row| row.ancestor).collect();
    policy::may_administer(&scope.actor, &lineage)
}

/// Whoever keeps an integration runs every unit that it sees.
async fn may_keep(tx: &Tx, scope: &Scope, id: ServiceId) -> Result<()> {
    let held = query::held_by(tx, Holder::Service(id)).await?;
    if held.is_empty() {
        return policy::may_administer(&scope.actor, &scope.actor.units_with(Role::Admin));
    }
    for grant in held {
        may_administer(tx, scope, grant.unit).await?;
    }
    Ok(())
}

/// Makes an integration with the role INTEGRATION on one unit and everything below it.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, TAKEN, IDEMPOTENCY_KEY_REUSED.
pub async fn create(
    scope: &Scope,
    new: NewService,
    key: Option<ClientKey>,
) -> Result<Made<service::Model>> {
    scope.actor.require_signed_in()?;
    let mut tx = scope.begin().await?;
    query::unit(&tx, &scope.actor, new.unit).await?.or_not_found("unitId")?;
    may_administer(&tx, scope, new.unit).await?;
    let id = ServiceId(scope.fresh_id());
    let claim = client_key::claim(&tx, scope, key.as_ref(), &id.to_string()).await?;
    if let Claim::Received(result) = claim {
        let id = result.parse().map_err(|_| Refusal::not_found(""))?;
        let thing = query::service(&tx, &scope.actor, id).await?.or_not_found("")?;
        return Ok(Made { thing, already: true });
    }
    let thing = insert(&mut tx, scope, id, new).await?;
    tx.commit(Made { thing, already: false }).await
}

async fn insert(
    tx: &mut Tx,
    scope: &Scope,
    id: ServiceId,
    new: NewService,
) -> Result<service::Model> {
    let row = service::ActiveModel {
        id: Set(id),
        name: Set(new.name),
        disabled_at: Set(None),
        created_at: Set(scope.now),
    };
    let made = row.insert(tx).await.map_err(name_taken)?;
    tx.state(NewFact::new("service.created", ("service", id.0), &json!({})).administrative());
    let grant = NewGrant { holder: Holder::Service(id), role: Role::Integration, unit: new.unit };
    grants::insert(tx, scope, grant).await?;
    Ok(made)
}

fn name_taken(error: sea_orm::DbErr) -> Error {
    if is_unique_violation(&error) {
        return Refusal::new(
            Code::Taken,
            "name",
            "Another integration has this name. Choose another name.",
        )
        .into();
    }
    error.into()
}

/// Switches an integration off, all its tokens with it, from the next request on.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN.
pub async fn disable(scope: &Scope, id: ServiceId) -> Result<service::Model> {
    scope.actor.require_signed_in()?;
    let mut tx = scope.begin().await?;
    let service = query::service(&tx, &scope.actor, id).await?.or_not_found("id")?;
    may_keep(&tx, scope, id).await?;
    if service.disabled_at.is_some() {
        return tx.commit(service).await;
    }
    let mut row = service.into_active_model();
    row.disabled_at = Set(Some(scope.now));
    let service = row.update(&tx).await?;
    tx.state(NewFact::new("service.disabled", ("service", id.0), &json!({})).administrative());
    tx.commit(service).await
}

/// A token to be made; parsed.
#[derive(Clone, Debug)]
pub struct NewApiToken {
    /// Whose.
    pub service: ServiceId,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<ApiScope>,
    /// End of its life; `None`: until revoked.
    pub expires_at: Option<Instant>,
}

/// A token with its secret. Its `Debug` shows nothing of it.
#[derive(Clone)]
pub struct Minted {
    /// The token's row.
    pub token: api_token::Model,
    /// The secret, shown once.
    pub secret: String,
}

impl std::fmt::Debug for Minted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Minted(..)")
    }
}

/// Makes a token of an integration. Its secret is shown once and kept as a digest.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, REQUIRED without scopes, INVALID when it would be over already.
pub async fn mint(scope: &Scope, new: NewApiToken) -> Result<Minted> {
    scope.actor.require_signed_in()?;
    let mut tx = scope.begin().await?;
    let service =
        query::service(&tx, &scope.actor, new.service).await?.or_not_found("serviceId")?;
    may_keep(&tx, scope, service.id).await?;
    let minted = insert_token(&mut tx, scope, new).await?;
    tx.commit(minted).await
}

async fn insert_token(tx: &mut Tx, scope: &Scope, new: NewApiToken) -> Result<Minted> {
    if new.scopes.is_empty() {
        return Err(no_scopes().into());
    }
    if new.expires_at.is_some_and(|at| at <= scope.now) {
        return Err(Refusal::new(
            Code::Invalid,
            "expiresAt",
            "This is in the past. Give a later moment, or leave it out.",
        )
        .into());
    }
    let secret = secret::token(API_TOKEN)?;
    let mut scopes = new.scopes;
    scopes.sort_unstable();
    scopes.dedup();
    let words: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
    let row = api_token::ActiveModel {
        id: Set(TokenId(scope.fresh_id())),
        service_id: Set(new.service),
        name: Set(new.name),
        hash: Set(secret::sha256_hex(&secret)),
        scopes: Set(words.join(" ")),
        expires_at: Set(new.expires_at),
        revoked_at: Set(None),
        created_at: Set(scope.now),
    };
    let token = row.insert(tx).await?;
    tx.state(fact("token.created", &token));
    Ok(Minted { token, secret })
}

fn no_scopes() -> Refusal {
    Refusal::new(
        Code::Required,
        "scopes",
        "Give at least one scope: a token without one can do nothing.",
    )
    .allowing(ApiScope::ALL.iter().map(|scope| scope.as_str().to_owned()).collect())
}

fn fact(kind: &'static str, token: &api_token::Model) -> NewFact {
    let scopes: Vec<&str> = token.scopes.split_whitespace().collect();
    let data = json!({"service": token.service_id.to_string(), "scopes": scopes});
    NewFact::new(kind, ("token", token.id.0), &data).administrative()
}

/// Revokes a token, from the next request on.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN.
pub async fn revoke(scope: &Scope, id: TokenId) -> Result<api_token::Model> {
    scope.actor.require_signed_in()?;
    let mut tx = scope.begin().await?;
    let token = query::tokens_visible_to(&scope.actor)
        .filter(api_token::Column::Id.eq(id))
        .one(&tx)
        .await?
        .or_not_found("id")?;
    may_keep(&tx, scope, token.service_id).await?;
    if token.revoked_at.is_some() {
        return tx.commit(token).await;
    }
    let mut row = token.into_active_model();
    row.revoked_at = Set(Some(scope.now));
    let token = row.update(&tx).await?;
    tx.state(fact("token.revoked", &token));
    tx.commit(token).await
}

/// A token as the command line asks for it: the integration is made when it is new.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// Name of the integration.
    pub service: String,
    /// What the token is for.
    pub name: String,
    /// Words of the scopes.
    pub scopes: Vec<String>,
    /// External code of the unit whose subtree it may see; `None`: the whole organisation.
    pub unit_code: Option<String>,
    /// Days until it expires; `None`: until revoked.
    pub days: Option<u32>,
}

/// Makes a token for whoever runs the machine, and its integration when that is new. Returns the
/// secret.
///
/// # Errors
/// INVALID for an unknown scope, or a unit that is not what the integration sees; NOT_FOUND for an
/// unknown unit, FORBIDDEN when the integration is
/// switched off.
pub async fn create_token(scope: &Scope, new: NewToken) -> Result<String> {
    let scopes = new.scopes.iter().map(|word| scope_named(word)).collect::<Result<Vec<_>>>()?;
    let name = fields::name(&new.service, "service")?;
    scope.actor.require_signed_in()?;
    let mut tx = scope.begin().await?;
    let service = match query::service_named(&tx, &name).await? {
        Some(service) if service.disabled_at.is_some() => {
            return Err(Refusal::forbidden("an integration that is not switched off").into());
        }
        Some(service) => {
            if let Some(code) = new.unit_code.as_deref() {
                sees(&tx, &service, unit_for(&tx, scope, Some(code)).await?).await?;
            }
            service
        }
        None => {
            let unit = unit_for(&tx, scope, new.unit_code.as_deref()).await?;
            let id = ServiceId(scope.fresh_id());
            insert(&mut tx, scope, id, NewService { name, unit }).await?
        }
    };
    let asked = NewApiToken {
        service: service.id,
        name: fields::name(&new.name, "name")?,
        scopes,
        expires_at: new.days.map(|days| scope.now.plus(i64::from(days) * DAY)),
    };
    let minted = insert_token(&mut tx, scope, asked).await?;
    tx.commit(minted.secret).await
}

fn scope_named(word: &str) -> Result<ApiScope> {
    ApiScope::named(word.trim()).ok_or_else(|| {
        let all: Vec<String> = ApiScope::ALL.iter().map(|it| it.as_str().to_owned()).collect();
        let message = format!("There is no scope of this name. There are {}.", all.join(", "));
        Refusal::new(Code::Invalid, "scopes", message).allowing(all).into()
    })
}

/// A token is for what its integration sees, and nobody is to believe that it is for less.
async fn sees(tx: &Tx, service: &service::Model, unit: UnitId) -> Result<()> {
    let grants = query::grants_of_services(tx, &[service.id]).await?;
    if grants.iter().all(|grant| grant.unit_id == unit) {
        return Ok(());
    }
    let message = "There is an integration of this name already, and it sees another unit. Leave the unit out, or give the new one another name.";
    Err(Refusal::new(Code::Invalid, "unit", message).into())
}

async fn unit_for(tx: &Tx, scope: &Scope, code: Option<&str>) -> Result<UnitId> {
    let unit = match code {
        Some(code) => query::unit_by_code(tx, &fields::code(code, "unit")?).await?,
        None => query::root(tx).await?,
    };
    unit.map(|unit| unit.id).ok_or_else(|| {
        let place = scope.house.config.place();
        let message = match code {
            Some(code) => format!(
                "There is no unit with the code {code} in {place}. Is this the data of the server (EARSHOT_DATA_DIR, DATABASE_URL)? `units {{ nodes {{ code }} }}` lists the codes."
            ),
            None => format!(
                "There is no organisation in {place} yet. Is this the data of the server (EARSHOT_DATA_DIR, DATABASE_URL)? If so, set it up or import its units first."
            ),
        };
        Refusal::new(Code::NotFound, "unit", message).into()
    })
}
