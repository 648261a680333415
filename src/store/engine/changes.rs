//! What changed from one view to another, in the events that a question takes.
//!
//! The names of both are in order, so they are walked side by side once, whatever is asked and by how many: what is left are the
//! events whose bytes differ. Only if places or actors changed as well may a question take other events of the same bytes; then
//! all are left. Each question looks at those, a page at a time.

use super::{
    facts::Facts,
    view::{ImageView, Plan},
};
use crate::{
    model::{day::Day, name::Collection},
    pb,
    store::{
        Budget, Change, Changes, Error, What,
        image::{
            Damaged, SectionId,
            records::{Entity, NONE},
        },
        query::{EventQuery, PageOf, Position},
    },
};

/// What an event costs whose name is compared and whose bytes are: two messages are read.
const COMPARED: u64 = 64;

/// What an entity costs whose messages are compared.
const ENTITY: u64 = 8;

/// What an event costs of which is asked whether a question takes it.
const ASKED: u64 = 8;

/// Events that may have changed for some question, in the order of their names.
#[derive(Debug)]
pub struct Difference {
    events: Vec<Pair>,
}

/// An event: a row of it in the view before and in the one after, or [`NONE`] where it is not.
#[derive(Debug, Clone, Copy)]
struct Pair {
    before: u32,
    after: u32,
    /// Whether all its versions have the same bytes: only other places or actors may bring it into a question, or out of it.
    same: bool,
}

/// A view, and what it made of a question; absent if it knows no name that the question asks for.
type Asked<'p, 'v> = (&'v ImageView, Option<&'p Plan<'v>>);

impl Difference {
    /// What may have changed from one view to another.
    pub(super) async fn between(before: &ImageView, after: &ImageView, budget: &Budget) -> Result<Difference, Error> {
        let same = same_entities(before, after, Collection::Places, budget).await?
            && same_entities(before, after, Collection::Actors, budget).await?;
        let (old, new) = (before.facts(), after.facts());
        let mut events = vec![];
        let (mut i, mut j) = (0, 0);
        while let (old_name, new_name) = (old.name_at(i)?, new.name_at(j)?)
            && let Some(order) = in_order(old_name, new_name)
        {
            budget.spend(COMPARED).await?;
            let before = if order.is_le() { old.row_at(i)? } else { NONE };
            let after = if order.is_ge() { new.row_at(j)? } else { NONE };
            (i, j) = (i + u32::from(order.is_le()), j + u32::from(order.is_ge()));
            let equal = order.is_eq() && same_versions(&old, before, &new, after)?;
            if !equal || !same {
                events.push(Pair { before, after, same: equal });
            }
        }
        Ok(Difference { events })
    }

    /// A page of what changed in the events of a question.
    pub(super) async fn page<'v>(
        &self,
        (before, old): Asked<'_, 'v>,
        (after, new): Asked<'_, 'v>,
        query: &EventQuery,
        page: PageOf,
        budget: &Budget,
    ) -> Result<Changes<'v>, Error> {
        let (was, is) = (before.facts(), after.facts());
        let as_of = query.as_of;
        let start = page.after.map_or(0, |at| at.major.saturating_add(1));
        let rest = self.events.get(usize::try_from(start).unwrap_or(usize::MAX)..).unwrap_or_default();
        let price = ASKED + [old, new].into_iter().flatten().map(Plan::price).sum::<u64>();
        let mut changes = Changes::default();
        for (number, pair) in (start..).zip(rest) {
            if pair.same && !query.follows_trees() {
                budget.spend(1).await?;
                continue;
            }
            budget.spend(price).await?;
            let (_, old) = taken(&was, old, pair.before, as_of)?;
            let (there, new) = taken(&is, new, pair.after, as_of)?;
            let what = match (old, new) {
                (None, Some(row)) => What::Added(is.event(row)?),
                (Some(_), Some(_)) if pair.same => continue,
                (Some(row), Some(now)) => {
                    budget.spend(COMPARED).await?;
                    let event = is.event(now)?;
                    if was.event(row)? == event {
                        continue;
                    }
                    What::Changed(event)
                }
                (Some(_), None) if there => What::Removed(pb::RemovalReason::NoLongerMatches),
                (Some(_), None) => What::Removed(pb::RemovalReason::Deleted),
                (None, None) => continue,
            };
            if changes.changes.len() == page.size {
                changes.more = true;
                break;
            }
            let name = if pair.after == NONE { was.name(pair.before)? } else { is.name(pair.after)? };
            changes.changes.push(Change { name, what, at: Position { major: number, minor: 0 } });
        }
        Ok(changes)
    }
}

/// Whether an event is there as of a day, and its row if a question takes it.
fn taken(
    facts: &Facts<'_>,
    plan: Option<&Plan<'_>>,
    of: u32,
    as_of: Option<Day>,
) -> Result<(bool, Option<u32>), Damaged> {
    if of == NONE {
        return Ok((false, None));
    }
    let row = facts.version(of, as_of)?;
    let takes = match (row, plan) {
        (Some(row), Some(plan)) => plan.takes(row)?,
        _ => false,
    };
    Ok((row.is_some(), row.filter(|_| takes)))
}

/// Which of two names comes first; absent if there is none left.
fn in_order(one: Option<&str>, other: Option<&str>) -> Option<std::cmp::Ordering> {
    match (one, other) {
        (None, None) => None,
        (Some(_), None) => Some(std::cmp::Ordering::Less),
        (None, Some(_)) => Some(std::cmp::Ordering::Greater),
        (Some(one), Some(other)) => Some(one.cmp(other)),
    }
}

/// Whether an event has the same versions in both.
fn same_versions(old: &Facts<'_>, before: u32, new: &Facts<'_>, after: u32) -> Result<bool, Damaged> {
    let (one, other) = (old.versions(before)?, new.versions(after)?);
    if one.len() != other.len() {
        return Ok(false);
    }
    for (one, other) in one.into_iter().zip(other) {
        if old.known(one)? != new.known(other)? || old.event(one)? != new.event(other)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether all entities of a collection are the same in both.
async fn same_entities(
    before: &ImageView,
    after: &ImageView,
    collection: Collection,
    budget: &Budget,
) -> Result<bool, Error> {
    let (old, new) = (before.entities(collection), after.entities(collection));
    if old.len() != new.len() {
        return Ok(false);
    }
    for number in 0..old.len() as u32 {
        budget.spend(ENTITY).await?;
        if all_messages(before, old.get(number)?)? != all_messages(after, new.get(number)?)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The messages of an entity, of which each has its name in it.
fn all_messages<'v>(view: &'v ImageView, entity: &Entity) -> Result<Vec<&'v [u8]>, Damaged> {
    let bytes = view.image.section(SectionId::MessageBytes);
    let messages = view.messages().slice(entity.messages.range())?;
    messages.iter().map(|message| bytes.delimited(message.at)).collect()
}
