//! Many links at once: from the list, and as CSV.

use upvow_app::sync::links::{self, Fate, Outcome};
use upvow_domain::jira::IssueTypeId;

use crate::{
    atlassian::TODO,
    town::{Town, demo},
};

#[tokio::test]
async fn many_posts_are_linked_to_one_issue_and_again_is_no_change() {
    let (town, by) = Town::connected().await;
    let (app, owner) = (town.app(), town.owner());
    let issue = format!("demo-{}", town.atlassian.issue(TODO));
    let posts = [town.post("One").await, town.post("Two").await];
    links::link_existing(app, owner, posts[0], by, &issue)
        .await
        .unwrap();
    let gone = upvow_domain::PostId::new(uuid::Uuid::from_u128(7));
    let many = [posts[0], posts[1], posts[1], gone];
    let lines = links::link_many(app, owner, &many, by, &issue)
        .await
        .unwrap();
    assert_eq!(lines.len(), 3);
    assert!(matches!(lines[0].outcome, Outcome::WasThere(_)));
    assert!(matches!(lines[1].outcome, Outcome::Done(_)));
    assert!(matches!(lines[2].outcome, Outcome::Failed(_)));
    let lines = links::link_many(app, owner, &posts, by, &issue)
        .await
        .unwrap();
    let there = |line: &links::Line| matches!(line.outcome, Outcome::WasThere(_));
    assert!(lines.iter().all(there));
    assert_eq!(town.rows("SELECT COUNT(*) AS n FROM links").await, 2);
    let none = links::link_many(app, owner, &[], by, &issue).await;
    assert!(none.is_err());
}

#[tokio::test]
async fn each_of_many_posts_gets_one_issue_however_often_it_is_sent() {
    let (town, by) = Town::connected().await;
    let (app, owner) = (town.app(), town.owner());
    let (linked, _) = town.linked(by).await;
    let posts = [linked, town.post("One").await, town.post("Two").await];
    let lines = links::create_many(app, owner, &posts, "k").await.unwrap();
    assert!(matches!(&lines[1].outcome, Outcome::Failed(why) if why.contains("nobody has said")));
    let board = upvow_app::boards::list(app, owner).await.unwrap()[0].id;
    let task = IssueTypeId::parse("7").unwrap();
    upvow_app::connect::wizard::set_target(app, owner, board, by, &demo(), &task)
        .await
        .unwrap();
    for _ in 0..2 {
        let lines = links::create_many(app, owner, &posts, "k").await.unwrap();
        assert!(matches!(lines[0].outcome, Outcome::WasThere(_)));
        assert!(matches!(lines[1].outcome, Outcome::Done(_)));
        town.work().await;
    }
    assert_eq!(town.atlassian.world().issues.len(), 3);
}

#[tokio::test]
async fn what_goes_out_as_csv_comes_in_again() {
    let (town, by) = Town::connected().await;
    let (app, owner) = (town.app(), town.owner());
    let (post, issue) = town.linked(by).await;
    // The sheet is in the order of time.
    town.wait(1);
    let other = town.post("=HYPERLINK(\"http://evil.example\")").await;
    links::link_existing(app, owner, other, by, &format!("DEMO-{issue}"))
        .await
        .unwrap();
    let (csv, next) = links::export(app, owner, None, None).await.unwrap();
    assert!(next.is_none() && csv.lines().count() == 3, "{csv}");
    assert!(csv.contains("\"'=HYPERLINK("), "{csv}");
    assert!(
        csv.contains(&format!("DEMO-{issue},{issue},yes,active")),
        "{csv}"
    );
    for link in [town.link(post).await, town.link(other).await] {
        links::unlink(app, owner, link.id, true).await.unwrap();
    }
    let fates = |lines: Vec<links::SheetLine>| -> Vec<Fate> {
        lines.into_iter().map(|line| line.fate).collect()
    };
    let dry = links::import(app, owner, &csv, false).await.unwrap();
    assert_eq!(
        (dry[1].number, dry[1].post.as_str()),
        (3, "=HYPERLINK(\"http://evil.example\")")
    );
    assert_eq!(fates(dry), [Fate::WillLink, Fate::WillLink]);
    assert_eq!(town.rows("SELECT COUNT(*) AS n FROM links").await, 0, "dry");
    let done = links::import(app, owner, &csv, true).await.unwrap();
    assert_eq!(fates(done), [Fate::Linked, Fate::Linked]);
    let again = links::import(app, owner, &csv, true).await.unwrap();
    assert_eq!(fates(again), [Fate::WasThere, Fate::WasThere]);
}

#[tokio::test]
async fn each_bad_line_is_told_and_the_others_are_done() {
    let (town, _) = Town::connected().await;
    let (app, owner) = (town.app(), town.owner());
    let post = town.post("One").await;
    let issue = town.atlassian.issue(TODO);
    let csv = format!(
        "post url;issue key;site\nhttps://board.example/p/acme/posts/{post}?x;demo-{issue};https://corp.atlassian.net\n\
         nothing;DEMO-1;\n{post};no key;\n{post};DEMO-99999;\n{post};DEMO-{issue};https://other.example\n"
    );
    let lines = links::import(app, owner, &csv, true).await.unwrap();
    assert_eq!(lines[0].fate, Fate::Linked);
    let told: Vec<&str> = lines[1..]
        .iter()
        .map(|line| match &line.fate {
            Fate::Refused(why) => why.as_str(),
            _ => "",
        })
        .collect();
    assert!(told[0].contains("no id or address"), "{told:?}");
    assert!(told[1].contains("key like"), "{told:?}");
    assert!(told[2].contains("no such issue"), "{told:?}");
    assert!(told[3].contains("other.example"), "{told:?}");
    let long = format!(
        "post id,issue key\n{}",
        format!("{post},DEMO-1\n").repeat(201)
    );
    for bad in ["", "a,b\n1,2\n", long.as_str()] {
        assert!(
            links::import(app, owner, bad, false).await.is_err(),
            "{}",
            bad.len()
        );
    }
}
