//! Consent, codes, and tokens that turn.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::{CALLBACK, Cloud, SCOPES, parameter, seconds, told};

#[tokio::test]
async fn a_person_consents_and_the_app_gets_tokens_for_the_sites_of_that_person() {
    let cloud = Cloud::new().await;
    let back = cloud.consent(SCOPES, &[], &[("decision", "accept")]).await;
    assert_eq!(parameter(&back, "state").unwrap(), "of-this-session");
    let (status, tokens) = cloud
        .exchange(&parameter(&back, "code").unwrap(), &json!({}))
        .await;
    assert_eq!(
        (status, &tokens["expires_in"], &tokens["scope"]),
        (200, &json!(3600), &json!(SCOPES))
    );

    let access = tokens["access_token"].as_str().unwrap();
    let answer = cloud
        .http
        .get(cloud.at("/oauth/token/accessible-resources"))
        .bearer_auth(access)
        .send()
        .await
        .unwrap();
    let (_, sites) = told(answer).await;
    let sites = sites.as_array().unwrap();
    assert_eq!(sites.len(), 3);
    assert_ne!(
        sites[0]["scopes"], sites[2]["scopes"],
        "the first entry is no Jira at all"
    );
    assert_eq!(sites[0]["id"], sites[2]["id"]);
    let (_, me) = told(
        cloud
            .http
            .get(cloud.at("/me"))
            .bearer_auth(access)
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert!(me["email"].is_string() && me["account_id"].is_string());
}

#[tokio::test]
async fn choosing_one_site_gives_that_site_only() {
    let cloud = Cloud::new().await;
    let cloud_id = cloud.sim.cloud_id();
    let back = cloud
        .consent(SCOPES, &[], &[("decision", "accept"), ("site", &cloud_id)])
        .await;
    let (_, tokens) = cloud
        .exchange(&parameter(&back, "code").unwrap(), &json!({}))
        .await;
    let answer = cloud
        .http
        .get(cloud.at("/oauth/token/accessible-resources"))
        .bearer_auth(tokens["access_token"].as_str().unwrap())
        .send()
        .await
        .unwrap();
    let (_, sites) = told(answer).await;
    assert!(
        sites
            .as_array()
            .unwrap()
            .iter()
            .all(|site| site["id"] == cloud_id.as_str()),
        "{sites}"
    );
}

#[tokio::test]
async fn who_declines_comes_back_with_an_error_and_the_state() {
    let cloud = Cloud::new().await;
    let back = cloud.consent(SCOPES, &[], &[("decision", "cancel")]).await;
    assert_eq!(parameter(&back, "error").unwrap(), "access_denied");
    assert_eq!(parameter(&back, "state").unwrap(), "of-this-session");
    assert_eq!(parameter(&back, "code"), None);
}

#[tokio::test]
async fn a_request_that_is_not_in_order_never_reaches_consent() {
    let cloud = Cloud::new().await;
    let good = [
        ("audience", "api.atlassian.com"),
        ("client_id", cloud.sim.client_id()),
        ("scope", SCOPES),
        ("redirect_uri", CALLBACK),
        ("state", "s"),
        ("response_type", "code"),
        ("prompt", "consent"),
    ];
    let ask = |broken: &'static str, value: &'static str| {
        let query: Vec<(&str, &str)> = good
            .iter()
            .map(|(name, old)| {
                if *name == broken {
                    (*name, value)
                } else {
                    (*name, *old)
                }
            })
            .collect();
        cloud.http.get(cloud.at("/authorize")).query(&query).send()
    };
    assert_eq!(ask("", "").await.unwrap().status(), 200);
    for (name, value) in [
        ("audience", "elsewhere"),
        ("client_id", "another"),
        ("scope", "read:jira-work read:everything"),
        ("scope", ""),
        ("redirect_uri", "https://attacker.example/callback"),
        ("redirect_uri", "http://127.0.0.1.attacker.example/"),
        ("state", ""),
        ("response_type", "token"),
        ("prompt", ""),
    ] {
        assert_eq!(
            ask(name, value).await.unwrap().status(),
            400,
            "{name}={value}"
        );
    }
}

#[tokio::test]
async fn a_code_works_once_for_its_own_address_and_not_for_long() {
    let cloud = Cloud::new().await;
    let code = async || {
        parameter(
            &cloud.consent(SCOPES, &[], &[("decision", "accept")]).await,
            "code",
        )
        .unwrap()
    };

    let first = code().await;
    assert_eq!(
        cloud
            .exchange(
                &first,
                &json!({ "redirect_uri": "http://127.0.0.1:9/other" })
            )
            .await
            .0,
        403
    );
    assert_eq!(cloud.exchange(&first, &json!({})).await.0, 200);
    let (status, refusal) = cloud.exchange(&first, &json!({})).await;
    assert_eq!(
        (status, refusal["error"].as_str()),
        (403, Some("invalid_grant"))
    );

    let late = code().await;
    cloud.sim.control().clock().advance(seconds(301));
    assert_eq!(cloud.exchange(&late, &json!({})).await.0, 403);
}

#[tokio::test]
async fn a_challenge_that_was_sent_must_be_met() {
    let cloud = Cloud::new().await;
    // The example of RFC 7636.
    let challenge = [
        (
            "code_challenge",
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        ),
        ("code_challenge_method", "S256"),
    ];
    let back = cloud
        .consent(SCOPES, &challenge, &[("decision", "accept")])
        .await;
    let code = parameter(&back, "code").unwrap();
    assert_eq!(cloud.exchange(&code, &json!({})).await.0, 403);
    assert_eq!(
        cloud
            .exchange(&code, &json!({ "code_verifier": "wrong" }))
            .await
            .0,
        403
    );
    assert_eq!(
        cloud
            .exchange(
                &code,
                &json!({ "code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" })
            )
            .await
            .0,
        200
    );
}

#[tokio::test]
async fn a_wrong_secret_is_told_from_a_dead_grant() {
    let cloud = Cloud::new().await;
    let tokens = cloud.connect(SCOPES).await;
    let body = json!({ "grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], "client_secret": "wrong" });
    let (status, refusal) = cloud.token_endpoint(body).await;
    assert_eq!(
        (status, refusal),
        (
            401,
            json!({ "error": "access_denied", "error_description": "Unauthorized" })
        )
    );
    assert_eq!(
        cloud.refresh(&tokens["refresh_token"]).await.0,
        200,
        "the grant is none the worse for it"
    );
}

#[tokio::test]
async fn the_token_endpoint_reads_forms_as_well() {
    let cloud = Cloud::new().await;
    let tokens = cloud.connect(SCOPES).await;
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", cloud.sim.client_id()),
        ("client_secret", cloud.sim.client_secret()),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
    ];
    assert_eq!(
        cloud
            .http
            .post(cloud.at("/oauth/token"))
            .form(&form)
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
}

#[tokio::test]
async fn refresh_tokens_turn_and_the_last_one_may_be_shown_again_for_ten_minutes() {
    let cloud = Cloud::new().await;
    let first = cloud.connect(SCOPES).await;
    let (_, second) = cloud.refresh(&first["refresh_token"]).await;
    assert_ne!(first["refresh_token"], second["refresh_token"]);

    cloud.sim.control().clock().advance(seconds(600));
    let (status, again) = cloud.refresh(&first["refresh_token"]).await;
    assert_eq!(status, 200, "a worker that lost its answer asks again");
    assert_eq!(
        cloud.refresh(&second["refresh_token"]).await.0,
        200,
        "and the winner goes on too"
    );
    assert_eq!(cloud.sim.control().tokens()["leeway_uses"], 1);
    assert!(again["refresh_token"].is_string());
}

#[tokio::test]
async fn showing_an_old_token_after_the_leeway_ends_the_whole_family() {
    let cloud = Cloud::new().await;
    let first = cloud.connect(SCOPES).await;
    let (_, second) = cloud.refresh(&first["refresh_token"]).await;
    cloud.sim.control().clock().advance(seconds(601));

    let (status, refusal) = cloud.refresh(&first["refresh_token"]).await;
    assert_eq!(status, 403);
    assert_eq!(
        refusal,
        json!({ "error": "invalid_grant", "error_description": "Unknown or invalid refresh token." })
    );
    assert_eq!(
        cloud.refresh(&second["refresh_token"]).await.0,
        403,
        "the newest falls with the oldest"
    );
    let me = cloud
        .http
        .get(cloud.at("/me"))
        .bearer_auth(second["access_token"].as_str().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(me.status(), 401);
    let facts = cloud.sim.control().tokens();
    assert_eq!(
        (
            &facts["families_killed_by_reuse"],
            &facts["presented_after_end"]
        ),
        (&json!(1), &json!(2))
    );
}

#[tokio::test]
async fn the_token_before_the_last_has_no_leeway() {
    let cloud = Cloud::new().await;
    let first = cloud.connect(SCOPES).await;
    let (_, second) = cloud.refresh(&first["refresh_token"]).await;
    cloud.refresh(&second["refresh_token"]).await;
    assert_eq!(cloud.refresh(&first["refresh_token"]).await.0, 403);
}

#[tokio::test]
async fn ninety_idle_days_end_a_grant_and_a_refresh_starts_them_anew() {
    let cloud = Cloud::new().await;
    let day = 24 * 3_600;
    let first = cloud.connect(SCOPES).await;
    cloud.sim.control().clock().advance(seconds(89 * day));
    let (status, second) = cloud.refresh(&first["refresh_token"]).await;
    assert_eq!(status, 200);
    cloud.sim.control().clock().advance(seconds(91 * day));
    assert_eq!(cloud.refresh(&second["refresh_token"]).await.0, 403);
}

#[tokio::test]
async fn access_tokens_last_an_hour_and_then_the_gateway_says_so() {
    let cloud = Cloud::new().await;
    let tokens = cloud.connect(SCOPES).await;
    let read = || {
        cloud
            .http
            .get(cloud.jira("3/issue/KITE-1"))
            .bearer_auth(tokens["access_token"].as_str().unwrap())
            .send()
    };
    assert_eq!(read().await.unwrap().status(), 200);
    cloud.sim.control().clock().advance(seconds(3_600));
    assert_eq!(
        told(read().await.unwrap()).await,
        (401, json!({ "code": 401, "message": "Unauthorized" }))
    );
}

#[tokio::test]
async fn a_missing_scope_is_told_from_a_bad_token() {
    let cloud = Cloud::new().await;
    let tokens = cloud.connect("read:jira-work offline_access").await;
    let access = tokens["access_token"].as_str().unwrap();
    let write = cloud
        .http
        .put(cloud.jira("3/issue/KITE-1"))
        .bearer_auth(access)
        .json(&json!({ "fields": { "summary": "x" } }))
        .send();
    assert_eq!(
        told(write.await.unwrap()).await,
        (
            401,
            json!({ "code": 401, "message": "Unauthorized; scope does not match" })
        )
    );
    assert_eq!(
        cloud
            .http
            .get(cloud.at("/me"))
            .bearer_auth(access)
            .send()
            .await
            .unwrap()
            .status(),
        403
    );
}

#[tokio::test]
async fn without_offline_access_there_is_no_refresh_token() {
    let cloud = Cloud::new().await;
    assert!(cloud.connect("read:jira-work").await["refresh_token"].is_null());
}

#[tokio::test]
async fn the_app_and_the_person_can_both_end_a_grant() {
    let cloud = Cloud::new().await;
    let (mine, other) = (cloud.connect(SCOPES).await, cloud.connect(SCOPES).await);
    let body = json!({ "client_id": cloud.sim.client_id(), "client_secret": cloud.sim.client_secret(), "token": mine["refresh_token"] });
    assert_eq!(
        cloud
            .http
            .post(cloud.at("/oauth/revoke"))
            .json(&body)
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    assert_eq!(cloud.refresh(&mine["refresh_token"]).await.0, 403);
    assert_eq!(
        cloud.refresh(&other["refresh_token"]).await.0,
        200,
        "another consent is another family"
    );

    assert_eq!(
        cloud.sim.control().revoke("Ottilie Quastenberg").unwrap(),
        1
    );
    let read = cloud
        .http
        .get(cloud.at("/me"))
        .bearer_auth(other["access_token"].as_str().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(read.status(), 401);
}

#[tokio::test]
async fn reported_accounts_are_answered_as_the_guide_says() {
    let cloud = Cloud::new().await;
    let control = cloud.sim.control();
    let people = upvow_jira_sim::people();
    let id = |at: usize| people["people"][at]["account_id"].clone();
    let report = async |accounts: serde_json::Value| {
        let request = cloud
            .http
            .post(cloud.at("/app/report-accounts/"))
            .bearer_auth(&cloud.token);
        told(
            request
                .json(&json!({ "accounts": accounts }))
                .send()
                .await
                .unwrap(),
        )
        .await
    };
    let account =
        |at: usize| json!({ "accountId": id(at), "updatedAt": "2026-02-25T23:08:51.382Z" });
    assert_eq!(report(json!([account(1)])).await.0, 204);
    control
        .set_account_state(id(1).as_str().unwrap(), Some("closed"))
        .unwrap();
    control
        .set_account_state(id(2).as_str().unwrap(), Some("updated"))
        .unwrap();
    let (status, answer) = report(json!([account(1), account(2), account(3)])).await;
    assert_eq!(status, 200);
    assert_eq!(
        answer["accounts"],
        json!([{ "accountId": id(1), "status": "closed" }, { "accountId": id(2), "status": "updated" }])
    );
    assert_eq!(report(json!([])).await.0, 400);
    assert_eq!(report(json!(vec![account(1); 91])).await.0, 400);
    assert_eq!(
        report(json!([{ "accountId": "unknown", "updatedAt": "2026-02-25T23:08:51.382Z" }]))
            .await
            .0,
        400
    );
    assert_eq!(control.reports()[id(1).as_str().unwrap()], 2);
}

#[tokio::test]
async fn an_access_token_names_its_person_and_is_not_signed_with_the_clients_secret() {
    let cloud = Cloud::new().await;
    let tokens = cloud.connect(SCOPES).await;
    let (signed, tag) = tokens["access_token"]
        .as_str()
        .unwrap()
        .rsplit_once('.')
        .unwrap();
    let claims = URL_SAFE_NO_PAD
        .decode(signed.split('.').nth(1).unwrap())
        .unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(
        claims["sub"],
        upvow_jira_sim::people()["people"][0]["account_id"]
    );
    let key = hmac::Key::new(hmac::HMAC_SHA256, cloud.sim.client_secret().as_bytes());
    let tag = URL_SAFE_NO_PAD.decode(tag).unwrap();
    assert!(
        hmac::verify(&key, signed.as_bytes(), &tag).is_err(),
        "it would pass for a delivery"
    );
}

#[tokio::test]
async fn the_ready_token_is_nobodys_consent() {
    let cloud = Cloud::new().await;
    assert_eq!(cloud.sim.control().tokens()["families_alive"], 0);
    assert_eq!(
        cloud.sim.control().revoke("Ottilie Quastenberg").unwrap(),
        0
    );
    cloud.get("3/serverInfo").await;
}
