//! What words mean.

use dossier::pb::{self, MatchKind};

use super::{QUARRY, SEED, serve};

#[tokio::test]
async fn words_resolve_to_what_they_mean_and_say_what_matched() {
    let (_server, mut client) = serve(SEED).await;
    let expected = [
        ("CSP", "actors/csp", "CSP", MatchKind::Alias),
        ("permanent strategic framework", "actors/csp", "Permanent Strategic Framework", MatchKind::Alias),
        ("UN mission", "actors/minusma", "UN mission", MatchKind::Alias),
        ("Tombouctou", "places/timbuktu", "Tombouctou", MatchKind::Alias),
        ("anefis", "places/anefis", "Anefis", MatchKind::Name),
        ("FAMa", "actors/malian-army", "FAMa", MatchKind::Alias),
        ("Kidall", "places/kidal", "Kidal", MatchKind::Misspelling),
    ];
    let names = expected.map(|(query, ..)| query.to_owned()).to_vec();
    let request = pb::ResolveNamesRequest { names, ..Default::default() };
    let answer = client.resolve_names(request).await.unwrap().into_inner();
    for (resolution, (query, name, matched, kind)) in answer.resolutions.iter().zip(expected) {
        assert_eq!(resolution.query, query);
        let best = &resolution.candidates[0];
        assert_eq!((best.name.as_str(), best.matched_text.as_str(), best.match_kind()), (name, matched, kind));
        assert!(resolution.candidates.is_sorted_by(|a, b| a.score >= b.score && b.score > 0.0));
    }
    assert_eq!(answer.resolutions.len(), expected.len());
}

#[tokio::test]
async fn kinds_and_limits_narrow_the_candidates() {
    let (_server, mut client) = serve(SEED).await;
    let mut ask = async |kinds: Vec<i32>, limit: i32| {
        let names = vec!["Kidal".to_owned()];
        let request = pb::ResolveNamesRequest { names, resource_kinds: kinds, limit };
        client.resolve_names(request).await.unwrap().into_inner().resolutions.remove(0).candidates
    };
    let all = ask(vec![], 50).await;
    assert!(all.iter().any(|c| c.name.starts_with("places/")) && all.iter().any(|c| c.name.starts_with("camps/")));
    let camps = ask(vec![pb::ResourceKind::Camp.into()], 50).await;
    assert!(!camps.is_empty() && camps.iter().all(|candidate| candidate.name.starts_with("camps/")));
    assert_eq!(ask(vec![], 1).await, all[..1]);
    let sources = ask(vec![pb::ResourceKind::Source.into()], 50).await;
    assert!(sources.iter().all(|candidate| candidate.name.starts_with("sources/")));
}

/// What is found, what of it matched, and how.
type Found = (&'static str, &'static str, MatchKind);

#[tokio::test]
async fn an_article_before_a_name_only_breaks_ties() {
    let (_server, mut client) = serve(QUARRY).await;
    let expected: &[(&str, &[Found])] = &[
        ("the Hill League", &[("actors/hill-league", "Hill League", MatchKind::Name)]),
        ("THE HILL LEGUE", &[("actors/hill-league", "Hill League", MatchKind::Misspelling)]),
        ("the hill lea", &[("actors/hill-league", "Hill League", MatchKind::Prefix)]),
        ("la route de la carriere", &[("places/quarry-road", "Route de la carrière", MatchKind::Alias)]),
        ("L’Atelier", &[("places/upper-kiln", "L'Atelier", MatchKind::Alias)]),
        ("atelier", &[("places/upper-kiln", "L'Atelier", MatchKind::Alias)]),
        // Who bears the name as it is asked for comes before who bears it but for the article.
        (
            "the Ridge",
            &[("actors/hill-league", "The Ridge", MatchKind::Alias), ("actors/ridge-pact", "Ridge", MatchKind::Alias)],
        ),
        (
            "Ridge",
            &[("actors/ridge-pact", "Ridge", MatchKind::Alias), ("actors/hill-league", "The Ridge", MatchKind::Alias)],
        ),
        // Identifiers have no articles: this is not "0412".
        ("a 0412", &[]),
    ];
    let names = expected.iter().map(|(query, _)| (*query).to_owned()).collect();
    let request = pb::ResolveNamesRequest { names, ..Default::default() };
    let answer = client.resolve_names(request).await.unwrap().into_inner();
    for (resolution, (query, expected)) in answer.resolutions.iter().zip(expected) {
        let found: Vec<_> =
            resolution.candidates.iter().map(|c| (c.name.as_str(), c.matched_text.as_str(), c.match_kind())).collect();
        assert_eq!(found, *expected, "{query}");
        assert!(resolution.candidates.is_sorted_by(|a, b| a.score > b.score), "{query}");
    }
    assert_eq!(answer.resolutions.len(), expected.len());
}
