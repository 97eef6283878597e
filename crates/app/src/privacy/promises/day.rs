//! A date as the files of promises write it: `2026-11-23`, from midnight UTC.

use upvow_domain::Time;

/// A day, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(Time);

const LENGTH: i64 = 24 * 60 * 60 * 1000;

impl Day {
    /// Reads `2026-11-23`.
    pub fn parse(text: &str) -> Option<Day> {
        let is_plain = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        let midnight = Time::parse(&format!("{text}T00:00:00Z")).filter(|_| is_plain);
        midnight.map(Day)
    }

    /// The day on which this moment is.
    pub fn of(time: Time) -> Day {
        Day(Time(time.0.div_euclid(LENGTH) * LENGTH))
    }

    /// When it begins.
    pub fn begins(self) -> Time {
        self.0
    }

    /// So many days later.
    #[must_use]
    pub fn plus(self, days: u16) -> Day {
        Day(Time(self.0.0 + i64::from(days) * LENGTH))
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.rfc3339().get(..10).unwrap_or_default())
    }
}

impl<'de> serde::Deserialize<'de> for Day {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Day, D::Error> {
        let text = String::deserialize(deserializer)?;
        Day::parse(&text).ok_or_else(|| serde::de::Error::custom("write a day like 2026-11-23"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_reads_back_and_nothing_else_is_one() {
        let day = Day::parse("2028-02-29").unwrap();
        assert_eq!(day.to_string(), "2028-02-29");
        assert_eq!(day.plus(1).to_string(), "2028-03-01");
        assert_eq!(Day::of(Time(day.begins().0 + LENGTH - 1)), day);
        for odd in ["2027-02-29", "2027-2-1", "23.11.2026", "", "2027-13-01"] {
            assert_eq!(Day::parse(odd), None, "{odd}");
        }
    }
}
