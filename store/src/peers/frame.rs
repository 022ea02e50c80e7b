use std::io;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// The most bytes of one message.
const LIMIT: u32 = 64 << 20;

/// Writes one message: its length (4 bytes), the number that its answer repeats (8 bytes), its bytes.
pub(super) async fn write_frame(out: &mut (impl AsyncWrite + Unpin), number: u64, body: &[u8]) -> io::Result<()> {
    let length = u32::try_from(body.len()).ok().filter(|length| *length <= LIMIT);
    let length = length.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the message is too large"))?;
    let mut head = [0; 12];
    let (first, second) = head.split_at_mut(4);
    first.copy_from_slice(&length.to_le_bytes());
    second.copy_from_slice(&number.to_le_bytes());
    out.write_all(&head).await?;
    out.write_all(body).await
}

/// Reads what [`write_frame`] wrote.
pub(super) async fn read_frame(input: &mut (impl AsyncRead + Unpin)) -> io::Result<(u64, Bytes)> {
    let length = input.read_u32_le().await?;
    let number = input.read_u64_le().await?;
    if length > LIMIT {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the message is too large"));
    }
    let mut body = Vec::with_capacity(length as usize);
    input.take(u64::from(length)).read_to_end(&mut body).await?;
    if body.len() == length as usize { Ok((number, body.into())) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}
