//! Walks the kinds: for each a valid object is accepted, and each change of it that breaks a rule is
//! refused for exactly the reasons listed.
//!
//! A file of `tests/cases` is about one kind: `object` is fine; each entry of `create`, `update` and
//! `status` sets places of it (JSON pointers; `null` removes) and lists what is told.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use kontiki_api::decode::{Body, FieldValidation, decode_value};
use kontiki_api::kind::validate::validate_meta;
use kontiki_api::kind::{Kind, Kinds};
use kontiki_api::yaml::{self, Duplicates};
use serde_json::{Value, json};

fn files() -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn read(file: &PathBuf) -> Value {
    yaml::read_one(&fs::read(file).unwrap(), Duplicates::Refuse).unwrap()
}

fn set(object: &mut Value, pointer: &str, value: &Value) {
    let (parent, last) = pointer.rsplit_once('/').unwrap();
    let mut place = &mut *object;
    for step in parent.split('/').skip(1).map(|step| step.replace("~1", "/")) {
        place = match place {
            Value::Array(items) => &mut items[step.parse::<usize>().unwrap()],
            other => {
                if other.is_null() {
                    *other = json!({});
                }
                other.as_object_mut().unwrap().entry(step).or_insert_with(|| json!({}))
            }
        };
    }
    match place {
        Value::Array(items) => match last.parse::<usize>().unwrap() {
            at if at == items.len() => items.push(value.clone()),
            at => items[at] = value.clone(),
        },
        other if value.is_null() => drop(other.as_object_mut().unwrap().shift_remove(&last.replace("~1", "/"))),
        other => drop(other.as_object_mut().unwrap().insert(last.replace("~1", "/"), value.clone())),
    }
}

fn changed(object: &Value, case: &Value, field: &str) -> Value {
    let mut object = object.clone();
    for (pointer, value) in case.get(field).and_then(Value::as_object).into_iter().flatten() {
        set(&mut object, pointer, value);
    }
    object
}

/// The object as the server has it before it is validated.
fn completed(kind: &Kind, object: Value) -> Value {
    let mut object = decode_value(object, Body::of(kind), FieldValidation::Strict).unwrap().object;
    kind.default(&mut object);
    let status = object.get("status").cloned();
    kind.prepare_create(&mut object);
    if let Some(status) = status {
        object["status"] = status;
    }
    object
}

fn told(kind: &Kind, section: &str, object: &Value, case: &Value) -> Vec<String> {
    let faults = match section {
        "create" => {
            let object = completed(kind, changed(object, case, "set"));
            let mut faults = validate_meta(kind, &object);
            faults.extend(kind.validate_create(&object, &[]));
            faults
        }
        _ => {
            let old = completed(kind, changed(object, case, "from"));
            let mut new = changed(&old, case, "set");
            kind.default(&mut new);
            if section == "status" {
                kind.validate_status(&new, &old, &mut Vec::new())
            } else {
                kind.prepare_update(&mut new, &old);
                kind.validate_update(&new, &old, &mut Vec::new())
            }
        }
    };
    let mut told: Vec<String> = Vec::new();
    for fault in faults.iter().map(ToString::to_string) {
        if !told.contains(&fault) {
            told.push(fault);
        }
    }
    told
}

fn texts(case: &Value) -> Vec<String> {
    case["told"].as_array().into_iter().flatten().map(|text| text.as_str().unwrap().to_owned()).collect()
}

#[test]
fn each_kind_takes_what_is_good_and_tells_what_is_not() {
    let kinds = Kinds::builtin();
    let mut wrong = Vec::new();
    for file in files() {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let cases = read(&file);
        let object = &cases["object"];
        let kind = kinds.by_kind(object["apiVersion"].as_str().unwrap(), object["kind"].as_str().unwrap()).unwrap();
        let whole = told(kind, "create", object, &json!({}));
        if !whole.is_empty() {
            wrong.push(format!("{name}: the object is refused: {whole:#?}"));
        }
        for section in ["create", "update", "status"] {
            for case in cases[section].as_array().into_iter().flatten() {
                let (found, listed) = (told(kind, section, object, case), texts(case));
                if found != listed {
                    wrong.push(format!("{name} {section} {}\n  listed {listed:#?}\n  told {found:#?}", case["set"]));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Kinds that are only asked or only read have no objects to judge.
#[test]
fn each_kind_that_is_stored_is_walked() {
    let mut missing: BTreeSet<String> = BTreeSet::new();
    for row in Kinds::builtin().iter().filter(|row| row.verbs.contains(&kontiki_api::request::Verb::Update)) {
        missing.insert(row.kind.to_string());
    }
    for file in files() {
        let cases = read(&file);
        missing.remove(cases["object"]["kind"].as_str().unwrap());
    }
    assert!(missing.is_empty(), "no cases for {missing:?}");
}

/// Every manifest of the repository is accepted, once admission has written a Service's address to the list as well.
#[test]
fn what_we_ship_is_accepted() {
    let kinds = Kinds::builtin();
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../manifests");
    let mut folders = vec![root];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            for object in yaml::read(&fs::read(&path).unwrap(), Duplicates::Refuse).unwrap() {
                let (version, name) = (object["apiVersion"].as_str().unwrap(), object["kind"].as_str().unwrap());
                let Some(kind) = kinds.by_kind(version, name) else { continue };
                let mut object = completed(kind, object);
                if let Some(address) = object["spec"].get("clusterIP").cloned() {
                    object["spec"]["clusterIPs"] = json!([address]);
                }
                let faults: Vec<String> = kind.validate_create(&object, &[]).iter().map(ToString::to_string).collect();
                assert!(faults.is_empty(), "{}: {faults:#?}", path.display());
                seen += 1;
            }
        }
    }
    assert!(seen > 0);
}
