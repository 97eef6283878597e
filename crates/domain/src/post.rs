//! What people write.

use crate::Invalid;

/// A post's title: 3 to 140 characters on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Title(String);

impl Title {
    /// Checks and trims a title. Runs of white space become one space.
    pub fn parse(text: &str) -> Result<Title, Invalid> {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let count = text.chars().count();
        if !(3..=140).contains(&count) || text.chars().any(char::is_control) {
            return Err(Invalid::new("title", "use 3 to 140 characters"));
        }
        Ok(Title(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The longest Markdown text of a post or comment, in characters.
pub const LONGEST_TEXT: usize = 20_000;

/// Markdown as its author wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Markdown(String);

impl Markdown {
    /// Checks a post's text, which may be empty.
    pub fn body(text: &str) -> Result<Markdown, Invalid> {
        let text = text.replace("\r\n", "\n").replace('\0', "");
        if text.chars().count() > LONGEST_TEXT {
            return Err(Invalid::new("body", "use at most 20,000 characters"));
        }
        Ok(Markdown(text.trim().to_owned()))
    }

    /// Checks a comment's text, which may not be empty.
    pub fn comment(text: &str) -> Result<Markdown, Invalid> {
        let body = Markdown::body(text)?;
        if body.0.is_empty() {
            Err(Invalid::new("body", "write something first"))
        } else {
            Ok(body)
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// In which order a list of posts comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// Many recent votes first.
    #[default]
    Trending,
    /// Most votes first.
    Top,
    /// Newest first.
    New,
    /// Most comments first.
    Discussed,
}

impl Sort {
    /// Every order, as offered.
    pub const ALL: [Sort; 4] = [Sort::Trending, Sort::Top, Sort::New, Sort::Discussed];

    /// Its name in addresses and in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Sort::Trending => "trending",
            Sort::Top => "top",
            Sort::New => "new",
            Sort::Discussed => "discussed",
        }
    }

    /// The order of that name.
    pub fn named(name: &str) -> Option<Sort> {
        Sort::ALL.into_iter().find(|sort| sort.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_one_line() {
        assert_eq!(
            Title::parse("  Dark \n mode ").unwrap().as_str(),
            "Dark mode"
        );
        assert!(Title::parse("ab").is_err());
        assert!(Title::parse(&"x".repeat(141)).is_err());
    }
}
