//! One pass over one service account.

use kontiki_api::meta::NsName;
use kontiki_api::view::{Secret, ServiceAccount, View};
use kontiki_runtime::effect::Never;
use kontiki_runtime::plan::{Intent, Plan, Stuck};
use kontiki_runtime::reconciler::{Pass, Reconciler};
use kontiki_runtime::world::{Index, Seen, Triggers, World};
use serde_json::{Value, json};

use crate::common::CATCH_UP;
use crate::common::intents::{delete, merge};
use crate::common::names::generated;

const TYPE: &str = "kubernetes.io/service-account-token";
const ACCOUNT_NAME: &str = "kubernetes.io/service-account.name";
const ACCOUNT_UID: &str = "kubernetes.io/service-account.uid";

/// Keeps the token Secrets of each service account.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tokens;

/// Token Secrets by the account they speak for.
#[derive(Debug)]
pub enum TokenSecrets {}

impl Index for TokenSecrets {
    type View = Secret;
    type Key = NsName;

    fn keys(seen: &Seen<Secret>) -> Vec<NsName> {
        account_of(seen).into_iter().collect()
    }
}

impl Reconciler for Tokens {
    const NAME: &'static str = "token";
    type Key = NsName;
    type Effect = Never;

    fn triggers(on: &mut Triggers<NsName>) {
        on.own::<ServiceAccount>(|name| name);
        on.mapped::<Secret>(|_, before, after| [before, after].into_iter().flatten().filter_map(account_of).collect());
        on.index::<TokenSecrets>();
    }

    fn reconcile(&self, world: &World, pass: &Pass<'_, NsName, Never>) -> Result<Plan, Stuck> {
        let mut plan = Plan::done();
        for key in pass.keys {
            let secrets: Vec<_> = world.indexed::<TokenSecrets>(key).collect();
            match world.get::<ServiceAccount>(key).filter(|account| account.head().deleted.is_none()) {
                Some(account) => plan.intents.extend(keep(account, &secrets, pass)),
                None => {
                    let certain =
                        |secret: &&&Seen<Secret>| world.covers(&ServiceAccount::RESOURCE.into(), secret.object.revision);
                    let (lost, early): (Vec<&&Seen<Secret>>, Vec<_>) =
                        secrets.iter().filter(|secret| is_live(secret)).partition(certain);
                    plan.intents.extend(lost.iter().map(|old| delete(old.precondition())));
                    plan = if early.is_empty() { plan } else { plan.after(CATCH_UP) };
                }
            }
        }
        Ok(plan)
    }
}

fn account_of(secret: &Seen<Secret>) -> Option<NsName> {
    let name = secret.metadata.annotation(ACCOUNT_NAME).filter(|_| &*secret.r#type == TYPE)?;
    Some(NsName::new(secret.namespace().clone(), name))
}

fn is_live(secret: &Seen<Secret>) -> bool {
    secret.head().deleted.is_none()
}

fn keep(account: &Seen<ServiceAccount>, secrets: &[&Seen<Secret>], pass: &Pass<'_, NsName, Never>) -> Vec<Intent> {
    let live = secrets.iter().copied().filter(|secret| is_live(secret));
    let (own, others): (Vec<_>, Vec<_>) = live.partition(|secret| speaks_for(secret, account));
    let mut intents: Vec<_> = others.iter().map(|old| delete(old.precondition())).collect();
    intents.extend(own.iter().filter_map(|secret| fill(account, secret)));
    intents.extend(list(account, &own, pass));
    intents
}

/// Whether `secret` is meant for this life of `account`.
fn speaks_for(secret: &Seen<Secret>, account: &Seen<ServiceAccount>) -> bool {
    secret.metadata.annotation(ACCOUNT_UID).is_none_or(|uid| uid.is_empty() || *uid == *account.head().uid)
}

fn fill(account: &Seen<ServiceAccount>, secret: &Seen<Secret>) -> Option<Intent> {
    if secret.metadata.annotation(ACCOUNT_UID).is_none_or(str::is_empty) {
        let annotations = json!({ ACCOUNT_UID: account.head().uid });
        return Some(merge(secret.precondition(), json!({ "metadata": { "annotations": annotations } })));
    }
    let full = ["ca.crt", "namespace", "token"].iter().all(|name| secret.data.contains(*name));
    (!full).then(|| Intent::IssueToken { on: secret.precondition(), service_account: account.ns_name() })
}

/// Makes `account` list one token Secret that exists; makes the Secret first where it has none of its own.
fn list(account: &Seen<ServiceAccount>, own: &[&Seen<Secret>], pass: &Pass<'_, NsName, Never>) -> Option<Intent> {
    if account.secrets.iter().any(|listed| own.iter().any(|secret| secret.name() == &listed.name)) {
        return None;
    }
    let base = format!("{}-token", account.name());
    let Some(ours) = own.iter().find(|secret| secret.name().starts_with(&format!("{base}-"))) else {
        return Some(new_secret(account, &generated(&base, pass.seed, &account.uid(), 0)));
    };
    let mut names: Vec<Value> = account.secrets.iter().map(|listed| json!({ "name": listed.name })).collect();
    names.push(json!({ "name": ours.name() }));
    Some(merge(account.precondition(), json!({ "secrets": names })))
}

fn new_secret(account: &Seen<ServiceAccount>, name: &str) -> Intent {
    Intent::Create {
        object: json!({
            "apiVersion": "v1", "kind": "Secret",
            "metadata": {
                "name": name, "namespace": account.namespace(),
                "annotations": { ACCOUNT_NAME: account.name(), ACCOUNT_UID: account.head().uid },
            },
            "type": TYPE,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_service_account_has_a_token_secret() {
        kontiki_runtime::testing::pair::<Tokens>(concat!(env!("CARGO_MANIFEST_DIR"), "/token/testdata"));
    }
}
