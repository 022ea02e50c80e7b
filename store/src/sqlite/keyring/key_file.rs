use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::root::KEY_LEN;
use crate::OpenError;

/// How the file begins; the number is its format. Before there were several keys it held one, in hexadecimal digits.
const HEADER: &str = "kontiki cluster keys ";
const FORMAT: u32 = 1;
/// Stands behind the key that seals.
const SEALS: &str = "seals";

/// Where the cluster's keys of the store in `folder` lie.
pub(crate) fn key_path(folder: &Path) -> PathBuf {
    folder.join("cluster.key")
}

/// What a file of keys says: numbers and bytes, and the number of the one that seals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeyFile {
    /// The keys.
    pub keys: Vec<(u32, [u8; KEY_LEN])>,
    /// Which one seals.
    pub seals: u32,
}

impl KeyFile {
    /// Reads the file at `path`; `None` where there is none.
    pub fn read(path: &Path) -> Result<Option<Self>, OpenError> {
        match fs::read_to_string(path) {
            Ok(text) => Self::parse(&text, path).map(Some),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(OpenError::File { path: path.into(), source }),
        }
    }

    fn parse(text: &str, path: &Path) -> Result<Self, OpenError> {
        let unusable = || OpenError::Key(path.into());
        let Some(rest) = text.strip_prefix(HEADER) else {
            let key = unhex(text.trim()).ok_or_else(unusable)?;
            return Ok(Self { keys: vec![(1, key)], seals: 1 });
        };
        let mut lines = rest.lines();
        let found: u32 = lines.next().and_then(|number| number.trim().parse().ok()).ok_or_else(unusable)?;
        if found > FORMAT {
            return Err(OpenError::NewerFormat { file: "cluster.key", found, known: FORMAT });
        }
        let mut read = Self { keys: Vec::new(), seals: 0 };
        for line in lines.filter(|line| !line.trim().is_empty()) {
            let mut words = line.split_whitespace();
            let number = words.next().and_then(|number| number.parse().ok()).ok_or_else(unusable)?;
            let key = words.next().and_then(unhex).ok_or_else(unusable)?;
            if words.next() == Some(SEALS) {
                read.seals = number;
            }
            read.keys.push((number, key));
        }
        let there = read.keys.iter().any(|(number, _)| *number == read.seals);
        if there { Ok(read) } else { Err(unusable()) }
    }

    /// The file's text.
    pub fn text(&self) -> String {
        let mut text = format!("{HEADER}{FORMAT}\n");
        for (number, key) in &self.keys {
            let seals = if *number == self.seals { format!(" {SEALS}") } else { String::new() };
            text.push_str(&format!("{number} {}{seals}\n", hex(key)));
        }
        text
    }

    /// Writes the file for its owner alone: beside and renamed, so that a crash leaves the old or the new one.
    pub fn write(&self, path: &Path) -> Result<(), OpenError> {
        let beside = path.with_extension("new");
        let write = || {
            let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
            file.write_all(self.text().as_bytes())?;
            file.sync_all()?;
            fs::rename(&beside, path)?;
            path.parent().map_or(Ok(()), |folder| fs::File::open(folder)?.sync_all())
        };
        write().map_err(|source| OpenError::File { path: path.into(), source })
    }
}

/// Hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The way back of [`hex`], for a key.
pub(super) fn unhex(text: &str) -> Option<[u8; KEY_LEN]> {
    let digits: Option<Vec<u8>> = text.chars().map(|digit| u8::try_from(digit.to_digit(16)?).ok()).collect();
    let digits = digits.filter(|digits| digits.len() == 2 * KEY_LEN)?;
    let bytes: Vec<u8> = digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect();
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_as_they_were_written_and_the_old_file_of_one_key_too() {
        let path = Path::new("cluster.key");
        let file = KeyFile { keys: vec![(1, [1; KEY_LEN]), (2, [2; KEY_LEN])], seals: 2 };
        assert_eq!(KeyFile::parse(&file.text(), path).unwrap(), file);
        let old = KeyFile::parse(&"ab".repeat(KEY_LEN), path).unwrap();
        assert_eq!(old, KeyFile { keys: vec![(1, [0xab; KEY_LEN])], seals: 1 });
        let newer = format!("{HEADER}2\nwhatever\n");
        assert!(matches!(KeyFile::parse(&newer, path), Err(OpenError::NewerFormat { found: 2, .. })));
        for bad in ["", "ab", "kontiki cluster keys 1\n1 ab seals\n", "kontiki cluster keys 1\n"] {
            assert!(matches!(KeyFile::parse(bad, path), Err(OpenError::Key(_))), "{bad}");
        }
    }
}
