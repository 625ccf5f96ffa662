//! Photos: announced, sent to a signed address, kept without what they say about their sender.

use entity::instant::{DAY, HOUR, MINUTE};
use futures_util::future::join_all;
use image::codecs::jpeg::JpegEncoder;
use image::{ImageFormat, RgbImage};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::kit::app::TestApp;
use crate::kit::client::Client;
use crate::on_both;

const SEND: &str = "mutation($input: SubmissionSendInput!) { submissionSend(input: $input) {
    submission { id } userErrors { field code message } } }";
const CREATE: &str = "mutation($input: AttachmentCreateInput!) { attachmentCreate(input: $input) {
    attachment { id state url fileName contentType } uploadUrl expiresAt alreadyReceived
    userErrors { field code message } } }";
const PHOTOS: &str = "query($id: ID!) { submission(by: {id: $id}) { photoCount photos {
    id fileName contentType byteSize width height createdAt url state } } }";
/// What must not survive: a stand-in for the position where the photo was taken.
const SECRET: &[u8] = b"GPSLatitude 48.858370";

async fn observation(client: &Client) -> String {
    let input = json!({"text": "Two of the door closers hang down.", "kind": "OBSERVATION"});
    let sent = client.done("submissionSend", SEND, json!({"input": input})).await;
    sent["submission"]["id"].as_str().expect("an id").to_owned()
}

async fn create(client: &Client, input: Value) -> Value {
    client.done("attachmentCreate", CREATE, json!({"input": input})).await
}

async fn code_of(client: &Client, input: Value) -> String {
    let error = client.refused("attachmentCreate", CREATE, json!({"input": input})).await;
    error["code"].as_str().expect("a code").to_owned()
}

/// The path of an address: tests reach the server under another name than the public one.
fn path(address: &Value) -> String {
    let address = address.as_str().expect("an address");
    address.strip_prefix("https://earshot.example").expect("the public address").to_owned()
}

async fn put(app: &TestApp, path: &str, bytes: Vec<u8>) -> (u16, Value) {
    let answer = app.anybody().request(Method::PUT, path).body(bytes).send().await;
    let answer = answer.expect("the server answers");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

async fn get(client: &Client, path: &str) -> Response {
    client.request(Method::GET, path).send().await.expect("the server answers")
}

async fn photos(client: &Client, id: &str) -> Value {
    client.ask(PHOTOS, json!({"id": id})).await["submission"].clone()
}

fn scene(shade: u8) -> RgbImage {
    RgbImage::from_fn(320, 240, |x, y| {
        image::Rgb([u8::try_from(x % 251).unwrap(), u8::try_from(y % 241).unwrap(), shade])
    })
}

pub fn jpeg(shade: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 90).encode_image(&scene(shade)).expect("a JPEG");
    bytes
}

/// A JPEG with an Exif segment right behind its start, as phones write it, and a tail.
fn telltale_jpeg() -> Vec<u8> {
    let plain = jpeg(9);
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0".to_vec();
    exif.extend_from_slice(SECRET);
    let length = u16::try_from(exif.len() + 2).expect("short").to_be_bytes();
    [&plain[..2], &[0xFF, 0xE1], &length, &exif, &plain[2..], SECRET].concat()
}

fn png_of(width: u32, height: u32) -> Vec<u8> {
    let mut head = b"IHDR".to_vec();
    head.extend_from_slice(&width.to_be_bytes());
    head.extend_from_slice(&height.to_be_bytes());
    head.extend_from_slice(&[8, 2, 0, 0, 0]);
    [
        b"\x89PNG\r\n\x1a\n".as_slice(),
        &13_u32.to_be_bytes(),
        &head,
        &[0; 4],
        &0_u32.to_be_bytes(),
        b"IEND",
        &[0; 4],
    ]
    .concat()
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

on_both! {
    async fn a_photo_is_kept_without_what_it_tells(app) {
        let nurse = app.sign_in(app.organisation.nurse).await;
        let id = observation(&nurse).await;
        let name = json!({"submissionId": id, "fileName": "/DCIM/door \"closer\".JPG"});
        let made = create(&nurse, name).await;
        assert_eq!(made["attachment"]["state"], "AWAITED");
        assert_eq!(made["attachment"]["url"], Value::Null);
        assert_eq!(made["alreadyReceived"], false);
        assert_eq!(made["expiresAt"], "2026-03-02T09:15:00Z");
        assert_eq!(photos(&nurse, &id).await, json!({"photoCount": 0, "photos": []}));

        let sent = telltale_jpeg();
        assert!(holds(&sent, SECRET));
        let (status, told) = put(app, &path(&made["uploadUrl"]), sent).await;
        assert_eq!((status, &told["state"]), (200, &json!("READY")), "{told}");

        let seen = photos(&nurse, &id).await;
        assert_eq!(seen["photoCount"], 1);
        let photo = &seen["photos"][0];
        assert_eq!(photo["id"], made["attachment"]["id"]);
        assert_eq!((&photo["width"], &photo["height"]), (&json!(320), &json!(240)));

        let answer = get(&app.anybody(), &path(&photo["url"])).await;
        assert_eq!(answer.status(), 200);
        let header = |name: &str| answer.headers()[name].to_str().expect("text").to_owned();
        assert_eq!(header("content-type"), "image/jpeg");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("cache-control"), "private, max-age=600");
        assert!(header("content-security-policy").contains("sandbox"));
        assert!(header("content-disposition").starts_with("attachment; filename=\"door__closer_.jpg\""));
        let bytes = answer.bytes().await.expect("bytes");
        assert_eq!(photo["byteSize"], bytes.len());
        assert!(!holds(&bytes, SECRET) && !holds(&bytes, b"Exif"), "nothing of the sender is left");
        image::load_from_memory_with_format(&bytes, ImageFormat::Jpeg).expect("a picture");
    }

    async fn a_second_put_answers_what_the_first_did(app) {
        let nurse = app.sign_in(app.organisation.nurse).await;
        let id = observation(&nurse).await;
        let made = create(&nurse, json!({"submissionId": id})).await;
        let address = path(&made["uploadUrl"]);
        let first = put(app, &address, jpeg(1)).await;
        assert_eq!(first.0, 200, "{}", first.1);
        assert_eq!(put(app, &address, jpeg(2)).await, first);
        assert_eq!(photos(&nurse, &id).await["photoCount"], 1);
    }

    async fn racing_puts_make_one_photo_that_can_be_read(app) {
        let nurse = app.sign_in(app.organisation.nurse).await;
        let id = observation(&nurse).await;
        let address = path(&create(&nurse, json!({"submissionId": id})).await["uploadUrl"]);
        let answers = join_all((0..8).map(|shade| put(app, &address, jpeg(shade * 30)))).await;
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        let seen = photos(&nurse, &id).await;
        assert_eq!(seen["photoCount"], 1);
        let bytes = get(&nurse, &path(&seen["photos"][0]["url"])).await.bytes().await.expect("bytes");
        assert_eq!(seen["photos"][0]["byteSize"], bytes.len(), "the file is the one of the row");
    }

    async fn what_is_refused_says_why_and_loses_nothing(app) {
        let nurse = app.sign_in(app.organisation.nurse).await;
        let id = observation(&nurse).await;
        let address = path(&create(&nurse, json!({"submissionId": id})).await["uploadUrl"]);
        let whole = jpeg(1);
        let mut heavy = whole.clone();
        heavy.resize(12 * 1024 * 1024, 0);
        let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec();
        let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>".to_vec();
        for (what, bytes, status, code, cure) in [
            ("12 MB", heavy, 413, "TOO_LARGE", "smaller version"),
            ("HEIC", heic, 415, "UNSUPPORTED_TYPE", "Most Compatible"),
            ("SVG", svg, 415, "UNSUPPORTED_TYPE", "screenshot"),
            ("truncated", whole[..whole.len() / 2].to_vec(), 422, "INVALID", "send it again"),
            ("50,000 x 50,000", png_of(50_000, 50_000), 413, "TOO_LARGE", "smaller version"),
            ("nothing", Vec::new(), 422, "REQUIRED", "send it again"),
            ("text", b"hello".to_vec(), 415, "UNSUPPORTED_TYPE", "JPEG, PNG or WebP"),
        ] {
            let (got, told) = put(app, &address, bytes).await;
            assert_eq!((got, told["code"].as_str()), (status, Some(code)), "{what}: {told}");
            assert_eq!(told["field"], json!(["file"]), "{what}");
            assert!(told["message"].as_str().expect("words").contains(cure), "{what}: {told}");
        }
        assert_eq!(photos(&nurse, &id).await, json!({"photoCount": 0, "photos": []}));
        let (status, told) = put(app, &address, whole).await;
        assert_eq!(status, 200, "the address still holds: {told}");
        assert_eq!(photos(&nurse, &id).await["photoCount"], 1);
    }

    async fn addresses_are_signed_and_end(app) {
        let nurse = app.sign_in(app.organisation.nurse).await;
        let id = observation(&nurse).await;
        let upload = path(&create(&nurse, json!({"submissionId": id})).await["uploadUrl"]);
        let late = path(&create(&nurse, json!({"submissionId": id})).await["uploadUrl"]);
        let mut forged = upload.clone().into_bytes();
        let last = forged.len() - 3;
        forged[last] = if forged[last] == b'A' { b'B' } else { b'A' };
        let forged = String::from_utf8(forged).expect("ASCII");
        let unknown = put(app, "/uploads/nothing", jpeg(1)).await;
        assert_eq!((unknown.0, unknown.1["code"].as_str()), (404, Some("NOT_FOUND")));
        assert_eq!(put(app, &forged, jpeg(1)).await, unknown);
        assert_eq!(put(app, &upload, jpeg(1)).await.0, 200);

        let address = path(&photos(&nurse, &id).await["photos"][0]["url"]);
        let as_upload = address.replace("/files/", "/uploads/");
        assert_eq!(put(app, &as_upload, jpeg(1)).await, unknown, "an address has one purpose");
        assert_eq!(get(&app.anybody(), &upload.replace("/uploads/", "/files/")).await.status(), 404);
        app.house.clock.advance(10 * MINUTE);
        assert_eq!(get(&app.anybody(), &address).await.status(), 404, "ten minutes are over");
        app.house.clock.advance(5 * MINUTE);
        assert_eq!(put(app, &late, jpeg(1)).await, unknown, "fifteen minutes are over");
    }

    async fn files_are_for_those_who_read_the_submission(app) {
        let nurse = app.sign_in(app.organisation.nurse).await;
        let id = observation(&nurse).await;
        let made = create(&nurse, json!({"submissionId": id})).await;
        let file = format!("/files/{}", made["attachment"]["id"].as_str().expect("an id"));
        assert_eq!(get(&nurse, &file).await.status(), 404, "awaited");
        put(app, &path(&made["uploadUrl"]), jpeg(1)).await;
        let reviewer = app.sign_in(app.organisation.reviewer).await;
        let colleague = app.sign_in(app.organisation.colleague).await;
        for (who, client, status) in [
            ("author", &nurse, 200),
            ("reviewer", &reviewer, 200),
            ("colleague", &colleague, 404),
            ("nobody", &app.anybody(), 404),
            ("a forger", &nurse.with_token("forged"), 401),
        ] {
            assert_eq!(get(client, &file).await.status(), status, "{who}");
        }
    }

    async fn a_client_key_names_one_photo(app) {
        let nurse = app.sign_in(app.organisation.nurse).await;
        let id = observation(&nurse).await;
        let input = json!({"submissionId": id, "fileName": "a.jpg", "clientKey": "photo-1"});
        let first = create(&nurse, input.clone()).await;
        app.house.clock.advance(5 * MINUTE);
        let again = create(&nurse, input.clone()).await;
        assert_eq!(again["attachment"]["id"], first["attachment"]["id"]);
        assert_eq!(again["alreadyReceived"], true);
        assert_eq!(again["expiresAt"], "2026-03-02T09:20:00Z", "the address is a fresh one");
        assert_eq!(put(app, &path(&again["uploadUrl"]), jpeg(1)).await.0, 200);
        let done = create(&nurse, input).await;
        assert_eq!((&done["uploadUrl"], &done["alreadyReceived"]), (&Value::Null, &json!(true)));
        assert_eq!(done["attachment"]["state"], "READY");
        let other = json!({"submissionId": id, "fileName": "b.jpg", "clientKey": "photo-1"});
        assert_eq!(code_of(&nurse, other).await, "IDEMPOTENCY_KEY_REUSED");
        assert_eq!(photos(&nurse, &id).await["photoCount"], 1);
    }

    async fn six_fit(app) {
        let nurse = app.sign_in(app.organisation.nurse).await;
        let id = observation(&nurse).await;
        let asked = json!({"submissionId": id});
        let mut made = Vec::new();
        for _ in 0..6 {
            made.push(create(&nurse, asked.clone()).await);
        }
        assert_eq!(code_of(&nurse, asked.clone()).await, "INVALID");
        put(app, &path(&made[0]["uploadUrl"]), jpeg(1)).await;
        // Five that never came give their places back when their addresses end.
        app.house.clock.advance(15 * MINUTE);
        let nurse = app.sign_in(app.organisation.nurse).await;
        for _ in 0..5 {
            create(&nurse, asked.clone()).await;
        }
        assert_eq!(code_of(&nurse, asked).await, "INVALID");
    }

    async fn who_may_add_and_until_when(app) {
        let nurse = app.sign_in(app.organisation.nurse).await;
        let colleague = app.sign_in(app.organisation.colleague).await;
        let hidden = json!({"submissionId": observation(&nurse).await});
        assert_eq!(code_of(&colleague, hidden.clone()).await, "NOT_FOUND");
        let input = json!({"text": "Longer hooks would help.", "kind": "IDEA"});
        let idea = nurse.done("submissionSend", SEND, json!({"input": input})).await;
        let idea = json!({"submissionId": idea["submission"]["id"]});
        assert_eq!(code_of(&colleague, idea).await, "FORBIDDEN");
        let long = json!({"submissionId": hidden["submissionId"], "fileName": "x".repeat(201)});
        assert_eq!(code_of(&nurse, long).await, "TOO_LONG");
        let nobody = app.anybody().send(CREATE, json!({"input": hidden})).await;
        assert_eq!(nobody.code(), "UNAUTHENTICATED");
        app.house.clock.advance(DAY + HOUR);
        let nurse = app.sign_in(app.organisation.nurse).await;
        let reviewer = app.sign_in(app.organisation.reviewer).await;
        assert_eq!(code_of(&nurse, hidden.clone()).await, "TOO_LATE");
        create(&reviewer, hidden).await;
    }
}
