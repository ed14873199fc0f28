//! Timestamps: RFC 3339 text in, instants and milliseconds out.
//!
//! Step Functions reads an ISO-8601 extended offset date-time (Java's `ISO_OFFSET_DATE_TIME`): the `T` and an offset or
//! `Z` are required, seconds may be left out, a fraction has up to nine digits.
//! <https://states-language.net/spec.html#timestamps>

use std::fmt::Write;

const SECONDS_A_DAY: i64 = 86_400;
const MILLISECONDS_A_DAY: i64 = SECONDS_A_DAY * 1_000;

/// An instant, to the nanosecond. Ordered by time, whatever the offsets it was written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    epoch_seconds: i64,
    nanoseconds: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an ISO-8601 extended offset date-time")]
pub struct TimestampError {
    pub text: String,
}

impl Timestamp {
    pub fn parse(text: &str) -> Result<Timestamp, TimestampError> {
        Reader { rest: text.as_bytes() }.timestamp().ok_or_else(|| TimestampError { text: text.to_owned() })
    }

    /// Milliseconds since 1970-01-01T00:00:00Z; what is finer is cut off. Negative before 1970.
    pub fn epoch_milliseconds(&self) -> i64 {
        self.epoch_seconds * 1_000 + i64::from(self.nanoseconds / 1_000_000)
    }
}

/// The form of the context object and of histories: `2026-01-01T00:00:00.000Z`.
pub fn format_epoch_milliseconds(epoch_milliseconds: i64) -> String {
    let (year, month, day) = civil_from_days(epoch_milliseconds.div_euclid(MILLISECONDS_A_DAY));
    let of_day = epoch_milliseconds.rem_euclid(MILLISECONDS_A_DAY);
    let (seconds, milliseconds) = (of_day / 1_000, of_day % 1_000);
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let mut text = String::with_capacity(24);
    // Writing to a string cannot fail.
    let _ = write!(text, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milliseconds:03}Z");
    text
}

/// Takes the text apart from the left; every step is `None` when the text does not fit.
struct Reader<'t> {
    rest: &'t [u8],
}

impl Reader<'_> {
    fn timestamp(mut self) -> Option<Timestamp> {
        let (year, month, day) = (self.digits(4)?, self.after(b"-", 2)?, self.after(b"-", 2)?);
        if !(1..=12).contains(&month) || !(1..=days_in_month(year, month)).contains(&day) {
            return None;
        }
        let (hour, minute) = (self.after(b"Tt", 2)?, self.after(b":", 2)?);
        let second = if self.peek() == Some(b':') { self.after(b":", 2)? } else { 0 };
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let nanoseconds = self.fraction()?;
        let offset_seconds = self.offset_seconds()?;
        let local = days_from_civil(year, month, day) * SECONDS_A_DAY + hour * 3_600 + minute * 60 + second;
        self.rest.is_empty().then_some(Timestamp { epoch_seconds: local - offset_seconds, nanoseconds })
    }

    fn fraction(&mut self) -> Option<u32> {
        if self.peek() != Some(b'.') {
            return Some(0);
        }
        self.take(b".")?;
        let (mut nanoseconds, mut unit) = (0, 100_000_000);
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            self.take(b"0123456789")?;
            if unit == 0 {
                return None;
            }
            nanoseconds += u32::from(digit - b'0') * unit;
            unit /= 10;
        }
        Some(nanoseconds)
    }

    /// `Z`, `+hh:mm` or `+hh:mm:ss`, at most 18 hours either way.
    fn offset_seconds(&mut self) -> Option<i64> {
        let sign = match self.take(b"Zz+-")? {
            b'+' => 1,
            b'-' => -1,
            _ => return Some(0),
        };
        let (hours, minutes) = (self.digits(2)?, self.after(b":", 2)?);
        let seconds = if self.peek() == Some(b':') { self.after(b":", 2)? } else { 0 };
        let total = hours * 3_600 + minutes * 60 + seconds;
        (minutes <= 59 && seconds <= 59 && total <= 18 * 3_600).then_some(sign * total)
    }

    fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    fn take(&mut self, allowed: &[u8]) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        allowed.contains(first).then_some(*first)
    }

    fn after(&mut self, separator: &[u8], count: usize) -> Option<i64> {
        self.take(separator)?;
        self.digits(count)
    }

    fn digits(&mut self, count: usize) -> Option<i64> {
        (0..count).try_fold(0, |value, _| Some(value * 10 + i64::from(self.take(b"0123456789")? - b'0')))
    }
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar. Years are counted from March, so that leap days come last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let march_year = if month <= 2 { year - 1 } else { year };
    let era = march_year.div_euclid(400);
    let year_of_era = march_year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offset_date_times_become_milliseconds() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2016-03-14T01:59:00Z", 1_457_920_740_000),
            ("2016-03-05T21:29:29.243167252Z", 1_457_213_369_243),
            ("2024-01-01T00:00:00.00Z", 1_704_067_200_000),
            ("2024-02-29T23:59:59.999+00:00", 1_709_251_199_999),
            ("2026-01-01T01:30+01:30", 1_767_225_600_000),
            ("2025-12-31t16:00:00-08:00", 1_767_225_600_000),
            ("1969-12-31T23:59:59.5Z", -500),
            ("0001-01-01T00:00:00Z", -62_135_596_800_000),
        ] {
            assert_eq!(Timestamp::parse(text).unwrap().epoch_milliseconds(), expected, "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "2016-12-05 21:29:29Z",
            "2016-12-05T21:29:29",
            "2016-13-05T21:29:29Z",
            "2016-12-05T25:29:29Z",
            "2016-12-05T21:60:29Z",
            "2016-12-05T21:29:60Z",
            "2015-02-29T00:00:00Z",
            "2016-04-31T00:00:00Z",
            "2016-12-05T21:29:29Zx",
            "2016-12-05T21:29:29.1234567890Z",
            "2016-12-05T21:29:29+0100",
            "2016-12-05T21:29:29+19:00",
            "2016-12-05",
            "16-12-05T21:29:29Z",
            "2024-01-01T00:00:00.000000",
            "{% '2016-03-14T01:59:00Z' %}",
            "２016-12-05T21:29:29Z",
        ] {
            assert!(Timestamp::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn instants_are_ordered_across_offsets_and_to_the_nanosecond() {
        let parse = |text| Timestamp::parse(text).unwrap();
        assert_eq!(parse("2026-01-01T00:00:00Z"), parse("2026-01-01T02:00:00.000+02:00"));
        assert!(parse("2026-01-01T00:00:00.000000001Z") > parse("2026-01-01T00:00:00Z"));
        assert!(parse("1969-12-31T23:59:59.9Z") < parse("1970-01-01T00:00:00Z"));
    }

    #[test]
    fn milliseconds_are_shown_with_three_digits_in_utc() {
        for (milliseconds, expected) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_767_225_600_000, "2026-01-01T00:00:00.000Z"),
            (1_709_251_199_999, "2024-02-29T23:59:59.999Z"),
            (-500, "1969-12-31T23:59:59.500Z"),
        ] {
            assert_eq!(format_epoch_milliseconds(milliseconds), expected);
        }
    }
}
