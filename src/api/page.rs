//! Paging (AIP-158) and gathering: from a request's token to a pinned view, and from its slices to the body of an answer.

use std::sync::Arc;

use prost::{Message, Name};

use super::{
    FactService,
    error::{Error, GoesOn},
    mask::Mask,
    token::{self, Digest, Key, Token},
    wire::Reply,
};
use crate::{
    model::encoded::behind_varint,
    store::{
        Hits, Store, View,
        query::{PageOf, Position},
    },
};

/// Where a page ends, whatever was asked for: clients refuse messages above 4 MiB.
const MOST_BYTES: usize = 3 << 20;

/// The tag of field 1, length-delimited: where every list holds its entries.
const ENTRY: u8 = 0x0a;

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
    /// Opens the page of a request, by its digest.
    pub(super) fn open<S: Store<View = V>>(
        service: &FactService<S>,
        goes_on: GoesOn,
        request: Digest,
        Asked { size, token }: Asked,
    ) -> Result<Page<V>, Error> {
        let key = service.0.token_key;
        let Some(token) = token else {
            return Ok(Page { view: service.0.store.current(), of: PageOf { after: None, size }, request, key });
        };
        if token.request != request {
            return Err(Error::TokenMismatch(goes_on));
        }
        let revision = blake3::Hash::from_bytes(token.revision).to_hex();
        let view = service.0.store.at(&revision).ok_or(Error::RevisionGone(goes_on))?;
        Ok(Page { view, of: PageOf { after: Some(token.after), size }, request, key })
    }

    /// The token of the page that goes on after a position.
    pub(super) fn token(&self, after: Position) -> String {
        Token { after, request: self.request, revision: *self.view.digest() }.write(&self.key)
    }

    /// Gathers a list: entries until the page is full, `next_page_token = 2`, `revision = 3`. `append` appends an entry and says
    /// where it stands; `bytes` is about what all of them take.
    pub(super) fn gather<T>(
        &self,
        bytes: usize,
        entries: &[T],
        mut more: bool,
        mut append: impl FnMut(&T, &mut Vec<u8>) -> Position,
    ) -> Reply {
        let mut reply = Reply::with_capacity(bytes.min(MOST_BYTES) + 256);
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

/// What answers a list, to be gathered into the body of an answer.
pub(super) trait Rows {
    /// Gathers as many rows as the page holds, each cut by a mask.
    fn gather<V: View>(self, page: &Page<V>, mask: Mask) -> Reply;
}

impl Rows for Hits<'_> {
    fn gather<V: View>(self, page: &Page<V>, mask: Mask) -> Reply {
        let bytes = self.hits.iter().map(|hit| hit.bytes.len() + 1).sum();
        let mut scratch = Vec::new();
        page.gather(bytes, &self.hits, self.more, |hit, out| {
            Entry::of(hit.bytes, mask, &mut scratch).append(out);
            hit.at
        })
    }
}

/// A stored message as a list carries it: as its field 1, behind its length. Copied once, from the store into the answer;
/// only what a mask leaves of it is put together aside.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'b>(&'b [u8]);

impl<'b> Entry<'b> {
    /// What a mask leaves of a stored message; `scratch` has room for it.
    pub(super) fn of(bytes: &'b [u8], mask: Mask, scratch: &'b mut Vec<u8>) -> Entry<'b> {
        if mask.is_all() {
            return Entry(bytes);
        }
        let message = behind_varint(bytes);
        scratch.clear();
        prost::encoding::encode_varint(mask.kept(message) as u64, scratch);
        mask.cut(message, scratch);
        Entry(scratch)
    }

    /// How many bytes it takes, with its tag.
    pub(super) fn len(self) -> usize {
        1 + self.0.len()
    }

    /// Appends it.
    pub(super) fn append(self, out: &mut Vec<u8>) {
        out.push(ENTRY);
        out.extend_from_slice(self.0);
    }

    /// Appends the start of an entry that is put together here, of so many bytes.
    pub(super) fn open(len: usize, out: &mut Vec<u8>) {
        match len {
            // Nearly all of them; the others a byte at a time.
            0x80..0x4000 => out.extend_from_slice(&[ENTRY, len as u8 | 0x80, (len >> 7) as u8]),
            _ => {
                out.push(ENTRY);
                prost::encoding::encode_varint(len as u64, out);
            }
        }
    }
}

/// The answer to a get: one stored message, cut by a mask.
pub(super) fn one(bytes: &[u8], mask: Mask) -> Reply {
    let message = behind_varint(bytes);
    let mut reply = Reply::with_capacity(message.len());
    mask.cut(message, reply.message());
    reply
}

/// The answer to a batch: entries in order, and the revision behind them.
pub(super) fn several(slices: &[&[u8]], mask: Mask, revision: &str) -> Reply {
    let mut reply = Reply::with_capacity(slices.iter().map(|bytes| bytes.len() + 1).sum::<usize>() + 80);
    let mut scratch = Vec::new();
    for bytes in slices {
        Entry::of(bytes, mask, &mut scratch).append(reply.message());
    }
    reply.string(2, revision);
    reply
}

/// How many entries of these lengths fit into so many bytes: at least one, if there is one.
pub(super) fn fit(lens: impl ExactSizeIterator<Item = usize>, most: usize) -> usize {
    let all = lens.len();
    let mut bytes = 0;
    let fit = lens.take_while(|len| {
        bytes += len;
        bytes <= most
    });
    fit.count().max(1).min(all)
}

/// The digest of a request whose page fields have been taken out.
pub(super) fn digest<R: Message + Name>(request: &R) -> Digest {
    token::digest(R::NAME, &request.encode_to_vec())
}
