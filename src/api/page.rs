//! Paging (AIP-158) and gathering: from a request's token to a pinned view, and from its slices to the body of an answer.

use std::sync::Arc;

use prost::Message;

use super::{
    FactService,
    error::Error,
    mask::Mask,
    token::{self, Digest, Key, Token},
    wire::Reply,
};
use crate::{
    model::encoded::varint,
    pb,
    store::{
        Hit, Hits, Near, Store, View,
        query::{PageOf, Position},
    },
};

/// Where a page ends, whatever was asked for: clients refuse messages above 4 MiB.
const MOST_BYTES: usize = 3 << 20;

/// The tag of field 1, length-delimited: where every list holds its entries.
const ENTRY: u8 = 0x0a;

/// A request that pages. Taking its page fields leaves what its tokens belong to.
pub(super) trait Paged: Message + prost::Name {
    /// Takes `page_size` and `page_token` out.
    fn take_page(&mut self) -> (i32, String);
}

macro_rules! paged {
    ($($request:ident)*) => {$(
        impl Paged for pb::$request {
            fn take_page(&mut self) -> (i32, String) {
                (std::mem::take(&mut self.page_size), std::mem::take(&mut self.page_token))
            }
        }
    )*};
}

paged! {
    ListEventsRequest GetEventsNearRequest CountEventsRequest ListDisputesRequest ListClaimsRequest
    ListCampHandoversRequest ListPlacesRequest ListActorsRequest ListCampsRequest ListSourcesRequest
}

/// The page fields of a request, read.
#[derive(Debug)]
pub(super) struct Asked {
    /// How many entries at most.
    pub(super) size: usize,
    /// Where to go on, if not at the start.
    pub(super) token: Option<Token>,
}

/// The page that a request asks for: of which view, after what, how many.
pub(super) struct Page<V> {
    /// The pinned revision.
    pub(super) view: Arc<V>,
    /// Which part of the list.
    pub(super) of: PageOf,
    request: Digest,
    key: Key,
}

impl<V: View> Page<V> {
    /// Opens the page of a request whose page fields have been taken out.
    pub(super) fn open<S: Store<View = V>>(
        service: &FactService<S>,
        request: &impl Paged,
        Asked { size, token }: Asked,
    ) -> Result<Page<V>, Error> {
        let (request, key) = (digest(request), service.limits.page_token_key);
        let Some(token) = token else {
            return Ok(Page { view: service.store.current(), of: PageOf { after: None, size }, request, key });
        };
        if token.request != request {
            return Err(Error::TokenMismatch);
        }
        let revision = blake3::Hash::from_bytes(token.revision).to_hex();
        let view = service.store.at(&revision).ok_or(Error::RevisionGone)?;
        Ok(Page { view, of: PageOf { after: Some(token.after), size }, request, key })
    }

    /// The token of the page that goes on after a position.
    pub(super) fn token(&self, after: Position) -> String {
        let revision = blake3::Hash::from_hex(self.view.revision()).map(|hash| *hash.as_bytes()).unwrap_or_default();
        Token { after, request: self.request, revision }.write(&self.key)
    }

    /// Gathers a list: entries, `next_page_token = 2`, `revision = 3`.
    pub(super) fn gather(&self, hits: &Hits<'_>, mask: Mask) -> Reply {
        let bytes: usize = hits.hits.iter().map(|hit| hit.bytes.len() + 1).sum();
        let reply = Reply::with_capacity(bytes.min(MOST_BYTES) + 256);
        self.gather_with(reply, &hits.hits, hits.more, |hit, out| {
            out.push(ENTRY);
            entry(hit, mask, out);
            hit.at
        })
    }

    /// Gathers a near search: each event with its distance.
    pub(super) fn gather_near(&self, near: &Near<'_>, mask: Mask) -> Reply {
        let bytes: usize = near.hits.iter().map(|near| near.hit.bytes.len() + 40).sum();
        let reply = Reply::with_capacity(bytes.min(MOST_BYTES) + 256);
        let mut event = Vec::new();
        self.gather_with(reply, &near.hits, near.more, |near, out| {
            event.clear();
            entry(&near.hit, mask, &mut event);
            let len = 1 + event.len() + 9 + near.bearing.map_or(0, |_| 9) + 9;
            out.push(ENTRY);
            prost::encoding::encode_varint(len as u64, out);
            out.push(ENTRY);
            out.extend_from_slice(&event);
            prost::encoding::double::encode(2, &near.distance, out);
            if let Some(bearing) = near.bearing {
                prost::encoding::double::encode(3, &bearing, out);
            }
            prost::encoding::double::encode(4, &near.uncertainty, out);
            near.hit.at
        })
    }

    /// Appends entries until the page is full, then the token and the revision.
    fn gather_with<T>(
        &self,
        mut reply: Reply,
        entries: &[T],
        mut more: bool,
        mut append: impl FnMut(&T, &mut Vec<u8>) -> Position,
    ) -> Reply {
        let mut last = None;
        for item in entries {
            let before = reply.message().len();
            let at = append(item, reply.message());
            if reply.len() > MOST_BYTES && last.is_some() {
                reply.message().truncate(before);
                more = true;
                break;
            }
            last = Some(at);
        }
        if let Some(last) = last.filter(|_| more) {
            reply.string(2, &self.token(last));
        }
        reply.string(3, self.view.revision());
        reply
    }
}

/// Appends a hit behind its length, cut by a mask.
fn entry(hit: &Hit<'_>, mask: Mask, out: &mut Vec<u8>) {
    if mask.is_all() {
        out.extend_from_slice(hit.bytes);
        return;
    }
    let mut cut = Vec::with_capacity(hit.bytes.len());
    mask.cut(body(hit.bytes), &mut cut);
    prost::encoding::encode_varint(cut.len() as u64, out);
    out.extend_from_slice(&cut);
}

/// A stored message without its length.
pub(super) fn body(bytes: &[u8]) -> &[u8] {
    let len = varint(bytes).map_or(0, |(_, len)| len);
    bytes.get(len..).unwrap_or_default()
}

/// The answer to a get: one stored message, cut by a mask.
pub(super) fn one(bytes: &[u8], mask: Mask) -> Reply {
    let message = body(bytes);
    let mut reply = Reply::with_capacity(message.len());
    mask.cut(message, reply.message());
    reply
}

/// The answer to a batch: entries in order, and the revision behind them.
pub(super) fn several(slices: &[&[u8]], mask: Mask, revision: &str) -> Reply {
    let mut reply = Reply::with_capacity(slices.iter().map(|bytes| bytes.len() + 1).sum::<usize>() + 80);
    for bytes in slices {
        reply.message().push(ENTRY);
        entry(&Hit { bytes, at: Position { major: 0, minor: 0 } }, mask, reply.message());
    }
    reply.string(2, revision);
    reply
}

fn digest<R: Paged>(request: &R) -> Digest {
    token::digest(R::NAME, &request.encode_to_vec())
}
