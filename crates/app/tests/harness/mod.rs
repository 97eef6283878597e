//! A small world of its own for each story: a temporary folder (or fresh PostgreSQL databases), a clock that stands
//! still, an outbox in place of a mail server, and a project with its owner.
//!
//! With `UPVOW_TEST_POSTGRES_URL=postgres://postgres@127.0.0.1:PORT/postgres` the databases are made there.

use std::process::Command;

use tempfile::TempDir;
use tokio::sync::Notify;
use upvow_app::{
    App, Caller, Clock, Live, Mail, Parts, Role, Settings, Time, node, people,
    projects::{self, Project},
    sign_in,
};
use upvow_db::{Db, Tuning};
use upvow_domain::secret::SessionSecret;
use upvow_jira::Jira;
use upvow_vault::{RootKey, Vault, VaultSettings};

/// When every story begins: in September 2026.
pub(crate) const START: Time = Time(1_790_000_000_000);

/// What a browser says it is.
pub(crate) const BROWSER: &str =
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// A running product.
pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) project: Project,
    /// The project's owner, `owner@example.com`, in a browser.
    pub(crate) owner: Caller,
    _folder: TempDir,
}

impl World {
    /// Begins a story, with Jira if the story needs it.
    pub(crate) async fn start(jira: Option<Jira>) -> World {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (main_url, vault_url) = databases(&folder);
        let db = Db::connect(&main_url, Tuning::default())
            .await
            .expect("the main database opens");
        upvow_store::migrate(&db).await.expect("the schema is made");
        let root_key = RootKey::create_file(&folder.path().join("root.key")).expect("a root key");
        let settings = VaultSettings {
            url: vault_url,
            keys_dir: folder.path().join("keys"),
            root_key,
        };
        let vault = Vault::open(settings, START).await.expect("the vault opens");
        let app = App::new(Parts {
            db,
            vault,
            jira,
            clock: Clock::at(START),
            mail: Mail::outbox(),
            settings: Settings::new("https://board.example".parse().expect("an address")),
            live: Live::new(),
            work: Notify::new(),
            node: node(),
        });
        let (project, owner) = claim(&app).await;
        World {
            app,
            project,
            owner,
            _folder: folder,
        }
    }

    /// Somebody who signed in by link.
    pub(crate) async fn person(&self, email: &str) -> Caller {
        let link = sign_in::operator_link(&self.app, email, "/").await;
        let link = link.expect("a sign-in link");
        let signed_in = sign_in::finish_link(&self.app, &link, BROWSER).await;
        self.caller(&signed_in.expect("a session").secret).await
    }

    /// Somebody with this role.
    pub(crate) async fn member(&self, email: &str, role: Role) -> Caller {
        let invited = people::invite(&self.app, &self.owner, email, role).await;
        invited.expect("a member");
        self.person(email).await
    }

    /// Who a browser is.
    pub(crate) async fn caller(&self, secret: &SessionSecret) -> Caller {
        sign_in::caller_of_session(&self.app, secret, self.project.id)
            .await
            .expect("a caller")
    }
}

async fn claim(app: &App) -> (Project, Caller) {
    let link = sign_in::owner_link(app).await.expect("an owner link");
    let link = link.expect("there is no owner yet");
    let password = String::new();
    let signed_in = sign_in::claim(
        app,
        &link,
        "Acme",
        "owner@example.com",
        "Olga",
        password,
        BROWSER,
    )
    .await
    .expect("the first owner");
    let project = projects::first(app).await.expect("projects");
    let project = project.expect("a project");
    let owner = sign_in::caller_of_session(app, &signed_in.secret, project.id)
        .await
        .expect("the owner");
    (project, owner)
}

/// Addresses of a main database and a vault that nobody used before.
fn databases(folder: &TempDir) -> (String, String) {
    let Ok(server) = std::env::var("UPVOW_TEST_POSTGRES_URL") else {
        let file = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
        return (file("main.db"), file("vault.db"));
    };
    let name = format!("story_{}", node().simple());
    let (base, _) = server.rsplit_once('/').expect("an address with a database");
    let mut urls = [name.clone(), format!("{name}_vault")].map(|name| (name, String::new()));
    for (name, url) in &mut urls {
        let made = Command::new("psql")
            .args([&server, "-qc", &format!("CREATE DATABASE {name}")])
            .status()
            .expect("psql runs");
        assert!(made.success(), "a database is made");
        *url = format!("{base}/{name}");
    }
    let [(_, main), (_, vault)] = urls;
    (main, vault)
}
