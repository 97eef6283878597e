//! The process seen from outside: what an image of its memory would show, and that none is taken.

use std::{
    os::unix::{fs::MetadataExt as _, process::ExitStatusExt as _},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::Method;
use serde_json::json;
use upvow_server::commands::demo::search::forms;

use crate::{
    door,
    harness::{Needles, Seen, Town, UPVOW, Wire},
    tokens::{age, values},
};

/// The promise is a second. A busy machine may take longer to get round to it.
const AFTER: Duration = Duration::from_secs(1);
const AT_MOST: Duration = Duration::from_secs(20);

/// Whether memory of other processes can be read: as root. Nobody else can, which is what is promised (see below).
pub(crate) fn may_look() -> bool {
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|facts| facts.uid() == 0);
    assert!(
        is_root || std::env::var("CI").as_deref() != Ok("true"),
        "in CI the memory may not be left out: run as root"
    );
    if !is_root {
        eprintln!("left out: only root can read the memory of this process");
    }
    is_root
}

/// Looks a second after the last use, and again if a job may have been at work just then.
pub(crate) async fn look(needles: &Needles, process: u32) -> Seen {
    let begun = Instant::now();
    loop {
        tokio::time::sleep(AFTER).await;
        let seen = needles.search_process(process).unwrap();
        if seen.found.is_empty() || begun.elapsed() > AT_MOST {
            return seen;
        }
    }
}

/// Promise 2.5, 9.1.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_after_its_use_no_token_and_no_name_is_in_memory() {
    if !may_look() {
        return;
    }
    let mut town = Town::start().await;
    let auth = Wire::to(town.simulator.says("auth_url")).await;
    let api = Wire::to(town.simulator.says("api_url")).await;
    town.server.kill();
    town.server.set("UPVOW_ATLASSIAN_AUTH_URL", auth.url());
    town.server.set("UPVOW_ATLASSIAN_API_URL", api.url());
    town.server.start_again().await;

    // The round trip of the consent, calls, jobs, a refresh, calls by the new token.
    let connection = town.connect().await;
    let post = town.post("Idea").await;
    let issue = town.new_issue(&connection).await;
    let links = format!("/posts/{post}/links");
    town.send(Method::POST, &links, issue).await;
    town.until(&links, "the issue is made", |list| {
        list["items"][0]["state"] == "active" && list["items"][0]["synced_at"].is_string()
    })
    .await;
    age(&town).await;
    let projects = Town::api(&format!("/connections/{connection}/jira-projects"));
    town.owner.read(&projects).await.unwrap();

    // A delivery with a name in it that nobody else bears, taken; and one that is refused.
    let name = format!("Zenobia Quux-{}", upvow_app::node().simple());
    let hooks = town.simulator.jira().look("webhooks").await.unwrap();
    let url = hooks[0]["url"].as_str().unwrap().to_owned();
    let id = &hooks[0]["id"];
    let body = json!({
        "webhookEvent": "jira:issue_updated", "timestamp": 1, "matchedWebhookIds": [id],
        "user": { "displayName": name, "accountId": format!("712020:{name}") },
        "issue": { "id": "10001", "key": "KITE-1", "fields": { "summary": name, "assignee": { "displayName": name } } },
    });
    let secret = town.simulator.says("client_secret");
    assert_eq!(door::deliver(&url, &body, secret).await, 204);
    assert_eq!(door::deliver(&url, &body, "another secret").await, 404);

    let heard = auth.heard();
    let mut access = values(&heard, "access_token");
    let mut refresh = values(&heard, "refresh_token");
    for list in [&mut access, &mut refresh] {
        list.sort();
        list.dedup();
        assert!(list.len() >= 2, "a pair, and the one that came after it");
    }
    let said = api.heard();
    assert!(
        access.iter().all(|token| said.contains(token)),
        "every one was used"
    );
    let names = [("access token", &access), ("refresh token", &refresh)];
    let needles = Needles::new(
        names
            .iter()
            .flat_map(|(what, list)| list.iter().map(|text| (*what, text.as_str())))
            .chain([("name of a person", name.as_str())]),
    );

    let seen = look(&needles, town.server.process()).await;
    assert!(seen.found.is_empty(), "{seen:?}");
    assert!(seen.bytes > 10_000_000, "it was read: {seen:?}");
    assert!(seen.unread <= 2, "all of it: {seen:?}");

    // The same search is not blind: whoever has to know the tokens, because it gave them, has them in its memory.
    let there = needles
        .search_process(town.simulator.process())
        .unwrap()
        .found;
    for what in ["access token, plain", "refresh token, plain"] {
        assert!(there.contains(what), "{there:?}");
    }
    // Nor is the connection's use over: it works as before.
    assert!(town.owner.read(&projects).await.unwrap()["items"].is_array());
}

/// A process that does nothing but keep this in its memory.
fn keeper(text: &str) -> Child {
    Command::new("sleep")
        .arg("600")
        .env("KEPT", format!("x{text}"))
        .spawn()
        .expect("sleep runs")
}

#[test]
fn the_search_of_memory_finds_what_is_planted_in_any_disguise() {
    if !may_look() {
        return;
    }
    let marker = "planted/marker+of-48-bytes?that_nobody&else=knows!";
    let needles = Needles::new([("marker", marker)]);
    for (how, bytes) in forms(marker) {
        if bytes.contains(&0) {
            // An environment holds no zero bytes; the search itself does.
            assert!(needles.search(&bytes).contains(&format!("marker, {how}")));
            continue;
        }
        let mut process = keeper(std::str::from_utf8(&bytes).expect("a disguise is text"));
        let found = needles.search_process(process.id()).map(|seen| seen.found);
        process.kill().unwrap();
        process.wait().unwrap();
        assert!(found.unwrap().contains(&format!("marker, {how}")), "{how}");
    }
    // Wherever it begins in what was encoded.
    for before in ["", "a", "ab"] {
        let text = STANDARD.encode(format!("{before}{marker}tail"));
        assert!(
            needles.search(text.as_bytes()).contains("marker, base64"),
            "{before:?}"
        );
    }
    let mut process = keeper("nothing of the kind");
    let seen = needles.search_process(process.id());
    process.kill().unwrap();
    process.wait().unwrap();
    assert!(seen.unwrap().found.is_empty());
}

/// Starts it with no limit on core dumps, and as another user than root, because root may look at anything.
fn unguarded(folder: &Path) -> Command {
    let is_root = folder.metadata().unwrap().uid() == 0;
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -c unlimited; exec \"$@\"", "sh"]);
    if is_root {
        std::os::unix::fs::chown(folder, Some(65534), Some(65534)).unwrap();
        command.args([
            "setpriv",
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
        ]);
    }
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("UPVOW_")) {
        command.env_remove(name);
    }
    command.current_dir(folder);
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_leaves_no_core_dump_and_nobody_else_may_look() {
    let folder = tempfile::tempdir().unwrap();
    // Who reads the program as another user has to get to it.
    let program = folder.path().join("upvow");
    std::fs::hard_link(UPVOW, &program)
        .or_else(|_| std::fs::copy(UPVOW, &program).map(drop))
        .unwrap();
    let mut idle = unguarded(folder.path())
        .args(["sleep", "600"])
        .spawn()
        .unwrap();
    let log = std::fs::File::create(folder.path().join("said.txt")).unwrap();
    let mut server = unguarded(folder.path())
        .arg(&program)
        .args(["serve", "--jira", "off", "--listen", "127.0.0.1:0"])
        .args(["--public-url", "http://127.0.0.1:1"])
        .arg("--data-dir")
        .arg(folder.path().join("data"))
        .stdout(log)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let said = || std::fs::read_to_string(folder.path().join("said.txt")).unwrap_or_default();
    let begun = Instant::now();
    while !said().contains("listens on") && begun.elapsed() < Duration::from_mins(1) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(said().contains("listens on"), "it starts: {}", said());

    let look = |process: &Child| {
        let folder = format!("/proc/{}", process.id());
        let limits = std::fs::read_to_string(format!("{folder}/limits")).unwrap();
        let line = limits
            .lines()
            .find(|line| line.starts_with("Max core file size"));
        let words: Vec<String> = line
            .expect("the limit")
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        let owner = std::fs::metadata(format!("{folder}/mem")).unwrap().uid();
        (words[4..6].join(" "), owner)
    };
    let (guarded, unguarded) = (look(&server), look(&idle));
    let end = |process: &mut Child| {
        let asked = Command::new("kill")
            .args(["-ABRT", &process.id().to_string()])
            .status();
        assert!(asked.unwrap().success());
        process.wait().unwrap()
    };
    let (server, idle) = (end(&mut server), end(&mut idle));
    assert_eq!(guarded.0, "0 0", "neither now nor by lifting it");
    assert_eq!(guarded.1, 0, "its memory is root's, whoever runs it");
    assert_eq!(server.signal(), Some(6));
    assert!(!server.core_dumped(), "no image was written");
    // What is not told to do so is another matter: the look was worth something.
    assert_ne!(unguarded.0, "0 0");
    assert_ne!(unguarded.1, 0);
    assert_eq!(idle.signal(), Some(6));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_server_on_the_same_folder_is_refused_and_a_dead_one_hinders_nobody() {
    let mut town = Town::start().await;
    let second = town
        .server
        .command(&["serve", "--listen", "127.0.0.1:0"])
        .output()
        .unwrap();
    assert_eq!(second.status.code(), Some(1));
    let said = String::from_utf8(second.stderr).unwrap();
    assert!(
        said.contains("another upvow is serving from"),
        "it says why: {said}"
    );
    // Commands that may run beside it still do.
    let beside = town.server.command(&["keys", "check"]).output().unwrap();
    assert!(beside.status.success());
    // What is left by a power cut is no owner.
    town.server.kill();
    town.server.start_again().await;
}
