//! Surface of reply templates.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use entity::id::{ReasonId, ReplyId};
use entity::workflow::reply_fields::{ReplyField, Template};
use entity::workflow::{reply, reply_text};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ColumnTrait as _, Order, QueryFilter as _};
use uuid::Uuid;

use super::service::{self, InUse, NewReply, Text, UpdateReply};
use super::{policy, query};
use crate::graphql::list::{count_wanted, id_at, some_id_at};
use crate::graphql::patch::{change, try_change};
use crate::graphql::payload::{answer, answer_or_null, settle};
use crate::graphql::scalars::DateTime;
use crate::identity::graphql::Person;
use crate::kit::error::{Fault, Result};
use crate::kit::page::{Key, KeyValue, Keyset, PageArgs, page};
use crate::kit::scope::Scope;
use crate::programs::graphql::{Phase, Reason};
use crate::programs::loader::Programs;
use crate::submissions::graphql::edges;
use crate::submissions::service::Receipt;
use crate::triage::graphql::signed_in;
use crate::{payload, user_errors};

/// Words in one language.
#[derive(Clone, Debug, SimpleObject)]
pub struct ReplyText {
    /// Language, BCP 47.
    pub language: String,
    /// The words, with fields such as `{name}`.
    pub text: String,
}

/// A reply template with its texts.
#[derive(Clone)]
pub struct ReplyTemplate {
    row: reply::Model,
    texts: Arc<Vec<reply_text::Model>>,
}

impl ReplyTemplate {
    /// By id, through the door.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn by_id(scope: &Scope, id: &str) -> Result<Option<Self>> {
        let Ok(id) = id.parse::<ReplyId>() else { return Ok(None) };
        match query::one(&scope.db(), &scope.actor, id).await? {
            Some(row) => Self::of(scope, row).await.map(Some),
            None => Ok(None),
        }
    }

    async fn of(scope: &Scope, row: reply::Model) -> Result<Self> {
        let texts = query::texts_of(&scope.db(), &[row.id]).await?.remove(&row.id);
        Ok(Self { row, texts: Arc::new(texts.unwrap_or_default()) })
    }
}

/// Words to authors that come again and again, shared in the organisation. Fields are `{name}`
/// (the author's, read by the author alone; everybody else reads "colleague"), `{reference}`,
/// `{touchpoint}`, `{cause}` and `{date}`; `{{` and `}}` are braces.
#[Object]
impl ReplyTemplate {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        self.row.id.into()
    }

    /// What reviewers call it.
    async fn name(&self) -> &str {
        &self.row.name
    }

    /// The phase it belongs to; null when it fits every phase.
    async fn phase(&self) -> Option<Phase> {
        self.row.phase.map(Into::into)
    }

    /// The reason it belongs to.
    async fn reason(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Reason>> {
        answer_or_null(reason(ctx, self.row.reason_id).await)
    }

    /// The words in every language, languages in order.
    async fn texts(&self) -> Vec<ReplyText> {
        let texts = self.texts.iter();
        texts.map(|it| ReplyText { language: it.language.clone(), text: it.body.clone() }).collect()
    }

    /// Fields that any of its texts uses, without braces.
    async fn fields(&self) -> Vec<String> {
        let read = self.texts.iter().filter_map(|text| Template::read(&text.body).ok());
        let mut fields: Vec<ReplyField> = read.flat_map(|template| template.fields()).collect();
        fields.sort_unstable();
        fields.dedup();
        fields.iter().map(ToString::to_string).collect()
    }

    /// Who wrote it first.
    async fn created_by(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Person>> {
        answer_or_null(edges::person(ctx, self.row.created_by).await)
    }

    /// Whether it is out of use.
    async fn archived(&self) -> bool {
        self.row.archived_at.is_some()
    }

    /// Latest change.
    async fn updated_at(&self) -> DateTime {
        self.row.updated_at.into()
    }

    /// Counts up with every change; for `expectedVersion`.
    async fn version(&self) -> i32 {
        self.row.version
    }
}

async fn reason(ctx: &Context<'_>, id: Option<ReasonId>) -> Result<Option<Reason>> {
    let Some(id) = id else { return Ok(None) };
    let batches = ctx
        .data::<async_graphql::dataloader::DataLoader<Programs>>()
        .map_err(|_| Fault::internal("no batches of programmes"))?;
    Ok(batches.load_one(id).await?.map(Reason))
}

crate::connection!(ReplyTemplateConnection, ReplyTemplateEdge, ReplyTemplate, "reply templates");

user_errors!(ReplyUserError, ReplyErrorCode, "reply templates" {
    /// Without the right that this needs.
    Forbidden,
    /// Nothing with this id is there for you.
    NotFound,
    /// A value is missing.
    Required,
    /// A text is too long.
    TooLong,
    /// A value is not of the right form or range: an unknown field, a brace without its partner.
    Invalid,
    /// Another template in use has this name; `allowed` holds its id.
    Taken,
    /// It changed since it was read.
    StaleVersion,
    /// There are as many as there may be.
    InUse,
    /// The client key was used with other content.
    IdempotencyKeyReused,
});

payload!(
    /// The result of `replyTemplateCreate`.
    ReplyTemplateCreatePayload, ReplyUserError {
        /// The template.
        reply_template: ReplyTemplate,
        /// Whether the same client key had made it before.
        already_received: bool
    }
);
payload!(
    /// The result of `replyTemplateUpdate`.
    ReplyTemplateUpdatePayload, ReplyUserError {
        /// The template as it is now.
        reply_template: ReplyTemplate
    }
);

/// Words in one language.
#[derive(Clone, Debug, InputObject)]
pub struct ReplyTextInput {
    /// Language, BCP 47, for instance `en` or `es-MX`.
    pub language: String,
    /// The words, at most 2,000 characters. Fields: `{name}` `{reference}` `{touchpoint}` `{cause}`
    /// `{date}`; write `{{` and `}}` for braces.
    pub text: String,
}

/// A template to write.
#[derive(Clone, Debug, InputObject)]
pub struct ReplyTemplateCreateInput {
    /// What reviewers call it; at most 200 characters, unique among those in use.
    pub name: String,
    /// The phase it belongs to; left out, it fits every phase.
    pub phase: Option<Phase>,
    /// The reason it belongs to.
    pub reason_id: Option<ID>,
    /// The words, in at least one language.
    pub texts: Vec<ReplyTextInput>,
    /// The same key and content make one template, however often they arrive.
    pub client_key: Option<String>,
}

/// Changes to a template; what is left out stays, `null` clears.
#[derive(Clone, Debug, InputObject)]
pub struct ReplyTemplateUpdateInput {
    /// Which one.
    pub id: ID,
    /// The version that you read.
    pub expected_version: Option<i32>,
    /// Another name.
    pub name: Option<String>,
    /// Another phase.
    pub phase: MaybeUndefined<Phase>,
    /// Another reason.
    pub reason_id: MaybeUndefined<ID>,
    /// All texts anew.
    pub texts: Option<Vec<ReplyTextInput>>,
    /// True takes it out of use; what was answered with it stays.
    pub archived: Option<bool>,
}

/// Which templates are listed; every condition must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct ReplyTemplateFilter {
    /// Those of this phase, and those that fit every phase.
    pub phase: Option<Phase>,
    /// Those of this reason, and those of none.
    pub reason_id: Option<ID>,
    /// True: those out of use. False or left out: those in use.
    #[graphql(default)]
    pub archived: bool,
}

fn texts_of(texts: Vec<ReplyTextInput>) -> Vec<Text> {
    texts.into_iter().map(|it| Text { language: it.language, text: it.text }).collect()
}

impl ReplyTemplateUpdateInput {
    fn parsed(self) -> Result<UpdateReply> {
        Ok(UpdateReply {
            id: id_at(&self.id, "id")?,
            expected_version: self.expected_version,
            name: self.name,
            phase: change(self.phase, Into::into),
            reason: try_change(self.reason_id, |id| id_at(&id, "reasonId"))?,
            texts: self.texts.map(texts_of),
            in_use: self.archived.map(|gone| if gone { InUse::No } else { InUse::Yes }),
        })
    }
}

fn by_name() -> Keyset<reply::Model> {
    Keyset {
        name: String::from("reply:name"),
        keys: vec![
            Key {
                expr: Expr::col((reply::Entity, reply::Column::NameKey)),
                order: Order::Asc,
                value: |row| KeyValue::Text(row.name_key.clone()),
            },
            Key {
                expr: Expr::col((reply::Entity, reply::Column::Id)),
                order: Order::Asc,
                value: |row| KeyValue::Id(row.id.0),
            },
        ],
        shape: vec![KeyValue::Text(String::new()), KeyValue::Id(Uuid::nil())],
    }
}

async fn listed(
    ctx: &Context<'_>,
    filter: ReplyTemplateFilter,
    args: PageArgs,
) -> Result<ReplyTemplateConnection> {
    let scope = signed_in(ctx)?;
    policy::may_list(&scope.actor)?;
    let mut select = query::visible_to(&scope.actor);
    select = if filter.archived {
        select.filter(reply::Column::ArchivedAt.is_not_null())
    } else {
        select.filter(reply::Column::ArchivedAt.is_null())
    };
    if let Some(phase) = filter.phase {
        let phase: entity::submissions::phase::Phase = phase.into();
        select = select.filter(reply::Column::Phase.is_null().or(reply::Column::Phase.eq(phase)));
    }
    if let Some(reason) = some_id_at::<ReasonId>(filter.reason_id.as_ref(), "filter.reasonId")? {
        let of_none = reply::Column::ReasonId.is_null();
        select = select.filter(of_none.or(reply::Column::ReasonId.eq(reason)));
    }
    let page = page(&scope.db(), select, &by_name(), &args, count_wanted(ctx)).await?;
    let ids: Vec<ReplyId> = page.rows.iter().map(|(_, row)| row.id).collect();
    let texts: HashMap<_, _> = query::texts_of(&scope.db(), &ids)
        .await?
        .into_iter()
        .map(|(id, texts)| (id, Arc::new(texts)))
        .collect();
    Ok(ReplyTemplateConnection::of(page, |row| {
        let texts = texts.get(&row.id).cloned().unwrap_or_default();
        ReplyTemplate { row, texts }
    }))
}

/// Queries.
#[derive(Default)]
pub struct ReplyQuery;

#[Object]
impl ReplyQuery {
    /// Reply templates, by name. Needs REVIEWER, MANAGER, ADMIN or AUDITOR.
    async fn reply_templates(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones; those in use unless said otherwise.")] filter: Option<
            ReplyTemplateFilter,
        >,
        #[graphql(desc = "Rows from the front, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the back, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Option<async_graphql::Result<ReplyTemplateConnection>> {
        let args = PageArgs { first, after, last, before };
        answer(listed(ctx, filter.unwrap_or_default(), args).await)
    }
}

/// Mutations.
#[derive(Default)]
pub struct ReplyMutation;

#[Object]
impl ReplyMutation {
    /// Writes a reply template, shared in the organisation. Needs REVIEWER or ADMIN. Codes:
    /// FORBIDDEN, NOT_FOUND, REQUIRED, TOO_LONG, INVALID, TAKEN, IN_USE, IDEMPOTENCY_KEY_REUSED.
    async fn reply_template_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to write.")] input: ReplyTemplateCreateInput,
    ) -> Option<async_graphql::Result<ReplyTemplateCreatePayload>> {
        let done = async {
            let scope = signed_in(ctx)?;
            let new = NewReply {
                name: input.name,
                phase: input.phase.map(Into::into),
                reason: some_id_at(input.reason_id.as_ref(), "reasonId")?,
                texts: texts_of(input.texts),
            };
            let made = service::create(scope, new, input.client_key.as_deref()).await?;
            let already = made.receipt == Receipt::Already;
            Ok((ReplyTemplate::of(scope, made.reply).await?, already))
        };
        settle(done.await, |(reply, already)| ReplyTemplateCreatePayload::done(reply, already))
    }

    /// Changes a reply template, or takes it out of use; what was sent stays as it was. Needs
    /// REVIEWER or ADMIN. Codes: FORBIDDEN, NOT_FOUND, STALE_VERSION, REQUIRED, TOO_LONG, INVALID,
    /// TAKEN.
    async fn reply_template_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: ReplyTemplateUpdateInput,
    ) -> Option<async_graphql::Result<ReplyTemplateUpdatePayload>> {
        let done = async {
            let scope = signed_in(ctx)?;
            let row = service::update(scope, input.parsed()?).await?;
            ReplyTemplate::of(scope, row).await
        };
        settle(done.await, ReplyTemplateUpdatePayload::done)
    }
}
