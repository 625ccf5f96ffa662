//! The verbs of saved views.

use async_graphql::{Context, ID, InputObject, Object};
use entity::id::ViewId;

use super::inputs::{QueueFilter, QueueOrder};
use super::stored;
use super::views::{TriageView, TriageViewSharing};
use crate::graphql::list::{at_most, id_at, some_id_at};
use crate::graphql::payload::settle;
use crate::kit::error::{Code, Refusal, Result};
use crate::submissions::service::Receipt;
use crate::triage::graphql::signed_in;
use crate::triage::queue::policy::MOST_VIEWS;
use crate::triage::queue::service::{self, NewView, Shared, ViewChange};
use crate::{payload, user_errors};

user_errors!(ViewUserError, ViewErrorCode, "saved views of the queue" {
    /// Without the right that this needs.
    Forbidden,
    /// Nothing with this id is there for you.
    NotFound,
    /// A value is missing.
    Required,
    /// A text is too long.
    TooLong,
    /// A value is not of the right form or range, or there are too many views.
    Invalid,
    /// Another view of yours has this name.
    Taken,
    /// It changed since it was read.
    StaleVersion,
    /// The client key was used with other content.
    IdempotencyKeyReused,
});

payload!(
    /// The result of `triageViewCreate`.
    TriageViewCreatePayload, ViewUserError {
        /// The new view.
        view: TriageView,
        /// Whether it was saved before with this client key.
        already_received: bool
    }
);
payload!(
    /// The result of `triageViewUpdate`.
    TriageViewUpdatePayload, ViewUserError {
        /// The view as it is now.
        view: TriageView
    }
);
payload!(
    /// The result of `triageViewDelete`.
    TriageViewDeletePayload, ViewUserError {
        /// The view that is gone.
        id: ID
    }
);
payload!(
    /// The result of `triageViewTakeOver`.
    TriageViewTakeOverPayload, ViewUserError {
        /// The view, yours now.
        view: TriageView
    }
);
payload!(
    /// The result of `triageViewsReorder`.
    TriageViewsReorderPayload, ViewUserError {
        /// All of your own views in their new sequence.
        views: Vec<TriageView>
    }
);

/// The result of `triageViewSetDefault`.
#[derive(async_graphql::SimpleObject)]
pub struct TriageViewSetDefaultPayload {
    /// The view with which your queue opens; null: the whole queue.
    pub view: Option<TriageView>,
    /// What a person can mend; empty when it worked.
    pub user_errors: Vec<ViewUserError>,
}

impl crate::graphql::payload::Payload for TriageViewSetDefaultPayload {
    fn refused(refusal: &Refusal) -> Option<Self> {
        Some(Self { view: None, user_errors: vec![ViewUserError::of(refusal)?] })
    }
}

/// A view to save.
#[derive(Clone, InputObject)]
pub struct TriageViewCreateInput {
    /// What it is called, at most 60 characters.
    pub name: String,
    /// What it shows; without a filter, the whole queue.
    pub filter: Option<QueueFilter>,
    /// In which order; the oldest first unless said otherwise.
    pub order_by: Option<QueueOrder>,
    /// With whom it is shared; with nobody unless said otherwise.
    pub shared_with: Option<TriageViewSharing>,
    /// The unit whose reviewers it is shared with; one that you review. Goes with UNIT.
    pub unit_id: Option<ID>,
    /// Makes it happen once, however often it is sent.
    pub client_key: Option<String>,
}

impl TriageViewCreateInput {
    fn meant(self) -> Result<NewView> {
        let order = self.order_by.unwrap_or(QueueOrder::Oldest);
        Ok(NewView {
            name: self.name,
            stored: stored::keep(self.filter.unwrap_or_default())?,
            order: order.into(),
            shared: Shared {
                with: self.shared_with.unwrap_or(TriageViewSharing::Private).into(),
                unit: some_id_at(self.unit_id.as_ref(), "unitId")?,
            },
        })
    }
}

/// Changes to a view; what is left out stays.
#[derive(Clone, InputObject)]
pub struct TriageViewUpdateInput {
    /// Which.
    pub id: ID,
    /// The version that you read; refused when it changed meanwhile.
    pub expected_version: Option<i32>,
    /// What it is called, at most 60 characters.
    pub name: Option<String>,
    /// What it shows.
    pub filter: Option<QueueFilter>,
    /// In which order.
    pub order_by: Option<QueueOrder>,
    /// With whom it is shared.
    pub shared_with: Option<TriageViewSharing>,
    /// The unit whose reviewers it is shared with; goes with `sharedWith: UNIT`.
    pub unit_id: Option<ID>,
}

impl TriageViewUpdateInput {
    fn meant(self) -> Result<ViewChange> {
        let unit = some_id_at(self.unit_id.as_ref(), "unitId")?;
        if unit.is_some() && self.shared_with.is_none() {
            let lacking = "Say `sharedWith: UNIT` together with the unit.";
            return Err(Refusal::new(Code::Required, "sharedWith", lacking).into());
        }
        Ok(ViewChange {
            id: id_at(&self.id, "id")?,
            expected_version: self.expected_version,
            name: self.name,
            stored: self.filter.map(stored::keep).transpose()?,
            order: self.order_by.map(Into::into),
            shared: self.shared_with.map(|with| Shared { with: with.into(), unit }),
        })
    }
}

/// A view to delete.
#[derive(Clone, InputObject)]
pub struct TriageViewDeleteInput {
    /// Which.
    pub id: ID,
    /// The version that you read; refused when it changed meanwhile.
    pub expected_version: Option<i32>,
}

/// A view to take over.
#[derive(Clone, InputObject)]
pub struct TriageViewTakeOverInput {
    /// Which: shared, and its owner has left.
    pub id: ID,
    /// The version that you read; refused when it changed meanwhile.
    pub expected_version: Option<i32>,
}

/// A new sequence of views.
#[derive(Clone, InputObject)]
pub struct TriageViewsReorderInput {
    /// Own views, the first one first; those that are not named come after them as they stood.
    pub ids: Vec<ID>,
}

/// The view with which the queue opens.
#[derive(Clone, InputObject)]
pub struct TriageViewSetDefaultInput {
    /// Which, an own or a shared one; null: the whole queue.
    pub id: Option<ID>,
}

/// Mutations.
#[derive(Default)]
pub struct QueueMutation;

#[Object]
impl QueueMutation {
    /// Saves a view of the queue, behind your others; at most 50. Needs REVIEWER; to share it with
    /// the reviewers of a unit, REVIEWER on that unit. Codes: FORBIDDEN, NOT_FOUND, REQUIRED,
    /// TOO_LONG, INVALID, TAKEN, IDEMPOTENCY_KEY_REUSED.
    async fn triage_view_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to save.")] input: TriageViewCreateInput,
    ) -> Option<async_graphql::Result<TriageViewCreatePayload>> {
        let done = async {
            let scope = signed_in(ctx)?;
            let key = input.client_key.clone();
            service::create(scope, input.meant()?, key.as_deref()).await
        };
        settle(done.await, |(row, receipt)| {
            TriageViewCreatePayload::done(TriageView::alone(row), receipt == Receipt::Already)
        })
    }

    /// Changes a view of yours. Needs REVIEWER, and to be its owner. Codes: FORBIDDEN, NOT_FOUND,
    /// STALE_VERSION, REQUIRED, TOO_LONG, INVALID, TAKEN.
    async fn triage_view_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: TriageViewUpdateInput,
    ) -> Option<async_graphql::Result<TriageViewUpdatePayload>> {
        let done = async { service::update(signed_in(ctx)?, input.meant()?).await };
        settle(done.await, |row| TriageViewUpdatePayload::done(TriageView::alone(row)))
    }

    /// Deletes a view of yours, for all with whom it was shared. Needs REVIEWER, and to be its owner;
    /// once the owner of a shared view has left, REVIEWER on its unit or ADMIN. Codes: FORBIDDEN, NOT_FOUND, STALE_VERSION.
    async fn triage_view_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to delete.")] input: TriageViewDeleteInput,
    ) -> Option<async_graphql::Result<TriageViewDeletePayload>> {
        let done = async {
            let scope = signed_in(ctx)?;
            service::delete(scope, id_at(&input.id, "id")?, input.expected_version).await
        };
        settle(done.await, |id| TriageViewDeletePayload::done(id.into()))
    }

    /// Makes a shared view whose owner has left yours. Needs REVIEWER on the unit that it is shared
    /// with, or anywhere when it is shared with all reviewers. Codes: FORBIDDEN, NOT_FOUND,
    /// STALE_VERSION, INVALID, TAKEN.
    async fn triage_view_take_over(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: TriageViewTakeOverInput,
    ) -> Option<async_graphql::Result<TriageViewTakeOverPayload>> {
        let done = async {
            let scope = signed_in(ctx)?;
            service::take_over(scope, id_at(&input.id, "id")?, input.expected_version).await
        };
        settle(done.await, |row| TriageViewTakeOverPayload::done(TriageView::alone(row)))
    }

    /// Puts your own views in another sequence. Needs REVIEWER. Codes: FORBIDDEN, NOT_FOUND, INVALID.
    async fn triage_views_reorder(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "In which sequence.")] input: TriageViewsReorderInput,
    ) -> Option<async_graphql::Result<TriageViewsReorderPayload>> {
        let done = async {
            let scope = signed_in(ctx)?;
            at_most(&input.ids, MOST_VIEWS, "ids")?;
            let ids = input.ids.iter().map(|id| id_at(id, "ids"));
            service::arrange(scope, ids.collect::<Result<Vec<ViewId>>>()?).await
        };
        settle(done.await, |rows| TriageViewsReorderPayload::done(TriageView::several(rows)))
    }

    /// Chooses the view with which your queue opens, an own or a shared one. Needs REVIEWER. Codes:
    /// FORBIDDEN, NOT_FOUND.
    async fn triage_view_set_default(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "With which.")] input: TriageViewSetDefaultInput,
    ) -> Option<async_graphql::Result<TriageViewSetDefaultPayload>> {
        let done = async {
            let scope = signed_in(ctx)?;
            service::open_with(scope, some_id_at(input.id.as_ref(), "id")?).await
        };
        settle(done.await, |row| TriageViewSetDefaultPayload {
            view: row.map(TriageView::alone),
            user_errors: Vec::new(),
        })
    }
}
