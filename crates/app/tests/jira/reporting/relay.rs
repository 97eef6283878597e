//! Erasures that come in signed.

use aws_lc_rs::{
    digest,
    rand::SystemRandom,
    signature::{Ed25519KeyPair, KeyPair as _},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use upvow_app::{
    App, Parts,
    connect::State,
    privacy::reporting::relay::{self, Outcome, Request, Sender},
};
use upvow_domain::{Time, secret::AccountId};

use crate::town::Town;

const KEYID: &str = "k1@relay.example";

/// Somebody who signs.
struct Signer(Ed25519KeyPair);

/// What is signed and sent; each test changes one thing.
struct Letter {
    keyid: &'static str,
    nonce: &'static str,
    created: Time,
    target: &'static str,
    body: String,
}

impl Signer {
    fn new() -> Signer {
        let key = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Signer(Ed25519KeyPair::from_pkcs8(key.as_ref()).unwrap())
    }

    fn trusted(&self) -> Sender {
        let key = STANDARD.encode(self.0.public_key().as_ref());
        Sender::parse(&format!("{KEYID}={key}")).unwrap()
    }

    fn sign(&self, letter: &Letter) -> Request {
        let hash = digest::digest(&digest::SHA256, letter.body.as_bytes());
        let told = format!("sha-256=:{}:", STANDARD.encode(hash));
        let params = format!(
            "(\"@method\" \"@target-uri\" \"content-digest\");created={};nonce=\"{}\";keyid=\"{}\";alg=\"ed25519\"",
            letter.created.0 / 1_000,
            letter.nonce,
            letter.keyid
        );
        let base = format!(
            "\"@method\": POST\n\"@target-uri\": {}\n\"content-digest\": {told}\n\"@signature-params\": {params}",
            letter.target
        );
        let signature = STANDARD.encode(self.0.sign(base.as_bytes()));
        Request {
            signature_input: vec![format!("sig1={params}")],
            signature: vec![format!("sig1=:{signature}:")],
            content_digest: vec![told],
            body: letter.body.clone().into_bytes().into(),
        }
    }
}

fn letter(app: &App) -> Letter {
    Letter {
        keyid: KEYID,
        nonce: "0123456789abcdef",
        created: app.now(),
        target: "https://board.example/privacy/relay",
        body: r#"{"delete":[{"accountId":"ana"}]}"#.to_owned(),
    }
}

/// The same world with a relay that trusts these.
fn relay_of(town: &Town, senders: Vec<Sender>) -> App {
    let app = town.app();
    let mut settings = app.settings.clone();
    settings.relay = senders;
    App::new(Parts {
        db: app.db.clone(),
        vault: app.vault.clone(),
        jira: app.jira.clone(),
        clock: app.clock.clone(),
        mail: upvow_app::Mail::outbox(),
        settings,
        live: upvow_app::Live::new(),
        work: tokio::sync::Notify::new(),
        node: upvow_app::node(),
    })
}

async fn grants(town: &Town) -> u32 {
    let counts = town.app().vault.counts().await.unwrap();
    counts.grants
}

/// Promise 6.3, 6.4.
#[tokio::test]
async fn f49_a_signed_erasure_is_carried_out_once() {
    let (town, by) = Town::connected().await;
    let signer = Signer::new();
    let app = relay_of(&town, vec![signer.trusted()]);
    let request = signer.sign(&letter(&app));
    assert_eq!(relay::receive(&app, &request).await, Outcome::Taken);
    assert_eq!(town.connection(by).await.state, State::Disconnecting);
    town.work().await;
    assert_eq!(town.connection(by).await.state, State::Invalidated);
    assert_eq!(grants(&town).await, 0);
    let ana = AccountId::new("ana".to_owned());
    let since = town.app().vault.suppressed(&ana, app.now()).await.unwrap();
    assert!(since.is_some(), "it was asked for");

    // The same letter again is an old one, also at another node.
    let other = relay_of(&town, vec![signer.trusted()]);
    assert_eq!(relay::receive(&other, &request).await, Outcome::Refused);
}

/// Whether anything is kept is told to nobody. Promise 6.5.
#[tokio::test]
async fn f49_the_answer_does_not_tell_whether_anything_is_kept() {
    let (town, by) = Town::connected().await;
    let signer = Signer::new();
    let app = relay_of(&town, vec![signer.trusted()]);
    let unknown = Letter {
        body: r#"{"delete":[{"accountId":"712020:nobody-here"}]}"#.to_owned(),
        ..letter(&app)
    };
    let outcome = relay::receive(&app, &signer.sign(&unknown)).await;
    assert_eq!(outcome, Outcome::Taken);
    assert_eq!(town.connection(by).await.state, State::Active);
}

/// Promise 6.5.
#[tokio::test]
async fn f49_whoever_is_not_verified_changes_nothing() {
    let (town, by) = Town::connected().await;
    let (signer, stranger) = (Signer::new(), Signer::new());
    let app = relay_of(&town, vec![signer.trusted()]);
    let off = relay_of(&town, vec![]);
    let good = || letter(&app);
    let minute = |minutes: i64| Time(app.now().0 + minutes * 60_000);
    let mut bad = vec![
        ("a stranger's key", stranger.sign(&good())),
        (
            "another sender",
            signer.sign(&Letter {
                keyid: "k2@relay.example",
                ..good()
            }),
        ),
        (
            "too old",
            signer.sign(&Letter {
                created: minute(-6),
                ..good()
            }),
        ),
        (
            "not yet",
            signer.sign(&Letter {
                created: minute(6),
                ..good()
            }),
        ),
        (
            "for another server",
            signer.sign(&Letter {
                target: "https://other.example/privacy/relay",
                ..good()
            }),
        ),
        (
            "a short nonce",
            signer.sign(&Letter {
                nonce: "1",
                ..good()
            }),
        ),
    ];
    let mut changed = signer.sign(&Letter {
        body: r#"{"delete":[{"accountId":"ann"}]}"#.to_owned(),
        ..good()
    });
    changed.body = good().body.into_bytes().into();
    bad.push(("a changed body", changed));
    let mut rehashed = signer.sign(&Letter {
        body: r#"{"delete":[{"accountId":"ann"}]}"#.to_owned(),
        ..good()
    });
    rehashed.body = good().body.into_bytes().into();
    rehashed.content_digest = signer.sign(&good()).content_digest;
    bad.push(("a changed body and its digest", rehashed));
    let mut twice = signer.sign(&good());
    twice.signature.push(twice.signature[0].clone());
    bad.push(("two signatures", twice));
    let mut none = signer.sign(&good());
    none.signature.clear();
    bad.push(("no signature", none));
    let mut uncovered = signer.sign(&good());
    uncovered.signature_input[0] = uncovered.signature_input[0].replace(" \"content-digest\"", "");
    bad.push(("an uncovered body", uncovered));
    for (what, request) in &bad {
        let outcome = relay::receive(&app, request).await;
        assert_eq!(outcome, Outcome::Refused, "{what}");
    }
    let request = signer.sign(&good());
    assert_eq!(
        relay::receive(&off, &request).await,
        Outcome::Refused,
        "off"
    );
    assert_eq!(town.connection(by).await.state, State::Active);
    let spent = "SELECT CAST(COUNT(*) AS BIGINT) FROM relay_nonces";
    assert_eq!(town.rows(spent).await, 0, "and nothing was written");
    // And the same letter, untouched, is good.
    assert_eq!(relay::receive(&app, &request).await, Outcome::Taken);
}

/// Promise 6.5.
#[tokio::test]
async fn f49_a_signed_body_that_makes_no_sense_is_refused() {
    let (town, by) = Town::connected().await;
    let signer = Signer::new();
    let app = relay_of(&town, vec![signer.trusted()]);
    let many = vec![r#"{"accountId":"ana"}"#; 91].join(",");
    let bodies = [
        String::new(),
        "[]".to_owned(),
        r#"{"delete":[]}"#.to_owned(),
        r#"{"delete":[{"accountId":"ana","name":"Ana"}]}"#.to_owned(),
        r#"{"delete":[{"accountId":"ana"}],"also":1}"#.to_owned(),
        format!(r#"{{"delete":[{many}]}}"#),
    ];
    let nonces = [
        "nonce-00000000-0",
        "nonce-00000000-1",
        "nonce-00000000-2",
        "nonce-00000000-3",
        "nonce-00000000-4",
        "nonce-00000000-5",
    ];
    for (body, nonce) in bodies.into_iter().zip(nonces) {
        let told = body.clone();
        let letter = Letter {
            nonce,
            body,
            ..letter(&app)
        };
        let outcome = relay::receive(&app, &signer.sign(&letter)).await;
        assert_eq!(outcome, Outcome::Refused, "{told:.40}");
    }
    assert_eq!(town.connection(by).await.state, State::Active);
    // Nonces end with their day.
    town.wait(2 * 86_400);
    town.work().await;
    let spent = "SELECT CAST(COUNT(*) AS BIGINT) FROM relay_nonces";
    assert_eq!(town.rows(spent).await, 0);
}
