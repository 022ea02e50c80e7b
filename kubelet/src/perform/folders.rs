//! Where the files of pods are.

use std::io;
use std::path::{Path, PathBuf};

use crate::pod_key::PodKey;

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

    /// Makes a pod's folder.
    ///
    /// # Errors
    /// The system's refusal.
    pub fn make(&self, pod: &PodKey) -> io::Result<()> {
        std::fs::create_dir_all(self.pod(pod))?;
        std::fs::write(self.pod(pod).join("pod"), format!("{}/{}", pod.namespace, pod.name))
    }

    /// The pods that have a folder.
    pub fn list(&self) -> Vec<PodKey> {
        let entries = std::fs::read_dir(&self.root).into_iter().flatten().flatten();
        let pods = entries.filter_map(|entry| {
            let name = std::fs::read_to_string(entry.path().join("pod")).ok()?;
            let (namespace, name) = name.split_once('/')?;
            Some(PodKey::new(namespace, name, entry.file_name().to_string_lossy().as_ref()))
        });
        pods.collect()
    }
}
