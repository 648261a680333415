//! The descriptors with their comments.

use std::collections::BTreeMap;

use dossier::pb;
use prost_reflect::{
    DescriptorPool, EnumDescriptor, FileDescriptor, MessageDescriptor, MethodDescriptor, ServiceDescriptor,
};

/// The compiled contract.
pub(super) struct Contract {
    pub(super) pool: DescriptorPool,
    /// By file and path within it, as `SourceCodeInfo` counts: leading comments without their marks.
    comments: BTreeMap<(String, Vec<i32>), String>,
}

// Field numbers of descriptor.proto that make up the paths.
const SYNTAX: i32 = 12;
const VALUE: i32 = 2;
const ONEOF: i32 = 8;

impl Contract {
    pub(super) fn load() -> Self {
        let pool = DescriptorPool::decode(pb::DESCRIPTORS).unwrap();
        let mut comments = BTreeMap::new();
        for file in pool.files() {
            let locations = file.file_descriptor_proto().source_code_info.iter().flat_map(|info| &info.location);
            for location in locations {
                let lines = location.leading_comments().lines();
                let text: Vec<&str> = lines.map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end()).collect();
                let text = text.join("\n").trim_end().to_owned();
                if !text.is_empty() {
                    comments.insert((file.name().to_owned(), location.path.clone()), text);
                }
            }
        }
        Self { pool, comments }
    }

    pub(super) fn service(&self) -> ServiceDescriptor {
        self.pool.get_service_by_name("dossier.v1.FactService").unwrap()
    }

    /// Our own files: the service's first, then by name.
    pub(super) fn files(&self) -> Vec<FileDescriptor> {
        let mut files: Vec<_> = self.pool.files().filter(|file| file.package_name().starts_with("dossier.")).collect();
        files.sort_by_key(|file| {
            (file.services().len() == 0, file.package_name() != "dossier.v1", file.name().to_owned())
        });
        files
    }

    pub(super) fn comment(&self, file: &FileDescriptor, path: &[i32]) -> &str {
        self.comments.get(&(file.name().to_owned(), path.to_vec())).map_or("", String::as_str)
    }

    pub(super) fn file_comment(&self, file: &FileDescriptor) -> &str {
        self.comment(file, &[SYNTAX])
    }

    pub(super) fn method_comment(&self, method: &MethodDescriptor) -> &str {
        self.comment(&method.parent_file(), method.path())
    }

    pub(super) fn value_comment(&self, of: &EnumDescriptor, index: usize) -> &str {
        let path = [of.path(), &[VALUE, i32::try_from(index).unwrap()]].concat();
        self.comment(&of.parent_file(), &path)
    }

    /// The full names of all elements of our packages that nothing is said about.
    pub(super) fn uncommented(&self) -> Vec<String> {
        let mut bare = Vec::new();
        let mut check = |file: &FileDescriptor, path: &[i32], name: &str| {
            if self.comment(file, path).is_empty() {
                bare.push(format!("{}: {name}", file.name()));
            }
        };
        for file in self.files() {
            check(&file, &[SYNTAX], "the file itself");
            for service in file.services() {
                check(&file, service.path(), service.full_name());
                service.methods().for_each(|method| check(&file, method.path(), method.full_name()));
            }
            for extension in file.extensions() {
                check(&file, extension.path(), extension.full_name());
            }
            for message in messages(&file) {
                check(&file, message.path(), message.full_name());
                message.fields().for_each(|field| check(&file, field.path(), field.full_name()));
                for (index, oneof) in message.oneofs().enumerate().filter(|(_, oneof)| !oneof.is_synthetic()) {
                    let path = [message.path(), &[ONEOF, i32::try_from(index).unwrap()]].concat();
                    check(&file, &path, oneof.full_name());
                }
            }
            for of in enums(&file) {
                check(&file, of.path(), of.full_name());
                for (index, value) in of.values().enumerate() {
                    check(&file, &[of.path(), &[VALUE, i32::try_from(index).unwrap()]].concat(), value.full_name());
                }
            }
        }
        bare
    }
}

/// The messages of a file, nested ones after the one that holds them.
pub(super) fn messages(file: &FileDescriptor) -> Vec<MessageDescriptor> {
    let with_children = |message: MessageDescriptor| {
        let children: Vec<_> = message.child_messages().filter(|child| !child.is_map_entry()).collect();
        std::iter::once(message).chain(children)
    };
    file.messages().flat_map(with_children).collect()
}

/// The enums of a file, those inside messages included.
pub(super) fn enums(file: &FileDescriptor) -> Vec<EnumDescriptor> {
    file.enums()
        .chain(messages(file).into_iter().flat_map(|message| message.child_enums().collect::<Vec<_>>()))
        .collect()
}
