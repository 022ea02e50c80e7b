use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use super::OpenError;

/// The layout of SQLite's write-ahead file: <https://sqlite.org/fileformat2.html#walformat>.
const HEADER: usize = 32;
const FRAME: usize = 24;
const MAGIC: u32 = 0x377f_0682;
/// SQLite's largest page.
const LARGEST_PAGE: usize = 64 << 10;
/// Bytes read at once.
const READ: usize = 1 << 20;

type Sums = (u32, u32);

/// Tells a write-ahead file that was damaged from one whose end tore. SQLite reads up to the first frame whose
/// checksum is wrong and silently forgets the rest. Where a crash tore the last transaction, that is right. Where a
/// whole transaction lies behind it, what is forgotten was acknowledged, or is already in the database. (Where not every
/// transaction is synced, several may tear.)
pub(crate) fn check_wal(folder: &Path, file: &'static str) -> Result<(), OpenError> {
    let path = folder.join(format!("{file}-wal"));
    let found = File::open(&path).and_then(|file| damage(BufReader::with_capacity(READ, file)));
    match found {
        Ok(None) => Ok(()),
        Ok(Some(what)) => Err(OpenError::Damaged { file, what: format!("its write-ahead file: {what}") }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(OpenError::File { path, source }),
    }
}

fn damage(mut file: impl Read) -> io::Result<Option<String>> {
    let mut header = [0; HEADER];
    if !fill(&mut file, &mut header)? {
        return Ok(None);
    }
    let Some(Header { page, salts, sums, big_endian, whole }) = Header::read(&header) else { return Ok(None) };
    if !whole {
        return torn_header(file, &header, salts);
    }
    let (mut walk, mut frame) = (Walk { sums: [sums; 2], broken: None }, vec![0; FRAME + page]);
    for number in 0.. {
        if !fill(&mut file, &mut frame)? {
            break;
        }
        let Some((front, content)) = frame.split_at_checked(FRAME) else { break };
        let old = pair(front, 8) != Some(salts);
        if old && walk.broken.is_some() {
            return Ok(None);
        }
        let (Some(found), Some(first), Some(size)) = (pair(front, 16), front.get(..8), word(front, 4)) else { break };
        let computed = walk.sums.map(|sums| summed(content, summed(first, sums, big_endian), big_endian));
        let fits = !old && computed.contains(&found);
        if let Some(broken) = walk.step(number, fits, size != 0) {
            return Ok(Some(format!("frame {broken} has a wrong checksum, but whole transactions follow")));
        }
        walk.sums = [found, if fits { found } else { computed[0] }];
    }
    Ok(None)
}

/// A header that tore while the file was begun anew names other salts than the old frames behind it. One of zeros was
/// never written.
fn torn_header(mut file: impl Read, header: &[u8; HEADER], salts: (u32, u32)) -> io::Result<Option<String>> {
    let mut front = [0; FRAME];
    let behind = if fill(&mut file, &mut front)? { pair(&front, 8) } else { None };
    let distance = behind.map(|behind| (behind.0 ^ salts.0).count_ones() + (behind.1 ^ salts.1).count_ones());
    let same = distance.is_some_and(|bits| bits <= 1) && *header != [0; HEADER];
    Ok(same.then(|| "its header has a wrong checksum".into()))
}

/// Fills `into` from `file`; `false` where that ends before.
fn fill(file: &mut impl Read, into: &mut [u8]) -> io::Result<bool> {
    match file.read_exact(into) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

struct Header {
    page: usize,
    salts: (u32, u32),
    sums: Sums,
    big_endian: bool,
    /// Whether it is as it was written.
    whole: bool,
}

impl Header {
    fn read(header: &[u8; HEADER]) -> Option<Self> {
        let (magic, page) = (word(header, 0)?, word(header, 8)? as usize);
        let (salts, sums) = (pair(header, 16)?, pair(header, 24)?);
        let big_endian = magic & 1 == 1;
        let summed = summed(header.get(..24)?, (0, 0), big_endian);
        let whole = magic & !1 == MAGIC && page <= LARGEST_PAGE && summed == sums;
        Some(Self { page, salts, sums, big_endian, whole })
    }
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

fn pair(bytes: &[u8], at: usize) -> Option<(u32, u32)> {
    Some((word(bytes, at)?, word(bytes, at + 4)?))
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

    use crate::sqlite::sql::{Synchronous, connect, execute};

    /// The write-ahead file of some transactions, and where the last of them begins.
    async fn written() -> (Vec<u8>, usize) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.db");
        let wal = || std::fs::read(folder.path().join("log.db-wal")).unwrap();
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

    fn damage(bytes: &[u8]) -> Option<String> {
        super::damage(bytes).unwrap()
    }

    #[tokio::test]
    async fn zeros_behind_the_end_and_a_file_of_zeros_are_no_damage() {
        let (mut whole, last) = written().await;
        whole.extend([0; 20_000]);
        assert_eq!(damage(&whole), None);
        whole[last - 9] ^= 1;
        assert!(damage(&whole).is_some());
        assert_eq!(damage(&[0; 20_000]), None);
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
