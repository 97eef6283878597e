//! What is wrong with an input, in words its author can act on.

/// A refused value: which field, and what to do about it. Never repeats the value itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct Invalid {
    /// The field's name in forms and in the API.
    pub field: &'static str,
    /// What to do, as a sentence without its capital and stop.
    pub message: String,
}

impl Invalid {
    /// Refuses `field`, saying what to do.
    pub fn new(field: &'static str, message: impl Into<String>) -> Self {
        Invalid {
            field,
            message: message.into(),
        }
    }
}
