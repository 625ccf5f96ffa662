//! What is asked for: inputs, filters, orders.

use async_graphql::{Enum, ID, InputObject, MaybeUndefined};
use entity::announcing::announcement;
use entity::id::{SubmissionId, UnitId};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use uuid::Uuid;

use super::AnnouncementState;
use crate::announcing::service::{NewAnnouncement, Text, UpdateAnnouncement};
use crate::graphql::list::{OrderDirection, at_most, id_at, some_id_at};
use crate::graphql::patch::try_change;
use crate::kit::error::Result;
use crate::kit::page::{Key, KeyValue, Keyset};

/// An announcement in one language.
#[derive(Clone, Debug, InputObject)]
pub struct AnnouncementTextInput {
    /// Language, BCP 47, for instance `en` or `es-MX`.
    pub language: String,
    /// One line of at most 120 characters.
    pub title: String,
    /// What is announced, at most 2,000 characters.
    pub body: String,
}

/// An announcement to write.
#[derive(Clone, Debug, InputObject)]
pub struct AnnouncementCreateInput {
    /// The units to which it goes, each with all below it; at most 100.
    pub unit_ids: Vec<ID>,
    /// The words, at least in English (`en`), to which everybody falls back.
    pub texts: Vec<AnnouncementTextInput>,
    /// The root cause that it is about.
    pub cause_id: Option<ID>,
    /// The submissions that it is about, at most 20. Readers see of them what they may read.
    pub submission_ids: Option<Vec<ID>>,
    /// The same key and content make one announcement, however often they arrive.
    pub client_key: Option<String>,
}

/// Changes to a draft; what is left out stays, `null` clears.
#[derive(Clone, Debug, InputObject)]
pub struct AnnouncementUpdateInput {
    /// Which one.
    pub id: ID,
    /// The version that you read.
    pub expected_version: Option<i32>,
    /// All units anew.
    pub unit_ids: Option<Vec<ID>>,
    /// All texts anew.
    pub texts: Option<Vec<AnnouncementTextInput>>,
    /// Another root cause.
    pub cause_id: MaybeUndefined<ID>,
    /// All submissions anew.
    pub submission_ids: Option<Vec<ID>>,
}

/// An announcement to publish.
#[derive(Clone, Debug, InputObject)]
pub struct AnnouncementPublishInput {
    /// Which one.
    pub id: ID,
    /// The version that you read: what somebody changed meanwhile is not published unseen.
    pub expected_version: Option<i32>,
}

/// An announcement to withdraw.
#[derive(Clone, Debug, InputObject)]
pub struct AnnouncementWithdrawInput {
    /// Which one.
    pub id: ID,
    /// The version that you read.
    pub expected_version: Option<i32>,
}

/// A draft to throw away.
#[derive(Clone, Debug, InputObject)]
pub struct AnnouncementDeleteInput {
    /// Which one.
    pub id: ID,
    /// The version that you read.
    pub expected_version: Option<i32>,
}

/// Which announcements are listed; every condition must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct AnnouncementFilter {
    /// Those in this state.
    pub state: Option<AnnouncementState>,
    /// Those that reach the people of this unit.
    pub unit: Option<ID>,
}

/// By what announcements are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum AnnouncementOrderField {
    /// When it was written first.
    CreatedAt,
    /// When it was published; drafts are the oldest.
    PublishedAt,
}

/// One order of announcements; the id is always the last key.
#[derive(Clone, Debug, InputObject)]
pub struct AnnouncementOrder {
    /// By what.
    pub field: AnnouncementOrderField,
    /// In which direction.
    #[graphql(default_with = "OrderDirection::Desc")]
    pub direction: OrderDirection,
}

impl Default for AnnouncementOrder {
    fn default() -> Self {
        Self { field: AnnouncementOrderField::CreatedAt, direction: OrderDirection::Desc }
    }
}

impl AnnouncementOrder {
    pub(super) fn keyset(&self) -> Keyset<announcement::Model> {
        let column = |column| Expr::col((announcement::Entity, column));
        let order = self.direction.order();
        let first = match self.field {
            AnnouncementOrderField::CreatedAt => Key {
                expr: column(announcement::Column::CreatedAt),
                order: order.clone(),
                value: |row: &announcement::Model| KeyValue::Int(row.created_at.micros()),
            },
            AnnouncementOrderField::PublishedAt => Key {
                expr: Expr::expr(column(announcement::Column::PublishedAt)).if_null(0_i64),
                order: order.clone(),
                value: |row: &announcement::Model| {
                    KeyValue::Int(row.published_at.map_or(0, |at| at.micros()))
                },
            },
        };
        let field = match self.field {
            AnnouncementOrderField::CreatedAt => "created",
            AnnouncementOrderField::PublishedAt => "published",
        };
        Keyset {
            name: format!("announcement {field} {}", self.direction.word()),
            keys: vec![
                first,
                Key {
                    expr: column(announcement::Column::Id),
                    order,
                    value: |row| KeyValue::Id(row.id.0),
                },
            ],
            shape: vec![KeyValue::Int(0), KeyValue::Id(Uuid::nil())],
        }
    }
}

fn texts_of(texts: Vec<AnnouncementTextInput>) -> Vec<Text> {
    let text =
        |it: AnnouncementTextInput| Text { language: it.language, title: it.title, body: it.body };
    texts.into_iter().map(text).collect()
}

fn units_at(ids: &[ID]) -> Result<Vec<UnitId>> {
    ids.iter().map(|id| id_at(id, "unitIds")).collect()
}

fn submissions_at(ids: &[ID]) -> Result<Vec<SubmissionId>> {
    at_most(ids, 100, "submissionIds")?;
    ids.iter().map(|id| id_at(id, "submissionIds")).collect()
}

impl AnnouncementCreateInput {
    pub(super) fn parsed(self) -> Result<NewAnnouncement> {
        Ok(NewAnnouncement {
            units: units_at(&self.unit_ids)?,
            texts: texts_of(self.texts),
            cause: some_id_at(self.cause_id.as_ref(), "causeId")?,
            submissions: submissions_at(&self.submission_ids.unwrap_or_default())?,
        })
    }
}

impl AnnouncementUpdateInput {
    pub(super) fn parsed(self) -> Result<UpdateAnnouncement> {
        Ok(UpdateAnnouncement {
            id: id_at(&self.id, "id")?,
            expected_version: self.expected_version,
            units: self.unit_ids.as_deref().map(units_at).transpose()?,
            texts: self.texts.map(texts_of),
            cause: try_change(self.cause_id, |id| id_at(&id, "causeId"))?,
            submissions: self.submission_ids.as_deref().map(submissions_at).transpose()?,
        })
    }
}
