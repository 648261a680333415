//! What the metrics page says, in the format of OpenMetrics: how calls go, which facts are served, what came of loads, and what the
//! process takes. Everything is read when the page is asked for; a call only adds to counters.

use std::{
    fmt, fs,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet, text::encode},
    metrics::MetricType,
    registry::{Registry, Unit},
};

use super::{health::Health, metrics::Metrics, rpcs::Rpcs, secrets::Secrets, tls::Tls};
use crate::{
    pb::ReloadOutcome,
    store::{LastLoad, Summary},
};

/// The facts that are served now, and what came of the last load.
pub(crate) type Now = Box<dyn Fn() -> (Summary, LastLoad) + Send + Sync>;

/// Everything that the page tells of.
pub(super) struct Exposition {
    pub(super) rpcs: Arc<Rpcs>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) health: Health,
    pub(super) now: Now,
    pub(super) started: SystemTime,
    pub(super) secrets: Arc<Secrets>,
    pub(super) tls: Option<Arc<Tls>>,
    pub(super) most_calls: usize,
    pub(super) most_connections: usize,
}

impl fmt::Debug for Exposition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exposition").finish_non_exhaustive()
    }
}

/// The page, anew each time.
pub(super) fn page(of: &Arc<Exposition>) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix("dossier");
    registry.register_collector(Box::new(Arc::clone(of)));
    let mut page = String::new();
    encode(&mut page, &registry)?;
    Ok(page)
}

impl Collector for Exposition {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut to = Families(&mut encoder);
        self.calls(&mut to)?;
        self.facts(&mut to)?;
        self.secrets(&mut to)?;
        self.process(&mut to)
    }
}

impl Exposition {
    fn calls(&self, to: &mut Families<'_, '_>) -> fmt::Result {
        let rpcs: Vec<_> = self.metrics.rows().map(|(row, counts)| (self.rpcs.name(row), counts)).collect();
        let mut handled = to.family("calls", "Calls that ended, by their status", None, MetricType::Counter)?;
        for (rpc, counts) in &rpcs {
            for (code, count) in counts.codes() {
                handled
                    .encode_family(&[("rpc", *rpc), ("code", code)])?
                    .encode_counter::<NoLabelSet, _, f64>(&count, None)?;
            }
        }
        let help = "From the head of a request to the end of its answer";
        let mut took = to.family("call_duration", help, Some(&Unit::Seconds), MetricType::Histogram)?;
        for (rpc, counts) in &rpcs {
            let (sum, count, buckets) = counts.durations();
            took.encode_family(&[("rpc", *rpc)])?.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)?;
        }
        for (at, (name, help)) in
            [("received", "Bytes of requests"), ("sent", "Bytes of answers")].into_iter().enumerate()
        {
            let mut bytes = to.family(name, help, Some(&Unit::Bytes), MetricType::Counter)?;
            for (rpc, counts) in &rpcs {
                bytes
                    .encode_family(&[("rpc", *rpc)])?
                    .encode_counter::<NoLabelSet, _, f64>(&counts.bytes()[at], None)?;
            }
        }
        let mut refused =
            to.family("calls_refused", "Calls that were sent away for want of room", None, MetricType::Counter)?;
        for (reason, count) in self.metrics.shed_by_reason() {
            refused.encode_family(&[("reason", reason)])?.encode_counter::<NoLabelSet, _, f64>(&count, None)?;
        }
        let (sum, count, buckets) = self.metrics.waits();
        let help = "From the head of a request for facts until it began";
        to.family("queue_wait", help, Some(&Unit::Seconds), MetricType::Histogram)?
            .encode_histogram::<NoLabelSet>(sum, count, &buckets, None)?;
        to.gauge("calls_in_flight", "Calls for facts that are in flight", None, self.metrics.in_flight() as u64)?;
        to.gauge("calls_limit", "Calls for facts that may be in flight", None, self.most_calls as u64)?;
        to.gauge("connections", "Connections that are open", None, self.metrics.connections() as u64)?;
        to.gauge("connections_limit", "Connections that may be open", None, self.most_connections as u64)?;
        to.counter("connections_accepted", "Connections that were accepted", self.metrics.accepted())?;
        let mut refused =
            to.family("connections_refused", "Connections that were not served", None, MetricType::Counter)?;
        for (reason, count) in self.metrics.refused_by_reason() {
            refused.encode_family(&[("reason", reason)])?.encode_counter::<NoLabelSet, _, f64>(&count, None)?;
        }
        Ok(())
    }

    fn facts(&self, to: &mut Families<'_, '_>) -> fmt::Result {
        let (Summary { dataset, load_time, sizes }, last) = (self.now)();
        to.gauge("ready", "1 if health answers SERVING", None, u64::from(self.health.is_serving()))?;
        let mut revision = to.family("revision", "The revision that is served", None, MetricType::Info)?;
        revision.encode_info(&[("revision", dataset.revision.as_str())])?;
        let mut build = to.family("build", "The program", None, MetricType::Info)?;
        build.encode_info(&[("version", env!("CARGO_PKG_VERSION")), ("commit", env!("DOSSIER_COMMIT"))])?;
        let mut resources = to.family("resources", "What is served, by sort", None, MetricType::Gauge)?;
        for (sort, count) in [
            ("events", dataset.event_count),
            ("event_versions", dataset.event_version_count),
            ("claims", dataset.claim_count),
            ("places", dataset.place_count),
            ("actors", dataset.actor_count),
            ("camps", dataset.camp_count),
            ("sources", dataset.source_count),
        ] {
            resources.encode_family(&[("sort", sort)])?.encode_gauge(&u64::from(count))?;
        }
        let help = "What the served revision takes, in memory or mapped";
        let mut parts = to.family("image", help, Some(&Unit::Bytes), MetricType::Gauge)?;
        for (part, bytes) in [("events", sizes.events), ("indexes", sizes.indexes), ("other", sizes.other)] {
            parts.encode_family(&[("part", part)])?.encode_gauge(&bytes)?;
        }
        to.gauge("loaded_timestamp", "When the served revision was loaded", Some(&Unit::Seconds), seconds(load_time))?;
        to.gauge("reload_timestamp", "When a load was last tried", Some(&Unit::Seconds), seconds(last.time))?;
        let refused = u64::from(last.outcome == ReloadOutcome::Refused);
        to.gauge(
            "reload_refused",
            "1 if the last load was refused: what is served is older than the data",
            None,
            refused,
        )?;
        let mut loads = to.family("reloads", "Loads while serving, by what came of them", None, MetricType::Counter)?;
        for (outcome, count) in
            [("loaded", last.counts.loaded), ("unchanged", last.counts.unchanged), ("refused", last.counts.refused)]
        {
            loads.encode_family(&[("outcome", outcome)])?.encode_counter::<NoLabelSet, _, f64>(&count, None)?;
        }
        Ok(())
    }

    fn secrets(&self, to: &mut Families<'_, '_>) -> fmt::Result {
        let help = "Certificates, keys and lists of callers that changed, by what came of loading them";
        let mut loads = to.family("secret_reloads", help, None, MetricType::Counter)?;
        for (outcome, count) in ["loaded", "refused"].into_iter().zip(self.secrets.counts()) {
            loads.encode_family(&[("outcome", outcome)])?.encode_counter::<NoLabelSet, _, f64>(&count, None)?;
        }
        let help = "When the server's certificate ends, if it has one";
        let mut ends = to.family("certificate_expiry_timestamp", help, Some(&Unit::Seconds), MetricType::Gauge)?;
        match &self.tls {
            Some(tls) => ends.encode_gauge(&tls.ends()),
            None => Ok(()),
        }
    }

    /// What Linux tells of the process; nothing where it does not.
    fn process(&self, to: &mut Families<'_, '_>) -> fmt::Result {
        to.gauge("start_timestamp", "When the server started", Some(&Unit::Seconds), seconds(self.started))?;
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse::<u64>().ok()
        };
        if let Some(kib) = field("VmRSS:") {
            to.gauge("resident", "Memory in use, what is mapped and resident included", Some(&Unit::Bytes), kib << 10)?;
        }
        if let Some(kib) = field("RssAnon:") {
            to.gauge("resident_anonymous", "Memory in use that no file backs", Some(&Unit::Bytes), kib << 10)?;
        }
        if let Ok(descriptors) = fs::read_dir("/proc/self/fd") {
            to.gauge("descriptors", "File descriptors that are open", None, descriptors.count() as u64)?;
        }
        Ok(())
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// Writes families of metrics.
struct Families<'f, 'e>(&'f mut DescriptorEncoder<'e>);

impl Families<'_, '_> {
    fn family<'s>(
        &'s mut self,
        name: &'s str,
        help: &str,
        unit: Option<&'s Unit>,
        kind: MetricType,
    ) -> Result<MetricEncoder<'s>, fmt::Error> {
        self.0.encode_descriptor(name, help, unit, kind)
    }

    fn gauge(&mut self, name: &str, help: &str, unit: Option<&Unit>, value: u64) -> fmt::Result {
        self.family(name, help, unit, MetricType::Gauge)?.encode_gauge(&value)
    }

    fn counter(&mut self, name: &str, help: &str, value: u64) -> fmt::Result {
        self.family(name, help, None, MetricType::Counter)?.encode_counter::<NoLabelSet, _, f64>(&value, None)
    }
}
