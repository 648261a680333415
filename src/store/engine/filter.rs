//! The planner: from a question to a filter over rows. Postings first, then what only a look at each row can tell.

use super::{facts::Facts, names::Resolver, view::ImageView};
use crate::{
    model::{area::Area, name::Collection, text},
    pb,
    store::{
        Budget, Error,
        image::{Damaged, SectionId},
        index::{
            postings::{ANY, Key, Posting, Postings},
            rows::{Days, Filter, RowSet},
            towns::{Bound, Towns, Within},
            words::Words,
            zones::{Window, Zones},
        },
        query::EventQuery,
    },
};

/// So many postings are looked at in place; of more a set is made first.
const IN_PLACE: usize = 16;

/// The ordinals of the names in a question.
struct Named {
    actors: Vec<u32>,
    all_actors: Vec<u32>,
    places: Vec<u32>,
    camps: Vec<u32>,
    claimants: Vec<u32>,
    sources: Vec<u32>,
}

impl ImageView {
    /// The rows that a question takes. Names are looked up through `names`, so that the names of the caller's own fields are
    /// told together with the filter's.
    pub(super) async fn filter<'v>(
        &'v self,
        query: &'v EventQuery,
        names: Resolver<'v>,
        facts: &Facts<'v>,
        budget: &Budget,
    ) -> Result<Filter<'v>, Error> {
        let mut filter = self.probe(query, names, facts, budget).await?;
        if query.as_of.is_none() {
            self.only_known_now(&mut filter)?;
        }
        Ok(filter)
    }

    /// Leaves only rows that are known now.
    pub(super) fn only_known_now<'v>(&'v self, filter: &mut Filter<'v>) -> Result<(), Damaged> {
        let current = self.postings()?.get(Key::Current)?;
        if current.len() < self.totals.rows {
            filter.any(vec![current]);
        }
        Ok(())
    }

    /// The rows that a question takes of a search that comes upon the rows of spots, which tell those apart that are known now.
    /// What was known on a day is told by each row, which is at hand then, sooner than by a posting.
    pub(super) async fn probe<'v>(
        &'v self,
        query: &'v EventQuery,
        mut names: Resolver<'v>,
        facts: &Facts<'v>,
        budget: &Budget,
    ) -> Result<Filter<'v>, Error> {
        let mut filter = if query.takes_all() {
            names.tell(budget).await?;
            Filter::new(self.totals.rows)
        } else {
            // In a box: what planning takes is not to be moved for questions that need none.
            Box::pin(self.filter_of_any_time(query, &mut names, facts, budget)).await?
        };
        if query.as_of.is_some() {
            let facts = *facts;
            filter.check(move |row: u32| facts.answers(facts.rows.get(row)?, query.as_of));
        }
        Ok(filter)
    }

    async fn filter_of_any_time<'v>(
        &'v self,
        query: &'v EventQuery,
        names: &mut Resolver<'v>,
        facts: &Facts<'v>,
        budget: &Budget,
    ) -> Result<Filter<'v>, Error> {
        let named = Named {
            actors: names.all(Collection::Actors, &query.actors)?,
            all_actors: names.all(Collection::Actors, &query.all_actors)?,
            places: names.all(Collection::Places, &query.places)?,
            camps: names.all(Collection::Camps, &query.camps)?,
            claimants: names.all(Collection::Actors, &query.claimants)?,
            sources: names.all(Collection::Sources, &query.sources)?,
        };
        names.tell(budget).await?;
        let postings = self.postings()?;
        let mut filter = Filter::new(self.totals.rows);
        for any in self.postings_of(query, &named, &postings)? {
            add(&mut filter, any, budget).await?;
        }
        if !named.claimants.is_empty() || !named.sources.is_empty() {
            let claimed = claimed(&postings, &named.claimants, &named.sources, budget).await?;
            add(&mut filter, claimed, budget).await?;
        }
        match query.contested {
            Some(true) => filter.any(vec![postings.get(Key::Contested)?]),
            Some(false) => filter.without(vec![postings.get(Key::Contested)?]),
            None => {}
        }
        if let Some(area) = &query.area {
            filter.within(self.in_area(area, query.certain, facts, budget).await?);
        }
        if let Some((first, last)) = query.window {
            let (facts, certain) = (*facts, query.certain);
            let zones = self.image.section(SectionId::Zones);
            let zones = Zones::open(zones, self.totals.rows)?;
            let exact = move |row: u32| {
                let span = facts.span(facts.rows.get(row)?)?;
                Ok(if certain { span.certain(first, last) } else { span.possible(first, last) })
            };
            filter.check(Days { zones, window: Window { first, last, certain }, exact });
        }
        Ok(filter)
    }

    /// For each field of the question that postings answer, those of its values.
    fn postings_of<'v>(
        &'v self,
        query: &EventQuery,
        named: &Named,
        postings: &Postings<'v>,
    ) -> Result<Vec<Vec<Posting<'v>>>, Damaged> {
        let mut all = vec![];
        let mut any = |set: bool, keys: Vec<(Key, Key)>| -> Result<(), Damaged> {
            if set {
                let mut found = vec![];
                for (first, last) in keys {
                    for posting in postings.range(first, last) {
                        found.push(posting?);
                    }
                }
                all.push(found);
            }
            Ok(())
        };
        let one = |key: Key| (key, key);
        any(!query.kinds.is_empty(), query.kinds.iter().map(|kind| kinds(*kind)).collect())?;
        any(!query.statuses.is_empty(), query.statuses.iter().map(|s| one(Key::Status((*s).into()))).collect())?;
        if !named.actors.is_empty() || !query.roles.is_empty() {
            let actors = if named.actors.is_empty() { &[ANY][..] } else { &named.actors };
            any(true, actors.iter().flat_map(|actor| takes(*actor, &query.roles)).collect())?;
        }
        for actor in &named.all_actors {
            any(true, takes(*actor, &[]))?;
        }
        any(!named.places.is_empty(), named.places.iter().map(|place| one(Key::At(*place))).collect())?;
        any(!named.camps.is_empty(), named.camps.iter().map(|camp| one(Key::Camp(*camp))).collect())?;
        if let Some(code) = query.country_code.as_deref() {
            any(true, code.as_bytes().try_into().map(|code| one(Key::Country(code))).into_iter().collect())?;
        }
        if let Some(least) = query.min_corroboration {
            let most = pb::Corroboration::AcrossSides;
            any(true, vec![(Key::Corroboration(least.into()), Key::Corroboration(most.into()))])?;
        }
        if let Some(words) = &query.text {
            self.words(words, postings, &mut all)?;
        }
        Ok(all)
    }

    /// Words that must all be there, the last one as a prefix.
    fn words<'v>(
        &'v self,
        words: &str,
        postings: &Postings<'v>,
        all: &mut Vec<Vec<Posting<'v>>>,
    ) -> Result<(), Damaged> {
        let dictionary = Words::open(self.image.section(SectionId::Words))?;
        let words = text::tokens(words);
        let Some((last, whole)) = words.split_last() else {
            all.push(vec![]);
            return Ok(());
        };
        // Said twice is said once.
        let whole: std::collections::BTreeSet<&String> = whole.iter().collect();
        for word in whole {
            let found = dictionary.word(word).map(|key| postings.get(key)).transpose()?;
            all.push(found.into_iter().collect());
        }
        let begun = dictionary.begun_by(last);
        let found: Result<Vec<_>, Damaged> =
            begun.map_or_else(|| Ok(vec![]), |(first, last)| postings.range(first, last).collect());
        let found = found?;
        all.push(found);
        Ok(())
    }

    /// The rows in an area: the towns around it are looked at, and of these each spot; rows only where spots share them of which
    /// some lie within and some do not.
    async fn in_area(&self, area: &Area, certain: bool, facts: &Facts<'_>, budget: &Budget) -> Result<RowSet, Error> {
        // What lies on an edge lies in the area, however coordinates were rounded on their way.
        const HAIR_METERS: f64 = 1.0;
        let price = match area {
            Area::Polygon(polygon) => 1 + u64::from(polygon.edge_count()) / 4,
            Area::Circle(_) | Area::Box(_) => 1,
        };
        let around = area.around();
        let mut set = RowSet::default();
        let radius = around.radius_meters + HAIR_METERS;
        let within = if certain { Within::Points(radius) } else { Within::Circles(radius) };
        let towns = Towns::open(self.image.section(SectionId::Towns))?;
        let mut search = towns.around(&around.center, within);
        while let Some(town) = search.next(Bound::NONE) {
            for spots in facts.by_run(towns.spots(town)) {
                let mut within = Vec::with_capacity(spots.len());
                for number in spots {
                    budget.spend(price).await?;
                    let Some(circle) = facts.spots.get(*number)?.circle() else { continue };
                    if if certain { area.certain(&circle) } else { area.possible(&circle) } {
                        within.push(*number);
                    }
                }
                let Some(first) = within.first() else { continue };
                let rows = facts.rows_at(facts.spots.get(*first)?)?;
                let own = (within.len() < spots.len()).then_some((facts, within.as_slice()));
                insert(&mut set, rows, own, budget).await?;
            }
        }
        Ok(set)
    }
}

/// Adds rows to a set; only those at some spots, if they are not all.
async fn insert(
    set: &mut RowSet,
    rows: &[u32],
    own: Option<(&Facts<'_>, &[u32])>,
    budget: &Budget,
) -> Result<(), Error> {
    for rows in rows.chunks(1024) {
        budget.spend(rows.len() as u64).await?;
        for row in rows {
            let wanted = match own {
                Some((facts, spots)) => spots.contains(&facts.at(*row)?.spot),
                None => true,
            };
            if wanted {
                set.insert(*row);
            }
        }
    }
    Ok(())
}

/// Adds rows in any of the postings to a filter: a few in place, many as a set.
pub(super) async fn add<'v>(filter: &mut Filter<'v>, postings: Vec<Posting<'v>>, budget: &Budget) -> Result<(), Error> {
    if postings.len() <= IN_PLACE {
        filter.any(postings);
        return Ok(());
    }
    let mut set = RowSet::default();
    for posting in &postings {
        let mut from = Some(0);
        while let Some(chunk) = from {
            budget.spend(64).await?;
            from = set.add(posting, chunk)?;
        }
    }
    filter.within(set);
    Ok(())
}

/// A kind; a group takes in the kinds inside (100 takes 100 to 199).
fn kinds(kind: pb::EventKind) -> (Key, Key) {
    let kind = i32::from(kind);
    (Key::Kind(kind), Key::Kind(if kind % 100 == 0 { kind + 99 } else { kind }))
}

/// An actor in one of the roles, or in any.
fn takes(actor: u32, roles: &[pb::ParticipantRole]) -> Vec<(Key, Key)> {
    if roles.is_empty() {
        return vec![(Key::Takes(actor, 0), Key::Takes(actor, i32::MAX))];
    }
    roles.iter().map(|role| Key::Takes(actor, (*role).into())).map(|key| (key, key)).collect()
}

/// The postings of claims of one of the claimants from one of the sources, of none given any: most pairs have none.
pub(super) async fn claimed<'v>(
    postings: &Postings<'v>,
    claimants: &[u32],
    sources: &[u32],
    budget: &Budget,
) -> Result<Vec<Posting<'v>>, Error> {
    let claimants = if claimants.is_empty() { &[ANY][..] } else { claimants };
    let sources = if sources.is_empty() { &[ANY][..] } else { sources };
    let mut found = vec![];
    for claimant in claimants {
        for source in sources {
            budget.spend(32).await?;
            let posting = postings.get(Key::Claimed(*claimant, *source))?;
            if posting.len() > 0 {
                found.push(posting);
            }
        }
    }
    Ok(found)
}
