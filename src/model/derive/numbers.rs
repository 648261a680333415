//! Numbers that claims give, as ranges that can contradict each other.

use std::fmt;

use crate::pb::{self, MeasureKind};

/// A range of one kind of thing, of one actor or of nobody in particular.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Number<'a> {
    what: MeasureKind,
    actor: &'a str,
    low: Option<u32>,
    high: Option<u32>,
}

/// The numbers of a claim: its measures, and its casualties as KILLED, as a whole and by side.
pub(super) fn of(claim: &pb::Claim) -> Vec<Number<'_>> {
    let measures = claim.measures.iter().filter_map(|measure| {
        let pb::Quantity { low, high, .. } = measure.quantity.as_ref()?;
        Some(Number { what: measure.what(), actor: &measure.actor, low: *low, high: *high })
    });
    let killed = |actor, low: Option<u32>, best: Option<u32>, high: Option<u32>| {
        // A best estimate alone is all there is; beside a bound it says nothing of the other.
        let (low, high) = if low.is_none() && high.is_none() { (best, best) } else { (low, high) };
        Number { what: MeasureKind::Killed, actor, low, high }
    };
    let whole = claim.casualties.iter().map(|all| killed("", all.low, all.best, all.high));
    let sides = claim.casualties.iter().flat_map(|all| &all.sides);
    let sides = sides.map(|side| killed(side.actor.as_str(), side.low, side.best, side.high));
    measures.chain(whole).chain(sides).filter(|number| number.low.is_some() || number.high.is_some()).collect()
}

impl Number<'_> {
    /// Whether both count the same and no number fits both. Bounds that contradict themselves are kept as the source gives
    /// them, and taken here the right way round.
    pub(super) fn contradicts(&self, other: &Number<'_>) -> bool {
        let range = |number: &Number<'_>| {
            let (low, high) = (number.low.unwrap_or(0), number.high.unwrap_or(u32::MAX));
            (low.min(high), low.max(high))
        };
        let ((a, b), (c, d)) = (range(self), range(other));
        self.what == other.what && self.actor == other.actor && (b < c || d < a)
    }
}

impl fmt::Display for Number<'_> {
    /// `VEHICLES 3..5`, `VEHICLES 3` if exact, `VEHICLES 3..` for at least, `VEHICLES ..5` for at most; whose they are
    /// stands behind.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = self.what.as_str_name();
        f.write_str(what.strip_prefix("MEASURE_KIND_").unwrap_or(what))?;
        match (self.low, self.high) {
            (Some(low), Some(high)) if low == high => write!(f, " {low}")?,
            (low, high) => {
                f.write_str(" ")?;
                low.map_or(Ok(()), |low| write!(f, "{low}"))?;
                f.write_str("..")?;
                high.map_or(Ok(()), |high| write!(f, "{high}"))?;
            }
        }
        if self.actor.is_empty() { Ok(()) } else { write!(f, " {}", self.actor) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(actor: &str, low: Option<u32>, high: Option<u32>) -> Number<'_> {
        Number { what: MeasureKind::Vehicles, actor, low, high }
    }

    #[test]
    fn a_number_is_written_as_exact_as_it_is() {
        for (low, high, text) in [
            (Some(3), Some(5), "VEHICLES 3..5"),
            (Some(3), Some(3), "VEHICLES 3"),
            (Some(3), None, "VEHICLES 3.."),
            (None, Some(5), "VEHICLES ..5"),
            (Some(0), Some(0), "VEHICLES 0"),
        ] {
            assert_eq!(number("", low, high).to_string(), text);
        }
        assert_eq!(number("actors/a", Some(1), Some(2)).to_string(), "VEHICLES 1..2 actors/a");
    }

    #[test]
    fn numbers_contradict_if_no_number_fits_both() {
        let contradict = |a: (Option<u32>, Option<u32>), b: (Option<u32>, Option<u32>)| {
            let (a, b) = (number("", a.0, a.1), number("", b.0, b.1));
            assert_eq!(a.contradicts(&b), b.contradicts(&a));
            a.contradicts(&b)
        };
        assert!(contradict((Some(1), Some(2)), (Some(3), Some(4))));
        assert!(!contradict((Some(1), Some(3)), (Some(3), Some(4))));
        assert!(contradict((Some(24), None), (None, Some(23))));
        assert!(!contradict((Some(24), None), (Some(30), Some(30))));
        assert!(!contradict((Some(5), Some(1)), (Some(3), Some(3))), "inverted as given, 1..5");
        assert!(!number("actors/a", Some(1), Some(1)).contradicts(&number("", Some(2), Some(2))), "others' things");
    }

    #[test]
    fn casualties_count_as_killed() {
        let side = pb::SideCasualties { actor: "actors/a".into(), best: Some(2), ..Default::default() };
        let all = pb::Casualties { low: Some(3), best: Some(4), high: None, sides: vec![side] };
        let claim = pb::Claim { casualties: Some(all), ..Default::default() };
        let texts: Vec<String> = of(&claim).iter().map(Number::to_string).collect();
        assert_eq!(texts, ["KILLED 3..", "KILLED 2 actors/a"]);
        assert!(of(&pb::Claim { casualties: Some(pb::Casualties::default()), ..Default::default() }).is_empty());
    }
}
