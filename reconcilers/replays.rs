//! Recordings of real runs, run again.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::PathBuf;

use super::replay;

fn recordings() -> Vec<PathBuf> {
    let folders = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/replays")).unwrap();
    let folders = folders.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    let mut files: Vec<_> = folders.flat_map(|folder| fs::read_dir(folder).unwrap()).map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn every_recording_is_decided_as_it_was() {
    let files = recordings();
    assert!(files.len() >= 3, "{files:?}");
    for path in files {
        let summary = replay(BufReader::new(File::open(&path).unwrap()));
        let summary = summary.unwrap_or_else(|divergence| panic!("{}: {divergence}", path.display()));
        assert!(summary.passes > 0 && summary.skipped == 0, "{}: {summary:?}", path.display());
    }
}
