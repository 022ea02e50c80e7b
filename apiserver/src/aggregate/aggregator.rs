//! What aggregation keeps: clients of other servers, and what those last said of themselves.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};
use kontiki_api::Text;
use kontiki_api::request::User;
use kontiki_store::Store;
use parking_lot::Mutex;
use rustls::pki_types::ServerName;
use tokio_rustls::TlsConnector;

use super::ApiService;
use super::discovered::Discovered;
use crate::apart::APART;
use crate::pki::{PkiError, ShownCertificate, client_config};
use crate::proxy::{Destination, unverified};
use crate::webhook::resolve;

/// Authorities whose clients are kept; beyond that all are forgotten and made anew.
const CLIENTS: usize = 64;

/// What aggregation keeps.
#[derive(Default)]
pub(crate) struct Aggregator {
    /// The certificate by which the API server proves that it speaks for its users.
    front_proxy: Option<Arc<ShownCertificate>>,
    apart: bool,
    clients: Mutex<HashMap<(Vec<u8>, bool), TlsConnector>>,
    discovered: Mutex<BTreeMap<Text, Arc<Discovered>>>,
}

impl Aggregator {
    /// Shows `front_proxy` to other servers; where it is to be kept `apart`, it finds none.
    pub fn new(front_proxy: Option<Arc<ShownCertificate>>, apart: bool) -> Self {
        Self { front_proxy, apart, ..Self::default() }
    }

    /// A ready endpoint of the server behind `service`.
    ///
    /// # Errors
    /// Why there is none, or TLS cannot be spoken.
    pub fn destination(&self, store: &dyn Store, service: &ApiService) -> Result<Destination, String> {
        if self.apart {
            return Err(APART.into());
        }
        let choice = rand::random::<u32>() as usize;
        let (host, port) = resolve(store, &service.namespace, &service.service, service.port, choice)?;
        let name = format!("{}.{}.svc", service.service, service.namespace);
        let name = ServerName::try_from(name).map_err(|error| error.to_string())?;
        let client = self.client(service).map_err(|error| error.to_string())?;
        Ok(Destination { host, port, tls: Some((client, name)) })
    }

    fn client(&self, service: &ApiService) -> Result<TlsConnector, PkiError> {
        let mut clients = self.clients.lock();
        let key = (service.authority.clone(), service.insecure);
        if let Some(client) = clients.get(&key) {
            return Ok(client.clone());
        }
        let authority = if service.insecure { "" } else { &*String::from_utf8_lossy(&service.authority) };
        let config = match &self.front_proxy {
            Some(own) => own.client_config(authority)?,
            None => client_config(authority, None)?,
        };
        let config = if service.insecure { unverified(config) } else { config };
        let client = TlsConnector::from(Arc::new(config));
        if clients.len() >= CLIENTS {
            clients.clear();
        }
        clients.insert(key, client.clone());
        Ok(client)
    }

    /// What the server behind the APIService `name` last said of itself.
    pub fn discovered(&self, name: &Text) -> Option<Arc<Discovered>> {
        self.discovered.lock().get(name).cloned()
    }

    /// Keeps what was said, the same value where it is no news; `None` for nothing any more.
    pub(super) fn learn(&self, name: &Text, said: Option<Discovered>) {
        let mut discovered = self.discovered.lock();
        match said {
            Some(said) if discovered.get(name).is_some_and(|known| **known == said) => {}
            Some(said) => drop(discovered.insert(name.clone(), Arc::new(said))),
            None => drop(discovered.remove(name)),
        }
    }
}

/// The headers that tell another server who asks.
pub(super) fn identity(user: &User) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut say = |name: &str, value: &str| {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value.as_bytes())) {
            headers.append(name, value);
        }
    };
    say("x-remote-user", &user.name);
    if !user.uid.is_empty() {
        say("x-remote-uid", &user.uid);
    }
    for group in &user.groups {
        say("x-remote-group", group);
    }
    for (key, values) in &user.extra {
        let name = format!("x-remote-extra-{}", escaped(key));
        for value in values {
            say(&name, value);
        }
    }
    headers
}

/// A key as part of a header's name: what is no token character is percent-encoded.
fn escaped(key: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&'*+-.^_`|~".contains(&byte);
    key.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_is_told_in_headers() {
        let user = User {
            name: "jane".into(),
            groups: vec!["a".into(), "b".into()],
            extra: vec![("example.org/scope".into(), vec!["x".into()])],
            ..User::default()
        };
        let headers = identity(&user);
        let told: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
        let extra = "x-remote-extra-example.org%2fscope: x";
        assert_eq!(told, ["x-remote-user: jane", "x-remote-group: a", "x-remote-group: b", extra]);
    }
}
