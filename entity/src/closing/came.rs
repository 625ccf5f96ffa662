//! What came of what somebody sent: counted by what everybody sees, and said in plain words. Pure.

use crate::submissions::phase::Phase;

/// What came of the submissions of one person, each counted in one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Came {
    /// How many were sent.
    pub sent: u32,
    /// Of those: received, being looked at, asked about, or put off to a day.
    pub waiting: u32,
    /// Of those: a yes that is not done yet.
    pub under_way: u32,
    /// Of those: done, still working or not asked yet.
    pub done: u32,
    /// Of those: not going ahead.
    pub declined: u32,
    /// Of those: taken back.
    pub taken_back: u32,
    /// How many other people said "me too".
    pub agreed: u32,
}

impl Came {
    /// Counts one more submission that everybody sees in `shown`; a joined one is seen where the one is
    /// that it was joined with.
    pub fn add(&mut self, shown: Phase) {
        self.sent += 1;
        let place = match shown {
            Phase::Submitted | Phase::UnderReview | Phase::NeedsInfo | Phase::Deferred => {
                &mut self.waiting
            }
            // A joined one whose root is not known stands for a yes that is not done.
            Phase::Accepted | Phase::Planned | Phase::InProgress | Phase::Merged => {
                &mut self.under_way
            }
            Phase::Implemented | Phase::Sustained => &mut self.done,
            Phase::Declined => &mut self.declined,
            Phase::Withdrawn => &mut self.taken_back,
        };
        *place += 1;
    }

    /// The same in plain sentences: English, or Spanish for who reads that. Nothing is said of what
    /// there is none of.
    #[must_use]
    pub fn sentences(&self, locale: &str) -> Vec<String> {
        let language = usize::from(locale.split(['-', '_']).next() == Some("es"));
        if self.sent == 0 {
            return vec![NOTHING[language].to_owned()];
        }
        let said = [
            (self.sent, SENT),
            (self.done, DONE),
            (self.under_way, UNDER_WAY),
            (self.waiting, WAITING),
            (self.declined, DECLINED),
            (self.taken_back, TAKEN_BACK),
            (self.agreed, AGREED),
        ];
        let say = |(count, forms): (u32, Forms)| match (count, forms[language]) {
            (0, _) => None,
            (1, (one, _)) => Some(one.to_owned()),
            (count, (_, more)) => Some(more.replace('#', &count.to_string())),
        };
        said.into_iter().filter_map(say).collect()
    }
}

/// English and Spanish, each for one and for more; `#` is the number.
type Forms = [(&'static str, &'static str); 2];

const NOTHING: [&str; 2] = [
    "You have not told us anything in this time. We would like to hear from you.",
    "En este tiempo no nos contaste nada. Nos gustaría saber de ti.",
];
const SENT: Forms = [
    ("You told us about one thing.", "You told us about # things."),
    ("Nos contaste una cosa.", "Nos contaste # cosas."),
];
const DONE: Forms = [("One is done.", "# are done."), ("Una está hecha.", "# están hechas.")];
const UNDER_WAY: Forms = [
    ("We said yes to one, and it is not done yet.", "We said yes to #, and they are not done yet."),
    (
        "A una le dijimos que sí y aún no está hecha.",
        "A # les dijimos que sí y aún no están hechas.",
    ),
];
const WAITING: Forms = [
    ("One waits for our answer.", "# wait for our answer."),
    ("Una espera nuestra respuesta.", "# esperan nuestra respuesta."),
];
const DECLINED: Forms = [
    ("One is not going ahead; we told you why.", "# are not going ahead; we told you why."),
    ("Una no sigue adelante; te dijimos por qué.", "# no siguen adelante; te dijimos por qué."),
];
const TAKEN_BACK: Forms =
    [("You took one back.", "You took # back."), ("Una la retiraste.", "# las retiraste.")];
const AGREED: Forms = [
    ("One other person said \"me too\".", "# other people said \"me too\"."),
    ("Otra persona dijo «a mí también».", "Otras # personas dijeron «a mí también»."),
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn it_is_said_in_plain_words() {
        let came = Came { sent: 4, done: 1, under_way: 3, agreed: 12, ..Came::default() };
        assert_eq!(
            came.sentences("en-GB"),
            [
                "You told us about 4 things.",
                "One is done.",
                "We said yes to 3, and they are not done yet.",
                "12 other people said \"me too\"."
            ]
        );
        assert_eq!(came.sentences("es")[1], "Una está hecha.");
        assert_eq!(Came::default().sentences("fr"), [NOTHING[0]]);
    }

    proptest! {
        #[test]
        fn everything_is_counted_once(shown in proptest::collection::vec(
            proptest::sample::select(Phase::ALL.to_vec()), 0..40,
        )) {
            let mut came = Came::default();
            shown.iter().for_each(|phase| came.add(*phase));
            let parts = came.waiting + came.under_way + came.done + came.declined + came.taken_back;
            prop_assert_eq!(came.sent, parts);
            prop_assert_eq!(came.sent as usize, shown.len());
        }
    }
}
