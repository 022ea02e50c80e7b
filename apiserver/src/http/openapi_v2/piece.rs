//! What some kinds say in the document.

use std::sync::Arc;

use kontiki_api::kind::{Kind, Kinds};
use kontiki_api::openapi::{v2_document, v2_group, v2_protobuf};
use serde_json::Value;

use crate::http::packed::Packed;

/// What some rows say in the document, in both forms.
pub(super) struct Piece {
    /// The rows.
    pub rows: Vec<Arc<Kind>>,
    /// The text, cut behind the last path and behind the last definition: three parts of a document, two of a group.
    pub json: Vec<Packed>,
    /// The message; those of groups are merged by whoever reads them.
    pub protobuf: Packed,
}

impl Piece {
    /// A whole document, that of `rows` where no other piece is added.
    pub fn of_document(rows: Vec<Arc<Kind>>, document: &Value) -> Self {
        let json = cut(document).iter().map(|text| Packed::new(text.as_bytes())).collect();
        Self { rows, json, protobuf: Packed::new(&v2_protobuf(document)) }
    }

    /// All of `kinds`.
    pub fn base(kinds: &Kinds) -> Self {
        Self::of_document(kinds.iter().cloned().collect(), &v2_document(kinds))
    }

    /// What the custom kinds of `group` add.
    pub fn group(kinds: &Kinds, group: &str) -> Self {
        let document = v2_group(kinds, group);
        let text = |member: &str| {
            let text = document[member].to_string();
            let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
            Packed::new(format!(",{inner}").as_bytes())
        };
        let json = vec![text("paths"), text("definitions")];
        Self { rows: kinds.in_group(group).to_vec(), json, protobuf: Packed::new(&v2_protobuf(&document)) }
    }

    /// Whether it speaks of `rows` as they are.
    pub fn is_of(&self, rows: &[Arc<Kind>]) -> bool {
        self.rows.len() == rows.len() && self.rows.iter().zip(rows).all(|(one, other)| Arc::ptr_eq(one, other))
    }
}

/// The text of `document`, cut where more paths and more definitions can be added.
fn cut(document: &Value) -> Vec<String> {
    let mut texts = vec![String::from("{")];
    for (at, (name, value)) in document.as_object().into_iter().flatten().enumerate() {
        let (comma, value) = (if at > 0 { "," } else { "" }, value.to_string());
        let open = matches!(name.as_str(), "paths" | "definitions");
        let (shown, rest) = value.split_at(value.len() - usize::from(open));
        if let Some(last) = texts.last_mut() {
            *last += &format!("{comma}{}:{shown}", Value::from(name.as_str()));
        }
        if open {
            texts.push(rest.to_owned());
        }
    }
    if let Some(last) = texts.last_mut() {
        last.push('}');
    }
    texts
}
