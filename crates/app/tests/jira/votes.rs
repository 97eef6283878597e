//! How many want it, on the issue itself.

use serde_json::json;
use upvow_app::{
    AppError,
    connect::wizard,
    posts,
    sync::links::{self, LinkState},
    votes,
};
use upvow_domain::{ConnectionId, PostId, board::StatusKind};

use crate::{
    atlassian::{Fault, TODO},
    town::{Town, demo},
};

const LINK: &str = "/remotelink";
const PROPERTY: &str = "/properties/upvow.votes";

async fn vote(town: &Town, post: PostId, on: bool) {
    let done = if on {
        votes::vote(town.app(), town.owner(), post).await
    } else {
        votes::unvote(town.app(), town.owner(), post).await
    };
    done.unwrap();
}

/// Two posts on one issue that somebody made in Jira.
async fn two_on_one(town: &Town, by: ConnectionId) -> (PostId, PostId, u32) {
    let issue = town.atlassian.issue(TODO);
    let (first, second) = (
        town.post("Dark mode, please").await,
        town.post("Night colours").await,
    );
    for post in [first, second] {
        links::link_existing(town.app(), town.owner(), post, by, &format!("DEMO-{issue}"))
            .await
            .unwrap();
    }
    town.wait(5);
    town.work().await;
    (first, second, issue)
}

#[tokio::test]
async fn the_property_holds_the_sum_of_its_posts_and_no_person() {
    let (town, by) = Town::connected().await;
    let (first, second, issue) = two_on_one(&town, by).await;
    let told = town.atlassian.world().issues[&issue].votes.clone();
    let mut both = [first.to_string(), second.to_string()];
    both.sort();
    assert_eq!(
        told,
        Some(json!({"votes": 2, "posts": both})),
        "each author's own vote"
    );

    vote(&town, first, false).await;
    town.wait(60);
    town.work().await;
    assert_eq!(
        town.atlassian.world().issues[&issue]
            .votes
            .as_ref()
            .unwrap()["votes"],
        1
    );

    let link = town.link(second).await;
    links::unlink(town.app(), town.owner(), link.id, false)
        .await
        .unwrap();
    town.wait(60);
    town.work().await;
    let told = town.atlassian.world().issues[&issue].votes.clone();
    assert_eq!(
        told,
        Some(json!({"votes": 0, "posts": [first.to_string()]}))
    );

    let link = town.link(first).await;
    links::unlink(town.app(), town.owner(), link.id, false)
        .await
        .unwrap();
    town.wait(60);
    town.work().await;
    let world = town.atlassian.world();
    assert_eq!(
        world.issues[&issue].votes, None,
        "nothing of ours is left on the issue"
    );
    assert_eq!(world.issues[&issue].link, None);
}

#[tokio::test]
async fn a_link_that_is_kept_keeps_its_votes() {
    let (town, by) = Town::connected().await;
    let (post, issue) = town.linked(by).await;
    town.wait(60);
    town.work().await;
    let link = town.link(post).await;
    links::unlink(town.app(), town.owner(), link.id, true)
        .await
        .unwrap();
    town.wait(60);
    town.work().await;
    let world = town.atlassian.world();
    assert!(world.issues[&issue].votes.is_some() && world.issues[&issue].link.is_some());
}

#[tokio::test]
async fn a_popular_post_costs_a_bounded_number_of_writes() {
    let (town, by) = Town::connected().await;
    town.atlassian.world().editable = vec!["customfield_50"];
    wizard::set_vote_field(
        town.app(),
        town.owner(),
        by,
        &demo(),
        Some("customfield_50"),
    )
    .await
    .unwrap();
    let (post, issue) = town.linked(by).await;
    town.wait(600);
    town.work().await;
    let number = |town: &Town| {
        town.atlassian.count(&format!(
            "PUT /ex/jira/11111111-2222-3333-4444-555555555555/rest/api/3/issue/{issue}"
        )) - town.atlassian.count(&format!("issue/{issue}/properties"))
    };
    let before = [
        town.atlassian.count(LINK),
        town.atlassian.count(PROPERTY),
        number(&town),
    ];
    assert_eq!(before[2], 1, "the number was told once");
    // 1,000 votes given and taken back in ten minutes, at work all the time.
    for round in 0..1_000 {
        vote(&town, post, round % 2 == 1).await;
        town.app()
            .clock
            .advance(std::time::Duration::from_millis(600));
        if round % 5 == 0 {
            town.work().await;
        }
    }
    vote(&town, post, true).await;
    vote(&town, post, false).await;
    town.wait(600);
    town.work().await;
    let after = [
        town.atlassian.count(LINK),
        town.atlassian.count(PROPERTY),
        number(&town),
    ];
    let writes: Vec<usize> = after
        .iter()
        .zip(before)
        .map(|(after, before)| after - before)
        .collect();
    assert!(
        writes[0] <= 22 && writes[1] <= 22 && writes[2] <= 4,
        "{writes:?} writes for 1,002 votes"
    );
    assert!(writes.iter().all(|count| *count >= 1), "{writes:?}");
    let world = town.atlassian.world();
    let issue = &world.issues[&issue];
    assert_eq!(
        issue.votes.as_ref().unwrap()["votes"],
        0,
        "and in the end it is true"
    );
    assert_eq!(issue.fields["customfield_50"], 0);
    assert!(issue.link.as_ref().unwrap().to_string().contains("0 votes"));
}

#[tokio::test]
async fn the_link_is_struck_through_when_the_post_is_done_and_follows_its_title() {
    let (town, by) = Town::connected().await;
    let (post, issue) = town.linked(by).await;
    let link = |town: &Town| town.atlassian.world().issues[&issue].link.clone().unwrap();
    assert_eq!(link(&town)["object"]["status"]["resolved"], false);
    town.move_post(post, StatusKind::Done).await;
    town.work().await;
    assert_eq!(link(&town)["object"]["status"]["resolved"], true);
    assert_eq!(link(&town)["object"]["title"], "Dark mode, please");
    posts::edit(town.app(), town.owner(), post, "Dark colours, please", "")
        .await
        .unwrap();
    town.wait(60);
    town.work().await;
    assert_eq!(link(&town)["object"]["title"], "Dark colours, please");
    town.move_post(post, StatusKind::Closed).await;
    town.work().await;
    assert_eq!(
        link(&town)["object"]["status"]["resolved"],
        true,
        "declined is struck through, too"
    );
}

#[tokio::test]
async fn a_number_field_is_checked_when_it_is_chosen_and_left_alone_once_jira_refuses_it() {
    let (town, by) = Town::connected().await;
    let (app, owner) = (town.app(), town.owner());
    let (post, issue) = town.linked(by).await;
    let fields = wizard::vote_fields(app, owner, by).await.unwrap();
    assert_eq!(
        fields[0].choices,
        [("customfield_50".to_owned(), "Demand".to_owned())]
    );
    for (field, part) in [
        ("customfield_51", "number fields"),
        ("customfield_52", "number fields"),
        ("customfield_50", "screen"),
    ] {
        town.atlassian.world().editable = vec![];
        let Err(AppError::Invalid(refused)) =
            wizard::set_vote_field(app, owner, by, &demo(), Some(field)).await
        else {
            panic!("{field} was taken");
        };
        assert!(refused[0].message.contains(part), "{refused:?}");
    }

    town.atlassian.world().editable = vec!["customfield_50"];
    wizard::set_vote_field(app, owner, by, &demo(), Some("customfield_50"))
        .await
        .unwrap();
    town.wait(60);
    town.work().await;
    assert_eq!(
        town.atlassian.world().issues[&issue].fields["customfield_50"],
        1
    );

    // Somebody takes it off the screen.
    town.atlassian.world().editable = vec![];
    let put = format!("PUT /ex/jira/11111111-2222-3333-4444-555555555555/rest/api/3/issue/{issue}");
    let edits = |town: &Town| {
        town.atlassian.count(&put) - town.atlassian.count(&format!("issue/{issue}/properties"))
    };
    for on in [false, true, false] {
        vote(&town, post, on).await;
        town.wait(600);
        town.work().await;
    }
    let tried = edits(&town);
    let field = wizard::vote_fields(app, owner, by).await.unwrap().remove(0);
    assert_eq!(field.problem.as_deref(), Some("votes_field"));
    vote(&town, post, true).await;
    town.wait(600);
    town.work().await;
    assert_eq!(edits(&town), tried, "what Jira refused is not sent again");
    assert_eq!(town.link(post).await.state, LinkState::Active);
    assert_eq!(
        town.atlassian.world().issues[&issue]
            .votes
            .as_ref()
            .unwrap()["votes"],
        1,
        "the property goes on"
    );

    // Put back and saved again, it works.
    town.atlassian.world().editable = vec!["customfield_50"];
    wizard::set_vote_field(app, owner, by, &demo(), Some("customfield_50"))
        .await
        .unwrap();
    town.wait(600);
    town.work().await;
    assert_eq!(
        town.atlassian.world().issues[&issue].fields["customfield_50"],
        1
    );
    // Given up, it is emptied.
    wizard::set_vote_field(app, owner, by, &demo(), None)
        .await
        .unwrap();
    town.wait(600);
    town.work().await;
    assert!(town.atlassian.world().issues[&issue].fields["customfield_50"].is_null());
}

#[tokio::test]
async fn without_the_right_to_edit_the_link_says_so_and_the_rest_goes_on() {
    let (town, by) = Town::connected().await;
    let (post, issue) = town.linked(by).await;
    town.wait(60);
    town.work().await;
    town.atlassian.fail(PROPERTY, Fault::Answer(403, json!({})));
    vote(&town, post, false).await;
    town.wait(60);
    town.work().await;
    assert_eq!(
        town.link(post).await.problem.as_deref(),
        Some("may_not_edit")
    );
    let tried = town.atlassian.count(PROPERTY);
    town.wait(3_600);
    town.work().await;
    assert_eq!(
        town.atlassian.count(PROPERTY),
        tried,
        "it is not sent again until the votes change"
    );
    vote(&town, post, true).await;
    town.wait(60);
    town.work().await;
    assert_eq!(town.link(post).await.problem, None);
    assert_eq!(
        town.atlassian.world().issues[&issue]
            .votes
            .as_ref()
            .unwrap()["votes"],
        1
    );
}
