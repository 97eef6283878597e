//! A project whose Jira is connected, and what people do in it.

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;
use tokio::sync::Notify;
use upvow_app::{
    App, Caller, Clock, Live, Mail, Parts, boards,
    connect::{
        self,
        goodbye::{self, Goodbye},
        oauth::{self, Answer},
        wizard::{self, MapChoice, ProjectMap},
    },
    jobs,
    posts::{self, Cause, NewPost},
    sync::{
        intake::{self, Delivery, Outcome},
        links::{self, Link, NewIssue},
    },
};
use upvow_domain::{
    BoardId, ConnectionId, GrantId, PostId, StatusId, Time,
    board::StatusKind,
    jira::{CloudId, IssueTypeId, JiraProjectId},
    secret::{AuthorizationCode, SessionSecret, WebhookToken},
};

use upvow_vault::VaultError;

use crate::{
    atlassian::{Atlassian, CLOUD, SECRET},
    harness::{Backup, World},
};

/// A world with a small Atlassian beside it.
pub(crate) struct Town {
    pub(crate) world: World,
    pub(crate) atlassian: Atlassian,
}

impl Town {
    /// Nobody has connected anything yet.
    pub(crate) async fn start() -> Town {
        let (atlassian, jira) = Atlassian::start().await;
        let world = World::start(Some(jira)).await;
        Town { world, atlassian }
    }

    /// The owner has connected the project DEMO, with the map as suggested.
    pub(crate) async fn connected() -> (Town, ConnectionId) {
        let town = Town::start().await;
        let id = town.connect().await;
        (town, id)
    }

    /// The same with another way to the main database.
    pub(crate) fn with_main(self, db: upvow_db::Db) -> Town {
        let world = self.world.with(Some(db), None);
        Town { world, ..self }
    }

    /// The same, put together with something else.
    pub(crate) fn but(self, change: impl FnOnce(&mut Parts)) -> Town {
        let Town { world, atlassian } = self;
        let world = world.but(change);
        Town { world, atlassian }
    }

    /// Older copies in the place of the main database, the vault's, or both. The key folder stays as it is.
    pub(crate) async fn restore(
        self,
        backup: &Backup,
        main: bool,
        vault: bool,
    ) -> Result<Town, VaultError> {
        let Town { world, atlassian } = self;
        let world = world.restore(backup, main, vault).await?;
        Ok(Town { world, atlassian })
    }

    /// The same, and the operator starts the vault over where its copy can never be opened.
    pub(crate) async fn restore_or_start_over(
        self,
        backup: &Backup,
        main: bool,
        vault: bool,
    ) -> Town {
        let Town { world, atlassian } = self;
        let world = world.restore_or_start_over(backup, main, vault).await;
        Town { world, atlassian }
    }

    /// The process ends without a word, and another one starts.
    pub(crate) async fn begin_again(self) -> Town {
        let Town { world, atlassian } = self;
        let world = world.begin_again().await;
        Town { world, atlassian }
    }

    pub(crate) fn app(&self) -> &App {
        &self.world.app
    }

    /// Another node on the same databases, with a clock of its own.
    pub(crate) fn node(&self, clock: Clock) -> App {
        let app = self.app();
        App::new(Parts {
            db: app.db.clone(),
            vault: app.vault.clone(),
            jira: app.jira.clone(),
            clock,
            mail: Mail::outbox(),
            settings: app.settings.clone(),
            live: Live::new(),
            work: Notify::new(),
            node: upvow_app::node(),
        })
    }

    /// The grant of the one connection.
    pub(crate) async fn grant(&self) -> GrantId {
        let found = "SELECT grant_id FROM connections WHERE grant_id IS NOT NULL";
        let mut tx = self.app().db.read().await.unwrap();
        tx.value(found, vec![]).await.unwrap().unwrap()
    }

    pub(crate) fn owner(&self) -> &Caller {
        &self.world.owner
    }

    /// The owner goes through the whole wizard.
    pub(crate) async fn connect(&self) -> ConnectionId {
        let (app, owner) = (self.app(), self.owner());
        let state = self.begin(None).await;
        let id = self.finish(&state).await.unwrap();
        wizard::choose_site(app, owner, id, &cloud()).await.unwrap();
        wizard::choose_projects(app, owner, id, &[demo()])
            .await
            .unwrap();
        let map = wizard::status_map(app, owner, id).await.unwrap();
        let rows = as_suggested(&map);
        wizard::save_status_map(app, owner, id, &rows)
            .await
            .unwrap();
        wizard::activate(app, owner, id).await.unwrap();
        self.work().await;
        id
    }

    /// The browser leaves for Atlassian; gives the state it took along.
    pub(crate) async fn begin(&self, reconnect: Option<ConnectionId>) -> String {
        let app = self.app();
        let version = connect::consent::text(app).version;
        let url = oauth::begin(app, self.owner(), &session(), version, reconnect)
            .await
            .unwrap();
        let url = url::Url::parse(&url).unwrap();
        let state = url.query_pairs().find(|(name, _)| name == "state").unwrap();
        state.1.into_owned()
    }

    /// The browser is back with a code.
    pub(crate) async fn finish(&self, state: &str) -> upvow_app::Result<ConnectionId> {
        let code = Answer::Code(AuthorizationCode::new("code".to_owned()));
        oauth::finish(self.app(), self.owner(), &session(), state, code).await
    }

    /// Everything that is due is done.
    pub(crate) async fn work(&self) -> usize {
        jobs::drain(self.app()).await
    }

    /// Time passes.
    pub(crate) fn wait(&self, seconds: u64) {
        self.app()
            .clock
            .advance(std::time::Duration::from_secs(seconds));
    }

    /// The owner posts an idea.
    pub(crate) async fn post(&self, title: &str) -> PostId {
        let board = boards::list(self.app(), self.owner())
            .await
            .unwrap()
            .remove(0)
            .id;
        self.post_on(board, title).await
    }

    /// The owner posts an idea on this board.
    pub(crate) async fn post_on(&self, board: BoardId, title: &str) -> PostId {
        let new = NewPost {
            board,
            title: title.to_owned(),
            body: "It *hurts* my eyes.".to_owned(),
            submit_key: None,
        };
        posts::submit(self.app(), self.owner(), &new)
            .await
            .unwrap()
            .row
            .id
    }

    /// The owner makes an issue of it.
    pub(crate) async fn create(&self, post: PostId, by: ConnectionId) -> Link {
        let new = NewIssue {
            connection: by,
            jira_project: demo(),
            issue_type: IssueTypeId::parse("7").unwrap(),
            fields: None,
            submit_key: Some("once".to_owned()),
        };
        links::create_issue(self.app(), self.owner(), post, &new)
            .await
            .unwrap()
    }

    /// A post with an issue that is in step; gives the issue's number at Jira.
    pub(crate) async fn linked(&self, by: ConnectionId) -> (PostId, u32) {
        let post = self.post("Dark mode, please").await;
        self.create(post, by).await;
        self.work().await;
        let link = self.link(post).await;
        (post, issue_number(&link))
    }

    pub(crate) async fn link(&self, post: PostId) -> Link {
        links::list(self.app(), self.owner(), post)
            .await
            .unwrap()
            .remove(0)
    }

    /// What kind of status the post has.
    pub(crate) async fn kind(&self, post: PostId) -> StatusKind {
        posts::get(self.app(), self.owner(), post)
            .await
            .unwrap()
            .row
            .status
            .kind
    }

    /// The owner moves the post.
    pub(crate) async fn move_post(&self, post: PostId, kind: StatusKind) {
        let status = self.status(kind).await;
        posts::set_status(self.app(), self.owner(), post, status, Cause::Page)
            .await
            .unwrap();
    }

    pub(crate) async fn status(&self, kind: StatusKind) -> StatusId {
        let all = boards::statuses(self.app(), self.owner()).await.unwrap();
        all.into_iter()
            .find(|status| status.kind == kind)
            .unwrap()
            .id
    }

    /// Jira rings, as it does after an update of the issue.
    pub(crate) async fn ring(&self, issue: u32, delivery: &str) -> Outcome {
        let body = self.body("jira:issue_updated", issue);
        intake::receive(self.app(), self.delivery(Some(delivery), &body)).await
    }

    /// What Jira writes about an issue, people and all.
    pub(crate) fn body(&self, event: &str, issue: u32) -> String {
        let id = *self.atlassian.world().webhooks.keys().next().unwrap();
        json!({
            "timestamp": 1_790_000_000_000_i64, "webhookEvent": event,
            "user": {"accountId": "712020:somebody", "displayName": "Zoe Zebra"},
            "issue": {"id": issue.to_string(), "key": format!("DEMO-{issue}"), "fields": {
                "summary": "Nobody's business", "status": {"id": "20"},
                "assignee": {"displayName": "Zoe Zebra", "emailAddress": "zoe@corp.example"}}},
            "matchedWebhookIds": [id],
        })
        .to_string()
    }

    /// A delivery as Jira sends it.
    pub(crate) fn delivery(&self, id: Option<&str>, body: &str) -> Delivery {
        Delivery {
            token: self.door(),
            authorization: vec![format!("Bearer {}", jwt(SECRET, r#"{"alg":"HS256"}"#))],
            delivery_id: id.map(str::to_owned),
            body: body.as_bytes().to_vec(),
        }
    }

    /// The unguessable part of the address that Jira was given.
    pub(crate) fn door(&self) -> WebhookToken {
        let world = self.atlassian.world();
        let url = world.webhooks.values().next().unwrap()["url"]
            .as_str()
            .unwrap()
            .to_owned();
        WebhookToken::new(url.rsplit('/').next().unwrap().to_owned())
    }

    pub(crate) async fn connection(&self, id: ConnectionId) -> connect::Connection {
        connect::get(self.app(), self.owner(), id).await.unwrap()
    }

    pub(crate) async fn goodbye(&self, id: ConnectionId) -> Goodbye {
        goodbye::status(self.app(), self.owner(), id).await.unwrap()
    }

    /// How many rows a table has.
    pub(crate) async fn rows(&self, count: &'static str) -> i64 {
        let mut tx = self.app().db.read().await.unwrap();
        tx.count(count, vec![]).await.unwrap()
    }
}

/// The map with every row as it is suggested.
pub(crate) fn as_suggested(map: &[ProjectMap]) -> Vec<MapChoice> {
    let rows = map.iter().flat_map(|project| {
        project.rows.iter().map(|row| MapChoice {
            project: project.project.clone(),
            jira_status: row.jira_status.clone(),
            status: row.status,
            direction: row.direction,
        })
    });
    rows.collect()
}

pub(crate) fn session() -> SessionSecret {
    SessionSecret::new("the owner's cookie".to_owned())
}

pub(crate) fn cloud() -> CloudId {
    CloudId::parse(CLOUD).unwrap()
}

pub(crate) fn demo() -> JiraProjectId {
    JiraProjectId::parse("100").unwrap()
}

pub(crate) fn issue_number(link: &Link) -> u32 {
    let key = link.key.as_ref().expect("an issue");
    key.as_str().rsplit('-').next().unwrap().parse().unwrap()
}

/// The code of a refusal.
pub(crate) fn code_of<T: std::fmt::Debug>(result: upvow_app::Result<T>) -> &'static str {
    match result {
        Err(upvow_app::AppError::Conflict { code, .. }) => code,
        other => panic!("expected a conflict, got {other:?}"),
    }
}

/// The result of a step of the goodbye.
pub(crate) fn step<'a>(goodbye: &'a Goodbye, name: &str) -> &'a str {
    let step = goodbye.steps.iter().find(|step| step.name == name);
    &step.expect("a step").result
}

/// A token as Jira signs it.
pub(crate) fn jwt(secret: &str, header: &str) -> String {
    jwt_with(secret, header, r#"{"iat":1790000000}"#)
}

/// The same with claims of one's own.
pub(crate) fn jwt_with(secret: &str, header: &str, claims: &str) -> String {
    let signed = [header, claims]
        .map(|part| URL_SAFE_NO_PAD.encode(part))
        .join(".");
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()))
}

/// Later than any answer of this test.
pub(crate) const fn never() -> Time {
    Time(i64::MAX)
}
