//! Builds an image of facts that are streamed past: millions of events are never held as messages.
//!
//! Events are written to a spool as they come and sorted by name. In that order each is derived, its versions go to a second
//! spool, and a short key for each is sorted by time. In that order the rows are added, and the messages copied into the image.
//! What is held is what an image holds of rows, 32 bytes an event for the revision, and events that link or hand over camps. All
//! files on the way have no name, so a run that is killed leaves none behind.

use std::{
    collections::HashSet,
    fs::File,
    io::{self, BufWriter, Write},
    ops::Range,
    path::{Path, PathBuf},
};

use prost::Message as _;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use super::{
    Assembly, BuildError, Prepared, Resources,
    ahead::in_order,
    count, digest, order,
    sorter::{BOUND, Sorter},
    summary,
    written::merge_events,
};
use crate::{
    model::{
        claims::name_claims,
        dataset::Dataset,
        derive::{self, Cited, Context, EventVersion, event},
        encoded, places,
        revision::{EventDigest, revision},
    },
    pb,
    store::image::{
        ImageWriter, map,
        records::{KnownDays, Shape},
    },
};

/// Bytes that are appended to a file without a name and then read in place.
#[derive(Debug)]
struct Appended {
    file: BufWriter<File>,
    len: u64,
}

impl Appended {
    fn new(folder: &Path) -> io::Result<Appended> {
        Ok(Appended { file: BufWriter::with_capacity(1 << 20, tempfile::tempfile_in(folder)?), len: 0 })
    }

    /// Appends bytes, and says where they stand.
    fn add(&mut self, bytes: &[u8]) -> io::Result<u64> {
        let at = self.len;
        self.file.write_all(bytes)?;
        self.len += bytes.len() as u64;
        Ok(at)
    }

    /// What was appended.
    fn finish(self) -> io::Result<Option<memmap2::Mmap>> {
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        // An empty file cannot be mapped.
        if self.len == 0 { Ok(None) } else { map(&file).map(Some) }
    }
}

/// Events as written, in any order, on their way into an image. Those of one name are merged.
#[derive(Debug)]
pub struct Spool {
    folder: PathBuf,
    events: Appended,
    by_name: Sorter,
    /// Events that link to others or are linked to.
    linked: HashSet<String>,
    buffer: Vec<u8>,
}

impl Spool {
    /// A spool with its files in a folder.
    pub fn new(folder: &Path) -> io::Result<Spool> {
        let by_name = Sorter::new(folder.to_owned(), BOUND);
        let events = Appended::new(folder)?;
        Ok(Spool { folder: folder.to_owned(), events, by_name, linked: HashSet::new(), buffer: vec![] })
    }

    /// Adds an event; or, without title and kind, claims and links to an event of that name.
    pub fn add(&mut self, event: &pb::Event) -> io::Result<()> {
        for link in &event.links {
            self.linked.insert(link.event.clone());
            self.linked.insert(event.name.clone());
        }
        self.buffer.clear();
        // Appending to a `Vec` cannot fail.
        let _ = event.encode_length_delimited(&mut self.buffer);
        let at = self.events.add(&self.buffer)?;
        self.by_name.add(event.name.as_bytes(), at)
    }
}

/// Events as written, in the order of their names, those of one name together.
struct Written {
    bytes: Option<memmap2::Mmap>,
    /// For each event where its parts stand: most have one.
    parts: Vec<u64>,
    firsts: Vec<u32>,
}

impl Written {
    fn len(&self) -> usize {
        self.firsts.len()
    }

    /// The event of a number, merged.
    fn event(&self, number: usize, context: &Context<'_>) -> Result<pb::Event, BuildError> {
        let start = self.firsts.get(number).map_or(self.parts.len(), |first| *first as usize);
        let end = self.firsts.get(number + 1).map_or(self.parts.len(), |first| *first as usize);
        let parts = self.parts.get(start..end).unwrap_or_default();
        let bytes = self.bytes.as_deref().unwrap_or_default();
        let read =
            |at: &u64| bytes.get(*at as usize..).and_then(|bytes| pb::Event::decode_length_delimited(bytes).ok());
        if let [at] = parts {
            return Ok(named(read(at).ok_or_else(lost)?));
        }
        let parts: Option<Vec<pb::Event>> = parts.iter().map(read).collect();
        let filled = |event| event::filled(named(event), context);
        Ok(merge_events(parts.ok_or_else(lost)?.into_iter().map(filled).collect())?)
    }
}

/// An event whose claims have names. Those of a snapshot keep theirs: they were made before places were filled in.
fn named(mut event: pb::Event) -> pb::Event {
    if event.claims.iter().any(|claim| claim.name.is_empty()) {
        // Claims that are the same were refused when the facts were checked.
        let _ = name_claims(&mut event);
    }
    event
}

fn lost() -> io::Error {
    io::Error::other("an event got lost between two passes")
}

/// What stands before a version's message in the second spool.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
struct Stored {
    known: KnownDays,
    s1: i32,
    shape: Shape,
    event: u32,
    dated: u16,
    several: u16,
}

/// What the pass over the events in the order of their names leaves.
struct Derivation {
    versions: Appended,
    by_time: Sorter,
    digests: Vec<EventDigest>,
    cited: Cited,
    /// Events that say who holds a camp, and their numbers.
    handing: Vec<Vec<EventVersion>>,
    numbers: Vec<u32>,
}

impl Derivation {
    fn new(folder: &Path) -> io::Result<Derivation> {
        Ok(Derivation {
            versions: Appended::new(folder)?,
            by_time: Sorter::new(folder.to_owned(), BOUND),
            digests: vec![],
            cited: Cited::default(),
            handing: vec![],
            numbers: vec![],
        })
    }

    /// Takes in the next event.
    fn add(&mut self, event: Derived, number: u32) -> io::Result<()> {
        for (key, bytes) in event.versions {
            let at = self.versions.add(&bytes)?;
            self.by_time.add(&key, at)?;
        }
        if let Some(versions) = event.handing {
            self.handing.push(versions);
            self.numbers.push(number);
        }
        self.cited.merge(event.cited);
        self.digests.push(event.digest);
        Ok(())
    }
}

/// What follows from an event.
struct Derived {
    /// Its versions: by what each is sorted, and how it is stored.
    versions: Vec<([u8; 17], Vec<u8>)>,
    digest: EventDigest,
    cited: Cited,
    /// The versions once more, if it says who holds a camp.
    handing: Option<Vec<EventVersion>>,
}

impl Derived {
    fn of(event: pb::Event, number: u32, context: &Context<'_>) -> Derived {
        let versions = event::versions(&event, context);
        let mut cited = Cited::default();
        cited.add(&event);
        let several = versions.len() > 1;
        let stored = |version: &EventVersion| {
            let (s1, shape) = Shape::of(&version.span);
            let (known, dated) = (version.known.into(), version.dated.into());
            let stored = Stored { known, s1, shape, event: number, dated, several: several.into() };
            let mut bytes = stored.as_bytes().to_vec();
            // Appending to a `Vec` cannot fail.
            let _ = version.event.encode_length_delimited(&mut bytes);
            (key(version, number), bytes)
        };
        Derived {
            versions: versions.iter().map(stored).collect(),
            cited,
            handing: derive::changes_hands(&event).then_some(versions),
            digest: EventDigest::of(event::filled(event, context)),
        }
    }
}

/// Sorts as rows are ordered. Numbers of events are in the order of their names.
fn key(version: &EventVersion, number: u32) -> [u8; 17] {
    let (undated, first, last) = order(version.dated, &version.span);
    // The sign turned round, the greatest byte first: bytes compare as the numbers do.
    let bytes = |day: i32| (day.cast_unsigned() ^ 1 << 31).to_be_bytes();
    let mut key = [u8::from(undated); 17];
    let days = [first.epoch_days(), last.epoch_days()].map(bytes);
    let parts = [days[0], days[1], number.to_be_bytes(), bytes(version.known.from.epoch_days())];
    for (to, from) in key.iter_mut().skip(1).zip(parts.as_flattened()) {
        *to = *from;
    }
    key
}

/// Writes an image of these resources and of the events in a spool. The same comes of `in_memory` over the same facts.
pub fn streamed<W: Write + io::Seek>(mut facts: Dataset, events: Spool, to: W) -> Result<W, BuildError> {
    places::fill(&mut facts.places);
    let folder = events.folder.clone();
    let (written, linked) = sorted(events)?;
    let mut derivation = Derivation::new(&folder)?;
    let mut context = Context::new(&facts.sources, &facts.places, &facts.actors);
    let linked: Result<Vec<pb::Event>, BuildError> =
        linked.into_iter().map(|number| written.event(number, &context)).collect();
    let linked = linked?;
    context.link(&linked);
    let derived = |number: usize| {
        let (event, number) = (written.event(number, &context)?, count(number)?);
        Ok((Derived::of(event, number, &context), number))
    };
    in_order(written.len(), derived, |derived: Result<_, BuildError>| {
        let (event, number) = derived?;
        Ok::<_, BuildError>(derivation.add(event, number)?)
    })?;
    let events = written.len();
    drop(written);
    let Derivation { versions, by_time, digests, cited, handing, numbers } = derivation;
    let revision = digest(&revision(&facts, digests));

    let Context { actor_tree, place_tree, .. } = context;
    let Dataset { layers, mut sources, places, mut actors, camps, .. } = facts;
    cited.fill(&mut sources);
    derive::fill_actors(&mut actors, &actor_tree);
    let (camps, handovers) = derive::hands(&camps, &handing, &actors, &actor_tree);
    let resources = Resources {
        sources: &sources,
        places: &places,
        actors: &actors,
        camps: &camps,
        actor_tree: &actor_tree,
        place_tree: &place_tree,
    };
    let mut assembly = Assembly::new(&resources, events)?;
    let versions = versions.finish()?;
    let spool = versions.as_deref().unwrap_or_default();
    let places: Vec<u64> = by_time.sorted()?.map(|sorted| sorted.map(|(_, at)| at)).collect::<io::Result<_>>()?;
    in_order(
        places.len(),
        |row| Stored::version(spool, places[row]),
        |row: Result<_, BuildError>| {
            let (row, message) = row?;
            Ok::<_, BuildError>(assembly.add(&row, message)?)
        },
    )?;
    let handovers = handovers.iter().filter_map(|versions| {
        let name = versions.first()?.handover.event.as_str();
        let place =
            handing.binary_search_by_key(&Some(name), |event| event.first().map(|version| version.event.name.as_str()));
        Some((*numbers.get(place.ok()?)?, versions.as_slice()))
    });
    let mut image = ImageWriter::new(to)?;
    assembly.write(&handovers.collect::<Vec<_>>(), summary(&resources, &layers), spool, &mut image)?;
    Ok(image.finish(revision)?)
}

impl Stored {
    /// The version that stands here, to be added as a row, and where its message stands.
    fn version(spool: &[u8], at: u64) -> Result<(Prepared, Range<u64>), BuildError> {
        let (stored, message) =
            spool.get(at as usize..).and_then(|bytes| Stored::read_from_prefix(bytes).ok()).ok_or_else(lost)?;
        let message = encoded::delimited(message).ok_or_else(lost)?;
        let version = EventVersion {
            known: stored.known.into(),
            event: pb::Event::decode_length_delimited(message).map_err(|_| lost())?,
            span: stored.shape.span(stored.s1),
            dated: stored.dated == 1,
        };
        let at = at + size_of::<Stored>() as u64;
        Ok((Prepared::of(version, stored.event, stored.several == 1), at..at + message.len() as u64))
    }
}

/// The events in the order of their names, and the numbers of those that link or are linked to.
fn sorted(spool: Spool) -> Result<(Written, Vec<usize>), BuildError> {
    let Spool { events, by_name, linked, .. } = spool;
    let mut written = Written { bytes: events.finish()?, parts: vec![], firsts: vec![] };
    let mut numbers = vec![];
    let mut before: Option<Vec<u8>> = None;
    for sorted in by_name.sorted()? {
        let (name, at) = sorted?;
        if before.as_ref() != Some(&name) {
            if std::str::from_utf8(&name).is_ok_and(|name| linked.contains(name)) {
                numbers.push(written.firsts.len());
            }
            written.firsts.push(count(written.parts.len())?);
            before = Some(name);
        }
        written.parts.push(at);
    }
    Ok((written, numbers))
}
