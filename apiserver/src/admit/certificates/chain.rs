//! Certificates that were issued.

use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use super::pem;

/// Why `chain` (PEM) is no chain of certificates, in upstream's words where it has some; `None` for one, and for nothing at all.
pub(super) fn fault(chain: &[u8]) -> Option<String> {
    if chain.is_empty() {
        return None;
    }
    let mut blocks = 0;
    let mut behind = chain;
    while let Some((block, next)) = pem::decode(behind) {
        behind = next;
        if block.label != "CERTIFICATE" {
            return Some(format!("only CERTIFICATE PEM blocks are allowed, found {:?}", block.label));
        }
        if block.has_headers {
            return Some("no PEM block headers are permitted".into());
        }
        if block.contents.is_empty() {
            return Some("found CERTIFICATE PEM block containing 0 certificates".into());
        }
        let mut rest = &block.contents[..];
        while !rest.is_empty() {
            match X509Certificate::from_der(rest) {
                Ok((behind, _)) => rest = behind,
                Err(error) => return Some(error.to_string()),
            }
        }
        blocks += 1;
    }
    (blocks == 0).then(|| "must contain at least one CERTIFICATE PEM block".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_issued_is_a_chain_of_certificates() {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::default().self_signed(&key).unwrap().pem();
        for chain in [String::new(), certificate.clone(), format!("a note\n{certificate}\n{certificate}")] {
            assert_eq!(fault(chain.as_bytes()), None, "{chain}");
        }
        let headed = certificate.replacen("-----\n", "-----\nProc-Type: 4\n\n", 1);
        let cut = certificate.lines().enumerate().filter(|(at, _)| *at != 1).map(|(_, line)| line).collect::<Vec<_>>().join("\n");
        for (chain, why) in [
            ("no certificate".to_owned(), "must contain at least one CERTIFICATE PEM block"),
            (key.serialize_pem(), r#"only CERTIFICATE PEM blocks are allowed, found "PRIVATE KEY""#),
            ("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n".into(), "containing 0 certificates"),
            (headed, "no PEM block headers are permitted"),
            (format!("{certificate}\n{cut}\n"), ""),
        ] {
            let told = fault(chain.as_bytes()).unwrap_or_else(|| panic!("accepted:\n{chain}"));
            assert!(told.contains(why), "{told}");
        }
    }
}
