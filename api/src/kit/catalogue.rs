//! What every error code means and what to do about it: read by the pages of `http/docs` and by
//! docs/ERRORS.md, so that what is written cannot fall behind what is said.

use super::error::Code;

/// Where a code is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// In the top-level `errors`: a developer or an operator mends it.
    Top,
    /// In `userErrors` of a payload: the person mends it. A field of a query has no payload; it tells
    /// BAD_REQUEST at the top, with the path of the argument in `extensions.field`.
    User,
    /// In both places.
    Both,
    /// At the end of a stream.
    Stream,
}

impl Told {
    /// In words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Top => "errors",
            Self::User => "userErrors",
            Self::Both => "errors and userErrors",
            Self::Stream => "the last event of a stream",
        }
    }
}

/// One line of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Where it is told.
    pub told: Told,
    /// HTTP statuses with which it comes. 200: other fields of the same answer may have worked.
    pub status: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// What to do.
    pub cure: &'static str,
}

macro_rules! catalogue {
    ($($code:ident: $told:ident, $status:literal, $meaning:literal, $cure:literal;)+) => {
        impl Code {
            /// Every code, as the catalogue lists them.
            pub const ALL: &'static [Self] = &[$(Self::$code),+];

            /// Its line of the catalogue.
            #[must_use]
            pub const fn entry(self) -> Entry {
                match self {
                    $(Self::$code => Entry {
                        told: Told::$told,
                        status: $status,
                        meaning: $meaning,
                        cure: $cure,
                    },)+
                }
            }
        }
    };
}

catalogue! {
    BadRequest: Top, "200, 400, 405, 406, 415",
        "The request itself is malformed: the body is no JSON object, an argument does not fit, a cursor belongs to another order, the method or media type is a wrong one. Of an argument of a query `extensions.field` has the path.",
        "Read the message: it names what is wrong. 405 tells the methods in `Allow`, 415 wants `Content-Type: application/json`. Sending the same again does not help.";
    GraphqlParseFailed: Top, "400",
        "The document is not GraphQL.",
        "Mend the syntax at the place that the message names.";
    GraphqlValidationFailed: Top, "400",
        "The document does not fit the schema: a field, an argument or a type that is not there, a variable of the wrong form. Also introspection by somebody who is not signed in.",
        "Check the document against /graphql/schema.graphql; build tools do that before a release.";
    QueryTooComplex: Top, "400, 413, 414",
        "The document asks for more than any client needs: cost over 5,000 points, depth over 12, more than 32 KiB of text, a body over 256 KiB.",
        "Ask for fewer rows (`first`), fewer levels, or in several requests. The message says which limit it was.";
    Unauthenticated: Both, "200, 401",
        "Nobody is signed in, or the token has expired or was revoked. 401 for a token that is none; 200 where only a field of the answer needs a sign-in.",
        "Sign in, or exchange the refresh token by `sessionRefresh`, then send it again. An API token does not come back: ask for a new one.";
    Forbidden: Both, "200, 403",
        "Signed in, without the right that this needs. 403 at the opening of a WebSocket: pages of this origin may not connect.",
        "The message names the role or scope. Ask an administrator for it, or ask `viewer { can }` before you offer the action.";
    NotFound: Both, "200",
        "Not there, or not yours: both answer the same.",
        "Check the id; ask for access if you expected to see it. Do not take it as proof that it was deleted.";
    Conflict: Both, "200",
        "At the top: two changes waited for each other and this one was given up; nothing was done. In `userErrors`: somebody else was quicker, and the message says who or what.",
        "At the top: send it again. In `userErrors`: read the thing again and decide anew.";
    RateLimited: Top, "200, 429, 503",
        "The budget of this minute is spent; or more than 50 operations at once over one socket, which goes on; or no further socket can be opened (503).",
        "Wait for the seconds of `Retry-After`, then go on; complete operations that are not needed. `extensions.cost` of each answer and `rateLimit` tell what things cost.";
    PersistedQueryNotFound: Top, "400",
        "No document has this hash or id; or only registered ones are executed here.",
        "Send the text with the hash, once (Apollo's clients do so by themselves); or have the document registered.";
    StorageFull: Top, "200",
        "The disk of the server is full. Nothing was changed; reading works on.",
        "Try again later with the same `clientKey`. The operator has to make room.";
    Unavailable: Top, "200, 503",
        "For a moment the database cannot be reached, a lock did not come free, or the query took too long and was broken off.",
        "Try again after a second, then after longer; send changes with the same `clientKey`. Ask for less at a time if it was a long query.";
    Internal: Top, "200, 500",
        "Our mistake. What was asked for was not done.",
        "Try again once. If it stays, give `extensions.traceId` to the administrator: the log has the rest under it.";
    Required: User, "200",
        "A value is missing.",
        "Fill in what `field` names.";
    TooLong: User, "200",
        "A text or a list is too long.",
        "Shorten it: the message says the limit and how long it is.";
    Invalid: User, "200",
        "A value is not of the right form, out of its range, or does not go with another one.",
        "Read the message; where there is a short list of what is taken, `allowed` has it.";
    Taken: User, "200",
        "Another thing has this name, code or address.",
        "Choose another one, or use the thing that is there.";
    StaleVersion: User, "200",
        "It changed since it was read: `expectedVersion` is not the version of now.",
        "Read it again, show what changed, and send the change with the new version.";
    StepNotAllowed: User, "200",
        "What was asked for is not allowed in the phase in which the thing is.",
        "`allowed` lists the steps that are. Somebody may have moved it meanwhile: read it again.";
    IdempotencyKeyReused: User, "200",
        "The client key was used with other content within the last 30 days.",
        "Take a new key for new content. To learn what became of the first, send the first content again with its key.";
    WrongCredentials: User, "200",
        "The code, link, PIN, password or refresh token is wrong, spent or expired.",
        "Type it again, or ask for a new one. It does not say which part was wrong.";
    TooManyAttempts: User, "200",
        "Too many wrong guesses at this account, or more than 20 reports in a day.",
        "Wait as long as the message says; for a PIN the manager can give a new one.";
    TooLarge: User, "200",
        "A file is too large.",
        "Send a smaller one: at most 10 MiB.";
    UnsupportedType: User, "200",
        "A file is of a kind that is not taken.",
        "Send JPEG, PNG or WebP; a phone that takes HEIC can be set to JPEG.";
    TooLate: User, "200",
        "It can no longer be undone, changed or added to.",
        "Do what comes after: the message says what.";
    TooSimple: User, "200",
        "A PIN or password is too easily guessed.",
        "Choose a longer one: four words for a password, six digits that are no row and no date for a PIN.";
    PinChangeRequired: User, "200",
        "The PIN was a one-time one, and opens nothing.",
        "Let the person choose their own by `pinSet`, which signs in.";
    InUse: User, "200",
        "Something still depends on it.",
        "Take away what depends on it first: the message names it.";
    ResyncRequired: Stream, "200",
        "The stream cannot be continued from this cursor: it is older than 30 days, of another log, or what the follower may read has changed.",
        "Read the state anew by a query, then follow again without `after`.";
}

/// A close code of the WebSocket, and whether clients come back by themselves.
#[derive(Clone, Copy, Debug)]
pub struct Close {
    /// The number.
    pub code: u16,
    /// What it means.
    pub meaning: &'static str,
    /// What to do.
    pub cure: &'static str,
}

/// The close codes of `graphql-transport-ws` and of RFC 6455 with which sockets end here.
pub const CLOSES: &[Close] = &[
    Close {
        code: 1002,
        meaning: "The frames are no WebSocket protocol.",
        cure: "Use a WebSocket library.",
    },
    Close { code: 1007, meaning: "A message is not UTF-8.", cure: "Send text." },
    Close {
        code: 1009,
        meaning: "A message is larger than 64 KiB.",
        cure: "Send smaller documents and variables.",
    },
    Close {
        code: 1012,
        meaning: "The server restarts.",
        cure: "Come back (graphql-ws does by itself) and go on with `after`.",
    },
    Close {
        code: 1013,
        meaning: "Answers are not read fast enough, pings are not answered, or the server is too busy.",
        cure: "Come back (graphql-ws does by itself) and go on with `after`.",
    },
    Close {
        code: 4400,
        meaning: "A message that the protocol does not know, or not at this time.",
        cure: "Use a client of graphql-transport-ws.",
    },
    Close {
        code: 4401,
        meaning: "An operation before `connection_ack`.",
        cure: "Wait for `connection_ack`.",
    },
    Close {
        code: 4403,
        meaning: "The token was refused, has expired or was revoked.",
        cure: "Come back with a new token and go on with `after`.",
    },
    Close {
        code: 4408,
        meaning: "No `connection_init` within 5 seconds.",
        cure: "Send it first, at once.",
    },
    Close {
        code: 4409,
        meaning: "An operation with this id runs already on this socket.",
        cure: "Give every operation an id of its own.",
    },
    Close {
        code: 4429,
        meaning: "A second `connection_init`.",
        cure: "Send it once for each socket.",
    },
    Close {
        code: 4500,
        meaning: "Our mistake.",
        cure: "Come back after a while; tell the administrator if it stays.",
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_is_there_once_and_says_what_to_do() {
        let words: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(words.len(), Code::ALL.len());
        for code in Code::ALL {
            let Entry { status, meaning, cure, .. } = code.entry();
            for text in [meaning, cure] {
                assert!(text.len() > 10 && text.ends_with('.'), "{}: {text}", code.as_str());
            }
            for number in status.split(", ") {
                assert!(number.parse::<u16>().is_ok(), "{}: {status}", code.as_str());
            }
        }
    }
}
