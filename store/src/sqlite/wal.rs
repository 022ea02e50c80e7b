use std::fs;
use std::io;
use std::path::Path;

use super::OpenError;

/// The layout of SQLite's write-ahead file: <https://sqlite.org/fileformat2.html#walformat>.
const HEADER: usize = 32;
const FRAME: usize = 24;
const MAGIC: u32 = 0x377f_0682;

type Sums = (u32, u32);

/// Tells a write-ahead file that was damaged from one whose end tore. SQLite reads up to the first frame whose
/// checksum is wrong and silently forgets the rest. Where a crash tore the last transaction, that is right. Where a
/// whole transaction lies behind it, what is forgotten was acknowledged, or is already in the database. (Where not every
/// transaction is synced, several may tear.)
pub(crate) fn check_wal(folder: &Path, file: &'static str) -> Result<(), OpenError> {
    let path = folder.join(format!("{file}-wal"));
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(OpenError::File { path, source }),
    };
    match damage(&bytes) {
        None => Ok(()),
        Some(what) => Err(OpenError::Damaged { file, what: format!("its write-ahead file: {what}") }),
    }
}

fn damage(bytes: &[u8]) -> Option<String> {
    let (header, frames) = bytes.split_at_checked(HEADER)?;
    let (magic, page) = (word(header, 0)?, word(header, 8)? as usize);
    let salts = (word(header, 16)?, word(header, 20)?);
    let first = frames.get(..FRAME).and_then(|front| Some((word(front, 8)?, word(front, 12)?)));
    let sums = (word(header, 24)?, word(header, 28)?);
    let big_endian = magic & 1 == 1;
    if magic & !1 != MAGIC || summed(header.get(..24)?, (0, 0), big_endian) != sums {
        // A header that tore while the file was begun anew names other salts than the old frames behind it.
        let distance = first.map(|first| (first.0 ^ salts.0).count_ones() + (first.1 ^ salts.1).count_ones());
        return distance.filter(|bits| *bits <= 1).map(|_| "its header has a wrong checksum".into());
    }
    let mut walk = Walk { sums: [sums; 2], broken: None };
    for (number, frame) in frames.chunks_exact(FRAME + page).enumerate() {
        let (front, content) = frame.split_at_checked(FRAME)?;
        let old = (word(front, 8)?, word(front, 12)?) != salts;
        if old && walk.broken.is_some() {
            return None;
        }
        let found = (word(front, 16)?, word(front, 20)?);
        let first = front.get(..8)?;
        let computed = walk.sums.map(|sums| summed(content, summed(first, sums, big_endian), big_endian));
        let fits = !old && computed.contains(&found);
        if let Some(broken) = walk.step(number, fits, word(front, 4)? != 0) {
            return Some(format!("frame {broken} has a wrong checksum, but whole transactions follow"));
        }
        walk.sums = [found, if fits { found } else { computed[0] }];
    }
    None
}

struct Walk {
    /// The sums of the frame before: as they stand there, and as they ought to be.
    sums: [Sums; 2],
    /// The first frame that does not fit, and the transactions that end behind it.
    broken: Option<(usize, usize)>,
}

impl Walk {
    /// Takes one frame in. Returns the first that is broken once whole transactions are found behind it: behind a
    /// torn end lies the end of one transaction at most, its own.
    fn step(&mut self, number: usize, fits: bool, commits: bool) -> Option<usize> {
        if !fits && self.broken.is_none() {
            self.broken = Some((number, usize::from(commits)));
            return None;
        }
        let (broken, ends) = self.broken.as_mut()?;
        *ends += usize::from(fits && commits);
        (*ends > 1).then_some(*broken)
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|word| u32::from_be_bytes(*word))
}

/// SQLite's checksum of `bytes`, a multiple of 8 long, going on from `sums`.
fn summed(bytes: &[u8], (mut first, mut second): Sums, big_endian: bool) -> Sums {
    let read = |word: &[u8; 4]| if big_endian { u32::from_be_bytes(*word) } else { u32::from_le_bytes(*word) };
    let (words, _) = bytes.as_chunks::<4>();
    for pair in words.chunks_exact(2) {
        let [one, two] = pair else { continue };
        first = first.wrapping_add(read(one)).wrapping_add(second);
        second = second.wrapping_add(read(two)).wrapping_add(first);
    }
    (first, second)
}

#[cfg(test)]
mod tests {
    use sqlx::Connection;

    use super::*;
    use crate::sqlite::sql::{Synchronous, connect, execute};

    /// The write-ahead file of some transactions, and where the last of them begins.
    async fn written() -> (Vec<u8>, usize) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.db");
        let wal = || fs::read(folder.path().join("log.db-wal")).unwrap();
        let mut connection = connect(&path, Synchronous::Full).await.unwrap();
        execute(&mut connection, "CREATE TABLE t (x BLOB)").await.unwrap();
        let mut begin = 0;
        for _ in 0..6 {
            begin = wal().len();
            execute(&mut connection, "INSERT INTO t VALUES (randomblob(6000))").await.unwrap();
        }
        let bytes = wal();
        connection.close().await.unwrap();
        (bytes, begin)
    }

    #[tokio::test]
    async fn a_flipped_bit_before_the_last_transaction_is_damage_and_a_torn_end_is_none() {
        let (whole, last) = written().await;
        assert_eq!(damage(&whole), None);
        for end in (0..whole.len()).step_by(53) {
            assert_eq!(damage(&whole[..end]), None, "cut at {end}");
            let mut torn = whole.clone();
            torn[end.max(last)..].fill(0);
            assert_eq!(damage(&torn), None, "zeros from {end}");
        }
        for at in (0..last).step_by(7) {
            let mut flipped = whole.clone();
            flipped[at] ^= 0x20;
            assert!(damage(&flipped).is_some(), "byte {at} of {last}");
        }
    }
}
