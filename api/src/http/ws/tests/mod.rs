mod kit;

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use futures_util::SinkExt;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::{sleep, timeout},
};
use tokio_tungstenite::tungstenite::{
    Message,
    protocol::frame::{
        Frame,
        coding::{Data, OpCode},
    },
};

use self::kit::{Asking, quick, server};
use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn only_our_protocol_and_known_origins() {
    let server = server(quick()).await;
    let status = async |subprotocol, origin| {
        server.ask(Asking { subprotocol, origin }).await.map_or_else(|status| status, |_| 101)
    };
    assert_eq!(status("graphql-ws", None).await, 400);
    assert_eq!(status("graphql-ws, graphql-transport-ws", None).await, 101);
    assert_eq!(status(SUBPROTOCOL, Some("https://ear.example")).await, 101);
    assert_eq!(status(SUBPROTOCOL, Some("https://evil.example")).await, 403);
    assert_eq!(status(SUBPROTOCOL, Some("null")).await, 403);
    server.phase.send_replace(Phase::Stopping);
    assert_eq!(status(SUBPROTOCOL, None).await, 503);
}

#[tokio::test(flavor = "multi_thread")]
async fn operations_are_answered() {
    let server = server(quick()).await;
    let mut client = server.connect().await;
    client.send(json!({ "type": "ping" })).await;
    assert_eq!(client.hear().await, json!({ "type": "pong" }));
    client.send(json!({ "type": "connection_init", "payload": { "token": "ann" } })).await;
    assert_eq!(client.hear().await, json!({ "type": "connection_ack" }));
    client.send(json!({ "type": "ping", "payload": { "n": 1 } })).await;
    assert_eq!(client.hear().await, json!({ "type": "pong", "payload": { "n": 1 } }));
    client.send(json!({ "type": "pong" })).await;
    client
        .send(json!({ "id": "a", "type": "subscribe", "payload": { "query": "who", "operationName": null, "variables": { "x": [1] } } }))
        .await;
    let data = json!({ "who": "ann", "variables": { "x": [1] } });
    assert_eq!(
        client.hear().await,
        json!({ "id": "a", "type": "next", "payload": { "data": data } })
    );
    assert_eq!(client.hear().await, json!({ "id": "a", "type": "complete" }));
    client.subscribe("a", "three").await;
    for n in 1..=3 {
        assert_eq!(
            client.hear().await,
            json!({ "id": "a", "type": "next", "payload": { "data": n } })
        );
    }
    assert_eq!(client.hear().await, json!({ "id": "a", "type": "complete" }));
    client.subscribe("b", "big").await;
    assert_eq!(client.hear().await["payload"]["data"].as_str().map(str::len), Some(1024 * 1024));
    client.0.send(Message::Ping("hello".into())).await.expect("sent");
    client.0.close(None).await.expect("sent");
    assert_eq!(client.close_code().await, Some(1000));
    server.alive(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_ends_its_operation_only() {
    let server = server(quick()).await;
    let mut client = server.admitted("ann").await;
    client.subscribe("a", "refused").await;
    assert_eq!(
        client.hear().await,
        json!({ "id": "a", "type": "error", "payload": [{ "message": "no such field" }] })
    );
    client.subscribe("a", "panic").await;
    let message = client.hear().await;
    assert_eq!(message["type"], "error");
    assert_eq!(message["payload"][0]["extensions"]["code"], "INTERNAL");
    client.subscribe("a", "three").await;
    assert_eq!(client.hear().await["type"], "next");
}

#[tokio::test(flavor = "multi_thread")]
async fn completing_stops_an_operation() {
    let server = server(quick()).await;
    let mut client = server.admitted("ann").await;
    client.subscribe("a", "flood").await;
    assert_eq!(client.hear().await["type"], "next");
    client.send(json!({ "id": "a", "type": "complete" })).await;
    client.send(json!({ "id": "unknown", "type": "complete" })).await;
    client.subscribe("a", "never").await;
    client.send(json!({ "type": "ping" })).await;
    while client.hear().await["type"] != "pong" {}
    server.alive(1).await;
    drop(client);
    server.alive(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn admission_has_its_codes() {
    let server = server(quick()).await;
    assert_eq!(server.connect().await.close_code().await, Some(4408));

    let mut client = server.connect().await;
    client.subscribe("a", "who").await;
    assert_eq!(client.close_code().await, Some(4401));

    let mut client = server.admitted("ann").await;
    client.send(json!({ "type": "connection_init" })).await;
    assert_eq!(client.close_code().await, Some(4429));

    for (token, code) in [("bad", 4403), ("panic", 4500), ("slow", 1013)] {
        let mut client = server.connect().await;
        client.send(json!({ "type": "connection_init", "payload": { "token": token } })).await;
        assert_eq!(client.close_code().await, Some(code), "{token}");
    }
    for (second, code) in [("connection_init", 4429), ("subscribe", 4401)] {
        let mut client = server.connect().await;
        client.send(json!({ "type": "connection_init", "payload": { "token": "slow" } })).await;
        client.send(json!({ "type": second, "id": "a", "payload": { "query": "who" } })).await;
        assert_eq!(client.close_code().await, Some(code), "{second}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_messages_close_with_4400() {
    let server = server(quick()).await;
    let nested = format!(
        "{{\"type\":\"ping\",\"payload\":{}1{}}}",
        "{\"a\":".repeat(1_000),
        "}".repeat(1_000)
    );
    for message in [
        "",
        "x",
        "[]",
        "null",
        "{}",
        "{\"type\":1}",
        "{\"type\":\"start\"}",
        "{\"type\":\"ping\",\"payload\":1}",
        "{\"type\":\"subscribe\"}",
        "{\"type\":\"subscribe\",\"id\":\"\",\"payload\":{\"query\":\"who\"}}",
        "{\"type\":\"subscribe\",\"id\":1,\"payload\":{\"query\":\"who\"}}",
        "{\"type\":\"subscribe\",\"id\":\"a\",\"payload\":{}}",
        "{\"type\":\"subscribe\",\"id\":\"a\",\"payload\":{\"query\":1}}",
        "{\"type\":\"subscribe\",\"id\":\"a\",\"payload\":{\"query\":\"who\",\"variables\":[]}}",
        "{\"type\":\"complete\"}",
        &nested,
    ] {
        let mut client = server.admitted("ann").await;
        client.0.send(Message::text(message)).await.expect("sent");
        assert_eq!(client.close_code().await, Some(4400), "{message}");
    }
    let mut client = server.admitted("ann").await;
    client.0.send(Message::binary("{\"type\":\"ping\"}")).await.expect("sent");
    assert_eq!(client.close_code().await, Some(4400));
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_are_used_once_at_a_time() {
    let server = server(quick()).await;
    let mut client = server.admitted("ann").await;
    client.subscribe("a", "never").await;
    client.subscribe("a", "never").await;
    assert_eq!(client.close_code().await, Some(4409));
    server.alive(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_operations_and_no_more() {
    let server = server(quick()).await;
    let mut client = server.admitted("ann").await;
    for n in 0..10_000 {
        client.subscribe(&format!("op{n}"), "never").await;
        if n >= 50 {
            let message = client.hear().await;
            assert_eq!(message["payload"][0]["extensions"]["code"], "RATE_LIMITED");
            assert_eq!(message["id"], format!("op{n}"));
        }
    }
    server.alive(50).await;
    client.send(json!({ "id": "op7", "type": "complete" })).await;
    client.subscribe("again", "three").await;
    assert_eq!(client.hear().await["type"], "next");
}

#[tokio::test(flavor = "multi_thread")]
async fn long_messages_close_with_1009() {
    let server = server(quick()).await;
    let ping = |bytes: usize| {
        let frame = json!({ "type": "ping", "payload": { "x": "" } }).to_string().len();
        json!({ "type": "ping", "payload": { "x": "x".repeat(bytes - frame) } }).to_string()
    };
    let mut client = server.admitted("ann").await;
    client.0.send(Message::text(ping(64 * 1024))).await.expect("sent");
    assert_eq!(client.hear().await["type"], "pong");
    client.0.send(Message::text(ping(64 * 1024 + 1))).await.expect("sent");
    assert_eq!(client.close_code().await, Some(1009));

    // In parts, each of which would be short enough.
    let mut client = server.admitted("ann").await;
    let part =
        |code, last| Message::Frame(Frame::message("x".repeat(30_000), OpCode::Data(code), last));
    client.0.send(part(Data::Text, false)).await.expect("sent");
    client.0.send(part(Data::Continue, false)).await.expect("sent");
    client.0.send(part(Data::Continue, false)).await.expect("sent");
    assert_eq!(client.close_code().await, Some(1009));

    let mut client = server.admitted("ann").await;
    let whole = ping(1_000);
    let parts: Vec<&str> = vec![&whole[..1], &whole[1..1], &whole[1..500], &whole[500..]];
    for (n, part) in parts.into_iter().enumerate() {
        let code = OpCode::Data(if n == 0 { Data::Text } else { Data::Continue });
        client
            .0
            .send(Message::Frame(Frame::message(part.to_owned(), code, n == 3)))
            .await
            .expect("sent");
    }
    assert_eq!(client.hear().await["type"], "pong");
}

/// The header of a masked text frame of that length.
fn header(length: u64) -> Vec<u8> {
    let mut header = vec![0x81, 0x80 | 127];
    header.extend_from_slice(&length.to_be_bytes());
    header.extend_from_slice(&[0; 4]);
    header
}

#[tokio::test(flavor = "multi_thread")]
async fn an_oversized_frame_is_refused_at_its_header() {
    let server = server(quick()).await;
    for length in [64 * 1024 + 1, 64 * 1024 * 1024, u64::MAX >> 1] {
        let mut client = server.connect().await;
        let header = header(length);
        let (first, second) = header.split_at(5);
        client.0.get_mut().write_all(first).await.expect("sent");
        sleep(Duration::from_millis(20)).await;
        client.0.get_mut().write_all(second).await.expect("sent");
        client.0.get_mut().write_all(&[b'x'; 1_000]).await.expect("sent");
        let begin = Instant::now();
        assert_eq!(client.close_code().await, Some(1009), "{length}");
        assert!(begin.elapsed() < Duration::from_secs(2));
    }
    // Bytes that keep coming change nothing.
    let mut client = server.connect().await;
    client.0.get_mut().write_all(&header(64 * 1024 * 1024)).await.expect("sent");
    let flood = async {
        let mut sent = 0;
        while client.0.get_mut().write_all(&[0; 16 * 1024]).await.is_ok() {
            sent += 16 * 1024;
        }
        sent
    };
    let sent = timeout(Duration::from_secs(5), flood).await.expect("the socket is shut");
    assert!(sent < 32 * 1024 * 1024, "{sent} bytes were taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_text_closes_with_1007() {
    let server = server(quick()).await;
    let mut client = server.admitted("ann").await;
    client
        .0
        .send(Message::Frame(Frame::message(vec![0xff, 0xfe], OpCode::Data(Data::Text), true)))
        .await
        .expect("sent");
    assert_eq!(client.close_code().await, Some(1007));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_before_init_is_cut() {
    let server = server(quick()).await;
    let part = |n| OpCode::Data(if n == 0 { Data::Text } else { Data::Continue });
    let floods: [fn(usize) -> Message; 2] =
        [|_| Message::Ping("x".into()), |_| Message::text("{\"type\":\"pong\"}")];
    for flood in floods {
        let mut client = server.connect().await;
        for n in 0..10_000 {
            if client.0.send(flood(n)).await.is_err() {
                break;
            }
        }
        assert!(matches!(client.close_code().await, Some(4400) | None));
    }
    let mut client = server.connect().await;
    for n in 0..17 {
        client.0.send(Message::Frame(Frame::message("", part(n), false))).await.expect("sent");
    }
    assert_eq!(client.close_code().await, Some(4400));
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_and_revoked_callers_are_sent_away() {
    let server = server(quick()).await;
    assert_eq!(server.admitted("short").await.close_code().await, Some(4403));
    let mut banned = server.admitted("banned").await;
    let mut other = server.admitted("ann").await;
    banned.subscribe("a", "never").await;
    server.fake.banned.store(true, Ordering::SeqCst);
    let begin = Instant::now();
    server.fake.revoked.send_modify(|count| *count += 1);
    assert_eq!(banned.close_code().await, Some(4403));
    assert!(begin.elapsed() < Duration::from_secs(1));
    server.alive(0).await;
    other.subscribe("a", "three").await;
    assert_eq!(other.hear().await["type"], "next");

    // Without a word of revocation the next check finds it.
    let server = kit::server(Timing { recheck: Duration::from_millis(100), ..quick() }).await;
    let mut banned = server.admitted("banned").await;
    server.fake.banned.store(true, Ordering::SeqCst);
    assert_eq!(banned.close_code().await, Some(4403));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_closes_with_1012() {
    let server = server(quick()).await;
    let mut busy = server.admitted("ann").await;
    busy.subscribe("a", "never").await;
    let mut new = server.connect().await;
    server.phase.send_replace(Phase::Stopping);
    assert_eq!(busy.close_code().await, Some(1012));
    assert_eq!(new.close_code().await, Some(1012));
    server.alive(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_never_reads_is_cut() {
    let server = server(quick()).await;
    let mut client = server.admitted("ann").await;
    for n in 0..50 {
        client.subscribe(&n.to_string(), "flood").await;
    }
    let begin = Instant::now();
    sleep(Duration::from_millis(500)).await;
    server.alive(0).await;
    assert!(begin.elapsed() < Duration::from_secs(4), "cut after {:?}", begin.elapsed());
    // The kernel's buffers, the server's, the queue, and one answer of each operation.
    let made = server.fake.made.load(Ordering::SeqCst) * 16 * 1024;
    assert!(made < 16 * 1024 * 1024, "{made} bytes were made");
    assert!(matches!(client.close_code().await, Some(1013) | None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_graceful_stop_does_not_wait_for_who_never_reads() {
    let server = server(Timing { slow: Duration::from_secs(60), ..quick() }).await;
    let mut client = server.admitted("ann").await;
    client.subscribe("a", "flood").await;
    sleep(Duration::from_millis(500)).await;
    server.phase.send_replace(Phase::Stopping);
    let begin = Instant::now();
    server.handle.stop(true).await;
    assert!(begin.elapsed() < Duration::from_secs(4), "stopped after {:?}", begin.elapsed());
    server.alive(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_client_is_taken_to_be_gone() {
    let server = server(Timing { ping: Duration::from_millis(200), ..quick() }).await;
    // One that answers pings stays, though it says nothing else.
    let mut client = server.admitted("ann").await;
    let stays = timeout(Duration::from_millis(1_200), client.next_text());
    assert!(stays.await.is_err());
    // One that reads bytes but answers nothing does not.
    let mut client = server.admitted("ann").await;
    let mut read = Vec::new();
    let begin = Instant::now();
    timeout(Duration::from_secs(5), client.0.get_mut().read_to_end(&mut read))
        .await
        .expect("an end")
        .ok();
    assert!(begin.elapsed() < Duration::from_secs(3));
    assert!(read.starts_with(&[0x89, 0]), "pings came first");
    assert!(read.windows(4).any(|bytes| bytes[0] == 0x88 && bytes[2..] == 1013_u16.to_be_bytes()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_reads_slowly_gets_everything() {
    let server = server(quick()).await;
    let mut client = server.admitted("ann").await;
    client.subscribe("a", "flood").await;
    for _ in 0..200 {
        assert_eq!(client.hear().await["type"], "next");
        sleep(Duration::from_millis(5)).await;
    }
    client.send(json!({ "id": "a", "type": "complete" })).await;
    server.alive(0).await;
}
