//! What is promised, and the proof: the ledger against the sources, and every check against what it must find.

mod checks;
mod ledger;
mod notices;
