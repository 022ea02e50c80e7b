use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::{oneshot, watch};

use super::dice::Dice;
use crate::Member;
use crate::peers::{Handler, Lane, Transport, TransportError};

/// Who waits for an answer; a message that was doubled is answered once.
type Waiting = Arc<Mutex<Option<oneshot::Sender<Bytes>>>>;

/// How messages fare.
#[derive(Clone, Debug)]
pub struct Weather {
    /// Milliseconds that a message takes: at least, at most.
    pub delay_ms: (u64, u64),
    /// Of a thousand messages so many are lost,
    pub lost: u64,
    /// so many come twice,
    pub doubled: u64,
    /// and so many take ten times as long.
    pub late: u64,
    /// Nothing passes from the one to the other.
    pub cut: BTreeSet<(u64, u64)>,
}

impl Weather {
    pub fn fair() -> Self {
        Self { delay_ms: (1, 4), lost: 0, doubled: 0, late: 5, cut: BTreeSet::new() }
    }
}

/// A message on its way.
pub struct Flight {
    pub from: u64,
    pub to: u64,
    pub bytes: Bytes,
    pub waiting: Waiting,
    /// Whether it asks or answers.
    pub asks: bool,
}

/// The network between the members, as the world moves it.
#[derive(Clone)]
pub struct SimNetwork(Arc<Mutex<Net>>);

struct Net {
    now_ms: u64,
    dice: Dice,
    weather: Weather,
    flying: BTreeMap<(u64, u64), Flight>,
    sent: u64,
    handlers: BTreeMap<u64, Arc<dyn Handler>>,
    /// Told whenever a member comes or goes.
    changed: watch::Sender<()>,
}

impl SimNetwork {
    pub fn new(dice: Dice) -> Self {
        let (weather, flying, handlers) = (Weather::fair(), BTreeMap::new(), BTreeMap::new());
        let changed = watch::Sender::new(());
        Self(Arc::new(Mutex::new(Net { now_ms: 0, dice, weather, flying, sent: 0, handlers, changed })))
    }

    pub fn transport(&self, id: u64) -> SimTransport {
        SimTransport { network: self.clone(), id }
    }

    /// Changes how messages fare.
    pub fn weather(&self, change: impl FnOnce(&mut Weather)) {
        change(&mut self.0.lock().weather);
    }

    /// What arrives by `now_ms`, in order. What is on its way over a cut link is lost.
    pub fn arrivals(&self, now_ms: u64) -> Vec<Flight> {
        let mut net = self.0.lock();
        net.now_ms = now_ms;
        let later = net.flying.split_off(&(now_ms + 1, 0));
        let due = std::mem::replace(&mut net.flying, later);
        due.into_values().filter(|flight| !net.weather.cut.contains(&(flight.from, flight.to))).collect()
    }

    /// Who answers for the member `id`, where it is up.
    pub fn handler(&self, id: u64) -> Option<Arc<dyn Handler>> {
        self.0.lock().handlers.get(&id).cloned()
    }

    /// Sends an answer.
    pub fn answer(&self, asked: &Flight, bytes: Bytes) {
        let waiting = Arc::clone(&asked.waiting);
        self.0.lock().send(Flight { from: asked.to, to: asked.from, bytes, waiting, asks: false });
    }
}

impl Net {
    fn serve(&mut self, id: u64, handler: Option<Arc<dyn Handler>>) {
        match handler {
            Some(handler) => self.handlers.insert(id, handler),
            None => self.handlers.remove(&id),
        };
        self.changed.send_replace(());
    }

    fn send(&mut self, flight: Flight) {
        let Weather { delay_ms: (low, high), lost, doubled, late, .. } = self.weather.clone();
        if self.dice.chance(lost) {
            return;
        }
        let copies = if self.dice.chance(doubled) { 2 } else { 1 };
        for _ in 0..copies {
            let delay = self.dice.between(low, high) * if self.dice.chance(late) { 10 } else { 1 };
            self.sent += 1;
            let copy = Flight { bytes: flight.bytes.clone(), waiting: Arc::clone(&flight.waiting), ..flight };
            self.flying.insert((self.now_ms + delay.max(1), self.sent), copy);
        }
    }
}

/// One member's way into the network.
pub struct SimTransport {
    network: SimNetwork,
    id: u64,
}

#[async_trait]
impl Transport for SimTransport {
    async fn call(&self, to: &Member, _lane: Lane, message: Bytes, limit: Duration) -> Result<Bytes, TransportError> {
        if self.network.handler(to.id).is_none() {
            tokio::time::sleep(limit.min(Duration::from_millis(2))).await;
            return Err(TransportError::Unreachable(to.id, "nobody is there".into()));
        }
        let (reply, answer) = oneshot::channel();
        let waiting = Arc::new(Mutex::new(Some(reply)));
        self.network.0.lock().send(Flight { from: self.id, to: to.id, bytes: message, waiting, asks: true });
        let answer = async {
            match answer.await {
                Ok(bytes) => bytes,
                // Lost on the way: nobody says so.
                Err(_) => std::future::pending().await,
            }
        };
        let answered = tokio::time::timeout(limit, answer).await;
        answered.map_err(|_| TransportError::Unanswered(to.id, format!("nothing within {limit:?}")))
    }

    async fn gone(&self, member: &Member) {
        let mut changed = self.network.0.lock().changed.subscribe();
        let mut was_there = false;
        loop {
            let is_there = self.network.handler(member.id).is_some();
            if was_there && !is_there {
                return;
            }
            was_there = is_there;
            if changed.changed().await.is_err() {
                return std::future::pending().await;
            }
        }
    }

    async fn serve(&self, handler: Arc<dyn Handler>) {
        let _here = Present { network: self.network.clone(), id: self.id };
        self.network.0.lock().serve(self.id, Some(handler));
        std::future::pending().await
    }
}

/// Takes a member out of the network when it no longer serves.
struct Present {
    network: SimNetwork,
    id: u64,
}

impl Drop for Present {
    fn drop(&mut self) {
        self.network.0.lock().serve(self.id, None);
    }
}
