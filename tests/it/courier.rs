//! The courier against a mail server that misbehaves: what may be called sent, what is tried again, what is final.

use std::time::Duration;

use earshot::notify::smtp::{Address, Courier, CourierSetup, Outcome, Parcel};

use crate::kit::mail::{Behaviour, MailBox};

const CONTENT: &[u8] =
    b"Subject: one\r\nMessage-ID: <1@test>\r\n\r\nHello\r\n.dot first\r\nlast line\r\n";

fn courier(mailbox: &MailBox, deadline: Duration) -> Courier {
    let server = mailbox.url().parse().expect("the address of the mail box");
    Courier::new(CourierSetup { server, hello: "earshot.test".to_owned(), deadline })
}

fn patient(mailbox: &MailBox) -> Courier {
    courier(mailbox, Duration::from_secs(10))
}

fn address(text: &str) -> Address {
    text.parse().expect("an address")
}

async fn send(courier: &mut Courier) -> Outcome {
    send_bytes(courier, CONTENT).await
}

async fn send_bytes(courier: &mut Courier, bytes: &[u8]) -> Outcome {
    let (from, to) = (address("earshot@example.org"), address("nurse@example.org"));
    courier.send(Parcel { from: &from, to: &to, bytes }).await
}

fn is_retry(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Retry { .. })
}

#[tokio::test]
async fn a_mail_arrives_byte_for_byte_and_the_line_is_kept() {
    let mailbox = MailBox::start().await;
    let mut courier = patient(&mailbox);
    for _ in 0..3 {
        assert_eq!(send(&mut courier).await, Outcome::Delivered);
    }
    let mails = mailbox.wait_for(3).await;
    assert_eq!(mails[0].bytes, CONTENT);
    assert_eq!(
        (mails[0].from.as_str(), mails[0].to.as_slice()),
        ("earshot@example.org", &["nurse@example.org".to_owned()][..])
    );
    assert_eq!(mailbox.connections(), 1);
    courier.close().await;
}

#[tokio::test]
async fn a_timed_out_line_is_never_used_again() {
    let mailbox = MailBox::start().await;
    let mut courier = courier(&mailbox, Duration::from_millis(300));
    assert_eq!(send(&mut courier).await, Outcome::Delivered);
    // The trap: the refusal arrives after the timeout and must not be, nor shift, the answer to the next mail.
    mailbox.next([Behaviour::AnswerContentLate("550 no".to_owned())]);
    assert!(is_retry(&send(&mut courier).await));
    mailbox.release();
    mailbox.next([Behaviour::AnswerContent("554 5.6.0 refused".to_owned())]);
    let outcome = send(&mut courier).await;
    assert!(matches!(outcome, Outcome::Rejected { hard_bounce: false, .. }), "{outcome:?}");
    assert_eq!(send(&mut courier).await, Outcome::Delivered);
    assert_eq!(mailbox.mails().len(), 2);
    assert_eq!(mailbox.connections(), 3);
}

#[tokio::test]
async fn a_cancelled_send_takes_its_line_with_it() {
    let mailbox = MailBox::start().await;
    let mut courier = patient(&mailbox);
    mailbox.next([Behaviour::HangAfterContent]);
    let cancelled = tokio::select! {
        outcome = send(&mut courier) => Some(outcome),
        () = mailbox.wait_for_attempts(1) => None,
    };
    assert_eq!(cancelled, None);
    assert_eq!(send(&mut courier).await, Outcome::Delivered);
    assert_eq!(mailbox.mails().last().map(|mail| mail.connection), Some(2));
}

#[tokio::test]
async fn four_hundreds_and_cut_lines_are_tried_again() {
    let mailbox = MailBox::start().await;
    let mut courier = patient(&mailbox);
    let later = [
        Behaviour::AnswerRecipient("450 4.2.1 greylisted".to_owned()),
        Behaviour::AnswerSender("451 4.3.0 later".to_owned()),
        Behaviour::AnswerData("451 later".to_owned()),
        Behaviour::AnswerContent("452 4.3.1 disk full".to_owned()),
        Behaviour::CutAfterContent,
        Behaviour::HangUpAtOnce,
        // Positive, but not the answers of these steps: nothing was accepted.
        Behaviour::AnswerData("250 ok".to_owned()),
        Behaviour::AnswerContent("354 what?".to_owned()),
        Behaviour::AnswerContent("nonsense".to_owned()),
        Behaviour::AnswerSender("530 5.7.0 sign in first".to_owned()),
    ];
    for behaviour in later {
        mailbox.next([behaviour.clone()]);
        let outcome = send(&mut courier).await;
        assert!(is_retry(&outcome), "{behaviour:?} gave {outcome:?}");
    }
    assert_eq!(mailbox.mails().len(), 0);
    assert_eq!(send(&mut courier).await, Outcome::Delivered);
}

#[tokio::test]
async fn five_hundreds_are_final_and_only_a_dead_address_is_a_hard_bounce() {
    let mailbox = MailBox::start().await;
    let mut courier = patient(&mailbox);
    let table = [
        (Behaviour::AnswerRecipient("550 5.1.1 no such user".to_owned()), true),
        (Behaviour::AnswerRecipient("550 unknown".to_owned()), true),
        (Behaviour::AnswerRecipient("554 5.7.1 relay access denied".to_owned()), false),
        (Behaviour::AnswerSender("550 5.7.1 sender refused".to_owned()), false),
        (Behaviour::AnswerData("554 no valid recipients".to_owned()), false),
        (Behaviour::AnswerContent("550 5.7.1 looks like spam".to_owned()), false),
    ];
    for (behaviour, dead) in table {
        mailbox.next([behaviour.clone()]);
        match send(&mut courier).await {
            Outcome::Rejected { hard_bounce, why } => {
                assert_eq!(hard_bounce, dead, "{behaviour:?}");
                assert!(why.contains("55"), "{why}");
            }
            other => panic!("{behaviour:?} gave {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_server_that_hung_up_between_two_mails_costs_nothing() {
    let mailbox = MailBox::start().await;
    let mut courier = patient(&mailbox);
    mailbox.next([Behaviour::AcceptAndHangUp]);
    assert_eq!(send(&mut courier).await, Outcome::Delivered);
    assert_eq!(send(&mut courier).await, Outcome::Delivered);
    mailbox.next([Behaviour::AnswerSender("421 4.7.0 too many mails on this line".to_owned())]);
    assert_eq!(send(&mut courier).await, Outcome::Delivered);
    assert_eq!((mailbox.mails().len(), mailbox.connections()), (3, 3));
}

#[tokio::test]
async fn no_server_and_no_encryption_are_tried_again() {
    let server = "smtp://127.0.0.1:1".parse().expect("an address");
    let setup = CourierSetup { server, hello: "x".to_owned(), deadline: Duration::from_secs(5) };
    assert!(is_retry(&send(&mut Courier::new(setup)).await));

    let mailbox = MailBox::start().await;
    for option in ["?tls=required", ""] {
        let url = format!("{}{option}", mailbox.url())
            .replace("smtp://", if option.is_empty() { "smtps://" } else { "smtp://" });
        let setup = CourierSetup {
            server: url.parse().expect("an address"),
            hello: "x".to_owned(),
            deadline: Duration::from_millis(500),
        };
        assert!(is_retry(&send(&mut Courier::new(setup)).await), "{url}");
    }
    assert_eq!(mailbox.attempts(), 0);
}

#[tokio::test]
async fn a_hundred_mails_over_one_line_are_quick() {
    let mailbox = MailBox::start().await;
    let mut courier = patient(&mailbox);
    let mut large = CONTENT.to_vec();
    large.extend(b"0123456789 0123456789 0123456789 0123456789\r\n".repeat(600));
    let begun = std::time::Instant::now();
    for _ in 0..100 {
        assert_eq!(send_bytes(&mut courier, &large).await, Outcome::Delivered);
    }
    // 47 ms a mail with Nagle's algorithm; the bound leaves room for a busy machine.
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
}
