//! Reads the fields of requests and collects everything that is malformed, so that a caller is told all of it at once.

use super::{
    error::{Error, GoesOn, Violation},
    page::Asked,
    token::{Key, Token},
};
use crate::model::{
    day::Day,
    name::Collection,
    sphere::{HALF_CIRCUMFERENCE_METERS, Point},
};
use crate::pb;

/// Longest list of names, kinds or other values in one field.
pub(super) const MOST_VALUES: usize = 100;

/// What is malformed so far.
#[derive(Debug, Default)]
pub(super) struct Fields {
    violations: Vec<Violation>,
    /// The token is none of ours. Alone it has a reason of its own; among others it is told with them.
    bad_token: Option<GoesOn>,
}

impl Fields {
    /// Notes a malformed field.
    pub(super) fn reject(&mut self, field: impl Into<String>, description: impl Into<String>) {
        self.violations.push(Violation { field: field.into(), description: description.into() });
    }

    /// Notes malformed fields that a model type found.
    pub(super) fn reject_all(&mut self, violations: Vec<(String, String)>) {
        for (field, description) in violations {
            self.reject(field, description);
        }
    }

    /// All malformed fields, if there are any.
    pub(super) fn finish(mut self) -> Result<(), Error> {
        match (self.violations.is_empty(), self.bad_token) {
            (true, None) => Ok(()),
            (true, Some(of)) => Err(Error::TokenInvalid(of)),
            (false, bad_token) => {
                self.violations.extend(bad_token.map(GoesOn::violation));
                Err(Error::Fields(self.violations))
            }
        }
    }

    /// A day that may be left out.
    pub(super) fn day(&mut self, field: &str, text: &str) -> Option<Day> {
        if text.is_empty() {
            return None;
        }
        text.parse().map_err(|error| self.reject(field, format!("{} is {error}", quoted(text)))).ok()
    }

    /// A window of days, if either side is given.
    pub(super) fn window(&mut self, first: (&str, &str), last: (&str, &str)) -> Option<(Day, Day)> {
        let (from, to) = (self.day(first.0, first.1), self.day(last.0, last.1));
        if let (Some(from), Some(to)) = (from, to)
            && from > to
        {
            self.reject(first.0, format!("{from} is after {to} in {}; swap them", last.0));
        }
        (from.is_some() || to.is_some()).then(|| (from.unwrap_or(Day::MIN), to.unwrap_or(Day::MAX)))
    }

    /// A name that may be left out.
    pub(super) fn optional_name(&mut self, field: &str, collection: Collection, name: &str) -> Option<String> {
        if name.is_empty() { None } else { self.name(field, collection, name) }
    }

    /// A name.
    pub(super) fn name(&mut self, field: &str, collection: Collection, name: &str) -> Option<String> {
        if collection.id(name).is_some() {
            return Some(name.to_owned());
        }
        let example = collection.name("some-id");
        let what = if name.is_empty() { "is required".to_owned() } else { format!("{} is not a name", quoted(name)) };
        self.reject(field, format!("{what}; write {example}, with an id of a-z, 0-9 and inner hyphens"));
        None
    }

    /// A list of names.
    pub(super) fn names(&mut self, field: &str, collection: Collection, names: &[String]) -> Vec<String> {
        self.at_most(field, names.len());
        let read = |(i, name): (usize, &String)| match collection.id(name) {
            Some(_) => Some(name.clone()),
            None => self.name(&format!("{field}[{i}]"), collection, name),
        };
        names.iter().take(MOST_VALUES).enumerate().filter_map(read).collect()
    }

    /// A list of enum values, of which none may be unspecified.
    pub(super) fn enums<E: TryFrom<i32>>(&mut self, field: &str, values: &[i32]) -> Vec<E> {
        self.at_most(field, values.len());
        let read = |(i, value): (usize, &i32)| self.set_enum(&format!("{field}[{i}]"), *value);
        values.iter().take(MOST_VALUES).enumerate().filter_map(read).collect()
    }

    /// An enum value that may be left out.
    pub(super) fn optional_enum<E: TryFrom<i32>>(&mut self, field: &str, value: i32) -> Option<E> {
        if value == 0 { None } else { self.set_enum(field, value) }
    }

    fn set_enum<E: TryFrom<i32>>(&mut self, field: &str, value: i32) -> Option<E> {
        if value == 0 {
            self.reject(field, "is unspecified; name a value or leave it out");
            return None;
        }
        E::try_from(value).map_err(|_| self.reject(field, format!("{value} is no value of this enum"))).ok()
    }

    /// A point.
    pub(super) fn point(&mut self, field: &str, point: &pb::LatLng) -> Option<Point> {
        Point::parse(point, field).map_err(|violations| self.reject_all(violations)).ok()
    }

    /// A distance that may be left out: from 0 to half the Earth's circumference.
    pub(super) fn meters(&mut self, field: &str, meters: Option<f64>) -> Option<f64> {
        let most = HALF_CIRCUMFERENCE_METERS;
        let meters = meters?;
        if (0.0..=most).contains(&meters) {
            return Some(meters);
        }
        self.reject(field, format!("{meters} is not a distance on Earth; write metres from 0 to {most:.0}"));
        None
    }

    /// An ISO 3166-1 alpha-2 code that may be left out.
    pub(super) fn country_code(&mut self, field: &str, code: &str) -> Option<String> {
        if code.is_empty() {
            return None;
        }
        if code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase()) {
            return Some(code.to_owned());
        }
        self.reject(field, format!("{} is no country code; write two capital letters of ISO 3166-1", quoted(code)));
        None
    }

    /// A page size (AIP-158), 0 is 50, more than 1,000 is 1,000; and a token, if there is one.
    pub(super) fn page(&mut self, (size, token): (i32, String), key: &Key) -> Asked {
        Asked { size: self.page_size(size), token: self.token(GoesOn::Pages, &token, key) }
    }

    /// A token, if there is one.
    pub(super) fn token(&mut self, of: GoesOn, token: &str, key: &Key) -> Option<Token> {
        let token = (!token.is_empty()).then(|| Token::read(token, key));
        if matches!(token, Some(None)) {
            self.bad_token(of);
        }
        token.flatten()
    }

    /// Notes a token that is none.
    pub(super) fn bad_token(&mut self, of: GoesOn) {
        self.bad_token = Some(of);
    }

    fn page_size(&mut self, size: i32) -> usize {
        if size < 0 {
            self.reject("page_size", format!("{size} is negative; write 1 to 1000, or 0 for 50"));
        }
        match usize::try_from(size) {
            Ok(0) | Err(_) => 50,
            Ok(size) => size.min(1000),
        }
    }

    fn at_most(&mut self, field: &str, values: usize) {
        if values > MOST_VALUES {
            self.reject(field, format!("has {values} values; send at most {MOST_VALUES}"));
        }
    }
}

/// A caller's text, fit for a message: quoted, escaped, cut.
pub(super) fn quoted(text: &str) -> String {
    let cut = text.floor_char_boundary(100);
    let more = if cut < text.len() { "..." } else { "" };
    format!("{:?}{more}", text.get(..cut).unwrap_or_default())
}
