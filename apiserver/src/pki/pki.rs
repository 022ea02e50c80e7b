//! The cluster's authority and what it issues.

use std::path::Path;
use std::time::Duration;

use kontiki_api::time::Time;
use kontiki_store::peers::MEMBER_NAME;
use rcgen::{ExtendedKeyUsagePurpose, KeyPair};

use super::issue::{self, LEAF_LIFE, Leaf};
use super::{Pair, PkiError, file};
use crate::forward::FRONT_PROXY;

/// What lies on disk is renewed where less than this is left of it.
const RENEWAL: Duration = Duration::from_secs(365 * 86_400);

/// The cluster's authority, the administrator's certificate, and the key that signs service-account tokens.
#[derive(Debug)]
pub struct Pki {
    authority: Pair,
    front_proxy: Pair,
    admin: Pair,
    token_key: String,
    life: Duration,
}

impl Pki {
    /// Opens `dir`/pki, and makes what is missing or about to end there. A renewed authority keeps its
    /// key, so that what it issued stays valid.
    ///
    /// # Errors
    /// Where files cannot be read or written, or do not hold what they should.
    pub fn open(dir: &Path, now: Time) -> Result<Self, PkiError> {
        Self::open_for(dir, now, LEAF_LIFE)
    }

    /// The same, where what the authority issues holds for `life`.
    ///
    /// # Errors
    /// As [`Pki::open`].
    pub fn open_for(dir: &Path, now: Time, life: Duration) -> Result<Self, PkiError> {
        let folder = dir.join("pki");
        file::make_folder(&folder)?;
        let authority = open_authority(&folder, "ca", "kubernetes", now)?;
        let front_proxy = open_authority(&folder, "front-proxy-ca", "front-proxy-ca", now)?;
        let admin = open_admin(&folder, &authority, now, life)?;
        let token_key = open_token_key(&folder)?;
        Ok(Self { authority, front_proxy, admin, token_key, life })
    }

    /// The authority's certificate, PEM: what clients are told to trust, `ca.crt` in pods.
    pub fn authority(&self) -> &str {
        &self.authority.certificate
    }

    /// The certificate of the front proxy's authority, PEM: those whom it has certified may say whom they speak for.
    pub fn front_proxy_authority(&self) -> &str {
        &self.front_proxy.certificate
    }

    /// The certificate by which aggregated servers know the API server.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn front_proxy_client(&self, now: Time) -> Result<Pair, PkiError> {
        issue_client(&self.front_proxy, FRONT_PROXY_CLIENT, &[], now, self.life)
    }

    /// The certificate of user `kubernetes-admin`, group `system:masters`.
    pub fn admin(&self) -> &Pair {
        &self.admin
    }

    /// The key that signs service-account tokens, and behind it older ones that still verify: PKCS#8 PEM, P-256.
    pub fn token_key(&self) -> &str {
        &self.token_key
    }

    /// A certificate for a server reached under `names` (DNS names and addresses).
    ///
    /// # Errors
    /// Where a name is neither a DNS name nor an address.
    pub fn serving(&self, common_name: &str, names: &[String], now: Time) -> Result<Pair, PkiError> {
        let usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        issue::leaf(
            &self.authority,
            Leaf { common_name, organizations: &[], names: names.to_vec(), usages, life: self.life },
            now,
        )
    }

    /// A certificate for the master `name` towards its peers: it alone holds the members' name.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn member(&self, name: &str, now: Time) -> Result<Pair, PkiError> {
        let usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let names = vec![MEMBER_NAME.to_owned()];
        issue::leaf(&self.authority, Leaf { common_name: name, organizations: &[], names, usages, life: self.life }, now)
    }

    /// The certificate by which a master passes the requests of others on.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn front_proxy(&self, now: Time) -> Result<Pair, PkiError> {
        self.client(FRONT_PROXY, &[], now)
    }

    /// Opens `dir`/pki as [`Pki::open`] does, with a new certificate for the administrator.
    ///
    /// # Errors
    /// As [`Pki::open`].
    pub fn reissued(dir: &Path, now: Time) -> Result<Self, PkiError> {
        let pki = Self::open(dir, now)?;
        let admin = issue_client(&pki.authority, "kubernetes-admin", &["system:masters"], now, pki.life)?;
        admin.store(&dir.join("pki"), "admin")?;
        Ok(Self { admin, ..pki })
    }

    /// Puts other keys of service-account tokens (PEM, the first signs) into `dir`/pki: the next [`Pki::open`] finds them.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn put_token_keys(dir: &Path, keys: &str) -> Result<(), PkiError> {
        file::write(&dir.join("pki").join(TOKEN_KEYS), keys)
    }

    /// The front proxy's authority with its key.
    pub(super) fn front_proxy_pair(&self) -> &Pair {
        &self.front_proxy
    }

    pub(super) fn authority_pair(&self) -> &Pair {
        &self.authority
    }

    /// A certificate for the client `user` of `groups`.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn client(&self, user: &str, groups: &[&str], now: Time) -> Result<Pair, PkiError> {
        issue_client(&self.authority, user, groups, now, self.life)
    }

    /// The certificate by which the API server shows itself to kubelets: a user
    /// that the bootstrap policy binds to `system:kubelet-api-admin`.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn kubelet_client(&self, now: Time) -> Result<Pair, PkiError> {
        self.client(KUBELET_CLIENT, &[], now)
    }
}

/// The file of the keys of service-account tokens.
pub(super) const TOKEN_KEYS: &str = "sa.key";

/// User name of the API server towards kubelets.
pub(crate) const KUBELET_CLIENT: &str = "kube-apiserver-kubelet-client";

/// Name of the API server towards aggregated servers.
pub(crate) const FRONT_PROXY_CLIENT: &str = "front-proxy-client";

/// The names under which the API server is reached: `extra` (host name, node addresses), loopback, and
/// those of the Service `kubernetes`, whose address is `service_ip`.
pub fn api_server_names(service_ip: &str, extra: &[String]) -> Vec<String> {
    let fixed = [
        "localhost",
        "127.0.0.1",
        "::1",
        service_ip,
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        "kubernetes.default.svc.cluster.local",
    ];
    let mut names: Vec<String> = fixed.map(String::from).into();
    for name in extra {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

fn open_authority(folder: &Path, file: &str, name: &str, now: Time) -> Result<Pair, PkiError> {
    let found = Pair::load(folder, file)?;
    if let Some(found) = &found
        && found.is_good(found, now.plus(RENEWAL))
    {
        return Ok(found.clone());
    }
    let made = issue::authority(name, found.as_ref().map(|pair| pair.key.as_str()), now)?;
    made.store(folder, file)?;
    Ok(made)
}

fn open_admin(folder: &Path, authority: &Pair, now: Time, life: Duration) -> Result<Pair, PkiError> {
    if let Some(found) = Pair::load(folder, "admin")?
        && found.is_good(authority, now.plus(RENEWAL.min(life * 2 / 3)))
    {
        return Ok(found);
    }
    let made = issue_client(authority, "kubernetes-admin", &["system:masters"], now, life)?;
    made.store(folder, "admin")?;
    Ok(made)
}

fn issue_client(
    authority: &Pair,
    common_name: &str,
    organizations: &[&str],
    now: Time,
    life: Duration,
) -> Result<Pair, PkiError> {
    let usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    issue::leaf(authority, Leaf { common_name, organizations, names: Vec::new(), usages, life }, now)
}

fn open_token_key(folder: &Path) -> Result<String, PkiError> {
    let path = folder.join(TOKEN_KEYS);
    if let Some(found) = file::read(&path)? {
        return Ok(found);
    }
    let key = KeyPair::generate().map_err(|source| PkiError::Issue { subject: "service accounts".into(), source })?;
    let made = key.serialize_pem();
    file::write(&path, &made)?;
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    const NOW: Time = Time::from_micros(1_790_000_000_000_000);
    const YEAR: Duration = Duration::from_secs(366 * 86_400);

    #[test]
    fn a_second_start_finds_the_same_authority_admin_and_token_key() {
        let dir = tempfile::tempdir().unwrap();
        let first = Pki::open(dir.path(), NOW).unwrap();
        let second = Pki::open(dir.path(), NOW.plus(YEAR)).unwrap();
        assert_eq!(first.authority(), second.authority());
        assert_eq!(first.admin(), second.admin());
        assert_eq!(first.token_key(), second.token_key());
    }

    #[test]
    fn keys_are_readable_by_their_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        Pki::open(dir.path(), NOW).unwrap();
        for name in ["ca.key", "admin.key", "sa.key"] {
            let mode = std::fs::metadata(dir.path().join("pki").join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }

    #[test]
    fn a_renewed_authority_keeps_what_it_issued_valid() {
        let dir = tempfile::tempdir().unwrap();
        let first = Pki::open(dir.path(), NOW).unwrap();
        let later = NOW.plus(9 * YEAR).plus(Duration::from_secs(86_400));
        let second = Pki::open(dir.path(), later).unwrap();
        assert_ne!(first.authority(), second.authority());
        assert!(first.admin.is_good(&second.authority, NOW));
        assert_ne!(first.admin(), second.admin(), "the administrator's own had ended and is made anew");
    }

    #[test]
    fn a_certificate_of_another_cluster_is_not_good_here() {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let here = Pki::open(here.path(), NOW).unwrap();
        let there = Pki::open(there.path(), NOW).unwrap();
        assert!(!there.admin.is_good(&here.authority, NOW));
    }
}
