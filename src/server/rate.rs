//! How much each caller may ask for: tokens that come back with time. A call costs one when it begins and, once it is known
//! what it looked at, one more for each [`ROWS`] rows: who asks for much pays for it before asking again.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

/// Rows that a token buys.
const ROWS: u64 = 1000;

/// Callers that are told apart. Beyond them those that are new share one account: nobody makes the server remember more.
const MOST: usize = 1 << 16;

/// Whom tokens are counted for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Payer {
    /// Who said who they are.
    Named(Arc<str>),
    /// Who did not: by the address, see [`customer`].
    Address(IpAddr),
}

impl Payer {
    /// Who calls from an address without a name.
    pub(crate) fn at(address: IpAddr) -> Payer {
        Payer::Address(customer(address))
    }
}

/// What one customer of a network has: an address, of IPv6 a /64.
pub(super) fn customer(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// How many tokens come a second, and how many can be saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Tokens a second.
    pub tokens: NonZeroU32,
    /// The most that are saved.
    pub burst: NonZeroU32,
}

/// What all callers have left.
#[derive(Debug)]
pub(crate) struct Rates {
    /// How long a token takes to come back.
    token: u64,
    /// What a full account is worth.
    burst: u64,
    since: Instant,
    /// When each account will be full again, in nanoseconds: what is spent moves it on.
    accounts: Mutex<HashMap<Payer, Arc<AtomicU64>>>,
    shared: Arc<AtomicU64>,
}

impl Rates {
    pub(crate) fn new(rate: Rate) -> Rates {
        let token = Duration::from_secs(1).as_nanos() as u64 / u64::from(rate.tokens.get());
        let burst = token * u64::from(rate.burst.get());
        Rates { token, burst, since: Instant::now(), accounts: Mutex::default(), shared: Arc::default() }
    }

    /// Takes a token; or says when there will be one.
    pub(crate) fn take(self: &Arc<Self>, payer: &Payer, now: Instant) -> Result<Account, Duration> {
        let now = self.nanos(now);
        let full = self.account(payer, now);
        let paid = |full: u64| {
            let full = full.max(now) + self.token;
            (full <= now + self.burst).then_some(full)
        };
        match full.fetch_update(Relaxed, Relaxed, paid) {
            Ok(_) => Ok(Account { rates: Arc::clone(self), full }),
            Err(full) => Err(Duration::from_nanos(full.max(now) + self.token - now - self.burst)),
        }
    }

    fn nanos(&self, now: Instant) -> u64 {
        now.saturating_duration_since(self.since).as_nanos() as u64
    }

    fn account(&self, payer: &Payer, now: u64) -> Arc<AtomicU64> {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(full) = accounts.get(payer) {
            return Arc::clone(full);
        }
        if accounts.len() >= MOST {
            // A full account is as good as none.
            accounts.retain(|_, full| full.load(Relaxed) > now);
        }
        if accounts.len() >= MOST {
            return Arc::clone(&self.shared);
        }
        Arc::clone(accounts.entry(payer.clone()).or_default())
    }
}

/// The account of a caller, of a call that has begun.
#[derive(Debug)]
pub(crate) struct Account {
    rates: Arc<Rates>,
    full: Arc<AtomicU64>,
}

impl Account {
    /// Pays for the rows that a call looked at. Nobody is stopped by it who has begun: the next call waits for it.
    pub(crate) fn pay(&self, rows: u64, now: Instant) {
        let (now, cost) = (self.rates.nanos(now), (rows / ROWS).saturating_mul(self.rates.token));
        if cost > 0 {
            let _ = self.full.fetch_update(Relaxed, Relaxed, |full| Some(full.max(now).saturating_add(cost)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten tokens a second, of which five are saved.
    fn rates() -> Arc<Rates> {
        let [tokens, burst] = [10, 5].map(|n| NonZeroU32::new(n).unwrap());
        Arc::new(Rates::new(Rate { tokens, burst }))
    }

    #[test]
    fn what_is_saved_is_spent_first_then_what_comes_back() {
        let (rates, began) = (rates(), Instant::now());
        let payer = Payer::Named("maps".into());
        for _ in 0..5 {
            rates.take(&payer, began).unwrap();
        }
        assert_eq!(rates.take(&payer, began).unwrap_err(), Duration::from_millis(100));
        rates.take(&payer, began + Duration::from_millis(100)).unwrap();
        rates.take(&payer, began + Duration::from_millis(100)).unwrap_err();
        rates.take(&Payer::Named("others".into()), began).unwrap();
    }

    #[test]
    fn a_call_pays_for_the_rows_that_it_looked_at_before_the_next_one() {
        let (rates, began) = (rates(), Instant::now());
        let payer = Payer::at("192.0.2.1".parse().unwrap());
        let account = rates.take(&payer, began).unwrap();
        account.pay(999, began);
        rates.take(&payer, began).unwrap();
        account.pay(20_000, began);
        assert_eq!(rates.take(&payer, began).unwrap_err(), Duration::from_millis(1800));
    }

    #[test]
    fn a_network_of_one_customer_is_one_payer() {
        let payer = |text: &str| Payer::at(text.parse().unwrap());
        assert_eq!(payer("2001:db8::1"), payer("2001:db8::ffff:1"));
        assert_ne!(payer("2001:db8::1"), payer("2001:db8:0:1::1"));
        assert_eq!(payer("::ffff:192.0.2.1"), payer("192.0.2.1"));
        assert_ne!(payer("192.0.2.1"), payer("192.0.2.2"));
    }

    #[test]
    fn however_many_call_no_more_are_remembered_than_told() {
        let (rates, began) = (rates(), Instant::now());
        for n in 0..MOST as u32 + 10 {
            let _ = rates.take(&Payer::at(IpAddr::from(n.to_be_bytes())), began);
        }
        assert_eq!(rates.accounts.lock().unwrap().len(), MOST);
        let later = began + Duration::from_secs(10);
        rates.take(&Payer::at("192.0.2.1".parse().unwrap()), later).unwrap();
        assert_eq!(rates.accounts.lock().unwrap().len(), 1, "those with nothing to pay are forgotten");
    }
}
