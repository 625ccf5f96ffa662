//! Doors to what proves who somebody is: sessions, refresh tokens, codes, devices, guesses.
#![allow(clippy::disallowed_methods)] // a query.rs

use entity::id::{DeviceId, LoginCodeId, PersonId, SessionId};
use entity::identity::values::{CodePurpose, SignInMethod};
use entity::identity::{
    device, failed_guess, known_device, login_code, person, refresh_token, session,
};
use entity::instant::Instant;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, Select,
};

use crate::db::dialect;
use crate::kit::error::Result;

/// The device with this token, unless it was taken out of use.
///
/// # Errors
/// A fault of the database.
pub async fn device_in_use<C: ConnectionTrait>(
    conn: &C,
    token_hash: &str,
) -> Result<Option<device::Model>> {
    Ok(device::Entity::find()
        .filter(device::Column::TokenHash.eq(token_hash))
        .filter(device::Column::RevokedAt.is_null())
        .one(conn)
        .await?)
}

/// A refresh token by its digest, locked.
///
/// # Errors
/// A fault of the database.
pub async fn refresh_token<C: ConnectionTrait>(
    tx: &C,
    hash: &str,
) -> Result<Option<refresh_token::Model>> {
    let select = refresh_token::Entity::find_by_id(hash.to_owned());
    Ok(dialect::for_update(tx.get_database_backend(), select).one(tx).await?)
}

/// Spends a refresh token.
///
/// # Errors
/// A fault of the database.
pub async fn spend_refresh_token<C: ConnectionTrait>(
    tx: &C,
    hash: &str,
    now: Instant,
) -> Result<()> {
    refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::UsedAt, Expr::val(now))
        .filter(refresh_token::Column::Hash.eq(hash))
        .exec(tx)
        .await?;
    Ok(())
}

/// The tokens that replaced the tokens with these digests.
///
/// # Errors
/// A fault of the database.
pub async fn successors<C: ConnectionTrait>(
    tx: &C,
    hashes: &[String],
) -> Result<Vec<refresh_token::Model>> {
    Ok(refresh_token::Entity::find()
        .filter(refresh_token::Column::Previous.is_in(hashes))
        .all(tx)
        .await?)
}

/// A session that may still go on, locked: not revoked, not over.
///
/// # Errors
/// A fault of the database.
pub async fn open_session<C: ConnectionTrait>(
    tx: &C,
    id: SessionId,
    now: Instant,
) -> Result<Option<session::Model>> {
    let select = session::Entity::find_by_id(id)
        .filter(session::Column::RevokedAt.is_null())
        .filter(session::Column::ExpiresAt.gt(now));
    Ok(dialect::for_update(tx.get_database_backend(), select).one(tx).await?)
}

/// Which sessions end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sessions {
    /// One.
    One(SessionId),
    /// All of a person.
    OfPerson(PersonId),
    /// All of a person but this one.
    OthersOf(PersonId, SessionId),
    /// All of a person that began with a PIN.
    ByPin(PersonId),
    /// All on a device.
    OfDevice(DeviceId),
}

/// Ends sessions now; their refresh tokens are dead with them.
///
/// # Errors
/// A fault of the database.
pub async fn end_sessions<C: ConnectionTrait>(
    tx: &C,
    which: Sessions,
    now: Instant,
) -> Result<u64> {
    let update = session::Entity::update_many()
        .col_expr(session::Column::RevokedAt, Expr::val(now))
        .filter(session::Column::RevokedAt.is_null());
    let update = match which {
        Sessions::One(id) => update.filter(session::Column::Id.eq(id)),
        Sessions::OfPerson(id) => update.filter(session::Column::PersonId.eq(id)),
        Sessions::OthersOf(person, kept) => {
            update.filter(session::Column::PersonId.eq(person)).filter(session::Column::Id.ne(kept))
        }
        Sessions::ByPin(id) => update
            .filter(session::Column::PersonId.eq(id))
            .filter(session::Column::Method.eq(SignInMethod::Pin)),
        Sessions::OfDevice(id) => update.filter(session::Column::DeviceId.eq(id)),
    };
    Ok(update.exec(tx).await?.rows_affected)
}

/// A person who still works here.
///
/// # Errors
/// A fault of the database.
pub async fn active_person<C: ConnectionTrait>(
    conn: &C,
    id: PersonId,
) -> Result<Option<person::Model>> {
    Ok(person::Entity::find_by_id(id)
        .filter(person::Column::DeactivatedAt.is_null())
        .one(conn)
        .await?)
}

/// A person who still works here, and who cannot leave or lose a role until the transaction ends:
/// what they are given in it is there when their leaving asks for it.
///
/// # Errors
/// A fault of the database.
pub async fn staying_person<C: ConnectionTrait>(
    tx: &C,
    id: PersonId,
) -> Result<Option<person::Model>> {
    let found = person::Entity::find_by_id(id).filter(person::Column::DeactivatedAt.is_null());
    Ok(dialect::for_share(tx.get_database_backend(), found).one(tx).await?)
}

/// Waits until nobody gives this person work, and lets nobody until the transaction ends.
///
/// # Errors
/// A fault of the database.
pub async fn hold_person<C: ConnectionTrait>(tx: &C, id: PersonId) -> Result<()> {
    let found = person::Entity::find_by_id(id);
    dialect::for_update(tx.get_database_backend(), found).one(tx).await?;
    Ok(())
}

fn open_codes(
    purpose: CodePurpose,
    request_hash: &str,
    now: Instant,
) -> Select<login_code::Entity> {
    login_code::Entity::find()
        .filter(login_code::Column::RequestHash.eq(request_hash))
        .filter(login_code::Column::Purpose.eq(purpose))
        .filter(login_code::Column::UsedAt.is_null())
        .filter(login_code::Column::ExpiresAt.gt(now))
}

/// A code or link by the digest of its secret: for the given purpose, unspent, in time.
///
/// # Errors
/// A fault of the database.
pub async fn open_code<C: ConnectionTrait>(
    conn: &C,
    purpose: CodePurpose,
    request_hash: &str,
    now: Instant,
) -> Result<Option<login_code::Model>> {
    Ok(open_codes(purpose, request_hash, now).one(conn).await?)
}

/// As [`open_code`], locked.
///
/// # Errors
/// A fault of the database.
pub async fn unspent_code<C: ConnectionTrait>(
    tx: &C,
    purpose: CodePurpose,
    request_hash: &str,
    now: Instant,
) -> Result<Option<login_code::Model>> {
    let select = open_codes(purpose, request_hash, now);
    Ok(dialect::for_update(tx.get_database_backend(), select).one(tx).await?)
}

/// A code that may be mailed: unspent, in time.
///
/// # Errors
/// A fault of the database.
pub async fn code_to_mail<C: ConnectionTrait>(
    conn: &C,
    id: LoginCodeId,
    now: Instant,
) -> Result<Option<login_code::Model>> {
    Ok(login_code::Entity::find_by_id(id)
        .filter(login_code::Column::UsedAt.is_null())
        .filter(login_code::Column::ExpiresAt.gt(now))
        .one(conn)
        .await?)
}

/// Spends a code or link.
///
/// # Errors
/// A fault of the database.
pub async fn spend_code<C: ConnectionTrait>(tx: &C, id: LoginCodeId, now: Instant) -> Result<()> {
    login_code::Entity::update_many()
        .col_expr(login_code::Column::UsedAt, Expr::val(now))
        .filter(login_code::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Counts a wrong code against its request.
///
/// # Errors
/// A fault of the database.
pub async fn count_wrong_code<C: ConnectionTrait>(tx: &C, id: LoginCodeId) -> Result<()> {
    login_code::Entity::update_many()
        .col_expr(login_code::Column::Attempts, Expr::col(login_code::Column::Attempts).add(1))
        .filter(login_code::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// How many codes were asked for on an account since `since`.
///
/// # Errors
/// A fault of the database.
pub async fn codes_since<C: ConnectionTrait>(tx: &C, account: &str, since: Instant) -> Result<u64> {
    Ok(login_code::Entity::find()
        .filter(login_code::Column::Account.eq(account))
        .filter(login_code::Column::CreatedAt.gt(since))
        .count(tx)
        .await?)
}

/// Spends every set-up link that is still open.
///
/// # Errors
/// A fault of the database.
pub async fn spend_set_up_links<C: ConnectionTrait>(tx: &C, now: Instant) -> Result<()> {
    login_code::Entity::update_many()
        .col_expr(login_code::Column::UsedAt, Expr::val(now))
        .filter(login_code::Column::Purpose.eq(CodePurpose::SetUp))
        .filter(login_code::Column::UsedAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// Somebody who still works here, by mail address (lower-cased).
///
/// # Errors
/// A fault of the database.
pub async fn active_person_by_email<C: ConnectionTrait>(
    conn: &C,
    email_key: &str,
) -> Result<Option<person::Model>> {
    Ok(person::Entity::find()
        .filter(person::Column::EmailKey.eq(email_key))
        .filter(person::Column::DeactivatedAt.is_null())
        .one(conn)
        .await?)
}

/// Somebody who still works here, by staff code (upper-cased).
///
/// # Errors
/// A fault of the database.
pub async fn active_person_by_staff_code<C: ConnectionTrait>(
    conn: &C,
    staff_code: &str,
) -> Result<Option<person::Model>> {
    Ok(person::Entity::find()
        .filter(person::Column::StaffCode.eq(staff_code))
        .filter(person::Column::DeactivatedAt.is_null())
        .one(conn)
        .await?)
}

/// The devices on which a person signed in, newest first.
///
/// # Errors
/// A fault of the database.
pub async fn known_devices<C: ConnectionTrait>(
    conn: &C,
    person: PersonId,
) -> Result<Vec<known_device::Model>> {
    Ok(known_device::Entity::find()
        .filter(known_device::Column::PersonId.eq(person))
        .order_by_desc(known_device::Column::LastUsedAt)
        .all(conn)
        .await?)
}

/// Wrong guesses on an account after `since`: by the law there are never many.
///
/// # Errors
/// A fault of the database.
pub async fn failed_guesses<C: ConnectionTrait>(
    conn: &C,
    account: &str,
    since: Instant,
) -> Result<Vec<failed_guess::Model>> {
    Ok(failed_guess::Entity::find()
        .filter(failed_guess::Column::Account.eq(account))
        .filter(failed_guess::Column::At.gt(since))
        .all(conn)
        .await?)
}

/// Forgets one guess that was right, and those of the account that are too old to count.
///
/// # Errors
/// A fault of the database.
pub async fn forget_guesses<C: ConnectionTrait>(
    tx: &C,
    account: &str,
    id: i64,
    before: Instant,
) -> Result<()> {
    let right_or_old = sea_orm::Condition::any()
        .add(failed_guess::Column::Id.eq(id))
        .add(failed_guess::Column::At.lte(before));
    failed_guess::Entity::delete_many()
        .filter(failed_guess::Column::Account.eq(account))
        .filter(right_or_old)
        .exec(tx)
        .await?;
    Ok(())
}
