//! Protobuf bodies stand for the same objects as JSON ones.

use kontiki_api::protobuf;
use kontiki_api::status::Status;
use serde_json::{Value, json};

fn decode(bytes: &[u8]) -> Result<Value, Status> {
    protobuf::decode(bytes, None)
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
    out
}

/// A field of bytes, text or a message.
fn bytes(tag: u64, content: impl AsRef<[u8]>) -> Vec<u8> {
    let content = content.as_ref();
    [varint(tag << 3 | 2), varint(content.len() as u64), content.to_vec()].concat()
}

/// A field of a number.
fn number(tag: u64, value: u64) -> Vec<u8> {
    [varint(tag << 3), varint(value)].concat()
}

fn body(api_version: &str, kind: &str, raw: &[u8]) -> Vec<u8> {
    let meta = [bytes(1, api_version), bytes(2, kind)].concat();
    [b"k8s\0".to_vec(), bytes(1, meta), bytes(2, raw)].concat()
}

#[test]
fn a_pod_is_read_with_all_its_special_types() {
    let port = [bytes(1, ""), number(3, 80), bytes(4, "TCP")].concat();
    let limit = [bytes(1, "cpu"), bytes(2, bytes(1, "500m"))].concat();
    let probe = [bytes(1, bytes(2, [bytes(1, "/"), bytes(2, [number(1, 1), bytes(3, "http")].concat())].concat())), number(3, 1)]
        .concat();
    let container =
        [bytes(1, "c"), bytes(2, "i"), bytes(6, port), bytes(8, bytes(1, limit)), bytes(11, probe), number(16, 0)].concat();
    let volume = [bytes(1, "v"), bytes(2, bytes(2, ""))].concat();
    let spec = [bytes(1, volume), bytes(2, container), number(4, 0), number(11, 0)].concat();
    let label = [bytes(1, "a"), bytes(2, "b")].concat();
    let metadata = [bytes(1, "p"), bytes(2, ""), bytes(8, ""), bytes(11, label)].concat();
    let raw = [bytes(1, metadata), bytes(2, spec), bytes(3, "")].concat();
    let pod = decode(&body("v1", "Pod", &raw)).unwrap();
    assert_eq!(
        pod,
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "labels": {"a": "b"}}, "spec": {
            "volumes": [{"name": "v", "emptyDir": {}}],
            "containers": [{"name": "c", "image": "i", "ports": [{"containerPort": 80, "protocol": "TCP"}],
                "resources": {"limits": {"cpu": "500m"}},
                "readinessProbe": {"httpGet": {"path": "/", "port": "http"}, "timeoutSeconds": 1}}],
            "terminationGracePeriodSeconds": 0}, "status": {}})
    );
}

#[test]
fn times_bytes_and_embedded_json_are_read() {
    let time = number(1, 1_767_323_045);
    let lease = [bytes(1, bytes(1, "l")), bytes(2, [bytes(1, "me"), bytes(3, &time)].concat())].concat();
    let lease = decode(&body("coordination.k8s.io/v1", "Lease", &lease)).unwrap();
    assert_eq!(lease["spec"], json!({"holderIdentity": "me", "acquireTime": "2026-01-02T03:04:05.000000Z"}));
    let entry = [bytes(1, "k"), bytes(2, "xy")].concat();
    let secret = decode(&body("v1", "Secret", &bytes(2, entry))).unwrap();
    assert_eq!(secret["data"], json!({"k": "eHk="}));
    let revision = decode(&body("apps/v1", "ControllerRevision", &bytes(2, bytes(1, r#"{"a":1}"#)))).unwrap();
    assert_eq!(revision["data"], json!({"a": 1}));
    let options = decode(&body("apps/v1", "DeleteOptions", &number(1, 0))).unwrap();
    assert_eq!(options["gracePeriodSeconds"], 0);
}

#[test]
fn numbers_may_lie_together_and_types_be_left_out() {
    let groups = [bytes(4, [varint(7), varint(300)].concat()), number(4, 9)].concat();
    let pod = decode(&body("v1", "Pod", &bytes(2, bytes(14, groups)))).unwrap();
    assert_eq!(pod["spec"]["securityContext"]["supplementalGroups"], json!([7, 300, 9]));
    let untyped = body("", "", &bytes(1, bytes(1, "p")));
    let read = protobuf::decode(&untyped, Some(("v1", "ConfigMap"))).unwrap();
    assert_eq!(read, json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "p"}}));
    assert_eq!(decode(&untyped).unwrap_err().reason.code(), 400);
    let former = decode(&body("policy/v1beta1", "Eviction", &bytes(1, bytes(1, "p")))).unwrap();
    assert_eq!(former["metadata"]["name"], "p");
}

/// Go writes every field that is no pointer.
#[test]
fn fields_that_say_nothing_take_less_room_than_values() {
    let schemas = |count: usize, schema: &[u8]| {
        let entry = |at: usize| bytes(29, [bytes(1, format!("f{at}")), bytes(2, schema)].concat());
        let all = bytes(1, (0..count).flat_map(entry).collect::<Vec<u8>>());
        let version = [bytes(1, "v1"), bytes(4, all)].concat();
        body("apiextensions.k8s.io/v1", "CustomResourceDefinition", &bytes(2, bytes(7, version)))
    };
    let empty: Vec<u8> = [(1, 2), (2, 2), (3, 2), (4, 2), (6, 2), (7, 2), (10, 0), (12, 0), (15, 2), (18, 0)]
        .into_iter()
        .flat_map(|(tag, kind)| if kind == 0 { number(tag, 0) } else { bytes(tag, "") })
        .collect();
    let typed = [bytes(5, "string"), empty].concat();
    assert!(decode(&schemas(10_000, &typed)).is_ok());
    assert_eq!(decode(&schemas(60_000, &typed)).unwrap_err().reason.code(), 413);
}

#[test]
fn bad_bodies_are_refused() {
    let good = body("v1", "Pod", &bytes(1, bytes(1, "p")));
    for cut in 0..good.len() {
        let _ = decode(&good[..cut]);
    }
    for bad in [
        b"{}".to_vec(),
        good[..good.len() - 1].to_vec(),
        body("v1", "Nothing", b""),
        body("v1", "Pod", &[0x0b]),
        body("v1", "Pod", &[0xff; 12]),
    ] {
        assert_eq!(decode(&bad).unwrap_err().reason.code(), 400);
    }
}

/// As deep as a body in JSON may nest: what is stored deeper is not read back.
#[test]
fn what_would_be_too_deep_in_json_is_refused() {
    let nested = |levels: usize| {
        let data = "[".repeat(levels) + &"]".repeat(levels);
        decode(&body("apps/v1", "ControllerRevision", &bytes(2, bytes(1, data))))
    };
    assert!(nested(99).is_ok(), "below the object");
    let definition = |levels: usize| {
        let schema = (0..levels).fold(bytes(5, "object"), |schema, _| bytes(25, schema));
        let version = [bytes(1, "v1"), bytes(4, bytes(1, schema))].concat();
        decode(&body("apiextensions.k8s.io/v1", "CustomResourceDefinition", &bytes(2, bytes(7, version))))
    };
    assert!(definition(20).unwrap()["spec"].is_object());
    for deep in [nested(100), nested(127), definition(50)] {
        let refused = deep.unwrap_err();
        assert_eq!((refused.reason.code(), refused.message.contains("100 levels")), (400, true), "{}", refused.message);
    }
}
