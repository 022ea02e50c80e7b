use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::RwLock;
use tokio::sync::watch;
use tokio::time::Instant;

use super::OpenError;
use super::engine::{Engine, Starting};
use crate::Leadership;

/// How long the files are left alone after an error.
const PAUSE: Duration = Duration::from_millis(500);
/// The longest, where errors go on.
const LONG_PAUSE: Duration = Duration::from_secs(10);
/// Files that were fine for so long are not flapping: the next error does not find a pause that earlier ones made long.
const STEADY: Duration = Duration::from_secs(5);
/// What must fit on the disk before the files are opened again.
const ROOM: usize = 1 << 20;

/// Keeps an engine running: one whose files ran into an error is ended, and another is started on the same files once
/// the disk takes writes again. What it reads then is checked in full; nothing that failed is simply tried again.
#[derive(Debug)]
pub(super) struct Keeper {
    engine: RwLock<Arc<Engine>>,
    leadership: watch::Sender<Leadership>,
    replaced: watch::Sender<u64>,
}

impl Keeper {
    /// Starts the first engine.
    pub async fn start(starting: &Starting) -> Result<Arc<Self>, OpenError> {
        let suspect = Suspect::of(&starting.config.folder);
        let engine = starting.clone().start(suspect.is_noted()).await?;
        suspect.clear();
        let leadership = watch::Sender::new(*engine.replica.leadership.borrow());
        let (engine, replaced) = (RwLock::new(Arc::new(engine)), watch::Sender::new(0));
        Ok(Arc::new(Self { engine, leadership, replaced }))
    }

    /// The engine that runs, or ran last.
    pub fn engine(&self) -> Arc<Engine> {
        self.engine.read().clone()
    }

    /// Who leads, whatever engine runs.
    pub fn leadership(&self) -> watch::Receiver<Leadership> {
        self.leadership.subscribe()
    }

    /// Changes when another engine takes over.
    pub fn replaced(&self) -> watch::Receiver<u64> {
        self.replaced.subscribe()
    }

    /// Works until `closing` says so; then everything is written and closed. Where nobody can say so any more, it
    /// lets go. Further engines start from `starting`, which holds the folder meanwhile.
    pub async fn keep(self: Arc<Self>, starting: Starting, mut closing: watch::Receiver<bool>) {
        let mut pause = PAUSE;
        loop {
            let (engine, since) = (self.engine(), Instant::now());
            tokio::select! {
                closed = closed(&mut closing) => {
                    if closed {
                        engine.past.close().await;
                        engine.end().await;
                    }
                    return;
                }
                () = self.follow(&engine) => {}
            }
            Suspect::of(&starting.config.folder).note();
            self.leadership.send_replace(Leadership::default());
            let why = engine.health.reason().unwrap_or_default();
            tracing::error!(why, "the store takes no writes until its files have been opened anew");
            engine.end().await;
            pause = if since.elapsed() > STEADY { PAUSE } else { pause };
            tokio::select! {
                _ = closed(&mut closing) => return engine.past.close().await,
                restarted = self.restart(&starting, &engine, &mut pause) => if !restarted { return },
            }
        }
    }

    /// Passes on who leads, until the engine stops.
    async fn follow(&self, engine: &Engine) {
        let mut leadership = engine.replica.leadership.clone();
        loop {
            let now = *leadership.borrow_and_update();
            self.leadership.send_if_modified(|known| std::mem::replace(known, now) != now);
            tokio::select! {
                () = engine.health.stopped() => return,
                changed = leadership.changed() => if changed.is_err() {
                    return engine.health.stop("raft ended by itself");
                },
            }
        }
    }

    /// Starts another engine, as soon as the files bear it. Nothing tells when a disk has room again, so it is tried
    /// now and then. `false` where it is of no use: what is lost nobody has.
    async fn restart(&self, starting: &Starting, old: &Engine, pause: &mut Duration) -> bool {
        loop {
            tokio::time::sleep(*pause).await;
            *pause = (*pause * 2).min(LONG_PAUSE);
            let folder = starting.config.folder.clone();
            let tried = tokio::task::spawn_blocking(move || try_disk(&folder)).await.map_err(io::Error::other).flatten();
            if let Err(error) = tried {
                tracing::warn!(%error, "the disk does not take writes yet");
                *pause = PAUSE.max(*pause / 2).min(PAUSE * 4);
                continue;
            }
            old.past.close().await;
            let started = starting.clone().start(true).await;
            if started.is_err() {
                starting.reopen_past(&old.past).await;
            }
            match started {
                Ok(engine) => {
                    Suspect::of(&starting.config.folder).clear();
                    *self.engine.write() = Arc::new(engine);
                    self.replaced.send_modify(|count| *count += 1);
                    tracing::info!("the store takes writes again");
                    return true;
                }
                Err(error @ (OpenError::Lost(_) | OpenError::VoteLost(_) | OpenError::NewerFormat { .. })) => {
                    tracing::error!(%error, "the store stays as it is: it can be read, not written");
                    return false;
                }
                Err(error) => tracing::error!(%error, "the store's files do not open"),
            }
        }
    }
}

/// Returns once `closing` says so (`true`), or nobody can any more.
async fn closed(closing: &mut watch::Receiver<bool>) -> bool {
    closing.wait_for(|closing| *closing).await.is_ok()
}

/// Whether a file of some size can be written and synced in `folder`.
fn try_disk(folder: &Path) -> io::Result<()> {
    let path = folder.join("room");
    let written = File::create(&path).and_then(|mut file| {
        file.write_all(&vec![0; ROOM])?;
        file.sync_all()
    });
    let removed = fs::remove_file(&path);
    written.and(removed)
}

/// A note that a write or a sync has failed, for the case that the process ends before its files have been opened anew:
/// after a sync that failed the next may succeed although what the first was about is on no disk. It has to outlive the
/// process, not the machine, whose memory is what shows more than there is.
struct Suspect(PathBuf);

impl Suspect {
    fn of(folder: &Path) -> Self {
        Self(folder.join("suspect"))
    }

    fn is_noted(&self) -> bool {
        self.0.exists()
    }

    fn note(&self) {
        if let Err(error) = File::create(&self.0) {
            tracing::warn!(%error, "it is not noted that the files must be checked");
        }
    }

    fn clear(&self) {
        match fs::remove_file(&self.0) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(%error, "the files will be checked again at the next start");
            }
            _ => {}
        }
    }
}
