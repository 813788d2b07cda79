//! The address guard: which addresses are private, and the resolver that keeps
//! a redirect from reaching one. The check is made on the addresses that are
//! dialled, so a name that changes its mind between check and use gains nothing.

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long an answer of the system's resolver, which hides the real lifetime, is kept.
const KEPT_FOR: Duration = Duration::from_mins(1);
/// How many names are kept; when there are more, the old ones go, then all.
const KEPT: usize = 4096;

/// A name being looked up.
pub type Looking = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// How names become addresses and which of these are private. The daemon uses
/// [`SystemNetwork`]; a test brings names and addresses of its own.
pub trait Network: Send + Sync + fmt::Debug {
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

/// Whether an address is none of the public internet: private, loopback,
/// link-local, shared, multicast, reserved (the IANA special-purpose registries),
/// or an IPv6 form that leads to such an IPv4 address.
#[must_use]
pub fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_private_v4(v4),
        IpAddr::V6(v6) => match embedded_v4(v6) {
            Some(v4) => is_private_v4(v4),
            None => is_private_v6(v6),
        },
    }
}

/// Address and length of the prefixes that are not public (IANA, with RFC 5735 and RFC 6890).
const PRIVATE_V4: [([u8; 4], u32); 15] = [
    ([0, 0, 0, 0], 8),       // this network
    ([10, 0, 0, 0], 8),      // private
    ([100, 64, 0, 0], 10),   // shared by the customers of a carrier
    ([127, 0, 0, 0], 8),     // loopback
    ([169, 254, 0, 0], 16),  // link-local; clouds serve their secrets here
    ([172, 16, 0, 0], 12),   // private
    ([192, 0, 0, 0], 24),    // protocol assignments
    ([192, 0, 2, 0], 24),    // documentation
    ([192, 88, 99, 0], 24),  // 6to4 relays, withdrawn
    ([192, 168, 0, 0], 16),  // private
    ([198, 18, 0, 0], 15),   // benchmarks
    ([198, 51, 100, 0], 24), // documentation
    ([203, 0, 113, 0], 24),  // documentation
    ([224, 0, 0, 0], 4),     // multicast
    ([240, 0, 0, 0], 4),     // reserved, broadcast
];

/// The same for IPv6; forms that embed IPv4 addresses are judged by these.
const PRIVATE_V6: [([u16; 8], u32); 11] = [
    ([0; 8], 127),                           // unspecified, loopback
    ([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48),  // locally chosen NAT64
    ([0x100, 0, 0, 0, 0, 0, 0, 0], 64),      // discard
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 23),     // Teredo and other protocol assignments
    ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), // documentation
    ([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20),     // documentation
    ([0x5f00, 0, 0, 0, 0, 0, 0, 0], 16),     // segment routing
    ([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7),      // unique local
    ([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10),     // link-local
    ([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10),     // site-local, withdrawn
    ([0xff00, 0, 0, 0, 0, 0, 0, 0], 8),      // multicast
];

fn is_private_v4(address: Ipv4Addr) -> bool {
    let within = |prefix: [u8; 4], length: u32| (u32::from(address) ^ u32::from_be_bytes(prefix)) >> (32 - length) == 0;
    PRIVATE_V4.into_iter().any(|(prefix, length)| within(prefix, length))
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    let within = |prefix: [u16; 8], length: u32| {
        (u128::from(address) ^ u128::from(Ipv6Addr::from(prefix))) >> (128 - length) == 0
    };
    PRIVATE_V6.into_iter().any(|(prefix, length)| within(prefix, length))
}

/// The IPv4 address that a packet to this one ends at: mapped, compatible, NAT64
/// (RFC 6052), 6to4 (RFC 3056), ISATAP (RFC 5214).
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let (high, low) = match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => return None,
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, ..]
        | [_, _, _, _, 0 | 0x200, 0x5efe, high, low] => (high, low),
        _ => return None,
    };
    let [a, b] = high.to_be_bytes();
    let [c, d] = low.to_be_bytes();
    Some(Ipv4Addr::new(a, b, c, d))
}

/// Where a request may lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// The operator wrote the URL, or a private address led to it.
    Anywhere,
    /// A public address led to it.
    PublicOnly,
}

/// A host that may not be dialled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Blocked {
    pub(super) host: String,
}

impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} has a private address", self.host)
    }
}

impl std::error::Error for Blocked {}

/// A name without an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unknown {
    pub(super) host: String,
    pub(super) why: String,
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the name {} has no address ({})", self.host, self.why)
    }
}

impl std::error::Error for Unknown {}

/// The resolver of one HTTP client: a network, a cache, and where it may lead.
#[derive(Debug, Clone)]
pub(super) struct Resolver {
    names: Arc<Names>,
    reach: Reach,
}

impl Resolver {
    pub(super) fn new(names: &Arc<Names>, reach: Reach) -> Self {
        Self { names: Arc::clone(names), reach }
    }

    async fn addresses(self, host: String) -> Result<Vec<IpAddr>, Box<dyn std::error::Error + Send + Sync>> {
        let mut found = self.names.look_up(&host).await?;
        if self.reach == Reach::PublicOnly {
            found.retain(|address| !self.names.network.is_private(*address));
            if found.is_empty() {
                return Err(Blocked { host }.into());
            }
        }
        Ok(found)
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let found = self.clone().addresses(name.as_str().to_owned());
        Box::pin(async move {
            let dialled = found.await?.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(dialled) as Addrs)
        })
    }
}

/// The addresses of names, remembered for [`KEPT_FOR`].
#[derive(Debug)]
pub(super) struct Names {
    network: Arc<dyn Network>,
    kept: Mutex<HashMap<String, (Instant, Vec<IpAddr>)>>,
}

impl Names {
    pub(super) fn new(network: Arc<dyn Network>) -> Arc<Self> {
        Arc::new(Self { network, kept: Mutex::default() })
    }

    pub(super) fn is_private(&self, address: IpAddr) -> bool {
        self.network.is_private(address)
    }

    async fn look_up(&self, host: &str) -> Result<Vec<IpAddr>, Unknown> {
        if let Some(known) = self.recall(host) {
            return Ok(known);
        }
        let unknown = |why: String| Unknown { host: host.to_owned(), why };
        let found = self.network.look_up(host).await.map_err(|error| unknown(error.to_string()))?;
        if found.is_empty() {
            return Err(unknown("the answer is empty".to_owned()));
        }
        self.keep(host, &found);
        Ok(found)
    }

    fn recall(&self, host: &str) -> Option<Vec<IpAddr>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (until, found) = kept.get(host)?;
        (*until > Instant::now()).then(|| found.clone())
    }

    fn keep(&self, host: &str, found: &[IpAddr]) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            let now = Instant::now();
            kept.retain(|_, (until, _)| *until > now);
            if kept.len() >= KEPT {
                kept.clear();
            }
        }
        kept.insert(host.to_owned(), (Instant::now() + KEPT_FOR, found.to_vec()));
    }
}
