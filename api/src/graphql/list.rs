//! Relay connections: `edges`, `nodes`, `pageInfo`, and `totalCount` only when it is selected.

use async_graphql::{Context, ID, SimpleObject};

use crate::kit::error::{Code, Refusal, Result};
use crate::kit::page::Count;

/// Where a page stands in its list.
#[derive(Clone, Debug, SimpleObject)]
pub struct PageInfo {
    /// Whether there is more behind `endCursor`.
    pub has_next_page: bool,
    /// Whether there is more before `startCursor`.
    pub has_previous_page: bool,
    /// Cursor of the first row.
    pub start_cursor: Option<String>,
    /// Cursor of the last row.
    pub end_cursor: Option<String>,
}

/// Direction of one key of an order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, async_graphql::Enum)]
pub enum OrderDirection {
    /// From small to large, from old to new, from A to Z.
    #[default]
    Asc,
    /// The other way round.
    Desc,
}

impl OrderDirection {
    /// The direction in a statement.
    #[must_use]
    pub const fn order(self) -> sea_orm::Order {
        match self {
            Self::Asc => sea_orm::Order::Asc,
            Self::Desc => sea_orm::Order::Desc,
        }
    }

    /// The word that goes into the name of an order.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Asc => "asc",
            Self::Desc => "desc",
        }
    }
}

/// Whether the selection asks for `totalCount`.
#[must_use]
pub fn count_wanted(ctx: &Context<'_>) -> Count {
    let look = ctx.look_ahead();
    let wanted = look.field("totalCount").exists() || look.field("totalCountIsExact").exists();
    if wanted { Count::Wanted } else { Count::Spared }
}

/// Reads a typed id from the API; another kind of id is simply not found.
///
/// # Errors
/// NOT_FOUND at `field`.
pub fn id_at<T: entity::id::TypedId>(id: &ID, field: &str) -> Result<T> {
    T::parse(&id.0).map_err(|_| Refusal::not_found(field).into())
}

/// As [`id_at`] for an optional id.
///
/// # Errors
/// NOT_FOUND at `field`.
pub fn some_id_at<T: entity::id::TypedId>(id: Option<&ID>, field: &str) -> Result<Option<T>> {
    id.map(|id| id_at(id, field)).transpose()
}

/// Refuses lists of more than `most` values.
///
/// # Errors
/// BAD_REQUEST at `field`.
pub fn at_most<T>(values: &[T], most: usize, field: &str) -> Result<()> {
    if values.len() <= most {
        return Ok(());
    }
    Err(Refusal::new(
        Code::BadRequest,
        field,
        format!("`{field}` has {} values; send at most {most} at a time.", values.len()),
    )
    .into())
}

/// Declares a connection and its edge for one node type.
#[macro_export]
macro_rules! connection {
    ($connection:ident, $edge:ident, $node:ty, $what:literal) => {
        #[doc = concat!("One of the ", $what, " with its place in the list.")]
        #[derive(async_graphql::SimpleObject)]
        pub struct $edge {
            /// Continue after (or before) this row with this cursor.
            pub cursor: String,
            /// The row.
            pub node: $node,
        }

        #[doc = concat!("A page of ", $what, ".")]
        pub struct $connection {
            rows: Vec<(String, $node)>,
            has_next: bool,
            has_previous: bool,
            total: Option<(u64, bool)>,
        }

        impl $connection {
            /// The page with every row turned into its node.
            pub fn of<M>(page: $crate::kit::page::Page<M>, node: impl Fn(M) -> $node) -> Self {
                Self {
                    has_next: page.has_next,
                    has_previous: page.has_previous,
                    total: page.total,
                    rows: page.rows.into_iter().map(|(cursor, row)| (cursor, node(row))).collect(),
                }
            }
        }

        #[doc = concat!("A page of ", $what, ".")]
        #[async_graphql::Object]
        impl $connection {
            /// Rows with their cursors.
            async fn edges(&self) -> Vec<$edge> {
                self.rows
                    .iter()
                    .map(|(cursor, node)| $edge { cursor: cursor.clone(), node: node.clone() })
                    .collect()
            }

            /// Rows without their cursors.
            async fn nodes(&self) -> Vec<$node> {
                self.rows.iter().map(|(_, node)| node.clone()).collect()
            }

            /// Where this page stands.
            async fn page_info(&self) -> $crate::graphql::list::PageInfo {
                $crate::graphql::list::PageInfo {
                    has_next_page: self.has_next,
                    has_previous_page: self.has_previous,
                    start_cursor: self.rows.first().map(|(cursor, _)| cursor.clone()),
                    end_cursor: self.rows.last().map(|(cursor, _)| cursor.clone()),
                }
            }

            /// How many there are in all that you may see; counting stops at 10,000.
            async fn total_count(&self) -> u64 {
                self.total.map_or(0, |(count, _)| count)
            }

            /// Whether `totalCount` is exact, or stopped at 10,000.
            async fn total_count_is_exact(&self) -> bool {
                self.total.is_none_or(|(_, exact)| exact)
            }
        }
    };
}
