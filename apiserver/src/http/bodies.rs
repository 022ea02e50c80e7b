//! How much of large bodies is held at once.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use kontiki_api::Text;
use kontiki_api::request::User;
use kontiki_api::status::{Reason, Status};
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::authorize::{MASTERS, NODES};

/// Bodies of no more bytes than this are read by anybody at any time.
const FREE: usize = 64 << 10;
/// What the names of service accounts begin with.
const SERVICE_ACCOUNT: &str = "system:serviceaccount:";
/// What is counted in, bytes.
const UNIT: usize = 1 << 10;
/// The part of all that one user may have.
const PART: usize = 4;
/// Room is taken for this many bytes at a time, as they come: what is only announced takes none.
const STEP: usize = 256 << 10;
/// The first step is waited for as long as this at most.
const WAIT: Duration = Duration::from_secs(5);

/// The large bodies that are read or worked on. They come before a request has its seat: whoever may write one object may send hundreds at
/// once and leave them half sent.
pub(crate) struct Bodies {
    all: Arc<Semaphore>,
    of_one: usize,
    users: Mutex<BTreeMap<Text, Weak<Semaphore>>>,
}

/// Room for a body, until dropped.
pub(crate) struct Held {
    own: OwnedSemaphorePermit,
    of_all: Option<OwnedSemaphorePermit>,
}

/// What one request has of it.
#[derive(Clone, Copy)]
pub(crate) struct Share<'a> {
    pub bodies: &'a Bodies,
    pub user: &'a User,
    /// Another master passes the request on, where its body was counted.
    pub from_master: bool,
}

impl Share<'_> {
    /// Sees to room for a body of which `come` bytes have come and `told` are to come in all, where that was said; none is needed for a
    /// small one. Whether there is more of it now. The first is waited for for some seconds: who has some already and waits would keep it
    /// from those who need as little.
    ///
    /// # Errors
    /// 429 where there is none.
    pub async fn hold(self, held: &mut Option<Held>, come: usize, told: usize) -> Result<bool, Status> {
        let has = held.as_ref().map_or(0, Held::bytes);
        if come <= FREE.max(has) || self.from_master {
            return Ok(false);
        }
        let expected = if told == 0 { usize::MAX } else { told.max(come) };
        let step = come.max(has + STEP).min(expected) - has;
        let had = match held {
            Some(held) => held.grow(step),
            None => {
                *held = tokio::time::timeout(WAIT, self.bodies.hold(self.user, step)).await.ok().flatten();
                held.is_some()
            }
        };
        let refused = || Status::new(Reason::TooManyRequests, "Too many large requests, please try again later.").retry_after(1);
        had.then_some(true).ok_or_else(refused)
    }

    /// Whether more than half of the room is left, to this user and to all: who is slow keeps it from nobody then.
    pub fn is_ample(self) -> bool {
        let left = |of: &Semaphore, whole: usize| of.available_permits() > whole / 2;
        let Bodies { all, of_one, .. } = self.bodies;
        left(&self.bodies.of(owner(&self.user.name)), *of_one) && (is_apart(self.user) || left(all, of_one * PART))
    }
}

impl Held {
    fn bytes(&self) -> usize {
        self.own.num_permits() * UNIT
    }

    /// Takes room for `bytes` more, where there is some now.
    fn grow(&mut self, bytes: usize) -> bool {
        let more = |held: &OwnedSemaphorePermit| Arc::clone(held.semaphore()).try_acquire_many_owned(units(bytes)).ok();
        let Some(own) = more(&self.own) else { return false };
        if let Some(of_all) = &mut self.of_all {
            let Some(more) = more(of_all) else { return false };
            of_all.merge(more);
        }
        self.own.merge(own);
        true
    }
}

fn units(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX)
}

/// Whose room the user called `name` has: the service accounts of a namespace have theirs together.
fn owner(name: &str) -> &str {
    let namespace = name.strip_prefix(SERVICE_ACCOUNT).and_then(|rest| rest.split_once(':')).map(|(namespace, _)| namespace);
    namespace.and_then(|namespace| name.get(..SERVICE_ACCOUNT.len() + namespace.len())).unwrap_or(name)
}

/// Whether `user` takes nothing of the room of all.
fn is_apart(user: &User) -> bool {
    user.groups.iter().any(|group| matches!(&**group, MASTERS | NODES))
}

impl Bodies {
    /// Room for `bytes` in all.
    pub fn new(bytes: usize) -> Self {
        let units = bytes / UNIT;
        Self { all: Arc::new(Semaphore::new(units)), of_one: units / PART, users: Mutex::default() }
    }

    /// Room for a body of `user`'s of `bytes`, once there is some. One user never has all of it; nodes and those who may do everything have
    /// room of their own.
    async fn hold(&self, user: &User, bytes: usize) -> Option<Held> {
        let units = units(bytes);
        let own = self.of(owner(&user.name)).acquire_many_owned(units).await.ok()?;
        let of_all = if is_apart(user) { None } else { Some(Arc::clone(&self.all).acquire_many_owned(units).await.ok()?) };
        Some(Held { own, of_all })
    }

    /// What is left to `owner`. It is forgotten with the last body of theirs.
    fn of(&self, owner: &str) -> Arc<Semaphore> {
        let mut users = self.users.lock();
        if let Some(known) = users.get(owner).and_then(Weak::upgrade) {
            return known;
        }
        users.retain(|_, known| known.strong_count() > 0);
        let own = Arc::new(Semaphore::new(self.of_one));
        users.insert(owner.into(), Arc::downgrade(&own));
        own
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    fn user(name: &str, group: &str) -> User {
        User { name: name.into(), groups: vec![group.into()], ..User::default() }
    }

    #[test]
    fn one_user_has_a_part_and_all_together_have_what_there_is() {
        let bodies = Bodies::new(16 << 20);
        let hold = |name: &str, group: &str| bodies.hold(&user(name, group), 3 << 20).now_or_never().flatten();
        let first = hold("a", "g").unwrap();
        assert!(hold("a", "g").is_none(), "four MiB each");
        let others: Vec<Held> = ["b", "c", "d", "e"].map(|name| hold(name, "g").unwrap()).into();
        assert!(hold("f", "g").is_none(), "and sixteen in all");
        let node = hold("system:node:n1", NODES).unwrap();
        assert!(hold("system:node:n1", NODES).is_none() && hold("admin", MASTERS).is_some());
        drop(first);
        assert!(hold("a", "g").is_some() && hold("f", "g").is_some());
        drop((others, node));
        assert!(hold("g", "g").is_some());
        assert_eq!(bodies.users.lock().len(), 1, "who has none is forgotten");
    }

    #[test]
    fn service_accounts_of_a_namespace_have_their_part_together() {
        let bodies = Bodies::new(16 << 20);
        let hold = |name: &str| bodies.hold(&user(name, "g"), 3 << 20).now_or_never().flatten();
        let _first = hold("system:serviceaccount:a:one").unwrap();
        assert!(hold("system:serviceaccount:a:two").is_none() && hold("system:serviceaccount:ab:one").is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_only_announced_takes_no_room() {
        let (bodies, user) = (Bodies::new(16 << 20), user("a", "g"));
        let share = Share { bodies: &bodies, user: &user, from_master: false };
        let mut all: Vec<Option<Held>> = Vec::new();
        for _ in 0..16 {
            let mut held = None;
            assert!(!share.hold(&mut held, FREE, 0).await.unwrap() && held.is_none());
            assert!(share.hold(&mut held, FREE + 1, 0).await.unwrap());
            assert!(!share.hold(&mut held, STEP, 0).await.unwrap());
            all.push(held);
        }
        let begun = tokio::time::Instant::now();
        assert_eq!(share.hold(&mut all[0], STEP + 1, 3 << 20).await.unwrap_err().code(), 429);
        assert!(begun.elapsed().is_zero(), "who has some does not wait for more");
        assert_eq!(share.hold(&mut None, FREE + 1, 0).await.unwrap_err().code(), 429);
        assert!((WAIT..WAIT * 2).contains(&begun.elapsed()));
        all.truncate(8);
        assert!(share.hold(&mut all[0], STEP + 1, STEP + 2).await.unwrap());
        assert_eq!(all[0].as_ref().map(Held::bytes), Some(STEP + UNIT), "no more than it was said to have");
    }

    #[tokio::test]
    async fn who_waits_is_next() {
        let bodies = Bodies::new(16 << 20);
        let a = user("a", "g");
        let first = bodies.hold(&a, 4 << 20).await.unwrap();
        let mut second = std::pin::pin!(bodies.hold(&a, 4 << 20));
        assert!(second.as_mut().now_or_never().is_none());
        drop(first);
        assert!(second.await.is_some());
    }
}
