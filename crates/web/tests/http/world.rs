//! A product with one project, and requests to it.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::Notify;
use tower::ServiceExt as _;
use upvow_app::{
    App, Caller, Clock, Live, Mail, Parts, Settings, Time,
    boards::{self, BoardForm},
    projects::{self, Project},
    sign_in, tokens,
};
use upvow_db::{Db, Tuning};
use upvow_domain::{
    Scope,
    secret::{ClientSecret, SessionSecret},
};
use upvow_jira::{AppCredentials, Hosts, Jira};
use upvow_vault::{RootKey, Vault, VaultSettings};
use upvow_web::{Web, router};

/// When every story begins.
const START: Time = Time(1_790_000_000_000);

/// A running product behind its HTTP layer.
pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) web: Web,
    pub(crate) project: Project,
    /// The project's owner, and the secret of their session.
    pub(crate) owner: Caller,
    pub(crate) owner_session: SessionSecret,
    router: Router,
    _folder: TempDir,
}

impl World {
    /// A project `acme` at `http://board.example` with its owner.
    pub(crate) async fn start() -> World {
        World::at("http://board.example").await
    }

    /// The same, at another address.
    pub(crate) async fn at(public_url: &str) -> World {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
        let db = Db::connect(&file("main.db"), Tuning::default())
            .await
            .unwrap();
        upvow_store::migrate(&db).await.unwrap();
        let vault = VaultSettings {
            url: file("vault.db"),
            keys_dir: folder.path().join("keys"),
            root_key: RootKey::create_file(&folder.path().join("root.key")).unwrap(),
        };
        let vault = Vault::open(vault, START).await.unwrap();
        let app = App::new(Parts {
            db,
            vault,
            jira: Some(jira()),
            clock: Clock::at(START),
            mail: Mail::outbox(),
            settings: Settings::new(public_url.parse().unwrap()),
            live: Live::new(),
            work: Notify::new(),
            node: upvow_app::node(),
        });
        let link = sign_in::owner_link(&app).await.unwrap().unwrap();
        let owner_session = sign_in::claim(
            &app,
            &link,
            "Acme",
            "owner@example.com",
            "Olga",
            String::new(),
            "test",
        )
        .await
        .unwrap()
        .secret;
        let project = projects::first(&app).await.unwrap().unwrap();
        let owner = sign_in::caller_of_session(&app, &owner_session, project.id)
            .await
            .unwrap();
        let web = Web::new(app.clone(), &"https://auth.atlassian.com".parse().unwrap());
        World {
            app,
            router: router(web.clone()),
            web,
            project,
            owner,
            owner_session,
            _folder: folder,
        }
    }

    /// The same product behind other settings of the HTTP layer.
    pub(crate) fn set(&mut self, change: impl FnOnce(&mut Web)) {
        change(&mut self.web);
        self.router = router(self.web.clone());
    }

    /// Sends a request.
    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        Reply {
            status: parts.status,
            headers: parts.headers,
            body: to_bytes(body, usize::MAX).await.unwrap().to_vec(),
        }
    }

    /// The answer's head, and its body still to come.
    pub(crate) async fn open(&self, request: Request<Body>) -> axum::response::Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// Reads something of the project's API as a visitor.
    pub(crate) async fn get(&self, tail: &str) -> Reply {
        self.send(api("GET", tail).body(Body::empty()).unwrap())
            .await
    }

    /// Reads something of the project's API with a token.
    pub(crate) async fn get_with(&self, token: &str, tail: &str) -> Reply {
        let request = api("GET", tail).header(header::AUTHORIZATION, bearer(token));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Writes something with a token.
    pub(crate) async fn write(&self, token: &str, method: &str, tail: &str, body: &Value) -> Reply {
        let request = api(method, tail)
            .header(header::AUTHORIZATION, bearer(token))
            .header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap())
            .await
    }

    /// A token of the owner with these scopes.
    pub(crate) async fn token(&self, scopes: &[Scope]) -> String {
        let (_, secret) = tokens::create(&self.app, &self.owner, "test", scopes, None)
            .await
            .unwrap();
        secret.expose().to_owned()
    }

    /// The first board, which everybody sees.
    pub(crate) async fn public_board(&self) -> String {
        let boards = boards::list(&self.app, &self.owner).await.unwrap();
        boards[0].id.to_string()
    }

    /// A new board that members see.
    pub(crate) async fn private_board(&self) -> boards::Board {
        let form = BoardForm {
            name: "Inside".into(),
            slug: String::new(),
            description: String::new(),
            visibility: "private".into(),
        };
        boards::create(&self.app, &self.owner, &form).await.unwrap()
    }

    /// Posts an idea on a board; gives its id.
    pub(crate) async fn post(&self, token: &str, board: &str, title: &str) -> String {
        let body = json!({"board_id": board, "title": title});
        let reply = self.write(token, "POST", "/posts", &body).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
        reply.json()["id"].as_str().unwrap().to_owned()
    }

    /// The owner's cookie.
    pub(crate) fn cookie(&self) -> String {
        format!("upvow_session={}", self.owner_session.expose())
    }
}

/// Atlassian, where nothing is: these stories end before it is asked.
fn jira() -> Jira {
    let nowhere = Hosts::parse("http://127.0.0.1:9", "http://127.0.0.1:9").unwrap();
    let credentials = AppCredentials {
        client_id: "client".into(),
        client_secret: ClientSecret::new("a secret of the app".into()),
        previous_secret: None,
    };
    Jira::new(nowhere, credentials).unwrap()
}

/// A request to the API of the project.
pub(crate) fn api(method: &str, tail: &str) -> axum::http::request::Builder {
    Request::builder()
        .method(method)
        .uri(format!("/api/v1/projects/acme{tail}"))
        .header(header::HOST, "board.example")
}

/// An `Authorization` header.
pub(crate) fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

/// An answer, read to its end.
#[derive(Debug, PartialEq)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The problem that this is: its status and code. Fails if it is not a whole problem.
    #[track_caller]
    pub(crate) fn problem(&self) -> (u16, String) {
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{}",
            self.text()
        );
        let problem = self.json();
        assert_eq!(problem["status"], self.status.as_u16());
        let code = problem["code"].as_str().unwrap();
        assert_eq!(problem["type"], format!("/problems#{code}"));
        assert_eq!(problem["request_id"], self.header("x-request-id"));
        for field in ["title", "detail"] {
            assert!(!problem[field].as_str().unwrap().is_empty(), "{problem}");
        }
        (self.status.as_u16(), code.to_owned())
    }
}
