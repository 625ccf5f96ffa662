//! Surface of the pull feed.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject};
use entity::facts::fact;
use entity::id::{JourneyId, TouchpointId, UnitId, encode};
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::announcing::graphql::Announcement;
use crate::graphql::list::PageInfo;
use crate::graphql::node::Node;
use crate::graphql::payload::{answer, answer_or_null, scope};
use crate::graphql::scalars::DateTime;
use crate::identity::graphql::Unit;
use crate::integrations::feed::outward;
use crate::integrations::feed::service::{self, Asked, Pulled};
use crate::journey::graphql::{Journey, Touchpoint};
use crate::journey::loader::Journeys;
use crate::kit::error::{Fault, Result};
use crate::kit::place::Place;
use crate::kit::scope::Scope;
use crate::kit::tail::Tail;
use crate::submissions::graphql::Submission;
use crate::submissions::graphql::row::{Row, Siblings};
use crate::triage::causes::graphql::Cause;
use crate::workflow::graphql::history::ActorKind;

/// What the facts of a page share.
struct Shared {
    pulled: Pulled,
    siblings: Arc<Siblings>,
    announcements: OnceCell<HashMap<Uuid, Announcement>>,
}

/// One thing that happened.
#[derive(Clone)]
pub struct Fact {
    fact: fact::Model,
    shared: Arc<Shared>,
}

/// One thing that happened: what `/docs/events` promises, as far as you may hear of it.
#[Object]
impl Fact {
    /// Pass it as `after` to continue behind this fact, here or in a subscription.
    async fn cursor(&self) -> String {
        Place::behind(self.fact.seq).cursor(&self.shared.pulled.epoch)
    }

    /// What, in the past tense, for instance `submission.announced`; `/docs/events` lists them. New
    /// ones may come.
    async fn kind(&self) -> &str {
        &self.fact.kind
    }

    /// When.
    async fn at(&self) -> DateTime {
        self.fact.at.into()
    }

    /// Id of what it happened to; null for the settings of the organisation, which are one thing.
    async fn subject_id(&self) -> Option<ID> {
        outward::subject_id(&self.fact).map(ID)
    }

    /// What it happened to, as it stands now, where that is a submission, a root cause, an
    /// announcement, a unit, a journey or a touchpoint; else ask for it by its id.
    async fn subject(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Node>> {
        answer_or_null(subject(ctx, self).await)
    }

    /// Where this was announced about something that you may not read: what you read and was joined with
    /// that then. The step is theirs too, and `subjectId` is the first of them; at most 100. Else empty.
    async fn mirrored_on(&self) -> Vec<ID> {
        let mirrored = self.shared.pulled.subjects.mirrored.get(&self.fact.seq);
        mirrored.into_iter().flatten().map(|id| ID::from(*id)).collect()
    }

    /// Who did it.
    async fn actor(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<FactActor>> {
        answer(actor(ctx, self))
    }

    /// The cursor of the fact that led to it, where another one did: a routing rule that acted because
    /// something was sent.
    async fn caused_by(&self) -> Option<String> {
        let seq = self.fact.caused_by?;
        Some(Place::behind(seq).cursor(&self.shared.pulled.epoch))
    }

    /// What `/docs/events` names for this kind. Ids of people only where you may know who it was.
    async fn details(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Vec<FactDetail>>> {
        answer(details(ctx, self))
    }
}

/// Who did something.
#[derive(Clone, Debug, SimpleObject)]
pub struct FactActor {
    /// A person, an integration, or the system.
    pub kind: ActorKind,
    /// Their id: of an integration always, of a person where names are shown to you.
    pub id: Option<ID>,
    /// Whether it was you: an integration passes over what it did itself.
    pub is_you: bool,
}

/// One value that a fact carries. A member that is a list comes once for each of its values, in order;
/// one that is null does not come.
#[derive(Clone, Debug, SimpleObject)]
pub struct FactDetail {
    /// What it is called in `/docs/events`.
    pub name: String,
    /// The value: an id of this API, an enum, a number, a day `YYYY-MM-DD`, or an instant in RFC 3339.
    pub value: String,
}

/// A fact with its place in the log.
#[derive(SimpleObject)]
pub struct FactEdge {
    /// Continue behind this fact with this cursor.
    pub cursor: String,
    /// The fact.
    pub node: Fact,
}

/// A page of the log, forwards only.
pub struct FactConnection {
    shared: Arc<Shared>,
}

impl FactConnection {
    fn facts(&self) -> impl Iterator<Item = Fact> {
        let of = |fact: &fact::Model| Fact { fact: fact.clone(), shared: self.shared.clone() };
        self.shared.pulled.facts.iter().map(of)
    }

    fn cursor(&self, seq: i64) -> String {
        Place::behind(seq).cursor(&self.shared.pulled.epoch)
    }
}

/// A page of the log, forwards only. Nothing is counted, and nothing is read backwards.
#[Object]
impl FactConnection {
    /// Facts with their cursors, in order.
    async fn edges(&self) -> Vec<FactEdge> {
        self.facts().map(|node| FactEdge { cursor: self.cursor(node.fact.seq), node }).collect()
    }

    /// Facts without their cursors, in order.
    async fn nodes(&self) -> Vec<Fact> {
        self.facts().collect()
    }

    /// Where this page stands. A page may be shorter than asked for, or empty, and have a next one:
    /// so much of the log was looked at and was not for you. `endCursor` lies behind all that was
    /// looked at: always continue from there. With `first: 0` and without `after` it is null: nothing
    /// was looked for but the end of the log. `hasPreviousPage` is always false.
    async fn page_info(&self) -> PageInfo {
        let pulled = &self.shared.pulled;
        PageInfo {
            has_next_page: pulled.more,
            has_previous_page: false,
            start_cursor: pulled.facts.first().map(|fact| self.cursor(fact.seq)),
            end_cursor: pulled.looked_to.map(|seq| self.cursor(seq)),
        }
    }

    /// The end of the log now: pass it as `after` to hear only of what comes.
    async fn head_cursor(&self) -> String {
        self.cursor(self.shared.pulled.until)
    }
}

fn asking<'a>(ctx: &Context<'a>) -> Result<&'a Scope> {
    Ok(scope(ctx).map_err(|_| Fault::internal("no scope"))?)
}

fn actor(ctx: &Context<'_>, it: &Fact) -> Result<FactActor> {
    let asker = &asking(ctx)?.actor;
    let known = it.shared.pulled.subjects.actor_of(asker, &it.fact);
    let prefix = match it.fact.actor_kind {
        entity::facts::values::ActorKind::Service => "service",
        _ => "person",
    };
    Ok(FactActor {
        kind: it.fact.actor_kind.into(),
        id: known.map(|id| ID(format!("{prefix}_{}", encode(id)))),
        is_you: known.is_some() && known == asker.uuid(),
    })
}

fn details(ctx: &Context<'_>, it: &Fact) -> Result<Vec<FactDetail>> {
    let people = it.shared.pulled.subjects.people_of(&asking(ctx)?.actor, &it.fact);
    let told = outward::details(&it.fact, people);
    Ok(told.into_iter().map(|it| FactDetail { name: it.name, value: it.value }).collect())
}

/// What a fact is about, through the door that was asked for the page.
async fn subject(ctx: &Context<'_>, it: &Fact) -> Result<Option<Node>> {
    let (shared, id) = (&it.shared, it.fact.subject_id);
    let subjects = &shared.pulled.subjects;
    match it.fact.subject_kind.as_str() {
        "submission" => Ok(subjects.submissions.get(&id).map(|(row, _)| {
            Submission::on_page(Row::among(row.clone(), shared.siblings.clone())).into()
        })),
        "cause" => Ok(subjects.causes.get(&id).map(|(row, _)| Node::Cause(Cause(row.clone())))),
        "announcement" => {
            let all = shared.announcements.get_or_try_init(|| announcements(ctx, shared)).await?;
            Ok(all.get(&id).cloned().map(Node::Announcement))
        }
        "unit" => {
            let found = crate::identity::loader::unit(ctx, UnitId(id)).await?;
            Ok(found.map(|row| Node::Unit(Unit(row))))
        }
        "journey" => {
            let found = journeys(ctx)?.load_one(JourneyId(id)).await?;
            Ok(found.map(|row| Node::Journey(Journey(row))))
        }
        "touchpoint" => {
            let found = journeys(ctx)?.load_one(TouchpointId(id)).await?;
            Ok(found.map(|row| Node::Touchpoint(Touchpoint(row))))
        }
        _ => Ok(None),
    }
}

fn journeys<'a>(ctx: &Context<'a>) -> Result<&'a async_graphql::dataloader::DataLoader<Journeys>> {
    Ok(ctx.data().map_err(|_| Fault::internal("no batches of journeys"))?)
}

async fn announcements(ctx: &Context<'_>, shared: &Shared) -> Result<HashMap<Uuid, Announcement>> {
    let rows: Vec<_> = shared.pulled.subjects.announcements.values().cloned().collect();
    Announcement::all_of(asking(ctx)?, rows).await
}

/// The query fields.
#[derive(Default)]
pub struct FeedQuery;

#[Object]
impl FeedQuery {
    /// What happened, in the order of the log, as far as you may hear of it now: the log that
    /// subscriptions follow, for those who cannot hold a connection open. Without `after` it begins
    /// with the oldest fact that can be continued from, about 30 days back; `headCursor` is where it
    /// ends now. Keep `pageInfo.endCursor`, and pass it as `after` next time: nothing is told twice and
    /// nothing is left out. A cursor of another log, beyond the end or older than 30 days is
    /// RESYNC_REQUIRED: read the state anew and begin without `after`. What you could not read when it
    /// was pulled is not told later; when your rights grow, read the state anew. Needs a sign-in, or an
    /// API token with the scope facts; of submissions and root causes a token hears with the scope
    /// content, within its units: also that it reads one no longer (`submission.withheld`) or does from
    /// here on (`submission.disclosed`); with the scope external-links of links to other systems too. A
    /// page costs 500 points on top of its rows, because the log is read for it: pull full pages.
    async fn facts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Facts from the front, at most 100; 25 unless said.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor, of a page or of an event of a subscription.")]
        after: Option<String>,
        #[graphql(
            desc = "Of these kinds alone, at most 100, for instance `submission.announced`."
        )]
        kinds: Option<Vec<String>>,
    ) -> Option<async_graphql::Result<FactConnection>> {
        answer(page(ctx, Asked { after, first, kinds }).await)
    }
}

async fn page(ctx: &Context<'_>, asked: Asked) -> Result<FactConnection> {
    let scope = asking(ctx)?;
    let tail = ctx.data::<Arc<Tail>>().map_err(|_| Fault::internal("no tail of the log"))?;
    let pulled = service::pull(scope, asked, tail).await?;
    let on_page = pulled.facts.iter().filter_map(|fact| {
        pulled.subjects.submissions.get(&fact.subject_id).map(|(row, _)| (row.id, row))
    });
    let on_page: HashMap<_, _> = on_page.collect();
    let siblings = Siblings::of(on_page.values().copied());
    let shared = Shared { siblings, announcements: OnceCell::new(), pulled };
    Ok(FactConnection { shared: Arc::new(shared) })
}
