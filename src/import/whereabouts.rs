//! Places of a row: its country and divisions, and the spot itself, each written once and named by what it is.

use super::{names::made, sink::Sink};
use crate::{
    facts::Error,
    model::{name::Collection, places},
    pb::{self, LocationPrecision, PlaceKind},
};

/// The radius in metres for what is known only by a first-order division, an area, a line, or its country. The data sets
/// give none; these are ours and wide, so that a search that must be certain leaves such events out.
pub(super) fn radius(precision: LocationPrecision) -> Option<f64> {
    match precision {
        LocationPrecision::Region => Some(200_000.0),
        LocationPrecision::AreaOrLine => Some(100_000.0),
        LocationPrecision::Country => Some(1_000_000.0),
        LocationPrecision::District => Some(50_000.0),
        LocationPrecision::Unspecified
        | LocationPrecision::Site
        | LocationPrecision::Settlement
        | LocationPrecision::NearSettlement => None,
    }
}

/// Where the places of a data set come from.
#[derive(Debug, Clone)]
pub(super) struct Gazetteer {
    /// What their names begin with.
    pub(super) prefix: &'static str,
    /// The source that gives them.
    pub(super) source: String,
}

/// A place that a row names.
#[derive(Debug, Clone, Copy)]
pub(super) struct Named<'a> {
    pub(super) kind: PlaceKind,
    pub(super) text: &'a str,
    /// The name of the place that it lies in. Empty at the top.
    pub(super) parent: &'a str,
    /// Its point, for a spot; divisions have none of their own.
    pub(super) point: Option<pb::LatLng>,
}

impl Gazetteer {
    /// Writes a place if it is new; its name.
    pub(super) fn place(&self, named: Named<'_>, sink: &mut Sink) -> Result<String, Error> {
        let Named { kind, text, parent, point } = named;
        let bits = |point: pb::LatLng| [point.latitude.to_le_bytes(), point.longitude.to_le_bytes()].concat();
        let bits = point.map(bits).unwrap_or_default();
        let parts = [kind.as_str_name().as_bytes(), parent.as_bytes(), &bits];
        let name = made(Collection::Places, self.prefix, text, &parts);
        sink.place(&name, || pb::Place {
            name: name.clone(),
            display_name: text.to_owned(),
            kind: kind.into(),
            point,
            uncertainty_meters: point.and_then(|_| radius(places::precision_of(kind))),
            parent: parent.to_owned(),
            citations: vec![self.citation()],
            ..Default::default()
        })?;
        Ok(name)
    }

    /// Writes a country if it is new; its name.
    pub(super) fn country(&self, iso: &'static str, text: &str, sink: &mut Sink) -> Result<String, Error> {
        let name = format!("places/iso-{}", iso.to_ascii_lowercase());
        sink.place(&name, || pb::Place {
            name: name.clone(),
            display_name: text.to_owned(),
            kind: PlaceKind::Country.into(),
            country_code: iso.to_owned(),
            external_ids: vec![pb::ExternalId { scheme: "iso3166-1".to_owned(), id: iso.to_owned() }],
            citations: vec![self.citation()],
            ..Default::default()
        })?;
        Ok(name)
    }

    /// That the data set says so.
    pub(super) fn citation(&self) -> pb::Citation {
        pb::Citation { source: self.source.clone(), ..Default::default() }
    }

    /// A location at a place, with a point of its own if the place has none.
    pub(super) fn location(
        &self,
        place: String,
        precision: LocationPrecision,
        own_point: Option<pb::LatLng>,
        phrase: String,
    ) -> pb::Location {
        pb::Location {
            place,
            point: own_point,
            uncertainty_meters: own_point.and_then(|_| radius(precision)),
            precision: precision.into(),
            phrase,
            citation: own_point.map(|_| self.citation()),
        }
    }
}
