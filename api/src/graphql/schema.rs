//! The schema: each feature's roots, merged.

use async_graphql::{MergedObject, MergedSubscription, Request, Schema as Engine};

use super::node::NodeQuery;
use crate::http::prescan::OperationKind;
use crate::kit::scope::Scope;

/// Everything that can be asked.
#[derive(MergedObject, Default)]
pub struct Query(
    NodeQuery,
    super::rate_limit::RateLimitQuery,
    crate::identity::graphql::IdentityQuery,
    crate::programs::graphql::ProgramsQuery,
    crate::jobs::graphql::JobsQuery,
    crate::notify::graphql::NotifyQuery,
    crate::notify::hearing::HearingQuery,
    crate::notify::preview::PreviewQuery,
    crate::workflow::replies::graphql::ReplyQuery,
    crate::workflow::reports::graphql::ReportQuery,
    crate::desk::graphql::DeskQuery,
    crate::routing::graphql::RoutingQuery,
    crate::journey::graphql::JourneyQuery,
    crate::clocks::graphql::ClocksQuery,
    crate::submissions::graphql::SubmissionsQuery,
    crate::triage::queue::graphql::QueueQuery,
    crate::triage::causes::graphql::CauseQuery,
    crate::implementation::graphql::ImplementationQuery,
    crate::closing::graphql::resolutions::ResolutionQuery,
    crate::closing::graphql::sustained::SustainQuery,
    crate::closing::graphql::came::CameQuery,
    crate::closing::graphql::seen::SeenQuery,
    crate::implementation::graphql::copies::CopiesQuery,
    crate::announcing::graphql::AnnouncementQuery,
    crate::integrations::graphql::feed::FeedQuery,
);

/// Everything that can be done.
#[derive(MergedObject, Default)]
pub struct Mutation(
    crate::identity::graphql::IdentityMutation,
    crate::programs::graphql::ProgramsMutation,
    crate::jobs::graphql::JobsMutation,
    crate::notify::graphql::NotifyMutation,
    crate::notify::hearing::HearingMutation,
    crate::journey::graphql::JourneyMutation,
    crate::clocks::graphql::ClocksMutation,
    crate::submissions::graphql::SubmissionsMutation,
    crate::triage::causes::graphql::verbs::CauseMutation,
    crate::triage::queue::graphql::verbs::QueueMutation,
    crate::workflow::graphql::WorkflowMutation,
    crate::desk::graphql::DeskMutation,
    crate::routing::graphql::RoutingMutation,
    crate::engagement::graphql::EngagementMutation,
    crate::submissions::photos::graphql::PhotoMutation,
    crate::implementation::graphql::items::PlanMutation,
    crate::implementation::graphql::trials::TrialMutation,
    crate::implementation::graphql::outcomes::OutcomeMutation,
    crate::closing::graphql::resolutions::ResolutionMutation,
    crate::closing::graphql::sustained::SustainMutation,
    crate::closing::graphql::seen::SeenMutation,
    crate::implementation::graphql::copies::CopiesMutation,
    crate::announcing::graphql::AnnouncementMutation,
    crate::external::graphql::ExternalMutation,
);

/// Everything that can be followed.
#[derive(MergedSubscription, Default)]
pub struct Subscription(crate::notify::subscription::NotifySubscription);

/// The schema as served.
pub type Schema = Engine<Query, Mutation, Subscription>;

/// Builds the schema. Our own pre-scan stands before it; the engine's own limits are a second
/// fence, and suggestions are off because they tell names.
#[must_use]
pub fn build() -> Schema {
    Engine::build(Query::default(), Mutation::default(), Subscription::default())
        .disable_suggestions()
        .limit_recursive_depth(64)
        .finish()
}

/// Attaches what resolvers of a request of this kind need: the scope and the batches of every feature.
#[must_use]
pub fn attach(request: Request, (kind, scope): (OperationKind, Scope)) -> Request {
    let request = crate::identity::loader::attach(request, &scope);
    let request = crate::programs::loader::attach(request, &scope);
    let request = crate::journey::loader::attach(request, &scope);
    let request = crate::clocks::loader::attach(request, &scope);
    let request = crate::submissions::loader::attach(request, &scope);
    let request = crate::triage::causes::loader::attach(request, &scope);
    let request = crate::triage::queue::loader::attach(request, &scope);
    let request = crate::workflow::loader::attach(request, &scope);
    let request = crate::desk::loader::attach(request, &scope);
    let request = crate::routing::loader::attach(request, &scope);
    let request = crate::engagement::loader::attach(request, &scope);
    let request = crate::submissions::photos::loader::attach(request, &scope);
    let request = crate::implementation::loader::attach(request, &scope);
    let request = crate::closing::loader::attach(request, &scope);
    let request = crate::external::loader::attach(request, &scope);
    request.data(super::ready::Ready::of(kind)).data(scope)
}
