//! Where each field of a file stands: paths such as `events[2].claims[0].time.edtf` → line and column.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use super::problem::{Mark, Place};

/// The path of a field of the message at a path.
pub(super) fn field(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// The path of an item of the list at a path.
pub(super) fn item(path: &str, index: usize) -> String {
    format!("{path}[{index}]")
}

/// The places of a file.
#[derive(Debug, Clone)]
pub(super) struct Places {
    file: Arc<str>,
    values: HashMap<String, Mark>,
    faulty: HashSet<String>,
}

impl Places {
    pub(super) fn new(file: Arc<str>) -> Places {
        Places { file, values: HashMap::new(), faulty: HashSet::new() }
    }

    /// Notes where a value stands.
    pub(super) fn put(&mut self, path: String, mark: Mark) {
        self.values.insert(path, mark);
    }

    /// Notes that what stands there is already reported, so that nothing that follows from it is.
    pub(super) fn blame(&mut self, path: String) {
        self.faulty.insert(path);
    }

    /// Whether what stands there, or around it, is already reported.
    pub(super) fn faulty(&self, path: &str) -> bool {
        ancestors(path).any(|path| self.faulty.contains(path))
    }

    /// Whether what stands there, around it or inside it is already reported.
    pub(super) fn tainted(&self, path: &str) -> bool {
        let inside = |faulty: &String| {
            faulty.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        self.faulty(path) || self.faulty.iter().any(inside)
    }

    /// Whether the message at a path writes a field.
    pub(super) fn knows(&self, path: &str, name: &str) -> bool {
        self.values.contains_key(&field(path, name))
    }

    /// Whether a field of the message at a path may be missing only because of what is already reported.
    pub(super) fn lacks(&self, path: &str, name: &str) -> bool {
        self.faulty(path) || self.faulty.contains(&field(path, "?")) || self.faulty.contains(&field(path, name))
    }

    /// Where a value stands; where it is missing, the nearest that would hold it.
    pub(super) fn at(&self, path: &str) -> Place {
        self.place(ancestors(path).find_map(|path| self.values.get(path)).copied().unwrap_or(Mark::START))
    }

    /// A place in the file.
    pub(super) fn place(&self, mark: Mark) -> Place {
        Place::text(Arc::clone(&self.file), mark)
    }
}

/// A path and all that holds it, innermost first, down to the empty path.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| {
        if path.is_empty() {
            return None;
        }
        Some(path.rfind(['.', '[']).and_then(|end| path.get(..end)).unwrap_or(""))
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_path_lies_in_its_ancestors() {
        let all: Vec<&str> = super::ancestors("events[2].claims[0].edtf").collect();
        assert_eq!(
            all,
            ["events[2].claims[0].edtf", "events[2].claims[0]", "events[2].claims", "events[2]", "events", ""]
        );
    }
}
