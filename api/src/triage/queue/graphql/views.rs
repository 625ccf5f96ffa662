//! Saved views as they are shown.

use std::sync::Arc;

use async_graphql::dataloader::DataLoader;
use async_graphql::{Context, Enum, ID, Object};
use entity::id::ViewId;
use entity::triage::queue_view;
use sea_orm::Order;
use sea_orm::sea_query::Expr;

use super::inputs::QueueOrder;
use crate::graphql::payload::{answer, answer_or_null, scope};
use crate::graphql::scalars::DateTime;
use crate::identity::graphql::{Person, Unit};
use crate::kit::error::{Fault, Result};
use crate::kit::page::{COUNT_CAP, Key, KeyValue, Keyset, Page};
use crate::kit::scope::Scope;
use crate::submissions::graphql::edges;
use crate::submissions::graphql::row::Edge;
use crate::triage::queue::loader::{CountOf, GoneOf, OpensWith, Views};
use crate::triage::queue::query;

crate::connection!(TriageViewConnection, TriageViewEdge, TriageView, "saved views");

/// With whom a saved view is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::triage::values::ViewSharing")]
pub enum TriageViewSharing {
    /// Nobody.
    Private,
    /// The reviewers of a unit, of those above it and of those below it.
    Unit,
    /// All reviewers.
    Reviewers,
}

/// The sequence of their owners, then by name.
pub(super) fn keyset() -> Keyset<queue_view::Model> {
    let column = |column| Expr::col((queue_view::Entity, column));
    let keys: Vec<Key<queue_view::Model>> = vec![
        Key {
            expr: column(queue_view::Column::Position),
            order: Order::Asc,
            value: |row| KeyValue::Int(i64::from(row.position)),
        },
        Key {
            expr: column(queue_view::Column::NameKey),
            order: Order::Asc,
            value: |row| KeyValue::Text(row.name_key.clone()),
        },
        Key {
            expr: column(queue_view::Column::Id),
            order: Order::Asc,
            value: |row| KeyValue::Id(row.id.0),
        },
    ];
    let shape =
        vec![KeyValue::Int(0), KeyValue::Text(String::new()), KeyValue::Id(uuid::Uuid::nil())];
    Keyset { name: String::from("view:position"), keys, shape }
}

fn batches<'a>(ctx: &Context<'a>) -> Result<&'a DataLoader<Views>> {
    Ok(ctx.data::<DataLoader<Views>>().map_err(|_| Fault::internal("no batches of views"))?)
}

/// What the views of one page ask for, each read once for all of them.
struct Siblings {
    counts: Edge<CountOf, u64>,
    gone: Edge<GoneOf, Vec<String>>,
    opens: Edge<OpensWith, bool>,
}

impl Siblings {
    fn of<'a>(rows: impl Iterator<Item = &'a queue_view::Model> + Clone) -> Arc<Self> {
        let ids = || rows.clone().map(|row| row.id);
        Arc::new(Self {
            counts: Edge::to(ids().map(CountOf)),
            gone: Edge::to(ids().map(GoneOf)),
            opens: Edge::to(ids().map(OpensWith)),
        })
    }
}

/// A saved view of the queue.
#[derive(Clone)]
pub struct TriageView {
    row: queue_view::Model,
    page: Arc<Siblings>,
}

impl TriageView {
    /// One by itself.
    #[must_use]
    pub fn alone(row: queue_view::Model) -> Self {
        let page = Siblings::of(std::iter::once(&row));
        Self { row, page }
    }

    /// Several that were read together.
    #[must_use]
    pub fn several(rows: Vec<queue_view::Model>) -> Vec<Self> {
        let page = Siblings::of(rows.iter());
        rows.into_iter().map(|row| Self { row, page: page.clone() }).collect()
    }

    /// How the rows of a page become views.
    pub(super) fn of_page(
        page: &Page<queue_view::Model>,
    ) -> impl Fn(queue_view::Model) -> Self + use<> {
        let page = Siblings::of(page.rows.iter().map(|(_, row)| row));
        move |row| Self { row, page: page.clone() }
    }

    /// By id, through the door.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn by_id(scope: &Scope, id: &str) -> Result<Option<Self>> {
        let Ok(id) = id.parse::<ViewId>() else { return Ok(None) };
        let found = query::some_views(&scope.db(), &scope.actor, &[id]).await?;
        Ok(found.into_iter().next().map(Self::alone))
    }
}

/// A saved view of the queue: a name, a filter, an order.
#[Object]
impl TriageView {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        self.row.id.into()
    }

    /// What its owner calls it; unique among the owner's views.
    async fn name(&self) -> &str {
        &self.row.name
    }

    /// Whose it is.
    async fn owner(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Person>> {
        answer_or_null(edges::person(ctx, Some(self.row.owner_id)).await)
    }

    /// Whether it is yours: then you may change it.
    async fn is_mine(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<bool>> {
        Some(scope(ctx).map(|scope| scope.actor.person() == Some(self.row.owner_id)))
    }

    /// With whom it is shared.
    async fn shared_with(&self) -> TriageViewSharing {
        self.row.sharing.into()
    }

    /// The unit whose reviewers it is shared with.
    async fn unit(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Unit>> {
        answer_or_null(edges::unit(ctx, self.row.unit_id).await)
    }

    /// Its filter: the JSON text of a `QueueFilter`, as it was saved. `mine` in it means whoever uses
    /// the view.
    async fn filter(&self) -> &str {
        &self.row.filter
    }

    /// In which order it shows the queue.
    async fn order_by(&self) -> QueueOrder {
        self.row.sorted.into()
    }

    /// Its place among its owner's views; 0 is the first.
    async fn position(&self) -> i32 {
        self.row.position
    }

    /// Whether your queue opens with it.
    async fn is_default(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<bool>> {
        let found = async {
            let opens = self.page.opens.get(batches(ctx)?.loader(), OpensWith(self.row.id)).await?;
            Ok(opens.unwrap_or_default())
        };
        answer(found.await)
    }

    /// How many submissions it shows you, counted up to 10,000; null where its filter cannot be read
    /// any more. All views of a page are counted together.
    async fn count(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<u64>> {
        answer_or_null(self.counted(ctx).await.map(|count| count.map(|it| it.min(COUNT_CAP))))
    }

    /// Whether `count` is exact, or stopped at 10,000; null where nothing can be counted.
    async fn count_is_exact(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<bool>> {
        answer_or_null(self.counted(ctx).await.map(|count| count.map(|it| it <= COUNT_CAP)))
    }

    /// Ids in its filter that are not there any more, or that were joined with others: it finds less
    /// than it says. Null where its filter cannot be read any more: save it anew.
    async fn gone(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Vec<ID>>> {
        let found = async {
            let gone = self.page.gone.get(batches(ctx)?.loader(), GoneOf(self.row.id)).await?;
            Ok(gone.map(|ids| ids.into_iter().map(ID).collect()))
        };
        answer_or_null(found.await)
    }

    /// When it was saved first.
    async fn created_at(&self) -> DateTime {
        self.row.created_at.into()
    }

    /// Latest change.
    async fn updated_at(&self) -> DateTime {
        self.row.updated_at.into()
    }

    /// Counts up with every change; send it as `expectedVersion`.
    async fn version(&self) -> i32 {
        self.row.version
    }
}

impl TriageView {
    async fn counted(&self, ctx: &Context<'_>) -> Result<Option<u64>> {
        self.page.counts.get(batches(ctx)?.loader(), CountOf(self.row.id)).await
    }
}
