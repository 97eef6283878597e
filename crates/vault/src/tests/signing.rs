//! What is signed, who can verify it, and what a change of key leaves.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::Jwk};

use super::{house::*, opening::refusal};
use crate::{
    RootKey, Vault, VaultError, VaultSettings,
    signing::{JwkSet, SignatureError, verify, verify_as},
};

const TYP: &str = "upvow-test+jwt";
const PAYLOAD: &[u8] = br#"{"said":"truth"}"#;

/// Promise 5.2.
#[tokio::test]
async fn any_library_verifies_with_the_published_key() {
    let house = House::sqlite();
    let vault = house.open().await;
    let jws = vault.sign(PAYLOAD, TYP).unwrap();
    // As a stranger has it: the file of public keys and the text.
    let text = std::fs::read(house.keys_dir().join("signing.json")).unwrap();
    let set: jsonwebtoken::jwk::JwkSet = serde_json::from_slice(&text).unwrap();
    let header = jsonwebtoken::decode_header(&jws).unwrap();
    assert_eq!(header.typ.as_deref(), Some(TYP));
    let jwk: &Jwk = set.find(&header.kid.unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    let key = DecodingKey::from_jwk(jwk).unwrap();
    let read = jsonwebtoken::decode::<serde_json::Value>(&jws, &key, &validation).unwrap();
    assert_eq!(read.claims["said"], "truth");
    let changed = with_payload(&jws, br#"{"said":"lies"}"#);
    assert!(jsonwebtoken::decode::<serde_json::Value>(&changed, &key, &validation).is_err());
    vault.close().await;
}

/// Promise 5.2.
#[tokio::test]
async fn nothing_that_was_changed_is_believed() {
    let house = House::sqlite();
    let vault = house.open().await;
    let keys = vault.public_keys().unwrap();
    let jws = vault.sign(PAYLOAD, TYP).unwrap();
    assert_eq!(verify(&jws, &keys).unwrap(), PAYLOAD);
    assert_eq!(verify_as(&jws, TYP, &keys).unwrap(), PAYLOAD);
    let refused = |jws: &str| verify_as(jws, TYP, &keys).unwrap_err();
    let [header, payload, signature] = parts(&jws);
    assert_eq!(
        verify_as(&jws, "upvow-other+jwt", &keys),
        Err(SignatureError::OtherType)
    );
    assert_eq!(
        refused(&with_payload(&jws, br#"{"said":"lies"}"#)),
        SignatureError::BadSignature
    );
    let none = |alg: &str| {
        let header = format!(r#"{{"alg":"{alg}","kid":"x","typ":"{TYP}"}}"#);
        URL_SAFE_NO_PAD.encode(header)
    };
    for alg in ["none", "None", "HS256", "eddsa", ""] {
        for signature in ["", signature] {
            let forged = [&none(alg), payload, signature].join(".");
            assert_eq!(refused(&forged), SignatureError::Algorithm, "{alg}");
        }
    }
    // Every cut and every changed letter.
    for end in 0..jws.len() {
        assert!(verify(&jws[..end], &keys).is_err(), "cut at {end}");
    }
    for at in 0..jws.len() {
        let mut bytes = jws.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        assert!(verify(&changed, &keys).is_err(), "letter {at}");
    }
    assert!(verify(&format!("{jws}."), &keys).is_err());
    assert!(verify(&format!("{jws}="), &keys).is_err());
    // A member that must be understood is not.
    let critical = String::from_utf8(URL_SAFE_NO_PAD.decode(header).unwrap())
        .unwrap()
        .replacen('{', r#"{"crit":["b64"],"#, 1);
    let critical = [&URL_SAFE_NO_PAD.encode(critical), payload, signature].join(".");
    assert_eq!(refused(&critical), SignatureError::Malformed);
    vault.close().await;
}

#[tokio::test]
async fn a_stranger_s_key_is_not_ours_whatever_it_is_called() {
    let (ours, theirs) = (House::sqlite(), House::sqlite());
    let (vault, stranger) = (ours.open().await, theirs.open().await);
    let keys = vault.public_keys().unwrap();
    let forged = stranger.sign(PAYLOAD, TYP).unwrap();
    assert_eq!(verify(&forged, &keys), Err(SignatureError::UnknownKey));
    // The stranger's bytes under our name.
    let mut mixed = stranger.public_keys().unwrap();
    mixed.keys[0].kid = keys.keys[0].kid.clone();
    let renamed = {
        let [header, payload, signature] = parts(&forged);
        let header = String::from_utf8(URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
        let kid = &stranger.public_keys().unwrap().keys[0].kid;
        let header = header.replace(kid, &keys.keys[0].kid);
        [&URL_SAFE_NO_PAD.encode(header), payload, signature].join(".")
    };
    assert_eq!(verify(&renamed, &keys), Err(SignatureError::BadSignature));
    assert_eq!(verify(&renamed, &mixed), Err(SignatureError::UnknownKey));
    assert_eq!(
        verify(&forged, &JwkSet::default()),
        Err(SignatureError::UnknownKey)
    );
    vault.close().await;
    stranger.close().await;
}

story!(a_new_signing_key_leaves_the_old_signatures_good);

/// Promise 9.4.
async fn a_new_signing_key_leaves_the_old_signatures_good(house: House) {
    let vault = house.open().await;
    let node = house.open().await;
    let before = vault.sign(PAYLOAD, TYP).unwrap();
    let first = vault.public_keys().unwrap().keys[0].clone();
    assert_eq!(first.signed_until, None);
    let kid = vault.rotate_signing_key(NOON.plus(HOUR)).await.unwrap();
    assert_ne!(kid, first.kid);
    let keys = node.public_keys().unwrap();
    assert_eq!(keys.keys.len(), 2);
    assert_eq!((&keys.keys[0].kid, &keys.keys[1].kid), (&kid, &first.kid));
    assert_eq!(keys.keys[0].signed_until, None);
    assert_eq!(
        keys.keys[1].signed_until,
        Some(NOON.plus(HOUR).rfc3339()),
        "marked until when"
    );
    assert_eq!(verify(&before, &keys).unwrap(), PAYLOAD);
    // The other node signs with the new key at once.
    let after = node.sign(PAYLOAD, TYP).unwrap();
    let only_new = JwkSet {
        keys: vec![keys.keys[0].clone()],
    };
    assert_eq!(verify(&after, &only_new).unwrap(), PAYLOAD);
    assert_eq!(signing_files(&house), ["signing-2.key"]);
    vault.close().await;
    node.close().await;
}

/// The private key is in the folder only as the root key wraps it.
#[tokio::test]
async fn the_private_key_follows_the_root_key() {
    let house = House::sqlite();
    let vault = house.open().await;
    let kid = vault.public_keys().unwrap().keys[0].kid.clone();
    let old = RootKey::from_text(&std::fs::read_to_string(house.path().join("root.key")).unwrap())
        .unwrap();
    vault.change_root_key().await.unwrap();
    let jws = vault.sign(PAYLOAD, TYP).unwrap();
    assert!(verify(&jws, &vault.public_keys().unwrap()).is_ok());
    vault.close().await;
    let settings = VaultSettings {
        root_key: old,
        ..house.settings()
    };
    assert!(matches!(refusal(settings).await, VaultError::WrongRootKey));
    let settings = VaultSettings {
        root_key: RootKey::from_file(&house.path().join("root.key")).unwrap(),
        ..house.settings()
    };
    let vault = Vault::open(settings, NOON).await.unwrap();
    assert_eq!(vault.public_keys().unwrap().keys[0].kid, kid);
    vault.close().await;
}

/// Every file as a power cut may leave it: exactly one key signs, and it is published before it does.
#[tokio::test]
async fn a_key_change_that_a_crash_cuts_short_is_set_right() {
    let house = House::sqlite();
    let vault = house.open().await;
    let before = vault.sign(PAYLOAD, TYP).unwrap();
    vault.close().await;
    let dir = house.keys_dir();
    let keep = std::fs::read(dir.join("signing-1.key")).unwrap();
    let public = std::fs::read(dir.join("signing.json")).unwrap();
    let vault = house.open().await;
    vault.rotate_signing_key(NOON).await.unwrap();
    vault.close().await;
    let next = std::fs::read(dir.join("signing-2.key")).unwrap();
    let published = std::fs::read(dir.join("signing.json")).unwrap();
    // old key, new key staged, new key, public keys
    for (old, staged, new, set) in [
        (true, true, false, &public),
        (true, true, false, &published),
        (true, false, true, &published),
        (false, false, true, &published),
    ] {
        for name in ["signing-1.key", "signing-2.key", "signing-2.key.new"] {
            std::fs::remove_file(dir.join(name)).ok();
        }
        if old {
            std::fs::write(dir.join("signing-1.key"), &keep).unwrap();
        }
        if staged {
            std::fs::write(dir.join("signing-2.key.new"), &next).unwrap();
        }
        if new {
            std::fs::write(dir.join("signing-2.key"), &next).unwrap();
        }
        std::fs::write(dir.join("signing.json"), set).unwrap();
        let vault = house.open().await;
        assert_eq!(signing_files(&house).len(), 1, "{old} {staged} {new}");
        let keys = vault.public_keys().unwrap();
        let signs: Vec<_> = keys
            .keys
            .iter()
            .filter(|key| key.signed_until.is_none())
            .collect();
        assert_eq!(signs.len(), 1, "{old} {staged} {new}");
        let jws = vault.sign(PAYLOAD, TYP).unwrap();
        assert_eq!(verify(&jws, &keys).unwrap(), PAYLOAD);
        assert_eq!(verify(&before, &keys).unwrap(), PAYLOAD);
        vault.close().await;
    }
}

#[tokio::test]
async fn starting_over_keeps_the_public_keys() {
    let house = House::sqlite();
    let vault = house.open().await;
    let before = vault.sign(PAYLOAD, TYP).unwrap();
    vault.close().await;
    let settings = VaultSettings {
        root_key: RootKey::create_file(&house.path().join("other.key")).unwrap(),
        ..house.settings()
    };
    let vault = Vault::start_over(settings, NOON).await.unwrap();
    let keys = vault.public_keys().unwrap();
    assert_eq!(verify(&before, &keys).unwrap(), PAYLOAD);
    let after = vault.sign(PAYLOAD, TYP).unwrap();
    assert_eq!(verify(&after, &keys).unwrap(), PAYLOAD);
    vault.close().await;
}

fn parts(jws: &str) -> [&str; 3] {
    let parts: Vec<&str> = jws.split('.').collect();
    parts.try_into().unwrap()
}

fn with_payload(jws: &str, payload: &[u8]) -> String {
    let [header, _, signature] = parts(jws);
    [header, &URL_SAFE_NO_PAD.encode(payload), signature].join(".")
}

fn signing_files(house: &House) -> Vec<String> {
    let names = std::fs::read_dir(house.keys_dir()).unwrap();
    names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("signing-"))
        .collect()
}
