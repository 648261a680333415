//! The page docs/api.md.

use prost_reflect::FileDescriptor;

use super::{
    contract::{Contract, enums, messages},
    table,
};

/// Writes the page: service, its requests and answers, the resources and what they are made of, the format of fact files.
pub(super) fn page(contract: &Contract) -> String {
    let mut out = String::from(
        "<!-- Written from proto/ by `make docs`. Change the comments there. -->\n\n# The contract `dossier.v1`\n\n",
    );
    let files = contract.files();
    let (service_file, others) = files.split_first().unwrap();
    prose(contract.file_comment(service_file), &mut out);
    contents(&files, &mut out);
    service(contract, &mut out);
    out.push_str("## Requests and answers\n\n");
    types(contract, service_file, &mut out);
    for file in others {
        let (title, rest) = split_title(contract.file_comment(file));
        out.push_str(&format!("## {title}\n\n"));
        prose(rest, &mut out);
        out.push_str(&format!("`{}`, package `{}`\n\n", file.name(), file.package_name()));
        types(contract, file, &mut out);
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// A list of all types, by file.
fn contents(files: &[FileDescriptor], out: &mut String) {
    out.push_str("**Types.** ");
    let mut names: Vec<(String, String)> = Vec::new();
    for file in &files[1..] {
        names.extend(messages(file).iter().map(|it| (it.name().to_owned(), it.full_name().to_owned())));
        names.extend(enums(file).iter().map(|it| (it.name().to_owned(), it.full_name().to_owned())));
    }
    names.sort();
    let links: Vec<String> = names.iter().map(|(name, full_name)| table::linked(full_name, name)).collect();
    out.push_str(&links.join(" · "));
    out.push_str("\n\n");
}

fn service(contract: &Contract, out: &mut String) {
    let service = contract.service();
    out.push_str("## FactService\n\n");
    prose(contract.comment(&service.parent_file(), service.path()), out);
    for method in service.methods() {
        let stream = if method.is_server_streaming() { "stream of " } else { "" };
        let (input, output) = (method.input(), method.output());
        out.push_str(&format!(
            "### {}\n\n{} → {stream}{}\n\n",
            method.name(),
            table::linked(input.full_name(), input.name()),
            table::linked(output.full_name(), output.name())
        ));
        prose(contract.method_comment(&method), out);
    }
}

fn types(contract: &Contract, file: &FileDescriptor, out: &mut String) {
    for message in messages(file) {
        out.push_str(&format!("### {}\n\n", message.name()));
        prose(contract.comment(file, message.path()), out);
        table::fields(contract, &message, out);
    }
    for of in enums(file) {
        out.push_str(&format!("### {}\n\n", of.name()));
        prose(contract.comment(file, of.path()), out);
        if of.full_name() == "dossier.v1.EventKind" {
            table::kinds(contract, &of, out);
        } else {
            table::values(contract, &of, out);
        }
    }
}

/// A file's comment begins with a phrase that ends at a colon, a comma or the period: the title of its section.
fn split_title(comment: &str) -> (&str, &str) {
    let end = comment.find([':', ',', '.']).unwrap_or(comment.len());
    let (title, rest) = comment.split_at(end);
    (title, rest.trim_start_matches([':', ',', '.']).trim_start())
}

/// A comment as Markdown: lists stay, indented lines become a block of shell, a first small letter is raised.
fn prose(comment: &str, out: &mut String) {
    let mut in_code = false;
    let mut first = true;
    for line in comment.lines() {
        if let Some(code) = line.strip_prefix("    ") {
            if !in_code {
                out.push_str("```sh\n");
                in_code = true;
            }
            out.push_str(code);
        } else {
            if in_code {
                out.push_str("```\n");
                in_code = false;
            }
            match line.chars().next().filter(|_| first) {
                Some(letter) => out.push_str(&format!("{}{}", letter.to_uppercase(), &line[letter.len_utf8()..])),
                None => out.push_str(line),
            }
        }
        first = false;
        out.push('\n');
    }
    if in_code {
        out.push_str("```\n");
    }
    if !comment.is_empty() {
        out.push('\n');
    }
}
