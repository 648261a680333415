//! Counts of events by up to two dimensions, with sums of deaths: rows are first counted by what they share, then by what these
//! groups stand for.

use std::collections::{BTreeMap, HashMap};

use super::{facts::Facts, names::Resolver, view::ImageView};
use crate::{
    model::{day::Day, name::Collection},
    pb::{self, CountDimension as By},
    store::{
        Budget, Counts, Error,
        image::{Damaged, records::NONE},
        index::rows::Walk,
        query::{CountQuery, EventQuery, PageOf, Position},
    },
};

/// A key of a group: rows without it come last.
type Key = (bool, String);

/// What rows share, as far as it is grouped by: for each dimension a number.
type Shared = [u32; 2];

/// Numbers of deaths: low, best, high.
type Deaths = [Option<u32>; 3];

/// What a group adds up to.
#[derive(Debug, Default, Clone, Copy)]
struct Sum {
    count: u32,
    without: u32,
    deaths: Option<Deaths>,
}

impl ImageView {
    pub(super) async fn counts_page(
        &self,
        query: &EventQuery,
        count: &CountQuery,
        page: PageOf,
        budget: &Budget,
    ) -> Result<Counts, Error> {
        let shared = self.by_shared(query, &count.group_by, budget).await?;
        let mut answer = Counts::default();
        let mut groups: BTreeMap<Vec<Key>, Sum> = BTreeMap::new();
        if count.group_by.is_empty() {
            groups.insert(vec![], Sum::default());
        }
        for (shared, sum) in shared {
            answer.total = answer.total.saturating_add(sum.count);
            answer.without_casualties = answer.without_casualties.saturating_add(sum.without);
            let keys = self.keys_of(shared, &count.group_by)?;
            budget.spend(8 * (1 + keys.len() as u64)).await?;
            for keys in keys {
                groups.entry(keys).or_default().add(&sum);
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

    /// Counts rows by what they share.
    async fn by_shared(
        &self,
        query: &EventQuery,
        group_by: &[By],
        budget: &Budget,
    ) -> Result<BTreeMap<Shared, Sum>, Error> {
        let facts = self.facts();
        let filter = self.filter(query, Resolver::new(self), &facts, budget).await?;
        let mut sums: HashMap<Shared, Sum> = HashMap::new();
        let mut walk = Walk::up(&filter, 0..u32::MAX);
        while let Some(rows) = walk.step()? {
            for row in rows {
                let columns = facts.rows.get(*row)?;
                let dated = *row < self.totals.dated;
                let mut shared = [0; 2];
                for (number, by) in shared.iter_mut().zip(group_by) {
                    *number = number_of(&facts, *row, dated, *by)?;
                }
                let deaths = facts.deaths(columns)?;
                sums.entry(shared).or_default().add(&Sum { count: 1, without: deaths.is_none().into(), deaths });
            }
            budget.spend(2 * walk.price()).await?;
        }
        Ok(sums.into_iter().collect())
    }

    /// The groups that rows which share this count in: each combination of their values.
    fn keys_of(&self, shared: Shared, group_by: &[By]) -> Result<Vec<Vec<Key>>, Damaged> {
        let mut combinations = vec![vec![]];
        for (number, by) in shared.into_iter().zip(group_by) {
            let mut values: Vec<Key> = self.values(number, *by)?.into_iter().map(|value| (false, value)).collect();
            if values.is_empty() {
                values.push((true, String::new()));
            }
            combinations = combinations
                .iter()
                .flat_map(|keys: &Vec<Key>| {
                    values.iter().map(|value| [keys.as_slice(), std::slice::from_ref(value)].concat())
                })
                .collect();
        }
        Ok(combinations)
    }

    /// What a number of a dimension stands for.
    fn values(&self, number: u32, by: By) -> Result<Vec<String>, Damaged> {
        let facts = self.facts();
        let named = |collection: Collection, ordinals: &[u32]| -> Result<Vec<String>, Damaged> {
            ordinals.iter().map(|ordinal| self.name_of(collection, *ordinal).map(str::to_owned)).collect()
        };
        let place = || -> Result<Option<u32>, Damaged> {
            if number == NONE {
                Ok(None)
            } else {
                Ok(Some(facts.spots.get(number)?.place).filter(|place| *place != NONE))
            }
        };
        let profile = || facts.profile(number);
        Ok(match by {
            By::Unspecified => vec![],
            By::Kind => {
                pb::EventKind::try_from(profile()?.kind).map(|kind| kind.as_str_name().to_owned()).into_iter().collect()
            }
            By::Status => {
                pb::EventStatus::try_from(profile()?.status).map(|it| it.as_str_name().to_owned()).into_iter().collect()
            }
            By::Actor => named(Collection::Actors, facts.list(number)?)?,
            By::Camp => named(Collection::Camps, facts.list(profile()?.camps)?)?,
            By::Source => named(Collection::Sources, facts.list(profile()?.sources)?)?,
            By::Place => named(Collection::Places, place()?.as_slice())?,
            By::Country => match place()? {
                Some(place) => {
                    let code = self.entities(Collection::Places).get(place)?.country;
                    (code != [0; 2]).then(|| String::from_utf8_lossy(&code).into_owned()).into_iter().collect()
                }
                None => vec![],
            },
            By::Day | By::Week | By::Month | By::Year => {
                bucket(Day::from_epoch(number.cast_signed()), by).into_iter().collect()
            }
        })
    }
}

/// The number by which rows are grouped first: what gives the dimension's values, or a day of its bucket.
fn number_of(facts: &Facts<'_>, row: u32, dated: bool, by: By) -> Result<u32, Damaged> {
    let columns = facts.rows.get(row)?;
    Ok(match by {
        By::Unspecified => 0,
        By::Kind | By::Status | By::Camp | By::Source => columns.profile,
        By::Actor => columns.actors,
        By::Place | By::Country => facts.at(row)?.spot,
        By::Day | By::Week | By::Month | By::Year => {
            let span = facts.span(columns)?;
            let whole = dated
                && (span.s1 == span.s2 || {
                    let first = bucket(span.s1, by);
                    first.is_some() && first == bucket(span.s2, by)
                });
            // A bound is no day, and in no bucket.
            (if whole { span.s1 } else { Day::MIN }).epoch_days().cast_unsigned()
        }
    })
}

/// The bucket that holds a day.
fn bucket(day: Day, by: By) -> Option<String> {
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
}

impl Sum {
    fn add(&mut self, other: &Sum) {
        self.count = self.count.saturating_add(other.count);
        self.without = self.without.saturating_add(other.without);
        let Some(more) = other.deaths else { return };
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
