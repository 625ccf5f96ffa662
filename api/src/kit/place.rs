//! A place in the log, as clients keep it: they continue behind it, without a gap and without a
//! double, or are told that they cannot (docs/adr/0001).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::instant::DAY;

use super::error::{Code, Refusal, Result};
use super::fact;
use super::scope::Scope;

/// How far back a cursor may lie, in microseconds.
pub const HORIZON: i64 = 30 * DAY;
/// Longest cursor, in bytes.
const LONGEST: usize = 200;

/// The log cannot be continued from there.
#[must_use]
pub fn resync(why: &str) -> Refusal {
    Refusal::new(
        Code::ResyncRequired,
        "after",
        format!("{why} Read the state anew and follow without `after`."),
    )
}

/// A place in the log: behind a fact, or behind some of the steps that one fact tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The fact.
    pub seq: i64,
    /// How many of its steps were told; none: all of them.
    pub told: Option<usize>,
}

impl Place {
    /// Behind a fact, all of it.
    #[must_use]
    pub const fn behind(seq: i64) -> Self {
        Self { seq, told: None }
    }

    /// The last fact of which all was told.
    #[must_use]
    pub const fn whole(self) -> i64 {
        if self.told.is_some() { self.seq - 1 } else { self.seq }
    }

    /// As clients keep it: the epoch of the log, the number, and, between two steps of one fact, how
    /// many of them were told.
    #[must_use]
    pub fn cursor(self, epoch: &str) -> String {
        let Self { seq, told } = self;
        URL_SAFE_NO_PAD.encode(match told {
            Some(told) => format!("{epoch}.{seq}-{told}"),
            None => format!("{epoch}.{seq}"),
        })
    }

    /// Reads a cursor.
    ///
    /// # Errors
    /// BAD_REQUEST at `after` when it is none, RESYNC_REQUIRED when it is one of another log.
    pub fn read(epoch: &str, cursor: &str) -> Result<Self, Refusal> {
        let broken = || {
            let message = "`after` is no cursor of the log. Take it from an event or a page.";
            Refusal::new(Code::BadRequest, "after", message)
        };
        if cursor.len() > LONGEST {
            return Err(broken());
        }
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| broken())?;
        let text = String::from_utf8(bytes).map_err(|_| broken())?;
        let (of, place) = text.rsplit_once('.').ok_or_else(broken)?;
        let (seq, told) = match place.split_once('-') {
            Some((seq, told)) if !seq.is_empty() => (seq, Some(told)),
            _ => (place, None),
        };
        let seq: i64 = seq.parse().map_err(|_| broken())?;
        let told = told.map(str::parse).transpose().map_err(|_| broken())?;
        if of != epoch {
            return Err(resync("The log was restored or is another one."));
        }
        if seq < 0 { Err(broken()) } else { Ok(Self { seq, told }) }
    }

    /// The place, if the log can be continued from there. At most two statements.
    ///
    /// # Errors
    /// RESYNC_REQUIRED at `after` when it lies beyond the end, or is older than [`HORIZON`].
    pub async fn check(self, scope: &Scope) -> Result<Self> {
        let (db, seq) = (scope.db(), self.seq);
        if seq > fact::head(&db).await? {
            return Err(resync("The cursor lies beyond the end of the log.").into());
        }
        match fact::first_after(&db, seq).await? {
            Some(at) if scope.now.since(at) > HORIZON => {
                Err(resync("The cursor is older than 30 days.").into())
            }
            _ => Ok(self),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_cursor_survives_and_a_foreign_one_is_told() {
        for told in [None, Some(1)] {
            let place = Place { seq: 42, told };
            let cursor = place.cursor("a1b2");
            assert_eq!(Place::read("a1b2", &cursor), Ok(place));
            let foreign = Place::read("ffff", &cursor).map_err(|it| it.code);
            assert_eq!(foreign, Err(Code::ResyncRequired));
        }
        let below = Place::behind(-1).cursor("a1b2");
        for broken in ["", "x", "!!!!", &below, &"A".repeat(500)] {
            let refused = Place::read("a1b2", broken).map_err(|it| it.code);
            assert_eq!(refused, Err(Code::BadRequest), "{broken}");
        }
    }

    #[test]
    fn of_a_fact_that_was_told_in_part_all_is_looked_at_again() {
        assert_eq!(Place::behind(7).whole(), 7);
        assert_eq!(Place { seq: 7, told: Some(0) }.whole(), 6);
    }

    proptest! {
        #[test]
        fn any_text_is_refused_or_is_the_cursor_of_its_place(text in "\\PC{0,60}") {
            if let Ok(place) = Place::read("a1b2", &text) {
                prop_assert_eq!(Place::read("a1b2", &place.cursor("a1b2")), Ok(place));
            }
        }

        #[test]
        fn any_bytes_are_refused_or_a_place(bytes: Vec<u8>) {
            let cursor = URL_SAFE_NO_PAD.encode(&bytes);
            let read = Place::read("a1b2", &cursor);
            prop_assert!(read.is_err() || read.is_ok_and(|it| it.seq >= 0));
        }
    }
}
