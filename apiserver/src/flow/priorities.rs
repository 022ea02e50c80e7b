//! The seats of one server.

use std::sync::{Arc, Weak};
use std::time::Duration;

use arc_swap::ArcSwap;
use kontiki_api::status::{Reason, Status};
use parking_lot::Mutex;
use serde_json::Value;
use tokio::time::Instant;

use super::configuration::Configuration;
use super::figures::Figures;
use super::state::{Entered, State};
use super::{Asked, Seat};
use crate::metrics::Metrics;

/// How long a request waits for its seat: a quarter of how long it may run, as upstream.
const PATIENCE: Duration = Duration::from_secs(15);

/// Gives requests their seats.
pub(crate) struct Priorities {
    configuration: ArcSwap<Configuration>,
    state: Arc<Mutex<State>>,
    figures: Figures,
    total: usize,
}

impl Priorities {
    /// `total` seats, divided as in a cluster that has just begun.
    pub fn new(total: usize, metrics: &Metrics) -> Self {
        let figures = Figures::new(metrics);
        let configuration = ArcSwap::from_pointee(Configuration::read(&super::objects(), &figures));
        let own = Self { configuration, state: Arc::default(), figures, total };
        own.divide();
        own
    }

    /// Divides the seats as `objects` of both kinds say.
    pub fn configure(&self, objects: &[Value]) {
        self.configuration.store(Arc::new(Configuration::read(objects, &self.figures)));
        self.divide();
    }

    fn divide(&self) {
        let bounds = self.configuration.load().bounds(self.total);
        self.figures.divided(&bounds);
        self.state.lock().divide(self.total, bounds);
    }

    /// A seat for `asked`, once there is one.
    ///
    /// # Errors
    /// 429 where too many wait already, or none came free in time.
    pub async fn seat(&self, asked: &Asked<'_>) -> Result<Seat, Status> {
        let Some((schema, level)) = self.configuration.load().find(asked) else { return Err(refused()) };
        if level.exempt {
            return Ok(Seat::new(schema, level, Weak::new()).started());
        }
        let (flow, name, queue) = (schema.flow(asked), level.name.clone(), level.queue);
        let flow = format!("{}\0{flow}", schema.name).into();
        let seat = || Seat::new(Arc::clone(&schema), Arc::clone(&level), Arc::downgrade(&self.state));
        let entered = self.state.lock().enter(&name, &flow, queue, seat);
        let granted = match entered {
            Entered::Now => return Ok(seat().held().started()),
            Entered::Full => {
                schema.figures.refused(if queue.is_some() { "queue-full" } else { "concurrency-limit" });
                return Err(refused());
            }
            Entered::Waits(granted) => granted,
        };
        let (_waits, begun) = (schema.figures.waits(), Instant::now());
        let outcome = tokio::time::timeout(PATIENCE, granted).await;
        let seat = outcome.ok().and_then(Result::ok);
        schema.figures.waited(begun.elapsed(), seat.is_some());
        seat.map(Seat::started).ok_or_else(|| {
            schema.figures.refused("time-out");
            refused()
        })
    }

    #[cfg(test)]
    pub(super) fn at(&self, level: &str) -> (usize, usize) {
        self.state.lock().at(level)
    }
}

const TOO_MANY: &str = "Too many requests, please try again later.";

/// 429 in upstream's words.
fn refused() -> Status {
    Status::new(Reason::TooManyRequests, TOO_MANY).retry_after(1)
}

/// Whether `status` is told for want of a seat.
pub(crate) fn is_too_many(status: &Status) -> bool {
    status.reason == Reason::TooManyRequests && status.message == TOO_MANY
}
