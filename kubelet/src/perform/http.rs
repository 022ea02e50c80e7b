//! GETs of probes and hooks.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper_util::rt::TokioIo;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use crate::view::HttpGet;

/// Most of a body that is read.
const BODY_LIMIT: usize = 10 * 1024;

/// Sends the request; good where the answer's code is 200 to 399.
///
/// # Errors
/// The connection's failure, or the code, in upstream's words.
pub async fn get(host: &str, port: u16, get: &HttpGet) -> Result<(), String> {
    let scheme = if get.scheme.eq_ignore_ascii_case("https") { "https" } else { "http" };
    let path = if get.path.starts_with('/') { get.path.clone() } else { format!("/{}", get.path) };
    let url = format!("{scheme}://{host}:{port}{path}");
    let failed = |error: &dyn std::fmt::Display| format!("Get {url:?}: {error}");
    let stream = TcpStream::connect((host, port)).await.map_err(|error| failed(&format!("dial tcp {host}:{port}: {error}")))?;
    let code = if scheme == "https" {
        let name = ServerName::try_from(host.to_owned()).map_err(|error| failed(&error))?;
        let stream = connector().map_err(|error| failed(&error))?.connect(name, stream).await;
        exchange(stream.map_err(|error| failed(&error))?, host, port, &path, get).await
    } else {
        exchange(stream, host, port, &path, get).await
    };
    match code.map_err(|error| failed(&error))? {
        200..400 => Ok(()),
        code => Err(format!("HTTP probe failed with statuscode: {code}")),
    }
}

async fn exchange<S>(stream: S, host: &str, port: u16, path: &str, get: &HttpGet) -> Result<u16, String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|e| e.to_string())?;
    let worker = tokio::spawn(connection);
    let named = |name: &str| get.http_headers.iter().any(|header| header.name.eq_ignore_ascii_case(name));
    let mut request = http::Request::builder().uri(path);
    if !named("host") {
        request = request.header("host", format!("{host}:{port}"));
    }
    if !named("user-agent") {
        request = request.header("user-agent", "kube-probe/1.36");
    }
    if !named("accept") {
        request = request.header("accept", "*/*");
    }
    for header in &get.http_headers {
        request = request.header(&header.name, &header.value);
    }
    let request = request.body(Empty::<Bytes>::new()).map_err(|error| error.to_string())?;
    let answer = sender.send_request(request).await.map_err(|error| error.to_string());
    let code = match answer {
        Ok(answer) => {
            let code = answer.status().as_u16();
            // The code is what counts; a body that breaks off changes nothing.
            let _ = Limited::new(answer.into_body(), BODY_LIMIT).collect().await;
            Ok(code)
        }
        Err(error) => Err(error),
    };
    worker.abort();
    code
}

fn connector() -> Result<tokio_rustls::TlsConnector, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions()?;
    let config = config.dangerous().with_custom_certificate_verifier(Arc::new(AnyCertificate(provider))).with_no_client_auth();
    Ok(Arc::new(config).into())
}

/// Probes ask whether something answers, not who: upstream does not verify either.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
