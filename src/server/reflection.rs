//! Reflection: the contract's descriptors exactly as protox encoded them, so that comments and custom options survive, less
//! the format of fact files, which no caller sends.

use prost::Message;

use super::Error;
use crate::pb;

/// A `google.protobuf.FileDescriptorSet` whose files stay bytes: decoding them would lose the custom options.
#[derive(Clone, PartialEq, Message)]
struct RawSet {
    #[prost(bytes = "vec", repeated, tag = "1")]
    files: Vec<Vec<u8>>,
}

/// Only the name and the package of a `google.protobuf.FileDescriptorProto`.
#[derive(Clone, PartialEq, Message)]
struct Head {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    package: String,
}

/// The package of fact files.
const PRIVATE_PACKAGE: &str = "dossier.seed.v1";

/// The descriptors that callers may see.
pub(super) fn public_descriptors() -> Result<Vec<u8>, Error> {
    let broken = |error: prost::DecodeError| Error::Descriptors(error.to_string());
    let mut set = RawSet::decode(pb::DESCRIPTORS).map_err(broken)?;
    let mut public = Vec::with_capacity(set.files.len());
    for file in set.files.drain(..) {
        if Head::decode(file.as_slice()).map_err(broken)?.package != PRIVATE_PACKAGE {
            public.push(file);
        }
    }
    Ok(RawSet { files: public }.encode_to_vec())
}

/// A builder of reflection services with everything that is served.
pub(super) fn builder(descriptors: &[u8]) -> tonic_reflection::server::Builder<'_> {
    tonic_reflection::server::Builder::configure()
        .include_reflection_service(false)
        .register_encoded_file_descriptor_set(descriptors)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET)
        // So that explorers can show the details of errors.
        .register_encoded_file_descriptor_set(tonic_types::pb::FILE_DESCRIPTOR_SET)
}

#[cfg(test)]
mod tests {
    use prost_reflect::DescriptorPool;

    use super::*;

    #[test]
    fn the_contract_keeps_comments_and_options_and_hides_fact_files() {
        let pool = DescriptorPool::decode(public_descriptors().unwrap().as_slice()).unwrap();
        assert!(pool.files().all(|file| file.package_name() != PRIVATE_PACKAGE));
        let service = pool.get_service_by_name("dossier.v1.FactService").unwrap();
        let file = service.parent_file().file_descriptor_proto().clone();
        let comments = file.source_code_info.unwrap().location;
        assert!(comments.iter().any(|location| location.leading_comments().contains("grpcurl")));
        let event = pool.get_message_by_name("dossier.v1.Event").unwrap();
        let resource = pool.get_extension_by_name("google.api.resource").unwrap();
        assert!(event.options().has_extension(&resource));
    }
}
