//! Requests about personal data.

use crate::privacy::{
    registry::{
        table::{Of, Table, Within, field},
        words::{
            Activity::Rights,
            Category::{Contact, Credential, Reference},
            Engine,
            Erasure::{Kept, Null},
            Place::Main,
            Term,
            Whose::{JiraPerson, Member, Visitor},
        },
    },
    retention::Kind,
};

/// Of references.
const LEADS_NOWHERE: &str = "a random id; once what it named is erased it leads to nothing";
/// Of secrets.
const ENDS: &str =
    "what the link of a case is checked with; it goes 30 days after the case is closed";

pub(super) const TABLES: &[Table] = &[
    Table {
        place: Main,
        name: "cases",
        title: "Requests about personal data",
        activity: Rights,
        whose: &[JiraPerson, Member, Visitor],
        term: Term::For(Kind::Requests),
        recipients: &[],
        since: "received_at",
        of: Of::Address("email"),
        within: Within::Project("project_id"),
        engine: Engine::Both,
        takes: &[],
        fields: &[
            field("email", Contact, Null),
            field("person_id", Reference, Kept(LEADS_NOWHERE)),
            field("grant_id", Reference, Kept(LEADS_NOWHERE)),
            field("secret_hash", Credential, Kept(ENDS))
                .named("secret")
                .secret(),
        ],
    },
    Table {
        place: Main,
        name: "case_letters",
        title: "Letters about requests",
        activity: Rights,
        whose: &[Member],
        term: Term::For(Kind::Requests),
        recipients: &[],
        since: "at",
        of: Of::Nobody,
        within: Within::Parent("case_id", "cases"),
        engine: Engine::Both,
        takes: &[],
        fields: &[field("reader", Reference, Kept(LEADS_NOWHERE))],
    },
];
