//! Days since the epoch and dates of the Gregorian calendar, any year.

/// Days of 400 years.
const ERA_DAYS: i64 = 146_097;
/// Days from the first of March of the year 0 to the epoch.
const EPOCH_DAYS: i64 = 719_468;

/// Days of a month; `None` where it is none.
const fn month_days(year: i64, month: i64) -> Option<i64> {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
        4 | 6 | 9 | 11 => Some(30),
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => Some(29),
        2 => Some(28),
        _ => None,
    }
}

/// Whether there is such a day.
pub(crate) fn is_day(year: i64, month: i64, day: i64) -> bool {
    month_days(year, month).is_some_and(|days| (1..=days).contains(&day))
}

/// Days from the epoch to a date; `None` where its month or day is none.
pub(super) fn days_of(year: i64, month: i64, day: i64) -> Option<i64> {
    if !is_day(year, month, day) {
        return None;
    }
    // Years that begin with March end with the leap day.
    let year = if month > 2 { year } else { year - 1 };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    Some(era * ERA_DAYS + days - EPOCH_DAYS)
}

/// Year, month and day of the date so many days after the epoch.
pub(super) fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + EPOCH_DAYS;
    let (era, day) = (days.div_euclid(ERA_DAYS), days.rem_euclid(ERA_DAYS));
    let of_era = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * of_era + of_era / 4 - of_era / 100);
    let since_march = (5 * of_year + 2) / 153;
    let month = if since_march < 10 { since_march + 3 } else { since_march - 9 };
    (era * 400 + of_era + i64::from(month <= 2), month, of_year - (153 * since_march + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_are_those_of_the_calendar() {
        let mut date = jiff::civil::date(-400, 1, 1);
        let mut days = days_of(-400, 1, 1).unwrap();
        assert_eq!(days_of(1970, 1, 1), Some(0));
        while date.year() < 2500 {
            let parts = (date.year().into(), date.month().into(), date.day().into());
            assert_eq!(date_of(days), parts);
            assert_eq!(days_of(parts.0, parts.1, parts.2), Some(days));
            days += 29;
            date = date.checked_add(jiff::Span::new().days(29)).unwrap();
        }
        for (year, month, day) in [(2026, 2, 29), (1900, 2, 29), (2026, 4, 31), (2026, 0, 1), (2026, 13, 1), (2026, 1, 0)] {
            assert_eq!(days_of(year, month, day), None);
        }
        assert!(days_of(2000, 2, 29).is_some());
    }
}
