//! `WatchEvents`: what changes in the events of a filter, from one revision to the next, for as long as the caller likes.
//!
//! A watch holds the name of the revision that its caller has seen, and while changes are on their way the two revisions that
//! they are between: not the ones that it waits in. Who reads so slowly that the seen revision is let go meanwhile is told so.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use async_stream::try_stream;
use prost::Message as _;
use tokio::sync::{OnceCell, watch};
use tokio_stream::Stream;
use tokio_util::sync::CancellationToken;

use super::{
    FactService,
    error::{Error, GoesOn},
    fields::Fields,
    filter,
    page::{digest, fit},
    token::{self, Digest, Resume},
    wire::Reply,
};
use crate::{
    model::name::Collection,
    pb,
    store::{
        self, Budget, Change, LastLoad, Store, Unknown, View, What,
        query::{EventQuery, PageOf, Position},
    },
};

/// The largest message, unless a single change takes more.
const MOST_BYTES: usize = 1 << 20;

/// What stands in a message beside its changes, at most: revision and token.
const BESIDE: usize = 320;

/// How many changes are asked for at once.
const AT_ONCE: usize = 256;

/// The tag of field 3, length-delimited: of `WatchEventsResponse.changes`, and of `EventChange.event`.
const THIRD: u8 = 3 << 3 | 2;

/// Where a watch goes on.
#[derive(Debug, Clone)]
pub(super) enum From {
    /// From now.
    Now,
    /// After a revision.
    Revision(String),
    /// Amid the changes between two.
    Amid(Resume),
}

impl From {
    /// Reads `from_revision`: a revision, or a token that came with some of its changes.
    fn read(fields: &mut Fields, text: &str, key: &token::Key) -> From {
        let is_revision = text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        match text {
            "" => From::Now,
            revision if is_revision => From::Revision(revision.to_owned()),
            _ => Resume::read(text, key).map_or_else(
                || {
                    fields.bad_token(GoesOn::Changes);
                    From::Now
                },
                From::Amid,
            ),
        }
    }
}

impl<S: Store> FactService<S> {
    pub(super) fn watch_events(
        self,
        mut request: pb::WatchEventsRequest,
        budget: Budget,
    ) -> Result<(impl Stream<Item = Result<Reply, Error>> + use<S>, Option<http::HeaderValue>), Error> {
        let from = std::mem::take(&mut request.from_revision);
        let mut fields = Fields::default();
        let query = filter::event_query(&mut fields, request.filter.as_ref(), false);
        let from = From::read(&mut fields, &from, &self.0.token_key);
        fields.finish()?;
        let request = digest(&request);
        let (mut seen, mut amid) = self.goes_on(from, request)?;
        let revision = super::revision(&*self.0.store.current());
        let messages = try_stream! {
            let mut loads = self.0.store.loads();
            let view = self.0.store.current();
            // Names that mean nothing are told at once.
            let known = seen.as_deref().and_then(|revision| self.0.store.at(revision));
            let before = known.as_deref().unwrap_or(&*view);
            no_name_is_unknown(&query, [&*view, before], &budget).await?;
            if seen.is_none() {
                seen = Some(view.revision().to_owned());
                yield message(&[], view.revision(), view.revision());
            }
            drop((known, view));
            while let Some(revision) = seen.take() {
                loads.mark_unchanged();
                let (after, at) = amid.take().unwrap_or_else(|| (self.0.store.current(), None));
                if after.revision() == revision {
                    drop(after);
                    news(&mut loads, &self.0.stopping).await?;
                    seen = Some(revision);
                    continue;
                }
                let before = self.0.store.at(&revision).ok_or(Error::WatchLagged)?;
                let difference = self.difference(&before, &after).await?;
                let mut known = [None, None];
                let [was, is] = &mut known;
                let plans = (plan(&query, &*before, was, &budget).await?, plan(&query, &*after, is, &budget).await?);
                let (before, after) = ((&*before, plans.0), (&*after, plans.1));
                let mut step = Step { before, after, difference, query: &query, at, budget: &budget };
                let mut more = true;
                while more {
                    self.may_go_on(&revision)?;
                    let (page, goes_on) = step.page(request, &self.0.token_key).await?;
                    more = goes_on;
                    for message in page {
                        yield message;
                    }
                }
                seen = Some(step.after.0.revision().to_owned());
            }
        };
        Ok((messages, revision))
    }

    /// Whether a watch may send more: the server runs, and the revision that the caller has seen is kept.
    fn may_go_on(&self, seen: &str) -> Result<(), Error> {
        if self.0.stopping.is_cancelled() {
            return Err(Error::ShuttingDown);
        }
        self.0.store.at(seen).map(drop).ok_or(Error::WatchLagged)
    }

    /// Finds what may have changed between two views, if nobody has: in a task of its own, that goes on for others if this caller
    /// leaves or has no more time.
    async fn difference(&self, before: &Arc<S::View>, after: &Arc<S::View>) -> Result<Found<S::View>, Error> {
        let difference = self.0.differences.between(&**before, &**after);
        if difference.initialized() {
            return Ok(difference);
        }
        let (before, after, found) = (Arc::clone(before), Arc::clone(after), Arc::clone(&difference));
        let finding = tokio::spawn(async move {
            let budget = Budget::default();
            found.get_or_try_init(|| after.difference(&before, &budget)).await.map(drop)
        });
        tokio::select! {
            () = self.0.stopping.cancelled() => Err(Error::ShuttingDown),
            // One that panicked is tried again where it is needed, in its caller's turn.
            found = finding => found.unwrap_or(Ok(())).map(|()| difference).map_err(Error::from),
        }
    }

    /// The revision that the caller has seen, if it says so; and amid which changes to the next it goes on.
    fn goes_on(&self, from: From, request: Digest) -> Result<GoesOnAt<S::View>, Error> {
        const GONE: Error = Error::RevisionGone(GoesOn::Changes);
        let served = |revision: &str| self.0.store.at(revision).ok_or(GONE);
        match from {
            From::Now => Ok((None, None)),
            From::Revision(revision) => Ok((Some(served(&revision)?.revision().to_owned()), None)),
            From::Amid(resume) if resume.request != request => Err(Error::TokenMismatch(GoesOn::Changes)),
            From::Amid(resume) => {
                let [from, to] =
                    [resume.from, resume.to].map(|revision| served(&blake3::Hash::from_bytes(revision).to_hex()));
                let at = Position { major: resume.after.into(), minor: 0 };
                Ok((Some(from?.revision().to_owned()), Some((to?, Some(at)))))
            }
        }
    }
}

/// The place of a difference between two views.
type Found<V> = Arc<OnceCell<<V as View>::Difference>>;

/// The revision that a caller has seen; and the one that it is on its way to, with the last change that it has.
type GoesOnAt<V> = (Option<String>, Option<(Arc<V>, Option<Position>)>);

/// Fails if a question asks for names that none of the views knows.
async fn no_name_is_unknown<V: View>(query: &EventQuery, views: [&V; 2], budget: &Budget) -> Result<(), Error> {
    let [one, other] = views;
    let mut names = unknown(query, one, budget).await?;
    if !names.is_empty() {
        let others = unknown(query, other, budget).await?;
        names
            .retain(|name| others.iter().any(|other| (other.collection, &other.name) == (name.collection, &name.name)));
    }
    if names.is_empty() { Ok(()) } else { Err(store::Error::Unknown(names).into()) }
}

/// The names of a question that mean nothing in a view.
async fn unknown<V: View>(query: &EventQuery, view: &V, budget: &Budget) -> Result<Vec<Unknown>, store::Error> {
    match view.plan(query, budget).await {
        Ok(_) => Ok(vec![]),
        Err(store::Error::Unknown(names)) => Ok(names),
        Err(error) => Err(error),
    }
}

/// What a view makes of a question, without the names that mean nothing there: of the question that is left in `known`. Absent if
/// it takes no event for want of them.
async fn plan<'v, V: View>(
    query: &'v EventQuery,
    view: &'v V,
    known: &'v mut Option<EventQuery>,
    budget: &'v Budget,
) -> Result<Option<V::Plan<'v>>, store::Error> {
    match view.plan(query, budget).await {
        Ok(plan) => Ok(Some(plan)),
        Err(store::Error::Unknown(names)) => {
            *known = without(query, &names);
            match known {
                Some(query) => view.plan(query, budget).await.map(Some),
                None => Ok(None),
            }
        }
        Err(error) => Err(error),
    }
}

/// Waits until something was loaded; or the server stops.
async fn news(loads: &mut watch::Receiver<LastLoad>, stopping: &CancellationToken) -> Result<(), Error> {
    tokio::select! {
        () = stopping.cancelled() => Err(Error::ShuttingDown),
        loaded = loads.changed() => match loaded {
            Ok(()) => Ok(()),
            // A store that is gone loads nothing any more: its server stops.
            Err(_) => {
                stopping.cancelled().await;
                Err(Error::ShuttingDown)
            }
        },
    }
}

/// A question without names that are unknown, if it can take any event without them: of alternatives one must be left, and each
/// of several that must all hold.
fn without(query: &EventQuery, unknown: &[Unknown]) -> Option<EventQuery> {
    let mut query = query.clone();
    let lists = [
        (&mut query.actors, Collection::Actors),
        (&mut query.claimants, Collection::Actors),
        (&mut query.places, Collection::Places),
        (&mut query.camps, Collection::Camps),
        (&mut query.sources, Collection::Sources),
    ];
    let is_unknown = |collection: Collection, name: &String| {
        unknown.iter().any(|unknown| unknown.collection == collection && unknown.name == *name)
    };
    for (names, collection) in lists {
        let any = !names.is_empty();
        names.retain(|name| !is_unknown(collection, name));
        if any && names.is_empty() {
            return None;
        }
    }
    let all_known = !query.all_actors.iter().any(|name| is_unknown(Collection::Actors, name));
    all_known.then_some(query)
}

/// The way from one revision to another, for one question.
struct Step<'v, V: View> {
    before: (&'v V, Option<V::Plan<'v>>),
    after: (&'v V, Option<V::Plan<'v>>),
    difference: Found<V>,
    /// The question as it was asked.
    query: &'v EventQuery,
    /// The last change that was sent.
    at: Option<Position>,
    budget: &'v Budget,
}

impl<V: View> Step<'_, V> {
    /// The messages of the next changes, and whether there are more behind them. That all have come is told by the last one's
    /// token, which is the revision.
    async fn page(&mut self, request: Digest, key: &token::Key) -> Result<(Vec<Reply>, bool), Error> {
        // Copying a mebibyte, and perhaps reading it, is a turn's work.
        self.budget.turn().await?;
        let ((before, was), (after, is)) = (&self.before, &self.after);
        let difference = self.difference.get_or_try_init(|| after.difference(before, self.budget)).await?;
        let page = PageOf { after: self.at, size: AT_ONCE };
        let from = (*before, was.as_ref());
        let changes = after.changes(is.as_ref(), from, difference, self.query, page, self.budget).await?;
        let mut messages = vec![];
        let mut left = changes.changes.as_slice();
        while !left.is_empty() || (messages.is_empty() && !changes.more) {
            let (part, rest) = left.split_at(fit(left.iter().map(len), MOST_BYTES - BESIDE));
            left = rest;
            let last = part.last().map(|change| change.at).filter(|_| changes.more || !left.is_empty());
            let token = last.map(|at| {
                let after_change = u32::try_from(at.major).unwrap_or(u32::MAX);
                Resume { from: *before.digest(), to: *after.digest(), after: after_change, request }.write(key)
            });
            messages.push(message(part, after.revision(), token.as_deref().unwrap_or(after.revision())));
        }
        self.at = changes.changes.last().map(|change| change.at).or(self.at);
        Ok((messages, changes.more))
    }
}

/// How long a change is in a message, at most.
fn len(change: &Change<'_>) -> usize {
    let event = match change.what {
        What::Added(event) | What::Changed(event) => event.len(),
        What::Removed(_) => 0,
    };
    event + change.name.len() + 16
}

/// A message of these changes.
fn message(changes: &[Change<'_>], revision: &str, token: &str) -> Reply {
    let mut reply = Reply::with_capacity(BESIDE);
    for Change { name, what, .. } in changes {
        let (kind, event, reason) = match *what {
            What::Added(event) => (pb::ChangeType::Added, Some(event), pb::RemovalReason::Unspecified),
            What::Changed(event) => (pb::ChangeType::Changed, Some(event), pb::RemovalReason::Unspecified),
            What::Removed(reason) => (pb::ChangeType::Removed, None, reason),
        };
        let told =
            pb::EventChange { r#type: kind.into(), name: (*name).to_owned(), event: None, reason: reason.into() };
        let len = told.encoded_len() + event.map_or(0, |event| 1 + event.len());
        let out = reply.message();
        out.push(THIRD);
        prost::encoding::encode_varint(len as u64, out);
        told.encode_raw(out);
        if let Some(event) = event {
            // Stored behind its length, as the field wants it.
            out.push(THIRD);
            out.extend_from_slice(event);
        }
    }
    reply.string(1, revision);
    reply.string(2, token);
    reply
}

/// What may have changed between revisions, found once for all who watch.
pub(super) struct Differences<V: View>(Mutex<Held<V>>);

/// Those that somebody needs, and the last one, for who comes later.
struct Held<V: View> {
    needed: Vec<Shared<V>>,
    last: Option<Found<V>>,
}

/// Two revisions, and what may have changed between them for as long as somebody needs it.
type Shared<V> = ([[u8; 32]; 2], Weak<OnceCell<<V as View>::Difference>>);

impl<V: View> Default for Differences<V> {
    fn default() -> Self {
        Differences(Mutex::new(Held { needed: vec![], last: None }))
    }
}

impl<V: View> Differences<V> {
    /// The place of the difference between two views: whoever needs it first finds it, others wait.
    fn between(&self, before: &V, after: &V) -> Found<V> {
        let revisions = [*before.digest(), *after.digest()];
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.needed.retain(|(_, difference)| difference.strong_count() > 0);
        let mut all = held.needed.iter();
        let found = all.find(|(of, _)| *of == revisions).and_then(|(_, difference)| difference.upgrade());
        let difference = found.unwrap_or_else(|| {
            let difference = Arc::default();
            held.needed.push((revisions, Arc::downgrade(&difference)));
            difference
        });
        held.last = Some(Arc::clone(&difference));
        difference
    }
}
