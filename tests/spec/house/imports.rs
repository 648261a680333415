//! Import directions: what a room of `src/` may name of the others, and of the libraries that do its neighbours' work.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::{File, file, files, none};

/// A room, the rooms it may import, and the outer paths that are not its business.
struct Room {
    name: &'static str,
    may: &'static [&'static str],
    never: &'static [&'static str],
}

const TRANSPORT: [&str; 5] = ["tonic", "tokio", "hyper", "hyper_util", "tower"];

/// The rooms, from the inside out. `seed` and `store` never meet: whoever loads hands the data set over.
const ROOMS: [Room; 11] = [
    Room { name: "pb", may: &[], never: &[] },
    Room {
        name: "model",
        may: &["pb"],
        never: &["tonic", "tokio", "hyper", "hyper_util", "tower", "std::fs", "std::net", "std::env"],
    },
    Room { name: "facts", may: &["model", "pb"], never: &TRANSPORT },
    Room { name: "seed", may: &["facts", "model", "pb"], never: &TRANSPORT },
    Room { name: "import", may: &["facts", "model", "pb"], never: &TRANSPORT },
    Room { name: "store", may: &["model", "pb"], never: &["tonic", "hyper", "hyper_util", "tower"] },
    Room {
        name: "export",
        may: &["store", "model", "pb"],
        never: &["tonic", "tokio", "hyper", "hyper_util", "tower", "std::fs", "std::net"],
    },
    Room { name: "api", may: &["store", "model", "pb"], never: &["crate::store::engine", "std::fs", "std::net"] },
    Room { name: "server", may: &["api", "store", "model", "pb"], never: &["crate::store::engine"] },
    Room {
        name: "cli",
        may: &["api", "export", "facts", "import", "model", "pb", "seed", "server", "store"],
        never: &[],
    },
    Room { name: "main", may: &["cli"], never: &[] },
];

/// Every path with at least two segments in a token stream: `use` trees are multiplied out, `super` is resolved.
/// `module` is the path of the module that holds the tokens, below the crate.
fn paths(tokens: TokenStream, module: &[String], prefix: &[String], found: &mut BTreeSet<String>) {
    let mut path: Vec<String> = prefix.to_vec();
    let mut colons = if prefix.is_empty() { 0 } else { 2 };
    let mut named_module = None;
    for token in tokens {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
            TokenTree::Ident(ident) => {
                let ident = ident.to_string();
                if colons != 2 {
                    note(&path, module, found);
                    named_module = (path.last().is_some_and(|last| last == "mod")).then(|| ident.clone());
                    path.clear();
                }
                path.push(ident);
                colons = 0;
            }
            TokenTree::Group(group) => {
                let inner_module: Vec<String> = module.iter().cloned().chain(named_module.take()).collect();
                let in_path = colons == 2 && group.delimiter() == Delimiter::Brace;
                let inner_prefix: &[String] = if in_path { &path } else { &[] };
                paths(group.stream(), &inner_module, inner_prefix, found);
                note(&path, module, found);
                path.clear();
                colons = 0;
            }
            _ => {
                note(&path, module, found);
                path = prefix.to_vec();
                colons = if prefix.is_empty() { 0 } else { 2 };
            }
        }
    }
    note(&path, module, found);
}

/// Notes a path as it reads from the crate's root.
fn note(path: &[String], module: &[String], found: &mut BTreeSet<String>) {
    if path.len() < 2 {
        return;
    }
    let ups = path.iter().take_while(|segment| *segment == "super").count();
    let resolved = match path[0].as_str() {
        "super" if ups <= module.len() => {
            let stays = module[..module.len() - ups].iter();
            ["crate".to_owned()].iter().chain(stays).chain(&path[ups..]).cloned().collect::<Vec<_>>()
        }
        // `main.rs` names the crate; in `pb.rs` it is a module of the generated code.
        "dossier" if module == ["main"] => [&["crate".to_owned()], &path[1..]].concat(),
        _ => path.to_vec(),
    };
    found.insert(resolved.join("::"));
}

/// The module that a file of `src/` is, below the crate.
fn module_of(path: &str) -> Vec<String> {
    let inner = path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
    inner.split('/').map(str::to_owned).collect()
}

fn offences(file: &File) -> Vec<String> {
    let module = module_of(&file.path);
    if module == ["lib"] {
        return Vec::new();
    }
    let Some(room) = ROOMS.iter().find(|room| room.name == module[0]) else {
        return vec![format!("{}: no room is called `{}`; add it to the table of rooms", file.path, module[0])];
    };
    let mut found = BTreeSet::new();
    paths(file.text.parse().unwrap(), &module, &[], &mut found);
    let mut offences = Vec::new();
    for path in &found {
        let segments: Vec<&str> = path.split("::").collect();
        let other = segments[1];
        let is_room = segments[0] == "crate" && ROOMS.iter().any(|room| room.name == other);
        if is_room && other != room.name && !room.may.contains(&other) {
            offences.push(format!("{}: `{}` may not import `{other}` ({path})", file.path, room.name));
        }
        if let Some(never) = room.never.iter().find(|never| path == *never || path.starts_with(&format!("{never}::"))) {
            offences.push(format!("{}: `{never}` is not the business of `{}` ({path})", file.path, room.name));
        }
    }
    offences
}

#[test]
fn rooms_import_inwards_only() {
    let all = files(&["src"], &["rs"]);
    assert!(all.len() > 10, "too few files: {}", all.len());
    none(&all.iter().flat_map(offences).collect::<Vec<_>>());
}

#[test]
fn an_import_against_the_direction_is_caught() {
    for (path, text) in [
        ("src/model/span.rs", "use crate::store::Store;"),
        ("src/model/span.rs", "use crate::{pb, store::{Store, View}};"),
        ("src/model/mod.rs", "mod inner { use super::super::seed; fn f() { super::super::seed::read() } }"),
        ("src/store/engine/mod.rs", "fn f() { assert!(crate::seed::check()) }"),
        ("src/store/mod.rs", "use super::api;\nfn f() { super::api::status() }"),
        ("src/api/mod.rs", "fn f() -> crate::store::engine::Index { x }"),
        ("src/model/day.rs", "fn f() { let t = std::fs::read(p); }"),
        ("src/seed/mod.rs", "use tonic::Status;"),
        ("src/main.rs", "fn main() { dossier::store::engine::new() }"),
        ("src/cellar/mod.rs", ""),
    ] {
        assert!(!offences(&file(path, text)).is_empty(), "{path}: {text}");
    }
    for (path, text) in [
        ("src/model/span.rs", "use crate::{model::day::Day, pb}; use super::name::Name; use std::fmt;"),
        ("src/api/list.rs", "use crate::store::{Budget, Store}; use tonic::Status;"),
        ("src/store/engine/index/time.rs", "use super::super::rows::Row; use super::super::super::Store;"),
        ("src/main.rs", "fn main() { dossier::cli::main() }"),
    ] {
        assert_eq!(offences(&file(path, text)), Vec::<String>::new(), "{path}: {text}");
    }
}
