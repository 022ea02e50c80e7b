//! Nobody has a policy read for them what they may not read.

use std::sync::Arc;

use kontiki_api::kind::validate::{Faults, Path};
use kontiki_api::meta::{Key, Resource};
use kontiki_api::request::User;
use kontiki_api::status::Status;
use serde_json::Value;

use crate::admit::fields::text;
use crate::admit::{Admission, Operation, Plugin};
use crate::authorize::{Attributes, Authorize, Decision, MASTERS};

const GROUP: &str = "admissionregistration.k8s.io";
const ANY: &str = "*";

/// A policy's expressions see its parameters and may tell of them: who names their kind must be allowed to read all of that kind, who
/// refers to some of them to read those. Upstream does this in the storage of the four kinds.
pub(in crate::admit) struct ParamRights(pub Arc<dyn Authorize>);

impl Plugin for ParamRights {
    fn name(&self) -> &'static str {
        "PolicyParamRights"
    }

    fn kinds(&self) -> &'static [(&'static str, &'static str)] {
        &[
            (GROUP, "validatingadmissionpolicies"),
            (GROUP, "validatingadmissionpolicybindings"),
            (GROUP, "mutatingadmissionpolicies"),
            (GROUP, "mutatingadmissionpolicybindings"),
        ]
    }

    fn validate(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        let written =
            matches!(admission.operation, Operation::Create | Operation::Update) && admission.target.subresource.is_empty();
        if !written || admission.user.groups.iter().any(|group| &**group == MASTERS) {
            return Ok(());
        }
        let told = match &*admission.kind.plural {
            "validatingadmissionpolicybindings" => self.binding(admission, "validatingadmissionpolicies"),
            "mutatingadmissionpolicybindings" => self.binding(admission, "mutatingadmissionpolicies"),
            _ => self.policy(admission),
        };
        let Err((field, why)) = told else { return Ok(()) };
        let mut faults = Faults::default();
        faults.forbidden(&Path::new("spec").child(field), why);
        Err(Status::invalid(admission.kind, admission.name(), &faults.into_errors()))
    }
}

impl ParamRights {
    fn policy(&self, admission: &Admission<'_>) -> Result<(), (&'static str, String)> {
        let kind = |policy: &Value| (said(policy, "/spec/paramKind/apiVersion"), said(policy, "/spec/paramKind/kind"));
        if !has(admission.object, "/spec/paramKind") || admission.old.is_some_and(|old| kind(old) == kind(admission.object)) {
            return Ok(());
        }
        let (api_version, kind) = kind(admission.object);
        let Meant { group, resource, .. } = meant(admission, &api_version, &kind);
        if self.may(admission, ("get", group, resource), ANY, ANY) {
            return Ok(());
        }
        let user = printed(admission.user);
        let why = format!(
            "user {user} must have \"get\" permission on all objects of the referenced paramKind (kind={kind}, apiVersion={api_version})"
        );
        Err(("paramKind", why))
    }

    fn binding(&self, admission: &Admission<'_>, policies: &str) -> Result<(), (&'static str, String)> {
        if !has(admission.object, "/spec/paramRef") {
            return Ok(());
        }
        let policy = text(admission.object, "/spec/policyName");
        let found = admission.store.get(&Key::new(Resource::new(GROUP, policies), "", policy));
        let unknown = || Meant { group: ANY.into(), resource: ANY.into(), unclear: None };
        let Meant { group, resource, unclear } = match &found {
            None => Meant { unclear: Some(format!("get policy {policy}")), ..unknown() },
            Some(found) => match found.to_value().pointer("/spec/paramKind").filter(|kind| !kind.is_null()) {
                Some(kind) => meant(admission, text(kind, "/apiVersion"), text(kind, "/kind")),
                None => unknown(),
            },
        };
        let (name, namespace) =
            (text(admission.object, "/spec/paramRef/name"), text(admission.object, "/spec/paramRef/namespace"));
        let verb = if name.is_empty() { "list" } else { "get" };
        if self.may(admission, (verb, group, resource), namespace, name) {
            return Ok(());
        }
        let user = printed(admission.user);
        let why = match unclear {
            None => format!("user {user} does not have \"{verb}\" permission on the object referenced by paramRef"),
            Some(what) => format!(
                "unable to {what} to determine minimum required permissions and user {user} does not have \"{verb}\" permission \
                 for all groups, versions and resources"
            ),
        };
        Err(("paramRef", why))
    }

    fn may(
        &self,
        admission: &Admission<'_>,
        (verb, group, resource): (&str, String, String),
        namespace: &str,
        name: &str,
    ) -> bool {
        let asked = Attributes {
            user: admission.user.clone(),
            verb: verb.into(),
            group: group.into(),
            resource: resource.into(),
            namespace: namespace.into(),
            name: name.into(),
            ..Attributes::default()
        };
        self.0.authorize(&asked) == Decision::Allow
    }
}

/// What a `paramKind` stands for: what is not known stands for everything.
struct Meant {
    group: String,
    resource: String,
    /// What could not be done to find out.
    unclear: Option<String>,
}

/// Looks up `kind` among those that are served now.
fn meant(admission: &Admission<'_>, api_version: &str, kind: &str) -> Meant {
    let shown = format!("&{{{api_version} {kind}}}");
    let group = match api_version.split('/').collect::<Vec<_>>().as_slice() {
        [_] => "",
        [group, _] => group,
        _ => return Meant { group: ANY.into(), resource: ANY.into(), unclear: Some(format!("parse paramKind {shown}")) },
    };
    let found = admission.subject.and_then(|subject| subject.server.kinds.by_kind(api_version, kind));
    let unclear = found.is_none().then(|| format!("resolve paramKind {shown}"));
    Meant { group: group.into(), resource: found.map_or_else(|| ANY.into(), |row| row.plural.to_string()), unclear }
}

fn has(object: &Value, place: &str) -> bool {
    object.pointer(place).is_some_and(|value| !value.is_null())
}

fn said(object: &Value, place: &str) -> String {
    text(object, place).to_owned()
}

/// A user as Go prints one.
fn printed(user: &User) -> String {
    let mut extra: Vec<String> = user.extra.iter().map(|(key, values)| format!("{key}:[{}]", values.join(" "))).collect();
    extra.sort();
    format!("&{{{} {} [{}] map[{}]}}", user.name, user.uid, user.groups.join(" "), extra.join(" "))
}
