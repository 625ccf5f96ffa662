//! The verbs: join one submission into another, and take an announced joining back.

use entity::id::SubmissionId;
use entity::submissions::hold::Announce;
use entity::submissions::joining::{Goal, Party, Unjoinable, may_join};
use entity::submissions::phase::Phase;
use entity::submissions::submission;
use serde::Serialize;

use super::super::case::Case;
use super::super::decide::{self, Decided, Ruling};
use super::super::service::{self, Move, Reply};
use super::super::{policy, query};
use crate::kit::client_key::{Claim, ClientKey, claim};
use crate::kit::error::{Code, Error, OrNotFound as _, Refusal, Result};
use crate::kit::scope::{Scope, Tx};
use crate::submissions::joining::query as groups;
use crate::submissions::joining::service::{announced_line_of, line_of};
use crate::submissions::query::one_readable;
use crate::submissions::standing::standing;

/// A joining, as asked for.
#[derive(Clone, Debug, Serialize)]
pub struct Merge {
    /// The twin.
    pub id: SubmissionId,
    /// What it is joined into.
    pub into: SubmissionId,
    /// Words to the twin's author; a default text when there are none.
    pub message: Option<String>,
    /// How the words are found otherwise, and their language.
    pub reply: Reply,
    /// When to tell.
    pub announce: Announce,
    /// The version of the twin that the asker read.
    pub expected_version: Option<i32>,
}

/// The end of a joining, as asked for.
#[derive(Clone, Debug)]
pub struct Unmerge {
    /// The twin.
    pub id: SubmissionId,
    /// Words to the twin's author.
    pub message: Option<String>,
    /// How the words are found otherwise, and their language.
    pub reply: Reply,
    /// When to tell.
    pub announce: Announce,
    /// The version of the twin that the asker read.
    pub expected_version: Option<i32>,
}

/// "The same as that one": joins a submission into another.
///
/// # Errors
/// NOT_FOUND at `id` or `intoId`, FORBIDDEN, STALE_VERSION, STEP_NOT_ALLOWED with what is allowed,
/// INVALID at `intoId` (see [`Unjoinable`]), TOO_LONG at `message`, IDEMPOTENCY_KEY_REUSED.
pub async fn merge(scope: &Scope, cmd: Merge, client_key: Option<&str>) -> Result<Decided> {
    scope.actor.require_person()?;
    let key = ClientKey::of(client_key, &cmd)?;
    let mut tx = scope.begin().await?;
    groups::alone(&tx).await?;
    let result = cmd.id.to_string();
    if let Claim::Received(_) = claim(&tx, scope, key.as_ref(), &result).await? {
        let before = joined_before(&tx, scope, cmd.id).await?;
        return tx.commit(before).await;
    }
    let decided = merge_within(&mut tx, scope, cmd).await?;
    tx.commit(decided).await
}

/// What the same key made: the row as it is now, and the decision that joined it.
async fn joined_before(tx: &Tx, scope: &Scope, id: SubmissionId) -> Result<Decided> {
    let submission = query::locked(tx, &scope.actor, id).await?.or_not_found("id")?;
    let decision = query::latest_into(tx, id, Phase::Merged).await?.or_not_found("clientKey")?;
    Ok(Decided { submission, decision })
}

/// As [`merge`], in the caller's transaction. The caller asked to be alone with groups
/// (`submissions::joining::query::alone`) before it locked any row.
///
/// # Errors
/// As [`merge`].
pub async fn merge_within(tx: &mut Tx, scope: &Scope, cmd: Merge) -> Result<Decided> {
    if cmd.into < cmd.id {
        // One order for all who lock two rows.
        query::locked(tx, &scope.actor, cmd.into).await?;
    }
    let case = Case::open(tx, scope, cmd.id).await?;
    policy::may_move_at_all(case.letters(scope))?;
    case.expect(cmd.expected_version)?;
    let into = query::locked(tx, &scope.actor, cmd.into).await?.or_not_found("intoId")?;
    let step = service::step_of(&case, Phase::Merged, scope).map_err(at_id)?;
    check(tx, scope, (&case.row, &into)).await?;
    let asked = Move {
        message: cmd.message,
        reply: cmd.reply,
        announce: cmd.announce,
        ..Move::plain(cmd.id, Phase::Merged)
    };
    let ruling = service::ruling_of(tx, scope, &case, (step, asked)).await?;
    let ruling = Ruling { joins: Some(into.id), ..ruling };
    decide::carry_out(tx, scope, case, ruling).await
}

/// The law of the two, and that the asker reads what the twin will count with. What is decided and
/// still held is told to nobody by a refusal who does not work on it.
async fn check(
    tx: &Tx,
    scope: &Scope,
    (twin, into): (&submission::Model, &submission::Model),
) -> Result<()> {
    let line = line_of(tx, into).await?;
    let decided = Goals { into, root: &line.root, above: &line.above };
    let Some(refused) = decided.refuse(tx, scope, (twin, View::Decided)).await? else {
        return Ok(());
    };
    if works_on(tx, scope, into).await? && works_on(tx, scope, &line.root).await? {
        return Err(refused.into());
    }
    let announced = announced_line_of(tx, into).await?;
    let shown = Goals { into, root: &announced.root, above: &announced.above };
    let told = shown.refuse(tx, scope, (twin, View::Announced)).await?;
    Err(told.unwrap_or_else(|| not_now(into)).into())
}

async fn works_on(tx: &Tx, scope: &Scope, row: &submission::Model) -> Result<bool> {
    Ok(standing(tx, &scope.actor, row).await?.inside())
}

/// Which place of the other ones counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum View {
    /// What was decided.
    Decided,
    /// What everybody sees.
    Announced,
}

impl View {
    fn of(self, row: &submission::Model) -> Party<'_> {
        match self {
            Self::Decided => Party::from(row),
            Self::Announced => Party { phase: row.shown_phase, ..Party::from(row) },
        }
    }
}

/// What a twin is to count with.
struct Goals<'a> {
    into: &'a submission::Model,
    root: &'a submission::Model,
    above: &'a [SubmissionId],
}

impl Goals<'_> {
    async fn refuse(
        &self,
        tx: &Tx,
        scope: &Scope,
        (twin, view): (&submission::Model, View),
    ) -> Result<Option<Refusal>> {
        let Self { into, root, above } = *self;
        if root.id != into.id && one_readable(tx, &scope.actor, root.id).await?.is_none() {
            let need =
                format!("to read {}, with which {} is joined", root.reference, into.reference);
            let me = scope.actor.person();
            let recused = root.concerned_id.is_some() && root.concerned_id == me;
            return Ok(Some(if recused { not_now(into) } else { Refusal::forbidden(&need) }));
        }
        let goal = Goal { named: view.of(into), root: view.of(root), above };
        let may = may_join(Party::from(twin), goal, scope.actor.person());
        Ok(may.err().map(|refused| refusal(&refused)))
    }
}

/// Why is not for the asker to know, or not yet.
fn not_now(into: &submission::Model) -> Refusal {
    let message = format!(
        "Nothing can be joined into {} at the moment. Try again later, or join into another one.",
        into.reference
    );
    Refusal::new(Code::Invalid, "intoId", message)
}

fn refusal(refused: &Unjoinable) -> Refusal {
    let code = match refused {
        Unjoinable::OwnCanonical(_) => Code::Forbidden,
        _ => Code::Invalid,
    };
    Refusal::new(code, "intoId", refused.to_string())
}

/// The step was not named here: its refusal is about the submission.
fn at_id(error: Error) -> Error {
    match error {
        Error::Refusal(refusal) => Refusal { field: vec![String::from("id")], ..refusal }.into(),
        fault => fault,
    }
}

/// "These were not the same": an announced joining ends, and the twin stands where it stood before.
/// A reopening, and a decision like any other.
///
/// # Errors
/// NOT_FOUND at `id`, FORBIDDEN, STALE_VERSION, STEP_NOT_ALLOWED where nothing is joined, TOO_LONG;
/// INVALID at `message` where nobody was told of the joining.
pub async fn unmerge(scope: &Scope, cmd: Unmerge) -> Result<Decided> {
    scope.actor.require_person()?;
    let mut tx = scope.begin().await?;
    groups::alone(&tx).await?;
    let case = Case::open(&mut tx, scope, cmd.id).await?;
    policy::may_move_at_all(case.letters(scope))?;
    case.expect(cmd.expected_version)?;
    let before = case.position()?.stack().top().filter(|_| case.row.phase == Phase::Merged);
    let before = before.ok_or_else(|| {
        let cure = "This submission is joined with nothing, so there is nothing to take back.";
        Refusal::new(Code::StepNotAllowed, "id", cure)
    })?;
    let step = service::step_of(&case, before, scope).map_err(at_id)?;
    if case.row.shown_phase != Phase::Merged
        && (cmd.message.is_some() || cmd.reply.template.is_some())
    {
        let cure = "The author was never told of this joining, so there is nothing to say of its end. Leave the message out.";
        return Err(Refusal::new(Code::Invalid, "message", cure).into());
    }
    let asked = Move {
        message: cmd.message,
        reply: cmd.reply,
        announce: cmd.announce,
        ..Move::plain(cmd.id, before)
    };
    let ruling = service::ruling_of(&tx, scope, &case, (step, asked)).await?;
    let decided = decide::carry_out(&mut tx, scope, case, ruling).await?;
    tx.commit(decided).await
}
