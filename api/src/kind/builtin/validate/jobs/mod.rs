//! Jobs and what makes them at certain times.

mod cron;
mod cron_job;
mod failure_policy;
mod job;
mod status;
mod success_policy;
mod update;

pub(super) use cron_job::{cron_job, cron_job_create, cron_job_update};
pub(super) use job::{job, job_spec};
pub(super) use status::job_status;
pub(super) use update::job_update;
