use std::time::Duration;

use anyhow::Result;
use rand::Rng;
use rand::rngs::StdRng;

use super::master::Master;
use super::masters::{MASTERS, Masters};
use super::network::{End, Losses};

/// What is broken for a while.
#[derive(Clone, Debug)]
pub enum Fault {
    /// These processes have ended, by SIGKILL.
    Kill(Vec<usize>),
    /// A process does not run.
    Pause(usize),
    /// Packets get lost: all of them, some, one way or both.
    Cut(Losses),
    /// Writes and syncs of a disk take longer.
    Slow(usize, Duration, Duration),
    /// A disk refuses to write, or to sync, with an errno.
    Refuse(usize, i64, i64),
    /// The clock of the day is so many milliseconds ahead.
    Clock(usize, i64),
}

/// The errno of a full disk and of a broken one.
const ERRORS: [i64; 2] = [28, 5];

impl Fault {
    /// The name under which it is counted.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Kill(_) => "kills",
            Self::Pause(_) => "pauses",
            Self::Cut(losses) if losses.values().all(|percent| *percent == 100) => "partitions",
            Self::Cut(_) => "lossy links",
            Self::Slow(..) => "slow disks",
            Self::Refuse(..) => "failing disks",
            Self::Clock(..) => "clock jumps",
        }
    }

    /// A fault that hits the leader in a third of the cases.
    pub fn choose(rng: &mut StdRng, leader: Option<usize>) -> Self {
        let any = rng.random_range(0..MASTERS);
        let at = if rng.random_bool(0.35) { leader.unwrap_or(any) } else { any };
        match rng.random_range(0..100) {
            0..24 => Self::Kill(vec![at]),
            24..27 => Self::Kill(vec![at, (at + 1) % MASTERS]),
            27..29 => Self::Kill((0..MASTERS).collect()),
            29..43 => Self::Pause(at),
            43..66 => Self::Cut(cut(rng, at)),
            66..72 => Self::Cut(lossy(rng, at)),
            72..83 => Self::Slow(at, millis(rng, 60), millis(rng, 200)),
            83..86 => Self::refuse(rng, at),
            _ => Self::Clock(at, ahead_ms(rng)),
        }
    }

    fn refuse(rng: &mut StdRng, at: usize) -> Self {
        let errno = ERRORS.get(rng.random_range(0..ERRORS.len())).copied().unwrap_or_default();
        if rng.random_bool(0.5) { Self::Refuse(at, errno, 0) } else { Self::Refuse(at, 0, errno) }
    }

    /// Breaks it.
    pub async fn begin(&self, masters: &mut Masters) -> Result<()> {
        match self {
            Self::Kill(which) => {
                for at in which {
                    if let Some(master) = masters.all.get_mut(*at) {
                        master.kill().await?;
                    }
                }
                Ok(())
            }
            Self::Pause(at) => pause(masters, *at, true).await,
            Self::Slow(at, write, sync) => one(masters, *at, |master| master.dials.disk(*write, *sync)),
            Self::Refuse(at, write, sync) => one(masters, *at, |master| master.refuse(*write, *sync)),
            Self::Clock(at, ahead) => one(masters, *at, |master| master.dials.clock(*ahead)),
            Self::Cut(_) => Ok(()),
        }
    }

    /// Heals it.
    pub async fn end(&self, masters: &mut Masters) -> Result<()> {
        match self {
            Self::Kill(which) => which
                .iter()
                .try_for_each(|at| one(masters, *at, |master| if master.is_up() { Ok(()) } else { master.start(&["up"]) })),
            Self::Pause(at) => pause(masters, *at, false).await,
            Self::Slow(at, ..) => one(masters, *at, |master| master.dials.disk(Duration::ZERO, Duration::ZERO)),
            Self::Refuse(at, ..) => one(masters, *at, |master| master.refuse(0, 0)),
            Self::Clock(at, _) => one(masters, *at, |master| master.dials.clock(0)),
            Self::Cut(_) => Ok(()),
        }
    }
}

async fn pause(masters: &mut Masters, at: usize, paused: bool) -> Result<()> {
    match masters.all.get_mut(at) {
        Some(master) => master.pause(paused).await,
        None => Ok(()),
    }
}

fn one(masters: &mut Masters, at: usize, act: impl Fn(&mut Master) -> Result<()>) -> Result<()> {
    masters.all.get_mut(at).map_or(Ok(()), act)
}

/// A master is cut off from the others, from the clients too, one way or both; or one link is gone, or all of them.
fn cut(rng: &mut StdRng, at: usize) -> Losses {
    let others = || (0..MASTERS).filter(move |other| *other != at);
    let mut links: Vec<(End, usize)> = Vec::new();
    let into = || others().map(move |other| (End::Master(other), at));
    let out = || others().map(move |other| (End::Master(at), other));
    match rng.random_range(0..10) {
        0..4 => links.extend(into().chain(out())),
        4 => links.extend(into()),
        5 => links.extend(out()),
        6..8 => links.extend(into().take(1).chain(out().take(1))),
        8 => links.extend(
            (0..MASTERS).flat_map(|to| (0..MASTERS).filter(move |from| *from != to).map(move |from| (End::Master(from), to))),
        ),
        _ => links.extend(into().take(1)),
    }
    if rng.random_bool(0.3) {
        links.push((End::Clients, at));
    }
    links.into_iter().map(|link| (link, 100)).collect()
}

/// Some of the packets to and from a master get lost.
fn lossy(rng: &mut StdRng, at: usize) -> Losses {
    let percent = rng.random_range(5..40);
    let others = (0..MASTERS).filter(|other| *other != at);
    others.flat_map(|other| [((End::Master(other), at), percent), ((End::Master(at), other), percent)]).collect()
}

fn millis(rng: &mut StdRng, most: u64) -> Duration {
    Duration::from_millis(rng.random_range(1..most))
}

/// Mostly a little, sometimes hours, forwards or backwards.
fn ahead_ms(rng: &mut StdRng) -> i64 {
    let most = [2_000, 60_000, 900_000, 14_400_000];
    let most = most.get(rng.random_range(0..most.len())).copied().unwrap_or(1);
    rng.random_range(-most..=most)
}
