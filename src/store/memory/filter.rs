//! The planner: from a query to the bitmap of rows that match. Bitmaps first, then what only columns can tell.

use roaring::RoaringBitmap;

use super::{
    columns::Row,
    postings::{ANY, Key},
    view::MemoryView,
};
use crate::{
    model::{area::Area, day::Day, name::Collection, text},
    pb,
    store::{Budget, Error, Unknown, query::EventQuery},
};

/// Names of a query as ordinals; those that mean nothing are collected.
pub(super) struct Resolver<'v> {
    view: &'v MemoryView,
    unknown: Vec<Unknown>,
}

/// Near names shown for an unknown one.
const NEAR: usize = 3;
/// Unknown names for which near ones are looked up, which takes a look at every name there is.
const LOOKED_UP: usize = 10;

impl<'v> Resolver<'v> {
    /// Nothing looked up yet.
    pub(super) fn new(view: &'v MemoryView) -> Resolver<'v> {
        Resolver { view, unknown: vec![] }
    }

    /// The ordinals of names in a list field.
    pub(super) fn all(&mut self, collection: Collection, names: &[String]) -> Vec<u32> {
        names.iter().filter_map(|name| self.one(collection, name)).collect()
    }

    /// The ordinal of a name.
    pub(super) fn one(&mut self, collection: Collection, name: &str) -> Option<u32> {
        let found = self.view.names(collection).find(name);
        if found.is_none() {
            self.reject(collection, name, None);
        }
        found
    }

    /// Notes that a name means nothing.
    pub(super) fn reject(&mut self, collection: Collection, name: &str, as_of: Option<Day>) {
        let not_yet = as_of.filter(|_| self.view.names(collection).find(name).is_some());
        let near = match self.unknown.len() {
            ..LOOKED_UP if not_yet.is_none() => text::near_names(name, self.view.names(collection).iter(), NEAR),
            _ => Vec::new(),
        };
        self.unknown.push(Unknown {
            collection,
            name: name.to_owned(),
            near: near.into_iter().map(str::to_owned).collect(),
            not_yet,
        });
    }

    /// All names that mean nothing, if there are any.
    pub(super) fn finish(self) -> Result<(), Error> {
        if self.unknown.is_empty() { Ok(()) } else { Err(Error::Unknown(self.unknown)) }
    }
}

impl MemoryView {
    /// The rows that a query takes. Names are looked up through `names`, which the caller finishes, so that the names of its
    /// own fields are told together with the filter's.
    pub(super) async fn matching(
        &self,
        query: &EventQuery,
        mut names: Resolver<'_>,
        budget: &Budget,
    ) -> Result<RoaringBitmap, Error> {
        let bitmaps = self.bitmaps(query, &mut names);
        names.finish()?;
        let mut rows = match query.as_of {
            None => self.postings.rows(Key::Current),
            Some(day) => self.known_on(day, budget).await?,
        };
        for bitmap in &bitmaps {
            rows &= bitmap;
        }
        if query.window.is_none() && query.area.is_none() {
            return Ok(rows);
        }
        let mut kept = RoaringBitmap::new();
        let price = price(query);
        for row in &rows {
            budget.spend(price).await?;
            if self.columns.row(row).is_some_and(|columns| in_window(columns, query) && in_area(columns, query)) {
                kept.insert(row);
            }
        }
        Ok(kept)
    }

    /// One bitmap for each field of the query that is set.
    fn bitmaps(&self, query: &EventQuery, names: &mut Resolver<'_>) -> Vec<RoaringBitmap> {
        let actors = names.all(Collection::Actors, &query.actors);
        let all_actors = names.all(Collection::Actors, &query.all_actors);
        let places = names.all(Collection::Places, &query.places);
        let camps = names.all(Collection::Camps, &query.camps);
        let claimants = names.all(Collection::Actors, &query.claimants);
        let sources = names.all(Collection::Sources, &query.sources);

        let postings = &self.postings;
        let mut bitmaps = vec![];
        let mut add = |set: bool, rows: &dyn Fn() -> RoaringBitmap| {
            if set {
                bitmaps.push(rows());
            }
        };
        add(!query.kinds.is_empty(), &|| {
            query.kinds.iter().fold(RoaringBitmap::new(), |all, kind| all | postings.kind(*kind))
        });
        add(!query.statuses.is_empty(), &|| postings.any(query.statuses.iter().map(|s| Key::Status((*s).into()))));
        add(!actors.is_empty() || !query.roles.is_empty(), &|| {
            let roles: Vec<i32> =
                if query.roles.is_empty() { vec![0] } else { query.roles.iter().map(|r| (*r).into()).collect() };
            let actors = if actors.is_empty() { &[ANY][..] } else { &actors };
            postings.any(actors.iter().flat_map(|actor| roles.iter().map(|role| Key::Takes(*actor, *role))))
        });
        for actor in all_actors {
            add(true, &|| postings.rows(Key::Takes(actor, 0)));
        }
        add(!places.is_empty(), &|| postings.any(places.iter().map(|place| Key::At(*place))));
        add(!camps.is_empty(), &|| postings.any(camps.iter().map(|camp| Key::Camp(*camp))));
        add(!claimants.is_empty() || !sources.is_empty(), &|| {
            let claimants = if claimants.is_empty() { &[ANY][..] } else { &claimants };
            let sources = if sources.is_empty() { &[ANY][..] } else { &sources };
            postings.any(claimants.iter().flat_map(|c| sources.iter().map(|s| Key::Claimed(*c, *s))))
        });
        if let Some(code) = query.country_code.as_deref().and_then(|code| code.as_bytes().try_into().ok()) {
            add(true, &|| postings.rows(Key::Country(code)));
        }
        if let Some(words) = &query.text {
            add(true, &|| self.words.search(words));
        }
        if let Some(contested) = query.contested {
            let rows = postings.rows(Key::Contested);
            add(true, &|| if contested { rows.clone() } else { self.every_row() - &rows });
        }
        if let Some(least) = query.min_corroboration {
            let most = i32::from(pb::Corroboration::AcrossSides);
            add(true, &|| postings.any((least.into()..=most).map(Key::Corroboration)));
        }
        bitmaps
    }

    fn every_row(&self) -> RoaringBitmap {
        let mut rows = RoaringBitmap::new();
        rows.insert_range(..u32::try_from(self.columns.rows.len()).unwrap_or(u32::MAX));
        rows
    }

    /// The rows that were known on a day.
    async fn known_on(&self, day: Day, budget: &Budget) -> Result<RoaringBitmap, Error> {
        let mut rows = RoaringBitmap::new();
        for (i, row) in (0_u32..).zip(&self.columns.rows) {
            budget.spend(1).await?;
            if row.known.answers(Some(day)) {
                rows.insert(i);
            }
        }
        Ok(rows)
    }
}

/// What a row costs to check: a polygon's edges are each looked at.
fn price(query: &EventQuery) -> u64 {
    match &query.area {
        Some(Area::Polygon(polygon)) => 1 + u64::from(polygon.edge_count()) / 4,
        Some(Area::Circle(_) | Area::Box(_)) | None => 1,
    }
}

fn in_window(row: &Row, query: &EventQuery) -> bool {
    match query.window {
        None => true,
        Some((first, last)) if query.certain => row.span.certain(first, last),
        Some((first, last)) => row.span.possible(first, last),
    }
}

fn in_area(row: &Row, query: &EventQuery) -> bool {
    match (&query.area, &row.circle) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(area), Some(circle)) if query.certain => area.certain(circle),
        (Some(area), Some(circle)) => area.possible(circle),
    }
}
