//! Lists come in pages, and a cursor says where the next one starts.

use crate::Invalid;

/// The most rows of one page.
pub const MOST: u32 = 100;

/// Which page is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageOf {
    /// How many rows; see [`PageOf::rows`].
    pub limit: Option<u32>,
    /// Where to go on: the `next` of the page before. Opaque to callers.
    pub after: Option<String>,
}

impl PageOf {
    /// How many rows to give: 25 unless asked otherwise, [`MOST`] at most.
    pub fn rows(&self) -> i64 {
        i64::from(self.limit.unwrap_or(25).clamp(1, MOST))
    }

    /// The error for a cursor that is not one of ours.
    pub fn bad_cursor() -> Invalid {
        Invalid::new(
            "after",
            "use the `next` value of the page before, unchanged",
        )
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page starts; `None` on the last.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// Cuts `rows`, of which one more than `limit` was read, to a page; `cursor` names the last row kept.
    pub fn cut(mut rows: Vec<T>, limit: i64, cursor: impl Fn(&T) -> String) -> Page<T> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(cursor) } else { None };
        Page { items: rows, next }
    }

    /// The same page with other rows.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(f).collect(),
            next: self.next,
        }
    }
}
