//! What is under way on one connection.

use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::{Response, StatusCode};
use parking_lot::Mutex;

use super::{Body, Pace};

/// What is under way on one connection. Answers are not timed one by one: each holds the round it began in, so that keeping track of it
/// takes no timer.
#[derive(Default)]
pub(super) struct Line {
    rounds: Mutex<Rounds>,
    resting: AtomicUsize,
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

impl Line {
    /// The same answer, which is kept track of until it has been sent.
    pub fn follow(self: &Arc<Self>, mut response: Response<Body>) -> Response<Body> {
        match response.extensions_mut().remove::<Pace>() {
            None => {
                let round = Arc::clone(&self.rounds.lock().now);
                response.map(|body| body.holding(round))
            }
            Some(Pace::Events) => response,
            Some(Pace::Own) => {
                self.resting.fetch_add(1, Ordering::Relaxed);
                if response.status() == StatusCode::SWITCHING_PROTOCOLS {
                    // From here on nothing else comes over it: it rests for good.
                    return response;
                }
                response.map(|body| body.holding(Rest(Arc::clone(self))))
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

    fn answer(pace: Option<Pace>) -> Response<Body> {
        let mut answer = Response::new(Body::from("x".to_owned()));
        if let Some(pace) = pace {
            answer.extensions_mut().insert(pace);
        }
        answer
    }

    #[test]
    fn an_answer_that_outlasts_a_whole_round_is_overdue() {
        let line = Arc::new(Line::default());
        let slow = line.follow(answer(None));
        drop(line.follow(answer(None)));
        assert!(!line.turn(), "it may have begun a moment ago");
        assert!(line.turn());
        drop(slow);
        let _watch = line.follow(answer(Some(Pace::Events)));
        assert!(!line.turn() && !line.turn() && !line.turn());
    }

    #[test]
    fn a_client_rests_while_a_log_is_sent_and_for_good_after_an_upgrade() {
        let line = Arc::new(Line::default());
        let log = line.follow(answer(Some(Pace::Own)));
        assert!(line.rests());
        drop(log);
        assert!(!line.rests());
        let mut upgrade = answer(Some(Pace::Own));
        *upgrade.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        drop(line.follow(upgrade));
        assert!(line.rests());
    }
}
