//! How much each caller may ask for in a minute, in points of static cost (`prescan`).
//!
//! Who is signed in has a budget of their own, wherever they are: a hospital is one address. Who is
//! not shares the budget of an address, as the trusted proxies tell it. Budgets live in this process
//! and fill up evenly (GCRA, crate governor); several processes each give their own.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Mutex;
use std::time::Duration;

use entity::id::{PersonId, ServiceId};
use entity::instant::{Instant, MINUTE};
use governor::clock::{Clock as GovernorClock, Reference as _};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::kit::actor::Principal;
use crate::kit::clock::Clock;

/// In what time an empty budget is full again.
const WINDOW: Duration = Duration::from_secs(60);
/// Callers that are remembered before those with a full budget are forgotten.
const REMEMBERED: usize = 10_000;

/// Whose budget it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Payer {
    /// A person.
    Person(PersonId),
    /// An integration.
    Service(ServiceId),
    /// An address; of IPv6 the network, since a household or a phone has 2^64 of them.
    Address(IpAddr),
}

impl Payer {
    /// Who pays for a call; `None` for the system itself and where no address is known.
    #[must_use]
    pub fn of(principal: Principal, address: Option<IpAddr>) -> Option<Self> {
        match principal {
            Principal::Person(person) => Some(Self::Person(person)),
            Principal::Service(service) => Some(Self::Service(service)),
            Principal::Anonymous => address.map(network).map(Self::Address),
            Principal::System => None,
        }
    }
}

fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => {
            let [a, b, c, d, ..] = six.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        four => four,
    }
}

/// What is left after a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balance {
    /// Points that the call cost.
    pub cost: u32,
    /// Points of a full budget.
    pub limit: u32,
    /// Points that are left.
    pub remaining: u32,
    /// When the budget is full again, if nothing more is asked for.
    pub full_at: Instant,
}

impl Balance {
    /// Seconds from `now` until the budget is full again, rounded up.
    #[must_use]
    pub fn full_in(&self, now: Instant) -> i64 {
        let left = self.full_at.since(now).max(0);
        left.saturating_add(entity::instant::SECOND - 1) / entity::instant::SECOND
    }
}

/// There is not enough left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overdrawn {
    /// Points of a full budget.
    pub limit: u32,
    /// Seconds after which there is enough again, at least 1.
    pub retry_after: u64,
}

impl Overdrawn {
    /// What to do about it.
    #[must_use]
    pub fn message(self) -> String {
        let Self { limit, retry_after } = self;
        format!(
            "You have asked for more than {limit} points of cost in a minute. Come back in {retry_after} s, or ask for less at a time."
        )
    }
}

type Limiter = RateLimiter<Payer, HashMapStateStore<Payer>, HouseClock, StateInformationMiddleware>;

/// The house's clock, as governor reads clocks.
#[derive(Clone, Debug)]
struct HouseClock(Clock);

impl GovernorClock for HouseClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.now().micros()).unwrap_or(0))
    }
}

/// One budget for each caller of a kind.
struct Purse {
    limit: NonZeroU32,
    limiter: Limiter,
    /// How many callers there may be before it is swept.
    sweep_at: Mutex<usize>,
}

impl Purse {
    fn new(limit: u32, clock: &Clock) -> Option<Self> {
        let limit = NonZeroU32::new(limit)?;
        let quota = Quota::with_period(WINDOW / limit.get())?.allow_burst(limit);
        let limiter = RateLimiter::hashmap_with_clock(quota, HouseClock(clock.clone()))
            .with_middleware::<StateInformationMiddleware>();
        Some(Self { limit, limiter, sweep_at: Mutex::new(REMEMBERED) })
    }

    fn pay(&self, payer: Payer, cost: u32, clock: &Clock) -> Result<Balance, Overdrawn> {
        self.sweep();
        // What is dearer than a whole budget takes a whole one: it is within the limits of the scan.
        let cost = NonZeroU32::new(cost).unwrap_or(NonZeroU32::MIN).min(self.limit);
        let limit = self.limit.get();
        match self.limiter.check_key_n(&payer, cost) {
            Ok(Ok(left)) => {
                let remaining = left.remaining_burst_capacity().min(limit);
                let spent = i64::from(limit - remaining);
                let full_at = clock.now().plus(MINUTE * spent / i64::from(limit));
                Ok(Balance { cost: cost.get(), limit, remaining, full_at })
            }
            Ok(Err(not_yet)) => {
                let now = HouseClock(clock.clone()).now();
                let wait = Duration::from(not_yet.earliest_possible().duration_since(now));
                Err(Overdrawn { limit, retry_after: wait.as_secs().saturating_add(1) })
            }
            // Cannot be: the cost is at most the limit.
            Err(_) => Err(Overdrawn { limit, retry_after: WINDOW.as_secs() }),
        }
    }

    /// Forgets callers with a full budget when there are many. Many who are not full raise the mark, so
    /// that not every call sweeps.
    fn sweep(&self) {
        let Ok(mut mark) = self.sweep_at.lock() else { return };
        if self.limiter.len() >= *mark {
            self.limiter.retain_recent();
            *mark = REMEMBERED.max(self.limiter.len().saturating_mul(2));
        }
    }
}

/// All budgets of this process.
pub struct Budgets {
    clock: Clock,
    signed_in: Option<Purse>,
    address: Option<Purse>,
}

impl Budgets {
    /// Budgets of so many points a minute for each signed-in caller and for each address of others; 0
    /// for no limit.
    #[must_use]
    pub fn new(signed_in: u32, address: u32, clock: &Clock) -> Self {
        Self {
            clock: clock.clone(),
            signed_in: Purse::new(signed_in, clock),
            address: Purse::new(address, clock),
        }
    }

    /// Takes `cost` points from the budget of `payer`; `None` where there is no limit.
    ///
    /// # Errors
    /// [`Overdrawn`]; then nothing was taken.
    pub fn pay(&self, payer: Option<Payer>, cost: u64) -> Result<Option<Balance>, Overdrawn> {
        let Some(payer) = payer else { return Ok(None) };
        let purse = match payer {
            Payer::Person(_) | Payer::Service(_) => &self.signed_in,
            Payer::Address(_) => &self.address,
        };
        let cost = u32::try_from(cost).unwrap_or(u32::MAX);
        purse.as_ref().map(|purse| purse.pay(payer, cost, &self.clock)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use entity::instant::SECOND;

    use super::*;

    fn address(text: &str) -> Option<Payer> {
        Payer::of(Principal::Anonymous, Some(text.parse().expect("an address")))
    }

    #[test]
    fn a_budget_is_spent_and_fills_up_evenly() {
        let clock = Clock::manual(Instant(1_772_442_000_000_000));
        let budgets = Budgets::new(600, 60, &clock);
        let one = address("192.0.2.1");
        let left = budgets.pay(one, 20).expect("enough").expect("a limit");
        assert_eq!((left.cost, left.limit, left.remaining), (20, 60, 40));
        assert_eq!(left.full_in(clock.now()), 20);
        budgets.pay(one, 40).expect("enough");
        let refused = budgets.pay(one, 10).expect_err("empty");
        assert_eq!(refused.limit, 60);
        assert!((10..=11).contains(&refused.retry_after), "{refused:?}");
        clock.advance(11 * SECOND);
        budgets.pay(one, 10).expect("filled up again");
    }

    #[test]
    fn each_has_a_budget_of_their_own() {
        let clock = Clock::manual(Instant(1_772_442_000_000_000));
        let budgets = Budgets::new(0, 60, &clock);
        budgets.pay(address("192.0.2.1"), 60).expect("enough");
        budgets.pay(address("192.0.2.1"), 1).expect_err("empty");
        budgets.pay(address("::ffff:192.0.2.1"), 1).expect_err("the same address");
        budgets.pay(address("192.0.2.2"), 60).expect("another address");
        budgets.pay(address("2001:db8::1"), 60).expect("enough");
        budgets.pay(address("2001:db8::2"), 1).expect_err("the same network");
        budgets.pay(address("2001:db8:0:1::2"), 60).expect("another network");
        let person = Payer::of(Principal::Person(PersonId(uuid::Uuid::nil())), None);
        assert_eq!(budgets.pay(person, 1_000_000), Ok(None), "0 is no limit");
        assert_eq!(budgets.pay(Payer::of(Principal::System, None), 1_000_000), Ok(None));
    }

    #[test]
    fn the_dearest_document_fits_a_small_budget() {
        let clock = Clock::manual(Instant(1_772_442_000_000_000));
        let budgets = Budgets::new(100, 100, &clock);
        let left = budgets.pay(address("192.0.2.1"), 5_000).expect("a full budget").expect("limit");
        assert_eq!(left.remaining, 0);
    }

    #[test]
    fn those_who_ask_no_more_are_forgotten() {
        let clock = Clock::manual(Instant(1_772_442_000_000_000));
        let budgets = Budgets::new(0, 60, &clock);
        for number in 0..25_000_u32 {
            let address = IpAddr::from(number.to_be_bytes());
            budgets.pay(Some(Payer::Address(address)), 1).expect("enough");
            clock.advance(SECOND / 10);
        }
        let remembered = budgets.address.expect("a purse").limiter.len();
        assert!(remembered <= REMEMBERED, "{remembered}");
    }
}
