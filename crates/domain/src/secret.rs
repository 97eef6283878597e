//! Secrets and personal values. None of these types has `Display`, `Serialize` or a readable `Debug`;
//! their memory is wiped when they are dropped. Reading one is an explicit call of `expose`, in few places.
//!
//! A secret cannot be printed:
//! ```compile_fail
//! let token = upvow_domain::secret::AccessToken::new("x".to_owned());
//! println!("{token}");
//! ```
//! nor serialised:
//! ```compile_fail
//! let token = upvow_domain::secret::AccessToken::new("x".to_owned());
//! serde_json::to_string(&token).unwrap();
//! ```

use secrecy::{ExposeSecret as _, SecretString};

use crate::Invalid;

macro_rules! secrets {
    ($($(#[$doc:meta])* $name:ident;)*) => { $(
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(SecretString);

        impl $name {
            /// Takes the value over.
            pub fn new(value: String) -> Self {
                Self(value.into())
            }

            /// The value itself. Every call is a place where it can leak.
            pub fn expose(&self) -> &str {
                self.0.expose_secret()
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    )* };
}

secrets! {
    /// Names one person at Atlassian (`accountId`). Personal data: it lives in the vault and nowhere else.
    AccountId;
    /// Lets its holder call Jira as the person who authorised us. Itself names that person (`sub`).
    AccessToken;
    /// Buys new access tokens; each use replaces it.
    RefreshToken;
    /// The OAuth app's secret; also signs webhooks.
    ClientSecret;
    /// A one-time OAuth authorisation code.
    AuthorizationCode;
    /// PKCE's secret half.
    CodeVerifier;
    /// The unguessable part of a webhook address.
    WebhookToken;
    /// What a browser's session cookie holds.
    SessionSecret;
    /// What an API client sends as its bearer token.
    ApiSecret;
    /// The secret of a one-time sign-in, owner or unsubscribe link.
    LinkSecret;
    /// A password as typed.
    Password;
    /// What is kept of a password: its argon2id hash.
    PasswordHash;
}

/// The e-mail address of somebody who signed in to the board. Compared in lower case.
#[derive(Clone, PartialEq, Eq)]
pub struct Email(zeroize::Zeroizing<String>);

impl Email {
    /// Accepts `local@host` of at most 254 characters without spaces or control characters, and folds it to lower
    /// case. A confirmation mail is the real check.
    pub fn parse(text: &str) -> Result<Email, Invalid> {
        let text = text.trim();
        let refused = || Invalid::new("email", "enter an address like ana@example.com");
        let (local, host) = text.rsplit_once('@').ok_or_else(refused)?;
        let clean = |part: &str| {
            !part.is_empty()
                && !part
                    .chars()
                    .any(|c| c.is_whitespace() || c.is_control() || "<>()[],;:\\\"@".contains(c))
        };
        let host_ok = host.contains('.')
            && host
                .split('.')
                .all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'))
            || host == "localhost";
        if text.len() > 254 || local.len() > 64 || !clean(local) || !clean(host) || !host_ok {
            return Err(refused());
        }
        Ok(Email(text.to_lowercase().into()))
    }

    /// The address itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Email {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Email(..)")
    }
}

impl Password {
    /// The least length of a new password, in characters.
    pub const LEAST: usize = 10;

    /// Checks a password that somebody chooses.
    pub fn chosen(text: String) -> Result<Password, Invalid> {
        let count = text.chars().count();
        if count < Self::LEAST {
            return Err(Invalid::new(
                "password",
                "use at least 10 characters; a short sentence works well",
            ));
        }
        if count > 256 {
            return Err(Invalid::new("password", "use at most 256 characters"));
        }
        Ok(Password::new(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_says_nothing() {
        let shown = format!(
            "{:?} {:?}",
            AccessToken::new("tell-nobody".into()),
            Email::parse("ana@example.com")
        );
        assert!(
            !shown.contains("tell-nobody") && !shown.contains("ana"),
            "{shown}"
        );
    }

    #[test]
    fn addresses_are_folded_and_odd_ones_refused() {
        assert_eq!(
            Email::parse(" Ana@Example.com ").unwrap().expose(),
            "ana@example.com"
        );
        for odd in [
            "",
            "ana",
            "@x.y",
            "a@",
            "a b@x.y",
            "a@x..y",
            "a@x.y\nBcc: z@x.y",
            "a@b",
            "<a@x.y>",
        ] {
            assert!(Email::parse(odd).is_err(), "{odd:?}");
        }
    }
}
