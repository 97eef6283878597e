//! Issues that are made by themselves.

use std::time::Duration;

use upvow_app::{
    automations::{self, Plan, Reaches, Switch},
    boards,
    connect::wizard,
    posts::{self, Cause},
    sync::links::{self, LinkState},
    votes,
};
use upvow_domain::{
    AutomationId, ConnectionId, PostId, board::StatusKind, jira::IssueTypeId, page::PageOf,
};

use crate::{
    atlassian::{DOING, Fault},
    town::{Town, demo, issue_number},
};

const CREATE: &str = "POST /ex/jira/11111111-2222-3333-4444-555555555555/rest/api/3/issue";

impl Town {
    /// Issues of the first board are made as tasks of DEMO.
    async fn target(&self, by: ConnectionId) {
        let board = boards::list(self.app(), self.owner()).await.unwrap()[0].id;
        let task = IssueTypeId::parse("7").unwrap();
        wizard::set_target(self.app(), self.owner(), board, by, &demo(), &task)
            .await
            .unwrap();
    }

    async fn automate(&self, reaches: Reaches, skips_linked: bool, switch: Switch) -> AutomationId {
        let plan = Plan {
            board: None,
            reaches,
            skips_linked,
        };
        automations::create(self.app(), self.owner(), &plan, switch)
            .await
            .unwrap()
            .id
    }

    async fn on(&self, kind: StatusKind) -> Reaches {
        Reaches::Status(Some(self.status(kind).await))
    }

    async fn links(&self, post: PostId) -> Vec<links::Link> {
        links::list(self.app(), self.owner(), post).await.unwrap()
    }

    async fn acts(&self, id: AutomationId) -> Vec<automations::Act> {
        automations::acts(self.app(), self.owner(), id, &PageOf::default())
            .await
            .unwrap()
            .items
    }
}

#[tokio::test]
async fn a_status_makes_an_issue_once_ever() {
    let (town, by) = Town::connected().await;
    town.target(by).await;
    let planned = town.on(StatusKind::Planned).await;
    let id = town.automate(planned, true, Switch::FromNowOn).await;
    let post = town.post("Dark mode").await;
    assert!(town.links(post).await.is_empty());
    town.move_post(post, StatusKind::Planned).await;
    town.work().await;
    let link = town.link(post).await;
    assert_eq!(link.state, LinkState::Active);
    assert_eq!(town.atlassian.world().issues.len(), 1);

    // Unlinked and back again: it had its turn.
    links::unlink(town.app(), town.owner(), link.id, false)
        .await
        .unwrap();
    for kind in [StatusKind::Open, StatusKind::Planned] {
        town.move_post(post, kind).await;
        town.work().await;
    }
    assert!(town.links(post).await.is_empty());
    assert_eq!(town.atlassian.world().issues.len(), 1);
    let acts = town.acts(id).await;
    assert_eq!((acts.len(), acts[0].is_linked), (1, false));
    let told = automations::get(town.app(), town.owner(), id)
        .await
        .unwrap();
    assert_eq!((told.acts, told.problems), (1, 0));
}

#[tokio::test]
async fn a_number_of_votes_makes_an_issue_when_it_is_reached() {
    let (town, by) = Town::connected().await;
    town.target(by).await;
    let old = town.post("Old and popular").await;
    let ana = town.world.person("ana@example.com").await;
    votes::vote(town.app(), &ana, old).await.unwrap();
    let id = town
        .automate(Reaches::Votes(2), true, Switch::FromNowOn)
        .await;
    let new = town.post("New").await;
    votes::vote(town.app(), &ana, new).await.unwrap();
    town.work().await;
    assert_eq!(town.links(new).await.len(), 1);
    assert!(town.links(old).await.is_empty(), "it was there before");
    let ben = town.world.person("ben@example.com").await;
    for voter in [&ben, &ben] {
        votes::unvote(town.app(), voter, new).await.unwrap();
        votes::vote(town.app(), voter, new).await.unwrap();
    }
    assert_eq!(town.acts(id).await.len(), 1);
    // One vote is reached by posting.
    town.automate(Reaches::Votes(1), true, Switch::FromNowOn)
        .await;
    let posted = town.post("Brand new").await;
    assert_eq!(town.links(posted).await.len(), 1);
}

#[tokio::test]
async fn a_dry_run_tells_and_the_switch_does_what_was_chosen() {
    let (town, by) = Town::connected().await;
    let (app, owner) = (town.app(), town.owner());
    town.target(by).await;
    let (linked, _) = town.linked(by).await;
    let free = town.post("Free").await;
    for post in [linked, free] {
        town.move_post(post, StatusKind::Planned).await;
    }
    town.work().await;
    let before = town.atlassian.world().issues.len();
    let plan = Plan {
        board: None,
        reaches: town.on(StatusKind::Planned).await,
        skips_linked: true,
    };
    let run = automations::dry_run(app, owner, &plan, None).await.unwrap();
    assert_eq!(
        (run.count, run.posts.len(), run.posts[0].post),
        (1, 1, free)
    );
    assert!(run.warnings.is_empty(), "{:?}", run.warnings);
    assert_eq!(
        town.atlassian.world().issues.len(),
        before,
        "nothing was done"
    );

    let id = automations::create(app, owner, &plan, Switch::FromNowOn)
        .await
        .unwrap()
        .id;
    town.work().await;
    assert_eq!(town.atlassian.world().issues.len(), before);
    automations::switch(app, owner, id, Switch::AlsoNow)
        .await
        .unwrap();
    town.work().await;
    assert_eq!(town.atlassian.world().issues.len(), before + 1);
    assert_eq!(town.links(free).await.len(), 1);
    let told = automations::get(app, owner, id).await.unwrap();
    assert!(told.is_on && !told.catches_up && told.acts == 1);
    let run = automations::dry_run(app, owner, &plan, Some(id))
        .await
        .unwrap();
    assert_eq!(run.count, 0);

    automations::switch(app, owner, id, Switch::Off)
        .await
        .unwrap();
    let late = town.post("Late").await;
    town.move_post(late, StatusKind::Planned).await;
    assert!(town.links(late).await.is_empty(), "it is off");
}

#[tokio::test]
async fn what_cannot_be_made_is_named_before_and_shown_after() {
    let (town, by) = Town::connected().await;
    let (app, owner) = (town.app(), town.owner());
    let plan = Plan {
        board: None,
        reaches: town.on(StatusKind::Planned).await,
        skips_linked: true,
    };
    let run = automations::dry_run(app, owner, &plan, None).await.unwrap();
    assert!(
        run.warnings[0].contains("Feature requests"),
        "{:?}",
        run.warnings
    );
    let id = automations::create(app, owner, &plan, Switch::FromNowOn)
        .await
        .unwrap()
        .id;
    let post = town.post("Dark mode").await;
    town.move_post(post, StatusKind::Planned).await;
    let acts = town.acts(id).await;
    assert_eq!(acts[0].problem.as_deref(), Some("no_target"));
    assert_eq!(automations::get(app, owner, id).await.unwrap().problems, 1);

    town.target(by).await;
    town.atlassian.fail(
        CREATE,
        Fault::Answer(
            400,
            serde_json::json!({"errors": {"customfield_1": "Cost centre is required."}}),
        ),
    );
    automations::retry(app, owner, id, post).await.unwrap();
    town.work().await;
    let link = town.link(post).await;
    assert_eq!(link.state, LinkState::Failed);
    assert!(link.problem_text.unwrap().contains("customfield_1"));
    let acts = town.acts(id).await;
    assert_eq!(acts[0].problem.as_deref(), Some("create_refused"));
}

#[tokio::test]
async fn a_chain_of_automations_ends() {
    let (town, by) = Town::connected().await;
    town.target(by).await;
    // The issue that the first makes is moved in Jira, which brings the post to where the second waits; the second's
    // issue begins a new round. Neither minds links.
    for kind in [StatusKind::Planned, StatusKind::Started] {
        let reaches = town.on(kind).await;
        town.automate(reaches, false, Switch::FromNowOn).await;
    }
    let post = town.post("Dark mode").await;
    town.move_post(post, StatusKind::Planned).await;
    town.work().await;
    let first = issue_number(&town.link(post).await);
    for round in 0..3 {
        town.atlassian.move_issue(first, DOING);
        town.ring(first, &format!("d{round}")).await;
        town.work().await;
        town.move_post(post, StatusKind::Planned).await;
        town.work().await;
        town.wait(600);
    }
    assert_eq!(
        town.links(post).await.len(),
        2,
        "one issue for each automation"
    );
    assert_eq!(town.atlassian.world().issues.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_changes_at_once_are_one_turn() {
    let (town, by) = Town::connected().await;
    town.target(by).await;
    let id = town
        .automate(Reaches::Votes(3), false, Switch::FromNowOn)
        .await;
    let post = town.post("Dark mode").await;
    let mut tasks = vec![];
    for number in 0..8 {
        let voter = town.world.person(&format!("v{number}@example.com")).await;
        let app = town.app().clone();
        tasks.push(tokio::spawn(async move {
            votes::vote(&app, &voter, post).await
        }));
    }
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(
        (town.acts(id).await.len(), town.links(post).await.len()),
        (1, 1)
    );
}

#[tokio::test]
async fn a_removed_status_leaves_an_automation_that_waits_for_another() {
    let (town, _) = Town::connected().await;
    let (app, owner) = (town.app(), town.owner());
    let planned = town.status(StatusKind::Planned).await;
    let reaches = Reaches::Status(Some(planned));
    let id = town.automate(reaches, true, Switch::FromNowOn).await;
    let done = town.status(StatusKind::Done).await;
    boards::delete_status(app, owner, planned, done)
        .await
        .unwrap();
    let told = automations::get(app, owner, id).await.unwrap();
    assert_eq!(told.plan.reaches, Reaches::Status(None));
    assert!(
        automations::switch(app, owner, id, Switch::FromNowOn)
            .await
            .is_err()
    );
    let post = town.post("Dark mode").await;
    posts::set_status(app, owner, post, done, Cause::Page)
        .await
        .unwrap();
    assert!(town.links(post).await.is_empty());
    automations::delete(app, owner, id).await.unwrap();
    town.app().clock.advance(Duration::from_secs(1));
    assert!(automations::list(app, owner).await.unwrap().is_empty());
}
