//! Every command of the README and the docs is run, in the order of its page, on a cluster of the page's own.
//!
//! Commands stand behind `$ ` in blocks fenced as `console`, what they print below them; `…` stands for
//! what differs from run to run. Blocks fenced as `console masters` are typed on several machines: tests/ha/pages.rs.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Cluster, Kubectl};

/// Commands that are not run here, and why.
const NOT_RUN: &[(&str, &str)] = &[
    ("make up", "builds a release; the cluster that it starts is the one the other commands talk to"),
    ("make test", "is what runs this test"),
    ("make bench", "builds a release and measures for minutes"),
    ("kontiki recover", "wants masters that are lost for good: tests/ha/recovery.rs loses some"),
    ("kontiki up", "is what the harness has started"),
];

/// How a block is fenced whose commands are run on one machine.
const CONSOLE: &str = "```console";

/// A command and the lines that the page shows below it.
pub struct Shown {
    /// Of several machines, the one that it is typed on; otherwise nothing.
    pub machine: String,
    pub command: String,
    pub lines: Vec<String>,
}

fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let listed = Command::new("git").args(["ls-files", "-co", "--exclude-standard", "*.md"]).current_dir(root).output().unwrap();
    let names = String::from_utf8(listed.stdout).unwrap();
    names.lines().map(|name| root.join(name)).filter(|path| path.exists()).collect()
}

/// The commands of a page's blocks that are fenced like this. Before the `$` stands at most the name of a machine: a letter.
pub fn commands(text: &str, fence: &str) -> Vec<Shown> {
    let (mut all, mut inside): (Vec<Shown>, bool) = (Vec::new(), false);
    for line in text.lines() {
        if line.starts_with("```") {
            inside = line == fence;
        } else if let Some((machine, command)) = line.split_once("$ ").filter(|(machine, _)| inside && machine.len() <= 1) {
            all.push(Shown { machine: machine.into(), command: command.into(), lines: Vec::new() });
        } else if let Some(last) = all.last_mut().filter(|_| inside && !line.trim().is_empty()) {
            last.lines.push(line.into());
        }
    }
    all
}

/// Whether `line` is what the page shows, its blanks apart.
pub fn fits(shown: &str, line: &str) -> bool {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (shown, mut rest) = (words(shown), words(line));
    for (at, part) in shown.split('…').enumerate() {
        match rest.find(part) {
            Some(0) => {}
            Some(_) if at > 0 => {}
            _ => return false,
        }
        let end = rest.find(part).unwrap_or_default() + part.len();
        rest.drain(..end);
    }
    rest.is_empty() || shown.ends_with('…')
}

fn run(cluster: &mut Cluster, page: &Path, shown: &Shown) {
    let place = format!("{}: {}", page.display(), shown.command);
    let mut told = String::new();
    cluster.eventually(&place, |cluster| {
        let output = cluster.shell(Kubectl::Unmodified, &shown.command);
        told = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        output.status.success()
    });
    for expected in &shown.lines {
        assert!(
            told.lines().any(|line| fits(expected, line)),
            "{place}\n--- the page shows\n{expected}\n--- but it prints\n{told}"
        );
    }
}

#[test]
fn every_command_of_the_pages_runs_and_prints_what_they_show() {
    for page in pages() {
        let all = commands(&std::fs::read_to_string(&page).unwrap(), CONSOLE);
        let skipped =
            |shown: &&Shown| NOT_RUN.iter().any(|(command, reason)| !reason.is_empty() && shown.command.starts_with(command));
        if all.iter().all(|shown| skipped(&shown)) {
            continue;
        }
        let mut cluster = Cluster::up(&[]);
        for shown in all.iter().filter(|shown| !skipped(shown)) {
            run(&mut cluster, &page, shown);
        }
    }
}

#[test]
fn commands_stand_in_console_blocks() {
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        let prompts = text.lines().filter(|line| line.starts_with("$ ")).count();
        assert_eq!(
            prompts,
            commands(&text, CONSOLE).len(),
            "{}: fence commands as ```console, so that they are run",
            page.display()
        );
    }
}

#[test]
fn what_differs_from_run_to_run_is_left_open() {
    assert!(fits("pod:       frontend-…", "pod: frontend-abc"));
    assert!(fits("a … c", "a b c") && fits("same", "same"));
    assert!(!fits("a … c", "a b d") && !fits("same", "same too") && !fits("me", "same"));
}
