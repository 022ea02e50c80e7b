//! What is looked for once every type is known: constants that could only fail, literals of values of different types.

use std::collections::BTreeMap;

use super::{Item, MapItem, Node, NodeId, NodeKind};
use crate::evaluate::{EvaluationError, Regexes, Tools, compile_regex, constant};
use crate::library::{Function, check_template};
use crate::syntax::{Fault, Literal};
use crate::types::Type;

/// Looks through all nodes.
pub(super) fn check(nodes: &[Node]) -> Result<(), Vec<Fault>> {
    let late = Late { nodes };
    let faults: Vec<Fault> = nodes.iter().flat_map(|node| late.faults(node)).collect();
    if !faults.is_empty() {
        return Err(faults);
    }
    match nodes.iter().find_map(|node| late.fails(node)) {
        Some(error) => Err(vec![Fault::instantiation(error)]),
        None => Ok(()),
    }
}

/// Marks what is made of constants. Nodes stand behind what they are made of.
pub(super) fn fold(nodes: &mut [Node]) {
    let mut folded = vec![false; nodes.len()];
    for (at, node) in nodes.iter_mut().enumerate() {
        let known = |id: NodeId| folded.get(id as usize).copied().unwrap_or(false);
        node.folded = match &node.kind {
            NodeKind::Constant(_) => true,
            NodeKind::List(items) => items.iter().all(|item| known(item.value)),
            NodeKind::Map(items) => items.iter().all(|item| known(item.key) && known(item.value)),
            NodeKind::Apply { function, arguments, .. } => {
                CONVERSIONS.contains(&function.name) && matches!(&**arguments, [argument] if known(*argument))
            }
            _ => false,
        };
        if let Some(folded) = folded.get_mut(at) {
            *folded = node.folded;
        }
    }
}

/// The functions that are called beforehand where they have a constant.
const CONVERSIONS: [&str; 8] = ["bool", "bytes", "double", "duration", "int", "string", "timestamp", "uint"];

struct Late<'n> {
    nodes: &'n [Node],
}

impl<'n> Late<'n> {
    fn node(&self, id: NodeId) -> Option<&'n Node> {
        self.nodes.get(id as usize)
    }

    fn literal(&self, id: NodeId) -> Option<&'n Literal> {
        match &self.node(id)?.kind {
            NodeKind::Constant(literal) => Some(literal),
            _ => None,
        }
    }

    fn faults(&self, node: &Node) -> Vec<Fault> {
        match &node.kind {
            NodeKind::Apply { function, arguments, .. } => self.call(function, arguments, node.at),
            NodeKind::List(items) if !node.formatted => self.list(items).into_iter().collect(),
            NodeKind::Map(items) if !node.formatted => self.map(items),
            _ => Vec::new(),
        }
    }

    fn call(&self, function: &Function, arguments: &[NodeId], at: usize) -> Vec<Fault> {
        let member = function.name == "matches" && arguments.len() == 2 && self.is_member(arguments, at);
        // As upstream, which looks at the first argument whatever it is.
        let first = arguments.get(usize::from(member));
        let invalid = |id: &NodeId| {
            let at = self.node(*id).map_or(at, |node| node.at);
            vec![Fault::new(at, format!("invalid {} argument", function.name))]
        };
        match (function.name, first.and_then(|first| Some((first, self.literal(*first)?)))) {
            ("matches", Some((first, Literal::String(pattern)))) if compile_regex(pattern).is_err() => invalid(first),
            ("duration" | "timestamp", Some((first, literal))) if call(function, literal).is_err() => invalid(first),
            ("format", Some((_, Literal::String(template)))) => self.format(template, arguments.get(1), at).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    /// Whether a call stands behind its first argument.
    fn is_member(&self, arguments: &[NodeId], at: usize) -> bool {
        arguments.first().and_then(|first| self.node(*first)).is_some_and(|first| first.at < at)
    }

    fn format(&self, template: &str, arguments: Option<&NodeId>, at: usize) -> Option<Fault> {
        let NodeKind::List(items) = &self.node(*arguments?)?.kind else { return None };
        let mut failed = None;
        let checked = check_template(template, items.len(), &mut |verb, argument| {
            let id = items.get(argument)?.value;
            let wrong = if verb == 's' { self.unshown(id) } else { self.unfit(verb, id) }?;
            let node = self.node(wrong)?;
            failed = Some(node.at);
            Some(node.r#type.runtime_name())
        });
        match checked {
            Err(why) => Some(Fault::new(failed.unwrap_or(at), why)),
            Ok(used) if items.len() > used => {
                let count = items.len();
                Some(Fault::new(at, format!("too many arguments supplied to string.format (expected {used}, got {count})")))
            }
            Ok(_) => None,
        }
    }

    /// The node at `id` where `verb` does not take its type.
    fn unfit(&self, verb: char, id: NodeId) -> Option<NodeId> {
        let fit = matches!(
            (&self.node(id)?.r#type, verb),
            (Type::Dyn, _)
                | (Type::Int | Type::Uint, 'd' | 'b' | 'x' | 'X' | 'o')
                | (Type::Bool, 'b')
                | (Type::Double | Type::String, 'f' | 'e')
                | (Type::String | Type::Bytes, 'x' | 'X')
        );
        (!fit).then_some(id)
    }

    /// The node at `id`, or one inside, that cannot be shown.
    fn unshown(&self, id: NodeId) -> Option<NodeId> {
        let node = self.node(id)?;
        if matches!(node.r#type, Type::Optional(_) | Type::Opaque(_) | Type::Object(_) | Type::Error) {
            return Some(id);
        }
        match &node.kind {
            NodeKind::List(items) => items.iter().find_map(|item| self.unshown(item.value)),
            NodeKind::Map(items) => items.iter().find_map(|item| self.unshown(item.key).or_else(|| self.unshown(item.value))),
            _ => None,
        }
    }

    /// The type of a value, or of what is in it where it is written with `?`.
    fn type_of(&self, id: NodeId, optional: bool) -> &'n Type {
        match self.node(id).map_or(&Type::Dyn, |node| &node.r#type) {
            Type::Optional(inner) if optional => inner,
            other => other,
        }
    }

    fn differs(&self, id: NodeId, wanted: &Type, found: &Type) -> Option<Fault> {
        let at = self.node(id).map_or(0, |node| node.at);
        (wanted != found).then(|| Fault::new(at, format!("expected type '{wanted}' but found '{found}'")))
    }

    fn list(&self, items: &[Item]) -> Option<Fault> {
        let (first, rest) = items.split_first()?;
        let wanted = self.type_of(first.value, first.optional);
        rest.iter().find_map(|item| self.differs(item.value, wanted, self.type_of(item.value, item.optional)))
    }

    fn map(&self, items: &[MapItem]) -> Vec<Fault> {
        let Some((first, rest)) = items.split_first() else { return Vec::new() };
        let (keys, values) = (self.type_of(first.key, false), self.type_of(first.value, first.optional));
        let faults = rest.iter().flat_map(|item| {
            let key = self.differs(item.key, keys, self.type_of(item.key, false));
            [key, self.differs(item.value, values, self.type_of(item.value, item.optional))]
        });
        faults.flatten().collect()
    }

    /// What a call of constants fails with when the program is made.
    fn fails(&self, node: &Node) -> Option<String> {
        let NodeKind::Apply { function, arguments, .. } = &node.kind else { return None };
        match (function.name, &**arguments) {
            (name, [argument]) if CONVERSIONS.contains(&name) => {
                call(function, self.literal(*argument)?).err().map(|error| error.to_string())
            }
            ("matches" | "find" | "findAll", [_, pattern, ..]) => {
                let Literal::String(pattern) = self.literal(*pattern)? else { return None };
                compile_regex(pattern).err().map(|error| match error.ends_with('`') {
                    true => format!("error parsing regexp: {error}"),
                    false => format!("error parsing regexp: {error}: `{pattern}`"),
                })
            }
            _ => None,
        }
    }
}

/// Calls a function of one constant.
fn call(function: &Function, literal: &Literal) -> Result<(), EvaluationError> {
    let none = BTreeMap::new();
    let mut tools = Tools::new(Regexes::new(&none));
    let value = constant(literal);
    (function.native)(&mut tools, std::slice::from_ref(&value)).map(drop)
}
