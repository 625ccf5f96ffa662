//! What a PIN may be: 6 to 12 digits that nobody would try first.
//!
//! Refused as trivial: digits in equal steps (000000, 123456, 987654, 024680), a repeated pattern (121212, 123123), a
//! mirrored one (123321), doubled steps (112233), dates (birthdays are known to colleagues), keypad walks and others
//! from the lists of the most used, and the own staff code.

use std::fmt;

/// Fewest digits.
pub const MIN_DIGITS: usize = 6;
/// Most digits.
pub const MAX_DIGITS: usize = 12;

/// Often chosen, and not caught by the shapes above: walks over the keypad and well-known numbers.
#[rustfmt::skip]
const COMMON: &[&str] = &[
    "147258", "147369", "258369", "369258", "258147", "741852", "852963", "963852", "963741",
    "159753", "753159", "159357", "357159", "951753", "147852", "147896", "789456", "456123",
    "456789", "789123", "321654", "654987", "142536", "102030", "010203", "123654", "123789",
    "314159", "271828", "112358", "007007", "100200", "696969", "520131", "5201314", "142857",
    "123456780", "147258369", "741852963", "789456123", "159357456", "112358132",
];

/// A PIN that obeys the rule. Its `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(String);

/// Why a PIN is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum PinRefusal {
    /// Something else than the digits 0 to 9.
    #[error("the PIN has a character that is not a digit; use the digits 0 to 9 only")]
    NotDigits,
    /// Fewer than [`MIN_DIGITS`].
    #[error("the PIN is too short; use at least {MIN_DIGITS} digits")]
    TooShort,
    /// More than [`MAX_DIGITS`].
    #[error("the PIN is too long; use at most {MAX_DIGITS} digits")]
    TooLong,
    /// Equal steps from digit to digit, such as 111111, 123456 or 987654, also doubled as in 112233.
    #[error("the PIN is a simple row of digits; choose one without a pattern")]
    Sequence,
    /// One part again and again, or mirrored.
    #[error("the PIN repeats itself; choose one without a pattern")]
    Repeated,
    /// Day, month and year in a usual order.
    #[error("the PIN looks like a date, which others may know; choose another")]
    Date,
    /// Among those that are tried first.
    #[error("the PIN is one of those that are tried first; choose another")]
    Common,
    /// The own staff code, or a part of it, or with it inside.
    #[error("the PIN is like the staff code, which others know; choose another")]
    StaffCode,
}

impl Pin {
    /// Checks a PIN that somebody chose. Spaces around it do not count.
    ///
    /// # Errors
    /// [`PinRefusal`], the first rule that it breaks.
    pub fn new(typed: &str, staff_code: &str) -> Result<Self, PinRefusal> {
        let typed = typed.trim();
        let digits = digits_of(typed)?;
        let broken = if is_sequence(&digits) {
            Some(PinRefusal::Sequence)
        } else if repeats(&digits) {
            Some(PinRefusal::Repeated)
        } else if COMMON.contains(&typed) {
            Some(PinRefusal::Common)
        } else if is_date(&digits) {
            Some(PinRefusal::Date)
        } else if is_like(typed, staff_code) {
            Some(PinRefusal::StaffCode)
        } else {
            None
        };
        broken.map_or_else(|| Ok(Self(typed.to_owned())), Err)
    }

    /// The digits, for the hash and for nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Pin(..)")
    }
}

fn digits_of(typed: &str) -> Result<Vec<u32>, PinRefusal> {
    // Length first: nothing longer than a PIN is looked at.
    match typed.chars().take(MAX_DIGITS + 1).count() {
        0..MIN_DIGITS => Err(PinRefusal::TooShort),
        MIN_DIGITS..=MAX_DIGITS => {
            typed.chars().map(|digit| digit.to_digit(10).ok_or(PinRefusal::NotDigits)).collect()
        }
        _ => Err(PinRefusal::TooLong),
    }
}

/// Equal steps modulo ten (so 890123 counts), of single digits or of digits written twice.
fn is_sequence(digits: &[u32]) -> bool {
    let doubled =
        digits.len().is_multiple_of(2) && digits.chunks(2).all(|pair| pair.first() == pair.last());
    let halved: Vec<_> = digits.iter().copied().step_by(2).collect();
    has_equal_steps(digits) || (doubled && has_equal_steps(&halved))
}

fn has_equal_steps(digits: &[u32]) -> bool {
    let mut steps = digits.windows(2).map(|pair| (10 + pair[1] - pair[0]) % 10);
    let first = steps.next();
    steps.all(|step| Some(step) == first)
}

/// A part that fits at least twice and goes on to the end, or a mirror image.
fn repeats(digits: &[u32]) -> bool {
    let patterned = (1..=digits.len() / 2).any(|period| {
        digits.iter().zip(digits.iter().skip(period)).all(|(left, right)| left == right)
    });
    let mirrored = digits.iter().eq(digits.iter().rev());
    // Halves of one digit each, such as 111222.
    let (left, right) = digits.split_at(digits.len() / 2);
    patterned || mirrored || (is_one_digit(left) && is_one_digit(right))
}

fn is_one_digit(digits: &[u32]) -> bool {
    digits.windows(2).all(|pair| pair[0] == pair[1])
}

/// Six digits in the orders DDMMYY, MMDDYY, YYMMDD, or eight with a year from 1900 to 2099.
fn is_date(digits: &[u32]) -> bool {
    let number = |part: &[u32]| part.iter().fold(0, |number, digit| number * 10 + digit);
    let is_year = |part: &[u32]| part.len() == 2 || (1900..2100).contains(&number(part));
    let is_day = |part: &[u32]| {
        let (first, second) = part.split_at(2);
        let (first, second) = (number(first), number(second));
        let (low, high) = (first.min(second), first.max(second));
        (1..=12).contains(&low) && (1..=31).contains(&high)
    };
    let year_first = |day: &[u32]| (1..=12).contains(&number(&day[..2])) && is_day(day);
    match digits.len() {
        6 | 8 => {
            let (day, year) = digits.split_at(4);
            let (early_year, late_day) = digits.split_at(digits.len() - 4);
            (is_day(day) && is_year(year)) || (is_year(early_year) && year_first(late_day))
        }
        _ => false,
    }
}

fn is_like(pin: &str, staff_code: &str) -> bool {
    let code: String = staff_code.chars().filter(char::is_ascii_digit).collect();
    // Short codes are inside many PINs by chance.
    code.len() >= 4 && (pin.contains(&code) || code.contains(pin))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refusal(typed: &str) -> Option<PinRefusal> {
        Pin::new(typed, "").err()
    }

    #[test]
    fn six_to_twelve_digits() {
        assert_eq!(refusal(""), Some(PinRefusal::TooShort));
        assert_eq!(refusal("48392"), Some(PinRefusal::TooShort));
        assert_eq!(refusal("483927"), None);
        assert_eq!(refusal(" 483927 "), None);
        assert_eq!(refusal("483927150364"), None);
        assert_eq!(refusal("4839271503648"), Some(PinRefusal::TooLong));
        assert_eq!(refusal(&"4".repeat(1_000_000)), Some(PinRefusal::TooLong));
        for typed in ["48392a", "48 3927", "٤٨٣٩٢٧", "48-3927", "+483927"] {
            assert_eq!(refusal(typed), Some(PinRefusal::NotDigits), "{typed}");
        }
    }

    #[test]
    fn trivial_ones_are_refused() {
        let sequences = [
            "000000",
            "111111",
            "123456",
            "654321",
            "890123",
            "321098",
            "024680",
            "135791",
            "112233",
            "998877",
            "123456789012",
        ];
        for typed in sequences {
            assert_eq!(refusal(typed), Some(PinRefusal::Sequence), "{typed}");
        }
        for typed in
            ["121212", "123123", "1231231", "48394839", "123321", "111222", "0110110", "777888"]
        {
            assert_eq!(refusal(typed), Some(PinRefusal::Repeated), "{typed}");
        }
        for typed in ["147258", "159753", "102030", "5201314"] {
            assert_eq!(refusal(typed), Some(PinRefusal::Common), "{typed}");
        }
    }

    #[test]
    fn dates_are_refused_in_the_usual_orders() {
        for typed in ["140789", "071489", "890714", "14071989", "07141989", "19890714", "20240229"]
        {
            assert_eq!(refusal(typed), Some(PinRefusal::Date), "{typed}");
        }
        for typed in ["893214", "481399", "14073989", "1407198", "003089"] {
            assert_eq!(refusal(typed), None, "{typed}");
        }
    }

    #[test]
    fn the_staff_code_is_no_secret() {
        let like = |pin, code| Pin::new(pin, code).err();
        assert_eq!(like("483927", "483927"), Some(PinRefusal::StaffCode));
        assert_eq!(like("483927", "N-4839"), Some(PinRefusal::StaffCode));
        assert_eq!(like("483927", "0483927"), Some(PinRefusal::StaffCode));
        assert_eq!(like("483927", "48"), None);
    }

    #[test]
    fn it_does_not_show_itself() {
        let pin = Pin::new("483927", "").expect("a good one");
        assert_eq!(format!("{pin:?}"), "Pin(..)");
        assert_eq!(pin.expose(), "483927");
    }

    #[test]
    fn most_random_ones_are_good() {
        // Every 97th: enough to tell, and fast.
        let tried = (0..1_000_000).step_by(97);
        let all = tried.clone().count();
        let good = tried.filter(|number| refusal(&format!("{number:06}")).is_none()).count();
        assert!(good * 100 > all * 88, "{good} of {all}");
    }

    proptest! {
        #[test]
        fn nothing_typed_panics(typed in "\\PC{0,20}", code in "\\PC{0,20}") {
            if let Ok(pin) = Pin::new(&typed, &code) {
                prop_assert!((MIN_DIGITS..=MAX_DIGITS).contains(&pin.expose().len()));
            }
        }
    }
}
