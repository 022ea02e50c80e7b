//! How many requests of one user are under way.

use std::collections::HashMap;
use std::sync::Arc;

use kontiki_api::Text;
use kontiki_api::status::{Reason, Status};
use parking_lot::Mutex;

/// Bounds the requests of one user that are under way at a time.
pub(crate) struct InFlight {
    users: Arc<Mutex<HashMap<Text, usize>>>,
    limit: usize,
}

/// One request under way; counted until dropped.
pub(crate) struct Admitted {
    users: Arc<Mutex<HashMap<Text, usize>>>,
    user: Text,
}

impl InFlight {
    /// At most `limit` per user.
    pub fn new(limit: usize) -> Self {
        Self { users: Arc::default(), limit }
    }

    /// Counts one request of `user`.
    ///
    /// # Errors
    /// 429 where too many are under way.
    pub fn admit(&self, user: &Text) -> Result<Admitted, Status> {
        let mut users = self.users.lock();
        let count = users.entry(user.clone()).or_default();
        if *count >= self.limit {
            let message = "Too many requests of this user are under way, please try again later.";
            return Err(Status::new(Reason::TooManyRequests, message).retry_after(1));
        }
        *count += 1;
        Ok(Admitted { users: Arc::clone(&self.users), user: user.clone() })
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut users = self.users.lock();
        if let Some(count) = users.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                users.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_at_the_limit_waits_and_others_do_not() {
        let bound = InFlight::new(1);
        let first = bound.admit(&"a".into()).unwrap();
        assert!(bound.admit(&"b".into()).is_ok());
        assert_eq!(bound.admit(&"a".into()).err().map(|status| status.reason), Some(Reason::TooManyRequests));
        drop(first);
        assert!(bound.admit(&"a".into()).is_ok());
    }
}
