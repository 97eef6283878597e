//! Starts a simulator, prints what a client needs to know as one line of JSON, and waits to be stopped.
//! `cargo run -p upvow-jira-sim --example serve -- 127.0.0.1:4000`

use upvow_jira_sim::{Options, start};

#[tokio::main]
#[expect(
    clippy::print_stdout,
    reason = "the announcement is this program's answer"
)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut options = Options::default();
    if let Some(listen) = std::env::args().nth(1) {
        options.listen = listen.parse()?;
    }
    let simulator = start(options).await?;
    println!("{}", simulator.announcement());
    tokio::signal::ctrl_c().await?;
    simulator.stop().await;
    Ok(())
}
