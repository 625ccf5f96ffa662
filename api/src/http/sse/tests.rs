use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::{sleep, timeout},
};

use crate::http::stream::{
    Phase, Timing,
    tests::kit::{Server, quick, server},
};

/// A client that reads what it wants to.
struct Client(TcpStream);

impl Client {
    async fn ask(server: &Server, asked: &str, header: &str) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(16 * 1024).expect("a small buffer");
        let mut stream = socket.connect(server.address).await.expect("a connection");
        let head = format!(
            "GET /graphql?{asked} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n{header}\r\n"
        );
        stream.write_all(head.as_bytes()).await.expect("sent");
        Self(stream)
    }

    /// Reads until `enough` of it has come, or the connection ends.
    async fn read(&mut self, enough: impl Fn(&str) -> bool) -> String {
        let mut text = String::new();
        let mut piece = [0; 4096];
        while !enough(&text) {
            let read = timeout(Duration::from_secs(10), self.0.read(&mut piece)).await;
            match read.expect("something in time") {
                Ok(0) | Err(_) => break,
                Ok(length) => text.push_str(&String::from_utf8_lossy(&piece[..length])),
            }
        }
        text
    }

    /// Reads to the end of the stream: the last chunk.
    async fn whole(&mut self) -> String {
        self.read(|text| text.ends_with("\r\n0\r\n\r\n")).await
    }
}

/// The data of the events of that name.
fn data(text: &str, name: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line == format!("event: {name}") {
            let data = lines.by_ref().find_map(|line| line.strip_prefix("data: "));
            found.push(data.expect("data").to_owned());
        }
    }
    found
}

/// Codes of the errors of the last event.
fn last_code(text: &str) -> String {
    let last = data(text, "next").pop().expect("an event");
    let last: Value = serde_json::from_str(&last).expect("JSON");
    assert!(last.get("data").is_none(), "{last}");
    last["errors"][0]["extensions"]["code"].as_str().expect("a code").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_come_as_events_and_end_with_complete() {
    let server = server(quick()).await;
    let text = Client::ask(&server, "three&ann", "").await.whole().await;
    let head = text.split("\r\n\r\n").next().expect("a head").to_lowercase();
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert!(head.contains("content-type: text/event-stream; charset=utf-8"), "{head}");
    assert!(head.contains("cache-control: no-store"), "{head}");
    let expected: Vec<String> = (1..=3).map(|n| json!({ "data": n }).to_string()).collect();
    assert_eq!(data(&text, "next"), expected);
    assert_eq!(data(&text, "complete"), [""]);
    server.alive(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_an_event_and_a_panic_is_told() {
    let server = server(quick()).await;
    let refused = Client::ask(&server, "refused&ann", "").await.whole().await;
    assert!(data(&refused, "next")[0].contains("no such field"));
    assert_eq!(data(&refused, "complete").len(), 1);
    let broken = Client::ask(&server, "panic&ann", "").await.whole().await;
    assert_eq!(last_code(&broken), "INTERNAL");
    assert_eq!(data(&broken, "complete").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_have_ids_and_the_last_one_is_heard_of() {
    let server = server(quick()).await;
    let text = Client::ask(&server, "cursors&ann", "").await.whole().await;
    assert!(text.contains("event: next\nid: 1\ndata: "), "{text}");
    assert!(text.contains("event: next\nid: 2\ndata: "), "{text}");
    let again = Client::ask(&server, "cursors&ann", "Last-Event-ID: abc\r\n").await.whole().await;
    assert!(again.contains("\nid: abc1\n"), "{again}");
    let endless = format!("Last-Event-ID: {}\r\n", "x".repeat(300));
    let ignored = Client::ask(&server, "cursors&ann", &endless).await.whole().await;
    assert!(ignored.contains("\nid: 1\n"), "{ignored}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_thrown_out_is_told_within_a_second() {
    let server = server(quick()).await;
    let mut banned = Client::ask(&server, "wait&banned", "").await;
    let other = Client::ask(&server, "wait&ann", "").await;
    server.alive(2).await;
    let begun = Instant::now();
    server.fake.banned.store(true, Ordering::SeqCst);
    server.fake.revoked.send_modify(|count| *count += 1);
    let text = banned.whole().await;
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    assert_eq!(last_code(&text), "UNAUTHENTICATED");
    assert!(data(&text, "complete").is_empty());
    server.alive(1).await;
    drop(other);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_gone_is_noticed_at_the_next_comment() {
    let server = server(Timing { ping: Duration::from_millis(200), ..quick() }).await;
    let client = Client::ask(&server, "wait&ann", "").await;
    server.alive(1).await;
    drop(client);
    server.alive(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_end_and_so_does_the_stream() {
    let server = server(quick()).await;
    let begun = Instant::now();
    let text = Client::ask(&server, "wait&short", "").await.whole().await;
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    assert_eq!(last_code(&text), "UNAUTHENTICATED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_ends_streams_with_a_word_and_takes_no_new_ones() {
    let server = server(quick()).await;
    let mut client = Client::ask(&server, "wait&ann", "").await;
    server.alive(1).await;
    server.phase.send_replace(Phase::Stopping);
    assert_eq!(last_code(&client.whole().await), "UNAVAILABLE");
    let mut late = Client::ask(&server, "wait&ann", "").await;
    let head = late.read(|text| text.contains("\r\n\r\n")).await;
    assert!(head.starts_with("HTTP/1.1 503"), "{head}");
    drop(late);
    drop(client);
    let begun = Instant::now();
    server.handle.stop(true).await;
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_is_broken_by_comments() {
    let server = server(Timing { ping: Duration::from_millis(100), ..quick() }).await;
    let mut client = Client::ask(&server, "wait&ann", "").await;
    let text = client.read(|text| text.matches(":\n\n").count() >= 4).await;
    assert!(text.matches(":\n\n").count() >= 4, "{text}");
    assert!(data(&text, "next").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_never_reads_is_cut_off_and_holds_little() {
    let server = server(quick()).await;
    let mut client = Client::ask(&server, "flood&ann", "").await;
    server.alive(1).await;
    sleep(Duration::from_millis(300)).await;
    // What the kernel takes, 256 KiB that wait, one answer that waits for room.
    let made = server.fake.made.load(Ordering::SeqCst);
    sleep(Duration::from_millis(200)).await;
    assert_eq!(server.fake.made.load(Ordering::SeqCst), made, "nothing more is made meanwhile");
    server.alive(0).await;
    // Longer than the last word may take: then the connection is shut, and what is left of it ends.
    sleep(quick().closing * 2).await;
    let left = client.read(|_| false).await;
    assert!(!left.ends_with("\r\n0\r\n\r\n"));
}
