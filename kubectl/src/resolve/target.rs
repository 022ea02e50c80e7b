//! `TYPE NAME…`, `TYPE/NAME …`, `TYPE,TYPE`: what a command is about.

use super::{Resource, by_name, category};
use crate::failure::Failure;
use crate::transport::Client;

/// One resource and the names asked for; no names for the whole collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// The resource.
    pub resource: Resource,
    /// The names.
    pub names: Vec<String>,
}

/// Reads the words of a command.
pub(crate) async fn targets(client: &Client, words: &[String]) -> Result<Vec<Target>, Failure> {
    let Some(first) = words.first() else {
        return Err(Failure::usage(
            "You must specify the type of resource to get. Use \"kubectl api-resources\" for a complete list of supported resources.",
        ));
    };
    let mut found: Vec<Target> = Vec::new();
    if words.iter().any(|word| word.contains('/')) {
        for word in words {
            let Some((kind, name)) = word.split_once('/').filter(|(kind, name)| !kind.is_empty() && !name.is_empty()) else {
                return Err(Failure::usage(
                    "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form \
                     (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'",
                ));
            };
            add(&mut found, by_name(client, kind).await?, name);
        }
        return Ok(found);
    }
    let names = words.get(1..).unwrap_or_default();
    for kind in first.split(',').filter(|kind| !kind.is_empty()) {
        let group = category(kind);
        let resources = if group.is_empty() { vec![by_name(client, kind).await?] } else { group };
        found.extend(resources.into_iter().map(|resource| Target { resource, names: names.to_vec() }));
    }
    Ok(found)
}

fn add(found: &mut Vec<Target>, resource: Resource, name: &str) {
    match found.last_mut().filter(|target| target.resource == resource) {
        Some(target) => target.names.push(name.to_owned()),
        None => found.push(Target { resource, names: vec![name.to_owned()] }),
    }
}
