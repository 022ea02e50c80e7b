//! Breaks a cluster of three masters, and says whether its clients and watchers could tell.
//!
//! [`run`] starts three `kontiki` processes, each in a network namespace of its own; the namespaces meet at a bridge
//! that leads nowhere else. Clients and watchers use the public API of all masters. Meanwhile a nemesis kills,
//! pauses, cuts off and slows masters down and moves their clocks, as a seed says; from time to time everything heals
//! and has to be as good as new. What clients and watchers saw is judged by `kontiki-checker`.
//!
//! - `run`, `options`, `figures`: the run as a whole, and its line
//! - `network`, `dials`, `master`, `masters`: what is broken
//! - `fault`, `nemesis`: how
//! - `way`, `name`, `round`, `client`, `registers`, `lists`, `sets`, `watcher`: what is asked and written down
//! - `epoch`, `judge`: what is made of it

mod client;
mod dials;
mod epoch;
mod fault;
mod figures;
mod judge;
mod ledger;
mod lists;
mod master;
mod masters;
mod name;
mod nemesis;
mod network;
mod options;
mod registers;
mod round;
mod rounds;
mod run;
mod sets;
mod watcher;
mod way;

pub use figures::Figures;
pub use options::Options;
pub use run::run;
