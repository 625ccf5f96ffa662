//! Every kind of fact, with what each member of its data is (docs/EVENTS.md): what is outside never sees
//! a member that does not stand here.

use self::Member::{Id, Person, Time, Word};

/// What a member of a fact's data is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    /// An enum, a number, a day, a name of a field.
    Word,
    /// An instant, in microseconds.
    Time,
    /// An id, with the prefix of its type.
    Id(&'static str),
    /// The id of a person: personal data.
    Person,
}

/// The members of a kind.
type Members = &'static [(&'static str, Member)];

const UNIT: Member = Id("unit");
const CAUSE: Member = Id("cause");
const SUB: Member = Id("sub");
const COMMENT: Member = Id("comment");
const NONE: Members = &[];
const FROM_TO: Members = &[("from", Word), ("to", Word)];
const PHASE: Members = &[("phase", Word)];
const REASON: Members = &[("reason", Word)];
const TRIAL: Members = &[("trial", Id("trial")), ("state", Word)];
const PERSON: Members = &[("person", Person)];
const TWIN: Members = &[("twin", SUB)];
const TWIN_SAID: Members = &[("twin", SUB), ("comment", COMMENT)];
const SPLIT: Members = &[("split", Id("split")), ("parts", SUB)];
const QUESTION: Members = &[("question", Id("sustain"))];
const LINKED: Members =
    &[("cause", CAUSE), ("link", Id("link")), ("source", Word), ("decision", Id("decision"))];
const ITEM: Members = &[
    ("plan", Id("plan")),
    ("item", Id("item")),
    ("assignee", Person),
    ("function", UNIT),
    ("dueOn", Word),
];
const FIGURE: Members = &[
    ("outcome", Id("outcome")),
    ("figure", Id("figure")),
    ("stage", Word),
    ("replaces", Id("figure")),
];
const ADOPTION: Members = &[("adoption", Id("adoption")), ("site", UNIT), ("state", Word)];
const NEWS: Members = &[("units", UNIT), ("cause", CAUSE), ("submissions", SUB)];
const VIEW: Members = &[("sharing", Word), ("unit", UNIT)];
const CAUSE_MADE: Members =
    &[("status", Word), ("parent", CAUSE), ("owner", Person), ("ownerUnit", UNIT)];
const CAUSE_MERGED: Members = &[("merge", Id("causemerge")), ("into", CAUSE)];
const UNIT_MADE: Members = &[("kind", Word), ("parent", UNIT)];
const HOME: Members = &[("unit", UNIT)];
const GRANT: Members =
    &[("person", Person), ("service", Id("service")), ("role", Word), ("unit", UNIT)];
const DEVICE: Members = &[("unit", UNIT), ("kind", Word)];
const TOKEN: Members = &[("service", Id("service")), ("scopes", Word)];
const REPLY: Members = &[("phase", Word), ("reason", Id("reason"))];
const KEYS: Members = &[("keys", Word)];
const ABSENCE: Members = &[("person", Person), ("delegate", Person), ("from", Word), ("to", Word)];
const ROTA: Members = &[("unit", UNIT), ("kind", Word)];
const RULE: Members = &[
    ("state", Word),
    ("touchpoint", Id("touchpoint")),
    ("unit", UNIT),
    ("function", UNIT),
    ("assignee", Person),
    ("cause", CAUSE),
];
const LINK: Members = &[("link", Id("extlink")), ("item", Id("item"))];

/// Every kind with its members, in the order of docs/EVENTS.md. A member `rule` may stand beside them.
pub const KINDS: &[(&str, Members)] = &[
    (
        "submission.sent",
        &[
            ("kind", Word),
            ("unit", UNIT),
            ("channel", Word),
            ("program", Id("program")),
            ("touchpoint", Id("touchpoint")),
        ],
    ),
    ("submission.edited", &[("revision", Word)]),
    ("submission.kind_corrected", FROM_TO),
    ("attachment.added", &[("attachment", Id("file"))]),
    ("comment.added", &[("comment", COMMENT), ("visibility", Word)]),
    ("submission.opened", NONE),
    ("submission.assigned", &[("assignee", Person), ("previous", Person)]),
    ("submission.owner_set", &[("owner", Person), ("previous", Person)]),
    ("submission.handed_over", &[("function", UNIT), ("previous", UNIT)]),
    ("submission.triaged", &[("fields", Word)]),
    ("submission.unit_corrected", &[("from", UNIT), ("to", UNIT)]),
    ("submission.hand_over_accepted", &[("function", UNIT)]),
    ("submission.hand_over_returned", &[("function", UNIT), ("comment", COMMENT)]),
    ("submission.snoozed", &[("until", Time)]),
    ("submission.unsnoozed", NONE),
    ("submission.hidden", REASON),
    ("submission.unhidden", NONE),
    ("submission.locked", REASON),
    ("submission.unlocked", NONE),
    ("submission.split", SPLIT),
    ("submission.split_undone", SPLIT),
    ("submission.disclosed", HOME),
    ("submission.withheld", HOME),
    ("submission.redacted", &[("redaction", Id("redaction")), ("reason", Word)]),
    ("submission.reported", &[("report", Id("report")), ("reason", Word), ("comment", COMMENT)]),
    ("submission.reports_settled", &[("resolution", Word), ("reports", Id("report"))]),
    ("comment.mentioned", &[("comment", COMMENT), ("people", Person)]),
    ("promise.passed", NONE),
    ("cause.linked", LINKED),
    ("cause.unlinked", LINKED),
    (
        "submission.decided",
        &[
            ("from", Word),
            ("to", Word),
            ("status", Id("status")),
            ("decision", Id("decision")),
            ("letter", Word),
            ("reason", Id("reason")),
            ("releaseAt", Time),
        ],
    ),
    ("decision.undone", &[("decision", Id("decision")), ("from", Word), ("to", Word)]),
    (
        "submission.announced",
        &[
            ("kind", Word),
            ("from", Word),
            ("to", Word),
            ("statusFrom", Id("status")),
            ("statusTo", Id("status")),
            ("decision", Id("decision")),
            ("letter", Word),
            ("response", Id("response")),
            ("reason", Id("reason")),
        ],
    ),
    ("question.answered", &[("comment", COMMENT)]),
    ("question.timed_out", NONE),
    ("submission.second_look_asked", &[("comment", COMMENT)]),
    ("submission.not_fixed", &[("comment", COMMENT)]),
    ("twin.joined", TWIN),
    ("twin.left", TWIN),
    ("twin.answered", TWIN_SAID),
    ("twin.second_look_asked", TWIN_SAID),
    ("twin.not_fixed", TWIN_SAID),
    ("vote.cast", NONE),
    ("vote.withdrawn", NONE),
    ("follow.begun", NONE),
    ("follow.ended", NONE),
    ("vote_follows.set", &[("vote_follows", Word)]),
    ("plan.item_added", ITEM),
    ("plan.item_changed", ITEM),
    (
        "plan.item_moved",
        &[("plan", Id("plan")), ("item", Id("item")), ("from", Word), ("to", Word)],
    ),
    (
        "plan.line_ticked",
        &[("plan", Id("plan")), ("item", Id("item")), ("line", Id("check")), ("ticked", Word)],
    ),
    ("plan.filled", &[("plan", Id("plan")), ("items", Id("item"))]),
    (
        "plan.item_reminded",
        &[
            ("plan", Id("plan")),
            ("item", Id("item")),
            ("reminder", Word),
            ("dueOn", Word),
            ("assignee", Person),
            ("function", UNIT),
        ],
    ),
    ("help.offered", PERSON),
    ("help.taken_back", PERSON),
    ("co_owner.named", PERSON),
    ("co_owner.removed", PERSON),
    ("trial.started", TRIAL),
    ("trial.updated", TRIAL),
    ("trial.adopted", TRIAL),
    ("trial.stopped", TRIAL),
    ("outcome.added", &[("outcome", Id("outcome")), ("kind", Word)]),
    ("outcome.recorded", FIGURE),
    ("outcome.confirmed", FIGURE),
    ("adoption.offered", ADOPTION),
    ("adoption.accepted", ADOPTION),
    ("adoption.declined", ADOPTION),
    ("adoption.withdrawn", ADOPTION),
    ("adoption.completed", ADOPTION),
    ("cause.resolved", &[("resolution", Id("resolution")), ("total", Word)]),
    ("cause.resolution_undone", &[("resolution", Id("resolution"))]),
    ("sustain.asked", QUESTION),
    ("sustain.answered", &[("question", Id("sustain")), ("answer", Word), ("by", Word)]),
    ("sustain.flagged", QUESTION),
    ("announcement.created", NEWS),
    ("announcement.updated", NEWS),
    ("announcement.deleted", NEWS),
    ("announcement.published", NEWS),
    ("announcement.withdrawn", NEWS),
    ("link.set", LINK),
    ("link.removed", LINK),
    ("view.created", VIEW),
    ("view.updated", VIEW),
    ("view.deleted", VIEW),
    ("cause.created", CAUSE_MADE),
    ("cause.updated", CAUSE_MADE),
    ("cause.merged", CAUSE_MERGED),
    ("cause.unmerged", CAUSE_MERGED),
    ("cause.contributes", &[("to", CAUSE)]),
    ("cause.contributes_no_more", &[("to", CAUSE)]),
    ("journey.created", NONE),
    ("journey.updated", NONE),
    ("touchpoint.created", NONE),
    ("touchpoint.updated", NONE),
    ("unit.created", UNIT_MADE),
    ("unit.changed", UNIT_MADE),
    ("unit.moved", UNIT_MADE),
    ("unit.closed", &[("on", Word)]),
    ("person.created", HOME),
    ("person.changed", HOME),
    ("person.moved", HOME),
    ("person.deactivated", NONE),
    ("person.reactivated", NONE),
    ("person.pin_reset", NONE),
    ("grant.added", GRANT),
    ("grant.removed", GRANT),
    ("device.enrolled", DEVICE),
    ("device.revoked", DEVICE),
    ("service.created", NONE),
    ("service.disabled", NONE),
    ("token.created", TOKEN),
    ("token.revoked", TOKEN),
    ("session.copied", PERSON),
    ("program.created", NONE),
    ("program.updated", NONE),
    ("reason.created", PHASE),
    ("reason.updated", PHASE),
    ("status.created", PHASE),
    ("status.updated", PHASE),
    ("reply.created", REPLY),
    ("reply.updated", REPLY),
    ("calendar.set", &[("calendar", Id("calendar"))]),
    ("calendar.removed", &[("calendar", Id("calendar"))]),
    ("service_levels.changed", KEYS),
    ("escalation.listed", &[("day", Word)]),
    ("absence.created", ABSENCE),
    ("absence.updated", ABSENCE),
    ("absence.cancelled", ABSENCE),
    ("rota.updated", ROTA),
    ("rota.removed", ROTA),
    ("load_limit.set", &[("person", Person), ("limit", Word)]),
    ("rule.created", RULE),
    ("rule.updated", RULE),
    ("rule.archived", RULE),
    ("settings.updated", KEYS),
    ("job.retried", NONE),
];

/// The prefix of the ids of a subject; none for the settings, which are one thing.
const SUBJECTS: &[(&str, &str)] = &[
    ("submission", "sub"),
    ("cause", "cause"),
    ("journey", "journey"),
    ("touchpoint", "touchpoint"),
    ("unit", "unit"),
    ("announcement", "announcement"),
    ("person", "person"),
    ("grant", "grant"),
    ("device", "device"),
    ("service", "service"),
    ("token", "token"),
    ("session", "session"),
    ("program", "program"),
    ("reason", "reason"),
    ("status", "status"),
    ("reply", "reply"),
    ("view", "view"),
    ("absence", "absence"),
    ("rota", "rota"),
    ("rule", "rule"),
    ("job", "job"),
];

/// The members of a kind; none for a kind that nobody knows.
#[must_use]
pub fn members(kind: &str) -> Option<Members> {
    KINDS.iter().find(|(name, _)| *name == kind).map(|(_, members)| *members)
}

/// What a member of a kind is; none when nobody knows it, and then it stays inside.
#[must_use]
pub fn member(kind: &str, name: &str) -> Option<Member> {
    if name == "rule" {
        return Some(Id("rule"));
    }
    members(kind)?.iter().find(|(known, _)| *known == name).map(|(_, member)| *member)
}

/// The prefix of the ids of such a subject.
#[must_use]
pub fn prefix(subject_kind: &str) -> Option<&'static str> {
    SUBJECTS.iter().find(|(kind, _)| *kind == subject_kind).map(|(_, prefix)| *prefix)
}
