//! Mail to people of the board. No mail names a person in Jira.

use std::sync::{Arc, Mutex};

use upvow_domain::{Time, secret::Email};

use crate::Result;

/// A letter.
#[derive(Clone, Debug)]
pub struct Letter {
    /// To whom.
    pub to: Email,
    /// Its subject, one line.
    pub subject: String,
    /// Its plain text.
    pub text: String,
    /// When it was written.
    pub at: Time,
}

/// Where letters go.
#[derive(Clone)]
pub enum Mail {
    /// An SMTP server.
    Smtp(lettre::AsyncSmtpTransport<lettre::Tokio1Executor>, Email),
    /// The terminal of whoever started the program.
    Console,
    /// A page of the demo: the newest 50.
    Outbox(Arc<Mutex<Vec<Letter>>>),
}

impl Mail {
    /// A server's address (`smtp://`, `smtps://`), and from whom letters come.
    pub fn smtp(url: &str, from: Email) -> Result<Mail> {
        todo!()
    }

    /// An outbox for the demo and for tests.
    pub fn outbox() -> Mail {
        Mail::Outbox(Arc::default())
    }

    /// Sends a letter.
    pub async fn send(&self, letter: Letter) -> Result<()> {
        todo!()
    }

    /// The letters of the outbox, newest first; empty for the other kinds.
    pub fn letters(&self) -> Vec<Letter> {
        todo!()
    }
}
