//! Signing in and out.

use std::sync::atomic::{AtomicBool, Ordering};

use async_graphql::{Context, Enum, InputObject, Object};

use super::people::Person;
use super::types::Session;
use crate::graphql::payload::{scope, settle, told};
use crate::graphql::scalars::DateTime;
use crate::http::auth::{self, Credentials};
use crate::identity::service::links;
use crate::identity::service::sessions::{self, Opened};
use crate::identity::service::set_up::{self, SetUp};
use crate::identity::service::sign_in::{self, PinChange};
use crate::kit::error::{Code, Refusal, Result};
use crate::kit::scope::Scope;
use crate::{payload, user_errors};

user_errors!(SignInUserError, SignInErrorCode, "signing in" {
    /// A value is missing.
    Required,
    /// A value is not of the right form.
    Invalid,
    /// The code, link, PIN or password is wrong, spent or expired.
    WrongCredentials,
    /// Too many wrong guesses: wait.
    TooManyAttempts,
    /// This needs something else first, for instance an enrolled device.
    Forbidden,
    /// A PIN or password is too easily guessed.
    TooSimple,
    /// The PIN is a one-time printed code: replace it by `pinSet`.
    PinChangeRequired,
    /// Somebody was quicker.
    Conflict,
    /// A text is too long.
    TooLong,
});

/// How the refresh token travels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
pub enum TokenDelivery {
    /// In the answer: for apps that keep it themselves.
    #[default]
    Body,
    /// In an HttpOnly cookie: for pages in a browser.
    Cookie,
}

macro_rules! signed_in_payload {
    ($(#[$doc:meta])* $name:ident) => {
        payload! {
            $(#[$doc])*
            $name, SignInUserError {
                /// Proof of the session for ten minutes: send it as `Authorization: Bearer TOKEN`.
                access_token: String,
                /// From then on the access token is refused.
                access_token_expires_at: DateTime,
                /// For `sessionRefresh`, once. Null when it travels by cookie, and on shared
                /// devices, where nobody stays signed in.
                refresh_token: String,
                /// The session.
                session: Session,
                /// Who is signed in.
                person: Person,
            }
        }

        impl From<Delivered> for $name {
            fn from(it: Delivered) -> Self {
                Self {
                    access_token: Some(it.access_token),
                    access_token_expires_at: Some(it.access_token_expires_at),
                    refresh_token: it.refresh_token,
                    session: Some(it.session),
                    person: Some(it.person),
                    user_errors: Vec::new(),
                }
            }
        }
    };
}

signed_in_payload!(
    /// Result of `signInComplete`.
    SignInCompletePayload
);
signed_in_payload!(
    /// Result of `signInByPassword`.
    SignInByPasswordPayload
);
signed_in_payload!(
    /// Result of `signInByPin`.
    SignInByPinPayload
);
signed_in_payload!(
    /// Result of `signInByLink`.
    SignInByLinkPayload
);
signed_in_payload!(
    /// Result of `setUpComplete`.
    SetUpCompletePayload
);
signed_in_payload!(
    /// Result of `sessionRefresh`.
    SessionRefreshPayload
);
signed_in_payload!(
    /// Result of `pinSet`. Tokens come along when it also signed in, on an enrolled device.
    PinSetPayload
);

payload! {
    /// Result of `signInStart`.
    SignInStartPayload, SignInUserError {
        /// Keep it on this client: the code works together with it only.
        request_token: String,
    }
}

payload! {
    /// Result of `passwordSet`.
    PasswordSetPayload, SignInUserError {
        /// Whose password it is.
        person: Person,
    }
}

payload! {
    /// Result of `signOut`.
    SignOutPayload, SignInUserError {
        /// True: this client is signed out.
        signed_out: bool,
    }
}

/// A code by mail is asked for.
#[derive(Clone, Debug, InputObject)]
pub struct SignInStartInput {
    /// Mail address.
    pub email: String,
}

/// A mailed code.
#[derive(Clone, InputObject)]
pub struct SignInCompleteInput {
    /// The eight digits of the mail.
    pub code: String,
    /// What `signInStart` answered.
    pub request_token: String,
    /// How the refresh token travels.
    #[graphql(default)]
    pub delivery: TokenDelivery,
}

/// Mail address and password.
#[derive(Clone, InputObject)]
pub struct SignInByPasswordInput {
    /// Mail address.
    pub email: String,
    /// Password, exactly as chosen.
    pub password: String,
    /// How the refresh token travels.
    #[graphql(default)]
    pub delivery: TokenDelivery,
}

/// Staff code and PIN.
#[derive(Clone, InputObject)]
pub struct SignInByPinInput {
    /// Staff code; upper and lower case are the same.
    pub staff_code: String,
    /// PIN.
    pub pin: String,
    /// How the refresh token travels, on a personal device.
    #[graphql(default)]
    pub delivery: TokenDelivery,
}

/// A PIN is chosen.
#[derive(Clone, InputObject)]
pub struct PinSetInput {
    /// Staff code, on an enrolled device without a sign-in.
    pub staff_code: Option<String>,
    /// The PIN so far or the one-time PIN. May be left out right after a sign-in by mail.
    pub pin: Option<String>,
    /// The new PIN: 6 to 12 digits, none that anybody would try first.
    pub new_pin: String,
    /// How the refresh token travels, on a personal device.
    #[graphql(default)]
    pub delivery: TokenDelivery,
}

/// A password is chosen.
#[derive(Clone, InputObject)]
pub struct PasswordSetInput {
    /// The password so far. May be left out right after a sign-in by mail, and when there is none.
    pub password: Option<String>,
    /// The new password: at least 12 characters, for instance four words.
    pub new_password: String,
}

/// The organisation and its first administrator.
#[derive(Clone, InputObject)]
pub struct SetUpCompleteInput {
    /// The `token` of the set-up link that the server printed at its start.
    pub token: String,
    /// Name of the organisation, at most 200 characters.
    pub organisation_name: String,
    /// Your name, at most 200 characters.
    pub name: String,
    /// Your mail address.
    pub email: String,
    /// A password, if you want one: at least 12 characters. Codes by mail work without.
    pub password: Option<String>,
    /// How the refresh token travels.
    #[graphql(default)]
    pub delivery: TokenDelivery,
}

/// A one-time link is opened.
#[derive(Clone, Debug, InputObject)]
pub struct SignInByLinkInput {
    /// The `token` of the link's address.
    pub token: String,
    /// How the refresh token travels.
    #[graphql(default)]
    pub delivery: TokenDelivery,
}

/// A refresh token is exchanged.
#[derive(Clone, Debug, InputObject)]
pub struct SessionRefreshInput {
    /// The refresh token; left out when it is in the cookie.
    pub refresh_token: Option<String>,
    /// How the next refresh token travels.
    #[graphql(default)]
    pub delivery: TokenDelivery,
}

/// Which sessions end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
pub enum SignOutReach {
    /// This client's.
    #[default]
    ThisClient,
    /// All of the person, on every device.
    Everywhere,
}

/// A session ends.
#[derive(Clone, Debug, Default, InputObject)]
pub struct SignOutInput {
    /// This client alone, or everywhere.
    #[graphql(default)]
    pub reach: SignOutReach,
}

/// Tokens where the client wants them.
struct Delivered {
    access_token: String,
    access_token_expires_at: DateTime,
    refresh_token: Option<String>,
    session: Session,
    person: Person,
}

fn deliver(ctx: &Context<'_>, opened: Opened, by: TokenDelivery) -> Delivered {
    let refresh_token = match (by, opened.refresh) {
        (TokenDelivery::Cookie, Some(token)) => {
            if let Ok(scope) = scope(ctx) {
                let life = opened.session.expires_at.since(scope.now);
                let cookie = auth::refresh_cookie(&scope.house.config, &token, life);
                ctx.append_http_header("set-cookie", cookie);
            }
            None
        }
        (_, token) => token,
    };
    Delivered {
        access_token: opened.access.token,
        access_token_expires_at: opened.access.expires_at.into(),
        refresh_token,
        session: Session(opened.session),
        person: Person(opened.person),
    }
}

/// Whether this document has signed in already: aliases would pack guesses.
#[derive(Debug, Default)]
pub struct OneSignIn(AtomicBool);

fn asker<'a>(ctx: &Context<'a>) -> async_graphql::Result<(&'a Scope, &'a Credentials)> {
    if ctx.data::<OneSignIn>()?.0.swap(true, Ordering::Relaxed) {
        let refusal = Refusal::new(
            Code::BadRequest,
            "",
            "One sign-in mutation at a time: send the next one in a request of its own.",
        );
        return Err(told(&refusal.into()));
    }
    Ok((ctx.data::<Scope>()?, ctx.data::<Credentials>()?))
}

/// Scope and credentials of the request.
macro_rules! asker {
    ($ctx:expr) => {
        match asker($ctx) {
            Ok(found) => found,
            Err(error) => return Some(Err(error)),
        }
    };
}

async fn refreshed(scope: &Scope, credentials: &Credentials, sent: Option<&str>) -> Result<Opened> {
    let token = sent.or(credentials.refresh_cookie.as_deref()).ok_or_else(|| {
        Refusal::new(
            Code::Required,
            "refreshToken",
            "There is neither a refresh token in the input nor a cookie. Sign in again.",
        )
    })?;
    sessions::refresh(scope, token).await
}

/// Signing in and out. At most one of these in a document.
#[derive(Default)]
pub struct SignInMutation;

#[Object]
impl SignInMutation {
    /// Mails a sign-in code to this address, if somebody has it. The answer is the same when nobody
    /// has. Needs no sign-in. No codes.
    async fn sign_in_start(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mail address.")] input: SignInStartInput,
    ) -> Option<async_graphql::Result<SignInStartPayload>> {
        let (scope, _) = asker!(ctx);
        settle(sign_in::start(scope, &input.email).await, SignInStartPayload::done)
    }

    /// Signs in by a mailed code, on the client that asked for it. Needs no sign-in. Codes:
    /// WRONG_CREDENTIALS, TOO_MANY_ATTEMPTS.
    async fn sign_in_complete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The code and the request it belongs to.")] input: SignInCompleteInput,
    ) -> Option<async_graphql::Result<SignInCompletePayload>> {
        let (scope, credentials) = asker!(ctx);
        let SignInCompleteInput { code, request_token, delivery } = input;
        let result = sign_in::complete(scope, credentials, &code, &request_token).await;
        settle(result, |opened| deliver(ctx, opened, delivery).into())
    }

    /// Signs in by mail address and password. Needs no sign-in. Codes: WRONG_CREDENTIALS,
    /// TOO_MANY_ATTEMPTS.
    async fn sign_in_by_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Address and password.")] input: SignInByPasswordInput,
    ) -> Option<async_graphql::Result<SignInByPasswordPayload>> {
        let (scope, credentials) = asker!(ctx);
        let SignInByPasswordInput { email, password, delivery } = input;
        let result = sign_in::by_password(scope, credentials, &email, &password).await;
        settle(result, |opened| deliver(ctx, opened, delivery).into())
    }

    /// Signs in by staff code and PIN on an enrolled device, whose token is sent in the header
    /// `Earshot-Device`. Needs no sign-in. A one-time PIN opens nothing: replace it by `pinSet`.
    /// Codes: FORBIDDEN without an enrolled device, WRONG_CREDENTIALS, TOO_MANY_ATTEMPTS,
    /// PIN_CHANGE_REQUIRED.
    async fn sign_in_by_pin(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Staff code and PIN.")] input: SignInByPinInput,
    ) -> Option<async_graphql::Result<SignInByPinPayload>> {
        let (scope, credentials) = asker!(ctx);
        let SignInByPinInput { staff_code, pin, delivery } = input;
        let result = sign_in::by_pin(scope, credentials, &staff_code, &pin).await;
        settle(result, |opened| deliver(ctx, opened, delivery).into())
    }

    /// Signs in by a one-time link. Needs no sign-in. Codes: WRONG_CREDENTIALS.
    async fn sign_in_by_link(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The link's token.")] input: SignInByLinkInput,
    ) -> Option<async_graphql::Result<SignInByLinkPayload>> {
        let (scope, credentials) = asker!(ctx);
        let result = links::sign_in_by_link(scope, credentials, &input.token).await;
        settle(result, |opened| deliver(ctx, opened, input.delivery).into())
    }

    /// Sets the organisation up by the link that the server printed at its start: makes the first
    /// unit and the first administrator, and signs in. Needs no sign-in; works until there is an
    /// administrator. Codes: WRONG_CREDENTIALS, REQUIRED, TOO_LONG, INVALID, TOO_SIMPLE.
    async fn set_up_complete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The link's token, the organisation and you.")] input: SetUpCompleteInput,
    ) -> Option<async_graphql::Result<SetUpCompletePayload>> {
        let (scope, credentials) = asker!(ctx);
        let delivery = input.delivery;
        let form = SetUp {
            token: input.token,
            organisation: input.organisation_name,
            name: input.name,
            email: input.email,
            password: input.password,
        };
        let result = set_up::complete(scope, credentials, form).await;
        settle(result, |opened| deliver(ctx, opened, delivery).into())
    }

    /// Exchanges a refresh token, once, for the next one and a fresh access token. Send no
    /// Authorization header with it. A token that is used twice ends the session, because one of
    /// its two holders is a thief. Codes: REQUIRED, WRONG_CREDENTIALS.
    async fn session_refresh(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The refresh token, unless it is in the cookie.")]
        input: SessionRefreshInput,
    ) -> Option<async_graphql::Result<SessionRefreshPayload>> {
        let (scope, credentials) = asker!(ctx);
        let result = refreshed(scope, credentials, input.refresh_token.as_deref()).await;
        settle(result, |opened| deliver(ctx, opened, input.delivery).into())
    }

    /// Ends the session, its refresh tokens with it, and clears the cookie: "Done" on a shared
    /// device. No codes.
    async fn sign_out(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "`{}` signs this client out.")] input: SignOutInput,
    ) -> Option<async_graphql::Result<SignOutPayload>> {
        let (scope, credentials) = asker!(ctx);
        let everywhere = match (input.reach, scope.actor.person()) {
            (SignOutReach::Everywhere, Some(person)) => Some(person),
            _ => None,
        };
        ctx.append_http_header("set-cookie", auth::refresh_cookie(&scope.house.config, "", 0));
        let result = sessions::sign_out(scope, credentials, everywhere).await;
        settle(result, |()| SignOutPayload::done(true))
    }

    /// Chooses a PIN. With `staffCode` and `pin` on an enrolled device it replaces the one-time PIN
    /// and signs in; signed in, it sets one's own. Codes: TOO_SIMPLE, REQUIRED, FORBIDDEN without
    /// an enrolled device or a staff code, WRONG_CREDENTIALS, TOO_MANY_ATTEMPTS.
    async fn pin_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The PIN so far and the new one.")] input: PinSetInput,
    ) -> Option<async_graphql::Result<PinSetPayload>> {
        let (scope, credentials) = asker!(ctx);
        let pin = input.pin.as_deref();
        if let Some(staff_code) = &input.staff_code {
            let pin = pin.unwrap_or_default();
            let change = PinChange { staff_code, pin, new_pin: &input.new_pin };
            let result = sign_in::choose_pin(scope, credentials, change).await;
            return settle(result, |opened| deliver(ctx, opened, input.delivery).into());
        }
        let result = sign_in::set_own_pin(scope, credentials, pin, &input.new_pin).await;
        settle(result, |person| PinSetPayload {
            access_token: None,
            access_token_expires_at: None,
            refresh_token: None,
            session: None,
            person: Some(Person(person)),
            user_errors: Vec::new(),
        })
    }

    /// Chooses a password and ends every other session of yours. Needs a person's sign-in. Codes:
    /// TOO_SIMPLE, REQUIRED, FORBIDDEN without a mail address, WRONG_CREDENTIALS,
    /// TOO_MANY_ATTEMPTS.
    async fn password_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The password so far and the new one.")] input: PasswordSetInput,
    ) -> Option<async_graphql::Result<PasswordSetPayload>> {
        let (scope, credentials) = asker!(ctx);
        let old = input.password.as_deref();
        let result = sign_in::set_password(scope, credentials, old, &input.new_password).await;
        settle(result, |person| PasswordSetPayload::done(Person(person)))
    }
}
