use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use super::member::Member;
use super::world::World;
use crate::{CommitError, Listing, Range};

/// How long anything may take to come true, in simulated milliseconds.
const PATIENCE_MS: u64 = 60_000;

impl World {
    /// Goes on until `holds`.
    pub fn until(&mut self, what: &str, mut holds: impl FnMut(&mut Self) -> Result<bool, String>) -> Result<(), String> {
        let end = self.now_ms + PATIENCE_MS;
        while !holds(self)? {
            if self.now_ms >= end {
                return Err(format!("{what}: not within {PATIENCE_MS} ms\n{}", self.state()));
            }
            self.tick()?;
        }
        Ok(())
    }

    /// How the members are, line by line.
    fn state(&self) -> String {
        let waiting = self.clients.iter().filter(|client| client.is_busy()).count();
        let members = self.members.values().map(Member::state).collect::<Vec<_>>().join("\n");
        format!("{members}\n{waiting} clients wait; replaced: {}", self.operator.state())
    }

    /// Member 1 founds a cluster, the others join it and are given votes.
    pub fn found(&mut self) -> Result<(), String> {
        self.members.get_mut(&1).into_iter().for_each(super::member::Member::start);
        self.until("member 1 leads", |world| Ok(world.members.get(&1).is_some_and(|member| member.leads())))?;
        self.members.values_mut().skip(1).for_each(super::member::Member::start);
        let done = Arc::new(AtomicBool::new(false));
        let others: BTreeSet<u64> = self.members.keys().copied().filter(|id| *id != 1).collect();
        let count = self.members.len();
        let Some((member, front)) = self.members.get(&1).and_then(|member| Some((member, member.front()?))) else {
            return Err("member 1 is gone".into());
        };
        let told = Arc::clone(&done);
        member.spawn(async move {
            let members = &front.replica.members;
            for id in &others {
                members.add(crate::Member { id: *id, address: format!("member-{id}:2380") }).await.unwrap();
            }
            members.when(|all| all.iter().filter(|one| one.caught_up).count() == count).await;
            members.promote(others).await.unwrap();
            told.store(true, Ordering::Relaxed);
        });
        self.until("all members vote", |_| Ok(done.load(Ordering::Relaxed)))
    }

    /// Mends everything and demands that all is well: clients get their answers, every member confirms the same newest
    /// revision and holds the same objects, every watcher has seen everything.
    pub fn settle(&mut self) -> Result<Listing, String> {
        self.nemesis.heal(&self.plan, &mut self.members, &self.network);
        self.until("all clients have their answers", |world| {
            world.serve_clients(true)?;
            world.serve_watchers(true);
            world.operate(true);
            Ok(world.operator.is_idle() && world.clients.iter().all(|client| !client.is_busy()))
        })?;
        let mut asked: Option<(u64, Arc<Mutex<Vec<Result<Listing, CommitError>>>>)> = None;
        let mut agreed = None;
        self.until("all members agree", |world| {
            world.serve_watchers(true);
            let expected = world.members.len();
            if let Some((since, answers)) = &asked {
                let all: Vec<Listing> = answers.lock().iter().filter_map(|answer| answer.as_ref().ok().cloned()).collect();
                if all.len() == expected
                    && all.windows(2).all(|two| two.iter().all(|one| Some(one.revision) == two.first().map(|one| one.revision)))
                {
                    agreed = Some(all);
                    return Ok(true);
                }
                if world.now_ms < since + 6_000 {
                    return Ok(false);
                }
            }
            let answers = Arc::<Mutex<Vec<_>>>::default();
            for member in world.members.values() {
                let Some(front) = member.front() else { continue };
                let answers = Arc::clone(&answers);
                member.spawn(async move {
                    let answer = front.barrier().await.map(|_| front.core.list(&Range::All));
                    answers.lock().push(answer);
                });
            }
            asked = Some((world.now_ms, answers));
            Ok(false)
        })?;
        let all = agreed.unwrap_or_default();
        let first = all.first().cloned().ok_or("there are no members")?;
        if let Some(other) = all.iter().find(|other| other.objects != first.objects) {
            let differing = other.objects.iter().zip(&first.objects).find(|(one, other)| one != other);
            return Err(format!("at revision {} members hold different objects: {differing:?}", first.revision));
        }
        let newest = first.revision.0;
        self.until("all watchers have seen everything", |world| {
            world.serve_watchers(true);
            Ok(world.watchings.iter().all(|watching| watching.sight.lock().position >= newest))
        })?;
        Ok(first)
    }
}
