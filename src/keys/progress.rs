//! How far something in the background is, for those who wait for it.

use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};
use tokio::sync::watch;

/// So long an answer is kept waiting for something to tell.
pub const HELD: Duration = Duration::from_secs(20);

/// Where it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// It was never asked for.
    #[default]
    Idle,
    /// It is at this step.
    Running(String),
    /// It is through.
    Done(String),
    /// It broke off.
    Failed(String),
}

/// Work in the background, one at a time.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    now: watch::Sender<(u64, State)>,
}

impl Progress {
    /// Whether it is under way.
    pub fn is_running(&self) -> bool {
        matches!(self.now.borrow().1, State::Running(_))
    }

    /// It has come to this step.
    pub fn step(&self, what: String) {
        self.set(State::Running(what));
    }

    /// Runs `work` in the background unless it runs already.
    pub fn start<F>(&self, work: impl FnOnce(Self) -> F)
    where
        F: Future<Output = Result<String>> + Send + 'static,
    {
        let begun = self.now.send_if_modified(|(count, now)| {
            let idle = !matches!(now, State::Running(_));
            if idle {
                (*count, *now) = (*count + 1, State::Running("begins".into()));
            }
            idle
        });
        if !begun {
            return;
        }
        let (progress, work) = (self.clone(), work(self.clone()));
        tokio::spawn(async move {
            progress.set(match work.await {
                Ok(what) => State::Done(what),
                Err(error) => State::Failed(format!("{error:#}")),
            });
        });
    }

    /// As others are told, as soon as it is not running; after [`HELD`] in any case.
    pub async fn ended(&self) -> Value {
        self.once(|(_, now)| !matches!(now, State::Running(_))).await
    }

    /// As others are told, as soon as there is more than the change they have `seen`; after [`HELD`] in any case.
    pub async fn after(&self, seen: u64) -> Value {
        self.once(|(count, _)| *count != seen).await
    }

    /// As others are told: the number of the change, the state and what it says.
    pub fn told(&self) -> Value {
        let (count, now) = &*self.now.borrow();
        let (state, what) = match now {
            State::Idle => ("Idle", ""),
            State::Running(step) => ("Running", step.as_str()),
            State::Done(what) => ("Done", what.as_str()),
            State::Failed(why) => ("Failed", why.as_str()),
        };
        json!({"change": count, "state": state, "message": what})
    }

    async fn once(&self, tells: impl FnMut(&(u64, State)) -> bool) -> Value {
        let mut now = self.now.subscribe();
        // Nobody to be waited for any more, or nothing to tell yet: either way the caller hears what there is.
        let _ = tokio::time::timeout(HELD, now.wait_for(tells)).await;
        self.told()
    }

    fn set(&self, state: State) {
        self.now.send_modify(|(count, now)| (*count, *now) = (*count + 1, state));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_waits_is_told_of_the_next_change_and_of_the_end() {
        let progress = Progress::default();
        let (go, gone) = tokio::sync::oneshot::channel::<()>();
        progress.start(|progress| async move {
            gone.await?;
            progress.step("half".into());
            Ok("through".into())
        });
        assert!(progress.is_running());
        assert_eq!(progress.after(0).await, json!({"change": 1, "state": "Running", "message": "begins"}));
        let (waiting, ending) = (progress.clone(), progress.clone());
        let next = tokio::spawn(async move { waiting.after(1).await });
        let end = tokio::spawn(async move { ending.ended().await });
        go.send(()).unwrap();
        assert_ne!(next.await.unwrap()["change"], 1);
        assert_eq!(end.await.unwrap(), json!({"change": 3, "state": "Done", "message": "through"}));
    }
}
