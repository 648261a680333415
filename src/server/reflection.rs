//! Reflection, v1 and v1alpha: the contract's descriptors exactly as protox encoded them, so that comments and custom options
//! survive, less the format of fact files, which no caller sends.
//!
//! Not tonic-reflection's own service (only its messages): what it cannot read it takes for the end of the questions, it
//! fails the whole call where the protocol wants an `error_response`, and it knows no extensions. Both versions have the same
//! bytes on the wire, so one service answers for both.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use http::{Request, Response};
use prost::Message;
use prost_reflect::{DescriptorPool, FileDescriptor};
use tokio_stream::StreamExt as _;
use tonic::{Code, body::Body};
use tonic_reflection::pb::v1::{
    ErrorResponse, ExtensionNumberResponse, FileDescriptorResponse, ListServiceResponse, ServerReflectionRequest,
    ServerReflectionResponse, ServiceResponse, server_reflection_request::MessageRequest as Question,
    server_reflection_response::MessageResponse as Answer,
};

use super::Error;
use crate::{api, api::wire, pb};

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

/// The longest question, in bytes: it holds little but a name, and its answer repeats it.
const LONGEST: usize = 4 << 10;

/// The package of fact files.
const PRIVATE_PACKAGE: &str = "dossier.seed.v1";

/// The package of what operators call.
const OPERATORS_PACKAGE: &str = "dossier.admin.v1";

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    /// Callers, who see all that is served to them.
    Callers,
    /// Operators, on their own port.
    Operators,
}

impl For {
    /// Whether a service is served there.
    fn serves(self, service: &str) -> bool {
        self == For::Callers || service.starts_with(OPERATORS_PACKAGE) || service.starts_with("grpc.reflection.")
    }
}

/// The files that they may see, each name once: the contract, what it is built from, and what is served beside it.
fn public_files(of: For) -> Result<Vec<(String, Vec<u8>)>, Error> {
    let hidden = |package: &str| package == PRIVATE_PACKAGE || of == For::Callers && package == OPERATORS_PACKAGE;
    let broken = |error: prost::DecodeError| Error::Descriptors(error.to_string());
    let mut names = BTreeSet::new();
    let mut public = Vec::new();
    for set in [
        pb::DESCRIPTORS,
        tonic_health::pb::FILE_DESCRIPTOR_SET,
        tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
        tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET,
        // So that explorers can show the details of errors.
        tonic_types::pb::FILE_DESCRIPTOR_SET,
    ] {
        for file in RawSet::decode(set).map_err(broken)?.files {
            let Head { name, package } = Head::decode(file.as_slice()).map_err(broken)?;
            if !hidden(&package) && names.insert(name.clone()) {
                public.push((name, file));
            }
        }
    }
    Ok(public)
}

/// The service.
#[derive(Debug, Clone)]
pub(super) struct Reflection {
    known: Arc<Known>,
}

/// What can be asked for.
#[derive(Debug)]
struct Known {
    pool: DescriptorPool,
    /// Encoded files by name.
    files: HashMap<String, Vec<u8>>,
    /// The files that declare what has these full names.
    symbols: HashMap<String, FileDescriptor>,
    /// The services that are listed.
    services: Vec<String>,
}

impl Reflection {
    /// Over all that is served.
    pub(super) fn new(of: For) -> Result<Reflection, Error> {
        let (names, files): (Vec<_>, Vec<_>) = public_files(of)?.into_iter().unzip();
        let set = RawSet { files: files.clone() }.encode_to_vec();
        let pool = DescriptorPool::decode(set.as_slice()).map_err(|error| Error::Descriptors(format!("{error:#}")))?;
        let files = names.into_iter().zip(files).collect();
        let services = pool.services().map(|service| service.full_name().to_owned());
        let services = services.filter(|service| of.serves(service)).collect();
        Ok(Reflection { known: Arc::new(Known { symbols: symbols(&pool), pool, files, services }) })
    }

    /// Answers `ServerReflectionInfo` of either version: each question when it comes.
    pub(super) fn answer(self, request: Request<Body>) -> Response<Body> {
        let questions = wire::Messages::of(request, LONGEST);
        wire::stream(questions.map(move |question| {
            let question = question.and_then(|question| wire::decode(&question, "ServerReflectionRequest"));
            question.and_then(|question| self.known.answer(question)).map_err(api::error::Error::into_status)
        }))
    }
}

impl Known {
    fn answer(&self, asked: ServerReflectionRequest) -> Result<ServerReflectionResponse, api::error::Error> {
        let Some(question) = &asked.message_request else {
            let cure = "is needed: list_services, file_by_filename, file_containing_symbol, file_containing_extension or \
                        all_extension_numbers_of_type";
            return Err(api::error::Error::field("message_request", cure));
        };
        let answer = self.look(question).unwrap_or_else(|what| {
            Answer::ErrorResponse(ErrorResponse {
                error_code: Code::NotFound.into(),
                error_message: format!("no such {what} here; list_services names what is served"),
            })
        });
        Ok(ServerReflectionResponse {
            valid_host: asked.host.clone(),
            original_request: Some(asked),
            message_response: Some(answer),
        })
    }

    /// The answer to a question, or what there is none of.
    fn look(&self, question: &Question) -> Result<Answer, &'static str> {
        match question {
            Question::ListServices(_) => {
                let service = |service: &String| ServiceResponse { name: service.clone() };
                Ok(Answer::ListServicesResponse(ListServiceResponse {
                    service: self.services.iter().map(service).collect(),
                }))
            }
            Question::FileByFilename(name) => self.file(name).ok_or("file"),
            Question::FileContainingSymbol(name) => {
                self.symbols.get(name).and_then(|file| self.file(file.name())).ok_or("symbol")
            }
            Question::FileContainingExtension(of) => {
                let message = self.pool.get_message_by_name(&of.containing_type).ok_or("message")?;
                let number = u32::try_from(of.extension_number).map_err(|_| "extension")?;
                let extension = message.get_extension(number).ok_or("extension")?;
                self.file(extension.parent_file().name()).ok_or("file")
            }
            Question::AllExtensionNumbersOfType(name) => {
                let message = self.pool.get_message_by_name(name).ok_or("message")?;
                Ok(Answer::AllExtensionNumbersResponse(ExtensionNumberResponse {
                    base_type_name: name.clone(),
                    // Field numbers have 29 bits.
                    extension_number: message.extensions().map(|extension| extension.number() as i32).collect(),
                }))
            }
        }
    }

    fn file(&self, name: &str) -> Option<Answer> {
        let file = self.files.get(name)?;
        Some(Answer::FileDescriptorResponse(FileDescriptorResponse { file_descriptor_proto: vec![file.clone()] }))
    }
}

/// All that has a full name, and the file that declares it.
fn symbols(pool: &DescriptorPool) -> HashMap<String, FileDescriptor> {
    let mut symbols = HashMap::new();
    let mut add = |name: &str, file: &FileDescriptor| drop(symbols.insert(name.to_owned(), file.clone()));
    for message in pool.all_messages() {
        let file = message.parent_file();
        add(message.full_name(), &file);
        message.fields().for_each(|field| add(field.full_name(), &file));
        message.oneofs().for_each(|oneof| add(oneof.full_name(), &file));
    }
    for declared in pool.all_enums() {
        let file = declared.parent_file();
        add(declared.full_name(), &file);
        declared.values().for_each(|value| add(value.full_name(), &file));
    }
    for service in pool.services() {
        let file = service.parent_file();
        add(service.full_name(), &file);
        service.methods().for_each(|method| add(method.full_name(), &file));
    }
    for extension in pool.all_extensions() {
        add(extension.full_name(), &extension.parent_file());
    }
    symbols
}

#[cfg(test)]
mod tests {
    use tonic_reflection::pb::v1::ExtensionRequest;

    use super::*;

    fn known() -> Known {
        Arc::into_inner(Reflection::new(For::Callers).unwrap().known).unwrap()
    }

    /// The file in an answer.
    fn file(answer: Result<Answer, &str>) -> Vec<u8> {
        match answer.unwrap() {
            Answer::FileDescriptorResponse(files) => files.file_descriptor_proto.into_iter().next().unwrap(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_contract_keeps_comments_and_options_and_hides_fact_files() {
        let pool = known().pool;
        assert!(
            pool.files().all(|file| file.package_name() != PRIVATE_PACKAGE && file.package_name() != OPERATORS_PACKAGE)
        );
        let service = pool.get_service_by_name("dossier.v1.FactService").unwrap();
        let file = service.parent_file().file_descriptor_proto().clone();
        let comments = file.source_code_info.unwrap().location;
        assert!(comments.iter().any(|location| location.leading_comments().contains("grpcurl")));
        let event = pool.get_message_by_name("dossier.v1.Event").unwrap();
        let resource = pool.get_extension_by_name("google.api.resource").unwrap();
        assert!(event.options().has_extension(&resource));
    }

    #[test]
    fn files_are_found_by_all_that_they_declare_and_are_served_as_they_were_encoded() {
        let known = known();
        let by_name = |name: &str| file(known.look(&Question::FileByFilename(name.to_owned())));
        let contract = RawSet::decode(pb::DESCRIPTORS).unwrap().files;
        for (symbol, name) in [
            ("dossier.v1.FactService", "dossier/v1/fact_service.proto"),
            ("dossier.v1.FactService.GetEvent", "dossier/v1/fact_service.proto"),
            ("dossier.v1.Event", "dossier/v1/event.proto"),
            ("dossier.v1.Event.title", "dossier/v1/event.proto"),
            ("google.api.resource", "google/api/resource.proto"),
            ("grpc.health.v1.HealthCheckResponse.ServingStatus", "health.proto"),
        ] {
            let found = file(known.look(&Question::FileContainingSymbol(symbol.to_owned())));
            assert!(found == by_name(name), "{symbol}");
            assert!(!name.starts_with("dossier") || contract.contains(&found), "{name}");
        }
        for symbol in
            ["dossier.v1", "dossier.v1.Nothing", "dossier.seed.v1.FactFile", "dossier.admin.v1.AdminService", ""]
        {
            assert_eq!(known.look(&Question::FileContainingSymbol(symbol.to_owned())), Err("symbol"), "{symbol}");
        }
        assert_eq!(known.look(&Question::FileByFilename("dossier/v1/nothing.proto".to_owned())), Err("file"));
    }

    #[test]
    fn custom_options_are_found_as_extensions() {
        let known = known();
        let options = "google.protobuf.MessageOptions";
        let Ok(Answer::AllExtensionNumbersResponse(numbers)) =
            known.look(&Question::AllExtensionNumbersOfType(options.to_owned()))
        else {
            panic!("no numbers")
        };
        // `google.api.resource`.
        assert_eq!((numbers.base_type_name.as_str(), &numbers.extension_number[..]), (options, &[1053][..]));
        let ask = |number| {
            known.look(&Question::FileContainingExtension(ExtensionRequest {
                containing_type: options.to_owned(),
                extension_number: number,
            }))
        };
        assert!(file(ask(1053)) == known.files["google/api/resource.proto"]);
        assert_eq!((ask(1), ask(-1)), (Err("extension"), Err("extension")));
    }
}
