//! The paths of one row.

use super::action::Action;
use super::parameters::{self, Parameter};
use super::shape::Shape;
use crate::kind::{Kind, Subresource};
use crate::request::Verb;

/// A path and what can be done there.
pub(super) struct Item<'a> {
    pub path: String,
    pub shape: Shape<'a>,
    pub actions: Vec<Action>,
}

impl Item<'_> {
    /// The parameters of the path, and those that each of its operations has as well.
    pub fn shared(&self) -> Vec<Parameter> {
        let connects = self.actions.iter().any(|action| matches!(action, Action::Connect(_)));
        let mut shared = parameters::of_path(&self.path, self.shape, connects);
        let mut of_all = self.actions.iter().map(|action| parameters::of(self.shape, *action));
        let first = of_all.next().unwrap_or_default();
        let rest: Vec<Vec<Parameter>> = of_all.collect();
        shared.extend(first.into_iter().filter(|parameter| rest.iter().all(|other| other.contains(parameter))));
        shared
    }

    /// The parameters of `action` that are not shared.
    pub fn own(&self, action: Action) -> Vec<Parameter> {
        let shared = self.shared();
        parameters::of(self.shape, action).into_iter().filter(|parameter| !shared.contains(parameter)).collect()
    }
}

/// The paths of `row`: its collection, its objects, its subresources, and upstream's deprecated paths of watches.
pub(super) fn of(row: &Kind) -> Vec<Item<'_>> {
    let root = if row.group.is_empty() { format!("/api/{}", row.version) } else { format!("/apis/{}", row.api_version()) };
    let inside = if row.namespaced { "/namespaces/{namespace}" } else { "" };
    let (own, all) = (format!("{root}{inside}/{}", row.plural), format!("{root}/{}", row.plural));
    let (shape, everywhere) = (Shape::of(row), Shape { all_namespaces: true, ..Shape::of(row) });
    let has = |verb| row.verbs.contains(&verb);
    let mut items = Vec::new();
    let mut put = |path: String, shape, actions: Vec<Action>| items.push(Item { path, shape, actions });
    put(own.clone(), shape, collection_actions(row));
    put(format!("{own}/{{name}}"), shape, item_actions(row));
    if row.namespaced && has(Verb::List) {
        put(all, everywhere, vec![Action::List]);
    }
    for sub in &row.subresources {
        let shape = Shape { sub: Some(sub), ..shape };
        let path = format!("{own}/{{name}}/{}", sub.name);
        if sub.kind.ends_with("ProxyOptions") {
            put(format!("{path}/{{path}}"), Shape { with_path: true, ..shape }, sub_actions(sub));
        }
        put(path, shape, sub_actions(sub));
    }
    // Of custom kinds upstream publishes none.
    let watched = has(Verb::Watch) && row.custom.is_none();
    if watched {
        let own = format!("{root}/watch{inside}/{}", row.plural);
        put(format!("{own}/{{name}}"), shape, vec![Action::Watch]);
        put(own, shape, vec![Action::WatchList]);
    }
    if watched && row.namespaced {
        put(format!("{root}/watch/{}", row.plural), everywhere, vec![Action::WatchList]);
    }
    items.retain(|item| !item.actions.is_empty());
    items
}

fn collection_actions(row: &Kind) -> Vec<Action> {
    let of = |verb, action| row.verbs.contains(&verb).then_some(action);
    let all =
        [of(Verb::Create, Action::Post), of(Verb::DeleteCollection, Action::DeleteCollection), of(Verb::List, Action::List)];
    all.into_iter().flatten().collect()
}

fn item_actions(row: &Kind) -> Vec<Action> {
    let all =
        [(Verb::Get, Action::Get), (Verb::Update, Action::Put), (Verb::Patch, Action::Patch), (Verb::Delete, Action::Delete)];
    all.into_iter().filter(|(verb, _)| row.verbs.contains(verb)).map(|(_, action)| action).collect()
}

fn sub_actions(sub: &Subresource) -> Vec<Action> {
    if sub.kind.ends_with("ProxyOptions") {
        return ["delete", "get", "head", "options", "patch", "post", "put"].map(Action::Connect).into();
    }
    if sub.kind.ends_with("Options") {
        return ["get", "post"].map(Action::Connect).into();
    }
    let all = [(Verb::Get, Action::Get), (Verb::Update, Action::Put), (Verb::Patch, Action::Patch), (Verb::Create, Action::Post)];
    all.into_iter().filter(|(verb, _)| sub.verbs.contains(verb)).map(|(_, action)| action).collect()
}
