//! Mail to people of the board. No mail names a person in Jira.

mod letters;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

pub(crate) use letters::{
    Incident, account_closed, announcement, case_alarm, case_news, case_opened, connect_request,
    incident_closed, incident_opened, invitation, notice, sign_in,
};
use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{
        Mailbox,
        header::{ContentType, Header, HeaderName, HeaderValue},
    },
};
use upvow_domain::{Invalid, Time, outgoing::Gate, secret::Email};

use crate::{AppError, Result, random};

/// How many letters an outbox keeps.
const KEPT: usize = 50;
/// A mail server that takes longer than this per step is not there.
const PATIENCE: Duration = Duration::from_secs(10);

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
    /// Where a mail program ends such letters with one click (RFC 8058), if they are sent to many.
    pub stop_at: Option<String>,
}

/// Where letters go.
#[derive(Clone)]
pub enum Mail {
    /// An SMTP server.
    Smtp(Server, Email),
    /// The terminal of whoever started the program.
    Console,
    /// A page of the demo: the newest 50.
    Outbox(Arc<Mutex<Vec<Letter>>>),
}

/// A mail server, and the gate before it.
#[derive(Clone)]
pub struct Server {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    host: String,
    gate: Gate,
}

impl Server {
    /// The gate that letters pass on their way.
    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    /// The way to the server, if the gate lets out to it.
    fn way(&self) -> Option<&AsyncSmtpTransport<Tokio1Executor>> {
        let is_open = self.gate.admits(&self.host).is_ok();
        is_open.then_some(&self.transport)
    }
}

impl Mail {
    /// A server's address (`smtp://`, `smtps://`), from whom letters come, and the gate that they pass on their way.
    pub fn smtp(url: &str, from: Email, gate: Gate) -> Result<Mail> {
        // The error is ours: the library's may repeat the address, and with it the password.
        let server = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(|_| {
            Invalid::new(
                "smtp_url",
                "write it as smtps://user:password@host:465, or smtp://host:587?tls=required",
            )
        })?;
        let server = Server {
            transport: server.timeout(Some(PATIENCE)).build(),
            host: host_of(url).unwrap_or_default(),
            gate,
        };
        Ok(Mail::Smtp(server, from))
    }

    /// Whether a mail server is there and takes our name and password. Nothing is sent.
    pub async fn answers(&self) -> bool {
        match self {
            Mail::Smtp(server, _) => match server.way() {
                Some(transport) => transport.test_connection().await.unwrap_or(false),
                None => false,
            },
            Mail::Console | Mail::Outbox(_) => true,
        }
    }

    /// An outbox for the demo and for tests.
    pub fn outbox() -> Mail {
        Mail::Outbox(Arc::default())
    }

    /// Sends a letter. Never called while a transaction is open.
    pub async fn send(&self, letter: Letter) -> Result<()> {
        match self {
            Mail::Smtp(server, from) => {
                let message = message(&letter, from)?;
                let way = server.way().ok_or(AppError::Internal {
                    code: "mail_host_refused",
                })?;
                let sent = way.send(message).await;
                // What a mail server answers may name the address, so only that it failed is told.
                sent.map(drop).map_err(|_| AppError::Internal {
                    code: "mail_not_sent",
                })
            }
            Mail::Console => {
                print(&letter);
                Ok(())
            }
            Mail::Outbox(letters) => {
                let mut letters = letters.lock().unwrap_or_else(PoisonError::into_inner);
                letters.insert(0, letter);
                letters.truncate(KEPT);
                Ok(())
            }
        }
    }

    /// The letters of the outbox, newest first; empty for the other kinds.
    pub fn letters(&self) -> Vec<Letter> {
        match self {
            Mail::Outbox(letters) => letters
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
            Mail::Smtp(..) | Mail::Console => vec![],
        }
    }
}

/// The host of a mail server's address.
pub fn host_of(url: &str) -> Option<String> {
    Some(url::Url::parse(url).ok()?.host_str()?.to_owned())
}

/// The letter as a mail server takes it. Header values are encoded by the library, and are one line before that.
fn message(letter: &Letter, from: &Email) -> Result<Message> {
    let broken = || AppError::Internal {
        code: "mail_address",
    };
    let mailbox = |email: &Email| email.expose().parse::<Mailbox>().map_err(|_| broken());
    let host = from.expose().rsplit('@').next().unwrap_or("localhost");
    let mut builder = Message::builder()
        .from(mailbox(from)?)
        .to(mailbox(&letter.to)?)
        .subject(one_line(&letter.subject))
        .date(std::time::UNIX_EPOCH + letter.at.since(Time(0)))
        .message_id(Some(format!("<{}@{host}>", random::secret())))
        .header(ContentType::TEXT_PLAIN);
    if let Some(address) = &letter.stop_at {
        builder = builder
            .header(Unsubscribe(format!("<{address}>")))
            .header(UnsubscribePost);
    }
    builder.body(letter.text.clone()).map_err(|_| broken())
}

/// `List-Unsubscribe`: where a mail program ends such letters.
#[derive(Clone)]
struct Unsubscribe(String);

impl Header for Unsubscribe {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe")
    }

    fn parse(text: &str) -> std::result::Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Unsubscribe(text.to_owned()))
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::dangerous_new_pre_encoded(Self::name(), self.0.clone(), self.0.clone())
    }
}

/// `List-Unsubscribe-Post`: one request to that address does it, without a page between.
#[derive(Clone)]
struct UnsubscribePost;

/// What RFC 8058 has mail programs send, word by word.
const ONE_CLICK: &str = "List-Unsubscribe=One-Click";

impl Header for UnsubscribePost {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe-Post")
    }

    fn parse(_: &str) -> std::result::Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(UnsubscribePost)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), ONE_CLICK.to_owned())
    }
}

fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

#[expect(
    clippy::print_stdout,
    reason = "without a mail server, the terminal is where the operator finds the sign-in link"
)]
fn print(letter: &Letter) {
    let rule = "-".repeat(72);
    println!(
        "{rule}\nMail to {}\nSubject: {}\n\n{}\n{rule}",
        letter.to.expose(),
        one_line(&letter.subject),
        letter.text.trim_end()
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(subject: &str) -> Letter {
        Letter {
            to: Email::parse("ana@example.com").unwrap(),
            subject: subject.to_owned(),
            text: "Hello Ana,\nhere it is: https://board.example/x\n".to_owned(),
            at: Time(1_790_000_000_000),
            stop_at: None,
        }
    }

    #[test]
    fn a_subject_cannot_add_a_header() {
        let from = Email::parse("board@example.com").unwrap();
        let message = message(&letter("Hi\r\nBcc: z@example.com\nä"), &from).unwrap();
        let text = String::from_utf8(message.formatted()).unwrap();
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.lines().all(|line| !line.starts_with("Bcc")), "{head}");
        assert!(head.contains("To: ana@example.com") && head.contains("Message-ID: <"));
        assert_eq!(message.envelope().to().len(), 1);
    }

    #[test]
    fn a_letter_to_many_can_be_ended_with_one_click() {
        let from = Email::parse("board@example.com").unwrap();
        let address = format!("https://board.example/mail-off/{}", "A".repeat(86));
        let many = Letter {
            stop_at: Some(address.clone()),
            ..letter("News")
        };
        let text = String::from_utf8(message(&many, &from).unwrap().formatted()).unwrap();
        // Whole on one line: a program that folds badly must not break the address.
        assert!(
            text.contains(&format!("List-Unsubscribe: <{address}>\r\n")),
            "{text}"
        );
        assert!(text.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"));
        let one = message(&letter("Sign in"), &from).unwrap().formatted();
        assert!(!String::from_utf8(one).unwrap().contains("List-Unsubscribe"));
    }

    /// Promise 8.1.
    #[tokio::test]
    async fn a_letter_to_a_server_off_the_list_is_refused_before_it_connects() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let from = Email::parse("board@example.com").unwrap();
        let mail = Mail::smtp(&url, from, Gate::to(["mail.example"])).unwrap();
        let refused = mail.send(letter("Hi")).await;
        assert!(matches!(
            refused,
            Err(AppError::Internal {
                code: "mail_host_refused"
            })
        ));
        assert!(!mail.answers().await);
        assert!(listener.accept().is_err(), "nobody connected");
    }

    #[tokio::test]
    async fn an_outbox_keeps_the_newest() {
        let mail = Mail::outbox();
        for number in 0..60 {
            mail.send(letter(&number.to_string())).await.unwrap();
        }
        let letters = mail.letters();
        assert_eq!(letters.len(), KEPT);
        assert_eq!(letters[0].subject, "59");
    }

    #[test]
    fn an_address_of_no_mail_server_is_refused_without_repeating_it() {
        let from = Email::parse("board@example.com").unwrap();
        let refused = Mail::smtp("http://user:geheim@host", from, Gate::default())
            .err()
            .unwrap();
        assert!(!format!("{refused} {refused:?}").contains("geheim"));
    }
}
