//! Figures of outcomes: decimal numbers with four places, counted in whole ten-thousandths.
//!
//! A figure that people argue about must read back as it was written; binary fractions do not.

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};

/// Parts of one.
const PARTS: f64 = 10_000.0;
/// Largest figure, either way: a hundred billion. Its ten-thousandths are still whole in a double.
pub const LARGEST: f64 = 1e11;

/// A figure in ten-thousandths of its unit of measure.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    DeriveValueType,
)]
pub struct Amount(pub i64);

/// Why a number is no figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAmount {
    /// Beyond a hundred billion, or no number at all.
    #[error("a figure lies between -100,000,000,000 and 100,000,000,000")]
    TooLarge,
    /// More than four places.
    #[error("a figure has at most four decimal places; round it")]
    TooFine,
}

impl Amount {
    /// The figure that a number of the API states.
    ///
    /// # Errors
    /// [`NoAmount`].
    pub fn of(number: f64) -> Result<Self, NoAmount> {
        if !number.is_finite() || number.abs() > LARGEST {
            return Err(NoAmount::TooLarge);
        }
        let parts = number * PARTS;
        let whole = parts.round();
        // What is left is the error of a binary fraction, or places beyond the fourth.
        if (parts - whole).abs() > f64::EPSILON * parts.abs().max(1.0) * 4.0 {
            return Err(NoAmount::TooFine);
        }
        // At most 1e15: it fits, with nothing behind the point.
        #[allow(clippy::cast_possible_truncation)]
        Ok(Self(whole as i64))
    }

    /// The number of the API.
    #[must_use]
    pub fn number(self) -> f64 {
        // Within the limit nothing is lost.
        #[allow(clippy::cast_precision_loss)]
        let parts = self.0 as f64;
        parts / PARTS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_people_write_is_kept() {
        for (number, parts) in [
            (0.1, 1_000),
            (12.5, 125_000),
            (-3.0, -30_000),
            (0.0001, 1),
            (1e11, 1_000_000_000_000_000),
        ] {
            assert_eq!(Amount::of(number), Ok(Amount(parts)), "{number}");
        }
        for (number, why) in [
            (f64::NAN, NoAmount::TooLarge),
            (f64::INFINITY, NoAmount::TooLarge),
            (-1.1e11, NoAmount::TooLarge),
            (0.000_01, NoAmount::TooFine),
            (3.271_59, NoAmount::TooFine),
        ] {
            assert_eq!(Amount::of(number), Err(why), "{number}");
        }
    }

    proptest! {
        #[test]
        fn a_figure_survives_the_api(parts in -1_000_000_000_000_000_i64..=1_000_000_000_000_000) {
            let amount = Amount(parts);
            prop_assert_eq!(Amount::of(amount.number()), Ok(amount));
        }

        #[test]
        fn any_number_is_refused_or_read_back(number: f64) {
            if let Ok(amount) = Amount::of(number) {
                prop_assert!((amount.number() - number).abs() <= 1e-4);
            }
        }
    }
}
