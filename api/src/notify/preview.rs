//! "What would they read?": a reply as its author would get it by mail. The words come from
//! `workflow::replies`, the mail from here; nothing is sent and nothing is written.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::identity::person;
use entity::submissions::phase::Phase as Place;

use super::letter::{page_of, program_name, render};
use super::telling::{self, Loudness};
use super::templates::{Audience, Decision, Frame, Question, Rendered};
use super::words::Language;
use super::{links, query};
use crate::graphql::list::{id_at, some_id_at};
use crate::graphql::payload::answer;
use crate::graphql::scalars::Date;
use crate::kit::error::Result;
use crate::kit::scope::Scope;
use crate::programs::graphql::Phase;
use crate::triage::graphql::signed_in;
use crate::workflow::replies::preview::{self, Names, Preview, Previewed};

/// What is to be looked at: a template or a text, for one submission and one decision.
#[derive(Clone, Debug, InputObject)]
pub struct ReplyPreviewInput {
    /// About which submission.
    pub submission_id: ID,
    /// A reply template; or give `text`.
    pub reply_template_id: Option<ID>,
    /// A text with fields; or name a template. What comes back as `message` is what to send: others
    /// read that too, so `{name}` is for templates alone.
    pub text: Option<String>,
    /// Language of `text`, BCP 47; your own unless said otherwise.
    pub language: Option<String>,
    /// Where the decision would lead.
    pub to: Phase,
    /// A reason of the catalogue, by code or id.
    pub reason: Option<String>,
    /// The wake date of a deferral.
    pub wake_on: Option<Date>,
    /// A promised date.
    pub promised_on: Option<Date>,
}

/// A mail as its reader would see it.
#[derive(Clone, Debug, SimpleObject)]
pub struct MailPreview {
    /// The subject.
    pub subject: String,
    /// The text part.
    pub text: String,
    /// The HTML part. What people wrote is escaped in it.
    pub html: String,
    /// Language of what stands around the message, BCP 47.
    pub language: String,
}

/// What an author would be told.
#[derive(Clone, Debug, SimpleObject)]
pub struct ReplyPreview {
    /// The words, with their fields filled.
    pub message: String,
    /// Language of the words, BCP 47: the label of the message.
    pub language: String,
    /// Whether the words are in another language than the one the author asked for.
    pub is_fallback: bool,
    /// The mail, without the links that are for its reader alone. Null when no mail would tell of
    /// this step, or nobody is recorded as the author.
    pub mail: Option<MailPreview>,
}

fn asked(input: ReplyPreviewInput) -> Result<Preview> {
    Ok(Preview {
        submission: id_at(&input.submission_id, "submissionId")?,
        template: some_id_at(input.reply_template_id.as_ref(), "replyTemplateId")?,
        text: input.text,
        language: input.language,
        to: input.to.into(),
        reason: input.reason,
        wake_on: input.wake_on.map(|day| day.0),
        promised_on: input.promised_on.map(|day| day.0),
    })
}

/// The same language, whatever the region: `es` is read by who asked for `es-MX`.
fn speaks(language: &str, locale: &str) -> bool {
    let first = |tag: &str| tag.split(['-', '_']).next().map(str::to_lowercase);
    first(language) == first(locale)
}

async fn shown(scope: &Scope, found: &Previewed) -> Result<ReplyPreview> {
    let mail = match &found.author {
        Some(author) => mail_to(scope, author, found).await?,
        None => None,
    };
    let asked_for = found.author.as_ref().map(|author| author.locale.as_str());
    Ok(ReplyPreview {
        message: found.filled.text.clone(),
        language: found.filled.language.clone(),
        is_fallback: asked_for.is_some_and(|locale| !speaks(&found.filled.language, locale)),
        mail,
    })
}

/// The mail of one decision, unless the app alone would tell of it. The links that stop mails are
/// the reader's own, and left out; so is the name where the asker may not see it.
async fn mail_to(
    scope: &Scope,
    author: &person::Model,
    found: &Previewed,
) -> Result<Option<MailPreview>> {
    match telling::to_author(found.to, found.letter) {
        Some((_, Loudness::Mail)) => {}
        _ => return Ok(None),
    }
    let language = Language::best(&author.locale);
    let program = program_name(scope).await?;
    let preferences = links::preferences(&scope.house.config.public_url);
    let frame = Frame {
        language,
        program: &program,
        reader: (found.names == Names::Shown).then_some(author.name.as_str()),
        preferences: Some(&preferences),
        unsubscribe: None,
    };
    let rendered = rendered(scope, found, &frame).await?;
    Ok(Some(MailPreview {
        subject: rendered.subject,
        text: rendered.text,
        html: rendered.html,
        language: language.tag().to_owned(),
    }))
}

async fn rendered(scope: &Scope, found: &Previewed, frame: &Frame<'_>) -> Result<Rendered> {
    let db = scope.db();
    let title = query::wording(&db, found.row.text_id).await?.map(|wording| wording.title);
    let signed = match scope.actor.person() {
        Some(me) => query::person(&db, me).await?.map(|person| person.name),
        None => None,
    };
    let link = page_of(scope, &found.row);
    if found.to == Place::NeedsInfo {
        let mail = Question {
            reference: &found.row.reference,
            title: title.as_deref(),
            question: &found.filled.text,
            words_language: Some(&found.filled.language),
            signed: signed.as_deref(),
            link: &link,
        };
        return render(frame, &mail);
    }
    let languages = [frame.language.tag(), "en"];
    let reason = match found.reason {
        Some(id) => query::reason_label(&db, id, &languages).await?,
        None => None,
    };
    let mail = Decision {
        reference: &found.row.reference,
        title: title.as_deref(),
        kind: found.row.kind,
        phase: found.to,
        audience: Audience::Author,
        reason: reason.as_deref(),
        message: Some(&found.filled.text),
        words_language: Some(&found.filled.language),
        signed: signed.as_deref(),
        joined_with: None,
        next: found.date.or(found.row.promised_on).map(|day| day.0),
        also: None,
        link: &link,
    };
    render(frame, &mail)
}

async fn previewed(ctx: &Context<'_>, input: ReplyPreviewInput) -> Result<ReplyPreview> {
    let scope = signed_in(ctx)?;
    let found = preview::preview(scope, asked(input)?).await?;
    shown(scope, &found).await
}

/// Queries.
#[derive(Default)]
pub struct PreviewQuery;

#[Object]
impl PreviewQuery {
    /// What the author of a submission would be told, words and mail; changes nothing. Needs a
    /// right to decide on the submission. Refused, naming the field, where a template does not fit
    /// or one of its fields has no value.
    async fn reply_preview(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to look at.")] input: ReplyPreviewInput,
    ) -> Option<async_graphql::Result<ReplyPreview>> {
        answer(previewed(ctx, input).await)
    }
}
