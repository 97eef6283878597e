//! The workers: claim, read, talk, write. Events make it fast, the periodic pass makes it right.
//!
//! - `Kind`, `enqueue`: what work there is, and how it is asked for.
//! - `attempt`: what each run leaves for the timeline that admins see.
//! - `claim`: a claimed job, and how its results are written so that they count once.
//! - `trouble`: why a job could not do it, and when it is to be tried again.
//! - `worker`: the loop; `pass`: what has to be looked after even if nothing happens.

mod attempt;
mod claim;
mod kind;
mod pass;
mod trouble;
mod worker;

pub use attempt::Outcome;
pub(crate) use claim::Claim;
pub(crate) use kind::{
    Kind, Order, connection_lane, enqueue, enqueue_plain, hook_lane, issue_lane, link_lane,
};
pub(crate) use trouble::{Trouble, Turn, code_of, code_of_db};
pub use worker::{drain, work};
