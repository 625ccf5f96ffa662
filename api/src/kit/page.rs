//! Keyset paging: a page continues after a row, never at an offset.
//!
//! A cursor is base64url of `version, digest of the order, key values, id`. A cursor of another
//! order is refused, so that a client that changes `orderBy` and keeps `after` hears about it.

#![allow(clippy::disallowed_methods)] // reads the rows of a selection that a door gave out

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sea_orm::sea_query::{Expr, ExprTrait, SelectStatement, SimpleExpr};
use sea_orm::{
    Condition, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, Order, QueryFilter,
    QueryOrder, QueryTrait, Select, Statement,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::error::{Code, Refusal, Result};
use super::secret;
use crate::db::dialect;

/// Rows on a page when none is asked for.
pub const DEFAULT_PAGE: u64 = 25;
/// Most rows on a page.
pub const LARGEST_PAGE: u64 = 100;
/// totalCount stops counting here.
pub const COUNT_CAP: u64 = 10_000;

/// One value of a cursor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum KeyValue {
    /// A number or instant.
    Int(i64),
    /// An id.
    Id(Uuid),
    /// A text.
    Text(String),
}

impl KeyValue {
    fn expr(&self) -> SimpleExpr {
        match self {
            Self::Int(value) => Expr::val(*value),
            Self::Id(value) => Expr::val(*value),
            Self::Text(value) => Expr::val(value.clone()),
        }
    }

    /// Whether it may stand where `other` does. No text of a row holds U+0000, and PostgreSQL takes none.
    fn same_shape(&self, other: &Self) -> bool {
        let storable = !matches!(self, Self::Text(text) if text.contains('\0'));
        storable && std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

/// One column of an order, with how to read it from a row.
pub struct Key<M> {
    /// The column or expression; never NULL.
    pub expr: SimpleExpr,
    /// Ascending or descending.
    pub order: Order,
    /// The value in a row; its variant must not vary.
    pub value: fn(&M) -> KeyValue,
}

/// A total order: the last key is the id.
pub struct Keyset<M> {
    /// Name of the order, direction included; part of every cursor.
    pub name: String,
    /// From most to least significant.
    pub keys: Vec<Key<M>>,
    /// A value of each key's shape, to refuse forged cursors before the database sees them.
    pub shape: Vec<KeyValue>,
}

#[derive(Serialize, Deserialize)]
struct Token(u8, String, Vec<KeyValue>);

impl<M> Keyset<M> {
    fn digest(&self) -> String {
        secret::sha256_hex(&self.name).chars().take(8).collect()
    }

    /// The cursor of a row.
    #[must_use]
    pub fn cursor(&self, row: &M) -> String {
        let values = self.keys.iter().map(|key| (key.value)(row)).collect();
        let token = Token(1, self.digest(), values);
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(&token).unwrap_or_default())
    }

    fn read(&self, cursor: &str, field: &str) -> Result<Vec<KeyValue>> {
        let refused = || {
            Refusal::new(
                Code::BadRequest,
                field,
                format!(
                    "`{field}` is not a cursor of this list in this order. Take cursors from `pageInfo` and drop them when `orderBy` changes."
                ),
            )
        };
        if cursor.len() > 4_096 {
            return Err(refused().into());
        }
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| refused())?;
        let Token(version, digest, values) =
            serde_json::from_slice(&bytes).map_err(|_| refused())?;
        let sound = version == 1
            && digest == self.digest()
            && values.len() == self.shape.len()
            && values.iter().zip(&self.shape).all(|(value, shape)| value.same_shape(shape));
        if sound { Ok(values) } else { Err(refused().into()) }
    }

    /// The keys with the directions in which they are read.
    fn travelled(&self, travel: Travel) -> impl Iterator<Item = (SimpleExpr, Order)> {
        self.keys.iter().map(move |key| {
            let upward = is_upward(key) == (travel == Travel::Forward);
            (key.expr.clone(), if upward { Order::Asc } else { Order::Desc })
        })
    }

    /// Rows strictly beyond `values` in the direction of travel. Where all keys run the same way
    /// it is one comparison of rows, so that a late page costs what the first one does: an index
    /// of the keys is entered at its place.
    fn beyond(&self, values: &[KeyValue], travel: Travel) -> Condition {
        let one_way = self.keys.windows(2).all(|pair| is_upward(&pair[0]) == is_upward(&pair[1]));
        if let (true, [first, _, ..]) = (one_way, self.keys.as_slice()) {
            let row = Expr::tuple(self.keys.iter().map(|key| key.expr.clone()));
            let at = Expr::tuple(values.iter().map(KeyValue::expr));
            let upward = is_upward(first) == (travel == Travel::Forward);
            return Condition::all().add(if upward { row.gt(at) } else { row.lt(at) });
        }
        self.beyond_key_by_key(values, travel)
    }

    fn beyond_key_by_key(&self, values: &[KeyValue], travel: Travel) -> Condition {
        let mut any = Condition::any();
        for (index, key) in self.keys.iter().enumerate() {
            let mut all = Condition::all();
            for (earlier, value) in self.keys.iter().zip(values).take(index) {
                all = all.add(earlier.expr.clone().eq(value.expr()));
            }
            let value = values[index].expr();
            let upward = is_upward(key) == (travel == Travel::Forward);
            let step = if upward { key.expr.clone().gt(value) } else { key.expr.clone().lt(value) };
            any = any.add(all.add(step));
        }
        any
    }
}

fn is_upward<M>(key: &Key<M>) -> bool {
    matches!(key.order, Order::Asc)
}

/// In which direction a list is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Travel {
    Forward,
    Backward,
}

/// `first/after/last/before` as asked for.
#[derive(Clone, Debug, Default)]
pub struct PageArgs {
    /// Rows from the front.
    pub first: Option<i32>,
    /// Behind this cursor.
    pub after: Option<String>,
    /// Rows from the back.
    pub last: Option<i32>,
    /// Before this cursor.
    pub before: Option<String>,
}

/// One page.
#[derive(Clone, Debug)]
pub struct Page<M> {
    /// Rows with their cursors, in the order of the list.
    pub rows: Vec<(String, M)>,
    /// Whether there is more behind.
    pub has_next: bool,
    /// Whether there is more before.
    pub has_previous: bool,
    /// How many there are in all, if it was asked for: the count and whether it is exact.
    pub total: Option<(u64, bool)>,
}

/// Whether the client selected `totalCount`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// It did.
    Wanted,
    /// It did not: nothing is counted.
    Spared,
}

/// Which part of a list is read.
pub(super) struct Window {
    pub(super) limit: u64,
    pub(super) travel: Travel,
    from: Option<Vec<KeyValue>>,
}

fn size(value: i32, field: &str) -> Result<u64> {
    match u64::try_from(value) {
        Ok(size) if size <= LARGEST_PAGE => Ok(size),
        _ => Err(Refusal::new(
            Code::BadRequest,
            field,
            format!("`{field}` is {value}; ask for 0 to {LARGEST_PAGE} rows a page and follow the cursors."),
        )
        .into()),
    }
}

pub(super) fn window<M>(args: &PageArgs, keyset: &Keyset<M>) -> Result<Window> {
    let backward = args.last.is_some() || args.before.is_some();
    if backward && (args.first.is_some() || args.after.is_some()) {
        return Err(Refusal::new(
            Code::BadRequest,
            "last",
            "Use `first` with `after`, or `last` with `before`, not both.",
        )
        .into());
    }
    let (travel, asked, cursor, names) = if backward {
        (Travel::Backward, args.last, &args.before, ("last", "before"))
    } else {
        (Travel::Forward, args.first, &args.after, ("first", "after"))
    };
    Ok(Window {
        limit: asked.map_or(Ok(DEFAULT_PAGE), |value| size(value, names.0))?,
        travel,
        from: cursor.as_deref().map(|cursor| keyset.read(cursor, names.1)).transpose()?,
    })
}

/// Reads one page of `select`, which carries visibility and filter already. One statement, and
/// one more when the total is wanted.
///
/// # Errors
/// BAD_REQUEST naming the argument; a fault of the database.
pub async fn page<E, C>(
    conn: &C,
    select: Select<E>,
    keyset: &Keyset<E::Model>,
    args: &PageArgs,
    count: Count,
) -> Result<Page<E::Model>>
where
    E: EntityTrait,
    E::Model: FromQueryResult + Send + Sync,
    C: ConnectionTrait,
{
    let window = window(args, keyset)?;
    let total = match count {
        Count::Wanted => Some(total(conn, select.clone()).await?),
        Count::Spared => None,
    };
    let statement = statement(conn.get_database_backend(), select, keyset, &window);
    let rows = E::find().from_raw_sql(statement).all(conn).await?;
    Ok(assembled(rows, keyset, (&window, total)))
}

/// A page of rows that were read in the direction of travel, one more than fit on it.
pub(super) fn assembled<M>(
    mut rows: Vec<M>,
    keyset: &Keyset<M>,
    (window, total): (&Window, Option<(u64, bool)>),
) -> Page<M> {
    let more = rows.len() as u64 > window.limit;
    rows.truncate(usize::try_from(window.limit).unwrap_or(usize::MAX));
    let (has_next, has_previous) = match window.travel {
        Travel::Forward => (more, window.from.is_some()),
        Travel::Backward => {
            rows.reverse();
            (window.from.is_some(), more)
        }
    };
    let rows = rows.into_iter().map(|row| (keyset.cursor(&row), row)).collect();
    Page { rows, has_next, has_previous, total }
}

/// The statement that reads one page of `select`, as [`page`] sends it: for those who ask a database
/// how it would go about it.
///
/// # Errors
/// BAD_REQUEST naming the argument.
pub fn statement_of<E: EntityTrait>(
    backend: DbBackend,
    select: Select<E>,
    keyset: &Keyset<E::Model>,
    args: &PageArgs,
) -> Result<Statement> {
    Ok(statement(backend, select, keyset, &window(args, keyset)?))
}

fn statement<E: EntityTrait>(
    backend: DbBackend,
    select: Select<E>,
    keyset: &Keyset<E::Model>,
    window: &Window,
) -> Statement {
    let mut select = ordered(select, keyset, window);
    dialect::at_most(backend, QueryTrait::query(&mut select), window.limit + 1)
}

fn ordered<E: EntityTrait>(
    mut select: Select<E>,
    keyset: &Keyset<E::Model>,
    window: &Window,
) -> Select<E> {
    if let Some(from) = &window.from {
        select = select.filter(keyset.beyond(from, window.travel));
    }
    for (expr, order) in keyset.travelled(window.travel) {
        select = select.order_by(expr, order);
    }
    select
}

/// One page that somebody else reads, as a part of a larger statement.
pub struct Plan {
    select: SelectStatement,
    /// How many of them at most: one more than fit on the page.
    pub most: u64,
    /// The order in which they are to be read.
    pub order: Vec<(SimpleExpr, Order)>,
    window: Window,
}

impl Plan {
    /// Plans one page of `select`, as [`page`] would read it.
    ///
    /// # Errors
    /// BAD_REQUEST naming the argument.
    pub fn of<E: EntityTrait>(
        select: Select<E>,
        keyset: &Keyset<E::Model>,
        args: &PageArgs,
    ) -> Result<Self> {
        let window = window(args, keyset)?;
        let order = keyset.travelled(window.travel).collect();
        let select = QueryTrait::into_query(ordered(select, keyset, &window));
        Ok(Self { select, most: window.limit + 1, order, window })
    }

    /// The rows of the page in the order in which they are to be read, without their number; once.
    pub fn take_select(&mut self) -> SelectStatement {
        self.select.take()
    }

    /// The page of the rows that were read, with how many there are in all where it was counted (up
    /// to one more than [`COUNT_CAP`]).
    #[must_use]
    pub fn page<M>(&self, rows: Vec<M>, keyset: &Keyset<M>, counted: Option<u64>) -> Page<M> {
        assembled(rows, keyset, (&self.window, counted.map(capped)))
    }
}

const fn capped(found: u64) -> (u64, bool) {
    if found > COUNT_CAP { (COUNT_CAP, false) } else { (found, true) }
}

async fn total<E, C>(conn: &C, select: Select<E>) -> Result<(u64, bool)>
where
    E: EntityTrait,
    C: ConnectionTrait,
{
    let found = dialect::counts_up_to(conn, &[select.into_query()], COUNT_CAP + 1).await?;
    Ok(capped(found.first().copied().unwrap_or_default()))
}
