//! The status map at work: several issues of a post, directions, previews, versions, fields of steps.

use std::collections::BTreeMap;

use upvow_app::{
    AppError,
    connect::wizard::{self, MapChoice, MapSave, Question},
    posts,
    sync::{choir, links},
};
use upvow_domain::{
    ConnectionId, PostId,
    board::StatusKind,
    combination::{Combination, Why},
    jira::{IssueKey, JiraStatusId},
    page::PageOf,
    rule::Direction,
};

use crate::{
    atlassian::{DOING, DONE, TODO},
    town::{Town, demo, issue_number},
};

/// The map that is saved, as a client would send it back.
async fn rows(town: &Town, by: ConnectionId) -> Vec<MapChoice> {
    let map = wizard::status_map(town.app(), town.owner(), by)
        .await
        .unwrap();
    map.iter()
        .flat_map(|project| {
            project.rows.iter().map(|row| MapChoice {
                project: project.project.clone(),
                jira_status: row.jira_status.clone(),
                status: row.status,
                direction: row.direction,
            })
        })
        .collect()
}

fn save(rows: &[MapChoice]) -> MapSave<'_> {
    MapSave {
        rows,
        combination: None,
        base: None,
        move_posts: false,
    }
}

async fn choose(town: &Town, by: ConnectionId, combination: Combination) {
    let rows = rows(town, by).await;
    let save = MapSave {
        combination: Some(combination),
        ..save(&rows)
    };
    wizard::save_map(town.app(), town.owner(), by, &save)
        .await
        .unwrap();
}

/// Ties the post to another issue, which stands in that status.
async fn tie(town: &Town, by: ConnectionId, post: PostId, status: &str) -> u32 {
    let issue = town.atlassian.issue(status);
    links::link_existing(town.app(), town.owner(), post, by, &format!("DEMO-{issue}"))
        .await
        .unwrap();
    town.work().await;
    issue
}

async fn moves(town: &Town, issue: u32, status: &str, delivery: &str) {
    town.atlassian.move_issue(issue, status);
    town.ring(issue, delivery).await;
    town.work().await;
}

async fn sentence(town: &Town, post: PostId) -> String {
    let told = choir::together(town.app(), town.owner(), post).await;
    told.unwrap().unwrap().sentence
}

fn status_of(town: &Town, issue: u32) -> String {
    town.atlassian.world().issues[&issue].status.clone()
}

fn steps(town: &Town) -> usize {
    let world = town.atlassian.world();
    let is_step = |line: &&String| line.starts_with("POST") && line.ends_with("/transitions");
    world.calls.iter().filter(is_step).count()
}

fn jira_status(id: &str) -> JiraStatusId {
    JiraStatusId::parse(id).unwrap()
}

#[tokio::test]
async fn the_post_follows_the_issue_furthest_behind_and_pushes_no_other() {
    let (town, by) = Town::connected().await;
    choose(&town, by, Combination::FurthestBehind).await;
    let (post, first) = town.linked(by).await;
    let second = tie(&town, by, post, DONE).await;
    moves(&town, first, DOING, "d1").await;
    assert_eq!(town.kind(post).await, StatusKind::Started);
    assert_eq!(
        (status_of(&town, second).as_str(), steps(&town)),
        (DONE, 0),
        "what one issue says is no order to the other"
    );
    let key = format!("DEMO-{first}");
    assert_eq!(
        sentence(&town, post).await,
        format!(
            "One of two issues is done; the post follows the one furthest behind, {key}: In Progress."
        )
    );
    moves(&town, first, DONE, "d2").await;
    assert_eq!(town.kind(post).await, StatusKind::Done);
    assert_eq!(steps(&town), 0);
}

#[tokio::test]
async fn a_post_is_done_when_all_its_issues_are() {
    let (town, by) = Town::connected().await;
    choose(&town, by, Combination::AllDone).await;
    let (post, first) = town.linked(by).await;
    let second = tie(&town, by, post, TODO).await;
    moves(&town, first, DONE, "d1").await;
    assert_eq!(town.kind(post).await, StatusKind::Started);
    assert!(
        sentence(&town, post)
            .await
            .starts_with("One of two issues is done; until all are")
    );
    // Nothing brings the done one back: not a comparison, and not the other one.
    for link in links::list(town.app(), town.owner(), post).await.unwrap() {
        links::refresh(town.app(), town.owner(), link.id)
            .await
            .unwrap();
    }
    town.work().await;
    assert_eq!((status_of(&town, first).as_str(), steps(&town)), (DONE, 0));
    moves(&town, second, DONE, "d2").await;
    assert_eq!(town.kind(post).await, StatusKind::Done);
    assert_eq!(
        sentence(&town, post).await,
        "Both issues are done; and so is the post."
    );
}

#[tokio::test]
async fn when_the_team_moves_the_post_every_issue_is_asked_to_follow() {
    let (town, by) = Town::connected().await;
    choose(&town, by, Combination::FurthestAhead).await;
    let (post, first) = town.linked(by).await;
    let second = tie(&town, by, post, DOING).await;
    assert_eq!(town.kind(post).await, StatusKind::Started);
    town.move_post(post, StatusKind::Done).await;
    town.work().await;
    assert_eq!(status_of(&town, first), DONE);
    assert_eq!(
        status_of(&town, second),
        DONE,
        "also after the first one was there"
    );
    town.move_post(post, StatusKind::Done).await;
    assert_eq!(town.work().await, 0, "the same status again is nothing");
}

#[tokio::test]
async fn two_issues_that_are_done_at_once_are_both_heard() {
    let (town, by) = Town::connected().await;
    choose(&town, by, Combination::AllDone).await;
    let (post, first) = town.linked(by).await;
    let second = tie(&town, by, post, DOING).await;
    town.atlassian.move_issue(first, DONE);
    town.atlassian.move_issue(second, DONE);
    town.ring(first, "d1").await;
    town.ring(second, "d2").await;
    tokio::join!(town.work(), town.work());
    town.work().await;
    assert_eq!(town.kind(post).await, StatusKind::Done);
}

#[tokio::test]
async fn f36_the_echo_of_our_own_step_moves_nothing() {
    let (town, by) = Town::connected().await;
    let (post, first) = town.linked(by).await;
    let second = tie(&town, by, post, TODO).await;
    choose(&town, by, Combination::FurthestBehind).await;
    town.move_post(post, StatusKind::Done).await;
    town.work().await;
    assert_eq!(steps(&town), 2);
    // Jira tells us of both steps, the first while the second was under way.
    for (issue, delivery) in [(first, "d1"), (second, "d2"), (first, "d3")] {
        town.ring(issue, delivery).await;
        town.work().await;
        assert_eq!(town.kind(post).await, StatusKind::Done);
    }
    assert_eq!(steps(&town), 2);
    assert_eq!(
        (
            status_of(&town, first).as_str(),
            status_of(&town, second).as_str()
        ),
        (DONE, DONE)
    );
}

#[tokio::test]
async fn f36_an_echo_between_two_steps_does_not_bring_the_post_back() {
    let (town, by) = Town::connected().await;
    let (post, first) = town.linked(by).await;
    let second = tie(&town, by, post, TODO).await;
    choose(&town, by, Combination::FurthestBehind).await;
    // The second issue cannot follow; the echo of the first one's step must not take the post back to it.
    town.atlassian
        .world()
        .issues
        .get_mut(&second)
        .unwrap()
        .steps = vec![];
    town.move_post(post, StatusKind::Done).await;
    town.work().await;
    town.ring(first, "d1").await;
    town.work().await;
    assert_eq!(town.kind(post).await, StatusKind::Done);
    assert_eq!(status_of(&town, first), DONE);
    let told = sentence(&town, post).await;
    assert!(told.ends_with("it was moved on the board since."), "{told}");
}

#[tokio::test]
async fn f39_a_move_in_jira_that_nobody_rang_for_is_not_lost_to_a_push() {
    let (town, by) = Town::connected().await;
    let (post, issue) = town.linked(by).await;
    // The board's own status is not mapped, so nothing is asked of Jira; meanwhile somebody there moved the issue.
    town.atlassian.move_issue(issue, DONE);
    town.move_post(post, StatusKind::Closed).await;
    town.work().await;
    town.ring(issue, "late").await;
    town.work().await;
    assert_eq!(town.kind(post).await, StatusKind::Done);
}

#[tokio::test]
async fn f41_a_renamed_and_recategorised_status_keeps_its_rule() {
    let (town, by) = Town::connected().await;
    let (post, issue) = town.linked(by).await;
    // In another language, and two statuses of one name.
    town.atlassian.world().called =
        BTreeMap::from([(DOING, ("Erledigt", "done")), (DONE, ("Erledigt", "done"))]);
    moves(&town, issue, DOING, "d1").await;
    assert_eq!(
        town.kind(post).await,
        StatusKind::Started,
        "by the id, not by the name"
    );
    assert_eq!(
        town.link(post).await.status_name.as_deref(),
        Some("Erledigt"),
        "the label follows"
    );
    let map = wizard::status_map(town.app(), town.owner(), by)
        .await
        .unwrap();
    let row = map[0]
        .rows
        .iter()
        .find(|row| row.jira_status.as_str() == DOING)
        .unwrap();
    assert!(!row.suggested && row.jira_status_name == "Erledigt");
    moves(&town, issue, DONE, "d2").await;
    assert_eq!(town.kind(post).await, StatusKind::Done);
}

#[tokio::test]
async fn f41_a_deleted_status_is_named_and_a_new_one_is_counted() {
    let (town, by) = Town::connected().await;
    let (post, issue) = town.linked(by).await;
    {
        let mut world = town.atlassian.world();
        world.statuses = vec![TODO, DONE, "40"];
        world.called.insert("40", ("In QA", "indeterminate"));
    }
    let map = wizard::status_map(town.app(), town.owner(), by)
        .await
        .unwrap();
    assert_eq!(map[0].vanished[0].jira_status_name, "In Progress");
    assert_eq!(map[0].unmapped(), 1, "what Jira has anew");
    assert!(
        map[0]
            .rows
            .iter()
            .any(|row| row.is_new && row.jira_status_name == "In QA")
    );
    moves(&town, issue, "40", "d1").await;
    assert_eq!(town.kind(post).await, StatusKind::Open, "left alone");
    let map = wizard::status_map(town.app(), town.owner(), by)
        .await
        .unwrap();
    assert_eq!(map[0].astray.len(), 1);
    assert_eq!(map[0].astray[0].post, post);
    // Saving what is on the screen mends it.
    let rows = rows(&town, by).await;
    wizard::save_status_map(town.app(), town.owner(), by, &rows)
        .await
        .unwrap();
    let map = wizard::status_map(town.app(), town.owner(), by)
        .await
        .unwrap();
    assert!(map[0].vanished.is_empty() && map[0].astray.is_empty() && map[0].unmapped() == 0);
}

#[tokio::test]
async fn f42_what_a_step_asks_for_is_sent_along() {
    let (town, by) = Town::connected().await;
    let (post, issue) = town.linked(by).await;
    let open = |needs| {
        town.atlassian.world().issues.get_mut(&issue).unwrap().steps = vec![(DONE, needs)];
    };
    open("resolution");
    let (app, owner, done) = (town.app(), town.owner(), jira_status(DONE));
    let asked = wizard::step_fields(app, owner, by, &demo(), &done)
        .await
        .unwrap();
    assert_eq!(asked.seen_on.unwrap().as_str(), format!("DEMO-{issue}"));
    assert!(asked.fields[0].needed && asked.fields[0].options.len() == 2);

    town.move_post(post, StatusKind::Done).await;
    town.work().await;
    let link = town.link(post).await;
    assert_eq!(link.problem.as_deref(), Some("transition_needs_fields"));
    assert!(link.problem_text.unwrap().contains("Resolution"));
    assert_eq!(steps(&town), 0);

    let set =
        |field: &str, value: &str| BTreeMap::from([(field.to_owned(), vec![value.to_owned()])]);
    let odd =
        wizard::set_step_fields(app, owner, by, (&demo(), &done), &set("resolution", "99")).await;
    assert!(matches!(odd, Err(AppError::Invalid(_))));
    wizard::set_step_fields(app, owner, by, (&demo(), &done), &set("resolution", "2"))
        .await
        .unwrap();
    // Saving the map again keeps it.
    let rows = rows(&town, by).await;
    wizard::save_status_map(app, owner, by, &rows)
        .await
        .unwrap();
    links::refresh(app, owner, link.id).await.unwrap();
    town.work().await;
    assert_eq!(town.link(post).await.problem, None);
    assert_eq!(
        town.atlassian.world().issues[&issue].sent["resolution"]["id"],
        "2"
    );
    assert_eq!(status_of(&town, issue), DONE);
}

#[tokio::test]
async fn f42_rich_text_that_a_step_asks_for_is_sent_as_a_document() {
    let (town, by) = Town::connected().await;
    let (post, issue) = town.linked(by).await;
    town.atlassian.world().issues.get_mut(&issue).unwrap().steps = vec![(DONE, "customfield_8")];
    let (app, owner, done) = (town.app(), town.owner(), jira_status(DONE));
    let set = BTreeMap::from([(
        "customfield_8".to_owned(),
        vec!["It is **done**.".to_owned()],
    )]);
    wizard::set_step_fields(app, owner, by, (&demo(), &done), &set)
        .await
        .unwrap();
    let asked = wizard::step_fields(app, owner, by, &demo(), &done).await;
    assert_eq!(asked.unwrap().fields[0].value, ["It is **done**."]);
    town.move_post(post, StatusKind::Done).await;
    town.work().await;
    let got = town.atlassian.world().issues[&issue].sent["customfield_8"].clone();
    assert_eq!(got["type"], "doc");
    assert!(got.to_string().contains("strong"), "{got}");
    assert_eq!(status_of(&town, issue), DONE);
}

#[tokio::test]
async fn f42_a_step_that_wants_a_person_is_refused_and_nobody_is_kept() {
    let (town, by) = Town::connected().await;
    let (_, issue) = town.linked(by).await;
    town.atlassian.world().issues.get_mut(&issue).unwrap().steps = vec![(DONE, "customfield_9")];
    let (app, owner, done) = (town.app(), town.owner(), jira_status(DONE));
    let asked = wizard::step_fields(app, owner, by, &demo(), &done)
        .await
        .unwrap();
    assert!(asked.fields.is_empty() && asked.unfillable[0].what_to_do.contains("person"));
    let set = BTreeMap::from([(
        "customfield_9".to_owned(),
        vec!["712020:somebody".to_owned()],
    )]);
    let refused = wizard::set_step_fields(app, owner, by, (&demo(), &done), &set).await;
    assert!(matches!(refused, Err(AppError::Invalid(_))));
    let kept = town
        .rows("SELECT CAST(COUNT(*) AS BIGINT) AS n FROM rules WHERE fields IS NOT NULL")
        .await;
    assert_eq!(kept, 0);
}

#[tokio::test]
async fn f43_an_issue_that_moves_away_and_back_keeps_its_link() {
    let (town, by) = Town::connected().await;
    let (post, issue) = town.linked(by).await;
    let place = |project: &'static str, key: &'static str| {
        let mut world = town.atlassian.world();
        let issue = world.issues.get_mut(&issue).unwrap();
        (issue.project, issue.key) = (project, key);
    };
    // Key, project and status at once, to a project that is not connected.
    place("200", "OPS");
    moves(&town, issue, DONE, "d1").await;
    assert_eq!(
        town.kind(post).await,
        StatusKind::Open,
        "no row of that project"
    );
    let link = town.link(post).await;
    assert_eq!(link.key.unwrap().as_str(), format!("OPS-{issue}"));
    let head = wizard::map_head(town.app(), town.owner(), by)
        .await
        .unwrap();
    assert_eq!(head.elsewhere.len(), 1, "and it is listed");
    place("100", "DEMO");
    moves(&town, issue, DOING, "d2").await;
    assert_eq!(town.kind(post).await, StatusKind::Started);
    assert_eq!(issue_number(&town.link(post).await), issue);
    let head = wizard::map_head(town.app(), town.owner(), by)
        .await
        .unwrap();
    assert!(head.elsewhere.is_empty());
}

#[tokio::test]
async fn what_happens_if_an_issue_moves_is_told_and_then_happens() {
    let (town, by) = Town::connected().await;
    choose(&town, by, Combination::FurthestBehind).await;
    let (post, first) = town.linked(by).await;
    tie(&town, by, post, DOING).await;
    let (app, owner) = (town.app(), town.owner());
    let (key, project) = (IssueKey::parse(&format!("DEMO-{first}")).unwrap(), demo());
    for (to, rule) in [
        (DOING, None),
        (DONE, Some(Combination::FurthestAhead)),
        (DONE, None),
    ] {
        let jira_status = jira_status(to);
        let question = Question {
            issue: Some(&key),
            project: &project,
            jira_status: &jira_status,
            rows: None,
            combination: rule,
        };
        let told = wizard::what_if(app, owner, by, &question).await.unwrap();
        let before = posts::get(app, owner, post).await.unwrap().row.status.id;
        assert_eq!(told.posts[0].from, before);
        if rule.is_some() {
            assert_eq!(told.posts[0].to, Some(town.status(StatusKind::Done).await));
            continue;
        }
        moves(&town, first, to, &format!("to {to}")).await;
        let after = posts::get(app, owner, post).await.unwrap().row.status.id;
        assert_eq!(told.posts[0].to.unwrap_or(before), after, "{told:?}");
    }
    assert_eq!(
        town.kind(post).await,
        StatusKind::Started,
        "the other one is furthest behind"
    );

    // Of rows that are not saved: off is off.
    let mut rows = rows(&town, by).await;
    for row in &mut rows {
        row.direction = Direction::ToJira;
    }
    let jira_status = jira_status(DONE);
    let question = Question {
        issue: Some(&key),
        project: &project,
        jira_status: &jira_status,
        rows: Some(&rows),
        combination: Some(Combination::Primary),
    };
    let told = wizard::what_if(app, owner, by, &question).await.unwrap();
    assert_eq!(
        (told.posts[0].to, told.posts[0].why),
        (None, Why::BoardLeads)
    );
    let unknown = IssueKey::parse("DEMO-99999").unwrap();
    let question = Question {
        issue: Some(&unknown),
        ..question
    };
    assert!(matches!(
        wizard::what_if(app, owner, by, &question).await,
        Err(AppError::Invalid(_))
    ));
}

#[tokio::test]
async fn a_save_tells_what_it_changes_and_moves_posts_only_when_asked() {
    let (town, by) = Town::connected().await;
    let (post, issue) = town.linked(by).await;
    moves(&town, issue, DOING, "d1").await;
    let (app, owner) = (town.app(), town.owner());
    let mut rows = rows(&town, by).await;
    let planned = town.status(StatusKind::Planned).await;
    for row in rows
        .iter_mut()
        .filter(|row| row.jira_status.as_str() == DOING)
    {
        row.status = Some(planned);
    }
    let head = wizard::map_head(app, owner, by).await.unwrap();
    let told = wizard::map_difference(app, owner, by, &save(&rows))
        .await
        .unwrap();
    assert_eq!((told.rows.len(), told.posts.len()), (1, 1));
    assert_eq!((told.posts[0].post, told.posts[0].to), (post, planned));
    assert_eq!(
        wizard::map_head(app, owner, by).await.unwrap().version,
        head.version,
        "nothing is written"
    );

    town.wait(1);
    wizard::save_map(app, owner, by, &save(&rows))
        .await
        .unwrap();
    town.work().await;
    assert_eq!(
        town.kind(post).await,
        StatusKind::Started,
        "it moves when its issue does"
    );
    let stale = MapSave {
        base: head.version,
        ..save(&rows)
    };
    let refused = wizard::save_map(app, owner, by, &stale).await;
    assert!(matches!(
        refused,
        Err(AppError::Conflict {
            code: "map_changed",
            ..
        })
    ));

    // Back, and forth again, this time with the posts.
    town.wait(1);
    restore(&town, by, 1).await;
    let moving = MapSave {
        move_posts: true,
        ..save(&rows)
    };
    town.wait(1);
    wizard::save_map(app, owner, by, &moving).await.unwrap();
    town.work().await;
    assert_eq!(town.kind(post).await, StatusKind::Planned);
    assert_eq!(status_of(&town, issue), DOING, "the issue is where it was");
}

/// Brings the version back that was saved so many saves ago.
async fn restore(town: &Town, by: ConnectionId, ago: usize) -> wizard::Restored {
    let all = wizard::map_versions(town.app(), town.owner(), by, &PageOf::default())
        .await
        .unwrap();
    let version = all.items[ago].id;
    wizard::restore_map(town.app(), town.owner(), by, version, None, false)
        .await
        .unwrap()
}

#[tokio::test]
async fn every_save_is_kept_and_comes_back_as_far_as_jira_has_it() {
    let (town, by) = Town::connected().await;
    let (app, owner) = (town.app(), town.owner());
    let first = rows(&town, by).await;
    let mut second = first.clone();
    for row in &mut second {
        row.direction = Direction::Off;
    }
    let with = MapSave {
        combination: Some(Combination::AllDone),
        ..save(&second)
    };
    town.wait(1);
    wizard::save_map(app, owner, by, &with).await.unwrap();
    let page = PageOf {
        limit: Some(1),
        after: None,
    };
    let newest = wizard::map_versions(app, owner, by, &page).await.unwrap();
    assert_eq!((newest.items.len(), newest.items[0].changed), (1, 3));
    assert!(newest.items[0].saved_by.is_some());
    let next = PageOf {
        limit: Some(1),
        after: newest.next,
    };
    let older = wizard::map_versions(app, owner, by, &next).await.unwrap();
    let told = wizard::map_version(app, owner, by, older.items[0].id)
        .await
        .unwrap();
    assert_eq!(told.difference.rows.len(), 3);
    assert_eq!(
        told.difference.combination,
        Some((Combination::AllDone, Combination::Primary))
    );

    town.atlassian.world().statuses = vec![TODO, DONE];
    town.wait(1);
    let back = restore(&town, by, 1).await;
    assert_eq!(back.left_out, ["In Progress"]);
    let now = rows(&town, by).await;
    assert!(now.len() == 2 && now.iter().all(|row| row.direction == Direction::Both));
    let newest = wizard::map_versions(app, owner, by, &page).await.unwrap();
    assert_eq!(newest.items[0].restored_from, Some(older.items[0].id));

    let voter = town.world.person("voter@example.com").await;
    assert!(matches!(
        wizard::map_versions(app, &voter, by, &page).await,
        Err(AppError::Forbidden { .. })
    ));
}
