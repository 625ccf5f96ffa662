//! Lists of units, people, devices and integrations: visible rows, filtered, in order, by page.

use entity::id::UnitId;
use entity::identity::values::UnitKind;
use entity::identity::{device, person, service, unit};
use sea_orm::sea_query::{Expr, ExprTrait, Func, LikeExpr};
use sea_orm::{ColumnTrait, Condition, Order, QueryFilter};
use uuid::Uuid;

use crate::identity::{fields, policy, query};
use crate::kit::error::{OrNotFound as _, Result};
use crate::kit::page::{self, Count, Key, KeyValue, Keyset, Page, PageArgs};
use crate::kit::scope::Scope;

/// How a list was asked for.
pub struct Asked<M> {
    /// In which order.
    pub order: Keyset<M>,
    /// Which page.
    pub args: PageArgs,
    /// Whether the total is wanted.
    pub count: Count,
}

/// A total order of two keys: what is asked for, and the id.
macro_rules! order_of {
    ($(#[$doc:meta])* $name:ident, $table:ident, $column:ident, $word:literal, $value:expr, $shape:expr) => {
        $(#[$doc])*
        #[must_use]
        pub fn $name(order: Order) -> Keyset<$table::Model> {
            let way = if matches!(order, Order::Desc) { "desc" } else { "asc" };
            Keyset {
                name: format!("{}.{}.{way}", stringify!($table), $word),
                keys: vec![
                    Key {
                        expr: Expr::col(($table::Entity, $table::Column::$column)),
                        order: order.clone(),
                        value: $value,
                    },
                    Key {
                        expr: Expr::col(($table::Entity, $table::Column::Id)),
                        order,
                        value: |row: &$table::Model| KeyValue::Id(row.id.0),
                    },
                ],
                shape: vec![$shape, KeyValue::Id(Uuid::nil())],
            }
        }
    };
}

order_of!(
    /// Units by name.
    by_unit_name, unit, Name, "name",
    |row: &unit::Model| KeyValue::Text(row.name.clone()), KeyValue::Text(String::new())
);
order_of!(
    /// Units by when they were made.
    by_unit_age, unit, CreatedAt, "created",
    |row: &unit::Model| KeyValue::Int(row.created_at.0), KeyValue::Int(0)
);
order_of!(
    /// People by name.
    by_person_name, person, Name, "name",
    |row: &person::Model| KeyValue::Text(row.name.clone()), KeyValue::Text(String::new())
);
order_of!(
    /// People by when they joined.
    by_person_age, person, CreatedAt, "created",
    |row: &person::Model| KeyValue::Int(row.created_at.0), KeyValue::Int(0)
);
order_of!(
    /// Devices by name.
    by_device_name, device, Name, "name",
    |row: &device::Model| KeyValue::Text(row.name.clone()), KeyValue::Text(String::new())
);
order_of!(
    /// Integrations by name.
    by_service_name, service, Name, "name",
    |row: &service::Model| KeyValue::Text(row.name.clone()), KeyValue::Text(String::new())
);

/// Longest text that is searched for, in characters.
const LONGEST_TEXT: usize = 100;

/// Whether a name, or a word of it, begins with `text`, whatever the case.
fn begins(column: Expr, text: &str) -> Condition {
    let text = text.trim().chars().take(LONGEST_TEXT).collect::<String>().to_lowercase();
    let plain = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    let like = |pattern: String| {
        Expr::expr(Func::lower(column.clone())).like(LikeExpr::new(pattern).escape('\\'))
    };
    Condition::any().add(like(format!("{plain}%"))).add(like(format!("% {plain}%")))
}

async fn subtree_of(scope: &Scope, unit: Option<UnitId>) -> Result<Option<UnitId>> {
    if let Some(unit) = unit {
        query::unit(&scope.db(), &scope.actor, unit).await?.or_not_found("filter.inSubtree")?;
    }
    Ok(unit)
}

/// Which units.
#[derive(Clone, Debug, Default)]
pub struct UnitFilter {
    /// This unit and everything below it.
    pub in_subtree: Option<UnitId>,
    /// Of these sorts.
    pub kinds: Option<Vec<UnitKind>>,
    /// With this external code.
    pub code: Option<String>,
    /// Beginning with this.
    pub text: Option<String>,
}

/// Units of the tree.
///
/// # Errors
/// UNAUTHENTICATED, NOT_FOUND, INVALID, BAD_REQUEST for a cursor of another order.
pub async fn units(
    scope: &Scope,
    filter: UnitFilter,
    asked: Asked<unit::Model>,
) -> Result<Page<unit::Model>> {
    scope.actor.require_signed_in()?;
    let mut select = query::units_visible_to(&scope.actor);
    if let Some(top) = subtree_of(scope, filter.in_subtree).await? {
        select = select.filter(unit::Column::Id.in_subquery(query::below(&[top])));
    }
    if let Some(kinds) = filter.kinds {
        select = select.filter(unit::Column::Kind.is_in(kinds));
    }
    if let Some(code) = filter.code {
        select = select.filter(unit::Column::Code.eq(fields::code(&code, "filter.code")?));
    }
    if let Some(text) = filter.text {
        select = select.filter(begins(Expr::col((unit::Entity, unit::Column::Name)), &text));
    }
    page::page(&scope.db(), select, &asked.order, &asked.args, asked.count).await
}

/// Whether people still work here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonState {
    /// They do.
    Active,
    /// They left.
    Deactivated,
}

/// Which people.
#[derive(Clone, Debug, Default)]
pub struct PersonFilter {
    /// At home in this unit or below it.
    pub in_subtree: Option<UnitId>,
    /// Name begins with this.
    pub text: Option<String>,
    /// In this state.
    pub state: Option<PersonState>,
}

/// People, for those who may look them up.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, BAD_REQUEST.
pub async fn people(
    scope: &Scope,
    filter: PersonFilter,
    asked: Asked<person::Model>,
) -> Result<Page<person::Model>> {
    policy::may_list_people(&scope.actor)?;
    let mut select = query::people_visible_to(&scope.actor);
    if let Some(top) = subtree_of(scope, filter.in_subtree).await? {
        select = select.filter(person::Column::HomeUnitId.in_subquery(query::below(&[top])));
    }
    if let Some(text) = filter.text {
        select = select.filter(begins(Expr::col((person::Entity, person::Column::Name)), &text));
    }
    select = match filter.state {
        None => select,
        Some(PersonState::Active) => select.filter(person::Column::DeactivatedAt.is_null()),
        Some(PersonState::Deactivated) => {
            select.filter(person::Column::DeactivatedAt.is_not_null())
        }
    };
    page::page(&scope.db(), select, &asked.order, &asked.args, asked.count).await
}

/// Devices, for those who lead, run or audit their units.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, BAD_REQUEST.
pub async fn devices(
    scope: &Scope,
    in_subtree: Option<UnitId>,
    asked: Asked<device::Model>,
) -> Result<Page<device::Model>> {
    policy::may_list_devices(&scope.actor)?;
    let mut select = query::devices_visible_to(&scope.actor);
    if let Some(top) = subtree_of(scope, in_subtree).await? {
        select = select.filter(device::Column::UnitId.in_subquery(query::below(&[top])));
    }
    page::page(&scope.db(), select, &asked.order, &asked.args, asked.count).await
}

/// Integrations, for those who run or audit the system.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN, BAD_REQUEST.
pub async fn services(scope: &Scope, asked: Asked<service::Model>) -> Result<Page<service::Model>> {
    policy::may_list_integrations(&scope.actor)?;
    let select = query::services_visible_to(&scope.actor);
    page::page(&scope.db(), select, &asked.order, &asked.args, asked.count).await
}
