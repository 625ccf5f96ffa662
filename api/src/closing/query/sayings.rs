//! What is said with the decisions of resolvings: to each reader in words that are theirs.
#![allow(clippy::disallowed_methods)] // part of a query.rs

use std::collections::HashMap;

use entity::closing::words::{self, ClosingText};
use entity::closing::{item, resolution, resolution_text};
use entity::id::{DecisionId, ResolutionId};
use entity::triage::cause;
use entity::workflow::reply_fields::best_language;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use crate::kit::error::Result;

/// The words of resolvings, by the decisions that they made.
#[derive(Debug, Default)]
pub struct Sayings {
    of: HashMap<DecisionId, ResolutionId>,
    texts: HashMap<ResolutionId, Vec<resolution_text::Model>>,
    causes: HashMap<ResolutionId, String>,
}

impl Sayings {
    /// Reads them; one statement where no decision is a resolving's.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn of<C: ConnectionTrait>(conn: &C, ids: &[DecisionId]) -> Result<Self> {
        let of = made_by(conn, ids).await?;
        if of.is_empty() {
            return Ok(Self::default());
        }
        let mut made: Vec<ResolutionId> = of.values().copied().collect();
        made.sort_unstable();
        made.dedup();
        let mut texts: HashMap<ResolutionId, Vec<resolution_text::Model>> = HashMap::new();
        for text in super::texts_of(conn, &made).await? {
            texts.entry(text.resolution_id).or_default().push(text);
        }
        Ok(Self { of, texts, causes: causes_named(conn, &made).await? })
    }

    /// Whether none of the decisions is a resolving's.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.of.is_empty()
    }

    /// The resolvings that made these decisions.
    #[must_use]
    pub fn resolutions(&self) -> Vec<ResolutionId> {
        let mut all: Vec<ResolutionId> = self.of.values().copied().collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The resolving that made a decision.
    #[must_use]
    pub fn made(&self, decision: DecisionId) -> Option<ResolutionId> {
        self.of.get(&decision).copied()
    }

    /// What one reader is told with a decision, and in which language; none when no resolving made it.
    #[must_use]
    pub fn to(
        &self,
        decision: DecisionId,
        (name, locale, reference): (&str, &str, &str),
    ) -> Option<(String, String)> {
        let id = self.made(decision)?;
        let texts = self.texts.get(&id)?;
        let tags: Vec<String> = texts.iter().map(|text| text.language.clone()).collect();
        let language = best_language(&tags, locale)?;
        let text = texts.iter().find(|text| text.language == language)?;
        let cause = self.causes.get(&id).map(String::as_str).unwrap_or_default();
        let personal = words::Personal { name: Some(name), reference, cause, language };
        let words = ClosingText::read(&text.body).ok()?.fill(&personal);
        Some((words, language.to_owned()))
    }
}

/// The resolvings that made these decisions.
///
/// # Errors
/// A fault of the database.
pub async fn made_by<C: ConnectionTrait>(
    conn: &C,
    decisions: &[DecisionId],
) -> Result<HashMap<DecisionId, ResolutionId>> {
    if decisions.is_empty() {
        return Ok(HashMap::new());
    }
    let found = item::Entity::find()
        .filter(item::Column::DecisionId.is_in(decisions.iter().copied()))
        .all(conn)
        .await?;
    Ok(found
        .into_iter()
        .filter_map(|row| row.decision_id.map(|id| (id, row.resolution_id)))
        .collect())
}

/// The name of the cause of a resolving.
async fn causes_named<C: ConnectionTrait>(
    conn: &C,
    ids: &[ResolutionId],
) -> Result<HashMap<ResolutionId, String>> {
    let select = Query::select()
        .column((resolution::Entity, resolution::Column::Id))
        .column((cause::Entity, cause::Column::Name))
        .from(resolution::Entity)
        .inner_join(
            cause::Entity,
            Expr::col((resolution::Entity, resolution::Column::CauseId))
                .equals((cause::Entity, cause::Column::Id)),
        )
        .and_where(
            Expr::col((resolution::Entity, resolution::Column::Id)).is_in(ids.iter().copied()),
        )
        .to_owned();
    let rows = conn.query_all(&select).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}
