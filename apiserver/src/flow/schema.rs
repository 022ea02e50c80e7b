//! `FlowSchema`: which requests belong to a priority level.

use kontiki_api::Text;
use kontiki_api::request::User;
use serde::Deserialize;
use serde_json::Value;

use super::Asked;
use super::figures::FlowFigures;
use crate::authenticate::service_account_of;

/// A flow schema, read.
#[derive(Debug)]
pub(super) struct Schema {
    pub name: Text,
    pub uid: String,
    /// The level it sends requests to.
    pub level: Text,
    /// The least is asked first.
    pub precedence: i64,
    distinguisher: Option<Distinguisher>,
    rules: Vec<Rules>,
    pub figures: FlowFigures,
}

/// By what the requests of a schema are told apart into flows.
#[derive(Clone, Copy, Debug, Deserialize)]
enum Distinguisher {
    ByUser,
    ByNamespace,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rules {
    #[serde(default)]
    subjects: Vec<Subject>,
    #[serde(default)]
    resource_rules: Vec<ResourceRule>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Subject {
    user: Option<Named>,
    group: Option<Named>,
    service_account: Option<Account>,
}

#[derive(Debug, Deserialize)]
struct Named {
    name: String,
}

#[derive(Debug, Deserialize)]
struct Account {
    namespace: String,
    name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceRule {
    #[serde(default)]
    verbs: Vec<String>,
    #[serde(default)]
    api_groups: Vec<String>,
    #[serde(default)]
    resources: Vec<String>,
    #[serde(default)]
    cluster_scope: bool,
    #[serde(default)]
    namespaces: Vec<String>,
}

impl Schema {
    /// Reads the object `schema`; `None` where it names no level.
    pub fn read(schema: &Value, figures: impl FnOnce(&str, &str) -> FlowFigures) -> Option<Self> {
        let text = |pointer: &str| schema.pointer(pointer).and_then(Value::as_str);
        let (name, level) = (text("/metadata/name")?, text("/spec/priorityLevelConfiguration/name")?);
        let method = schema.pointer("/spec/distinguisherMethod/type");
        let rules = schema.pointer("/spec/rules").and_then(Value::as_array).into_iter().flatten();
        Some(Self {
            name: name.into(),
            uid: text("/metadata/uid").unwrap_or_default().into(),
            level: level.into(),
            precedence: schema.pointer("/spec/matchingPrecedence").and_then(Value::as_i64).unwrap_or(1000),
            distinguisher: method.and_then(|method| Distinguisher::deserialize(method).ok()),
            rules: rules.filter_map(|rule| Rules::deserialize(rule).ok()).collect(),
            figures: figures(level, name),
        })
    }

    /// Whether `asked` belongs to it.
    pub fn matches(&self, asked: &Asked<'_>) -> bool {
        self.rules.iter().any(|rules| {
            rules.subjects.iter().any(|subject| subject.matches(asked.user))
                && rules.resource_rules.iter().any(|rule| rule.matches(asked))
        })
    }

    /// Which of its flows `asked` belongs to.
    pub fn flow(&self, asked: &Asked<'_>) -> Text {
        match self.distinguisher {
            Some(Distinguisher::ByUser) => asked.user.name.clone(),
            Some(Distinguisher::ByNamespace) => asked.target.namespace.clone(),
            None => Text::default(),
        }
    }
}

fn names(wanted: &str, name: &str) -> bool {
    wanted == "*" || wanted == name
}

fn has(list: &[String], name: &str) -> bool {
    list.iter().any(|entry| names(entry, name))
}

impl Subject {
    fn matches(&self, user: &User) -> bool {
        let is_account = |account: &Account| {
            let own = service_account_of(&user.name);
            own.is_some_and(|(namespace, name)| namespace == account.namespace && names(&account.name, name))
        };
        self.group.as_ref().is_some_and(|group| user.groups.iter().any(|own| names(&group.name, own)))
            || self.user.as_ref().is_some_and(|wanted| names(&wanted.name, &user.name))
            || self.service_account.as_ref().is_some_and(is_account)
    }
}

impl ResourceRule {
    fn matches(&self, asked: &Asked<'_>) -> bool {
        let target = asked.target;
        let placed = match &*target.namespace {
            "" => self.cluster_scope,
            namespace => has(&self.namespaces, namespace),
        };
        placed && has(&self.verbs, asked.verb) && has(&self.api_groups, &target.group) && self.is_about(asked)
    }

    fn is_about(&self, asked: &Asked<'_>) -> bool {
        let (plural, sub) = (&*asked.target.plural, &*asked.target.subresource);
        self.resources.iter().any(|entry| match entry.split_once('/') {
            None => entry == "*" || (sub.is_empty() && entry == plural),
            Some((resource, subresource)) => names(resource, plural) && subresource == sub,
        })
    }
}
