//! Size, hygiene and purity of the source, as a test: the limits of the house style, with ratchets.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Longest non-test file, in lines.
const FILE_LINES: usize = 600;

/// Files that may be longer, with their length now and the reason. A number may only shrink.
const LONG_FILES: &[(&str, usize, &str)] = &[];

/// Files that may hold `unsafe`, with the reason.
const UNSAFE_FILES: &[(&str, &str)] = &[
    ("apiserver/tests/it/counting.rs", "an allocator that counts, in tests"),
    ("kubelet/images/pause.rs", "signal handlers of a program without dependencies"),
    ("store/src/sim/chance.rs", "stands in for the C library's getrandom, in tests"),
    ("kubelet/images/demo.rs", "a signal handler of a program without dependencies"),
];

/// Words that must not stand in sources, and why.
const BANNED: &[(&str, &str)] = &[
    ("todo!(", "finish it or leave it out"),
    ("unimplemented!(", "finish it or leave it out"),
    ("#[ignore]", "an ignored test needs a reason and a date: #[ignore = \"…\"]"),
];

/// Files and folders of the node's crates that decide and do nothing else.
const PURE: &[&str] = &[
    "kubelet/src/reconcile/",
    "kubelet/src/node/node_reconciler.rs",
    "kubelet/src/node/status.rs",
    "kubelet/src/simulated_nodes/node.rs",
    "kubelet/src/simulated_nodes/pod.rs",
    "kubelet/src/simulated_nodes/pod_view.rs",
    "kubelet/src/view/",
    "proxy/src/keep.rs",
    "proxy/src/view.rs",
    "proxy/src/rules/",
    "proxy/src/dns/reconcile.rs",
    "proxy/src/dns/zone.rs",
    "proxy/src/health/reconcile.rs",
    "proxy/src/health/checks.rs",
];

/// Where `reconcilers/clippy.toml` watches.
const LINTED: &str = "reconcilers/";

/// What a pure function has no use for: clocks, chance, threads, files, state, and maps without an order.
const IMPURE: &[&str] = &[
    "SystemTime",
    "Instant",
    "SystemClock",
    "rand::",
    "thread::",
    "tokio::",
    "async fn",
    ".await",
    "std::fs",
    "std::env",
    "std::process",
    "TcpStream",
    "UdpSocket",
    "HashMap",
    "HashSet",
    "Mutex",
    "RwLock",
    "RefCell",
    "Atomic",
    "OnceLock",
    "LazyLock",
    "thread_local",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The tracked files with one of these endings, relative to the root.
fn tracked(endings: &[&str]) -> Vec<String> {
    let output = Command::new("git").args(["ls-files", "-co", "--exclude-standard"]).current_dir(root()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let names = text.lines().filter(|name| endings.iter().any(|ending| name.ends_with(ending)));
    names.filter(|name| root().join(name).exists()).map(String::from).collect()
}

fn is_test(name: &str) -> bool {
    name.starts_with("tests/") || name.contains("/tests/") || name.ends_with("/tests.rs")
}

fn read(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn no_file_is_too_long() {
    let mut faults = Vec::new();
    for name in tracked(&[".rs"]).iter().filter(|name| !is_test(name)) {
        let lines = read(name).lines().count();
        let limit = LONG_FILES.iter().find(|(file, ..)| file == name).map_or(FILE_LINES, |(_, limit, _)| *limit);
        if lines > limit {
            faults.push(format!("{name}: {lines} lines, at most {limit}"));
        }
    }
    assert!(faults.is_empty(), "split these by their main types:\n{}", faults.join("\n"));
}

#[test]
fn exceptions_only_shrink() {
    for (name, limit, reason) in LONG_FILES {
        let lines = read(name).lines().count();
        assert!(!reason.is_empty() && lines > FILE_LINES, "{name} needs no exception any more");
        assert!(lines == *limit, "{name} has {lines} lines now: lower its limit from {limit}");
    }
}

#[test]
fn banned_words_are_nowhere() {
    let mut faults = Vec::new();
    for name in tracked(&[".rs"]).iter().filter(|name| *name != "tests/tidy.rs") {
        let text = read(name);
        for (word, why) in BANNED {
            for (at, _) in text.lines().enumerate().filter(|(_, line)| line.contains(word)) {
                faults.push(format!("{name}:{}: {word} — {why}", at + 1));
            }
        }
        if !is_test(name) && text.lines().any(|line| line.starts_with("#![allow(")) {
            faults.push(format!("{name}: allows a lint for a whole file"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn unsafe_is_only_where_it_is_listed() {
    for name in tracked(&[".rs"]).iter().filter(|name| *name != "tests/tidy.rs") {
        let uses = read(name).lines().any(|line| {
            let code = line.split("//").next().unwrap_or_default();
            code.contains("unsafe {")
                || code.contains("unsafe fn")
                || code.contains("unsafe impl")
                || code.contains("unsafe extern")
        });
        let listed = UNSAFE_FILES.iter().any(|(file, reason)| file == name && !reason.is_empty());
        assert_eq!(uses, listed, "{name}: the list of files with unsafe code and the files disagree");
    }
}

#[test]
fn no_sql_stands_outside_the_store() {
    for name in tracked(&[".rs"]).iter().filter(|name| !name.starts_with("store/") && *name != "tests/tidy.rs") {
        let text = read(name);
        for word in ["sqlx", "INSERT INTO", "CREATE TABLE"] {
            assert!(!text.contains(word), "{name} speaks SQL ({word}): that belongs to store/");
        }
    }
}

#[test]
fn module_roots_hold_only_docs_and_exports() {
    for name in tracked(&["mod.rs"]).iter().filter(|name| !is_test(name)) {
        let text = read(name);
        assert!(text.starts_with("//!"), "{name} opens with what it promises");
    }
}

#[test]
fn links_between_pages_lead_somewhere() {
    let mut faults = Vec::new();
    for name in tracked(&[".md"]) {
        let folder = Path::new(&name).parent().unwrap_or(Path::new("")).to_path_buf();
        for link in read(&name).split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = link.split('#').next().unwrap_or_default();
            if !target.is_empty() && !target.contains("://") && !root().join(&folder).join(target).exists() {
                faults.push(format!("{name}: {link} does not exist"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The part of a file that is not its tests, without comments.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate().take_while(|(_, line)| *line != "#[cfg(test)]" && *line != "mod tests {");
    lines.map(|(at, line)| (at + 1, line.split("//").next().unwrap_or_default()))
}

/// The product's files in which a reconciler is, each with its name.
fn reconcilers() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for name in tracked(&[".rs"]).into_iter().filter(|name| !is_test(name)) {
        let text = read(&name);
        let names = code(&text).filter_map(|(_, line)| line.split_once(" Reconciler for ")).map(|(_, rest)| rest);
        found.extend(names.map(|rest| (name.clone(), rest.split(['<', ' ']).next().unwrap_or_default().to_owned())));
    }
    found
}

#[test]
fn reconcilers_are_pure() {
    let is_pure = |name: &str| PURE.iter().any(|pure| name.starts_with(pure));
    let mut faults = Vec::new();
    for name in tracked(&[".rs"]).iter().filter(|name| is_pure(name) && !is_test(name)) {
        let text = read(name);
        for (at, line) in code(&text) {
            let words = IMPURE.iter().filter(|word| line.contains(**word));
            faults.extend(words.map(|word| format!("{name}:{at}: {word}")));
        }
    }
    for pure in PURE {
        assert!(root().join(pure).exists(), "{pure} is gone: take it off the list");
    }
    let unwatched = reconcilers().into_iter().filter(|(file, _)| !is_pure(file) && !file.starts_with(LINTED));
    faults.extend(unwatched.map(|(file, name)| format!("{file}: the list of pure files lacks it, but {name} is there")));
    assert!(faults.is_empty(), "a reconciler decides from its World and its pass alone:\n{}", faults.join("\n"));
}

#[test]
fn reconcilers_of_the_node_are_in_the_shared_suite() {
    let tests: Vec<String> = ["kubelet/tests/it/reconcilers.rs", "proxy/tests/it/reconcilers.rs"].map(read).into();
    for (file, name) in reconcilers().iter().filter(|(file, _)| !file.starts_with(LINTED)) {
        let played = tests.iter().any(|test| test.contains(&format!("Suite::new({name}")));
        assert!(played, "{file}: play {name} to the shared suite");
    }
}
