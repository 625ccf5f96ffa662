//! "What came of it", for a person and for a site.

use async_graphql::{Context, ID, Object, SimpleObject};
use entity::id::UnitId;
use entity::instant::Day;

use crate::closing::service::came as service;
use crate::graphql::list::{count_wanted, some_id_at};
use crate::graphql::payload::{answer, answer_or_null};
use crate::graphql::scalars::Date;
use crate::identity::graphql::Unit;
use crate::kit::error::Result;
use crate::kit::page::PageArgs;
use crate::submissions::graphql::edges;
use crate::submissions::graphql::queries::SubmissionConnection;
use crate::submissions::graphql::row::Siblings;
use crate::submissions::graphql::types::Submission;
use crate::triage::causes::graphql::Cause;
use crate::triage::graphql::signed_in;

/// What came of what you sent in a time, each counted in one place, by what everybody sees.
#[derive(Clone, Debug, SimpleObject)]
pub struct WhatCameOfIt {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// How many you sent.
    pub sent: u32,
    /// Received, being looked at, asked about, or put off to a day.
    pub waiting: u32,
    /// A yes that is not done yet.
    pub under_way: u32,
    /// Done, or still working.
    pub done: u32,
    /// Not going ahead.
    pub declined: u32,
    /// Taken back by you.
    pub taken_back: u32,
    /// How many other people said "me too" to something of it.
    pub agreed: u32,
    /// The same in plain sentences, in your language.
    pub in_words: Vec<String>,
}

/// What came of what the asker sent.
pub(crate) async fn of_mine(
    ctx: &Context<'_>,
    (from, to): (Option<Date>, Option<Date>),
) -> Result<Option<WhatCameOfIt>> {
    let scope = signed_in(ctx)?;
    if scope.actor.person().is_none() {
        return Ok(None);
    }
    let (from, to) = service::days(scope, from.map(|it| it.0), to.map(|it| it.0))?;
    let came = service::of_mine(scope, (from, to)).await?;
    Ok(Some(WhatCameOfIt {
        from: from.into(),
        to: to.into(),
        sent: came.sent,
        waiting: came.waiting,
        under_way: came.under_way,
        done: came.done,
        declined: came.declined,
        taken_back: came.taken_back,
        agreed: came.agreed,
        in_words: came.sentences(&scope.actor.locale),
    }))
}

/// What changed at a site.
pub struct WhatChangedHere {
    site: UnitId,
    from: Day,
    to: Day,
}

/// What changed at a site in a time: no names, and no text but of what you may read.
#[Object]
impl WhatChangedHere {
    /// The site.
    async fn site(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Unit>> {
        answer_or_null(edges::unit(ctx, Some(self.site)).await)
    }

    /// First day.
    async fn from(&self) -> Date {
        self.from.into()
    }

    /// Last day.
    async fn to(&self) -> Date {
        self.to.into()
    }

    /// Ideas from there that are done, as far as you may read them; the newest first. Authors are named
    /// to themselves and to those who work on it, to nobody else.
    async fn ideas(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the front, at most 100; 25 when nothing is said.")]
        first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the back, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Option<async_graphql::Result<SubmissionConnection>> {
        let args = PageArgs { first, after, last, before };
        let about = (self.site, (self.from, self.to));
        let found =
            async { service::ideas(signed_in(ctx)?, about, (&args, count_wanted(ctx))).await };
        answer(found.await.map(|page| {
            let rows = Siblings::of(page.rows.iter().map(|(_, row)| row));
            rows.nameless.get_or_init(|| ());
            SubmissionConnection::of(page, Submission::among(rows))
        }))
    }

    /// Why things happened there that do not happen any more: causes that are resolved, as far as you
    /// may see them; at most 100, by name.
    async fn causes(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Vec<Cause>>> {
        let about = (self.site, (self.from, self.to));
        let found = async { service::causes(signed_in(ctx)?, about).await };
        answer(found.await.map(|rows| rows.into_iter().map(Cause).collect()))
    }
}

/// Queries.
#[derive(Default)]
pub struct CameQuery;

#[Object]
impl CameQuery {
    /// What changed at a site: ideas that are done, and causes that are resolved. For everybody who is
    /// signed in; each sees what they may read.
    async fn what_changed_here(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A unit of the site; your own site when left out.")] unit_id: Option<ID>,
        #[graphql(desc = "First day; a year before the last one when left out.")] from: Option<
            Date,
        >,
        #[graphql(desc = "Last day; today when left out.")] to: Option<Date>,
    ) -> Option<async_graphql::Result<WhatChangedHere>> {
        let found = async {
            let scope = signed_in(ctx)?;
            let unit = some_id_at::<UnitId>(unit_id.as_ref(), "unitId")?;
            let (from, to) = service::days(scope, from.map(|it| it.0), to.map(|it| it.0))?;
            Ok(WhatChangedHere { site: service::site(scope, unit).await?, from, to })
        };
        answer(found.await)
    }
}
