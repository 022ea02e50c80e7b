use super::checker::Checker;
use super::{Item, MapItem, MessageField, NodeId, NodeKind};
use crate::syntax::{Element, Entry, Field};
use crate::types::{ObjectType, Schema, SchemaSource, Type};

impl Checker<'_> {
    pub(super) fn list(&mut self, elements: &[Element]) -> NodeId {
        let mut joined = None;
        let mut items = Vec::with_capacity(elements.len());
        for element in elements {
            let value = self.expr(&element.value);
            let found = self.element_type(value, element.optional, element.value.at);
            self.join(&mut joined, found);
            items.push(Item { value, optional: element.optional });
        }
        let element = joined.unwrap_or_else(|| self.unifier.fresh());
        self.node(NodeKind::List(items.into()), Type::list(element))
    }

    pub(super) fn map(&mut self, entries: &[Entry]) -> NodeId {
        let (mut keys, mut values) = (None, None);
        let mut items = Vec::with_capacity(entries.len());
        for entry in entries {
            let (key, value) = (self.expr(&entry.key), self.expr(&entry.value));
            let key_type = self.key_type(key, entry.key.at);
            self.join(&mut keys, key_type);
            let found = self.element_type(value, entry.optional, entry.value.at);
            self.join(&mut values, found);
            items.push(MapItem { key, value, optional: entry.optional });
        }
        let key = keys.unwrap_or_else(|| self.unifier.fresh());
        let value = values.unwrap_or_else(|| self.unifier.fresh());
        self.node(NodeKind::Map(items.into()), Type::map(key, value))
    }

    /// Keys have no parts; so types cannot double with every level.
    fn key_type(&mut self, key: NodeId, at: usize) -> Type {
        let found = self.type_of(key);
        if matches!(found, Type::Bool | Type::Int | Type::Uint | Type::String | Type::Dyn | Type::Double | Type::Error) {
            return found;
        }
        if !matches!(found, Type::Parameter(_)) {
            self.fault(at, format!("unsupported map key type '{found}'"));
        }
        Type::Dyn
    }

    /// The type that a value adds to a collection: `?x` adds what is in `x`.
    fn element_type(&mut self, value: NodeId, optional: bool, at: usize) -> Type {
        let found = self.type_of(value);
        match (optional, &found) {
            (false, _) => found,
            (true, Type::Optional(inner)) => (**inner).clone(),
            (true, Type::Dyn | Type::Error) => Type::Dyn,
            (true, other) => {
                self.fault(at, format!("expected type 'optional_type(dyn)' but found '{other}'"));
                Type::Error
            }
        }
    }

    /// Whether the types of a literal may differ is told later.
    fn join(&mut self, joined: &mut Option<Type>, found: Type) {
        let Some(before) = joined.take() else {
            *joined = Some(found);
            return;
        };
        if self.unifier.assignable(&[(&before, &found)]) {
            *joined = Some(self.wider(&before, &found));
        } else {
            *joined = Some(Type::Dyn);
        }
    }

    pub(super) fn message(&mut self, at: usize, name: &str, fields: &[Field]) -> NodeId {
        if !self.environment.is_message(name) {
            return self.failed(at, format!("undeclared reference to '{name}' (in container '')"));
        }
        let mut checked = Vec::with_capacity(fields.len());
        for field in fields {
            let value = self.expr(&field.value);
            self.message_field(name, field, value);
            checked.push(MessageField { name: field.name.clone(), value, optional: field.optional });
        }
        let object = ObjectType::new(Message(name.into()));
        self.node(NodeKind::Message { name: name.into(), fields: checked.into() }, Type::Object(object))
    }

    fn message_field(&mut self, message: &str, field: &Field, value: NodeId) {
        let found = self.element_type(value, field.optional, field.at);
        let wanted = match (message, &*field.name) {
            ("JSONPatch", "op" | "path" | "from") => Type::String,
            ("JSONPatch", "value") => Type::Dyn,
            ("JSONPatch", other) => {
                self.fault(field.at, format!("undefined field '{other}'"));
                return;
            }
            _ => match &found {
                Type::Object(_) => Type::Object(ObjectType::new(Message(format!("{message}.{}", field.name).into()))),
                _ => Type::Dyn,
            },
        };
        if !self.unifier.assignable(&[(&wanted, &found)]) {
            let name = &field.name;
            self.fault(field.at, format!("expected type of field '{name}' is '{wanted}' but provided type is '{found}'"));
        }
    }
}

/// The type of a message literal, `Object.spec`: its fields are whatever was written.
#[derive(Debug)]
struct Message(Box<str>);

impl SchemaSource for Message {
    fn name(&self) -> &str {
        &self.0
    }

    fn field(&self, _: &str) -> Option<Schema> {
        Some(Schema::any())
    }
}
