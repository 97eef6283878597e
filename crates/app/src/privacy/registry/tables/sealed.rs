//! The vault, and the files beside the databases.

use crate::privacy::{
    registry::{
        table::{Of, Table, Within, field},
        words::{
            Activity::{Accountability, Jira, Suppression},
            Category::{AtlassianAccount, Credential, KeyedHash, Record, Reference},
            Engine,
            Erasure::{Kept, Key},
            Place::{Files, Main, Vault},
            Term,
            Whose::{JiraPerson, Member, Operator, Visitor, Voter},
        },
    },
    retention::Kind,
};

/// Of tombstones.
const STANDS: &str =
    "it is what keeps an erased account from coming back; only the person lifts it";
/// Of the erasures' own record.
const PROVES: &str = "it names a record that is gone, and proves that it is";

pub(super) const TABLES: &[Table] = &[
    Table {
        place: Vault,
        name: "grants",
        title: "Authorisations by people in Jira",
        activity: Jira,
        whose: &[JiraPerson],
        term: Term::Connection,
        recipients: &["atlassian"],
        since: "consented_at",
        of: Of::Nobody,
        within: Within::Server,
        engine: Engine::Both,
        takes: &[],
        fields: &[
            field("id", Reference, Key).named("grant_id"),
            field("account_hash", KeyedHash, Key).secret(),
            field("account", AtlassianAccount, Key)
                .named("account_id")
                .secret(),
            field("access", Credential, Key)
                .named("access_token")
                .secret(),
            field("refresh", Credential, Key)
                .named("refresh_token")
                .secret(),
            field("revoke_access", Credential, Key)
                .named("access_token_to_revoke")
                .secret(),
            field("revoke_refresh", Credential, Key)
                .named("refresh_token_to_revoke")
                .secret(),
            field("state", Record, Key),
            field("version", Record, Key),
            field("scopes", Record, Key),
            field("expires_at", Record, Key).named("token_expires_at"),
            field("consented_at", Record, Key),
            field("refreshed_at", Record, Key),
        ],
    },
    Table {
        place: Vault,
        name: "erasures",
        title: "Erasures",
        activity: Suppression,
        whose: &[JiraPerson],
        term: Term::Project,
        recipients: &[],
        since: "begun_at",
        of: Of::Nobody,
        within: Within::Server,
        engine: Engine::Both,
        takes: &[],
        fields: &[
            field("id", Reference, Kept(PROVES)).named("erasure_id"),
            field("grant_id", Reference, Kept(PROVES)).named("erased_grant"),
            field("begun_at", Record, Kept(PROVES)).named("erasure_begun_at"),
            field("finished_at", Record, Kept(PROVES)).named("erasure_finished_at"),
        ],
    },
    Table {
        place: Vault,
        name: "tombstones",
        title: "Accounts that are left alone",
        activity: Suppression,
        whose: &[JiraPerson],
        term: Term::For(Kind::Tombstones),
        recipients: &[],
        since: "begun_at",
        of: Of::Nobody,
        within: Within::Server,
        engine: Engine::Both,
        takes: &[],
        fields: &[
            field("hash", KeyedHash, Kept(STANDS))
                .named("tombstone")
                .secret(),
            field("erasure_id", Reference, Kept(STANDS)).named("tombstone_of"),
            field("begun_at", Record, Kept(STANDS)).named("tombstone_since"),
            field("expires_at", Record, Kept(STANDS)).named("tombstone_until"),
        ],
    },
    Table {
        place: Main,
        name: "receipts",
        title: "Receipts of erasures",
        activity: Suppression,
        whose: &[JiraPerson],
        term: Term::Project,
        recipients: &[],
        since: "final_at",
        of: Of::Nobody,
        within: Within::Server,
        engine: Engine::Both,
        takes: &[],
        fields: &[
            field("erasure_id", Reference, Kept(PROVES)).named("receipt_of"),
            field("final_at", Record, Kept(PROVES)),
            field("jws", Record, Kept(PROVES)).named("receipt"),
        ],
    },
    Table {
        place: Files,
        name: "keys/erasures.log",
        title: "The erasure ledger",
        activity: Suppression,
        whose: &[JiraPerson],
        term: Term::For(Kind::Tombstones),
        recipients: &[],
        since: "",
        of: Of::Nobody,
        within: Within::Server,
        engine: Engine::Both,
        takes: &[],
        fields: &[
            field("tombstone", KeyedHash, Kept(STANDS))
                .named("ledger_tombstone")
                .secret(),
            field("grant", Reference, Kept(PROVES)).named("ledger_grant"),
        ],
    },
    Table {
        place: Files,
        name: "logs",
        title: "Log files",
        activity: Accountability,
        whose: &[Member, Voter, Visitor, Operator],
        term: Term::For(Kind::Logs),
        recipients: &[],
        since: "",
        of: Of::Nobody,
        within: Within::Server,
        engine: Engine::Both,
        takes: &[],
        fields: &[field(
            "ids",
            Reference,
            Kept("the files end by themselves; they name nobody, only ids of ours"),
        )
        .named("log_ids")],
    },
];
