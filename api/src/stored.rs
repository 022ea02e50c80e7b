//! The bytes of an object in memory, which may share most of themselves with the revision before.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

/// Objects from this length on share with the revision before: what looking for it costs is little beside what it saves.
pub(crate) const WORTH: usize = 8 << 10;

/// Bytes that never change: in one piece, or around a piece that another revision has as well.
#[derive(Clone, Debug)]
pub struct Stored {
    front: Bytes,
    rest: Option<Arc<Rest>>,
}

#[derive(Debug)]
struct Rest {
    shared: Bytes,
    back: Bytes,
}

impl Stored {
    /// `value`, the JSON of an object whose `metadata` is open at `splice`, as the revision after `before`: where the longest
    /// member behind the metadata is the same in both, it is held once.
    pub fn after(value: Bytes, splice: usize, before: &Self) -> Self {
        if value.len() < WORTH || before.len() < WORTH {
            return value.into();
        }
        let Some((longest, at)) =
            before.longest(splice).and_then(|longest| Some((longest.clone(), find(&value, splice, &longest)?)))
        else {
            return value.into();
        };
        // Slices of `value` would hold all of it.
        let part = |range: Range<usize>| Bytes::copy_from_slice(value.get(range).unwrap_or_default());
        let (front, back) = (part(0..at), part(at + longest.len()..value.len()));
        Self { front, rest: Some(Arc::new(Rest { shared: longest, back })) }
    }

    /// Their number.
    pub fn len(&self) -> usize {
        self.pieces().iter().map(|piece| piece.len()).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of them, one piece behind the other.
    pub fn pieces(&self) -> [&[u8]; 3] {
        match &self.rest {
            Some(rest) => [&self.front, &rest.shared, &rest.back],
            None => [&self.front, &[], &[]],
        }
    }

    /// All in one piece: copied where most are shared.
    pub fn whole(&self) -> Bytes {
        if self.rest.is_none() { self.front.clone() } else { self.pieces().concat().into() }
    }

    /// The longest member behind the metadata that is open at `splice`, with the comma before it.
    fn longest(&self, splice: usize) -> Option<Bytes> {
        match &self.rest {
            Some(rest) => Some(rest.shared.clone()),
            None => members(&self.front, splice).max_by_key(Range::len).map(|member| self.front.slice(member)),
        }
    }
}

impl From<Bytes> for Stored {
    fn from(front: Bytes) -> Self {
        Self { front, rest: None }
    }
}

impl PartialEq for Stored {
    fn eq(&self, other: &Self) -> bool {
        if other.rest.is_none() { *self == other.front } else { self.len() == other.len() && self.whole() == other.whole() }
    }
}

impl Eq for Stored {}

impl PartialEq<Bytes> for Stored {
    fn eq(&self, other: &Bytes) -> bool {
        let mut rest = &other[..];
        self.len() == rest.len()
            && self.pieces().iter().all(|piece| {
                let (same, behind) = rest.split_at(piece.len());
                rest = behind;
                same == *piece
            })
    }
}

/// Where `wanted` is among the members of `json`.
fn find(json: &[u8], splice: usize, wanted: &[u8]) -> Option<usize> {
    members(json, splice).find(|member| json.get(member.clone()) == Some(wanted)).map(|member| member.start)
}

/// The members of `json` behind the one that is open at `splice`, each with the comma before it.
fn members(json: &[u8], splice: usize) -> impl Iterator<Item = Range<usize>> {
    let mut next = end_of_nest(json, splice);
    std::iter::from_fn(move || {
        let from = next.filter(|from| json.get(*from) == Some(&b','))?;
        next = end_of_member(json, from + 1);
        next.map(|to| from..to)
    })
}

/// Where the member ends whose name begins at `from`.
fn end_of_member(json: &[u8], from: usize) -> Option<usize> {
    let value = end_of_text(json, from)? + 1;
    match json.get(value)? {
        b'{' | b'[' => end_of_nest(json, value + 1),
        b'"' => end_of_text(json, value),
        _ => Some(value + json.get(value..)?.iter().position(|byte| matches!(byte, b',' | b'}'))?),
    }
}

/// Behind the end of the object or list in which `from` lies, between two tokens.
pub(crate) fn end_of_nest(json: &[u8], from: usize) -> Option<usize> {
    let (mut at, mut depth) = (from, 1_usize);
    while depth > 0 {
        match json.get(at)? {
            b'"' => {
                at = end_of_text(json, at)?;
                continue;
            }
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
    Some(at)
}

/// Behind the end of the text that begins at `from`.
fn end_of_text(json: &[u8], from: usize) -> Option<usize> {
    let mut at = from + 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', json.get(at..)?)?;
        if json.get(at) == Some(&b'"') {
            return Some(at + 1);
        }
        at += 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: &str = r#"{"metadata":{"#;

    fn json(meta: &str, spec: &str, status: &str) -> Bytes {
        format!(r#"{OPEN}"a":"{meta}","b":[{{"c":"]}}"}}]}},"n":1.5,"spec":{{"text":["{spec}"]}},"status":"{status}"}}"#).into()
    }

    #[test]
    fn an_unchanged_longest_member_is_held_once() {
        let long = r#"\"}]{,\\"#.repeat(WORTH / 8);
        let values = [json("", &long, ""), json("meta", &long, "st\\\"atus"), json("", &long, "status")];
        let first = Stored::from(values[0].clone());
        let second = Stored::after(values[1].clone(), OPEN.len(), &first);
        let third = Stored::after(values[2].clone(), OPEN.len(), &second);
        for (stored, value) in [&first, &second, &third].into_iter().zip(&values) {
            assert_eq!((&stored.whole(), stored.len()), (value, value.len()));
            assert_eq!(stored, value);
            assert_eq!(*stored, Stored::from(value.clone()));
        }
        let shared = values[0].as_ptr_range();
        for stored in [&second, &third] {
            assert!(shared.contains(&stored.pieces()[1].as_ptr()), "not shared");
        }
        assert_ne!(second, third);
        assert_ne!(second, values[0]);
    }

    #[test]
    fn what_changed_or_is_short_is_kept_as_it_comes() {
        let (long, other) = ("x".repeat(WORTH), "y".repeat(WORTH));
        let broken = Bytes::from(format!(r#"{OPEN}"a":"{long}"#));
        let pairs = [
            (json("", "short", ""), json("", "short", "s")),
            (json("", &long, ""), json("", &other, "")),
            (json("", &long, ""), broken.clone()),
            (broken, json("", &long, "")),
        ];
        for (before, value) in pairs {
            let stored = Stored::after(value.clone(), OPEN.len(), &before.into());
            assert_eq!(stored.pieces(), [&value[..], &[], &[]]);
        }
    }
}
