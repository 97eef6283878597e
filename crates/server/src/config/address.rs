//! Addresses: what they lead to, and whether two lead to one thing.

use std::path::{Component, PathBuf};

use url::{Host, Url};

/// Whether the address leads to this machine itself.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// The path of a `sqlite:` address.
pub(super) fn sqlite_path(url: &str) -> Option<&str> {
    let path = url.strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    let path = path.split('?').next().unwrap_or_default();
    (!path.is_empty() && path != ":memory:").then_some(path)
}

/// The file's full path: without detours, and links followed as far as the folders are there.
fn full(path: &str) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| PathBuf::from(path));
    let mut plain = PathBuf::new();
    for part in absolute.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    let real = plain.ancestors().find_map(|above| {
        Some(
            above
                .canonicalize()
                .ok()?
                .join(plain.strip_prefix(above).ok()?),
        )
    });
    // Joining nothing would add a slash.
    real.map_or(plain, |real| real.components().collect())
}

/// Two addresses of one database: the same file, or the same name on the same server, whoever signs in.
pub(super) fn same_database(one: &str, other: &str) -> bool {
    if let (Some(one), Some(other)) = (sqlite_path(one), sqlite_path(other)) {
        return full(one) == full(other);
    }
    let (Ok(one), Ok(other)) = (Url::parse(one), Url::parse(other)) else {
        return one == other;
    };
    // A socket's folder is a parameter, so the parameters count too.
    let server = |url: &Url| {
        let host = url.host_str().unwrap_or_default().to_lowercase();
        let socket = url
            .query_pairs()
            .find(|(key, _)| key == "host")
            .map(|(_, value)| value.into_owned());
        (
            socket.unwrap_or(host),
            url.port().unwrap_or(5432),
            url.path().to_owned(),
        )
    };
    one.scheme().starts_with("postgres")
        && other.scheme().starts_with("postgres")
        && server(&one) == server(&other)
}
