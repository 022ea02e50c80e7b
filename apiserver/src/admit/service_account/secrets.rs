//! Secrets that a pod refers to and its account does not name.

use serde_json::Value;

use super::account::Account;
use crate::admit::fields::{items, text};

/// What `pod` refers to that `account` does not name, in upstream's words; `None` for nothing.
pub(super) fn refused(account: &Account, pod: &Value) -> Option<String> {
    volumes(account, pod)
        .or_else(|| containers(account, items(pod, "/spec/initContainers"), "init container"))
        .or_else(|| containers(account, items(pod, "/spec/containers"), "container"))
        .or_else(|| pulling(account, pod))
}

/// The same of the ephemeral containers of `pod`.
pub(super) fn refused_to_ephemeral(account: &Account, pod: &Value) -> Option<String> {
    containers(account, items(pod, "/spec/ephemeralContainers"), "ephemeral container")
}

fn volumes(account: &Account, pod: &Value) -> Option<String> {
    let secrets = items(pod, "/spec/volumes").iter().filter(|volume| volume.get("secret").is_some_and(Value::is_object));
    let other = secrets.map(|volume| text(volume, "/secret/secretName")).find(|name| !account.has_secret(name))?;
    Some(format!("volume with secret.secretName={other:?} is not allowed because {}", reason(account)))
}

fn containers(account: &Account, containers: &[Value], called: &str) -> Option<String> {
    containers.iter().find_map(|container| of_container(account, container, called))
}

fn of_container(account: &Account, container: &Value, called: &str) -> Option<String> {
    let own = text(container, "/name");
    let told = |by: String, secret: &str| {
        let begins = format!("{called} {own} with {by} referencing secret.secretName={secret:?}");
        (!account.has_secret(secret)).then(|| format!("{begins} is not allowed because {}", reason(account)))
    };
    let variables = items(container, "/env").iter().find_map(|variable| {
        let secret = named(variable.pointer("/valueFrom/secretKeyRef"))?;
        told(format!("envVar {}", text(variable, "/name")), secret)
    });
    variables.or_else(|| {
        let mut sources = items(container, "/envFrom").iter().filter_map(|source| named(source.get("secretRef")));
        sources.find_map(|secret| told("envFrom".into(), secret))
    })
}

/// The name in a reference, which may be empty; `None` where there is no reference.
fn named(reference: Option<&Value>) -> Option<&str> {
    reference.filter(|reference| reference.is_object()).map(|reference| text(reference, "/name"))
}

fn pulling(account: &Account, pod: &Value) -> Option<String> {
    let mut names = items(pod, "/spec/imagePullSecrets").iter().map(|secret| text(secret, "/name")).enumerate();
    let (at, other) = names.find(|(_, name)| !account.has_pull_secret(name))?;
    let reason = format!("service account {} does not reference that imagePullSecret", account.name());
    Some(format!("imagePullSecrets[{at}].name={other:?} is not allowed because {reason}"))
}

fn reason(account: &Account) -> String {
    format!("service account {} does not reference that secret", account.name())
}
