//! Setting up, step by step.

use upvow_app::{
    Role, boards,
    connect::{
        Step,
        wizard::{self, MapChoice},
    },
};
use upvow_domain::rule::Direction;

use crate::town::{Town, cloud, demo};

#[tokio::test]
async fn another_admin_goes_on_where_the_first_one_left() {
    let town = Town::start().await;
    let state = town.begin(None).await;
    let id = town.finish(&state).await.unwrap();
    let (app, owner) = (town.app(), town.owner());
    let other = town.world.member("admin@example.com", Role::Admin).await;
    let next = async || {
        let read = upvow_app::connect::get(app, &other, id).await.unwrap();
        read.next_step
    };
    assert_eq!(next().await, Some(Step::Site));
    wizard::choose_site(app, owner, id, &cloud()).await.unwrap();
    assert_eq!(next().await, Some(Step::Projects));
    wizard::choose_projects(app, &other, id, &[demo()])
        .await
        .unwrap();
    assert_eq!(next().await, Some(Step::Issues));
    let board = boards::list(app, owner).await.unwrap()[0].id;
    let kind = wizard::issue_types(app, owner, id, &demo()).await.unwrap()[0]
        .id
        .clone();
    wizard::set_target(app, owner, board, id, &demo(), &kind)
        .await
        .unwrap();
    assert_eq!(next().await, Some(Step::Statuses));
    let map = wizard::status_map(app, &other, id).await.unwrap();
    let rows: Vec<MapChoice> = map[0]
        .rows
        .iter()
        .map(|row| MapChoice {
            project: demo(),
            jira_status: row.jira_status.clone(),
            status: row.status,
            direction: row.direction,
        })
        .collect();
    wizard::save_status_map(app, &other, id, &rows)
        .await
        .unwrap();
    assert_eq!(next().await, Some(Step::Rights));
    // Going back is possible, and loses nothing of what comes after.
    wizard::choose_projects(app, owner, id, &[demo()])
        .await
        .unwrap();
    assert_eq!(next().await, Some(Step::Rights));
    wizard::activate(app, &other, id).await.unwrap();
    assert_eq!(next().await, None);
}

#[tokio::test]
async fn a_missing_right_says_what_does_not_work_and_who_can_grant_it() {
    let (town, by) = Town::connected().await;
    let all = wizard::rights(town.app(), town.owner(), by).await.unwrap();
    let names: Vec<_> = all[0].rights.iter().map(|right| right.permission).collect();
    assert_eq!(
        names,
        [
            "BROWSE_PROJECTS",
            "CREATE_ISSUES",
            "EDIT_ISSUES",
            "TRANSITION_ISSUES",
            "LINK_ISSUES",
            "DELETE_ISSUES"
        ]
    );
    let granted: Vec<_> = all[0]
        .rights
        .iter()
        .filter(|right| right.granted)
        .map(|right| right.permission)
        .collect();
    assert_eq!(granted, ["CREATE_ISSUES"], "what Jira said, and no more");
    for right in &all[0].rights {
        assert!(!right.without.is_empty() && right.granted_by.contains("permission scheme"));
    }
    assert!(all[0].rights[5].optional);
}

#[tokio::test]
async fn the_summary_tells_what_is_set_and_not_what_is_usual() {
    let (town, by) = Town::connected().await;
    let (app, owner) = (town.app(), town.owner());
    let summary = wizard::summary(app, owner, by).await.unwrap();
    assert_eq!(summary.site_name.as_deref(), Some("Corp"));
    assert_eq!(summary.projects.len(), 1);
    let map = &summary.projects[0].statuses;
    assert_eq!(map.len(), 3);
    assert!(map.iter().all(|line| line.board_status.is_some()));
    assert!(
        summary
            .written
            .iter()
            .any(|line| line.contains("the 3 statuses"))
    );
    assert!(
        summary
            .written
            .iter()
            .any(|line| line.contains("upvow.link"))
    );
    assert_eq!(summary.events, upvow_jira::hook::EVENTS);
    assert!(summary.kept.iter().any(|line| line.contains("0 links now")));

    let rows: Vec<MapChoice> = map
        .iter()
        .map(|line| MapChoice {
            project: demo(),
            jira_status: line.id.clone(),
            status: None,
            direction: Direction::Off,
        })
        .collect();
    wizard::save_status_map(app, owner, by, &rows)
        .await
        .unwrap();
    town.linked(by).await;
    let summary = wizard::summary(app, owner, by).await.unwrap();
    assert!(
        summary
            .written
            .iter()
            .any(|line| line.starts_with("No status change"))
    );
    assert!(summary.kept.iter().any(|line| line.contains("1 link now")));
    // Every call in the list has its reason.
    assert!(summary.calls.iter().all(|call| call.purpose.len() > 10));
    let deletes: Vec<_> = summary
        .calls
        .iter()
        .filter(|call| call.method == "DELETE" && call.path.ends_with("{issue}"))
        .collect();
    assert!(deletes.len() == 1 && deletes[0].purpose.contains("test issue"));
}
