//! Erasing from the command line, and reading what was signed of it: offline, with nothing but the public keys.

use std::{
    io::Write as _,
    path::Path,
    process::{Output, Stdio},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use upvow_domain::Time;
use upvow_vault::{RootKey, Vault, VaultSettings};

use crate::harness::{Town, upvow};

fn verify(file: &Path, keys: &Path) -> Output {
    upvow()
        .args(["privacy", "receipt", "verify"])
        .arg(file)
        .arg("--keys")
        .arg(keys)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Promise 5.2, 11.3. The account id comes by the standard input and is on no command line.
#[tokio::test]
async fn an_operator_erases_by_account_and_anybody_verifies_the_receipt() {
    let town = Town::start().await;
    town.connect().await;
    let jira = town.simulator.jira();
    let me = jira.rest(reqwest::Method::GET, "myself", None);
    let account = me.await.unwrap()["accountId"].as_str().unwrap().to_owned();
    let receipt = town.server.folder().join("receipt.jwt");
    let erase = |yes: bool, account: &str| {
        let args = ["privacy", "erase", "--account-from-stdin", "--receipt"];
        let mut command = town.server.command(&args);
        command.arg(&receipt);
        if yes {
            command.arg("--yes");
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(account.as_bytes())
            .ok();
        child.wait_with_output().unwrap()
    };
    let asked = erase(false, &account);
    assert!(!asked.status.success(), "nothing is done without a yes");
    assert!(text(&asked.stderr).contains("--yes"));
    assert!(!receipt.exists());
    let empty = erase(true, "  \n");
    assert!(!empty.status.success());

    let done = erase(true, &format!("{account}\n"));
    assert!(done.status.success(), "{}", text(&done.stderr));
    let said = text(&done.stdout);
    assert!(
        said.contains("the key of older copies is destroyed"),
        "{said}"
    );
    assert!(!said.contains(&account) && !text(&done.stderr).contains(&account));

    // As a stranger has it: the file, and what the server publishes.
    let keys = town.server.folder().join("published-keys.json");
    let published = reqwest::get(town.server.address("/trust/keys.json")).await;
    let published = published.unwrap().bytes().await.unwrap();
    std::fs::write(&keys, &published).unwrap();
    let good = verify(&receipt, &keys);
    assert!(good.status.success(), "{}", text(&good.stderr));
    let told = text(&good.stdout);
    for word in [
        "The signature is good",
        "its erasure was asked for",
        "account identifier",
        "Final",
    ] {
        assert!(told.contains(word), "{word}: {told}");
    }
    // And with the file in the key folder, which is the default.
    let mut own = town.server.command(&["privacy", "receipt", "verify"]);
    own.arg(&receipt);
    assert!(own.output().unwrap().status.success());

    let jws = std::fs::read_to_string(&receipt).unwrap().trim().to_owned();
    assert!(!jws.contains(&account));
    let parts: Vec<&str> = jws.split('.').collect();
    let payload = URL_SAFE_NO_PAD.decode(parts[1]).unwrap();
    let mut better: Value = serde_json::from_slice(&payload).unwrap();
    assert!(!better.to_string().contains(&account));
    better["revocation"] = "confirmed, really".into();
    let tampered = URL_SAFE_NO_PAD.encode(better.to_string());
    let none =
        URL_SAFE_NO_PAD.encode(r#"{"alg":"none","kid":"x","typ":"upvow-erasure-receipt+jwt"}"#);
    // Signed by the same key, for another purpose.
    let folder = town.server.folder().join("keys");
    let vault = Vault::open(
        VaultSettings {
            url: town.server.databases()[1].clone(),
            root_key: RootKey::from_file(&folder.join("root.key")).unwrap(),
            keys_dir: folder,
        },
        Time(1_800_000_000_000),
    );
    let vault = vault.await.unwrap();
    let other = vault.sign(&payload, "another-kind+jwt").unwrap();
    vault.close().await;
    let bent = town.server.folder().join("bent.jwt");
    let strange = town.server.folder().join("strange-keys.json");
    let mut set: Value = serde_json::from_slice(&std::fs::read(&keys).unwrap()).unwrap();
    set["keys"][0]["x"] = URL_SAFE_NO_PAD.encode([7; 32]).into();
    std::fs::write(&strange, set.to_string()).unwrap();
    for (forged, why) in [
        (
            [parts[0], &tampered, parts[2]].join("."),
            "the signature does not fit",
        ),
        (
            [&none, &tampered, ""].join("."),
            "the one algorithm that is accepted",
        ),
        (jws[..jws.len() - 9].to_owned(), "cut off"),
        ([parts[0], parts[1]].join("."), "cut off"),
        (String::new(), "cut off"),
        (other, "another kind of document"),
    ] {
        std::fs::write(&bent, forged).unwrap();
        let refused = verify(&bent, &keys);
        assert_eq!(refused.status.code(), Some(1), "{why}");
        assert!(
            text(&refused.stderr).contains(why),
            "{}",
            text(&refused.stderr)
        );
        assert!(!text(&refused.stdout).contains("good"));
    }
    let refused = verify(&receipt, &strange);
    assert_eq!(refused.status.code(), Some(1), "another key");
}
