//! Which events are told, merged or dropped.

use kontiki_api::Text;
use kontiki_api::time::Time;
use std::collections::BTreeMap;

use crate::plan::EventIntent;

/// Events an object may have at once, and the time after which one more is granted, as upstream's `EventSourceObjectSpamFilter`.
const BURST: f64 = 25.0;
const REFILL_SECONDS: f64 = 300.0;
/// Most objects and events that are remembered.
const REMEMBERED: usize = 4096;

/// What to do about an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// A new event of this name.
    Create(Text),
    /// The `count`th of the event called so, first told at this time.
    Again(Text, u32, Time),
    /// Too many about this object.
    Drop,
}

type Subject = (Text, Text);

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled: Time,
}

#[derive(Debug)]
struct Told {
    name: Text,
    count: u32,
    first: Time,
}

/// Remembers what was told, per (reconciler, object).
#[derive(Debug, Default)]
pub(super) struct EventBook {
    buckets: BTreeMap<Subject, Bucket>,
    told: BTreeMap<(Subject, Text, Text, String), Told>,
}

impl EventBook {
    /// Decides on `event` of `component` at `now`.
    pub(super) fn enter(&mut self, component: &Text, event: &EventIntent, now: Time) -> Entry {
        let subject = (component.clone(), event.uid.clone());
        if !self.take(&subject, now) {
            return Entry::Drop;
        }
        if self.told.len() >= REMEMBERED {
            self.told.clear();
        }
        let what = (subject, event.field_path.clone(), event.reason.clone(), event.message.clone());
        if let Some(told) = self.told.get_mut(&what) {
            told.count += 1;
            return Entry::Again(told.name.clone(), told.count, told.first);
        }
        let number = now.as_micros().unsigned_abs().wrapping_mul(1000).wrapping_add(self.told.len() as u64 % 1000);
        let name: Text = format!("{}.{number:016x}", event.about.name).into();
        self.told.insert(what, Told { name: name.clone(), count: 1, first: now });
        Entry::Create(name)
    }

    /// Forgets objects of which little was told; where much is told of many, all of them.
    fn forget(&mut self) {
        self.buckets.retain(|_, bucket| bucket.tokens < BURST - 1.5);
        if self.buckets.len() > REMEMBERED / 2 {
            self.buckets.clear();
        }
    }

    fn take(&mut self, subject: &Subject, now: Time) -> bool {
        if self.buckets.len() >= REMEMBERED && !self.buckets.contains_key(subject) {
            self.forget();
        }
        let bucket = self.buckets.entry(subject.clone()).or_insert(Bucket { tokens: BURST, filled: now });
        bucket.tokens = (bucket.tokens + now.since(bucket.filled).as_secs_f64() / REFILL_SECONDS).min(BURST);
        bucket.filled = now;
        let granted = bucket.tokens >= 1.0;
        if granted {
            bucket.tokens -= 1.0;
        }
        granted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kontiki_api::meta::Key;
    use std::time::Duration;

    fn event(message: &str) -> EventIntent {
        EventIntent {
            about: Key::new("pods", "ns", "a"),
            api_version: "v1".into(),
            kind: "Pod".into(),
            uid: "u".into(),
            field_path: "".into(),
            warning: false,
            reason: "Why".into(),
            message: message.into(),
        }
    }

    #[test]
    fn a_repeated_event_is_counted() {
        let (mut book, now) = (EventBook::default(), Time::from_micros(1));
        let Entry::Create(name) = book.enter(&"x".into(), &event("m"), now) else { panic!("a first event is made") };
        assert_eq!(book.enter(&"x".into(), &event("m"), now), Entry::Again(name, 2, now));
        assert!(matches!(book.enter(&"x".into(), &event("other"), now), Entry::Create(_)));
    }

    #[test]
    fn an_object_has_25_events_at_once_and_one_more_each_five_minutes() {
        let (mut book, now) = (EventBook::default(), Time::from_micros(1));
        let told = (0..30).filter(|at| book.enter(&"x".into(), &event(&at.to_string()), now) != Entry::Drop).count();
        assert_eq!(told, 25);
        let later = now.plus(Duration::from_secs(301));
        let told = (0..30).filter(|at| book.enter(&"x".into(), &event(&at.to_string()), later) != Entry::Drop).count();
        assert_eq!(told, 1);
    }
}
