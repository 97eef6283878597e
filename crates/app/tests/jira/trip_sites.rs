//! Which sites an authorisation reaches, and that none is ever chosen for anybody.

use serde_json::json;
use upvow_app::connect::{self, Step, wizard};
use upvow_domain::jira::CloudId;

use crate::{
    atlassian::{CLOUD, Fault, site_of},
    town::{Town, cloud, code_of},
};

const OTHER: &str = "99999999-a1b2-3b33-c444-def123456789";

#[tokio::test]
async fn f13_a_code_that_was_used_connects_nothing() {
    let town = Town::start().await;
    let state = town.begin(None).await;
    let refusal =
        json!({"error": "invalid_grant", "error_description": "Invalid authorization code"});
    town.atlassian
        .fail("/oauth/token", Fault::Answer(403, refusal));
    assert_eq!(code_of(town.finish(&state).await), "code_used");
    assert_eq!(town.app().vault.counts().await.unwrap().grants, 0);
    assert_eq!(code_of(town.finish(&state).await), "state_refused");
    assert_eq!(town.atlassian.count("/oauth/token"), 1);
}

#[tokio::test]
async fn f14_without_a_jira_site_there_is_nothing_to_choose() {
    let town = Town::start().await;
    let confluence = json!({"id": OTHER, "name": "Wiki", "url": "https://corp.atlassian.net",
                            "scopes": ["read:confluence-content.all"]});
    for sites in [vec![], vec![confluence]] {
        town.atlassian.world().sites = sites;
        let state = town.begin(None).await;
        let id = town.finish(&state).await.unwrap();
        let (app, owner) = (town.app(), town.owner());
        assert!(wizard::sites(app, owner, id).await.unwrap().is_empty());
        let other = CloudId::parse(OTHER).unwrap();
        let chosen = wizard::choose_site(app, owner, id, &other).await;
        assert!(chosen.is_err(), "what holds no Jira cannot be chosen");
        assert_eq!(town.connection(id).await.next_step, Some(Step::Site));
    }
}

#[tokio::test]
async fn f14_a_site_is_never_chosen_for_anybody_be_it_the_only_one() {
    let town = Town::start().await;
    let confluence = json!({"id": CLOUD, "name": "Corp", "url": "https://corp.atlassian.net",
                            "scopes": ["read:confluence-content.all"]});
    let jira = site_of(CLOUD, "Corp");
    let other = site_of(OTHER, "Other");
    for (sites, names) in [
        (vec![jira.clone()], vec!["Corp"]),
        (vec![confluence, jira.clone()], vec!["Corp"]),
        (vec![other, jira], vec!["Other", "Corp"]),
    ] {
        town.atlassian.world().sites = sites;
        let state = town.begin(None).await;
        let id = town.finish(&state).await.unwrap();
        assert_eq!(town.connection(id).await.cloud_id, None);
        let (app, owner) = (town.app(), town.owner());
        let listed = wizard::sites(app, owner, id).await.unwrap();
        let listed: Vec<_> = listed.iter().map(|site| site.name.as_str()).collect();
        assert_eq!(listed, names);
        wizard::choose_site(app, owner, id, &cloud()).await.unwrap();
        assert_eq!(town.connection(id).await.cloud_id, Some(cloud()));
    }
}

#[tokio::test]
async fn f15_a_site_on_which_less_was_granted_is_not_used() {
    let town = Town::start().await;
    let mut site = site_of(CLOUD, "Corp");
    site["scopes"] = json!(["read:jira-work", "manage:jira-webhook"]);
    town.atlassian.world().sites = vec![site];
    let state = town.begin(None).await;
    let id = town.finish(&state).await.unwrap();
    let (app, owner) = (town.app(), town.owner());
    let listed = wizard::sites(app, owner, id).await.unwrap();
    assert_eq!(listed[0].missing, ["write:jira-work"]);
    let refused = wizard::choose_site(app, owner, id, &cloud()).await;
    let text = refused.as_ref().unwrap_err().to_string();
    assert_eq!(code_of(refused), "scope_missing");
    assert!(text.contains("write:jira-work (to make and move issues)") && text.contains("Corp"));
}

#[tokio::test]
async fn f16_a_reconnect_that_does_not_reach_the_site_names_it_and_changes_nothing() {
    let (town, by) = Town::connected().await;
    town.linked(by).await;
    for account in ["ana", "ben"] {
        town.atlassian.world().account = account.to_owned();
        town.atlassian.world().sites = vec![site_of(OTHER, "Other")];
        let state = town.begin(Some(by)).await;
        let refused = town.finish(&state).await;
        let text = refused.as_ref().unwrap_err().to_string();
        assert_eq!(code_of(refused), "another_site");
        assert!(
            text.contains("Corp (https://corp.atlassian.net)") && text.contains("Other"),
            "{text}"
        );
        let read = town.connection(by).await;
        assert_eq!(read.cloud_id, Some(cloud()), "never the first of the list");
        assert_eq!(read.other_account_until, None);
        assert_eq!(town.app().vault.counts().await.unwrap().grants, 1);
    }
}

#[tokio::test]
async fn f16_another_site_of_the_same_account_must_not_take_the_first_one_away() {
    let (town, by) = Town::connected().await;
    town.atlassian.world().sites = vec![site_of(OTHER, "Other")];
    let state = town.begin(None).await;
    let refused = town.finish(&state).await;
    let text = refused.as_ref().unwrap_err().to_string();
    assert_eq!(code_of(refused), "site_lost");
    assert!(text.contains("Corp"), "{text}");

    town.atlassian.world().sites = vec![site_of(OTHER, "Other"), site_of(CLOUD, "Corp")];
    let state = town.begin(None).await;
    let second = town.finish(&state).await.unwrap();
    let other = CloudId::parse(OTHER).unwrap();
    wizard::choose_site(town.app(), town.owner(), second, &other)
        .await
        .unwrap();
    assert_ne!(second, by);
    assert_eq!(town.connection(by).await.cloud_id, Some(cloud()));
    let all = connect::list(town.app(), town.owner()).await.unwrap();
    assert_eq!(all.len(), 2, "one project, two sites");
    assert_eq!(
        town.app().vault.counts().await.unwrap().grants,
        1,
        "and one authorisation"
    );
}

#[tokio::test]
async fn who_does_not_come_back_is_told_of_until_somebody_does() {
    let town = Town::start().await;
    let (app, owner) = (town.app(), town.owner());
    let away = async || connect::oauth::away(app, owner).await.unwrap();
    assert!(away().await.is_empty());
    town.begin(None).await;
    assert!(!away().await[0].is_over, "they may still be there");
    town.wait(601);
    let told = away().await;
    assert!(told.len() == 1 && told[0].is_over && !told[0].by_link);
    let state = town.begin(None).await;
    town.finish(&state).await.unwrap();
    assert!(away().await.is_empty());
}
