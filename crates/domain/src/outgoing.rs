//! The one list of the hosts that the program may connect to. Whatever goes out asks it first.

use std::{
    collections::BTreeSet,
    sync::{Arc, PoisonError, RwLock},
};

/// The gate before every outgoing connection. Clones share the list. A new gate lets nothing out.
#[derive(Clone, Default)]
pub struct Gate(Arc<RwLock<BTreeSet<String>>>);

/// The host is on no list: no connection was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused;

impl Gate {
    /// A gate that lets out to these hosts only.
    pub fn to<'a>(hosts: impl IntoIterator<Item = &'a str>) -> Gate {
        let gate = Gate::default();
        gate.set(hosts);
        gate
    }

    /// These hosts and no other, from now on, for everybody who shares the gate.
    pub fn set<'a>(&self, hosts: impl IntoIterator<Item = &'a str>) {
        let hosts = hosts.into_iter().map(plain).collect();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = hosts;
    }

    /// To be asked before a connection is made, and again for each address that an answer leads to.
    pub fn admits(&self, host: &str) -> Result<(), Refused> {
        let hosts = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if hosts.contains(&plain(host)) {
            Ok(())
        } else {
            Err(Refused)
        }
    }

    /// The hosts that are let through, in order.
    pub fn hosts(&self) -> Vec<String> {
        let hosts = self.0.read().unwrap_or_else(PoisonError::into_inner);
        hosts.iter().cloned().collect()
    }
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.hosts()).finish()
    }
}

/// One spelling for each host: lower case, and no dot at the end, which names the same host.
fn plain(host: &str) -> String {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.trim_end_matches('.').to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Promise 8.1, 8.3.
    #[test]
    fn only_what_is_listed_is_let_out_however_it_is_spelled() {
        let gate = Gate::to(["API.atlassian.com", "::1"]);
        for host in ["api.atlassian.com", "Api.Atlassian.Com.", "[::1]"] {
            assert_eq!(gate.admits(host), Ok(()), "{host}");
        }
        for host in [
            "atlassian.com",
            "api.atlassian.com.example",
            "xapi.atlassian.com",
            "",
        ] {
            assert_eq!(gate.admits(host), Err(Refused), "{host}");
        }
        assert_eq!(Gate::default().admits("api.atlassian.com"), Err(Refused));
        let shared = gate.clone();
        gate.set(["mail.example"]);
        assert_eq!(shared.admits("api.atlassian.com"), Err(Refused));
        assert_eq!(shared.hosts(), ["mail.example"]);
    }
}
