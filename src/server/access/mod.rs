//! Who calls, and what they may do.
//!
//! A caller says who it is by a key or a token (`authorization: Bearer ...`), or by the certificate of its connection. Who says nothing
//! is anonymous, where that is allowed. Whatever is said must hold: a wrong key is refused even where none is needed.

mod jwks;
mod roll;
mod tokens;

use std::{
    convert::Infallible,
    fmt,
    net::IpAddr,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, SystemTime},
};

use http::{HeaderMap, header::AUTHORIZATION};
pub use jwks::Source;
pub use roll::{KEY_PREFIX, Roll, digest};
pub use tokens::Tokens;

use super::{
    rate::Payer,
    secrets::{Secret, Secrets},
};

/// What a caller may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Ask for facts, page by page, and watch them.
    Read = 1,
    /// Take all of them along: `ExportEvents`.
    Export = 2,
    /// Ask how the server is, and load anew: on the port of operators alone.
    Admin = 4,
}

impl Scope {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Scope::Read => "read",
            Scope::Export => "export",
            Scope::Admin => "admin",
        }
    }

    /// The scope of a name.
    pub fn named(name: &str) -> Option<Scope> {
        [Scope::Read, Scope::Export, Scope::Admin].into_iter().find(|scope| scope.name() == name)
    }
}

/// Several scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scopes(u8);

impl Scopes {
    /// Whether one is among them.
    pub fn hold(self, scope: Scope) -> bool {
        self.0 & scope as u8 != 0
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Scopes {
        Scopes(scopes.into_iter().fold(0, |all, scope| all | scope as u8))
    }
}

/// A caller.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Principal {
    name: Arc<str>,
    scopes: Scopes,
    is_anonymous: bool,
}

impl Principal {
    fn named(name: impl Into<Arc<str>>, scopes: Scopes) -> Principal {
        Principal { name: name.into(), scopes, is_anonymous: false }
    }

    fn anonymous(scopes: Scopes) -> Principal {
        Principal { name: "anonymous".into(), scopes, is_anonymous: true }
    }

    /// What the log calls it: how it is known, and its name there, so that no issuer makes a name that is another's.
    pub(crate) fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// Whether it may do something.
    pub(crate) fn may(&self, scope: Scope) -> bool {
        self.scopes.hold(scope)
    }

    /// Whom its tokens are counted for, if it is known who it is.
    pub(crate) fn payer(&self) -> Option<Payer> {
        (!self.is_anonymous).then(|| Payer::Named(Arc::clone(&self.name)))
    }
}

/// Streams of health and reflection that one connection may have at once: a client needs one or two, and a few connections must
/// not be able to take the places of all others.
pub(crate) const OPERATION_STREAMS: usize = 16;

/// Calls are told apart by when they came: in this generation, the one before, or earlier.
const GENERATIONS: usize = 3;

/// The other end of a connection.
#[derive(Debug)]
pub(crate) struct Peer {
    address: IpAddr,
    calls: AtomicU64,
    /// Which of the counts below new calls are of.
    generation: AtomicUsize,
    /// Calls of one answer in flight, by the generation that they came in.
    in_flight: [AtomicUsize; GENERATIONS],
    /// Streams of health and reflection in flight.
    operation_streams: AtomicUsize,
    /// The names that its certificate bears, the subject's last; none without a certificate.
    certificate: Vec<String>,
    /// Whether nobody in between can read along.
    is_private: bool,
}

impl Peer {
    /// A peer without a certificate.
    pub(crate) fn at(address: IpAddr, encrypted: bool) -> Peer {
        Peer::new(address, vec![], encrypted || address.to_canonical().is_loopback())
    }

    /// A peer that has shown a certificate with these names.
    pub(crate) fn certified(address: IpAddr, names: Vec<String>) -> Peer {
        Peer::new(address, names, true)
    }

    fn new(address: IpAddr, certificate: Vec<String>, is_private: bool) -> Peer {
        Peer {
            address,
            calls: AtomicU64::new(0),
            generation: AtomicUsize::new(0),
            in_flight: Default::default(),
            operation_streams: AtomicUsize::new(0),
            certificate,
            is_private,
        }
    }

    /// A call of one answer, or of a stream, comes: it is in flight until what is given is dropped.
    pub(crate) fn begin(self: &Arc<Peer>, streams: bool) -> InFlight {
        self.calls.fetch_add(1, Relaxed);
        let in_flight = InFlight { peer: Arc::clone(self), generation: OnceLock::new() };
        if !streams {
            in_flight.must_end();
        }
        in_flight
    }

    /// One more stream of health or reflection, if it may have one more.
    pub(crate) fn operation_stream(self: &Arc<Peer>) -> Option<OperationStream> {
        let one_more = |streams| (streams < OPERATION_STREAMS).then_some(streams + 1);
        self.operation_streams.fetch_update(Relaxed, Relaxed, one_more).ok()?;
        Some(OperationStream(Arc::clone(self)))
    }

    /// How many calls have come.
    pub(super) fn calls(&self) -> u64 {
        self.calls.load(Relaxed)
    }

    /// Whether no call is in flight: each holds the peer, beside the connection and its service.
    pub(super) fn is_quiet(self: &Arc<Peer>) -> bool {
        Arc::strong_count(self) <= 2
    }

    /// Begins a generation. Answers whether no call of the oldest, whose place it takes, is still in flight.
    pub(super) fn next_generation(&self) -> bool {
        let oldest = (self.generation.load(Relaxed) + 1) % GENERATIONS;
        let is_over = self.in_flight.get(oldest).is_none_or(|count| count.load(Relaxed) == 0);
        self.generation.store(oldest, Relaxed);
        is_over
    }

    /// Its address.
    pub(crate) fn address(&self) -> IpAddr {
        self.address
    }
}

/// A stream of health or reflection that counts until dropped.
#[derive(Debug)]
pub(crate) struct OperationStream(Arc<Peer>);

impl Drop for OperationStream {
    fn drop(&mut self) {
        self.0.operation_streams.fetch_sub(1, Relaxed);
    }
}

/// A call in flight.
#[derive(Debug)]
pub(crate) struct InFlight {
    peer: Arc<Peer>,
    /// Of a call that has to end; a stream may last.
    generation: OnceLock<usize>,
}

impl InFlight {
    /// From now on it must end in time, or its connection is cut off.
    pub(crate) fn must_end(&self) {
        self.generation.get_or_init(|| {
            let generation = self.peer.generation.load(Relaxed);
            if let Some(count) = self.peer.in_flight.get(generation) {
                count.fetch_add(1, Relaxed);
            }
            generation
        });
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        if let Some(count) = self.generation.get().and_then(|generation| self.peer.in_flight.get(*generation)) {
            count.fetch_sub(1, Relaxed);
        }
    }
}

/// Who may call health or reflection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Anybody, whoever they are.
    Open,
    /// Who may read facts.
    Read,
    /// Nobody.
    Off,
}

/// Who may do what.
pub struct Access {
    anonymous: Option<Arc<Principal>>,
    roll: Option<Arc<Secret<Roll>>>,
    tokens: Option<Arc<Tokens>>,
    /// Whether operators on this machine need not say who they are.
    pub anonymous_operators: bool,
    /// Who may ask for health.
    pub health: Policy,
    /// Who may use reflection.
    pub reflection: Policy,
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access").field("anonymous", &self.anonymous).finish_non_exhaustive()
    }
}

impl Default for Access {
    /// Anybody may do everything: for a server that only this machine reaches.
    fn default() -> Access {
        let all = Access::new(Some([Scope::Read, Scope::Export].into_iter().collect()), None, None);
        Access { anonymous_operators: true, ..all }
    }
}

/// What was said of who calls does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stranger;

impl Access {
    /// What callers may who do not say who they are; and how the others are known.
    pub fn new(anonymous: Option<Scopes>, roll: Option<Arc<Secret<Roll>>>, tokens: Option<Arc<Tokens>>) -> Access {
        let anonymous = anonymous.map(|scopes| Arc::new(Principal::anonymous(scopes)));
        Access { anonymous, roll, tokens, anonymous_operators: false, health: Policy::Open, reflection: Policy::Read }
    }

    /// Who calls the port of operators, where keys and tokens are taken if nobody in between can read them.
    pub(super) fn operator(&self, headers: &HeaderMap, peer: &Peer) -> Result<Arc<Principal>, Stranger> {
        if !peer.is_private {
            return Err(Stranger);
        }
        match self.said(headers)? {
            Some(principal) => Ok(principal),
            None if self.anonymous_operators && peer.address.to_canonical().is_loopback() => {
                Ok(Arc::new(Principal::anonymous([Scope::Admin].into_iter().collect())))
            }
            None => Err(Stranger),
        }
    }

    /// Who calls as they say, if they say so.
    fn said(&self, headers: &HeaderMap) -> Result<Option<Arc<Principal>>, Stranger> {
        let mut said = headers.get_all(AUTHORIZATION).iter();
        match (said.next(), said.next()) {
            (None, _) => Ok(None),
            (Some(one), None) => {
                let bearer = one.as_bytes().split_at_checked(BEARER.len());
                let (scheme, credential) = bearer.ok_or(Stranger)?;
                if !scheme.eq_ignore_ascii_case(BEARER) {
                    return Err(Stranger);
                }
                self.bearer(credential.trim_ascii()).ok_or(Stranger).map(Some)
            }
            (Some(_), Some(_)) => Err(Stranger),
        }
    }

    /// Who calls.
    pub(super) fn principal(&self, headers: &HeaderMap, peer: Option<&Peer>) -> Result<Arc<Principal>, Stranger> {
        if let Some(principal) = self.said(headers)? {
            return Ok(principal);
        }
        match peer.map(|peer| peer.certificate.as_slice()) {
            Some(names @ [.., subject]) => {
                let known = self.roll.as_ref().and_then(|roll| roll.now().certified(names));
                // The authority that signed it is trusted to say who may connect, and so who may read.
                let unlisted = || {
                    Arc::new(Principal::named(format!("certificate:{subject}"), [Scope::Read].into_iter().collect()))
                };
                Ok(known.unwrap_or_else(unlisted))
            }
            _ => self.anonymous.clone().ok_or(Stranger),
        }
    }

    fn bearer(&self, credential: &[u8]) -> Option<Arc<Principal>> {
        let now = now();
        if credential.starts_with(KEY_PREFIX.as_bytes()) {
            return self.roll.as_ref()?.now().keyed(credential, now);
        }
        self.tokens.as_ref()?.principal(credential, now)
    }

    /// Keeps what tokens are checked with as it is at its address, for ever.
    pub(super) async fn refresh(&self, secrets: &Secrets) -> Infallible {
        match &self.tokens {
            Some(tokens) => tokens.refresh(secrets).await,
            None => std::future::pending().await,
        }
    }

    /// Fetches what is at an address, so that nobody is turned away for want of it; or says why it cannot be had.
    pub async fn fetch(&self) -> Result<(), String> {
        match &self.tokens {
            Some(tokens) => tokens.fetch().await,
            None => Ok(()),
        }
    }
}

/// How credentials are sent.
const BEARER: &[u8] = b"Bearer ";

/// Seconds since 1970.
fn now() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "credentials end by the clock; no answer is made of it")]
    let now = SystemTime::now();
    now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs()
}
