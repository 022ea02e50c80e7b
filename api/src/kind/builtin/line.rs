//! How a line of the table is written down, and how it becomes a row.

use crate::Text;
use crate::kind::columns::columns_of;
use crate::kind::{Hooks, Kind, Selectable, Subresource, definition_of};
use crate::meta::Resource;
use crate::request::Verb;

/// One line: names and what differs from the usual.
pub(super) struct Line {
    kind: &'static str,
    plural: &'static str,
    short: &'static str,
    categories: &'static str,
    namespaced: bool,
    verbs: &'static [Verb],
    subresources: &'static str,
    selectable: &'static [(&'static str, &'static str)],
    stored: Option<(&'static str, &'static str)>,
    history: bool,
    sealed: bool,
    rank: u8,
    returned: bool,
    orphans: Option<&'static str>,
    put_creates: bool,
    put_names_revision: bool,
    status_takes: &'static [&'static str],
    deprecation: &'static str,
}

/// The rank of all kinds but those that go first when their namespace goes.
const USUAL: u8 = 1;

const ALL: &[Verb] =
    &[Verb::Create, Verb::Delete, Verb::DeleteCollection, Verb::Get, Verb::List, Verb::Patch, Verb::Update, Verb::Watch];
const ASK: &[Verb] = &[Verb::Create];
const WRITE: &[Verb] = &[Verb::Get, Verb::Patch, Verb::Update];
const CONNECT: &[Verb] = &[Verb::Create, Verb::Get];
const PROXY: &[Verb] = &[Verb::Create, Verb::Delete, Verb::Get, Verb::Patch, Verb::Update];

/// A kind that lives in namespaces: kind, plural, short names.
pub(super) const fn namespaced(kind: &'static str, plural: &'static str, short: &'static str) -> Line {
    Line {
        kind,
        plural,
        short,
        categories: "",
        namespaced: true,
        verbs: ALL,
        subresources: "",
        selectable: &[],
        stored: None,
        history: true,
        sealed: false,
        rank: USUAL,
        returned: false,
        orphans: None,
        put_creates: false,
        put_names_revision: false,
        status_takes: &["labels", "annotations", "finalizers", "ownerReferences"],
        deprecation: "",
    }
}

/// A kind of cluster scope: kind, plural, short names.
pub(super) const fn cluster(kind: &'static str, plural: &'static str, short: &'static str) -> Line {
    Line { namespaced: false, ..namespaced(kind, plural, short) }
}

impl Line {
    /// Lists the categories it belongs to.
    pub const fn categories(self, categories: &'static str) -> Self {
        Self { categories, ..self }
    }

    /// Lists its subresources.
    pub const fn subs(self, subresources: &'static str) -> Self {
        Self { subresources, ..self }
    }

    /// Lists the fields that selectors may name: name, and where in the stored object.
    pub const fn select(self, selectable: &'static [(&'static str, &'static str)]) -> Self {
        Self { selectable, ..self }
    }

    /// It is only asked, never stored.
    pub const fn asked(self) -> Self {
        Self { verbs: ASK, ..self }
    }

    /// Its verbs differ.
    pub const fn verbs(self, verbs: &'static [Verb]) -> Self {
        Self { verbs, ..self }
    }

    /// It is stored in the collection of another group or version.
    pub const fn stored_in(self, group: &'static str, plural: &'static str) -> Self {
        Self { stored: Some((group, plural)), ..self }
    }

    /// Its changes are forgotten after the watch window.
    pub const fn forgotten(self) -> Self {
        Self { history: false, ..self }
    }

    /// Its values are encrypted at rest.
    pub const fn sealed(self) -> Self {
        Self { sealed: true, ..self }
    }

    /// A PUT may create it.
    pub const fn put_creates(self) -> Self {
        Self { put_creates: true, ..self }
    }

    /// A PUT must name the revision that it changes.
    pub const fn put_names_revision(self) -> Self {
        Self { put_names_revision: true, ..self }
    }

    /// Lists the fields of `metadata` that a write of its status takes from the request.
    pub const fn status_takes(self, status_takes: &'static [&'static str]) -> Self {
        Self { status_takes, ..self }
    }

    /// Its users are warned.
    pub const fn deprecated(self, deprecation: &'static str) -> Self {
        Self { deprecation, ..self }
    }

    /// Its deletion is answered with the object.
    pub const fn returned(self) -> Self {
        Self { returned: true, ..self }
    }

    /// Its dependents stay unless the deletion says what becomes of them; who says nothing is warned, where there is a warning.
    pub const fn orphans(self, warning: &'static str) -> Self {
        Self { orphans: Some(warning), ..self }
    }

    /// It goes first when its namespace goes.
    pub const fn first(self) -> Self {
        Self { rank: 0, ..self }
    }

    /// The row of this line in `group`/`version`.
    pub fn row(&self, group: &str, version: &str) -> Kind {
        let (stored_group, stored_plural) = self.stored.unwrap_or((group, self.plural));
        let mut row = Kind {
            group: group.into(),
            version: version.into(),
            kind: self.kind.into(),
            plural: self.plural.into(),
            singular: self.kind.to_ascii_lowercase().into(),
            short_names: words(self.short),
            categories: words(self.categories),
            namespaced: self.namespaced,
            verbs: self.verbs.to_vec(),
            subresources: self.subresources.split_whitespace().map(|name| self.subresource(name, group, version)).collect(),
            resource: Resource::new(stored_group, stored_plural),
            definition: definition_of(group, version, self.kind).into(),
            columns: columns_of(group, self.kind),
            selectable: self
                .selectable
                .iter()
                .map(|(name, at)| Selectable { name: (*name).into(), pointer: (*at).into() })
                .collect(),
            history: self.history,
            sealed: self.sealed,
            deletion_rank: self.rank,
            returns_deleted: self.returned,
            orphans: self.orphans.map(Text::from),
            put_creates: self.put_creates,
            put_names_revision: self.put_names_revision,
            status_takes: self.status_takes,
            deprecation: Some(self.deprecation).filter(|text| !text.is_empty()).map(Text::from),
            hooks: Hooks::default(),
            conversion: None,
            custom: None,
        };
        row.conversion = super::conversion(&row);
        row.hooks = super::hooks::hooks_of(&row);
        row
    }

    fn subresource(&self, name: &str, group: &str, version: &str) -> Subresource {
        let options = |suffix: &str| format!("{}{suffix}Options", self.kind);
        let (group, version, kind, verbs) = match name {
            "scale" => ("autoscaling", "v1", "Scale".into(), WRITE),
            "binding" => ("", "v1", "Binding".into(), ASK),
            "eviction" => ("policy", "v1", "Eviction".into(), ASK),
            "token" => ("authentication.k8s.io", "v1", "TokenRequest".into(), ASK),
            "log" => (group, version, self.kind.to_owned(), &[Verb::Get][..]),
            "exec" => (group, version, options("Exec"), CONNECT),
            "attach" => (group, version, options("Attach"), CONNECT),
            "portforward" => (group, version, options("PortForward"), CONNECT),
            "proxy" => (group, version, options("Proxy"), PROXY),
            "finalize" => (group, version, self.kind.to_owned(), &[Verb::Update][..]),
            _ => (group, version, self.kind.to_owned(), WRITE),
        };
        Subresource {
            name: name.into(),
            group: group.into(),
            version: version.into(),
            columns: if name == "scale" { columns_of(group, &kind) } else { Vec::new() },
            kind: kind.into(),
            verbs: verbs.to_vec(),
        }
    }
}

fn words(list: &str) -> Vec<Text> {
    list.split_whitespace().map(Text::from).collect()
}
