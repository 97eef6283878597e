//! What was seen of the server from outside: answers, figures, what commands said.

use std::collections::{BTreeMap, BTreeSet};

use upvow_server::commands::demo::walk::browser::Page;

/// Everything since it was last looked through, each with its place; and the ids of things, for good.
#[derive(Default)]
pub(super) struct Heard {
    said: Vec<(String, String)>,
    ids: BTreeMap<String, BTreeSet<String>>,
}

impl Heard {
    pub(super) fn hear(&mut self, place: &str, text: String) {
        for word in text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
            // `connection_0192...`, `post_...`: what it is, and its number.
            if let Some((kind, number)) = word.rsplit_once('_')
                && number.len() == 32
            {
                self.ids
                    .entry(kind.to_owned())
                    .or_default()
                    .insert(word.to_owned());
            }
        }
        self.said.push((place.to_owned(), text));
    }

    /// A page with its heads, as it was answered to somebody.
    pub(super) fn page(&mut self, who: &str, page: &Page) {
        let place = format!("answer to {who}: {}", page.url.path());
        self.hear(&place, format!("{}\n{}", page.heads, page.html));
    }

    /// The newest two things whose kind begins like this.
    pub(super) fn ids(&self, kind: &str) -> Vec<String> {
        let fits = self.ids.iter().find(|(known, _)| known.starts_with(kind));
        fits.map(|(_, ids)| ids.iter().rev().take(2).cloned().collect())
            .unwrap_or_default()
    }

    /// What was heard since it was last asked for.
    pub(super) fn take(&mut self) -> Vec<(String, String)> {
        std::mem::take(&mut self.said)
    }
}
