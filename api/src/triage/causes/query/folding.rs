//! The links of causes that were merged: read as origins, written as what stands and what is put
//! aside (`entity::triage::folding`).
#![allow(clippy::disallowed_methods)] // part of a query.rs

use std::collections::{BTreeMap, HashMap, HashSet};

use entity::id::{CauseId, CauseLinkId, CauseMergeId, DecisionId, SubmissionId};
use entity::submissions::submission;
use entity::triage::folding::{self, Origin, Remembered, Seen, Settled, Standing};
use entity::triage::values::LinkFate;
use entity::triage::{cause_link, cause_merge, cause_merge_link};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::links::unconfirm;
use crate::kit::error::Result;

/// Submissions whose links are settled at a time.
const CHUNK: usize = 500;

/// A live cause and all merges that lead into it, in the order in which they were made.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    top: CauseId,
    merges: Vec<Standing>,
}

impl Tree {
    /// The tree below `top`. One statement for each merge that lies above another.
    pub(super) async fn of<C: ConnectionTrait>(conn: &C, top: CauseId) -> Result<Self> {
        let mut found: Vec<cause_merge::Model> = Vec::new();
        let mut level = vec![top];
        while !level.is_empty() {
            let below = cause_merge::Entity::find()
                .filter(cause_merge::Column::IntoId.is_in(level))
                .filter(cause_merge::Column::UndoneAt.is_null())
                .all(conn)
                .await?;
            level = below.iter().map(|merge| merge.cause_id).collect();
            level.retain(|id| found.iter().all(|known| known.cause_id != *id));
            found.extend(below);
        }
        found.sort_by_key(|merge| (merge.merged_at, merge.id));
        let merges = found
            .into_iter()
            .map(|row| Standing { merge: row.id, from: row.cause_id, into: row.into_id })
            .collect();
        Ok(Self { top, merges })
    }

    /// Two trees that become one by a merge.
    pub(super) fn joined(one: &Self, merge: Standing, other: &Self) -> Self {
        let mut merges = [one.merges.as_slice(), other.merges.as_slice()].concat();
        merges.push(merge);
        Self { top: merge.into, merges }
    }

    /// What a tree falls into when a merge is taken back: what lives on, and what comes back.
    pub(super) fn parted(&self, merge: Standing) -> [Self; 2] {
        let merges: Vec<Standing> =
            self.merges.iter().copied().filter(|it| it.merge != merge.merge).collect();
        [merge.into, merge.from].map(|top| Self { top, merges: folding::below(top, &merges) })
    }

    fn ids(&self) -> impl Iterator<Item = CauseMergeId> {
        self.merges.iter().map(|merge| merge.merge)
    }
}

/// Settles the links of these submissions anew, out of the trees of `before` into those of `after`.
pub(super) async fn settle<C: ConnectionTrait>(
    tx: &C,
    (before, after): (&[Tree], &[Tree]),
    submissions: &[SubmissionId],
) -> Result<()> {
    for part in submissions.chunks(CHUNK) {
        let found = Found::of(tx, (before, after), part).await?;
        let mut wanted = Wanted::default();
        for submission in part {
            wanted.add(&found, (before, after), *submission);
        }
        write(tx, &found, &wanted).await?;
    }
    Ok(())
}

/// All that is known of the links of some submissions.
struct Found {
    live: Vec<cause_link::Model>,
    kept: Vec<cause_merge_link::Model>,
    pending: HashMap<SubmissionId, DecisionId>,
}

impl Found {
    async fn of<C: ConnectionTrait>(
        conn: &C,
        (before, after): (&[Tree], &[Tree]),
        submissions: &[SubmissionId],
    ) -> Result<Self> {
        let ids = || submissions.iter().copied();
        let tops: HashSet<CauseId> = before.iter().chain(after).map(|tree| tree.top).collect();
        let live = cause_link::Entity::find()
            .filter(cause_link::Column::CauseId.is_in(tops))
            .filter(cause_link::Column::SubmissionId.is_in(ids()))
            .all(conn)
            .await?;
        let merges: Vec<CauseMergeId> = before.iter().flat_map(Tree::ids).collect();
        let kept = cause_merge_link::Entity::find()
            .filter(cause_merge_link::Column::MergeId.is_in(merges))
            .filter(cause_merge_link::Column::SubmissionId.is_in(ids()))
            .all(conn)
            .await?;
        let pending: Vec<(SubmissionId, Option<DecisionId>)> = submission::Entity::find()
            .select_only()
            .columns([submission::Column::Id, submission::Column::PendingDecisionId])
            .filter(submission::Column::Id.is_in(ids()))
            .filter(submission::Column::PendingDecisionId.is_not_null())
            .into_tuple()
            .all(conn)
            .await?;
        let pending = pending.into_iter().filter_map(|(id, held)| Some((id, held?))).collect();
        Ok(Self { live, kept, pending })
    }

    /// The links of one submission in one tree, by where they were made.
    fn origins(&self, tree: &Tree, submission: SubmissionId) -> HashMap<CauseId, Origin> {
        let live = self.live.iter().filter(|it| it.submission_id == submission);
        let shown = live.filter(|it| it.cause_id == tree.top).map(|it| it.id).next();
        let of_tree: HashSet<CauseMergeId> = tree.ids().collect();
        let remembered: Remembered = self
            .kept
            .iter()
            .filter(|it| it.submission_id == submission && of_tree.contains(&it.merge_id))
            .map(|it| ((it.merge_id, it.link_id), it.fate))
            .collect();
        let settled = Settled { shown, remembered };
        let made_by = self.made_by(submission);
        let held = self.pending.get(&submission).copied();
        folding::origins(tree.top, &tree.merges, &settled)
            .into_iter()
            .map(|(cause, link)| {
                let by = made_by.get(&link).copied().flatten();
                let seen = if by.is_some() && by == held { Seen::InsideOnly } else { Seen::ByAll };
                (cause, Origin { link, seen })
            })
            .collect()
    }

    fn made_by(&self, submission: SubmissionId) -> HashMap<CauseLinkId, Option<DecisionId>> {
        let live = self.live.iter().filter(|it| it.submission_id == submission);
        let kept = self.kept.iter().filter(|it| it.submission_id == submission);
        live.map(|it| (it.id, it.decision_id))
            .chain(kept.map(|it| (it.link_id, it.decision_id)))
            .collect()
    }

    /// A link as it was made, to stand at a cause.
    fn link(&self, id: CauseLinkId, at: CauseId) -> Option<cause_link::Model> {
        let live = self.live.iter().find(|it| it.id == id);
        live.map(|it| cause_link::Model { cause_id: at, ..it.clone() })
            .or_else(|| self.kept.iter().find(|it| it.link_id == id).map(|it| as_it_was(it, at)))
    }
}

/// What is to stand, and what is to be remembered.
#[derive(Default)]
struct Wanted {
    shown: BTreeMap<CauseLinkId, CauseId>,
    remembered: Remembered,
}

impl Wanted {
    fn add(&mut self, found: &Found, (before, after): (&[Tree], &[Tree]), of: SubmissionId) {
        let origins: HashMap<CauseId, Origin> =
            before.iter().flat_map(|tree| found.origins(tree, of)).collect();
        for tree in after {
            let settled = folding::settle(tree.top, &tree.merges, &origins);
            self.shown.extend(settled.shown.map(|link| (link, tree.top)));
            self.remembered.extend(settled.remembered);
        }
    }
}

/// Writes the difference: first what goes, then what moves, then what comes.
async fn write<C: ConnectionTrait>(tx: &C, found: &Found, wanted: &Wanted) -> Result<()> {
    let mut moved: BTreeMap<(CauseId, CauseId), Vec<CauseLinkId>> = BTreeMap::new();
    let mut gone = Vec::new();
    for link in &found.live {
        match wanted.shown.get(&link.id) {
            None => gone.push(link.id),
            Some(at) if *at == link.cause_id => {}
            Some(at) => moved.entry((link.cause_id, *at)).or_default().push(link.id),
        }
    }
    if !gone.is_empty() {
        let gone = cause_link::Column::Id.is_in(gone);
        cause_link::Entity::delete_many().filter(gone).exec(tx).await?;
    }
    for ((_, at), links) in moved {
        cause_link::Entity::update_many()
            .col_expr(cause_link::Column::CauseId, Expr::val(at))
            .filter(cause_link::Column::Id.is_in(links))
            .exec(tx)
            .await?;
    }
    let stands = |id| found.live.iter().any(|link| link.id == id);
    let back = wanted.shown.iter().filter(|(id, _)| !stands(**id));
    let back: Vec<cause_link::ActiveModel> =
        back.filter_map(|(id, at)| found.link(*id, *at)).map(Into::into).collect();
    if !back.is_empty() {
        cause_link::Entity::insert_many(back).exec_without_returning(tx).await?;
    }
    remember(tx, found, wanted).await
}

async fn remember<C: ConnectionTrait>(tx: &C, found: &Found, wanted: &Wanted) -> Result<()> {
    let mut stale: BTreeMap<CauseMergeId, Vec<CauseLinkId>> = BTreeMap::new();
    let mut known = HashSet::new();
    for row in &found.kept {
        if wanted.remembered.get(&(row.merge_id, row.link_id)) == Some(&row.fate) {
            known.insert((row.merge_id, row.link_id));
        } else {
            stale.entry(row.merge_id).or_default().push(row.link_id);
        }
    }
    for (merge, links) in stale {
        cause_merge_link::Entity::delete_many()
            .filter(cause_merge_link::Column::MergeId.eq(merge))
            .filter(cause_merge_link::Column::LinkId.is_in(links))
            .exec(tx)
            .await?;
    }
    let new = wanted.remembered.iter().filter(|(key, _)| !known.contains(key));
    let new: Vec<cause_merge_link::ActiveModel> = new
        .filter_map(|((merge, link), fate)| {
            // Where it stands is of no matter to what is remembered of it.
            let link = found.link(*link, CauseId(merge.0))?;
            Some(remembered(link, (*merge, *fate)).into())
        })
        .collect();
    if !new.is_empty() {
        cause_merge_link::Entity::insert_many(new).exec_without_returning(tx).await?;
    }
    Ok(())
}

fn remembered(
    link: cause_link::Model,
    (merge_id, fate): (CauseMergeId, LinkFate),
) -> cause_merge_link::Model {
    cause_merge_link::Model {
        merge_id,
        link_id: link.id,
        fate,
        submission_id: link.submission_id,
        source: link.source,
        created_by: link.created_by,
        note: link.note,
        decision_id: link.decision_id,
        created_at: link.created_at,
    }
}

fn as_it_was(link: &cause_merge_link::Model, cause: CauseId) -> cause_link::Model {
    cause_link::Model {
        id: link.link_id,
        submission_id: link.submission_id,
        cause_id: cause,
        source: link.source,
        created_by: link.created_by,
        note: link.note.clone(),
        decision_id: link.decision_id,
        created_at: link.created_at,
    }
}

/// Whether a merge remembers any link of this submission.
async fn is_remembered<C: ConnectionTrait>(conn: &C, id: SubmissionId) -> Result<bool> {
    let kept =
        cause_merge_link::Entity::find().filter(cause_merge_link::Column::SubmissionId.eq(id));
    Ok(kept.count(conn).await? > 0)
}

/// Forgets what merges into a live cause remember of the links of one submission: somebody said
/// that this is not why, whichever of them stood for the others.
pub(in crate::triage::causes) async fn forget<C: ConnectionTrait>(
    tx: &C,
    (submission, cause): (SubmissionId, CauseId),
) -> Result<()> {
    if !is_remembered(tx, submission).await? {
        return Ok(());
    }
    let merges: Vec<CauseMergeId> = Tree::of(tx, cause).await?.ids().collect();
    cause_merge_link::Entity::delete_many()
        .filter(cause_merge_link::Column::MergeId.is_in(merges))
        .filter(cause_merge_link::Column::SubmissionId.eq(submission))
        .exec(tx)
        .await?;
    Ok(())
}

/// Takes away the links that came with decisions that never were, also those that a merge of causes
/// has put aside. Where another link stood behind one of them, that one stands again.
///
/// # Errors
/// A fault of the database.
pub async fn unlink_decided<C: ConnectionTrait>(tx: &C, decisions: &[DecisionId]) -> Result<()> {
    unconfirm(tx, decisions).await?;
    let of_them = || decisions.iter().copied();
    let links = cause_link::Entity::find()
        .filter(cause_link::Column::DecisionId.is_in(of_them()))
        .order_by_asc(cause_link::Column::Id)
        .all(tx)
        .await?;
    if !links.is_empty() {
        let by_them = cause_link::Column::DecisionId.is_in(of_them());
        cause_link::Entity::delete_many().filter(by_them).exec(tx).await?;
    }
    cause_merge_link::Entity::delete_many()
        .filter(cause_merge_link::Column::DecisionId.is_in(of_them()))
        .exec(tx)
        .await?;
    for link in links {
        if is_remembered(tx, link.submission_id).await? {
            let trees = [Tree::of(tx, link.cause_id).await?];
            settle(tx, (&trees, &trees), &[link.submission_id]).await?;
        }
    }
    Ok(())
}
