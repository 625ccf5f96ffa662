//! Offers of ideas to other sites as the API shows them, and their verbs.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object};
use entity::id::AdoptionId;
use entity::identity::values::Role;
use entity::implementation::adoption;
use entity::implementation::copying::Step;
use sea_orm::{ColumnTrait as _, QueryFilter as _};

use super::lists::Offers;
use super::outcomes::Outcome;
use super::{ImplementationUserError, batches};
use crate::graphql::list::{at_most, count_wanted, id_at};
use crate::graphql::payload::{answer, answer_or_null, settle};
use crate::graphql::scalars::DateTime;
use crate::identity::graphql::{Person, Unit};
use crate::identity::loader;
use crate::implementation::ground::{Subject, ties_to_adoption};
use crate::implementation::loader::{AdoptionsOf, IdeaOf, OutcomesOf};
use crate::implementation::policy::{self, Copier, Place, Ties};
use crate::implementation::query::copies as query;
use crate::implementation::service::copies::{
    self as service, MOST_SITES, NewOffer, Opening, TakeStep,
};
use crate::kit::error::Result;
use crate::kit::page::{PageArgs, page};
use crate::submissions::graphql::edges;
use crate::submissions::graphql::row::Row;
use crate::submissions::graphql::types::Submission;
use crate::triage::graphql::signed_in;
use crate::{connection, payload};

/// How far a site is with an idea that it was offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::implementation::values::AdoptionState")]
pub enum AdoptionState {
    /// Nobody there has answered.
    Offered,
    /// They are at it.
    Adopting,
    /// It works there too.
    Adopted,
    /// They do not take it up.
    Declined,
    /// It was taken back before anybody answered.
    Withdrawn,
}

/// Who looks at an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Looker {
    /// Somebody of the site.
    There,
    /// Somebody who may offer it.
    Offering,
    /// Somebody who reads the idea.
    Reader,
}

/// An offer to a site, as far as the asker sees it.
#[derive(Clone)]
pub struct Adoption {
    row: adoption::Model,
    looker: Looker,
    /// What it shares with the others of its list; none below an idea, where batches do it.
    list: Option<Arc<Offers>>,
}

impl Adoption {
    fn alone(row: adoption::Model, looker: Looker) -> Self {
        Self { row, looker, list: None }
    }

    /// What passed between those who offer and the site is for the two of them.
    fn between<T>(&self, value: Option<T>) -> Option<T> {
        value.filter(|_| self.looker != Looker::Reader)
    }
}

/// An idea that works somewhere, offered to another site: a task of that site. Once it works there,
/// everybody who reads the idea sees that.
#[Object]
impl Adoption {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        self.row.id.into()
    }

    /// Which idea, if you may read it.
    async fn submission(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Submission>> {
        let id = self.row.submission_id;
        let found = async {
            match &self.list {
                Some(list) => list.idea(ctx, id).await,
                None => Ok(batches(ctx)?.load_one(IdeaOf(id)).await?.map(Submission::of)),
            }
        };
        answer_or_null(found.await)
    }

    /// To which site.
    async fn site(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Unit>> {
        answer_or_null(edges::unit(ctx, Some(self.row.site_id)).await)
    }

    /// How far the site is with it.
    async fn state(&self) -> AdoptionState {
        self.row.state.into()
    }

    /// Words to those who lead the site; null for those who only read the idea.
    async fn message(&self) -> Option<&str> {
        self.between(self.row.message.as_deref())
    }

    /// Why the site does not take it up; null for those who only read the idea.
    async fn reason(&self) -> Option<&str> {
        self.between(self.row.reason.as_deref())
    }

    /// Who offered it; null for those who only read the idea.
    async fn offered_by(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Person>> {
        answer_or_null(edges::person(ctx, self.between(self.row.offered_by)).await)
    }

    /// When it was offered.
    async fn offered_at(&self) -> DateTime {
        self.row.offered_at.into()
    }

    /// Who took it up; null for those who only read the idea.
    async fn accepted_by(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Person>> {
        answer_or_null(edges::person(ctx, self.between(self.row.accepted_by)).await)
    }

    /// When it was taken up.
    async fn accepted_at(&self) -> Option<DateTime> {
        self.row.accepted_at.map(Into::into)
    }

    /// When it ended: adopted, declined or withdrawn.
    async fn closed_at(&self) -> Option<DateTime> {
        self.row.closed_at.map(Into::into)
    }

    /// What it is to change at this site, and did: all for those of the site, else what was confirmed
    /// once it works there.
    async fn outcomes(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Vec<Outcome>>> {
        let found = async {
            let found = match &self.list {
                Some(list) => list.outcomes(ctx, &self.row).await?,
                None => {
                    let subject = OutcomesOf(Subject::Adoption(self.row.id));
                    batches(ctx)?.load_one(subject).await?.unwrap_or_default()
                }
            };
            let ties = Ties { inside: self.looker == Looker::There, ..Ties::default() };
            let view = policy::view(ties, Place::Adoption(self.row.state));
            Ok(found.into_iter().filter_map(|it| Outcome::seen(it, view)).collect())
        };
        answer(found.await)
    }

    /// Counts up with every step.
    async fn version(&self) -> i32 {
        self.row.version
    }
}

connection!(AdoptionConnection, AdoptionEdge, Adoption, "offers to sites");

/// Where an idea was offered, as far as the asker sees it: where it works, for all who read it; every
/// offer, for those who may offer it, and for those of the site.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn adoptions(ctx: &Context<'_>, row: &Row) -> Result<Vec<Adoption>> {
    let found = row.page.adoptions.get(batches(ctx)?.loader(), AdoptionsOf(row.id)).await?;
    let found = found.unwrap_or_default();
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let actor = &signed_in(ctx)?.actor;
    let standing = edges::standing(ctx, row).await?;
    let copier = Copier {
        reviewer: standing.reads_as_reviewer && !standing.recused,
        manager: standing.manager && !standing.recused,
        executive: actor.holds(Role::Executive)
            && actor.covers(Role::Executive, &loader::lineage(ctx, row.unit_id).await?),
    };
    let offers = policy::may_copy(copier).is_ok();
    let seen = found.into_iter().filter_map(|it| {
        let works = it.row.state == entity::implementation::values::AdoptionState::Adopted;
        let looker = if ties_to_adoption(actor, &it.row, &it.lineage).inside {
            Looker::There
        } else if offers {
            Looker::Offering
        } else {
            Looker::Reader
        };
        (works || looker != Looker::Reader).then(|| Adoption::alone(it.row, looker))
    });
    Ok(seen.collect())
}

/// Queries.
#[derive(Default)]
pub struct CopiesQuery;

#[Object]
impl CopiesQuery {
    /// What was offered to the sites that you lead or review, the newest first. Only of ideas that you
    /// may read. Needs a person's sign-in.
    #[allow(clippy::too_many_arguments)] // the arguments of every list
    async fn adoptions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the front, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the back, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Those in any of these states; all when left out.")] state: Option<
            Vec<AdoptionState>,
        >,
    ) -> Option<async_graphql::Result<AdoptionConnection>> {
        let found = async {
            let scope = signed_in(ctx)?;
            scope.actor.require_person()?;
            let mut select = query::offered_to(&scope.actor);
            if let Some(states) = state {
                let states =
                    states.into_iter().map(entity::implementation::values::AdoptionState::from);
                select = select.filter(adoption::Column::State.is_in(states));
            }
            let args = PageArgs { first, after, last, before };
            let page =
                page(&scope.db(), select, &query::newest(), &args, count_wanted(ctx)).await?;
            let list = Offers::of(page.rows.iter().map(|(_, row)| row));
            let there = |row| Adoption { row, looker: Looker::There, list: Some(list.clone()) };
            Ok(AdoptionConnection::of(page, there))
        };
        answer(found.await)
    }
}

payload!(
    /// The result of `adoptionOffer`.
    AdoptionOfferPayload, ImplementationUserError {
        /// The offers, one for each site.
        adoptions: Vec<Adoption>
    }
);
payload!(
    /// The result of `adoptionWithdraw`.
    AdoptionWithdrawPayload, ImplementationUserError {
        /// The offer as it is now.
        adoption: Adoption
    }
);
payload!(
    /// The result of `adoptionAccept`.
    AdoptionAcceptPayload, ImplementationUserError {
        /// The task as it is now.
        adoption: Adoption
    }
);
payload!(
    /// The result of `adoptionComplete`.
    AdoptionCompletePayload, ImplementationUserError {
        /// The task as it is now.
        adoption: Adoption
    }
);
payload!(
    /// The result of `adoptionDecline`.
    AdoptionDeclinePayload, ImplementationUserError {
        /// The task as it is now.
        adoption: Adoption
    }
);

/// An idea to offer.
#[derive(InputObject)]
pub struct AdoptionOfferInput {
    /// Which idea: one that works, and everybody was told so.
    pub submission_id: ID,
    /// To which other sites; at most 20.
    pub site_ids: Vec<ID>,
    /// Words to those who lead them; at most 2,000 characters.
    pub message: Option<String>,
    /// Whether to open the idea to others where only its own site reads it.
    #[graphql(default)]
    pub opens_idea: bool,
}

/// An offer to take back.
#[derive(InputObject)]
pub struct AdoptionWithdrawInput {
    /// Which.
    pub id: ID,
    /// The version that you read.
    pub expected_version: Option<i32>,
}

/// A task to take up.
#[derive(InputObject)]
pub struct AdoptionAcceptInput {
    /// Which.
    pub id: ID,
    /// The version that you read.
    pub expected_version: Option<i32>,
}

/// A task that is done.
#[derive(InputObject)]
pub struct AdoptionCompleteInput {
    /// Which.
    pub id: ID,
    /// The version that you read.
    pub expected_version: Option<i32>,
}

/// A task to decline.
#[derive(InputObject)]
pub struct AdoptionDeclineInput {
    /// Which.
    pub id: ID,
    /// The version that you read.
    pub expected_version: Option<i32>,
    /// Why not, for those who offered it; at most 2,000 characters.
    pub reason: String,
}

fn new_offer(input: AdoptionOfferInput) -> Result<NewOffer> {
    at_most(&input.site_ids, MOST_SITES, "siteIds")?;
    let sites: Result<Vec<_>> = input.site_ids.iter().map(|id| id_at(id, "siteIds")).collect();
    Ok(NewOffer {
        submission: id_at(&input.submission_id, "submissionId")?,
        sites: sites?,
        message: input.message,
        opening: if input.opens_idea { Opening::Open } else { Opening::AsItIs },
    })
}

/// A step without words.
fn plain(step: Step, (id, expected_version): (&ID, Option<i32>)) -> Result<TakeStep> {
    let id: AdoptionId = id_at(id, "id")?;
    Ok(TakeStep { id, step, reason: None, expected_version })
}

/// Mutations.
#[derive(Default)]
pub struct CopiesMutation;

#[Object]
impl CopiesMutation {
    /// Offers an idea that works to other sites: a task for each. Needs to be its reviewer or manager,
    /// or EXECUTIVE over its unit. An offer lets nobody read more, unless it opens the idea. Codes:
    /// FORBIDDEN, NOT_FOUND, REQUIRED, TOO_LONG, INVALID, TAKEN, STEP_NOT_ALLOWED.
    async fn adoption_offer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to offer where.")] input: AdoptionOfferInput,
    ) -> Option<async_graphql::Result<AdoptionOfferPayload>> {
        let done = async { service::offer(signed_in(ctx)?, new_offer(input)?).await };
        settle(done.await, |rows| {
            let list = Offers::of(rows.iter());
            let list = Some(list);
            let offered = |row| Adoption { row, looker: Looker::Offering, list: list.clone() };
            AdoptionOfferPayload::done(rows.into_iter().map(offered).collect())
        })
    }

    /// Takes an offer back that nobody at the site has answered. Needs what `adoptionOffer` needs.
    /// Codes: FORBIDDEN, NOT_FOUND, STALE_VERSION, STEP_NOT_ALLOWED.
    async fn adoption_withdraw(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which offer.")] input: AdoptionWithdrawInput,
    ) -> Option<async_graphql::Result<AdoptionWithdrawPayload>> {
        let done = async {
            let cmd = plain(Step::Withdraw, (&input.id, input.expected_version))?;
            service::take(signed_in(ctx)?, cmd).await
        };
        settle(done.await, |row| {
            AdoptionWithdrawPayload::done(Adoption::alone(row, Looker::Offering))
        })
    }

    /// Takes up for a site what it was offered. Needs REVIEWER or MANAGER over the site. Codes:
    /// FORBIDDEN, NOT_FOUND, STALE_VERSION, STEP_NOT_ALLOWED.
    async fn adoption_accept(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which task.")] input: AdoptionAcceptInput,
    ) -> Option<async_graphql::Result<AdoptionAcceptPayload>> {
        let done = async {
            let cmd = plain(Step::Accept, (&input.id, input.expected_version))?;
            service::take(signed_in(ctx)?, cmd).await
        };
        settle(done.await, |row| AdoptionAcceptPayload::done(Adoption::alone(row, Looker::There)))
    }

    /// Says that it works at the site: from then on everybody who reads the idea sees that. Needs
    /// REVIEWER or MANAGER over the site, or to have taken it up. Codes: FORBIDDEN, NOT_FOUND,
    /// STALE_VERSION, STEP_NOT_ALLOWED.
    async fn adoption_complete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which task.")] input: AdoptionCompleteInput,
    ) -> Option<async_graphql::Result<AdoptionCompletePayload>> {
        let done = async {
            let cmd = plain(Step::Complete, (&input.id, input.expected_version))?;
            service::take(signed_in(ctx)?, cmd).await
        };
        settle(done.await, |row| AdoptionCompletePayload::done(Adoption::alone(row, Looker::There)))
    }

    /// Declines for a site what it was offered, with the reason. Needs what `adoptionComplete` needs.
    /// Codes: FORBIDDEN, NOT_FOUND, STALE_VERSION, REQUIRED, TOO_LONG, STEP_NOT_ALLOWED.
    async fn adoption_decline(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which task, and why not.")] input: AdoptionDeclineInput,
    ) -> Option<async_graphql::Result<AdoptionDeclinePayload>> {
        let done = async {
            let cmd = plain(Step::Decline, (&input.id, input.expected_version))?;
            service::take(signed_in(ctx)?, TakeStep { reason: Some(input.reason), ..cmd }).await
        };
        settle(done.await, |row| AdoptionDeclinePayload::done(Adoption::alone(row, Looker::There)))
    }
}
