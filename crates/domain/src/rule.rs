//! How a Jira status and a board status follow each other.

use crate::{board::StatusKind, jira::Category};

/// Which side follows which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Jira leads, the board follows.
    ToBoard,
    /// The board leads, Jira follows.
    ToJira,
    /// Whoever moved last leads.
    Both,
    /// Neither.
    Off,
}

impl Direction {
    /// Every direction, in the order the arrow cycles.
    pub const ALL: [Direction; 4] = [
        Direction::Both,
        Direction::ToBoard,
        Direction::ToJira,
        Direction::Off,
    ];

    /// Its name in the API and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Direction::ToBoard => "to_board",
            Direction::ToJira => "to_jira",
            Direction::Both => "both",
            Direction::Off => "off",
        }
    }

    /// The direction of that name.
    pub fn named(name: &str) -> Option<Direction> {
        Direction::ALL
            .into_iter()
            .find(|direction| direction.name() == name)
    }

    /// A change in Jira moves the post.
    pub const fn moves_board(self) -> bool {
        matches!(self, Direction::ToBoard | Direction::Both)
    }

    /// A change of the post moves the issue.
    pub const fn moves_jira(self) -> bool {
        matches!(self, Direction::ToJira | Direction::Both)
    }
}

/// The kinds of board status that fit a Jira category, best first: the suggestion for a new status map.
pub const fn suggested_kinds(category: Category) -> &'static [StatusKind] {
    match category {
        Category::New => &[StatusKind::Planned, StatusKind::Open],
        Category::Indeterminate => &[StatusKind::Started, StatusKind::Planned],
        Category::Done => &[StatusKind::Done],
        Category::Undefined => &[],
    }
}
