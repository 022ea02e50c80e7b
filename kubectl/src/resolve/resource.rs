//! One resource of the server.

use kontiki_api::kind::Kind;

/// One resource of the server, as discovery describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Resource {
    /// API group; empty for core.
    pub group: String,
    /// API version.
    pub version: String,
    /// Plural.
    pub plural: String,
    /// Singular.
    pub singular: String,
    /// Kind.
    pub kind: String,
    /// Short names.
    pub short: Vec<String>,
    /// Categories.
    pub categories: Vec<String>,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// Verbs.
    pub verbs: Vec<String>,
}

impl From<&Kind> for Resource {
    fn from(kind: &Kind) -> Self {
        let texts = |list: &[kontiki_api::Text]| list.iter().map(ToString::to_string).collect();
        Self {
            group: kind.group.to_string(),
            version: kind.version.to_string(),
            plural: kind.plural.to_string(),
            singular: kind.singular.to_string(),
            kind: kind.kind.to_string(),
            short: texts(&kind.short_names),
            categories: texts(&kind.categories),
            namespaced: kind.namespaced,
            verbs: kind.verbs.iter().map(|verb| verb.as_str().to_owned()).collect(),
        }
    }
}

impl Resource {
    /// `apps/v1`, or `v1`.
    pub(crate) fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }

    /// `deployments.apps`.
    pub(crate) fn full_name(&self) -> String {
        if self.group.is_empty() { self.plural.clone() } else { format!("{}.{}", self.plural, self.group) }
    }

    /// `deployment.apps/web`, as results are told.
    pub(crate) fn named(&self, name: &str) -> String {
        let kind = self.kind.to_lowercase();
        if self.group.is_empty() { format!("{kind}/{name}") } else { format!("{kind}.{}/{name}", self.group) }
    }

    /// The path of the collection, or of the object where `name` is given. An empty namespace means all.
    pub(crate) fn path(&self, namespace: &str, name: &str) -> String {
        let mut path = match self.group.as_str() {
            "" => format!("/api/{}", self.version),
            group => format!("/apis/{group}/{}", self.version),
        };
        if self.namespaced && !namespace.is_empty() {
            path.push_str("/namespaces/");
            path.push_str(&encode(namespace));
        }
        path.push('/');
        path.push_str(&self.plural);
        if !name.is_empty() {
            path.push('/');
            path.push_str(&encode(name));
        }
        path
    }

    /// Whether people may mean this by `name`, perhaps with `.group` or `.version.group` behind it.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        let (word, place) = name.split_once('.').unwrap_or((name, ""));
        let word = word.to_lowercase();
        let is_word =
            word == self.plural || word == self.singular || word == self.kind.to_lowercase() || self.short.contains(&word);
        is_word && (place.is_empty() || place == self.group || place == format!("{}.{}", self.version, self.group))
    }
}

/// `text` as part of a path or a query.
pub(crate) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// A path with query parameters; those without a value are left out.
pub(crate) fn with_query(path: &str, parameters: &[(&str, &str)]) -> String {
    let query: Vec<String> = parameters
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", encode(value)))
        .collect();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}
