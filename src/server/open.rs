//! The connections that are open: how many there may be, in all and from one address.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use super::{
    config::Config,
    metrics::{Metrics, Refused},
    rate,
};

/// All connections.
#[derive(Debug)]
pub(super) struct Open {
    most: usize,
    most_per_address: Option<usize>,
    by_address: Mutex<HashMap<IpAddr, usize>>,
    metrics: Arc<Metrics>,
}

impl Open {
    pub(super) fn new(config: &Config, metrics: Arc<Metrics>) -> Open {
        let (most, most_per_address) = (config.max_connections, config.max_connections_per_address);
        Open { most, most_per_address, by_address: Mutex::default(), metrics }
    }

    /// One more, if there is room; it counts as a worker's load too.
    pub(super) fn enter(self: &Arc<Open>, address: IpAddr, load: &Arc<AtomicUsize>) -> Option<Counted> {
        let customer = rate::customer(address);
        if self.metrics.connections() >= self.most {
            self.metrics.refuse(Refused::Full);
            return None;
        }
        if let Some(most) = self.most_per_address {
            let mut by_address = self.by_address();
            let count = by_address.entry(customer).or_default();
            if *count >= most {
                drop(by_address);
                self.metrics.refuse(Refused::Address);
                return None;
            }
            *count += 1;
        }
        self.metrics.connect();
        load.fetch_add(1, Relaxed);
        Some(Counted { open: Arc::clone(self), address, customer, load: Arc::clone(load) })
    }

    /// Counts are whole whatever panicked.
    fn by_address(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.by_address.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that counts until dropped.
#[derive(Debug)]
pub(super) struct Counted {
    open: Arc<Open>,
    address: IpAddr,
    customer: IpAddr,
    load: Arc<AtomicUsize>,
}

impl Counted {
    /// Where it comes from.
    pub(super) fn address(&self) -> IpAddr {
        self.address
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.load.fetch_sub(1, Relaxed);
        self.open.metrics.disconnect();
        if self.open.most_per_address.is_some() {
            let mut by_address = self.open.by_address();
            if let Some(count) = by_address.get_mut(&self.customer) {
                *count -= 1;
                if *count == 0 {
                    by_address.remove(&self.customer);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::rpcs::Rpcs;

    #[test]
    fn addresses_of_one_customer_are_one() {
        let metrics = Arc::new(Metrics::new(&Rpcs::new().unwrap()));
        let config = Config { max_connections_per_address: Some(1), ..Config::default() };
        let (open, load) = (Arc::new(Open::new(&config, metrics)), Arc::default());
        let enter = |address: &str| open.enter(address.parse().unwrap(), &load);
        let first = enter("2001:db8::1").unwrap();
        assert!(enter("2001:db8::2").is_none() && enter("2001:db8:0:1::1").is_some());
        drop(first);
        assert!(enter("2001:db8::2").is_some());
    }
}
