//! The words of the registry: what kind of data, whose, why, and what becomes of it.

use crate::privacy::retention::Kind;

/// Where something is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The main database.
    Main,
    /// The sealed store.
    Vault,
    /// Files beside the databases.
    Files,
}

impl Place {
    /// In a word.
    pub const fn name(self) -> &'static str {
        match self {
            Place::Main => "main database",
            Place::Vault => "vault",
            Place::Files => "files",
        }
    }
}

/// What kind of data it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Category {
    /// A name, as somebody gave it.
    Name,
    /// An e-mail address.
    Contact,
    /// An id that leads to a person, with the rest of the data.
    Reference,
    /// An Atlassian accountId, sealed.
    AtlassianAccount,
    /// A keyed hash of an accountId.
    KeyedHash,
    /// A secret, or what it is checked with.
    Credential,
    /// Text that somebody wrote.
    Text,
    /// What somebody wants: votes.
    Opinion,
    /// What somebody did, and when.
    Record,
    /// What a browser says it is.
    Device,
}

impl Category {
    /// All of them.
    pub const ALL: [Category; 10] = [
        Category::Name,
        Category::Contact,
        Category::Reference,
        Category::AtlassianAccount,
        Category::KeyedHash,
        Category::Credential,
        Category::Text,
        Category::Opinion,
        Category::Record,
        Category::Device,
    ];

    /// In a few words.
    pub const fn name(self) -> &'static str {
        match self {
            Category::Name => "name",
            Category::Contact => "e-mail address",
            Category::Reference => "reference to a person",
            Category::AtlassianAccount => "Atlassian account ID (sealed)",
            Category::KeyedHash => "keyed hash of an account ID",
            Category::Credential => "credential",
            Category::Text => "written text",
            Category::Opinion => "vote",
            Category::Record => "record of an act",
            Category::Device => "device",
        }
    }
}

/// Whose data it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whose {
    /// Somebody in Jira.
    JiraPerson,
    /// Somebody with a role in a project.
    Member,
    /// Anyone else who signed in.
    Voter,
    /// Somebody who is not signed in.
    Visitor,
    /// Whoever runs this server.
    Operator,
}

impl Whose {
    /// In a few words.
    pub const fn name(self) -> &'static str {
        match self {
            Whose::JiraPerson => "people in Jira",
            Whose::Member => "members",
            Whose::Voter => "voters",
            Whose::Visitor => "visitors",
            Whose::Operator => "the operator",
        }
    }
}

/// In which role the operator of this server acts, by the GDPR.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Capacity {
    /// On behalf of the owner of the project: Art. 30(2).
    Processor,
    /// For purposes of its own: Art. 30(1).
    Controller,
}

impl Capacity {
    /// In a word.
    pub const fn name(self) -> &'static str {
        match self {
            Capacity::Processor => "processor",
            Capacity::Controller => "controller",
        }
    }
}

/// What data is processed for: the lines of the record of processing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Activity {
    /// People get in and stay in.
    Accounts,
    /// Ideas, comments and votes.
    Feedback,
    /// Letters that somebody wants.
    Mail,
    /// Posts in step with issues, by the authorisation of one person.
    Jira,
    /// Requests of people about their data, and proofs that they were answered.
    Rights,
    /// Nobody is processed again who asked not to be.
    Suppression,
    /// Who did what, for safety and proof.
    Accountability,
}

impl Activity {
    /// All of them.
    pub const ALL: [Activity; 7] = [
        Activity::Accounts,
        Activity::Feedback,
        Activity::Mail,
        Activity::Jira,
        Activity::Rights,
        Activity::Suppression,
        Activity::Accountability,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Activity::Accounts => "Accounts and signing in",
            Activity::Feedback => "The feedback board",
            Activity::Mail => "Letters to people of the board",
            Activity::Jira => "Working in Jira on a customer's behalf",
            Activity::Rights => "Answering requests about personal data",
            Activity::Suppression => "Leaving alone who asked for it",
            Activity::Accountability => "Security and proof",
        }
    }

    /// What it is for.
    pub const fn purpose(self) -> &'static str {
        match self {
            Activity::Accounts => {
                "To let people sign in, know their role, and end sessions that are not theirs"
            }
            Activity::Feedback => {
                "To show ideas and comments with who wrote them, and to count who wants what"
            }
            Activity::Mail => {
                "To tell people of the board what became of a post they voted for, unless they want no mail"
            }
            Activity::Jira => {
                "To keep posts and issues in step with the one account that authorised it"
            }
            Activity::Rights => {
                "To receive, verify and answer requests, and to prove that they were answered"
            }
            Activity::Suppression => {
                "To never process again an account whose person asked to be erased"
            }
            Activity::Accountability => {
                "To see who did something privileged, to find faults, and to prove agreements"
            }
        }
    }

    /// By what right, by the GDPR.
    pub const fn legal_basis(self) -> &'static str {
        match self {
            Activity::Accounts => "Art. 6(1)(b): the use of the board that the person asked for",
            Activity::Feedback | Activity::Mail => {
                "As the customer determines; by default Art. 6(1)(f): to learn what its users want"
            }
            Activity::Jira => {
                "As the customer determines; the person agreed before authorising, Art. 6(1)(a)"
            }
            Activity::Rights => "Art. 6(1)(c): the duty to answer, Art. 12 to 22",
            Activity::Suppression => "Art. 6(1)(c) and (f): to honour an erasure for good",
            Activity::Accountability => {
                "Art. 6(1)(f) and Art. 5(2), 32: security and accountability"
            }
        }
    }

    /// In which role.
    pub const fn role(self) -> Capacity {
        match self {
            Activity::Feedback | Activity::Mail | Activity::Jira => Capacity::Processor,
            Activity::Accounts
            | Activity::Rights
            | Activity::Suppression
            | Activity::Accountability => Capacity::Controller,
        }
    }
}

/// How long something is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Term {
    /// As long as the settings of retention say.
    For(Kind),
    /// Until the account of the board is deleted.
    Account,
    /// Until the post, comment or vote is taken away.
    Post,
    /// Until the connection to Jira ends and its grant is erased.
    Connection,
    /// As long as the project is.
    Project,
}

impl Term {
    /// In a word, for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Term::For(kind) => kind.name(),
            Term::Account => "account",
            Term::Post => "post",
            Term::Connection => "connection",
            Term::Project => "project",
        }
    }
}

/// What the erasure of its person does to a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erasure {
    /// The row goes.
    Row,
    /// The field is emptied: a link to the person with nothing else of them in it.
    Null,
    /// What counts stays, in another row that leads to nobody.
    NoName,
    /// The row goes, and the key that could open older copies is destroyed.
    Key,
    /// It stays, and why.
    Kept(&'static str),
}

impl Erasure {
    /// In a few words.
    pub const fn name(self) -> &'static str {
        match self {
            Erasure::Row => "row deleted",
            Erasure::Null => "emptied",
            Erasure::NoName => "replaced by no name",
            Erasure::Key => "row deleted, key destroyed",
            Erasure::Kept(_) => "kept",
        }
    }

    /// Why it stays, if it does.
    pub const fn reason(self) -> Option<&'static str> {
        match self {
            Erasure::Kept(reason) => Some(reason),
            _ => None,
        }
    }
}

/// How a field is in a copy that a person gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copied {
    /// As it is.
    Whole,
    /// That there is one, and not a character of it.
    Presence,
    /// Not: it is made of others that are in the copy.
    Derived,
}

/// Which database has a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Both.
    Both,
    /// SQLite alone.
    Sqlite,
    /// PostgreSQL alone.
    Postgres,
}
