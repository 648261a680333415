//! README.md tells no lies: each command it shows with output is run as typed, and prints what stands there.
//!
//! In a block marked `console`, a line that begins with `$ ` is a command, what follows is its output. Port 50051 is a
//! server with the shipped facts, 50052 one with the second data set on top. `make docs` writes the outputs anew.

use std::{env, fs};

use crate::{
    support::{Ended, Server},
    tools::{root, run, tool},
};

/// A command of the page with the output shown for it, as ranges of lines.
struct Shown {
    command: String,
    /// First line of the output and the line after its last.
    output: std::ops::Range<usize>,
}

/// The commands in `console` blocks; one that ends with a backslash goes on in the next line.
fn shown(lines: &[&str]) -> Vec<Shown> {
    let mut found: Vec<Shown> = Vec::new();
    let mut in_console = false;
    let mut continued = false;
    for (number, line) in lines.iter().enumerate() {
        if line.starts_with("```") {
            in_console = *line == "```console";
            continued = false;
            continue;
        }
        if !in_console {
            continue;
        }
        if let Some(command) = line.strip_prefix("$ ") {
            found.push(Shown { command: command.to_owned(), output: number + 1..number + 1 });
        } else if let Some(last) = found.last_mut() {
            if continued {
                last.command.push_str(&format!("\n{line}"));
                last.output = number + 1..number + 1;
            } else {
                last.output.end = number + 1;
            }
        }
        continued = line.ends_with('\\');
    }
    found
}

/// Whether a command is one to run here: not those that start a server or build.
fn is_run(command: &str) -> bool {
    ["grpcurl ", "dossier check", "dossier import"].iter().any(|start| command.starts_with(start))
}

fn ran(command: &str, seed: &Server, both: &Server) -> Ended {
    let bin = root().join("target/test-tools/bin");
    let own = std::path::Path::new(env!("CARGO_BIN_EXE_dossier")).parent().unwrap();
    let path = format!("{}:{}:{}", own.display(), bin.display(), env::var("PATH").unwrap_or_default());
    let line = command.replace("localhost:50051", &seed.address).replace("localhost:50052", &both.address);
    // In the order in which a terminal shows it.
    let line = format!("{{ {line}\n}} 2>&1");
    run(std::process::Command::new("sh").args(["-c", &line]).env("PATH", path).env("NO_COLOR", "1"))
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

#[test]
fn each_command_prints_what_the_readme_shows() {
    if tool("grpcurl").is_none() {
        return;
    }
    let path = root().join("README.md");
    let page = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = page.lines().collect();
    let all: Vec<Shown> = shown(&lines).into_iter().filter(|shown| is_run(&shown.command)).collect();
    assert!(all.len() >= 5, "the page shows {} commands", all.len());
    let seed = Server::start(&["seeds"]);
    let both = Server::start(&["seeds", "examples/minusma-2023"]);
    let mut written: Vec<String> = lines.iter().map(|&line| line.to_owned()).collect();
    let mut wrong = Vec::new();
    // In the order of the page: what one command writes the next one reads.
    let printed = |shown: &Shown| {
        let ran = ran(&shown.command, &seed, &both);
        format!("{}{}", ran.out, ran.err)
    };
    let printed: Vec<String> = all.iter().map(printed).collect();
    for (shown, printed) in all.iter().zip(printed).rev() {
        let stands = lines[shown.output.clone()].join("\n");
        if words(&printed) != words(&stands) {
            wrong.push(format!("README.md:{}: $ {}\nprints\n{printed}", shown.output.start, shown.command));
        }
        written.splice(shown.output.clone(), printed.lines().map(|line| line.trim_end().to_owned()));
    }
    if env::var("DOSSIER_UPDATE").is_ok_and(|value| value == "1") {
        return fs::write(&path, written.join("\n") + "\n").unwrap();
    }
    wrong.reverse();
    assert!(wrong.is_empty(), "{} outputs differ; `make docs` writes them anew\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_grpcurl_line_of_the_readme_is_one_that_runs() {
    let page = fs::read_to_string(root().join("README.md")).unwrap();
    let lines: Vec<&str> = page.lines().collect();
    let run = shown(&lines).iter().filter(|shown| is_run(&shown.command) && shown.command.contains("grpcurl")).count();
    let named = lines.iter().map(|line| line.trim_start_matches("$ ")).filter(|line| line.starts_with("grpcurl "));
    // Lines with certificates are run beside the certificates that they need, in tests/peers.
    let named = named.filter(|line| !line.contains("-cacert")).count();
    assert_eq!(run, named, "a grpcurl line stands outside of a console block");
}

/// The fields of the filter are the same in Go and in JSON but for their spelling.
#[test]
fn the_request_of_the_go_is_answered() {
    let page = fs::read_to_string(root().join("README.md")).unwrap();
    let filter = page.split("&dossierv1.EventFilter{").nth(1).and_then(|rest| rest.split("\n\t\t},").next()).unwrap();
    let mut json = filter.trim().trim_end_matches(',').to_owned();
    for (go, js) in [
        ("Places: []string{\"places/kidal-region\"}", "\"places\": [\"places/kidal-region\"]"),
        ("FirstDay:", "\"firstDay\":"),
        ("LastDay:", "\"lastDay\":"),
        ("Match: dossierv1.Match_MATCH_CERTAIN", "\"match\": \"MATCH_CERTAIN\""),
    ] {
        assert!(json.contains(go), "{go} stands in {json}");
        json = json.replace(go, js);
    }
    if tool("grpcurl").is_none() {
        return;
    }
    let seed = Server::start(&["seeds"]);
    let call = "localhost:50051 dossier.v1.FactService/ListEvents";
    let answered = ran(&format!("grpcurl -plaintext -d '{{\"filter\": {{{json}}}}}' {call}"), &seed, &seed);
    assert!(answered.code == Some(0) && answered.out.contains("\"title\""), "{answered:?}");
}

#[test]
fn the_fact_shown_is_one_of_the_shipped() {
    let page = fs::read_to_string(root().join("README.md")).unwrap();
    let shown = page.split("```yaml\nclaims:").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let facts = fs::read_to_string(root().join("seeds/kidal-2023-10-09/events.yaml")).unwrap();
    assert!(words(&facts).join(" ").contains(&words(shown).join(" ")), "{shown}");
}

#[test]
fn commands_and_outputs_are_told_apart() {
    let page = "```sh\n$ no\n```\n```console\n$ a \\\n  b\nout\n\nmore\n$ c\n```\nend";
    let lines: Vec<&str> = page.lines().collect();
    let found = shown(&lines);
    assert_eq!(found.len(), 2);
    assert_eq!((found[0].command.as_str(), found[0].output.clone()), ("a \\\n  b", 6..9));
    assert_eq!((found[1].command.as_str(), found[1].output.clone()), ("c", 10..10));
}
