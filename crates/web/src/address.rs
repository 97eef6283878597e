//! The network address a request comes from: for rate limits only, never logged and never kept.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    str::FromStr,
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, request::Parts},
};

use crate::Web;

/// The address of whoever sent the request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ClientAddr(pub IpAddr);

impl ClientAddr {
    /// What a rate limit counts by. An IPv6 user owns a /64 at least, so all of it counts as one.
    pub fn key(self) -> String {
        match self.0.to_canonical() {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        }
    }

    /// The address of a request: the peer's, or, if the peer is a trusted proxy, the right-most one in
    /// `X-Forwarded-For` that is not itself a trusted proxy. What stands further left, the client may have written.
    pub fn of(peer: IpAddr, headers: &HeaderMap, trusted: &Proxies) -> ClientAddr {
        let peer = peer.to_canonical();
        if !trusted.contains(peer) {
            return ClientAddr(peer);
        }
        let mut nearest = peer;
        let named = headers
            .get_all("x-forwarded-for")
            .iter()
            .rev()
            .flat_map(|value| value.to_str().unwrap_or_default().rsplit(','));
        for hop in named {
            let Ok(hop) = hop.trim().parse::<IpAddr>() else {
                break;
            };
            nearest = hop.to_canonical();
            if !trusted.contains(nearest) {
                break;
            }
        }
        ClientAddr(nearest)
    }
}

impl std::fmt::Debug for ClientAddr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClientAddr(..)")
    }
}

impl FromRequestParts<Web> for ClientAddr {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Infallible> {
        Ok(ClientAddr::of(
            peer(parts),
            &parts.headers,
            &web.trusted_proxies,
        ))
    }
}

/// Who opened the connection. Unknown only where no connection is (tests): then it is nobody's address.
pub(crate) fn peer(parts: &Parts) -> IpAddr {
    parts
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip())
}

/// The proxies in front of us.
#[derive(Clone, Debug, Default)]
pub struct Proxies(Vec<Network>);

impl Proxies {
    /// These networks.
    pub fn new(networks: Vec<Network>) -> Proxies {
        Proxies(networks)
    }

    fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }
}

/// An address or a block of addresses: `10.0.0.1`, `10.0.0.0/8`, `fd00::/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    base: IpAddr,
    bits: u32,
}

impl Network {
    fn contains(self, address: IpAddr) -> bool {
        let same = |a: u128, b: u128, width: u32| {
            // A shift by the full width has no defined result, and a /0 holds everything.
            self.bits == 0 || (a ^ b) >> (width - self.bits) == 0
        };
        match (self.base, address) {
            (IpAddr::V4(a), IpAddr::V4(b)) => {
                same(u128::from(a.to_bits()), u128::from(b.to_bits()), 32)
            }
            (IpAddr::V6(a), IpAddr::V6(b)) => same(a.to_bits(), b.to_bits(), 128),
            _ => false,
        }
    }
}

/// The text is not an address or a block of addresses.
#[derive(Debug, PartialEq, Eq)]
pub struct NotANetwork;

impl std::fmt::Display for NotANetwork {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("write an address like 10.0.0.1 or a block like 10.0.0.0/8")
    }
}

impl std::error::Error for NotANetwork {}

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Network, NotANetwork> {
        let (base, bits) = text
            .split_once('/')
            .map_or((text, None), |(a, b)| (a, Some(b)));
        let base: IpAddr = base.trim().parse().map_err(|_| NotANetwork)?;
        let width = if base.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(bits) => bits.trim().parse().map_err(|_| NotANetwork)?,
            None => width,
        };
        if bits > width {
            return Err(NotANetwork);
        }
        Ok(Network { base, bits })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        let trusted = Proxies::new(trusted.iter().map(|text| text.parse().unwrap()).collect());
        ClientAddr::of(peer.parse().unwrap(), &headers, &trusted).key()
    }

    #[test]
    fn a_stranger_cannot_choose_an_address() {
        assert_eq!(of("203.0.113.9", &["198.51.100.1"], &[]), "203.0.113.9");
        assert_eq!(
            of("203.0.113.9", &["198.51.100.1"], &["10.0.0.0/8"]),
            "203.0.113.9"
        );
    }

    #[test]
    fn the_right_most_untrusted_hop_counts() {
        let trusted = ["10.0.0.0/8"];
        assert_eq!(
            of("10.1.1.1", &["1.1.1.1, 203.0.113.9, 10.2.2.2"], &trusted),
            "203.0.113.9"
        );
        assert_eq!(
            of("10.1.1.1", &["1.1.1.1", "203.0.113.9"], &trusted),
            "203.0.113.9"
        );
        assert_eq!(of("10.1.1.1", &["junk"], &trusted), "10.1.1.1");
        assert_eq!(
            of("::ffff:10.1.1.1", &["203.0.113.9"], &trusted),
            "203.0.113.9"
        );
    }

    #[test]
    fn an_ipv6_network_counts_as_one() {
        assert_eq!(
            of("2001:db8:1:2:3::4", &[], &[]),
            of("2001:db8:1:2:ffff::1", &[], &[])
        );
        assert_ne!(
            of("2001:db8:1:2::1", &[], &[]),
            of("2001:db8:1:3::1", &[], &[])
        );
    }

    #[test]
    fn blocks() {
        for odd in ["", "10.0.0.0/33", "10.0.0/8", "a/1", "::/129"] {
            assert_eq!(odd.parse::<Network>(), Err(NotANetwork), "{odd:?}");
        }
        let all: Network = "0.0.0.0/0".parse().unwrap();
        assert!(all.contains("9.9.9.9".parse().unwrap()));
        assert!(!all.contains("::1".parse().unwrap()));
    }
}
