//! Our context in the user's own kubeconfig.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::{Pair, PkiError, file, kubeconfig};

/// What a merge did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// Whether the file was written; it is left alone where it says the same already.
    pub written: bool,
    /// The file's current context afterwards.
    pub current_context: String,
}

/// Adds or renews the context `kontiki` with its cluster and user in the kubeconfig at `path`. Everything else stays,
/// fields unknown to us too; the current context changes only where there was none. A missing file is made; a
/// symbolic link is followed; mode 0600, the owner stays.
///
/// # Errors
/// Where the file cannot be read or written, or is not a kubeconfig: then it is left alone.
pub fn merge_kubeconfig(path: &Path, server_url: &str, authority: &str, client: &Pair) -> Result<Merged, PkiError> {
    let path = target(path);
    let old = read(&path)?;
    let mut new = old.clone();
    merge(&mut new, &kubeconfig::document(server_url, authority, client), &path)?;
    let current_context = new.get("current-context").and_then(Value::as_str).unwrap_or_default().to_owned();
    let written = new != old;
    if written {
        write(&path, &Value::Object(new))?;
    }
    Ok(Merged { written, current_context })
}

/// Where a symbolic link leads, so that the link itself is not replaced.
fn target(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

fn read(path: &Path) -> Result<Map<String, Value>, PkiError> {
    let text = file::read(path)?.unwrap_or_default();
    if text.trim().is_empty() {
        return Ok(Map::new());
    }
    match serde_saphyr::from_str::<Value>(&text) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(Value::Null) => Ok(Map::new()),
        Ok(_) => Err(PkiError::unusable(path.display().to_string(), "it is not a mapping")),
        Err(error) => Err(PkiError::unusable(path.display().to_string(), error)),
    }
}

fn write(path: &Path, config: &Value) -> Result<(), PkiError> {
    if let Some(folder) = path.parent() {
        file::make_folder(folder)?;
    }
    let owner = std::fs::metadata(path).ok().map(|meta| (meta.uid(), meta.gid()));
    let text = serde_saphyr::to_string(config).map_err(|error| PkiError::unusable(path.display().to_string(), error))?;
    file::write(path, &text)?;
    match owner {
        Some((user, group)) => std::os::unix::fs::chown(path, Some(user), Some(group))
            .map_err(|source| PkiError::file("set the owner of", path, source)),
        None => Ok(()),
    }
}

fn merge(into: &mut Map<String, Value>, ours: &Value, path: &Path) -> Result<(), PkiError> {
    for (name, value) in [("apiVersion", "v1"), ("kind", "Config")] {
        into.entry(name).or_insert_with(|| json!(value));
    }
    for list in ["clusters", "contexts", "users"] {
        let entry = into.entry(list).or_insert_with(|| json!([]));
        if entry.is_null() {
            *entry = json!([]);
        }
        let Value::Array(items) = entry else {
            return Err(PkiError::unusable(path.display().to_string(), format!("{list} is not a list")));
        };
        for item in ours.get(list).and_then(Value::as_array).into_iter().flatten() {
            put(items, item);
        }
    }
    let current = into.entry("current-context").or_insert_with(|| json!(""));
    if current.as_str().is_none_or(str::is_empty) {
        *current = json!(kubeconfig::NAME);
    }
    Ok(())
}

/// Puts `item` where an item of its name is, or at the end. A context keeps what the user added to it (its namespace).
fn put(items: &mut Vec<Value>, item: &Value) {
    let Some(found) = items.iter_mut().find(|other| other.get("name") == item.get("name")) else {
        return items.push(item.clone());
    };
    let namespace = found.pointer("/context/namespace").cloned();
    *found = item.clone();
    if let (Some(namespace), Some(context)) = (namespace, found.get_mut("context").and_then(Value::as_object_mut)) {
        context.insert("namespace".into(), namespace);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn pair() -> Pair {
        Pair { certificate: "cert".into(), key: "key".into() }
    }

    fn merged(path: &Path) -> Merged {
        merge_kubeconfig(path, "https://127.0.0.1:6443", "authority", &pair()).unwrap()
    }

    fn parsed(path: &Path) -> Value {
        serde_saphyr::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    #[test]
    fn a_missing_file_is_made_and_ours_becomes_current() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(".kube/config");
        assert_eq!(merged(&path), Merged { written: true, current_context: "kontiki".into() });
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(parsed(&path)["contexts"][0]["context"]["user"], "kontiki-admin");
    }

    #[test]
    fn what_is_there_stays_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config");
        let theirs = "apiVersion: v1\nkind: Config\nclusters:\n- name: work\n  cluster: {server: 'https://work', odd: 'yes'}\n\
                      contexts: null\ncurrent-context: work\nusers:\n- name: me\n  user: {token: '0123'}\nextensions: [{name: x}]\n";
        std::fs::write(&path, theirs).unwrap();
        assert_eq!(merged(&path).current_context, "work");
        let now = parsed(&path);
        assert_eq!(now["clusters"][0], json!({"name": "work", "cluster": {"server": "https://work", "odd": "yes"}}));
        assert_eq!(now["users"][0]["user"]["token"], "0123");
        assert_eq!(now["extensions"][0]["name"], "x");
        assert_eq!(now["contexts"][0]["name"], "kontiki");
    }

    #[test]
    fn a_second_merge_writes_nothing_and_keeps_the_namespace_of_the_context() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config");
        merged(&path);
        let mut changed = parsed(&path);
        changed["contexts"][0]["context"]["namespace"] = json!("shop");
        std::fs::write(&path, changed.to_string()).unwrap();
        assert!(!merged(&path).written);
        assert_eq!(parsed(&path)["contexts"][0]["context"]["namespace"], "shop");
    }

    #[test]
    fn a_file_that_is_no_kubeconfig_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config");
        std::fs::write(&path, "- not\n- a config\n").unwrap();
        assert!(merge_kubeconfig(&path, "https://x", "authority", &pair()).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "- not\n- a config\n");
    }

    #[test]
    fn a_symbolic_link_stays_a_link() {
        let dir = tempfile::tempdir().unwrap();
        let (real, link) = (dir.path().join("real"), dir.path().join("config"));
        std::fs::write(&real, "").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        merged(&link);
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(parsed(&real)["current-context"], "kontiki");
    }
}
