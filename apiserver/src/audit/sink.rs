//! The buffer of events, and the thread that writes them.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use super::figures::Figures;
use super::log_file::LogFile;
use super::{AuditMode, AuditOptions};

/// How long a request waits for room in the buffer.
const PATIENCE: Duration = Duration::from_secs(5);

/// For so long after a write, events gather for the next: to wake the thread for each would cost more than to write it.
const GATHERS: Duration = Duration::from_millis(2);
/// In buffers of fewer events, none gather: they would be full before.
const ROOMY: usize = 1_000;

enum Command {
    Line(Bytes),
    Flush(oneshot::Sender<()>),
}

/// Where events are handed over. The thread behind it ends, with everything written, once this is dropped.
pub(super) struct Sink {
    commands: mpsc::Sender<Command>,
    mode: AuditMode,
    figures: Figures,
}

impl Sink {
    /// Starts the thread that writes to `file`.
    ///
    /// # Errors
    /// Where there can be no thread.
    pub fn start(file: LogFile, options: &AuditOptions, figures: Figures) -> io::Result<Self> {
        let (commands, received) = mpsc::channel(options.buffer.max(1));
        let (counted, gathers) = (figures.clone(), options.buffer >= ROOMY);
        std::thread::Builder::new().name("audit".into()).spawn(move || write(file, received, &counted, gathers))?;
        Ok(Self { commands, mode: options.mode, figures })
    }

    /// Hands `line` over; waits for room where requests are to wait.
    pub async fn send(&self, line: Bytes) {
        match self.mode {
            AuditMode::Batch => self.offer(line),
            AuditMode::Blocking => {
                if self.commands.send_timeout(Command::Line(line), PATIENCE).await.is_err() {
                    self.figures.lost();
                }
            }
        }
    }

    /// Hands `line` over where there is room at once.
    pub fn offer(&self, line: Bytes) {
        if self.commands.try_send(Command::Line(line)).is_err() {
            self.figures.lost();
        }
    }

    /// Waits until everything handed over so far is written.
    pub async fn flush(&self) {
        let (done, written) = oneshot::channel();
        if self.commands.send(Command::Flush(done)).await.is_ok() {
            // It ends without an answer only with its thread.
            let _ = written.await;
        }
    }
}

fn write(mut file: LogFile, mut commands: mpsc::Receiver<Command>, figures: &Figures, gathers: bool) {
    let tell = |outcome: io::Result<()>| {
        if let Err(error) = outcome {
            figures.lost();
            tracing::error!(%error, "an audit event could not be written");
        }
    };
    while let Some(first) = commands.blocking_recv() {
        let mut next = Some(first);
        let mut waiting = Vec::new();
        while let Some(command) = next {
            match command {
                Command::Line(line) => tell(file.write(&line)),
                Command::Flush(done) => waiting.push(done),
            }
            next = commands.try_recv().ok();
        }
        tell(file.flush());
        for done in waiting {
            // Nobody may be waiting any more.
            let _ = done.send(());
        }
        if gathers {
            pause();
        }
    }
}

#[allow(clippy::disallowed_methods, reason = "there is no condition to wait for: the more that come, the fewer the writes")]
fn pause() {
    std::thread::sleep(GATHERS);
}
