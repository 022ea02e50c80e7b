//! Making certificates.

use std::time::Duration;

use kontiki_api::time::Time;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SerialNumber,
};

use super::{Pair, PkiError};

const DAY: Duration = Duration::from_secs(86_400);

/// Life of the authority: ten years.
pub(super) const AUTHORITY_LIFE: Duration = Duration::from_secs(3_650 * 86_400);

/// Life of what the authority issues: five years. The process issues its own anew at each start.
pub(super) const LEAF_LIFE: Duration = Duration::from_secs(1_825 * 86_400);

/// Whom a certificate is for, and what for.
pub(super) struct Leaf<'a> {
    /// Common name: user name, or name of the server.
    pub common_name: &'a str,
    /// Organizations: groups of a user.
    pub organizations: &'a [&'a str],
    /// DNS names and addresses of a server; empty for clients.
    pub names: Vec<String>,
    /// Server, client, or both.
    pub usages: Vec<ExtendedKeyUsagePurpose>,
    /// How long it holds.
    pub life: Duration,
}

/// A self-signed authority over `key` (PEM) or a new key.
pub(super) fn authority(common_name: &str, key: Option<&str>, now: Time) -> Result<Pair, PkiError> {
    let wrap = |source| PkiError::Issue { subject: common_name.into(), source };
    let key = key.map_or_else(KeyPair::generate, KeyPair::from_pem).map_err(wrap)?;
    let mut params = dated(CertificateParams::default(), now, AUTHORITY_LIFE);
    params.distinguished_name = subject(common_name, &[]);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.serial_number = Some(SerialNumber::from(now.as_micros().unsigned_abs()));
    let certificate = params.self_signed(&key).map_err(wrap)?;
    Ok(Pair { certificate: certificate.pem(), key: key.serialize_pem() })
}

/// A certificate signed by `issuer`, over a new key.
pub(super) fn leaf(issuer: &Pair, leaf: Leaf<'_>, now: Time) -> Result<Pair, PkiError> {
    let wrap = |source| PkiError::Issue { subject: leaf.common_name.into(), source };
    let issuer_key = KeyPair::from_pem(&issuer.key).map_err(wrap)?;
    let issuer = Issuer::from_ca_cert_pem(&issuer.certificate, issuer_key).map_err(wrap)?;
    let key = KeyPair::generate().map_err(wrap)?;
    let mut params = dated(CertificateParams::new(leaf.names).map_err(wrap)?, now, leaf.life);
    params.distinguished_name = subject(leaf.common_name, leaf.organizations);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = leaf.usages;
    params.use_authority_key_identifier_extension = true;
    let certificate = params.signed_by(&key, &issuer).map_err(wrap)?;
    Ok(Pair { certificate: certificate.pem(), key: key.serialize_pem() })
}

/// Valid from the day before `now`, so that clocks that are a little behind accept it.
fn dated(mut params: CertificateParams, now: Time, life: Duration) -> CertificateParams {
    let since_epoch = now.since(Time::from_micros(0));
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    params.not_before = epoch + since_epoch.saturating_sub(DAY);
    params.not_after = epoch + since_epoch + life;
    params
}

fn subject(common_name: &str, organizations: &[&str]) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    for organization in organizations {
        name.push(DnType::OrganizationName, *organization);
    }
    name.push(DnType::CommonName, common_name);
    name
}
