//! Host, port and path of the server.

use crate::failure::Failure;

/// Where the server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// Whether it speaks TLS.
    pub secure: bool,
    /// Its host, an IPv6 address without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// What goes before every path; without a slash at the end.
    pub base: String,
}

impl Endpoint {
    /// Reads `https://host:port/base`; a bare `host:port` is plain HTTP, as kubectl has it.
    pub(crate) fn parse(server: &str) -> Result<Self, Failure> {
        let (secure, rest) = match server.split_once("://") {
            Some(("https", rest)) => (true, rest),
            Some(("http", rest)) => (false, rest),
            Some((scheme, _)) => return Err(Failure::Usage(format!("the server's scheme {scheme:?} is not http or https"))),
            None => (false, server),
        };
        let (authority, base) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, Some(port)),
            _ => (authority, None),
        };
        let port = match port {
            Some(port) => port.parse().map_err(|_| Failure::Usage(format!("the server's port {port:?} is not a port")))?,
            None if secure => 443,
            None => 80,
        };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok(Self { secure, host, port, base: base.trim_end_matches('/').to_owned() })
    }

    /// `host:port`, as a `Host` header has it.
    pub(crate) fn authority(&self) -> String {
        let Self { host, port, .. } = self;
        if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_of_every_form_are_read() {
        let read = |text: &str| {
            let endpoint = Endpoint::parse(text).unwrap();
            (endpoint.secure, endpoint.authority(), endpoint.base)
        };
        assert_eq!(read("https://h:6443"), (true, "h:6443".into(), String::new()));
        assert_eq!(read("https://[::1]/k8s/"), (true, "[::1]:443".into(), "/k8s".into()));
        assert_eq!(read("localhost:8080"), (false, "localhost:8080".into(), String::new()));
        assert!(Endpoint::parse("ftp://h").is_err());
        assert!(Endpoint::parse("https://h:x").is_err());
    }
}
