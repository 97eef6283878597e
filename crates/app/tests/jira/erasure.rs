//! The one path of erasure: whoever asks, and whatever is down.

use serde_json::{Value, json};
use upvow_app::{
    App, AppError,
    connect::{State, goodbye, oauth::Answer, wizard},
    privacy::{
        erasure::{self, ErasureReason},
        receipt::{self, Statement},
    },
    sync::intake::Outcome,
};
use upvow_domain::{
    ConnectionId, ErasureId,
    secret::{AccountId, AuthorizationCode},
};
use upvow_vault::{VaultError, signing};

use crate::{
    atlassian::{Fault, Gate},
    town::{Town, code_of, step},
};

const TOKEN: &str = "POST /oauth/token";
const HOUR: u64 = 3_600;

fn account(town: &Town) -> AccountId {
    AccountId::new(town.atlassian.world().account.clone())
}

async fn request(town: &Town) -> ErasureId {
    erasure::erase_account(town.app(), &account(town), ErasureReason::Request)
        .await
        .unwrap()
}

async fn statement(app: &App, erasure: ErasureId) -> Option<Statement> {
    let jws = receipt::find(app, erasure).await.unwrap()?;
    let keys = receipt::keys(app).unwrap();
    let payload = signing::verify_as(&jws, receipt::TYP, &keys).unwrap();
    Some(serde_json::from_slice(&payload).unwrap())
}

/// Nothing of the account is in the vault, and no connection names a grant.
async fn assert_gone(town: &Town) {
    let app = town.app();
    assert!(!erasure::holds(app, &account(town)).await.unwrap());
    let counts = app.vault.counts().await.unwrap();
    let left = (
        counts.grants,
        counts.dead,
        counts.revoke_only,
        counts.open_erasures,
    );
    assert_eq!(left, (0, 0, 0, 0));
    let named = "SELECT CAST(COUNT(*) AS BIGINT) FROM connections WHERE grant_id IS NOT NULL";
    assert_eq!(town.rows(named).await, 0);
}

async fn receipts(town: &Town) -> i64 {
    town.rows("SELECT CAST(COUNT(*) AS BIGINT) FROM receipts")
        .await
}

/// Promise 5.2, 5.3, 5.4, 6.3.
#[tokio::test]
async fn one_request_ends_every_connection_of_the_account_with_one_receipt() {
    let (town, first) = Town::connected().await;
    // A second one of the same account, in the middle of its wizard.
    let begun = town.begin(None).await;
    let second = town.finish(&begun).await.unwrap();
    town.atlassian.world().revoke_works = true;
    assert!(erasure::holds(town.app(), &account(&town)).await.unwrap());

    let erasure = request(&town).await;
    // At once, before any worker looked.
    for id in [first, second] {
        assert_eq!(town.connection(id).await.state, State::Disconnecting);
    }
    assert_eq!(receipt::find(town.app(), erasure).await.unwrap(), None);
    assert_eq!(request(&town).await, erasure, "asked twice is asked once");
    town.work().await;

    assert_gone(&town).await;
    assert!(town.atlassian.world().webhooks.is_empty());
    assert_eq!(receipts(&town).await, 1);
    let mut texts = Vec::new();
    for id in [first, second] {
        let told = town.goodbye(id).await;
        assert!(told.finished, "{told:?}");
        assert_eq!(step(&told, "webhooks_deleted"), "done");
        assert_eq!(step(&told, "revoked"), "confirmed");
        assert_eq!(step(&told, "key_destroyed"), "done");
        let text = receipt::of_connection(town.app(), town.owner(), id).await;
        texts.push(text.unwrap());
    }
    assert_eq!(texts[0], texts[1]);
    let said = statement(town.app(), erasure).await.unwrap();
    assert!(said.is_for(ErasureReason::Request));
    assert_eq!(said.revocation, "confirmed");
    assert_eq!(said.remove_at, None);
    assert!(said.erased.iter().any(|what| what == "account identifier"));

    // And the account does not come back by accident.
    let state = town.begin(None).await;
    assert_eq!(code_of(town.finish(&state).await), "suppressed");
    assert_gone(&town).await;
}

/// Promise 6.3, 6.5.
#[tokio::test]
async fn a_stranger_s_request_leaves_its_tombstone_and_a_receipt_of_nothing() {
    let (town, by) = Town::connected().await;
    let stranger = AccountId::new("712020:never-seen-here".to_owned());
    assert!(!erasure::holds(town.app(), &stranger).await.unwrap());
    let erasure = erasure::erase_account(town.app(), &stranger, ErasureReason::Request)
        .await
        .unwrap();
    town.work().await;
    assert_eq!(
        town.connection(by).await.state,
        State::Active,
        "somebody else's"
    );
    let said = statement(town.app(), erasure).await.unwrap();
    assert_eq!(said.erased, Vec::<String>::new());
    // No more than is known: what the person finds at Atlassian is theirs to remove.
    assert_eq!(said.revocation, "you must remove it");
    assert!(said.remove_at.is_some());
    town.atlassian.world().account = "712020:never-seen-here".to_owned();
    let state = town.begin(None).await;
    assert_eq!(code_of(town.finish(&state).await), "suppressed");
}

/// Promise 5.2.
#[tokio::test]
async fn a_receipt_says_what_was_and_names_nobody() {
    let town = Town::start().await;
    let account = "712020:b1a2c3d4-canary".to_owned();
    town.atlassian.world().account.clone_from(&account);
    let by = town.connect().await;
    let tokens = ["access-", "refresh-"];
    goodbye::disconnect(town.app(), town.owner(), by)
        .await
        .unwrap();
    town.wait(60);
    town.work().await;
    let jws = receipt::of_connection(town.app(), town.owner(), by)
        .await
        .unwrap();
    let payload = signing::verify(&jws, &receipt::keys(town.app()).unwrap()).unwrap();
    let text = String::from_utf8(payload).unwrap();
    assert!(!text.contains(&account), "{text}");
    assert!(tokens.iter().all(|token| !text.contains(token)), "{text}");
    let said: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(said["reason"], "disconnect");
    assert_eq!(said["operator"], "Upvow");
    assert_eq!(
        said["program"],
        concat!("upvow ", env!("CARGO_PKG_VERSION"))
    );
    // The stand-in takes the call and ends nothing: then nothing better is said.
    assert_eq!(said["revocation"], "accepted, not verified");
    assert!(
        said["remove_at"]
            .as_str()
            .unwrap()
            .contains("manage-profile/apps")
    );
    let begun = said["begun_at"].as_str().unwrap();
    assert!(begun < said["erased_at"].as_str().unwrap(), "{text}");

    // Lost with an older main database, it is made again word for word, and never twice.
    let mut tx = town.app().db.write().await.unwrap();
    tx.run("DELETE FROM receipts", vec![]).await.unwrap();
    tx.commit().await.unwrap();
    town.work().await;
    town.work().await;
    assert_eq!(receipts(&town).await, 1);
    let again = receipt::of_connection(town.app(), town.owner(), by).await;
    assert_eq!(again.unwrap(), jws);
}

/// Promise 5.2, 11.1.
#[tokio::test]
async fn an_erasure_ends_with_jira_down() {
    let (town, by) = Town::connected().await;
    for _ in 0..1_000 {
        town.atlassian.fail("/", Fault::Answer(503, json!({})));
    }
    let erasure = request(&town).await;
    town.work().await;
    assert_eq!(receipts(&town).await, 0);
    town.wait(25 * HOUR);
    town.work().await;
    assert_gone(&town).await;
    assert_eq!(
        step(&town.goodbye(by).await, "revoked"),
        "you_must_remove_it"
    );
    let said = statement(town.app(), erasure).await.unwrap();
    assert_eq!(said.revocation, "you must remove it");
    assert!(said.remove_at.is_some());
}

/// Promise 5.2, 5.3.
#[tokio::test]
async fn an_erasure_ends_with_the_main_database_down() {
    let (town, by) = Town::connected().await;
    let app = town.app();
    let epoch = app.vault.epoch().await.unwrap().number;
    let main = town.world.another_main().await;
    app.db.close().await;
    let erasure = request(&town).await;
    town.work().await;
    town.wait(25 * HOUR);
    town.work().await;
    assert!(!erasure::holds(app, &account(&town)).await.unwrap());
    let record = app.vault.erasure(erasure).await.unwrap().unwrap();
    assert!(record.epoch_turned_at.is_some());
    assert!(app.vault.epoch().await.unwrap().number > epoch);

    // It is back: what was missed there follows by itself.
    let town = town.with_main(main);
    town.work().await;
    assert_gone(&town).await;
    assert_eq!(town.connection(by).await.state, State::Invalidated);
    let told = town.goodbye(by).await;
    assert!(told.finished, "{told:?}");
    assert!(statement(town.app(), erasure).await.is_some());
    assert_eq!(receipts(&town).await, 1);
}

/// Promise 5.2. A letter is due to the project's owner, and the mail server is away.
#[tokio::test]
async fn an_erasure_ends_with_mail_down() {
    let (town, by) = Town::connected().await;
    let town = town.but(|parts| {
        let from = upvow_domain::secret::Email::parse("upvow@board.example").unwrap();
        let gate = parts.settings.gate.clone();
        parts.mail = upvow_app::Mail::smtp("smtp://127.0.0.1:9", from, gate).unwrap();
    });
    town.atlassian.world().ended = true;
    town.wait(2 * HOUR);
    assert!(
        wizard::projects(town.app(), town.owner(), by, None, 0)
            .await
            .is_err()
    );
    town.work().await;
    let erasure = request(&town).await;
    town.work().await;
    assert_gone(&town).await;
    assert!(statement(town.app(), erasure).await.is_some());
    assert!(town.goodbye(by).await.finished);
}

/// Promise 5.7.
#[tokio::test]
async fn an_erasure_wins_against_a_refresh_under_way() {
    let (town, by) = Town::connected().await;
    town.wait(2 * HOUR);
    let gate = Gate::new();
    town.atlassian.fail(TOKEN, Fault::Hold(gate.clone()));
    let asks = wizard::projects(town.app(), town.owner(), by, None, 0);
    let erases = async {
        gate.arrived().await;
        let erasure = request(&town).await;
        gate.open();
        erasure
    };
    let (asked, erasure) = tokio::join!(asks, erases);
    assert!(asked.is_err(), "nobody gets the token that came too late");
    town.work().await;
    assert_gone(&town).await;
    assert!(statement(town.app(), erasure).await.is_some());
}

/// Promise 5.7.
#[tokio::test]
async fn an_erasure_wins_against_a_return_under_way() {
    for _ in 0..2 {
        let (town, _) = Town::connected().await;
        let state = town.begin(None).await;
        let gate = Gate::new();
        // The last call before anything is written.
        town.atlassian.fail(
            "GET /oauth/token/accessible-resources",
            Fault::Hold(gate.clone()),
        );
        let erases = async {
            gate.arrived().await;
            request(&town).await;
            gate.open();
        };
        let (came, ()) = tokio::join!(town.finish(&state), erases);
        assert_eq!(code_of(came), "suppressed");
        town.work().await;
        assert_gone(&town).await;
    }
}

/// Promise 5.4, 5.7.
#[tokio::test]
async fn an_erasure_wins_against_work_and_webhooks_under_way() {
    let (town, by) = Town::connected().await;
    let (post, issue) = town.linked(by).await;
    let body = town.body("jira:issue_updated", issue);
    let early = town.delivery(Some("early"), &body);
    let late = town.delivery(Some("late"), &body);
    assert_eq!(
        upvow_app::sync::intake::receive(town.app(), early).await,
        Outcome::Taken
    );
    let gate = Gate::new();
    town.atlassian
        .fail("GET /ex/jira", Fault::Hold(gate.clone()));
    let before = town.kind(post).await;
    let erases = async {
        gate.arrived().await;
        request(&town).await;
        town.atlassian.move_issue(issue, crate::atlassian::DOING);
        upvow_app::sync::intake::receive(town.app(), late).await;
        gate.open();
    };
    tokio::join!(town.work(), erases);
    town.work().await;
    assert_gone(&town).await;
    assert_eq!(
        town.kind(post).await,
        before,
        "the late answer wrote nothing"
    );
    assert_eq!(
        town.rows("SELECT CAST(COUNT(*) AS BIGINT) FROM signals")
            .await,
        0
    );
}

/// Promise 5.7.
#[tokio::test]
async fn only_the_person_takes_it_back_and_only_after_being_asked() {
    let (town, _) = Town::connected().await;
    request(&town).await;
    town.work().await;
    town.wait(24 * HOUR);
    let state = town.begin(None).await;
    assert_eq!(code_of(town.finish(&state).await), "suppressed");
    assert_gone(&town).await;
    let asked = upvow_app::connect::lift::question(town.app(), &state)
        .await
        .unwrap();
    assert!(asked.is_open && !asked.was_closed);
    assert_eq!(asked.revocation, "accepted, not verified");
    assert_eq!(town.app().now().since(asked.since).as_secs() / HOUR, 24);

    // Somebody else's account does not lift it, and is asked about nothing.
    let other = again(&town, &state).await;
    let mine = town.atlassian.world().account.clone();
    town.atlassian.world().account = "712020:somebody-else".to_owned();
    let connected = town.finish(&other).await.unwrap();
    town.atlassian.world().account = mine;
    goodbye::disconnect(town.app(), town.owner(), connected)
        .await
        .unwrap();
    town.work().await;
    let now = town.app().now();
    let stands = town.app().vault.suppressed(&account(&town), now).await;
    assert!(stands.unwrap().is_some());

    // A sign-in without the question is refused again, as often as it is tried.
    let plain = town.begin(None).await;
    assert_eq!(code_of(town.finish(&plain).await), "suppressed");
    let theirs = again(&town, &plain).await;
    let id = town.finish(&theirs).await.unwrap();
    assert_eq!(town.connection(id).await.state, State::Setup);
    let now = town.app().now();
    let stands = town.app().vault.suppressed(&account(&town), now).await;
    assert_eq!(stands.unwrap(), None);
    assert!(erasure::holds(town.app(), &account(&town)).await.unwrap());
    let lifted = "SELECT CAST(COUNT(*) AS BIGINT) FROM audit WHERE action = 'suppression.lifted'";
    assert_eq!(town.rows(lifted).await, 1);
}

/// Promise 5.7. A yes to one question lifts no other account's tombstone.
#[tokio::test]
async fn a_yes_is_good_for_the_one_account_that_was_asked() {
    let (town, _) = Town::connected().await;
    let other = AccountId::new("712020:another-wish".to_owned());
    request(&town).await;
    erasure::erase_account(town.app(), &other, ErasureReason::Request)
        .await
        .unwrap();
    town.work().await;
    let state = town.begin(None).await;
    assert_eq!(code_of(town.finish(&state).await), "suppressed");
    let lifting = again(&town, &state).await;
    town.atlassian.world().account = other.expose().to_owned();
    assert_eq!(code_of(town.finish(&lifting).await), "suppressed");
    let now = town.app().now();
    let stands = town.app().vault.suppressed(&other, now).await.unwrap();
    assert!(stands.is_some(), "nobody asked them");
    assert!(!erasure::holds(town.app(), &other).await.unwrap());
}

/// A disconnect is no wish to be left alone: the same person connects again without a question.
#[tokio::test]
async fn who_disconnected_is_not_asked() {
    let (town, by) = Town::connected().await;
    goodbye::disconnect(town.app(), town.owner(), by)
        .await
        .unwrap();
    town.work().await;
    let state = town.begin(None).await;
    let id = town.finish(&state).await.unwrap();
    assert_eq!(town.connection(id).await.state, State::Setup);
}

/// A question that is too old, was never asked, or is another session's gives no way to Atlassian.
#[tokio::test]
async fn an_answer_without_a_question_leads_nowhere() {
    let (town, _) = Town::connected().await;
    request(&town).await;
    town.work().await;
    let session = crate::town::session();
    let confirm = |state: String| {
        let (app, owner) = (town.app().clone(), town.owner().clone());
        let session = session.clone();
        async move {
            let told = upvow_app::connect::lift::confirm(&app, &owner, &session, &state).await;
            match told {
                Err(AppError::NotFound) => "not_found",
                other => code_of(other),
            }
        }
    };
    assert_eq!(confirm("never-begun".to_owned()).await, "not_found");
    let unused = town.begin(None).await;
    assert_eq!(confirm(unused).await, "not_found");
    let state = town.begin(None).await;
    assert_eq!(code_of(town.finish(&state).await), "suppressed");
    town.wait(11 * 60);
    assert_eq!(confirm(state).await, "state_refused");
}

async fn again(town: &Town, state: &str) -> String {
    let session = crate::town::session();
    let url = upvow_app::connect::lift::confirm(town.app(), town.owner(), &session, state)
        .await
        .unwrap();
    let url = url::Url::parse(&url).unwrap();
    let state = url.query_pairs().find(|(name, _)| name == "state").unwrap();
    state.1.into_owned()
}

/// Promise 5.7. A backup taken before an erasure is restored with all present keys: no token, no account, no resurrection.
#[tokio::test]
async fn a_backup_from_before_an_erasure_brings_nobody_back() {
    for (main, vault) in [(true, false), (false, true), (true, true)] {
        let (town, by) = Town::connected().await;
        let backup = town.world.backup();
        let erasure = request(&town).await;
        town.work().await;
        assert_gone(&town).await;

        let town = match town.restore(&backup, main, vault).await {
            Ok(town) => town,
            // The vault's copy is of an epoch whose key is gone: nobody can read it, and the program says so.
            Err(error) => {
                assert!(vault, "{error:?}");
                assert!(
                    matches!(error, VaultError::StoreFromThePast { .. }),
                    "{error:?}"
                );
                continue;
            }
        };
        assert!(!vault);
        town.work().await;
        town.wait(2 * HOUR);
        town.work().await;
        assert!(!erasure::holds(town.app(), &account(&town)).await.unwrap());
        assert_eq!(town.app().vault.counts().await.unwrap().grants, 0);
        let active = "SELECT CAST(COUNT(*) AS BIGINT) FROM connections WHERE state = 'active'";
        assert_eq!(town.rows(active).await, 0, "{main} {vault}");
        let asked = wizard::projects(town.app(), town.owner(), by, None, 0).await;
        assert!(asked.is_err());
        let state = town.begin(None).await;
        let code = Answer::Code(AuthorizationCode::new("code".to_owned()));
        let came = upvow_app::connect::oauth::finish(
            town.app(),
            town.owner(),
            &crate::town::session(),
            &state,
            code,
        )
        .await;
        assert_eq!(code_of::<ConnectionId>(came), "suppressed");
        assert!(statement(town.app(), erasure).await.is_some(), "made again");
    }
}

/// Every sealed value of the grants, as it lies in the store.
async fn sealed(town: &Town) -> Vec<Vec<u8>> {
    let db = town.world.vault_db().await;
    let mut tx = db.read().await.unwrap();
    let mut found = Vec::new();
    for sql in [
        "SELECT account_hash FROM grants",
        "SELECT account FROM grants",
        "SELECT access FROM grants",
        "SELECT refresh FROM grants",
    ] {
        let value = tx.value::<Option<Vec<u8>>>(sql, vec![]).await.unwrap();
        found.extend(value.flatten());
    }
    drop(tx);
    db.close().await;
    found
}

/// What of these is to be found, as it is, in hexadecimal digits or in base64, in any file or table.
fn found_of(town: &Town, needles: &[Vec<u8>]) -> Vec<String> {
    let everything = town.world.everything();
    let mut found = Vec::new();
    for (n, needle) in needles.iter().enumerate() {
        let hex = upvow_domain::hex(needle);
        let base64 =
            base64::Engine::encode(&base64::engine::general_purpose::STANDARD_NO_PAD, needle);
        for (place, bytes) in &everything {
            let holds = |word: &[u8]| bytes.windows(word.len()).any(|part| part == word);
            if holds(needle) || holds(hex.as_bytes()) || holds(base64.as_bytes()) {
                found.push(format!("{n} in {place}"));
            }
        }
    }
    found
}

/// Promise 5.2, 5.3, 5.7.
#[tokio::test]
async fn f48_erase_one_account_none_of_its_strings_are_left() {
    let town = Town::start().await;
    let account = "712020:b1a2c3d4-canary-of-ana".to_owned();
    town.atlassian.world().account.clone_from(&account);
    let by = town.connect().await;
    town.linked(by).await;
    town.work().await;
    let sealed = sealed(&town).await;
    assert_eq!(sealed.len(), 4);
    let before = found_of(&town, &sealed);
    assert!(
        before.len() >= 4,
        "the search finds what is there: {before:?}"
    );
    let plain = [account.clone().into_bytes()];
    assert_eq!(
        found_of(&town, &plain),
        Vec::<String>::new(),
        "it is sealed"
    );
    // And it would find it in the main database, had anybody put it there.
    let plant = |detail: String| {
        let town = &town;
        async move {
            let mut tx = town.app().db.write().await.unwrap();
            let sql = "UPDATE audit SET detail = $1 WHERE action = 'connection.authorised'";
            tx.run(sql, upvow_db::args![detail]).await.unwrap();
            tx.commit().await.unwrap();
            town.app().db.checkpoint().await.unwrap();
        }
    };
    plant("another-canary".to_owned()).await;
    assert!(
        !found_of(&town, &[b"another-canary".to_vec()]).is_empty(),
        "the search sees the main database"
    );

    request(&town).await;
    town.work().await;
    assert_gone(&town).await;
    assert_eq!(found_of(&town, &sealed), Vec::<String>::new());
    assert_eq!(found_of(&town, &plain), Vec::<String>::new());
    assert_eq!(receipts(&town).await, 1);
}

/// Promise 5.2, 5.3, 11.1, 11.2.
#[tokio::test]
async fn f50_disconnect_keeps_its_promises_with_jira_down() {
    let (town, by) = Town::connected().await;
    let sealed = sealed(&town).await;
    assert!(!found_of(&town, &sealed).is_empty());
    for _ in 0..1_000 {
        town.atlassian.fail("/", Fault::Answer(503, json!({})));
    }
    goodbye::disconnect(town.app(), town.owner(), by)
        .await
        .unwrap();
    assert_eq!(town.connection(by).await.state, State::Disconnecting);
    // No call gets a token from here on.
    assert!(
        wizard::projects(town.app(), town.owner(), by, None, 0)
            .await
            .is_err()
    );
    for _ in 0..24 {
        town.wait(HOUR);
        town.work().await;
    }
    assert_gone(&town).await;
    assert_eq!(found_of(&town, &sealed), Vec::<String>::new());
    let jws = receipt::of_connection(town.app(), town.owner(), by)
        .await
        .unwrap();
    let keys = receipt::keys(town.app()).unwrap();
    let said = signing::verify_as(&jws, receipt::TYP, &keys).unwrap();
    let said: Statement = serde_json::from_slice(&said).unwrap();
    assert_eq!(said.revocation, "you must remove it");
    assert_eq!(
        step(&town.goodbye(by).await, "webhooks_deleted"),
        "not_reached"
    );
}
