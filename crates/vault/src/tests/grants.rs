//! One grant per account.

use super::house::*;
use crate::{GrantState, KeptGrant};

story!(a_grant_reads_back);

async fn a_grant_reads_back(house: House) {
    let vault = house.open().await;
    connect(&vault, &["ana"]).await;
    let grant = vault.open_grant(grant_id(1)).await.unwrap().unwrap();
    assert_eq!(grant.access.unwrap().expose(), "access-canary-ana");
    assert_eq!(grant.refresh.unwrap().expose(), "refresh-canary-ana");
    assert_eq!(grant.scopes, ["read:jira-work", "offline_access"]);
    assert_eq!((grant.version, grant.state), (1, GrantState::Live));
    assert_eq!((grant.consented_at, grant.refreshed_at), (NOON, NOON));
    assert_eq!(grant.expires_at, NOON.plus(HOUR));
    assert!(
        vault
            .account_is(grant_id(1), &account("ana"))
            .await
            .unwrap()
    );
    assert!(
        !vault
            .account_is(grant_id(1), &account("ben"))
            .await
            .unwrap()
    );
    assert_eq!(
        vault
            .account_of(grant_id(1))
            .await
            .unwrap()
            .unwrap()
            .expose(),
        account("ana").expose()
    );
    assert!(vault.open_grant(grant_id(2)).await.unwrap().is_none());
    assert!(
        !vault
            .account_is(grant_id(2), &account("ana"))
            .await
            .unwrap()
    );
    vault.close().await;
}

story!(f09_the_same_account_keeps_its_grant);

async fn f09_the_same_account_keeps_its_grant(house: House) {
    let vault = house.open().await;
    connect(&vault, &["ana", "ben"]).await;
    let fence = lease(&vault, grant_id(1)).await;
    let mut again = new_grant("ana");
    again.access = upvow_domain::secret::AccessToken::new("newer".to_owned());
    again.refresh = None;
    let later = NOON.plus(HOUR);
    let kept = vault.keep_grant(grant_id(9), again, later).await.unwrap();
    assert_eq!(
        kept,
        KeptGrant {
            id: grant_id(1),
            replaced: true
        }
    );
    assert!(vault.open_grant(grant_id(9)).await.unwrap().is_none());
    let grant = vault.open_grant(grant_id(1)).await.unwrap().unwrap();
    assert_eq!((grant.version, grant.consented_at), (2, later));
    assert_eq!(grant.access.unwrap().expose(), "newer");
    assert!(grant.refresh.is_none());
    assert!(
        !vault
            .rotate(grant_id(1), fence, 2, new_tokens("late"), later)
            .await
            .unwrap(),
        "a refresh that began before the reconnect loses, even knowing the version"
    );
    assert_eq!(
        access(&vault, grant_id(2)).await.unwrap(),
        "access-canary-ben"
    );
    vault.close().await;
}

story!(twenty_browsers_of_one_account_make_one_grant);

async fn twenty_browsers_of_one_account_make_one_grant(house: House) {
    let vault = house.open().await;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 1..=20 {
        let vault = vault.clone();
        tasks.spawn(async move {
            vault
                .keep_grant(grant_id(n), new_grant("ana"), NOON)
                .await
                .unwrap()
        });
    }
    let kept = tasks.join_all().await;
    assert_eq!(kept.iter().filter(|kept| !kept.replaced).count(), 1);
    assert!(kept.iter().all(|k| k.id == kept[0].id));
    assert_eq!(vault.counts().await.unwrap().grants, 1);
    vault.close().await;
}

/// Promise 2.2, 9.1.
#[tokio::test]
async fn f11_no_file_ever_holds_a_token_or_an_account() {
    let house = House::sqlite();
    let vault = house.open().await;
    connect(&vault, &["ana", "ben"]).await;
    vault
        .keep_hook(
            hook_id(1),
            &upvow_domain::secret::WebhookToken::new("hook-canary".into()),
            NOON,
        )
        .await
        .unwrap();
    vault
        .keep_verifier(
            "trip",
            &upvow_domain::secret::CodeVerifier::new("verifier-canary".into()),
            NOON.plus(HOUR),
        )
        .await
        .unwrap();
    vault
        .begin_erasure(
            erasure_id(1),
            grant_id(2),
            crate::ErasureReason::Request,
            NOON,
        )
        .await
        .unwrap();
    let none: [&std::path::Path; 0] = [];
    assert_eq!(
        files_with(house.path(), &["-canary"]),
        none,
        "while it is open, with its write-ahead log"
    );
    vault.turn_epoch(NOON).await.unwrap();
    assert_eq!(files_with(house.path(), &["-canary"]), none, "after a turn");
    // The search is not blind: what is not sealed is found, in the database's file and elsewhere.
    std::fs::write(house.path().join("planted"), "x access-canary-ana").unwrap();
    house
        .meddle("UPDATE grants SET scopes = 'scope-canary'", vec![])
        .await;
    let found = files_with(house.path(), &["-canary"]);
    assert!(found.contains(&house.path().join("planted")), "{found:?}");
    assert!(
        found
            .iter()
            .any(|path| path.to_string_lossy().contains("vault.db")),
        "{found:?}"
    );
    vault.close().await;
}
