//! Every mail, in every language, with text that people should not have written.

use entity::notify::values::Topic;
use entity::submissions::phase::{Kind, Phase};
use time::macros::date;

use super::*;

const HOSTILE: &str = "</p><script>alert('x')</script> <img src=x onerror=y> \u{202e}evil\u{2066} {{ 7*7 }} { $x } \
    \"quotes\" & 👩‍⚕️\nsecond line\n\n.\nFrom here";

fn frame(language: Language) -> Frame<'static> {
    Frame {
        language,
        program: "Say & Do",
        reader: Some("Ana <b>Ruiz</b>"),
        preferences: Some("https://example.org/me?a=1&b=2"),
        unsubscribe: Some(StopLink {
            address: "https://example.org/u/abc",
            says: "footer-stop-own",
        }),
    }
}

static ALSO: LazyLock<Besides> =
    LazyLock::new(|| Besides { named: vec!["EAR-98".to_owned(), "EAR-120".to_owned()], more: 3 });

fn decision<'a>(kind: Kind, phase: Phase, message: &'a str) -> Decision<'a> {
    Decision {
        reference: "EAR-142",
        title: Some("Hooks on the door of the <changing> room"),
        kind,
        phase,
        audience: Audience::Author,
        reason: Some("It costs more than it helps"),
        message: Some(message),
        words_language: Some("es-MX"),
        signed: Some("María, customer team"),
        joined_with: Some("EAR-97"),
        next: Some(date!(2027 - 03 - 12)),
        also: Some(&ALSO),
        link: "https://example.org/i/EAR-142",
    }
}

/// Every mail, with every optional value or with none, around the given text.
fn all(frame: &Frame<'_>, text: &str) -> Vec<(String, Rendered)> {
    let mut mails = Vec::new();
    let mut add = |name: String, rendered: Result<Rendered, RenderError>| match rendered {
        Ok(rendered) => mails.push((name, rendered)),
        Err(error) => panic!("{name}: {error:#?}"),
    };
    let link = "https://example.org/i/EAR-142";
    let until = date!(2026 - 11 - 28);
    for optional in [Some(text), None] {
        let code = SignInCode {
            code: "482913",
            minutes: 10,
            device: optional,
            link: optional.map(|_| link),
        };
        add("sign_in_code".into(), render(frame, &code));
        add("invite".into(), render(frame, &Invite { inviter: optional, link, until }));
        let question = Question {
            reference: "EAR-142",
            title: optional,
            question: text,
            words_language: optional.map(|_| "es-MX"),
            signed: optional,
            link,
        };
        add("question".into(), render(frame, &question));
        for is_overdue in [false, true] {
            let reminder = ActionReminder {
                reference: optional.map(|_| "EAR-142"),
                cause: optional,
                title: text,
                day: until,
                is_overdue,
                link: optional.map(|_| link),
            };
            add(format!("action_reminder {is_overdue}"), render(frame, &reminder));
            let of_cause = ActionReminder { reference: None, link: None, ..reminder };
            add(format!("action_reminder of a cause {is_overdue}"), render(frame, &of_cause));
        }
        let offer = AdoptionOffer {
            reference: "EAR-142",
            title: text,
            site: text,
            from: text,
            message: optional,
            link,
        };
        add("adoption_offer".into(), render(frame, &offer));
        for audience in [Audience::Author, Audience::Follower] {
            let comment = Comment {
                reference: "EAR-142",
                title: optional,
                audience,
                comment: text,
                signed: optional,
                link,
            };
            add(format!("comment {audience:?}"), render(frame, &comment));
            for kind in [Kind::Idea, Kind::Observation] {
                for phase in Phase::ALL {
                    let decision = Decision {
                        audience,
                        title: optional,
                        reason: optional,
                        message: optional,
                        signed: optional,
                        joined_with: optional.map(|_| "EAR-97"),
                        next: optional.map(|_| until),
                        also: optional.map(|_| &*ALSO),
                        ..decision(kind, phase, text)
                    };
                    add(format!("decision {kind} {phase} {audience:?}"), render(frame, &decision));
                }
            }
        }
    }
    add("announcement".into(), render(frame, &Announcement { title: text, body: text, link }));
    let line = |some: Option<&str>| DigestLine {
        lead: some.map(str::to_owned),
        reference: some.map(|_| "EAR-142".to_owned()),
        title: some.map(str::to_owned),
        words: some.map(str::to_owned),
        also: some.map(|_| Besides { more: 0, ..ALSO.clone() }),
        link: some.map(|_| link.to_owned()),
    };
    let sections: Vec<DigestSection> = Topic::ALL
        .into_iter()
        .map(|topic| DigestSection { topic, lines: vec![line(Some(text)), line(None)], more: 3 })
        .collect();
    add("digest".into(), render(frame, &Digest { sections: &sections }));
    add("digest of one".into(), render(frame, &Digest { sections: &sections[1..2] }));
    let line = |days| Line { reference: "EAR-142".into(), days, link: link.into() };
    let lines = [line(0), line(1), line(9)];
    add("escalation".into(), render(frame, &Escalation { lines: &lines, more: 7 }));
    add("escalation of one".into(), render(frame, &Escalation { lines: &lines[..1], more: 0 }));
    let title = Some(text);
    let reminder = Reminder { reference: "EAR-142", title, promised: until, link };
    add("reminder".into(), render(frame, &reminder));
    let still_fixed = StillFixed { reference: "EAR-142", title, done: until, link };
    add("still_fixed".into(), render(frame, &still_fixed));
    let sent = ReceivedForYou { reference: "EAR-142", title, sender: text, link };
    add("received_for_you".into(), render(frame, &sent));
    let asked = |title: &str| AskedLine {
        reference: "EAR-142".to_owned(),
        title: title.to_owned(),
        done: until,
        link: link.to_owned(),
    };
    let lines = [asked(text), asked("A bench")];
    for more in [0, 3] {
        add("asked_again".into(), render(frame, &AskedAgain { lines: &lines, more }));
    }
    add("received".into(), render(frame, &Received { reference: "EAR-142", text, link }));
    mails
}

fn assert_sound(name: &str, mail: &Rendered) {
    assert!(
        !mail.subject.is_empty() && mail.subject.chars().count() <= SUBJECT_LIMIT,
        "{name}: {}",
        mail.subject
    );
    assert!(!mail.subject.contains(char::is_control), "{name}: {}", mail.subject);
    for (part, text) in [("subject", &mail.subject), ("text", &mail.text), ("html", &mail.html)] {
        assert!(
            !text.contains("undefined") && !text.contains("none"),
            "{name} {part}:\n{text}",
            text = without_style(text)
        );
        assert!(!text.contains(['\u{202e}', '\u{2066}']), "{name} {part}");
    }
    for markup in ["<script", "<img", "<b>", "<changing>", "</p></p>"] {
        assert!(!mail.html.contains(markup), "{name}: {markup}\n{}", mail.html);
    }
    assert!(!mail.html.contains("src=\""), "{name}: no pictures from afar");
    assert!(!mail.text.contains("\n\n\n") && mail.text.ends_with('\n'), "{name}:\n{}", mail.text);
    assert!(!mail.text.contains("<p") && !mail.text.contains("&amp;"), "{name}:\n{}", mail.text);
}

/// The page without its style rules, which say `none` themselves.
fn without_style(html: &str) -> String {
    html.split("<style>")
        .enumerate()
        .map(|(n, p)| if n == 0 { p } else { p.split("</style>").last().unwrap_or("") })
        .collect()
}

#[test]
fn every_mail_renders_in_every_language_with_hostile_text() {
    let long = "Ä".repeat(2_000);
    let emoji = "👩‍⚕️🏥 ".repeat(100);
    for language in Language::ALL {
        for text in [HOSTILE, &long, &emoji, "x"] {
            for (name, mail) in all(&frame(language), text) {
                let mut shown = mail.clone();
                shown.html = without_style(&mail.html)
                    .replace("display:none", "")
                    .replace("text-decoration:none", "");
                assert_sound(&format!("{language:?} {name}"), &shown);
            }
        }
    }
}

#[test]
fn the_whole_message_arrives() {
    let long = format!("start {} end", "word ".repeat(400));
    let mail = render(&frame(Language::En), &decision(Kind::Idea, Phase::Declined, &long))
        .expect("a mail");
    assert!(mail.text.contains(long.trim()) && mail.html.contains(long.trim()));
}

#[test]
fn a_decision_says_what_why_who_when_and_where() {
    let mail = render(
        &frame(Language::En),
        &decision(Kind::Idea, Phase::Deferred, "Next budget.\nSorry!"),
    );
    let mail = mail.expect("a mail");
    assert_eq!(mail.subject, "EAR-142: Not now – Hooks on the door of the <changing> room");
    let wanted = [
        "Hello Ana <b>Ruiz</b>,",
        "This is about your idea EAR-142.",
        "NOT NOW",
        "Why: It costs more than it helps",
        "María, customer team wrote:\n> Next budget.\n> Sorry!",
        "We look at it again on 12 March 2027.",
        "https://example.org/i/EAR-142",
        "You get this mail because you sent us EAR-142.",
        "https://example.org/u/abc",
    ];
    for words in wanted {
        assert!(mail.text.contains(words), "{words:?} in\n{}", mail.text);
    }
    for words in [
        "Hello Ana &lt;b&gt;Ruiz",
        "Next budget.<br>\nSorry!",
        "lang=\"en\"",
        "prefers-color-scheme: dark",
    ] {
        assert!(mail.html.contains(words), "{words:?} in\n{}", mail.html);
    }
}

#[test]
fn the_step_bar_tells_place_and_next_step() {
    let en = |kind, phase| {
        render(&frame(Language::En), &decision(kind, phase, "x")).expect("a mail").text
    };
    let accepted = en(Kind::Idea, Phase::Accepted);
    assert!(accepted.contains("Step 3 of 6: Yes, we want to do this\nNext: Planned"), "{accepted}");
    let accepted = en(Kind::Observation, Phase::Accepted);
    assert!(
        accepted.contains("Step 3 of 5: We know why it happens\nNext: Being worked on"),
        "{accepted}"
    );
    assert!(en(Kind::Idea, Phase::Sustained).contains("Step 6 of 6: Still working\n\n"));
    for beside in
        [Phase::NeedsInfo, Phase::Deferred, Phase::Declined, Phase::Merged, Phase::Withdrawn]
    {
        assert!(!en(Kind::Idea, beside).contains("Step "), "{beside}");
    }
}

#[test]
fn only_the_author_is_offered_what_only_the_author_can_do() {
    let mine = decision(Kind::Idea, Phase::Declined, "x");
    let theirs = Decision { audience: Audience::Follower, ..mine };
    let text = |mail| render(&frame(Language::En), &mail).expect("a mail").text;
    assert!(text(mine).contains("second look"));
    assert!(!text(theirs).contains("second look"));
    assert!(text(theirs).contains("because you follow EAR-142"));
}

#[test]
fn security_mails_offer_no_way_to_stop_them() {
    for language in Language::ALL {
        let code = SignInCode { code: "482913", minutes: 1, device: None, link: None };
        let mail = render(&frame(language), &code).expect("a mail");
        assert!(mail.text.contains("482913") && !mail.subject.contains("482913"));
        assert!(
            !mail.text.contains("/u/abc")
                && !mail.html.contains("/u/abc")
                && !mail.html.contains("/me?")
        );
    }
}

#[test]
fn spanish_readers_get_spanish() {
    let mail = render(&frame(Language::Es), &decision(Kind::Idea, Phase::InProgress, "Vamos"))
        .expect("a mail");
    assert!(mail.subject.starts_with("EAR-142: Estamos en ello"), "{}", mail.subject);
    assert!(
        mail.text.contains("Sabrás de nosotros antes del 12 de marzo de 2027."),
        "{}",
        mail.text
    );
    assert!(mail.html.contains("lang=\"es\""));
}

/// Writes samples for looking at when EARSHOT_MAIL_SAMPLES names a folder.
#[test]
fn samples_for_the_eye() {
    let Ok(folder) = std::env::var("EARSHOT_MAIL_SAMPLES") else {
        return;
    };
    let link = "https://listen.example.org/i/EAR-142";
    let message = "We tried it in two rooms and the hooks held for a month. From Monday the workshop puts them up on \
        every floor. Thank you for writing it down, Ana!";
    let keep = |name: &str, mail: Rendered| {
        std::fs::write(format!("{folder}/{name}.html"), mail.html).expect("written");
        std::fs::write(
            format!("{folder}/{name}.txt"),
            format!("{}\n\n{}", mail.subject, mail.text),
        )
        .expect("written");
    };
    for language in Language::ALL {
        let frame = Frame { program: "Ward Voices", reader: Some("Ana"), ..frame(language) };
        let name = |mail: &str| format!("{mail}-{}", language.tag());
        let code = SignInCode {
            code: "482913",
            minutes: 10,
            device: Some("Firefox, Android"),
            link: Some(link),
        };
        keep(&name("sign_in_code"), render(&frame, &code).expect("a mail"));
        let invite = Invite { inviter: Some("Mark Olsen"), link, until: date!(2026 - 11 - 28) };
        keep(&name("invite"), render(&frame, &invite).expect("a mail"));
        let text = "There is nowhere to hang a coat in the changing rooms.\nPatients hold everything in their arms.";
        keep(
            &name("received"),
            render(&frame, &Received { reference: "EAR-142", text, link }).expect("a mail"),
        );
        let question = Question {
            reference: "EAR-142",
            title: Some("Hooks on the door"),
            question: "Which rooms do you mean? All on your floor, or only the two by the stairs?",
            words_language: Some("en"),
            signed: Some("María, patient experience"),
            link,
        };
        keep(&name("question"), render(&frame, &question).expect("a mail"));
        let comment = Comment {
            reference: "EAR-142",
            title: Some("Hooks on the door"),
            audience: Audience::Author,
            comment: "We have the same on ward 7. Two hooks a door would do.",
            signed: Some("Tom B."),
            link,
        };
        keep(&name("comment"), render(&frame, &comment).expect("a mail"));
        let (title, body) = match language {
            Language::En => (
                "Hooks on every door of the changing rooms",
                "You told us that there is nowhere to hang a coat. From Monday there are four hooks on every door, at shoulder height.\n\nThank you to everybody who wrote it down.",
            ),
            Language::Es => (
                "Ganchos en todas las puertas de los vestuarios",
                "Nos contasteis que no había dónde colgar el abrigo. Desde el lunes hay cuatro ganchos en cada puerta.\n\nGracias a quienes lo escribieron.",
            ),
        };
        let news = Announcement { title, body, link };
        keep(&name("announcement"), render(&frame, &news).expect("a mail"));
        let lead = |text: &str| Some(text.to_owned());
        let entry = |said: &str, reference: &str, title: &str| DigestLine {
            lead: lead(said),
            reference: lead(reference),
            title: lead(title),
            words: None,
            also: None,
            link: lead(link),
        };
        let done = super::super::words::phase_word(language, Kind::Idea, Phase::Implemented);
        let no = super::super::words::phase_word(language, Kind::Idea, Phase::Declined);
        let sections = [
            DigestSection {
                topic: Topic::Followed,
                lines: vec![
                    DigestLine {
                        words: lead(message),
                        also: Some(ALSO.clone()),
                        ..entry(&done, "EAR-142", "Hooks on the door of the changing rooms")
                    },
                    entry(&no, "EAR-97", "A second kettle on ward 7"),
                    DigestLine { title: None, ..entry(&no, "EAR-98", "") },
                ],
                more: 0,
            },
            DigestSection {
                topic: Topic::Comments,
                lines: vec![DigestLine {
                    words: lead("We have the same on ward 7. Two hooks a door would do."),
                    ..entry(
                        &super::super::words::say(language, "digest-lead-comment"),
                        "EAR-120",
                        "Bigger signs at the desk",
                    )
                }],
                more: 2,
            },
            DigestSection {
                topic: Topic::Announcements,
                lines: vec![DigestLine {
                    reference: None,
                    words: lead(body),
                    ..entry(
                        &super::super::words::say(language, "digest-lead-announcement"),
                        "",
                        title,
                    )
                }],
                more: 0,
            },
        ];
        keep(&name("digest"), render(&frame, &Digest { sections: &sections }).expect("a mail"));
        let still_fixed = StillFixed {
            reference: "EAR-142",
            title: Some("Hooks on the door of the changing rooms"),
            done: date!(2027 - 01 - 11),
            link,
        };
        keep(&name("still_fixed"), render(&frame, &still_fixed).expect("a mail"));
        let asked = |reference: &str, title: &str| AskedLine {
            reference: reference.to_owned(),
            title: title.to_owned(),
            done: date!(2027 - 01 - 11),
            link: link.to_owned(),
        };
        let lines = [
            asked("EAR-142", "Hooks on the door of the changing rooms"),
            asked("EAR-97", "A second kettle on ward 7"),
        ];
        let asked_again = AskedAgain { lines: &lines, more: 0 };
        keep(&name("asked_again"), render(&frame, &asked_again).expect("a mail"));
        let line = |number: u32, days| Line {
            reference: format!("EAR-{number}"),
            days,
            link: format!("https://listen.example.org/s/EAR-{number}"),
        };
        let lines = [line(7, 6), line(12, 4), line(142, 1)];
        let list = Escalation { lines: &lines, more: 2 };
        keep(&name("escalation"), render(&frame, &list).expect("a mail"));
        let promise = Reminder {
            reference: "EAR-142",
            title: Some("Hooks on the door"),
            promised: date!(2026 - 11 - 20),
            link,
        };
        keep(&name("reminder"), render(&frame, &promise).expect("a mail"));
        let reminder = ActionReminder {
            reference: Some("EAR-142"),
            cause: None,
            title: "Order twelve hooks and have them put up",
            day: date!(2027 - 03 - 12),
            is_overdue: false,
            link: Some(link),
        };
        keep(&name("action_reminder"), render(&frame, &reminder).expect("a mail"));
        let late = ActionReminder { is_overdue: true, ..reminder };
        keep(&name("action_reminder-overdue"), render(&frame, &late).expect("a mail"));
        let offer = AdoptionOffer {
            reference: "EAR-142",
            title: "Hooks on the doors of the changing rooms",
            site: "Lake",
            from: "Harbour",
            message: Some("Four hooks a door, at shoulder height."),
            link,
        };
        keep(&name("adoption_offer"), render(&frame, &offer).expect("a mail"));
        for phase in Phase::ALL {
            let with_reason = matches!(phase, Phase::Declined | Phase::Deferred);
            let decision = Decision {
                title: Some("Hooks on the door of the changing rooms"),
                reason: with_reason.then_some("It costs more than it helps"),
                joined_with: (phase == Phase::Merged).then_some("EAR-97"),
                signed: Some("María, patient experience"),
                ..decision(Kind::Idea, phase, message)
            };
            keep(&name(&format!("decision-{phase}")), render(&frame, &decision).expect("a mail"));
        }
    }
}

#[test]
fn the_daily_list_has_references_ages_and_links_alone() {
    let line = |number: u32, days| Line {
        reference: format!("EAR-{number}"),
        days,
        link: format!("https://example.org/i/EAR-{number}"),
    };
    let lines = [line(7, 1), line(12, 4)];
    let english = render(&frame(Language::En), &Escalation { lines: &lines, more: 1 });
    let english = english.expect("a mail");
    assert_eq!(english.subject, "3 things wait too long");
    let list =
        "- EAR-7, sent 1 day ago\n  https://example.org/i/EAR-7\n- EAR-12, sent 4 days ago\n";
    assert!(
        english.text.contains(list) && english.text.contains("And one more."),
        "{}",
        english.text
    );
    assert!(english.html.contains("EAR-12</a>, sent 4 days ago"), "{}", english.html);
    let spanish = render(&frame(Language::Es), &Escalation { lines: &lines[..1], more: 0 });
    let spanish = spanish.expect("un correo");
    assert_eq!(spanish.subject, "Una cosa lleva demasiado tiempo esperando");
    assert!(spanish.text.contains("enviado hace 1 día"), "{}", spanish.text);
}
