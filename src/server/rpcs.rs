//! The methods that are served, from the descriptors: the only labels that metrics may have, so that no caller can make more.

use std::collections::BTreeSet;

use prost::Message as _;
use prost_types::FileDescriptorSet;

use super::Error;
use crate::pb;

/// A method of a service.
#[derive(Debug)]
pub(crate) struct Rpc {
    /// `package.Service/Method`.
    pub(super) name: String,
    /// What it is for.
    pub(super) purpose: Purpose,
    /// Whether it answers with a stream, which may stay open for as long as the caller likes.
    pub(super) streams: bool,
}

/// What a method is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Facts: limited, logged, waited for at shutdown.
    Facts,
    /// Watches of facts: limited apart, since they last; logged, and told when the server stops rather than waited for.
    Watch,
    /// Probes: let in beside all else, logged quietly, not waited for.
    Health,
    /// What this server has: let in beside all else, logged quietly, not waited for.
    Reflection,
}

/// The method whose answers last.
const WATCH: &str = "dossier.v1.FactService/WatchEvents";

/// What is not served to callers.
const ADMIN: &str = "dossier.admin.v1";

/// All methods that are served.
#[derive(Debug)]
pub(crate) struct Rpcs {
    rpcs: Vec<Rpc>,
    /// Numbers of methods by the lengths of their names: few share one, so that a call is known by a comparison or two. Each
    /// is looked up several times on its way.
    by_length: Vec<Vec<usize>>,
}

impl Rpcs {
    /// The methods of the contract, of health and of reflection.
    pub(super) fn new() -> Result<Rpcs, Error> {
        let mut rpcs = Vec::new();
        let sets = [
            (pb::DESCRIPTORS, Purpose::Facts),
            (tonic_health::pb::FILE_DESCRIPTOR_SET, Purpose::Health),
            (tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET, Purpose::Reflection),
            (tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET, Purpose::Reflection),
        ];
        for (bytes, purpose) in sets {
            let set = FileDescriptorSet::decode(bytes).map_err(|error| Error::Descriptors(error.to_string()))?;
            // Operators have a port of their own.
            for file in set.file.iter().filter(|file| file.package() != ADMIN) {
                for service in &file.service {
                    for method in &service.method {
                        let name = format!("{}.{}/{}", file.package(), service.name(), method.name());
                        let purpose = if name == WATCH { Purpose::Watch } else { purpose };
                        rpcs.push(Rpc { name, purpose, streams: method.server_streaming() });
                    }
                }
            }
        }
        let mut by_length = vec![];
        for (row, rpc) in rpcs.iter().enumerate() {
            let length = rpc.name.len();
            by_length.resize(by_length.len().max(length + 1), vec![]);
            by_length[length].push(row);
        }
        Ok(Rpcs { rpcs, by_length })
    }

    /// The number of the method at a path, below [`Rpcs::len`].
    pub(super) fn row(&self, path: &str) -> Option<usize> {
        let name = path.strip_prefix('/')?;
        let same_length = self.by_length.get(name.len())?;
        same_length.iter().copied().find(|row| self.get(*row).is_some_and(|rpc| rpc.name == name))
    }

    /// The method at a path.
    pub(super) fn at(&self, path: &str) -> Option<&Rpc> {
        self.rpcs.get(self.row(path)?)
    }

    /// The method of a number.
    pub(super) fn get(&self, row: usize) -> Option<&Rpc> {
        self.rpcs.get(row)
    }

    /// The name of a method by its number; of the number that is none that of all unknown ones.
    pub(super) fn name(&self, row: usize) -> &str {
        self.get(row).map_or("unknown", |rpc| rpc.name.as_str())
    }

    /// The services that the methods are of.
    pub(super) fn services(&self) -> BTreeSet<String> {
        self.rpcs.iter().filter_map(|rpc| rpc.name.split('/').next()).map(str::to_owned).collect()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.rpcs.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_methods_are_those_of_the_contract_and_of_operation() {
        let rpcs = Rpcs::new().unwrap();
        let facts = rpcs.at("/dossier.v1.FactService/GetDataset").unwrap();
        assert_eq!((facts.purpose, facts.streams), (Purpose::Facts, false));
        for (path, of) in [
            ("/dossier.v1.FactService/ExportEvents", (Purpose::Facts, true)),
            ("/dossier.v1.FactService/WatchEvents", (Purpose::Watch, true)),
            ("/grpc.health.v1.Health/Check", (Purpose::Health, false)),
            ("/grpc.health.v1.Health/Watch", (Purpose::Health, true)),
            ("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", (Purpose::Reflection, true)),
            ("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", (Purpose::Reflection, true)),
        ] {
            assert_eq!(rpcs.at(path).map(|rpc| (rpc.purpose, rpc.streams)), Some(of), "{path}");
        }
        assert!(rpcs.at("/dossier.v1.FactService/GetDataset/").is_none());
        assert!(rpcs.at("/").is_none());
    }
}
