//! The first administrator: by the set-up link in a browser, or on the command line.

use entity::id::{PersonId, UnitId};
use entity::identity::person;
use entity::identity::values::{CodePurpose, Role, SignInMethod, UnitKind};
use entity::instant::DAY;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};

use super::grants::{self, NewGrant};
use super::links::{self, spent};
use super::people::{self, NewPerson};
use super::sessions::{self, Opened, Opening};
use super::sign_in;
use super::units::{self, NewUnit};
use crate::http::auth::Credentials;
use crate::identity::query::{self, Holder};
use crate::identity::{fields, hashing};
use crate::kit::error::{Code, Refusal, Result};
use crate::kit::scope::{Scope, Tx};
use crate::kit::secret;

/// Life of the link that the command line prints, in microseconds.
const ADMIN_LINK: i64 = DAY;
/// Language of the first administrator until they choose another.
const FIRST_LOCALE: &str = "en";

/// What the set-up form says.
#[derive(Clone)]
pub struct SetUp {
    /// The secret of the set-up link.
    pub token: String,
    /// Name of the organisation.
    pub organisation: String,
    /// Name of the administrator.
    pub name: String,
    /// Mail address of the administrator.
    pub email: String,
    /// Password, if one is wanted; codes by mail work without.
    pub password: Option<String>,
}

/// An administrator to be made.
#[derive(Clone, Debug)]
pub struct NewAdmin {
    /// Name of the person.
    pub name: String,
    /// Mail address of the person.
    pub email: String,
    /// Name of the organisation; needed while there is no unit.
    pub organisation: Option<String>,
}

/// Sets the organisation up: its first unit, its first administrator, who is signed in at once.
///
/// # Errors
/// WRONG_CREDENTIALS when the link is spent or there is an administrator; what is wrong in the
/// form leaves the link as it is.
pub async fn complete(scope: &Scope, credentials: &Credentials, form: SetUp) -> Result<Opened> {
    let device = sessions::device_of(scope, credentials).await?;
    let token = secret::sha256_hex(&form.token);
    let mut tx = scope.begin().await?;
    let code = query::unspent_code(&tx, CodePurpose::SetUp, &token, scope.now).await?;
    code.ok_or_else(spent)?;
    if query::has_administrator(&tx).await? {
        return Err(spent().into());
    }
    let admin =
        NewAdmin { name: form.name, email: form.email, organisation: Some(form.organisation) };
    let person = make(&mut tx, scope, admin).await?;
    let person = match form.password.filter(|password| !password.is_empty()) {
        Some(password) => with_password(&tx, person, &password).await?,
        None => person,
    };
    query::spend_set_up_links(&tx, scope.now).await?;
    let opening = Opening { person, method: SignInMethod::Link, device };
    let opened = sessions::open(&tx, scope, opening).await?;
    tx.commit(opened).await
}

/// Hashes inside the transaction: it happens once in the life of an installation.
async fn with_password(tx: &Tx, person: person::Model, password: &str) -> Result<person::Model> {
    let password = sign_in::sound_password(password, &person, "password")?;
    let hash = hashing::hash(password.expose()).await?;
    let mut row = person.into_active_model();
    row.password_hash = Set(Some(hash));
    Ok(row.update(tx).await?)
}

/// Makes an administrator, or gives the role to whoever has this address. Returns the secret of a
/// one-time sign-in link.
///
/// # Errors
/// REQUIRED at `organisation` while there is no unit; INVALID.
pub async fn create_admin(scope: &Scope, new: NewAdmin) -> Result<String> {
    let mut tx = scope.begin().await?;
    let person = make(&mut tx, scope, new).await?;
    tx.commit(()).await?;
    links::issue_link(scope, person.id, ADMIN_LINK).await
}

async fn make(tx: &mut Tx, scope: &Scope, new: NewAdmin) -> Result<person::Model> {
    let name = fields::name(&new.name, "name")?;
    let email = fields::email(&new.email, "email")?;
    let root = organisation(tx, scope, new.organisation.as_deref()).await?;
    let person = match query::active_person_by_email(tx, &email.key).await? {
        Some(person) => person,
        None => {
            let new = NewPerson {
                name,
                email: Some(email),
                staff_code: None,
                home: root,
                locale: FIRST_LOCALE.to_owned(),
            };
            people::insert(tx, scope, PersonId(scope.fresh_id()), new).await?
        }
    };
    let held = query::held_by(tx, Holder::Person(person.id)).await?;
    if !held.iter().any(|held| held.role == Role::Admin && held.unit == root) {
        let holder = Holder::Person(person.id);
        grants::insert(tx, scope, NewGrant { holder, role: Role::Admin, unit: root }).await?;
    }
    Ok(person)
}

/// The unit at the top, made when there is none.
async fn organisation(tx: &mut Tx, scope: &Scope, name: Option<&str>) -> Result<UnitId> {
    if let Some(root) = query::root(tx).await? {
        return Ok(root.id);
    }
    let name = name.filter(|name| !name.trim().is_empty()).ok_or_else(|| {
        Refusal::new(
            Code::Required,
            "organisation",
            "There is no unit yet. Give the name of the organisation too.",
        )
    })?;
    let new = NewUnit {
        parent: None,
        kind: UnitKind::Other,
        name: fields::name(name, "organisationName")?,
        code: None,
        zone: None,
        active_from: None,
        active_to: None,
    };
    Ok(units::insert(tx, scope, UnitId(scope.fresh_id()), new).await?.id)
}
