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
    settings::Place,
    sign_in,
};
use upvow_db::{Db, Tuning};
use upvow_domain::secret::SessionSecret;
use upvow_jira::Jira;
use upvow_vault::{RootKey, Vault, VaultError, VaultSettings};

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
    main_url: String,
    vault: VaultSettings,
    folder: TempDir,
}

/// Copies of both databases, as they were.
pub(crate) struct Backup {
    main: String,
    vault: String,
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
        let vault = Vault::open(settings.clone(), START)
            .await
            .expect("the vault opens");
        let app = App::new(Parts {
            db,
            vault,
            jira,
            clock: Clock::at(START),
            mail: Mail::outbox(),
            settings: Settings {
                place: place(&folder),
                ..Settings::new("https://board.example".parse().expect("an address"))
            },
            live: Live::new(),
            work: Notify::new(),
            node: node(),
        });
        let (project, owner) = claim(&app).await;
        World {
            app,
            project,
            owner,
            main_url,
            vault: settings,
            folder,
        }
    }

    /// Another way to the main database.
    pub(crate) async fn another_main(&self) -> Db {
        Db::connect(&self.main_url, Tuning::default())
            .await
            .expect("the main database opens")
    }

    /// A way into the vault's store, as somebody has it who knows its password.
    pub(crate) async fn vault_db(&self) -> Db {
        Db::connect(&self.vault.url, Tuning::default())
            .await
            .expect("the vault's store opens")
    }

    /// Every file that is kept, and with PostgreSQL every table: its place and its bytes.
    pub(crate) fn everything(&self) -> Vec<(String, Vec<u8>)> {
        let mut found = Vec::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let bytes = std::fs::read(&path).expect("a file");
                    found.push((path.display().to_string(), bytes));
                }
            }
        }
        for url in [&self.main_url, &self.vault.url] {
            if url.starts_with("sqlite:") {
                continue;
            }
            let dump = Command::new("pg_dump").arg(url).output();
            let dump = dump.expect("pg_dump runs");
            assert!(dump.status.success(), "the tables are read");
            found.push(("tables".to_owned(), dump.stdout));
        }
        found
    }

    /// The same product on another main database or vault.
    pub(crate) fn with(self, db: Option<Db>, vault: Option<Vault>) -> World {
        self.but(|parts| {
            parts.db = db.unwrap_or_else(|| parts.db.clone());
            parts.vault = vault.unwrap_or_else(|| parts.vault.clone());
        })
    }

    /// Copies of both databases as they are now.
    pub(crate) fn backup(&self) -> Backup {
        let folder = self.folder.path().join("backup");
        std::fs::create_dir_all(&folder).expect("a folder");
        Backup {
            main: copy(
                &self.main_url,
                &format!("sqlite:{}/main.db", folder.display()),
            ),
            vault: copy(
                &self.vault.url,
                &format!("sqlite:{}/vault.db", folder.display()),
            ),
        }
    }

    /// A new start on such copies. The key folder is that of the present.
    pub(crate) async fn restore(
        self,
        backup: &Backup,
        main: bool,
        vault: bool,
    ) -> Result<World, VaultError> {
        let world = self.put_back(backup, main, vault).await;
        let vault = Vault::open(world.vault.clone(), world.app.now()).await?;
        let db = world.another_main().await;
        let world = world.with(Some(db), Some(vault));
        world.settle().await;
        Ok(world)
    }

    /// The same; where the vault's copy can never be opened again, the operator starts over.
    pub(crate) async fn restore_or_start_over(
        self,
        backup: &Backup,
        main: bool,
        vault: bool,
    ) -> World {
        let world = self.put_back(backup, main, vault).await;
        let (settings, now) = (world.vault.clone(), world.app.now());
        let vault = match Vault::open(settings.clone(), now).await {
            // Of an earlier epoch; or of the first one of a vault that was started over since.
            Err(VaultError::StoreFromThePast { .. } | VaultError::EpochsDoNotFit { .. }) => {
                Vault::start_over(settings, now).await
            }
            other => other,
        };
        let db = world.another_main().await;
        let world = world.with(Some(db), Some(vault.expect("a vault that opens")));
        world.settle().await;
        world
    }

    /// The process ends without a word, and another one starts.
    pub(crate) async fn begin_again(self) -> World {
        self.app.vault.close().await;
        self.app.db.close().await;
        let now = self.app.now();
        let vault = Vault::open(self.vault.clone(), now).await;
        let db = self.another_main().await;
        let world = self.with(Some(db), Some(vault.expect("the vault opens")));
        world.settle().await;
        world
    }

    /// What a server does before it listens.
    async fn settle(&self) {
        let settled = upvow_app::upkeep::settle(&self.app).await;
        settled.expect("connections are held against the vault");
    }

    /// The same product, put together with something else.
    pub(crate) fn but(self, change: impl FnOnce(&mut Parts)) -> World {
        let mut parts = Parts {
            db: self.app.db.clone(),
            vault: self.app.vault.clone(),
            jira: self.app.jira.clone(),
            clock: self.app.clock.clone(),
            mail: Mail::outbox(),
            settings: self.app.settings.clone(),
            live: Live::new(),
            work: Notify::new(),
            node: node(),
        };
        change(&mut parts);
        World {
            app: App::new(parts),
            ..self
        }
    }

    async fn put_back(self, backup: &Backup, main: bool, vault: bool) -> World {
        self.app.db.close().await;
        self.app.vault.close().await;
        let mut world = self;
        if main {
            world.main_url = put_back(&backup.main, &world.main_url);
        }
        if vault {
            world.vault.url = put_back(&backup.vault, &world.vault.url);
        }
        world
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

/// Where things are, for the checks of the promises.
fn place(folder: &TempDir) -> Place {
    let file = |name: &str| folder.path().join(name);
    Place {
        logs: Some(file("logs")),
        database_files: ["main.db", "main.db-wal"].map(file).to_vec(),
        vault_files: ["vault.db", "vault.db-wal"].map(file).to_vec(),
        secret_files: ["keys", "root.key"].map(file).to_vec(),
    }
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

/// Copies a database; gives the address of the copy. `file` is where, for SQLite.
fn copy(url: &str, file: &str) -> String {
    if let Some(from) = url.strip_prefix("sqlite:") {
        let to = &file["sqlite:".len()..];
        for part in ["", "-wal"] {
            let (from, to) = (format!("{from}{part}"), format!("{to}{part}"));
            match std::fs::copy(from, to) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                other => drop(other.expect("a copy")),
            }
        }
        return file.to_owned();
    }
    let (base, _) = url.rsplit_once('/').expect("an address with a database");
    let name = format!("copy_{}", node().simple());
    let made = Command::new("sh")
        .args(["-c", "psql -q \"$1\" -c \"CREATE DATABASE $3\" && pg_dump \"$1\" | psql -q -v ON_ERROR_STOP=1 \"$2/$3\" >/dev/null"])
        .args(["sh", url, base, &name])
        .status()
        .expect("psql runs");
    assert!(made.success(), "a copy is made");
    format!("{base}/{name}")
}

/// Puts a copy in the place of what is there; gives the address to open.
fn put_back(kept: &str, now: &str) -> String {
    let (Some(from), Some(to)) = (kept.strip_prefix("sqlite:"), now.strip_prefix("sqlite:")) else {
        // Another one, for what is put back may be put back again.
        return copy(kept, "");
    };
    for part in ["", "-wal", "-shm"] {
        let (from, to) = (format!("{from}{part}"), format!("{to}{part}"));
        std::fs::remove_file(&to).ok();
        if std::fs::exists(&from).expect("a folder that can be read") {
            std::fs::copy(from, to).expect("a copy");
        }
    }
    now.to_owned()
}
