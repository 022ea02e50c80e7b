//! A watch that begins in the past.

use std::collections::VecDeque;
use std::sync::Arc;

use futures::stream::{self, StreamExt};
use kontiki_api::meta::Revision;

use crate::{Batch, Event, Expired, HistoryEntry, Order, Range, Store, Watch};

/// Changes read at a time: more than a commit can have.
const PAGE: usize = 2_048;

/// The changes of `range` after `from` (exclusive): first those that are kept, from the disk where need be, then
/// live. Of changes without history only the kept ones are told.
///
/// # Errors
/// [`Expired`] where changes after `from` are no longer kept, or `from` lies in the future.
pub async fn watch_past(store: Arc<dyn Store>, range: Range, from: Revision) -> Result<Watch, Expired> {
    let mut replay = Replay { store, range, after: from, read: VecDeque::new(), live: None, ended: false };
    replay.advance().await?;
    Ok(Watch::new(stream::unfold(replay, |mut replay| async move { Some((replay.next().await?, replay)) })))
}

/// A watch on its way to the present.
struct Replay {
    store: Arc<dyn Store>,
    range: Range,
    /// Everything up to here has been read.
    after: Revision,
    read: VecDeque<Batch>,
    live: Option<Watch>,
    ended: bool,
}

impl Replay {
    async fn next(&mut self) -> Option<Result<Batch, Expired>> {
        loop {
            if let Some(batch) = self.read.pop_front() {
                return Some(Ok(batch));
            }
            if let Some(live) = &mut self.live {
                return live.next().await;
            }
            if self.ended {
                return None;
            }
            if let Err(expired) = self.advance().await {
                self.ended = true;
                return Some(Err(expired));
            }
        }
    }

    /// Goes live where the window reaches back far enough, else reads on.
    async fn advance(&mut self) -> Result<(), Expired> {
        match self.store.watch(&self.range, self.after) {
            Ok(live) => {
                self.live = Some(live);
                return Ok(());
            }
            Err(expired) if expired.asked > expired.newest => return Err(expired),
            Err(_) => {}
        }
        let seen = self.store.revision();
        let mut entries = self.store.changes(&self.range, Order::OldestAfter(self.after), PAGE).await?;
        if entries.len() < PAGE {
            self.after = entries.last().map_or(seen, |last| last.commit.max(seen));
        } else {
            // The last commit of a full page may go on behind it.
            let cut = entries.last().map(|last| last.commit);
            entries.retain(|entry| Some(entry.commit) != cut);
            self.after = entries.last().map_or(self.after, |last| last.commit);
        }
        self.read = batches(entries);
        Ok(())
    }
}

/// The commits that `entries`, oldest first, are of.
fn batches(entries: Vec<HistoryEntry>) -> VecDeque<Batch> {
    let of_commit = |entries: &[HistoryEntry]| {
        let first = entries.first()?;
        let events: Vec<Event> = entries.iter().map(event).collect();
        Some(Batch { revision: first.commit, time: first.time, events: events.into() })
    };
    entries.chunk_by(|a, b| a.commit == b.commit).filter_map(of_commit).collect()
}

fn event(entry: &HistoryEntry) -> Event {
    Event { object: entry.object.clone(), previous: entry.previous.clone(), deleted: entry.deleted }
}
