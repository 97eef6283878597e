//! The checks: each looks at the real thing and says whether what was promised is so at this moment. A check that cannot
//! look does not pass. For each there is a test that plants what it must find.
//!
//! - `vault`: seals, erasures, who must not be back. `main`: the main database. `logs`: the log files.
//! - `desk`: requests, copies, the reporting, terms.
//! - `jira`: connections, webhooks, permissions. `config`: how the program is set up. `page`: what the public is told.
//! - `look_alike`: what an accountId and a token look like.

mod config;
mod desk;
mod jira;
mod logs;
mod look_alike;
mod main;
mod page;
mod vault;

use std::{future::Future, pin::Pin};

use upvow_domain::Time;
use upvow_events::Event;

use crate::{App, Result, jobs::code_of};

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// It is so.
    Pass,
    /// It is not so.
    Fail {
        /// What was found, in words of ours: counts and names of ours, never a value.
        what: String,
    },
    /// There is nothing here to look at.
    NotApplicable {
        /// Why.
        why: String,
    },
}

impl Finding {
    /// How it is written down.
    pub fn word(&self) -> &'static str {
        match self {
            Finding::Pass => "pass",
            Finding::Fail { .. } => "fail",
            Finding::NotApplicable { .. } => "not_applicable",
        }
    }

    /// Its words; empty for a pass.
    pub fn what(&self) -> &str {
        match self {
            Finding::Pass => "",
            Finding::Fail { what } => what,
            Finding::NotApplicable { why } => why,
        }
    }

    /// Reads what was written down.
    pub fn read(word: &str, what: &str) -> Option<Finding> {
        let what = what.to_owned();
        Some(match word {
            "pass" => Finding::Pass,
            "fail" => Finding::Fail { what },
            "not_applicable" => Finding::NotApplicable { why: what },
            _ => return None,
        })
    }

    fn fail(what: impl Into<String>) -> Finding {
        Finding::Fail { what: what.into() }
    }

    fn not_here(why: impl Into<String>) -> Finding {
        Finding::NotApplicable { why: why.into() }
    }

    /// Fails for the first thing that is so.
    fn unless<S: Into<String>>(wrong: impl IntoIterator<Item = (bool, S)>) -> Finding {
        let found = wrong.into_iter().find(|(is_so, _)| *is_so);
        found.map_or(Finding::Pass, |(_, what)| Finding::fail(what))
    }
}

/// What a check has to look with.
pub struct CheckContext<'a> {
    /// The product, running or opened for the check alone.
    pub app: &'a App,
    /// The moment of the check.
    pub now: Time,
}

impl<'a> CheckContext<'a> {
    /// Everything there is.
    pub fn new(app: &'a App) -> CheckContext<'a> {
        CheckContext {
            app,
            now: app.now(),
        }
    }
}

type Looking<'a> = Pin<Box<dyn Future<Output = Result<Finding>> + Send + 'a>>;

/// A check.
pub struct Check {
    /// Its name in the ledger.
    pub name: &'static str,
    /// What it looks at.
    pub looks_at: &'static str,
    look: for<'a> fn(&'a CheckContext<'a>) -> Looking<'a>,
}

macro_rules! checks {
    ($($name:literal $looks_at:literal $look:path;)*) => {
        /// Every check.
        pub const ALL: &[Check] = &[$(Check {
            name: $name,
            looks_at: $looks_at,
            look: |context| Box::pin($look(context)),
        },)*];
    };
}

checks! {
    "schema" "The columns of both databases, as they are now, against the registry of personal data." main::schema;
    "vault_sealed" "Every sealed field of the vault: it opens in its own place, and a copy of it in no other." vault::sealed;
    "main_holds_nothing" "Every row of the main database and its files on the disk, for what the vault holds and what looks like it." main::holds_nothing;
    "logs_hold_nothing" "Every log file, for what the vault holds and what looks like it." logs::hold_nothing;
    "logs_in_term" "The age of the oldest log file." logs::in_term;
    "erasures_final" "Erasures that wait, and the keys in the key folder: an old one must be gone." vault::erasures_final;
    "nobody_back" "The erasure ledger against the vault: nobody who was erased is there, nobody who is barred is in use." vault::nobody_back;
    "ended_is_over" "Records of the vault without a connection, and work for connections that ended." jira::ended_is_over;
    "webhooks_in_scope" "The projects that our webhooks at Jira watch, against those that are connected." jira::webhooks_in_scope;
    "only_ids" "What is kept of deliveries, in jobs and in the audit trail: identifiers and codes, no words." main::only_ids;
    "scopes" "What Atlassian granted, against what the consent page names." jira::scopes;
    "consents" "For each connection the consent to a text, with its version, hash and date." main::consents;
    "tenants" "Rows that would tie one project's things to another's." main::tenants;
    "encrypted" "Where secrets are stored and how they travel: separate stores, https, rights of the files." config::encrypted;
    "keys_in_order" "The key folder, and how old the present keys are." config::keys_in_order;
    "requests_in_time" "Every open request, against the term of its law and the longest time we give ourselves." desk::requests_in_time;
    "askers_proven" "Every request that went on: how it was known who asks." desk::askers_proven;
    "answers_alike" "Requests that nobody proved: that nothing was done for them; and the answers of our own page to made-up links and addresses." desk::answers_alike;
    "asks_only" "The page for requests as this server shows it: what it asks for." desk::asks_only;
    "copies_safe" "Copies that wait: for whom and for how long; and a copy of every account, made and thrown away: nothing of the vault is in it." desk::copies_safe;
    "reported" "The reporting of every account that is held: none late, none more often than the cycle." desk::reported;
    "kept_in_term" "The oldest of every kind of data that has a term." desk::kept_in_term;
    "audit_chain" "Every chain of the audit trail: no line changed, left out or moved, and the signed checkpoints fit." config::audit_chain;
    "hosts" "The gate's list of hosts, against the settings and the list of subprocessors, and a call elsewhere that must be refused." config::hosts;
    "edge" "The answers of our own door: headers of a page, and whether a flood is slowed down." config::edge;
    "subprocessors" "The list of subprocessors, its dates and safeguards." page::subprocessors;
    "changes_told" "Material changes and new subprocessors: told to every owner of a connected project, in time." page::changes_told;
    "addendum_complete" "The public text: every value filled in, an operator and a contact named." page::addendum_complete;
    "proofs_fresh" "The results of the checks themselves: none is missing, none is old." page::proofs_fresh;
}

/// The check of that name.
pub fn find(name: &str) -> Option<&'static Check> {
    ALL.iter().find(|check| check.name == name)
}

/// Whether there is a check of that name.
fn is_known(name: &str) -> bool {
    find(name).is_some()
}

/// Looks. What cannot be looked at does not pass.
pub async fn run(check: &Check, context: &CheckContext<'_>) -> Finding {
    let finding = (check.look)(context).await.unwrap_or_else(|error| {
        Finding::fail(format!("It could not be looked at ({}).", code_of(&error)))
    });
    if matches!(finding, Finding::Fail { .. }) {
        Event::PromiseBroken {
            check: check.name.into(),
        }
        .log();
    }
    finding
}
