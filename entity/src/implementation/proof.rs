//! The law of outcomes: which figure holds, who may stand for it, and what others are shown.

use crate::id::{FigureId, PersonId};
use crate::implementation::values::{FigureStage, OutcomeOrder};
use crate::instant::Day;

/// A figure, as far as the law looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figure {
    /// Which.
    pub id: FigureId,
    /// Order within its outcome.
    pub number: i32,
    /// What it stands for.
    pub stage: FigureStage,
    /// Who wrote it down.
    pub by: Option<PersonId>,
    /// Whether somebody stands for it.
    pub proof: Proof,
}

/// Whether somebody stands for a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Somebody does.
    Confirmed,
    /// Nobody yet.
    Open,
}

/// The figure that holds for a stage: the last one written.
#[must_use]
pub fn holding(figures: &[Figure], stage: FigureStage) -> Option<Figure> {
    figures.iter().filter(|it| it.stage == stage).max_by_key(|it| it.number).copied()
}

/// The measured figure that others are shown: the last one that somebody stands for. A correction
/// replaces it for others once it is confirmed too.
#[must_use]
pub fn shown(figures: &[Figure]) -> Option<Figure> {
    figures
        .iter()
        .filter(|it| it.stage == FigureStage::Actual && it.proof == Proof::Confirmed)
        .max_by_key(|it| it.number)
        .copied()
}

/// A figure about to be written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Writing {
    /// What it stands for.
    pub stage: FigureStage,
    /// The day it is meant for, or was measured on.
    pub day: Day,
    /// The present day.
    pub today: Day,
    /// The organisation's rule.
    pub order: OutcomeOrder,
}

/// Why a figure cannot be written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoFigure {
    /// Measured on a day that has not come.
    NotYet,
    /// The organisation wants a target first.
    NoTarget,
}

/// Whether a figure can be written down.
///
/// # Errors
/// [`NoFigure`].
pub fn may_write(figures: &[Figure], new: Writing) -> Result<(), NoFigure> {
    if new.stage != FigureStage::Actual {
        return Ok(());
    }
    if new.day > new.today {
        return Err(NoFigure::NotYet);
    }
    let aimed = holding(figures, FigureStage::Target).is_some();
    if new.order == OutcomeOrder::TargetFirst && !aimed {
        return Err(NoFigure::NoTarget);
    }
    Ok(())
}

/// Whose work an outcome is: none of them may stand for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Involved {
    /// Who sent the idea.
    pub author: Option<PersonId>,
    /// Who is responsible for it.
    pub owner: Option<PersonId>,
    /// Who wrote the outcome down.
    pub writer: Option<PersonId>,
}

/// Why somebody cannot stand for a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoProof {
    /// Nothing was measured yet.
    NothingMeasured,
    /// It is their own work.
    Own,
    /// Somebody stands for it already.
    Already,
}

/// The figure that `me` may stand for.
///
/// # Errors
/// [`NoProof`].
pub fn may_confirm(
    figures: &[Figure],
    me: PersonId,
    involved: Involved,
) -> Result<Figure, NoProof> {
    let actual = holding(figures, FigureStage::Actual).ok_or(NoProof::NothingMeasured)?;
    if actual.proof == Proof::Confirmed {
        return Err(NoProof::Already);
    }
    let own = [involved.author, involved.owner, involved.writer, actual.by].contains(&Some(me));
    if own { Err(NoProof::Own) } else { Ok(actual) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn person(number: u128) -> PersonId {
        PersonId(Uuid::from_u128(number))
    }

    fn figure(number: i32, stage: FigureStage, proof: Proof) -> Figure {
        let id = FigureId(Uuid::from_u128(number.unsigned_abs().into()));
        Figure { id, number, stage, by: Some(person(1)), proof }
    }

    const NOBODY: Involved = Involved { author: None, owner: None, writer: None };

    fn writing(stage: FigureStage, order: OutcomeOrder) -> Writing {
        let today: Day = "2026-03-02".parse().expect("a day");
        Writing { stage, day: today, today, order }
    }

    #[test]
    fn the_target_comes_first_where_the_organisation_wants_it() {
        let aimed = [figure(1, FigureStage::Target, Proof::Open)];
        let forecast = [figure(1, FigureStage::Forecast, Proof::Open)];
        let strict = writing(FigureStage::Actual, OutcomeOrder::TargetFirst);
        assert_eq!(may_write(&[], strict), Err(NoFigure::NoTarget));
        assert_eq!(may_write(&forecast, strict), Err(NoFigure::NoTarget));
        assert_eq!(may_write(&aimed, strict), Ok(()));
        assert_eq!(may_write(&[], writing(FigureStage::Actual, OutcomeOrder::AnyOrder)), Ok(()));
        assert_eq!(may_write(&[], writing(FigureStage::Target, OutcomeOrder::TargetFirst)), Ok(()));
        let early = Writing { day: "2026-03-03".parse().expect("a day"), ..strict };
        assert_eq!(may_write(&aimed, early), Err(NoFigure::NotYet));
    }

    #[test]
    fn nobody_stands_for_their_own_work() {
        let measured = [figure(1, FigureStage::Actual, Proof::Open)];
        let involved =
            Involved { author: Some(person(2)), owner: Some(person(3)), writer: Some(person(4)) };
        for own in 1..=4 {
            assert_eq!(may_confirm(&measured, person(own), involved), Err(NoProof::Own), "{own}");
        }
        assert!(may_confirm(&measured, person(5), involved).is_ok());
        assert_eq!(may_confirm(&[], person(5), involved), Err(NoProof::NothingMeasured));
    }

    fn figures() -> impl Strategy<Value = Vec<Figure>> {
        let stage = prop::sample::select(FigureStage::ALL.to_vec());
        let proof = prop::sample::select(vec![Proof::Confirmed, Proof::Open]);
        prop::collection::vec((stage, proof), 0..20).prop_map(|rows| {
            (1..).zip(rows).map(|(number, (stage, proof))| figure(number, stage, proof)).collect()
        })
    }

    proptest! {
        #[test]
        fn a_correction_shows_once_it_is_confirmed(before in figures()) {
            let mut after = before.clone();
            let number = i32::try_from(before.len()).expect("few") + 1;
            after.push(figure(number, FigureStage::Actual, Proof::Open));
            // What others see stays; what holds is the correction, open again.
            prop_assert_eq!(shown(&after), shown(&before));
            prop_assert_eq!(holding(&after, FigureStage::Actual).map(|it| it.number), Some(number));
            let confirmed = may_confirm(&after, person(9), NOBODY).expect("somebody else");
            for it in &mut after {
                if it.id == confirmed.id {
                    it.proof = Proof::Confirmed;
                }
            }
            prop_assert_eq!(shown(&after).map(|it| it.number), Some(number));
            prop_assert_eq!(may_confirm(&after, person(9), NOBODY), Err(NoProof::Already));
        }

        #[test]
        fn whoever_has_a_part_in_it_stands_for_nothing(
            rows in figures(),
            involved in prop::array::uniform3(prop::option::of(0_u128..6)),
            by in prop::option::of(0_u128..6),
            me in 0_u128..6,
        ) {
            let rows: Vec<Figure> =
                rows.into_iter().map(|it| Figure { by: by.map(person), ..it }).collect();
            let [author, owner, writer] = involved.map(|it| it.map(person));
            let part = involved.contains(&Some(me)) || by == Some(me);
            let may = may_confirm(&rows, person(me), Involved { author, owner, writer });
            match holding(&rows, FigureStage::Actual) {
                None => prop_assert_eq!(may, Err(NoProof::NothingMeasured)),
                Some(it) if it.proof == Proof::Confirmed => prop_assert_eq!(may, Err(NoProof::Already)),
                Some(it) => prop_assert_eq!(may, if part { Err(NoProof::Own) } else { Ok(it) }),
            }
        }

        #[test]
        fn others_never_see_what_nobody_stands_for(rows in figures()) {
            if let Some(seen) = shown(&rows) {
                prop_assert_eq!((seen.stage, seen.proof), (FigureStage::Actual, Proof::Confirmed));
            }
        }
    }
}
