//! The client against a small server that says what it is told to say, and the webhook door against forged and broken
//! deliveries.

mod calls;
mod door;
mod hooks;
mod issues;
mod leaks;
mod moves;
mod projects;
mod refusals;
mod signals;
mod stub;
mod tokens;
