//! Where a row's event was: its place in the tree of country, first and second order, and how exact that is.

use super::{ADM_1, ADM_2, COUNTRY, COUNTRY_ID, LATITUDE, LONGITUDE, Row, WHERE, WHERE_DESCRIPTION, WHERE_PREC, flat};
use crate::{
    facts::Error,
    import::{
        countries,
        sink::Sink,
        whereabouts::{Gazetteer, Named},
    },
    pb::{self, LocationPrecision, PlaceKind},
};

/// Where a row's event was, as it is written there.
#[derive(Debug)]
pub(super) struct Spot<'r> {
    precision: LocationPrecision,
    /// The state number of the country. None in international waters, which lie in none.
    country: Option<(u32, &'r str)>,
    region: &'r str,
    district: &'r str,
    name: &'r str,
    description: &'r str,
    point: Option<pb::LatLng>,
}

impl<'r> Spot<'r> {
    pub(super) fn read(row: &Row<'r>) -> Result<Spot<'r>, String> {
        let (precision, waters) = match row.some(WHERE_PREC)? {
            "1" => (LocationPrecision::Settlement, false),
            "2" => (LocationPrecision::NearSettlement, false),
            "3" => (LocationPrecision::District, false),
            "4" => (LocationPrecision::Region, false),
            "5" => (LocationPrecision::AreaOrLine, false),
            "6" => (LocationPrecision::Country, false),
            "7" => (LocationPrecision::AreaOrLine, true),
            other => return Err(row.wrong(WHERE_PREC, other, "none of 1 to 7")),
        };
        let number = row.number(COUNTRY_ID)?.ok_or("`country_id` is empty")?;
        let country = (number, row.some(COUNTRY)?);
        Ok(Spot {
            precision,
            country: (!waters).then_some(country),
            region: if waters { "" } else { row.text(ADM_1)? },
            district: if waters { "" } else { row.text(ADM_2)? },
            name: row.some(WHERE)?,
            description: row.text(WHERE_DESCRIPTION)?,
            point: row.point(LATITUDE, LONGITUDE)?,
        })
    }

    /// Writes its places that are new; the location.
    pub(super) fn write(&self, gazetteer: &Gazetteer, sink: &mut Sink) -> Result<pb::Location, Error> {
        let country = self.country(gazetteer, sink)?;
        let mut within = |kind, text: &str, parent: String| {
            if text.is_empty() {
                return Ok(parent);
            }
            gazetteer.place(Named { kind, text: &flat(text), parent: &parent, point: None }, sink)
        };
        let region = within(PlaceKind::Region, self.region, country.clone())?;
        let district = within(PlaceKind::District, self.district, region.clone())?;
        let (place, own_point) = match self.precision {
            LocationPrecision::Country => (country, self.point),
            LocationPrecision::Region if !self.region.is_empty() => (region, self.point),
            LocationPrecision::District if !self.district.is_empty() => (district, self.point),
            LocationPrecision::Region => (within(PlaceKind::Region, self.name, country)?, self.point),
            LocationPrecision::District => (within(PlaceKind::District, self.name, region)?, self.point),
            precision => {
                let area = precision == LocationPrecision::AreaOrLine;
                let kind = if area { PlaceKind::AreaOrLine } else { PlaceKind::Settlement };
                let named = Named { kind, text: &flat(self.name), parent: &district, point: self.point };
                (gazetteer.place(named, sink)?, None)
            }
        };
        Ok(gazetteer.location(place, self.precision, own_point, self.phrase()))
    }

    fn country(&self, gazetteer: &Gazetteer, sink: &mut Sink) -> Result<String, Error> {
        let Some((number, text)) = self.country else { return Ok(String::new()) };
        let code = countries::of_gleditsch_ward(number);
        if code.is_none() {
            sink.flag(&format!("country_id {number} stands for no country of ISO 3166-1"));
        }
        let name = format!("places/gw-{number}");
        sink.place(&name, || {
            let id = |scheme: &str, id: String| pb::ExternalId { scheme: scheme.to_owned(), id };
            let mut external_ids = vec![id("gleditsch-ward", number.to_string())];
            external_ids.extend(code.map(|code| id("iso3166-1", code.to_owned())));
            pb::Place {
                name: name.clone(),
                display_name: flat(text),
                kind: PlaceKind::Country.into(),
                country_code: code.unwrap_or_default().to_owned(),
                external_ids,
                citations: vec![gazetteer.citation()],
                ..Default::default()
            }
        })?;
        Ok(name)
    }

    /// UCDP's words for it, as far as the place does not say them.
    fn phrase(&self) -> String {
        let shown = match self.precision {
            LocationPrecision::Country => self.country.map_or("", |(_, text)| text),
            LocationPrecision::Region if !self.region.is_empty() => self.region,
            LocationPrecision::District if !self.district.is_empty() => self.district,
            _ => self.name,
        };
        let name = if self.name == shown { "" } else { self.name };
        let description =
            if self.description == self.name || self.description == shown { "" } else { self.description };
        match (name, description) {
            ("", text) | (text, "") => flat(text),
            (name, description) => format!("{}: {}", flat(name), flat(description)),
        }
    }
}
