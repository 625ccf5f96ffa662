//! Chance that is the same every time: jitter, who votes, and ids that still sort by their time.

use entity::instant::Instant;
use uuid::{Builder, Uuid};

/// A stream of numbers from a fixed start (SplitMix64, by Steele, Lea and Flood, 2014). No secret
/// may ever come from here.
#[derive(Debug)]
pub(super) struct Seed {
    state: u64,
}

impl Seed {
    /// The stream of the demo.
    pub(super) const fn fixed() -> Self {
        Self { state: 0x0EA7_5107_2026 }
    }

    /// 64 random bits.
    pub(super) fn bits(&mut self) -> u64 {
        self.next()
    }

    /// An id (UUIDv4) that tells nothing.
    pub(super) fn random_id(&mut self) -> Uuid {
        let bits = u128::from(self.next()) << 64 | u128::from(self.next());
        Builder::from_random_bytes(bits.to_be_bytes()).into_uuid()
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from `low` up to, and without, `high`; `low` when there is nothing between.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = u64::try_from(high.saturating_sub(low)).unwrap_or(0);
        if width == 0 {
            return low;
        }
        low.saturating_add(i64::try_from(self.next() % width).unwrap_or(0))
    }

    /// Puts `items` in a random order (Fisher and Yates).
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let chosen = self.between(0, i64::try_from(last + 1).unwrap_or(1));
            items.swap(last, usize::try_from(chosen).unwrap_or(last));
        }
    }

    /// An id (UUIDv7) of a row that was made at `at`.
    pub(super) fn id_at(&mut self, at: Instant) -> Uuid {
        let millis = u64::try_from(at.micros().div_euclid(1_000)).unwrap_or(0);
        let mut rest = [0_u8; 10];
        rest[..8].copy_from_slice(&self.next().to_be_bytes());
        rest[8..].copy_from_slice(&self.next().to_be_bytes()[..2]);
        Builder::from_unix_timestamp_millis(millis, &rest).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_the_same_every_time() {
        let (mut one, mut other) = (Seed::fixed(), Seed::fixed());
        for _ in 0..100 {
            assert_eq!(one.between(5, 50), other.between(5, 50));
        }
        assert_eq!(one.id_at(Instant(7)), other.id_at(Instant(7)));
        assert_ne!(one.id_at(Instant(7)), one.id_at(Instant(7)));
    }

    #[test]
    fn numbers_keep_to_their_bounds_and_ids_to_their_time() {
        let mut seed = Seed::fixed();
        for _ in 0..1_000 {
            assert!((3..9).contains(&seed.between(3, 9)));
        }
        assert_eq!(seed.between(4, 4), 4);
        let earlier = seed.id_at(Instant(1_772_442_000_000_000));
        let later = seed.id_at(Instant(1_772_442_000_001_000));
        assert!(earlier < later);
        assert_eq!(earlier.get_version_num(), 7);
    }

    #[test]
    fn shuffling_loses_nobody() {
        let mut items: Vec<u32> = (0..50).collect();
        Seed::fixed().shuffle(&mut items);
        assert_ne!(items, (0..50).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..50).collect::<Vec<_>>());
    }
}
