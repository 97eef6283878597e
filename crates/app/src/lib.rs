//! What the product does. One use case is one function is one transaction: authorise, read or write through
//! `store`, write the audit line, enqueue what follows, commit.
//!
//! The first argument is the [`App`], the second the [`Caller`]: who asks, in which project. A thing the caller may
//! not see is [`AppError::NotFound`], decided here and nowhere else.

mod access;
pub mod audit;
pub mod automations;
pub mod boards;
mod clock;
pub mod comments;
pub mod connect;
mod cursor;
mod error;
pub mod health;
pub mod jobs;
pub mod live;
pub mod mail;
pub mod notices;
mod password;
pub mod people;
pub mod posts;
pub mod privacy;
pub mod projects;
mod random;
pub mod settings;
pub mod sign_in;
mod submit_key;
pub mod sync;
mod throttle;
pub mod tokens;
pub mod upkeep;
pub mod votes;

use std::sync::{Arc, OnceLock};

pub use clock::Clock;
pub use error::{AppError, Result};
pub use live::Live;
pub use mail::Mail;
pub use random::node;
pub use settings::Settings;
use tokio::sync::Notify;
use upvow_db::Db;
use upvow_domain::id::Id;
pub use upvow_domain::{Caller, Role, Time};
use upvow_jira::Jira;
use upvow_vault::Vault;

/// The running product: everything a use case needs.
#[derive(Clone)]
pub struct App(Arc<Whole>);

/// The parts, and what they keep in memory: nothing here is lost that matters when the process ends.
struct Whole {
    parts: Parts,
    throttle: throttle::Throttle,
    flights: connect::grants::Flights,
    last_tokens: privacy::erasure::reuse::LastTokens,
    intake: sync::intake::Intake,
    edge: OnceLock<privacy::promises::edge::Look>,
}

/// What an [`App`] is made of.
pub struct Parts {
    /// The main database.
    pub db: Db,
    /// The sealed store.
    pub vault: Vault,
    /// Atlassian Cloud; `None` when the operator runs the board without Jira.
    pub jira: Option<Jira>,
    /// The only source of the time.
    pub clock: Clock,
    /// Where mail goes.
    pub mail: Mail,
    /// What the operator set.
    pub settings: Settings,
    /// Tells open pages what changed.
    pub live: Live,
    /// Rung when a job was enqueued, so that a worker looks at once.
    pub work: Notify,
    /// This process, among the nodes.
    pub node: uuid::Uuid,
}

impl App {
    /// Puts the parts together.
    pub fn new(parts: Parts) -> App {
        App(Arc::new(Whole {
            parts,
            throttle: throttle::Throttle::default(),
            flights: connect::grants::Flights::default(),
            last_tokens: privacy::erasure::reuse::LastTokens::default(),
            intake: sync::intake::Intake::default(),
            edge: OnceLock::new(),
        }))
    }

    /// The time.
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// A new id: UUID version 7, so ids grow with time.
    pub fn fresh_id<K>(&self) -> Id<K> {
        random::id(self.now())
    }

    /// How often somebody may try to sign in.
    pub(crate) fn throttle(&self) -> &throttle::Throttle {
        &self.0.throttle
    }

    /// Refreshes of tokens that are under way in this process.
    pub(crate) fn flights(&self) -> &connect::grants::Flights {
        &self.0.flights
    }

    /// The newest tokens of grants whose older one is about to be presented again.
    pub(crate) fn last_tokens(&self) -> &privacy::erasure::reuse::LastTokens {
        &self.0.last_tokens
    }

    /// Webhook deliveries that wait for their commit.
    pub(crate) fn intake(&self) -> &sync::intake::Intake {
        &self.0.intake
    }

    /// How our own door is looked at; the HTTP layer says so when it makes its routes.
    pub fn look_at_edge_by(&self, look: privacy::promises::edge::Look) {
        self.0.edge.get_or_init(|| look);
    }

    /// How our own door is looked at, if there is one.
    pub(crate) fn edge(&self) -> Option<privacy::promises::edge::Look> {
        self.0.edge.get().copied()
    }

    /// The Jira client, or the error that tells an admin what the operator must set.
    pub fn jira(&self) -> Result<&Jira> {
        self.jira.as_ref().ok_or(AppError::Conflict {
            code: "jira_not_configured",
            message: "Jira is not set up on this server. Its operator sets UPVOW_ATLASSIAN_CLIENT_ID and UPVOW_ATLASSIAN_CLIENT_SECRET."
                .to_owned(),
        })
    }
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0.parts
    }
}
