//! `upvow demo`: a board with sample data and a simulated Jira, in one process and one folder.
//!
//! - [`folder`]: where it lives, and the settings file that lets every other command be pointed at it.
//! - `port`: the next free one.
//! - [`seed`], `sample`: weeks of a believable board.
//! - [`walk`]: the main job, done by itself through HTTP.
//! - [`search`]: is there anything of a person in Jira in what was kept?

pub mod folder;
mod port;
mod sample;
pub mod search;
pub mod seed;
pub mod walk;

use std::{net::SocketAddr, path::PathBuf, process::ExitCode, time::Duration};

use anyhow::Context as _;
use folder::Folder;
use upvow_app::{Clock, Mail, sign_in};
use upvow_domain::secret::LinkSecret;
use upvow_jira_sim::{Options, Running as Sim};

use super::say;
use crate::{
    config::{Config, Given, Need},
    process::{self, Alone},
    telemetry,
    wiring::{self, Running},
};

/// What `upvow demo` can be told.
#[derive(clap::Args)]
pub struct Args {
    /// Where to keep everything [default: a fresh folder for temporary files, removed at the end]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Where the board listens; the next free port if it is taken, port 0 takes a free port
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDR")]
    listen: SocketAddr,
    /// Do the main job once, through HTTP as people and programs would, say how it went, and end
    #[arg(long)]
    walk: bool,
    /// Leave the folder for inspection
    #[arg(long)]
    keep: bool,
}

pub(super) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    process::leave_no_image().context("turning core dumps off")?;
    let keep = args.keep || args.data.is_some();
    let folder = Folder::open(args.data)?;
    let path = folder.path.clone();
    let result = stay(&folder, args.listen, args.walk).await;
    if keep {
        say(&format!(
            "The data stays in {0}\n    upvow serve --data-dir {0} goes on from there, as does upvow demo --data {0}",
            path.display()
        ));
    } else {
        folder.remove();
    }
    result
}

async fn stay(folder: &Folder, listen: SocketAddr, walk: bool) -> anyhow::Result<ExitCode> {
    let demo = tokio::select! {
        demo = Demo::start(folder, listen) => demo?,
        () = wiring::signal() => return Ok(ExitCode::FAILURE),
    };
    let result = demo.show(folder, walk).await;
    // Whatever happened, nobody writes to the folder after this.
    demo.stop().await;
    result
}

/// A demo at work.
pub struct Demo {
    /// The board.
    pub running: Running,
    /// The simulated Atlassian Cloud.
    pub sim: Sim,
    config: Config,
    _alone: Alone,
}

impl Demo {
    /// Starts simulator and board in the folder; fills the board with sample data if it is new.
    pub async fn start(folder: &Folder, listen: SocketAddr) -> anyhow::Result<Demo> {
        let listener = port::bind(listen, say).await?;
        let address = listener
            .local_addr()
            .context("the listener has no address")?;
        let public_url = format!("http://{}", port::reachable(address));
        let sim = start_sim(folder, address).await?;
        folder.write_settings(&folder::Settings {
            listen: address,
            public_url: &public_url,
            sim: &sim,
        })?;
        let given = Given {
            data_dir: Some(folder.path.display().to_string()),
            ..Given::default()
        };
        let mut config = Config::load(given, Need::Serve)?;
        // Nobody watches a demonstration for a week.
        config.reporting_cycle = Some(Duration::from_secs(10));
        let alone = Alone::take(&config)?;
        let clock = Clock::system();
        // The terminal is for whoever tries it; the log is in the folder.
        telemetry::start(&config, clock.clone(), false).context("the log files")?;
        if folder.is_new {
            folder::meet_databases(&config, clock.now()).await?;
        }
        let app = wiring::open(&config, Mail::outbox(), clock).await?;
        seed::seed(&app).await.context("the sample data")?;
        let running = wiring::start(app, &config, listener)?;
        Ok(Demo {
            running,
            sim,
            config,
            _alone: alone,
        })
    }

    /// Says where to look, then walks or waits.
    async fn show(&self, folder: &Folder, walk: bool) -> anyhow::Result<ExitCode> {
        let owner = self.link(sample::OWNER.email).await?;
        let voter = self.link(sample::VOTER.email).await?;
        say(&self.where_to_look(&owner, &voter));
        if !walk {
            say("Ctrl-C ends it.");
            wiring::signal().await;
            say("Stopping.");
            return Ok(ExitCode::SUCCESS);
        }
        let places = self.places(folder);
        let walked = tokio::select! {
            walked = walk::run(&places, &owner, &voter) => walked,
            () = wiring::signal() => false,
        };
        Ok(if walked {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }

    /// A link that signs somebody in once.
    pub async fn link(&self, email: &str) -> anyhow::Result<String> {
        let app = &self.running.app;
        let secret: LinkSecret = sign_in::operator_link(app, email, "/").await?;
        Ok(app
            .settings
            .address(&format!("/sign-in/link/{}", secret.expose())))
    }

    /// Everything the walk may know: addresses and files, nothing from inside.
    fn places(&self, folder: &Folder) -> walk::Places {
        walk::Places {
            board: self
                .config
                .public_url
                .as_str()
                .trim_end_matches('/')
                .to_owned(),
            jira: self.sim.base_url().to_owned(),
            cloud_id: self.sim.cloud_id(),
            jira_token: self.sim.access_token(),
            folder: folder.path.clone(),
            keys_dir: self.config.keys_dir.clone(),
            databases: vec![
                self.config.database_url.clone(),
                self.config.vault_url.clone(),
            ],
        }
    }

    fn where_to_look(&self, owner: &str, voter: &str) -> String {
        let board = self.config.public_url.as_str();
        let (jira, folder) = (self.sim.site_url(), self.config.data_dir.display());
        format!(
            "
  Upvow demo

  The board            {board}
  Sign in as owner     {owner}
  Sign in as voter     {voter}
  Mail it sent         {board}mail
  The simulated Jira   {jira}
  The data folder      {folder}

  To connect Jira: sign in as owner, open Settings, then Connections.
"
        )
    }

    /// Stops both.
    pub async fn stop(self) {
        self.running.stop().await;
        self.sim.stop().await;
    }
}

/// On the port it had before, if the folder knows one and it is free, so that addresses people keep go on working.
async fn start_sim(folder: &Folder, board: SocketAddr) -> anyhow::Result<Sim> {
    let before = folder.settings_before();
    let options = |listen: SocketAddr| Options {
        listen,
        client_id: before.client_id.clone(),
        client_secret: before.client_secret.clone(),
        ..Options::default()
    };
    if let Some(listen) = before.sim
        && let Ok(sim) = upvow_jira_sim::start(options(listen)).await
    {
        return Ok(sim);
    }
    let free = SocketAddr::new(port::reachable(board).ip(), 0);
    upvow_jira_sim::start(options(free))
        .await
        .context("the simulated Jira")
}
