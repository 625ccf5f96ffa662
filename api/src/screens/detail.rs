//! One submission: its row with what is selected of it, then what was said and what happened, as far as
//! the asker stands inside. Two statements.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use async_graphql::{Context, Value};
use entity::facts::fact;
use entity::id::{PersonId, SubmissionId};
use entity::identity::person;
use entity::programs::{label, status};
use entity::submissions::submission::{Column, Entity};
use entity::submissions::{comment, mention};
use entity::workflow::{decision, response};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ColumnTrait as _, Order, QueryFilter as _, QueryTrait as _, Select};

use super::ahead::Edges;
use super::fill::{by, filled, grouped, learn_names};
use super::query;
use super::selection::Selection;
use crate::db::wide::{Count as Counted, Found, Rows, Wide};
use crate::graphql::ready::Ready;
use crate::kit::error::{Fault, Result};
use crate::kit::page::{COUNT_CAP, Count, PageArgs, Plan};
use crate::kit::pages::from_the_ends;
use crate::kit::scope::{LookAhead, Scope};
use crate::programs::loader::Programs;
use crate::submissions::graphql::edges;
use crate::submissions::graphql::row::Row;
use crate::submissions::graphql::{comments, row::Below};
use crate::submissions::loader::{MentionedIn, Submissions};
use crate::submissions::query as submissions;
use crate::workflow::graphql::history;
use crate::workflow::loader::Workflow;
use crate::workflow::query as workflow;

/// The one submission that `select` finds, which carries visibility, with what is selected of it.
///
/// # Errors
/// A fault of the database.
pub async fn one(ctx: &Context<'_>, select: Select<Entity>) -> Result<Option<Arc<Row>>> {
    let scope = ctx.data::<Scope>().map_err(|_| Fault::internal("no scope"))?;
    if scope.house.look_ahead.get() == LookAhead::Off {
        return Ok(select.one(&scope.db()).await?.map(Row::alone));
    }
    let selected = Selection::of(ctx);
    let mut wide = Wide::default();
    wide.share(query::PAGE, select.into_query(), Some(1));
    let rows = wide.rows(query::rows(), [])?;
    let edges = Edges::of(&mut wide, &selected, scope)?;
    let found = wide.read(&scope.db()).await?;
    let Some(row) = found.rows(&rows)?.into_iter().next() else { return Ok(None) };
    let siblings = filled(ctx, (&found, &edges), std::iter::once(&row)).await?;
    let row = Row::among(row, siblings);
    below(ctx, &row, &selected).await?;
    Ok(Some(row))
}

/// How a list below the row is asked for, where one page of it can be read ahead: the same way
/// wherever it is selected, and from one of its ends.
struct Way {
    args: PageArgs,
    count: Count,
}

impl Way {
    fn of(list: &Selection<'_>) -> Option<Self> {
        let given: BTreeMap<String, Value> = list.arguments()?.into_iter().collect();
        let number = |name: &str| match given.get(name) {
            None | Some(Value::Null) => Some(None),
            Some(Value::Number(number)) => Some(Some(i32::try_from(number.as_i64()?).ok()?)),
            Some(_) => None,
        };
        let text = |name: &str| match given.get(name) {
            None | Some(Value::Null) => Some(None),
            Some(Value::String(text)) => Some(Some(text.clone())),
            Some(_) => None,
        };
        let args = PageArgs {
            first: number("first")?,
            after: text("after")?,
            last: number("last")?,
            before: text("before")?,
        };
        let counted = list.has(&["totalCount", "totalCountIsExact"]);
        let count = if counted { Count::Wanted } else { Count::Spared };
        from_the_ends(&args).then_some(Self { args, count })
    }
}

/// A page of a list below the row, in the making.
struct Listed<E: sea_orm::EntityTrait> {
    way: Way,
    plan: Plan,
    rows: Rows<E>,
    counted: Option<Counted>,
}

impl<E: sea_orm::EntityTrait> Listed<E>
where
    E::ActiveModel: sea_orm::TryIntoModel<E::Model>,
    E::Model: Clone,
{
    /// None where it cannot be read: whoever resolves it says why.
    fn of(
        wide: &mut Wide,
        way: Option<Way>,
        (name, select): (&'static str, Select<E>),
        keyset: &crate::kit::page::Keyset<E::Model>,
    ) -> Result<Option<Self>> {
        let Some(way) = way else { return Ok(None) };
        let Ok(mut plan) = Plan::of(select.clone(), keyset, &way.args) else { return Ok(None) };
        let counted = match way.count {
            Count::Wanted => Some(wide.count(&select.into_query(), COUNT_CAP + 1)),
            Count::Spared => None,
        };
        wide.share(name, plan.take_select(), Some(plan.most));
        let rows = wide.rows(query::of_shared(name), plan.order.clone())?;
        Ok(Some(Self { way, plan, rows, counted }))
    }

    /// Lays the page where it is looked for, and gives out its rows.
    async fn fill(
        &self,
        found: &Found,
        keyset: &crate::kit::page::Keyset<E::Model>,
        (id, below): (SubmissionId, &Below<E::Model>),
    ) -> Result<Vec<E::Model>> {
        let counted = self.counted.as_ref().map(|counted| found.count(counted));
        let page = self.plan.page(found.rows(&self.rows)?, keyset, counted);
        let rows = page.rows.iter().map(|(_, row)| row.clone()).collect();
        below.fill((&self.way.args, self.way.count), HashMap::from([(id, page)])).await;
        Ok(rows)
    }
}

/// What stands beside the comments.
#[derive(Default)]
struct Said {
    mentions: Option<Rows<mention::Entity>>,
}

/// What stands beside the history.
#[derive(Default)]
struct Happened {
    announced: Option<Rows<fact::Entity>>,
    statuses: Option<Rows<status::Entity>>,
    names: Option<Rows<label::Entity>>,
    decisions: Option<Rows<decision::Entity>>,
    responses: Option<Rows<response::Entity>>,
    reader: Option<Rows<person::Entity>>,
    own: Option<Rows<Entity>>,
}

async fn below(ctx: &Context<'_>, row: &Arc<Row>, selected: &Selection<'_>) -> Result<()> {
    let (said, told) = (selected.below("comments"), selected.below("history"));
    if !said.is_there() && !told.is_there() {
        return Ok(());
    }
    let scope = ctx.data::<Scope>().map_err(|_| Fault::internal("no scope"))?;
    let inside = edges::inside(ctx, row).await?;
    let mut wide = Wide::default();
    let keyset = (comments::keyset(), history::keyset());
    let select = (query::COMMENTS, submissions::comments_of(row.id, inside));
    let comments = Listed::of(&mut wide, Way::of(&said), select, &keyset.0)?;
    let select = (query::HISTORY, workflow::history_of(row.id, inside));
    let history = Listed::of(&mut wide, Way::of(&told), select, &keyset.1)?;
    if comments.is_none() && history.is_none() {
        return Ok(());
    }
    let mut people = Vec::new();
    let mut beside = Said::default();
    if comments.is_some() {
        beside = Said::of(&mut wide, &said, &mut people)?;
    }
    let mut around = Happened::default();
    let roots = match &history {
        Some(_) if edges::mirrored(ctx, row).await?.is_some() => {
            edges::mirrored_roots(ctx, row).await?
        }
        _ => Vec::new(),
    };
    if history.is_some() {
        around = Happened::of(&mut wide, &told, (scope, &roots))?;
        if told.nodes().has(&["actor"]) {
            people.push(query::of_list(query::HISTORY, fact::Column::ActorId));
        }
    }
    let people = query::any_of(people).map(|ids| wide.rows(query::people_among(ids), []));
    let people = people.transpose()?;
    let found = wide.read(&scope.db()).await?;
    let ready = ctx.data::<Ready>().map_err(|_| Fault::internal("nothing can be ready"))?;
    let people = people.map(|rows| found.rows(&rows)).transpose()?.unwrap_or_default();
    let people = by(people, |row| row.id);
    if let Some(list) = &comments {
        let rows = list.fill(&found, &keyset.0, (row.id, &row.page.comments)).await?;
        beside.fill(&found, ready, (&rows, &people))?;
    }
    if let Some(list) = &history {
        let facts = list.fill(&found, &keyset.1, (row.id, &row.page.history)).await?;
        around.fill(ctx, (&found, ready), (row, facts)).await?;
    }
    ready.put::<Submissions, PersonId>([], people);
    Ok(())
}

impl Said {
    fn of(
        wide: &mut Wide,
        said: &Selection<'_>,
        people: &mut Vec<sea_orm::sea_query::SelectStatement>,
    ) -> Result<Self> {
        let nodes = said.nodes();
        if nodes.has(&["author"]) {
            people.push(query::of_list(query::COMMENTS, comment::Column::AuthorId));
        }
        if !nodes.has(&["mentions"]) {
            return Ok(Self::default());
        }
        people.push(query::mentioned());
        let order = [(Expr::col(mention::Column::PersonId), Order::Asc)];
        Ok(Self { mentions: Some(wide.rows(query::mentions(), order)?) })
    }

    fn fill(
        &self,
        found: &Found,
        ready: &Ready,
        (comments, people): (&[comment::Model], &HashMap<PersonId, person::Model>),
    ) -> Result<()> {
        let Some(rows) = &self.mentions else { return Ok(()) };
        let rows = found.rows(rows)?.into_iter();
        let mentioned = grouped(rows.filter_map(|row| {
            Some((MentionedIn(row.comment_id), people.get(&row.person_id)?.clone()))
        }));
        let asked = comments.iter().map(|comment| MentionedIn(comment.id));
        ready.put::<Submissions, _>(asked, mentioned);
        Ok(())
    }
}

impl Happened {
    fn of(
        wide: &mut Wide,
        told: &Selection<'_>,
        (scope, roots): (&Scope, &[SubmissionId]),
    ) -> Result<Self> {
        let mut around = Self::default();
        let mut lists = vec![query::HISTORY];
        if !roots.is_empty() {
            let announced = workflow::announced_among(|of| of.is_in(roots.iter().map(|id| id.0)));
            wide.share(query::ANNOUNCED, announced.into_query(), None);
            let order = [(Expr::col(fact::Column::Seq), Order::Asc)];
            around.announced = Some(wide.rows(query::of_shared(query::ANNOUNCED), order)?);
            lists.push(query::ANNOUNCED);
        }
        let named = |keys: &[&str]| query::named_in(scope.actor.dialect, &lists, keys);
        let nodes = told.nodes();
        let (from, to) = (nodes.below("statusFrom"), nodes.below("statusTo"));
        if from.is_there() || to.is_there() {
            let labels = || named(&["statusFrom", "statusTo", "status"]);
            around.statuses = Some(wide.rows(query::statuses_among(labels()), [])?);
            if from.has(&["label", "labels"]) || to.has(&["label", "labels"]) {
                let order = [(Expr::col(label::Column::Locale), Order::Asc)];
                around.names = Some(wide.rows(query::names_among(labels()), order)?);
            }
        }
        if nodes.has(&["decision"]) {
            let seen = decision::Column::Id.in_subquery(named(&["decision"]));
            let seen = workflow::visible_to(&scope.actor).filter(seen);
            around.decisions = Some(wide.rows(seen, [])?);
        }
        if nodes.has(&["message", "messageLanguage"]) {
            let words = query::responses_among(named(&["response"]));
            around.responses = Some(wide.rows(words, [])?);
            if let Some(me) = scope.actor.person() {
                around.reader = Some(wide.rows(query::person(me), [])?);
                let own = Column::AuthorId.eq(me).and(Column::Id.is_in(roots.iter().copied()));
                let own = submissions::visible_to(&scope.actor).filter(own);
                around.own = Some(wide.rows(own, [])?);
            }
        }
        Ok(around)
    }

    async fn fill(
        &self,
        ctx: &Context<'_>,
        (found, ready): (&Found, &Ready),
        (row, mut facts): (&Arc<Row>, Vec<fact::Model>),
    ) -> Result<()> {
        if let Some(rows) = &self.announced {
            let announced = found.rows(rows)?;
            facts.extend(announced.iter().cloned());
            let of = announced.into_iter().map(|fact| (SubmissionId(fact.subject_id), fact));
            // Who was first has read the same.
            let _ = row.page.announced.set(grouped(of));
        }
        if let Some(rows) = &self.statuses {
            let statuses = by(found.rows(rows)?, |row| row.id);
            if let Some(rows) = &self.names {
                learn_names(ctx, found.rows(rows)?, statuses.keys().copied()).await?;
            }
            ready.put::<Programs, _>([], statuses);
        }
        if let Some(rows) = &self.decisions {
            let asked = facts.iter().filter_map(history::decision_in);
            ready.put::<Workflow, _>(asked, by(found.rows(rows)?, |row| row.id));
        }
        if let Some(rows) = &self.responses {
            let words = self.addressed(found, (row, found.rows(rows)?))?;
            ready.put::<Workflow, _>([], by(words, |row| row.id));
        }
        Ok(())
    }

    /// These words as the asker reads them: with their name in what was said to them.
    fn addressed(
        &self,
        found: &Found,
        (row, words): (&Arc<Row>, Vec<response::Model>),
    ) -> Result<Vec<response::Model>> {
        let reader = self.reader.as_ref().map(|rows| found.rows(rows)).transpose()?;
        let reader = reader.into_iter().flatten().next();
        let own = self.own.as_ref().map(|rows| found.rows(rows)).transpose()?;
        let mut own: Vec<SubmissionId> = own.into_iter().flatten().map(|row| row.id).collect();
        if reader.as_ref().is_some_and(|reader| row.author_id == Some(reader.id)) {
            own.push(row.id);
        }
        let name = reader.as_ref().map(|reader| reader.name.as_str());
        let named = |id: SubmissionId| name.filter(|_| own.contains(&id));
        Ok(words
            .into_iter()
            .map(|it| {
                let name = named(it.submission_id);
                workflow::addressed_by(it, name)
            })
            .collect())
    }
}
