//! A second way to the same figures: sets of people over the raw rows, written from the product's
//! definition and from nothing in the server.

use std::collections::{BTreeMap, BTreeSet};

use entity::engagement::vote;
use entity::id::{CauseId, PersonId, SubmissionId};
use entity::submissions::phase::{Kind, Phase};
use entity::submissions::{submission, tag};
use entity::triage::values::CauseStatus;
use entity::triage::{cause, cause_link};
use sea_orm::EntityTrait as _;

use crate::kit::app::TestApp;

/// Who stands behind something: people by name, and how many nobody knows.
#[derive(Clone, Debug, Default)]
pub struct Behind {
    pub people: BTreeSet<PersonId>,
    pub nameless: BTreeSet<SubmissionId>,
}

impl Behind {
    pub fn count(&self) -> usize {
        self.people.len() + self.nameless.len()
    }

    fn and(&mut self, other: &Self) {
        self.people.extend(&other.people);
        self.nameless.extend(&other.nameless);
    }
}

/// All rows that figures are made of.
#[derive(PartialEq)]
pub struct World {
    pub submissions: BTreeMap<SubmissionId, submission::Model>,
    voters: BTreeMap<SubmissionId, BTreeSet<PersonId>>,
    pub links: Vec<cause_link::Model>,
    pub causes: BTreeMap<CauseId, cause::Model>,
    pub tags: BTreeMap<SubmissionId, BTreeSet<String>>,
}

impl World {
    pub async fn read(app: &TestApp) -> Self {
        let db = app.system().db();
        let submissions = submission::Entity::find().all(&db).await.expect("submissions");
        let mut voters: BTreeMap<SubmissionId, BTreeSet<PersonId>> = BTreeMap::new();
        for vote in vote::Entity::find().all(&db).await.expect("votes") {
            voters.entry(vote.submission_id).or_default().insert(vote.person_id);
        }
        let links = cause_link::Entity::find().all(&db).await.expect("links");
        let causes = cause::Entity::find().all(&db).await.expect("causes");
        let mut tags: BTreeMap<SubmissionId, BTreeSet<String>> = BTreeMap::new();
        for row in tag::Entity::find().all(&db).await.expect("tags") {
            tags.entry(row.submission_id).or_default().insert(row.tag);
        }
        Self {
            submissions: submissions.into_iter().map(|row| (row.id, row)).collect(),
            voters,
            links,
            causes: causes.into_iter().map(|row| (row.id, row)).collect(),
            tags,
        }
    }

    /// The one at the end of the joinings.
    pub fn root(&self, id: SubmissionId) -> SubmissionId {
        let mut at = id;
        while let Some(next) = self.submissions[&at].merged_into {
            at = next;
        }
        at
    }

    /// Everything that is joined with it, itself included.
    pub fn group(&self, id: SubmissionId) -> Vec<SubmissionId> {
        let root = self.root(id);
        self.submissions.keys().copied().filter(|other| self.root(*other) == root).collect()
    }

    fn behind_one(&self, id: SubmissionId) -> Behind {
        let mut behind = Behind::default();
        match self.submissions[&id].author_id {
            Some(author) => behind.people.insert(author),
            None => behind.nameless.insert(id),
        };
        behind.people.extend(self.voters.get(&id).into_iter().flatten());
        behind
    }

    /// Everybody behind a group.
    pub fn behind(&self, id: SubmissionId) -> Behind {
        let mut behind = Behind::default();
        for member in self.group(id) {
            behind.and(&self.behind_one(member));
        }
        behind
    }

    /// Votes that the one at the root shows: voters and twins' authors, its own author left out,
    /// and one for each nameless twin.
    pub fn votes(&self, root: SubmissionId) -> usize {
        let author = self.submissions[&root].author_id;
        let mut people = BTreeSet::new();
        let mut nameless = 0;
        for member in self.group(root) {
            people.extend(self.voters.get(&member).into_iter().flatten().copied());
            if member != root {
                match self.submissions[&member].author_id {
                    Some(person) => {
                        people.insert(person);
                    }
                    None => nameless += 1,
                }
            }
        }
        people.retain(|person| Some(*person) != author);
        people.len() + nameless
    }

    /// The cause with all that are below it or were merged into one of them, as far as they live.
    pub fn branch(&self, top: CauseId) -> BTreeSet<CauseId> {
        let mut branch = BTreeSet::from([top]);
        loop {
            let more: Vec<CauseId> = self
                .causes
                .values()
                .filter(|cause| cause.status != CauseStatus::Rejected)
                .filter(|cause| {
                    let up = [cause.parent_id, cause.merged_into];
                    up.into_iter().flatten().any(|up| branch.contains(&up))
                })
                .map(|cause| cause.id)
                .filter(|id| !branch.contains(id))
                .collect();
            if more.is_empty() {
                return branch;
            }
            branch.extend(more);
        }
    }

    /// Submissions linked to one of these causes, the groups of their joinings included, taken
    /// back ones left out.
    pub fn linked_to(&self, causes: &BTreeSet<CauseId>) -> BTreeSet<SubmissionId> {
        let here = |id: &SubmissionId| self.submissions[id].phase != Phase::Withdrawn;
        let links = self.links.iter().filter(|link| causes.contains(&link.cause_id));
        let linked: BTreeSet<SubmissionId> =
            links.map(|link| link.submission_id).filter(here).collect();
        linked.into_iter().flat_map(|id| self.group(id)).filter(here).collect()
    }

    /// Submissions behind a cause and all below it.
    pub fn linked(&self, top: CauseId) -> BTreeSet<SubmissionId> {
        self.linked_to(&self.branch(top))
    }

    /// Accepted observations of which nobody has said why they happen: nothing that they are
    /// joined with is linked. With all that they are joined with, taken back ones left out.
    pub fn without_cause(&self) -> BTreeSet<SubmissionId> {
        let accepted = self.submissions.values().filter(|row| row.phase == Phase::Accepted);
        let seen = accepted.filter(|row| row.kind == Kind::Observation).map(|row| row.id);
        let live = |id: &CauseId| self.causes[id].status != CauseStatus::Rejected;
        let links = self.links.iter().filter(|link| live(&link.cause_id));
        let linked: BTreeSet<SubmissionId> =
            links.map(|link| self.root(link.submission_id)).collect();
        let lost = seen.filter(|id| !linked.contains(&self.root(*id)));
        let here = |id: &SubmissionId| self.submissions[id].phase != Phase::Withdrawn;
        lost.flat_map(|id| self.group(id)).filter(here).collect()
    }

    /// How many people are behind these.
    pub fn people(&self, ids: &BTreeSet<SubmissionId>) -> usize {
        let mut behind = Behind::default();
        for id in ids {
            behind.and(&self.behind_one(*id));
        }
        behind.count()
    }
}

/// A row without what every change moves on.
fn settled(row: &submission::Model) -> submission::Model {
    submission::Model { version: 0, updated_at: entity::instant::Instant(0), ..row.clone() }
}

impl World {
    /// Everything stands as it stood `before`.
    pub fn assert_same(&self, before: &Self, what: &str) {
        assert_eq!(self.submissions.len(), before.submissions.len(), "{what}");
        for (id, then) in &before.submissions {
            let now = &self.submissions[id];
            assert_eq!(settled(now), settled(then), "{what}: {}", now.reference);
        }
        assert_eq!(self.voters, before.voters, "{what}");
        assert_eq!(self.settled_causes(), before.settled_causes(), "{what}");
        assert!(self.links_by_id() == before.links_by_id(), "{what}");
    }

    /// Both of a pair stand as they stood `before`. That one of them is reopened is a step of its
    /// own, with a moment of its own.
    pub fn assert_pair(&self, before: &Self, pair: [&str; 2], what: &str) {
        for id in pair {
            let id = entity::id::TypedId::parse(id).expect("an id");
            let (now, then) = (&self.submissions[&id], &before.submissions[&id]);
            let now = submission::Model { entered_at: then.entered_at, ..settled(now) };
            assert_eq!(now, settled(then), "{what}: {}", now.reference);
            assert_eq!(self.voters.get(&id), before.voters.get(&id), "{what}");
        }
    }

    fn settled_causes(&self) -> Vec<cause::Model> {
        self.causes.values().map(|it| cause::Model { version: 0, ..it.clone() }).collect()
    }

    fn links_by_id(&self) -> Vec<cause_link::Model> {
        let mut links = self.links.clone();
        links.sort_by_key(|link| link.id);
        links
    }
}
