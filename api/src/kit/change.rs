//! Three-state values: what an update does to a value that may be there or not.

/// What becomes of a value that may be there or not. An omitted field keeps, `null` clears.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Change<T> {
    /// As it is.
    #[default]
    Keep,
    /// Gone.
    Clear,
    /// This one.
    Set(T),
}

impl<T> Change<T> {
    /// The value afterwards.
    #[must_use]
    pub fn of(self, present: Option<T>) -> Option<T> {
        match self {
            Self::Keep => present,
            Self::Clear => None,
            Self::Set(value) => Some(value),
        }
    }

    /// The new value, if there is one.
    #[must_use]
    pub fn set(self) -> Option<T> {
        self.of(None)
    }

    /// Whether nothing was asked for.
    #[must_use]
    pub const fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn omitted_keeps_and_null_clears() {
        assert_eq!(Change::Keep.of(Some(1)), Some(1));
        assert_eq!(Change::Clear.of(Some(1)), None);
        assert_eq!(Change::Set(2).of(Some(1)), Some(2));
        assert!(Change::<i32>::default().is_keep());
    }
}
