//! What the program says of its own use: help that reads well at any width, and bad values named by where they came from.

use crate::support::{dossier, run};

const COMMANDS: [&[&str]; 13] = [
    &[],
    &["serve"],
    &["build"],
    &["inspect"],
    &["check"],
    &["fmt"],
    &["import"],
    &["schema"],
    &["export"],
    &["health"],
    &["config"],
    &["config", "check"],
    &["key"],
];

#[test]
fn help_fits_the_terminal_and_is_not_broken_twice() {
    for command in COMMANDS {
        for width in [80, 100] {
            let mut help = dossier(&[command, &["--help"]].concat());
            let help = run(help.env("COLUMNS", width.to_string())).out;
            let lines: Vec<&str> = help.lines().collect();
            for line in &lines {
                assert!(line.chars().count() <= width, "{command:?} at {width}: {line}");
            }
            // Prose is broken where the next word does not fit, and nowhere else.
            for pair in lines.windows(2) {
                let prose = |line: &str| line.starts_with(|first: char| first.is_alphanumeric() || first == '-');
                if prose(pair[0]) && prose(pair[1]) {
                    let next = pair[1].split(' ').next().unwrap();
                    let joined = pair[0].chars().count() + 1 + next.chars().count();
                    assert!(joined > width, "{command:?} at {width}: {:?} and {:?}", pair[0], pair[1]);
                }
            }
            let examples = lines.iter().skip_while(|line| **line != "Examples:").skip(1);
            for example in examples.take_while(|line| !line.is_empty()) {
                assert!(example.contains("dossier "), "{command:?} at {width}: an example is broken: {example}");
            }
        }
    }
}

#[test]
fn a_bad_value_of_the_environment_is_named_by_its_variable() {
    for (name, value, cure) in [
        ("DOSSIER_ANONYMOUS", "write", "set it to none or read or export, or unset it"),
        ("DOSSIER_MAX_CALLS", "many", "mend it, or unset it"),
        ("DOSSIER_MAX_CALL_TIME", "0", "mend it, or unset it"),
    ] {
        let said = run(dossier(&["serve"]).env(name, value));
        assert_eq!(said.code, Some(64), "{said:?}");
        assert!(said.err.contains(&format!("'{value}'")), "{said:?}");
        assert!(said.err.contains(&format!("the environment variable {name}; {cure}")), "{said:?}");
    }
    // What was typed is not the environment's.
    for typed in [&["serve", "--anonymous", "write"][..], &["serve", "--anonymous=write"]] {
        let said = run(dossier(typed).env("DOSSIER_ANONYMOUS", "read"));
        assert_eq!(said.code, Some(64), "{said:?}");
        assert!(said.err.contains("'--anonymous") && !said.err.contains("environment"), "{said:?}");
    }
}
