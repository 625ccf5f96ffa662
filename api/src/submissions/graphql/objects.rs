//! `Idea` and `Observation`: one row and one list of fields, declared for both.

use super::comments::CommentConnection;
use super::edges::{
    author_of, batches, comments_of, follows, for_those_inside, has_voted, person_of, phase_for,
    photos, program_batches, revisions, scope, sender, status_for, told, touchpoint, unit_of,
    viewer_can, words,
};
use super::enums::{Audience, Channel, Kind, Severity, Size};
use super::handled::{self, Handover, Moderation};
use super::joined;
use super::parts::{ViewerCan, Wording};
use super::queries::SubmissionConnection;
use super::row::Row;
use super::similar::SimilarSubmission;
use super::timing;
use super::types::Submission;
use crate::clocks::graphql::Clock;
use crate::desk::graphql::load::{self, AssigneeChoice};
use crate::external::graphql::ExternalLink;
use crate::graphql::payload::{answer, answer_or_null};
use crate::graphql::scalars::{Date, DateTime};
use crate::identity::graphql::{Person, Unit};
use crate::implementation::graphql::copies::Adoption;
use crate::implementation::graphql::outcomes::Outcome;
use crate::implementation::graphql::people::Help;
use crate::implementation::graphql::plans::ActionPlan;
use crate::implementation::graphql::trials::Trial;
use crate::journey::graphql::Touchpoint;
use crate::kit::page::PageArgs;
use crate::programs::graphql::{Phase, Program, Status};
use crate::submissions::loader::TagsOf;
use crate::submissions::photos::graphql::Photo;
use crate::submissions::policy;
use crate::triage::causes::graphql::CauseLink;
use crate::workflow::graphql::decisions::{self, AllowedMove, Decision};
use crate::workflow::graphql::history::{self, HistoryConnection};
use crate::workflow::reports::graphql::Report;
use async_graphql::{Context, ID, Object};
use entity::workflow::values::ModerationAct;
use std::sync::Arc;

macro_rules! submission_objects {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(pub Arc<Row>);

        $(#[$doc])*
        #[Object]
        impl $name {
            /// Opaque id, the same whatever the kind becomes.
            pub(crate) async fn id(&self) -> ID {
                self.0.id.into()
            }

            /// What people call it, for instance `EAR-142`.
            pub(crate) async fn reference(&self) -> String {
                self.0.reference.clone()
            }

            /// Idea or observation.
            pub(crate) async fn kind(&self) -> Kind {
                self.0.kind.into()
            }

            /// Title, given or derived.
            pub(crate) async fn title(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<String>> {
                answer(words(ctx, &self.0).await.map(|words| told(ctx, &words.title)))
            }

            /// The text as its author wrote it.
            pub(crate) async fn text(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<String>> {
                answer(words(ctx, &self.0).await.map(|words| told(ctx, &words.body)))
            }

            /// The customer's own words, if there are any.
            pub(crate) async fn customer_words(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<String>> {
                let quoted = words(ctx, &self.0).await.map(|words| words.customer_words);
                answer_or_null(quoted.map(|words| words.map(|words| told(ctx, &words))))
            }

            /// Language of the words, when known.
            async fn language(&self) -> Option<&str> {
                self.0.language.as_deref()
            }

            /// All revisions of the words, oldest first, for the author and for those who work on
            /// it; the present one for everybody else.
            async fn revisions(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Vec<Wording>>> {
                answer(revisions(ctx, &self.0).await)
            }

            /// The decided phase for those who work on it, the shown one for everybody else.
            pub(crate) async fn phase(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Phase>> {
                answer(phase_for(ctx, &self.0).await)
            }

            /// The phase that was announced.
            pub(crate) async fn shown_phase(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Phase>> {
                answer(joined::shown(ctx, &self.0).await.map(|shown| shown.phase.into()))
            }

            /// The label inside the phase.
            pub(crate) async fn status(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Status>> {
                answer_or_null(status_for(ctx, &self.0).await)
            }

            /// Who sent it, where names are shown to you; null when nobody is recorded.
            pub(crate) async fn author(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Person>> {
                answer_or_null(author_of(ctx, &self.0).await)
            }

            /// The unit it is about.
            pub(crate) async fn unit(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Unit>> {
                answer_or_null(unit_of(ctx, &self.0, Some(self.0.unit_id)).await)
            }

            /// The function it was handed to.
            async fn function(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Unit>> {
                answer_or_null(unit_of(ctx, &self.0, self.0.function_id).await)
            }

            /// Where on a journey.
            pub(crate) async fn touchpoint(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Touchpoint>> {
                answer_or_null(touchpoint(ctx, &self.0).await)
            }

            /// Its programme.
            pub(crate) async fn program(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Program>> {
                let found = async {
                    let loader = program_batches(ctx)?.loader();
                    let found = self.0.page.programs.get(loader, self.0.program_id).await?;
                    Ok(found.map(Program))
                };
                answer_or_null(found.await)
            }

            /// How it came.
            pub(crate) async fn channel(&self) -> Channel {
                self.0.channel.into()
            }

            /// How bad it is.
            pub(crate) async fn severity(&self) -> Option<Severity> {
                self.0.severity.map(Into::into)
            }

            /// Who may read it.
            pub(crate) async fn audience(&self) -> Audience {
                self.0.audience.into()
            }

            /// Tags, in order.
            pub(crate) async fn tags(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Vec<String>>> {
                let found = async {
                    let loader = batches(ctx)?.loader();
                    let tags = self.0.page.tags.get(loader, TagsOf(self.0.id)).await?;
                    Ok(tags.unwrap_or_default())
                };
                answer(found.await)
            }

            /// The reviewer at work on it, for those who work on it.
            async fn assignee(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Person>> {
                let found = async {
                    let id = for_those_inside(ctx, &self.0, self.0.assignee_id).await?;
                    person_of(ctx, &self.0, id).await
                };
                answer_or_null(found.await)
            }

            /// Who is responsible for doing it, for those who work on it.
            async fn owner(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Person>> {
                let found = async {
                    let id = for_those_inside(ctx, &self.0, self.0.owner_id).await?;
                    person_of(ctx, &self.0, id).await
                };
                answer_or_null(found.await)
            }

            /// How much it would help, for those who work on it.
            async fn impact(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Size>> {
                let size = self.0.impact.map(Size::from);
                answer_or_null(for_those_inside(ctx, &self.0, size).await)
            }

            /// How much work it is, for those who work on it.
            async fn effort(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Size>> {
                let size = self.0.effort.map(Size::from);
                answer_or_null(for_those_inside(ctx, &self.0, size).await)
            }

            /// The next date that the author was promised; for others than those who work on it
            /// once nothing is held back.
            async fn promised_on(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Date>> {
                let day = self.0.promised_on.map(Date);
                if self.0.pending_decision_id.is_none() {
                    return day.map(Ok);
                }
                answer_or_null(for_those_inside(ctx, &self.0, day).await)
            }

            /// When a deferred one is looked at again.
            async fn wake_on(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Date>> {
                let day = self.0.wake_on.map(Date);
                if self.0.pending_decision_id.is_none() {
                    return day.map(Ok);
                }
                answer_or_null(for_those_inside(ctx, &self.0, day).await)
            }

            /// How long things may take with it, for those who work on it; by kind and round.
            pub(crate) async fn clocks(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Vec<Clock>>> {
                answer_or_null(timing::clocks(ctx, &self.0).await)
            }

            /// By when its author is answered, for the author and those who work on it: while nobody
            /// has answered, the time has not passed, and the organisation shows this promise.
            pub(crate) async fn respond_by(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<DateTime>> {
                answer_or_null(timing::respond_by(ctx, &self.0).await)
            }

            /// Until when the queue leaves it out, for those who work on it.
            pub(crate) async fn snoozed_until(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<DateTime>> {
                answer_or_null(handled::snoozed_until(ctx, &self.0).await)
            }

            /// To which function it was handed, and how far that is, for those who work on it.
            pub(crate) async fn handover(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Handover>> {
                answer_or_null(handled::handover(ctx, &self.0).await)
            }

            /// That it is hidden, and why, for those who work on it and moderators over it.
            pub(crate) async fn hidden(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Moderation>> {
                answer_or_null(handled::moderation(ctx, &self.0, ModerationAct::Hidden).await)
            }

            /// That it is locked, and why, for those who work on it and moderators over it.
            pub(crate) async fn locked(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Moderation>> {
                answer_or_null(handled::moderation(ctx, &self.0, ModerationAct::Locked).await)
            }

            /// What staff reported about it and its comments, oldest first, for its reviewers and
            /// moderators over it.
            pub(crate) async fn reports(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Vec<Report>>> {
                answer_or_null(handled::reports(ctx, &self.0).await)
            }

            /// What it was split from, for its author and those who work on it, where you may read
            /// that one.
            pub(crate) async fn split_from(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Submission>> {
                answer_or_null(handled::split_from(ctx, &self.0).await)
            }

            /// What was split from it, in order, for its author and those who work on it, as far as
            /// you may read it.
            pub(crate) async fn parts(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Vec<Submission>>> {
                answer(handled::parts(ctx, &self.0).await)
            }

            /// Reference of the one it was joined with.
            pub(crate) async fn canonical_reference(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<String>> {
                answer_or_null(joined::canonical_reference(ctx, &self.0).await)
            }

            /// The one that it was joined with, where you may read that one.
            pub(crate) async fn merged_into(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Submission>> {
                answer_or_null(joined::merged_into(ctx, &self.0).await)
            }

            /// How many were joined into it, for those who work on it.
            pub(crate) async fn twin_count(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<i64>> {
                answer_or_null(joined::twin_count(ctx, &self.0).await)
            }

            /// What was joined into it, for those who work on it, as far as you may read it.
            pub(crate) async fn twins(
                &self,
                ctx: &Context<'_>,
                #[graphql(desc = "Rows from the front, at most 100.")] first: Option<i32>,
                #[graphql(desc = "Behind this cursor.")] after: Option<String>,
                #[graphql(desc = "Rows from the back, at most 100.")] last: Option<i32>,
                #[graphql(desc = "Before this cursor.")] before: Option<String>,
            ) -> Option<async_graphql::Result<SubmissionConnection>> {
                let args = PageArgs { first, after, last, before };
                answer_or_null(joined::twins(ctx, &self.0, args).await)
            }

            /// What it might be joined with: the same touchpoint or unit first, then the most
            /// alike, and what is equally alike always in the same order. Needs the reviewer's right on it.
            pub(crate) async fn duplicate_candidates(
                &self,
                ctx: &Context<'_>,
                #[graphql(desc = "How many, at most 20; 5 unless said.")] first: Option<i32>,
            ) -> Option<async_graphql::Result<Vec<SimilarSubmission>>> {
                answer(joined::candidates(ctx, &self.0, first).await)
            }

            /// People behind it: whoever sent it or voted for it, each once, its twins included.
            pub(crate) async fn reach(&self) -> i32 {
                self.0.reach
            }

            /// Votes; never by name.
            pub(crate) async fn vote_count(&self) -> i32 {
                self.0.vote_count
            }

            /// Whether you voted for it.
            pub(crate) async fn viewer_has_voted(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<bool>> {
                answer(has_voted(ctx, &self.0).await)
            }

            /// Whether you follow it.
            pub(crate) async fn viewer_follows(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<bool>> {
                answer(follows(ctx, &self.0).await)
            }

            /// Photos that are there, oldest first; at most six.
            pub(crate) async fn photos(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Vec<Photo>>> {
                answer(photos(ctx, &self.0).await)
            }

            /// Photos that are there.
            pub(crate) async fn photo_count(&self) -> i32 {
                self.0.photo_count
            }

            /// Public comments.
            pub(crate) async fn comment_count(&self) -> i32 {
                self.0.comment_count
            }

            /// Comments that you may see, oldest first.
            pub(crate) async fn comments(
                &self,
                ctx: &Context<'_>,
                #[graphql(desc = "Rows from the front, at most 100.")] first: Option<i32>,
                #[graphql(desc = "Behind this cursor.")] after: Option<String>,
                #[graphql(desc = "Rows from the back, at most 100.")] last: Option<i32>,
                #[graphql(desc = "Before this cursor.")] before: Option<String>,
            ) -> Option<async_graphql::Result<CommentConnection>> {
                let args = PageArgs { first, after, last, before };
                answer(comments_of(ctx, &self.0, args).await)
            }

            /// Why it happens: links to root causes, oldest first.
            pub(crate) async fn causes(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Vec<CauseLink>>> {
                answer(crate::triage::causes::graphql::links(ctx, &self.0).await)
            }

            /// What is to be done about it, and how far that is.
            pub(crate) async fn plan(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<ActionPlan>> {
                answer_or_null(crate::implementation::graphql::plan(ctx, &self.0).await)
            }

            /// What was tried, the first one first, for those who see the items of its plan.
            pub(crate) async fn trials(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Vec<Trial>>> {
                answer(crate::implementation::graphql::trials(ctx, &self.0).await)
            }

            /// What it is to change, and did: confirmed ones, for those who see the items of its
            /// plan all.
            pub(crate) async fn outcomes(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Vec<Outcome>>> {
                answer(crate::implementation::graphql::outcomes(ctx, &self.0).await)
            }

            /// At which other sites it works; every offer to a site, for those who may offer it, and
            /// for those of the site.
            pub(crate) async fn adoptions(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Vec<Adoption>>> {
                answer(crate::implementation::graphql::copies::adoptions(ctx, &self.0).await)
            }

            /// The name of the integration that sent it, if one did; in its author's name, if it has
            /// an author.
            pub(crate) async fn sent_by(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<String>> {
                answer_or_null(sender(ctx, &self.0).await)
            }

            /// What it is called in other systems, for those who work on it, and for integrations
            /// with the scope external-links; empty for everybody else.
            pub(crate) async fn external_links(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Vec<ExternalLink>>> {
                answer(crate::external::graphql::links(ctx, &self.0).await)
            }

            /// Who helps with it.
            pub(crate) async fn help(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Help>> {
                answer(crate::implementation::graphql::help(ctx, &self.0).await)
            }

            /// The decision that is not announced yet, for those who work on it.
            pub(crate) async fn pending_decision(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Decision>> {
                answer_or_null(decisions::pending(ctx, &self.0).await)
            }

            /// The steps that you could take with it now.
            pub(crate) async fn allowed_moves(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Vec<AllowedMove>>> {
                answer(decisions::allowed_moves(ctx, &self.0).await)
            }

            /// To whom you may give it, by name, with their load; null when you may not.
            pub(crate) async fn assignee_choices(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<Vec<AssigneeChoice>>> {
                answer_or_null(load::choices(ctx, &self.0).await)
            }

            /// What happened to it, oldest first, as far as you may hear of it.
            pub(crate) async fn history(
                &self,
                ctx: &Context<'_>,
                #[graphql(desc = "Rows from the front, at most 100.")] first: Option<i32>,
                #[graphql(desc = "Behind this cursor.")] after: Option<String>,
                #[graphql(desc = "Rows from the back, at most 100.")] last: Option<i32>,
                #[graphql(desc = "Before this cursor.")] before: Option<String>,
            ) -> Option<async_graphql::Result<HistoryConnection>> {
                let args = PageArgs { first, after, last, before };
                answer(history::of(ctx, &self.0, args).await)
            }

            /// Who can see it, as a sentence in your language.
            pub(crate) async fn who_can_see(&self, ctx: &Context<'_>) -> String {
                let Ok(scope) = scope(ctx) else { return String::new() };
                let readers = policy::readers(&self.0, scope.actor.rules);
                readers.sentence(&scope.actor.locale).to_owned()
            }

            /// What you may do with it now.
            pub(crate) async fn viewer_can(
                &self,
                ctx: &Context<'_>,
            ) -> Option<async_graphql::Result<ViewerCan>> {
                answer(viewer_can(ctx, &self.0).await)
            }

            /// When it was received.
            pub(crate) async fn created_at(&self) -> DateTime {
                self.0.created_at.into()
            }

            /// Latest change.
            pub(crate) async fn updated_at(&self) -> DateTime {
                self.0.updated_at.into()
            }

            /// Counts up with every change of its content.
            pub(crate) async fn version(&self) -> i32 {
                self.0.version
            }
        }
    )+};
}

submission_objects!(
    /// What would help: something that somebody proposes.
    Idea,
    /// What was seen: something that went wrong, or well, for those whom we serve.
    Observation,
);
