//! A process that turns the epoch, or replaces a key, is killed before each operation on a file, one after another; and
//! so is the one that comes after it to set things right. Whatever is left, the next one opens it and nothing is lost.

use std::{
    os::unix::process::ExitStatusExt as _,
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
};

use super::house::*;
use crate::{ErasureReason, Revocation, RootKey, Vault, VaultSettings, signing::verify};

/// What the process does that is killed.
const ACTS: [&str; 4] = ["root", "sign", "mail", "turn"];

const SIGKILL: i32 = 9;

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_before_any_file_operation_loses_nothing_with_sqlite() {
    if let Some(act) = Act::of_this_process() {
        return act.carry_out().await;
    }
    let name = "tests::kills::a_kill_before_any_file_operation_loses_nothing_with_sqlite";
    kill_everywhere(House::sqlite(), name).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_before_any_file_operation_loses_nothing_with_postgres() {
    if let Some(act) = Act::of_this_process() {
        return act.carry_out().await;
    }
    let name = "tests::kills::a_kill_before_any_file_operation_loses_nothing_with_postgres";
    if let Some(house) = House::postgres().await {
        kill_everywhere(house, name).await;
    }
}

/// What this process was started for, if it is one of those to be killed.
struct Act {
    what: String,
    settings: VaultSettings,
    folder: PathBuf,
    counts_opening: bool,
}

impl Act {
    fn of_this_process() -> Option<Act> {
        let said = |name: &str| std::env::var(name).ok();
        let folder = PathBuf::from(said("UPVOW_KILL_BELOW")?);
        Some(Act {
            what: said("UPVOW_KILL_ACT")?,
            settings: VaultSettings {
                url: said("UPVOW_KILL_URL")?,
                keys_dir: folder.join("keys"),
                root_key: RootKey::from_file(&folder.join("root.key")).unwrap(),
            },
            counts_opening: said("UPVOW_KILL_FROM")? == "opening",
            folder,
        })
    }

    async fn carry_out(self) {
        let begin = || std::fs::write(self.folder.join("begin"), "").unwrap();
        if self.counts_opening {
            begin();
        }
        let vault = Vault::open(self.settings, NOON).await.unwrap();
        if !self.counts_opening {
            begin();
        }
        match self.what.as_str() {
            "turn" => drop(vault.turn_epoch(NOON).await.unwrap()),
            "root" => vault.change_root_key().await.unwrap(),
            "mail" => vault.rotate_mail_key(NOON).await.unwrap(),
            "sign" => drop(vault.rotate_signing_key(NOON).await.unwrap()),
            other => panic!("{other}"),
        }
        vault.close().await;
    }
}

/// What stands between a process and its files.
fn shim(folder: &Path) -> PathBuf {
    let library = folder.join("kill_at.so");
    let made = Command::new("cc")
        .args(["-shared", "-fPIC", "-w", "-o"])
        .arg(&library)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/src/tests/kill_at.c"))
        .arg("-ldl")
        .status()
        .expect("cc runs: it has linked this very test");
    assert!(made.success());
    library
}

struct Killer<'a> {
    house: &'a House,
    shim: PathBuf,
    test: &'a str,
}

impl Killer<'_> {
    /// Has a process do it, and be killed before its nth operation on a file. False if it came to its end before.
    fn kill(&self, what: &str, from: &str, nth: usize) -> bool {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", self.test, "--nocapture"])
            .env("LD_PRELOAD", &self.shim)
            .env("UPVOW_KILL_BELOW", self.house.path())
            .env("UPVOW_KILL_URL", self.house.settings().url)
            .env("UPVOW_KILL_ACT", what)
            .env("UPVOW_KILL_FROM", from)
            .env("UPVOW_KILL_AT", nth.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .status();
        let ended: ExitStatus = child.unwrap();
        if ended.success() {
            return false;
        }
        assert_eq!(ended.signal(), Some(SIGKILL), "{what} at {nth}: {ended}");
        true
    }
}

async fn kill_everywhere(house: House, test: &str) {
    let tools = tempfile::tempdir().unwrap();
    let killer = Killer {
        house: &house,
        shim: shim(tools.path()),
        test,
    };
    let mut vault = house.open().await;
    connect(&vault, &["ana"]).await;
    let receipt = vault.sign(b"{}", "typ").unwrap();
    vault.make_mail_keys(None, NOON).await.unwrap();
    let mut next = 2;
    for what in ACTS {
        let mut nth = 1;
        loop {
            next += 1;
            let before = vault.epoch().await.unwrap().number;
            ask(&vault, next).await;
            vault.close().await;
            let is_cut = killer.kill(what, "act", nth);
            // Whoever sets it right is killed, too, somewhere between its first look and its end.
            if is_cut && nth % 3 == 0 {
                killer.kill(what, "opening", 1 + nth * 7 % 60);
            }
            vault = house.open().await;
            let at = format!("{what} at {nth}");
            look(&house, &vault, &at, before, next).await;
            let keys = vault.public_keys().unwrap();
            assert_eq!(verify(&receipt, &keys).unwrap(), b"{}", "{at}");
            if !is_cut {
                break;
            }
            nth += 1;
        }
        let least = if house.is_file() && what == "turn" {
            40
        } else {
            5
        };
        assert!(nth > least, "{what}: its operations are seen: {nth}");
    }
    vault.close().await;
}

/// Somebody's erasure waits for a turn.
async fn ask(vault: &Vault, n: u32) {
    let (grant, erasure) = (grant_id(n), erasure_id(n));
    let new = new_grant(&format!("ben-{n}"));
    vault.keep_grant(grant, new, NOON).await.unwrap();
    vault
        .begin_erasure(erasure, grant, ErasureReason::Request, NOON)
        .await
        .unwrap();
    vault
        .finish_erasure(erasure, Revocation::AcceptedNotVerified, NOON)
        .await
        .unwrap();
}

/// What must be so after any kill, once somebody opened the vault again.
async fn look(house: &House, vault: &Vault, at: &str, before: u32, n: u32) {
    let epoch = vault.epoch().await.unwrap().number;
    assert!((before..=before + 2).contains(&epoch), "{at}: {epoch}");
    let record = vault.erasure(erasure_id(n)).await.unwrap().unwrap();
    assert_eq!(
        record.epoch_turned_at.is_some(),
        epoch > before,
        "{at}: final exactly when the key is gone"
    );
    let one = [format!("epoch-{epoch}.key")];
    assert_eq!(house.key_files(), one, "{at}: one key is left");
    let ana = access(vault, grant_id(1)).await;
    assert_eq!(ana.as_deref(), Some("access-canary-ana"), "{at}");
    assert_eq!(vault.check().await.unwrap(), vec![], "{at}");
    let name = account(&format!("ben-{n}"));
    let stands = vault.suppressed(&name, NOON).await.unwrap();
    assert!(stands.is_some(), "{at}: the wish is kept");
    let keys = vault.public_keys().unwrap();
    let signed = vault.sign(b"{}", "typ").unwrap();
    assert!(verify(&signed, &keys).is_ok(), "{at}");
    assert!(vault.mail_keys().unwrap().is_some(), "{at}");
    let signing = keys.keys.iter().filter(|key| key.signed_until.is_none());
    assert_eq!(signing.count(), 1, "{at}: one key signs");
    let left = left_over(house.path());
    assert!(left.is_empty(), "{at}: half made: {left:?}");
}

/// Files that only a work under way has.
fn left_over(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(left_over(&path));
        } else if [".new", ".next", ".draft"]
            .iter()
            .any(|end| path.to_string_lossy().contains(end))
        {
            found.push(path);
        }
    }
    found
}
