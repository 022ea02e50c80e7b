use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;

use super::tables::{Image, TableDisk};
use crate::raft::{SnapshotBytes, SnapshotCopy, SnapshotSource};

/// Bytes of a snapshot: two parts and a rest.
const LENGTH: usize = (2 << 20) + 4_000;

/// The snapshots that were made. Their bytes are their number, again and again.
#[derive(Clone, Debug, Default)]
pub struct Images(Arc<Mutex<BTreeMap<u64, Image>>>);

/// One member's snapshots.
#[derive(Debug)]
pub struct MemorySnapshots {
    pub tables: Arc<Mutex<TableDisk>>,
    pub images: Images,
}

/// A snapshot's bytes in memory.
#[derive(Debug, Default)]
struct MemoryBytes(Mutex<Vec<u8>>);

/// The image that the bytes stand for.
pub fn read_image(images: &Images, bytes: &dyn SnapshotBytes) -> Image {
    let mut number = [0; 8];
    bytes.read(&mut number, bytes.length().unwrap() / 8 / 2 * 8).unwrap();
    images.0.lock().get(&u64::from_le_bytes(number)).expect("a snapshot that was made").clone()
}

#[async_trait]
impl SnapshotSource for MemorySnapshots {
    async fn copy(&self) -> io::Result<SnapshotCopy> {
        let image = self.tables.lock().written().clone();
        let (applied, membership) = (image.applied, image.membership.clone());
        let mut images = self.images.0.lock();
        let number = images.len() as u64 + 1;
        images.insert(number, image);
        let bytes = number.to_le_bytes().repeat(LENGTH / 8);
        Ok(SnapshotCopy { file: Arc::new(MemoryBytes(Mutex::new(bytes))), applied, membership })
    }

    fn incoming(&self) -> io::Result<Arc<dyn SnapshotBytes>> {
        Ok(Arc::<MemoryBytes>::default())
    }
}

#[async_trait]
impl SnapshotBytes for MemoryBytes {
    fn path(&self) -> &Path {
        Path::new("")
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.0.lock().len() as u64)
    }

    fn read(&self, part: &mut [u8], offset: u64) -> io::Result<()> {
        let bytes = self.0.lock();
        let start = usize::try_from(offset).map_err(io::Error::other)?;
        let found = bytes.get(start..start + part.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        part.copy_from_slice(found);
        Ok(())
    }

    fn write(&self, part: &[u8], offset: u64) -> io::Result<()> {
        let mut bytes = self.0.lock();
        assert_eq!(bytes.len() as u64, offset, "parts come one behind the other");
        bytes.extend_from_slice(part);
        Ok(())
    }

    async fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}
