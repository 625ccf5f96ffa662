//! What resolving would close, and what stays: the same for the preview and for the verb.

use std::collections::{HashMap, HashSet};

use entity::closing::fate::{self, Behind, Stays};
use entity::closing::values::IdeasToo;
use entity::closing::words::{ClosingText, DEFAULTS};
use entity::id::{CauseId, SubmissionId};
use entity::submissions::phase::Kind;
use entity::submissions::text::Limit;
use entity::triage::cause;
use entity::triage::progress::Capacity;
use entity::triage::values::CauseStatus;
use sea_orm::ConnectionTrait;

use super::resolve::{Resolve, Words};
use super::{MOST_BELOW, MOST_HELD_BACK, MOST_LANGUAGES};
use crate::closing::policy;
use crate::closing::query::{self, Found, Roots};
use crate::identity::fields;
use crate::kit::error::{Code, OrNotFound as _, Refusal, Result};
use crate::kit::scope::Scope;
use crate::workflow::resolving;
use crate::{submissions, triage};

/// What resolving would do.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    /// What it closes, in the order of ids.
    pub(super) moves: Vec<Found>,
    /// What stays, and why.
    pub(super) stays: Vec<(SubmissionId, Stays)>,
}

/// The causes that are resolved: the one that is named, and the narrower ones that were chosen. What
/// is resolved already among those is left alone.
pub(super) async fn causes<C: ConnectionTrait>(
    conn: &C,
    scope: &Scope,
    (top, cmd): (&cause::Model, &Resolve),
) -> Result<Vec<cause::Model>> {
    let mut chosen = cmd.sub_causes.clone();
    chosen.sort_unstable();
    chosen.dedup();
    if chosen.len() > MOST_BELOW {
        let message = format!("{} are too many; choose at most {MOST_BELOW}.", chosen.len());
        return Err(Refusal::new(Code::Invalid, "subCauseIds", message).into());
    }
    let mut all = vec![top.clone()];
    if chosen.is_empty() {
        return Ok(all);
    }
    let found = triage::causes::query::some(conn, &scope.actor, &chosen).await?;
    let below = triage::causes::service::below(conn, top.id, &chosen).await?;
    for id in chosen {
        let row = found.iter().find(|row| row.id == id).or_not_found("subCauseIds")?;
        if !below.contains(&id) {
            let message = format!("The cause {id} does not lie below the one that is resolved.");
            return Err(Refusal::new(Code::Invalid, "subCauseIds", message).into());
        }
        if row.status != CauseStatus::Resolved {
            let function = triage::causes::query::managed_by(conn, &scope.actor, row).await?;
            let capacity = triage::causes::policy::may_change(&scope.actor, row, function)?;
            policy::may_resolve(row, (capacity, "subCauseIds"), None)?;
            all.push(row.clone());
        }
    }
    Ok(all)
}

/// Refuses a cause that may not be resolved now, naming who has done it.
pub(super) async fn may_resolve<C: ConnectionTrait>(
    conn: &C,
    (row, capacity): (&cause::Model, Capacity),
) -> Result<()> {
    if row.status != CauseStatus::Resolved {
        return policy::may_resolve(row, (capacity, "id"), None);
    }
    let latest = query::latest_of(conn, &[row.id]).await?.remove(&row.id);
    let name = match latest.and_then(|it| it.resolved_by) {
        Some(person) => query::name_of(conn, person).await?,
        None => None,
    };
    policy::may_resolve(row, (capacity, "id"), name.as_deref())
}

/// Who resolves what, for [`plan`].
pub(super) struct Asked<'a> {
    pub(super) causes: &'a [CauseId],
    pub(super) ideas: IdeasToo,
    pub(super) held_back: &'a HashSet<SubmissionId>,
}

impl Asked<'_> {
    /// A submission as the law looks at it, when these causes are resolved.
    pub(super) fn behind(&self, found: &Found) -> Behind {
        let status = |(id, status): &(CauseId, CauseStatus)| {
            if self.causes.contains(id) { CauseStatus::Resolved } else { *status }
        };
        Behind {
            kind: found.row.kind,
            phase: found.row.phase,
            held_back: self.held_back.contains(&found.row.id),
            by_person: found.causes.iter().any(|(id, _)| self.causes.contains(id)),
            causes: found.causes.iter().map(status).collect(),
            ideas_too: self.ideas == IdeasToo::UnderWay,
            may_move: true,
        }
    }
}

/// What resolving these causes would close. A fixed number of statements, but for the ideas.
pub(super) async fn plan<C: ConnectionTrait>(
    conn: &C,
    scope: &Scope,
    asked: &Asked<'_>,
) -> Result<Plan> {
    if query::is_any_undone(conn, asked.causes).await? {
        return Err(policy::being_taken_back("id").into());
    }
    let found = query::behind(conn, Roots::Behind(asked.causes)).await?;
    if let Some(id) = asked.held_back.iter().find(|id| found.iter().all(|it| it.row.id != **id)) {
        let message = format!("{id} does not stand behind this cause. Leave it out.");
        return Err(Refusal::new(Code::Invalid, "holdBackIds", message).into());
    }
    let mut plan = Plan::default();
    for found in found {
        match fate::judge(&asked.behind(&found)) {
            Ok(()) => plan.moves.push(found),
            Err(why) => plan.stays.push((found.row.id, why)),
        }
    }
    let ideas: Vec<SubmissionId> =
        plan.moves.iter().filter(|it| it.row.kind == Kind::Idea).map(|it| it.row.id).collect();
    let mut may = HashSet::new();
    for part in ideas.chunks(500) {
        may.extend(resolving::may_close(conn, scope, part).await?);
    }
    plan.moves.retain(|it| it.row.kind == Kind::Observation || may.contains(&it.row.id));
    let may_not = ideas.into_iter().filter(|id| !may.contains(id));
    plan.stays.extend(may_not.map(|id| (id, Stays::NoRight)));
    Ok(plan)
}

/// What is to be held back: submissions that the asker may read; of a joined one, what it is joined
/// with.
pub(super) async fn held_back<C: ConnectionTrait>(
    conn: &C,
    scope: &Scope,
    ids: &[SubmissionId],
) -> Result<HashSet<SubmissionId>> {
    if ids.len() > MOST_HELD_BACK {
        let message = format!("{} are too many; hold back at most {MOST_HELD_BACK}.", ids.len());
        return Err(Refusal::new(Code::Invalid, "holdBackIds", message).into());
    }
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let rows = submissions::query::some_readable(conn, &scope.actor, ids).await?;
    let rows: HashMap<SubmissionId, SubmissionId> =
        rows.into_iter().map(|row| (row.id, row.canonical_id.unwrap_or(row.id))).collect();
    ids.iter().map(|id| rows.get(id).copied().or_not_found("holdBackIds")).collect()
}

/// The words, checked once for everybody: one text for each language, with fields that everybody has.
pub(super) fn words(given: &[Words]) -> Result<Vec<(String, String)>> {
    let refuse = |message: String| Err(Refusal::new(Code::Invalid, "messages", message).into());
    if given.is_empty() {
        return Ok(DEFAULTS.map(|(tag, text)| (tag.to_owned(), text.to_owned())).to_vec());
    }
    if given.len() > MOST_LANGUAGES {
        return refuse(format!("{} are too many; write at most {MOST_LANGUAGES}.", given.len()));
    }
    let mut texts: Vec<(String, String)> = Vec::with_capacity(given.len());
    for words in given {
        let language = fields::locale(&words.language, "messages")?;
        if texts.iter().any(|(known, _)| known.eq_ignore_ascii_case(&language)) {
            return refuse(format!("{language} is there twice. Keep one of the two."));
        }
        let limit = Limit::MESSAGE.called("messages");
        let text = entity::submissions::text::bounded(&words.text, limit).map_err(|refused| {
            let code = match refused {
                entity::submissions::text::TextRefusal::Empty { .. } => Code::Required,
                entity::submissions::text::TextRefusal::TooLong { .. } => Code::TooLong,
            };
            Refusal::new(code, "messages", format!("{language}: {refused}."))
        })?;
        if let Err(wrong) = ClosingText::read(&text) {
            return refuse(format!("{language}: {wrong}."));
        }
        texts.push((language, text));
    }
    Ok(texts)
}
