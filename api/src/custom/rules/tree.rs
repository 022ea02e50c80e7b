//! The rules of a schema, where they are.

use kontiki_cel::Schema;
use serde_json::Value;

use super::rule::Rule;
use crate::Text;
use crate::custom::same_items::SameItems;

/// The rules of a value and of what is inside; only where there are any.
#[derive(Debug, Default)]
pub struct Rules {
    /// The rules of the value itself.
    pub(super) own: Option<Own>,
    /// Those of fields, by name.
    pub(super) fields: Box<[(Text, Rules)]>,
    /// Those of other fields.
    pub(super) values: Option<Box<Rules>>,
    /// Those of items.
    pub(super) items: Option<Box<Rules>>,
    /// How items are told apart.
    pub(super) list: List,
}

/// The rules of one value.
#[derive(Debug)]
pub(super) struct Own {
    /// What expressions see of the value.
    pub schema: Schema,
    /// The type that its schema says; nothing for numbers that may be text.
    pub r#type: Text,
    /// Whether one of the rules looks at the value before.
    pub transition: bool,
    /// The rules.
    pub rules: Box<[Rule]>,
}

/// How the items of a list are told apart.
#[derive(Debug, Default)]
pub(super) enum List {
    /// Not at all: the list is one whole, also where nothing is said of it.
    #[default]
    Whole,
    /// By these keys.
    Keys(Box<[Text]>),
}

impl List {
    fn of(document: &Value) -> Self {
        match document["x-kubernetes-list-type"].as_str() {
            Some("map") => {
                let keys = document["x-kubernetes-list-map-keys"].as_array().into_iter().flatten();
                Self::Keys(keys.filter_map(Value::as_str).map(Text::from).collect())
            }
            _ => Self::Whole,
        }
    }

    /// The items of `before` by their keys; `None` where it is no list, or keys tell nothing apart.
    pub fn same<'a>(&self, before: &'a Value) -> Option<SameItems<'_, 'a>> {
        match self {
            Self::Keys(keys) => Some(SameItems::new(keys, before.as_array()?)),
            Self::Whole => None,
        }
    }
}

impl Rules {
    /// Compiles the rules in `document`, whose own were accepted; `None` where there are none.
    pub fn compile(document: &Value) -> Option<Self> {
        node(document, true)
    }

    /// Compiles the rules in `document`, which describes a part of an object.
    pub(in crate::custom) fn compile_part(document: &Value) -> Option<Self> {
        node(document, false)
    }

    /// Those of the field called `name`; whether it is one that is declared.
    pub(super) fn field(&self, name: &str) -> Option<(&Self, bool)> {
        let at = self.fields.binary_search_by(|(own, _)| (**own).cmp(name)).ok();
        let declared = at.and_then(|at| self.fields.get(at)).map(|(_, field)| (field, true));
        declared.or_else(|| self.values.as_deref().map(|values| (values, false)))
    }
}

/// The list of rules of a schema.
pub(super) fn listed(document: &Value) -> &[Value] {
    document.get("x-kubernetes-validations").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Whether there is a rule anywhere in `document`.
pub(super) fn any(document: &Value) -> bool {
    let inner = |name: &str| document.get(name).filter(|inner| inner.is_object()).is_some_and(any);
    !listed(document).is_empty()
        || inner("items")
        || inner("additionalProperties")
        || document.get("properties").and_then(Value::as_object).is_some_and(|fields| fields.values().any(any))
}

fn node(document: &Value, whole: bool) -> Option<Rules> {
    if !any(document) {
        return None;
    }
    let whole = whole || document["x-kubernetes-embedded-resource"] == true;
    let inner = |name: &str| {
        let inner = document.get(name).filter(|inner| inner.is_object());
        inner.and_then(|inner| node(inner, false)).map(Box::new)
    };
    let fields = document.get("properties").and_then(Value::as_object).into_iter().flatten();
    let mut fields: Vec<(Text, Rules)> =
        fields.filter_map(|(name, inner)| Some((name.as_str().into(), node(inner, false)?))).collect();
    fields.sort_by(|a, b| a.0.cmp(&b.0));
    Some(Rules {
        own: own(document, whole),
        fields: fields.into(),
        values: inner("additionalProperties"),
        items: inner("items"),
        list: List::of(document),
    })
}

fn own(document: &Value, whole: bool) -> Option<Own> {
    if listed(document).is_empty() {
        return None;
    }
    let schema = Schema::from_openapi(document, whole)?;
    let rules = listed(document).iter().filter_map(|raw| Rule::compile(raw, document, &schema).ok());
    let rules: Box<[Rule]> = rules.map(|(rule, _)| rule).collect();
    let transition = rules.iter().any(|rule| rule.transition);
    (!rules.is_empty()).then(|| Own { schema, r#type: document["type"].as_str().unwrap_or_default().into(), transition, rules })
}
