//! Rows: the versions of events in order of time, with all that they are found, filtered, ordered and counted by.

use std::{
    collections::HashMap,
    io::{self, Write as _},
    ops::Range,
};

use super::{
    Entities, Map, Summing, TooLarge, count,
    interner::Interner,
    keys::{keys, sources, taking_part},
    towns,
};
use crate::{
    model::{actors::ActorTree, day::Day, derive::EventVersion, span::Span, sphere::Point},
    pb::{self, LocationPrecision},
    store::{
        image::{
            ImageWriter, SectionId,
            records::{
                At, Figures, HandoverOf, KnownDays, MANY, NONE, Profile, Row, Run, Shape, Sibling, Spot, Totals,
            },
        },
        index::{
            postings::{PostingsBuilder, PostingsWriter},
            tallies::TalliesBuilder,
            ties::TiesBuilder,
            words::WordsBuilder,
            zones::ZonesBuilder,
        },
    },
};

/// What may stand between two messages of events: with gaps up to this they can take 256 GiB.
const GAP: [u8; 64] = [0; 64];

/// The circle and place of a location, as bits: what makes a spot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct SpotBits {
    latitude: u64,
    longitude: u64,
    located: bool,
    coarse: bool,
    radius: u64,
    place: u32,
}

impl SpotBits {
    /// What spots have in common that share a run of rows: a search from afar takes all of them or none.
    fn stand(&self) -> (u64, u64, bool, bool) {
        (self.latitude, self.longitude, self.located, self.coarse)
    }
}

/// Takes in rows in their order. What rows share is held once; a row itself takes some tens of bytes until all is written.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    rows: Vec<Row>,
    ats: Vec<At>,
    /// Where the message of each row stands in the spool.
    messages: Vec<u64>,
    /// The length of all messages.
    len: u64,
    dated: u32,
    figures: Interner<Figures>,
    knowns: Interner<KnownDays>,
    profiles: Interner<Profile>,
    spots: Interner<SpotBits>,
    lists: Map<Vec<u32>, u32>,
    runs: Vec<Run>,
    members: Vec<u32>,
    postings: PostingsBuilder,
    words: WordsBuilder,
    zones: ZonesBuilder,
    tallies: TalliesBuilder,
    ties: TiesBuilder<(bool, Day, Day)>,
    /// Rows of events with several versions, by a number of the event.
    versions: HashMap<u32, Vec<u32>>,
    handovers: Vec<HandoverOf>,
    /// What the summary tells.
    pub(crate) summing: Summing,
}

/// By what rows are ordered, before the name: undated ones last; first day, else last; then last day. The bounds of an
/// undated event are not shown, so they order nothing.
pub(crate) fn order(dated: bool, span: &Span) -> (bool, Day, Day) {
    if !dated {
        return (true, Day::MIN, Day::MIN);
    }
    let Span { s1, e2, .. } = *span;
    (false, if s1 == Day::MIN { e2 } else { s1 }, e2)
}

impl Rows {
    /// Adds the next row. `words` are those to find it by, `message` is where its message stands in the spool, `one_of`
    /// a number of the event if it has several versions.
    pub(crate) fn add(
        &mut self,
        version: &EventVersion,
        words: &str,
        message: Range<u64>,
        one_of: Option<u32>,
        entities: &Entities,
        actors: &ActorTree,
    ) -> Result<(), TooLarge> {
        let number = count(self.rows.len())?;
        let (s1, shape) = Shape::of(&version.span);
        let given = version.event.casualties.as_ref().map(|deaths| [deaths.low, deaths.best, deaths.high]);
        let deaths = given.map(Into::into).unwrap_or_default();
        let taking = taking_part(&version.event).filter_map(|(actor, _)| entities.find(actor)).collect();
        let row = Row {
            s1,
            figures: self.figures.number(Figures { shape, deaths })?,
            actors: self.list(taking)?,
            profile: self.profile(version, entities)?,
        };
        self.rows.push(row);
        let spot = self.spot(version.event.location.as_ref(), entities)?;
        self.ats.push(At { spot, event: NONE });
        self.len += message.end - message.start;
        self.messages.push(message.start);
        self.dated += u32::from(version.dated);
        self.zones.add(version.span.s1, version.span.e2);
        self.tallies.add(version.known.current.then_some(&deaths));
        self.ties.add(order(version.dated, &version.span));
        if let Some(event) = one_of {
            self.versions.entry(event).or_default().push(number);
        }
        for key in keys(version, entities, actors) {
            self.postings.add(key, number);
        }
        words.split_ascii_whitespace().for_each(|word| self.words.add(word, number));
        self.summing.add(version);
        Ok(())
    }

    /// Adds a row of a handover of the event of these rows.
    pub(crate) fn add_handover(&mut self, row: u32, known: KnownDays, message: u64) -> Result<(), TooLarge> {
        let known = self.knowns.number(known)?;
        self.handovers.push(HandoverOf { row, known, message });
        Ok(())
    }

    fn spot(&mut self, location: Option<&pb::Location>, entities: &Entities) -> Result<u32, TooLarge> {
        let Some(location) = location else { return Ok(NONE) };
        let point = location.point.as_ref().and_then(|point| Point::try_from(point).ok());
        let coarse = matches!(
            location.precision(),
            LocationPrecision::Region | LocationPrecision::AreaOrLine | LocationPrecision::Country
        );
        self.spots.number(SpotBits {
            latitude: point.map_or(0.0, |point| point.latitude).to_bits(),
            longitude: point.map_or(0.0, |point| point.longitude).to_bits(),
            radius: location.uncertainty_meters.unwrap_or(0.0).to_bits(),
            place: entities.find(&location.place).unwrap_or(NONE),
            located: point.is_some(),
            coarse,
        })
    }

    fn profile(&mut self, version: &EventVersion, entities: &Entities) -> Result<u32, TooLarge> {
        let event = &version.event;
        let camps = event.camps.iter().filter_map(|camp| entities.find(camp)).collect();
        let sources = event.claims.iter().flat_map(|claim| sources(claim, entities)).collect();
        let profile = Profile {
            kind: event.kind,
            status: event.status,
            known: self.knowns.number(version.known.into())?,
            camps: self.list(camps)?,
            sources: self.list(sources)?,
        };
        self.profiles.number(profile)
    }

    /// The number of a list of ordinals, each once; equal lists are held once.
    fn list(&mut self, mut ordinals: Vec<u32>) -> Result<u32, TooLarge> {
        ordinals.sort_unstable();
        ordinals.dedup();
        if let Some(number) = self.lists.get(&ordinals) {
            return Ok(*number);
        }
        let number = count(self.runs.len())?;
        self.runs.push(Run { first: count(self.members.len())?, len: count(ordinals.len())? });
        self.members.extend_from_slice(&ordinals);
        self.lists.insert(ordinals, number);
        Ok(number)
    }

    /// Writes it all. The spool holds the messages of events where rows say.
    pub(crate) fn write<W: io::Write + io::Seek>(mut self, image: &mut ImageWriter<W>, spool: &[u8]) -> io::Result<()> {
        let (spots, by_spot) = self.lay_out();
        let shift = self.write_events(image, spool, &by_spot)?;
        image.eager(SectionId::Totals, &[Totals { rows: self.rows.len() as u32, dated: self.dated, shift }])?;
        image.lazy(SectionId::Rows, &self.rows)?;
        image.lazy(SectionId::Ats, &self.ats)?;
        image.lazy(SectionId::Ties, self.ties.blocks())?;
        image.lazy(SectionId::Knowns, self.knowns.values())?;
        image.lazy(SectionId::Figures, self.figures.values())?;
        image.lazy(SectionId::Profiles, self.profiles.values())?;
        image.lazy(SectionId::Lists, &self.runs)?;
        image.lazy(SectionId::Members, &self.members)?;
        image.lazy(SectionId::Spots, &spots)?;
        let end = spots.last().map_or(0, |spot| spot.rows.range().end as usize);
        let by_spot = by_spot.get(..end).unwrap_or_default();
        image.lazy(SectionId::SpotRows, by_spot)?;
        image.lazy(SectionId::RowSpots, &self.among_shared(&spots, by_spot))?;
        image.eager(SectionId::Towns, &towns::of(&spots, |at| self.ats[by_spot[at as usize] as usize].event))?;
        image.lazy(SectionId::Siblings, &siblings(&self.versions))?;
        self.handovers.sort_by_key(|handover| handover.row);
        image.lazy(SectionId::Handovers, &self.handovers)?;
        image.eager(SectionId::Zones, &self.zones.finish())?;
        image.lazy(SectionId::Tallies, self.tallies.zones())?;

        let mut bodies = image.section(SectionId::PostingBodies, false)?;
        let mut writer = PostingsWriter::new(&mut bodies);
        self.postings.write(&mut writer)?;
        let words = self.words.write(&mut writer)?;
        let (directory, _) = writer.finish()?;
        bodies.end();
        image.eager(SectionId::PostingKeys, directory.entries())?;
        image.lazy(SectionId::PostingPlaces, directory.places())?;
        image.eager(SectionId::Words, &words)
    }

    /// Numbers the spots so that neighbours follow each other, and orders the rows by where they are, newest first; rows
    /// without a spot come last.
    fn lay_out(&mut self) -> (Vec<Spot>, Vec<u32>) {
        let found = self.spots.values();
        let mut order: Vec<u32> = (0..found.len() as u32).collect();
        order.sort_by_cached_key(|at| found.get(*at as usize).map(|spot| (curve(spot), *spot)));
        let mut number = vec![0_u32; found.len()];
        (0..).zip(&order).for_each(|(new, old)| number[*old as usize] = new);
        for at in self.ats.iter_mut().filter(|at| at.spot != NONE) {
            at.spot = number[at.spot as usize];
        }
        // Of the spots that share a run the rows that are known now, then the others; at last the rows without a spot.
        let bits = |at: usize| order.get(at).map(|old| &found[*old as usize]);
        let mut stands = vec![0_usize; order.len() + 1];
        for at in 1..stands.len() {
            let same = bits(at).map(SpotBits::stand) == bits(at - 1).map(SpotBits::stand);
            stands[at] = stands[at - 1] + usize::from(!same);
        }
        let part = |row: usize| {
            let known = self.profiles.values()[self.rows[row].profile as usize].known;
            let past = !self.knowns.values()[known as usize].answers(None);
            2 * stands[(self.ats[row].spot as usize).min(order.len())] + usize::from(past)
        };
        let mut lens = vec![0_u32; 2 * stands.last().map_or(0, |last| last + 1)];
        (0..self.rows.len()).for_each(|row| lens[part(row)] += 1);
        let mut next: Vec<u32> = lens.iter().scan(0, |sum, len| Some(std::mem::replace(sum, *sum + len))).collect();
        let spots = order.iter().zip(&stands).map(|(old, stand)| {
            let (bits, past) = (&found[*old as usize], 2 * stand + 1);
            Spot {
                latitude: f64::from_bits(bits.latitude),
                longitude: f64::from_bits(bits.longitude),
                radius: f64::from_bits(bits.radius),
                place: bits.place,
                coarse: bits.coarse.into(),
                located: bits.located.into(),
                rows: Run { first: next[past - 1], len: lens[past - 1] + lens[past] },
                current: lens[past - 1],
                blank: 0,
            }
        });
        let spots = spots.collect();
        let mut by_spot = vec![0_u32; self.rows.len()];
        for row in self.newest_first() {
            let part = part(row as usize);
            by_spot[next[part] as usize] = row;
            next[part] += 1;
        }
        (spots, by_spot)
    }

    /// Of each row by spot which one of those that share the run is its own.
    fn among_shared(&self, spots: &[Spot], by_spot: &[u32]) -> Vec<u8> {
        // The first spot that shares a run, by where the run begins.
        let mut first = (0, u32::MAX);
        let own = |row: &u32| {
            let spot = self.ats[*row as usize].spot;
            let run = spots[spot as usize].rows.first;
            if first.1 != run {
                first = (spots.partition_point(|spot| spot.rows.first < run) as u32, run);
            }
            u8::try_from(spot - first.0).unwrap_or(MANY)
        };
        by_spot.iter().map(own).collect()
    }

    /// All rows, the newest first, equal days by name; undated ones last, by name.
    fn newest_first(&self) -> Vec<u32> {
        let order = |row: &u32| {
            let Row { s1, figures, .. } = self.rows[*row as usize];
            order(true, &self.figures.values()[figures as usize].shape.span(s1))
        };
        let mut rows: Vec<u32> = (0..self.dated).collect();
        rows.reverse();
        rows.chunk_by_mut(|a, b| order(a) == order(b)).for_each(<[u32]>::reverse);
        rows.extend(self.dated..self.rows.len() as u32);
        rows
    }

    /// Writes the messages of the rows in this order, and notes in the rows where they stand. The answer is `Totals::shift`.
    fn write_events<W: io::Write + io::Seek>(
        &mut self,
        image: &mut ImageWriter<W>,
        spool: &[u8],
        in_order: &[u32],
    ) -> io::Result<u32> {
        let shift = shift(self.len, self.rows.len() as u64).ok_or_else(too_long)?;
        let mut section = image.section(SectionId::Events, false)?;
        for at in in_order {
            let gap = section.len().next_multiple_of(1 << shift) - section.len();
            section.write_all(GAP.get(..gap as usize).unwrap_or_default())?;
            let (row, at) = (&mut self.ats[*at as usize], self.messages[*at as usize]);
            let message = spool.get(at as usize..).and_then(crate::model::encoded::delimited);
            let message = message.ok_or_else(|| io::Error::other("an event got lost between two passes"))?;
            row.event = u32::try_from(section.len() >> shift).map_err(|_| too_long())?;
            section.write_all(message)?;
        }
        section.end();
        Ok(shift)
    }
}

/// How far the places of so many messages of this length together have to be shifted, so that each is a multiple of what the
/// shift takes off, and 32 bits tell them.
fn shift(len: u64, messages: u64) -> Option<u32> {
    // A gap in front of a message is shorter than what it is aligned to.
    let end = |shift: &u32| len.saturating_add(messages * ((1 << shift) - 1));
    (0..=GAP.len().ilog2()).find(|shift| u32::try_from(end(shift) >> shift).is_ok())
}

fn too_long() -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, "too many events for one file")
}

/// Rows of events with several versions, each with the next one, round and round.
fn siblings(versions: &HashMap<u32, Vec<u32>>) -> Vec<Sibling> {
    let rounds = versions.values().filter(|rows| rows.len() > 1);
    let mut siblings: Vec<Sibling> = rounds
        .flat_map(|rows| {
            rows.iter().zip(rows.iter().cycle().skip(1)).map(|(row, next)| Sibling { row: *row, next: *next })
        })
        .collect();
    siblings.sort_unstable_by_key(|sibling| sibling.row);
    siblings
}

/// Where a spot stands on a Z-order curve over degrees: near on the curve is mostly near on the Earth.
fn curve(spot: &SpotBits) -> u64 {
    let cell = |degrees: u64, half: f64| {
        let share = (f64::from_bits(degrees) + half) / (2.0 * half);
        (share * f64::from(u32::MAX)) as u64
    };
    let spread = |bits: u64| (0..32).fold(0_u64, |all, bit| all | (bits >> bit & 1) << (2 * bit));
    spread(cell(spot.latitude, 90.0)) << 1 | spread(cell(spot.longitude, 180.0))
}

#[cfg(test)]
mod tests {
    use super::shift;

    #[test]
    fn places_of_messages_are_shifted_as_little_as_they_can_be() {
        let rows = 1 << 30;
        assert_eq!(shift(0, 0), Some(0));
        assert_eq!(shift(u64::from(u32::MAX), rows), Some(0));
        assert_eq!(shift(1 << 32, rows), Some(1));
        assert_eq!(shift((1 << 33) - rows, rows), Some(2));
        assert_eq!(shift(1 << 37, rows), Some(6));
        assert_eq!(shift(1 << 38, rows), None);
    }
}
