use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// Where the folder is that the child works in.
pub const FOLDER: &str = "KONTIKI_FAULTS_BELOW";
/// Where the child writes which calls are to fail.
pub const CONTROL: &str = "KONTIKI_FAULTS_CONTROL";

/// The layer between a child process and its files, see tests/faults/shim.c; and a folder for the child.
pub struct Shim {
    folder: TempDir,
}

impl Shim {
    /// Compiles it.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/shim.c");
        let mut cc = Command::new("cc");
        cc.args(["-shared", "-fPIC", "-O1", "-o"]).arg(folder.path().join("shim.so")).arg(source).arg("-ldl");
        assert!(cc.status().expect("a C compiler, as SQLite needs one").success());
        Self { folder }
    }

    /// A path outside the folders of children.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// This test program again, running the ignored test `name` on `folder` behind the layer.
    pub fn child(&self, name: &str, folder: &Path) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", name, "--ignored", "--nocapture"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.env("LD_PRELOAD", self.beside("shim.so")).env(FOLDER, folder).env(CONTROL, self.beside("control"));
        command
    }

    /// Runs the ignored test `name`, which must succeed.
    pub fn run(&self, name: &str) {
        let folder = self.beside("data");
        std::fs::create_dir(&folder).unwrap();
        let output = self.child(name, &folder).output().unwrap();
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{out}\n{err}");
    }
}

/// What the child does to its own files.
pub struct Control(PathBuf);

impl Control {
    /// `None` outside a child.
    pub fn of_child() -> Option<(Self, PathBuf)> {
        Some((Self(std::env::var_os(CONTROL)?.into()), std::env::var_os(FOLDER)?.into()))
    }

    /// From now on `operation` (`write` or `sync`) fails with `errno` on what begins with `prefix`.
    pub fn fail(&self, errno: i32, operation: &str, prefix: &Path) {
        let beside = self.0.with_extension("new");
        std::fs::write(&beside, format!("{errno} {operation} {}", prefix.display())).unwrap();
        std::fs::rename(beside, &self.0).unwrap();
    }

    /// Nothing fails any more.
    pub fn heal(&self) {
        std::fs::remove_file(&self.0).unwrap();
    }
}
