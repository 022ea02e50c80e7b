use bytes::Bytes;
use kontiki_api::meta::{Head, Key, Revision};
use kontiki_api::object::Draft;
use kontiki_api::request::{LeaderId, RequestId};
use kontiki_api::time::Time;
use serde::{Deserialize, Serialize};

use super::{FormatError, Origin, verb_code, verb_of};
use crate::machine::Proposed;
use crate::sqlite::keyring::Keyring;
use crate::{Change, Commit, Op, Precondition, Requirement, Reserve};

/// The front of a commit; heads and values follow it in the order of the changes.
#[derive(Serialize, Deserialize)]
struct CommitForm<'a> {
    id: u128,
    time_us: i64,
    #[serde(borrow)]
    origin: Origin<'a>,
    verb: u8,
    manager: &'a str,
    preconditions: Vec<(KeyForm<'a>, RequirementForm<'a>)>,
    reserves: Vec<(&'a str, i64, Option<i64>)>,
    changes: Vec<ChangeForm<'a>>,
}

type KeyForm<'a> = (&'a str, &'a str, &'a str);

#[derive(Serialize, Deserialize)]
enum RequirementForm<'a> {
    Absent,
    Present,
    Revision(u64),
    Uid(&'a str),
}

#[derive(Serialize, Deserialize)]
struct ChangeForm<'a> {
    #[serde(borrow)]
    key: KeyForm<'a>,
    deletes: bool,
    sealed: bool,
    history: bool,
    draft: Option<DraftForm>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
struct DraftForm {
    splice: u32,
    head: u32,
    value: u32,
}

const UNDECODABLE: FormatError = FormatError::Undecodable("commit");

/// The bytes of a commit, with the ciphertext where a change is sealed.
pub(crate) fn encode_commit(proposed: &Proposed) -> Result<Vec<u8>, FormatError> {
    let commit = &proposed.commit;
    let mut blobs: Vec<(Vec<u8>, &[u8])> = Vec::with_capacity(commit.changes.len());
    let mut changes = Vec::with_capacity(commit.changes.len());
    for (at, change) in commit.changes.iter().enumerate() {
        let (deletes, draft) = match &change.op {
            Op::Put(draft) => (false, Some(draft)),
            Op::Delete(last) => (true, last.as_ref()),
        };
        let draft = draft.map(|draft| {
            let sealed = proposed.sealed.get(at).and_then(Option::as_ref);
            let (head, value) = (draft.head.to_bytes(), sealed.unwrap_or(&draft.value));
            let form = DraftForm { splice: draft.splice, head: len(&head), value: len(value) };
            blobs.push((head, value));
            form
        });
        changes.push(ChangeForm { key: key_form(&change.key), deletes, sealed: change.sealed, history: change.history, draft });
    }
    let form = CommitForm {
        id: commit.id.0,
        time_us: commit.time.as_micros(),
        origin: Origin::of(&commit.actor, &commit.cause),
        verb: verb_code(commit.verb),
        manager: &commit.manager,
        preconditions: commit.preconditions.iter().map(precondition_form).collect(),
        reserves: commit.reserves.iter().map(|reserve| (&*reserve.counter, reserve.by, reserve.limit)).collect(),
        changes,
    };
    let size = blobs.iter().map(|(head, value)| head.len() + value.len()).sum::<usize>();
    let mut out = Vec::with_capacity(size + 512);
    write_fence(commit.leader, &mut out);
    let mut out = postcard::to_extend(&form, out).map_err(|_| UNDECODABLE)?;
    for (head, value) in blobs {
        out.extend_from_slice(&head);
        out.extend_from_slice(value);
    }
    Ok(out)
}

/// Reads what [`encode_commit`] wrote, opening sealed values. `fenced` says whether the format has fences.
pub(crate) fn decode_commit(bytes: &[u8], fenced: bool, keyring: &Keyring) -> Result<Proposed, FormatError> {
    let (leader, bytes) = if fenced { read_fence(bytes)? } else { (None, bytes) };
    let (form, mut rest): (CommitForm<'_>, &[u8]) = postcard::take_from_bytes(bytes).map_err(|_| UNDECODABLE)?;
    let (actor, cause) = form.origin.parts();
    let mut sealed = Vec::with_capacity(form.changes.len());
    let mut changes = Vec::with_capacity(form.changes.len());
    for change in &form.changes {
        let (change, ciphertext) = decode_change(change, &mut rest, keyring)?;
        changes.push(change);
        sealed.push(ciphertext);
    }
    let reserve =
        |(counter, by, limit): &(&str, i64, Option<i64>)| Reserve { counter: (*counter).into(), by: *by, limit: *limit };
    let commit = Commit {
        id: RequestId(form.id),
        time: Time::from_micros(form.time_us),
        actor,
        verb: verb_of(form.verb).ok_or(UNDECODABLE)?,
        manager: form.manager.into(),
        cause,
        leader,
        preconditions: form.preconditions.iter().map(precondition_of).collect(),
        reserves: form.reserves.iter().map(reserve).collect(),
        changes,
    };
    Ok(Proposed { commit, sealed })
}

fn write_fence(leader: Option<LeaderId>, out: &mut Vec<u8>) {
    out.push(u8::from(leader.is_some()));
    if let Some(LeaderId { term, node }) = leader {
        out.extend_from_slice(&term.to_le_bytes());
        out.extend_from_slice(&node.to_le_bytes());
    }
}

fn read_fence(bytes: &[u8]) -> Result<(Option<LeaderId>, &[u8]), FormatError> {
    let (there, rest) = bytes.split_first().ok_or(UNDECODABLE)?;
    if *there == 0 {
        return Ok((None, rest));
    }
    let (term, rest) = rest.split_first_chunk().ok_or(UNDECODABLE)?;
    let (node, rest) = rest.split_first_chunk().ok_or(UNDECODABLE)?;
    Ok((Some(LeaderId { term: u64::from_le_bytes(*term), node: u64::from_le_bytes(*node) }), rest))
}

fn decode_change(form: &ChangeForm<'_>, rest: &mut &[u8], keyring: &Keyring) -> Result<(Change, Option<Bytes>), FormatError> {
    let key = key_of(&form.key);
    let mut ciphertext = None;
    let draft = match form.draft {
        None => None,
        Some(DraftForm { splice, head, value }) => {
            let head = Head::from_bytes(take(rest, head)?).ok_or(UNDECODABLE)?;
            let mut value = Bytes::copy_from_slice(take(rest, value)?);
            if form.sealed {
                let plain = keyring.unseal(&key, &value).map_err(|_| FormatError::Undecodable("sealed value"))?;
                ciphertext = Some(std::mem::replace(&mut value, plain));
            }
            Some(Draft { key: key.clone(), head, value, splice })
        }
    };
    let op = match draft {
        draft if form.deletes => Op::Delete(draft),
        Some(draft) => Op::Put(draft),
        None => return Err(UNDECODABLE),
    };
    Ok((Change { key, op, sealed: form.sealed, history: form.history }, ciphertext))
}

fn take<'a>(rest: &mut &'a [u8], count: u32) -> Result<&'a [u8], FormatError> {
    let (taken, after) = rest.split_at_checked(count as usize).ok_or(UNDECODABLE)?;
    *rest = after;
    Ok(taken)
}

fn len(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

fn key_form(key: &Key) -> KeyForm<'_> {
    (key.resource.as_str(), &key.namespace, &key.name)
}

fn key_of((resource, namespace, name): &KeyForm<'_>) -> Key {
    Key::new(*resource, *namespace, *name)
}

fn precondition_form(precondition: &Precondition) -> (KeyForm<'_>, RequirementForm<'_>) {
    let requirement = match &precondition.requirement {
        Requirement::Absent => RequirementForm::Absent,
        Requirement::Present => RequirementForm::Present,
        Requirement::Revision(revision) => RequirementForm::Revision(revision.0),
        Requirement::Uid(uid) => RequirementForm::Uid(uid),
    };
    (key_form(&precondition.key), requirement)
}

fn precondition_of((key, requirement): &(KeyForm<'_>, RequirementForm<'_>)) -> Precondition {
    let requirement = match requirement {
        RequirementForm::Absent => Requirement::Absent,
        RequirementForm::Present => Requirement::Present,
        RequirementForm::Revision(revision) => Requirement::Revision(Revision(*revision)),
        RequirementForm::Uid(uid) => Requirement::Uid((*uid).into()),
    };
    Precondition { key: key_of(key), requirement }
}
