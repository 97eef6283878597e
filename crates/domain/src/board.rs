//! Boards and statuses.

use crate::Invalid;

/// Who can see a board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Everybody.
    Public,
    /// Members of the project.
    Private,
    /// Whoever has its address; it is in no list.
    LinkOnly,
}

impl Visibility {
    /// Its name in the API and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Visibility::Public => "public",
            Visibility::Private => "private",
            Visibility::LinkOnly => "link_only",
        }
    }

    /// The visibility of that name.
    pub fn named(name: &str) -> Option<Visibility> {
        [
            Visibility::Public,
            Visibility::Private,
            Visibility::LinkOnly,
        ]
        .into_iter()
        .find(|v| v.name() == name)
    }
}

/// What a status means, whatever it is called.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum StatusKind {
    /// Waiting for an answer.
    Open,
    /// Will be done.
    Planned,
    /// Being done.
    Started,
    /// Shipped.
    Done,
    /// Will not be done.
    Closed,
}

impl StatusKind {
    /// Every kind, in the order of the way.
    pub const ALL: [StatusKind; 5] = [
        StatusKind::Open,
        StatusKind::Planned,
        StatusKind::Started,
        StatusKind::Done,
        StatusKind::Closed,
    ];

    /// Its name in the API and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            StatusKind::Open => "open",
            StatusKind::Planned => "planned",
            StatusKind::Started => "started",
            StatusKind::Done => "done",
            StatusKind::Closed => "closed",
        }
    }

    /// The kind of that name.
    pub fn named(name: &str) -> Option<StatusKind> {
        StatusKind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Nothing more will happen to a post of this kind.
    pub const fn is_resolved(self) -> bool {
        matches!(self, StatusKind::Done | StatusKind::Closed)
    }
}

/// The part of an address that names a board: lower-case letters, digits and dashes, 1 to 40 of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Slug(String);

impl Slug {
    /// Checks a chosen slug.
    pub fn parse(text: &str) -> Result<Slug, Invalid> {
        let ok = (1..=40).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !text.starts_with('-')
            && !text.ends_with('-');
        if ok {
            Ok(Slug(text.to_owned()))
        } else {
            Err(Invalid::new(
                "slug",
                "use 1 to 40 lower-case letters, digits and dashes",
            ))
        }
    }

    /// A slug made from a name: what is not a letter or digit becomes a dash.
    pub fn from_name(name: &str) -> Slug {
        let mut slug = String::new();
        for c in name.to_lowercase().chars() {
            if slug.len() >= 40 {
                break;
            }
            if c.is_ascii_alphanumeric() {
                slug.push(c);
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
        }
        let slug = slug.trim_end_matches('-');
        Slug(if slug.is_empty() {
            "board".to_owned()
        } else {
            slug.to_owned()
        })
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A name of a project, board or status: 1 to 60 visible characters on one line.
pub fn name(field: &'static str, text: &str) -> Result<String, Invalid> {
    let text = text.trim();
    let count = text.chars().count();
    if count == 0 || count > 60 || text.chars().any(char::is_control) {
        return Err(Invalid::new(field, "use 1 to 60 characters on one line"));
    }
    Ok(text.to_owned())
}

/// A colour as `#rrggbb`.
pub fn color(text: &str) -> Result<String, Invalid> {
    let ok = text.len() == 7
        && text.starts_with('#')
        && text[1..].bytes().all(|b| b.is_ascii_hexdigit());
    if ok {
        Ok(text.to_ascii_lowercase())
    } else {
        Err(Invalid::new("color", "write a colour as #rrggbb"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs() {
        assert_eq!(
            Slug::from_name("Feature requests!").as_str(),
            "feature-requests"
        );
        assert_eq!(Slug::from_name("日本").as_str(), "board");
        for odd in ["", "A", "a b", "-a", "a-", "ä", &"a".repeat(41)] {
            assert!(Slug::parse(odd).is_err(), "{odd:?}");
        }
    }

    #[test]
    fn colors_survive_odd_input() {
        assert_eq!(color("#FF00aa").unwrap(), "#ff00aa");
        for odd in ["", "#ff", "ff00aa1", "#ggggggg", "#é0000", "red"] {
            assert!(color(odd).is_err(), "{odd:?}");
        }
    }
}
