//! Finding a port.

use std::{
    io::ErrorKind,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use anyhow::{Context as _, bail};
use tokio::net::TcpListener;

/// How many ports after a taken one are tried.
const TRIES: u16 = 50;

/// Binds the address, or the same address with the next free port, and says so.
pub(super) async fn bind(wanted: SocketAddr, say: impl Fn(&str)) -> anyhow::Result<TcpListener> {
    for more in 0..TRIES {
        let Some(port) = wanted.port().checked_add(more) else {
            break;
        };
        let address = SocketAddr::new(wanted.ip(), port);
        match TcpListener::bind(address).await {
            Ok(listener) => {
                if more > 0 {
                    say(&format!("Port {} is taken; using {port}.", wanted.port()));
                }
                return Ok(listener);
            }
            Err(error) if error.kind() == ErrorKind::AddrInUse => {}
            Err(error) => return Err(error).with_context(|| format!("--listen {address}")),
        }
    }
    bail!("--listen {wanted}: this port and the next {TRIES} are taken")
}

/// The address by which this machine reaches a listener that takes requests from everywhere.
pub(super) fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[tokio::test]
    async fn a_taken_port_gives_the_next_free_one_and_says_so() {
        let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let wanted = taken.local_addr().unwrap();
        let said = RefCell::new(String::new());
        let listener = bind(wanted, |line| said.borrow_mut().push_str(line))
            .await
            .unwrap();
        assert!(listener.local_addr().unwrap().port() > wanted.port());
        assert!(
            said.borrow()
                .contains(&format!("Port {} is taken", wanted.port())),
            "{}",
            said.borrow()
        );
    }
}
