//! What can be asked of lists, and how it becomes a filter with bounds.

use async_graphql::{Enum, ID, InputObject};
use entity::id::TypedId;
use entity::submissions::reference::Reference;
use entity::submissions::search::Question;
use sea_orm::Order;

use super::enums::{Audience, Channel, Kind, Severity};
use crate::graphql::list::OrderDirection;
use crate::graphql::list::id_at;
use crate::graphql::scalars::DateTime;
use crate::kit::error::{Code, Refusal, Result};
use crate::programs::graphql::Phase;
use crate::submissions::filter::{By, Field, Filter, Has, Leaf};

/// Deepest tree of `and`, `or` and `not`.
pub(crate) const DEEPEST: usize = 4;
/// Most comparisons in one filter.
pub(crate) const MOST_LEAVES: usize = 50;
/// Most orders of one list.
const MOST_ORDERS: usize = 3;

/// By what a list of submissions is ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "crate::submissions::filter::Field")]
pub enum SubmissionOrderField {
    /// When it was received.
    CreatedAt,
    /// Latest change.
    UpdatedAt,
    /// Votes.
    Votes,
}

/// One order of a list of submissions; the id is always the last key.
#[derive(Clone, Debug, InputObject)]
pub struct SubmissionOrder {
    /// By what.
    pub field: SubmissionOrderField,
    /// Up or down.
    pub direction: OrderDirection,
}

/// The orders of a list.
///
/// # Errors
/// BAD_REQUEST at `orderBy`.
pub fn orders(asked: Option<Vec<SubmissionOrder>>) -> Result<Vec<By>> {
    let asked = asked.unwrap_or_default();
    crate::graphql::list::at_most(&asked, MOST_ORDERS, "orderBy")?;
    Ok(asked
        .into_iter()
        .map(|by| By {
            field: Field::from(by.field),
            order: match by.direction {
                OrderDirection::Asc => Order::Asc,
                OrderDirection::Desc => Order::Desc,
            },
        })
        .collect())
}

/// One of these kinds.
#[derive(Clone, Debug, InputObject)]
pub struct KindFilter {
    /// Any of these.
    pub r#in: Vec<Kind>,
}

/// One of these phases, as you see them.
#[derive(Clone, Debug, InputObject)]
pub struct PhaseFilter {
    /// Any of these.
    pub r#in: Vec<Phase>,
}

/// One of these units.
#[derive(Clone, Debug, Default, InputObject)]
pub struct UnitFilter {
    /// Any of these.
    pub r#in: Option<Vec<ID>>,
    /// This one or any below it.
    pub in_subtree: Option<ID>,
}

/// One of these things.
#[derive(Clone, Debug, InputObject)]
pub struct IdFilter {
    /// Any of these.
    pub r#in: Vec<ID>,
}

/// Who is at work on it.
#[derive(Clone, Debug, Default, InputObject)]
pub struct AssigneeFilter {
    /// Any of these people.
    pub r#in: Option<Vec<ID>>,
    /// True: nobody yet.
    pub is_null: Option<bool>,
}

/// Who sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum AuthorFilter {
    /// You.
    Me,
}

/// How bad it is.
#[derive(Clone, Debug, InputObject)]
pub struct SeverityFilter {
    /// Any of these.
    pub r#in: Vec<Severity>,
}

/// How it came.
#[derive(Clone, Debug, InputObject)]
pub struct ChannelFilter {
    /// Any of these.
    pub r#in: Vec<Channel>,
}

/// Who may read it.
#[derive(Clone, Debug, InputObject)]
pub struct AudienceFilter {
    /// Any of these.
    pub r#in: Vec<Audience>,
}

/// Its tags.
#[derive(Clone, Debug, InputObject)]
pub struct TagFilter {
    /// With any of these.
    pub r#in: Vec<String>,
}

/// One of these languages.
#[derive(Clone, Debug, InputObject)]
pub struct LanguageFilter {
    /// Any of these tags, for instance `en` or `es-MX`, as they were given when it was sent.
    pub r#in: Vec<String>,
}

/// A span of time.
#[derive(Clone, Debug, Default, InputObject)]
pub struct TimeFilter {
    /// At or after.
    pub gte: Option<DateTime>,
    /// Before.
    pub lt: Option<DateTime>,
}

/// Which submissions; everything that is given must hold. At most 4 levels and 50 comparisons.
#[derive(Clone, Debug, Default, InputObject)]
pub struct SubmissionFilter {
    /// All of these hold.
    pub and: Option<Vec<SubmissionFilter>>,
    /// At least one of these holds.
    pub or: Option<Vec<SubmissionFilter>>,
    /// This does not hold.
    pub not: Option<Box<SubmissionFilter>>,
    /// Idea or observation.
    pub kind: Option<KindFilter>,
    /// Where it stands, as you see it.
    pub phase: Option<PhaseFilter>,
    /// The unit it is about.
    pub unit: Option<UnitFilter>,
    /// The function it was handed to.
    pub function: Option<IdFilter>,
    /// Where on a journey.
    pub touchpoint: Option<IdFilter>,
    /// Its programme.
    pub program: Option<IdFilter>,
    /// Who sent it.
    pub author: Option<AuthorFilter>,
    /// Who is at work on it; matches only what you work on or oversee.
    pub assignee: Option<AssigneeFilter>,
    /// Who is responsible for doing it; matches only what you work on or oversee.
    pub owner: Option<IdFilter>,
    /// How bad it is.
    pub severity: Option<SeverityFilter>,
    /// How it came.
    pub channel: Option<ChannelFilter>,
    /// Who may read it.
    pub audience: Option<AudienceFilter>,
    /// Its tags.
    pub tag: Option<TagFilter>,
    /// Words of its title or text, in any case and without accents, all of them; the last one may be
    /// unfinished. Or its reference. At most 200 characters; there are no operators, and what holds
    /// no letter, digit or sign finds nothing.
    pub text: Option<String>,
    /// Whether it has a photo.
    pub has_photo: Option<bool>,
    /// Language of its words.
    pub language: Option<LanguageFilter>,
    /// When it was received.
    pub created_at: Option<TimeFilter>,
    /// Latest change.
    pub updated_at: Option<TimeFilter>,
}

/// The `and`, `or` and `not` of one level of a filter.
pub(crate) struct Branches<T> {
    pub(crate) and: Option<Vec<T>>,
    pub(crate) or: Option<Vec<T>>,
    pub(crate) not: Option<Box<T>>,
}

/// A filter as it was asked for: comparisons, and branches with more of them.
pub(crate) trait Algebra: Sized {
    /// One comparison.
    type Leaf;

    /// The comparisons of this level.
    fn leaves(&self) -> Result<Vec<Self::Leaf>>;

    /// With how many values something is compared.
    fn values(leaf: &Self::Leaf) -> usize;

    /// The levels below.
    fn branches(self) -> Branches<Self>;
}

/// Reads a filter within its bounds.
///
/// # Errors
/// BAD_REQUEST at `filter` beyond the bounds; what its comparisons refuse.
pub(crate) fn read<T: Algebra>(asked: T) -> Result<Filter<T::Leaf>> {
    Reader { leaves: 0 }.read(asked, 1)
}

impl Algebra for SubmissionFilter {
    type Leaf = Leaf;

    fn leaves(&self) -> Result<Vec<Leaf>> {
        leaves(self)
    }

    fn values(leaf: &Leaf) -> usize {
        weight(leaf)
    }

    fn branches(self) -> Branches<Self> {
        Branches { and: self.and, or: self.or, not: self.not }
    }
}

struct Reader {
    leaves: usize,
}

/// The filter that was asked for.
///
/// # Errors
/// BAD_REQUEST at `filter` beyond the bounds; NOT_FOUND for what is no id of the right kind.
pub fn filter(asked: Option<SubmissionFilter>) -> Result<Filter> {
    asked.map_or(Ok(Filter::All(Vec::new())), read)
}

fn too_much(message: &str) -> Refusal {
    Refusal::new(Code::BadRequest, "filter", message)
}

pub(crate) fn ids<T: TypedId>(ids: &[ID], field: &str) -> Result<Vec<T>> {
    ids.iter().map(|id| id_at(id, field)).collect()
}

pub(crate) fn words<T, U: From<T>>(values: Vec<T>) -> Vec<U> {
    values.into_iter().map(U::from).collect()
}

impl Reader {
    fn read<T: Algebra>(&mut self, asked: T, depth: usize) -> Result<Filter<T::Leaf>> {
        if depth > DEEPEST {
            return Err(too_much(&format!(
                "The filter is nested too deeply; {DEEPEST} levels are taken."
            ))
            .into());
        }
        let leaves = asked.leaves()?;
        self.count::<T>(&leaves)?;
        let mut all: Vec<Filter<T::Leaf>> = leaves.into_iter().map(Filter::Leaf).collect();
        let branches = asked.branches();
        if let Some(parts) = branches.and {
            all.push(Filter::All(self.parts(parts, depth)?));
        }
        if let Some(parts) = branches.or {
            all.push(Filter::Any(self.parts(parts, depth)?));
        }
        if let Some(part) = branches.not {
            all.push(Filter::Not(Box::new(self.read(*part, depth + 1)?)));
        }
        Ok(Filter::All(all))
    }

    fn parts<T: Algebra>(&mut self, parts: Vec<T>, depth: usize) -> Result<Vec<Filter<T::Leaf>>> {
        self.count_parts(parts.len())?;
        parts.into_iter().map(|part| self.read(part, depth + 1)).collect()
    }

    /// Empty parts are counted too: they cost as much as others.
    fn count_parts(&self, parts: usize) -> Result<()> {
        if parts > MOST_LEAVES {
            return Err(too_many().into());
        }
        Ok(())
    }

    /// A comparison with many values counts as many.
    fn count<T: Algebra>(&mut self, leaves: &[T::Leaf]) -> Result<()> {
        self.leaves += leaves.iter().map(|leaf| T::values(leaf).max(1)).sum::<usize>();
        if self.leaves > MOST_LEAVES {
            return Err(too_many().into());
        }
        Ok(())
    }
}

fn too_many() -> Refusal {
    too_much(&format!("The filter compares too much; {MOST_LEAVES} values are taken."))
}

/// What is looked for, and the reference if it is one.
///
/// # Errors
/// TOO_LONG at `filter.text`.
pub(crate) fn text_leaf(typed: &str) -> Result<Leaf> {
    let question = Question::read(typed)
        .map_err(|long| Refusal::new(Code::TooLong, "filter.text", sentence(&long.to_string())))?;
    let reference = typed.parse::<Reference>().ok().map(|it| it.to_string());
    Ok(Leaf::Text(question, reference))
}

fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().collect::<String>());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

/// Whether there is a photo.
pub(crate) fn photo_leaf(has: bool) -> Leaf {
    Leaf::Photo(if has { Has::Some } else { Has::None })
}

/// With how many values a comparison compares.
pub(crate) fn weight(leaf: &Leaf) -> usize {
    match leaf {
        Leaf::Kind(values) => values.len(),
        Leaf::Phase(values) => values.len(),
        Leaf::Unit(values) | Leaf::UnitSubtree(values) | Leaf::Function(values) => values.len(),
        Leaf::Touchpoint(values) => values.len(),
        Leaf::Program(values) => values.len(),
        Leaf::Assignee(values) | Leaf::Owner(values) => values.len(),
        Leaf::Severity(values) => values.len(),
        Leaf::Channel(values) => values.len(),
        Leaf::Audience(values) => values.len(),
        Leaf::Tag(values) | Leaf::Language(values) => values.len(),
        _ => 1,
    }
}

fn leaves(asked: &SubmissionFilter) -> Result<Vec<Leaf>> {
    let mut leaves = Vec::new();
    places(asked, &mut leaves)?;
    people(asked, &mut leaves)?;
    let asked = asked.clone();
    leaves.extend(asked.kind.map(|it| Leaf::Kind(words(it.r#in))));
    leaves.extend(asked.phase.map(|it| Leaf::Phase(words(it.r#in))));
    leaves.extend(asked.severity.map(|it| Leaf::Severity(words(it.r#in))));
    leaves.extend(asked.channel.map(|it| Leaf::Channel(words(it.r#in))));
    leaves.extend(asked.audience.map(|it| Leaf::Audience(words(it.r#in))));
    leaves.extend(asked.tag.map(|it| Leaf::Tag(it.r#in)));
    leaves.extend(asked.text.as_deref().map(text_leaf).transpose()?);
    leaves.extend(asked.has_photo.map(photo_leaf));
    leaves.extend(asked.language.map(|it| Leaf::Language(it.r#in)));
    let created = asked.created_at.unwrap_or_default();
    leaves.extend(created.gte.map(|at| Leaf::CreatedFrom(at.0)));
    leaves.extend(created.lt.map(|at| Leaf::CreatedBefore(at.0)));
    let updated = asked.updated_at.unwrap_or_default();
    leaves.extend(updated.gte.map(|at| Leaf::UpdatedFrom(at.0)));
    leaves.extend(updated.lt.map(|at| Leaf::UpdatedBefore(at.0)));
    Ok(leaves)
}

fn places(asked: &SubmissionFilter, leaves: &mut Vec<Leaf>) -> Result<()> {
    if let Some(unit) = &asked.unit {
        if let Some(units) = &unit.r#in {
            leaves.push(Leaf::Unit(ids(units, "filter.unit")?));
        }
        if let Some(top) = &unit.in_subtree {
            leaves.push(Leaf::UnitSubtree(vec![id_at(top, "filter.unit")?]));
        }
    }
    if let Some(function) = &asked.function {
        leaves.push(Leaf::Function(ids(&function.r#in, "filter.function")?));
    }
    if let Some(touchpoint) = &asked.touchpoint {
        leaves.push(Leaf::Touchpoint(ids(&touchpoint.r#in, "filter.touchpoint")?));
    }
    if let Some(program) = &asked.program {
        leaves.push(Leaf::Program(ids(&program.r#in, "filter.program")?));
    }
    Ok(())
}

fn people(asked: &SubmissionFilter, leaves: &mut Vec<Leaf>) -> Result<()> {
    if asked.author == Some(AuthorFilter::Me) {
        leaves.push(Leaf::Mine);
    }
    if let Some(assignee) = &asked.assignee {
        if let Some(people) = &assignee.r#in {
            leaves.push(Leaf::Assignee(ids(people, "filter.assignee")?));
        }
        if assignee.is_null == Some(true) {
            leaves.push(Leaf::Unassigned);
        }
    }
    if let Some(owner) = &asked.owner {
        leaves.push(Leaf::Owner(ids(&owner.r#in, "filter.owner")?));
    }
    Ok(())
}
