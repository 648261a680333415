//! A driver for protocols that answer in the order they are asked: requests are sent ahead, so no peer waits for the driver.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
};

use bytes::{Bytes, BytesMut};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    runtime::Runtime,
    task::LocalSet,
};

/// How answers are told apart.
pub(crate) trait Protocol {
    /// How many of these bytes are the first answer, if it is whole.
    fn whole(&self, bytes: &[u8]) -> Option<usize>;

    /// What has to be asked next before the request is answered.
    fn next(&self, answer: &[u8]) -> Option<Vec<u8>>;
}

/// Open connections to a peer.
pub(crate) struct Wire {
    runtime: Runtime,
    streams: RefCell<Vec<TcpStream>>,
    depth: usize,
    protocol: Rc<dyn Protocol>,
}

/// Looks at answers: the number of the request, and all that came for it.
type Seen = Rc<RefCell<dyn FnMut(usize, &[u8])>>;

impl Wire {
    /// Asks over these connections, so many requests ahead on each.
    pub(crate) fn over(streams: Vec<std::net::TcpStream>, depth: usize, protocol: Rc<dyn Protocol>) -> Wire {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let within = runtime.enter();
        let taken = |stream: std::net::TcpStream| {
            stream.set_nodelay(true).and_then(|()| stream.set_nonblocking(true)).expect("a socket");
            TcpStream::from_std(stream).expect("a socket")
        };
        let streams = RefCell::new(streams.into_iter().map(taken).collect());
        drop(within);
        Wire { runtime, streams, depth, protocol }
    }

    /// Asks each request once.
    pub(crate) fn each(&self, requests: &Rc<[Bytes]>, seen: impl FnMut(usize, &[u8]) + 'static) {
        let (seen, next): (Seen, _) = (Rc::new(RefCell::new(seen)), Rc::new(Cell::new(0)));
        let lines = self.streams.take().into_iter().map(|stream| Line {
            stream,
            protocol: Rc::clone(&self.protocol),
            requests: Rc::clone(requests),
            next: Rc::clone(&next),
            depth: self.depth,
            seen: Rc::clone(&seen),
            pending: VecDeque::new(),
            output: vec![],
        });
        let lines: Vec<Line> = lines.collect();
        let streams = LocalSet::new().block_on(&self.runtime, async {
            let running: Vec<_> = lines.into_iter().map(|line| tokio::task::spawn_local(line.run())).collect();
            let mut streams = vec![];
            for line in running {
                streams.push(line.await.expect("a connection"));
            }
            streams
        });
        self.streams.replace(streams);
    }
}

/// One connection.
struct Line {
    stream: TcpStream,
    protocol: Rc<dyn Protocol>,
    requests: Rc<[Bytes]>,
    next: Rc<Cell<usize>>,
    depth: usize,
    seen: Seen,
    /// Requests that were sent, with what came for them already.
    pending: VecDeque<(usize, BytesMut)>,
    output: Vec<u8>,
}

impl Line {
    async fn run(mut self) -> TcpStream {
        let mut input = BytesMut::with_capacity(1 << 16);
        loop {
            while self.pending.len() < self.depth && self.next.get() < self.requests.len() {
                let number = self.next.replace(self.next.get() + 1);
                self.output.extend_from_slice(&self.requests[number]);
                self.pending.push_back((number, BytesMut::new()));
            }
            if self.pending.is_empty() {
                return self.stream;
            }
            self.stream.write_all(&self.output).await.expect("a peer that listens");
            self.output.clear();
            let came = self.stream.read_buf(&mut input).await.expect("a peer that answers");
            assert!(came > 0, "the peer hung up");
            while let Some(len) = self.protocol.whole(&input) {
                let answer = input.split_to(len);
                self.answered(&answer);
            }
        }
    }

    fn answered(&mut self, answer: &[u8]) {
        let (number, mut before) = self.pending.pop_front().expect("an answer to a request");
        let first = before.is_empty();
        if let Some(more) = self.protocol.next(answer).filter(|_| first) {
            before.extend_from_slice(answer);
            self.output.extend_from_slice(&more);
            self.pending.push_back((number, before));
        } else if first {
            (self.seen.borrow_mut())(number, answer);
        } else {
            before.extend_from_slice(answer);
            (self.seen.borrow_mut())(number, &before);
        }
    }
}
