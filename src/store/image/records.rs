//! What the arrays of an image hold: plain values, read in place.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::{
    model::{
        day::Day,
        derive::Known,
        span::Span,
        sphere::{Circle, Point},
    },
    pb::TimeExtent,
};

// Values are read in place, as the processor has them.
const _: () = assert!(cfg!(target_endian = "little"), "images are little-endian and read in place");

/// Stands for no value where a number of one is held.
pub(crate) const NONE: u32 = u32::MAX;

/// Stands for a number that takes more than a byte.
pub(crate) const MANY: u8 = u8::MAX;

/// Values of a list that lie one after the other in another section.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct Run {
    /// The number of the first.
    pub(crate) first: u32,
    /// How many.
    pub(crate) len: u32,
}

impl Run {
    /// Their numbers.
    pub(crate) fn range(self) -> std::ops::Range<u32> {
        self.first..self.first.saturating_add(self.len)
    }
}

/// How much there is.
#[derive(Debug, Clone, Copy, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct Totals {
    /// Rows.
    pub(crate) rows: u32,
    /// Rows before this one are dated.
    pub(crate) dated: u32,
    /// Messages of events start at multiples of 1 shifted to the left by this: 0, until they take more than 4 GiB together.
    pub(crate) shift: u32,
}

impl Totals {
    /// Where a message of this number stands, behind its length.
    pub(crate) fn event_at(&self, event: u32) -> u64 {
        u64::from(event).checked_shl(self.shift).unwrap_or(u64::MAX)
    }

    /// Where the next message stands behind one that ends here, among those of one run.
    pub(crate) fn aligned(&self, end: u64) -> u64 {
        let gap = 1_u64.checked_shl(self.shift).map_or(0, |unit| unit - 1);
        end.checked_add(gap).map_or(u64::MAX, |end| end & !gap)
    }
}

/// A version of an event. Rows are in order of time, dated ones first.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct Row {
    /// The first possible day of its start.
    pub(crate) s1: i32,
    /// Its other days and its deaths: [`Figures`].
    pub(crate) figures: u32,
    /// Actors that take part, each once: a list.
    pub(crate) actors: u32,
    /// What it has in common with many others: a [`Profile`].
    pub(crate) profile: u32,
}

/// Where a row is, on Earth and in the image. By themselves, since that is all that most answers ask of a row: so little of many
/// rows stays in a processor's cache.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct At {
    /// Where it was: a [`Spot`], or [`NONE`].
    pub(crate) spot: u32,
    /// Where its message stands: see [`Totals::event_at`].
    pub(crate) event: u32,
}

/// What is told of a row in numbers, but for its first day: few of the combinations there are make most rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct Figures {
    /// The other days.
    pub(crate) shape: Shape,
    /// The deaths.
    pub(crate) deaths: Deaths,
}

/// A span without its first day: its other days counted from that one, wrapping round so that open ends are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct Shape {
    s2: i32,
    e1: i32,
    e2: i32,
    extent: u16,
    uncertain: u16,
}

impl Shape {
    /// The first day of a span, and its shape.
    pub(crate) fn of(span: &Span) -> (i32, Shape) {
        let s1 = span.s1.epoch_days();
        let after = |day: Day| day.epoch_days().wrapping_sub(s1);
        let extent = u16::from(span.extent == TimeExtent::Throughout);
        let shape = Shape {
            s2: after(span.s2),
            e1: after(span.e1),
            e2: after(span.e2),
            extent,
            uncertain: span.uncertain.into(),
        };
        (s1, shape)
    }

    /// The span of this shape from a first day on.
    pub(crate) fn span(&self, s1: i32) -> Span {
        let after = |days: i32| Day::from_epoch(s1.wrapping_add(days));
        let extent = if self.extent == 1 { TimeExtent::Throughout } else { TimeExtent::SometimeWithin };
        let uncertain = self.uncertain == 1;
        Span { s1: Day::from_epoch(s1), s2: after(self.s2), e1: after(self.e1), e2: after(self.e2), extent, uncertain }
    }
}

/// When something is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct KnownDays {
    from: i32,
    to: i32,
    current: u32,
}

impl From<Known> for KnownDays {
    fn from(known: Known) -> KnownDays {
        KnownDays { from: known.from.epoch_days(), to: known.to.epoch_days(), current: known.current.into() }
    }
}

impl From<KnownDays> for Known {
    fn from(known: KnownDays) -> Known {
        let KnownDays { from, to, current } = known;
        Known { from: Day::from_epoch(from), to: Day::from_epoch(to), current: current == 1 }
    }
}

impl KnownDays {
    /// Whether it answers a question as of a day, or without a day.
    pub(crate) fn answers(&self, as_of: Option<Day>) -> bool {
        let current = self.current == 1;
        as_of.map_or(current, |day| (self.from..self.to).contains(&day.epoch_days()))
    }
}

/// Numbers of deaths: low, best, high, and which of them are given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct Deaths {
    given: u32,
    numbers: [u32; 3],
}

impl From<[Option<u32>; 3]> for Deaths {
    fn from(deaths: [Option<u32>; 3]) -> Deaths {
        let given = (0..).zip(deaths).map(|(at, number)| u32::from(number.is_some()) << at).sum();
        Deaths { given, numbers: deaths.map(Option::unwrap_or_default) }
    }
}

impl Deaths {
    /// Which of them are given, a bit each, and the numbers: 0 where none is.
    pub(crate) fn given(&self) -> (u32, [u32; 3]) {
        (self.given, self.numbers)
    }
}

/// A circle of events: those of one place that are placed equally well.
#[derive(Debug, Clone, Copy, PartialEq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct Spot {
    /// Degrees north.
    pub(crate) latitude: f64,
    /// Degrees east.
    pub(crate) longitude: f64,
    /// Metres.
    pub(crate) radius: f64,
    /// The place, or [`NONE`].
    pub(crate) place: u32,
    /// 1 if it has a point.
    pub(crate) located: u16,
    /// 1 if the place is known no better than a region.
    pub(crate) coarse: u16,
    /// Where its rows are among those by spot: first those that are known now, then the others, each the newest first. Spots of
    /// one point that are as coarse share a run, in which a row says which of them is its own.
    pub(crate) rows: Run,
    /// How many rows of the run are known now.
    pub(crate) current: u32,
    /// Nothing.
    pub(crate) blank: u32,
}

impl Spot {
    /// Its circle, if it has a point.
    pub(crate) fn circle(&self) -> Option<Circle> {
        let center = Point::new(self.latitude, self.longitude).ok().filter(|_| self.located == 1)?;
        Some(Circle { center, radius_meters: self.radius })
    }
}

/// What many rows have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct Profile {
    /// The kind.
    pub(crate) kind: i32,
    /// The derived status.
    pub(crate) status: i32,
    /// When it was what was known: a [`KnownDays`].
    pub(crate) known: u32,
    /// Camps: a list.
    pub(crate) camps: u32,
    /// Sources of the claims, each once: a list.
    pub(crate) sources: u32,
}

/// A row of an event that has several, and the next one of them, round and round.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct Sibling {
    /// The row.
    pub(crate) row: u32,
    /// The next.
    pub(crate) next: u32,
}

/// The row of a handover.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct HandoverOf {
    /// The row of the event.
    pub(crate) row: u32,
    /// When it is known: a [`KnownDays`].
    pub(crate) known: u32,
    /// Where its message stands.
    pub(crate) message: u64,
}

/// A place, an actor, a camp or a source.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct Entity {
    /// Its point in degrees north and east, and its radius in metres.
    pub(crate) circle: [f64; 3],
    /// Its name, among the texts.
    pub(crate) name: Run,
    /// What it lies in or belongs to at any time, itself included: ordinals.
    pub(crate) above: Run,
    /// Its messages. Of a source: whole, and as lists carry it.
    pub(crate) messages: Run,
    /// Its kind.
    pub(crate) kind: i32,
    /// Of a camp its place, or [`NONE`].
    pub(crate) place: u32,
    /// ISO 3166-1 alpha-2, or zeros.
    pub(crate) country: [u8; 2],
    /// 1 if it has a circle.
    pub(crate) located: u16,
    /// Nothing.
    pub(crate) blank: u32,
}

impl Entity {
    /// Its circle, if it has a point.
    pub(crate) fn circle(&self) -> Option<Circle> {
        let [latitude, longitude, radius_meters] = self.circle;
        let center = Point::new(latitude, longitude).ok().filter(|_| self.located == 1)?;
        Some(Circle { center, radius_meters })
    }
}

/// A message as known for a time.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct Message {
    /// When it is known.
    pub(crate) known: KnownDays,
    /// Nothing.
    pub(crate) blank: u32,
    /// Where it stands, behind its length.
    pub(crate) at: u64,
}
