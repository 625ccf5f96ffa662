//! Digests: what somebody wants to hear together, in one mail.
//!
//! Lines wait with the moment of their digest. When it comes they are put into one mail, once for a
//! person and a moment (`jobs/timed.rs`), in one transaction; "is it still fixed?" into one of its own
//! (`still_fixed.rs`). What the mail says is asked for at each
//! attempt, with the rights of that moment: what is not so any more, or not this reader's to know, is
//! not in it, and a digest in which nothing is left is not sent.

use std::collections::{HashMap, HashSet};

use entity::id::{ActionItemId, AdoptionId, NotificationId, PersonId, SubmissionId};
use entity::identity::person;
use entity::instant::{DAY, Day, Instant};
use entity::jobs::period::Period;
use entity::jobs::values::TimedKind;
use entity::notify::mail;
use entity::notify::rhythm::{self, topic_of};
use entity::notify::values::{Delivery, MailKind, NotificationKind, Topic};
use entity::submissions::phase::{Kind, Phase};
use uuid::Uuid;

use super::letter::{Form, Letter, Signature, Written, besides, framed};
use super::links::{self, Sort, Topics};
use super::query::{self, Lines, Standing};
use super::reader::why;
use super::rights;
use super::service::{self, View};
use super::templates::{Digest, DigestLine, DigestSection};
use super::words::Language;
use super::writing::{self, obstacle};
use crate::identity;
use crate::jobs::post::{self, NewMail};
use crate::jobs::timed::{self, Acted, Claim, Work};
use crate::kit::error::Result;
use crate::kit::scope::{Scope, Tx};

/// Most lines of a section; the rest is counted.
const LINES: usize = 30;

/// When the next digest falls due.
///
/// # Errors
/// A fault of the database.
pub async fn next(scope: &Scope) -> Result<Option<Instant>> {
    query::next_digest(&scope.db()).await
}

/// Whose digests are due.
///
/// # Errors
/// A fault of the database.
pub async fn due(scope: &Scope, most: u64) -> Result<Vec<Uuid>> {
    let people = query::due_people(&scope.db(), scope.now, most).await?;
    Ok(people.into_iter().map(|id| id.0).collect())
}

/// Puts what is due for somebody into one mail.
///
/// # Errors
/// A fault of the database.
pub async fn gather(tx: &mut Tx, scope: &Scope, subject: Uuid) -> Result<Acted> {
    let tx = &*tx;
    let id = PersonId(subject);
    let lines = query::lines_due(tx, id, scope.now).await?;
    let Some(moment) = lines.iter().map(|line| line.due_at).max() else {
        return Ok(Acted::Nothing);
    };
    let lines: Vec<NotificationId> = lines.iter().map(|line| line.notification_id).collect();
    let work = Work { kind: TimedKind::Digest, subject, period: Period::Since(moment) };
    if timed::claim(tx, work, scope.now).await? == Claim::Taken {
        // Told of after its digest was made: it comes with the next one.
        query::postpone(tx, &lines, moment.plus(DAY)).await?;
        return Ok(Acted::Done);
    }
    let wanted = wanted(tx, id, lines).await?;
    for (kind, lines) in
        [(MailKind::StillFixed, wanted.questions), (MailKind::Digest, wanted.others)]
    {
        if !lines.is_empty() {
            order(tx, scope, (id, kind), &lines).await?;
            tracing::info!(person = %id, %kind, lines = lines.len(), "put together for one mail");
        }
    }
    Ok(Acted::Done)
}

/// Lines that are still wanted.
struct Wanted {
    /// "Is it still fixed?", of somebody who wants what is their own at once: together in one mail, but
    /// not among other news.
    questions: Vec<NotificationId>,
    /// All else.
    others: Vec<NotificationId>,
}

/// Those whose topic is still wanted by mail; the others are forgotten.
async fn wanted(tx: &Tx, person: PersonId, lines: Vec<NotificationId>) -> Result<Wanted> {
    let wishes = query::chosen_by(tx, person).await?;
    let notes = query::notes_of(tx, Lines::These(&lines)).await?;
    let mut off = Vec::new();
    let mut wanted = Wanted { questions: Vec::new(), others: Vec::new() };
    for note in notes {
        match (wishes.by_mail(person, topic_of(note.kind)), note.kind) {
            (Delivery::Off, _) => off.push(note.id),
            (Delivery::Immediate, NotificationKind::StillFixed) => wanted.questions.push(note.id),
            _ => wanted.others.push(note.id),
        }
    }
    query::delete_lines(tx, &off).await?;
    Ok(wanted)
}

/// Asks for the mail of these lines; of somebody who cannot get one it is written down why, and the
/// lines are forgotten. A digest that is late waits for the end of the quiet hours.
async fn order(
    tx: &Tx,
    scope: &Scope,
    (id, kind): (PersonId, MailKind),
    lines: &[NotificationId],
) -> Result<()> {
    let person = query::person(tx, id).await?;
    let new = NewMail { kind, person: id, notification: None, login_code: None, not_before: None };
    if let Some(why) = obstacle(person.as_ref()) {
        post::skip(tx, scope, new, why).await?;
        return query::delete_lines(tx, lines).await;
    }
    let home = person.map(|it| it.home_unit_id);
    let zones = identity::query::zones(tx, home.as_slice()).await?;
    let zone = home.and_then(|home| zones.get(&home)).map(String::as_str);
    let zone = rhythm::zone_called(zone);
    let not_before = rhythm::quiet_until(&writing::hours(tx).await?, &zone, scope.now);
    let mail = post::order(tx, scope, NewMail { not_before, ..new }).await?;
    query::put_in(tx, mail, lines).await
}

/// Writes a digest, by what is so and what its reader may know now.
///
/// # Errors
/// A fault of the database, or a mistake in a template.
pub(super) async fn letter(
    scope: &Scope,
    mail: &mail::Model,
    person: &person::Model,
) -> Result<Letter> {
    let db = scope.db();
    let Some(actor) = rights::actor_of(scope, person.id).await? else {
        return Ok(Letter::None(why::DEACTIVATED));
    };
    let wishes = query::chosen_by(&db, person.id).await?;
    let mut notes = query::notes_of(&db, Lines::In(mail.id)).await?;
    notes.retain(|note| wishes.by_mail(person.id, topic_of(note.kind)) != Delivery::Off);
    if notes.is_empty() {
        return Ok(Letter::None(why::NOT_WANTED));
    }
    let views = service::views(&scope.acting_as(actor), notes).await?;
    let news = News::of(scope, views).await?;
    let language = Language::best(&person.locale);
    let sections = news.sections(language, &scope.house.config.public_url);
    if sections.is_empty() {
        return Ok(Letter::None(why::NOTHING_LEFT));
    }
    // What waited and is wanted at once now comes like this too, and is no digest to its reader: its
    // address stops what it tells of.
    let told = || sections.iter().map(|section| section.topic);
    let at_once = |topic| wishes.by_mail(person.id, topic) == Delivery::Immediate;
    let sort = if told().any(at_once) { Sort::These(Topics::of(told())) } else { Sort::Digest };
    let signature = Signature { person, language };
    let digest = Digest { sections: &sections };
    let (rendered, unsubscribe) = framed(scope, (sort, &signature), &digest).await?;
    Ok(Letter::Written(Written {
        rendered,
        language,
        quoted: None,
        thread: None,
        unsubscribe: Some(unsubscribe),
        form: Form::Full,
    }))
}

/// What is told, oldest first, and how the submissions of it stand now.
pub(super) struct News {
    pub(super) views: Vec<View>,
    pub(super) standings: HashMap<SubmissionId, Standing>,
}

impl News {
    /// Leaves out what is not so any more, what its reader may not know, and of several decisions about
    /// one thing all but the last.
    pub(super) async fn of(scope: &Scope, views: Vec<View>) -> Result<Self> {
        let db = scope.db();
        let decisions: Vec<_> = views.iter().filter_map(|view| view.row.decision_id).collect();
        let decided_on = query::decided_on(&db, &decisions).await?;
        let mut about: Vec<SubmissionId> =
            views.iter().filter_map(|view| view.row.submission_id).collect();
        about.extend(decided_on.values());
        about.sort_unstable();
        about.dedup();
        let standings = query::standings(&db, &about).await?;
        let open = Open::among(scope, &views).await?;
        let still_so = |view: &View| match (view.row.decision_id, view.phase) {
            (Some(decision), Some(phase)) => decided_on
                .get(&decision)
                .and_then(|id| standings.get(id))
                .is_some_and(|now| now.shown_phase == phase && !now.is_recused(view.row.person_id)),
            (Some(_), None) => false,
            (None, _) => open.holds(view, &standings),
        };
        let mut views: Vec<View> = views.into_iter().filter(still_so).collect();
        views.retain(|view| may_know(view, &standings));
        let mut seen: HashSet<(Topic, SubmissionId)> = HashSet::new();
        views.reverse();
        views.retain(|view| match (view.row.decision_id, view.row.submission_id) {
            (Some(_), Some(id)) => seen.insert((topic_of(view.row.kind), id)),
            _ => true,
        });
        views.reverse();
        Ok(Self { views, standings })
    }

    /// The sections that have anything, in the order of topics.
    fn sections(&self, language: Language, public_url: &str) -> Vec<DigestSection> {
        let section = |topic: Topic| {
            let of_topic = self.views.iter().filter(|view| topic_of(view.row.kind) == topic);
            let all: Vec<&View> = of_topic.collect();
            let lines = all.iter().take(LINES);
            DigestSection {
                topic,
                lines: lines.map(|view| self.line(view, (language, public_url))).collect(),
                more: all.len().saturating_sub(LINES),
            }
        };
        let sections = Topic::ALL.into_iter().map(section);
        sections.filter(|section| !section.lines.is_empty()).collect()
    }

    fn line(&self, view: &View, (language, public_url): (Language, &str)) -> DigestLine {
        let standing = view.row.submission_id.and_then(|id| self.standings.get(&id));
        let kind = standing.map_or(Kind::Idea, |it| it.kind);
        let lead = match view.phase {
            Some(phase) if view.row.decision_id.is_some() => {
                super::words::phase_word(language, kind, phase)
            }
            _ => super::words::say(language, lead_key(view.row.kind)),
        };
        let reference = Some(view.reference.clone()).filter(|it| !it.is_empty());
        let link = match (&reference, view.row.announcement_id) {
            (_, Some(id)) => Some(links::announcement(public_url, id)),
            (Some(reference), None) => Some(links::submission(public_url, reference)),
            (None, None) => None,
        };
        DigestLine {
            lead: Some(lead).filter(|lead| !lead.is_empty()),
            reference,
            title: view.title.clone(),
            words: view.message.clone(),
            also: besides(&view.also),
            link,
        }
    }
}

/// What is still to be done of what is told.
struct Open {
    items: HashSet<ActionItemId>,
    offers: HashSet<AdoptionId>,
    today: Day,
}

impl Open {
    async fn among(scope: &Scope, views: &[View]) -> Result<Self> {
        let db = scope.db();
        let items: Vec<_> = views.iter().filter_map(|view| view.row.item_id).collect();
        let offers: Vec<_> = views.iter().filter_map(|view| view.row.adoption_id).collect();
        Ok(Self {
            items: query::open_items(&db, &items).await?,
            offers: query::open_offers(&db, &offers).await?,
            today: scope.now.day(),
        })
    }

    /// Whether a question, a reminder or an offer still stands; whatever was said stays said. The list
    /// of what waits too long is never a line: it is a list of a day itself.
    fn holds(&self, view: &View, standings: &HashMap<SubmissionId, Standing>) -> bool {
        let row = &view.row;
        let now = row.submission_id.and_then(|id| standings.get(&id));
        match row.kind {
            NotificationKind::Escalated => false,
            NotificationKind::StillFixed => {
                now.is_some_and(|it| it.shown_phase == Phase::Implemented)
            }
            NotificationKind::PromisePassed => {
                now.and_then(|it| it.promised_on).is_some_and(|day| day < self.today)
            }
            NotificationKind::ActionReminder => {
                row.item_id.is_some_and(|id| self.items.contains(&id))
            }
            NotificationKind::AdoptionOffered => {
                row.adoption_id.is_some_and(|id| self.offers.contains(&id))
            }
            _ => true,
        }
    }
}

/// Whether anything of it is for its reader. Of a decision about what somebody follows reference and
/// phase always are, unless it is for the CX team alone or hidden by now; of all else nothing, once they may
/// not read it.
fn may_know(view: &View, standings: &HashMap<SubmissionId, Standing>) -> bool {
    let now = view.row.submission_id.and_then(|id| standings.get(&id));
    match topic_of(view.row.kind) {
        Topic::Own => !view.reference.is_empty(),
        Topic::Followed => {
            let closed = now.is_none_or(Standing::is_for_readers_alone);
            !view.reference.is_empty() && (view.title.is_some() || !closed)
        }
        Topic::Comments => view.title.is_some() && view.message.is_some(),
        Topic::Announcements => view.title.is_some(),
        Topic::Work => view.title.is_some() || view.message.is_some(),
    }
}

/// The phrase that says what happened, where no phase does.
const fn lead_key(kind: NotificationKind) -> &'static str {
    match kind {
        NotificationKind::OwnDecision | NotificationKind::FollowedDecision => {
            "digest-lead-decision"
        }
        NotificationKind::OwnQuestion => "digest-lead-question",
        NotificationKind::StillFixed => "digest-lead-still-fixed",
        NotificationKind::Split => "digest-lead-split",
        NotificationKind::ReceivedForYou => "digest-lead-received-for-you",
        NotificationKind::Redacted => "digest-lead-redacted",
        NotificationKind::OwnComment => "digest-lead-comment",
        NotificationKind::Mention => "digest-lead-mention",
        NotificationKind::Announcement => "digest-lead-announcement",
        NotificationKind::Assigned => "digest-lead-assigned",
        NotificationKind::Answered => "digest-lead-answered",
        NotificationKind::Escalated => "digest-lead-escalated",
        NotificationKind::PromisePassed => "digest-lead-promise",
        NotificationKind::ActionReminder => "digest-lead-item",
        NotificationKind::AdoptionOffered => "digest-lead-offer",
        NotificationKind::AdoptionAnswered => "digest-lead-offer-answered",
        NotificationKind::SecondLook => "digest-lead-second-look",
        NotificationKind::Reported => "digest-lead-reported",
    }
}
