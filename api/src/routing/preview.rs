//! "Last month this would have moved 212": a rule on what was sent before. Changes nothing.

use std::collections::HashMap;

use entity::id::{CauseId, RuleId, TextId};
use entity::instant::DAY;
use entity::routing::rule;
use entity::routing::words::Folded;
use entity::submissions::submission;

use super::matching::Conditions;
use super::query;
use super::service::{self, Conditions as Asked};
use crate::kit::error::{Code, OrNotFound as _, Refusal, Result};
use crate::kit::scope::Scope;

/// Longest look back, in days.
pub const LONGEST: i32 = 90;
/// Submissions shown.
pub const SAMPLE: usize = 20;
/// Submissions whose words are read at once.
const PAGE: u64 = 2_000;
/// Most pages of words read for one look.
const PAGES: usize = 10;

/// What is to be looked at.
#[derive(Clone, Debug)]
pub struct Look {
    /// A rule that is there.
    pub rule: Option<RuleId>,
    /// Conditions, in the place of the rule's.
    pub conditions: Option<Asked>,
    /// The root cause that it would link to, in the place of the rule's.
    pub cause: Option<CauseId>,
    /// How many days back.
    pub days: i32,
}

/// What a rule would have meant.
#[derive(Clone, Debug)]
pub struct Seen {
    /// How many, of those that the asker may read.
    pub count: u64,
    /// How many of them it would have linked to its root cause: those that are not linked yet.
    pub links: u64,
    /// Whether everything in the days was looked at.
    pub whole: Whole,
    /// The newest of them.
    pub sample: Vec<submission::Model>,
}

/// Whether a look reached the end of its days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whole {
    /// It did.
    Yes,
    /// There were more words than are read for one look.
    No,
}

/// "What would it have moved?": counts what the conditions mean among the submissions of the last
/// days that the asker may read, and shows the newest. What other rules would have done before does
/// not count. At most 35 statements.
///
/// # Errors
/// FORBIDDEN, NOT_FOUND at `ruleId`, REQUIRED without rule and conditions, and what is wrong with
/// the conditions.
pub async fn look(scope: &Scope, asked: Look) -> Result<Seen> {
    service::may_write(scope).await?;
    if !(1..=LONGEST).contains(&asked.days) {
        let cure = format!("Look back 1 to {LONGEST} days.");
        return Err(Refusal::new(Code::Invalid, "days", cure).into());
    }
    let row = rule_of(scope, &asked).await?;
    let conditions = Conditions::of(&row);
    let since = scope.now.plus(-i64::from(asked.days) * DAY);
    let select = query::past(&scope.actor, &conditions, since);
    let db = scope.db();
    if conditions.words.is_empty() {
        let count = query::count_of(&db, select.clone()).await?;
        let links = match row.cause_id {
            Some(cause) => query::count_of(&db, query::not_linked(select.clone(), cause)).await?,
            None => 0,
        };
        let sample = query::first_of(&db, select, SAMPLE as u64).await?;
        return Ok(Seen { count, links, whole: Whole::Yes, sample });
    }
    read_words(scope, (&conditions, row.cause_id), select).await
}

async fn rule_of(scope: &Scope, asked: &Look) -> Result<rule::Model> {
    let tx = scope.begin().await?;
    let found = match asked.rule {
        Some(id) => Some(query::one(&tx, &scope.actor, id).await?.or_not_found("ruleId")?),
        None => None,
    };
    let row = match (&asked.conditions, found) {
        (Some(conditions), found) => {
            let row = found.unwrap_or_else(|| service::empty(RuleId(scope.fresh_id())));
            service::with_conditions(&tx, scope, row, conditions).await?
        }
        (None, None) if asked.cause.is_some() => {
            let cure = "Name a rule, or give conditions: a cause alone means nothing.";
            return Err(Refusal::new(Code::Required, "conditions", cure).into());
        }
        (None, Some(found)) => found,
        (None, None) => {
            let cure = "Name a rule, or give conditions.";
            return Err(Refusal::new(Code::Required, "conditions", cure).into());
        }
    };
    service::check_cause(&tx, scope, asked.cause).await?;
    let row = rule::Model { cause_id: asked.cause.or(row.cause_id), ..row };
    tx.commit_silently(row).await
}

/// Page by page, newest first, until the days or the patience end.
async fn read_words(
    scope: &Scope,
    (conditions, cause): (&Conditions, Option<CauseId>),
    select: sea_orm::Select<submission::Entity>,
) -> Result<Seen> {
    let db = scope.db();
    let mut seen = Seen { count: 0, links: 0, whole: Whole::No, sample: Vec::new() };
    let mut page = select.clone();
    for _ in 0..PAGES {
        let rows = query::first_of(&db, page, PAGE).await?;
        let ids: Vec<TextId> = rows.iter().map(|row| row.text_id).collect();
        let words: HashMap<TextId, String> = query::words_of(&db, &ids).await?;
        let full = rows.len() as u64 == PAGE;
        let last = rows.last().map(|row| (row.created_at, row.id));
        let mut meant = Vec::new();
        for row in rows {
            let text = words.get(&row.text_id).map(String::as_str).unwrap_or_default();
            if conditions.words_hold(&Folded::of(text)) {
                seen.count += 1;
                meant.push(row.id);
                if seen.sample.len() < SAMPLE {
                    seen.sample.push(row);
                }
            }
        }
        if let Some(cause) = cause {
            let linked = query::linked(&db, cause, &meant).await?;
            seen.links += (meant.len() as u64).saturating_sub(linked);
        }
        match last {
            Some(last) if full => page = query::behind(select.clone(), last),
            _ => {
                seen.whole = Whole::Yes;
                break;
            }
        }
    }
    Ok(seen)
}
