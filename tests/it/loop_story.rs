//! The whole way of a fix over HTTP: from an accepted idea through plan, trial, outcome and the
//! resolving of its cause to the question after 60 days, the copy at another site and "what came of it".
//! Details stand in `plans`, `copies` and `closing`; here everybody who takes part is counted.

use std::collections::{BTreeMap, HashMap};

use entity::closing::values::ItemState;
use entity::closing::{item, resolution, resolved_cause};
use entity::engagement::vote;
use entity::id::{PersonId, SubmissionId, UnitId};
use entity::identity::unit;
use entity::instant::{DAY, HOUR, Instant, MINUTE, SECOND};
use entity::notify::notification;
use entity::submissions::phase::{Kind, Phase};
use entity::submissions::submission;
use entity::triage::cause;
use entity::triage::values::CauseStatus;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};

use crate::kit::app::TestApp;
use crate::kit::client::Client;
use crate::kit::mail::Received;
use crate::kit::people::mail_of;
use crate::on_both;
use crate::plans::{done, refused};

/// Something that was sent.
#[derive(Clone, Debug)]
struct Sent {
    id: String,
    reference: String,
}

fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}

async fn send(client: &Client, kind: &str, words: &str) -> Sent {
    let input = json!({"text": words, "kind": kind});
    let made = done(client, "submissionSend", input, "submission { id reference }").await;
    let made = &made["submission"];
    Sent { id: text(&made["id"]), reference: text(&made["reference"]) }
}

async fn id_of(client: &Client, (verb, field): (&str, &str), input: Value) -> Value {
    done(client, verb, input, &format!("{field} {{ id }}")).await[field]["id"].clone()
}

async fn phases(client: &Client, sent: &Sent) -> (String, String) {
    let query = "query($id: ID!) { submission(by: {id: $id}) { phase shownPhase } }";
    let seen = client.ask(query, json!({"id": sent.id})).await["submission"].clone();
    (seen["phase"].as_str().unwrap_or_default().to_owned(), text(&seen["shownPhase"]))
}

/// Somebody wants a mail at once of what they follow, whatever is usual.
pub async fn hears_at_once(client: &Client) {
    let input = json!({"kind": "FOLLOWED_DECISION", "email": "IMMEDIATE"});
    done(client, "notificationPreferenceSet", input, "preferences { kind }").await;
}

/// How many notifications everybody has.
async fn notes(app: &TestApp) -> BTreeMap<PersonId, usize> {
    let rows = notification::Entity::find().all(&app.system().db()).await.expect("notifications");
    let mut counts = BTreeMap::new();
    for row in rows {
        *counts.entry(row.person_id).or_default() += 1;
    }
    counts
}

/// Who has been told since, and how often.
fn since(
    after: &BTreeMap<PersonId, usize>,
    before: &BTreeMap<PersonId, usize>,
) -> BTreeMap<PersonId, usize> {
    let news = after
        .iter()
        .map(|(person, count)| (*person, count - before.get(person).copied().unwrap_or_default()));
    news.filter(|(_, count)| *count > 0).collect()
}

/// One line of a mail, without the marks of a quotation and the breaks that it came with.
fn flat(mail: &Received) -> String {
    mail.text().replace("\r\n", "\n").replace("\n> ", " ").replace('\n', " ")
}

/// Every mail, by whom it went to: each has one.
fn by_reader(mails: &[Received]) -> BTreeMap<String, &Received> {
    let mut found = BTreeMap::new();
    for mail in mails {
        assert_eq!(mail.to.len(), 1);
        assert!(found.insert(mail.to[0].clone(), mail).is_none(), "twice to {:?}", mail.to);
    }
    found
}

/// What stands behind one cause, and who.
struct Story {
    idea: Sent,
    twin: Sent,
    of_chemist: Sent,
    of_nurse: Sent,
    of_cook: Sent,
    cause: Value,
}

impl Story {
    /// Two ideas that are one, three observations, one cause; accepted, and everybody was told so.
    async fn make(app: &TestApp) -> Self {
        let o = &app.organisation;
        let head = app.sign_in(o.head).await;
        let (colleague, cook) = (app.sign_in(o.colleague).await, app.sign_in(o.cook).await);
        let (chemist, nurse) = (app.sign_in(o.chemist).await, app.sign_in(o.nurse).await);
        let cause =
            json!({"name": "No hooks on the doors", "category": "PLACE", "status": "CONFIRMED"});
        let story = Self {
            idea: send(&colleague, "IDEA", "Hooks on the doors of the changing rooms").await,
            twin: send(&cook, "IDEA", "Ganchos en las puertas").await,
            of_chemist: send(&chemist, "OBSERVATION", "Coats lie on the floor of the lab").await,
            of_nurse: send(&nurse, "OBSERVATION", "A visitor fell over a coat").await,
            of_cook: send(&cook, "OBSERVATION", "No hay donde colgar el abrigo").await,
            cause: id_of(&head, ("causeCreate", "cause"), cause).await,
        };
        // The one votes for the idea, the other for its twin, a third only follows.
        for (person, sent) in [(o.manager, &story.idea), (o.hill_manager, &story.twin)] {
            let (client, input) = (app.sign_in(person).await, json!({"submissionId": sent.id}));
            done(&client, "submissionVote", input, "submission { id }").await;
            hears_at_once(&client).await;
        }
        let accept =
            json!({"id": story.idea.id, "to": "ACCEPTED", "message": "Yes.", "announce": "NOW"});
        done(&head, "submissionMove", accept, "submission { id }").await;
        let follow = json!({"submissionId": story.idea.id});
        let executive = app.sign_in(o.executive).await;
        done(&executive, "submissionFollow", follow, "submission { id }").await;
        hears_at_once(&executive).await;
        for sent in [&story.idea, &story.of_chemist, &story.of_nurse, &story.of_cook] {
            let link =
                json!({"submissionId": sent.id, "causeIds": [story.cause], "announce": "NOW"});
            done(&head, "causeLink", link, "submission { id }").await;
        }
        let join = json!({"id": story.twin.id, "intoId": story.idea.id, "announce": "NOW"});
        done(&head, "submissionMerge", join, "submission { id }").await;
        app.pass(MINUTE + SECOND).await;
        app.forget_mails();
        story
    }

    /// Two items, of which one passes its day; a trial; an outcome for which a third person stands.
    async fn work(&self, app: &TestApp) {
        let o = &app.organisation;
        let (before, idea) = (notes(app).await, &self.idea.id);
        let manager = app.sign_in(o.manager).await;
        let order = json!({"submissionId": idea, "title": "Order hooks", "dueOn": "2026-03-03", "assigneeId": o.manager.to_string()});
        let order = id_of(&manager, ("actionItemAdd", "item"), order).await;
        let hang = json!({"submissionId": idea, "title": "Put them up", "dueOn": "2026-03-04", "assigneeId": o.colleague.to_string(), "waitsFor": [order]});
        let hang = id_of(&manager, ("actionItemAdd", "item"), hang).await;
        done(&manager, "actionItemMove", json!({"id": order, "status": "DONE"}), "item { id }")
            .await;
        app.pass(DAY).await;
        app.pass(2 * DAY + HOUR).await;
        // Reminded the day before and the day after: whoever has it, and nobody else.
        assert_eq!(since(&notes(app).await, &before), BTreeMap::from([(o.colleague, 2)]));
        let mails = app.delivered(2).await;
        assert!(mails.iter().all(|mail| mail.to == [mail_of("Colin Colleague")]), "{mails:?}");
        let (colleague, reviewer) = (app.sign_in(o.colleague).await, app.sign_in(o.reviewer).await);
        let plan = "query($id: ID!) { submission(by: {id: $id}) { plan { progress { done total overdue } } } }";
        let seen = colleague.ask(plan, json!({"id": idea})).await["submission"]["plan"].clone();
        assert_eq!(seen["progress"], json!({"done": 1, "total": 2, "overdue": 1}));

        let begin = json!({"id": idea, "to": "IN_PROGRESS", "announce": "NOW"});
        done(&reviewer, "submissionMove", begin, "submission { id }").await;
        let trial = json!({"submissionId": idea, "guess": "Fewer coats on the floor", "measure": "Count at noon"});
        let trial = id_of(&reviewer, ("trialStart", "trial"), trial).await;
        let adopt =
            json!({"id": trial, "result": "None on the floor", "learned": "Four hooks a door"});
        done(&reviewer, "trialAdopt", adopt, "trial { id }").await;
        done(&colleague, "actionItemMove", json!({"id": hang, "status": "DONE"}), "item { id }")
            .await;
        let outcome = json!({"submissionId": idea, "kind": "SAFETY", "title": "Falls over coats", "unitOfMeasure": "falls a month", "direction": "LOWER"});
        let outcome = id_of(&reviewer, ("outcomeAdd", "outcome"), outcome).await;
        for (stage, value) in [("TARGET", 1), ("ACTUAL", 0)] {
            let figure = json!({"outcomeId": outcome, "stage": stage, "value": value, "evidence": "The book of falls"});
            done(&reviewer, "outcomeRecord", figure, "outcome { id }").await;
        }
        assert_eq!(
            refused(&reviewer, "outcomeConfirm", json!({"id": outcome})).await.0,
            "FORBIDDEN",
            "it is their own figure"
        );
        let third = app.sign_in(o.second_reviewer).await;
        done(&third, "outcomeConfirm", json!({"id": outcome}), "outcome { id }").await;
        app.pass(MINUTE + SECOND).await;
        app.forget_mails();
    }

    /// The cause is resolved: one right message for each, and none for anybody else.
    async fn resolve(&self, app: &TestApp) {
        let o = &app.organisation;
        let (before, head) = (notes(app).await, app.sign_in(o.head).await);
        let input = json!({"id": self.cause, "ideas": "UNDER_WAY", "messages": [
            {"language": "en", "text": "{name}, {reference} is put right: {cause}."},
            {"language": "es", "text": "{name}, {reference} ya está resuelto: {cause}."},
        ]});
        let preview = "query($in: CauseResolveInput!) { causeResolvePreview(input: $in) { tells withoutChannel moves ideas } }";
        let seen = head.ask(preview, json!({"in": input})).await["causeResolvePreview"].clone();
        assert_eq!(seen, json!({"tells": 7, "withoutChannel": 1, "moves": 4, "ideas": 1}));
        let id = id_of(&head, ("causeResolve", "resolution"), input).await;
        app.settle().await;
        assert!(since(&notes(app).await, &before).is_empty() && app.mails.taken() == 0, "held");
        app.pass(MINUTE + SECOND).await;

        // In the app everybody once: authors, the author of the twin, followers, voters of both.
        let once =
            [o.colleague, o.cook, o.chemist, o.nurse, o.manager, o.hill_manager, o.executive];
        assert_eq!(since(&notes(app).await, &before), once.map(|it| (it, 1)).into_iter().collect());
        let state = "query($id: ID!) { causeResolution(id: $id) { state total done moved told } }";
        let seen = head.ask(state, json!({"id": id})).await["causeResolution"].clone();
        assert_eq!(
            seen,
            json!({"state": "ANNOUNCED", "total": 4, "done": 4, "moved": 4, "told": 7})
        );
        self.mails_of_resolving(&app.delivered(6).await);
    }

    /// Mails of the resolving: whose, in which language, about what of theirs.
    fn mails_of_resolving(&self, mails: &[Received]) {
        let mails = by_reader(mails);
        let readers = [
            "Colin Colleague",
            "Carla Cook",
            "Cher Chemist",
            "Mona Manager",
            "Hugo Hill",
            "Ed Executive",
        ];
        let expected: Vec<String> = {
            let mut all = readers.map(mail_of).to_vec();
            all.sort();
            all
        };
        assert_eq!(mails.keys().cloned().collect::<Vec<_>>(), expected, "the nurse has no address");
        let english = |name: &str, about: &Sent| {
            let mail = mails[&mail_of(name)];
            let words = flat(mail);
            assert!(
                words.contains(&format!(
                    "{name}, {} is put right: No hooks on the doors.",
                    about.reference
                )),
                "{words}"
            );
            assert!(mail.subject().contains(&about.reference), "{}", mail.subject());
            assert_eq!(mail.header("Content-Language").as_deref(), Some("en"));
            words
        };
        for (name, about) in [
            ("Colin Colleague", &self.idea),
            ("Mona Manager", &self.idea),
            ("Ed Executive", &self.idea),
            ("Cher Chemist", &self.of_chemist),
            ("Hugo Hill", &self.twin),
        ] {
            let words = english(name, about);
            let others = [&self.idea, &self.twin, &self.of_chemist, &self.of_nurse, &self.of_cook]
                .into_iter()
                .filter(|it| it.reference != about.reference);
            for other in
                others.filter(|it| name != "Hugo Hill" || it.reference != self.idea.reference)
            {
                assert!(
                    !words.contains(&format!("{} ", other.reference)),
                    "{name} hears of {other:?}: {words}"
                );
            }
        }
        // The cook sent two of them: one message, which names the other as well.
        let cook = mails[&mail_of("Carla Cook")];
        let words = flat(cook);
        assert_eq!(cook.header("Content-Language").as_deref(), Some("es"));
        let told = |sent: &Sent| {
            words.contains(&format!(
                "Carla Cook, {} ya está resuelto: No hooks on the doors.",
                sent.reference
            ))
        };
        assert!(told(&self.of_cook) != told(&self.twin), "{words}");
        assert!(
            words.contains(&self.of_cook.reference) && words.contains(&self.twin.reference),
            "{words}"
        );
    }
}

/// "Is it still fixed?", to be answered by somebody, or flagged.
async fn questions(client: &Client, list: &str) -> Vec<String> {
    let query = format!(
        "{{ sustainQuestions(list: {list}, first: 10) {{ nodes {{ submission {{ reference }} }} }} }}"
    );
    let seen = client.ask(&query, json!({})).await["sustainQuestions"]["nodes"].clone();
    let mut found: Vec<String> = seen
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| text(&it["submission"]["reference"]))
        .collect();
    found.sort();
    found
}

/// The raw rows that "what came of it" is counted anew from.
struct Raw {
    now: Instant,
    subs: HashMap<SubmissionId, submission::Model>,
    votes: Vec<vote::Model>,
    sites: HashMap<UnitId, UnitId>,
    causes: Vec<cause::Model>,
    told: Vec<(resolution::Model, Vec<SubmissionId>)>,
    along: Vec<resolved_cause::Model>,
}

impl Raw {
    async fn read(app: &TestApp) -> Self {
        let db = app.system().db();
        let subs = submission::Entity::find().all(&db).await.expect("rows");
        let units = unit::Entity::find().all(&db).await.expect("rows");
        let mut told = Vec::new();
        for made in resolution::Entity::find().all(&db).await.expect("rows") {
            let items = item::Entity::find()
                .filter(item::Column::ResolutionId.eq(made.id))
                .all(&db)
                .await
                .expect("rows");
            let moved = items.into_iter().filter(|it| it.state == ItemState::Moved);
            told.push((made, moved.map(|it| it.submission_id).collect()));
        }
        Self {
            subs: subs.into_iter().map(|it| (it.id, it)).collect(),
            votes: vote::Entity::find().all(&db).await.expect("rows"),
            sites: units.into_iter().map(|it| (it.id, it.site_id)).collect(),
            causes: cause::Entity::find().all(&db).await.expect("rows"),
            told,
            now: app.house.clock.now(),
            along: resolved_cause::Entity::find().all(&db).await.expect("rows"),
        }
    }

    /// What somebody sent, sorted by where everybody sees it.
    fn came(&self, person: PersonId) -> Value {
        let mine: Vec<&submission::Model> =
            self.subs.values().filter(|it| it.author_id == Some(person)).collect();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for sub in &mine {
            let root = sub.canonical_id.map_or(*sub, |id| &self.subs[&id]);
            *counts
                .entry(match root.shown_phase.to_string().as_str() {
                    "SUBMITTED" | "UNDER_REVIEW" | "NEEDS_INFO" | "DEFERRED" => "waiting",
                    "ACCEPTED" | "PLANNED" | "IN_PROGRESS" => "underWay",
                    "IMPLEMENTED" | "SUSTAINED" => "done",
                    "DECLINED" => "declined",
                    "WITHDRAWN" => "takenBack",
                    phase => panic!("nothing is shown as {phase}"),
                })
                .or_default() += 1;
        }
        let mut voters: Vec<PersonId> = self
            .votes
            .iter()
            .filter(|vote| {
                vote.person_id != person && mine.iter().any(|it| it.id == vote.submission_id)
            })
            .map(|vote| vote.person_id)
            .collect();
        voters.sort_unstable();
        voters.dedup();
        let of = |name: &str| counts.get(name).copied().unwrap_or_default();
        json!({"sent": mine.len(), "waiting": of("waiting"), "underWay": of("underWay"), "done": of("done"),
            "declined": of("declined"), "takenBack": of("takenBack"), "agreed": voters.len()})
    }

    /// What is done at a site, for somebody who may read all of it: ideas by reference, causes by name.
    fn changed(&self, site: UnitId) -> (Vec<String>, Vec<String>) {
        let here = |sub: &submission::Model| self.sites[&sub.unit_id] == site;
        let is_done = |it: &&submission::Model| {
            matches!(it.shown_phase, Phase::Implemented | Phase::Sustained) && it.kind == Kind::Idea
        };
        let mut ideas: Vec<String> = self
            .subs
            .values()
            .filter(is_done)
            .filter(|it| here(it))
            .map(|it| it.reference.clone())
            .collect();
        let mut causes: Vec<String> = self
            .told
            .iter()
            .filter(|(made, moved)| {
                // Also where only a voice that was joined with it was heard.
                let group = self.subs.values().filter(|it| {
                    moved.iter().any(|id| it.id == *id || it.canonical_id == Some(*id))
                });
                made.release_at.is_some_and(|at| at <= self.now) && group.into_iter().any(here)
            })
            .flat_map(|(made, _)| self.along.iter().filter(|it| it.resolution_id == made.id))
            .filter_map(|along| self.causes.iter().find(|it| it.id == along.cause_id))
            .filter(|it| it.status == CauseStatus::Resolved)
            .map(|it| it.name.clone())
            .collect();
        ideas.sort();
        causes.sort();
        causes.dedup();
        (ideas, causes)
    }
}

/// "What came of it", of everybody and of every site, held against the recount.
async fn what_came_of_it(app: &TestApp) {
    let o = &app.organisation;
    let raw = Raw::read(app).await;
    let mine =
        "{ viewer { whatCameOfIt { sent waiting underWay done declined takenBack agreed } } }";
    for person in
        [o.nurse, o.cook, o.colleague, o.chemist, o.manager, o.hill_manager, o.head, o.executive]
    {
        let seen =
            app.sign_in(person).await.ask(mine, json!({})).await["viewer"]["whatCameOfIt"].clone();
        assert_eq!(seen, raw.came(person));
    }
    let here = "query($u: ID!) { whatChangedHere(unitId: $u) { ideas(first: 50) { nodes { reference } } causes { name } } }";
    let head = app.sign_in(o.head).await;
    let mut all = 0;
    for site in [o.harbour, o.hill, o.lake] {
        let seen = head.ask(here, json!({"u": site.to_string()})).await["whatChangedHere"].clone();
        let list = |rows: &Value, key: &str| {
            let mut found: Vec<String> =
                rows.as_array().expect("rows").iter().map(|it| text(&it[key])).collect();
            found.sort();
            found
        };
        let found = (list(&seen["ideas"]["nodes"], "reference"), list(&seen["causes"], "name"));
        all += found.0.len() + found.1.len();
        assert_eq!(found, raw.changed(site), "{site}");
    }
    assert!(all > 1, "something has changed");
}

on_both! {
    async fn from_decision_to_done_and_everybody_behind_it_hears(app) {
        let o = &app.organisation;
        let story = Story::make(app).await;
        story.work(app).await;
        story.resolve(app).await;
        for (person, sent) in [(o.colleague, &story.idea), (o.nurse, &story.of_nurse), (o.cook, &story.of_cook)] {
            assert_eq!(phases(&app.sign_in(person).await, sent).await.1, "IMPLEMENTED", "{sent:?}");
        }
        what_came_of_it(app).await;

        // "Not fixed": back to work, at once and for all to see.
        let chemist = app.sign_in(o.chemist).await;
        let said = json!({"id": story.of_chemist.id, "text": "There is none in the lab."});
        done(&chemist, "submissionNotFixed", said, "submission { phase }").await;
        assert_eq!(phases(&app.sign_in(o.head).await, &story.of_chemist).await, ("IN_PROGRESS".into(), "IN_PROGRESS".into()));
        app.settle().await;
        assert_eq!(app.mails.taken(), 6, "nobody else is mailed for it");
        app.forget_mails();

        // Another site does it too, and measures for itself.
        let offer = json!({"submissionId": story.idea.id, "siteIds": [o.lake.to_string()]});
        let made = done(&app.sign_in(o.executive).await, "adoptionOffer", offer, "adoptions { id }").await;
        let offer = made["adoptions"][0]["id"].clone();
        let south = app.sign_in(o.south_reviewer).await;
        done(&south, "adoptionAccept", json!({"id": offer}), "adoption { id }").await;
        let there = json!({"adoptionId": offer, "kind": "SAFETY", "title": "Falls over coats", "unitOfMeasure": "falls a month", "direction": "LOWER"});
        let there = id_of(&south, ("outcomeAdd", "outcome"), there).await;
        let figure = json!({"outcomeId": there, "stage": "ACTUAL", "value": 2, "evidence": "The book of falls"});
        done(&south, "outcomeRecord", figure, "outcome { id }").await;
        done(&south, "adoptionComplete", json!({"id": offer}), "adoption { id }").await;
        done(&app.sign_in(o.head).await, "outcomeConfirm", json!({"id": there}), "outcome { id }").await;
        let both = "query($id: ID!) { submission(by: {id: $id}) { outcomes { actual { value } } adoptions { state site { name } outcomes { actual { value } } } } }";
        let seen = app.sign_in(o.chemist).await.ask(both, json!({"id": story.idea.id})).await["submission"].clone();
        assert_eq!(seen["outcomes"], json!([{"actual": {"value": 0.0}}]), "{seen}");
        assert_eq!(seen["adoptions"], json!([{"state": "ADOPTED", "site": {"name": "Lake"}, "outcomes": [{"actual": {"value": 2.0}}]}]));
        app.settle().await;
        app.forget_mails();

        // 60 days: asked once, what is done still; not what came back.
        let before = notes(app).await;
        app.pass(60 * DAY).await;
        let asked = BTreeMap::from([(o.colleague, 1), (o.nurse, 1), (o.cook, 1)]);
        assert_eq!(since(&notes(app).await, &before), asked);
        assert!(app.mails.mails().is_empty(), "asked by mail in the morning");
        app.pass(23 * HOUR).await;
        let mails = app.delivered(2).await;
        let mails = by_reader(&mails);
        assert_eq!(mails[&mail_of("Carla Cook")].subject(), format!("{}: ¿sigue resuelto?", story.of_cook.reference));
        assert_eq!(mails[&mail_of("Colin Colleague")].subject(), format!("{}: is it still fixed?", story.idea.reference));
        let cook = app.sign_in(o.cook).await;
        let yes = json!({"submissionId": story.of_cook.id, "answer": "YES"});
        done(&cook, "sustainAnswer", yes, "submission { id }").await;
        assert_eq!(phases(&cook, &story.of_cook).await.1, "SUSTAINED");
        // The unit's NO: a reviewer looks, nothing moves.
        let manager = app.sign_in(o.manager).await;
        assert_eq!(questions(&manager, "TO_ANSWER").await, { let mut all = [story.idea.reference.clone(), story.of_nurse.reference.clone()]; all.sort(); all });
        done(&manager, "sustainAnswer", json!({"submissionId": story.idea.id, "answer": "NO"}), "submission { id }").await;
        let head = app.sign_in(o.head).await;
        assert_eq!(questions(&head, "FLAGGED").await, std::slice::from_ref(&story.idea.reference));
        assert_eq!(phases(&head, &story.idea).await.0, "IMPLEMENTED");

        // Nobody answers about the nurse's: flagged after 30 days more, not a day before.
        app.pass(28 * DAY + HOUR).await;
        assert_eq!(questions(&app.sign_in(o.head).await, "FLAGGED").await.len(), 1);
        app.pass(DAY).await;
        let head = app.sign_in(o.head).await;
        assert_eq!(questions(&head, "FLAGGED").await, { let mut all = [story.idea.reference.clone(), story.of_nurse.reference.clone()]; all.sort(); all });
        // 91 days: too late, and it says so and what to do.
        app.pass(DAY).await;
        let colleague = app.sign_in(o.colleague).await;
        let (code, field, error) = refused(&colleague, "submissionNotFixed", json!({"id": story.idea.id})).await;
        assert_eq!((code.as_str(), field.as_str()), ("STEP_NOT_ALLOWED", "id"), "{error}");
        assert!(text(&error["message"]).contains("90"), "the clock is named: {error}");

        // A second look is given once.
        let nurse = app.sign_in(o.nurse).await;
        let late = send(&nurse, "IDEA", "A chair in the hall").await;
        let decline = json!({"id": late.id, "to": "DECLINED", "reason": "COST", "message": "No.", "announce": "NOW"});
        done(&app.sign_in(o.reviewer).await, "submissionMove", decline.clone(), "submission { id }").await;
        done(&nurse, "submissionAskSecondLook", json!({"id": late.id, "text": "Please."}), "submission { id }").await;
        done(&app.sign_in(o.head).await, "submissionMove", decline, "submission { id }").await;
        let (code, _, error) = refused(&nurse, "submissionAskSecondLook", json!({"id": late.id})).await;
        assert_eq!(code, "STEP_NOT_ALLOWED", "{error}");
        assert!(text(&error["message"]).contains("second look"), "{error}");
        app.settle().await;
        what_came_of_it(app).await;
    }
}
