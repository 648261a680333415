//! What a connection writes, gathered into few calls of the kernel.
//!
//! The HTTP/2 library writes each frame of data by itself, so that an answer costs a call of the kernel and a packet of its
//! own: for small answers more than all the rest. Here bytes wait until the connection has nothing more to say for now, or
//! there are enough of them; then they leave together. Nothing waits for time to pass, so no answer is later for it.

use std::{
    future::poll_fn,
    io::{self, IoSlice},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::turns::Turn;

/// So many bytes leave before more are taken: as many as the kernel hands to the network at once.
const ENOUGH: usize = 64 << 10;

/// The longest single write there is as a rule: a frame of data with what stands before it.
const FRAME: usize = 17 << 10;

/// A connection that has written so little keeps its room; a larger one is given back, for many connections are idle.
const KEPT: usize = 4 << 10;

/// A socket whose writes are gathered. What it was told to write leaves when [`Writes::after`] says so.
#[derive(Debug)]
pub(super) struct Gathering<R, W> {
    socket: R,
    writes: Writes<W>,
}

/// The writes of a socket.
#[derive(Debug)]
pub(super) struct Writes<W>(Arc<Mutex<Waiting<W>>>);

impl<W> Clone for Writes<W> {
    fn clone(&self) -> Self {
        Writes(Arc::clone(&self.0))
    }
}

/// What waits to leave.
#[derive(Debug)]
struct Waiting<W> {
    socket: W,
    bytes: Vec<u8>,
    /// So many of the bytes have left.
    left: usize,
}

/// Gathers the writes of a socket.
pub(super) fn gather<R, W>(read: R, write: W) -> (Gathering<R, W>, Writes<W>) {
    let writes = Writes(Arc::new(Mutex::new(Waiting { socket: write, bytes: vec![], left: 0 })));
    (Gathering { socket: read, writes: writes.clone() }, writes)
}

impl<W: AsyncWrite + Unpin> Writes<W> {
    /// Runs a connection over the socket, and after each of its turns lets leave what it wrote.
    pub(super) async fn after<T, E: From<io::Error>>(
        &self,
        turn: &Turn,
        mut connection: Pin<&mut impl Future<Output = Result<T, E>>>,
    ) -> Result<T, E> {
        poll_fn(|cx| {
            turn.begin();
            let ended = connection.as_mut().poll(cx);
            // What is left waits for the socket, which wakes this same task.
            match self.waiting().poll_leave(cx) {
                Poll::Ready(Err(error)) => Poll::Ready(Err(error.into())),
                Poll::Ready(Ok(())) | Poll::Pending => ended,
            }
        })
        .await
    }

    /// One task alone uses a socket, so nobody waits here; and bytes are whole whatever panicked.
    fn waiting(&self) -> MutexGuard<'_, Waiting<W>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: AsyncWrite + Unpin> Waiting<W> {
    /// Writes until nothing waits.
    fn poll_leave(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(rest) = self.bytes.get(self.left..).filter(|rest| !rest.is_empty()) {
            match ready!(Pin::new(&mut self.socket).poll_write(cx, rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => self.left += written,
            }
        }
        self.left = 0;
        if self.bytes.capacity() > KEPT {
            self.bytes = Vec::new();
        }
        self.bytes.clear();
        // TLS keeps what it has encrypted until the socket takes it.
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    /// Takes bytes, once there is room.
    fn poll_take(&mut self, cx: &mut Context<'_>, slices: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        if self.bytes.len() >= ENOUGH {
            ready!(self.poll_leave(cx))?;
        }
        let len = slices.iter().map(|slice| slice.len()).sum();
        if self.bytes.len() + len > self.bytes.capacity() {
            let room = if self.bytes.len() + len > KEPT { ENOUGH + FRAME } else { KEPT };
            self.bytes.reserve_exact(room.saturating_sub(self.bytes.len()).max(len));
        }
        for slice in slices {
            self.bytes.extend_from_slice(slice);
        }
        Poll::Ready(Ok(len))
    }
}

impl<R: AsyncRead + Unpin, W: Unpin> AsyncRead for Gathering<R, W> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_read(cx, buffer)
    }
}

impl<R: Unpin, W: AsyncWrite + Unpin> AsyncWrite for Gathering<R, W> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.writes.waiting().poll_take(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.writes.waiting().poll_take(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// Nothing yet: the library flushes after each frame of data.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut waiting = self.writes.waiting();
        ready!(waiting.poll_leave(cx))?;
        Pin::new(&mut waiting.socket).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::{
            TcpListener, TcpStream,
            tcp::{OwnedReadHalf, OwnedWriteHalf},
        },
        time::timeout,
    };

    use super::*;

    async fn connected() -> (Gathering<OwnedReadHalf, OwnedWriteHalf>, Writes<OwnedWriteHalf>, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let peer = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (read, write) = listener.accept().await.unwrap().0.into_split();
        let (gathering, writes) = gather(read, write);
        (gathering, writes, peer)
    }

    #[tokio::test]
    async fn bytes_leave_after_the_turn_and_not_before() {
        let (mut gathering, writes, mut peer) = connected().await;
        gathering.write_all(b"one ").await.unwrap();
        gathering.flush().await.unwrap();
        let mut received = [0; 7];
        assert!(timeout(Duration::from_millis(50), peer.read(&mut received)).await.is_err(), "nothing has left yet");
        let turn = std::pin::pin!(async { gathering.write_all(b"two").await });
        writes.after::<_, io::Error>(&Turn::default(), turn).await.unwrap();
        peer.read_exact(&mut received).await.unwrap();
        assert_eq!(&received, b"one two");
    }

    #[tokio::test]
    async fn all_bytes_arrive_in_order_at_a_peer_that_reads_slowly_and_the_end_behind_them() {
        const BYTES: usize = 20 << 20;
        let (mut gathering, writes, mut peer) = connected().await;
        let reader = tokio::spawn(async move {
            let mut received = vec![];
            let mut buffer = vec![0; 100_000];
            loop {
                let read = peer.read(&mut buffer).await.unwrap();
                received.extend_from_slice(&buffer[..read]);
                if read == 0 {
                    return received;
                }
                tokio::task::yield_now().await;
            }
        });
        let sent: Vec<u8> = (0..BYTES).map(|at| (at * 31 % 251) as u8).collect();
        let turn = std::pin::pin!(async {
            for piece in sent.chunks(16_393) {
                gathering.write_all(piece).await?;
                // Never much more than what leaves at once.
                assert!(gathering.writes.waiting().bytes.len() < ENOUGH + FRAME);
            }
            gathering.shutdown().await
        });
        writes.after::<_, io::Error>(&Turn::default(), turn).await.unwrap();
        assert!(reader.await.unwrap() == sent);
        assert!(writes.waiting().bytes.capacity() <= KEPT, "an idle connection holds no room");
    }

    #[tokio::test]
    async fn a_peer_that_went_away_ends_the_connection() {
        let (mut gathering, writes, peer) = connected().await;
        drop(peer);
        let turn = std::pin::pin!(async {
            loop {
                gathering.write_all(b"anybody?").await?;
                tokio::task::yield_now().await;
            }
        });
        let ended = timeout(Duration::from_secs(10), writes.after::<(), io::Error>(&Turn::default(), turn)).await;
        assert!(ended.is_ok_and(|ended| ended.is_err()));
    }
}
