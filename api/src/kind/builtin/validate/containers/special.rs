//! Security contexts, profiles and how a container takes a resize.

use serde_json::Value;

use super::super::{list, text};
use crate::kind::validate::{Distinct, Faults, Path};

/// `core.v1.SecurityContext`: what contradicts itself.
pub(in super::super) fn security_context(context: &Value, path: &Path<'_>, faults: &mut Faults) {
    if context["allowPrivilegeEscalation"] != false {
        return;
    }
    if context["privileged"] == true {
        faults.invalid(path, context, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
    }
    if list(&context["capabilities"], "add").iter().any(|name| name == "CAP_SYS_ADMIN") {
        faults.invalid(path, context, "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN");
    }
}

/// `core.v1.SeccompProfile`: a file is named exactly where it is used.
pub(in super::super) fn seccomp(profile: &Value, path: &Path<'_>, faults: &mut Faults) {
    let field = path.child("localhostProfile");
    match (text(profile, "type"), profile.get("localhostProfile").and_then(Value::as_str)) {
        ("Localhost", None) => faults.required(&field, "must be set when seccomp type is Localhost"),
        ("Localhost", Some(place)) => {
            for why in super::super::format::inside(place) {
                faults.invalid_text(&field, place, why);
            }
        }
        (_, Some(_)) => faults.invalid(&field, profile, "can only be set when seccomp type is Localhost"),
        _ => {}
    }
}

/// `core.v1.AppArmorProfile`: the same.
pub(in super::super) fn app_armor(profile: &Value, path: &Path<'_>, faults: &mut Faults) {
    const MAX: usize = 4095;
    let field = path.child("localhostProfile");
    match (text(profile, "type"), profile.get("localhostProfile").and_then(Value::as_str)) {
        ("Localhost", Some(name)) if name.trim() != name => {
            faults.invalid_text(&field, name, "must not be padded with whitespace")
        }
        ("Localhost", None | Some("")) => faults.required(&field, "must be set when AppArmor type is Localhost"),
        ("Localhost", Some(name)) if name.len() > MAX => faults.too_long(&field, MAX),
        ("RuntimeDefault" | "Unconfined", Some(name)) => {
            faults.invalid_text(&field, name, "can only be set when AppArmor type is Localhost");
        }
        _ => {}
    }
}

/// `core.v1.WindowsSecurityContextOptions`: names that Windows takes.
pub(in super::super) fn windows_options(options: &Value, path: &Path<'_>, faults: &mut Faults) {
    const MAX: usize = 64 * 1024;
    let field = path.child("gmsaCredentialSpec");
    match options.get("gmsaCredentialSpec").and_then(Value::as_str) {
        Some("") => faults.invalid_text(&field, "", "gmsaCredentialSpec cannot be an empty string"),
        Some(spec) if spec.len() > MAX => faults.invalid_text(&field, spec, "gmsaCredentialSpec size must be under 64 KiB"),
        _ => {}
    }
    let Some(name) = options.get("runAsUserName").and_then(Value::as_str) else { return };
    let (domain, user) = name.split_once('\\').map_or((None, name), |(domain, user)| (Some(domain), user));
    let rules = [
        (name.is_empty(), "runAsUserName cannot be an empty string"),
        (name.chars().any(char::is_control), "runAsUserName cannot contain control characters"),
        (user.contains('\\'), "runAsUserName cannot contain more than one backslash"),
        (domain.is_some_and(|domain| domain.len() >= 256), "runAsUserName's Domain length must be under 256 characters"),
        (!name.is_empty() && user.is_empty(), "runAsUserName's User cannot be empty"),
        (user.len() > 104, "runAsUserName's User length must not be longer than 104 characters"),
        (
            !user.is_empty() && user.chars().all(|c| c == '.' || c == ' '),
            "runAsUserName's User cannot contain only periods or spaces",
        ),
        (
            user.contains(|c| "\"/:;|=,+*?<>@[]".contains(c)),
            "runAsUserName's User cannot contain the following characters: \"/\\:;|=,+*?<>@[]",
        ),
    ];
    if let Some((_, why)) = rules.into_iter().find(|(wrong, _)| *wrong) {
        faults.invalid_text(&path.child("runAsUserName"), name, why);
    }
}

/// What a resize of each resource does to the container; faults are told of the list.
pub(in super::super) fn resize_policies(policies: &[Value], never: bool, path: &Path<'_>, faults: &mut Faults) {
    let mut known = Distinct::default();
    for (at, policy) in policies.iter().enumerate() {
        let (name, restart) = (text(policy, "resourceName"), text(policy, "restartPolicy"));
        if known.repeats(name) {
            faults.duplicate(&path.index(at), &name.into());
        }
        for (value, allowed) in [(name, ["cpu", "memory"]), (restart, ["NotRequired", "RestartContainer"])] {
            match value {
                "" => faults.required(path, ""),
                value if !allowed.contains(&value) => faults.unsupported(path, value, &allowed),
                _ => {}
            }
        }
        if never && restart != "NotRequired" {
            faults.invalid_text(path, restart, "must be 'NotRequired' when `restartPolicy` is 'Never'");
        }
    }
}
