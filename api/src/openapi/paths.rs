//! The paths of one row.

use serde_json::{Map, Value, json};

use super::operation::{Action, Operation, Shape};
use super::parameters;
use crate::kind::{Kind, Subresource};
use crate::request::Verb;

/// Adds the paths of `row`: its collection, its objects, its subresources.
pub(super) fn add(row: &Kind, paths: &mut Map<String, Value>) {
    let root = if row.group.is_empty() { format!("/api/{}", row.version) } else { format!("/apis/{}", row.api_version()) };
    let collection = match row.namespaced {
        true => format!("{root}/namespaces/{{namespace}}/{}", row.plural),
        false => format!("{root}/{}", row.plural),
    };
    let of = |verb, action| row.verbs.contains(&verb).then_some(action);
    let actions =
        [of(Verb::Create, Action::Post), of(Verb::DeleteCollection, Action::DeleteCollection), of(Verb::List, Action::List)];
    put(paths, &collection, row, None, &actions, false);
    if row.namespaced && row.verbs.contains(&Verb::List) {
        put(paths, &format!("{root}/{}", row.plural), row, None, &[Some(Action::List)], true);
    }
    let object = format!("{collection}/{{name}}");
    put(paths, &object, row, None, &item_actions(&row.verbs), false);
    for sub in &row.subresources {
        let mut actions = item_actions(&sub.verbs);
        if sub.kind.ends_with("Options") {
            actions = [Some(Action::Connect), None, None, None, None];
        }
        put(paths, &format!("{object}/{}", sub.name), row, Some(sub), &actions, false);
    }
}

fn item_actions(verbs: &[Verb]) -> [Option<Action>; 5] {
    let of = |verb, action| verbs.contains(&verb).then_some(action);
    [
        of(Verb::Get, Action::Get),
        of(Verb::Update, Action::Put),
        of(Verb::Patch, Action::Patch),
        of(Verb::Delete, Action::Delete),
        // A `create` on one object is a subresource's.
        of(Verb::Create, Action::Post).filter(|_| !verbs.contains(&Verb::List) && verbs.len() == 1),
    ]
}

fn put(
    paths: &mut Map<String, Value>,
    path: &str,
    row: &Kind,
    sub: Option<&Subresource>,
    actions: &[Option<Action>],
    all_namespaces: bool,
) {
    let item_of_nothing = path.ends_with("{name}") && row.verbs == [Verb::Create];
    if actions.iter().all(Option::is_none) || item_of_nothing {
        return;
    }
    let shape = Shape { row, sub, all_namespaces };
    let mut item = Map::new();
    for action in actions.iter().flatten() {
        item.insert(action.method().into(), Operation { shape, action: *action }.to_value());
    }
    let named = ["namespace", "name"].into_iter().filter(|name| path.contains(&format!("{{{name}}}")));
    let mut shared: Vec<Value> = named.map(parameters::in_path).collect();
    shared.push(parameters::in_query("pretty", "string"));
    item.insert("parameters".into(), json!(shared));
    paths.insert(path.into(), item.into());
}
