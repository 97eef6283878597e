//! A simulated Atlassian Cloud: the authorize page, the token endpoint, Jira's REST API behind its gateway, dynamic webhooks, and a
//! board to push issues around on. It speaks Atlassian's shapes, statuses and errors, and shares no code with the client it judges.
//!
//! The map: [`start`] opens one port for all of Atlassian's hosts. `http` takes requests in, `oauth` and `rest` answer them, `state` is
//! what they change, `webhook` tells the outside of it, `ui` shows it to people, and [`Control`] pulls its strings.

mod adf;
mod clock;
mod control;
mod faults;
mod http;
mod jql;
mod language;
mod limits;
mod oauth;
mod people;
mod rest;
mod secret;
mod seed;
mod sim;
mod state;
mod ui;
mod webhook;

use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use clock::Clock;
pub use control::Control;
pub use faults::{Fault, Harm};
pub use people::{mark, people};

use sim::Sim;

/// How to start.
pub struct Options {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The app's client id; made up if not given.
    pub client_id: Option<String>,
    /// The app's client secret; made up, unguessable, if not given.
    pub client_secret: Option<String>,
    /// The simulator's time.
    pub clock: Clock,
    /// The app's registered callback addresses. Without any, every address of this machine is accepted.
    pub redirect_uris: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            client_id: None,
            client_secret: None,
            clock: Clock::system(),
            redirect_uris: Vec::new(),
        }
    }
}

/// The token for outside clients works this long, so that nobody's afternoon ends with a 401, even one in which the clock was moved.
const READY_TOKEN_FOR_S: i64 = 365 * 24 * 3_600;

/// A simulator at work. It stops when this is dropped.
pub struct Running {
    base: String,
    client_id: String,
    client_secret: String,
    control: Control,
    sim: Arc<Sim>,
    tasks: Vec<JoinHandle<()>>,
}

/// Opens the port and starts answering.
pub async fn start(options: Options) -> std::io::Result<Running> {
    let listener = TcpListener::bind(options.listen).await?;
    let mut address = listener.local_addr()?;
    if address.ip().is_unspecified() {
        // Links must lead somewhere.
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    let base = format!("http://{address}");
    let client_id = options
        .client_id
        .unwrap_or_else(|| secret::fresh("sim-app-"));
    let client_secret = options
        .client_secret
        .unwrap_or_else(|| secret::fresh("sim-secret-"));
    let app = state::App {
        name: "Upvow",
        client_id: client_id.clone(),
        client_secret: client_secret.clone(),
        old_secret: None,
        redirect_uris: options.redirect_uris,
    };
    let sim = Arc::new(Sim::new(seed::world(base.clone(), options.clock, app)));
    let router = http::router(Arc::clone(&sim));
    let stop = sim.stop.clone();
    let tasks = vec![
        tokio::spawn(webhook::run(Arc::clone(&sim))),
        tokio::spawn(async move {
            // Serving ends only by the shutdown it is told of; there is no error to hear of.
            let _ = axum::serve(listener, router)
                .with_graceful_shutdown(stop.cancelled_owned())
                .await;
        }),
    ];
    let control = Control::new(Arc::clone(&sim));
    Ok(Running {
        base,
        client_id,
        client_secret,
        control,
        sim,
        tasks,
    })
}

impl Running {
    /// `http://127.0.0.1:4000`.
    pub fn base_url(&self) -> &str {
        &self.base
    }

    /// Stands for `https://auth.atlassian.com`.
    pub fn auth_url(&self) -> String {
        self.base.clone()
    }

    /// Stands for `https://api.atlassian.com`.
    pub fn api_url(&self) -> String {
        self.base.clone()
    }

    /// The address people open the main site at.
    pub fn site_url(&self) -> String {
        self.sim.quietly(|world| world.site_url(0))
    }

    /// The main site.
    pub fn cloud_id(&self) -> String {
        self.sim.quietly(|world| world.sites[0].cloud_id.clone())
    }

    /// The registered app's client id.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The registered app's client secret.
    pub fn client_secret(&self) -> &str {
        &self.client_secret
    }

    /// A fresh access token of the site administrator with every scope, for clients that bring no OAuth of their own.
    pub fn access_token(&self) -> String {
        self.sim.quietly(|world| {
            let now = world.now();
            let scopes = oauth::SCOPES
                .iter()
                .map(|(scope, _)| (*scope).to_owned())
                .collect();
            let sites = (0..world.sites.len()).collect();
            let family = world
                .grants
                .open_outside(now, &people::EVERYBODY[0], sites, scopes);
            world
                .grants
                .give_access(now, &self.client_id, family, READY_TOKEN_FOR_S)
        })
    }

    /// Everything a client needs to know, as the command prints it.
    pub fn announcement(&self) -> Value {
        json!({
            "auth_url": self.auth_url(),
            "api_url": self.api_url(),
            "cloud_id": self.cloud_id(),
            "site_url": self.site_url(),
            "access_token": self.access_token(),
            "client_id": self.client_id(),
            "client_secret": self.client_secret(),
        })
    }

    /// The strings to pull.
    pub fn control(&self) -> &Control {
        &self.control
    }

    /// Stops and waits until the port is free.
    pub async fn stop(mut self) {
        self.sim.stop.cancel();
        for mut task in std::mem::take(&mut self.tasks) {
            // An open page or a slow receiver may hold a connection; nobody waits for those.
            if tokio::time::timeout(std::time::Duration::from_secs(1), &mut task)
                .await
                .is_err()
            {
                task.abort();
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.sim.stop.cancel();
        for task in &self.tasks {
            task.abort();
        }
    }
}
