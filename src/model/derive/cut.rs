//! Cutting time into versions: one for each stretch of days on which nothing changes.

use std::collections::BTreeSet;

use super::Known;
use crate::model::day::Day;

/// Cuts time at these days and asks what is known as of each; neighbours that are equal become one version.
///
/// `Day::MAX` among the days means that there is knowledge of unknown day: then what is known now is asked for apart.
/// Without any day, there is only what is known now.
pub(super) fn cut<T: PartialEq>(days: &BTreeSet<Day>, known: impl Fn(Option<Day>) -> T) -> Vec<(Known, T)> {
    let mut versions: Vec<(Known, T)> = Vec::new();
    for &day in days.iter().filter(|&&day| day != Day::MAX) {
        let value = known(Some(day));
        match versions.last_mut() {
            Some((_, last)) if *last == value => {}
            _ => {
                if let Some((before, _)) = versions.last_mut() {
                    before.to = day;
                }
                versions.push((Known { from: day, to: Day::MAX, current: false }, value));
            }
        }
    }
    if versions.is_empty() || days.contains(&Day::MAX) {
        let value = known(None);
        if versions.last().is_none_or(|(_, last)| *last != value) {
            versions.push((Known { from: Day::MAX, to: Day::MAX, current: false }, value));
        }
    }
    if let Some((last, _)) = versions.last_mut() {
        last.current = true;
    }
    versions
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: i32) -> Day {
        Day::from_epoch(number)
    }

    fn cuts(days: &[Day], known: impl Fn(Option<Day>) -> i32) -> Vec<(Day, Day, bool, i32)> {
        let versions = cut(&days.iter().copied().collect(), known);
        versions.into_iter().map(|(known, value)| (known.from, known.to, known.current, value)).collect()
    }

    #[test]
    fn versions_follow_each_other_and_the_last_is_current() {
        let by_day = |as_of: Option<Day>| as_of.map_or(-1, Day::epoch_days);
        assert_eq!(cuts(&[day(3)], by_day), [(day(3), Day::MAX, true, 3)]);
        assert_eq!(cuts(&[day(3), day(5)], by_day), [(day(3), day(5), false, 3), (day(5), Day::MAX, true, 5)]);
    }

    #[test]
    fn what_has_no_day_is_known_only_now() {
        let by_day = |as_of: Option<Day>| as_of.map_or(-1, Day::epoch_days);
        let apart = (Day::MAX, Day::MAX, true, -1);
        assert_eq!(cuts(&[], by_day), [apart]);
        assert_eq!(cuts(&[Day::MAX], by_day), [apart]);
        assert_eq!(cuts(&[day(3), Day::MAX], by_day), [(day(3), Day::MAX, false, 3), apart]);
    }

    #[test]
    fn equal_neighbours_are_one_version() {
        let tens = |as_of: Option<Day>| as_of.map_or(9, |day| day.epoch_days() / 10);
        let days = [day(3), day(5), day(12), Day::MAX];
        assert_eq!(
            cuts(&days, tens),
            [(day(3), day(12), false, 0), (day(12), Day::MAX, false, 1), (Day::MAX, Day::MAX, true, 9)]
        );
        assert_eq!(cuts(&[day(3), Day::MAX], |_| 0), [(day(3), Day::MAX, true, 0)]);
    }
}
