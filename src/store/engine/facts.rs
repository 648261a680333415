//! The arrays of an image, opened for one question.

use std::{cmp::Reverse, ops::Range};

use super::view::ImageView;
use crate::{
    model::{day::Day, encoded, span::Span, sphere::Circle},
    store::{
        Budget, Error,
        image::{
            Array, Damaged, Section, SectionId,
            records::{At, Figures, HandoverOf, KnownDays, NONE, Profile, Row, Run, Sibling, Spot, Totals},
        },
        index::{names::NameTable, postings::Postings, ties::Ties},
    },
};

/// The number of the field `Event.name`.
const NAME: u64 = 1;

/// Up to so many names of events are all looked at for near ones; of more, so many to each side.
const ALL_NAMES: u32 = 10_000;
const NEXT_NAMES: u32 = 500;

/// About what a message takes, in bytes.
const USUAL: u64 = 600;

/// So many messages are read at once: from a cold file each may bring a page and a block to verify.
const AT_ONCE: usize = 128;

/// What reading a message is worth, in rows looked at.
const MESSAGE: u64 = 16;

/// Rows whose messages follow each other in the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct InFile<'r> {
    pub(super) rows: &'r [u32],
    /// Where the first one's stands, or [`NONE`] if the row has to be asked.
    pub(super) event: u32,
}

/// How new rows are: the newest first, equally new ones by name; undated ones last. Told by where they stand among all rows,
/// none of which is read.
pub(super) type Newest = (bool, Reverse<u32>, u32);

/// The arrays over rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts<'v> {
    totals: Totals,
    pub(super) rows: Array<'v, Row>,
    ats: Array<'v, At>,
    figures: Array<'v, Figures>,
    knowns: Array<'v, KnownDays>,
    pub(super) spots: Array<'v, Spot>,
    pub(super) spot_rows: Array<'v, u32>,
    pub(super) row_spots: Array<'v, u8>,
    profiles: Array<'v, Profile>,
    lists: Array<'v, Run>,
    members: Array<'v, u32>,
    siblings: Array<'v, Sibling>,
    ties: Ties<'v>,
    handovers: Array<'v, HandoverOf>,
    events: Section<'v>,
    names: Array<'v, u32>,
    table: Section<'v>,
}

impl ImageView {
    /// The arrays over rows.
    pub(super) fn facts(&self) -> Facts<'_> {
        let image = &self.image;
        Facts {
            totals: self.totals,
            rows: image.array(SectionId::Rows),
            ats: image.array(SectionId::Ats),
            figures: image.array(SectionId::Figures),
            knowns: image.array(SectionId::Knowns),
            spots: image.array(SectionId::Spots),
            spot_rows: image.array(SectionId::SpotRows),
            row_spots: image.array(SectionId::RowSpots),
            profiles: image.array(SectionId::Profiles),
            lists: image.array(SectionId::Lists),
            members: image.array(SectionId::Members),
            siblings: image.array(SectionId::Siblings),
            ties: Ties::new(image.array(SectionId::Ties)),
            handovers: image.array(SectionId::Handovers),
            events: image.section(SectionId::Events),
            names: image.array(SectionId::EventNames),
            table: image.section(SectionId::EventTable),
        }
    }

    /// The postings.
    pub(super) fn postings(&self) -> Result<Postings<'_>, Damaged> {
        let keys = self.image.section(SectionId::PostingKeys);
        let places = self.image.section(SectionId::PostingPlaces);
        let bodies = self.image.section(SectionId::PostingBodies);
        Postings::open(keys, places, bodies)
    }
}

impl<'v> Facts<'v> {
    /// The bounds of a row in time.
    pub(super) fn span(&self, row: &Row) -> Result<Span, Damaged> {
        Ok(self.figures.get(row.figures)?.shape.span(row.s1))
    }

    /// Whether a row answers a question as of a day, or without a day.
    pub(super) fn answers(&self, row: &Row, as_of: Option<Day>) -> Result<bool, Damaged> {
        Ok(self.knowns.get(self.profiles.get(row.profile)?.known)?.answers(as_of))
    }

    /// How new a row is, among rows at one distance.
    pub(super) fn newest(&self, row: u32) -> Result<Newest, Damaged> {
        Ok((row >= self.totals.dated, Reverse(self.ties.of(row)?), row))
    }

    /// Where a row is.
    pub(super) fn at(&self, row: u32) -> Result<At, Damaged> {
        self.ats.get(row).copied()
    }

    /// The spot of a row.
    pub(super) fn spot(&self, at: At) -> Result<Option<&'v Spot>, Damaged> {
        if at.spot == NONE { Ok(None) } else { self.spots.get(at.spot).map(Some) }
    }

    /// The circle of a row, if a point is known.
    pub(super) fn circle(&self, row: u32) -> Result<Option<Circle>, Damaged> {
        Ok(self.spot(self.at(row)?)?.and_then(Spot::circle))
    }

    /// Spots parted by the runs of rows that they share.
    pub(super) fn by_run<'t>(&self, spots: &'t [u32]) -> impl Iterator<Item = &'t [u32]> + use<'t, 'v> {
        let all = self.spots;
        let run = move |spot: &u32| all.get(*spot).map(|spot| spot.rows).ok();
        spots.chunk_by(move |one, other| run(one) == run(other))
    }

    /// The rows of a spot and of those that share them, those that are known now first.
    pub(super) fn rows_at(&self, spot: &Spot) -> Result<&'v [u32], Damaged> {
        self.spot_rows.slice(spot.rows.range())
    }

    /// Those of them that may answer as of a day, or now: runs of which each has the newest first.
    pub(super) fn runs_at(&self, spot: &Spot, as_of: Option<Day>) -> Result<[&'v [u32]; 2], Damaged> {
        let current = Run { first: spot.rows.first, len: spot.current.min(spot.rows.len) };
        let past = if as_of.is_some() { current.range().end..spot.rows.range().end } else { 0..0 };
        Ok([self.spot_rows.slice(current.range())?, self.spot_rows.slice(past)?])
    }

    /// A profile.
    pub(super) fn profile(&self, profile: u32) -> Result<&'v Profile, Damaged> {
        self.profiles.get(profile)
    }

    /// The members of a list.
    pub(super) fn list(&self, list: u32) -> Result<&'v [u32], Damaged> {
        self.members.slice(self.lists.get(list)?.range())
    }

    /// The message of a row's event, behind its length.
    pub(super) fn event(&self, row: u32) -> Result<&'v [u8], Damaged> {
        self.events.delimited(self.totals.event_at(self.at(row)?.event))
    }

    /// The messages of rows, behind their lengths.
    pub(super) async fn events(&self, pieces: &[InFile<'_>], budget: &Budget) -> Result<Vec<&'v [u8]>, Error> {
        let mut messages = Vec::with_capacity(pieces.iter().map(|piece| piece.rows.len()).sum());
        let mut together = vec![];
        let mut room = AT_ONCE;
        for piece in pieces {
            let mut left = *piece;
            while !left.rows.is_empty() {
                let (rows, rest) = left.rows.split_at(left.rows.len().min(room));
                together.push(InFile { rows, ..left });
                left = InFile { rows: rest, event: NONE };
                room -= rows.len();
                if room == 0 {
                    self.read(&together, &mut messages)?;
                    budget.spend(AT_ONCE as u64 * MESSAGE).await?;
                    together.clear();
                    room = AT_ONCE;
                }
            }
        }
        self.read(&together, &mut messages)?;
        budget.spend((AT_ONCE - room) as u64 * MESSAGE).await?;
        Ok(messages)
    }

    /// Adds the messages of some rows. All of a kind is read before any of it is used: memory is slow to begin an answer, but
    /// answers many questions at a time.
    fn read(&self, pieces: &[InFile<'_>], messages: &mut Vec<&'v [u8]>) -> Result<(), Damaged> {
        let first = |piece: &InFile<'_>| match piece.rows {
            [row, ..] if piece.event == NONE => Ok(self.at(*row)?.event),
            _ => Ok(piece.event),
        };
        let firsts: Result<Vec<u64>, _> = pieces.iter().map(|piece| Ok(self.totals.event_at(first(piece)?))).collect();
        let firsts = firsts?;
        for (InFile { rows, .. }, at) in pieces.iter().zip(&firsts) {
            self.events.fetch(*at, rows.len() as u64 * USUAL);
        }
        for (InFile { rows, .. }, mut at) in pieces.iter().zip(firsts) {
            for _ in *rows {
                let message = self.events.delimited(at)?;
                messages.push(message);
                at = self.totals.aligned(at + message.len() as u64);
            }
        }
        Ok(())
    }

    /// The error that the message of a row's event makes no sense.
    pub(super) fn damaged(&self, row: u32) -> Damaged {
        self.events.damaged(self.at(row).map_or(0, |at| self.totals.event_at(at.event)))
    }

    /// The name of a row's event.
    pub(super) fn name(&self, row: u32) -> Result<&'v str, Damaged> {
        let message = self.event(row)?;
        let name =
            encoded::first(encoded::behind_varint(message), NAME).and_then(|name| std::str::from_utf8(name).ok());
        name.ok_or_else(|| self.damaged(row))
    }

    /// A row of an event, whichever it is.
    pub(super) fn find(&self, name: &str) -> Result<Option<u32>, Damaged> {
        let is_named = |row: u32| Ok(self.name(row)? == name);
        NameTable::open(self.table)?.find(name.as_bytes(), is_named)
    }

    /// Where a name stands or would stand among the names.
    fn place(&self, name: &str) -> Result<u32, Damaged> {
        self.names.partition_point(|row| Ok(self.name(*row)? < name))
    }

    /// Names of events, for somebody who asked for one that is none: all, or of many those that sort next to it.
    pub(super) fn names_around(&self, name: &str) -> Result<Range<u32>, Damaged> {
        let len = self.names.len() as u32;
        if len <= ALL_NAMES {
            return Ok(0..len);
        }
        let at = self.place(name)?;
        Ok(at.saturating_sub(NEXT_NAMES)..len.min(at + NEXT_NAMES))
    }

    /// A name by where it stands among the names.
    pub(super) fn nth_name(&self, at: u32) -> Result<&'v str, Damaged> {
        self.name(self.row_at(at)?)
    }

    /// The same, if there are so many names.
    pub(super) fn name_at(&self, at: u32) -> Result<Option<&'v str>, Damaged> {
        ((at as usize) < self.names.len()).then(|| self.nth_name(at)).transpose()
    }

    /// A row of the event whose name stands there among the names.
    pub(super) fn row_at(&self, at: u32) -> Result<u32, Damaged> {
        self.names.get(at).copied()
    }

    /// When a row is known.
    pub(super) fn known(&self, row: u32) -> Result<KnownDays, Damaged> {
        self.knowns.get(self.profiles.get(self.rows.get(row)?.profile)?.known).copied()
    }

    /// All rows of an event, in the order of rows, from any of them.
    pub(super) fn versions(&self, of: u32) -> Result<Vec<u32>, Damaged> {
        let mut rows = vec![];
        self.among_versions(of, |row| {
            rows.push(row);
            Ok(false)
        })?;
        rows.sort_unstable();
        Ok(rows)
    }

    /// The version of an event that answers as of a day, from any row of the event.
    pub(super) fn version(&self, of: u32, as_of: Option<Day>) -> Result<Option<u32>, Damaged> {
        self.among_versions(of, |row| self.answers(self.rows.get(row)?, as_of))
    }

    /// Whether two rows are versions of one event.
    pub(super) fn same_event(&self, one: u32, other: u32) -> Result<bool, Damaged> {
        Ok(self.among_versions(one, |row| Ok(row == other))?.is_some())
    }

    /// The first version of a row's event that is wanted, from that row on.
    fn among_versions(
        &self,
        of: u32,
        mut wanted: impl FnMut(u32) -> Result<bool, Damaged>,
    ) -> Result<Option<u32>, Damaged> {
        let mut row = of;
        // A damaged round that never comes back ends all the same.
        for _ in 0..=self.siblings.len() {
            if wanted(row)? {
                return Ok(Some(row));
            }
            row = self.next_version(row)?.unwrap_or(of);
            if row == of {
                break;
            }
        }
        Ok(None)
    }

    /// The next version of a row's event, if it has several.
    fn next_version(&self, row: u32) -> Result<Option<u32>, Damaged> {
        let at = self.siblings.partition_point(|sibling| Ok(sibling.row < row))?;
        if at as usize == self.siblings.len() {
            return Ok(None);
        }
        Ok(Some(self.siblings.get(at)?).filter(|sibling| sibling.row == row).map(|sibling| sibling.next))
    }

    /// Where the handovers of a row stand, as known on a day.
    pub(super) fn handovers(&self, row: u32, as_of: Option<Day>) -> Result<Vec<u64>, Damaged> {
        let mut found = vec![];
        for at in self.handovers.partition_point(|handover| Ok(handover.row < row))?..self.handovers.len() as u32 {
            let handover = self.handovers.get(at)?;
            if handover.row != row {
                break;
            }
            if self.knowns.get(handover.known)?.answers(as_of) {
                found.push(handover.message);
            }
        }
        Ok(found)
    }
}
