//! How an image is laid out: a header, sections aligned to 64 bytes, at the end the table of sections. Numbers are little-endian.

use zerocopy::{
    FromBytes, Immutable, IntoBytes, KnownLayout,
    little_endian::{U32, U64},
};

use super::Content;

/// The first bytes of every image.
pub(super) const MAGIC: [u8; 8] = *b"dossier\x01";
/// The version of the layout. Raise it when a section changes its meaning.
pub(super) const FORMAT: u32 = 5;
/// Where sections start: at multiples of a cache line.
pub(super) const ALIGNMENT: u64 = 64;
/// How much of a large section is verified at once.
pub(super) const BLOCK: u64 = 64 * 1024;

/// What an image starts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(super) struct Header {
    /// [`MAGIC`].
    pub(super) magic: [u8; 8],
    /// [`FORMAT`].
    pub(super) format: U32,
    /// The version of the rules of derivation.
    pub(super) derivation: U32,
    /// The digest of the contract.
    pub(super) schema: [u8; 32],
    /// The revision.
    pub(super) revision: [u8; 32],
    /// Length of the whole in bytes.
    pub(super) len: U64,
    /// Where the table of sections starts.
    pub(super) table_at: U64,
    /// How many sections there are.
    pub(super) sections: U64,
    /// Checksum of the table.
    pub(super) table_crc: U64,
    /// Checksum of all of the header before this field.
    pub(super) crc: U64,
}

impl Header {
    /// The checksum that belongs into the header.
    pub(super) fn checksum(&self) -> u64 {
        let bytes = self.as_bytes();
        crc_fast::crc64_nvme(bytes.get(..bytes.len() - size_of::<U64>()).unwrap_or_default())
    }
}

/// A section, as the table tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(super) struct TableEntry {
    /// A [`SectionId`].
    pub(super) id: U32,
    /// 1 if it is verified as a whole when the image is opened, 0 if block by block.
    pub(super) eager: U32,
    /// Where it starts.
    pub(super) at: U64,
    /// Its length in bytes.
    pub(super) len: U64,
    /// Of an eager section its checksum; of another the number of its first block in the section of sums.
    pub(super) check: U64,
}

/// A section, read from the table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) id: u32,
    pub(super) eager: bool,
    pub(super) at: u64,
    pub(super) len: u64,
    pub(super) check: u64,
}

/// Declares the sections: a number, a name for people, and what is in it.
macro_rules! sections {
    ($($(#[$doc:meta])* $id:ident = $number:literal, $name:literal;)*) => {
        /// The sections of an image. Numbers are never used again.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u32)]
        pub(crate) enum SectionId { $($(#[$doc])* $id = $number,)* }

        impl SectionId {
            /// What a section is called.
            pub(super) fn name(id: u32) -> &'static str {
                match id { $($number => $name,)* _ => "unknown" }
            }
        }
    };
}

impl SectionId {
    /// What a section is for.
    pub(super) fn content(id: u32) -> Content {
        const OTHER: [SectionId; 4] = [SectionId::Sums, SectionId::Summary, SectionId::Totals, SectionId::MessageBytes];
        if id == SectionId::Events as u32 {
            Content::Events
        } else if OTHER.iter().any(|other| *other as u32 == id) {
            Content::Other
        } else {
            Content::Index
        }
    }
}

sections! {
    /// Checksums of the blocks of all sections that are verified block by block, in their order.
    Sums = 1, "sums";
    /// The encoded `Dataset` message: counts, layers, days.
    Summary = 2, "summary";
    /// How many rows there are.
    Totals = 3, "totals";
    /// One `Row` for each version of an event, in order of time.
    Rows = 10, "rows";
    /// Where each row is: an `At`.
    Ats = 11, "places of rows";
    /// Distinct times of knowledge.
    Knowns = 12, "knowns";
    /// Distinct circles of events.
    Spots = 14, "spots";
    /// Rows by spot, those that are known now before others, the newest first.
    SpotRows = 15, "spot rows";
    /// For each of them which one it has of the spots that share the run, or [`super::records::MANY`].
    RowSpots = 27, "spots of rows";
    /// Distinct combinations of kind, status, time of knowledge, camps and sources.
    Profiles = 16, "profiles";
    /// Distinct lists of actors, camps and sources, and where their members stand.
    Lists = 24, "lists";
    /// The members of lists.
    Members = 17, "members";
    /// Distinct combinations of the days of a span after its first, and numbers of deaths.
    Figures = 25, "figures";
    /// Rows of events with several versions.
    Siblings = 18, "siblings";
    /// Encoded events.
    Events = 19, "events";
    /// A row of each event, in the order of names.
    EventNames = 20, "event names";
    /// From hashes of names of events to rows.
    EventTable = 23, "event table";
    /// First and last days of runs of rows.
    Zones = 21, "zones";
    /// Where rows begin that have other days than those before.
    Ties = 26, "ties";
    /// For each run of rows how many are known now, and their deaths.
    Tallies = 28, "tallies";
    /// Handovers by row.
    Handovers = 22, "handovers";
    /// Keys of postings, sorted.
    PostingKeys = 30, "posting keys";
    /// Where the containers of postings stand.
    PostingPlaces = 31, "posting places";
    /// Containers of postings.
    PostingBodies = 32, "posting bodies";
    /// From words to postings.
    Words = 33, "words";
    /// Trees over the points of spots.
    Towns = 40, "towns";
    /// Places, by name.
    Places = 50, "places";
    /// Actors, by name.
    Actors = 51, "actors";
    /// Camps, by name.
    Camps = 52, "camps";
    /// Sources, by name.
    Sources = 53, "sources";
    /// Texts that entities point into.
    Texts = 54, "texts";
    /// Lists of ordinals that entities point into.
    Above = 55, "above";
    /// Messages of entities: when each is known, and where it stands.
    Messages = 56, "messages";
    /// Encoded entities and handovers.
    MessageBytes = 57, "message bytes";
    /// Names that resources bear, in the forms in which they are asked for.
    Lexicon = 60, "lexicon";
}
