//! Which servers our clients trust.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use x509_parser::prelude::{ASN1Time, FromDer, X509Certificate};

use super::PkiError;

/// Servers whose certificates the authorities issued, or that show an authority itself: a certificate that signed
/// itself is the whole bundle of many webhooks.
#[derive(Debug)]
pub(super) struct Trust {
    authorities: Vec<CertificateDer<'static>>,
    chains: Arc<WebPkiServerVerifier>,
}

impl Trust {
    /// Trust in `authorities`, which are those of `roots`.
    ///
    /// # Errors
    /// Where there is none.
    pub fn new(authorities: Vec<CertificateDer<'static>>, roots: RootCertStore) -> Result<Self, PkiError> {
        let chains = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::new(ring::default_provider())).build();
        Ok(Self { authorities, chains: chains.map_err(|error| PkiError::unusable("the authority", error))? })
    }
}

impl ServerCertVerifier for Trust {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if !self.authorities.iter().any(|authority| authority == shown) {
            return self.chains.verify_server_cert(shown, intermediates, name, ocsp, now);
        }
        verify_server_name(&ParsedCertificate::try_from(shown)?, name)?;
        is_valid_at(shown, now).map(|()| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chains.verify_tls12_signature(message, shown, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chains.verify_tls13_signature(message, shown, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chains.supported_verify_schemes()
    }
}

fn is_valid_at(certificate: &CertificateDer<'_>, now: UnixTime) -> Result<(), Error> {
    let (_, parsed) = X509Certificate::from_der(certificate).map_err(|_| CertificateError::BadEncoding)?;
    let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    let now = ASN1Time::from_timestamp(seconds).map_err(|_| CertificateError::BadEncoding)?;
    match () {
        () if now < parsed.validity().not_before => Err(CertificateError::NotValidYet.into()),
        () if now > parsed.validity().not_after => Err(CertificateError::Expired.into()),
        () => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};

    use super::*;

    /// A certificate for 127.0.0.1 that signed itself, as an authority would.
    fn own() -> CertificateDer<'static> {
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2040, 1, 1);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().clone()
    }

    #[test]
    fn a_server_may_show_the_authority_itself_under_its_name_and_in_its_time() {
        let authority = own();
        let mut roots = RootCertStore::empty();
        roots.add(authority.clone()).unwrap();
        let trust = Trust::new(vec![authority.clone()], roots).unwrap();
        let ask = |shown: &CertificateDer<'_>, name: &str, years: u64| {
            let now = UnixTime::since_unix_epoch(Duration::from_secs(years * 31_557_600));
            trust.verify_server_cert(shown, &[], &ServerName::try_from(name.to_owned()).unwrap(), &[], now).is_ok()
        };
        assert!(ask(&authority, "127.0.0.1", 60));
        assert!(!ask(&authority, "127.0.0.2", 60), "another name");
        assert!(!ask(&authority, "127.0.0.1", 40) && !ask(&authority, "127.0.0.1", 80), "another time");
        assert!(!ask(&own(), "127.0.0.1", 60), "another certificate of the same name");
    }
}
