//! The product on a clock that stands still until a story moves it: everything of it but the clock is what `upvow serve` runs.

use std::{path::PathBuf, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use tokio::{net::TcpListener, sync::Notify, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use upvow_app::{App, Clock, Live, Mail, Parts, Settings, Time, node};
use upvow_db::{Db, Tuning};
use upvow_domain::secret::ClientSecret;
use upvow_jira::{AppCredentials, Hosts, Jira};
use upvow_jira_sim::Running;
use upvow_vault::{RootKey, Vault, VaultSettings};
use upvow_web::{
    Web,
    middleware::limits::{Limit, Limits},
};

use crate::harness::{databases, free_port};

/// Where a product lives, so that the next process finds what the last one left.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Place {
    folder: PathBuf,
    databases: [String; 2],
    port: u16,
    atlassian: String,
    client_id: String,
    client_secret: String,
}

impl Place {
    /// A new one beside a simulated Atlassian.
    pub(super) fn new(folder: PathBuf, sim: &Running) -> Place {
        RootKey::create_file(&folder.join("root.key")).unwrap();
        Place {
            databases: databases(&folder),
            folder,
            port: free_port(),
            atlassian: sim.base_url().to_owned(),
            client_id: sim.client_id().to_owned(),
            client_secret: sim.client_secret().to_owned(),
        }
    }

    /// Where people find it.
    pub(super) fn home(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

/// A product at work.
pub(super) struct Product {
    pub(super) app: App,
    place: Place,
    stop: CancellationToken,
    serving: JoinHandle<()>,
}

impl Product {
    /// Opens what is there and serves it.
    pub(super) async fn open(place: Place, now: Time) -> Product {
        let [main, vault] = &place.databases;
        let db = Db::connect(main, Tuning::default()).await.unwrap();
        upvow_store::migrate(&db).await.unwrap();
        let vault = VaultSettings {
            url: vault.clone(),
            keys_dir: place.folder.join("keys"),
            root_key: RootKey::from_file(&place.folder.join("root.key")).unwrap(),
        };
        let vault = Vault::open(vault, now).await.unwrap();
        Product::serve(place, db, vault, Clock::at(now)).await
    }

    /// A new life on the same databases: what lived in memory only is gone, which is refreshes under way, the order of
    /// deliveries, and who waits for what.
    pub(super) async fn reborn(self) -> Product {
        self.stop.cancel();
        self.serving.await.unwrap();
        let (db, vault) = (self.app.db.clone(), self.app.vault.clone());
        Product::serve(self.place, db, vault, self.app.clock.clone()).await
    }

    async fn serve(place: Place, db: Db, vault: Vault, clock: Clock) -> Product {
        let credentials = AppCredentials {
            client_id: place.client_id.clone(),
            client_secret: ClientSecret::new(place.client_secret.clone()),
            previous_secret: None,
        };
        let hosts = Hosts::parse(&place.atlassian, &place.atlassian).unwrap();
        let app = App::new(Parts {
            db,
            vault,
            jira: Some(Jira::new(hosts, credentials).unwrap()),
            clock,
            mail: Mail::outbox(),
            settings: Settings::new(place.home().parse().unwrap()),
            live: Live::new(),
            work: Notify::new(),
            node: node(),
        });
        let mut web = Web::new(app.clone(), &place.atlassian.parse().unwrap());
        // The clock stands still, so an emptied bucket would not fill again.
        web.limits = Arc::new(Limits {
            writes: Limit::new(1_000_000, Duration::from_millis(1)),
            ..Limits::default()
        });
        let listener = TcpListener::bind(("127.0.0.1", place.port)).await.unwrap();
        let stop = CancellationToken::new();
        let serving = tokio::spawn({
            let stop = stop.clone();
            async move { upvow_web::serve(listener, web, stop).await.unwrap() }
        });
        Product {
            app,
            place,
            stop,
            serving,
        }
    }
}
