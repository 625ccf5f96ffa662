//! `node` and `nodes`: anything by its id, through the scoped door of its type.

use async_graphql::{Context, ID, Interface, Object};

use super::list::at_most;
use super::payload::{answer_or_null, scope, told};
use crate::kit::error::Result;
use crate::kit::scope::Scope;
use crate::submissions::graphql::Submission;

/// Anything that has an id.
#[derive(Clone, Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Opaque id, stable for ever."))]
pub enum Node {
    /// A unit of the organisation.
    Unit(crate::identity::graphql::Unit),
    /// A person.
    Person(crate::identity::graphql::Person),
    /// A role that somebody holds.
    Grant(crate::identity::graphql::Grant),
    /// A signed-in client of yours.
    Session(crate::identity::graphql::Session),
    /// An enrolled device.
    Device(crate::identity::graphql::Device),
    /// An integration.
    Service(crate::identity::graphql::Service),
    /// A token of an integration.
    ApiToken(crate::identity::graphql::ApiToken),
    /// Something that you should know.
    Notification(crate::notify::graphql::Notification),
    /// An idea.
    Idea(crate::submissions::graphql::Idea),
    /// An observation.
    Observation(crate::submissions::graphql::Observation),
    /// A root cause.
    Cause(crate::triage::causes::graphql::Cause),
    /// A saved view of the queue.
    TriageView(crate::triage::queue::graphql::views::TriageView),
    /// A decision.
    Decision(crate::workflow::graphql::decisions::Decision),
    /// Days on which somebody is away.
    Absence(crate::desk::graphql::absences::Absence),
    /// A rota.
    Rota(crate::desk::graphql::rotas::Rota),
    /// A routing rule.
    RoutingRule(crate::routing::graphql::RoutingRule),
    /// A reply template.
    ReplyTemplate(crate::workflow::replies::graphql::ReplyTemplate),
    /// An announcement.
    Announcement(crate::announcing::graphql::Announcement),
    /// A journey.
    Journey(crate::journey::graphql::Journey),
    /// A touchpoint.
    Touchpoint(crate::journey::graphql::Touchpoint),
}

impl From<Submission> for Node {
    fn from(submission: Submission) -> Self {
        match submission {
            Submission::Idea(idea) => Self::Idea(idea),
            Submission::Observation(observation) => Self::Observation(observation),
        }
    }
}

/// Fetches one node. A prefix nobody knows, an id that is not there and one that is not yours are
/// the same answer.
async fn fetch(scope: &Scope, id: &str) -> Result<Option<Node>> {
    let prefix = id.split_once('_').map_or("", |(prefix, _)| prefix);
    match prefix {
        "unit" => Ok(crate::identity::graphql::Unit::by_id(scope, id).await?.map(Node::Unit)),
        "person" => Ok(crate::identity::graphql::Person::by_id(scope, id).await?.map(Node::Person)),
        "grant" => Ok(crate::identity::graphql::Grant::by_id(scope, id).await?.map(Node::Grant)),
        "session" => {
            Ok(crate::identity::graphql::Session::by_id(scope, id).await?.map(Node::Session))
        }
        "device" => Ok(crate::identity::graphql::Device::by_id(scope, id).await?.map(Node::Device)),
        "service" => {
            Ok(crate::identity::graphql::Service::by_id(scope, id).await?.map(Node::Service))
        }
        "token" => {
            Ok(crate::identity::graphql::ApiToken::by_id(scope, id).await?.map(Node::ApiToken))
        }
        "note" => Ok(crate::notify::graphql::Notification::by_id(scope, id)
            .await?
            .map(Node::Notification)),
        "cause" => {
            Ok(crate::triage::causes::graphql::Cause::by_id(scope, id).await?.map(Node::Cause))
        }
        "view" => Ok(crate::triage::queue::graphql::views::TriageView::by_id(scope, id)
            .await?
            .map(Node::TriageView)),
        "decision" => Ok(crate::workflow::graphql::decisions::Decision::by_id(scope, id)
            .await?
            .map(Node::Decision)),
        "absence" => {
            Ok(crate::desk::graphql::absences::Absence::by_id(scope, id).await?.map(Node::Absence))
        }
        "rota" => Ok(crate::desk::graphql::rotas::Rota::by_id(scope, id).await?.map(Node::Rota)),
        "rule" => {
            Ok(crate::routing::graphql::RoutingRule::by_id(scope, id).await?.map(Node::RoutingRule))
        }
        "reply" => Ok(crate::workflow::replies::graphql::ReplyTemplate::by_id(scope, id)
            .await?
            .map(Node::ReplyTemplate)),
        "announcement" => Ok(crate::announcing::graphql::Announcement::by_id(scope, id)
            .await?
            .map(Node::Announcement)),
        "journey" => {
            Ok(crate::journey::graphql::Journey::by_id(scope, id).await?.map(Node::Journey))
        }
        "touchpoint" => {
            Ok(crate::journey::graphql::Touchpoint::by_id(scope, id).await?.map(Node::Touchpoint))
        }
        "sub" => Ok(Submission::by_id(scope, id).await?.map(Node::from)),
        _ => Ok(None),
    }
}

/// The query fields.
#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// The thing with this id, or null when there is none for you. Needs a sign-in.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Any id of this API.")] id: ID,
    ) -> Option<async_graphql::Result<Node>> {
        let scope = match scope(ctx) {
            Ok(scope) => scope,
            Err(error) => return Some(Err(error)),
        };
        answer_or_null(fetch(scope, &id.0).await)
    }

    /// The things with these ids in the same order, null where there is none for you. At most 100.
    /// Needs a sign-in.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Ids of this API, at most 100.")] ids: Vec<ID>,
    ) -> Option<async_graphql::Result<Vec<Option<Node>>>> {
        let scope = match scope(ctx) {
            Ok(scope) => scope,
            Err(error) => return Some(Err(error)),
        };
        if let Err(refusal) = at_most(&ids, 100, "ids") {
            return Some(Err(told(&refusal)));
        }
        let mut found = Vec::with_capacity(ids.len());
        for id in &ids {
            match fetch(scope, &id.0).await {
                Ok(node) => found.push(node),
                Err(error) => return Some(Err(told(&error))),
            }
        }
        Some(Ok(found))
    }
}
