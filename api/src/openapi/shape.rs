//! What operations are on.

use super::action::Action;
use crate::kind::{Kind, Subresource, definition_of};
use crate::request::PatchType;

/// A row, or a subresource of it.
#[derive(Clone, Copy)]
pub(super) struct Shape<'a> {
    pub row: &'a Kind,
    pub sub: Option<&'a Subresource>,
    pub all_namespaces: bool,
    /// A path of another server follows.
    pub with_path: bool,
}

impl<'a> Shape<'a> {
    /// The row itself, in one namespace.
    pub const fn of(row: &'a Kind) -> Self {
        Self { row, sub: None, all_namespaces: false, with_path: false }
    }

    /// Group, version, kind of the body.
    pub fn kind(&self) -> (&'a str, &'a str, &'a str) {
        match self.sub.filter(|sub| !sub.kind.ends_with("Options")) {
            Some(sub) => (&sub.group, &sub.version, &sub.kind),
            None => (&self.row.group, &self.row.version, &self.row.kind),
        }
    }

    /// The kind that operations are said to be on: of a custom object's scale it is the object's own.
    pub fn told_kind(&self) -> (&'a str, &'a str, &'a str) {
        match self.row.custom {
            Some(_) => (&self.row.group, &self.row.version, &self.row.kind),
            None => self.kind(),
        }
    }

    /// What `action` does, in upstream's words where the kind is a custom one.
    pub fn description(&self, action: Action) -> String {
        let kind = self.told_kind().2;
        if self.row.custom.is_none() {
            return format!("{} {kind}", action.name());
        }
        let of = self.sub.map(|sub| format!(" {} of", sub.name)).unwrap_or_default();
        match action {
            Action::List => format!("list{of} objects of kind {kind}"),
            Action::Get => format!("read{of} the specified {kind}"),
            Action::Put => format!("replace{of} the specified {kind}"),
            Action::Patch => format!("partially update{of} the specified {kind}"),
            Action::DeleteCollection => format!("delete collection of {kind}"),
            _ => format!("{}{of} {}{kind}", action.word(), article(kind)),
        }
    }

    /// The media types that `action` takes.
    pub fn taken(&self, action: Action) -> Vec<&'static str> {
        match action {
            Action::Patch => self.patches(),
            _ if self.row.custom.is_some() => vec!["application/json", "application/yaml"],
            _ => vec!["*/*"],
        }
    }

    /// The definition of the body.
    pub fn definition(&self) -> String {
        let (group, version, kind) = self.kind();
        let own = (group, version, kind) == (&*self.row.group, &*self.row.version, &*self.row.kind);
        if own { self.row.definition.to_string() } else { definition_of(group, version, kind) }
    }

    /// The media types of its patches: strategic merges need a schema of Go.
    pub fn patches(&self) -> Vec<&'static str> {
        let all = [PatchType::Json, PatchType::Merge, PatchType::Strategic, PatchType::Apply].into_iter();
        let own = all.filter(|patch| *patch != PatchType::Strategic || self.row.custom.is_none());
        own.map(PatchType::media_type).collect()
    }

    /// The kind that the name in the path is said to be of.
    pub fn named(&self) -> &'a str {
        self.sub.map_or(&self.row.kind, |sub| &sub.kind)
    }

    /// `apps_v1`, `core_v1`.
    pub fn tag(&self) -> String {
        format!("{}_{}", group_word(&self.row.group, false), self.row.version)
    }

    /// `readAppsV1NamespacedDeploymentScale`.
    pub fn id(&self, action: Action) -> String {
        let place = format!("{}{}", group_word(&self.row.group, true), camel(&self.row.version, true));
        let how = match action {
            Action::Connect(method) => camel(method, true),
            Action::DeleteCollection => "Collection".into(),
            _ => String::new(),
        };
        let scope = if self.row.namespaced && !self.all_namespaces { "Namespaced" } else { "" };
        let list = if action == Action::WatchList { "List" } else { "" };
        let subresource = self.sub.map(|sub| camel(&sub.name, true)).unwrap_or_default();
        let behind = match (self.all_namespaces, self.with_path) {
            (true, _) => "ForAllNamespaces",
            (_, true) => "WithPath",
            _ => "",
        };
        format!("{}{place}{how}{scope}{}{subresource}{list}{behind}", action.word(), self.row.kind)
    }
}

/// What goes before a noun: plurals have none.
fn article(noun: &str) -> &'static str {
    match noun {
        _ if noun.ends_with('s') && !noun.ends_with("ss") => "",
        _ if noun.starts_with(['A', 'E', 'I', 'O', 'U']) => "an ",
        _ => "a ",
    }
}

/// A group as ids and tags have it: `rbacAuthorization`, `Apps`, `core`.
pub(super) fn group_word(group: &str, capital: bool) -> String {
    let group = group.strip_suffix(".k8s.io").unwrap_or(group);
    camel(if group.is_empty() { "core" } else { group }, capital)
}

/// `rbac.authorization` as `rbacAuthorization`, or with a capital.
pub(super) fn camel(text: &str, capital: bool) -> String {
    let mut up = capital;
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '.' | '-' => up = true,
            c if up => {
                out.push(c.to_ascii_uppercase());
                up = false;
            }
            c => out.push(c),
        }
    }
    out
}
