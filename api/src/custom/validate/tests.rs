//! Refusals of definitions.

use serde_json::{Value, json};

use super::definition_create;
use crate::kind::validate::Faults;

fn faults_of(change: impl Fn(&mut Value)) -> Vec<String> {
    let mut value = json!({
        "metadata": {"name": "tabs.example.com"}, "status": {"storedVersions": ["v1"]},
        "spec": {"group": "example.com", "scope": "Namespaced",
            "names": {"plural": "tabs", "singular": "tab", "kind": "Tab", "listKind": "TabList"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object"}}}]},
    });
    change(&mut value);
    let mut faults = Faults::default();
    definition_create(&value, &mut faults);
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
        (|crd| crd["spec"]["versions"][0]["storage"] = false.into(), "must have exactly one version marked as storage version"),
        (|crd| crd["spec"]["versions"][0]["schema"] = json!({}), "spec.versions[0].schema.openAPIV3Schema: Required value"),
        (
            |crd| crd["status"]["storedVersions"] = json!(["v1", "v0"]),
            "status.storedVersions[1]: Invalid value: \"v0\": missing from spec.versions; v0 was previously a storage version",
        ),
        (|crd| crd["spec"]["conversion"] = json!({"strategy": "Webhook"}), "spec.conversion.webhookClientConfig: Required value"),
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
        (webhook(service("/c"), json!(["v1", "v1"])), "conversionReviewVersions[1]: Invalid value: \"v1\": duplicate version"),
        (webhook(service("/c"), json!(["v1", "V_2"])), "conversionReviewVersions[1]: Invalid value: \"V_2\": a DNS-1035 label"),
        (
            conversion(json!({"strategy": "None", "webhook": {"conversionReviewVersions": ["v1"]}})),
            "spec.conversion.conversionReviewVersions: Forbidden: should not be set when strategy is not set to Webhook",
        ),
    ] {
        assert!(found.len() == 1 && found[0].contains(wanted), "{wanted}: {found:#?}");
    }
}
