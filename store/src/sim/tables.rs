use std::collections::VecDeque;
use std::sync::Arc;

use kontiki_api::meta::Revision;
use kontiki_api::time::Time;
use parking_lot::Mutex;
use tokio::sync::mpsc;

use super::dice::Dice;
use super::log_writer::Disk;
use super::mutant::Mutant;
use super::snapshots::{Images, read_image};
use crate::WindowLimits;
use crate::machine::{Counters, Objects, Record, Ring, State};
use crate::raft::{LogId, StoredMembership};
use crate::sqlite::table::{Loaded, TableBatch, TableCommand};

/// What the tables hold.
#[derive(Clone, Debug, Default)]
pub struct Image {
    objects: Objects,
    counters: Counters,
    records: VecDeque<Arc<Record>>,
    revision: Revision,
    time: Time,
    pub applied: Option<LogId>,
    pub membership: StoredMembership,
}

/// The tables' file: what is written may be lost in a crash up to the last checkpoint, from its end.
#[derive(Debug, Default)]
pub struct TableDisk {
    written: Image,
    safe: Image,
    unsafe_batches: VecDeque<TableBatch>,
}

impl Image {
    fn apply(&mut self, batch: &TableBatch) {
        for record in &batch.records {
            for event in record.events.iter() {
                if event.deleted {
                    self.objects.remove(&event.object.key);
                } else {
                    self.objects.put(event.object.clone());
                }
            }
            self.counters.set(&record.counters);
            (self.revision, self.time) = (record.end, record.time);
            self.records.push_back(Arc::clone(record));
        }
        while self.records.front().is_some_and(|record| record.end <= batch.floor) {
            self.records.pop_front();
        }
        self.applied = Some(batch.applied);
        self.membership = batch.membership.clone().unwrap_or_else(|| self.membership.clone());
    }

    /// The state that is read back from the tables.
    pub fn load(&self, window: WindowLimits) -> Loaded {
        let floor = self.records.front().map_or(self.revision, |oldest| Revision(oldest.first.0 - 1));
        let mut ring = Ring::new(window, floor);
        self.records.iter().for_each(|record| ring.push(Arc::clone(record)));
        let state = State::restored(self.objects.clone(), self.counters.clone(), ring, self.revision, self.time);
        Loaded { state, applied: self.applied, membership: self.membership.clone(), current: Default::default() }
    }
}

impl TableDisk {
    pub fn written(&self) -> &Image {
        &self.written
    }

    /// What a crash leaves: a beginning of what was written since the last checkpoint.
    pub fn crash(&mut self, dice: &mut Dice) {
        let kept = dice.between(0, self.unsafe_batches.len() as u64);
        for batch in self.unsafe_batches.drain(..).take(usize::try_from(kept).unwrap_or(usize::MAX)) {
            self.safe.apply(&batch);
        }
        self.written = self.safe.clone();
    }

    fn apply(&mut self, mut batch: TableBatch) {
        self.written.apply(&batch);
        batch.room = None;
        self.unsafe_batches.push_back(batch);
    }

    fn checkpoint(&mut self) {
        self.unsafe_batches.drain(..).for_each(|batch| self.safe.apply(&batch));
    }

    fn install(&mut self, image: Image) {
        (self.safe, self.written) = (image.clone(), image);
        self.unsafe_batches.clear();
    }
}

/// So many commands wait for the writer; then whoever applies the log waits too.
pub const BEHIND: usize = 2;

/// Takes the place of the writer of `state.db`, which is on the same device as `log`.
pub async fn write_tables(
    disk: Arc<Mutex<TableDisk>>,
    images: Images,
    window: WindowLimits,
    log: Disk,
    mut commands: mpsc::Receiver<TableCommand>,
) {
    while let Some(command) = commands.recv().await {
        if matches!(command, TableCommand::Apply(_)) {
            log.pause().await;
        }
        let mut disk = disk.lock();
        match command {
            TableCommand::Apply(batch) => disk.apply(batch),
            // Whoever asked may be gone.
            TableCommand::Flush(reply) => reply.send(()).unwrap_or_default(),
            TableCommand::Checkpoint(reply) => {
                if log.mutant != Some(Mutant::EarlyCheckpoint) {
                    disk.checkpoint();
                }
                drop(reply.send((disk.written.applied, disk.written.membership.clone())));
            }
            TableCommand::Install(bytes, reply) => {
                let image = read_image(&images, &*bytes);
                let loaded = image.load(window);
                disk.install(image);
                drop(reply.send(loaded));
            }
            // Nothing is sealed here.
            TableCommand::Rewrap(_, reply) => drop(reply.send(None)),
            TableCommand::Close(reply) => return reply.send(()).unwrap_or_default(),
        }
    }
}
