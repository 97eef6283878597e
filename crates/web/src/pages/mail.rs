//! The demo's letters.

use askama::Template;
use axum::{Router, extract::Path, response::Response, routing::get};
use upvow_app::{AppError, Mail, mail::Letter};
use upvow_domain::Time;

use super::{
    filters,
    filters::Markup,
    frame::{Frame, show},
    words::When,
};
use crate::{PageError, Visit, Web};

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/mail", get(list))
        .route("/mail/{number}", get(read))
}

#[derive(Template)]
#[template(path = "mail.html")]
struct Outbox {
    frame: Frame,
    letters: Vec<Letter>,
    now: Time,
}

impl Outbox {
    fn when(&self, at: &Time) -> When {
        When::new(*at, self.now)
    }
}

#[derive(Template)]
#[template(path = "mail_letter.html")]
struct OneLetter {
    frame: Frame,
    letter: Letter,
    address: String,
    now: Time,
}

impl OneLetter {
    fn sent(&self) -> When {
        When::new(self.letter.at, self.now)
    }

    fn text(&self) -> Markup {
        Markup(with_links(&self.letter.text, &self.address))
    }
}

/// The letter's text with addresses of ours as links; nothing else in it is one.
fn with_links(text: &str, ours: &str) -> String {
    let escaped = |text: &str| {
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;")
    };
    let word = |word: &str| {
        let shown = escaped(word);
        if word.starts_with(ours) {
            format!("<a href=\"{shown}\">{shown}</a>")
        } else {
            shown
        }
    };
    text.split('\n')
        .map(|line| line.split(' ').map(word).collect::<Vec<_>>().join(" "))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Only a demo has an outbox; elsewhere there is no such page.
fn letters(visit: &Visit) -> Result<Vec<Letter>, PageError> {
    match visit.app.mail {
        Mail::Outbox(_) => Ok(visit.app.mail.letters()),
        Mail::Smtp(..) | Mail::Console => Err(PageError(AppError::NotFound)),
    }
}

async fn list(visit: Visit) -> Result<Response, PageError> {
    show(&Outbox {
        frame: Frame::outside(&visit, "Demo mail"),
        letters: letters(&visit)?,
        now: visit.app.now(),
    })
}

async fn read(visit: Visit, Path(number): Path<String>) -> Result<Response, PageError> {
    let number: usize = number.parse().map_err(|_| PageError(AppError::NotFound))?;
    let letter = letters(&visit)?
        .into_iter()
        .nth(number)
        .ok_or(PageError(AppError::NotFound))?;
    show(&OneLetter {
        frame: Frame::outside(&visit, letter.subject.clone()),
        letter,
        address: visit.app.settings.address("/"),
        now: visit.app.now(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_addresses_become_links() {
        let text = "Hello <Ana>\nhttp://x.test/sign-in/link/abc http://evil.test/\"onclick=1";
        assert_eq!(
            with_links(text, "http://x.test/"),
            "Hello &lt;Ana&gt;\n<a href=\"http://x.test/sign-in/link/abc\">http://x.test/sign-in/link/abc</a> http://evil.test/&quot;onclick=1"
        );
    }
}
