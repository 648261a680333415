//! Names of a question as ordinals and rows; those that mean nothing are collected, to be told all at once.

use std::ops::Range;

use super::view::ImageView;
use crate::{
    model::{day::Day, name::Collection, text::NearNames},
    store::{
        Budget, Error, Unknown,
        image::{
            Array, Damaged, SectionId,
            records::{Entity, Run},
        },
    },
};

/// Near names shown for an unknown one.
const NEAR: usize = 3;
/// Unknown names for which near ones are looked up, which takes a look at every name there is.
const LOOKED_UP: usize = 10;
/// So many letters are compared in the time that a look at a row takes, or twice as many folded.
const LETTERS: usize = 4;

impl ImageView {
    /// The entities of a collection, by name; none of events, which are no entities.
    pub(super) fn entities(&self, collection: Collection) -> Array<'_, Entity> {
        match collection {
            Collection::Places => self.image.array(SectionId::Places),
            Collection::Actors => self.image.array(SectionId::Actors),
            Collection::Camps => self.image.array(SectionId::Camps),
            Collection::Sources => self.image.array(SectionId::Sources),
            Collection::Events => Array::empty(),
        }
    }

    /// A text that entities point to.
    pub(super) fn text(&self, run: Run) -> Result<&str, Damaged> {
        let texts = self.image.section(SectionId::Texts);
        let range = run.range();
        let bytes = texts.bytes(u64::from(range.start)..u64::from(range.end))?;
        std::str::from_utf8(bytes).map_err(|_| texts.damaged(u64::from(run.first)))
    }

    /// The ordinal of a name.
    pub(super) fn ordinal(&self, collection: Collection, name: &str) -> Result<Option<u32>, Damaged> {
        let entities = self.entities(collection);
        let at = entities.partition_point(|entity| Ok(self.text(entity.name)? < name))?;
        let found = (at as usize) < entities.len() && self.text(entities.get(at)?.name)? == name;
        Ok(found.then_some(at))
    }

    /// The name of an ordinal.
    pub(super) fn name_of(&self, collection: Collection, ordinal: u32) -> Result<&str, Damaged> {
        self.text(self.entities(collection).get(ordinal)?.name)
    }

    /// Which of a collection's names, in their order, one that means nothing is compared with.
    fn compared_with(&self, collection: Collection, name: &str) -> Result<Range<u32>, Damaged> {
        match collection {
            Collection::Events => self.facts().names_around(name),
            _ => Ok(0..self.entities(collection).len() as u32),
        }
    }

    /// Looks up the names that are near to the first of those that mean nothing: a look at each of the others, for all of them
    /// together.
    async fn look_up_near(&self, unknown: &mut [Unknown], budget: &Budget) -> Result<(), Error> {
        let mut looks: Vec<(Collection, Range<u32>, Vec<&mut Unknown>)> = vec![];
        for unknown in unknown.iter_mut().take(LOOKED_UP).filter(|unknown| unknown.not_yet.is_none()) {
            let names = self.compared_with(unknown.collection, &unknown.name)?;
            match looks.iter_mut().find(|look| (look.0, &look.1) == (unknown.collection, &names)) {
                Some((.., of)) => of.push(unknown),
                None => looks.push((unknown.collection, names, vec![unknown])),
            }
        }
        let facts = self.facts();
        for (collection, names, of) in looks {
            let wanted: Vec<&str> = of.iter().map(|unknown| unknown.name.as_str()).collect();
            let mut near = NearNames::new(&wanted, NEAR);
            for at in names {
                let name = match collection {
                    Collection::Events => facts.nth_name(at)?,
                    _ => self.name_of(collection, at)?,
                };
                budget.spend((name.len() * (2 + of.len()) / LETTERS) as u64).await?;
                near.offer(name);
            }
            for (unknown, near) in of.into_iter().zip(near.finish()) {
                unknown.near = near.into_iter().map(str::to_owned).collect();
            }
        }
        Ok(())
    }
}

/// Names of a query; those that mean nothing are collected.
pub(super) struct Resolver<'v> {
    view: &'v ImageView,
    unknown: Vec<Unknown>,
}

impl<'v> Resolver<'v> {
    /// Nothing looked up yet.
    pub(super) fn new(view: &'v ImageView) -> Resolver<'v> {
        Resolver { view, unknown: vec![] }
    }

    /// The ordinals of names in a list field.
    pub(super) fn all(&mut self, collection: Collection, names: &[String]) -> Result<Vec<u32>, Damaged> {
        let mut ordinals = Vec::with_capacity(names.len());
        for name in names {
            ordinals.extend(self.one(collection, name)?);
        }
        Ok(ordinals)
    }

    /// The ordinal of a name.
    pub(super) fn one(&mut self, collection: Collection, name: &str) -> Result<Option<u32>, Damaged> {
        let found = self.view.ordinal(collection, name)?;
        if found.is_none() {
            self.reject(collection, name, None);
        }
        Ok(found)
    }

    /// Notes that a name means nothing, or nothing on the day asked for.
    pub(super) fn reject(&mut self, collection: Collection, name: &str, not_yet: Option<Day>) {
        self.unknown.push(Unknown { collection, name: name.to_owned(), near: vec![], not_yet });
    }

    /// All names that mean nothing, if there are any, with those that are near to them.
    pub(super) async fn tell(&mut self, budget: &Budget) -> Result<(), Error> {
        let mut unknown = std::mem::take(&mut self.unknown);
        if unknown.is_empty() {
            return Ok(());
        }
        self.view.look_up_near(&mut unknown, budget).await?;
        Err(Error::Unknown(unknown))
    }
}
