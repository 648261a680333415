//! What the server can be told: by flags, the environment and a file, in that order; and keys for callers.

use std::{fs, path::Path};

use crate::support::{Server, dossier, run};

/// The line that `dossier config check` prints for a setting, of which nothing but the value and where it is from.
fn line<'o>(out: &'o str, name: &str) -> (&'o str, &'o str) {
    let is_it = |line: &&str| line.split(" = ").next().is_some_and(|start| start == name);
    let line = out.lines().find(is_it).unwrap_or_else(|| panic!("{name} in {out}"));
    let (value, from) = line.split_once(" # ").unwrap();
    (value.split_once(" = ").unwrap().1.trim(), from)
}

fn written(folder: &tempfile::TempDir, text: &str) -> String {
    let path = folder.path().join("dossier.toml");
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = written(
        &folder,
        "data = [\"seeds\", \"examples/minusma-2023\"]\nmax-calls = 11\nmax-watches = 12\ndrain-time = 13\n\
         reload-on-change = true\nallow-origin = [\"https://a.example\", \"https://b.example\"]\n",
    );
    let mut check = dossier(&["config", "check", "--config", &file, "--max-calls", "1"]);
    let said = run(check.env("DOSSIER_MAX_WATCHES", "2"));
    assert!(said.ok(), "{said:?}");
    let from_file = format!("file {file}");
    for (name, expected) in [
        ("max-calls", ("1", "flag")),
        ("max-watches", ("2", "environment DOSSIER_MAX_WATCHES")),
        ("drain-time", ("13", from_file.as_str())),
        ("reload-on-change", ("true", &from_file)),
        ("data", ("[\"seeds\", \"examples/minusma-2023\"]", &from_file)),
        ("allow-origin", ("[\"https://a.example\", \"https://b.example\"]", &from_file)),
        ("listen", ("\"127.0.0.1:50051\"", "default")),
    ] {
        assert_eq!(line(&said.out, name), expected, "{name}");
    }
    // What was printed says the same again.
    let again = written(&folder, &said.out);
    let twice = run(&mut dossier(&["config", "check", "--config", &again]));
    assert!(twice.ok(), "{twice:?}");
    assert_eq!(line(&twice.out, "max-watches").0, "2");
}

#[test]
fn the_server_is_told_by_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = written(&folder, "data = [\"examples/minimal\"]\n");
    let server = Server::start(&["--config", &file]);
    server.line();
    let counts = server.line().unwrap();
    assert!(counts.starts_with("1 event"), "{counts}");
}

#[test]
fn everything_wrong_with_a_file_is_told_at_once_with_its_cure() {
    let folder = tempfile::tempdir().unwrap();
    let file = written(&folder, "max_call = 3\nrate = 1.5\nnonsense = 1\nconfig = \"other\"\nadmin-tls = \"yes\"\n");
    let said = run(&mut dossier(&["serve", "--config", &file]));
    assert_eq!(said.code, Some(64), "{said:?}");
    for part in [
        "\"max_call\"; did you mean \"max-calls\"?",
        "rate is a fraction",
        "unknown key \"nonsense\"",
        "unknown key \"config\"",
        "admin-tls is \"yes\"; write true or false",
    ] {
        assert!(said.err.contains(part), "{part} in {}", said.err);
    }
    assert_eq!(said.err.matches(&file).count(), 5, "{}", said.err);
    let file = written(&folder, "max-calls = 0\n");
    let said = run(&mut dossier(&["serve", "--config", &file]));
    assert_eq!(said.code, Some(64));
    assert!(said.err.contains(&format!("the value is that of max-calls in {file}; mend it there")), "{}", said.err);
    let broken = written(&folder, "max-calls = \n");
    let said = run(&mut dossier(&["serve", "--config", &broken]));
    assert!(said.code == Some(64) && said.err.contains("line 1"), "{said:?}");
}

#[test]
fn a_check_reads_what_the_server_would_and_shows_no_password() {
    let said = run(&mut dossier(&["config", "check", "--tls-cert", "/no/cert.pem", "--tls-key", "/no/key.pem"]));
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("/no/cert.pem: No such file"), "{said:?}");
    let url = "https://me:secret@issuer.example/keys";
    let said = run(&mut dossier(&["config", "check", "--jwks", url, "--jwt-audience", "dossier"]));
    assert!(
        said.ok() && !said.out.contains("secret") && said.out.contains("https://(hidden)@issuer.example/keys"),
        "{said:?}"
    );
    let open = run(&mut dossier(&["config", "check", "--listen", "0.0.0.0:0"]));
    assert_eq!(open.code, Some(64));
    assert!(open.err.contains("DOSSIER_ANONYMOUS=read"), "{open:?}");
}

#[test]
fn a_key_is_told_once_and_its_entry_holds_only_its_digest() {
    let said = run(&mut dossier(&["key", "maps", "--scope", "read", "--scope", "export", "--expires", "2099-12-31"]));
    assert!(said.ok(), "{said:?}");
    let key = said.err.trim();
    assert!(key.starts_with("dossier_") && key.len() == 51, "{key}");
    assert!(!said.out.contains(key));
    let digest = dossier::server::access::digest(key);
    for part in [
        "name = \"maps\"",
        &format!("digest = \"{digest}\""),
        "scopes = [\"read\", \"export\"]",
        "expires = \"2099-12-31\"",
    ] {
        assert!(said.out.contains(part), "{part} in {}", said.out);
    }
    let other = run(&mut dossier(&["key", "maps"]));
    assert_ne!(other.err, said.err);
    for wrong in [&["key", ""][..], &["key", "maps", "--scope", "write"], &["key", "maps", "--expires", "soon"]] {
        assert_eq!(run(&mut dossier(wrong)).code, Some(64), "{wrong:?}");
    }
}

#[test]
fn the_table_of_settings_in_the_documents_is_current() {
    const MARKS: [&str; 2] = ["<!-- configuration: begin -->\n", "<!-- configuration: end -->"];
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operations.md");
    let page = fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(MARKS[0]).unwrap();
    let (stands, after) = rest.split_once(MARKS[1]).unwrap();
    let table = format!("\n{}\n", run(&mut dossier(&["config", "table"])).out);
    if std::env::var("DOSSIER_UPDATE").is_ok_and(|value| value == "1") {
        return fs::write(&path, [before, MARKS[0], &table, MARKS[1], after].concat()).unwrap();
    }
    assert!(stands == table, "docs/operations.md is not current; write it anew with `make docs`");
}
