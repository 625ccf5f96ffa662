//! Sending, editing, commenting.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};

use super::comments::{Comment, Names};
use super::enums::{Audience, Channel, CommentVisibility, Kind, Severity};
use super::objects::{Idea, Observation};
use super::parts::{PersonalDataHint, hints};
use super::types::Submission;
use crate::graphql::list::{id_at, some_id_at};
use crate::graphql::payload::settle;
use crate::kit::change::Change;
use crate::kit::error::{Error, Fault, Refusal, Result};
use crate::kit::scope::Scope;
use crate::programs::graphql::patch;
use crate::submissions::service::{self, Edit, NewComment, Receipt, Send, Sent};
use crate::{payload, user_errors};

user_errors!(SubmissionsUserError, SubmissionsErrorCode, "sending and editing" {
    /// Not signed in, or no longer.
    Unauthenticated,
    /// Signed in, but without the right.
    Forbidden,
    /// Nothing with this id is there for you.
    NotFound,
    /// A value is missing.
    Required,
    /// A text is too long.
    TooLong,
    /// A value is not of the right form or range.
    Invalid,
    /// It changed since it was read.
    StaleVersion,
    /// The phase machine does not allow this step.
    StepNotAllowed,
    /// The client key was used with other content.
    IdempotencyKeyReused,
    /// It can no longer be changed or added to.
    TooLate,
    /// It is joined with another one, and the two share this.
    InUse,
    /// Too much was sent in one person's name within a day.
    TooManyAttempts,
});

payload!(
    /// The result of `submissionSend`.
    SubmissionSendPayload, SubmissionsUserError {
        /// What was received.
        submission: Submission,
        /// True when this client key had arrived before: then nothing was made twice.
        already_received: bool,
        /// Places in the text that seem to hold personal data of others.
        hints: Vec<PersonalDataHint>
    }
);
payload!(
    /// The result of `ideaSubmit`.
    IdeaSubmitPayload, SubmissionsUserError {
        /// What was received.
        idea: Idea,
        /// True when this client key had arrived before: then nothing was made twice.
        already_received: bool,
        /// Places in the text that seem to hold personal data of others.
        hints: Vec<PersonalDataHint>
    }
);
payload!(
    /// The result of `observationSubmit`.
    ObservationSubmitPayload, SubmissionsUserError {
        /// What was received.
        observation: Observation,
        /// True when this client key had arrived before: then nothing was made twice.
        already_received: bool,
        /// Places in the text that seem to hold personal data of others.
        hints: Vec<PersonalDataHint>
    }
);
payload!(
    /// The result of `submissionEdit`.
    SubmissionEditPayload, SubmissionsUserError {
        /// The submission as it is now.
        submission: Submission
    }
);
payload!(
    /// The result of `submissionCorrectKind`.
    SubmissionCorrectKindPayload, SubmissionsUserError {
        /// The submission as it is now.
        submission: Submission
    }
);
payload!(
    /// The result of `commentAdd`.
    CommentAddPayload, SubmissionsUserError {
        /// The comment.
        comment: Comment,
        /// What it is on, as it is now.
        submission: Submission,
        /// True when this client key had arrived before: then nothing was made twice.
        already_received: bool
    }
);

/// What somebody saw, or what would help. Only the text is required.
#[derive(Clone, InputObject)]
pub struct SubmissionSendInput {
    /// What you saw, or what would help; at most 10,000 characters.
    pub text: String,
    /// A title, at most 120 characters; derived from the text when left out.
    pub title: Option<String>,
    /// Idea or observation; guessed from the words when left out.
    pub kind: Option<Kind>,
    /// The unit it is about; your home unit when left out.
    pub unit_id: Option<ID>,
    /// Where on a journey.
    pub touchpoint_id: Option<ID>,
    /// The programme or campaign; the standing one when left out.
    pub program_id: Option<ID>,
    /// How it came; told by the device when left out.
    pub channel: Option<Channel>,
    /// How bad it is.
    pub severity: Option<Severity>,
    /// The customer's own words, at most 10,000 characters.
    pub customer_words: Option<String>,
    /// Who may read it; everybody whom the rules admit when left out.
    pub audience: Option<Audience>,
    /// At most 10 tags of 40 characters.
    pub tags: Option<Vec<String>>,
    /// The person it is about, who then can neither read nor handle it.
    pub concerned_id: Option<ID>,
    /// Language of the words, for instance `es`.
    pub language: Option<String>,
    /// Staff code or address of the person on whose behalf it is sent: they are its author, they are told
    /// that it came in their name, and they may take it back. At most 100 a day for one person. Needs an
    /// API token with the scope submit-on-behalf, and the person must work in its units; send a
    /// `clientKey` with it, so that a repetition is not a second one.
    pub author_external_id: Option<String>,
    /// A fresh UUID for each thing that you send: the same key and content is received once.
    pub client_key: Option<String>,
}

/// An idea.
#[derive(Clone, InputObject)]
pub struct IdeaSubmitInput {
    /// What would help; at most 10,000 characters.
    pub text: String,
    /// A title, at most 120 characters; derived from the text when left out.
    pub title: Option<String>,
    /// The unit it is about; your home unit when left out.
    pub unit_id: Option<ID>,
    /// Where on a journey.
    pub touchpoint_id: Option<ID>,
    /// The programme or campaign; the standing one when left out.
    pub program_id: Option<ID>,
    /// How it came; told by the device when left out.
    pub channel: Option<Channel>,
    /// Who may read it; everybody whom the rules admit when left out.
    pub audience: Option<Audience>,
    /// At most 10 tags of 40 characters.
    pub tags: Option<Vec<String>>,
    /// The person it is about, who then can neither read nor handle it.
    pub concerned_id: Option<ID>,
    /// Language of the words, for instance `es`.
    pub language: Option<String>,
    /// Staff code or address of the person on whose behalf it is sent: they are its author, they are told
    /// that it came in their name, and they may take it back. At most 100 a day for one person. Needs an
    /// API token with the scope submit-on-behalf, and the person must work in its units; send a
    /// `clientKey` with it, so that a repetition is not a second one.
    pub author_external_id: Option<String>,
    /// A fresh UUID for each thing that you send: the same key and content is received once.
    pub client_key: Option<String>,
}

/// An observation.
#[derive(Clone, InputObject)]
pub struct ObservationSubmitInput {
    /// What you saw; at most 10,000 characters.
    pub text: String,
    /// A title, at most 120 characters; derived from the text when left out.
    pub title: Option<String>,
    /// The unit it is about; your home unit when left out.
    pub unit_id: Option<ID>,
    /// Where on a journey.
    pub touchpoint_id: Option<ID>,
    /// The programme or campaign; the standing one when left out.
    pub program_id: Option<ID>,
    /// How it came; told by the device when left out.
    pub channel: Option<Channel>,
    /// How bad it is.
    pub severity: Option<Severity>,
    /// The customer's own words, at most 10,000 characters.
    pub customer_words: Option<String>,
    /// Who may read it; everybody whom the rules admit when left out.
    pub audience: Option<Audience>,
    /// At most 10 tags of 40 characters.
    pub tags: Option<Vec<String>>,
    /// The person it is about, who then can neither read nor handle it.
    pub concerned_id: Option<ID>,
    /// Language of the words, for instance `es`.
    pub language: Option<String>,
    /// Staff code or address of the person on whose behalf it is sent: they are its author, they are told
    /// that it came in their name, and they may take it back. At most 100 a day for one person. Needs an
    /// API token with the scope submit-on-behalf, and the person must work in its units; send a
    /// `clientKey` with it, so that a repetition is not a second one.
    pub author_external_id: Option<String>,
    /// A fresh UUID for each thing that you send: the same key and content is received once.
    pub client_key: Option<String>,
}

impl From<IdeaSubmitInput> for SubmissionSendInput {
    fn from(input: IdeaSubmitInput) -> Self {
        Self {
            text: input.text,
            title: input.title,
            kind: Some(Kind::Idea),
            unit_id: input.unit_id,
            touchpoint_id: input.touchpoint_id,
            program_id: input.program_id,
            channel: input.channel,
            severity: None,
            customer_words: None,
            audience: input.audience,
            tags: input.tags,
            concerned_id: input.concerned_id,
            language: input.language,
            author_external_id: input.author_external_id,
            client_key: input.client_key,
        }
    }
}

impl From<ObservationSubmitInput> for SubmissionSendInput {
    fn from(input: ObservationSubmitInput) -> Self {
        Self {
            text: input.text,
            title: input.title,
            kind: Some(Kind::Observation),
            unit_id: input.unit_id,
            touchpoint_id: input.touchpoint_id,
            program_id: input.program_id,
            channel: input.channel,
            severity: input.severity,
            customer_words: input.customer_words,
            audience: input.audience,
            tags: input.tags,
            concerned_id: input.concerned_id,
            language: input.language,
            author_external_id: input.author_external_id,
            client_key: input.client_key,
        }
    }
}

/// Changes to what you sent; what is left out stays.
#[derive(InputObject)]
pub struct SubmissionEditInput {
    /// What.
    pub id: ID,
    /// The version that you read; refused when it moved on.
    pub expected_version: Option<i32>,
    /// New text, at most 10,000 characters.
    pub text: Option<String>,
    /// New title, at most 120 characters; null derives it from the text.
    pub title: MaybeUndefined<String>,
    /// The customer's own words; null takes them away.
    pub customer_words: MaybeUndefined<String>,
    /// How bad it is; null takes it away.
    pub severity: MaybeUndefined<Severity>,
    /// Where on a journey; null takes it away.
    pub touchpoint_id: MaybeUndefined<ID>,
    /// All tags anew, at most 10 of 40 characters.
    pub tags: Option<Vec<String>>,
}

/// The right kind of a submission.
#[derive(InputObject)]
pub struct SubmissionCorrectKindInput {
    /// What.
    pub id: ID,
    /// What it is.
    pub kind: Kind,
    /// The version that you read; refused when it moved on.
    pub expected_version: Option<i32>,
}

/// A comment to add.
#[derive(InputObject)]
pub struct CommentAddInput {
    /// On what.
    pub submission_id: ID,
    /// The words, at most 5,000 characters.
    pub text: String,
    /// Who sees it; everybody who reads the submission when left out.
    pub visibility: Option<CommentVisibility>,
    /// Who is to hear of it, at most 10 people: on the thread, of the unit, its reviewers and
    /// managers; each of them must be able to read the comment.
    #[graphql(default)]
    pub mention_ids: Vec<ID>,
    /// A fresh UUID for each thing that you send: the same key and content is received once.
    pub client_key: Option<String>,
}

fn scope<'a>(ctx: &Context<'a>) -> Result<&'a Scope> {
    Ok(ctx.data::<Scope>().map_err(|_| Fault::internal("no scope"))?)
}

/// What was sent, with the hints for its text.
async fn send(
    ctx: &Context<'_>,
    input: SubmissionSendInput,
) -> Result<(Sent, Vec<PersonalDataHint>)> {
    let hints = hints(entity::submissions::text::clean(&input.text).as_str());
    let key = input.client_key.clone();
    let cmd = Send {
        unit: some_id_at(input.unit_id.as_ref(), "unitId")?,
        touchpoint: some_id_at(input.touchpoint_id.as_ref(), "touchpointId")?,
        program: some_id_at(input.program_id.as_ref(), "programId")?,
        concerned: some_id_at(input.concerned_id.as_ref(), "concernedId")?,
        text: input.text,
        title: input.title,
        kind: input.kind.map(Into::into),
        channel: input.channel.map(Into::into),
        severity: input.severity.map(Into::into),
        customer_words: input.customer_words,
        audience: input.audience.map(Into::into),
        tags: input.tags.unwrap_or_default(),
        language: input.language,
        author_external_id: input.author_external_id,
    };
    let sent = service::send(scope(ctx)?, cmd, key.as_deref()).await?;
    Ok((sent, hints))
}

fn already(receipt: Receipt) -> bool {
    receipt == Receipt::Already
}

/// A twin that came back may have become the other kind since: then there is no such type to show.
fn other_kind() -> Error {
    let message =
        "This was received before, and its kind was put right since. Read it with `submission`.";
    Refusal::new(crate::kit::error::Code::Invalid, "clientKey", message).into()
}

async fn edit(ctx: &Context<'_>, input: SubmissionEditInput) -> Result<Submission> {
    let touchpoint = match input.touchpoint_id {
        MaybeUndefined::Value(id) => Change::Set(id_at(&id, "touchpointId")?),
        MaybeUndefined::Null => Change::Clear,
        MaybeUndefined::Undefined => Change::Keep,
    };
    let cmd = Edit {
        id: id_at(&input.id, "id")?,
        expected_version: input.expected_version,
        text: input.text,
        title: patch(input.title, |title| title),
        customer_words: patch(input.customer_words, |words| words),
        severity: patch(input.severity, Into::into),
        touchpoint,
        tags: input.tags,
    };
    Ok(Submission::of(service::edit(scope(ctx)?, cmd).await?))
}

async fn comment(ctx: &Context<'_>, input: CommentAddInput) -> Result<(Comment, Submission, bool)> {
    let new = NewComment {
        submission: id_at(&input.submission_id, "submissionId")?,
        text: input.text,
        visibility: input.visibility.unwrap_or(CommentVisibility::Public).into(),
        mentions: input
            .mention_ids
            .iter()
            .map(|id| id_at(id, "mentionIds"))
            .collect::<Result<_>>()?,
    };
    let done = service::comment(scope(ctx)?, new, input.client_key.as_deref()).await?;
    // The asker wrote it, so the name is theirs to see either way.
    let comment = Comment { row: done.comment, names: Names::Hidden };
    Ok((comment, Submission::of(done.submission), already(done.receipt)))
}

/// Mutations.
#[derive(Default)]
pub struct SubmissionMutation;

#[Object]
impl SubmissionMutation {
    /// Receives what somebody saw, or what would help: the one box of staff. Needs a sign-in, or
    /// an API token with the scope submit or submit-on-behalf. Codes: UNAUTHENTICATED, FORBIDDEN,
    /// REQUIRED, TOO_LONG, INVALID, NOT_FOUND, TOO_LATE, TOO_MANY_ATTEMPTS, IDEMPOTENCY_KEY_REUSED.
    async fn submission_send(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to send.")] input: SubmissionSendInput,
    ) -> Option<async_graphql::Result<SubmissionSendPayload>> {
        settle(send(ctx, input).await, |(sent, hints)| {
            let received = already(sent.receipt);
            SubmissionSendPayload::done(Submission::of(sent.submission), received, hints)
        })
    }

    /// Receives an idea. Needs a sign-in, or an API token with the scope submit or
    /// submit-on-behalf. Codes: UNAUTHENTICATED, FORBIDDEN, REQUIRED, TOO_LONG, INVALID, NOT_FOUND,
    /// TOO_LATE, TOO_MANY_ATTEMPTS, IDEMPOTENCY_KEY_REUSED.
    async fn idea_submit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The idea.")] input: IdeaSubmitInput,
    ) -> Option<async_graphql::Result<IdeaSubmitPayload>> {
        let done = send(ctx, input.into()).await.and_then(|(sent, hints)| {
            let received = already(sent.receipt);
            match Submission::of(sent.submission) {
                Submission::Idea(idea) => Ok((idea, received, hints)),
                Submission::Observation(_) => Err(other_kind()),
            }
        });
        settle(done, |(idea, received, hints)| IdeaSubmitPayload::done(idea, received, hints))
    }

    /// Receives an observation. Needs a sign-in, or an API token with the scope submit or
    /// submit-on-behalf. Codes: UNAUTHENTICATED, FORBIDDEN, REQUIRED, TOO_LONG, INVALID, NOT_FOUND,
    /// TOO_LATE, TOO_MANY_ATTEMPTS, IDEMPOTENCY_KEY_REUSED.
    async fn observation_submit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The observation.")] input: ObservationSubmitInput,
    ) -> Option<async_graphql::Result<ObservationSubmitPayload>> {
        let done = send(ctx, input.into()).await.and_then(|(sent, hints)| {
            let received = already(sent.receipt);
            match Submission::of(sent.submission) {
                Submission::Observation(observation) => Ok((observation, received, hints)),
                Submission::Idea(_) => Err(other_kind()),
            }
        });
        settle(done, |(observation, received, hints)| {
            ObservationSubmitPayload::done(observation, received, hints)
        })
    }

    /// Changes what you sent while nobody has taken it up; former words stay as revisions. Needs
    /// to be its author. Codes: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, TOO_LATE, STALE_VERSION,
    /// REQUIRED, TOO_LONG, INVALID.
    async fn submission_edit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: SubmissionEditInput,
    ) -> Option<async_graphql::Result<SubmissionEditPayload>> {
        settle(edit(ctx, input).await, SubmissionEditPayload::done)
    }

    /// Says that it is an idea, or an observation, after all. Needs to be its author while nobody
    /// has taken it up, or its reviewer. Codes: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, TOO_LATE,
    /// STALE_VERSION, STEP_NOT_ALLOWED, IN_USE (it is joined with another one).
    async fn submission_correct_kind(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it is.")] input: SubmissionCorrectKindInput,
    ) -> Option<async_graphql::Result<SubmissionCorrectKindPayload>> {
        let done = async {
            let kind = (input.kind.into(), input.expected_version);
            service::correct_kind(scope(ctx)?, id_at(&input.id, "id")?, kind).await
        };
        settle(done.await, |row| SubmissionCorrectKindPayload::done(Submission::of(row)))
    }

    /// Adds a comment: public ones need to read the submission, internal ones to work on it.
    /// Codes: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, TOO_LATE, REQUIRED, TOO_LONG, INVALID,
    /// IDEMPOTENCY_KEY_REUSED.
    async fn comment_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to say.")] input: CommentAddInput,
    ) -> Option<async_graphql::Result<CommentAddPayload>> {
        settle(comment(ctx, input).await, |(comment, submission, received)| {
            CommentAddPayload::done(comment, submission, received)
        })
    }
}
