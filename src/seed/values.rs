//! Rules for messages wherever they stand: what they must say, and which values they take.

use prost_reflect::{DynamicMessage, ReflectMessage as _};

use super::{
    FactText, contract,
    places::field,
    problem::{ProblemKind, Report},
    walk::walk,
};
use crate::{
    model::{span::Span, sphere::Point},
    pb,
};

/// Fields that a message must have, beside the name of a resource. The JSON Schema requires the same.
pub(super) const REQUIRED: [(&str, &[&str]); 17] = [
    ("dossier.v1.SetAside", &["quote", "reason"]),
    ("dossier.v1.Citation", &["source"]),
    ("dossier.v1.Place", &["display_name", "kind", "citations"]),
    ("dossier.v1.StatedDistance", &["place", "citation"]),
    ("dossier.v1.Actor", &["display_name", "kind", "citations"]),
    ("dossier.v1.Affiliation", &["actor", "kind", "citation"]),
    ("dossier.v1.Camp", &["display_name", "citations"]),
    ("dossier.v1.Event", &["title", "kind", "claims"]),
    ("dossier.v1.Participant", &["role"]),
    ("dossier.v1.Link", &["kind", "event", "citation"]),
    ("dossier.v1.Claim", &["stance", "citations"]),
    ("dossier.v1.Measure", &["what", "quantity"]),
    ("dossier.v1.TimeSpan", &["edtf"]),
    ("dossier.v1.ExternalId", &["scheme", "id"]),
    ("dossier.v1.Code", &["scheme", "fit"]),
    ("google.type.LatLng", &["latitude", "longitude"]),
    ("dossier.seed.v1.ClaimsOn", &["event"]),
];

/// What a message lacks when it has none of these fields: it would say nothing.
pub(super) const ANY_OF: [(&str, &[&str]); 6] = [
    ("dossier.v1.Location", &["place", "point", "phrase"]),
    ("dossier.v1.Participant", &["actor", "phrase"]),
    ("dossier.v1.StatedDistance", &["distance_meters", "direction"]),
    ("dossier.v1.Quantity", &["low", "high", "phrase"]),
    ("dossier.v1.SideCasualties", &["low", "best", "high"]),
    ("dossier.seed.v1.ClaimsOn", &["claims", "links"]),
];

/// Checks every message of a file by itself.
pub(super) fn check(file: &FactText, report: &mut Report) {
    walk(&file.message, "", &mut |message, path| {
        let descriptor = message.descriptor();
        let type_name = descriptor.full_name();
        for (_, fields) in REQUIRED.iter().filter(|(message, _)| *message == type_name) {
            for name in *fields {
                if !file.places.knows(path, name) && !file.places.lacks(path, name) {
                    missing(file, message, path, name, report);
                }
            }
        }
        for (_, fields) in ANY_OF.iter().filter(|(message, _)| *message == type_name) {
            if !fields.iter().any(|name| file.places.knows(path, name) || file.places.lacks(path, name)) {
                let what = format!("{} says nothing", contract::article(&descriptor));
                let cure = format!(
                    "give it {}",
                    super::near::one_of(
                        fields.iter().map(|name| ticked(name)).collect::<Vec<_>>().iter().map(String::as_str)
                    )
                );
                report.add(ProblemKind::Fact, file.places.at(path), what, cure);
            }
        }
        one(file, message, path, report);
    });
}

fn ticked(name: &str) -> String {
    format!("`{name}`")
}

fn missing(file: &FactText, message: &DynamicMessage, path: &str, name: &str, report: &mut Report) {
    let what = format!("{} without `{name}`", contract::article(&message.descriptor()));
    let descriptor = message.descriptor().get_field_by_name(name);
    let kind = descriptor.as_ref().map(prost_reflect::FieldDescriptor::kind);
    let cure = match (name, kind) {
        ("citations" | "citation", _) => "cite the source that says it".to_owned(),
        ("claims", _) => "write who says it, in which source".to_owned(),
        (_, Some(prost_reflect::Kind::Enum(values))) => format!("write `{name}:` and a value of {}", values.name()),
        _ => format!("write `{name}`"),
    };
    report.add(ProblemKind::Fact, file.places.at(path), what, cure);
}

/// Splits the text of an error of the model, which says what is wrong and what would be right.
pub(super) fn two_parts(message: &str) -> (String, String) {
    let (what, cure) = message.split_once("; ").unwrap_or((message, "write it as the contract says"));
    (what.to_owned(), cure.to_owned())
}

fn one(file: &FactText, message: &DynamicMessage, path: &str, report: &mut Report) {
    let at = |name: &str| file.places.at(&field(path, name));
    match message.descriptor().full_name() {
        "dossier.v1.TimeSpan" => {
            let Ok(time) = message.transcode_to::<pb::TimeSpan>() else { return };
            edtf(&time.edtf, file, &field(path, "edtf"), report);
        }
        "google.type.LatLng" => {
            let Ok(point) = message.transcode_to::<pb::LatLng>() else { return };
            if let Err(error) = Point::try_from(&point) {
                let (what, cure) = two_parts(error.0);
                let name = if what.starts_with("latitude") { "latitude" } else { "longitude" };
                report.add(ProblemKind::Geography, at(name), what, cure);
            }
        }
        "dossier.v1.Quantity" => {
            let Ok(quantity) = message.transcode_to::<pb::Quantity>() else { return };
            if let (Some(low), Some(high)) = (quantity.low, quantity.high)
                && low > high
            {
                let cure = "write the least as `low` and the most as `high`";
                report.add(ProblemKind::Fact, at("high"), format!("at least {low} and at most {high}"), cure);
            }
        }
        "dossier.v1.ExternalId" => {
            let Ok(id) = message.transcode_to::<pb::ExternalId>() else { return };
            if !id.scheme.is_empty() && !crate::model::name::is_id(&id.scheme) {
                let what = format!("`{}` is no scheme", id.scheme);
                report.add(
                    ProblemKind::Field,
                    at("scheme"),
                    what,
                    "write it in kebab-case, such as geonames or iso3166-2",
                );
            }
        }
        "dossier.v1.Code" => {
            let Ok(code) = message.transcode_to::<pb::Code>() else { return };
            if (code.fit() == pb::Fit::None) != code.code.is_empty() && code.fit() != pb::Fit::Unspecified {
                let cure = "write the code, or FIT_NONE without a code where the codebook has nothing";
                report.add(ProblemKind::Fact, file.places.at(path), "a code and its fit do not go together", cure);
            }
        }
        "dossier.v1.Place" | "dossier.v1.Actor" => country_code(file, message, path, report),
        "dossier.v1.Location" => uncertainty(file, message, path, report),
        _ => {}
    }
    if contract::is(&message.descriptor(), "dossier.v1.Place") {
        uncertainty(file, message, path, report);
    }
}

/// Checks a span of days.
pub(super) fn edtf(text: &str, file: &FactText, path: &str, report: &mut Report) {
    if text.is_empty() {
        return;
    }
    if let Err(error) = Span::parse(text, None) {
        let (what, cure) = two_parts(&error.0);
        report.add(ProblemKind::Time, file.places.at(path), format!("`{}`: {what}", super::read::short(text)), cure);
    }
}

fn country_code(file: &FactText, message: &DynamicMessage, path: &str, report: &mut Report) {
    let Some(value) = message.get_field_by_name("country_code") else { return };
    let code = contract::text(&value);
    let shaped = code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase());
    if !code.is_empty() && !shaped {
        let what = format!("`{code}` is no country code");
        let cure = "write two capital letters of ISO 3166-1, such as NE";
        report.add(ProblemKind::Field, file.places.at(&field(path, "country_code")), what, cure);
    }
}

/// Half of the Earth's circumference in metres, rounded up: no circle is larger.
pub(super) const LARGEST_RADIUS: f64 = 20_015_115.0;

fn uncertainty(file: &FactText, message: &DynamicMessage, path: &str, report: &mut Report) {
    if !message.has_field_by_name("uncertainty_meters") {
        return;
    }
    let radius = message.get_field_by_name("uncertainty_meters").and_then(|value| value.as_f64()).unwrap_or(0.0);
    if !(0.0..=LARGEST_RADIUS).contains(&radius) {
        let place = file.places.at(&field(path, "uncertainty_meters"));
        report.add(
            ProblemKind::Geography,
            place,
            format!("a radius of {radius} metres"),
            format!("write 0 to {LARGEST_RADIUS}"),
        );
    }
}
