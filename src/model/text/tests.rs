//! What folds to the same, and which names are near.

use proptest::prelude::*;

use super::*;

#[test]
fn case_accents_and_apostrophes_do_not_count() {
    for (text, expected) in [
        ("", ""),
        ("  ...  ", ""),
        ("Élan VITAL", "elan vital"),
        ("E\u{301}lan", "elan"),
        ("Ångström Łódź Œuvre Straße", "angstrom lodz oeuvre strasse"),
        ("İstanbul ISPARTA ışık", "istanbul isparta isik"),
        ("N'Varra N’Varra Nʼvarra N´Varra N`varra", "nvarra nvarra nvarra nvarra nvarra"),
        ("the ministry's, the ministries' and d'Orra", "the ministry the ministries and dorra"),
        ("In-Vara Al‑Sorr co\u{ad}operate", "in vara al sorr cooperate"),
        ("‘quoted’ – and — “dashed”…", "quoted and dashed"),
        ("2031-10-09, 3.5 km", "2031 10 09 3 5 km"),
        ("ﬁve ½ ２０", "five 1 2 20"),
        ("ɓaale ƴamo", "baale yamo"),
        ("أحمد مُحَمَّد", "احمد محمد"),
        ("ΣΊΣΥΦΟΣ", "σισυφοσ"),
        ("Москва Йод", "москва иод"),
        ("北京 東京", "北京 東京"),
        ("rock 'n' roll -- 'n", "rock n roll n"),
    ] {
        assert_eq!(tokens(text).join(" "), expected, "{text}");
    }
}

/// Letters that names in Latin script are written with, by what is typed for them.
const TYPED: [(&str, &str); 27] = [
    ("a", "àáâãäåāăąǎạả"),
    ("ae", "æǽ"),
    ("b", "ɓḅ"),
    ("c", "çćĉċč"),
    ("d", "ďđðɗɖḍ"),
    ("e", "èéêëēĕėęěẹẽɛəǝ"),
    ("g", "ĝğġģǧɣ"),
    ("h", "ĥħḥ"),
    ("i", "ìíîïĩīĭįıǐị"),
    ("j", "ĵ"),
    ("k", "ķƙ"),
    ("l", "ĺļľł"),
    ("n", "ñńņňǹŋɲ"),
    ("o", "òóôõöøōŏőǒọɔ"),
    ("oe", "œ"),
    ("r", "ŕŗř"),
    ("s", "śŝşšșṣ"),
    ("ss", "ßẞ"),
    ("t", "ţťțŧṭ"),
    ("th", "þ"),
    ("u", "ùúûüũūŭůűųǔụ"),
    ("v", "ṽ"),
    ("w", "ŵẁẃẅ"),
    ("x", "ẋẍ"),
    ("y", "ýÿŷỳƴ"),
    ("z", "źżžẓ"),
    ("ff", "\u{fb00}"),
];

#[test]
fn each_letter_with_a_mark_is_found_by_the_plain_one() {
    for (plain, letters) in TYPED {
        for letter in letters.chars() {
            let cases = [letter.to_string(), letter.to_uppercase().to_string()];
            for written in cases.map(|letter| format!("Vor{letter}ka")) {
                assert_eq!(tokens(&written), [format!("vor{plain}ka")], "{written}");
            }
        }
    }
}

fn indexed(text: &str) -> Vec<String> {
    let mut words = vec![];
    index_tokens(text, |word| words.push(word.to_owned()));
    words
}

#[test]
fn compounds_are_found_whole_and_in_parts() {
    for (text, queries) in [
        ("the camp of In-Vara", ["In-Vara", "in vara", "INVARA", "vara"]),
        ("Côte d’Orra", ["cote d'orra", "Orra", "dOrra", "côte"]),
        ("the mission's staff", ["mission", "mission's", "missions", "staff"]),
        ("Al-N'varra-Sud", ["al nvarra sud", "alnvarrasud", "varra", "al-n'varra-sud"]),
    ] {
        let index = indexed(text);
        for query in queries {
            assert!(tokens(query).iter().all(|word| index.contains(word)), "{query} in {index:?}");
        }
    }
    assert_eq!(squash("In-Vara"), squash("in vara"));
    assert_eq!(squash("N'Dorr"), squash("Ndórr"));
}

#[test]
fn near_names_come_nearest_first() {
    let names = ["camps/vorra", "camps/tessolin", "camps/orr", "places/tessolin", "places/vorra", "places/vorra-east"];
    for (wanted, expected) in [
        ("camps/vora", vec!["camps/vorra"]),
        ("camps/Vorrá", vec!["camps/vorra"]),
        ("camp/vorra", vec!["camps/vorra", "places/vorra", "places/vorra-east"]),
        ("camps/tesoslin", vec!["camps/tessolin"]),
        ("places/vorra-west", vec!["places/vorra-east"]),
        ("places/vora", vec!["places/vorra", "places/vorra-east"]),
        ("vorra-east", vec!["places/vorra-east"]),
        ("camps/orx", vec!["camps/orr"]),
        ("camps/zzz", vec![]),
        ("camps/or", vec![]),
        ("", vec![]),
        ("/", vec![]),
    ] {
        let near = near_names(wanted, names, 3);
        assert_eq!(near.first(), expected.first(), "{wanted}: {near:?}");
        for name in &expected {
            assert!(near.contains(name), "{wanted}: {near:?} lacks {name}");
        }
        assert!(!expected.is_empty() || near.is_empty(), "{wanted}: {near:?}");
    }
    assert_eq!(near_names("vorra", ["vorrc", "vorrb", "vorra", "vorrb"], 9), ["vorra", "vorrb", "vorrc"]);
    assert_eq!(near_names("titel", ["title", "time", "status"], 3), ["title"]);
    assert!(near_names(&"v".repeat(1000), ["v"], 9).is_empty());
    assert_eq!(near_names("vorra", names, 1).len(), 1);
}

#[test]
fn a_misspelling_differs_in_few_letters() {
    assert_eq!(misspelling("Tessolin", "tessolin"), Some(1.0));
    assert!(misspelling("Tesolin", "Tessolin").is_some_and(|likeness| likeness > 0.8));
    assert_eq!(misspelling("orr", "vexa"), None);
    assert_eq!(misspelling("ab", "ac"), None);
}

#[test]
fn every_character_folds_once_and_for_all() {
    for letter in (char::MIN..=char::MAX).map(String::from) {
        let words = tokens(&letter);
        assert_eq!(tokens(&words.join(" ")), words, "{}", letter.escape_unicode());
    }
}

proptest! {
    #[test]
    fn the_short_way_folds_as_the_long_one(text in r"[\x00-\x7f]{0,40}|[a-c' `-]{0,20}") {
        prop_assert_eq!(fold_ascii(&text), fold_any(&text));
    }

    #[test]
    fn folding_is_final_and_never_fails(text in any::<String>()) {
        let words = tokens(&text);
        prop_assert_eq!(&tokens(&words.join(" ")), &words);
        prop_assert!(words.iter().all(|word| !word.is_empty() && word.chars().all(char::is_alphanumeric)), "{:?}", words);
        let index = indexed(&text);
        prop_assert!(words.iter().all(|word| index.contains(word)));
        prop_assert_eq!(squash(&squash(&text)), squash(&text));
    }

    #[test]
    fn latin_text_folds_alike_in_both_cases(text in "[a-zA-Zéèïçñøłß' -]{0,40}") {
        prop_assert_eq!(tokens(&text.to_uppercase()), tokens(&text.to_lowercase()));
    }

    #[test]
    fn near_names_are_candidates_in_a_fixed_order(
        wanted in "[a-c/-]{0,12}", mut names in prop::collection::vec("[a-c]{1,4}/[a-c-]{1,8}", 0..12), at_most in 0_usize..5
    ) {
        let near: Vec<String> = near_names(&wanted, names.iter().map(String::as_str), at_most).into_iter().map(str::to_owned).collect();
        prop_assert!(near.len() <= at_most && near.iter().all(|name| names.contains(name)));
        names.reverse();
        prop_assert_eq!(near_names(&wanted, names.iter().map(String::as_str), at_most), near);
    }
}

#[test]
fn an_article_before_a_name_can_be_left_out() {
    for (text, name) in [
        ("the Hill League", "hill league"),
        ("  The  Hill League", "hill league"),
        ("a hill", "hill"),
        ("An Hour", "hour"),
        ("le Four", "four"),
        ("La Carrière", "carriere"),
        ("LES FOURS", "fours"),
        ("l'Atelier", "atelier"),
        ("L’Atelier", "atelier"),
    ] {
        assert_eq!(without_article(text).as_deref(), Some(name), "{text}");
    }
    for text in ["the", "the ", "theatre", "A-7", "Al-Hill", "La-Hill", "lesser hill", "Hill the League", "l'", ""] {
        assert_eq!(without_article(text), None, "{text}");
    }
}
