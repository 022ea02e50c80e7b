//! `kubectl exec`, over a WebSocket.

use std::io::{IsTerminal, Read, Write};
use std::process::{Command, Stdio};

use kontiki_api::status::Status;
use serde_json::Value;
use tokio::sync::mpsc;

use super::pods::{container_of, pod_of};
use crate::context::Context;
use crate::failure::Failure;
use crate::resolve::{by_name, encode};
use crate::transport::Channels;

const STDIN: u8 = 0;
const STDOUT: u8 = 1;
const STDERR: u8 = 2;
const ERROR: u8 = 3;
const RESIZE: u8 = 4;

/// Run a program in a container.
#[derive(clap::Args, Debug)]
pub(crate) struct Exec {
    /// POD or TYPE/NAME.
    pod: String,
    /// The container.
    #[arg(short, long)]
    container: Option<String>,
    /// Pass standard input on.
    #[arg(short = 'i', long)]
    stdin: bool,
    /// Give the program a terminal.
    #[arg(short, long)]
    tty: bool,
    /// The program and its arguments, behind --.
    #[arg(last = true, required = true)]
    command: Vec<String>,
}

impl Exec {
    pub(crate) async fn run(self, cx: &mut Context<'_>) -> Result<(), Failure> {
        let pod = pod_of(cx, &self.pod).await?;
        let container = container_of(cx, &pod, self.container.as_deref())?;
        let is_terminal = self.tty && std::io::stdin().is_terminal();
        if self.tty && !is_terminal {
            cx.note("Unable to use a TTY - input is not a terminal or the right kind of file")?;
        }
        let path = self.path(cx, &pod, &container, is_terminal).await?;
        let channels = Channels::open(&cx.client, &path).await?;
        let raw = if is_terminal { Some(RawTerminal::enter()) } else { None };
        let result = converse(cx, channels, self.stdin, is_terminal).await;
        drop(raw);
        result
    }

    async fn path(&self, cx: &mut Context<'_>, pod: &Value, container: &str, tty: bool) -> Result<String, Failure> {
        let text = |name: &str| pod.pointer(&format!("/metadata/{name}")).and_then(Value::as_str).unwrap_or_default();
        let pods = by_name(&cx.client, "pods").await?;
        let mut path = format!("{}/exec?container={}&stdout=true", pods.path(text("namespace"), text("name")), encode(container));
        if self.stdin {
            path.push_str("&stdin=true");
        }
        path.push_str(if tty { "&tty=true" } else { "&stderr=true" });
        for word in &self.command {
            path.push_str("&command=");
            path.push_str(&encode(word));
        }
        Ok(path)
    }
}

/// Carries input and output until the program ends.
async fn converse(cx: &mut Context<'_>, channels: Channels, stdin: bool, tty: bool) -> Result<(), Failure> {
    let Channels { mut input, mut output } = channels;
    let mut keys = if stdin { Some(read_stdin()) } else { None };
    if tty && let Some(size) = terminal_size() {
        input.send(RESIZE, size.as_bytes()).await?;
    }
    let mut resized = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::window_change())?;
    loop {
        tokio::select! {
            typed = next(&mut keys) => match typed {
                Some(bytes) => input.send(STDIN, &bytes).await?,
                None => {
                    keys = None;
                    input.close(STDIN).await?;
                }
            },
            _ = resized.recv(), if tty => {
                if let Some(size) = terminal_size() {
                    input.send(RESIZE, size.as_bytes()).await?;
                }
            }
            written = output.next() => match written? {
                Some((STDOUT, bytes)) => print(cx.out, &bytes)?,
                Some((STDERR, bytes)) => print(cx.err, &bytes)?,
                Some((ERROR, bytes)) => return outcome(&bytes),
                Some(_) => {}
                None => return Ok(()),
            }
        }
    }
}

fn print(out: &mut (dyn Write + Send), bytes: &[u8]) -> Result<(), Failure> {
    out.write_all(bytes)?;
    Ok(out.flush()?)
}

/// What is typed next; waits for ever where nothing is read.
async fn next(keys: &mut Option<mpsc::Receiver<Vec<u8>>>) -> Option<Vec<u8>> {
    match keys {
        Some(keys) => keys.recv().await,
        None => std::future::pending().await,
    }
}

/// Reads standard input on a thread of its own, which nobody has to wait for when the program ends first.
fn read_stdin() -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel(16);
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = std::io::stdin().lock().read(&mut buffer) {
            if sender.blocking_send(buffer.get(..count).unwrap_or_default().to_vec()).is_err() {
                break;
            }
        }
    });
    receiver
}

/// How the program ended.
fn outcome(bytes: &[u8]) -> Result<(), Failure> {
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else {
        return Err(Failure::Usage(String::from_utf8_lossy(bytes).into_owned()));
    };
    if value.get("status").and_then(Value::as_str) == Some("Success") {
        return Ok(());
    }
    let causes = value.pointer("/details/causes").and_then(Value::as_array).into_iter().flatten();
    let code = causes
        .filter(|cause| cause.get("reason").and_then(Value::as_str) == Some("ExitCode"))
        .find_map(|cause| cause.get("message")?.as_str()?.parse().ok());
    if let Some(code) = code {
        return Err(Failure::Exit(code));
    }
    let message = value.get("message").and_then(Value::as_str).unwrap_or("the program failed");
    Err(Status::from_value(&value).map_or_else(|| Failure::Usage(message.to_owned()), Failure::from))
}

/// Rows and columns of the terminal, as the resize channel takes them.
fn terminal_size() -> Option<String> {
    let output = Command::new("stty").arg("size").stdin(Stdio::inherit()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (rows, columns) = text.trim().split_once(' ')?;
    let (rows, columns): (u16, u16) = (rows.parse().ok()?, columns.parse().ok()?);
    Some(format!("{{\"Width\":{columns},\"Height\":{rows}}}"))
}

/// The terminal in raw mode, until dropped.
struct RawTerminal {
    saved: Option<String>,
}

impl RawTerminal {
    fn enter() -> Self {
        let saved = stty(&["-g"]);
        stty(&["raw", "-echo"]);
        Self { saved }
    }
}

impl Drop for RawTerminal {
    fn drop(&mut self) {
        match &self.saved {
            Some(saved) => stty(&[saved.trim()]),
            None => stty(&["sane"]),
        };
    }
}

fn stty(arguments: &[&str]) -> Option<String> {
    let output = Command::new("stty").args(arguments).stdin(Stdio::inherit()).output().ok()?;
    String::from_utf8(output.stdout).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_code_comes_out_of_the_status() {
        assert!(outcome(br#"{"status":"Success"}"#).is_ok());
        let failed =
            br#"{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"7"}]}}"#;
        let failure = outcome(failed).unwrap_err();
        assert_eq!((failure.code(), failure.to_string().as_str()), (7, "command terminated with exit code 7"));
        assert!(outcome(b"gone").is_err());
    }
}
