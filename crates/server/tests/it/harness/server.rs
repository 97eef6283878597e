//! `upvow serve` as a process of its own, which can be killed and started again.

use std::{
    path::PathBuf,
    process::{Child, Command},
    time::{Duration, Instant},
};

use tempfile::TempDir;
use upvow_server::commands::demo::walk::browser::Browser;

use super::{Simulator, databases, free_port, upvow};

/// How long a start may take on a busy machine.
const START_WITHIN: Duration = Duration::from_mins(1);

/// A server with its folder, which outlives the process.
pub(crate) struct Server {
    folder: TempDir,
    databases: [String; 2],
    port: u16,
    env: Vec<(&'static str, String)>,
    process: Option<Child>,
}

impl Server {
    /// Starts it on a new folder.
    pub(crate) async fn start(simulator: &Simulator) -> Server {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let databases = databases(folder.path());
        let port = free_port();
        let env = vec![
            ("UPVOW_DATA_DIR", folder.path().display().to_string()),
            ("UPVOW_LISTEN", format!("127.0.0.1:{port}")),
            ("UPVOW_PUBLIC_URL", format!("http://127.0.0.1:{port}")),
            ("UPVOW_DATABASE_URL", databases[0].clone()),
            ("UPVOW_VAULT_URL", databases[1].clone()),
            (
                "UPVOW_ATLASSIAN_CLIENT_ID",
                simulator.says("client_id").to_owned(),
            ),
            (
                "UPVOW_ATLASSIAN_CLIENT_SECRET",
                simulator.says("client_secret").to_owned(),
            ),
            (
                "UPVOW_ATLASSIAN_AUTH_URL",
                simulator.says("auth_url").to_owned(),
            ),
            (
                "UPVOW_ATLASSIAN_API_URL",
                simulator.says("api_url").to_owned(),
            ),
        ];
        let mut server = Server {
            folder,
            databases,
            port,
            env,
            process: None,
        };
        server.start_again().await;
        server
    }

    /// Another node on the same databases and keys.
    pub(crate) async fn another(&self) -> Server {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let port = free_port();
        let keys = self.folder.path().join("keys");
        let mut env = self.env.clone();
        env.retain(|(name, _)| {
            !["UPVOW_DATA_DIR", "UPVOW_LISTEN", "UPVOW_PUBLIC_URL"].contains(name)
        });
        env.extend([
            ("UPVOW_DATA_DIR", folder.path().display().to_string()),
            ("UPVOW_LISTEN", format!("127.0.0.1:{port}")),
            ("UPVOW_PUBLIC_URL", format!("http://127.0.0.1:{port}")),
            ("UPVOW_KEYS_DIR", keys.display().to_string()),
            (
                "UPVOW_ROOT_KEY_FILE",
                keys.join("root.key").display().to_string(),
            ),
        ]);
        let databases = self.databases.clone();
        let mut server = Server {
            folder,
            databases,
            port,
            env,
            process: None,
        };
        server.start_again().await;
        server
    }

    /// Starts it again on what is there.
    pub(crate) async fn start_again(&mut self) {
        assert!(self.process.is_none(), "it runs");
        let file = |name| {
            std::fs::OpenOptions::new()
                .create(true)
                .append(true)
                .open(self.folder.path().join(name))
                .expect("a file for what it says")
        };
        let process = self
            .command(&["serve"])
            .stdout(file("stdout.txt"))
            .stderr(file("stderr.txt"))
            .spawn()
            .expect("the server starts");
        self.process = Some(process);
        let begun = Instant::now();
        while reqwest::get(self.address("/readyz"))
            .await
            .is_err_and(|_| true)
        {
            let ended = self
                .process
                .as_mut()
                .expect("just started")
                .try_wait()
                .expect("its state is known");
            assert!(ended.is_none(), "it ended: {}", self.said());
            assert!(begun.elapsed() < START_WITHIN, "it does not answer");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Another setting from the next start on.
    pub(crate) fn set(&mut self, name: &'static str, value: String) {
        self.env.retain(|(known, _)| *known != name);
        self.env.push((name, value));
    }

    /// A setting that is not said any more.
    pub(crate) fn unset(&mut self, name: &str) {
        self.env.retain(|(known, _)| *known != name);
    }

    /// A start that is refused: what it says.
    pub(crate) fn refused(&self) -> String {
        assert!(self.process.is_none(), "it runs");
        let output = self.command(&["serve"]).output().expect("it runs");
        assert_eq!(output.status.code(), Some(1), "it does not start");
        String::from_utf8(output.stderr).expect("text")
    }

    /// A command that has to work: what it says.
    pub(crate) fn done(&self, args: &[&str]) -> String {
        let output = self.command(args).output().expect("the command runs");
        let said = [&output.stdout[..], &output.stderr[..]].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        assert!(output.status.success(), "{args:?}: {said}");
        String::from_utf8(output.stdout).expect("text")
    }

    /// A command that has to be refused: why.
    pub(crate) fn not_done(&self, args: &[&str]) -> String {
        let output = self.command(args).output().expect("the command runs");
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        String::from_utf8(output.stderr).expect("text")
    }

    /// Any command of the program on the same settings.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = upvow();
        command
            .args(args)
            .envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Ends it as a power cut would: no handler runs, nothing is flushed.
    pub(crate) fn kill(&mut self) {
        let mut process = self.process.take().expect("it runs");
        process.kill().expect("it can be killed");
        process.wait().expect("it ended");
    }

    /// Asks it to stop as a service manager does, and waits.
    pub(crate) fn stop(&mut self) -> std::process::ExitStatus {
        let mut process = self.process.take().expect("it runs");
        let asked = Command::new("kill")
            .args(["-TERM", &process.id().to_string()])
            .status();
        assert!(asked.expect("kill runs").success());
        process.wait().expect("it ended")
    }

    /// Its number.
    pub(crate) fn process(&self) -> u32 {
        self.process.as_ref().expect("it runs").id()
    }

    /// What it said on its terminal.
    pub(crate) fn said(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("stdout.txt")).unwrap_or_default()
    }

    pub(crate) fn address(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    pub(crate) fn databases(&self) -> &[String; 2] {
        &self.databases
    }

    /// A browser that nobody signed in with.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(&self.address("/")).expect("a browser")
    }

    /// A browser of somebody who signed in by the operator's link.
    pub(crate) async fn sign_in(&self, email: &str) -> Browser {
        let link = self.link(email);
        let browser = self.browser();
        let url = url::Url::parse(&link).expect("an address");
        let page = browser.load(url.clone()).await.expect("the link's page");
        let form = page.form(url.path()).expect("its form");
        browser.send(&page, &form).await.expect("signed in");
        browser
    }

    /// A sign-in link by the operator's command.
    pub(crate) fn link(&self, email: &str) -> String {
        let output = self
            .command(&["user", "link", email])
            .output()
            .expect("the command runs");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout)
            .expect("text")
            .trim()
            .to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
