//! What is under way on one connection.

use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::{Response, StatusCode};
use parking_lot::Mutex;

use super::{Body, Pace};

/// The parts of a time without requests that are looked at: so none is timed by itself.
const PARTS: u32 = 3;

/// What is under way on one connection. Answers are not timed one by one: each holds the round it began in, so that keeping track of it
/// takes no timer.
#[derive(Default)]
pub(super) struct Line {
    rounds: Mutex<Rounds>,
    resting: AtomicUsize,
    begun: AtomicUsize,
    running: AtomicUsize,
}

#[derive(Default)]
struct Rounds {
    now: Arc<()>,
    before: Arc<()>,
}

/// Lets the client of a connection rest until it is dropped.
struct Rest(Arc<Line>);

impl Drop for Rest {
    fn drop(&mut self) {
        self.0.resting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A request that runs until it is dropped.
pub(super) struct Running(Arc<Line>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Line {
    /// Begins a request.
    pub fn begin(self: &Arc<Self>) -> Running {
        self.begun.fetch_add(1, Ordering::Relaxed);
        self.running.fetch_add(1, Ordering::Relaxed);
        Running(Arc::clone(self))
    }

    /// The same answer to what is `running`, which is kept track of until it has been sent.
    pub fn follow(self: &Arc<Self>, mut response: Response<Body>, running: Running) -> Response<Body> {
        match response.extensions_mut().remove::<Pace>() {
            None => {
                let round = Arc::clone(&self.rounds.lock().now);
                response.map(|body| body.holding((round, running)))
            }
            Some(Pace::Events) => response.map(|body| body.holding(running)),
            Some(Pace::Own) => {
                self.resting.fetch_add(1, Ordering::Relaxed);
                if response.status() == StatusCode::SWITCHING_PROTOCOLS {
                    // From here on nothing else comes over it: it rests for good.
                    return response;
                }
                response.map(|body| body.holding((Rest(Arc::clone(self)), running)))
            }
        }
    }

    /// Whether the client may leave what is sent to it for now.
    pub fn rests(&self) -> bool {
        self.resting.load(Ordering::Relaxed) > 0
    }

    /// Waits until an answer has not been sent within `limit`. It may have had up to twice as long.
    pub async fn overdue(&self, limit: Duration) {
        loop {
            tokio::time::sleep(limit).await;
            if self.turn() {
                return;
            }
        }
    }

    /// Waits until no request has begun within `first`, or none has run for `idle`, which may be a third longer.
    pub async fn unused(&self, first: Duration, idle: Duration) {
        let begun = || self.begun.load(Ordering::Relaxed);
        if begun() == 0 {
            tokio::time::sleep(first).await;
            if begun() == 0 {
                return;
            }
        }
        let quiet = || self.running.load(Ordering::Relaxed) == 0 && !self.rests();
        let mut quiet_for = 0;
        while quiet_for < PARTS {
            let before = (quiet(), begun());
            tokio::time::sleep(idle / PARTS).await;
            quiet_for = if quiet() && before == (true, begun()) { quiet_for + 1 } else { 0 };
        }
    }

    /// Begins the next round; whether an answer is left of the round before this one.
    fn turn(&self) -> bool {
        let mut rounds = self.rounds.lock();
        if Arc::strong_count(&rounds.before) > 1 {
            return true;
        }
        rounds.before = mem::take(&mut rounds.now);
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::Instant;

    fn answer(pace: Option<Pace>) -> Response<Body> {
        let mut answer = Response::new(Body::from("x".to_owned()));
        if let Some(pace) = pace {
            answer.extensions_mut().insert(pace);
        }
        answer
    }

    fn follow(line: &Arc<Line>, answer: Response<Body>) -> Response<Body> {
        line.follow(answer, line.begin())
    }

    #[test]
    fn an_answer_that_outlasts_a_whole_round_is_overdue() {
        let line = Arc::new(Line::default());
        let slow = follow(&line, answer(None));
        drop(follow(&line, answer(None)));
        assert!(!line.turn(), "it may have begun a moment ago");
        assert!(line.turn());
        drop(slow);
        let _watch = follow(&line, answer(Some(Pace::Events)));
        assert!(!line.turn() && !line.turn() && !line.turn());
    }

    #[test]
    fn a_client_rests_while_a_log_is_sent_and_for_good_after_an_upgrade() {
        let line = Arc::new(Line::default());
        let log = follow(&line, answer(Some(Pace::Own)));
        assert!(line.rests());
        drop(log);
        assert!(!line.rests());
        let mut upgrade = answer(Some(Pace::Own));
        *upgrade.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        drop(follow(&line, upgrade));
        assert!(line.rests());
    }
    #[tokio::test(start_paused = true)]
    async fn a_connection_is_unused_once_nothing_has_run_for_a_while() {
        let (first, idle) = (Duration::from_secs(32), Duration::from_secs(90));
        let line = Arc::new(Line::default());
        let unused = || tokio::time::timeout(Duration::from_hours(1), line.unused(first, idle));
        let begun = Instant::now();
        unused().await.unwrap();
        assert_eq!(begun.elapsed(), first);
        for pace in [Some(Pace::Events), Some(Pace::Own), None] {
            let running = follow(&line, answer(pace));
            assert!(unused().await.is_err(), "{pace:?}");
            let (end, ended) = (unused(), Instant::now());
            drop(running);
            end.await.unwrap();
            assert!((idle..=idle * 4 / 3).contains(&ended.elapsed()));
        }
        let busy = async {
            loop {
                tokio::time::sleep(idle - Duration::from_secs(1)).await;
                drop(line.begin());
            }
        };
        tokio::select! {
            unused = unused() => assert!(unused.is_err()),
            () = busy => {}
        }
    }
}
