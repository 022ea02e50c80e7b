//! A cluster that has lost most of its voters for good goes on from one of them.
//!
//! Raft cannot do that: nobody can tell whether the others have acknowledged writes that this one lacks. So a person
//! decides, with what [`Survey`] tells. [`Survivor::become_sole`] then adds one entry to the log, by which the member is
//! the only one; nothing that the log holds is lost.

mod survey;
mod survivor;

pub use survey::Survey;
pub use survivor::Survivor;
