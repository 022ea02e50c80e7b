//! The document as it was last asked for.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::header::HeaderValue;
use kontiki_api::Text;
use kontiki_api::kind::Kinds;
use kontiki_api::openapi::v2_document;
use kontiki_api::status::{Reason, Status};
use parking_lot::Mutex;

use super::piece::Piece;
use crate::aggregate::{Part, merge_openapi_v2};
use crate::http::packed::{Packed, tag};

/// The pieces of the document, compressed: it is asked for seldom, and mostly by clients that take gzip.
#[derive(Default)]
pub(crate) struct DocumentCache {
    kept: Arc<Mutex<Kept>>,
    /// Held while pieces are made, so that they are made once, though those who asked for them have gone.
    making: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Clone, Default)]
struct Kept {
    made_of: Option<(Arc<Kinds>, Vec<Arc<Part>>)>,
    forms: Option<Arc<Forms>>,
    base: Option<Arc<Piece>>,
    groups: BTreeMap<Text, Arc<Piece>>,
}

/// The document in both forms.
pub(super) struct Forms {
    pub json: Form,
    pub protobuf: Form,
}

/// One form: its parts, and the entity tag of all together.
pub(super) struct Form {
    pub parts: Vec<Packed>,
    pub tag: HeaderValue,
}

impl Form {
    fn new(parts: Vec<Packed>) -> Self {
        let tag = tag(&parts);
        Self { parts, tag }
    }
}

impl DocumentCache {
    /// The forms for `kinds` with `parts` of other servers. What has changed is made on a thread of its own: a thousand
    /// definitions take a second.
    ///
    /// # Errors
    /// 500 where making it fails.
    pub(super) async fn forms(&self, kinds: &Arc<Kinds>, parts: &[Arc<Part>]) -> Result<Arc<Forms>, Status> {
        if let Some(found) = self.found(kinds, parts) {
            return Ok(found);
        }
        let alone = Arc::clone(&self.making).lock_owned().await;
        if let Some(found) = self.found(kinds, parts) {
            return Ok(found);
        }
        let (kept, kinds, parts) = (Arc::clone(&self.kept), Arc::clone(kinds), parts.to_vec());
        let make = move || {
            let before = kept.lock().clone();
            let (now, forms) = made(&before, kinds, parts);
            *kept.lock() = now;
            drop(alone);
            forms
        };
        let made = tokio::task::spawn_blocking(make).await;
        made.map_err(|error| Status::new(Reason::InternalError, error.to_string()))
    }

    fn found(&self, kinds: &Arc<Kinds>, parts: &[Arc<Part>]) -> Option<Arc<Forms>> {
        let kept = self.kept.lock();
        let same = |(one, other): (&Arc<Part>, &Arc<Part>)| Arc::ptr_eq(one, other);
        let (of_kinds, of_parts) = kept.made_of.as_ref()?;
        let is = Arc::ptr_eq(of_kinds, kinds) && of_parts.len() == parts.len() && of_parts.iter().zip(parts).all(same);
        kept.forms.clone().filter(|_| is)
    }
}

fn made(before: &Kept, kinds: Arc<Kinds>, parts: Vec<Arc<Part>>) -> (Kept, Arc<Forms>) {
    let mut kept = if parts.is_empty() { in_pieces(before, &kinds) } else { Kept::default() };
    let forms = match &kept.base {
        Some(base) => joined(base, &kept.groups),
        None => {
            // Definitions of other servers may take any name.
            let mut document = v2_document(&kinds);
            merge_openapi_v2(&mut document, &parts);
            joined(&Piece::of_document(Vec::new(), &document), &BTreeMap::new())
        }
    };
    let forms = Arc::new(forms);
    kept.made_of = Some((kinds, parts));
    kept.forms = Some(Arc::clone(&forms));
    (kept, forms)
}

/// A piece of the groups that are built in, and one of each other; those that still hold are taken from `before`.
fn in_pieces(before: &Kept, kinds: &Kinds) -> Kept {
    let is_built_in = |group: &str| kinds.in_group(group).iter().any(|row| row.custom.is_none());
    let mut base = kinds.clone();
    base.remove(|row| !is_built_in(&row.group));
    let rows: Vec<_> = base.iter().cloned().collect();
    let known = before.base.clone().filter(|known| known.is_of(&rows));
    let mut groups: BTreeMap<Text, Arc<Piece>> = BTreeMap::new();
    for row in kinds.iter().filter(|row| !is_built_in(&row.group)) {
        if !groups.contains_key(&row.group) {
            let known = before.groups.get(&row.group).filter(|known| known.is_of(kinds.in_group(&row.group)));
            let piece = known.cloned().unwrap_or_else(|| Arc::new(Piece::group(kinds, &row.group)));
            groups.insert(row.group.clone(), piece);
        }
    }
    Kept { base: Some(known.unwrap_or_else(|| Arc::new(Piece::base(&base)))), groups, ..Kept::default() }
}

/// The document of `base` with what `groups` add.
fn joined(base: &Piece, groups: &BTreeMap<Text, Arc<Piece>>) -> Forms {
    let mut json = Vec::new();
    for (at, part) in base.json.iter().enumerate() {
        json.push(part.clone());
        json.extend(groups.values().filter_map(|group| group.json.get(at)).cloned());
    }
    let protobuf = std::iter::once(&base.protobuf).chain(groups.values().map(|group| &group.protobuf)).cloned().collect();
    Forms { json: Form::new(json), protobuf: Form::new(protobuf) }
}

#[cfg(test)]
mod tests {
    use kontiki_api::custom::{Crd, DEFINITIONS, rows};
    use kontiki_api::meta::{Key, Revision};
    use kontiki_api::object::Draft;
    use serde_json::{Value, json};

    use super::*;

    /// The built-in kinds, and one more in each of these groups.
    fn with(groups: &[&str], before: &Kinds) -> Arc<Kinds> {
        let mut kinds = before.clone();
        for group in groups {
            let schema =
                json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {"n": {"type": "integer"}}}}});
            let version = json!({"name": "v1", "served": true, "storage": true, "subresources": {"status": {}},
                "schema": {"openAPIV3Schema": schema}});
            let definition = json!({"metadata": {"name": format!("xs.{group}")}, "spec": {"group": group, "scope": "Namespaced",
                "names": {"plural": "xs", "singular": "x", "kind": "X", "listKind": "XList"}, "versions": [version]},
                "status": {"conditions": [{"type": "Established", "status": "True"}]}});
            let stored = Draft::new(Key::new(DEFINITIONS, "", format!("xs.{group}")), definition, &[]).at(Revision(1));
            rows(&Arc::new(Crd::read(&stored, None).unwrap())).into_iter().for_each(|row| kinds.insert(row));
        }
        Arc::new(kinds)
    }

    fn json_of(forms: &Forms) -> Value {
        let parts: Vec<_> = forms.json.parts.iter().map(Packed::inflate).collect();
        serde_json::from_slice(&parts.concat()).unwrap()
    }

    #[tokio::test]
    async fn who_goes_away_does_not_let_others_make_pieces_beside_those_that_are_made() {
        let (cache, kinds) = (DocumentCache::default(), Arc::new(Kinds::builtin()));
        assert!(futures::poll!(std::pin::pin!(cache.forms(&kinds, &[]))).is_pending());
        let _alone = cache.making.lock().await;
        assert!(cache.kept.lock().forms.is_some());
    }

    #[tokio::test]
    async fn what_custom_kinds_add_is_joined_without_making_the_rest_again() {
        let cache = DocumentCache::default();
        let one = with(&["a.example.com"], &Kinds::builtin());
        let first = cache.forms(&one, &[]).await.unwrap();
        let (mut joined, mut whole) = (json_of(&first), v2_document(&one));
        // Options of deletions name the kinds they were first made for, as upstream's.
        for document in [&mut joined, &mut whole] {
            for name in ["DeleteOptions", "WatchEvent"] {
                document["definitions"][format!("io.k8s.apimachinery.pkg.apis.meta.v1.{name}")].take();
            }
        }
        assert_eq!(joined, whole);
        let kept = cache.kept.lock().clone();
        let two = with(&["b.example.com"], &one);
        let second = cache.forms(&two, &[]).await.unwrap();
        let later = cache.kept.lock().clone();
        assert!(Arc::ptr_eq(kept.base.as_ref().unwrap(), later.base.as_ref().unwrap()));
        assert!(Arc::ptr_eq(&kept.groups["a.example.com"], &later.groups["a.example.com"]));
        assert!(json_of(&second)["paths"]["/apis/b.example.com/v1/namespaces/{namespace}/xs"].is_object());
        assert_ne!(first.json.tag, second.json.tag);
        assert!(Arc::ptr_eq(&second, &cache.forms(&two, &[]).await.unwrap()));
        let none = cache.forms(&Arc::new(Kinds::builtin()), &[]).await.unwrap();
        assert!(json_of(&none)["paths"]["/apis/b.example.com/v1/namespaces/{namespace}/xs"].is_null());
    }
}
