//! An HTTP answer before it is one.

use serde_json::{Map, Value, json};

/// Status, headers and JSON body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Option<Value>,
    /// Objects in the answer, for the hourly points: one for each core object, two for each person.
    pub(crate) objects: u64,
}

/// Every handler's result: both halves are answers.
pub(crate) type Outcome = Result<Answer, Answer>;

impl Answer {
    pub(crate) fn new(status: u16, body: Value) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Some(body),
            objects: 1,
        }
    }

    pub(crate) fn ok(body: Value) -> Self {
        Self::new(200, body)
    }

    pub(crate) fn no_content() -> Self {
        Self {
            status: 204,
            headers: Vec::new(),
            body: None,
            objects: 0,
        }
    }

    /// Jira's error shape with one message.
    pub(crate) fn error(status: u16, message: &str) -> Self {
        Self::new(status, json!({ "errorMessages": [message], "errors": {} }))
    }

    /// Jira's error shape with one complaint per field.
    pub(crate) fn field_errors(errors: &Map<String, Value>) -> Self {
        Self::new(400, json!({ "errorMessages": [], "errors": errors }))
    }

    /// Jira's error shape with one complaint about one field.
    pub(crate) fn field_error(field: &str, message: &str) -> Self {
        let mut errors = Map::new();
        errors.insert(field.to_owned(), json!(message));
        Self::field_errors(&errors)
    }

    /// The gateway's error shape, which comes before Jira.
    pub(crate) fn gateway(status: u16, message: &str) -> Self {
        Self::new(status, json!({ "code": status, "message": message }))
    }

    /// Deleted and invisible look the same.
    pub(crate) fn no_issue() -> Self {
        Self::error(
            404,
            "Issue does not exist or you do not have permission to see it.",
        )
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(crate) fn counting(mut self, objects: usize) -> Self {
        self.objects = objects as u64;
        self
    }
}
