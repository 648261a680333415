//! Counts of events by up to two dimensions, with sums of deaths.

use std::collections::BTreeMap;

use super::{
    columns::{Deaths, Row},
    filter::Resolver,
    view::MemoryView,
};
use crate::{
    model::{day::Day, name::Collection},
    pb::{self, CountDimension as By},
    store::{
        Budget, Counts, Error,
        query::{CountQuery, EventQuery, PageOf, Position},
    },
};

/// A key of a group: rows without it come last.
type Key = (bool, String);

/// What a group adds up to.
#[derive(Debug, Default)]
struct Sum {
    count: u32,
    deaths: Option<Deaths>,
}

impl MemoryView {
    pub(super) async fn counts_page(
        &self,
        query: &EventQuery,
        count: &CountQuery,
        page: PageOf,
        budget: &Budget,
    ) -> Result<Counts, Error> {
        let rows = self.matching(query, Resolver::new(self), budget).await?;
        let mut groups: BTreeMap<Vec<Key>, Sum> = BTreeMap::new();
        let mut answer = Counts { total: u32::try_from(rows.len()).unwrap_or(u32::MAX), ..Counts::default() };
        if count.group_by.is_empty() {
            groups.insert(vec![], Sum::default());
        }
        for row in &rows {
            let Some(columns) = self.columns.row(row) else { continue };
            answer.without_casualties += u32::from(columns.deaths.is_none());
            let keys = self.keys_of(row, columns, &count.group_by);
            budget.spend(1 + keys.len() as u64).await?;
            for keys in keys {
                groups.entry(keys).or_default().add(columns.deaths);
            }
        }
        let first = page.after.map_or(0, |after| usize::try_from(after.major).unwrap_or(usize::MAX).saturating_add(1));
        answer.more = groups.len() > first.saturating_add(page.size);
        answer.rows = groups
            .into_iter()
            .enumerate()
            .skip(first)
            .take(page.size)
            .map(|(at, (keys, sum))| (sum.row(&keys, &count.group_by), Position { major: at as u64, minor: 0 }))
            .collect();
        Ok(answer)
    }

    /// The groups that a row counts in: each combination of its values.
    fn keys_of(&self, row: u32, columns: &Row, group_by: &[By]) -> Vec<Vec<Key>> {
        group_by.iter().fold(vec![vec![]], |combinations: Vec<Vec<Key>>, by| {
            let mut values: Vec<Key> = self.values(row, columns, *by).into_iter().map(|value| (false, value)).collect();
            if values.is_empty() {
                values.push((true, String::new()));
            }
            combinations
                .iter()
                .flat_map(|keys| values.iter().map(|value| [keys.as_slice(), std::slice::from_ref(value)].concat()))
                .collect()
        })
    }

    fn values(&self, row: u32, columns: &Row, by: By) -> Vec<String> {
        let named = |collection: Collection, ordinals: &[u32]| -> Vec<String> {
            ordinals.iter().map(|ordinal| self.names(collection).name(*ordinal).to_owned()).collect()
        };
        match by {
            By::Unspecified => vec![],
            By::Kind => pb::EventKind::try_from(columns.kind).map(|k| k.as_str_name().to_owned()).into_iter().collect(),
            By::Status => {
                pb::EventStatus::try_from(columns.status).map(|s| s.as_str_name().to_owned()).into_iter().collect()
            }
            By::Actor => named(Collection::Actors, self.columns.actors.get(row)),
            By::Place => named(Collection::Places, columns.place.as_slice()),
            By::Camp => named(Collection::Camps, self.columns.camps.get(row)),
            By::Source => named(Collection::Sources, self.columns.sources.get(row)),
            By::Country => {
                columns.country.map(|code| String::from_utf8_lossy(&code).into_owned()).into_iter().collect()
            }
            By::Day | By::Week | By::Month | By::Year => bucket(columns, by).into_iter().collect(),
        }
    }
}

impl Sum {
    fn add(&mut self, deaths: Option<Deaths>) {
        self.count += 1;
        let Some(more) = deaths else { return };
        // A number that one event does not give is not known for the sum.
        self.deaths = Some(match self.deaths {
            None => more,
            Some(sum) => std::array::from_fn(|i| Some(sum[i]?.saturating_add(more[i]?))),
        });
    }

    fn row(self, keys: &[Key], group_by: &[By]) -> pb::CountRow {
        let keys = keys.iter().zip(group_by).filter(|((absent, _), _)| !absent);
        let keys =
            keys.map(|((_, value), by)| pb::CountKey { dimension: (*by).into(), value: value.clone() }).collect();
        let casualties = self.deaths.map(|[low, best, high]| pb::Casualties { low, best, high, sides: vec![] });
        pb::CountRow { keys, count: self.count, casualties }
    }
}

/// The bucket that holds the whole possible start, if one does.
fn bucket(row: &Row, by: By) -> Option<String> {
    if !row.dated {
        return None;
    }
    let name = |day: Day| {
        let date = day.date()?;
        Some(match by {
            By::Day => day.to_string(),
            By::Week => {
                let week = date.iso_week_date();
                format!("{:04}-W{:02}", week.year(), week.week())
            }
            By::Month => format!("{:04}-{:02}", date.year(), date.month()),
            _ => format!("{:04}", date.year()),
        })
    };
    name(row.span.s1).filter(|first| name(row.span.s2).as_ref() == Some(first))
}
