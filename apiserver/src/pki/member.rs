//! TLS between the members that keep the log.

use std::sync::Arc;

use arc_swap::ArcSwap;
use kontiki_store::peers::{MEMBER_NAME, PeerTls};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::client::verify_server_name;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ParsedCertificate, WebPkiClientVerifier};
use rustls::{ClientConfig, DigitallySignedStruct, DistinguishedName, Error, RootCertStore, ServerConfig, SignatureScheme};
use rustls_pki_types::pem::PemObject;

use super::{Pair, PkiError, client_config};

/// A member's certificate towards its peers; both sides must show that they are members. It can be renewed while
/// connections go on.
#[derive(Debug)]
pub struct MemberTls {
    current: ArcSwap<(Arc<ClientConfig>, Arc<ServerConfig>)>,
}

impl MemberTls {
    /// Shows `pair` (see [`super::Pki::member`]) and trusts the authority in `authority`.
    ///
    /// # Errors
    /// Where one of them is not usable.
    pub fn new(authority: &str, pair: &Pair) -> Result<Self, PkiError> {
        Ok(Self { current: ArcSwap::from_pointee(configs(authority, pair)?) })
    }

    /// Shows `pair` on connections from now on.
    ///
    /// # Errors
    /// Where it is not usable: then the old one is shown on.
    pub fn renew(&self, authority: &str, pair: &Pair) -> Result<(), PkiError> {
        self.current.store(Arc::new(configs(authority, pair)?));
        Ok(())
    }
}

impl PeerTls for MemberTls {
    fn client(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.current.load().0)
    }

    fn server(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.current.load().1)
    }
}

fn configs(authority: &str, pair: &Pair) -> Result<(Arc<ClientConfig>, Arc<ServerConfig>), PkiError> {
    let wrap = |source| PkiError::Tls { subject: "a member".into(), source };
    let provider = Arc::new(ring::default_provider());
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(authority.as_bytes()) {
        let certificate = certificate.map_err(|error| PkiError::unusable("the authority", error))?;
        roots.add(certificate).map_err(wrap)?;
    }
    let inner = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build();
    let inner = inner.map_err(|error| PkiError::unusable("the authority", error))?;
    let server = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(wrap)?
        .with_client_cert_verifier(Arc::new(MembersOnly(inner)))
        .with_single_cert(pair.chain()?, pair.private_key()?)
        .map_err(wrap)?;
    Ok((Arc::new(client_config(authority, Some(pair))?), Arc::new(server)))
}

/// Accepts client certificates of the authority that hold the members' name.
#[derive(Debug)]
struct MembersOnly(Arc<dyn ClientCertVerifier>);

impl ClientCertVerifier for MembersOnly {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.0.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let verified = self.0.verify_client_cert(end_entity, intermediates, now)?;
        let name = ServerName::try_from(MEMBER_NAME).map_err(|_| Error::General("the members' name is no name".into()))?;
        verify_server_name(&ParsedCertificate::try_from(end_entity)?, &name)?;
        Ok(verified)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use async_trait::async_trait;
    use bytes::Bytes;
    use kontiki_api::time::Time;
    use kontiki_store::Member;
    use kontiki_store::peers::{ClusterId, Handler, Lane, TlsTransport, Transport};

    use super::*;
    use crate::authenticate::system_clock;
    use crate::pki::Pki;

    const NOW: Time = Time::from_micros(1_790_000_000_000_000);

    #[test]
    fn only_members_of_this_cluster_are_let_in() {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (here, there) = (Pki::open(here.path(), NOW).unwrap(), Pki::open(there.path(), NOW).unwrap());
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(here.authority().as_bytes()) {
            roots.add(certificate.unwrap()).unwrap();
        }
        let provider = Arc::new(ring::default_provider());
        let inner = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
        let verifier = MembersOnly(inner);
        let now = UnixTime::since_unix_epoch(NOW.since(Time::from_micros(0)));
        let accepts = |pair: &Pair| verifier.verify_client_cert(&pair.chain().unwrap()[0], &[], now).is_ok();
        assert!(accepts(&here.member("m1", NOW).unwrap()));
        assert!(!accepts(&there.member("m1", NOW).unwrap()), "of another cluster");
        assert!(!accepts(here.admin()), "not a member");
        assert!(!accepts(&here.client(MEMBER_NAME, &[MEMBER_NAME], NOW).unwrap()), "a user of that name");
    }

    struct Echo;

    #[async_trait]
    impl Handler for Echo {
        async fn handle(&self, message: Bytes) -> Bytes {
            message
        }
    }

    /// A process that ends closes its files one after another.
    #[tokio::test]
    async fn a_member_whose_connections_end_before_it_stops_to_listen_is_gone_once_it_has() {
        let folder = tempfile::tempdir().unwrap();
        let now = system_clock()();
        let pki = Pki::open(folder.path(), now).unwrap();
        let transport = |name: &str| {
            let tls = MemberTls::new(pki.authority(), &pki.member(name, now).unwrap()).unwrap();
            TlsTransport::bind("127.0.0.1:0".parse().unwrap(), Arc::new(tls), ClusterId::default()).unwrap()
        };
        let (here, there) = (Arc::new(transport("m1")), Arc::new(transport("m2")));
        let member = Member { id: 2, address: there.address().unwrap().to_string() };
        let serving = tokio::spawn({
            let there = Arc::clone(&there);
            async move { there.serve(Arc::new(Echo)).await }
        });
        let told = here.call(&member, Lane::Pulse, Bytes::from_static(b"x"), Duration::from_secs(10)).await;
        assert_eq!(told.unwrap(), Bytes::from_static(b"x"));
        let mut gone = tokio::spawn({
            let (here, member) = (Arc::clone(&here), member.clone());
            async move { here.gone(&member).await }
        });
        assert!(tokio::time::timeout(Duration::from_millis(100), &mut gone).await.is_err(), "it lives");
        serving.abort();
        assert!(tokio::time::timeout(Duration::from_millis(100), &mut gone).await.is_err(), "it listens");
        drop(there);
        tokio::time::timeout(Duration::from_secs(10), gone).await.unwrap().unwrap();
    }
}
