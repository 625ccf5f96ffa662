//! Signing in and out.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};

use super::types::Person;
use crate::graphql::payload::{scope, settle};
use crate::graphql::scalars::DateTime;
use crate::http::auth::{self, Credentials};
use crate::identity::service::links;
use crate::identity::service::sessions::{self, Opened};
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

/// A signed-in client. Send the access token as `Authorization: Bearer TOKEN`.
#[derive(Clone, Debug, SimpleObject)]
pub struct Session {
    /// Opaque id.
    pub id: ID,
    /// Proof of this session for ten minutes.
    pub access_token: String,
    /// From then on the access token is refused.
    pub access_token_expires_at: DateTime,
    /// For `sessionRefresh`, once. Null when it travels by cookie, and on shared devices, where
    /// nobody stays signed in.
    pub refresh_token: Option<String>,
    /// Latest end of the session, whatever is refreshed.
    pub expires_at: DateTime,
}

payload! {
    /// Result of `signInByLink`.
    SignInByLinkPayload, SignInUserError {
        /// The new session.
        session: Session,
        /// Who signed in.
        person: Person,
    }
}

payload! {
    /// Result of `sessionRefresh`.
    SessionRefreshPayload, SignInUserError {
        /// The session with fresh tokens.
        session: Session,
        /// Who is signed in.
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

/// Puts the tokens where the client wants them.
pub(super) fn deliver(ctx: &Context<'_>, opened: Opened, by: TokenDelivery) -> (Session, Person) {
    let refresh_token = match (by, opened.refresh) {
        (TokenDelivery::Cookie, Some(token)) => {
            if let Ok(scope) = scope(ctx) {
                let life = opened.ends_at.since(scope.now);
                let cookie = auth::refresh_cookie(&scope.house.config, &token, life);
                ctx.append_http_header("set-cookie", cookie);
            }
            None
        }
        (_, token) => token,
    };
    let session = Session {
        id: opened.session.into(),
        access_token: opened.access.token,
        access_token_expires_at: opened.access.expires_at.into(),
        refresh_token,
        expires_at: opened.ends_at.into(),
    };
    (session, Person(opened.person))
}

pub(super) fn credentials<'a>(ctx: &Context<'a>) -> async_graphql::Result<&'a Credentials> {
    ctx.data::<Credentials>()
}

/// Scope and credentials of the request.
macro_rules! asker {
    ($ctx:expr) => {
        match (scope($ctx), credentials($ctx)) {
            (Ok(scope), Ok(credentials)) => (scope, credentials),
            (Err(error), _) | (_, Err(error)) => return Some(Err(error)),
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
    /// Signs in by a one-time link. Needs no sign-in. Codes: WRONG_CREDENTIALS.
    async fn sign_in_by_link(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The link's token.")] input: SignInByLinkInput,
    ) -> Option<async_graphql::Result<SignInByLinkPayload>> {
        let (scope, credentials) = asker!(ctx);
        let result = links::sign_in_by_link(scope, credentials, &input.token).await;
        settle(result, |opened| {
            let (session, person) = deliver(ctx, opened, input.delivery);
            SignInByLinkPayload::done(session, person)
        })
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
        settle(result, |opened| {
            let (session, person) = deliver(ctx, opened, input.delivery);
            SessionRefreshPayload::done(session, person)
        })
    }

    /// Ends the session, its refresh tokens with it, and clears the cookie. "Done" on a shared
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
}
