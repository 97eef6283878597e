//! What is wrong with a form, beside its fields.

use axum::http::StatusCode;
use upvow_app::AppError;

use super::filters::Markup;
use crate::{PageError, failure::Failure};

/// The refusals of one form. Empty when it is shown for the first time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Errors {
    /// What is wrong with the whole of it.
    pub(crate) whole: Option<String>,
    fields: Vec<(String, String)>,
    status: Option<StatusCode>,
}

impl Errors {
    /// Takes what a form can show and its author can mend; anything else is a page of its own.
    pub(crate) fn of(error: AppError) -> Result<Errors, PageError> {
        match error {
            AppError::Invalid(_)
            | AppError::Conflict { .. }
            | AppError::TooMany { .. }
            | AppError::Jira(_) => {}
            other => return Err(PageError(other)),
        }
        let failure = Failure::from(error);
        let fields: Vec<_> = failure
            .errors
            .into_iter()
            .map(|one| (one.field, sentence(&one.message)))
            .collect();
        Ok(Errors {
            whole: fields.is_empty().then_some(failure.detail),
            fields,
            status: Some(failure.status),
        })
    }

    /// One refusal, of one field.
    pub(crate) fn field(name: &str, message: &str) -> Errors {
        Errors {
            whole: None,
            fields: vec![(name.to_owned(), sentence(message))],
            status: Some(StatusCode::UNPROCESSABLE_ENTITY),
        }
    }

    /// The answer's status: 200 for a form without refusals.
    pub(crate) fn status(&self) -> StatusCode {
        self.status.unwrap_or(StatusCode::OK)
    }

    /// What is wrong with this field.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, message)| message.as_str())
    }

    /// Refusals of fields that the form does not show under their own name, so that none is lost.
    pub(crate) fn others(&self, shown: &[&str]) -> Vec<&str> {
        self.fields
            .iter()
            .filter(|(field, _)| !shown.contains(&field.as_str()))
            .map(|(_, message)| message.as_str())
            .collect()
    }

    /// The attributes of a field's input: what a screen reader is told of the refusal and of the hint.
    pub(crate) fn tell(&self, name: &str, hint: &str) -> Markup {
        // Names are written in our templates, never by a person.
        let wrong = self.get(name).is_some();
        let told = match (wrong, hint.is_empty()) {
            (true, true) => format!(r#" aria-invalid="true" aria-describedby="{name}-wrong""#),
            (true, false) => {
                format!(r#" aria-invalid="true" aria-describedby="{name}-wrong {hint}""#)
            }
            (false, false) => format!(r#" aria-describedby="{hint}""#),
            (false, true) => String::new(),
        };
        Markup(told)
    }
}

/// A domain message as a sentence: with its capital and its stop.
fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let Some(first) = letters.next() else {
        return String::new();
    };
    let stop = if message.ends_with(['.', '!', '?']) {
        ""
    } else {
        "."
    };
    format!("{}{}{stop}", first.to_uppercase(), letters.as_str())
}

#[cfg(test)]
mod tests {
    use upvow_domain::Invalid;

    use super::*;

    #[test]
    fn a_refused_field_is_told_beside_it() {
        let errors = Errors::of(Invalid::new("title", "use 3 to 140 characters").into()).unwrap();
        assert_eq!(errors.get("title"), Some("Use 3 to 140 characters."));
        assert_eq!(errors.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(
            errors.tell("title", "title-hint").to_string(),
            r#" aria-invalid="true" aria-describedby="title-wrong title-hint""#
        );
        assert!(
            errors
                .others(&["body"])
                .contains(&"Use 3 to 140 characters.")
        );
    }

    #[test]
    fn what_no_form_can_mend_is_a_page() {
        assert!(Errors::of(AppError::NotFound).is_err());
        assert!(Errors::of(AppError::SignInNeeded).is_err());
    }
}
