//! The rules of events and claims, for one record at a time.

use super::rules::At;
use crate::{
    model::day::Day,
    pb::{self, EventKind, EventStatus, Fit, LinkKind, ParticipantRole, Stance},
    seed::{problem::ProblemKind, values::two_parts},
};

/// What an event must say beside its claims.
pub(super) fn event(event: &pb::Event, at: &mut At<'_>) {
    let says = |claim: &pb::Claim| {
        matches!(claim.stance(), Stance::Asserts | Stance::Confirms) && claim.status() != EventStatus::Unspecified
    };
    let told = event.claims.is_empty() || event.claims.iter().any(says);
    at.needs(told, "no claim says whether it happened", "give a claim that asserts or confirms it a `status`");
    for (index, participant) in event.participants.iter().enumerate() {
        let role = ParticipantRole::try_from(participant.role).is_ok_and(|role| role != ParticipantRole::Unspecified);
        at.needs(role, "a participant without `role`", "write `role:` and a value of ParticipantRole");
        let someone = !participant.actor.is_empty() || !participant.phrase.is_empty();
        at.needs(someone, "a participant says nothing", "give it `actor` or `phrase`");
        let twice = event.participants.iter().take(index).any(|before| before == participant);
        at.needs(!twice, "a participant that stands twice", "keep one");
    }
    for code in &event.codes {
        let fits = code.scheme != 0 && code.fit != 0 && (code.fit() == Fit::None) == code.code.is_empty();
        let cure = "write the code, or FIT_NONE without a code where the codebook has nothing";
        at.needs(fits, "a code and its fit do not go together", cure);
    }
    let unnamed = event.handover.as_ref().is_some_and(|handover| handover.unnamed_camps.is_some());
    if event.kind() == EventKind::Handover {
        let cure = "name its one camp under `camps`, or count them in `handover.unnamed_camps`";
        at.needs(
            (event.camps.len() == 1) != unnamed && event.camps.len() < 2,
            "a handover of no camp, or of several",
            cure,
        );
    } else {
        let cure = "make it EVENT_KIND_HANDOVER, or leave `handover` out";
        at.needs(event.handover.is_none(), "`handover` on an event that is none", cure);
    }
}

/// What a claim must say. `published` is the last day of its sources, `Day::MAX` if one has none.
pub(super) fn claim(claim: &pb::Claim, published: Option<Day>, at: &mut At<'_>) {
    at.derived("claims.name", claim.name.is_empty());
    let stance = Stance::try_from(claim.stance).is_ok_and(|stance| stance != Stance::Unspecified);
    at.needs(stance, "a claim without `stance`", "write `stance:` and a value of Stance");
    at.needs(!claim.citations.is_empty(), "a claim without `citations`", "cite the source that says it");
    let cited = claim.citations.iter().all(|citation| !citation.source.is_empty());
    at.needs(cited, "a citation without `source`", "write `source`");
    let offsets = |citation: &pb::Citation| citation.start_offset.is_none() && citation.end_offset.is_none();
    at.derived("citations.start_offset", claim.citations.iter().all(offsets));
    for (index, citation) in claim.citations.iter().enumerate() {
        let twice = claim.citations.iter().take(index).any(|before| before == citation);
        at.needs(!twice, "a citation that stands twice", "keep one");
    }
    let part = claim.stance() != Stance::ConfirmsInPart || !claim.note.is_empty();
    at.needs(part, "a claim that confirms a part without saying which", "say in `note` which part");
    let confirms = claim.stance() != Stance::Confirms || claim.status() != EventStatus::Unspecified;
    at.needs(confirms, "a claim that confirms without saying what", "say in `status` what it confirms");
    time(claim, published, at);
    for quantity in claim.measures.iter().filter_map(|measure| measure.quantity.as_ref()) {
        let turned = matches!((quantity.low, quantity.high), (Some(low), Some(high)) if low > high);
        at.needs(!turned, "at least more than at most", "write the least as `low` and the most as `high`");
    }
    let sides = claim.casualties.iter().flat_map(|casualties| &casualties.sides);
    for side in sides {
        let says = side.low.or(side.best).or(side.high).is_some();
        at.needs(says, "side casualties say nothing", "give them `low`, `best` or `high`");
    }
}

fn time(claim: &pb::Claim, published: Option<Day>, at: &mut At<'_>) {
    if let Some(time) = &claim.time {
        let bare = time.first_day.is_empty() && time.last_day.is_empty() && time.extent == 0 && time.precision == 0;
        at.derived("time.first_day", bare);
        let span = at.edtf(&time.edtf);
        let happened = matches!(claim.status(), EventStatus::Occurred | EventStatus::Ongoing);
        if let (true, Some(span), Some(published)) = (happened, span, published)
            && span.s1 > published
        {
            let what = format!("happened in {}, after its sources were published ({published})", time.edtf);
            let cure = "write EVENT_STATUS_PLANNED or EVENT_STATUS_EXPECTED, or the right day of publication";
            at.wrong(ProblemKind::Time, what, cure);
        }
    }
    if !claim.stated_date.is_empty() {
        match claim.stated_date.parse::<Day>() {
            Err(error) => {
                let (what, cure) = two_parts(&error.to_string());
                at.wrong(ProblemKind::Time, format!("`{}` is {what}", claim.stated_date), cure);
            }
            Ok(day) => {
                if let Some(published) = published.filter(|published| day > *published) {
                    let what = format!("stated on {day}, after its source was published ({published})");
                    let cure = "write the day on which it was said, not later than the source";
                    at.wrong(ProblemKind::Time, what, cure);
                }
            }
        }
    }
}

/// What links must say.
pub(super) fn links(event: &str, links: &[pb::Link], at: &mut At<'_>) {
    for (index, link) in links.iter().enumerate() {
        let kind = LinkKind::try_from(link.kind).is_ok_and(|kind| kind != LinkKind::Unspecified);
        at.needs(kind, "a link without `kind`", "write `kind:` and a value of LinkKind");
        at.needs(!link.event.is_empty(), "a link without `event`", "write `event`");
        at.needs(link.citation.is_some(), "a link without `citation`", "cite the source that says it");
        at.needs(link.event != event || event.is_empty(), "an event that is linked to itself", "name another event");
        let twice = links.iter().take(index).any(|before| before.kind == link.kind && before.event == link.event);
        at.needs(!twice, "a link that stands twice", "keep one");
    }
}
