//! Keyset paging: a page continues after a row, never at an offset.
//!
//! A cursor is base64url of `version, digest of the order, key values, id`. A cursor of another
//! order is refused, so that a client that changes `orderBy` and keeps `after` hears about it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{
    Condition, ConnectionTrait, EntityTrait, FromQueryResult, Order, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Select,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::error::{Code, Refusal, Result};
use super::secret;

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

    fn same_shape(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
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

    /// Rows strictly beyond `values` in the direction of travel.
    fn beyond(&self, values: &[KeyValue], travel: Travel) -> Condition {
        let mut any = Condition::any();
        for (index, key) in self.keys.iter().enumerate() {
            let mut all = Condition::all();
            for (earlier, value) in self.keys.iter().zip(values).take(index) {
                all = all.add(earlier.expr.clone().eq(value.expr()));
            }
            let value = values[index].expr();
            let upward = matches!(key.order, Order::Asc) == (travel == Travel::Forward);
            let step = if upward { key.expr.clone().gt(value) } else { key.expr.clone().lt(value) };
            any = any.add(all.add(step));
        }
        any
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Travel {
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

struct Window {
    limit: u64,
    travel: Travel,
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

fn window<M>(args: &PageArgs, keyset: &Keyset<M>) -> Result<Window> {
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
    let mut select = select;
    if let Some(from) = &window.from {
        select = select.filter(keyset.beyond(from, window.travel));
    }
    for key in &keyset.keys {
        let upward = matches!(key.order, Order::Asc) == (window.travel == Travel::Forward);
        select = select.order_by(key.expr.clone(), if upward { Order::Asc } else { Order::Desc });
    }
    let mut rows = select.limit(window.limit + 1).all(conn).await?;
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
    Ok(Page { rows, has_next, has_previous, total })
}

async fn total<E, C>(conn: &C, select: Select<E>) -> Result<(u64, bool)>
where
    E: EntityTrait,
    E::Model: FromQueryResult + Send + Sync,
    C: ConnectionTrait,
{
    let found = select.limit(COUNT_CAP + 1).count(conn).await?;
    Ok((Ord::min(found, COUNT_CAP), found <= COUNT_CAP))
}
