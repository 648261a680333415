//! grpcurl lists, describes with comments, and runs each documented request.

use std::process::Command;

use dossier::pb;
use prost_reflect::DescriptorPool;
use serde_json::Value;

use crate::{
    docs,
    support::{Ended, Server},
    tools::{run, shell, tool},
};

fn grpcurl(server: &Server, before: &[&str], after: &[&str]) -> Option<Ended> {
    let grpcurl = tool("grpcurl")?;
    Some(run(Command::new(grpcurl).arg("-plaintext").args(before).arg(&server.address).args(after)))
}

#[test]
fn list_names_the_services() {
    let server = Server::start(&["seeds"]);
    let Some(ran) = grpcurl(&server, &[], &["list"]) else { return };
    assert!(ran.ok(), "{}", ran.err);
    let services: Vec<&str> = ran.out.lines().collect();
    for service in ["dossier.v1.FactService", "grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"] {
        assert!(services.contains(&service), "{service} in {services:?}");
    }
    let methods = grpcurl(&server, &[], &["list", "dossier.v1.FactService"]).unwrap();
    assert_eq!(methods.out.lines().count(), docs::examples().len(), "{}", methods.out);
}

#[test]
fn describe_shows_what_the_comments_say() {
    let server = Server::start(&["seeds"]);
    let pool = DescriptorPool::decode(pb::DESCRIPTORS).unwrap();
    let service = pool.get_service_by_name("dossier.v1.FactService").unwrap();
    let Some(ran) = grpcurl(&server, &[], &["describe", service.full_name()]) else { return };
    for method in service.methods() {
        assert!(ran.out.contains(&format!("rpc {} ", method.name())), "{}", method.name());
    }
    assert!(ran.out.contains("// Answers one event with all its claims."), "{}", ran.out);
    // Every message, its own comment first: reflection serves the source's comments, not the stripped descriptors.
    let ours = pool.all_messages().filter(|message| message.package_name() == "dossier.v1");
    let names: Vec<String> = ours.map(|message| message.full_name().to_owned()).collect();
    assert!(names.len() > 50);
    for name in names {
        let ran = grpcurl(&server, &[], &["describe", &name]).unwrap();
        assert!(
            ran.ok() && ran.out.starts_with(&format!("{name} is a message:\n//")),
            "{name}: {}{}",
            ran.out,
            ran.err
        );
    }
}

#[test]
fn every_documented_request_runs_and_answers_something() {
    let server = Server::start(&["seeds"]);
    if tool("grpcurl").is_none() {
        return;
    }
    let mut wrong = Vec::new();
    for example in docs::examples() {
        // A watch ends when its caller has enough.
        let watches = example.line.ends_with("/WatchEvents");
        let line =
            if watches { example.line.replacen("grpcurl ", "grpcurl -max-time 1 ", 1) } else { example.line.clone() };
        let ran = shell(&line, &server);
        let verdict = if watches {
            let opens = ran.out.contains("\"revision\"") && ran.err.contains("Code: DeadlineExceeded");
            opens.then_some(()).ok_or("it does not tell the revision and go on")
        } else if ran.ok() {
            full(&ran.out)
        } else {
            Err("it failed")
        };
        if let Err(why) = verdict {
            wrong.push(format!("{}: {why}\n{}{}", example.line, ran.out, ran.err));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// An answer says something if its first list is not empty; one without lists, if it has fields.
fn full(out: &str) -> Result<(), &'static str> {
    let answer: Value = serde_json::from_str(out).map_err(|_| "the answer is no JSON")?;
    let fields = answer.as_object().ok_or("the answer is no object")?;
    let says = fields.iter().any(|(key, value)| match value {
        Value::Array(list) => !list.is_empty(),
        Value::Object(object) => !object.is_empty(),
        _ => key != "revision",
    });
    if says { Ok(()) } else { Err("the answer is empty") }
}

#[test]
fn an_error_carries_its_details() {
    let server = Server::start(&["seeds"]);
    let request = r#"{"name": "camps/kidall"}"#;
    let Some(ran) = grpcurl(&server, &["-d", request], &["dossier.v1.FactService/GetCamp"]) else { return };
    assert!(!ran.ok());
    assert!(ran.err.contains("Code: NotFound"), "{}", ran.err);
    assert!(ran.err.contains("camps/kidal"), "the near names: {}", ran.err);
}
