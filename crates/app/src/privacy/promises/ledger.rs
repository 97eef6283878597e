//! What stands behind each sentence: the mechanism, where it is, and the check that looks.

use std::sync::LazyLock;

/// The ledger as it is in the repository.
pub const TEXT: &str = include_str!("../../../../../promises/ledger.toml");

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promise {
    /// The sentence's id.
    pub id: String,
    /// The beginning of the sentence's hash.
    pub sentence: String,
    /// What makes it true, in a sentence.
    pub mechanism: String,
    /// Where that is.
    pub code: String,
    /// The check that looks whether it is true now.
    pub check: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    promise: Vec<Promise>,
}

static PROMISES: LazyLock<Vec<Promise>> =
    LazyLock::new(|| read(TEXT).expect("the ledger is compiled in, and a test reads it"));

/// Every promise, in the order of the addendum.
pub fn promises() -> &'static [Promise] {
    &PROMISES
}

/// The promise of that id.
pub fn find(id: &str) -> Option<&'static Promise> {
    PROMISES.iter().find(|promise| promise.id == id)
}

/// Reads a ledger.
pub fn read(text: &str) -> Result<Vec<Promise>, String> {
    toml::from_str::<File>(text)
        .map(|file| file.promise)
        .map_err(|error| error.message().to_owned())
}
