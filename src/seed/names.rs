//! Names: each is well formed and defined once, and every reference finds one.

use std::collections::{BTreeMap, HashMap};

use prost_reflect::{DynamicMessage, FieldDescriptor, MessageDescriptor, ReflectMessage as _, Value};

use super::{
    FactText,
    beside::Beside,
    contract,
    imports::Known,
    near::{near, one_of},
    places::{field, item},
    problem::{Place, ProblemKind, Report},
    walk::walk,
};
use crate::model::name::Collection;

/// The names that all files define, with their places.
pub(super) struct Names<'a> {
    /// Those of folders.
    written: HashMap<Collection, BTreeMap<String, Place>>,
    /// Those of `.facts` files.
    pub(super) imported: Known,
    /// Those of snapshots.
    pub(super) beside: &'a Beside<'a>,
}

impl Names<'_> {
    /// Whether a resource is defined.
    pub(super) fn has(&self, collection: Collection, name: &str) -> bool {
        self.written(collection, name).is_some()
            || self.imported.has(name)
            || self.imported.absorbed(name).is_none() && self.beside.has(collection, name)
    }

    /// Where a folder defines a resource.
    pub(super) fn written(&self, collection: Collection, name: &str) -> Option<&Place> {
        self.written.get(&collection)?.get(name)
    }

    fn all(&self, collection: Collection) -> impl Iterator<Item = &str> {
        let written = self.written.get(&collection).into_iter().flatten().map(|(name, _)| name.as_str());
        written.chain(self.beside.names(collection))
    }
}

/// Collects the names of all files.
pub(super) fn collect<'a>(files: &[FactText], beside: &'a Beside<'a>, report: &mut Report) -> Names<'a> {
    let mut names = Names { written: HashMap::new(), imported: Known::default(), beside };
    for file in files {
        walk(&file.message, "", &mut |message, path| {
            let descriptor = message.descriptor();
            let Some(collection) = contract::collection(&descriptor) else { return };
            let Some(identifier) = descriptor.fields().find(contract::identifier) else { return };
            one(file, message, path, collection, &identifier, &mut names, report);
        });
    }
    names
}

fn one(
    file: &FactText,
    message: &DynamicMessage,
    path: &str,
    collection: Collection,
    identifier: &FieldDescriptor,
    names: &mut Names<'_>,
    report: &mut Report,
) {
    let value = message.get_field(identifier);
    let name = contract::text(&value);
    let at = field(path, identifier.name());
    let place = file.places.at(&at);
    if name.is_empty() {
        if !file.places.lacks(path, identifier.name()) && !file.places.faulty(path) {
            let cure = format!("write `name: {collection}/` and an id in kebab-case");
            report.add(
                ProblemKind::Name,
                place,
                format!("{} has no name", contract::article(&message.descriptor())),
                cure,
            );
        }
        return;
    }
    if collection.id(name).is_none() {
        let cure = format!("write {collection}/ and 1 to 128 characters of a-z, 0-9 and single inner hyphens");
        report.add(
            ProblemKind::Name,
            place.clone(),
            format!("`{name}` is no name of {}", contract::article(&message.descriptor())),
            cure,
        );
        // Kept all the same: what refers to it should not be reported as well.
    }
    let names = names.written.entry(collection).or_default();
    match names.get(name) {
        Some(first) => {
            let cure = format!("keep one, or rename one; the first stands at {first}");
            report.add(ProblemKind::Name, place, format!("`{name}` is defined twice"), cure);
        }
        None => {
            names.insert(name.to_owned(), place);
        }
    }
}

/// Checks that every reference finds what it names.
pub(super) fn resolve(files: &[FactText], names: &Names<'_>, report: &mut Report) {
    let mut known = HashMap::new();
    for file in files {
        walk(&file.message, "", &mut |message, path| {
            for (descriptor, collection) in references(&message.descriptor(), &mut known) {
                if !message.has_field(descriptor) {
                    continue;
                }
                let at = field(path, descriptor.name());
                let value = message.get_field(descriptor);
                match value.as_ref() {
                    Value::List(items) => {
                        for (index, value) in items.iter().enumerate() {
                            reference(file, &item(&at, index), *collection, contract::text(value), names, report);
                        }
                    }
                    value => reference(file, &at, *collection, contract::text(value), names, report),
                }
            }
        });
    }
}

/// The fields of a message that refer to resources, looked up once.
fn references<'a>(
    descriptor: &MessageDescriptor,
    known: &'a mut HashMap<String, Vec<(FieldDescriptor, Collection)>>,
) -> &'a [(FieldDescriptor, Collection)] {
    known.entry(descriptor.full_name().to_owned()).or_insert_with(|| {
        contract::written(descriptor).filter_map(|field| contract::reference(&field).map(|to| (field, to))).collect()
    })
}

fn reference(file: &FactText, path: &str, collection: Collection, name: &str, names: &Names<'_>, report: &mut Report) {
    if names.has(collection, name) || file.places.faulty(path) {
        return;
    }
    let what = format!("`{name}` is not defined");
    let cure = if let Some(owner) = names.imported.absorbed(name) {
        format!("write {owner}, which has absorbed it")
    } else if collection.id(name).is_none() {
        format!("write a name of {collection}, such as {collection}/{}", kebab(name))
    } else {
        match near(name, names.all(collection).filter(|name| collection.id(name).is_some())).as_slice() {
            [] => format!("define it under `{collection}`, or name what is meant"),
            close => format!("write {}, or define it under `{collection}`", one_of(close.iter().copied())),
        }
    };
    let cure =
        format!("{cure}; if another data set defines it, name that folder too, as in `dossier check seeds my-facts`");
    report.add(ProblemKind::Reference, file.places.at(path), what, cure);
}

/// What a text would be as an id.
fn kebab(text: &str) -> String {
    let last = text.rsplit('/').next().unwrap_or(text).to_lowercase();
    let words: Vec<&str> = last.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    if words.is_empty() { "some-id".to_owned() } else { words.join("-") }
}
