//! Addresses to listen on.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use tokio::net::{TcpListener, TcpSocket, lookup_host};

use super::Failed;
use crate::cli::USAGE;

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1024;

/// The addresses of `HOST:PORT`.
pub(super) async fn resolve(listen: &str) -> Result<Vec<SocketAddr>, Failed> {
    let well_formed = listen.rsplit_once(':').is_some_and(|(host, port)| {
        let bracketed = host.starts_with('[') && host.ends_with(']');
        !host.is_empty() && (bracketed || !host.contains(':')) && port.parse::<u16>().is_ok()
    });
    if !well_formed {
        let cure = "write HOST:PORT, such as 127.0.0.1:50051, [::1]:50051 or localhost:0";
        return Err(Failed(USAGE, format!("{listen:?} is no address to listen on; {cure}")));
    }
    let found =
        lookup_host(listen).await.map_err(|error| Failed(1, format!("cannot find the host of {listen}: {error}")))?;
    let addresses: Vec<_> = found.collect();
    if addresses.is_empty() { Err(Failed(1, format!("the host of {listen} has no address"))) } else { Ok(addresses) }
}

/// Whether only this machine can reach an address.
pub(super) fn is_loopback(ip: IpAddr) -> bool {
    ip.to_canonical().is_loopback()
}

/// A listener where an argument says, and its address.
pub(super) fn bound(
    listen: &str,
    addresses: &[SocketAddr],
    argument: &str,
) -> Result<(std::net::TcpListener, SocketAddr), Failed> {
    let listener = bind(addresses).and_then(|listener| Ok((listener.local_addr()?, listener.into_std()?)));
    let (address, listener) = listener.map_err(|error| {
        let cure = match error.kind() {
            io::ErrorKind::AddrInUse => format!("; stop what listens there, or choose another port with {argument}"),
            _ => String::new(),
        };
        Failed(1, format!("cannot listen on {listen}: {error}{cure}"))
    })?;
    Ok((listener, address))
}

/// The first of the addresses that can be bound.
fn bind(addresses: &[SocketAddr]) -> io::Result<TcpListener> {
    let mut failed = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in addresses {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
        let bound = socket.and_then(|socket| {
            // A restart must not wait for connections of the run before.
            socket.set_reuseaddr(true)?;
            socket.bind(*address)?;
            socket.listen(BACKLOG)
        });
        match bound {
            Ok(listener) => return Ok(listener),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

/// The address to call from this machine.
pub(super) fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_private() {
        for (ip, loopback) in [
            ("127.0.0.1", true),
            ("127.8.9.1", true),
            ("::1", true),
            ("::ffff:127.0.0.1", true),
            ("0.0.0.0", false),
            ("::", false),
            ("10.0.0.1", false),
            ("fe80::1", false),
            ("::ffff:10.0.0.1", false),
        ] {
            assert_eq!(is_loopback(ip.parse().unwrap()), loopback, "{ip}");
        }
    }

    #[test]
    fn the_address_to_call_is_one_that_answers() {
        for (listen, call) in [
            ("0.0.0.0:1", "127.0.0.1:1"),
            ("[::]:2", "[::1]:2"),
            ("127.0.0.1:3", "127.0.0.1:3"),
            ("[::1]:4", "[::1]:4"),
        ] {
            assert_eq!(reachable(listen.parse().unwrap()).to_string(), call);
        }
    }
}
