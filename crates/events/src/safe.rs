//! The types a line of the log or a label is made of: ids we made, words of the program's own text, numbers, places in
//! the source, and templates of routes. Each can only be made of what cannot name anybody.

use std::{io::ErrorKind, panic::Location, time::Duration};

use axum::extract::MatchedPath;
use upvow_domain::{
    id::{Id, Kind},
    jira::{IssueKey, ProjectKey},
};

mod sealed {
    pub trait Sealed {}
}

/// May be a field of an event. Sealed: this list is all of them.
pub trait Safe: sealed::Sealed {
    /// As what it is written.
    type Shown: tracing::Value;

    /// How it is written.
    fn shown(&self) -> Self::Shown;
}

macro_rules! safe {
    ($($ty:ty => $shown:ty, |$it:ident| $how:expr;)*) => { $(
        impl sealed::Sealed for $ty {}
        impl Safe for $ty {
            type Shown = $shown;

            fn shown(&self) -> $shown {
                let $it = self;
                $how
            }
        }
    )* };
}

safe! {
    bool => bool, |it| *it;
    u16 => u64, |it| u64::from(*it);
    u32 => u64, |it| u64::from(*it);
    u64 => u64, |it| *it;
    i64 => i64, |it| *it;
    usize => u64, |it| u64::try_from(*it).unwrap_or(u64::MAX);
    // Milliseconds.
    Duration => u64, |it| u64::try_from(it.as_millis()).unwrap_or(u64::MAX);
    Word => &'static str, |it| it.text();
    Statement => &'static str, |it| it.0;
    SqlCode => String, |it| it.as_str().to_owned();
    Route => String, |it| it.template().to_owned();
    Method => &'static str, |it| it.name();
    Place => String, |it| format!("{}:{}", it.file, it.line);
    ErrorKind => String, |it| format!("{it:?}");
    // The addendum names these two as what logs may hold.
    IssueKey => String, |it| it.as_str().to_owned();
    ProjectKey => String, |it| it.as_str().to_owned();
}

impl<K: Kind> sealed::Sealed for Id<K> {}
impl<K: Kind> Safe for Id<K> {
    type Shown = String;

    fn shown(&self) -> String {
        self.to_string()
    }
}

/// Names requests, for [`RequestId`].
#[derive(Debug)]
pub enum RequestKind {}

impl Kind for RequestKind {
    const PREFIX: &'static str = "request";
}

/// The id of a request: ours, whatever the client sent.
pub type RequestId = Id<RequestKind>;

/// A word of the program's own text: a code, a kind, a result. What is borrowed from a value that came in does not live
/// long enough to be one, and the lints refuse the ways to make text live for ever. Should some find a way all the same,
/// it must still look like a word: no capitals, no spaces, no `@`, no more than three digits, else it is written as
/// `odd`. No name as people write it, no address and no accountId passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word(&'static str);

const LONGEST_WORD: usize = 48;
const MOST_DIGITS: usize = 3;

impl Word {
    /// Names it.
    pub const fn new(text: &'static str) -> Word {
        Word(text)
    }

    fn text(self) -> &'static str {
        if is_word(self.0) { self.0 } else { "odd" }
    }
}

impl From<&'static str> for Word {
    fn from(text: &'static str) -> Word {
        Word(text)
    }
}

fn is_word(text: &str) -> bool {
    let fits =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_.-".contains(&byte);
    text.len() <= LONGEST_WORD
        && text.bytes().all(fits)
        && text.bytes().filter(u8::is_ascii_digit).count() <= MOST_DIGITS
}

/// The text of a statement, which holds `$1` where values go.
#[derive(Debug, Clone, Copy)]
pub struct Statement(&'static str);

impl From<&'static str> for Statement {
    fn from(sql: &'static str) -> Statement {
        Statement(sql)
    }
}

/// What a database calls an error: five digits or capitals (PostgreSQL's SQLSTATE, SQLite's extended code).
#[derive(Debug, Clone, Copy)]
pub struct SqlCode([u8; 5], usize);

impl SqlCode {
    /// Reads it; anything longer or else is not a code, and is forgotten.
    pub fn read(text: &str) -> SqlCode {
        let mut code = SqlCode([0; 5], 0);
        let ok = text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        if ok && let Some(room) = code.0.get_mut(..text.len()) {
            room.copy_from_slice(text.as_bytes());
            code.1 = text.len();
        }
        code
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0[..self.1]).unwrap_or_default()
    }
}

/// The template of the route that a request matched, `/p/{project}`, or `none`. It is made of the router's own type,
/// which nobody else can make: the address that was asked for never is one.
#[derive(Debug, Clone)]
pub struct Route(Option<MatchedPath>);

impl Route {
    /// The template.
    pub fn template(&self) -> &str {
        self.0.as_ref().map_or("none", MatchedPath::as_str)
    }
}

impl From<Option<&MatchedPath>> for Route {
    fn from(path: Option<&MatchedPath>) -> Route {
        Route(path.cloned())
    }
}

/// A method from a closed set: a client can send any word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Method(&'static str);

impl Method {
    /// Its name.
    pub const fn name(self) -> &'static str {
        self.0
    }
}

impl From<&axum::http::Method> for Method {
    fn from(method: &axum::http::Method) -> Method {
        const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"];
        let known = KNOWN.into_iter().find(|known| *known == method.as_str());
        Method(known.unwrap_or("other"))
    }
}

/// A place in the source: what the log tells of a panic, whose message may repeat a value.
#[derive(Debug, Clone)]
pub struct Place {
    file: String,
    line: u32,
}

impl From<&Location<'_>> for Place {
    fn from(at: &Location<'_>) -> Place {
        Place {
            file: at.file().to_owned(),
            line: at.line(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Promise 2.6, 7.3.
    #[test]
    fn a_word_that_could_be_a_name_is_odd() {
        for word in ["", "db_statement", "http_429", "a.b-c"] {
            assert_eq!(Word::new(word).shown(), word);
        }
        for odd in [
            "Mia",
            "mia krystof",
            "mia@example.com",
            "712020:6f0c2fd2-1b6a-4c9a-a6de-000000000001",
            "5b10ac8d82e05b22cc7d4ef5",
            "https://acme.atlassian.net",
            "ünïcode",
            "line\nline",
            "a_word_of_the_programs_own_text_is_never_as_long_as_this",
        ] {
            assert_eq!(Word::new(odd).shown(), "odd", "{odd}");
        }
    }

    #[test]
    fn a_databases_code_is_a_code_or_nothing() {
        assert_eq!(SqlCode::read("23505").shown(), "23505");
        assert_eq!(SqlCode::read("40P01").shown(), "40P01");
        for odd in ["mia", "MIAKRYSTOF", "5b10a", "a b", ""] {
            assert_eq!(SqlCode::read(odd).shown(), "", "{odd}");
        }
    }

    #[test]
    fn a_method_that_a_client_made_up_is_other() {
        let made_up = axum::http::Method::from_bytes(b"MIA").unwrap();
        assert_eq!(Method::from(&made_up).name(), "other");
        assert_eq!(Method::from(&axum::http::Method::PUT).name(), "PUT");
        assert_eq!(Route::from(None).template(), "none");
    }
}
