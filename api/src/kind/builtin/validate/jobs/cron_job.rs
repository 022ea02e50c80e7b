//! Jobs at certain times.

use serde_json::Value;

use super::super::{SPEC, text};
use super::cron;
use crate::kind::validate::{Faults, Path};

/// Longest name of a cron job: its jobs add eleven characters.
const MAX_NAME: usize = 52;

pub(in super::super) fn cron_job(object: &Value, faults: &mut Faults) {
    let spec = &object["spec"];
    let path: Path<'_> = SPEC;
    let schedule = text(spec, "schedule");
    if !schedule.is_empty()
        && let Err(why) = cron::read(schedule)
    {
        faults.invalid_text(&path.child("schedule"), schedule, why);
    }
    let (job, field) = (&spec["jobTemplate"]["spec"], path.child("jobTemplate.spec"));
    if let Some(selector) = job.get("selector") {
        faults.invalid(&field.child("selector"), selector, "`selector` will be auto-generated");
    }
    if job["manualSelector"] == true {
        let allowed = ["nil", "false"].into_iter().map(str::to_owned);
        faults.unsupported_value(&field.child("manualSelector"), &true.into(), allowed);
    }
}

pub(in super::super) fn cron_job_create(object: &Value, faults: &mut Faults) {
    let name = text(&object["metadata"], "name");
    if name.len() > MAX_NAME {
        let why = format!("must be no more than {MAX_NAME} bytes");
        faults.invalid_text(&Path::new("metadata").child("name"), name, why);
    }
    times(&object["spec"], &Value::Null, faults);
}

pub(in super::super) fn cron_job_update(new: &Value, old: &Value, faults: &mut Faults) {
    times(&new["spec"], &old["spec"], faults);
}

/// The time zone has a field of its own; schedules that had one inside may keep it.
fn times(now: &Value, before: &Value, faults: &mut Faults) {
    let path: Path<'_> = SPEC;
    let (schedule, field) = (text(now, "schedule"), path.child("schedule"));
    let zone = now.get("timeZone").and_then(Value::as_str);
    if schedule.contains("TZ") {
        if !text(before, "schedule").contains("TZ") {
            faults.invalid_text(&field, schedule, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
        } else if zone.is_some() {
            faults.invalid_text(&field, schedule, "cannot use both timeZone field and TZ or CRON_TZ in schedule");
        }
    }
    let Some(zone) = zone.filter(|zone| before.get("timeZone").and_then(Value::as_str) != Some(zone)) else { return };
    let field = path.child("timeZone");
    if zone.is_empty() {
        return faults.invalid_text(&field, zone, "timeZone must be nil or non-empty string");
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'+');
    let fine =
        |part: &str| !matches!(part, "" | "." | "..") && !part.starts_with('-') && part.len() <= 14 && part.bytes().all(plain);
    if !zone.split('/').all(fine) {
        return faults.invalid_text(&field, zone, format!("unknown time zone {zone}"));
    }
    if zone.eq_ignore_ascii_case("Local") {
        let why = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
        faults.invalid_text(&field, zone, why);
    }
}
