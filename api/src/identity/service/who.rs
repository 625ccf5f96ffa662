//! Who asks: from credentials to a scope with rights as they stand now.

use std::sync::Arc;

use entity::identity::session;
use sea_orm::{QueryOrder, QuerySelect};

use crate::http::auth::Credentials;
use crate::identity::query;
use crate::identity::tokens::{Bearer, Tokens};
use crate::kit::actor::{Actor, ApiScope};
use crate::kit::error::{Code, Refusal, Result};
use crate::kit::scope::{House, Scope};
use crate::kit::secret;

/// How API tokens begin: so that they are told from sessions, and found by scanners for secrets.
pub const API_TOKEN: &str = "est_";

/// Tells who asks: nobody without credentials; a person by session token, an integration by API
/// token, with rights as they stand in the database now. One statement.
///
/// # Errors
/// UNAUTHENTICATED when there are credentials and they are no good.
pub async fn authenticate(house: &Arc<House>, credentials: &Credentials) -> Result<Scope> {
    let scope = Scope::new(house.clone(), Actor::anonymous());
    let actor = match credentials.bearer.as_deref() {
        None => return Ok(scope),
        Some(token) if token.starts_with(API_TOKEN) => integration(&scope, token).await?,
        Some(token) => person(&scope, token).await?,
    };
    Ok(scope.acting_as(actor))
}

/// One sentence for everything that is wrong with a token: which it was helps only a forger.
fn no_good() -> Refusal {
    Refusal::new(
        Code::Unauthenticated,
        "",
        "This token is not valid, or no longer. Sign in again, or use another API token.",
    )
}

async fn person(scope: &Scope, token: &str) -> Result<Actor> {
    let tokens = Tokens::new(&scope.house.keys, &scope.house.config.public_url);
    let bearer = tokens.read(token, scope.now).map_err(|unsound| {
        tracing::debug!(%unsound, "an access token was refused");
        no_good()
    })?;
    let db = scope.db();
    let known = query::signed_in(&db, bearer, scope.now).await?.ok_or_else(no_good)?;
    let Bearer { person, session } = bearer;
    Ok(Actor {
        grants: known.rights.grants,
        rules: known.rights.rules,
        locale: known.locale,
        session: Some(session),
        device: known.device_id,
        ..Actor::of_person(person, known.home_unit_id, known.site_id)
    })
}

async fn integration(scope: &Scope, token: &str) -> Result<Actor> {
    let db = scope.db();
    let known = query::integration(&db, &secret::sha256_hex(token), scope.now)
        .await?
        .ok_or_else(no_good)?;
    let scopes = known.scopes.split_whitespace().filter_map(ApiScope::named).collect();
    Ok(Actor {
        grants: known.rights.grants,
        rules: known.rights.rules,
        ..Actor::of_service(known.service_id, scopes)
    })
}

/// Most sessions in one answer.
const MOST_SESSIONS: u64 = 100;

/// The asker's sessions that still go on, newest first.
///
/// # Errors
/// A fault of the database.
pub async fn own_sessions(scope: &Scope) -> Result<Vec<session::Model>> {
    Ok(query::sessions_visible_to(&scope.actor, scope.now)
        .order_by_desc(session::Column::CreatedAt)
        .order_by_desc(session::Column::Id)
        .limit(MOST_SESSIONS)
        .all(&scope.db())
        .await?)
}
