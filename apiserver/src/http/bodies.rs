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
/// What is counted in, bytes.
const UNIT: usize = 1 << 10;
/// The part of all that one user may have.
const PART: usize = 4;

/// The large bodies that are read or worked on. They come before a request has its seat: whoever may write one object may send hundreds at
/// once and leave them half sent.
pub(crate) struct Bodies {
    all: Arc<Semaphore>,
    of_one: usize,
    users: Mutex<BTreeMap<Text, Weak<Semaphore>>>,
}

/// Room for a body, until dropped.
pub(super) struct Held {
    _own: OwnedSemaphorePermit,
    _of_all: Option<OwnedSemaphorePermit>,
}

/// What one request has of it.
#[derive(Clone, Copy)]
pub(super) struct Share<'a> {
    pub bodies: &'a Bodies,
    pub user: &'a User,
    /// Another master passes the request on, where its body was counted.
    pub from_master: bool,
}

impl Share<'_> {
    /// Room for a body of which `come` bytes have come and `bytes` are expected; none is needed for a small one. It is waited for as long as
    /// a quarter of `timeout`.
    ///
    /// # Errors
    /// 429 where there is none by then.
    pub async fn hold(self, come: usize, bytes: usize, timeout: Duration) -> Result<Option<Held>, Status> {
        if come <= FREE || self.from_master {
            return Ok(None);
        }
        match tokio::time::timeout(timeout / 4, self.bodies.hold(self.user, bytes)).await {
            Ok(Some(held)) => Ok(Some(held)),
            _ => Err(Status::new(Reason::TooManyRequests, "Too many large requests, please try again later.").retry_after(1)),
        }
    }
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
        let units = u32::try_from(bytes.div_ceil(UNIT)).ok()?;
        let own = self.of(&user.name).acquire_many_owned(units).await.ok()?;
        let is_apart = user.groups.iter().any(|group| matches!(&**group, MASTERS | NODES));
        let of_all = if is_apart { None } else { Some(Arc::clone(&self.all).acquire_many_owned(units).await.ok()?) };
        Some(Held { _own: own, _of_all: of_all })
    }

    /// What is left to the user called `name`. It is forgotten with the last body of the user's.
    fn of(&self, name: &Text) -> Arc<Semaphore> {
        let mut users = self.users.lock();
        if let Some(known) = users.get(name).and_then(Weak::upgrade) {
            return known;
        }
        users.retain(|_, known| known.strong_count() > 0);
        let own = Arc::new(Semaphore::new(self.of_one));
        users.insert(name.clone(), Arc::downgrade(&own));
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
