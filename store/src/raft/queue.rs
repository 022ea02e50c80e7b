use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Notify, mpsc};

use super::Proposing;

/// A queue for the proposer with room for so many.
pub(crate) fn queue(room: usize) -> (Proposals, Waiting) {
    let (sender, receiver) = mpsc::channel(room);
    let gate = Arc::new(Gate { wanted: AtomicUsize::new(usize::MAX), enough: Notify::new() });
    (Proposals { sender, gate: Arc::clone(&gate) }, Waiting { receiver, gate })
}

/// Where commits go.
#[derive(Clone, Debug)]
pub(crate) struct Proposals {
    sender: mpsc::Sender<Proposing>,
    gate: Arc<Gate>,
}

/// What waits for the proposer.
#[derive(Debug)]
pub(crate) struct Waiting {
    receiver: mpsc::Receiver<Proposing>,
    gate: Arc<Gate>,
}

/// Wakes the proposer once enough wait, rather than with each.
#[derive(Debug)]
struct Gate {
    wanted: AtomicUsize,
    enough: Notify,
}

impl Proposals {
    /// Hands `item` over, once there is room for it. Returns whether anybody takes it.
    pub async fn send(&self, item: Proposing) -> bool {
        let sent = self.sender.send(item).await.is_ok();
        let waiting = self.sender.max_capacity() - self.sender.capacity();
        if waiting >= self.gate.wanted.load(Ordering::SeqCst) {
            self.gate.enough.notify_one();
        }
        sent
    }
}

impl Waiting {
    /// Adds what waits to `taken`, at most so many, once something does. Returns how many; 0 where no more can come.
    pub async fn take(&mut self, taken: &mut Vec<Proposing>, most: usize) -> usize {
        self.receiver.recv_many(taken, most).await
    }

    /// Adds what waits now to `taken`, until that holds so many.
    pub fn take_now(&mut self, taken: &mut Vec<Proposing>, most: usize) {
        while taken.len() < most {
            let Ok(item) = self.receiver.try_recv() else { return };
            taken.push(item);
        }
    }

    /// Returns once so many wait.
    pub async fn until(&self, count: usize) {
        let _shut = Shut(&self.gate);
        self.gate.wanted.store(count, Ordering::SeqCst);
        while self.receiver.len() < count {
            self.gate.enough.notified().await;
        }
    }

    /// What is left, once nothing more is let in.
    pub async fn rest(&mut self) -> Option<Proposing> {
        self.receiver.close();
        self.receiver.recv().await
    }
}

/// Nobody waits for enough any more.
struct Shut<'a>(&'a Gate);

impl Drop for Shut<'_> {
    fn drop(&mut self) {
        self.0.wanted.store(usize::MAX, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_three_is_told_of_the_third() {
        let (proposals, mut waiting) = queue(8);
        assert!(proposals.send(Proposing::Close).await && proposals.send(Proposing::Close).await);
        let patience = Duration::from_secs(1);
        assert!(tokio::time::timeout(patience, waiting.until(3)).await.is_err());
        let (_, told) = tokio::join!(proposals.send(Proposing::Close), tokio::time::timeout(patience, waiting.until(3)));
        assert!(told.is_ok());
        let mut taken = Vec::new();
        waiting.take_now(&mut taken, 2);
        assert_eq!(taken.len(), 2);
        assert_eq!(waiting.take(&mut taken, 8).await, 1);
    }
}
