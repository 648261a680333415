//! The accept loop: one for each listener. It never ends by itself: what a system runs out of comes back.

use std::{convert::Infallible, future::poll_fn, io, net::SocketAddr, task::Poll, time::Duration};

use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream};

use super::workers::Workers;

/// A peer that is silent for so long is asked by the system whether it is still there, and is gone if it does not answer some times.
const ASKED: Duration = Duration::from_secs(60);

/// The first pause after the system refused a connection, in milliseconds; doubled up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(5);

/// The longest such pause: how late the server notices that descriptors are free again.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// A bound listener in the current runtime.
pub(super) fn listener(listener: std::net::TcpListener) -> io::Result<TcpListener> {
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}

/// Accepts on all listeners, for ever.
pub(super) async fn all(listeners: &[TcpListener], workers: &Workers) -> Infallible {
    let mut loops: Vec<_> = listeners
        .iter()
        .map(|listener| Box::pin(one(|| listener.accept(), |stream, from| workers.hand_over(stream, from))))
        .collect();
    poll_fn(|cx| {
        for accepting in &mut loops {
            if let Poll::Ready(never) = accepting.as_mut().poll(cx) {
                match never {}
            }
        }
        Poll::Pending
    })
    .await
}

/// Accepts on one listener, for ever.
#[expect(clippy::infinite_loop, reason = "the type says so, as far as an async function can")]
async fn one<A, F>(mut accept: A, hand_over: impl Fn(TcpStream, SocketAddr)) -> Infallible
where
    A: FnMut() -> F,
    F: Future<Output = io::Result<(TcpStream, SocketAddr)>>,
{
    let mut pause = FIRST_PAUSE;
    loop {
        match accept().await {
            Ok((stream, from)) => {
                pause = FIRST_PAUSE;
                // Small answers must not wait for an acknowledgement of the one before. A peer that is gone already fails
                // here, and shows it again to the worker.
                let kept = SockRef::from(&stream).set_tcp_keepalive(&TcpKeepalive::new().with_time(ASKED));
                if let Err(error) = stream.set_nodelay(true).and(kept) {
                    tracing::debug!(%error, "cannot set nodelay and keepalive");
                }
                hand_over(stream, from);
            }
            Err(error) if is_of_the_connection(&error) => {
                tracing::debug!(%error, "a connection failed before it was accepted");
            }
            Err(error) => {
                tracing::warn!(%error, pause_ms = pause.as_millis() as u64, "cannot accept connections; trying again");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}

/// Whether an error is of the one connection, and the next may be well.
fn is_of_the_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

#[cfg(test)]
mod tests {
    use std::{
        cell::RefCell,
        sync::atomic::{AtomicUsize, Ordering::Relaxed},
    };

    use super::*;

    /// ENFILE and EMFILE of Linux.
    const OUT_OF_DESCRIPTORS: [i32; 2] = [23, 24];

    #[tokio::test]
    async fn connections_are_accepted_without_delay_of_small_packets() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let accepted = RefCell::new(None);
        tokio::select! {
            never = one(|| listener.accept(), |stream, _| drop(accepted.replace(Some(stream)))) => match never {},
            () = async { while accepted.borrow().is_none() { tokio::task::yield_now().await } } => {}
        }
        assert!(accepted.into_inner().unwrap().nodelay().unwrap());
    }

    #[tokio::test]
    async fn no_error_ends_the_loop() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let tries = AtomicUsize::new(0);
        let accept = || {
            let tried = tries.fetch_add(1, Relaxed);
            let listener = &listener;
            async move {
                match tried {
                    0..4 => Err(io::Error::from_raw_os_error(OUT_OF_DESCRIPTORS[tried % 2])),
                    4 => Err(io::ErrorKind::ConnectionAborted.into()),
                    _ => listener.accept().await,
                }
            }
        };
        let handed_over = AtomicUsize::new(0);
        let began = tokio::time::Instant::now();
        tokio::select! {
            never = one(accept, |_, _| handed_over.store(1, Relaxed)) => match never {},
            () = async { while handed_over.load(Relaxed) == 0 { tokio::task::yield_now().await } } => {}
        }
        // 5, 10, 20 and 40 milliseconds: it does not spin.
        assert!(began.elapsed() >= Duration::from_millis(75));
    }
}
