//! Names of a question as ordinals and rows; those that mean nothing are collected, to be told all at once.

use super::{facts::Facts, view::ImageView};
use crate::{
    model::{day::Day, name::Collection, text},
    store::{
        Error, Unknown,
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

    /// Names that are near to one that means nothing.
    fn near_names(&self, collection: Collection, name: &str, facts: &Facts<'_>) -> Result<Vec<String>, Damaged> {
        let names: Vec<&str> = match collection {
            Collection::Events => facts.names_around(name)?,
            _ => {
                let entities = self.entities(collection);
                (0..entities.len() as u32).map(|at| self.text(entities.get(at)?.name)).collect::<Result<_, _>>()?
            }
        };
        Ok(text::near_names(name, names, NEAR).into_iter().map(str::to_owned).collect())
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
            self.reject(collection, name, None)?;
        }
        Ok(found)
    }

    /// Notes that a name means nothing, or nothing on the day asked for.
    pub(super) fn reject(&mut self, collection: Collection, name: &str, not_yet: Option<Day>) -> Result<(), Damaged> {
        let near = match self.unknown.len() {
            ..LOOKED_UP if not_yet.is_none() => self.view.near_names(collection, name, &self.view.facts())?,
            _ => Vec::new(),
        };
        self.unknown.push(Unknown { collection, name: name.to_owned(), near, not_yet });
        Ok(())
    }

    /// As [`finish`](Resolver::finish), of one that others have borrowed.
    pub(super) fn tell(&mut self) -> Result<(), Error> {
        Resolver { view: self.view, unknown: std::mem::take(&mut self.unknown) }.finish()
    }

    /// All names that mean nothing, if there are any.
    pub(super) fn finish(self) -> Result<(), Error> {
        if self.unknown.is_empty() { Ok(()) } else { Err(Error::Unknown(self.unknown)) }
    }
}
