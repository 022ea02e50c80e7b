//! The model of a structural schema, made for validating, pruning and defaulting.

use std::sync::{Arc, OnceLock};

use kontiki_cel::{CompiledRegex, compile_regex};
use serde_json::Value;

use crate::Text;
use crate::schema::ListType;

/// `type` of a schema.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Type {
    /// Not said.
    #[default]
    Any,
    /// `object`.
    Object,
    /// `array`.
    Array,
    /// `integer`.
    Integer,
    /// `number`.
    Number,
    /// `boolean`.
    Boolean,
    /// `string`.
    String,
}

/// What values of properties that are not listed may be.
#[derive(Debug, Default)]
pub enum Additional {
    /// There may be none: they are dropped.
    #[default]
    None,
    /// There may be none: they are refused (`additionalProperties: false`).
    Refused,
    /// Anything.
    Anything,
    /// What a schema says.
    Schema(Arc<Structural>),
}

/// One node of a structural schema. Descriptions stay in the definition's own bytes, and nodes that say the same of a
/// value without parts are one.
#[derive(Debug, Default)]
pub struct Structural {
    /// Its type.
    pub r#type: Type,
    /// Null is a value.
    pub nullable: bool,
    /// Fields that are not listed are kept.
    pub preserve_unknown: bool,
    /// It is a whole object, with type and metadata.
    pub embedded: bool,
    /// It is a whole number or text.
    pub int_or_string: bool,
    /// Somewhere here or below is a default.
    pub has_defaults: bool,
    /// Here or below is an object with type and metadata.
    pub has_embedded: bool,
    /// Here or below is a list whose items are told apart.
    pub has_keyed: bool,
    /// Fields of an object, by name.
    pub properties: Box<[(Text, Arc<Self>)]>,
    /// The fields that an object must have.
    pub required: Box<[Text]>,
    /// What items of a list are.
    pub items: Option<Arc<Self>>,
    /// What other fields of an object are.
    pub additional: Additional,
    /// How a list is told apart.
    pub list_type: ListType,
    /// The keys of a list of type map.
    pub keys: Box<[Text]>,
    /// What an absent value becomes.
    pub default: Option<Box<Value>>,
    /// Bounds of the value.
    pub limits: Option<Box<Limits>>,
}

/// The bounds of a value: most nodes have none.
#[derive(Debug, Default)]
pub struct Limits {
    /// `format`, where upstream checks it for values of this type.
    pub format: Option<Format>,
    /// `enum`.
    pub allowed: Box<[Value]>,
    /// `pattern`; compiled when it is first needed.
    pub pattern: Option<Pattern>,
    /// `maximum`, and whether it is excluded.
    pub maximum: Option<(f64, bool)>,
    /// `minimum`, and whether it is excluded.
    pub minimum: Option<(f64, bool)>,
    /// `multipleOf`.
    pub multiple_of: Option<f64>,
    /// `minLength`, `maxLength`.
    pub length: (Option<i64>, Option<i64>),
    /// `minItems`, `maxItems`.
    pub items: (Option<i64>, Option<i64>),
    /// `minProperties`, `maxProperties`.
    pub properties: (Option<i64>, Option<i64>),
    /// `allOf`.
    pub all_of: Box<[Structural]>,
    /// `anyOf`.
    pub any_of: Box<[Structural]>,
    /// `oneOf`.
    pub one_of: Box<[Structural]>,
    /// `not`.
    pub not: Option<Box<Structural>>,
}

/// A format that is checked.
#[derive(Debug)]
pub struct Format {
    /// Its name, as the schema writes it.
    pub name: Text,
    /// Whether a text is of it; `None` for those of numbers.
    pub(super) check: Option<fn(&str) -> bool>,
}

/// A regular expression, in RE2's syntax.
#[derive(Debug)]
pub struct Pattern {
    /// As the schema writes it.
    pub text: Text,
    compiled: OnceLock<Option<CompiledRegex>>,
}

impl Pattern {
    /// The expression `text`.
    pub(super) const fn new(text: Text) -> Self {
        Self { text, compiled: OnceLock::new() }
    }

    /// Whether `value` matches; an expression that cannot be compiled matches nothing.
    pub fn matches(&self, value: &str) -> bool {
        self.compiled().is_some_and(|regex| regex.is_match(value))
    }

    /// Whether `value` is so long that to match it may take all too long.
    pub fn is_too_much(&self, value: &str) -> bool {
        self.compiled().is_some_and(|regex| regex.is_too_long(value.len()))
    }

    fn compiled(&self) -> Option<&CompiledRegex> {
        self.compiled.get_or_init(|| compile_regex(&self.text).ok()).as_ref()
    }
}

impl Structural {
    /// The format that counts.
    pub fn format(&self) -> Option<&str> {
        Some(&*self.limits.as_ref()?.format.as_ref()?.name)
    }

    /// Whether its values are numbers and nothing else.
    pub const fn is_number(&self) -> bool {
        matches!(self.r#type, Type::Integer | Type::Number) && !self.int_or_string
    }

    /// The property called `name`.
    pub fn property(&self, name: &str) -> Option<&Self> {
        let at = self.properties.binary_search_by(|(own, _)| (**own).cmp(name)).ok()?;
        self.properties.get(at).map(|(_, property)| &**property)
    }

    /// What the field called `name` may be: a property, or any other field.
    pub fn field(&self, name: &str) -> Option<&Self> {
        self.property(name).or(match &self.additional {
            Additional::Schema(schema) => Some(schema),
            Additional::None | Additional::Refused | Additional::Anything => None,
        })
    }
}
