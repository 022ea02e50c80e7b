//! Kinds whose objects are made when somebody asks for them, and can only be read.

use std::sync::Arc;

use kontiki_api::kind::Kind;
use kontiki_api::meta::{Key, Revision};
use kontiki_api::object::Draft;
use kontiki_api::request::{Request, Verb};
use kontiki_api::status::Status;
use serde_json::Value;

use crate::decode::ListOptions;
use crate::prepare::meta_text;
use crate::read::{Selection, absent};
use crate::server::{Answer, Content, List, Server, Unstored};

/// Makes the objects of one kind.
pub trait Observe: Send + Sync + 'static {
    /// All of them as they are now, by name.
    fn objects(&self) -> Vec<Value>;
}

/// Answers a read of such a kind.
///
/// # Errors
/// 404 where there is no such object, 400 for selectors that do not parse.
pub(crate) fn observed(server: &Server, kind: &Arc<Kind>, request: &Request, observe: &dyn Observe) -> Result<Answer, Status> {
    let target = &request.target;
    if request.verb == Verb::Get {
        let found = observe.objects().into_iter().find(|object| meta_text(object, "name") == &*target.name);
        let object = found.ok_or_else(|| absent(kind, &target.name))?;
        return Ok(Answer::ok(Content::Unstored(Unstored { kind: Arc::clone(kind), subresource: "".into(), object })));
    }
    let options = ListOptions::read(request)?;
    let selection = Selection::new(server, kind, target, &options)?;
    let fields = kind.field_pointers();
    let objects = observe.objects().into_iter().map(|object| {
        let key = Key::new(kind.resource.clone(), "", meta_text(&object, "name"));
        Draft::new(key, object, &fields).at(Revision::ZERO)
    });
    let objects = objects.filter(|object| selection.matches(object)).collect();
    let list = List { kind: Arc::clone(kind), revision: Revision::ZERO, objects, next: None, remaining: None };
    Ok(Answer::ok(Content::List(list)))
}
