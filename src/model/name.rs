//! Names of resources: `collection/id`, with ids in kebab-case.

use std::fmt;

/// A kind of resource that has names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Collection {
    /// `actors/{actor}`
    Actors,
    /// `camps/{camp}`
    Camps,
    /// `events/{event}`
    Events,
    /// `places/{place}`
    Places,
    /// `sources/{source}`
    Sources,
}

impl Collection {
    /// All of them, in the order of their segments.
    pub const ALL: [Collection; 5] =
        [Collection::Actors, Collection::Camps, Collection::Events, Collection::Places, Collection::Sources];

    /// The first segment of its names.
    pub const fn segment(self) -> &'static str {
        match self {
            Collection::Actors => "actors",
            Collection::Camps => "camps",
            Collection::Events => "events",
            Collection::Places => "places",
            Collection::Sources => "sources",
        }
    }

    /// The type of its resources in `google.api.resource`, such as `dossier/Event`.
    pub const fn resource_type(self) -> &'static str {
        match self {
            Collection::Actors => "dossier/Actor",
            Collection::Camps => "dossier/Camp",
            Collection::Events => "dossier/Event",
            Collection::Places => "dossier/Place",
            Collection::Sources => "dossier/Source",
        }
    }

    /// The collection of a type in `google.api.resource`.
    pub fn of_type(resource_type: &str) -> Option<Collection> {
        Collection::ALL.into_iter().find(|collection| collection.resource_type() == resource_type)
    }

    /// The id in a name of this collection, if it is one: 1 to 128 characters of `a-z`, `0-9` and single inner hyphens.
    pub fn id(self, name: &str) -> Option<&str> {
        let id = name.strip_prefix(self.segment())?.strip_prefix('/')?;
        is_id(id).then_some(id)
    }

    /// The name of an id.
    pub fn name(self, id: &str) -> String {
        format!("{}/{id}", self.segment())
    }
}

impl fmt::Display for Collection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.segment())
    }
}

/// Whether a text is an id: kebab-case, 1 to 128 characters.
pub fn is_id(text: &str) -> bool {
    // A hyphen stands behind a letter or digit, and something behind it.
    let mut hyphen = true;
    (1..=128).contains(&text.len())
        && text.bytes().all(|byte| {
            let before = std::mem::replace(&mut hyphen, byte == b'-');
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || (hyphen && !before)
        })
        && !hyphen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_kebab_case() {
        for id in ["a", "old-ford-taken", "ucdp-ged-23-1-300380", "3"] {
            assert!(is_id(id), "{id}");
        }
        for id in ["", "-a", "a-", "a--b", "A", "é", "a_b", "a/b", "a b", &"a".repeat(129)] {
            assert!(!is_id(id), "{id}");
        }
    }

    #[test]
    fn a_name_belongs_to_one_collection() {
        assert_eq!(Collection::Events.id("events/old-ford-taken"), Some("old-ford-taken"));
        for name in ["events/", "events", "event/a", "events/a/claims/b", "places/a", "/events/a"] {
            assert_eq!(Collection::Events.id(name), None, "{name}");
        }
        assert_eq!(Collection::of_type("dossier/Camp"), Some(Collection::Camps));
    }
}
