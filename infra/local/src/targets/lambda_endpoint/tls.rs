//! TLS on ring, trusting what the machine trusts. `SSL_CERT_FILE`, or AWS's own `AWS_CA_BUNDLE`, names another list.

use std::io;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use rustls_native_certs::CertificateResult;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::EndpointError;

pub struct Tls {
    name: ServerName<'static>,
    connector: TlsConnector,
}

impl Tls {
    pub fn to(host: &str) -> Result<Self, EndpointError> {
        let name = ServerName::try_from(host.to_owned()).map_err(|_| EndpointError::Url(host.into()))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| EndpointError::Certificates(error.to_string()))?
            .with_root_certificates(trusted()?)
            .with_no_client_auth();
        Ok(Self { name, connector: TlsConnector::from(Arc::new(config)) })
    }

    pub async fn over(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        self.connector.connect(self.name.clone(), stream).await
    }
}

fn trusted() -> Result<RootCertStore, EndpointError> {
    let found: CertificateResult = match std::env::var_os("AWS_CA_BUNDLE") {
        Some(bundle) => rustls_native_certs::load_certs_from_paths(Some(bundle.as_ref()), None),
        None => rustls_native_certs::load_native_certs(),
    };
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        let reasons: Vec<String> = found.errors.iter().map(ToString::to_string).collect();
        return Err(EndpointError::Certificates(reasons.join("; ")));
    }
    Ok(roots)
}
