//! Who handles data on the operator's behalf. The product ships with Atlassian; the operator adds theirs in a file.

use std::sync::LazyLock;

use aws_lc_rs::digest;
use upvow_domain::{Time, hex};

use super::Day;

/// The list as it is in the repository.
pub const TEXT: &str = include_str!("../../../../../promises/subprocessors.toml");

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subprocessor {
    /// Its name.
    pub name: String,
    /// What it does.
    pub role: String,
    /// Where.
    pub country: String,
    /// The safeguard for data that goes there.
    pub transfer: String,
    /// Since when, or from when on.
    pub since: Day,
    /// The hosts that the program may call because of it.
    #[serde(default)]
    pub hosts: Vec<String>,
}

impl Subprocessor {
    /// By what it is told from others in announcements: everything that matters about it, but not its day.
    pub fn key(&self) -> String {
        let mut context = digest::Context::new(&digest::SHA256);
        for part in [&self.name, &self.role, &self.country, &self.transfer]
            .into_iter()
            .chain(&self.hosts)
        {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part.as_bytes());
        }
        format!("subprocessor-{}", hex(&context.finish().as_ref()[..8]))
    }
}

/// The list that holds: what ships, then what the operator added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subprocessors {
    shipped: Vec<Subprocessor>,
    added: Vec<Subprocessor>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    subprocessor: Vec<Subprocessor>,
}

static SHIPPED: LazyLock<Vec<Subprocessor>> =
    LazyLock::new(|| read(TEXT).expect("the list is compiled in, and a test reads it"));

impl Default for Subprocessors {
    fn default() -> Self {
        Subprocessors {
            shipped: SHIPPED.clone(),
            added: Vec::new(),
        }
    }
}

impl Subprocessors {
    /// With what the operator's file adds; or what is wrong with the file.
    pub fn with(operators: &str) -> Result<Subprocessors, String> {
        let added = read(operators)?;
        if let Some(twice) = added
            .iter()
            .find(|one| SHIPPED.iter().any(|other| other.name == one.name))
        {
            return Err(format!("{} is on the list already", twice.name));
        }
        Ok(Subprocessors {
            added,
            ..Subprocessors::default()
        })
    }

    /// Everybody on the list.
    pub fn all(&self) -> impl Iterator<Item = &Subprocessor> {
        self.shipped.iter().chain(&self.added)
    }

    /// Those whom the operator added.
    pub fn added(&self) -> &[Subprocessor] {
        &self.added
    }

    /// What is wrong with the list at this moment; `None` if nothing is.
    pub fn problem(&self, now: Time) -> Option<String> {
        let shipped = self.shipped.iter().find(|one| one.since.begins() > now);
        shipped.map(|one| format!("{} is used already and listed from a later day", one.name))
    }
}

/// Reads a list; says the first thing that is wrong with it.
pub fn read(text: &str) -> Result<Vec<Subprocessor>, String> {
    let list = toml::from_str::<File>(text)
        .map_err(|error| error.message().to_owned())?
        .subprocessor;
    for (at, one) in list.iter().enumerate() {
        let parts = [&one.name, &one.role, &one.country, &one.transfer];
        if parts.iter().any(|part| part.trim().is_empty()) {
            return Err(format!(
                "entry {} lacks its name, role, country or transfer",
                at + 1
            ));
        }
        let is_host = |host: &String| {
            let own = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-".contains(c);
            !host.is_empty() && host.chars().all(own)
        };
        if !one.hosts.iter().all(is_host) {
            return Err(format!(
                "{}: a host is written like api.example.com, without https://, port or path",
                one.name
            ));
        }
        if list[..at].iter().any(|other| other.name == one.name) {
            return Err(format!("{} is there twice", one.name));
        }
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "[[subprocessor]]\nname = \"Hoster\"\nrole = \"Servers\"\ncountry = \"Germany\"\ntransfer = \"none needed\"\nsince = \"2026-12-01\"\nhosts = [\"api.hoster.example\"]\n";

    /// Promise 8.2, 10.1.
    #[test]
    fn each_entry_says_who_what_where_and_by_which_safeguard() {
        assert!(!read(TEXT).unwrap().is_empty());
        assert_eq!(Subprocessors::with(HOST).unwrap().all().count(), 2);
        for lost in ["Hoster", "Servers", "Germany", "none needed"] {
            assert!(read(&HOST.replace(lost, " ")).is_err(), "{lost}");
        }
        for odd in ["https://api", "a:443", "a/b", "", "A.example"] {
            assert!(read(&HOST.replace("api.hoster.example", odd)).is_err());
        }
        assert!(read(&HOST.replace("country = \"Germany\"\n", "")).is_err());
        assert!(read(&HOST.replace("2026-12-01", "soon")).is_err());
        assert!(read(&[HOST, HOST].concat()).is_err(), "twice");
        assert!(Subprocessors::with(TEXT).is_err(), "ours again");
        let one = &read(HOST).unwrap()[0];
        let moved = &read(&HOST.replace("Germany", "France")).unwrap()[0];
        let later = &read(&HOST.replace("-12-", "-11-")).unwrap()[0];
        assert_ne!(one.key(), moved.key(), "another country is news");
        assert_eq!(one.key(), later.key(), "another day is none");
    }
}
