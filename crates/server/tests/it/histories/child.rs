//! The product in a process of its own: this test binary once more, told by lines what to do, answering by lines.

use std::{
    io::{BufRead, BufReader, Write as _},
    process::{ChildStdin, Command, Stdio},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use upvow_app::Time;

use super::product::Place;

/// Where the product lives and what time it is, for the process that is to be it.
const TOLD: &str = "UPVOW_DAY_PLACE";
/// What begins a line that is an answer; the test runner writes lines of its own.
const ANSWER: &str = "day: ";

/// What the product is to do.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Order {
    /// Time passes.
    Advance(Duration),
    /// What is due is done, and it says how much that was.
    Work,
}

/// The process.
pub(super) struct Child {
    place: Place,
    process: std::process::Child,
    orders: ChildStdin,
    answers: mpsc::UnboundedReceiver<String>,
}

impl Child {
    /// Starts it; gives the owner's link if there is no owner yet.
    pub(super) async fn start(place: &Place, now: Time) -> (Child, Option<String>) {
        let told = serde_json::to_string(&(place, now.0)).unwrap();
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args([
                "histories::day::a_day_of_the_product",
                "--exact",
                "--ignored",
                "--nocapture",
            ])
            .env(TOLD, told)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let orders = process.stdin.take().expect("it is piped");
        let answers = lines(BufReader::new(process.stdout.take().expect("it is piped")));
        let mut child = Child {
            place: place.clone(),
            process,
            orders,
            answers,
        };
        let claim = child.answer().await;
        let claim = serde_json::from_str(&claim).unwrap();
        (child, claim)
    }

    /// The same place, a new process.
    pub(super) async fn again(&self, now: Time) -> Child {
        Child::start(&self.place, now).await.0
    }

    pub(super) fn order(&mut self, order: &Order) {
        let line = serde_json::to_string(order).unwrap();
        writeln!(self.orders, "{line}").unwrap();
    }

    /// How much was done by the last order to work.
    pub(super) async fn did(&mut self) -> u64 {
        self.answer().await.parse().unwrap()
    }

    async fn answer(&mut self) -> String {
        loop {
            let line = self.answers.recv().await.expect("the product lives");
            // The runner's own words may stand before it on the line.
            if let Some((_, answer)) = line.split_once(ANSWER) {
                return answer.to_owned();
            }
        }
    }

    /// Ends it as a power cut would.
    pub(super) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// In the process itself: where it lives, if it was started for this.
    pub(super) fn told() -> Option<(Place, Time)> {
        let told = std::env::var(TOLD).ok()?;
        let (place, now) = serde_json::from_str(&told).unwrap();
        Some((place, Time(now)))
    }

    /// In the process itself: it serves.
    pub(super) fn ready(claim: Option<&str>) {
        say(&serde_json::to_string(&claim).unwrap());
    }

    /// In the process itself: so many jobs ran.
    pub(super) fn has_done(jobs: usize) {
        say(&jobs.to_string());
    }
}

fn say(answer: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{ANSWER}{answer}").unwrap();
    out.flush().unwrap();
}

/// In the process itself: what it is told, until whoever told it is gone.
pub(super) fn orders() -> mpsc::UnboundedReceiver<String> {
    lines(BufReader::new(std::io::stdin()))
}

impl Order {
    pub(super) fn read(line: &str) -> Order {
        serde_json::from_str(line).unwrap()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Lines as they come, read by a thread of their own.
fn lines(from: impl BufRead + Send + 'static) -> mpsc::UnboundedReceiver<String> {
    let (send, lines) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in from.lines() {
            if line.is_ok_and(|line| send.send(line).is_ok()) {
                continue;
            }
            return;
        }
    });
    lines
}
