//! Who is let in at the webhook door. Tokens are signed by a library that the door does not use.

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use proptest::prelude::*;
use serde_json::{Value, json};
use upvow_domain::Time;
use upvow_domain::secret::ClientSecret;
use upvow_jira::webhook::{hub_signature_ok, verify};
use upvow_jira::{AppCredentials, DoorError};

use crate::stub::app;

const NOW: Time = Time(1_795_428_000_000);
const NOW_SECONDS: i64 = 1_795_428_000;

fn token(algorithm: Algorithm, secret: &str, claims: &Value) -> String {
    encode(
        &Header::new(algorithm),
        claims,
        &EncodingKey::from_secret(secret.as_bytes()),
    )
    .expect("a token")
}

fn signed(claims: &Value) -> String {
    token(Algorithm::HS256, "the-current-secret", claims)
}

fn ask(header: &str) -> Result<(), DoorError> {
    verify(&[header], &app(), NOW)
}

fn raw(header: &str, claims: &str) -> String {
    use base64::Engine as _;
    let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    format!("{}.{}", engine.encode(header), engine.encode(claims))
}

/// Promise 9.4.
#[test]
fn jira_is_let_in_with_the_current_and_the_previous_secret() {
    let claims = json!({"iss": "x", "iat": NOW_SECONDS - 5, "exp": NOW_SECONDS + 60});
    assert_eq!(ask(&format!("Bearer {}", signed(&claims))), Ok(()));
    assert_eq!(ask(&format!("bEARER  {}", signed(&claims))), Ok(()));
    let previous = token(Algorithm::HS256, "the-previous-secret", &claims);
    assert_eq!(ask(&format!("Bearer {previous}")), Ok(()));
    let bare = signed(&json!({}));
    assert_eq!(
        ask(&format!("Bearer {bare}")),
        Ok(()),
        "no claim is documented, so none is needed"
    );
}

#[test]
fn f17_nobody_else_is_let_in() {
    let claims = json!({});
    let good = format!("Bearer {}", signed(&claims));
    assert_eq!(verify(&[], &app(), NOW), Err(DoorError::NoHeader));
    assert_eq!(
        verify(&[&good, &good], &app(), NOW),
        Err(DoorError::ManyHeaders)
    );
    let wrong = token(Algorithm::HS256, "another-secret", &claims);
    assert_eq!(ask(&format!("Bearer {wrong}")), Err(DoorError::Signature));
    for algorithm in [Algorithm::HS384, Algorithm::HS512] {
        let other = token(algorithm, "the-current-secret", &claims);
        assert_eq!(ask(&format!("Bearer {other}")), Err(DoorError::Algorithm));
    }
    for header in [
        r#"{"alg":"none"}"#,
        r#"{"alg":"NONE"}"#,
        r#"{"alg":"RS256"}"#,
        r#"{"alg":"hs256"}"#,
        r#"{"alg":"HS256","crit":["x"]}"#,
    ] {
        let bare = raw(header, "{}");
        assert_eq!(
            ask(&format!("Bearer {bare}.")),
            Err(DoorError::Algorithm),
            "{header}"
        );
        assert_eq!(
            ask(&format!("Bearer {bare}.AAAA")),
            Err(DoorError::Algorithm),
            "{header}"
        );
    }
    let unsigned = raw(r#"{"alg":"HS256"}"#, "{}");
    assert_eq!(
        ask(&format!("Bearer {unsigned}.")),
        Err(DoorError::Signature)
    );
    for basic in [
        &good[7..],
        "",
        "Bearer",
        "Bearer ",
        "Basic abc",
        "Bearer\tabc",
        "JWT a.b.c",
    ] {
        assert_eq!(ask(basic), Err(DoorError::NotBearer), "{basic:?}");
    }
    for garbage in [
        "a",
        "a.b",
        "a.b.c",
        "a.b.c.d",
        "...",
        "é.é.é",
        "=.=.=",
        "e30.e30.e30",
    ] {
        assert_eq!(
            ask(&format!("Bearer {garbage}")),
            Err(DoorError::NotAToken),
            "{garbage}"
        );
    }
    let long = format!("Bearer {}", "a".repeat(16 * 1024 + 1));
    assert_eq!(ask(&long), Err(DoorError::TokenTooLong));
}

#[test]
fn f17_a_changed_token_is_not_genuine() {
    let good = signed(&json!({"exp": NOW_SECONDS + 60}));
    let (header, rest) = good.split_once('.').expect("a header");
    let (_, signature) = rest.split_once('.').expect("claims");
    let later = raw("", &json!({"exp": NOW_SECONDS + 99_999}).to_string());
    let forged = format!("Bearer {header}{later}.{signature}");
    assert_eq!(ask(&forged), Err(DoorError::Signature));
}

#[test]
fn f17_time_counts_with_a_minute_of_grace() {
    let at = |claims: Value| ask(&format!("Bearer {}", signed(&claims)));
    assert_eq!(at(json!({"exp": NOW_SECONDS - 59})), Ok(()));
    assert_eq!(
        at(json!({"exp": NOW_SECONDS - 60})),
        Err(DoorError::Expired)
    );
    assert_eq!(at(json!({"exp": 0})), Err(DoorError::Expired));
    assert_eq!(at(json!({"exp": 1e300})), Ok(()));
    assert_eq!(at(json!({"nbf": NOW_SECONDS + 60})), Ok(()));
    assert_eq!(at(json!({"nbf": NOW_SECONDS + 61})), Err(DoorError::NotYet));
    assert_eq!(at(json!({"exp": "tomorrow"})), Err(DoorError::NotAToken));
    assert_eq!(at(json!({"exp": [1]})), Err(DoorError::NotAToken));
}

#[test]
fn f17_an_empty_secret_opens_nothing() {
    let empty = |previous: Option<&str>| AppCredentials {
        client_id: "c".into(),
        client_secret: ClientSecret::new(String::new()),
        previous_secret: previous.map(|text| ClientSecret::new(text.into())),
    };
    let header = format!("Bearer {}", token(Algorithm::HS256, "", &json!({})));
    assert_eq!(
        verify(&[&header], &empty(None), NOW),
        Err(DoorError::NoSecret)
    );
    assert_eq!(
        verify(&[&header], &empty(Some("")), NOW),
        Err(DoorError::NoSecret)
    );
    assert_eq!(
        verify(&[&header], &empty(Some("other")), NOW),
        Err(DoorError::Signature)
    );
}

#[test]
fn an_administrators_webhook_is_checked_over_its_bytes() {
    let secret = b"It's a Secret to Everybody";
    let hex = "a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9";
    let good = format!("sha256={hex}");
    assert!(hub_signature_ok(&good, secret, b"Hello World!"));
    assert!(hub_signature_ok(
        &format!("sha256={}", hex.to_uppercase()),
        secret,
        b"Hello World!"
    ));
    assert!(!hub_signature_ok(&good, secret, b"Hello World"));
    assert!(!hub_signature_ok(&good, b"another", b"Hello World!"));
    for bad in [
        "",
        hex,
        "sha256=",
        "sha1=a4771c39",
        &good[..70],
        &format!("sha512={hex}"),
        &format!("{good}00"),
        &good.replace('a', "g"),
    ] {
        assert!(!hub_signature_ok(bad, secret, b"Hello World!"), "{bad}");
    }
    // Everybody can sign with nothing.
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, b"");
    let tag = aws_lc_rs::hmac::sign(&key, b"Hello World!");
    let hex = tag
        .as_ref()
        .iter()
        .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    assert!(!hub_signature_ok(
        &format!("sha256={hex}"),
        b"",
        b"Hello World!"
    ));
}

proptest! {
    #[test]
    fn no_header_makes_the_door_panic_or_open(header in any::<String>(), parts in prop::collection::vec("[A-Za-z0-9_=-]{0,40}", 0..5)) {
        prop_assert!(ask(&header).is_err());
        let bearer = format!("Bearer {}", parts.join("."));
        prop_assert!(ask(&bearer).is_err());
        prop_assert!(!hub_signature_ok(&header, b"secret", b"body"));
    }
}
