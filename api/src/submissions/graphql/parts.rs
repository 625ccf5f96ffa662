//! The parts of a submission that are things of their own: former words, rights of the asker.

use async_graphql::SimpleObject;
use entity::submissions::phase::Phase;
use entity::submissions::submission::Model;
use entity::submissions::{redaction, wording};

use super::enums::HintKind;
use crate::graphql::scalars::DateTime;
use crate::submissions::policy;
use crate::submissions::standing::Standing;

/// One revision of what an author wrote.
#[derive(Clone, Debug, SimpleObject)]
pub struct Wording {
    /// 1 for the first.
    pub revision: i32,
    /// Title, given or derived.
    pub title: String,
    /// The text.
    pub text: String,
    /// The customer's own words.
    pub customer_words: Option<String>,
    /// Whether words were taken out of it.
    pub redacted: bool,
    /// When it was written.
    pub created_at: DateTime,
}

impl Wording {
    /// A revision as a reader of this language sees it.
    #[must_use]
    pub fn of(row: wording::Model, locale: &str) -> Self {
        let told = |text: &str| redaction::shown(text, locale).into_owned();
        Self {
            revision: row.revision,
            title: told(&row.title),
            text: told(&row.body),
            customer_words: row.customer_words.as_deref().map(told),
            redacted: row.redacted_at.is_some(),
            created_at: row.created_at.into(),
        }
    }
}

/// What the asker may do with a submission now.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct ViewerCan {
    /// Change the words.
    pub edit: bool,
    /// Put the kind right.
    pub correct_kind: bool,
    /// Take it back.
    pub withdraw: bool,
    /// Comment for all readers.
    pub comment: bool,
    /// Comment for those who work on it.
    pub comment_internally: bool,
    /// Vote for it.
    pub vote: bool,
    /// Assign, link, decide: holds the reviewer's rights on it.
    pub review: bool,
}

impl ViewerCan {
    /// The rights, by the policies that the verbs ask. `shown` is the phase that everybody sees.
    #[must_use]
    pub fn of(row: &Model, standing: Standing, shown: Phase) -> Self {
        Self {
            edit: policy::may_edit(row, standing).is_ok(),
            correct_kind: policy::may_correct_kind(row, standing).is_ok(),
            withdraw: policy::may_withdraw(row, standing),
            comment: policy::may_comment(row).is_ok(),
            comment_internally: policy::may_comment_internally(standing).is_ok(),
            vote: policy::may_vote(row, standing, shown),
            review: standing.reviewer && !standing.recused,
        }
    }
}

/// A place in a text that seems to hold personal data. A hint, never a refusal.
#[derive(Clone, Debug, SimpleObject)]
pub struct PersonalDataHint {
    /// What it seems to be.
    pub kind: HintKind,
    /// Where it begins, in characters of the text as stored.
    pub start: i32,
    /// Where it ends, in characters of the text as stored.
    pub end: i32,
}

/// The hints for a text.
#[must_use]
pub fn hints(text: &str) -> Vec<PersonalDataHint> {
    let characters = |bytes: usize| {
        let count = text.get(..bytes).map_or(0, |before| before.chars().count());
        i32::try_from(count).unwrap_or(i32::MAX)
    };
    entity::submissions::text::personal_data_hint(text)
        .into_iter()
        .map(|hint| PersonalDataHint {
            kind: hint.kind.into(),
            start: characters(hint.at.start),
            end: characters(hint.at.end),
        })
        .collect()
}
