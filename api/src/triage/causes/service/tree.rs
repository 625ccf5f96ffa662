//! The tree of causes, and what contributes to what beside it.

use std::collections::{HashMap, HashSet};

use entity::id::CauseId;
use entity::triage::cause_edge;

use super::DEEPEST;
use crate::kit::error::{Code, Refusal, Result};
use crate::reach::service::{Parents, line};

/// A cause with all below it, about to hang under another one.
pub(super) struct Branch {
    /// The cause that moves; none for a new one.
    pub(super) top: Option<CauseId>,
    /// The one it is to hang under.
    pub(super) under: CauseId,
}

/// Refuses a cause below itself, and a tree that grows too deep.
pub(super) fn check_depth(parents: &Parents, branch: Branch) -> Result<()> {
    let refuse = |message: String| Err(Refusal::new(Code::Invalid, "parentId", message).into());
    let above = line(parents, branch.under);
    if branch.top.is_some_and(|top| above.contains(&top)) {
        return refuse(String::from(
            "A cause cannot hang below itself. Choose a parent that is not under it.",
        ));
    }
    let height = branch.top.map_or(1, |top| height(parents, top));
    if above.len() + height > DEEPEST {
        return refuse(format!(
            "The tree would be more than {DEEPEST} levels deep. Choose a parent further up."
        ));
    }
    Ok(())
}

/// How many levels a branch has, its top included.
fn height(parents: &Parents, top: CauseId) -> usize {
    parents
        .keys()
        .filter_map(|id| line(parents, *id).iter().position(|above| *above == top))
        .max()
        .map_or(1, |levels| levels + 1)
}

/// How deep a cause lies in the tree: 0 at the top.
#[must_use]
pub fn depth(parents: &Parents, id: CauseId) -> usize {
    line(parents, id).len() - 1
}

/// What leads to what: every cause to its parent and to what it contributes to.
pub(super) struct Graph(HashMap<CauseId, Vec<CauseId>>);

impl Graph {
    pub(super) fn of(parents: &Parents, edges: &[cause_edge::Model]) -> Self {
        let mut leads: HashMap<CauseId, Vec<CauseId>> = HashMap::new();
        let up = parents.iter().filter_map(|(child, parent)| Some((*child, (*parent)?)));
        let beside = edges.iter().map(|edge| (edge.cause_id, edge.contributes_to));
        for (from, to) in up.chain(beside) {
            leads.entry(from).or_default().push(to);
        }
        Self(leads)
    }

    /// Whether one leads to the other, over any number of steps; to itself it does.
    pub(super) fn leads(&self, from: CauseId, to: CauseId) -> bool {
        let (mut seen, mut next) = (HashSet::from([from]), vec![from]);
        while let Some(at) = next.pop() {
            if at == to {
                return true;
            }
            let onward = self.0.get(&at).into_iter().flatten();
            next.extend(onward.filter(|id| seen.insert(**id)));
        }
        false
    }

    /// Takes a cause out, with all that leads to it and from it.
    pub(super) fn without(mut self, id: CauseId) -> Self {
        self.0.remove(&id);
        self.0.values_mut().for_each(|to| to.retain(|it| *it != id));
        self
    }

    /// Adds one step.
    pub(super) fn join(&mut self, from: CauseId, to: CauseId) {
        self.0.entry(from).or_default().push(to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn id(number: u128) -> CauseId {
        CauseId(Uuid::from_u128(number))
    }

    /// 1 > 2 > 3, and 4 alone.
    fn tree() -> Parents {
        [(1, None), (2, Some(1)), (3, Some(2)), (4, None)]
            .into_iter()
            .map(|(child, parent)| (id(child), parent.map(id)))
            .collect()
    }

    #[test]
    fn no_cause_hangs_below_itself() {
        let tree = tree();
        for (top, under, fits) in [(1, 3, false), (1, 1, false), (2, 4, true), (4, 3, true)] {
            let branch = Branch { top: Some(id(top)), under: id(under) };
            assert_eq!(check_depth(&tree, branch).is_ok(), fits, "{top} under {under}");
        }
    }

    #[test]
    fn depth_counts_from_the_top() {
        let tree = tree();
        assert_eq!([1, 2, 3, 4].map(|number| depth(&tree, id(number))), [0, 1, 2, 0]);
        assert_eq!(height(&tree, id(1)), 3);
        assert_eq!(height(&tree, id(3)), 1);
    }

    #[test]
    fn the_tree_stays_shallow() {
        let mut deep: Parents = HashMap::new();
        for level in 1..=DEEPEST as u128 {
            deep.insert(id(level), (level > 1).then(|| id(level - 1)));
        }
        let under = |number| Branch { top: None, under: id(number) };
        assert!(check_depth(&deep, under(DEEPEST as u128)).is_err());
        assert!(check_depth(&deep, under(DEEPEST as u128 - 1)).is_ok());
    }

    #[test]
    fn what_leads_to_what() {
        use entity::instant::Instant;
        let edge = |from, to| cause_edge::Model {
            cause_id: id(from),
            contributes_to: id(to),
            note: None,
            created_by: None,
            created_at: Instant(0),
        };
        let graph = Graph::of(&tree(), &[edge(1, 4)]);
        assert!(graph.leads(id(3), id(4)), "up the tree, then beside it");
        assert!(!graph.leads(id(4), id(3)));
        assert!(graph.leads(id(2), id(2)));
        assert!(!graph.without(id(1)).leads(id(3), id(4)));
    }
}
