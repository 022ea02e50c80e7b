//! The keys of service-account tokens, rotated over all masters.
//!
//! No master signs with a key that another does not verify yet: all have the new one before the first signs with it. Wherever
//! that breaks off, all verify what any of them signed.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use kontiki_api::meta::Key;
use kontiki_api::object::Object;
use kontiki_apiserver::authenticate::Tokens;
use kontiki_apiserver::pki::Pki;
use kontiki_store::{Range, SqliteStore, Store};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::rotate::Others;

/// The keys of one master.
pub struct TokenKeys {
    /// Signs and verifies with them.
    pub tokens: Arc<Tokens>,
    /// The folder that keeps them.
    pub data_dir: PathBuf,
    /// Whoever replaces them: two at once would each drop the other's new key.
    pub turn: Mutex<()>,
}

impl TokenKeys {
    /// Which there are, by name; the first signs.
    pub fn told(&self) -> Value {
        json!({"keys": self.tokens.key_ids()})
    }

    /// Takes `pems` over, from now on and after the next start: the first signs. Keys that are not among them still verify:
    /// they may be those of a rotation by a master that has led before, and goes on.
    ///
    /// # Errors
    /// Where they are no keys, or cannot be written: then nothing changes.
    pub fn take(&self, pems: &str) -> Result<()> {
        let told = Tokens::new(pems)?.key_ids();
        let own = self.tokens.key_ids().into_iter().zip(self.tokens.pems());
        let kept = own.filter(|(id, _)| !told.contains(id)).map(|(_, pem)| pem);
        self.take_only(&format!("{pems}{}", kept.collect::<String>()))
    }

    /// The same, and forgets all others.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub fn take_only(&self, pems: &str) -> Result<()> {
        Tokens::new(pems)?;
        Pki::put_token_keys(&self.data_dir, pems)?;
        Ok(self.tokens.renew(pems)?)
    }

    /// Whether they are being replaced now: whoever joins would lack the new one.
    pub fn is_rotating(&self) -> bool {
        self.turn.try_lock().is_err()
    }

    /// Lets all masters sign with a new key, and verify what was signed before. Answers what was done.
    ///
    /// # Errors
    /// Where a master does not answer.
    pub async fn rotate(&self, store: &Arc<SqliteStore>, others: &Others) -> Result<String> {
        let _turn = self.turn.lock().await;
        let (new, old) = (Tokens::new_key()?, self.tokens.pems().concat());
        for pems in [format!("{old}{new}"), format!("{new}{old}")] {
            self.take(&pems)?;
            others.each(store, "keys/tokens", &json!({"keys": pems})).await?;
        }
        Ok(format!("service-account tokens are signed under key {}; older ones still hold", self.first()))
    }

    /// Lets all masters forget the keys that do not sign: tokens of theirs hold no longer. The tokens of Secrets among them
    /// are taken out, so that the Secrets are given new ones. Answers what was done.
    ///
    /// # Errors
    /// Where a master does not answer, or signs with another key.
    pub async fn forget(&self, store: &Arc<SqliteStore>, others: &Others) -> Result<String> {
        let _turn = self.turn.lock().await;
        for id in others.ids(store) {
            let told = others.ask(store, id, Method::GET, "keys/tokens", Value::Null).await?;
            let signs = told.pointer("/keys/0").and_then(Value::as_str).unwrap_or_default();
            if signs != self.first() {
                bail!("master {id} signs under another key: rotate them first, then forget");
            }
        }
        let first = self.tokens.pems().into_iter().next().context("there is no key")?;
        self.take_only(&first)?;
        others.each(store, "keys/tokens", &json!({"keys": first, "only": true})).await?;
        let mut renewed = 0;
        for secret in lasting(&**store) {
            if !self.tokens.is_current(&secret.token) {
                others.take_out(store, &secret.key, "token").await?;
                renewed += 1;
            }
        }
        Ok(format!("only tokens under key {} hold; Secrets given a new token: {renewed}", self.first()))
    }

    fn first(&self) -> String {
        self.tokens.key_ids().into_iter().next().unwrap_or_default()
    }
}

/// A Secret that holds a token without an end.
struct Lasting {
    key: Key,
    token: String,
}

fn lasting(store: &dyn Store) -> impl Iterator<Item = Lasting> {
    let secrets = store.list(&Range::Resource("secrets".into())).objects.into_iter();
    secrets.filter_map(|object| Some(Lasting { token: token(&object)?, key: object.key.clone() }))
}

fn token(object: &Object) -> Option<String> {
    let value: Value = serde_json::from_slice(&object.value.whole()).ok()?;
    (value["type"] == "kubernetes.io/service-account-token").then_some(())?;
    let token = STANDARD.decode(value.pointer("/data/token")?.as_str()?).ok()?;
    String::from_utf8(token).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_rotation_takes_away_the_key_of_another_and_forgetting_does() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("pki")).unwrap();
        let [first, one, other] = [(); 3].map(|()| Tokens::new_key().unwrap());
        let tokens = Arc::new(Tokens::new(&first).unwrap());
        let keys = TokenKeys { tokens, data_dir: folder.path().into(), turn: Mutex::default() };
        let id = |pem: &str| Tokens::new(pem).unwrap().key_ids().concat();
        // Two masters that both believe to lead, a step of one after a step of the other.
        for pems in [[&first, &one], [&first, &other], [&one, &first], [&other, &first]] {
            keys.take(&pems.map(String::as_str).concat()).unwrap();
            assert_eq!(keys.first(), id(pems[0]));
        }
        let mut held = keys.tokens.key_ids();
        held.sort();
        let mut all = [&first, &one, &other].map(|pem| id(pem));
        all.sort();
        assert_eq!(held, all);
        assert!(keys.take("no key").is_err());
        keys.take_only(&other).unwrap();
        assert_eq!(keys.tokens.key_ids(), [id(&other)]);
    }
}
