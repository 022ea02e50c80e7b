//! The recovery passphrase.

use std::io::{BufRead, IsTerminal, Write, stderr, stdin};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use super::args::PassphraseArgs;

/// The passphrase that the flags, the environment or the person at the terminal say; a new one is asked for twice.
///
/// # Errors
/// Where there is none, or two that differ.
pub fn passphrase(args: &PassphraseArgs, new: bool) -> Result<String> {
    let found = if let Some(path) = &args.passphrase_file {
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        text.lines().next().unwrap_or_default().to_owned()
    } else if let Ok(text) = std::env::var("KONTIKI_PASSPHRASE") {
        text
    } else if stdin().is_terminal() {
        let first = ask("recovery passphrase: ")?;
        ensure!(!new || ask("the same again: ")? == first, "the passphrases differ");
        first
    } else {
        bail!("no recovery passphrase: use --passphrase-file, KONTIKI_PASSPHRASE, or a terminal");
    };
    ensure!(!found.is_empty(), "the recovery passphrase is empty");
    Ok(found)
}

fn ask(question: &str) -> Result<String> {
    eprint!("{question}");
    stderr().flush()?;
    echo(false);
    let mut line = String::new();
    let read = stdin().lock().read_line(&mut line);
    echo(true);
    eprintln!();
    read.context("cannot read the passphrase")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// What is typed is shown or not; where `stty` is missing it is.
fn echo(on: bool) {
    let word = if on { "echo" } else { "-echo" };
    let _ = Command::new("stty").arg(word).stdin(Stdio::inherit()).stderr(Stdio::null()).status();
}
