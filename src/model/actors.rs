//! Who belongs to whom, and when: the tree over affiliations, and the sides that alliances join.

use std::collections::{BTreeSet, HashMap};

use super::{day::Day, span::Span};
use crate::pb::{self, AffiliationKind};

/// The ties between actors. Names that no actor bears are known as far as ties name them.
#[derive(Debug, Clone, Default)]
pub struct ActorTree {
    index: HashMap<String, usize>,
    names: Vec<String>,
    /// For each actor, what it belongs to, least kind and name first.
    up: Vec<Vec<Tie>>,
    /// For each actor, what belongs to it at any time.
    down: Vec<Vec<usize>>,
    alliances: Vec<(usize, Tie)>,
}

#[derive(Debug, Clone)]
struct Tie {
    kind: AffiliationKind,
    to: usize,
    /// Absent: it holds always.
    time: Option<Span>,
}

impl Tie {
    fn on(&self, day: Day) -> bool {
        self.time.is_none_or(|time| time.s1 <= day && time.e2 >= day)
    }

    fn touches(&self, during: &Span) -> bool {
        self.time.is_none_or(|time| time.s1 <= during.e2 && time.e2 >= during.s1)
    }
}

impl ActorTree {
    /// The tree of these actors.
    pub fn new(actors: &[pb::Actor]) -> ActorTree {
        let mut tree = ActorTree::default();
        for actor in actors {
            let from = tree.intern(&actor.name);
            for affiliation in actor.affiliations.iter().filter(|affiliation| !affiliation.actor.is_empty()) {
                let to = tree.intern(&affiliation.actor);
                let time = affiliation.time.as_ref().and_then(|time| Span::parse(&time.edtf, None).ok());
                let tie = Tie { kind: affiliation.kind(), to, time };
                match tie.kind {
                    AffiliationKind::AlliedWith => tree.alliances.push((from, tie)),
                    AffiliationKind::Unspecified => {}
                    AffiliationKind::PartOf | AffiliationKind::MemberOf | AffiliationKind::OfficeHolder => {
                        tree.up[from].push(tie);
                        tree.down[to].push(from);
                    }
                }
            }
        }
        let names = &tree.names;
        for ties in &mut tree.up {
            ties.sort_by(|a, b| (a.kind, &names[a.to]).cmp(&(b.kind, &names[b.to])));
        }
        tree
    }

    fn intern(&mut self, name: &str) -> usize {
        if let Some(&at) = self.index.get(name) {
            return at;
        }
        let at = self.names.len();
        self.index.insert(name.to_owned(), at);
        self.names.push(name.to_owned());
        self.up.push(Vec::new());
        self.down.push(Vec::new());
        at
    }

    /// The actor itself and all that it is PART_OF or MEMBER_OF, at any depth, by ties that can hold at some time in
    /// the span: what a filter by `actors` takes it in for. Neither offices nor alliances count.
    pub fn ancestors(&self, actor: &str, during: &Span) -> Vec<String> {
        let belongs = |tie: &&Tie| tie.kind != AffiliationKind::OfficeHolder && tie.touches(during);
        self.closure(actor, |at| self.up[at].iter().filter(belongs).map(|tie| tie.to).collect())
    }

    /// The actor itself and all that is, at any time, PART_OF, MEMBER_OF or OFFICE_HOLDER of it, at any depth.
    pub fn within(&self, actor: &str) -> Vec<String> {
        self.closure(actor, |at| self.down[at].clone())
    }

    /// The actor itself and all that it is, at any time, PART_OF, MEMBER_OF or OFFICE_HOLDER of, at any depth.
    pub fn above(&self, actor: &str) -> Vec<String> {
        self.closure(actor, |at| self.up[at].iter().map(|tie| tie.to).collect())
    }

    /// Whether the first is the second, or at any time and depth PART_OF, MEMBER_OF or OFFICE_HOLDER of it.
    pub fn is_within(&self, actor: &str, of: &str) -> bool {
        actor == of || self.above(actor).iter().any(|name| name == of)
    }

    fn closure(&self, actor: &str, next: impl Fn(usize) -> Vec<usize>) -> Vec<String> {
        let Some(&start) = self.index.get(actor) else { return vec![actor.to_owned()] };
        let mut found = vec![start];
        let mut read = 0;
        while read < found.len() {
            for at in next(found[read]) {
                if !found.contains(&at) {
                    found.push(at);
                }
            }
            read += 1;
        }
        found.into_iter().map(|at| self.names[at].clone()).collect()
    }

    /// The root over PART_OF, MEMBER_OF and OFFICE_HOLDER on a day: itself if it belongs to nothing. Of several ties the
    /// way up takes the first of these kinds, then the first name; in a ring, the first name of the ring is the root.
    pub fn side<'a>(&'a self, actor: &'a str, on: Day) -> &'a str {
        self.index.get(actor).map_or(actor, |&at| &self.names[self.root(at, on)])
    }

    fn root(&self, actor: usize, on: Day) -> usize {
        let mut way = vec![actor];
        loop {
            let at = way[way.len() - 1];
            let Some(tie) = self.up[at].iter().find(|tie| tie.on(on)) else { return at };
            if let Some(ring) = way.iter().position(|&passed| passed == tie.to) {
                return way[ring..].iter().copied().min_by_key(|&at| &self.names[at]).unwrap_or(at);
            }
            way.push(tie.to);
        }
    }

    /// The roots that are one side with the actor's on a day: its own and those that ALLIED_WITH joins to it, both ways
    /// and transitively.
    pub fn sides<'a>(&'a self, actor: &'a str, on: Day) -> BTreeSet<&'a str> {
        let Some(&at) = self.index.get(actor) else { return BTreeSet::from([actor]) };
        let mut side = BTreeSet::from([self.root(at, on)]);
        let pairs: Vec<(usize, usize)> = self
            .alliances
            .iter()
            .filter(|(_, tie)| tie.on(on))
            .map(|(from, tie)| (self.root(*from, on), self.root(tie.to, on)))
            .collect();
        loop {
            let before = side.len();
            for &(a, b) in &pairs {
                if side.contains(&a) || side.contains(&b) {
                    side.extend([a, b]);
                }
            }
            if side.len() == before {
                return side.into_iter().map(|at| self.names[at].as_str()).collect();
            }
        }
    }

    /// Whether two actors are on one side on a day.
    pub fn same_side(&self, a: &str, b: &str, on: Day) -> bool {
        self.sides(a, on).contains(self.side(b, on))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use AffiliationKind::{AlliedWith, MemberOf, OfficeHolder, PartOf};

    fn actor(name: &str, ties: &[(AffiliationKind, &str, &str)]) -> pb::Actor {
        let tie = |&(kind, to, edtf): &(AffiliationKind, &str, &str)| pb::Affiliation {
            actor: to.into(),
            kind: kind.into(),
            time: (!edtf.is_empty()).then(|| pb::TimeSpan { edtf: edtf.into(), ..Default::default() }),
            ..Default::default()
        };
        pb::Actor { name: name.into(), affiliations: ties.iter().map(tie).collect(), ..Default::default() }
    }

    fn tree() -> ActorTree {
        ActorTree::new(&[
            actor("army", &[(PartOf, "state", "")]),
            actor("brigade", &[(MemberOf, "front", "2020/2021"), (PartOf, "army", "2022/..")]),
            actor("speaker", &[(OfficeHolder, "army", "")]),
            actor("front", &[(AlliedWith, "band", "2021/2021")]),
            actor("band", &[(AlliedWith, "state", "")]),
            actor("ring-a", &[(PartOf, "ring-b", "")]),
            actor("ring-b", &[(PartOf, "ring-a", "")]),
        ])
    }

    fn day(text: &str) -> Day {
        text.parse().expect("a day")
    }

    #[test]
    fn ancestors_follow_parts_and_members_while_the_ties_hold() {
        let tree = tree();
        let during = |edtf| Span::parse(edtf, None).expect("a span");
        assert_eq!(tree.ancestors("brigade", &during("2020-05")), ["brigade", "front"]);
        assert_eq!(tree.ancestors("brigade", &during("2023")), ["brigade", "army", "state"]);
        assert_eq!(tree.ancestors("brigade", &during("[2021..2022]")), ["brigade", "army", "front", "state"]);
        assert_eq!(tree.ancestors("speaker", &during("2023")), ["speaker"], "an office is no membership");
        assert_eq!(tree.ancestors("front", &during("2021")), ["front"], "allies are not taken in");
        assert_eq!(tree.ancestors("nobody-knows", &during("2021")), ["nobody-knows"]);
    }

    #[test]
    fn within_takes_everything_below_at_any_time() {
        let tree = tree();
        assert_eq!(tree.within("state"), ["state", "army", "brigade", "speaker"]);
        assert_eq!(tree.within("front"), ["front", "brigade"]);
        assert!(tree.is_within("speaker", "state") && tree.is_within("state", "state"));
        assert!(!tree.is_within("state", "army") && !tree.is_within("band", "state"));
    }

    #[test]
    fn a_side_is_the_root_on_the_day() {
        let tree = tree();
        assert_eq!(tree.side("brigade", day("2020-05-01")), "front");
        assert_eq!(tree.side("brigade", day("2022-05-01")), "state");
        assert_eq!(tree.side("brigade", day("2019-05-01")), "brigade");
        assert_eq!(tree.side("brigade", Day::MAX), "state");
        assert_eq!(tree.side("speaker", Day::MAX), "state");
        assert_eq!(tree.side("ring-b", Day::MAX), "ring-a");
    }

    #[test]
    fn alliances_join_roots_both_ways_and_on() {
        let tree = tree();
        assert!(tree.same_side("speaker", "band", day("2023-01-01")));
        assert!(tree.same_side("band", "speaker", day("2023-01-01")));
        assert!(tree.same_side("brigade", "speaker", day("2021-06-01")), "front and band, band and state");
        assert!(!tree.same_side("brigade", "speaker", day("2020-06-01")), "the alliance came later");
    }
}
