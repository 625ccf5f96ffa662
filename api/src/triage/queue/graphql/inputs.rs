//! What can be asked of the queue, and how it becomes a filter with bounds.

use async_graphql::{Enum, ID, InputObject};
use entity::id::CauseId;

use crate::graphql::list::id_at;
use crate::kit::error::{Code, Refusal, Result};
use crate::programs::graphql::Phase;
use crate::submissions::filter::{Has, Leaf as Shared};
use crate::submissions::graphql::inputs::{
    self, Algebra, AssigneeFilter, Branches, ChannelFilter, IdFilter, KindFilter, LanguageFilter,
    SeverityFilter, TagFilter, TimeFilter, UnitFilter, ids, photo_leaf, text_leaf, weight, words,
};
use crate::triage::queue::filter::{Filter, Leaf};

/// Most days that an age is compared with: a hundred years.
const MOST_DAYS: i32 = 36_500;

/// In which order the queue comes. Equal ones come by age, the oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::triage::values::QueueOrder")]
pub enum QueueOrder {
    /// What is over its time, or will be, first; what has no running clock last.
    Due,
    /// The worst first; what nobody has weighed last.
    Severity,
    /// What most people stand behind first.
    Reach,
    /// The oldest first.
    Oldest,
    /// The newest first.
    Newest,
}

/// The state of the clocks of a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "crate::triage::queue::filter::ClockState")]
pub enum QueueClock {
    /// One runs and none is over its time.
    Running,
    /// One will be over its time within 24 hours.
    DueSoon,
    /// One is over its time.
    Breached,
    /// They wait: for an answer, or for the day on which it is looked at again.
    Paused,
}

/// One of these decided phases.
#[derive(Clone, Debug, InputObject)]
pub struct QueuePhaseFilter {
    /// Any of these.
    pub r#in: Vec<Phase>,
}

/// Its links to root causes.
#[derive(Clone, Debug, Default, InputObject)]
pub struct QueueCauseFilter {
    /// Linked to any of these.
    pub r#in: Option<Vec<ID>>,
    /// Linked to this one or any below it that was not rejected.
    pub in_subtree: Option<ID>,
    /// True: linked to none, rejected ones not counted. False: linked to one at least.
    pub is_null: Option<bool>,
}

/// How long ago it was received.
#[derive(Clone, Debug, Default, InputObject)]
pub struct QueueAgeFilter {
    /// So many days ago or earlier; 0 to 36,500.
    pub older_than_days: Option<i32>,
    /// Less than so many days ago; 0 to 36,500.
    pub younger_than_days: Option<i32>,
}

/// The state of its clocks.
#[derive(Clone, Debug, InputObject)]
pub struct QueueClockFilter {
    /// Any of these.
    pub r#in: Vec<QueueClock>,
}

/// Which part of the queue; everything that is given must hold. At most 4 levels and 50 values.
#[derive(Clone, Debug, Default, InputObject)]
pub struct QueueFilter {
    /// All of these hold.
    pub and: Option<Vec<QueueFilter>>,
    /// At least one of these holds.
    pub or: Option<Vec<QueueFilter>>,
    /// This does not hold.
    pub not: Option<Box<QueueFilter>>,
    /// Idea or observation.
    pub kind: Option<KindFilter>,
    /// Where it stands, as decided.
    pub phase: Option<QueuePhaseFilter>,
    /// Its decided label.
    pub status: Option<IdFilter>,
    /// The unit it is about.
    pub unit: Option<UnitFilter>,
    /// The function it was handed to.
    pub function: Option<IdFilter>,
    /// Its programme.
    pub program: Option<IdFilter>,
    /// Where on a journey.
    pub touchpoint: Option<IdFilter>,
    /// How it came.
    pub channel: Option<ChannelFilter>,
    /// Who is at work on it.
    pub assignee: Option<AssigneeFilter>,
    /// Whether you are at work on it.
    pub mine: Option<bool>,
    /// How bad it is.
    pub severity: Option<SeverityFilter>,
    /// Its tags.
    pub tag: Option<TagFilter>,
    /// Its links to root causes.
    pub cause: Option<QueueCauseFilter>,
    /// Words of its title or text, in any case and without accents, all of them; the last one may be
    /// unfinished. Or its reference. At most 200 characters; there are no operators, and what holds
    /// no letter, digit or sign finds nothing.
    pub text: Option<String>,
    /// When it was received.
    pub created_at: Option<TimeFilter>,
    /// How long ago it was received.
    pub age: Option<QueueAgeFilter>,
    /// The state of its clocks.
    pub clock: Option<QueueClockFilter>,
    /// Whether it has a photo.
    pub has_photo: Option<bool>,
    /// Language of its words.
    pub language: Option<LanguageFilter>,
    /// Whether it is put off until later.
    pub snoozed: Option<bool>,
    /// Whether it is hidden.
    pub hidden: Option<bool>,
}

/// The filter that was asked for.
///
/// # Errors
/// BAD_REQUEST at `filter` beyond the bounds; NOT_FOUND for what is no id of the right kind;
/// TOO_LONG at `filter.text`.
pub(in crate::triage::queue) fn read(asked: QueueFilter) -> Result<Filter> {
    inputs::read(asked)
}

impl Algebra for QueueFilter {
    type Leaf = Leaf;

    fn leaves(&self) -> Result<Vec<Leaf>> {
        let mut leaves = Vec::new();
        self.places(&mut leaves)?;
        self.people(&mut leaves)?;
        if let Some(labels) = &self.status {
            leaves.push(Leaf::Status(ids(&labels.r#in, "filter.status")?));
        }
        self.causes(&mut leaves)?;
        self.words(&mut leaves)?;
        self.times(&mut leaves)?;
        self.states(&mut leaves);
        Ok(leaves)
    }

    fn values(leaf: &Leaf) -> usize {
        match leaf {
            Leaf::Shared(leaf) => weight(leaf),
            Leaf::Phase(values) => values.len(),
            Leaf::Status(values) => values.len(),
            Leaf::Assignee(values) => values.len(),
            Leaf::Cause(values) => values.len(),
            Leaf::Clock(values) => values.len(),
            _ => 1,
        }
    }

    fn branches(self) -> Branches<Self> {
        Branches { and: self.and, or: self.or, not: self.not }
    }
}

const fn has(wanted: bool) -> Has {
    if wanted { Has::Some } else { Has::None }
}

impl QueueFilter {
    fn places(&self, leaves: &mut Vec<Leaf>) -> Result<()> {
        if let Some(unit) = &self.unit {
            if let Some(units) = &unit.r#in {
                leaves.push(Leaf::Shared(Shared::Unit(ids(units, "filter.unit")?)));
            }
            if let Some(top) = &unit.in_subtree {
                let top = id_at(top, "filter.unit")?;
                leaves.push(Leaf::Shared(Shared::UnitSubtree(vec![top])));
            }
        }
        if let Some(it) = &self.function {
            leaves.push(Leaf::Shared(Shared::Function(ids(&it.r#in, "filter.function")?)));
        }
        if let Some(it) = &self.program {
            leaves.push(Leaf::Shared(Shared::Program(ids(&it.r#in, "filter.program")?)));
        }
        if let Some(it) = &self.touchpoint {
            leaves.push(Leaf::Shared(Shared::Touchpoint(ids(&it.r#in, "filter.touchpoint")?)));
        }
        Ok(())
    }

    fn people(&self, leaves: &mut Vec<Leaf>) -> Result<()> {
        if let Some(assignee) = &self.assignee {
            if let Some(people) = &assignee.r#in {
                leaves.push(Leaf::Assignee(ids(people, "filter.assignee")?));
            }
            leaves.extend(assignee.is_null.map(|none| Leaf::AnyAssignee(has(!none))));
        }
        leaves.extend(self.mine.map(|mine| Leaf::Mine(has(mine))));
        Ok(())
    }

    fn causes(&self, leaves: &mut Vec<Leaf>) -> Result<()> {
        let Some(cause) = &self.cause else { return Ok(()) };
        if let Some(causes) = &cause.r#in {
            leaves.push(Leaf::Cause(ids(causes, "filter.cause")?));
        }
        if let Some(top) = &cause.in_subtree {
            leaves.push(Leaf::CauseSubtree(id_at::<CauseId>(top, "filter.cause")?));
        }
        leaves.extend(cause.is_null.map(|none| Leaf::AnyCause(has(!none))));
        Ok(())
    }

    fn words(&self, leaves: &mut Vec<Leaf>) -> Result<()> {
        let asked = self.clone();
        if let Some(typed) = &self.text {
            leaves.push(Leaf::Shared(text_leaf(typed)?));
        }
        leaves.extend(asked.tag.map(|it| Leaf::Shared(Shared::Tag(it.r#in))));
        leaves.extend(asked.language.map(|it| Leaf::Shared(Shared::Language(it.r#in))));
        leaves.extend(asked.has_photo.map(|it| Leaf::Shared(photo_leaf(it))));
        Ok(())
    }

    fn times(&self, leaves: &mut Vec<Leaf>) -> Result<()> {
        let created = self.created_at.clone().unwrap_or_default();
        leaves.extend(created.gte.map(|at| Leaf::Shared(Shared::CreatedFrom(at.0))));
        leaves.extend(created.lt.map(|at| Leaf::Shared(Shared::CreatedBefore(at.0))));
        let age = self.age.clone().unwrap_or_default();
        leaves.extend(age.older_than_days.map(days).transpose()?.map(Leaf::OlderThan));
        leaves.extend(age.younger_than_days.map(days).transpose()?.map(Leaf::YoungerThan));
        Ok(())
    }

    fn states(&self, leaves: &mut Vec<Leaf>) {
        let asked = self.clone();
        leaves.extend(asked.kind.map(|it| Leaf::Shared(Shared::Kind(words(it.r#in)))));
        leaves.extend(asked.phase.map(|it| Leaf::Phase(words(it.r#in))));
        leaves.extend(asked.channel.map(|it| Leaf::Shared(Shared::Channel(words(it.r#in)))));
        leaves.extend(asked.severity.map(|it| Leaf::Shared(Shared::Severity(words(it.r#in)))));
        leaves.extend(asked.clock.map(|it| Leaf::Clock(words(it.r#in))));
        leaves.extend(asked.snoozed.map(|it| Leaf::Snoozed(has(it))));
        leaves.extend(asked.hidden.map(|it| Leaf::Hidden(has(it))));
    }
}

fn days(asked: i32) -> Result<u32> {
    match u32::try_from(asked) {
        Ok(days) if asked <= MOST_DAYS => Ok(days),
        _ => Err(Refusal::new(
            Code::BadRequest,
            "filter.age",
            format!("An age is 0 to {MOST_DAYS} days, and this is {asked}."),
        )
        .into()),
    }
}
