//! Who has no rights is denied everything, whatever it is.

use kontiki_api::kind::Kinds;
use kontiki_api::request::{Target, User, Verb};
use kontiki_api::status::Reason;
use kontiki_apiserver::Server;
use kontiki_apiserver::authorize::rbac::Rbac;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

use crate::harness::{config, guard, request};

const STRANGER: &str = "stranger";

/// A server whose rights are upstream's roles and bindings.
async fn strict() -> Arc<Server> {
    let mut config = config();
    guard(&mut config).await;
    config.authorizer = Arc::new(Rbac::start(config.store.clone(), CancellationToken::new()));
    Server::new(config)
}

/// Every verb of every kind and subresource that is served, each about something of its own.
fn everything() -> Vec<(Verb, Target)> {
    let mut all = Vec::new();
    for kind in Kinds::builtin().iter() {
        let target = |verb: Verb, subresource: &str| Target {
            group: kind.group.clone(),
            version: kind.version.clone(),
            plural: kind.plural.clone(),
            namespace: if kind.namespaced { "default".into() } else { "".into() },
            name: match verb {
                Verb::List | Verb::Watch | Verb::DeleteCollection => "".into(),
                Verb::Create if subresource.is_empty() => "".into(),
                _ => "x".into(),
            },
            subresource: subresource.into(),
        };
        all.extend(kind.verbs.iter().map(|verb| (*verb, target(*verb, ""))));
        for subresource in &kind.subresources {
            all.extend(subresource.verbs.iter().map(|verb| (*verb, target(*verb, &subresource.name))));
        }
    }
    all
}

#[tokio::test]
async fn a_stranger_is_denied_every_verb_of_every_kind_in_upstreams_words() {
    let server = strict().await;
    let everything = everything();
    assert!(everything.len() > 600, "{}", everything.len());
    for (verb, target) in everything {
        let mut asked = request(verb, "/api/v1/namespaces/default/pods", "{}");
        asked.user = User { name: STRANGER.into(), ..User::default() };
        asked.target = target.clone();
        let Err(refused) = server.call(asked).await else { panic!("{verb:?} of {target:?} is let through") };
        assert_eq!(refused.reason, Reason::Forbidden, "{verb:?} of {target:?}: {refused}");
        let subresource = if target.subresource.is_empty() { String::new() } else { format!("/{}", target.subresource) };
        let words = format!("User \"{STRANGER}\" cannot {} resource \"{}{subresource}\"", verb.as_str(), target.plural);
        assert!(refused.message.contains(&words), "{}: {words}", refused.message);
    }
}
