//! The HTTP layer, driven as a program or a browser would drive it, without a network.

#![expect(
    clippy::unwrap_used,
    reason = "in the scenery of a story an error is the story's end"
)]

mod access;
mod document;
mod headers;
mod hooks;
mod limits;
mod live;
mod log;
mod own_data;
mod problems;
mod refusals;
mod requests;
mod static_files;
mod trust;
mod world;
