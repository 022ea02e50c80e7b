use std::collections::{BTreeMap, BTreeSet};

use crate::cost::{Range, Sizes, Step};
use crate::types::{Schema, Shape, Type};

/// What expressions may speak of: variables with their types.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    variables: BTreeMap<Box<str>, Declared>,
    namespaces: BTreeSet<Box<str>>,
    mutation: bool,
    binds: bool,
}

#[derive(Clone, Debug)]
enum Declared {
    Type(Type),
    Schema(Schema),
}

impl Environment {
    /// No variables. All functions of Kubernetes v1.36 are there.
    pub fn new() -> Self {
        Self::default()
    }

    /// With a variable. A name with a dot, as in `variables.x`, declares a member of a namespace.
    #[must_use]
    pub fn declare(self, name: &str, r#type: Type) -> Self {
        self.add(name, Declared::Type(r#type))
    }

    /// With a variable that holds JSON of this schema, which also bounds what expressions may cost.
    #[must_use]
    pub fn declare_schema(self, name: &str, schema: Schema) -> Self {
        self.add(name, Declared::Schema(schema))
    }

    /// With a namespace that may have no members.
    #[must_use]
    pub fn declare_namespace(mut self, name: &str) -> Self {
        self.namespaces.insert(name.into());
        self
    }

    /// With the types that mutations are written in: `Object{…}`, `Object.spec{…}`, `JSONPatch{…}`.
    #[must_use]
    pub const fn with_mutation_types(mut self) -> Self {
        self.mutation = true;
        self
    }

    /// With `cel.bind`, which only expressions about devices know.
    #[must_use]
    pub const fn with_bind(mut self) -> Self {
        self.binds = true;
        self
    }

    pub(crate) const fn binds(&self) -> bool {
        self.binds
    }

    /// Whether the function of this name may be called.
    pub(crate) fn knows(&self, function: &str) -> bool {
        self.mutation || function != "jsonpatch.escapeKey"
    }

    fn add(mut self, name: &str, declared: Declared) -> Self {
        if let Some((namespace, _)) = name.split_once('.') {
            self.namespaces.insert(namespace.into());
        }
        self.variables.insert(name.into(), declared);
        self
    }

    pub(crate) fn variable(&self, name: &str) -> Option<Type> {
        self.variables.get(name).map(|declared| match declared {
            Declared::Type(found) => found.clone(),
            Declared::Schema(schema) => schema.as_type(),
        })
    }

    pub(crate) fn is_namespace(&self, name: &str) -> bool {
        self.namespaces.contains(name)
    }

    /// Whether `name` is a type of message literals.
    pub(crate) fn is_message(&self, name: &str) -> bool {
        self.mutation && (name == "JSONPatch" || name == "Object" || name.starts_with("Object."))
    }

    fn schema(&self, path: &[Step<'_>]) -> Option<Schema> {
        let (root, rest) = path.split_first()?;
        let root = if let Step::Field(root) = root { root } else { "" };
        let known = |name: &str| match self.variables.get(name)? {
            Declared::Schema(schema) => Some(schema),
            Declared::Type(_) => None,
        };
        // As upstream, a way that begins anywhere else begins at `self`.
        let schema = known(root).or_else(|| known("self"))?;
        rest.iter().try_fold(schema.clone(), |schema, step| match (&schema.shape, step) {
            (Shape::List(items, _), Step::Items | Step::Values) => Some((**items).clone()),
            (Shape::Map(values), Step::Items | Step::Values) => Some((**values).clone()),
            (Shape::Map(_), Step::Keys) => Some(Schema::key()),
            (Shape::Object(object), Step::Field(name)) => object.field(name),
            _ => None,
        })
    }
}

impl Sizes for Environment {
    fn size(&self, path: &[Step<'_>]) -> Option<Range> {
        self.schema(path).map(|schema| Range { min: 0, max: schema.max_size })
    }
}
