//! Changes of a collection as they come.

use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use futures::stream::{self, Stream, StreamExt};
use kontiki_api::kind::Kind;
use kontiki_api::meta::Revision;
use kontiki_api::request::Request;
use kontiki_api::status::Status;
use kontiki_store::{Batch, Event, Expired, Listing, Run, Watch, watch_past};
use tokio::time::{Instant, Sleep, sleep_until};

use super::arrange::arrange;
use super::list::too_large;
use super::past::{forgotten, moment};
use super::{Selection, Told, WatchItem, WatchKind, WatchStream};
use crate::commit::unavailable;
use crate::custom::{CustomWatch, Redefinition, served};
use crate::decode::ListOptions;
use crate::server::{Answer, Content, Server};

/// Bookmarks come at least this often, where they are wanted.
const BOOKMARK_EVERY: Duration = Duration::from_secs(60);
/// A watch without `timeoutSeconds` lasts this long, and up to as long again.
const LASTS: Duration = Duration::from_secs(1800);

/// The changes that `request` asks for.
///
/// # Errors
/// 400 for selectors that do not parse, 410 for a revision no longer kept.
pub(crate) async fn watch(server: &Server, kind: &Arc<Kind>, request: &Request) -> Result<Answer, Status> {
    let options = ListOptions::read(request)?;
    let selection = Selection::new(server, kind, &request.target, &options)?;
    let store = &server.config.store;
    let past = moment(server, request).await?;
    let anywhere = past.is_none() && options.revision.is_none_or(|revision| revision == Revision::ZERO);
    let tells_all = options.initial_events == Some(true);
    let mut after = Revision::ZERO;
    let (initial, from) = if tells_all || anywhere {
        let newest = store.barrier().await.map_err(unavailable)?;
        if let Some(least) = options.revision.filter(|least| *least > newest) {
            return Err(too_large(least, newest));
        }
        let mut listing = store.list(&selection.range);
        let from = listing.revision;
        arrange(&mut listing.objects);
        listing.objects = served(&server.webhooks, kind, listing.objects).await?;
        (if tells_all { initial(listing, &selection, &options) } else { Vec::new() }, from)
    } else {
        let mut from = past.or(options.revision).unwrap_or_default();
        if past.is_none() && from > store.revision() {
            // Another master may have told of it already. As upstream, what is still to come is waited for.
            let newest = store.barrier().await.map_err(unavailable)?;
            (after, from) = (from, from.min(newest));
        }
        (Vec::new(), from)
    };
    let changes = match past {
        None => store.watch(&selection.range, from).map_err(|expired| expired_watch(&expired))?,
        Some(_) => match watch_past(store.clone(), selection.range.clone(), from).await {
            Ok(changes) => changes,
            Err(expired) => return Err(forgotten(server, expired).await),
        },
    };
    let lasts = options.timeout.unwrap_or_else(|| LASTS + LASTS.mul_f64(f64::from(server.random() as u16) / f64::from(u16::MAX)));
    let told = options.bookmarks.then_some(from.max(after));
    let custom = (CustomWatch::of(server, kind), Redefinition::of(server, kind));
    let stream =
        follow(changes, selection, told, lasts, custom).filter_map(move |told| std::future::ready(newer_than(after, told)));
    let stream = stream::iter((!initial.is_empty()).then_some(Told::Own(initial))).chain(stream);
    Ok(Answer::ok(Content::Watch(Arc::clone(kind), WatchStream::new(stream))))
}

/// What is told to a watcher who has seen everything up to `after`; `None` for nothing.
fn newer_than(after: Revision, told: Told) -> Option<Told> {
    if after == Revision::ZERO {
        return Some(told);
    }
    let mut items = told.items();
    items.retain(|item| match item {
        WatchItem::Change(_, object) => object.revision > after,
        WatchItem::Bookmark { revision, .. } => *revision >= after,
        WatchItem::Error(_) => true,
    });
    (!items.is_empty()).then_some(Told::Own(items))
}

fn initial(listing: Listing, selection: &Selection, options: &ListOptions) -> Vec<WatchItem> {
    let revision = listing.revision;
    let selected = listing.objects.into_iter().filter(|object| selection.matches(object));
    let mut items: Vec<_> = selected.map(|object| WatchItem::Change(WatchKind::Added, object)).collect();
    if options.initial_events == Some(true) && options.bookmarks {
        items.push(WatchItem::Bookmark { revision, initial_end: true });
    }
    items
}

/// 410, or 504 for a revision that is not there yet.
fn expired_watch(expired: &Expired) -> Status {
    if expired.asked > expired.newest {
        return too_large(expired.asked, expired.newest);
    }
    Status::expired(format!("too old resource version: {} ({})", expired.asked, expired.oldest))
}

/// A watcher that was told something so short a time ago is told again only after it: while changes come thick, they travel
/// together. One that comes alone is told at once.
const GATHERS: Duration = Duration::from_millis(1);
/// So much longer for each watcher that is told the same, on one core: twice what it takes to tell it, so that no more than half of the
/// machine tells of changes while the rest makes them,
const EACH: Duration = Duration::from_micros(160);
/// up to so long.
const LONGEST: Duration = Duration::from_millis(80);

/// How long changes gather for each of `company` watchers that are told the same, on a machine of so many `cores`.
fn gathers(company: usize, cores: usize) -> Duration {
    let all = EACH.saturating_mul(u32::try_from(company).unwrap_or(u32::MAX));
    (all / u32::try_from(cores.max(1)).unwrap_or(u32::MAX)).clamp(GATHERS, LONGEST)
}

/// The cores that this process may use.
fn cores() -> usize {
    static CORES: LazyLock<usize> = LazyLock::new(|| std::thread::available_parallelism().map_or(1, usize::from));
    *CORES
}

/// What happens next on a watch.
enum Next {
    Batch(Option<Result<Batch, Expired>>),
    Bookmark,
    TimeOut,
    /// What is watched is no longer what it was.
    Redefined,
}

/// When a watch next acts by itself.
fn wake_at(bookmarks: bool, end_at: Instant) -> Instant {
    if bookmarks { end_at.min(Instant::now() + BOOKMARK_EVERY) } else { end_at }
}

/// A running watch.
struct Running {
    changes: Watch,
    selection: Selection,
    custom: Option<CustomWatch>,
    redefinition: Option<Redefinition>,
    /// The newest revision told, where bookmarks are wanted.
    told: Option<Revision>,
    /// Wakes for the next bookmark or the end, whichever comes first.
    alarm: Pin<Box<Sleep>>,
    end_at: Instant,
    /// Wakes when the next events may be told.
    pace: Pin<Box<Sleep>>,
    ended: bool,
}

fn follow(
    changes: Watch,
    selection: Selection,
    told: Option<Revision>,
    lasts: Duration,
    (custom, redefinition): (Option<CustomWatch>, Option<Redefinition>),
) -> impl Stream<Item = Told> + Send {
    let end_at = Instant::now() + lasts;
    let alarm = Box::pin(sleep_until(wake_at(told.is_some(), end_at)));
    let pace = Box::pin(sleep_until(Instant::now()));
    let running = Running { changes, selection, custom, redefinition, told, alarm, end_at, pace, ended: false };
    stream::unfold(running, |mut running| async move {
        let told = running.next().await?;
        Some((told, running))
    })
}

impl Running {
    /// What is told next; `None` at the end.
    async fn next(&mut self) -> Option<Told> {
        while !self.ended {
            // Before it follows the changes: the first of those that gather would wake it for nothing.
            self.pace.as_mut().await;
            let items = match self.wait().await {
                Next::Batch(None) => return None,
                Next::Batch(Some(Ok(batch))) => {
                    let run = self.changes.run(batch);
                    self.pace.as_mut().reset(Instant::now() + gathers(self.changes.company(), cores()));
                    if let Some(told) = &mut self.told {
                        *told = run.revision();
                    }
                    if self.custom.is_none() && self.selection.is_everything() {
                        return Some(Told::Shared(run));
                    }
                    self.own(&run).await
                }
                Next::Batch(Some(Err(expired))) => {
                    self.ended = true;
                    vec![WatchItem::Error(expired_watch(&expired))]
                }
                Next::Bookmark => self.bookmark(),
                Next::TimeOut => {
                    self.ended = true;
                    self.bookmark()
                }
                Next::Redefined => return None,
            };
            if !items.is_empty() {
                return Some(Told::Own(items));
            }
        }
        None
    }

    async fn wait(&mut self) -> Next {
        let redefined = async {
            match &mut self.redefinition {
                Some(redefinition) => redefinition.wait().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            batch = self.changes.next() => Next::Batch(batch),
            () = redefined => Next::Redefined,
            () = &mut self.alarm => if Instant::now() >= self.end_at { Next::TimeOut } else { Next::Bookmark },
        }
    }

    /// The events of `run` that this watcher is told, in the version that is watched; an end where the kind is no longer what it was.
    async fn own(&mut self, run: &Run) -> Vec<WatchItem> {
        let Some(custom) = &self.custom else {
            return run.events().filter_map(|event| self.change(event)).collect();
        };
        let mut items = Vec::new();
        for batch in run.batches() {
            if !custom.tells() {
                self.ended = true;
                break;
            }
            let mut batch = batch.clone();
            if let Err(status) = custom.convert(&mut batch, !self.selection.is_everything()).await {
                self.ended = true;
                items.push(WatchItem::Error(status));
                break;
            }
            items.extend(batch.events.iter().filter_map(|event| self.change(event)));
        }
        items
    }

    /// The event as this selection sees it: objects enter and leave it.
    fn change(&self, event: &Event) -> Option<WatchItem> {
        let before = event.previous.as_ref().filter(|before| self.selection.matches(before));
        let now = !event.deleted && self.selection.matches(&event.object);
        let (kind, object) = match (before, now) {
            (None, true) => (WatchKind::Added, Arc::clone(&event.object)),
            (Some(_), true) => (WatchKind::Modified, Arc::clone(&event.object)),
            (Some(before), false) => (WatchKind::Deleted, before.republished(event.object.revision)),
            (None, false) => return None,
        };
        Some(WatchItem::Change(kind, object))
    }

    fn bookmark(&mut self) -> Vec<WatchItem> {
        self.alarm.as_mut().reset(wake_at(self.told.is_some(), self.end_at));
        self.told.map(|revision| WatchItem::Bookmark { revision, initial_end: false }).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_gather_longer_for_a_crowd() {
        let milliseconds = |cores| [0, 1, 25, 100, 500, 1_000, 100_000].map(|company| gathers(company, cores).as_millis());
        assert_eq!(milliseconds(2), [1, 1, 2, 8, 40, 80, 80]);
        assert_eq!(milliseconds(16), [1, 1, 1, 1, 5, 10, 80]);
    }
}
