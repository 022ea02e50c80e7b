use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use ring::digest::{Context, SHA256};

/// Bytes of a sum.
pub(super) const LEN: usize = 32;
/// Bytes read at a time.
const CHUNK: usize = 1 << 20;

/// Writes into the file at `path`, where `place` stands in it, the sum of everything else in it.
pub(super) fn put(path: &Path, place: &[u8; LEN]) -> io::Result<()> {
    let at = find(path, place)?.ok_or_else(|| io::Error::other("the place of the checksum is not found"))?;
    let sum = sum_without(path, at)?;
    let mut file = File::options().write(true).open(path)?;
    file.seek(SeekFrom::Start(at))?;
    file.write_all(&sum)?;
    file.sync_all()
}

/// Whether `sum`, which stands in the file at `path`, is the sum of everything else in it.
pub(super) fn fits(path: &Path, sum: &[u8; LEN]) -> io::Result<bool> {
    match find(path, sum)? {
        Some(at) => Ok(sum_without(path, at)? == *sum),
        None => Ok(false),
    }
}

/// The sum of the file, with zeros for the sum itself at `at`.
fn sum_without(path: &Path, at: u64) -> io::Result<[u8; LEN]> {
    let mut file = File::open(path)?;
    let mut context = Context::new(&SHA256);
    copy(&mut (&mut file).take(at), &mut context)?;
    context.update(&[0; LEN]);
    file.seek(SeekFrom::Start(at + LEN as u64))?;
    copy(&mut file, &mut context)?;
    context.finish().as_ref().try_into().map_err(io::Error::other)
}

fn copy(from: &mut impl Read, into: &mut Context) -> io::Result<()> {
    let mut buffer = vec![0; CHUNK];
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok(()),
            read => into.update(buffer.get(..read).unwrap_or_default()),
        }
    }
}

/// Where `needle` begins in the file.
fn find(path: &Path, needle: &[u8; LEN]) -> io::Result<Option<u64>> {
    let mut file = File::open(path)?;
    let (mut window, mut begin, mut buffer) = (Vec::new(), 0_u64, vec![0; CHUNK]);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(None);
        }
        window.extend_from_slice(buffer.get(..read).unwrap_or_default());
        if let Some(at) = window.windows(LEN).position(|part| part == needle) {
            return Ok(Some(begin + at as u64));
        }
        let gone = window.len().saturating_sub(LEN - 1);
        window.drain(..gone);
        begin += gone as u64;
    }
}
