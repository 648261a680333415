//! Dictionaries: words that a fuzzer would take long to find by chance. Fields and values come from the contract, so that none is
//! missing.

use std::{collections::BTreeSet, path::Path};

use dossier::pb;
use dossier_fuzz::bases;
use prost_reflect::{Kind, MessageDescriptor};

use super::{sorted, write};

/// Writes the dictionaries into a folder.
pub(crate) fn dictionaries(folder: &Path) {
    std::fs::create_dir_all(folder).expect("a folder of dictionaries");
    write(&folder.join("edtf"), &edtf());
    write(&folder.join("seed"), &seed());
    let names = names();
    write(&folder.join("requests"), &names);
    write(&folder.join("facts"), &names);
    for (target, words) in [("ucdp_ged", UCDP), ("acled", ACLED), ("gdelt", GDELT), ("geonames", GEONAMES)] {
        write(&folder.join(target), &sorted(words.split('|').map(str::to_owned)));
    }
}

fn edtf() -> BTreeSet<String> {
    let words = "..|/|[|]|{|}|,|~|?|%|XX|-XX|2023-10-09|2023-1X|202X|Y17E7|Y-17E7|-25|-32|-33|-37|-40|-21|0000|9999-12-31|\
                 0001-01-01|T10:00:00Z|1950S2|2004-06~-11|?2004";
    sorted(words.split('|').map(str::to_owned))
}

/// The fields of fact files and the names of their values, as YAML has them.
fn seed() -> BTreeSet<String> {
    let mut words = sorted(["- ", "  ", ">-", "|", "&a ", "*a", "<<: ", "---", "'", "[", "{"].map(str::to_owned));
    let mut pending: Vec<MessageDescriptor> =
        pb::pool().get_message_by_name("dossier.seed.v1.FactFile").into_iter().collect();
    let mut seen = BTreeSet::new();
    while let Some(message) = pending.pop() {
        if !seen.insert(message.full_name().to_owned()) {
            continue;
        }
        for field in message.fields() {
            words.insert(format!("{}: ", field.name()));
            match field.kind() {
                Kind::Message(inner) => pending.push(inner),
                Kind::Enum(values) => words.extend(values.values().skip(1).map(|value| value.name().to_owned())),
                _ => {}
            }
        }
    }
    words
}

/// Names of what there is, and values of filters.
fn names() -> BTreeSet<String> {
    let shipped = bases::shipped();
    let mut words = sorted(
        "places/spot-3|actors/band-1|camps/camp-2|sources/paper-1|events/thing-7|2023-11-01|2031-05-01|ML|ZZ|*|name|claims|\
         claims.citations|time.edtf|convoy|amber"
            .split('|')
            .map(str::to_owned),
    );
    words.extend(shipped.events.into_iter().map(|event| event.name).take(8));
    words.extend(shipped.places.into_iter().map(|place| place.name).take(8));
    words.extend(shipped.actors.into_iter().map(|actor| actor.name).take(8));
    words.extend(shipped.camps.into_iter().map(|camp| camp.name).take(4));
    words.extend(shipped.sources.into_iter().map(|source| source.name).take(4));
    words
}

const UCDP: &str = "id,|relid|code_status|type_of_violence|where_prec|date_prec|date_start|date_end|deaths_a|best|high|low|gwnoa|\
side_a_new_id|side_a_dset_id|country_id|latitude|longitude|adm_1|adm_2|number_of_sources|source_article|event_clarity|,,|\"\"| 00:00:00.000|\
2013-01-03|-1|XXX, XXX|Civilians|Clear|Check";
const ACLED: &str = "event_id_cnty|event_date|time_precision|event_type|sub_event_type|assoc_actor_1|inter1|interaction|iso|admin1|\
admin2|admin3|geo_precision|source_scale|fatalities|timestamp|Battles|Armed clash|Strategic developments|Non-state actor overtakes territory|\
Explosions/Remote violence|07 October 2003|2003-10-07|State forces|; |\"\"|,,";
const GDELT: &str =
    "\t|\t\t|20031007|20031008120000|193|042|190|1122|NERMIL|REB|GOV|NG|4|5|3|2|1|-123|https://a.example/b";
const GEONAMES: &str = "\t|\t\t|PPL|PPLA|PPLC|ADM1|ADM2|PCLI|CMP|AIRP|INSM|\tP\t|\tA\t|\tS\t|ML|ML,NE|2021-08-05";
