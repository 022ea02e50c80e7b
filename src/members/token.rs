//! The tokens with which masters join: upstream's bootstrap tokens, with the pin of the cluster's authority behind.

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kontiki_api::meta::Key;
use kontiki_api::time::Time;
use kontiki_store::Store;
use serde_json::{Value, json};

/// `ID.SECRET.PIN`: which token, its secret, the hash of the authority's public key.
#[derive(Clone, PartialEq, Eq)]
pub struct JoinToken {
    /// Six characters; names the Secret.
    pub id: String,
    /// Sixteen characters.
    pub secret: String,
    /// See [`kontiki_apiserver::pki::pin`].
    pub pin: String,
}

impl JoinToken {
    /// A new token for the cluster whose authority has `pin`.
    ///
    /// # Errors
    /// Where the system has no randomness.
    pub fn new(pin: String) -> Result<Self> {
        Ok(Self { id: random(6)?, secret: random(16)?, pin })
    }

    /// Reads what [`JoinToken::text`] wrote.
    ///
    /// # Errors
    /// Where it is no such token.
    pub fn parse(text: &str) -> Result<Self> {
        match text.trim().split('.').collect::<Vec<_>>()[..] {
            [id, secret, pin] if id.len() == 6 && secret.len() == 16 && pin.len() == 64 => {
                Ok(Self { id: id.into(), secret: secret.into(), pin: pin.into() })
            }
            _ => bail!("the token is not of the form ID.SECRET.PIN: make one with `kontiki token create`"),
        }
    }

    /// The token as people pass it on.
    pub fn text(&self) -> String {
        format!("{}.{}.{}", self.id, self.secret, self.pin)
    }

    /// The Secret that makes the token hold until `end`.
    pub fn secret_object(&self, end: Time) -> Value {
        let encode = |text: &str| STANDARD.encode(text);
        json!({
            "apiVersion": "v1", "kind": "Secret", "type": "bootstrap.kubernetes.io/token",
            "metadata": {"name": format!("bootstrap-token-{}", self.id), "namespace": "kube-system"},
            "data": {
                "token-id": encode(&self.id), "token-secret": encode(&self.secret),
                "expiration": encode(&end.seconds()), "usage-kontiki-member": encode("true"),
            },
        })
    }

    /// Whether the cluster in `store` takes `bearer` (`ID.SECRET`) as a new master's at `now`.
    pub fn holds(store: &dyn Store, bearer: &str, now: Time) -> bool {
        let Some((id, secret)) = bearer.split_once('.') else { return false };
        let found = store.get(&Key::new("secrets", "kube-system", format!("bootstrap-token-{id}")));
        let Some(found) = found.map(|found| found.to_value()) else { return false };
        let text = |name: &str| {
            let encoded = found.get("data").and_then(|data| data.get(name)).and_then(Value::as_str).unwrap_or_default();
            String::from_utf8(STANDARD.decode(encoded).unwrap_or_default()).unwrap_or_default()
        };
        let expected = text("token-secret");
        let lasts = Time::parse(&text("expiration")).is_some_and(|end| now < end);
        let same = !expected.is_empty() && equal(expected.as_bytes(), secret.as_bytes());
        same && lasts && text("usage-kontiki-member") == "true"
    }
}

/// Compares in a time that does not tell where the difference lies.
fn equal(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

fn random(length: usize) -> Result<String> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = vec![0; length];
    let filled = ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut bytes);
    filled.ok().context("the system has no randomness")?;
    Ok(bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_as_it_was_written() {
        let token = JoinToken::new("ab".repeat(32)).unwrap();
        let read = JoinToken::parse(&format!(" {}\n", token.text())).unwrap();
        assert!(read == token);
        assert!(JoinToken::parse("abcdef.0123456789abcdef").is_err());
    }
}
