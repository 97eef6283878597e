//! The upvow program.
fn main() {}
