//! Bodies are read strictly and refused in upstream's words.

use kontiki_api::decode::{Body, Decoded, FieldValidation, Format, decode};
use kontiki_api::kind::Kinds;
use kontiki_api::status::Status;
use serde_json::json;

fn read(text: &str, format: Format, validation: FieldValidation) -> Result<Decoded, Status> {
    let kinds = Kinds::builtin();
    decode(text.as_bytes(), format, Body::of(kinds.get("apps", "v1", "deployments").unwrap()), validation)
}

fn refusal(text: &str) -> String {
    let status = read(text, Format::Json, FieldValidation::Strict).unwrap_err();
    assert_eq!(status.reason.code(), 400);
    status.message
}

const PREFIX: &str = r#"Deployment in version "v1" cannot be handled as a Deployment: "#;

#[test]
fn a_good_body_keeps_its_fields_and_gets_its_type() {
    let decoded = read(
        r#"{"metadata":{"name":"x","creationTimestamp":null},"spec":{"replicas":2}}"#,
        Format::Json,
        FieldValidation::Strict,
    );
    let wanted = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "x"}, "spec": {"replicas": 2}});
    assert_eq!(decoded.unwrap().object, wanted);
}

#[test]
fn unknown_and_duplicate_fields_are_told_with_their_paths() {
    let text = r#"{"spec":{"foo":1,"replicas":1,"replicas":2,"template":{"spec":{"containers":[{},{"bar":{}}]}}}}"#;
    assert_eq!(
        refusal(text),
        format!(
            "{PREFIX}strict decoding error: unknown field \"spec.foo\", duplicate field \"spec.replicas\", \
             unknown field \"spec.template.spec.containers[1].bar\""
        )
    );
    let warned = read(text, Format::Json, FieldValidation::Warn).unwrap();
    assert_eq!((warned.warnings.len(), &warned.object["spec"]["replicas"]), (3, &json!(2)));
    assert!(warned.object["spec"].get("foo").is_none());
    assert!(read(text, Format::Json, FieldValidation::Ignore).unwrap().warnings.is_empty());
}

#[test]
fn wrong_types_are_told_as_go_tells_them() {
    for (text, why) in [
        (
            r#"{"spec":{"replicas":"two"}}"#,
            "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32",
        ),
        (
            r#"{"spec":{"replicas":5000000000}}"#,
            "json: cannot unmarshal number 5000000000 into Go struct field DeploymentSpec.spec.replicas of type int32",
        ),
        (
            r#"{"spec":{"template":{"spec":{"containers":{}}}}}"#,
            "json: cannot unmarshal object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container",
        ),
        (
            r#"{"spec":{"template":{"spec":{"containers":[{"ports":"x"}]}}}}"#,
            "json: cannot unmarshal string into Go struct field Container.spec.template.spec.containers.ports of type []v1.ContainerPort",
        ),
        (
            r#"{"metadata":{"labels":{"a":1}}}"#,
            "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string",
        ),
    ] {
        assert_eq!(refusal(text), format!("{PREFIX}{why}"));
    }
}

#[test]
fn another_kind_or_version_is_refused() {
    assert_eq!(refusal(r#"{"kind":"Pod","apiVersion":"v1"}"#), "Pod in version \"v1\" cannot be handled as a Deployment");
    let why = "the API version in the data (apps/v1beta1) does not match the expected API version (apps/v1)";
    assert_eq!(refusal(r#"{"kind":"Deployment","apiVersion":"apps/v1beta1","spec":{"foo":1}}"#), why);
}

#[test]
fn malformed_bodies_are_told_in_the_words_of_go() {
    for text in ["", "{", r#"{"spec":}"#, "[]", "null", "7", r#"{"a":1} x"#, &"[".repeat(4000)] {
        let message = refusal(text);
        assert!(
            message.starts_with("the object provided is unrecognized (must be of type Deployment): couldn't get version/kind; "),
            "{message}"
        );
    }
    assert!(refusal(r#"{"spec":}"#).ends_with(r#"invalid character '}' looking for beginning of value ({"spec":})"#));
}

#[test]
fn yaml_is_read_by_the_same_rules() {
    let decoded = read("metadata: {name: x}\nspec:\n  replicas: 010\n", Format::Yaml, FieldValidation::Strict).unwrap();
    assert_eq!(decoded.object["spec"]["replicas"], 8);
    let status = read("spec:\n  replicas: 1\n  replicas: 2\n  foo: 1\n", Format::Yaml, FieldValidation::Strict).unwrap_err();
    assert_eq!(
        status.message,
        format!("{PREFIX}strict decoding error: duplicate field \"spec.replicas\", unknown field \"spec.foo\"")
    );
    let status = read("metadata: {name: \"x\n", Format::Yaml, FieldValidation::Strict).unwrap_err();
    assert!(status.message.contains("line"), "{}", status.message);
}

#[test]
fn null_stands_for_nothing_or_for_the_zero_value() {
    let text = r#"{"metadata":{"labels":{"a":null},"annotations":null},"spec":{"template":{"spec":{"containers":[null]}}}}"#;
    let object = read(text, Format::Json, FieldValidation::Strict).unwrap().object;
    assert_eq!(object["metadata"], json!({"labels": {"a": ""}}));
    assert_eq!(object["spec"]["template"]["spec"]["containers"], json!([{}]));
}

/// On a thread's usual stack, also in a build without optimization.
#[test]
fn yaml_may_nest_as_deep_as_a_schema_needs() {
    let nested = |levels: usize| kontiki_api::decode::parse(format!("{}x", "- ".repeat(levels)).as_bytes(), Format::Yaml);
    let deployment = |levels: usize| {
        let text = format!("metadata: {{name: x}}\nunknown:\n{}x\n", "- ".repeat(levels));
        read(&text, Format::Yaml, FieldValidation::Ignore)
    };
    assert!(nested(72).is_ok() && deployment(71).is_ok());
    for deep in [nested(73).unwrap_err(), deployment(72).unwrap_err(), nested(10_000).unwrap_err()] {
        assert_eq!(deep.reason.code(), 400, "{}", deep.message);
    }
}

#[test]
fn times_are_read_as_go_reads_them_and_kept_as_it_writes_them() {
    let kinds = Kinds::builtin();
    let event = |field: &str, text: &str| {
        let body = json!({"metadata": {"name": "e"}, field: text}).to_string();
        decode(body.as_bytes(), Format::Json, Body::of(kinds.get("", "v1", "events").unwrap()), FieldValidation::Strict)
    };
    for (field, text, kept) in [
        ("lastTimestamp", "2026-01-01T00:00:00Z", json!("2026-01-01T00:00:00Z")),
        ("lastTimestamp", "2026-01-01T00:00:00.123456+00:00", json!("2026-01-01T00:00:00Z")),
        ("eventTime", "2026-01-01T01:00:00.123456+01:00", json!("2026-01-01T00:00:00.123456Z")),
        ("lastTimestamp", "0001-01-01T00:00:00Z", json!(null)),
    ] {
        assert_eq!(event(field, text).unwrap().object[field], kept, "{text}");
    }
    for (field, text) in [
        ("lastTimestamp", "2026-01-01 00:00:00Z"),
        ("lastTimestamp", "2026-01-01t00:00:00Z"),
        ("lastTimestamp", "2026-01-01T00:00:00Z[UTC]"),
        ("eventTime", "2026-01-01T00:00:00Z"),
    ] {
        let status = event(field, text).unwrap_err();
        assert_eq!(status.reason.code(), 400, "{text}");
        assert!(status.message.contains("parsing time"), "{}", status.message);
    }
}
