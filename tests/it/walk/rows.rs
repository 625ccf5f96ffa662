//! The rows as they lie in the database, read by plain SQL: what the rule of this walk judges.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ConnectionTrait as _, QueryResult, Statement, TryGetable};
use uuid::Uuid;

use crate::kit::app::TestApp;

/// A submission.
#[derive(Clone, Debug)]
pub struct Sub {
    pub id: Uuid,
    pub reference: String,
    pub kind: String,
    pub phase: String,
    pub shown: String,
    pub author: Option<Uuid>,
    pub unit: Uuid,
    pub function: Option<Uuid>,
    pub audience: String,
    pub concerned: Option<Uuid>,
    pub assignee: Option<Uuid>,
    pub owner: Option<Uuid>,
    pub opened: Option<i64>,
    pub words: Uuid,
    pub pending: Option<Uuid>,
    pub hidden: Option<i64>,
    pub snoozed: Option<i64>,
}

/// A root cause.
#[derive(Clone, Debug)]
pub struct Cause {
    pub id: Uuid,
    pub parent: Option<Uuid>,
    pub status: String,
    pub owner: Option<Uuid>,
    pub owner_unit: Option<Uuid>,
}

/// A link of a submission with a cause.
#[derive(Clone, Debug)]
pub struct Link {
    pub id: Uuid,
    pub sub: Uuid,
    pub cause: Uuid,
    pub decision: Option<Uuid>,
}

/// What a plan, an item, a trial, an outcome or a figure is about.
#[derive(Clone, Copy, Debug)]
pub enum About {
    Sub(Uuid),
    Cause(Uuid),
    /// What another site makes of an idea.
    Adoption(Uuid),
}

/// An offer of an idea to another site.
#[derive(Clone, Debug)]
pub struct Adoption {
    pub sub: Uuid,
    pub site: Uuid,
    pub state: String,
    pub taken_by: Option<Uuid>,
}

/// Somebody's item of a plan.
#[derive(Clone, Debug)]
pub struct Item {
    pub about: About,
    pub assignee: Option<Uuid>,
    pub function: Option<Uuid>,
}

/// A role on a unit.
#[derive(Clone, Debug)]
pub struct Grant {
    pub person: Option<Uuid>,
    pub service: Option<Uuid>,
    pub role: String,
    pub unit: Uuid,
}

/// A saved view of the queue.
#[derive(Clone, Debug)]
pub struct View {
    pub owner: Uuid,
    pub sharing: String,
    pub unit: Option<Uuid>,
}

/// Whose text it is: decides who may meet it.
#[derive(Clone, Copy, Debug)]
pub enum Text {
    /// One revision of what an author wrote.
    Words {
        sub: Uuid,
        revision: Uuid,
    },
    /// The name of a photo's file.
    File(Uuid),
    Comment(Uuid),
    /// What an author is told.
    Response {
        sub: Uuid,
        announced: bool,
    },
    /// Name, other name, or a why of a cause.
    Cause(Uuid),
    /// Why somebody thinks that it is the cause.
    LinkNote(Uuid),
    /// What makes another cause worse.
    EdgeNote(Uuid, Uuid),
    /// Items, checklists, trials, evidence.
    Plan(About),
    Outcome(Uuid),
    /// What passed between a site and those who offered it something.
    Offer(Uuid),
    View(Uuid),
    Template,
    /// Words of an announcement.
    News(Uuid),
    /// Why something was hidden, locked, or made unreadable.
    Moderation(Uuid),
    /// What somebody reported.
    Report(Uuid),
}

impl Text {
    /// How many kinds there are.
    pub const KINDS: usize = 15;

    /// Which kind it is.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Words { .. } => "words",
            Self::File(_) => "file",
            Self::Comment(_) => "comment",
            Self::Response { .. } => "response",
            Self::Cause(_) => "cause",
            Self::LinkNote(_) => "link",
            Self::EdgeNote(..) => "edge",
            Self::Plan(_) => "plan",
            Self::Outcome(_) => "outcome",
            Self::Offer(_) => "offer",
            Self::View(_) => "view",
            Self::Template => "template",
            Self::News(_) => "news",
            Self::Moderation(_) => "moderation",
            Self::Report(_) => "report",
        }
    }
}

/// Everything at one moment.
#[derive(Default)]
pub struct Rows {
    pub above: BTreeMap<Uuid, Option<Uuid>>,
    pub sites: BTreeSet<Uuid>,
    pub homes: BTreeMap<Uuid, Uuid>,
    /// Who has which mail address.
    pub mailboxes: BTreeMap<String, Uuid>,
    pub grants: Vec<Grant>,
    pub subs: BTreeMap<Uuid, Sub>,
    /// Announced joinings: a twin and what it was joined into.
    pub joined: BTreeMap<Uuid, Uuid>,
    pub votes: Vec<(Uuid, Uuid)>,
    pub follows: BTreeSet<(Uuid, Uuid)>,
    /// Comments: the submission, and whether those outside see it.
    pub comments: BTreeMap<Uuid, (Uuid, bool)>,
    /// Reports: the submission.
    pub reports: BTreeMap<Uuid, Uuid>,
    /// Submissions with a report that nobody closed.
    pub reported: BTreeSet<Uuid>,
    pub files: BTreeMap<Uuid, Uuid>,
    /// Decisions: the submission.
    pub decisions: BTreeMap<Uuid, Uuid>,
    pub causes: BTreeMap<Uuid, Cause>,
    pub links: BTreeMap<Uuid, Link>,
    pub plans: BTreeMap<Uuid, About>,
    pub items: BTreeMap<Uuid, Item>,
    pub co_owners: BTreeSet<(Uuid, Uuid)>,
    /// Names in other systems: of a submission, or of an item.
    pub called: BTreeMap<Uuid, (Option<Uuid>, Option<Uuid>)>,
    pub trials: BTreeMap<Uuid, Uuid>,
    /// Outcomes: what they are about, and whether a figure of them was confirmed.
    pub outcomes: BTreeMap<Uuid, (About, bool)>,
    pub figures: BTreeMap<Uuid, Uuid>,
    pub adoptions: BTreeMap<Uuid, Adoption>,
    /// "Is it still fixed?": about which submission.
    pub questions: BTreeMap<Uuid, Uuid>,
    /// Resolvings: of which cause.
    pub resolvings: BTreeMap<Uuid, Uuid>,
    pub views: BTreeMap<Uuid, View>,
    pub notes: BTreeMap<Uuid, Uuid>,
    /// Notifications: about which submission, where one.
    pub told_of: BTreeMap<Uuid, Uuid>,
    /// Announcements: the state, and the units.
    pub news: BTreeMap<Uuid, (String, Vec<Uuid>)>,
    pub policy: String,
    /// Marked words, with all that they stand in.
    pub marks: BTreeMap<String, Vec<Text>>,
    /// How many facts there are about a submission: for readers, and for those inside.
    pub told: BTreeMap<Uuid, (i64, i64)>,
    /// The present words of submissions.
    present: BTreeMap<Uuid, String>,
}

/// The marked words of a text: `mark` and four digits.
pub fn marks_in(text: &str) -> BTreeSet<&str> {
    let ends = |(at, _)| text.get(at..at + 8);
    let digits = |it: &&str| it[4..].bytes().all(|byte| byte.is_ascii_digit());
    text.match_indices("mark").filter_map(ends).filter(digits).collect()
}

struct Reading<'a>(&'a TestApp);

impl Reading<'_> {
    async fn all(&self, sql: &str) -> Vec<QueryResult> {
        let db = self.0.system().db();
        let statement = Statement::from_string(db.get_database_backend(), sql);
        db.query_all_raw(statement).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }
}

fn get<T: TryGetable>(row: &QueryResult, at: usize) -> T {
    row.try_get_by_index(at).expect("a column of this type")
}

fn about(row: &QueryResult, at: usize) -> About {
    let sub: Option<Uuid> = get(row, at);
    sub.map_or_else(|| About::Cause(get(row, at + 1)), About::Sub)
}

impl Rows {
    /// All of them.
    pub async fn read(app: &TestApp) -> Self {
        let from = Reading(app);
        let mut rows = Self { policy: String::from("OWN_SITE_THEN_OPEN"), ..Self::default() };
        rows.people(&from).await;
        rows.submissions(&from).await;
        rows.around(&from).await;
        rows.causes(&from).await;
        rows.planned(&from).await;
        rows.closed(&from).await;
        rows.texts(&from).await;
        rows
    }

    async fn people(&mut self, from: &Reading<'_>) {
        for row in from.all("SELECT id, parent_id, kind FROM org_unit").await {
            self.above.insert(get(&row, 0), get(&row, 1));
            if get::<String>(&row, 2) == "SITE" {
                self.sites.insert(get(&row, 0));
            }
        }
        for row in from.all("SELECT id, home_unit_id FROM person").await {
            self.homes.insert(get(&row, 0), get(&row, 1));
        }
        for row in from.all("SELECT email, id FROM person WHERE email IS NOT NULL").await {
            self.mailboxes.insert(get(&row, 0), get(&row, 1));
        }
        let sql = "SELECT person_id, service_id, role, unit_id FROM role_grant";
        self.grants = from
            .all(sql)
            .await
            .iter()
            .map(|row| Grant {
                person: get(row, 0),
                service: get(row, 1),
                role: get(row, 2),
                unit: get(row, 3),
            })
            .collect();
        for row in from.all("SELECT value FROM setting WHERE key = 'read_policy'").await {
            self.policy = get(&row, 0);
        }
    }

    async fn submissions(&mut self, from: &Reading<'_>) {
        let sql = "SELECT id, reference, kind, phase, shown_phase, author_id, unit_id, function_id,
            audience, concerned_id, assignee_id, owner_id, opened_at, text_id, pending_decision_id,
            hidden_at, snoozed_until FROM submission";
        for row in from.all(sql).await {
            let sub = Sub {
                id: get(&row, 0),
                reference: get(&row, 1),
                kind: get(&row, 2),
                phase: get(&row, 3),
                shown: get(&row, 4),
                author: get(&row, 5),
                unit: get(&row, 6),
                function: get(&row, 7),
                audience: get(&row, 8),
                concerned: get(&row, 9),
                assignee: get(&row, 10),
                owner: get(&row, 11),
                opened: get(&row, 12),
                words: get(&row, 13),
                pending: get(&row, 14),
                hidden: get(&row, 15),
                snoozed: get(&row, 16),
            };
            self.subs.insert(sub.id, sub);
        }
        for row in from.all("SELECT submission_id, into_id FROM joining").await {
            self.joined.insert(get(&row, 0), get(&row, 1));
        }
    }

    async fn around(&mut self, from: &Reading<'_>) {
        for row in from.all("SELECT submission_id, person_id FROM vote").await {
            self.votes.push((get(&row, 0), get(&row, 1)));
        }
        for row in from.all("SELECT submission_id, person_id FROM follow").await {
            self.follows.insert((get(&row, 0), get(&row, 1)));
        }
        for row in from.all("SELECT id, submission_id, visibility FROM comment").await {
            let public = get::<String>(&row, 2) == "PUBLIC";
            self.comments.insert(get(&row, 0), (get(&row, 1), public));
        }
        for row in from.all("SELECT id, submission_id FROM attachment WHERE state = 'READY'").await
        {
            self.files.insert(get(&row, 0), get(&row, 1));
        }
        for row in from.all("SELECT id, submission_id FROM decision").await {
            self.decisions.insert(get(&row, 0), get(&row, 1));
        }
        for row in from.all("SELECT id, person_id FROM notification").await {
            self.notes.insert(get(&row, 0), get(&row, 1));
        }
        let sql = "SELECT id, submission_id FROM notification WHERE submission_id IS NOT NULL";
        for row in from.all(sql).await {
            self.told_of.insert(get(&row, 0), get(&row, 1));
        }
        let sql = "SELECT subject_id, audience, count(*) FROM fact
            WHERE subject_kind = 'submission' AND audience IN ('READERS', 'INTERNAL') GROUP BY subject_id, audience";
        for row in from.all(sql).await {
            let count: i64 = get(&row, 2);
            let told = self.told.entry(get(&row, 0)).or_default();
            told.1 += count;
            told.0 += if get::<String>(&row, 1) == "READERS" { count } else { 0 };
        }
        for row in from.all("SELECT id, owner_id, sharing, unit_id FROM queue_view").await {
            let view = View { owner: get(&row, 1), sharing: get(&row, 2), unit: get(&row, 3) };
            self.views.insert(get(&row, 0), view);
        }
    }

    async fn causes(&mut self, from: &Reading<'_>) {
        let sql = "SELECT id, parent_id, status, owner_id, owner_unit_id FROM root_cause";
        for row in from.all(sql).await {
            let cause = Cause {
                id: get(&row, 0),
                parent: get(&row, 1),
                status: get(&row, 2),
                owner: get(&row, 3),
                owner_unit: get(&row, 4),
            };
            self.causes.insert(cause.id, cause);
        }
        let sql = "SELECT id, submission_id, cause_id, decision_id FROM cause_link";
        for row in from.all(sql).await {
            let link = Link {
                id: get(&row, 0),
                sub: get(&row, 1),
                cause: get(&row, 2),
                decision: get(&row, 3),
            };
            self.links.insert(link.id, link);
        }
    }

    async fn planned(&mut self, from: &Reading<'_>) {
        for row in from.all("SELECT id, submission_id, cause_id FROM action_plan").await {
            self.plans.insert(get(&row, 0), about(&row, 1));
        }
        let sql = "SELECT i.id, p.submission_id, p.cause_id, i.assignee_id, i.function_id
            FROM action_item i JOIN action_plan p ON p.id = i.plan_id";
        for row in from.all(sql).await {
            let item =
                Item { about: about(&row, 1), assignee: get(&row, 3), function: get(&row, 4) };
            self.items.insert(get(&row, 0), item);
        }
        for row in from.all("SELECT id, submission_id, item_id FROM external_link").await {
            self.called.insert(get(&row, 0), (get(&row, 1), get(&row, 2)));
        }
        let sql = "SELECT submission_id, person_id FROM help WHERE named_at IS NOT NULL";
        for row in from.all(sql).await {
            self.co_owners.insert((get(&row, 0), get(&row, 1)));
        }
        for row in from.all("SELECT id, submission_id FROM trial").await {
            self.trials.insert(get(&row, 0), get(&row, 1));
        }
        let sql = "SELECT o.id, o.submission_id, o.cause_id, (SELECT count(*) FROM outcome_figure f
            JOIN outcome_confirmation c ON c.figure_id = f.id WHERE f.outcome_id = o.id), o.adoption_id FROM outcome o";
        for row in from.all(sql).await {
            let there: Option<Uuid> = get(&row, 4);
            let about = there.map_or_else(|| about(&row, 1), About::Adoption);
            self.outcomes.insert(get(&row, 0), (about, get::<i64>(&row, 3) > 0));
        }
        for row in from.all("SELECT id, outcome_id FROM outcome_figure").await {
            self.figures.insert(get(&row, 0), get(&row, 1));
        }
    }

    async fn closed(&mut self, from: &Reading<'_>) {
        for row in
            from.all("SELECT id, submission_id, site_id, state, accepted_by FROM adoption").await
        {
            let adoption = Adoption {
                sub: get(&row, 1),
                site: get(&row, 2),
                state: get(&row, 3),
                taken_by: get(&row, 4),
            };
            self.adoptions.insert(get(&row, 0), adoption);
        }
        for row in from.all("SELECT id, submission_id FROM sustain_question").await {
            self.questions.insert(get(&row, 0), get(&row, 1));
        }
        for row in from.all("SELECT id, cause_id FROM cause_resolution").await {
            self.resolvings.insert(get(&row, 0), get(&row, 1));
        }
        for row in from.all("SELECT id, message, reason FROM adoption").await {
            for at in 1..3 {
                self.mark(get(&row, at), Text::Offer(get(&row, 0)));
            }
        }
    }

    fn mark(&mut self, text: Option<String>, of: Text) {
        for mark in marks_in(&text.unwrap_or_default()) {
            self.marks.entry(mark.to_owned()).or_default().push(of);
        }
    }

    async fn texts(&mut self, from: &Reading<'_>) {
        let sql = "SELECT submission_id, id, title, body, customer_words FROM submission_text";
        for row in from.all(sql).await {
            let words = Text::Words { sub: get(&row, 0), revision: get(&row, 1) };
            if self.subs[&get::<Uuid>(&row, 0)].words == get::<Uuid>(&row, 1) {
                let text = [get::<String>(&row, 2), get(&row, 3)].join(" ");
                self.present.insert(get(&row, 0), text);
            }
            for at in 2..5 {
                self.mark(get(&row, at), words);
            }
        }
        for row in from.all("SELECT id, body FROM comment").await {
            self.mark(get(&row, 1), Text::Comment(get(&row, 0)));
        }
        for row in from.all("SELECT submission_id, file_name FROM attachment").await {
            self.mark(get(&row, 1), Text::File(get(&row, 0)));
        }
        let sql = "SELECT r.submission_id, r.body, (SELECT count(*) FROM decision d
            WHERE d.response_id = r.id AND d.state = 'ANNOUNCED') FROM response r";
        for row in from.all(sql).await {
            let told = Text::Response { sub: get(&row, 0), announced: get::<i64>(&row, 2) > 0 };
            self.mark(get(&row, 1), told);
        }
        for sql in [
            "SELECT submission_id, note FROM moderation",
            "SELECT submission_id, note FROM redaction",
        ] {
            for row in from.all(sql).await {
                self.mark(get(&row, 1), Text::Moderation(get(&row, 0)));
            }
        }
        let sql = "SELECT id, submission_id, note, CASE WHEN resolution = 'CLOSED' THEN 0 ELSE 1 END FROM report";
        for row in from.all(sql).await {
            self.reports.insert(get(&row, 0), get(&row, 1));
            if get::<i32>(&row, 3) == 1 {
                self.reported.insert(get(&row, 1));
            }
            self.mark(get(&row, 2), Text::Report(get(&row, 1)));
        }
        self.texts_of_causes(from).await;
        self.texts_of_plans(from).await;
        for sql in ["SELECT name FROM reply_template", "SELECT body FROM reply_text"] {
            for row in from.all(sql).await {
                self.mark(get(&row, 0), Text::Template);
            }
        }
        let sql = "SELECT a.id, a.state, u.unit_id FROM announcement a JOIN announcement_unit u ON u.announcement_id = a.id";
        for row in from.all(sql).await {
            let state: String = get(&row, 1);
            self.news.entry(get(&row, 0)).or_insert((state, Vec::new())).1.push(get(&row, 2));
        }
        for row in from.all("SELECT announcement_id, title, body FROM announcement_text").await {
            for at in 1..3 {
                self.mark(get(&row, at), Text::News(get(&row, 0)));
            }
        }
        for row in from.all("SELECT id, name FROM queue_view").await {
            self.mark(get(&row, 1), Text::View(get(&row, 0)));
        }
    }

    async fn texts_of_causes(&mut self, from: &Reading<'_>) {
        for sql in [
            "SELECT id, name FROM root_cause",
            "SELECT cause_id, name FROM cause_alias",
            "SELECT cause_id, body FROM cause_why",
        ] {
            for row in from.all(sql).await {
                self.mark(get(&row, 1), Text::Cause(get(&row, 0)));
            }
        }
        for row in from.all("SELECT id, note FROM cause_link").await {
            self.mark(get(&row, 1), Text::LinkNote(get(&row, 0)));
        }
        for row in from.all("SELECT cause_id, contributes_to, note FROM cause_edge").await {
            self.mark(get(&row, 2), Text::EdgeNote(get(&row, 0), get(&row, 1)));
        }
    }

    async fn texts_of_plans(&mut self, from: &Reading<'_>) {
        for sql in [
            "SELECT p.submission_id, p.cause_id, i.title FROM action_item i JOIN action_plan p ON p.id = i.plan_id",
            "SELECT p.submission_id, p.cause_id, c.body FROM action_check c JOIN action_item i ON i.id = c.item_id
                JOIN action_plan p ON p.id = i.plan_id",
        ] {
            for row in from.all(sql).await {
                self.mark(get(&row, 2), Text::Plan(about(&row, 0)));
            }
        }
        for row in
            from.all("SELECT submission_id, guess, measure, result, learned FROM trial").await
        {
            for at in 1..5 {
                self.mark(get(&row, at), Text::Plan(About::Sub(get(&row, 0))));
            }
        }
        for row in from.all("SELECT outcome_id, evidence, reason FROM outcome_figure").await {
            let (about, _) = self.outcomes[&get::<Uuid>(&row, 0)];
            for at in 1..3 {
                self.mark(get(&row, at), Text::Plan(about));
            }
        }
        for row in from.all("SELECT id, title FROM outcome").await {
            self.mark(get(&row, 1), Text::Outcome(get(&row, 0)));
        }
    }

    /// Whether its present words say this.
    pub fn says(&self, sub: &Sub, word: &str) -> bool {
        self.present[&sub.id].contains(word)
    }

    /// A word of each submission that stands nowhere else.
    pub fn words_of_each(&self) -> Vec<(Uuid, String)> {
        let first = |text: &String| marks_in(text).first().map(|it| (*it).to_owned());
        self.present.iter().filter_map(|(id, text)| Some((*id, first(text)?))).collect()
    }
}
