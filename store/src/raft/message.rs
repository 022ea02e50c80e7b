use bytes::Bytes;
use openraft::raft::{AppendEntriesRequest, AppendEntriesResponse, TransferLeaderRequest, VoteRequest, VoteResponse};
use openraft::raft::{TransferLeaderError, TransferLeaderResponse};
use serde::{Deserialize, Serialize};

use super::{Entry, LogId, TypeConfig, Vote};
use crate::sqlite::format::{FormatError, LogIdForm, MembershipForm, VoteForm};
use crate::sqlite::log::LogRow;

/// Format of messages between members.
const VERSION: u8 = 1;

/// What one member asks another for. Bytes that need no interpretation follow behind.
#[derive(Serialize, Deserialize, Debug)]
pub(crate) enum Ask {
    /// Take these entries; their payloads follow, with the lengths given.
    Append { vote: VoteForm, previous: Option<LogIdForm>, committed: Option<LogIdForm>, entries: Vec<(LogIdForm, u8, u32)> },
    /// Vote, or say whether you would.
    Vote { vote: VoteForm, last: Option<LogIdForm>, transfer: bool, only_asking: bool },
    /// Lead.
    Transfer { from: VoteForm, last: Option<LogIdForm> },
    /// How far must a reader have applied?
    ReadIndex,
    /// A snapshot follows in parts.
    SnapshotBegin { transfer: u64, vote: VoteForm, last: Option<LogIdForm>, members: MembershipForm, length: u64 },
    /// One part, which follows.
    SnapshotPart { transfer: u64, offset: u64 },
    /// All parts were sent.
    SnapshotEnd { transfer: u64, sha256: [u8; 32] },
    /// The asking member is reached elsewhere now.
    Moved { address: String },
    /// Where does your log end?
    End,
    /// Is the asking member one?
    Standing,
}

/// What a member answers.
#[derive(Serialize, Deserialize, Debug)]
pub(crate) enum Told {
    /// All entries are taken.
    Appended,
    /// Entries up to here are taken.
    AppendedUpTo(Option<LogIdForm>),
    /// What precedes the entries is not what is here.
    Conflict,
    /// There is a higher vote.
    HigherVote(VoteForm),
    /// The vote now held here, whether it was granted, the end of the log here.
    Voted { vote: VoteForm, granted: bool, last: Option<LogIdForm> },
    /// Leading is being tried.
    Transferring,
    /// It is not: the vote here is another.
    VoteChanged { expected: VoteForm, actual: VoteForm },
    /// It is not: the log here ends before.
    LogBehind { expected: Option<LogIdForm>, actual: Option<LogIdForm> },
    /// A reader must have applied up to here.
    ReadIndex(u64),
    /// Done; the vote now held here.
    Installed(VoteForm),
    /// Done.
    Done,
    /// The asked member does not lead.
    NotLeader,
    /// It cannot be done.
    Failed(String),
    /// The asked member leads under this vote; its log ends here.
    End { vote: VoteForm, index: u64 },
    /// The asked member leads under this vote, and whether the asking one is a member is agreed on.
    Standing { vote: VoteForm, member: bool },
}

const UNDECODABLE: FormatError = FormatError::Undecodable("message");

/// A message from `from` to `to`: version, both numbers, `head`, then `tail` as it is.
pub(crate) fn encode(from: u64, to: u64, head: &impl Serialize, tail: &[Bytes]) -> Bytes {
    let mut out = Vec::with_capacity(128 + tail.iter().map(Bytes::len).sum::<usize>());
    out.push(VERSION);
    out.extend_from_slice(&from.to_le_bytes());
    out.extend_from_slice(&to.to_le_bytes());
    // Serializing into memory cannot fail; a message cut short would be refused as undecodable.
    let mut out = postcard::to_extend(head, out).unwrap_or_default();
    tail.iter().for_each(|part| out.extend_from_slice(part));
    out.into()
}

/// Reads what [`encode`] wrote: sender, receiver, head, tail.
pub(crate) fn decode<T: for<'a> Deserialize<'a>>(message: &Bytes) -> Result<(u64, u64, T, Bytes), FormatError> {
    let (version, rest) = message.split_first().ok_or(UNDECODABLE)?;
    if *version > VERSION {
        return Err(FormatError::Newer { found: *version, known: VERSION });
    }
    let (from, rest) = rest.split_first_chunk().ok_or(UNDECODABLE)?;
    let (to, rest) = rest.split_first_chunk().ok_or(UNDECODABLE)?;
    let (head, tail) = postcard::take_from_bytes(rest).map_err(|_| UNDECODABLE)?;
    Ok((u64::from_le_bytes(*from), u64::from_le_bytes(*to), head, message.slice_ref(tail)))
}

/// The message for `request` and the payloads behind it.
pub(crate) fn append_ask(request: &AppendEntriesRequest<TypeConfig>) -> Result<(Ask, Vec<Bytes>), std::io::Error> {
    let rows: Vec<LogRow> = request.entries.iter().map(LogRow::of).collect::<Result<_, _>>()?;
    let length = |row: &LogRow| u32::try_from(row.payload.len()).unwrap_or(u32::MAX);
    let ask = Ask::Append {
        vote: VoteForm::from(&request.vote),
        previous: request.prev_log_id.as_ref().map(LogIdForm::from),
        committed: request.leader_commit.as_ref().map(LogIdForm::from),
        entries: rows.iter().map(|row| (LogIdForm::from(&row.id), row.kind, length(row))).collect(),
    };
    Ok((ask, rows.into_iter().map(|row| row.payload).collect()))
}

/// The entries of an append: their payloads are parts of `tail`.
pub(crate) fn entries(rows: &[(LogIdForm, u8, u32)], mut tail: Bytes) -> Result<Vec<Entry>, FormatError> {
    let entry = |(id, kind, length): &(LogIdForm, u8, u32)| {
        let length = *length as usize;
        if tail.len() < length {
            return Err(UNDECODABLE);
        }
        let row = LogRow { id: (*id).into(), kind: *kind, payload: tail.split_to(length) };
        row.entry().map_err(|_| UNDECODABLE)
    };
    rows.iter().map(entry).collect()
}

/// The answer to an append.
pub(crate) fn append_told(response: &AppendEntriesResponse<TypeConfig>) -> Told {
    match response {
        AppendEntriesResponse::Success => Told::Appended,
        AppendEntriesResponse::PartialSuccess(upto) => Told::AppendedUpTo(upto.as_ref().map(LogIdForm::from)),
        AppendEntriesResponse::Conflict => Told::Conflict,
        AppendEntriesResponse::HigherVote(vote) => Told::HigherVote(vote.into()),
    }
}

/// The way back of [`append_told`]; `None` where it is no answer to an append.
pub(crate) fn append_response(told: Told) -> Option<AppendEntriesResponse<TypeConfig>> {
    Some(match told {
        Told::Appended => AppendEntriesResponse::Success,
        Told::AppendedUpTo(upto) => AppendEntriesResponse::PartialSuccess(upto.map(LogId::from)),
        Told::Conflict => AppendEntriesResponse::Conflict,
        Told::HigherVote(vote) => AppendEntriesResponse::HigherVote(vote.into()),
        _ => return None,
    })
}

/// The message for a vote, or for the question whether it would be granted.
pub(crate) fn vote_ask(request: &VoteRequest<TypeConfig>, only_asking: bool) -> Ask {
    let last = request.last_log_id.as_ref().map(LogIdForm::from);
    Ask::Vote { vote: VoteForm::from(&request.vote), last, transfer: request.leadership_transfer, only_asking }
}

/// The answer to a vote.
pub(crate) fn vote_told(response: &VoteResponse<TypeConfig>) -> Told {
    let last = response.last_log_id.as_ref().map(LogIdForm::from);
    Told::Voted { vote: VoteForm::from(&response.vote), granted: response.vote_granted, last }
}

/// The way back of [`vote_told`]; `None` where it is no answer to a vote.
pub(crate) fn vote_response(told: Told) -> Option<VoteResponse<TypeConfig>> {
    let Told::Voted { vote, granted, last } = told else { return None };
    Some(VoteResponse::new(Vote::from(vote), last.map(LogId::from), granted))
}

/// The message for handing the leadership over.
pub(crate) fn transfer_ask(request: &TransferLeaderRequest<TypeConfig>) -> Ask {
    Ask::Transfer { from: VoteForm::from(request.from_leader()), last: request.last_log_id().map(LogIdForm::from) }
}

/// The answer to it.
pub(crate) fn transfer_told(response: &TransferLeaderResponse<TypeConfig>) -> Told {
    let form = |id: &Option<LogId>| id.as_ref().map(LogIdForm::from);
    match response {
        Ok(()) => Told::Transferring,
        Err(TransferLeaderError::VoteChanged { expected, actual }) => {
            Told::VoteChanged { expected: expected.into(), actual: actual.into() }
        }
        Err(TransferLeaderError::LogNotFlushed { expected, actual }) => {
            Told::LogBehind { expected: form(expected), actual: form(actual) }
        }
    }
}

/// The way back of [`transfer_told`]; `None` where it is no answer to it.
pub(crate) fn transfer_response(told: Told) -> Option<TransferLeaderResponse<TypeConfig>> {
    let id = |form: Option<LogIdForm>| form.map(LogId::from);
    Some(match told {
        Told::Transferring => Ok(()),
        Told::VoteChanged { expected, actual } => {
            Err(TransferLeaderError::VoteChanged { expected: expected.into(), actual: actual.into() })
        }
        Told::LogBehind { expected, actual } => {
            Err(TransferLeaderError::LogNotFlushed { expected: id(expected), actual: id(actual) })
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raft::{LeaderId, Payload, Proposal};

    #[test]
    fn entries_arrive_as_they_were_sent_and_share_the_message() {
        let leader_id = LeaderId { term: 3, node_id: 2 };
        let entry = |index, text: &'static str| Entry {
            log_id: LogId::new(leader_id, index),
            payload: Payload::Normal(Proposal::stored(Bytes::from_static(text.as_bytes()))),
        };
        let request = AppendEntriesRequest {
            vote: Vote { leader_id, committed: true },
            prev_log_id: None,
            entries: vec![entry(1, "one"), entry(2, "two")],
            leader_commit: Some(LogId::new(leader_id, 1)),
        };
        let (ask, tail) = append_ask(&request).unwrap();
        let message = encode(2, 1, &ask, &tail);
        let (from, to, ask, tail) = decode::<Ask>(&message).unwrap();
        let Ask::Append { entries: rows, committed, .. } = ask else { panic!("{ask:?}") };
        let arrived = entries(&rows, tail).unwrap();
        assert_eq!((from, to, committed.map(|id| id.index)), (2, 1, Some(1)));
        let text = |entry: &Entry| match &entry.payload {
            Payload::Normal(proposal) => proposal.bytes.clone(),
            _ => Bytes::new(),
        };
        assert_eq!(arrived.iter().map(text).collect::<Vec<_>>(), ["one", "two"]);
        assert!(message.as_ptr_range().contains(&text(&arrived[0]).as_ptr()));
    }

    #[test]
    fn a_message_cut_short_or_of_a_newer_version_is_refused() {
        let message = encode(1, 2, &Ask::Moved { address: "127.0.0.1:1".into() }, &[]);
        for end in 0..message.len() {
            assert!(decode::<Ask>(&message.slice(..end)).is_err(), "{end}");
        }
        let mut newer = message.to_vec();
        newer[0] = VERSION + 1;
        assert!(matches!(decode::<Ask>(&newer.into()), Err(FormatError::Newer { .. })));
    }
}
