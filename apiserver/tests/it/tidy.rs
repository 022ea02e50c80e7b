//! Generic steps name no kind.

use std::path::{Path, PathBuf};

use kontiki_api::kind::Kinds;

/// Folders that are the same for every kind.
const GENERIC: [&str; 12] =
    ["route", "decode", "read", "mutate", "prepare", "validate", "commit", "write", "encode", "discovery", "http", "server"];

/// What may be named all the same, and why.
const ALLOWED: [(&str, &str); 2] = [
    ("route/path.rs", "namespaces"),    // the grammar of paths knows them
    ("server/permit.rs", "namespaces"), // authorization counts a namespace as lying in itself
];

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, into);
        } else {
            into.push(path);
        }
    }
}

#[test]
fn generic_steps_name_no_kind() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let kinds = Kinds::builtin();
    let names: Vec<String> = kinds.iter().flat_map(|row| [row.plural.to_string(), row.kind.to_string()]).collect();
    let mut found = Vec::new();
    for folder in GENERIC {
        let mut paths = Vec::new();
        files(&root.join(folder), &mut paths);
        assert!(!paths.is_empty(), "{folder} is empty");
        for path in paths {
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            let shown = path.strip_prefix(&root).unwrap().display().to_string();
            let code: String = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
            for name in &names {
                if code.contains(&format!("\"{name}\"")) && !ALLOWED.contains(&(shown.as_str(), name)) {
                    found.push(format!("{shown} names {name:?}"));
                }
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}
