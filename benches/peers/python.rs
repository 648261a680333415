//! A Python service over PostGIS, as most would write it (`service.py`), with the plain and the tuned query.

use std::path::Path;

use super::{
    postgres::Postgres,
    process::{Process, Program, free_port},
};

/// Connections of the driver, and calls at once on each: more only wait for PostgreSQL.
pub(crate) const CONNECTIONS: usize = 8;

/// See [`CONNECTIONS`].
pub(crate) const STREAMS: usize = 4;

/// Starts the service with a query; answers why not.
pub(crate) fn service(folder: &Path, postgres: &Postgres, query: &str) -> Result<Process, String> {
    let python = folder.join("python/bin/python");
    if !folder.join("stamp").exists() {
        return Err("no Python environment: run benches/peers/setup.sh".into());
    }
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers");
    let (port, log) = (free_port(), folder.join("python.log"));
    let messages = format!("PYTHONPATH={}", folder.join("messages").display());
    let (number, other) = (port.to_string(), postgres.process.port.to_string());
    let (program, script) = (python.display().to_string(), here.join("service.py").display().to_string());
    let query = here.join(query).display().to_string();
    let args = [&messages, &program, &script, &number, &other, &query].map(String::as_str);
    Program { path: Path::new("env"), user: None, log: &log }.start(port, &args)
}
