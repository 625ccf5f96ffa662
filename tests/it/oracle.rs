//! An oracle of who reads what, written from docs/PRODUCT.md's sentences and not from the code:
//! it judges a plain model of the fixture, and every path of the API must agree with it.
//!
//! The submissions are laid as rows, because no verb reaches most of these states in one step.

use std::collections::{BTreeMap, BTreeSet};

use entity::id::{
    AttachmentId, CauseId, CauseLinkId, CommentId, DecisionId, GrantId, PersonId, ProgramId,
    StatusId, SubmissionId, TextId, UnitId,
};
use entity::identity::values::{PinState, Role, VoteFollows};
use entity::identity::{grant, person};
use entity::programs::{program, setting, status};
use entity::submissions::phase::{Kind, Phase, PhaseStack};
use entity::submissions::values::{AttachmentState, Audience, Channel, CommentVisibility};
use entity::submissions::{attachment, comment, submission, wording};
use entity::triage::values::{Category, CauseStatus, LinkSource};
use entity::triage::{cause, cause_link};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait, EntityTrait};
use serde_json::{Value, json};

use crate::kit::app::TestApp;
use crate::kit::client::Client;
use crate::on_both;

// ------------------------------------------------------------------------------- the oracle

/// A unit of the model: name, the one above, whether it is a site.
struct Unit {
    name: &'static str,
    above: Option<&'static str>,
    is_site: bool,
}

const fn unit(name: &'static str, above: Option<&'static str>, is_site: bool) -> Unit {
    Unit { name, above, is_site }
}

/// The units of the kit's small organisation, drawn a second time.
const UNITS: [Unit; 12] = [
    unit("root", None, false),
    unit("north", Some("root"), false),
    unit("south", Some("root"), false),
    unit("harbour", Some("north"), true),
    unit("hill", Some("north"), true),
    unit("lake", Some("south"), true),
    unit("ward", Some("harbour"), false),
    unit("desk", Some("harbour"), false),
    unit("kitchen", Some("hill"), false),
    unit("lab", Some("lake"), false),
    unit("it", Some("root"), false),
    unit("facilities", Some("root"), false),
];

/// The unit and everything above it, itself first.
fn upwards(unit: &'static str) -> Vec<&'static str> {
    let mut way = vec![unit];
    while let Some(above) =
        UNITS.iter().find(|it| it.name == way[way.len() - 1]).expect("a known unit").above
    {
        way.push(above);
    }
    way
}

/// "Own site" = nearest ancestor-or-self of kind SITE; a unit without one is its own site.
fn own_site(unit: &'static str) -> &'static str {
    let is_site = |name: &&str| UNITS.iter().any(|it| it.name == *name && it.is_site);
    upwards(unit).into_iter().find(is_site).unwrap_or(unit)
}

/// Somebody of the model.
#[derive(Clone, Copy, Debug)]
struct Who {
    name: &'static str,
    home: &'static str,
    /// Roles beside EMPLOYEE, each on a unit and all below it.
    grants: &'static [(Role, &'static str)],
}

impl Who {
    fn holds_over(&self, role: Role, unit: &'static str) -> bool {
        self.grants.iter().any(|(held, on)| *held == role && upwards(unit).contains(on))
    }
}

const fn who(
    name: &'static str,
    home: &'static str,
    grants: &'static [(Role, &'static str)],
) -> Who {
    Who { name, home, grants }
}

/// Everybody of the kit's organisation, drawn a second time, and a few whose roles cross.
const PEOPLE: [Who; 21] = [
    who("nurse", "ward", &[]),
    who("colleague", "desk", &[]),
    who("cook", "kitchen", &[]),
    who("chemist", "lab", &[]),
    who("reviewer", "harbour", &[(Role::Reviewer, "north")]),
    who("second_reviewer", "hill", &[(Role::Reviewer, "north")]),
    who("south_reviewer", "lake", &[(Role::Reviewer, "south")]),
    who("head", "root", &[(Role::Reviewer, "root")]),
    who("it_reviewer", "it", &[(Role::Reviewer, "it")]),
    who("manager", "harbour", &[(Role::Manager, "harbour")]),
    who("hill_manager", "hill", &[(Role::Manager, "hill")]),
    who("executive", "root", &[(Role::Executive, "root")]),
    who("moderator", "north", &[(Role::Moderator, "north")]),
    who("auditor", "root", &[(Role::Auditor, "root")]),
    who("admin", "root", &[(Role::Admin, "root")]),
    // Of this test alone.
    who("ward_manager", "desk", &[(Role::Manager, "ward")]),
    who("north_executive", "it", &[(Role::Executive, "north")]),
    who("south_moderator", "facilities", &[(Role::Moderator, "lake")]),
    who("two_hats", "kitchen", &[(Role::Manager, "lab"), (Role::Moderator, "harbour")]),
    who("it_manager", "it", &[(Role::Manager, "it")]),
    who("all_but_content", "facilities", &[(Role::Admin, "root"), (Role::Auditor, "root")]),
];

/// Who reads ideas among employees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Policy {
    OwnSiteThenOpen,
    OwnUnit,
    Everyone,
}

/// A submission of the model.
#[derive(Clone, Debug)]
struct Sub {
    what: &'static str,
    kind: Kind,
    unit: &'static str,
    /// The function it was handed over to.
    function: Option<&'static str>,
    author: Option<&'static str>,
    /// A reviewer or manager has opened it.
    opened: bool,
    cx_only: bool,
    /// A reviewer or moderator has hidden it.
    hidden: bool,
    phase: Phase,
    /// What those outside see, while a decision is pending.
    shown: Phase,
    concerned: Option<&'static str>,
    owner: Option<&'static str>,
    assignee: Option<&'static str>,
}

/// The rule, in the order of its sentences.
fn reads(asker: &Who, it: &Sub, policy: Policy) -> bool {
    // "The person named as concerned is recused … whatever the other rules say (authorship excepted)."
    if it.author == Some(asker.name) {
        return true;
    }
    if it.concerned == Some(asker.name) {
        return false;
    }
    if reviews(asker, it) || holds(asker, it) {
        return true;
    }
    // "CX team only" and WITHDRAWN: author, reviewers, owner and assignees.
    if it.cx_only || it.phase == Phase::Withdrawn {
        return false;
    }
    if asker.holds_over(Role::Manager, it.unit) {
        return true;
    }
    // Hidden: author, those inside, and moderators, who must be able to show it again.
    if it.hidden {
        return it.kind == Kind::Idea && asker.holds_over(Role::Moderator, it.unit);
    }
    it.kind == Kind::Idea && reads_idea(asker, it, policy)
}

fn reads_idea(asker: &Who, it: &Sub, policy: Policy) -> bool {
    let by_role = asker.holds_over(Role::Moderator, it.unit)
        || (it.opened && asker.holds_over(Role::Executive, it.unit));
    let as_employee = match policy {
        Policy::OwnSiteThenOpen => it.opened || own_site(asker.home) == own_site(it.unit),
        Policy::OwnUnit => asker.home == it.unit,
        Policy::Everyone => true,
    };
    by_role || as_employee
}

/// Reviewer of its unit, or of the function that it was handed over to: "reading stays".
fn reviews(asker: &Who, it: &Sub) -> bool {
    let of = |unit| asker.holds_over(Role::Reviewer, unit);
    of(it.unit) || it.function.is_some_and(of)
}

fn holds(asker: &Who, it: &Sub) -> bool {
    it.owner == Some(asker.name) || it.assignee == Some(asker.name)
}

/// Whether the decided phase and internal comments are for somebody: reviewers, managers, owner
/// and assignees. On an own submission a reviewer is no reviewer.
fn inside(asker: &Who, it: &Sub, policy: Policy) -> Option<bool> {
    let closed = it.cx_only || it.phase == Phase::Withdrawn;
    let manages = !closed && asker.holds_over(Role::Manager, it.unit);
    let judges = reviews(asker, it) && it.author != Some(asker.name);
    Some(reads(asker, it, policy) && (judges || holds(asker, it) || manages))
}

// ------------------------------------------------------------------------------ the fixture

fn base(what: &'static str, kind: Kind, unit: &'static str) -> Sub {
    Sub {
        what,
        kind,
        unit,
        function: None,
        author: None,
        opened: false,
        cx_only: false,
        hidden: false,
        phase: Phase::Submitted,
        shown: Phase::Submitted,
        concerned: None,
        owner: None,
        assignee: None,
    }
}

fn idea(what: &'static str, unit: &'static str) -> Sub {
    base(what, Kind::Idea, unit)
}

fn observation(what: &'static str, unit: &'static str) -> Sub {
    base(what, Kind::Observation, unit)
}

impl Sub {
    fn opened(self) -> Self {
        Self { opened: true, ..self }
    }
    fn cx_only(self) -> Self {
        Self { cx_only: true, ..self }
    }
    fn hidden(self) -> Self {
        Self { hidden: true, ..self }
    }
    fn by(self, author: &'static str) -> Self {
        Self { author: Some(author), ..self }
    }
    fn about(self, concerned: &'static str) -> Self {
        Self { concerned: Some(concerned), ..self }
    }
    fn owned(self, owner: &'static str) -> Self {
        Self { owner: Some(owner), ..self }
    }
    fn assigned(self, assignee: &'static str) -> Self {
        Self { assignee: Some(assignee), ..self }
    }
    fn handed_to(self, function: &'static str) -> Self {
        Self { function: Some(function), ..self }
    }
    fn in_phase(self, phase: Phase) -> Self {
        Self { phase, shown: phase, ..self }
    }
    /// Decided, not yet announced.
    fn held(self, phase: Phase) -> Self {
        Self { phase, ..self }
    }
}

/// One submission or more for every sentence of the rule, and for what sentences do to each other.
fn submissions() -> Vec<Sub> {
    use Phase::{Accepted, Declined, Implemented, Merged, UnderReview, Withdrawn};
    vec![
        idea("idea of a team", "ward").by("nurse"),
        idea("opened idea of a team", "ward").by("nurse").opened().in_phase(UnderReview),
        idea("idea of the team beside", "desk"),
        idea("idea of another site", "kitchen").by("cook"),
        idea("opened idea of another site", "kitchen").opened(),
        idea("idea of the south", "lab").by("chemist"),
        idea("opened idea of the south", "lab").opened().in_phase(Implemented),
        idea("idea of a site itself", "harbour"),
        idea("idea of a region", "north"),
        idea("idea of the whole", "root"),
        idea("idea of a function", "it"),
        idea("opened idea of a function", "it").opened(),
        observation("observation of a team", "ward").by("nurse"),
        observation("opened observation of a team", "ward").opened(),
        observation("observation of another site", "kitchen"),
        observation("observation of the south", "lab").by("cook"),
        observation("observation of a function", "it"),
        observation("observation of the whole", "root"),
        idea("CX only idea", "ward").by("nurse").cx_only(),
        idea("CX only opened idea", "ward").cx_only().opened(),
        observation("CX only observation", "ward").by("colleague").cx_only(),
        idea("CX only, owned from far away", "ward").cx_only().owned("cook"),
        idea("CX only, assigned from far away", "ward").cx_only().assigned("chemist"),
        observation("CX only, owned by its manager", "ward").cx_only().owned("manager"),
        idea("withdrawn idea", "ward").by("nurse").opened().in_phase(Withdrawn),
        observation("withdrawn observation", "ward").by("colleague").in_phase(Withdrawn),
        idea("withdrawn, owned and assigned", "ward")
            .opened()
            .in_phase(Withdrawn)
            .owned("cook")
            .assigned("chemist"),
        idea("about its manager", "ward").by("nurse").about("manager"),
        observation("about a reviewer", "ward").by("nurse").about("reviewer"),
        observation("about the head", "lab").about("head"),
        idea("opened, about a colleague", "ward").opened().about("colleague"),
        observation("about its own author", "ward").by("reviewer").about("reviewer"),
        observation("about its owner", "ward").about("manager").owned("manager"),
        observation("about its assignee", "ward")
            .about("second_reviewer")
            .assigned("second_reviewer"),
        idea("opened, about the executive", "ward").opened().about("executive"),
        idea("CX only, about a reviewer", "ward").cx_only().about("second_reviewer"),
        idea("withdrawn, about its owner", "ward").in_phase(Withdrawn).about("cook").owned("cook"),
        idea("handed to a function", "ward").by("nurse").handed_to("it"),
        observation("observation handed to a function", "ward").handed_to("it"),
        observation("CX only, handed over", "ward").cx_only().handed_to("it"),
        observation("handed over from the south", "lab").handed_to("it"),
        observation("handed over, about the function's reviewer", "lab")
            .handed_to("it")
            .about("it_reviewer"),
        observation("withdrawn, handed over", "lab").handed_to("it").in_phase(Withdrawn),
        observation("owned from the south", "ward").owned("chemist").in_phase(Accepted),
        observation("assigned from the south", "ward").assigned("south_reviewer"),
        observation("by a manager elsewhere", "lab").by("hill_manager"),
        idea("by a reviewer of its unit", "hill").by("second_reviewer"),
        observation("by the admin", "root").by("admin"),
        idea("declined but not announced", "ward").by("nurse").opened().held(Declined),
        observation("accepted but not announced", "kitchen").by("cook").held(Accepted),
        idea("declined but not announced, owned", "lab").owned("colleague").held(Declined),
        idea("hidden idea", "ward").by("nurse").opened().hidden(),
        idea("hidden idea of another site", "kitchen").by("cook").hidden(),
        idea("hidden, about its manager", "ward").by("nurse").about("manager").hidden(),
        idea("hidden, owned from far away", "desk").opened().owned("chemist").hidden(),
        observation("hidden observation", "ward").by("colleague").hidden(),
        idea("merged", "desk").by("colleague").opened().in_phase(Merged),
        idea("declined", "kitchen").in_phase(Declined),
    ]
}

/// What was laid: the model with its ids.
struct Laid {
    sub: Sub,
    id: SubmissionId,
    reference: String,
    public: CommentId,
    internal: CommentId,
}

struct World {
    people: BTreeMap<&'static str, PersonId>,
    laid: Vec<Laid>,
    /// A root cause that everything is linked to: the way back from it.
    cause: CauseId,
}

fn units(app: &TestApp) -> BTreeMap<&'static str, UnitId> {
    let o = &app.organisation;
    BTreeMap::from([
        ("root", o.root),
        ("north", o.north),
        ("south", o.south),
        ("harbour", o.harbour),
        ("hill", o.hill),
        ("lake", o.lake),
        ("ward", o.ward),
        ("desk", o.desk),
        ("kitchen", o.kitchen),
        ("lab", o.lab),
        ("it", o.it),
        ("facilities", o.facilities),
    ])
}

fn kit_people(app: &TestApp) -> BTreeMap<&'static str, PersonId> {
    let o = &app.organisation;
    BTreeMap::from([
        ("nurse", o.nurse),
        ("colleague", o.colleague),
        ("cook", o.cook),
        ("chemist", o.chemist),
        ("reviewer", o.reviewer),
        ("second_reviewer", o.second_reviewer),
        ("south_reviewer", o.south_reviewer),
        ("head", o.head),
        ("it_reviewer", o.it_reviewer),
        ("manager", o.manager),
        ("hill_manager", o.hill_manager),
        ("executive", o.executive),
        ("moderator", o.moderator),
        ("auditor", o.auditor),
        ("admin", o.admin),
    ])
}

/// Adds the people of this test alone.
pub async fn hire(app: &TestApp) -> BTreeMap<&'static str, PersonId> {
    let scope = app.system();
    let units = units(app);
    let mut people = kit_people(app);
    let tx = scope.begin().await.expect("a transaction");
    for new in PEOPLE {
        if people.contains_key(new.name) {
            continue;
        }
        let id = PersonId(scope.fresh_id());
        let row = person::ActiveModel {
            id: Set(id),
            name: Set(new.name.to_owned()),
            email: Set(None),
            email_key: Set(None),
            staff_code: Set(Some(new.name.to_uppercase())),
            home_unit_id: Set(units[new.home]),
            locale: Set("en".to_owned()),
            password_hash: Set(None),
            pin_hash: Set(None),
            pin_once: Set(PinState::None),
            vote_follows: Set(VoteFollows::Yes),
            bounced_at: Set(None),
            deactivated_at: Set(None),
            created_at: Set(scope.now),
            version: Set(1),
        };
        row.insert(&tx).await.expect("a person");
        for (role, unit) in new.grants {
            let row = grant::ActiveModel {
                id: Set(GrantId(scope.fresh_id())),
                person_id: Set(Some(id)),
                service_id: Set(None),
                role: Set(*role),
                unit_id: Set(units[unit]),
                granted_by: Set(None),
                created_at: Set(scope.now),
            };
            row.insert(&tx).await.expect("a grant");
        }
        people.insert(new.name, id);
    }
    tx.commit(()).await.expect("people are written");
    people
}

#[allow(clippy::disallowed_methods)] // a test looks at the catalogue
async fn lay(app: &TestApp) -> World {
    let people = hire(app).await;
    let (scope, units) = (app.system(), units(app));
    let statuses = status::Entity::find().all(&scope.db()).await.expect("status labels");
    let program = program::Entity::find().one(&scope.db()).await.expect("programmes");
    let program = program.expect("the standing programme").id;
    let tx = scope.begin().await.expect("a transaction");
    let mut laid = Vec::new();
    for (number, sub) in submissions().into_iter().enumerate() {
        let of = |phase| statuses.iter().find(|it| it.phase == phase).expect("a label").id;
        let row = Row {
            number,
            sub: &sub,
            at: scope.now.plus(number as i64),
            unit: units[sub.unit],
            function: sub.function.map(|it| units[it]),
            person: &|name: Option<&str>| name.map(|it| people[it]),
            statuses: (of(sub.phase), of(sub.shown)),
            program,
            ids: [(); 5].map(|()| scope.fresh_id()),
        };
        let written = row.write(&tx).await;
        laid.push(Laid { sub, ..written });
    }
    let cause = CauseId(scope.fresh_id());
    let row = cause::ActiveModel {
        id: Set(cause),
        parent_id: Set(None),
        name: Set("One cause of all".to_owned()),
        name_key: Set("one cause of all".to_owned()),
        category: Set(Category::Process),
        status: Set(CauseStatus::Suspected),
        owner_id: Set(None),
        owner_unit_id: Set(None),
        created_by: Set(None),
        created_at: Set(scope.now),
        version: Set(1),
        ..Default::default()
    };
    row.insert(&tx).await.expect("a cause");
    for it in &laid {
        let row = cause_link::ActiveModel {
            id: Set(CauseLinkId(scope.fresh_id())),
            submission_id: Set(it.id),
            cause_id: Set(cause),
            source: Set(LinkSource::Rule),
            created_by: Set(None),
            note: Set(None),
            decision_id: Set(None),
            created_at: Set(scope.now),
        };
        row.insert(&tx).await.expect("a link");
    }
    tx.commit(()).await.expect("submissions are written");
    World { people, laid, cause }
}

struct Row<'a> {
    number: usize,
    sub: &'a Sub,
    at: entity::instant::Instant,
    unit: UnitId,
    function: Option<UnitId>,
    person: &'a dyn Fn(Option<&str>) -> Option<PersonId>,
    statuses: (StatusId, StatusId),
    program: ProgramId,
    ids: [uuid::Uuid; 5],
}

impl Row<'_> {
    async fn write(&self, tx: &impl ConnectionTrait) -> Laid {
        let [id, text, public, internal, file] = self.ids;
        let (id, text) = (SubmissionId(id), TextId(text));
        let reference = format!("EAR-{}", 9_000 + self.number);
        self.submission(id, text, &reference).insert(tx).await.expect("a submission");
        let words = wording::ActiveModel {
            id: Set(text),
            submission_id: Set(id),
            revision: Set(1),
            title: Set(self.sub.what.to_owned()),
            body: Set(format!("The words of: {}.", self.sub.what)),
            customer_words: Set(None),
            created_at: Set(self.at),
            redacted_at: Set(None),
        };
        words.insert(tx).await.expect("words");
        let (public, internal) = (CommentId(public), CommentId(internal));
        self.comment(id, public, CommentVisibility::Public).insert(tx).await.expect("a comment");
        self.comment(id, internal, CommentVisibility::Internal)
            .insert(tx)
            .await
            .expect("a comment");
        self.photo(id, AttachmentId(file)).insert(tx).await.expect("a photo");
        Laid { sub: self.sub.clone(), id, reference, public, internal }
    }

    fn submission(
        &self,
        id: SubmissionId,
        text: TextId,
        reference: &str,
    ) -> submission::ActiveModel {
        let sub = self.sub;
        let audience = if sub.cx_only { Audience::CxTeamOnly } else { Audience::Everyone };
        submission::ActiveModel {
            id: Set(id),
            reference: Set(reference.to_owned()),
            kind: Set(sub.kind),
            phase: Set(sub.phase),
            shown_phase: Set(sub.shown),
            status_id: Set(self.statuses.0),
            shown_status_id: Set(self.statuses.1),
            phase_stack: Set(PhaseStack::default()),
            author_id: Set((self.person)(sub.author)),
            sent_by: Set(None),
            unit_id: Set(self.unit),
            function_id: Set(self.function),
            touchpoint_id: Set(None),
            program_id: Set(self.program),
            channel: Set(Channel::Web),
            severity: Set(None),
            audience: Set(audience),
            concerned_id: Set((self.person)(sub.concerned)),
            assignee_id: Set((self.person)(sub.assignee)),
            owner_id: Set((self.person)(sub.owner)),
            impact: Set(None),
            effort: Set(None),
            promised_on: Set(None),
            wake_on: Set(None),
            merged_into: Set(None),
            opened_at: Set(sub.opened.then_some(self.at)),
            text_id: Set(text),
            language: Set(None),
            vote_count: Set(0),
            comment_count: Set(1),
            photo_count: Set(1),
            pending_decision_id: Set((sub.phase != sub.shown).then_some(DecisionId(id.0))),
            second_look_at: Set(None),
            implemented_shown_at: Set(None),
            entered_at: Set(self.at),
            canonical_id: Set(None),
            reach: Set(1),
            due_at: Set(None),
            snoozed_until: Set(None),
            hidden_at: Set(sub.hidden.then_some(self.at)),
            locked_at: Set(None),
            split_from: Set(None),
            handover: Set(None),
            created_at: Set(self.at),
            updated_at: Set(self.at),
            version: Set(1),
        }
    }

    fn comment(
        &self,
        on: SubmissionId,
        id: CommentId,
        visibility: CommentVisibility,
    ) -> comment::ActiveModel {
        comment::ActiveModel {
            id: Set(id),
            submission_id: Set(on),
            author_id: Set(None),
            service_id: Set(None),
            visibility: Set(visibility),
            body: Set("A comment.".to_owned()),
            created_at: Set(self.at),
            redacted_at: Set(None),
        }
    }

    fn photo(&self, on: SubmissionId, id: AttachmentId) -> attachment::ActiveModel {
        attachment::ActiveModel {
            id: Set(id),
            submission_id: Set(on),
            state: Set(AttachmentState::Ready),
            file_name: Set(Some("photo.jpg".to_owned())),
            content_type: Set(Some("image/jpeg".to_owned())),
            byte_size: Set(Some(1)),
            width: Set(Some(1)),
            height: Set(Some(1)),
            digest: Set(None),
            created_by: Set(None),
            created_at: Set(self.at),
            expires_at: Set(self.at),
            ready_at: Set(Some(self.at)),
        }
    }
}

// ------------------------------------------------------------------------------- the walk

/// One person at the API, and what the oracle grants them.
struct Asker<'a> {
    who: &'a Who,
    client: Client,
    granted: BTreeSet<String>,
    mine: BTreeSet<String>,
}

async fn set_policy(app: &TestApp, policy: Policy) {
    let word = match policy {
        Policy::OwnSiteThenOpen => "OWN_SITE_THEN_OPEN",
        Policy::OwnUnit => "OWN_UNIT",
        Policy::Everyone => "EVERYONE",
    };
    let scope = app.system();
    let tx = scope.begin().await.expect("a transaction");
    let row = setting::ActiveModel {
        key: Set("read_policy".to_owned()),
        value: Set(word.to_owned()),
        updated_at: Set(scope.now),
    };
    let conflict = sea_orm::sea_query::OnConflict::column(setting::Column::Key)
        .update_column(setting::Column::Value)
        .to_owned();
    setting::Entity::insert(row)
        .on_conflict(conflict)
        .exec_without_returning(&tx)
        .await
        .expect("a setting");
    tx.commit(()).await.expect("the setting is written");
}

fn ids<'a>(nodes: impl IntoIterator<Item = &'a Value>) -> BTreeSet<String> {
    nodes.into_iter().filter_map(|it| it["id"].as_str()).map(str::to_owned).collect()
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

impl World {
    /// Fails with every difference between what was seen and what the oracle grants.
    fn compare(
        &self,
        asker: &Asker<'_>,
        path: &str,
        seen: &BTreeSet<String>,
        granted: &BTreeSet<String>,
    ) {
        let name = |id: &String| {
            let known = self.laid.iter().find(|it| it.id.to_string() == *id);
            known.map_or_else(
                || id.clone(),
                |it| format!("{} ({:?} of {})", it.sub.what, it.sub.kind, it.sub.unit),
            )
        };
        let wrong: Vec<String> = seen.difference(granted).map(name).collect();
        let missing: Vec<String> = granted.difference(seen).map(name).collect();
        assert!(
            wrong.is_empty() && missing.is_empty(),
            "{} by {path}: wrong grants {wrong:#?}, wrong denials {missing:#?}",
            asker.who.name
        );
    }

    fn of<'a>(&'a self, some: impl Fn(&Laid) -> bool + 'a) -> impl Iterator<Item = &'a Laid> + 'a {
        self.laid.iter().filter(move |it| some(it))
    }

    fn id_set(&self, some: impl Fn(&Laid) -> bool) -> BTreeSet<String> {
        self.of(some).map(|it| it.id.to_string()).collect()
    }

    async fn by_nodes(&self, asker: &Asker<'_>) {
        let all: Vec<String> = self.laid.iter().map(|it| it.id.to_string()).collect();
        let data = asker
            .client
            .ask("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({"ids": all}))
            .await;
        assert_eq!(array(&data["nodes"]).len(), all.len());
        self.compare(asker, "nodes", &ids(array(&data["nodes"])), &asker.granted);
    }

    /// `submission(by: ...)`, by id and by reference, and `node`: many in one document.
    async fn by_one(&self, asker: &Asker<'_>) {
        let ask = |field: &dyn Fn(&Laid) -> String, some: &[Laid]| -> String {
            let fields: String = some
                .iter()
                .enumerate()
                .map(|(at, it)| format!("a{at}: {} {{ id }} ", field(it)))
                .collect();
            format!("{{ {fields} }}")
        };
        let paths: [(&str, &dyn Fn(&Laid) -> String); 3] = [
            ("submission(by: {reference})", &|it| {
                format!("submission(by: {{reference: \"{}\"}})", it.reference)
            }),
            ("submission(by: {id})", &|it| format!("submission(by: {{id: \"{}\"}})", it.id)),
            ("node", &|it| format!("node(id: \"{}\")", it.id)),
        ];
        for (path, field) in paths {
            let mut seen = BTreeSet::new();
            for some in self.laid.chunks(25) {
                let data = asker.client.ask(&ask(field, some), json!({})).await;
                seen.extend(ids(data.as_object().expect("data").values()));
            }
            self.compare(asker, path, &seen, &asker.granted);
        }
    }

    async fn by_lists(&self, asker: &Asker<'_>) {
        let query = "{ submissions(first: 100) { ...S } mySubmissions(first: 100) { ...S }
            ideas(first: 100) { totalCount nodes { id } } observations(first: 100) { totalCount nodes { id } } }
            fragment S on SubmissionConnection { totalCount nodes { id } }";
        let data = asker.client.ask(query, json!({})).await;
        let of_kind = |kind| {
            self.id_set(|it| it.sub.kind == kind && asker.granted.contains(&it.id.to_string()))
        };
        let lists = [
            ("submissions", asker.granted.clone()),
            ("mySubmissions", asker.mine.clone()),
            ("ideas", of_kind(Kind::Idea)),
            ("observations", of_kind(Kind::Observation)),
        ];
        for (list, granted) in lists {
            self.compare(asker, list, &ids(array(&data[list]["nodes"])), &granted);
            assert_eq!(
                data[list]["totalCount"],
                json!(granted.len()),
                "{}: {list}.totalCount",
                asker.who.name
            );
        }
    }

    /// The way back from a root cause: it is there for whoever reads something linked to it, and
    /// shows them that and no more.
    async fn by_cause(&self, asker: &Asker<'_>) {
        let query = "query($id: ID!) { node(id: $id) { ... on Cause { submissions(first: 100) { totalCount nodes { id } } } } }";
        let data = asker.client.ask(query, json!({"id": self.cause.to_string()})).await;
        if data["node"].is_null() {
            assert!(
                asker.granted.is_empty(),
                "{} reads what is linked, not the cause",
                asker.who.name
            );
            return;
        }
        let submissions = &data["node"]["submissions"];
        self.compare(
            asker,
            "cause.submissions",
            &ids(array(&submissions["nodes"])),
            &asker.granted,
        );
        assert_eq!(submissions["totalCount"], json!(asker.granted.len()), "{}", asker.who.name);
    }

    /// Filters must not tell of rows, nor of what is decided about them, to those outside.
    async fn by_filters(
        &self,
        asker: &Asker<'_>,
        policy: Policy,
        units: &BTreeMap<&'static str, UnitId>,
    ) {
        let query = "query($f: SubmissionFilter) { submissions(first: 100, filter: $f) { totalCount nodes { id } } }";
        let visible = |it: &Laid| asker.granted.contains(&it.id.to_string());
        let phase = |it: &Laid| match inside(asker.who, &it.sub, policy) {
            Some(true) => Some(it.sub.phase),
            Some(false) => Some(it.sub.shown),
            None => (it.sub.phase == it.sub.shown).then_some(it.sub.phase),
        };
        for wanted in [Phase::Declined, Phase::Accepted, Phase::Submitted, Phase::Withdrawn] {
            let filter = json!({"phase": {"in": [wanted.to_string()]}});
            let data = asker.client.ask(query, json!({"f": filter})).await;
            let granted = self.id_set(|it| visible(it) && phase(it) == Some(wanted));
            self.compare(
                asker,
                &format!("phase: {wanted}"),
                &ids(array(&data["submissions"]["nodes"])),
                &granted,
            );
            assert_eq!(
                data["submissions"]["totalCount"],
                json!(granted.len()),
                "{}: {wanted}",
                asker.who.name
            );
        }
        for name in ["root", "north", "harbour", "lake", "it"] {
            let unit = units[name];
            let filter = json!({"unit": {"inSubtree": unit.to_string()}});
            let data = asker.client.ask(query, json!({"f": filter})).await;
            let granted = self.id_set(|it| visible(it) && upwards(it.sub.unit).contains(&name));
            self.compare(
                asker,
                &format!("unit: {name}"),
                &ids(array(&data["submissions"]["nodes"])),
                &granted,
            );
        }
        let all = self.id_set(visible);
        let data =
            asker.client.ask(query, json!({"f": {"not": {"and": [], "not": {"or": []}}}})).await;
        let seen = ids(array(&data["submissions"]["nodes"]));
        assert!(seen.is_subset(&all), "{}: a negation shows what is not granted", asker.who.name);
    }

    /// What stands in a submission that may be read: phases and comments.
    async fn by_content(&self, asker: &Asker<'_>, policy: Policy) {
        let query = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Submission { id phase shownPhase commentCount
            comments(first: 5) { totalCount nodes { id visibility } } } } }";
        for some in self.laid.chunks(25) {
            let wanted: Vec<String> = some.iter().map(|it| it.id.to_string()).collect();
            let data = asker.client.ask(query, json!({"ids": wanted})).await;
            for (it, node) in
                some.iter().zip(array(&data["nodes"])).filter(|(_, node)| !node.is_null())
            {
                let who = format!("{} at `{}`", asker.who.name, it.sub.what);
                assert_eq!(node["shownPhase"], json!(it.sub.shown.to_string()), "{who}");
                assert_eq!(node["commentCount"], 1, "{who}: public comments only are counted");
                let Some(inside) = inside(asker.who, &it.sub, policy) else { continue };
                let phase = if inside { it.sub.phase } else { it.sub.shown };
                assert_eq!(node["phase"], json!(phase.to_string()), "{who}: decided or shown");
                let mut comments = BTreeSet::from([it.public.to_string()]);
                comments.extend(inside.then(|| it.internal.to_string()));
                assert_eq!(ids(array(&node["comments"]["nodes"])), comments, "{who}: comments");
                assert_eq!(
                    node["comments"]["totalCount"],
                    json!(comments.len()),
                    "{who}: comments"
                );
            }
        }
    }

    /// Not yours = not there, to the byte.
    async fn by_absence(&self, asker: &Asker<'_>, app: &TestApp) {
        let nobody = SubmissionId(app.system().fresh_id()).to_string();
        let hidden = self.of(|it| !asker.granted.contains(&it.id.to_string()));
        let hidden: Vec<&Laid> = hidden.take(6).collect();
        let documents = [
            "query($id: ID!) { node(id: $id) { id } }",
            "query($id: ID!) { nodes(ids: [$id]) { id } }",
            "query($id: ID!) { submission(by: {id: $id}) { id title } }",
        ];
        for document in documents {
            let absent = raw(&asker.client, document, &nobody).await;
            // A handful tells as much as all: the sets were compared above.
            for it in &hidden {
                let there = raw(&asker.client, document, &it.id.to_string()).await;
                assert_eq!(there, absent, "{} at `{}`: {document}", asker.who.name, it.sub.what);
            }
        }
        let by_reference = "query($id: String!) { submission(by: {reference: $id}) { id title } }";
        let absent = raw(&asker.client, by_reference, "EAR-8999").await;
        for it in &hidden {
            assert_eq!(
                raw(&asker.client, by_reference, &it.reference).await,
                absent,
                "{}",
                it.sub.what
            );
        }
    }
}

/// Status and bytes of an answer.
async fn raw(client: &Client, query: &str, id: &str) -> (u16, String) {
    let body = json!({"query": query, "variables": {"id": id}});
    let request = client.request(reqwest::Method::POST, "/graphql").json(&body);
    let response = request.send().await.expect("the server answers");
    (response.status().as_u16(), response.text().await.expect("text"))
}

async fn walk(app: &TestApp, policy: Policy) {
    let world = lay(app).await;
    set_policy(app, policy).await;
    let units = units(app);
    for who in &PEOPLE {
        let asker = Asker {
            who,
            client: app.sign_in(world.people[who.name]).await,
            granted: world.id_set(|it| reads(who, &it.sub, policy)),
            mine: world.id_set(|it| it.sub.author == Some(who.name)),
        };
        world.by_nodes(&asker).await;
        world.by_one(&asker).await;
        world.by_lists(&asker).await;
        world.by_content(&asker, policy).await;
        world.by_cause(&asker).await;
        // What the policy does not touch is walked once.
        if policy == Policy::OwnSiteThenOpen {
            world.by_filters(&asker, policy, &units).await;
            world.by_absence(&asker, app).await;
        }
    }
    nobody_sees_anything(app, &world).await;
    integrations(app, &world).await;
}

/// INTEGRATION: its subtree with the scope `content`, and nothing without it.
async fn integrations(app: &TestApp, world: &World) {
    const NOBODY: Who = who("integration", "north", &[]);
    let admin = app.sign_in(app.organisation.admin).await;
    let within = |it: &Laid| {
        upwards(it.sub.unit).contains(&"north")
            && !it.sub.cx_only
            && !it.sub.hidden
            && it.sub.phase != Phase::Withdrawn
    };
    for (name, scopes) in
        [("Reader", json!(["CONTENT"])), ("Sender", json!(["SUBMIT", "PERSONAL"]))]
    {
        let granted = if name == "Reader" { world.id_set(within) } else { BTreeSet::new() };
        let client = crate::authz::integration(app, &admin, name, scopes).await.2;
        let asker = Asker { who: &NOBODY, client, granted, mine: BTreeSet::new() };
        world.by_nodes(&asker).await;
        world.by_one(&asker).await;
        world.by_cause(&asker).await;
        let all = "{ submissions(first: 100) { totalCount nodes { id } } }";
        if name == "Reader" {
            let list = asker.client.ask(all, json!({})).await["submissions"].clone();
            world.compare(&asker, "submissions", &ids(array(&list["nodes"])), &asker.granted);
            assert_eq!(list["totalCount"], json!(asker.granted.len()));
        } else {
            let answer = asker.client.send(all, json!({})).await;
            assert_eq!(
                (answer.code(), &answer.body["data"]["submissions"]),
                ("FORBIDDEN", &Value::Null)
            );
        }
        world.by_absence(&asker, app).await;
    }
}

async fn nobody_sees_anything(app: &TestApp, world: &World) {
    let all: Vec<String> = world.laid.iter().map(|it| it.id.to_string()).collect();
    let anybody = app.anybody();
    let answer =
        anybody.send("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({"ids": all})).await;
    assert!(!answer.body.to_string().contains("sub_"), "{}", answer.body);
    for list in ["submissions", "ideas", "observations", "mySubmissions"] {
        let answer =
            anybody.send(&format!("{{ {list} {{ totalCount nodes {{ id }} }} }}"), json!({})).await;
        let list = &answer.body["data"][list];
        assert!(list.is_null() || array(&list["nodes"]).is_empty(), "{}", answer.body);
    }
}

on_both! {
    async fn everybody_reads_what_the_default_policy_grants(app) {
        walk(app, Policy::OwnSiteThenOpen).await;
    }

    async fn everybody_reads_what_own_unit_grants(app) {
        walk(app, Policy::OwnUnit).await;
    }

    async fn everybody_reads_what_everyone_grants(app) {
        walk(app, Policy::Everyone).await;
    }
}

#[test]
fn the_oracle_tells_people_apart() {
    let all = submissions();
    let count = |name: &str, policy| {
        let asker = PEOPLE.iter().find(|it| it.name == name).expect("known");
        all.iter().filter(|it| reads(asker, it, policy)).count()
    };
    // Neither everything nor nothing, and different for different people.
    for policy in [Policy::OwnSiteThenOpen, Policy::OwnUnit, Policy::Everyone] {
        let counts: BTreeSet<usize> = PEOPLE.iter().map(|it| count(it.name, policy)).collect();
        assert!(counts.len() >= 8, "{policy:?}: {counts:?}");
    }
    assert!(count("head", Policy::OwnUnit) > count("reviewer", Policy::OwnUnit));
    assert_eq!(
        count("admin", Policy::OwnUnit),
        count("auditor", Policy::OwnUnit) + 1,
        "its own one"
    );
}
