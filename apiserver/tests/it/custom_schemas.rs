//! What the schema of a definition does to its objects.

use kontiki_api::request::Verb;
use kontiki_api::status::{Reason, Status};
use serde_json::{Value, json};

use crate::custom::{DEFINITIONS, Establishing, TABS, crontabs, tab};
use crate::harness::MERGE;

fn schema() -> Value {
    json!({"type": "object", "properties": {"spec": {
        "type": "object",
        "properties": {
            "bars": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"], "items": {
                "type": "object", "required": ["name"],
                "properties": {"name": {"type": "string"}, "age": {"type": "integer", "maximum": 200}}}},
            "feeling": {"type": "string", "enum": ["Great", "Down"]},
            "code": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 5},
            "port": {"x-kubernetes-int-or-string": true},
            "size": {"type": "integer", "default": 3},
            "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
        },
    }}})
}

fn told(status: &Status) -> Vec<String> {
    status.details.causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect()
}

#[tokio::test]
async fn faults_are_told_in_upstreams_words() {
    let cluster = Establishing::new();
    cluster.define(&crontabs(schema())).await;
    let spec = json!({"bars": [{"age": 201}, {"name": "a"}, {"name": "a"}], "feeling": "Bad", "code": "ABCDEF", "port": true, "size": "x"});
    let refused = cluster.caller.call(Verb::Create, TABS, &tab("a", spec)).await.unwrap_err();
    assert_eq!(refused.reason, Reason::Invalid);
    assert!(refused.message.starts_with("CronTab.stable.example.com \"a\" is invalid: ["), "{}", refused.message);
    let faults = told(&refused);
    for wanted in [
        "spec.bars[0].name: Required value",
        "spec.bars[0].age: Invalid value: 201: spec.bars[0].age in body should be less than or equal to 200",
        "spec.bars[2]: Duplicate value: {\"name\":\"a\"}",
        "spec.feeling: Unsupported value: \"Bad\": supported values: \"Great\", \"Down\"",
        "spec.code: Too long: may not be more than 5 bytes",
        "spec.port: Invalid value: \"boolean\": spec.port in body must be of type integer,string: \"boolean\"",
        "spec.size: Invalid value: \"string\": spec.size in body must be of type integer: \"string\"",
    ] {
        assert!(faults.iter().any(|fault| fault == wanted), "{wanted}: {faults:#?}");
    }
    assert_eq!(faults.len(), 7, "{faults:#?}");
}

#[tokio::test]
async fn unknown_fields_are_pruned_warned_of_or_refused() {
    let cluster = Establishing::new();
    cluster.define(&crontabs(schema())).await;
    let body = tab("a", json!({"unknown": 1, "free": {"any": {"thing": 1}}, "bars": [{"name": "x", "y": 1}]}));
    let strict = cluster.caller.call(Verb::Create, &format!("{TABS}?fieldValidation=Strict"), &body).await.unwrap_err();
    let why = r#"strict decoding error: unknown field "spec.bars[0].y", unknown field "spec.unknown""#;
    assert!(strict.message.ends_with(why), "{}", strict.message);
    let twice = body.replace(r#""unknown":1"#, r#""size":1,"size":2"#);
    let strict = cluster.caller.call(Verb::Create, &format!("{TABS}?fieldValidation=Strict"), &twice).await.unwrap_err();
    assert!(strict.message.contains(r#"duplicate field "spec.size", unknown field "spec.bars[0].y""#), "{}", strict.message);
    let answer = cluster.caller.answer(Verb::Create, TABS, &body).await.unwrap();
    assert_eq!(answer.warnings, [r#"unknown field "spec.bars[0].y""#, r#"unknown field "spec.unknown""#]);
    let made: Value = serde_json::from_slice(&answer.to_json()).unwrap();
    assert_eq!(made["spec"], json!({"free": {"any": {"thing": 1}}, "bars": [{"name": "x"}], "size": 3}));
}

#[tokio::test]
async fn a_new_schema_holds_for_what_is_read_and_spares_what_does_not_change() {
    let cluster = Establishing::new();
    let caller = &cluster.caller;
    cluster.define(&crontabs(schema())).await;
    caller.create(TABS, &tab("a", json!({"feeling": "Down", "code": "abc"}))).await;
    let path = format!("{DEFINITIONS}/crontabs.stable.example.com");
    let mut narrower = schema();
    let spec = &mut narrower["properties"]["spec"]["properties"];
    spec["feeling"]["enum"] = json!(["Great"]);
    spec["colour"] = json!({"type": "string", "default": "blue"});
    spec.as_object_mut().unwrap().remove("code");
    let change = json!([{"op": "replace", "path": "/spec/versions/0/schema/openAPIV3Schema", "value": narrower}]);
    caller.patch(&path, "application/json-patch+json", &change.to_string()).await.unwrap();
    let read = caller.get(&format!("{TABS}/a")).await.unwrap();
    assert_eq!(read["spec"], json!({"feeling": "Down", "size": 3, "colour": "blue"}));
    let list = caller.call(Verb::List, TABS, "").await.unwrap();
    assert_eq!(list["items"][0]["spec"], read["spec"]);
    let changed = caller.patch(&format!("{TABS}/a"), MERGE, r#"{"spec":{"size":4}}"#).await.unwrap();
    assert_eq!(changed["spec"], json!({"feeling": "Down", "size": 4, "colour": "blue"}));
    let refused = caller.call(Verb::Create, TABS, &tab("b", json!({"feeling": "Down"}))).await.unwrap_err();
    assert_eq!(refused.reason, Reason::Invalid);
}

#[tokio::test]
async fn a_definition_that_is_not_structural_is_refused() {
    let cluster = Establishing::new();
    let mut bad = schema();
    bad["properties"]["spec"]["properties"]["size"] = json!({"default": 1});
    bad["properties"]["spec"]["properties"]["feeling"]["default"] = "Sad".into();
    let refused = cluster.caller.call(Verb::Create, DEFINITIONS, &crontabs(bad.clone()).to_string()).await.unwrap_err();
    let place = "spec.validation.openAPIV3Schema.properties[spec].properties";
    assert_eq!(told(&refused), [format!("{place}[size].type: Required value: must not be empty for specified object fields")]);
    bad["properties"]["spec"]["properties"]["size"]["type"] = "integer".into();
    let refused = cluster.caller.call(Verb::Create, DEFINITIONS, &crontabs(bad).to_string()).await.unwrap_err();
    let why = "Unsupported value: \"Sad\": supported values: \"Great\", \"Down\"";
    assert_eq!(told(&refused), [format!("{place}[feeling].default: {why}")]);
}

#[tokio::test]
async fn what_never_changes_of_a_definition_does_not_change() {
    let cluster = Establishing::new();
    cluster.define(&crontabs(schema())).await;
    let path = format!("{DEFINITIONS}/crontabs.stable.example.com");
    let refused =
        cluster.caller.patch(&path, MERGE, r#"{"spec":{"scope":"Cluster","names":{"kind":"Other"}}}"#).await.unwrap_err();
    let fields: Vec<String> = refused.details.causes.iter().map(|cause| cause.field.clone()).collect();
    assert_eq!(fields, ["spec.scope", "spec.names.kind"]);
}

#[tokio::test]
async fn fields_of_the_kind_select_and_columns_are_printed() {
    let cluster = Establishing::new();
    let mut definition = crontabs(schema());
    let version = &mut definition["spec"]["versions"][0];
    version["selectableFields"] = json!([{"jsonPath": ".spec.feeling"}]);
    version["additionalPrinterColumns"] = json!([
        {"name": "Size", "type": "integer", "jsonPath": ".spec.size"},
        {"name": "First", "type": "string", "jsonPath": ".spec.bars[0].name", "priority": 1}]);
    cluster.define(&definition).await;
    let caller = &cluster.caller;
    caller.create(TABS, &tab("a", json!({"feeling": "Great", "bars": [{"name": "x"}]}))).await;
    caller.create(TABS, &tab("b", json!({"feeling": "Down", "size": 9}))).await;
    let found = caller.call(Verb::List, &format!("{TABS}?fieldSelector=spec.feeling=Down"), "").await.unwrap();
    let names: Vec<&str> =
        found["items"].as_array().unwrap().iter().map(|item| item["metadata"]["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["b"]);
    let unknown = caller.call(Verb::List, &format!("{TABS}?fieldSelector=spec.size=9"), "").await.unwrap_err();
    assert_eq!(unknown.reason, Reason::BadRequest);
    let kinds = caller.0.kinds();
    let row = kinds.get("stable.example.com", "v1", "crontabs").unwrap();
    let object = caller.get(&format!("{TABS}/a")).await.unwrap();
    let now = kontiki_api::time::Time::from_micros(0);
    let table = kontiki_api::table::render(&row.columns, [&object], now, kontiki_api::table::Include::None, "meta.k8s.io/v1");
    assert_eq!(table["rows"][0]["cells"], json!(["a", 3, "x"]));
    assert_eq!(table["columnDefinitions"][2]["priority"], 1);
}

#[tokio::test]
async fn rules_in_cel_hold_for_objects_and_their_changes() {
    let cluster = Establishing::new();
    let mut ruled = schema();
    ruled["properties"]["spec"]["x-kubernetes-validations"] = json!([
        {"rule": "self.size <= 5", "messageExpression": "self.size > 9 ? 'far too large' : 'too large'"},
        {"rule": "self.size >= oldSelf.size", "message": "size may only grow", "fieldPath": ".size"}]);
    let mut bad = ruled.clone();
    bad["properties"]["spec"]["x-kubernetes-validations"][0]["rule"] = "self.length < 1".into();
    let refused = cluster.caller.call(Verb::Create, DEFINITIONS, &crontabs(bad).to_string()).await.unwrap_err();
    assert!(told(&refused)[0].contains("undefined field 'length'"), "{}", refused.message);
    cluster.define(&crontabs(ruled)).await;
    let refused = cluster.caller.call(Verb::Create, TABS, &tab("a", json!({"size": 6}))).await.unwrap_err();
    assert_eq!(told(&refused), ["spec: Invalid value: too large"]);
    cluster.caller.create(TABS, &tab("a", json!({}))).await;
    let refused = cluster.caller.patch(&format!("{TABS}/a"), MERGE, r#"{"spec":{"size":2}}"#).await.unwrap_err();
    assert_eq!(told(&refused), ["spec.size: Invalid value: size may only grow"]);
}

/// Rules as the Gateway API has them: over lists whose length the schema bounds, each item beside every other.
#[tokio::test]
async fn rules_over_bounded_lists_are_accepted_and_act() {
    let cluster = Establishing::new();
    let text = |most: u64| json!({"type": "string", "maxLength": most});
    let unique = "self.all(l1, self.exists_one(l2, l1.port == l2.port && l1.protocol == l2.protocol && (has(l1.hostname) && \
                  has(l2.hostname) ? l1.hostname == l2.hostname : !has(l1.hostname) && !has(l2.hostname))))";
    let listeners = json!({
        "type": "array", "maxItems": 64, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
        "items": {"type": "object", "required": ["name", "port", "protocol"], "properties": {
            "name": text(253), "port": {"type": "integer"}, "protocol": text(255), "hostname": text(253)}},
        "x-kubernetes-validations": [
            {"message": "known protocols", "rule": "self.all(l, l.protocol in ['HTTP', 'TCP', 'UDP'])"},
            {"message": "names are unique", "rule": "self.all(l1, self.exists_one(l2, l1.name == l2.name))"},
            {"message": "places are unique", "rule": unique},
        ],
    });
    let schema = json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {"listeners": listeners}}}});
    cluster.define(&crontabs(schema)).await;
    let listener = |name: &str, port: u16| json!({"name": name, "port": port, "protocol": "TCP"});
    let caller = &cluster.caller;
    caller.create(TABS, &tab("a", json!({"listeners": [listener("a", 80), listener("b", 81)]}))).await;
    let twice = tab("b", json!({"listeners": [listener("a", 80), listener("b", 80)]}));
    let refused = caller.call(Verb::Create, TABS, &twice).await.unwrap_err();
    assert_eq!(told(&refused), ["spec.listeners: Invalid value: places are unique"]);
}

/// To match it would take seconds.
#[tokio::test]
async fn a_text_that_is_too_long_for_its_pattern_is_refused() {
    let cluster = Establishing::new();
    let mut schema = schema();
    schema["properties"]["spec"]["properties"]["free"] = json!({"type": "string", "pattern": "(a|b)*a(a|b){900}"});
    cluster.define(&crontabs(schema)).await;
    let tab = |length: usize| tab("a", json!({"free": "ab".repeat(length / 2)}));
    let refused = cluster.caller.call(Verb::Create, TABS, &tab(1 << 20)).await.unwrap_err();
    assert!(refused.message.contains("spec.free in body is too long to be matched with"), "{}", refused.message);
    cluster.caller.call(Verb::Create, TABS, &tab(2_000)).await.unwrap();
}
