//! All that a reviewer does with one submission, or with many, in one call.

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use entity::id::{PersonId, TypedId as _};

use super::decisions::{Announce, Decision, WorkflowUserError};
use super::handling::aim;
use crate::desk::graphql::load::{self, AssignmentWarning};
use crate::graphql::list::{at_most, id_at, some_id_at};
use crate::graphql::patch::{change, try_change};
use crate::graphql::payload::settle;
use crate::graphql::scalars::{Date, DateTime};
use crate::kit::change::Change;
use crate::kit::error::{Refusal, Result};
use crate::payload;
use crate::programs::graphql::Phase;
use crate::submissions::graphql::enums::{Audience, Kind, Severity, Size};
use crate::submissions::graphql::types::Submission;
use crate::triage::causes::graphql::verbs::{CauseCreateInput, causes_at};
use crate::triage::causes::graphql::{Cause, CauseLink, made};
use crate::triage::graphql::signed_in;
use crate::workflow::handling::Triage;
use crate::workflow::handling::bulk::{self, ForMany, MOST_AT_ONCE, Outcome};
use crate::workflow::handling::whole::{self, Causes, Handled, Plan};
use crate::workflow::service::{Move, Reply};

/// What becomes of the others when one of many fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "bulk::ErrorPolicy")]
pub enum BulkErrorPolicy {
    /// Nothing is done to any of them.
    RejectAll,
    /// The others are done.
    SkipFailed,
}

payload!(
    /// The result of `submissionTriage`.
    SubmissionTriagePayload, WorkflowUserError {
        /// The submission as it is now.
        submission: Submission,
        /// The decision that was made or is still held: none, or the one. It can be undone until it
        /// is announced.
        decisions: Vec<Decision>,
        /// The links that were not there before.
        links: Vec<CauseLink>,
        /// The causes that were named on the way: none, or the one.
        named: Vec<Cause>,
        /// What you should know about whom you gave it to; it was given all the same.
        warnings: Vec<AssignmentWarning>
    }
);
payload!(
    /// The result of `submissionsTriage`.
    SubmissionsTriagePayload, WorkflowUserError {
        /// What became of each, in the order of `ids`. With REJECT_ALL and a failure among them
        /// nothing was done: `userErrors` has the first failure, and each row its own.
        results: Vec<BulkResult>,
        /// What you should know about whom you gave them to; they were given all the same.
        warnings: Vec<AssignmentWarning>
    }
);
payload!(
    /// The result of `submissionsMove`.
    SubmissionsMovePayload, WorkflowUserError {
        /// What became of each, in the order of `ids`. With REJECT_ALL and a failure among them
        /// nothing was done: `userErrors` has the first failure, and each row its own.
        results: Vec<BulkResult>
    }
);

/// What became of one of many submissions.
#[derive(SimpleObject)]
pub struct BulkResult {
    /// The id that was sent.
    pub id: ID,
    /// The submission as it is now; null when nothing was done to it.
    pub submission: Option<Submission>,
    /// The decision that was made or is still held.
    pub decision: Option<Decision>,
    /// What a person can mend.
    pub user_errors: Vec<WorkflowUserError>,
}

/// What is put right; what is left out stays, `null` clears.
#[derive(Clone, InputObject)]
pub struct TriageCorrectionInput {
    /// The unit it is about, in use. Who reads it follows the new unit.
    pub unit_id: Option<ID>,
    /// Where on a journey.
    pub touchpoint_id: MaybeUndefined<ID>,
    /// How bad it is.
    pub severity: MaybeUndefined<Severity>,
    /// How much it would help.
    pub impact: MaybeUndefined<Size>,
    /// How much work it is.
    pub effort: MaybeUndefined<Size>,
    /// The next date that the author is promised, today or later.
    pub promised_on: MaybeUndefined<Date>,
    /// The person named as concerned, who is recused: reads nothing and acts in no capacity.
    pub concerned_id: MaybeUndefined<ID>,
    /// Idea or observation.
    pub kind: Option<Kind>,
    /// Who may read it.
    pub audience: Option<Audience>,
    /// The tags, all of them: at most 20 of at most 40 characters.
    pub tags: Option<Vec<String>>,
}

/// A step along the way.
#[derive(Clone, InputObject)]
pub struct TriageMoveInput {
    /// Where it is to go; the present phase to change only the label.
    pub to: Phase,
    /// A reason of the catalogue, by code or id. DECLINED and DEFERRED need one.
    pub reason: Option<String>,
    /// Words to the author, at most 2,000 characters. DECLINED, DEFERRED and NEEDS_INFO (the
    /// question) need them; IMPLEMENTED has a default text.
    pub message: Option<String>,
    /// A reply template in the place of the message: its fields are filled for the author now, in
    /// the author's language if the template has it.
    pub reply_template_id: Option<ID>,
    /// Language of `message`, BCP 47; your own unless said otherwise.
    pub message_language: Option<String>,
    /// The label inside the phase; the phase's own one unless said otherwise.
    pub status_id: Option<ID>,
    /// The day on which it is looked at again. DEFERRED needs one after today.
    pub wake_on: Option<Date>,
    /// When to tell; after the hold unless said otherwise.
    #[graphql(default_with = "Announce::AfterHold")]
    pub announce: Announce,
    /// The next date that the author is promised, today or later.
    pub promised_on: Option<Date>,
}

/// Links to causes. With a step they belong to its decision and are undone with it; alone they lead
/// where `causeLink` leads.
#[derive(Clone, InputObject)]
pub struct TriageLinkInput {
    /// To which causes, at most 20.
    #[graphql(default)]
    pub cause_ids: Vec<ID>,
    /// A cause to name on the way; not for many submissions at once.
    pub new_cause: Option<CauseCreateInput>,
    /// Why you think so, for those who work on it; at most 1,000 characters.
    pub note: Option<String>,
    /// Words to the author, where the link alone moves the submission.
    pub message: Option<String>,
    /// A reply template in the place of the message, where the link alone moves the submission.
    pub reply_template_id: Option<ID>,
    /// Language of `message`, BCP 47; your own unless said otherwise.
    pub message_language: Option<String>,
    /// When to tell, where the link alone moves the submission.
    #[graphql(default_with = "Announce::AfterHold")]
    pub announce: Announce,
}

/// What becomes of one submission. What is left out stays.
#[derive(InputObject)]
pub struct SubmissionTriageInput {
    /// Which submission.
    pub id: ID,
    /// The version that you read.
    pub expected_version: Option<i32>,
    /// What is put right, first of all.
    pub correct: Option<TriageCorrectionInput>,
    /// The step: accept, decline, ask the author, defer.
    #[graphql(name = "move")]
    pub step: Option<TriageMoveInput>,
    /// Why it happens.
    pub link: Option<TriageLinkInput>,
    /// Who is responsible for doing it; `null` for nobody any more.
    pub owner_id: MaybeUndefined<ID>,
    /// Which reviewer takes care of it; `null` puts it back into the pile.
    pub assignee_id: MaybeUndefined<ID>,
    /// Which function it goes to; `null` gives it back to its own unit.
    pub function_id: MaybeUndefined<ID>,
    /// Until when the queue leaves it out, at most a year ahead; `null` brings it back.
    pub snooze_until: MaybeUndefined<DateTime>,
}

/// What becomes of many submissions. What is left out stays.
#[derive(InputObject)]
pub struct SubmissionsTriageInput {
    /// Which submissions, at most 100.
    pub ids: Vec<ID>,
    /// What becomes of the others when one fails.
    #[graphql(default_with = "BulkErrorPolicy::RejectAll")]
    pub error_policy: BulkErrorPolicy,
    /// What is put right, first of all.
    pub correct: Option<TriageCorrectionInput>,
    /// The step: accept, decline, ask the author, defer.
    #[graphql(name = "move")]
    pub step: Option<TriageMoveInput>,
    /// Why they happen.
    pub link: Option<TriageLinkInput>,
    /// Who is responsible for doing it; `null` for nobody any more.
    pub owner_id: MaybeUndefined<ID>,
    /// Which reviewer takes care of them; `null` puts them back into the pile.
    pub assignee_id: MaybeUndefined<ID>,
    /// Which function they go to; `null` gives them back to their own units.
    pub function_id: MaybeUndefined<ID>,
    /// Until when the queue leaves them out, at most a year ahead; `null` brings them back.
    pub snooze_until: MaybeUndefined<DateTime>,
}

/// A step of many submissions.
#[derive(InputObject)]
pub struct SubmissionsMoveInput {
    /// Which submissions, at most 100.
    pub ids: Vec<ID>,
    /// What becomes of the others when one fails.
    #[graphql(default_with = "BulkErrorPolicy::RejectAll")]
    pub error_policy: BulkErrorPolicy,
    /// The step.
    #[graphql(name = "move")]
    pub step: TriageMoveInput,
}

impl TriageCorrectionInput {
    fn meant(self) -> Result<Triage> {
        let at = |field| format!("correct.{field}");
        Ok(Triage {
            unit: some_id_at(self.unit_id.as_ref(), &at("unitId"))?,
            touchpoint: try_change(self.touchpoint_id, |id| id_at(&id, &at("touchpointId")))?,
            severity: change(self.severity, Into::into),
            impact: change(self.impact, Into::into),
            effort: change(self.effort, Into::into),
            promised_on: change(self.promised_on, |day| day.0),
            concerned: try_change(self.concerned_id, |id| id_at(&id, &at("concernedId")))?,
            kind: self.kind.map(Into::into),
            audience: self.audience.map(Into::into),
            tags: self.tags,
        })
    }
}

impl TriageMoveInput {
    fn meant(self) -> Result<Move> {
        Ok(Move {
            id: entity::id::SubmissionId(uuid::Uuid::nil()),
            to: self.to.into(),
            expected_version: None,
            reason: self.reason,
            message: self.message,
            reply: Reply {
                template: some_id_at(self.reply_template_id.as_ref(), "move.replyTemplateId")?,
                language: self.message_language,
                cause: None,
            },
            status: some_id_at(self.status_id.as_ref(), "move.statusId")?,
            wake_on: self.wake_on.map(|day| day.0),
            announce: self.announce.into(),
            promised_on: self.promised_on.map(|day| day.0),
        })
    }
}

impl TriageLinkInput {
    fn meant(self) -> Result<Causes> {
        Ok(Causes {
            causes: causes_at(&self.cause_ids, "link.causeIds")?,
            new_cause: self.new_cause.map(CauseCreateInput::meant).transpose()?,
            note: self.note,
            message: self.message,
            reply: Reply {
                template: some_id_at(self.reply_template_id.as_ref(), "link.replyTemplateId")?,
                language: self.message_language,
                cause: None,
            },
            announce: self.announce.into(),
        })
    }
}

/// The parts of a plan that one and many submissions share.
struct Parts {
    correct: Option<TriageCorrectionInput>,
    step: Option<TriageMoveInput>,
    link: Option<TriageLinkInput>,
    owner: MaybeUndefined<ID>,
    assignee: MaybeUndefined<ID>,
    function: MaybeUndefined<ID>,
    snooze: MaybeUndefined<DateTime>,
}

impl Parts {
    fn plan(self) -> Result<Plan> {
        Ok(Plan {
            correct: self
                .correct
                .map(TriageCorrectionInput::meant)
                .transpose()?
                .unwrap_or_default(),
            decide: self.step.map(TriageMoveInput::meant).transpose()?,
            link: self.link.map(TriageLinkInput::meant).transpose()?,
            owner: try_change(self.owner, |id| id_at(&id, "ownerId"))?,
            assignee: try_change(self.assignee, |id| id_at(&id, "assigneeId"))?,
            function: try_change(self.function, |id| id_at(&id, "functionId"))?,
            snooze: change(self.snooze, |until| until.0),
        })
    }
}

/// What is to be told about whom a plan gives something to.
async fn warned(ctx: &Context<'_>, assignee: Change<PersonId>) -> Result<Vec<AssignmentWarning>> {
    load::warnings(signed_in(ctx)?, assignee.set()).await
}

async fn handled(
    ctx: &Context<'_>,
    input: SubmissionTriageInput,
) -> Result<(Handled, Vec<AssignmentWarning>)> {
    let aim = aim(&input.id, input.expected_version)?;
    let parts = Parts {
        correct: input.correct,
        step: input.step,
        link: input.link,
        owner: input.owner_id,
        assignee: input.assignee_id,
        function: input.function_id,
        snooze: input.snooze_until,
    };
    let plan = parts.plan()?;
    let assignee = plan.assignee;
    let handled = whole::handle(signed_in(ctx)?, aim, plan).await?;
    Ok((handled, warned(ctx, assignee).await?))
}

async fn many(
    ctx: &Context<'_>,
    (ids, policy): (&[ID], BulkErrorPolicy),
    parts: Parts,
) -> Result<Vec<Outcome>> {
    at_most(ids, MOST_AT_ONCE, "ids")?;
    let ids = ids.iter().map(|id| entity::id::SubmissionId::parse(&id.0).ok()).collect();
    let cmd = ForMany { ids, policy: policy.into(), plan: parts.plan()? };
    bulk::handle_many(signed_in(ctx)?, cmd).await
}

async fn many_warned(
    ctx: &Context<'_>,
    ids: (&[ID], BulkErrorPolicy),
    parts: Parts,
) -> Result<(Vec<Outcome>, Vec<AssignmentWarning>)> {
    let assignee = try_change(parts.assignee.clone(), |id| id_at(&id, "assigneeId"))?;
    let outcomes = many(ctx, ids, parts).await?;
    let given = outcomes.iter().any(Result::is_ok);
    let warnings = if given { warned(ctx, assignee).await? } else { Vec::new() };
    Ok((outcomes, warnings))
}

/// Rows in the order of the ids, and the first failure where it stopped everything.
fn results(
    (ids, policy): (Vec<ID>, BulkErrorPolicy),
    outcomes: Vec<Outcome>,
) -> (Vec<BulkResult>, Vec<WorkflowUserError>) {
    let failed = outcomes.iter().position(Result::is_err);
    let stopped = failed.filter(|_| policy == BulkErrorPolicy::RejectAll);
    let first = stopped.and_then(|at| outcomes.get(at)).and_then(|it| it.as_ref().err());
    let errors = first.and_then(|refusal| {
        let mut field = vec![String::from("ids"), stopped.unwrap_or_default().to_string()];
        field.extend(refusal.field.iter().filter(|field| *field != "id").cloned());
        let message = format!("Nothing was done to any of them. {}", refusal.message);
        WorkflowUserError::of(&Refusal { field, message, ..refusal.clone() })
    });
    let rows = ids.into_iter().zip(outcomes).map(|(id, outcome)| match outcome {
        Ok(handled) if stopped.is_none() => BulkResult {
            id,
            submission: Some(Submission::of(handled.submission)),
            decision: handled.decision.map(Decision),
            user_errors: Vec::new(),
        },
        outcome => BulkResult {
            id,
            submission: None,
            decision: None,
            user_errors: outcome
                .err()
                .as_ref()
                .and_then(WorkflowUserError::of)
                .into_iter()
                .collect(),
        },
    });
    (rows.collect(), errors.into_iter().collect())
}

/// Mutations.
#[derive(Default)]
pub struct WholeMutation;

#[Object]
impl WholeMutation {
    /// All that you do with one submission, in one go or not at all: put right, decide, link to
    /// causes (one of them named on the way), assign, hand over, set aside. Undoing the decision takes
    /// its links along; what was put right or assigned stays. Needs the reviewer's right on it; for a
    /// step alone see `allowedMoves`. Codes: FORBIDDEN, NOT_FOUND, STALE_VERSION, STEP_NOT_ALLOWED,
    /// REQUIRED, TOO_LONG, INVALID, TAKEN, IN_USE.
    async fn submission_triage(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which submission, and what becomes of it.")] input: SubmissionTriageInput,
    ) -> Option<async_graphql::Result<SubmissionTriagePayload>> {
        settle(handled(ctx, input).await, |(handled, warnings)| {
            let links = made(&handled.submission, handled.links);
            SubmissionTriagePayload::done(
                Submission::of(handled.submission),
                handled.decision.map(Decision).into_iter().collect(),
                links,
                handled.new_cause.map(Cause).into_iter().collect(),
                warnings,
            )
        })
    }

    /// The same for up to 100 submissions, with a result for each. The same id twice is done once
    /// and answered twice. Needs the reviewer's right on each. Codes: FORBIDDEN, NOT_FOUND,
    /// STEP_NOT_ALLOWED, REQUIRED, TOO_LONG, INVALID, TAKEN, IN_USE.
    async fn submissions_triage(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which submissions, and what becomes of them.")]
        input: SubmissionsTriageInput,
    ) -> Option<async_graphql::Result<SubmissionsTriagePayload>> {
        let parts = Parts {
            correct: input.correct,
            step: input.step,
            link: input.link,
            owner: input.owner_id,
            assignee: input.assignee_id,
            function: input.function_id,
            snooze: input.snooze_until,
        };
        let done = many_warned(ctx, (&input.ids, input.error_policy), parts).await;
        settle(done, |(outcomes, warnings)| {
            let (rows, user_errors) = results((input.ids, input.error_policy), outcomes);
            SubmissionsTriagePayload { results: Some(rows), warnings: Some(warnings), user_errors }
        })
    }

    /// Moves up to 100 submissions one step along their way, with a result for each. The same id
    /// twice is moved once and answered twice. Needs a right that the step asks for, on each. Codes:
    /// FORBIDDEN, NOT_FOUND, STEP_NOT_ALLOWED, REQUIRED, TOO_LONG, INVALID.
    async fn submissions_move(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which submissions, and the step.")] input: SubmissionsMoveInput,
    ) -> Option<async_graphql::Result<SubmissionsMovePayload>> {
        let parts = Parts {
            correct: None,
            step: Some(input.step),
            link: None,
            owner: MaybeUndefined::Undefined,
            assignee: MaybeUndefined::Undefined,
            function: MaybeUndefined::Undefined,
            snooze: MaybeUndefined::Undefined,
        };
        let done = many(ctx, (&input.ids, input.error_policy), parts).await;
        settle(done, |outcomes| {
            let (rows, user_errors) = results((input.ids, input.error_policy), outcomes);
            SubmissionsMovePayload { results: Some(rows), user_errors }
        })
    }
}
