//! Operations as upstream's library understands them, in the words of the RFC.

use json_patch::jsonptr::PointerBuf;
use json_patch::{AddOperation, CopyOperation, MoveOperation, PatchOperation, RemoveOperation, ReplaceOperation, TestOperation};
use serde_json::{Map, Value};

use super::spent::check_depth;
use crate::decode::shown;

/// The operation of `members`; `None` where it is a test that holds.
///
/// # Errors
/// Where it is none, or names a place that cannot be.
pub(super) fn operation(document: &Value, mut members: Map<String, Value>) -> Result<Option<PatchOperation>, String> {
    // What is not said is null.
    let value = members.get_mut("value").map(Value::take).unwrap_or_default();
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    let pointer = |name: &str| text(name).ok_or_else(|| format!("the operation has no {name}: missing value"));
    let at = |name: &str, more: usize| place(document, pointer(name)?, more);
    Ok(Some(match text("op").unwrap_or("unknown") {
        "add" => PatchOperation::Add(AddOperation { path: below(at("path", 1)?)?, value }),
        "remove" => PatchOperation::Remove(RemoveOperation { path: below(at("path", 0)?)? }),
        "replace" => {
            let path = at("path", 0)?;
            if is_open(document, &path) {
                return Ok(Some(PatchOperation::Add(AddOperation { path, value })));
            }
            PatchOperation::Replace(ReplaceOperation { path, value })
        }
        "test" => {
            let path = at("path", 0)?;
            if value.is_null() && is_open(document, &path) {
                return Ok(None);
            }
            PatchOperation::Test(TestOperation { path, value })
        }
        "copy" => {
            let (from, path) = (below(at("from", 0)?)?, below(at("path", 1)?)?);
            if is_open(document, &from) {
                return Ok(Some(PatchOperation::Add(AddOperation { path, value: Value::Null })));
            }
            PatchOperation::Copy(CopyOperation { from, path })
        }
        "move" => {
            let from = below(at("from", 0)?)?;
            // What is moved within a list leaves it first.
            let stays = parent(from.as_str()) == parent(place(document, pointer("path")?, 0)?.as_str());
            PatchOperation::Move(MoveOperation { path: below(at("path", usize::from(!stays))?)?, from })
        }
        other => return Err(format!("unexpected kind: {}", shown(other))),
    }))
}

/// Refuses the whole document, which is replaced and tested alone.
fn below(pointer: PointerBuf) -> Result<PointerBuf, String> {
    if pointer.is_root() { Err("the document has no such path: missing value".into()) } else { Ok(pointer) }
}

fn parent(pointer: &str) -> &str {
    pointer.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// Whether `pointer` names a member that a map does not have.
fn is_open(document: &Value, pointer: &PointerBuf) -> bool {
    let holder = pointer.parent().and_then(|parent| document.pointer(parent.as_str()));
    holder.is_some_and(Value::is_object) && document.pointer(pointer.as_str()).is_none()
}

/// The place that `text` names, where indexes are what Go's `Atoi` reads, and may count from the end of a list; the last from
/// `more` places behind it.
fn place(document: &Value, text: &str, more: usize) -> Result<PointerBuf, String> {
    check_depth(text.matches('/').count())?;
    // As upstream, what stands before the first slash says nothing.
    let text = text.find('/').map_or(text, |at| &text[at..]);
    let odd = text.contains('~') || ["/-", "/+", "/0"].iter().any(|start| text.contains(start));
    let plain = if odd { resolved(document, text, more) } else { text.to_owned() };
    PointerBuf::parse(plain).map_err(|error| error.to_string())
}

fn resolved(document: &Value, text: &str, more: usize) -> String {
    let mut resolved = String::new();
    let mut tokens = text.split('/').skip(1).peekable();
    while let Some(token) = tokens.next() {
        let list = document.pointer(&resolved).and_then(Value::as_array);
        let more = if tokens.peek().is_none() { more } else { 0 };
        let index = list.and_then(|list| index(token, list.len() + more));
        resolved.push('/');
        match index {
            Some(index) => resolved.push_str(&index.to_string()),
            // A tilde before anything but 0 and 1 stands for itself.
            None => {
                let name = token.replace("~1", "/").replace("~0", "~");
                resolved.push_str(&name.replace('~', "~0").replace('/', "~1"));
            }
        }
    }
    resolved
}

/// The index that `token` names in a list with `places`; `None` where it names none.
fn index(token: &str, places: usize) -> Option<usize> {
    let index: isize = token.parse().ok()?;
    if index < 0 { places.checked_sub(index.unsigned_abs()) } else { usize::try_from(index).ok() }
}
