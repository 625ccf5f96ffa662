//! What somebody met, held against what the rule lets them meet.

use std::collections::BTreeSet;

use entity::id;
use uuid::Uuid;

use super::rows::Rows;
use super::rule::Asker;
use super::tour::Met;

/// Types that say nothing of submissions and causes. Every other type is judged by
/// [`Rows::may_meet`]: a new one is complained of until it is.
const OF_NO_CONCERN: [&str; 20] = [
    "Absence",
    "ApiToken",
    "Calendar",
    "CheckLine",
    "ChecklistLine",
    "DeadJob",
    "Device",
    // The id of a person or an integration, of which the next ones are; for whom it is: `pulled`.
    "FactActor",
    "Grant",
    "Journey",
    "Mail",
    "Person",
    "Program",
    "Reason",
    "Rota",
    "Service",
    "Session",
    "Status",
    "Touchpoint",
    "Unit",
];

/// The bare id within an id of the API.
pub fn bare(text: &str) -> Uuid {
    let (_, rest) = text.split_once('_').expect("an id");
    id::decode(rest).expect("an id")
}

/// An id of the API.
pub fn named(prefix: &str, id: Uuid) -> String {
    format!("{prefix}_{}", id::encode(id))
}

impl Rows {
    /// Whether something of this type may be met by somebody.
    fn may_meet(&self, who: Asker, (of, id): (&str, Uuid)) -> bool {
        match of {
            "Idea" | "Observation" => self.reads(who, &self.subs[&id]),
            "Cause" => self.sees(who, id),
            "CauseLink" => self.meets_link(who, &self.links[&id]),
            "Comment" => self.meets_comment(who, id),
            "Photo" => self.reads(who, &self.subs[&self.files[&id]]),
            "Decision" => self.inside(who, &self.subs[&self.decisions[&id]]),
            "ActionPlan" => self.reads_about(who, self.plans[&id]),
            "ActionItem" => self.works_on(who, self.items[&id].about),
            "ExternalLink" => self.meets_name_elsewhere(who, id),
            "Fact of sub" => self.subs.get(&id).is_some_and(|sub| self.reads(who, sub)),
            "Fact of cause" => self.sees(who, id),
            "Fact of announcement" => self.meets_news(who, id),
            "Fact of unit" | "Fact of journey" | "Fact of touchpoint" => true,
            of if of.starts_with("Fact of ") => {
                ["ADMIN", "AUDITOR"].iter().any(|role| self.is_any(who, role))
            }
            "Trial" => self.works_on(who, super::rows::About::Sub(self.trials[&id])),
            "Outcome" => self.meets_outcome(who, id),
            "OutcomeFigure" => self.meets_outcome(who, self.figures[&id]),
            "Announcement" => self.meets_news(who, id),
            "Notification" => Some(self.notes[&id]) == who.person(),
            "Report" => self.sees_to_reports(who, &self.subs[&self.reports[&id]]),
            "TriageView" => self.uses_view(who, id),
            "ReplyTemplate" => self.meets(who, super::rows::Text::Template),
            "RoutingRule" => {
                ["REVIEWER", "ADMIN", "AUDITOR"].iter().any(|role| self.is_any(who, role))
            }
            "Adoption" => self.meets_adoption(who, id),
            "CauseResolution" => self.changes_cause(who, self.resolvings[&id]),
            "SustainQuestion" => self.answers_or_looks(who, &self.subs[&self.questions[&id]]),
            "SheetAnswer" => {
                let about = self.told_of.get(&id);
                about.is_some_and(|sub| self.prints(who, &self.subs[sub]))
            }
            _ => OF_NO_CONCERN.contains(&of),
        }
    }

    /// What a thing is called in complaints.
    fn called(&self, of: &str, id: Uuid) -> String {
        let about = match of {
            "Comment" => Some(self.comments[&id].0),
            "Decision" => Some(self.decisions[&id]),
            "CauseLink" => Some(self.links[&id].sub),
            "Idea" | "Observation" => Some(id),
            _ => None,
        };
        let about = about.map(|sub| self.title(sub));
        format!("{of} {id} {}", about.unwrap_or_default())
    }

    /// Kind, phase and reference of a submission, for complaints.
    pub fn title(&self, sub: Uuid) -> String {
        let it = &self.subs[&sub];
        format!(
            "{} ({} in {}, shown {}, for {})",
            it.reference, it.kind, it.phase, it.shown, it.audience
        )
    }

    /// Submissions that somebody reads.
    pub fn readable(&self, who: Asker) -> BTreeSet<Uuid> {
        self.subs.values().filter(|it| self.reads(who, it)).map(|it| it.id).collect()
    }

    /// Causes that somebody sees.
    pub fn visible(&self, who: Asker) -> BTreeSet<Uuid> {
        self.causes.keys().copied().filter(|it| self.sees(who, *it)).collect()
    }

    /// Everything wrong with what somebody met on the way: what is forbidden.
    pub fn forbidden(&self, who: Asker, met: &Met) -> Vec<String> {
        let mut wrong = Vec::new();
        for (of, ids) in &met.things {
            for id in ids.iter().map(|it| bare(it)) {
                if !self.may_meet(who, (of, id)) {
                    wrong.push(format!("met {}", self.called(of, id)));
                }
            }
        }
        let open = self.open_to(who);
        for mark in met.marks.difference(&open) {
            wrong.push(format!("met the words {mark} of {:?}", self.marks.get(mark)));
        }
        for (id, (phase, shown)) in &met.phases {
            let sub = &self.subs[&bare(id)];
            let announced = &self.subs[&self.root(sub.id)].shown;
            let decided = if self.inside(who, sub) { &sub.phase } else { announced };
            if (phase, shown) != (decided, announced) {
                let title = self.title(sub.id);
                wrong.push(format!("{title}: told {phase}, {shown}, not {decided}, {announced}"));
            }
        }
        wrong
    }

    /// What should have been met and was not: submissions and causes, whole.
    pub fn missing(&self, who: Asker, met: &Met) -> Vec<String> {
        let bare_of = |types: &[&str]| -> BTreeSet<Uuid> {
            met.of(types).iter().map(|it| bare(it)).collect()
        };
        let subs = bare_of(&["Idea", "Observation"]);
        let causes = bare_of(&["Cause"]);
        let subs =
            self.readable(who).difference(&subs).map(|it| self.title(*it)).collect::<Vec<_>>();
        let causes = self
            .visible(who)
            .difference(&causes)
            .map(|it| format!("cause {it}"))
            .collect::<Vec<_>>();
        [subs, causes].concat().into_iter().map(|it| format!("never met {it}")).collect()
    }
}
