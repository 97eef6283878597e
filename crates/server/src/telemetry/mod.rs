//! Logs and metrics.
//!
//! Only the events of `upvow-events` are logged, a closed list whose fields are ids we made, route templates, numbers
//! and codes. What libraries would log (statements, headers, addresses with their query strings) never gets here. A
//! panic is logged by its place, never by its message, which may repeat a value.

mod log_files;

use std::{
    io::IsTerminal as _,
    sync::{Once, OnceLock},
};

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::{
    Layer as _,
    filter::{LevelFilter, Targets},
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};
use upvow_app::{Clock, privacy::retention::Kind};
use upvow_events::{Event, TARGET};

use crate::config::Config;

pub use log_files::LogFiles;

/// How long log lines are kept by these settings.
pub fn kept_for(config: &Config) -> std::time::Duration {
    config.retention.of(kind(config))
}

/// Starts logging, to the terminal and to files below the data folder. Gives the files, whose writer must be asked to
/// sweep now and then even when nothing is written. Only the first call of a process takes effect.
pub fn start(config: &Config, clock: Clock, to_terminal: bool) -> std::io::Result<LogFiles> {
    let kept_for = kept_for(config);
    let files = LogFiles::open(&config.data_dir.join("logs"), kept_for, clock)?;
    let ours = || Targets::new().with_target(TARGET, config.log);
    let json = |layer: tracing_subscriber::fmt::Layer<_>| {
        layer.json().flatten_event(true).with_span_list(false)
    };
    let to_files = json(tracing_subscriber::fmt::layer())
        .with_writer(files.clone())
        .with_filter(ours());
    // People read the terminal, programs read the pipe.
    let is_terminal = std::io::stderr().is_terminal();
    let to_people = (to_terminal && is_terminal).then(|| {
        tracing_subscriber::fmt::layer()
            .compact()
            .with_writer(std::io::stderr)
            .with_filter(ours())
    });
    let to_pipe = (to_terminal && !is_terminal).then(|| {
        tracing_subscriber::fmt::layer()
            .json()
            .flatten_event(true)
            .with_span_list(false)
            .with_writer(std::io::stderr)
            .with_filter(ours())
    });
    let registry = tracing_subscriber::registry()
        .with(to_files)
        .with(to_people)
        .with(to_pipe);
    // In a process that logs already (tests that start several servers), the first one's files take it all.
    let _ = registry.try_init();
    log_panics();
    Ok(files)
}

/// More than usual is kept for less time.
fn kind(config: &Config) -> Kind {
    if config.log > LevelFilter::INFO {
        Kind::DebugLogs
    } else {
        Kind::Logs
    }
}

/// The recorder of metrics; one for the process.
pub fn metrics() -> PrometheusHandle {
    static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();
    RECORDER
        .get_or_init(|| {
            let recorder = PrometheusBuilder::new().build_recorder();
            let handle = recorder.handle();
            // Somebody else's recorder is no reason not to start: /metrics is empty then.
            let _ = metrics::set_global_recorder(recorder);
            handle
        })
        .clone()
}

fn log_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|panic| {
            if let Some(at) = panic.location() {
                Event::Panic { place: at.into() }.log();
            }
        }));
    });
}
