//! What `docs/operating.md` shows on several machines is typed on several masters, in the order of the page.

use std::path::Path;
use std::time::{Duration, Instant};

use super::masters::{LIMIT, Masters};
use crate::node::pages::{Shown, commands, fits};

/// How a block is fenced whose commands are typed on several machines; their names stand before the `$`.
const FENCE: &str = "```console masters";

/// The machines of the page: `a` is the first.
struct Machines {
    masters: Masters,
    token: String,
}

impl Machines {
    /// Types one command, and looks whether it prints what the page shows. What needs masters that are still starting is
    /// typed again until it succeeds.
    fn run(&mut self, shown: &Shown) {
        let at = usize::from(shown.machine.bytes().next().unwrap() - b'a');
        let words: Vec<String> = shown.command.split_whitespace().map(|word| self.meant(word)).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match &words[..] {
            ["^C"] => self.masters.interrupt(at),
            ["kontiki", rest @ ..] if matches!(rest, ["up" | "join", ..]) => self.masters.started(at, rest),
            ["kontiki", rest @ ..] => self.ask(at, rest, shown),
            _ => panic!("{:?} cannot be typed here", shown.command),
        }
    }

    /// What stands on the page for what differs from run to run.
    fn meant(&self, word: &str) -> String {
        match word {
            "TOKEN" => self.token.clone(),
            "https://a:6443" => self.masters.url(0),
            _ => word.into(),
        }
    }

    fn ask(&mut self, at: usize, words: &[&str], shown: &Shown) {
        let start = Instant::now();
        loop {
            let output = self.masters.try_kontiki(at, words);
            let told = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            let missing = shown.lines.iter().find(|line| !told.lines().any(|told| fits(line, told)));
            if output.status.success() && missing.is_none() {
                if words == ["token", "create"] {
                    self.token = told.split_whitespace().last().unwrap().into();
                }
                return;
            }
            let Shown { machine, command, .. } = shown;
            assert!(
                start.elapsed() < LIMIT,
                "{machine}$ {command}\n--- the page shows\n{missing:?}\n--- but it prints\n{told}\n{}",
                self.masters.log(at)
            );
            std::thread::park_timeout(Duration::from_millis(100));
        }
    }
}

#[test]
fn what_the_operators_page_shows_of_several_masters_is_what_happens() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operating.md");
    let all = commands(&std::fs::read_to_string(page).unwrap(), FENCE);
    let shown = |command: &str| all.iter().any(|shown| shown.command.starts_with(command));
    for command in ["up", "join", "token create", "member list", "member promote", "member remove", "recover"] {
        assert!(shown(&format!("kontiki {command}")), "the page does not show {command}");
    }
    let machines = all.iter().map(|shown| shown.machine.clone()).collect::<std::collections::BTreeSet<_>>();
    let mut machines = Machines { masters: Masters::none(machines.len()), token: String::new() };
    all.iter().for_each(|shown| machines.run(shown));
}
