//! A whole definition.

use serde_json::Value;

use super::paths::{flag, list, text};
use super::{conversion, names, versions};
use crate::decode::{MAX_WEIGHT, weight};
use crate::kind::validate::{Distinct, Faults, Path, dns_subdomain_fault, dns1035_label_fault};

const APPROVED: &str = "api-approved.kubernetes.io";
const NAME: &str = r#"must be spec.names.plural+"."+spec.group"#;

/// The faults of `definition`.
pub(crate) fn definition(definition: &Value, faults: &mut Faults) {
    let spec = &definition["spec"];
    let path = Path::new("spec");
    let (meta, group) = (Path::new("metadata"), text(spec, "group"));
    let name = text(&definition["metadata"], "name");
    if name != format!("{}.{group}", text(&spec["names"], "plural")) {
        faults.invalid_text(&meta.child("name"), name, NAME);
    }
    approval(definition, group, &meta, faults);
    self::group(group, &path.child("group"), faults);
    match text(spec, "scope") {
        "" => faults.required(&path.child("scope"), ""),
        scope => {
            if !matches!(scope, "Cluster" | "Namespaced") {
                faults.unsupported(&path.child("scope"), scope, &["Cluster", "Namespaced"]);
            }
        }
    }
    if flag(spec, "preserveUnknownFields") {
        let why = "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead";
        faults.invalid(&path.child("preserveUnknownFields"), &true.into(), why);
    }
    self::versions(spec, &path, faults);
    names::check(&spec["names"], true, &path.child("names"), faults);
    conversion::check(&spec["conversion"], &path.child("conversion"), faults);
    status(definition, faults);
}

fn group(group: &str, path: &Path<'_>, faults: &mut Faults) {
    if let Some(why) = dns_subdomain_fault(group).filter(|_| !group.is_empty()) {
        faults.invalid_text(path, group, why);
    } else if !group.contains('.') && !group.is_empty() {
        faults.invalid_text(path, group, "should be a domain with at least one dot");
    }
}

/// Groups of Kubernetes itself need the word of its architects.
fn approval(definition: &Value, group: &str, meta: &Path<'_>, faults: &mut Faults) {
    let protected = ["k8s.io", "kubernetes.io"].iter().any(|own| group == *own || group.ends_with(&format!(".{own}")));
    if !protected {
        return;
    }
    let annotations = meta.child("annotations");
    let path = annotations.key(APPROVED);
    let value = text(&definition["metadata"]["annotations"], APPROVED);
    let see = "see https://github.com/kubernetes/enhancements/pull/1111";
    if value.is_empty() {
        faults.required(&path, &format!("protected groups must have approval annotation {APPROVED:?}, {see}"));
    } else if !["unapproved", "https://", "http://"].iter().any(|start| value.starts_with(start)) {
        let why = format!(
            "protected groups must have approval annotation {APPROVED:?} with either a URL or a reason starting with \"unapproved\", {see}"
        );
        faults.invalid_text(&path, value, why);
    }
}

fn versions(spec: &Value, path: &Path<'_>, faults: &mut Faults) {
    let versions = list(spec, "versions");
    let path = path.child("versions");
    if weight(&spec["versions"]) > MAX_WEIGHT {
        return faults.invalid_whole(&path, "the regular expressions and rules of all versions together are too large");
    }
    for (at, version) in versions.iter().enumerate() {
        let at = path.index(at);
        if let Some(why) = dns1035_label_fault(text(version, "name")) {
            faults.invalid_text(&at.child("name"), text(version, "name"), why);
        }
        versions::check(version, &at, faults);
    }
    let names: std::collections::BTreeSet<&str> = versions.iter().map(|version| text(version, "name")).collect();
    if names.len() != versions.len() {
        faults.invalid(&path, &spec["versions"], "must contain unique version names");
    }
    if versions.iter().filter(|version| flag(version, "storage")).count() != 1 {
        faults.invalid(&path, &spec["versions"], "must have exactly one version marked as storage version");
    }
}

fn status(definition: &Value, faults: &mut Faults) {
    let (status, path) = (&definition["status"], Path::new("status"));
    names::check(&status["acceptedNames"], false, &path.child("acceptedNames"), faults);
    let (stored, versions) = (list(status, "storedVersions"), list(&definition["spec"], "versions"));
    let path = path.child("storedVersions");
    if stored.is_empty() {
        faults.invalid(&path, &Value::Array(Vec::new()), "must have at least one stored version");
        return;
    }
    let kept: Distinct<&Value> = stored.iter().collect();
    for version in versions.iter().filter(|version| flag(version, "storage")) {
        if !kept.has(&&version["name"]) {
            faults.invalid(
                &path,
                &Value::Array(stored.to_vec()),
                format!("must have the storage version {}", text(version, "name")),
            );
        }
    }
    let served: Distinct<&Value> = versions.iter().map(|version| &version["name"]).collect();
    for (at, name) in stored.iter().enumerate() {
        if !served.has(&name) {
            faults.invalid(&path.index(at), name, "must appear in spec.versions");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn faults_of(change: impl Fn(&mut Value)) -> Vec<String> {
        let mut value = json!({
            "metadata": {"name": "tabs.example.com"}, "status": {"storedVersions": ["v1"]},
            "spec": {"group": "example.com", "scope": "Namespaced",
                "names": {"plural": "tabs", "singular": "tab", "kind": "Tab", "listKind": "TabList"},
                "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object"}}}]},
        });
        change(&mut value);
        let mut faults = Faults::default();
        definition(&value, &mut faults);
        faults.into_errors().iter().map(ToString::to_string).collect()
    }

    fn scale_of(crd: &mut Value, spec: &str, status: &str) {
        crd["spec"]["versions"][0]["subresources"] = json!({"scale": {"specReplicasPath": spec, "statusReplicasPath": status}});
    }

    #[test]
    fn each_fault_of_a_definition_is_told_in_upstreams_words() {
        assert_eq!(faults_of(|_| {}), Vec::<String>::new());
        let cases: [(fn(&mut Value), &str); 8] = [
            (
                |crd| crd["metadata"]["name"] = "x".into(),
                "metadata.name: Invalid value: \"x\": must be spec.names.plural+\".\"+spec.group",
            ),
            (|crd| crd["spec"]["scope"] = "".into(), "spec.scope: Required value"),
            (|crd| crd["spec"]["names"]["kind"] = "".into(), "spec.names.kind: Required value"),
            (
                |crd| crd["spec"]["versions"][0]["storage"] = false.into(),
                "must have exactly one version marked as storage version",
            ),
            (
                |crd| crd["spec"]["versions"][0]["schema"] = json!({}),
                "spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required",
            ),
            (
                |crd| crd["status"]["storedVersions"] = json!(["v1", "v0"]),
                "status.storedVersions[1]: Invalid value: \"v0\": must appear in spec.versions",
            ),
            (
                |crd| crd["spec"]["conversion"] = json!({"strategy": "Webhook"}),
                "spec.conversion.webhookClientConfig: Required value",
            ),
            (
                |crd| {
                    crd["spec"]["versions"][0]["subresources"] =
                        json!({"scale": {"specReplicasPath": ".a", "statusReplicasPath": ".status.b"}})
                },
                "should be a json path under .spec",
            ),
        ];
        for (change, wanted) in cases {
            let found = faults_of(change);
            assert!(found.iter().any(|fault| fault.contains(wanted)), "{wanted}: {found:#?}");
        }
        let columns = |path: &str| {
            faults_of(|crd| {
                let column = json!({"name": "A", "type": "string", "jsonPath": path});
                crd["spec"]["versions"][0]["additionalPrinterColumns"] = json!([column]);
            })
        };
        assert_eq!(columns(".spec[?(@.x"), Vec::<String>::new());
        assert!(columns("spec.x")[0].ends_with("must be a simple json path starting with ."));
        assert_eq!(faults_of(|crd| scale_of(crd, ".spec.a[0].b", ".status.x['y']")), Vec::<String>::new());
        assert!(faults_of(|crd| scale_of(crd, "spec.a", ".status.b"))[0].ends_with("must be a simple json path starting with ."));
        let protected = faults_of(|crd| {
            crd["spec"]["group"] = "x.k8s.io".into();
            crd["metadata"]["name"] = "tabs.x.k8s.io".into();
        });
        assert!(protected[0].starts_with("metadata.annotations[api-approved.kubernetes.io]: Required value"), "{protected:?}");
    }

    #[test]
    fn what_upstream_refuses_of_a_version_is_refused() {
        let version = |changes: Value| {
            faults_of(|crd| {
                let version = crd["spec"]["versions"][0].as_object_mut().unwrap();
                version.extend(changes.as_object().unwrap().clone());
            })
        };
        let deprecated = |warning: &str| version(json!({"deprecated": true, "deprecationWarning": warning}));
        assert_eq!(deprecated("v1 – gone soon"), Vec::<String>::new());
        assert!(version(json!({"deprecationWarning": ""}))[0].ends_with("can only be set for deprecated versions"));
        assert!(deprecated("")[0].ends_with("must not be an empty string"));
        assert!(deprecated(&"x".repeat(257))[0].ends_with("must be <= 256 characters long"));
        assert!(deprecated("ab\tc")[0].ends_with("non-printable character found at index 2"));
        let column = json!([{"name": "A", "type": "string", "jsonPath": ".a", "format": "x"}]);
        let found = version(json!({"additionalPrinterColumns": column}));
        assert!(found[0].ends_with("must be one of byte,date,date-time,double,float,int32,int64,password"), "{found:?}");
        let root = |schema: Value| version(json!({"schema": {"openAPIV3Schema": schema}, "subresources": {"status": {}}}));
        assert_eq!(root(json!({"type": "object", "description": "d", "x-kubernetes-validations": []})), Vec::<String>::new());
        assert!(root(json!({"type": "object", "minProperties": 1}))[0].contains("only [Description Type Format Title Maximum"));
        assert!(root(json!({"type": "object", "nullable": true}))[1].ends_with("nullable cannot be true at the root"));
        let fields = |path: &str| {
            let spec = json!({"type": "object", "properties": {"a": {"type": "string"}}});
            let schema = json!({"type": "object", "properties": {"spec": spec}});
            version(json!({"schema": {"openAPIV3Schema": schema}, "selectableFields": [{"jsonPath": path}]}))
        };
        assert_eq!(fields(".spec.a"), Vec::<String>::new());
        assert!(fields(".spec.b")[0].ends_with("is an invalid path: does not refer to a valid field"));
        assert!(fields(".spec")[0].contains("must point to a field of type string, boolean or integer."));
    }

    #[test]
    fn what_upstream_refuses_of_a_conversion_is_refused() {
        let conversion = |conversion: Value| faults_of(|crd| crd["spec"]["conversion"] = conversion.clone());
        let webhook = |config: Value, versions: Value| {
            let webhook = json!({"clientConfig": config, "conversionReviewVersions": versions});
            conversion(json!({"strategy": "Webhook", "webhook": webhook}))
        };
        let service = |path: &str| json!({"service": {"name": "n", "namespace": "ns", "path": path}});
        assert_eq!(webhook(service("/convert"), json!(["v1"])), Vec::<String>::new());
        for (found, wanted) in [
            (webhook(service("convert"), json!(["v1"])), "webhookClientConfig.service.path: Invalid value: \"convert\""),
            (webhook(json!({"url": "https://h/?q=1"}), json!(["v1"])), "query parameters are not permitted in the URL"),
            (
                webhook(service("/c"), json!(["v1", "v1"])),
                "conversionReviewVersions[1]: Invalid value: \"v1\": duplicate version",
            ),
            (
                webhook(service("/c"), json!(["v1", "V_2"])),
                "conversionReviewVersions[1]: Invalid value: \"V_2\": a DNS-1035 label",
            ),
            (
                conversion(json!({"strategy": "None", "webhook": {"conversionReviewVersions": ["v1"]}})),
                "spec.conversion.conversionReviewVersions: Forbidden: should not be set when strategy is not set to Webhook",
            ),
        ] {
            assert!(found.len() == 1 && found[0].contains(wanted), "{wanted}: {found:#?}");
        }
    }
}
