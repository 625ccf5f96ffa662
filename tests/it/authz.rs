//! Every mutation of the schema x every kind of caller. The list of mutations is the schema's own:
//! a new one without a row fails. A refused call must leave every table as it was.
//!
//! EARSHOT_MATRIX=1 prints what the server answers, to compare with the rows by eye.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::kit::app::TestApp;
use crate::kit::client::Client;
use crate::kit::dump::changed;
use crate::on_both;
use crate::schema::{introspected, root_fields, text};

/// Who calls, in the order of the columns. "Over" and "elsewhere" are meant from the ward, where
/// the observation and the idea of this test belong; the person concerned reviews the whole north.
const CALLERS: [&str; 14] = [
    "anonymous",
    "employee",
    "author",
    "manager over",
    "manager elsewhere",
    "reviewer over",
    "reviewer elsewhere",
    "executive",
    "moderator",
    "auditor",
    "admin",
    "integration",
    "integration without a scope",
    "person concerned",
];

/// A mutation, what it is called with, and one letter for each caller:
/// `A` allowed (done, or refused for what was sent), `U` UNAUTHENTICATED, `F` FORBIDDEN,
/// `N` NOT_FOUND, `S` STEP_NOT_ALLOWED: reads it, but the phase machine knows no such letter.
struct Row {
    mutation: &'static str,
    input: fn(&World) -> Value,
    expected: &'static str,
}

const fn row(mutation: &'static str, input: fn(&World) -> Value, expected: &'static str) -> Row {
    Row { mutation, input, expected }
}

/// Ids that inputs speak of, and the callers.
struct World {
    callers: Vec<Client>,
    ids: BTreeMap<&'static str, String>,
}

impl World {
    fn id(&self, name: &str) -> &str {
        &self.ids[name]
    }
}

/// Blanks group the letters: nobody; people without a role; managers; reviewers; the other roles;
/// integrations; the person concerned.
const ROWS: &[Row] = &[
    // Signing in asks for proof, not for rights.
    row("signInStart", |_| json!({"email": "nobody@example.org"}), "A AA AA AA AAAA AA A"),
    row(
        "signInComplete",
        |_| json!({"requestToken": "x", "code": "123456"}),
        "A AA AA AA AAAA AA A",
    ),
    row(
        "signInByPassword",
        |_| json!({"email": "a@example.org", "password": "wrong, but long"}),
        "A AA AA AA AAAA AA A",
    ),
    row("signInByPin", |_| json!({"staffCode": "NOBODY", "pin": "194827"}), "F FF FF FF FFFF FF F"),
    row("signInByLink", |_| json!({"token": "x"}), "A AA AA AA AAAA AA A"),
    row(
        "setUpComplete",
        |_| json!({"token": "x", "organisationName": "M", "name": "A", "email": "a@example.org"}),
        "A AA AA AA AAAA AA A",
    ),
    row("sessionRefresh", |_| json!({"refreshToken": "x"}), "A AA AA AA AAAA AA A"),
    row("pinSet", |_| json!({"newPin": "12"}), "U AA AA AA AAAA FF A"),
    row("passwordSet", |_| json!({"newPassword": "short"}), "U AF AA AA AAAA FF A"),
    // The house.
    row(
        "unitCreate",
        |w| json!({"parentId": w.id("harbour"), "kind": "TEAM", "name": "New team"}),
        "U FF FF FF FFFA FF F",
    ),
    row(
        "unitUpdate",
        |w| json!({"id": w.id("spare unit"), "name": "Renamed"}),
        "U FF FF FF FFFA FF F",
    ),
    row("unitClose", |w| json!({"id": w.id("spare unit")}), "U FF FF FF FFFA FF F"),
    row(
        "personCreate",
        |w| json!({"name": "New Person", "homeUnitId": w.id("ward")}),
        "U FF FF FF FFFA FF F",
    ),
    row(
        "personUpdate",
        |w| json!({"id": w.id("spare person"), "name": "Renamed"}),
        "U NN FN FF NNFA FN F",
    ),
    row("pinReset", |w| json!({"personId": w.id("plain person")}), "U NN AN FF NNFA FN F"),
    row(
        "grantAdd",
        |w| json!({"personId": w.id("spare person"), "role": "MANAGER", "unitId": w.id("desk")}),
        "U NN FN FF NNFA FN F",
    ),
    row("grantRemove", |w| json!({"id": w.id("spare grant")}), "U NN FN NN NNFA NN N"),
    row("personDeactivate", |w| json!({"id": w.id("spare person")}), "U NN FN FF NNFA FN F"),
    row("personReactivate", |w| json!({"id": w.id("spare person")}), "U NN FN FF NNFA FN F"),
    row(
        "deviceEnrol",
        |w| json!({"unitId": w.id("ward"), "name": "Tablet", "kind": "SHARED"}),
        "U FF AF FF FFFA FF F",
    ),
    row("deviceRevoke", |w| json!({"id": w.id("spare device")}), "U NN AN NN NNFA NN N"),
    row(
        "serviceCreate",
        |w| json!({"name": "Another", "unitId": w.id("harbour")}),
        "U FF FF FF FFFA FF F",
    ),
    // What it is called elsewhere: reviewers of it, and integrations with the scope.
    row(
        "externalLinkSet",
        |w| json!({"subjectId": w.id("idea"), "system": "jira", "key": "OPS-1"}),
        "U NF FN AN NFNN AF N",
    ),
    row("externalLinkRemove", |w| json!({"id": w.id("link")}), "U NN NN AN NNNN FF N"),
    row(
        "apiTokenCreate",
        |w| json!({"serviceId": w.id("spare service"), "name": "t", "scopes": ["FACTS"]}),
        "U NN NN NN NNFA NN N",
    ),
    row("apiTokenRevoke", |w| json!({"id": w.id("spare token")}), "U NN NN NN NNFA NN N"),
    row("serviceDisable", |w| json!({"id": w.id("spare service")}), "U NN NN NN NNFA NN N"),
    // Catalogues and settings.
    row("programCreate", |_| json!({"name": "Winter"}), "U FF FF FF FFFA FF F"),
    row(
        "programUpdate",
        |w| json!({"id": w.id("program"), "name": "Renamed"}),
        "U FF FF FF FFFA FF F",
    ),
    row(
        "reasonCreate",
        |_| json!({"phase": "DECLINED", "code": "OTHER", "labels": [{"locale": "en", "text": "Other"}]}),
        "U FF FF FF FFFA FF F",
    ),
    row("reasonUpdate", |w| json!({"id": w.id("reason"), "position": 3}), "U FF FF FF FFFA FF F"),
    row("reasonArchive", |w| json!({"id": w.id("reason")}), "U FF FF FF FFFA FF F"),
    row(
        "statusCreate",
        |_| json!({"phase": "PLANNED", "code": "IN_MAY", "labels": [{"locale": "en", "text": "In May"}]}),
        "U FF FF FF FFFA FF F",
    ),
    row("statusUpdate", |w| json!({"id": w.id("status"), "position": 3}), "U FF FF FF FFFA FF F"),
    row("settingsUpdate", |_| json!({"programName": "Ears"}), "U FF FF FF FFFA FF F"),
    row(
        "calendarSet",
        |w| json!({"unitId": w.id("ward"), "openings": [{"weekday": "MONDAY", "opens": "09:00", "closes": "17:00"}]}),
        "U FF FF FF FFFA FF F",
    ),
    row("calendarRemove", |w| json!({"unitId": w.id("ward")}), "U FF FF FF FFFA FF F"),
    row("serviceLevelsUpdate", |_| json!({"decisionDays": 10}), "U FF FF FF FFFA FF F"),
    row("jobRetry", |_| json!({"id": "job_00000000000000000000000000"}), "U FF FF FF FFFN FF F"),
    row("journeyCreate", |_| json!({"name": "Going home"}), "U FF FF AA FFFA FF A"),
    row("journeyUpdate", |w| json!({"id": w.id("journey"), "position": 2}), "U FF FF AA FFFA FF A"),
    row(
        "touchpointCreate",
        |w| json!({"journeyId": w.id("journey"), "name": "At the desk"}),
        "U FF FF AA FFFA FF A",
    ),
    row(
        "touchpointUpdate",
        |w| json!({"id": w.id("touchpoint"), "position": 2}),
        "U FF FF AA FFFA FF A",
    ),
    // One's own.
    row(
        "notificationsMarkRead",
        |_| json!({"upTo": "2020-01-01T00:00:00Z"}),
        "U AA AA AA AAAA FF A",
    ),
    row(
        "notificationPreferenceSet",
        |_| json!({"kind": "OWN_DECISION", "email": "IMMEDIATE"}),
        "U AA AA AA AAAA FF A",
    ),
    row("voteFollowsSet", |_| json!({"follows": true}), "U AA AA AA AAAA FF A"),
    // Sending.
    row("submissionSend", |_| json!({"text": "The lift is out again."}), "U AA AA AA AAAA AF A"),
    row("ideaSubmit", |_| json!({"text": "Hooks on the doors."}), "U AA AA AA AAAA AF A"),
    row("observationSubmit", |_| json!({"text": "The lift is out again."}), "U AA AA AA AAAA AF A"),
    // An observation of the ward: read by author, reviewers and managers over it.
    row(
        "submissionEdit",
        |w| json!({"id": w.id("observation"), "tags": ["lift"]}),
        "U NA FN FN NNNN FF N",
    ),
    row(
        "submissionCorrectKind",
        |w| json!({"id": w.id("observation"), "kind": "OBSERVATION"}),
        "U NA FN AN NNNN FF N",
    ),
    row(
        "commentAdd",
        |w| json!({"submissionId": w.id("observation"), "text": "Since Monday."}),
        "U NA AN AN NNNN AF N",
    ),
    row(
        "attachmentCreate",
        |w| json!({"submissionId": w.id("observation")}),
        "U NA AN AN NNNN FF N",
    ),
    // An idea of the ward, not opened: its site reads it too. The cook is of another site.
    row("submissionVote", |w| json!({"submissionId": w.id("idea")}), "U NA AN AN NANN FF N"),
    row("submissionUnvote", |w| json!({"submissionId": w.id("idea")}), "U NA AN AN NANN FF N"),
    row("submissionFollow", |w| json!({"submissionId": w.id("idea")}), "U NA AN AN NANN FF N"),
    row("submissionUnfollow", |w| json!({"submissionId": w.id("idea")}), "U NA AN AN NANN FF N"),
    row("submissionMeToo", |w| json!({"submissionId": w.id("idea")}), "U NA AN AN NANN FF N"),
    row("submissionMeTooUndo", |w| json!({"submissionId": w.id("idea")}), "U NA AN AN NANN FF N"),
    // Triage and decisions: reviewers over the unit.
    row(
        "submissionMove",
        |w| json!({"id": w.id("observation"), "to": "UNDER_REVIEW"}),
        "U NS SN AN NNNN FF N",
    ),
    row(
        "submissionMerge",
        |w| json!({"id": w.id("observation"), "intoId": w.id("observation")}),
        "U NS SN AN NNNN FF N",
    ),
    row("submissionUnmerge", |w| json!({"id": w.id("observation")}), "U NS SN SN NNNN FF N"),
    row("submissionOpen", |w| json!({"id": w.id("observation")}), "U NF AN AN NNNN FF N"),
    row(
        "submissionUpdateTriage",
        |w| json!({"id": w.id("observation"), "impact": "S"}),
        "U NF FN AN NNNN FF N",
    ),
    row(
        "submissionSetOwner",
        |w| json!({"id": w.id("observation"), "ownerId": w.id("manager")}),
        "U NF AN AN NNNN FF N",
    ),
    row(
        "submissionHandOver",
        |w| json!({"id": w.id("observation"), "functionId": Value::Null}),
        "U NF FN AN NNNN FF N",
    ),
    row(
        "submissionAssign",
        |w| json!({"id": w.id("observation"), "assigneeId": w.id("reviewer")}),
        "U NF FN AN NNNN FF N",
    ),
    row("submissionTake", |w| json!({"id": w.id("observation")}), "U NF FN AN NNNN FF N"),
    row(
        "submissionSnooze",
        |w| json!({"id": w.id("observation"), "until": "2026-05-01T00:00:00Z"}),
        "U NF FN AN NNNN FF N",
    ),
    row("submissionUnsnooze", |w| json!({"id": w.id("observation")}), "U NF FN AN NNNN FF N"),
    // Nobody handed it over: the reviewer is told so.
    row("submissionHandOverAccept", |w| json!({"id": w.id("observation")}), "U NF FN SN NNNN FF N"),
    row(
        "submissionHandOverReturn",
        |w| json!({"id": w.id("observation"), "note": "Not ours."}),
        "U NF FN SN NNNN FF N",
    ),
    row(
        "submissionTriage",
        |w| json!({"id": w.id("observation"), "correct": {"impact": "M"}}),
        "U NF FN AN NNNN FF N",
    ),
    row(
        "submissionsTriage",
        |w| json!({"ids": [w.id("observation")], "correct": {"impact": "L"}}),
        "U NF FN AN NNNN FF N",
    ),
    row(
        "submissionSplit",
        |w| json!({"id": w.id("observation"), "parts": [{"text": "The lift."}, {"text": "Again."}], "clientKey": "split"}),
        "U NF FN AN NNNN FF N",
    ),
    row("submissionSplitUndo", |w| json!({"id": w.id("observation")}), "U NF FN AN NNNN FF N"),
    row(
        "submissionsMove",
        |w| json!({"ids": [w.id("observation")], "move": {"to": "ACCEPTED"}}),
        "U NS SN AN NNNN FF N",
    ),
    // The idea: moderators too, but not those of other places.
    row(
        "submissionLock",
        |w| json!({"id": w.id("idea"), "reason": "OFF_TOPIC"}),
        "U NF FN AN NANN FF N",
    ),
    row("submissionUnlock", |w| json!({"id": w.id("idea")}), "U NF FN AN NANN FF N"),
    row(
        "submissionHide",
        |w| json!({"id": w.id("idea"), "reason": "OFFENSIVE"}),
        "U NF FN AN NANN FF N",
    ),
    row("submissionUnhide", |w| json!({"id": w.id("idea")}), "U NF FN AN NANN FF N"),
    row(
        "submissionRedact",
        |w| json!({"id": w.id("idea"), "passages": ["changing room"], "reason": "OTHER"}),
        "U NF FN AN NANN FF N",
    ),
    row(
        "causeCreate",
        |_| json!({"name": "Old lifts", "category": "PLACE"}),
        "U FF FF AA FFFF FF A",
    ),
    row(
        "causeUpdate",
        |w| json!({"id": w.id("cause"), "name": "Older lifts"}),
        "U NN NN AA NNNN FF A",
    ),
    row(
        "causeLink",
        |w| json!({"submissionId": w.id("observation"), "causeIds": [w.id("cause")]}),
        "U NF FN AN NNNN FF N",
    ),
    row(
        "submissionReport",
        |w| json!({"id": w.id("observation"), "reason": "OFFENSIVE"}),
        "U NA AN AN NNNN FF N",
    ),
    row("submissionReportsClose", |w| json!({"id": w.id("observation")}), "U NF FN AN NNNN FF N"),
    row("triageViewTakeOver", |w| json!({"id": w.id("view")}), "U FF FF AN FFFF FF N"),
    row(
        "causeUnlink",
        |w| json!({"submissionId": w.id("observation"), "causeId": w.id("cause")}),
        "U NF FN AN NNNN FF N",
    ),
    row(
        "causeMerge",
        |w| json!({"id": w.id("cause"), "intoId": w.id("cause")}),
        "U FF FF AA FFFF FF A",
    ),
    row("causeResolve", |w| json!({"id": w.id("cause")}), "U NN NN AA NNNN FF A"),
    row("causeResolutionUndo", |w| json!({"id": w.id("held resolving")}), "U NN NN AA NNNN FF A"),
    row(
        "causeResolutionAnnounce",
        |w| json!({"id": w.id("held resolving")}),
        "U NN NN AA NNNN FF A",
    ),
    row("submissionSeen", |w| json!({"id": w.id("observation")}), "U NA FN FN NNNN FF N"),
    // Nobody asks yet: those who could answer, or look, are told so.
    row(
        "sustainAnswer",
        |w| json!({"submissionId": w.id("observation"), "answer": "YES"}),
        "U NA AN FN NNNN FF N",
    ),
    row(
        "sustainFlagClear",
        |w| json!({"submissionId": w.id("observation")}),
        "U NF FN AN NNNN FF N",
    ),
    row("causeUnmerge", |w| json!({"id": w.id("cause")}), "U FF FF AA FFFF FF A"),
    row(
        "causeContribute",
        |w| json!({"id": w.id("cause"), "toId": w.id("cause")}),
        "U FF FF AA FFFF FF A",
    ),
    row(
        "causeUncontribute",
        |w| json!({"id": w.id("cause"), "toId": w.id("cause")}),
        "U FF FF NN FFFF FF N",
    ),
    // Plans, trials and outcomes of an idea that is not accepted: its reviewers alone.
    row(
        "actionItemAdd",
        |w| json!({"submissionId": w.id("idea"), "title": "Order hooks"}),
        "U NF FN AN NFNN FF N",
    ),
    row(
        "actionItemUpdate",
        |w| json!({"id": w.id("item"), "title": "Order more hooks"}),
        "U NN FN AN NNNN FF N",
    ),
    row(
        "actionItemMove",
        |w| json!({"id": w.id("item"), "status": "IN_PROGRESS"}),
        "U NN FN AN NNNN FF N",
    ),
    row("checklistTick", |w| json!({"id": w.id("line"), "ticked": true}), "U NN FN AN NNNN FF N"),
    row("actionPlanFill", |w| json!({"submissionId": w.id("idea")}), "U NF FN AN NFNN FF N"),
    row("helpOffer", |w| json!({"submissionId": w.id("idea")}), "U NA AN AN NANN FF N"),
    row("helpTakeBack", |w| json!({"submissionId": w.id("idea")}), "U NA AN AN NANN FF N"),
    row(
        "coOwnerName",
        |w| json!({"submissionId": w.id("idea"), "personId": w.id("manager")}),
        "U NF FN AN NFNN FF N",
    ),
    row(
        "coOwnerRemove",
        |w| json!({"submissionId": w.id("idea"), "personId": w.id("manager")}),
        "U NF FN AN NFNN FF N",
    ),
    row(
        "trialStart",
        |w| json!({"submissionId": w.id("idea"), "guess": "Fewer coats", "measure": "Count them"}),
        "U NF FN SN NFNN FF N",
    ),
    // Of an idea that is being worked on: its manager too.
    row(
        "trialUpdate",
        |w| json!({"id": w.id("trial"), "result": "Better"}),
        "U NN AN AN NNNN FF N",
    ),
    row("trialAdopt", |w| json!({"id": w.id("trial"), "learned": "x"}), "U NN AN AN NNNN FF N"),
    row("trialStop", |w| json!({"id": w.id("trial"), "learned": "x"}), "U NN AN AN NNNN FF N"),
    row(
        "outcomeAdd",
        |w| json!({"submissionId": w.id("idea"), "kind": "QUALITY", "title": "Coats on the floor", "unitOfMeasure": "coats a day", "direction": "LOWER"}),
        "U NF FN AN NFNN FF N",
    ),
    row(
        "outcomeRecord",
        |w| json!({"outcomeId": w.id("outcome"), "stage": "FORECAST", "value": 3}),
        "U NN FN AN NNNN FF N",
    ),
    // The reviewer wrote it down.
    row("outcomeConfirm", |w| json!({"id": w.id("outcome")}), "U NN AN FN NNNN FF N"),
    // Offers to other sites. The idea works at the harbour; it was offered to the hill, and the lake
    // has taken it up. Those who may offer it see every offer, the sites their own.
    row(
        "adoptionOffer",
        |w| json!({"submissionId": w.id("working idea"), "siteIds": [w.id("hill")]}),
        "U FF AF AF AFFF FF N",
    ),
    row(
        "adoptionWithdraw",
        |w| json!({"id": w.id("offer"), "expectedVersion": 99}),
        "U NN AF AN ANNN FF N",
    ),
    row(
        "adoptionAccept",
        |w| json!({"id": w.id("offer"), "expectedVersion": 99}),
        "U NN FA AN FNNN FF N",
    ),
    row(
        "adoptionComplete",
        |w| json!({"id": w.id("taken offer"), "expectedVersion": 99}),
        "U NN FN FA FNNN FF N",
    ),
    row(
        "adoptionDecline",
        |w| json!({"id": w.id("offer"), "reason": "No doors", "expectedVersion": 99}),
        "U NN FA AN FNNN FF N",
    ),
    // Views of the queue: the one that is meant belongs to the reviewer over the ward.
    row("triageViewCreate", |_| json!({"name": "Lifts"}), "U FF FF AA FFFF FF A"),
    row(
        "triageViewUpdate",
        |w| json!({"id": w.id("view"), "orderBy": "DUE"}),
        "U FF FF AN FFFF FF N",
    ),
    row("triageViewsReorder", |_| json!({"ids": []}), "U FF FF AA FFFF FF A"),
    row("triageViewSetDefault", |w| json!({"id": w.id("view")}), "U FF FF AN FFFF FF N"),
    row("triageViewDelete", |w| json!({"id": w.id("view")}), "U FF FF AN FFFF FF N"),
    row("decisionUndo", |w| json!({"id": w.id("decision")}), "U NN FN AN NNNN FF N"),
    row("decisionAnnounce", |w| json!({"ids": [w.id("decision")]}), "U NN FN AN NNNN FF N"),
    row(
        "questionAnswer",
        |w| json!({"id": w.id("observation"), "text": "Since Monday."}),
        "U NS FN FN NNNN FF N",
    ),
    row("submissionAskSecondLook", |w| json!({"id": w.id("observation")}), "U NS FN FN NNNN FF N"),
    row("submissionNotFixed", |w| json!({"id": w.id("observation")}), "U NS FN FN NNNN FF N"),
    row("submissionWithdraw", |w| json!({"id": w.id("idea")}), "U NA FN FN NFNN FF N"),
    // Reply templates: shared in the organisation.
    row(
        "replyTemplateCreate",
        |_| json!({"name": "Sorry", "texts": [{"language": "en", "text": "Sorry, {name}."}]}),
        "U FF FF AA FFFA FF A",
    ),
    row(
        "replyTemplateUpdate",
        |w| json!({"id": w.id("reply"), "name": "Thank you all"}),
        "U FF FF AA FFFA FF A",
    ),
    // Announcements to the ward: drafts, which nobody here publishes or throws away unseen.
    row(
        "announcementCreate",
        |w| json!({"unitIds": [w.id("ward")], "texts": [{"language": "en", "title": "News", "body": "Hooks."}]}),
        "U FF FF AF FFFF FF A",
    ),
    row(
        "announcementUpdate",
        |w| json!({"id": w.id("draft"), "texts": [{"language": "en", "title": "News", "body": "Rugs."}]}),
        "U NN NN AN NNNN FF A",
    ),
    row(
        "announcementPublish",
        |w| json!({"id": w.id("draft"), "expectedVersion": 99}),
        "U NN NN AN NNNN FF A",
    ),
    row("announcementWithdraw", |w| json!({"id": w.id("other draft")}), "U NN NN SN NNNN FF S"),
    row(
        "announcementDelete",
        |w| json!({"id": w.id("other draft"), "expectedVersion": 99}),
        "U NN NN AN NNNN FF A",
    ),
    row(
        "notificationTopicSet",
        |_| json!({"topic": "WORK", "email": "DAILY"}),
        "U AA AA AA AAAA FF A",
    ),
    // The desk. The absence is the reviewer's, at home in the harbour.
    row(
        "absenceCreate",
        |w| json!({"personId": w.id("reviewer"), "from": "2026-05-04", "to": "2026-05-05", "clientKey": "the same for all"}),
        "U NN AN AF NNFA FF F",
    ),
    row(
        "absenceUpdate",
        |w| json!({"id": w.id("absence"), "to": "2026-06-03"}),
        "U NN AN AF NNNA FF F",
    ),
    row("absenceCancel", |w| json!({"id": w.id("second absence")}), "U NN AN AF NNNA FF F"),
    row(
        "rotaSet",
        |w| json!({"unitId": w.id("harbour"), "turns": [w.id("reviewer")]}),
        "U FF FF AF FFFA FF A",
    ),
    row(
        "rotaRemove",
        |w| json!({"unitId": w.id("harbour"), "expectedVersion": 99}),
        "U FF FF AF FFFA FF A",
    ),
    row(
        "loadLimitSet",
        |w| json!({"personId": w.id("reviewer"), "limit": 20}),
        "U NN AN AF NNFA FF F",
    ),
    row(
        "personHandOver",
        |w| json!({"fromId": w.id("spare person"), "toId": w.id("manager")}),
        "U NN AN FF NNFA FF F",
    ),
    // Rules work on everything that comes in: at the top of the organisation alone.
    row(
        "routingRuleCreate",
        |_| json!({"name": "Ideas", "conditions": {"kind": "IDEA"}, "actions": {"tags": ["idea"]}, "active": false}),
        "U FF FF FF FFFA FF F",
    ),
    row(
        "routingRuleUpdate",
        |w| json!({"id": w.id("rule"), "name": "Every lift"}),
        "U FF FF FF FFFA FF F",
    ),
    row(
        "routingRuleArchive",
        |w| json!({"id": w.id("rule"), "expectedVersion": 99}),
        "U FF FF FF FFFA FF F",
    ),
    // Last: it ends the caller.
    row("signOut", |_| json!({}), "A AA AA AA AAAA AA A"),
];

/// Mutations that count guesses or note the caller's device on their way.
const LEFT_OUT: [&str; 2] = ["guess", "known_device"];

impl Row {
    fn letters(&self) -> Vec<char> {
        self.expected.chars().filter(|letter| *letter != ' ').collect()
    }

    async fn call(&self, world: &World, caller: usize) -> char {
        let proper = self.mutation[..1].to_uppercase() + &self.mutation[1..];
        let query = format!(
            "mutation($i: {proper}Input!) {{ {}(input: $i) {{ userErrors {{ code message }} }} }}",
            self.mutation
        );
        let answer = world.callers[caller].send(&query, json!({"i": (self.input)(world)})).await;
        let code = match answer.code() {
            "" => text(&answer.body["data"][self.mutation]["userErrors"][0], "code").to_owned(),
            code => code.to_owned(),
        };
        match code.as_str() {
            "UNAUTHENTICATED" => 'U',
            "FORBIDDEN" => 'F',
            "NOT_FOUND" => 'N',
            "STEP_NOT_ALLOWED" => 'S',
            "INTERNAL"
            | "GRAPHQL_VALIDATION_FAILED"
            | "GRAPHQL_PARSE_FAILED"
            | "QUERY_TOO_COMPLEX" => {
                panic!("{} by {}: {}", self.mutation, CALLERS[caller], answer.body)
            }
            _ => 'A',
        }
    }
}

fn shown(letters: &[char]) -> String {
    let mut groups = [1, 2, 2, 2, 4, 2, 1].iter();
    let mut rest = letters;
    let mut out = Vec::new();
    while let Some(size) = groups.next().filter(|size| **size <= rest.len()) {
        let (group, more) = rest.split_at(*size);
        out.push(group.iter().collect::<String>());
        rest = more;
    }
    out.join(" ")
}

async fn made(client: &Client, mutation: &str, input: Value, selection: &str) -> Value {
    let proper = mutation[..1].to_uppercase() + &mutation[1..];
    let query = format!(
        "mutation($i: {proper}Input!) {{ {mutation}(input: $i) {{ {selection} userErrors {{ code message }} }} }}"
    );
    client.done(mutation, &query, json!({"i": input})).await
}

fn id_of(value: &Value) -> String {
    value["id"].as_str().expect("an id").to_owned()
}

async fn world(app: &TestApp) -> World {
    let o = &app.organisation;
    let admin = app.sign_in(o.admin).await;
    let nurse = app.sign_in(o.nurse).await;
    let harbour = o.harbour.to_string();
    let mut ids = BTreeMap::from([
        ("harbour", harbour.clone()),
        ("ward", o.ward.to_string()),
        ("desk", o.desk.to_string()),
        ("manager", o.manager.to_string()),
        ("reviewer", o.reviewer.to_string()),
    ]);
    let unit = json!({"parentId": harbour, "kind": "TEAM", "name": "Spare"});
    ids.insert("spare unit", id_of(&made(&admin, "unitCreate", unit, "unit { id }").await["unit"]));
    let person =
        json!({"name": "Spare Person", "homeUnitId": o.ward.to_string(), "staffCode": "SPARE"});
    let person = id_of(&made(&admin, "personCreate", person, "person { id }").await["person"]);
    // Whose PIN a manager may reset: somebody without a role beyond the manager's own.
    let plain =
        json!({"name": "Plain Person", "homeUnitId": o.ward.to_string(), "staffCode": "PLAIN"});
    let plain = id_of(&made(&admin, "personCreate", plain, "person { id }").await["person"]);
    ids.insert("plain person", plain);
    let grant = json!({"personId": person, "role": "MODERATOR", "unitId": harbour});
    ids.insert(
        "spare grant",
        id_of(&made(&admin, "grantAdd", grant, "grant { id }").await["grant"]),
    );
    ids.insert("spare person", person);
    let device = json!({"unitId": o.ward.to_string(), "name": "Spare", "kind": "SHARED"});
    ids.insert(
        "spare device",
        id_of(&made(&admin, "deviceEnrol", device, "device { id }").await["device"]),
    );
    let (spare, token, _) = integration(app, &admin, "Spare", json!(["FACTS"])).await;
    ids.insert("spare service", spare);
    ids.insert("spare token", token);
    let catalogue =
        admin.ask("{ programs { id } reasons { id } statuses { id } }", json!({})).await;
    for (name, list) in [("program", "programs"), ("reason", "reasons"), ("status", "statuses")] {
        ids.insert(name, id_of(&catalogue[list][0]));
    }
    let journey =
        made(&admin, "journeyCreate", json!({"name": "Arriving"}), "journey { id }").await;
    let journey = id_of(&journey["journey"]);
    let touchpoint = json!({"journeyId": journey, "name": "At the door"});
    let touchpoint = made(&admin, "touchpointCreate", touchpoint, "touchpoint { id }").await;
    ids.insert("touchpoint", id_of(&touchpoint["touchpoint"]));
    ids.insert("journey", journey);
    let rule = json!({"name": "Lifts", "conditions": {"words": ["lift"]}, "actions": {"tags": ["lift"]}, "active": false});
    let rule = made(&admin, "routingRuleCreate", rule, "routingRule { id }").await;
    ids.insert("rule", id_of(&rule["routingRule"]));
    let concerned = o.second_reviewer.to_string();
    let seen =
        json!({"text": "The lift is out again.", "kind": "OBSERVATION", "concernedId": concerned});
    let seen = made(&nurse, "submissionSend", seen, "submission { id }").await;
    ids.insert("observation", id_of(&seen["submission"]));
    let idea =
        json!({"text": "Hooks on the doors of the changing room.", "concernedId": concerned});
    ids.insert("idea", id_of(&made(&nurse, "ideaSubmit", idea, "idea { id }").await["idea"]));
    decided(app, &nurse, &mut ids).await;
    planned(app, &nurse, &mut ids).await;
    copied(app, &nurse, &mut ids).await;
    let keeps = json!(["CONTENT", "EXTERNAL_LINKS"]);
    let linker = integration(app, &admin, "Linker", keeps).await.2;
    let link = json!({"subjectId": ids["idea"], "system": "jira", "key": "OPS-0"});
    let link = made(&linker, "externalLinkSet", link, "externalLink { id }").await;
    ids.insert("link", id_of(&link["externalLink"]));
    let lifts = json!({"name": "Old lifts", "category": "PLACE", "status": "CONFIRMED"});
    let head = app.sign_in(o.head).await;
    let lifts = id_of(&made(&head, "causeCreate", lifts, "cause { id }").await["cause"]);
    let lifts = json!({"id": lifts, "announce": "LATER"});
    let held = made(&head, "causeResolve", lifts, "resolution { id }").await;
    ids.insert("held resolving", id_of(&held["resolution"]));
    World { callers: callers(app, &admin, nurse).await, ids }
}

/// A root cause, and a decision in its hold on an observation of its own.
async fn decided(app: &TestApp, nurse: &Client, ids: &mut BTreeMap<&'static str, String>) {
    let reviewer = app.sign_in(app.organisation.reviewer).await;
    let cause = json!({"name": "Doors", "category": "PLACE"});
    ids.insert(
        "cause",
        id_of(&made(&reviewer, "causeCreate", cause, "cause { id }").await["cause"]),
    );
    let reply = json!({"name": "Thanks", "texts": [{"language": "en", "text": "Thank you."}]});
    let reply = made(&reviewer, "replyTemplateCreate", reply, "replyTemplate { id }").await;
    ids.insert("reply", id_of(&reply["replyTemplate"]));
    for name in ["draft", "other draft"] {
        let text = json!([{"language": "en", "title": name, "body": "Hooks."}]);
        let ward = app.organisation.ward.to_string();
        let draft = json!({"unitIds": [ward], "texts": text});
        let draft = made(&reviewer, "announcementCreate", draft, "announcement { id }").await;
        ids.insert(name, id_of(&draft["announcement"]));
    }
    for (name, month) in [("absence", "06"), ("second absence", "07")] {
        let days = json!({"from": format!("2026-{month}-01"), "to": format!("2026-{month}-02")});
        let absence = made(&reviewer, "absenceCreate", days, "absence { id }").await;
        ids.insert(name, id_of(&absence["absence"]));
    }
    let view = made(&reviewer, "triageViewCreate", json!({"name": "Doors"}), "view { id }").await;
    ids.insert("view", id_of(&view["view"]));
    let concerned = app.organisation.second_reviewer.to_string();
    let seen = json!({"text": "The door sticks.", "kind": "OBSERVATION", "concernedId": concerned});
    let seen = id_of(&made(nurse, "submissionSend", seen, "submission { id }").await["submission"]);
    let moved = json!({"id": seen, "to": "DECLINED", "reason": "COST", "message": "No, sorry."});
    let moved = made(&reviewer, "submissionMove", moved, "decision { id }").await;
    ids.insert("decision", id_of(&moved["decision"]));
}

/// An item with a line and an outcome of the idea, and a trial of another one that is being worked on.
async fn planned(app: &TestApp, nurse: &Client, ids: &mut BTreeMap<&'static str, String>) {
    let reviewer = app.sign_in(app.organisation.reviewer).await;
    let idea = ids["idea"].clone();
    let item = json!({"submissionId": idea, "title": "Measure the doors", "checklist": ["Ward"]});
    let item = made(&reviewer, "actionItemAdd", item, "item { id checklist { id } }").await;
    ids.insert("item", id_of(&item["item"]));
    ids.insert("line", id_of(&item["item"]["checklist"][0]));
    let outcome = json!({"submissionId": idea, "kind": "QUALITY", "title": "Coats on the floor", "unitOfMeasure": "coats", "direction": "LOWER"});
    let outcome = made(&reviewer, "outcomeAdd", outcome, "outcome { id }").await;
    let outcome = id_of(&outcome["outcome"]);
    let actual =
        json!({"outcomeId": outcome, "stage": "ACTUAL", "value": 4, "evidence": "Counted"});
    made(&reviewer, "outcomeRecord", actual, "outcome { id }").await;
    ids.insert("outcome", outcome);
    let concerned = app.organisation.second_reviewer.to_string();
    let tried = json!({"text": "Bigger signs at the desk.", "concernedId": concerned});
    let tried = id_of(&made(nurse, "ideaSubmit", tried, "idea { id }").await["idea"]);
    let moved = json!({"id": tried, "to": "IN_PROGRESS", "message": "We try it."});
    made(&reviewer, "submissionMove", moved, "decision { id }").await;
    let trial = json!({"submissionId": tried, "guess": "Fewer questions", "measure": "Count them"});
    ids.insert(
        "trial",
        id_of(&made(&reviewer, "trialStart", trial, "trial { id }").await["trial"]),
    );
}

/// An idea that works, offered to two sites, of which one has taken it up.
async fn copied(app: &TestApp, nurse: &Client, ids: &mut BTreeMap<&'static str, String>) {
    let o = &app.organisation;
    let reviewer = app.sign_in(o.reviewer).await;
    let works =
        json!({"text": "A light over the trolley.", "concernedId": o.second_reviewer.to_string()});
    let works = id_of(&made(nurse, "ideaSubmit", works, "idea { id }").await["idea"]);
    for to in ["IN_PROGRESS", "IMPLEMENTED"] {
        let moved = json!({"id": works, "to": to, "message": "It works.", "announce": "NOW"});
        made(&reviewer, "submissionMove", moved, "decision { id }").await;
    }
    let sites = json!({"submissionId": works, "siteIds": [o.hill.to_string(), o.lake.to_string()]});
    let offers = made(&reviewer, "adoptionOffer", sites, "adoptions { id }").await;
    let (offer, taken) = (id_of(&offers["adoptions"][0]), id_of(&offers["adoptions"][1]));
    let south = app.sign_in(o.south_reviewer).await;
    made(&south, "adoptionAccept", json!({"id": taken}), "adoption { id }").await;
    ids.extend([
        ("working idea", works),
        ("offer", offer),
        ("taken offer", taken),
        ("hill", o.hill.to_string()),
    ]);
}

async fn callers(app: &TestApp, admin: &Client, nurse: Client) -> Vec<Client> {
    let o = &app.organisation;
    let all =
        json!(["CONTENT", "PERSONAL", "SUBMIT", "SUBMIT_ON_BEHALF", "FACTS", "EXTERNAL_LINKS"]);
    let scoped = integration(app, admin, "Scoped", all).await.2;
    let bare = integration(app, admin, "Bare", json!(["FACTS"])).await.2;
    vec![
        app.anybody(),
        app.sign_in(o.cook).await,
        nurse,
        app.sign_in(o.manager).await,
        app.sign_in(o.hill_manager).await,
        app.sign_in(o.reviewer).await,
        app.sign_in(o.south_reviewer).await,
        app.sign_in(o.executive).await,
        app.sign_in(o.moderator).await,
        app.sign_in(o.auditor).await,
        app.sign_in(o.admin).await,
        scoped,
        bare,
        app.sign_in(o.second_reviewer).await,
    ]
}

/// An integration of the north: its id, its token's id, its client.
pub async fn integration(
    app: &TestApp,
    admin: &Client,
    name: &str,
    scopes: Value,
) -> (String, String, Client) {
    let service = json!({"name": name, "unitId": app.organisation.north.to_string()});
    let service = id_of(&made(admin, "serviceCreate", service, "service { id }").await["service"]);
    let token = json!({"serviceId": service, "name": "test", "scopes": scopes});
    let token = made(admin, "apiTokenCreate", token, "secret apiToken { id }").await;
    let secret = token["secret"].as_str().expect("a secret");
    (service, id_of(&token["apiToken"]), app.anybody().with_token(secret))
}

async fn every_mutation_has_a_row() {
    let schema = introspected().await;
    let served: BTreeSet<&str> =
        root_fields(&schema, "mutationType").iter().map(|it| text(it, "name")).collect();
    let written: BTreeSet<&str> = ROWS.iter().map(|it| it.mutation).collect();
    let lacking: Vec<_> = served.difference(&written).collect();
    let stale: Vec<_> = written.difference(&served).collect();
    assert!(lacking.is_empty(), "mutations without a row in tests/it/authz.rs: {lacking:?}");
    assert!(stale.is_empty(), "rows without a mutation in tests/it/authz.rs: {stale:?}");
    for row in ROWS {
        assert_eq!(row.letters().len(), CALLERS.len(), "{}", row.mutation);
    }
}

#[tokio::test]
async fn a_mutation_without_a_row_fails() {
    every_mutation_has_a_row().await;
}

on_both! {
    async fn every_mutation_knows_every_caller(app) {
        let world = world(app).await;
        app.settle().await;
        let mut wrong = Vec::new();
        let mut answers = vec![vec!['?'; CALLERS.len()]; ROWS.len()];
        // Refusals first: everything is still there, and must be there afterwards.
        for (at, row) in ROWS.iter().enumerate() {
            let before = app.dump(&LEFT_OUT).await;
            for (caller, expected) in row.letters().into_iter().enumerate().filter(|it| it.1 != 'A') {
                answers[at][caller] = row.call(&world, caller).await;
                if answers[at][caller] != expected {
                    wrong.push(format!("{} by {}: {expected} expected", row.mutation, CALLERS[caller]));
                }
            }
            let changes = changed(&before, &app.dump(&LEFT_OUT).await);
            if !changes.is_empty() {
                wrong.push(format!("{} was refused and changed {changes:?}", row.mutation));
            }
        }
        for (at, row) in ROWS.iter().enumerate() {
            for (caller, _) in row.letters().into_iter().enumerate().filter(|it| it.1 == 'A') {
                answers[at][caller] = row.call(&world, caller).await;
                if answers[at][caller] != 'A' {
                    wrong.push(format!("{} by {}: A expected", row.mutation, CALLERS[caller]));
                }
            }
        }
        if std::env::var_os("EARSHOT_MATRIX").is_some() || !wrong.is_empty() {
            for (row, letters) in ROWS.iter().zip(&answers) {
                println!("{:28} {}  expected {}", row.mutation, shown(letters), row.expected);
            }
        }
        app.settle().await;
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
