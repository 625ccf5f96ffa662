//! Enums that are stored and sent as words.
//!
//! The database keeps such values as text and the code checks them (no database enums), so every one of them needs the
//! same five things: the list of all values, the word of each, and the way back from a word, with an error that names
//! what could not be read. [`text_enum!`] writes them once.

/// A word that is no value of the enum it was read for: a bad row, or bad input.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{value:?} is not a known {what}")]
pub struct UnknownValue {
    /// Name of the type that was expected, for instance `Phase`.
    pub what: &'static str,
    /// The word that was found, cut to [`UnknownValue::SHOWN`] characters so that no long text ends up in a log.
    pub value: String,
}

impl UnknownValue {
    /// How many characters of a foreign word are kept.
    pub const SHOWN: usize = 40;

    /// States that `value` is no `what`.
    #[must_use]
    pub fn new(what: &'static str, value: &str) -> Self {
        Self { what, value: value.chars().take(Self::SHOWN).collect() }
    }
}

/// Declares an enum whose variants are words.
///
/// ```ignore
/// text_enum! {
///     /// What the author was asked for.
///     pub enum Kind {
///         /// What would help.
///         Idea = "IDEA",
///         /// What was seen.
///         Observation = "OBSERVATION",
///     }
/// }
/// ```
///
/// The enum gets `ALL` (in the order of declaration, which is also its `Ord`), `as_str()`, `Display`, `FromStr` with
/// [`UnknownValue`], and serde as the same word. Documentation and further attributes may stand on the enum and on
/// every variant. `Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash` are derived.
macro_rules! text_enum {
    (
        $(#[$on_enum:meta])*
        $visibility:vis enum $name:ident {
            $(
                $(#[$on_variant:meta])*
                $variant:ident = $word:literal
            ),+ $(,)?
        }
    ) => {
        $(#[$on_enum])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $visibility enum $name {
            $(
                $(#[$on_variant])*
                $variant,
            )+
        }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$variant),+];

            /// The word that stands for this value in the database, the API and files.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, out: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                out.pad(self.as_str())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::text_enum::UnknownValue;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    other => Err($crate::text_enum::UnknownValue::new(stringify!($name), other)),
                }
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let word = <::std::borrow::Cow<'de, str> as ::serde::Deserialize>::deserialize(from)?;
                word.parse().map_err(::serde::de::Error::custom)
            }
        }
    };
}

pub(crate) use text_enum;

#[cfg(test)]
mod tests {
    use super::UnknownValue;

    text_enum! {
        /// A value for these tests.
        enum Colour {
            /// Like a ripe tomato.
            Red = "RED",
            DarkBlue = "DARK_BLUE",
        }
    }

    #[test]
    fn every_value_survives_the_way_to_its_word_and_back() {
        assert_eq!(Colour::ALL, [Colour::Red, Colour::DarkBlue]);
        for colour in Colour::ALL {
            assert_eq!(colour.as_str().parse(), Ok(colour));
            assert_eq!(colour.to_string(), colour.as_str());
            let json = serde_json::to_string(&colour).expect("a word");
            assert_eq!(json, format!("\"{colour}\""));
            assert_eq!(serde_json::from_str::<Colour>(&json).expect("the same word"), colour);
        }
    }

    #[test]
    fn a_foreign_word_is_an_error_that_names_the_type() {
        let error = "red".parse::<Colour>().expect_err("words are exact");
        assert_eq!(error, UnknownValue { what: "Colour", value: "red".into() });
        assert_eq!(error.to_string(), "\"red\" is not a known Colour");
        assert!(serde_json::from_str::<Colour>("\"GREEN\"").is_err());
    }

    #[test]
    fn a_long_foreign_word_is_cut() {
        let error = "é".repeat(500).parse::<Colour>().expect_err("no colour");
        assert_eq!(error.value.chars().count(), UnknownValue::SHOWN);
    }

    #[test]
    fn the_order_is_that_of_declaration() {
        assert!(Colour::Red < Colour::DarkBlue);
    }
}
