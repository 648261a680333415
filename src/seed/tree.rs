//! YAML → a tree in which everything has its place.
//!
//! Only what fact files need is taken: one document of mappings, lists and scalars. Anchors, aliases, merge keys and tags are
//! refused, because a copied fact would carry its source along, and a tag could make a value mean something else than it says.

use granit_parser::{Event, Parser, ScalarStyle, Span};

use super::problem::Mark;

/// How deep mappings and lists may nest. A claim's citation lies at depth 8.
const DEPTH: usize = 32;

/// A value with its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) mark: Mark,
    pub(super) value: Value,
    pub(super) comments: Comments,
}

/// What a node holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// Text; `plain` if it stands without quotes and not as a block.
    Scalar { text: String, plain: bool },
    /// A list.
    List(Vec<Node>),
    /// A mapping.
    Map(Vec<Entry>),
    /// An alias, which is reported and stands for nothing.
    Alias,
}

/// A key and its value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) mark: Mark,
    pub(super) node: Node,
    pub(super) comments: Comments,
}

/// Comments around an entry or an item.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Comments {
    /// Lines before it, without `#`.
    pub(super) above: Vec<String>,
    /// What stands behind it on its first line.
    pub(super) right: Option<String>,
}

/// A comment as it stands in the file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Comment {
    pub(super) mark: Mark,
    pub(super) text: String,
    /// Nothing but white space stands before it on its line.
    pub(super) alone: bool,
}

/// A problem of the YAML itself.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fault {
    pub(super) mark: Mark,
    pub(super) what: String,
    pub(super) cure: &'static str,
}

/// What a file holds.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// The document. Absent if the file is empty or broken.
    pub(super) root: Option<Node>,
    /// All its comments.
    pub(super) comments: Vec<Comment>,
    /// What is wrong with it.
    pub(super) faults: Vec<Fault>,
    /// The rest of the file could not be read.
    pub(super) broken: bool,
}

const ANCHOR: &str = "write the fact out: a copied fact would carry its source along";

/// Reads a file.
pub(super) fn parse(text: &str) -> Tree {
    let options = granit_parser::options! {
        disallow_directives: true,
        emit_unresolved_aliases: true,
        emit_anchor_events: true,
        max_buffered_comment_events: 100_000,
        flow_nesting_limit: DEPTH,
        block_nesting_limit: DEPTH,
    };
    let mut builder = Builder { tree: Tree::default(), stack: Vec::new(), documents: 0 };
    for event in Parser::new_from_str_with_options(text, options) {
        match event {
            Ok((event, span)) => builder.event(text, event, span),
            Err(error) => {
                builder.fault(
                    mark(*error.marker()),
                    &format!("the YAML ends here: {}", lower(&error.info())),
                    "mend the YAML: put a text with `: ` or ` #` in quotes, and indent with spaces, not tabs",
                );
                builder.tree.broken = true;
                builder.tree.root = None;
                break;
            }
        }
    }
    builder.tree
}

fn lower(text: &str) -> String {
    text.trim_end_matches('.').to_owned()
}

fn mark(marker: granit_parser::Marker) -> Mark {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Mark { line: number(marker.line()), column: number(marker.col() + 1) }
}

/// A mapping or list that is still open.
enum Open {
    List(Mark, Vec<Node>),
    Map(Mark, Vec<Entry>, Option<(String, Mark)>),
    /// A mapping key that is itself a list or a mapping: read to its end and dropped.
    Dropped,
}

struct Builder {
    tree: Tree,
    stack: Vec<Open>,
    documents: usize,
}

impl Builder {
    fn fault(&mut self, mark: Mark, what: &str, cure: &'static str) {
        self.tree.faults.push(Fault { mark, what: what.to_owned(), cure });
    }

    fn event(&mut self, text: &str, event: Event<'_>, span: Span) {
        let at = mark(span.start);
        if event.tag().is_some() {
            let tag = span.tag_start().map_or(at, mark);
            self.fault(tag, "a YAML tag", "leave it out: the field says what type the value has");
        }
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents == 2 {
                    self.fault(at, "a second YAML document", "keep one document a file");
                }
            }
            Event::Comment(comment, _) => {
                let line = span.byte_range().map_or("", |range| text.get(..range.start).unwrap_or(""));
                let alone = line.rsplit('\n').next().is_none_or(|before| before.trim().is_empty());
                self.tree.comments.push(Comment { mark: at, text: comment.trim_end().to_owned(), alone });
            }
            Event::Anchor(_, name) => self.fault(at, &format!("an anchor, `&{name}`"), ANCHOR),
            Event::Alias(_) => {
                let name = span.slice(text).unwrap_or("*").to_owned();
                self.fault(at, &format!("an alias, `{name}`"), ANCHOR);
                self.alias(at);
            }
            Event::UnresolvedAlias(name) => {
                self.fault(at, &format!("an alias, `*{name}`"), ANCHOR);
                self.alias(at);
            }
            Event::Scalar(value, style, ..) => self.scalar(at, value.into_owned(), style == ScalarStyle::Plain),
            Event::SequenceStart(..) => self.open(Open::List(at, Vec::new()), at),
            Event::MappingStart(..) => self.open(Open::Map(at, Vec::new(), None), at),
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            // Starts and ends of the stream, and what the parser may learn to tell: no values.
            _ => {}
        }
    }

    fn scalar(&mut self, mark: Mark, text: String, plain: bool) {
        if let Some(Open::Map(_, entries, key @ None)) = self.stack.last_mut() {
            let before = entries.iter().find(|entry| entry.key == text).map(|entry| entry.mark);
            *key = Some((text.clone(), mark));
            if text == "<<" {
                self.fault(mark, "a merge key, `<<`", ANCHOR);
            } else if let Some(before) = before {
                let what = format!("the key `{text}` stands twice, first at line {}", before.line);
                self.fault(mark, &what, "keep one of them");
            }
        } else {
            self.value(Node { mark, value: Value::Scalar { text, plain }, comments: Comments::default() });
        }
    }

    fn alias(&mut self, mark: Mark) {
        match self.stack.last_mut() {
            Some(Open::Map(_, _, key @ None)) => *key = Some((String::new(), mark)),
            _ => self.value(Node { mark, value: Value::Alias, comments: Comments::default() }),
        }
    }

    fn open(&mut self, open: Open, mark: Mark) {
        let is_key = matches!(self.stack.last(), Some(Open::Map(_, _, None)));
        if is_key {
            self.fault(mark, "a key that is a list or a mapping", "keys are names of fields");
        }
        let dropped = is_key || matches!(self.stack.last(), Some(Open::Dropped));
        self.stack.push(if dropped { Open::Dropped } else { open });
    }

    fn close(&mut self) {
        let node = |mark, value| Node { mark, value, comments: Comments::default() };
        match self.stack.pop() {
            Some(Open::List(mark, items)) => self.value(node(mark, Value::List(items))),
            Some(Open::Map(mark, entries, _)) => self.value(node(mark, Value::Map(entries))),
            Some(Open::Dropped) => {
                if let Some(Open::Map(at, _, key @ None)) = self.stack.last_mut() {
                    *key = Some((String::new(), *at));
                }
            }
            None => {}
        }
    }

    fn value(&mut self, node: Node) {
        match self.stack.last_mut() {
            Some(Open::List(_, items)) => items.push(node),
            Some(Open::Map(_, entries, key)) => {
                if let Some((key, mark)) = key.take() {
                    // A key that stands twice was reported; its first value is kept.
                    if !key.is_empty() && key != "<<" && entries.iter().all(|entry| entry.key != key) {
                        entries.push(Entry { key, mark, node, comments: Comments::default() });
                    }
                }
            }
            Some(Open::Dropped) => {}
            None => {
                if self.documents < 2 {
                    self.tree.root = Some(node);
                }
            }
        }
    }
}
