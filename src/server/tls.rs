//! TLS with rustls and ring: the certificate of the server, and those of clients if they must have one. All of it is read of files
//! and loaded anew when they change; connections that stand go on, but for those whose certificate no longer holds.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use arc_swap::ArcSwap;
use rustls::{
    RootCertStore, ServerConfig,
    crypto::ring::default_provider,
    pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer, UnixTime, pem::PemObject},
    server::{WebPkiClientVerifier, danger::ClientCertVerifier},
    sign::{CertifiedKey, SingleCertAndKey},
};
use tokio::sync::watch;
use x509_parser::{extensions::GeneralName, prelude::FromDer as _, prelude::X509Certificate};

use super::secrets::{self, Kept};

/// Where the certificates are, in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// The server's, and those that lead from it to one that clients know.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
    /// Who signs the certificates of clients, if they must have one.
    pub client_authorities: Option<PathBuf>,
    /// Which of these are revoked.
    pub revoked: Option<PathBuf>,
}

/// How connections are encrypted.
pub struct Tls {
    files: Files,
    now: ArcSwap<Loaded>,
    /// Tells connections of other certificates.
    loads: watch::Sender<()>,
}

struct Loaded {
    service: Arc<ServerConfig>,
    /// The same for operators, who need no certificate.
    operators: Arc<ServerConfig>,
    clients: Option<Arc<dyn ClientCertVerifier>>,
    /// The last second of the server's certificate, since 1970.
    ends: i64,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("files", &self.files).finish_non_exhaustive()
    }
}

impl Tls {
    /// Reads the files.
    pub fn of(files: Files) -> Result<Tls, String> {
        let now = ArcSwap::from_pointee(read(&files)?);
        Ok(Tls { files, now, loads: watch::channel(()).0 })
    }

    /// How connections are made now: those of callers, or of operators.
    pub(super) fn config(&self, operators: bool) -> Arc<ServerConfig> {
        let now = self.now.load();
        Arc::clone(if operators { &now.operators } else { &now.service })
    }

    /// News of other certificates.
    pub(super) fn loads(&self) -> watch::Receiver<()> {
        self.loads.subscribe()
    }

    /// Whether the certificate of a client still holds.
    pub(super) fn still_holds(&self, chain: &[CertificateDer<'_>]) -> bool {
        match (&self.now.load().clients, chain.split_first()) {
            (Some(clients), Some((own, others))) => clients.verify_client_cert(own, others, UnixTime::now()).is_ok(),
            (Some(_), None) => false,
            (None, _) => true,
        }
    }

    /// The last second of the server's certificate, since 1970.
    pub(super) fn ends(&self) -> i64 {
        self.now.load().ends
    }
}

impl Kept for Tls {
    fn files(&self) -> Vec<PathBuf> {
        let Files { certificate, key, client_authorities, revoked } = self.files.clone();
        [Some(certificate), Some(key), client_authorities, revoked].into_iter().flatten().collect()
    }

    fn load(&self) -> Result<(), String> {
        self.now.store(Arc::new(read(&self.files)?));
        self.loads.send_replace(());
        Ok(())
    }
}

fn read(files: &Files) -> Result<Loaded, String> {
    let provider = Arc::new(default_provider());
    let chain: Vec<CertificateDer<'static>> = all(&files.certificate, "certificate")?;
    let ends = chain.first().and_then(|own| X509Certificate::from_der(own).ok());
    let ends = ends.map_or(0, |(_, own)| own.validity().not_after.timestamp());
    let key_text = secrets::text(&files.key)?;
    let key = PrivateKeyDer::from_pem_slice(key_text.as_bytes())
        .map_err(|_| format!("{}: no private key in PEM", files.key.display()))?;
    let certified = CertifiedKey::from_der(chain, key, &provider).map_err(|error| {
        format!("{} and {} do not fit together: {error}", files.certificate.display(), files.key.display())
    })?;
    let clients = files.client_authorities.as_deref().map(|ca| verifier(ca, files.revoked.as_deref())).transpose()?;
    let resolver = Arc::new(SingleCertAndKey::from(certified));
    let config = |clients: Option<Arc<dyn ClientCertVerifier>>| {
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("TLS cannot be set up: {error}"))?;
        let builder = match clients {
            Some(clients) => builder.with_client_cert_verifier(clients),
            None => builder.with_no_client_auth(),
        };
        let mut config = builder.with_cert_resolver(Arc::clone(&resolver) as _);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok::<_, String>(Arc::new(config))
    };
    Ok(Loaded { service: config(clients.clone())?, operators: config(None)?, clients, ends })
}

fn verifier(authorities: &Path, revoked: Option<&Path>) -> Result<Arc<dyn ClientCertVerifier>, String> {
    let mut roots = RootCertStore::empty();
    for authority in all::<CertificateDer<'static>>(authorities, "certificate")? {
        roots.add(authority).map_err(|error| format!("{}: no authority: {error}", authorities.display()))?;
    }
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::new(default_provider()));
    let builder = match revoked {
        // Of the authority that is listed here; a certificate of one that has no list here is not let in.
        Some(revoked) => builder
            .with_crls(all::<CertificateRevocationListDer<'static>>(revoked, "certificate revocation list")?)
            .only_check_end_entity_revocation(),
        None => builder,
    };
    builder.build().map_err(|error| format!("{}: clients cannot be checked: {error}", authorities.display()))
}

/// All items of one sort in a PEM file: at least one.
fn all<T: PemObject>(path: &Path, what: &str) -> Result<Vec<T>, String> {
    let text = secrets::text(path)?;
    let items: Result<Vec<T>, _> = T::pem_slice_iter(text.as_bytes()).collect();
    let items = items.map_err(|error| format!("{}: {error}", path.display()))?;
    if items.is_empty() { Err(format!("{}: no {what} in PEM", path.display())) } else { Ok(items) }
}

/// The names that a certificate bears: URIs, DNS names, and the common name last.
pub(super) fn names(certificate: &CertificateDer<'_>) -> Vec<String> {
    let Ok((_, certificate)) = X509Certificate::from_der(certificate) else { return vec![] };
    let alternatives = certificate.subject_alternative_name().ok().flatten();
    let alternatives = alternatives.iter().flat_map(|found| &found.value.general_names);
    let mut names: Vec<String> = alternatives
        .filter_map(|name| match name {
            GeneralName::URI(name) | GeneralName::DNSName(name) => Some((*name).to_owned()),
            _ => None,
        })
        .collect();
    names.extend(certificate.subject().iter_common_name().filter_map(|name| name.as_str().ok()).map(str::to_owned));
    if names.is_empty() {
        names.push(certificate.subject().to_string());
    }
    names
}
