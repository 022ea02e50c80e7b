//! The OpenAPI v2 document, beside upstream's published one where that is at hand.

use std::collections::{BTreeMap, BTreeSet};

use kontiki_api::kind::Kinds;
use kontiki_api::openapi::{v2_document, v2_protobuf};
use serde_json::{Map, Value, json};

use crate::reference::{differences, reference};

/// Differences that are accepted, with how often each occurs; lines may only go, numbers only shrink.
const ACCEPTED: &str = include_str!("openapi-v2-differences.txt");

/// How often each difference occurs.
type Found = BTreeMap<String, usize>;

#[test]
fn the_document_says_what_upstream_says() {
    let Some(theirs) = reference() else { return };
    let ours = v2_document(&Kinds::builtin());
    let mut found = Found::new();
    compare_definitions(&ours, &theirs, &mut found);
    compare_paths(&ours, &theirs, &mut found);
    let lines: Vec<String> = found.iter().map(|(difference, count)| format!("{count} {difference}")).collect();
    let accepted: Vec<&str> = ACCEPTED.lines().filter(|line| !line.starts_with('#')).collect();
    for line in lines.iter().filter(|line| !accepted.contains(&line.as_str())) {
        println!("new:  {line}");
    }
    for line in accepted.iter().filter(|line| !lines.iter().any(|found| found == *line)) {
        println!("gone: {line}");
    }
    assert_eq!(lines, accepted, "the accepted differences are not those found");
}

/// Whether a version is one that upstream serves by default.
fn is_stable(version: &str) -> bool {
    !version.contains("alpha") && !version.contains("beta")
}

fn compare_definitions(ours: &Value, theirs: &Value, found: &mut Found) {
    let (ours, theirs) = (ours["definitions"].as_object().unwrap(), theirs["definitions"].as_object().unwrap());
    let stable = theirs.keys().filter(|name| name.split('.').all(|part| !part.starts_with('v') || is_stable(part)));
    for name in ours.keys().chain(stable).collect::<BTreeSet<_>>() {
        let mut add = |what: String| *found.entry(what).or_default() += 1;
        match (ours.get(name), theirs.get(name)) {
            (Some(ours), Some(theirs)) => {
                differences(name, ours, theirs).into_iter().for_each(&mut add);
                let served = |schema: &Value| -> BTreeSet<String> {
                    let kinds = schema["x-kubernetes-group-version-kind"].as_array().into_iter().flatten();
                    kinds.map(Value::to_string).collect()
                };
                for kind in served(ours).difference(&served(theirs)) {
                    add(format!("{name}: is the body of {kind} here alone"));
                }
                for kind in served(theirs).difference(&served(ours)) {
                    add(format!(
                        "{}: is the body of {} there alone",
                        name,
                        if served(theirs).len() > 1 { "a kind" } else { kind }
                    ));
                }
                if ours.get("x-kubernetes-unions") != theirs.get("x-kubernetes-unions") {
                    add(format!("{name}: other unions"));
                }
            }
            (Some(_), None) => add(format!("definition {name} is here alone")),
            (None, _) => add(format!("definition {name} is there alone")),
        }
    }
}

fn compare_paths(ours: &Value, theirs: &Value, found: &mut Found) {
    let (our_paths, their_paths) = (ours["paths"].as_object().unwrap(), theirs["paths"].as_object().unwrap());
    for path in our_paths.keys().chain(their_paths.keys()).collect::<BTreeSet<_>>() {
        let mut add = |what: String| *found.entry(what).or_default() += 1;
        match (our_paths.get(path), their_paths.get(path)) {
            (Some(ours_at), Some(theirs_at)) => compare_items(ours_at, theirs_at, theirs, &mut add, path),
            (Some(_), None) => add(format!("path {path} is here alone")),
            (None, _) => {
                let unstable = path.split('/').find(|part| part.starts_with('v') && !is_stable(part));
                match (unstable, path.strip_prefix("/apis/").and_then(|rest| rest.split('/').next())) {
                    (Some(version), Some(group)) => add(format!("a path of {group}/{version} is there alone")),
                    _ => add(format!("path {path} is there alone")),
                }
            }
        }
    }
}

fn compare_items(ours: &Value, theirs: &Value, their_document: &Value, add: &mut impl FnMut(String), path: &str) {
    let methods = |item: &Value| -> BTreeSet<String> {
        item.as_object().unwrap().keys().filter(|name| *name != "parameters").cloned().collect()
    };
    if methods(ours) != methods(theirs) {
        add(format!("{path}: ours has {:?}, theirs {:?}", methods(ours), methods(theirs)));
    }
    for method in methods(ours).intersection(&methods(theirs)) {
        let (our_operation, their_operation) = (&ours[method], &theirs[method]);
        for field in ["operationId", "x-kubernetes-action", "x-kubernetes-group-version-kind", "tags", "schemes"] {
            if our_operation.get(field) != their_operation.get(field) {
                add(format!("{method} {path} {field}: {} there {}", our_operation[field], their_operation[field]));
            }
        }
        for field in ["consumes", "produces"] {
            compare_media(our_operation, their_operation, field, add);
        }
        let (our_parameters, their_parameters) =
            (parameters(ours, method, &Value::Null), parameters(theirs, method, their_document));
        for parameter in our_parameters.difference(&their_parameters) {
            add(format!("{method} {path}: parameter {parameter} here alone"));
        }
        for parameter in their_parameters.difference(&our_parameters) {
            add(format!("parameter {parameter} there alone"));
        }
        let answers = |operation: &Value| -> BTreeMap<String, String> {
            let codes = operation["responses"].as_object().into_iter().flatten();
            codes.map(|(code, answer)| (code.clone(), answer.get("schema").unwrap_or(&Value::Null).to_string())).collect()
        };
        if answers(our_operation) != answers(their_operation) {
            add(format!("{method} {path} answers {:?}, theirs {:?}", answers(our_operation), answers(their_operation)));
        }
    }
}

fn compare_media(ours: &Value, theirs: &Value, field: &str, add: &mut impl FnMut(String)) {
    let media = |operation: &Value| -> BTreeSet<String> {
        operation[field].as_array().into_iter().flatten().map(Value::to_string).collect()
    };
    for alone in media(ours).difference(&media(theirs)) {
        add(format!("{field} {alone} here alone"));
    }
    for alone in media(theirs).difference(&media(ours)) {
        add(format!("{field} {alone} there alone"));
    }
}

/// Every parameter of an operation, those of its path included, in one line each.
fn parameters(item: &Value, method: &str, document: &Value) -> BTreeSet<String> {
    let lists = [&item["parameters"], &item[method]["parameters"]];
    let all = lists.into_iter().flat_map(|list| list.as_array().into_iter().flatten());
    all.map(|parameter| {
        let shared = parameter.get("$ref").and_then(Value::as_str).and_then(|place| place.rsplit('/').next());
        let parameter = shared.map_or(parameter, |name| &document["parameters"][name]);
        let mut said = Map::new();
        for field in ["name", "in", "type", "required", "schema", "uniqueItems"] {
            said.extend(parameter.get(field).map(|value| (field.to_owned(), value.clone())));
        }
        Value::Object(said).to_string()
    })
    .collect()
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    let document = v2_document(&Kinds::builtin());
    let text = document.to_string();
    for reference in text.split("\"#/definitions/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(document["definitions"].get(name).is_some(), "{name}");
    }
}

/// The fields of a message: tag and content.
fn fields(mut bytes: &[u8]) -> Vec<(u64, Vec<u8>)> {
    fn varint(bytes: &mut &[u8]) -> u64 {
        let mut value = 0;
        for at in 0.. {
            let byte = bytes[0];
            *bytes = &bytes[1..];
            value |= u64::from(byte & 0x7f) << (7 * at);
            if byte < 0x80 {
                break;
            }
        }
        value
    }
    let mut all = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes);
        let content = match key & 7 {
            0 => varint(&mut bytes).to_le_bytes().to_vec(),
            2 => {
                let length = usize::try_from(varint(&mut bytes)).unwrap();
                let (content, rest) = bytes.split_at(length);
                bytes = rest;
                content.to_vec()
            }
            other => panic!("wire type {other}"),
        };
        all.push((key >> 3, content));
    }
    all
}

fn field(bytes: &[u8], tag: u64) -> Vec<u8> {
    fields(bytes).into_iter().find(|(found, _)| *found == tag).unwrap_or_else(|| panic!("no field {tag}")).1
}

/// The member called `name` of a map whose members are at `tag`.
fn member(bytes: &[u8], tag: u64, name: &str) -> Vec<u8> {
    let members = fields(bytes).into_iter().filter(|(found, _)| *found == tag);
    let found = members.map(|(_, member)| member).find(|member| field(member, 1) == name.as_bytes());
    field(&found.unwrap_or_else(|| panic!("no member {name}")), 2)
}

#[test]
fn the_protobuf_form_holds_what_the_json_form_holds() {
    let document = v2_document(&Kinds::builtin());
    let bytes = v2_protobuf(&document);
    assert_eq!(field(&bytes, 1), b"2.0");
    let definitions = field(&bytes, 9);
    assert_eq!(fields(&definitions).len(), document["definitions"].as_object().unwrap().len());
    let spec = member(&definitions, 1, "io.k8s.api.core.v1.PodSpec");
    let containers = member(&field(&spec, 25), 1, "containers");
    assert_eq!(field(&field(&containers, 22), 1), b"array");
    let items = field(&field(&containers, 23), 1);
    assert_eq!(field(&items, 1), b"#/definitions/io.k8s.api.core.v1.Container");
    let key = member(&containers, 31, "x-kubernetes-patch-merge-key");
    assert_eq!(field(&key, 2), b"\"name\"\n");
    let path = member(&field(&bytes, 8), 2, "/apis/apps/v1/namespaces/{namespace}/deployments/{name}");
    let patch = field(&path, 8);
    assert_eq!(field(&patch, 5), b"patchAppsV1NamespacedDeployment");
    let kind: Value = serde_json::from_slice(&field(&member(&patch, 13, "x-kubernetes-group-version-kind"), 2)).unwrap();
    assert_eq!(kind, json!({"group": "apps", "version": "v1", "kind": "Deployment"}));
    let dry_run = fields(&patch).into_iter().filter(|(tag, _)| *tag == 8).any(|(_, item)| {
        let parameter = field(&item, 1);
        let query = fields(&parameter).into_iter().find(|(tag, _)| *tag == 2).map(|(_, other)| field(&other, 3));
        query.is_some_and(|query| field(&query, 4) == b"dryRun" && field(&query, 6) == b"string")
    });
    assert!(dry_run);
}
