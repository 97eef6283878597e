//! How a row of the registry is written down.

use super::words::{Activity, Category, Copied, Engine, Erasure, Place, Term, Whose};

/// A table, or a kind of file: what all of its fields share, and its fields.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// Where.
    pub place: Place,
    /// Its name there.
    pub name: &'static str,
    /// What a row of it is, for people.
    pub title: &'static str,
    /// What it is for.
    pub activity: Activity,
    /// Whose data.
    pub whose: &'static [Whose],
    /// How long.
    pub term: Term,
    /// Who gets it, by their names among the subprocessors.
    pub recipients: &'static [&'static str],
    /// The column that tells its age.
    pub since: &'static str,
    /// How a row belongs to somebody of the board.
    pub of: Of,
    /// How a row belongs to a project.
    pub within: Within,
    /// Which database has it.
    pub engine: Engine,
    /// Rows of other tables that point here and go along: table and column.
    pub takes: &'static [(&'static str, &'static str)],
    /// What of it is personal data.
    pub fields: &'static [Field],
}

/// How a row belongs to somebody of the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// This column holds their id.
    Person(&'static str),
    /// This column holds their address.
    Address(&'static str),
    /// It does not.
    Nobody,
}

/// How a row belongs to a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Within {
    /// This column holds the project's id.
    Project(&'static str),
    /// By a parent: column, and the parent's table with its id and project.
    Parent(&'static str, &'static str),
    /// Its person is a member, or posted, voted or commented there.
    People(&'static str),
    /// It belongs to the server as a whole.
    Server,
}

/// A field that is personal data.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The column.
    pub column: &'static str,
    /// What kind of data.
    pub category: Category,
    /// What erasure does.
    pub erasure: Erasure,
    /// Its name in a copy.
    pub export_name: &'static str,
    /// How it is in a copy.
    pub copied: Copied,
    /// Which database has it.
    pub engine: Engine,
}

/// A field that is copied as it is, under its own name.
pub(super) const fn field(column: &'static str, category: Category, erasure: Erasure) -> Field {
    Field {
        column,
        category,
        erasure,
        export_name: column,
        copied: Copied::Whole,
        engine: Engine::Both,
    }
}

impl Field {
    /// Under another name.
    pub(super) const fn named(mut self, name: &'static str) -> Field {
        self.export_name = name;
        self
    }

    /// Only that there is one.
    pub(super) const fn secret(mut self) -> Field {
        self.copied = Copied::Presence;
        self
    }

    /// Not at all, for it is made of others.
    pub(super) const fn derived(mut self) -> Field {
        self.copied = Copied::Derived;
        self
    }

    /// In one of the databases.
    pub(super) const fn only(mut self, engine: Engine) -> Field {
        self.engine = engine;
        self
    }
}
