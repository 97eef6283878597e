//! Every outside call fails once, in every way there is: whatever the product does in Jira, its first call fails, then its
//! second, and so on until there is none left to fail. Each time it ends well, and what must hold holds.

use futures_util::future::join_all;
use serde_json::{Value, json};
use upvow_app::{
    connect::{State, goodbye, wizard},
    sync::{
        intake::Outcome,
        links::{self, LinkState},
    },
};
use upvow_domain::{ConnectionId, PostId, board::StatusKind};

use crate::{
    atlassian::{DOING, DONE, Fault, TODO},
    town::{Town, cloud, demo, issue_number},
};

/// More calls than anything makes, so that a loop without an end is seen.
const MOST_CALLS: usize = 40;

const LIVE: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM jobs WHERE state <> 'dead'";

/// The ways to fail, of a call that would have changed something and of one that would not.
fn faults() -> Vec<(&'static str, Fault)> {
    vec![
        ("500", Fault::Answer(500, json!({}))),
        ("a proxy's 503", Fault::Page(503)),
        ("a proxy's 403", Fault::Page(403)),
        ("a proxy's 404", Fault::Page(404)),
        ("a proxy's 200", Fault::Page(200)),
        ("429", Fault::With(429, "retry-after", "5".to_owned())),
        ("a bare 429", Fault::Answer(429, Value::Null)),
        ("a lost answer", Fault::Lose),
        ("no connection", Fault::Drop),
        ("a dropped connection", Fault::DropAfter),
        ("half an answer", Fault::Cut),
    ]
}

/// What is done in Jira.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Work {
    Connect,
    Create,
    Push,
    Pull,
    Register,
    Disconnect,
}

const ALL: [Work; 6] = [
    Work::Connect,
    Work::Create,
    Work::Push,
    Work::Pull,
    Work::Register,
    Work::Disconnect,
];

/// A town, and where it stands.
struct Story {
    town: Town,
    by: Option<ConnectionId>,
    /// The post that goes up and down.
    post: Option<PostId>,
}

impl Story {
    async fn of(work: Work) -> Story {
        let town = Town::start().await;
        let mut story = Story {
            town,
            by: None,
            post: None,
        };
        if work != Work::Connect {
            let by = story.town.connect().await;
            story.by = Some(by);
            story.post = Some(story.town.linked(by).await.0);
        }
        story
    }

    /// The first call, the second, ... of the work fails with this, until a run makes fewer calls than that.
    async fn every_call(&mut self, work: Work, name: &str, fault: &Fault) {
        for nth in 0..MOST_CALLS {
            self.before(work).await;
            self.town.atlassian.world().nth = Some((nth, fault.clone()));
            self.carry_out(work).await;
            let unharmed = self.town.atlassian.world().nth.take().is_some();
            self.check(work, &format!("{work:?}, call {nth}, {name}"))
                .await;
            if unharmed {
                assert!(nth > 0, "{work:?} makes calls");
                return;
            }
        }
        panic!("{work:?} makes calls without end");
    }

    /// What the work needs to be there.
    async fn before(&mut self, work: Work) {
        let town = &self.town;
        match work {
            Work::Connect => {
                if let Some(by) = self.by.take() {
                    goodbye::disconnect(town.app(), town.owner(), by)
                        .await
                        .unwrap();
                    town.work().await;
                    let left = town.app().vault.counts().await.unwrap();
                    assert_eq!((left.grants, left.open_erasures), (0, 0));
                }
            }
            Work::Disconnect => {
                let by = self.by.unwrap();
                if town.connection(by).await.state == State::Invalidated {
                    self.by = Some(town.connect().await);
                }
            }
            Work::Register => town.atlassian.world().webhooks.clear(),
            Work::Create | Work::Push | Work::Pull => {}
        }
        // Tokens are of different ages, and nothing that Jira asked for still holds.
        self.town.wait(1_900);
        self.town.work().await;
        self.town.wait(60);
    }

    /// Does it as people and programs do who do not give up.
    async fn carry_out(&mut self, work: Work) {
        let (app, owner) = (self.town.app(), self.town.owner());
        match work {
            Work::Connect => self.by = Some(self.connect().await),
            Work::Create => {
                let post = self.town.post("Dark mode, please").await;
                self.town.create(post, self.by.unwrap()).await;
                self.post = Some(post);
            }
            Work::Push => {
                let post = self.post.unwrap();
                let kind = match self.town.kind(post).await {
                    StatusKind::Done => StatusKind::Started,
                    _ => StatusKind::Done,
                };
                self.town.move_post(post, kind).await;
            }
            Work::Pull => {
                let link = self.town.link(self.post.unwrap()).await;
                let issue = issue_number(&link);
                let now = self.town.atlassian.world().issues[&issue].status.clone();
                let next = if now == DOING { DONE } else { DOING };
                self.town.atlassian.move_issue(issue, next);
                // The door needs no call.
                let id = app.fresh_id::<()>().stored();
                assert_eq!(self.town.ring(issue, &id).await, Outcome::Taken);
            }
            Work::Register => {
                let by = self.by.unwrap();
                let mut choice = Err(upvow_app::AppError::Unavailable);
                for _ in 0..4 {
                    choice = wizard::choose_projects(app, owner, by, &[demo()]).await;
                    if choice.is_ok() {
                        break;
                    }
                    self.town.wait(60);
                }
                choice.unwrap();
            }
            Work::Disconnect => {
                let by = self.by.unwrap();
                goodbye::disconnect(app, owner, by).await.unwrap();
            }
        }
        for _ in 0..12 {
            self.town.work().await;
            if self.town.rows(LIVE).await == 0 {
                break;
            }
            self.town.wait(70);
        }
    }

    /// The wizard; whoever sees a step fail takes it again, and from the start if there is no connection yet.
    async fn connect(&self) -> ConnectionId {
        let town = &self.town;
        let (app, owner) = (town.app(), town.owner());
        for _ in 0..4 {
            let state = town.begin(None).await;
            let Ok(id) = town.finish(&state).await else {
                town.wait(60);
                continue;
            };
            for _ in 0..4 {
                let steps = async {
                    wizard::choose_site(app, owner, id, &cloud()).await?;
                    wizard::choose_projects(app, owner, id, &[demo()]).await?;
                    let map = wizard::status_map(app, owner, id).await?;
                    let rows = crate::town::as_suggested(&map);
                    wizard::save_status_map(app, owner, id, &rows).await?;
                    wizard::activate(app, owner, id).await
                };
                if steps.await.is_ok() {
                    return id;
                }
                town.wait(60);
            }
        }
        panic!("the wizard never ends");
    }

    /// What must hold whenever nothing is under way.
    async fn check(&self, work: Work, what: &str) {
        let town = &self.town;
        let dead = "SELECT CAST(COUNT(*) AS BIGINT) FROM jobs WHERE state = 'dead'";
        assert_eq!(town.rows(dead).await, 0, "{what}: a job was given up");
        assert_eq!(town.rows(LIVE).await, 0, "{what}: a job is still there");
        let kept = town.app().vault.counts().await.unwrap();
        assert_eq!((kept.open_erasures, kept.dead), (0, 0), "{what}");
        let by = self.by.unwrap();
        if work == Work::Disconnect {
            let told = town.goodbye(by).await;
            assert!(told.finished, "{what}: {told:?}");
            assert_eq!(
                (kept.grants, kept.revoke_only, kept.hooks),
                (0, 0, 0),
                "{what}"
            );
            let webhooks = town.atlassian.world().webhooks.len();
            assert_eq!(webhooks, 0, "{what}: {told:?}");
            return;
        }
        assert_eq!(
            (kept.grants, kept.hooks),
            (1, 1),
            "{what}: nobody's secrets"
        );
        let connection = town.connection(by).await;
        assert_eq!(connection.state, State::Active, "{what}");
        assert_eq!(connection.problem, None, "{what}");
        assert!(connection.webhook_expires_at.is_some(), "{what}");
        assert_eq!(town.atlassian.world().webhooks.len(), 1, "{what}");
        let found = wizard::projects(town.app(), town.owner(), by, None, 0).await;
        assert!(found.is_ok(), "{what}: the token is good: {found:?}");

        let Some(post) = self.post else { return };
        let tied = links::list(town.app(), town.owner(), post).await.unwrap();
        assert_eq!(tied.len(), 1, "{what}");
        assert_eq!(tied[0].state, LinkState::Active, "{what}: {:?}", tied[0]);
        assert_eq!(tied[0].problem, None, "{what}");
        let all = "SELECT CAST(COUNT(*) AS BIGINT) FROM links";
        let made = town.atlassian.world().issues.len();
        assert_eq!(
            town.rows(all).await,
            i64::try_from(made).unwrap(),
            "{what}: one issue for one link"
        );
        let issue = town.atlassian.world().issues[&issue_number(&tied[0])].clone();
        let kind = match issue.status.as_str() {
            TODO => StatusKind::Open,
            DOING => StatusKind::Started,
            _ => StatusKind::Done,
        };
        assert_eq!(town.kind(post).await, kind, "{what}: in step");
        let shown = issue.link.expect("a remote link");
        assert_eq!(shown["object"]["title"], "Dark mode, please", "{what}");
    }
}

async fn in_every_way(work: Work) {
    for (name, fault) in faults() {
        Story::of(work).await.every_call(work, name, &fault).await;
    }
}

#[tokio::test]
async fn connecting_survives_the_failure_of_each_call() {
    in_every_way(Work::Connect).await;
}

#[tokio::test]
async fn creating_survives_the_failure_of_each_call() {
    in_every_way(Work::Create).await;
}

#[tokio::test]
async fn pushing_survives_the_failure_of_each_call() {
    in_every_way(Work::Push).await;
}

#[tokio::test]
async fn pulling_survives_the_failure_of_each_call() {
    in_every_way(Work::Pull).await;
}

#[tokio::test]
async fn registering_survives_the_failure_of_each_call() {
    in_every_way(Work::Register).await;
}

#[tokio::test]
async fn a_goodbye_survives_the_failure_of_each_call() {
    in_every_way(Work::Disconnect).await;
}

/// An Atlassian that takes a call, does it and never answers is given up after a while. All at once, because it takes that
/// while.
#[tokio::test]
async fn each_survives_a_call_that_is_never_answered() {
    let stories = ALL.map(|work| async move {
        let mut story = Story::of(work).await;
        story.before(work).await;
        story.town.atlassian.world().nth = Some((0, Fault::Silence));
        story.carry_out(work).await;
        assert!(story.town.atlassian.world().nth.is_none());
        story
            .check(work, &format!("{work:?}, never answered"))
            .await;
    });
    join_all(stories).await;
}
