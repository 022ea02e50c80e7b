//! What is told of a job. As upstream, most rules are kept where what they are about changes: a status that broke one before may
//! go on, and a change of the spec may break one until the controller has followed.

use serde_json::Value;

use super::super::{list, number, text};
use super::success_policy::{common, read};
use crate::kind::validate::{Distinct, Faults, Path};

const STATUS: Path<'static> = Path::new("status");

/// A write of the status of a job.
struct Write<'v> {
    spec: &'v Value,
    now: &'v Value,
    before: &'v Value,
}

/// Whether the status says that the condition is true.
fn is(status: &Value, kind: &str) -> bool {
    list(status, "conditions").iter().any(|condition| condition["type"] == *kind && condition["status"] == "True")
}

fn is_finished(status: &Value) -> bool {
    is(status, "Complete") || is(status, "Failed")
}

impl Write<'_> {
    fn is(&self, kind: &str) -> bool {
        is(self.now, kind)
    }

    /// Whether the condition begins or ends to be true.
    fn turns(&self, kind: &str) -> bool {
        is(self.now, kind) != is(self.before, kind)
    }

    /// Whether the field differs.
    fn moves(&self, field: &str) -> bool {
        self.now.get(field) != self.before.get(field)
    }

    fn is_indexed(&self) -> bool {
        text(self.spec, "completionMode") == "Indexed"
    }

    /// Whether a job that was suspended goes on.
    fn resumes(&self) -> bool {
        let goes_on = |condition: &Value| condition["type"] == "Suspended" && condition["status"] == "False";
        is(self.before, "Suspended") && list(self.now, "conditions").iter().any(goes_on)
    }
}

pub(in super::super) fn job_status(new: &Value, old: &Value, faults: &mut Faults) {
    let write = Write { spec: &new["spec"], now: &new["status"], before: &old["status"] };
    for field in ["active", "succeeded", "failed", "ready", "terminating"] {
        faults.not_negative(&STATUS.child(field), write.now.get(field));
    }
    uncounted(&write.now["uncountedTerminatedPods"], faults);
    completion(&write, faults);
    end(&write, faults);
    indexes(&write, faults);
    pods(&write, faults);
    criteria(&write, faults);
    steps(&write, faults);
}

/// Pods that are gone and not yet counted: each once.
fn uncounted(pods: &Value, faults: &mut Faults) {
    let field = STATUS.child("uncountedTerminatedPods");
    let mut known = Distinct::default();
    for name in ["succeeded", "failed"] {
        let field = field.child(name);
        for (at, uid) in list(pods, name).iter().enumerate() {
            if uid == "" {
                faults.invalid(&field.index(at), uid, "must not be empty");
            } else if known.repeats(uid) {
                faults.duplicate(&field.index(at), uid);
            }
        }
    }
}

/// A job that is complete is nothing else, and has a time of completion, as no other has.
fn completion(write: &Write<'_>, faults: &mut Faults) {
    let (conditions, field) = (STATUS.child("conditions"), STATUS.child("completionTime"));
    let (complete, turns, time) = (write.is("Complete"), write.turns("Complete"), write.now.get("completionTime"));
    if complete && write.is("Failed") && (turns || write.turns("Failed")) {
        faults.invalid_whole(&conditions, "cannot set Complete=True and Failed=true conditions");
    }
    if complete && write.is("FailureTarget") && (turns || write.turns("FailureTarget")) {
        faults.invalid_whole(&conditions, "cannot set Complete=True and FailureTarget=true conditions");
    }
    if turns || write.moves("completionTime") {
        match time {
            Some(time) if !complete => {
                faults.invalid(&field, time, "cannot set completionTime when there is no Complete=True condition");
            }
            None if complete => faults.required(&field, "completionTime is required for Complete jobs"),
            _ => {}
        }
    }
    let began = text(write.now, "startTime");
    if let Some(time) = time.filter(|time| time.as_str().is_some_and(|time| time < began))
        && (write.moves("startTime") || write.moves("completionTime"))
    {
        faults.invalid(&field, time, "must be equal to or after `startTime`");
    }
}

/// The end of a job is announced, and comes to one that was begun and has no more pods.
fn end(write: &Write<'_>, faults: &mut Faults) {
    let conditions = STATUS.child("conditions");
    if write.is("Failed") && !write.is("FailureTarget") && (write.turns("Failed") || write.moves("failedIndexes")) {
        faults.invalid_whole(&conditions, "cannot set Failed=True condition without the FailureTarget=true condition");
    }
    if write.is("Complete") && !write.is("SuccessCriteriaMet") && (write.turns("Complete") || write.turns("SuccessCriteriaMet")) {
        faults.invalid_whole(&conditions, "cannot set Complete=True condition without the SuccessCriteriaMet=true condition");
    }
    let ends = is_finished(write.now) != is_finished(write.before);
    if !is_finished(write.now) {
        return;
    }
    let (active, before) = (number(write.now, "active"), number(write.before, "active"));
    if active > 0 && (ends || active != before) {
        faults.invalid(&STATUS.child("active"), &active.into(), "active>0 is invalid for finished job");
    }
    let never_begun = write.spec["suspend"] == true && write.spec["completions"] == 0;
    if write.now.get("startTime").is_none() && (ends || write.moves("startTime")) && !never_begun {
        faults.required(&STATUS.child("startTime"), "startTime is required for finished job");
    }
    let pods = &write.now["uncountedTerminatedPods"];
    let some = !list(pods, "succeeded").is_empty() || !list(pods, "failed").is_empty();
    if some && (ends || write.moves("uncountedTerminatedPods")) {
        faults.invalid(&STATUS.child("uncountedTerminatedPods"), pods, "must be empty for finished job");
    }
}

/// Numbers of pods are told by jobs whose pods have numbers.
fn indexes(write: &Write<'_>, faults: &mut Faults) {
    let (completed, failed) = (STATUS.child("completedIndexes"), STATUS.child("failedIndexes"));
    let done = text(write.now, "completedIndexes");
    let moves = done != text(write.before, "completedIndexes");
    let broken = write.now.get("failedIndexes").and_then(Value::as_str);
    let breaks = write.moves("failedIndexes");
    let completions = write.spec.get("completions").and_then(Value::as_i64);
    let limited = write.spec.get("backoffLimitPerIndex").is_some();
    if let Some(Err(why)) = completions.filter(|_| moves).map(|completions| read(done, completions)) {
        faults.invalid_text(&completed, done, format!("error parsing completedIndexes: {why}"));
    }
    if let (Some(broken), Some(completions), true) = (broken, completions, breaks && limited)
        && let Err(why) = read(broken, completions)
    {
        faults.invalid_text(&failed, broken, format!("error parsing failedIndexes: {why}"));
    }
    if moves && !done.is_empty() && !write.is_indexed() {
        faults.invalid_text(&completed, done, "cannot set non-empty completedIndexes when non-indexed completion mode");
    }
    let Some(broken) = broken else { return };
    if breaks && !limited {
        faults.invalid_text(&failed, broken, "cannot set non-null failedIndexes when backoffLimitPerIndex is null");
    }
    let both = completions.filter(|_| moves || breaks).and_then(|completions| common(done, broken, completions));
    if let Some(index) = both {
        faults.invalid_text(&failed, broken, format!("failedIndexes and completedIndexes overlap at index: {index}"));
    }
}

/// A finished job waits for no pods; pods that are ready are active.
fn pods(write: &Write<'_>, faults: &mut Faults) {
    let ends = is_finished(write.now) != is_finished(write.before);
    let (terminating, ready) = (number(write.now, "terminating"), number(write.now, "ready"));
    if is_finished(write.now) && terminating > 0 && (ends || write.moves("terminating")) {
        faults.invalid(&STATUS.child("terminating"), &terminating.into(), "terminating>0 is invalid for finished job");
    }
    let (active, before) = (number(write.now, "active"), number(write.before, "active"));
    if ready > active && (active != before || write.moves("ready")) {
        faults.invalid(&STATUS.child("ready"), &ready.into(), "cannot set more ready pods than active");
    }
}

/// A job that has done enough does not fail; one that says itself what is enough is complete by that alone.
fn criteria(write: &Write<'_>, faults: &mut Faults) {
    let field = STATUS.child("conditions");
    let met = write.is("SuccessCriteriaMet");
    if met && write.is("Failed") {
        faults.invalid_whole(&field, "cannot set SuccessCriteriaMet=True and Failed=true conditions");
    }
    if met && write.is("FailureTarget") {
        faults.invalid_whole(&field, "cannot set SuccessCriteriaMet=True and FailureTarget=true conditions");
    }
    if write.spec.get("successPolicy").is_some() && !met && write.is("Complete") {
        let why = "cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True";
        faults.invalid_whole(&field, why);
    }
}

/// What was told stays told.
fn steps(write: &Write<'_>, faults: &mut Faults) {
    let field = STATUS.child("conditions");
    for kind in ["Failed", "Complete", "FailureTarget"] {
        if is(write.before, kind) && !write.is(kind) {
            faults.invalid_whole(&field, format!("cannot disable the terminal {kind}=True condition"));
        }
    }
    // One whose pods have numbers may be made smaller.
    let shrinks = write.is_indexed() && write.spec.get("completions") == write.spec.get("parallelism");
    for (name, may_shrink) in [("failed", false), ("succeeded", shrinks)] {
        let now = number(write.now, name);
        if now < number(write.before, name) && !may_shrink {
            faults.invalid(&STATUS.child(name), &now.into(), format!("cannot decrease the {name} counter"));
        }
    }
    let (completed, before) = (write.now.get("completionTime"), write.before.get("completionTime"));
    if let Some(completed) = completed.filter(|completed| before.is_some_and(|before| before != *completed)) {
        faults.invalid(&STATUS.child("completionTime"), completed, "field is immutable");
    }
    let began = write.before.get("startTime").is_some() && write.moves("startTime");
    if began && !write.resumes() && write.spec["suspend"] != true {
        let why = "field is immutable for unsuspended job once set";
        faults.invalid(&STATUS.child("startTime"), &write.now["startTime"], why);
    }
    if is(write.before, "SuccessCriteriaMet") && !write.is("SuccessCriteriaMet") {
        faults.invalid_whole(&field, "cannot disable the SuccessCriteriaMet=True condition");
    }
    if is(write.before, "Complete") && !is(write.before, "SuccessCriteriaMet") && write.is("SuccessCriteriaMet") {
        let why = "cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions";
        faults.invalid_whole(&field, why);
    }
}
