//! Webhook addresses and PKCE verifiers.

use upvow_domain::secret::{CodeVerifier, WebhookToken};

use super::house::*;

story!(a_hook_is_kept_replaced_and_dropped);

async fn a_hook_is_kept_replaced_and_dropped(house: House) {
    let vault = house.open().await;
    for token in ["first", "second"] {
        vault
            .keep_hook(hook_id(1), &WebhookToken::new(token.to_owned()), NOON)
            .await
            .unwrap();
        assert_eq!(
            vault.open_hook(hook_id(1)).await.unwrap().unwrap().expose(),
            token
        );
    }
    vault.turn_epoch(NOON).await.unwrap();
    assert_eq!(
        vault.open_hook(hook_id(1)).await.unwrap().unwrap().expose(),
        "second"
    );
    assert_eq!(vault.counts().await.unwrap().hooks, 1);
    assert!(vault.drop_hook(hook_id(1)).await.unwrap());
    assert!(!vault.drop_hook(hook_id(1)).await.unwrap());
    assert!(vault.open_hook(hook_id(1)).await.unwrap().is_none());
    vault.close().await;
}

story!(a_verifier_is_taken_once_and_in_time);

async fn a_verifier_is_taken_once_and_in_time(house: House) {
    let vault = house.open().await;
    let end = NOON.plus(HOUR);
    for trip in ["in time", "too late", "swept", "lengthened"] {
        vault
            .keep_verifier(trip, &CodeVerifier::new(format!("verifier {trip}")), end)
            .await
            .unwrap();
    }
    vault.turn_epoch(NOON).await.unwrap();
    let taken = vault.take_verifier("in time", NOON).await.unwrap();
    assert_eq!(taken.unwrap().expose(), "verifier in time");
    assert!(
        vault
            .take_verifier("in time", NOON)
            .await
            .unwrap()
            .is_none(),
        "once"
    );
    assert!(
        vault
            .take_verifier("too late", end)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        vault
            .take_verifier("too late", NOON)
            .await
            .unwrap()
            .is_none(),
        "a late call also takes it"
    );
    house
        .meddle(
            "UPDATE verifiers SET expires_at = expires_at + 1 WHERE trip = 'lengthened'",
            vec![],
        )
        .await;
    assert!(vault.take_verifier("lengthened", end).await.is_err());
    assert_eq!(vault.sweep(NOON).await.unwrap(), 0);
    assert_eq!(vault.sweep(end).await.unwrap(), 1);
    vault.close().await;
}
