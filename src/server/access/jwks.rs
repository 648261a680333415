//! Where the keys of tokens are: in a file, or at an address of the issuer, which is asked again now and then.

use std::{
    convert::Infallible,
    path::{Path, PathBuf},
    time::Duration,
};

use http::{Request, Uri};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use tokio::{
    sync::Notify,
    time::{Instant, sleep_until, timeout},
};

use crate::server::secrets::Secrets;

/// How often the issuer is asked.
const EVERY: Duration = Duration::from_secs(300);

/// And how soon again when a token names a key that is not known: whoever calls with such tokens makes no flood of it.
const AGAIN: Duration = Duration::from_secs(10);

/// How long the issuer may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The largest answer.
const MOST: usize = 1 << 20;

/// Where keys are.
#[derive(Debug)]
pub enum Source {
    /// In a file, which is loaded anew when it changes.
    File(PathBuf),
    /// At an address.
    Address {
        /// `https`, or `http` on this machine.
        uri: Uri,
        /// Told when a key is not known.
        unknown: Notify,
    },
}

impl Source {
    /// A file, or an address if it is one.
    pub fn read(text: &str) -> Result<Source, String> {
        let Some((scheme, _)) = text.split_once("://") else { return Ok(Source::File(text.into())) };
        let uri: Uri = text.parse().map_err(|error| format!("{text:?} is no address: {error}"))?;
        let host = uri.host().unwrap_or_default();
        match scheme {
            "https" => {}
            "http" if matches!(host, "localhost" | "127.0.0.1" | "[::1]") => {}
            _ => return Err(format!("{text:?}: keys are fetched by https, so that nobody can give others")),
        }
        Ok(Source::Address { uri, unknown: Notify::new() })
    }

    /// The file, if it is one.
    pub(super) fn file(&self) -> Option<&Path> {
        match self {
            Source::File(path) => Some(path),
            Source::Address { .. } => None,
        }
    }

    /// A token named a key that is not known: there may be a new one.
    pub(super) fn look_again(&self) {
        if let Source::Address { unknown, .. } = self {
            unknown.notify_one();
        }
    }

    /// What is at the address, if it is one; or why that cannot be had.
    pub(super) async fn fetched(&self) -> Result<Option<String>, String> {
        let Source::Address { uri, .. } = self else { return Ok(None) };
        fetch(uri).await.map(Some).map_err(|reason| format!("{uri}: {reason}"))
    }

    /// Takes what is at the address, again and again. Ends never; does nothing for a file.
    pub(super) async fn refresh(&self, take: impl Fn(&str) -> Result<(), String>, secrets: &Secrets) -> Infallible {
        let Source::Address { uri, unknown } = self else { return std::future::pending().await };
        loop {
            let began = Instant::now();
            tokio::select! {
                () = sleep_until(began + EVERY) => {}
                () = async { unknown.notified().await; sleep_until(began + AGAIN).await } => {}
            }
            let taken = fetch(uri).await.and_then(|text| take(&text));
            secrets.count(taken.is_ok());
            match taken {
                Ok(()) => tracing::debug!(%uri, "keys of tokens loaded"),
                Err(reason) => tracing::error!(%uri, reason, "keys of tokens not loaded; the ones before stay"),
            }
        }
    }
}

async fn fetch(uri: &Uri) -> Result<String, String> {
    let connector = HttpsConnectorBuilder::new()
        .with_provider_and_native_roots(rustls::crypto::ring::default_provider())
        .map_err(|error| format!("cannot read the certificates that this machine trusts: {error}"))?
        .https_or_http()
        .enable_http1()
        .build();
    let client: Client<_, Empty<&[u8]>> = Client::builder(TokioExecutor::new()).build(connector);
    let request = Request::get(uri).header("accept", "application/json").body(Empty::new());
    let request = request.map_err(|error| error.to_string())?;
    let answer = async {
        let response = client.request(request).await.map_err(|error| format!("cannot be fetched: {error}"))?;
        if response.status() != 200 {
            return Err(format!("the answer was {}", response.status()));
        }
        let body = Limited::new(response.into_body(), MOST).collect().await;
        let bytes = body.map_err(|error| format!("the answer broke off, or is too large: {error}"))?.to_bytes();
        String::from_utf8(bytes.into()).map_err(|_| "the answer is no text".to_owned())
    };
    timeout(PATIENCE, answer).await.map_err(|_| "no answer in time".to_owned())?
}
