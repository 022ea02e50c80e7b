use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

const SAME: u8 = 0;
const OTHER: u8 = 1;
const LEFT_BEHIND: u8 = 2;

/// Which cluster a member belongs to: a random number that its founder chose. A cluster recovered from one member
/// goes on under a new number, so that the members it left behind cannot come back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClusterId {
    /// The number.
    pub now: u128,
    /// Those it had before it was recovered.
    pub former: Vec<u128>,
}

/// Why two members do not talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stranger {
    /// They belong to different clusters.
    #[error("it belongs to another cluster")]
    Other,
    /// The cluster was recovered without the one that asks.
    #[error("the cluster was recovered without this member")]
    LeftBehind,
}

/// Says which cluster the connecting member belongs to, and hears whether that is the other's.
pub(super) async fn greet(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), id: &ClusterId) -> io::Result<()> {
    stream.write_all(&id.now.to_le_bytes()).await?;
    stream.flush().await?;
    match stream.read_u8().await? {
        SAME => Ok(()),
        LEFT_BEHIND => Err(io::Error::other(Stranger::LeftBehind)),
        _ => Err(io::Error::other(Stranger::Other)),
    }
}

/// Hears what [`greet`] says and answers.
pub(super) async fn welcome(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), id: &ClusterId) -> io::Result<()> {
    let mut theirs = [0; 16];
    stream.read_exact(&mut theirs).await?;
    let theirs = u128::from_le_bytes(theirs);
    let answer = match theirs {
        same if same == id.now => SAME,
        old if id.former.contains(&old) => LEFT_BEHIND,
        _ => OTHER,
    };
    stream.write_u8(answer).await?;
    stream.flush().await?;
    if answer == SAME { Ok(()) } else { Err(io::Error::other(Stranger::Other)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn meet(asks: u128, answers: &ClusterId) -> Result<(), String> {
        let (mut one, mut other) = tokio::io::duplex(64);
        let id = ClusterId { now: asks, former: Vec::new() };
        let (greeted, welcomed) = tokio::join!(greet(&mut one, &id), welcome(&mut other, answers));
        assert_eq!(greeted.is_ok(), welcomed.is_ok());
        greeted.map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn members_talk_within_their_cluster_only() {
        let id = ClusterId { now: 3, former: vec![1, 2] };
        assert_eq!(meet(3, &id).await, Ok(()));
        assert_eq!(meet(2, &id).await, Err(Stranger::LeftBehind.to_string()));
        assert_eq!(meet(4, &id).await, Err(Stranger::Other.to_string()));
    }
}
