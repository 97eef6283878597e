//! The webhook door of a running server: what is forged, replayed or too large is refused or ignored, and nothing of it is stored.

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::{Client, Method, StatusCode, header};
use serde_json::{Value, json};
use upvow_db::{Db, Tuning};

use crate::harness::Town;

/// A webhook delivery as a stranger or Jira would send it.
struct Delivery {
    url: String,
    authorization: Option<String>,
    identifier: &'static str,
    body: Vec<u8>,
    encoding: Option<&'static str>,
}

impl Delivery {
    /// The answer; a connection that is shut while the body is still on its way is a refusal, too.
    async fn send(&self) -> StatusCode {
        let mut request = Client::new()
            .post(&self.url)
            .header(header::CONTENT_TYPE, "application/json")
            .header("X-Atlassian-Webhook-Identifier", self.identifier)
            .body(self.body.clone());
        if let Some(authorization) = &self.authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        if let Some(encoding) = self.encoding {
            request = request.header(header::CONTENT_ENCODING, encoding);
        }
        match request.send().await {
            Ok(answer) => answer.status(),
            Err(error) => {
                assert!(
                    error.is_request() && self.body.len() > 5 * 1024 * 1024,
                    "the door answers: {error}"
                );
                StatusCode::PAYLOAD_TOO_LARGE
            }
        }
    }
}

/// A signed token over these claims, with this header.
fn jwt(header: &Value, claims: &Value, secret: &str) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(header), part(claims));
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let mac = URL_SAFE_NO_PAD.encode(hmac::sign(&key, text.as_bytes()));
    format!("Bearer {text}.{mac}")
}

/// What Jira sends as `Authorization` with this secret.
pub(crate) fn signed(secret: &str) -> String {
    let header = json!({ "alg": "HS256", "typ": "JWT" });
    let claims = json!({ "iat": 1_700_000_000, "exp": 4_000_000_000_i64, "iss": "x" });
    jwt(&header, &claims, secret)
}

/// Delivers this as Jira would, signed with this secret; the status of the answer.
pub(crate) async fn deliver(url: &str, body: &Value, secret: &str) -> u16 {
    let delivery = Delivery {
        url: url.to_owned(),
        authorization: Some(signed(secret)),
        identifier: "delivered-by-hand",
        body: body.to_string().into_bytes(),
        encoding: None,
    };
    delivery.send().await.as_u16()
}

/// The bytes as gzip has them, without making them fewer.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 * (crc & 1));
        }
    }
    let length = u16::try_from(bytes.len()).expect("one block is enough");
    let mut packed = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    packed.extend(length.to_le_bytes());
    packed.extend((!length).to_le_bytes());
    packed.extend(bytes);
    packed.extend((!crc).to_le_bytes());
    packed.extend(u32::from(length).to_le_bytes());
    packed
}

/// Nearly the address: another last letter.
fn guessed(url: &str) -> String {
    let (start, last) = url.split_at(url.len() - 1);
    format!("{start}{}", if last == "A" { "E" } else { "A" })
}

/// How many signals and jobs there are.
async fn stored(town: &Town) -> (i64, i64) {
    let db = Db::connect(&town.server.databases()[0], Tuning::default())
        .await
        .unwrap();
    let mut tx = db.read().await.unwrap();
    let signals = tx
        .count("SELECT CAST(COUNT(*) AS BIGINT) AS n FROM signals", vec![])
        .await
        .unwrap();
    let jobs = tx
        .count(
            "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM jobs WHERE kind = 'pull_issue'",
            vec![],
        )
        .await
        .unwrap();
    drop(tx);
    db.close().await;
    (signals, jobs)
}

#[tokio::test(flavor = "multi_thread")]
async fn f21_the_door_takes_what_is_genuine_and_stores_nothing_else() {
    let town = Town::start().await;
    let connection = town.connect().await;
    let jira = town.simulator.jira();
    let post = town.post("Idea").await;
    let issue = town.new_issue(&connection).await;
    town.send(Method::POST, &format!("/posts/{post}/links"), issue)
        .await;
    let links = town
        .until(
            &format!("/posts/{post}/links"),
            "the issue is made",
            |list| list["items"][0]["state"] == "active",
        )
        .await;
    let key = links["items"][0]["key"].as_str().unwrap();
    jira.look("idle").await.unwrap();

    let hooks = jira.look("webhooks").await.unwrap();
    let url = hooks[0]["url"].as_str().unwrap().to_owned();
    let webhook_id = hooks[0]["id"].clone();
    let issue_id = jira.look(&format!("issue/{key}")).await.unwrap()["id"].clone();
    let body = |padding: usize| {
        json!({
            "timestamp": 1_800_000_000_000_i64,
            "webhookEvent": "jira:issue_updated",
            "issue": { "id": issue_id, "key": key, "fields": { "status": { "id": "3" }, "description": "x".repeat(padding) } },
            "matchedWebhookIds": [webhook_id],
        })
        .to_string()
    };
    let secret = town.simulator.says("client_secret").to_owned();
    let header = json!({ "alg": "HS256", "typ": "JWT" });
    let claims = json!({ "iat": 1_700_000_000, "exp": 4_000_000_000_i64, "iss": "x" });
    let genuine = jwt(&header, &claims, &secret);
    let before = stored(&town).await;

    let forged = [
        ("no signature", None, url.clone(), body(0)),
        (
            "another secret",
            Some(jwt(&header, &claims, "guessed")),
            url.clone(),
            body(0),
        ),
        (
            "an empty secret",
            Some(jwt(&header, &claims, "")),
            url.clone(),
            body(0),
        ),
        (
            "alg none",
            Some(jwt(&json!({ "alg": "none" }), &claims, &secret)),
            url.clone(),
            body(0),
        ),
        (
            "another alg",
            Some(jwt(&json!({ "alg": "HS512" }), &claims, &secret)),
            url.clone(),
            body(0),
        ),
        (
            "long expired",
            Some(jwt(&header, &json!({ "iat": 1, "exp": 2 }), &secret)),
            url.clone(),
            body(0),
        ),
        (
            "a guessed address",
            Some(genuine.clone()),
            guessed(&url),
            body(0),
        ),
        (
            "somebody else's webhook",
            Some(genuine.clone()),
            url.clone(),
            body(0).replace(&webhook_id.to_string(), "999999"),
        ),
        (
            "no JSON",
            Some(genuine.clone()),
            url.clone(),
            "<xml/>".to_owned(),
        ),
        (
            "too large",
            Some(genuine.clone()),
            url.clone(),
            body(6 * 1024 * 1024),
        ),
    ];
    for (what, authorization, url, body) in forged {
        let status = Delivery {
            url,
            authorization,
            identifier: "forged",
            body: body.into_bytes(),
            encoding: None,
        }
        .send()
        .await;
        assert!(status.is_client_error(), "{what}: {status}");
        assert_eq!(stored(&town).await, before, "{what}: something was stored");
    }

    // A door that unpacked this would unpack a bomb, too.
    let packed = Delivery {
        url: url.clone(),
        authorization: Some(genuine.clone()),
        identifier: "packed",
        body: gzip(body(0).as_bytes()),
        encoding: Some("gzip"),
    };
    assert!(packed.send().await.is_client_error(), "a packed body");
    assert_eq!(stored(&town).await, before, "is not read");

    let delivery = Delivery {
        url: url.clone(),
        authorization: Some(genuine),
        identifier: "genuine-1",
        body: body(0).into_bytes(),
        encoding: None,
    };
    assert!(
        delivery.send().await.is_success(),
        "what is genuine is taken"
    );
    let after = stored(&town).await;
    assert_eq!(
        after.0,
        before.0 + 1,
        "and stored: the checks above were no refusal of everything"
    );
    assert!(
        delivery.send().await.is_success(),
        "the same again is no error"
    );
    assert_eq!(stored(&town).await.0, after.0, "and stored once");
}
