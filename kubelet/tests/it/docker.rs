//! Whether Docker is there, and cleaning up after tests.

use std::process::Command;
use std::sync::Arc;

use kontiki_kubelet::labels::Owner;
use kontiki_kubelet::runtime::Docker;

/// A Docker runtime for a node and folder of its own, whose containers go with the value.
pub struct TestDocker {
    pub folder: tempfile::TempDir,
    pub node: String,
    pub owner: Owner,
    pub runtime: Arc<Docker>,
}

impl TestDocker {
    /// `None` where no daemon answers.
    pub fn new() -> Option<Self> {
        let answers = Command::new("docker").arg("version").output().is_ok_and(|output| output.status.success());
        if !answers || !super::images::busybox() {
            eprintln!("skipped: there is no Docker daemon or no static busybox on this machine");
            return None;
        }
        let stamp = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
        let node = format!("test-{}-{stamp}", std::process::id());
        let socket = std::path::Path::new("/var/run/docker.sock");
        let folder = tempfile::tempdir().unwrap();
        let owner = Owner { node: node.clone(), data_dir: folder.path().to_string_lossy().into_owned() };
        let runtime = Docker::new(socket, &owner);
        Some(Self { folder, node, owner, runtime: Arc::new(runtime) })
    }
}

impl Drop for TestDocker {
    fn drop(&mut self) {
        let filter = format!("label={}={}", kontiki_kubelet::labels::NODE, self.node);
        let listed = Command::new("docker").args(["ps", "-aq", "--filter", &filter]).output().unwrap();
        for id in String::from_utf8_lossy(&listed.stdout).lines() {
            let _ = Command::new("docker").args(["rm", "-f", id]).output();
        }
        unmount(self.folder.path());
    }
}

/// Memory volumes would keep their folder, and their memory, for as long as the machine runs.
fn unmount(folder: &std::path::Path) {
    for pod in std::fs::read_dir(folder.join("pods")).into_iter().flatten().flatten() {
        for volume in std::fs::read_dir(pod.path().join("volumes")).into_iter().flatten().flatten() {
            // Fails for the many volumes that are no mounts.
            let _ = Command::new("umount").arg("--lazy").arg(volume.path()).output();
        }
    }
}
