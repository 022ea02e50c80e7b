//! Proxies that tell in headers for whom they speak.

use http::HeaderMap;
use kontiki_api::Text;
use kontiki_api::request::User;
use kontiki_api::status::Status;
use kontiki_api::time::Time;
use rustls_pki_types::CertificateDer;

use super::headers::values;
use super::users::{AUTHENTICATED, UNAUTHENTICATED, join};
use super::{CertificateAuthority, anonymous};
use crate::http::percent_decode;

/// Upstream's `--requestheader-*`: whose word is taken, and in which headers it is told.
#[derive(Debug)]
pub struct RequestHeader {
    /// The authority of the proxies' certificates.
    pub authority: CertificateAuthority,
    /// Common names of the proxies; any where there are none.
    pub allowed_names: Vec<String>,
    /// Headers of the user's name; the first that says something counts.
    pub username_headers: Vec<String>,
    /// Headers of the user's uid.
    pub uid_headers: Vec<String>,
    /// Headers of the user's groups, one group each.
    pub group_headers: Vec<String>,
    /// How headers of the user's extra attributes begin.
    pub extra_prefixes: Vec<String>,
}

impl RequestHeader {
    /// The user for whom the proxy that showed `peer` speaks; `None` where that is no proxy, or it names nobody.
    ///
    /// # Errors
    /// 400 where what a proxy says is not UTF-8.
    pub(super) fn user(&self, headers: &HeaderMap, peer: &[CertificateDer<'static>], now: Time) -> Result<Option<User>, Status> {
        let name = first(headers, &self.username_headers);
        if name == Ok(None) {
            return Ok(None);
        }
        let Some((proxy, _)) = self.authority.user(peer, now) else { return Ok(None) };
        if !self.allowed_names.is_empty() && !self.allowed_names.iter().any(|allowed| **allowed == *proxy.name) {
            return Ok(None);
        }
        let Some(name) = name? else { return Ok(None) };
        let mut groups: Vec<Text> = all(headers, &self.group_headers)?.into_iter().map(Text::from).collect();
        let of_nobody = groups.iter().any(|group| &**group == UNAUTHENTICATED) || name == &*anonymous().name;
        if !of_nobody {
            join(&mut groups, AUTHENTICATED);
        }
        let uid = first(headers, &self.uid_headers)?.unwrap_or_default().into();
        Ok(Some(User { name: name.into(), uid, groups, extra: self.extra(headers)? }))
    }

    fn extra(&self, headers: &HeaderMap) -> Result<Vec<(Text, Vec<Text>)>, Status> {
        let mut extra = Vec::new();
        for prefix in self.extra_prefixes.iter().map(|prefix| prefix.to_ascii_lowercase()) {
            for name in headers.keys() {
                let Some(key) = name.as_str().strip_prefix(&prefix).filter(|key| !key.is_empty()) else { continue };
                let told = values(headers, name.as_str())?.into_iter().map(Text::from).collect();
                extra.push((percent_decode(key).to_lowercase().into(), told));
            }
        }
        Ok(extra)
    }
}

/// The values of the headers `names`, in order.
fn all<'a>(headers: &'a HeaderMap, names: &[String]) -> Result<Vec<&'a str>, Status> {
    let told: Result<Vec<_>, _> = names.iter().map(|name| values(headers, &name.to_ascii_lowercase())).collect();
    Ok(told?.concat())
}

fn first<'a>(headers: &'a HeaderMap, names: &[String]) -> Result<Option<&'a str>, Status> {
    Ok(all(headers, names)?.into_iter().find(|value| !value.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::NOW;
    use crate::pki::Pki;

    #[test]
    fn a_proxy_speaks_for_others_where_its_authority_and_name_are_known() {
        let folder = tempfile::tempdir().unwrap();
        let pki = Pki::open(folder.path(), NOW).unwrap();
        let texts = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<String>>();
        let proxies = |names: &[&str]| RequestHeader {
            authority: CertificateAuthority::new(pki.authority()).unwrap(),
            allowed_names: texts(names),
            username_headers: texts(&["X-Remote-User"]),
            uid_headers: texts(&["X-Remote-Uid"]),
            group_headers: texts(&["X-Remote-Group"]),
            extra_prefixes: texts(&["X-Remote-Extra-"]),
        };
        let mut headers = HeaderMap::new();
        let told = [
            ("x-remote-user", "carol"),
            ("x-remote-group", "staff"),
            ("x-remote-group", "admins"),
            ("x-remote-extra-example.com%2fscope", "a"),
        ];
        for (name, value) in told {
            headers.append(http::HeaderName::from_static(name), value.parse().unwrap());
        }
        let peer = pki.admin().chain().unwrap();
        let user = proxies(&["kubernetes-admin"]).user(&headers, &peer, NOW).unwrap().unwrap();
        assert_eq!((&*user.name, user.groups), ("carol", ["staff", "admins", "system:authenticated"].map(Text::from).to_vec()));
        assert_eq!(user.extra, [(Text::from("example.com/scope"), vec![Text::from("a")])]);
        assert!(proxies(&[]).user(&headers, &peer, NOW).unwrap().is_some(), "any name of the authority");
        let nobody = |proxies: RequestHeader, headers: &HeaderMap, peer| proxies.user(headers, peer, NOW).unwrap().is_none();
        assert!(nobody(proxies(&["somebody"]), &headers, &peer));
        assert!(nobody(proxies(&[]), &headers, &[]), "without a certificate");
        assert!(nobody(proxies(&[]), &HeaderMap::new(), &peer), "nobody is named");
        headers.insert("x-remote-user", http::HeaderValue::from_bytes("Ünal".as_bytes()).unwrap());
        assert_eq!(&*proxies(&[]).user(&headers, &peer, NOW).unwrap().unwrap().name, "Ünal");
        headers.insert("x-remote-user", http::HeaderValue::from_bytes(b"\xff").unwrap());
        assert!(proxies(&[]).user(&headers, &peer, NOW).is_err(), "not the proxy itself");
    }
}
