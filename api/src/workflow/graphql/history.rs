//! What happened to a submission, read from the facts.

use async_graphql::{Context, Enum, Object};
use entity::facts::fact;
use entity::id::{DecisionId, PersonId, ResponseId, RuleId, StatusId, SubmissionId};
use entity::submissions::twin_span;
use sea_orm::Order;
use sea_orm::sea_query::Expr;
use serde::Deserialize;
use std::sync::Arc;

use super::decisions::{self, Decision};
use crate::graphql::list::count_wanted;
use crate::graphql::payload::answer_or_null;
use crate::graphql::ready;
use crate::graphql::scalars::DateTime;
use crate::identity::graphql::Person;
use crate::kit::error::{Fault, Result};
use crate::kit::page::{DEFAULT_PAGE, Key, KeyValue, Keyset, Page, PageArgs, page};
use crate::kit::pages::{Lists, from_the_ends, pages};
use crate::programs::graphql::{Phase, Status};
use crate::programs::loader::Programs;
use crate::submissions::graphql::edges;
use crate::submissions::graphql::row::Row;
use crate::submissions::policy;
use crate::submissions::query::Inside;
use crate::submissions::standing::Standing;
use crate::triage::graphql::signed_in;
use crate::workflow::query;

/// Who did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::facts::values::ActorKind")]
pub enum ActorKind {
    /// A person.
    Person,
    /// An integration.
    Service,
    /// The system itself: the passing of time.
    System,
    /// Nobody that is recorded.
    Nobody,
}

/// What an entry shows of a fact's data; other facts simply have none of it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Details {
    from: Option<entity::submissions::phase::Phase>,
    to: Option<entity::submissions::phase::Phase>,
    status_from: Option<StatusId>,
    status_to: Option<StatusId>,
    status: Option<StatusId>,
    decision: Option<DecisionId>,
    response: Option<ResponseId>,
    rule: Option<RuleId>,
}

/// One thing that happened to a submission.
#[derive(Clone)]
pub struct HistoryEntry {
    fact: Arc<fact::Model>,
    details: Details,
    /// Who did it, where the asker may know.
    actor: Option<PersonId>,
}

/// One thing that happened to a submission.
#[Object]
impl HistoryEntry {
    /// When.
    async fn at(&self) -> DateTime {
        self.fact.at.into()
    }

    /// What, in the past tense, for instance `submission.announced`; `/docs/events` lists them.
    async fn kind(&self) -> &str {
        &self.fact.kind
    }

    /// Who did it: a person, an integration, or the system.
    async fn actor_kind(&self) -> ActorKind {
        self.fact.actor_kind.into()
    }

    /// The person who did it, where names are shown to you.
    async fn actor(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Person>> {
        answer_or_null(edges::person(ctx, self.actor).await)
    }

    /// The phase before, where it was a step.
    async fn from(&self) -> Option<Phase> {
        self.details.from.map(Into::into)
    }

    /// The phase after, where it was a step.
    async fn to(&self) -> Option<Phase> {
        self.details.to.map(Into::into)
    }

    /// The label before, where it was announced.
    async fn status_from(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Status>> {
        answer_or_null(status(ctx, self.details.status_from).await)
    }

    /// The label after, where it was a step.
    async fn status_to(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Status>> {
        answer_or_null(status(ctx, self.details.status_to.or(self.details.status)).await)
    }

    /// What the author was told with it.
    async fn message(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<String>> {
        let found = decisions::words(ctx, self.details.response).await;
        answer_or_null(found.map(|response| response.map(|response| response.body)))
    }

    /// Language of the message, BCP 47: it need not be yours.
    async fn message_language(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<String>> {
        let found = decisions::words(ctx, self.details.response).await;
        answer_or_null(found.map(|response| response.map(|response| response.language)))
    }

    /// The name of the routing rule that did it, where one did; the actor is the system then.
    async fn by_rule(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<String>> {
        answer_or_null(crate::routing::graphql::name_of(ctx, self.details.rule).await)
    }

    /// The decision, for those who work on the submission.
    async fn decision(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Decision>> {
        let found = async {
            let Some(id) = self.details.decision else { return Ok(None) };
            Ok(ready::one(ctx, decisions::batches(ctx)?, id).await?.map(Decision))
        };
        answer_or_null(found.await)
    }
}

crate::connection!(HistoryConnection, HistoryEdge, HistoryEntry, "things that happened");

async fn status(ctx: &Context<'_>, id: Option<StatusId>) -> Result<Option<Status>> {
    let Some(id) = id else { return Ok(None) };
    let batches = ctx
        .data::<async_graphql::dataloader::DataLoader<Programs>>()
        .map_err(|_| Fault::internal("no batches of programmes"))?;
    Ok(ready::one(ctx, batches, id).await?.map(Status))
}

/// The order of a history.
pub(crate) fn keyset() -> Keyset<fact::Model> {
    Keyset {
        name: String::from("history:seq"),
        keys: vec![Key {
            expr: Expr::col(fact::Column::Seq),
            order: Order::Asc,
            value: |row| KeyValue::Int(row.seq),
        }],
        shape: vec![KeyValue::Int(0)],
    }
}

/// The decision that a fact speaks of.
pub(crate) fn decision_in(fact: &fact::Model) -> Option<DecisionId> {
    serde_json::from_str::<Details>(&fact.data).unwrap_or_default().decision
}

/// Whose names the asker sees in a history: the author's by the rule of authors' names, everybody
/// else's when working on the submission, one's own always.
struct Names {
    author: Option<PersonId>,
    sees_author: SeesNames,
    sees_others: SeesNames,
    me: Option<PersonId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SeesNames {
    Yes,
    No,
}

impl From<bool> for SeesNames {
    fn from(sees: bool) -> Self {
        if sees { Self::Yes } else { Self::No }
    }
}

impl Names {
    fn shown(&self, fact: &fact::Model) -> Option<PersonId> {
        if fact.actor_kind != entity::facts::values::ActorKind::Person {
            return None;
        }
        let person = fact.actor_id.map(PersonId);
        let rule = if person == self.author { self.sees_author } else { self.sees_others };
        person.filter(|_| rule == SeesNames::Yes || person == self.me)
    }
}

/// What happened to a submission, oldest first, as far as the asker may hear of it.
///
/// # Errors
/// BAD_REQUEST naming the argument; a fault of the database.
pub(crate) async fn of(ctx: &Context<'_>, row: &Row, args: PageArgs) -> Result<HistoryConnection> {
    let scope = signed_in(ctx)?;
    let standing: Standing = edges::standing(ctx, row).await?;
    let view = if standing.inside() { Inside::Yes } else { Inside::No };
    let (db, count) = (scope.db(), count_wanted(ctx));
    let all = async || {
        let sides = edges::sides(ctx, row).await?;
        let lists = Lists {
            select: query::history_among(&sides.inside, &sides.outside),
            parent: fact::Column::SubjectId,
            parent_of: |fact: &fact::Model| SubmissionId(fact.subject_id),
            keyset: keyset(),
        };
        pages(&db, lists, &args, count).await
    };
    let mirrored = edges::mirrored(ctx, row).await?;
    let page = match (mirrored, from_the_ends(&args)) {
        (Some(spans), false) => {
            // A twin's history is its own and that of others: read by itself.
            let select = query::history_with(row.id, view, &spans);
            page(&db, select, &keyset(), &args, count).await?
        }
        (None, false) => {
            page(&db, query::history_of(row.id, view), &keyset(), &args, count).await?
        }
        (Some(spans), true) => {
            let own = row.page.history.get((row.id, &args, count), all).await?;
            let told = announced_in(ctx, row, &spans).await?;
            with_announced(own, told.into_iter(), &args)
        }
        (None, true) => row.page.history.get((row.id, &args, count), all).await?,
    };
    let names = Names {
        author: row.author_id,
        sees_author: policy::sees_author(&scope.actor, standing).into(),
        sees_others: standing.inside().into(),
        me: scope.actor.person(),
    };
    Ok(HistoryConnection::of(page, |fact| HistoryEntry {
        // Who did something with the canonical one is no business of the twin's readers.
        actor: names.shown(&fact).filter(|_| fact.subject_id == row.id.0),
        details: serde_json::from_str(&fact.data).unwrap_or_default(),
        fact: Arc::new(fact),
    }))
}

/// What was announced of those with which a twin has counted, while it did. Read once for all twins
/// of a page.
async fn announced_in(
    ctx: &Context<'_>,
    row: &Row,
    spans: &[twin_span::Model],
) -> Result<Vec<fact::Model>> {
    let load = async || {
        let roots = edges::mirrored_roots(ctx, row).await?;
        query::announced_of(&signed_in(ctx)?.db(), &roots).await
    };
    let found = row.page.announced.get_or_try_init(load).await?;
    let mut told = Vec::new();
    for span in spans {
        let meanwhile = |fact: &&fact::Model| {
            fact.at >= span.since && span.until.is_none_or(|until| fact.at < until)
        };
        let facts = found.get(&span.root_id).into_iter().flatten();
        told.extend(facts.filter(meanwhile).cloned());
    }
    Ok(told)
}

/// A page of a twin's own history from one of its ends, with what was announced of the other one put
/// in. There is little of that, so all of it was read.
fn with_announced(
    own: Page<fact::Model>,
    told: impl Iterator<Item = fact::Model>,
    args: &PageArgs,
) -> Page<fact::Model> {
    let keyset = keyset();
    let Page { mut rows, has_next, has_previous, total } = own;
    let before = rows.len();
    rows.extend(told.map(|fact| (keyset.cursor(&fact), fact)));
    let total = total.map(|(all, exact)| (all + (rows.len() - before) as u64, exact));
    rows.sort_unstable_by_key(|(_, fact)| fact.seq);
    let asked = args.last.or(args.first).and_then(|asked| u64::try_from(asked).ok());
    let most = usize::try_from(asked.unwrap_or(DEFAULT_PAGE)).unwrap_or(usize::MAX);
    let over = rows.len().saturating_sub(most);
    if args.last.is_some() {
        rows.drain(..over);
        return Page { rows, has_next, has_previous: has_previous || over > 0, total };
    }
    rows.truncate(most);
    Page { rows, has_next: has_next || over > 0, has_previous, total }
}
