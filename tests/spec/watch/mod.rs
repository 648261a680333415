//! `WatchEvents`: whoever applies what comes holds what a list answers, from whatever point on.

mod served;
mod streams;

use std::{collections::BTreeMap, time::Duration};

use dossier::pb;
use tokio::time::timeout;
use tonic::{Status, Streaming};

/// Longer than anything here takes; only a hang gets there.
const HANG: Duration = Duration::from_secs(30);

/// What a caller holds of a filter's events.
pub(crate) type Copy = BTreeMap<String, pb::Event>;

/// The next message.
pub(crate) async fn next(stream: &mut Streaming<pb::WatchEventsResponse>) -> Result<pb::WatchEventsResponse, Status> {
    let message = timeout(HANG, stream.message()).await.expect("a message");
    message.map(|message| message.expect("a watch has no end of its own"))
}

/// Applies the changes of a message, each of which fits what is held.
pub(crate) fn apply(held: &mut Copy, message: &pb::WatchEventsResponse) {
    for change in &message.changes {
        let before = held.remove(&change.name);
        let is_removed = change.r#type() == pb::ChangeType::Removed;
        assert_eq!(before.is_none(), change.r#type() == pb::ChangeType::Added, "{change:?}");
        assert_eq!(change.event.is_none(), is_removed, "{change:?}");
        assert_eq!(change.reason() != pb::RemovalReason::Unspecified, is_removed, "{change:?}");
        if let Some(event) = &change.event {
            assert!(event.name == change.name && before.as_ref() != Some(event), "{change:?}");
            held.insert(change.name.clone(), event.clone());
        }
    }
}

/// Messages until all changes to the next revision have come.
pub(crate) async fn to_next(
    stream: &mut Streaming<pb::WatchEventsResponse>,
    held: &mut Copy,
) -> Vec<pb::WatchEventsResponse> {
    let mut messages = vec![];
    loop {
        let message = next(stream).await.unwrap();
        apply(held, &message);
        let is_last = message.resume_token == message.revision;
        messages.push(message);
        if is_last {
            return messages;
        }
    }
}

/// Events by name.
pub(crate) fn copy(events: impl IntoIterator<Item = pb::Event>) -> Copy {
    events.into_iter().map(|event| (event.name.clone(), event)).collect()
}
