//! TLS of a webhook beyond the system's roots: whom else it trusts, and how it
//! shows who it is. PEM in, a client's settings out.

use super::Problem;
use crate::config::secret::Secret;
use reqwest::{Certificate, ClientBuilder, Identity};
use rustls::RootCertStore;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use std::sync::Arc;

/// `ca_file`, `client_cert_file` and `client_key_file`: what is in them.
#[derive(Debug, Clone, Default)]
pub struct Tls {
    /// Certificates of authorities that are trusted beside the system's.
    pub ca: Option<Secret>,
    /// What is shown to a receiver that asks: a certificate, and those that lead to its authority.
    pub client_cert: Option<Secret>,
    /// Its private key; `None`: it stands beside the certificate.
    pub client_key: Option<Secret>,
}

impl Tls {
    /// What can be known to be wrong without connecting.
    #[must_use]
    pub fn check(&self) -> Vec<Problem> {
        self.authorities().err().into_iter().chain(self.identity().err()).collect()
    }

    /// A client with these settings.
    pub(super) fn apply(&self, client: ClientBuilder) -> Result<ClientBuilder, Problem> {
        let client = client.tls_certs_merge(self.authorities()?);
        Ok(match self.identity()? {
            Some(identity) => client.identity(identity),
            None => client,
        })
    }

    fn authorities(&self) -> Result<Vec<Certificate>, Problem> {
        let Some(pem) = &self.ca else { return Ok(Vec::new()) };
        let found = certificates(pem, "ca")?;
        let mut store = RootCertStore::empty();
        for certificate in &found {
            store.add(certificate.clone()).map_err(|error| {
                problem("ca", format!("this is no certificate of an authority: {error}"), "give the authority's own")
            })?;
        }
        let given = found.iter().map(|certificate| Certificate::from_der(certificate));
        given.collect::<Result<_, _>>().map_err(|_| problem("ca", "this is no certificate".to_owned(), PEM))
    }

    fn identity(&self) -> Result<Option<Identity>, Problem> {
        let (cert, key) = match (&self.client_cert, &self.client_key) {
            (None, None) => return Ok(None),
            (None, Some(_)) => {
                let message = "a key without a certificate shows nobody who newswatch is".to_owned();
                return Err(problem("client_key", message, "add `client_cert_file`"));
            }
            (Some(cert), key) => (cert, key.as_ref()),
        };
        let chain = certificates(cert, "client_cert")?;
        let (place, holder) = key.map_or(("client_cert", cert), |key| ("client_key", key));
        let private = private_key(holder, place)?;
        let provider = CryptoProvider::get_default().map_or_else(|| Arc::new(ring::default_provider()), Arc::clone);
        CertifiedKey::from_der(chain, private, &provider).map_err(|error| {
            let message = format!("this key cannot be used with the certificate: {error}");
            problem(place, message, "give the private key that the certificate was made for")
        })?;
        let both = format!("{}\n{}", cert.expose(), key.map_or("", Secret::expose));
        let identity = Identity::from_pem(both.as_bytes());
        let message = || "certificate and key cannot be used together".to_owned();
        identity.map(Some).map_err(|_| problem(place, message(), "leave nothing but certificates and one key in them"))
    }
}

/// What to do where there is nothing of the kind.
const PEM: &str = "a PEM file is needed: text with a line -----BEGIN CERTIFICATE-----";

fn certificates(pem: &Secret, key: &'static str) -> Result<Vec<CertificateDer<'static>>, Problem> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.expose().as_bytes()).collect();
    let found = found.map_err(|_| problem(key, "a certificate in this is damaged".to_owned(), PEM))?;
    if found.is_empty() { Err(problem(key, "there is no certificate in this".to_owned(), PEM)) } else { Ok(found) }
}

fn private_key(pem: &Secret, key: &'static str) -> Result<PrivateKeyDer<'static>, Problem> {
    let text = pem.expose();
    if text.contains("ENCRYPTED") {
        let help = "decrypt it (`openssl pkey -in KEY -out NEW`), and let only newswatch read it";
        return Err(problem(key, "this private key is encrypted".to_owned(), help));
    }
    PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|_| {
        let (message, help) = if key == "client_cert" {
            ("there is no private key in this", "add `client_key_file`")
        } else {
            ("there is no private key in this", "a PEM file is needed: text with a line -----BEGIN PRIVATE KEY-----")
        };
        problem(key, message.to_owned(), help)
    })
}

fn problem(key: &'static str, message: String, help: &str) -> Problem {
    Problem { key, message, help: help.to_owned() }
}
