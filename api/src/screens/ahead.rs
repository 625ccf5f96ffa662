//! Which edges of a page of submissions are read with its rows.

use entity::clocks::clock;
use entity::closing::resolved_cause;
use entity::engagement::{follow, vote};
use entity::facts::fact;
use entity::identity::{person, unit, unit_closure};
use entity::journey::{journey, touchpoint};
use entity::programs::{label, program, setting, status};
use entity::submissions::submission::{self, Column};
use entity::submissions::{attachment, tag, twin_span, wording};
use entity::triage::{cause, cause_link};
use entity::workflow::decision;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ColumnTrait as _, Order, QueryFilter as _, QuerySelect as _, QueryTrait as _};

use super::query;
use super::selection::Selection;
use crate::clocks::query as clocks;
use crate::db::wide::{Columns, Form, Rows, Wide};
use crate::engagement::query as engagement;
use crate::kit::error::Result;
use crate::kit::scope::Scope;
use crate::submissions::joining::query as joining;
use crate::submissions::photos::query as photos;
use crate::submissions::query::visible_to;
use crate::triage::causes::policy::sees_all;
use crate::triage::causes::query as causes;
use crate::workflow::query as workflow;

/// Fields that tell the same to everybody who reads the row: nothing of where the asker stands.
const SAME_FOR_ALL: &[&str] = &[
    "__typename",
    "id",
    "reference",
    "kind",
    "title",
    "text",
    "customerWords",
    "language",
    "shownPhase",
    "unit",
    "function",
    "touchpoint",
    "program",
    "channel",
    "severity",
    "audience",
    "tags",
    "reach",
    "voteCount",
    "commentCount",
    "photoCount",
    "photos",
    "viewerHasVoted",
    "viewerFollows",
    "whoCanSee",
    "createdAt",
    "updatedAt",
    "version",
];

/// Fields that look at the canonical one of a twin.
const MIRRORED: &[&str] =
    &["phase", "shownPhase", "status", "canonicalReference", "viewerCan", "history"];

/// Where the edges stand in what is read; none for an edge that is not gone along.
#[derive(Default)]
pub(super) struct Edges {
    pub(super) texts: Option<Rows<wording::Entity>>,
    pub(super) revisions: Option<Rows<wording::Entity>>,
    pub(super) tags: Option<Rows<tag::Entity>>,
    pub(super) lineages: Option<Rows<unit_closure::Entity>>,
    pub(super) units: Option<Rows<unit::Entity>>,
    pub(super) units_around: Option<Rows<unit::Entity>>,
    pub(super) people: Option<Rows<person::Entity>>,
    pub(super) touchpoints: Option<Rows<touchpoint::Entity>>,
    pub(super) journeys: Option<Rows<journey::Entity>>,
    pub(super) programs: Option<Rows<program::Entity>>,
    pub(super) statuses: Option<Rows<status::Entity>>,
    pub(super) status_names: Option<Rows<label::Entity>>,
    pub(super) roots: Option<Rows<submission::Entity>>,
    pub(super) canonicals: Option<Rows<submission::Entity>>,
    pub(super) joined: Option<Rows<submission::Entity>>,
    pub(super) twins: Option<Columns>,
    pub(super) spans: Option<Rows<twin_span::Entity>>,
    pub(super) votes: Option<Rows<vote::Entity>>,
    pub(super) follows: Option<Rows<follow::Entity>>,
    pub(super) photos: Option<Rows<attachment::Entity>>,
    pub(super) links: Option<Rows<cause_link::Entity>>,
    pub(super) causes: Option<Rows<cause::Entity>>,
    pub(super) held: Option<Rows<resolved_cause::Entity>>,
    pub(super) linkers: Option<Rows<person::Entity>>,
    pub(super) clocks: Option<Rows<clock::Entity>>,
    pub(super) terms: Option<Columns>,
    pub(super) levels: Option<Rows<setting::Entity>>,
    pub(super) handovers: Option<Rows<fact::Entity>>,
    pub(super) handers: Option<Rows<person::Entity>>,
    pub(super) pending: Option<Rows<decision::Entity>>,
}

fn ascending(columns: impl IntoIterator<Item = Expr>) -> Vec<(Expr, Order)> {
    columns.into_iter().map(|column| (column, Order::Asc)).collect()
}

impl Edges {
    /// Adds to `wide` what is selected of the rows of the page.
    pub(super) fn of(wide: &mut Wide, row: &Selection<'_>, scope: &Scope) -> Result<Self> {
        let mut edges = Self::default();
        edges.words(wide, row)?;
        edges.places(wide, row)?;
        edges.labels(wide, row)?;
        edges.joined(wide, row, scope)?;
        edges.own(wide, row, scope)?;
        edges.causes(wide, row, scope)?;
        edges.times(wide, row)?;
        edges.work(wide, row, scope)?;
        Ok(edges)
    }

    fn words(&mut self, wide: &mut Wide, row: &Selection<'_>) -> Result<()> {
        if row.has(&["title", "text", "customerWords"]) {
            self.texts = Some(wide.rows(query::texts(), [])?);
        }
        if row.has(&["revisions"]) {
            let order = ascending([Expr::col(wording::Column::Revision)]);
            self.revisions = Some(wide.rows(query::revisions(), order)?);
        }
        if row.has(&["tags"]) {
            let order = ascending([Expr::col(tag::Column::Tag)]);
            self.tags = Some(wide.rows(query::tags(), order)?);
        }
        if row.has(&["photos"]) {
            let keys = [attachment::Column::CreatedAt, attachment::Column::Id];
            let ready = photos::ready_among(|of| of.in_subquery(query::on_page(Column::Id)));
            self.photos = Some(wide.rows(ready, ascending(keys.map(Expr::col)))?);
        }
        Ok(())
    }

    fn places(&mut self, wide: &mut Wide, row: &Selection<'_>) -> Result<()> {
        if row.has_beside(SAME_FOR_ALL) {
            let order = ascending([Expr::col(unit_closure::Column::Depth)]);
            self.lineages = Some(wide.rows(query::lineages(), order)?);
        }
        if row.has(&["unit", "function", "handover"]) {
            self.units = Some(wide.rows(query::units(), [])?);
        }
        if ["unit", "function"].iter().any(|unit| row.below(unit).has(&["site", "parent"])) {
            self.units_around = Some(wide.rows(query::units_around(), [])?);
        }
        if row.has(&["author", "assignee", "owner"]) {
            self.people = Some(wide.rows(query::people(), [])?);
        }
        let touchpoint = row.below("touchpoint");
        if touchpoint.is_there() {
            self.touchpoints = Some(wide.rows(query::touchpoints(), [])?);
        }
        if touchpoint.has(&["journey"]) {
            self.journeys = Some(wide.rows(query::journeys(), [])?);
        }
        if row.has(&["program"]) {
            self.programs = Some(wide.rows(query::programs(), [])?);
        }
        Ok(())
    }

    fn labels(&mut self, wide: &mut Wide, row: &Selection<'_>) -> Result<()> {
        let status = row.below("status");
        if status.is_there() {
            self.statuses = Some(wide.rows(query::statuses(), [])?);
        }
        if status.has(&["label", "labels"]) {
            let order = ascending([Expr::col(label::Column::Locale)]);
            self.status_names = Some(wide.rows(query::status_names(), order)?);
        }
        Ok(())
    }

    fn joined(&mut self, wide: &mut Wide, row: &Selection<'_>, scope: &Scope) -> Result<()> {
        if row.has(MIRRORED) {
            self.roots = Some(wide.rows(query::roots(), [])?);
        }
        if row.has(&["canonicalReference"]) {
            self.canonicals = Some(wide.rows(query::canonicals(), [])?);
        }
        if row.has(&["mergedInto"]) {
            let both = query::any_on_page([Column::MergedInto, Column::CanonicalId]);
            let readable = visible_to(&scope.actor).filter(Column::Id.in_subquery(both));
            self.joined = Some(wide.rows(readable, [])?);
        }
        if row.has(&["twinCount"]) {
            let columns = [("canonical_id", Form::Id), ("twins", Form::Long)];
            self.twins = Some(wide.columns(&columns, query::twins()));
        }
        if row.has(&["history"]) {
            let spans =
                joining::spans_among(&scope.actor, |of| of.in_subquery(query::twins_on_page()));
            let order = ascending([Expr::col(twin_span::Column::Since)]);
            self.spans = Some(wide.rows(spans, order)?);
        }
        Ok(())
    }

    fn own(&mut self, wide: &mut Wide, row: &Selection<'_>, scope: &Scope) -> Result<()> {
        let Some(me) = scope.actor.person() else { return Ok(()) };
        let page = || query::on_page(Column::Id);
        if row.has(&["viewerHasVoted"]) {
            let votes = engagement::votes_among(me, |of| of.in_subquery(page()));
            self.votes = Some(wide.rows(votes, [])?);
        }
        if row.has(&["viewerFollows"]) {
            let follows = engagement::follows_among(me, |of| of.in_subquery(page()));
            self.follows = Some(wide.rows(follows, [])?);
        }
        Ok(())
    }

    fn causes(&mut self, wide: &mut Wide, row: &Selection<'_>, scope: &Scope) -> Result<()> {
        let link = row.below("causes");
        if !link.is_there() {
            return Ok(());
        }
        let links = || causes::links_among(|of| of.in_subquery(query::on_page(Column::Id)));
        let keys = [cause_link::Column::CreatedAt, cause_link::Column::Id];
        self.links = Some(wide.rows(links(), ascending(keys.map(Expr::col)))?);
        if link.has(&["cause"]) {
            let linked = links().select_only().column(cause_link::Column::CauseId).into_query();
            let seen = cause::Column::Id.in_subquery(linked);
            self.causes = Some(wide.rows(causes::visible_to(&scope.actor).filter(seen), [])?);
            if link.below("cause").has(&["status"]) && !sees_all(&scope.actor) {
                let linked = links().select_only().column(cause_link::Column::CauseId).into_query();
                let held = causes::held_from(&scope.actor, scope.now, |of| of.in_subquery(linked));
                self.held = Some(wide.rows(held, [])?);
            }
        }
        if link.has(&["createdBy"]) {
            self.linkers = Some(wide.rows(query::linkers(links()), [])?);
        }
        Ok(())
    }

    fn work(&mut self, wide: &mut Wide, row: &Selection<'_>, scope: &Scope) -> Result<()> {
        if row.has(&["handover"]) {
            let handed =
                || workflow::hand_overs_among(|of| of.in_subquery(query::on_page(Column::Id)));
            let order = ascending([Expr::col(fact::Column::Seq)]);
            self.handovers = Some(wide.rows(handed(), order)?);
            self.handers = Some(wide.rows(query::doers(handed()), [])?);
        }
        if row.has(&["pendingDecision"]) {
            let held = decision::Column::Id.in_subquery(query::on_page(Column::PendingDecisionId));
            self.pending = Some(wide.rows(workflow::visible_to(&scope.actor).filter(held), [])?);
        }
        Ok(())
    }

    fn times(&mut self, wide: &mut Wide, row: &Selection<'_>) -> Result<()> {
        if row.has(&["clocks", "respondBy"]) {
            self.clocks = Some(wide.rows(query::clocks(), [])?);
        }
        if row.has(&["respondBy"]) {
            self.levels = Some(wide.rows(clocks::stored_levels(), [])?);
        }
        if row.has(&["clocks"]) {
            let units = query::on_page(Column::UnitId);
            let levels = clocks::levels_above(|unit| unit.in_subquery(units));
            self.terms = Some(wide.columns(&clocks::LEVEL, levels));
        }
        Ok(())
    }
}
