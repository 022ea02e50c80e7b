//! The syntax of schedules: five fields, or a word such as `@hourly`.

const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
/// Least, most, and the words for numbers from the first on.
const FIELDS: [(u32, u32, u32, &[&str]); 5] =
    [(0, 59, 0, &[]), (0, 23, 0, &[]), (1, 31, 0, &[]), (1, 12, 1, MONTHS), (0, 6, 0, DAYS)];
const WORDS: [&str; 7] = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

/// Whether `schedule` can be read.
///
/// # Errors
/// What is wrong, as the parser that upstream uses says it.
pub(super) fn read(schedule: &str) -> Result<(), String> {
    let rest = ["TZ=", "CRON_TZ="].iter().find_map(|prefix| schedule.strip_prefix(prefix));
    let schedule = match rest {
        Some(rest) => rest.split_once(' ').map(|(_, rest)| rest.trim()).ok_or("provided bad location")?,
        None => schedule,
    };
    if let Some(span) = schedule.strip_prefix("@every ") {
        return if is_duration(span) {
            Ok(())
        } else {
            Err(format!("failed to parse duration {schedule}: time: invalid duration {span:?}"))
        };
    }
    if schedule.starts_with('@') {
        let known = WORDS.contains(&schedule);
        return if known { Ok(()) } else { Err(format!("unrecognized descriptor: {schedule}")) };
    }
    let fields: Vec<&str> = schedule.split_whitespace().collect();
    if fields.len() != FIELDS.len() {
        return Err(format!("expected exactly 5 fields, found {}: [{}]", fields.len(), fields.join(" ")));
    }
    for (field, bounds) in fields.into_iter().zip(FIELDS) {
        for part in field.split(',').filter(|part| !part.is_empty()) {
            range(part, bounds)?;
        }
    }
    Ok(())
}

/// `*`, `?`, `1`, `1-5`, each perhaps with `/2` behind.
fn range(text: &str, bounds: (u32, u32, u32, &[&str])) -> Result<(), String> {
    let (least, most, ..) = bounds;
    let mut parts = text.split('/');
    let (span, step) = (parts.next().unwrap_or_default(), parts.next());
    if parts.next().is_some() {
        return Err(format!("too many slashes: {text}"));
    }
    let (first, last) = match span.split_once('-') {
        _ if span == "*" || span == "?" => (least, most),
        Some((_, last)) if last.contains('-') => return Err(format!("too many hyphens: {text}")),
        Some((first, last)) => (number(first, bounds)?, number(last, bounds)?),
        None => {
            let first = number(span, bounds)?;
            (first, if step.is_some() { most } else { first })
        }
    };
    let step = step.map_or(Ok(1), |step| number(step, (0, 0, 0, &[])))?;
    if first < least {
        return Err(format!("beginning of range ({first}) below minimum ({least}): {text}"));
    }
    if last > most {
        return Err(format!("end of range ({last}) above maximum ({most}): {text}"));
    }
    if first > last {
        return Err(format!("beginning of range ({first}) beyond end of range ({last}): {text}"));
    }
    if step == 0 {
        return Err(format!("step of range should be a positive number: {text}"));
    }
    Ok(())
}

fn number(text: &str, bounds: (u32, u32, u32, &[&str])) -> Result<u32, String> {
    let (.., first, words) = bounds;
    let named = words.iter().zip(first..).find(|(word, _)| text.eq_ignore_ascii_case(word));
    if let Some((_, number)) = named {
        return Ok(number);
    }
    let failed = |why: &str| format!("failed to parse int from {text}: strconv.Atoi: parsing {text:?}: {why}");
    match text.parse::<i64>() {
        Ok(number) if number < 0 => Err(format!("negative number ({number}) not allowed: {text}")),
        Ok(number) => u32::try_from(number).map_err(|_| failed("value out of range")),
        Err(_) => Err(failed("invalid syntax")),
    }
}

/// A duration as Go writes them: `1h30m`.
fn is_duration(text: &str) -> bool {
    let mut rest = text.trim_start_matches(['+', '-']);
    if rest.is_empty() {
        return false;
    }
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
        let behind = &rest[digits..];
        let unit = ["ns", "us", "µs", "ms", "s", "m", "h"].into_iter().find(|unit| {
            behind
                .strip_prefix(unit)
                .is_some_and(|next| next.is_empty() || next.starts_with(|c: char| c.is_ascii_digit() || c == '.'))
        });
        match unit {
            Some(unit) if digits > 0 => rest = &behind[unit.len()..],
            _ => return digits == rest.len() && rest == "0",
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_are_read_as_upstream_reads_them() {
        for good in
            ["* * * * *", "*/5 0-6 1,15 JAN-mar MON", "? 0 * * 0", "@hourly", "@every 1h30m", "TZ=UTC 0 * * * *", "5/15 * * * *"]
        {
            assert_eq!(read(good), Ok(()), "{good}");
        }
        for (bad, why) in [
            ("* * * *", "expected exactly 5 fields, found 4: [* * * *]"),
            ("61 * * * *", "end of range (61) above maximum (59): 61"),
            ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
            ("* * * * 5-1", "beginning of range (5) beyond end of range (1): 5-1"),
            ("*/0 * * * *", "step of range should be a positive number: */0"),
            ("x * * * *", "failed to parse int from x: strconv.Atoi: parsing \"x\": invalid syntax"),
            ("@often", "unrecognized descriptor: @often"),
            ("@every x", "failed to parse duration @every x: time: invalid duration \"x\""),
        ] {
            assert_eq!(read(bad), Err(why.to_owned()), "{bad}");
        }
    }
}
