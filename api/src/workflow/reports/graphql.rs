//! Reports: the button of staff, and the list of those who see to it.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object};
use entity::id::SubmissionId;
use entity::submissions::redaction;
use entity::workflow::report::{Column, Entity, Model};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, Order, QueryFilter as _};
use uuid::Uuid;

use super::query;
use super::service::{self, NewReport};
use crate::graphql::list::{count_wanted, id_at, some_id_at};
use crate::graphql::payload::{answer, settle};
use crate::graphql::scalars::DateTime;
use crate::kit::error::Result;
use crate::kit::page::{Key, KeyValue, Keyset, PageArgs, page};
use crate::payload;
use crate::submissions::graphql::row::{Row, Siblings};
use crate::submissions::graphql::types::Submission;
use crate::submissions::query as submissions;
use crate::submissions::service::Receipt;
use crate::triage::graphql::signed_in;
use crate::workflow::graphql::decisions::WorkflowUserError;
use crate::workflow::graphql::handling::ModerationReason;
use crate::workflow::handling::Aim;

/// What came of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::workflow::values::ReportResolution")]
pub enum ReportResolution {
    /// The submission was hidden.
    Hidden,
    /// The submission was locked.
    Locked,
    /// Somebody looked at it; nothing more is to be done.
    Closed,
}

/// That somebody thinks a submission, or a comment on it, should not stand there. Nobody is shown
/// who it was. For reviewers and moderators over the submission.
#[derive(Clone)]
pub struct Report {
    row: Model,
    about: Option<Arc<Row>>,
    note: Option<String>,
}

impl Report {
    /// A report as a reader of this language sees it, with the row that it is about.
    #[must_use]
    pub fn of(row: Model, about: Option<Arc<Row>>, locale: &str) -> Self {
        let note = row.note.as_deref().map(|note| redaction::shown(note, locale).into_owned());
        Self { row, about, note }
    }
}

/// That somebody thinks a submission, or a comment on it, should not stand there. Nobody is shown
/// who it was. For reviewers and moderators over the submission.
#[Object]
impl Report {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        self.row.id.into()
    }

    /// About what.
    async fn submission(&self) -> Option<Submission> {
        self.about.clone().map(Submission::on_page)
    }

    /// Id of the comment that it is about; null when it is about what the author wrote.
    async fn comment_id(&self) -> Option<ID> {
        self.row.comment_id.map(Into::into)
    }

    /// Why.
    async fn reason(&self) -> ModerationReason {
        self.row.reason.into()
    }

    /// More about it.
    async fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// When.
    async fn created_at(&self) -> DateTime {
        self.row.created_at.into()
    }

    /// What came of it; null while nobody has seen to it.
    async fn resolution(&self) -> Option<ReportResolution> {
        self.row.resolution.map(Into::into)
    }

    /// When somebody saw to it.
    async fn resolved_at(&self) -> Option<DateTime> {
        self.row.resolved_at.map(Into::into)
    }
}

crate::connection!(ReportConnection, ReportEdge, Report, "reports");

payload!(
    /// The result of `submissionReport`.
    SubmissionReportPayload, WorkflowUserError {
        /// Whether you had reported it before: nothing was added then.
        already_reported: bool
    }
);
payload!(
    /// The result of `submissionReportsClose`.
    SubmissionReportsClosePayload, WorkflowUserError {
        /// The submission.
        submission: Submission
    }
);

/// What you report.
#[derive(InputObject)]
pub struct SubmissionReportInput {
    /// Which submission.
    pub id: ID,
    /// The comment on it that you mean; left out, what its author wrote.
    pub comment_id: Option<ID>,
    /// Why.
    pub reason: ModerationReason,
    /// More about it, at most 500 characters; needed with OTHER. Reviewers and moderators read it,
    /// and nobody is told that it was you.
    pub note: Option<String>,
}

/// Reports that were looked at.
#[derive(InputObject)]
pub struct SubmissionReportsCloseInput {
    /// About which submission, its comments included.
    pub id: ID,
    /// The version that you read.
    pub expected_version: Option<i32>,
}

/// Which reports.
#[derive(Default, InputObject)]
pub struct ReportFilter {
    /// True: those that somebody saw to. False or left out: those that wait.
    #[graphql(default)]
    pub resolved: bool,
    /// Only those about this submission.
    pub submission_id: Option<ID>,
}

fn oldest_first() -> Keyset<Model> {
    Keyset {
        name: String::from("report:created"),
        keys: vec![
            Key {
                expr: Expr::col((Entity, Column::CreatedAt)),
                order: Order::Asc,
                value: |row| KeyValue::Int(row.created_at.micros()),
            },
            Key {
                expr: Expr::col((Entity, Column::Id)),
                order: Order::Asc,
                value: |row| KeyValue::Id(row.id.0),
            },
        ],
        shape: vec![KeyValue::Int(0), KeyValue::Id(Uuid::nil())],
    }
}

async fn listed(
    ctx: &Context<'_>,
    filter: ReportFilter,
    args: PageArgs,
) -> Result<ReportConnection> {
    let scope = signed_in(ctx)?;
    let mut select = query::visible_to(&scope.actor);
    select = if filter.resolved {
        select.filter(Column::Resolution.is_not_null())
    } else {
        select.filter(Column::Resolution.is_null())
    };
    let about = some_id_at::<SubmissionId>(filter.submission_id.as_ref(), "filter.submissionId")?;
    if let Some(id) = about {
        select = select.filter(Column::SubmissionId.eq(id));
    }
    let db = scope.db();
    let page = page(&db, select, &oldest_first(), &args, count_wanted(ctx)).await?;
    let mut ids: Vec<SubmissionId> = page.rows.iter().map(|(_, row)| row.submission_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let found = submissions::some_readable(&db, &scope.actor, &ids).await?;
    let siblings = Siblings::of(found.iter());
    let about: HashMap<SubmissionId, Arc<Row>> =
        found.into_iter().map(|it| (it.id, Row::among(it, siblings.clone()))).collect();
    Ok(ReportConnection::of(page, |row| {
        let about = about.get(&row.submission_id).cloned();
        Report::of(row, about, &scope.actor.locale)
    }))
}

/// Queries.
#[derive(Default)]
pub struct ReportQuery;

#[Object]
impl ReportQuery {
    /// What staff reported and you may see to, as reviewer or moderator over it: the oldest first;
    /// nothing for anybody else. Never about what you sent yourself, or what concerns you.
    async fn reports(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones; those that wait unless said otherwise.")] filter: Option<
            ReportFilter,
        >,
        #[graphql(desc = "Rows from the front, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the back, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Option<async_graphql::Result<ReportConnection>> {
        let args = PageArgs { first, after, last, before };
        answer(listed(ctx, filter.unwrap_or_default(), args).await)
    }
}

/// Mutations.
#[derive(Default)]
pub struct ReportMutation;

#[Object]
impl ReportMutation {
    /// Reports a submission, or a comment on it, that should not stand there. For whoever reads it;
    /// each person reports a thing once, and at most 20 things within 24 hours. Nobody is told who it
    /// was. Moderators over the unit are told in the app. Codes: FORBIDDEN, NOT_FOUND, REQUIRED,
    /// TOO_LONG, INVALID, TOO_MANY_ATTEMPTS.
    async fn submission_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What, and why.")] input: SubmissionReportInput,
    ) -> Option<async_graphql::Result<SubmissionReportPayload>> {
        let done = async {
            let new = NewReport {
                submission: id_at(&input.id, "id")?,
                comment: some_id_at(input.comment_id.as_ref(), "commentId")?,
                reason: input.reason.into(),
                note: input.note,
            };
            service::report(signed_in(ctx)?, new).await
        };
        settle(done.await, |done| SubmissionReportPayload::done(done.receipt == Receipt::Already))
    }

    /// Closes the reports about a submission and its comments that nobody has seen to yet: you have
    /// looked at them. (Hiding and locking settle them too.) Needs the reviewer's or moderator's
    /// right on it. Codes: FORBIDDEN, NOT_FOUND, STALE_VERSION.
    async fn submission_reports_close(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "About which submission.")] input: SubmissionReportsCloseInput,
    ) -> Option<async_graphql::Result<SubmissionReportsClosePayload>> {
        let done = async {
            let aim = Aim { id: id_at(&input.id, "id")?, expected_version: input.expected_version };
            service::close(signed_in(ctx)?, aim).await
        };
        settle(done.await, |row| SubmissionReportsClosePayload::done(Submission::of(row)))
    }
}
