//! The program: what is said on the command line and in the environment becomes a running product.
//!
//! - [`commands`]: one file per command; the only place that speaks to the terminal.
//! - [`config`]: the settings, where they come from, and what is refused.
//! - [`telemetry`]: logs that hold no personal data and do not outlive their term; metrics.
//! - [`process`]: no image of its memory is left behind, and a data folder is served by one.
//! - [`wiring`]: opens the parts, puts them together, starts and stops them.

pub mod commands;
pub mod config;
pub mod process;
pub mod telemetry;
pub mod wiring;

pub use commands::main;
