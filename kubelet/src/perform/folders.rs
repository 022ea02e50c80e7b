//! Where the files of pods are.

use std::io;
use std::path::{Path, PathBuf};

use crate::pod_key::PodKey;

/// The file that says whose folder it is: `namespace/name`. A folder that holds anything has it.
const OWNER: &str = "pod";
/// The same while it is written.
const NEW_OWNER: &str = "pod.new";

/// The folders of pods below the node's data folder.
#[derive(Clone, Debug)]
pub struct Folders {
    root: PathBuf,
}

impl Folders {
    /// Below `data_dir`, which must be absolute.
    pub fn new(data_dir: &Path) -> Self {
        Self { root: data_dir.join("pods") }
    }

    /// A pod's folder.
    pub fn pod(&self, pod: &PodKey) -> PathBuf {
        self.root.join(&*pod.uid)
    }

    /// A volume's folder.
    pub fn volume(&self, pod: &PodKey, name: &str) -> PathBuf {
        self.pod(pod).join("volumes").join(name)
    }

    /// A file that replaces one of `/etc` in the pod's containers.
    pub fn etc(&self, pod: &PodKey, name: &str) -> PathBuf {
        self.pod(pod).join("etc").join(name)
    }

    /// Says for which process of which sandbox the network is complete.
    pub fn network(&self, pod: &PodKey) -> PathBuf {
        self.pod(pod).join("network")
    }

    /// The termination message of one run of a container.
    pub fn message(&self, pod: &PodKey, container: &str, attempt: u32) -> PathBuf {
        self.pod(pod).join("containers").join(container).join(attempt.to_string())
    }

    /// Makes a pod's folder, and in it the file that says whose it is.
    ///
    /// # Errors
    /// The system's refusal.
    pub fn make(&self, pod: &PodKey) -> io::Result<()> {
        let (folder, owner) = (self.pod(pod), format!("{}/{}", pod.namespace, pod.name));
        std::fs::create_dir_all(&folder)?;
        if std::fs::read_to_string(folder.join(OWNER)).is_ok_and(|known| known == owner) {
            return Ok(());
        }
        std::fs::write(folder.join(NEW_OWNER), owner)?;
        std::fs::rename(folder.join(NEW_OWNER), folder.join(OWNER))
    }

    /// Removes a pod's folder: whose it is goes last, so that a removal that was cut off is found and done again.
    /// Memory volumes are unmounted first: removing must not walk into them.
    ///
    /// # Errors
    /// The system's refusal.
    pub fn remove(&self, pod: &PodKey) -> io::Result<()> {
        let folder = self.pod(pod);
        for volume in std::fs::read_dir(folder.join("volumes")).into_iter().flatten().flatten() {
            // Fails for the many volumes that are no mounts.
            let _ = nix::mount::umount2(&volume.path(), nix::mount::MntFlags::MNT_DETACH);
        }
        for entry in std::fs::read_dir(&folder).into_iter().flatten() {
            let entry = entry?;
            match entry.file_type()?.is_dir() {
                true => std::fs::remove_dir_all(entry.path())?,
                false if entry.file_name() == OWNER => {}
                false => std::fs::remove_file(entry.path())?,
            }
        }
        match std::fs::remove_dir_all(folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Removes the folders in which there is nothing yet or nothing any more: a kubelet was cut off while it made or
    /// removed them. For the start, when nobody makes folders.
    pub fn sweep(&self) {
        for folder in std::fs::read_dir(&self.root).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if owner(&folder).is_none() {
                // Fails where there is none, and then where something else is left: that stays.
                let _ = std::fs::remove_file(folder.join(NEW_OWNER));
                let _ = std::fs::remove_dir(folder);
            }
        }
    }

    /// The pods that have a folder.
    pub fn list(&self) -> Vec<PodKey> {
        let entries = std::fs::read_dir(&self.root).into_iter().flatten().flatten();
        let pods = entries.filter_map(|entry| {
            let (namespace, name) = owner(&entry.path())?;
            Some(PodKey::new(&*namespace, &*name, entry.file_name().to_string_lossy().as_ref()))
        });
        pods.collect()
    }
}

/// Namespace and name of the pod whose folder it is.
fn owner(folder: &Path) -> Option<(String, String)> {
    let owner = std::fs::read_to_string(folder.join(OWNER)).ok()?;
    owner.split_once('/').map(|(namespace, name)| (namespace.to_owned(), name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_cut_off_kubelet_leaves_is_found_again_or_removed() {
        let data = tempfile::tempdir().unwrap();
        let folders = Folders::new(data.path());
        let pod = |uid: &str| PodKey::new("default", "web", uid);
        // Cut off while it was made, before and while its owner was written; while it was removed, at the very end.
        std::fs::create_dir_all(folders.pod(&pod("empty"))).unwrap();
        std::fs::create_dir_all(folders.pod(&pod("half"))).unwrap();
        std::fs::write(folders.pod(&pod("half")).join(NEW_OWNER), "defau").unwrap();
        folders.make(&pod("whole")).unwrap();
        std::fs::create_dir_all(folders.volume(&pod("other"), "data")).unwrap();
        folders.sweep();
        let left = |folders: &Folders| {
            let entries = std::fs::read_dir(&folders.root).unwrap().flatten();
            let mut names: Vec<_> = entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
            names.sort();
            names
        };
        assert_eq!(left(&folders), ["other", "whole"], "what holds something stays");
        assert_eq!(folders.list(), [pod("whole")]);
        std::fs::create_dir_all(folders.volume(&pod("whole"), "data")).unwrap();
        std::fs::write(folders.network(&pod("whole")), "1").unwrap();
        folders.remove(&pod("whole")).unwrap();
        folders.remove(&pod("whole")).unwrap();
        assert_eq!(left(&folders), ["other"]);
    }
}
