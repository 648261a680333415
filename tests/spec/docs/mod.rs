//! The contract documents itself: every element has a comment, every RPC a request that can be typed, and docs/api.md is
//! written from them.

mod contract;
mod page;
mod table;

use std::{env, fs, path::Path};

use prost_reflect::{DynamicMessage, MethodDescriptor};

use contract::Contract;

/// What a comment of an RPC shows: the call as one types it.
pub(crate) struct Example {
    /// The whole line.
    pub(crate) line: String,
}

/// The documented request of every RPC, in the order of the service.
pub(crate) fn examples() -> Vec<Example> {
    let contract = Contract::load();
    contract
        .service()
        .methods()
        .map(|method| example(&contract, &method).unwrap_or_else(|why| panic!("{why}")))
        .collect()
}

fn example(contract: &Contract, method: &MethodDescriptor) -> Result<Example, String> {
    let name = method.full_name();
    let comment = contract.method_comment(method);
    let line = comment
        .lines()
        .last()
        .filter(|line| line.starts_with("    grpcurl -plaintext "))
        .ok_or(format!("{name}: the comment does not end with a grpcurl line"))?
        .trim();
    let call = format!(" localhost:50051 {}/{}", method.parent_service().full_name(), method.name());
    let arguments = line
        .strip_prefix("grpcurl -plaintext")
        .and_then(|rest| rest.strip_suffix(&call))
        .ok_or(format!("{name}: `{line}` does not end with `{call}`"))?
        .trim();
    let request = match arguments.strip_prefix("-d '").and_then(|rest| rest.strip_suffix('\'')) {
        Some(request) => request,
        None if arguments.is_empty() => "{}",
        None => return Err(format!("{name}: `{arguments}` is more than -d '...'")),
    };
    let mut json = serde_json::Deserializer::from_str(request);
    DynamicMessage::deserialize(method.input(), &mut json).map_err(|why| format!("{name}: {request}: {why}"))?;
    Ok(Example { line: line.to_owned() })
}

#[test]
fn every_element_of_the_contract_has_a_comment() {
    let bare = Contract::load().uncommented();
    assert!(bare.is_empty(), "{} elements without a comment:\n{}", bare.len(), bare.join("\n"));
}

#[test]
fn every_rpc_ends_with_a_request_that_is_one() {
    let contract = Contract::load();
    let wrong: Vec<String> =
        contract.service().methods().filter_map(|method| example(&contract, &method).err()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(examples().len() >= 20);
}

#[test]
fn the_api_page_is_current() {
    let written = page::page(&Contract::load());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/api.md");
    if env::var("DOSSIER_UPDATE").is_ok_and(|value| value == "1") {
        return fs::write(&path, written).unwrap();
    }
    let stands = fs::read_to_string(&path).unwrap_or_default();
    if let Some((number, (is, should))) = stands
        .lines()
        .chain(["(end)"])
        .zip(written.lines().chain(["(end)"]))
        .enumerate()
        .find(|(_, (is, should))| is != should)
    {
        panic!("docs/api.md:{}: is `{is}`, should be `{should}`; `make docs` writes it anew", number + 1);
    }
}
