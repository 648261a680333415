//! The lexicon against a plain look at every name.

use proptest::prelude::*;

use super::*;
use crate::store::index::bytes::Held;

/// A resource with a name, a name to be shown by, aliases and an identifier.
type Named = (ResourceKind, String, String, Vec<String>, Option<String>);

fn word() -> impl Strategy<Value = String> {
    prop_oneof![3 => "[abc]{1,6}", 1 => "(the|le|la|a)", 1 => "[a-cé'-]{1,8}", 1 => Just("orravale".to_owned()), 1 => Just("Orvarale".to_owned())]
}

fn name() -> impl Strategy<Value = String> {
    prop::collection::vec(word(), 0..4).prop_map(|words| words.join(" "))
}

fn resources() -> impl Strategy<Value = Vec<Named>> {
    let kind = prop_oneof![Just(ResourceKind::Actor), Just(ResourceKind::Place)];
    let one = (kind, "[a-c]{1,5}", name(), prop::collection::vec(name(), 0..3), prop::option::of("[a-c]{1,6}"));
    prop::collection::vec(one, 0..25).prop_map(|named| {
        let number = |(i, (kind, id, shown, aliases, other)): (usize, Named)| {
            (kind, format!("places/{id}-{i}"), shown, aliases, other)
        };
        named.into_iter().enumerate().map(number).collect()
    })
}

fn ids(id: Option<&String>) -> Vec<pb::ExternalId> {
    id.into_iter().map(|id| pb::ExternalId { id: id.clone(), ..Default::default() }).collect()
}

fn build(resources: &[Named]) -> Held {
    let mut builder = LexiconBuilder::default();
    for (kind, name, shown, aliases, id) in resources {
        builder.add(*kind, name, shown, aliases, &ids(id.as_ref()));
    }
    Held::new(&builder.finish().unwrap())
}

/// How well a name matches what is asked for, in any way.
fn ways(asked: &Asked, text: &str, kind: MatchKind) -> Vec<(f64, MatchKind)> {
    let words = text::tokens(text);
    let folded = words.join(" ");
    let mut ways = vec![];
    // An identifier has no article to lose.
    let may_mean = kind != MatchKind::Identifier || asked.likeness == 1.0;
    if words.is_empty() {
        return ways;
    }
    if text::squash(text) == asked.letters && may_mean {
        ways.push((worth(kind) * asked.likeness, kind));
    }
    let bare = text::without_article(text).filter(|_| kind != MatchKind::Identifier);
    if bare.is_some_and(|bare| text::squash(&bare) == asked.letters) {
        ways.push((worth(kind) * BUT_FOR_AN_ARTICLE, kind));
    }
    let begins = |word: &String| words.iter().any(|held| held.starts_with(word.as_str()));
    if !asked.words.is_empty() && asked.words.iter().all(begins) && may_mean {
        let (held, len) = (folded.len(), asked.folded.len());
        let likeness = asked.likeness * len as f64 / held.max(len) as f64;
        ways.push((worth(MatchKind::Prefix) * likeness, MatchKind::Prefix));
    }
    let (len, other) = (asked.folded.chars().count(), folded.chars().count());
    let distance = strsim::osa_distance(&asked.folded, &folded);
    if kind != MatchKind::Identifier && (1..=(len / 4).min(3)).contains(&distance) {
        let likeness = asked.likeness * (1.0 - distance as f64 / len.max(other) as f64);
        ways.push((worth(MatchKind::Misspelling) * likeness, MatchKind::Misspelling));
    }
    ways
}

fn expected(resources: &[Named], query: &str, kinds: &[ResourceKind], limit: usize) -> Vec<pb::Candidate> {
    let bare = text::without_article(query).map(|bare| Asked::new(&bare, BUT_FOR_AN_ARTICLE));
    let asked: Vec<Asked> = std::iter::once(Asked::new(query, 1.0)).chain(bare).collect();
    let mut found = vec![];
    for (kind, name, shown, aliases, id) in
        resources.iter().filter(|named| kinds.is_empty() || kinds.contains(&named.0))
    {
        let _ = kind;
        let own = name.rsplit('/').next().unwrap();
        let mut names =
            vec![(shown.as_str(), MatchKind::Name), (own, MatchKind::Identifier), (name, MatchKind::Identifier)];
        names.extend(aliases.iter().map(|alias| (alias.as_str(), MatchKind::Alias)));
        names.extend(id.iter().map(|id| (id.as_str(), MatchKind::Identifier)));
        let mut best: Option<pb::Candidate> = None;
        for (text, kind) in names {
            for (score, match_kind) in asked.iter().flat_map(|asked| ways(asked, text, kind)) {
                if best.as_ref().is_none_or(|best| score > best.score) {
                    let candidate = (name.clone(), shown.clone(), text.to_owned(), match_kind.into());
                    let (name, display_name, matched_text, match_kind) = candidate;
                    best = Some(pb::Candidate { name, display_name, matched_text, match_kind, score });
                }
            }
        }
        found.extend(best);
    }
    found.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.name.cmp(&b.name)));
    found.truncate(limit);
    found
}

fn ask(lexicon: &Lexicon<'_>, query: &str, kinds: &[ResourceKind], limit: usize) -> Vec<pb::Candidate> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let budget = Budget::default();
    runtime.block_on(lexicon.candidates(query, kinds, limit, &budget)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn words_mean_what_a_look_at_every_name_says(
        resources in resources(), query in name(), own in any::<prop::sample::Index>(), of in 0..4, places in any::<bool>(), limit in 0_usize..9
    ) {
        // A name as somebody bears it, now and then, or with a slip.
        let query = match (of, resources.is_empty()) {
            (1, false) => resources[own.index(resources.len())].2.clone(),
            (3, false) => format!("the {}", resources[own.index(resources.len())].4.clone().unwrap_or_default()),
            (2, false) => resources[own.index(resources.len())].2.replacen('b', "c", 1),
            _ => query,
        };
        let kinds = if places { vec![ResourceKind::Place] } else { vec![] };
        let held = build(&resources);
        let lexicon = Lexicon::open(held.section()).unwrap();
        prop_assert_eq!(ask(&lexicon, &query, &kinds, limit), expected(&resources, &query, &kinds, limit), "{}", query);
    }

    #[test]
    fn bytes_that_mean_nothing_never_panic(resources in resources(), query in name(), flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let mut bytes = build(&resources).bytes().to_vec();
        for (at, byte) in flips {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let held = Held::new(&bytes);
        if let Ok(lexicon) = Lexicon::open(held.section()) {
            let _ = ask(&lexicon, &query, &[], 9);
        }
    }
}
