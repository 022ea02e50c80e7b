//! Objects from files, folders and standard input.

use std::io::Read;
use std::path::{Path, PathBuf};

use kontiki_api::yaml::{self, Duplicates};
use serde_json::Value;

use crate::failure::Failure;

/// Where objects come from: the flags of every command that takes manifests.
#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct Sources {
    /// Files, folders, or - for standard input.
    #[arg(short = 'f', long = "filename")]
    pub files: Vec<PathBuf>,
    /// Also read the folders inside folders.
    #[arg(short = 'R', long)]
    pub recursive: bool,
}

impl Sources {
    /// The objects, in order; lists are opened.
    pub(crate) fn read(&self) -> Result<Vec<Value>, Failure> {
        let mut found = Vec::new();
        for path in &self.files {
            if path.as_os_str() == "-" {
                let mut bytes = Vec::new();
                std::io::stdin().lock().read_to_end(&mut bytes)?;
                documents("STDIN", &bytes, &mut found)?;
            } else {
                self.path(path, &mut found)?;
            }
        }
        match found.is_empty() {
            true => Err(Failure::usage("no objects passed to apply")),
            false => Ok(found),
        }
    }

    fn path(&self, path: &Path, found: &mut Vec<Value>) -> Result<(), Failure> {
        let shown = path.display().to_string();
        if !path.exists() {
            return Err(Failure::Usage(format!("the path {shown:?} does not exist")));
        }
        let failed = |source| Failure::File { path: shown.clone(), source };
        if !path.is_dir() {
            return documents(&shown, &std::fs::read(path).map_err(failed)?, found);
        }
        let mut entries: Vec<PathBuf> =
            std::fs::read_dir(path).map_err(failed)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
        entries.sort();
        for entry in entries {
            let is_manifest =
                entry.extension().is_some_and(|ending| ["yaml", "yml", "json"].iter().any(|known| ending == *known));
            if (entry.is_dir() && self.recursive) || (!entry.is_dir() && is_manifest) {
                self.path(&entry, found)?;
            }
        }
        Ok(())
    }
}

fn documents(name: &str, bytes: &[u8], found: &mut Vec<Value>) -> Result<(), Failure> {
    let failed = |error| Failure::Usage(format!("error parsing {name}: {error}"));
    for mut document in yaml::read(bytes, Duplicates::Refuse).map_err(failed)? {
        let is_list = document.get("kind").and_then(Value::as_str).is_some_and(|kind| kind.ends_with("List"));
        match document.get_mut("items").filter(|_| is_list).map(Value::take) {
            Some(Value::Array(items)) => found.extend(items),
            _ => found.push(document),
        }
    }
    Ok(())
}
