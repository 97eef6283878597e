//! A reconnect by another account than before is a question, and an answer.

use upvow_app::{
    AppError,
    connect::{self, State, wizard},
    sync::links::LinkState,
};

use crate::{
    atlassian::{Fault, Gate},
    town::{Town, cloud, code_of, demo},
};

/// Ben authorises a connection that Ana made.
async fn ben_comes(town: &Town, by: upvow_domain::ConnectionId) {
    "ben".clone_into(&mut town.atlassian.world().account);
    let state = town.begin(Some(by)).await;
    assert_eq!(town.finish(&state).await.unwrap(), by);
}

#[tokio::test]
async fn f16_another_account_is_used_only_when_an_admin_says_so() {
    let (town, by) = Town::connected().await;
    let (post, _) = town.linked(by).await;
    let mapped = "SELECT CAST(COUNT(*) AS BIGINT) FROM rules WHERE status_id IS NOT NULL";
    let before = town.rows(mapped).await;
    ben_comes(&town, by).await;
    let read = town.connection(by).await;
    assert!(read.other_account_until.is_some(), "it is a question");
    assert_eq!(read.state, State::Active, "and until then all goes on");
    assert_eq!(town.app().vault.counts().await.unwrap().grants, 2);

    connect::decide(town.app(), town.owner(), by, true)
        .await
        .unwrap();
    town.work().await;
    let read = town.connection(by).await;
    assert_eq!(
        (read.state, read.other_account_until),
        (State::Active, None)
    );
    assert_eq!(town.link(post).await.state, LinkState::Active);
    assert_eq!((town.rows(mapped).await, before), (3, 3));
    let counts = town.app().vault.counts().await.unwrap();
    assert_eq!(
        (counts.grants, counts.open_erasures),
        (1, 0),
        "the account before is forgotten"
    );
    let again = connect::decide(town.app(), town.owner(), by, true).await;
    assert_eq!(code_of(again), "choice_over");
}

#[tokio::test]
async fn f16_another_account_that_is_not_wanted_is_forgotten() {
    let (town, by) = Town::connected().await;
    let (post, _) = town.linked(by).await;
    ben_comes(&town, by).await;
    let voter = town.world.person("voter@example.com").await;
    assert!(matches!(
        connect::decide(town.app(), &voter, by, false).await,
        Err(AppError::Forbidden { .. })
    ));
    connect::decide(town.app(), town.owner(), by, false)
        .await
        .unwrap();
    town.work().await;
    let read = town.connection(by).await;
    assert_eq!(
        (read.state, read.other_account_until),
        (State::Active, None)
    );
    assert_eq!(town.link(post).await.state, LinkState::Active);
    assert_eq!(town.app().vault.counts().await.unwrap().grants, 1);
}

#[tokio::test]
async fn f16_without_an_answer_the_account_stays_what_it_was() {
    let (town, by) = Town::connected().await;
    ben_comes(&town, by).await;
    town.wait(31 * 60);
    town.work().await;
    assert_eq!(town.connection(by).await.other_account_until, None);
    assert_eq!(town.app().vault.counts().await.unwrap().grants, 1);
}

#[tokio::test]
async fn f16_an_answer_that_comes_too_late_changes_nothing() {
    let (town, by) = Town::connected().await;
    ben_comes(&town, by).await;
    town.wait(31 * 60);
    let late = connect::decide(town.app(), town.owner(), by, true).await;
    assert_eq!(code_of(late), "choice_over");
    assert_eq!(town.connection(by).await.other_account_until, None);
    assert_eq!(town.connection(by).await.state, State::Active);
}

#[tokio::test]
async fn f16_the_same_account_is_not_asked_about() {
    let (town, by) = Town::connected().await;
    let state = town.begin(Some(by)).await;
    town.finish(&state).await.unwrap();
    assert_eq!(town.connection(by).await.other_account_until, None);
    assert_eq!(town.connection(by).await.state, State::Active);
}

/// What Ana may see is not what Ben may see: a page that asked with her rights writes nothing once his count.
#[tokio::test]
async fn f16_what_the_account_before_began_ends_with_it() {
    let (town, by) = Town::connected().await;
    let gate = Gate::new();
    town.atlassian
        .fail("GET /ex/jira", Fault::Hold(gate.clone()));
    let projects = [demo()];
    let chooses = wizard::choose_projects(town.app(), town.owner(), by, &projects);
    let changes = async {
        gate.arrived().await;
        ben_comes(&town, by).await;
        connect::decide(town.app(), town.owner(), by, true)
            .await
            .unwrap();
        gate.open();
    };
    let (chosen, ()) = tokio::join!(chooses, changes);
    assert!(chosen.is_err(), "it began with another account");
    wizard::choose_projects(town.app(), town.owner(), by, &projects)
        .await
        .unwrap();
}

#[tokio::test]
async fn f16_a_setup_may_change_its_account_and_the_first_one_is_forgotten() {
    let town = Town::start().await;
    let state = town.begin(None).await;
    let id = town.finish(&state).await.unwrap();
    wizard::choose_site(town.app(), town.owner(), id, &cloud())
        .await
        .unwrap();
    ben_comes(&town, id).await;
    assert!(town.connection(id).await.cloud_id.is_some(), "not yet");
    connect::decide(town.app(), town.owner(), id, true)
        .await
        .unwrap();
    assert_eq!(
        town.connection(id).await.cloud_id,
        None,
        "the site is to be chosen again"
    );
    town.work().await;
    let counts = town.app().vault.counts().await.unwrap();
    assert_eq!(
        (counts.grants, counts.open_erasures, counts.hooks),
        (1, 0, 0)
    );
}

#[tokio::test]
async fn two_accounts_on_one_site_are_two_connections_with_projects_of_their_own() {
    let (town, _) = Town::connected().await;
    "ben".clone_into(&mut town.atlassian.world().account);
    let state = town.begin(None).await;
    let second = town.finish(&state).await.unwrap();
    let (app, owner) = (town.app(), town.owner());
    wizard::choose_site(app, owner, second, &cloud())
        .await
        .unwrap();
    let twice = wizard::choose_projects(app, owner, second, &[demo()]).await;
    assert_eq!(code_of(twice), "project_connected");
    let ops = upvow_domain::jira::JiraProjectId::parse("200").unwrap();
    wizard::choose_projects(app, owner, second, &[ops])
        .await
        .unwrap();
    // The same account a second time on the same site would be the same connection twice.
    town.atlassian.world().account = "ana".to_owned();
    let state = town.begin(None).await;
    let third = town.finish(&state).await.unwrap();
    let again = wizard::choose_site(app, owner, third, &cloud()).await;
    assert_eq!(code_of(again), "site_connected");
}

#[tokio::test]
async fn a_project_with_links_goes_only_when_that_is_confirmed_and_its_links_stay() {
    let (town, by) = Town::connected().await;
    let (post, _) = town.linked(by).await;
    let (app, owner) = (town.app(), town.owner());
    let ops = [upvow_domain::jira::JiraProjectId::parse("200").unwrap()];
    let going = wizard::change_projects(app, owner, by, &ops, false)
        .await
        .unwrap();
    assert_eq!(going.len(), 1);
    assert_eq!((going[0].key.as_str(), going[0].links), ("DEMO", 1));
    assert_eq!(town.connection(by).await.projects[0].id, demo());
    let going = wizard::change_projects(app, owner, by, &ops, true)
        .await
        .unwrap();
    assert!(going.is_empty());
    town.work().await;
    assert_eq!(town.connection(by).await.projects[0].key.as_str(), "OPS");
    let link = town.link(post).await;
    assert_eq!(link.state, LinkState::Active);
    assert!(link.key.is_some() && link.browse_url.is_some());
}
