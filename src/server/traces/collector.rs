//! The collector of traces, over OTLP.

use std::time::{Duration, SystemTime};

use opentelemetry::{
    Context, KeyValue,
    trace::{
        Span as _, SpanContext, SpanId, SpanKind, Status, TraceContextExt as _, TraceFlags, TraceId, TraceState,
        Tracer as _, TracerProvider as _,
    },
};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::{
    Resource,
    trace::{Sampler, SdkTracer, SdkTracerProvider},
};
use tokio::{sync::oneshot, time::timeout};
use tonic::Code;

use super::{Ended, Parent};
use crate::server::status;

/// How long the server waits for the collector when it ends.
const PATIENCE: Duration = Duration::from_secs(3);

/// A collector. Spans are sent in batches by a thread of their own; what it cannot take is dropped, and calls never wait.
#[derive(Debug)]
pub(super) struct Collector {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

impl Collector {
    pub(super) fn at(endpoint: &str) -> Result<Collector, String> {
        if !endpoint.starts_with("http://") {
            return Err(format!(
                "{endpoint:?}: a collector is an address such as http://127.0.0.1:4317, best beside the server"
            ));
        }
        let exporter = SpanExporter::builder().with_tonic().with_endpoint(endpoint).with_timeout(PATIENCE).build();
        let exporter = exporter.map_err(|error| format!("{endpoint:?} is no collector: {error}"))?;
        let resource = Resource::builder()
            .with_service_name("dossier")
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_sampler(Sampler::AlwaysOn)
            .with_resource(resource)
            .build();
        let tracer = provider.tracer("dossier");
        Ok(Collector { provider, tracer })
    }

    /// A call as the conventions of OpenTelemetry name what is known of it.
    pub(super) fn tell(&self, parent: Option<Parent>, call: &Ended<'_>) {
        #[expect(clippy::disallowed_methods, reason = "told to the collector, and decides nothing")]
        let end = SystemTime::now();
        let begin = end.checked_sub(call.took).unwrap_or(end);
        let context = parent.map_or_else(Context::new, |Parent { trace, span, is_sampled }| {
            let flags = TraceFlags::default().with_sampled(is_sampled);
            let (trace, span) = (TraceId::from_bytes(trace.to_be_bytes()), SpanId::from_bytes(span.to_be_bytes()));
            Context::new().with_remote_span_context(SpanContext::new(trace, span, flags, true, TraceState::default()))
        });
        let (service, method) = call.name.split_once('/').unwrap_or(("", call.name));
        let mut attributes = vec![
            KeyValue::new("rpc.system", "grpc"),
            KeyValue::new("rpc.service", service.to_owned()),
            KeyValue::new("rpc.method", method.to_owned()),
            KeyValue::new("rpc.grpc.status_code", i64::from(i32::from(call.code))),
            KeyValue::new("dossier.request_id", call.id.to_owned()),
            KeyValue::new("dossier.rows", call.rows as i64),
            KeyValue::new("dossier.sent", call.sent as i64),
        ];
        attributes.extend(call.principal.map(|name| KeyValue::new("enduser.id", name.to_owned())));
        let builder = self.tracer.span_builder(call.name.to_owned());
        let builder = builder.with_kind(SpanKind::Server).with_start_time(begin).with_attributes(attributes);
        let mut span = self.tracer.build_with_context(builder, &context);
        if is_fault(call.code) {
            span.set_status(Status::error(status::name(call.code)));
        }
        span.end_with_timestamp(end);
    }

    /// On a thread of its own: what is sent is driven by the runtime that waits for it here.
    pub(super) async fn flush(&self) {
        let (provider, (tell, done)) = (self.provider.clone(), oneshot::channel());
        let flushing = std::thread::Builder::new().name("dossier-traces".to_owned()).spawn(move || {
            let _ = tell.send(provider.shutdown_with_timeout(PATIENCE));
        });
        if let Err(error) = flushing.map(drop) {
            return tracing::warn!(%error, "the last traces are not told");
        }
        match timeout(PATIENCE, done).await {
            Ok(Ok(Ok(()))) => {}
            _ => tracing::warn!("the collector did not take the last traces in time"),
        }
    }
}

/// Whether a code is a fault of the server (OpenTelemetry, semantic conventions of gRPC).
fn is_fault(code: Code) -> bool {
    matches!(
        code,
        Code::Unknown
            | Code::DeadlineExceeded
            | Code::Unimplemented
            | Code::Internal
            | Code::Unavailable
            | Code::DataLoss
    )
}
