//! Kubeconfig files, merged as `KUBECONFIG` lists them.

use std::path::{Path, PathBuf};

use kontiki_api::yaml::{self, Duplicates};
use serde_json::Value;

use crate::failure::Failure;

/// The kubeconfig files, in order; of entries with the same name the first counts.
#[derive(Debug, Default)]
pub(crate) struct Kubeconfig {
    files: Vec<(PathBuf, Value)>,
}

impl Kubeconfig {
    /// Reads `explicit` alone, or else the files of `paths` (the variable `KUBECONFIG`), or else `~/.kube/config`.
    pub(crate) fn load(explicit: Option<&Path>, paths: Option<&str>, home: Option<&Path>) -> Result<Self, Failure> {
        let mut config = Self::default();
        if let Some(path) = explicit {
            config.read(path)?;
            return Ok(config);
        }
        let listed: Vec<PathBuf> =
            paths.into_iter().flat_map(std::env::split_paths).filter(|path| path.as_os_str() != "").collect();
        let found = if listed.is_empty() { home.map(|home| home.join(".kube/config")).into_iter().collect() } else { listed };
        for path in found.iter().filter(|path| path.exists()) {
            config.read(path)?;
        }
        Ok(config)
    }

    fn read(&mut self, path: &Path) -> Result<(), Failure> {
        let shown = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|source| Failure::File { path: shown.clone(), source })?;
        let value = yaml::read_one(&bytes, Duplicates::LastWins)
            .map_err(|error| Failure::Usage(format!("error loading config file {shown:?}: {error}")))?;
        self.files.push((path.to_owned(), value));
        Ok(())
    }

    /// The name of the context in use.
    pub(crate) fn current_context(&self) -> Option<&str> {
        self.files.iter().find_map(|(_, file)| file.get("current-context")?.as_str().filter(|name| !name.is_empty()))
    }

    /// The entry `name` of `list` (`clusters`, `users`, `contexts`), and the folder that its relative paths start from.
    pub(crate) fn entry(&self, list: &str, name: &str) -> Option<(&Value, &Path)> {
        let member = list.strip_suffix('s').unwrap_or(list);
        self.files.iter().find_map(|(path, file)| {
            let entries = file.get(list)?.as_array()?;
            let entry = entries.iter().find(|entry| entry.get("name").and_then(Value::as_str) == Some(name))?;
            Some((entry.get(member)?, path.parent().unwrap_or(Path::new("."))))
        })
    }

    /// The names of the entries of `list`.
    pub(crate) fn names(&self, list: &str) -> Vec<&str> {
        let mut names: Vec<&str> = self
            .files
            .iter()
            .filter_map(|(_, file)| file.get(list)?.as_array())
            .flatten()
            .filter_map(|entry| entry.get("name")?.as_str())
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}
