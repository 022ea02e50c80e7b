//! Admission policies and their bindings, as far as they can be judged without running them.

use serde_json::Value;

use super::hooks::conditions;
use super::{SPEC, list, text};
use crate::kind::validate::{Distinct, Faults, Path, dns_subdomain_fault, dns1035_label_fault};

const REASONS: [&str; 4] = ["Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized"];
const MAX_ANNOTATIONS: usize = 20;

/// What validating and mutating policies have in common.
pub(super) fn policy(object: &Value, faults: &mut Faults) {
    let spec = &object["spec"];
    let path: Path<'_> = SPEC;
    if let Some(kind) = spec.get("paramKind") {
        param_kind(kind, &path.child("paramKind"), faults);
    }
    match spec.get("matchConstraints") {
        None => faults.required(&path.child("matchConstraints"), ""),
        Some(constraints) if list(constraints, "resourceRules").is_empty() => {
            let field = path.child("matchConstraints");
            faults.required(&field.child("resourceRules"), "");
        }
        Some(_) => {}
    }
    conditions(list(spec, "matchConditions"), &path.child("matchConditions"), faults);
    variables(list(spec, "variables"), &path.child("variables"), faults);
    if text(object, "kind") == "MutatingAdmissionPolicy" {
        mutations(list(spec, "mutations"), &path.child("mutations"), faults);
        if text(spec, "reinvocationPolicy").is_empty() {
            faults.required(&path.child("reinvocationPolicy"), "");
        }
    } else {
        validations(spec, &path, faults);
    }
}

fn param_kind(kind: &Value, path: &Path<'_>, faults: &mut Faults) {
    let version = text(kind, "apiVersion");
    if !version.is_empty() {
        let (group, version) = version.split_once('/').unwrap_or(("", version));
        if let Some(why) = dns_subdomain_fault(group).filter(|_| !group.is_empty()) {
            faults.invalid_text(&path.child("apiVersion"), group, why);
        }
        if let Some(why) = dns1035_label_fault(version) {
            faults.invalid_text(&path.child("apiVersion"), version, why);
        }
    }
    let name = text(kind, "kind");
    if let Some(why) = dns1035_label_fault(&name.to_ascii_lowercase()).filter(|_| !name.is_empty()) {
        let why = format!("may have mixed case, but should otherwise match: {why}");
        faults.invalid_text(&path.child("kind"), name, why);
    }
}

/// Most variables of a policy. Each may be a list of the one before: types and values nest as deep as there are variables.
pub const MAX_VARIABLES: usize = 256;

fn variables(variables: &[Value], path: &Path<'_>, faults: &mut Faults) {
    if variables.len() > MAX_VARIABLES {
        return faults.too_many(path, variables.len() as u64, MAX_VARIABLES as u64);
    }
    let mut names = Distinct::default();
    for (at, variable) in variables.iter().enumerate() {
        let (at_path, name) = (path.index(at), text(variable, "name"));
        let mut bytes = name.bytes();
        let plain = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if name.is_empty() {
            faults.required(&at_path.child("name"), "name is not specified");
        } else if !plain {
            faults.invalid_text(&at_path.child("name"), name, "name is not a valid CEL identifier");
        }
        if text(variable, "expression").trim().is_empty() {
            faults.required(&at_path.child("expression"), "expression is not specified");
        }
        if !name.is_empty() && names.repeats(name) {
            faults.duplicate(&at_path.child("name"), &name.into());
        }
    }
}

fn mutations(mutations: &[Value], path: &Path<'_>, faults: &mut Faults) {
    const FORMS: [(&str, &str); 2] = [("ApplyConfiguration", "applyConfiguration"), ("JSONPatch", "jsonPatch")];
    if mutations.is_empty() {
        faults.required(path, "mutations must contain at least one item");
    }
    for (at, mutation) in mutations.iter().enumerate() {
        let (at, kind) = (path.index(at), text(mutation, "patchType"));
        let Some((_, own)) = FORMS.iter().find(|(form, _)| *form == kind) else {
            match kind {
                "" => faults.required(&at.child("patchType"), ""),
                other => faults.unsupported(&at.child("patchType"), other, &["ApplyConfiguration", "JSONPatch"]),
            }
            continue;
        };
        for (_, field) in FORMS {
            match mutation.get(field) {
                Some(form) if field == *own && text(form, "expression").trim().is_empty() => {
                    let form = at.child(field);
                    faults.required(&form.child("expression"), "expression is not specified");
                }
                None if field == *own => {
                    faults.required(&at.child(field), &format!("{field} must be specified when patchType is {kind}"))
                }
                Some(_) if field != *own => {
                    faults.invalid_text(
                        &at.child(field),
                        field,
                        format!("{field} must not be specified when patchType is {kind}"),
                    );
                }
                _ => {}
            }
        }
    }
}

fn validations(spec: &Value, path: &Path<'_>, faults: &mut Faults) {
    let (all, annotations) = (list(spec, "validations"), list(spec, "auditAnnotations"));
    if all.is_empty() && annotations.is_empty() {
        for field in ["validations", "auditAnnotations"] {
            faults.required(&path.child(field), "validations or auditAnnotations must be non-empty");
        }
        return;
    }
    let field = path.child("validations");
    for (at, one) in all.iter().enumerate() {
        validation(one, &field.index(at), faults);
    }
    let field = path.child("auditAnnotations");
    if annotations.len() > MAX_ANNOTATIONS {
        faults.invalid(&field, &annotations.into(), format!("must not have more than {MAX_ANNOTATIONS} auditAnnotations"));
    }
    let mut keys = Distinct::default();
    for (at, annotation) in annotations.iter().enumerate() {
        let (at_path, key) = (field.index(at), text(annotation, "key"));
        if !key.is_empty() {
            for why in crate::selector::label_key_faults(&format!("x/{key}")) {
                faults.invalid_text(&at_path.child("key"), key, why);
            }
        }
        if text(annotation, "valueExpression").trim().is_empty() {
            faults.required(&at_path.child("valueExpression"), "valueExpression is not specified");
        }
        if keys.repeats(key) {
            faults.duplicate(&at_path.child("key"), &key.into());
        }
    }
}

fn validation(validation: &Value, path: &Path<'_>, faults: &mut Faults) {
    let (expression, message) = (text(validation, "expression"), text(validation, "message"));
    if expression.trim().is_empty() {
        faults.required(&path.child("expression"), "expression is not specified");
    }
    let by_expression = text(validation, "messageExpression");
    if !by_expression.is_empty() && by_expression.trim().is_empty() {
        faults.invalid_text(&path.child("messageExpression"), by_expression, "must be non-empty if specified");
    }
    if !message.is_empty() && message.trim().is_empty() {
        faults.invalid_text(&path.child("message"), message, "message must be non-empty if specified");
    } else if message.trim().contains(['\n', '\r']) {
        faults.invalid_text(&path.child("message"), message, "message must not contain line breaks");
    } else if expression.trim().contains(['\n', '\r']) && message.is_empty() {
        faults.required(&path.child("message"), "message must be specified if expression contains line breaks");
    }
    faults.one_of(&path.child("reason"), validation.get("reason"), &REASONS);
}

/// A binding says which policy, with what, and what then.
pub(super) fn binding(object: &Value, faults: &mut Faults) {
    let spec = &object["spec"];
    let path: Path<'_> = SPEC;
    let name = text(spec, "policyName");
    match dns_subdomain_fault(name) {
        _ if name.is_empty() => faults.required(&path.child("policyName"), ""),
        Some(why) => faults.invalid_text(&path.child("policyName"), name, why),
        None => {}
    }
    if let Some(reference) = spec.get("paramRef") {
        param_ref(reference, &path.child("paramRef"), faults);
    }
    if text(object, "kind") == "ValidatingAdmissionPolicyBinding" {
        actions(list(spec, "validationActions"), &path.child("validationActions"), faults);
    }
}

fn param_ref(reference: &Value, path: &Path<'_>, faults: &mut Faults) {
    let name = text(reference, "name");
    match (name.is_empty(), reference.get("selector")) {
        (true, None) => faults.required(path, "one of name or selector must be specified"),
        (false, Some(_)) => {
            for field in ["name", "selector"] {
                faults.forbidden(&path.child(field), "name and selector are mutually exclusive");
            }
        }
        _ => {}
    }
    match text(reference, "parameterNotFoundAction") {
        "" => faults.required(&path.child("parameterNotFoundAction"), ""),
        action => faults.one_of(&path.child("parameterNotFoundAction"), Some(&action.into()), &["Deny", "Allow"]),
    }
}

fn actions(actions: &[Value], path: &Path<'_>, faults: &mut Faults) {
    if actions.is_empty() {
        return faults.required(path, "");
    }
    let mut known = Distinct::default();
    for (at, action) in actions.iter().enumerate() {
        faults.one_of(&path.index(at), Some(action), &["Audit", "Deny", "Warn"]);
        if known.repeats(action) {
            faults.duplicate(&path.index(at), action);
        }
    }
    if ["Deny", "Warn"].iter().all(|both| actions.iter().any(|action| action == both)) {
        let why = "must not contain both Deny and Warn (repeating the same validation failure information in the API response and \
                   headers serves no purpose)";
        faults.invalid(path, &actions.into(), why);
    }
}
