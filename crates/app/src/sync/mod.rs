//! Keeping posts and issues in step.
//!
//! - [`links`]: create, link, unlink, and what a post's panel shows.
//! - `follow`: what is to happen in Jira after something happened on the board.
//! - [`intake`]: a webhook becomes a Signal and a job.
//! - `pull`: a job reads the issue again and moves the post.
//! - [`choir`]: what several issues of a post say together.
//! - `push`: a job moves the issue after the post; `show`: jobs keep what Jira shows of the post true.
//! - `votes`: a job keeps the votes on the issue true.
//! - [`fields`]: the fields of an issue that is to be made.
//! - `create`: a job makes the issue, exactly once.
//! - [`admin_hook`]: a webhook that an administrator of Jira makes by hand.
//! - `hooks`: the life of the webhook registration.
//! - [`reconcile`]: comparing all linked issues, because something may have been missed.

pub mod admin_hook;
pub mod choir;
pub(crate) mod create;
pub mod fields;
pub(crate) mod follow;
pub(crate) mod hooks;
pub mod intake;
pub mod links;
pub(crate) mod pull;
pub(crate) mod push;
pub mod reconcile;
pub(crate) mod show;
pub(crate) mod votes;
