//! Headers and sizes: every file says first what it is, and none grows out of one reading.

use syn::{
    Attribute, Block, Expr, ImplItemFn, ItemFn, Local, Signature, Stmt, TraitItemFn,
    spanned::Spanned,
    visit::{self, Visit},
};

use super::{File, file, files, none};

const FILE_LINES: usize = 400;
const FUNCTION_LINES: usize = 60;
const MAIN_LINES: usize = 60;

/// Measures functions from their signature to the closing brace, wherever they stand. A test's table of cases counts as one
/// line: it is data, and cutting it in two makes nothing clearer.
#[derive(Default)]
struct Functions {
    /// Name, first line, number of lines.
    measured: Vec<(String, usize, usize)>,
}

impl Functions {
    fn measure(&mut self, attributes: &[Attribute], signature: &Signature, block: &Block) {
        let first = signature.span().start().line;
        let lines = block.span().end().line - first + 1;
        let is_test =
            attributes.iter().any(|attribute| attribute.path().segments.last().is_some_and(|it| it.ident == "test"));
        let tables: usize = if is_test { block.stmts.iter().map(table_lines).sum() } else { 0 };
        self.measured.push((signature.ident.to_string(), first, lines - tables));
    }
}

/// How many lines more than one a `let table = [...]` or a `for ... in [...]` has.
fn table_lines(statement: &Stmt) -> usize {
    let table = match statement {
        Stmt::Local(Local { init: Some(init), .. }) => &*init.expr,
        Stmt::Expr(Expr::ForLoop(each), _) => &*each.expr,
        _ => return 0,
    };
    let Expr::Array(table) = table else { return 0 };
    let span = table.span();
    span.end().line - span.start().line
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        self.measure(&item.attrs, &item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        self.measure(&item.attrs, &item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast TraitItemFn) {
        if let Some(block) = &item.default {
            self.measure(&item.attrs, &item.sig, block);
        }
        visit::visit_trait_item_fn(self, item);
    }
}

fn offences(file: &File) -> Vec<String> {
    let mut offences = Vec::new();
    let lines = file.text.lines().count();
    if !file.text.starts_with("//! ") {
        offences.push(format!("{}:1: a file opens with `//!`, saying what it is", file.path));
    }
    if lines >= FILE_LINES {
        offences.push(format!("{}: {lines} lines; below {FILE_LINES} is the rule, split it by subject", file.path));
    }
    if file.path == "src/main.rs" && lines > MAIN_LINES {
        offences.push(format!("{}: {lines} lines; at most {MAIN_LINES}, the rest belongs in `cli`", file.path));
    }
    let mut functions = Functions::default();
    functions.visit_file(&syn::parse_file(&file.text).unwrap_or_else(|error| panic!("{}: {error}", file.path)));
    for (name, line, lines) in functions.measured {
        if lines >= FUNCTION_LINES {
            offences
                .push(format!("{}:{line}: `{name}` has {lines} lines; below {FUNCTION_LINES} is the rule", file.path));
        }
    }
    offences
}

#[test]
fn files_open_with_what_they_are_and_stay_small() {
    let all = files(&["src", "tests", "benches", "build.rs"], &["rs"]);
    assert!(all.len() > 10, "too few files: {}", all.len());
    none(&all.iter().flat_map(offences).collect::<Vec<_>>());
}

#[test]
fn what_is_too_large_or_says_nothing_is_caught() {
    let long_function = format!("//! x\nstruct S;\nimpl S {{ fn f() {{\n{} }} }}", "let a = 1;\n".repeat(59));
    let long_closure_free = format!("//! x\nfn f() {{\n{} }}", "let a = 1;\n".repeat(57));
    let table = format!("let t = [\n{}];", "1,\n".repeat(80));
    let test_with_table = format!("//! x\n#[test]\nfn f() {{\n{table}\n}}");
    let code_with_table = format!("//! x\nfn f() {{\n{table}\n}}");
    let long_file = format!("//! x\n{}", "const A: u8 = 1;\n".repeat(399));
    for (path, text, expected) in [
        ("src/a.rs", "fn f() {}", 1),
        ("src/a.rs", "// x\nfn f() {}", 1),
        ("src/a.rs", long_function.as_str(), 1),
        ("src/a.rs", long_closure_free.as_str(), 0),
        ("src/a.rs", test_with_table.as_str(), 0),
        ("src/a.rs", code_with_table.as_str(), 1),
        ("src/a.rs", long_file.as_str(), 1),
        ("src/main.rs", &format!("//! x\n{}", "const A: u8 = 1;\n".repeat(60)), 1),
        ("src/main.rs", &format!("//! x\n{}", "const A: u8 = 1;\n".repeat(59)), 0),
    ] {
        assert_eq!(offences(&file(path, text)).len(), expected, "{path}: {:?}", offences(&file(path, text)));
    }
}
