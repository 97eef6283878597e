//! Ids, times and closed sets of names, as the description of the API shows them. These types hold nothing: on the wire
//! the values are text, which is what the operations' own types hold.

use std::borrow::Cow;

use upvow_app::{
    health::{Need, Token},
    jobs::Outcome,
    privacy::reporting::ledger,
};
use upvow_domain::{
    Role, Scope,
    board::{StatusKind, Visibility},
    combination::Combination,
    post::Sort,
    rule::Direction,
};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type},
    },
};

macro_rules! words {
    ($($word:ident = $schema:expr;)*) => {
        $(
            pub(crate) enum $word {}

            impl PartialSchema for $word {
                fn schema() -> RefOr<Schema> {
                    $schema.into()
                }
            }

            impl ToSchema for $word {
                fn name() -> Cow<'static, str> {
                    Cow::Borrowed(stringify!($word).trim_end_matches("Word"))
                }
            }
        )*

        /// All of them, for the description.
        pub(crate) fn all() -> Vec<(String, RefOr<Schema>)> {
            vec![$(($word::name().into_owned(), $word::schema()),)*]
        }
    };
}

words! {
    BoardIdWord = id("board");
    StatusIdWord = id("status");
    PostIdWord = id("post");
    CommentIdWord = id("comment");
    PersonIdWord = id("person");
    TokenIdWord = id("token");
    ConnectionIdWord = id("connection");
    LinkIdWord = id("link");
    ReconcileIdWord = id("reconcile");
    InviteIdWord = id("invite");
    TestIssueIdWord = id("test");
    AttemptIdWord = id("attempt");
    JobIdWord = id("job");
    AutomationIdWord = id("automation");
    NoticeIdWord = id("notice");
    VersionIdWord = id("version");
    ProjectIdWord = id("project");
    CaseIdWord = id("case");
    TimeWord = text()
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
        .description(Some("RFC 3339, in UTC."))
        .examples(["2026-11-23T10:00:00.000Z"]);
    VisibilityWord = one_of(&VISIBILITIES);
    StatusKindWord = one_of(&StatusKind::ALL.map(StatusKind::name));
    RoleWord = one_of(&Role::ALL.map(Role::name));
    ScopeWord = one_of(&Scope::ALL.map(Scope::name));
    SortWord = one_of(&Sort::ALL.map(Sort::name));
    DirectionWord = one_of(&Direction::ALL.map(Direction::name));
    CombinationWord = one_of(&Combination::ALL.map(Combination::name));
    WhyWord = one_of(&["follows", "counts_as_begun", "board_leads", "unmapped", "unread", "nobody"]);
    CategoryWord = one_of(&["new", "indeterminate", "done", "undefined"]);
    ConnectionStateWord = one_of(&["setup", "active", "needs_reconnect", "disconnecting", "invalidated"]);
    ReconcileStateWord = one_of(&["running", "paused", "done", "cancelled", "failed"]);
    ReconcileActWord = one_of(&["pause", "resume", "cancel"]);
    InviteStateWord = one_of(&["open", "begun", "authorised", "done", "revoked", "expired"]);
    TestIssueStateWord = one_of(&["under_way", "removed", "left", "failed"]);
    SetupStepWord = one_of(&["who", "authorise", "site", "projects", "issues", "statuses", "rights", "summary"]);
    RequestKindWord = one_of(&["export", "deletion"]);
    RequestRouteWord = one_of(&["admin", "site", "atlassian", "person", "contact"]);
    RequestStateWord = one_of(&["open", "verified", "working", "done", "denied"]);
    RequestReasonWord = one_of(&["not_verified", "not_authorised", "excessive", "not_about_jira", "withdrawn", "law_forbids"]);
    RequestGroundsWord = one_of(&["complexity", "number"]);
    TellsWord = one_of(&["never", "ask", "always"]);
    NoticeStateWord = one_of(&["waiting", "gathering", "sending", "sent"]);
    SwitchWord = one_of(&["off", "from_now_on", "also_now"]);
    LinkOutcomeWord = one_of(&["linked", "was_there", "failed"]);
    LinkFateWord = one_of(&["will_link", "linked", "was_there", "refused"]);
    LinkStateWord = one_of(&["creating", "active", "failed", "gone", "ended"]);
    OutcomeWord = one_of(&Outcome::ALL.map(Outcome::name));
    NeedWord = one_of(&Need::NAMES);
    ReportAnswerWord = one_of(&ledger::answers());
    ReportActionWord = one_of(&ledger::actions());
    ReportDecisionWord = one_of(&ledger::Decision::NAMES);
    ReportActIdWord = id("act");
    TokenStateWord = one_of(&Token::NAMES);
    ColorWord = text().pattern(Some("^#[0-9a-fA-F]{6}$")).examples(["#3b82f6"]);
    JiraNumberWord = text()
        .pattern(Some("^[0-9]{1,20}$"))
        .description(Some("A number of Jira's, as text."))
        .examples(["10001"]);
    CloudIdWord = text()
        .pattern(Some("^[A-Za-z0-9-]{1,64}$"))
        .description(Some("Atlassian's id of a site."))
        .examples(["11223344-a1b2-3b33-c444-def123456789"]);
}

/// Who can see a board.
pub(crate) const VISIBILITIES: [&str; 3] = [
    Visibility::Public.name(),
    Visibility::Private.name(),
    Visibility::LinkOnly.name(),
];

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn one_of(names: &[&'static str]) -> ObjectBuilder {
    text().enum_values(Some(names.iter().copied()))
}

fn id(prefix: &str) -> ObjectBuilder {
    text()
        .pattern(Some(format!("^{prefix}_[0-9a-f]{{32}}$")))
        .examples([format!("{prefix}_0199f3a1b2c37d4e8f90a1b2c3d4e5f6")])
}
