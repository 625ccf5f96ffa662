//! The statements of outcomes. Whoever asks here came through the door of what they are about.
//! Figures are written once and never changed: a correction is another row.
#![allow(clippy::disallowed_methods)] // a query.rs

use std::collections::HashMap;

use entity::id::{FigureId, OutcomeId};
use entity::implementation::proof::{Figure, Proof};
use entity::implementation::values::OutcomeOrder;
use entity::implementation::{confirmation, figure, outcome};
use entity::programs::setting;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel as _, QueryFilter, QueryOrder,
};

use crate::implementation::ground::Subject;
use crate::kit::error::Result;
use crate::programs::settings::OUTCOME_ORDER;

/// An outcome with everything that was written down of it.
#[derive(Clone, Debug)]
pub struct Measured {
    /// The outcome.
    pub row: outcome::Model,
    /// Its figures, the first one first.
    pub figures: Vec<figure::Model>,
    /// Who stands for which of them.
    pub confirmations: HashMap<FigureId, confirmation::Model>,
}

impl Measured {
    /// The figures, as far as the law looks at them.
    #[must_use]
    pub fn law(&self) -> Vec<Figure> {
        let proof = |id| {
            if self.confirmations.contains_key(&id) { Proof::Confirmed } else { Proof::Open }
        };
        self.figures
            .iter()
            .map(|it| Figure {
                id: it.id,
                number: it.number,
                stage: it.stage,
                by: it.created_by,
                proof: proof(it.id),
            })
            .collect()
    }

    /// One of its figures.
    #[must_use]
    pub fn figure(&self, id: FigureId) -> Option<&figure::Model> {
        self.figures.iter().find(|it| it.id == id)
    }
}

/// The outcomes of what is given, the first one first. Three statements.
///
/// # Errors
/// A fault of the database.
pub async fn of<C: ConnectionTrait>(conn: &C, of: &[Subject]) -> Result<Vec<Measured>> {
    if of.is_empty() {
        return Ok(Vec::new());
    }
    let columns = (outcome::Column::SubmissionId, outcome::Column::CauseId);
    let offers = outcome::Column::AdoptionId.is_in(of.iter().filter_map(|it| it.adoption()));
    let rows = outcome::Entity::find()
        .filter(super::about(of, columns).add(offers))
        .order_by_asc(outcome::Column::CreatedAt)
        .order_by_asc(outcome::Column::Id)
        .all(conn)
        .await?;
    with_figures(conn, rows).await
}

/// One outcome. Three statements.
///
/// # Errors
/// A fault of the database.
pub async fn one<C: ConnectionTrait>(conn: &C, id: OutcomeId) -> Result<Option<Measured>> {
    let found = outcome::Entity::find_by_id(id).one(conn).await?;
    Ok(with_figures(conn, found.into_iter().collect()).await?.pop())
}

async fn with_figures<C: ConnectionTrait>(
    conn: &C,
    rows: Vec<outcome::Model>,
) -> Result<Vec<Measured>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let figures = figure::Entity::find()
        .filter(figure::Column::OutcomeId.is_in(rows.iter().map(|row| row.id)))
        .order_by_asc(figure::Column::OutcomeId)
        .order_by_asc(figure::Column::Number)
        .all(conn)
        .await?;
    let confirmations = confirmation::Entity::find()
        .filter(confirmation::Column::FigureId.is_in(figures.iter().map(|row| row.id)))
        .all(conn)
        .await?;
    let mut confirmed: HashMap<FigureId, confirmation::Model> =
        confirmations.into_iter().map(|row| (row.figure_id, row)).collect();
    let mut by_outcome: HashMap<OutcomeId, Vec<figure::Model>> = HashMap::new();
    for row in figures {
        by_outcome.entry(row.outcome_id).or_default().push(row);
    }
    let measured = |row: outcome::Model| {
        let figures = by_outcome.remove(&row.id).unwrap_or_default();
        let confirmations = figures
            .iter()
            .filter_map(|it| confirmed.remove(&it.id).map(|found| (it.id, found)))
            .collect();
        Measured { row, figures, confirmations }
    };
    Ok(rows.into_iter().map(measured).collect())
}

/// Writes a new outcome.
pub(in crate::implementation) async fn insert<C: ConnectionTrait>(
    tx: &C,
    row: &outcome::Model,
) -> Result<()> {
    outcome::Entity::insert(row.clone().into_active_model()).exec_without_returning(tx).await?;
    Ok(())
}

/// Writes a figure, and counts its outcome up.
pub(in crate::implementation) async fn add_figure<C: ConnectionTrait>(
    tx: &C,
    row: &figure::Model,
) -> Result<()> {
    figure::Entity::insert(row.clone().into_active_model()).exec_without_returning(tx).await?;
    count_up(tx, row.outcome_id).await
}

/// Writes who stands for a figure, and counts its outcome up.
pub(in crate::implementation) async fn confirm<C: ConnectionTrait>(
    tx: &C,
    outcome: OutcomeId,
    row: &confirmation::Model,
) -> Result<()> {
    confirmation::Entity::insert(row.clone().into_active_model())
        .exec_without_returning(tx)
        .await?;
    count_up(tx, outcome).await
}

async fn count_up<C: ConnectionTrait>(tx: &C, id: OutcomeId) -> Result<()> {
    outcome::Entity::update_many()
        .col_expr(outcome::Column::Version, Expr::col(outcome::Column::Version).add(1))
        .filter(outcome::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Whether an actual figure may come before its target.
pub(in crate::implementation) async fn order<C: ConnectionTrait>(conn: &C) -> Result<OutcomeOrder> {
    let row = setting::Entity::find_by_id(String::from(OUTCOME_ORDER)).one(conn).await?;
    let word = row.and_then(|row| row.value.parse().ok());
    Ok(word.unwrap_or(OutcomeOrder::AnyOrder))
}
