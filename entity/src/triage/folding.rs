//! Which link stands for a submission at a cause into which others were merged.
//!
//! Links keep where they were made, their origin. Of all links of one submission whose origins were
//! merged into one cause, one is shown; the others are put aside. What is shown and what is put
//! aside is computed from origins and standing merges alone, so merges can be taken back in any
//! order. Pure.

use std::collections::{BTreeMap, HashMap};

use crate::id::{CauseId, CauseLinkId, CauseMergeId};
use crate::triage::values::LinkFate;

/// A merge that was not taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Which.
    pub merge: CauseMergeId,
    /// What went.
    pub from: CauseId,
    /// What lived on.
    pub into: CauseId,
}

/// Whether everybody may see a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It shows.
    ByAll,
    /// It came with a decision that is still held.
    InsideOnly,
}

/// A link of one submission, where it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The link.
    pub link: CauseLinkId,
    /// Whether everybody may see it.
    pub seen: Seen,
}

/// What a merge remembers of a link.
pub type Remembered = BTreeMap<(CauseMergeId, CauseLinkId), LinkFate>;

/// Which link stands for one submission at a cause, and what the merges below it remember.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// The one that stands.
    pub shown: Option<CauseLinkId>,
    /// The others, and the way of the one that stands.
    pub remembered: Remembered,
}

/// Settles the links of one submission at `top`. `merges` are in the order in which they were made.
///
/// At every cause its own link stands, else that of what was merged into it first; but one that is
/// still held gives way to one that everybody sees, so that nobody learns of a decision by a link
/// that vanishes, and undoing the decision takes nothing else along.
#[must_use]
pub fn settle(top: CauseId, merges: &[Standing], origins: &HashMap<CauseId, Origin>) -> Settled {
    let mut settled = Settled::default();
    settled.shown = stands(top, (merges, origins), &mut settled.remembered).map(|it| it.link);
    settled
}

fn stands(
    at: CauseId,
    known: (&[Standing], &HashMap<CauseId, Origin>),
    remembered: &mut Remembered,
) -> Option<Origin> {
    let (merges, origins) = known;
    let mut found: Vec<(Option<CauseMergeId>, Origin)> = Vec::new();
    found.extend(origins.get(&at).map(|own| (None, *own)));
    for merge in merges.iter().filter(|merge| merge.into == at) {
        let below = stands(merge.from, known, remembered);
        found.extend(below.map(|below| (Some(merge.merge), below)));
    }
    let open = found.iter().find(|(_, link)| link.seen == Seen::ByAll);
    let (through, chosen) = *open.or(found.first())?;
    for (merge, link) in found {
        let (merge, fate) = match merge {
            Some(merge) if link == chosen => (merge, LinkFate::Moved),
            Some(merge) => (merge, LinkFate::Folded),
            // Its own link gives way to one that came through a merge.
            None => match through {
                Some(through) => (through, LinkFate::Displaced),
                None => continue,
            },
        };
        remembered.insert((merge, link.link), fate);
    }
    Some(chosen)
}

/// Where the links of one submission were made, read back from what [`settle`] said of them.
#[must_use]
pub fn origins(
    top: CauseId,
    merges: &[Standing],
    settled: &Settled,
) -> HashMap<CauseId, CauseLinkId> {
    let mut found: HashMap<CauseLinkId, (usize, CauseId)> = HashMap::new();
    found.extend(settled.shown.map(|link| (link, (0, top))));
    for ((merge, link), fate) in &settled.remembered {
        let Some(merge) = merges.iter().find(|it| it.merge == *merge) else { continue };
        let depth = depth(merge.into, merges);
        let at = match fate {
            LinkFate::Moved | LinkFate::Folded => (depth + 1, merge.from),
            LinkFate::Displaced => (depth, merge.into),
        };
        let deepest = found.entry(*link).or_insert(at);
        if deepest.0 < at.0 {
            *deepest = at;
        }
    }
    found.into_iter().map(|(link, (_, cause))| (cause, link)).collect()
}

/// How many merges lie between a cause and the one that lives on.
fn depth(of: CauseId, merges: &[Standing]) -> usize {
    let mut at = of;
    let mut steps = 0;
    while let Some(up) = merges.iter().find(|merge| merge.from == at) {
        at = up.into;
        steps += 1;
        if steps > merges.len() {
            break;
        }
    }
    steps
}

/// The merges of a tree that lie below one of its causes, in their order.
#[must_use]
pub fn below(top: CauseId, merges: &[Standing]) -> Vec<Standing> {
    let under = |cause: CauseId| {
        let mut at = cause;
        for _ in 0..=merges.len() {
            if at == top {
                return true;
            }
            match merges.iter().find(|merge| merge.from == at) {
                Some(up) => at = up.into,
                None => return false,
            }
        }
        false
    };
    merges.iter().copied().filter(|merge| under(merge.into)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;
    use uuid::Uuid;

    const CAUSES: usize = 6;

    fn cause(number: usize) -> CauseId {
        CauseId(Uuid::from_u128(number as u128 + 1))
    }

    fn link(number: usize) -> CauseLinkId {
        CauseLinkId(Uuid::from_u128(number as u128 + 100))
    }

    fn seen(held: bool) -> Seen {
        if held { Seen::InsideOnly } else { Seen::ByAll }
    }

    /// What a database would keep: for each live cause what stands there and what is remembered.
    struct Kept {
        merges: Vec<Standing>,
        settled: HashMap<CauseId, Settled>,
        held: HashSet<CauseLinkId>,
    }

    impl Kept {
        fn origin(&self, link: CauseLinkId) -> Origin {
            Origin { link, seen: seen(self.held.contains(&link)) }
        }

        fn taken_apart(&self, top: CauseId) -> HashMap<CauseId, Origin> {
            let merges = below(top, &self.merges);
            let settled = self.settled.get(&top).cloned().unwrap_or_default();
            origins(top, &merges, &settled)
                .into_iter()
                .map(|(cause, link)| (cause, self.origin(link)))
                .collect()
        }

        fn put_together(&mut self, top: CauseId, links: &HashMap<CauseId, Origin>) {
            let settled = settle(top, &below(top, &self.merges), links);
            self.settled.insert(top, settled);
        }

        fn is_live(&self, cause: CauseId) -> bool {
            self.merges.iter().all(|merge| merge.from != cause)
        }

        fn merge(&mut self, merge: Standing) {
            let mut links = self.taken_apart(merge.from);
            links.extend(self.taken_apart(merge.into));
            self.settled.remove(&merge.from);
            self.merges.push(merge);
            self.put_together(merge.into, &links);
        }

        fn take_back(&mut self, at: usize) {
            let merge = self.merges[at];
            let links = self.taken_apart(merge.into);
            self.merges.remove(at);
            self.put_together(merge.into, &links);
            self.put_together(merge.from, &links);
        }

        /// Takes a link away with all that stands behind it.
        fn unlink(&mut self, top: CauseId) {
            self.settled.remove(&top);
        }

        /// A decision never was: its links were never made.
        fn undo(&mut self) {
            let tops: Vec<CauseId> = self.settled.keys().copied().collect();
            for top in tops {
                let mut links = self.taken_apart(top);
                links.retain(|_, origin| origin.seen == Seen::ByAll);
                self.put_together(top, &links);
            }
            self.held.clear();
        }
    }

    /// The same said plainly: where links were made, and into what causes were merged.
    #[derive(Default)]
    struct Plain {
        links: HashMap<CauseId, Origin>,
        into: HashMap<CauseId, CauseId>,
    }

    impl Plain {
        fn top(&self, of: CauseId) -> CauseId {
            self.into.get(&of).map_or(of, |into| self.top(*into))
        }
    }

    proptest! {
        /// Merges, their undoing in any order, unlinking and undone decisions, one after another.
        #[test]
        fn nothing_is_lost_in_any_order(
            made in proptest::collection::vec(0..3_usize, CAUSES),
            steps in proptest::collection::vec((0..6_usize, 0..CAUSES, 0..CAUSES), 0..30),
        ) {
            let mut kept = Kept { merges: Vec::new(), settled: HashMap::new(), held: HashSet::new() };
            let mut plain = Plain::default();
            for (number, how) in made.into_iter().enumerate().filter(|(_, how)| *how > 0) {
                let origin = Origin { link: link(number), seen: seen(how == 2) };
                if how == 2 {
                    kept.held.insert(origin.link);
                }
                kept.put_together(cause(number), &HashMap::from([(cause(number), origin)]));
                plain.links.insert(cause(number), origin);
            }
            for (step, (what, one, other)) in steps.into_iter().enumerate() {
                let (from, into) = (cause(one), cause(other));
                match what {
                    0..=2 if from != into && kept.is_live(from) && kept.is_live(into) => {
                        let merge = CauseMergeId(Uuid::from_u128(1_000 + step as u128));
                        kept.merge(Standing { merge, from, into });
                        plain.into.insert(from, into);
                    }
                    3 => {
                        let found = kept.merges.iter().position(|merge| merge.from == from);
                        let at = found.filter(|at| kept.is_live(kept.merges[*at].into));
                        if let Some(at) = at {
                            kept.take_back(at);
                            plain.into.remove(&from);
                        }
                    }
                    4 if kept.is_live(from) => {
                        kept.unlink(from);
                        let gone: Vec<CauseId> =
                            plain.links.keys().copied().filter(|at| plain.top(*at) == from).collect();
                        plain.links.retain(|at, _| !gone.contains(at));
                    }
                    5 => {
                        kept.undo();
                        plain.links.retain(|_, origin| origin.seen == Seen::ByAll);
                    }
                    _ => {}
                }
                for top in (0..CAUSES).map(cause).filter(|it| kept.is_live(*it)) {
                    let behind: HashMap<CauseId, Origin> = plain
                        .links
                        .iter()
                        .filter(|(at, _)| plain.top(**at) == top)
                        .map(|(at, origin)| (*at, *origin))
                        .collect();
                    let shown = kept.settled.get(&top).and_then(|it| it.shown);
                    prop_assert_eq!(shown.is_some(), !behind.is_empty());
                    let open = behind.values().any(|origin| origin.seen == Seen::ByAll);
                    let shown_open = shown.is_some_and(|link| !kept.held.contains(&link));
                    prop_assert_eq!(shown_open, open, "what everybody may see shows");
                    prop_assert_eq!(kept.taken_apart(top), behind);
                }
            }
        }
    }

    #[test]
    fn what_is_held_gives_way_and_comes_back() {
        let merge = CauseMergeId(Uuid::from_u128(9));
        let merges = [Standing { merge, from: cause(0), into: cause(1) }];
        let links = HashMap::from([
            (cause(0), Origin { link: link(0), seen: Seen::ByAll }),
            (cause(1), Origin { link: link(1), seen: Seen::InsideOnly }),
        ]);
        let settled = settle(cause(1), &merges, &links);
        assert_eq!(settled.shown, Some(link(0)));
        assert_eq!(settled.remembered[&(merge, link(0))], LinkFate::Moved);
        assert_eq!(settled.remembered[&(merge, link(1))], LinkFate::Displaced);
        let back = origins(cause(1), &merges, &settled);
        assert_eq!((back[&cause(0)], back[&cause(1)]), (link(0), link(1)));
    }
}
