//! Dimensions that events are counted by: what a row has of one, as numbers that order as the keys do for which they stand, so that
//! only keys that are shown are written out.

use super::{facts::Facts, view::ImageView};
use crate::{
    model::{day::Day, name::Collection},
    pb::{self, CountDimension as By},
    store::image::{
        Damaged,
        records::{Figures, NONE, Row},
    },
};

/// Added to years, so that all are above zero.
const YEARS: i32 = 10_000;

/// A dimension.
pub(super) struct Dimension<'v> {
    by: By,
    view: &'v ImageView,
    facts: Facts<'v>,
    /// The values of an enum, in the order of their names, and for each of its numbers where it stands among them.
    values: Vec<(String, i32)>,
    ranks: Vec<u32>,
    /// The bucket of the row before: rows come in order of time.
    bucket: Bucket,
    /// Of each spot the number and two, or zero as long as nobody has asked: spots and places are too many to be near at hand.
    spots: Vec<u32>,
}

/// Days that count as one.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    first: Day,
    last: Day,
    number: u32,
}

impl<'v> Dimension<'v> {
    /// A dimension of the events of a view.
    pub(super) fn new(view: &'v ImageView, by: By) -> Dimension<'v> {
        let values = match by {
            By::Kind => values("dossier.v1.EventKind"),
            By::Status => values("dossier.v1.EventStatus"),
            _ => vec![],
        };
        let most = values.iter().map(|(_, number)| *number as usize).max().unwrap_or_default();
        let mut ranks = vec![NONE; most + 1];
        for (rank, (_, number)) in (0..).zip(&values) {
            ranks[*number as usize] = rank;
        }
        // No day is in it.
        let bucket = Bucket { first: Day::MAX, last: Day::MIN, number: NONE };
        let facts = view.facts();
        let spots = if matches!(by, By::Place | By::Country) { facts.spots.len() } else { 0 };
        Dimension { by, view, facts, values, ranks, bucket, spots: vec![0; spots] }
    }

    /// Sets the numbers of a row: none but [`NONE`] if it has no key, which stands behind all others.
    pub(super) fn numbers(
        &mut self,
        row: u32,
        columns: &Row,
        figures: &Figures,
        numbers: &mut Vec<u32>,
    ) -> Result<(), Damaged> {
        numbers.clear();
        let facts = &self.facts;
        let rank = |of: i32| self.ranks.get(of as usize).copied().unwrap_or(NONE);
        match self.by {
            By::Unspecified => {}
            By::Kind => numbers.push(rank(facts.profile(columns.profile)?.kind)),
            By::Status => numbers.push(rank(facts.profile(columns.profile)?.status)),
            // Entities are held in the order of their names.
            By::Actor => numbers.extend_from_slice(facts.list(columns.actors)?),
            By::Camp => numbers.extend_from_slice(facts.list(facts.profile(columns.profile)?.camps)?),
            By::Source => numbers.extend_from_slice(facts.list(facts.profile(columns.profile)?.sources)?),
            By::Place | By::Country => numbers.push(self.of_spot(facts.at(row)?.spot)?),
            By::Day | By::Week | By::Month | By::Year => {
                numbers.push(if row < self.view.totals.dated { self.bucket(columns, figures) } else { NONE });
            }
        }
        if numbers.is_empty() {
            numbers.push(NONE);
        }
        Ok(())
    }

    /// The place of a spot, or its country.
    fn of_spot(&mut self, spot: u32) -> Result<u32, Damaged> {
        let Some(known) = self.spots.get_mut(spot as usize) else { return Ok(NONE) };
        if *known == 0 {
            let mut number = self.facts.spots.get(spot)?.place;
            if self.by == By::Country && number != NONE {
                let code = self.view.entities(Collection::Places).get(number)?.country;
                number = if code == [0; 2] { NONE } else { u16::from_be_bytes(code).into() };
            }
            *known = number.wrapping_add(2);
        }
        Ok(known.wrapping_sub(2))
    }

    /// The bucket that holds the whole possible start of a dated row.
    fn bucket(&mut self, columns: &Row, figures: &Figures) -> u32 {
        let span = figures.shape.span(columns.s1);
        let holds = |bucket: &Bucket, day: Day| (bucket.first..=bucket.last).contains(&day);
        if !holds(&self.bucket, span.s1) {
            let none = Bucket { first: span.s1, last: span.s1, number: NONE };
            self.bucket = Bucket::of(span.s1, self.by).unwrap_or(none);
        }
        if holds(&self.bucket, span.s2) { self.bucket.number } else { NONE }
    }

    /// The key that a number stands for; absent for [`NONE`].
    pub(super) fn key(&self, number: u32) -> Result<Option<pb::CountKey>, Damaged> {
        if number == NONE {
            return Ok(None);
        }
        let named = |collection| self.view.name_of(collection, number).map(str::to_owned);
        let year = |years: u32| format!("{:04}", years.cast_signed() - YEARS);
        let value = match self.by {
            By::Unspecified => return Ok(None),
            By::Kind | By::Status => self.values.get(number as usize).map(|(name, _)| name.clone()).unwrap_or_default(),
            By::Actor => named(Collection::Actors)?,
            By::Camp => named(Collection::Camps)?,
            By::Source => named(Collection::Sources)?,
            By::Place => named(Collection::Places)?,
            By::Country => String::from_utf8_lossy(&(number as u16).to_be_bytes()).into_owned(),
            By::Day => Day::from_epoch(number.wrapping_sub(1 << 31).cast_signed()).to_string(),
            By::Week => format!("{}-W{:02}", year(number >> 6), number & 63),
            By::Month => format!("{}-{:02}", year(number >> 4), number & 15),
            By::Year => year(number),
        };
        Ok(Some(pb::CountKey { dimension: self.by.into(), value }))
    }
}

impl Bucket {
    /// The bucket of a day; a bound is no day, and in none.
    fn of(day: Day, by: By) -> Option<Bucket> {
        let date = day.date()?;
        let years = |year: i16| (i32::from(year) + YEARS).cast_unsigned();
        let (first, last) = (Day::from_date, Day::from_date);
        Some(match by {
            By::Week => {
                let (week, monday) =
                    (date.iso_week_date(), day.plus(-i32::from(date.weekday().to_monday_zero_offset())));
                let number = years(week.year()) << 6 | u32::from(week.week().cast_unsigned());
                Bucket { first: monday, last: monday.plus(6), number }
            }
            By::Month => Bucket {
                first: first(date.first_of_month()),
                last: last(date.last_of_month()),
                number: years(date.year()) << 4 | u32::from(date.month().cast_unsigned()),
            },
            By::Year => Bucket {
                first: first(date.first_of_year()),
                last: last(date.last_of_year()),
                number: years(date.year()),
            },
            _ => Bucket { first: day, last: day, number: day.epoch_days().cast_unsigned().wrapping_add(1 << 31) },
        })
    }
}

/// The values of an enum of the contract, by name.
fn values(of: &str) -> Vec<(String, i32)> {
    let values = pb::pool().get_enum_by_name(of).into_iter().flat_map(|held| held.values().collect::<Vec<_>>());
    let mut values: Vec<(String, i32)> = values.map(|value| (value.name().to_owned(), value.number())).collect();
    values.sort_unstable();
    values
}
