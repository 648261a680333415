//! A second make of store, which only borrows from one stretch of bytes as a mapped file does, and cannot read the rest of its
//! data: nothing above the store needs the one in memory, and damage is DATA_LOSS for every call, never an empty answer.

use std::{
    ops::Range,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, UNIX_EPOCH},
};

use dossier::{
    api::{FactService, Limits},
    model::{day::Day, name::Collection},
    pb::{self, fact_service_client::FactServiceClient},
    store::{
        Budget, Changes, Counts, Error, Hit, Hits, LastLoad, LoadCounts, Near, Sizes, Store, Summary, View,
        query::{ClaimQuery, CountQuery, EntityQuery, EventQuery, NearQuery, Order, PageOf, Position, ResolveQuery},
    },
};
use prost::Message as _;
use tonic::Code;

use super::{in_process, paging::reason};

const REVISION: &str = "7f83b1657ff1fc53b92dc18148a1d65dfc2d4b1fa3d677284addd200126d9069";

/// One stretch of bytes, and where its events stand.
pub(crate) struct Stretch {
    bytes: Vec<u8>,
    events: Vec<Range<usize>>,
    summary: Summary,
    /// The first event that cannot be read.
    damaged: Option<usize>,
    /// How many pages of events it was asked for.
    pub(crate) asked: Arc<AtomicUsize>,
    /// How many questions it planned.
    pub(crate) planned: Arc<AtomicUsize>,
}

impl Stretch {
    pub(crate) fn of(events: &[pb::Event]) -> Stretch {
        let (mut bytes, mut places) = (vec![], vec![]);
        for event in events {
            let start = bytes.len();
            event.encode_length_delimited(&mut bytes).unwrap();
            places.push(start..bytes.len());
        }
        let summary = Summary {
            dataset: pb::Dataset::default(),
            load_time: UNIX_EPOCH + Duration::from_secs(1),
            sizes: Sizes::default(),
        };
        Stretch { bytes, events: places, summary, damaged: None, asked: Arc::default(), planned: Arc::default() }
    }

    pub(crate) fn damaged_at(self, damaged: Option<usize>) -> Stretch {
        Stretch { damaged, ..self }
    }
}

fn damaged<T>() -> Result<T, Error> {
    Err(Error::Damaged("secret.snapshot: block 7 of section columns".to_owned()))
}

impl View for Stretch {
    fn revision(&self) -> &str {
        REVISION
    }

    fn digest(&self) -> &[u8; 32] {
        static DIGEST: LazyLock<[u8; 32]> = LazyLock::new(|| *blake3::Hash::from_hex(REVISION).unwrap().as_bytes());
        &DIGEST
    }

    fn is_damaged(&self) -> bool {
        true
    }

    fn summary(&self) -> &Summary {
        &self.summary
    }

    async fn get<'v>(
        &'v self,
        _: Collection,
        _: &'v [String],
        _: Option<Day>,
        _: &'v Budget,
    ) -> Result<Vec<&'v [u8]>, Error> {
        damaged()
    }

    async fn list_entities<'v>(&'v self, _: &'v EntityQuery, _: PageOf, _: &'v Budget) -> Result<Hits<'v>, Error> {
        damaged()
    }

    type Plan<'v> = ();

    /// Without a filter, all that can be read; with one, the damaged columns are needed.
    async fn plan<'v>(&'v self, query: &'v EventQuery, _: &'v Budget) -> Result<(), Error> {
        self.planned.fetch_add(1, SeqCst);
        if query.as_of.is_some() { damaged() } else { Ok(()) }
    }

    async fn planned_events<'v>(&'v self, (): &(), _: Order, page: PageOf, _: &'v Budget) -> Result<Hits<'v>, Error> {
        self.asked.fetch_add(1, SeqCst);
        let first = page.after.map_or(0, |after| after.major as usize);
        let hit = |at: usize| Hit {
            bytes: &self.bytes[self.events[at].clone()],
            at: Position { major: at as u64 + 1, minor: 0 },
        };
        let end = self.events.len().min(first + page.size);
        if self.damaged.is_some_and(|at| (first..end).contains(&at)) {
            return damaged();
        }
        Ok(Hits { hits: (first..end).map(hit).collect(), more: end < self.events.len() })
    }

    async fn near<'v>(
        &'v self,
        _: &'v EventQuery,
        _: &'v NearQuery,
        _: PageOf,
        _: &'v Budget,
    ) -> Result<Near<'v>, Error> {
        damaged()
    }

    async fn count<'v>(
        &'v self,
        _: &'v EventQuery,
        _: &'v CountQuery,
        _: PageOf,
        _: &'v Budget,
    ) -> Result<Counts, Error> {
        damaged()
    }

    async fn list_disputes<'v>(
        &'v self,
        _: &'v EventQuery,
        _: &'v [pb::Aspect],
        _: PageOf,
        _: &'v Budget,
    ) -> Result<Hits<'v>, Error> {
        damaged()
    }

    async fn list_claims<'v>(
        &'v self,
        _: &'v EventQuery,
        _: &'v ClaimQuery,
        _: PageOf,
        _: &'v Budget,
    ) -> Result<Hits<'v>, Error> {
        damaged()
    }

    type Difference = ();

    async fn difference(&self, _: &Stretch, _: &Budget) -> Result<(), Error> {
        damaged()
    }

    async fn changes<'v>(
        &'v self,
        _: Option<&()>,
        _: (&'v Stretch, Option<&()>),
        (): &(),
        _: &'v EventQuery,
        _: PageOf,
        _: &'v Budget,
    ) -> Result<Changes<'v>, Error> {
        damaged()
    }

    async fn list_handovers<'v>(&'v self, _: &'v EventQuery, _: PageOf, _: &'v Budget) -> Result<Hits<'v>, Error> {
        damaged()
    }

    async fn resolve<'v>(&'v self, _: &'v ResolveQuery, _: &'v Budget) -> Result<Vec<Vec<pb::Candidate>>, Error> {
        damaged()
    }
}

/// A store of it.
pub(crate) struct OneRevision(pub(crate) Arc<Stretch>);

impl Store for OneRevision {
    type View = Stretch;

    fn current(&self) -> Arc<Stretch> {
        Arc::clone(&self.0)
    }

    fn at(&self, revision: &str) -> Option<Arc<Stretch>> {
        (revision == REVISION).then(|| self.current())
    }

    fn loads(&self) -> tokio::sync::watch::Receiver<LastLoad> {
        let (outcome, refusal) = (pb::ReloadOutcome::Loaded, pb::ReloadRefusal::Unspecified);
        tokio::sync::watch::channel(LastLoad { time: UNIX_EPOCH, outcome, refusal, counts: LoadCounts::default() }).1
    }
}

pub(crate) fn event(i: usize, title: usize) -> pb::Event {
    pb::Event { name: format!("events/thing-{i}"), title: "x".repeat(title), ..Default::default() }
}

fn events() -> Vec<pb::Event> {
    (0..20).map(|i| event(i, i * 50)).collect()
}

fn service() -> FactService<OneRevision> {
    FactService::new(Arc::new(OneRevision(Arc::new(Stretch::of(&events())))), Limits::default())
}

#[tokio::test]
async fn a_store_of_another_make_is_paged_and_pinned_alike() {
    let mut client = FactServiceClient::new(service());
    let mut request = pb::ListEventsRequest { page_size: 7, ..Default::default() };
    let mut found = vec![];
    loop {
        let page = client.list_events(request.clone()).await.unwrap().into_inner();
        assert_eq!(page.revision, REVISION);
        found.extend(page.events);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    assert_eq!(found, events());
}

#[tokio::test]
async fn damage_is_data_loss_and_says_nothing_of_the_inside() {
    let service = service();
    let contract = pb::pool().get_service_by_name("dossier.v1.FactService").unwrap();
    // What each call needs at least; a list of events is damaged as of a day.
    let least = |method: &str| match method {
        "GetEvent" => r#"{"name": "events/thing-1"}"#,
        "GetPlace" => r#"{"name": "places/a"}"#,
        "GetActor" => r#"{"name": "actors/a"}"#,
        "GetCamp" => r#"{"name": "camps/a"}"#,
        "GetSource" => r#"{"name": "sources/a"}"#,
        "BatchGetEvents" => r#"{"names": ["events/thing-1"]}"#,
        "ResolveNames" => r#"{"names": ["a"]}"#,
        "GetEventsNear" => r#"{"point": {"latitude": 1, "longitude": 1}}"#,
        "ListEvents" | "ExportEvents" | "WatchEvents" => r#"{"filter": {"as_of": "2031-01-01"}}"#,
        _ => "{}",
    };
    // What GetDataset answers is read when a store is opened.
    let methods = contract.methods().filter(|method| method.name() != "GetDataset");
    let mut asked = 0;
    for method in methods {
        let error = in_process::ask(&service, method.name(), least(method.name())).await.expect_err(method.name());
        assert_eq!((error.code(), reason(&error).as_str()), (Code::DataLoss, "DATA_DAMAGED"), "{}", method.name());
        let told = format!("{error:?}");
        assert!(!told.contains("secret") && !told.contains("block"), "{told}");
        asked += 1;
    }
    assert!(asked >= 18, "{asked} calls");
}
