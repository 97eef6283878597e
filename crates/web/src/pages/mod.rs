//! The pages. One file per page: its template, its form, what a GET shows and what a POST does. Every page is whole
//! without scripts: forms lead to a redirect, or come back with what was typed and the reason beside the field.
//!
//! - `frame`, `fields`, `errors`, `filters`, `words`, `carry`: what pages are made with.
//! - `posts`, `new_post`, `post` (with `panel`, `comments`, `links`, `voters`), `roadmap`: the board.
//! - `home`, `sign_in`, `claim`, `account`, `mail`: people.
//! - `health`: how a connection is.
//! - `privacy`: what is promised, with proofs; what owners are told of its changes.
//! - `invited`: whoever was asked by a link to authorise at Atlassian.
//! - `privacy`: requests about data of people in Jira.
//! - `notices`, `mail_off`: telling voters, and ending that.
//! - `privacy`: requests about data, what is held, and one's own.
//! - `settings`, `audit`, `automations`, `members`, `tokens`, `tabs`, `connections`, `upkeep`, `connect`, `goodbye`: the team's side.
#![expect(
    clippy::trivially_copy_pass_by_ref,
    clippy::unused_self,
    reason = "templates hand values over by reference and reach functions through their page"
)]

mod account;
mod audit;
mod automations;
pub(crate) mod bulk_links;
mod carry;
mod claim;
mod colors;
mod comments;
mod connect;
mod connections;
pub mod error;
mod errors;
mod fields;
mod filters;
mod frame;
mod goodbye;
mod health;
mod home;
mod invited;
mod issue_fields;
mod links;
mod mail;
mod mail_off;
mod members;
mod new_post;
mod notices;
mod panel;
mod post;
mod posts;
mod privacy;
mod roadmap;
mod settings;
mod sign_in;
mod tabs;
mod tokens;
mod upkeep;
mod voters;
mod words;

pub(crate) use audit::file as audit_file;
use axum::Router;
pub(crate) use health::activity_csv;
pub(crate) use privacy::own_data_file;

use crate::Web;

/// Every page.
pub fn router() -> Router<Web> {
    [
        home::routes(),
        sign_in::routes(),
        claim::routes(),
        account::routes(),
        mail::routes(),
        mail_off::routes(),
        notices::routes(),
        automations::routes(),
        posts::routes(),
        new_post::routes(),
        post::routes(),
        comments::routes(),
        links::routes(),
        bulk_links::routes(),
        voters::routes(),
        roadmap::routes(),
        colors::routes(),
        settings::routes(),
        members::routes(),
        tokens::routes(),
        audit::routes(),
        connections::routes(),
        upkeep::routes(),
        health::routes(),
        connect::routes(),
        goodbye::routes(),
        invited::routes(),
        privacy::routes(),
    ]
    .into_iter()
    .fold(Router::new(), Router::merge)
}
