//! The main database: one file per table family. Every function takes the open transaction first and, for what
//! belongs to a project, the project next: there is no unscoped read of a customer's data.

pub mod account_acts;
pub mod account_reports;
pub mod admin_hooks;
pub mod announcements;
pub mod api_tokens;
pub mod attempts;
pub mod audit;
pub mod automations;
pub mod board_targets;
pub mod boards;
pub mod cases;
pub mod comments;
pub mod connect_attempts;
pub mod connect_invites;
pub mod connections;
pub mod consents;
pub mod evidence;
pub mod goodbye_steps;
pub mod hooks;
pub mod incidents;
pub mod issue_votes;
pub mod jobs;
pub mod key_changes;
pub mod links;
pub mod mail_stops;
pub mod members;
pub mod notices;
pub mod one_time_links;
pub mod own_data;
pub mod pauses;
pub mod people;
pub mod post_changes;
pub mod post_lists;
pub mod posts;
pub mod problems;
pub mod projects;
pub mod proofs;
pub mod receipts;
pub mod reconciles;
pub mod relay_nonces;
pub mod retention;
pub mod rule_versions;
pub mod rules;
pub mod search;
pub mod sessions;
pub mod signals;
pub mod statuses;
pub mod sync_rules;
pub mod test_issues;
pub mod voices;
pub mod votes;

use upvow_db::{Db, Migration, Result};

/// The schema, step by step.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        name: "0001_start",
        sql: include_str!("../migrations/0001_start.sql"),
    },
    Migration {
        name: "0002_status_rules",
        sql: include_str!("../migrations/0002_status_rules.sql"),
    },
    Migration {
        name: "0003_issue_fields",
        sql: include_str!("../migrations/0003_issue_fields.sql"),
    },
    Migration {
        name: "0004_automations",
        sql: include_str!("../migrations/0004_automations.sql"),
    },
    Migration {
        name: "0005_connect_invites",
        sql: include_str!("../migrations/0005_connect_invites.sql"),
    },
    Migration {
        name: "0006_reconcile",
        sql: include_str!("../migrations/0006_reconcile.sql"),
    },
    Migration {
        name: "0007_health",
        sql: include_str!("../migrations/0007_health.sql"),
    },
    Migration {
        name: "0008_audit_chain",
        sql: include_str!("../migrations/0008_audit_chain.sql"),
    },
    Migration {
        name: "0009_retention",
        sql: include_str!("../migrations/0009_retention.sql"),
    },
    Migration {
        name: "0010_requests",
        sql: include_str!("../migrations/0010_requests.sql"),
    },
    Migration {
        name: "0011_reporting",
        sql: include_str!("../migrations/0011_reporting.sql"),
    },
    Migration {
        name: "0012_promises",
        sql: include_str!("../migrations/0012_promises.sql"),
    },
    Migration {
        name: "0013_receipts",
        sql: include_str!("../migrations/0013_receipts.sql"),
    },
    Migration {
        name: "0014_keys",
        sql: include_str!("../migrations/0014_keys.sql"),
    },
];

/// Brings the main database up to date; gives how many steps ran.
pub async fn migrate(db: &Db) -> Result<u32> {
    let ran = upvow_db::migrate(db, MIGRATIONS).await?;
    let mut tx = db.write().await?;
    audit::adopt(&mut tx).await?;
    tx.commit().await?;
    Ok(ran)
}

/// Lets a row type be read from columns of the same names as its fields.
macro_rules! row {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident : $ty:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $name { $($(#[$field_doc])* pub $field: $ty),* }

        impl upvow_db::FromRow for $name {
            fn from_row(row: &upvow_db::Row) -> upvow_db::Result<Self> {
                Ok($name { $($field: row.get(stringify!($field))?),* })
            }
        }
    };
}
pub(crate) use row;
