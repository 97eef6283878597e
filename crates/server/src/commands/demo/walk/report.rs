//! What the walk prints: each step with its result and its time.

use std::{future::Future, time::Instant};

use super::super::super::say;

/// The steps done so far, of those there are.
pub(super) struct Report {
    steps: &'static [&'static str],
    done: usize,
    is_told: bool,
}

impl Report {
    pub(super) fn new(steps: &'static [&'static str]) -> Report {
        Report {
            steps,
            done: 0,
            is_told: false,
        }
    }

    /// Does the next step; what it gives besides its value is a remark.
    pub(super) async fn step<T>(
        &mut self,
        work: impl Future<Output = anyhow::Result<(T, String)>>,
    ) -> anyhow::Result<T> {
        let title = self
            .steps
            .get(self.done)
            .copied()
            .unwrap_or("a step without a name");
        let begun = Instant::now();
        let result = work.await;
        let took = begun.elapsed().as_millis();
        let number = self.done + 1;
        match result {
            Ok((value, remark)) => {
                self.done = number;
                let remark = if remark.is_empty() {
                    remark
                } else {
                    format!(": {remark}")
                };
                say(&format!(
                    "  {number:>2}  ok     {took:>5} ms  {title}{remark}"
                ));
                Ok(value)
            }
            Err(error) => {
                say(&format!(
                    "  {number:>2}  FAILED {took:>5} ms  {title}: {error:#}"
                ));
                self.is_told = true;
                Err(error)
            }
        }
    }

    /// Tells what broke between two steps.
    pub(super) fn broken(&mut self, error: &anyhow::Error) {
        if !self.is_told {
            say(&format!("      FAILED           {error:#}"));
        }
    }

    /// The last line; whether all went well.
    pub(super) fn close(self, since: Instant) -> bool {
        let (done, all) = (self.done, self.steps.len());
        say(&format!("\n  {} ms in all", since.elapsed().as_millis()));
        say(&format!("walk: {done} of {all} steps"));
        done == all
    }
}
