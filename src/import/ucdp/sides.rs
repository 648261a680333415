//! The two sides of a row → actors and participants.

use super::{GWNO_A, GWNO_B, Row, SIDE_A, SIDE_A_ID, SIDE_B, SIDE_B_ID, flat};
use crate::{
    facts::Error,
    import::{countries, sink::Sink, whereabouts::Gazetteer},
    pb::{self, ActorKind, ParticipantRole},
};

/// Civilians, who are one side of one-sided violence and die in all. UCDP's number for them differs by release.
pub(super) const CIVILIANS: &str = "actors/ucdp-civilians";

/// A side of a row.
#[derive(Debug)]
pub(super) struct Side {
    /// The actor's name.
    pub(super) name: String,
    id: String,
    /// As UCDP writes it: the name of an actor, or several with commas between.
    text: String,
    kind: ActorKind,
    country: Option<&'static str>,
}

/// Both sides.
#[derive(Debug)]
pub(super) struct Sides {
    pub(super) a: Side,
    pub(super) b: Side,
}

impl Sides {
    pub(super) fn read(row: &Row<'_>) -> Result<Sides, String> {
        Ok(Sides { a: side(row, SIDE_A_ID, SIDE_A, GWNO_A)?, b: side(row, SIDE_B_ID, SIDE_B, GWNO_B)? })
    }

    /// Writes the actors that are new.
    pub(super) fn write(&self, gazetteer: &Gazetteer, sink: &mut Sink) -> Result<(), Error> {
        self.a.write(gazetteer, sink)?;
        self.b.write(gazetteer, sink)?;
        sink.actor(CIVILIANS, || pb::Actor {
            name: CIVILIANS.to_owned(),
            display_name: "Civilians".to_owned(),
            kind: ActorKind::Civilians.into(),
            citations: vec![gazetteer.citation()],
            ..Default::default()
        })
    }

    /// Each side, and of a side that is a list each name in it: UCDP gives the list a number, and its members none.
    pub(super) fn participants(&self, roles: (ParticipantRole, ParticipantRole)) -> Vec<pb::Participant> {
        let mut participants = Vec::new();
        for (side, role) in [(&self.a, roles.0), (&self.b, roles.1)] {
            participants.push(pb::Participant { actor: side.name.clone(), role: role.into(), phrase: String::new() });
            for member in side.members() {
                let participant =
                    pb::Participant { actor: String::new(), role: role.into(), phrase: member.to_owned() };
                if !participants.contains(&participant) {
                    participants.push(participant);
                }
            }
        }
        participants.dedup();
        participants
    }
}

impl Side {
    /// The names in a list. None if the side is one actor.
    fn members(&self) -> impl Iterator<Item = &str> {
        let list = self.text.contains(", ");
        self.text.split(", ").map(str::trim).filter(move |member| list && !member.is_empty())
    }

    fn write(&self, gazetteer: &Gazetteer, sink: &mut Sink) -> Result<(), Error> {
        sink.actor(&self.name, || {
            let list = self.text.contains(", ");
            let id = pb::ExternalId { scheme: "ucdp-actor".to_owned(), id: self.id.clone() };
            let named = self.name != CIVILIANS && !list;
            pb::Actor {
                name: self.name.clone(),
                display_name: self.text.clone(),
                kind: self.kind.into(),
                country_code: self.country.unwrap_or_default().to_owned(),
                external_ids: if named { vec![id] } else { Vec::new() },
                citations: vec![gazetteer.citation()],
                ..Default::default()
            }
        })
    }
}

fn side(row: &Row<'_>, id: usize, text: usize, gwno: usize) -> Result<Side, String> {
    let (number, text) = (row.some(id)?, flat(row.some(text)?));
    if !number.bytes().all(|b| b.is_ascii_digit()) || number.len() > 10 {
        return Err(row.wrong(id, number, "no number"));
    }
    let government = |name: &str| name.starts_with("Government of ");
    let kind = match text.as_str() {
        "Civilians" => ActorKind::Civilians,
        list if list.contains(", ") && list.contains("Government of ") => ActorKind::Collective,
        list if list.contains(", ") => ActorKind::Coalition,
        one if government(one) => ActorKind::Government,
        _ => ActorKind::ArmedGroup,
    };
    let name = if kind == ActorKind::Civilians { CIVILIANS.to_owned() } else { format!("actors/ucdp-{number}") };
    // One number is the state of a government; a list of them belongs to a list of governments.
    let state = if kind == ActorKind::Government { row.text(gwno)?.parse().ok() } else { None };
    Ok(Side { name, id: number.to_owned(), text, kind, country: state.and_then(countries::of_gleditsch_ward) })
}
